"""Words for a terminal: what is scraped can neither steer it nor turn the direction of writing."""

from __future__ import annotations

import unicodedata

__all__ = ["count", "shown"]

_TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")  # what turns the direction of writing round

_MARKS = "\u061c\u200e\u200f"  # seen by nobody, and punctuation beside them changes sides


def shown(text: str, *, lines: bool = False) -> str:
    """`text` for a terminal: control, escape and direction characters of scraped text are replaced, never sent."""
    keep = "\n\t" if lines else ""
    text = text.replace("\r\n", "\n").replace("\r", "\n") if lines else text
    return "".join(c if c in keep or not _steers(c) else "\ufffd" for c in text)


def count(number: int, what: str) -> str:
    """`number` and the noun, in the plural where it takes one."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _steers(character: str) -> bool:
    turns = unicodedata.bidirectional(character) in _TURNS or character in _MARKS
    return turns or unicodedata.category(character) in ("Cc", "Cs")
