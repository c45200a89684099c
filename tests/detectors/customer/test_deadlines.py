"""The calendar of deadlines against a naive one."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.customer.deadlines import Deadlines

NAMES = ("a", "b", "c", "d")
plans = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(-1, 12)), max_size=20)


def due_naively(
    planned: dict[str, int], last_day: int, again: Callable[[str, int], int]
) -> list[tuple[int, list[str]]]:
    """Day by day over all customers."""
    found = []
    for day in range(last_day + 1):
        names = sorted(name for name, due in planned.items() if due == day)
        for name in names:
            del planned[name]
        if names:
            found.append((day, names))
        for name in names:
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
)
def test_it_gives_what_a_search_through_all_customers_gives(
    begin: dict[str, int], changes: list[tuple[str, int]], ends: list[int], step: int
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
        for day, names in deadlines.due(end):
            found.append((day, names))
            for name in names:
                deadlines.plan(name, again(name, day))
        assert found == due_naively(planned, end, again)
        first = deadlines.first()
        assert first is None or first > end
        assert first == min(planned.values(), default=None)
        assert len(deadlines) == len(planned)
