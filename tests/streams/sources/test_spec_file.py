"""A wrong source file is named with key, value and what is permitted, before any data is read."""

from pathlib import Path

import msgspec
import pytest

from streams.errors import ChurnstreamError
from streams.sources.source import load_source
from streams.sources.spec import ColumnSpec, ConditionSpec, FileSpec, RuleSpec
from tests.streams.sources.files import HEADER, SHOP, source_of

RULE = '[[event]]\ntopic = "interactions"\n'
FILES = '[source]\npath = "shop.csv"\n'
GOOD_MAP = 'set = { kind = "purchase" }\nmap = { customer_id = "a", occurred_at = "b" }\n'


def rule(text: str, files: str = FILES) -> str:
    return f"{files}{RULE}{text}"


def added(entry: str) -> str:
    """A good rule with one more entry in its map."""
    return rule(GOOD_MAP.replace('occurred_at = "b"', f'occurred_at = "b", {entry}'))


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("x = [", "is not valid TOML"),
        ("[sources]", "sources: no such key; permitted: source, event"),
        ("", "source: has no path; add it"),
        (FILES, r"there is no event; add an \[\[event\]\]"),
        ("event = 5\n" + FILES, r"there is no event"),
        ("source = 5", "source = 5: permitted is a table"),
        ('[source]\npath = 5', "source: path = 5: permitted is a text in quotes or a list"),
        ('[source]\npath = "a"\nfromat = "csv"', "source: no such key 'fromat'; permitted: "),
        (rule(GOOD_MAP, FILES + 'format = "xls"\n'), 'format = \'xls\': permitted is "csv", "json'),
        (rule(GOOD_MAP, FILES + 'timezone = "Mars"\n'), "timezone = 'Mars': no such time zone"),
        (rule(GOOD_MAP, FILES + 'encoding = "utf-9"\n'), "encoding = 'utf-9': no such encoding"),
        (rule(GOOD_MAP, FILES + 'delimiter = ",,"\n'), "delimiter = ',,': permitted is one char"),
        (rule(GOOD_MAP, FILES + "bad_limit = 2.0\n"), "bad_limit = 2.0: permitted is 0 to 1"),
        (rule(GOOD_MAP, '[source]\npath = "*.tsv"\n'), r"path = '\*\.tsv': no such file"),
        (rule(GOOD_MAP, '[source]\npath = []\n'), "source.path is empty"),
        (rule("").replace("interactions", "purchases"),
         "event 1, topic = 'purchases': permitted is one of interactions, complaints"),
        (rule("whem = {}"), "event 1: no such key 'whem'; permitted: topic, when, set, map"),
        (rule("map = 5"), "event 1, map = 5: permitted is a table"),
        (rule("when = { a = { has = 1 } }"), "event 1, when.a: no such key 'has'; permitted: equa"),
        (rule("when = { a = { prefix = 1 } }"), "when.a: prefix = 1: permitted is a text in quot"),
        (rule("map = {}"), "event 1: interactions needs customer_id, kind, occurred_at; fill it"),
        (rule(GOOD_MAP.replace("kind", "knd")), "interactions has no field 'knd'; permitted: amou"),
        (added('kind = "x"'), "event 1: kind stands in both set and map; keep one"),
        (added("attributes = 'x'"), "interactions has no field 'attributes'"),
        (added('"quantity.x" = "x"'), "interactions has no field 'quantity.x'"),
        (added('quantity = { colunm = "x" }'), "map.quantity: no such key 'colunm'; permitted: c"),
        (added('quantity = { unit = "days" }'), "map.quantity: has no column; add it"),
        (added("quantity = []"), r"map.quantity.column = \[\]: name at least one column"),
        (added('quantity = { column = "x", format = "Y" }'), "map.quantity.format: only a time"),
        (added('quantity = { column = "x", default = "y" }'),
         "map.quantity.default = 'y': 'y' is not a number"),
        (added('quantity = { column = "x", type = "text" }'), "type = 'text': the field holds n"),
        (added('channel = { column = "x", scale = 2 }'), "map.channel.scale: only a number has it"),
        (added('"attributes.t" = { column = "x", unit = "days" }'), "unit and origin belong tog"),
        (added('"attributes.t" = { column = "x", unit = "fortnights", origin = 2020-01-01 }'),
         "map.attributes.t: unit = 'fortnights': permitted is \"milliseconds\", \"seconds\""),
        (added('"attributes.t" = { column = "x", unit = "days", origin = 2020-01-01 }'),
         "map.attributes.t.origin = '2020-01-01': has no offset; name the zone"),
        (added('"attributes.t" = { column = "x", unit = "days", origin = "soon" }'),
         "origin = 'soon': permitted is an ISO 8601 time like 2013-10-01"),
        (added('"attributes.t" = { column = "x", format = "HH:mm" }'), "names no year; permitted"),
        (rule(GOOD_MAP.replace('"purchase"', "5")), "set.kind = 5: kind holds text; put it in quo"),
        (rule(GOOD_MAP.replace('"purchase"', '"p", quantity = "x"')), "set.quantity = 'x': 'x' is"),
        (rule(GOOD_MAP.replace('"purchase"', '"p", attributes = { a = [] }')),
         r"set.attributes.a = \[\]: permitted is a text, number or truth value"),
    ],
)  # fmt: skip
def test_a_wrong_source_file_is_named(tmp_path: Path, toml: str, message: str) -> None:
    with pytest.raises(ChurnstreamError, match=message) as caught:
        source_of(tmp_path, toml, shop_csv=HEADER)
    assert str(tmp_path / "source.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_source_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ChurnstreamError, match=r"none\.toml: cannot read the source file: No such"):
        load_source(tmp_path / "none.toml")


def test_a_data_file_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").mkdir()
    with pytest.raises(ChurnstreamError, match=r"path = 'shop\.csv': no such file"):
        source_of(tmp_path, SHOP)


def test_short_forms_of_conditions(tmp_path: Path) -> None:
    when = 'when = { customer = "anna", number = ["1", "2"], time = { ge = 2020-01-02 } }'
    toml = SHOP.split("[[event]]")[0] + "[[event]]" + SHOP.split("[[event]]")[2]
    toml = toml.replace("when = { customer = { present = true } }", when)
    rows = "1,anna,2020-01-02,1\n2,bert,2020-01-02,1\n3,anna,2020-01-02,1\n1,anna,2020-01-01,1\n"
    source = source_of(tmp_path, toml, shop_csv=HEADER + rows)
    assert [event.row for event in source.events()] == [1]


@pytest.mark.parametrize("kind", [FileSpec, RuleSpec, ConditionSpec, ColumnSpec])
def test_every_key_is_documented(kind: type[msgspec.Struct]) -> None:
    page = (Path(__file__).parents[3] / "docs/sources.md").read_text(encoding="utf-8")
    for field in msgspec.structs.fields(kind):
        assert f"`{field.encode_name}`" in page
