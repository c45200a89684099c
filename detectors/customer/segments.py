"""Segments: the groups by which predictions are calibrated and measured."""


def segment_of(stated: str, *, is_known: bool, is_one_time: bool) -> str:
    """The company's own segment of a customer, or else by whether it had one occasion, or any.

    The features ``occasions`` and ``one_time`` tell the same, so that the segment of a prediction
    can be told again when its label matures.

    >>> segment_of("", is_known=True, is_one_time=True)
    'one-time'
    >>> segment_of("retail", is_known=False, is_one_time=False)
    'retail'
    """
    if stated:
        return stated
    if is_one_time:
        return "one-time"
    return "returning" if is_known else "prospect"
