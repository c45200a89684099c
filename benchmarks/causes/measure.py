"""Prequential measures of a recogniser: each complaint is recognised first, then learned."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.causes.data import Labelled
from detectors.complaints.causes.classifier import MOST_TOKENS, CauseModel, model_of
from detectors.complaints.causes.keywords import KNOWN, default_keywords
from detectors.complaints.causes.learner import CauseLearner
from detectors.complaints.sections import Complaints
from detectors.models.evaluation import ece

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Figures:
    """How good it was; `unknown` counts as wrong in all but `precision`."""

    accuracy: float
    late_accuracy: float
    """Of the second half."""
    macro_f1: float
    """Mean over the causes that occur."""
    answered: float
    """Share that was not `unknown`."""
    precision: float
    """Accuracy among those answered."""
    calibration_error: float | None
    """Mean distance of its probability from how often it was right; None for one without any."""


@dataclass
class Tally:
    """What was said of each complaint, and what was true."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)

    def add(self, said: str, true: str, confidence: float | None = None) -> None:
        """Note an answer, and its probability."""
        self.pairs.append((said, true))
        if confidence is not None:
            self.confidence.append(confidence)

    def figures(self) -> Figures:
        """The measures of all that was noted."""
        right = [said == true for said, true in self.pairs]
        late = right[len(right) // 2 :]
        answered = sum(said != UNKNOWN for said, _ in self.pairs)
        return Figures(
            sum(right) / len(right),
            sum(late) / len(late),
            self._macro_f1(),
            answered / len(right),
            sum(right) / answered if answered else 0.0,
            ece(self.confidence, right) if self.confidence else None,
        )

    def _macro_f1(self) -> float:
        hits, saids, trues = Counter[str](), Counter[str](), Counter[str]()
        for said, true in self.pairs:
            saids[said] += 1
            trues[true] += 1
            hits[true] += said == true
        return sum(2 * hits[c] / (saids[c] + trues[c]) for c in trues) / len(trues)


def by_keywords(words: Sequence[int]) -> str:
    """The cause with the most keywords; `unknown` without any."""
    causes = default_keywords().causes
    votes = Counter(cause for word in words for cause in causes.get(word, ()))
    return max(KNOWN, key=lambda cause: votes[cause]) if votes else UNKNOWN


def prequential(complaints: Sequence[Labelled], policy: Complaints, every: int) -> dict[str, Tally]:
    """Each recogniser's answers; the model in force is renewed after so many complaints."""
    keywords, learner = default_keywords(), CauseLearner(policy.keyword_weight)
    model: CauseModel = model_of(None, policy.keyword_weight)
    seen: Counter[str] = Counter()
    tallies = {
        name: Tally()
        for name in (
            "classifier",
            "classifier, thin evidence `unknown`",
            "keywords alone",
            "most frequent cause",
        )
    }
    for number, (text, cause) in enumerate(complaints, start=1):
        words = keywords.tokens_of(text, MOST_TOKENS)
        surest, sure = (model.recognise(words, least) for least in (0.0, policy.cause_confidence))
        said = (
            (surest.cause, surest.confidence),
            (sure.cause, None),
            (by_keywords(words), None),
            (seen.most_common(1)[0][0] if seen else UNKNOWN, None),
        )
        for tally, (answer, confidence) in zip(tallies.values(), said, strict=True):
            tally.add(answer, cause, confidence)
        seen[cause] += 1
        learner.learn(words, cause)
        if number % every == 0:
            model = model_of(learner.snapshot(), policy.keyword_weight)
    return tallies
