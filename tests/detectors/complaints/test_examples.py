"""The examples in the docstrings of complaints, calendars and causes."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["calendar", "causes.tokens"])
def test_what_a_docstring_shows_is_so(name: str) -> None:
    results = doctest.testmod(import_module(f"detectors.complaints.{name}"))
    assert results.failed == 0
    assert results.attempted
