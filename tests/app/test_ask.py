from __future__ import annotations

import datetime as dt
import gc
import shutil
import sys
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import app
from app.answer import Answer, Statement, Turn
from app.ask import AskOptions, ask, ask_stream, check_question
from app.question import Question
from app.reader import Pointer, Reader, Reading
from app.stages import STAGES
from ingest.article import Span
from ingest.errors import QuestionError, UsageError
from ingest.split import sentences
from store import Filters, Hit
from store.search import Store, open_store
from tests.conftest import FakeEncoder, fake_build


class FirstSentence:
    """A reader that points at the first sentence of every hit, as sure as it is told to be."""

    digest = "first"
    threshold = 0.5

    def __init__(self, confidence: float) -> None:
        self.confidence = confidence
        self.asked: list[str] = []

    def read(self, question: Question, hits: tuple[Hit, ...]) -> Reading:
        self.asked.append(question.text)
        spans = [sentences(h.passage.text, Span(0, len(h.passage.text)))[0] for h in hits]
        pointers = tuple(
            Pointer(h, Span(s.start + h.passage.start, s.end + h.passage.start), 0.9 / h.rank)
            for h, s in zip(hits, spans, strict=True)
        )
        return Reading(pointers, self.confidence if hits else 0.0)


@pytest.fixture
def sure(tmp_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[FirstSentence]:
    reader = FirstSentence(0.8)
    from app import ask as _  # noqa: F401

    _readers()[tmp_store] = reader
    yield reader
    _readers().pop(tmp_store, None)


def _readers() -> dict[Store, Reader]:
    return sys.modules["app.ask"]._readers  # type: ignore[no-any-return]


def test_every_citation_of_an_answer_slices_back(tmp_store: Store, sure: FirstSentence) -> None:
    answer = ask("How many passengers were aboard the ferry?", store=tmp_store)
    assert answer.citations
    for citation in answer.citations:
        assert tmp_store.source_text(citation.source)[citation.start : citation.end] == citation.quote


def test_a_question_of_fact_gets_at_most_three_statements(tmp_store: Store, sure: FirstSentence) -> None:
    assert 1 <= len(ask("How many passengers were aboard?", store=tmp_store).statements) <= 3


def test_the_stream_gives_the_statements_and_then_the_answer(tmp_store: Store, sure: FirstSentence) -> None:
    parts = list(ask_stream("Who voted on the fish market?", store=tmp_store))
    assert isinstance(parts[-1], Answer)
    assert tuple(p for p in parts if isinstance(p, Statement)) == parts[-1].statements


def test_below_the_threshold_it_declines_and_shows_what_came_nearest(tmp_store: Store, sure: FirstSentence) -> None:
    sure.confidence = 0.49
    answer = ask("How many passengers were aboard?", store=tmp_store)
    assert answer.abstained
    assert answer.abstention is not None
    assert len(answer.abstention.nearest) == 3
    assert "3 articles" in answer.abstention.searched
    assert not answer.citations


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (0.03, "(3%, where 50% is needed)"),
        (0.497, "(49.7%, where 50.0% is needed)"),
        (0.4999, "(just below the 50.0% that is needed)"),
    ],
)
def test_how_far_it_fell_short_is_told_in_two_figures_that_differ(
    tmp_store: Store, sure: FirstSentence, confidence: float, said: str
) -> None:
    sure.confidence = confidence
    answer = ask("How many passengers were aboard?", store=tmp_store)
    assert answer.abstention is not None
    assert said in answer.abstention.reason


def test_the_threshold_can_be_changed_for_one_question(tmp_store: Store, sure: FirstSentence) -> None:
    assert ask("Who voted?", store=tmp_store, options=AskOptions(threshold=0.9)).abstained
    assert not ask("Who voted?", store=tmp_store, options=AskOptions(threshold=0.1)).abstained


def test_articles_published_after_as_of_are_no_evidence_and_undated_ones_are(
    tmp_store: Store, sure: FirstSentence
) -> None:
    answer = ask("What happened in Port Hallow?", store=tmp_store, as_of="2021-04-01")
    assert {h.article.source for h in answer.hits} == {"ferry.txt", "orchard.txt"}


def test_a_filter_may_ask_for_what_came_later(tmp_store: Store, sure: FirstSentence) -> None:
    later = Filters(published_from=dt.date(2021, 4, 2), undated=False)
    answer = ask("What happened?", store=tmp_store, as_of="2021-04-01", options=AskOptions(filters=later))
    assert {h.article.source for h in answer.hits} == {"town/council.txt"}


def test_a_range_without_articles_is_said_and_not_widened(tmp_store: Store, sure: FirstSentence) -> None:
    nothing = Filters(published_from=dt.date(1999, 1, 1), published_to=dt.date(1999, 2, 1), undated=False)
    answer = ask("What happened?", store=tmp_store, options=AskOptions(filters=nothing))
    assert answer.abstained
    assert "No article" in str(answer.reason)


def test_only_the_named_sources_are_searched(tmp_store: Store, sure: FirstSentence) -> None:
    answer = ask("What happened?", store=tmp_store, options=AskOptions(sources=("town/",)))
    assert {h.article.source for h in answer.hits} == {"town/council.txt"}


def test_a_source_that_was_never_ingested_is_a_clear_error(tmp_store: Store, sure: FirstSentence) -> None:
    with pytest.raises(UsageError, match="dateline sources"):
        ask("What happened?", store=tmp_store, options=AskOptions(sources=("nowhere.txt",)))


def test_history_given_as_questions_is_asked_again_in_order(tmp_store: Store, sure: FirstSentence) -> None:
    ask("When did she speak?", history=["Who is Mira Lunde?"], store=tmp_store)
    assert sure.asked == ["Who is Mira Lunde?", "When did Mira Lunde speak?"]


def test_what_leans_on_the_talk_is_looked_for_in_what_was_cited(tmp_store: Store, sure: FirstSentence) -> None:
    last = ask("What happened?", store=tmp_store, options=AskOptions(sources=("town/",)))
    answer = ask("Was anything decided?", history=[Turn("What happened?", last)], store=tmp_store)
    assert {c.source for c in answer.citations} == {"town/council.txt"}
    assert answer.filters.sources == ()


def test_history_given_as_turns_is_not_asked_again(tmp_store: Store, sure: FirstSentence) -> None:
    turn = Turn("Who is Mira Lunde?", ask("Who is Mira Lunde?", store=tmp_store))
    answer = ask("When did she speak?", history=[turn], store=tmp_store)
    assert answer.query == "When did Mira Lunde speak?"
    assert len(sure.asked) == 2


def test_a_given_query_is_searched_instead(tmp_store: Store, sure: FirstSentence) -> None:
    assert ask("What?", store=tmp_store, options=AskOptions(query="apple harvest")).query == "apple harvest"


def test_an_answer_names_what_produced_it(tmp_store: Store, sure: FirstSentence) -> None:
    provenance = ask("Who voted?", store=tmp_store, as_of=dt.date(2022, 2, 2)).provenance
    assert (provenance.reader, provenance.composer, provenance.as_of) == ("first", "extractive", dt.date(2022, 2, 2))


@pytest.mark.parametrize("question", ["", "  \n ", "x" * 4001, "<b></b>", "?!", "\x00"])
def test_a_question_that_cannot_be_asked_is_a_clear_error(question: str, tmp_store: Store) -> None:
    with pytest.raises(QuestionError):
        ask(question, store=tmp_store)


@pytest.mark.parametrize("question", ["<b>Who</b> voted?", "Кто голосовал?", "谁投票了", "a" * 4000])
def test_markup_and_other_scripts_are_questions_too(question: str, tmp_store: Store, sure: FirstSentence) -> None:
    assert isinstance(ask(question, store=tmp_store), Answer)


def test_control_characters_leave_the_question() -> None:
    assert check_question("Who\x1b[31m voted?\n") == "Who [31m voted?"


@pytest.mark.parametrize("as_of", ["yesterday", "2021-13-01", ""])
def test_a_day_that_is_none_is_a_usage_error(as_of: str, tmp_store: Store, sure: FirstSentence) -> None:
    with pytest.raises(UsageError, match="2020-01-28"):
        ask("Who voted?", store=tmp_store, as_of=as_of)


def test_ask_is_the_function_however_the_package_was_imported() -> None:
    import app.ask as module

    assert app.ask is ask
    assert callable(app.ask)
    assert module is ask or callable(module)


def test_history_asked_again_keeps_to_the_same_sources(tmp_store: Store, sure: FirstSentence) -> None:
    answer = ask(
        "When did she speak?", history=["Who is Mira Lunde?"], store=tmp_store, options=AskOptions(sources=("town",))
    )
    assert {h.article.source for h in answer.hits} == {"town/council.txt"}


@pytest.mark.parametrize("history", ["Who is it?", [b"Who?"], [{"question": "Who?"}]])
def test_history_of_another_kind_is_a_usage_error(history: object, tmp_store: Store) -> None:
    with pytest.raises(UsageError, match="history"):
        ask("Who voted?", history=history, store=tmp_store)  # type: ignore[arg-type]


def test_a_store_of_another_kind_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="store is a path"):
        ask("Who voted?", store=b"somewhere")  # type: ignore[arg-type]


def test_sources_given_as_one_string_or_twice_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match="tuple"):
        AskOptions(sources="ferry.txt")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="twice"):
        AskOptions(sources=("ferry.txt",), filters=Filters(sources=("orchard.txt",)))


def test_a_given_query_is_held_to_the_rules_of_a_question(tmp_store: Store, sure: FirstSentence) -> None:
    with pytest.raises(QuestionError):
        ask("Who?", store=tmp_store, options=AskOptions(query="x" * 5000))
    assert ask("Who voted?", store=tmp_store, options=AskOptions(query="  ")).query == "Who voted?"


def test_a_day_with_something_behind_it_is_no_day(tmp_store: Store) -> None:
    with pytest.raises(UsageError):
        ask("Who voted?", store=tmp_store, as_of="2020-01-28 nonsense")


def test_a_reader_does_not_keep_its_archive_alive(tmp_path: Path, full_template: Path) -> None:
    path = shutil.copytree(full_template, tmp_path / "own")
    store = open_store(path, encoder=FakeEncoder(), build=fake_build())
    ask("Who voted?", store=store)
    store.close()
    gone = weakref.ref(store)
    del store
    gc.collect()
    assert gone() is None


class ByName(FirstSentence):
    """Points at the hits that hold the question's first name, and is unsure of a question with two."""

    def read(self, question: Question, hits: tuple[Hit, ...]) -> Reading:
        names = [m.text for m in question.mentions if m.kind == "name"]
        fitting = tuple(h for h in hits if names[0] in h.passage.text)
        return replace(super().read(question, fitting), confidence=0.8 if len(names) == 1 else 0.1)


def test_a_question_that_asks_two_things_is_answered_with_both(tmp_store: Store, sure: FirstSentence) -> None:
    _readers()[tmp_store] = ByName(0.8)
    answer = ask("What did Mira Lunde and Jon Lunde say?", store=tmp_store)
    assert {c.source for c in answer.citations} == {"ferry.txt", "town/council.txt"}


def test_two_things_are_not_half_answered_as_if_whole(tmp_store: Store, sure: FirstSentence) -> None:
    _readers()[tmp_store] = ByName(0.8)
    assert ask("What did Mira Lunde and Nobody Known say?", store=tmp_store).abstained


def test_a_stage_that_is_left_out_is_known_by_name() -> None:
    with pytest.raises(UsageError, match="no stage 'retreival'; known: abstention"):
        AskOptions(without=frozenset({"retreival"}))


def test_every_stage_can_be_left_out(tmp_store: Store, sure: FirstSentence) -> None:
    for stage in STAGES:
        answer = ask(
            "How many were aboard the ferry?", store=tmp_store, options=AskOptions(without=frozenset({stage.name}))
        )
        assert answer.hits, stage.name


def test_without_abstention_every_question_is_answered(tmp_store: Store, sure: FirstSentence) -> None:
    options = AskOptions(threshold=1.0)
    assert ask("How many were aboard?", store=tmp_store, options=options).abstained
    assert not ask(
        "How many were aboard?", store=tmp_store, options=replace(options, without=frozenset({"abstention"}))
    ).abstained
