from __future__ import annotations

import pytest

from app.forms.offices import is_held, is_held_no_longer, names_body
from app.question import read_question


@pytest.mark.parametrize(
    ("question", "sentence", "name", "held"),
    [
        ("Who is the speaker of the House?", "House Speaker Ada Krog opened the session.", "Ada Krog", True),
        ("Who is the speaker of the House?", "Deputy House Speaker Ada Krog opened it.", "Ada Krog", False),
        ("Who is the speaker of the House?", "Ada Krog, a candidate for speaker, left.", "Ada Krog", False),
        ("Who is the secretary of state?", "Velmland Secretary of State Ole Sund sued.", "Ole Sund", False),
        ("Who is the attorney general?", "Attorney General Ida Moe named Attorney Tom Reiss.", "Tom Reiss", False),
        ("Who is the chief executive of Venn Bank?", "Venn Bank grew, CEO Tom Reiss said.", "Tom Reiss", True),
        ("Who is the chief executive of Venn Bank?", "Tom Reiss takes over as chief executive.", "Tom Reiss", True),
        ("Who leads the Free Valley Front?", "Tom Reiss now leads the Front.", "Tom Reiss", True),
    ],
)
def test_only_the_very_office_asked_for_is_held(question: str, sentence: str, name: str, *, held: bool) -> None:
    start = sentence.index(name)
    assert is_held(read_question(question), sentence, start, start + len(name)) is held


@pytest.mark.parametrize(
    ("sentence", "before"),
    [("Ada Krog, the former mayor of Venn, spoke.", True), ("Ada Krog, the mayor of Venn, spoke.", False)],
)
def test_an_office_that_was_held_is_told_by_the_words_around_the_name(sentence: str, *, before: bool) -> None:
    assert is_held_no_longer(sentence, 0, len("Ada Krog")) is before


def test_an_office_of_no_named_body_may_be_anywhere() -> None:
    assert names_body(read_question("Who is the chief executive of Venn Bank?"))
    assert not names_body(read_question("Who is the Senate majority leader?"))
