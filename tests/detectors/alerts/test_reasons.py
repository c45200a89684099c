"""Reasons in words, with the customer's own numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.alerts.reasons import SLIGHT, changes_of, reasons_of
from detectors.alerts.themes import (
    THEMES,
    grouped,
    sentence_of,
    theme_of,
    themes_of,
    typical_of,
    value_of,
)
from detectors.customer.facts import Facts
from detectors.customer.features import NAMES, feature_names
from detectors.customer.scales import scaled
from detectors.policy import Policy
from detectors.scoring import Score, Scorer
from schemas.reasons import Change
from tests.detectors.builders import (
    FIRST_DAY,
    complaint,
    interaction,
    moment,
    on,
    policy_of,
    profile,
    purchase,
    rhythm,
)
from tests.detectors.facts import facts_of, spending

OWN = policy_of(
    features={"profile_attributes": ["segment", "age"], "event_attributes": ["score"]},
    churn={"activity_kinds": ["purchase"]},
)
POLICY = Policy()
DAY = 86_400.0


def said(theme: str, facts: Facts, policy: Policy | None = None) -> str:
    return sentence_of(theme, facts, policy or Policy())


def test_silence_is_told_with_days_and_the_usual_gap() -> None:
    facts = facts_of(rhythm("ann", 0, 12, 5), 48 + 41)
    assert said("silence", facts) == "no purchase for 41 days; usually every 12"
    assert value_of("silence", facts, POLICY) == 41.0


@pytest.mark.parametrize(
    ("every", "times", "silent", "sentence"),
    [
        (1, 5, 1, "no purchase for 1 day; usually every day"),
        (2, 5, 0, "a purchase today; usually every 2 days"),
        (5, 1, 30, "no purchase for 30 days; only one so far"),
        (5, 1, 0, "a purchase today; only one so far"),
    ],
)
def test_silence_in_other_lives(every: int, times: int, silent: int, sentence: str) -> None:
    facts = facts_of(rhythm("ann", 0, every, times), every * (times - 1) + silent)
    assert said("silence", facts) == sentence


def test_the_policy_names_the_activity() -> None:
    policy = policy_of(churn={"activity_kinds": ["site_visit"]})
    events = [interaction(f"v{n}", "ann", on(3 * n), "site_visit") for n in range(4)]
    assert said("silence", facts_of(events, 20, policy), policy) == (
        "no site visit for 11 days; usually every 3"
    )


def test_money_returns_and_discounts_are_told_in_numbers() -> None:
    events = [
        purchase("a", "ann", on(0), 1_000.0),
        interaction("b", "ann", on(4), "purchase", amount=3_000.5, discount=5.0),
        interaction("c", "ann", on(5), "return", amount=250.0),
    ]
    facts = facts_of(events, 6)
    assert said("spend", facts) == "last spend 3,000.50, 2,000.25 on average"
    assert said("returns", facts) == "returns worth 250.00 on 1 day"
    assert said("discounts", facts) == "1 of 2 purchases with a discount"
    assert value_of("returns", facts, POLICY) == 250.0


def test_complaints_requests_and_contracts_are_told() -> None:
    events = [
        purchase("a", "ann", on(0)),
        complaint("b", "ann", on(1), "opened", "one"),
        complaint("c", "ann", on(1), "opened", "two"),
        complaint("d", "ann", on(1), "resolved", "three"),
        interaction("e", "ann", on(1), "cancel_request"),
        profile("f", "ann", on(1), contract_end=moment(on(11))),
    ]
    facts = facts_of(events, 4)
    assert said("complaints", facts) == "2 open complaints (overdue), 1 before"
    assert said("cancel_request", facts) == "asked to cancel within the last 30 days"
    assert said("contract", facts) == "contract ends in 6 days"
    assert said("contract", facts_of(events, 13)) == "contract over for 3 days"
    assert said("contacts", facts) == "no contact in the last 30 days"
    assert said("events", facts) == "2 events in the last 30 days"


def test_a_daily_customer_comes_every_day() -> None:
    facts = facts_of(rhythm("ann", 0, 1, 5), 5)
    assert said("rhythm", facts) == "lately a purchase every day; the longest gap was 1 day"


@pytest.mark.parametrize(("times", "group"), [(1, "one-time"), (3, "returning")])
def test_a_segment_that_nobody_stated_is_told_by_the_occasions(times: int, group: str) -> None:
    assert said("segment", facts_of(rhythm("ann", 0, 5, times), 20)) == f"segment is {group}"


def test_own_attributes_are_told_by_their_names() -> None:
    events = [
        interaction("a", "ann", on(0), "purchase", attributes={"score": 8}),
        interaction("b", "ann", on(2), "purchase", attributes={"score": 5.5}),
        profile("c", "ann", on(1), segment="gold", attributes={"age": "41"}),
    ]
    facts = facts_of(events, 3, OWN)
    assert theme_of("number:age") == "age"
    assert said("age", facts, OWN) == "age is 41"
    assert (value_of("age", facts, POLICY), value_of("segment", facts, POLICY)) == (41.0, 1.0)
    assert said("score", facts, OWN) == "last score was 5.5, 6.75 on average"
    assert said("segment", facts, OWN) == "segment is gold"
    assert said("shoe", facts, OWN) == "no shoe on record"
    assert value_of("score", facts, POLICY) == 5.5


def test_every_feature_has_a_theme_with_a_sentence() -> None:
    known = {feature for theme in THEMES.values() for feature in theme.features}
    assert set(NAMES) <= known
    facts = spending(1.0)
    for name in feature_names(OWN):
        assert said(theme_of(name), facts, OWN)


def test_every_theme_tells_a_number_of_the_customer() -> None:
    events = [
        purchase("a", "ann", on(0), 40.0),
        interaction(
            "b", "ann", on(4), "purchase", amount=30.5, quantity=2.0, discount=5.0, channel="web"
        ),
        interaction("c", "ann", on(5), "return", amount=25.0),
        interaction("d", "ann", on(5), "contact"),
        interaction("e", "ann", on(6), "cancel_request"),
        interaction("f", "ann", on(6), "cancel_request"),
        complaint("g", "ann", on(6), "opened"),
        profile("h", "ann", on(6), contract_end=moment(on(70)), account_manager="m1"),
        profile("i", "ann", on(9), account_manager="m2"),
    ]
    facts = facts_of(events, 16)
    for theme in THEMES:
        assert any(letter.isdigit() for letter in said(theme, facts)), said(theme, facts)
    assert said("cancel_request", facts) == "asked to cancel 2 times within the last 30 days"


def test_the_typical_customer_is_told_in_the_unit_of_the_theme() -> None:
    facts = facts_of(rhythm("ann", 0, 12, 5), 48 + 41)
    numbers = dict(zip(NAMES, Scorer(POLICY).score(facts, 9e9).values.tolist(), strict=True))
    for theme in ("silence", "rhythm", "history", "spend", "events", "contacts", "complaints"):
        value = value_of(theme, facts, POLICY)
        assert typical_of(theme, numbers) == pytest.approx(value, rel=0.1), theme
    assert typical_of("returns", numbers) is None, "a share does not tell the money"
    assert typical_of("silence", {}) is None
    assert typical_of("score", {"last:score": -scaled(5.5)}) == pytest.approx(-5.5)


def by_theme(names: tuple[str, ...], parts: list[float]) -> dict[str, float]:
    sums = grouped(names, np.array(parts)).tolist()
    return dict(zip(themes_of(names), sums, strict=True))


def test_features_of_one_theme_are_one_reason_the_strongest_first() -> None:
    why = by_theme(
        ("recency", "spend_last", "overdue", "channels", "tenure"), [1.0, -1.5, 0.9, 0.001, 0.3]
    )
    reasons = reasons_of(why, spending(1.0), Policy())
    assert [(r.feature, r.contribution) for r in reasons] == [
        ("silence", 1.9),
        ("spend", -1.5),
        ("history", 0.3),
    ]


def test_the_strongest_is_named_however_slight() -> None:
    why = by_theme(("recency", "channels"), [0.001, 0.0005])
    assert [r.feature for r in reasons_of(why, spending(1.0), Policy())] == ["silence"]


def test_what_the_alert_is_about_is_named_in_any_case() -> None:
    why = by_theme(("recency", "spend_last", "tenure"), [0.001, -1.5, 0.3])
    for most in (1, 2, 3):
        reasons = reasons_of(why, spending(1.0), Policy(), most, about="silence")
        assert reasons[-1].feature == "silence"
    assert len(reasons_of(why, spending(1.0), Policy(), about="cancellation")) == 2


@given(st.lists(st.floats(-3, 3), min_size=len(NAMES), max_size=len(NAMES)), st.integers(1, 20))
def test_reasons_are_few_ordered_and_weighty(parts: list[float], most: int) -> None:
    reasons = reasons_of(by_theme(NAMES, parts), spending(1.0), Policy(), most)
    sizes = [abs(reason.contribution) for reason in reasons]
    assert 1 <= len(reasons) <= most
    assert sizes == sorted(sizes, reverse=True)
    assert all(size >= SLIGHT - 1e-4 for size in sizes[1:])
    assert len({reason.feature for reason in reasons}) == len(reasons)


def test_what_has_changed_is_told_by_its_effect() -> None:
    events, scorer = rhythm("ann", 0, 3, 8), Scorer(Policy())
    before = scorer.score(facts_of(events, 22), (FIRST_DAY + 23.0) * DAY)
    now = scorer.score(facts_of(events, 60), (FIRST_DAY + 61.0) * DAY)

    def since(then: Score) -> list[Change]:
        compared = scorer.since(then.values, now)
        return changes_of(compared, now.facts, scorer.names, Policy())

    (change, *_) = since(before)
    assert change.feature == "silence"
    assert change.contribution_change == pytest.approx(change.after - change.before, abs=1e-3)
    assert change.contribution_change > 1
    assert change.text == "no purchase for 39 days; usually every 3"
    assert not since(now)
