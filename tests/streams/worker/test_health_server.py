"""The pages over real HTTP, also while the event loop is stuck or the port is taken."""

import asyncio
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from streams.metrics import Metrics
from streams.worker.health import Health
from streams.worker.health_server import HealthServer, HealthServerError


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock.now)


@pytest.fixture
def server(health: Health, clock: Clock) -> Iterator[HealthServer]:
    with HealthServer(
        health, Metrics(), host="127.0.0.1", port=0, stall_limit=60, clock=clock
    ) as running:
        yield running


def get(server: HealthServer, path: str, method: str = "GET") -> tuple[int, str, str]:
    """Status, content type and body."""
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
            return reply.status, reply.headers["Content-Type"], reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def page(server: HealthServer, path: str) -> tuple[int, dict[str, Any]]:
    status, kind, body = get(server, path)
    assert kind == "application/json"
    return status, json.loads(body)


def test_ready_says_why_not_and_then_yes(server: HealthServer, health: Health) -> None:
    status, body = page(server, "/health/ready")
    assert status == 503
    assert body["ready"] is False
    assert body["reasons"] == ["not assigned: waiting for partitions from the consumer group"]
    health.assigned(4, to_recover=0)
    health.observe({0: (7, 1)}, 1000.0)
    status, body = page(server, "/health/ready")
    assert (status, body) == (
        200,
        {"ready": True, "reasons": [], "partitions": 4, "lag": 7, "to_recover": 0},
    )


def test_live_turns_false_when_the_loop_is_silent_for_long(
    server: HealthServer, clock: Clock
) -> None:
    assert page(server, "/health/live")[0] == 200
    clock.now += 1000
    status, body = page(server, "/health/live")
    assert status == 503
    assert body["reasons"] == ["event loop silent for 1000 s"]


def test_metrics_show_what_ready_answers(server: HealthServer, health: Health) -> None:
    status, kind, body = get(server, "/metrics")
    assert status == 200
    assert kind.startswith("text/plain")
    assert "churnstream_ready 0.0" in body
    health.assigned(1, to_recover=0)
    assert "churnstream_ready 1.0" in get(server, "/metrics")[2]


def test_other_pages_and_methods_are_refused_with_the_way(server: HealthServer) -> None:
    assert get(server, "/")[0] == 404
    assert "/health/ready" in get(server, "/health")[2]
    assert get(server, "/metrics", "POST")[0] == 405


def test_it_answers_while_the_event_loop_is_stuck(server: HealthServer) -> None:
    answers: list[int] = []

    def ask() -> None:
        answers.append(get(server, "/health/ready")[0])

    async def stuck() -> None:
        asyncio.get_running_loop().run_in_executor(None, ask)
        while not answers:
            time.sleep(0.01)  # the loop is not given back

    asyncio.run(stuck())
    assert answers == [503]


def test_a_port_in_use_is_named_with_the_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = HealthServer(Health(0.0), Metrics(), host="127.0.0.1", port=port, stall_limit=60)
        with pytest.raises(
            HealthServerError, match=rf"127.0.0.1:{port} .*CHURNSTREAM_METRICS_PORT"
        ):
            server.start()


def test_an_address_of_another_machine_is_refused() -> None:
    server = HealthServer(Health(0.0), Metrics(), host="192.0.2.1", port=0, stall_limit=60)
    with pytest.raises(HealthServerError, match="CHURNSTREAM_METRICS_HOST"):
        server.start()


def test_the_port_is_free_after_stop_and_stop_may_be_called_twice(health: Health) -> None:
    first = HealthServer(health, Metrics(), host="127.0.0.1", port=0, stall_limit=60)
    first.start()
    first.stop()
    first.stop()
    with HealthServer(
        health, Metrics(), host="127.0.0.1", port=first.port, stall_limit=60
    ) as again:
        assert get(again, "/health/ready")[0] == 503
