"""Laws of the codec, on random records: it never raises, and its two paths agree."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import careful
from schemas.catalogue import INPUT_TOPICS, contract_of
from schemas.causes import CAUSES
from schemas.codec import Codec, Decoded, Rejected
from schemas.fast import FastReader
from schemas.limits import Limits
from schemas.refusal import Refusal
from tests.schemas.records import GOOD, RECEIVED_AT, SOURCE, enveloped

CODEC = Codec()
LIMITS = Limits()
TOPICS = st.sampled_from(INPUT_TOPICS)
KEYS = st.one_of(st.just(b"17850"), st.none(), st.binary(max_size=8))

texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["17850", "", " ", '":', "\\", "é", "\x7f", "x" * 200, "x" * 201, *CAUSES]),
    st.sampled_from(["opened", "survey", "alert", "saved", "return", "churnstream.profile.v1"]),
    st.sampled_from(["2010-01-01", "2010-01-01T00:00:00", "2010-01-01T00:00:00+02:00", "1.0"]),
    st.sampled_from(["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"]),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def records(draw: st.DrawFn, topic: str) -> Any:
    """A good event of the topic with a few fields put, replaced or removed; maybe enveloped."""
    data: dict[str, Any] = dict(GOOD[topic])
    names = (*contract_of(topic).payload.__struct_fields__, "unheard_of")
    for name in draw(st.lists(st.sampled_from(names), max_size=4)):
        if draw(st.booleans()):
            data[name] = draw(values)
        else:
            data.pop(name, None)
    if draw(st.booleans()):
        return data
    attributes = draw(
        st.dictionaries(
            st.sampled_from(["id", "type", "subject", "time", "specversion", "extension"]),
            scalars,
            max_size=2,
        )
    )
    return enveloped(data, **{"type": contract_of(topic).type, **attributes})


@st.composite
def written(draw: st.DrawFn, topic: str) -> bytes:
    """A record as bytes, compact or spread out, whole or with a piece replaced."""
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")]))
    record, escaped = draw(records(topic)), draw(st.booleans())
    value = json.dumps(record, separators=separators, ensure_ascii=escaped).encode()
    if draw(st.integers(0, 3)):
        return value
    start = draw(st.integers(0, len(value)))
    end = draw(st.integers(start, min(len(value), start + 12)))
    return value[:start] + draw(st.binary(max_size=6)) + value[end:]


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["ce_specversion", "ce_id", "ce_type", "ce_subject", "content-type", "x"]),
        st.one_of(st.binary(max_size=9), st.just(b"1.0"), st.just(b"application/cloudevents+json")),
    ),
    max_size=4,
)


@given(TOPICS, st.one_of(st.none(), st.binary(max_size=60)), KEYS, HEADERS)
def test_no_bytes_make_it_raise(
    topic: str, value: bytes | None, key: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    result = CODEC.decode(
        topic, value, key=key, headers=headers, received_at=RECEIVED_AT, source=SOURCE
    )
    assert isinstance(result, Decoded | Rejected)


@settings(max_examples=400)
@given(st.data(), TOPICS, KEYS, HEADERS)
def test_no_mutated_record_makes_it_raise(
    data: st.DataObject, topic: str, key: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    value = data.draw(written(topic))
    result = CODEC.decode(
        topic, value, key=key, headers=headers, received_at=RECEIVED_AT, source=SOURCE
    )
    assert isinstance(result, Decoded | Rejected)


@settings(max_examples=500)
@given(st.data(), TOPICS)
def test_what_the_fast_path_reads_the_careful_path_reads_alike(
    data: st.DataObject, topic: str
) -> None:
    value = data.draw(written(topic))
    contract = contract_of(topic)
    fast = FastReader(contract, LIMITS).read(value, b"17850", RECEIVED_AT, SOURCE)
    if fast is None:
        return
    slow = careful.read(contract, value, b"17850", (), RECEIVED_AT, SOURCE, LIMITS, None)
    assert slow == fast
    assert orjson.dumps(slow.payload.occurred_at) == orjson.dumps(fast.payload.occurred_at)


@given(TOPICS)
def test_the_fast_path_reads_every_good_record(topic: str) -> None:
    """Without this the law above could hold of nothing."""
    contract = contract_of(topic)
    reader = FastReader(contract, LIMITS)
    for event in (GOOD[topic], enveloped(GOOD[topic], type=contract.type)):
        assert reader.read(orjson.dumps(event), b"17850", RECEIVED_AT, SOURCE)


@settings(max_examples=200)
@given(st.data(), TOPICS)
def test_a_duplicate_key_is_never_let_through(data: st.DataObject, topic: str) -> None:
    value = orjson.dumps(GOOD[topic])
    name = data.draw(st.sampled_from(sorted(GOOD[topic])))
    space = data.draw(st.sampled_from(["", " ", "\n\t"]))
    again = f'{{"{name}"{space}:{data.draw(st.sampled_from(["null", "1", chr(34) * 2]))},'.encode()
    reader = FastReader(contract_of(topic), LIMITS)
    assert reader.read(again + value[1:], b"17850", RECEIVED_AT, SOURCE) is None
    result = CODEC.decode(
        topic, again + value[1:], key=b"17850", received_at=RECEIVED_AT, source=SOURCE
    )
    assert isinstance(result, Rejected)
    assert result.reason == "duplicate_key"


@given(st.data(), TOPICS)
def test_the_careful_path_raises_refusals_only(data: st.DataObject, topic: str) -> None:
    value = data.draw(written(topic))
    with pytest.raises(Refusal) as refused:
        careful.read(contract_of(topic), value, None, (), RECEIVED_AT, SOURCE, LIMITS, None)
    assert refused.value.detail
