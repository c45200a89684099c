"""A source: the rows of files as events, by the rules of a TOML file."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from streams.sources.counts import SourceCounts
from streams.sources.csv_table import CsvTable
from streams.sources.errors import BadValueError, SourceError
from streams.sources.events import EncodedEvent, SourceEvent
from streams.sources.files import DataFile, Format, find_files
from streams.sources.jsonl_table import JsonlTable
from streams.sources.mapping import CompiledRule, Row, RulePlan
from streams.sources.parquet_table import ParquetTable
from streams.sources.rules import RulePlanner
from streams.sources.spec import SourceSpec
from streams.sources.spec_file import load_spec, zone_of
from streams.sources.tables import BadRow, Table

_JUDGED_FROM = 1000
"""Rows after which the share of bad ones is judged."""


def load_source(path: str | Path) -> "Source":
    """Read and check a source file and find its data files.

    Raises `SourceError` naming file, key, value and remedy.
    """
    return Source(Path(path), load_spec(Path(path)))


class Source:
    """The events of a source, in the order of its files' rows. Every pass reads anew.

    `counts` are those of the latest pass, and grow while it goes on.
    """

    def __init__(self, path: Path, spec: SourceSpec):
        self.path = path
        self.spec = spec
        zone = zone_of(path, spec.source.timezone) if spec.source.timezone else None
        self.rules: Sequence[RulePlan] = [
            RulePlanner(f"{path}: event {number}", rule, spec.source, zone).plan()
            for number, rule in enumerate(spec.event, 1)
        ]
        self.files = find_files(path, spec.source.path)
        self.counts = self._new_counts()

    @property
    def topics(self) -> list[str]:
        """The topics of its events, each once."""
        return list(dict.fromkeys(rule.topic for rule in self.rules))

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(file.size for file in self.files)

    @property
    def bytes_read(self) -> int:
        """How many of them the latest pass has read."""
        return sum(file.bytes_read() for file in self.files)

    def events(self, first: int | None = None) -> Iterator[SourceEvent]:
        """Every row (or every one of the ``first`` so many) that a rule takes, as an event.

        Rows that cannot be read are counted and passed over; raises `SourceError` where a file
        cannot be read on, lacks a column, has more bad rows than ``bad_limit``, or where all rows
        were read and none gave an event.
        """
        self.counts = self._new_counts()
        for file in self.files:
            left = None if first is None else first - self.counts.rows
            yield from self._events_of(file, left)
        if first is None and self.counts.rows and not self.counts.taken:
            raise SourceError(self._nothing_taken())

    def encoded(self) -> Iterator[EncodedEvent]:
        """The same events as bytes of plain JSON, ready for Kafka."""
        for event in self.events():
            yield event.encoded()

    def _new_counts(self) -> SourceCounts:
        return SourceCounts([rule.label for rule in self.rules])

    def _events_of(self, file: DataFile, first: int | None) -> Iterator[SourceEvent]:
        try:
            table = self._open(file)
            index = table.use(set().union(*(rule.columns for rule in self.rules)))
            rules = [
                CompiledRule(place, rule, index, file.name, table.content)
                for place, rule in enumerate(self.rules)
            ]
            rows = enumerate(islice(table.rows(), first), 1)
            yield from self._mapped(file, rows, rules)
        finally:
            file.close()

    def _mapped(
        self,
        file: DataFile,
        rows: Iterator[tuple[int, Row | BadRow]],
        rules: Sequence[CompiledRule],
    ) -> Iterator[SourceEvent]:
        counts = self.counts
        for number, row in rows:
            if isinstance(row, BadRow):
                self._bad(file, number, row.reason)
                continue
            rule = next((rule for rule in rules if rule.matches(row)), None)
            if rule is None:
                counts.untaken += 1
                continue
            try:
                event = rule.event(row, number)
            except BadValueError as error:
                self._bad(file, number, str(error))
                continue
            counts.by_rule[rule.place] += 1
            yield event

    def _open(self, file: DataFile) -> Table:
        kind: Format | None = self.spec.source.format or file.format()
        match kind:
            case "csv":
                return CsvTable(file, self.spec.source)
            case "jsonl":
                return JsonlTable(file)
            case "parquet":
                return ParquetTable(file)
        raise SourceError(
            f"{file.name}: its name does not say what it holds; "
            'add format = "csv", "jsonl" or "parquet" to [source]'
        )

    def _bad(self, file: DataFile, number: int, reason: str) -> None:
        counts = self.counts
        counts.add_bad(f"{file.name}, row {number}", reason)
        limit = self.spec.source.bad_limit
        if counts.rows >= _JUDGED_FROM and counts.bad > limit * counts.rows:
            raise SourceError(
                f"{self.path}: {counts.bad} of the first {counts.rows} rows are bad, more than "
                f"bad_limit = {limit:g}; the first is {counts.examples[0]}"
            )

    def _nothing_taken(self) -> str:
        counts = self.counts
        if counts.bad:
            return f"{self.path}: no row became an event; the first bad one is {counts.examples[0]}"
        return f"{self.path}: no rule takes any of the {counts.rows} rows; look at when"
