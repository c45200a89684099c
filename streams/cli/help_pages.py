"""The help of every command as one document, for ``docs/commands.md``."""

from collections.abc import Iterator

import click

from streams.cli.main import COMMANDS, churnstream

WIDTH = 96


def commands_help() -> str:
    """The help of all commands and their subcommands, as Markdown."""
    parts = [_part(churnstream, ("churnstream",), 2)]
    for name, entry in COMMANDS.items():
        parts += [
            _part(command, words, 2 if len(words) == 2 else 3)
            for words, command in _with_subcommands(("churnstream", name), entry.load())
        ]
    return "\n".join(parts)


def _with_subcommands(
    words: tuple[str, ...], command: click.Command
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, sub in command.commands.items():
            yield from _with_subcommands((*words, name), sub)


def _part(command: click.Command, words: tuple[str, ...], depth: int) -> str:
    context = click.Context(
        command,
        info_name=" ".join(words),
        terminal_width=WIDTH,
        max_content_width=WIDTH,
    )
    return f"{'#' * depth} `{' '.join(words)}`\n\n```text\n{command.get_help(context)}\n```\n"
