"""What the reader learns from: what is held out stays out, and every answer stands where it is said to stand."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import random
import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mentions import find_mentions
from app.reader.examples import (
    HELD_OUT_WEEKS,
    Example,
    Paragraph,
    cut_passages,
    is_held_out_article,
    is_held_out_day,
    load_news,
    load_paragraphs,
    load_questions,
    occurrences,
    squad_examples,
    swap_mention,
    without_answer,
)
from ingest.article import normalise_space
from ingest.errors import UsageError

KEEPERS = ("Mira Lunde", "Jon Berg", "Hanna Dahl", "Olav Strand", "Tove Ness", "Ivar Holm")
HELD_WICKS = [12, 34, 36, 40, 53, 67, 78, 88, 92, 103, 110]  # their names' SHA-256 is divisible by 12


def harbour(number: int) -> dict[str, object]:
    """An article of one paragraph, with two questions."""
    keeper = KEEPERS[number % len(KEEPERS)]
    text = f"The harbour of Wick {number} was built in {1800 + number}. It is kept by {keeper}, who lives there."
    asked = [
        (f"Who keeps the harbour of Wick {number} these days?", keeper),
        (f"When was the harbour of Wick {number} built?", str(1800 + number)),
    ]
    return {"title": f"Wick {number}", "paragraphs": [paragraph(text, asked)]}


def paragraph(text: str, asked: Sequence[tuple[str, str]]) -> dict[str, object]:
    questions = [
        {"id": f"q{i}", "question": question, "answers": [{"answer_start": text.find(answer), "text": answer}]}
        for i, (question, answer) in enumerate(asked)
    ]
    return {"context": text, "qas": questions}


def squad_bytes(articles: Sequence[dict[str, object]]) -> bytes:
    return json.dumps({"version": "1.1", "data": articles}).encode()


def squad_folder(folder: Path, articles: Sequence[dict[str, object]], name: str = "new_wiki") -> Path:
    (folder / "squadshifts").mkdir(exist_ok=True)
    (folder / "squadshifts" / f"{name}.json.gz").write_bytes(gzip.compress(squad_bytes(articles)))
    return folder


@pytest.fixture
def harbours(tmp_path: Path) -> Path:
    return squad_folder(tmp_path, [harbour(i) for i in range(120)])


# --- what is held out -------------------------------------------------------------------------------------------------


def test_one_article_in_twelve_is_held_out_and_always_the_same_ones() -> None:
    held = [n for n in range(120) if is_held_out_article(f"Wick {n}")]
    assert held == [n for n in range(120) if is_held_out_article(f"Wick {n}")]
    assert held == HELD_WICKS
    assert 400 < sum(is_held_out_article(f"article {n}") for n in range(6000)) < 600


def test_the_held_out_spans_are_apart_and_in_order_within_themselves() -> None:
    spans = sorted((first, last) for _, first, last in HELD_OUT_WEEKS)
    assert all(first <= last for first, last in spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize(
    ("day", "held"),
    [
        (dt.date(2022, 10, 31), False),
        (dt.date(2022, 11, 1), True),
        (dt.date(2022, 12, 31), True),
        (dt.date(2023, 1, 1), False),
        (dt.date(2023, 9, 30), False),
        (dt.date(2023, 11, 15), True),
        (dt.date(2024, 3, 31), True),
        (dt.date(2024, 4, 1), False),
        (None, False),
    ],
)
def test_days_of_the_held_out_spans_are_held_out_from_first_to_last(day: dt.date | None, held: bool) -> None:
    assert is_held_out_day(day) is held


def test_no_passage_of_a_held_out_article_is_learnt_from(harbours: Path) -> None:
    learnt = {wick_of(e.passage) for e in squad_examples(harbours, held_out=False, seed=1)}
    measured = {wick_of(e.passage) for e in squad_examples(harbours, held_out=True, seed=1)}
    assert sorted(measured) == HELD_WICKS
    assert learnt == set(range(120)) - measured


def wick_of(passage: str) -> int:
    return int(passage.split()[4])


def test_the_same_articles_are_held_out_whatever_the_seed_and_the_order(harbours: Path, tmp_path: Path) -> None:
    before = {e.passage for e in squad_examples(harbours, held_out=True, seed=1)}
    squad_folder(tmp_path, [harbour(i) for i in reversed(range(120))])
    assert {e.passage for e in squad_examples(tmp_path, held_out=True, seed=2)} == before


def test_paragraphs_under_one_title_are_held_out_one_by_one(tmp_path: Path) -> None:
    paragraphs = [p for i in range(120) for p in _paragraphs_of(harbour(i))]
    data = squad_folder(tmp_path, [{"title": "reviews", "paragraphs": paragraphs}], "reviews")
    learnt = {e.passage for e in squad_examples(data, held_out=False, seed=1)}
    measured = {e.passage for e in squad_examples(data, held_out=True, seed=1)}
    assert learnt and measured and not learnt & measured


def _paragraphs_of(article: dict[str, object]) -> list[object]:
    found = article["paragraphs"]
    assert isinstance(found, list)
    return found


# --- annotated questions ----------------------------------------------------------------------------------------------


def test_a_squad_file_reads_the_same_plain_and_compressed(tmp_path: Path) -> None:
    data = squad_bytes([harbour(3), harbour(4)])
    (tmp_path / "plain.json").write_bytes(data)
    (tmp_path / "compressed.json.gz").write_bytes(gzip.compress(data))
    plain = load_paragraphs(tmp_path / "plain.json")
    assert plain == load_paragraphs(tmp_path / "compressed.json.gz")
    assert plain[0] == Paragraph(
        "Wick 3",
        "The harbour of Wick 3 was built in 1803. It is kept by Olav Strand, who lives there.",
        (
            ("Who keeps the harbour of Wick 3 these days?", ((55, "Olav Strand"),)),
            ("When was the harbour of Wick 3 built?", ((35, "1803"),)),
        ),
    )


def test_an_article_without_a_title_goes_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(squad_bytes([{"paragraphs": [paragraph("It rained.", [])]}]))
    assert load_paragraphs(tmp_path / "a.json") == (Paragraph("0", "It rained.", ()),)


WHOLE = squad_bytes([harbour(1)])
BROKEN = {
    "empty": b"",
    "not JSON": b"question;answer\n",
    "cut off": WHOLE[: len(WHOLE) // 2],
    "not UTF-8": WHOLE.replace(b"harbour", b"h\xe5rbour"),
    "a list": b"[]",
    "a text": b'"data"',
    "no data": b'{"version": "1.1"}',
    "data null": b'{"data": null}',
    "articles that are texts": b'{"data": ["a"]}',
    "no context": b'{"data": [{"paragraphs": [{"qas": []}]}]}',
    "no questions": b'{"data": [{"paragraphs": [{"context": "a"}]}]}',
    "an answer without a place": b'{"data": [{"paragraphs": [{"context": "a", "qas": [{"question": "q", "answers": '
    b'[{"text": "a"}]}]}]}]}',
    "a place that is none": b'{"data": [{"paragraphs": [{"context": "a", "qas": [{"question": "q", "answers": '
    b'[{"text": "a", "answer_start": "first"}]}]}]}]}',
    "a context that is null": b'{"data": [{"paragraphs": [{"context": null, "qas": []}]}]}',
    "a question that is a number": b'{"data": [{"paragraphs": [{"context": "a", "qas": [{"question": 1, '
    b'"answers": []}]}]}]}',
    "nested without end": b"[" * 100_000,
    "compressed and cut off": gzip.compress(WHOLE)[:-40],
    "compressed with a wrong sum": gzip.compress(WHOLE)[:-8] + bytes(8),
    "compressed and empty": gzip.compress(b""),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_squad_file_is_a_clear_error_that_names_it(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(BROKEN[kind])
    with pytest.raises(UsageError, match=r"broken\.json"):
        load_paragraphs(path)


def test_compressed_bytes_that_went_bad_are_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.json.gz"
    data = bytearray(gzip.compress(WHOLE))
    data[10] = 0xFF  # the first block of the stream: of a kind that there is not
    with pytest.raises(zlib.error):
        gzip.decompress(data)
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"broken\.json"):
        load_paragraphs(path)


def test_a_squad_file_that_is_missing_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.json"):
        load_paragraphs(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot be read"):
        load_paragraphs(tmp_path)


def test_a_folder_without_the_data_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no training data"):
        list(squad_examples(tmp_path, held_out=False, seed=1))
    with pytest.raises(UsageError, match="no training data"):
        load_news(tmp_path, (2022,))
    with pytest.raises(UsageError, match="no training data"):
        load_questions(tmp_path, (2022,))


def test_every_answer_slices_back_to_a_text_that_an_annotator_gave(harbours: Path) -> None:
    data = load_paragraphs(harbours / "squadshifts" / "new_wiki.json.gz")
    told = {(question, text) for p in data for question, answers in p.questions for _, text in answers}
    examples = list(squad_examples(harbours, held_out=False, seed=5))
    right = [e for e in examples if e.answers]
    assert len(right) == 2 * (120 - len(HELD_WICKS))
    assert all((e.question, e.passage[a:b]) in told for e in right for a, b in e.answers)


def test_a_wrong_place_of_an_answer_is_mended_and_an_answer_that_stands_nowhere_is_left_out(tmp_path: Path) -> None:
    text = "The fish market of Kirkwick closed in May."
    qas = [
        {"question": "What closed in Kirkwick?", "answers": [{"answer_start": 0, "text": "fish market"}]},
        {"question": "When did the market close?", "answers": [{"answer_start": 38, "text": "June"}]},
        {"question": "Where did the market close?", "answers": [{"answer_start": 0, "text": " "}]},
    ]
    name = next(f"town {i}" for i in range(99) if not is_held_out_article(f"town {i}"))
    data = squad_folder(tmp_path, [{"title": name, "paragraphs": [{"context": text, "qas": qas}]}])
    examples = list(squad_examples(data, held_out=False, seed=1))
    assert [(e.question, [text[a:b] for a, b in e.answers]) for e in examples if e.answers] == [
        ("What closed in Kirkwick?", ["fish market"])
    ]


def test_answers_that_annotators_agree_on_count_once(tmp_path: Path) -> None:
    text = "The fish market of Kirkwick closed in May."
    answers = [{"answer_start": 4, "text": "fish market"}] * 3 + [{"answer_start": 4, "text": "fish"}]
    article: dict[str, object] = {
        "title": next(f"town {i}" for i in range(99) if not is_held_out_article(f"town {i}")),
        "paragraphs": [{"context": text, "qas": [{"question": "What closed in Kirkwick?", "answers": answers}]}],
    }
    first = next(squad_examples(squad_folder(tmp_path, [article]), held_out=False, seed=1))
    assert first.answers == ((4, 15), (4, 8))


def test_a_passage_that_is_said_not_to_answer_does_not_hold_the_answer(harbours: Path) -> None:
    groups: dict[int, list[Example]] = {}
    for example in squad_examples(harbours, held_out=False, seed=2):
        groups.setdefault(example.group, []).append(example)
    seen = 0
    for members in groups.values():
        right = [e for e in members if e.answers]
        for wrong in (e for e in members if right and not e.answers):
            seen += 1
            assert wrong.question == right[0].question
            assert not occurrences(wrong.passage, [right[0].passage[a:b] for a, b in right[0].answers])
    assert seen > 50


def test_a_short_answer_does_not_stand_in_a_passage_that_is_said_not_to_answer(tmp_path: Path) -> None:
    names = [f"town {i}" for i in range(60) if not is_held_out_article(f"town {i}")]
    articles: list[dict[str, object]] = []
    for name in names:
        text = f"The council of {name} has 12 members, who meet in the old harbour office."
        articles.append({"title": name, "paragraphs": [paragraph(text, [("How many members sit there?", "12")])]})
    data = squad_folder(tmp_path, articles)
    wrong = [e for e in squad_examples(data, held_out=False, seed=2) if not e.answers]
    assert [e.passage for e in wrong if occurrences(e.passage, ["12"])] == []


def test_the_same_seed_gives_the_same_examples(harbours: Path) -> None:
    first = list(squad_examples(harbours, held_out=False, seed=3))
    assert first == list(squad_examples(harbours, held_out=False, seed=3))
    assert first != list(squad_examples(harbours, held_out=False, seed=4))


LOG = (
    "The ferry Aurora left Port Hallow on March 3, 2021 with 212 passengers aboard. Captain Mira Lunde had sailed her "
    "for nine winters. The crossing takes two hours when the sea is calm, and much longer when the fog comes down "
    "between the islands of the sound. Tickets were sold out, and the café on the upper deck had run out of bread."
)


@given(
    st.sampled_from(["March 3, 2021", "212", "Mira Lunde", "Port Hallow", "nine winters", "bread"]), st.integers(0, 99)
)
def test_a_passage_that_leaves_the_answer_unsaid_does_not_hold_it(answer: str, seed: int) -> None:
    unsaid = without_answer(LOG, [answer], random.Random(seed))
    if unsaid is not None:
        assert not occurrences(unsaid, [answer])
        assert len(unsaid.split()) >= 25
        assert unsaid.endswith(".")


def test_an_answer_is_left_unsaid_by_a_vaguer_word_or_without_its_sentence() -> None:
    made = {without_answer(LOG, ["Mira Lunde"], random.Random(seed)) for seed in range(40)}
    assert LOG.replace("Captain Mira Lunde had sailed her for nine winters. ", "") in made
    assert any(m and "for nine winters" in m for m in made)


def test_nothing_is_left_unsaid_where_the_answer_does_not_stand_or_is_everywhere() -> None:
    for seed in range(10):
        assert without_answer(LOG, ["Kirkwick"], random.Random(seed)) is None
        assert without_answer("Wick " * 9, ["Wick"], random.Random(seed)) is None


# --- exchanged names, numbers and dates -------------------------------------------------------------------------------

POOL = find_mentions("Mira Lunde met Jon Berg of Kirkwick on March 3, 2021 with 212 crowns and 40 apples in May 2019.")


@given(st.integers(0, 500))
@settings(max_examples=60)
def test_a_swapped_question_differs_in_one_mention_of_the_same_kind(seed: int) -> None:
    question = "How many boats did Hanna Dahl bring to Port Hallow on May 10, 2021?"
    swapped = swap_mention(question, POOL, random.Random(seed))
    assert swapped is not None
    fits = [
        (old.kind, new.kind)
        for old in find_mentions(question)
        for new in POOL
        if question[: old.start] + new.text + question[old.end :] == swapped
    ]
    assert any(old == new for old, new in fits)


def test_a_mention_that_the_question_already_holds_is_not_put_in() -> None:
    pool = find_mentions("Hanna Dahl met Dahl.")
    assert all(swap_mention("When did Hanna Dahl resign?", pool, random.Random(i)) is None for i in range(20))


def test_a_question_without_mentions_is_not_swapped() -> None:
    assert swap_mention("who opened the bridge?", POOL, random.Random(1)) is None


def test_nothing_is_swapped_where_nothing_of_its_kind_is_known() -> None:
    assert swap_mention("When did Hanna Dahl resign?", (), random.Random(1)) is None
    assert swap_mention("When did Hanna Dahl resign?", find_mentions("It cost 212."), random.Random(1)) is None


# --- news -------------------------------------------------------------------------------------------------------------


def test_news_that_opens_alike_is_kept_once_and_scraps_are_dropped(tmp_path: Path) -> None:
    text = "The ferry Aurora ran aground off Port Hallow with 212 passengers aboard, and the fog was thick. " * 3
    rows = [
        {"url": "a", "title": " Ferry  aground ", "text": text, "published": "2022-03-01", "authors": []},
        {"url": "b", "title": "Copy", "text": text.replace(" ", "\n"), "published": None, "authors": []},
        {"url": "c", "title": "Scrap", "text": "Subscribe to read on.", "published": None, "authors": []},
        {"url": "d", "title": None, "text": None, "published": None, "authors": []},
        {"url": "e", "title": None, "text": "Another story. " + text, "published": None, "authors": []},
    ]
    (tmp_path / "realtimeqa").mkdir()
    lines = "\n".join(json.dumps(r) for r in rows)
    (tmp_path / "realtimeqa" / "articles-2022.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    news = load_news(tmp_path, (2022,))
    assert [(a.url, a.title, a.published) for a in news] == [
        ("a", "Ferry aground", dt.date(2022, 3, 1)),
        ("e", "", None),
    ]


def test_weekly_questions_keep_their_order_and_know_whether_they_stand_alone(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "date": "2022-03-04", "question": "Who  kept the light?", "answers": ["Tove Ness"], "urls": ["a"]},
        {"id": "2", "date": "2022-03-11", "question": "Which of the following towns flooded?", "answers": None},
        {"id": "3", "date": "2022-03-11", "question": "Which one of these ran aground?", "choices": ["Aurora", 7]},
    ]
    (tmp_path / "realtimeqa").mkdir()
    (tmp_path / "realtimeqa" / "questions-2022.jsonl").write_text("\n".join(json.dumps(r) for r in rows))
    one, two, three = load_questions(tmp_path, (2022,))
    assert (one.question, one.day, one.answers, one.urls) == (
        "Who kept the light?",
        dt.date(2022, 3, 4),
        ("Tove Ness",),
        ("a",),
    )
    assert (two.answers, two.urls, three.choices) == ((), (), ("Aurora", "7"))
    assert [q.stands_alone for q in (one, two, three)] == [True, False, False]


SENTENCES = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from([". ", ".\n", ".\n\n", "? ", "!  "])), min_size=0, max_size=30
)


@given(SENTENCES)
def test_cutting_keeps_every_word_in_order_up_to_a_short_tail(shape: list[tuple[int, str]]) -> None:
    text, number = "", 0
    for words, end in shape:
        said = ["Boats", *(f"word{number + i}" for i in range(words - 1))]
        number += words
        text += " ".join(said) + end
    kept = [w for passage, _ in cut_passages(text) for w in passage.split()]
    assert kept == text.split()[: len(kept)]
    assert len(text.split()) - len(kept) < 40


@given(st.text(max_size=1500))
def test_a_passage_is_its_sentences_with_white_space_normalised(text: str) -> None:
    joined = "".join(text.split())
    at = 0
    for passage, inner in cut_passages(text):
        assert passage == " ".join(inner) == normalise_space(passage)
        solid = "".join(passage.split())
        assert joined[at : at + len(solid)] == solid
        at += len(solid)


@given(SENTENCES)
def test_passages_are_neither_scraps_nor_endless(shape: list[tuple[int, str]]) -> None:
    text = "".join(" ".join(["Boats"] * words) + end for words, end in shape)
    assert all(40 <= len(passage.split()) <= 150 + 60 for passage, _ in cut_passages(text))


def test_an_empty_text_has_no_passages() -> None:
    assert cut_passages("") == cut_passages(" \n ") == ()


# --- where an answer stands -------------------------------------------------------------------------------------------


def test_an_answer_is_found_as_whole_words_whatever_its_case() -> None:
    text = "Berg met Bergen's mayor. BERG, they say, is no iceberg."
    assert [text[a:b] for a, b in occurrences(text, ["berg"])] == ["Berg", "BERG"]


def test_the_longest_of_the_answers_is_found_and_marks_around_an_answer_do_not_count() -> None:
    text = "Anna Berg, the mayor, and Anna left."
    assert [text[a:b] for a, b in occurrences(text, ["Anna", "“Anna  Berg.”"])] == ["Anna Berg", "Anna"]


def test_an_answer_is_text_and_no_pattern() -> None:
    assert occurrences("It cost $3.50 (or so).", ["$3.50 (or so)"]) == ((8, 21),)
    assert occurrences("abc", ["a.c", ".*"]) == ()


def test_no_more_than_eight_places_are_given_and_none_for_no_answer() -> None:
    assert len(occurrences("Anna " * 20, ["Anna"])) == 8
    assert occurrences("Anna", []) == occurrences("Anna", ["", " ", "."]) == ()


@given(st.text("aAb .'\n", max_size=60), st.lists(st.text("aAb .'", max_size=5), max_size=3))
def test_every_place_holds_one_of_the_answers(text: str, answers: list[str]) -> None:
    wanted = {normalise_space(a).strip(" .'").lower() for a in answers} - {""}
    places = occurrences(text, answers)
    assert all(text[a:b].lower() in wanted for a, b in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))
