"""Scores of named customers as of a day: what the review of that day says, and nothing changed."""

from detectors.durations import DAY
from detectors.effects import Output
from detectors.processor import PartitionProcessor
from schemas.codec import decode_output
from schemas.customer_state import CustomerState
from tests.detectors.builders import FIRST_DAY, brisk, on, purchase, records, rhythm

POLICY = brisk(time={"lateness": "0s"})
CUSTOMERS = [f"c{number}" for number in range(6)]


class Partition:
    """A processor with its store."""

    def __init__(self) -> None:
        self.store: dict[bytes, bytes] = {}
        self.processor = PartitionProcessor(0, POLICY, self.store.get)

    def kept(self, output: Output) -> Output:
        """The output, with its states stored."""
        self.store.update({key: value for key, value in output.states.items() if value})
        return output


def partition(days: int) -> Partition:
    """Six customers with rhythms of their own, up to the end of the first so many days."""
    found = Partition()
    events = [
        event for n, c in enumerate(CUSTOMERS) for event in rhythm(c, n, 2 + n, 30 // (2 + n))
    ]
    batch = records(sorted((e for e in events if e.at < on(days)), key=lambda event: event.at))
    found.kept(found.processor.process(batch))
    return found


def test_the_review_of_the_day_says_the_same() -> None:
    found = partition(12)
    day = FIRST_DAY + 11
    scores = found.processor.score_at(CUSTOMERS, day)
    said = {}
    for message in found.kept(found.processor.advance((day + 1.0) * DAY)).messages:
        if message.topic == "customer-state":
            view = decode_output(message.topic, message.value or b"")
            assert isinstance(view, CustomerState)
            if view.as_of.timestamp() == (day + 1) * DAY:
                said[view.customer_id] = view.probability
    assert said
    for customer, score in zip(CUSTOMERS, scores, strict=True):
        assert score is not None
        assert score.at == (day + 1) * DAY
        if customer in said:
            assert round(score.probability, 6) == said[customer]


def test_what_came_after_the_day_is_not_looked_at() -> None:
    early, late = partition(12), partition(30)
    day = FIRST_DAY + 11
    for before, after in zip(
        early.processor.score_at(CUSTOMERS, day),
        late.processor.score_at(CUSTOMERS, day),
        strict=True,
    ):
        assert before is not None
        assert after is not None
        assert (before.probability, before.packed) == (after.probability, after.packed)


def test_who_was_unknown_by_then_has_no_score() -> None:
    found = partition(12)
    newcomer = purchase("n", "newcomer", on(20))
    found.kept(found.processor.process(records([newcomer])))
    asked = ["nobody", "c1", "newcomer", "c1"]
    scores = found.processor.score_at(asked, FIRST_DAY + 11)
    assert [score is None for score in scores] == [True, False, True, False]
    assert found.processor.score_at(["newcomer"], FIRST_DAY + 20)[0] is not None
    assert found.processor.score_at([], FIRST_DAY) == []


def test_scoring_changes_nothing() -> None:
    asked, other = partition(20), partition(20)
    before = dict(asked.store)
    asked.processor.score_at(CUSTOMERS, FIRST_DAY + 19)
    assert asked.store == before
    end = (FIRST_DAY + 25.0) * DAY
    assert asked.processor.advance(end) == other.processor.advance(end)
