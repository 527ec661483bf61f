from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.newsroom import News, ask_about

FERRY = (
    News("Coast Daily", "2021-03-03", "Ferry sinks off Marisol",
         "At least 14 people died when the ferry Santa Rita sank off Marisol on Tuesday night, the coast guard said. "
         "Rescuers pulled 60 survivors from the water."),
    News("National Herald", "2021-03-06", "Marisol ferry toll rises",
         "The death toll from the Marisol ferry disaster has risen to 37, officials said. The captain was detained."),
    News("Coast Daily", "2021-03-08", "Captain of ferry charged",
         "The captain of the ferry that sank off Marisol was charged on Monday. He faces up to 12 years in prison."),
)  # fmt: skip
ROSKA = (
    "A fire at a chemical plant in Roska killed 14 people on Monday, officials said. Flames could be seen from far "
    "away. The plant makes paint."
)


def sides(question: str, news: tuple[News, ...], folder: Path) -> list[str]:
    answer = ask_about(question, news, folder)
    return [p.text for p in answer.parts] if answer.layout == "differing" else []


def test_a_toll_that_grew_is_shown_with_its_days_newest_first(tmp_path: Path) -> None:
    answer = ask_about("How many people died in the Marisol ferry disaster?", FERRY, tmp_path)
    assert answer.layout == "differing"
    assert [(p.text, p.day, p.newest) for p in answer.parts] == [
        ("37", dt.date(2021, 3, 6), True),
        ("At least 14", dt.date(2021, 3, 3), False),
    ]
    assert answer.short == "37 (newest, 2021-03-06); At least 14 (2021-03-03)"


def test_every_side_rests_on_a_sentence_of_its_own_article(tmp_path: Path) -> None:
    answer = ask_about("How many people died in the Marisol ferry disaster?", FERRY, tmp_path)
    cited = {c.marker: c for c in answer.citations}
    assert [[cited[m].outlet for m in p.markers] for p in answer.parts] == [["National Herald"], ["Coast Daily"]]
    assert all(p.text in cited[p.markers[0]].quote for p in answer.parts)


def test_estimates_of_one_day_are_told_apart_by_outlet_and_none_is_the_newest(tmp_path: Path) -> None:
    rally = (
        News("Hallow Post", "2021-06-12", "Thousands rally in Port Hallow",
             "Police said about 12,000 people attended the rally in Port Hallow against the new harbour tax."),
        News("The Unionist", "2021-06-12", "Huge rally shakes Port Hallow",
             "Organisers estimated that 50,000 people attended the rally in Port Hallow, the largest in years."),
    )  # fmt: skip
    answer = ask_about("How many people attended the rally in Port Hallow?", rally, tmp_path)
    assert sorted(p.outlets[0] for p in answer.parts) == ["Hallow Post", "The Unionist"]
    assert not any(p.newest for p in answer.parts)
    assert answer.short is not None
    assert "(Hallow Post)" in answer.short
    assert "(The Unionist)" in answer.short


def test_a_leader_who_changed_is_shown_beside_the_one_before(tmp_path: Path) -> None:
    news = (
        News("Levant Monitor", "2014-02-10", "Rebels take town",
             "The Free Valley Front, which is led by Yusuf Karam, took the town of Hasun on Monday, residents said."),
        News("Levant Monitor", "2016-08-22", "Front names new chief",
             "Idris Noor now leads the Free Valley Front after its former commander died in an air strike."),
    )  # fmt: skip
    assert sides("Who leads the Free Valley Front?", news, tmp_path) == ["Idris Noor", "Yusuf Karam"]


def test_a_wire_story_in_several_outlets_is_one_source(tmp_path: Path) -> None:
    news = (
        News("Reuters", "2016-02-01", "Fire at Roska chemical plant kills 14", ROSKA),
        News("Coast Daily", "2016-02-02", "Fire kills 14 in Roska", ROSKA.replace("officials said", "police said")),
        News("National Herald", "2016-02-02", "Blaze at Roska plant", f"{ROSKA} (Reuters)"),
        News("Free Press", "2016-02-05", "Roska plant fire claims more lives",
             "The Roska plant fire killed 19 people, the hospital said on Friday after more patients died."),
    )  # fmt: skip
    answer = ask_about("How many people were killed in the Roska plant fire?", news, tmp_path)
    assert {p.text: p.n_sources for p in answer.parts} == {"19": 1, "14": 1}


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("How many people were killed in the Pinto market bombing?",
         "The bombing of the market in Pinto killed 30 people and wounded 75, police said.",
         "Thirty people were killed in the Pinto market bombing. More than 70 were wounded, doctors said."),
        ("How many people died in the Osk train crash?",
         "At least 20 people died in a train crash in Osk on Saturday. Sixty were injured.",
         "Osk mourned the 20 people who died in the train crash. The driver survived."),
        ("When did the Velo bridge open?",
         "The Velo bridge opened on 12 March 2015 with fireworks. It is 400 metres long.",
         "The Velo bridge, which opened in March 2015, needs repairs worth 2 million crowns."),
        ("Who leads the Sand Brigade?",
         "The Sand Brigade is led by Abu Omar al-Rashid, a former officer, and has 3,000 fighters.",
         "Rashid, who leads the Sand Brigade, escaped a raid on Sunday. His deputy Hamza Dib was killed."),
        ("Who is the president of Kalmia?",
         "President Jonas Feld of Kalmia met the prime minister of Ossia, Greta Noll, on Monday.",
         "Kalmia's president, Jonas Feld, said he would stand again. His rival is Carla Bing."),
        ("How much did the Verdant museum cost?",
         "The Verdant museum cost about 90 million euros and took six years to build.",
         "The Verdant museum cost 90m euros. The city paid 30 million of it."),
    ],
)  # fmt: skip
def test_articles_that_agree_are_not_set_against_each_other(
    question: str, first: str, second: str, tmp_path: Path
) -> None:
    news = (News("World Wire", "2016-08-01", "News", first), News("Daily Record", "2016-08-02", "More news", second))
    answer = ask_about(question, news, tmp_path)
    assert answer.layout == "statements"
    assert not answer.abstained


def test_the_injured_and_an_older_case_are_no_other_toll(tmp_path: Path) -> None:
    news = (
        News("City Voice", "2018-03-01", "Lakeside shooting",
             "A gunman killed six people in the Lakeside shooting on Thursday. He fired 40 shots and wounded 11."),
        News("Free Press", "2018-03-02", "Lakeside shooting",
             "Police named the six people killed in the Lakeside shooting. A 2009 shooting in Renn killed 13 people."),
    )  # fmt: skip
    assert sides("How many people were killed in the Lakeside shooting?", news, tmp_path) == []


def test_the_number_of_what_is_asked_for_is_taken_from_a_sentence_with_two(tmp_path: Path) -> None:
    news = (
        News("State Agency", "2016-07-07", "Victory at Ashkar",
             "More than 200 rebels were killed in the battle of Ashkar, the general staff said on Thursday."),
        News("Levant Monitor", "2016-07-08", "Monitor on Ashkar",
             "According to the monitoring group, 35 rebels and 60 soldiers were killed in the battle of Ashkar."),
    )  # fmt: skip
    shown = sides("How many rebels were killed in the battle of Ashkar?", news, tmp_path)
    assert shown == ["35", "More than 200"]


def test_a_number_that_came_on_top_gives_way_to_the_total(tmp_path: Path) -> None:
    news = (
        News("Alpine Post", "2018-01-20", "Avalanche hits skiers",
             "An avalanche on Mount Serin buried a group of skiers on Saturday, killing five of them. "
             "Search dogs were flown in."),
        News("National Herald", "2018-01-22", "Thirteen dead on Mount Serin",
             "The bodies of eight more skiers were found on Monday, bringing the number killed in the avalanche on "
             "Mount Serin to 13."),
    )  # fmt: skip
    assert sides("How many people were killed in the avalanche at Mount Serin?", news, tmp_path) == ["13", "five"]


def test_ages_as_many_years_apart_as_their_articles_agree(tmp_path: Path) -> None:
    news = (
        News("Art Review", "2015-03-01", "Brandt", "The painter Ilse Brandt, who is 61, works every day."),
        News("Museum News", "2018-03-01", "Brandt", "The painter Ilse Brandt, who is 64, has a new show."),
    )
    assert sides("How old is the painter Ilse Brandt?", news, tmp_path) == []


def test_of_articles_without_a_day_none_is_called_newest(tmp_path: Path) -> None:
    undated = tuple(item._replace(day="") for item in FERRY)
    answer = ask_about("How many people died in the Marisol ferry disaster?", undated, tmp_path)
    assert len(answer.parts) == 2
    assert not any(p.newest or p.day for p in answer.parts)


def test_people_who_are_not_asked_for_by_office_are_defined_not_compared(tmp_path: Path) -> None:
    assert sides("Who is Idris Noor?", FERRY, tmp_path) == []


def test_a_sum_told_in_other_words_stands_against_the_one_that_repeats_the_question(tmp_path: Path) -> None:
    news = (
        News("Lakeside Post", "2021-05-04", "New stadium for Calder Rovers approved",
             "The council of Calder approved a new stadium for Calder Rovers on Tuesday. Building it will cost "
             "85 million dollars, the mayor said."),
        News("Northern Star", "2022-11-09", "Calder stadium far dearer than planned",
             "The bill for the new home of Calder Rovers has grown to 132 million dollars. A season ticket will cost "
             "300 dollars."),
    )  # fmt: skip
    told = sides("How much will the new stadium of Calder Rovers cost?", news, tmp_path)
    assert told == ["132 million dollars", "85 million dollars"]


def test_who_took_over_in_an_article_that_names_the_office_in_another_sentence_is_the_newest(tmp_path: Path) -> None:
    news = (
        News("Lakeside Post", "2021-03-08", "Hospital boss defends cuts",
             "Oskar Brandt, director of the Calder Hospital, defended the closure of two wards."),
        News("Lakeside Post", "2022-10-02", "A surgeon takes over in Calder",
             "The Calder Hospital has a new head. Leyla Aksoy, a heart surgeon, was appointed on Monday. "
             "She follows Oskar Brandt, who retired."),
    )  # fmt: skip
    assert sides("Who runs the Calder Hospital?", news, tmp_path) == ["Leyla Aksoy", "Oskar Brandt"]


def test_a_figure_that_was_revised_is_set_against_the_first(tmp_path: Path) -> None:
    news = (
        News("Valley Wire", "2021-02-11", "Quake shakes Tolm", "An earthquake of magnitude 5.2 shook Tolm on Sunday."),
        News("Valley Wire", "2021-03-02", "Tolm counts the damage",
             "The institute has revised the magnitude of the Tolm earthquake from 5.2 to 5.6."),
    )  # fmt: skip
    assert sides("What was the magnitude of the Tolm earthquake?", news, tmp_path) == ["5.6", "5.2"]


def test_one_article_that_gives_the_sums_of_two_speakers_has_two_sides(tmp_path: Path) -> None:
    news = (
        News("Quay Journal", "2022-04-02", "What the strike in Lorm costs",
             "The strike at Lorm costs the town 4 million dollars a day, according to the chamber of trade. "
             "The Lorm Port Company puts the damage at 1.5 million dollars a day. "
             "Strikers are paid 55 dollars a day by their union."),
    )  # fmt: skip
    told = sides("What does the strike at Lorm cost a day?", news, tmp_path)
    assert [t.removeprefix("the town ") for t in told] == ["4 million dollars", "1.5 million dollars"]


def test_days_since_an_accident_are_no_toll(tmp_path: Path) -> None:
    news = (
        News("Coast Daily", "2021-03-03", "Crush at Marisol stadium",
             "At least 151 people died in the stadium crush in Marisol on Tuesday, the fire brigade said."),
        News("National Herald", "2021-03-04", "Families mourn after Marisol stadium crush",
             "The stadium crush in Marisol killed 156 people, the ministry said."),
        News("Union Post", "2021-03-10", "What was missed before the Marisol stadium crush",
             "In the seven days since 156 people died in the stadium crush in Marisol, warnings have come to light."),
    )  # fmt: skip
    assert sides("How many people died in the stadium crush in Marisol?", news, tmp_path) == ["156", "At least 151"]


def test_two_speakers_of_one_article_are_two_sides_beside_another_article(tmp_path: Path) -> None:
    news = (
        News("Hallow Post", "2021-06-12", "Thousands march in Port Hallow",
             "About 12,000 people marched through Port Hallow on Saturday against the harbour tax, according to the "
             "police. The unions, which had called the march, spoke of 50,000."),
        News("The Unionist", "2021-06-13", "Port Hallow march counted",
             "Some 30,000 people marched through Port Hallow against the harbour tax, researchers found."),
    )  # fmt: skip
    shown = " ".join(sides("How many people marched against the harbour tax in Port Hallow?", news, tmp_path))
    assert all(figure in shown for figure in ("12,000", "30,000", "50,000"))


def test_a_span_of_time_is_set_against_the_day_on_which_it_ends(tmp_path: Path) -> None:
    news = (
        News("Hallow Post", "2021-06-12", "Port Hallow runs dry",
             "The water shortage in Port Hallow will last another two weeks, the waterworks said."),
        News("The Unionist", "2021-06-15", "No water for Port Hallow",
             "The water shortage in Port Hallow will last until the end of October, the governor said."),
    )  # fmt: skip
    found = sides("How long will the water shortage in Port Hallow last?", news, tmp_path)
    assert found == ["until the end of October", "another two weeks"]


def test_the_number_of_one_country_is_a_part_of_the_sum_of_both(tmp_path: Path) -> None:
    news = (
        News("Hallow Post", "2021-06-12", "Quake toll",
             "The earthquake killed 5,200 people in Aldmark and Treve, officials said on Saturday."),
        News("The Unionist", "2021-06-12", "Quake in Aldmark and Treve",
             "The earthquake killed 3,900 people in Aldmark, the government there said on Saturday."),
    )  # fmt: skip
    assert sides("How many people did the earthquake in Aldmark and Treve kill?", news, tmp_path) == []
