"""``churnstream backtest``: the live system over the past, judged by what came after."""

import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from detectors.durations import DAY, parse_duration
from detectors.policy import Policy, load_policy
from streams.backtest.moments import Cutoffs, Moments, NamedRows
from streams.backtest.packages import check_installed
from streams.backtest.report import write_report
from streams.backtest.result import EVER, run_backtest
from streams.backtest.rows_file import EPOCH, read_rows
from streams.backtest.scores_file import check_folder, write_scores
from streams.backtest.targets import target_called
from streams.cli.reading import reading_shown
from streams.cli.source_options import (
    load_sources,
    parse_moment,
    policy_option,
    source_option,
    tell_bad_rows,
)
from streams.garbage import collect_rarely

EXAMPLES = """\b
Examples:
  churnstream backtest --source examples/cdnow/source.toml --policy examples/cdnow/policy.toml
  churnstream backtest --source shop.toml --baselines --report backtest.html
  churnstream backtest --source shop.toml --score-at rows.csv --scores-out scores.csv
  churnstream backtest --source shop.toml --policy policy.toml --target upgrade
  churnstream backtest --source shop.toml --from 2011-01-01 --json | jq .models
"""

HEADS = {
    "auc": "AUC",
    "ece": "ECE",
    "log_loss": "log loss",
    "brier": "Brier",
    "lift": "top-tenth lift",
    "seconds": "CPU seconds",
}


def _days(ctx: click.Context, param: click.Parameter, value: str) -> int:
    """An option like ``7d`` as whole days."""
    try:
        seconds = parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if seconds < DAY or seconds % DAY:
        raise click.BadParameter(f"{value!r}: permitted are whole days, 1d or more")
    return seconds // DAY


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """An option that is a date, as a day number."""
    moment = parse_moment(ctx, param, value)
    return None if moment is None else int(moment // DAY)


@click.command(epilog=EXAMPLES)
@source_option(required=True)
@policy_option
@click.option(
    "--target",
    metavar="NAME",
    default="churn",
    show_default=True,
    help="What is predicted: `churn` (the policy's first churn target), `upgrade`, or any target "
    "of the policy by its name, such as `silence-30d`.",
)
@click.option(
    "--cutoffs",
    metavar="DURATION",
    default="7d",
    show_default=True,
    callback=_days,
    help="Time from one cut-off to the next, from the first day of data on; offers of this time "
    "are ranked together.",
)
@click.option(
    "--score-at",
    metavar="ROWS.csv",
    type=click.Path(path_type=Path),
    help="Score these rows (customer_id,cutoff) instead, each at the end of its day.",
)
@click.option(
    "--from",
    "first",
    metavar="DATE",
    callback=_day,
    help="First cut-off that is judged (default: the middle of the period).",
)
@click.option(
    "--until",
    "last",
    metavar="DATE",
    callback=_day,
    help="Last cut-off (default: the last day of data; judged with a complete horizon only).",
)
@click.option(
    "--scores-out",
    metavar="FILE.csv",
    type=click.Path(path_type=Path),
    help="Write every score with its basis, model version and confidence.",
)
@click.option(
    "--report",
    metavar="FILE.html",
    type=click.Path(path_type=Path),
    help="Write one page with all plots, to be read without a network.",
)
@click.option(
    "--baselines",
    "with_baselines",
    is_flag=True,
    help="Compare with LightGBM, logistic regression, River, BG/NBD and recency.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def backtest(
    sources: Sequence[str],
    policy: str | None,
    target: str,
    cutoffs: int,
    score_at: Path | None,
    first: int | None,
    last: int | None,
    scores_out: Path | None,
    report: Path | None,
    with_baselines: bool,
    as_json: bool,
) -> None:
    """Run the live system over the past, score as of time, and judge by what came after.

    At each cut-off all events up to its evening have been applied and all labels that matured by
    then have been learned. docs/backtest.md defines population, truth and measures.
    """
    rules = load_policy(policy)
    predicted = target_called(target, rules)
    if predicted is None:
        raise click.UsageError(_no_target(target, policy, rules))
    # Offers come on any day: all are scored, and those of one period ranked together.
    step, period = (1, cutoffs) if predicted.predicted.at_offers else (cutoffs, 1)
    if score_at is not None and (first is not None or last is not None):
        raise click.UsageError("--from and --until choose cut-offs; rows of --score-at have theirs")
    if first is not None and last is not None and last < first:
        raise click.UsageError("--until lies before --from: give the earlier date to --from")
    moments: Moments = (
        Cutoffs(step, first, last) if score_at is None else NamedRows(read_rows(score_at))
    )
    check_folder(scores_out)
    check_folder(report)
    if with_baselines:
        check_installed()
    loaded = load_sources(sources)
    collect_rarely()
    with reading_shown(loaded) as show:
        result = run_backtest(
            loaded,
            rules,
            predicted,
            moments,
            judged_from=first if score_at is None else EVER,
            period=period,
            with_baselines=with_baselines,
            show=show,
            show_baseline=_baseline_shown,
        )
    tell_bad_rows(loaded)
    document = result.document
    if scores_out is not None:
        write_scores(scores_out, result.outcome.scored)
    if report is not None:
        write_report(report, result)
    _warn(document, first, last)
    if as_json:
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(document)


def _baseline_shown(name: str) -> None:
    click.echo(f"fitting {name}", err=True)


def _no_target(name: str, path: str | None, policy: Policy) -> str:
    names = ", ".join(["churn", "upgrade", *(target.name for target in policy.targets)])
    return (
        f"--target {name!r}: {path or 'the built-in policy'} has no such target; permitted: "
        f"{names}. churn.also and upgrade.definition in the policy bring others"
    )


def _warn(document: dict[str, Any], first: int | None, last: int | None) -> None:
    """What a reader of the figures must know, on stderr; `first` and `last` bound the cut-offs."""
    if document["unknown"]:
        click.echo(
            f"{document['unknown']:,} of {document['rows']:,} rows name a customer of whom nothing "
            'was known by then: their score is empty, with the basis "unknown"',
            err=True,
        )
    if document["after_the_data"]:
        click.echo(
            f"{document['after_the_data']:,} rows lie after the last event "
            f"({document['last_day']}): scored as if nothing had happened since",
            err=True,
        )
    nothing = _outside_told(document, first, last) or _nothing_told(document)
    if nothing is not None:
        click.echo(nothing, err=True)


def _outside_told(document: dict[str, Any], first: int | None, last: int | None) -> str | None:
    """That the bounds leave no cut-off within the data; None when they do not."""
    begin, end = (date.fromisoformat(document[name]) for name in ("first_day", "last_day"))
    after = first is not None and EPOCH + timedelta(days=first) > end
    before = last is not None and EPOCH + timedelta(days=last) < begin
    if not after and not before:
        return None
    return f"no cut-off lies between --from and --until: the data reach from {begin} to {end}"


def _nothing_told(document: dict[str, Any]) -> str | None:
    """Why there is nothing to judge, or no ranking; None when there is."""
    target, days, last = (document[name] for name in ("target", "horizon_days", "last_day"))
    if not document["rows"]:
        who = "no offer was made" if target == "acceptance" else "no customer was active"
        return (
            f"no row to score: {who} on any cut-off day; is the kind of the events right (see "
            "`churnstream check`), and churn.activity_kinds in the policy?"
        )
    if not document["judged"]["rows"]:
        return (
            f"no row can be judged: within {days} days after each the data ends ({last}); give "
            "more data, or a policy with a shorter horizon"
        )
    if document["judged"]["base_rate"] in (0, 1):
        came = "none" if document["judged"]["base_rate"] == 0 else "every one"
        return (
            f"{target} within {days} days came true for {came} of the judged rows: without two "
            "outcomes there is nothing to rank, and no AUC; are the events that decide it in the "
            "sources?"
        )
    return None


def _print(document: dict[str, Any]) -> None:
    judged, events = document["judged"], document["events"]
    click.echo(
        f"events: {events['read']:,} read = {events['applied']:,} applied "
        f"+ {events['duplicate']:,} duplicate + {events['late']:,} late "
        f"+ {events['dead_lettered']:,} dead-lettered"
    )
    for reason, count in document["rejects"].items():
        click.echo(f"  {reason}: {count:,}")
    click.echo(
        f"{document['target']} within {document['horizon_days']} days; events from "
        f"{document['first_day']} to {document['last_day']}; {document['labels']:,} labels matured"
    )
    click.echo(f"{document['rows']:,} rows scored, {judged['rows']:,} judged")
    if not judged["rows"]:
        return
    click.echo(
        f"judged: {len(judged['cutoffs'])} cut-offs from {judged['cutoffs'][0]} to "
        f"{judged['cutoffs'][-1]}, {judged['customers']:,} customers, "
        f"base rate {judged['base_rate']:.3f}, {judged['by_model']:,} scores by the model"
    )
    table = Table(title="95 % intervals from resampling customers", title_justify="left")
    table.add_column("model")
    for name in HEADS.values():
        table.add_column(name, justify="right")
    for model in document["models"]:
        cells = [_cell(model, name) for name in HEADS]
        table.add_row(model["name"], *cells)
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _cell(model: dict[str, Any], name: str) -> str:
    """A measure with its interval below it."""
    if model.get(name) is None:
        return "–"
    if name == "seconds":
        return f"{model[name]:.1f}"
    low, high = model[f"{name}_interval"]
    return f"{model[name]:.3f}\n{low:.3f}–{high:.3f}"
