"""Answers to surveys, of one customer: kept among the measures of the day they belong to.

So they are summed, and known as of any day, as a policy's event attributes are; and a policy that
names them in `features.event_attributes` makes features of them.
"""

from typing import NamedTuple

from detectors.customer.apply import add_measure
from detectors.customer.facts import Facts
from detectors.customer.state import MONEY, Day, Measure, Settled
from detectors.durations import DAY
from detectors.rounding import rounded
from schemas.feedback import Feedback
from schemas.satisfaction import CustomerSatisfaction

CSAT, NPS = "survey.csat", "survey.nps"
"""Names of the measures."""
PROMOTER, DETRACTOR = 9, 6
"""The scale's own definition: from 9 on a promoter, up to 6 a detractor (Reichheld 2003)."""


class Answers(NamedTuple):
    """A customer's answers to one question: the newest, and the mean of all."""

    newest: float
    mean: float
    at: float
    """When the newest was given (epoch s)."""


def note_survey(day: Day, event: Feedback, at: float) -> None:
    """Keep the answers of a survey on its day."""
    for name, score in ((CSAT, event.score_csat), (NPS, event.score_nps)):
        if score is not None:
            add_measure(day, name, round(score * MONEY), at)


def answers_of(summary: Settled, name: str) -> Answers | None:
    """The customer's answers to the question; None without any."""
    measure: Measure | None = (summary.measures or {}).get(name)
    if measure is None or not measure.count:
        return None
    mean = measure.total / measure.count / MONEY
    return Answers(measure.last / MONEY, mean, measure.last_at)


def answers_within(summary: Settled, name: str, day: int, window: int) -> Answers | None:
    """The answers, if the newest was given within `window` days that end with day `day`."""
    answers = answers_of(summary, name)
    if answers is None or answers.at < (day + 1 - window) * DAY:
        return None
    return answers


def customer_satisfaction(facts: Facts) -> CustomerSatisfaction | None:
    """What the customer says and does; None of one without a survey or a complaint."""
    summary, complaints = facts.summary, facts.complaints_open + facts.complaints_past
    csat, nps = answers_of(summary, CSAT), answers_of(summary, NPS)
    if csat is None and nps is None and not complaints:
        return None
    occasions = summary.occasions
    return CustomerSatisfaction(
        csat=csat.newest if csat else None,
        csat_mean=rounded(csat.mean) if csat else None,
        nps=nps.newest if nps else None,
        nps_mean=rounded(nps.mean) if nps else None,
        repurchases=max(occasions - 1, 0),
        complaint_rate=rounded(complaints / occasions) if occasions and complaints else None,
    )
