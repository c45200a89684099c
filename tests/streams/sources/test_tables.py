"""Every file format and compression gives the same rows; every damaged file is named."""

import bz2
import datetime as dt
import gzip
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from streams.sources.errors import SourceError
from streams.sources.source import Source
from tests.streams.sources.files import HEADER, SHOP, source_of

ROWS = HEADER + "".join(f"{n},anna,2020-01-01,{n}\n" for n in range(3000))
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


def quantities(source: Source) -> list[float]:
    return [event.value["quantity"] for event in source.events()]


def compressed(folder: Path, ending: str, data: bytes) -> Source:
    (folder / f"shop.csv.{ending}").write_bytes(data)
    return source_of(folder, SHOP.replace("shop.csv", f"shop.csv.{ending}"))


@pytest.mark.parametrize("ending", COMPRESS)
def test_a_compressed_file_gives_the_same_rows(tmp_path: Path, ending: str) -> None:
    source = compressed(tmp_path, ending, COMPRESS[ending](ROWS.encode()))
    assert quantities(source) == list(range(3000))


@pytest.mark.parametrize("ending", COMPRESS)
def test_a_file_of_several_compressed_parts_is_read_to_its_end(tmp_path: Path, ending: str) -> None:
    half = len(ROWS) // 2
    parts = [COMPRESS[ending](part.encode()) for part in (ROWS[:half], ROWS[half:])]
    assert quantities(compressed(tmp_path, ending, b"".join(parts))) == list(range(3000))


@pytest.mark.parametrize("ending", COMPRESS)
def test_a_compressed_file_that_is_cut_short_is_an_error(tmp_path: Path, ending: str) -> None:
    data = COMPRESS[ending](ROWS.encode())
    with pytest.raises(SourceError, match=rf"shop\.csv\.{ending}.*cut short"):
        quantities(compressed(tmp_path, ending, data[: len(data) * 2 // 3]))


@pytest.mark.parametrize("ending", COMPRESS)
def test_a_file_that_is_not_compressed_as_its_name_says(tmp_path: Path, ending: str) -> None:
    with pytest.raises(SourceError, match="not what its name says"):
        quantities(compressed(tmp_path, ending, ROWS.encode()))


@pytest.mark.parametrize(
    ("content", "toml"),
    [
        ("\ufeff" + HEADER + "1,anna,2020-01-01,5\n", SHOP),
        (HEADER.replace("\n", "\r\n") + "1,anna,2020-01-01,5\r\n\r\n", SHOP),
        (HEADER + '"1","anna","2020-01-01","5"', SHOP),
        (HEADER + '"1\n2",anna,2020-01-01,5', SHOP),
        (HEADER.replace(",", ";") + "1;anna;2020-01-01;5",
         SHOP.replace("timezone", 'delimiter = ";"\ntimezone')),
        (HEADER.replace(",", "\t") + "1\tanna\t2020-01-01\t5",
         SHOP.replace("timezone", 'delimiter = "\\t"\ntimezone')),
    ],
)  # fmt: skip
def test_csv_in_its_varieties(tmp_path: Path, content: str, toml: str) -> None:
    assert quantities(source_of(tmp_path, toml, shop_csv=content)) == [5]


def test_another_encoding(tmp_path: Path) -> None:
    toml = SHOP.replace("timezone", 'encoding = "gb18030"\ntimezone')
    data = (HEADER + "1,安娜,2020-01-01,5\n").encode("gb18030")
    (event,) = source_of(tmp_path, toml, shop_csv=data).events()
    assert event.key == "安娜"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; its first line must name the columns"),
        (b"number,customer\n", r"column 'pieces' is not in the header; the columns are number, cu"),
        (HEADER.replace("time", "number").encode(), "column 'number' stands twice in the header"),
        (HEADER.encode() + b"1,\xff\xfe,2020-01-01,1\n", r"row 1: is not utf-8 text.*encoding ="),
        (HEADER.encode() + b'1,"anna' + b"x" * 200_000, "row 1: field larger .* left open"),
        (b"x" * (17 << 20), r"line 1: is longer than 16777216 characters"),
    ],
)  # fmt: skip
def test_a_csv_file_that_cannot_be_read_is_named(
    tmp_path: Path, content: bytes, message: str
) -> None:
    source = source_of(tmp_path, SHOP, shop_csv=content)
    with pytest.raises(SourceError, match=rf"^shop\.csv.*{message}"):
        list(source.events())


JSON_SHOP = SHOP.replace("shop.csv", "shop.jsonl")


def test_json_lines(tmp_path: Path) -> None:
    lines = """\ufeff{"number": 1, "customer": "anna", "time": "2020-01-01", "pieces": 2}

{"number": "C2", "customer": "anna", "time": "2020-01-01T00:00:00+02:00", "pieces": -1.5}
{"customer": null}
{"number": 4
[5]
"""
    source = source_of(tmp_path, JSON_SHOP, shop_jsonl=lines)
    assert quantities(source) == [2, -1.5]
    assert source.counts.untaken == 1
    assert [e.partition(": ")[0] for e in source.counts.examples] == [
        "shop.jsonl, row 4",
        "shop.jsonl, row 5",
    ]


def test_a_json_line_without_end_is_an_error(tmp_path: Path) -> None:
    source = source_of(tmp_path, JSON_SHOP, shop_jsonl=b'{"a": "' + b"x" * (17 << 20))
    with pytest.raises(SourceError, match=r"shop\.jsonl, row 1: is longer than 16777216 bytes"):
        list(source.events())


def parquet(folder: Path) -> Source:
    table = pa.table(
        {
            "number": ["1", "C2", "3"],
            "customer": [17850, 17850, None],
            "time": [dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 2), None],  # noqa: DTZ001
            "pieces": [2.5, float("nan"), 1.0],
        }
    )
    pq.write_table(table, folder / "shop.parquet")
    return source_of(folder, SHOP.replace("shop.csv", "shop.parquet"))


def test_parquet_gives_typed_values(tmp_path: Path) -> None:
    source = parquet(tmp_path)
    first, second = source.events()
    assert (first.key, first.value["quantity"]) == ("17850", 2.5)
    assert first.value["occurred_at"] == "2020-01-01T00:00:00Z"
    assert "quantity" not in second.value
    assert source.counts.untaken == 1


def test_parquet_without_pyarrow_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = parquet(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SourceError, match=r'pip install "churnstream\[parquet\]"'):
        list(source.events())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("shop.parquet", r"shop\.parquet: cannot be read"),
        ("shop.parquet.gz", "Parquet compresses by itself"),
        ("shop.data", 'its name does not say what it holds; add format = "csv"'),
    ],
)
def test_a_file_that_is_no_table(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / name).write_bytes(b"no table at all")
    source = source_of(tmp_path, SHOP.replace("shop.csv", name))
    with pytest.raises(SourceError, match=message):
        list(source.events())


def test_the_format_can_be_given(tmp_path: Path) -> None:
    (tmp_path / "shop.data").write_text(HEADER + "1,anna,2020-01-01,5\n")
    toml = SHOP.replace("shop.csv", "shop.data").replace("timezone", 'format = "csv"\ntimezone')
    assert quantities(source_of(tmp_path, toml)) == [5]
