"""The options that several commands share, and the settings that come out of them."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from streams.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def kafka_options(command: F) -> F:
    """Add ``--brokers`` and ``--topic-prefix``, which go before the environment."""
    prefix = click.option(
        "--topic-prefix",
        metavar="PREFIX",
        help="Prefix of the topic names (default: CHURNSTREAM_TOPIC_PREFIX).",
    )
    brokers = click.option(
        "--brokers",
        metavar="HOST:PORT,…",
        help="Kafka brokers (default: CHURNSTREAM_BROKERS).",
    )
    return brokers(prefix(command))


def settings_with(brokers: str | None, topic_prefix: str | None) -> Settings:
    """The settings of the environment, with what the command line gave in their place.

    Raises `SettingsError` for what is not permitted.
    """
    given = {"CHURNSTREAM_BROKERS": brokers, "CHURNSTREAM_TOPIC_PREFIX": topic_prefix}
    return Settings.from_env(os.environ | {k: v for k, v in given.items() if v is not None})
