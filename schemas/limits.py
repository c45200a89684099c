"""Sizes that every record must keep: how large, how deep, how long, how far in the future."""

from dataclasses import dataclass

MAX_ID_LENGTH = 200
"""Longest id or label that the contracts allow, in characters; part of the JSON Schemas."""

MAX_NUMBER = 1e12
"""Largest magnitude of a quantity or an amount: sums of them stay far from overflow."""

KIB = 1024
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What the codec lets through. Raises ValueError for a limit that makes no sense.

    max_bytes: largest record value, bytes (256 KiB). max_depth: nesting of JSON, objects and
    arrays, envelope included (8). max_id_length: longest id or label, characters; the contracts
    say 200, a smaller value is stricter (and slower to check). future_limit: how far an event
    time may lie after the time at which the record was received, seconds (one day).
    """

    max_bytes: int = 256 * KIB
    max_depth: int = 8
    max_id_length: int = MAX_ID_LENGTH
    future_limit: float = DAY

    def __post_init__(self) -> None:
        _within("max_bytes", self.max_bytes, 1, 1 << 30)
        _within("max_depth", self.max_depth, 3, 100)
        _within("max_id_length", self.max_id_length, 1, MAX_ID_LENGTH)
        _within("future_limit", self.future_limit, 0, 3650 * DAY)


def _within(name: str, value: float, lowest: float, highest: float) -> None:
    if not lowest <= value <= highest:
        raise ValueError(f"limit {name} is {value}; permitted is {lowest} to {highest}")
