"""The store on disk: what a killed worker leaves, and what it takes of memory."""

import gc
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from faust.types import TP

from streams.worker import rocks_store
from streams.worker.rocks_store import RocksStore
from streams.worker.store import NOTHING, CustomersTable, StoreError

CHANGELOG = "app-customers-changelog"
TABLE = "customers"


def opened(folder: Path) -> RocksStore:
    """The store of a worker with this data folder."""
    where: dict[str, Any] = {
        "broker": "kafka://127.0.0.1:1",
        "store": "rocksdb://",
        "datadir": folder,
    }
    app = faust.App("app", Table=CustomersTable, **where)
    app.conf.tabledir.mkdir(parents=True, exist_ok=True)
    return cast(RocksStore, app.Table(TABLE, key_type=bytes, value_type=bytes, partitions=2).data)


def killed(folder: Path, into: Path) -> RocksStore:
    """The store that the next worker finds when the one on `folder` is killed now."""
    return opened(Path(shutil.copytree(folder, into)))


def composite(partition: int, offset: int, states: Mapping[bytes, bytes | None]) -> Any:
    """What Faust brings of the changelog: records up to an offset."""
    records = [SimpleNamespace(key=key, value=value) for key, value in states.items()]
    message = SimpleNamespace(tp=TP(CHANGELOG, partition), offset=offset)
    return SimpleNamespace(value=records, message=message)


def recover(store: RocksStore, *composites: Any) -> None:
    """Take in composites, as Faust's recovery does."""
    store.apply_changelog_batch(composites, lambda key: key, lambda value: value)


def offset_of(store: RocksStore, partition: int = 0) -> int:
    """The changelog offset from which a recovery would go on."""
    return store.persisted_offset(TP(CHANGELOG, partition))


def states_of(offset: int) -> dict[bytes, bytes | None]:
    """Some states that the changelog holds up to `offset`, each of 10 kB."""
    return {b"c%d-%d" % (offset, number): b"%d" % offset * 10_000 for number in range(10)}


def test_what_a_recovery_brought_is_read_at_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    recover(store, composite(0, 9, {b"ann": b"1", b"bob": b"2"}), composite(1, 4, {b"zoe": b"3"}))
    recover(store, composite(0, 12, {b"ann": None, b"bob": b"4"}))
    assert dict(store.partition_items(0)) == {b"bob": b"4"}
    assert dict(store.partition_items(1)) == {b"zoe": b"3"}
    assert (offset_of(store, 0), offset_of(store, 1)) == (12, 4)
    assert store.rewritten == {0, 1}


def wait_for_flushes(store: RocksStore) -> None:
    """RocksDB writes full buffers by threads of its own, and renames files meanwhile."""
    db = store._db_for_partition(0)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        waiting = [
            db.property_int_value(f"rocksdb.{name}")
            for name in (
                "num-immutable-mem-table",
                "num-running-flushes",
                "num-running-compactions",
            )
        ]
        if waiting == [0, 0, 0] and any(store.partition_path(0).rglob("*.sst")):
            return
        time.sleep(0.01)
    raise AssertionError("nothing was written to disk")


def test_a_worker_killed_after_a_recovery_has_all_that_its_offset_says(tmp_path: Path) -> None:
    store = opened(tmp_path / "a")
    recover(store, composite(0, 9, states_of(9)))
    store.write(0, {b"ann": b"new"}, 10)
    found = killed(tmp_path / "a", tmp_path / "b")
    assert offset_of(found) == 10
    assert dict(found.partition_items(0)) == {**states_of(9), b"ann": b"new"}


def test_a_worker_killed_in_a_recovery_goes_on_from_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rocks_store, "WRITE_BUFFER", 1 << 16)
    store = opened(tmp_path / "a")
    offsets = range(9, 300, 10)
    for offset in offsets:
        recover(store, composite(0, offset, states_of(offset)))
    wait_for_flushes(store)
    found = killed(tmp_path / "a", tmp_path / "b")
    reached = offset_of(found)
    assert reached in offsets, "some of it was on disk"
    kept = dict(found.partition_items(0))
    assert [
        key for at in offsets if at <= reached for key in states_of(at) if key not in kept
    ] == []


def test_a_worker_killed_early_in_a_recovery_begins_anew(tmp_path: Path) -> None:
    store = opened(tmp_path / "a")
    recover(store, composite(0, 9, states_of(9)))
    found = killed(tmp_path / "a", tmp_path / "b")
    assert (offset_of(found), dict(found.partition_items(0))) == (NOTHING, {})


def test_what_is_read_is_kept_in_no_cache_of_the_store_also_after_a_restart(
    tmp_path: Path,
) -> None:
    for start in range(2):
        store = opened(tmp_path)
        store.write(0, states_of(start), start)
        db = store._db_for_partition(0)
        db.flush()
        assert store.read(0, b"c0-3") == b"0" * 10_000
        assert len(dict(store.partition_items(0))) == 10 * (start + 1)
        assert not db.property_int_value("rocksdb.block-cache-usage")
        assert not db.property_int_value("rocksdb.block-cache-capacity")
        del db
        store._dbs.clear()


REMOVE = r"cannot be (read|opened) \(Corruption(.|\n)*\); nothing was lost: remove that folder"


def alter(path: Path) -> None:
    """Some bytes in the middle are others."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 64)


def cut(path: Path) -> None:
    """The second half is lost."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


@pytest.mark.parametrize("damage", [alter, cut, Path.unlink])
def test_a_damaged_store_is_told_with_the_remedy_and_not_read_in_part(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    store = opened(tmp_path)
    for offset in range(9, 100, 10):
        store.write(0, states_of(offset), offset)
    store._db_for_partition(0).flush()
    folder = store.partition_path(0)
    store._dbs.clear()
    gc.collect()  # closes it
    for path in folder.glob("*.sst"):
        damage(path)
    with pytest.raises(StoreError, match=REMOVE) as told:
        list(opened(tmp_path).partition_items(0))
    assert str(folder) in str(told.value)


def test_a_damaged_state_is_told_when_it_is_read_alone(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.write(0, states_of(9), 9)
    store._db_for_partition(0).flush()
    for path in store.partition_path(0).glob("*.sst"):
        alter(path)
    with pytest.raises(StoreError, match=REMOVE):
        [store.read(0, key) for key in states_of(9)]


def test_a_store_that_another_worker_has_open_is_told_with_the_remedy(tmp_path: Path) -> None:
    held = opened(tmp_path)
    assert held.read(0, b"ann") is None
    with pytest.raises(StoreError, match=r"cannot be opened .*this worker and no other"):
        opened(tmp_path).persisted_offset(TP(CHANGELOG, 0))
