"""The tables of settings, topics and metrics and the commands in ``docs/``, made from the code.

``python -m streams.reference`` writes them between their markers; a test fails when they are
stale. What stands outside the markers is written by hand and stays.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from streams.cli.help_pages import commands_help
from streams.metrics import Metrics
from streams.settings import SETTINGS
from streams.topics import DAY, TOPICS

DOCS = Path(__file__).parent.parent / "docs"
BEGIN = "<!-- made by python -m streams.reference -->"
END = "<!-- end -->"


def settings_table() -> str:
    """All settings as a Markdown table."""
    rows = (
        (
            f"`{row.variable}`",
            f"`{row.default}`" if row.default else "(empty)",
            row.permitted,
            row.purpose,
        )
        for row in SETTINGS
    )
    return _table(("variable", "default", "permitted", "what it does"), rows)


def topics_table() -> str:
    """All topics as a Markdown table."""
    rows = (
        (
            f"`{topic.name}`",
            topic.role,
            "equal" if topic.partitions == "equal" else "1",
            "compacted" if topic.compacted else "deleted",
            "for ever" if topic.retention is None else f"{topic.retention // DAY} d",
            f"{topic.max_bytes >> 20} MiB",
            topic.purpose,
        )
        for topic in TOPICS
    )
    heads = ("topic", "role", "partitions", "clean-up", "kept", "largest batch", "what it carries")
    return _table(heads, rows)


def metrics_table() -> str:
    """All metrics of churnstream's own as a Markdown table."""
    rows = (
        (f"`{row.name}`", row.kind, ", ".join(f"`{x}`" for x in row.labels), row.meaning)
        for row in Metrics().table
    )
    return _table(("metric", "kind", "labels", "meaning"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "settings.md": settings_table,
    "topics.md": topics_table,
    "metrics.md": metrics_table,
    "commands.md": commands_help,
}


def refreshed(page: str, table: str) -> str:
    """The text of a page with ``table`` between its markers. Raises ValueError without markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks the markers {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n{table}{END}{after}"


def stale(docs: Path = DOCS) -> list[str]:
    """The names of the pages whose table is not that of the code."""
    pages = {name: (docs / name).read_text(encoding="utf-8") for name in TABLES}
    return [name for name, page in pages.items() if refreshed(page, TABLES[name]()) != page]


def write(docs: Path = DOCS) -> list[str]:
    """Bring all pages up to date; return the names of those that changed."""
    changed = stale(docs)
    for name in changed:
        path = docs / name
        page = path.read_text(encoding="utf-8")
        path.write_text(refreshed(page, TABLES[name]()), encoding="utf-8")
    return changed


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


if __name__ == "__main__":
    sys.stdout.writelines(f"docs/{name} brought up to date\n" for name in write())
