"""``churnstream models``: the models that score, and how good they were."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import orjson
from rich.console import Console

from schemas.codec import decode_output
from schemas.model_snapshot import ModelSnapshot
from streams.cli.models_view import document, print_models
from streams.cli.options import kafka_options, settings_with
from streams.errors import ChurnstreamError
from streams.kafka.reading import TopicReader
from streams.settings import Settings

TOPIC = "model-snapshots"

EXAMPLES = """\b
Examples:
  churnstream models
  churnstream models --json | jq '.models[].measures.emitted'
  churnstream models --brokers kafka-1:9092 --topic-prefix shop.
  churnstream replay --source examples/cdnow/source.toml --out out
  churnstream models --snapshot out
"""


class NoModelError(ChurnstreamError):
    """There is no model to show, or the file with it cannot be read."""


@click.command(epilog=EXAMPLES)
@click.option(
    "--snapshot",
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help=f"Read {TOPIC}.jsonl of a replay (that file or its folder) instead of the topic.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@kafka_options
def models(
    brokers: str | None, topic_prefix: str | None, snapshot: Path | None, as_json: bool
) -> None:
    """Show the model of every target: what it learned from, who speaks, and how good it was.

    All figures are of predictions whose outcome is known, as they were made at the time:
    `emitted` are those that were given out (`spoken` where these are not kept: what the speaker
    said just before it learned), the others what each model said. Exit status 1 if
    there is no model yet.
    """
    if snapshot is None:
        found = latest(_on_topic(settings_with(brokers, topic_prefix)))
        if not found:
            raise NoModelError(
                f"topic {TOPIC} holds no model yet: the first is published when the first "
                "horizon has passed and the worker has seen how it ended"
            )
    else:
        path = snapshot / f"{TOPIC}.jsonl" if snapshot.is_dir() else snapshot
        found = latest(_in_file(path))
        if not found:
            raise NoModelError(
                f"{path}: holds no model: the events must reach further than one horizon"
            )
    if as_json:
        click.echo(orjson.dumps(document(found), option=orjson.OPT_INDENT_2))
    else:
        print_models(Console(), found)


def latest(records: Iterable[tuple[str, bytes | None]]) -> list[ModelSnapshot]:
    """The last snapshot of every key, by key; a record without a value forgets its key.

    Raises SchemaError for one that this version cannot read.
    """
    last = dict(records)
    return [
        decode_output(TOPIC, value, ModelSnapshot)
        for _, value in sorted(last.items())
        if value is not None
    ]


def _on_topic(settings: Settings) -> Iterator[tuple[str, bytes | None]]:
    with TopicReader(settings) as reader:
        reader.assign({TOPIC: reader.partitions(TOPIC)}, from_start=True)
        for items, _ in reader.until_end():
            yield from (((item.key or b"").decode(), item.value) for item in items)


def _in_file(path: Path) -> Iterator[tuple[str, bytes | None]]:
    """The records in a file of a replay, which gives keys as subjects, or as key if deleted."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                event = orjson.loads(line)
                deleted = "deleted" in event
                yield str(event["key" if deleted else "subject"]), None if deleted else line
            except (orjson.JSONDecodeError, KeyError, TypeError):
                raise NoModelError(
                    f"{path}, line {number}: is no record of {TOPIC}; "
                    f"give the {TOPIC}.jsonl that `churnstream replay` wrote"
                ) from None
