"""The learner of causes: complaints whose cause is stated teach the classifier, one by one."""

from collections.abc import Sequence
from typing import Any

from river.naive_bayes import MultinomialNB

from detectors.complaints.causes.classifier import ALPHA, counts_of, with_counts
from detectors.complaints.causes.keywords import KNOWN

MOST_WORDS = 4_096
"""Learned words that are held; beyond, the rarest quarter is forgotten."""


class CauseLearner:
    """Learns from stated causes; the same complaints in the same order give the same snapshot."""

    def __init__(self, snapshot: dict[str, Any] | None = None) -> None:
        """`snapshot`: where to go on from. Raises `ValueError` for what is no snapshot."""
        self._learned = MultinomialNB(alpha=ALPHA)
        if snapshot is not None:
            with_counts(self._learned, *counts_of(snapshot))

    @property
    def complaints(self) -> int:
        """Complaints learned from so far."""
        return int(self._learned.class_counts.total())

    def learn(self, words: Sequence[int], cause: str) -> None:
        """A complaint of these hashed words has this cause; `unknown` teaches nothing."""
        if cause not in KNOWN or not words:
            return
        self._learned.learn_one(dict.fromkeys(words, 1), cause)
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
        }

    def _forget(self) -> None:
        """Let the rarest words go, those of the smallest hash first among equals."""
        words = self._learned.feature_counts
        rarest = sorted((counts.total(), word) for word, counts in words.items())
        for _, word in rarest[: len(rarest) - MOST_WORDS * 3 // 4]:
            del words[word]
        kept = MultinomialNB(alpha=ALPHA)
        self._learned = with_counts(kept, self._learned.class_counts, words)
