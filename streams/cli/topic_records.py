"""All records of an internal topic, from Kafka or from the file that a replay wrote of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import orjson

from streams.cli.options import settings_with
from streams.errors import ChurnstreamError
from streams.kafka.reading import TopicReader
from streams.settings import Settings

KeyValue = tuple[str, bytes | None]
"""A record's key, and its value or None for a deletion."""


class NoRecordError(ChurnstreamError):
    """A line of a file is no record of the topic; the message names file, line and remedy."""


def snapshot_option(topic: str) -> Callable[[Any], Any]:
    """The option ``--snapshot``: where a replay wrote the topic."""
    return click.option(
        "--snapshot",
        metavar="PATH",
        type=click.Path(exists=True, path_type=Path),
        help=f"Read {topic}.jsonl of a replay (that file or its folder) instead of the topic.",
    )


def records_of(
    topic: str, snapshot: Path | None, brokers: str | None, topic_prefix: str | None
) -> tuple[Iterator[KeyValue], str]:
    """The records of the topic, or of the snapshot if one is given, and the name of that place."""
    if snapshot is None:
        return records_on_topic(topic, settings_with(brokers, topic_prefix)), f"topic {topic}"
    path = file_of(topic, snapshot)
    return records_in_file(topic, path), str(path)


def records_on_topic(topic: str, settings: Settings) -> Iterator[KeyValue]:
    """The records of a topic as it stands now."""
    with TopicReader(settings) as reader:
        reader.assign({topic: reader.partitions(topic)}, from_start=True)
        for items, _ in reader.until_end():
            yield from (((item.key or b"").decode(), item.value) for item in items)


def file_of(topic: str, path: Path) -> Path:
    """The file of the topic in a replay's folder; a path of a file is that file."""
    return path / f"{topic}.jsonl" if path.is_dir() else path


def records_in_file(topic: str, path: Path) -> Iterator[KeyValue]:
    """The records in a file of a replay, which gives keys as subjects, or as key if deleted."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                event = orjson.loads(line)
                deleted = "deleted" in event
                yield str(event["key" if deleted else "subject"]), None if deleted else line
            except (orjson.JSONDecodeError, KeyError, TypeError):
                raise NoRecordError(
                    f"{path}, line {number}: is no record of {topic}; "
                    f"give the {topic}.jsonl that `churnstream replay` wrote"
                ) from None
