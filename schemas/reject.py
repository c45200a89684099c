"""Why a record was rejected: the closed list, and the value that says so."""

from enum import StrEnum, unique

from msgspec import Struct


@unique
class RejectReason(StrEnum):
    """Every way in which an input record can be unusable. The docstring of each says when."""

    TOMBSTONE = "tombstone"
    """No value at all (null): inputs are events, they cannot be deleted."""
    EMPTY_VALUE = "empty_value"
    """A value without content: zero bytes, or white space only."""
    TOO_LARGE = "too_large"
    """More bytes than `Limits.max_bytes`."""
    INVALID_UTF8 = "invalid_utf8"
    """Bytes that are no UTF-8."""
    INVALID_JSON = "invalid_json"
    """Truncated or malformed JSON."""
    NOT_FINITE = "not_finite"
    """NaN, an infinity, or a number too large for one (1e999)."""
    DUPLICATE_KEY = "duplicate_key"
    """The same key twice in one JSON object: which of them is meant cannot be known."""
    TOO_DEEP = "too_deep"
    """Nested deeper than `Limits.max_depth`."""
    NOT_AN_OBJECT = "not_an_object"
    """JSON, but no object."""
    INVALID_ENVELOPE = "invalid_envelope"
    """A CloudEvent that breaks the specification: a required attribute is missing or not text."""
    UNSUPPORTED_SPECVERSION = "unsupported_specversion"
    """A CloudEvent of another version than 1.0."""
    UNSUPPORTED_CONTENT = "unsupported_content"
    """A CloudEvent whose data is not JSON."""
    WRONG_TYPE_FOR_TOPIC = "wrong_type_for_topic"
    """A churnstream type that belongs to another topic."""
    UNSUPPORTED_VERSION = "unsupported_version"
    """A churnstream type of this topic in a version that this program cannot read."""
    MISSING_KEY = "missing_key"
    """The record has no key: it may be on any partition."""
    KEY_MISMATCH = "key_mismatch"
    """The record key is not the customer_id: it may be on the wrong partition."""
    MISSING_FIELD = "missing_field"
    """A required field is absent or null."""
    WRONG_TYPE = "wrong_type"
    """A field holds another JSON type than the schema says."""
    INVALID_VALUE = "invalid_value"
    """A value outside a closed list."""
    OUT_OF_RANGE = "out_of_range"
    """A number outside its permitted range."""
    NEGATIVE = "negative"
    """A negative quantity or amount where there can be none."""
    EMPTY_ID = "empty_id"
    """A required id of no characters, or a customer_id of white space only."""
    ID_TOO_LONG = "id_too_long"
    """An id or label longer than `Limits.max_id_length`, or a code of a wrong length."""
    CONTROL_CHARACTER = "control_character"
    """A control character in an id or label."""
    INVALID_TIME = "invalid_time"
    """A time that is no RFC 3339 time, or lies outside the years 1900 to 9998."""
    TIME_WITHOUT_OFFSET = "time_without_offset"
    """A time without an offset, while no default zone is configured."""
    FUTURE_TIME = "future_time"
    """An event time later than the time received by more than `Limits.future_limit`."""
    CONTRADICTION = "contradiction"
    """Fields that exclude each other, such as a contract that ends before it begins."""


class Rejected(Struct, frozen=True, gc=False):
    """The record cannot be used. detail: field and reason for a person; never payload text."""

    reason: RejectReason
    detail: str
