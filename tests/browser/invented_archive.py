"""A few invented articles and scripted answers: what the page shows when no store and no models are there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.answer import Abstention, Answer, Citation, NearPassage, Part, Provenance, Statement, Tally, Turn
from app.ask import AskOptions
from app.times import Timing
from ingest.article import Article, Passage, PublicationDate, Span, digest_bytes
from ingest.errors import QuestionError, UnknownSourceError
from store import Filters, Hit
from store.disk import DiskState

FERRY = "news/ferry.txt"
BRIDGE = "bridge.txt"
HOSTILE = 'evil"><img src=https://evil.example/f.png onerror=alert(1)>.txt'

REPEATED = "The harbour master said the ferry will not sail before Monday."
FERRY_TEXT = (
    "12:40 GMT08 August 2020\r\nListen Live\r\n    Get short URL\r\n\r\n"
    "Storm keeps the Lerwick ferry in port\r\n\r\n"
    f"{REPEATED}\r\n"
    "Waves of six metres were measured off the point, and the pier was\r\n"
    "closed to the public early in the morning, the island council said.\r\n\r\n"
    "Read also: Ten things to know about storms\r\nSubscribe to our channel\r\n\r\n"
    "   LERWICK (Island News) -- Crews checked the ropes through the night.\r\n"
    f"{REPEATED} About 140\r\n"
    "passengers were offered rooms in the town hall, where a cafe\u0301 stayed\r\n"
    "open \U0001f6a2\U0001f469\u200d\U0001f373 for them.\r\n\r\n"
    "The next forecast is due on Sunday evening.\r\n\r\n"
    "Leave a Comment\r\nYou have 2000 characters left.\r\nDisclaimer: Please write your correct name.\r\n"
)
BRIDGE_TEXT = (
    "Council votes for a second bridge\n\n"
    "The town council voted 11 to 4 on Tuesday for a second bridge over the Wend.\n"
    "Mayor Ida Korn called the vote \u201cthe end of a thirty-year wait\u201d.\n"
    "Work is to begin in the spring and to cost 84 million crowns, of which the state pays half and the region "
    "a quarter.\n\nMost read\nWeather\nHoroscope\n"
)
HOSTILE_TEXT = (
    "<script>window.hacked = 1</script>\n\n"
    'The mayor <img src=https://evil.example/a.png onerror="window.hacked=2"> said '
    "[click](javascript:window.hacked=3) ![x](https://evil.example/b.png) ${window.hacked=4} {{constructor}} "
    '</mark></section><a href="javascript:window.hacked=5">so</a> https://evil.example/c $$x$$ at noon.\n'
)


def span_of(text: str, words: str, *, occurrence: int = 1) -> Span:
    """Where `words` stand in `text` for the nth time."""
    start = [m.start() for m in re.finditer(re.escape(words), text)][occurrence - 1]
    return Span(start, start + len(words))


def _article(
    source: str, text: str, body: tuple[Span, ...], headline: str | None, outlet: str | None, published: PublicationDate
) -> Article:
    digest = digest_bytes(text.encode())
    return Article(digest, (source,), headline, outlet, (), published, body, digest)


def _paragraphs(text: str, first: str, last: str) -> Span:
    return Span(text.index(first), text.index(last) + len(last))


HOSTILE_HEADLINE = "<img src=https://evil.example/h.png onerror=alert(1)> [x](javascript:alert(1)) **bold**"
ARTICLES = {
    FERRY: (
        _article(
            FERRY, FERRY_TEXT,
            (
                span_of(FERRY_TEXT, "Storm keeps the Lerwick ferry in port"),
                _paragraphs(FERRY_TEXT, REPEATED, "council said."),
                _paragraphs(FERRY_TEXT, "   LERWICK", "Sunday evening."),
            ),
            "Storm keeps the Lerwick ferry in port", "Island News",
            PublicationDate(None, "dateline \u201cLERWICK\u201d names no day; the clock is when it was fetched"),
        ),
        FERRY_TEXT,
    ),
    BRIDGE: (
        _article(
            BRIDGE, BRIDGE_TEXT, (_paragraphs(BRIDGE_TEXT, "Council votes", "a quarter."),),
            "Council votes for a second bridge", "Wend Courier",
            PublicationDate(dt.date(2021, 3, 9), "the line under the headline"),
        ),
        BRIDGE_TEXT,
    ),
    HOSTILE: (
        _article(
            HOSTILE, HOSTILE_TEXT, (Span(HOSTILE_TEXT.index("The mayor"), len(HOSTILE_TEXT) - 1),),
            HOSTILE_HEADLINE, "<b>Outlet</b>", PublicationDate(dt.date(2022, 1, 2), "<i>basis</i>"),
        ),
        HOSTILE_TEXT,
    ),
}  # fmt: skip


class FakeArchive:
    """The articles above, read as a Store is."""

    generation = 1

    def articles(self) -> tuple[Article, ...]:
        return tuple(a for a, _ in ARTICLES.values())

    def copies(self, article_id: str) -> tuple[str, ...]:
        return ()

    def versions(self, article_id: str) -> tuple[Article, ...]:
        return ()

    def article(self, source: str) -> Article:
        if source not in ARTICLES:
            raise UnknownSourceError(f"no article is named {source!r}")
        return ARTICLES[source][0]

    def disk_state(self, source: str) -> DiskState:
        return "same"

    def source_text(self, source: str) -> str:
        self.article(source)
        return ARTICLES[source][1]


def cite(marker: int, source: str, span: Span) -> Citation:
    """A citation of the words at `span`."""
    article, text = ARTICLES[source]
    return Citation(
        marker, source, span.start, span.end, span.of(text), article.headline, article.outlet,
        article.published.day, article.published.basis, article.article_id,
    )  # fmt: skip


def hit(rank: int, source: str, span: Span) -> Hit:
    """A passage that was retrieved."""
    article, text = ARTICLES[source]
    return Hit(Passage(rank, article.article_id, span.start, span.end, span.of(text)), article, 1 / rank, rank)


def answer(
    question: str, *citations: Citation, hits: Sequence[Hit] = (), query: str = "", short: str | None = None,
    abstention: Abstention | None = None,
) -> Answer:  # fmt: skip
    """An answer of one verbatim statement a citation."""
    statements = tuple(Statement(" ".join(c.quote.split()), (c.marker,), "verbatim") for c in citations)
    provenance = Provenance(1, "fake", "fake", "fake", "extractive", dt.date(2024, 1, 1))
    return Answer(
        question, query or question, short, statements, citations, tuple(hits), Filters(), 0.82, abstention, provenance
    )


SECOND_TIME = span_of(FERRY_TEXT, REPEATED, occurrence=2)
ROOMS = _paragraphs(FERRY_TEXT, "About 140", "for them.")
WAVES = _paragraphs(FERRY_TEXT, "Waves of six", "council said.")
VOTE = span_of(BRIDGE_TEXT, "The town council voted 11 to 4 on Tuesday for a second bridge over the Wend.")
HOSTILE_SPAN = Span(HOSTILE_TEXT.index("The mayor"), len(HOSTILE_TEXT) - 1)


COST = _paragraphs(BRIDGE_TEXT, "Work is to begin", "a quarter.")
MAYOR = span_of(BRIDGE_TEXT, "Mayor Ida Korn called the vote \u201cthe end of a thirty-year wait\u201d.")
LEFT_OUT = "4 undated articles not searched"
IN_MARCH = Timing("", ("in March 2021",), dt.date(2021, 3, 1), dt.date(2021, 3, 31), order="newest")


def parted_answer(question: str, options: AskOptions) -> Answer | None:
    """An answer in parts, for a question that names one of the ways in which they are laid out."""
    plain = answer(question, cite(1, BRIDGE, VOTE), cite(2, BRIDGE, COST), cite(3, FERRY, WAVES))
    plain = replace(plain, searched="5 articles (1 dated 2021-03-09, 4 undated)")
    courier, island = ("Wend Courier", "The Wend Valley Evening Advertiser"), ("Island News",)
    day = dt.date(2021, 3, 9)
    if "differ" in question:
        sides = (
            Part("84 million crowns", (2,), None, day, "the line under the headline", courier, 3, True),
            Part("six metres", (3,), None, None, None, island),
            Part("11 to 4", (1,), None, dt.date(2021, 3, 2), None, courier[:1], 2),
        )
        return replace(plain, layout="differing", parts=sides, notes=("The newest article cited is 2 years old.",))
    if "which" in question:
        readings = (
            Part("11 to 4", (1,), "the vote of the town council", day, None, courier[:1]),
            Part("84 million crowns", (2,), "the vote of the region on the money", None, None, ()),
        )
        return replace(plain, layout="readings", parts=readings)
    if "compare" in question:
        sides = (Part("84 million crowns", (2,), "The bridge", day), Part("six metres", (3,), "The waves"))
        return replace(plain, layout="comparison", parts=sides)
    if "timeline" in question:
        events = (
            Part(
                "The town council voted for a second bridge.", (1,), None, day, "\u201con Tuesday\u201d, in the article"
            ),
            Part("Work is to begin in the spring.", (2,), None, dt.date(2021, 4, 1), "published"),
            Part("The pier was closed to the public.", (3,)),
        )
        return replace(plain, layout="timeline", parts=events)
    if "list" in question:
        items = (Part("the town council", (1,)), Part("the state", (2,)), Part("the region", (2,)))
        return replace(plain, layout="list", parts=items)
    if "count" in question:
        places = ((BRIDGE, VOTE.start, VOTE.end), (FERRY, WAVES.start, WAVES.end), (HOSTILE, 0, 8))
        tally = Tally("articles that name \u201ccouncil\u201d", "5 articles", 1203, places, 2)
        counted = Statement("1,203 articles name \u201ccouncil\u201d.", (), "supported", tally)
        counting = replace(plain, statements=(counted,), citations=(), layout="count", short="1,203", confidence=1.0)
        return replace(counting, searched="")
    if "March" in question:
        return dated_answer(plain, options)
    return None


def dated_answer(plain: Answer, options: AskOptions) -> Answer:
    """What differs with each control of the page: how it was searched stands in the short answer."""
    told = "any time" if not options.times else "with the undated" if options.undated else "March alone"
    mayor = replace(answer("", cite(1, BRIDGE, MAYOR)).statements[0], attribution="Mayor Ida Korn")
    said = replace(plain, statements=(mayor,), citations=(cite(1, BRIDGE, MAYOR),), short=told)
    if options.query:
        return replace(said, query=options.query)
    if not options.times:
        return said
    filters = Filters(IN_MARCH.first, IN_MARCH.last, undated=options.undated)
    notes = () if options.undated else (LEFT_OUT,)
    return replace(said, timing=IN_MARCH, filters=filters, notes=notes)


EXAMPLES = ("Will the ferry sail?", "Who voted for the second bridge?", "What did the mayor say?")


def scripted_answer(question: str, history: Sequence[Turn], options: AskOptions) -> Answer:
    """What the fake says: about the ferry, the bridge, the hostile article, or that it does not know."""
    if not question.strip():
        raise QuestionError("the question is empty; ask something about the articles")
    if "crash" in question:
        raise RuntimeError("a bug, as far as the page knows")
    if options.query and "crash" in options.query:
        raise QuestionError("the words to search for are no words")
    if parts := parted_answer(question, options):
        return parts
    if "ferry" in question:
        hits = (hit(1, FERRY, SECOND_TIME), hit(2, BRIDGE, VOTE), hit(3, FERRY, span_of(FERRY_TEXT, "Crews checked")))
        citations = (cite(1, FERRY, SECOND_TIME), cite(2, FERRY, ROOMS), cite(3, FERRY, WAVES))
        return answer(question, *citations, hits=hits, short="not before Monday")
    if "bridge" in question or (history and "cost" in question):
        query = "" if "bridge" in question else f"second bridge {question}"
        return answer(question, cite(1, BRIDGE, VOTE), query=query)
    if "mayor" in question:
        return answer(question, cite(1, HOSTILE, HOSTILE_SPAN), query="<img src=https://evil.example/q.png>")
    near = NearPassage(BRIDGE, VOTE.start, VOTE.end, VOTE.of(BRIDGE_TEXT), "Council votes for a second bridge")
    hostile = NearPassage(HOSTILE, HOSTILE_SPAN.start, HOSTILE_SPAN.end, HOSTILE_SPAN.of(HOSTILE_TEXT), None)
    reason = "No article says it: the best passage scored 0.12, below the threshold of 0.45."
    return answer(question, abstention=Abstention(reason, question, (near, hostile)))


def scripted_stream(
    question: str, *, history: Sequence[Turn] = (), options: AskOptions = AskOptions()
) -> Iterator[Statement | Answer]:
    """`scripted_answer`, statement by statement."""
    full = scripted_answer(question, history, options)
    yield from full.statements
    yield full
