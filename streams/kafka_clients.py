"""Connections to Kafka for the commands, with one clear message when there is no broker."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.errors import ChurnstreamError
from streams.settings import Settings


class BrokerUnreachable(ChurnstreamError):
    """No broker answers at the configured addresses, or it refuses this client."""


def require_broker(settings: Settings) -> None:
    """Return when one of the brokers accepts connections.

    Raises `BrokerUnreachable` with the cause at each address, after ``connect_timeout`` at most
    for each. The Kafka clients themselves would retry much longer and say less.
    """
    causes = []
    for address in settings.brokers:
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection(
                (host.strip("[]"), int(port)), settings.connect_timeout
            ).close()
        except OSError as error:
            causes.append(f"{address}: {error.strerror or error}")
        else:
            return
    raise BrokerUnreachable(
        f"no Kafka broker answers ({'; '.join(causes)}); start one with `churnstream broker`, "
        "or set CHURNSTREAM_BROKERS=host:port"
    )


@contextmanager
def admin_client(settings: Settings) -> Iterator[KafkaAdminClient]:
    """An admin client for the time of a ``with`` block. Raises `BrokerUnreachable`."""
    require_broker(settings)
    with quiet_clients():
        try:
            client = KafkaAdminClient(**settings.kafka_python_options())
        except KafkaError as error:
            raise refused(settings, error) from None
    try:
        yield client
    finally:
        client.close()


def refused(settings: Settings, error: Exception) -> BrokerUnreachable:
    """The clear form of what a Kafka client raises while it connects."""
    return BrokerUnreachable(
        f"{', '.join(settings.brokers)} accepts connections but does not answer as Kafka with "
        f"{settings.security_protocol} ({type(error).__name__}: {error}); check CHURNSTREAM_BROKERS, "
        "CHURNSTREAM_SECURITY_PROTOCOL and the login"
    )


@contextmanager
def quiet_clients() -> Iterator[None]:
    """Keep kafka-python from logging every failed attempt; the error raised says it once."""
    logger = logging.getLogger("kafka")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
