"""Workers are compared within a round."""

from benchmarks.scale import Result, ratio


def test_two_workers_are_compared_with_one_of_the_same_round() -> None:
    results = [
        Result(1, 1, 100, seconds=10.0, cpu_seconds=8.0),
        Result(2, 1, 100, seconds=5.0, cpu_seconds=10.0),
        Result(2, 2, 100, seconds=20.0, cpu_seconds=8.0),
        Result(1, 2, 100, seconds=30.0, cpu_seconds=8.0),
        Result(1, 3, 100, seconds=16.0, cpu_seconds=8.0),
        Result(2, 3, 100, seconds=10.0, cpu_seconds=16.0),
    ]
    assert ratio(results, "per_second") == 1.6
    assert ratio(results, "per_cpu_second") == 0.8
