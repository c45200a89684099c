"""Bytes of an input record to `Decoded` or `Rejected`; never an exception, whatever the bytes.

A record takes the fast path first: typed decoding straight into the Struct, and a few cheap proofs
that nothing is wrong with it (`schemas.fast`). Where a proof fails, the careful path
(`schemas.careful`) reads the record again, step by step, and has the last word.
"""

from collections.abc import Sequence
from datetime import tzinfo

from schemas import careful
from schemas.catalogue import SchemaError, contract_of
from schemas.decoded import Decoded, Input
from schemas.envelope import is_enveloped
from schemas.fast import FastReader
from schemas.limits import Limits
from schemas.refusal import Refusal
from schemas.reject import Rejected, RejectReason
from schemas.wire import decode_output, encode

__all__ = [
    "Codec",
    "Decoded",
    "Input",
    "RejectReason",
    "Rejected",
    "SchemaError",
    "decode_output",
    "encode",
]


class Codec:
    """Reads the records of all input topics.

    limits: sizes and the future limit. default_zone: the zone of times without an offset; without
    it such records are rejected.
    """

    def __init__(self, limits: Limits | None = None, default_zone: tzinfo | None = None) -> None:
        self._limits = limits or Limits()
        self._zone = default_zone
        self._readers: dict[str, FastReader] = {}

    def decode(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
        received_at: float,
        source: str,
    ) -> Decoded | Rejected:
        """Read one record. Only a topic that is no input raises (SchemaError).

        topic: logical name. received_at: Kafka's time of the record, epoch seconds. source: the
        event_id for a record that has none, "topic/partition/offset".
        """
        reader = self._readers.get(topic) or self._reader(topic)
        if value is not None and not (headers and is_enveloped(headers)):
            decoded = reader.read(value, key, received_at, source)
            if decoded is not None:
                return decoded
        try:
            return careful.read(
                reader.contract,
                value,
                key,
                headers,
                received_at,
                source,
                self._limits,
                self._zone,
            )
        except Refusal as refusal:
            return Rejected(refusal.reason, refusal.detail)

    def _reader(self, topic: str) -> FastReader:
        contract = contract_of(topic)
        if contract.role != "input":
            raise SchemaError(f"{topic} is no input topic; read it with decode_output")
        reader = self._readers[topic] = FastReader(contract, self._limits)
        return reader
