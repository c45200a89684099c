"""Causes of complaints (D12) against the true ones."""

from collections import Counter
from collections.abc import Iterable

from benchmarks.truth.case import Case, Row, share
from schemas.causes import CAUSES
from schemas.complaint_alert import ComplaintAlert

UNKNOWN = "unknown"
Pairs = list[tuple[str, str]]
"""True cause and cause told."""


def causes(case: Case) -> dict[str, float | None]:
    """What the first alert of each complaint says, by what could be known then.

    `told`: with the text or the field telling it. `precise`: of those who are given a cause at all.
    `vague`: how often no cause is invented where none can be known. `last`: what the last alert
    says, when some causes have been stated.
    """
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    for alert in case.outputs("complaint-alerts", ComplaintAlert):
        first.setdefault(alert.complaint_id, alert.cause or UNKNOWN)
        last[alert.complaint_id] = alert.cause or UNKNOWN
    rows = case.truth("complaints")
    stated = [row for row in rows if row["stated"] == "opening"]
    texts = [row for row in rows if row["stated"] != "opening" and row["text"] == "telling"]
    silent = [row for row in rows if row["stated"] != "opening" and row["text"] != "telling"]
    return {
        "complaints": len(rows),
        "stated_right": accuracy(pairs(stated, first)),
        "text_accuracy": accuracy(pairs(texts, first)),
        "text_macro_f1": macro_f1(pairs(texts, first)),
        "text_precise": precision(pairs(texts, first)),
        "english_accuracy": accuracy(pairs((r for r in texts if r["language"] == "en"), first)),
        "chinese_accuracy": accuracy(pairs((r for r in texts if r["language"] == "zh"), first)),
        "second_half_text_accuracy": accuracy(pairs(texts[len(texts) // 2 :], first)),
        "vague_left_unknown": share(
            sum(told == UNKNOWN for _, told in pairs(silent, first)), len(silent)
        ),
        "last_accuracy": accuracy(pairs(rows, last)),
    }


def pairs(rows: Iterable[Row], told: dict[str, str]) -> Pairs:
    """True and told cause of complaints; a complaint without an alert is told nothing of."""
    return [(row["cause"], told.get(row["complaint"], UNKNOWN)) for row in rows]


def accuracy(found: Pairs) -> float | None:
    """Share that is right; unknown is wrong."""
    return share(sum(true == told for true, told in found), len(found))


def precision(found: Pairs) -> float | None:
    """Share that is right among those who are given a cause."""
    named = [(true, told) for true, told in found if told != UNKNOWN]
    return accuracy(named)


def macro_f1(found: Pairs) -> float | None:
    """Mean F1 over the causes that occur."""
    right = Counter(true for true, told in found if true == told)
    trues, tolds = Counter(true for true, _ in found), Counter(told for _, told in found)
    scores = [2 * right[cause] / (trues[cause] + tolds[cause]) for cause in CAUSES if trues[cause]]
    return round(sum(scores) / len(scores), 4) if scores else None
