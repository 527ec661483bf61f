from __future__ import annotations

import pytest

from app.forms.yes_no import compose_yes_no
from tests.app.forms.invented_evidence import Evidence, formed

FERRY = Evidence(
    "The ferry Aurora ran aground off Port Hallow on 3 May 2019 with 212 passengers aboard. "
    "Captain Mira Lunde was not hurt. None of the passengers were injured. "
    "The Aurora lost its licence, and the harbour board refused to reopen the quay. "
    "The board's budget fell by 4%. The owner rejected a claim that the alarm had failed. "
    "Lunde may leave the company. Hallow Lines sued the board. Jon Amsel said the lighthouse was closed.",
    headline="Ferry Aurora runs aground",
)


@pytest.mark.parametrize(
    "question",
    [
        "Did the ferry Aurora run aground?",
        "Did the Aurora run aground off Port Hallow in 2019?",
        "Did the Aurora run aground in May 2019?",
        "Were more than 200 passengers aboard?",
        "Did the Aurora lose its licence?",
        "Was the lighthouse closed?",
        "Did Hallow Lines sue the board?",
    ],
)
def test_what_a_sentence_tells_is_yes(question: str) -> None:
    found = formed(compose_yes_no, question, FERRY)
    assert found is not None and found.short == "Yes" and len(found.drafts) == 1


@pytest.mark.parametrize(
    ("question", "decides"),
    [
        ("Was Captain Mira Lunde hurt?", "not hurt"),
        ("Were any of the passengers injured?", "None of the passengers"),
        ("Did the harbour board reopen the quay?", "refused to reopen"),
        ("Did the Aurora run aground in 2017?", "2019"),
        ("Were there 300 passengers aboard the Aurora?", "212"),
        ("Did the board's budget rise?", "fell"),
    ],
)
def test_what_a_sentence_denies_or_tells_otherwise_is_no(question: str, decides: str) -> None:
    found = formed(compose_yes_no, question, FERRY)
    assert found is not None and found.short == "No" and decides in found.drafts[0].text


@pytest.mark.parametrize(
    "question",
    [
        "Will Lunde leave the company?",  # she may
        "Did the alarm fail?",  # a claim, rejected
        "Did Mira Lunde resign?",  # nothing is said of it
        "Did the board sue Hallow Lines?",  # the other way round
        "Was the ferry insured?",
        "Did the Aurora run aground or sink?",
        "Did the harbour board not reopen the quay?",
        "Who ran aground?",
    ],
)
def test_what_no_sentence_decides_is_neither_yes_nor_no(question: str) -> None:
    found = formed(compose_yes_no, question, FERRY)
    assert found is None or found.short is None


def test_what_an_aside_reports_is_not_what_decides() -> None:
    evidence = Evidence("Mira Lunde, who won the race, said she was tired.")
    found = formed(compose_yes_no, "Did Mira Lunde win the race?", evidence)
    assert found is not None and found.short == "Yes" and not found.drafts[0].attribution


QUAY = Evidence(
    "The tug Brann hit the quay at Osk on Monday. Nine people were bruised; nobody was killed. The new toll covers "
    "all lorries; cars registered in Osk are exempt. Prosecutor Mona Quist, who had led the inquiry, said that she"
    " would not appeal. Norrea has approved the quay treaty."
    " Lindal, which owns a third of the quay, refused to sign it.",
    headline="Tug Brann hits quay",
)


@pytest.mark.parametrize(
    ("question", "short", "decides"),
    [
        ("Did anybody die when the Brann hit the quay?", "No", "nobody was killed"),
        ("Does the toll apply to cars registered in Osk?", "No", "exempt"),
        ("Did the prosecutor appeal?", "No", "would not appeal"),
        ("Has Lindal signed the treaty?", "No", "refused to sign"),
    ],
)
def test_a_denial_in_other_words_of_the_same_thing_decides(question: str, short: str, decides: str) -> None:
    found = formed(compose_yes_no, question, QUAY)
    assert found is not None and found.short == short and decides in found.drafts[0].text


@pytest.mark.parametrize(
    "question",
    [
        "Has Norrea signed the quay treaty?",  # it approved it
        "Did anybody die when the Brann was launched?",  # of that nothing is told
        "Did the tug hit the quay after the inquiry?",
    ],
)
def test_what_is_told_of_another_matter_does_not_decide(question: str) -> None:
    found = formed(compose_yes_no, question, QUAY)
    assert found is None or found.short is None


def test_who_is_told_to_be_a_cousin_is_related_and_no_brother() -> None:
    evidence = Evidence("Ada Krog is a cousin of Tom Reiss.")
    related = formed(compose_yes_no, "Is Ada Krog related to Tom Reiss?", evidence)
    assert related is not None and related.short == "Yes"
    brother = formed(compose_yes_no, "Is Ada Krog a sister of Tom Reiss?", evidence)
    assert brother is None or brother.short is None


def test_a_sentence_that_only_asks_decides_nothing() -> None:
    evidence = Evidence("Did the tug Brann hit the quay at Osk? The board has not said so.")
    found = formed(compose_yes_no, "Did the tug Brann hit the quay at Osk?", evidence)
    assert found is None or found.short != "Yes"
