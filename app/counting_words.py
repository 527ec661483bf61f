"""What was counted, told in words: the sentence with the number, and in what it was counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from app.counting_questions import CountQuestion, Topic
from app.coverage import describe_coverage, things
from app.scope import NOWHERE
from app.times import Timing
from store import ArticleMentions, Filters, Store

__all__ = [
    "counted_words",
    "day_words",
    "listed",
    "scope_words",
    "sentence_on",
    "subject_words",
    "topic_words",
]

_SOURCES_NAMED = 3


def day_words(day: dt.date) -> str:
    """A day as it is read: "28 January 2020"."""
    return f"{day.day} {day:%B} {day.year}"


def listed(items: Sequence[str], joint: str) -> str:
    """An enumeration: "a, b and c"."""
    return f"{', '.join(items[:-1])} {joint} {items[-1]}" if len(items) > 1 else items[0]


def topic_words(topic: Topic | None) -> str:
    """What has to be mentioned: “Iraq” and “Syria”, but not “Iran”."""
    if topic is None:
        return "anything"
    without = listed([f"“{p}”" for p in topic.without], "or") if topic.without else ""
    if not topic.phrases:
        return without
    said = listed([f"“{p}”" for p in topic.phrases], "or" if topic.any_of else "and")
    return said + (f" but not {without}" if without else "")


def counted_words(asked: CountQuestion) -> str:
    """What was counted: "articles whose text or headline holds the words “drone base”"."""
    if asked.asks in ("dated", "undated"):
        said = "articles whose day of publication is " + ("known" if asked.asks == "dated" else "not known")
    elif asked.topic is None:
        said = "articles"
    else:
        where = "headline" if asked.topic.headline else "text or headline"
        only = asked.topic.phrases[0] if len(asked.topic.phrases) == 1 else ""
        kind = "" if not only else "the words " if len(only.split()) > 1 else "the word "
        holds = "holds" if asked.topic.phrases else "does not hold"
        said = f"articles whose {where} {holds} {kind}{topic_words(asked.topic)}"
    return said + (f", of the author or outlet “{asked.by}”" if asked.by else "")


def subject_words(found: Sequence[ArticleMentions]) -> str:
    """How many: "3 articles (in 4 files, 2 independent stories)": files and stories only where they are not as many."""
    n_files, n_stories = sum(len(m.sources) for m in found), len({m.story for m in found})
    besides = [f"in {things(n_files, 'file')}"] if n_files != len(found) else []
    besides += [things(n_stories, "independent story")] if n_stories != len(found) else []
    return things(len(found), "article") + (f" ({', '.join(besides)})" if besides else "")


def sentence_on(asked: CountQuestion, found: Sequence[ArticleMentions], filters: Filters = Filters()) -> str:
    """The sentence that tells the number: "3 articles (in 4 files, 2 independent stories) mention “Palmyra”."."""
    subject, number = subject_words(found), len(found)
    n_files, n_stories = sum(len(m.sources) for m in found), len({m.story for m in found})
    if asked.asks == "stories":
        in_files = f" in {things(n_files, 'file')}" * (n_files != len(found))
        besides = f" ({things(len(found), 'article')}{in_files})"
        subject, number = things(n_stories, "independent story") + besides * bool(found), n_stories
    elif asked.asks == "files":
        besides = f" ({things(len(found), 'article')}, {things(n_stories, 'independent story')})"
        subject, number = things(n_files, "file") + besides * (n_files != len(found) != n_stories), n_files
    one = number == 1
    by = f" by “{asked.by}”" if asked.by else ""
    if asked.topic is not None and not asked.topic.phrases:
        rest = f"{'does' if one else 'do'} not mention {topic_words(asked.topic)}"
    elif asked.topic is not None and asked.topic.headline:
        rest = f"{'has' if one else 'have'} {topic_words(asked.topic)} in the headline"
    elif asked.topic is not None:
        rest = f"{'mentions' if one else 'mention'} {topic_words(asked.topic)}"
    elif asked.asks == "dated":
        rest = f"{'states its' if one else 'state their'} day of publication"
    elif asked.asks == "undated":
        rest = f"{'has' if one else 'have'} no known day of publication"
    elif filters.published_from is not None:
        rest = f"{'was' if one else 'were'} published {_days_words(filters)}"
    else:
        rest = f"{'is' if one else 'are'} in what was searched"
    return f"{subject}{by} {rest}."


def scope_words(archive: Store, filters: Filters, timing: Timing) -> str:
    """In what it was counted: "5 articles: 1 dated 2020-01-28, 4 undated", and what narrowed them."""
    said = describe_coverage(archive.coverage(filters))
    first, last = filters.published_from, filters.published_to
    if first is not None:
        said += f"; published {_days_words(filters)}"
    elif last is not None and timing.last is not None:
        said += f"; published until {last.isoformat()}"
    if filters.sources and filters.sources != (NOWHERE,):
        more = len(filters.sources) - _SOURCES_NAMED
        said += f"; in {', '.join(filters.sources[:_SOURCES_NAMED])}" + (f" and {more:,} more" if more > 0 else "")
    return said


def _days_words(filters: Filters) -> str:
    days = [d.isoformat() for d in (filters.published_from, filters.published_to) if d is not None]
    return "on " + days[0] if days[:1] == days[1:] else "from " + " to ".join(days)
