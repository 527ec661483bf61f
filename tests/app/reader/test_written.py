"""Questions written about excerpts: they stand where they stood, and what nothing answers is never called answered."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reader.examples import NewsArticle, cut_passages
from app.reader.news_lists import PassageSearch
from app.reader.written import (
    WRITTEN_PATH,
    Excerpt,
    WrittenQuestion,
    digest_of_excerpt,
    load_written,
    written_examples,
)
from ingest.errors import UsageError

FACTS = (
    "Mayor {mayor} of {town} opened the new ferry terminal on Monday, {n} months after work on it began. ",
    "Norrland Marine built it for {n} million crowns, a third more than the council of {town} had set aside. ",
    "The winter storms had twice torn the scaffolding of the quay into the sea and nobody had been hurt by it. ",
    "{mayor} said that the boats would run every twenty minutes until the frost came to {town} in November. ",
    "A choir of schoolchildren sang while the first boat left, and the ovens of the bakeries stayed hot all night. ",
    "Fishermen of {town} complained that the terminal took the berths that their fathers had used for sixty years. ",
    "The council promised them {n} new berths behind the breakwater, to be ready before the herring season starts. ",
)
TOWNS = (("Venndal", "Olav Strand", 14), ("Skarholm", "Hanna Dahl", 27), ("Ostervik", "Ivar Holm", 33))


def article(number: int) -> NewsArticle:
    town, mayor, n = TOWNS[number]
    text = "".join(f.format(town=town, mayor=mayor, n=n) for f in FACTS * 2)
    return NewsArticle(f"https://news.example/{town}", f"{town} has a ferry", text, dt.date(2023, 3, 1))


ARTICLES = tuple(article(n) for n in range(3))


def row(news: NewsArticle) -> dict[str, object]:
    """Two questions that the first passage answers, and one that nothing does."""
    passages = [text for text, _ in cut_passages(news.text)]
    numbers = list(range(len(passages)))
    questions: list[list[object]] = [["How old is the mayor who opened the terminal?"]]
    for asked, answer in (("Who put the ferry terminal up?", "Norrland Marine"), ("When?", "on Monday")):
        at = passages[0].index(answer)
        questions.append([asked, 0, at, at + len(answer)])
    return {"url": news.url, "digest": digest_of_excerpt(passages), "passages": numbers, "questions": questions}


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_bytes(gzip.compress("\n".join(json.dumps(r) for r in rows).encode()))
    return path


@pytest.fixture
def excerpts(tmp_path: Path) -> tuple[Excerpt, ...]:
    return load_written(ARTICLES, write(tmp_path / "written.jsonl.gz", [row(a) for a in ARTICLES]))


def test_an_answer_slices_back_to_the_words_that_were_marked(excerpts: tuple[Excerpt, ...]) -> None:
    assert len(excerpts) == 3
    for excerpt in excerpts:
        marked = [excerpt.passages[q.passage][slice(*q.span)] for q in excerpt.questions if q.span]
        assert marked == ["Norrland Marine", "on Monday"]


def test_only_excerpts_of_the_articles_at_hand_are_given(tmp_path: Path) -> None:
    path = write(tmp_path / "written.jsonl.gz", [row(a) for a in ARTICLES])
    assert [e.article for e in load_written(ARTICLES[1:2], path)] == [ARTICLES[1]]


def test_an_excerpt_whose_article_has_changed_is_left_out_and_said_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "written.jsonl.gz", [row(a) for a in ARTICLES])
    first = ARTICLES[0]
    changed = NewsArticle(first.url, first.title, first.text.replace("Monday", "Friday"), first.published)
    with caplog.at_level(logging.WARNING):
        found = load_written((changed, *ARTICLES[1:]), path)
    assert [e.article.url for e in found] == [a.url for a in ARTICLES[1:]]
    assert "1 excerpts were left out" in caplog.text


@pytest.mark.parametrize(
    "data", [b"", b"\x1f\x8b nothing", gzip.compress(b"[1", mtime=0), gzip.compress(b'{"url": 3}\n{}', mtime=0)]
)
def test_a_damaged_file_is_a_clear_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "written.jsonl.gz"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"written\.jsonl\.gz is damaged"):
        load_written(ARTICLES, path)


@pytest.mark.parametrize("place", [[9, 0, 4], [0, 4, 4], [0, 0, 100_000], [0, -3, 4]])
def test_an_answer_outside_its_passage_is_a_clear_error(tmp_path: Path, place: list[int]) -> None:
    path = write(tmp_path / "written.jsonl.gz", [{**row(ARTICLES[0]), "questions": [["Who built it?", *place]]}])
    with pytest.raises(UsageError, match="outside its passage"):
        load_written(ARTICLES, path)


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_written(ARTICLES, tmp_path / "written.jsonl.gz")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_lists_hold_the_passage_that_answers_once_and_no_other_with_its_words(seed: int) -> None:
    excerpts = tuple(
        Excerpt(a, tuple(t for t, _ in cut_passages(a.text)), _questions(a)) for a in ARTICLES
    )  # fmt: skip
    lists: dict[int, list[tuple[str, str, tuple[tuple[int, int], ...]]]] = {}
    for e in written_examples(excerpts, PassageSearch(ARTICLES), seed=seed):
        lists.setdefault(e.group, []).append((e.question, e.passage, e.answers))
    assert len(lists) == 9
    for members in lists.values():
        right = [(passage, spans) for _, passage, spans in members if spans]
        if members[0][0].startswith("How old"):
            assert not right
            assert 1 <= len(members) <= 2
        else:
            (passage, ((start, end),)) = right[0]
            assert len(right) == 1
            assert all(passage[start:end].lower() not in p.lower() for _, p, spans in members if not spans)


def _questions(news: NewsArticle) -> tuple[WrittenQuestion, ...]:
    passage = cut_passages(news.text)[0][0]
    found = [WrittenQuestion("How old is the mayor?", -1, None)]
    for asked, answer in (("Who built the terminal?", "Norrland Marine"), ("When was it opened?", "on Monday")):
        at = passage.index(answer)
        found.append(WrittenQuestion(asked, 0, (at, at + len(answer))))
    return tuple(found)


def test_the_shipped_questions_are_whole_and_none_is_one_that_is_measured_with() -> None:
    rows = [json.loads(line) for line in gzip.decompress(WRITTEN_PATH.read_bytes()).splitlines()]
    gold = Path(__file__).parents[3] / "evals" / "gold.jsonl"
    measured = {json.loads(line)["question"].casefold() for line in gold.read_text(encoding="utf-8").splitlines()}
    assert len({r["url"] for r in rows}) == len(rows) > 1000
    asked = [q for r in rows for q in r["questions"]]
    assert all(len(q) in (1, 4) and len(q[0].split()) >= 2 for q in asked)
    assert 0.35 < sum(len(q) == 1 for q in asked) / len(asked) < 0.5
    assert not measured & {q[0].casefold() for q in asked}
