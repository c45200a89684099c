"""Compares what is on the cluster with what must be there; knows nothing of how it came about.

`Verifier.problems` is empty when nothing was lost, nothing was counted twice, and everything is
accounted for. Metrics are not asked: those of a worker that died are gone with it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import rocksdict

from detectors.customer.partition import PREFIX, decode_partition
from detectors.customer.state import CustomerState, decode_state
from streams.topics import CHANGELOG
from tests.faults.expected import INPUTS, Customer, Expected
from tests.kafka.deployment import PARTITIONS, Deployment, Item
from tests.kafka.oracle import undisturbed

OUTPUTS = ("churn-risk", "complaint-alerts", "upgrade-opportunity", "customer-state")
LETTERS = "dead-letters"
FAUST_OFFSET = b"__faust\0offset__"
"""Faust's own note in a store."""
SHOWN = 5
"""Problems of one sort that are told one by one."""


@dataclass
class Found:
    """What a deployment holds: input, changelog and output records, and committed offsets."""

    inputs: Mapping[str, list[Item]]
    changelog: list[Item]
    outputs: Mapping[str, list[Item]]
    offsets: Mapping[str, tuple[int | None, int]]
    lateness: float
    future_limit: float
    before: Mapping[bytes, bytes] = field(default_factory=dict)
    """The states with which it all began."""

    @classmethod
    def of(cls, deployment: Deployment, before: Mapping[bytes, bytes] | None = None) -> "Found":
        """Read it all from the cluster."""
        return cls(
            inputs={topic: deployment.read(topic) for topic in INPUTS},
            changelog=deployment.read(CHANGELOG),
            outputs={topic: deployment.read(topic) for topic in (*OUTPUTS, LETTERS)},
            offsets=deployment.offsets(),
            lateness=deployment.policy.time.lateness,
            future_limit=deployment.policy.time.future_limit,
            before=before or {},
        )

    def states(self) -> dict[bytes, bytes]:
        """The last value of every key of the changelog."""
        states: dict[bytes, bytes] = {}
        for item in self.changelog:
            if item.key is not None:
                if item.value is None:
                    states.pop(item.key, None)
                else:
                    states[item.key] = item.value
        return states


@dataclass
class Verifier:
    """Collects problems, in words."""

    found: Found
    _problems: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def problems(
        self,
        reference: Mapping[str, Mapping[str, bytes]] | None = None,
        store: Mapping[bytes, bytes] | None = None,
    ) -> list[str]:
        """Everything that is not as it must be.

        ``reference``: by output topic the messages of an undisturbed run, by id. ``store``: the
        states that a worker held when it stopped.
        """
        expected = Expected(self.found.lateness, self.found.future_limit)
        for topic, items in self.found.inputs.items():
            expected.read(topic, items)
        states = self.found.states()
        customers = {
            key.decode(): decode_state(value)
            for key, value in states.items()
            if not key.startswith(PREFIX)
        }
        self._compare_customers(expected.customers, customers)
        self._compare_event_time(expected, states)
        self._account(expected, customers.values())
        for place, (committed, end) in self.found.offsets.items():
            if (committed or 0) != end:
                self._add("offset", f"{place} is committed to {committed}, its end is {end}")
        for topic, items in self.found.outputs.items():
            self._compare_outputs(topic, items, reference)
        if store is not None:
            self._compare_store(states, store)
        return [
            line
            for sort, lines in self._problems.items()
            for line in [*lines[:SHOWN], *([f"{sort}: {len(lines)} in all"] * (len(lines) > SHOWN))]
        ]

    def _add(self, sort: str, line: str) -> None:
        self._problems[sort].append(f"{sort}: {line}")

    def _compare_customers(
        self, wanted: Mapping[str, Customer], found: Mapping[str, CustomerState]
    ) -> None:
        known = {name: customer for name, customer in wanted.items() if customer.seen}
        old = {key.decode(): decode_state(value) for key, value in self.found.before.items()}
        for name, state in old.items():
            totals = totals_of(state) + totals_in(wanted[name].figures)
            if name not in found or totals_of(found[name]) != totals:
                self._add("older state", f"{name} must have {totals}")
        for name in sorted((known.keys() ^ found.keys()) - old.keys()):
            self._add("customer", f"{name} is {'missing' if name in known else 'made up'}")
        for name in sorted((known.keys() & found.keys()) - old.keys()):
            customer, state = known[name], found[name]
            figures = figures_of(state)
            for figure in sorted(customer.figures.keys() | figures.keys()):
                held, must = figures[figure], customer.figures[figure]
                if held != must:
                    self._add("figure", f"{name} has {figure} {held}, must be {must}")
            if complaints_of(state) != customer.complaints:
                self._add("complaints", f"{name} has others than were sent")
            if state.offsets != customer.offsets:
                self._add(
                    "applied offset", f"{name} has {state.offsets}, must be {customer.offsets}"
                )
            if (state.first_at, state.last_at) != (customer.first_at, customer.last_at):
                self._add("time", f"{name} has another first or last event")

    def _compare_event_time(self, expected: Expected, states: Mapping[bytes, bytes]) -> None:
        """How far each partition believes to have come, against its newest event."""
        for number in range(PARTITIONS):
            stored = states.get(PREFIX + str(number).encode())
            for index, topic in enumerate(INPUTS):
                newest = expected.newest.get((number, topic))
                held = None if stored is None else decode_partition(stored).newest[index]
                if newest is not None and held != newest:
                    self._add("event time", f"partition {number} of {topic}: {held}, not {newest}")

    def _account(self, expected: Expected, customers: Iterable[CustomerState]) -> None:
        """Law 4: what was read is applied, a duplicate, late or a dead letter; sums by topic."""
        letters: dict[str, str] = {}
        for item in self.found.outputs[LETTERS]:
            letter = orjson.loads(item.value or b"")["data"]
            outcome = "late" if letter["reason"] == "late" else "dead_lettered"
            letters[letter["dead_letter_id"]] = outcome
        for place in sorted(letters.keys() ^ expected.refused.keys()):
            problem = "has no dead letter" if place in expected.refused else "was refused wrongly"
            self._add("dead letter", f"{place} {problem}")
        for place in letters.keys() & expected.refused.keys():
            if letters[place] != expected.refused[place]:
                self._add("dead letter", f"{place} is {letters[place]}, not late or the reverse")
        applied: Counter[str] = Counter()
        for state in customers:
            applied["interactions"] += totals_of(state)["events"]
            applied["complaints"] += sum(
                bin(step).count("1") for step in complaints_of(state).values()
            )
        for old in self.found.before.values():
            applied["interactions"] -= totals_of(decode_state(old))["events"]
        refused = Counter((place.partition("/")[0], outcome) for place, outcome in letters.items())
        for topic in ("interactions", "complaints"):
            read = sum(
                end for place, (_, end) in self.found.offsets.items() if f"{topic}/" in place
            )
            parts = {
                "applied": applied[topic],
                "duplicate": expected.outcomes[topic]["duplicate"],
                "late": refused[topic, "late"],
                "dead-lettered": refused[topic, "dead_lettered"],
            }
            if read != sum(parts.values()):
                self._add("account", f"{read} records of {topic} were read, but {parts}")

    def _compare_outputs(
        self,
        topic: str,
        items: list[Item],
        reference: Mapping[str, Mapping[str, bytes]] | None,
    ) -> None:
        messages: dict[str, bytes] = {}
        for item in items:
            if messages.setdefault(item.id, item.value or b"") != item.value:
                self._add("output", f"{topic}: {item.id} is there twice, and differs")
        if reference is None:
            return
        wanted = reference.get(topic, {})
        for event_id in sorted(messages.keys() ^ wanted.keys()):
            problem = "is missing" if event_id in wanted else "is in no undisturbed run"
            value = wanted.get(event_id) or messages[event_id]
            self._add("output", f"{topic}: {event_id} {problem}: {value.decode()}")
        for event_id in sorted(messages.keys() & wanted.keys()):
            if messages[event_id] != wanted[event_id]:
                self._add(
                    "output",
                    f"{topic}: {event_id} is another than in an undisturbed run: "
                    f"{messages[event_id].decode()} instead of {wanted[event_id].decode()}",
                )

    def _compare_store(
        self, changelog: Mapping[bytes, bytes], store: Mapping[bytes, bytes]
    ) -> None:
        for key in sorted(changelog.keys() | store.keys()):
            if changelog.get(key) != store.get(key):
                self._add("store", f"{key!r} is not what the changelog says")


def figures_of(state: CustomerState) -> Counter[str]:
    """The sums that a state holds, in the words of `expected.count`; zeros left out."""
    figures: Counter[str] = Counter()
    for day in state.days:
        held = {
            "events": day.events,
            "purchases": day.purchases,
            "spend": day.spend,
            "returned": day.returned,
            "cancel_requests": day.cancel_requests,
            "cancels": day.cancels,
            "contacts": day.contacts,
        }
        figures += Counter({f"{day.number}/{name}": value for name, value in held.items()})
    return figures


def totals_of(state: CustomerState) -> Counter[str]:
    """Events and money over all days, those included that are no longer kept one by one."""
    settled = Counter(events=state.settled.events, spend=state.settled.spend)
    return settled + totals_in(figures_of(state))


def totals_in(figures: Mapping[str, int]) -> Counter[str]:
    """The same of figures by day."""
    totals: Counter[str] = Counter()
    for figure, value in figures.items():
        name = figure.partition("/")[2]
        if name in ("events", "spend"):
            totals[name] += value
    return totals


def complaints_of(state: CustomerState) -> dict[str, int]:
    """By complaint: 1 if opened, 2 if answered, 3 for both."""
    return {
        case.complaint_id: (1 if case.opened_at else 0) | (2 if case.responded_at else 0)
        for case in state.complaints
    }


def stored_in(folder: Path) -> dict[bytes, bytes]:
    """What the RocksDB stores under a worker's data folder hold; the worker must have ended."""
    found: dict[bytes, bytes] = {}
    for path in sorted(folder.glob("**/*-*.db")):
        db = rocksdict.Rdict(
            str(path),
            options=rocksdict.Options(raw_mode=True),
            access_type=rocksdict.AccessType.read_only(),
        )
        for key, value in db.items():
            if isinstance(key, bytes) and key != FAUST_OFFSET:
                found[key] = value
        db.close()
    return found


def verify(
    deployment: Deployment,
    *,
    before: Mapping[bytes, bytes] | None = None,
    store: Mapping[bytes, bytes] | None = None,
) -> None:
    """Fail with everything that is wrong in a deployment whose records are all processed.

    ``before``: the states with which it began. ``store``: see `Verifier.problems`.
    """
    _, expected = undisturbed(deployment, before)
    problems = Verifier(Found.of(deployment, before)).problems(expected, store)
    assert not problems, "\n".join([*problems, deployment.look()])
