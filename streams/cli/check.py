"""``churnstream check``: is a policy, is a source what it should be?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import time
from typing import Any

import click
import orjson

from detectors.policy import Policy, effective_toml, load_policy
from schemas.codec import Codec, Rejected
from streams.cli.source_options import load_sources, policy_option, rows_told, source_option
from streams.decoding import codec_of
from streams.sources.events import EncodedEvent
from streams.sources.source import Source

EXAMPLES = """\b
Examples:
  churnstream check --policy policy.toml
  churnstream check --source shop.toml
  churnstream check --policy policy.toml --source shop.toml --rows 100000 --json
"""
_SAMPLES = 2
_REJECTS = 5


@dataclass(slots=True)
class Finding:
    """What the first rows of a source come to."""

    source: Source
    samples: list[EncodedEvent] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    """Events that the codec refuses, by reason."""
    examples: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """At least one event, no bad row, and no refused event."""
        counts = self.source.counts
        return counts.taken > 0 and not counts.bad and not self.rejected

    def document(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        return {
            "file": str(self.source.path),
            **self.source.counts.document(),
            "rejected": dict(sorted(self.rejected.items())),
            "rejected_examples": self.examples,
            "samples": [
                {"topic": e.topic, "key": e.key.decode(), "value": orjson.loads(e.value)}
                for e in self.samples
            ],
        }


@click.command(epilog=EXAMPLES)
@policy_option
@source_option(required=False)
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="Rows of each source that are tried.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def check(
    ctx: click.Context, policy: str | None, sources: Sequence[str], rows: int, as_json: bool
) -> None:
    """Validate a policy and source files, and show what applies.

    Prints the effective policy (every key with the value in force), and for each source how many
    of the first rows each rule takes, sample events, and what would be refused. Exits with 1 when
    a file is wrong, or when a row is bad or refused.
    """
    rules = load_policy(policy)
    findings = [try_source(source, rules, rows) for source in load_sources(sources)]
    if as_json:
        document = {
            "policy": effective_toml(rules),
            "sources": [finding.document() for finding in findings],
        }
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(policy, rules, findings)
    if not all(finding.good for finding in findings):
        ctx.exit(1)


def try_source(source: Source, policy: Policy, rows: int) -> Finding:
    """Turn at most so many rows into events, and let the codec judge them."""
    finding, codec, now = Finding(source), codec_of(policy), time()
    sampled: Counter[int] = Counter()
    for event in source.events(rows):
        encoded = event.encoded()
        sampled[event.rule] += 1
        if sampled[event.rule] <= _SAMPLES:
            finding.samples.append(encoded)
        _judge(finding, codec, encoded, now)
    return finding


def _judge(finding: Finding, codec: Codec, event: EncodedEvent, now: float) -> None:
    verdict = codec.decode(
        event.topic, event.value, key=event.key, received_at=now, source=event.path
    )
    if isinstance(verdict, Rejected):
        finding.rejected[str(verdict.reason)] += 1
        if len(finding.examples) < _REJECTS:
            finding.examples.append(
                f"{event.path}, row {event.row}: {verdict.reason}: {verdict.detail}"
            )


def _print(path: str | None, policy: Policy, findings: Sequence[Finding]) -> None:
    click.echo(f"# {path or 'the built-in policy'}: good; these values apply")
    click.echo(effective_toml(policy).rstrip())
    for finding in findings:
        _print_finding(finding)


def _print_finding(finding: Finding) -> None:
    counts = finding.source.counts
    click.echo(f"\n# {rows_told(finding.source)}")
    for number, (label, rows) in enumerate(zip(counts.labels, counts.by_rule, strict=True), 1):
        click.echo(f"rule {number} ({label}): {rows:,} rows")
    for event in finding.samples:
        click.echo(f"{event.topic} {event.key.decode()}: {event.value.decode()}")
    for example in counts.examples:
        click.echo(f"bad: {example}")
    for example in finding.examples:
        click.echo(f"refused: {example}")
    if finding.good:
        click.echo("good")
    elif counts.taken:
        click.echo(f"{counts.bad} bad rows, {finding.rejected.total()} refused events")
    else:
        click.echo("no rule takes any of these rows; look at when")
