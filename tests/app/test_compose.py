from __future__ import annotations

from pathlib import Path

import pytest

from app.compose import ExtractiveComposer
from app.question import read_question
from app.reader import Pointer, Reading
from ingest.article import Article, Passage, PublicationDate, Span
from store import Hit
from tests.newsroom import News, ask_about

TEXT = "Anna Berg was born in Oslo. She opened the bridge in May. The ferry stopped in June."
FIRST, SECOND, THIRD = Span(0, 27), Span(28, 57), Span(58, 84)


def reading(*sentences: tuple[Span, float], text: str = TEXT) -> Reading:
    whole = Span(0, len(text))
    article = Article("a" * 64, ("a.txt",), None, None, (), PublicationDate(None, "none"), (whole,), "f")
    hit = Hit(Passage(1, article.article_id, 0, len(text), text), article, 1.0, 1)
    return Reading(tuple(Pointer(hit, span, score) for span, score in sentences), 0.9)


def said(question: str, *sentences: tuple[Span, float]) -> list[str]:
    return [d.text for d in ExtractiveComposer().sentences(read_question(question), reading(*sentences)).drafts]


def test_a_sentence_that_opens_with_a_pronoun_brings_the_one_that_names_it() -> None:
    assert said("Who opened the bridge?", (SECOND, 0.9)) == [
        "Anna Berg was born in Oslo. She opened the bridge in May."
    ]


def test_a_pronoun_after_a_pronoun_goes_back_to_the_name_but_not_far() -> None:
    pointing_back = "She studied there. She opened the bridge in May. She left. She was missed. She wrote."
    text = f"Anna Berg was born in Oslo. {pointing_back}"

    def said_of(words: str) -> str:
        at = Span(text.index(words), text.index(words) + len(words))
        (draft,) = ExtractiveComposer().sentences(read_question("Who?"), reading((at, 0.9), text=text)).drafts
        return draft.text

    assert said_of("She opened the bridge in May.") == text[: text.index(" She left.")]
    assert said_of("She wrote.") == "She was missed. She wrote."


@pytest.mark.parametrize(
    ("sentence", "alone"),
    [
        ("It is estimated that 500 ferries sank.", True),
        ("However, it has also been widely reported that ferries sank.", True),
        ("It remains unclear why the ferry sank.", True),
        ("It emerged that the ferry sank.", True),
        ("It was told that the ferry sank.", False),
        ("It said that the ferry sank.", False),
        ("It was built in Oslo.", False),
        ("It is not clear whether she left.", False),
        ("It is the ship that sank.", False),
    ],
)
def test_an_it_that_stands_for_nothing_brings_no_other_sentence(sentence: str, alone: bool) -> None:
    text = f"Norwind owns the ferry. {sentence}"
    at = Span(text.index(sentence), len(text))
    (draft,) = ExtractiveComposer().sentences(read_question("Who?"), reading((at, 0.9), text=text)).drafts
    assert draft.text == (sentence if alone else text)


def test_what_one_statement_quotes_no_other_repeats() -> None:
    assert said("Who opened the bridge?", (SECOND, 0.9), (FIRST, 0.8), (THIRD, 0.7)) == [
        "Anna Berg was born in Oslo. She opened the bridge in May.",
        "The ferry stopped in June.",
    ]


def test_a_sentence_far_less_likely_than_the_best_is_not_said() -> None:
    assert said("Who stopped?", (THIRD, 0.9), (FIRST, 0.05)) == ["The ferry stopped in June."]


def test_an_explanation_follows_the_order_of_the_article() -> None:
    assert said("Why did the ferry stop?", (THIRD, 0.9), (FIRST, 0.8)) == [
        "Anna Berg was born in Oslo.",
        "The ferry stopped in June.",
    ]


def test_what_an_article_attributes_is_said_with_who_says_it(tmp_path: Path) -> None:
    news = (
        News("Coast Daily", "2021-03-03", "Bridge at Marisol to close",
             "The bridge at Marisol will close for nine weeks, a senior official at the roads agency said on Tuesday. "
             "It was built in 1931."),
    )  # fmt: skip
    told = ask_about("For how many weeks will the bridge at Marisol close?", news, tmp_path / "reported")
    plain = ask_about("In which year was the bridge at Marisol built?", news, tmp_path / "plain")
    assert [s.attribution for s in told.statements] == ["a senior official at the roads agency"]
    assert plain.short == "1931"
    assert plain.statements[0].attribution is None
