"""``churnstream complaints``: the queue of open complaints, and how soon loops close."""

from pathlib import Path
from time import time

import click
import orjson
from rich.console import Console

from detectors.complaints.queue import closed_of, queue_of
from detectors.policy import load_policy
from schemas.complaint_alert import ComplaintAlert
from streams.cli.complaints_view import document, print_complaints
from streams.cli.lookup import progress_bar, reader_of, records, replay_option
from streams.cli.options import kafka_options
from streams.cli.source_options import policy_option
from streams.cli.watch import alerts_in

TOPIC = "complaint-alerts"

EXAMPLES = """\b
Examples:
  churnstream complaints
  churnstream complaints --json | jq '.open[:10]'
  churnstream replay --source complaints.toml --out out
  churnstream complaints --replay out --policy policy.toml
"""


@click.command(epilog=EXAMPLES)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N",
              help="Open complaints to show in the table.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@replay_option
@policy_option
@kafka_options
def complaints(
    brokers: str | None,
    topic_prefix: str | None,
    policy: str | None,
    replayed: Path | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show the open complaints, the most pressing first, and how soon loops are closed.

    The order is value at stake times urgency: not who came first. Urgency follows the working
    time used of what the policy promises. It is as of now, or of the last alert of a replay.
    """
    rules = load_policy(policy)
    with reader_of(replayed, brokers, topic_prefix) as reader, progress_bar() as bar:
        told = [alert for _, alert in alerts_in(records(reader, TOPIC, bar))]
    alerts = [alert for alert in told if isinstance(alert, ComplaintAlert)]
    at = time()
    if replayed is not None:
        at = max((alert.occurred_at.timestamp() for alert in alerts), default=0.0)
    queue, closed = queue_of(alerts, at, rules), closed_of(alerts, at, rules)
    if as_json:
        click.echo(orjson.dumps(document(queue, closed, at, rules), option=orjson.OPT_INDENT_2))
    else:
        print_complaints(Console(), queue, closed, at, rules, limit)
