from __future__ import annotations

import datetime as dt
import time

import pytest

from app.draft import Composition
from app.forms.reports import compose_happened, compose_news, open_question
from app.reader import Reading
from app.times import Timing
from store import Filters, Hit
from tests.gathering import InventedResearch, asked, quoted, told_by

UNSURE = Reading((), 0.05)
APRIL, MAY = dt.date(2022, 4, 3), dt.date(2022, 5, 9)
FERRY = told_by(
    "The ferry company Vikline is closing its office in Sandvik. Sixty people lose their jobs.",
    day=APRIL,
    headline="Vikline closes office",
)
FINE = told_by("A court in Sandvik fined Vikline two million crowns.", day=MAY, headline="Vikline fined", rank=2)
BEAR = told_by("A bear has been seen twice in the woods near Orlen.", day=MAY, headline="Bear near Orlen", rank=3)
SPRING = Timing("", ("in spring",), dt.date(2022, 3, 1), dt.date(2022, 5, 31))


def reported(question: str, *hits: Hit, timing: Timing = SPRING, reading: Reading = UNSURE) -> Composition | None:
    filters = Filters(published_from=timing.first, published_to=timing.last)
    research = InventedResearch(hits, timing=timing, filters=filters)
    return compose_news(asked(question), reading, research) or compose_happened(asked(question), reading, research)


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What was reported about the ferry?", "the ferry"),
        ("What have the local papers said about Mayor Berg?", "Mayor Berg"),
        ("What is the latest on the strike in Orlen?", "the strike in Orlen"),
        ("What's new with Vikline?", "Vikline"),
        ("Latest news about Vikline", "Vikline"),
        ("Any news on the bridge?", "the bridge"),
        ("What is the newest report on Vikline?", "Vikline"),
        ("What did Vikline do?", "Vikline"),
        ("What did the insurers say about storm damage?", "storm damage the insurers"),
        ("What went wrong in Orlen?", "Orlen"),
        ("What happened?", ""),
    ],
)
def test_the_subject_of_an_open_question_is_read(question: str, subject: str) -> None:
    found = open_question(question)
    assert found is not None
    assert sorted(found.subject.split()) == sorted(subject.split())


@pytest.mark.parametrize(
    "question", ["Who leads Vikline?", "What is the capital of Norwind?", "Why did it close?", "When did it open?"]
)
def test_a_particular_question_is_not_open(question: str) -> None:
    assert open_question(question) is None


def test_what_was_reported_of_those_days_is_told_in_their_order() -> None:
    said = reported("What was reported about Vikline?", FINE, FERRY, BEAR)
    assert said is not None
    assert said.layout == "timeline"
    assert [p.day for p in said.parts] == [APRIL, APRIL, MAY]
    assert "bear" not in " ".join(quoted(said))


def test_the_latest_comes_first_where_it_is_asked_for() -> None:
    said = reported("What is the latest on Vikline?", FERRY, FINE, timing=Timing("", order="newest"))
    assert said is not None
    assert said.parts[0].day == MAY


def test_undated_reports_are_told_after_dated_ones() -> None:
    undated = told_by("Vikline has sold two ships.", headline="Ships sold", rank=4)
    said = reported("What is the latest on Vikline?", undated, FINE, timing=Timing("", order="newest"))
    assert said is not None
    assert [p.day for p in said.parts] == [MAY, None]


def test_without_a_subject_the_leads_of_those_days_are_told() -> None:
    said = reported("What happened in Sandvik or near Orlen?", FERRY, BEAR)
    assert said is None
    said = reported("What has happened?", told_by("It has happened: Vikline is for sale.", day=MAY))
    assert quoted(said) == ["It has happened: Vikline is for sale."]


def test_a_speaker_who_is_in_no_report_is_not_answered_for() -> None:
    assert reported("What did the bishop of Norwind say about Vikline?", FERRY, FINE) is None


def test_what_a_sure_reader_found_is_left_to_it() -> None:
    assert reported("What did Vikline do?", FERRY, reading=Reading((), 0.6)) is None


def test_articles_of_other_days_do_not_tell_what_was_reported() -> None:
    research = InventedResearch((FERRY,), timing=Timing("", ("in 2019",), dt.date(2019, 1, 1), dt.date(2019, 12, 31)))
    assert compose_news(asked("What was reported about Vikline?"), UNSURE, research) is None


def test_mishaps_are_told_where_it_is_asked_what_went_wrong() -> None:
    opened = told_by("A new school was opened in Sandvik.", day=MAY, headline="School opened", rank=5)
    fault = told_by("A fault left Sandvik without water.", day=APRIL, headline="Water off in Sandvik", rank=6)
    assert quoted(reported("What went wrong in Sandvik?", opened, fault)) == ["A fault left Sandvik without water."]


def test_long_input_takes_no_long_time() -> None:
    started = time.perf_counter()
    for words in ("what did " * 40, "what has been " * 28, "the latest news on " * 20, "a" * 399):
        open_question(words)
    assert time.perf_counter() - started < 2
