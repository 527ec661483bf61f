"""An article as the source pane shows it: who published it and when, what can be done with it, and its text. Pure.

Guarantee: the text inside the one strong mark is exactly `source_text[start:end]` with line ends written as a
newline (app/source_text.py). Where that is not what was quoted, nothing is marked, and the pane says so.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from app.references import Place, Reference
from app.related import Related
from app.source_text import Mark, lay_out_marks, left_out, render_text_html, writable
from app.wording import format_day, inert, line, same_text_words
from ingest.article import Article, PublicationDate, normalise_space
from store.disk import DiskState

__all__ = ["Around", "copied_quote", "render_source_html"]

_NAMED, _MOST_NAMED = 8, 200  # places shown at once, and at all
_NOTICES = {
    "cited": "",
    "article": "",
    "retrieved": "Retrieved, not used in the answer.",
    "near": "Nearest passage. Not an answer.",
    "counted": "Counted in the answer.",
}
_ON_DISK = {
    "same": "",
    "changed": "This file has changed on disk since it was read in; this is the text as it was read in. Ingest again "
    "to bring it up to date.",
    "gone": "This file is no longer where it was read in from; this is the text as it was read in.",
    "unknown": "Whether the file on disk is still as it was read in could not be told; this is the text as it was read "
    "in.",
}
_REPLACED = "This file has changed since the answer was given, so nothing is marked. Ask again to cite it as it is."
_RECOUNT = "The archive has changed since this was counted, so nothing is marked. Ask again to count it as it is."
_NOT_THERE = "The article has no such place, so nothing is marked."


@dataclass(frozen=True, slots=True)
class Around:
    """What is to be known of an article besides itself.

    `related` are its copies and versions, `on_disk` is how its file is now, and `moved` says that the archive has
    changed since the answer was given.
    """

    related: Sequence[Related] = ()
    on_disk: DiskState = "same"
    moved: bool = False


def render_source_html(
    article: Article, source_text: str, reference: Reference, around: Around = Around(), *, scraped: bool = False
) -> str:
    """The whole article with one strong mark at the place of `reference`, lighter ones at its `also`.

    What was left out of the article is folded, or, with `scraped`, shown in its place. The key of the place comes back
    as `data-key`, by which the page knows what is open.
    """
    place = reference.place
    held = place is not None and _holds(place, source_text, moved=around.moved)
    also = [p for p in reference.also if _holds(p, source_text, moved=around.moved)] if held else []
    marks: Sequence[Mark] = ()
    if place is not None and held:
        strong = "near" if reference.kind in ("retrieved", "near") else "cited"
        marks = lay_out_marks(place.span, strong, [(p.span, p.key) for p in also])
    notices = [_NOTICES[reference.kind] if place is None or held else _why_not(reference), _ON_DISK[around.on_disk]]
    told = "".join(f'<p class="dl-notice">{notice}</p>' for notice in notices if notice)
    key = f' data-key="{inert(place.key)}" data-total="{reference.total}"' if place is not None and place.key else ""
    return (
        f'<section class="dl-source" role="region" aria-label="Source article"{key}>'
        f'<div class="dl-pane-bar">{_walk_html(reference, len(also) + 1 if held else 0)}'
        f"{_tools_html(article, source_text, place if held else None, scraped=scraped)}</div>"
        f"{_header_html(article, reference, around.related)}{told}"
        f"{_legend_html(article, source_text) if scraped else ''}"
        f'<div class="dl-source-text">{render_text_html(source_text, article.body, marks, scraped=scraped)}</div>'
        "</section>"
    )


def copied_quote(article: Article, place: Place, source_text: str) -> str:
    """The words at `place` for a text of the user's: quoted, with who published them, when, and where they stand."""
    words = normalise_space(place.span.of(source_text))
    who = [line(article.headline or "") or "(no headline)", line(article.outlet or "")]
    credit = ", ".join(w for w in (*who, format_day(article.published.day) or "date not known") if w)
    where = f"({line(place.source)}, characters {place.span.start}–{place.span.end})"
    return f"“{words}” — {credit} {where}"


# --- whether it still stands there ----------------------------------------------------------------------------------


def _holds(place: Place, source_text: str, *, moved: bool) -> bool:
    """Whether the text has at the span what was quoted; of what was counted, what was counted or the same archive."""
    if place.span.end > len(source_text):
        return False
    words = normalise_space(place.span.of(source_text))  # a near passage's quote comes normalised
    if place.quote is not None:
        return words == normalise_space(place.quote)
    named = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", place.counted, re.IGNORECASE)
    return not moved or (bool(words) and named is not None)


def _why_not(reference: Reference) -> str:
    return {"counted": _RECOUNT, "article": _NOT_THERE}.get(reference.kind, _REPLACED)


# --- above the text -------------------------------------------------------------------------------------------------


def _walk_html(reference: Reference, n_here: int) -> str:
    """Which of the answer's passages this is, the way to the others, and back."""
    label = f'<span class="dl-eyebrow">{inert(reference.label)}</span>'
    back = '<button type="button" class="dl-pane-tool dl-back" data-do="back">Back to the answer</button>'
    if reference.place is None or not reference.place.key:
        reopen = '<button type="button" class="dl-pane-tool" data-do="reopen" hidden>Back to the passage</button>'
        return f'<div class="dl-walk">{label}{reopen}{back}</div>'
    number, total = reference.number, reference.total
    here = f", {n_here:,} marked here" if 1 < n_here < total else ""
    steps = "".join(
        f'<button type="button" class="dl-pane-tool dl-step" data-do="step" data-by="{by}" aria-label="{name} passage" '
        f'aria-keyshortcuts="{name[0].lower()}"{"" if 1 <= number + by <= total else " disabled"}>{sign}</button>'
        for by, name, sign in ((-1, "Previous", "‹"), (1, "Next", "›"))
    )
    return (
        f'<div class="dl-walk">{label}<span class="dl-passage">Passage {number:,} of {total:,}'
        f'<span class="dl-here">{here}</span></span>'
        f"{f'<span class=dl-steps>{steps}</span>' if total > 1 else ''}{back}</div>"
    )


def _tools_html(article: Article, source_text: str, place: Place | None, *, scraped: bool) -> str:
    copies = ""
    if place is not None:
        for words, text in (
            ("Copy quote", normalise_space(place.span.of(source_text))),
            ("Copy with attribution", copied_quote(article, place, source_text)),
        ):
            copies += (
                f'<button type="button" class="dl-pane-tool" data-do="copy-quote" data-copy="{_attribute(text)}">'
                f"{words}</button>"
            )
    return (
        f'<div class="dl-pane-tools" role="group" aria-label="With this article">{copies}'
        f'<button type="button" class="dl-pane-tool" data-do="scraped" aria-pressed="{"true" if scraped else "false"}">'
        "Page as scraped</button></div>"
    )


def _header_html(article: Article, reference: Reference, related: Sequence[Related]) -> str:
    facts = [("Outlet", article.outlet or ""), ("By", ", ".join(article.authors)), ("Date", _date(article.published))]
    facts += [("File", reference.source), ("Kind", article.label or ""), *(("Note", note) for note in article.notes)]
    told = [(name, inert(value)) for name, value in facts if value]
    told += [(r.name, _places_html(r)) for r in _with_own_copies(article, reference.source, related)]
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in told)
    headline = inert(article.headline) if article.headline else "(no headline)"
    return f'<header class="dl-source-header"><h2 dir="auto">{headline}</h2><dl>{rows}</dl></header>'


def _with_own_copies(article: Article, source: str, related: Sequence[Related]) -> list[Related]:
    """`related` with the files that hold the very same bytes among the copies."""
    same = [(s, s) for s in article.sources if s != source]
    near = [p for r in related if r.name == "Copies" for p in r.places]
    copies = [*same, *near]
    own = [Related("Copies", same_text_words(len(copies)).capitalize(), tuple(copies))] if copies else []
    return own + [r for r in related if r.name != "Copies"]


def _places_html(related: Related) -> str:
    shown, more = related.places[:_NAMED], related.places[_NAMED:_MOST_NAMED]
    unnamed = len(related.places) - _MOST_NAMED
    rest = f"<p>and {unnamed:,} more that are not listed</p>" if unnamed > 0 else ""
    fold = f"<details><summary>and {len(related.places) - _NAMED:,} more</summary>{_list_html(more)}{rest}</details>"
    return f"{inert(related.words)}{_list_html(shown) if shown else ''}{fold if more else ''}"


def _list_html(places: Sequence[tuple[str, str]]) -> str:
    items = "".join(
        f'<li><button type="button" class="dl-place" data-do="article" data-source="{_percent(source)}">{inert(words)}'
        "</button></li>"
        for words, source in places
    )
    return f'<ul class="dl-places">{items}</ul>'


def _legend_html(article: Article, source_text: str) -> str:
    n = sum(len(s.of(source_text).strip()) for s in left_out(source_text, article.body))
    told = f"What was left out of the article, {n:,} characters, is grey." if n else "Nothing was left out of it."
    return f'<p class="dl-legend">The whole page as it was scraped, in its order. {told}</p>'


def _attribute(text: str) -> str:
    return html.escape(writable(text))  # to be copied, so nothing of it is taken away


def _percent(source: str) -> str:
    """A source as a query has it, bytes in a file name that are no text included."""
    return quote(source, safe="", errors="surrogateescape")


def _date(published: PublicationDate) -> str:
    day = format_day(published.day)
    return f"{day} (from {published.basis})" if day else f"not known ({published.basis})"
