"""The learner of causes: complaints whose cause is stated teach the classifier, one by one."""

from collections.abc import Sequence
from typing import Any

from river.naive_bayes import MultinomialNB

from detectors.complaints.causes.classifier import (
    ALPHA,
    counts_of,
    odds_of,
    priors_of,
    rows_of,
    seeded,
    trust_of,
    with_counts,
)
from detectors.complaints.causes.keywords import KNOWN, default_keywords
from detectors.complaints.causes.trust import Trust

MOST_WORDS = 4_096
"""Learned words that are held; beyond, the rarest quarter is forgotten."""


class CauseLearner:
    """Learns from stated causes; the same complaints in the same order give the same snapshot."""

    def __init__(self, weight: float, snapshot: dict[str, Any] | None = None) -> None:
        """`weight`: of the keyword sets (`model_of`); `snapshot`: where to go on from.

        Raises `ValueError` for what is no snapshot.
        """
        self._weight = weight
        self._learned = MultinomialNB(alpha=ALPHA)
        self._trust = Trust()
        if snapshot is not None:
            with_counts(self._learned, *counts_of(snapshot))
            self._trust = trust_of(snapshot)
        self._seen = self._with_keywords()

    @property
    def complaints(self) -> int:
        """Complaints learned from so far."""
        return int(self._learned.class_counts.total())

    def learn(self, words: Sequence[int], cause: str) -> None:
        """A complaint of these hashed words has this cause; `unknown` teaches nothing."""
        if cause not in KNOWN or not words:
            return
        self._judge(words, cause)
        text = dict.fromkeys(words, 1)
        self._learned.learn_one(text, cause)
        self._seen.learn_one(text, cause)
        if len(self._learned.feature_counts) > MOST_WORDS:
            self._forget()

    def snapshot(self) -> dict[str, Any]:
        """All that was learned, as JSON values; the keyword sets are not in it.

        A word is its hash in hexadecimal, with the number of a cause and how often, in turn.
        """
        return {
            "causes": list(KNOWN),
            "complaints": [self._learned.class_counts[cause] for cause in KNOWN],
            "words": {
                f"{word:x}": [
                    number
                    for place, cause in enumerate(KNOWN)
                    if counts[cause]
                    for number in (place, counts[cause])
                ]
                for word, counts in sorted(self._learned.feature_counts.items())
            },
            "trust": list(self._trust),
        }

    def _judge(self, words: Sequence[int], cause: str) -> None:
        """Learn from what the words said before the cause was stated how far to believe them."""
        known = [word for word in words if word in self._seen.feature_counts]
        if known:
            odds = odds_of(priors_of(self._seen), rows_of(self._seen, known))
            self._trust = self._trust.after(odds, KNOWN.index(cause))

    def _with_keywords(self) -> MultinomialNB:
        """What speaks: the keyword sets, and all that was learned."""
        classifier = seeded(default_keywords(), self._weight)
        learned = self._learned
        return with_counts(classifier, learned.class_counts, learned.feature_counts)

    def _forget(self) -> None:
        """Let the rarest words go, those of the smallest hash first among equals."""
        words = self._learned.feature_counts
        rarest = sorted((counts.total(), word) for word, counts in words.items())
        for _, word in rarest[: len(rarest) - MOST_WORDS * 3 // 4]:
            del words[word]
        kept = MultinomialNB(alpha=ALPHA)
        self._learned = with_counts(kept, self._learned.class_counts, words)
        self._seen = self._with_keywords()
