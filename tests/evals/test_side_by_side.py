"""Systems side by side: the same questions for each, one row a system, the figures worked by hand."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from evals import side_by_side
from evals.apart import Asked, Built, Run, Timed
from evals.at_size import News
from evals.metrics import word_line
from evals.newsquiz import QuizQuestion
from evals.realtimeqa import Group, Sought
from evals.reply import Reply
from evals.rivals import read_articles
from evals.side_by_side import DATELINE, HEAD, SYSTEMS, compare_systems, format_table, system_row
from store.search import Store

DAY = dt.date(2021, 6, 1)


def question(id: str, asked: str, answer: str, *urls: str) -> QuizQuestion:
    return QuizQuestion(id, DAY, asked, (), (answer,), urls)


def sought(answer: str, group: Group = "answerable") -> Sought:
    return Sought(question("q", "Where?", answer), group, (word_line(answer),), ())


def reply(said: str, *, declined: bool = False, passages: Sequence[str] = (), cited: Sequence[str] = ()) -> Reply:
    return Reply(None, said, said, declined, None, tuple(passages), tuple(cited))


def timed(said: Reply | None, seconds: float, *, peak: float = 100.0, server: float | None = None) -> Timed:
    error = "RuntimeError: no model" if said is None else None
    return Timed(Asked("Where?", DAY), said, error, seconds, peak, server)


DECLINED = reply("The context does not say.", declined=True)


# --- a row --------------------------------------------------------------------------------------------------


def test_a_row_is_worked_by_hand_and_an_error_is_a_wrong_answer() -> None:
    asked = [sought("Venn"), sought("Venn"), sought("Venn"), sought("Oslo", "absent"), sought("Oslo", "elsewhere")]
    right = reply("In Venn.", passages=["no", "Venn"], cited=["Venn", "no"])
    run = Run(
        (
            timed(right, 1.0),
            timed(None, 3.0, peak=1_400.4),
            timed(DECLINED, 2.0, peak=150.0),
            timed(DECLINED, 2.0),
            timed(reply("Nobody knows."), 2.0),
        ),
        Built(12.4, 50.0),
        open_s=0.5,
    )
    assert system_row("BM25", asked, run) == [
        "BM25",
        "0.33",  # right: 1 of the 3 that are answerable
        "0.00-1.00",
        "0.33",  # wrong: the one that raised
        "0.33",  # declined
        "1.00",  # absent declined: 1 of 1
        "0.50",  # 1 of the 2 citations holds the answer
        "0.33",  # in the passages of 1 of 3
        "2.00",
        "2.80",  # 1 2 2 2 3: 0.95 · 4 = 3.8, so 2 + 0.8 · (3 - 2)
        "1,400",
        "12",
    ]


def test_an_absent_question_that_raised_was_not_declined() -> None:
    row = system_row("x", [sought("Oslo", "absent")], Run((timed(None, 1.0),), None, 0.1))
    assert row[HEAD.index("absent declined")] == "0.00"


def test_the_memory_of_the_process_that_holds_the_model_is_added() -> None:
    run = Run((timed(DECLINED, 1.0, peak=100, server=800), timed(DECLINED, 1.0, peak=120, server=700)), None, 0.1)
    assert system_row("x", [sought("Venn"), sought("Venn")], run)[HEAD.index("memory MiB")] == "920"


def test_what_concerns_no_question_and_an_index_that_nobody_built_are_dashes() -> None:
    row = system_row("x", [sought("Venn", "elsewhere")], Run((timed(reply("Venn"), 0.25),), None, 0.1))
    assert row == ["x", "-", "-", "-", "-", "-", "-", "-", "0.25", "0.25", "100", "-"]


def test_a_row_has_a_cell_for_every_head() -> None:
    assert len(system_row("x", [], Run((), None, 0.1))) == len(HEAD)


# --- the table ----------------------------------------------------------------------------------------------


def test_a_table_is_markdown_whose_columns_are_as_wide_as_their_widest_cell() -> None:
    cells = [str(i) for i in range(1, len(HEAD))]
    text = format_table([["A system of long name", *cells], ["B", *cells]], "2 questions, 3 articles")
    caption, blank, head, rule, first, second = text.splitlines()
    assert (caption, blank) == ("2 questions, 3 articles", "")
    assert len({len(line) for line in (head, rule, first, second)}) == 1
    assert head.startswith("| system                | right | 95% interval | wrong |")
    assert rule.startswith("|-----------------------|------:|-------------:|------:|")
    assert second.startswith("| B                     |     1 |            2 |     3 |")
    assert {line.count("|") for line in (head, rule, first, second)} == {len(HEAD) + 1}


# --- the same questions for each ----------------------------------------------------------------------------

QUESTIONS = (
    question("q1", "How many passengers were aboard?", "212", "u1"),
    question("q2", "Who is mayor of Oslo?", "Nobody Known", "u1"),
)


@pytest.fixture
def news(tmp_store: Store, tmp_path: Path) -> News:
    return News(tmp_store, tmp_path / "news", QUESTIONS, {"u1": "ferry.txt", "u2": "orchard.txt"}, "list")


Started = list[tuple[str, Path, Path]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """What was run apart: factory, payload, results. Every system declines."""
    found: Started = []

    def run_apart(
        factory: str, payload: Path, *, questions: Sequence[Asked], results: Path, progress: Callable[[Timed], None]
    ) -> Run:
        found.append((factory, payload, results))
        assert questions == [Asked(q.question, DAY) for q in QUESTIONS]
        for each in (all_timed := tuple(timed(DECLINED, 0.5) for _ in questions)):
            progress(each)
        return Run(all_timed, None, 0.1)

    monkeypatch.setattr(side_by_side, "run_apart", run_apart)
    return found


def ignore(sentence: str) -> None:
    """Tell nobody."""


def test_every_system_is_asked_the_same_and_has_a_row(news: News, started: Started) -> None:
    lines = compare_systems(news, QUESTIONS, told=ignore).splitlines()
    assert lines[0] == "2 questions, 2 articles"
    assert [line.split("|")[1].strip() for line in lines[4:]] == list(SYSTEMS)
    assert [factory for factory, _, _ in started] == list(SYSTEMS.values())
    assert len({results for _, _, results in started}) == len(SYSTEMS)


def test_rivals_are_given_the_articles_as_they_were_selected_and_cut(news: News, started: Started) -> None:
    compare_systems(news, QUESTIONS, told=ignore)
    payloads = {factory: payload for factory, payload, _ in started}
    given = list(read_articles(payloads[SYSTEMS["BM25, top sentence"]]))
    assert [article.source for article in given] == ["ferry.txt", "orchard.txt", "town/council.txt"]
    ferry = news.store.article("ferry.txt")
    assert given[0].passages == tuple(p.text for p in news.store.passages(ferry.article_id))
    assert given[0].text == "\n\n".join(given[0].passages)
    assert (given[0].headline, given[0].published) == ("Ferry runs aground", dt.date(2021, 3, 3))


def test_dateline_opens_its_own_index(news: News, started: Started) -> None:
    compare_systems(news, QUESTIONS, told=ignore)
    payload = next(payload for factory, payload, _ in started if factory == DATELINE)
    assert json.loads(payload.read_text(encoding="utf-8")) == {"index": str(news.store.path), "encoder": "fake"}


def test_a_stopped_comparison_goes_on_with_the_same_answers(news: News, started: Started) -> None:
    compare_systems(news, QUESTIONS, told=ignore)
    compare_systems(news, QUESTIONS, told=ignore)
    assert started[: len(SYSTEMS)] == started[len(SYSTEMS) :]


def test_what_dateline_said_under_other_settings_is_not_taken(
    news: News, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare_systems(news, QUESTIONS, told=ignore)
    monkeypatch.setenv("DATELINE_THRESHOLD", "0.3")
    compare_systems(news, QUESTIONS, told=ignore)
    before, after = started[: len(SYSTEMS)], started[len(SYSTEMS) :]
    assert [b != a for b, a in zip(before, after, strict=True)] == [name == DATELINE for name, _, _ in before]
