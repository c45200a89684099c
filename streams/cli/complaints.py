"""``churnstream complaints``: the queue of open complaints, and how soon loops close."""

from collections.abc import Iterator
from pathlib import Path
from time import time

import click
import orjson
from rich.console import Console

from detectors.complaints.queue import closed_of, queue_of
from detectors.policy import load_policy
from schemas.codec import decode_output
from schemas.complaint_alert import ComplaintAlert
from streams.cli.complaints_view import document, print_complaints
from streams.cli.lookup import progress_bar, records
from streams.cli.options import kafka_options, settings_with
from streams.cli.watch import alerts_in
from streams.errors import ChurnstreamError
from streams.kafka.reading import TopicReader
from streams.settings import Settings

TOPIC = "complaint-alerts"

EXAMPLES = """\b
Examples:
  churnstream complaints
  churnstream complaints --json | jq '.open[:10]'
  churnstream replay --source complaints.toml --out out
  churnstream complaints --replay out --policy policy.toml
"""


class NoComplaintsFileError(ChurnstreamError):
    """The file with the alerts cannot be read."""


@click.command(epilog=EXAMPLES)
@click.option(
    "--replay",
    "folder",
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help=f"Read {TOPIC}.jsonl of a replay (that file or its folder) instead of the topic.",
)
@click.option(
    "--policy",
    "policy_path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Policy with the working hours and promises (default: the built-in one).",
)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N",
              help="Open complaints to show in the table.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@kafka_options
def complaints(
    brokers: str | None,
    topic_prefix: str | None,
    folder: Path | None,
    policy_path: Path | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show the open complaints, the most pressing first, and how soon loops are closed.

    The order is value at stake times urgency: not who came first. Urgency follows the working
    time used of what was promised. It is as of now, or of the last alert of a replay.
    """
    policy = load_policy(policy_path)
    if folder is None:
        alerts = list(_on_topic(settings_with(brokers, topic_prefix)))
        at = time()
    else:
        alerts = list(_in_file(folder / f"{TOPIC}.jsonl" if folder.is_dir() else folder))
        at = max((alert.occurred_at.timestamp() for alert in alerts), default=0.0)
    queue, closed = queue_of(alerts, at, policy), closed_of(alerts, at, policy)
    if as_json:
        click.echo(orjson.dumps(document(queue, closed, at, policy), option=orjson.OPT_INDENT_2))
    else:
        print_complaints(Console(), queue, closed, at, policy, limit)


def _on_topic(settings: Settings) -> Iterator[ComplaintAlert]:
    with TopicReader(settings) as reader, progress_bar() as bar:
        for _, alert in alerts_in(records(reader, TOPIC, bar)):
            if isinstance(alert, ComplaintAlert):
                yield alert


def _in_file(path: Path) -> Iterator[ComplaintAlert]:
    """The alerts in a file of a replay. Raises `NoComplaintsFileError`."""
    try:
        with path.open("rb") as lines:
            for line in lines:
                yield decode_output(TOPIC, line, ComplaintAlert)
    except OSError as error:
        raise NoComplaintsFileError(
            f"cannot read {path}: {error.strerror}; give the folder that `churnstream replay` wrote"
        ) from None
