"""The summary of a demo run for a person."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from detectors.targets import target_of
from schemas.customer_state import CustomerState
from schemas.incident import Incident
from schemas.model_snapshot import ModelSnapshot
from streams.cli.alert_lines import BAND_STYLES, money
from streams.demo.sensed import Sensed
from streams.demo.summary import AlertCount, Summary, reports_of

BANDS = ("critical", "high", "medium", "low", "")
REASONS_SHOWN = 2
NONE = Text("  none")
MEASURED = {
    "emitted": "as given in the run",
    "spoken": "as the speaker would have given",
    "blend": "the blend of models alone",
    "prior": "the prior rule alone",
}
NEXT_STEPS = (
    ("churnstream demo --json   ", "the same as one JSON document"),
    ("churnstream produce --help", "send your own data (examples/)"),
    ("churnstream worker --help ", "run on your own Kafka"),
    ("docs/architecture.md      ", "how it works"),
)


def print_report(console: Console, summary: Summary) -> None:
    """Print what the first act came to."""
    console.rule("Summary", align="left", style="dim")
    console.print(_facts(summary))
    _heading(console, "How good the predictions were, once their time had passed")
    console.print(_models(summary.models))
    _heading(console, "Alerts raised, by kind and band")
    console.print(_alerts(summary.alerts))
    _heading(console, "The customers most worth saving")
    console.print(_worth_saving(summary.worth_saving))


def print_sensed(console: Console, sensed: Sensed) -> None:
    """Print what the second act came to."""
    console.rule("Second act", align="left", style="dim")
    table = Table.grid(padding=(0, 2))
    table.add_row(Text("  events read", style="dim"), f"{sensed.events.read:,}")
    table.add_row(Text("  complaints", style="dim"), _counted(sensed.complaints))
    table.add_row(Text("  manager left", style="dim"), _counted(sensed.staff))
    for incident in sensed.incidents:
        table.add_row(Text("  incident", style="dim"), _incident(incident))
    if not sensed.incidents:
        table.add_row(Text("  incident", style="dim"), "none")
    console.print(table)


def print_next_steps(console: Console, summary: Summary) -> None:
    """Print where to look next."""
    _heading(console, "Where to look next")
    for command, text in NEXT_STEPS:
        console.print(Text.assemble("  ", (command, "cyan"), f"  {text}"), soft_wrap=True)
    if summary.kept_at is not None:
        command = f"churnstream watch --from-beginning {summary.kept_at}"
        console.print(Text.assemble("  ", (command, "cyan"), "  this run again"), soft_wrap=True)


def _heading(console: Console, text: str) -> None:
    console.print(f"\n{text}", style="bold")


def _facts(summary: Summary) -> Table:
    events = summary.events
    parts = (
        (events.applied, "applied"),
        (events.duplicate, "duplicate"),
        (events.late, "late"),
        (events.dead_lettered, "dead-lettered"),
    )
    verdict = (
        Text(f"each of the {events.produced:,} events sent ended as one of these", style="green")
        if events.add_up
        else Text(f"{events.produced:,} events were sent: they do not add up", style="bold red")
    )
    table = Table.grid(padding=(0, 2))
    table.add_row(
        Text("  events read", style="dim"),
        f"{events.read:,} = " + " + ".join(f"{count:,} {name}" for count, name in parts),
    )
    table.add_row("", verdict)
    table.add_row(Text("  customers", style="dim"), f"{summary.customers:,}")
    speed = f"{summary.events_per_second:,.0f} events/s ({summary.seconds:.1f} s in all)"
    table.add_row(Text("  throughput", style="dim"), speed)
    return table


def _models(models: Iterable[ModelSnapshot]) -> Table | Text:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2))
    for name in ("  target", "measured", "matured", "AUC", "calibration error", "log loss"):
        table.add_column(name, justify="left" if name in ("  target", "measured") else "right")
    for snapshot in models:
        reports = reports_of(snapshot)
        for name in (name for name in MEASURED if name in reports):
            report = reports[name]
            figures = (report.get(key) for key in ("auc", "ece", "log_loss"))
            cells = ("" if figure is None else f"{figure:.3f}" for figure in figures)
            table.add_row(
                f"  {target_of(snapshot).name}",
                MEASURED[name],
                f"{snapshot.labels:,}",
                *cells,
            )
    return table if table.row_count else Text("  no prediction has matured yet: the prior scored")


def _alerts(counts: Iterable[AlertCount]) -> Table | Text:
    raised = {(row.kind, row.band): row.count for row in counts if row.stage == "raised"}
    kinds = sorted({kind for kind, _ in raised})
    bands = [band for band in BANDS if any((kind, band) in raised for kind in kinds)]
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2))
    table.add_column("  kind")
    for band in bands:
        table.add_column(band or "without band", justify="right")
    for kind in kinds:
        cells = (
            Text(f"{raised[kind, band]:,}" if (kind, band) in raised else "", style=_style(band))
            for band in bands
        )
        table.add_row(f"  {kind}", *cells)
    return table if kinds else NONE


def _worth_saving(views: Iterable[CustomerState]) -> Table | Text:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column("  customer")
    table.add_column("level")
    table.add_column("at stake / year", justify="right")
    table.add_column("risk", justify="right")
    table.add_column("basis")
    table.add_column("why", overflow="fold")
    for view in views:
        raising = [reason.text for reason in view.reasons if reason.contribution > 0]
        table.add_row(
            Text(f"  {view.customer_id}", style="bold"),
            view.level or "",
            money(view.value_at_stake, view.currency),
            Text(f"{view.probability:.0%}", style=_style(view.band or "")),
            view.basis or "",
            "; ".join(raising[:REASONS_SHOWN]),
        )
    return table if table.row_count else NONE


def _counted(counts: Iterable[tuple[str, int]]) -> str:
    told = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts)
    return told or "none"


def _incident(incident: Incident) -> str:
    about = (incident.product_id, incident.category, incident.cause, incident.channel)
    named = ", ".join(part for part in (*about, incident.region) if part)
    end = f"{incident.ended_at:%Y-%m-%d %H:%M}" if incident.ended_at else "still open"
    return (
        f"{named}: {incident.started_at:%Y-%m-%d %H:%M} to {end}, {incident.observed} complaints "
        f"of {incident.customers} customers where {incident.expected:.1f} were to be expected"
    )


def _style(band: str) -> str:
    return BAND_STYLES.get(band, "")
