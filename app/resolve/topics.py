"""What a question without pronouns leaves out: "Did the company respond?", "Was anybody hurt?".

It is put back in brackets, or as the event during which it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.mentions import content_words, find_mentions
from app.resolve.clauses import bare, event_of, opened, read_clause
from app.resolve.entities import (
    GROUP_NOUNS,
    PLACE_NOUNS,
    ROLE_NOUNS,
    Sort,
    answer_of,
    entities,
    focus,
    latest,
    named,
)
from app.resolve.past import Past
from app.resolve.terms import NOTHING, Carried
from app.resolve.words import stem

__all__ = [
    "described_sort",
    "during_event",
    "in_brackets",
    "leaves_out",
    "said_on_topic",
    "says_enough",
    "with_names",
    "with_topic",
]

# --- was anybody hurt -------------------------------------------------------------------------------------------------

_SUFFERED = (
    r"(?:survivors|victims|casualties|fatalities|deaths|dead|died?|killed|injured|injuries|hurt|wounded|arrests|arrested"
    r"|detained|evacuated|missing|displaced|homeless|damaged?|damages|rescued|charged|responsible|to blame|survived?)"
)
_TOUCHED = re.compile(
    rf"^(?:(?:was|were|is|are|has|have|did)\s+(?:any(?:body|one|thing)|there any|there many)\b.*\b{_SUFFERED}\b"
    rf"|how many\s+(?:people\s+|others\s+|children\s+)?(?:(?:were|was|are|have been|had been)\s+)?{_SUFFERED}\b"
    rf"(?:\s+(?:were|are) there)?|how much damage\b"
    rf"|who\s+(?:was|were|died|claimed|survived)\s*(?:{_SUFFERED}|responsibility)?"
    r"|who claimed responsibility|what (?:was|is) the (?:death toll|damage|cause|reaction))(?:\s+(?:was|were)\s+\w+)?$",
    re.IGNORECASE,
)


def during_event(history: Sequence[Past], question: str) -> str | None:
    """For "Was anybody hurt?": the question asked of the event that the last one was about."""
    asked = bare(opened(question))
    if _TOUCHED.match(asked) is None:
        return None
    asked = f"{asked[:1].upper()}{asked[1:]}"
    past = history[-1]
    event = event_of(past.query)
    if event is not None:
        link = "for" if asked.lower().endswith("responsibility") else "of" if " the " in asked.lower() else "in"
        link = "after" if re.search(r"\barrest|detain|charged", asked, re.IGNORECASE) else link
        return f"{asked} {link} {event[0]}?"
    clause = read_clause(past.query)
    told = clause.told(answer_of(past)) if clause else None
    if told is not None and any(m.kind == "name" for m in find_mentions(f"{told}.")):
        return f"{asked} when {told}?"
    where = re.match(r"what (?:has )?happened ((?:in|at|on|near|to|off)\b.+)$", bare(opened(past.query)), re.IGNORECASE)
    return f"{asked} {where.group(1)}?" if where else None


# --- did the company respond ------------------------------------------------------------------------------------------

_DEFINITE = re.compile(r"\b(?:the|this|that|these|those)\s+(?:[a-z-]+\s+)?([a-z-]+)\b", re.IGNORECASE)
_MOST_ADDED = 8  # words


def described_sort(question: str) -> tuple[Sort, ...]:
    """The sorts that "the minister", "the company" and the like can stand for; empty where there is none such."""
    for match in _DEFINITE.finditer(question):
        if _COMPLETED.match(question, match.end()) or re.match(r"[’']", question[match.end() : match.end() + 1]):
            continue  # "the winner of a chess title", "the farmers' association"
        for noun in match.group(0).lower().split()[1:]:
            singular = noun.removesuffix("s")
            if noun in ROLE_NOUNS:
                return ("person",)
            if {noun, singular} & GROUP_NOUNS:
                return ("group", "unknown")
            if {noun, singular} & PLACE_NOUNS:
                return ("place", "thing")
    return ()


_COMPLETED = re.compile(
    r"\s+(?:of|for|in|at|from|who|which|that)\s+(?!(?:it|this|that|them|these|those|here|there)\b)\w", re.IGNORECASE
)
_REFERS = re.compile(
    r"(?!.*\bhow long\b.*\blast\b)\b(?:another|other|others|else|same|too|one|ones|both|latter|former|rest"
    r"|(?:first|second|third|last)(?=\s*(?:[?.!]|$|ones?\b)))\b",
    re.IGNORECASE,
)
_COMPLEMENT = re.compile(r"\b(?:of|in|for|about|between|on|with)\s+(?:the\s+|an?\s+)?([a-z]{3,})", re.IGNORECASE)
_OF = re.compile(r"\bof\s+(?:the\s+|an?\s+)?([a-z]{3,})", re.IGNORECASE)
_FRESH = 2  # content words; a question that brings more of its own is taken to say what it is about


def leaves_out(history: Sequence[Past], question: str) -> bool:
    """Whether a question without pronouns seems to leave out what it is about: "Did the company respond?"."""
    asked = opened(question)
    if any(m.kind == "name" for m in find_mentions(asked)):
        return False
    words = {w.lower() for w in content_words(asked)}
    if not words or described_sort(asked):
        return True
    talked = _talked(history)
    if _REFERS.search(asked) and len(words - talked) <= _FRESH:
        return True
    beside = [w.lower() for w in _COMPLEMENT.findall(asked)]
    complete = any(w in words and w not in talked for w in beside)
    return len(words - talked) <= _FRESH and not complete


def says_enough(history: Sequence[Past], question: str) -> bool:
    """Whether a question is on something else: it shares no word with the talk and brings several of its own.

    "Who won the football world cup?", "What is the price of oil?", "Is it true that coffee prevents heart disease?"
    """
    asked = opened(question)
    words = {w.lower() for w in content_words(asked)}
    if words & _talked(history) or _REFERS.search(asked) or described_sort(asked):
        return False
    named_itself = any(m.kind == "name" for m in find_mentions(asked))
    completed = any(w.lower() in words for w in _OF.findall(asked))
    return named_itself or (completed and len(words) > 1) or len(words) > _FRESH + 1


_SPEAKS = re.compile(
    r"what (?:did|does|do|has|have|was|were) .{2,60}?\s(?:say|said|saying|think|respond|reply|reaction|answer|want)$"
    r"|how (?:did|does|do|has|have) .{2,60}?\s(?:respond|react|reply|answer|responded|reacted)$",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\b(?:say|said|think|respond|react|reply)\s+((?:about|on|to|of)\s+\S.*)$", re.IGNORECASE)


def said_on_topic(history: Sequence[Past], question: str) -> str | None:
    """For "And what did Hamas say?", which names who speaks and not of what: with what the last question was about."""
    asked = bare(opened(question))
    if _SPEAKS.match(asked) is None or not any(m.kind == "name" for m in find_mentions(asked)):
        return None
    query = bare(history[-1].query)
    if (about := _ABOUT.search(query)) is not None and asked.lower().endswith(("say", "said", "think", "respond")):
        return f"{asked[:1].upper()}{asked[1:]} {about.group(1)}?"
    event = event_of(query)
    return in_brackets(question, (event[0],)) if event is not None else with_names(history, question)


def _talked(history: Sequence[Past]) -> set[str]:
    """The content words of the latest turns."""
    return {w.lower() for past in history[-4:] for w in content_words(f"{past.query} {past.short or ''}")}


def with_topic(history: Sequence[Past], question: str, carried: Carried = NOTHING) -> str:
    """The question asked about what the last one named, in brackets."""
    added: list[str] = []
    wanted = described_sort(question)
    if wanted:
        answered = next((e for e in entities(history[-1]) if e.answered and e.sort != "date"), None)
        if (
            wanted[0] == "group"
            and answered is not None
            and answered.sort == "unknown"
            and _ASKS_GROUP.search(question)
        ):
            return _called(question, answered.text)  # "the company" after it was asked who supplied something
        found = latest(history, wanted[:1]) or answered or latest(history, wanted[1:])
        if found is not None and wanted[0] == "group" and not _can_be(question, found.text):
            found = None
        if found is not None:
            added.append(found.text)
            if wanted[0] == "group" and found.sort == "group" and found.text[:1].isupper():
                return _called(question, found.text)
    phrases = [p for p, _ in carried.phrases]
    return in_brackets(question, (*added, *phrases)) if phrases else with_names(history, question, added, carried)


_ANY_GROUP = (
    r"(?:group|organi[sz]ation|company|firm|business|club|team|band|network|manufacturer|maker|carmaker|retailer"
    r"|airline)"
)
_THE_GROUP = re.compile(rf"\bthe {_ANY_GROUP}\b", re.IGNORECASE)
_ASKS_GROUP = re.compile(
    r"\bthe (?:company|firm|business|manufacturer|maker|carmaker|retailer|airline|club|team|band|bank)\b", re.IGNORECASE
)
_PUBLIC = re.compile(
    r"\b(?:Union|Party|Ministry|Police|Court|Parliament|Congress|Senate|Council|Committee|Government|Army|Agency"
    r"|Department|Office|University|Church)\b"
)


def _can_be(question: str, name: str) -> bool:
    """Whether "the court", "the company" of `question` can be `name`: a court is so named, a union is no company."""
    match = _DEFINITE.search(question)
    nouns = match.group(0).lower().split()[1:] if match else []
    if any(noun.removesuffix("s") in name.lower() for noun in nouns):
        return True
    if _THE_GROUP.search(question) is None:
        return False
    return _PUBLIC.search(name) is None or re.search(r"\bthe (?:group|organi[sz]ation)\b", question) is not None


def _called(question: str, name: str) -> str:
    """`question` with the name in the place of "the company", where that stands alone; else in brackets."""
    filled = _THE_GROUP.sub(lambda _: name, question, count=1)
    return filled if filled != question else in_brackets(question, (name,))


def with_names(history: Sequence[Past], question: str, first: Sequence[str] = (), carried: Carried = NOTHING) -> str:
    """`question` with `first` and the names of the last query that it lacks, in brackets."""
    past = history[-1]
    names = list(named(past.query))
    if first or any(e.sort != "date" for e in names):
        names = [e for e in names if e.sort != "date"]  # a day would bound when what is asked next was published
    if not any(e.sort != "date" for e in names) and not first:
        names.extend(e for e in entities(past) if e.answered and e.sort != "date")
    added = [*first, *(e.text for e in names)]
    if not added:
        added = [p for p, _ in carried.guesses[:1]] or [focus(past.query) or ""]
    return in_brackets(question, added)


def in_brackets(question: str, phrases: Sequence[str]) -> str:
    """`question` with those of `phrases` that it lacks, at its end; words it has already are not said twice."""
    added: list[str] = []
    held = {stem(w) for w in re.findall(r"\w+", question.lower())}
    most = len(question.split()) + 2 * _MOST_ADDED
    for phrase in phrases:
        phrase = phrase.removeprefix("the ")
        words = {stem(w) for w in re.findall(r"\w+", phrase.lower())}
        if words <= held or len(held) + len(words) > most:
            continue
        if sum(len(a.split()) for a in added) + len(phrase.split()) <= _MOST_ADDED:
            added.append(phrase)
            held |= words
    return f"{bare(question)} ({', '.join(added)})?" if added else question
