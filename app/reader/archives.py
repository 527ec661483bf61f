"""Questions put to archives, with what the search finds: what the judge is fitted to and the reader measured on.

News: the articles that a search gave for the questions of a held-out span are indexed as Dateline indexes them, and
each question is asked on its own day. Annotated paragraphs: the held-out ones, forty to an archive, where a question is
also asked after its paragraph was taken away, or with a name, number or date exchanged. Excerpts of news of a held-out
span, eight to an archive, with the questions written about them, three in seven of which no excerpt answers.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from app.mentions import find_mentions
from app.reader.evidence import Told
from app.reader.examples import (
    HELD_OUT_WEEKS,
    NewsArticle,
    NewsQuestion,
    Paragraph,
    is_held_out_paragraph,
    load_news,
    load_paragraphs,
    load_questions,
    occurrences,
    swap_mention,
)
from app.reader.news_lists import PassageSearch
from app.reader.written import load_written
from ingest.article import normalise_space
from ingest.errors import UsageError

__all__ = ["Asked", "Group", "news_archive", "squad_archives", "written_archives"]

_log = logging.getLogger(__name__)
Group = Literal["answerable", "absent", "elsewhere"]
_FOUND = 20
_ARCHIVE_SIZE = 40  # paragraphs
_EXCERPTS = 8
_WORDS_WEIGHT = 0.4  # as the store's


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the passages found for it, best first.

    *answerable*: the answer stands in an article of the archive that was listed for the question, or the passage that
    was annotated is there; *absent*: it stands in none at all; *elsewhere*: neither.
    """

    archive: str
    question: str
    answers: tuple[str, ...]
    group: Group
    told: tuple[Told, ...]

    def is_right(self, answer: str) -> bool:
        """Whether `answer` holds a right answer as whole words."""
        return bool(occurrences(normalise_space(answer), self.answers))


def news_archive(data: Path, name: str, work: Path) -> tuple[Asked, ...]:
    """The questions of one span of `HELD_OUT_WEEKS`; the index is kept in `work` and made when it is not there.

    Raises:
        UsageError: there is no such span, or no data.
    """
    first, last = _days(name)
    questions = [q for q in load_questions(data, sorted({first.year, last.year})) if first <= q.day <= last]
    folder, store = work / name, work / f"{name}.store"
    listed = {url for q in questions for url in q.urls}
    texts = _write_articles(data, first.year, listed, folder)
    if not store.exists():
        _index(folder, store)
    return tuple(_search(store, name, [q for q in questions if q.stands_alone], texts))


def _days(name: str) -> tuple[dt.date, dt.date]:
    spans = {n: (first, last) for n, first, last in HELD_OUT_WEEKS}
    if name not in spans:
        raise UsageError(f"there is no span {name!r}; known: {', '.join(spans)}")
    return spans[name]


def _write_articles(data: Path, year: int, listed: set[str], folder: Path) -> dict[str, str]:
    """The listed articles as one file, each text once; returns their texts by address."""
    texts: dict[str, str] = {}
    lines: list[bytes] = []
    seen: set[str] = set()
    for line in gzip.decompress((data / "realtimeqa" / f"articles-{year}.jsonl.gz").read_bytes()).splitlines():
        row = json.loads(line)
        if row["url"] in listed and row["url"] not in texts:
            texts[row["url"]] = normalise_space(row["text"] or "")
            if texts[row["url"]] not in seen:
                seen.add(texts[row["url"]])
                lines.append(line)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "articles.jsonl"
    if not path.exists():
        path.write_bytes(b"\n".join(lines) + b"\n")
    return texts


def _index(folder: Path, store: Path) -> None:
    from ingest.encode import load_encoder
    from ingest.job import ingest
    from store import open_sink

    _log.info("indexing %s", folder)
    with open_sink(store, encoder_spec=load_encoder().spec) as sink:
        ingest([folder], sink)


def _search(store: Path, name: str, questions: Sequence[NewsQuestion], texts: dict[str, str]) -> Iterator[Asked]:
    from store import open_store

    archive = open_store(store)
    everything = "\n".join(texts.values())
    for question in questions:
        hits = archive.search(question.question, k=_FOUND, as_of=question.day)
        told = tuple(Told(h.article.article_id, h.article.headline or "", h.passage.text, h.score) for h in hits)
        group: Group = "absent"
        if any(occurrences(texts.get(url, ""), question.answers) for url in question.urls):
            group = "answerable"
        elif occurrences(everything, question.answers):
            group = "elsewhere"
        yield Asked(name, question.question, question.answers, group, told)


# --- annotated paragraphs ---------------------------------------------------------------------------------------------


def squad_archives(data: Path, *, seed: int, most: int = 900) -> tuple[Asked, ...]:
    """At most `most` questions over archives of held-out paragraphs, two in five of them without an answer there."""
    from ingest.encode import load_encoder

    encoder = load_encoder()
    rng = random.Random(seed)
    found: list[Asked] = []
    for path in sorted((data / "squadshifts").glob("*.json.gz")):
        paragraphs = [p for p in load_paragraphs(path) if is_held_out_paragraph(path, p)]
        rng.shuffle(paragraphs)
        for start in range(0, len(paragraphs), _ARCHIVE_SIZE):
            held = paragraphs[start : start + _ARCHIVE_SIZE]
            if len(held) >= _ARCHIVE_SIZE // 2:
                found.extend(_ask_paragraphs(f"{path.name}:{start}", held, encoder, rng))
    rng.shuffle(found)
    return tuple(found[:most])


def _ask_paragraphs(name: str, held: Sequence[Paragraph], encoder: object, rng: random.Random) -> Iterator[Asked]:
    search = PassageSearch([NewsArticle(str(i), "", p.text, None) for i, p in enumerate(held)])
    vectors = encoder.encode([text for _, text in search.passages])  # type: ignore[attr-defined]
    pool = [m for p in held for q, _ in p.questions for m in find_mentions(q)]
    for at, paragraph in enumerate(held):
        for question, answers in rng.sample(paragraph.questions, min(6, len(paragraph.questions))):
            texts = tuple(dict.fromkeys(text for _, text in answers))
            if not texts or len(question.split()) < 3:
                continue
            asked = Asked(name, question, texts, "answerable", ())
            variant = rng.random()
            gone: int | None = None
            if variant < 0.2:
                asked, gone = replace(asked, group="absent", answers=()), at
            elif variant < 0.4 and (swapped := swap_mention(question, pool, rng)):
                asked = replace(asked, question=swapped, group="absent", answers=())
            yield replace(asked, told=_found(asked.question, search, vectors, encoder, gone))


# --- written questions ------------------------------------------------------------------------------------------------


def written_archives(data: Path, name: str, *, most: int = 900, seed: int = 7) -> tuple[Asked, ...]:
    """At most `most` questions written about excerpts of one span of `HELD_OUT_WEEKS`."""
    from ingest.encode import load_encoder

    encoder = load_encoder()
    first, last = _days(name)
    news = load_news(data, sorted({first.year, last.year}))
    excerpts = list(load_written([a for a in news if a.published and first <= a.published <= last]))
    rng = random.Random(seed)
    rng.shuffle(excerpts)
    found: list[Asked] = []
    for start in range(0, len(excerpts), _EXCERPTS):
        held = excerpts[start : start + _EXCERPTS]
        told = [(n, e.article.title, text) for n, e in enumerate(held) for text in e.passages]
        search = PassageSearch([NewsArticle(str(at), title, text, None) for at, (_, title, text) in enumerate(told)])
        vectors = encoder.encode([text for _, text in search.passages])
        for excerpt in held:
            for question in excerpt.questions:
                group: Group = "absent"
                answers: tuple[str, ...] = ()
                if question.span is not None:
                    group, answers = "answerable", (excerpt.passages[question.passage][slice(*question.span)],)
                near = _found(question.text, search, vectors, encoder, None)
                as_told = tuple(replace(t, article=told[int(str(t.article))][0]) for t in near)  # not of passages
                found.append(Asked(f"written:{name}:{start}", question.text, answers, group, as_told))
    rng.shuffle(found)
    return tuple(found[:most])


def _found(
    question: str, search: PassageSearch, vectors: np.ndarray, encoder: object, gone: int | None
) -> tuple[Told, ...]:
    """Ranked as the store ranks: cosine, and the share of the best BM25 score."""
    cosine = vectors @ encoder.encode([question])[0]  # type: ignore[attr-defined]
    words = search.scores(question)
    scores = cosine + _WORDS_WEIGHT * words / max(1e-9, float(words.max()))
    order = [int(i) for i in np.argsort(-scores, kind="stable") if search.passages[int(i)][0] != gone]
    found = [(*search.passages[i], float(scores[i])) for i in order[:_FOUND]]
    return tuple(Told(number, search.articles[number].title, text, score) for number, text, score in found)
