"""Dead letters keep the rejected record so that it can be read, and sent again."""

import base64

from schemas.codec import decode_output, encode
from schemas.dead_letter import KEPT_BYTES, DeadLetter


def letter(key: bytes | None, value: bytes | None) -> DeadLetter:
    """A dead letter of one record."""
    return DeadLetter.of(
        topic="interactions",
        partition=3,
        offset=141,
        reason="invalid_json",
        detail="malformed JSON at character 3",
        key=key,
        value=value,
        received_at=1_300_000_000.0,
        headers=[("trace", b"\xff")],
    )


def test_the_record_is_kept_byte_for_byte() -> None:
    value = bytes(range(256))
    kept = letter(b"17850", value)
    assert base64.b64decode(kept.value_base64 or "") == value
    assert not kept.truncated
    assert base64.b64decode(kept.headers[0].value_base64) == b"\xff"
    assert kept.dead_letter_id == "interactions/3/141"
    assert kept.received_at.timestamp() == 1_300_000_000.0


def test_a_large_value_is_cut_and_says_so() -> None:
    kept = letter(b"17850", b"x" * (KEPT_BYTES + 1))
    assert len(base64.b64decode(kept.value_base64 or "")) == KEPT_BYTES
    assert kept.truncated


def test_no_key_no_value_and_keys_that_are_no_text() -> None:
    assert letter(None, None).key is None
    assert letter(None, None).value_base64 is None
    assert letter(b"a\xff", b"").key == "a\\xff"


def test_it_goes_through_the_wire() -> None:
    kept = letter(b"a\xff", b"\x00\xff")
    written = encode(kept, id=kept.dead_letter_id, subject="a", time=1_300_000_000.0)
    assert decode_output("dead-letters", written, DeadLetter) == kept
