"""A sentence that a model takes over and turns by what it moves, leaves out or lifts; the sentences are invented."""

from __future__ import annotations

import pytest

from app.llm.copies import is_copy, is_spoilt_copy, same_words

MATCH = "Tarn beat Ostrel 3 to 1 on Sunday, after Iva Roth had saved a penalty and Jon Abel had missed another."
PRICE = "Bread rose from 2.10 to 2.60 crowns, while milk fell to 1.20 crowns, the statistics office said on Tuesday."
BOARD = "The board of Velm, which met in the old mill, dismissed its director Pia Sand but kept her deputy Olf Berg."
CHURCH = "“The tower will stand for ever,” said builder Kai Lunt, whose firm has gone bankrupt since."
RUMOUR = "Letters to the paper repeat the suspicion that the mayor of Velm sold the forest to his sister."


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        (MATCH, "Ostrel beat Tarn 3 to 1 on Sunday."),
        (MATCH, "Tarn beat Ostrel 1 to 3 on Sunday."),
        (MATCH, "Tarn beat Ostrel 3 to 1 on Sunday, after Jon Abel had saved a penalty."),
        (PRICE, "Bread rose from 2.60 to 2.10 crowns, the statistics office said on Tuesday."),
        (PRICE, "Milk rose from 2.10 to 2.60 crowns, while bread fell to 1.20 crowns."),
        (BOARD, "The board of Velm dismissed its deputy Olf Berg."),
        (BOARD, "The old board of Velm, which met in the mill, dismissed its director Pia Sand."),
    ],
)
def test_what_stands_in_the_place_of_something_else_spoils_a_copy(sentence: str, statement: str) -> None:
    assert is_spoilt_copy(statement, sentence)


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        (MATCH, "Tarn beat Ostrel on Sunday, after Iva Roth had missed another."),
        (PRICE, "Bread rose from 2.10 to 1.20 crowns, the statistics office said on Tuesday."),
        (BOARD, "The board of Velm dismissed Olf Berg."),
    ],
)
def test_halves_of_two_clauses_make_no_sentence(sentence: str, statement: str) -> None:
    assert is_spoilt_copy(statement, sentence)


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        (CHURCH, "The tower will stand for ever."),
        (RUMOUR, "The mayor of Velm sold the forest to his sister."),
        ("Say it as it is: the forest was sold for nothing.", "The forest was sold for nothing."),
    ],
)
def test_what_somebody_says_or_suspects_is_not_told_as_a_fact(sentence: str, statement: str) -> None:
    assert is_spoilt_copy(statement, sentence)


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("The mill will close in May unless a buyer turns up, its owner said.", "The mill will close in May."),
        ("Trains will stand still on Friday if talks fail.", "Trains will stand still on Friday."),
        ("Iva Roth won every race except the last.", "Iva Roth won every race."),
        ("The mayor sold the forest to his sister, an old rival wrote.", "The mayor sold the forest to his sister."),
        ("A neighbour said the mayor sold the forest to his sister.", "The mayor sold the forest to his sister."),
        ("Abel will go to Ostrel and may play on Sunday, the Tarn Echo reported.", "Abel will go to Ostrel."),
        ("The pills were safe for adults who do not smoke.", "The pills were safe for adults."),
    ],
)
def test_a_condition_or_whose_word_it_is_may_not_be_cut_off(sentence: str, statement: str) -> None:
    assert is_spoilt_copy(statement, sentence)


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        (MATCH, "Tarn beat Ostrel 3 to 1 on Sunday."),
        (MATCH, "On Sunday, Tarn beat Ostrel 3 to 1."),
        (MATCH, "Iva Roth had saved a penalty."),
        (PRICE, "Bread rose from 2.10 to 2.60 crowns."),
        (
            PRICE,
            "The statistics office said bread rose from 2.10 to 2.60 crowns, while milk fell to 1.20 crowns.",
        ),
        (PRICE, "Bread rose to 2.60 crowns, while milk fell to 1.20 crowns, the statistics office said."),
        (BOARD, "The board of Velm dismissed its director Pia Sand."),
        (BOARD, "The board of Velm met in the old mill."),
        (CHURCH, "“The tower will stand for ever,” said builder Kai Lunt."),
        (CHURCH, "Builder Kai Lunt said the tower will stand for ever."),
        ("Velm, March 3 (NPA): The forest was sold for nothing.", "The forest was sold for nothing."),
        ("Police said that the forest was sold.", "The forest was sold."),
        ("The mill closed on Monday, according to the ministry of works.", "The mill closed on Monday."),
        ("Abel, who is from Ostrel, said he would stay.", "Abel is from Ostrel."),
        ("The United States sold the forest to a US firm.", "The US sold the forest to a US firm."),
    ],
)
def test_a_copy_that_is_shortened_at_its_joints_or_told_in_another_order_is_not_spoilt(
    sentence: str, statement: str
) -> None:
    assert not is_spoilt_copy(statement, sentence)


def test_what_is_told_in_other_words_is_no_copy() -> None:
    assert not is_spoilt_copy("Abel failed from the spot whereas Roth held hers, and Tarn won.", MATCH)
    assert is_copy("Tarn beat Ostrel 3 to 1 on Sunday, after Iva Roth had saved a penalty.", MATCH)
    assert not is_copy("Abel failed from the spot.", MATCH)


def test_the_same_words_are_the_same_whatever_their_quotation_marks_and_last_stop() -> None:
    assert same_words('"The tower will stand", he said', "“The tower will stand”, he said.")
    assert same_words("Milk  fell\nto 1.20 – crowns.", "Milk fell to 1.20 - crowns")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Prices fell by -0.4%.", "Prices fell by 0.4%."),
        ("No, Abel saved it.", "No Abel saved it."),
        ("It cost €6.", "It cost $6."),
        ("He was a “hero” of the war.", "He was a hero of the war."),
        ("It was ~~not~~ so.", "It was not so."),
        ("“The tower will stand.”", "The tower will stand."),
    ],
)
def test_a_stop_or_a_sign_within_makes_other_words(one: str, other: str) -> None:
    assert not same_words(one, other)
