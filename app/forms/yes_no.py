"""Yes or no, with the sentence that decides it, both where articles say both; where none decides, nothing is claimed.

A wrong yes is worse than none: the sentence has to tell every word of the question, with the one it is about, in one
clause, and a number or day that the question names has to be there, the same or another one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.attribution import attribution_at
from app.draft import Composition, Draft, Research
from app.forms.claims import POINTS_BACK, Claim, Told, claim_of, told_by
from app.forms.contested import Side, compose_contested, opponent, shown_of
from app.forms.opposites import DENIALS, NARROW, stem
from app.forms.sentence import distinct, draft_of
from app.mentions import find_mentions
from app.question import Question
from app.reader import Reading
from ingest.article import Span

__all__ = ["compose_yes_no", "decide"]

Verdict = Literal["Yes", "No", "open"]
_AUXILIARY = re.compile(
    r"^(?:(?:and|but|so|is it true|is it correct|is it right) (?:that )?)?(?:is|are|was|were|do|does|did|has"
    r"|have|had|can"
    r"|could|will|would)(?:n[’']t)?\b",
    re.IGNORECASE,
)
_ACTIVE = re.compile(
    r"(?:and |but |so )?(?:do|does|did|has|have|had|will|would|can|could)\b(?!.*\bbeen\b)", re.IGNORECASE
)
_ALTERNATIVES = re.compile(r"\bor\b(?! not\b)", re.IGNORECASE)
_ALL_WORDS = 3  # of so few words each has to be told; of more, three in four
_SHARE = 0.75
_NEAR = 0.85  # share of the question that the sentence, the few before it and the headline tell
_HALF = 0.5  # of the words, where the others stand in the sentences that "he" or "those" points back to
_OPENING = 60  # characters
_MARGIN = 0.1  # a sentence that tells as much, but for this, and decides otherwise leaves it open
_SURE, _LESS_SURE = 0.7, 0.5
_PRESUPPOSED = re.compile(r"\b(?:since|after|when|before)\b[^,;]*$")
_MAIN = re.compile(r"; |, (?:and|but|while|whereas) ")
_CIRCUMSTANCE = re.compile(r" (?:when|while|during|because|after|before|since)\b", re.IGNORECASE)
_MEANWHILE = ("when", "while", "during")
_NARROW = frozenset(map(stem, NARROW))
_PARTED = re.compile(
    r"; |[,—–] *(?:and|but|while|when|as|after|before|although|though|whereas|so|yet|with)\b"
    r"| (?:while|when|after|before|but|although|though|whereas|because|than|that(?! (?:s?he|it|they) )) "
)


def compose_yes_no(question: Question, reading: Reading, research: Research) -> Composition | None:
    """The sentence that decides and what it comes to; None where no sentence does."""
    if not _is_polar(question.text):
        return None
    whole = claim_of(question, research)
    claim, besides = _parted(whole, question.text)
    if not claim.words and not _values(question.text):
        return None
    scores = {(p.hit.article.article_id, p.sentence): p.score for p in reading.pointers}
    told = told_by(claim, research.hits, research.text_of)
    told = [t for t in told if not t.sentence.quoted.rstrip("\"”’' ").endswith("?")]  # asking decides nothing
    found = [(t, decide(question, claim, t)) for t in told if _tells_all(claim, t, besides)]
    if not found:
        return None

    def order(item: tuple[Told, Verdict]) -> tuple[float, float, float]:
        told = item[0]
        place = (told.sentence.hit.article.article_id, told.sentence.span)
        return (-told.near - told.words, -told.own - scores.get(place, 0.0), told.sentence.hit.rank)

    found.sort(key=order)
    best, verdict = found[0]
    if verdict == "open":
        return None
    as_good = [(t, v) for t, v in found if t.near + t.words + _MARGIN >= best.near + best.words and v != "open"]
    against = [t for t, v in as_good if v != verdict and t.own + _MARGIN >= best.own][:1] or [
        t for t in (opponent(best, verdict, [(t, decide(question, claim, t)) for t in told]),) if t is not None
    ]
    same = [t for t, v in as_good if v == verdict]
    if against:
        against += [t for t, v in as_good if v != verdict and t not in against]
        other: Verdict = "No" if verdict == "Yes" else "Yes"
        sides = [Side(v, tuple(ts), _draft(claim, shown_of(ts))) for v, ts in ((verdict, same), (other, against))]
        return compose_contested(sides, max(reading.confidence, _LESS_SURE), research)
    kept = distinct([t.sentence for t in same])[:2]
    sure = _SURE if best.words == 1.0 and best.near > 1.0 - _MARGIN else _LESS_SURE
    drafts = tuple(_draft(claim, t) for t in same if t.sentence in kept)[:1]
    return Composition(drafts, max(reading.confidence, sure), short=verdict)


def _draft(claim: Claim, told: Told) -> Draft:
    """The deciding sentence, with whom it attributes to what decides."""
    draft = draft_of(told.sentence)
    passage = told.sentence.hit.passage
    start = told.sentence.span.start - passage.start
    places = _positions(claim.words or claim.names, told.sentence.quoted)
    if not places:
        return draft
    at = Span(start + places[-1][0], start + places[-1][0] + 1)
    found = attribution_at(passage.text, Span(start, start + len(told.sentence.quoted)), at)
    if found is not None and any(
        _PRESUPPOSED.search(passage.text[s.start : at.start]) for s in found.said if s.overlaps(at)
    ):
        found = None  # when it happened is reported, not that it did
    return draft if found is not None else replace(draft, attribution="")


def _is_polar(text: str) -> bool:
    """Whether the question is for yes or no and says itself what is so: not "or", not "not"."""
    opens = _AUXILIARY.match(text.strip())
    if opens is None or _ALTERNATIVES.search(text):
        return False
    return DENIALS.search(text, opens.end()) is None


@dataclass(frozen=True, slots=True)
class _Circumstance:
    """The words of a clause beside the main one. `is_meanwhile`: it may be told before, and in other words."""

    stems: frozenset[str] = frozenset()
    is_meanwhile: bool = False


def _parted(claim: Claim, text: str) -> tuple[Claim, _Circumstance]:
    """The claim with the words of its main clause alone, and the circumstance.

    "When the ship ran aground" may be told before; "because of the fog" or "after the vote" has to be told with it.
    """
    found = _CIRCUMSTANCE.search(text)
    if found is None:
        return claim, _Circumstance()
    behind = {s for _, s in _positions(claim.words, text[found.end() :])}
    words = tuple(w for w in claim.words if w not in behind)
    if not words or not behind:
        return claim, _Circumstance()
    return replace(claim, words=words), _Circumstance(frozenset(behind), found.group().strip().lower() in _MEANWHILE)


def _tells_all(claim: Claim, told: Told, besides: _Circumstance) -> bool:
    enough = 1.0 if len(claim.words) <= _ALL_WORDS else _SHARE
    points_back = POINTS_BACK.search(told.sentence.quoted[:_OPENING]) is not None
    words = told.words if not points_back or told.words < _HALF else told.near_words
    if words < enough:
        return False
    if besides.is_meanwhile:
        left = sum(w for s, w in claim.weights.items() if s not in besides.stems) or 1.0
        near = sum(w for s, w in claim.weights.items() if s in told.near_stems - besides.stems) / left
        return near >= _NEAR and not besides.stems.isdisjoint(told.near_stems)
    return told.near >= _NEAR and besides.stems <= told.stems


def decide(question: Question, claim: Claim, told: Told) -> Verdict:
    """What a sentence that tells all of the question comes to."""
    text = told.sentence.quoted
    if told.stance == "open" or not _in_one_clause(claim, told) or _is_reversed(question, claim, text):
        return "open"
    is_opposite = told.stance == "denies" and not DENIALS.fullmatch(told.cue)
    if is_opposite and _ACTIVE.match(question.text) and not _is_of_subject(question, claim, told):
        return "open"
    if told.stance == "asserts" and not {w for w in claim.words if w in _NARROW} <= _stems_of(text):
        return "open"
    agreements = {_agreement(question.text, *value, text) for value in _values(question.text)}
    if None in agreements:
        return "open"
    if False in agreements:
        return "No" if told.stance == "asserts" else "open"
    return "Yes" if told.stance == "asserts" else "No"


def _stems_of(text: str) -> set[str]:
    return {stem(w.lower()) for w in re.findall(r"[^\W_]+", text)}


def _is_of_subject(question: Question, claim: Claim, told: Told) -> bool:
    """Whether the opposite is told of whom the question names first: Lindby lost, so Harrow Town did not."""
    first = next((s for _, s in _positions((*claim.names, *claim.words), question.text) if s != told.denied), None)
    if first is None or first not in told.stems:
        return True
    at = told.sentence.quoted.lower().find(told.cue.lower())
    place = next((p for p, s in _positions((first,), told.sentence.quoted)), -1)
    return place < at


def _positions(stems: Sequence[str], text: str) -> list[tuple[int, str]]:
    wanted = set(stems)
    return [(m.start(), s) for m in re.finditer(r"[^\W_]+", text) if (s := stem(m.group().lower())) in wanted]


def _in_one_clause(claim: Claim, sentence: Told) -> bool:
    """Whether the words that are told stand together, no other clause beginning among them.

    Where an opposite denies, most of them have to stand in its clause: "a cap; newer flats are exempt".
    """
    text = sentence.sentence.quoted
    places = _positions((*claim.words, *claim.names), text)
    if not places:
        return True
    is_opposed = sentence.stance == "denies" and not DENIALS.fullmatch(sentence.cue)
    breaks = [m.start() for m in (_MAIN if is_opposed else _PARTED).finditer(re.sub(r"\s", " ", text))]
    clauses: dict[int, set[str]] = {}
    for at, found in places:
        clauses.setdefault(sum(b < at for b in breaks), set()).add(found)
    told = {s for _, s in places if s in claim.words}
    if is_opposed:
        at = text.lower().find(sentence.cue.lower())
        there = clauses.get(sum(b < at for b in breaks), set())
        return 2 * len(told & there) > len(told) or told <= there
    return any(told <= c for c in clauses.values())


def _is_reversed(question: Question, claim: Claim, text: str) -> bool:
    """Whether who does it to whom is the other way round: "Berg sued the Post" asked, "the Post sued Berg" told."""
    asked = _positions((*claim.names, *claim.words), question.text)
    verbs = [s for _, s in asked if s in claim.words]
    parties = {*claim.names, *(claim.words if _ACTIVE.match(question.text) else ())}
    for verb in verbs:
        at = next(p for p, s in asked if s == verb)
        before = [s for p, s in asked if p < at and s in parties]
        after = [s for p, s in asked if p > at and s in parties]
        told = {s: p for p, s in reversed(_positions((*claim.names, *claim.words), text))}
        if not before or not after or not {verb, before[-1], after[0]} <= told.keys():
            continue
        actor, middle, target = told[before[-1]], told[verb], told[after[0]]
        asked_by = " by " in question.text[at:]
        if target < middle < actor:
            return (" by " in text[middle:actor]) == asked_by
        if actor < middle < target and asked_by != (" by " in text[middle:target]):
            return True
    return False


# --- numbers and days -------------------------------------------------------------------------------------------------

_SMALL = {
    w: n
    for n, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen"
        " eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_MORE = re.compile(r"\b(?:more than|over|above|at least|exceed(?:s|ed)?|upwards of)\s+$", re.IGNORECASE)
_LESS = re.compile(r"\b(?:less than|fewer than|under|below|at most|up to)\s+$", re.IGNORECASE)
_ANY_UNIT = (stem("members"),)
_CONSISTS = re.compile(r"\b(?:comprised of|comprises|consists of|made up of|composed of)\b", re.IGNORECASE)
_SIGN = re.compile(r"[%$€£¥]|per ?cent")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEKDAYS = "mon tue wed thu fri sat sun".split()


def _values(text: str) -> list[tuple[str, int, int]]:
    """The numbers and days of a text: kind, start, end."""
    return [(m.kind, m.start, m.end) for m in find_mentions(text) if m.kind in ("number", "date")]


def _agreement(asked: str, kind: str, start: int, end: int, told: str) -> bool | None:
    """Whether the sentence has the value of `asked[start:end]`, or another in its place; None where it tells none."""
    following = re.match(r"[ ]?[^\W\d_]*", asked[end:])
    literal = asked[start : end + (following.end() if following and kind == "number" else 0)].lower().strip()
    if re.search(rf"(?<!\w){re.escape(literal)}(?!\w)", told.lower()):
        return None if _MORE.search(asked, 0, start) or _LESS.search(asked, 0, start) else True
    if kind == "date":
        return _same_day(asked[start:end], told)
    wanted = _number(asked[start:end])
    if signs := _SIGN.search(asked[start:end]):
        kinds = [_number(told[s:e]) for k, s, e in _values(told) if k == "number" and signs.group()[0] in told[s:e]]
        return True if wanted in kinds else (False if len(kinds) == 1 else None)
    unit = next(iter(_units(asked, end)), "")
    if unit in _ANY_UNIT and (consists := _CONSISTS.search(told)):
        told = told[consists.end() :]
        unit = next((u for k, _, e in _values(told)[:1] if k == "number" for u in _units(told, e)), unit)
    if wanted is None or not unit:
        return None
    values = [
        n
        for k, s, e in _values(told)
        if k == "number" and unit in _units(told, e) and (n := _number(told[s:e])) is not None
    ]
    if not values:
        return None
    if _MORE.search(asked, 0, start):
        return _all_alike([n > wanted or (n == wanted and "least" in asked[:start]) for n in values])
    if _LESS.search(asked, 0, start):
        return _all_alike([n < wanted for n in values])
    return True if wanted in values else (False if len(values) == 1 else None)


def _all_alike(found: list[bool]) -> bool | None:
    return found[0] if len(set(found)) == 1 else None


def _units(text: str, end: int) -> list[str]:
    words = re.findall(r"[^\W\d_]+|%", text[end : end + 60])[:3]
    return [stem(w.lower()) or w for w in words if w.lower() not in ("of", "the", "other", "new", "more")]


def _number(text: str) -> float | None:
    digits = re.search(r"\d[\d,]*(?:\.\d+)?", text)
    value: float | None = float(digits.group().replace(",", "")) if digits else None
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _SMALL:
            value = _SMALL[word] if value is None else value + _SMALL[word]
        elif word.rstrip("s") in _LARGE:
            value = (1 if value is None else value) * _LARGE[word.rstrip("s")]
        elif word == "dozen":
            value = 12 * (value or 1)
    return value


def _same_day(asked: str, told: str) -> bool | None:
    wanted = _parts_of_day(asked)
    days = [_parts_of_day(told[s:e]) for k, s, e in _values(told) if k == "date"]
    verdicts: list[bool | None] = []
    for day in days:
        shared = wanted.keys() & day.keys()
        if shared and all(wanted[p] == day[p] for p in shared):
            if wanted.keys() <= day.keys():
                return True
            verdicts.append(None)
        else:
            verdicts.append(False if shared else None)
    return False if verdicts == [False] else None


def _parts_of_day(text: str) -> dict[str, int]:
    parts: dict[str, int] = {}
    if year := re.search(r"\b(?:1[5-9]|20)\d\d\b", text):
        parts["year"] = int(year.group())
    for word in re.findall(r"[a-z]+", text.lower()):
        if word[:3] in _MONTHS and (
            len(word) < 4 or dt.date(2000, _MONTHS.index(word[:3]) + 1, 1).strftime("%B").lower().startswith(word)
        ):
            parts["month"] = _MONTHS.index(word[:3])
        if word[:3] in _WEEKDAYS and word.endswith("day"):
            parts["weekday"] = _WEEKDAYS.index(word[:3])
    if "month" in parts and (day := re.search(r"\b([0-3]?\d)(?:st|nd|rd|th)?\b(?!\d)", text)):
        parts["day"] = int(day.group(1))
    return parts
