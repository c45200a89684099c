"""The policy file: every key is checked, every message says what is permitted."""

import tomllib
from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.policy import Policy, PolicyError, effective_toml, load_policy, parse_policy
from tests.detectors.builders import BRISK, policy_of

EXAMPLES = sorted(Path(__file__).parents[2].glob("examples/*/policy.toml"))


def keys() -> Iterator[tuple[str, "Field[Any]"]]:
    """All keys with their sections."""
    policy = Policy()
    for section in fields(policy):
        for item in fields(getattr(policy, section.name)):
            yield section.name, item


KEYS = [(section, item.name) for section, item in keys()]
DURATIONS = [(section, item.name) for section, item in keys() if "duration" in item.metadata]


@pytest.mark.parametrize(("section", "key"), KEYS)
@pytest.mark.parametrize("value", [object(), True, -1e12, [1], {"a": "b"}, "\0" * 99])
def test_a_wrong_value_is_refused_with_its_key_and_what_is_permitted(
    section: str, key: str, value: object
) -> None:
    with pytest.raises(PolicyError) as caught:
        policy_of(**{section: {key: value}})
    message = str(caught.value)
    assert message.startswith(f"{section}.{key}")
    assert any(word in message for word in ("write ", "permitted is "))


@pytest.mark.parametrize(("section", "key"), DURATIONS)
@pytest.mark.parametrize("value", ["100000d", "soon", "", "1.5d", "-3d", "7", "7 years"])
def test_a_duration_out_of_range_or_malformed_names_key_value_and_remedy(
    section: str, key: str, value: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        policy_of(**{section: {key: value}})
    message = str(caught.value)
    assert f"{section}.{key} = {value!r}" in message
    assert "permitted is" in message or "write a number and a unit" in message


def test_a_number_out_of_range_names_the_range() -> None:
    with pytest.raises(PolicyError, match=r"^alerts.raise_at = 1.5: permitted is 0.01 to 0.99$"):
        policy_of(alerts={"raise_at": 1.5})
    with pytest.raises(PolicyError, match=r"^model.min_labels = 5: write a whole number from 20 "):
        policy_of(model={"min_labels": 5})
    with pytest.raises(PolicyError, match=r"^churn.horizon = '3000d': permitted is 1d to 730d$"):
        policy_of(churn={"horizon": "3000d"})
    with pytest.raises(PolicyError, match=r"permitted is one of silence, cancellation$"):
        policy_of(churn={"definition": "boredom"})
    with pytest.raises(PolicyError, match=r"^churn.horizon = '36h': must be whole days$"):
        policy_of(churn={"horizon": "36h"})
    with pytest.raises(PolicyError, match=r"^value.rates.USD = -1: permitted is a rate above 0$"):
        policy_of(value={"currency": "EUR", "rates": {"USD": -1}})
    with pytest.raises(PolicyError, match=r"^alerts.raise_at = nan: permitted"):
        policy_of(alerts={"raise_at": float("nan")})


def test_unknown_sections_and_keys_are_refused_with_the_known_ones() -> None:
    with pytest.raises(PolicyError, match=r"unknown section: 'churns'; known are time, churn, "):
        policy_of(churns={})
    with pytest.raises(PolicyError, match=r"unknown key in \[churn\]: 'horizont'; known are defin"):
        policy_of(churn={"horizont": "60d"})
    with pytest.raises(PolicyError, match=r"^churn = 3: must be a section, \[churn\]$"):
        parse_policy({"churn": 3})


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"churn": {"active_window": "10d", "review_interval": "20d"}},
            "churn.review_interval = 20d is longer than churn.active_window = 10d",
        ),
        (
            {
                "time": {"lateness": "20d", "duplicate_window": "20d"},
                "churn": {"active_window": "10d"},
            },
            "time.lateness = 20d is longer than churn.active_window = 10d",
        ),
        (
            {"time": {"lateness": "5d", "duplicate_window": "2d"}},
            "time.duplicate_window = 2d is shorter than time.lateness = 5d",
        ),
        (
            {"alerts": {"raise_at": 0.5, "clear_at": 0.6}},
            "alerts.clear_at = 0.6 is above alerts.raise_at = 0.5",
        ),
        ({"alerts": {"medium": 0.8}}, "alerts.medium, high, critical = 0.8, 0.7, 0.85: must rise"),
        ({"value": {"medium": 0.9, "large": 0.2}}, "must be below 1"),
        ({"value": {"rates": {"USD": 0.9}}}, "value.rates needs value.currency"),
        (
            {"time": {"default_zone": "Europe/Atlantis"}},
            "time.default_zone = 'Europe/Atlantis': no such IANA time zone",
        ),
    ],
)
def test_contradictions_are_refused(sections: dict[str, dict[str, object]], message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy_of(**sections)
    assert message in str(caught.value)


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    with pytest.raises(PolicyError, match=r"cannot read the policy .*policy.toml: No such file"):
        load_policy(path)
    path.write_text("[churn\n")
    with pytest.raises(PolicyError, match=r"policy.toml is not valid TOML"):
        load_policy(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyError, match=r"policy.toml is not valid TOML"):
        load_policy(path)
    path.write_text('[churn]\nhorizon = "0d"\n')
    with pytest.raises(PolicyError, match=r"policy.toml: churn.horizon = '0d': permitted is 1d"):
        load_policy(path)


def test_without_a_file_the_defaults_hold() -> None:
    assert load_policy(None) == Policy() == parse_policy({})


def test_the_default_policy_passes_its_own_checks() -> None:
    assert parse_policy(tomllib.loads(effective_toml(Policy()))) == Policy()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.parent.name))
def test_the_examples_are_valid(path: Path) -> None:
    load_policy(path)


names = st.lists(st.text(min_size=1, max_size=20), max_size=4, unique=True)


@given(
    names,
    names,
    st.dictionaries(st.text(min_size=1, max_size=8), st.floats(1e-300, 1e8), max_size=3),
    st.floats(0.02, 0.5),
    st.integers(1, 700),
)
def test_the_effective_policy_reads_back_as_the_same(
    profile: list[str], event: list[str], rates: dict[str, float], low: float, days: int
) -> None:
    policy = policy_of(
        features={"profile_attributes": profile, "event_attributes": event},
        value={"currency": "EUR", "rates": rates},
        alerts={"clear_at": low},
        churn={"horizon": f"{days}d"},
    )
    assert parse_policy(tomllib.loads(effective_toml(policy))) == policy


def test_the_effective_policy_lists_every_key() -> None:
    document = tomllib.loads(effective_toml(policy_of(**BRISK)))
    assert {name: set(table) for name, table in document.items()} == {
        section.name: {item.name for item in fields(getattr(Policy(), section.name))}
        for section in fields(Policy)
    }
    assert all(is_dataclass(getattr(Policy(), name)) for name in document)


def test_the_days_kept_cover_every_look_back() -> None:
    policy = policy_of(
        time={"lateness": "36h", "duplicate_window": "3d"},
        churn={"horizon": "100d", "active_window": "40d"},
    )
    assert policy.retained_days == 100 + 2 + 1
    # The rule for a move up looks at the value window as it was a horizon ago.
    level = policy_of(
        time={"lateness": "1d"},
        value={"window": "120d"},
        upgrade={"definition": "level", "horizon": "30d"},
    )
    assert level.retained_days == 120 + 30 + 1 + 1
    assert policy.horizon_days == 100
    assert policy.active_days == 40
