"""``churnstream watch``: follow the alerts, as a live table or as JSON lines."""

import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice

import click
import msgspec
import orjson
from rich.console import Console
from rich.live import Live
from rich.table import Table

from streams.alerts import ALERT_TOPICS, Alert, NoAlertError, alert_of
from streams.cli.alert_lines import AlertLine, alert_line, alert_table
from streams.cli.options import kafka_options, settings_with
from streams.kafka.reading import Item, TopicReader
from streams.settings import Settings

FRAME = 4
"""Lines of the screen that are not alerts: title, header, and air."""


EXAMPLES = """\b
Examples:
  churnstream watch
  churnstream watch --from-beginning --limit 100
  churnstream watch --json | jq 'select(.payload.band == "critical")'
  churnstream watch --brokers kafka-1:9092 --topic-prefix shop.
"""


@click.command(epilog=EXAMPLES)
@click.option("--from-beginning", is_flag=True, help="Begin with the oldest alert, not the next.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Stop after so many alerts.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line; so also without a terminal."
)
@kafka_options
def watch(
    brokers: str | None,
    topic_prefix: str | None,
    from_beginning: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """Follow the alerts of all kinds as they come.

    Reads without a consumer group: workers and other watchers are not disturbed. Ctrl-C ends it.
    """
    found = _alerts(settings_with(brokers, topic_prefix), from_beginning)
    if as_json or not sys.stdout.isatty():
        _write_lines(found, limit)
    else:
        _show_table(found, limit)


def _alerts(settings: Settings, from_beginning: bool) -> Iterator[list[tuple[Item, Alert]]]:
    """Alerts as they come, in lists; an empty list while there are none."""
    with TopicReader(settings) as reader:
        places = {topic: reader.partitions(topic) for topic in ALERT_TOPICS}
        reader.assign(places, from_start=from_beginning)
        for items in reader.follow():
            yield list(alerts_in(items))


def alerts_in(items: Iterable[Item]) -> Iterator[tuple[Item, Alert]]:
    """The alerts among `items`; what another program wrote there is named on stderr."""
    for item in items:
        try:
            yield item, alert_of(item)
        except NoAlertError as error:
            click.echo(f"churnstream: {error}", err=True)


def _write_lines(found: Iterator[list[tuple[Item, Alert]]], limit: int | None) -> None:
    alerts = (pair for batch in found for pair in batch)
    for item, alert in islice(alerts, limit):
        line = {
            "topic": item.topic,
            "partition": item.partition,
            "offset": item.offset,
            "payload": msgspec.to_builtins(alert),
        }
        click.echo(orjson.dumps(line))


def _show_table(found: Iterator[list[tuple[Item, Alert]]], limit: int | None) -> None:
    console = Console()
    recent: deque[AlertLine] = deque(maxlen=max(1, console.height - FRAME))
    counts: Counter[str] = Counter()
    with Live(console=console, refresh_per_second=4) as live:
        for batch in found:
            lines = sorted((alert_line(alert) for _, alert in batch), key=lambda line: line.time)
            for line in lines[: None if limit is None else limit - counts.total()]:
                recent.append(line)
                counts[line.alert] += 1
            live.update(_table(recent, counts))
            if limit is not None and counts.total() >= limit:
                return


def _table(recent: deque[AlertLine], counts: Counter[str]) -> Table:
    seen = ", ".join(f"{number:,} {kind}" for kind, number in sorted(counts.items()))
    table = alert_table(f"churnstream watch · {seen or 'waiting for alerts'} · Ctrl-C ends")
    for line in recent:
        table.add_row(*line.cells())
    return table
