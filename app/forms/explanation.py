"""Why and how: the sentence that gives the cause, with what connects to it, in the order of the article.

The reader's sentences come first. A neighbour is added only where the language ties the two ("because", "as a result",
"to protect"), so that an answer of one sentence stays one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.draft import Composition, Research
from app.forms.sentence import (
    Sentence,
    Subject,
    distinct,
    draft_of,
    pointed_at,
    sentences_of,
    stems,
    without_overlaps,
)
from app.mentions import find_mentions
from app.question import Question
from app.reader import Reading

__all__ = ["compose_explanation", "gives_cause"]

_WHY = re.compile(
    r"^(?:(?:so|and|but),?\s+)?(?:why|how come|explain (?:why|how)|(?:can you )?explain|what (?:caused|led to"
    r"|triggered|prompted"
    r"|sparked|explains|(?:is|was|were|are) the (?:reasons?|causes?|motives?) (?:for|of|behind|why)|made)"
    r"|for what reasons?|what (?:set off|brought about))\b|\bwhat for[\s?.!]*$",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|thanks to|as a result of|on account of|caused by|led to by|blamed (?:on|for)"
    r"|in order to|so that|in (?:retaliation|response|protest|revenge) (?:for|to|against|at|over)"
    r"|in an? (?:effort|attempt|bid) to"
    r"|(?:was|were|is|are|been) (?:prompted|triggered|sparked|driven|fuelled|fueled|forced) by|over (?:an?|the"
    r"|its|his|her|their)"
    r"|after|since|the reason|stemm\w+ from|attribut\w+ to|amid|citing|saying|aimed at|aims to|to (?:avoid"
    r"|prevent|protect|help|save|stop"
    r"|ensure|allow|reduce|make|keep|build|force|show|get|give|meet|raise))\b",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"\b(?:because|due to|owing to|as a result of|caused by|in order to|so that|in (?:retaliation|response"
    r"|protest|revenge)"
    r"|prompted by|triggered by|sparked by|the reason|stemm\w+ from|attribut\w+ to|citing|blam\w+|after)\b",
    re.IGNORECASE,
)
_RESULTS = re.compile(
    r"^[\"“]?(?:as a result|therefore|consequently|that is why|this is why|for this reason|thus|hence)\b", re.I
)
_GOES_ON = re.compile(
    r"^[\"“]?(?:this|that|these|those|such|the (?:move|decision|measure|step|change|increase|drop|delay|failure)"
    r"|it|they"
    r"|the reason|another reason|(?:a|the) (?:second|third|other|further|main) (?:reason|cause|factor)"
    r"|in addition|also|moreover)\b",
    re.IGNORECASE,
)
_NEARLY = 0.3  # of the best pointer's score: what has it is told too
_MOST_SENTENCES = 5
_TOLD = 0.62  # share of the question that a sentence and those before it tell, to answer where the reader is unsure
_SURE = 0.45  # confidence of a cause found by form alone; 0 to 0.25 more for how much of the question it tells


def gives_cause(text: str) -> bool:
    """Whether a sentence says why, by a word that ties a cause to what it causes."""
    return _CAUSE.search(text) is not None


def compose_explanation(question: Question, reading: Reading, research: Research) -> Composition | None:
    """The reader's sentences and their connected neighbours; None where the question asks for no explanation."""
    if question.kind not in ("reason", "manner") or not reading.pointers:
        return None
    why = _WHY.search(question.text) is not None
    about = Subject.of(question.text, research)
    chosen = _by_reader(reading)
    confidence = reading.confidence
    if why and confidence < research.threshold and (found := _by_form(question, about, reading, research)):
        sentence, told = found
        chosen, confidence = [sentence], max(confidence, _SURE + 0.25 * (told - _TOLD) / (1 - _TOLD))
    elif why and (better := _says_why(chosen[0], about, reading)):
        chosen = [better, *(c for c in chosen if c.span != better.span)][:_MOST_SENTENCES]
    first = chosen[0]
    chosen = distinct([*chosen, *_connected(first, about)])[:_MOST_SENTENCES]
    place = first.hit.article.article_id
    chosen.sort(key=lambda s: (s.hit.article.article_id != place, s.hit.article.source, s.span.start))
    return Composition(without_overlaps([draft_of(s) for s in chosen]), confidence)


def _by_reader(reading: Reading) -> list[Sentence]:
    best = reading.pointers[0].score
    near = [p for p in reading.pointers if p.score >= _NEARLY * best][:_MOST_SENTENCES]
    return distinct([pointed_at(p) for p in near])


def _by_form(question: Question, about: Subject, reading: Reading, research: Research) -> tuple[Sentence, float] | None:
    """A sentence that gives a cause and, with those before it, tells what is asked about; and how much of it."""
    names = [stems(m.text) for m in find_mentions(question.text) if m.kind == "name"]
    best: tuple[Sentence, float] | None = None
    top = {h.passage.passage_id for h in research.hits[:8]}
    for sentence in sentences_of(h for h in research.hits if h.passage.passage_id in top):
        text = sentence.text
        said = about.told(stems(text))
        if not any(about.told(stems(effect)) >= 0.9 * said for effect in _effects(text)):
            continue  # what is asked about is the cause there, or beside it
        before = _before(sentence, 2)
        around = stems(f"{sentence.hit.article.headline or ''} {before} {text}")
        if any(name and not name & around for name in names):
            continue
        told = 0.5 * said + 0.5 * about.told(around)
        if told >= _TOLD and (best is None or told > best[1]):
            best = (sentence, told)
    return best


def _says_why(first: Sentence, about: Subject, reading: Reading) -> Sentence | None:
    """A sentence nearly as sure that gives a cause, where the surest gives none."""
    if gives_cause(first.text):
        return None
    told = about.told(stems(first.text))
    for pointer in reading.pointers[1:8]:
        sentence = pointed_at(pointer)
        nearly = pointer.score >= 0.5 * reading.pointers[0].score
        if nearly and _STRONG.search(sentence.text) and about.told(stems(sentence.text)) >= told:
            return sentence
    return None


def _connected(sentence: Sentence, about: Subject) -> Sequence[Sentence]:
    """The neighbours that the language ties to `sentence`."""
    there = sentences_of((sentence.hit,))
    here = next((n for n, s in enumerate(there) if s.span.overlaps(sentence.span)), None)
    if here is None:
        return ()
    found = []
    if _RESULTS.match(sentence.text) and here > 0:
        found.append(there[here - 1])
    if here + 1 < len(there):
        after = there[here + 1]
        goes_on = _GOES_ON.match(after.text) and _CAUSE.search(after.text)
        if goes_on or _RESULTS.match(after.text):
            found.append(after)
    return found


def _effects(text: str) -> list[str]:
    """What is caused, for each word of cause in a sentence: what stands before it; behind the comma where it opens."""
    found = []
    for cue in _STRONG.finditer(text):
        opens = len(text[: cue.start()].split()) < 2
        comma = text.find(",", cue.end())
        if not opens:
            found.append(text[: cue.start()])
        elif comma > 0:
            found.append(text[comma:])
    return found


def _before(sentence: Sentence, n: int) -> str:
    there = [s for s in sentences_of((sentence.hit,)) if s.span.end <= sentence.span.start]
    return " ".join(s.text for s in there[-n:])
