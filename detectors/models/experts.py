"""The experts by name: which there are at first, and which class a snapshot restores."""

from collections.abc import Mapping, Sequence
from typing import Any

from detectors.models.expert import Expert
from detectors.models.laplace import sigmoid
from detectors.models.linear import Curved, Linear, Prior, new_model
from detectors.models.rate import Rate
from detectors.models.river_linear import RIVER_MODELS, RiverLinear

KINDS: Mapping[str, type[Expert]] = {
    kind.kind: kind for kind in (Prior, Rate, Linear, Curved, RiverLinear)
}
"""Classes by the `kind` of their snapshots."""
RULE = "prior"
"""The stated rule, which learns nothing."""
GROUP = "rate"
"""The rate of the customer's group."""
STAND_INS = (RULE, GROUP)
"""Those that speak while no learned model does."""
BLEND = "blend"
"""All of `BLENDED`, and River's, together."""
BLENDED = ("linear", "curved")
"""The experts that the blend weighs, beside River's: `prior` and `rate` only stand in for them."""

MODELS = (RULE, GROUP, *BLENDED, BLEND, *RIVER_MODELS)
"""The names of all that can speak."""


def new_experts(offset: float, horizon_days: float, river: Sequence[str] = ()) -> dict[str, Expert]:
    """The experts of a target before any label.

    `offset`: the prior rule's log-odds but for ``prior_logit`` (0 for silence); `river`: import
    paths of River's linear models, which are also their names. Raises ValueError naming a path
    that is not permitted.
    """
    experts: dict[str, Expert] = {
        RULE: Prior(offset),
        GROUP: Rate(sigmoid(offset)),
        "linear": Linear(new_model(offset, horizon_days)),
        "curved": Curved(new_model(offset, horizon_days)),
    }
    return experts | {path: RiverLinear(path) for path in river}


def restored_expert(data: Mapping[str, Any]) -> Expert:
    """The expert of a snapshot. Raises ValueError for a kind that is not known."""
    kind = KINDS.get(str(data.get("kind")))
    if kind is None:
        raise ValueError(f"expert kind is {data.get('kind')!r}: known are {', '.join(KINDS)}")
    return kind.from_json(data)
