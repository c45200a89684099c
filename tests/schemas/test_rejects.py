"""Every reject reason: its list is closed, and each member can be reached."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.codec import Codec, Rejected, RejectReason
from schemas.limits import Limits
from tests.schemas.records import bad, changed, enveloped

R = RejectReason


def _deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


BINARY = [("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_source", b"/s"), ("ce_type", b"t")]

CASES: list[tuple[RejectReason, str, Callable[[], Rejected]]] = [
    (R.TOMBSTONE, "no value", lambda: bad(None)),
    (R.EMPTY_VALUE, "no byte", lambda: bad(b"")),
    (R.EMPTY_VALUE, "white space", lambda: bad(b" \n\t ")),
    (R.TOO_LARGE, "10 MB", lambda: bad(b'{"a":"' + b"x" * 10_000_000 + b'"}')),
    (
        R.TOO_LARGE,
        "just over a limit of one's own",
        lambda: bad(b" " * 101, codec=Codec(Limits(max_bytes=100))),
    ),
    (R.INVALID_UTF8, "a lone byte", lambda: bad(b'{"customer_id":"\xff"}')),
    (R.INVALID_UTF8, "Latin-1", lambda: bad(b'{"customer_id":"M\xfcller"}')),
    (R.INVALID_UTF8, "in a header", lambda: bad(changed(), headers=[*BINARY, ("ce_id", b"\xff")])),
    (R.INVALID_JSON, "truncated", lambda: bad(b'{"customer_id":"17850","kind":"purch')),
    (R.INVALID_JSON, "two documents", lambda: bad(b"{}{}")),
    (R.INVALID_JSON, "single quotes", lambda: bad(b"{'a':1}")),
    (R.INVALID_JSON, "a raw line break in a text", lambda: bad(b'{"customer_id":"a\nb"}')),
    (R.INVALID_JSON, "half a surrogate pair", lambda: bad(b'{"customer_id":"\\ud800"}')),
    (R.INVALID_JSON, "a byte order mark", lambda: bad(b"\xef\xbb\xbf{}")),
    (R.INVALID_JSON, "framed by a schema registry", lambda: bad(b"\0\0\0\0\1{}")),
    (R.NOT_FINITE, "NaN", lambda: bad(b'{"amount":NaN}')),
    (R.NOT_FINITE, "-Infinity", lambda: bad(b'{"amount":-Infinity}')),
    (R.NOT_FINITE, "1e999", lambda: bad(b'{"amount":1e999}')),
    (R.NOT_FINITE, "5,000 digits", lambda: bad(b'{"amount":' + b"1" * 5000 + b"}")),
    (R.DUPLICATE_KEY, "another value", lambda: bad(b'{"kind":"purchase","kind":"return"}')),
    (R.DUPLICATE_KEY, "escaped differently", lambda: bad(b'{"kind":"x","k\\u0069nd":"x"}')),
    (R.DUPLICATE_KEY, "white space before the colon", lambda: bad(b'{"kind":"x","kind" :"x"}')),
    (R.DUPLICATE_KEY, "null and a value", lambda: bad(b'{"kind":null,"kind":"x"}')),
    (R.DUPLICATE_KEY, "in attributes", lambda: bad(b'{"attributes":{"a":1,"a":1}}')),
    (R.TOO_DEEP, "ten levels", lambda: bad(_deep(10))),
    (R.TOO_DEEP, "40,000 levels", lambda: bad(_deep(40_000))),
    (R.TOO_DEEP, "never closed", lambda: bad(b"[" * 100_000)),
    (R.NOT_AN_OBJECT, "an array", lambda: bad([changed()])),
    (R.NOT_AN_OBJECT, "a text", lambda: bad("17850")),
    (R.NOT_AN_OBJECT, "null", lambda: bad(b"null")),
    (R.NOT_AN_OBJECT, "data is a text", lambda: bad(enveloped("{}"))),
    (R.INVALID_ENVELOPE, "no id", lambda: bad(enveloped(changed(), id=...))),
    (R.INVALID_ENVELOPE, "an empty source", lambda: bad(enveloped(changed(), source=""))),
    (R.INVALID_ENVELOPE, "a number as type", lambda: bad(enveloped(changed(), type=1))),
    (R.INVALID_ENVELOPE, "a number as subject", lambda: bad(enveloped(changed(), subject=1))),
    (R.INVALID_ENVELOPE, "no data", lambda: bad(enveloped(...))),
    (R.INVALID_ENVELOPE, "no type in headers", lambda: bad(changed(), headers=BINARY[:3])),
    (R.UNSUPPORTED_SPECVERSION, "0.3", lambda: bad(enveloped(changed(), specversion="0.3"))),
    (R.UNSUPPORTED_SPECVERSION, "a number", lambda: bad(enveloped(changed(), specversion=1.0))),
    (
        R.UNSUPPORTED_CONTENT,
        "XML in structured mode",
        lambda: bad(enveloped(changed(), datacontenttype="application/xml")),
    ),
    (
        R.UNSUPPORTED_CONTENT,
        "data_base64",
        lambda: bad(enveloped(..., data_base64="e30=")),
    ),
    (
        R.UNSUPPORTED_CONTENT,
        "Avro in binary mode",
        lambda: bad(changed(), headers=[*BINARY, ("content-type", b"application/avro")]),
    ),
    (
        R.UNSUPPORTED_CONTENT,
        "a batch",
        lambda: bad([], headers=[("content-type", b"application/cloudevents-batch+json")]),
    ),
    (
        R.WRONG_TYPE_FOR_TOPIC,
        "a complaint",
        lambda: bad(enveloped(changed(), type="churnstream.complaint.v1")),
    ),
    (
        R.WRONG_TYPE_FOR_TOPIC,
        "no version",
        lambda: bad(enveloped(changed(), type="churnstream.interaction")),
    ),
    (
        R.UNSUPPORTED_VERSION,
        "version 2",
        lambda: bad(enveloped(changed(), type="churnstream.interaction.v2")),
    ),
    (R.MISSING_KEY, "no key", lambda: bad(changed(), key=None)),
    (R.KEY_MISMATCH, "another customer", lambda: bad(changed(), key=b"13047")),
    (R.KEY_MISMATCH, "an empty key", lambda: bad(changed(), key=b"")),
    (R.KEY_MISMATCH, "no UTF-8", lambda: bad(changed(), key=b"\xff")),
    (R.MISSING_FIELD, "no kind", lambda: bad(changed(kind=...))),
    (R.MISSING_FIELD, "null", lambda: bad(changed(kind=None))),
    (R.MISSING_FIELD, "no customer", lambda: bad(changed(customer_id=...))),
    (R.MISSING_FIELD, "no time", lambda: bad(changed(occurred_at=...))),
    (R.MISSING_FIELD, "a survey without score", lambda: _feedback(kind="survey", score_nps=...)),
    (R.MISSING_FIELD, "an alert without its id", lambda: _feedback(kind="alert")),
    (R.MISSING_FIELD, "an offer without outcome", lambda: _feedback(kind="offer")),
    (R.MISSING_FIELD, "a reason without one", lambda: _feedback(kind="reason")),
    (R.WRONG_TYPE, "a number as text", lambda: bad(changed(quantity="6"))),
    (R.WRONG_TYPE, "a text as number", lambda: bad(changed(customer_id=17850))),
    (R.WRONG_TYPE, "a flag as number", lambda: bad(changed(quantity=True))),
    (R.WRONG_TYPE, "epoch seconds", lambda: bad(changed(occurred_at=1291191960))),
    (R.WRONG_TYPE, "nested attributes", lambda: bad(changed(attributes={"a": {"b": 1}}))),
    (R.WRONG_TYPE, "a list as attributes", lambda: bad(changed(attributes=[1]))),
    (R.WRONG_TYPE, "half a point", lambda: _feedback(score_nps=8.5)),
    (
        R.INVALID_VALUE,
        "an unknown stage",
        lambda: bad(changed("complaints", stage="x"), "complaints"),
    ),
    (
        R.INVALID_VALUE,
        "an unknown cause",
        lambda: bad(changed("complaints", cause="x"), "complaints"),
    ),
    (R.INVALID_VALUE, "an unknown kind of feedback", lambda: _feedback(kind="x")),
    (R.OUT_OF_RANGE, "severity 6", lambda: bad(changed("complaints", severity=6), "complaints")),
    (R.OUT_OF_RANGE, "NPS 11", lambda: _feedback(score_nps=11)),
    (R.OUT_OF_RANGE, "CSAT 0", lambda: _feedback(score_csat=0)),
    (R.OUT_OF_RANGE, "an absurd amount", lambda: bad(changed(amount=1e300))),
    (R.OUT_OF_RANGE, "an absurd attribute", lambda: bad(changed(attributes={"a": -1e13}))),
    (R.NEGATIVE, "pieces sold", lambda: bad(changed(quantity=-1))),
    (R.NEGATIVE, "a price", lambda: bad(changed(unit_price=-0.01))),
    (R.NEGATIVE, "an amount", lambda: bad(changed(amount=-1))),
    (R.NEGATIVE, "a discount", lambda: bad(changed(discount=-1))),
    (R.NEGATIVE, "a cost", lambda: bad(changed(cost=-1))),
    (
        R.NEGATIVE,
        "a compensation",
        lambda: bad(changed("complaints", compensation=-1), "complaints"),
    ),
    (R.NEGATIVE, "a wallet", lambda: bad(changed("profiles", wallet_spend=-1), "profiles")),
    (R.EMPTY_ID, "an empty customer", lambda: bad(changed(customer_id=""), key=b"")),
    (R.EMPTY_ID, "a blank customer", lambda: bad(changed(customer_id="  "), key=b"  ")),
    (R.EMPTY_ID, "a currency of two letters", lambda: bad(changed(currency="EU"))),
    (R.ID_TOO_LONG, "201 characters", lambda: bad(changed(order_id="x" * 201))),
    (R.ID_TOO_LONG, "a currency in words", lambda: bad(changed(currency="pounds"))),
    (R.ID_TOO_LONG, "an attribute's name", lambda: bad(changed(attributes={"x" * 201: 1}))),
    (
        R.ID_TOO_LONG,
        "stricter than the contract",
        lambda: bad(changed(product_id="x" * 11), codec=Codec(Limits(max_id_length=10))),
    ),
    (R.CONTROL_CHARACTER, "a line break", lambda: bad(changed(order_id="a\nb"))),
    (R.CONTROL_CHARACTER, "null", lambda: bad(changed(customer_id="a\0"), key=b"a\0")),
    (R.CONTROL_CHARACTER, "delete", lambda: bad(changed(order_id="a\x7f"))),
    (R.CONTROL_CHARACTER, "beyond ASCII", lambda: bad(changed(order_id="a\x85"))),
    (R.CONTROL_CHARACTER, "in an attribute's name", lambda: bad(changed(attributes={"\t": 1}))),
    (
        R.CONTROL_CHARACTER,
        "in the subject of a header",
        lambda: bad(
            changed(customer_id=...), key=b"a\tb", headers=[*BINARY, ("ce_subject", b"a\tb")]
        ),
    ),
    (R.INVALID_TIME, "words", lambda: bad(changed(occurred_at="yesterday"))),
    (R.INVALID_TIME, "month 13", lambda: bad(changed(occurred_at="2010-13-01T00:00:00Z"))),
    (R.INVALID_TIME, "the year 1", lambda: bad(changed(occurred_at="0001-01-01T00:00:00+14:00"))),
    (
        R.INVALID_TIME,
        "the year 9999",
        lambda: bad(changed(occurred_at="9999-12-31T23:00:00-14:00")),
    ),
    (
        R.INVALID_TIME,
        "in the envelope",
        lambda: bad(enveloped(changed(occurred_at=...), time="soon")),
    ),
    (R.TIME_WITHOUT_OFFSET, "local time", lambda: bad(changed(occurred_at="2010-12-01T08:26:00"))),
    (R.TIME_WITHOUT_OFFSET, "a plain date", lambda: bad(changed(occurred_at="2010-12-01"))),
    (
        R.TIME_WITHOUT_OFFSET,
        "of a contract",
        lambda: bad(changed("profiles", contract_end="2012-01-01T00:00:00"), "profiles"),
    ),
    (R.FUTURE_TIME, "two days ahead", lambda: bad(changed(occurred_at="2011-03-15T08:00:00Z"))),
    (
        R.CONTRADICTION,
        "a contract backwards",
        lambda: bad(
            changed(
                "profiles",
                contract_start="2012-01-01T00:00:00Z",
                contract_end="2011-01-01T00:00:00Z",
            ),
            "profiles",
        ),
    ),
]


def _feedback(**changes: Any) -> Rejected:
    return bad(changed("feedback", **changes), "feedback")


@pytest.mark.parametrize(
    ("reason", "rejected"), [(r, f) for r, _, f in CASES], ids=[f"{r}: {t}" for r, t, _ in CASES]
)
def test_bad_records_are_rejected_with_their_reason(
    reason: RejectReason, rejected: Callable[[], Rejected]
) -> None:
    result = rejected()
    assert result.reason is reason, result
    assert result.detail


def test_every_reason_can_be_reached() -> None:
    assert {reason for reason, _, _ in CASES} == set(RejectReason)


def test_the_list_of_reasons_is_closed() -> None:
    """Dashboards, alerts and dead letters know these names: none is renamed or dropped."""
    assert sorted(RejectReason) == [
        "contradiction",
        "control_character",
        "duplicate_key",
        "empty_id",
        "empty_value",
        "future_time",
        "id_too_long",
        "invalid_envelope",
        "invalid_json",
        "invalid_time",
        "invalid_utf8",
        "invalid_value",
        "key_mismatch",
        "missing_field",
        "missing_key",
        "negative",
        "not_an_object",
        "not_finite",
        "out_of_range",
        "time_without_offset",
        "tombstone",
        "too_deep",
        "too_large",
        "unsupported_content",
        "unsupported_specversion",
        "unsupported_version",
        "wrong_type",
        "wrong_type_for_topic",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": ["SECRET"]},
        {"currency": "SECRET"},
        {"occurred_at": "SECRET"},
        {"order_id": "SECRET\n"},
        {"attributes": {"SECRET": ["SECRET"]}},
        {"attributes": {"SECRET" * 50: 1}},
        {"quantity": "SECRET"},
        {"customer_id": "SECRET"},
    ],
    ids=str,
)
def test_the_detail_never_carries_what_the_record_says(changes: dict[str, Any]) -> None:
    assert "SECRET" not in bad(changed(**changes)).detail


def test_the_detail_of_a_bad_stage_does_not_carry_it() -> None:
    rejected = bad(changed("complaints", stage="SECRET"), "complaints")
    assert rejected.detail == "stage: not in the closed list"


def test_every_reason_is_documented_in_the_order_of_the_list() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rejects.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(RejectReason)
