"""The roots of every error that churnstream reports to a person as one line."""

from typing import ClassVar


class ChurnstreamError(Exception):
    """A failure with a message for a person: what failed, where, which value, what to do.

    The command line prints the message alone (no traceback) and exits with `exit_status`.
    """

    exit_status: ClassVar[int] = 1


class ConfigurationError(ChurnstreamError):
    """A setting or option cannot be used: nothing was attempted (exit status 2)."""

    exit_status: ClassVar[int] = 2
