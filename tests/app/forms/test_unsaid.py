from __future__ import annotations

import pytest

from app.draft import Composition
from app.forms.unsaid import compose_unsaid
from app.question import read_question
from app.reader import Pointer, Reading
from ingest.article import Span
from tests.app.forms.invented_evidence import Evidence, formed

HARBOUR = Evidence(
    "Parliament asked the 4,100 troops at Venn to leave. The city employs 310 Norwegian nurses. "
    "The navy has 900 divers, with female divers trained at Osk. Ada Krog, the mayor of Venn, spoke for an hour. "
    "Norrea has offered to talk to the harbour union. The ferry line ordered 12 boats."
)


def compose_unsaid_at(question: str, at: str, short: str, confidence: float) -> Composition | None:
    """What is made of a reading that points at `short` in the sentence `at`."""
    start = HARBOUR.texts[0].index(at)
    first = start + at.index(short)
    pointer = Pointer(HARBOUR.hits[0], Span(start, start + len(at)), confidence, Span(first, first + len(short)))
    return compose_unsaid(read_question(question), Reading((pointer,), confidence), HARBOUR)


@pytest.mark.parametrize(
    ("question", "at"),
    [
        ("How many lawmakers asked the troops to leave?", "Parliament asked the 4,100 troops at Venn to leave."),
        ("How many Danish nurses does the city employ?", "The city employs 310 Norwegian nurses."),
        (
            "How many female divers does the navy have?",
            "The navy has 900 divers, with female divers trained at Osk.",
        ),
    ],
)
def test_a_number_of_others_is_no_answer(question: str, at: str) -> None:
    number = next(w for w in at.split() if w[0].isdigit())
    found = compose_unsaid_at(question, at, number, 0.8)
    assert found is not None and not found.drafts and found.confidence < 0.1


@pytest.mark.parametrize(
    ("question", "at"),
    [
        ("How many soldiers are at Venn?", "Parliament asked the 4,100 troops at Venn to leave."),
        ("How many ships did the ferry line order?", "The ferry line ordered 12 boats."),
        ("How many nurses does the city employ?", "The city employs 310 Norwegian nurses."),
        ("How many people work as nurses in the city?", "The city employs 310 Norwegian nurses."),
    ],
)
def test_a_number_that_may_be_of_what_is_asked_for_stands(question: str, at: str) -> None:
    number = next(w for w in at.split() if w[0].isdigit())
    assert compose_unsaid_at(question, at, number, 0.8) is None


def test_a_father_of_whom_nothing_is_told_is_not_found_in_another_name() -> None:
    at = "Ada Krog, the mayor of Venn, spoke for an hour."
    assert compose_unsaid_at("Who is Ada Krog's father?", at, "Venn", 0.4) is not None
    assert compose_unsaid_at("Who is the mayor of Venn?", at, "Ada Krog", 0.4) is None


def test_a_deed_and_its_object_that_are_told_nowhere_near_leave_a_doubtful_name_unsaid() -> None:
    at = "Norrea has offered to talk to the harbour union."
    assert compose_unsaid_at("Which country sold the missiles to the union?", at, "Norrea", 0.4) is not None
    assert compose_unsaid_at("Which country sold the missiles to the union?", at, "Norrea", 0.8) is None
    assert compose_unsaid_at("Which country offered talks to the union?", at, "Norrea", 0.4) is None


def test_what_is_declined_anyway_is_left_alone() -> None:
    assert formed(compose_unsaid, "How many lawmakers asked the troops to leave?", HARBOUR) is None


def test_when_or_where_something_befell_somebody_has_to_be_told() -> None:
    at = "Ada Krog, the mayor of Venn, spoke for an hour."
    untold = compose_unsaid_at("Where was Ada Krog born?", at, "Venn", 0.4)
    assert untold is not None and not untold.drafts
    assert compose_unsaid_at("Where did Ada Krog speak?", at, "Venn", 0.4) is None
    assert compose_unsaid_at("Where was Ada Krog born?", at, "Venn", 0.9) is None
