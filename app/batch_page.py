"""What came of a batch as one page to read and to print, with every quote in its passage. Pure.

Guarantee: whatever stands in a question, an article or a file name comes out as text; the page asks no host for
anything and holds no script.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence

from app.answer import Answer, Citation
from app.batch import Outcome, State, short_words
from app.terminal import count
from app.wording import (
    as_of_words,
    confidence_words,
    credit,
    event_words,
    format_day,
    inert,
    other_notes,
    part_words,
    searched_words,
    tally_words,
)
from ingest.errors import DatelineError

__all__ = ["ContextOf", "context_from_hits", "context_from_text", "render_batch_html"]

# The text before and after a quote in its passage; None where the passage is not known.
ContextOf = Callable[[Answer, Citation], tuple[str, str] | None]

_PARAGRAPH = 400  # characters on each side of a quote at most
_HEADINGS = {"differing": "Reports differ", "readings": "This can mean", "comparison": "Side by side"}
_STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #1d1f21; --muted: #5c6066; --rule: #dedad1;
  --accent: #1f5f8b; --mark: #ffdf80; --mark-ink: #1d1f21; --warn: #8a3b12; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181b; --ink: #e6e3dc; --muted: #a5a8ad; --rule: #34383e;
  --accent: #8fc1e3; --mark: #6e5300; --mark-ink: #fff6dc; --warn: #e8ab7f; } }
body { margin: 0 auto; max-width: 52rem; padding: 28px 20px 80px; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; overflow-wrap: anywhere; }
h1, h2, .short, blockquote { font-family: "Iowan Old Style", Palatino, "URW Palladio L", Georgia, serif; }
h1 { font-size: 28px; margin: 0 0 6px; } h2 { font-size: 20px; line-height: 1.35; margin: 0 0 8px; }
.short { font-size: 19px; font-weight: 700; margin: 0 0 8px; } .muted { color: var(--muted); font-size: 14px; }
section { border-top: 1px solid var(--rule); padding: 20px 0 8px; } a { color: var(--accent); }
table { border-collapse: collapse; width: 100%; font-size: 14.5px; margin: 18px 0 26px; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); padding: 6px 10px 6px 0; }
th { white-space: nowrap; }
td.number { text-align: right; white-space: nowrap; } .none { color: var(--warn); }
ol.notes { font-size: 14.5px; padding-left: 24px; } ol.notes li { margin: 0 0 12px; }
blockquote { margin: 4px 0; padding-left: 12px; border-left: 2px solid var(--rule); }
mark { background: var(--mark); color: var(--mark-ink); } sup a { text-decoration: none; }
h2, p, td, li, blockquote { unicode-bidi: isolate; } section { break-inside: avoid-page; }
:target { outline: 2px solid var(--accent); outline-offset: 3px; }
"""


def render_batch_html(
    outcomes: Iterable[Outcome], *, title: str, made: dt.date, context: ContextOf | None = None
) -> Iterator[str]:
    """The page, piece by piece: a table of all questions, then each with its answer and footnotes.

    `outcomes` can be gone through twice. `context` says what stands around a quote; by default the passages that were
    retrieved.
    """
    states: list[State] = []
    rows: list[str] = []
    for outcome in outcomes:
        states.append(outcome.state)
        rows.append(_row(outcome))
    told = (
        f"{count(len(states), 'question')} on {format_day(made)}: {states.count('answered'):,} answered, "
        f"{states.count('abstained'):,} where the articles do not say, {states.count('error'):,} not asked"
    )
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{inert(title)}</title><style>{_STYLE}</style></head>\n<body><h1>{inert(title)}</h1>"
        f'<p class="muted">{told}. Every answer is quoted from the articles; its numbers lead to the words cited.</p>\n'
        '<table><thead><tr><th scope="col">No.</th><th scope="col">Question</th><th scope="col">Answer</th>'
        '<th scope="col">Confidence</th><th scope="col">Sources</th></tr></thead><tbody>\n'
    )
    yield from rows
    yield "</tbody></table>\n"
    for outcome in outcomes:
        yield _section(outcome, context or context_from_hits)
    yield "</body></html>\n"


def context_from_hits(answer: Answer, citation: Citation) -> tuple[str, str] | None:
    """What stands before and after a quote in the passage that was retrieved; None where none holds it."""
    for hit in answer.hits:
        passage = hit.passage
        at = citation.start - passage.start
        same = hit.article.article_id == citation.article_id and passage.start <= citation.start
        if same and passage.text[at : at + len(citation.quote)] == citation.quote:
            return passage.text[:at], passage.text[at + len(citation.quote) :]
    return None


def context_from_text(text_of: Callable[[str], str], citation: Citation) -> tuple[str, str] | None:
    """The rest of the paragraph in which a quote stands; None where it no longer stands there."""
    try:
        text = text_of(citation.source)
    except DatelineError:
        return None
    if text[citation.start : citation.end] != citation.quote:
        return None
    opening = max(text.rfind("\n\n", 0, citation.start), citation.start - _PARAGRAPH, 0)
    closing = text.find("\n\n", citation.end, citation.end + _PARAGRAPH)
    closing = citation.end + _PARAGRAPH if closing < 0 else closing
    return text[opening : citation.start], text[citation.end : closing]


def _row(outcome: Outcome) -> str:
    n, answer = outcome.item.number, outcome.answer
    if answer is None:
        told, sure = f'<span class="none">{inert(outcome.error)}</span>', ""
    elif answer.abstained:
        told, sure = '<span class="none">The articles do not say</span>', ""
    else:
        told, sure = inert(short_words(answer)), f"{answer.confidence:.0%}"
    return (
        f'<tr><td class="number">{n}</td><td><a href="#q{n}">{inert(outcome.item.question) or "(empty)"}</a></td>'
        f'<td>{told}</td><td class="number">{sure}</td><td class="number">{outcome.n_sources or ""}</td></tr>\n'
    )


def _section(outcome: Outcome, context: ContextOf) -> str:
    item, answer = outcome.item, outcome.answer
    named = f'<p class="muted">{inert(item.value("id"))}</p>' if item.value("id") else ""
    head = f'<section id="q{item.number}">{named}<h2>{item.number}. {inert(item.question) or "(empty)"}</h2>'
    if answer is None:
        return f'{head}<p class="none">{inert(outcome.error)}</p></section>\n'
    if answer.abstained:
        said = f'<p class="short none">The articles do not say</p><p>{inert(answer.reason or "")}</p>'
    else:
        said = f'<p class="short">{inert(short_words(answer))}</p>{_parts(answer, item.number)}'
        said += "".join(_statements(answer, item.number))
    notes = "".join(_note(answer, c, item.number, context) for c in answer.citations)
    return f"{head}{said}{notes and f'<ol class=notes>{notes}</ol>'}{_foot(answer)}</section>\n"


def _markers(markers: Sequence[int], n: int) -> str:
    return "".join(f'<sup><a href="#q{n}-{m}">&#91;{m}&#93;</a></sup>' for m in markers)


def _parts(answer: Answer, n: int) -> str:
    if not answer.parts:
        return ""
    rows: list[str] = []
    for part in answer.parts:
        timeline = answer.layout == "timeline"
        known = event_words(part) if timeline else part_words(part)
        label = f"{inert(part.label)}: " if part.label and not timeline else ""
        newest = "newest · " if part.newest else ""
        about = f'<span class="muted">{newest}{inert(" · ".join(w for w in known if w))}</span>'
        rows.append(f"<li>{label}{inert(part.text)} {_markers(part.markers, n)} {about}</li>")
    heading = f'<p class="muted">{_HEADINGS[answer.layout]}</p>' if answer.layout in _HEADINGS else ""
    return f"{heading}<ul>{''.join(rows)}</ul>"


def _statements(answer: Answer, n: int) -> Iterator[str]:
    for s in answer.statements:
        reported = f' <span class="muted">according to {inert(s.attribution)}</span>' if s.attribution else ""
        counted = f'<br><span class="muted">{inert(tally_words(s.tally))}</span>' if s.tally else ""
        yield f"<p>{inert(s.text)} {_markers(s.markers, n)}{reported}{counted}</p>"


def _note(answer: Answer, citation: Citation, n: int, context: ContextOf) -> str:
    before, after = context(answer, citation) or ("", "")
    place = f"{inert(citation.source)} {citation.start}:{citation.end}"
    return (
        f'<li id="q{n}-{citation.marker}"><p class="muted">{inert(credit(citation))}<br>{place}</p>'
        f"<blockquote>{inert(before)}{_gap(before[-1:])}<mark>{inert(citation.quote)}</mark>"
        f"{_gap(after[:1])}{inert(after)}</blockquote></li>"
    )


def _gap(edge: str) -> str:
    return " " if edge.isspace() else ""


def _foot(answer: Answer) -> str:
    sure = None if answer.abstained else confidence_words(answer)
    told = [w for w in (as_of_words(answer), *other_notes(answer), searched_words(answer), sure) if w]
    return f'<p class="muted">{"<br>".join(inert(w) for w in told)}</p>' if told else ""
