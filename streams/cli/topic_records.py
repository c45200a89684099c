"""All records of an internal topic, from Kafka or from the file that a replay wrote of it."""

from collections.abc import Iterator
from pathlib import Path

import orjson

from streams.errors import ChurnstreamError
from streams.kafka.reading import TopicReader
from streams.settings import Settings

KeyValue = tuple[str, bytes | None]
"""A record's key, and its value or None for a deletion."""


class NoRecordError(ChurnstreamError):
    """A line of a file is no record of the topic; the message names file, line and remedy."""


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
    try:
        lines = path.open("rb")
    except OSError as error:
        raise NoRecordError(
            f"{path}: cannot be read: {error.strerror}; give a folder that `churnstream replay` "
            "wrote"
        ) from None
    with lines:
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
