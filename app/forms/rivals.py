"""What other articles answer in other words: values of the dimension asked for, in articles evidently on the subject.

The reader is sure of sentences that repeat the question; "the fee is 12 million crowns" does not, and still stands
against "are paying 15 million crowns". So every sentence of the hits is looked at: what counts is the unit of the
value, and that the article, near that sentence, is about what the question names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from app.attribution import attribution_at
from app.draft import Research
from app.forms.counted import is_counted_as_asked, is_counted_elsewhere, is_counted_otherwise
from app.forms.durations import UNTIL, asks_how_long
from app.forms.offices import TAKES_OFFICE
from app.forms.opposites import is_opposite, stem
from app.forms.role_nouns import PERSON_NOUNS, THING_NOUNS
from app.forms.sentence import Sentence, sentences_of
from app.forms.subject import FATES, GENERIC, is_about_the_same, sentence_of
from app.mentions import Mention, content_words, find_mentions
from app.quantities import Quantity, read_quantity
from app.question import Question
from app.reader import Pointer, Reading
from app.values import is_same, read_name
from ingest.article import Span
from store import Hit
from store.lexical import terms

__all__ = [
    "is_another_sum",
    "is_succeeded",
    "is_years_apart",
    "revised",
    "rival_pointers",
    "speaker_of",
    "tells_relation",
]

_SURE = 0.5  # the chance that the best needs before others are set against it in other words
_LEAST = 0.001  # of the reader: below, the sentence is of something else altogether
_APART = 40.0  # times: a toll of 18 crowns is not what the tunnel for 2 billion costs
_MOST = 6
_PUT_AT, _REVISES = 0.5, 0.25  # what it weighs that somebody puts what is counted there, and that it is revised
_CORRECTS = 2.0  # what it weighs that a sentence names the best's figure and revises it
_TOLD_OF_COMING = 0.6  # of the question's words, by the sentence and the headline
_YEARS_APART = 740  # days
_OPENING = 400  # characters: a passage that begins there opens its article
_HELD, _HELD_UNNAMED = 0.5, 0.66  # of the question's words besides its names
_UNIT = re.compile(
    r"[ \u00a0-]{1,2}(?:(?:hundred|thousand|million|billion|trillion)s?[ \u00a0])?((?:[a-z]+[ -]){0,1}[a-z]+)"
)
_SCALE = re.compile(r"[ \u00a0-]{1,2}(?:hundred|thousand|million|billion|trillion)\b", re.IGNORECASE)
_WORD = re.compile(r"[ \u00a0-]([A-Za-z]{2,15})\b")
_SCALED = re.compile(r"\d[ \u00a0-]$")
_FORMER = re.compile(
    r"\b(?:last|previous|old|earlier|former)\s+(?:[a-z]+\s+){0,3}(?:was|were|stood|had)\b", re.IGNORECASE
)
_OTHER_SUMS = re.compile(
    r"\b(?:records?|profits?|tolls?|fines?|tax(?:es)?|salar(?:y|ies)|wages?|revenues?|turnover|loans?|debts?"
    r"|grants?|rent"
    r"|aftershocks?|tickets?|reward|bail|donat\w+|members|seek(?:s|ing)?|sought|demand\w*|sue[sd]?|suing)\b",
    re.IGNORECASE,
)
_REVISED = re.compile(
    r"\b(?:revis|correct|rais|rose|risen|grow|grew|increas|climb|jump|lower|cut|reduc|updat|downgrad|upgrad|from)\w*",
    re.IGNORECASE,
)
_FROM_TO = re.compile(r"\bfrom\s+(?:[a-z]+\s+){0,2}$", re.IGNORECASE)
_TO = re.compile(r"^(?:\s+[a-z]+){0,2}\s+to\s+$", re.IGNORECASE)
_FOLLOWED = re.compile(
    r"\b(?:follow(?:s|ed|ing)?|succeed(?:s|ed|ing)?|replac(?:es|ed|ing)|takes? over from|took over from"
    r"|successor (?:to|of)"
    r"|instead of|after|from|ousted|defeated|beat)\s+(?:[a-z]+\s+){0,3}$",
    re.IGNORECASE,
)
_GOES = re.compile(
    r"^(?:,[^,.;]{0,40},)?\s+(?:who\s+|(?:had|has|will|is to|to)\s+)?(?:did not stand|(?:is|was"
    r"|are) not standing|step(?:s|ped|ping)? down|resign(?:s|ed)?|retir(?:es|ed)"
    r"|(?:will |to )?leaves?\b|left|quits?|gives? up|gave up|was (?:ousted|sacked|dismissed|fired|removed)"
    r"|died|lost)\b",
    re.IGNORECASE,
)
_HOLDING = re.compile(
    r"\b(?:leads?|led|leading|runs?|heads?|headed|owns?|owned|commands?|chairs?|chaired|rules?|governs?)\b", re.I
)
_LONGEST_PUT = 160  # characters
_HEDGED = (
    r"(?:(?:at least|more than|less than|fewer than|about|around|some|over|nearly|almost|only|up to|as many as"
    r"|as much as) )?"
)
_PUT = re.compile(
    r"\b(?:(?:spoke|speaks?|spoken|talk(?:s|ed)?) of|(?:puts?|putting|estimate[sd]?|estimating)"
    r" (?:it|them|this|that"
    r"|the (?:number|figure|total|toll|count|cost|turnout|crowd|damage|loss(?:es)?)"
    r"(?: of (?P<counted>[a-z -]{3,40}?))?)"
    rf" at|(?:that |says? |said |believes? |claim(?:s|ed) )it (?:was|is|were)) {_HEDGED}$",
    re.IGNORECASE,
)
_PUTS = re.compile(
    r"^(?:The |An? )?([A-Z]?[^,.;]{2,60}?)(?:, [^,;]{1,80},)? (?:now |later |had |has |even )?"
    r"(?:puts?|estimate[sd]?|expect(?:s|ed)|reckons?|reckoned|spoke|spoken|speaks?|talk(?:s|ed)|believes?|called|calls)"
    r"\b"
)
_END = re.compile(r"[.!?][\"”’']?\s+")
_OF_NOW = re.compile(r"^\W*(?:and |but |so )?who(?: is|['’]s|se| (?:leads|runs|heads|owns|commands|chairs))\b", re.I)
_COMING = re.compile(r"^\W*when (?:will|is|are|does|do)\b", re.IGNORECASE)
_BY_YEAR = re.compile(
    r"\b(?:by|in|until|before|for|from|after|to)\s+(?:(?:early|late|mid-?|the (?:end|spring|summer|autumn"
    r"|start|beginning) of)\s+)?(?:[A-Z][a-z]+ )?$"
)
_AHEAD = re.compile(r"\b(?:will|would|to|expect\w*|plan\w*|due|by|until|scheduled|hope\w*|target\w*)\b", re.IGNORECASE)


def rival_pointers(question: Question, reading: Reading, research: Research, best: Pointer, form: str) -> list[Pointer]:
    """Sentences of other articles than the best's that give a value of its dimension for the same subject.

    One an article, what speaks of a change first; also one of the best's own article that another speaker gives.
    """
    if best.short is None or reading.confidence < _SURE:
        return []
    scores = {(p.hit.article.article_id, p.sentence.start): p.score for p in reading.pointers}
    find = {"quantity": _quantities, "moment": _moments, "name": _holders}[form]
    chosen: dict[tuple[str, str | None], tuple[tuple[float, ...], Pointer]] = {}
    for sentence in sentences_of(research.hits):
        article_id = sentence.hit.article.article_id
        is_own = article_id == best.hit.article.article_id
        if is_own and (form != "quantity" or sentence.span.start == best.sentence.start):
            continue
        if not is_own and is_years_apart(best.hit, sentence.hit):
            continue
        score = scores.get((article_id, sentence.span.start), 0.0)
        if not is_on_subject(question, sentence, by_lead=form != "name"):
            continue
        for short, weight in find(question, best, sentence):
            pointer = Pointer(sentence.hit, sentence.span, score, sentence.within(*short))
            is_told = weight >= _PUT_AT or _tells_fate(question, pointer)
            if score < _LEAST and form == "quantity" and not is_told:
                continue
            if is_own and not _is_of_another_speaker(best, pointer):
                continue
            if is_own and not _is_in_the_same_rate(best, pointer):
                continue
            speaker = speaker_of(pointer) if form == "quantity" else None
            rank = (weight, score)
            if (article_id, speaker) not in chosen or rank > chosen[article_id, speaker][0]:
                chosen[article_id, speaker] = (rank, pointer)
    found = sorted(_by_speaker(chosen), key=lambda c: (-c[0][0], -c[0][1]))
    return [p for _, p in found[:_MOST]]


def _by_speaker(
    chosen: Mapping[tuple[str, str | None], tuple[tuple[float, ...], Pointer]],
) -> list[tuple[tuple[float, ...], Pointer]]:
    """One of an article, or one of each speaker where the article names all of them."""
    kept = []
    for article_id in dict.fromkeys(a for a, _ in chosen):
        own = {speaker: found for (a, speaker), found in chosen.items() if a == article_id}
        first = max(own, key=lambda speaker: own[speaker][0])
        kept += [found for speaker, found in own.items() if speaker == first or None not in (speaker, first)]
    return kept


def is_years_apart(one: Hit, other: Hit) -> bool:
    """Whether the articles are of times so far apart that they may tell of another year's event, or another holder."""
    days = (one.article.published.day, other.article.published.day)
    return days[0] is not None and days[1] is not None and abs((days[0] - days[1]).days) > _YEARS_APART


def is_on_subject(question: Question, sentence: Sentence, *, by_lead: bool = True) -> bool:
    """Whether the article holds what the question names, and names some of it near the sentence or on top.

    On top is the headline, and `by_lead` the first sentence too, where the passage opens the article.
    """
    passage, headline = sentence.hit.passage, sentence.hit.article.headline or ""
    before = passage.text[: sentence.span.end - passage.start]
    lead = _first(passage.text) if by_lead and passage.start < _OPENING else ""
    whole = frozenset(terms(f"{headline} {passage.text}"))
    near = frozenset(terms(f"{headline} {lead} {_last_two(before)}"))
    named = {w for m in question.mentions if m.kind == "name" for w in content_words(m.text)}
    for mention in question.mentions:
        stems = terms(mention.text) if mention.kind == "name" else ()
        if stems and stems[-1] not in near:
            return False
    fates = [f for f in FATES if f.search(question.text)]
    kept = [
        frozenset(terms(w))
        for w in content_words(question.text)
        if w not in named and w.lower() not in GENERIC and not any(f.search(w) for f in fates)
    ]
    kept = [k for k in kept if k]
    held = sum(k <= whole for k in kept)
    if named:
        return held >= _HELD * (len(kept) - 1)  # the verb may be another
    return sum(k <= near for k in kept) >= _HELD * len(kept) and held >= _HELD_UNNAMED * len(kept) > 0


def revised(text: str, mention: Mention, numbers: Sequence[Mention]) -> Mention:
    """The number that stands now, where `mention` is the one before: 14 in "is growing from six aircraft to 14"."""
    if _FROM_TO.search(text[: mention.start][-30:]):
        behind = next((n for n in numbers if n.start >= mention.end), None)
        if behind is not None and _TO.match(text[mention.end : behind.start]):
            return behind
    return mention


def is_succeeded(sentence: str, start: int, end: int) -> bool:
    """Whether the name at that place is of one who held the office before: "he follows Marta Quill"."""
    return bool(_FOLLOWED.search(sentence[:start][-60:]) or _GOES.match(sentence[end : end + 80]))


def tells_relation(question: Question, pointer: Pointer) -> bool:
    """Whether the sentence says of its name what is asked: the office or deed, or that somebody takes it up."""
    text = sentence_of(pointer)
    roles = {s for w in content_words(question.text) if w.lower() in PERSON_NOUNS for s in terms(w)}
    holds = bool(_HOLDING.search(question.text))
    if not roles and not holds:
        return True
    said = frozenset(terms(text))
    return bool(roles & said) or bool(TAKES_OFFICE.search(text)) or (holds and bool(_HOLDING.search(text)))


# --- numbers ----------------------------------------------------------------------------------------------------------


def _quantities(question: Question, best: Pointer, sentence: Sentence) -> Iterator[tuple[tuple[int, int], float]]:
    """The numbers of the sentence that count or measure what is asked, with how much speaks for each."""
    assert best.short is not None
    text, spoken = sentence.quoted, sentence_of(best)
    known = _read(best)
    if known is None:
        return
    here = best.short.start - best.sentence.start
    if asks_how_long(question) and (ends := UNTIL.search(text)):
        yield ends.span(), 0.0
        return
    numbers = [m for m in find_mentions(text) if m.kind == "number"]
    for mention in numbers:
        value = read_quantity(text, start=mention.start, end=mention.end)
        if value is None or value.amount <= 0 or known.amount <= 0 or _SCALED.search(text[: mention.start]):
            continue
        pointer = Pointer(sentence.hit, sentence.span, 0.0, sentence.within(mention.start, mention.end))
        if is_same(known, value) is None or not 1 / _APART <= value.amount / known.amount <= _APART:
            continue
        if is_counted_otherwise(question, pointer) or is_counted_elsewhere(question, best, pointer):
            continue
        if not is_about_the_same(question, best, pointer):
            continue
        corrects = any(
            is_same(known, other)
            for n in numbers
            if n != mention and (other := read_quantity(text, start=n.start, end=n.end))
        ) and bool(_REVISED.search(text))
        is_put = _is_put(best, sentence, mention)
        if not (corrects or is_put) and not _measures_the_same(
            question, spoken, here, text, mention, value, known, pointer
        ):
            continue
        if is_another_sum(question, best, pointer):
            continue
        now = revised(text, mention, numbers)
        yield (
            _with_unit(spoken[here:], text, now),
            _CORRECTS * corrects + _REVISES * (now is not mention) + _PUT_AT * is_put,
        )


def is_another_sum(question: Question, best: Pointer, pointer: Pointer) -> bool:
    """Whether the words about the number say that it is of another sort: the old record, a toll, what is sued for."""
    if pointer.short is None or any(f.search(question.text) for f in FATES):
        return False  # the toll of a disaster is its dead
    text = sentence_of(pointer)
    start, end = pointer.short.start - pointer.sentence.start, pointer.short.end - pointer.sentence.start
    if _FORMER.search(text[max(0, start - 60) : start]):
        return True
    said = _sums(text[max(0, start - 50) : end + 30])
    return bool(said - _sums(sentence_of(best)) - _sums(question.text))


def _read(pointer: Pointer) -> Quantity | None:
    assert pointer.short is not None
    passage = pointer.hit.passage
    return read_quantity(passage.text, start=pointer.short.start - passage.start, end=pointer.short.end - passage.start)


def _measures_the_same(
    question: Question, spoken: str, here: int, text: str, mention: Mention, value: Quantity, known: Quantity,
    pointer: Pointer,
) -> bool:  # fmt: skip
    """Whether the number has the unit of the best, or counts what is asked for."""
    fates = [f for f in FATES if f.search(question.text)]
    if fates:
        return is_counted_as_asked(question, pointer)
    if known.unit or value.unit:
        return known.unit == value.unit
    found = next((m for m in find_mentions(spoken) if m.kind == "number" and m.end > here), None)
    if found is None:
        return False
    units = _unit_words(spoken, found.end) & _unit_words(text, mention.end)
    if units:
        return True
    if _unit_words(spoken, found.end) or _unit_words(text, mention.end):
        return is_counted_as_asked(question, pointer)
    ahead = [terms(w)[0] for s, m in ((spoken, found), (text, mention)) for w in s[: m.start].split()[-1:] if terms(w)]
    return len(ahead) == 2 and ahead[0] == ahead[1]


def _with_unit(spoken: str, text: str, mention: Mention) -> tuple[int, int]:
    """The number with its scale, and with the unit behind it that the best has too: "1.5 million crowns"."""
    scale = _SCALE.match(text, mention.end)
    if percent := re.compile(r"\s?(?:%|per ?cent\b)").match(text, mention.end):
        return mention.start, percent.end()
    end = scale.end() if scale else mention.end
    unit = _WORD.match(text, end)
    if unit and scale and re.search(rf"\b{re.escape(unit[1])}\b", spoken[:60]):
        end = unit.end()
    return mention.start, end


def _unit_words(text: str, end: int) -> frozenset[str]:
    found = _UNIT.match(text, end)
    return frozenset(terms(" ".join(content_words(found[1])))) if found else frozenset()


def _sums(text: str) -> frozenset[str]:
    """The sorts of sums that `text` names."""
    return frozenset(terms(" ".join(_OTHER_SUMS.findall(text))))


def _is_put(best: Pointer, sentence: Sentence, mention: Mention) -> bool:
    """Whether somebody puts what is counted at this number, and at no number of something else.

    In "the unions spoke of 60,000" the sentence before says what is counted; in "put the number of jobs at 1,400" it is
    named ahead.
    """
    text = sentence.quoted
    put = _PUT.search(text[: mention.start][-_LONGEST_PUT:])
    if put is None or sentence.place == 0:
        return False
    counted = _counted_by(best)
    if ahead := put["counted"]:
        return bool(frozenset(terms(ahead)) & counted)
    if named := _unit_words(text, mention.end):
        return bool(named & counted)
    passage = sentence.hit.passage
    before = _last_two(passage.text[: sentence.span.start - passage.start])
    numbers = [m for m in find_mentions(before) if m.kind == "number"]
    return any(_unit_words(before, m.end) & counted for m in numbers)


def _counted_by(pointer: Pointer) -> frozenset[str]:
    """The stems behind the number, of what it counts."""
    text = sentence_of(pointer)
    at = 0 if pointer.short is None else pointer.short.start - pointer.sentence.start
    found = next((m for m in find_mentions(text) if m.kind == "number" and m.end > at), None)
    return _unit_words(text, found.end) if found else frozenset()


def _tells_fate(question: Question, pointer: Pointer) -> bool:
    """Whether the dead, or the missing, are asked for and the words about the number tell of them."""
    return any(f.search(question.text) for f in FATES) and is_counted_as_asked(question, pointer)


def _is_of_another_speaker(best: Pointer, pointer: Pointer) -> bool:
    """Whether one article gives two numbers, each from somebody else; the first may be the article's own."""
    if best.hit.passage != pointer.hit.passage or pointer.short is None:
        return False
    spoken = [speaker_of(p) for p in (best, pointer)]
    if spoken[1] is None or spoken[0] == spoken[1]:
        return False
    before = sentence_of(pointer)[: pointer.short.start - pointer.sentence.start]
    return spoken[0] is not None or _PUT.search(before[-_LONGEST_PUT:]) is not None


def speaker_of(pointer: Pointer) -> str | None:
    """Who is said to give the number; None where the article does."""
    assert pointer.short is not None
    text, start = pointer.hit.passage.text, pointer.hit.passage.start
    sentence = Span(pointer.sentence.start - start, pointer.sentence.end - start)
    short = Span(pointer.short.start - start, pointer.short.end - start)
    found = attribution_at(text, sentence, short)
    if found is not None:
        return found.speaker
    puts = _PUTS.match(sentence_of(pointer))
    return puts[1] if puts else None


def _is_in_the_same_rate(best: Pointer, pointer: Pointer) -> bool:
    """Whether both or neither are of a day, a month, a year."""
    rates = []
    for one in (best, pointer):
        assert one.short is not None
        behind = sentence_of(one)[one.short.end - one.sentence.start :][:40]
        found = re.search(r"\b(?:an?|per|each|every) (day|week|month|year|hour)\b", behind)
        rates.append(found[1] if found else "")
    return rates[0] == rates[1]


# --- days to come -----------------------------------------------------------------------------------------------------


def _moments(question: Question, best: Pointer, sentence: Sentence) -> Iterator[tuple[tuple[int, int], float]]:
    """The years by which the sentence expects what is asked for; of what is over, the reader alone tells."""
    day = sentence.hit.article.published.day
    headline = sentence.hit.article.headline or ""
    told = frozenset(terms(f"{headline} {sentence.quoted}"))
    words = [frozenset(terms(w)) for w in content_words(question.text)]
    if sum(w <= told for w in words) < _TOLD_OF_COMING * len(words):
        return
    if not _COMING.match(question.text) or day is None or not _AHEAD.search(sentence.quoted):
        return
    verbs = {stem(w) for w in content_words(question.text)}
    text = sentence.quoted
    if any(is_opposite(v, stem(w)) for v in verbs for w in content_words(text)):
        return
    years = [m for m in find_mentions(text) if m.kind == "date" and re.fullmatch(r"20\d\d", m.text.strip())]
    if len(years) == 1 and int(years[0].text) > day.year and _BY_YEAR.search(text[: years[0].start]):
        yield (years[0].start, years[0].end), 0.0


# --- holders ----------------------------------------------------------------------------------------------------------


def _holders(question: Question, best: Pointer, sentence: Sentence) -> Iterator[tuple[tuple[int, int], float]]:
    """Who takes up the office that the best sentence gives to somebody."""
    if not re.match(r"^\W*(?:and |but |so )?who\b", question.text, re.IGNORECASE):
        return
    days = (best.hit.article.published.day, sentence.hit.article.published.day)
    if days[0] is None or days[1] is None or days[1] <= days[0] or not _OF_NOW.match(question.text):
        return  # of holders before, the reader alone tells
    headline = sentence.hit.article.headline or ""
    passage = sentence.hit.passage
    near = frozenset(terms(f"{headline} {_last_two(passage.text[: sentence.span.end - passage.start])}"))
    if any(m.kind == "name" and not set(terms(m.text)[-1:]) <= near for m in question.mentions):
        return
    roles = any(w.lower() in PERSON_NOUNS for w in content_words(question.text)) or bool(_HOLDING.search(question.text))
    text = sentence.quoted
    if not roles or not TAKES_OFFICE.search(text):
        return
    asked = frozenset(terms(question.text))
    for mention in find_mentions(text):
        if mention.kind != "name" or len(mention.text.split()) < 2 or frozenset(terms(mention.text)) & asked:
            continue
        if any(w.lower() in THING_NOUNS for w in mention.text.split()):
            continue
        if is_succeeded(text, mention.start, mention.end) or not read_name(mention.text):
            continue
        around = text[max(0, mention.start - 40) : mention.end + 70]
        if TAKES_OFFICE.search(around) and not re.match(r"^\W+(?:said|told)\b", text[mention.end :]):
            yield (mention.start, mention.end), 1.0
            return


def _first(text: str) -> str:
    """The first sentence of `text`."""
    cut = _END.search(text)
    return text[: cut.end()] if cut else text


def _last_two(text: str) -> str:
    """The last sentence of `text` with the one before it."""
    cuts = [m.end() for m in _END.finditer(text)]
    return text[cuts[-2] if len(cuts) > 1 else 0 :]
