"""What every rendering says about an answer, in words: whose, of which day, how sure, what was searched. All pure.

Guarantee: whatever stands in an article, a file name or a question comes out of `inert` as text, never as an element,
a link, an image or a formula, and out of `line` without anything that steers a terminal.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence

from app.answer import Answer, Citation, Part, Statement, Tally, Writing
from app.terminal import count
from app.times import Timing
from ingest.article import Article, normalise_space

__all__ = [
    "COPIES_NAMED",
    "UNSURE",
    "article_words",
    "as_of_words",
    "attribution_of",
    "confidence_words",
    "count_words",
    "credit",
    "days_words",
    "event_words",
    "excerpt",
    "format_day",
    "inert",
    "item_words",
    "lead_words",
    "line",
    "other_notes",
    "part_words",
    "quoted_statements",
    "repeats_short",
    "same_text_words",
    "searched_words",
    "short_attribution",
    "tally_words",
    "tells_statements_again",
    "timing_words",
    "told_short",
    "undated_note",
    "worded_statements",
    "writing_words",
]

UNSURE = 0.3  # confidence below which an answer is called unsure: on held-out archives one in four of those was right
COPIES_NAMED = 8  # places of one text
_SIDES = ("differing", "readings")  # the short answer would take a side, or say them all
_OUTLETS_NAMED = 4  # of one side of a disagreement
_EXCERPT_CHARACTERS = 220
_INERT = {ord(c): f"&#{ord(c)};" for c in "<>&\"'\\`*_[]!$~|{}#@"}  # what HTML, Markdown and formulas give a meaning
_ANSI = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[@-Z\\-_]?")
_NO_ADDRESS = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)  # Markdown makes links of bare addresses
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


# --- text that means nothing to a parser ----------------------------------------------------------------------------


def inert(text: str) -> str:
    """`text` on one line that means nothing to an HTML, Markdown or formula parser."""
    return _NO_ADDRESS.sub(lambda m: f"&#{ord(m.group())};", line(text).translate(_INERT))


def line(text: str) -> str:
    """`text` on one line without terminal sequences, control characters and direction overrides."""
    text = _ANSI.sub("", text)
    kept = (c for c in text if c.isspace() or (c not in _BIDI and unicodedata.category(c) not in ("Cc", "Cs")))
    return normalise_space("".join(kept))


def excerpt(text: str) -> str:
    """The beginning of `text`, cut between words."""
    text = normalise_space(text)
    if len(text) <= _EXCERPT_CHARACTERS:
        return text
    return text[:_EXCERPT_CHARACTERS].rsplit(" ", 1)[0] + " …"


# --- days -----------------------------------------------------------------------------------------------------------


def format_day(day: dt.date | None) -> str | None:
    """Such as 9 March 2021; None stays None."""
    return None if day is None else f"{day.day} {day:%B} {day.year}"


def days_words(first: dt.date | None, last: dt.date | None) -> str:
    """An inclusive span of days, one of them known at least: "1–31 January 2020", "since 1 January 2020"."""
    if first is None or last is None:
        return f"since {format_day(first)}" if last is None else f"until {format_day(last)}"
    if first == last:
        return str(format_day(first))
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{format_day(last)}"
    opening = f"{first.day} {first:%B}" if first.year == last.year else format_day(first)
    return f"{opening} – {format_day(last)}"


def timing_words(answer: Answer) -> str | None:
    """What the words of time did: "published 1–31 January 2020, newest first". None where they did nothing."""
    timing = answer.timing
    told = [_filter_words(timing)] if timing.bounded and _is_in_force(answer) else []
    if timing.order is not None:
        told.append(f"{timing.order} first")
    return ", ".join(told) or None


def _filter_words(timing: Timing) -> str:
    days = days_words(timing.first, timing.last)
    if timing.event is None:
        return f"published {days}"
    return f"published {timing.side or 'around'} {timing.event} ({days})"


def _is_in_force(answer: Answer) -> bool:
    """Days that contradict a filter which was asked for leave it as it was."""
    first, last = answer.timing.first, answer.timing.last
    filters = answer.filters
    return (first is None or (filters.published_from or dt.date.min) >= first) and (
        last is None or (filters.published_to or dt.date.max) <= last
    )


def as_of_words(answer: Answer) -> str | None:
    """As of when the answer holds; None where nothing is cited."""
    if not answer.citations:
        return None
    if answer.newest is None:
        if any("its day" in note for note in answer.notes):
            return None  # a note says it
        one = len({c.article_id for c in answer.citations}) == 1
        return "The date of the article cited is not known" if one else "No date of the articles cited is known"
    return f"As of {format_day(answer.newest)} (newest article cited)"


# --- what was searched ----------------------------------------------------------------------------------------------


def searched_words(answer: Answer) -> str | None:
    """Such as "Searched 5 articles: 1 dated 2020-01-28, 4 undated"; None where a count has said in what it counted."""
    told = line(answer.searched)
    if told.endswith(")") and " (" in told:
        what, _, of_which = told[:-1].partition(" (")
        told = f"{what}: {of_which}"
    counted_in = [line(s.tally.scope) for s in answer.statements if s.tally]
    return f"Searched {told}" if told and not any(told in scope for scope in counted_in) else None


def undated_note(answer: Answer) -> str | None:
    """The note that counts the undated articles left out: it is offered to search them too. None where none were."""
    return next((n for n in answer.notes if _offers_undated(answer, n)), None)


def other_notes(answer: Answer) -> tuple[str, ...]:
    """The notes that a reader can do nothing about."""
    return tuple(n for n in answer.notes if n.strip() and not _offers_undated(answer, n))


def _offers_undated(answer: Answer, note: str) -> bool:
    return not answer.filters.undated and "undated" in note and "not searched" in note


# --- whose words, and how sure --------------------------------------------------------------------------------------


def told_short(answer: Answer) -> str | None:
    """The few words that answer; none where they may well not be the answer, or the parts say the same."""
    if answer.short is None or answer.confidence < UNSURE or answer.layout == "count":
        return None
    return None if answer.layout in _SIDES or (repeats_short(answer) and len(answer.parts) > 1) else answer.short


def repeats_short(answer: Answer) -> bool:
    """Whether the short answer is no more than the parts, one after the other."""
    short = normalise_space(answer.short or "").casefold()
    return bool(answer.parts and short) and all(normalise_space(p.text).casefold() in short for p in answer.parts)


def count_words(answer: Answer) -> str | None:
    """To what a count came, in a few words: a number, yes or no, a day. None where nothing was counted."""
    tally = next((s.tally for s in answer.statements if s.tally), None)
    if tally is None or answer.layout != "count":
        return None
    return line(answer.short or "") or f"{tally.number:,}"


def tally_words(tally: Tally) -> str:
    """What was counted in which scope, and how many independent stories those are."""
    told = f"Counted {tally.number:,}: {line(tally.counted)} in {line(tally.scope)}"
    stories = "stories" if tally.stories != 1 else "story"
    return told if tally.stories is None else f"{told} · {tally.stories:,} independent {stories}"


def short_attribution(answer: Answer) -> str | None:
    """To whom the short answer is attributed: never told as a fact where every statement that carries it reports it."""
    if answer.short is None:
        return None
    short = re.compile(rf"(?<!\w){re.escape(normalise_space(answer.short))}(?!\w)", re.IGNORECASE)
    carrying = [s for s in answer.statements if short.search(normalise_space(s.text))]
    return _shared_attribution(carrying or answer.statements[:1])


def attribution_of(answer: Answer, part: Part) -> str | None:
    """To whom a part is attributed; None where an article says it on its own account."""
    return _shared_attribution([s for s in quoted_statements(answer) if set(s.markers) & set(part.markers)])


def _shared_attribution(statements: Sequence[Statement]) -> str | None:
    names = [line(s.attribution or "") for s in statements]
    return names[0] if names and all(names) else None


def lead_words(answer: Answer) -> str:
    """What stands above an answer that has no few words of its own."""
    if answer.confidence < UNSURE:
        return "The nearest that the articles say"
    return "In the words of the articles" if all(s.support == "verbatim" for s in answer.statements) else "In short"


def confidence_words(answer: Answer) -> str:
    """How sure the answer is, said so that an unsure one is not taken for more than it is."""
    if answer.layout == "count" and answer.confidence == 1.0:
        return "Counted exactly, not estimated"
    if answer.confidence < UNSURE:
        return f"Unsure ({answer.confidence:.0%}): the nearest that the articles say, perhaps not an answer"
    return f"Confidence {answer.confidence:.0%}"


def credit(citation: Citation) -> str:
    """Headline, outlet and day of a citation."""
    parts = [citation.headline or "(no headline)", citation.outlet, format_day(citation.published) or "date not known"]
    return " · ".join(p for p in parts if p)


def article_words(article: Article) -> str:
    """The same for an article that was counted; one without a headline is called by its place."""
    named = article.headline or article.source
    return " · ".join(w for w in (named, article.outlet, format_day(article.published.day) or "date not known") if w)


def part_words(part: Part) -> tuple[str, ...]:
    """Who says a part, when, and how many independent sources that is."""
    return (*_outlet_words(part), format_day(part.day) or "date not known", *_sources_words(part, least=1))


def item_words(answer: Answer, part: Part) -> tuple[str, ...]:
    """The same for an item of a list, where it tells the items apart; of what was counted, how much it is."""
    if answer.layout == "count" and part.label:
        return (part.label, *_sources_words(part, least=2))
    apart = answer.layout == "count" or len({(p.outlets, p.day) for p in answer.parts}) > 1
    who = (*_outlet_words(part), format_day(part.day) or "date not known") if apart else ()
    return (*who, *_sources_words(part, least=2))


def _outlet_words(part: Part) -> tuple[str, ...]:
    named = ", ".join(part.outlets[:_OUTLETS_NAMED])
    more = len(part.outlets) - _OUTLETS_NAMED
    return (f"{named} and {more:,} more" if more > 0 else named,) if named else ()


def _sources_words(part: Part, *, least: int) -> tuple[str, ...]:
    if part.n_sources < least:
        return ()
    return ("1 source" if part.n_sources == 1 else f"{part.n_sources:,} independent sources",)


def event_words(part: Part) -> tuple[str, str]:
    """The day of an event, or what is known instead; and from what it is known and who says so."""
    basis = part.basis if part.day else None
    when = format_day(part.day) or line(part.label or "") or "no day known"
    return when, " · ".join(line(w) for w in (basis or "", *_outlet_words(part)) if w.strip())


def same_text_words(n: int) -> str:
    """How many other places hold the text of an article, near enough."""
    return f"same text in {count(n, 'other file')}"


def tells_statements_again(answer: Answer) -> bool:
    """Whether the parts already show every quotation word for word, so that below they are only looked up."""
    shown, quoted = {normalise_space(p.text) for p in answer.parts}, quoted_statements(answer)
    return bool(shown and quoted) and all(normalise_space(s.text) in shown for s in quoted)


# --- what a language model had to do with it ------------------------------------------------------------------------


def worded_statements(answer: Answer) -> tuple[Statement, ...]:
    """The statements that are a language model's words: the first ones, above the parts of the answer."""
    return answer.statements[: _n_worded(answer)]


def quoted_statements(answer: Answer) -> tuple[Statement, ...]:
    """The statements that are the articles' own words: all of them where no model worded any."""
    return answer.statements[_n_worded(answer) :]


def _n_worded(answer: Answer) -> int:
    writing = answer.writing
    return 0 if writing is None or writing.fell_back is not None else max(0, writing.n_said - writing.n_dropped)


def writing_words(answer: Answer) -> tuple[str, ...]:
    """Whose words the answer is and where they were written, what was left out of them, and what that cost.

    Each is for a line of its own; there are none where no language model was asked.
    """
    writing = answer.writing
    if writing is None:
        return ()
    where = line(f"{writing.model} {writing.place}")
    there = "" if writing.is_local else ", where quotes from the articles were sent"
    if writing.fell_back is not None:
        return (f"Asked to word it: {where}{there}", *_cost_words(writing))
    return (f"Worded by {where}{there}", *_left_out_words(writing), *_cost_words(writing))


def _left_out_words(writing: Writing) -> tuple[str, ...]:
    if not writing.n_dropped:
        return ()
    one = writing.n_dropped == 1
    why = "was left out: its quotes do not bear it out" if one else "were left out: their quotes do not bear them out"
    return (f"{writing.n_dropped:,} of its {count(writing.n_said, 'statement')} {why}",)


def _cost_words(writing: Writing) -> tuple[str, ...]:
    """Such as "1,093 tokens in, 20 out; first statement after 2.3 s"; what its server did not tell is left out."""
    taken, given = writing.tokens_in, writing.tokens_out
    tokens = [] if taken is None else [f"{count(taken, 'token')} in"]
    if given is not None:
        tokens.append(f"{given:,} out" if tokens else f"{count(given, 'token')} out")
    first = writing.first_statement_s
    took = f"{writing.seconds:.1f} s" if first is None else f"first statement after {first:.1f} s"
    return ("; ".join(filter(None, (", ".join(tokens), took))),)
