"""Laws of a whole source: every row is accounted for, and equal rows give equal events."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.errors import SourceError
from streams.sources.source import load_source
from tests.streams.sources.files import HEADER, SHOP, source_of

ROWS = st.sampled_from(
    [
        "1,anna,2020-01-01,2",
        "C2,anna,2020-01-02,-2",
        "3,,2020-01-03,1",
        "4,bert,soon,1",
        "5,bert,2020-01-05,many",
        "6,bert",
        "7,bert,2020-01-07,1,9",
    ]
)
TAKEN = ("1,", "C2,")


@given(st.lists(ROWS, max_size=30))
def test_every_row_is_taken_untaken_or_bad(rows: list[str]) -> None:
    with TemporaryDirectory() as folder:
        source = source_of(Path(folder), SHOP, shop_csv=HEADER + "\n".join(rows))
        events = list(source.events(first=len(rows) + 1))
    counts = source.counts
    assert counts.rows == len(rows) == counts.taken + counts.untaken + counts.bad
    assert counts.taken == len(events) == sum(row.startswith(TAKEN) for row in rows)
    assert counts.untaken == rows.count("3,,2020-01-03,1")


def test_the_first_rule_that_matches_makes_the_event(tmp_path: Path) -> None:
    source = source_of(
        tmp_path, SHOP, shop_csv=HEADER + "1,anna,2020-01-01,2\nC2,anna,2020-01-02,-2\n"
    )
    assert [e.value["kind"] for e in source.events()] == ["purchase", "return"]
    assert source.counts.by_rule == [1, 1]
    assert source.counts.labels == ["interactions: purchase", "interactions: return"]


def test_derived_ids_are_stable_and_differ_for_equal_rows(tmp_path: Path) -> None:
    data = HEADER + "1,anna,2020-01-01,2\n" * 3
    ids = [e.value["event_id"] for e in source_of(tmp_path, SHOP, shop_csv=data).events()]
    again = [e.value["event_id"] for e in load_source(tmp_path / "source.toml").events()]
    assert ids == again
    assert len(set(ids)) == 3


def test_derived_ids_do_not_depend_on_the_folder(tmp_path: Path) -> None:
    ids = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        source = source_of(tmp_path / name, SHOP, shop_csv=HEADER + "1,anna,2020-01-01,2\n")
        ids |= {event.value["event_id"] for event in source.events()}
    assert len(ids) == 1


def test_derived_ids_depend_on_kind_so_that_one_row_can_be_two_events(tmp_path: Path) -> None:
    data = HEADER + "1,anna,2020-01-01,2\n"
    ids = set()
    for kind in ("subscribe", "cancel"):
        source = source_of(tmp_path, SHOP.replace("purchase", kind), shop_csv=data)
        ids |= {event.value["event_id"] for event in source.events()}
    assert len(ids) == 2


def test_a_field_that_is_mapped_later_does_not_change_derived_ids(tmp_path: Path) -> None:
    data = HEADER + "1,anna,2020-01-01,2\n"
    before = [e.value["event_id"] for e in source_of(tmp_path, SHOP, shop_csv=data).events()]
    more = SHOP.replace('quantity = "pieces"', 'quantity = "pieces", channel = "number"')
    after = [e.value["event_id"] for e in source_of(tmp_path, more, shop_csv=data).events()]
    assert before == after


def test_an_event_id_of_the_row_is_kept(tmp_path: Path) -> None:
    toml = SHOP.replace('order_id = "number"', 'event_id = "number"')
    source = source_of(tmp_path, toml, shop_csv=HEADER + "1,anna,2020-01-01,2\n")
    assert [event.value["event_id"] for event in source.events()] == ["1"]


def test_a_complaint_without_an_id_is_one_of_its_own(tmp_path: Path) -> None:
    toml = """
[source]
path = "c.csv"
timezone = "UTC"
[[event]]
topic = "complaints"
set = { stage = "opened" }
map = { customer_id = "who", occurred_at = "at" }
"""
    source = source_of(tmp_path, toml, c_csv="who,at\na,2020-01-01\na,2020-01-01\n")
    values = [event.value for event in source.events()]
    assert all(value["complaint_id"] == value["event_id"] for value in values)
    assert values[0]["complaint_id"] != values[1]["complaint_id"]


def test_globs_read_every_file_in_order_of_name(tmp_path: Path) -> None:
    toml = SHOP.replace('"shop.csv"', '["2020-*.csv", "old.csv"]')
    for name in ("2020-02", "2020-01", "old"):
        (tmp_path / f"{name}.csv").write_text(HEADER + f"{name},anna,2020-01-01,1\n")
    source = source_of(tmp_path, toml)
    assert [e.value["order_id"] for e in source.events()] == ["2020-01", "2020-02", "old"]
    assert [e.path for e in source.events()] == ["2020-01.csv", "2020-02.csv", "old.csv"]


def test_files_may_have_their_columns_in_different_order(tmp_path: Path) -> None:
    toml = SHOP.replace("shop.csv", "*.csv")
    source = source_of(
        tmp_path,
        toml,
        a_csv=HEADER + "1,anna,2020-01-01,2\n",
        b_csv="time,pieces,number,customer\n2020-01-02,3,2,bert\n",
    )
    assert [e.value["quantity"] for e in source.events()] == [2, 3]


def test_how_far_a_source_has_been_read(tmp_path: Path) -> None:
    source = source_of(tmp_path, SHOP, shop_csv=HEADER + "1,anna,2020-01-01,2\n")
    assert (source.bytes_read, source.size) == (0, len(HEADER) + 20)
    list(source.events())
    assert source.bytes_read == source.size


def test_a_source_of_bad_rows_is_refused_with_the_first(tmp_path: Path) -> None:
    data = HEADER + "1,anna,01/02/2020,2\n" * 1500
    with pytest.raises(SourceError, match=r"1000 of the first 1000 rows are bad.*row 1: time: '01"):
        list(source_of(tmp_path, SHOP, shop_csv=data).events())


def test_some_bad_rows_are_passed_over(tmp_path: Path) -> None:
    good, bad = "1,anna,2020-01-01,2\n", "1,anna,soon,2\n"
    source = source_of(tmp_path, SHOP, shop_csv=HEADER + (good * 2 + bad) * 700)
    assert sum(1 for _ in source.events()) == 1400
    assert source.counts.bad == 700
    assert len(source.counts.examples) == 5


def test_a_source_that_gives_no_event_says_why(tmp_path: Path) -> None:
    untaken = source_of(tmp_path, SHOP, shop_csv=HEADER + "1,,2020-01-01,2\n")
    with pytest.raises(SourceError, match="no rule takes any of the 1 rows"):
        list(untaken.events())
    bad = source_of(tmp_path, SHOP, shop_csv=HEADER + "1,anna,soon,2\n")
    with pytest.raises(SourceError, match=r"no row became an event; .*shop\.csv, row 1: time"):
        list(bad.events())
