"""The files of a source: found by name or glob, opened through their compression."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Literal

import zstandard

from streams.sources.errors import SourceError

Format = Literal["csv", "jsonl", "parquet"]
READ_ERRORS = (OSError, EOFError, lzma.LZMAError, zlib.error, zstandard.ZstdError)
"""What a damaged or unreadable file raises while it is read."""

_COMPRESSIONS = (".gz", ".xz", ".zst", ".bz2")
_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
}
_BUFFER = 1 << 17


class DataFile:
    """One file of a source, and how far it has been read."""

    def __init__(self, path: Path, name: str):
        self.path = path
        self.name = name
        """As the source file writes it: no place on this machine, so ids derived from it last."""
        self.size = path.stat().st_size
        self._raw: BinaryIO | None = None
        self._done = False

    def format(self) -> Format | None:
        """What the name says the file holds, beneath its compression."""
        return _FORMATS.get(self._inner_suffix())

    def compressed(self) -> bool:
        """Whether the name ends with a compression's."""
        return self.path.suffix.lower() in _COMPRESSIONS

    def open(self) -> io.BufferedReader:
        """The content without its compression; raises `SourceError` when it cannot be opened."""
        try:
            raw = self.path.open("rb")
        except OSError as error:
            raise self.unreadable(error) from None
        self._raw, self._done = raw, False
        return io.BufferedReader(_decompressed(raw, self.path.suffix.lower()), _BUFFER)

    def close(self) -> None:
        """Says that the file has been read to its end."""
        if self._raw is not None:
            self._raw.close()
        self._raw, self._done = None, True

    def bytes_read(self) -> int:
        """How many of the file's ``size`` bytes have been read."""
        if self._raw is None:
            return self.size if self._done else 0
        return self._raw.tell()

    def unreadable(self, error: Exception, row: int = 0) -> SourceError:
        """The error of a file that cannot be read (any further than ``row``)."""
        place = f"{self.name}, after row {row}" if row else self.name
        if isinstance(error, OSError) and error.strerror:
            return SourceError(f"{place}: cannot be read: {error.strerror}")
        return SourceError(
            f"{place}: cannot be read: {error or type(error).__name__}; "
            "the file is damaged, cut short, or not what its name says"
        )

    def _inner_suffix(self) -> str:
        suffixes = [s.lower() for s in self.path.suffixes]
        if suffixes and suffixes[-1] in _COMPRESSIONS:
            suffixes.pop()
        return suffixes[-1] if suffixes else ""


def find_files(where: Path, patterns: str | Sequence[str]) -> list[DataFile]:
    """The files that paths or globs name, relative to the folder of the source file ``where``.

    In the order of the patterns, and of the names within one. Raises `SourceError` for a pattern
    that names no file.
    """
    found: dict[Path, DataFile] = {}
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        for path, name in _matches(where, pattern):
            if path not in found:
                try:
                    found[path] = DataFile(path, name)
                except OSError as error:
                    raise SourceError(f"{name}: cannot be read: {error.strerror}") from None
    if not found:
        raise SourceError(f"{where}: source.path is empty; name at least one file")
    return list(found.values())


def _matches(where: Path, pattern: str) -> list[tuple[Path, str]]:
    folder = where.parent
    if not pattern:
        raise SourceError(f'{where}: source.path = "": name a file, like "purchases.csv"')
    if (folder / pattern).is_file():
        return [
            (folder / pattern, pattern if not Path(pattern).is_absolute() else Path(pattern).name)
        ]
    if any(sign in pattern for sign in "*?["):
        base = Path(pattern)
        root = Path(base.anchor) if base.is_absolute() else folder
        relative = str(base.relative_to(base.anchor)) if base.is_absolute() else pattern
        try:
            paths = sorted(p for p in root.glob(relative) if p.is_file())
        except (ValueError, NotImplementedError, OSError) as error:
            raise SourceError(f"{where}: source.path = {pattern!r}: {error}") from None
        if paths:
            names = [
                p.name if base.is_absolute() else p.relative_to(root).as_posix() for p in paths
            ]
            return list(zip(paths, names, strict=True))
    raise SourceError(
        f"{where}: source.path = {pattern!r}: no such file in the folder of the source file; "
        "paths are relative to it"
    )


def _decompressed(raw: BinaryIO, suffix: str) -> io.RawIOBase:
    """The content of ``raw``; the stream classes below all read through `readinto`."""
    match suffix:
        case ".gz":
            return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
        case ".xz":
            return lzma.LZMAFile(raw)  # type: ignore[return-value]
        case ".bz2":
            return bz2.BZ2File(raw)  # type: ignore[return-value]
        case ".zst":
            return _ZstdFile(raw)
    return raw  # type: ignore[return-value]


class _ZstdFile(io.RawIOBase):
    """zstandard's own stream ends silently when a file is cut short; this one says so."""

    def __init__(self, raw: BinaryIO):
        self._raw, self._pending = raw, b""
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._between_frames = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._pending:
            chunk = self._frame.unused_data if self._frame.eof else b""
            chunk = chunk or self._raw.read(_BUFFER)
            if not chunk:
                if self._between_frames or self._frame.eof:
                    return 0
                raise EOFError("the compressed data ends in the middle")
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._between_frames = False
            self._pending = self._frame.decompress(chunk)
        count = min(len(buffer), len(self._pending))
        buffer[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count
