"""What is true of a world and stands in none of its events."""

from collections import defaultdict
from typing import Any

import numpy as np

from examples.telecom.activity import GBP
from examples.telecom.book import TOPICS
from examples.telecom.scene import (
    BEGIN,
    CONTROL_SHARE,
    DAY,
    PRODUCTS,
    TREATMENT_DAYS,
    TREATMENT_EFFECT,
    VALUE_WINDOW,
)
from examples.telecom.town import NEVER, Town

Table = list[dict[str, Any]]
LEVELS = (("top", 0.01), ("large", 0.05), ("medium", 0.20), ("small", 1.0))
"""Levels of the pyramid (D4) with the share of the active customers down to their lower end."""


def truth_of(town: Town) -> dict[str, Table | dict[str, Any]]:
    """The tables of the folder ``truth``, by name. Times are epoch seconds."""
    return {
        "customers": _customers(town),
        "complaints": _complaints(town),
        "handovers": town.handovers,
        "treatments": _treatments(town),
        "world": _world(town),
    }


def _customers(town: Town) -> Table:
    people, revenue = town.people, _revenue(town)
    levels = _levels(revenue)
    return [
        {
            "customer": name,
            "joined": int(BEGIN + people.joins[place] * DAY),
            "left": int(town.gone_at[place]) if town.gone_at[place] < town.scene.end else "",
            "decided": (
                int(BEGIN + town.leaving_day[place] * DAY)
                if town.leaving_day[place] < NEVER
                else ""
            ),
            "cause": town.cause[place],
            "revenue": round(revenue.get(name, 0.0), 2),
            "level": levels.get(name, "inactive"),
            "price_only": int(people.price_only[place]),
            "contract": int(people.contract[place]),
            "control": int(people.control[place]),
        }
        for place, name in enumerate(people.ids)
    ]


def _revenue(town: Town) -> dict[str, float]:
    """Net revenue (EUR) of each customer in the last `VALUE_WINDOW` days."""
    begin = town.scene.end - VALUE_WINDOW * DAY
    signs = {"purchase": 1.0, "return": -1.0}
    found: dict[str, float] = defaultdict(float)
    for row in town.book.rows["interactions"]:
        if row["at"] >= begin and row["kind"] in signs:
            rate = 1 / GBP if row["currency"] == "GBP" else 1.0
            found[row["customer"]] += signs[row["kind"]] * row["amount"] * rate
    return found


def _levels(revenue: dict[str, float]) -> dict[str, str]:
    """The level of each customer with revenue, from a full sort."""
    ranked = sorted((c for c in revenue if revenue[c] > 0), key=lambda c: (-revenue[c], c))
    ends = [(name, round(share * len(ranked))) for name, share in LEVELS]
    return {
        customer: next(name for name, end in ends if place < end or end == len(ranked))
        for place, customer in enumerate(ranked)
    }


_ABOUT = ("complaint", "customer", "cause", "stated", "text", "language", "product", "severity")
_STEPS = ("opened", "responded", "escalated", "resolved", "reopened", "resolved_again", "withdrawn")


def _complaints(town: Town) -> Table:
    return [
        {name: row.get(name) for name in (*_ABOUT, "crisis", *_STEPS)}
        for row in town.complaints
        if "opened" in row
    ]


def _treatments(town: Town) -> Table:
    places = {name: place for place, name in enumerate(town.people.ids)}
    return [
        row | {"left": int(_left(town, places[row["customer"]], row["enrolled"]))}
        for row in town.treatments
    ]


def _left(town: Town, place: int, at: float) -> bool:
    """Whether the customer decided to leave within `TREATMENT_DAYS` after a moment."""
    decided = BEGIN + float(town.leaving_day[place]) * DAY
    return at < decided <= at + TREATMENT_DAYS * DAY


def _world(town: Town) -> dict[str, Any]:
    scene = town.scene
    return {
        "customers": scene.customers,
        "days": scene.days,
        "seed": scene.seed,
        "begin": int(BEGIN),
        "end": int(scene.end),
        "value_window_days": VALUE_WINDOW,
        "control_share": CONTROL_SHARE,
        "treatment": {"effect_on_hazard": TREATMENT_EFFECT, "days": TREATMENT_DAYS},
        "crises": [
            {
                "name": crisis.name,
                "product": crisis.product,
                "category": next(p.category for p in PRODUCTS if p.name == crisis.product),
                "cause": crisis.cause,
                "begin": int(crisis.begin),
                "end": int(crisis.begin + crisis.length),
                "complaints": sum(
                    row["crisis"] == crisis.name and "opened" in row for row in town.complaints
                ),
            }
            for crisis in scene.crises
        ],
        "departures": [
            {"employee": d.employee, "at": int(d.at), "announced": d.announced}
            for d in scene.departures
        ],
        "repeats": {topic: town.book.repeats(topic) for topic in TOPICS},
        "left": int(np.sum(town.gone_at < scene.end)),
    }
