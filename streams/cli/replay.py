"""``churnstream replay``: the detectors over files, without a broker."""

from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import click
import orjson

from detectors.models.snapshot import EMITTED, SPOKEN
from detectors.policy import Policy, load_policy
from streams.cli.reading import reading_shown
from streams.cli.source_options import (
    load_sources,
    policy_option,
    rows_told,
    source_option,
    tell_bad_rows,
)
from streams.garbage import collect_rarely
from streams.replay.run import BATCH_SIZE
from streams.replay.run import replay as run_replay
from streams.sources.source import Source

EXAMPLES = """\b
Examples:
  churnstream replay --source examples/cdnow/source.toml --out out
  churnstream replay --source shop.toml --source complaints.toml --policy policy.toml --out out
  jq -c 'select(.data.stage == "raised") | .data' out/churn-risk.jsonl
"""


@click.command(epilog=EXAMPLES)
@source_option(required=True)
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A new or empty folder for TOPIC.jsonl and summary.json.",
)
@policy_option
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    default=BATCH_SIZE,
    show_default=True,
    help="Records given to the detectors at a time; changes no byte of the result.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON document.")
def replay(
    sources: Sequence[str], out: Path, policy: str | None, batch_size: int, as_json: bool
) -> None:
    """Run the detectors over source files, in order of event time, without a broker.

    Writes what a worker would send, a file for each topic, and a summary. Equal input gives equal
    bytes. Whatever is due by the time of the last event is done, with or without an event for it.
    """
    rules = load_policy(policy)
    loaded = load_sources(sources)
    collect_rarely()
    begin = monotonic()
    with reading_shown(loaded) as show:
        summary: dict[str, Any] = run_replay(loaded, out, rules, batch_size=batch_size, show=show)
    seconds = monotonic() - begin
    tell_bad_rows(loaded)
    read = summary["events"]["read"]
    click.echo(f"{read:,} events in {seconds:.1f} s ({read / seconds:,.0f} a second)", err=True)
    if read and not summary["examples"]:
        click.echo(_nothing_learned(summary, rules), err=True)
    if as_json:
        click.echo(orjson.dumps(summary, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(summary, loaded, out)


def _nothing_learned(summary: dict[str, Any], policy: Policy) -> str:
    first, last = ((summary["events"][name] or "none")[:10] for name in ("first", "last"))
    shortest = min(target.horizon_days for target in policy.targets)
    return (
        f"no prediction has matured: the events reach from {first} to {last}, the shortest horizon "
        f"is {shortest} days; the prior rule spoke throughout, there is no model"
    )


def _print(summary: dict[str, Any], sources: Sequence[Source], out: Path) -> None:
    for source in sources:
        click.echo(rows_told(source))
    events = summary["events"]
    click.echo(
        f"events: {events['read']:,} read = {events['applied']:,} applied "
        f"+ {events['duplicate']:,} duplicate + {events['late']:,} late "
        f"+ {events['dead_lettered']:,} dead-lettered"
    )
    for reason, count in summary["rejects"].items():
        click.echo(f"  {reason}: {count:,}")
    click.echo(
        f"customers: {summary['customers']:,}, reviews: {summary['reviews']:,}, "
        f"matured examples: {summary['examples']:,}"
    )
    for alert in summary["alerts"]:
        click.echo(f"{alert['kind']}, {alert['band']}, {alert['stage']}: {alert['count']:,}")
    for model in summary["models"]:
        click.echo(_model_told(model))
    click.echo(f"written to {out}")


def _model_told(model: dict[str, Any]) -> str:
    given = model["metrics"].get(EMITTED)
    said = given or model["metrics"].get(SPOKEN) or {}
    measured = ", ".join(
        f"{label} {said[name]:.3f}"
        for name, label in (("auc", "AUC"), ("ece", "ECE"), ("log_loss", "log loss"))
        if said.get(name) is not None
    )
    voice = "speaks" if model["ready"] else "not yet better than the prior rule"
    return (
        f"{model['target']} within {model['horizon_days']:g} days, model {model['version']}: "
        f"{model['labels']:,} labels, {voice}; "
        f"probabilities {'spoken' if said and not given else 'given out'}: "
        f"{measured or 'not measured yet'}"
    )
