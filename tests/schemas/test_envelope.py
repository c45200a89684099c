"""CloudEvents 1.0: structured, binary and plain records say the same."""

import pytest

from schemas.codec import RejectReason
from tests.schemas.records import bad, changed, enveloped, good

HEADERS = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"ce-1"),
    ("ce_source", b"/shop"),
    ("ce_type", b"churnstream.interaction.v1"),
    ("ce_subject", b"17850"),
    ("ce_time", b"2010-12-01T08:26:00Z"),
    ("content-type", b"application/json; charset=utf-8"),
]
STRUCTURED = [("content-type", b"application/cloudevents+json; charset=UTF-8")]


def test_all_modes_read_the_same() -> None:
    plain = good(changed())
    assert good(enveloped(changed())) == plain
    assert good(enveloped(changed()), headers=STRUCTURED) == plain
    assert good(changed(), headers=HEADERS) == plain


def test_structured_attributes_fill_what_the_data_lack() -> None:
    data = changed(event_id=..., customer_id=..., occurred_at=...)
    decoded = good(enveloped(data, subject="17850", time="2010-12-01T09:26:00+01:00"))
    assert decoded.payload == good(changed(event_id="ce-1")).payload


def test_binary_attributes_fill_what_the_data_lack() -> None:
    data = changed(event_id=..., customer_id=None, occurred_at="")
    assert good(data, headers=HEADERS).payload == good(changed(event_id="ce-1")).payload


def test_the_data_have_the_last_word() -> None:
    event = enveloped(changed(), subject="somebody else", time="2001-01-01T00:00:00Z")
    assert good(event) == good(changed())


def test_the_id_of_the_event_goes_before_the_place() -> None:
    assert good(enveloped(changed(event_id=...))).event_id == "ce-1"


@pytest.mark.parametrize("type_", ["com.example.shop.sold", "churnstreamer.sale.v9"])
def test_types_of_the_company_are_taken_for_what_the_topic_carries(type_: str) -> None:
    assert good(enveloped(changed(), type=type_)) == good(changed())


@pytest.mark.parametrize("content", ["application/json", "application/vnd.shop+json; v=1"])
def test_json_content_types_are_read(content: str) -> None:
    assert good(enveloped(changed(), datacontenttype=content)) == good(changed())


def test_extensions_and_nulls_are_part_of_the_specification() -> None:
    event = enveloped(changed(), traceparent="00-ab", subject=None, dataschema="urn:x")
    assert good(event) == good(changed())


def test_specversion_may_stand_anywhere() -> None:
    event = dict(reversed(enveloped(changed()).items()))
    assert good(event) == good(changed())


def test_a_duplicate_attribute_is_rejected() -> None:
    value = b'{"specversion":"1.0","id":"1","id":"2","source":"s","type":"t","data":{}}'
    assert bad(value).reason is RejectReason.DUPLICATE_KEY


def test_an_id_that_is_too_long_for_an_event_id_is_rejected() -> None:
    event = enveloped(changed(event_id=...), id="x" * 201)
    assert bad(event).reason is RejectReason.ID_TOO_LONG
    assert good(enveloped(changed(), id="x" * 201)).event_id == "536365/1"


def test_structured_content_must_hold_an_event() -> None:
    assert bad(changed(), headers=STRUCTURED).reason is RejectReason.UNSUPPORTED_SPECVERSION
