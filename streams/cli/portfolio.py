"""``churnstream portfolio``: the customer pyramid and the ABC, and what they hold (D4, D5)."""

from pathlib import Path

import click
import orjson
from rich.console import Console

from schemas.codec import decode_output
from schemas.portfolio import Portfolio
from streams.cli.options import kafka_options
from streams.cli.portfolio_view import document, print_portfolio
from streams.cli.topic_records import records_of, snapshot_option
from streams.errors import ChurnstreamError

TOPIC = "portfolio"

EXAMPLES = """\b
Examples:
  churnstream portfolio
  churnstream portfolio --json | jq .concentration.profit
  churnstream portfolio --brokers kafka-1:9092 --topic-prefix shop.
  churnstream replay --source examples/cdnow/source.toml --out out
  churnstream portfolio --snapshot out
"""


class NoPortfolioError(ChurnstreamError):
    """There is no portfolio to show yet."""


@click.command(epilog=EXAMPLES)
@snapshot_option(TOPIC)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@kafka_options
def portfolio(
    brokers: str | None, topic_prefix: str | None, snapshot: Path | None, as_json: bool
) -> None:
    """Show the customer pyramid and the ABC: customers, revenue, profit, moves, churn by level.

    Of the active customers, as of the end of the newest day on which some were reviewed; moves
    and churn are those of one review interval. Exit status 1 if there is no portfolio yet.
    """
    records, place = records_of(TOPIC, snapshot, brokers, topic_prefix)
    newest = dict(records).get(TOPIC)
    if newest is None:
        raise NoPortfolioError(
            f"{place} holds no portfolio yet: the first is published when a day has passed on "
            "which active customers were reviewed"
        )
    found = decode_output(TOPIC, newest, Portfolio)
    if as_json:
        click.echo(orjson.dumps(document(found), option=orjson.OPT_INDENT_2))
    else:
        print_portfolio(Console(), found)
