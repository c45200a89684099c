"""The command ``churnstream``: its list of commands, each loaded only when it is used."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module, metadata

import click

from streams.cli import errors


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives (``module:attribute``) and its line in ``churnstream --help``."""

    target: str
    summary: str

    def load(self) -> click.Command:
        """Import the command; its module may be heavy (Faust, numpy), so only on use."""
        module, _, attribute = self.target.partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.target} is {type(command).__name__}, not a click command")
        return command


COMMANDS: dict[str, Entry] = {
    "demo": Entry("streams.cli.demo:demo", "See it work: broker, worker and real data, by itself."),
    "worker": Entry("streams.cli.worker:worker", "Run a worker: events in, alerts out."),
    "broker": Entry(
        "streams.cli.broker:broker", "Run the small embedded broker (not for service)."
    ),
    "produce": Entry("streams.cli.produce:produce", "Send the rows of a source file to Kafka."),
    "replay": Entry("streams.cli.replay:replay", "Run the detectors over files, without a broker."),
    "backtest": Entry(
        "streams.cli.backtest:backtest", "Score the past as of time, and judge the scores."
    ),
    "tune": Entry("streams.cli.tune:tune", "Propose thresholds by what contacts cost and save."),
    "topics": Entry("streams.cli.topics:topics", "Create, describe and check the topics."),
    "schemas": Entry(
        "streams.cli.schemas:schemas", "Print or write the JSON Schemas and AsyncAPI."
    ),
    "check": Entry("streams.cli.check:check", "Validate a policy and a source; show what applies."),
    "watch": Entry("streams.cli.watch:watch", "Follow the alerts as they come."),
    "customer": Entry(
        "streams.cli.customer:customer", "Show one customer: state, reasons, history."
    ),
    "incidents": Entry("streams.cli.incidents:incidents", "Show what many complain about at once."),
    "complaints": Entry(
        "streams.cli.complaints:complaints", "Show the open complaints, the most pressing first."
    ),
    "models": Entry("streams.cli.models:models", "Show the models: who speaks, and how good."),
    "portfolio": Entry("streams.cli.portfolio:portfolio", "Show the customer pyramid and the ABC."),
    "satisfaction": Entry(
        "streams.cli.satisfaction:satisfaction",
        "Show surveys, repurchase, complaints, and what goes with churn.",
    ),
    "explain": Entry(
        "streams.cli.explain:explain", "Show what a probability is made of and what would lower it."
    ),
    "audit": Entry(
        "streams.cli.audit:audit", "Compute the scores of an alert again: equal or not."
    ),
}
"""Every command, in the order of the help."""


class LazyGroup(click.Group):
    """A group that knows its commands from `COMMANDS` and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command `cmd_name`, imported now; None if there is no such command."""
        entry = COMMANDS.get(cmd_name)
        return None if entry is None else entry.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, so that ``--help`` imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup)
@click.version_option(metadata.version("churnstream"), prog_name="churnstream")
def churnstream() -> None:
    """Streaming churn detection on Kafka: events in, explained alerts out.

    Settings come from the environment (CHURNSTREAM_BROKERS, …: docs/settings.md).

    \b
    Examples:
      churnstream demo                     see it work on real data
      churnstream topics create            make the topics on your Kafka
      churnstream worker                   run a worker until Ctrl-C
      churnstream watch                    follow the alerts
      churnstream COMMAND --help           more about one command

    Exit status: 0 done, 1 failed, 2 wrong usage or settings, 130 stopped by Ctrl-C.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; known failures become one line on stderr.

    `arguments` are those of the process if None.
    """
    try:
        result = churnstream.main(args=arguments, prog_name="churnstream", standalone_mode=False)
    except Exception as error:
        return errors.report(error)
    return result if isinstance(result, int) else 0


def main() -> None:
    """The entry point of the installed script."""
    sys.exit(run())
