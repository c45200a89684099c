"""``churnstream customer ID``: what is known of one customer, read from the topics."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import click
import msgspec
import orjson
from rich.console import Console
from rich.progress import Progress as Bar

from schemas.codec import decode_output
from schemas.customer_state import CustomerState
from schemas.limits import MAX_ID_LENGTH
from streams.alerts import ALERT_TOPICS, Alert
from streams.cli.customer_view import print_customer
from streams.cli.options import kafka_options, settings_with
from streams.cli.watch import alerts_in
from streams.errors import ChurnstreamError
from streams.kafka.reading import Item, TopicReader, partition_of

STATE_TOPIC = "customer-state"
HISTORY_TOPICS = tuple(topic for topic in ALERT_TOPICS if topic != "incidents")

EXAMPLES = """\b
Examples:
  churnstream customer 17841
  churnstream customer 17841 --json | jq .state.probability
  churnstream customer C-0042 --topic-prefix shop.
"""


class CustomerNotFoundError(ChurnstreamError):
    """No topic knows a customer of this id."""


@dataclass(slots=True)
class Known:
    """What the topics hold on one customer; `alerts` in the order in which they were written."""

    state: CustomerState
    alerts: list[Alert] = field(default_factory=list)


@click.command(epilog=EXAMPLES)
@click.argument("customer_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@kafka_options
def customer(
    brokers: str | None, topic_prefix: str | None, customer_id: str, as_json: bool
) -> None:
    """Show one customer: latest state, open alerts, reasons, and the history of its alerts.

    Reads the compacted topic customer-state and the alert topics, only the partition that the
    id belongs to. Exit status 1 if no such customer is known.
    """
    if not 1 <= len(customer_id) <= MAX_ID_LENGTH:
        raise click.BadParameter(f"1 to {MAX_ID_LENGTH} characters", param_hint="ID")
    console = Console(stderr=True)
    progress = Bar(console=console, transient=True, disable=not console.is_terminal)
    with TopicReader(settings_with(brokers, topic_prefix)) as reader, progress as bar:
        known = find(reader, customer_id, bar)
    if as_json:
        click.echo(orjson.dumps(msgspec.to_builtins(known), option=orjson.OPT_INDENT_2))
    else:
        print_customer(Console(), known.state, known.alerts)


def find(reader: TopicReader, customer_id: str, bar: Bar) -> Known:
    """What the topics hold on `customer_id`; raises `CustomerNotFoundError`.

    The partition is that of the id; should another client have chosen partitions by another
    rule, the remaining ones are read too.
    """
    key = customer_id.encode()
    partitions = reader.partitions(STATE_TOPIC)
    likely = partition_of(key, len(partitions))
    for numbers in ([likely], [number for number in partitions if number != likely]):
        state, partition = _latest_state(_of(key, reader, {STATE_TOPIC: numbers}, bar))
        if state is not None:
            wanted = {
                topic: [partition]
                for topic in HISTORY_TOPICS
                if partition in reader.partitions(topic)
            }
            alerts = [alert for _, alert in alerts_in(_of(key, reader, wanted, bar))]
            return Known(state, sorted(alerts, key=lambda alert: alert.occurred_at))
    raise CustomerNotFoundError(
        f"customer {customer_id!r} is not in topic {STATE_TOPIC}: is the id right, and has a "
        "worker read this customer's events? (`churnstream watch --from-beginning` shows ids)"
    )


def _of(key: bytes, reader: TopicReader, wanted: dict[str, list[int]], bar: Bar) -> Iterator[Item]:
    """The records with `key` in the partitions `wanted`, as they stand now."""
    if not any(wanted.values()):
        return
    task = bar.add_task(f"Reading {', '.join(wanted)}", total=None)
    reader.assign(wanted, from_start=True)
    for items, progress in reader.until_end():
        bar.update(task, completed=progress.done, total=progress.total)
        yield from (item for item in items if item.key == key)
    bar.remove_task(task)


def _latest_state(items: Iterable[Item]) -> tuple[CustomerState | None, int]:
    """The last state in `items` and its partition; a tombstone forgets what was before it."""
    latest: Item | None = None
    for item in items:
        latest = item
    if latest is None or latest.value is None:
        return None, -1
    state = decode_output(latest.topic, latest.value)
    return (state, latest.partition) if isinstance(state, CustomerState) else (None, -1)
