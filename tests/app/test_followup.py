from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.followup import Past, leans_on_talk, question_parts, standalone_query, without_topic
from app.question import read_question


def test_a_question_without_history_stands_alone() -> None:
    assert standalone_query([], " Who opened it? ") == "Who opened it?"


def test_he_is_who_the_last_answer_named() -> None:
    past = Past("Who opened the bridge in Bergen?", "Anna Berg")
    assert standalone_query([past], "When was she born?") == "When was Anna Berg born?"


def test_his_keeps_its_possessive() -> None:
    assert standalone_query([Past("When was Jon Dahl elected?")], "Who is his deputy?") == "Who is Jon Dahl's deputy?"


def test_and_in_another_place_repeats_the_question_there() -> None:
    past = Past("How many ferries run in Norway?")
    assert standalone_query([past], "And in Sweden?") == "How many ferries run in Sweden?"


def test_a_bare_why_asks_for_the_reason_of_what_was_asked() -> None:
    assert standalone_query([Past("When did the bridge close?")], "Why?") == "Why did the bridge close?"


def test_a_question_that_names_its_own_subject_is_left_alone() -> None:
    past = Past("Who opened the bridge in Bergen?", "Anna Berg")
    assert standalone_query([past], "When was the Oslo tunnel dug?") == "When was the Oslo tunnel dug?"


def test_tell_me_more_searches_the_last_query_again() -> None:
    assert standalone_query([Past("Who is Anna Berg?")], "Tell me more") == "Who is Anna Berg?"


def test_it_is_the_thing_with_the_nouns_behind_its_name() -> None:
    past = Past("How long is the Karsund bridge?", "2 km")
    assert standalone_query([past], "How much did it cost?") == "How much did the Karsund bridge cost?"


def test_the_company_is_told_by_name() -> None:
    past = Past("Why did Corvex Motors close its plant in Aldvik?", "falling sales")
    assert "Corvex Motors" in standalone_query([past], "Did the company respond?")


def test_a_year_later_is_that_year() -> None:
    past = Past("How many people died on the roads of Vestmark in 2018?", "112")
    assert standalone_query([past], "And the next year?") == "How many people died on the roads of Vestmark in 2019?"


def test_a_name_that_only_the_statements_give_can_be_asked_about() -> None:
    past = Past("What did the minister announce?", said="Leyla Aydin announced a ban on masks.")
    assert standalone_query([past], "When did she resign?") == "When did Leyla Aydin resign?"


def test_what_a_question_says_itself_is_not_replaced() -> None:
    past = Past("How is feta made?")
    assert standalone_query([past], "What is barratry and is it legal?").startswith("What is barratry and is it legal")


def test_why_asks_after_the_whole_of_a_question_that_counted() -> None:
    past = Past("How many ferries did Brunmar Lines sell in 2021?", "12")
    assert standalone_query([past], "Why?") == "Why did Brunmar Lines sell ferries in 2021?"


def test_when_asks_after_what_was_answered() -> None:
    past = Past("Who bombed the Sarum embassy?", "the Red Dawn group")
    assert standalone_query([past], "When was that?") == "When did the Red Dawn group bomb the Sarum embassy?"


def test_a_country_or_a_club_is_nobody() -> None:
    led = Past("Who leads the Harbour Union now?", "The United States")
    assert standalone_query([led], "Who did he replace?") == "Who did the leader of the Harbour Union replace?"
    signed = Past("Which club signed the striker Jon Dahl?", "Aldvik Athletic")
    assert standalone_query([signed], "When did he get injured?") == "When did Jon Dahl get injured?"


def test_someone_who_was_only_described_is_told_by_the_name_near_by() -> None:
    past = Past(
        "Who was shot in Marena?", "a rebel leader", near="They mourned Pavel Duric, a rebel leader, on Sunday."
    )
    assert standalone_query([past], "When was he shot?") == "When was Pavel Duric shot (rebel leader)?"


def test_an_event_starts_and_the_place_of_it_does_not() -> None:
    past = Past("How many people died in the Ostby fires?", "31")
    assert standalone_query([past], "When did they start?") == "When did the Ostby fires start?"
    struck = Past("When did the strike at Aldvik port end?", "Monday")
    assert standalone_query([struck], "How long did it last?") == "How long did the strike at Aldvik port last?"


def test_who_was_hurt_is_asked_of_what_happened() -> None:
    past = Past("Where did the ferry Aurora sink?", "off Karsund")
    assert standalone_query([past], "Was anybody hurt?") == "Was anybody hurt when the ferry Aurora sank?"


def test_another_speaker_takes_the_place_of_the_last_one() -> None:
    past = Past("What will the Aldvik tunnel cost according to the minister?", "2 billion")
    query = standalone_query([past], "And according to the auditors?")
    assert query == "What will the Aldvik tunnel cost according to the auditors?"


def test_the_court_is_not_the_bank_that_was_spoken_of() -> None:
    past = Past("What was Jon Dahl charged with?", "fraud at the Karsund Savings Bank")
    assert "Jon Dahl" in standalone_query([past], "And what did the court decide?")


def test_of_sides_that_differ_the_first_is_asked_about() -> None:
    past = Past("Which town was destroyed by the fire?", "Aldvik (newest, 2023-08-31); Karsund (2023-08-13)")
    assert standalone_query([past], "How many people lived there?") == "How many people lived in Aldvik?"


def test_she_is_the_woman_of_the_talk_though_a_man_was_named_last() -> None:
    said = "The champion Nora Vik beat Erik Lund in Oslo. Lund said he had been tired."
    talk = [Past("Who won the final?", "Nora Vik"), Past("Whom did Nora Vik beat?", "Erik Lund", said=said)]
    assert standalone_query(talk, "What will she do next?") == "What will Nora Vik do next?"
    assert standalone_query(talk, "What will he do next?") == "What will Erik Lund do next?"


def test_the_husband_who_was_asked_for_is_he() -> None:
    talk = [Past("Who is Mira Dahl?", "a judge"), Past("Who is Mira Dahl's husband?", "Kim Dahl")]
    assert standalone_query(talk, "Was he convicted?") == "Was Kim Dahl convicted?"
    assert standalone_query(talk, "Where was she born?") == "Where was Mira Dahl born?"


def test_no_town_costs_anything() -> None:
    past = Past("Since when are trams free in Aldvik?", "2019")
    assert standalone_query([past], "Who pays for it?") == "Who pays for it (trams free, Aldvik)?"


def test_what_happened_is_asked_why_it_did() -> None:
    past = Past("What happened to the ferry Aurora?")
    assert standalone_query([past], "Why?") == "Why did this happen to the ferry Aurora?"


def test_a_speaker_named_next_is_asked_about_the_same() -> None:
    past = Past("What did Norway say about the ceasefire?")
    assert standalone_query([past], "And what did Sweden say?") == "What did Sweden say about the ceasefire?"


def test_a_union_takes_the_place_of_the_firm_that_spoke() -> None:
    past = Past("What did Orrin Motors say about the recall?")
    assert standalone_query([past], "And the trade union?") == "What did the trade union say about the recall?"


def test_a_correction_takes_the_place_of_what_was_misunderstood() -> None:
    past = Past("Who is the environment minister?", "Anna Berg")
    assert standalone_query([past], "No, I meant the head of the union") == "Who is the head of the union?"


def test_the_second_one_is_told_by_name() -> None:
    past = Past("Which nurses were freed?", "Ana Silva and Mei Wong")
    assert standalone_query([past], "What about the second one?") == "Who is Mei Wong?"


@pytest.mark.parametrize(
    "question",
    [
        "Who was the youngest winner of a chess title?",
        "How long did the battle for Aldvik last?",
        "Which villages were told to keep their windows shut?",
    ],
)
def test_a_question_that_completes_itself_gains_nothing(question: str) -> None:
    assert standalone_query([Past("How long was Mira Dahl sentenced to prison?", "14 months")], question) == question


def test_a_topic_in_brackets_finds_passages_and_is_not_asked() -> None:
    assert without_topic("How long will the repairs take (Irven dam)?", "How long will the repairs take?") == (
        "How long will the repairs take?"
    )
    assert without_topic("Who is Ana (Rojas)?", "Who is Ana (Rojas)?") == "Who is Ana (Rojas)?"
    assert leans_on_talk("How long will the repairs take?", "How long will the repairs take (Irven dam)?")
    assert leans_on_talk("Was a ransom paid?", "Was a ransom paid?")
    assert not leans_on_talk("Was he freed?", "Was Kim Dahl freed?")


def _passes(talk: dict[str, list[dict[str, str]]]) -> bool:
    past: list[Past] = []
    for turn in talk["history"]:
        past.append(Past(standalone_query(past, turn["question"]), turn["short"], turn["question"]))
    query = standalone_query(past, str(talk["question"])).lower()
    wanted = all(str(words).lower() in query for words in talk["must"])
    return wanted and not any(str(words).lower() in query for words in talk["must_not"])


def test_follow_ups_to_invented_news_are_made_to_stand_alone() -> None:
    lines = Path(__file__).with_name("followups.jsonl").read_text(encoding="utf-8").splitlines()
    talks = [json.loads(line) for line in lines]
    failed = [talk["question"] for talk in talks if not _passes(talk)]
    assert len(failed) <= 0.1 * len(talks), failed


_pasts = st.lists(
    st.builds(Past, st.text(), st.none() | st.text(), st.none() | st.text(), st.text()), min_size=1, max_size=4
)
_asked = st.text() | st.sampled_from(
    ["Why?", "And in Syria?", "What did she say about it?", "Tell me more", "Did they?", "What about the second one?"]
)


@given(_pasts, _asked)
def test_any_history_and_question_give_a_query(history: list[Past], question: str) -> None:
    query = standalone_query(history, question)
    assert len(query) <= len(question) + 400
    read_question(query)


@given(_pasts, st.sampled_from(["Why?", "Who replaced him?", "Where exactly?", "And then?", "When did it happen?"]))
def test_nothing_unreadable_is_carried_over(history: list[Past], question: str) -> None:
    assert not [c for c in standalone_query(history, question) if unicodedata.category(c) in ("Cc", "Cs")]


@given(st.text())
def test_the_first_question_is_asked_as_it_stands(question: str) -> None:
    assert standalone_query([], question) == question.strip()


@pytest.mark.parametrize("text", ["a " * 50_000, "the " * 50_000, "A" * 50_000, "A-" * 30_000, "how many " * 20_000])
def test_long_turns_are_read_in_no_time(text: str) -> None:
    assert standalone_query([Past(text, text, text, text)] * 20, "What did they say about it?")


def test_two_clauses_are_two_questions_and_the_second_keeps_the_subject() -> None:
    assert question_parts("When did the Aurora run aground, and who was its captain?") == (
        "When did the Aurora run aground?",
        "Who was Aurora's captain?",
    )


def test_one_thing_asked_of_two_names_is_two_questions() -> None:
    assert question_parts("Where were Anna Berg and Jon Dahl born?") == (
        "Where were Anna Berg born?",
        "Where were Jon Dahl born?",
    )


@pytest.mark.parametrize("question", ["Who opened the bridge?", "What was said of bread and butter?", "And who else?"])
def test_a_question_that_asks_one_thing_has_no_parts(question: str) -> None:
    assert question_parts(question) == ()


def test_a_question_on_something_else_is_not_given_plain_words_of_the_last_one() -> None:
    assert standalone_query([Past("How was the rescue carried out?")], "What is the price of oil?") == (
        "What is the price of oil?"
    )


def test_a_question_about_the_archive_gains_nothing_and_one_with_a_pronoun_its_name() -> None:
    asked = "How many people were killed by the earthquake in the Tessaly valley?"
    said = (
        "On the football ground of Brannock some 400 families are still living in containers, half a year after the "
        "earthquake that killed 131 people in the Tessaly valley."
    )
    past = [Past(asked, "131 (newest, 2023-08-20); 118 (2023-02-15)", question=asked, said=said)]
    assert standalone_query(past, "How many articles mention drones?") == "How many articles mention drones?"
    past = [Past("Who opened the Marisol bridge?", "Anna Berg")]
    assert "Berg" in standalone_query(past, "How many articles mention her?")
