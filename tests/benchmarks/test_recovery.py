"""The customers that are restored, and the arithmetic of what it took."""

import pytest

from benchmarks.crowd import Crowd, real_states
from benchmarks.recovery import Return, row
from detectors.customer.partition import decode_partition, partition_key
from detectors.customer.state import decode_state
from detectors.policy import Policy
from detectors.processor import PartitionProcessor


def test_a_crowd_is_copies_of_real_customers_with_ids_of_their_own() -> None:
    store = real_states(events=2_000)
    originals = [decode_state(value) for key, value in store.items() if key[:1] != b"\x00"]
    copies = dict(Crowd(store).states(2 * len(originals)))
    assert len(copies) == 2 * len(originals)
    for number, (key, value) in enumerate(copies.items()):
        state, like = decode_state(value), originals[number % len(originals)]
        assert key == state.customer_id.encode()
        state.customer_id = like.customer_id
        assert state == like


def test_another_partition_of_the_crowd_is_as_far_in_event_time() -> None:
    store = real_states(events=2_000)
    key, value = Crowd(store).event_time(3)
    processor = PartitionProcessor(3, Policy(), dict[bytes, bytes]().get)
    processor.restore([(key, value)])
    assert key == partition_key(3)
    assert decode_partition(value).newest[0] == processor.watermark + Policy().time.lateness


def test_the_row_of_a_return_is_scaled_to_a_million() -> None:
    found = row(Return("memory", 200_000, 2.0, 1.6, 300.0, 350.0))
    assert found["per_second"] == 100_000
    assert found["per_cpu_second"] == 125_000
    assert found["megabytes_per_million"] == pytest.approx(1500)
