"""Law 2: a score at t depends only on events up to t and on labels matured by t."""

from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.broadcast import Published
from detectors.customer.state import decode_state
from detectors.durations import DAY
from detectors.effects import Record
from schemas.codec import Decoded
from schemas.model_snapshot import ModelSnapshot
from tests.detectors.builders import Happening, brisk, on, purchase, record, records, rhythm
from tests.laws.stage import Stage, as_of, run
from tests.laws.stories import aggregated, disordered, end_of, stories

PUNCTUAL = brisk(time={"lateness": "0s"})
UNORDERED = brisk(time={"lateness": "4d", "duplicate_window": "4d"})


def until(batch: Iterable[Record], moment: float) -> list[Record]:
    """The records of events up to a moment."""
    return [
        item
        for item in batch
        if not isinstance(item.decoded, Decoded) or item.decoded.occurred_at <= moment
    ]


def learned_from(
    events: list[Happening], end: float
) -> tuple[Sequence[Record], Sequence[Published]]:
    """The records, and all that trainer and portfolio publish: later ones are the future."""
    stage = run(records(events), PUNCTUAL, until=end)
    return stage.heard, stage.published


@settings(max_examples=16)
@given(stories(), st.floats(0.0, 1.0))
def test_removing_all_later_events_changes_no_message_of_an_earlier_moment(
    events: list[Happening], share: float
) -> None:
    end = end_of(events)
    moment = events[0].at + share * (end - events[0].at)
    batch, published = learned_from(events, end)
    whole = run(batch, PUNCTUAL, until=end, learns=False, installed=published)
    cut = run(until(batch, moment), PUNCTUAL, until=moment, learns=False, installed=published)
    assert cut.messages == [message for message in whole.messages if as_of(message) <= moment]


def predictions(stage: Stage, moment: float) -> dict[str, Any]:
    """What was predicted up to a moment, and from what."""
    return {
        example.example_id: (example.customer_id, example.at, example.features, example.probability)
        for example in stage.payloads("training-examples")
        if example.at.timestamp() <= moment
    }


@settings(max_examples=25)
@given(disordered(aggregated, lateness=4 * DAY), st.floats(0.0, 1.0))
def test_removing_all_later_events_changes_no_prediction_in_streams_out_of_order(
    story: tuple[list[Happening], list[Happening]], share: float
) -> None:
    _, heard = story
    end = end_of(heard)
    moment = min(event.at for event in heard) + share * (end - min(event.at for event in heard))
    whole = run(records(heard), UNORDERED, until=end, learns=False)
    cut = run(until(records(heard), moment), UNORDERED, until=end, learns=False)
    assert predictions(cut, moment) == predictions(whole, moment)


@settings(max_examples=13)
@given(stories())
def test_a_snapshot_from_the_future_is_never_used(events: list[Happening]) -> None:
    """Knowing all later models from the start gives the same bytes as getting them in time."""
    end = end_of(events)
    batch, published = learned_from(events, end)
    early = run(batch, PUNCTUAL, until=end, learns=False, installed=published)
    in_time = Stage(PUNCTUAL, learns=False)
    waiting = sorted(published, key=lambda item: item.as_of)
    for item in batch:
        assert isinstance(item.decoded, Decoded)
        while waiting and waiting[0].as_of.timestamp() <= item.decoded.occurred_at:
            in_time.install([waiting.pop(0)])
        in_time.feed([item])
    for snapshot in waiting:
        in_time.finish(snapshot.as_of.timestamp() - 1)
        in_time.install([snapshot])
    in_time.finish(end)
    assert in_time.messages == early.messages


@settings(max_examples=8)
@given(stories())
def test_every_score_names_a_model_that_was_there_at_its_moment(events: list[Happening]) -> None:
    end = end_of(events)
    batch, published = learned_from(events, end)
    born = {item.version: item.as_of for item in published if isinstance(item, ModelSnapshot)}
    stage = run(batch, PUNCTUAL, until=end, learns=False, installed=published)
    for risk in stage.payloads("churn-risk"):
        if risk.basis == "model":
            assert born[risk.model_version] <= risk.occurred_at
    for view in stage.payloads("customer-state"):
        if view.basis == "model":
            assert born[view.model_version] <= view.as_of


@settings(max_examples=13)
@given(stories())
def test_the_public_view_never_goes_back_in_time(events: list[Happening]) -> None:
    policy = brisk(time={"lateness": "2d"})
    seen: dict[str, Any] = {}
    for view in run(records(events), policy, until=end_of(events)).payloads("customer-state"):
        assert view.as_of >= seen.get(view.customer_id, view.as_of)
        seen[view.customer_id] = view.as_of
        assert view.last_activity is None or view.last_activity <= view.as_of


def test_a_customer_who_came_back_is_not_called_silent_though_the_prediction_is_kept() -> None:
    policy = brisk(time={"lateness": "20d", "duplicate_window": "20d"})
    events = rhythm("ann", 0, 2, 10)
    back = purchase("back", "ann", on(36))
    silent = run(records(events), policy, until=on(80), learns=False)
    returned = Stage(policy, learns=False)
    returned.feed(records(events))
    # Heard before the watermark reaches the silent days: they are judged with hindsight.
    returned.feed([record(back, len(events))])
    returned.finish(on(80))
    raised = {risk.occurred_at.timestamp() for risk in silent.payloads("churn-risk")}
    assert min(raised) < on(36)
    assert all(r.occurred_at.timestamp() > on(36) for r in returned.payloads("churn-risk"))
    before = predictions(silent, on(36))
    assert before
    assert before == predictions(returned, on(36))
    assert decode_state(returned.store[b"ann"]).last_at == on(36)
