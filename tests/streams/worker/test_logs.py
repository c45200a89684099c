"""What a worker writes: lines or JSON, and each complaint of a library once."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from streams.worker import logs


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    names = ("", *logs.LIBRARIES)
    levels = {name: logging.getLogger(name).level for name in names}
    handlers = list(logging.root.handlers)
    yield
    logging.root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_a_line_for_people_has_level_and_message() -> None:
    stream = io.StringIO()
    logs.set_up("INFO", "text", stream)
    logging.getLogger("streams.app").info("Working on %d", 3)
    assert stream.getvalue().endswith("INFO Working on 3\n")


def test_json_is_one_object_a_line_even_with_a_traceback() -> None:
    stream = io.StringIO()
    logs.set_up("INFO", "json", stream)
    try:
        raise ValueError("x\ny")
    except ValueError:
        logging.getLogger("streams").exception("bad\nluck")
    (line,) = stream.getvalue().splitlines()
    document = json.loads(line)
    assert (document["level"], document["message"]) == ("ERROR", "bad\nluck")
    assert "ValueError" in document["traceback"]


def test_a_library_repeats_itself_in_vain_but_we_do_not() -> None:
    stream = io.StringIO()
    logs.set_up("INFO", "text", stream)
    for attempt in range(3):
        logging.getLogger("aiokafka.conn").error("No broker (attempt %d)", attempt)
        logging.getLogger("streams.app").warning("Still there")
    assert stream.getvalue().count("No broker") == 1
    assert stream.getvalue().count("Still there") == 3


def test_libraries_are_heard_in_full_when_debugging_only() -> None:
    for level, heard in (("INFO", 0), ("DEBUG", 2)):
        stream = io.StringIO()
        logs.set_up(level, "text", stream)
        for _ in range(2):
            logging.getLogger("mode.services").info("Starting")
        assert stream.getvalue().count("Starting") == heard
