"""The questions that a language model's answers are measured on: 300 that the articles answer, 300 that they do not.

Those of the weeks that nothing in the reader was fitted on come first, then others, in the order of the digest of their
ids. Of an answered question two of its articles are indexed, one of which holds the answer; of another question one, on
the same matter, which does not. That no indexed article holds its answer is looked up, not believed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.at_size import News, open_list
from evals.metrics import stands_in, word_line
from evals.newsquiz import QuizArticle, QuizQuestion, load_articles, load_questions
from evals.realtimeqa import Sought, look_up

__all__ = ["N_EACH", "ModelSet", "articles_of_set", "is_learnt_from", "open_model_set"]

N_EACH = 300
_YEARS = (2022, 2024)
_SPARE = 170  # more unanswered questions than are needed: an article of another question may hold an answer


@dataclass(frozen=True, slots=True)
class ModelSet:
    """The index and the questions, `N_EACH` of either kind where the folder has as many."""

    news: News
    answerable: tuple[Sought, ...]
    absent: tuple[Sought, ...]


def open_model_set(folder: Path, *, told: Callable[[str], None], n_each: int = N_EACH) -> ModelSet:
    """The set out of the quiz in `folder`, indexed below `.dateline/cache` unless it is already.

    Raises:
        UsageError: the folder is not of the form. GoldError: a question is malformed. DatelineError: indexing failed.
    """
    articles = {a.url: a for a in load_articles(folder, _YEARS)}
    asked, chosen = _choose(folder, articles, n_each)
    at = {a.source: n for n, a in enumerate(articles.values())}
    listed = sorted(chosen.values(), key=lambda a: at[a.source])
    news = open_list(folder, asked, listed, told=told)
    sought = look_up(asked, news.sources, news.store.source_text)
    of = {g: tuple(s for s in sought if s.group == g)[:n_each] for g in ("answerable", "absent")}
    return ModelSet(news, of["answerable"], of["absent"])


def articles_of_set(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The addresses found for the questions that may be learnt from, and for those that are measured with."""
    asked, _ = _choose(folder, {a.url: a for a in load_articles(folder, _YEARS)}, N_EACH)
    learnt, measured = (
        frozenset(u for q in asked if is_learnt_from(q.id) == which for u in q.urls) for which in (True, False)
    )
    return learnt - measured, measured


def is_learnt_from(question_id: str) -> bool:
    """Whether what was said of a question may be learnt from, as of every other one."""
    return hashlib.sha256(question_id.encode()).digest()[0] % 2 == 0


def _choose(
    folder: Path, articles: Mapping[str, QuizArticle], n_each: int
) -> tuple[list[QuizQuestion], dict[str, QuizArticle]]:
    texts = _texts(folder)
    questions = [q for q in load_questions(folder, _YEARS) if not q.needs_choices]
    chosen: dict[str, QuizArticle] = {}
    counts = {True: 0, False: 0}
    most = {True: n_each, False: n_each + _SPARE}
    asked: list[QuizQuestion] = []
    for question in sorted(questions, key=_order):
        urls = [url for url in question.urls if url in articles]
        held = _holders(question, urls, texts)
        kind = bool(held)
        if not urls or counts[kind] == most[kind]:
            continue
        counts[kind] += 1
        asked.append(question)
        others = [url for url in urls if url not in held][:1]
        chosen |= {url: articles[url] for url in [*held[:1], *others]}
    return asked, chosen


def _order(question: QuizQuestion) -> tuple[bool, str]:
    from app.reader.examples import is_test_day

    return not is_test_day(question.day), hashlib.sha256(question.id.encode()).hexdigest()


def _holders(question: QuizQuestion, urls: Sequence[str], texts: Mapping[str, str]) -> list[str]:
    answers = [line for answer in question.answers if (line := word_line(answer))]
    return [url for url in urls if any(stands_in(a, word_line(texts.get(url, ""))) for a in answers)]


def _texts(folder: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for year in _YEARS:
        for path in sorted(folder.glob(f"articles-{year}.jsonl*")):
            with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
                for line in lines:
                    row = json.loads(line)
                    texts.setdefault(row["url"], row["text"])
    return texts
