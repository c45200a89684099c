"""The documents: links lead somewhere, commands are documented, decisions are listed."""

import re
from pathlib import Path

import pytest

from tests.project.files import ROOT, tracked_files

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?<![\w./-])[\w./-]*\w\.py\b")
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in tracked_files()
        if page.suffix == ".md"
        for target in LINK.findall(page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_python_file_that_a_document_names_exists() -> None:
    gone = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in tracked_files()
        if page.suffix == ".md"
        for code in CODE.findall(page.read_text())
        for name in FILE.findall(code)
        if not any((folder / name).exists() for folder in (ROOT, page.parent))
    ]
    assert gone == []


@pytest.mark.parametrize("note", DECISIONS, ids=lambda note: note.stem)
def test_every_decision_says_what_why_and_at_what_cost(note: Path) -> None:
    text = note.read_text()
    assert text.startswith(f"# {note.name[:4]} ")
    for part in ("**Decided.**", "**Why.**", "**Costs.**"):
        assert part in text
    assert f"]({note.name})" in (note.parent / "README.md").read_text()


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(note.name[:4]) for note in DECISIONS] == list(range(1, len(DECISIONS) + 1))
