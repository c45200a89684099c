"""The codec as a policy wants it."""

from zoneinfo import ZoneInfo

from detectors.policy import Policy
from schemas.codec import Codec
from schemas.limits import Limits


def codec_of(policy: Policy) -> Codec:
    """The codec with the limits and the default zone of the policy."""
    zone = policy.time.default_zone
    limits = Limits(
        max_bytes=policy.limits.max_bytes,
        max_depth=policy.limits.max_depth,
        max_id_length=policy.limits.max_id_length,
        future_limit=policy.time.future_limit,
    )
    return Codec(limits, default_zone=ZoneInfo(zone) if zone else None)
