"""What is tried: only what the data are long enough for."""

from detectors.durations import DAY
from detectors.policy import Policy
from streams.tune.candidates import Skipped, horizons, intervals, with_horizon
from streams.tune.parts import Part, Parts, parts_of
from tests.detectors.builders import policy_of


def tried(found: list[Policy | Skipped], key: str) -> list[int]:
    """The days of the policies to try."""
    return [getattr(p.churn, key) // DAY for p in found if isinstance(p, Policy)]


def test_the_own_horizon_is_not_tried_twice() -> None:
    found = list(horizons(policy_of(churn={"horizon": "60d"}), parts_of(0, 600, 60, 90), 0))
    assert tried(found, "horizon") == [30, 90]


def test_a_horizon_whose_labels_mature_too_late_is_skipped_and_told() -> None:
    found = list(horizons(policy_of(churn={"horizon": "30d"}), parts_of(0, 260, 30, 1), 0))
    assert tried(found, "horizon") == [60]
    (skipped,) = (item for item in found if isinstance(item, Skipped))
    assert (skipped.key, skipped.value) == ("churn.horizon", "90d")


def test_intervals_are_no_longer_than_the_window_or_the_part() -> None:
    short = Parts(Part(100, 119), Part(200, 219))
    found = list(intervals(Policy(), 7 * DAY, short))
    assert tried(found, "review_interval") == [14]
    assert [item.value for item in found if isinstance(item, Skipped)] == ["30d"]
    narrow = policy_of(churn={"active_window": "10d"})
    found = list(intervals(narrow, 14 * DAY, parts_of(0, 600, 60, 90)))
    assert tried(found, "review_interval") == [7]


def test_the_new_horizon_does_not_stand_among_the_further_ones_again() -> None:
    policy = policy_of(
        churn={
            "horizon": "60d",
            "also": [
                {"definition": "silence", "horizon": "30d"},
                {"definition": "cancellation", "horizon": "30d"},
            ],
        }
    )
    changed = with_horizon(policy, 30 * DAY)
    assert [target.name for target in changed.targets[:-1]] == ["silence-30d", "cancellation-30d"]
