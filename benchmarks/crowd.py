"""As many customers as a benchmark needs: copies of real states, each under an id of its own."""

from collections.abc import Iterator, Mapping

from benchmarks.drive import Drive
from benchmarks.worlds import WORLDS
from detectors.customer.partition import PREFIX, partition_key
from detectors.customer.state import decode_state, encode_state


def real_states(world: str = "retail", events: int = 0) -> dict[bytes, bytes]:
    """The store after the processor has seen a world (its first `events`; 0: all)."""
    found, policy = WORLDS[world](events)
    return Drive(policy).go(found).store


def crowd(
    store: Mapping[bytes, bytes], customers: int, first: int = 0
) -> Iterator[tuple[bytes, bytes]]:
    """Keys and states of `customers` copies of the customers in `store`, from number `first` on.

    Real customers take turns, so that the mixture of sizes and due days stays what it is.
    """
    originals = [decode_state(value) for key, value in store.items() if not key.startswith(PREFIX)]
    for number in range(first, first + customers):
        state = originals[number % len(originals)]
        state.customer_id = f"c{number:08d}"
        yield state.customer_id.encode(), encode_state(state)


def event_time(store: Mapping[bytes, bytes], partition: int) -> tuple[bytes, bytes]:
    """How far event time has come in `store`, as another partition would hold it."""
    return partition_key(partition), store[partition_key(0)]
