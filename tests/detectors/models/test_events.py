"""Model events: complete, and with an identity made of their cause."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from detectors.models.drift import Drift
from detectors.models.events import drift_event
from schemas.codec import decode_output, encode
from schemas.model_event import ModelEvent

DRIFT = Drift("feature:recency", "feature", 15_126, 15_121, 1.62, 2.1, 0.41, 3e-8)


def test_a_drift_event_names_what_moved_from_what_to_what() -> None:
    event = drift_event(DRIFT, "silence", 60.0)
    assert (event.kind, event.subject) == ("drift", "feature:recency")
    assert (event.before, event.after) == (1.62, 2.1)
    assert event.text == "feature recency rose from 1.62 to 2.1 around 2011-05-27 (by 0.41 sd)"
    assert event.occurred_at == datetime(2011, 6, 2, tzinfo=UTC)
    assert event.evidence == {"effect": 0.41, "p_value": 3e-8, "days": 6.0}


def test_a_drift_event_survives_the_wire() -> None:
    event = drift_event(DRIFT, "silence", 60.0)
    value = encode(event, id=event.event_id, subject=event.target, time=0.0)
    assert decode_output("model-events", value, ModelEvent) == event


def test_the_same_cause_has_the_same_identity() -> None:
    again = drift_event(replace(DRIFT, after=9.0), "silence", 60.0)
    assert again.event_id == drift_event(DRIFT, "silence", 60.0).event_id


@pytest.mark.parametrize(
    "other",
    [
        drift_event(DRIFT, "cancellation", 60.0),
        drift_event(DRIFT, "silence", 30.0),
        drift_event(replace(DRIFT, name="score"), "silence", 60.0),
        drift_event(replace(DRIFT, day=15_127), "silence", 60.0),
    ],
    ids=["target", "horizon", "name", "day"],
)
def test_another_cause_has_another_identity(other: ModelEvent) -> None:
    assert other.event_id != drift_event(DRIFT, "silence", 60.0).event_id
