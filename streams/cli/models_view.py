"""How `churnstream models` shows models: whatever was measured, under the name that it has."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from detectors.models.river_linear import PACKAGE
from schemas.model_snapshot import ModelSnapshot

FIGURES: tuple[tuple[str, str, str], ...] = (
    ("count", "labels", ",d"),
    ("base_rate", "base rate", ".1%"),
    ("auc", "AUC", ".3f"),
    ("ece", "ECE", ".3f"),
    ("brier", "Brier", ".3f"),
    ("log_loss", "log loss", ".3f"),
    ("lift", "lift 10 %", ".2f"),
)
"""Name in a report, heading, and format of each column."""

LEGEND = (
    "AUC: how often one that came true stands above one that did not. ECE: mean gap between "
    "probability and rate. Lift: rate among the highest tenth / base rate."
)

Report = Mapping[str, Any]


def document(snapshots: Sequence[ModelSnapshot]) -> dict[str, Any]:
    """All that is shown, and all other measured figures, as JSON values."""
    return {"models": [_model(snapshot) for snapshot in snapshots]}


def print_models(console: Console, snapshots: Sequence[ModelSnapshot]) -> None:
    """Print a table of measures for each model, under a line that says what it is."""
    for snapshot in snapshots:
        print_model(console, snapshot)
        console.print()
    console.print(Text(LEGEND, style="dim"))


def print_model(console: Console, snapshot: ModelSnapshot) -> None:
    """Print one model."""
    console.print(
        Text(f"{snapshot.target} within {snapshot.horizon_days:g} days", style="bold"),
        Text(f" · version {snapshot.version} · as of {snapshot.as_of:%Y-%m-%d %H:%M} UTC"),
        sep="",
        soft_wrap=True,
    )
    rate = base_rate(snapshot)
    came_true = "" if rate is None else f", {snapshot.positives:,} came true ({rate:.1%})"
    console.print(
        f"  {snapshot.labels:,} labels learned{came_true} · speaks: {speaker(snapshot)}",
        soft_wrap=True,
        highlight=False,
    )
    rows = list(measured(snapshot.metrics))
    if not rows:
        console.print("  nothing measured yet")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("  measured", no_wrap=True)
    for _, heading, _ in FIGURES:
        table.add_column(heading, justify="right")
    for path, report in rows:
        told = path[-1].removeprefix(f"{PACKAGE}.") if len(path) == 1 else path[-1]
        name = Text("  " * len(path) + told, style="" if len(path) == 1 else "dim")
        table.add_row(name, *(_cell(report.get(key), form) for key, _, form in FIGURES))
    console.print(table)


def base_rate(snapshot: ModelSnapshot) -> float | None:
    """Share of the labels learned that were true; None without labels."""
    return snapshot.positives / snapshot.labels if snapshot.labels else None


def speaker(snapshot: ModelSnapshot) -> str:
    """Whose probabilities are given out."""
    return str(snapshot.model.get("speaker", "unknown"))


def measured(metrics: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Report]]:
    """Every report with its name, and after it those of its segments, with name and segment.

    A measure is ``{"report": {…}, "segments": {name: {…}}}``, both optional. What holds no known
    figure is passed over, so snapshots may carry anything beside it.
    """
    for name, measure in metrics.items():
        if isinstance(measure, Mapping):
            yield from _of(measure.get("report", measure), (name,))
            segments = measure.get("segments")
            if isinstance(segments, Mapping):
                for segment, report in segments.items():
                    yield from _of(report, (name, segment))


def _of(report: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Report]]:
    if isinstance(report, Mapping) and any(_is_number(report.get(key)) for key, *_ in FIGURES):
        yield path, report


def _model(snapshot: ModelSnapshot) -> dict[str, Any]:
    measures: dict[str, Any] = {}
    for (name, *segment), report in measured(snapshot.metrics):
        if segment:
            measures.setdefault(name, {}).setdefault("segments", {})[segment[0]] = dict(report)
        else:
            measures.setdefault(name, {}).update(report)
    return {
        "target": snapshot.target,
        "horizon_days": snapshot.horizon_days,
        "version": snapshot.version,
        "as_of": snapshot.as_of,
        "labels": snapshot.labels,
        "positives": snapshot.positives,
        "base_rate": base_rate(snapshot),
        "ready": snapshot.ready,
        "speaker": speaker(snapshot),
        "measures": measures,
    }


def _cell(value: object, form: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–"
    return format(round(value) if form.endswith("d") else value, form)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
