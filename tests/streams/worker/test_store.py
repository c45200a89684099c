"""Recovery by Faust's table: complete, or the worker hears of it; never a part that looks whole."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from faust.types import TP

from streams.worker.store import NOTHING, CustomersTable, Tables

CHANGELOG = "app-customers-changelog"
FIRST, SECOND = TP(CHANGELOG, 0), TP(CHANGELOG, 1)


class Recovery:
    """The table of a worker without a broker, and what it said."""

    def __init__(self) -> None:
        where: dict[str, Any] = {"broker": "kafka://127.0.0.1:1", "store": "memory://"}
        app = faust.App("app", Table=CustomersTable, **where)
        table = app.Table("customers", key_type=bytes, value_type=bytes, partitions=2)
        self.table = cast(CustomersTable, table)
        self.table.on_failure = self._fail
        self.table.on_ready = self._get_ready
        self.failures: list[Exception] = []
        self.ready: list[set[int]] = []

    def assign(self, *mine: TP, revoked: tuple[TP, ...] = ()) -> None:
        """The group gives the worker these partitions."""
        asyncio.run(self.table.on_rebalance(set(mine), set(revoked), set()))

    def take(self, tp: TP, offset: int, states: Mapping[Any, bytes]) -> None:
        """A composite of the changelog comes."""
        records = [SimpleNamespace(key=key, value=value) for key, value in states.items()]
        message = SimpleNamespace(tp=tp, offset=offset)
        event: Any = SimpleNamespace(value=records, message=message)
        self.table.apply_changelog_batch([event])

    def complete(self, *mine: TP) -> None:
        """Faust has read the changelog to its end."""
        asyncio.run(self.table.on_recovery_completed(set(mine), set()))

    def _fail(self, error: Exception) -> None:
        self.failures.append(error)

    async def _get_ready(self, numbers: set[int], rewritten: set[int]) -> None:
        self.ready.append(numbers)


def test_a_recovery_that_goes_well_makes_the_partitions_ready() -> None:
    recovery = Recovery()
    recovery.assign(FIRST, SECOND)
    recovery.take(FIRST, 3, {b"ann": b"1"})
    recovery.complete(FIRST, SECOND)
    assert (recovery.ready, recovery.failures) == ([{0, 1}], [])
    assert dict(recovery.table.states.partition_items(0)) == {b"ann": b"1"}


def test_nothing_is_stored_or_ready_after_something_could_not_be_stored() -> None:
    recovery = Recovery()
    recovery.assign(FIRST, SECOND)
    recovery.take(FIRST, 3, {b"ann": b"1"})
    recovery.take(FIRST, 4, {None: b"2"})
    recovery.take(FIRST, 5, {b"bob": b"3"})
    recovery.take(SECOND, 9, {b"zoe": b"4"})
    recovery.complete(FIRST, SECOND)
    assert [type(error) for error in recovery.failures] == [TypeError]
    assert recovery.ready == []
    assert recovery.table.states.read(0, b"bob") is None
    assert recovery.table.persisted_offset(FIRST) == 3
    assert recovery.table.persisted_offset(SECOND) == NOTHING


def test_what_comes_after_its_partition_has_gone_leaves_no_offset_behind() -> None:
    """It would hide, when the partition comes back, that all before it was forgotten."""
    recovery = Recovery()
    recovery.assign(FIRST, SECOND)
    recovery.take(FIRST, 3, {b"ann": b"1"})
    recovery.assign(SECOND, revoked=(FIRST,))
    recovery.take(FIRST, 4, {b"bob": b"2"})
    assert recovery.table.persisted_offset(FIRST) == NOTHING


def test_a_failure_that_nobody_hears_of_is_raised() -> None:
    recovery = Recovery()
    recovery.table.on_failure = None
    recovery.assign(FIRST)
    with pytest.raises(TypeError):
        recovery.take(FIRST, 4, {None: b"2"})


def test_tables_begin_without_waiting_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    where: dict[str, Any] = {"broker": "kafka://127.0.0.1:1", "store": "memory://"}
    app = faust.App("app", TableManager=Tables, **where)
    done = []

    def noted(name: str) -> Callable[..., Awaitable[None]]:
        async def note(*_: Any) -> None:
            done.append(name)

        return note

    monkeypatch.setattr(app.tables, "sleep", noted("slept"))
    monkeypatch.setattr(app.tables, "_update_channels", noted("opened"))
    monkeypatch.setattr(cast(Any, app.tables).recovery, "start", noted("recovery begun"))
    asyncio.run(cast(Any, app.tables).on_start())
    assert done == ["opened", "recovery begun"]
