"""What every reader of a file format gives: columns, rows, and the bytes that identify a row."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

LONGEST_LINE = 16 * 1024 * 1024
"""Characters of one line; a longer one means that the file is not what it says."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read, though those after it can."""

    reason: str


class Table(Protocol):
    """An opened file as rows."""

    def columns(self) -> Sequence[str] | None:
        """The names of the columns, or None where each row names its own."""

    def use(self, columns: Iterable[str]) -> dict[str, int]:
        """Ask for columns; says at which place of a row each stands."""

    def rows(self) -> Iterator[Sequence[Any] | BadRow]:
        """The rows in order. Raises `SourceError` where the file cannot be read on."""

    def content(self, row: Sequence[Any]) -> bytes:
        """Bytes that are equal for rows of equal content only."""
