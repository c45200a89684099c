"""What stands in the way of tuning."""

from streams.errors import ChurnstreamError


class TuneError(ChurnstreamError):
    """Nothing can be proposed; the message names what is missing and what to do."""
