from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.draft import Composition
from app.forms.countries import REGIONS, is_country, is_elsewhere
from app.forms.lists import compose_list, same, wanted, without_exclusion
from app.question import Question
from app.reader import Pointer, Reading
from ingest.article import Span
from store import Hit
from tests.gathering import InventedResearch, asked, pointing, quoted, told_by

TEAMS = "Rescue teams from Austria, Slovenia and Italy joined the search."
MORE = "Rescue teams from Croatia joined the search on Saturday. France sent its regrets."


def listed(question: str, text: str, short: str, sentence: str | None = None) -> list[str]:
    hit = told_by(text)
    reading = pointing((hit, sentence or text, short, 0.8))
    said = compose_list(asked(question), reading, InventedResearch((hit,), reading))
    return [] if said is None else [p.text for p in said.parts]


class ReadAlone(InventedResearch):
    """Research whose reader, given one sentence, is as sure of it as `sure` says, for words that it holds."""

    sure: dict[str, float]

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        if len(hits) > 1:
            return super().read(question, hits)
        passage = hits[0].passage
        score = next((s for words, s in self.sure.items() if words in passage.text), 0.0)
        return Reading((Pointer(hits[0], Span(passage.start, passage.end), score),), score)


def gathered(question: str, *, score: float = 0.02) -> Composition | None:
    hits = (told_by(TEAMS), told_by(MORE, rank=2))
    reading = pointing(
        (hits[0], TEAMS, "Austria, Slovenia and Italy", 0.8),
        (hits[1], "France sent its regrets.", "France", 0.03),
        (hits[1], "Rescue teams from Croatia joined the search on Saturday.", "Croatia", score),
    )
    research = ReadAlone(hits, reading)
    research.sure = {"Austria": 0.8, "Croatia": 0.7, "France": 0.2}
    return compose_list(asked(question), reading, research)


def test_items_of_several_articles_are_put_together_each_with_its_sentence() -> None:
    said = gathered("Which countries joined the search?")
    assert said is not None
    assert said.short == "Austria; Slovenia; Italy; Croatia"
    assert [p.drafts for p in said.parts] == [(0,), (0,), (0,), (1,)]


def test_a_country_of_which_something_else_is_said_is_no_item() -> None:
    said = gathered("Which countries joined the search?")
    assert said is not None
    assert "France" not in " ".join(quoted(said))


def test_what_the_question_leaves_out_is_left_out() -> None:
    said = gathered("Apart from Austria and Italy, which countries joined the search?")
    assert said is not None
    assert said.short == "Slovenia; Croatia"


def test_others_and_elsewhere_are_no_items() -> None:
    text = "The attacks spread to Libya, Saudi Arabia, Yemen and other locations."
    assert listed("Which countries did the attacks spread to?", text, "Libya, Saudi Arabia") == [
        "Libya", "Saudi Arabia", "Yemen",
    ]  # fmt: skip


def test_ages_between_names_are_stepped_over() -> None:
    text = "The victims were Rosa Lind, 34, Peter Kwan, 61, and Mary O'Neil, 45."
    assert listed("Who were the victims?", text, "Rosa Lind") == ["Rosa Lind", "Peter Kwan", "Mary O'Neil"]


def test_things_are_taken_apart_at_commas_and_the_day_is_none_of_them() -> None:
    text = "The thieves took a clock, a lamp and two drawings by Holm in March 2018."
    assert listed("What did the thieves take?", text, "a clock") == ["a clock", "a lamp", "two drawings by Holm"]


def test_a_clause_behind_the_answer_is_no_item() -> None:
    text = "They have long-range guns, as well as trucks that were stolen from the army last year, and friends abroad."
    assert listed("What weapons do they have?", text, "long-range guns") == []


def test_one_thing_is_no_list() -> None:
    assert listed("Which countries joined?", "Croatia joined.", "Croatia") == []


def test_cities_are_asked_for_and_a_country_is_none() -> None:
    assert listed("Which cities signed?", "Oslo, Lima and Peru signed.", "Oslo, Lima and Peru") == ["Oslo", "Lima"]


def test_who_did_not_is_no_list_of_who_did() -> None:
    assert listed("Which cities did not sign?", "Oslo and Lima signed.", "Oslo and Lima") == []


def test_a_surname_and_the_full_name_are_one_item() -> None:
    assert same("Okoro", "Jamal Okoro")
    assert same("the Greens", "Greens")
    assert not same("South Korea", "North Korea")
    assert not same("Jon Lunde", "Mira Lunde")


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which countries sent aid?", "country"),
        ("What are the three demands?", "any"),
        ("Name the towns on the river.", "place"),
        ("Who were the victims?", "person"),
        ("Which companies signed the pact?", "named"),
    ],
)
def test_what_is_to_be_listed_is_read_from_the_noun(question: str, kind: str) -> None:
    found = wanted(asked(question))
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize("question", ["How many countries joined?", "When did it open?", "Which country joined?"])
def test_one_thing_asked_for_is_no_list(question: str) -> None:
    assert wanted(asked(question)) is None


def test_an_exclusion_is_taken_out_of_the_question() -> None:
    assert without_exclusion("Apart from Iraq and Syria, which countries joined?") == "Which countries joined?"
    assert without_exclusion("Which cities other than Oslo signed the pact?") == "Which cities signed the pact?"
    assert without_exclusion("Which cities signed?") == "Which cities signed?"


def test_countries_are_told_with_or_without_the() -> None:
    assert all(map(is_country, ("the United States", "Côte d’Ivoire", "yemen")))
    assert not is_country("Oslo")


def test_no_reading_no_list() -> None:
    assert compose_list(asked("Which countries joined?"), Reading((), 0.0), InventedResearch(())) is None


def test_a_country_of_another_part_of_the_world_is_no_item() -> None:
    text = "The fever spread to Spain, Kenya, Turkey and Italy."
    assert listed("To which European countries did the fever spread?", text, "Spain, Kenya") == [
        "Spain", "Turkey", "Italy",
    ]  # fmt: skip
    assert listed("To which countries did the fever spread?", text, "Spain, Kenya") == [
        "Spain", "Kenya", "Turkey", "Italy",
    ]  # fmt: skip


def test_every_region_holds_countries_only() -> None:
    assert all(is_country(name) for names in REGIONS.values() for name in names)
    assert is_elsewhere("Libya", "Which European countries?") and not is_elsewhere("Vik", "Which European countries?")
    assert is_elsewhere("Kenya", "which North African states") and not is_elsewhere("Kenya", "which African states")


def test_a_river_is_no_country_and_a_nationality_no_firm() -> None:
    text = "Vikland and Norland share the river Osk."
    assert listed("Which countries share the water?", text, "Vikland and Norland share the river Osk") == [
        "Vikland", "Norland",
    ]  # fmt: skip
    firms = "It was built by Aumann, the French firm Batipont and the Danish group Norbro."
    assert listed("Which companies built it?", firms, firms[16:-1]) == [
        "Aumann", "Batipont", "Norbro",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("alone", "countries"), [(0.7, "Austria; Slovenia; Italy; Croatia"), (0.2, "Austria; Slovenia; Italy")]
)
def test_a_further_sentence_has_to_answer_when_it_is_read_alone(alone: float, countries: str) -> None:
    hits = (told_by(TEAMS), told_by(MORE, rank=2))
    reading = pointing(
        (hits[0], TEAMS, "Austria, Slovenia and Italy", 0.8),
        (hits[1], "Rescue teams from Croatia joined the search on Saturday.", "Croatia", 0.5),
    )
    research = ReadAlone(hits, reading)
    research.sure = {"Austria": 0.8, "Croatia": alone}
    said = compose_list(asked("Which countries joined the search?"), reading, research)
    assert said is not None and said.short == countries
