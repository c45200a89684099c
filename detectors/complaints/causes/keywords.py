"""The keyword sets of the twelve causes (D12), read from the data files ``keywords/*.toml``."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from detectors.complaints.causes.tokens import hashed, words_of
from schemas.causes import CAUSES

KNOWN = CAUSES[:-1]
"""The twelve causes, without `unknown`."""


class KeywordsError(ValueError):
    """A keyword file cannot be used; the message names it, the entry and what is permitted."""


@dataclass(frozen=True, slots=True)
class Keywords:
    """The keywords of all languages."""

    causes: dict[int, tuple[str, ...]]
    """Hash of a keyword's token → the causes that it speaks for."""
    spelled: dict[int, str]
    """Hash → the keyword as it stands in the file, to be shown as evidence."""
    phrases: dict[str, tuple[tuple[str, ...], ...]]
    """First word of a keyword of several words → those keywords, as words."""
    ordinary: frozenset[str]
    """Words that say nothing."""

    def tokens_of(self, text: str, most: int) -> list[int]:
        """Up to `most` different tokens of a text: keywords first, then words as they come."""
        words = words_of(text)
        told: dict[int, None] = {}
        for at, word in enumerate(words):
            for phrase in self.phrases.get(word, ()):
                if tuple(words[at : at + len(phrase)]) == phrase:
                    told[hashed(" ".join(phrase))] = None
            token = hashed(word)
            if token in self.causes:
                told[token] = None
        plain = (word for word in words if word not in self.ordinary and not is_redacted(word))
        for word in plain:
            if len(told) >= most:
                break
            told[hashed(word)] = None
        return list(told)[:most]


def is_redacted(word: str) -> bool:
    """Whether a word is a letter only, or one letter over and over (``XXXX``)."""
    return len(set(word)) < 2


def read_keywords(name: str, content: str) -> tuple[dict[str, list[str]], list[str]]:
    """The keywords by cause and the ordinary words of a file. Raises `KeywordsError`."""
    try:
        document = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise KeywordsError(f"{name} is not valid TOML: {error}") from None
    causes, ordinary = document.get("causes"), document.get("ordinary", "")
    if not isinstance(causes, dict) or not isinstance(ordinary, str):
        raise KeywordsError(f"{name}: write a table [causes] and, if any, a text `ordinary`")
    for cause, keywords in causes.items():
        if cause not in KNOWN:
            raise KeywordsError(f"{name}: {cause!r} is no cause; known are {', '.join(KNOWN)}")
        if not isinstance(keywords, list) or not all(
            isinstance(keyword, str) and words_of(keyword) for keyword in keywords
        ):
            raise KeywordsError(f"{name}: {cause} = {keywords!r}: write a list of words or phrases")
    return causes, words_of(ordinary)


def joined(documents: Iterable[tuple[dict[str, list[str]], list[str]]]) -> Keywords:
    """The keywords of several files together."""
    causes: dict[int, dict[str, None]] = {}
    spelled: dict[int, str] = {}
    phrases: dict[str, dict[tuple[str, ...], None]] = {}
    ordinary: set[str] = set()
    for by_cause, words in documents:
        ordinary.update(words)
        for cause, keywords in by_cause.items():
            for keyword in keywords:
                told = tuple(words_of(keyword))
                token = hashed(" ".join(told))
                causes.setdefault(token, {})[cause] = None
                spelled[token] = keyword
                if len(told) > 1:
                    phrases.setdefault(told[0], {})[told] = None
    return Keywords(
        {token: tuple(found) for token, found in causes.items()},
        spelled,
        {first: tuple(found) for first, found in phrases.items()},
        frozenset(ordinary),
    )


@cache
def default_keywords() -> Keywords:
    """The keyword sets that ship: English and Chinese."""
    folder = files("detectors.complaints.causes") / "keywords"
    found = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return joined(
        read_keywords(name, (folder / name).read_text(encoding="utf-8")) for name in found
    )
