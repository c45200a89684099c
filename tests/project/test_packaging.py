"""Installation: the locks hold what pyproject.toml asks for, with hashes and without a host."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.files import ROOT, tracked_files

LOCKS = ("runtime", "dev", "bench")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+))? \\$")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(lock: str) -> Iterator[tuple[str, str, str | None]]:
    """Name, version and marker of every package in the lock file."""
    for line in (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines():
        if match := PIN.match(line):
            yield canonicalize_name(match["name"]), match["version"], match["marker"]


def asked_for(project: dict[str, Any], lock: str) -> list[Requirement]:
    """What pyproject.toml asks for in the lock file."""
    extras, groups = project["project"]["optional-dependencies"], project["dependency-groups"]
    asked = project["project"]["dependencies"] + groups["build"]
    asked += extras["demo"] + extras["rocksdb"]
    if lock != "runtime":
        asked += [item for extra in extras.values() for item in extra] + groups["dev"]
    if lock == "bench":
        asked += groups["bench"]
    return [Requirement(item) for item in asked]


@pytest.mark.parametrize("lock", LOCKS)
def test_each_lock_has_all_that_is_asked_for(project: dict[str, Any], lock: str) -> None:
    versions: dict[str, list[str]] = {}
    for name, version, _ in pins(lock):
        versions.setdefault(name, []).append(version)
    for wanted in asked_for(project, lock):
        found = versions.get(canonicalize_name(wanted.name), [])
        assert found, f"{wanted.name} is not in requirements/{lock}.txt: run `make lock`"
        assert all(wanted.specifier.contains(version) for version in found), wanted


@pytest.mark.parametrize("lock", LOCKS)
def test_each_pin_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / f"requirements/{lock}.txt").read_text())
    entries = [entry for entry in entries if not entry.startswith("#")]
    assert len(entries) == len(list(pins(lock))), "a line is no exact pin"
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_is_tested_and_measured_is_what_runs() -> None:
    runtime, dev, bench = (
        {(name, version) for name, version, _ in pins(lock)} for lock in ("runtime", "dev", "bench")
    )
    assert runtime <= dev <= bench


def test_the_package_is_built_with_the_pinned_hatchling(project: dict[str, Any]) -> None:
    (backend,) = (Requirement(item) for item in project["build-system"]["requires"])
    version = {name: version for name, version, _ in pins("runtime")}["hatchling"]
    assert str(backend.specifier) == f"=={version}"


def test_no_tracked_file_names_a_package_index() -> None:
    index_options = re.compile(rb"--(extra-)?index-url|--find-links|--trusted-host", re.IGNORECASE)
    hosts = re.compile(rb"https?://(files\.pythonhosted|pypi|test\.pypi)\.org/(simple|packages)")
    named = [
        str(path.relative_to(ROOT))
        for path in tracked_files()
        if path != Path(__file__) and path.suffix not in {".xz", ".png"}
        if (content := path.read_bytes())
        if hosts.search(content) or index_options.search(content)
    ]
    assert named == []


def test_no_tracked_file_is_where_caches_and_environments_go() -> None:
    unwanted = {".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis", ".churnstream"}
    assert [path for path in tracked_files() if unwanted & set(path.parts)] == []


def test_all_supported_pythons_are_declared(project: dict[str, Any]) -> None:
    prefix = "Programming Language :: Python :: "
    declared = [c.removeprefix(prefix) for c in project["project"]["classifiers"] if prefix in c]
    supported = re.search(r"^SUPPORTED := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert supported is not None
    assert supported[1].split() == declared
    assert project["project"]["requires-python"] == ">=3.11,<3.14"
