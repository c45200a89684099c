"""Parquet files, by the optional package pyarrow."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from streams.sources.errors import SourceError
from streams.sources.files import DataFile
from streams.sources.tables import BadRow

_BATCH = 8192


class ParquetTable:
    """A Parquet file, read a batch of rows at a time.

    Raises `SourceError` when pyarrow is not installed or the file is not Parquet.
    """

    def __init__(self, file: DataFile):
        try:
            from pyarrow import ArrowException
            from pyarrow.parquet import ParquetFile
        except ImportError:
            raise SourceError(
                f"{file.name}: reading Parquet needs the package pyarrow; "
                'install it with: pip install "churnstream[parquet]"'
            ) from None
        if file.compressed():
            raise SourceError(
                f"{file.name}: Parquet compresses by itself; decompress the file around it first"
            )
        self._errors = (OSError, ArrowException)
        self._file = file
        try:
            self._parquet = ParquetFile(file.open())
        except self._errors as error:
            raise file.unreadable(error) from None

    def columns(self) -> Sequence[str]:
        """The schema's top-level names."""
        return [str(name) for name in self._parquet.schema_arrow.names]

    def use(self, columns: Iterable[str]) -> dict[str, int]:
        """Where the columns stand; raises `SourceError` for one that is absent."""
        names = list(self.columns())
        for column in sorted(columns):
            if names.count(column) != 1:
                raise SourceError(
                    f"{self._file.name}: column {column!r} is not there (exactly once); "
                    f"the columns are {', '.join(names)}"
                )
        return {column: names.index(column) for column in columns}

    def rows(self) -> Iterator[Sequence[Any] | BadRow]:
        """Every row, its values as Python's types."""
        number = 0
        try:
            for batch in self._parquet.iter_batches(batch_size=_BATCH):
                columns = [column.to_pylist() for column in batch.columns]
                for row in zip(*columns, strict=True):
                    number += 1
                    yield row
        except self._errors as error:
            raise self._file.unreadable(error, number) from None

    def content(self, row: Sequence[Any]) -> bytes:
        """The values as Python writes them."""
        return repr(row).encode()
