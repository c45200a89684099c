"""Sources merged in the order of event time, with bounded memory.

Events of the same moment keep the order of the sources, then of the rows.
"""

import heapq
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import IO

import msgspec

from streams.sources.errors import SourceError
from streams.sources.events import EncodedEvent
from streams.sources.source import Source

_RUN = 500_000
"""Events that are sorted in memory at a time; more go to temporary files."""
_TIME = attrgetter("occurred_at")


def merged(sources: Sequence[Source]) -> Iterator[EncodedEvent]:
    """All events of the sources in order of event time.

    A source that says ``sorted = true`` streams, and is checked; another is read to its end
    first. Raises `SourceError`.
    """
    streams = [in_time_order(source) for source in sources]
    return streams[0] if len(streams) == 1 else heapq.merge(*streams, key=_TIME)


def in_time_order(source: Source, run: int = _RUN) -> Iterator[EncodedEvent]:
    """The events of one source in order of event time; at most ``run`` of them in memory."""
    if source.spec.source.sorted:
        return _checked(source)
    return sort_by_time(source.encoded(), run)


def _checked(source: Source) -> Iterator[EncodedEvent]:
    before = float("-inf")
    for event in source.encoded():
        if event.occurred_at < before:
            raise SourceError(
                f"{event.path}, row {event.row}: lies before the row above it, "
                f"though {source.path} says sorted = true; take that line away"
            )
        before = event.occurred_at
        yield event


def sort_by_time(events: Iterable[EncodedEvent], run: int) -> Iterator[EncodedEvent]:
    """The events sorted by time (stably), in runs of at most ``run`` held in memory."""
    runs: list[IO[bytes]] = []
    held: list[EncodedEvent] = []
    try:
        for event in events:
            held.append(event)
            if len(held) >= run:
                held.sort(key=_TIME)
                runs.append(_written(held))
                held = []
        held.sort(key=_TIME)
        yield from heapq.merge(*(_read(file) for file in runs), held, key=_TIME)
    finally:
        for file in runs:
            file.close()


def _written(events: Iterable[EncodedEvent]) -> IO[bytes]:
    """A temporary file with the events, each after its length in four bytes."""
    encode = msgspec.msgpack.Encoder().encode
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the caller
        for event in events:
            data = encode(event)
            file.write(len(data).to_bytes(4, "little") + data)
        file.seek(0)
    except OSError as error:
        raise SourceError(
            f"{tempfile.gettempdir()}: cannot hold the events while they are sorted: "
            f"{error.strerror}; make room, or name another folder in TMPDIR"
        ) from None
    return file


def _read(file: IO[bytes]) -> Iterator[EncodedEvent]:
    decode = msgspec.msgpack.Decoder(EncodedEvent).decode
    while size := file.read(4):
        yield decode(file.read(int.from_bytes(size, "little")))
