"""The stored bytes of a customer: compact, bounded, readable for ever."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.features import GRID, NAMES, feature_names, on_grid, unpack
from detectors.customer.history import add_days
from detectors.customer.labels import matured
from detectors.customer.pending import taken_apart
from detectors.customer.state import (
    VERSION,
    CustomerState,
    Day,
    Settled,
    StateVersionError,
    decode_state,
    encode_state,
    new_state,
)
from tests.detectors.builders import brisk, complaint, interaction, on, profile, records, rhythm
from tests.laws.stage import run

GOLDEN = Path(__file__).parents[2] / "golden"
POLICY = brisk(features={"profile_attributes": ["segment"], "event_attributes": ["score"]})


def eventful() -> CustomerState:
    """A state in which every field holds something."""
    events = [
        *rhythm("ann", 0, 2, 12),
        interaction(
            "x", "ann", on(22.5), "purchase", amount=5.0, channel="web", currency="EUR",
            discount=1.0, attributes={"score": 7.5},
        ),
        interaction("r", "ann", on(22.6), "return", amount=2.0, channel="shop"),
        complaint("c1", "ann", on(22.7), "opened", "late parcel", severity=3, cause="poor_service"),
        complaint("c2", "ann", on(22.8), "resolved", "late parcel"),
        complaint("c3", "ann", on(22.9), "reopened", "late parcel"),
        profile("p", "ann", on(22.9), segment="gold"),
    ]  # fmt: skip
    return run(records(events), POLICY, until=on(40)).customers["ann"]


def test_it_reads_back_as_written() -> None:
    state = eventful()
    assert state.alerts
    assert state.waiting
    assert state.last_score
    assert decode_state(encode_state(state)) == state


@pytest.mark.parametrize("version", [1, 2, 3])
def test_golden_bytes_of_every_version_stay_readable(version: int) -> None:
    """Each written once by its version; never written anew."""
    state = decode_state((GOLDEN / f"customer_state_v{version}.msgpack").read_bytes())
    assert (state.version, state.customer_id) == (VERSION, "ann")
    assert state.offsets == [13, 2, 0, -1]
    assert [day.number for day in state.days][:2] == [15_000, 15_002]
    assert sum(day.purchases for day in state.days) == 13
    assert state.evidence[-1][1] == "x"
    assert state.currency == "EUR"
    assert state.channels == {"web": 15_022, "shop": 15_022}
    (case,) = state.complaints
    assert (case.complaint_id, case.severity, case.cause) == ("late parcel", 3, "poor_service")
    assert [ends for _, ends in case.turns] == [True, False]
    assert state.profiles[0].attributes == {"segment": "gold"}
    assert state.days[-1].measures is not None
    assert state.days[-1].measures["score"].last == 75_000
    assert "churn-risk" in state.alerts
    (run,) = state.waiting
    assert run.targets == ("" if version == 1 else "silence-14d")
    assert len(taken_apart(run.rows)[0]) == 5
    assert matured(state, 15_100, POLICY)[0][0] == POLICY.target
    assert state.waiting == []
    assert state.last_score is not None
    assert state.review_day > 15_022


def test_waiting_predictions_of_version_1_get_the_features_they_lack() -> None:
    old = msgspec.msgpack.decode((GOLDEN / "customer_state_v1.msgpack").read_bytes())
    before, _ = taken_apart(old[13])
    state = decode_state(msgspec.msgpack.encode(old))
    (waiting,) = state.waiting
    after, _ = taken_apart(waiting.rows)
    assert state.last_score is not None
    assert len(state.last_score.features) == len(feature_names(POLICY))
    assert [p[:3] for p in after] == [p[:3] for p in before]
    for one, other in zip(before, after, strict=True):
        narrow, wide = unpack(one.features), unpack(other.features)
        assert wide[:26].tolist() == narrow[:26].tolist()
        assert wide[26:-3].tolist() == [0.0] * (len(NAMES) - 26)
        assert wide[-3:-1].tolist() == narrow[26:].tolist()
        assert unpack(on_grid(wide[[-2]] ** 2 / 2)).tolist() == [wide[-1]]


def test_waiting_predictions_of_version_2_get_the_features_they_lack() -> None:
    old = msgspec.msgpack.decode((GOLDEN / "customer_state_v2.msgpack").read_bytes())
    before, _ = taken_apart(old[13][0][1])
    (waiting,) = decode_state(msgspec.msgpack.encode(old)).waiting
    after, _ = taken_apart(waiting.rows)
    assert [p[:3] for p in after] == [p[:3] for p in before]
    for one, other in zip(before, after, strict=True):
        assert other.features == one.features[:28] + bytes(len(NAMES) - 28) + one.features[28:]


@given(st.integers(-96, 96))
def test_the_curve_of_an_attribute_is_upgraded_to_what_it_would_be(sixteenths: int) -> None:
    old = msgspec.msgpack.decode((GOLDEN / "customer_state_v1.msgpack").read_bytes())
    old[15][2] = bytes(27) + bytes([sixteenths % 256])
    state = decode_state(msgspec.msgpack.encode(old))
    assert state.last_score is not None
    curve = on_grid(np.array([(sixteenths / GRID) ** 2 / 2]))
    assert unpack(state.last_score.features)[-1] == unpack(curve)


@given(st.integers(1, 500), st.integers(1, 40))
def test_the_decayed_count_of_version_1_is_that_of_a_regular_customer(
    gap: int, occasions: int
) -> None:
    regular = Settled()
    for number in range(occasions):
        add_days(regular, [Day(number * gap, events=1, activity=1, returned=3)])
    fields = msgspec.msgpack.decode(encode_state(new_state("ann")))
    fields[0], fields[5] = 1, msgspec.to_builtins(regular)[:15]
    upgraded = decode_state(msgspec.msgpack.encode(fields)).settled
    assert upgraded.decayed == pytest.approx(regular.decayed)
    assert (upgraded.ages, upgraded.gaps) == (regular.ages, regular.gaps)
    assert upgraded.return_days == 1


def test_an_older_state_with_fewer_fields_is_filled_with_defaults() -> None:
    fields = msgspec.msgpack.decode(encode_state(new_state("ann")))
    for length in range(3, len(fields)):
        assert decode_state(msgspec.msgpack.encode(fields[:length])) == new_state("ann")


@pytest.mark.parametrize("change", ["version only", "another layout", "more fields"])
def test_a_newer_state_is_refused_with_the_way_out(change: str) -> None:
    fields = msgspec.msgpack.decode(encode_state(eventful()))
    fields[0] = VERSION + 1
    if change == "another layout":
        fields[5:7] = ["settled in words", 7]
    elif change == "more fields":
        fields.append({"new": 1})
    with pytest.raises(
        StateVersionError,
        match=rf"^customer 'ann': stored state has version {VERSION + 1}, this program reads up "
        rf"to {VERSION}; run the newer program$",
    ):
        decode_state(msgspec.msgpack.encode(fields))


@pytest.mark.parametrize("data", [b"", b"\xc1", b"{}", encode_state(new_state("ann"))[:-3]])
def test_damage_is_no_version_error(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_state(data)
