"""A question that can mean several people, places or events is answered for each of them, under its name.

Ambiguous is a name that articles complete in two ways ("Abdullah": Abdullah Khan, Abdullah Yusuf), and an event without
a name ("the crash") of which articles tell two that share no name. A plain question about one story is never taken
apart: each reading needs articles of its own, and an answer there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.draft import Composition, Draft, DraftPart, Quote, Research
from app.forms.counted import is_counted_otherwise
from app.forms.subject import context_of, is_of_another_year, sentence_of, share_told
from app.mentions import Mention, content_words, find_mentions
from app.question import Question
from app.reader import Pointer, Reading
from app.values import read_name
from ingest.article import normalise_space
from store import Hit

__all__ = ["compose_readings", "events_meant", "people_meant"]

_MOST = 4
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
    house administration government campaign inc corp ltd co plc day act law bill plan deal airlines parliament senate
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
    meant = people_meant(question, reading, research) or events_meant(question, reading, research)
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
    short = "; ".join(f"{o.label}: {w}" for o in meant if (w := _short(o.pointer)))
    shorts = all(_short(o.pointer) for o in meant)
    return Composition(tuple(drafts), reading.confidence, short if shorts else None, "readings", tuple(parts))


# --- people of one name -----------------------------------------------------------------------------------------------


def people_meant(question: Question, reading: Reading, research: Research) -> list[_Meant]:
    """The people, or places, that share the question's name, each with what answers for it; none where one is meant."""
    names = [m for m in question.mentions if m.kind == "name"]
    if len(names) != 1:
        return []  # the other name says who is meant
    mention = names[0]
    completed = _completions(question, mention, [p.hit for p in reading.pointers], research)
    if len(completed) < 2:
        return []
    best: dict[str, Pointer] = {}
    for pointer in reading.pointers:
        label = _called(pointer, mention.text, completed)
        if label is None or label in best or not _counts(pointer, reading):
            continue
        if not _is_in_label(pointer, label):  # "Ossia, Greta Noll" gives the answer, and no other Ossia
            best[label] = pointer
    stories = {research.story(p.hit.article.article_id) for p in best.values()}
    if len(best) < 2 or len(stories) < 2:
        return []
    return [_Meant(label, pointer) for label, pointer in list(best.items())[:_MOST]]


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


# --- events without a name --------------------------------------------------------------------------------------------


def events_meant(question: Question, reading: Reading, research: Research) -> list[_Meant]:
    """The events that "the crash" can be, each with what answers for it; none where the question tells which."""
    event = _EVENT.search(question.text)
    if event is None or any(m.kind in ("name", "date") for m in question.mentions):
        return []
    chosen: list[tuple[_Meant, frozenset[str], str]] = []
    for pointer in reading.pointers:
        if (
            pointer.score < max(_LEAST, _SHARE_OF_EVENT * reading.pointers[0].score)
            or share_told(question, pointer) < _TOLD
        ):
            continue
        if question.kind == "number" and (
            is_counted_otherwise(question, pointer) or is_of_another_year(question, pointer)
        ):
            continue
        story = research.story(pointer.hit.article.article_id)
        names = _names(context_of(pointer))
        if not names or any(story == s or names & n for _, n, s in chosen):
            continue
        chosen.append((_Meant(_event_label(event["event"].lower(), pointer), pointer), names, story))
    return [meant for meant, _, _ in chosen[:_MOST]] if len(chosen) > 1 else []


def _names(text: str) -> frozenset[str]:
    """The words of the names in `text`, folded."""
    found = (read_name(m.text) for m in find_mentions(text) if m.kind == "name")
    return frozenset(w for name in found if name for words in name.names for w in words)


def _event_label(event: str, pointer: Pointer) -> str:
    """How an event is told from another: its place, or its headline, and the year of the article."""
    day = pointer.hit.article.published.day
    headline = pointer.hit.article.headline or ""
    place = _place(sentence_of(pointer)) or _place(headline) or _place(pointer.hit.passage.text)
    label = f"{event} {place}" if place else normalise_space(headline) or event
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
    start = pointer.hit.passage.start
    return normalise_space(pointer.hit.passage.text[pointer.short.start - start : pointer.short.end - start])
