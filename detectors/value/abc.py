"""ABC of customers by profit (D5): A, B, C, and C-, which is the worst part of C.

A is the best 5 % of the active customers, B the next 15 %, C the rest, of which the bottom 30 % are
C-; shares are the policy's. The profit is that of the value window (`earnings`), so that a class
and a level of the pyramid speak of the same time. What share of the profit they really make is
reported with the portfolio, never assumed.
"""

CLASSES = ("A", "B", "C", "C-")


def shares_above(a: float, b: float, c_minus: float) -> dict[str, float]:
    """The share of all customers that belongs to each class or a better one.

    >>> shares_above(0.05, 0.15, 0.3)
    {'A': 0.05, 'B': 0.2, 'C': 0.76}
    """
    above = round(a + b, 9)
    return {"A": a, "B": above, "C": round(above + (1 - above) * (1 - c_minus), 9)}
