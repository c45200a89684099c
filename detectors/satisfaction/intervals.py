"""Intervals that stay honest with few answers, and with answers at the extremes only.

`z` is the normal quantile of the two-sided confidence (`quantile_of`); counts are whole numbers.
"""

from functools import lru_cache
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """From `low` to `high`, both within it."""

    low: float
    high: float


@lru_cache(maxsize=256)
def quantile_of(confidence: float) -> float:
    """The normal quantile of a two-sided confidence in (0, 1).

    >>> round(quantile_of(0.95), 3)
    1.96
    """
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(count: int, total: int, z: float) -> Interval:
    """Wilson's score interval of a share; 0 to 1 of nobody.

    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22;
    recommended by Brown, Cai & DasGupta (2001), Statistical Science 16.
    """
    if not total:
        return Interval(0.0, 1.0)
    share, weight = count / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    half = z * sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    # The ends are exact where nobody, or everybody, is counted.
    return Interval(
        max(middle - half, 0.0) if count else 0.0,
        min(middle + half, 1.0) if count < total else 1.0,
    )


def difference(count: int, total: int, other_count: int, other_total: int, z: float) -> Interval:
    """The interval of the difference of two independent shares, the first less the other.

    Newcombe (1998), Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17: method 10, from Wilson's intervals without continuity correction.
    -1 to 1 where one of the two groups is empty.
    """
    if not total or not other_total:
        return Interval(-1.0, 1.0)
    share, other = count / total, other_count / other_total
    own, others = wilson(count, total, z), wilson(other_count, other_total, z)
    below = sqrt((share - own.low) ** 2 + (others.high - other) ** 2)
    above = sqrt((own.high - share) ** 2 + (other - others.low) ** 2)
    return Interval(share - other - below, share - other + above)


def net_promoters(promoters: int, passives: int, detractors: int, z: float) -> Interval:
    """The interval of the share of promoters less that of detractors, within -1 to 1.

    Both shares are of the same answers (a multinomial): the variance is
    (p + d - (p - d)²) / n. With half an answer more for promoters and detractors each, and one for
    passives, so that answers of one kind only do not look certain: Agresti & Min (2005), Simple
    improved confidence intervals for comparing matched proportions, Statistics in Medicine 24.
    """
    answers = promoters + passives + detractors
    if not answers:
        return Interval(-1.0, 1.0)
    total = answers + 2
    p, d = (promoters + 0.5) / total, (detractors + 0.5) / total
    half = z * sqrt(max(p + d - (p - d) ** 2, 0.0) / total)
    return Interval(max(p - d - half, -1.0), min(p - d + half, 1.0))


def mean(count: int, total: float, squares: float, least: float, most: float, z: float) -> Interval:
    """The interval of the mean of answers on a scale from `least` to `most`.

    `total` and `squares`: the sum of the answers and of their squares. Two answers more at each end
    of the scale, so that equal answers do not look certain: for answers at the ends alone this is
    the interval of Agresti & Coull (1998), Approximate is better than "exact" for interval
    estimation of binomial proportions, The American Statistician 52.
    """
    if not count:
        return Interval(least, most)
    n = count + 4
    middle = (total + 2 * (least + most)) / n
    variance = max((squares + 2 * (least**2 + most**2)) / n - middle**2, 0.0)
    half = z * sqrt(variance / n)
    return Interval(max(middle - half, least), min(middle + half, most))
