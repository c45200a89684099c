"""Places on a ladder of levels by an amount, and how a place is kept near a boundary.

The pyramid (by revenue) and the ABC (by profit) are such ladders: names from the highest down, and
for each but the lowest the least amount that belongs to it.
"""

from collections.abc import Mapping, Sequence


def place_of(amount: float, names: Sequence[str], boundaries: Mapping[str, float]) -> str:
    """The highest level whose least amount is reached; who has just that amount belongs to it."""
    for name in names[:-1]:
        if name in boundaries and amount >= boundaries[name]:
            return name
    return names[-1]


def steadied(
    now: str, amount: float, names: Sequence[str], boundaries: Mapping[str, float], steady: float
) -> str:
    """Where a customer who stands at `now` belongs, if a boundary counts only when passed clearly.

    Up goes who is above a boundary by the share `steady` of it, down who is below it by as much; so
    an amount that varies by less than that around a boundary never moves anybody twice. Who stands
    nowhere yet (`now` is no name of the ladder) is placed by the boundaries themselves.
    """
    place = place_of(amount, names, boundaries)
    if place == now or now not in names:
        return place
    # Names are in descending order: a smaller index is a higher place.
    at = names.index(now)
    is_up = names.index(place) < at
    step = steady if is_up else -steady
    moved = place_of(
        amount, names, {name: least + step * abs(least) for name, least in boundaries.items()}
    )
    passed = names.index(moved) < at if is_up else names.index(moved) > at
    return moved if passed else now
