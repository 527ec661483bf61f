from __future__ import annotations

import datetime as dt

from app.forms.yes_no import compose_yes_no
from tests.app.forms.invented_evidence import Evidence, formed

QUAY = ("The quay was closed on Monday.", "The quay was not closed, after all.")
DAYS = (dt.date(2020, 5, 1), dt.date(2020, 5, 9))


def test_a_yes_that_a_later_article_takes_back_is_shown_beside_it_and_the_later_one_is_the_newest() -> None:
    found = formed(compose_yes_no, "Was the quay closed?", Evidence(*QUAY, days=DAYS))
    assert found is not None and found.layout == "differing"
    assert [(p.label, p.day, p.newest) for p in found.parts] == [("No", DAYS[1], True), ("Yes", DAYS[0], False)]
    assert found.short == "No (newest, 2020-05-09); Yes (2020-05-01)"


def test_articles_of_one_day_that_say_both_are_shown_and_neither_is_the_newest() -> None:
    found = formed(compose_yes_no, "Was the quay closed?", Evidence(*QUAY, days=(DAYS[0], DAYS[0])))
    assert found is not None and found.layout == "differing" and not any(p.newest for p in found.parts)


def test_articles_that_agree_are_no_disagreement() -> None:
    evidence = Evidence("The quay was closed on Monday.", "The quay was closed again in May.", days=DAYS)
    found = formed(compose_yes_no, "Was the quay closed?", evidence)
    assert found is not None and found.layout == "statements" and found.short == "Yes"


def test_beside_a_denial_that_is_reported_stands_what_is_denied_in_other_words() -> None:
    evidence = Evidence("Officials deny seeing any increase in raids by the Grey Line in Morva.",
                        "Fighters of the Grey Line intensified their attacks in Morva this month.")  # fmt: skip
    found = formed(compose_yes_no, "Have the raids of the Grey Line increased in Morva?", evidence)
    assert found is not None and sorted(p.label or "" for p in found.parts) == ["No", "Yes"]


def test_who_denies_that_a_lamp_was_unlit_says_that_it_was_lit() -> None:
    found = formed(compose_yes_no, "Was the barge lit?", Evidence("The owner denied that the barge had been unlit."))
    assert found is not None and found.short == "Yes"
