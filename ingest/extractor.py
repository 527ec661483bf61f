"""What article extractors of others would take of a page: evidence for our selection, never the text that is cited.

trafilatura reads the markup three times: balanced, strict, and by its fork of readability. Of what each would take only
one thing is kept: how much of each of our own paragraphs is in it.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["EXTRACTORS", "UNKNOWN", "extractions", "shares_taken"]

EXTRACTORS = ("balanced", "strict", "readability")
UNKNOWN = -1.0  # the share of a paragraph that an extractor takes when it has no opinion of the page

_SHINGLE = 4  # words
_LONGEST = 3_000_000  # characters of markup, and
_MOST_ELEMENTS, _DEEPEST = (
    30_000,
    200,
)  # elements, and within each other: beyond, an extractor may take minutes, or recurse
_SHORTEST = 25  # characters of a paragraph that readability counts, as trafilatura has it

Words = Sequence[str]


def shares_taken(paragraphs: Sequence[Words], markup: str, words_of: Callable[[str], Words]) -> list[tuple[float, ...]]:
    """Of each paragraph, given as its words, the share that each of EXTRACTORS takes, 0 to 1.

    It is counted in runs of four words. UNKNOWN where an extractor fails on the page, takes nothing of it, or
    would take too long. `words_of` makes the words of an extraction as those of the paragraphs were made.
    """
    columns = [_shares(paragraphs, [words_of(line) for line in text.split("\n")]) for text in extractions(markup)]
    return list(zip(*columns, strict=True))


def _shares(paragraphs: Sequence[Words], lines: Sequence[Words]) -> list[float]:
    everything = [word for line in lines for word in line]
    if not everything:
        return [UNKNOWN] * len(paragraphs)
    runs = {size: set(zip(*(everything[at:] for at in range(size)), strict=False)) for size in range(1, _SHINGLE + 1)}
    whole = {tuple(line) for line in lines}
    shares = []
    for words in paragraphs:
        size = min(_SHINGLE, len(words))
        if size < _SHINGLE:  # a few words are found in any text: what counts is that they are a line of it
            shares.append(1.0 if tuple(words) in whole else 0.5 if size and tuple(words) in runs[size] else 0.0)
            continue
        own = list(zip(*(words[at:] for at in range(size)), strict=False))
        shares.append(sum(run in runs[size] for run in own) / len(own))
    return shares


def extractions(markup: str) -> tuple[str, ...]:
    """The text that each of EXTRACTORS takes; empty where it has no opinion."""
    nothing = ("",) * len(EXTRACTORS)
    if not markup or len(markup) > _LONGEST:
        return nothing
    from trafilatura import bare_extraction, load_html
    from trafilatura.readability_lxml import Document

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports pages it makes nothing of
    logging.getLogger("readability").setLevel(logging.CRITICAL)

    def balanced(page: HtmlElement, *, strict: bool = False) -> str:
        found = bare_extraction(page, include_comments=False, favor_precision=strict)
        return (found.text if found is not None and not isinstance(found, dict) else "") or ""

    def strict(page: HtmlElement) -> str:
        return balanced(page, strict=True)

    def readability(page: HtmlElement) -> str:
        summary = load_html(f"<html><body>{Document(page, min_text_length=_SHORTEST).summary()}</body></html>")
        return "" if summary is None else "\n".join(str(words) for words in summary.itertext())

    try:
        page = load_html(markup)
        if page is None or _is_too_much(page):
            return nothing
    except Exception:
        return nothing
    return tuple(_told(extract, copy.deepcopy(page)) for extract in (balanced, strict, readability))


def _told(extract: Callable[[HtmlElement], str], page: HtmlElement) -> str:
    try:
        return extract(page)
    except Exception:  # whatever fails in it, on whatever page: its opinion is welcome, and not needed
        return ""


def _is_too_much(page: HtmlElement) -> bool:
    depths = {page: 0}
    for element in page.iter():
        above = element.getparent()
        depths[element] = depths[above] + 1 if above is not None and above in depths else 0
        if depths[element] > _DEEPEST or len(depths) > _MOST_ELEMENTS:
            return True
    return False
