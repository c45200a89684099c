"""No broker, a stranger in its place, a wrong protocol: one clear message, soon."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from streams.kafka.clients import BrokerUnreachableError, admin_client, require_broker
from streams.settings import Settings


def settings_for(*addresses: str, **others: str) -> Settings:
    env = {"CHURNSTREAM_BROKERS": ",".join(addresses), "CHURNSTREAM_CONNECT_TIMEOUT": "0.2s"}
    return Settings.from_env({**env, **others})


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """A server that answers one connection with ``reply`` and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(reply)

        thread = Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_a_broker_that_answers_is_enough(kafka_address: str) -> None:
    require_broker(settings_for("127.0.0.1:1", kafka_address))
    with admin_client(settings_for(kafka_address)) as client:
        assert isinstance(client.list_topics(), list)


def test_absent_brokers_are_named_with_cause_and_remedy() -> None:
    with (
        pytest.raises(BrokerUnreachableError) as caught,
        admin_client(settings_for("127.0.0.1:1", "[::1]:1")),
    ):
        pass
    message = str(caught.value)
    assert "127.0.0.1:1: Connection refused" in message
    assert "[::1]:1: " in message
    assert "churnstream broker" in message
    assert "CHURNSTREAM_BROKERS" in message


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 400 Bad Request\r\n"])
def test_a_server_that_is_no_kafka_is_told_apart(reply: bytes) -> None:
    with (
        answering(reply) as address,
        pytest.raises(BrokerUnreachableError, match=r"answer"),
    ):
        require_broker(settings_for(address))


def test_a_silent_server_costs_the_time_limit_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(BrokerUnreachableError, match="timed out"):
            require_broker(settings_for(address))


def test_tls_with_a_broker_of_plain_text_fails_soon(kafka_address: str) -> None:
    settings = settings_for(kafka_address, CHURNSTREAM_SECURITY_PROTOCOL="SSL")
    with pytest.raises(BrokerUnreachableError, match="no Kafka broker answers with SSL"):
        require_broker(settings)


def test_a_login_that_is_not_taken_names_the_settings(kafka_address: str) -> None:
    settings = settings_for(
        kafka_address,
        CHURNSTREAM_SECURITY_PROTOCOL="SASL_PLAINTEXT",
        CHURNSTREAM_SASL_MECHANISM="PLAIN",
        CHURNSTREAM_SASL_USERNAME="reader",
        CHURNSTREAM_SASL_PASSWORD="topsecret",  # noqa: S106
    )
    with (
        pytest.raises(BrokerUnreachableError, match="CHURNSTREAM_SECURITY_PROTOCOL") as caught,
        admin_client(settings),
    ):
        pass
    assert "topsecret" not in str(caught.value)
