"""``churnstream portfolio``: the customer pyramid and the ABC, and what they hold (D4, D5)."""

from pathlib import Path

import click
import orjson
from rich.console import Console

from streams.cli.lookup import progress_bar, published_portfolio, reader_of, replay_option
from streams.cli.options import kafka_options
from streams.cli.portfolio_view import document, print_portfolio
from streams.errors import ChurnstreamError

EXAMPLES = """\b
Examples:
  churnstream portfolio
  churnstream portfolio --json | jq .concentration.profit
  churnstream portfolio --brokers kafka-1:9092 --topic-prefix shop.
  churnstream replay --source examples/cdnow/source.toml --out out
  churnstream portfolio --replay out
"""


class NoPortfolioError(ChurnstreamError):
    """There is no portfolio to show yet."""


@click.command(epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@replay_option
@kafka_options
def portfolio(
    brokers: str | None, topic_prefix: str | None, replayed: Path | None, as_json: bool
) -> None:
    """Show the customer pyramid and the ABC: customers, revenue, profit, moves, churn by level.

    Of the active customers, as of the end of the newest day on which some were reviewed; moves
    and churn are those of one review interval. Exit status 1 if there is no portfolio yet.
    """
    with reader_of(replayed, brokers, topic_prefix) as reader, progress_bar() as bar:
        found = published_portfolio(reader, bar)
    if found is None:
        raise NoPortfolioError(
            "topic portfolio holds no portfolio yet: the first is published when a day has passed "
            "on which active customers were reviewed"
        )
    if as_json:
        click.echo(orjson.dumps(document(found), option=orjson.OPT_INDENT_2))
    else:
        print_portfolio(Console(), found)
