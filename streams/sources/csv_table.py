"""CSV files: any delimiter, quotes, line ends within quotes, with or without a byte order mark."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from streams.sources.errors import SourceError, quoted
from streams.sources.files import READ_ERRORS, DataFile
from streams.sources.spec import FileSpec
from streams.sources.tables import LONGEST_LINE, BadRow


class CsvTable:
    """A CSV file with a header line.

    Raises `SourceError` when it cannot be opened or has no header.
    """

    def __init__(self, file: DataFile, spec: FileSpec):
        self._file = file
        self._encoding = spec.encoding
        signed = "utf-8-sig" if spec.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else ""
        stream = io.TextIOWrapper(file.open(), encoding=signed or spec.encoding, newline="")
        self._reader = csv.reader(_lines(stream, file.name), delimiter=spec.delimiter)
        self._row = 0
        self._header = self._read_header()

    def columns(self) -> Sequence[str]:
        """The header's names."""
        return self._header

    def use(self, columns: Iterable[str]) -> dict[str, int]:
        """Where the columns stand; raises `SourceError` for one that is absent or ambiguous."""
        counts = Counter(self._header)
        index = {}
        for column in sorted(columns):
            if counts[column] != 1:
                problem = "stands twice in the header" if counts[column] else "is not in the header"
                raise SourceError(
                    f"{self._file.name}: column {column!r} {problem}; "
                    f"the columns are {', '.join(self._header)}"
                )
            index[column] = self._header.index(column)
        return index

    def rows(self) -> Iterator[Sequence[str] | BadRow]:
        """Every row of data; blank lines are no rows."""
        width, reader = len(self._header), self._reader
        try:
            for row in reader:
                if len(row) == width:
                    self._row += 1
                    yield row
                elif row:
                    self._row += 1
                    yield BadRow(f"has {len(row)} fields, the header has {width}")
        except (UnicodeError, csv.Error, *READ_ERRORS) as error:
            raise self._failed(error) from None

    def content(self, row: Sequence[Any]) -> bytes:
        """The fields, each ended by a sign that texts do not hold."""
        return "\x1f".join(row).encode()

    def _read_header(self) -> list[str]:
        try:
            header = next(self._reader, None)
        except (UnicodeError, csv.Error, *READ_ERRORS) as error:
            raise self._failed(error) from None
        if not header:
            raise SourceError(f"{self._file.name}: is empty; its first line must name the columns")
        return header

    def _failed(self, error: Exception) -> SourceError:
        place = f"{self._file.name}, row {self._row + 1}"
        if isinstance(error, UnicodeError):
            return SourceError(
                f"{place}: is not {self._encoding} text ({error}); "
                'name the file\'s own, like encoding = "latin-1" in [source]'
            )
        if isinstance(error, csv.Error):
            return SourceError(f"{place}: {error}; is a quotation mark left open?")
        return self._file.unreadable(error, self._row)


def _lines(stream: io.TextIOWrapper, name: str) -> Iterator[str]:
    """Lines of bounded length: a file without line ends must not fill the memory."""
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise SourceError(
                f"{name}, line {number}: is longer than {LONGEST_LINE} characters "
                f"(it begins {quoted(line[:40])}); is it a CSV file?"
            )
        yield line
