"""``churnstream demo``: see the whole thing work on real data, with nothing to set up."""

import signal
import sys
from pathlib import Path
from types import FrameType

import click
import orjson
from rich.console import Console

from streams.cli.demo_report import print_report
from streams.cli.demo_view import PlainView, SilentView, TerminalView
from streams.demo.run import Plan, run
from streams.demo.summary import Summary
from streams.errors import ChurnstreamError, ConfigurationError

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "online_retail"
PLAIN_WIDTH = 110
EXAMPLES = """\b
Examples:
  churnstream demo
  churnstream demo --limit 20000
  churnstream demo --headless --json > summary.json
  churnstream demo --brokers localhost:9092
"""


@click.command(epilog=EXAMPLES)
@click.option("--headless", is_flag=True, help="Show nothing while it runs, only the summary.")
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON document.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N events, to be quick."
)
@click.option(
    "--brokers",
    metavar="HOST:PORT,…",
    help="A Kafka of your own instead of the embedded broker. The topics get a prefix of their "
    "own, and stay there.",
)
def demo(headless: bool, as_json: bool, limit: int | None, brokers: str | None) -> None:
    """Run broker, worker and real data by itself, and sum up what came out.

    Half a year of invoices of a gift retailer goes to a Kafka topic; a worker turns it into
    alerts. It ends when every event is accounted for. Exit status 1 if the counts do not add up.
    """
    signal.signal(signal.SIGTERM, _stop)
    source, policy = EXAMPLE / "source.toml", EXAMPLE / "policy.toml"
    if not source.is_file():
        raise ConfigurationError(
            f"{source} is missing: the demo's data is part of the repository; run it from a clone"
        )
    plan = Plan(source, policy if policy.is_file() else None, brokers, limit)
    summary = _run(plan, headless, stdout_taken=as_json)
    if as_json:
        click.echo(orjson.dumps(summary.document(), option=orjson.OPT_INDENT_2))
    else:
        print_report(_wide(Console()), summary)
    if not summary.events.add_up:
        raise ChurnstreamError(
            f"{summary.events.produced} events were sent but {summary.events.read} accounted for"
        )


def _run(plan: Plan, headless: bool, *, stdout_taken: bool) -> Summary:
    if headless:
        return run(plan, SilentView())
    console = Console(stderr=stdout_taken)
    if not console.is_terminal:
        return run(plan, PlainView(lambda line: click.echo(line, err=stdout_taken)))
    with TerminalView(console) as view:
        return run(plan, view)


def _wide(console: Console) -> Console:
    """The same console; where there is no terminal, wide enough for the tables."""
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console


def _stop(number: int, frame: FrameType | None) -> None:
    """End as after an exception, so that all that was started is stopped."""
    sys.exit(128 + number)
