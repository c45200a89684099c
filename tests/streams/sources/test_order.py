"""Laws of merging in event time."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.errors import SourceError
from streams.sources.events import EncodedEvent
from streams.sources.order import merged, sort_by_time
from streams.sources.source import Source
from tests.streams.sources.files import HEADER, SHOP, source_of

TIMES = st.lists(st.integers(0, 5), max_size=40)


def event(time: int, row: int) -> EncodedEvent:
    return EncodedEvent("interactions", b"k", b"{}", float(time), row, "f")


@given(TIMES, st.integers(1, 7))
def test_sorting_in_files_is_the_same_as_sorting_in_memory(times: list[int], run: int) -> None:
    events = [event(time, row) for row, time in enumerate(times)]
    assert list(sort_by_time(iter(events), run)) == sorted(events, key=lambda e: e.occurred_at)


def shop(folder: Path, name: str, days: list[int], *, in_order: bool) -> Source:
    (folder / name).mkdir()
    rows = "".join(f"{n},{name},2020-01-{day + 1:02},1\n" for n, day in enumerate(days))
    toml = SHOP.replace("[[event]]", "sorted = true\n[[event]]", 1) if in_order else SHOP
    return source_of(folder / name, toml, shop_csv=HEADER + "0,first,2019-01-01,1\n" + rows)


@given(TIMES, TIMES)
def test_merged_events_are_in_order_of_time_then_source_then_row(
    left: list[int], right: list[int]
) -> None:
    with TemporaryDirectory() as folder:
        sources = [
            shop(Path(folder), "left", sorted(left), in_order=True),
            shop(Path(folder), "right", right, in_order=False),
        ]
        events = list(merged(sources))
    keys = [(e.occurred_at, e.key != b"left", e.row) for e in events if e.key != b"first"]
    assert keys == sorted(keys)
    assert len(keys) == len(left) + len(right)


def test_a_source_that_is_not_sorted_as_it_says_names_the_row(tmp_path: Path) -> None:
    source = shop(tmp_path, "x", [3, 2], in_order=True)
    with pytest.raises(SourceError, match=r"shop\.csv, row 3: .*sorted = true"):
        list(merged([source]))
