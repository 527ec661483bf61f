"""Questions that are offered: on the welcome page, and beside a question that has no answer; made when looked at.

Each was asked and answered before it is shown, within a time that is bounded; what was found is kept.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.answer import Answer, Turn
from app.ask import AskOptions
from app.conversation import Asked
from app.render_welcome import Example, Holdings, holdings_of, render_suggestions_html, render_welcome_html
from app.suggest import Candidate, answered, draft_across, draft_questions, in_turn, near_first
from app.web.site import Archive, Site
from ingest.article import Article, Span
from ingest.errors import DatelineError

__all__ = ["first_welcome", "routes"]

_STARTERS, _STARTERS_WITHIN_S = 7, 20.0  # once for each state of the archive, while the page is of use already
_OFFERED, _OFFERED_WITHIN_S = 3, 0.9  # none is begun later; one more may be under way then
_ARTICLES_TRIED = 12
_NEAR_TRIED = 3
_MOST_KEPT = 500
_QUICKLY = AskOptions(composer="extractive")  # whether there is an answer is known before a language model words it
_Ask = Callable[[str], Answer | None]


def first_welcome(site: Site) -> str:
    """The welcome as the page opens with it; where examples have still to be made, room is kept for them."""
    holdings = holdings_of(site.archive.articles())
    examples = [Example(question) for question in site.examples]
    return render_welcome_html(examples, holdings, whole=bool(examples) or not holdings.articles)


def routes(site: Site) -> APIRouter:
    """`GET /page/welcome` as far as it is made, and `GET /page/suggestions?conversation=ID&turn=1`."""
    router = APIRouter(include_in_schema=False)
    starters = _Starters(site)
    offered = _Offered(site, starters)

    @router.get("/page/welcome")
    def welcome() -> HTMLResponse:
        examples, holdings, whole = starters.now()
        return HTMLResponse(render_welcome_html(examples, holdings, whole=whole))

    @router.get("/page/suggestions")
    def suggestions(request: Request, conversation: str, turn: int) -> HTMLResponse:
        kept = site.conversations.get(request.state.person, conversation)
        asked = kept.asked(turn)
        if asked is None or not asked.turn.answer.abstained:
            return HTMLResponse("")
        place = (request.state.person, conversation, turn, asked.edition, site.archive.generation)
        return HTMLResponse(render_suggestions_html(offered.beside(place, asked, kept.before(turn + 1).turns)))

    return router


class _Starters:
    """The examples of the welcome, made in a thread of their own, and again when the archive holds other articles."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._made = _Made(-1, (), Holdings())

    def now(self) -> tuple[tuple[Example, ...], Holdings, bool]:
        """Those that were found so far, what the archive holds, and whether these are all."""
        with self._lock:
            generation = self._site.archive.generation
            if self._made.generation != generation:
                articles = self._site.archive.articles()
                given = tuple(Example(question) for question in self._site.examples)
                self._made = _Made(generation, given, holdings_of(articles), whole=bool(given) or not articles)
                if not self._made.whole:
                    threading.Thread(target=self._make, args=(self._made, articles), daemon=True).start()
            return self._made.examples, self._made.holdings, self._made.whole

    def _make(self, made: _Made, articles: tuple[Article, ...]) -> None:
        try:
            # Of all of the archive, not its beginning alone.
            apart = articles[:: max(1, len(articles) // _ARTICLES_TRIED)][:_ARTICLES_TRIED]
            archive = self._site.archive
            drafted = chain.from_iterable(draft_questions(a, _text(archive, a)) for a in apart)
            across = draft_across(apart, lambda article: _text(archive, article))
            tried = in_turn((*drafted, *across))
            for example in islice(answered(tried, _asking(self._site), within_s=_STARTERS_WITHIN_S), _STARTERS):
                made.examples = (*made.examples, example)
        finally:
            made.whole = True


@dataclass(slots=True)
class _Made:
    """What was made of one state of the archive; a thread adds to it."""

    generation: int
    examples: tuple[Example, ...]
    holdings: Holdings
    whole: bool = False


class _Offered:
    """What was offered beside each answer that has none, the latest kept; one is made at a time."""

    def __init__(self, site: Site, starters: _Starters) -> None:
        self._site = site
        self._starters = starters
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[object, ...], tuple[Example, ...]] = OrderedDict()

    def beside(self, place: tuple[object, ...], asked: Asked, history: tuple[Turn, ...]) -> tuple[Example, ...]:
        """Up to three, from what came near; where nothing did, or nothing of it is an answer, those of the welcome.

        They are asked as a click would ask them: of the same articles, after the same conversation.
        """
        with self._lock:
            if place not in self._made:
                within = replace(_QUICKLY, filters=asked.options.filters, sources=asked.options.sources)
                ask = _asking(self._site, history, within)
                near = tuple(islice(self._near(asked.turn.answer, ask), _OFFERED))
                found = near or tuple(islice(self._still_answered(ask), _OFFERED))
                if found:
                    self._made[place] = found
                while len(self._made) > _MOST_KEPT:
                    self._made.popitem(last=False)
                return found
            return self._made[place]

    def _still_answered(self, ask: _Ask) -> Iterator[Example]:
        over = time.monotonic() + _OFFERED_WITHIN_S
        for example in self._starters.now()[0]:
            if time.monotonic() >= over:
                return
            answer = ask(example.question)
            if answer is not None and not answer.abstained:
                yield example

    def _near(self, answer: Answer, ask: _Ask) -> Iterator[Example]:
        near = answer.abstention.nearest if answer.abstention else ()
        spans = {p.source: Span(p.start, p.end) for p in reversed(near)}
        spans |= {h.article.source: h.passage.span for h in answer.hits if h.article.source not in spans}
        drafted: list[Candidate] = []
        for source, span in list(spans.items())[:_NEAR_TRIED]:
            try:
                article = self._site.archive.article(source)
            except DatelineError:  # taken out of the archive in the meantime
                continue
            drafted += near_first(draft_questions(article, _text(self._site.archive, article)), answer.question, span)
        tried = (c for c in in_turn(near_first(drafted, answer.question, None)) if c.question != answer.question)
        return answered(tried, ask, within_s=_OFFERED_WITHIN_S)


def _asking(site: Site, history: tuple[Turn, ...] = (), options: AskOptions = _QUICKLY) -> _Ask:
    def ask(question: str) -> Answer | None:
        try:
            parts = site.ask(question, history=history, options=options)
            return next((part for part in parts if isinstance(part, Answer)), None)
        except DatelineError:
            return None

    return ask


def _text(archive: Archive, article: Article) -> str:
    try:
        return archive.source_text(article.source)
    except DatelineError:
        return ""
