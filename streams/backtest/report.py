"""The report: one page with all plots in it, to be read without a network."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from detectors.models.evaluation import reliability
from streams.backtest.costs import costs
from streams.backtest.curves import gain, importance, segments
from streams.backtest.measures import Predictions
from streams.backtest.result import Result
from streams.backtest.scores_file import ResultFileError
from streams.backtest.svg import (
    Axis,
    Series,
    axis,
    bar_plot,
    column_plot,
    line_plot,
)

_SHARE = [(k / 5, f"{k / 5:.1f}") for k in range(6)]
_DIAGONAL = [(0.0, 0.0), (1.0, 1.0)]
_BINS = 20
_MOST_FEATURES = 15
_DATES = 6

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
  max-width: 760px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid #ccc; }
th:first-child, td:first-child { text-align: left; }
small { color: #555; white-space: nowrap; }
figure { margin: 1rem 0 2rem; } figure > svg { width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: #333; }
svg text.title { font-size: 14px; font-weight: 600; fill: #1a1a1a; }
figcaption { color: #444; font-size: .9rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0 0 0 4rem;
  margin: .3rem 0; font-size: .85rem; }
"""
_HEADS = (
    ("auc", "AUC"),
    ("ece", "ECE"),
    ("log_loss", "log loss"),
    ("brier", "Brier"),
    ("lift", "top-tenth lift"),
)


def write_report(path: Path, result: Result) -> None:
    """Write the page. Raises `ResultFileError`."""
    try:
        path.write_text(report_of(result), encoding="utf-8")
    except OSError as error:
        raise ResultFileError(
            f"{path}: cannot be written: {error.strerror}; name another file"
        ) from None


def report_of(result: Result) -> str:
    """The page as HTML."""
    parts = [_head(result.document)]
    if result.judged.rows.size:
        parts.append(_table(result.document["models"]))
        for heading, draw in _SECTIONS:
            parts.append(f"<h2>{escape(heading)}</h2>\n{draw(result)}")
    else:
        parts.append("<p>No row could be judged: no horizon is complete within the data.</p>\n")
    title = f"Backtest: {result.document['target']}"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def _head(document: dict[str, Any]) -> str:
    judged = document["judged"]
    text = (
        f"{document['target'].capitalize()} within {document['horizon_days']} days. "
        f"{document['events']['read']:,} events from {document['first_day']} to "
        f"{document['last_day']}; {document['labels']:,} labels matured; {document['rows']:,} "
        f"scores, {judged['rows']:,} of them judged"
    )
    if judged["rows"]:
        text += (
            f", of {judged['customers']:,} customers at {len(judged['cutoffs'])} cut-offs from "
            f"{judged['cutoffs'][0]} to {judged['cutoffs'][-1]}; base rate "
            f"{judged['base_rate']:.3f}"
        )
    return f"<p>{escape(text)}. Each score knows only what was known on its evening.</p>\n"


def _table(models: Sequence[dict[str, Any]]) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for _, head in _HEADS)
    rows = []
    for model in models:
        cells = "".join(f"<td>{_cell(model, name)}</td>" for name, _ in _HEADS)
        rows.append(f'<tr><th scope="row">{escape(model["name"])}</th>{cells}</tr>\n')
    return (
        '<div class="wide"><table>\n<caption>Small: 95 % intervals from resampling customers'
        f'</caption>\n<thead><tr><th scope="col">model</th>{heads}</tr></thead>\n'
        f"<tbody>{''.join(rows)}</tbody></table></div>\n"
    )


def _cell(model: dict[str, Any], name: str) -> str:
    if model.get(name) is None:
        return "–"
    low, high = model[f"{name}_interval"]
    return f"{model[name]:.3f}<br><small>{low:.3f}–{high:.3f}</small>"


def _over_time(result: Result) -> str:
    plots = []
    for key, name, about in (
        ("auc", "AUC", "Chance that a leaver has a higher score than a stayer; 0.5 is guessing."),
        ("log_loss", "log loss (nats)", "Price of wrong probabilities; lower is better."),
    ):
        series = []
        for model, cutoffs in result.document["by_cutoff"].items():
            points = [(_day(c["cutoff"]), _or_nan(c[key])) for c in cutoffs]
            if any(np.isfinite(value) for _, value in points):
                series.append(Series(model, points))
        if not series:
            plots.append(f"<p>No cut-off has both outcomes: no {name} to show.</p>\n")
            continue
        y = axis(name, [value for line in series for _, value in line.points])
        title = f"{name} at each cut-off"
        plots.append(line_plot(title, about, _dates(series), y, series))
    return "".join(plots)


def _reliability(result: Result) -> str:
    series = []
    for model in _probabilities(result):
        groups = reliability(model.score, result.judged.truth)
        points = list(zip(groups.predicted.tolist(), groups.rate.tolist(), strict=True))
        series.append(Series(model.name, points))
    ends = [value for line in series for point in line.points for value in point]
    x = axis("mean probability given out (0 to 1)", ends, zero=True)
    y = axis("share that left (0 to 1)", ends, zero=True)
    diagonal = [(0.0, 0.0), (x.high, x.high)]
    about = (
        "Ten groups of equally many scores: on the diagonal, what was said is what happened; "
        "below it the risk was overstated."
    )
    series.append(Series("as it should be", diagonal, marks=False))
    return line_plot("Reliability", about, x, y, series)


def _gain(result: Result) -> str:
    series, lifts = [], []
    for model in result.models:
        curve = gain(model.score, result.judged.truth)
        contacted, reached = curve.contacted.tolist(), curve.reached.tolist()
        series.append(Series(model.name, list(zip(contacted, reached, strict=True)), marks=False))
        points = [(c, r / c) for c, r in zip(contacted, reached, strict=True) if c >= 0.02]
        lifts.append(Series(model.name, points, marks=False))
    series.append(Series("at random", _DIAGONAL, marks=False))
    x = Axis("share of customers contacted, highest scores first", 0, 1, _SHARE)
    y = Axis("share of all leavers among them", 0, 1, _SHARE)
    about = "How many of the leavers a team reaches that can contact only a share of customers."
    plot = line_plot("Gain", about, x, y, series)
    rates = axis("times the base rate", [v for line in lifts for _, v in line.points] + [1.0])
    about = "The rate of leavers among those contacted, as a multiple of the rate of all."
    return plot + line_plot("Lift", about, x, rates, lifts)


def _distribution(result: Result) -> str:
    score, truth = result.models[0].score, result.judged.truth
    x = axis("probability given out (0 to 1)", [0.0, float(score.max())])
    edges = np.linspace(x.low, x.high, _BINS + 1)
    heights = [np.histogram(score[chosen], edges)[0] for chosen in (~truth, truth)]
    stacks = [
        Series(name, [(0.0, float(height)) for height in counts])
        for name, counts in zip(("stayed", "left"), heights, strict=True)
    ]
    y = axis("scores (count)", [float((heights[0] + heights[1]).max()), 0.0])
    about = "The scores that were judged, by what became of the customer."
    return column_plot("Distribution of the scores", about, x, y, edges.tolist(), stacks)


def _importance(result: Result) -> str:
    bars = importance(result.outcome.scored, result.judged)[:_MOST_FEATURES]
    if not bars:
        return "<p>The prior rule spoke throughout: no model's contributions to show.</p>\n"
    about = (
        "Mean size of each feature's contribution to the log-odds, against the population's "
        "average customer; a sample of the model's scores at the judged cut-offs."
    )
    return bar_plot("What the scores rest on", about, "mean |contribution| (log-odds)", bars)


def _drift(result: Result) -> str:
    scored = result.outcome.scored
    known = ~np.isnan(scored.probability)
    mean = [
        (float(day), float(scored.probability[known & (scored.days == day)].mean()))
        for day in np.unique(scored.days[known]).tolist()
    ]
    judged = result.judged
    rate = [(float(day), float(judged.truth[rows].mean())) for day, rows in judged.by_day.items()]
    series = [Series("mean score", mean), Series("share that left", rate)]
    y = axis("probability, share (0 to 1)", [v for line in series for _, v in line.points])
    about = (
        "Mean score of all cut-offs, and what happened at those that are judged: where they part, "
        "the world has changed."
    )
    return line_plot("Scores and outcomes over time", about, _dates(series), y, series)


def _segments(result: Result) -> str:
    found = segments(result.outcome.scored, result.judged)
    plots = []
    for title, label, about, values in (
        (
            "AUC by segment",
            "AUC over the segment's rows",
            "Within a segment scores are harder to tell apart than over all.",
            [(f"{s.name} ({s.rows:,})", s.auc) for s in found],
        ),
        (
            "Calibration error by segment",
            "ECE (0 to 1)",
            "Mean gap between what was said and what happened; lower is better.",
            [(f"{s.name} ({s.rows:,})", s.ece) for s in found],
        ),
        (
            "Base rate by segment",
            "share that left (0 to 1)",
            "What happened. In brackets: scores that were judged.",
            [(f"{s.name} ({s.rows:,})", s.base_rate) for s in found],
        ),
    ):
        plots.append(bar_plot(title, about, label, values))
    return "".join(plots)


_SECTIONS: tuple[tuple[str, Callable[[Result], str]], ...] = (
    ("Over time", _over_time),
    ("Are the probabilities right?", _reliability),
    ("Whom it finds", _gain),
    ("The scores", _distribution),
    ("Importance", _importance),
    ("Drift", _drift),
    ("Where to draw the line", costs),
    ("By segment", _segments),
)


def _probabilities(result: Result) -> list[Predictions]:
    return [model for model in result.models if model.is_probability]


def _dates(series: Sequence[Series]) -> Axis:
    """An axis of days with a few dates on it."""
    days = sorted({day for line in series for day, _ in line.points})
    low, high = days[0], max(days[-1], days[0] + 1)
    wanted = np.linspace(low, high, min(_DATES, len(days))).round().tolist()
    ticks = [(day, str(np.datetime64(int(day), "D"))) for day in wanted]
    return Axis("cut-off (end of the day, UTC)", low, high, ticks)


def _day(text: str) -> float:
    return float(np.datetime64(text, "D").astype(np.int64))


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
