"""A news quiz as it lies in a folder: what is read, what is refused by which line, which list is cut from it."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.newsquiz import QuizArticle, QuizQuestion, choose, load_articles, load_questions
from ingest.errors import GoldError, UsageError

ROW = {
    "id": "q1",
    "date": "2021-03-05",
    "question": "Where did the ferry run aground?",
    "choices": ["Port Hallow", "Venn"],
    "answers": ["Port Hallow"],
    "urls": ["https://hallow.example/ferry"],
}


def write_questions(folder: Path, *lines: object, year: int = 2021) -> Path:
    """A file of questions: rows as JSON, texts as they are."""
    folder.mkdir(exist_ok=True)
    path = folder / f"questions-{year}.jsonl"
    path.write_text("".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in lines), encoding="utf-8")
    return path


def question(id: str = "q", *, day: int = 1, urls: Sequence[str] = (), **said: str) -> QuizQuestion:
    answers = (said.get("answer", "Port Hallow"),)
    return QuizQuestion(id, dt.date(2021, 3, day), said.get("asked", "Where?"), (), answers, tuple(urls))


def articles_at(*urls: str) -> tuple[QuizArticle, ...]:
    return tuple(QuizArticle(url, "articles-2021.jsonl", line, url) for line, url in enumerate(urls, start=1))


# --- questions ----------------------------------------------------------------------------------------------


def test_a_question_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_questions(tmp_path, ROW)
    assert load_questions(tmp_path, [2021]) == (
        QuizQuestion(
            "q1",
            dt.date(2021, 3, 5),
            "Where did the ferry run aground?",
            ("Port Hallow", "Venn"),
            ("Port Hallow",),
            ("https://hallow.example/ferry",),
        ),
    )


def test_questions_come_in_the_order_of_the_years_asked_for(tmp_path: Path) -> None:
    write_questions(tmp_path, ROW | {"id": "old"}, year=2020)
    write_questions(tmp_path, ROW | {"id": "a"}, ROW | {"id": "b"})
    assert [q.id for q in load_questions(tmp_path, [2021, 2020])] == ["a", "b", "old"]


def test_questions_may_be_compressed_and_blank_lines_are_counted_and_passed_over(tmp_path: Path) -> None:
    lines = ["", json.dumps(ROW), "   ", json.dumps(ROW)]
    (tmp_path / "questions-2021.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    assert [q.id for q in load_questions(tmp_path, [2021])] == ["q1", "q1:4"]


def test_an_id_that_comes_again_gets_the_number_of_its_line(tmp_path: Path) -> None:
    write_questions(tmp_path, ROW, ROW, ROW)
    assert [q.id for q in load_questions(tmp_path, [2021])] == ["q1", "q1:2", "q1:3"]


def test_no_two_questions_share_an_id_however_often_it_comes(tmp_path: Path) -> None:
    for year in (2019, 2020, 2021):
        write_questions(tmp_path, ROW, year=year)
    write_questions(tmp_path, ROW | {"id": "q1:2"}, ROW, year=2022)
    ids = [q.id for q in load_questions(tmp_path, [2019, 2020, 2021, 2022])]
    assert len(set(ids)) == len(ids)


def test_a_wording_that_comes_twice_is_one_answer(tmp_path: Path) -> None:
    write_questions(tmp_path, ROW | {"answers": ["Venn", "Venn", "the Venn valley"]})
    assert load_questions(tmp_path, [2021])[0].answers == ("Venn", "the Venn valley")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "invalid JSON"),
        ('{"id": "q1"', "invalid JSON"),
        ("[" * 100_000, "invalid JSON"),
        ("[]", "a line is one JSON object"),
        ('"where?"', "a line is one JSON object"),
        (ROW | {"id": 7}, "id holds text, not 7"),
        (ROW | {"id": " "}, "id holds text"),
        (ROW | {"question": None}, "question holds text, not None"),
        (ROW | {"choices": "Venn"}, "choices is a list of texts, not 'Venn'"),
        (ROW | {"choices": ["Venn", 3]}, "choices is a list of texts"),
        (ROW | {"urls": None}, "urls is a list of texts"),
        (ROW | {"answers": "Venn"}, "answers is a list of texts"),
        (ROW | {"date": 20210305}, "date holds text, not 20210305"),
        (ROW | {"date": "5 March"}, "date is a day such as 2024-01-05, not '5 March'"),
        (ROW | {"date": "2021-02-30"}, "date is a day such as 2024-01-05, not '2021-02-30'"),
        (ROW | {"answers": []}, "answers holds at least one wording with a word in it"),
        (ROW | {"answers": ["", "?!", "the"]}, "answers holds at least one wording with a word in it"),
        ({k: v for k, v in ROW.items() if k != "urls"}, "urls is a list of texts, not None"),
    ],
)
def test_a_malformed_question_is_named_by_file_and_line(tmp_path: Path, line: object, says: str) -> None:
    path = write_questions(tmp_path, ROW, "", line)
    with pytest.raises(GoldError) as raised:
        load_questions(tmp_path, [2021])
    assert str(raised.value).startswith(f"{path}:3: {says}")


def test_bytes_that_are_no_text_are_invalid_json_of_their_line(tmp_path: Path) -> None:
    path = write_questions(tmp_path, ROW)
    path.write_bytes(path.read_bytes() + b'{"id": "\xff"}\n')
    with pytest.raises(GoldError, match=r"questions-2021\.jsonl:2: invalid JSON"):
        load_questions(tmp_path, [2021])


def test_a_file_without_questions_is_an_error(tmp_path: Path) -> None:
    write_questions(tmp_path, "", " ")
    with pytest.raises(GoldError, match="no questions in it"):
        load_questions(tmp_path, [2021])


# --- the folder ---------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no folder of questions and articles at .*/quiz"):
        load_questions(tmp_path / "quiz", [2021])
    with pytest.raises(UsageError, match=r"no folder of questions and articles at .*/quiz"):
        load_articles(tmp_path / "quiz", [2021])


def test_a_year_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    write_questions(tmp_path, ROW, year=2020)
    (tmp_path / "questions-2019.jsonl.gz").write_bytes(gzip.compress(b"{}"))
    (tmp_path / "articles-2021.jsonl").touch()
    with pytest.raises(UsageError, match=r"has no questions-2021\.jsonl or \.jsonl\.gz; it has 2019, 2020$"):
        load_questions(tmp_path, [2020, 2021])


def test_a_folder_without_any_year_is_said_to_hold_nothing_of_that_form(tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").touch()
    with pytest.raises(UsageError, match="it holds no file of that form"):
        load_questions(tmp_path, [2021])


@pytest.mark.parametrize("damage", ["cut off", "no archive", "overwritten"])
def test_a_damaged_archive_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "articles-2021.jsonl.gz"
    whole = gzip.compress(b'{"url": "u"}\n' * 100)
    overwritten = whole[:10] + b"\x07" * 40  # after the header, a block of a type that there is not
    path.write_bytes({"cut off": whole[:-9], "no archive": b"plain text", "overwritten": overwritten}[damage])
    with pytest.raises(UsageError, match=r"reading .*articles-2021\.jsonl\.gz"):
        load_articles(tmp_path, [2021])


# --- articles -----------------------------------------------------------------------------------------------

ARTICLE_LINES = [
    json.dumps({"url": "https://hallow.example/ferry", "text": "The ferry ran aground."}),
    "",
    "{ broken",
    json.dumps({"text": "An article without an address."}),
    json.dumps({"url": None, "text": "And another."}),
    json.dumps(["https://hallow.example/list"]),
    "[" * 100_000,
    json.dumps({"url": "https://hallow.example/ferry", "text": "The ferry ran aground again."}),
    json.dumps({"url": "https://hallow.example/market", "text": "The market closes."}),
]


@pytest.mark.parametrize("name", ["articles-2021.jsonl", "articles-2021.jsonl.gz"])
def test_articles_are_those_with_an_address_each_at_its_line(tmp_path: Path, name: str) -> None:
    written = "\r\n".join(ARTICLE_LINES).encode()
    (tmp_path / name).write_bytes(gzip.compress(written) if name.endswith(".gz") else written)
    found = load_articles(tmp_path, [2021])
    assert [(a.url, a.source) for a in found] == [
        ("https://hallow.example/ferry", f"{name}#1"),
        ("https://hallow.example/market", f"{name}#9"),
    ]


def test_the_digest_of_an_article_is_of_its_line_alone(tmp_path: Path) -> None:
    (tmp_path / "articles-2021.jsonl").write_bytes("\r\n".join(ARTICLE_LINES).encode())
    first, _ = load_articles(tmp_path, [2021])
    assert first.digest == hashlib.sha256(ARTICLE_LINES[0].encode()).hexdigest()


def test_an_address_of_two_years_counts_in_the_first(tmp_path: Path) -> None:
    for year in (2020, 2021):
        (tmp_path / f"articles-{year}.jsonl").write_text('{"url": "u", "text": "t"}\n')
    assert [a.source for a in load_articles(tmp_path, [2021, 2020])] == ["articles-2021.jsonl#1"]


def test_the_compressed_file_is_read_where_both_are_there(tmp_path: Path) -> None:
    (tmp_path / "articles-2021.jsonl").write_text('{"url": "plain"}\n')
    (tmp_path / "articles-2021.jsonl.gz").write_bytes(gzip.compress(b'{"url": "packed"}\n'))
    assert [a.url for a in load_articles(tmp_path, [2021])] == ["packed"]


# --- what only somebody who sees the choices can answer -----------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        "Which of the following towns has a ferry?",
        "Which of these towns has a ferry?",
        "Which one of the mayor's rivals stood down?",
        "Who was at the vote? Any of these.",
        "Everybody attended, except whom?",
        "Who did NOT attend the vote?",
        "True or false: the ferry sank.",
    ],
)
def test_a_question_that_points_at_its_choices_needs_them(asked: str) -> None:
    assert question(asked=asked).needs_choices


@pytest.mark.parametrize(
    "answer", ["True", "false.", "Yes", "No", "All of the above", "None of these", "Both of them", "Both", "Neither"]
)
def test_an_answer_that_points_at_the_choices_needs_them(answer: str) -> None:
    assert question(answer=answer).needs_choices


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Who did not attend the vote?", "Jon Lunde"),
        ("Which town has a ferry?", "Port Hallow"),
        ("Which mayor of Port Hallow resigned?", "All Saints' mayor"),
        ("What is the tallest of the towers called?", "None Such Tower"),
        ("Which party won?", "Yes for Hallow"),
        ("Who found it exceptional?", "Nobody"),
    ],
)
def test_a_question_that_can_be_answered_alone_does_not_need_them(asked: str, answer: str) -> None:
    assert not question(asked=asked, answer=answer).needs_choices


# --- the list that is measured on ---------------------------------------------------------------------------


def test_all_questions_and_articles_are_kept_where_no_number_is_named() -> None:
    asked, there = (question("a", urls=["u1"]), question("b", urls=[])), articles_at("u1", "u2", "u3")
    assert choose(asked, there, None) == (asked, there)
    assert choose(asked, there, 3) == (asked, there)
    assert choose(asked, there, 9) == (asked, there)


def days_in_their_order(*days: int) -> list[int]:
    """Days of March 2021 as they are taken: by the digest of their name."""
    return sorted(days, key=lambda day: hashlib.sha256(f"2021-03-{day:02d}".encode()).hexdigest())


def test_questions_of_the_day_at_which_the_list_ends_are_left_out() -> None:
    first, second = days_in_their_order(1, 2)
    early = question("early", day=first, urls=["u3", "u1"])
    late = question("late", day=second, urls=["u2", "u4"])
    asked, kept = choose([late, early], articles_at("u1", "u2", "u3", "u4", "u5"), 3)
    assert asked == (early,)
    assert [article.url for article in kept] == ["u1", "u2", "u3"]  # in the order of the file, one of the late day


def test_a_day_whose_articles_are_all_there_already_is_asked_too() -> None:
    first, second, third = days_in_their_order(1, 2, 3)
    one, two = question("one", day=first, urls=["u1"]), question("two", day=second, urls=["u1", "elsewhere"])
    three = question("three", day=third, urls=["u2"])
    asked, kept = choose([one, two, three], articles_at("u1", "u2"), 1)
    assert asked == (one, two)
    assert [article.url for article in kept] == ["u1"]


def test_articles_of_no_question_are_not_on_the_list() -> None:
    asked, kept = choose([question("a", urls=["u2"])], articles_at("u1", "u2", "u3"), 2)
    assert len(asked) == 1
    assert [article.url for article in kept] == ["u2"]


URLS = tuple(f"u{i}" for i in range(10))
QUESTIONS = st.lists(
    st.tuples(st.integers(1, 6), st.lists(st.sampled_from((*URLS, "not there")), max_size=4)), max_size=8
).map(lambda rows: [question(f"q{i}", day=day, urls=urls) for i, (day, urls) in enumerate(rows)])


@given(QUESTIONS, st.integers(0, 12), st.integers(0, 10))
def test_a_list_is_as_long_as_it_can_be_and_holds_all_that_its_questions_need(
    questions: list[QuizQuestion], n: int, n_articles: int
) -> None:
    there = articles_at(*URLS[:n_articles])
    addresses = {article.url for article in there}
    listed = {url for q in questions for url in q.urls} & addresses
    asked, kept = choose(questions, there, n)
    assert len(kept) == (len(there) if n >= len(there) else min(n, len(listed)))
    assert list(kept) == [article for article in there if article in kept]
    assert all(url in {article.url for article in kept} for q in asked for url in q.urls if url in addresses)
    assert list(asked) == [q for q in questions if q in asked]


@given(QUESTIONS.flatmap(lambda qs: st.tuples(st.just(qs), st.permutations(qs))), st.integers(0, 9))
def test_the_questions_of_a_list_do_not_depend_on_their_order_in_the_file(
    orders: tuple[list[QuizQuestion], list[QuizQuestion]], n: int
) -> None:
    there = articles_at(*URLS)
    (asked, kept), (again, kept_again) = (choose(order, there, n) for order in orders)
    needed = {url for q in asked for url in q.urls}
    assert {q.id for q in asked} == {q.id for q in again}
    assert needed & {a.url for a in kept} == needed & {a.url for a in kept_again}
    assert len(kept) == len(kept_again)


@given(QUESTIONS, st.integers(0, 9))
def test_a_longer_list_holds_the_questions_of_a_shorter_one(questions: list[QuizQuestion], n: int) -> None:
    there = articles_at(*URLS)
    assert set(choose(questions, there, n)[0]) <= set(choose(questions, there, n + 1)[0])
