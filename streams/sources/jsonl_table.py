"""JSON Lines: one JSON object a line; ``order.id`` reaches into objects within objects."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from streams.sources.errors import SourceError, quoted
from streams.sources.files import READ_ERRORS, DataFile
from streams.sources.tables import LONGEST_LINE, BadRow


class JsonlTable:
    """A file of JSON objects; a column that an object lacks is missing in that row."""

    def __init__(self, file: DataFile):
        self._file = file
        self._stream = file.open()
        self._columns: list[str] = []

    def columns(self) -> None:
        """Each row names its own."""
        return

    def use(self, columns: Iterable[str]) -> dict[str, int]:
        """Every name is permitted; the row's last value is its line."""
        self._columns = sorted(columns)
        return {column: place for place, column in enumerate(self._columns)}

    def rows(self) -> Iterator[Sequence[Any] | BadRow]:
        """A row for every line that is not blank."""
        number = 0
        try:
            while line := self._stream.readline(LONGEST_LINE + 1):
                if len(line) > LONGEST_LINE:
                    raise SourceError(
                        f"{self._file.name}, row {number + 1}: is longer than {LONGEST_LINE} bytes "
                        f"(it begins {quoted(line[:40])}); is it a JSON Lines file?"
                    )
                line = line.removeprefix(b"\xef\xbb\xbf").strip()
                if line:
                    number += 1
                    yield self._row(line)
        except READ_ERRORS as error:
            raise self._file.unreadable(error, number) from None

    def content(self, row: Sequence[Any]) -> bytes:
        """The line itself."""
        line: bytes = row[-1]
        return line

    def _row(self, line: bytes) -> Sequence[Any] | BadRow:
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            return BadRow(f"is not JSON: {error}")
        if not isinstance(found, dict):
            return BadRow(f"is not a JSON object but {quoted(found)}")
        values = [found[name] if name in found else _within(found, name) for name in self._columns]
        values.append(line)
        return values


def _within(found: Any, name: str) -> Any:
    for part in name.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found
