"""The root of every error that churnstream reports to a person as one line."""


class ChurnstreamError(Exception):
    """A failure with a message for a person: what failed, where, which value, what to do.

    The command line prints the message alone (no traceback) and exits with 1.
    """
