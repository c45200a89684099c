"""What customers are asked: satisfaction after a complaint or now and then, and recommendation."""

from dataclasses import dataclass

import numpy as np

from examples.telecom.clock import moments
from examples.telecom.town import Town


@dataclass
class Answers:
    """Writes surveys; the scores follow the satisfaction."""

    town: Town
    rng: np.random.Generator

    def live(self, day: int) -> None:
        """The surveys of a day: some 0.25 % of the customers answer one."""
        town, rng = self.town, self.rng
        who = np.flatnonzero(town.here(day) & (rng.random(len(town.people)) < 0.0025))
        for place, at in zip(who.tolist(), moments(rng, day, len(who)).tolist(), strict=True):
            mood = float(town.satisfaction[place]) + rng.normal(0, 0.1)
            score = (
                {"nps": int(np.clip(round(11 * mood), 0, 10))}
                if rng.random() < 0.5
                else {"csat": int(np.clip(round(1 + 4.4 * mood), 1, 5))}
            )
            town.book.write("feedback", at, town.people.ids[place], kind="survey", **score)
