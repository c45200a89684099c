"""The words of a complaint: sentences of two languages, with the noise of real messages."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

TYPO_SHARE, MIXED_SHARE = 0.15, 0.12


@cache
def sentences() -> dict[str, Any]:
    """The sentences by language and cause."""
    return tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))


def words(rng: np.random.Generator, cause: str, product: str, *, chinese: bool) -> str:
    """A complaint about `cause`, in which the cause can be found."""
    book = sentences()["chinese" if chinese else "english"]
    parts = [_one(rng, book["opening"]), _one(rng, book[cause]), _one(rng, book["closing"])]
    if rng.random() < 0.4:
        parts.insert(1, _one(rng, book["filler"]))
    if rng.random() < 0.15:
        parts.insert(-1, _one(rng, book["vague"]))
    if rng.random() < MIXED_SHARE:
        others = [name for name in book if name not in (cause, "opening", "closing", "filler")]
        parts.insert(2, _one(rng, book[others[int(rng.integers(len(others)))]]))
    return _told(rng, parts, product, chinese=chinese)


def vague_words(rng: np.random.Generator, product: str, *, chinese: bool) -> str:
    """A complaint that does not say what it is about."""
    if rng.random() < 0.1:
        return _one(rng, sentences()["emoji"]["only"])
    book = sentences()["chinese" if chinese else "english"]
    parts = [_one(rng, book["opening"]), _one(rng, book["vague"]), _one(rng, book["closing"])]
    return _told(rng, parts, product, chinese=chinese)


def _one(rng: np.random.Generator, choices: list[str]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _told(rng: np.random.Generator, parts: list[str], product: str, *, chinese: bool) -> str:
    text = ("" if chinese else " ").join(part for part in parts if part)
    text = text.replace("{product}", product).replace("{n}", str(int(rng.integers(2, 7))))
    if not chinese and rng.random() < TYPO_SHARE:
        text = _mistyped(rng, text)
    if rng.random() < 0.05:
        text = text.upper()
    return text + " 😠" if rng.random() < 0.04 else text


def _mistyped(rng: np.random.Generator, text: str) -> str:
    """Two pairs of neighbouring letters change places."""
    letters = list(text)
    for at in rng.integers(1, max(len(letters) - 1, 2), 2).tolist():
        if at + 1 < len(letters) and letters[at].isalpha() and letters[at + 1].isalpha():
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)
