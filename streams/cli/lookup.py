"""Finding records of the topics, by key or all of them, of a cluster or of a replay."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import click
from rich.console import Console
from rich.progress import Progress as Bar

from detectors.models.archive import as_snapshot
from detectors.models.snapshot import is_outdated
from schemas.archived_model import ArchivedModel
from schemas.codec import decode_output
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from streams.cli.options import settings_with
from streams.kafka.reading import Item, Progress, TopicReader, partition_of
from streams.replay.reader import FolderReader

replay_option = click.option(
    "--replay",
    "replayed",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Read the folder that `churnstream replay` wrote, instead of Kafka.",
)


class Reader(Protocol):
    """What can be read: the topics of a cluster, or of a replay's folder."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def partitions(self, topic: str) -> list[int]:
        """The partition numbers of a topic."""
        ...

    def assign(self, wanted: Mapping[str, Sequence[int]], *, from_start: bool) -> None:
        """Read these partitions of topics from now on."""
        ...

    def until_end(self) -> Iterator[tuple[list[Item], Progress]]:
        """What they hold now, with the progress so far."""
        ...


def reader_of(replayed: Path | None, brokers: str | None, topic_prefix: str | None) -> Reader:
    """A reader of the replay's folder, or else of the cluster. Raises ``click.UsageError``."""
    if replayed is None:
        return TopicReader(settings_with(brokers, topic_prefix))
    if brokers is not None or topic_prefix is not None:
        raise click.UsageError("--replay reads a folder: leave --brokers and --topic-prefix out")
    return FolderReader(replayed)


def progress_bar() -> Bar:
    """A bar on standard error that vanishes; nothing where that is no terminal."""
    console = Console(stderr=True)
    return Bar(console=console, transient=True, disable=not console.is_terminal)


def records(
    reader: Reader, topic: str, bar: Bar, partitions: Sequence[int] | None = None
) -> Iterator[Item]:
    """All records of a topic's partitions (None: of all) as they stand now."""
    task = bar.add_task(f"Reading {topic}", total=None)
    numbers = reader.partitions(topic) if partitions is None else partitions
    reader.assign({topic: numbers}, from_start=True)
    for items, progress in reader.until_end():
        bar.update(task, completed=progress.done, total=progress.total)
        yield from items
    bar.remove_task(task)


def latest(reader: Reader, topic: str, key: bytes, bar: Bar) -> bytes | None:
    """The last value of `key`; None if there is none, or a tombstone is the last.

    First in the partition that Kafka's clients choose for the key, then in the others.
    """
    for numbers in filter(None, places_of(reader, topic, key)):
        found = [item for item in records(reader, topic, bar, numbers) if item.key == key]
        if found:
            return found[-1].value
    return None


def places_of(reader: Reader, topic: str, key: bytes) -> tuple[list[int], list[int]]:
    """The partition where `key` should be, and the others where another client may have put it."""
    numbers = reader.partitions(topic)
    likely = partition_of(key, len(numbers))
    return [likely], [number for number in numbers if number != likely]


def archived_models(reader: Reader, bar: Bar) -> list[ArchivedModel]:
    """All models in the archive, the oldest first."""
    found = records(reader, "model-archive", bar)
    return [decode_output(i.topic, i.value, ArchivedModel) for i in found if i.value is not None]


def published_portfolio(reader: Reader, bar: Bar) -> Portfolio | None:
    """The portfolio, which holds the prior rule's parameters; None before the first."""
    value = latest(reader, "portfolio", b"portfolio", bar)
    return None if value is None else decode_output("portfolio", value, Portfolio)


def published_models(reader: Reader, bar: Bar) -> list[ModelSnapshot]:
    """All models that can be had, the oldest first: the archive, then what is published now.

    Those that an older version wrote in a format of its own are left out: they speak no more.
    """
    kept = [as_snapshot(model) for model in archived_models(reader, bar)]
    current = records(reader, "model-snapshots", bar)
    kept += [decode_output(i.topic, i.value, ModelSnapshot) for i in current if i.value is not None]
    return [snapshot for snapshot in kept if not is_outdated(snapshot)]
