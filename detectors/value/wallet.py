"""Share of wallet against profit (D7): keep, grow, re-price, or let go."""

from detectors.policy import Wallet
from schemas.customer_value import Cell


def share_of_wallet(yearly_revenue: float, wallet: float | None) -> float | None:
    """The share of the customer's spend in our category that comes to us, 0 to 1.

    `wallet`: stated spend a year with all suppliers; None or 0 where it is not known, and so is the
    share. Who spends more with us than was stated has 1.
    """
    return min(yearly_revenue / wallet, 1.0) if wallet else None


def cell_of(share: float | None, revenue: float, profit: float, policy: Wallet) -> Cell | None:
    """What to do by share and profit over revenue of the same time; None without a share.

    >>> policy = Wallet(high_share=0.5, high_profit=0.15)
    >>> cell_of(0.9, 100, 30, policy), cell_of(0.1, 100, 30, policy)
    ('keep', 'grow')
    >>> cell_of(0.9, 100, 5, policy), cell_of(0.1, 100, -5, policy)
    ('reprice', 'let_go')
    """
    if share is None:
        return None
    is_profitable = revenue > 0 and profit >= policy.high_profit * revenue
    if share >= policy.high_share:
        return "keep" if is_profitable else "reprice"
    return "grow" if is_profitable else "let_go"
