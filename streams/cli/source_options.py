"""The option ``--source`` and how counts of rows are told, for the commands that read files."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from streams.sources.source import Source, load_source

F = TypeVar("F", bound=Callable[..., Any])


def source_option(*, required: bool) -> Callable[[F], F]:
    """Add ``--source``, which may be given several times."""
    return click.option(
        "--source",
        "sources",
        metavar="FILE.toml",
        multiple=True,
        required=required,
        help="Source file: which rows become which events. May be given several times.",
    )


def load_sources(paths: Sequence[str]) -> list[Source]:
    """The sources; raises `SourceError` for the first that cannot be used."""
    return [load_source(path) for path in paths]


def rows_told(source: Source) -> str:
    """What became of a source's rows, as one line."""
    counts = source.counts
    return (
        f"{source.path}: {counts.rows:,} rows read, {counts.taken:,} became events, "
        f"{counts.untaken:,} taken by no rule, {counts.bad:,} bad"
    )


def tell_bad_rows(sources: Sequence[Source]) -> None:
    """The first bad rows of each source, on stderr."""
    for source in sources:
        for example in source.counts.examples:
            click.echo(f"bad: {example}", err=True)


def parse_moment(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """An option that is a date or time (UTC when it has no offset), as seconds since 1970."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no date or time; permitted: 2011-06-10 or 2011-06-10T12:00+02:00"
        ) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def parse_speed(ctx: click.Context, param: click.Parameter, value: str) -> float | None:
    """``max`` as None, ``3600x`` as 3600.0."""
    if value == "max":
        return None
    try:
        speed = float(value.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if 0 < speed < float("inf"):
        return speed
    raise click.BadParameter(
        f'{value!r} is no speed; permitted: "max", or times real time, like 3600x'
    )


def policy_option(command: F) -> F:
    """Add ``--policy``; without it, the environment's file, else the default policy."""
    return click.option(
        "--policy",
        metavar="FILE.toml",
        envvar="CHURNSTREAM_POLICY",
        help="Policy file (default: CHURNSTREAM_POLICY, else the built-in values).",
    )(command)
