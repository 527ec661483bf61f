"""What a question asks for, told by its form. Pure: text in, text out, no model."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from app.mentions import Mention, content_words, find_mentions

__all__ = ["Question", "QuestionKind", "names_another_year", "plainly", "read_question"]

QuestionKind = Literal[
    "person", "number", "date", "place", "quote", "reason", "manner", "list", "yes/no", "definition", "fact",
    "timeline", "comparison",
]  # fmt: skip

_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
_PLACE_NOUN = (
    r"(?:countr(?:y|ies)|nations?|states?|cit(?:y|ies)|towns?|villages?|provinces?|regions?|places?|locations?|areas?"
    r"|airports?|districts?|continents?|islands?|capitals?|stations?|ports?|neighbou?rhoods?)"
)
_FORMS: tuple[tuple[QuestionKind, str], ...] = (
    (
        "comparison",
        r"^(?:please |can you )*(?:compare|contrast)\b|\b(?:differences?|similarit(?:y|ies)|distinction) between\b"
        r"|^how (?:do|does|did|is|are|was|were) .+ (?:differ|compare|different)\b|\S (?:versus|vs\.?) \S"
        r"|^(?:do|does|did|have|has) .+ and .+ (?:agree|disagree|differ)\b",
    ),
    (
        "timeline",
        r"\b(?:time ?line|chronology|chronological(?:ly)?|(?:sequence|course|order) of events|in order of time"
        r"|key dates)\b|^(?:re)?trace (?:the )?(?:history|course|story)\b|^how (?:did|has|have|does) .+ (?:unfold"
        r"|unfolded|evolved?|developed?|played? out)\b|^(?:the )?history of\b|^(?:what|which) (?:events"
        r"|developments)\b",
    ),
    ("number", r"\bhow (?:many|much|old|long(?! ago)|far|often|large|big|tall|high|deep|wide|fast|heavy|few)\b"),
    (
        "number",
        r"\b(?:what|which) (?:(?:is|was) the )?(?:number|percentage|share|proportion|fraction|amount|total|size)\b",
    ),
    ("date", r"\b(?:when|how long ago|(?:what|which) (?:year|date|day|month|week|decade|time))\b"),
    (
        "list",  # a noun in the plural, told by the verb behind it: "which other countries have", "what steps did"
        r"\b(?:what|which) (?:[\w-]+ ){0,2}(?:people|children|men|women|\w{2,}[^s\W]s)\b"
        r"(?= (?:are|were|do|did|have|had|can|could|will|would|should|may|might|\w+ed)\b)",
    ),
    ("list", r"^(?:please )?(?:list|name|enumerate)\b|\bwhat are (?:the|some|all)\b"),
    (
        "quote",
        r"\b(?:what|how) (?:did|does|do|has|have|had|was|were|is) .*\b(?:say|says|said|tell|told|warn|warned|claim"
        r"|claimed|argue|argued|describe|described|call|called|state|comment|respond|react|think|believe"
        r"|characteri[sz]e)\b",
    ),
    ("quote", r"\b(?:in (?:his|her|their|whose) (?:own )?words|quote[ds]?|exact words)\b"),
    (
        "reason",
        r"\b(?:why|how come|what (?:is|was|were) the (?:reasons?|causes?|motives?|purpose)|what (?:caused|led|prompted"
        r"|made)|for what (?:reason|purpose)|what explains)\b",
    ),
    ("place", rf"\b(?:where|(?:what|which) (?:\w+ ){{0,2}}{_PLACE_NOUN})\b"),
    ("definition", r"^(?:who|what) (?:is|are|was|were) (?:an? |the )?[^?]{1,40}\??$"),
    (
        "person",
        r"\b(?:who|whom|whose)\b|\b(?:what|which) (?:man|woman|person|leader|official|politician|researcher|spokes\w+"
        r"|president|minister|general)\b",
    ),
    ("manner", r"\bhow\b|\bby what means\b|\bin what way\b"),
    ("yes/no", rf"^(?:and |but |so )?{_AUXILIARY}\b"),
)
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _FORMS)
_COUNTED = re.compile(r"\bhow (?:many|much)(?: of (?:the|these|those))? ((?:[\w'’-]+ ?){1,3})", re.IGNORECASE)
_ASKED_NOUN = re.compile(r"\b(?:what|which) (?:(?:kind|type|sort) of )?((?:[\w'’-]+ ){0,2}[\w'’-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A standalone question, read: `words` are its content words, `names` what it mentions by name, number or date.

    `asked` is the noun whose value is asked for ("how many *troops*", "which *city*"), empty when there is none.
    """

    text: str
    kind: QuestionKind
    words: tuple[str, ...]
    mentions: tuple[Mention, ...]
    asked: tuple[str, ...]

    @property
    def factual(self) -> bool:
        """Whether a sentence is enough: everything but reasons, manners, quotes and what is gathered."""
        return self.kind in ("person", "number", "date", "place", "yes/no", "fact")


def read_question(text: str) -> Question:
    """What `text` asks for, from its form."""
    kind: QuestionKind = next((k for k, pattern in _KINDS if pattern.search(text)), "fact")
    found = _COUNTED.search(text) or (_ASKED_NOUN.search(text) if kind not in ("reason", "quote") else None)
    asked = content_words(found.group(1)) if found else ()
    asked = tuple(w for w in asked if w.lower() not in _VERBS_AFTER_NOUN)
    return Question(text, kind, content_words(text), find_mentions(text), asked[:2])


def plainly(text: str) -> str:
    """`text` without what hides its form: marks of direction and of no width, tags, symbols ahead, quotes around it."""
    plain = _TAG.sub(" ", _INVISIBLE.sub("", text))
    plain = " ".join(_AHEAD.sub("", plain).split())
    quoted = _QUOTED.fullmatch(plain)
    return (quoted[1] if quoted else plain) or text


_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,9}(?:\s[^<>]{0,80})?/?>")
_AHEAD = re.compile(r"^[^\w\"'“”‘’«(\[$€£#@-]+(?=\w)")
_QUOTED = re.compile(r"[\"“”«']\s*([^\"“”«»]+?)\s*[\"“”»']")


def names_another_year(question: Question, day: dt.date) -> bool:
    """Whether a year is named and none of them is that of `day`: it is not the news of that day that is asked for."""
    years = {int(year) for year in _YEAR.findall(question.text)}
    return bool(years) and day.year not in years


_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_VERBS_AFTER_NOUN = frozenset(
    "happened caused led killed died said says believed believe joined took carried called named known".split()
)
