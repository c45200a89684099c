"""``churnstream incidents``: what many customers complain about at once, open and over."""

from collections.abc import Iterable
from pathlib import Path

import click
import msgspec
import orjson
from rich.console import Console
from rich.table import Table

from schemas.incident import Incident
from streams.cli.alert_lines import about_of, money
from streams.cli.lookup import progress_bar, reader_of, records, replay_option
from streams.cli.options import kafka_options
from streams.cli.watch import alerts_in

TOPIC = "incidents"

EXAMPLES = """\b
Examples:
  churnstream incidents
  churnstream incidents --open
  churnstream incidents --json | jq '.[] | select(.cause == "product_defect")'
  churnstream replay --source shop.toml --out out
  churnstream incidents --replay out
"""


@click.command(epilog=EXAMPLES)
@click.option("--open", "only_open", is_flag=True, help="Only those that last.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document: a list of incidents.")
@replay_option
@kafka_options
def incidents(
    brokers: str | None,
    topic_prefix: str | None,
    replayed: Path | None,
    as_json: bool,
    only_open: bool,
) -> None:
    """Show the incidents (surges of complaints), each as it was told of last, the newest first.

    An incident is named by the product, category, cause, channel or region that its complaints
    have in common. Exit status 0 also when there is none.
    """
    with reader_of(replayed, brokers, topic_prefix) as reader, progress_bar() as bar:
        told = (alert for _, alert in alerts_in(records(reader, TOPIC, bar)))
        found = latest(alert for alert in told if isinstance(alert, Incident))
    if only_open:
        found = [incident for incident in found if incident.stage != "closed"]
    if as_json:
        click.echo(orjson.dumps(msgspec.to_builtins(found), option=orjson.OPT_INDENT_2))
    elif found:
        Console().print(_table(found))
    else:
        click.echo("no incident is open" if only_open else "no incident so far")


def latest(incidents: Iterable[Incident]) -> list[Incident]:
    """The last step of every incident, the one that began last first."""
    last: dict[str, Incident] = {}
    for incident in incidents:
        known = last.get(incident.incident_id)
        # After a restart steps are told again, with the same ids and times.
        if known is None or incident.occurred_at >= known.occurred_at:
            last[incident.incident_id] = incident
    return sorted(last.values(), key=lambda i: (i.started_at, i.incident_id), reverse=True)


def _table(found: Iterable[Incident]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    for name in ("started (UTC)", "until", "about", "complaints", "usual", "customers", "a year"):
        table.add_column(name, justify="left" if name in ("started (UTC)", "about") else "right")
    for incident in found:
        until = f"{incident.ended_at:%m-%d %H:%M}" if incident.ended_at else "open"
        table.add_row(
            f"{incident.started_at:%Y-%m-%d %H:%M}",
            until,
            about_of(incident),
            f"{incident.observed:,}",
            f"{incident.expected:,.1f}",
            f"{incident.customers:,}",
            money(incident.value_at_stake, incident.currency),
        )
    return table
