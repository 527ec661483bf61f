"""What happened, in order: dated statements about one subject, gathered over articles, each event once.

A statement is dated by its own words where they place it, else by the day its article appeared; which of the two is
always said. What cannot be dated comes last and says so.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.draft import Composition, Draft, DraftPart, Research
from app.forms.days import SURE, Dated, dates_in
from app.forms.sentence import Sentence, Subject, draft_of, near_equal, plain_draft, sentences_of, stems
from app.mentions import Mention, find_mentions
from app.question import Question
from app.reader import Reading
from store import Hit

__all__ = ["Event", "compose_timeline", "timeline_subject"]

_ORDERED = (  # asked for as such
    r"^(?:(?:please |can you |could you )*(?:give|show|make|write|tell|draw up) (?:me )?)?(?:an? "
    r"|the )?(?:short |brief |full )?"
    r"(?:timeline|time line|chronology|chronicle|sequence|order|history|course) (?:of|for|on|about)"
    r"(?: (?:the )?events (?:of|in|around|surrounding|during|after|before"
    r"|leading (?:up )?to))?\s+(?P<subject>.+?)[\s?.!]*$",
    r"^(?:what (?:is|was) )?(?:the )?(?:timeline|chronology|sequence of events|course of events|order of events)"
    r"(?: (?:of|for|in|during|around|after))?\s+(?P<subject>.+?)[\s?.!]*$",
    r"^how (?:did|has|have|does|is|was) (?P<subject>.+?) (?:unfold(?:ed|ing)?|develop(?:ed|ing)?|evolve[ds]?"
    r"|play(?:ed)? out"
    r"|come about|progress(?:ed)?)\b[^?]{0,60}[\s?.!]*$",
    r"^(?:what|which) (?:events|developments) (?:followed|led (?:up )?to|preceded|surrounded|happened (?:in"
    r"|during|after|at))"
    r"\s+(?P<subject>.+?)[\s?.!]*$",
    r"^(?P<subject>.+?):? (?:timeline|chronology)[\s?.!]*$",
    r"^(?:please |can you |could you )*(?:trace|retrace|track|follow|recount|reconstruct|outline|walk me through"
    r"|take me through)"
    r" (?:the )?(?:(?:history|course|story|development|evolution|progress|path|events|steps|stages)"
    r" (?:of|in|around|behind|leading (?:up )?to) )?(?P<subject>.+?)[\s?.!]*$",
    r"^(?:please |can you |could you )*(?:give|show|tell|list|name|what (?:are|were))(?: me)? (?:the )?(?:key|main"
    r"|important|major|relevant)?"
    r" ?(?:dates|milestones|stages|steps|turning points|key moments|key events|main events) (?:of|in|for|on|about)"
    r" (?P<subject>.+?)[\s?.!]*$",
    r"^(?:please |can you |could you )*(?:put|place|arrange|order|sort|list|show|give|tell)(?: me)? (?:all )?(?:the )?"
    r"(?:(?:reports?|news|articles|events|stories|developments|coverage|facts) (?:on|about|of|in|around|from)"
    r" )?(?P<subject>.+?)[\s?.!]*$",
    r"^what (?:has |had |have )?(?:happened|happens|occurred|took place) when\b(?: (?:with|in|at|to|during|around|on"
    r"|for))?\s+(?P<subject>.+?)[\s?.!]*$",
)
_IN_ORDER = re.compile(  # asks for an order whatever stands before it
    r",?\s*\b(?:in (?:the )?(?:order(?: of (?:time|date|events|occurrence|their dates))?|(?:chronological|time|date"
    r"|temporal) order|sequence)|chronologically|step[- ]by[- ]step|day[- ]by[- ]day|month[- ]by[- ]month"
    r"|year[- ]by[- ]year|by date|ordered by (?:date|time)|sorted by (?:date|time)|over (?:the course of )?time"
    r"|one after (?:the other|another)|from (?:beginning|start) to (?:end|finish))(?=\W|$)",
    re.IGNORECASE,
)
_NEEDS_ORDER = len(_ORDERED) - 2  # "put the reports on the storm": a course only where an order is asked for beside it
_GENERIC = re.compile(
    r"\b(?:affair|saga|story|stories|matter|whole|events|reports?|news|coverage|articles)\b", re.IGNORECASE
)
_WHO_HELD = re.compile(  # asks for those who held an office: what tells of it is that they took it or left it
    r"^(?:who|which \w+) (?:has |have |had )?(?:led|headed|ran|run|managed|chaired|coached|governed|was|were)"
    r"(?: in charge of| (?:the )?(?:heads?|leaders?|bosses|boss|chiefs?) of)?\s+(?P<of>.+)$",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"\b(?:became|become|becomes|appoint\w*|named|elect\w*|chosen|chose|succe(?:ed|ss[io])\w*|resign\w*|stepp?(?:ed|s|ing)?"
    r" down|t(?:ook|akes?|aken) (?:over|up|office|charge)|retir\w*|sworn|oust\w*|sack\w*|leaves?|leaving|left"
    r"|quits?|interim|acting|g(?:ave|iv\w+) up|new (?:head|chief|leader|chair\w*|president|director|manager|coach))\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\bbetween (?P<from>.+?) and (?P<to>.+?)$", re.IGNORECASE)
_SURE_OF_IT = 0.5  # share of the words of an event that a statement tells, and its day is taken for that of the event
_HAPPENED = (
    r"^(?:and |so |but )?what (?:has |had |have |else |all |then |exactly )*(?:happened|happens|occurred"
    r"|took place|taken"
    r" place|went on|going on|been happening|been going on)"
    r"(?: (?:next|first))?(?: (?:in|at|to|with|during|on|after|before|since|following|around|near|over|between|when))?"
    r"\s+(?P<subject>.+?)[\s?.!]*$",
    r"^what (?:is|was) (?:happening|going on) (?:in|at|to|with|during|after|around)\s+(?P<subject>.+?)[\s?.!]*$",
)
_EXPLICIT = tuple(re.compile(p, re.IGNORECASE) for p in _ORDERED)
_OPEN = tuple(re.compile(p, re.IGNORECASE) for p in _HAPPENED)
_LONGEST = 400  # characters of a question
_MOST_HITS = 40
_MOST_EVENTS = 10
_MOST_OF_A_DAY = 2  # where there are several days
_ENOUGH = 3  # statements dated to the day, beside which a mere year is background
_MONTH = 31  # days
_DAY_TOLD, _LEADS = 0.3, 0.2  # what a statement weighs more that tells its day, and that opens its article
_NEWS_DAYS = 10  # from what happened to the report of it
_FEWEST = 2
_FEWEST_DAYS = 3  # what happened, asked without a word of order, is a timeline from so many days on
_SAME = 0.75  # share of words from which two statements tell one event
_SAME_DAY = 0.5  # the same for two of one day
_LEAST_TOLD = 0.45  # share of the subject that an article and statement together tell
_LEAD = 400  # characters from the start of an article's body: what opens there is its news
_WHOLLY = 0.85  # share of the subject that one statement tells, to be all of the answer
_OPINION = re.compile(r"[“\"][^”\"]{40,}|\b(?:I|we|you) (?:think|believe|are|have|were)\b")
_LATEST = dt.date.max


@dataclass(frozen=True, slots=True)
class Event:
    """A statement with when it happened: by its own words, else by its article's day; neither may be known."""

    sentence: Sentence
    dated: Dated | None
    published: dt.date | None
    told: float
    words: frozenset[str] = frozenset()
    leads: bool = False

    @property
    def first(self) -> dt.date | None:
        """The first day on which it can have happened."""
        return self.dated.first if self.dated else self.published

    @property
    def day(self) -> dt.date | None:
        """Its day, where one is known."""
        return self.dated.day if self.dated else self.published

    @property
    def basis(self) -> str:
        """From what its day is known."""
        if self.dated:
            return self.dated.basis
        return "published" if self.published else "no day known"


def timeline_subject(question: str) -> tuple[str, bool] | None:
    """What `question` wants to know the course of, and whether it asks for an order in so many words."""
    text = question.strip()
    if len(text) > _LONGEST:
        return None
    plain = _IN_ORDER.sub("", text).strip(" ,;:")
    ordered = plain != text
    for n, pattern in enumerate(_EXPLICIT):
        if (ordered or n != _NEEDS_ORDER) and (found := pattern.match(plain)):
            return found["subject"], True
    for pattern in _OPEN:
        if found := pattern.match(plain):
            return found["subject"], ordered
    return None


def compose_timeline(question: Question, reading: Reading, research: Research) -> Composition | None:
    """Dated statements about the subject in order; None where too few are found to make an order."""
    asked = timeline_subject(question.text)
    if asked is None:
        return None
    wording, explicit = asked
    window = _window(wording, research)
    dates = [m for m in find_mentions(wording) if m.kind == "date"]
    plain = wording
    for mention in reversed(dates):
        plain = f"{plain[: mention.start]} {plain[mention.end :]}"
    plain = re.sub(r"^what (?:has |had )?(?:happened|occurred)(?: (?:in|to|with|at|on))?\s+", "", plain)
    ends = _BETWEEN.search(plain)
    if ends and (before := plain[: ends.start()].strip()):
        plain = before
    else:
        ends = None
    if office := _WHO_HELD.match(plain):
        plain = office["of"]
    plain = _GENERIC.sub(" ", plain)
    about = Subject.of(plain, research)
    one_day = _day_named(dates)
    if not about.weights and not one_day:
        return None
    hits = _without_repeats((*research.search(plain if about.weights else wording, k=_MOST_HITS), *research.hits))
    names = [_spelled(m.text) for m in find_mentions(plain) if m.kind == "name"]
    found = _events(hits, about, names, window)
    if office:
        found = [e for e in found if _OFFICE.search(e.sentence.text)] or found
    if ends:
        found = _between(found, Subject.of(ends["from"], research), Subject.of(ends["to"], research))
    if not explicit:  # what happened is not what will
        found = [e for e in found if not (e.first and e.published and e.first > e.published)]
    if one_day:
        found = [e for e in found if e.dated and e.day and (e.day.month, e.day.day) == one_day]
    events = _chosen(_on_its_side(found, question.text, about))
    days = {e.first for e in events if e.first}
    surer = reading.confidence >= research.threshold  # the reader's sentence may be all that is asked for
    fewest = 1 if one_day or (window and not surer) else _FEWEST_DAYS if surer and not explicit else _FEWEST
    wholly = (
        not surer and not explicit and window is None and any(e.day and about.told(e.words) >= _WHOLLY for e in events)
    )
    if not wholly and (len(events) < (1 if one_day else _FEWEST) or len(days) < fewest):
        return None
    return _composed(events, reading)


def _between(events: list[Event], one: Subject, other: Subject) -> list[Event]:
    """Those from the day of one event to that of another, where statements tell both."""
    days = []
    for end in (one, other):
        telling = [e for e in events if e.day and end.told(e.words) >= _SURE_OF_IT]
        best = max((end.told(e.words) + 0.3 * e.leads for e in telling), default=0.0)
        days.append(
            min((e.first for e in telling if e.first and end.told(e.words) + 0.3 * e.leads == best), default=None)
        )
    first, last = days
    if first is None and last is None:
        return events
    first, last = first or dt.date.min, last or _LATEST
    if first > last:
        return events
    return [e for e in events if e.first and first <= e.first <= last]


def _on_its_side(events: list[Event], question: str, about: Subject) -> list[Event]:
    """Less what was before, where the question asks what happened after something of which a day is told."""
    asked = _AFTER.search(question)
    dated = [e for e in events if e.dated and e.day]
    if asked is None or not dated:
        return events
    anchor = max(dated, key=lambda e: about.told(e.words))
    if about.told(anchor.words) < 0.6 or anchor.first is None:
        return events
    return [e for e in events if e.first is None or e.first >= anchor.first]


# --- which statements -------------------------------------------------------------------------------------------------


def _events(
    hits: Sequence[Hit], about: Subject, names: Sequence[re.Pattern[str]], window: tuple[dt.date, dt.date] | None
) -> list[Event]:
    """The statements of `hits` that tell the subject, or stand in an article that does, each with its date."""
    found: list[Event] = []
    raw: dict[str, str] = {}
    for hit in hits:
        key = hit.article.article_id
        raw[key] = f"{raw.get(key) or hit.article.headline or ''}\n{hit.passage.text}"
    at_all = {key: stems(text) for key, text in raw.items()}
    before: tuple[int, Dated | None] = (0, None)  # the passage and the last day that was told in it
    for sentence in sentences_of(hits):
        article, passage = sentence.hit.article, sentence.hit.passage
        dated = _date_of(sentence, before[1] if before[0] == passage.passage_id else None)
        if dated and dated.day:
            before = (passage.passage_id, dated)
        around = at_all[article.article_id]
        if not all(name.search(raw[article.article_id]) for name in names):
            continue  # of another place or person
        own = stems(sentence.text)
        told = 0.6 * about.told(own | stems(article.headline or "")) + 0.4 * about.told(own)
        told = told if about.weights else _LEAST_TOLD
        if max(told, 0.75 * about.told(around)) < _LEAST_TOLD or _is_no_statement(sentence):
            continue
        sure = article.published.day if article.published.confidence >= SURE else None
        leads = sentence.place == 0 and passage.start <= article.body[0].start + _LEAD
        leads = leads and not _RELATIVE.search(sentence.text)
        if dated and leads and sure and _is_beside_the_news(dated, sure):
            dated = None
        if dated is None and not leads and (sure is None or about.told(own) < 0.6 or _RELATIVE.search(sentence.text)):
            continue
        to_the_day = dated is not None and dated.day is not None
        event = Event(sentence, dated, sure, told + _DAY_TOLD * to_the_day + _LEADS * leads, own, leads)
        if window is None or _within(event, window):
            found.append(event)
    return _plainly_dated(found)


def _plainly_dated(events: list[Event]) -> list[Event]:
    """Less what only its article dates, and what has only a year, where enough is dated to the day."""
    telling: dict[str, float] = {}
    for event in events:
        if event.dated and _is_its_news(event):
            key = event.sentence.hit.article.article_id
            telling[key] = max(_DAY_TOLD, event.told, telling.get(key, 0.0))
    enough = sum(e.dated is not None and e.day is not None for e in events) >= _ENOUGH
    found = [
        e for e in events if e.dated or e.leads or (not enough and e.sentence.hit.article.article_id not in telling)
    ]
    found = [
        e for e in found if e.dated or e.told + _DAY_TOLD - _LEADS > telling.get(e.sentence.hit.article.article_id, 0.0)
    ]
    return [e for e in found if not (enough and e.dated and (e.dated.last - e.dated.first).days > _MONTH)]


def _is_its_news(event: Event) -> bool:
    """Whether the day told is that of the article's news, not one that it looks back or ahead to."""
    if event.day is None or event.published is None:
        return event.published is None
    return 0 <= (event.published - event.day).days <= _NEWS_DAYS


def _spelled(name: str) -> re.Pattern[str]:
    """A name as it is written, or its last word: Titan is not Titanic, Turkey no turkey."""
    return re.compile(rf"(?<!\w){re.escape(name.split()[-1])}(?!\w)")


def _within(event: Event, window: tuple[dt.date, dt.date]) -> bool:
    if event.first is None:
        return False
    return window[0] <= (event.dated.last if event.dated else event.first) and event.first <= window[1]


def _date_of(sentence: Sentence, before: Dated | None) -> Dated | None:
    """When a statement's event was: its first date that is no background, or so long after the one told `before`."""
    text = sentence.text
    later = _LATER.match(text)
    if later and before and before.day:
        n = 0 if later["same"] else _COUNTED.get((later["n"] or "").lower(), 1)
        n *= 7 if (later["unit"] or later["units"] or "").startswith("week") else 1
        with suppress(OverflowError):
            day = before.day + dt.timedelta(days=-n if later["way"] == "earlier" else n)
            return Dated(day, day, later[0].strip(" ,"), 0, after=before.words)
    told = [d for d in dates_in(text, sentence.hit.article) if not _BACKGROUND.search(text[: d.start])]
    exact = [d for d in told if d.day]
    plain = [d for d in exact if not any(p.search(text[: d.start]) for p in (_PART_OF_A_NAME, _LOOKS_BACK))]
    published = sentence.hit.article.published.day
    past = [d for d in plain if published and d.first <= published]  # "will go on 31 December, it said on Monday"
    return next(iter(past or plain or exact or told), None)


def _is_beside_the_news(dated: Dated, published: dt.date) -> bool:
    """Whether what opens an article is news of its day and not of the day told: that is ahead, or a month or year."""
    return dated.first > published or (dated.day is None and dated.start > _AT_ONCE)


_AT_ONCE = 20  # characters: "In January 2019 the council" tells of that month


_COUNTED = {w: n for n, w in enumerate("one two three four five six seven eight nine ten".split(), 1)} | {
    "a": 1,
    "the": 1,
}
_LATER = re.compile(
    r"(?:on )?(?:(?P<same>the same day|that day|hours later|later that day)"
    r"|(?:the )?(?:next|following) (?P<unit>day|week)"
    r"|(?P<n>a|one|two|three|four|five|six|seven|eight|nine|ten) (?P<units>days?|weeks?)"
    r" (?P<way>later|earlier|after))\b,?",
    re.IGNORECASE,
)
_LOOKS_BACK = re.compile(r"\bhad (?:been )?\w+[^,;.]{0,60}$", re.IGNORECASE)  # "who had been hit on Monday, died"
_PART_OF_A_NAME = re.compile(  # "the earthquake of 11 February killed 131, the government said on Thursday"
    r"(?<!morning)(?<!evening)(?<!afternoon)(?<!night)(?<!hours)(?<!day)(?<!early)\s+of (?:the )?$", re.IGNORECASE
)
_AFTER = re.compile(r"\b(?:after|since|following|followed)\b", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(?:(?:days?|weeks?|months?|years?) (?:later|earlier|before|after)"
    r"|the (?:next|following|same) (?:day|week)|(?:past|last|recent|coming) (?:\w+ )?(?:days?|weeks?|months?|years?)"
    r"|years ago|since)\b",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"\b(?:since|until|till|before|by|than|from|deadline|due|late as|as of)\s+(?:the\s+|early\s+|late\s+)?$",
    re.IGNORECASE,
)


def _is_no_statement(sentence: Sentence) -> bool:
    text = sentence.text
    return (
        len(text.split()) < 5 or text.endswith("?") or _OPINION.search(text) is not None or text[-1:] not in ".!”\"’'"
    )


def _window(wording: str, research: Research) -> tuple[dt.date, dt.date] | None:
    """The days that the question names, in its time or still in its words; None where it names none."""
    timing = research.timing
    if timing.bounded:
        return timing.first or dt.date.min, timing.last or _LATEST
    for mention in find_mentions(wording):
        year = re.search(r"\b(1[5-9]\d\d|20\d\d)\b", mention.text) if mention.kind == "date" else None
        if year:
            month = re.search(r"[A-Z][a-z]{2,8}", mention.text)
            number = _month(month[0]) if month else None
            if number is None:
                return dt.date(int(year[1]), 1, 1), dt.date(int(year[1]), 12, 31)
            after = dt.date(int(year[1]) + number // 12, number % 12 + 1, 1)
            return dt.date(int(year[1]), number, 1), after - dt.timedelta(days=1)
    return None


def _day_named(dates: Sequence[Mention]) -> tuple[int, int] | None:
    """Month and day where the question names one day; None where it names none, or a month or year."""
    for mention in dates:
        month, day = (
            re.search(r"[A-Z][a-z]{2,8}", mention.text),
            re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\b", mention.text),
        )
        number = _month(month[0]) if month else None
        if number and day:
            return number, int(day[1])
    return None


def _month(name: str) -> int | None:
    months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    return next((n for n, m in enumerate(months, 1) if name.lower().startswith(m)), None)


def _without_repeats(hits: Iterable[Hit]) -> list[Hit]:
    return list({h.passage.passage_id: h for h in hits}.values())


# --- each once, in order ----------------------------------------------------------------------------------------------


def _chosen(events: Sequence[Event]) -> list[Event]:
    """The statements that tell most of the subject, one for each event."""
    kept: list[Event] = []
    best = max((e.told for e in events), default=0.0)
    several = len({e.first for e in events if e.first}) >= _FEWEST_DAYS
    for event in sorted(events, key=lambda e: -e.told):
        if len(kept) == _MOST_EVENTS or event.told < 0.45 * best:
            break
        crowded = several and event.first is not None and sum(e.first == event.first for e in kept) >= _MOST_OF_A_DAY
        if not crowded and not any(_one_event(event, other) for other in kept):
            kept.append(event)
    return sorted(kept, key=lambda e: (e.first is None, e.first or _LATEST, e.dated is None, e.sentence.span.start))


def _one_event(event: Event, other: Event) -> bool:
    if not event.words or not other.words:
        return True
    near = bool(event.first and other.first and abs((event.first - other.first).days) <= 1)
    return near_equal(event.words, other.words, _SAME_DAY if near else _SAME)


def _composed(events: Sequence[Event], reading: Reading) -> Composition:
    drafts: list[Draft] = []
    parts: list[DraftPart] = []
    for event in events:
        draft = draft_of(event.sentence)
        whole = draft.quotes[0]
        told = [e.sentence for e in events if e is not event]
        if any(t.hit.article.article_id == whole.article.article_id and t.span.overlaps(whole.span) for t in told):
            draft = plain_draft(event.sentence)  # what a pronoun points back to is told beside it
        if any(d.quotes == draft.quotes for d in drafts):
            continue
        drafts.append(draft)
        article = event.sentence.hit.article
        basis = event.basis if event.first else "no day known"
        label = event.dated.words if event.dated and event.dated.day is None else None
        outlets = (article.outlet,) if article.outlet else ()
        parts.append(DraftPart(event.sentence.text, (len(drafts) - 1,), label, event.day, basis, outlets))
    best = sorted((e.told for e in events), reverse=True)[:3]
    confidence = max(reading.confidence, min(0.85, 0.65 * sum(best) / len(best)))
    return Composition(tuple(drafts), confidence, layout="timeline", parts=tuple(parts))
