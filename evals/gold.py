"""A gold file becomes GoldCases: what to ask, the words an answer must hold, and where the articles say so.

One JSON object a line. Guarantee: every quote of a loaded case stands verbatim in the article it names, so a
figure measured on it never rests on a typing error. Whatever is wrong is a GoldError that names file and line.

A case with the key `expect` is measured by all that it expects; one without by words and evidence alone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from evals.expected import Expectation, read_day, read_expectation
from ingest.article import Span
from ingest.errors import GoldError, UnknownSourceError

__all__ = ["KINDS", "Articles", "Evidence", "GoldCase", "Kind", "Need", "load_gold"]

Kind = Literal[
    "fact", "number", "date", "place", "quote", "why", "how", "list",
    "follow-up", "cross-article", "time", "disagreement", "yes-no", "explanation", "timeline", "comparison",
    "definition", "count", "attribution", "ambiguous", "misleading", "unanswerable",
]  # fmt: skip
Articles = Literal["seeds", "invented"]
Need = Literal["any", "all"]

KINDS: tuple[Kind, ...] = get_args(Kind)
# Only a question of these kinds may be without an answer; a misleading one has an answer where the article
# contradicts its premise, and one about a time where something lies within it.
DECLINABLE: frozenset[Kind] = frozenset({"misleading", "time", "unanswerable"})
MOST_NAMED = 20  # malformed lines in one message
KEYS = frozenset({"id", "kind", "question", "history", "answers", "evidence", "need"})
OPTIONAL_KEYS = frozenset({"articles", "as_of", "expect"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of an article that answer a question. `spans` are all the places where they stand, in order."""

    source: str
    quote: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class GoldCase:
    """A question with what is expected of its answer. Neither `answers` nor an `expect` that asks for one: to decline.

    `answers` are wordings that count when found in an answer: one of them for need "any", each for "all". `articles`
    says what it is about: the folder that is measured ("seeds"), or the archive in evals/invented. It is asked on the
    day `as_of`, or today.
    """

    id: str
    kind: Kind
    question: str
    history: tuple[str, ...]
    answers: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    need: Need
    articles: Articles = "seeds"
    as_of: dt.date | None = None
    expect: Expectation | None = None

    @property
    def answerable(self) -> bool:
        """Whether the articles answer it."""
        return bool(self.answers) or (self.expect is not None and self.expect.asks_for_an_answer)


def load_gold(
    path: Path, source_text: Callable[[str], str], *, invented: Callable[[str], str] | None = None
) -> tuple[GoldCase, ...]:
    """The cases of `path`, in order. `source_text(source)` gives an article's text or raises UnknownSourceError.

    `invented` gives that of the invented archive's articles; without it, no case may be about them. Blank lines are
    skipped.

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
            case = _parse(line, source_text, invented)
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


def _parse(line: str, source_text: Callable[[str], str], invented: Callable[[str], str] | None) -> GoldCase:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise GoldError(f"invalid JSON ({error})") from error
    if not isinstance(row, dict):
        raise GoldError("a line is one JSON object")
    if unknown := sorted(row.keys() - KEYS - OPTIONAL_KEYS):
        may = f"{', '.join(sorted(KEYS))}, and may have {', '.join(sorted(OPTIONAL_KEYS))}"
        raise GoldError(f"unknown key {unknown[0]!r}; a case has {may}")
    if missing := sorted(KEYS - row.keys()):
        raise GoldError(f"the key {missing[0]!r} is missing")
    articles = cast(Articles, _one_of(row.get("articles", "seeds"), "articles", get_args(Articles)))
    text_of = source_text if articles == "seeds" else invented
    if text_of is None:
        raise GoldError("the invented articles are not among those measured: leave out the key 'articles'")
    case = GoldCase(
        id=_text(row["id"], "id"),
        kind=cast(Kind, _one_of(row["kind"], "kind", KINDS)),
        question=_text(row["question"], "question"),
        history=_texts(row["history"], "history"),
        answers=_texts(row["answers"], "answers"),
        evidence=_evidence(row["evidence"], text_of),
        need=cast(Need, _one_of(row["need"], "need", get_args(Need))),
        articles=articles,
        as_of=read_day(row["as_of"], "as_of") if "as_of" in row else None,
        expect=read_expectation(row["expect"]) if "expect" in row else None,
    )
    _check_expectation(case)
    return case


def _check_expectation(case: GoldCase) -> None:
    if case.kind == "unanswerable" and case.answerable:
        raise GoldError("an unanswerable question has no answers")
    if not case.answerable and case.kind not in DECLINABLE:
        raise GoldError(f"a question of kind {case.kind!r} has answers")
    if case.answers and not case.evidence:
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
