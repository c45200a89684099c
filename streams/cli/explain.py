"""``churnstream explain CUSTOMER``: what a probability is made of, and what would lower it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec
import orjson
from rich.console import Console

from detectors.account import NoAccountError, account_of, scorer_with
from detectors.customer.state import CustomerState, StateVersionError, decode_state
from detectors.customer.stored import StateDamageError, decoded
from detectors.policy import load_policy
from schemas.codec import decode_output
from schemas.customer_state import CustomerState as CustomerView
from schemas.limits import MAX_ID_LENGTH
from streams.cli.customer import STATE_TOPIC, CustomerNotFoundError
from streams.cli.explain_view import print_account
from streams.cli.lookup import (
    latest,
    progress_bar,
    published_models,
    published_portfolio,
    reader_of,
    replay_option,
)
from streams.cli.options import kafka_options
from streams.cli.source_options import policy_option
from streams.errors import ChurnstreamError
from streams.topics import CHANGELOG

EXAMPLES = """\b
Examples:
  churnstream explain 17841
  churnstream explain 17841 --at 2011-06-10
  churnstream explain 17841 --replay out --policy policy.toml
  churnstream explain 17841 --json | jq '.contributions[] | [.contribution, .text]'
"""


class ExplainError(ChurnstreamError):
    """The customer is known, but not so that its probability can be explained."""


def _parse_at(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """A date as the end of that day, a time as it is (UTC when it has no offset), in epoch s."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no date or time; permitted: 2011-06-10 or 2011-06-10T12:00+02:00"
        ) from None
    if len(value) == len("2011-06-10"):
        moment += timedelta(days=1)
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


@click.command(epilog=EXAMPLES)
@click.argument("customer_id", metavar="CUSTOMER")
@click.option(
    "--at",
    metavar="DATE",
    callback=_parse_at,
    help="The end of this day, or a moment, instead of the last published score.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@replay_option
@policy_option
@kafka_options
def explain(
    brokers: str | None,
    topic_prefix: str | None,
    policy: str | None,
    replayed: Path | None,
    customer_id: str,
    at: float | None,
    as_json: bool,
) -> None:
    """Show what a customer's probability is made of, what moved it, and what would lower it.

    Computed anew from the customer's state (the changelog of the workers with CHURNSTREAM_APP_ID,
    or the end of a replay) and the models in the archive, by the policy of that time. Exit
    status 1 if the customer is unknown.
    """
    if not 1 <= len(customer_id) <= MAX_ID_LENGTH:
        raise click.BadParameter(f"1 to {MAX_ID_LENGTH} characters", param_hint="CUSTOMER")
    rules = load_policy(policy)
    with reader_of(replayed, brokers, topic_prefix) as reader, progress_bar() as bar:
        key = customer_id.encode()
        state = _state(customer_id, latest(reader, CHANGELOG, key, bar), replayed)
        view = latest(reader, STATE_TOPIC, key, bar) if at is None else None
        models = published_models(reader, bar)
        portfolio = published_portfolio(reader, bar)
    spoke = None if view is None else decode_output(STATE_TOPIC, view, CustomerView).model_version
    try:
        account = account_of(state, scorer_with(models, rules, spoke, portfolio), rules, at)
    except NoAccountError as error:
        raise ExplainError(str(error)) from None
    if as_json:
        click.echo(orjson.dumps(msgspec.to_builtins(account), option=orjson.OPT_INDENT_2))
    else:
        print_account(Console(), account, rules)


def _state(customer_id: str, value: bytes | None, replayed: Path | None) -> CustomerState:
    if value is None and replayed is not None:
        raise CustomerNotFoundError(
            f"customer {customer_id!r} is not in the replay {replayed}: is the id right? "
            f"({replayed}/{CHANGELOG}.jsonl holds all)"
        )
    if value is None:
        raise CustomerNotFoundError(
            f"customer {customer_id!r} is not in the workers' changelog: is the id right, and "
            "CHURNSTREAM_APP_ID that of the workers? (`churnstream watch --from-beginning` shows "
            "ids)"
        )
    try:
        return decoded(decode_state, customer_id.encode(), value)
    except StateVersionError as error:
        raise ExplainError(str(error)) from None
    except StateDamageError as error:
        raise ExplainError(
            f"{error}; only a record with this key and no value on the topic {CHANGELOG} helps, "
            "from which on the customer is a new one"
        ) from None
