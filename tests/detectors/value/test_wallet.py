"""Share of wallet against profit (D7)."""

import pytest

from detectors.policy import Wallet
from detectors.value.wallet import cell_of, share_of_wallet


@pytest.mark.parametrize(
    ("revenue", "wallet", "share"),
    [(50.0, 100.0, 0.5), (300.0, 100.0, 1.0), (0.0, 100.0, 0.0), (5.0, None, None), (5.0, 0, None)],
)
def test_the_share_is_known_only_where_the_wallet_is_stated(
    revenue: float, wallet: float | None, share: float | None
) -> None:
    assert share_of_wallet(revenue, wallet) == share


def test_just_at_the_thresholds_is_high() -> None:
    policy = Wallet(high_share=0.5, high_profit=0.15)
    assert cell_of(0.5, 100.0, 15.0, policy) == "keep"
    assert cell_of(0.5, 100.0, 14.9, policy) == "reprice"
    assert cell_of(0.49, 100.0, 15.0, policy) == "grow"
    assert cell_of(0.49, 100.0, 14.9, policy) == "let_go"


def test_without_revenue_no_profit_is_high_and_without_a_share_there_is_no_cell() -> None:
    assert cell_of(0.0, 0.0, 0.0, Wallet()) == "let_go"
    assert cell_of(None, 100.0, 90.0, Wallet()) is None
