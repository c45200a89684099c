"""A record that could not be applied."""

from detectors.effects import Message, Record
from schemas.codec import encode
from schemas.dead_letter import DeadLetter


def dead_letter(record: Record, reason: str, detail: str, at: float) -> Message:
    """A record that could not be applied, with its bytes and the reason."""
    letter = DeadLetter.of(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        reason=reason,
        detail=detail,
        key=record.key,
        value=record.value,
        received_at=record.timestamp,
    )
    return Message(
        "dead-letters",
        letter.dead_letter_id.encode(),
        encode(letter, id=letter.dead_letter_id, subject=letter.dead_letter_id, time=at),
    )
