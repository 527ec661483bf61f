"""An Answer as HTML, Markdown and plain text. All pure.

Guarantee: whatever stands in an article, a file name or a question comes out as text, never as an element,
a link, an image or a terminal command.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.answer import Abstention, Answer, Citation, Statement, Tally
from ingest.article import Span, normalise_space
from store import Hit

__all__ = [
    "UNSURE",
    "Reference",
    "confidence_words",
    "find_reference",
    "format_day",
    "inert",
    "render_answer_html",
    "render_answer_markdown",
    "render_answer_terminal",
    "render_conversation_html",
    "render_error_html",
    "render_statements_html",
    "render_welcome_html",
]

UNSURE = 0.3  # confidence below which an answer is called unsure: on held-out archives one in four of those was right

Kind = Literal["cited", "retrieved", "near", "counted"]

_LETTERS: dict[str, Kind] = {"c": "cited", "h": "retrieved", "p": "near", "t": "counted"}
_COPIES_NAMED = 8  # places of one text
_EXCERPT_CHARACTERS = 220
_INERT = {ord(c): f"&#{ord(c)};" for c in "<>&\"'\\`*_[]!$~|{}#@"}  # what HTML, Markdown and formulas give a meaning
_ANSI = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[@-Z\\-_]?")
_NO_ADDRESS = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)  # Markdown makes links of bare addresses
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in an article that an answer points at, as its link names it: `#c-<turn>-<number>`.

    `also` are the answer's other cited spans in the same article; `quote` is what stood at the span.
    """

    kind: Kind
    label: str
    source: str
    span: Span
    quote: str | None
    also: tuple[Span, ...] = ()


def find_reference(answer: Answer, letter: str, number: int) -> Reference | None:
    """What `answer` means by a link of kind `letter` (c, h, p, t) and `number` from 1; None if it has no such link."""
    kind = _LETTERS.get(letter)
    if kind == "cited":
        return _numbered([_cited(answer, c) for c in answer.citations], number)
    if kind == "retrieved":
        return _numbered([_retrieved(h) for h in _unused_hits(answer)], number)
    if kind == "near" and answer.abstention is not None:
        return _numbered(
            [Reference("near", "Nearest passage", p.source, Span(p.start, p.end), p.text)
             for p in answer.abstention.nearest],
            number,
        )  # fmt: skip
    if kind == "counted":
        places = [place for s in answer.statements if s.tally for place in s.tally.spans]
        return _numbered([Reference("counted", "Counted", s, Span(a, b), None) for s, a, b in places], number)
    return None


def _numbered(references: Sequence[Reference], number: int) -> Reference | None:
    return references[number - 1] if 1 <= number <= len(references) else None


def _cited(answer: Answer, citation: Citation) -> Reference:
    others = (c for c in answer.citations if c.article_id == citation.article_id and c.marker != citation.marker)
    return Reference(
        "cited",
        f"[{citation.marker}]",
        citation.source,
        Span(citation.start, citation.end),
        citation.quote,
        tuple(Span(c.start, c.end) for c in others),
    )


def _retrieved(hit: Hit) -> Reference:
    return Reference("retrieved", f"Retrieved, rank {hit.rank}", hit.article.source, hit.passage.span, hit.passage.text)


def _unused_hits(answer: Answer) -> tuple[Hit, ...]:
    cited = [(c.article_id, Span(c.start, c.end)) for c in answer.citations]
    return tuple(
        h for h in answer.hits if not any(i == h.article.article_id and s.overlaps(h.passage.span) for i, s in cited)
    )


# The conversation as HTML.


def render_conversation_html(turns: Sequence[tuple[str, str]]) -> str:
    """The chat: for each turn the user's words, and the HTML that answers them."""
    parts = "".join(
        f'<article class="dl-turn"><h2 class="dl-question">{inert(question) or "(nothing)"}</h2>{reply}</article>'
        for question, reply in turns
    )
    return f'<div class="dl-log" role="log" aria-label="Conversation" aria-live="polite">{parts}</div>'


def render_welcome_html(examples: Sequence[str]) -> str:
    """The chat before the first question: what this is, and questions to start with."""
    buttons = "".join(f'<li><button type="button" class="dl-example">{inert(e)}</button></li>' for e in examples)
    return (
        '<div class="dl-log dl-welcome" role="log" aria-label="Conversation" aria-live="polite">'
        "<h2>Ask the articles</h2><p>Every answer is quoted word for word from an article that was read in. The number "
        "after a quotation opens the article at that place. When the articles do not say, Dateline says so.</p>"
        f"{f'<p>For example:</p><ul>{buttons}</ul>' if buttons else ''}</div>"
    )


def render_error_html(message: str) -> str:
    """A message about something that did not work."""
    title = '<p class="dl-card-title">That did not work</p>'
    return f'<div class="dl-card dl-error dl-done">{title}<p>{inert(message)}</p></div>'


def render_statements_html(statements: Sequence[Statement]) -> str:
    """The statements that have arrived so far; their markers are not links yet. What is whole has class `dl-done`."""
    if not statements:
        return '<div class="dl-answer dl-waiting"><p>Reading the articles …</p></div>'
    return f'<div class="dl-answer">{"".join(_statement_html(s, None, {}, 0) for s in statements)}</div>'


def render_answer_html(answer: Answer, turn: int) -> str:
    """`answer` as the chat shows it; `turn` counts from 1 and keeps the links of different turns apart."""
    searched = ""
    if normalise_space(answer.query) != normalise_space(answer.question) and answer.abstention is None:
        searched = f'<p class="dl-searched">Searched for: <q>{inert(answer.query)}</q></p>'
    if answer.abstention is not None:
        body = _abstention_html(answer.abstention, turn)
    else:
        body = searched + _statements_html(answer, turn) + _chips_html(answer.citations, turn)
    return f'<div class="dl-answer dl-done">{body}{_unused_html(answer, turn)}{_confidence_html(answer)}</div>'


def _statements_html(answer: Answer, turn: int) -> str:
    told = _told_short(answer)
    parts = [f'<p class="dl-short">{inert(told)}</p>'] if told else []
    quotes = {c.marker: c.quote for c in answer.citations}
    counted = 0
    for statement in answer.statements:
        parts.append(_statement_html(statement, turn, quotes, counted))
        counted += len(statement.tally.spans) if statement.tally else 0
    return "".join(parts)


def _statement_html(statement: Statement, turn: int | None, quotes: dict[int, str], counted: int) -> str:
    badge = "counted" if statement.tally else statement.support
    meaning = {
        "verbatim": "Word for word as it stands in the article",
        "supported": "Not word for word; what it says stands in the cited words",
        "unsupported": "The cited words do not bear this out",
        "counted": "Counted over the articles",
    }[badge]
    markers = "".join(_marker_html(m, turn, quotes.get(m, "")) for m in statement.markers)
    return (
        f'<div class="dl-statement"><span class="dl-text">{inert(statement.text)}</span> {markers} '
        f'<span class="dl-badge dl-{badge}" title="{meaning}">{badge}</span>'
        f"{_tally_html(statement.tally, turn, counted) if statement.tally else ''}</div>"
    )


def _marker_html(marker: int, turn: int | None, quote: str) -> str:
    if turn is None:
        return f'<span class="dl-marker">&#91;{marker}&#93;</span>'
    return f'<a class="dl-marker" href="#c-{turn}-{marker}" title="{inert(quote)}">&#91;{marker}&#93;</a>'


def _tally_html(tally: Tally, turn: int | None, counted: int) -> str:
    places = "".join(
        f"<li>{_link(f't-{turn}-{counted + n}', source) if turn else inert(source)}</li>"
        for n, (source, _, _) in enumerate(tally.spans, 1)
    )
    scope = f"{inert(tally.counted)} in {inert(tally.scope)}: {tally.number}"
    return f'<details class="dl-more"><summary>Counted: {scope}</summary><ol>{places}</ol></details>'


def _chips_html(citations: Sequence[Citation], turn: int) -> str:
    """What was cited, an article a chip."""
    by_article: dict[str, list[Citation]] = {}
    for citation in citations:
        by_article.setdefault(citation.source, []).append(citation)
    chips = "".join(
        f'<li class="dl-chip">{"".join(_marker_html(c.marker, turn, c.quote) for c in group)} '
        f'<a class="dl-credit" href="#c-{turn}-{group[0].marker}">{inert(_credit(group[0]))}</a>'
        f"{_copies_html(group[0])}</li>"
        for group in by_article.values()
    )
    return f'<ul class="dl-chips" aria-label="Cited">{chips}</ul>' if chips else ""


def _copies_html(citation: Citation) -> str:
    if not citation.copies:
        return ""
    places = "".join(f"<li>{inert(source)}</li>" for source in citation.copies[:_COPIES_NAMED])
    more = len(citation.copies) - _COPIES_NAMED
    rest = f"<li>and {more} more</li>" if more > 0 else ""
    summary = same_text_words(len(citation.copies))
    return f'<details class="dl-copies"><summary>{summary}</summary><ul>{places}{rest}</ul></details>'


def same_text_words(n: int) -> str:
    """How many other places hold the text of an article, near enough."""
    return f"same text in {n} other file{'' if n == 1 else 's'}"


def _abstention_html(abstention: Abstention, turn: int) -> str:
    searched = f'<p class="dl-searched">Searched: {inert(abstention.searched)}</p>'
    nearest = "".join(
        f'<li><p class="dl-not-answer">Not an answer</p>{_link(f"p-{turn}-{n}", p.headline or p.source)}'
        f'<p class="dl-excerpt">{inert(_excerpt(p.text))}</p></li>'
        for n, p in enumerate(abstention.nearest, 1)
    )
    near = f'<p class="dl-near-title">Nearest passages</p><ul class="dl-near">{nearest}</ul>' if nearest else ""
    return (
        f'<div class="dl-card dl-abstention"><p class="dl-card-title">The articles do not say</p>'
        f"<p>{inert(abstention.reason)}</p>{searched if abstention.searched.strip() else ''}{near}</div>"
    )


def _unused_html(answer: Answer, turn: int) -> str:
    hits = _unused_hits(answer)
    if not hits:
        return ""
    items = "".join(
        f"<li>{_link(f'h-{turn}-{n}', h.article.headline or h.article.source)}"
        f'<p class="dl-excerpt">{inert(_excerpt(h.passage.text))}</p></li>'
        for n, h in enumerate(hits, 1)
    )
    return f'<details class="dl-more"><summary>also retrieved ({len(hits)})</summary><ol>{items}</ol></details>'


def confidence_words(answer: Answer) -> str:
    """How sure the answer is, said so that an unsure one is not taken for more than it is."""
    if answer.confidence < UNSURE:
        return f"Unsure ({answer.confidence:.0%}): the nearest that the articles say, perhaps not an answer"
    return f"Confidence {answer.confidence:.0%}"


def _told_short(answer: Answer) -> str | None:
    """The few words that answer; none where they may well not be the answer."""
    return answer.short if answer.confidence >= UNSURE else None


def _confidence_html(answer: Answer) -> str:
    return "" if answer.abstained else f'<p class="dl-confidence">{confidence_words(answer)}</p>'


def _link(reference: str, words: str) -> str:
    return f'<a class="dl-open" href="#{reference}">{inert(words)}</a>'


def inert(text: str) -> str:
    """`text` on one line that means nothing to an HTML, Markdown or formula parser."""
    return _NO_ADDRESS.sub(lambda m: f"&#{ord(m.group())};", normalise_space(_plain(text)).translate(_INERT))


def _credit(citation: Citation) -> str:
    parts = [citation.headline or "(no headline)", citation.outlet, format_day(citation.published) or "date not known"]
    return " · ".join(p for p in parts if p)


def format_day(day: dt.date | None) -> str | None:
    """Such as 9 March 2021; None stays None."""
    return None if day is None else f"{day.day} {day:%B} {day.year}"


def _excerpt(text: str) -> str:
    text = normalise_space(text)
    if len(text) <= _EXCERPT_CHARACTERS:
        return text
    return text[:_EXCERPT_CHARACTERS].rsplit(" ", 1)[0] + " …"


# Answers as Markdown and for a terminal.


def render_answer_markdown(answer: Answer) -> str:
    """`answer` as Markdown in which article text is text only; numbered sources at the end."""
    lines: list[str] = []
    if answer.abstention is not None:
        lines += ["**The articles do not say.** " + inert(answer.abstention.reason)]
        lines += [f"- Not an answer: {inert(_excerpt(p.text))} ({inert(p.source)})" for p in answer.abstention.nearest]
        return "\n\n".join(lines[:1] + (["Nearest passages:", "\n".join(lines[1:])] if lines[1:] else [])) + "\n"
    if told := _told_short(answer):
        lines.append(f"**{inert(told)}**")
    for s in answer.statements:
        lines.append(f"> {inert(s.text)} " + "".join(f"\\[{m}\\]" for m in s.markers))
    lines += [
        f"\\[{c.marker}\\] {inert(_credit(c))}, {inert(c.source)}, characters {c.start} to {c.end}"
        for c in answer.citations
    ]
    lines.append(confidence_words(answer))
    return "\n\n".join(lines) + "\n"


def render_answer_terminal(answer: Answer) -> str:
    """`answer` as plain text with numbered sources; nothing in it steers a terminal."""
    lines: list[str] = []
    if normalise_space(answer.query) != normalise_space(answer.question):
        lines += [f"Searched for: {_line(answer.query)}", ""]
    if answer.abstention is not None:
        lines += ["The articles do not say.", _line(answer.abstention.reason)]
        if answer.abstention.nearest:
            lines += ["", "Nearest passages (not an answer):"]
            lines += [f"  {_line(p.source)}: {_line(_excerpt(p.text))}" for p in answer.abstention.nearest]
        return "\n".join(lines)
    told = _told_short(answer)
    lines += [_line(told), ""] if told else []
    for s in answer.statements:
        markers = "".join(f"[{m}]" for m in s.markers)
        lines.append(f"{_line(s.text)} {markers}".rstrip())
        if s.tally is not None:
            lines += [f"  counted in {_line(source)}" for source, _, _ in s.tally.spans]
    lines += ["", "Sources"] if answer.citations else []
    for c in answer.citations:
        lines += [f"  [{c.marker}] {_line(_credit(c))}", f"      {_line(c.source)} {c.start}:{c.end}"]
        if c.copies:
            named = ", ".join(_line(source) for source in c.copies[:_COPIES_NAMED])
            lines.append(f"      {same_text_words(len(c.copies))}: {named}{' …' * (len(c.copies) > _COPIES_NAMED)}")
    return "\n".join([*lines, "", confidence_words(answer)])


def _line(text: str) -> str:
    return normalise_space(_plain(text))


def _plain(text: str) -> str:
    """`text` without terminal sequences, control characters and direction overrides."""
    text = _ANSI.sub("", text)
    return "".join(c for c in text if c.isspace() or (c not in _BIDI and unicodedata.category(c) not in ("Cc", "Cs")))
