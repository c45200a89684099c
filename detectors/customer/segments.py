"""Segments: the groups by which predictions are calibrated and measured."""

from collections.abc import Mapping


def segment_of(stated: str, features: Mapping[str, float]) -> str:
    """The company's own segment of a customer, or else by the number of occasions.

    `features` are the numeric ones as the model takes them, so that the segment of a prediction can
    be told again when its label matures.

    >>> segment_of("", {"occasions": 0.69, "one_time": 1.0}), segment_of("retail", {})
    ('one-time', 'retail')
    """
    if stated:
        return stated
    if features.get("one_time"):
        return "one-time"
    return "returning" if features.get("occasions") else "prospect"
