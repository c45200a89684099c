"""The customers of an incident: exact while they are few, close when they are many."""

import json

import pytest

from detectors.surge.affected import SAMPLE, TOP, Affected


def test_few_customers_are_counted_exactly_and_once() -> None:
    affected = Affected()
    for _ in range(3):
        for i in range(300):
            affected.add(f"c-{i}", float(i))
    assert affected.count() == 300
    assert affected.value() == sum(range(300))
    assert affected.top == [(f"c-{i}", float(i)) for i in range(299, 299 - TOP, -1)]


def test_many_customers_are_estimated_in_bounded_memory() -> None:
    affected = Affected()
    for i in range(30_000):
        affected.add(f"c-{i % 10_000}", 50.0)
    assert affected.count() == pytest.approx(10_000, rel=0.15)
    assert affected.value() == pytest.approx(50.0 * affected.count())
    assert len(affected.to_json()["sample"]) == SAMPLE


def test_what_is_restored_goes_on_alike() -> None:
    affected = Affected()
    for i in range(2_000):
        affected.add(f"c-{i}", float(i % 7))
    again = Affected.from_json(json.loads(json.dumps(affected.to_json())))
    for other in (affected, again):
        other.add("one more", 9.0)
    assert json.dumps(again.to_json()) == json.dumps(affected.to_json())
