"""Customer lifetime value (D3): what a customer will bring, for as long as it is likely to stay."""

from typing import NamedTuple

from detectors.policy import Clv

YEAR = 365.0
_LEAST = 1e-6
"""No churn probability is nearer to 0 or 1 here: nobody stays for ever."""


class Lifetime(NamedTuple):
    """How long a customer is likely to stay, and what a unit of money a year is worth by that."""

    retention: float
    """Share of customers like this that are still here in a year, 0 to 1."""
    years: float
    """Expected years to come, up to `clv.years`."""
    multiple: float
    """Present value of 1 a year for as long as the customer stays, up to `clv.years`."""
    next_year: float
    """The same, of the next year alone."""


def lifetime(churn: float, horizon_days: int, policy: Clv) -> Lifetime:
    """The lifetime of a customer whose probability to leave within the horizon is `churn`.

    The margin multiple of Gupta & Lehmann (2003), Customers as Assets, Journal of Interactive
    Marketing 17(1), 9-24: with a constant margin m a period, retention r and discount rate i, the
    value of all periods to come is m·Σ (r/(1+i))^k = m·r/(1+i−r). The period here is the churn
    model's horizon, for which alone the model speaks, and the sum ends after `clv.years`: with
    q = r/(1+i) and n periods it is q·(1−qⁿ)/(1−q). Money of a period comes at its end, from those
    who are still there.

    Constant retention is the assumption: loyal customers are retained better each year, so the
    value of a mixed group is understated (Fader & Hardie 2010, Marketing Science 29(1)).
    """
    period = horizon_days / YEAR
    retained = 1.0 - min(max(churn, _LEAST), 1.0 - _LEAST)
    in_a_year = 1.0 / period
    worth = retained / (1.0 + policy.discount) ** period
    lasting = worth**in_a_year
    staying = retained**in_a_year
    return Lifetime(
        retention=staying,
        years=period * retained * (1.0 - staying**policy.years) / (1.0 - retained),
        multiple=period * worth * (1.0 - lasting**policy.years) / (1.0 - worth),
        next_year=period * worth * (1.0 - lasting) / (1.0 - worth),
    )
