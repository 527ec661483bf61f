from __future__ import annotations

import pytest

from app.forms.gathering import doers, holders, is_person_name
from tests.gathering import InventedResearch, asked, told_by


def test_all_who_held_a_role_there_are_found_and_nobody_who_holds_it_elsewhere() -> None:
    hit = told_by(
        "Anna Berg, chief executive of Vik Shipping, left in May. Otto Lind, chief executive of Nord Rail, was "
        "surprised. Ivar Holt, chief executive of Vik Shipping, took her desk."
    )
    found = holders(asked("Who has been chief executive of Vik Shipping?"), InventedResearch((hit,)))
    assert [i.text for i in found] == ["Anna Berg", "Ivar Holt"]


def test_a_title_and_a_ship_are_no_persons() -> None:
    text = "The CEO Anna Berg sailed on the Alba."
    assert is_person_name("Anna Berg", text)
    assert is_person_name("Berg", text)
    assert not is_person_name("CEO", text)
    assert not is_person_name("Alba", text)


AID = (
    "Estonia sent boats and divers to Port Vik on Monday. Latvia sent 40 tonnes of flour. Peru has promised tents. "
    "Malta did not say whether it sent aid to Port Vik."
)
SHARED = "Help came to Port Vik from three sides: Estonia sent dogs, Latvia a field hospital and Peru forty lorries."


@pytest.mark.parametrize(("text", "names"), [(AID, ["Estonia", "Latvia"]), (SHARED, ["Estonia", "Latvia", "Peru"])])
def test_who_did_what_is_asked_stands_before_the_verb_or_where_it_is_left_out(text: str, names: list[str]) -> None:
    found = doers(asked("Which countries sent aid to Port Vik?"), "countries", InventedResearch((told_by(text),)))
    assert [i.text for i in found] == names


def test_somebody_from_there_is_not_the_country() -> None:
    text = "The president of Malta sent aid to Port Vik. Estonia and Latvia sent aid to Port Vik."
    found = doers(asked("Which countries sent aid to Port Vik?"), "countries", InventedResearch((told_by(text),)))
    assert [i.text for i in found] == ["Estonia", "Latvia"]


def test_whoever_does_it_to_something_else_is_not_meant() -> None:
    text = "Estonia signed the Vik Treaty. Latvia signed bills. Peru has become the third state to join the Vik Treaty."
    found = doers(asked("Which states have signed the Vik Treaty?"), "states", InventedResearch((told_by(text),)))
    assert [i.text for i in found] == ["Estonia", "Peru"]


def test_a_title_that_opens_the_sentence_is_no_part_of_the_name() -> None:
    hit = told_by("Coach Anna Berg left. Referee Otto Lind stayed. Nord Rail hired Ivar Holt as coach.")
    found = holders(asked("Which coaches appear in the reports about Nord Rail?"), InventedResearch((hit,)))
    assert [i.text for i in found] == ["Anna Berg", "Ivar Holt"]


def test_whoever_coached_a_club_was_its_coach_and_not_its_chair() -> None:
    hit = told_by("Vik United dismissed their coach, Anna Berg. Vik United's chairwoman, Mia Dahl, found it hard.")
    found = holders(asked("Who has coached Vik United?"), InventedResearch((hit,)))
    assert [i.text for i in found] == ["Anna Berg"]
