"""The invented archive is the same everywhere, and each of its questions has one article that answers it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.answer import Abstention, Answer, Provenance
from evals.lookup import KIND, LOOKUPS, LookUp, ask_lookups, invent
from evals.metrics import Part
from ingest.article import Article, Passage, PublicationDate, Span
from store.hits import Filters, Hit

PROVENANCE = Provenance(1, "encoder", "reader", "settings", "extractive", dt.date(2021, 6, 1))


def test_the_same_bytes_are_written_every_time(tmp_path: Path) -> None:
    assert invent(tmp_path / "one") == invent(tmp_path / "two") == invent(tmp_path / "one")
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


def test_every_question_has_a_file_that_answers_it(tmp_path: Path) -> None:
    lookups = invent(tmp_path)
    assert all((tmp_path / item.source).is_file() for item in lookups)
    assert len({item.id for item in lookups}) == len({item.source for item in lookups}) == len(lookups)


def test_both_ways_of_finding_are_asked_about(tmp_path: Path) -> None:
    lookups = invent(tmp_path)
    assert (sum(item.by_words for item in lookups), sum(not item.by_words for item in lookups)) == (60, 30)


def test_what_tells_a_notice_apart_stands_in_that_notice_alone(tmp_path: Path) -> None:
    by_words = [item for item in invent(tmp_path) if item.by_words]
    texts = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    for item in by_words:
        told = item.question.removeprefix("What became of application ").removeprefix("What did ")
        told = told.removesuffix("?").removesuffix(" apply for")
        assert [name for name, text in texts.items() if told in text] == [item.source]


# --- asking -------------------------------------------------------------------------------------------------


def answer_from(*sources: str) -> Answer:
    """A declined answer whose hits are of those articles, best first."""
    hits = tuple(hit(source, rank) for rank, source in enumerate(sources, start=1))
    return Answer("q", "q", None, (), (), hits, Filters(), 0.1, Abstention("Not said.", "q"), PROVENANCE)


def hit(source: str, rank: int) -> Hit:
    article = Article(source, (source,), None, None, (), PublicationDate(None, "none"), (Span(0, 4),), "f")
    return Hit(Passage(rank, source, 0, 4, "Text"), article, 1 / rank, rank)


WORDS = LookUp("w", "What became of application K-1000?", "a.txt", by_words=True)
MEANING = LookUp("m", "What did the fire destroy?", "a.txt", by_words=False)


@pytest.mark.parametrize(
    ("sources", "part", "rank", "lost_at"),
    [
        (("a.txt", "b.txt", "a.txt"), Part(1.0, 1), 1, None),
        (("b.txt", "a.txt"), Part(1 / 2, 1), 2, None),
        (("b.txt", "c.txt", "d.txt", "e.txt", "a.txt"), Part(1 / 5, 1), 5, None),
        (("b.txt", "c.txt", "d.txt", "e.txt", "f.txt", "a.txt"), Part(1 / 6, 1), 6, "ranking"),
        (("b.txt",), Part(0.0, 1), None, "retrieval"),
        ((), Part(0.0, 1), None, "retrieval"),
    ],
)
def test_a_question_counts_one_over_the_rank_of_its_article(
    sources: Sequence[str], part: Part, rank: int | None, lost_at: str | None
) -> None:
    (case,) = ask_lookups([WORDS], lambda question, *, history: answer_from(*sources))
    assert dict(case.parts) == {"lookup_by_words": part, "completed": Part(1, 1)}
    assert (case.evidence_rank, case.lost_at, case.as_expected) == (rank, lost_at, lost_at is None)


def test_each_way_of_finding_is_measured_by_itself_and_asked_without_a_history() -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []

    def ask(question: str, *, history: Sequence[str]) -> Answer:
        asked.append((question, tuple(history)))
        return answer_from("a.txt")

    cases = ask_lookups([WORDS, MEANING], ask)
    assert [next(iter(case.parts)) for case in cases] == list(LOOKUPS)
    assert asked == [(WORDS.question, ()), (MEANING.question, ())]
    assert {case.kind for case in cases} == {KIND}


def test_a_question_that_raises_is_counted_and_the_rest_goes_on() -> None:
    def ask(question: str, *, history: Sequence[str]) -> Answer:
        raise RuntimeError("no index")

    lookups = [LookUp("a", "What?", "a.txt", by_words=True), LookUp("b", "What?", "b.txt", by_words=False)]
    for case in ask_lookups(lookups, ask):
        assert (case.error, case.lost_at, case.parts["completed"]) == ("RuntimeError: no index", "error", Part(0, 1))
