"""Recognising the cause of a complaint from its hashed words: naive Bayes, learned online (D12).

The classifier is River's ``naive_bayes.MultinomialNB`` over the words that stand in a text. It
starts from the keyword sets, as if each keyword had been seen a few times with its cause, and
learns from every complaint whose cause is stated later. Neighbouring words repeat each other, so
a text weighs no more than `WEIGHT` words, and of what they say only a share is believed (`trust`):
without that, naive Bayes is far too sure of itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from river.naive_bayes import MultinomialNB

from detectors.complaints.causes.keywords import KNOWN, Keywords, default_keywords
from detectors.complaints.causes.trust import Trust

ALPHA = 0.1
"""Lidstone smoothing of the word counts."""
WEIGHT = 12
"""Words' worth of evidence in a text, at the most."""
MOST_TOKENS = 64
"""Different words of a text that are looked at, and kept until its cause is stated."""
MOST_WORDS = 5
"""Keywords that are given as evidence."""


_PLACES = {cause: place for place, cause in enumerate(KNOWN)}


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a text says of its cause."""

    cause: str
    """One of the twelve, or `unknown` when the evidence is thin."""
    confidence: float
    """Probability of the most probable cause, 0 to 1; 0 when no word is known."""
    words: tuple[str, ...] = ()
    """The keywords in the text that speak for the cause, the strongest first."""


UNRECOGNISED = Recognised("unknown", 0.0)


class CauseModel:
    """A classifier that stands still: what speaks from one broadcast to the next."""

    def __init__(self, classifier: MultinomialNB, keywords: Keywords, trust: Trust) -> None:
        """The classifier must not learn any more."""
        self._classifier = classifier
        self._keywords = keywords
        self._trust = trust
        self._priors = priors_of(classifier)
        self._rows: dict[int, NDArray[np.float64]] = {}

    def recognise(self, tokens: list[int], least: float) -> Recognised:
        """The most probable cause if its probability is at least `least`, else `unknown`."""
        known = [token for token in tokens if token in self._classifier.feature_counts]
        if not known:
            return UNRECOGNISED
        rows = self._rows_of(known)
        chances = self._trust.chances(odds_of(self._priors, rows))
        best = int(chances.argmax())
        confidence = float(chances[best])
        if confidence < least:
            return Recognised("unknown", confidence)
        return Recognised(KNOWN[best], confidence, self._evidence(known, rows, best))

    def _rows_of(self, tokens: list[int]) -> NDArray[np.float64]:
        """The same as `rows_of`; each word is worked out once."""
        if unknown := [token for token in tokens if token not in self._rows]:
            self._rows.update(zip(unknown, rows_of(self._classifier, unknown), strict=True))
        return np.array([self._rows[token] for token in tokens])

    def _evidence(self, tokens: list[int], rows: NDArray[np.float64], best: int) -> tuple[str, ...]:
        """The keywords among the tokens that make the cause more probable than the average."""
        weights = rows[:, best] - rows.mean(axis=1)
        found = [
            (-float(weight), self._keywords.spelled[token])
            for token, weight in zip(tokens, weights, strict=True)
            if weight > 0 and token in self._keywords.spelled
        ]
        return tuple(word for _, word in sorted(found)[:MOST_WORDS])


def priors_of(classifier: MultinomialNB) -> NDArray[np.float64]:
    """The logarithm of each cause's share."""
    return np.array([log(classifier.p_class(cause)) for cause in KNOWN])


def rows_of(classifier: MultinomialNB, tokens: Sequence[int]) -> NDArray[np.float64]:
    """The logarithm of each word's chance in a complaint of each cause: words × causes.

    As River's `p_feature_given_class` has it, for many at once.
    """
    counts = np.full((len(tokens), len(KNOWN)), ALPHA)
    for row, token in enumerate(tokens):
        for cause, count in classifier.feature_counts[token].items():
            counts[row, _PLACES[cause]] += count
    totals = np.array([classifier.class_totals[cause] for cause in KNOWN])
    return np.asarray(np.log(counts / (totals + ALPHA * classifier.n_terms)))


def odds_of(priors: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the shares of the causes and the words of a text say together for each cause."""
    return np.asarray(priors + min(1.0, WEIGHT / len(rows)) * rows.sum(axis=0))


def seeded(keywords: Keywords, weight: float) -> MultinomialNB:
    """A classifier that knows the keyword sets: each keyword seen `weight` times with its cause."""
    classifier = MultinomialNB(alpha=ALPHA)
    for cause in KNOWN:
        of_cause = {token: weight for token, causes in keywords.causes.items() if cause in causes}
        classifier.learn_one(of_cause, cause)
    return classifier


def with_counts(
    classifier: MultinomialNB,
    classes: Mapping[str, float],
    tokens: Mapping[int, Mapping[str, float]],
) -> MultinomialNB:
    """The classifier after it has seen these numbers of complaints and words too."""
    classifier.class_counts.update(classes)
    for token, counts in tokens.items():
        classifier.feature_counts[token].update(counts)
        classifier.class_totals.update(counts)
    return classifier


def model_of(snapshot: dict[str, Any] | None, weight: float) -> CauseModel:
    """The model that a `CauseLearner` published; None: what the keyword sets alone say.

    Raises `ValueError` for what is no such snapshot.
    """
    keywords = default_keywords()
    classifier = seeded(keywords, weight)
    if snapshot is None:
        return CauseModel(classifier, keywords, Trust())
    with_counts(classifier, *counts_of(snapshot))
    return CauseModel(classifier, keywords, trust_of(snapshot))


def trust_of(snapshot: dict[str, Any]) -> Trust:
    """The trust in a snapshot; the first in one of the time before it was learned."""
    return Trust(*snapshot["trust"]) if "trust" in snapshot else Trust()


def counts_of(snapshot: dict[str, Any]) -> tuple[dict[str, float], dict[int, dict[str, float]]]:
    """The learned counts in a snapshot: of complaints by cause, of words by hash and cause."""
    try:
        names = snapshot["causes"]
        classes = dict(zip(names, snapshot["complaints"], strict=True))
        tokens = {
            int(token, 16): {
                names[at]: number for at, number in zip(row[::2], row[1::2], strict=True)
            }
            for token, row in snapshot["words"].items()
        }
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise ValueError(f"this is no snapshot of a cause model: {error!r}") from None
    return classes, tokens
