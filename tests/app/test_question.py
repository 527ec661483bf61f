from __future__ import annotations

import datetime as dt

import pytest

from app.question import QuestionKind, names_another_year, plainly, read_question


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many ferries were cancelled?", "number"),
        ("When did the bridge open?", "date"),
        ("In what year was the bridge opened?", "date"),
        ("Where was the mayor born?", "place"),
        ("Which city hosts the fair?", "place"),
        ("Who opened the bridge?", "person"),
        ("Why was the bridge closed?", "reason"),
        ("How did the crew escape?", "manner"),
        ("What did the mayor say about the bridge?", "quote"),
        ("Which countries signed the treaty?", "list"),
        ("Did the mayor resign?", "yes/no"),
        ("Who is Anna Berg?", "definition"),
        ("What closed the bridge?", "fact"),
    ],
)
def test_the_kind_of_question_is_read_from_its_form(question: str, kind: QuestionKind) -> None:
    assert read_question(question).kind == kind


def test_what_is_counted_is_read_from_how_many() -> None:
    assert read_question("How many wounded passengers were flown out?").asked == ("wounded", "passengers")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who won in 2019?", True),
        ("Who won?", False),
        ("Who won in 2024?", False),
        ("Who won in 2023 and 2024?", False),
        ("Who fled the 1,900 homes?", False),
    ],
)
def test_a_question_that_names_other_years_only_does_not_ask_for_news(question: str, expected: bool) -> None:
    assert names_another_year(read_question(question), dt.date(2024, 3, 1)) is expected


@pytest.mark.parametrize(
    "typed",
    [
        "\u200bWho is Anna Berg?", "\u202eWho is Anna Berg?\u202c", "<b>Who is Anna Berg?</b>", "“Who is Anna Berg?”",
        "\N{FIRE} Who is Anna Berg?", "\u00a0Who is  Anna Berg?", "... Who is Anna Berg?",
    ],
)  # fmt: skip
def test_what_hides_the_form_of_a_question_is_taken_off(typed: str) -> None:
    assert plainly(typed) == "Who is Anna Berg?"


@pytest.mark.parametrize("typed", ["Who said “I need ammunition”?", "$5 for what?", "Is 3 < 4 > 2?", "مَن؟", "???"])
def test_what_is_part_of_a_question_stays(typed: str) -> None:
    assert plainly(typed) == typed
