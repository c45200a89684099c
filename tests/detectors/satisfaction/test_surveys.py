"""What customers answer: newest and mean, as of any day, whatever the order (D11)."""

from itertools import permutations

from detectors.customer.features import feature_names
from detectors.customer.history import summarise
from detectors.satisfaction.surveys import CSAT, NPS, Answers, answers_of, answers_within
from detectors.targets import Target
from tests.detectors.builders import FIRST_DAY, brisk, feedback, on, records, rhythm
from tests.laws.stage import run

SURVEYS = [
    feedback("s1", "ann", on(5.2), "survey", score_csat=4.5, score_nps=10),
    feedback("s2", "ann", on(5.7), "survey", score_csat=2.0),
    feedback("s3", "ann", on(6.1), "survey", score_nps=0),
]


def test_the_newest_answer_and_the_mean_are_known_as_of_any_day_in_any_order() -> None:
    for order in permutations(SURVEYS):
        events = [*rhythm("ann", 5, 1, 1), *order]
        state = run(records(events), brisk(time={"lateness": "2d"})).customers["ann"]
        then, now = summarise(state, FIRST_DAY + 5), summarise(state, FIRST_DAY + 6)
        assert answers_of(then, CSAT) == Answers(2.0, 3.25, on(5.7))
        assert answers_of(then, NPS) == Answers(10.0, 10.0, on(5.2))
        assert answers_of(now, NPS) == Answers(0.0, 5.0, on(6.1))
        assert answers_of(summarise(state, FIRST_DAY + 4), CSAT) is None


def test_an_answer_older_than_the_window_does_not_count() -> None:
    state = run(records([*rhythm("ann", 5, 1, 1), *SURVEYS]), brisk()).customers["ann"]
    for day, counts in ((FIRST_DAY + 14, True), (FIRST_DAY + 15, False)):
        assert (answers_within(summarise(state, day), CSAT, day, 10) is not None) is counts


def test_a_policy_that_names_the_answers_makes_features_of_them() -> None:
    policy = brisk(features={"event_attributes": [CSAT]})
    stage = run(records([*rhythm("ann", 5, 1, 3), *SURVEYS]), policy, until=on(9))
    (score,) = stage.processor.score_at(["ann"], FIRST_DAY + 8, Target("silence", 14))
    assert score is not None
    features = dict(zip(feature_names(policy), score.values.tolist(), strict=True))
    assert 0 < features[f"last:{CSAT}"] < features[f"mean:{CSAT}"]
