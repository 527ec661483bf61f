"""News questions with the passages a search finds for them: lists to learn ranking and abstaining from.

Nobody marked the answers: a passage that holds the answer's words and tells enough of what is asked counts as
answering (distant supervision), one that holds them and tells little is left out, and one that does not hold them
is a hard negative, because the search liked it. A question whose answer stands nowhere gives a list of negatives only.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from app.mentions import Mention, find_mentions
from app.reader.examples import (
    Example,
    NewsArticle,
    NewsQuestion,
    cut_passages,
    occurrences,
    swap_mention,
    without_answer,
)
from app.reader.pretraining import words_of
from ingest.errors import UsageError

__all__ = ["PassageSearch", "news_examples"]

_FOUND = 24
_OF_OWN = 10
_TELLS = 0.35  # share of the question, weighed by rarity, that a passage which answers tells
_TELLS_PLAIN = 0.5  # the same for answers that stand in many passages by chance: numbers and short words
_MOST_RIGHT, _MOST_WRONG, _MOST_ABSENT = 3, 9, 5
_SWAPPED, _UNSAID = 0.25, 0.35  # shares of the answered questions that have near-misses


class PassageSearch:
    """BM25 over the passages of news articles, headlines included."""

    def __init__(self, articles: Sequence[NewsArticle]) -> None:
        self.articles = articles
        self.passages: list[tuple[int, str]] = []
        for number, article in enumerate(articles):
            self.passages.extend((number, text) for text, _ in cut_passages(article.text))
        if not self.passages:
            raise UsageError("no passages to search: the articles are empty")
        self.of_article: dict[str, list[int]] = {}
        self._vocabulary: dict[str, int] = {}
        columns: list[int] = []
        counts: list[int] = []
        ends = [0]
        lengths = []
        for number, (article_number, text) in enumerate(self.passages):
            article = articles[article_number]
            self.of_article.setdefault(article.url, []).append(number)
            words = Counter(_stems(f"{article.title} {text}"))
            lengths.append(sum(words.values()))
            columns.extend(self._vocabulary.setdefault(w, len(self._vocabulary)) for w in words)
            counts.extend(words.values())
            ends.append(len(columns))
        tf = np.array(counts, dtype=np.float32)
        at = np.array(columns, dtype=np.int32)
        long = np.repeat(np.array(lengths, dtype=np.float32), np.diff(ends))
        weight = tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * long / long.mean()))
        frequency = np.bincount(at, minlength=len(self._vocabulary))
        self._idf = np.log(1 + (len(lengths) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        matrix = csr_matrix((weight * self._idf[at], at, ends), (len(lengths), len(self._vocabulary)))
        self._by_word = matrix.T.tocsr()

    def tells(self, question: str, number: int) -> float:
        """Share of the question's words, weighed by rarity, that passage `number` or its headline holds."""
        article, text = self.passages[number]
        there = set(_stems(f"{self.articles[article].title} {text}"))
        weights = {w: self._weigh(w) for w in set(_stems(question))}
        return sum(v for w, v in weights.items() if w in there) / (sum(weights.values()) or 1.0)

    def scores(self, question: str) -> NDArray[np.float32]:
        """BM25 of every passage, (passages,)."""
        known = [self._vocabulary[w] for w in sorted(set(_stems(question))) if w in self._vocabulary]
        if not known:
            return np.zeros(len(self.passages), dtype=np.float32)
        return np.asarray(self._by_word[known].sum(axis=0), dtype=np.float32).ravel()

    def find(self, question: str, n: int) -> list[int]:
        """The numbers of the `n` best passages, best first."""
        scores = self.scores(question)
        best = np.argpartition(-scores, min(n, len(scores) - 1))[:n]
        return [int(i) for i in best[np.argsort(-scores[best], kind="stable")] if scores[i] > 0]

    def _weigh(self, word: str) -> float:
        at = self._vocabulary.get(word)
        return math.log(1 + 2 * len(self.passages)) if at is None else float(self._idf[at])


def _stems(text: str) -> list[str]:
    return [w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in words_of(text)]


def news_examples(
    search: PassageSearch, questions: Sequence[NewsQuestion], *, seed: int, first_group: int = 1_000_000
) -> Iterator[Example]:
    """Of each question one list: passages that answer and passages that were found and do not."""
    rng = random.Random(seed)
    pool = [m for q in questions for m in find_mentions(q.question)]
    for group, question in enumerate(questions, start=first_group):
        if not question.stands_alone:
            continue
        own = [n for url in question.urls for n in search.of_article.get(url, ())]
        found = [n for n in search.find(question.question, 4 * _FOUND) if _was_out(search, n, question.day)][:_FOUND]
        told = {n: search.tells(question.question, n) for n in {*own, *found}}
        own = sorted(own, key=lambda n: -told[n])[:_OF_OWN]
        wanted = list(dict.fromkeys([*found, *own]))
        plain = all(len(a) < 4 or a.replace(",", "").isdigit() or a.islower() for a in question.answers)
        right, wrong = [], []
        for n in wanted:
            spans = occurrences(search.passages[n][1], question.answers)
            if spans and told[n] >= (_TELLS_PLAIN if plain else _TELLS):
                right.append((n, spans))
            elif not spans:
                wrong.append(n)
        right.sort(key=lambda r: -told[r[0]])
        if right:
            chosen = [*right[:_MOST_RIGHT], *((n, ()) for n in _drawn(wrong, _MOST_WRONG, rng))]
        elif all(len(a.split()) <= 3 for a in question.answers):
            chosen = [(n, ()) for n in _drawn(wrong, _MOST_ABSENT, rng)]
        else:
            continue
        for n, spans in chosen:
            article, text = search.passages[n]
            yield Example(group, question.question, search.articles[article].title, text, spans)
        for number, (asked, passages) in enumerate(_near_misses(search, question, right[:_MOST_RIGHT], pool, rng)):
            missed = len(questions) * (number + 1) + group
            for title, text in passages:
                yield Example(missed, asked, title, text, ())


def _near_misses(
    search: PassageSearch,
    question: NewsQuestion,
    right: Sequence[tuple[int, Sequence[tuple[int, int]]]],
    pool: Sequence[Mention],
    rng: random.Random,
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The passages that answer, asked about someone else or somewhere else, and with the answer left unsaid."""
    told = [(search.articles[search.passages[n][0]].title, search.passages[n][1]) for n, _ in right]
    if told and rng.random() < _SWAPPED and (swapped := swap_mention(question.question, pool, rng)):
        yield swapped, told
    if told and rng.random() < _UNSAID:
        unsaid = [(title, without_answer(text, question.answers, rng)) for title, text in told]
        kept = [(t, u) for t, u in unsaid if u is not None and not occurrences(t, question.answers)]
        if kept:
            yield question.question, kept


def _drawn(numbers: Sequence[int], n: int, rng: random.Random) -> list[int]:
    """`n` of the numbers, the first ones likelier."""
    pool = list(numbers[: 2 * n])
    return sorted(rng.sample(pool, min(n, len(pool))), key=pool.index)


def _was_out(search: PassageSearch, number: int, day: dt.date) -> bool:
    published = search.articles[search.passages[number][0]].published
    return published is None or published <= day + dt.timedelta(days=1)
