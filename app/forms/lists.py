"""Which ones: names or things of the kind asked for, gathered over passages and articles, each with where it is said.

The reader points at sentences that answer; an enumeration there is taken apart ("Austria, Slovenia and Italy"), and
what several sentences name is put together, each thing once. A name that a sentence merely mentions is no item: it has
to stand in the answer, or in the same enumeration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.draft import Composition, Draft, DraftPart, Research
from app.forms.countries import is_country, is_elsewhere, is_state
from app.forms.gathering import Item, amounts_told, called_so, doers, holders, intentions, is_person_name
from app.forms.sentence import Sentence, Subject, draft_of, pointed_at, stems, without_overlaps
from app.forms.subject import is_of_another_year
from app.mentions import FUNCTION_WORDS, Mention, find_mentions
from app.question import Question, read_question
from app.reader import Pointer, Reading
from ingest.article import Span, normalise_space

__all__ = ["Item", "Wanted", "compose_holders", "compose_list", "items_in", "wanted", "without_exclusion"]

_NOUN = r"(?:people|children|men|women|\w{2,}[^s\W]s|\w+(?:sses|ches|xes))"
_VERB_S = (
    r"(?:is|was|has|does|says|this|less|news|series|politics|crisis|species|percent|his|its|us|gas|bus|boss|class)"
)
_WHICH = re.compile(
    r"\b(?:what|which)(?: are| were)?(?: (?:of )?(?:the|these|those|some|other|all|are|were))*"
    rf"(?P<between>(?: [\w'’-]+){{0,3}}?) (?!{_VERB_S}\b)(?P<noun>{_NOUN})\b",
    re.IGNORECASE,
)
_NAME_THEM = re.compile(
    r"^(?:please |can you |could you )*(?:list|name|enumerate|give me (?:a list of|the names of))(?: (?:all|some|of|the"
    rf"|me|every|two|three|four|five|six))*(?P<between>(?: [\w'’-]+){{0,3}}?) (?P<noun>{_NOUN})\b",
    re.IGNORECASE,
)
_NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_STATED = re.compile(rf"\b(?:what|which|name|list|the) ({'|'.join(_NUMBERS)}) \w+", re.IGNORECASE)
_WHO_ALL = re.compile(
    r"\bwho (?:were|are) (?:the |all )?(?P<noun>\w{3,}s|people|men|women)\b|\bwho (?:all|else)\b", re.IGNORECASE
)
_WHO = re.compile(r"^(?:by whom|who)\b(?! (?:is|was)\b (?!\w+(?:ed|en|ght|ught)\b))", re.IGNORECASE)
_WHAT_DID = re.compile(r"^what (?:did|do|does|has|have|had|was|were|can|will)\b", re.IGNORECASE)
_APART = re.compile(
    r"\b(?i:apart from|aside from|besides|beside|other than|except(?:ing)?(?: for)?|in addition to|excluding"
    r"|not counting)\s+"
    r"(?P<names>(?:(?:the\s+)?[A-Z][\w.’'-]*(?:\s+[A-Z][\w.’'-]*)*(?:,\s+and\s+|,\s+or\s+|,\s+|\s+and\s+|\s+or\s+)?)++"
    r"|(?:(?!(?:which|what|who|where)\b)[\w’'-]+\s*){1,3}(?=,|[?]|$))",
)
_PREPOSITIONS = frozenset(
    "in on at from to of by with for against near into over under between through after before during".split()
)
_COUNTRY = frozenset(("countries", "nations"))
_PLACE = frozenset(
    """cities towns villages provinces regions places locations areas airports districts islands capitals stations ports
    neighbourhoods neighborhoods suburbs counties""".split()
)
_NAMED_THINGS = frozenset(
    """companies firms banks parties groups organisations organizations agencies teams clubs outlets states newspapers
    broadcasters universities carmakers airlines apps platforms brands manufacturers operators channels sites""".split()
)
_PERSON_S = re.compile(
    r"(?:people|men|women|children|victims|suspects|leaders|ministers|officials|members|players|candidates|judges"
    r"|artists|actors|singers|authors|writers|scientists|experts|witnesses|scorers|winners|lawyers|researchers"
    r"|presidents|generals|commanders|defendants|politicians|journalists|critics|directors|senators|lawmakers)"
)
_SEPARATOR = re.compile(r",\s*(?:and|or|as well as)?\s+|\s+(?:and|or|as well as|&)\s+|\s*;\s*(?:and\s+)?")
_BETWEEN_NAMES = re.compile(
    r"(?:\s*\([^()]{1,30}\))?(?:,\s*\d{1,3})?\s*(?:,\s*(?:and|or|as well as)?\s*|\s+(?:and|or|as well as|&)\s+)"
    r"(?:(?:the|an?|in|from|to|of|by|with)\s+)?(?:(?!and\b|or\b|but\b|as\b)[\w-]+\s+){0,2}",
)
_REST_OF_LIST = re.compile(
    r"(?:,\s+(?!(?:and|or|but|who|which|while|when|where)\b)[^,.;:()\"”]{2,70}){0,8},?\s+(?:and|or"
    r"|as well as)\s+[^,.;:()\"”]{2,70}"
)
_NO_NOUN_PHRASE = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|will|would|said|says|told|could|can|may|might|he|she|they|it|we|i"
    r"|that|because|who|did|does|do)\b",
    re.IGNORECASE,
)
_TRAILS = re.compile(
    r"\s+(?:on (?:mon|tues|wednes|thurs|fri|satur|sun)day|in (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*"
    r"(?: \d{4})?|in \d{4}|last (?:week|month|year)|yesterday|respectively|too|also)$",
    re.IGNORECASE,
)
_LEADS_IN = re.compile(
    r"^(?:and|or|both|either|including|such as|like|namely|mainly|especially|as well as|with|in|from|to|by)\s+", re.I
)
_GOES_ON = re.compile(r"(?:[a-z]+(?:ed|wn|ing))\b\s+(?:by|to|from|in|on|at|with|off|out|up|down|for|into)\b")
_OTHERS = re.compile(r"^(?:(?:some|many|several|the|all|and)\s+)*(?:others?|elsewhere|more|much more|so on)\b", re.I)
_HOLDERS = re.compile(r"^who (?:has|have|had)\b|^(?:please )?(?:name|list)\b", re.IGNORECASE)
_ALL_HOLDERS = re.compile(r"^who (?:has|have) (?:all |ever )?(?:been|led|headed|run|chaired|managed|coached)\b", re.I)
_AMOUNTS = re.compile(r"estimates|figures|sums|amounts|totals|numbers|prices|costs")
_BY_FORM = 0.4  # confidence of items that nothing but their form and the rest of the passage vouches for
_NEARLY = 0.12  # of the best pointer's score: what has it needs to tell most of what the best sentence tells
_LEAST_SHARE = 0.005  # what has no more is another item only where it tells all that the best sentence tells
_SURELY = 0.4  # the same where nothing about the items' form tells whether they are of the kind
_LEAST_TOLD = 0.65  # share of the question that the best sentence and its headline tell
_MOST_TOLD = 0.6  # the same for a sentence of which the reader is less sure
_READ_AGAIN = 10  # passages
_DENIES = re.compile(
    r"\b(?:not|never|no|none|nobody|neither|nor|without|declin\w+|refus\w+|reject\w+|fail\w+|unlike|acquitted"
    r"|except|apart from|denied|denies)\b|n['’]t\b",
    re.IGNORECASE,
)
_MOST_SENTENCES = 7
_MOST_ITEMS = 15
_MOST_WORDS = 9
_MOST_WORDS_ON = 5  # of an item behind those that the reader points at
_MOST_WITNESSES = 3  # sentences for one item
_ENOUGH = 0.15  # of the best pointer's score, for a sentence that may answer beside one that names a single item
_MOST_FURTHER = 4
_MOST_ALONE = 7  # sentences that are read by themselves: each is short
_OF_ITS_OWN = 0.1  # share of the question that a further sentence tells, if it does not go on from one that answers
_LEAST_ALONE = 0.6  # of the threshold, for a sentence that the reader passed over beside the best one
_AS_GOOD = 0.5  # of the confidence in the first sentence, read by itself, that a further one needs
_NO_COUNTRY = re.compile(r"\b(?:the|an?|its?) (?:[a-z]+ )?(?!country\b|nation\b|state\b|republic\b)[a-z]{3,}\s+$")
_COUNTED = re.compile(rf"\b(?:{'|'.join(_NUMBERS)}|several|many|\d+)\b", re.IGNORECASE)  # "four orchestras" is none
_ADJECTIVE = re.compile(r"\w+(?:ish|ese|i?an|ch|i|ic|eek|iss)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question wants a list of: the noun in the plural, its kind, and which are asked to be left out."""

    noun: str
    kind: str  # "country", "place", "person", "named", "any"
    apart: tuple[str, ...]
    certain: bool  # that several are asked for
    asked: str = ""  # the question

    def admits(self, name: str) -> bool:
        """Whether something written like `name` can be one."""
        capital = any(w[:1].isupper() for w in name.split())
        if self.kind == "any":
            return not self.noun or bool(stems(_COUNTED.sub(" ", name)) - stems(self.noun))
        if _COUNTED.match(name) or (self.kind == "country" and is_elsewhere(name, self.asked)):
            return False
        if self.kind in ("place", "person", "named") and self.noun != "states" and is_country(name):
            return False
        return capital


def wanted(question: Question) -> Wanted | None:
    """What `question` wants listed; None where it asks for one thing or something else."""
    text = question.text
    if question.kind in ("number", "date", "reason", "manner", "quote", "yes/no", "timeline", "comparison"):
        return None
    if question.kind == "definition" and not (_WHO_ALL.search(text) or _WHO.search(text) or _WHICH.search(text)):
        return None
    apart = _APART.search(text)
    names = tuple(n.strip(" ,") for n in _SEPARATOR.split(apart["names"]) if n.strip(" ,")) if apart else ()
    asked = without_exclusion(text)
    found = _NAME_THEM.search(asked.strip()) or _WHICH.search(asked)
    if found:
        noun = found["noun"].lower()
        return Wanted(noun, _kind_of(noun), names, True, text)
    all_of = _WHO_ALL.search(asked)
    if all_of:
        return Wanted((all_of["noun"] or "people").lower(), "person", names, True)
    if _WHO.search(asked.strip(" ,")):
        return Wanted("people", "person", names, bool(apart))
    if _WHAT_DID.search(asked.strip(" ,")) and question.kind in ("fact", "list"):
        return Wanted("", "any", names, bool(apart))
    return None


def compose_list(question: Question, reading: Reading, research: Research) -> Composition | None:
    """The items that the reader's sentences name, else those gathered by form; None where there are less than two."""
    asked = wanted(question)
    gathered = _gathered(question, asked, research)
    told = None if gathered and _HOLDERS.match(question.text) else _from_reading(question, asked, reading, research)
    sure = told is not None and told.confidence >= research.threshold
    called = asked is not None and asked.kind == "person" and asked.certain  # each is told to be one of those
    if len(gathered) > 1 and (told is None or not sure or len(told.parts) < len(gathered) + called):
        return _composed(gathered, max(reading.confidence, _BY_FORM), research)
    return told or _one_told(question, asked, reading, research)


def _one_told(question: Question, asked: Wanted | None, reading: Reading, research: Research) -> Composition | None:
    """The best sentence, and of the next ones those that answer by themselves, where several were asked for."""
    if asked is None or not asked.certain or asked.kind == "any" or reading.confidence < research.threshold:
        return None
    best = reading.pointers[0]
    near = [p for p in reading.pointers[1:] if p.score >= _ENOUGH * best.score][:_MOST_FURTHER]
    chosen = _answering_alone(question, asked, [best, *near], reading, research)
    chosen = [best, *(p for p in chosen[1:] if items_in(p, asked))]
    drafts = without_overlaps([draft_of(pointed_at(p), p.short) for p in chosen])
    return Composition(drafts, reading.confidence, short=next((d.short for d in drafts if d.short), None))


def compose_holders(question: Question, reading: Reading, research: Research) -> Composition | None:
    """All who have held a role, one after the other: no contradiction, though each article names another one."""
    return compose_list(question, reading, research) if _ALL_HOLDERS.match(question.text.strip()) else None


def _gathered(question: Question, asked: Wanted | None, research: Research) -> list[list[Item]]:
    """Items found by form, each once: holders of a role, amounts, or what somebody means to do."""
    if question.kind in ("date", "reason", "manner", "yes/no", "timeline", "comparison"):
        return []
    items = [] if asked is not None and asked.apart else holders(question, research)
    if asked is not None and not items and _AMOUNTS.fullmatch(asked.noun):
        items = amounts_told(question, research)
    if asked is not None and not items and asked.kind in ("country", "place", "named"):
        names = (*asked.apart, *(m.text for m in question.mentions if m.kind == "name"))
        done = doers(question, asked.noun, research)
        items = [i for i in done if asked.admits(i.text) and not any(same(i.text, n) for n in names)]
        if asked.kind == "country" and any(is_country(i.text) for i in items):
            items = [i for i in items if is_country(i.text)]
    items = items or intentions(question, research) or (called_so(question, research) if asked is not None else [])
    return [g[:_MOST_WITNESSES] for g in _each_once(items)][:_MOST_ITEMS]


def _from_reading(question: Question, asked: Wanted | None, reading: Reading, research: Research) -> Composition | None:
    """The items that the reader's sentences name; None where they name less than two."""
    if asked is None or not reading.pointers:
        return None
    if asked.apart:  # "apart from Iraq" would be read as being about Iraq
        again = research.read(read_question(without_exclusion(question.text)), research.hits[:_READ_AGAIN])
        if again.pointers and again.confidence >= 0.5 * research.threshold:
            reading = Reading(again.pointers, max(reading.confidence, again.confidence))
    chosen = _telling(question, asked, reading, research)
    chosen = _answering_alone(question, asked, chosen, reading, research)
    done = doers(question, asked.noun, research) if asked.kind in ("country", "place", "named") else []
    if len(done) > 1:  # whoever is named behind these goes on with something else
        held = {(i.sentence.hit.article.article_id, i.sentence.span) for i in done}
        of_its_own = Subject.of(_less_noun(question.text, asked), research)
        chosen = [
            p for n, p in enumerate(chosen)
            if n == 0 or (p.hit.article.article_id, p.sentence) in held
            or of_its_own.told(stems(pointed_at(p).text)) >= _OF_ITS_OWN
        ]  # fmt: skip
    left_out = (*asked.apart, *(m.text for m in question.mentions if m.kind == "name"))
    items: list[Item] = []
    for pointer in chosen:
        found = [i for i in items_in(pointer, asked) if not any(same(i.text, name) for name in left_out)]
        if not asked.certain and len(found) < 2 and not items:
            return None  # the best answer is one thing
        items.extend(found)
    if done:
        items.extend(i for i in done if asked.admits(i.text))
        items = [i for i in items if not any(same(i.text, name) for name in left_out)]
    if asked.kind == "country" and any(is_country(i.text) for i in items):
        items = [i for i in items if is_country(i.text)]
    if asked.noun == "states" and sum(is_state(i.text) for i in items) > 1:
        items = [i for i in items if is_state(i.text)]
    if asked.kind == "person" and asked.certain:
        items = [i for i in items if is_person_name(i.text, i.sentence.hit.passage.text)]
    groups = [g[:_MOST_WITNESSES] for g in _each_once(items)][:_MOST_ITEMS]
    if len(groups) < 2 and not (groups and asked.apart):
        return None
    stated = _STATED.search(question.text)
    if asked.kind == "any" and stated and len(groups) != _NUMBERS.index(stated[1].lower()) + 2:
        return None  # three were asked for, and these are not they
    return _composed(groups, reading.confidence, research)


def without_exclusion(text: str) -> str:
    """`text` less which ones are to be left out."""
    apart = _APART.search(text)
    if apart is None:
        return text
    rest = f"{text[: apart.start()].strip()} {text[apart.end() :].strip(' ,')}".strip()
    return re.sub(r"\s+([?.!,])", r"\1", rest[:1].upper() + rest[1:])


def items_in(pointer: Pointer, asked: Wanted) -> list[Item]:
    """The items that a pointer's sentence names: the answer taken apart, with what is enumerated beside it."""
    sentence = pointed_at(pointer)
    if pointer.short is None:
        return []
    text = sentence.quoted
    start, end = pointer.short.start - sentence.span.start, pointer.short.end - sentence.span.start
    spans = _listed_names(text, start, end, asked) if asked.kind != "any" else []
    spans = spans or _listed_phrases(text, start, end, asked)
    return [Item(sentence, sentence.within(s.start, s.end)) for s in spans]


def same(name: str, other: str) -> bool:
    """Whether two items name the same: equal words, or a surname and a full name."""
    mine, theirs = _words(name), _words(other)
    if not mine or not theirs:
        return False
    if mine == theirs or stems(name) == stems(other) != frozenset():
        return True
    short, long = sorted((mine, theirs), key=len)
    return len(short) < len(long) and name[:1].isupper() and other[:1].isupper() and long[-len(short) :] == short


# --- which sentences --------------------------------------------------------------------------------------------------


def _telling(question: Question, asked: Wanted, reading: Reading, research: Research) -> list[Pointer]:
    """The pointers whose sentences tell what is asked, nearly as much of it as the best one does; best first."""
    denied = _DENIES.search(without_exclusion(question.text)) is not None
    pointers = [p for p in reading.pointers if not denied or _DENIES.search(pointed_at(p).text)]
    if not pointers:
        return []
    about = Subject.of(_less_noun(question.text, asked), research)
    best = about.told(stems(f"{pointers[0].hit.article.headline or ''} {pointed_at(pointers[0]).text}"))
    own = about.told(stems(pointed_at(pointers[0]).text))
    if best < _LEAST_TOLD and reading.confidence < 0.5:
        # The reader is unsure, and the sentence hardly speaks of what is asked: no other joins it for its words.
        return pointers[:1] if asked.certain and asked.kind != "any" else []
    chosen = [pointers[0]]
    least = _LEAST_SHARE if asked.kind != "any" else _SURELY
    for pointer in pointers[1:]:
        if pointer.score < least * pointers[0].score or len(chosen) == _MOST_SENTENCES:
            break
        said = pointed_at(pointer).text
        if not denied and _DENIES.search(said):
            continue
        told = about.told(stems(f"{pointer.hit.article.headline or ''} {said}"))
        if pointer.score < _NEARLY * pointers[0].score and (own < 0.2 or _led_by(pointer) != _led_by(pointers[0])):
            continue
        if told < _MOST_TOLD and pointer.score < 0.6 * pointers[0].score:
            continue
        nearly = pointer.score >= _NEARLY * pointers[0].score
        of_its_own = 0.5 if pointer.score >= 0.6 * pointers[0].score else 0.75 if nearly else 0.99
        if told >= (0.8 if nearly else 0.6) * best and about.told(stems(said)) >= max(0.1, of_its_own * own):
            chosen.append(pointer)
    return chosen


def _answering_alone(
    question: Question, asked: Wanted, chosen: Sequence[Pointer], reading: Reading, research: Research
) -> list[Pointer]:
    """The first of `chosen`, and each further sentence that answers too when it is all that there is to read.

    Beside the best sentence the reader gives the others next to nothing, right or wrong: what it passed over joins them
    here, where its passage tells what is asked about.
    """
    if not chosen:
        return []
    names = [stems(m.text) for m in question.mentions if m.kind == "name" and m.text not in asked.apart]
    about = Subject.of(_less_noun(question.text, asked), research)
    denied = _DENIES.search(without_exclusion(question.text)) is not None
    further = list(chosen[1:])
    for pointer in reading.pointers[1:] if asked.certain and asked.kind != "any" else ():
        there = stems(f"{pointer.hit.article.headline or ''} {pointer.hit.passage.text}")
        if pointer in further or (not denied and _DENIES.search(pointed_at(pointer).text)):
            continue
        if all(n <= there for n in names) and about.told(there) >= _LEAST_TOLD and items_in(pointer, asked):
            further.append(pointer)
    plain = read_question(without_exclusion(question.text))
    if not further:
        return [chosen[0]]
    best = _alone(plain, chosen[0], research).confidence
    kept = [chosen[0]]
    for pointer in further[: _MOST_ALONE - 1]:
        alone = _alone(plain, pointer, research)
        sure = alone.confidence >= max(
            _AS_GOOD * best, _LEAST_ALONE * research.threshold if pointer not in chosen else 0.0
        )
        tied = about.told(stems(pointed_at(pointer).text)) >= _OF_ITS_OWN or any(_adjoins(pointer, k) for k in kept)
        if sure and tied and not is_of_another_year(question, pointer):
            again = next((p.short for p in alone.pointers if p.sentence == pointer.sentence), None)
            kept.append(replace(pointer, short=again or pointer.short))
    return kept


def _adjoins(pointer: Pointer, other: Pointer) -> bool:
    """Whether one sentence stands right beside the other, to go on with what it tells."""
    if pointer.hit.passage.passage_id != other.hit.passage.passage_id:
        return False
    first, second = sorted((pointer.sentence, other.sentence), key=lambda s: s.start)
    start = pointer.hit.passage.start
    return not pointer.hit.passage.text[first.end - start : second.start - start].strip()


def _alone(question: Question, pointer: Pointer, research: Research) -> Reading:
    """What the reader makes of a pointer's sentence and nothing else."""
    passage, span = pointer.hit.passage, pointer.sentence
    text = passage.text[span.start - passage.start : span.end - passage.start]
    return research.read(
        question, (replace(pointer.hit, passage=replace(passage, start=span.start, end=span.end, text=text)),)
    )


def _led_by(pointer: Pointer) -> str:
    """The preposition before the answer: "from" in "rescue teams from Austria"; empty where there is none."""
    if pointer.short is None:
        return ""
    before = re.search(
        r"(\w+)\s+(?:the\s+)?$", pointed_at(pointer).quoted[: pointer.short.start - pointer.sentence.start]
    )
    return before[1].lower() if before and before[1].lower() in _PREPOSITIONS else ""


def _less_noun(text: str, asked: Wanted) -> str:
    text = without_exclusion(text)
    text = re.sub(r"^(?:please |can you )*(?:list|name|enumerate|give me)\b", "", text.strip(), flags=re.IGNORECASE)
    generic = _COUNTRY | _PLACE | _NAMED_THINGS
    if asked.noun not in generic | {"people", "men", "women"}:
        return text  # "victims", "ministers": the articles say so of each
    return " ".join(w for w in text.split() if w.lower() != asked.noun and w.lower() not in generic)


def _kind_of(noun: str) -> str:
    if noun in _COUNTRY:
        return "country"
    if noun in _PLACE:
        return "place"
    if noun in _NAMED_THINGS:
        return "named"
    return "person" if _PERSON_S.fullmatch(noun) else "any"


# --- which items ------------------------------------------------------------------------------------------------------


def _listed_names(text: str, start: int, end: int, asked: Wanted) -> list[Span]:
    """The names that the answer holds, and those of the enumeration of which they are part."""
    names = [m for m in find_mentions(text) if m.kind == "name"]
    inside = [n for n, m in enumerate(names) if start < m.end and m.start < end]
    if not inside:
        return []
    first, last = inside[0], inside[-1]
    while first > 0 and _BETWEEN_NAMES.fullmatch(text, names[first - 1].end, names[first].start):
        first -= 1
    while last + 1 < len(names) and _BETWEEN_NAMES.fullmatch(text, names[last].end, names[last + 1].start):
        last += 1
    run = names[first : last + 1]
    run = [_up_to_the_next(m) for m in run]
    return [Span(m.start, m.end) for m in run if asked.admits(m.text) and not _is_another_kind(text, m, asked)]


def _up_to_the_next(name: Mention) -> Mention:
    """A name less the one that follows with its article: "Vik" in "in Vik the Osk rose"."""
    cut = re.search(r"(?<!\bof)\s+the\s", name.text)
    return replace(name, end=name.start + cut.start(), text=name.text[: cut.start()]) if cut else name


def _is_another_kind(text: str, name: Mention, asked: Wanted) -> bool:
    """Whether the words beside a name say that it is no such thing: "the river Osk", "the French firm"."""
    behind = re.match(r"\s+[a-z]{3,}\s+[A-Z]", text[name.end :])
    if behind and " " not in name.text and not is_country(name.text) and _ADJECTIVE.fullmatch(name.text):
        return True
    return asked.kind == "country" and not is_country(name.text) and bool(_NO_COUNTRY.search(text[: name.start]))


def _listed_phrases(text: str, start: int, end: int, asked: Wanted) -> list[Span]:
    """The phrases of the enumeration that the answer is, or with which it begins."""
    rest = _REST_OF_LIST.match(text, end)
    if rest and any(len(_TRAILS.sub("", piece).split()) > _MOST_WORDS_ON for piece in _SEPARATOR.split(rest[0])):
        rest = None  # clauses, not the next of the same
    whole = Span(start, rest.end() if rest else end)
    pieces: list[Span] = []
    at = whole.start
    for found in _SEPARATOR.finditer(text, whole.start, whole.end):
        pieces.append(Span(at, found.start())) if found.start() > at else None
        at = found.end()
    if at < whole.end:
        pieces.append(Span(at, whole.end))
    for n in range(len(pieces) - 1, 0, -1):
        if _GOES_ON.match(text, pieces[n].start):  # "burned to death or thrown from buildings"
            pieces[n - 1 : n + 1] = [Span(pieces[n - 1].start, pieces[n].end)]
    if len(pieces) == 2 and "," not in whole.of(text) and not _parallel(*(p.of(text) for p in pieces)):
        pieces = [Span(start, end)]
    return [t for p in pieces if (t := _tidied(text, p)) is not None and asked.admits(t.of(text))]


def _parallel(left: str, right: str) -> bool:
    """Whether two phrases joined by "and" are two things: both with an article, both names, or both a word or two."""
    opened = [re.match(r"(?:an?|the|two|three|some|its|his|her|their)\b", p, re.IGNORECASE) for p in (left, right)]
    if all(opened):
        return True
    if left[:1].isupper() and right[:1].isupper():
        return True
    return len(left.split()) <= 2 and len(right.split()) <= 3 and not any(opened)


def _tidied(text: str, piece: Span) -> Span | None:
    """An item less "and", "including" and when; None where what is left is no thing."""
    start, end = piece.start, piece.end
    while found := _LEADS_IN.match(text[start:end]):
        start += found.end()
    said = text[start:end].rstrip(" \t\r\n,;:.\"”'’")
    trail = _TRAILS.search(normalise_space(said))
    if trail and (at := re.search(_TRAILS.pattern.replace(" ", r"\s"), said, re.IGNORECASE)):
        said = said[: at.start()]
    end = start + len(said)
    if not said.strip() or len(said.split()) > _MOST_WORDS or _OTHERS.match(said) or _NO_NOUN_PHRASE.search(said):
        return None
    if (
        said.split()[0].lower() in _PREPOSITIONS
        or said.strip().isdigit()
        or all(w.lower() in FUNCTION_WORDS for w in said.split())
    ):
        return None
    return Span(start, end)


def _words(text: str) -> tuple[str, ...]:
    told = re.sub(r"^(?:an?|the)\s+", "", text.lower().replace("’", "'"))
    return tuple(w.removesuffix("'s").replace(".", "") for w in re.findall(r"[\w'.-]+", told))


# --- put together -----------------------------------------------------------------------------------------------------


def _each_once(items: Sequence[Item]) -> list[list[Item]]:
    groups: list[list[Item]] = []
    for item in items:
        group = next((g for g in groups if any(same(item.text, i.text) for i in g)), None)
        if group is None:
            groups.append([item])
        else:
            group.append(item)
    return groups


def _composed(groups: Sequence[Sequence[Item]], confidence: float, research: Research) -> Composition:
    sentences: dict[tuple[str, Span], Sentence] = {}
    for group in groups:
        for item in group:
            sentences.setdefault((item.sentence.hit.article.article_id, item.sentence.span), item.sentence)
    drafts = without_overlaps([draft_of(s) for s in sentences.values()])
    parts = []
    for group in groups:
        rests = tuple(dict.fromkeys(n for i in group for n, d in enumerate(drafts) if _holds(d, i)))
        if rests:
            name = max(group, key=lambda i: (len(_words(i.text)), -groups.index(group))).text
            stories = {research.story(i.sentence.hit.article.article_id) for i in group}
            days = [d for i in group if (d := i.sentence.hit.article.published.day)]
            outlets = tuple(dict.fromkeys(o for i in group if (o := i.sentence.hit.article.outlet)))
            parts.append(
                DraftPart(
                    name, rests, day=max(days, default=None), basis="published" if days else None, outlets=outlets,
                    n_sources=len(stories),
                )
            )  # fmt: skip
    return Composition(drafts, confidence, "; ".join(p.text for p in parts), "list", tuple(parts))


def _holds(draft: Draft, item: Item) -> bool:
    quote = draft.quotes[0]
    here = item.sentence.hit.article.article_id == quote.article.article_id
    return here and quote.span.start <= item.span.start and item.span.end <= quote.span.end
