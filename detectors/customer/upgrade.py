"""Stored customer states of older versions, brought to the next one as plain msgpack fields.

An upgrade knows only the two layouts it stands between, whatever the product has become since.
"""

from bisect import bisect_left
from collections.abc import Callable
from struct import Struct
from typing import Any

_SETTLED, _PENDING, _LAST_SCORE = 5, 13, 15
"""Places of the fields in a state of versions 1 and 2."""
_EDGES = (1, 3, 7, 14, 21, 30, 45, 60, 90, 120, 180, 270)
"""Longest gap of each class of version 3."""
_HEAD = Struct("<iIBB")
"""What begins a waiting prediction; its last byte is the number of features."""
_BUILT_IN = 26
"""How many built-in features version 1 had; then came two of each event attribute."""
_BUILT_IN_2, _BUILT_IN_3, _BUILT_IN_4 = 28, 36, 42
"""How many versions 2, 3 and 4 have; then come three of each event attribute."""


def to_version_4(fields: list[Any]) -> list[Any]:
    """A state of version 1, 2 or 3 as one of version 4. `fields` is not changed."""
    if fields[0] == 1:
        fields = from_version_1(fields)
    return from_version_3(from_version_2(fields) if fields[0] == 2 else fields)


def from_version_3(fields: list[Any]) -> list[Any]:
    """Version 4 knows how complaints were handled, and that managers left; both 0 in waiting rows.

    `fields` may lack the last ones; it is not changed.
    """

    def lengthened(features: bytes) -> bytes:
        return _lengthened(features, _BUILT_IN_3, _BUILT_IN_4)

    return _upgraded(
        fields, 4, list, lambda runs: _lengthened_waiting(runs, lengthened), lengthened
    )


def from_version_2(fields: list[Any]) -> list[Any]:
    """Version 3 knows the ages of occasions, their gaps, weekends and pieces, and more features.

    Ages and gaps are estimated; weekends and pieces begin at 0, as do the features of waiting
    predictions. `fields` may lack the last ones; it is not changed.
    """

    def lengthened(features: bytes) -> bytes:
        return _lengthened(features, _BUILT_IN_2, _BUILT_IN_3)

    return _upgraded(
        fields, 3, _with_rhythm, lambda runs: _lengthened_waiting(runs, lengthened), lengthened
    )


def _lengthened_waiting(runs: list[Any], lengthened: Callable[[bytes], bytes]) -> list[Any]:
    return [[targets, _repacked(rows, lengthened), *rest] for targets, rows, *rest in runs]


def _with_rhythm(settled: list[Any]) -> list[Any]:
    """As if the occasions had come at equal distances."""
    occasions, first_day, last_day = settled[:3]
    ages, gaps = 0, b""
    if occasions > 1:
        ages = (last_day - first_day) * occasions // 2
        gap = (last_day - first_day) / (occasions - 1)
        gaps = bytes(bisect_left(_EDGES, gap)) + bytes([min(occasions - 1, 255)])
    return [*settled, ages, gaps, 0, 0, 0]


def _lengthened(features: bytes, before: int, after: int) -> bytes:
    """The features with `after` built-in ones from those with `before`."""
    return features[:before] + bytes(after - before) + features[before:]


def from_version_1(fields: list[Any]) -> list[Any]:
    """Version 2 knows a decayed count, the days with a return, and a third feature of attributes;
    its waiting predictions name their targets.

    The first two are estimated, as features of waiting predictions they are 0; the third follows
    from the second. `fields` may lack the last ones; it is not changed.
    """
    return _upgraded(fields, 2, _settled, _named_waiting, _widened)


def _named_waiting(rows: bytes) -> list[Any]:
    waiting = _repacked(rows, _widened)
    return [["", waiting, {}]] if waiting else []


def _upgraded(
    fields: list[Any],
    version: int,
    settled: Callable[[list[Any]], list[Any]],
    waiting: Callable[[Any], list[Any]],
    features: Callable[[bytes], bytes],
) -> list[Any]:
    """The fields of `version`: the summary, the waiting predictions and the last score changed."""
    upgraded = [version, *fields[1:]]
    if len(fields) > _SETTLED:
        upgraded[_SETTLED] = settled(fields[_SETTLED])
    if len(fields) > _PENDING:
        upgraded[_PENDING] = waiting(fields[_PENDING])
    if len(fields) > _LAST_SCORE and fields[_LAST_SCORE] is not None:
        at, probability, packed = fields[_LAST_SCORE]
        upgraded[_LAST_SCORE] = [at, probability, features(packed)]
    return upgraded


def _settled(settled: list[Any]) -> list[Any]:
    """As if the occasions had come at equal distances, and all returns on one day."""
    occasions, first_day, last_day = settled[:3]
    decayed = float(occasions)
    if occasions > 1:
        kept = 2.0 ** (-(last_day - first_day) / (occasions - 1) / 90)
        decayed = (1.0 - kept**occasions) / (1.0 - kept)
    return [*settled, decayed, int(settled[8] > 0)]


def _repacked(waiting: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The waiting predictions with their features changed."""
    parts, start = [], 0
    while start < len(waiting):
        day, probability, flags, width = _HEAD.unpack_from(waiting, start)
        start += _HEAD.size + width
        features = change(waiting[start - width : start])
        parts.append(_HEAD.pack(day, probability, flags, len(features)) + features)
    return b"".join(parts)


def _widened(features: bytes) -> bytes:
    """The features of version 2, in sixteenths, from those of version 1."""
    wide = features[:_BUILT_IN] + bytes(2)
    for at in range(_BUILT_IN, len(features), 2):
        last, mean = features[at : at + 2]
        sixteenths = mean - 256 if mean > 127 else mean
        wide += bytes([last, mean, min(96, round(sixteenths * sixteenths / 32))])
    return wide
