"""``churnstream worker``: run a worker until it is stopped."""

import logging
import os
from typing import Any

import click

from streams.settings import PREFIX, SETTINGS, Settings

EXAMPLES = """\b
Examples:
  churnstream worker
  churnstream worker --brokers kafka-1:9092,kafka-2:9092 --policy telecom.toml
  churnstream worker --store rocksdb --data-dir /var/lib/churnstream/worker-1
  CHURNSTREAM_LOG_FORMAT=json churnstream worker --metrics-port 0
"""

HIDDEN = {"SASL_PASSWORD", "PARTITIONS", "REPLICATION"}
"""Settings without an option: secrets, and those that only matter when topics are created."""

log = logging.getLogger(__name__)


def _options(command: Any) -> Any:
    """One option for every setting, such as ``--batch-size`` for CHURNSTREAM_BATCH_SIZE."""
    for setting in reversed(SETTINGS):
        ending = setting.variable.removeprefix(PREFIX)
        if ending not in HIDDEN:
            option = click.option(
                f"--{ending.lower().replace('_', '-')}",
                setting.variable,
                metavar="VALUE",
                help=f"{setting.purpose} ({setting.variable})",
            )
            command = option(command)
    return command


@click.command(epilog=EXAMPLES)
@_options
def worker(**given: str | None) -> None:
    """Run a worker: read events, decide, send alerts, until SIGTERM or Ctrl-C.

    Options go before the environment variables named in brackets. Start as many workers as there
    are partitions, with the same app id; they share the work and take over from each other.
    """
    found = {variable: value for variable, value in given.items() if value is not None}
    settings = Settings.from_env(os.environ | found)
    from detectors.policy import load_policy
    from streams.worker import logs
    from streams.worker.topic_watch import check_topics

    logs.set_up(settings.log_level, settings.log_format)
    policy = load_policy(settings.policy)
    check_topics(settings)
    # Seconds of imports: what cannot work has been told by now.
    from streams.app import create_app
    from streams.worker.health_server import HealthServer
    from streams.worker.runner import run

    app = create_app(settings, policy)
    with HealthServer(
        app.health,
        app.metrics,
        host=settings.metrics_host,
        port=settings.metrics_port,
        stall_limit=settings.stall_limit,
    ) as server:
        log.info("Metrics and health at http://%s:%d/metrics", server.host, server.port)
        log.info("Joining the group %s at %s", settings.app_id, ", ".join(settings.brokers))
        run(app)
    log.info("Stopped")
