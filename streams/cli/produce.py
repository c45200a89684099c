"""``churnstream produce``: send the rows of source files to Kafka."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from streams.cli.errors import INTERRUPTED
from streams.cli.options import kafka_options, settings_with
from streams.cli.source_options import (
    load_sources,
    parse_moment,
    parse_speed,
    rows_told,
    source_option,
    tell_bad_rows,
)
from streams.produce import ProduceReport, Progress, Run, rfc3339
from streams.sources.source import Source

EXAMPLES = """\b
Examples:
  churnstream produce --source examples/online_retail/source.toml
  churnstream produce --source shop.toml --source complaints.toml --speed 3600x
  churnstream produce --source shop.toml --until 2011-03-01 --brokers kafka-1:9092 --json
"""
_LINE_EVERY = 5.0
_QUIET = 3.0
"""Seconds without an acknowledgement after which the broker is said to be silent."""


@click.command(epilog=EXAMPLES)
@source_option(required=True)
@click.option(
    "--speed",
    default="max",
    show_default=True,
    metavar="max|3600x",
    callback=parse_speed,
    help="As fast as the broker takes them, or so many times real time.",
)
@click.option("--limit", type=click.IntRange(min=0), help="Send so many events at most.")
@click.option(
    "--until",
    metavar="DATE",
    callback=parse_moment,
    help="Send only events before this date or time (UTC unless it says otherwise).",
)
@kafka_options
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON document.")
@click.pass_context
def produce(
    ctx: click.Context,
    sources: Sequence[str],
    speed: float | None,
    limit: int | None,
    until: float | None,
    brokers: str | None,
    topic_prefix: str | None,
    as_json: bool,
) -> None:
    """Send the rows of source files to Kafka, as events in order of event time.

    Several sources are merged. Records are keyed by customer_id. Sending again does no harm: an
    event keeps its event_id, so a worker sees a duplicate. How to write a source: docs/sources.md.
    """
    settings = settings_with(brokers, topic_prefix)
    loaded = load_sources(sources)
    with _shown() as show:
        run = Run(settings, loaded, speed=speed, limit=limit, until=until, progress=show)
        report = run.go()
    tell_bad_rows(loaded)
    if as_json:
        found = {str(source.path): source.counts.document() for source in loaded}
        document = report.document() | {"sources": found}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(report, loaded)
    if report.stopped:
        ctx.exit(INTERRUPTED)


def _print(report: ProduceReport, sources: Sequence[Source]) -> None:
    for source in sources:
        click.echo(rows_told(source))
    for topic, sent in sorted(report.sent.items()):
        click.echo(f"{topic}: {sent:,} events sent")
    rate = report.acknowledged / report.seconds if report.seconds else 0.0
    click.echo(
        f"{'stopped' if report.stopped else 'done'}: {report.acknowledged:,} events acknowledged "
        f"in {report.seconds:.1f} s ({rate:,.0f} a second), "
        f"event time {rfc3339(report.first)} to {rfc3339(report.last)}"
    )


@contextmanager
def _shown() -> Iterator[Callable[[Progress], None]]:
    """A progress bar on a terminal, else a line now and then; both on stderr."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
    with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("reading", total=1.0)
        yield lambda progress: bar.update(
            task, completed=progress.share, description=_told(progress)
        )


def _lines() -> Callable[[Progress], None]:
    last = [monotonic() - _LINE_EVERY]

    def show(progress: Progress) -> None:
        if monotonic() - last[0] >= _LINE_EVERY:
            last[0] = monotonic()
            click.echo(f"{progress.share:4.0%}  {_told(progress)}", err=True)

    return show


def _told(progress: Progress) -> str:
    text = f"{progress.acknowledged:,} events"
    if progress.occurred_at:
        text += f", event time {(rfc3339(progress.occurred_at) or '')[:10]}"
    if progress.quiet > _QUIET:
        text += f", the broker has been silent for {progress.quiet:.0f} s"
    return text
