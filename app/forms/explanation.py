"""Why and how: the sentence that gives the cause, with those around it that carry it on, in the order of the article.

The reader's sentences come first. Where they are one, the neighbour joins them that goes on with the same matter: one
that gives a cause, that tells what is asked about, or that shares the paragraph. A sentence stays alone only where
nothing stands beside it, and nothing is told twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.draft import Composition, Draft, Research
from app.forms.sentence import (
    Sentence,
    Subject,
    distinct,
    draft_of,
    near_equal,
    plain_draft,
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
    r"|prompted by|triggered by|sparked by|the reason|stemm\w+ from|attribut\w+ to|citing|blam\w+"
    r"|after(?!\s+\w+ing\b)(?!\s+(?:[\w-]+\s+){0,3}(?:days?|weeks?|months?|years?|hours?)\b))\b",
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
_FAILS = re.compile(  # what goes wrong brings on the rest, with no word that says so
    r"\b(?:lost|fail(?:s|ed|ing|ure)|fault\w*|defect\w*|broke(?:n)?|mistake\w*|error\w*|negligen\w+|lack(?:s|ed|ing)?"
    r"|shortage|blam(?:e|es|ed|ing)|accus(?:e|es|ed|ing)|demand(?:s|ed|ing)?|(?:asking|calling) for|wants?|wanted"
    r"|object\w*|fear(?:s|ed)?|worr(?:y|ies|ied)|concern(?:s|ed)?|overrul\w+|forbid\w*|would (?:mean|lead|force|cost)"
    r"|had (?:not|been)|found that|complain\w*|collaps\w+)\b",
    re.IGNORECASE,
)
_BLAMED = re.compile(
    r"\b(?:(?<!\bI )blam(?:e|es|ed|ing)|attribut(?:es?|ed)|put(?:s|ting)? (?:it|this|that) down to|cit(?:es|ed)"
    r"|the (?:main )?(?:reason|cause)s? (?:is|was|were|are))\b",
    re.IGNORECASE,
)
_ASKED_HOW = re.compile(  # of the question: what asks for the cause, and how much of it there is, no article need say
    r"^what (?:caused|led to|triggered|prompted|sparked|explains|made)\b|\b(?:reasons?|causes?) (?:for|of|behind)\b"
    r"|\bso \w+|\bcome to\b|^explain\b",
    re.IGNORECASE,
)
_NEARLY = 0.3  # of the best pointer's score: what has it is told too
_MOST_SENTENCES = 5
_ENOUGH = 3  # sentences; more only where the reader is nearly as sure of them
_WINDOW = 3  # sentences before and behind in which an explanation is carried on
_CARRIES_ON = 0.9  # worth of a neighbour that is told beside two others; the best one is told in any case
_LEAST_WORTH = 0.1
_HALF_SURE = 0.3  # of the threshold: what the reader gives a sentence that an explanation around it may bear out
_BORNE_OUT = 0.8  # share of the question that the passage of such a sentence and the headline tell
_NEARLY_SURE = 0.75  # the same for a sentence with no word of cause near it
_ALL_TOLD = 0.95
_LOOKED_AT = 3
_EFFECT_TOLD = 0.35  # share of the question that what is caused tells, in a sentence found by form
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
    about = Subject.of(_ASKED_HOW.sub(" ", question.text), research)
    chosen = _by_reader(reading)
    confidence = reading.confidence
    if why and confidence < research.threshold and (found := _by_form(question, about, reading, research)):
        sentence, told = found
        chosen, confidence = [sentence], max(confidence, _SURE + 0.25 * (told - _TOLD) / (1 - _TOLD))
    elif why and (better := _says_why(chosen[0], about, reading)):
        chosen = [better, *(c for c in chosen if c.span != better.span)][:_MOST_SENTENCES]
    if why and confidence < research.threshold and (borne := _borne_out(question, about, reading, research)):
        chosen, confidence = borne, research.threshold + 0.02
    first = chosen[0]
    chosen = distinct([*chosen, *_connected(first, about)])[:_MOST_SENTENCES]
    chosen = _carried_on(chosen, about, reading, why=why)
    place = first.hit.article.article_id
    chosen.sort(key=lambda s: (s.hit.article.article_id != place, s.hit.article.source, s.span.start))
    return Composition(_together(chosen), confidence)


def _together(chosen: Sequence[Sentence]) -> tuple[Draft, ...]:
    """Drafts in the order given: a sentence whose predecessor is told too needs none of its words again."""
    drafts: list[Draft] = []
    for sentence in chosen:
        widened = draft_of(sentence)
        overlaps = len(without_overlaps([*drafts, widened])) == len(drafts)
        drafts.append(plain_draft(sentence) if overlaps else widened)
    return without_overlaps(drafts)


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
        before = _before(sentence, 2)
        blames = (
            _BLAMED.search(text) is not None
            and not re.search(r"\bI\b", text)
            and about.told(stems(before)) >= max(said, 0.5)
        )
        if not blames and (
            said < _EFFECT_TOLD or not any(about.told(stems(effect)) >= 0.9 * said for effect in _effects(text))
        ):
            continue  # what is asked about is the cause there, or beside it
        around = stems(f"{sentence.hit.article.headline or ''} {before} {text}")
        if any(name and not name & around for name in names):
            continue
        told = about.told(around) - 0.05 if blames else 0.5 * said + 0.5 * about.told(around)
        if told >= _TOLD and (best is None or told > best[1]):
            best = (sentence, told)
    return best


def _borne_out(question: Question, about: Subject, reading: Reading, research: Research) -> list[Sentence]:
    """A sentence of which the reader is half sure with the cause beside it, in a passage that tells what is asked."""
    names = [stems(m.text) for m in find_mentions(question.text) if m.kind == "name"]
    for pointer in reading.pointers[:_LOOKED_AT]:
        if pointer.score < max(_HALF_SURE * research.threshold, 0.5 * reading.pointers[0].score):
            return []
        sentence = pointed_at(pointer)
        around = stems(f"{pointer.hit.article.headline or ''} {pointer.hit.passage.text}")
        if about.told(around) < _BORNE_OUT or not all(name <= around for name in names if name):
            continue
        sure = pointer.score >= _NEARLY_SURE * research.threshold and about.told(around) >= _ALL_TOLD
        said = about.told(stems(sentence.text))
        if _STRONG.search(sentence.text) and not any(
            about.told(stems(effect)) >= 0.9 * said for effect in _effects(sentence.text)
        ):
            continue  # what is asked about is the cause there, or beside it
        if sure or _tells_cause(sentence.text):
            return [sentence]
        if beside := [s for s in _carried_on([sentence], about, reading, why=True)[1:] if _tells_cause(s.text)]:
            return [sentence, *beside]
    return []


def _tells_cause(text: str) -> bool:
    return _STRONG.search(text) is not None or _FAILS.search(text) is not None


def _carried_on(chosen: list[Sentence], about: Subject, reading: Reading, *, why: bool) -> list[Sentence]:
    """`chosen` with the neighbours of the first that carry it on, until there are enough."""
    first = chosen[0]
    there = sentences_of((first.hit,))
    here = next((n for n, s in enumerate(there) if s.span.overlaps(first.span)), None)
    if here is None:
        return chosen
    scores = {(p.hit.passage.passage_id, p.sentence): p.score for p in reversed(reading.pointers)}
    best = max(reading.pointers[0].score, 1e-6)
    restates = why and not gives_cause(first.text)  # the news itself: its cause is told farther on
    found: list[tuple[float, Sentence]] = []
    for n in range(max(0, here - _WINDOW), min(len(there), here + _WINDOW + 2 * restates + 1)):
        other = there[n]
        if len(other.text.split()) < 4 or any(c.span.overlaps(other.span) for c in chosen):
            continue
        low, high = (first, other) if n > here else (other, first)
        began = first.hit.passage.start
        between = first.hit.passage.text[low.span.end - began : high.span.start - began]
        worth = 0.6 * (abs(n - here) == 1 and "\n\n" not in between.replace("\r", ""))
        worth += 0.8 * (_STRONG.search(other.text) is not None) if why else 0.0
        worth += 0.6 * (_FAILS.search(other.text) is not None) if why else 0.0
        worth += 0.3 * (_GOES_ON.match(other.text) is not None and n == here + 1) + 0.2 * (n > here)
        worth += 0.6 * about.told(stems(other.text))
        worth += 0.6 * min(1.0, scores.get((other.hit.passage.passage_id, other.span), 0.0) / best)
        found.append((worth - 0.1 * abs(n - here), other))
    found.sort(key=lambda f: -f[0])
    kept = list(chosen)
    for worth, other in found:
        if len(kept) >= _ENOUGH or worth < (_LEAST_WORTH if len(kept) == 1 else _CARRIES_ON):
            break
        if not any(near_equal(stems(other.text), stems(k.text), 0.8) for k in kept):
            kept.append(other)
    return kept


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
