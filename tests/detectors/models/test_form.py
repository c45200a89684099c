"""Quadratic forms: the log-odds of many rows are those of each row alone."""

import numpy as np
import pytest

from detectors.models.expert import Rows
from detectors.models.form import QuadraticForm

NAMES = tuple(f"feature-{number}" for number in range(36))


@pytest.fixture(scope="module")
def form() -> QuadraticForm:
    """A form with products of nine features that do not lie side by side."""
    generator = np.random.default_rng(3)
    products = np.zeros((len(NAMES), len(NAMES)))
    curved = np.arange(1, 36, 4)
    some = generator.normal(size=(curved.size, curved.size))
    products[np.ix_(curved, curved)] = some + some.T
    return QuadraticForm(0.1, generator.normal(size=len(NAMES)), products)


@pytest.mark.parametrize("layout", ["C", "F"])
def test_the_last_bits_of_a_row_do_not_depend_on_the_others(
    form: QuadraticForm, layout: str
) -> None:
    matrix = np.array(np.random.default_rng(4).normal(size=(50, len(NAMES))), order=layout)  # type: ignore[call-overload]
    together = form.parts(Rows(NAMES, matrix))
    alone = [form.parts(Rows(NAMES, row[None, :])) for row in matrix]
    assert together.total().tolist() == [float(parts.total()[0]) for parts in alone]
    assert together.numeric.tolist() == [parts.numeric[0].tolist() for parts in alone]


def test_the_parts_add_up_to_the_form(form: QuadraticForm) -> None:
    x = np.random.default_rng(5).normal(size=len(NAMES))
    expected = form.base + form.weights @ x + x @ form.products @ x
    assert form.parts(Rows(NAMES, x[None, :])).total()[0] == pytest.approx(expected, abs=1e-9)
