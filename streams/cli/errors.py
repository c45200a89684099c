"""What a person sees when a command fails: one line on stderr and an exit status.

========  =====================================================================
status    meaning
========  =====================================================================
0         done
1         failed: a file, a broker, data, or a defect of churnstream itself
2         wrong usage or settings: nothing was attempted
130       stopped by Ctrl-C
========  =====================================================================
"""

import os
import sys
import traceback

import click

from streams.errors import ChurnstreamError

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130

DEBUG = "CHURNSTREAM_DEBUG"
"""Set to 1 to see the traceback of every failure."""

FOR_PEOPLE = (
    "detectors.policy.PolicyError",
    "detectors.customer.state.StateVersionError",
    "detectors.models.snapshot.ModelFormatError",
    "schemas.codec.SchemaError",
)
"""Errors of the rooms to the left, which cannot derive from `ChurnstreamError`."""

KAFKA = ("kafka.errors.KafkaError", "aiokafka.errors.KafkaError")
"""The roots of what the Kafka clients raise."""


def report(error: Exception) -> int:
    """Tell the person about `error` in one line on stderr; return the exit status."""
    if _debugging():
        traceback.print_exception(error)
    if isinstance(error, click.Abort):
        click.echo("Stopped.", err=True)
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, ChurnstreamError):
        return _fail(str(error), error.exit_status)
    if _raised_by(error, FOR_PEOPLE):
        return _fail(str(error))
    if isinstance(error, OSError):
        return _fail(describe_os_error(error))
    if _raised_by(error, KAFKA):
        return _fail(f"Kafka: {_first_line(error)}; check CHURNSTREAM_BROKERS and the broker")
    return _unexpected(error)


def describe_os_error(error: OSError) -> str:
    """The failure of the operating system with the file that it is about, if it names one."""
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason


def _fail(message: str, status: int = FAILED) -> int:
    click.echo(f"churnstream: {' '.join(message.split())}", err=True)
    return status


def _unexpected(error: Exception) -> int:
    hint = "" if _debugging() else f" (run again with {DEBUG}=1 for the traceback)"
    return _fail(f"unexpected {type(error).__name__}: {_first_line(error)}{hint}")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _debugging() -> bool:
    return os.environ.get(DEBUG, "") not in ("", "0")


def _raised_by(error: Exception, names: tuple[str, ...]) -> bool:
    """Whether `error` is of a class among `names`; one never imported cannot have raised it."""
    for name in names:
        module, _, attribute = name.rpartition(".")
        base = getattr(sys.modules.get(module), attribute, None)
        if base is not None and isinstance(error, base):
            return True
    return False
