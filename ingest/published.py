"""The day an article appeared, as far as the page states it, with the words it rests on and how far to trust them.

The idea: kinds of evidence, strongest first, and a second kind that names the same day makes the first one surer.
When a page was fetched, when a file was made and when an article was last changed are not the day it appeared: the
first may lend its year to a date without one, the others are named as what they are. Every day comes with its basis,
and so does every day that is missing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.article import PublicationDate
from ingest.confidence import PUBLISHED
from ingest.dates import (
    DateMention,
    can_be,
    day_in_address,
    day_of,
    find_dates,
    month_in_address,
    only_a_date,
    resolve_year,
)
from ingest.stamps import Stamps, dated_datelines, find_stamps
from ingest.surroundings import ADDRESS_HINTS, Surroundings, field_words, host_of

__all__ = ["find_published"]

_MARKUP = (
    *("meta:article:published_time", "jsonld:datePublished", "itemprop:datePublished", "meta:datePublished"),
    *("meta:og:published_time", "meta:parsely-pub-date", "meta:sailthru.date", "meta:pubdate", "meta:publishdate"),
    *("meta:publish-date", "meta:dc.date.issued", "meta:dcterms.created", "meta:dc.date", "meta:date"),
)
_FIELDS = ("field:published", "field:date", "field:published_at", "field:date_published", "field:publication_date")
_FETCHED = ("mhtml:date", "warc:date")
_CREATED = ("pdf:created", "docx:created")
_STAMP = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_CLOCK = re.compile(r"(?<!\d)(?P<hour>\d{1,2}):\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?P<zone>.*)$")
_IN_UTC = re.compile(r"^(?:Z|GMT|UTC|\+00:?00|)\s*(?:\+00:?00)?\)?$", re.IGNORECASE)
_NIGHT_UTC, _MORNING_UTC = 9, 15  # o'clock: before, it is yesterday in the Americas; after, tomorrow in Asia
# Languages and countries that write the month first or the year first, and so settle nothing for 03/04/2021.
_NOT_DAY_FIRST = frozenset({"en", "zh", "ja", "ko", "hu", "lt", "fa", "mn", "eu"})
_DAY_FIRST_ENGLISH = frozenset({"gb", "uk", "au", "nz", "ie", "in", "za", "ng", "ke", "pk", "sg", "my", "mt"})
_DAY_FIRST_HOSTS = _DAY_FIRST_ENGLISH | frozenset(
    "de fr es it pt br nl be ch at pl cz sk ru ua gr tr ro bg dk no fi ar mx cl pe id vn th il eg".split()
)


class _Stated(NamedTuple):
    """A day that markup, a field or a mail states: in which words, and of which kind.

    `own_day` is by how many days the outlet's own day may differ, because the statement's clock may be in UTC.
    """

    day: dt.date
    words: str
    kind: str
    own_day: tuple[int, ...] = ()


class _Address(NamedTuple):
    words: str
    day: dt.date


def find_published(page: Surroundings, headline_at: int | None, name: str) -> PublicationDate:
    """The day and its basis; `headline_at` is the index in the head of the headline's line, `name` the file's."""
    beside = find_stamps(page, headline_at)
    address = next((_Address(a, d) for a in page.hints(*ADDRESS_HINTS) if (d := day_in_address(a))), None)
    stated = _stated(page)
    if stated is not None:
        return _weigh(stated, beside, address)
    return (
        _printed(beside, address)
        or _completed(page, beside, name)
        or _last_resort(page, beside, name)
        or PublicationDate(None, _why_unknown(page, beside))
    )


# --- stated ------------------------------------------------------------------------------------------------


def _stated(page: Surroundings) -> _Stated | None:
    for name, value in page.named_hints(*_MARKUP, *_FIELDS, "mail:date"):
        for mention in find_dates(value):
            if mention.day is None:
                continue
            kind = name.partition(":")[0]
            if kind == "mail":
                return _Stated(mention.day, f'the mail was sent on "{value[:40]}"', "mail")
            if kind in ("field", "front"):
                return _Stated(mention.day, f'{field_words(name)}, "{value[:40]}"', "field")
            told = name.removeprefix("meta:").removeprefix("jsonld:").removeprefix("itemprop:")
            return _Stated(mention.day, f'the page\'s markup, {told} "{value[:40]}"', "markup", _own_day(value))
    return None


def _own_day(value: str) -> tuple[int, ...]:
    """By how many days the outlet's own may differ from that of a time, counted in UTC or nobody says where."""
    clock = _CLOCK.search(value)
    if clock is None or _IN_UTC.match(clock["zone"]) is None:
        return ()
    hour = int(clock["hour"])
    return (-1,) if hour < _NIGHT_UTC else (1,) if hour >= _MORNING_UTC else ()


def _weigh(stated: _Stated, beside: Stamps, address: _Address | None) -> PublicationDate:
    """What is stated, surer where print or address say so too; their day where the statement counts it in UTC."""
    printed = beside.days()
    others = [(m.day, f'the line "{m.quote}"') for m in printed if m.day is not None]
    if address is not None:
        others.insert(0, (address.day, f'the address "{address.words[-80:]}"'))
    agreeing = next((words for day, words in others if day == stated.day), None)
    if agreeing is not None and (address is None or address.day == stated.day):
        return PublicationDate(stated.day, f"{stated.words}, and {agreeing}", PUBLISHED["two agree"])
    for day, words in others:
        if (day - stated.day).days in stated.own_day:  # the outlet's own day, where the markup counts in UTC
            return PublicationDate(day, f"{words}; {stated.words} is by a clock in UTC", PUBLISHED["address"])
    if address is not None:
        kind = "a day apart" if abs((address.day - stated.day).days) == 1 else "in dispute"
        return PublicationDate(stated.day, f"{stated.words}, but {others[0][1]}", PUBLISHED[kind])
    return PublicationDate(
        stated.day, stated.words, PUBLISHED["markup in UTC" if -1 in stated.own_day else stated.kind]
    )


# --- printed -----------------------------------------------------------------------------------------------


def _printed(beside: Stamps, address: _Address | None) -> PublicationDate | None:
    """What the lines beside the article, its address and its dateline say, where one of them says a whole day."""
    near = beside.days()
    if address is not None:
        words = f'the address "{address.words[-80:]}"'
        agreeing = next((m for m in near if m.day == address.day), None)
        if agreeing is not None:
            return PublicationDate(address.day, f'{words}, and the line "{agreeing.quote}"', PUBLISHED["two agree"])
        if not near or near[0].label != "published":
            return PublicationDate(address.day, words, PUBLISHED["address"])
    for mention in near:
        words = f'the line "{mention.quote}" beside the article'
        if mention.label == "first published":
            return PublicationDate(mention.day, f"{words}, as when it first appeared", PUBLISHED["first published"])
        kind = "labelled line" if mention.label else "line" if only_a_date(mention.line) else "line among words"
        return PublicationDate(mention.day, words, PUBLISHED[kind])
    for mention in beside.datelines:
        if mention.day is not None:
            return PublicationDate(mention.day, f'the dateline "{mention.quote}"', PUBLISHED["dateline"])
    return None


def _completed(page: Surroundings, beside: Stamps, name: str) -> PublicationDate | None:
    """The day of a date without a year, or with a month and day that may be swapped, where something settles it."""
    partial = [m for m in (*beside.near, *beside.datelines) if m.day is None and m.label != "updated"]
    for mention in partial:
        where = "in the dateline" if mention in beside.datelines else "beside the headline"
        words = f'"{mention.quote}" {where}'
        what = "order settled" if mention.ambiguous else "year lent"
        does = "its day and month" if mention.ambiguous else "its year"
        for day, told in _lenders(page, beside, mention, name):
            return PublicationDate(day, f"{words}, {does} from {told}", PUBLISHED[what])
        custom = _day_first(page) if mention.ambiguous else None
        if custom is not None and mention.year is not None:
            day = dt.date(mention.year, *mention.readings[1])  # the second reading has the day first
            return PublicationDate(day, f"{words}, read day first as {custom} writes it", PUBLISHED[what])
    return None


def _lenders(page: Surroundings, beside: Stamps, mention: DateMention, name: str) -> Iterator[tuple[dt.date, str]]:
    """The days that the mention can be, each with what on the page says so."""
    clocks = [(beside.clock.day, f'"{beside.clock.quote}" at the top of the page')] if beside.clock else []
    for value in page.hints(*_FETCHED):
        clocks.extend((m.day, f'"{value[:40]}", when the page was fetched') for m in find_dates(value))
    for clock, told in clocks:
        day = resolve_year(mention, clock) if not mention.ambiguous else None
        if day is not None:
            yield day, told
    for address in (*page.hints(*ADDRESS_HINTS), name):
        in_path = month_in_address(address)
        for reading in mention.readings if in_path else ():
            whole = day_of(in_path[0], *reading) if in_path and in_path[1] == reading[0] else None
            if whole is not None and can_be(mention, whole):
                yield whole, f'the address "{address[-80:]}"'
    for value in page.hints("htmldate:published", "time:datetime"):
        for stated in find_dates(value):
            if stated.day is not None and can_be(mention, stated.day):
                yield stated.day, f'the page\'s markup, "{value[:40]}"'


def _day_first(page: Surroundings) -> str | None:
    """What says that the page writes the day before the month: its language or its country; None where nothing does."""
    for said in page.hints("lang", "meta:og:locale"):
        language, _, country = said.lower().replace("_", "-").partition("-")
        if 2 <= len(language) <= 3 and (language not in _NOT_DAY_FIRST or country in _DAY_FIRST_ENGLISH):
            return f'the page\'s language "{said[:20]}"'
    for address in page.hints(*ADDRESS_HINTS):
        host = host_of(address) or ""
        if host.rpartition(".")[2] in _DAY_FIRST_HOSTS:
            return f'its host "{host[-40:]}"'
    return None


def _last_resort(page: Surroundings, beside: Stamps, name: str) -> PublicationDate | None:
    times = {m.day for value in page.hints("time:datetime") for m in find_dates(value) if m.day is not None}
    if len(times) == 1:
        return PublicationDate(times.pop(), "the only time given in the page's markup", PUBLISHED["only time"])
    day = day_in_address(name)
    if day is not None:
        return PublicationDate(day, f'the address "{name[-80:]}"', PUBLISHED["path"])
    if len({mention.day for mention in beside.further}) == 1:
        only = beside.further[0]
        return PublicationDate(
            only.day, f'the line "{only.quote}", the only date above the article', PUBLISHED["line further off"]
        )
    return None


def _why_unknown(page: Surroundings, beside: Stamps) -> str:
    for found, _ in dated_datelines(page):
        words = re.split(r"\s*[(:—–]|\s--|\s-\s", found.group())[0].rstrip(" ,")
        return f'dateline "{words}" names no year'
    partial = next((m for m in beside.near if m.label != "updated"), None)
    if partial is not None:
        lacks = "can be read in two ways" if partial.ambiguous else "names no year"
        return f'"{partial.quote}" beside the article {lacks}'
    if beside.near:
        return f'only when it was updated ("{beside.near[0].quote}"), which need not be the day of publication'
    if beside.clock is not None:
        return f'only a page clock ("{beside.clock.line}"), which tells when the page was fetched'
    created = next((day for value in page.hints(*_CREATED) if (day := _creation_day(value))), None)
    if created is not None:
        return f"only the document's creation date, {created.isoformat()}, which need not be the day of publication"
    fetched = page.hint(*_FETCHED)
    if fetched is not None:
        return f'only when the page was fetched ("{fetched[:40]}")'
    return "the file states no publication date"


def _creation_day(value: str) -> dt.date | None:
    stamp = _STAMP.match(value)
    said = "-".join(stamp.groups()) if stamp else value
    return next((mention.day for mention in find_dates(said) if mention.day is not None), None)
