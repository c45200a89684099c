"""``churnstream demo``: see the whole thing work on real data, with nothing to set up."""

import signal
import sys
from types import FrameType

import click
import orjson
from rich.console import Console

from streams.cli.demo_report import print_next_steps, print_report, print_sensed
from streams.cli.demo_view import PlainView, SilentView, TerminalView
from streams.demo.run import Plan, run
from streams.demo.sensed import Sensed
from streams.demo.summary import Summary
from streams.errors import ChurnstreamError

PLAIN_WIDTH = 110
EXAMPLES = """\b
Examples:
  churnstream demo
  churnstream demo --first-act-only --limit 20000
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
@click.option(
    "--first-act-only", is_flag=True, help="Without the made-up telecom company, to be quicker."
)
def demo(
    headless: bool, as_json: bool, limit: int | None, brokers: str | None, first_act_only: bool
) -> None:
    """Run broker, worker and data by itself, and sum up what came out.

    Half a year of invoices of a gift retailer goes to a Kafka topic; a worker turns it into
    alerts. In a second act a made-up telecom company complains, breaks promises, has a crisis and
    loses account managers. It ends when every event is accounted for. Exit status 1 if the counts
    do not add up.
    """
    signal.signal(signal.SIGTERM, _stop)
    plan = Plan(brokers, limit, first_act_only)
    summary, sensed = _run(plan, headless, stdout_taken=as_json)
    if as_json:
        document = summary.document() | {"second_act": sensed and sensed.document()}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    else:
        console = _wide(Console())
        if sensed is None or headless:
            print_report(console, summary)
        if sensed is not None:
            print_sensed(console, sensed)
        print_next_steps(console, summary)
    for events in (summary.events, *([sensed.events] if sensed else [])):
        if not events.add_up:
            raise ChurnstreamError(
                f"{events.produced} events were sent but {events.read} accounted for"
            )


def _run(plan: Plan, headless: bool, *, stdout_taken: bool) -> tuple[Summary, Sensed | None]:
    if headless:
        return run(plan, SilentView())
    console = Console(stderr=stdout_taken)

    def tell(summary: Summary) -> None:
        if not stdout_taken:
            print_report(_wide(console), summary)

    if not console.is_terminal:
        return run(plan, PlainView(lambda line: click.echo(line, err=stdout_taken), tell))
    with TerminalView(console, tell) as view:
        return run(plan, view)


def _wide(console: Console) -> Console:
    """The same console; where there is no terminal, wide enough for the tables."""
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console


def _stop(number: int, frame: FrameType | None) -> None:
    """End as after an exception, so that all that was started is stopped."""
    sys.exit(128 + number)
