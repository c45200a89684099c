"""``churnstream models``: the models that score, and how good they were."""

from collections.abc import Iterable
from pathlib import Path

import click
import orjson
from rich.console import Console

from schemas.codec import decode_output
from schemas.model_snapshot import ModelSnapshot
from streams.cli.lookup import progress_bar, reader_of, records, replay_option
from streams.cli.models_view import document, print_models
from streams.cli.options import kafka_options
from streams.errors import ChurnstreamError
from streams.kafka.reading import Item

TOPIC = "model-snapshots"

EXAMPLES = """\b
Examples:
  churnstream models
  churnstream models --json | jq '.models[].measures.emitted'
  churnstream models --brokers kafka-1:9092 --topic-prefix shop.
  churnstream replay --source examples/cdnow/source.toml --out out
  churnstream models --replay out
"""


class NoModelError(ChurnstreamError):
    """There is no model to show."""


@click.command(epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@replay_option
@kafka_options
def models(
    brokers: str | None, topic_prefix: str | None, replayed: Path | None, as_json: bool
) -> None:
    """Show the model of every target: what it learned from, who speaks, and how good it was.

    All figures are of predictions whose outcome is known, as they were made at the time:
    `emitted` are those that were given out (`spoken` where these are not kept: what the speaker
    said just before it learned), the others what each model said. Exit status 1 if
    there is no model yet.
    """
    with reader_of(replayed, brokers, topic_prefix) as reader, progress_bar() as bar:
        found = newest(records(reader, TOPIC, bar))
    if not found:
        raise NoModelError(
            f"topic {TOPIC} holds no model yet: the first is published when the events reach "
            "further than one horizon, so that it is known how predictions ended"
        )
    if as_json:
        click.echo(orjson.dumps(document(found), option=orjson.OPT_INDENT_2))
    else:
        print_models(Console(), found)


def newest(items: Iterable[Item]) -> list[ModelSnapshot]:
    """The last snapshot of every key, by key; a record without a value forgets its key.

    Raises SchemaError for one that this version cannot read.
    """
    last = {item.key or b"": item.value for item in items}
    return [
        decode_output(TOPIC, value, ModelSnapshot)
        for _, value in sorted(last.items())
        if value is not None
    ]
