from __future__ import annotations

import datetime as dt

import pytest

from app.draft import Composition
from app.forms.timeline import compose_timeline, timeline_subject
from app.reader import Reading
from store import Hit
from tests.gathering import InventedResearch, asked, quoted, told_by

UNSURE = Reading((), 0.05)
BEGAN = told_by(
    "Ferry crews in Port Hallow walked out on Monday. The Hallow strike began after talks failed on April 28.",
    day=dt.date(2022, 5, 3),
    headline="Hallow ferry strike begins",
    outlet="Hallow Post",
)
ENDED = told_by(
    "The ferry strike in Port Hallow ended on Wednesday. A week later, the Hallow crews were paid. "
    "The ferry company will review the Hallow strike on Friday.",
    day=dt.date(2022, 5, 12),
    headline="Hallow ferry strike ends",
    rank=2,
)
UNDATED = told_by("The ferry strike in Port Hallow was the longest ever seen there.", rank=3)
ELSEWHERE = told_by("A ferry strike in Vik began on May 4, 2022.", day=dt.date(2022, 5, 5), rank=4)


def told(question: str, *hits: Hit) -> Composition | None:
    return compose_timeline(asked(question), UNSURE, InventedResearch(hits))


def test_statements_are_in_the_order_of_their_days() -> None:
    said = told("Timeline of the ferry strike in Port Hallow", ENDED, BEGAN, UNDATED, ELSEWHERE)
    assert said is not None
    assert said.layout == "timeline"
    assert [(p.day, p.basis) for p in said.parts] == [
        (dt.date(2022, 4, 28), "as the text dates it"),
        (dt.date(2022, 5, 2), "Monday, by the article's date"),
        (dt.date(2022, 5, 11), "Wednesday, by the article's date"),
        (dt.date(2022, 5, 13), "Friday, by the article's date"),
        (dt.date(2022, 5, 18), "A week later, after Wednesday"),
        (None, "no day known"),
    ]


def test_what_happened_does_not_tell_what_will() -> None:
    said = told("What happened in the ferry strike in Port Hallow?", ENDED, BEGAN)
    assert "will review" not in " ".join(quoted(said))


def test_another_place_has_no_part_in_it() -> None:
    said = told("Timeline of the ferry strike in Port Hallow", ENDED, BEGAN, ELSEWHERE)
    assert "Vik" not in " ".join(quoted(said))


def test_what_two_articles_tell_alike_is_told_once() -> None:
    copy = told_by(f"{BEGAN.passage.text} ", day=dt.date(2022, 5, 3), headline="Hallow ferry strike begins", rank=5)
    once = told("Timeline of the ferry strike in Port Hallow", BEGAN, ENDED)
    assert quoted(told("Timeline of the ferry strike in Port Hallow", BEGAN, ENDED, copy)) == quoted(once)


def test_one_statement_is_no_timeline() -> None:
    assert told("Timeline of the ferry strike in Vik", ELSEWHERE) is None


def test_a_subject_that_no_article_tells_is_left_to_the_reader() -> None:
    assert told("What happened in Atlantis in 2012?", BEGAN, ENDED) is None


def test_a_day_asked_for_is_that_day() -> None:
    said = told("What happened in Port Hallow on April 28?", BEGAN, ENDED)
    assert said is not None
    assert [p.day for p in said.parts] == [dt.date(2022, 4, 28)]


def test_a_year_asked_for_bounds_the_days() -> None:
    before = told_by("The first ferry strike in Port Hallow was on May 4, 1999.", day=dt.date(2022, 5, 6), rank=6)
    said = told("What happened in the ferry strike in Port Hallow in 2022?", BEGAN, ENDED, before)
    assert said is not None
    assert all(p.day is not None and p.day.year == 2022 for p in said.parts)


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Timeline of the strike", ("the strike", True)),
        ("Give me a chronology of the events in Vik.", ("Vik", True)),
        ("How did the strike unfold?", ("the strike", True)),
        ("What happened after the flood?", ("the flood", False)),
        ("What has happened in Vik?", ("Vik", False)),
        ("Who won?", None),
        ("What " * 2000, None),
    ],
)
def test_the_subject_is_read_from_the_question(question: str, subject: tuple[str, bool] | None) -> None:
    assert timeline_subject(question) == subject


@pytest.mark.parametrize(
    "question",
    [
        "Trace the history of the ferry strike in Port Hallow step by step.",
        "Put the reports on the ferry strike in Port Hallow in chronological order.",
        "Give the key dates of the ferry strike in Port Hallow.",
        "What happened when with the ferry strike in Port Hallow?",
        "How did the ferry strike in Port Hallow develop over time?",
        "What happened in the ferry strike in Port Hallow, in order?",
    ],
)
def test_an_order_is_asked_for_in_many_ways(question: str) -> None:
    subject = timeline_subject(question)
    assert subject is not None
    assert subject[0].rstrip(" ,") in ("the ferry strike in Port Hallow", "ferry strike in Port Hallow")
    assert subject[1]


def test_reports_are_put_in_order_only_where_an_order_is_asked_for() -> None:
    assert timeline_subject("Show the reports on the strike.") is None


def test_what_lies_between_two_events_is_all_that_is_told() -> None:
    recall = told_by("Vikline recalled its vans on 3 May 2021.", day=dt.date(2021, 5, 4), rank=1)
    chief = told_by("Vikline named a new chief on 8 June 2021.", day=dt.date(2021, 6, 9), rank=2)
    profit = told_by("Vikline made a profit on 2 July 2021.", day=dt.date(2021, 7, 3), rank=3)
    later = told_by("Vikline sold its vans on 1 August 2021.", day=dt.date(2021, 8, 2), rank=4)
    said = told("What happened to Vikline between the recall and the profit, in order?", recall, chief, profit, later)
    assert said is not None
    assert [p.day for p in said.parts if p.day] == [dt.date(2021, 5, 3), dt.date(2021, 6, 8), dt.date(2021, 7, 2)]


def test_a_lead_with_a_day_to_come_is_news_of_its_own_day() -> None:
    plan = told_by("The Hallow ferry strike will end on 30 May, if crews agree.", day=dt.date(2022, 5, 10), rank=5)
    said = told("Timeline of the ferry strike in Port Hallow", plan, BEGAN)
    assert said is None or dt.date(2022, 5, 30) not in [p.day for p in said.parts]
