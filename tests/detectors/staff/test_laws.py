"""The laws for departures, with the signal stage answering every day and nobody learning."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detectors.builders import Happening, brisk, records
from tests.laws.stage import Stage, id_of, payload_of
from tests.laws.stories import end_of, makers, staff_makers, stories

POLICY = brisk(staff={"batch": 1, "expire_after": "10d"}, time={"patience": "15m"})
told = stories(st.one_of(staff_makers, staff_makers, makers))
cuts = st.sets(st.integers(1, 40))


class Sensing(Stage):
    """Only the signal stage answers; what is published is read again after a restart."""

    def tick(self) -> None:
        answers = self.signals.update(self._signals)
        found = [payload_of(answer) for answer in answers if answer.topic == "situation"]
        self.published += found
        self.install(found)
        self._examples, self._facts, self._signals = [], [], []


def lived(events: list[Happening], cuts: set[int]) -> Sensing:
    stage = Sensing(POLICY)
    stage.feed(records(events), cuts)
    stage.finish(end_of(events, 1))
    stage.finish(end_of(events, 20))
    return stage


@settings(max_examples=40)
@given(told, cuts)
def test_cuts_and_restarts_change_nothing(events: list[Happening], cuts: set[int]) -> None:
    whole = lived(events, set())
    batch = whole.heard
    parts = Sensing(POLICY)
    parts.feed(batch, cuts)
    parts.finish(end_of(events, 1))
    parts.finish(end_of(events, 20))
    assert parts.messages == whole.messages
    assert parts.store == whole.store
    again = Sensing(POLICY)
    edges = [0, *sorted(cut for cut in cuts if cut < len(batch)), len(batch)]
    for first, last in pairwise(edges):
        again.restart()
        again.feed(batch[first:last])
    again.restart()
    again.finish(end_of(events, 1))
    again.restart()
    again.finish(end_of(events, 20))
    assert again.messages == whole.messages
    assert again.store == whole.store


@settings(max_examples=40)
@given(told)
def test_one_alert_is_open_at_a_time_and_none_at_the_end(events: list[Happening]) -> None:
    stage = lived(events, set())
    ids = [(message.topic, id_of(message)) for message in stage.messages]
    assert len(set(ids)) == len(ids)
    is_open: dict[str, str] = {}
    for alert in stage.payloads("churn-risk"):
        if alert.kind != "staff-turnover":
            continue
        if alert.stage == "raised":
            assert alert.customer_id not in is_open
            is_open[alert.customer_id] = alert.alert_id
            continue
        assert is_open[alert.customer_id] == alert.alert_id
        if alert.stage != "updated":
            del is_open[alert.customer_id]
    assert is_open == {}
