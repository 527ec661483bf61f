"""More scripted answers, for how answers look: timelines of all lengths, badges of all kinds, slow streams."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.answer import Answer, Layout, Part, Statement, Turn
from app.ask import AskOptions
from ingest.article import Article
from store import Filters
from tests.browser.invented_archive import (
    BRIDGE,
    COST,
    FERRY,
    MAYOR,
    VOTE,
    WAVES,
    FakeArchive,
    answer,
    cite,
    scripted_stream,
)

BETWEEN_STATEMENTS_S = 0.7
LONG_QUERY = "what the council of the town of Wend decided about the second bridge and what will it cost"
_HAPPENED = (
    "The council voted for a second bridge over the Wend after a long debate.",
    "Work began at the northern pier.",
    "A storm closed the pier and the ferry stayed in port for three days.",
    "The region promised a quarter of the money.",
    "Mayor Ida Korn opened the first span.",
    "Inspectors found cracks in two of the nine pillars.",
    "Traffic was stopped.",
    "The state paid half.",
    "Repairs were finished earlier than had been planned.",
)


class NoArticles(FakeArchive):
    """An archive that was just made."""

    def articles(self) -> tuple[Article, ...]:
        return ()


def timeline(question: str, days: Sequence[dt.date | None]) -> Answer:
    """A timeline of events on those days."""
    citations = (cite(1, BRIDGE, VOTE), cite(2, BRIDGE, COST), cite(3, FERRY, WAVES))
    parts = tuple(
        Part(_HAPPENED[n % len(_HAPPENED)], (n % 3 + 1,), None, day, "“on Tuesday”" if day else None, ("Wend Courier",))
        for n, day in enumerate(days)
    )
    return replace(answer(question, *citations), layout="timeline", parts=parts)


def badges(question: str) -> Answer:
    """A statement of each kind."""
    supports = ("verbatim", "supported", "unsupported")
    citations = (cite(1, BRIDGE, VOTE), cite(2, BRIDGE, MAYOR), cite(3, FERRY, WAVES))
    plain = answer(question, *citations)
    told = zip(plain.statements, supports, (None, "Mayor Ida Korn", None), strict=True)
    statements = tuple(replace(s, support=support, attribution=who) for s, support, who in told)  # type: ignore[arg-type]
    return replace(plain, statements=statements, short="11 to 4")


def looked_at(question: str, options: AskOptions) -> Answer | None:
    """An answer whose looks are asked for by name."""
    year = dt.date(2021, 3, 9)
    if "three days" in question:
        return timeline(question, [year + dt.timedelta(days=n // 3) for n in range(8)])
    if "centuries" in question:
        return timeline(question, [dt.date(y, 5, 2) for y in (1716, 1790, 1848, 1850, 1914, 1989, 2015, 2016)] + [None])
    if "a year" in question:
        days = [dt.date(2021, m, 3 * m) for m in (1, 2, 2, 3, 5, 8, 9)]
        return timeline(question, [*days, dt.date(2022, 1, 9), None, None])
    if "badges" in question:
        return badges(question)
    if "scoped" in question:
        said = answer(question, cite(1, BRIDGE, VOTE), query=options.query or LONG_QUERY, short="11 to 4")
        return replace(said, filters=options.filters or Filters(sources=options.sources))
    return None


def slow_answer(question: str) -> Answer | None:
    """What comes statement by statement: laid out as the question says."""
    plain = answer(question, cite(1, BRIDGE, VOTE), cite(2, BRIDGE, COST), cite(3, FERRY, WAVES), short="11 to 4")
    if "slow" not in question:
        return None
    layouts: tuple[Layout, ...] = ("differing", "list", "timeline")
    layout: Layout = next((name for name in layouts if name in question), "statements")
    if layout == "statements":
        return plain
    day = dt.date(2021, 3, 9)
    parts = tuple(Part(words, (n,), None, day + dt.timedelta(days=n)) for n, words in enumerate(_HAPPENED[:3], 1))
    return replace(plain, layout=layout, parts=parts)


def looking_stream(
    question: str, *, history: Sequence[Turn] = (), options: AskOptions = AskOptions()
) -> Iterator[Statement | Answer]:
    """`scripted_stream`, and the answers above; a slow one takes its time before each statement."""
    if slow := slow_answer(question):
        for statement in slow.statements:
            time.sleep(BETWEEN_STATEMENTS_S)
            yield statement
        time.sleep(BETWEEN_STATEMENTS_S)
        yield slow
    elif shown := looked_at(question, options):
        yield from shown.statements
        yield shown
    else:
        yield from scripted_stream(question, history=history, options=options)
