"""The calendar of deadlines against a naive one."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer.deadlines import Deadlines

NAMES = ("a", "b", "c", "d")
plans = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(-1, 12)), max_size=20)


def due_naively(
    planned: dict[str, int], last_day: int, most: int, again: Callable[[str, int], int]
) -> list[tuple[int, list[str]]]:
    """Day by day over all customers, some of a day at a time."""
    found = []
    for day in range(last_day + 1):
        while names := sorted(name for name, due in planned.items() if due == day)[:most]:
            found.append((day, names))
            for name in names:
                del planned[name]
                later = again(name, day)
                if later > 0:
                    planned[name] = later
    return found


@settings(max_examples=200)
@given(
    st.dictionaries(st.sampled_from(NAMES), st.integers(1, 12)),
    plans,
    st.lists(st.integers(0, 15), max_size=4),
    st.integers(0, 5),
    st.integers(1, len(NAMES)),
)
def test_it_gives_what_a_search_through_all_customers_gives(
    begin: dict[str, int],
    changes: list[tuple[str, int]],
    ends: list[int],
    step: int,
    most: int,
) -> None:
    def again(name: str, day: int) -> int:
        return day + step + NAMES.index(name) if step else 0

    deadlines, planned = Deadlines(begin), dict(begin)
    for name, day in changes:
        deadlines.plan(name, day)
        planned.pop(name, None)
        if day > 0:
            planned[name] = day
    assert len(deadlines) == len(planned)
    for end in ends:
        found = []
        while due := deadlines.take(end, most):
            day, names = due
            found.append(due)
            for name in names:
                deadlines.plan(name, again(name, day))
        assert found == due_naively(planned, end, most, again)
        assert not deadlines.is_due(end)
        first = deadlines.first()
        assert first is None or first > end
        assert first == min(planned.values(), default=None)
        assert len(deadlines) == len(planned)


def test_who_is_planned_for_a_day_that_has_begun_comes_in_order_too() -> None:
    deadlines = Deadlines()
    for name in "abdf":
        deadlines.plan(name, 3)
    assert deadlines.take(3, 1) == (3, ["a"])
    deadlines.plan("c", 3)
    deadlines.plan("d", 4)
    assert deadlines.take(3, 2) == (3, ["b", "c"])
    assert deadlines.take(3, 2) == (3, ["f"])
    assert deadlines.take(3, 2) is None
    assert deadlines.first() == 4
