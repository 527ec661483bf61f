"""The text of an article as HTML: as the article reads, or as the page was scraped, with marks in it. Pure.

Guarantee: the text inside the strong mark is exactly its span of the source text with line ends written as a newline.
Only CSS reflows; no character is edited, save those that a page cannot hold, which show as U+FFFD, and all text is
there, folded or not.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from ingest.article import Span

__all__ = ["Mark", "lay_out_marks", "left_out", "render_text_html", "writable"]

_T = TypeVar("_T")
_SHORTEST_WRAP, _LONGEST_WRAP = 50, 120  # characters: the widths at which text files are hard wrapped
_STEERS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """Words to be marked. `key` names what a lighter mark leads to; `leads` says that it can be reached by keyboard."""

    span: Span
    cls: str
    key: str = ""
    leads: bool = False


def lay_out_marks(strong: Span, cls: str, lighter: Sequence[tuple[Span, str]]) -> tuple[Mark, ...]:
    """Disjoint, in order: the strong one whole, of each other one what nothing before it covers."""
    marks = [Mark(strong, cls)]
    reached = 0
    for span, key in sorted(lighter):
        start = max(span.start, reached)
        around = ((start, min(span.end, strong.start)), (max(start, strong.end), span.end))
        pieces = [(a, b) for a, b in around if a < b]
        marks += [Mark(Span(a, b), "also", key, leads=n == 0) for n, (a, b) in enumerate(pieces)]
        reached = max(reached, span.end)
    return tuple(sorted(marks, key=lambda m: m.span))


def render_text_html(text: str, body: Sequence[Span], marks: Sequence[Mark], *, scraped: bool = False) -> str:
    """`text` with `marks`, which are disjoint and in order. What is not `body` is folded, or `scraped` shows it too."""
    others = left_out(text, body)
    marked = _Spans([(m.span, m) for m in marks])
    folds = frozenset(() if scraped else (s for s in others if not marked.overlapping(s)))
    furniture = _Spans([(s, "dl-furniture") for s in others if s not in folds])
    page = _Page(text, marked, furniture, _Spans(_line_breaks(text)))
    return "".join(_parts(text, sorted(folds), page))


def left_out(text: str, body: Sequence[Span]) -> list[Span]:
    """What is not body and not only whitespace."""
    edges = [0, *(e for s in body for e in (s.start, s.end)), len(text)]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return [Span(a, b) for a, b in gaps if a < b and text[a:b].strip()]


def writable(text: str) -> str:
    """`text` as it can stand in a page: what it cannot hold is U+FFFD."""
    return _UNWRITABLE.sub("\ufffd", text)


class _Spans(Generic[_T]):
    """Disjoint spans in order, each with what it is, of which few are looked at."""

    def __init__(self, spans: Sequence[tuple[Span, _T]]) -> None:
        self._spans = spans
        self._starts = [s.start for s, _ in spans]
        self._ends = [s.end for s, _ in spans]

    def within(self, span: Span) -> _Spans[_T]:
        """Those inside `span`, without those at its edges, where a block begins or ends anyway."""
        first, last = bisect_right(self._starts, span.start), bisect_left(self._ends, span.end)
        return _Spans(self._spans[first:last])

    def overlapping(self, span: Span) -> Sequence[tuple[Span, _T]]:
        """Those that share a character with `span`."""
        return self._spans[bisect_right(self._ends, span.start) : bisect_left(self._starts, span.end)]


@dataclass(frozen=True, slots=True)
class _Page:
    text: str
    marks: _Spans[Mark]
    furniture: _Spans[str]
    breaks: _Spans[str]


def _parts(text: str, folded: Sequence[Span], page: _Page) -> Iterator[str]:
    """The article as alternating runs of shown text and folds; their text together is `text`."""
    cursor = 0
    for fold in [*folded, None]:
        end = len(text) if fold is None else fold.start
        if cursor < end:
            yield f'<div class="dl-flow" dir="auto">{_flow(page, Span(cursor, end))}</div>'
        if fold is not None:
            size = len(fold.of(text).strip())
            words = f"… left out: {size:,} character{'s' if size != 1 else ''} of page furniture"
            inner = "".join(_pieces(text, fold, _Spans(()), page.breaks.within(fold), fold.end))
            inner = f'<div class="dl-furniture" dir="auto">{inner}</div>'
            yield f'<details class="dl-fold"><summary>{words}</summary>{inner}</details>'
            cursor = fold.end


def _flow(page: _Page, span: Span) -> str:
    out: list[str] = []
    cursor = span.start
    breaks = page.breaks.within(span)
    for _, mark in page.marks.overlapping(span):
        if cursor < mark.span.start:
            out += _pieces(page.text, Span(cursor, mark.span.start), page.furniture, breaks, mark.span.start)
        inner = "".join(_pieces(page.text, mark.span, page.furniture, breaks, mark.span.end))
        out.append(f'<mark class="{mark.cls}"{_does(mark)}>{inner}</mark>')
        cursor = mark.span.end
    if cursor < span.end:
        out += _pieces(page.text, Span(cursor, span.end), page.furniture, breaks, span.end)
    return "".join(out)


def _does(mark: Mark) -> str:
    if mark.cls != "also":
        return ' tabindex="-1"'
    leads = ' role="link" tabindex="0"' if mark.leads else ""
    return f' data-do="mark" data-key="{html.escape(mark.key)}"{leads}'


def _pieces(text: str, span: Span, furniture: _Spans[str], breaks: _Spans[str], limit: int) -> Iterator[str]:
    """`span` cut where its look changes. Up to `limit` the pieces are one text: a line end cut in two counts once."""
    looks = [*breaks.overlapping(span), *furniture.overlapping(span)]
    cuts = {span.start, span.end, *(e for s, _ in looks for e in (s.start, s.end) if span.start < e < span.end)}
    for a, b in pairwise(sorted(cuts)):
        here = Span(a, b)
        classes = [cls for _, cls in (*breaks.overlapping(here), *furniture.overlapping(here))]
        piece = text[a:b]
        if piece.endswith("\r") and b < limit and text[b] == "\n":
            piece = piece[:-1]
        escaped = html.escape(writable(piece.replace("\r\n", "\n").replace("\r", "\n")))
        escaped = _STEERS.sub(r"<bdi>\g<0></bdi>", escaped)  # it stays, and turns nothing round
        yield f'<span class="{" ".join(classes)}">{escaped}</span>' if classes else escaped


def _line_breaks(text: str) -> list[tuple[Span, str]]:
    """The whitespace that shows as a new line, and how: `dl-para` (a new paragraph) or `dl-line`.

    A line end inside a paragraph of hard-wrapped lines is left to reflow: there the next word did not fit.
    """
    runs = [Span(*m.span()) for m in re.finditer(r"\s+", text) if "\n" in m.group() or "\r" in m.group()]
    found: list[tuple[Span, str]] = []
    paragraph: list[Span] = []
    start = 0
    for run in [*runs, Span(len(text), len(text) + 1)]:
        if run.start < len(text) and len(re.findall(r"\r\n|\r|\n", run.of(text))) == 1:
            paragraph.append(run)
            continue
        found += _hard_breaks(text, start, paragraph, run.start)
        if run.start < len(text):
            found.append((run, "dl-para"))
        paragraph, start = [], run.end
    return found


def _hard_breaks(text: str, start: int, ends: Sequence[Span], stop: int) -> Iterator[tuple[Span, str]]:
    """Of the line ends of one paragraph `text[start:stop]` those that the author meant."""
    starts = [start, *(e.end for e in ends)]
    widths = [b - a for a, b in zip(starts, [*(e.start for e in ends), stop], strict=True)]
    width = max(widths)
    for n, end in enumerate(ends):
        next_word = re.match(r"\S*", text[end.end : end.end + _LONGEST_WRAP])
        fits = widths[n] + 1 + len(next_word.group() if next_word else "") <= width
        if fits or not _SHORTEST_WRAP <= width <= _LONGEST_WRAP:
            yield end, "dl-para" if width > _LONGEST_WRAP else "dl-line"
