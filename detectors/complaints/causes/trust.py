"""Trust: how sure the classifier may be, learned from the causes that are stated later.

Naive Bayes takes every word for a new witness, so its probabilities are far too sure. One number
that all its log-odds are multiplied by mends that and changes no answer (temperature scaling: Guo,
Pleiss, Sun & Weinberger 2017, On Calibration of Modern Neural Networks, ICML). It is learned
online: each complaint is recognised before its stated cause is learned, and moves the number by
Newton's step on the log loss.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST, MOST = 0.05, 2.0
MEMORY = 0.995
"""What is left of the curvature after each text: the classifier gets better, and may be surer."""


class Trust(NamedTuple):
    """The number, and how sure it is: both move with every stated cause."""

    scale: float = 0.5
    """What log-odds are multiplied by."""
    information: float = 200.0
    """Curvature of the log loss of late; the first value weighs as much as a few dozen texts."""

    def chances(self, odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability of each cause, from log-odds up to a constant.

        >>> Trust(1.0).chances(np.array([0.0, np.log(3.0)])).round(2).tolist()
        [0.25, 0.75]
        """
        scaled = self.scale * odds
        chances = np.exp(scaled - scaled.max())
        return np.asarray(chances / chances.sum())

    def after(self, odds: NDArray[np.float64], stated: int) -> "Trust":
        """What is learned when the cause that was stated is the one in this place."""
        chances = self.chances(odds)
        expected = float(chances @ odds)
        information = MEMORY * self.information + float(chances @ (odds - expected) ** 2)
        scale = self.scale + (float(odds[stated]) - expected) / information
        return Trust(min(max(scale, LEAST), MOST), information)
