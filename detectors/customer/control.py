"""The control group: customers for whom no alert is raised, so that the effect can be measured."""

from functools import lru_cache
from hashlib import blake2b

_SALT = b"control"
_STEPS = 2**32


@lru_cache(maxsize=1024)  # asked several times of a score
def in_control_group(customer_id: str, share: float) -> bool:
    """Whether the customer belongs to the control group of this share (0 to 1) of all customers.

    Fixed by a hash of the id alone, of its own so that it is independent of the review day. Who is
    in the group of some share is in that of every larger one.

    >>> in_control_group("c-1", 0.0), in_control_group("c-1", 1.0)
    (False, True)
    """
    if share <= 0.0:
        return False
    digest = blake2b(customer_id.encode(), digest_size=4, salt=_SALT).digest()
    return int.from_bytes(digest, "big") < share * _STEPS
