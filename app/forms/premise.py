"""A question that takes something for granted which the articles deny is answered with the sentence that denies it.

The denial has to be about what the question asks for or says happened, and to tell as much of the question as any
sentence that bears it out does; where one bears it out, the question stands. A year of the question that the articles
never name, where they name another for the same, makes any answer less sure.
"""

from __future__ import annotations

import re

from app.draft import Composition, Research
from app.forms.claims import FROM_NOBODY, POINTS_BACK, Claim, Told, claim_of, told_by
from app.forms.opposites import DENIALS, stem
from app.forms.sentence import draft_of
from app.question import Question
from app.reader import Pointer, Reading

__all__ = ["CONTRADICTED", "compose_premise"]

CONTRADICTED = "The articles contradict what the question takes for granted."
_NEAR = 0.70  # share of the question that the denial, with the sentences before it, tells
_NEAR_ASKED = 0.55  # the same where there is none of the very thing that is asked for
_NEAR_POINTED = 0.45  # the same where the reader points at the denial before all else
_FIRST = 3  # pointers
_CERTAIN = 0.6  # of the reader: what it points at then is the answer, whatever else denies
_AS_MUCH = 0.8
_SURE = 0.6
_FEWEST = 2  # stems of the question that a denial tells, where it points to nothing before it
_NEARLY_ALL = 0.85
_OPENING = 60  # characters
_ASKS_SUBJECT = re.compile(
    r"(?:and |but |so )?(?:who|what|which)\b(?!.*\b(?:do|does|did)\b)(?!.*\b(?:will|has|have|had|is|are|was"
    r"|were|can|could|would)"
    r" (?:the|a|an|his|her|its|their|(?-i:[A-Z])))",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"[a-z)\"”][.!?] +[A-Z]")
_COUNTS = re.compile(r"\bhow (?:many|much|few)\b|\b(?:number of|death toll|total of)\b")
_MEASURES = re.compile(r"\bhow (?:many (?:years|months|weeks|days)|much time)\b")
_UNTIL = re.compile(
    r"[^,;:.]{0,60}?\b(?:before|until|till|(?:earlier|sooner|later|more|less|fewer) than|at least|only|just)\b",
    re.IGNORECASE,
)
_COMING = re.compile(r"(?:and |but |so )?when (?:will|is|are|does|do|should|can)\b", re.IGNORECASE)
_ASKS = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE)


def compose_premise(question: Question, reading: Reading, research: Research) -> Composition | None:
    """The sentence that denies what the question takes for granted; None where none does, or one bears it out."""
    if question.kind in ("yes/no", "quote") or not _ASKS.search(question.text) or DENIALS.search(question.text):
        return None
    if _SEVERAL.search(question.text):
        return None  # what comes before the question is told, not taken for granted
    claim = claim_of(question, research)
    if not claim.words:
        return None
    told = told_by(claim, research.hits, research.text_of)
    asks_subject = _ASKS_SUBJECT.match(question.text) is not None
    against = [t for t in told if _denies(claim, t, reading, is_of_subject=asks_subject)]
    denial = max(against, key=_weight, default=None)
    if denial is None:
        return None
    borne_out = max((_weight(t) for t in told if t.stance == "asserts" and denial.denied in t.stems), default=0.0)
    if borne_out >= _weight(denial) or _is_answered(denial, told, reading, research.threshold):
        return None
    return Composition((draft_of(denial.sentence),), max(reading.confidence, _SURE), notes=(CONTRADICTED,))


def _weight(told: Told) -> float:
    return told.near * (0.5 + 0.5 * told.own)


def _denies(claim: Claim, told: Told, reading: Reading, *, is_of_subject: bool) -> bool:
    if told.stance != "denies" or (is_of_subject and not FROM_NOBODY.fullmatch(told.cue)):
        return False
    if claim.asked and not told.stems & set(claim.asked[-1:]):
        return False
    if _is_limited(told) or (_COMING.match(claim.text) and not DENIALS.fullmatch(told.cue)):
        return False  # what began, or is closed now, may well end or open on the day asked for
    points_back = POINTS_BACK.search(told.sentence.quoted[:_OPENING]) is not None
    if not DENIALS.fullmatch(told.cue) and not _is_opposed(claim, told, points_back=points_back):
        return False
    if told.denied not in _stems(told.sentence.quoted) and told.near_words < 1.0:
        return False  # a word like it is denied, of something else
    if len(told.stems) < _FEWEST and len(claim.weights) > 1 and not points_back and told.near < _NEARLY_ALL:
        return False
    pointed = any(_is_at(p, told) for p in reading.pointers[:_FIRST])
    least = _NEAR_POINTED if pointed else _NEAR_ASKED if told.negates_asked else _NEAR
    return told.near >= least


def _stems(text: str) -> set[str]:
    return {stem(w.lower()) for w in re.findall(r"[^\W_]+", text)}


def _is_limited(told: Told) -> bool:
    """Whether the denial sets a bound: "will not be finished before 2031" says that it will be finished."""
    text = told.sentence.quoted
    cues = [m for m in DENIALS.finditer(text) if m.group() == told.cue]
    return bool(cues) and all(_UNTIL.match(text, m.end()) for m in cues)


def _is_opposed(claim: Claim, told: Told, *, points_back: bool) -> bool:
    """Whether an opposite takes the claim back: of the same one, and not of some among many.

    That some were rescued says nothing of how many died; that a named one was acquitted says that he was not jailed.
    """
    if _COUNTS.search(claim.text) and not (_MEASURES.search(claim.text) and claim.names):
        return False
    return not claim.names or points_back or not told.stems.isdisjoint(claim.names)


def _is_answered(denial: Told, told: list[Told], reading: Reading, threshold: float) -> bool:
    """Whether the reader finds the answer in another sentence, one that leaves the claim standing."""
    if reading.confidence < threshold or not reading.pointers:
        return False
    first = reading.pointers[0]
    if _is_at(first, denial) or denial.words == 1.0:
        return False
    there = next((t for t in told if _is_at(first, t)), None)
    if there is None or there.stance == "denies":
        return False
    return reading.confidence >= _CERTAIN or (
        there.stance == "asserts" and denial.denied in there.stems and there.own >= _AS_MUCH * denial.own
    )


def _is_at(pointer: Pointer, told: Told) -> bool:
    hit = told.sentence.hit
    return pointer.sentence == told.sentence.span and pointer.hit.article.article_id == hit.article.article_id
