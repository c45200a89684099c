"""How far a command that reads source files has come, on stderr."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import click
from rich.console import Console

from streams.sources.source import Source

_LINE_EVERY = 5.0


@contextmanager
def reading_shown(sources: Sequence[Source]) -> Iterator[Callable[[int], None]]:
    """How far it has come: a status line on a terminal, else a line now and then.

    Gives what is to be told now and then how many events have been read.
    """

    def told(events: int) -> str:
        share = sum(s.bytes_read for s in sources) / max(sum(s.size for s in sources), 1)
        return f"{events:,} events, {share:.0%} of the files read"

    if sys.stderr.isatty():
        with Console(stderr=True).status("reading") as status:
            yield lambda events: status.update(told(events))
        return
    last = [monotonic() - _LINE_EVERY]

    def show(events: int) -> None:
        if monotonic() - last[0] >= _LINE_EVERY:
            last[0] = monotonic()
            click.echo(told(events), err=True)

    yield show
