"""What was published on a compacted topic: read from Kafka, or from the folder of a replay."""

from collections.abc import Iterator
from pathlib import Path

import orjson

from streams.errors import ChurnstreamError
from streams.kafka.reading import TopicReader
from streams.settings import Settings


class NotPublishedError(ChurnstreamError):
    """The file cannot be read as records of the topic; the message names the line."""


def on_topic(topic: str, settings: Settings) -> Iterator[tuple[str, bytes | None]]:
    """All records of a topic: key and value, None for a deletion."""
    with TopicReader(settings) as reader:
        reader.assign({topic: reader.partitions(topic)}, from_start=True)
        for items, _ in reader.until_end():
            yield from (((item.key or b"").decode(), item.value) for item in items)


def in_file(topic: str, path: Path) -> Iterator[tuple[str, bytes | None]]:
    """The same from the file that a replay wrote of the topic, or from that replay's folder.

    A replay gives keys as subjects, or as key if deleted. Raises `NotPublishedError` or OSError.
    """
    path = path / f"{topic}.jsonl" if path.is_dir() else path
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                event = orjson.loads(line)
                deleted = "deleted" in event
                yield str(event["key" if deleted else "subject"]), None if deleted else line
            except (orjson.JSONDecodeError, KeyError, TypeError):
                raise NotPublishedError(
                    f"{path}, line {number}: is no record of {topic}; "
                    f"give the {topic}.jsonl that `churnstream replay` wrote"
                ) from None
