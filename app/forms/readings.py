"""A question that can mean several people, places or events is answered for each of them, under its name.

Ambiguous is a name that articles complete in two ways ("Abdullah": Abdullah Khan, Abdullah Yusuf), and an event without
a name ("the crash") of which articles tell two that share no name. A plain question about one story is never taken
apart: each reading needs articles of its own, and an answer there.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.draft import Composition, Draft, DraftPart, Quote, Research
from app.forms.counted import is_counted_otherwise
from app.forms.opposites import stem
from app.forms.role_nouns import PERSON_NOUNS, is_role_noun
from app.forms.subject import FATES, GENERIC, context_of, is_of_another_year, sentence_of, share_told
from app.mentions import FUNCTION_WORDS, Mention, content_words, find_mentions
from app.question import Question, read_question
from app.reader import Pointer, Reading
from app.values import read_name
from ingest.article import Span, normalise_space
from store import Hit
from store.lexical import terms

__all__ = ["compose_readings", "events_meant", "people_meant"]

_MOST = 4  # readings; a name that more things have is a kind of thing, and which is meant cannot be asked back
_READ_AGAIN = 8  # passages, for each reading
_SHARE = 0.1  # of the best pointer's score: a reading of which less is said is not meant
_SHARE_OF_EVENT = 0.03  # the same where all words of the question are told
_LEAST = 0.02
_TOLD = 0.75  # of the question's words: an event told in other words may be no event of the kind
_RIVAL = 0.25  # of the first reading's articles: whoever is named far more often is meant
_READ = 20_000  # characters of an article in which a name is looked for
_LONGEST = 4  # words of a person's name
_NO_PERSON = frozenset(
    """school university college ministry county city party street police department airport hospital council court
    stadium company group bank party army front university institute centre center church avenue road river lake
    mountain island bridge club times post news press league cup prize award committee commission foundation museum
    bowl series championship war olympics house administration government campaign inc corp ltd co plc day act law
    bill plan deal airlines parliament senate
    congress embassy north south east west northern southern eastern western new""".split()
)
_EVENT = re.compile(
    r"\bthe (?:[a-z-]+ ){0,2}?(?P<event>(?:air ?)?strike|attack|accident|blaze|bombing|blast|clash(?:es)?"
    r"|collapse|crash|derailment|disaster|drought|earthquake|eruption|explosion|fire|flood(?:s|ing)?|heist|hijacking"
    r"|hurricane|incident|killing"
    r"|landslide|massacre|murder|outbreak|quake|raid|rally|riots?|robbery|shipwreck|shooting|siege|stabbing|stampede"
    r"|storm|tornado|trial|tsunami|typhoon|verdict|wildfires?|wreck)\b",
    re.IGNORECASE,
)
_MOST_NAMES = 2
_LOOKED_AT = 8  # passages, in which other stories of the kind are looked for
_SURE_ALONE = 0.3  # confidence in another story, read by itself
_FEW_WORDS = 1  # a question of no more content words says nothing of which one is meant
_WHAT_IS = re.compile(r"^\W*what(?:['’]s| is| are| was| were) (?:an? |the )[\w\s-]+\W*$", re.IGNORECASE)
_ONE_OF_ITS_KIND = re.compile(  # what there is one of, or which says itself which one it is
    r"\bthe (?:[a-z-]+ )?(?:\w{3,}est|most|least|first|second|third|last|latest|only|same|next|other"
    r"|world|sun|moon|earth|sky|public|internet|people|police|past|future|end|start|beginning|number|name|cause|reason|age|price|cost)\b",
    re.IGNORECASE,
)
_OF_THE_KIND = 0.5  # of the question's words
_DEFINITE = re.compile(r"\bthe ((?:[a-z-]{3,20} ){0,2}[a-z-]{3,20})\b")
_NAMED = r"(?i:\b{noun}) (?P<name>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)?)\b(?! [a-z]+ (?:company|operator))"
_NO_BEARER = frozenset("who what when where which how the a in on at of and officials police".split())
_PLACED = re.compile(r"\b(?:in|at|near|off|outside|on|over|of)\s+(?:the\s+)?(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class _Meant:
    """One thing that the question can mean: how it is called, and what answers for it."""

    label: str
    pointer: Pointer


def compose_readings(question: Question, reading: Reading, research: Research) -> Composition | None:
    """An answer for each thing that the question can mean; None where it means one."""
    if question.kind in ("list", "yes/no") or not reading.pointers:
        return None
    meant = (
        people_meant(question, reading, research)
        or bearers_meant(question, reading, research)
        or events_meant(question, reading, research)
    )
    if len(meant) < 2:
        return None
    drafts, parts = [], []
    for n, one in enumerate(meant):
        article, sentence = one.pointer.hit.article, sentence_of(one.pointer)
        words = _short(one.pointer)
        quote = Quote(article, one.pointer.sentence, sentence)
        drafts.append(Draft(normalise_space(sentence), (quote,), "verbatim", words))
        outlets = (article.outlet,) if article.outlet else ()
        parts.append(
            DraftPart(words or normalise_space(sentence), (n,), one.label, article.published.day,
                      article.published.basis, outlets)
        )  # fmt: skip
    if len({(_short(o.pointer) or str(n)).lower() for n, o in enumerate(meant)}) < 2:
        return None  # whichever is meant, the answer is the same
    short = "; ".join(f"{o.label}: {w}" for o in meant if (w := _short(o.pointer)))
    shorts = all(_short(o.pointer) for o in meant)
    return Composition(
        tuple(drafts),
        max(reading.confidence, _chance_of_any(meant)),
        short if shorts else None,
        "readings",
        tuple(parts),
    )


def _chance_of_any(meant: Sequence[_Meant]) -> float:
    """The chance that one of the readings is answered."""
    return 1.0 - math.prod(1.0 - one.pointer.score for one in meant)


# --- people of one name -----------------------------------------------------------------------------------------------


def people_meant(question: Question, reading: Reading, research: Research) -> list[_Meant]:
    """The people, or places, that share the question's name, each with what answers for it; none where one is meant."""
    names = [m for m in question.mentions if m.kind == "name"]
    for mention in names if len(names) <= _MOST_NAMES else ():
        completed = _completions(question, mention, [p.hit for p in reading.pointers], research)
        others = [n for n in names if n is not mention]
        if question.kind == "definition":  # "Who is Smith?": those who are named most
            completed = dict(list(completed.items())[:_MOST])
        if 1 < len(completed) <= _MOST and (
            meant := _people_called(question, mention, completed, others, reading, research)
        ):
            return meant
    return []


def _people_called(
    question: Question, mention: Mention, completed: Mapping[str, tuple[str, ...]], others: Sequence[Mention],
    reading: Reading, research: Research,
) -> list[_Meant]:  # fmt: skip
    """What answers for each of `completed`; read once more by the full name where the short one finds but one."""
    best: dict[str, Pointer] = {}
    for pointer in reading.pointers:
        label = _called(pointer, mention.text, completed)
        if label is None or label in best or not _counts(pointer, reading):
            continue
        if not _holds(pointer, others):
            continue  # the other name says who is meant
        if not _is_in_label(pointer, label):  # "Ossia, Greta Noll" gives the answer, and no other Ossia
            best[label] = pointer
    if not best:
        return []
    again: dict[str, Pointer] = {}
    for label in completed if not others or len(best) > 1 else ():
        if "," in label:
            continue
        asked = question.text[: mention.start] + label + question.text[mention.end :]
        naming = [h for h in research.hits if label in f"{h.article.headline or ''}\n{h.passage.text}"][:_READ_AGAIN]
        read = research.read(read_question(asked), naming)
        first = next(
            (p for p in read.pointers if _is_named_in(p, label) or _called(p, mention.text, completed) == label), None
        )
        if first is not None and first.score >= max(_LEAST, _SHARE * read.pointers[0].score):
            again[label] = first
    is_again = len(again) == len(completed)
    if is_again:
        best = again
    best = {label: _own_answer(pointer, label, best) for label, pointer in best.items()}
    stories = {research.story(p.hit.article.article_id) for p in best.values()}
    places = {(p.sentence, p.short) for p in best.values()}
    apart = len(places) == len(best) and (
        len({s for s, _ in places}) == len(best) or all(short is not None for _, short in places)
    )
    if len(best) < 2 or (len(stories) < 2 and not (is_again and apart)):
        return []
    return [_Meant(label, pointer) for label, pointer in list(best.items())[:_MOST]]


def _is_named_in(pointer: Pointer, label: str) -> bool:
    return re.search(rf"\b{re.escape(label)}\b", sentence_of(pointer)) is not None


def _own_answer(pointer: Pointer, label: str, labels: Iterable[str]) -> Pointer:
    """The answer behind `label`, where the sentence names another of `labels` too and gives an answer behind each."""
    text = sentence_of(pointer)
    places = sorted((text.find(one), one) for one in labels if one in text)
    if len(places) < 2 or pointer.short is None or label not in text:
        return pointer
    start = text.find(label)
    end = next((at for at, _ in places if at > start), len(text))
    short = pointer.short.start - pointer.sentence.start
    if start <= short < end:
        return pointer
    behind = start + len(label)
    found = next((m for m in find_mentions(text[behind:end])), None)
    if found is None:
        return replace(pointer, short=None)
    at = pointer.sentence.start + behind
    return replace(pointer, short=Span(at + found.start, at + found.end))


def _holds(pointer: Pointer, names: Sequence[Mention]) -> bool:
    """Whether the article around the answer has the last word of every one of `names`."""
    said = frozenset(terms(context_of(pointer)))
    return all(set(terms(n.text)[-1:]) <= said for n in names)


def _is_in_label(pointer: Pointer, label: str) -> bool:
    """Whether the answer is what completes the name behind a comma."""
    words = _short(pointer)
    return "," in label and words is not None and words in label.partition(",")[2]


def _completions(
    question: Question, mention: Mention, hits: Sequence[Hit], research: Research
) -> Mapping[str, tuple[str, ...]]:
    """The longer names that articles give to `mention`, as written, with their telling words; rivals of the first only.

    None where an article has it without completing it: what stands on its own is nobody's surname.
    """
    asked = frozenset(w.lower() for w in content_words(question.text))
    stories: dict[tuple[str, ...], set[str]] = {}
    written: dict[tuple[str, ...], Counter[str]] = {}
    named = re.compile(rf"\b{re.escape(mention.text)}\b")
    told = [f"{h.article.headline or ''}\n\n{h.passage.text}" for h in dict.fromkeys(hits)]
    if len({words for text in told for _, words in _longer(text, mention.text)}) < 2:
        return {}  # what the passages do not tell apart, whole articles are not read for
    for article_id in dict.fromkeys(h.article.article_id for h in hits):
        text = research.text_of(article_id)[:_READ]
        longer = _longer(text, mention.text)
        if not longer and named.search(text):
            return {}
        for name, words in longer:
            if not frozenset(words) <= asked:
                stories.setdefault(words, set()).add(research.story(article_id))
                written.setdefault(words, Counter())[name] += 1
    kept: list[tuple[str, ...]] = []
    for words in sorted(stories, key=lambda w: (-len(stories[w]), w)):
        if any(set(words) <= set(k) or set(k) <= set(words) for k in kept):
            continue  # "Abdullah Khan" and "Abdullah Rahim Khan" may be one
        if not kept or len(stories[words]) >= _RIVAL * len(stories[kept[0]]):
            kept.append(words)
    return {written[words].most_common(1)[0][0]: words for words in kept}


def _longer(text: str, short: str) -> list[tuple[str, tuple[str, ...]]]:
    """Names in `text` that hold `short` at an end and more, and places that have their country behind a comma."""
    found = []
    wanted = read_name(short)
    if wanted is None:
        return []
    core = wanted.names[0]
    for mention in _names_around(text, short):
        whole = mention.text
        behind_of = re.search(r"\s+of\s", whole)  # "Clara Venn of the Civic Alliance" is Clara Venn
        if behind_of and re.search(rf"\b{re.escape(short)}\b", whole[: behind_of.start()]):
            mention = replace(mention, end=mention.start + behind_of.start(), text=whole[: behind_of.start()])
        said = read_name(mention.text)
        words = said.names[0] if said else ()
        if words == core:
            behind = re.match(r",\s+([A-Z][\w.’'-]+(?: [A-Z][\w’'-]+)?)(?=[,.\s])", text[mention.end :][:60])
            known = read_name(behind[1]) if behind and not _is_clause(text[mention.end + behind.end() :]) else None
            if behind and known:
                found.append((f"{mention.text}, {behind[1]}", (*core, *known.names[0])))
            continue
        if not set(words) & _NO_PERSON and len(words) <= _LONGEST and (name := _completed(mention.text, core)):
            found.append(name)
    return found


def _names_around(text: str, short: str) -> Iterator[Mention]:
    """The names of `text` that hold `short`, at their places in it."""
    upto = 0
    for found in re.finditer(rf"\b{re.escape(short)}\b", text):
        if found.start() < upto:
            continue
        around = max(text.rfind(" ", 0, max(0, found.start() - 60)) + 1, upto)
        for mention in find_mentions(text[around : found.end() + 60]):
            start, end = mention.start + around, mention.end + around
            if mention.kind == "name" and start <= found.start() and found.end() <= end:
                upto = end
                yield Mention("name", start, end, mention.text)


def _completed(text: str, core: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """`core` with the words of the name `text` behind it, or else the one before it: no "Striker", no "Captain"."""
    words = [(w, known.names[0]) for w in text.split() if (known := read_name(w))]
    folded = [f[0] for _, f in words if len(f) == 1]
    if len(folded) != len(words):
        return None
    for i in range(len(words) - len(core) + 1):
        if tuple(folded[i : i + len(core)]) == core:
            end = i + len(core)
            start = i if end < len(words) else max(0, i - 1)
            end = len(words) if end < len(words) else end
            if end - start > len(core):
                return " ".join(w for w, _ in words[start:end]), tuple(folded[start:end])
    return None


def _is_clause(behind: str) -> bool:
    """Whether a verb follows, so that the name behind the comma starts something of its own."""
    return bool(re.match(r"\s+(?:said|told|was|is|has|had|and [A-Z])\b", behind))


def _called(pointer: Pointer, short: str, completed: Mapping[str, tuple[str, ...]]) -> str | None:
    """Which of `completed` the sentence is about: the one named in it or last before it, else that of the headline."""
    passage = pointer.hit.passage
    upto = passage.text[: pointer.sentence.end - passage.start]
    for text in (sentence_of(pointer), upto, pointer.hit.article.headline or "", passage.text):
        said = [words for _, words in _longer(text, short)]
        for words in reversed(said):
            for label, known in completed.items():
                if set(known) <= set(words) or set(words) <= set(known):
                    return label
    return None


# --- things of one kind with names of their own -----------------------------------------------------------------------


def bearers_meant(question: Question, reading: Reading, research: Research) -> list[_Meant]:
    """The things that "the ferry" can be where articles call one "the ferry Linnet", another "the ferry Petrel"."""
    if any(m.kind in ("name", "date") for m in question.mentions):
        return []
    asks_who = re.match(r"^\W*who", question.text, re.IGNORECASE) is not None
    scores = {(p.hit.article.article_id, p.sentence): p.score for p in reading.pointers}
    for phrase in _DEFINITE.findall(question.text):
        for noun in phrase.split():
            if asks_who and noun in PERSON_NOUNS:
                continue  # of the captain of the ferry, it is the ferry that has to be known
            groups = _bearers(noun, research)
            if not 2 <= len(groups) <= _MOST:
                continue
            meant = []
            for name, hits in groups.items():
                asked = re.sub(rf"\b{re.escape(noun)}\b", f"{noun} {name}", question.text, count=1)
                pointer = _first_answer(question, research.read(read_question(asked), hits[:_READ_AGAIN]), scores)
                if pointer is not None and _is_of_the_kind(question, hits):
                    meant.append(_Meant(f"{noun} {name}", pointer))
            meant.sort(key=lambda m: -m.pointer.score)
            meant = [m for m in meant if m.pointer.score >= _SHARE_OF_EVENT * meant[0].pointer.score]
            if len(meant) > 1:
                return meant[:_MOST]
    return []


def _is_of_the_kind(question: Question, hits: Sequence[Hit]) -> bool:
    """Whether the article holds most of what the question says: there are many ferries, and few that sank."""
    said = frozenset(terms(" ".join(f"{h.article.headline or ''} {h.passage.text}" for h in hits)))
    fates = [f for f in FATES if f.search(question.text)]
    event = _EVENT.search(question.text)  # an accident is told as "ran aground"
    untold = {*GENERIC, *((event["event"].lower(),) if event else ())}
    words = [
        frozenset(terms(w))
        for w in content_words(question.text)
        if w.lower() not in untold and not any(f.search(w) for f in fates)
    ]
    return sum(w <= said for w in words) >= _OF_THE_KIND * len(words)


def _bearers(noun: str, research: Research) -> dict[str, list[Hit]]:
    """The names that follow `noun` in the hits, each with the hits of the articles that tell of it and no other."""
    named = re.compile(_NAMED.format(noun=re.escape(noun)))
    told: dict[str, str] = {}
    for hit in research.hits:
        told[hit.article.article_id] = (
            f"{told.get(hit.article.article_id, hit.article.headline or '')}\n{hit.passage.text}"
        )
    counted: Counter[str] = Counter()
    for text in told.values():
        counted.update({m["name"].removesuffix("'s").removesuffix("’s") for m in named.finditer(text)})
    names = [n for n, _ in counted.most_common() if n.lower() not in _NO_BEARER]
    names = [n for i, n in enumerate(names) if not any(set(n.split()) & set(k.split()) for k in names[:i])]
    groups: dict[str, list[Hit]] = {}
    for hit in research.hits:
        own = [n for n in names if re.search(rf"\b{re.escape(n)}\b", told[hit.article.article_id])]
        if len(own) == 1:
            groups.setdefault(own[0], []).append(hit)
    return groups


def _first_answer(question: Question, reading: Reading, scores: Mapping[tuple[str, Span], float]) -> Pointer | None:
    """What the reader is surest of, by both questions, that is counted as asked; None where it is sure of nothing."""

    def sure(pointer: Pointer) -> float:
        before = scores.get((pointer.hit.article.article_id, pointer.sentence), 0.0)
        return pointer.score * math.sqrt(before + _LEAST)

    fates = [f for f in FATES if f.search(question.text)] if question.kind == "number" else []
    for pointer in sorted(reading.pointers, key=sure, reverse=True):
        if pointer.score < _LEAST or (fates and not any(f.search(sentence_of(pointer)) for f in fates)):
            continue
        if question.kind == "number" and (pointer.short is None or is_counted_otherwise(question, pointer)):
            continue
        return pointer
    return None


# --- events without a name --------------------------------------------------------------------------------------------


def events_meant(question: Question, reading: Reading, research: Research) -> list[_Meant]:
    """The events that "the crash" can be, each with what answers for it; none where the question tells which.

    So may "the museum", or nothing ("Who was elected?"), where stories without a name in common tell all of it.
    """
    if any(m.kind in ("name", "date") for m in question.mentions):
        return []
    event = _EVENT.search(question.text)
    called = event["event"].lower() if event else _unnamed(question)
    if called is None:
        return []
    chosen: list[tuple[_Meant, frozenset[str], str]] = []
    for first in reading.pointers if event else reading.pointers[:1]:
        if first.score < max(_LEAST, _SHARE_OF_EVENT * reading.pointers[0].score):
            continue
        if event and share_told(question, first) < _TOLD:
            continue
        if (pointer := _as_counted(question, first)) is None:
            continue
        story = research.story(pointer.hit.article.article_id)
        names = _names_beside(question, pointer.hit)
        if not names or any(story == s or names & n for _, n, s in chosen):
            continue
        chosen.append((_Meant(_event_label(called, pointer), pointer), names, story))
    if len(chosen) == 1 and reading.confidence >= research.threshold:
        chosen.extend(_others_told(question, called, chosen[0], research))
    return [meant for meant, _, _ in chosen[:_MOST]] if len(chosen) > 1 else []


def _unnamed(question: Question) -> str | None:
    """What "the museum" is called, empty where a short question names nothing at all; None where it says which."""
    if _ONE_OF_ITS_KIND.search(question.text) or _WHAT_IS.match(question.text):
        return None
    found = _DEFINITE.search(question.text)
    if found is None:
        return "" if len(content_words(question.text)) <= _FEW_WORDS else None
    words = found[1].split()
    stop = next((n for n, w in enumerate(words) if n and (w in FUNCTION_WORDS or w.endswith("ed"))), len(words))
    return " ".join(words[: max(1, stop)])


def _others_told(
    question: Question, called: str, first: tuple[_Meant, frozenset[str], str], research: Research
) -> list[tuple[_Meant, frozenset[str], str]]:
    """Stories that tell all the question's words with none of the names of the first, and answer when read alone.

    Beside the first, which the reader is sure of, their answers would count for nothing. Where there are many, the
    question is of a kind of thing, and none is meant.
    """
    meant, names, story = first
    here = _roots(_told_around(meant.pointer.hit))
    asked = [
        r for r in _roots_in_order(question.text) if r in here
    ]  # what the first tells in other words, so may others
    said = {_short(meant.pointer)}
    found: list[tuple[_Meant, frozenset[str], str]] = []
    n_read = 0
    for article_id in dict.fromkeys(h.article.article_id for h in research.hits[:_LOOKED_AT]):
        hits = [h for h in research.hits[:_LOOKED_AT] if h.article.article_id == article_id]
        there = _roots(" ".join(_told_around(h) for h in hits))
        other = research.story(article_id)
        own = frozenset().union(*(_names_beside(question, h) for h in hits))
        if not asked or not set(asked) <= there or not own or other == story or own & names:
            continue
        n_read += 1
        if n_read > _MOST:
            return []
        read = research.read(question, hits)
        sure = read.confidence >= max(research.threshold, _SURE_ALONE)
        telling = next((p for p in read.pointers[:_LOOKED_AT] if _tells_half(question, p, asked)), None)
        if not sure or telling is None or any(own & n or other == s for _, n, s in found):
            continue
        if (pointer := _as_counted(question, telling)) is None:
            continue
        if question.kind not in ("reason", "manner") and (pointer.short is None or _short(pointer) in said):
            continue
        said.add(_short(pointer))
        found.append((_Meant(_event_label(called, pointer), pointer), own, other))
    return found if len(found) < _MOST else []


def _as_counted(question: Question, pointer: Pointer) -> Pointer | None:
    """The pointer, to another number of its sentence where that one counts what is asked; None where none does."""
    if question.kind != "number":
        return pointer
    if is_of_another_year(question, pointer):
        return None
    text = sentence_of(pointer)  # "Two" that opens a sentence looks like a name
    numbers = [m for m in find_mentions(text[:1].lower() + text[1:]) if m.kind == "number"]
    start = pointer.sentence.start
    others = (replace(pointer, short=Span(start + m.start, start + m.end)) for m in numbers)
    return next((p for p in (pointer, *others) if not is_counted_otherwise(question, p)), None)


def _tells_half(question: Question, pointer: Pointer, asked: Sequence[str]) -> bool:
    """Whether the sentence itself tells half of the words, or, of a number of dead, that it is of dead."""
    text = sentence_of(pointer)
    if question.kind == "number" and (fates := [f for f in FATES if f.search(question.text)]):
        return any(f.search(text) for f in fates)
    return 2 * len(_roots(text) & set(asked)) >= len(asked)


def _told_around(hit: Hit) -> str:
    return f"{hit.article.headline or ''} {hit.passage.text}"


def _roots(text: str) -> frozenset[str]:
    return frozenset(_roots_in_order(text))


def _roots_in_order(text: str) -> list[str]:
    """The stems of the words, those of strong verbs too: "stole" is told by "stolen"."""
    return [stem(w.lower()) for w in content_words(text)]


def _names_beside(question: Question, hit: Hit) -> frozenset[str]:
    """The words of the names around an answer, less what the question says itself, and what is no name."""
    asked = frozenset(w.lower() for w in content_words(question.text))
    names = (w for w in _names(_told_around(hit)) if w not in asked and not is_role_noun(w))
    return frozenset(w for w in names if not find_mentions(w))  # "Two" opens a sentence


def _names(text: str) -> frozenset[str]:
    """The words of the names in `text`, folded."""
    found = (read_name(m.text) for m in find_mentions(text) if m.kind == "name")
    return frozenset(w for name in found if name for words in name.names for w in words)


def _event_label(event: str, pointer: Pointer) -> str:
    """How an event is told from another: its place, or its headline, and the year of the article."""
    day = pointer.hit.article.published.day
    headline = pointer.hit.article.headline or ""
    place = _place(sentence_of(pointer)) or _place(headline) or _place(pointer.hit.passage.text)
    label = f"{event} {place}".strip() if place else normalise_space(headline) or event
    return f"{label}, {day.year}" if day else label


def _place(text: str) -> str | None:
    """The first words that place something by name: "near Osk", "at the Hanley warehouse"."""
    for found in _PLACED.finditer(text):
        for mention in find_mentions(text[found.end() : found.end() + 60]):
            if mention.start != 0 or mention.kind != "name":
                break
            end = found.end() + mention.end
            behind = re.match(r" [a-z]+", text[end:]) if "the" in found.group() else None
            return normalise_space(text[found.start() : end + (behind.end() if behind else 0)])
    return None


def _counts(pointer: Pointer, reading: Reading) -> bool:
    return pointer.score >= max(_LEAST, _SHARE * reading.pointers[0].score)


def _short(pointer: Pointer) -> str | None:
    if pointer.short is None:
        return None
    text, start = pointer.hit.passage.text, pointer.hit.passage.start
    end = pointer.short.end - start
    behind = re.compile(r"-(?:one|two|three|four|five|six|seven|eight|nine)\b").match(text, end)  # of "Thirty-one"
    return normalise_space(text[pointer.short.start - start : behind.end() if behind else end])
