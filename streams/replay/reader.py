"""Reads the folder of a replay as `TopicReader` reads the topics of a cluster."""

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from streams.errors import ChurnstreamError
from streams.kafka.reading import Item, Progress
from streams.topics import BY_NAME, CHANGELOG

_CHUNK = 500


class ReplayReadError(ChurnstreamError):
    """The folder holds no replay, or not all of one; the message names the file."""


class _Line(msgspec.Struct):
    """What tells whose line of a file it is; the rest is passed over."""

    subject: str = ""
    key: str = ""
    value: str = ""
    deleted: bool = False


class FolderReader:
    """One partition of each topic; of a compacted one only the last record of each key."""

    def __init__(self, folder: Path) -> None:
        """`folder` is what `churnstream replay --out` wrote."""
        self._folder = folder
        self._topics: list[str] = []

    def __enter__(self) -> Self:
        """The reader itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is held open."""

    def partitions(self, topic: str) -> list[int]:
        """The one partition. Raises `ReplayReadError` if the topic has no file."""
        path = self._path(topic)
        if not path.is_file():
            raise ReplayReadError(
                f"{path}: is not there; name the folder that `churnstream replay --out` wrote"
            )
        return [0]

    def assign(self, wanted: Mapping[str, Sequence[int]], *, from_start: bool) -> None:
        """Read these topics from now on, from the start or not at all."""
        self._topics = [topic for topic, numbers in wanted.items() if numbers and from_start]

    def until_end(self) -> Iterator[tuple[list[Item], Progress]]:
        """All records, with the progress so far. Raises `ReplayReadError`."""
        for topic in self._topics:
            items: list[Item] = []
            found = self._records(topic)
            if BY_NAME[topic].compacted:
                found = iter({item.key: item for item in found}.values())
            for number, item in enumerate(found, start=1):
                items.append(item)
                if len(items) == _CHUNK:
                    yield items, Progress(number, number)
                    items = []
            yield items, Progress(1, 1)

    def _records(self, topic: str) -> Iterator[Item]:
        path, decoder = self._path(topic), msgspec.json.Decoder(_Line)
        try:
            with path.open("rb") as lines:
                for number, line in enumerate(lines):
                    head = decoder.decode(line)
                    value: bytes | None = line.rstrip(b"\n")
                    if topic == CHANGELOG:
                        value = b64decode(head.value)
                    elif head.deleted:
                        value = None
                    yield Item(topic, 0, number, (head.key or head.subject).encode(), value)
        except OSError as error:
            raise ReplayReadError(f"{path}: cannot be read: {error.strerror}") from None
        except ValueError:
            raise ReplayReadError(
                f"{path}, line {number + 1}: is no record of {topic}; replay the sources again"
            ) from None

    def _path(self, topic: str) -> Path:
        return self._folder / f"{topic}.jsonl"
