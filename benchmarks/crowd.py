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


class Crowd:
    """Copies of the customers in a store; real customers take turns, so that the mixture of sizes
    and due days stays what it is."""

    def __init__(self, store: Mapping[bytes, bytes]) -> None:
        self._parts = [_around_id(value) for key, value in store.items() if key[:1] != PREFIX[:1]]
        self._event_time = store[partition_key(0)]

    def key(self, number: int) -> bytes:
        """The id of a copy; all are as long."""
        return b"c%08d" % number

    def state(self, number: int) -> bytes:
        """The state of a copy."""
        before, after = self._parts[number % len(self._parts)]
        return before + self.key(number) + after

    def states(self, customers: int, first: int = 0) -> Iterator[tuple[bytes, bytes]]:
        """Keys and states of so many copies, from number `first` on."""
        for number in range(first, first + customers):
            yield self.key(number), self.state(number)

    def event_time(self, partition: int) -> tuple[bytes, bytes]:
        """How far event time has come in the store, as another partition would hold it."""
        return partition_key(partition), self._event_time


def _around_id(value: bytes) -> tuple[bytes, bytes]:
    """What stands before and behind the customer's id, if that is one of a crowd."""
    state, id = decode_state(value), "c00000000"
    state.customer_id = id
    before, _, after = encode_state(state).partition(id.encode())
    return before, after
