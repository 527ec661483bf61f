"""A document of answers as a page of its own: to take along in one file, or behind a share link. Pure.

Guarantee: it asks no host for anything and runs no script, and whatever stands in an article, a file name or a question
comes out as text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from app.export import Block, Document, Footnote, Told, blocks, moment_words
from app.wording import inert
from ingest.article import Article, Span

__all__ = ["Look", "Surrounding", "find_surrounding", "page_style", "render_document_html"]

_AROUND = 2_000  # characters on either side of a quote; most articles are shorter
_LISTS = {"item": "dl-items", "place": "dl-places", "near": "dl-near"}
_PARTED = re.compile(r"\s*\n\s*\n\s*")  # one paragraph from the next
_ROOT = re.compile(r"(?m)^body\s*\{([^}]*)\}")
_DARK = re.compile(r"\.dark\s*\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Surrounding:
    """What an article says before and after a quote; cut where it is long."""

    before: str
    after: str
    cut_before: bool = False
    cut_after: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is dressed: an inline style, or the path of one; and words about what it is, above all else."""

    style: str = ""
    style_path: str = ""
    about: str = ""


def find_surrounding(article: Article, source_text: str, span: Span) -> Surrounding:
    """The article around `span`, without what was left out of it; its line ends are newlines."""

    def part(start: int, end: int) -> list[Span]:
        pieces = ((max(s.start, start), min(s.end, end)) for s in article.body)
        return [Span(a, b) for a, b in pieces if a < b]

    def told(pieces: list[Span]) -> str:
        text = "\n\n".join(p.of(source_text) for p in pieces)
        return text.replace("\r\n", "\n").replace("\r", "\n")

    start, end = span.start - _AROUND, span.end + _AROUND
    left, right = part(start, span.start), part(span.end, end)
    # What was left out beside the quote parts it from what stands before or after.
    before = told(left) + ("\n\n" if left and left[-1].end < span.start else "")
    after = ("\n\n" if right and right[0].start > span.end else "") + told(right)
    first, last = min(s.start for s in article.body), max(s.end for s in article.body)
    return Surrounding(before, after, start > first, end < last)


def page_style(page: str, document: str) -> str:
    """The style of such a page: the colours of the chat's style `page`, by day and by night, and `document`."""
    light, dark = _ROOT.search(page), _DARK.search(page)
    if light is None or dark is None:
        raise ValueError("the style of the page names its colours in body and .dark")
    return f":root {{{light[1]}}}\n@media (prefers-color-scheme: dark) {{ :root {{{dark[1]}}} }}\n{document}"


def render_document_html(document: Document, look: Look, surroundings: Mapping[int, Surrounding] | None = None) -> str:
    """The whole page; `surroundings` by the numbers of the footnotes."""
    title = html.escape(document.title, quote=True) if document.title.strip() else "Dateline"
    style = f"<style>{look.style}</style>" if look.style else ""
    style += f'<link rel="stylesheet" href="{html.escape(look.style_path)}">' if look.style_path else ""
    allowed = "'self'" if look.style_path else "'unsafe-inline'"
    seen: set[int] = set()
    told = "".join(_told_html(t, seen, "h1" if document.is_one_answer else "h2") for t in document.told)
    heading = "" if document.is_one_answer else f"<h1>{inert(document.title)}</h1>"
    notes = "".join(_footnote_html(f, (surroundings or {}).get(f.number)) for f in document.footnotes)
    listed = f'<section class="dl-notes"><h2>Footnotes</h2><ol>{notes}</ol></section>' if notes else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src {allowed}">'
        '<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">'
        f'<meta name="color-scheme" content="light dark"><title>{title}</title>{style}</head>'
        f'<body class="dl-document"><main><header><p class="dl-about">{inert(look.about)}</p>'
        f"{heading}</header>{told}{listed}</main></body></html>\n"
    )


def _told_html(told: Told, seen: set[int], level: str) -> str:
    asked = f'<p class="dl-asked">Asked on {moment_words(told.asked)}</p>' if told.asked else ""
    parts: list[str] = []
    for kind, group in groupby(blocks(told), key=lambda b: b.kind):
        rows = [_block_html(b, seen) for b in group]
        parts += [f'<ul class="{_LISTS[kind]}">{"".join(rows)}</ul>'] if kind in _LISTS else rows
    return f"<article><{level}>{inert(told.question) or '(nothing)'}</{level}>{asked}{''.join(parts)}</article>"


def _block_html(block: Block, seen: set[int]) -> str:
    text = f"<bdi>{inert(block.text)}</bdi>"
    before = f"<b>{inert(block.before)}</b> " if block.before else ""
    after = f' <span class="dl-after">({inert(block.after)})</span>' if block.after else ""
    notes = "".join(_note_html(n, seen) for n in block.notes)
    if block.kind in _LISTS:
        return f"<li>{before}{text}{notes}{after}</li>"
    if block.kind == "heading":
        return f"<h3>{text}</h3>"
    if block.kind == "quote":
        return f"<blockquote><p>{text}{notes}{after}</p></blockquote>"
    lead = "<b>No answer.</b> " if block.kind == "failed" else before
    return f'<p class="dl-{block.kind}">{lead}{text}{notes}{after}</p>'


def _note_html(number: int, seen: set[int]) -> str:
    """The number of a footnote; the first one is what the footnote leads back to."""
    anchor = "" if number in seen else f' id="ref-{number}"'
    seen.add(number)
    return f'<sup><a href="#note-{number}"{anchor} aria-label="Footnote {number}">&#91;{number}&#93;</a></sup>'


def _footnote_html(footnote: Footnote, surrounding: Surrounding | None) -> str:
    citation = footnote.citation
    around = ""
    if surrounding is not None:
        around = (
            '<details><summary>In the article</summary><div class="dl-around" dir="auto">'
            f"{_around_html(surrounding, citation.quote)}</div></details>"
        )
    return (
        f'<li id="note-{footnote.number}"><p class="dl-quote" dir="auto">“{inert(citation.quote)}”</p>'
        f'<p class="dl-credit"><bdi>{inert(footnote.credit)}</bdi></p>'
        f'<p class="dl-place">File <code>{inert(citation.source)}</code>, {footnote.place} '
        f'<a href="#ref-{footnote.number}" aria-label="Back to the text">↩</a></p>{around}</li>'
    )


def _around_html(surrounding: Surrounding, quote: str) -> str:
    """The article with the quote marked, in paragraphs as the article has them."""
    before, after = _paragraphs(surrounding.before), _paragraphs(surrounding.after)
    lead = rest = ""
    if before and not _PARTED.search(surrounding.before[len(surrounding.before.rstrip()) :]):
        lead = before.pop() + " " * surrounding.before[-1].isspace()
    if after and not _PARTED.match(surrounding.after):
        rest = " " * surrounding.after[0].isspace() + after.pop(0)
    before[:0] = ["…"] if surrounding.cut_before else []
    after += ["…"] if surrounding.cut_after else []
    marked = f"<p>{lead}<mark>{inert(quote)}</mark>{rest}</p>"
    return "".join([*(f"<p>{p}</p>" for p in before), marked, *(f"<p>{p}</p>" for p in after)])


def _paragraphs(text: str) -> list[str]:
    return [inert(paragraph) for paragraph in _PARTED.split(text) if paragraph.strip()]
