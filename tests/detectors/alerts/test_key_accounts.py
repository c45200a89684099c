"""Key accounts: silence of ours that the plan does not allow is an alert by itself (D22)."""

from typing import Any

import pytest

from detectors.policy import PolicyError
from tests.detectors.builders import (
    Happening,
    feedback,
    interaction,
    on,
    policy_of,
    records,
    rhythm,
)
from tests.laws.stage import Stage, run

LEVELS = ["top", "large", "medium", "small"]
KEYS: dict[str, Any] = {"contact_every": "20d"}
BASE: dict[str, dict[str, object]] = {
    "churn": {"review_interval": "1d", "active_window": "30d"},
    "value": {"window": "30d"},
}
POLICY = policy_of(**BASE, key_accounts=KEYS)


def shop(*events: Happening, until: float = 80, policy: Any = POLICY) -> Stage:
    """The only customer of a shop is its best, and buys every five days until day 60."""
    story = sorted([*rhythm("ann", 0, 5, 13), *events], key=lambda event: event.at)
    return run(records(story), policy, until=on(until))


def contact(day: float, kind: str = "call") -> Happening:
    return interaction(f"k{day}", "ann", on(day), kind)


def stages(stage: Stage) -> list[tuple[str, int]]:
    return [(a.stage, a.silent_days) for a in stage.payloads("key-account-alerts")]


def test_silence_of_ours_raises_one_alert() -> None:
    (alert,) = shop(until=58).payloads("key-account-alerts")
    assert (alert.stage, alert.silent_days, alert.allowed_days) == ("raised", 21, 20)
    assert (alert.level, alert.grade, alert.last_contact) == ("top", "A", None)
    assert alert.reasons[0].text == "no contact of ours for 21 days; the plan allows 20"


def test_a_contact_resolves_it_at_once_and_begins_a_new_silence() -> None:
    alerts = shop(contact(30.5), until=58).payloads("key-account-alerts")
    assert [a.stage for a in alerts] == ["raised", "resolved", "raised"]
    assert alerts[1].occurred_at.timestamp() == on(30.5)
    assert alerts[1].closed_because == "we were in contact"
    assert alerts[1].alert_id == alerts[0].alert_id != alerts[2].alert_id
    assert (alerts[2].silent_days, alerts[2].last_contact.timestamp()) == (21, on(30))


def test_regular_contacts_raise_nothing() -> None:
    assert stages(shop(*(contact(day) for day in (1, 20, 40)), until=58)) == []


def test_what_the_customer_does_is_no_contact_of_ours() -> None:
    assert stages(shop(contact(15, "login"), contact(16, "payment"), until=58))[0][0] == "raised"


def test_a_team_that_reports_a_contact_resolves_it() -> None:
    answered = feedback("f", "ann", on(35), "alert", alert_id="any", alert_stage="contacted")
    assert [stage for stage, _ in stages(shop(answered))][:2] == ["raised", "resolved"]


def test_it_ends_with_the_key_account() -> None:
    everybody = policy_of(**BASE, key_accounts={**KEYS, "levels": LEVELS})
    last = shop(until=130, policy=everybody).payloads("key-account-alerts")[-1]
    assert (last.stage, last.closed_because) == ("expired", "no longer an active customer")


def test_who_is_no_key_account_is_left_out() -> None:
    nobody = policy_of(**BASE, key_accounts={**KEYS, "levels": [], "classes": []})
    off = policy_of(**BASE, key_accounts={"contact_every": "0d"})
    assert stages(shop(policy=nobody)) == stages(shop(policy=off)) == []


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 40, 40), (0.5, 5, 35)])
def test_the_control_group_gets_no_alert(share: float, least: int, most: int) -> None:
    everybody = {**KEYS, "levels": LEVELS}
    policy = policy_of(**BASE, key_accounts=everybody, alerts={"control_share": share})
    story = sorted((e for n in range(40) for e in rhythm(f"c{n}", 0, 5, 8)), key=lambda e: e.at)
    stage = run(records(story), policy, until=on(38))
    told = {alert.customer_id for alert in stage.payloads("key-account-alerts")}
    assert least <= len(told) <= most


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"key_accounts.levels = 'best': permitted is any of top"):
        policy_of(key_accounts={"levels": ["best"]})
    with pytest.raises(PolicyError, match=r"key_accounts.classes = 'D'"):
        policy_of(key_accounts={"classes": ["D"]})
