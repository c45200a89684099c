"""The command line as a whole: every command is there, helps, and is loaded only when used."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from streams.cli.main import COMMANDS, churnstream


def every_command() -> list[tuple[str, ...]]:
    """The words that name each command, subcommands of groups included."""
    found: list[tuple[str, ...]] = []
    for name, entry in COMMANDS.items():
        found.append((name,))
        command = entry.load()
        if isinstance(command, click.Group):
            found += [(name, sub) for sub in command.list_commands(click.Context(command))]
    return found


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_has_help_with_examples(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(churnstream, [*words, "--help"])
    assert result.exit_code == 0, result.output
    assert "Examples:" in result.output
    assert f"churnstream {' '.join(words)}" in result.output.split("Examples:")[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_the_name_by_which_it_is_listed(name: str) -> None:
    assert COMMANDS[name].load().name == name


def test_the_help_lists_every_command_in_one_line_each() -> None:
    lines = CliRunner().invoke(churnstream, ["--help"]).output.splitlines()
    listed = lines[lines.index("Commands:") + 1 :]
    assert [line.split()[0] for line in listed] == list(COMMANDS)


def test_the_help_imports_no_command() -> None:
    script = (
        "import sys; from streams.cli.main import run; run(['--help']); "
        "heavy = {'faust', 'river', 'numpy', 'kafka', 'msgspec'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(churnstream, ["--version"])
    assert result.exit_code == 0
    assert result.output.startswith("churnstream, version ")


def test_an_unknown_command_is_wrong_usage() -> None:
    result = CliRunner().invoke(churnstream, ["divine"])
    assert result.exit_code == 2
    assert "No such command 'divine'" in result.output
