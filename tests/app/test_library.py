"""The archive as a list, and what questions are asked of: app/library.py, app/library_groups.py, app/web/scope.py."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.library import COLUMNS, Choice, Days, Reach, Row, look_through, render_rows_csv, rows_of, sort_rows, words_of
from app.library_groups import count_facet, count_folders, describe_group, group_rows, histogram
from app.notebook.file import NotebookFile
from app.scope import NOWHERE, within_words
from app.web import library
from app.web.scope import read_choice, read_reach, read_scope
from app.web.site import Site
from ingest.article import Article, PublicationDate, Span
from ingest.batch import Batch
from store import Filters, Store, open_store
from tests.conftest import FakeEncoder, batch_of, fake_build, prepare

TEXTS = {
    "a": "The ferry ran aground in fog.",
    "b": "The ferry ran aground in the fog.",
    "c": "Apples are dear this year.",
    "d": "Apples rot.",
}


def article(
    name: str, *sources: str, outlet: str | None = None, day: str | None = None, headline: str | None = None
) -> Article:
    published = PublicationDate(dt.date.fromisoformat(day) if day else None, "the first line")
    return Article(name, sources, headline, outlet, ("Ida Korn",), published, (Span(0, 3),), name, language="en")


ARTICLES = (
    article("a", "2019/wire/a.txt", outlet="Reuters", day="2019-03-01", headline="Ferry aground"),
    article("b", "2019/b.txt", "2020/b.txt", outlet="Wend Courier", day="2019-03-02", headline="ferry stuck"),
    article("c", "all.jsonl#2", outlet="Reuters", day="2020-07-09"),
    article("d", "all.jsonl#10", headline="=HYPERLINK(1)"),
)
ROWS = rows_of(ARTICLES, {"a": 3, "b": 1}, {"b": "a"}, (("c", "d"),))


def holding(word: str, begins: bool) -> frozenset[str]:
    def has(text: str) -> bool:
        words = text.lower().strip(".").split()
        return any(w.startswith(word.lower()) if begins else w == word.lower() for w in words)

    return frozenset(i for i, text in TEXTS.items() if has(text))


def ids(rows: object) -> str:
    assert isinstance(rows, list | tuple)
    return "".join(row.article_id for row in rows)


def shown(choice: Choice) -> str:
    return ids(look_through(ROWS, choice, holding).rows)


# --- the list -------------------------------------------------------------------------------------------------------


def test_a_row_tells_where_it_lies_and_how_many_files_carry_its_text() -> None:
    assert [row.folder for row in ROWS] == ["2019/wire", "2019", "all.jsonl", "all.jsonl"]
    assert [row.copies for row in ROWS] == [2, 2, 0, 0]
    assert ROWS[1].places == {"2019", "2020"}
    assert [row.passages for row in ROWS] == [3, 1, 0, 0]


def test_copies_and_versions_are_one_story() -> None:
    assert ROWS[0].story == ROWS[1].story
    assert ROWS[2].story == ROWS[3].story
    assert ROWS[0].story != ROWS[2].story
    assert ROWS[2].text != ROWS[3].text


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        (Choice(), "abcd"),
        (Choice(words="ferry"), "ab"),
        (Choice(words="reuters app"), "c"),
        (Choice(words="korn 2020/b"), "b"),
        (Choice(outlets=frozenset({"Reuters", ""})), "acd"),
        (Choice(folders=frozenset({"2019"})), "ab"),
        (Choice(folders=frozenset({"2020", "all.jsonl"})), "bcd"),
        (Choice(outlets=frozenset({"Reuters"}), folders=frozenset({"2019"})), "a"),
        (Choice(days=Days(dt.date(2019, 3, 2), dt.date(2020, 7, 9))), "bc"),
        (Choice(days=Days(dt.date(2020, 1, 1), None, undated=True)), "cd"),
        (Choice(days=Days(undated=True)), "d"),
        (Choice(languages=frozenset({"de"})), ""),
        (Choice(story="a"), "ab"),
    ],
)
def test_what_is_chosen_narrows_the_list(choice: Choice, left: str) -> None:
    assert shown(choice) == left


def test_only_the_last_word_may_be_half_typed_and_quoted_words_are_not() -> None:
    assert shown(Choice(words="appl")) == "cd"
    assert shown(Choice(words="appl dear")) == ""
    assert shown(Choice(words='"appl"')) == ""
    assert words_of('ferry "ran aground" fog') == ["ferry", "ran aground", "fog"]


def test_counts_of_a_menu_leave_out_what_is_chosen_in_that_menu_alone() -> None:
    looked = look_through(ROWS, Choice(outlets=frozenset({"Reuters"}), folders=frozenset({"2019"})), holding)
    outlets = count_facet(looked.without("outlets"), lambda r: r.article.outlet, {"Gone"}, 9)
    assert [(f.name, f.n) for f in outlets] == [("Reuters", 1), ("Wend Courier", 1), ("Gone", 0)]
    folders = count_folders(looked.without("folders"), {"2019"}, 9)
    assert [(f.name, f.n) for f in folders] == [("2019", 1), ("2019/wire", 1), ("all.jsonl", 1)]


@pytest.mark.parametrize(
    ("column", "up", "down"),
    [("headline", "dabc", "badc"), ("outlet", "acbd", "bacd"), ("date", "abcd", "cbad"),
     ("passages", "cdba", "abcd"),
     ("file", "badc", "cdab"), ("copies", "cdab", "abcd")],
)  # fmt: skip
def test_every_column_sorts_and_what_is_not_known_comes_last(column: str, up: str, down: str) -> None:
    assert ids(sort_rows(ROWS, column)) == up
    assert ids(sort_rows(ROWS, column, descending=True)) == down


def test_no_column_fails_on_an_article_of_which_little_is_known() -> None:
    bare = rows_of([article("x", "x.txt"), article("y", "y.txt")], {}, {})
    assert [ids(sort_rows(bare, column)) for column in COLUMNS] == ["xy"] * len(COLUMNS)


def test_the_list_as_a_file_holds_no_formula() -> None:
    lines = list(csv.DictReader(io.StringIO(render_rows_csv(ROWS))))
    assert [line["headline"] for line in lines] == ["Ferry aground", "ferry stuck", "", "'=HYPERLINK(1)"]
    assert lines[1]["other_files"] == "2020/b.txt"
    assert lines[3]["published"] == ""
    assert lines[3]["date_basis"] == "the first line"


# --- from afar ------------------------------------------------------------------------------------------------------


def dated(*days: str) -> tuple[Row, ...]:
    return rows_of([article(str(n), f"{n}.txt", day=day) for n, day in enumerate(days)], {}, {})


def test_bins_are_days_months_or_years_without_gaps() -> None:
    assert histogram(dated(), dated()) == ()
    two = histogram(dated("2020-02-28", "2020-03-01"), dated("2020-03-01"))
    assert [(b.first.isoformat(), b.shown, b.total) for b in two] == [
        ("2020-02-28", 0, 1), ("2020-02-29", 0, 0), ("2020-03-01", 1, 1),
    ]  # fmt: skip
    months = histogram(dated("2019-11-30", "2020-12-05"), ())
    assert (len(months), months[1].first, months[1].last) == (14, dt.date(2019, 12, 1), dt.date(2019, 12, 31))
    years = histogram(dated("1990-05-05", "2020-12-05"), ())
    assert (len(years), years[0].first, years[-1].last) == (31, dt.date(1990, 1, 1), dt.date(2020, 12, 5))
    assert len(histogram(dated("0001-05-05", "2020-12-05"), ())) <= 120


def test_every_dated_article_is_in_one_bin() -> None:
    rows = dated("0001-01-01", "1066-10-14", "1899-12-31", "2020-12-05")
    assert sum(b.total for b in histogram(rows, rows)) == 4


def test_stories_come_with_their_files_outlets_and_days() -> None:
    (key, rows), *_ = group_rows(ROWS, "story")
    group = describe_group(key, rows, "story", frozenset("b"))
    assert (group.name, group.files, group.texts, group.asked) == ("Ferry aground", 3, 1, 1)
    assert group.outlets == ("Reuters", "Wend Courier")
    assert (group.first, group.last) == (dt.date(2019, 3, 1), dt.date(2019, 3, 2))


def test_folders_are_a_tree() -> None:
    assert [key for key, _ in group_rows(ROWS, "folder")] == ["2019", "2020", "all.jsonl"]
    assert [(key, ids(rows)) for key, rows in group_rows(ROWS, "folder", parent="2019")] == [("2019/wire", "a")]


# --- what questions are asked of ------------------------------------------------------------------------------------


def reached(sent: object) -> str:
    return ids(read_reach(sent).within(ROWS, holding))


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ({}, "abcd"),
        ({"sources": ["2020/b.txt"]}, "b"),
        ({"sources": ["2020/b.txt"], "outlets": ["Reuters"]}, "abc"),
        ({"folders": ["2019"], "without": ["2019/wire/a.txt"]}, "b"),
        ({"without": ["2019/b.txt"]}, "acd"),
        ({"outlets": [""]}, "d"),
        ({"lists": [{"words": "ferry", "outlets": ["Reuters"]}, {"words": "rot"}]}, "ad"),
        ({"outlets": ["Reuters"], "from": "2020-01-01"}, "c"),
        ({"undated": True}, "d"),
        ({"from": "2020-01-01", "undated": True}, "cd"),
        ({"sources": ["gone.txt"]}, ""),
    ],
)
def test_what_was_picked_adds_up_and_days_narrow_it(sent: object, left: str) -> None:
    assert reached(sent) == left


@pytest.mark.parametrize(
    "sent",
    [None, 7, "x", [], {"sources": "a"}, {"sources": [1, None, ""]}, {"lists": [3, {"words": 4, "outlets": 5}, {}]},
     {"from": "yesterday", "to": {}}, {"undated": "yes"}, {"folders": {"a": 1}}],
)  # fmt: skip
def test_nonsense_from_the_page_narrows_nothing(sent: object) -> None:
    assert read_reach(sent) == Reach()
    assert read_scope(sent, AskOptions()) == AskOptions()
    assert read_choice(sent) in (Choice(), Choice(words="x"))


def test_days_the_wrong_way_round_are_turned() -> None:
    filters = read_scope({"from": "2021-01-01", "to": "2020-01-01"}, AskOptions()).filters
    assert filters == Filters(dt.date(2020, 1, 1), dt.date(2021, 1, 1), undated=False)


class Listed:
    """The articles above, read as a Store is."""

    generation = 1

    def articles(self) -> tuple[Article, ...]:
        return ARTICLES

    def passage_counts(self) -> dict[str, int]:
        return {"a": 3}

    def stories(self, article_ids: object) -> dict[str, str]:
        return {"b": "a"}

    def version_pairs(self) -> tuple[tuple[str, str], ...]:
        return ()

    def holding(self, word: str, *, begins: bool = False) -> frozenset[str]:
        return holding(word, begins)

    def source_text(self, source: str) -> str:
        raise NotImplementedError

    def article(self, source: str) -> Article:
        raise NotImplementedError

    def copies(self, article_id: str) -> tuple[str, ...]:
        return ()

    def versions(self, article_id: str) -> tuple[Article, ...]:
        return ()


def sources_of(sent: object) -> tuple[str, ...]:
    filters = read_scope(sent, AskOptions(), Listed()).filters
    assert filters is not None
    return filters.sources


def test_folders_and_files_stay_what_they_are_for_a_question() -> None:
    assert sources_of({"folders": ["2019/"], "sources": ["a.txt"]}) == ("2019/", "a.txt")


def test_outlets_and_words_become_the_files_that_they_mean() -> None:
    assert sources_of({"outlets": ["Reuters"]}) == ("2019/wire/a.txt", "all.jsonl#2")
    assert sources_of({"lists": [{"words": "ferry"}]}) == ("2019/wire/a.txt", "2019/b.txt", "2020/b.txt")


def test_a_scope_without_articles_is_never_widened() -> None:
    filters = Filters(sources=sources_of({"outlets": ["Gone"]}))
    assert filters.sources
    assert not any(filters.admits(a) for a in ARTICLES)


# --- with a store ---------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(write: Callable[[Batch], Path]) -> Iterator[Store]:
    path = write(
        batch_of(
            prepare(TEXTS["a"], source="2019/a.txt", outlet="Reuters", day=dt.date(2019, 3, 1)),
            prepare(TEXTS["c"], source="2020/c.txt", outlet="Courier", headline="Orchards"),
        )
    )
    with open_store(path, encoder=FakeEncoder(), build=fake_build()) as store:
        yield store


def test_a_word_is_found_in_any_inflection_or_half_typed(stored: Store) -> None:
    def found(word: str, *, begins: bool = False) -> list[str]:
        held = stored.holding(word, begins=begins)
        return [a.source for a in stored.articles() if a.article_id in held]

    assert found("apple") == ["2020/c.txt"]
    assert found("orchard") == ["2020/c.txt"]
    assert found("agrou") == []
    assert found("agrou", begins=True) == ["2019/a.txt"]
    assert found("ran aground") == ["2019/a.txt"]
    assert found("aground ran") == []
    assert found("!?*.[", begins=True) == []


def test_what_lies_nowhere_is_named(stored: Store) -> None:
    assert stored.nothing_at(["2019", "2019/", "2019/a.txt", "2018", "2019/b.txt"]) == ("2018", "2019/b.txt")


def test_thousands_of_sources_admit_what_they_name() -> None:
    many = Filters(sources=("2019/", "all.jsonl", *(f"{n}.txt" for n in range(3_000))))
    few = replace(many, sources=many.sources[:2])
    for sources in (("2019/a/b.txt",), ("all.jsonl#7",), ("2020/a.txt",), ("7.txt",), ("x/7.txt",), ("all.jsonl.txt",)):
        assert many.admits_from(sources, None) == (few.admits_from(sources, None) or sources == ("7.txt",))


# --- routes ---------------------------------------------------------------------------------------------------------


def no_answer(question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
    yield from ()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    site = Site(no_answer, Listed(), NotebookFile(tmp_path / "notebook.sqlite"))
    app = FastAPI()
    app.include_router(library.routes(site))
    with TestClient(app) as client:
        yield client


def test_the_list_comes_with_what_there_is_to_choose_from(client: TestClient) -> None:
    told = client.post("/page/library", json={"choice": {"words": "ferry"}, "sort": "date", "descending": True}).json()
    assert [row["source"] for row in told["rows"]] == ["2019/b.txt", "2019/wire/a.txt"]
    assert (told["total"], told["matches"], told["matching_stories"]) == (4, 2, 1)
    assert told["outlets"] == [["Reuters", 1], ["Wend Courier", 1]]
    assert told["undated"] == {"shown": 0, "total": 1}


def test_a_page_beyond_the_last_is_the_last(client: TestClient) -> None:
    told = client.post("/page/library", json={"page": 99, "size": 3}).json()
    assert (told["page"], told["pages"], len(told["rows"])) == (2, 2, 1)


def test_rows_and_groups_say_whether_they_are_asked(client: TestClient) -> None:
    sent = {"scope": {"outlets": ["Reuters"]}, "group": "outlet"}
    told = client.post("/page/library", json=sent).json()
    groups = [(g["name"], g["asked"], g["articles"]) for g in told["groups"]]
    assert groups == [("Reuters", 2, 2), ("Wend Courier", 0, 1), ("", 0, 1)]
    assert told["asked"] == 2


def test_a_folder_shows_what_lies_right_in_it(client: TestClient) -> None:
    told = client.post(
        "/page/library", json={"group": "folder", "parent": "2019", "choice": {"folders": ["2019"]}}
    ).json()
    assert [g["key"] for g in told["groups"]] == ["2019/wire"]
    assert [row["source"] for row in told["rows"]] == ["2019/b.txt"]


def test_the_scope_is_told_with_what_is_gone(client: TestClient) -> None:
    told = client.post("/page/library/scope", json={"scope": {"sources": ["2020/b.txt", "gone.txt"]}}).json()
    assert told == {"asked": 1, "of": 4, "gone": ["gone.txt"]}


def test_the_file_holds_all_that_is_shown(client: TestClient) -> None:
    reply = client.post("/page/library/csv", json={"choice": {"outlets": ["Reuters"]}, "sort": "file"})
    assert reply.headers["content-type"].startswith("text/csv")
    assert [line["source"] for line in csv.DictReader(io.StringIO(reply.text))] == ["2019/wire/a.txt", "all.jsonl#2"]


def test_a_made_up_request_does_no_harm(client: TestClient) -> None:
    sent = {"page": "x", "size": -1, "sort": "__class__", "group": ["story"], "choice": 3, "scope": [], "parent": 7}
    assert client.post("/page/library", json=sent).status_code == 200


# --- what an answer says of it --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(), ""),
        (Filters(sources=("2019/",)), "2019/"),
        (Filters(sources=("a", "b", "c")), "3 chosen files or folders"),
        (Filters(sources=(NOWHERE,)), "no article"),
        (Filters(dt.date(2020, 1, 1), dt.date(2020, 2, 1)), "published from 2020-01-01 to 2020-02-01, or undated"),
        (Filters(dt.date(2020, 1, 1), undated=False, sources=("a",)), "a, published from 2020-01-01"),
    ],
)
def test_what_was_asked_for_besides_is_told_in_words(filters: Filters, words: str) -> None:
    assert within_words(filters) == words
