"""A follow-up made to stand alone, and a question that asks two things taken apart. Pure: text in, text out.

A follow-up leaves out what the conversation has named: "Who replaced him?", "And in Syria?", "Why?". The
standalone query puts it back, from the earlier questions and the answers given, and is always shown.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from app.mentions import content_words, find_mentions
from app.resolve import Past
from app.resolve.moves import again, ask_of_last, fill_pronouns, leaves_out, swap, with_topic

__all__ = ["Past", "question_parts", "standalone_query"]

_MOST_ADDED = 400  # characters that a query may be longer than its question
_LONGEST_PAST = 600  # characters of an earlier query that are looked at


def standalone_query(history: Sequence[Past], question: str) -> str:
    """`question` with what it leaves out put back from the conversation; itself when it stands alone.

    The last turn's query carries what earlier turns put into it, so most is found there. What is put back holds no
    control characters and makes the query at most 400 characters longer.
    """
    question = question.strip()
    if not history or not question:
        return question
    past = [_readable(turn) for turn in history]
    query = next((q for move in (again, ask_of_last, swap) if (q := move(past, question)) is not None), None)
    if query is None:
        query = fill_pronouns(past, question)
    if query is None:
        query = with_topic(past, question) if leaves_out(past, question) else question
    return query if len(query) <= len(question) + _MOST_ADDED else question


def _readable(past: Past) -> Past:
    """An earlier turn without control characters, and not longer than a question is."""
    short = None if past.short is None else _plain(past.short)
    return replace(past, query=_plain(past.query), short=short or None)


def _plain(text: str) -> str:
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text[:_LONGEST_PAST])
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
