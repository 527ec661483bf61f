"""Whether the quotes that a model names carry what it says: the check that every statement passes before it is shown.

Facts first: each name, number, date and "not" has to stand in the quotes, nothing may be turned round, and what they
only plan or fear is not told as done. Then the entailment network reads whether they say the same of those facts. What
passes cites the fewest sentences that carry it; a quote that does not exist is an error, and what names none is looked
for in each. The check is of words alone: it knows nothing of the model.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.forms.opposites import alike, is_strong_past, stem
from app.llm.commands import is_command
from app.llm.copies import is_copy, is_spoilt_copy, same_words
from app.llm.evidence import Evidence, Line
from app.llm.facts import Source, is_contested, missing_fact, only_possible, polarity_differs, turned_word
from app.llm.prompts import PROMPT_WORDS
from app.llm.reply import Said
from app.mentions import FUNCTION_WORDS
from app.reader import Pointer
from app.resolve.words import UNKNOWN, usage

__all__ = [
    "Carried", "Entails", "Place", "Unsupported", "check", "coverage", "find_source", "is_carried", "is_statement",
    "is_verbatim", "leans_on_another", "short_words", "text_of", "touches",
]  # fmt: skip

# How much likelier than not it has to be, in nats, that the sentences found carry a statement, and that the whole quote
# does, which can turn them: of one hardly changed, of one in words of its own, and of one whose facts stand in
# several sentences, where the network is often taken in. docs/language-models.md says what that lets through.
_COPY, _OWN_WORDS, _GATHERED = (1.0, 1.0), (3.0, 2.0), (4.0, 3.0)
# Of a statement whose facts stand in several sentences, the share of its words that one may have: what is nearly
# that one, with a fact of another put in its place, no network tells from the truth.
_BORROWS = 0.7
_FEWEST_WORDS = 3
_HEADING = re.compile(r"^(?:more|read more|related|watch|photos?|video|see also|opinion|exclusive|updates?)\s*:", re.I)
_LEANS = re.compile(
    r"^(?:he|she|it|they|this|that|these|those|his|her|its|their|him|them|such|the (?:former|latter|same))\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?:|www\.|!\[|\]\(|<\s*/?\s*[a-z!]|javascript:|data:\w+/", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"is|are|was|were|am|has|have|had|do|does|did|will|would|can|could|may|might|must|shall|should|cannot",
    re.IGNORECASE,
)
_CONTRACTED = re.compile(r"n['’]t$|^(?:it|he|she|that|there|who|they|we|you|i)['’](?:s|re|ve|ll|d|m)$", re.IGNORECASE)
_PAST = re.compile(r"[a-z]{2,}ed")
_PLAIN_VERBS = frozenset(
    "said says say became become becomes get gets got make makes made go goes went give gives gave take takes took put"
    " puts set sets let lets seem seems keep keeps kept come comes came see sees saw found wants want cost costs"
    " cut hit hurt lost shut spread split quit beat bet burst read".split()
)
_POINTS = frozenset(
    "in on at of for from by with to after before during since until about than over under near".split()
)
_SUBJECTS = frozenset("it he she they we i you who which".split())
_BREAKS_OFF = re.compile(
    r"\b(?:the|a|an|of|to|in|on|at|by|for|with|from|and|or|but|that|which|who|when|where|whether|because|as|than|is|are|was"
    r"|were|be|has|have|had|its|their|his|her)\W*$",
    re.IGNORECASE,
)
_HOLLOW = re.compile(
    r"^(?:the (?:correct |right )?(?:answer|question)(?: to [^.]{1,80})? (?:is|was)\b"
    r"|(?:yes|no)\b[\s,.]*(?:\w+\W*){0,4}$"
    r"|(?:\w[\w.’'-]*\s+){1,6}(?:said|says|added|told)\W*$)",
    re.IGNORECASE,
)  # what points at an answer, or at words, and does not tell them
_ASKS = re.compile(r"\W*question\s*:", re.IGNORECASE)
_LOOKED_AT = 2  # quotes that are tried for a statement that names none
_WORD = re.compile(r"[A-Za-z0-9][\w’'.-]*\w|[A-Za-z0-9]")


class Entails(Protocol):
    """What reads a statement against a source: how much likelier than not the one carries the other, in nats."""

    def read(self, statement: str, source: str) -> float: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Sentences in a row of one quote."""

    quote: Evidence
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """A statement that passed, and the sentences that carry it."""

    text: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A statement that did not, and why, in words for the reader."""

    text: str
    reason: str


def check(
    said: Said, evidence: Sequence[Evidence], entails: Entails, *, as_of: dt.date | None = None
) -> Carried | Unsupported:
    """What becomes of one sentence of a model's reply to a question asked on the day `as_of`.

    Where a quote that it names does not carry it, another one may: then that is cited. Nothing is where it names one
    that does not exist.
    """
    if (why := _no_statement(said.text)) is not None:
        return Unsupported(said.text, why)
    if any(not 1 <= n <= len(evidence) for n in said.named):
        return Unsupported(said.text, "it names a quote that it was not given")
    named = [evidence[n - 1] for n in dict.fromkeys(said.named)]
    others = [(q,) for q in _likeliest(said.text, [q for q in evidence if q not in named])]
    tries = [*((q,) for q in named), *([tuple(named)] if len(named) > 1 else []), *others]
    carried: list[Place] = []
    why = ""
    for quotes in tries:
        if carried and (len(quotes) > 1 or quotes[0] not in named):
            break
        found = find_source(said.text, quotes, as_of=as_of)
        if isinstance(found, str):
            why = why or found
        elif is_carried(said.text, found, entails):
            carried += found
        else:
            why = why or "what it cites says something else"
    return Carried(said.text, tuple(carried)) if carried else Unsupported(said.text, why or "no quote says this")


def is_carried(statement: str, places: Sequence[Place], entails: Entails) -> bool:
    """Whether places that have a statement's facts say the same of them: word for word, or as the network has it."""
    if is_verbatim(statement, places):
        return True
    source = text_of(places)
    if any(turned(statement, source) for turned in (polarity_differs, turned_word, only_possible, is_contested)):
        return False
    lines = [line.shown for place in places for line in place.lines]
    if len(lines) > 1:
        if max(coverage(statement, line) for line in lines) > _BORROWS:
            return False
        near, around = _GATHERED
    elif is_spoilt_copy(statement, source):
        return False
    else:
        near, around = _COPY if is_copy(statement, source) and coverage(statement, source) == 1 else _OWN_WORDS
    if entails.read(statement, source) < near:
        return False
    whole = [Place(place.quote, place.quote.sentences) for place in places]
    return whole == [*places] or entails.read(statement, text_of(whole)) >= around


def find_source(statement: str, quotes: Sequence[Evidence], *, as_of: dt.date | None = None) -> tuple[Place, ...] | str:
    """The fewest sentences of `quotes` that have a statement's facts, and most of its words; else what is missing.

    Of one quote, the sentences are in a row; of several, the best row of each.
    """
    if len(quotes) > 1:
        places = tuple(max(_rows(q), key=lambda p: (coverage(statement, text_of((p,))), -len(p.lines))) for q in quotes)
        missing = missing_fact(statement, _source(places, as_of))
        return places if missing is None else f"“{missing.text}” is not in what it cites"
    (quote,) = quotes
    fitting = [place for place in _rows(quote) if missing_fact(statement, _source((place,), as_of)) is None]
    if not fitting:
        whole = (Place(quote, quote.sentences),)
        missing = missing_fact(statement, _source(whole, as_of))
        return f"“{missing.text if missing else statement}” is not in what it cites"
    return (max(fitting, key=lambda p: (-len(p.lines), coverage(statement, text_of((p,))))),)


def touches(place: Place, pointer: Pointer) -> bool:
    """Whether a pointer's sentence is, in part, among those of a place."""
    if place.quote.article.article_id != pointer.hit.article.article_id:
        return False
    sentence = pointer.sentence
    return any(line.span.start < sentence.end and sentence.start < line.span.end for line in place.lines)


def short_words(pointer: Pointer) -> str:
    """The few words that a pointer says answer; empty where it says none."""
    start = pointer.hit.passage.start
    return (
        ""
        if pointer.short is None
        else pointer.hit.passage.text[pointer.short.start - start : pointer.short.end - start]
    )


def coverage(statement: str, source: str) -> float:
    """The share of the statement's content words, 0..1, that the source has, or a word that means the same."""
    there = set(_stems(source))
    held = [word in there or not alike(word).isdisjoint(there) for word in _stems(statement)]
    return sum(held) / len(held) if held else 0.0


def _stems(text: str) -> list[str]:
    words = (w.lower() for w in _WORD.findall(text))
    return [stemmed for w in words if w not in FUNCTION_WORDS and (stemmed := stem(w))]


def is_verbatim(statement: str, places: Sequence[Place]) -> bool:
    """Whether a statement is whole sentences of a source, word for word: half of one can say something else."""
    for place in places:
        told = [line.text for line in place.lines]
        if any(
            same_words(statement, " ".join(told[a:b])) for a in range(len(told)) for b in range(a + 1, len(told) + 1)
        ):
            return True
    return False


def leans_on_another(text: str) -> bool:
    """Whether a sentence begins with a word that stands for something said before it."""
    return _LEANS.match(text.lstrip("\"“'‘")) is not None


def is_statement(text: str) -> bool:
    """Whether a sentence tells something at all, and no order, link, question or half of one."""
    return _no_statement(text) is None


def _no_statement(text: str) -> str | None:
    if _LINK.search(text):
        return "it holds a link"
    if is_command(text):
        return "it gives orders instead of telling news"
    if text.rstrip("\"”'’) ").endswith("?") or _ASKS.match(text):
        return "it is a question"
    if " ".join(re.findall(r"\w+", text.lower())) in PROMPT_WORDS:
        return "it repeats what the model was told"
    if (
        len(re.findall(r"\w+", text)) < _FEWEST_WORDS
        or _HEADING.match(text)
        or _HOLLOW.match(text)
        or not _has_predicate(text)
        or _BREAKS_OFF.search(text)
    ):
        return "it is no whole sentence"
    return None


def _has_predicate(text: str) -> bool:
    """Whether a verb is left besides those of relative clauses: "the girl who was killed" is no sentence."""
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)?", text)
    verbs = relatives = 0
    was_verb = False
    for before, word, after in zip(("", *words), words, (*words[1:], ""), strict=False):
        # "That" after a verb opens a clause of its own, and after "in" it points; else it takes up what was named.
        takes_up = word == "that" and not was_verb and after.islower() and before.lower() not in _POINTS
        relatives += word in ("who", "which", "whose") or takes_up
        goes_on = was_verb and _AUXILIARY.fullmatch(before) is not None  # "was killed" is one verb
        was_verb = _may_be_finite(before, word, after)
        verbs += was_verb and not goes_on
    return verbs > relatives


def _may_be_finite(before: str, word: str, after: str) -> bool:
    if _CONTRACTED.search(word):
        return True
    if (word[:1].isupper() and before) or before.lower() in ("to", "the", "a", "an", "their", "its", "his", "her"):
        return False
    if _AUXILIARY.fullmatch(word) or _PAST.fullmatch(word) or word in _PLAIN_VERBS or is_strong_past(word):
        return True
    if word in FUNCTION_WORDS or not word.isalpha():
        return False
    if before.lower() in _SUBJECTS and not word.endswith("ly"):
        return True
    if word.endswith("s") and (after[:1].isdigit() or after == "to" or before[:1].isupper()) and _may_be_verb(word):
        return True
    return _is_verb(word) or (word.endswith("s") and _is_verb(word[:-1]))


def _may_be_verb(word: str) -> bool:
    return max(usage(word).verb, usage(word[:-1]).verb) > 0


def _is_verb(word: str) -> bool:
    """Whether news uses a word as a verb more often than as a noun; of one that it does not list, nothing is known."""
    used = usage(word)
    return used.rank < UNKNOWN.rank and used.verb > used.noun


def _likeliest(statement: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    return sorted(evidence, key=lambda q: -coverage(statement, q.shown))[:_LOOKED_AT]


def _rows(quote: Evidence) -> Iterator[Place]:
    n = len(quote.sentences)
    for length in range(1, n + 1):
        for first in range(n - length + 1):
            yield Place(quote, quote.sentences[first : first + length])


def text_of(places: Sequence[Place]) -> str:
    """The words of places, as the model was shown them."""
    return " ".join(line.shown for place in places for line in place.lines)


def _source(places: Sequence[Place], as_of: dt.date | None) -> Source:
    return Source(text_of(places), tuple(place.quote.article for place in places), as_of)
