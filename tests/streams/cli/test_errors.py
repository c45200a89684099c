"""Failures as a person sees them: one line on stderr, and the right exit status."""

import errno
import os
import subprocess
import sys

import click
import pytest
from kafka.errors import KafkaTimeoutError

from detectors.policy import PolicyError
from streams.cli import errors
from streams.errors import ChurnstreamError, ConfigurationError
from streams.settings import SettingsError


@pytest.fixture(autouse=True)
def _no_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(errors.DEBUG, raising=False)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ChurnstreamError("orders.csv: no column 'id'"), 1, "orders.csv: no column 'id'"),
        (ConfigurationError("CHURNSTREAM_X = 3: 1 or 2"), 2, "CHURNSTREAM_X = 3: 1 or 2"),
        (SettingsError("CHURNSTREAM_STORE: 'disk' is not permitted"), 2, "'disk'"),
        (PolicyError("churn.horizon = '3y': permitted is 1d to 730d"), 1, "churn.horizon"),
        (FileNotFoundError(errno.ENOENT, "No such file", "a.csv"), 1, "a.csv: No such file"),
        (OSError(errno.ENOSPC, "No space left on device", "out"), 1, "out: No space left"),
        (KafkaTimeoutError("no answer in 5 s"), 1, "CHURNSTREAM_BROKERS"),
        (click.Abort(), 130, "Stopped."),
        (click.UsageError("no such option"), 2, "no such option"),
        (ZeroDivisionError("division by zero"), 1, "CHURNSTREAM_DEBUG=1"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_failure_is_one_clear_line_and_a_status(
    error: Exception, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert errors.report(error) == status
    out, err = capsys.readouterr()
    assert said in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    assert out == ""


def test_the_debug_variable_shows_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(errors.DEBUG, "1")
    assert errors.report(ZeroDivisionError("division by zero")) == 1
    assert "ZeroDivisionError: division by zero" in capsys.readouterr().err


def test_a_message_of_several_lines_becomes_one(capsys: pytest.CaptureFixture[str]) -> None:
    errors.report(ChurnstreamError("first\n  second"))
    assert capsys.readouterr().err == "churnstream: first second\n"


def test_a_wrong_setting_ends_a_command_with_status_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli", "watch"],
        env=os.environ | {"CHURNSTREAM_BROKERS": "no port here:x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "CHURNSTREAM_BROKERS" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_is_quiet() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli", "--help"],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert done.stderr == b""
