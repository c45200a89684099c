"""What is read: fallbacks, times, signs, unknown fields."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.codec import Codec, SchemaError
from schemas.interaction import SIGNED_KINDS, Interaction
from schemas.limits import Limits
from schemas.profile import Profile
from tests.schemas.records import GOOD, RECEIVED_AT, SOURCE, bad, changed, decode, good

LONDON = Codec(default_zone=ZoneInfo("Europe/London"))


@pytest.mark.parametrize("topic", GOOD)
def test_the_least_of_every_topic_is_read(topic: str) -> None:
    decoded = good(changed(topic), topic)
    assert decoded.unknown_fields == 0
    assert decoded.payload.customer_id == "17850"
    assert decoded.occurred_at == decoded.payload.occurred_at.timestamp()


def test_a_typical_interaction() -> None:
    decoded = good(changed())
    assert decoded.event_id == "536365/1"
    assert decoded.occurred_at == 1291191960.0
    assert decoded.payload == Interaction(
        event_id="536365/1",
        customer_id="17850",
        kind="purchase",
        occurred_at=datetime(2010, 12, 1, 8, 26, tzinfo=UTC),
        product_id="85123A",
        quantity=6.0,
        unit_price=2.55,
        currency="GBP",
    )


@pytest.mark.parametrize("missing", [..., None, ""])
def test_an_event_without_id_is_named_by_its_place(missing: Any) -> None:
    decoded = good(changed(event_id=missing))
    assert decoded.event_id == SOURCE
    assert decoded.payload.event_id == SOURCE


def test_unknown_kinds_are_kept() -> None:
    payload = good(changed(kind="séance d'essai")).payload
    assert isinstance(payload, Interaction)
    assert payload.kind == "séance d'essai"


def test_unknown_fields_are_counted() -> None:
    assert good(changed(colour="red", size={"a": [1, {"b": 2}]}, empty=None)).unknown_fields == 3


def test_null_and_empty_text_mean_absent() -> None:
    spoken = good(changed(order_id="", category=None, attributes=None, currency=""))
    assert spoken.payload == good(changed(currency=...)).payload
    assert spoken.unknown_fields == 0


def test_texts_that_look_like_json_are_no_duplicate_keys() -> None:
    text = '","kind":"x","kind":"y'
    payload = good(changed(category=text, attributes={"a": text})).payload
    assert isinstance(payload, Interaction)
    assert payload.category == text


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2010-12-01T08:26:00Z", datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
        ("2010-12-01T08:26:00+00:00", datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
        ("2010-12-01T08:26:00.25+02:00", datetime(2010, 12, 1, 6, 26, 0, 250_000, tzinfo=UTC)),
        ("1900-01-01T00:00:00+14:00", datetime(1899, 12, 31, 10, tzinfo=UTC)),
    ],
)
def test_times_are_in_utc(written: str, moment: datetime) -> None:
    decoded = good(changed(occurred_at=written))
    assert decoded.payload.occurred_at == moment
    assert decoded.payload.occurred_at.tzinfo is UTC
    assert decoded.occurred_at == moment.timestamp()


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2010-06-01T09:00:00", datetime(2010, 6, 1, 8, tzinfo=UTC)),
        ("2010-12-01T09:00:00", datetime(2010, 12, 1, 9, tzinfo=UTC)),
        ("2010-06-01", datetime(2010, 5, 31, 23, tzinfo=UTC)),
    ],
)
def test_a_default_zone_reads_local_times(written: str, moment: datetime) -> None:
    assert good(changed(occurred_at=written), codec=LONDON).payload.occurred_at == moment


def test_contract_dates_are_midnight_of_the_default_zone() -> None:
    decoded = good(changed("profiles", contract_end="2011-06-01"), "profiles", codec=LONDON)
    assert isinstance(decoded.payload, Profile)
    assert decoded.payload.contract_end == datetime(2011, 5, 31, 23, tzinfo=UTC)


def test_a_time_may_lie_ahead_up_to_the_limit_and_no_further() -> None:
    codec = Codec(Limits(future_limit=60))
    at_limit = datetime.fromtimestamp(RECEIVED_AT + 60, UTC)
    beyond = datetime.fromtimestamp(RECEIVED_AT + 61, UTC)
    good(changed(occurred_at=at_limit), codec=codec)
    bad(changed(occurred_at=beyond), codec=codec)


@pytest.mark.parametrize("kind", [*sorted(SIGNED_KINDS), "adjustment"])
@pytest.mark.parametrize("sign", [-1, 1])
def test_returns_payments_and_own_kinds_keep_their_sign(kind: str, sign: int) -> None:
    payload = good(changed(kind=kind, quantity=2 * sign, amount=5.1 * sign)).payload
    assert isinstance(payload, Interaction)
    assert (payload.quantity, payload.amount) == (2 * sign, 5.1 * sign)


def test_attributes_keep_their_types() -> None:
    given = {"a": 1, "b": 1.5, "c": True, "d": None, "e": "", "f": "x\ny"}
    payload = good(changed(attributes=given)).payload
    assert isinstance(payload, Interaction)
    assert payload.attributes == given
    assert type(payload.attributes["a"]) is int
    assert payload.attributes["c"] is True


def test_headers_that_are_no_cloudevent_do_not_matter() -> None:
    headers = [("trace", b"\xff"), ("content-type", b"text/plain")]
    assert decode(changed(), headers=headers) == decode(changed())


def test_ids_of_other_scripts_and_full_length_are_read() -> None:
    customer = "顧客-Ünsal " + "x" * 189
    decoded = good(changed(customer_id=customer), key=customer.encode())
    assert decoded.payload.customer_id == customer


@pytest.mark.parametrize("topic", ["churn-risk", "nonsense"])
def test_a_topic_that_is_no_input_is_a_fault_of_the_caller(topic: str) -> None:
    with pytest.raises(SchemaError, match=topic):
        decode(changed(), topic)


@pytest.mark.parametrize(
    "limits",
    [{"max_bytes": 0}, {"max_depth": 2}, {"max_id_length": 201}, {"future_limit": -1}],
    ids=str,
)
def test_limits_that_make_no_sense_are_refused(limits: dict[str, int]) -> None:
    (name,) = limits
    with pytest.raises(ValueError, match=f"{name} is .*permitted"):
        Limits(**limits)
