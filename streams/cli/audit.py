"""``churnstream audit ALERT``: compute the scores of an alert again, and say equal or not."""

from pathlib import Path

import click
import msgspec
import orjson
from rich.progress import Progress as Bar

from detectors.customer.features import feature_names
from detectors.ledger import Archive, Finding, audited
from detectors.policy import Policy, load_policy
from schemas.churn_risk import ChurnRisk
from streams.cli.lookup import (
    Reader,
    archived_models,
    places_of,
    progress_bar,
    reader_of,
    records,
    replay_option,
)
from streams.cli.options import kafka_options
from streams.cli.source_options import policy_option
from streams.cli.watch import alerts_in
from streams.errors import ChurnstreamError
from streams.kafka.reading import Item

TOPIC = "churn-risk"
EXAMPLES = """\b
Examples:
  churnstream audit 3f8a1c0d9e2b4a6f8c1d0e2f
  churnstream audit 3f8a1c0d9e2b4a6f8c1d0e2f --customer 17841
  churnstream audit 3f8a1c0d9e2b4a6f8c1d0e2f --replay out
  churnstream audit 3f8a1c0d9e2b4a6f8c1d0e2f --json | jq '.steps[].verdict'
"""


class AlertNotFoundError(ChurnstreamError):
    """No churn alert of this id is on the topic."""


@click.command(epilog=EXAMPLES)
@click.argument("alert_id", metavar="ALERT")
@click.option(
    "--customer",
    "customer_id",
    metavar="ID",
    help="The alert's customer: then only its partition is read.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@replay_option
@policy_option
@kafka_options
@click.pass_context
def audit(
    ctx: click.Context,
    brokers: str | None,
    topic_prefix: str | None,
    policy: str | None,
    replayed: Path | None,
    alert_id: str,
    customer_id: str | None,
    as_json: bool,
) -> None:
    """Compute every score of a churn alert again from the log, and say whether it is equal.

    Takes the inputs from the alert's ledger and the model from the archive; the present state,
    policy and model do not matter. Exit status 0 if every step is equal to the last bit, 1 if one
    differs or cannot be computed any more, with the reason.
    """
    rules = load_policy(policy)
    with reader_of(replayed, brokers, topic_prefix) as reader, progress_bar() as bar:
        steps = _steps(reader, alert_id, customer_id, bar)
        archive = Archive.of(archived_models(reader, bar), feature_names(rules))
    findings = [audited(step, archive) for step in steps]
    equal = all(finding.verdict == "equal" for finding in findings)
    if as_json:
        document = {
            "alert_id": alert_id,
            "customer_id": steps[0].customer_id,
            "equal": equal,
            "steps": findings,
        }
        click.echo(orjson.dumps(msgspec.to_builtins(document), option=orjson.OPT_INDENT_2))
    else:
        click.echo(f"Alert {alert_id} of customer {steps[0].customer_id}")
        for finding in findings:
            click.echo(f"  {_line(finding, rules)}")
        click.echo("equal" if equal else "not equal")
    ctx.exit(0 if equal else 1)


def _line(finding: Finding, policy: Policy) -> str:
    told = f"{finding.occurred_at:%Y-%m-%d %H:%M} {finding.stage}: {finding.verdict}"
    if finding.recomputed is not None:
        told += f", {finding.recomputed!r} by {finding.model_version}"
    if finding.because is not None:
        told += f": {finding.because}"
    if finding.policy not in (None, policy.fingerprint):
        told += " (the policy was another one then)"
    return told


def _steps(reader: Reader, alert_id: str, customer_id: str | None, bar: Bar) -> list[ChurnRisk]:
    """The records of the alert, each once however often it was sent, in order of time."""
    partitions = None
    if customer_id is not None:
        partitions, _ = places_of(reader, TOPIC, customer_id.encode())
    found: dict[bytes, Item] = {}
    for item in records(reader, TOPIC, bar, partitions):
        if item.value is not None and alert_id.encode() in item.value:
            found[item.value] = item
    steps = [
        alert
        for _, alert in alerts_in(found.values())
        if isinstance(alert, ChurnRisk) and alert.alert_id == alert_id
    ]
    if not steps:
        where = "" if customer_id is None else f" in the partition of customer {customer_id!r}"
        raise AlertNotFoundError(
            f"alert {alert_id!r} is not in topic {TOPIC}{where}: is the id right? Alerts are kept "
            "for 90 days (`churnstream customer ID` shows those of a customer)"
        )
    return sorted(steps, key=lambda step: step.occurred_at)
