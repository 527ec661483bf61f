from __future__ import annotations

from pathlib import Path

from app.answer import Answer
from tests.newsroom import News, ask_about

TWO_OF_A_NAME = (
    News("World Wire", "2018-01-02", "Minister resigns",
         "Finance minister Abdullah Khan resigned on Tuesday. Khan was born in Kandahar and studied law in London."),
    News("Sport Today", "2018-03-02", "Striker signs",
         "Striker Abdullah Yusuf signed for Orlov on Friday. Yusuf, who was born in Casablanca, scored 20 goals."),
)  # fmt: skip
TWO_FIRES = (
    News("City Voice", "2017-02-02", "Fire at Hanley warehouse",
         "A cigarette caused the fire at the Hanley warehouse, the chief of the fire brigade said."),
    News("Free Press", "2018-02-20", "Hotel Astoria blaze",
         "The fire at the Astoria hotel was caused by an electrical fault, investigators said."),
)  # fmt: skip
LUNDES = (
    News("Hallow Post", "2021-03-03", "Ferry captain praised",
         "Captain Mira Lunde, 41, brought all passengers ashore on Tuesday."),
    News("Hallow Post", "2021-05-10", "Deputy mayor angry",
         "Deputy mayor Jon Lunde, 58, called the vote on the fish market a sad day for traders."),
)  # fmt: skip


def readings(answer: Answer) -> dict[str | None, str]:
    return {p.label: p.text for p in answer.parts} if answer.layout == "readings" else {}


def test_two_people_of_one_name_are_answered_for_each(tmp_path: Path) -> None:
    answer = ask_about("Where was Abdullah born?", TWO_OF_A_NAME, tmp_path)
    assert readings(answer) == {"Abdullah Yusuf": "Casablanca", "Abdullah Khan": "Kandahar"}
    cited = {c.marker: c.quote for c in answer.citations}
    assert all(p.text in cited[p.markers[0]] for p in answer.parts)


def test_a_surname_that_two_bear_is_answered_for_each(tmp_path: Path) -> None:
    assert readings(ask_about("How old is Lunde?", LUNDES, tmp_path)) == {"Jon Lunde": "58", "Mira Lunde": "41"}


def test_a_full_name_means_one(tmp_path: Path) -> None:
    answer = ask_about("How old is Mira Lunde?", LUNDES, tmp_path)
    assert answer.layout == "statements"
    assert answer.short == "41"


def test_the_fire_is_answered_for_every_fire_by_its_place_and_year(tmp_path: Path) -> None:
    answer = ask_about("What caused the fire?", TWO_FIRES, tmp_path)
    assert set(readings(answer)) == {"fire at the Hanley warehouse, 2017", "fire at the Astoria hotel, 2018"}


def test_a_place_named_in_the_question_says_which_fire(tmp_path: Path) -> None:
    answer = ask_about("What caused the fire at the Hanley warehouse?", TWO_FIRES, tmp_path)
    assert answer.layout == "statements"


def test_towns_of_one_name_are_told_apart_by_their_country(tmp_path: Path) -> None:
    news = (
        News("State Tribune", "2020-01-02", "Springfield votes",
             "Springfield, Illinois, has a population of 114,000 and voted for a new mayor on Tuesday."),
        News("Valley News", "2020-05-02", "Springfield grows",
             "Springfield, Missouri, has a population of 169,000, the census bureau said."),
    )  # fmt: skip
    answer = ask_about("What is the population of Springfield?", news, tmp_path)
    assert readings(answer) == {"Springfield, Illinois": "114,000", "Springfield, Missouri": "169,000"}


def test_one_event_in_two_articles_has_one_reading(tmp_path: Path) -> None:
    news = (
        News("World Wire", "2019-02-01", "Bus crash in Lima", "A bus crash in Lima killed nine people, police said."),
        News("Daily Record", "2019-02-02", "Lima mourns", "Nine people died in the crash, one of the worst in Lima."),
    )
    assert ask_about("How many people died in the crash?", news, tmp_path).layout == "statements"


def test_a_name_that_stands_on_its_own_is_not_taken_for_a_surname(tmp_path: Path) -> None:
    news = (
        News("World Wire", "2018-01-02", "Hamra", "Hamra is led by its leader Said Aziz, who lives abroad."),
        News("World Wire", "2018-02-02", "Council", "The leader of Hamra, Said Aziz, met Hamra Relief on Monday."),
        News("World Wire", "2018-03-02", "Youth", "Hamra Youth met in Orley. Its leader is Lina Noor."),
    )
    assert ask_about("Who is the leader of Hamra?", news, tmp_path).layout == "statements"


TWO_TRAMS = (
    News("Quay Journal", "2021-02-12", "Tram Swallow leaves the rails",
         "The tram Swallow jumped the rails at Orm Street on Thursday. Fourteen passengers were injured. "
         "A broken switch was to blame, the operator said."),
    News("Quay Journal", "2022-07-19", "Tram hits van in the rain",
         "The tram Kestrel ran into a van at Fell Square on Monday. Three passengers were injured. "
         "Its driver had not seen the signal."),
)  # fmt: skip


def test_things_of_one_kind_with_names_of_their_own_are_answered_for_each(tmp_path: Path) -> None:
    answer = ask_about("How many passengers were injured in the tram accident?", TWO_TRAMS, tmp_path)
    assert readings(answer) == {"tram Swallow": "Fourteen", "tram Kestrel": "Three"}


def test_a_thing_called_by_its_name_is_not_taken_for_another(tmp_path: Path) -> None:
    answer = ask_about("How many passengers were injured in the accident of the tram Kestrel?", TWO_TRAMS, tmp_path)
    assert answer.layout != "readings"


def test_two_of_one_name_in_one_sentence_each_have_what_stands_behind_their_own(tmp_path: Path) -> None:
    news = (
        News("Hallow Post", "2022-09-01", "Two Lindgrens in one race",
             "Paul Lindgren, 34, a baker, and Ada Lindgren, 52, a judge, are both standing for the senate."),
        News("Hallow Post", "2022-10-05", "Judge wins seat", "Ada Lindgren won the senate seat with 51 percent."),
    )  # fmt: skip
    assert readings(ask_about("How old is Lindgren?", news, tmp_path)) == {"Ada Lindgren": "52", "Paul Lindgren": "34"}


THEFTS = (
    News("Lorn Post", "2023-08-04", "Paintings gone in Lorn",
         "Thieves stole five paintings from the museum in Lorn on Thursday night. A guard was tied up."),
    News("Vik Gazette", "2023-03-22", "Compass gone in Vik",
         "A golden compass was stolen from the museum in Vik on Tuesday. Nobody has been arrested."),
)  # fmt: skip


def test_a_museum_that_two_stories_tell_the_same_of_may_be_either(tmp_path: Path) -> None:
    found = readings(ask_about("What was stolen from the museum?", THEFTS, tmp_path))
    assert set(found) == {"museum in Lorn, 2023", "museum in Vik, 2023"}


def test_a_museum_is_one_where_the_question_says_where(tmp_path: Path) -> None:
    assert ask_about("What was stolen from the museum in Vik?", THEFTS, tmp_path).layout == "statements"


def test_a_story_told_twice_is_one(tmp_path: Path) -> None:
    again = News("Lorn Post", "2023-08-19", "Arrests in Lorn",
                 "Two men were arrested. They stole five paintings and a clock from the museum in Lorn.")  # fmt: skip
    assert ask_about("What was stolen from the museum?", (THEFTS[0], again), tmp_path).layout != "readings"
