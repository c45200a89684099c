"""``churnstream tune``: thresholds, review interval and horizon by what contacts bring."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import orjson

from detectors.policy import load_policy
from streams.cli.reading import reading_shown
from streams.cli.source_options import (
    load_sources,
    policy_option,
    source_option,
    tell_bad_rows,
)
from streams.cli.tune_view import about, print_tuning
from streams.garbage import collect_rarely
from streams.sources.source import Source
from streams.tune.document import document_of
from streams.tune.errors import TuneError
from streams.tune.policy_file import check_free, write_policy
from streams.tune.search import Begin, check_business
from streams.tune.search import tune as run_tune

EXAMPLES = """\b
Examples:
  churnstream tune --source examples/cdnow/source.toml --policy examples/cdnow/policy.toml
  churnstream tune --source shop.toml --policy policy.toml --out tuned.toml
  churnstream tune --source shop.toml --policy policy.toml --out tuned.toml --overwrite
  churnstream tune --source shop.toml --policy policy.toml --json | jq .expected
"""


@click.command(epilog=EXAMPLES)
@source_option(required=True)
@policy_option
@click.option(
    "--out",
    metavar="NEW.toml",
    type=click.Path(path_type=Path),
    help="Write the proposed policy, whole, to this file (default: only show it).",
)
@click.option("--overwrite", is_flag=True, help="Let --out replace a file that exists.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def tune(
    sources: Sequence[str], policy: str | None, out: Path | None, overwrite: bool, as_json: bool
) -> None:
    """Propose thresholds, review interval and horizon from the business numbers in the policy.

    The numbers are those of [business]: margin, contact_cost, save_rate and capacity. The live
    system runs over the past once for each candidate, some minutes on large files; thresholds are
    chosen on the first part of it, and what they bring is measured on the later part. docs/tune.md
    says how. Exits with 1 when nothing can be judged, or when no proposal can be written to --out.
    """
    rules = load_policy(policy)
    check_business(rules.business)
    if out is not None:
        check_free(out, overwrite=overwrite)
    elif overwrite:
        raise click.UsageError("--overwrite is for the file of --out")
    loaded = load_sources(sources)
    collect_rarely()
    with trials_shown(loaded) as begin:
        tuning = run_tune(loaded, rules, begin)
    tell_bad_rows(loaded)
    document = document_of(tuning)
    if as_json:
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    else:
        print_tuning(document)
    for warning in document["warnings"]:
        click.echo(f"note: {warning}", err=True)
    if out is not None:
        if tuning.proposal is None:
            raise TuneError(f"{out} was not written: {tuning.why_not}")
        write_policy(out, tuning.proposal, about(document), overwrite=overwrite)
        click.echo(f"{out} written", err=True)


@contextmanager
def trials_shown(sources: Sequence[Source]) -> Iterator[Begin]:
    """Tell each trial as it begins, and how far it has come."""
    with ExitStack() as shown:
        number = 0

        def begin(what: str) -> Callable[[int], None]:
            nonlocal number
            number += 1
            shown.close()
            click.echo(f"trial {number}: {what}", err=True)
            return shown.enter_context(reading_shown(sources))

        yield begin
