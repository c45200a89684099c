"""Small source files for tests."""

from pathlib import Path

from streams.sources.source import Source, load_source

SHOP = """
[source]
path = "shop.csv"
timezone = "UTC"
[[event]]
topic = "interactions"
when = { number = { not_prefix = "C" }, customer = { present = true } }
set = { kind = "purchase", currency = "EUR" }
map = { customer_id = "customer", occurred_at = "time", order_id = "number", quantity = "pieces" }
[[event]]
topic = "interactions"
when = { customer = { present = true } }
set = { kind = "return", currency = "EUR" }
map = { customer_id = "customer", occurred_at = "time", order_id = "number", quantity = "pieces" }
"""
HEADER = "number,customer,time,pieces\n"


def source_of(folder: Path, toml: str, **files: str | bytes) -> Source:
    """A source in ``folder`` with its data files, given as ``name_ext="content"``."""
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name.replace("_", ".")).write_bytes(data)
    path = folder / "source.toml"
    path.write_text(toml, encoding="utf-8")
    return load_source(path)


def mapped(folder: Path, entry: str, cell: str, *, extra: str = "", topic: str = "") -> Source:
    """A source whose one row has ``cell`` in the column x; ``entry`` is added to ``map``."""
    kind = topic or "interactions"
    fixed = 'set = { kind = "purchase" }' if kind == "interactions" else ""
    when = "" if "occurred_at" in entry else 'occurred_at = "at", '
    toml = f"""
[source]
path = "x.jsonl"
timezone = "Europe/London"
{extra}
[[event]]
topic = "{kind}"
{fixed}
map = {{ customer_id = "who", {when}{entry} }}
"""
    row = f'{{"who": "c", "at": "2020-01-01T00:00:00Z", "x": {cell}}}\n'
    return source_of(folder, toml, x_jsonl=row)
