"""A follow-up made to stand alone, and a question that asks two things taken apart. Pure: text in, text out.

A follow-up leaves out what the conversation has named: "Who replaced him?", "And in Syria?", "Why?". The
standalone query puts it back, from the earlier questions and the short answers given, and is always shown.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.mentions import content_words, find_mentions
from app.question import read_question

__all__ = ["Past", "question_parts", "standalone_query"]


@dataclass(frozen=True, slots=True)
class Past:
    """One earlier turn as a follow-up sees it: what was searched, and the few words that answered, if any."""

    query: str
    short: str | None = None


_PERSONAL = re.compile(r"\b(he|him|his|she|her|hers)\b", re.IGNORECASE)
_NEUTRAL = re.compile(
    r"\b(it|its|they|them|their|theirs)\b"
    r"|\b(this|that|these|those)\b(?=\s*(?:[?.,!]|$|(?:is|was|were|are|happen|mean|come)\b))",
    re.IGNORECASE,
)
_THERE = re.compile(r"\b(?<!is )(?<!are )(?<!was )(?<!were )(there)\b", re.IGNORECASE)
_ASIDE = re.compile(r"^(?:and|but|so|then|ok(?:ay)?|also|now)\b[, ]*", re.IGNORECASE)
_WHAT_ABOUT = re.compile(
    r"^(?:and\s+|but\s+)?(?:what|how) about\s+|^and\s+(?!(?:what|who|when|where|why|how|which)\b)", re.IGNORECASE
)
_BARE = re.compile(
    r"^(?:and |but |so )?(why|when|where|who|how|how many|how much|by whom|since when|what for)"
    r"(?:\s+(?:is|was|were|did)\s+(?:that|this|it)(?:\s+(?:so|happen))?)?\s*[?.!]*$",
    re.IGNORECASE,
)
_MORE = re.compile(r"^(?:tell me more|more|go on|continue|what else|anything else|elaborate|details?)\b", re.IGNORECASE)
_WH_WORD = (
    r"^(?:(?:in|on|at|from|to|by|for|since|with)\s+)?"
    r"(?:who|whom|whose|what|which|when|where|why|how(?: many| much| long)?)\b"
)
_WH = re.compile(rf"{_WH_WORD}\s*", re.IGNORECASE)
_PREPOSITION = re.compile(r"^(in|on|at|from|to|by|for|since|with|against|during|after|before)\s+(.+)$", re.IGNORECASE)


def standalone_query(history: Sequence[Past], question: str) -> str:
    """`question` with what it leaves out put back from the latest turns; itself when it stands alone.

    Only the last turn's query is consulted, which already carries what earlier turns put into it.
    """
    question = question.strip()
    if not history:
        return question
    past = history[-1]
    if _MORE.search(question):
        return past.query
    bare = _BARE.match(question)
    if bare:
        return f"{bare.group(1).capitalize()} {_body_of(past)}?"
    swapped = _swap(past.query, question)
    if swapped is not None:
        return swapped
    filled = _fill_pronouns(past, question)
    if filled != question:
        return filled
    return _add_topic(past, question)


def _body_of(past: Past) -> str:
    """The last question without its question word, and its answer: what 'Why?' is about."""
    rest = _WH.sub("", past.query.strip().rstrip("?!. ")).strip()
    if past.short and read_question(past.query).kind == "person" and past.short.lower() not in rest.lower():
        rest = f"{past.short} {rest}"
    return rest


def _swap(query: str, question: str) -> str | None:
    """'And in Syria?' after 'How many fighters are in Iraq?': the last question with its like part replaced."""
    about = _WHAT_ABOUT.match(question)
    if about is None:
        return None
    new = question[about.end() :].strip().rstrip("?!. ")
    if not new or len(new.split()) > 6:
        return None
    preposition = _PREPOSITION.match(new)
    names = [m for m in find_mentions(query) if m.kind in ("name", "date")]
    wanted = {m.kind for m in find_mentions(new)} or {"name"}
    names = [m for m in names if m.kind in wanted]
    if preposition:
        same = [
            m for m in names if re.search(rf"\b{preposition.group(1)}\s+(?:the\s+)?$", query[: m.start], re.IGNORECASE)
        ]
        if same:
            return query[: same[-1].start] + preposition.group(2) + query[same[-1].end :]
        return f"{query.rstrip('?!. ')} {new}?"
    if names:
        return query[: names[-1].start] + new + query[names[-1].end :]
    return f"{query.rstrip('?!. ')} {new}?"


def _fill_pronouns(past: Past, question: str) -> str:
    """Every pronoun that the question itself does not explain, replaced by what the last turn was about."""
    own = [m for m in find_mentions(_ASIDE.sub("", question)) if m.kind == "name"]
    replaced = question
    for pattern, antecedent in (
        (_PERSONAL, None if own else _person(past)),
        (_THERE, _place(past)),
        (_NEUTRAL, None if own else _topic(past)),
    ):
        match = pattern.search(replaced)
        if match is None or not antecedent:
            continue
        word = match.group().lower()
        possessive = word in ("his", "its", "their") or (
            word == "her" and re.match(r"\s+[a-z]", replaced[match.end() :])
        )
        filler = f"in {antecedent}" if word == "there" else antecedent + ("'s" if possessive else "")
        replaced = replaced[: match.start()] + filler + replaced[match.end() :]
    return replaced


def _names(text: str) -> list[str]:
    return [m.text for m in find_mentions(text) if m.kind == "name"]


def _person(past: Past) -> str | None:
    asked = read_question(past.query)
    if past.short and asked.kind == "person":
        return past.short
    names = _names(past.query)
    people = [
        n for n in names if not re.search(rf"\b(?:in|from|to|at|near|of)\s+(?:the\s+)?{re.escape(n)}", past.query)
    ]
    return next(iter(people or names or _names(past.short or "")), None)


def _place(past: Past) -> str | None:
    if past.short and read_question(past.query).kind == "place":
        return past.short
    placed = [
        n for n in _names(past.query) if re.search(rf"\b(?:in|from|to|at|near)\s+(?:the\s+)?{re.escape(n)}", past.query)
    ]
    return placed[-1] if placed else None


def _topic(past: Past) -> str | None:
    """What 'it' and 'they' stand for: the answer if it names something, else what the last question was about."""
    if past.short and read_question(past.query).kind in ("place", "definition", "fact") and _names(past.short):
        return past.short
    return _focus(past.query)


def _focus(query: str) -> str | None:
    """What a question is about: the first thing it names, else its last run of words that carry content."""
    names = _names(query)
    if names:
        return names[0]
    runs = re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*|\S", _PARENTHESIS.sub("", query))
    found: list[list[str]] = [[]]
    for word in runs:
        if content_words(word):
            found[-1].append(word)
        elif found[-1]:
            found.append([])
    phrases = [r for r in found if r]
    return " ".join(max(phrases, key=len)[-3:]) if phrases else None


_PARENTHESIS = re.compile(r"\([^()]*\)")
_CARRIES_NOTHING = 4  # a question with more content words than this is taken to say what it is about


def _add_topic(past: Past, question: str) -> str:
    """A question that names nothing of its own is asked about what the last one named, in brackets."""
    words = {w.lower() for w in content_words(question)}
    if find_mentions(_ASIDE.sub("", question)) or len(words) > _CARRIES_NOTHING:
        return question
    topics = [n for n in _names(past.query) if n.lower() not in question.lower()]
    carried = list(dict.fromkeys(w for t in topics for w in content_words(t) if w.lower() not in words))
    return f"{question.rstrip('?!. ')} ({' '.join(carried[:6])})?" if carried else question


# --- questions that ask two things ----------------------------------------------------------------------------------

_SECOND_CLAUSE = re.compile(
    r",?\s+(?:and|or)\s+(?=(?:(?:in|on|at|from|to|by|for|since|with)\s+)?(?:who|whom|whose|what|which|when|where|why|how)\b)",
    re.IGNORECASE,
)
_MOST_PARTS = 3


def question_parts(text: str) -> tuple[str, ...]:
    """The questions that `text` asks at once, each made to stand alone; empty when it asks one thing.

    "When did it open, and who opened it?" asks two; "Where do Berg and Dahl live?" asks the same of two names.
    """
    clauses = _SECOND_CLAUSE.split(text.strip())
    if 1 < len(clauses) <= _MOST_PARTS and all(len(content_words(c)) > 0 for c in clauses):
        parts = [f"{clauses[0].rstrip('?!. ,')}?"]
        for clause in clauses[1:]:
            parts.append(standalone_query([Past(parts[0])], f"{clause[0].upper()}{clause[1:].rstrip('?!. ')}?"))
        return tuple(parts)
    names = [m for m in find_mentions(text) if m.kind == "name"]
    for left, right in itertools.pairwise(names):
        if re.fullmatch(r"\s*,?\s+and\s+(?:the\s+)?", text[left.end : right.start]):
            return (text[: left.end] + text[right.end :], text[: left.start] + text[right.start :])
    return ()
