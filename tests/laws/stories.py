"""Hypothesis strategies: what a few customers do within some weeks, and how it is told."""

from collections.abc import Callable

from hypothesis import strategies as st

from detectors.durations import DAY
from tests.detectors.builders import (
    HOUR,
    START,
    Happening,
    complaint,
    feedback,
    interaction,
    moment,
    profile,
)
from tests.laws.stage import LATEST_ALERT

CUSTOMERS = ("ann", "bob", "cleo")
LEAST, MOST = 15, 45
"""Events of a story."""

Maker = Callable[[str, str, float], Happening]

amounts = st.integers(1, 40_000).map(lambda cents: cents / 100)
kinds = st.sampled_from(["visit", "contact", "payment", "return", "cancel_request", "tasting"])
stages = st.sampled_from(
    ["opened", "opened", "responded", "resolved", "reopened", "escalated", "withdrawn"]
)


def _purchase(amount: float, channel: str | None, discount: float | None) -> Maker:
    return lambda name, customer, at: interaction(
        name, customer, at, "purchase", amount=amount, channel=channel, discount=discount
    )


def _other(kind: str, amount: float) -> Maker:
    return lambda name, customer, at: interaction(name, customer, at, kind, amount=amount)


def _complaint(stage: str, case: int, severity: int | None) -> Maker:
    return lambda name, customer, at: complaint(
        name, customer, at, stage, f"{customer}-{case}", severity=severity
    )


def _profile(segment: str, contract: float | None, manager: str | None = None) -> Maker:
    def make(name: str, customer: str, at: float) -> Happening:
        ends = None if contract is None else moment(at + contract)
        return profile(
            name, customer, at, segment=segment, contract_end=ends, account_manager=manager
        )

    return make


def _employee(kind: str, employee: str) -> Maker:
    return lambda name, customer, at: interaction(name, customer, at, kind, employee_id=employee)


def _answer(stage: str) -> Maker:
    return lambda name, customer, at: feedback(
        name, customer, at, "alert", alert_id=LATEST_ALERT, alert_stage=stage
    )


managers = st.sampled_from([None, "m1", "m1", "m2"])
staff_kinds = st.sampled_from(["employee_left", "employee_left", "employee_back", "contact"])

purchases: st.SearchStrategy[Maker] = st.builds(
    _purchase,
    amounts,
    st.sampled_from([None, "web", "shop", "phone"]),
    st.sampled_from([None, None, 1.5]),
)
makers: st.SearchStrategy[Maker] = st.one_of(
    purchases,
    purchases,
    purchases,
    purchases,
    st.builds(_other, kinds, amounts),
    st.builds(_complaint, stages, st.integers(0, 1), st.sampled_from([None, 1, 5])),
    st.builds(_profile, st.sampled_from(["gold", "blue"]), st.sampled_from([None, 5e6]), managers),
    st.builds(
        _answer,
        st.sampled_from(["acknowledged", "snoozed", "dismissed", "contacted", "saved", "lost"]),
    ),
    st.just(_other("cancel", 0.0)),
)
staff_makers: st.SearchStrategy[Maker] = st.one_of(
    purchases,
    st.builds(_profile, st.just("gold"), st.none(), managers),
    st.builds(_employee, staff_kinds, st.sampled_from(["m1", "m2"])),
)
"""What has to do with who looks after a customer."""
aggregated: st.SearchStrategy[Maker] = st.one_of(
    purchases,
    st.builds(_other, kinds, amounts),
    st.builds(_complaint, stages, st.integers(0, 1), st.sampled_from([None, 1, 5])),
    st.builds(_profile, st.sampled_from(["gold", "blue"]), st.sampled_from([None, 5e6])),
)
gaps = st.sampled_from([0.0, 0.25, 5.0, 24.0, 24.0, 30.0, 60.0, 100.0, 300.0]).map(
    lambda hours: hours * HOUR
)


def stories(what: st.SearchStrategy[Maker] = makers) -> st.SearchStrategy[list[Happening]]:
    """Events of a few customers in order of time."""
    step = st.tuples(gaps, st.sampled_from(CUSTOMERS), what)
    return st.lists(step, min_size=LEAST, max_size=MOST).map(_in_order)


def _in_order(steps: list[tuple[float, str, Maker]]) -> list[Happening]:
    at, events = START, []
    for number, (gap, customer, make) in enumerate(steps):
        at += gap
        events.append(make(f"e{number}", customer, at))
    return events


def disordered(
    what: st.SearchStrategy[Maker], lateness: float
) -> st.SearchStrategy[tuple[list[Happening], list[Happening]]]:
    """A story in order of time, and the same told with delays of up to `lateness` seconds."""
    longest = max(int(lateness / HOUR) - 1, 0)
    delays = st.lists(st.integers(0, longest), min_size=MOST, max_size=MOST)
    return st.tuples(stories(what), delays).map(lambda pair: (pair[0], _delayed(*pair)))


def _delayed(events: list[Happening], delays: list[int]) -> list[Happening]:
    heard = [
        (event.at + delay * HOUR, number)
        for number, (event, delay) in enumerate(zip(events, delays, strict=False))
    ]
    return [events[number] for _, number in sorted(heard)]


def end_of(events: list[Happening], days: float = 40.0) -> float:
    """A moment long after the last event."""
    return max(event.at for event in events) + days * DAY


def mixed() -> st.SearchStrategy[list[Happening]]:
    """Good events, undecodable ones, repeats, and events that come much too late."""
    damage = st.sampled_from(["", "", "", "", "broken", "repeat", "late", "foreign"])
    return st.tuples(stories(), st.lists(damage, min_size=MOST, max_size=MOST)).map(
        lambda pair: _damaged(*pair)
    )


def _damaged(events: list[Happening], damages: list[str]) -> list[Happening]:
    told: list[Happening] = []
    for number, (event, damage) in enumerate(zip(events, damages, strict=False)):
        told.append(event)
        customer = CUSTOMERS[number % len(CUSTOMERS)]
        name = f"{damage}{number}"
        if damage == "broken":
            told.append(Happening(event.topic, name, event.at, None))
        elif damage == "repeat":
            told.append(event)
        elif damage == "late":
            told.append(interaction(name, customer, event.at - 30 * DAY, "purchase", amount=3.0))
        elif damage == "foreign":
            currency = ("EUR", "USD")[number % 2]
            told.append(
                interaction(name, customer, event.at, "purchase", amount=2.0, currency=currency)
            )
    return told
