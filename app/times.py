"""What a question says of time, read into days and an order: shown beside the answer, and removed with one click.

"in January 2020", "since the summer", "last week" bound when an article was published; "latest" and "first reported"
order what is found; "before the strike" is bounded by an event whose day the archive has to tell. A date that is part
of what something is called ("the 2019 attack", "the election of 2020"), that is only compared with ("than in 2019"), or
that lies ahead of the day of asking bounds nothing. Pure.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from app.happenings import find_event, names_event
from app.mentions import FUNCTION_WORDS, content_words
from app.orders import Order, find_order
from app.periods import Period, find_periods, follows_freely, in_year, joined

__all__ = ["NO_TIMING", "Order", "Side", "Timing", "beside", "read_timing"]

Side = Literal["before", "after", "during"]


@dataclass(frozen=True, slots=True)
class Timing:
    """What was read of time. `words` are the phrases as the question has them; empty when there are none.

    `first` and `last` are inclusive days of publication, None where that side is open. `order` says which end of what
    is found comes first. `event` is what bounds the time and has no day in the question ("the strike"), with `side`
    on which of its days articles lie. `text` is the question to search for and read, less what only speaks of time, and
    `rest` the same less every date and event: what an article of those days answers without naming them.
    `basis` says in words on what the days rest where the question does not name them. `unread` are phrases that bound
    nothing: they lie ahead, can be read two ways, or name an event whose day no article tells.
    """

    text: str = ""
    words: tuple[str, ...] = ()
    first: dt.date | None = None
    last: dt.date | None = None
    order: Order | None = None
    event: str | None = None
    side: Side | None = None
    basis: str | None = None
    unread: tuple[str, ...] = ()
    rest: str = ""

    def __post_init__(self) -> None:
        if self.first and self.last and self.first > self.last:
            raise ValueError(f"no day lies from {self.first} to {self.last}")

    @property
    def bounded(self) -> bool:
        """Whether it says from or until which day."""
        return self.first is not None or self.last is not None


NO_TIMING = Timing()


def read_timing(text: str, as_of: dt.date) -> Timing:
    """What `text` says of time, relative to `as_of`."""
    periods = find_periods(text, as_of)
    if _NOWADAYS.search(text):
        periods = tuple(p for p in periods if text[p.start : p.end].lower() != "today")
    bounds, unread = _bounds(text, periods, as_of)
    idle = [b for b in bounds if b.as_of and b.last is not None and b.last >= as_of]  # "as of today": all there is
    bounds = [b for b in bounds if b not in idle]
    order = find_order(text, [(p.start, p.end) for p in periods])
    event = find_event(text)
    if event and any(b.start < event.end and event.start < b.end for b in bounds):
        event = None
    if event and (day := next((p for p in periods if event.start < p.start < event.end and p.kind == "day"), None)):
        bounds.append(_Bound(event.start, event.end, *beside(event.side, day.first, day.last)))
        event = None
    first, last, used = _together(bounds)
    unread += [b for b in bounds if b not in used]
    spans = [(b.start, b.end) for b in used] + list(order.spans)
    if event:
        spans.append((event.start, event.end))
    ordering = [*order.cuts, *((b.start, b.end) for b in idle)]
    cuts = [(b.start, b.end) for b in used if b.only_bounds] + ordering
    further = (
        [(b.start, b.end) for b in used if b.apart]
        + ordering
        + ([(event.start, event.end)] if event and event.apart else [])
    )
    found = order.order
    if found is None and any(b.as_of for b in used):
        found = "newest"
    return Timing(
        _without(text, cuts),
        tuple(text[start:end] for start, end in sorted(set(spans))),
        first,
        last,
        found,
        event.text if event else None,
        event.side if event else None,
        unread=tuple(dict.fromkeys(text[b.start : b.end] for b in unread)),
        rest=_without(text, further),
    )


# --- from periods to bounds -----------------------------------------------------------------------------------------


_NOWADAYS = re.compile(  # "who leads the party today?" asks how things stand, "what happened today?" for the day's news
    r"(?:\b(?:is|are|does|do|has|have|remains?|lives?|leads?|runs?|stands?|owns?|works?|holds?)\b[^?.]{0,120}"
    r"(?<!\bas\sof\s)(?<!\bas\sat\s)\btoday\b"
    r"|\btoday\b[^?.]{0,80}\b(?:is|are|does|do)\b)(?<!news\stoday)",
    re.IGNORECASE,
)


class _Bound(NamedTuple):
    """What `text[start:end]` bounds. `only_bounds`: the words say nothing that an article might say, too."""

    start: int
    end: int
    first: dt.date | None
    last: dt.date | None
    only_bounds: bool = False
    as_of: bool = False
    apart: bool = True  # what is left without the words is still a sentence


_RELATION = re.compile(
    r"(?<![\w’'-])(?:(?P<since>(?:ever\s+)?since|(?:starting|beginning)(?:\s+(?:in|from|on))?|on\s+or\s+after|as\s+from)"
    r"|(?P<from>from)|(?P<between>(?:in\s+)?between)|(?P<as_of>as\s+(?:of|at))"
    r"|(?P<until>(?:up\s+)?(?:until|till)|up\s+to|through|by|on\s+or\s+before|no\s+later\s+than)"
    r"|(?P<before>before|prior\s+to|earlier\s+than|ahead\s+of)|(?P<after>after|later\s+than|following)"
    r"|(?P<within>(?:back\s+|sometime\s+|some\s+time\s+)?(?:in|during|on|over|throughout|within|around|at|dated)))\s+$",
    re.IGNORECASE,
)
_LINK = re.compile(
    r",?\s*(?:(?P<to>-|–|—|to|until|till|through|up\s+to)|(?P<and>and|or|,))\s*(?:(?:in|on)\s+)?(?:the\s+)?",
    re.IGNORECASE,
)
_ONWARDS = re.compile(r"\s+(?:on(?:wards?)?|forwards?)\b(?=\W*(?:$|[,.;?!]|\s+\w))", re.IGNORECASE)
_COMPARED = re.compile(
    r"(?<![\w’'-])(?:than|compared\s+(?:with|to)|versus|vs\.?|unlike|just\s+like|as)\s+$", re.IGNORECASE
)
_INTERVAL = re.compile(
    r"(?:\b(?:long|much|far|hours?|days?|weeks?|months?|years?|decades?|minutes?|nights?|mornings?)"
    r"|\bhow\s+(?:soon|shortly|quickly|late|early)|\bbefore\s+or)\s+$",
    re.IGNORECASE,
)
_TOLD = r"(?:news|events?|stor(?:y|ies)|headlines?|developments?|articles?|reports?|coverage|editions?|issues?)"
_TOLD_OF = re.compile(rf"\b{_TOLD}\s+(?:of|from)\s+$", re.IGNORECASE)
_OF = re.compile(r"(?<![\w’'-])(?:of|for|from)\s+$", re.IGNORECASE)
_AHEAD = re.compile(
    r"\b(?:will|would|shall|going\s+to|plans?|planned|expect\w*|due|scheduled|forecasts?|targets?|predict\w*|aims?"
    r"|projected|upcoming|next|proposed|hopes?|intends?|bids?|promis\w+|pledg\w+|goals?)\b",
    re.IGNORECASE,
)
_PAST = re.compile(r"\b(?:did|was|were|had|happened|occurred)\b|^\W*(?:who|what)\s+\w+ed\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"\s+(?:(?:[a-z-]+ous|new|dead|more|other)\s+)?"
    r"(?:people|men|women|children|feet|percent|police|staff|(?!was|has|does|is|as|this|us|its|his|across|versus|perhaps"
    r"|thus|plus|always|besides|towards)[a-z]{2,}s)\b"
)
_PAPERS = re.compile(
    r"\s+(?:Times|Telegraph|Mail|Mirror|Herald|Post|Express|Star|World|Night|League|Show|Service|Prayers?|the\s+13th)\b"
)
_HOLIDAY = re.compile(r"Christmas|Halloween|Valentine|New\s+Year", re.IGNORECASE)
_OVER_LAST = re.compile(r"over\s+last\s+(?:year|month|quarter|week)\b", re.IGNORECASE)
_STILL_TO_BE = re.compile(r"\b(?:will|going\s+to|is\s+due|are\s+due|scheduled|upcoming)\b", re.IGNORECASE)
_WORD_BEFORE = re.compile(r"([^\W_][\w’'.-]*)\s+$")
_OF_NO_ONE_DAY = frozenset("the a an every each one some this next his her its their our whose which any".split())
_SPOKEN_FOR = re.compile(r"\b(?:what|who|whom|which|when|where|why|how|did|was|were|is|are)$", re.IGNORECASE)
_WINDOW = 40  # characters looked back
_LONGEST_LINK = 12  # characters between two periods that are told together
_SECOND_DAY, _LAST_BUT_ONE = dt.date(1, 1, 2), dt.date(9999, 12, 30)  # of the calendar
_MOST_PERIODS = 20  # more of them are no question


def _bounds(text: str, periods: Sequence[Period], as_of: dt.date) -> tuple[list[_Bound], list[_Bound]]:
    """What the periods bound, and those that bound nothing though the question means them to."""
    bounds: list[_Bound] = []
    unread: list[_Bound] = []
    periods = _in_their_year(text, periods)[:_MOST_PERIODS]
    at = floor = 0
    while at < len(periods):
        bound, taken = _bound(text, floor, periods[at:])
        kinds = {p.kind for p in periods[at : at + taken]}
        comes_round = any(p.cycle == "year" and not p.relative for p in periods[at : at + taken])
        at += taken
        floor = periods[at - 1].end
        if bound is None:
            continue
        if "unclear" in kinds or (comes_round and _STILL_TO_BE.search(text)) or _lies_ahead(text, bound, as_of):
            unread.append(bound)
        else:
            bounds.append(bound)
    return bounds, unread


def _in_their_year(text: str, periods: Sequence[Period]) -> Sequence[Period]:
    """The periods, a month or day without a year taken from the one year that the question names apart from it."""
    years = {p.first.year for p in periods if p.kind == "year" and p.first.year == p.last.year}
    if len(years) != 1 or not any(p.cycle == "year" for p in periods):
        return periods
    year = next(p for p in periods if p.kind == "year")
    if not re.search(r"\bin\s+$", text[max(0, year.start - 4) : year.start], re.IGNORECASE):
        return periods
    return [in_year(p, year.first.year) if p.kind in ("day", "month") else p for p in periods]


def _lies_ahead(text: str, bound: _Bound, as_of: dt.date) -> bool:
    """Whether it bounds nothing as seen from `as_of`: all of it is yet to come, or all until then is in it."""
    if bound.first is None and bound.last is not None and bound.last >= as_of:
        return not bound.as_of
    if bound.first is None or bound.first <= as_of:
        return False
    return bound.only_bounds or bool(_AHEAD.search(text)) or not _PAST.search(text)


def _bound(text: str, floor: int, periods: Sequence[Period]) -> tuple[_Bound | None, int]:
    """What the first of `periods` bounds, and how many of them it takes: more where they make a range or a list."""
    period = periods[0]
    at = max(floor, period.start - _WINDOW)
    before = text[at : period.start]
    match = _RELATION.search(before)
    relation = "" if match is None else str(match.lastgroup)
    start = period.start if match is None else at + match.start()
    ahead = text[max(0, start - _WINDOW) : start]
    if _COMPARED.search(ahead) or (relation in ("before", "after") and _INTERVAL.search(ahead)):
        return None, 1
    if _OVER_LAST.match(text, start):
        return None, 1  # "an increase over last year"
    chain = _linked(text, periods, relation)
    if len(chain) > 1:
        first_day, last_day = min(p.first for p in chain), max(p.last for p in chain)
        if not _bounds_by_itself(text, chain[-1], relation or "within"):
            return None, len(chain)
        return _Bound(start, chain[-1].end, first_day, last_day, all(p.relative for p in chain)), len(chain)
    if not relation:
        accepted, start = _without_relation(text, period, ahead)
        if not accepted:
            return None, 1
    elif not _bounds_by_itself(text, period, relation) or re.match(r"at\s+\d", text[start : start + 6], re.IGNORECASE):
        return None, 1
    if relation == "from" and _from_is_of(text, period):
        relation = "within"
    end = period.end
    if relation in ("since", "from", "within") and (onwards := _ONWARDS.match(text, end)):
        relation, end = "since", onwards.end()
    first, last = _days(period, relation)
    if _possessive(text, end):
        return _Bound(period.start, end + 2, first, last, apart=False), 1
    return _Bound(start, end, first, last, period.relative, relation == "as_of"), 1


def _from_is_of(text: str, period: Period) -> bool:
    """Whether "from" says of when something is, not since when: "news from May 2021"."""
    if _is_a_range(period) or (period.relative and period.kind != "ahead"):
        return True
    return bool(_TOLD_OF.search(text[max(0, period.start - _WINDOW) : period.start]))


def _days(period: Period, relation: str) -> tuple[dt.date | None, dt.date | None]:
    """The first and last day that are so related to a period."""
    if relation in ("since", "from"):
        return period.first, None
    if relation in ("until", "as_of"):
        return None, period.last
    if relation == "before":
        return None, max(period.first, _SECOND_DAY) - dt.timedelta(1)
    if relation == "after":
        return min(period.last, _LAST_BUT_ONE) + dt.timedelta(1), None
    return period.first, period.last


def _linked(text: str, periods: Sequence[Period], relation: str) -> list[Period]:
    """The periods that the first one is told together with, itself included: both ends of a range, or all of a list."""
    chain = [periods[0]]
    for following in periods[1:]:
        if following.start - chain[-1].end > _LONGEST_LINK:
            break
        link = _LINK.fullmatch(text, chain[-1].end, following.start)
        if link is None or (relation == "from" and not link["to"]) or (len(chain) > 1 and link["to"]):
            break
        chain.append(following)
        if link["to"] or relation == "between":
            break
    if len(chain) == 1 or relation not in ("from", "since", "between", "within", ""):
        return chain[:1]
    if not relation and chain[0].kind == "year":
        return chain[:1]
    for i in range(len(chain) - 1, 0, -1):
        chain[i - 1], chain[i] = joined(chain[i - 1], chain[i])
    return chain


def _bounds_by_itself(text: str, period: Period, relation: str) -> bool:
    """Whether the period, behind a word such as "in" or "since", is a time and no part of a name or number."""
    if _possessive(text, period.end):
        return period.relative or period.cycle == "week"
    if period.relative or (period.kind in ("ahead", "unclear") and not period.cycle):
        return period.kind != "year" or not names_event(text, period.end)
    if names_event(text, period.end):
        return False
    if period.kind == "year" and period.first.year == period.last.year:
        return not _COUNTED.match(text, period.end)
    if period.cycle == "week":
        return _is_a_weekday(text, period)
    if period.cycle == "year" and period.kind == "month":
        return _is_a_month(text, period, relation)
    return True


def _is_a_range(period: Period) -> bool:
    """Whether the words themselves go from one day or year to another."""
    return (period.kind == "day" and period.first != period.last) or (
        period.kind == "year" and period.first.year != period.last.year
    )


_OPEN_TO_MAY = ("within", "since", "until", "between")  # behind others it may be a person


def _is_a_month(text: str, period: Period, relation: str) -> bool:
    """Whether a month without a year is one: "after May resigned" and "the March on Washington" are not."""
    free = follows_freely(text, period.end)
    word = text[period.start : period.end]
    if word.lower() in ("march", "mar") and re.match(r"\s+(?:on|for|of)\s+[A-Z]", text[period.end : period.end + 12]):
        return False
    if word.lower() == "may" and (relation not in _OPEN_TO_MAY or text[: period.start].lower().endswith("by ")):
        return not text[period.end :].strip(" ?!.,;:")  # "asked by May to resign"
    if word.lower() in ("may", "march", "mar") or relation not in ("within", "since"):
        return free
    return True


def _is_a_weekday(text: str, period: Period) -> bool:
    return not text[period.end : period.end + 1].isalpha() and not _PAPERS.match(text, period.end)


def _without_relation(text: str, period: Period, ahead: str) -> tuple[bool, int]:
    """Whether a period that no preposition leads up to bounds the question, and where the words that say so begin."""
    start = period.start
    before = _WORD_BEFORE.search(ahead)
    word = before.group(1) if before else ""
    of = _OF.search(ahead)
    if _TOLD_OF.search(ahead) and _bounds_by_itself(text, period, "within"):
        return True, start - len(of.group()) if of else start
    if period.relative:
        if _is_a_name(text, period) or word.lower() in _OF_NO_ONE_DAY - {"this"}:
            return False, start
        return True, start - len(of.group()) if of else start
    if period.kind in ("ahead", "unclear") and not period.cycle:
        return not of and word.lower() != "the" and period.kind == "unclear", start
    if period.cycle == "week":
        apart = not word or not (word[0].isupper() and before is not None and len(ahead) > len(before.group()))
        plain = word.lower() not in _OF_NO_ONE_DAY
        free = follows_freely(text, period.end) or _possessive(text, period.end)
        return text[start].isupper() and apart and plain and free and _is_a_weekday(text, period), start
    if _HOLIDAY.match(text, start):
        return False, start
    dated = period.kind in ("day", "quarter") or (period.kind in ("month", "season") and period.cycle is None)
    if not dated or (word.lower() in FUNCTION_WORDS and not _SPOKEN_FOR.search(word)):
        return False, start
    if text[max(0, start - 1) : start] in ("(", "-", "/", '"', "“"):
        return False, start
    return not _possessive(text, period.end) and follows_freely(text, period.end), start


def _is_a_name(text: str, period: Period) -> bool:
    """Whether words such as "Today" stand in capitals within a question that is not written in them throughout."""
    if not text[period.start].isupper() or not text[: period.start].strip():
        return False
    if re.search(r"[.?!:;]\s*$", text[max(0, period.start - 4) : period.start]):
        return False
    if text[period.start : period.end].isupper():
        return not text.isupper()  # a paper
    words = [w for w in re.findall(r"[^\W\d_]+", text[:400]) if len(w) > 3]
    if re.match(WEEKDAYS, text[period.start : period.end]):
        return False
    return bool(sum(w[0].isupper() for w in words) < 0.8 * len(words))


WEEKDAYS = re.compile(r"(?:(?:Last|This|Past)\s+)?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day")


def _possessive(text: str, end: int) -> bool:
    return text[end : end + 2].lower() in ("'s", "’s") or text[end : end + 1] in ("’",)


def _together(bounds: Sequence[_Bound]) -> tuple[dt.date | None, dt.date | None, list[_Bound]]:
    """The days that all bounds have in common; of two stretches that lie apart, from the first to the last day."""
    first: dt.date | None = None
    last: dt.date | None = None
    used: list[_Bound] = []
    for bound in bounds:
        begin = max((d for d in (first, bound.first) if d), default=None)
        end = min((d for d in (last, bound.last) if d), default=None)
        if begin and end and begin > end:
            if not (first and last and bound.first and bound.last):
                continue
            if used[-1].only_bounds:
                continue  # "this week ... in 2023": what counts from the day of asking is when it was told
            if bound.only_bounds:
                begin, end, used = bound.first, bound.last, []
            else:
                begin, end = min(first, bound.first), max(last, bound.last)
        first, last = begin, end
        used.append(bound)
    return first, last, used


# --- the question without them --------------------------------------------------------------------------------------


def _without(text: str, cuts: Sequence[tuple[int, int]]) -> str:
    """`text` without those words, still a question; as it is where too little would be left."""
    kept, at = [], 0
    for start, end in sorted(cuts):
        if start < at:
            continue
        kept.append(text[at:start])
        at = end
    kept.append(text[at:])
    if not cuts:
        return text
    left = re.sub(r"[^\S\n]{2,}", " ", "".join(kept))
    left = re.sub(r"\s+(?=[?!.,;])", "", left)
    left = re.sub(r"^[\s,;:]+|,(?=[?!.])", "", left).strip()
    if not content_words(left):
        return text
    return left[0].upper() + left[1:] if text.lstrip()[:1].isupper() else left


def beside(side: Side, first: dt.date, last: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The days of articles before, from or during an event of those days."""
    if side == "before":
        return None, first - dt.timedelta(1)
    return first, last if side == "during" else None
