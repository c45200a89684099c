"""Connections to Kafka for the commands, with one clear message when there is no broker."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.errors import ChurnstreamError
from streams.kafka.probe import probe
from streams.settings import Settings


class BrokerUnreachableError(ChurnstreamError):
    """No broker answers at the configured addresses, or it refuses this client."""


def require_broker(settings: Settings) -> None:
    """Return when one of the brokers answers.

    Raises `BrokerUnreachableError` with the cause at each address, within about
    ``connect_timeout`` for each.
    """
    context = tls_context(settings)
    causes = []
    for address in settings.brokers:
        try:
            probe(address, settings.connect_timeout, context)
        except OSError as error:
            causes.append(f"{address}: {error.strerror or error}")
        else:
            return
    raise BrokerUnreachableError(
        f"no Kafka broker answers with {settings.security_protocol} ({'; '.join(causes)}); "
        "start one with `churnstream broker`, or set CHURNSTREAM_BROKERS=host:port"
    )


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """The TLS context that the settings ask for, or None for connections in plain text.

    Raises `BrokerUnreachableError` when a certificate file holds no certificate.
    """
    if not settings.uses_tls:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.tls_ca)
        if settings.tls_cert is not None:
            context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:
        raise BrokerUnreachableError(
            f"the TLS files cannot be used ({error}); check CHURNSTREAM_TLS_CA, "
            "CHURNSTREAM_TLS_CERT and CHURNSTREAM_TLS_KEY"
        ) from None
    return context


@contextmanager
def admin_client(settings: Settings) -> Iterator[KafkaAdminClient]:
    """An admin client for the time of a ``with`` block. Raises `BrokerUnreachableError`."""
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


def refused(settings: Settings, error: Exception) -> BrokerUnreachableError:
    """The clear form of what a Kafka client raises when a broker answers but will not serve it."""
    return BrokerUnreachableError(
        f"the broker at {', '.join(settings.brokers)} answers but does not serve this client "
        f"({error}); check CHURNSTREAM_SECURITY_PROTOCOL "
        f"({settings.security_protocol}), the login, and that the broker's advertised address "
        "can be reached from here"
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
