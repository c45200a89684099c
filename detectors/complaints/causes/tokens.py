"""Text as hashed tokens: all that is kept of a complaint's words.

A text is personal data. What leaves this file are 32-bit hashes of single words (English and the
like) or of pairs of neighbouring characters (Chinese, Japanese, Korean), and of the phrases of the
keyword sets; and those keywords themselves that stand in the text, never another word of it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from unicodedata import normalize

LONGEST_TEXT = 20_000
"""Characters that are looked at."""
SIZE = 4
"""Bytes of a hashed token."""

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_PIECE = re.compile(rf"[{_IDEOGRAPHS}]+|[^\W\d_{_IDEOGRAPHS}]+(?:'[^\W\d_{_IDEOGRAPHS}]+)?")
"""A run of ideographs, or a word of letters with at most one apostrophe in it."""


@lru_cache(maxsize=1 << 15)
def hashed(token: str) -> int:
    """A token's hash, the same on every machine: 0 to 2**32 - 1."""
    return int.from_bytes(blake2b(token.encode(), digest_size=SIZE).digest(), "big")


def words_of(text: str) -> list[str]:
    """The words of a text in their order, in lower case; an ideographic run gives its pairs.

    >>> words_of("The fees, again!")
    ['the', 'fee', 'again']
    >>> words_of("客服态度差")
    ['客服', '服态', '态度', '度差']
    """
    found: list[str] = []
    normal = normalize("NFKC", text[:LONGEST_TEXT]).lower().replace("\u2019", "'")
    for piece in _PIECE.findall(normal):
        if is_ideographic(piece):
            found += [piece[at : at + 2] for at in range(max(len(piece) - 1, 1))]
        else:
            found.append(singular(piece))
    return found


def is_ideographic(piece: str) -> bool:
    """Whether a word or pair is of a script without spaces."""
    return piece[0] >= "\u3040"


def singular(word: str) -> str:
    """The word without a plural's s, as Harman's weak stemmer does it (JASIS 42, 1991, p. 7-15).

    >>> [singular(word) for word in ("fees", "companies", "address", "status")]
    ['fee', 'company', 'address', 'status']
    """
    if len(word) < 4 or word[-1] != "s" or word[-2:] in ("us", "ss"):
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    return word[:-1]


def pack(tokens: Iterable[int]) -> bytes:
    """Hashed tokens as bytes, `SIZE` each."""
    return b"".join(token.to_bytes(SIZE, "big") for token in tokens)


def unpack(packed: bytes) -> list[int]:
    """The tokens that `pack` packed."""
    return [int.from_bytes(packed[at : at + SIZE], "big") for at in range(0, len(packed), SIZE)]
