"""The folder that a replay writes: nothing appears in it under its final name until all is done."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import orjson

from detectors.effects import Message
from streams.errors import ChurnstreamError

SUMMARY = "summary.json"


class ReplayFolderError(ChurnstreamError):
    """The output folder cannot be used; the message names it, the reason and the remedy."""


class ReplayFolder:
    """One file of JSON lines for each topic, and the summary.

    A context manager: it begins with hidden files beside the final names, `finish` renames them,
    and leaving it without `finish` takes them away again. Raises `ReplayFolderError` for a folder
    that holds something already, cannot be written, or is full.
    """

    def __init__(self, path: Path, topics: Sequence[str]):
        self.path = path
        self._topics = topics
        self._files: dict[str, IO[bytes]] = {}
        self._stack = ExitStack()
        self._made = False
        self._finished = False

    def __enter__(self) -> Self:
        try:
            with self._reported():
                self._prepare()
                for topic in self._topics:
                    file = self._hidden(f"{topic}.jsonl").open("xb", buffering=1 << 18)
                    self._files[topic] = self._stack.enter_context(file)
        except ReplayFolderError:
            self._discard()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._finished:
            self._discard()

    def write(self, messages: Sequence[Message]) -> None:
        """Add messages to the files of their topics, a line each.

        A line is the record's value as it would stand on the topic; a deletion is the line
        ``{"key": …, "deleted": true}``.
        """
        with self._reported():
            for message in messages:
                value = message.value
                if value is None:
                    value = orjson.dumps({"key": message.key.decode(), "deleted": True})
                self._files[message.topic].write(value + b"\n")

    def finish(self, summary: dict[str, object]) -> None:
        """Write the summary and give all files their final names, the summary last."""
        with self._reported():
            self._stack.close()
            text = orjson.dumps(summary, option=orjson.OPT_INDENT_2) + b"\n"
            self._hidden(SUMMARY).write_bytes(text)
            for name in [*(f"{topic}.jsonl" for topic in self._topics), SUMMARY]:
                self._hidden(name).rename(self.path / name)
        self._finished = True

    def _prepare(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise ReplayFolderError(f"{self.path}: is no folder; name one that is empty or new")
        self._made = not self.path.exists()
        self.path.mkdir(parents=True, exist_ok=True)
        if any(self.path.iterdir()):
            raise ReplayFolderError(
                f"{self.path}: is not empty; name another folder, or empty this one first"
            )

    def _hidden(self, name: str) -> Path:
        return self.path / f".{name}.part"

    def _discard(self) -> None:
        with suppress(OSError):
            self._stack.close()
        for name in [*(f"{topic}.jsonl" for topic in self._files), SUMMARY]:
            for path in (self._hidden(name), self.path / name):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
        if self._made:
            with suppress(OSError):
                self.path.rmdir()

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ReplayFolderError(
                f"{self.path}: cannot be written: {error.strerror or error}; "
                "make room or name another folder"
            ) from None
