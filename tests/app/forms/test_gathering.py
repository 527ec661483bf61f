from __future__ import annotations

from app.forms.gathering import holders, is_person_name
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
