from __future__ import annotations

import pytest

from app.forms.premise import CONTRADICTED, compose_premise
from tests.app.forms.invented_evidence import Evidence, formed

BRIDGE = Evidence(
    "The bridge at Venn fell on Friday. No one was hurt. Mayor Ada Krog has not resigned, and neither town signed the "
    "repair contract. A court acquitted the builder, Tom Reiss, of fraud; his partner, Ole Sund, was convicted. "
    "None of the lost money was recovered. Krog ruled out a toll. The ferry carries 300 people a day.",
    headline="Bridge at Venn falls",
)


@pytest.mark.parametrize(
    ("question", "denial"),
    [
        ("Who was hurt when the bridge at Venn fell?", "No one was hurt."),
        ("Why did Mayor Ada Krog resign?", "has not resigned"),
        ("Which town signed the repair contract?", "neither town signed"),
        ("Why was Tom Reiss convicted of fraud?", "acquitted"),
        ("When did Ada Krog agree to a toll?", "ruled out a toll"),
    ],
)
def test_what_a_question_takes_for_granted_is_answered_with_its_denial(question: str, denial: str) -> None:
    found = formed(compose_premise, question, BRIDGE)
    assert found is not None and denial in found.drafts[0].text
    assert found.short is None and found.notes == (CONTRADICTED,)


@pytest.mark.parametrize(
    "question",
    [
        "When did the bridge at Venn fall?",
        "Who is the mayor of Venn?",
        "Who was convicted of fraud?",
        "How many people does the ferry carry?",
        "Why has Ada Krog not resigned?",
        "Did Ada Krog resign?",
        "Where was Tom Reiss born?",
    ],
)
def test_a_question_that_takes_nothing_false_for_granted_stands(question: str) -> None:
    assert formed(compose_premise, question, BRIDGE) is None


def test_a_sentence_that_bears_the_question_out_outweighs_a_denial() -> None:
    evidence = Evidence("The mayor did not resign in May. The mayor resigned in June after a vote.")
    assert formed(compose_premise, "Why did the mayor resign?", evidence) is None


def test_none_of_some_things_is_not_that_there_are_none() -> None:
    evidence = Evidence("None of the 3,200 residents of Velm were evacuated.")
    assert formed(compose_premise, "How many residents does Velm have?", evidence) is None


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("How many people died in Velm?", "More than 800 people have been rescued alive in Velm, the mayor said."),
        ("How many people had died on the coast?", "Agencies are moving survivors on the coast into hotels."),
        ("Which mark held by Jo's is Bel trying to cancel?", "Bel is trying to cancel the mark that Jo's has held."),
        ("Actors struck in May before they agreed. Who leads their union?", "Actors had not agreed in May."),
    ],
)
def test_what_befell_others_is_no_contradiction(question: str, told: str) -> None:
    assert formed(compose_premise, question, Evidence(told), at=told, confidence=0.4) is None


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Which country signed the base agreement?", "None of the countries gave consent to the base."),
        ("Why did parliament reject the toll on lorries?", "Parliament passed a toll on lorries on Monday."),
        ("How many people drowned when the Brann sank?", "The Brann sank with 40 people aboard; nobody was killed."),
    ],
)
def test_a_denial_in_other_words_is_one(question: str, told: str) -> None:
    found = formed(compose_premise, question, Evidence(told))
    assert found is not None and found.notes == (CONTRADICTED,)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("When will the tunnel be finished?", "The tunnel will not be finished before 2031."),
        ("When will the tunnel be finished?", "Work on the tunnel began on Tuesday."),
        ("When will the tunnel be finished?", "There has never been a tunnel without a surprise."),
    ],
)
def test_what_sets_a_bound_or_is_negated_twice_denies_nothing(question: str, told: str) -> None:
    assert formed(compose_premise, question, Evidence(told)) is None
