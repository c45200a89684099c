"""Law 4: every record read ends as exactly one of applied, duplicate, late, dead-lettered."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.effects import OUTCOMES
from tests.detectors.builders import Happening, brisk, interaction, on, purchase, records
from tests.laws.stage import Stage, payload_of, run
from tests.laws.stories import mixed

POLICY = brisk()


@settings(max_examples=35)
@given(mixed(), st.sets(st.integers(1, 60)))
def test_the_counts_by_outcome_add_up_to_the_records_read(
    events: list[Happening], cuts: set[int]
) -> None:
    stage = run(records(events), POLICY, cuts=cuts, learns=False)
    read = Counter(event.topic for event in events)
    counted: Counter[str] = Counter()
    for (topic, outcome), number in stage.counts.items():
        assert outcome in OUTCOMES
        counted[topic] += number
    assert counted == read


@settings(max_examples=25)
@given(mixed())
def test_every_record_that_is_not_applied_nor_a_repeat_is_a_dead_letter(
    events: list[Happening],
) -> None:
    batch = run(records(events), POLICY, learns=False).heard
    stage = Stage(POLICY)
    for item in batch:
        output = stage.processor.process([item])
        stage.take(output)
        ((topic, outcome),) = output.counts
        letters = [payload_of(m) for m in output.messages if m.topic == "dead-letters"]
        assert topic == item.topic
        if outcome in ("late", "dead_lettered"):
            (letter,) = letters
            assert letter.dead_letter_id == f"{item.topic}/{item.partition}/{item.offset}"
            assert output.rejects == {letter.reason: 1}
        else:
            assert not letters
            assert not output.rejects


def test_each_outcome_happens() -> None:
    known = purchase("a", "ann", on(20))
    foreign = interaction("f", "ann", on(20), "purchase", amount=1.0, currency="USD")
    euros = interaction("e", "ann", on(20), "purchase", amount=1.0, currency="EUR")
    events = [
        known,
        known,
        purchase("old", "bob", on(1)),
        Happening("interactions", "broken", on(20), None),
        euros,
        foreign,
    ]
    stage = run(records(events), POLICY)
    assert stage.counts == {
        ("interactions", "applied"): 2,
        ("interactions", "duplicate"): 1,
        ("interactions", "late"): 1,
        ("interactions", "dead_lettered"): 2,
    }
    reasons = [letter.reason for letter in stage.payloads("dead-letters")]
    assert reasons == ["late", "invalid_json", "unknown_currency"]


def test_unknown_kinds_are_applied_and_counted() -> None:
    stage = Stage(POLICY)
    output = stage.processor.process(records([interaction("t", "ann", on(0), "tasting")]))
    assert output.counts == {("interactions", "applied"): 1}
    assert output.unknown_kinds == 1


def test_an_event_before_1970_is_accounted_for_and_harms_nothing() -> None:
    old = interaction("epoch", "ann", -4e8, "purchase", amount=5.0)
    stage = run(records([old, purchase("now", "ann", on(0))]), POLICY, until=on(60))
    assert sum(stage.counts.values()) == 2
    assert len(stage.customers) == 1
