"""Laws of the mapping from rows to events."""

import string
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Codec, Decoded
from streams.sources.fields import INPUTS, fields_of
from streams.sources.source import Source
from tests.streams.sources.files import HEADER, SHOP, mapped, source_of

TEXTS = st.text(string.ascii_letters + " ,\"'\n;é中", min_size=1).filter(str.strip)


def values(source: Source) -> list[dict[str, Any]]:
    return [event.value for event in source.events()]


def only(source: Source) -> dict[str, Any]:
    (value,) = values(source)
    return value


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_every_text_of_a_csv_file_arrives_as_it_is(texts: list[str]) -> None:
    rows = "".join(f'"{t.replace(chr(34), chr(34) * 2)}",c,2020-01-01,1\n' for t in texts)
    with TemporaryDirectory() as folder:
        source = source_of(
            Path(folder),
            SHOP.replace("not_prefix", "present = true, not_suffix"),
            shop_csv=HEADER + rows,
        )
        assert [value["order_id"] for value in values(source)] == texts


@given(st.integers(-(10**6), 10**6), st.floats(0, 10**6))
def test_numbers_arrive_whatever_the_file_writes(whole: int, price: float) -> None:
    with TemporaryDirectory() as folder:
        source = mapped(Path(folder), 'quantity = "x"', f'"{whole}"')
        assert only(source)["quantity"] == whole
    with TemporaryDirectory() as folder:
        assert only(mapped(Path(folder), 'amount = "x"', repr(price)))["amount"] == price


def test_a_list_of_columns_is_joined(tmp_path: Path) -> None:
    value = only(mapped(tmp_path, 'order_id = ["who", "x", "at"]', "7"))
    assert value["order_id"] == "c/7/2020-01-01T00:00:00Z"


def test_a_joined_value_without_one_of_its_columns_is_missing(tmp_path: Path) -> None:
    assert "order_id" not in only(mapped(tmp_path, 'order_id = ["who", "x"]', "null"))


@pytest.mark.parametrize("cell", ["null", '""', '"  "'])
def test_a_missing_value_leaves_its_field_out(tmp_path: Path, cell: str) -> None:
    assert "quantity" not in only(mapped(tmp_path, 'quantity = "x"', cell))


def test_a_default_stands_for_a_missing_value_only(tmp_path: Path) -> None:
    entry = 'quantity = { column = "x", default = 1 }'
    assert only(mapped(tmp_path, entry, "null"))["quantity"] == 1
    assert only(mapped(tmp_path, entry, "0"))["quantity"] == 0


@pytest.mark.parametrize(
    ("entry", "cell", "field", "expected"),
    [
        ('amount = { column = "x", scale = 0.01 }', '"1999"', "amount", 19.99),
        ('occurred_at = "x"', '"2011-06-10 17:25:00"', "occurred_at", "2011-06-10T16:25:00Z"),
        (
            'occurred_at = { column = "x", unit = "days", origin = "2013-10-01" }',
            "12",
            "occurred_at",
            "2013-10-12T23:00:00Z",
        ),
        (
            'occurred_at = { column = "x", unit = "seconds", origin = "1970-01-01T00:00:00Z" }',
            "86400",
            "occurred_at",
            "1970-01-02T00:00:00Z",
        ),
        (
            'occurred_at = { column = "x", format = "YYYYMMDD" }',
            '"19970101"',
            "occurred_at",
            "1997-01-01T00:00:00Z",
        ),
        ('attributes = { score = "x" }', '"78.0"', "attributes", {"score": 78.0}),
        ('"attributes.score" = "x"', '"78.0"', "attributes", {"score": 78.0}),
        ('"attributes.zip" = { column = "x", type = "text" }', '"78"', "attributes", {"zip": "78"}),
        (
            '"attributes.day" = { column = "x", format = "YYYYMMDD" }',
            '"19970101"',
            "attributes",
            {"day": "1997-01-01T00:00:00Z"},
        ),
    ],
)
def test_forms_of_an_entry(
    tmp_path: Path, entry: str, cell: str, field: str, expected: object
) -> None:
    assert only(mapped(tmp_path, entry, cell))[field] == expected


def test_attributes_of_profiles_are_categories(tmp_path: Path) -> None:
    source = mapped(tmp_path, '"attributes.attempts" = "x"', "2", topic="profiles")
    assert only(source)["attributes"] == {"attempts": "2"}


def test_a_decimal_comma(tmp_path: Path) -> None:
    source = mapped(tmp_path, 'amount = "x"', '"1.234,50"', extra='decimal = ","')
    assert only(source)["amount"] == 1234.5


def test_a_path_reaches_into_nested_json(tmp_path: Path) -> None:
    assert only(mapped(tmp_path, 'order_id = "x.id"', '{"id": 5}'))["order_id"] == "5"


@pytest.mark.parametrize(
    ("entry", "cell", "message"),
    [
        ('quantity = "x"', '"six"', "x: 'six' is not a number"),
        ('quantity = "x"', "true", "x: True is not a number"),
        ('order_id = "x"', '["a"]', "x: ['a'] is no single value"),
        ('occurred_at = "x"', '"soon"', "x: 'soon' is not an ISO 8601 time"),
        ('occurred_at = "x"', "null", "x: missing, so there is no occurred_at"),
        (
            'occurred_at = { column = "x", format = "YYYYMMDD" }',
            '"1997-01-01"',
            "x: '1997-01-01' is not a time written YYYYMMDD",
        ),
    ],
)
def test_a_bad_value_is_named_with_file_row_and_column(
    tmp_path: Path, entry: str, cell: str, message: str
) -> None:
    source = mapped(tmp_path, entry, cell)
    assert list(source.events(first=9)) == []
    assert source.counts.examples == [f"x.jsonl, row 1: {message}"]


@pytest.mark.parametrize("topic", INPUTS)
def test_every_field_of_every_payload_can_be_filled_and_is_then_accepted(
    tmp_path: Path, topic: str
) -> None:
    cells = {
        "number": "4",
        "integer": "4",
        "boolean": "true",
        "attributes": "a",
        "time": "2020-05-01",
    }
    chosen = {
        "stage": "opened",
        "kind": "survey" if topic == "feedback" else "purchase",
        "cause": "unknown",
        "reason": "unknown",
        "alert_stage": "saved",
        "offer_outcome": "accepted",
        "currency": "EUR",
    }
    fields = fields_of(topic)
    row = {name: chosen.get(name, cells.get(field.kind, "t")) for name, field in fields.items()}
    entries = ", ".join(
        f'"{name}.a" = "{name}"' if field.kind == "attributes" else f'"{name}" = "{name}"'
        for name, field in fields.items()
    )
    toml = f"""
[source]
path = "x.jsonl"
timezone = "UTC"
[[event]]
topic = "{topic}"
map = {{ {entries} }}
"""
    (event,) = source_of(tmp_path, toml, x_jsonl=orjson.dumps(row)).encoded()
    assert orjson.loads(event.value).keys() == fields.keys()
    verdict = Codec().decode(
        topic, event.value, key=event.key, received_at=event.occurred_at, source="s"
    )
    assert isinstance(verdict, Decoded), verdict
