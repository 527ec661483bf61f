"""Questions written for the reader about excerpts of news, each of which the excerpt answers or nearly does.

What weekly questions and annotated paragraphs lack: a question in other words than the text, and beside it one about
the same people and events that the text leaves open. The file holds questions and places, no text of the articles;
the articles are those of the training data, and an excerpt whose article is another than it was is left out.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.reader.examples import Example, NewsArticle, bag, cut_passages, occurrences
from app.reader.news_lists import PassageSearch
from ingest.errors import UsageError

__all__ = ["WRITTEN_PATH", "Excerpt", "WrittenQuestion", "digest_of_excerpt", "load_written", "written_examples"]

_log = logging.getLogger(__name__)
WRITTEN_PATH = Path(__file__).with_name("written.jsonl.gz")
_FOUND_BESIDE, _SECOND = 0.5, 0.5  # shares of the questions with a found passage, or a second one, that does not answer


@dataclass(frozen=True, slots=True)
class WrittenQuestion:
    """A question; `span` are the characters of passage number `passage` that answer, None where none does."""

    text: str
    passage: int
    span: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some passages of an article, in order, with what is asked about them."""

    article: NewsArticle
    passages: tuple[str, ...]
    questions: tuple[WrittenQuestion, ...]


def digest_of_excerpt(passages: Sequence[str]) -> str:
    """What tells whether an excerpt is still the one that was asked about."""
    return hashlib.sha256("\n".join(passages).encode()).hexdigest()[:16]


def load_written(articles: Sequence[NewsArticle], path: Path = WRITTEN_PATH) -> tuple[Excerpt, ...]:
    """The excerpts of `articles` that questions were written about.

    Raises:
        UsageError: the file cannot be read or is not of its form.
    """
    by_url = {article.url: article for article in articles}
    found, others = [], 0
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        lines = gzip.decompress(data).splitlines()
        if not lines:
            raise ValueError("it is empty")
        for line in lines:
            row = json.loads(line)
            article = by_url.get(row["url"])
            if article is None:
                continue
            cut = cut_passages(article.text)
            passages = tuple(cut[n][0] for n in row["passages"] if n < len(cut))
            if digest_of_excerpt(passages) != row["digest"]:
                others += 1
                continue
            questions = tuple(_question(q, passages) for q in row["questions"])
            found.append(Excerpt(article, passages, questions))
    except (ValueError, KeyError, TypeError, IndexError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UsageError(f"{path} is damaged ({type(error).__name__}: {error}): restore it") from error
    if others:
        _log.warning("%d excerpts were left out: their articles are not the ones that were asked about", others)
    return tuple(found)


def _question(row: Sequence[object], passages: Sequence[str]) -> WrittenQuestion:
    if len(row) == 1:
        return WrittenQuestion(str(row[0]), -1, None)
    text, passage, start, end = str(row[0]), *(int(str(x)) for x in row[1:])
    if not (0 <= passage < len(passages) and 0 <= start < end <= len(passages[passage])):
        raise ValueError(f"an answer lies outside its passage: {text}")
    return WrittenQuestion(text, passage, (start, end))


def written_examples(
    excerpts: Sequence[Excerpt], search: PassageSearch, *, seed: int, first_group: int = 5_000_000
) -> Iterator[Example]:
    """Each question as a list: the passage that answers if one does, and others of its excerpt that do not.

    Beside half of those that are answered stands a passage of another article that the search finds for them. Not so
    beside the others: another article may well answer what this one leaves open.
    """
    rng = random.Random(seed)
    group = first_group
    for excerpt in excerpts:
        title, url = excerpt.article.title, excerpt.article.url
        for question in excerpt.questions:
            group += 1
            if question.span is None:
                order = sorted(excerpt.passages, key=lambda p: -len(bag(question.text) & bag(p)))
                for text in order[: 1 + (rng.random() < _SECOND)]:
                    yield Example(group, question.text, title, text, ())
                continue
            right = excerpt.passages[question.passage]
            answer = right[slice(*question.span)]
            yield Example(group, question.text, title, right, (question.span,))
            others = [p for p in excerpt.passages if p != right and not occurrences(p, [answer])]
            if others and rng.random() < _SECOND:
                yield Example(group, question.text, title, rng.choice(others), ())
            if rng.random() < _FOUND_BESIDE:
                beside = _found_beside(search, question.text, answer, url)
                if beside:
                    yield Example(group, question.text, *rng.choice(beside), ())


def _found_beside(search: PassageSearch, question: str, answer: str, url: str) -> list[tuple[str, str]]:
    """Headline and text of the best passages of other articles that do not hold the answer."""
    found = []
    for n in search.find(question, 12):
        number, text = search.passages[n]
        article = search.articles[number]
        if article.url != url and not occurrences(f"{article.title} {text}", [answer]):
            found.append((article.title, text))
    return found[:4]
