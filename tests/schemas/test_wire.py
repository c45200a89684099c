"""Our own records: written deterministically, read strictly."""

import math
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from msgspec import Struct

from schemas.codec import SchemaError, decode_output, encode
from schemas.interaction import Interaction
from schemas.portfolio import Portfolio
from schemas.portfolio_fact import PortfolioFact

FACT = PortfolioFact(partition=2, bucket=15096, customers=3, revenue=12.5, sketch={"a": None})
WRITTEN = encode(FACT, id="2/15096", subject="2", time=1291191960.125)


def edited(**changes: Any) -> bytes:
    """The written record with other members."""
    return orjson.dumps(orjson.loads(WRITTEN) | changes)


def test_a_record_is_a_structured_cloudevent_of_compact_json() -> None:
    assert WRITTEN == (
        b'{"specversion":"1.0","id":"2/15096","source":"churnstream",'
        b'"type":"churnstream.portfolio_fact.v1","subject":"2",'
        b'"time":"2010-12-01T08:26:00.125000Z","datacontenttype":"application/json",'
        b'"data":{"partition":2,"bucket":15096,"customers":3,"revenue":12.5,"sketch":{"a":null}}}'
    )


def test_reading_gives_back_what_was_written() -> None:
    assert decode_output("portfolio-facts", WRITTEN) == FACT
    assert decode_output("portfolio-facts", WRITTEN, PortfolioFact) == FACT


def test_what_is_absent_is_not_written() -> None:
    event = Interaction(
        customer_id="a", kind="visit", occurred_at=datetime(2010, 12, 1, tzinfo=UTC)
    )
    data = orjson.loads(encode(event, id="1", subject="a", time=0.0))["data"]
    assert data == {"customer_id": "a", "kind": "visit", "occurred_at": "2010-12-01T00:00:00Z"}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_never_written(number: float) -> None:
    fact = PortfolioFact(
        partition=2, bucket=1, customers=3, revenue=1.0, sketch={"counts": [1.0, number]}
    )
    with pytest.raises(SchemaError, match=r"portfolio-facts\.sketch\.counts\[1\] is -?(nan|inf)"):
        encode(fact, id="1", subject="2", time=0.0)


def test_only_payloads_of_a_topic_are_written() -> None:
    class Stray(Struct):
        """On no topic."""

    with pytest.raises(SchemaError, match="Stray is the payload of no topic"):
        encode(Stray(), id="1", subject="2", time=0.0)


def test_fields_that_a_newer_program_added_are_ignored() -> None:
    data = orjson.loads(WRITTEN)["data"] | {"added_later": 1}
    assert decode_output("portfolio-facts", edited(data=data, extension="x")) == FACT


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"null",
        b"{}",
        WRITTEN[:-2],
        WRITTEN.replace(b"churnstream", b"\xff"),
        edited(specversion="2.0"),
        edited(type="churnstream.portfolio.v1"),
        edited(type="churnstream.portfolio_fact.v2"),
        edited(type="churnstream.portfolio_fact.v0"),
        edited(data={}),
        edited(data={"partition": "2"}),
        b"[" * 100_000,
    ],
    ids=lambda value: repr(value[:40]),
)
def test_records_that_break_the_contract_raise(value: bytes) -> None:
    with pytest.raises(SchemaError, match="portfolio-facts"):
        decode_output("portfolio-facts", value)


def test_a_wrong_expectation_of_the_caller_is_told() -> None:
    with pytest.raises(SchemaError, match="portfolio-facts carries PortfolioFact"):
        decode_output("portfolio-facts", WRITTEN, Portfolio)


def test_unknown_topics_are_told_with_those_that_exist() -> None:
    with pytest.raises(SchemaError, match=r"no topic is called 'x'.*churn-risk"):
        decode_output("x", WRITTEN)
