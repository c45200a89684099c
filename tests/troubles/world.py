"""A made-up shop, and the live system over it: what troubles are tried on."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from detectors.customer.partition import PREFIX
from detectors.customer.state import CustomerState, decode_state
from detectors.durations import DAY
from detectors.effects import Message, Record
from detectors.policy import Policy, parse_policy
from schemas.churn_risk import ChurnRisk
from schemas.codec import decode_output
from schemas.customer_state import CustomerState as CustomerView
from schemas.model_snapshot import ModelSnapshot
from schemas.portfolio import Portfolio
from schemas.training_example import TrainingExample
from streams.live import LiveSystem, Published
from streams.replay.summary import Tally
from tests.detectors.builders import Happening, moment, on, purchase, record

RULES: dict[str, dict[str, Any]] = {
    "churn": {
        "active_window": "40d",
        "horizon": "14d",
        "review_interval": "3d",
    },
    "model": {"min_labels": 100, "snapshot_interval": "3d"},
    "alerts": {"min_silence": "7d"},
    "upgrade": {"definition": "spend", "horizon": "14d"},
}
"""Short horizons, so that a few months of a small shop teach something."""


def rules(**sections: dict[str, Any]) -> Policy:
    """`RULES` with some keys replaced."""
    return parse_policy(
        {
            name: RULES.get(name, {}) | sections.get(name, {})
            for name in RULES.keys() | sections.keys()
        }
    )


def toml(**sections: dict[str, Any]) -> str:
    """The same as a policy file."""
    lines = []
    for name in sorted(RULES.keys() | sections.keys()):
        lines.append(f"[{name}]")
        for key, value in (RULES.get(name, {}) | sections.get(name, {})).items():
            lines.append(f"{key} = {value!r}".replace("'", '"'))
    return "\n".join(lines)


def shop(
    days: int,
    *,
    customers: int = 60,
    amount: Callable[[int], float] = lambda day: 1.0,
    is_open: Callable[[int], bool] = lambda day: True,
) -> list[Happening]:
    """Purchases of customers who come every 2 to 12 days, for a lifetime that ends at random.

    A new one comes for each who has left. `amount` multiplies what is paid on a day; on days when
    the shop is not open nobody buys.
    """
    random = np.random.default_rng(11)
    events, number = [], 0
    for _ in range(customers):
        begin = int(random.integers(0, 10))
        while begin < days:
            number += 1
            gap, life = random.uniform(2, 12), random.exponential(60)
            at = float(begin)
            while at < min(begin + life, days):
                paid = round(float(random.gamma(2.0, 10.0)) + 1.0, 2)
                if is_open(int(at)):
                    name = f"e{number}-{at:.3f}"
                    events.append(purchase(name, f"c{number}", on(at), paid * amount(int(at))))
                at += max(float(random.exponential(gap)), 0.05)
            begin += max(int(life), 5)
    return sorted(events, key=lambda event: event.at)


class World:
    """The live system with all that it has sent and published.

    Time passes as in a replay: by events alone, and trainer and portfolio answer at midnights.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.messages: list[Message] = []
        self.learned: list[TrainingExample] = []
        self.published: list[Published] = []
        self.tally = Tally()
        self.live = LiveSystem(
            policy,
            sent=self.messages.extend,
            learned=self.learned.append,
            published=lambda _, payload: self.published.append(payload),
        )
        self._offsets: dict[str, int] = {}
        self._midnight = float("-inf")

    def run(self, events: Iterable[Happening]) -> "World":
        """Apply events in order of time."""
        batch: list[Record] = []
        for event in events:
            if event.at >= self._midnight:
                self._process(batch)
                self.live.tick()
                self._midnight = (event.at // DAY + 1) * DAY
            offset = self._offsets.get(event.topic, 0)
            self._offsets[event.topic] = offset + 1
            batch.append(record(event, offset))
        self._process(batch)
        self.live.tick()
        return self

    def _process(self, batch: list[Record]) -> None:
        if batch:
            self.tally.add(self.live.process(batch))
            batch.clear()

    def wait(self, day: int) -> "World":
        """Let time pass to the beginning of a day without an event."""
        midnight = (self.live.processor.watermark // DAY + 1) * DAY
        while midnight <= on(day):
            self.tally.add(self.live.advance(midnight))
            self.live.tick()
            midnight += DAY
        return self

    def take_over(self, older: "World") -> "World":
        """Go on with the states and the offsets of another, as after a restart."""
        self.live.store.update(older.live.store)
        self.live.processor.restore(self.live.store.items())
        self._offsets = dict(older._offsets)
        return self

    def payloads(self, topic: str) -> list[Any]:
        """What was sent to a topic, in order; reading it proves that every number is finite."""
        return [decode_output(m.topic, m.value or b"") for m in self.messages if m.topic == topic]

    @property
    def alerts(self) -> list[ChurnRisk]:
        """The steps of churn alerts."""
        return self.payloads("churn-risk")

    @property
    def views(self) -> list[CustomerView]:
        """The public views."""
        return self.payloads("customer-state")

    @property
    def snapshots(self) -> list[ModelSnapshot]:
        """The models that were published."""
        return [item for item in self.published if isinstance(item, ModelSnapshot)]

    @property
    def portfolios(self) -> list[Portfolio]:
        """The portfolios that were published."""
        return [item for item in self.published if isinstance(item, Portfolio)]

    @property
    def states(self) -> dict[str, CustomerState]:
        """What is stored of each customer."""
        return {
            key.decode(): decode_state(value)
            for key, value in self.live.store.items()
            if not key.startswith(PREFIX)
        }

    def state_size(self, customer: str) -> int:
        """Bytes stored of a customer."""
        return len(self.live.store[customer.encode()])

    def log_loss(self, first: int, last: int, target: str = "silence") -> float:
        """Of what was given out for moments from day `first` to before day `last`, in nats."""
        said = [
            (example.probability, example.label)
            for example in self.learned
            if example.target == target
            and example.probability is not None
            and moment(on(first)) <= example.at < moment(on(last))
        ]
        assert said
        p = np.array([probability for probability, _ in said])
        y = np.array([label for _, label in said])
        return float(-np.log(np.where(y, p, 1 - p)).mean())


def sound(world: World) -> None:
    """Every record that was sent can be read, and every probability is one."""
    for topic in {message.topic for message in world.messages}:
        world.payloads(topic)
    said = [view.probability for view in world.views if view.probability is not None]
    said += [alert.probability for alert in world.alerts]
    said += [example.probability for example in world.learned if example.probability is not None]
    assert said
    assert np.isfinite(said).all()
    assert min(said) > 0
    assert max(said) < 1


def csv_of(events: Sequence[Happening]) -> str:
    """The purchases as a file: day, customer, amount and the event's id."""
    lines = ["at,who,amount,id"]
    for event in events:
        at = moment(event.at).strftime("%Y-%m-%dT%H:%M:%S")
        payload: Any = event.payload
        lines.append(f"{at},{payload.customer_id},{payload.amount},{event.event_id}")
    return "\n".join(lines) + "\n"


SOURCE = """
[source]
path = "shop.csv"
timezone = "UTC"
[[event]]
topic = "interactions"
set = { kind = "purchase" }
map = { customer_id = "who", occurred_at = "at", amount = "amount", event_id = "id" }
"""
