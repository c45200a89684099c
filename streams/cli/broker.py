"""``churnstream broker``: the embedded broker in the foreground."""

import signal
from types import FrameType

import click

from streams.kafka.broker import BrokerError, EmbeddedBroker

EXAMPLES = """\b
Examples:
  churnstream broker
  churnstream broker --port 0
  CHURNSTREAM_BROKERS=127.0.0.1:9092 churnstream topics create
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9092,
    show_default=True,
    help="The port on 127.0.0.1; 0 takes any free one.",
)
def broker(port: int) -> None:
    """Run a small Kafka-protocol broker until Ctrl-C.

    It keeps everything in memory and forgets it at the end: for trying things out, not for
    service.
    """
    signal.signal(signal.SIGTERM, _as_interrupt)
    embedded = EmbeddedBroker(port)
    try:
        with embedded:
            click.echo(f"broker at {embedded.address} (in memory; Ctrl-C stops it)")
            embedded.wait()
    except KeyboardInterrupt:
        click.echo("broker stopped")
        return
    raise BrokerError(f"the embedded broker at {embedded.address} ended by itself")


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
