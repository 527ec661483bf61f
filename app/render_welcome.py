"""What stands where no answer is yet: the welcome, and questions that are offered because they have an answer. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.coverage import things
from app.wording import days_words, inert
from ingest.article import Article

__all__ = ["Example", "Holdings", "holdings_of", "render_suggestions_html", "render_welcome_html"]


@dataclass(frozen=True, slots=True)
class Example:
    """A question that was asked and answered; `kind` is what it is an example of."""

    question: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an archive holds: how many articles, of how many outlets, from when to when as far as that is known."""

    articles: int = 0
    outlets: int = 0
    first: dt.date | None = None
    last: dt.date | None = None
    undated: int = 0


def holdings_of(articles: Iterable[Article]) -> Holdings:
    """What `articles` come to."""
    listed = list(articles)
    days = [a.published.day for a in listed if a.published.day is not None]
    outlets = {a.outlet.casefold() for a in listed if a.outlet}
    first, last = min(days, default=None), max(days, default=None)
    return Holdings(len(listed), len(outlets), first, last, len(listed) - len(days))


def render_welcome_html(examples: Sequence[Example], holdings: Holdings = Holdings(), *, whole: bool = True) -> str:
    """The chat before the first question: what the archive holds, and questions to start with.

    Where it is not `whole` there are examples to come, and room is kept for them.
    """
    inner = _inner(examples, holdings, whole) if holdings.articles else _EMPTY
    return (
        '<div class="dl-log dl-welcome" role="log" aria-label="Conversation" aria-live="polite" '
        f'data-whole="{"true" if whole else "false"}">{inner}</div>'
    )


def render_suggestions_html(examples: Sequence[Example]) -> str:
    """Questions beside one that has no answer; empty where there are none."""
    if not examples:
        return ""
    buttons = "".join(f"<li>{_button(e)}</li>" for e in examples)
    return f'<h3 class="dl-near-title">What the articles do answer</h3><ul class="dl-offered">{buttons}</ul>'


_EMPTY = (
    '<h2>Nothing is here yet</h2><p class="dl-stand">Dateline answers questions about news articles that you give it, '
    "word for word, and shows where each answer stands.</p>"
    '<ol class="dl-steps"><li>Open the Archive and add articles: text files, saved web pages, PDFs, mail, or an '
    "archive of many.</li><li>They are read once, on this computer; nothing leaves it.</li>"
    "<li>Come back here and ask.</li></ol>"
    '<p><button type="button" class="dl-primary" data-do="view" data-view="archive">Add articles</button></p>'
)
_COMING = '<p class="dl-coming"><span class="dl-reading">Looking for questions to start with …</span></p>'


def _inner(examples: Sequence[Example], holdings: Holdings, whole: bool) -> str:
    kinds = "".join(
        f"<li>{f'<span class=dl-kind>{inert(e.kind)}</span>' if e.kind else ''}{_button(e)}</li>" for e in examples
    )
    offered = f'<h3 class="dl-near-title">Start with one of these</h3><ul class="dl-kinds">{kinds}</ul>'
    starters = (offered if kinds else "") + ("" if whole else _COMING)
    return (
        f'<h2>Ask the articles</h2><p class="dl-holds">{_holds(holdings)}</p>'
        '<p class="dl-stand">Every statement rests on words of an article. The number after it opens the article at '
        "that place, and when the articles do not say, Dateline says so.</p>"
        f'<div class="dl-starters">{starters}</div>'
    )


def _holds(holdings: Holdings) -> str:
    told = [f"<b>{things(holdings.articles, 'article')}</b>"]
    if holdings.outlets:
        told.append(things(holdings.outlets, "outlet"))
    if holdings.first is not None:
        told.append(inert(days_words(holdings.first, holdings.last)))
    if holdings.undated:
        told.append(f"{holdings.undated:,} without a date" if holdings.first else "none with a known date")
    return " · ".join(told)


def _button(example: Example) -> str:
    return f'<button type="button" class="dl-example">{inert(example.question)}</button>'
