"""What articles answer to one question, told apart: a view is an answer of the form asked for and all that give it.

A sentence gives one if it is about the same thing as the best; copies of one wire story, and sentences in the same
words, are one source. Only answers that cannot both hold are two views: "at least 35,000" and "35,000" are one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.draft import Research
from app.forms.counted import (
    counts_another_thing,
    is_counted_as_asked,
    is_counted_elsewhere,
    is_counted_otherwise,
    is_part_of_both,
    number_asked,
)
from app.forms.durations import asks_how_long, time_until
from app.forms.offices import (
    is_changed_hands,
    is_held,
    is_held_no_longer,
    is_of_another_body,
    names_body,
    tells_body,
)
from app.forms.rivals import (
    is_another_sum,
    is_succeeded,
    is_years_apart,
    revised,
    rival_pointers,
    tells_relation,
)
from app.forms.subject import FATES, is_about_the_same, is_of_another_year, is_old_news, sentence_of, share_told
from app.mentions import find_mentions
from app.quantities import with_hedge
from app.question import Question
from app.reader import Pointer, Reading
from app.values import Name, Quantity, Value, is_same, read_moment, read_name, read_quantity
from ingest.article import Article, Span, normalise_space
from ingest.split import sentences

__all__ = ["TOLD", "Told", "View", "form_asked", "told_by", "views_of"]

_EVIDENT, _LEAST = 0.03, 0.02  # share of the best pointer's score, and chance: with subject and form right, little does
_COUNTED = 0.5  # of both, where the words about a number are those of the question
# What a view has to tell of the question's words, and the share of the best score that it then needs: the less it
# repeats them, the surer the reader has to be that it answers.
TOLD = 0.75
_REPEATS = ((TOLD, 0.0), (0.6, 0.3), (0.5, 0.6))
_NEXT = 0.5  # of the best score: what comes next where the best is no value of the form
_ALL_TOLD = 0.9
_DOUBTED = 0.3  # the share that a number of other things needs
_SAME_WORDS = 0.9  # of the shorter sentence: a wire story, edited lightly
_ROLE_WORD = re.compile(r"^\W*\w+\s+\w+\s+(?:the\s+|[A-Z][\w’'-]*['’]s\s+|[A-Z]\w+\s+)*[a-z]{4,}")
_AGE = re.compile(r"\bhow old\b", re.IGNORECASE)
_BEFORE = r"earlier|previous(?:ly)?|instead|not|rather|former|replac\w+|succe\w+|ousted|until|first thought"
_CHANGED = re.compile(rf"\b(?:{_BEFORE})\b", re.IGNORECASE)
_GREW = re.compile(
    rf"\b(?:{_BEFORE}|from|revised?|rais(?:ed?|ing)|rose|risen|grew|grown|up|down|while|but|although)\b", re.IGNORECASE
)
_OF_NOW = re.compile(r"^\W*who(?: is|['’]s|se| (?:leads|runs|heads|owns|commands|chairs))\b", re.IGNORECASE)
_OF_BEFORE = re.compile(r"\b(?:then|former(?:ly)?|ex|late|one-time|ousted|outgoing)\b(?!.*[,.;])", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:several|(?:tens|hundreds) of)\s$", re.IGNORECASE)
_CLOCK_BEFORE = re.compile(r"(?:\d{1,2}(?:[:.]\d{2})?\s?[ap]\.?m\.?|noon|midnight)\s+(?:on\s+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """One article's answer: where it stands, the words, and what they amount to."""

    pointer: Pointer
    words: str
    value: Value
    story: str

    @property
    def article(self) -> Article:
        """Whose answer it is."""
        return self.pointer.hit.article

    @property
    def sentence(self) -> str:
        """The sentence that says so."""
        return sentence_of(self.pointer)


@dataclass(slots=True)
class View:
    """An answer and all that give it, the surest first."""

    told: list[Told] = field(default_factory=list)

    @property
    def score(self) -> float:
        """The chance that its surest sentence answers."""
        return self.told[0].pointer.score

    @property
    def day(self) -> dt.date | None:
        """The newest day on which it was published."""
        return max((t.article.published.day for t in self.told if t.article.published.day), default=None)

    @property
    def shown(self) -> Told:
        """What is quoted for it: of the newest day, or the surest where none is known."""
        day = self.day
        return next((t for t in self.told if t.article.published.day == day), self.told[0])

    @property
    def n_sources(self) -> int:
        """How many independent texts say so."""
        stories: list[Told] = []
        for told in self.told:
            if not any(told.story == s.story or _same_words(told.sentence, s.sentence) for s in stories):
                stories.append(told)
        return len(stories)


def views_of(question: Question, reading: Reading, research: Research) -> list[View]:
    """What articles answer, the surest view first, each article once; one view where they agree."""
    form = form_asked(question, reading)
    if form is None:
        return []
    heard: list[Told] = []
    for pointer in reading.pointers:
        if heard and pointer.score < _COUNTED * _EVIDENT * heard[0].pointer.score:
            break
        told = told_by(question, pointer, form, research)
        if told is None:
            if form == "quantity" and pointer.short is not None and is_counted_otherwise(question, pointer):
                continue
            if not heard and pointer.score < _NEXT * reading.pointers[0].score:
                return []  # what the reader is surest of is no value: nothing to set others against
            continue
        if not heard and share_told(question, pointer) < _REPEATS[-1][0]:
            return []
        if heard and not (
            _answers_too(question, heard[0].pointer, pointer) and _is_of_the_office(question, heard[0], told, research)
        ):
            continue
        heard.append(told)
    heard, evident = _with_rivals(question, reading, research, form, heard)
    views: list[View] = []
    spoken: set[str] = set()
    for told in heard:
        same = next((v for v in views if is_same(v.told[0].value, told.value)), None)
        if told.story in spoken and told.pointer not in evident:
            continue  # a second value in one article is of something else
        if same is None and views and not _differs(question, views, told, is_evident=told.pointer in evident):
            spoken.add(told.story)
            continue
        spoken.add(told.story)
        if same is None:
            views.append(same := View())
        same.told.append(told)
    return views


def _with_rivals(
    question: Question, reading: Reading, research: Research, form: str, heard: list[Told]
) -> tuple[list[Told], set[Pointer]]:
    """`heard` with what the articles say in other words, and which pointers these are."""
    if not heard:
        return heard, set()
    best = heard[0]
    if best.pointer.sentence != reading.pointers[0].sentence:
        return heard, set()
    found = []
    for pointer in rival_pointers(question, reading, research, best.pointer, form):
        told = told_by(question, pointer, form, research, is_read=False)
        if told is not None:
            found.append(told)
    instead = {t.story for t in found if t.story != best.story}
    heard = [t for t in heard if t is best or t.story not in instead or is_same(t.value, best.value)]
    said = {t.story for t in heard if t is not best and t.story != best.story}
    found = [t for t in found if t.story not in said or not is_same(t.value, best.value)]
    return [*heard, *found], {t.pointer for t in found}


def form_asked(question: Question, reading: Reading) -> str | None:
    """Which values answer the question: "quantity", "moment" or "name"; None where only sentences do."""
    forms = {"number": "quantity", "date": "moment", "person": "name", "place": "name"}
    if question.kind in forms:
        return forms[question.kind]
    if question.kind == "definition" and re.match(r"^\W*(?:and |but |so )?who", question.text, re.IGNORECASE):
        return "name" if _asks_for_holder(question.text) else None
    if question.kind not in ("fact", "definition") or not reading.pointers:
        return None
    if question.kind == "definition" and not re.match(
        r"^\W*what (?:is|was|are|were) (?:the|[A-Z][\w-]*['’]s) [a-z]", question.text, re.IGNORECASE
    ):
        return None
    best = reading.pointers[0]
    if best.short is None:
        return None
    words = _text(best, best.short)
    kinds = [m.kind for m in find_mentions(words)]
    return {"number": "quantity", "date": "moment", "name": "name"}[kinds[0]] if kinds else None


def told_by(
    question: Question, pointer: Pointer, form: str, research: Research, *, is_read: bool = True
) -> Told | None:
    """What `pointer` answers, if it is a value of `form` and of what is asked for; `is_read` if the reader said so."""
    if is_read and form == "quantity" and (nearer := number_asked(question, pointer)):
        pointer = replace(pointer, short=nearer)
    if is_read and form == "quantity":
        pointer = _as_revised(pointer)
    if pointer.short is None or is_old_news(question, pointer, research.as_of):
        return None
    if (form == "quantity" or re.search(r"\d{4}", question.text)) and is_of_another_year(question, pointer):
        return None
    passage, article = pointer.hit.passage, pointer.hit.article
    start, end = pointer.short.start - passage.start, pointer.short.end - passage.start
    value: Value | None
    if form == "quantity":
        value = read_quantity(passage.text, start=start, end=end)
        if asks_how_long(question) and (ends := time_until(passage.text[start:end], article.published.day)):
            words = normalise_space(passage.text[start:end])
            return Told(pointer, words, ends, research.story(article.article_id))
        start = with_hedge(passage.text, start)
        start -= len(several[0]) if (several := _SEVERAL.search(passage.text[:start][-12:])) else 0
        if value is None or is_counted_otherwise(question, pointer):
            return None
    elif form == "moment":
        clock = _CLOCK_BEFORE.search(passage.text, max(pointer.sentence.start - passage.start, start - 20), start)
        start = clock.start() if clock else start
        value = read_moment(passage.text[start:end], article.published.day)
    else:
        start, end = _whole_name(passage.text, start, end)
        at = pointer.sentence.start - passage.start
        if _OF_NOW.search(question.text) and is_succeeded(sentence_of(pointer), start - at, end - at):
            return None
        if _OF_NOW.search(question.text) and (
            _OF_BEFORE.search(passage.text[max(0, start - 30) : start + 12])
            or is_held_no_longer(sentence_of(pointer), start - at, end - at)
        ):
            return None
        end = _less_of(question, passage.text, start, end)
        value = read_name(passage.text[start:end])
        if isinstance(value, Name) and {w for name in value.names for w in name} <= set(
            re.findall(r"\w+", question.text.lower())
        ):
            return None
    if value is None:
        return None
    words = normalise_space(passage.text[start:end])
    return Told(pointer, words, value, research.story(article.article_id))


def _as_revised(pointer: Pointer) -> Pointer:
    """The pointer at the figure that stands now, where its own is the one before: "from 5.2 to 5.6"."""
    if pointer.short is None:
        return pointer
    text, at = sentence_of(pointer), pointer.short.start - pointer.sentence.start
    numbers = [m for m in find_mentions(text) if m.kind == "number"]
    first = next((m for m in numbers if m.start <= at < m.end), None)
    now = None if first is None else revised(text, first, numbers)
    if now is None or now is first:
        return pointer
    start = pointer.sentence.start
    return replace(pointer, short=Span(start + now.start, start + now.end))


def _answers_too(question: Question, best: Pointer, other: Pointer) -> bool:
    """Whether `other` answers what `best` does, of the same thing."""
    told, share = share_told(question, other), other.score / best.score
    least = _COUNTED if told >= TOLD and is_counted_as_asked(question, other) else 1.0
    if other.score < least * _LEAST or share < least * _EVIDENT or not is_about_the_same(question, best, other):
        return False
    if question.kind in ("number", "fact") and (
        is_another_sum(question, best, other)
        or is_years_apart(best.hit, other.hit)
        or is_part_of_both(question, best, other)
    ):
        return False
    if question.kind in ("person", "definition") and not tells_relation(question, other):
        return False
    if not any(m.kind == "name" for m in question.mentions):
        return told >= _ALL_TOLD  # nothing but its words says which event is meant
    doubted = question.kind == "number" and (
        _tells_no_fate(question, other)
        or counts_another_thing(question, other)
        or is_counted_elsewhere(question, best, other)
    )
    return any(told >= repeats and share >= max(needed, _DOUBTED * doubted) for repeats, needed in _REPEATS)


def _is_of_the_office(question: Question, best: Told, told: Told, research: Research) -> bool:
    """Whether `told` names a holder of the office asked for, and that of the best where the question says not whose."""
    if not isinstance(told.value, Name) or not _OF_NOW.search(question.text):
        return True
    if not (_is_holder(question, best) and _is_holder(question, told)):
        return False
    if is_same(best.value, told.value):
        return True
    if not names_body(question):
        return is_changed_hands(question, (best.words, told.words), research.hits)
    whole = f"{told.article.headline or ''} {told.sentence}"
    return tells_body(question, whole) and not is_of_another_body(question, told.words, research.hits)


def _is_holder(question: Question, told: Told) -> bool:
    at = max(0, told.sentence.find(told.words))
    return is_held(question, told.sentence, at, at + len(told.words))


def _tells_no_fate(question: Question, pointer: Pointer) -> bool:
    """Whether the dead are asked for and nothing near says that anybody died: the fire destroyed at least 19 homes."""
    fates = [f for f in FATES if f.search(question.text)]
    return bool(fates) and not any(f.search(sentence_of(pointer)) for f in fates)


def _whole_name(text: str, start: int, end: int) -> tuple[int, int]:
    """The name of which `text[start:end]` is a part."""
    around = max(0, start - 80)
    for mention in find_mentions(text[around : end + 80]):
        first, last = mention.start + around, mention.end + around
        if mention.kind == "name" and first < end and start < last and (first < start or last > end):
            return min(first, start), max(last, end)
    return start, end


def _less_of(question: Question, text: str, start: int, end: int) -> int:
    """The end of `text[start:end]` without the "of Kalmia" behind a name that the question has already."""
    found = re.search(r"\s+(?:of|in|for|from)\s+(?:the\s+)?(\S.*)$", text[start:end], re.DOTALL)
    asked = set(re.findall(r"\w+", question.text.lower()))
    return start + found.start() if found and set(re.findall(r"\w+", found[1].lower())) <= asked else end


def _asks_for_holder(text: str) -> bool:
    """Whether "who is …" names an office or a deed, whose holder is asked for, and no person."""
    return bool(_ROLE_WORD.match(text.strip()))


def _differs(question: Question, views: Sequence[View], told: Told, *, is_evident: bool = False) -> bool:
    """Whether `told` cannot hold beside what is told already."""
    first = views[0].told[0]
    if isinstance(told.value, Quantity) and _AGE.search(question.text) and _is_years_later(first, told):
        return False
    if is_evident:
        return all(is_same(v.told[0].value, told.value) is False for v in views)
    if any(is_same(v.told[0].value, told.value) is None for v in views):
        return False
    if _says_too(first.value, told, told.pointer.hit.passage.text, question.text):
        return False
    return not (isinstance(told.value, Name) and _says_too(told.value, first, first.sentence, question.text))


def _says_too(value: Value, told: Told, text: str, asked: str) -> bool:
    """Whether `text` around `told` also gives `value`, and not as what was thought before or what is `asked` of."""
    for span in sentences(text, Span(0, len(text))) if text.strip() else ():
        sentence = span.of(text)
        if (_GREW if isinstance(value, Quantity) else _CHANGED).search(sentence):
            continue
        at = 0
        for mention in find_mentions(sentence):
            if mention.start < at:
                continue
            at = mention.end
            said: Value | None = None
            if isinstance(value, Quantity) and mention.kind == "number":
                said = read_quantity(sentence, start=mention.start, end=mention.end)
            elif isinstance(value, Name) and mention.kind == "name" and mention.text not in asked:
                said = read_name(mention.text)
            if said is not None and said != told.value and is_same(value, said) and not is_same(told.value, said):
                return True
    return False


def _is_years_later(one: Told, other: Told) -> bool:
    """Whether two ages are of one person, as many years apart as the articles."""
    days = (one.article.published.day, other.article.published.day)
    if days[0] is None or days[1] is None:
        return False
    assert isinstance(one.value, Quantity) and isinstance(other.value, Quantity)
    years = (days[1] - days[0]).days / 365.25
    return abs((other.value.amount - one.value.amount) - years) <= 1.0 and abs(years) >= 0.1


def _same_words(one: str, other: str) -> bool:
    a, b = (frozenset(re.findall(r"\w+", s.lower())) for s in (one, other))
    return len(a & b) >= _SAME_WORDS * min(len(a), len(b))


def _text(pointer: Pointer, span: Span) -> str:
    start = pointer.hit.passage.start
    return pointer.hit.passage.text[span.start - start : span.end - start]
