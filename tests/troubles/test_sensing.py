"""Complaints as one would not wish them: without a customer, or of a size that nobody reads."""

from typing import Any

import orjson
import pytest

from detectors.customer.partition import PREFIX
from detectors.effects import Output, Record
from detectors.policy import Policy
from detectors.processor import PartitionProcessor
from schemas.codec import Codec, decode_output
from schemas.dead_letter import DeadLetter
from tests.detectors.builders import moment, on

OPENED: dict[str, Any] = {
    "event_id": "e",
    "complaint_id": "c",
    "stage": "opened",
    "occurred_at": moment(on(1)).isoformat(),
}


def heard(value: dict[str, Any], key: bytes | None = None) -> tuple[Output, DeadLetter | None]:
    """What a complaint as it stands on the topic leads to, and the dead letter if it became one."""
    data = orjson.dumps(value)
    source = "complaints/0/0"
    decoded = Codec().decode("complaints", data, key=key, received_at=on(1), source=source)
    record = Record("complaints", 0, 0, on(1), key, data, decoded)
    store: dict[bytes, bytes] = {}
    output = PartitionProcessor(0, Policy(), store.get).process([record])
    values = [m.value or b"" for m in output.messages if m.topic == "dead-letters"]
    return output, decode_output("dead-letters", values[0], DeadLetter) if values else None


@pytest.mark.parametrize("key", [None, b"ann"])
def test_a_complaint_without_a_customer_is_kept_as_a_dead_letter_and_makes_nobody(
    key: bytes | None,
) -> None:
    """Also where the key of the record would tell: who it is about stands in the event."""
    output, letter = heard(OPENED, key)
    assert letter is not None
    assert letter.reason == "missing_field"
    assert "customer_id" in letter.detail
    assert output.counts["complaints", "dead_lettered"] == 1
    assert all(name.startswith(PREFIX) for name in output.states)


def test_a_record_with_a_megabyte_of_text_is_kept_cut_off_as_a_dead_letter() -> None:
    output, letter = heard({**OPENED, "customer_id": "ann", "text": "rude " * 200_000}, b"ann")
    assert letter is not None
    assert letter.reason == "too_large"
    assert letter.detail == "1000124 bytes; at most 262144 are read"
    assert letter.truncated
    assert output.counts["complaints", "dead_lettered"] == 1
    assert max(len(m.value or b"") for m in output.messages) < 400_000


def test_a_text_of_nothing_but_emoji_is_a_complaint_like_any_other() -> None:
    output, letter = heard({**OPENED, "customer_id": "ann", "text": "😡😡😡"}, b"ann")
    assert letter is None
    assert output.counts["complaints", "applied"] == 1
    assert b"ann" in output.states
