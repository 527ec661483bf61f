from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import islice

import pytest

from app.answer import Abstention, Answer, Part, Statement, Tally
from app.suggest import Candidate, answered, draft_across, draft_questions, in_turn, near_first
from app.suggested_forms import draft_from, full_names
from ingest.article import Article, PublicationDate, Span
from tests.app.test_render import CITATION, STATEMENT, an_answer

NAMES = ("Ida Korn",)


def questions(sentence: str) -> list[str]:
    return [d.question for d in draft_from(sentence, NAMES)]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Ida Korn, the mayor of Wend, was there.", "Who is Ida Korn?"),
        ("Deputy Mayor Ida Korn, who was a judge before, spoke.", "Who is Ida Korn?"),
        ("“It is done,” said Korn of the vote in Lerwick.", "What did Ida Korn say about Lerwick?"),
        ("Korn said it was late.", "What did Ida Korn say?"),
        ("The coalition has carried out about 5,100 airstrikes.", ""),
        ("The coalition has conducted more than 5,100 airstrikes.", "How many airstrikes has the coalition conducted?"),
        ("About 140 passengers were rescued near Port Hallow.", "How many passengers were rescued near Port Hallow?"),
        ("The blast killed 12 people in Wend.", "How many people were killed in Wend?"),
        ("Ida Korn was elected mayor in March 2019.", "When was Ida Korn elected mayor?"),
        ("Ida Korn resigned on 3 May 2021.", "When did Ida Korn resign?"),
        ("Ida Korn signed the treaty in 1987.", "When did Ida Korn sign the treaty?"),
    ],
)
def test_a_sentence_becomes_what_a_person_would_ask(sentence: str, question: str) -> None:
    assert question in (questions(sentence) or [""])


@pytest.mark.parametrize(
    "sentence",
    [
        "About 140 passengers were rescued.",  # anywhere, at any time
        "Lerwick Harbour, the port of the island, was closed.",  # not who
        "Ida Korn signed it in 1987.",  # what is it?
        "Ida Korn resigned in May.",  # of which year?
        "<b>Ida</b> [x](javascript:1) said",
        "",
    ],
)
def test_what_would_make_no_sense_alone_is_not_asked(sentence: str) -> None:
    assert questions(sentence) == []


def test_titles_are_no_part_of_a_name_and_bodies_are_nobody() -> None:
    assert full_names(["The Secretary of State Jo Marsh met Prime Minister Ida Korn at Getty Images."]) == (
        "Jo Marsh",
        "Ida Korn",
    )


WHO = Candidate("Who", "Who is Ida Korn?", "id")
COUNT = Candidate("How many", "How many passengers were rescued in Wend?", "id", "11 to 4")


def found(*candidates: Candidate, answer: Answer | None, within_s: float = 9) -> list[str]:
    return [e.question for e in answered(candidates, lambda _: answer, within_s=within_s, clock=lambda: 0.0)]


def test_only_what_is_answered_from_its_own_article_is_offered() -> None:
    assert found(WHO, COUNT, answer=an_answer()) == [WHO.question, COUNT.question]
    assert found(WHO, answer=None) == []
    assert found(WHO, answer=an_answer(abstention=Abstention("No.", "5 articles"))) == []
    assert found(WHO, answer=replace(an_answer(), confidence=0.1)) == []
    assert found(WHO, answer=an_answer(citations=(replace(CITATION, article_id="other"),))) == []
    assert found(replace(COUNT, proof="9 to 6"), answer=an_answer()) == []


def test_a_question_over_many_articles_is_offered_where_the_answer_has_its_form() -> None:
    tally = Statement("3 articles.", (), "supported", Tally("articles", "5 articles", 3, ()))
    counted = replace(an_answer(tally, citations=(), short="3"), layout="count")
    many = Candidate("How many articles", "How many articles mention Wend?", layout="count")
    assert found(many, answer=counted) == [many.question]
    assert found(many, answer=an_answer()) == []


def test_none_is_begun_when_the_time_is_over_and_one_about_each_is_enough() -> None:
    assert found(WHO, answer=an_answer(), within_s=0) == []
    said = Candidate("What was said", "What did Ida Korn say?", "id")
    assert found(WHO, said, answer=an_answer()) == [WHO.question]


def test_one_whose_articles_differ_says_so() -> None:
    sides = (Part("11 to 4", (1,)), Part("9 to 6", (1,)))
    differing = replace(an_answer(), layout="differing", parts=sides)
    assert [e.kind for e in answered([COUNT], lambda _: differing, within_s=9)] == ["Where reports differ"]


def test_kinds_take_turns_and_what_is_near_the_question_comes_first() -> None:
    other = Candidate("Who", "Who is Jo Park?", "id", at=Span(5, 9))
    assert list(in_turn([WHO, other, COUNT])) == [WHO, COUNT, other]
    assert near_first([WHO, other], "Where was Jo Park born?", None)[0] == other
    assert near_first([WHO, other], "How tall?", Span(4, 6))[0] == other


def an_article(article_id: str, outlet: str, text: str) -> Article:
    day = PublicationDate(dt.date(2020, 1, 2), "byline")
    return Article(article_id, (article_id,), None, outlet, (), day, (Span(0, len(text)),), article_id)


def test_an_article_is_asked_about_in_its_own_words_with_the_place_of_each() -> None:
    text = "The vote was late.\n\nIda Korn, the mayor of Wend, spoke. Korn said nothing of Lerwick.\n"
    drafted = draft_questions(an_article("a", "Post", text), text)
    assert [c.question for c in drafted] == ["Who is Ida Korn?", "What did Ida Korn say about Lerwick?"]
    assert all(c.at and c.article_id == "a" for c in drafted)


def test_what_several_articles_name_often_is_asked_about_over_all_of_them() -> None:
    text = "The Wend Valley is wide. In the Wend Valley it rained. Lerwick is far."
    articles = [an_article("a", "Post", text), an_article("b", "Courier", text), an_article("c", "Herald", "Nothing.")]
    drafted = draft_across(articles, lambda a: "Nothing." if a.article_id == "c" else text)
    assert [c.question for c in drafted] == [
        "How many articles mention the Wend Valley?",
        "What is the timeline of the Wend Valley?",
        "Compare Post and Courier on the Wend Valley",
    ]


def test_no_more_is_asked_than_is_taken() -> None:
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return an_answer(STATEMENT)

    assert len(list(islice(answered([WHO, COUNT, COUNT], ask, within_s=9), 1))) == 1
    assert asked == [WHO.question]
