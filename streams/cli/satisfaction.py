"""``churnstream satisfaction``: what customers say and do, and which areas go with churn (D11)."""

from pathlib import Path

import click
import orjson
from rich.console import Console

from streams.cli.lookup import progress_bar, published_portfolio, reader_of, replay_option
from streams.cli.options import kafka_options
from streams.cli.satisfaction_view import document, print_satisfaction
from streams.errors import ChurnstreamError

EXAMPLES = """\b
Examples:
  churnstream satisfaction
  churnstream satisfaction --json | jq '.areas[] | select(.is_clear)'
  churnstream satisfaction --brokers kafka-1:9092 --topic-prefix shop.
  churnstream replay --source examples/cdnow/source.toml --out out
  churnstream satisfaction --replay out
"""


class NothingToldError(ChurnstreamError):
    """Nothing is known of the customers' satisfaction yet."""


@click.command(epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@replay_option
@kafka_options
def satisfaction(
    brokers: str | None, topic_prefix: str | None, replayed: Path | None, as_json: bool
) -> None:
    """Show surveys, repurchase and complaints, and the areas that go with churn.

    All of the latest portfolio: active customers, each by its newest answer. The areas (causes,
    products and channels of complaints, bad answers) are those that customers had when churn was
    predicted of them, ranked by how much more of these left: the lower end of the interval of the
    difference counts. It is an association; what makes them leave may be something else. Exit
    status 1 if there is nothing to show yet.
    """
    with reader_of(replayed, brokers, topic_prefix) as reader, progress_bar() as bar:
        found = published_portfolio(reader, bar)
    if found is None or found.satisfaction is None:
        raise NothingToldError(
            "topic portfolio tells nothing of satisfaction yet: the first portfolio comes at the "
            "end of the first day on which customers are reviewed"
        )
    if as_json:
        click.echo(
            orjson.dumps(document(found.satisfaction, found.as_of), option=orjson.OPT_INDENT_2)
        )
    else:
        print_satisfaction(Console(), found.satisfaction, found.as_of)
