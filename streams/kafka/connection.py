"""From settings to the connection options of Faust and aiokafka."""

from typing import Any

import faust

from streams.kafka.clients import tls_context
from streams.settings import Settings


def aiokafka_options(settings: Settings) -> dict[str, Any]:
    """Options of aiokafka's producer and consumer; holds the password in clear text."""
    options: dict[str, Any] = {
        "bootstrap_servers": list(settings.brokers),
        "client_id": settings.app_id,
        "security_protocol": settings.security_protocol,
        "ssl_context": tls_context(settings),
    }
    if settings.uses_sasl:
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        options["sasl_plain_password"] = settings.sasl_password.reveal()
    return options


def faust_options(settings: Settings) -> dict[str, Any]:
    """Options of ``faust.App`` that say where the brokers are and how to log in."""
    context = tls_context(settings)
    options: dict[str, Any] = {"broker": [f"kafka://{broker}" for broker in settings.brokers]}
    if settings.uses_sasl:
        options["broker_credentials"] = faust.SASLCredentials(
            username=settings.sasl_username,
            password=settings.sasl_password.reveal(),
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    elif context is not None:
        options["broker_credentials"] = faust.SSLCredentials(context)
    return options
