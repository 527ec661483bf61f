from __future__ import annotations

import datetime as dt

import pytest

from app.llm.facts import Fact, Source, missing_fact, only_possible, polarity_differs, turned_word
from ingest.article import Article, PublicationDate, Span


def article(day: dt.date | None) -> Article:
    published = PublicationDate(day=day, basis="dateline" if day else "not stated", confidence=0.9 if day else 0.0)
    return Article("a" * 64, ("a.txt",), None, None, (), published, (Span(0, 5),), "b" * 64)


def source(text: str, day: dt.date | None = None, as_of: dt.date | None = None) -> Source:
    return Source(text, (article(day),), as_of)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("Some two thousand cattle were stolen.", "They stole 2,000 cattle."),
        ("The repairs cost 1.2 million dollars.", "The repairs cost $1.2 million."),
        ("It happened on 14 January.", "It happened on Jan. 14."),
        ("It happened on January 14th.", "On 14 January it happened."),
        ("The U.S. sent drones.", "The United States sent drones."),
        ("American officials spoke.", "US officials spoke."),
        ("Washington wants a base.", "The United States wants a base."),
        ("The WHO said so.", "The World Health Organization said so."),
        ("Biden signed it.", "President Joe Biden signed it."),
        ("Nobody was hurt.", "No one was hurt."),
        ("The bridge is not open.", "The bridge is closed."),
        ("They met twice.", "They met two times."),
        ("A third of the ships left.", "One in three ships left, a third of all."),
        ("No one was on board.", "There was nobody aboard."),
        ("José Pérez won.", "Jose Perez won."),
    ],
)
def test_a_fact_is_found_in_another_wording(statement: str, told: str) -> None:
    assert missing_fact(statement, source(told)) is None


@pytest.mark.parametrize(
    ("statement", "told", "missing"),
    [
        ("Some three thousand cattle were stolen.", "They stole 2,000 cattle.", ("number", "three thousand")),
        ("They stole 20 percent.", "They stole from 20 people.", ("number", "20")),
        ("It happened on 15 January.", "It happened on Jan. 14.", ("date", "15 January")),
        ("It happened in 2019.", "It happened in 2018.", ("date", "2019")),
        ("He said that Paris was the capital.", "He said that the capital was warm.", ("name", "Paris")),
        ("She and Kamala Harris spoke.", "She and Joe Biden spoke.", ("name", "Kamala Harris")),
        ("The mayor did not resign.", "The mayor resigned.", ("negation", "not")),
        ("The mayor never spoke to them.", "The mayor spoke to them.", ("negation", "never")),
    ],
)
def test_a_fact_that_is_not_there_is_named(statement: str, told: str, missing: tuple[str, str]) -> None:
    assert missing_fact(statement, source(told)) == Fact(*missing)


def test_a_weekday_is_the_day_that_it_was_by_the_articles_date() -> None:
    tuesday = dt.date(2020, 1, 28)
    assert missing_fact("It sank on 27 January 2020.", source("It sank on Monday.", tuesday)) is None
    assert missing_fact("It sank on 26 January 2020.", source("It sank on Monday.", tuesday)) is not None


def test_this_week_counts_from_the_day_of_asking() -> None:
    said, told = "The House passed the bill this week.", "The House passed the bill Thursday."
    assert missing_fact(said, source(told, dt.date(2022, 12, 8), dt.date(2022, 12, 9))) is None
    assert missing_fact(said, source(told, dt.date(2022, 10, 6), dt.date(2022, 12, 9))) is not None
    assert missing_fact(said, source(told, dt.date(2022, 12, 8))) is not None


def test_what_is_denied_in_one_and_told_in_the_other_differs() -> None:
    assert polarity_differs("The mayor resigned.", "The mayor has not resigned.")
    assert not polarity_differs("The mayor has not resigned.", "The mayor did not resign.")
    assert not polarity_differs("The ferry sank.", "The ferry sank, but nobody was hurt.")


def test_a_word_and_its_opposite_are_told_apart() -> None:
    assert turned_word("Prices rose in May.", "Prices fell in May.") == "rose"
    assert turned_word("Prices rose in May.", "Prices climbed in May.") is None


def test_a_plan_told_as_a_fact_is_noticed() -> None:
    assert only_possible("The company closed the works.", "The company plans to close the works.")
    assert not only_possible("The company plans to close the works.", "The company may close the works.")
