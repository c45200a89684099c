"""The prediction ledger: what a score was made of, and the same score made again from it.

An alert carries its ledger (`schemas.ledger`), the topic ``model-archive`` carries the models;
together they give the probability bit for bit, whatever has been learned or stored since.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Literal

from detectors.champion import Champion
from detectors.customer.features import unpack
from detectors.customer.prior_rule import prior_probability
from detectors.customer.state import Settled
from detectors.durations import DAY
from detectors.models.archive import as_snapshot
from detectors.models.laplace import sigmoid
from detectors.models.prior import log_odds_of
from detectors.policy import Churn, Policy, Prior
from detectors.scoring import PRIOR, Score
from schemas.archived_model import ArchivedModel
from schemas.churn_risk import ChurnRisk
from schemas.ledger import Ledger, PriorInputs

DECIMALS = 6
"""Decimals of the probability in an alert."""


class NotReproducibleError(ValueError):
    """Something that the score was made of is not there any more; the message says what."""


def ledger_of(score: Score, names: tuple[str, ...], policy: Policy) -> Ledger:
    """All inputs of a score; `names` are its numeric features in packing order."""
    facts, prior = score.facts, score.parameters
    summary = facts.summary
    return Ledger(
        probability=score.probability,
        model_version=score.model_version,
        policy=policy.fingerprint,
        layout=layout_of(names),
        features=score.packed,
        categories=facts.categories,
        segment=score.segment,
        day=facts.day,
        prior=PriorInputs(
            target=policy.churn.definition,  # type: ignore[arg-type]
            horizon_days=policy.horizon_days,
            occasions=summary.occasions,
            first_day=summary.first_day,
            last_day=summary.last_day,
            cancel_requested=facts.windows.cancel_requests_30 > 0,
            parameters={item.name: getattr(prior, item.name) for item in fields(prior)},
        ),
    )


@lru_cache(maxsize=64)
def layout_of(names: tuple[str, ...]) -> str:
    """Sixteen hexadecimal digits that stand for some names in their order."""
    return blake2b("|".join(names).encode(), digest_size=8).hexdigest()


@dataclass(slots=True)
class Archive:
    """Archived models by version, and what the layouts of packed features stand for."""

    models: dict[str, ArchivedModel] = field(default_factory=dict)
    layouts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, models: Iterable[ArchivedModel], names: tuple[str, ...]) -> "Archive":
        """The archive of some models; `names` is the packing order of the program that asks."""
        archive = cls(layouts={layout_of(names): names})
        for model in models:
            archive.models[model.version] = model
            order = tuple(model.names)
            archive.layouts[layout_of(order)] = order
        return archive


def recompute(ledger: Ledger, archive: Archive) -> float:
    """The probability of a ledger, computed anew: equal to the emitted one to the last bit.

    Raises `NotReproducibleError` when the archive lacks the model or the names of the features.
    """
    if ledger.model_version == PRIOR:
        return sigmoid(log_odds_of(prior_again(ledger)))
    model = archive.models.get(ledger.model_version)
    if model is None:
        raise NotReproducibleError(
            f"model {ledger.model_version} is not in the archive: it is kept for a year, and "
            "belongs to one deployment"
        )
    names = archive.layouts.get(ledger.layout)
    if names is None or len(names) != len(ledger.features):
        raise NotReproducibleError(
            f"nothing tells which features the {len(ledger.features)} packed numbers are "
            f"(layout {ledger.layout}): audit with the program and policy that wrote the alert"
        )
    values = unpack(ledger.features)[None, :]
    parts = champion_of(model, names).parts(values, [ledger.categories], [ledger.segment])
    return sigmoid(parts.total().tolist()[0])


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of the audit of one step of an alert."""

    stage: str
    occurred_at: datetime
    verdict: Literal["equal", "different", "not reproducible"]
    because: str | None
    """Why it is not equal."""
    logged: float
    """The probability that was given out; to six decimals where there is no ledger."""
    recomputed: float | None
    model_version: str
    policy: str | None
    """Fingerprint of the policy in force then."""


def audited(risk: ChurnRisk, archive: Archive) -> Finding:
    """Compute the score of one step of an alert again, and compare."""
    ledger = risk.ledger
    recomputed: float | None = None
    because: str | None = None
    verdict: Literal["equal", "different", "not reproducible"] = "not reproducible"
    if ledger is None:
        because = "the alert carries no ledger: it was written before there was one"
    else:
        try:
            recomputed = recompute(ledger, archive)
        except NotReproducibleError as error:
            because = str(error)
        else:
            because = _difference(risk, ledger, recomputed)
            verdict = "equal" if because is None else "different"
    return Finding(
        stage=risk.stage,
        occurred_at=risk.occurred_at,
        verdict=verdict,
        because=because,
        logged=risk.probability if ledger is None else ledger.probability,
        recomputed=recomputed,
        model_version=risk.model_version,
        policy=ledger.policy if ledger else None,
    )


def _difference(risk: ChurnRisk, ledger: Ledger, recomputed: float) -> str | None:
    """What is not as it was; None if all is equal."""
    if recomputed != ledger.probability:
        return f"the ledger says {ledger.probability!r}, computed anew it is {recomputed!r}"
    if risk.probability != round(ledger.probability, DECIMALS):
        return f"the alert says {risk.probability}, its ledger {ledger.probability!r}"
    if risk.model_version != ledger.model_version:
        return f"the alert names {risk.model_version}, its ledger {ledger.model_version}"
    return None


def prior_again(ledger: Ledger) -> float:
    """What the prior rule said, from its inputs alone."""
    asked = ledger.prior
    known = {item.name for item in fields(Prior)}
    if unknown := sorted(asked.parameters.keys() - known):
        raise NotReproducibleError(
            f"the prior rule had parameters that this program does not know: {', '.join(unknown)}; "
            "audit with the program that wrote the alert"
        )
    policy = Policy(
        churn=Churn(definition=asked.target, horizon=round(asked.horizon_days * DAY)),
        prior=Prior(**asked.parameters),
    )
    summary = Settled(occasions=asked.occasions, first_day=asked.first_day, last_day=asked.last_day)
    return prior_probability(
        summary, ledger.day, asked.cancel_requested, policy.target, policy, policy.prior
    )


def champion_of(model: ArchivedModel, names: tuple[str, ...]) -> Champion:
    """The archived model, ready to score features packed in the order of `names`."""
    return Champion.of(as_snapshot(model), names)
