"""Law 8: a model snapshot is JSON, and what is restored from it goes on to the last bit."""

import json
from collections.abc import Sequence

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detectors.policy import Policy
from detectors.portfolio import PortfolioStage
from detectors.trainer import Trainer
from schemas.codec import decode_output
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from schemas.portfolio_fact import PortfolioFact
from schemas.training_example import TrainingExample
from tests.detectors.builders import Happening, brisk, on, records, rhythm
from tests.laws.stage import Stage, payload_of, run
from tests.laws.stories import end_of, stories

POLICY = brisk(features={"profile_attributes": ["segment"]})


def examples_of(events: list[Happening], policy: Policy) -> list[TrainingExample]:
    stage = run(records(events), policy, until=end_of(events))
    return list(stage.payloads("training-examples"))


def over_the_wire(trainer: Trainer) -> Trainer:
    """A trainer that knows no more than the published bytes."""
    value = trainer.publish()[-1].value
    assert value is not None
    snapshot = decode_output("model-snapshots", value)
    assert isinstance(snapshot, ModelSnapshot)
    restored = Trainer(trainer.policy)
    restored.restore(snapshot)
    return restored


def learned(examples: Sequence[TrainingExample], policy: Policy = POLICY) -> Trainer:
    trainer = Trainer(policy)
    teach(trainer, examples)
    return trainer


def teach(trainer: Trainer, examples: Sequence[TrainingExample]) -> None:
    """Take in examples and learn all of them."""
    for number, example in enumerate(examples):
        trainer.take_in(number, example)
    trainer.complete()


@settings(max_examples=10)
@given(stories(), st.floats(0, 1))
def test_learning_goes_on_after_a_restore_as_if_nothing_had_happened(
    events: list[Happening], share: float
) -> None:
    examples = examples_of(events, POLICY)
    days = sorted({example.matured_at for example in examples})
    assume(days)
    cut = days[int(share * (len(days) - 1))]
    whole = learned(examples)
    resumed = over_the_wire(learned([e for e in examples if e.matured_at <= cut]))
    teach(resumed, [e for e in examples if e.matured_at > cut])
    assert resumed.snapshot() == whole.snapshot()


@settings(max_examples=10)
@given(stories(), st.floats(0, 1), st.floats(0, 1))
def test_repeated_and_late_examples_change_nothing(
    events: list[Happening], first: float, last: float
) -> None:
    examples = examples_of(events, POLICY)
    trainer = over_the_wire(learned(examples))
    before = trainer.snapshot()
    again = examples[int(first * len(examples)) : int(last * len(examples))]
    teach(trainer, again)
    teach(trainer, again[::-1])
    assert trainer.snapshot() == before
    assert trainer.ignored == 2 * len(again)


@settings(max_examples=8)
@given(stories())
def test_what_is_published_is_plain_json_of_finite_numbers(events: list[Happening]) -> None:
    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    stage = run(records(events), POLICY, until=end_of(events))
    for message in [*stage.messages, *stage.trainer.publish()]:
        assert message.value is not None
        json.loads(message.value, parse_constant=refuse)


def test_a_snapshot_for_another_target_or_horizon_is_left_aside() -> None:
    examples = examples_of([event for n in range(3) for event in rhythm(f"c{n}", n, 3, 12)], POLICY)
    snapshot = learned(examples).snapshot()
    for other in (brisk(churn={"definition": "cancellation"}), brisk(churn={"horizon": "15d"})):
        trainer = Trainer(other)
        trainer.restore(snapshot)
        assert trainer.ensemble.labels == 0
        stage = Stage(other, learns=False)
        stage.install([snapshot])
        scorer = stage.processor.decisions.scorer
        assert scorer.at(snapshot.as_of.timestamp() + 1) is None


def test_the_portfolio_goes_on_from_its_published_value_and_the_facts_on_the_topic() -> None:
    events = sorted(
        [event for n in range(30) for event in rhythm(f"c{n}", n / 30, 2 + n % 5, 12, 5.0 + n)],
        key=lambda event: event.at,
    )
    stage = run(records(events), POLICY, until=on(60))
    facts = [item for item in stage.payloads("portfolio-facts") if isinstance(item, PortfolioFact)]
    half = len(facts) // 2
    whole, before, after = (PortfolioStage(POLICY) for _ in range(3))
    answers = [payload_of(m) for fact in facts for m in whole.update([fact])]
    published = [payload_of(m) for fact in facts[:half] for m in before.update([fact])]
    assert all(isinstance(item, Portfolio) for item in published)
    after.restore(facts[:half], published[-1])
    resumed = [payload_of(m) for fact in facts[half:] for m in after.update([fact])]
    assert published + resumed == answers
