"""The proposed policy is one that loads, and its file says the same."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.policy import Policy, load_policy
from streams.backtest.scores_file import ResultFileError
from streams.tune.parts import Part
from streams.tune.policy_file import check_free, write_policy
from streams.tune.proposal import changes, proposed
from tests.detectors.builders import policy_of
from tests.streams.tune.trials import trial_of


@given(
    st.integers(1, 99),
    st.lists(st.floats(0, 1), min_size=1, max_size=20),
)
def test_every_proposal_is_a_policy_that_loads(
    tmp_path_factory: pytest.TempPathFactory, hundredths: int, scores: list[float]
) -> None:
    raise_at = hundredths / 100
    reviews = [(0, day, max(score, raise_at)) for day, score in enumerate(scores)]
    found = proposed(trial_of(*reviews), raise_at, Part(0, len(scores)))
    path = tmp_path_factory.mktemp("policy") / "tuned.toml"
    write_policy(path, found, "why", overwrite=False)
    assert load_policy(path) == found
    alerts = found.alerts
    assert alerts.raise_at == raise_at
    assert alerts.medium <= alerts.raise_at


def test_half_of_what_is_let_through_is_high_and_a_tenth_critical() -> None:
    scores = np.linspace(0.3, 0.9, 601).tolist()
    trial = trial_of(*((0, day, score) for day, score in enumerate(scores)))
    alerts = proposed(trial, 0.5, Part(0, 600)).alerts
    assert (alerts.medium, alerts.high, alerts.critical) == (0.5, 0.7, 0.86)


def test_only_keys_that_differ_are_told_with_both_values() -> None:
    before = policy_of(churn={"horizon": "60d"}, alerts={"raise_at": 0.7})
    after = policy_of(churn={"horizon": "30d"}, alerts={"raise_at": 0.65})
    assert changes(before, after) == [
        {"key": "churn.horizon", "now": "60d", "proposed": "30d"},
        {"key": "alerts.raise_at", "now": 0.7, "proposed": 0.65},
    ]
    assert changes(before, before) == []


def test_a_file_that_exists_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("# mine\n")
    with pytest.raises(ResultFileError, match=r"exists already; .* --overwrite"):
        check_free(path, overwrite=False)
    with pytest.raises(ResultFileError, match="exists already"):
        write_policy(path, Policy(), "why", overwrite=False)
    assert path.read_text() == "# mine\n"
    check_free(path, overwrite=True)
    write_policy(path, Policy(), "why", overwrite=True)
    assert load_policy(path) == Policy()


def test_a_missing_folder_is_told_beforehand(tmp_path: Path) -> None:
    with pytest.raises(ResultFileError, match="no folder"):
        check_free(tmp_path / "none" / "policy.toml", overwrite=False)
