"""A missing tool is loud: a skip that says so on a desk, a failure where tools are required."""

import pytest

from tests.deploy.tools import REQUIRED, import_tool, run_tool


def test_a_missing_tool_skips_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"no-such-program .*NOT checked"):
        run_tool("no-such-program")
    with pytest.raises(pytest.skip.Exception, match=r"no-such-package .*NOT checked"):
        import_tool("no_such_module", "no-such-package")


def test_a_missing_tool_fails_where_tools_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match="NOT checked"):
        run_tool("no-such-program")


def test_a_tool_that_fails_shows_its_words() -> None:
    with pytest.raises(AssertionError, match="no such file"):
        run_tool("sh", "-c", "echo no such file >&2; exit 3")
    assert run_tool("sh", "-c", "echo well") == "well\n"
