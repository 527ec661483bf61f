"""The questions and articles of a news quiz: read from a folder, checked, and cut down to a fixed list.

A folder holds, for each year, `articles-YEAR.jsonl.gz` (or `.jsonl`) with `url` and `text` a line, and
`questions-YEAR.jsonl` with `id, date, question, choices, answers, urls` (the articles found for the question).
Guarantee: whatever is wrong with a question is an error that names file and line, before anything is indexed or asked.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evals.metrics import word_line
from ingest.errors import GoldError, UsageError

__all__ = ["QuizArticle", "QuizQuestion", "choose", "digest_of", "load_articles", "load_questions"]

_NEEDS_CHOICES = re.compile(
    r"\bwhich (?:one )?of\b|\bof (?:the following|these|those)\b|\b(?:all|any|none) (?:of )?(?:these|those)\b"
    r"|\bthe following\b(?! (?:day|night|morning|week|month|year|season)\b)|\bexcept\b|\b(?-i:NOT)\b|\btrue or false\b",
    re.IGNORECASE,
)
_REFERS_TO_CHOICES = re.compile(
    r"^(?:all|none|both|neither|any|either)\b.*\b(?:above|these|of them)\b|^(?:both|neither)$"
)
_ANSWERS_NOTHING_ALONE = frozenset({"true", "false", "yes", "no"})


@dataclass(frozen=True, slots=True)
class QuizQuestion:
    """One question of a quiz. `needs_choices`: it can only be answered by somebody who sees the choices."""

    id: str
    day: dt.date
    question: str
    choices: tuple[str, ...]
    answers: tuple[str, ...]
    urls: tuple[str, ...]

    @property
    def needs_choices(self) -> bool:
        """Whether the question points at its choices, or its answer does."""
        said = [word_line(answer).strip() for answer in self.answers]
        return bool(_NEEDS_CHOICES.search(self.question)) or any(
            answer in _ANSWERS_NOTHING_ALONE or _REFERS_TO_CHOICES.search(answer) for answer in said
        )


@dataclass(frozen=True, slots=True)
class QuizArticle:
    """An article by its address, at a line of a file; `digest` is of the line's bytes, without the line break."""

    url: str
    file: str
    line: int
    digest: str

    @property
    def source(self) -> str:
        """What Dateline cites it by."""
        return f"{self.file}#{self.line}"


def load_questions(folder: Path, years: Sequence[int]) -> tuple[QuizQuestion, ...]:
    """The questions of those years, in the order of the files; an id that comes again gets its line's number behind it.

    Raises:
        UsageError: there is no such folder or file. GoldError: a line is malformed; names file and line.
    """
    found: list[QuizQuestion] = []
    ids: set[str] = set()
    for year in years:
        path = _file_of(folder, "questions", year)
        for number, line in _lines(path):
            try:
                question = _question(line)
            except GoldError as error:
                raise GoldError(f"{path}:{number}: {error}") from error
            while question.id in ids:
                question = replace(question, id=f"{question.id}:{number}")
            ids.add(question.id)
            found.append(question)
    if not found:
        raise GoldError(f"{folder}: no questions in it")
    return tuple(found)


def load_articles(folder: Path, years: Sequence[int]) -> tuple[QuizArticle, ...]:
    """Where the articles of those years lie, in order; an address that comes twice counts where it comes first.

    Lines without an address are left out; what else is wrong with a line is left to ingest, which names it.

    Raises:
        UsageError: there is no such folder or file, or it cannot be read.
    """
    found: dict[str, QuizArticle] = {}
    for year in years:
        path = _file_of(folder, "articles", year)
        for number, line in _lines(path):
            try:
                url = json.loads(line)["url"]
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            if not isinstance(url, str):
                continue
            digest = hashlib.sha256(line.strip()).hexdigest()
            found.setdefault(url, QuizArticle(url, path.name, number, digest))
    return tuple(found.values())


def choose(
    questions: Sequence[QuizQuestion], articles: Sequence[QuizArticle], n: int | None
) -> tuple[tuple[QuizQuestion, ...], tuple[QuizArticle, ...]]:
    """`n` articles and the questions whose weeks they cover; all of both for None or when there are no more.

    Days on which questions were asked are taken in the order of the digest of their name, which is no order at all,
    and of each day the articles of its questions, until there are `n`: so a question keeps all its articles, and the
    list is the same on every machine. Questions of the day at which the list ends are left out.
    """
    if n is None or n >= len(articles):
        return tuple(questions), tuple(articles)
    at = {article.url: article for article in articles}
    chosen: dict[str, QuizArticle] = {}
    asked: set[dt.date] = set()
    for day in sorted({q.day for q in questions}, key=lambda day: hashlib.sha256(str(day).encode()).hexdigest()):
        urls = dict.fromkeys(url for q in questions if q.day == day for url in q.urls if url in at)
        new = [url for url in urls if url not in chosen]
        left = n - len(chosen)
        chosen |= {url: at[url] for url in new[:left]}
        if len(new) > left:
            break
        asked.add(day)
    order = {article.url: i for i, article in enumerate(articles)}
    kept = sorted(chosen.values(), key=lambda article: order[article.url])
    return tuple(q for q in questions if q.day in asked), tuple(kept)


def digest_of(parts: Iterable[str]) -> str:
    """SHA-256 hex of texts, in order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{part}\n".encode())
    return digest.hexdigest()


def _file_of(folder: Path, what: str, year: int) -> Path:
    if not folder.is_dir():
        raise UsageError(f"no folder of questions and articles at {folder}")
    for name in (f"{what}-{year}.jsonl.gz", f"{what}-{year}.jsonl"):
        if (folder / name).is_file():
            return folder / name
    years = sorted({m[1] for path in folder.iterdir() if (m := re.match(rf"{what}-(\d{{4}})\.jsonl", path.name))})
    there = f"it has {', '.join(years)}" if years else "it holds no file of that form"
    raise UsageError(f"{folder} has no {what}-{year}.jsonl or .jsonl.gz; {there}")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of `path` that are not blank, with their numbers from 1."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"reading {path}: {error}") from error


def _question(line: bytes) -> QuizQuestion:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise GoldError(f"invalid JSON ({error})") from error
    if not isinstance(row, dict):
        raise GoldError("a line is one JSON object")
    try:
        day = dt.date.fromisoformat(_text(row, "date"))
    except ValueError as error:
        raise GoldError(f"date is a day such as 2024-01-05, not {row.get('date')!r}") from error
    answers = tuple(dict.fromkeys(_texts(row, "answers")))
    if not any(word_line(answer) for answer in answers):
        raise GoldError("answers holds at least one wording with a word in it")
    return QuizQuestion(
        id=_text(row, "id"),
        day=day,
        question=_text(row, "question"),
        choices=_texts(row, "choices"),
        answers=answers,
        urls=_texts(row, "urls"),
    )


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise GoldError(f"{key} holds text, not {value!r}")
    return value


def _texts(row: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = row.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise GoldError(f"{key} is a list of texts, not {value!r}")
    return tuple(value)
