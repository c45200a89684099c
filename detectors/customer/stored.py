"""Reads what is stored under a key; where it cannot be read, the error says whose it is."""

from collections.abc import Callable
from typing import TypeVar

from detectors.customer.state import StateVersionError

T = TypeVar("T")


class StateDamageError(ValueError):
    """Stored bytes are no state of any version."""


def decoded(decode: Callable[[bytes], T], key: bytes, data: bytes) -> T:
    """What `decode` makes of the `data` stored under `key`.

    Raises `StateVersionError` for a newer version and `StateDamageError` for damage.
    """
    try:
        return decode(data)
    except StateVersionError:
        raise
    except Exception as error:  # an upgrade fails in ways of its own where fields are damaged
        name = key.decode(errors="backslashreplace")
        raise StateDamageError(f"what is stored of {name!r} is damaged ({error})") from error
