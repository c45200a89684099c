"""What a worker writes to stderr: lines for people, or JSON objects for a log collector."""

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import IO

LIBRARIES = ("faust", "mode", "aiokafka", "kafka", "asyncio")
"""Loggers that talk about themselves; below WARNING they are heard with DEBUG only."""

REPEAT_AFTER = 10.0
"""Seconds for which a library's message is not written again: clients report each retry."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        document = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        return json.dumps(document, ensure_ascii=False)


class Unrepeated(logging.Filter):
    """Lets a message of a library through once per `REPEAT_AFTER` seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write the record."""
        if record.name.partition(".")[0] not in LIBRARIES:
            return True
        record.exc_info = record.exc_text = None
        now = time.monotonic()
        what = record.name, str(record.msg)
        if now - self._last.get(what, -REPEAT_AFTER) < REPEAT_AFTER:
            return False
        self._last[what] = now
        return True


def set_up(level: str, form: str, stream: IO[str] | None = None) -> None:
    """Send all log messages of ``level`` and above to ``stream`` (default: stderr).

    ``form``: ``text`` or ``json``. With DEBUG the libraries are heard in full.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    if form == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
        )
    debugging = level == "DEBUG"
    if not debugging:
        handler.addFilter(Unrepeated())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel("DEBUG" if debugging else "WARNING")
