"""A gold file becomes GoldCases: what to ask, the words an answer must hold, and where the articles say so.

One JSON object a line. Guarantee: every quote of a loaded case stands verbatim in the article it names, so a
figure measured on it never rests on a typing error. Whatever is wrong is a GoldError that names file and line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from ingest.article import Span
from ingest.errors import GoldError, UnknownSourceError

__all__ = ["KINDS", "Evidence", "GoldCase", "Kind", "Need", "load_gold"]

Kind = Literal[
    "fact", "number", "date", "place", "quote", "why", "how", "list",
    "follow-up", "cross-article", "misleading", "unanswerable",
]  # fmt: skip
Need = Literal["any", "all"]

KINDS: tuple[Kind, ...] = get_args(Kind)
# Only a question of these kinds may be without an answer; a misleading one has an answer where the article
# contradicts its premise.
DECLINABLE: frozenset[Kind] = frozenset({"misleading", "unanswerable"})
MOST_NAMED = 20  # malformed lines in one message
KEYS = frozenset({"id", "kind", "question", "history", "answers", "evidence", "need"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of an article that answer a question. `spans` are all the places where they stand, in order."""

    source: str
    quote: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class GoldCase:
    """A question with what is expected of its answer. No `answers` means: expected to decline.

    `answers` are wordings that count when found in an answer: one of them for need "any", each for "all".
    """

    id: str
    kind: Kind
    question: str
    history: tuple[str, ...]
    answers: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    need: Need

    @property
    def answerable(self) -> bool:
        """Whether the articles answer it."""
        return bool(self.answers)


def load_gold(path: Path, source_text: Callable[[str], str]) -> tuple[GoldCase, ...]:
    """The cases of `path`, in order. `source_text(source)` gives an article's text or raises UnknownSourceError.

    Blank lines are skipped.

    Raises:
        GoldError: the file cannot be read or is empty, or lines are malformed; the message names file and line of each.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"reading the gold file {path}: {error}") from error
    cases: list[GoldCase] = []
    wrong: list[str] = []
    line_of: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = _parse(line, source_text)
            if case.id in line_of:
                raise GoldError(f"the id {case.id!r} is taken by line {line_of[case.id]}; give each case its own")
        except GoldError as error:
            wrong.append(f"{path}:{number}: {error}")
            continue
        line_of[case.id] = number
        cases.append(case)
    if wrong:
        more = [f"and {len(wrong) - MOST_NAMED} more"] if len(wrong) > MOST_NAMED else []
        raise GoldError("\n".join([*wrong[:MOST_NAMED], *more]))
    if not cases:
        raise GoldError(f"{path}: no questions in it; write one JSON object a line")
    return tuple(cases)


def _parse(line: str, source_text: Callable[[str], str]) -> GoldCase:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise GoldError(f"invalid JSON ({error})") from error
    if not isinstance(row, dict):
        raise GoldError("a line is one JSON object")
    if unknown := sorted(row.keys() - KEYS):
        raise GoldError(f"unknown key {unknown[0]!r}; a case has {', '.join(sorted(KEYS))}")
    if missing := sorted(KEYS - row.keys()):
        raise GoldError(f"the key {missing[0]!r} is missing")
    case = GoldCase(
        id=_text(row["id"], "id"),
        kind=cast(Kind, _one_of(row["kind"], "kind", KINDS)),
        question=_text(row["question"], "question"),
        history=_texts(row["history"], "history"),
        answers=_texts(row["answers"], "answers"),
        evidence=_evidence(row["evidence"], source_text),
        need=cast(Need, _one_of(row["need"], "need", get_args(Need))),
    )
    _check_expectation(case)
    return case


def _check_expectation(case: GoldCase) -> None:
    if case.kind == "unanswerable" and case.answerable:
        raise GoldError("an unanswerable question has no answers")
    if not case.answerable and case.kind not in DECLINABLE:
        raise GoldError(f"a question of kind {case.kind!r} has answers")
    if case.answerable and not case.evidence:
        raise GoldError("an answerable question has evidence: [[source, quote], …]")
    if case.evidence and not case.answerable:
        raise GoldError("evidence without answers: say which words answer, or leave out both")
    if case.kind == "follow-up" and not case.history:
        raise GoldError("a follow-up has history: the questions asked before it")


def _evidence(value: object, source_text: Callable[[str], str]) -> tuple[Evidence, ...]:
    if not isinstance(value, list):
        raise GoldError("evidence is a list of [source, quote] pairs")
    found: list[Evidence] = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            raise GoldError("evidence is a list of [source, quote] pairs")
        source, quote = (_text(part, "evidence") for part in pair)
        try:
            text = source_text(source)
        except UnknownSourceError as error:
            raise GoldError(f"no article has the source {source!r}: {error}") from error
        spans = _occurrences(text, quote)
        if not spans:
            raise GoldError(f"the quote {quote!r} does not stand in {source}; copy it with its line breaks")
        found.append(Evidence(source, quote, spans))
    return tuple(found)


def _occurrences(text: str, quote: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    start = text.find(quote)
    while start >= 0:
        spans.append(Span(start, start + len(quote)))
        start = text.find(quote, start + len(quote))
    return tuple(spans)


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise GoldError(f"{key} holds text, not {value!r}")
    return value


def _texts(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise GoldError(f"{key} is a list of texts, not {value!r}")
    return tuple(_text(item, key) for item in value)


def _one_of(value: object, key: str, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise GoldError(f"{key} is one of {', '.join(allowed)}, not {value!r}")
    return value
