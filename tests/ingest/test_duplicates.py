"""Copies are told from versions, and versions from what is only alike; a sketch finds and survives."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.duplicates import Sketch, bands, relation, relation_of_texts, sketch

ARTICLE = (
    "HARROW, March 3 - The ferry Aurora ran aground on a sandbank off Lowmoor early on Tuesday with 212 passengers "
    "aboard. Nobody was seriously hurt, the coastguard said, but 8 people were taken to the hospital with bruises. "
    "The ship had left Harrow shortly after midnight in thick fog and was bound for the island of Aldon. Captain Mira "
    'Lunde told reporters that the "radar had shown nothing at all" before the hull touched the ground. Three tugs '
    "tried to pull the vessel free at high water, and a fourth was on its way from the naval base at Cressing. The "
    "harbour office closed the northern channel to all ships longer than 90 metres until further notice. Fishermen, "
    "who know the bank as the Widow, have asked for years that it be marked with a second light. The ministry had "
    "turned them down for want of money, according to letters seen by this newspaper. Tom Ashby, who runs the inn at "
    "the quay, opened his doors at four in the morning and served soup to everybody who came. The operator, Northern "
    "Lines, said that it would pay for rooms and for the journey home, and that an inquiry had begun. Lunde has "
    "sailed the route for 19 years. The inquiry is expected to take several months, and a first report is due in June."
)
OTHER = (
    "Bakers across the county will vote next week on whether to close their shops on Sundays, after a winter in which "
    "flour became dearer by a third. The guild says that hardly any of its members earns money on that day. Shoppers "
    "in the market hall were of two minds. One said that she would miss her rolls, another that everybody deserves a "
    "rest. A similar vote failed four years ago by only eleven ballots. The result is to be read out in the town hall "
    "at noon by the eldest member, as has been the custom since the guild was founded by six widows."
)
SENTENCES = ARTICLE.split(". ")


def mistyped(text: str) -> str:
    return text.replace("passengers", "pasengers").replace("according", "acording").replace("expected", "epxected")


@pytest.mark.parametrize(
    "copy",
    [
        ARTICLE.upper(),
        ARTICLE.replace('"', "\u201d").replace(" - ", " \u2014 ").replace(" ", "\n"),
        "The Lowmoor Post prints this report of the Northern Wire by kind permission.\n\n" + ARTICLE,
        ARTICLE + "\n\nSubscribe to the Lowmoor Post for the best reporting from the coast.",
        ARTICLE[: len(ARTICLE) * 6 // 10],
        ". ".join(SENTENCES[:3] + SENTENCES[4:6] + SENTENCES[7:]),
        mistyped(ARTICLE),
        ARTICLE.replace("HARROW, March 3 - The", "By Tom Ashby, Staff\n\nFerry aground off Lowmoor\n\nThe"),
    ],
    ids=["case", "quotes and breaks", "introduction", "end", "cut", "sentences dropped", "typos", "byline"],
)
def test_what_an_outlet_does_to_a_text_leaves_a_copy(copy: str) -> None:
    assert relation_of_texts(ARTICLE, copy) == "copy"


@pytest.mark.parametrize(
    "version",
    [
        ARTICLE.replace("8 people", "11 people").replace("212", "214"),
        ARTICLE.replace("early on Tuesday", "early on Monday"),
        ARTICLE.replace("Lunde", "Brackwell"),
        ARTICLE + "\n\nCorrection: An earlier version misstated the name of the inn.",
        ARTICLE.replace(
            "The ship had left", "The number of injured has risen to 15, officials said. The ship had left"
        ),
    ],
    ids=["figures", "day", "name", "correction", "toll"],
)
def test_a_changed_fact_or_a_notice_makes_a_version(version: str) -> None:
    assert relation_of_texts(ARTICLE, version) == "version"


def test_two_spellings_of_one_number_are_no_change() -> None:
    thousand = ARTICLE.replace("212 passengers", "1,212 passengers").replace("8 people", "eight people")
    plain = ARTICLE.replace("212 passengers", "1212 passengers")
    assert relation_of_texts(thousand, plain) == "copy"


def test_dropped_sentences_are_an_update_when_the_articles_are_of_different_days() -> None:
    shorter = ". ".join(SENTENCES[:3] + SENTENCES[5:])
    assert relation_of_texts(ARTICLE, shorter, days_apart=0) == "copy"
    assert relation_of_texts(ARTICLE, shorter, days_apart=4) == "version"


def test_different_articles_are_unrelated() -> None:
    assert relation_of_texts(ARTICLE, OTHER) is None
    assert relation(sketch(ARTICLE), sketch(OTHER)) is None


def test_articles_that_share_a_long_notice_at_the_end_are_unrelated() -> None:
    assert (
        relation_of_texts(OTHER + "\n\n" + ARTICLE, "Rain fell on all of the county on Sunday. " * 4 + ARTICLE[600:])
        is None
    )


def test_forms_filled_in_anew_are_unrelated() -> None:
    def forecast(seed: int) -> str:
        draw = random.Random(seed)
        towns = ("Harrow", "Lowmoor", "Aldon", "Cressing", "Dunmere", "Galton", "Hesket", "Kelby")
        told = (
            f"In {town} expect a high of {draw.randint(1, 33)} degrees, a low of {draw.randint(-15, 0)} and winds of "
            f"up to {draw.randint(5, 90)} kilometres an hour."
            for town in draw.sample(towns, len(towns))
        )
        return "Good morning. Here is the forecast. " + " ".join(told)

    assert relation_of_texts(forecast(1), forecast(2)) is None


@pytest.mark.parametrize("text", ["", "One", "One two three"])
def test_short_and_empty_bodies_have_a_sketch_and_are_copies_of_themselves(text: str) -> None:
    assert relation_of_texts(text, text) == "copy"
    assert relation(sketch(text), sketch(text)) == "copy"
    assert relation_of_texts(text, ARTICLE) is None
    assert len(bands(sketch(text))) == 42


def test_short_bodies_are_copies_only_when_nearly_every_word_is_shared() -> None:
    notice = "The library in Harrow will be closed on Friday for repairs to its roof, the town said in a short note."
    assert relation_of_texts(notice, notice.upper()) == "copy"
    assert relation_of_texts(notice, notice + " " + " ".join(OTHER.split()[:40])) is None


def test_a_copy_cut_after_half_of_its_text_shares_a_band() -> None:
    assert set(bands(sketch(ARTICLE))) & set(bands(sketch(ARTICLE[: len(ARTICLE) // 2])))


def test_band_keys_are_signed_64_bit_numbers_and_differ_by_band() -> None:
    keys = bands(sketch(ARTICLE))
    assert len(set(keys)) == len(keys) == 42
    assert all(-(2**63) <= key < 2**63 for key in keys)


def test_a_sketch_is_the_same_on_every_machine() -> None:
    made = sketch("The ferry ran aground with 212 passengers")
    assert (made.n_words, made.figures) == (7, (3592732382,))  # the CRC-32 of "212"
    assert made.mins[:3] == PINNED


PINNED = (1, 60917, 24539)


def test_sketches_guess_copies_and_versions() -> None:
    assert relation(sketch(ARTICLE), sketch("Printed by permission. " + ARTICLE)) == "copy"
    changed = ARTICLE.replace("8 people", "11 people").replace("212", "214")
    assert relation(sketch(ARTICLE), sketch(changed)) == "version"


@given(st.text(max_size=300))
def test_a_sketch_survives_storage_in_600_bytes(text: str) -> None:
    made = sketch(text)
    assert Sketch.from_bytes(made.to_bytes()) == made
    assert len(made.to_bytes()) <= 600


def test_a_sketch_of_many_figures_is_capped() -> None:
    made = sketch(" ".join(f"{n} ships" for n in range(1000, 1200)))
    assert len(made.figures) == 64
    assert len(made.to_bytes()) == 517


def test_bytes_that_are_no_sketch_are_refused() -> None:
    data = sketch(ARTICLE).to_bytes()
    for damaged in (b"", data[:-1], data + b"x"):
        with pytest.raises(ValueError, match="not a sketch"):
            Sketch.from_bytes(damaged)


@given(st.permutations(SENTENCES), st.integers(0, len(SENTENCES)), st.sampled_from([None, 0, 3]))
def test_relations_are_symmetric(sentences: list[str], cut: int, days_apart: int | None) -> None:
    one, other = ARTICLE, ". ".join(sentences[:cut] + SENTENCES[cut:])
    assert relation(sketch(one), sketch(other)) == relation(sketch(other), sketch(one))
    assert relation_of_texts(one, other, days_apart=days_apart) == relation_of_texts(other, one, days_apart=days_apart)


def test_long_forms_are_compared_in_seconds_and_are_no_copies() -> None:
    draw = random.Random(1)
    rows = [f"in {draw.choice('abcdefgh')} a high of {draw.randint(1, 9)} and a low of 3 today" for _ in range(3000)]
    started = time.process_time()
    assert (
        relation_of_texts(" ".join(rows), " ".join(row + " too" * (n % 10 == 0) for n, row in enumerate(rows)))
        != "copy"
    )
    assert time.process_time() - started < 20


def test_notices_of_one_form_about_different_cases_are_no_copies() -> None:
    def notice(office: str, code: str, name: str, outcome: str) -> str:
        return (
            f"The {office} has ruled on the lease of a warehouse on the quay. The application {code}, brought by "
            f"{name}, {outcome}, a clerk said. It was heard on a weekday afternoon before a small audience. The office "
            "gave its reasons in writing and set a day by which an appeal may be lodged. No one else was party to it. "
            "The papers may be read at the counter during opening hours, and copies are made for a small fee."
        )

    one = notice("water board", "K-4821", "Kasgor Silden", "was granted in part")
    assert relation_of_texts(one, notice("water board", "K-4821", "Lorfel Marbar", "was granted in part")) != "copy"
    assert relation_of_texts(one, notice("water board", "R-1177", "Kasgor Silden", "was granted in part")) != "copy"
    assert relation_of_texts(one, one.replace("water", "Water")) == "copy"
