"""How common an English word is, and how it is mostly used: counts over news, shipped as one small file.

`words.txt` lists words by falling frequency, each with three digits: in how many tenths of its uses it follows an
article or a possessive (as nouns do), follows "to", a modal or a pronoun (as verbs do), and is capitalised within a
sentence (as names are). `python -m app.resolve.train --articles FILE …` counts it anew.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

__all__ = ["UNKNOWN", "Usage", "stem", "usage"]

_FILE = Path(__file__).with_name("words.txt")


@dataclass(frozen=True, slots=True)
class Usage:
    """`rank` counts from 0 for the commonest word; the others are shares of the word's uses, 0 to 1."""

    rank: int
    noun: float
    verb: float
    name: float


UNKNOWN = Usage(20_000, 0.3, 0.0, 0.5)


@functools.cache
def _usages() -> dict[str, Usage]:
    found: dict[str, Usage] = {}
    for rank, line in enumerate(_FILE.read_text(encoding="ascii").splitlines()):
        word, tenths = line.split(" ")
        noun, verb, name = (int(digit) / 10 for digit in tenths)
        found.setdefault(word, Usage(rank, noun, verb, name))
    return found


def usage(word: str) -> Usage:
    """How `word`, in lower case, is used; that of its stem where it is not listed, else `UNKNOWN`."""
    listed = _usages()
    return listed.get(word) or listed.get(stem(word)) or UNKNOWN


_ENDINGS = ("ing", "ed", "es", "s", "ly")


def stem(word: str) -> str:
    """`word` without a regular English ending, roughly."""
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if not word.endswith("ss"):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                return word[: -len(ending)]
    return word
