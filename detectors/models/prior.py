"""What to say before labels have matured: BG/NBD for silence, a base rate for cancellation.

BG/NBD: Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the
Pareto/NBD Model, Marketing Science 24(2). A customer buys at a Poisson rate λ ~ Gamma(r, α) and,
after each purchase, leaves for good with probability p ~ Beta(a, b).
"""

import math
from dataclasses import dataclass, fields

from detectors.models.laplace import sigmoid

_BOUND = 12.0


@dataclass(frozen=True, slots=True)
class BgNbd:
    """BG/NBD with its four parameters; times in days. All must be finite and above 0.

    The defaults are the published estimates for the CDNOW cohort (r .243, α 4.414 weeks, a .793,
    b 2.426).

    >>> round(BgNbd().silence(repeats=0, last=0.0, age=100.0, horizon=60.0), 3)
    0.912
    >>> round(BgNbd().silence(repeats=6, last=80.0, age=100.0, horizon=60.0), 3)
    0.304
    """

    r: float = 0.243
    alpha: float = 30.898
    a: float = 0.793
    b: float = 2.426

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0.0 < value < math.inf:
                raise ValueError(f"BG/NBD parameter {field.name} is {value}: give a number above 0")

    def alive(self, repeats: int, last: float, age: float) -> float:
        """P(the customer has not left | x, t_x, T), in [0, 1].

        `repeats` is x ≥ 0, the purchases after the first; `last` is t_x, days from the first to
        the last purchase (0 when there was one only); `age` is T ≥ t_x, days from the first
        purchase until now. One-time buyers are alive by definition of the model: do not use this
        as a churn score, use `silence`.
        """
        _check(repeats, last, age)
        if repeats == 0:
            return 1.0
        growth = math.log1p((age - last) / (self.alpha + last))
        return sigmoid(math.log((self.b + repeats - 1) / self.a) - (self.r + repeats) * growth)

    def silence(self, repeats: int, last: float, age: float, horizon: float) -> float:
        """P(no purchase in the next `horizon` ≥ 0 days | x, t_x, T), exact, in [0, 1].

        ``1 − P(alive) · (1 − ((α+T)/(α+T+H))^(r+x))``: given alive, λ is Gamma(r+x, α+T), and a
        customer leaves only after a purchase, so the next one comes at a plain Poisson rate.
        """
        if not 0.0 <= horizon < math.inf:
            raise ValueError(f"horizon is {horizon}: give days of 0 or more")
        alive = self.alive(repeats, last, age)  # refuses impossible counts
        buys = -math.expm1(-(self.r + repeats) * math.log1p(horizon / (self.alpha + age)))
        return 1.0 - alive * buys

    def silence_log_odds(self, repeats: int, last: float, age: float, horizon: float) -> float:
        """Log-odds of `silence`, within ±12 so that it can be a feature (``prior_logit``)."""
        return log_odds_of(self.silence(repeats, last, age, horizon))


def log_odds_of(probability: float) -> float:
    """Log-odds of a probability in [0, 1], within ±12.

    For cancellation the prior is the policy's base rate: ``log_odds_of(base_rate)``.

    >>> round(log_odds_of(0.2), 4), log_odds_of(0.0), log_odds_of(1.0)
    (-1.3863, -12.0, 12.0)
    """
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"probability is {probability}: give a number from 0 to 1")
    if probability in (0.0, 1.0):
        return math.copysign(_BOUND, probability - 0.5)
    odds = math.log(probability) - math.log1p(-probability)
    return min(_BOUND, max(-_BOUND, odds))


def _check(repeats: int, last: float, age: float) -> None:
    if not (repeats >= 0 and 0.0 <= last <= age < math.inf):
        raise ValueError(
            f"counts are x={repeats}, t_x={last}, T={age}: they must satisfy x ≥ 0, 0 ≤ t_x ≤ T"
        )
