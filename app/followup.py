"""A follow-up made to stand alone, and a question that asks two things taken apart. Pure: text in, text out.

A follow-up leaves out what the conversation has named: "Who replaced him?", "And in Syria?", "Why?". The
standalone query puts it back, from the earlier questions and the answers given, and is always shown.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence

from app.counting_questions import read_count_question
from app.mentions import content_words, find_mentions
from app.resolve import Past
from app.resolve.clauses import opened
from app.resolve.entities import named, one_side
from app.resolve.last_question import again, ask_of_last
from app.resolve.pronouns import fill_pronouns
from app.resolve.swaps import swap
from app.resolve.terms import Carried, TermModel, load_terms
from app.resolve.topics import (
    described_sort,
    during_event,
    in_brackets,
    leaves_out,
    said_on_topic,
    says_enough,
    with_topic,
)

__all__ = ["Past", "leans_on_talk", "question_parts", "standalone_query", "without_topic"]

_MOST_ADDED = 400  # characters that a query may be longer than its question
_LEAST_NEED = 0.9  # chance that anything is left out, from which on it is put back
_LEAST_NEED_OF_ENOUGH = 0.95  # the same for a question that shares nothing with the talk and brings words of its own
_SURE = 0.3  # chance of a phrase that is worth adding where a pronoun was filled already
_DOUBTED, _PREFERRED = 0.1, 0.5  # chances of what rules put for a pronoun, and of what is put instead
_PERSONAL = re.compile(r"\b(?:he|him|his|she|hers?)\b", re.IGNORECASE)
_MOST_TURNS = 16  # the first one and the latest are looked at
_LONGEST_PAST = 600  # characters of an earlier query that are looked at
_LONGEST_SAID = 1_500  # characters of an answer
_LONGEST_NEAR = 8_000  # characters of the passages it was taken from


def standalone_query(history: Sequence[Past], question: str, *, model: TermModel | None = None) -> str:
    """`question` with what it leaves out put back from the conversation; itself when it stands alone.

    The last turn's query carries what earlier turns put into it, so most is found there. What is put back holds no
    control characters and makes the query at most 400 characters longer.
    """
    question = question.strip()
    if not history or not question or read_count_question(question) is not None:
        return question  # what is counted in the archive is named, or is no count yet
    if len(history) > _MOST_TURNS:
        history = (history[0], *history[1 - _MOST_TURNS :])
    past = [_readable(turn) for turn in history]
    query = next(
        (q for move in (again, ask_of_last, swap, during_event) if (q := move(past, question)) is not None), None
    )
    if query is None:
        query = _resolved(past, question, model or load_terms())
    return query if len(query) <= len(question) + _MOST_ADDED else question


def without_topic(query: str, question: str) -> str:
    """`query` without the topic in brackets that was put behind `question`: what is asked, to be read where it is."""
    core = re.sub(r"\s*\([^()]*\)(\??)$", r"\1", query)
    if _PERSONAL.search(core):
        return query  # who is meant stands in the brackets
    return core if core != query and not re.search(r"\([^()]*\)\s*\??$", question) and content_words(core) else query


def leans_on_talk(question: str, query: str) -> bool:
    """Whether the answer is looked for first where the last one was found.

    So it is of a question that says little alone: its topic was put behind it, it has no name, or hardly more than one.
    """
    if without_topic(query, question) != query:
        return True
    if query != question:
        return False  # what it stands for was put in its place, and tells where to look
    return not any(m.kind == "name" for m in find_mentions(opened(question)))


def _resolved(past: Sequence[Past], question: str, model: TermModel) -> str:
    """The question with its pronouns filled, or else with the words in brackets that the talk is about."""
    carried = model.carry(past, question)
    filled = fill_pronouns(past, question, carried)
    if filled is not None and not _doubted(question, filled, carried):
        if len(named(filled)) > len(named(question)):
            return filled  # who or what is meant is told by name
        return in_brackets(filled, [p for p, chance in carried.guesses if chance >= _SURE])
    if (said := said_on_topic(past, question)) is not None:
        return said
    enough = says_enough(past, question)
    if carried.needed < (_LEAST_NEED_OF_ENOUGH if enough else _LEAST_NEED):
        return question
    if not enough and (described_sort(question) or leaves_out(past, question)):
        return with_topic(past, question, carried)
    return in_brackets(question, [p for p, _ in carried.guesses])


def _doubted(question: str, filled: str, carried: Carried) -> bool:
    """Whether the words that rules put for a pronoun are unlikely, and others are likely."""
    if _PERSONAL.search(question):
        return False  # the tagger does not tell who is a woman
    held = set(content_words(question))
    put = [word for word in content_words(filled) if word not in held]
    likeliest = max((carried.chance(word) for word in put), default=1.0)
    return likeliest < _DOUBTED and bool(carried.guesses) and carried.guesses[0][1] >= _PREFERRED


def _readable(past: Past) -> Past:
    """An earlier turn without control characters, and not longer than is looked at."""
    return Past(
        _plain(past.query, _LONGEST_PAST), one_side(_plain(past.short or "", _LONGEST_PAST)),
        _plain(past.typed, _LONGEST_PAST), _plain(past.said, _LONGEST_SAID), _plain(past.near, _LONGEST_NEAR),
    )  # fmt: skip


def _plain(text: str, most: int) -> str:
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in text[:most])
    return " ".join(kept.split())


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
