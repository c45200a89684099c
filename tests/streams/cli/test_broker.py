"""``churnstream broker`` as a process of its own."""

import signal
import socket
import subprocess
import sys

import pytest

from streams.cli.main import run
from streams.kafka.probe import probe


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_and_stops_when_asked(how: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "streams.cli", "broker", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    words = process.stdout.readline().split()
    assert words[:2] == ["broker", "at"]
    address = words[2]
    probe(address, timeout=2)
    process.send_signal(how)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (0, "broker stopped\n", "")
    with pytest.raises(OSError, match="refused"):
        probe(address, timeout=2)


def test_a_port_in_use_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        assert run(["broker", "--port", port]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"port {port} on 127.0.0.1 cannot be used" in error


def test_a_port_that_is_none_is_wrong_usage() -> None:
    assert run(["broker", "--port", "70000"]) == 2
