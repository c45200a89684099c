"""``churnstream schemas``: the contracts of all topics as JSON Schema and AsyncAPI."""

from pathlib import Path

import click

from schemas.catalogue import BY_TOPIC, CONTRACTS
from schemas.generate import ASYNCAPI_FILE, documents, file_of, stale, write

DIRECTORY = "schemas/generated"
"""Where the files lie in the repository."""

EXAMPLES = """\b
Examples:
  churnstream schemas                      list the topics and their types
  churnstream schemas interactions         print the JSON Schema of one topic
  churnstream schemas asyncapi             print the AsyncAPI document of all topics
  churnstream schemas --write contracts    write all of them into a directory
  churnstream schemas --check              compare schemas/generated with the code
"""
_ASYNCAPI = "asyncapi"


@click.command(epilog=EXAMPLES)
@click.argument("topic", required=False)
@click.option(
    "--write",
    "target",
    is_flag=False,
    flag_value=DIRECTORY,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="[DIR]",
    help=f"Write all documents into DIR (default {DIRECTORY}).",
)
@click.option(
    "--check",
    "checked",
    is_flag=False,
    flag_value=DIRECTORY,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="[DIR]",
    help=f"Fail if the documents in DIR (default {DIRECTORY}) are stale.",
)
def schemas(topic: str | None, target: Path | None, checked: Path | None) -> None:
    """Print or write the JSON Schema of every topic, and the AsyncAPI document.

    TOPIC is a logical topic name, or "asyncapi". Without it the topics are listed.
    """
    if sum(choice is not None for choice in (topic, target, checked)) > 1:
        raise click.UsageError("give one of TOPIC, --write and --check")
    if target is not None:
        write(target, documents())
        click.echo(f"wrote {len(documents())} documents into {target}")
    elif checked is not None:
        _check(checked)
    elif topic is not None:
        click.echo(documents()[_file(topic)], nl=False)
    else:
        for contract in CONTRACTS:
            click.echo(f"{contract.topic:20}  {contract.role:8}  {contract.type}")


def _check(directory: Path) -> None:
    lines = stale(directory, documents())
    if lines:
        listed = "\n  ".join(lines)
        raise click.ClickException(
            f"the documents in {directory} are stale; "
            f"run `churnstream schemas --write {directory}`:\n  {listed}"
        )
    click.echo(f"the documents in {directory} are fresh")


def _file(topic: str) -> str:
    if topic == _ASYNCAPI:
        return ASYNCAPI_FILE
    if topic not in BY_TOPIC:
        known = ", ".join([*BY_TOPIC, _ASYNCAPI])
        raise click.BadParameter(f"{topic!r} is no topic; there are: {known}", param_hint="TOPIC")
    return file_of(BY_TOPIC[topic])
