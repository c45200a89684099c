"""What goes wrong with a source, said once and clearly."""

from streams.errors import ChurnstreamError


class SourceError(ChurnstreamError):
    """A source cannot be used: the message names file, row or key, value and remedy."""


class BadValueError(Exception):
    """A value of one row cannot become the field it is mapped to; the row is counted as bad."""


def quoted(value: object, longest: int = 80) -> str:
    """A value as it may stand in a message: quoted, on one line, cut to ``longest`` characters."""
    text = repr(value)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
