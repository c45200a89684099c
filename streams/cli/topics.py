"""``churnstream topics``: create, describe and check the topics of a deployment."""

from collections.abc import Sequence
from dataclasses import asdict

import click
import orjson

from streams.cli.options import kafka_options, settings_with
from streams.kafka import topic_admin
from streams.kafka.clients import admin_client
from streams.kafka.topic_admin import Difference, TopicState
from streams.topics import TOPICS

EXAMPLES = """\b
Examples:
  churnstream topics create
  CHURNSTREAM_PARTITIONS=12 CHURNSTREAM_REPLICATION=3 churnstream topics create
  churnstream topics describe --brokers kafka-1:9092 --topic-prefix acme.
  churnstream topics check --json
"""
NOT_REPORTED = "not reported"
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group(epilog=EXAMPLES)
def topics() -> None:
    """Create, describe and check the topics of this deployment.

    Which topics there are, and how they are cut and kept: docs/topics.md. Partitions and copies
    of new topics come from CHURNSTREAM_PARTITIONS and CHURNSTREAM_REPLICATION.
    """


@topics.command(epilog=EXAMPLES)
@kafka_options
@_as_json
def create(brokers: str | None, topic_prefix: str | None, as_json: bool) -> None:
    """Create the topics that are missing; leave the others as they are."""
    settings = settings_with(brokers, topic_prefix)
    with admin_client(settings) as client:
        made = topic_admin.create(client, settings)
        differences = topic_admin.check(topic_admin.describe(client, settings), settings)
    if as_json:
        _print_json({"created": [state.physical for state in made]})
    else:
        for state in made:
            click.echo(f"created {state.physical}, partitions: {state.partitions}")
        click.echo(f"{len(made)} topics created, {len(TOPICS) - len(made)} were there already")
    for difference in differences:
        click.echo(f"churnstream: {difference}", err=True)


@topics.command(epilog=EXAMPLES)
@kafka_options
@_as_json
def describe(brokers: str | None, topic_prefix: str | None, as_json: bool) -> None:
    """Show the topics as the cluster has them."""
    settings = settings_with(brokers, topic_prefix)
    with admin_client(settings) as client:
        states = topic_admin.describe(client, settings)
    if as_json:
        _print_json({"topics": [asdict(state) for state in states]})
    else:
        _print_table(states)


@topics.command(epilog=EXAMPLES)
@kafka_options
@_as_json
@click.pass_context
def check(ctx: click.Context, brokers: str | None, topic_prefix: str | None, as_json: bool) -> None:
    """Name everything that differs from what churnstream needs.

    Exits with 1 when a difference would make a worker stop or lose data; differences that only
    change how long things are kept, or on how many brokers, are named as notes.
    """
    settings = settings_with(brokers, topic_prefix)
    with admin_client(settings) as client:
        states = topic_admin.describe(client, settings)
    differences = topic_admin.check(states, settings)
    hidden = topic_admin.unreported(states)
    serious = any(difference.serious for difference in differences)
    if as_json:
        found = [asdict(difference) for difference in differences]
        _print_json({"ok": not serious, "differences": found, "not_reported": hidden})
    else:
        _print_check(differences, hidden)
    ctx.exit(1 if serious else 0)


def _print_check(differences: Sequence[Difference], hidden: Sequence[str]) -> None:
    for difference in differences:
        click.echo(f"{'problem' if difference.serious else 'note'}: {difference}")
    if hidden:
        click.echo(
            f"note: retention and compaction not reported by the broker: {len(hidden)} topics"
        )
    problems = sum(difference.serious for difference in differences)
    missing = any(difference.what == "topic" for difference in differences)
    advice = "; `churnstream topics create` makes the missing ones" if missing else ""
    click.echo(f"{len(TOPICS)} topics checked, {problems} problems{advice}")


def _print_table(states: Sequence[TopicState]) -> None:
    rows = [("topic", "partitions", "copies", "cleanup", "retention", "max bytes")]
    rows += [
        (
            state.physical,
            str(state.partitions),
            str(state.replication),
            state.configs.get("cleanup.policy", NOT_REPORTED),
            _retention(state),
            state.configs.get("max.message.bytes", NOT_REPORTED),
        )
        for state in states
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
    click.echo(f"{len(states)} of {len(TOPICS)} topics exist")


def _retention(state: TopicState) -> str:
    milliseconds = state.configs.get("retention.ms")
    if milliseconds is None:
        return NOT_REPORTED
    return "for ever" if milliseconds == "-1" else f"{int(milliseconds) / 86_400_000:g} d"


def _print_json(document: dict[str, object]) -> None:
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
