"""All that is said of a customer's value, as of a score (D3, D6, D7, D16, D17)."""

from collections.abc import Mapping

from detectors.customer.state import CustomerState
from detectors.policy import Policy
from detectors.rounding import cents, rounded
from detectors.scoring import Score
from detectors.value.earnings import Earnings, earnings_so_far, trailing_earnings
from detectors.value.lifetime import lifetime
from detectors.value.loyalty import is_discount_driven, loyalty_of, stage_of
from detectors.value.rhythm import rhythm_of
from detectors.value.wallet import cell_of, share_of_wallet
from detectors.value.worth import YEAR, yearly_revenue
from schemas.customer_value import CustomerValue


def customer_value(
    state: CustomerState, score: Score, gaps: Mapping[str, float], policy: Policy
) -> CustomerValue:
    """The value as of the score; `gaps` are the published rhythms by category.

    `clv` is expected margin less cost to serve less marketing, a year (`yearly_profit`), times the
    multiple of the expected lifetime (`lifetime`), plus the referral value where the profile states
    it: whom a customer brought is known to other partitions, so it is not added up here. Next
    year's profit is that of the present pace at the customer's own margin so far; costs a year are
    those so far over the years so far, or all of them in the first year. A window in which more
    came back than was bought lets no income be expected, rather than a negative one.
    """
    facts, summary = score.facts, score.facts.summary
    stated = facts.stated
    past, recent = earnings_so_far(facts, policy), trailing_earnings(facts, policy)
    acquisition = policy.costs.acquisition if stated.acquisition is None else stated.acquisition
    revenue = yearly_revenue(facts, policy)
    years = max((facts.tenure + 1) / YEAR, 1.0)
    profit = revenue * margin_rate(past, policy) - (past.cost_to_serve + past.marketing) / years
    life = lifetime(score.probability, policy.horizon_days, policy.clv)
    share = share_of_wallet(revenue, stated.wallet)
    rhythm = rhythm_of(facts, gaps, policy.loyalty)
    observed = min((facts.tenure + 1) / policy.value_days, 1.0)
    costed = summary.effort.costed if summary.effort else 0
    net = summary.spend - summary.returned
    return CustomerValue(
        revenue=cents(past.revenue),
        margin=cents(past.margin),
        costed_share=rounded(min(max(costed / net, 0.0), 1.0)) if costed and net > 0 else 0.0,
        cost_to_serve=cents(past.cost_to_serve),
        complaint_cost=cents(past.complaint_cost),
        marketing_cost=cents(past.marketing),
        acquisition_cost=cents(acquisition),
        relationship_value=cents(past.profit - acquisition),
        yearly_revenue=cents(revenue),
        yearly_profit=cents(profit),
        retention=rounded(life.retention),
        lifetime_years=cents(life.years),
        clv=cents(profit * life.multiple + (stated.referral or 0.0)),
        clv_next_year=cents(profit * life.next_year),
        referral_value=stated.referral,
        confidence=rounded(score.confidence * observed),
        window_profit=cents(recent.profit),
        grade=state.grade or None,  # type: ignore[arg-type]
        loyalty=loyalty_of(facts, share, policy.loyalty),
        stage=stage_of(facts, rhythm, policy.value_days, policy.loyalty),
        wallet_share=None if share is None else rounded(share),
        cell=cell_of(share, revenue, profit, policy.wallet),
        discount_driven=is_discount_driven(facts, policy.loyalty),
        rhythm_days=round(rhythm.days, 1) if rhythm else None,
        rhythm_of=rhythm.of if rhythm else None,
        key_account=state.key_since > 0,
    )


def margin_rate(past: Earnings, policy: Policy) -> float:
    """Margin over revenue so far, within ±1; the policy's without revenue."""
    if past.revenue <= 0:
        return policy.business.margin
    return min(max(past.margin / past.revenue, -1.0), 1.0)
