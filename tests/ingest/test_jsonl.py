"""Containers: a line is an article, under `file#LINE`; what changes in a file changes only what it has to."""

from __future__ import annotations

import gzip
import json
import tempfile
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.article import Article, PublicationDate, Span, container_of, digest_bytes, source_order
from ingest.batch import FileState, FileToIngest, PreparedArticle, Progress, Report, SetAside
from ingest.body import select_body
from ingest.containers import read_members
from ingest.errors import ReadError
from ingest.job import ingest
from ingest.metadata import Metadata, find_metadata
from ingest.pipeline import run_batch
from ingest.records import read_record
from store import Filters, open_sink, open_store
from tests.conftest import FakeEncoder, fake_build
from tests.ingest.test_job import DictSink, reasons

FERRY = (
    "The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard, police said.\n\n"
    "Nobody was hurt, and all passengers of the ferry were brought ashore by the next morning, it said in a statement."
)


class LinePreparation:
    """Makes an article of a line's text, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, files: Sequence[FileToIngest]) -> list[PreparedArticle | SetAside]:
        self.asked += [file.source for file in files]
        return [self._one(file) for file in files]

    def _one(self, file: FileToIngest) -> PreparedArticle | SetAside:
        data = Path(file.path).read_bytes() if file.content is None else file.content
        digest = digest_bytes(data)
        assert file.content is None or digest == file.digest
        try:
            text = read_record(data).text if file.reader == "record" else data.decode()
        except ReadError as error:
            return SetAside(file.path, file.source, str(error), digest)
        span = (Span(0, len(text)),)
        article = Article(digest, (file.source,), None, None, (), PublicationDate(None, "none in it"), span, "f")
        return PreparedArticle(article, text, "utf-8", span, np.ones((1, 1), np.float32))


def line(text: str, **fields: object) -> bytes:
    return json.dumps({"text": text, **fields}).encode()


def packed(path: Path, *lines: bytes) -> Path:
    """A container at `path` of those lines, compressed if its name says so."""
    data = b"\n".join(lines) + b"\n" * bool(lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def articles(*names: str) -> list[bytes]:
    return [line(name) for name in names]


def run(*paths: Path, sink: DictSink, prune: bool = False, batch_size: int = 64) -> Report:
    return ingest(paths, sink, prune=prune, batch_size=batch_size, prepare=LinePreparation())


def asked(*paths: Path, sink: DictSink, batch_size: int = 64) -> list[str]:
    """What a run prepares."""
    preparation = LinePreparation()
    ingest(paths, sink, batch_size=batch_size, prepare=preparation)
    return preparation.asked


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """A container of three articles, alone in its folder."""
    return packed(tmp_path / "news" / "wire.jsonl.gz", *articles("Alpha.", "Beta.", "Gamma."))


# --- a first run ------------------------------------------------------------------------------------------


def test_every_line_is_an_article_under_the_name_of_the_file_and_its_number(news: Path) -> None:
    sink = DictSink()
    report = run(news.parent, sink=sink)
    assert sink.texts() == {"wire.jsonl.gz#1": "Alpha.", "wire.jsonl.gz#2": "Beta.", "wire.jsonl.gz#3": "Gamma."}
    assert (report.found, report.articles, report.set_aside) == (3, 3, ())


def test_the_container_itself_is_no_article_and_has_no_state(news: Path) -> None:
    sink = DictSink()
    run(news.parent, sink=sink)
    assert list(sink.states) == [f"{news}#{number}" for number in (1, 2, 3)]
    state = sink.states[f"{news}#2"]
    assert (state.root, state.size, state.digest) == (str(news.parent), 17, digest_bytes(line("Beta.")))
    assert state.mtime_ns == news.stat().st_mtime_ns


def test_an_uncompressed_container_with_a_byte_order_mark_is_read_alike(tmp_path: Path, news: Path) -> None:
    packed(news.parent / "wire.jsonl", b"\xef\xbb\xbf" + line("Alpha."), b"", line("Beta.") + b" \r")
    sink = DictSink()
    report = run(news.parent, sink=sink)
    assert report.copies == 2
    assert sink.texts()["wire.jsonl#3"] == "Beta."
    assert "wire.jsonl#2" not in sink.texts()


def test_a_last_line_without_a_newline_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(line("Alpha.") + b"\n" + line("Beta."))
    sink = DictSink()
    run(tmp_path, sink=sink)
    assert sink.texts() == {"a.jsonl#1": "Alpha.", "a.jsonl#2": "Beta."}


def test_two_equal_lines_are_one_article_with_two_sources(tmp_path: Path) -> None:
    packed(tmp_path / "a.jsonl", *articles("Alpha.", "Beta.", "Alpha."))
    sink = DictSink()
    report = run(tmp_path, sink=sink, batch_size=1)
    assert (report.articles, report.copies, len(sink.articles)) == (2, 1, 2)


def test_lines_are_prepared_in_their_order(tmp_path: Path) -> None:
    packed(tmp_path / "a.jsonl", *articles(*(f"Number {n}." for n in range(1, 13))))
    assert asked(tmp_path, sink=DictSink()) == [f"a.jsonl#{n}" for n in range(1, 13)]


def test_a_batch_ends_when_its_lines_hold_enough_bytes(tmp_path: Path) -> None:
    packed(tmp_path / "a.jsonl", *articles("A" * 5_000_000, "B" * 5_000_000, "C" * 5_000_000))
    sink = DictSink()
    run(tmp_path, sink=sink)
    assert [len(batch.files) for batch in sink.batches] == [2, 1]


def test_progress_grows_as_containers_are_opened_and_never_passes_the_total(tmp_path: Path) -> None:
    packed(tmp_path / "a.jsonl", *articles("Alpha.", "Beta."))
    (tmp_path / "b.txt").write_text("A text.")
    packed(tmp_path / "c.jsonl", b"[]", *articles("Gamma.", "Delta.", "Alpha."))
    seen: list[Progress] = []
    report = ingest([tmp_path], DictSink(), batch_size=2, progress=seen.append, prepare=LinePreparation())
    assert [(step.done, step.total) for step in seen][-1] == (7, 7)
    assert all(step.done <= step.total for step in seen)
    assert [step.total for step in seen] == sorted(step.total for step in seen)
    assert report.found == 7


# --- again ------------------------------------------------------------------------------------------------


def test_a_second_run_prepares_nothing_and_commits_nothing(news: Path) -> None:
    sink = DictSink()
    run(news.parent, sink=sink)
    assert asked(news.parent, sink=sink) == []
    assert (run(news.parent, sink=sink).unchanged, len(sink.batches)) == (3, 1)


def test_only_an_appended_line_is_new(news: Path) -> None:
    sink = DictSink()
    run(news.parent, sink=sink)
    packed(news, *articles("Alpha.", "Beta.", "Gamma.", "Delta."))
    assert asked(news.parent, sink=sink) == ["wire.jsonl.gz#4"]
    assert sink.texts()["wire.jsonl.gz#4"] == "Delta."


def test_an_edited_line_is_replaced(news: Path) -> None:
    sink = DictSink()
    run(news.parent, sink=sink)
    packed(news, *articles("Alpha.", "Bet.", "Gamma."))
    report = run(news.parent, sink=sink)
    assert (report.replaced, report.articles, report.unchanged, report.removed) == (1, 1, 2, 0)
    assert sink.texts()["wire.jsonl.gz#2"] == "Bet."


@pytest.mark.parametrize("batch_size", [1, 64])
def test_after_a_line_is_taken_out_the_others_move_up_and_nothing_is_prepared(news: Path, batch_size: int) -> None:
    sink = DictSink()
    run(news.parent, sink=sink)
    packed(news, *articles("Beta.", "Gamma."))
    report = run(news.parent, sink=sink, batch_size=batch_size)
    assert sink.texts() == {"wire.jsonl.gz#1": "Beta.", "wire.jsonl.gz#2": "Gamma."}
    assert (report.unchanged, report.removed, report.replaced, report.copies) == (2, 1, 0, 0)
    assert len(sink.articles) == 2


@pytest.mark.parametrize("batch_size", [1, 2, 64])
def test_after_lines_are_put_on_top_only_they_are_prepared(tmp_path: Path, batch_size: int) -> None:
    old = articles(*(f"Number {n}." for n in range(9)))
    sink = DictSink()
    run(packed(tmp_path / "a.jsonl", *old).parent, sink=sink)
    packed(tmp_path / "a.jsonl", *articles("New.", "Newer."), *old)
    assert asked(tmp_path, sink=sink, batch_size=batch_size) == ["a.jsonl#1", "a.jsonl#2"]
    assert (len(sink.articles), sink.texts()["a.jsonl#11"]) == (11, "Number 8.")


def test_a_new_copy_of_a_line_in_another_container_is_not_prepared(news: Path) -> None:
    sink = DictSink()
    run(news.parent, sink=sink)
    packed(news.parent / "x.jsonl", *articles("Gamma."))
    preparation = LinePreparation()
    assert ingest([news.parent], sink, prepare=preparation).copies == 1
    assert preparation.asked == []


def test_a_line_that_became_blank_leaves_the_index(news: Path) -> None:
    sink = DictSink()
    run(news.parent, sink=sink)
    packed(news, line("Alpha."), b"   ", line("Gamma."))
    assert (run(news.parent, sink=sink).removed, sorted(sink.texts())) == (1, ["wire.jsonl.gz#1", "wire.jsonl.gz#3"])


def test_a_container_that_is_gone_is_named_once_and_stays_until_it_is_pruned(news: Path) -> None:
    sink = DictSink()
    run(news.parent, sink=sink)
    news.unlink()
    assert (run(news.parent, sink=sink).gone, len(sink.articles)) == (("wire.jsonl.gz",), 3)
    assert (run(news.parent, sink=sink, prune=True).removed, sink.states) == (3, {})


def test_a_container_that_is_gone_is_pruned_by_its_name(news: Path) -> None:
    sink = DictSink()
    run(news.parent, sink=sink)
    news.unlink()
    assert run(news, sink=sink, prune=True).removed == 3


def test_a_container_passed_by_name_keeps_its_sources_when_its_folder_is_ingested(news: Path) -> None:
    (news.parent / ".datelineignore").write_text("*.gz\n")
    sink = DictSink()
    run(news, sink=sink)
    report = run(news.parent, sink=sink, prune=True)
    assert (report.unchanged, report.removed, len(sink.batches)) == (3, 0, 1)


def test_containers_of_one_name_in_two_folders_have_two_sources(tmp_path: Path) -> None:
    for name in ("one", "two"):
        packed(tmp_path / name / "a.jsonl", line(f"In {name}."), line(f"Also in {name}."))
    sink = DictSink()
    run(tmp_path / "one", tmp_path / "two", sink=sink)
    again = run(tmp_path / "two", tmp_path / "one", sink=sink)
    assert sorted(sink.texts()) == ["a.jsonl#1", "a.jsonl#2", "two/a.jsonl#1", "two/a.jsonl#2"]
    assert (again.unchanged, len(sink.batches)) == (4, 1)


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    packed(tmp_path / "a.jsonl", *articles("Alpha.", "Beta.", "Gamma."))

    def interrupting(files: Sequence[FileToIngest]) -> list[PreparedArticle | SetAside]:
        if files[0].source == "a.jsonl#2":
            raise KeyboardInterrupt
        return LinePreparation()(files)

    sink = DictSink()
    with pytest.raises(KeyboardInterrupt):
        ingest([tmp_path], sink, batch_size=1, prepare=interrupting)
    assert asked(tmp_path, sink=sink) == ["a.jsonl#2", "a.jsonl#3"]


def test_a_file_that_was_read_as_one_text_before_becomes_a_container(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.jsonl", *articles("Alpha."))
    sink = DictSink()
    whole = FileToIngest(str(path), str(tmp_path), "a.jsonl", 1, 1, digest_bytes(path.read_bytes()))
    [prepared] = LinePreparation()([whole])
    assert isinstance(prepared, PreparedArticle)
    sink.articles[whole.digest] = prepared
    sink.states[whole.path] = FileState(
        whole.path, whole.root, whole.source, 1, 1, whole.digest, reason=None, article_id=whole.digest
    )
    run(tmp_path, sink=sink)
    assert sink.texts() == {"a.jsonl#1": "Alpha."}


# --- what is set aside ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"text": "cut o', "not valid JSON"),
        (b'["text"]', "not an object"),
        (b"7", "not an object"),
        (b'{"title": "No text"}', 'has no text; put the article\'s words in its field "text" or "body" or "content"'),
        (b'{"text": 7}', "has no text"),
        (b'{"text": " \\n"}', "text is empty"),
        (b'{"text": "caf\xe9"}', "not valid UTF-8"),
        (b'{"text": "A ferry \\ud83d ran aground."}', "half a character"),
        (b'{"text": "A ferry \\u0000 ran aground."}', "binary"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_line_is_set_aside_by_its_name_and_the_rest_goes_on(tmp_path: Path, bad: bytes, reason: str) -> None:
    packed(tmp_path / "a.jsonl.gz", line("Alpha."), bad, line("Gamma."))
    sink = DictSink()
    told = reasons(run(tmp_path, sink=sink))
    assert list(told) == ["a.jsonl.gz#2"]
    assert reason in told["a.jsonl.gz#2"]
    assert sorted(sink.texts()) == ["a.jsonl.gz#1", "a.jsonl.gz#3"]
    assert (reasons(run(tmp_path, sink=sink)), len(sink.batches)) == (told, 1)


def test_a_line_past_the_limit_is_set_aside_unheld_and_the_next_one_is_read(tmp_path: Path) -> None:
    packed(tmp_path / "a.jsonl.gz", line("A" * 60_000_000), line("Beta."))
    sink = DictSink()
    tracemalloc.start()
    told = reasons(run(tmp_path, sink=sink))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "longer than 10 MB" in told["a.jsonl.gz#1"]
    assert sink.texts() == {"a.jsonl.gz#2": "Beta."}
    assert peak < 35_000_000
    assert (reasons(run(tmp_path, sink=sink)), len(sink.batches)) == (told, 1)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_line_is_as_long_as_what_it_says(tmp_path: Path, end: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf0123456789" + end)
    [found] = read_members(tmp_path / "a.jsonl", max_bytes=10)
    assert found.content == b"0123456789"
    [found] = read_members(tmp_path / "a.jsonl", max_bytes=9)
    assert found.content is None


def test_a_container_may_be_larger_than_a_file(tmp_path: Path) -> None:
    packed(tmp_path / "a.jsonl", *articles(*(letter * 4_000_000 for letter in "ABC")))
    assert run(tmp_path, sink=DictSink()).articles == 3


def cut(path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def many(n: int = 300) -> list[bytes]:
    """Lines that hardly compress, so that half of the archive holds about half of them."""
    return [line(f"{digest_bytes(str(i).encode()) * 4} {i}.") for i in range(n)]


def test_of_an_archive_that_is_cut_off_the_lines_before_are_kept_and_it_is_named(tmp_path: Path) -> None:
    cut(packed(tmp_path / "a.jsonl.gz", *many()), 0.5)
    sink = DictSink()
    report = run(tmp_path, sink=sink)
    assert 50 < report.articles < 250
    assert "damaged or cut off after line" in reasons(report)["a.jsonl.gz"]
    assert report.found == report.articles + 1
    again = run(tmp_path, sink=sink)
    assert (again.unchanged, reasons(again)) == (report.articles, reasons(report))


def test_lines_that_cannot_be_reached_this_time_stay_indexed(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.jsonl.gz", *many())
    sink = DictSink()
    run(tmp_path, sink=sink)
    cut(path, 0.5)
    report = run(tmp_path, sink=sink, prune=True)
    assert (report.removed, len(sink.articles), list(reasons(report))) == (0, 300, ["a.jsonl.gz"])


def test_an_archive_that_is_whole_again_is_no_longer_set_aside(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.jsonl.gz", *many())
    whole = path.read_bytes()
    cut(path, 0.5)
    sink = DictSink()
    run(tmp_path, sink=sink)
    path.write_bytes(whole)
    report = run(tmp_path, sink=sink)
    assert (report.set_aside, len(sink.articles), str(path) in sink.states) == ((), 300, False)


def test_an_archive_damaged_in_its_middle_is_named(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.jsonl.gz", *many())
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    path.write_bytes(data)
    assert "damaged" in reasons(run(tmp_path, sink=DictSink()))["a.jsonl.gz"]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.jsonl.gz", line("Alpha."), "not a gzip archive"),
        ("a.jsonl", gzip.compress(line("Alpha."), mtime=0), "add .gz to its name"),
        ("a.jsonl", '{"text": "Alpha."}'.encode("utf-16"), "save it as UTF-8"),
        ("a.jsonl", b"", "holds no line"),
        ("a.jsonl.gz", b"", "holds no line"),
        ("a.jsonl", b"\n \n", "holds no line"),
    ],
)
def test_a_container_that_cannot_be_one_is_set_aside_by_its_name(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(data)
    sink = DictSink()
    told = reasons(run(tmp_path, sink=sink))
    assert list(told) == [name]
    assert reason in told[name]
    assert (reasons(run(tmp_path, sink=sink)), len(sink.batches)) == (told, 1)


def test_a_container_that_was_emptied_takes_its_articles_with_it(news: Path) -> None:
    sink = DictSink()
    run(news.parent, sink=sink)
    packed(news)
    report = run(news.parent, sink=sink)
    assert (report.removed, list(reasons(report)), sink.articles) == (3, ["wire.jsonl.gz"], {})


def test_a_file_named_like_a_line_is_set_aside_and_the_line_is_read(tmp_path: Path) -> None:
    packed(tmp_path / "a.jsonl", *articles("Alpha.", "Beta.", "Gamma."))
    (tmp_path / "a.jsonl#3").write_text("Not the third line.")
    (tmp_path / "a.jsonl#three").write_text("No line at all.")
    sink = DictSink()
    told = reasons(run(tmp_path, sink=sink))
    assert (list(told), "rename it" in told["a.jsonl#3"]) == (["a.jsonl#3"], True)
    assert sink.texts()["a.jsonl#3"] == "Gamma."
    assert sink.texts()["a.jsonl#three"] == "No line at all."
    assert asked(tmp_path, sink=sink) == []


def test_a_container_may_have_a_number_sign_in_its_name(tmp_path: Path) -> None:
    packed(tmp_path / "a.jsonl", *articles("Alpha."))
    packed(tmp_path / "a.jsonl#1.jsonl", *articles("Beta."))
    sink = DictSink()
    run(tmp_path, sink=sink)
    assert sink.texts() == {"a.jsonl#1": "Alpha.", "a.jsonl#1.jsonl#1": "Beta."}
    assert container_of("a.jsonl#1.jsonl#1") == "a.jsonl#1.jsonl"


def test_people_see_lines_in_the_order_of_their_numbers() -> None:
    sources = ["b.txt", "a.jsonl#10", "a.jsonl#2", "a.jsonl", "a.jsonl#1"]
    assert sorted(sources, key=source_order) == ["a.jsonl", "a.jsonl#1", "a.jsonl#2", "a.jsonl#10", "b.txt"]


# --- what a line says -------------------------------------------------------------------------------------


def told(**fields: object) -> Metadata:
    """What is found out about a line of those fields."""
    source_text = read_record(line(FERRY, **fields))
    assert source_text.text == FERRY
    return find_metadata(source_text, select_body(source_text), name="")


@pytest.mark.parametrize("field", ["text", "body", "content"])
def test_the_source_text_is_the_value_of_the_text_field_to_the_character(field: str) -> None:
    text = "\ufeff A\u00a0café \U0001f6a2\r\n\tand\u2028more.  \n"
    source_text = read_record(json.dumps({"title": "x", field: text}).encode())
    assert (source_text.text, source_text.codec) == (text, "utf-8")


def test_the_first_text_field_that_holds_words_is_read() -> None:
    assert read_record(b'{"content": "C", "body": "B", "text": ""}').text == "B"


def test_a_page_in_a_text_field_is_read_as_a_page() -> None:
    page = "<html><head><title>Ferry</title></head><body><p>It ran aground.</p><p>Nobody was hurt.</p></body></html>"
    source_text = read_record(line(page, published="2021-03-03"))
    assert (source_text.text, source_text.media_type) == ("It ran aground.\n\nNobody was hurt.", "text/html")
    assert source_text.hints == (("title", "Ferry"), ("field:published", "2021-03-03"))


@pytest.mark.parametrize("field", ["title", "headline"])
def test_the_headline_is_the_title_of_the_line(field: str) -> None:
    assert told(**{field: "Ferry  runs aground"}).headline == "Ferry runs aground"


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Ferry runs aground off ...", "Ferry runs aground off ..."),
        ("Ferry runs aground - what we ...", "Ferry runs aground - what we ..."),
        ("Ferry runs aground | Hallow Post", "Ferry runs aground"),
        ("Ferry runs aground – and floats", "Ferry runs aground – and floats"),
    ],
)
def test_a_title_loses_the_sites_name_alone(title: str, headline: str) -> None:
    assert told(title=title, url="https://www.hallowpost.example/ferry").headline == headline


@pytest.mark.parametrize("field", ["published", "date", "published_at", "date_published", "publication_date"])
def test_the_day_is_that_of_the_field_and_its_basis_says_so(field: str) -> None:
    published = told(**{field: "2021-03-03T23:10:00Z"}).published
    assert published.day is not None
    assert published.day.isoformat() == "2021-03-03"
    assert published.basis == f'the field "{field}" of its line, "2021-03-03T23:10:00Z"'


def test_a_day_in_the_address_is_the_last_word() -> None:
    assert told(url="https://example.org/2021/03/04/ferry").published.basis.startswith("the address")
    assert told(url="https://example.org/2021/03/04/ferry", date="2021-03-03").published.basis.startswith("the field")


def test_the_day_in_an_archives_name_is_not_that_of_its_articles(tmp_path: Path) -> None:
    packed(tmp_path / "2021" / "03" / "03" / "dump-2021-03-05.jsonl", line(FERRY))
    prepared = list(store_articles(tmp_path))
    assert [article.published.day for article in prepared] == [None]


@pytest.mark.parametrize(
    ("fields", "outlet"),
    [
        ({"outlet": "Hallow Post"}, "Hallow Post"),
        ({"publisher": "Hallow Post", "url": "https://www.example.org/a"}, "Hallow Post"),
        ({"source": {"id": None, "name": "Hallow Post"}}, "Hallow Post"),
        ({"url": "https://www.example.org/a", "title": "A ferry - and more of it"}, "example.org"),
    ],
)
def test_the_outlet_is_named_by_a_field_or_the_address(fields: dict[str, object], outlet: str) -> None:
    assert told(**fields).outlet == outlet


@pytest.mark.parametrize(
    "fields",
    [
        {"authors": ["Mira Lunde", "Jon Lunde"]},
        {"authors": [{"name": "Mira Lunde"}, {"name": "Jon Lunde"}, {"id": 3}, 4]},
        {"authors": "Mira Lunde, Jon Lunde"},
        {"author": "Mira Lunde and Jon Lunde"},
        {"byline": "By Mira Lunde and Jon Lunde"},
    ],
)
def test_the_authors_are_named_in_any_of_the_usual_ways(fields: dict[str, object]) -> None:
    assert told(**fields).authors == ("Mira Lunde", "Jon Lunde")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("title", "headline", "url", "source", "authors", "author", "byline", "published", "date", "outlet")


@settings(max_examples=150, deadline=None)
@given(fields=st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_law_fields_of_any_type_are_read_or_ignored(fields: dict[str, object]) -> None:
    told(**fields)


# --- through the pipeline and the store -------------------------------------------------------------------


def prepare(files: Sequence[FileToIngest]) -> tuple[PreparedArticle | SetAside, ...]:
    return run_batch(files, encoder=FakeEncoder(), count_tokens=lambda text: len(text.split()))


def store_articles(folder: Path) -> list[Article]:
    sink = DictSink()
    ingest([folder], sink, prepare=prepare)
    return [prepared.article for prepared in sink.articles.values()]


def test_lines_go_into_a_store_and_come_out_under_their_names(tmp_path: Path, empty_store: Path) -> None:
    lines = [line(FERRY.replace("212", str(n)), title=f"Ferry {n}", published="2021-03-03") for n in range(12)]
    packed(tmp_path / "news" / "wire.jsonl.gz", *lines)
    with open_sink(empty_store, encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
        first = ingest([tmp_path / "news"], sink, batch_size=5, prepare=prepare)
        packed(tmp_path / "news" / "wire.jsonl.gz", *lines[1:])
        again = ingest([tmp_path / "news"], sink, prepare=prepare)
    assert (first.articles, again.articles, again.unchanged, again.removed) == (12, 0, 11, 1)
    with open_store(empty_store, encoder=FakeEncoder(), build=fake_build()) as store:
        assert [a.source for a in store.articles()] == [f"wire.jsonl.gz#{n}" for n in range(1, 12)]
        text = store.source_text("wire.jsonl.gz#11")
        assert text == FERRY.replace("212", "11")
        article = store.articles(Filters(sources=("wire.jsonl.gz#11",)))[0]
        assert (article.headline, article.article_id) == ("Ferry 11", digest_bytes(lines[11]))
        assert all(text[p.start : p.end] == p.text for p in store.passages(article.article_id))


TEXTS = st.lists(
    st.sampled_from(
        [
            "The ferry Aurora ran aground off Port Hallow on Tuesday night.",
            "A cafe\u0301 on the pier stayed open for the 212 passengers \U0001f6a2 and their families.",
            "“We saw nothing at all,” she told\treporters, and the mayor agreed with her.",
            "Divers will examine the hull\r\non Wednesday, the island council said in a statement.",
        ]
    ),
    min_size=3,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(sentences=TEXTS, separator=st.sampled_from([" ", "\n", "\r\n\r\n"]), ascii_only=st.booleans())
def test_law_every_span_slices_back_to_what_the_line_says(
    sentences: list[str], separator: str, ascii_only: bool
) -> None:
    text = separator.join(sentences)
    content = json.dumps({"text": text, "title": "Ferry"}, ensure_ascii=ascii_only).encode()
    [outcome] = prepare([FileToIngest("/a.jsonl#1", "/", "a.jsonl#1", 1, 1, digest_bytes(content), content, "record")])
    assert isinstance(outcome, PreparedArticle)
    assert (outcome.source_text, outcome.codec, outcome.article.headline) == (text, "utf-8", "Ferry")
    assert all(span.of(outcome.source_text) == text[span.start : span.end] for span in outcome.spans)


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(st.binary(max_size=60) | st.just(line("Alpha beta gamma delta.")), max_size=6))
def test_law_bytes_of_any_kind_are_read_or_set_aside(lines: list[bytes]) -> None:
    sink = DictSink()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.jsonl"
        path.write_bytes(b"\n".join(lines))
        report = ingest([path], sink, prepare=prepare)
        commits = len(sink.batches)
        assert reasons(ingest([path], sink, prepare=prepare)) == reasons(report)
    assert len(sink.batches) == commits
    assert report.found == report.articles + report.copies + len(report.set_aside)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=200), where=st.integers(0, 100))
def test_law_a_gzip_archive_damaged_anywhere_stops_nothing(data: bytes, where: int) -> None:
    archive = gzip.compress(b"\n".join(articles("Alpha.", "Beta.")))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.jsonl.gz"
        path.write_bytes(archive[:where] + data + archive[where + len(data) :])
        run(path, sink=DictSink())


CONTENTS = st.lists(st.sampled_from(["Alpha.", "Beta.", "Gamma.", "Delta.", "", "bad"]), max_size=7)


@settings(max_examples=150, deadline=None)
@given(before=CONTENTS, after=CONTENTS, batch_size=st.integers(1, 3))
def test_law_after_a_run_the_index_is_the_container_and_nothing_it_held_was_prepared_again(
    before: list[str], after: list[str], batch_size: int
) -> None:
    def lines(names: list[str]) -> list[bytes]:
        return [b"bad" if name == "bad" else line(name) if name else b"" for name in names]

    sink = DictSink()
    with tempfile.TemporaryDirectory() as name:
        path = packed(Path(name) / "a.jsonl.gz", *lines(before))
        run(path, sink=sink, batch_size=batch_size)
        packed(path, *lines(after))
        preparation = LinePreparation()
        ingest([path], sink, batch_size=batch_size, prepare=preparation)
        commits = len(sink.batches)
        assert asked(path, sink=sink, batch_size=batch_size) == []
    assert len(sink.batches) == commits
    assert sink.texts() == {f"a.jsonl.gz#{n}": t for n, t in enumerate(after, start=1) if t not in ("", "bad")}
    prepared = {after[int(source.rpartition("#")[2]) - 1] for source in preparation.asked}
    assert prepared <= set(after) - set(before) | {"bad"}
