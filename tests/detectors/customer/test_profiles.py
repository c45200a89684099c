"""Profiles: what had been stated by a moment; what a statement leaves out stays."""

from collections.abc import Sequence
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.profiles import MAX_VERSIONS, apply_profile, note_attributes, profile_at
from detectors.customer.state import CustomerState, new_state
from detectors.durations import DAY
from schemas.interaction import Interaction
from schemas.profile import Profile
from tests.detectors.builders import START, moment, on, policy_of

POLICY = policy_of(
    features={"profile_attributes": ["segment", "region", "age_group"]},
    time={"lateness": "5d", "duplicate_window": "5d"},
)


def after(statements: list[Profile]) -> CustomerState:
    state = new_state("ann")
    for statement in statements:
        at = statement.occurred_at.timestamp()
        state.last_at = max(state.last_at, at)
        apply_profile(state, statement, at, POLICY)
    return state


def statement(day: float, **fields: object) -> Profile:
    return Profile(customer_id="ann", occurred_at=moment(on(day)), **fields)  # type: ignore[arg-type]


def attributes(state: CustomerState, day: float) -> dict[str, str]:
    found = profile_at(state, on(day))
    return found.attributes if found else {}


def test_the_profile_of_a_moment_in_any_order_of_arrival() -> None:
    statements = [
        statement(1, segment="gold", region="north", contract_end=moment(on(90))),
        statement(2, segment="blue"),
        statement(3, region="south", attributes={"age_group": "60+", "shoe": 44}),
    ]
    for order in permutations(statements):
        state = after(list(order))
        assert profile_at(state, on(0.5)) is None
        assert attributes(state, 1.5) == {"segment": "gold", "region": "north"}
        assert attributes(state, 2.5) == {"segment": "blue", "region": "north"}
        newest = profile_at(state, on(9))
        assert newest is not None
        assert newest.attributes == {"segment": "blue", "region": "south", "age_group": "60+"}
        assert newest.contract_end == on(90)
        assert newest.segment == "blue"


def test_many_statements_stay_few_and_nothing_said_is_lost() -> None:
    state = after([statement(0, region="north")])
    for number in range(1_000):
        new = statement(1 + number / 100, segment=f"s{number}")
        state.last_at = new.occurred_at.timestamp()
        apply_profile(state, new, state.last_at, POLICY)
    assert len(state.profiles) <= MAX_VERSIONS
    assert attributes(state, 20) == {"region": "north", "segment": "s999"}


def test_statements_that_say_nothing_new_take_no_room() -> None:
    state = after([statement(day, segment="gold") for day in range(400)])
    assert len(state.profiles) <= MAX_VERSIONS
    assert attributes(state, 300) == {"segment": "gold"}


@given(st.lists(st.integers(0, 60), max_size=MAX_VERSIONS - 1), st.integers(0, 60))
def test_the_profile_as_of_a_day_within_the_lateness_knows_no_later_statement(
    days: list[int], back: int
) -> None:
    statements = [statement(day, segment=f"s{day}") for day in sorted(days)]
    state = after(statements)
    newest = max(days, default=0)
    day = max(newest - back % 5, 0)
    said = [f"s{stated}" for stated in sorted(days) if stated <= day]
    assert attributes(state, day).get("segment") == (said[-1] if said else None)
    assert all(version.since >= START - DAY for version in state.profiles)


def offered(order: Sequence[tuple[float, dict[str, str]]]) -> CustomerState:
    state = new_state("ann")
    for day, stated in order:
        offer = Interaction(
            customer_id="ann", kind="offer", occurred_at=moment(on(day)), attributes={**stated}
        )
        state.last_at = max(state.last_at, on(day))
        note_attributes(state, offer, on(day), POLICY)
    return state


def test_an_interaction_states_attributes_as_a_profile_does_in_any_order() -> None:
    stated = [
        (1.2, {"region": "north", "shoe": "44"}),
        (1.6, {"region": "south"}),
        (2.1, {"region": "west", "age_group": "60+"}),
        (2.4, {"region": "east"}),
    ]
    for order in permutations(stated):
        state = offered(order)
        assert attributes(state, 1) == {}
        assert attributes(state, 2) == {"region": "south"}
        assert attributes(state, 3) == {"region": "east", "age_group": "60+"}


def test_a_busy_day_of_interactions_pushes_nothing_out() -> None:
    busy = [(5 + number / 1_000, {"region": f"r{number}"}) for number in range(500)]
    state = offered([(0.5, {"age_group": "60+"}), (1.5, {"region": "north"}), *busy])
    assert len(state.profiles) <= 3
    assert attributes(state, 2) == {"age_group": "60+", "region": "north"}
    assert attributes(state, 6) == {"age_group": "60+", "region": "r499"}
