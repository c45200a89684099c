"""The event that a customer came to another place in the pyramid or the ABC."""

from detectors.customer.state import CustomerState
from detectors.effects import Message
from detectors.messages.envelope import digest, message, moment
from detectors.policy import Policy
from detectors.value.standing import Move, Standing, direction_of
from schemas.level_move import LevelMove


def level_move(
    state: CustomerState, move: Move, at: float, standing: Standing, policy: Policy
) -> Message:
    """The event of one move at the review of the moment `at` (epoch s)."""
    payload = LevelMove(
        customer_id=state.customer_id,
        occurred_at=moment(at),
        scale=move.scale,  # type: ignore[arg-type]
        direction=direction_of(move),  # type: ignore[arg-type]
        from_level=move.before or None,  # type: ignore[arg-type]
        to_level=move.after,  # type: ignore[arg-type]
        amount=round(move.amount, 2),
        currency=state.currency or policy.value.currency or None,
        portfolio=standing.version,
    )
    event_id = digest("level-move", state.customer_id, move.scale, at)
    return message("level-moves", payload, key=state.customer_id, id=event_id, at=at)
