"""The surge benchmark, small: few false alarms, big surges found within hours."""

from benchmarks.surge import delay_of, false_alarms, run
from benchmarks.surge_worlds import WORLDS, Injected, complained, simulate
from detectors.durations import DAY


def test_false_alarms_are_within_what_the_policy_says() -> None:
    found = false_alarms(WORLDS[2], 81, [3])
    assert found["complaints"] > 4_000
    assert found["false_alarms"] <= found["months"] == 2.0


def test_a_big_surge_is_found_within_hours() -> None:
    usual = list(simulate(WORLDS[1], 40, seed=4))
    start = usual[0].at // DAY * DAY + 35 * DAY + 9 * 3600
    values = ("product 150", "category 0", "cause 2", "channel 0", "region 1")
    surge = [complained(start + i * 900.0, 10**7 + i, values) for i in range(30)]
    opened, _ = run(sorted(usual + surge, key=lambda complaint: complaint.at))
    delay = delay_of(Injected("product 150", 0.07, start, 30), opened)
    assert delay is not None
    assert delay <= 3 * 3600
