"""The hard facts of a statement, each of which has to stand in what it cites: names, numbers, dates, and every "not".

By form alone, in any of the ways that news writes them: "2,000" is "two thousand", "Jan. 14" is "14 January", "the US"
is "United States". A fact that is missing is named, in the statement's own words.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise

from app.forms.days import dates_in, relative_day
from app.forms.opposites import is_alike, is_opposite, stem
from app.mentions import FUNCTION_WORDS, find_mentions
from app.periods import find_periods
from app.quantities import Quantity, find_quantities, is_same_quantity
from app.resolve.words import usage
from app.values import Moment, is_same, read_moment
from ingest.article import Article
from store.lexical import terms

__all__ = [
    "Fact", "Source", "has_name", "is_contested", "missing_fact", "only_possible", "polarity_differs", "turned_word",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """What is missing: `kind` is "name", "number", "date" or "negation", `text` the statement's own words."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """Words that are to carry a statement, and the articles that they are of: "Monday" counts from their days.

    "This week" in a statement counts from `as_of`, the day of asking.
    """

    text: str
    articles: tuple[Article, ...]
    as_of: dt.date | None = None


def missing_fact(statement: str, source: Source) -> Fact | None:
    """The first name, date or number of `statement` that `source` does not have; None where all are there."""
    dates = [m for m in find_mentions(statement) if m.kind == "date"]
    for mention in dates:
        if not _has_date(mention.text, source):
            return Fact("date", mention.text.rstrip("."))
    for name in _names(statement):
        if not has_name(name, source.text):
            return Fact("name", name)
    inside = [(m.start, m.end) for m in dates]
    there = find_quantities(source.text)
    for span, quantity in find_quantities(statement):
        if any(s < span.end and span.start < e for s, e in inside) or _counts_nothing(
            statement, span.start, span.end, source.text
        ):
            continue
        if not _has_number(quantity, source, [q for _, q in there]):
            return Fact("number", span.of(statement).strip())
    if (sign := _other_sign(statement, source.text)) is not None:
        return Fact("number", sign)
    if (found := _PLAIN_NOT.search(statement)) and not _has_denial(statement, source.text):
        return Fact("negation", found.group())
    return None


# --- names ----------------------------------------------------------------------------------------------------------

_SAME_NAMES = tuple(
    frozenset(f" {name} " for name in line.split("|"))
    for line in (
        "us|u s|usa|united states|america|american|americans|u s a|washington",
        "uk|u k|united kingdom|britain|great britain|british|briton|britons",
        "eu|e u|european union|european|brussels",
        "un|u n|united nations",
        "nyc|new york city",
        "la|l a|los angeles",
        "dc|d c|washington dc|washington d c|washington",
        "france|french", "germany|german|germans", "spain|spanish|spaniard|spaniards", "italy|italian|italians",
        "russia|russian|russians|moscow|kremlin", "china|chinese|beijing", "japan|japanese",
        "india|indian|indians", "israel|israeli|israelis",
        "iraq|iraqi|iraqis", "iran|iranian|iranians|tehran", "syria|syrian|syrians|damascus",
        "turkey|turkiye|turkish|turk|turks|ankara",
        "egypt|egyptian|egyptians", "libya|libyan|libyans", "canada|canadian|canadians", "mexico|mexican|mexicans",
        "brazil|brazilian|brazilians", "australia|australian|australians", "ukraine|ukrainian|ukrainians|kyiv|kiev",
        "poland|polish|pole|poles", "netherlands|dutch|holland", "sweden|swedish|swede|swedes",
        "norway|norwegian|norwegians", "denmark|danish|dane|danes", "finland|finnish|finn|finns",
        "ireland|irish", "scotland|scottish|scot|scots", "wales|welsh", "england|english", "greece|greek|greeks",
        "portugal|portuguese", "switzerland|swiss", "austria|austrian|austrians", "belgium|belgian|belgians",
        "south korea|south korean|south koreans", "north korea|north korean|north koreans",
        "afghanistan|afghan|afghans", "pakistan|pakistani|pakistanis", "palestine|palestinian|palestinians",
        "lebanon|lebanese", "yemen|yemeni|yemenis", "saudi arabia|saudi|saudis", "qatar|qatari|qataris",
        "africa|african|africans", "europe|european|europeans", "asia|asian|asians",
        "democrat|democrats|democratic|democratic party", "republican|republicans|gop|republican party|g o p",
    )
)  # fmt: skip
_NAME_SHARE = 0.5  # of a word's uses that are capitalised within a sentence; one that no list has is taken for a name
_TITLES = frozenset(
    "mr mrs ms miss dr sir dame president vice prime minister senator sen representative rep governor gov mayor judge"
    " justice general gen colonel captain lieutenant sergeant officer king queen prince princess pope secretary"
    " chancellor ambassador professor prof chief chairman chairwoman director coach st saint former first lady the of"
    " and a an".split()
)


def _folded_words(text: str) -> str:
    """The words of `text` between blanks, in lower case without accents and possessives: " the mayor of lima "."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    plain = re.sub(r"['’]s?\b", "", plain.casefold())
    return " " + " ".join(re.findall(r"[^\W_]+", plain)) + " "


def _names(statement: str) -> Iterator[str]:
    """The names in `statement`; a word that comes first is one unless it is known as another word."""
    mentions = [m for m in find_mentions(statement) if m.kind == "name"]
    for mention in mentions:
        alone = not re.search(r"\s", mention.text.strip()) and not any(c.isupper() for c in mention.text[1:])
        again = any(m.text == mention.text for m in mentions if m is not mention)
        if mention.start <= 1 and alone and not again and _is_plain_word(mention.text):
            continue
        yield mention.text


def _is_plain_word(text: str) -> bool:
    word = _folded_words(text).strip()
    return word in FUNCTION_WORDS or usage(word).name < _NAME_SHARE


def has_name(name: str, text: str) -> bool:
    """Whether every word of `name` that tells it from others is in `text`, or another name of the same does."""
    here, told = _folded_words(text), _folded_words(name)
    if told in here:
        return True
    same = next((names for names in _SAME_NAMES if told in names), None)
    if same is not None and any(other in here for other in same):
        return True
    spoken = here.split()
    words = [w for w in told.split() if w not in _TITLES and w not in FUNCTION_WORDS]
    stems = {s for w in set(spoken) if (s := stem(w))}
    for word in words:
        alike = next((names for names in _SAME_NAMES if f" {word} " in names), frozenset())
        if word not in spoken and stem(word) not in stems and not any(other in here for other in alike):
            return _spelt_out(name, text)
    return bool(words) or _spelt_out(name, text)


def _spelt_out(name: str, text: str) -> bool:
    """Whether `name` is the initials of capitalised words of `text`, one after the other."""
    letters = re.sub(r"[^A-Za-z]", "", name)
    if len(letters) < 2 or not letters.isupper():
        return False
    initials = "".join(w[0] for w in re.findall(r"\b[A-Z][\w’'-]+", text))
    return letters in initials


# --- dates ----------------------------------------------------------------------------------------------------------


def _has_date(words: str, source: Source) -> bool:
    """Whether `source` tells the day, month or year of `words`, or a weekday that was it."""
    if _folded_words(words) in _folded_words(source.text):
        return True
    wished, found = read_moment(words), tuple(_moments(source))
    if wished is not None and any(_covers(moment, wished) for moment in found):
        return True
    return source.as_of is not None and _RELATIVE.search(words) is not None and _lies_in(words, source, found)


_RELATIVE = re.compile(r"\b(?:this|last|past|recent|today|yesterday|current)\b", re.IGNORECASE)


def _lies_in(words: str, source: Source, found: Sequence[Moment]) -> bool:
    """Whether "this week", from the day of asking, holds a day that the source tells, or on which it appeared."""
    assert source.as_of is not None
    days = [a.published.day for a in source.articles if a.published.day is not None]
    for moment in found:
        if moment.year and moment.month and moment.day:
            with suppress(ValueError):
                days.append(dt.date(moment.year, moment.month, moment.day))
    for period in find_periods(words, source.as_of):
        first, last = period.first, max(period.last, source.as_of) if "this" in words.lower() else period.last
        if "week" in words.lower():  # asked on a Friday or a Monday, a week's news is that of seven days
            first = min(first, source.as_of - dt.timedelta(7))
        if any(first <= day <= last for day in days):
            return True
    return False


def _moments(source: Source) -> Iterator[Moment]:
    for mention in find_mentions(source.text):
        if mention.kind != "date":
            continue
        moment = read_moment(mention.text)
        if moment is not None:
            yield moment
        for article in source.articles:
            day = relative_day(mention.text, source.text, article)
            if day is not None:
                yield Moment(day.year, day.month, day.day, day.weekday())
    for article in source.articles:
        for dated in dates_in(source.text, article):
            if (day := dated.first) == dated.last:
                yield Moment(day.year, day.month, day.day, day.weekday())


def _covers(there: Moment, wished: Moment) -> bool:
    """Whether `there` tells every part of `wished`; a weekday follows from a whole date."""
    for part in ("year", "month", "day", "minute"):
        if getattr(wished, part) is not None and getattr(wished, part) != getattr(there, part):
            return False
    return wished.weekday is None or is_same(there, Moment(weekday=wished.weekday)) is True


# --- numbers --------------------------------------------------------------------------------------------------------


_IN_WORDS = {
    0.5: ("halve", "halves", "halved"), 2.0: ("twice", "pair", "couple", "both", "double"), 3.0: ("thrice", "triple"),
    6.0: ("half a year",), 10.0: ("decade",), 20.0: ("score",), 24.0: ("around the clock",),
}  # fmt: skip
_ORDINALS = {1.0: "first", 2.0: "second", 3.0: "third", 4.0: "fourth", 5.0: "fifth", 6.0: "sixth", 7.0: "seventh"}


def _counts_nothing(statement: str, start: int, end: int, source_text: str) -> bool:
    """Whether a "one" counts nothing ("no one", "one of them"), or what it counts the source has as "a" or "each"."""
    word = statement[start:end].strip().lower()
    if word == "half":
        return re.match(r"\W*(?:hearted|way)", statement[end:].lower()) is not None
    if word != "one":
        return False
    after = re.match(r"\s+([a-z]+)", statement[end:].lower())
    noun = stem(after[1]) if after else ""
    if re.search(r"\b(?:no|the|every|any|some|each|this|that)\s$", statement[:start].lower()) or not noun:
        return True
    told = re.findall(r"[A-Za-z]+", source_text.lower())
    places = [n for n, w in enumerate(told) if stem(w) == noun]
    few = {"a", "an", "one", "each", "single", "the", "sole", "only", "every"}
    return not places or any(few & set(told[max(0, n - 3) : n]) for n in places)


_SIGNED = re.compile(r"(?<![\w.,])(?P<below>[-−–]|minus )?[$€£¥]?(?P<number>\d[\d,]*(?:\.\d+)?)", re.IGNORECASE)
_DOWN = re.compile(
    r"\b(?:fell|fall\w*|drop\w*|declin\w*|decreas\w*|shr[aiu]nk\w*|los[est]\w*|down|below|minus|negative)\b", re.I
)
_IN_LETTERS = {
    "$": "dollar",
    "€": "euro",
    "£": "pound",
    "¥": "yen",
    "%": "percent|per cent",
    "&": "and",
    "+": "plus|more",
}


def _other_sign(statement: str, source_text: str) -> str | None:
    """A number of the statement that the source has on the other side of zero, or a symbol that it does not have."""
    there: dict[str, set[bool]] = {}
    for m in _SIGNED.finditer(source_text):
        there.setdefault(m["number"].rstrip(","), set()).add(m["below"] is not None)
    for m in _SIGNED.finditer(statement):
        sides = there.get(m["number"].rstrip(","))
        if sides is not None and (m["below"] is not None) not in sides and not _DOWN.search(statement):
            return m.group()
    for symbol in (c for c in statement if unicodedata.category(c) in ("Sc", "Sk", "Sm", "So")):
        named = _IN_LETTERS.get(symbol)
        if symbol not in source_text and not (named and re.search(named, source_text, re.IGNORECASE)):
            return symbol
    return None


def _has_number(wished: Quantity, source: Source, there: Sequence[Quantity]) -> bool:
    if any(is_same_quantity(wished, quantity) for quantity in there):
        return True
    bare = replace(wished, unit="")  # the unit of one of them may stand elsewhere in its sentence
    if any(
        is_same_quantity(bare, replace(q, unit=""))
        for q in there
        if not (q.unit and wished.unit) and "%" not in (q.unit, wished.unit)
    ):
        return True
    here = _folded_words(source.text)
    words = (*_IN_WORDS.get(wished.amount, ()), *([_ORDINALS[wished.amount]] if wished.amount in _ORDINALS else []))
    return any(f" {word} " in here for word in words)


# --- what is said not to be -----------------------------------------------------------------------------------------

_PLAIN_NOT = re.compile(r"\b(?:not|never|no|none|nobody|neither|nor|cannot)\b|n['’]t\b", re.IGNORECASE)
_NOT = re.compile(
    r"\b(?:not|never|no|none|nobody|neither|nor|nothing|without|cannot|hardly|barely|unable|refus\w+|den(?:y|ies|ied|ying)"
    r"|fail(?:s|ed|ing)?|declin(?:e|es|ed|ing)|reject\w*|avoid\w*|prevent\w*|unlikely|false(?:ly)?|lack(?:s|ed|ing)?"
    r"|yet to|far from|rather than|instead of|rul(?:ed|es?) out|no longer)\b|n['’]t\b",
    re.IGNORECASE,
)
# What a plain "not" may stand for: "the last" is "no other", "closed" is "not open", "alone" is "not with others".
_AS_GOOD_AS_NOT = re.compile(
    r"\b(?:un\w{3,}|dis\w{3,}|in(?:correct|valid|complete|capable)\w*|first|last|only|alone|least|fewer|less|closed?|shut"
    r"|halt\w*|stop\w*|ban(?:s|ned)?|block\w*|cancel\w*|clear(?:s|ed)|exempt\w*|except\w*|ended?|drop(?:s|ped)?|out of"
    r"|cut off|left out|off|lost|loss|missing|withh\w+|top|highest|lowest|record|until|under|below|too|few|still)\b",
    re.IGNORECASE,
)
_MAYBE = re.compile(
    r"\b(?:(?-i:may|will)|might|could|would|should|shall|can|plan(?:s|ned|ning)?|propos\w+|consider\w*|if|unless|whether|possib\w+|potential\w*"
    r"|likel\w+|probabl\w+|allege\w*|accus\w+|suspect\w*|claim\w*|rumou?r\w*|expect\w*|hope\w*|want\w*|aim\w*|intend\w*"
    r"|seek\w*|sought|ask\w*|urg\w+|call(?:s|ed|ing)? (?:for|on)|demand\w*|threat\w*|fear\w*|warn\w*|think\w*|believ\w+"
    r"|forecast\w*|predict\w*|estimat\w+|suggest\w*|set to|due to|about to|going to|to be|agree\w* to|promis\w+|vow\w*"
    r"|pledg\w+|tr(?:y|ies|ied|ying) to|attempt\w*|appear\w*|seem\w*|report(?:ed)?ly|ready to|prepar\w+|said|says?|told"
    r"|according)\b|['’]ll\b|['’]d\b",
    re.IGNORECASE,
)
# By which somebody's word is doubted, behind the word as well as before it.
_CONTESTED = re.compile(
    r"\b(?:den(?:y|ies|ied|ying|ials?)|claim(?:s|ed|ing)?|alleg\w+|disput\w+|contradict\w*|false(?:ly|hood)?|rumou?r\w*|untrue"
    r"|refut\w+|debunk\w*|hoax|supposed(?:ly)?|purported(?:ly)?)\b"
    r"|\b(?:though|although|but|while|however),? (?:[\w’'-]+ ){1,4}(?:said|says?|told|insist\w*|maintain\w*)\b",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"[;:—]|, (?:but|and|while|which|who|though|although)\b|\b(?:but|because|although|though|while)\b", re.IGNORECASE
)
_REACH = 5  # words that a "not" reaches


def _is_denied(text: str) -> bool:
    """Whether anything is denied in `text`."""
    return _NOT.search(text) is not None


def _is_hedged(text: str) -> bool:
    """Whether anything in `text` is only possible, planned, alleged or somebody's word."""
    return _MAYBE.search(text) is not None


def polarity_differs(statement: str, source_text: str) -> bool:
    """Whether a word of the statement is denied there and told in all of the source, or the other way round."""
    there = _predicates(source_text)
    for here in _predicates(statement):
        places = [p for p in there if p.stem == here.stem]
        if places and all(p.denied != here.denied for p in places):
            return True
    return _is_denied(statement) and not _is_denied(source_text) and not _has_opposite(statement, source_text)


def only_possible(statement: str, source_text: str) -> bool:
    """Whether the statement tells as a fact what its source only plans, fears or alleges, wherever it says it."""
    if _is_hedged(statement):
        return False
    there = _predicates(source_text)
    found = [places for here in _predicates(statement) if (places := [p for p in there if p.stem == here.stem])]
    return bool(found) and sum(all(p.hedged for p in places) for places in found) > len(found) / 2


def is_contested(statement: str, source_text: str) -> bool:
    """Whether the statement tells on its own account what its source has somebody claim, or somebody deny."""
    if _is_hedged(statement) or _CONTESTED.search(statement):
        return False
    return _CONTESTED.search(source_text) is not None


def turned_word(statement: str, source_text: str) -> str | None:
    """A word of the statement whose opposite the source has, and not the word itself: "rose" where it says "fell"."""
    if _is_denied(statement) or _is_denied(source_text):
        return None
    there = {s for w in re.findall(r"[A-Za-z’'-]{2,}", source_text) if (s := stem(w.lower()))}
    for found in re.finditer(r"[A-Za-z’'-]{3,}", statement):
        word = found.group()
        key = stem(word.lower())
        if not key or key in there or word.lower() in FUNCTION_WORDS:
            continue
        if any(is_opposite(key, other) for other in there) and not any(is_alike(key, other) for other in there):
            return word
    return None


@dataclass(frozen=True, slots=True)
class _Predicate:
    """A word that may be what a clause says."""

    stem: str
    denied: bool
    hedged: bool


def _predicates(text: str) -> list[_Predicate]:
    found: list[_Predicate] = []
    for clause in (c for sentence in re.split(r"(?<=[.!?])\s+", text) for c in _clauses(sentence)):
        denials = [m.start() for m in _NOT.finditer(clause)]
        hedges = [m.start() for m in _MAYBE.finditer(clause)]
        for m in re.finditer(r"\b[a-z][a-z’'-]{2,}\b", clause):
            if m.group() in FUNCTION_WORDS or _NOT.fullmatch(m.group()) or not (key := stem(m.group())):
                continue
            before = [d for d in denials if d < m.start()]
            denied = bool(before) and len(clause[before[-1] : m.start()].split()) <= _REACH
            found.append(_Predicate(key, denied, any(h < m.start() for h in hedges)))
    return found


def _clauses(sentence: str) -> list[str]:
    cuts = [0, *(m.start() for m in _BREAK.finditer(sentence)), len(sentence)]
    return [sentence[a:b] for a, b in pairwise(cuts)]


def _has_denial(statement: str, source_text: str) -> bool:
    """Whether the source denies anything, or says in other words what the statement denies."""
    if _is_denied(source_text) or _AS_GOOD_AS_NOT.search(source_text):
        return True
    return _has_opposite(statement, source_text)


def _has_opposite(statement: str, source_text: str) -> bool:
    words, there = set(terms(statement)), set(terms(source_text))
    return any(is_opposite(a, b) for a in words for b in there)
