"""An article as the source pane shows it: whole, with the cited words marked. Pure.

Guarantee: the text inside the one strong mark is exactly `source_text[start:end]` with line ends written as a
newline. Only CSS reflows; no character is edited, and all text of the article is in the page, folded or not.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.references import Reference
from app.wording import format_day, inert
from ingest.article import Article, PublicationDate, Span, normalise_space

__all__ = ["render_source_html"]

_SHORTEST_WRAP, _LONGEST_WRAP = 50, 120  # characters: the widths at which text files are hard wrapped

_STEERS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def render_source_html(
    article: Article, source_text: str, reference: Reference, *, key: str, related: Sequence[tuple[str, str]] = ()
) -> str:
    """The whole article with one strong mark at `reference`, lighter ones at its `also`, the left-out text folded.

    Where the words at the span are no longer those that were quoted, nothing is marked and the pane says so.
    `key` comes back as `data-key`, by which the page knows what is open. `related` are further lines of its head, each
    with its name: where the same text lies, which versions there are.
    """
    span = reference.span
    quote = None if reference.quote is None else normalise_space(reference.quote)  # a near passage's comes so
    changed = span.end > len(source_text) or quote not in (None, normalise_space(span.of(source_text)))
    marks = () if changed else _marks(reference)
    notice = {
        "cited": "",
        "retrieved": "Retrieved, not used in the answer.",
        "near": "Nearest passage. Not an answer.",
        "counted": "Counted in the answer.",
    }[reference.kind]
    if changed:
        notice = (
            "This file has changed since the answer was given, so nothing is marked. Ask again to cite it as it is."
        )
    text = "".join(_source_parts(source_text, article.body, marks))
    return (
        f'<section class="dl-source" role="region" aria-label="Source article" data-key="{html.escape(key)}">'
        f"{_source_header(article, reference, related)}"
        f"{notice and f'<p class=dl-notice>{notice}</p>'}"
        f'<div class="dl-source-text" dir="auto">{text}</div></section>'
    )


@dataclass(frozen=True, slots=True)
class _Mark:
    span: Span
    cls: str


def _marks(reference: Reference) -> tuple[_Mark, ...]:
    """Disjoint, in order: the reference whole, and of the others what it does not cover."""
    main = reference.span
    lighter: list[Span] = []
    for other in sorted(reference.also):
        start = max([other.start, *(s.end for s in lighter)])
        pieces = ((start, min(other.end, main.start)), (max(start, main.end), other.end))
        lighter += [Span(a, b) for a, b in pieces if a < b]
    strong = "cited" if reference.kind in ("cited", "counted") else "near"
    return tuple(sorted([_Mark(main, strong), *(_Mark(s, "also") for s in lighter)], key=lambda m: m.span))


def _source_header(article: Article, reference: Reference, related: Sequence[tuple[str, str]]) -> str:
    facts = [("Outlet", article.outlet), ("By", ", ".join(article.authors)), ("Date", _date(article.published))]
    facts += [("File", reference.source)]
    others = [s for s in article.sources if s != reference.source]
    facts += [("Also in", ", ".join(others)), ("Kind", article.label), *related]
    facts += [("Note", note) for note in article.notes]
    rows = "".join(f"<div><dt>{name}</dt><dd>{inert(value)}</dd></div>" for name, value in facts if value)
    headline = inert(article.headline) if article.headline else "(no headline)"
    return (
        f'<header class="dl-source-header"><p class="dl-eyebrow"><span>{inert(reference.label)}</span>'
        f'<button type="button" class="dl-back">Back to the answer</button></p><h2>{headline}</h2>'
        f"<dl>{rows}</dl></header>"
    )


def _date(published: PublicationDate) -> str:
    day = format_day(published.day)
    return f"{day} (from {published.basis})" if day else f"not known ({published.basis})"


def _source_parts(text: str, body: Sequence[Span], marks: Sequence[_Mark]) -> Iterator[str]:
    """The article as alternating runs of shown text and folds; their text together is `text`."""
    breaks = _line_breaks(text)
    left_out = _left_out(text, body)
    folded = [s for s in left_out if not any(s.overlaps(m.span) for m in marks)]
    furniture = [s for s in left_out if s not in folded]
    cursor = 0
    for fold in [*folded, None]:
        end = len(text) if fold is None else fold.start
        if cursor < end:
            yield f'<div class="dl-flow">{_flow(text, Span(cursor, end), marks, furniture, breaks)}</div>'
        if fold is not None:
            size = len(fold.of(text).strip())
            words = f"… left out: {size:,} character{'s' if size != 1 else ''} of page furniture"
            inner = "".join(_pieces(text, fold, (), _within(breaks, fold), fold.end))
            inner = f'<div class="dl-furniture">{inner}</div>'
            yield f'<details class="dl-fold"><summary>{words}</summary>{inner}</details>'
            cursor = fold.end


def _left_out(text: str, body: Sequence[Span]) -> list[Span]:
    """What is not body and not only whitespace."""
    edges = [0, *(e for s in body for e in (s.start, s.end)), len(text)]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return [Span(a, b) for a, b in gaps if a < b and text[a:b].strip()]


def _flow(
    text: str, span: Span, marks: Sequence[_Mark], furniture: Sequence[Span], breaks: Sequence[tuple[Span, str]]
) -> str:
    out: list[str] = []
    cursor = span.start
    breaks = _within(breaks, span)
    for mark in (m for m in marks if m.span.overlaps(span)):
        if cursor < mark.span.start:
            out += _pieces(text, Span(cursor, mark.span.start), furniture, breaks, mark.span.start)
        focus = "" if mark.cls == "also" else ' tabindex="-1"'
        inner = "".join(_pieces(text, mark.span, furniture, breaks, mark.span.end))
        out.append(f'<mark class="{mark.cls}"{focus}>{inner}</mark>')
        cursor = mark.span.end
    if cursor < span.end:
        out += _pieces(text, Span(cursor, span.end), furniture, breaks, span.end)
    return "".join(out)


def _within(breaks: Sequence[tuple[Span, str]], span: Span) -> list[tuple[Span, str]]:
    """The breaks inside `span`, without those at its edges, where a block begins or ends anyway."""
    return [(b, cls) for b, cls in breaks if span.start < b.start and b.end < span.end]


def _pieces(
    text: str, span: Span, furniture: Sequence[Span], breaks: Sequence[tuple[Span, str]], limit: int
) -> Iterator[str]:
    """`span` cut where its look changes. Up to `limit` the pieces are one text: a line end cut in two counts once."""
    inside = [(b, cls) for b, cls in breaks if b.overlaps(span)]
    starts = [b.start for b, _ in inside]
    greyed = [f for f in furniture if f.overlaps(span)]
    edges = {span.start, span.end}
    edges.update(e for s in [*(b for b, _ in inside), *greyed] for e in (s.start, s.end) if span.start < e < span.end)
    cuts = sorted(edges)
    for a, b in pairwise(cuts):
        at = bisect_right(starts, a) - 1
        classes = [inside[at][1]] if at >= 0 and a < inside[at][0].end else []
        classes += ["dl-furniture" for s in greyed if s.start <= a < s.end]
        piece = text[a:b]
        if piece.endswith("\r") and b < limit and text[b] == "\n":
            piece = piece[:-1]
        escaped = html.escape(piece.replace("\r\n", "\n").replace("\r", "\n"))
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
