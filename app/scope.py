"""What a question says of time becomes the filters in force, never wider in silence; and what came of them in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from app.answer import Citation
from app.periods import Period, find_periods
from app.reader import Pointer, Reading
from app.times import Order, Timing
from store import Filters, Hit, Store

__all__ = [
    "NOWHERE",
    "age_notes",
    "dates_named",
    "in_order",
    "names_in_text",
    "narrowed",
    "notes_on",
    "nothing_published",
    "order_notes",
    "out_of_reach",
    "span_in_words",
    "told_in_text",
    "within_words",
]

NOWHERE = "/"  # a source at which no article lies: theirs are relative
_OLD_DAYS = 365  # an answer that rests on nothing newer says how old that is
_NAMED = 2  # files or folders
_LATE = dt.date(2999, 12, 31)
_ABOUT_AS_WELL = 0.2  # share of the best pointer's score: what has it would be told beside the best in any case


def narrowed(filters: Filters, timing: Timing, *, undated: bool) -> Filters:
    """The filters in force: those asked for, and the days that the question names.

    Undated articles are left out where it names any, unless `undated` asks for them. Where no day is
    admitted by both, those of the question stand alone.
    """
    if not timing.bounded:
        return filters
    undated = filters.undated and undated
    if _lie_apart(filters, timing):
        return replace(filters, published_from=timing.first, published_to=timing.last, undated=undated)
    first, last = _common(filters, timing)
    return replace(filters, published_from=first, published_to=last, undated=undated)


def out_of_reach(query: str, archive: Store, filters: Filters, timing: Timing, as_of: dt.date) -> str | None:
    """Why no article can lie within both what the question says and what was asked for besides; None where one can."""
    if not _lie_apart(filters, timing):
        return None
    asked = replace(filters, published_from=timing.first, published_to=timing.last, undated=False)
    if timing.first is not None and timing.first > as_of:
        return nothing_published(query, archive, asked, as_of)
    return (
        f"The question asks of what was published {span_in_words(asked)}, and only what was published "
        f"{span_in_words(filters)} is searched: no article can lie within both."
    )


def _lie_apart(filters: Filters, timing: Timing) -> bool:
    first, last = _common(filters, timing)
    return timing.bounded and first is not None and last is not None and first > last


def _common(filters: Filters, timing: Timing) -> tuple[dt.date | None, dt.date | None]:
    first = max((d for d in (filters.published_from, timing.first) if d), default=None)
    last = min((d for d in (filters.published_to, timing.last) if d), default=None)
    return first, last


# --- the order ------------------------------------------------------------------------------------------------------


def in_order(reading: Reading, order: Order | None) -> Reading:
    """`reading` with the newest, or oldest, first among what answers about equally well; undated ones behind those."""
    if order is None or len(reading.pointers) < 2:
        return reading
    floor = _ABOUT_AS_WELL * reading.pointers[0].score
    close = [p for p in reading.pointers if p.score >= floor]
    rest = [p for p in reading.pointers if p.score < floor]
    return Reading((*sorted(close, key=lambda p: _place(p, order)), *rest), reading.confidence)


def _place(pointer: Pointer, order: Order) -> tuple[bool, int]:
    day = pointer.hit.article.published.day
    if day is None:
        return True, 0
    return False, -day.toordinal() if order == "newest" else day.toordinal()


# --- dates in the text ----------------------------------------------------------------------------------------------


def dates_named(timing: Timing, as_of: dt.date) -> tuple[Period, ...]:
    """The periods that the question names by date, not by counting from the day of asking."""
    return tuple(p for words in timing.words for p in find_periods(words, as_of) if _is_a_date(p))


def told_in_text(hits: Sequence[Hit], named: Sequence[Period], timing: Timing) -> tuple[Hit, ...]:
    """Those of `hits` whose passage names one of the periods, or a date within the days asked for."""
    return tuple(h for h in hits if _tells(h.passage.text, h, named, timing))


def names_in_text(pointer: Pointer, named: Sequence[Period], timing: Timing) -> bool:
    """Whether the sentence itself that is pointed at does."""
    start = pointer.hit.passage.start
    sentence = pointer.hit.passage.text[pointer.sentence.start - start : pointer.sentence.end - start]
    return _tells(sentence, pointer.hit, named, timing)


def _tells(text: str, hit: Hit, named: Sequence[Period], timing: Timing) -> bool:
    published = hit.article.published.day
    told = [p for p in find_periods(text, published or _LATE) if _is_a_date(p) and _is_written_as_one(text, p)]
    return any(_names(p, named, timing, year_known=published is not None or p.cycle is None) for p in told)


def _is_a_date(period: Period) -> bool:
    return not period.relative and period.cycle != "week" and period.kind not in ("ahead", "unclear")


def _is_written_as_one(text: str, period: Period) -> bool:
    """Whether there is a capital or a digit in it: in running text "may" is no month."""
    return any(c.isupper() or c.isdigit() for c in text[period.start : period.end])


def _names(told: Period, named: Sequence[Period], timing: Timing, *, year_known: bool) -> bool:
    """Whether what is told is, or lies in, a period that is asked for, or within the days asked for."""
    if any(_is_in(told, asked, years_known=year_known and asked.cycle is None) for asked in named):
        return True
    inside = (timing.first is None or timing.first <= told.first) and (timing.last is None or told.last <= timing.last)
    return year_known and inside and any(p.cycle is None for p in named)


def _is_in(told: Period, asked: Period, *, years_known: bool) -> bool:
    if years_known:
        return asked.first <= told.first and told.last <= asked.last
    if asked.kind == "month" and asked.cycle == "year":  # "in August", and the text has August 21
        return told.kind in ("day", "month") and told.first.month == asked.first.month
    alike = told.kind == asked.kind == "day"
    return alike and (told.first.month, told.first.day) == (asked.first.month, asked.first.day)


# --- in words -------------------------------------------------------------------------------------------------------


def notes_on(timing: Timing, archive: Store, filters: Filters, as_of: dt.date) -> tuple[str, ...]:
    """What a reader has to know of the filters in force: on what they rest, how many undated articles they left out.

    Plain sentences; none where the question says nothing of time.
    """
    notes = [timing.basis] if timing.basis else []
    notes += [f"“{words}” could not be read as days of publication, so it filters nothing." for words in timing.unread]
    if timing.bounded and not filters.undated:
        left_out = archive.coverage(replace(filters, undated=True)).n_articles - archive.coverage(filters).n_articles
        if left_out:
            notes.append(f"{left_out:,} undated article{'s' if left_out > 1 else ''} not searched")
    return tuple(notes)


def order_notes(timing: Timing, citations: Sequence[Citation]) -> tuple[str, ...]:
    """That what is cited cannot be put in the order asked for, where an article of it states no day."""
    undated = len({c.article_id for c in citations if c.published is None})
    if timing.order is None or not undated:
        return ()
    if undated == len({c.article_id for c in citations}):
        return (f"The articles cited state no day, so which is {timing.order} cannot be told.",)
    articles = "1 article cited states no day" if undated == 1 else f"{undated} articles cited state no day"
    return (f"{articles}, so it cannot be told whether anything newer is in it.",) if timing.order == "newest" else (
        f"{articles}, so it cannot be told whether anything older is in it.",)  # fmt: skip


def age_notes(citations: Sequence[Citation], as_of: dt.date) -> tuple[str, ...]:
    """How old the newest article is that is cited, where it is older than a year; or that none states its day."""
    if not citations:
        return ()
    newest = max((c.published for c in citations if c.published is not None), default=None)
    if newest is None:
        return ("The article cited does not state its day." if len({c.article_id for c in citations}) == 1
                else "None of the articles cited states its day.",)  # fmt: skip
    days = (as_of - newest).days
    if days <= _OLD_DAYS:
        return ()
    years = days // 365
    age = f"{years} years" if years > 1 else f"{days // 30} months"
    return (f"The newest article this rests on is of {newest.isoformat()}, {age} old.",)


def span_in_words(filters: Filters) -> str:
    """The days that filters admit: "from 2020-01-01 to 2020-01-31", "up to 2018-12-31"."""
    first, last = filters.published_from, filters.published_to
    if first is None and last is not None:
        return f"up to {last.isoformat()}"
    if first and first == last:
        return f"on {first.isoformat()}"
    return " ".join(f"{word} {day.isoformat()}" for word, day in (("from", first), ("to", last)) if day)


def within_words(filters: Filters) -> str:
    """What was asked for besides the question: "2019/wire.txt", "12 chosen files", "published from 2020-01-01"."""
    n = len(filters.sources)
    named = " and ".join(filters.sources) if n <= _NAMED else f"{n:,} chosen files or folders"
    if filters.sources == (NOWHERE,):
        return "no article"
    days = span_in_words(filters)
    when = f"published {days}{', or undated' if filters.undated else ''}" if days else ""
    return ", ".join(words for words in (named, when) if words)


def nothing_published(query: str, archive: Store, filters: Filters, as_of: dt.date) -> str:
    """That no article was published on the days of `filters`, and which come nearest before and after them."""
    where = "No article of those that were chosen" if filters.sources else "No article in the archive"
    said = f"{where} was published {span_in_words(filters)}"
    first, last = filters.published_from, filters.published_to
    near: list[str] = []
    if first and first > dt.date.min:
        until = min(first - dt.timedelta(1), as_of)
        day = archive.coverage(replace(filters, published_from=None, published_to=until, undated=False)).last_day
        near += [_nearest(query, archive, filters, day)] if day else []
    if last and last < as_of:
        since = replace(filters, published_from=last + dt.timedelta(1), published_to=as_of, undated=False)
        day = archive.coverage(since).first_day
        near += [_nearest(query, archive, filters, day)] if day else []
    if not near:
        return f"{said}, and none of another known day is there."
    return f"{said}. The nearest: {'; '.join(near)}."


def _nearest(query: str, archive: Store, filters: Filters, day: dt.date) -> str:
    """The article of that day that is nearest to the question, by name."""
    on_that_day = replace(filters, published_from=day, published_to=day, undated=False)
    hit = next(iter(archive.search(query, k=1, filters=on_that_day)), None)
    if hit is None:
        return day.isoformat()
    article = hit.article
    name = f"“{article.headline}”" if article.headline else article.source
    return f"{name} ({f'{article.outlet}, ' if article.outlet else ''}{day.isoformat()})"
