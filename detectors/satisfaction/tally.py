"""What one partition's customers say and do on one day, as a fact that adds up with others."""

from zlib import crc32

from detectors.customer.facts import Facts
from detectors.customer.history import summarise
from detectors.customer.state import CustomerState
from detectors.durations import DAY
from detectors.policy import Policy
from detectors.satisfaction.areas import AreaCounts, areas_at
from detectors.satisfaction.surveys import CSAT, DETRACTOR, NPS, PROMOTER, answers_within
from detectors.value.worth import value_at_stake
from schemas.satisfaction import AreaLabels, AreaNow, SatisfactionFact


class SatisfactionTally:
    """Counts the reviews and the matured labels of a day."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._window = policy.satisfaction.window // DAY
        self._csat = (0, 0.0, 0.0)
        self._nps = [0, 0, 0]
        self._buyers = self._repeaters = self._customers = self._complainers = 0
        self._areas = AreaCounts(policy.satisfaction.areas)
        self._labels, self._leavers = 0, 0
        self._area_labels = AreaCounts(policy.satisfaction.areas)

    def review(self, state: CustomerState, facts: Facts) -> None:
        """Count an active customer as of the end of the day that `facts` speak of."""
        summary = facts.summary
        self._customers += 1
        if summary.occasions and facts.recency < self._window:
            self._buyers += 1
            self._repeaters += summary.occasions > 1
        if not state.complaints and not summary.measures:
            return
        first, end = (facts.day + 1.0 - self._window) * DAY, (facts.day + 1.0) * DAY
        self._complainers += any(first <= case.opened_at < end for case in state.complaints)
        self._survey(facts)
        areas = areas_at(state, summary, facts.day, self._policy.satisfaction)
        if areas:
            value = value_at_stake(facts, self._policy)
            for area in sorted(areas):
                self._areas.add(area, (1, value))

    def label(self, state: CustomerState, day: int, left: bool) -> None:
        """Count the label of a prediction of the first churn target, made at the end of `day`.

        Only if it is the customer's turn (`is_turn`).
        """
        policy = self._policy
        interval = policy.churn.review_interval // DAY
        if not is_turn(state.customer_id, day, policy.horizon_days, interval):
            return
        self._labels += 1
        self._leavers += left
        if not state.complaints and not _has_measures(state):
            return
        for area in areas_at(state, summarise(state, day), day, policy.satisfaction):
            self._area_labels.add(area, (1, left))

    def fact(self) -> SatisfactionFact:
        """All of it."""
        self._areas.bound()
        self._area_labels.bound()
        areas: list[AreaNow] = [
            (dimension, name, int(customers), round(value, 2))
            for (dimension, name), (customers, value) in self._areas.items()
        ]
        labels: list[AreaLabels] = [
            (dimension, name, int(number), int(left))
            for (dimension, name), (number, left) in self._area_labels.items()
        ]
        promoters, passives, detractors = self._nps
        return SatisfactionFact(
            csat=self._csat,
            nps=(promoters, passives, detractors),
            buyers=self._buyers,
            repeaters=self._repeaters,
            customers=self._customers,
            complainers=self._complainers,
            areas=areas,
            labels=(self._labels, self._leavers),
            area_labels=labels,
        )

    def _survey(self, facts: Facts) -> None:
        csat = answers_within(facts.summary, CSAT, facts.day, self._window)
        if csat is not None:
            count, total, squares = self._csat
            self._csat = (count + 1, total + csat.newest, squares + csat.newest**2)
        nps = answers_within(facts.summary, NPS, facts.day, self._window)
        if nps is not None:
            score = nps.newest
            self._nps[0 if score >= PROMOTER else 2 if score <= DETRACTOR else 1] += 1


def is_turn(customer_id: str, day: int, horizon: int, interval: int) -> bool:
    """Whether the prediction of `day` is the one of its horizon that counts for its customer.

    Predictions that overlap tell of the same outcome: counting each would make intervals too
    narrow. Of all that are made every `interval` days, one in each stretch of the least whole
    number of intervals that a `horizon` fits in counts; where the stretches begin is fixed by the
    hash of the id, not by what happens.

    >>> [day for day in range(0, 70, 7) if is_turn("c-1", day, 28, 7)]
    [14, 42]
    """
    stretch = -(-horizon // interval) * interval
    return (day + crc32(customer_id.encode()[::-1])) % stretch < interval


def _has_measures(state: CustomerState) -> bool:
    return bool(state.settled.measures) or any(day.measures for day in state.days)
