"""State, features and labels against the naive oracle, on made and on real histories."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer.facts import Facts, facts_at
from detectors.customer.features import feature_names
from detectors.customer.state import MONEY, CustomerState
from detectors.durations import DAY
from detectors.policy import Policy
from detectors.scoring import Scorer
from tests.detectors.builders import Happening, brisk, policy_of, records
from tests.detectors.retail import shoppers
from tests.laws.oracle import Oracle, oracles
from tests.laws.stage import Stage, run
from tests.laws.stories import aggregated, disordered, end_of

ATTRIBUTES: dict[str, object] = {"profile_attributes": ["segment"]}
UNORDERED = brisk(time={"lateness": "4d", "duplicate_window": "4d"}, features=ATTRIBUTES)
CANCELLATION = brisk(
    time={"lateness": "4d", "duplicate_window": "4d"},
    churn={"definition": "cancellation"},
    features=ATTRIBUTES,
)
GRID = 1 / 16


def check(state: CustomerState, oracle: Oracle, day: int, policy: Policy) -> None:
    """All facts and features of a customer as of the end of a day."""
    facts = facts_at(state, day, policy)
    summary, windows, half = facts.summary, facts.windows, policy.value.window // DAY // 2
    days = oracle.occasions(day)
    assert summary.occasions == len(days)
    assert summary.spend == money(oracle.spend(day))
    assert summary.returned == money(oracle.returned(day))
    assert (summary.discounted, summary.purchases) == oracle.discounted(day)
    assert summary.events == len(oracle.seen(day))
    assert windows.events_30 == oracle.events(day, 30)
    assert windows.occasions_30 == oracle.count(day, 30)
    assert windows.occasions_90 == oracle.count(day, 90)
    assert windows.contacts_30 == oracle.events(day, 30, ["contact", "visit"])
    assert windows.revenue == money(oracle.revenue(day, 0, policy.value.window // DAY))
    assert windows.revenue_recent == money(oracle.revenue(day, 0, half))
    assert windows.revenue_before == money(oracle.revenue(day, half, 2 * half))
    assert facts.channels == oracle.channels(day)
    assert facts.complaints_open == sum(oracle.complaint_states(day))
    assert facts.complaints_past == sum(not is_open for is_open in oracle.complaint_states(day))
    assert facts.categories.get("segment") == oracle.profile_value(day, "segment")
    if not days:
        return
    assert (facts.recency, facts.tenure) == (oracle.recency(day), oracle.tenure(day))
    assert summary.longest_gap == oracle.longest_gap(day)
    assert facts.mean_gap == pytest.approx(oracle.mean_gap(day))
    assert summary.gap_ewma == pytest.approx(oracle.smooth_gap(day))
    assert summary.last_spend == money(oracle.spends(day)[-1])
    found = dict(zip(feature_names(policy), on_grid(facts, policy), strict=True))
    for name, value in oracle.features(day).items():
        held = max(-6.0, min(6.0, value))
        # The nearest point of the grid; a value halfway may go to either side.
        assert abs(found[name] - held) <= GRID / 2 + 1e-6, name


def on_grid(facts: Facts, policy: Policy) -> list[float]:
    return [float(value) for value in Scorer(policy).score(facts, (facts.day + 1.0) * DAY).values]


def money(amount: float) -> int:
    return round(amount * MONEY)


def labels_agree(stage: Stage, known: dict[str, Oracle]) -> int:
    """Check the labels of all examples; how many there were."""
    examples = stage.payloads("training-examples")
    for example in examples:
        day = int(example.at.timestamp() // DAY) - 1
        oracle = known[example.customer_id]
        assert example.label == oracle.label(day)
        assert oracle.in_population(day)
    return len(examples)


@settings(max_examples=16)
@given(
    disordered(aggregated, lateness=4 * DAY),
    st.sampled_from([UNORDERED, CANCELLATION]),
    st.integers(0, 3),
)
def test_facts_and_features_are_what_the_definitions_say(
    story: tuple[list[Happening], list[Happening]], policy: Policy, back: int
) -> None:
    _, heard = story
    stage, known = run(records(heard), policy), oracles(heard, policy)
    for customer, state in stage.customers.items():
        check(state, known[customer], int(state.last_at // DAY) - back, policy)


@settings(max_examples=16)
@given(disordered(aggregated, lateness=4 * DAY), st.sampled_from([UNORDERED, CANCELLATION]))
def test_labels_are_what_the_definitions_say(
    story: tuple[list[Happening], list[Happening]], policy: Policy
) -> None:
    _, heard = story
    labels_agree(run(records(heard), policy, until=end_of(heard)), oracles(heard, policy))


@settings(max_examples=10)
@given(disordered(aggregated, lateness=4 * DAY))
def test_reviews_visit_every_active_customer_once_an_interval(
    story: tuple[list[Happening], list[Happening]],
) -> None:
    _, heard = story
    end = end_of(heard, days=60)
    stage = run(records(heard), UNORDERED, until=end)
    known = oracles(heard, UNORDERED)
    reviewed: dict[str, list[int]] = {name: [] for name in known}
    for example in stage.payloads("training-examples"):
        reviewed[example.customer_id].append(int(example.at.timestamp() // DAY) - 1)
    interval = UNORDERED.churn.review_interval // DAY
    for customer, oracle in known.items():
        active = [
            day
            for day in range(int(heard[0].at // DAY) - 5, int(end // DAY) - 20)
            if oracle.in_population(day)
        ]
        days = reviewed[customer]
        assert len(set(days)) == len(days)
        assert len({day % interval for day in days}) <= 1
        if days:
            assert days == [day for day in active if (day - days[0]) % interval == 0]


def sampled(states: Iterable[tuple[str, CustomerState]]) -> list[tuple[str, CustomerState]]:
    return sorted(states)[::2]


def test_real_customers_are_what_the_definitions_say() -> None:
    policy = policy_of(churn={"activity_kinds": ["purchase"]})
    events = shoppers(12)
    stage, known = run(records(events), policy, learns=False), oracles(events, policy)
    assert len(known) > 150
    assert labels_agree(stage, known) > 1_000
    for customer, state in sampled(stage.customers.items()):
        check(state, known[customer], int(state.last_at // DAY), policy)
        check(state, known[customer], int(events[-1].at // DAY), policy)
