"""A world lived through, day by day."""

from typing import Protocol

import numpy as np

from examples.telecom.activity import Activity
from examples.telecom.answers import Answers
from examples.telecom.arriving import Arriving
from examples.telecom.book import Book
from examples.telecom.complaining import Complaining
from examples.telecom.leaving import Leaving
from examples.telecom.people import make_people
from examples.telecom.scene import Scene
from examples.telecom.selling import Selling
from examples.telecom.staff import Staff
from examples.telecom.town import Town


class Actor(Protocol):
    """One side of the life in the town."""

    def live(self, day: int) -> None:
        """Let a day happen."""


def simulate(scene: Scene) -> Town:
    """Live through all days of a scene.

    Every actor has random numbers of its own, so that a change to one leaves the draws of the
    others as they are.
    """
    draws = [np.random.default_rng([scene.seed, number]) for number in range(8)]
    town = Town(scene, make_people(scene, draws[0]), Book(scene.end))
    actors: list[Actor] = [
        Arriving(town, draws[1]),
        Staff(town, draws[2]),
        Leaving(town, draws[3]),
        Complaining(town, draws[4]),
        Selling(town, draws[5]),
        Answers(town, draws[6]),
        Activity(town, draws[7]),
    ]
    for day in range(scene.days):
        town.book.begin(day)
        for actor in actors:
            actor.live(day)
    return town
