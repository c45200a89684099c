"""The customers as they are when they come: rhythm, means, product, place, language."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.customer.control import in_control_group
from examples.telecom.clock import Floats, Ints
from examples.telecom.scene import CONTROL_SHARE, PRODUCTS, REGIONS, Scene

Flags = NDArray[np.bool_]
NOBODY = -1
"""Stands for the manager of a customer who has none."""
_CONTRACT_PRODUCTS = (0.20, 0.27, 0.13, 0.24, 0.16, 0.0)
_MANAGED_SHARE = 0.25
"""Of all customers, by what they pay a month; companies have a manager in any case."""


@dataclass(frozen=True, slots=True)
class People:
    """A column each; days count from the first day of the world, and may lie before it."""

    ids: list[str]
    joins: Ints
    contract: Flags
    """On a contract with a monthly bill; else prepaid with top-ups."""
    business: Flags
    scale: Floats
    """What is spent in relation to the list price."""
    usage_rate: Floats
    """Uses a day: gamma distributed over the customers, Poisson for each of them."""
    buying_rate: Floats
    """Top-ups (prepaid) or extras (contract) a day; gamma distributed."""
    base_product: Ints
    region: Ints
    chinese: Flags
    british: Flags
    """Pays in GBP."""
    price_only: Flags
    """Buys only with a discount (D16)."""
    restless: Floats
    """Multiplies the hazard of leaving; mean 1."""
    temper: Floats
    """The satisfaction to which the customer returns, 0 to 1."""
    appetite: Floats
    """Readiness for more; standard normal."""
    term_days: Ints
    bill_day: Ints
    consent: Flags
    control: Flags
    """Left alone by the retention desk; by the product's own rule."""
    manager: Ints
    """Place in `Scene.employees`, or `NOBODY`."""

    def __len__(self) -> int:
        """How many."""
        return len(self.ids)


def make_people(scene: Scene, rng: np.random.Generator) -> People:
    """Draw the customers of a scene."""
    n = scene.customers
    ids = [f"T-{number:06}" for number in range(1, n + 1)]
    business = rng.random(n) < 0.1
    contract = business | (rng.random(n) < 0.58)
    price_only = ~business & ~contract & (rng.random(n) < 0.22)
    before = rng.random(n) < 0.7
    joins = np.where(before, -rng.integers(30, 1_500, n), rng.integers(0, int(scene.days * 0.8), n))
    scale = rng.lognormal(-0.15, 0.55, n) * np.where(business, rng.lognormal(1.3, 0.9, n), 1.0)
    product = np.where(
        contract,
        rng.choice(len(PRODUCTS), n, p=_CONTRACT_PRODUCTS),
        len(PRODUCTS) - 1,
    )
    prices = np.array([product.price for product in PRODUCTS])
    monthly = prices[product] * scale
    managed = business | (monthly >= np.quantile(monthly, 1 - _MANAGED_SHARE))
    manager = np.where(managed, rng.integers(0, len(scene.employees), n), NOBODY)
    return People(
        ids=ids,
        joins=joins,
        contract=contract,
        business=business,
        scale=scale,
        usage_rate=rng.gamma(1.6, 0.1, n) + 0.03,
        buying_rate=np.where(contract, rng.gamma(1.2, 0.008, n), rng.gamma(1.5, 0.04, n) + 0.01),
        base_product=product,
        region=rng.choice(len(REGIONS), n, p=[share for _, share in REGIONS]),
        chinese=rng.random(n) < 0.35,
        british=rng.random(n) < 0.05,
        price_only=price_only,
        restless=rng.gamma(2.0, 0.5, n),
        temper=rng.beta(7, 3.5, n),
        appetite=rng.normal(size=n),
        term_days=np.where(rng.random(n) < 0.6, 365, 730),
        bill_day=rng.integers(0, 30, n),
        consent=rng.random(n) < 0.85,
        control=np.array([in_control_group(name, CONTROL_SHARE) for name in ids]),
        manager=manager,
    )
