"""Lists, tables, archives and crawls: every article in them is a member, under its own name; nothing else is lost."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import gzip
import io
import json
import random
import struct
import tempfile
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import brotli
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.article import container_of, digest_bytes, is_container, source_order
from ingest.batch import PreparedArticle, Report
from ingest.containers import read_members, survey
from ingest.errors import ReadError, UsageError
from ingest.job import ingest
from ingest.json_list import read_elements
from ingest.member import Member
from ingest.metadata import find_metadata
from ingest.read import SourceText
from ingest.records import FieldMap, canonical, detect_fields, parse_fields, read_record
from store import Filters, open_sink, open_store
from tests.conftest import FakeEncoder, fake_build
from tests.ingest.test_job import DictSink, reasons
from tests.ingest.test_jsonl import FERRY, LinePreparation, line, prepare

CSV = "Title;Body;PubDate\nFerry;Alpha.;2021-03-03\nMarket;Beta.;2021-03-04\n"


# --- builders ---------------------------------------------------------------------------------------------


def written(path: Path, data: bytes | str) -> Path:
    """A file of those bytes, compressed if its name ends in .gz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = data.encode() if isinstance(data, str) else data
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


def zipped(files: Mapping[str, bytes], *, packed: bool = True) -> bytes:
    """An archive of those files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
    return out.getvalue()


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "", "")).encode("latin-1") + body


def warc_record(kind: str, block: bytes, *headers: str, url: str = "https://hallow.example/a") -> bytes:
    told = ("WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", "WARC-Date: 2020-05-06T07:08:09Z", *headers)
    return "\r\n".join((*told, f"Content-Length: {len(block)}", "", "")).encode() + block + b"\r\n\r\n"


def page(text: str, *headers: str, status: str = "200 OK", kind: str = "text/html") -> bytes:
    """A record of a response."""
    return warc_record("response", http(text.encode(), f"Content-Type: {kind}", *headers, status=status))


CRAWL = warc_record("warcinfo", b"software: x\r\n") + page("<p>Alpha.</p>") + page("<p>Beta.</p>")


def members(path: Path, **options: object) -> dict[str, bytes | str]:
    """What a container gives: the content of each member, or why it has none."""
    return {m.name: m.content if m.content is not None else str(m.reason) for m in read_members(path, **options)}  # type: ignore[arg-type]


def texts(path: Path, **options: object) -> dict[str, str]:
    """The texts of the records of a container."""
    return {name: read_record(said).text for name, said in members(path, **options).items() if isinstance(said, bytes)}


def run(*paths: Path, sink: DictSink, prune: bool = False, fields: Mapping[str, str] | None = None) -> Report:
    return ingest(paths, sink, prune=prune, prepare=LinePreparation(), fields=fields)


def asked(*paths: Path, sink: DictSink, fields: Mapping[str, str] | None = None) -> list[str]:
    """What a run prepares."""
    preparation = LinePreparation()
    ingest(paths, sink, prepare=preparation, fields=fields)
    return preparation.asked


def peak_of(path: Path) -> int:
    """The most bytes that a look at a container holds."""
    tracemalloc.start()
    survey(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "container"),
    [
        ("a.jsonl#12", "a.jsonl"),
        ("a.NDJSON.gz#12", "a.NDJSON.gz"),
        ("x/a.json#1", "x/a.json"),
        ("a.csv.gz#3", "a.csv.gz"),
        ("a.tsv#3", "a.tsv"),
        ("a.warc.gz#3", "a.warc.gz"),
        ("a.zip!town/council.html", "a.zip"),
        ("a.zip!feed.jsonl#12", "a.zip"),
        ("a.zip!b.zip!c.txt", "a.zip"),
        ("a.zip#1", None),
        ("a.txt#1", None),
        ("a.docx!x", None),
        ("a.csv#0", None),
        ("a.csv", None),
    ],
)
def test_a_source_names_its_container(source: str, container: str | None) -> None:
    assert container_of(source) == container


def test_people_see_the_records_of_any_container_in_the_order_of_their_numbers() -> None:
    sources = ["a.zip!b.csv#10", "a.zip!b.csv#9", "a.zip!a.html", "a.json#10", "a.json#2"]
    assert sorted(sources, key=source_order) == sources[::-1]


def test_an_office_document_is_no_container_though_it_is_a_zip_archive() -> None:
    assert [is_container(name) for name in ("a.docx", "a.zip", "a.ZIP", "a.json", "zip")] == [
        False,
        True,
        True,
        True,
        False,
    ]


# --- lists of JSON ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
@pytest.mark.parametrize("under", [None, "articles", "Items", "data", "results", "docs", "entries"])
def test_every_element_of_a_list_is_an_article(tmp_path: Path, name: str, under: str | None) -> None:
    said: object = [{"text": "Alpha."}, {"text": "Beta."}]
    said = said if under is None else {"status": "ok", under: said, "n": 2}
    assert texts(written(tmp_path / name, json.dumps(said))) == {"#1": "Alpha.", "#2": "Beta."}


def test_an_object_with_a_text_is_one_article(tmp_path: Path) -> None:
    said = {"title": "Ferry", "body": "Alpha.", "items": [{"text": "Another."}], "data": [1, 2]}
    assert texts(written(tmp_path / "a.json", json.dumps(said))) == {"#1": "Alpha."}


def test_a_list_of_numbers_is_no_list_of_articles(tmp_path: Path) -> None:
    assert texts(written(tmp_path / "a.json", '{"data": [1, 2], "text": "Alpha."}')) == {"#1": "Alpha."}
    assert texts(written(tmp_path / "b.json", '{"data": [1, {"text": "Alpha."}]}')) == {"#2": "Alpha."}


def test_an_element_is_known_by_what_it_says_and_not_by_how_it_is_written(tmp_path: Path) -> None:
    one = written(tmp_path / "a.json", '[{"text": "Caf\\u00e9.", "n": 1.50, "big": 123456789012345678901234567890}]')
    two = written(tmp_path / "b.json", '\ufeff[\n {"big":123456789012345678901234567890,"n":1.5,\n"text":"Café."}]')
    assert members(one) == members(two)
    assert members(one)["#1"] == '{"big":123456789012345678901234567890,"n":1.5,"text":"Café."}'.encode()


def test_an_element_that_is_no_object_is_set_aside_alone(tmp_path: Path) -> None:
    sink = DictSink()
    told = reasons(run(written(tmp_path / "a.json", '[{"text": "Alpha."}, 7, [1], {"text": "Beta."}]'), sink=sink))
    assert sink.texts() == {"a.json#1": "Alpha.", "a.json#4": "Beta."}
    assert list(told) == ["a.json#2", "a.json#3"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"7", "no list of articles"),
        (b"{}", "no list of articles"),
        (b'{"name": "a package", "version": 1}', "no list of articles"),
        (b"[]", "holds no article"),
        (b'[{"text": "Alpha."}', "cut off after element 1"),
        (b'[{"text": "Alpha."} {"text": "Beta."}]', "after element 1 (, or ] is missing)"),
        (b'[{"text": "Alpha."}] x', "more follows its end"),
        (b'[{"text": "Alpha."},]', "a value is missing"),
        (b'{"articles": [{"text": "Alpha."}]', "cut off after element 1"),
        (b'{"text": "Alpha."}\n{"text": "Beta."}', "name it .jsonl"),
        (b"[" * 2_000_000, "cut off before its first article"),
        ('[{"text": "Alpha."}]'.encode("utf-16"), "save it as UTF-8"),
    ],
)
def test_json_that_is_no_list_of_articles_is_named_with_the_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    told = survey(written(tmp_path / "a.json", data)).reason
    assert told is not None
    assert reason in told


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"text": "caf\xe9"}', "not valid UTF-8"),
        (b'{"text": "A ferry \\ud83d ran aground."}', "half a character"),
        (b'{"text": "Alpha." "x"}', "not valid JSON"),
        (b"nul", "not valid JSON"),
        (b'{"title": "No text"}', "has no text"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_element_is_set_aside_alone(tmp_path: Path, bad: bytes, reason: str) -> None:
    written(tmp_path / "a.json", b'[{"text": "Alpha."}, %b, {"text": "Beta."}]' % bad)
    sink = DictSink()
    told = reasons(run(tmp_path, sink=sink))
    assert sink.texts() == {"a.json#1": "Alpha.", "a.json#3": "Beta."}
    assert reason in told["a.json#2"]


@pytest.mark.parametrize("before", range(65_500, 65_540))
def test_an_element_may_lie_across_two_blocks_in_any_way(tmp_path: Path, before: int) -> None:
    data = b"[" + b" " * before + b'{"text": "A \\"quote\\" \\\\", "n": 12}, {"text": "Beta."}]'
    assert texts(written(tmp_path / "a.json", data)) == {"#1": 'A "quote" \\', "#2": "Beta."}


def test_a_number_of_very_many_digits_stops_nothing(tmp_path: Path) -> None:
    data = b'[{"text": "Alpha.", "n": %b, "x": 1e99999999999999999999}]' % (b"9" * 5_000)
    assert texts(written(tmp_path / "a.json", data)) == {"#1": "Alpha."}


def test_an_element_past_the_limit_is_set_aside_unheld_and_the_next_one_is_read(tmp_path: Path) -> None:
    large = b'[{"text": "Alpha."}, {"text": "%b\\"]}["}, {"text": "Beta."}]' % (b"x" * 60_000_000)
    path = written(tmp_path / "a.json.gz", large)
    assert peak_of(path) < 35_000_000
    found = members(path)
    assert "longer than 10 MB" in str(found["#2"])
    assert list(found) == ["#1", "#2", "#3"]


def test_a_long_list_is_streamed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json.gz", json.dumps([{"text": f"{n} " * 20_000} for n in range(300)]))
    assert peak_of(path) < 8_000_000


# --- tables -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_every_row_below_the_header_is_an_article_whatever_parts_its_fields(
    tmp_path: Path, name: str, delimiter: str
) -> None:
    rows = [["title", "body"], ["A, b; c | d", 'Alpha,\r\n"beta"; gamma.'], ["E", "Delta, epsilon, zeta."]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    assert texts(written(tmp_path / name, out.getvalue())) == {"#1": rows[1][1], "#2": rows[2][1]}


def test_a_row_is_the_object_of_its_fields(tmp_path: Path) -> None:
    found = members(written(tmp_path / "a.csv", CSV))
    assert found["#1"] == b'{"Body":"Alpha.","PubDate":"2021-03-03","Title":"Ferry"}'


def test_rows_are_counted_and_not_lines(tmp_path: Path) -> None:
    found = texts(written(tmp_path / "a.csv", 'text,n\n"Alpha\n\nand more.",1\n\n,\nBeta.,2\n'))
    assert found == {"#1": "Alpha\n\nand more.", "#3": "Beta."}


def test_a_spreadsheets_word_on_the_delimiter_is_taken(tmp_path: Path) -> None:
    assert texts(written(tmp_path / "a.csv", "sep=|\ntext|n\nAlpha, beta.|1\n")) == {"#1": "Alpha, beta."}


def test_a_table_of_one_column_needs_no_delimiter(tmp_path: Path) -> None:
    assert texts(written(tmp_path / "a.csv", "text\nAlpha.\nBeta.")) == {"#1": "Alpha.", "#2": "Beta."}


def test_rows_that_are_too_short_or_too_long_are_read_as_far_as_they_have_names(tmp_path: Path) -> None:
    found = members(written(tmp_path / "a.csv", "text,n,text,\nAlpha.\nBeta.,1,Gamma.,x,y,z\n"))
    assert found == {"#1": b'{"text":"Alpha."}', "#2": b'{"n":"1","text":"Beta."}'}


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_the_encoding_of_a_table_is_found_out(tmp_path: Path, codec: str) -> None:
    text = "Der Fährmann aß „Brötchen“ für 3 € und grüßte."
    path = written(tmp_path / "a.csv", f"text,n\n{text},1\n".encode(codec))
    assert texts(path) == {"#1": text}


def test_the_encoding_is_that_of_the_whole_table_and_not_of_its_start(tmp_path: Path) -> None:
    rows = "".join(f"Number {n} of the plain ones.,1\n" for n in range(6_000))
    path = written(tmp_path / "a.csv", f"text,n\n{rows}Fährmann,2\n".encode("cp1252"))
    assert list(texts(path).values())[-1] == "Fährmann"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no row"),
        (b"\n\n", "no row"),
        (b"text,n\n", "no article"),
        (b"id,name\n1,x\n", 'none of its columns is called like a text; name it with --field text=COLUMN (it has "id"'),
        (b"PK\3\4\0\0\0", "binary"),
        (b"\x1f\x8b123", "gzip"),
        (b"text," + b"c," * 1_000_000, "1,000,002 columns"),
        (b"x" * 30_000_000, "quotation mark"),
        (b'text,n\nAlpha.,1\n"Beta.,2\nGamma.,3\n', "row 2 of the table goes on"),
        (b'text,n\nAlpha.,1\n"' + b"Beta.,2\n" * 4_000_000, "row 2 of the table goes on"),
    ],
)
def test_a_table_that_is_none_is_named_with_the_reason_in_bounded_time(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    started = time.perf_counter()
    path = written(tmp_path / "a.csv", data)
    told = survey(path).reason
    assert told is not None
    assert reason in told
    assert time.perf_counter() - started < 20


def test_a_quotation_mark_that_is_closed_at_the_very_end_is_closed(tmp_path: Path) -> None:
    assert texts(written(tmp_path / "a.csv", 'text,n\n1,"x"\n"Alpha ""and"" beta\nof it."')) == {
        "#1": "1",
        "#2": 'Alpha "and" beta\nof it.',
    }


def test_a_long_table_is_streamed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv.gz", "text,n\n" + "".join(f"{'x' * 50_000},{n}\n" for n in range(500)))
    assert peak_of(path) < 12_000_000


# --- names of fields --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        (["text", "title", "published"], FieldMap(text="text", title="title", date="published")),
        (["Body", " HEADLINE ", "pubdate"], FieldMap(text="Body", title="HEADLINE", date="pubdate")),
        (["maintext", "date_publish", "link"], FieldMap(text="maintext", date="date_publish", url="link")),
        (["full_text", "site", "byline"], FieldMap(text="full_text", source="site", authors="byline")),
        (["body", "text"], FieldMap(text="text")),
        (["id"], FieldMap()),
    ],
)
def test_fields_go_by_their_usual_names_in_any_case(names: list[str], fields: FieldMap) -> None:
    assert detect_fields(names, {}) == fields


def test_a_chosen_field_goes_before_the_usual_one() -> None:
    assert str(detect_fields(["text", "Artikel", "Datum"], {"text": "artikel", "date": "Tag"})) == "text=Artikel"


@pytest.mark.parametrize(
    ("given_", "named"),
    [
        ("text=Artikeltext", {"text": "Artikeltext"}),
        (" Date = Tag=1 ", {"date": "Tag=1"}),
        ("text=", {"text": ""}),
    ],
)
def test_a_choice_of_a_field_is_a_role_and_a_name(given_: str, named: dict[str, str]) -> None:
    assert parse_fields([given_]) == named


@pytest.mark.parametrize(("given_", "hint"), [("text", "ROLE=NAME"), ("titel=x", "mean title"), ("x=y", "one of text")])
def test_a_choice_that_names_no_role_is_refused(given_: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        parse_fields([given_])


def told(content: bytes) -> dict[str, str]:
    return dict(read_record(content).hints)


def test_what_goes_by_an_unusual_name_is_told_by_the_usual_one_too() -> None:
    assert told(b'{"text": "A", "PubDate": "2021-03-03", "Site": "Post"}') == {
        "field:PubDate": "2021-03-03", "field:published": "2021-03-03", "field:Site": "Post", "field:source": "Post",
    }  # fmt: skip
    assert "field:published" not in told(b'{"text": "A", "pubdate": "2021-03-03", "date": "2021-03-02"}')


def test_the_report_says_which_field_was_taken_for_what(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", CSV)
    written(tmp_path / "b.zip", zipped({"feed.jsonl": line("Gamma.", headline="G")}))
    sink = DictSink()
    shown = [(source, str(fields)) for source, fields in run(tmp_path, sink=sink).fields]
    assert shown == [
        ("a.csv", "text=Body, title=Title, date=PubDate"),
        ("b.zip!feed.jsonl", "text=text, title=headline"),
    ]
    assert run(tmp_path, sink=sink).fields == ()


OTHER = "Artikel,Datum,body\nAlpha.,2021-03-03,a teaser\n,2021-03-04,Only a teaser.\n"


def test_chosen_fields_are_read_and_remembered_for_the_container(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", OTHER)
    sink = DictSink()
    report = run(tmp_path, sink=sink, fields={"text": "Artikel", "date": "datum"})
    assert str(report.fields[0][1]) == "text=Artikel, date=Datum"
    assert sink.texts() == {"a.csv#1": "Alpha.", "a.csv#2": "Only a teaser."}
    assert told(members(path, chosen={"text": "Artikel", "date": "datum"})["#1"])["field:published"] == "2021-03-03"  # type: ignore[arg-type]
    again = run(tmp_path, sink=sink)
    assert (again.unchanged, again.removed, len(sink.batches)) == (2, 0, 1)


def test_a_changed_choice_reads_the_members_anew_and_an_empty_one_goes_back(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", OTHER)
    sink = DictSink()
    run(tmp_path, sink=sink)
    assert sink.texts()["a.csv#1"] == "a teaser"
    assert asked(tmp_path, sink=sink, fields={"text": "Artikel"}) == ["a.csv#1"]
    assert sink.texts()["a.csv#1"] == "Alpha."
    assert asked(tmp_path, sink=sink, fields={"text": ""}) == ["a.csv#1"]
    assert sink.texts()["a.csv#1"] == "a teaser"


def test_a_choice_that_a_container_does_not_have_changes_nothing_in_it(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", line("Alpha."))
    sink = DictSink()
    run(tmp_path, sink=sink)
    assert asked(tmp_path, sink=sink, fields={"text": "Artikel"}) == []


def test_the_same_record_read_in_two_ways_is_two_articles(tmp_path: Path) -> None:
    said = json.dumps({"text": "A teaser.", "Artikel": "The whole of it."})
    one, two = written(tmp_path / "one" / "a.jsonl", said), written(tmp_path / "two" / "b.jsonl", said)
    sink = DictSink()
    run(one, sink=sink)
    run(two, sink=sink, fields={"text": "Artikel"})
    assert sink.texts() == {"a.jsonl#1": "A teaser.", "b.jsonl#1": "The whole of it."}


def test_the_store_remembers_what_was_chosen(tmp_path: Path, empty_store: Path) -> None:
    csv_path = written(tmp_path / "news" / "a.csv", f'Artikel\n"{FERRY}"\n')
    for fields in ({"text": "Artikel"}, None):
        with open_sink(empty_store, encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
            report = ingest([csv_path.parent], sink, prepare=prepare, fields=fields)
    assert (report.unchanged, report.set_aside) == (1, ())
    with open_store(empty_store, encoder=FakeEncoder(), build=fake_build()) as store:
        assert store.source_text("a.csv#1") == FERRY


# --- zip archives -----------------------------------------------------------------------------------------


def test_every_file_of_an_archive_is_an_article_under_its_name_there(tmp_path: Path) -> None:
    files = {"town/council.txt": b"Alpha.", "b.txt": b"Beta.", "über.txt": b"Gamma."}
    written(tmp_path / "a.zip", zipped(files))
    sink = DictSink()
    assert run(tmp_path, sink=sink).set_aside == ()
    assert sink.texts() == {"a.zip!town/council.txt": "Alpha.", "a.zip!b.txt": "Beta.", "a.zip!über.txt": "Gamma."}


def test_what_is_left_out_in_a_folder_is_left_out_in_an_archive(tmp_path: Path) -> None:
    names = [
        "README.md",
        "x/LICENSE",
        ".hidden",
        ".git/x.txt",
        "__MACOSX/a.txt",
        "__MACOSX/._a.txt",
        "folder/",
        "a.txt",
    ]
    assert list(members(written(tmp_path / "a.zip", zipped(dict.fromkeys(names, b"x"))))) == ["!a.txt"]


def test_a_container_in_an_archive_is_read_as_one(tmp_path: Path) -> None:
    files = {
        "feed.jsonl": line("Alpha.") + b"\n" + line("Beta."),
        "x/a.json.gz": gzip.compress(b'[{"text": "Gamma."}]'),
        "a.csv": CSV.encode(),
    }
    written(tmp_path / "a.zip", zipped(files))
    sink = DictSink()
    run(tmp_path, sink=sink)
    assert sink.texts() == {
        "a.zip!feed.jsonl#1": "Alpha.", "a.zip!feed.jsonl#2": "Beta.", "a.zip!x/a.json.gz#1": "Gamma.",
        "a.zip!a.csv#1": "Alpha.", "a.zip!a.csv#2": "Beta.",
    }  # fmt: skip
    assert asked(tmp_path, sink=sink) == []


@pytest.mark.parametrize("name", ["b.zip", "b.WARC", "x/b.warc.gz"])
def test_an_archive_in_an_archive_is_set_aside(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "a.zip", zipped({name: zipped({"x.txt": b"Alpha."}), "c.txt": b"Beta."}))
    found = members(path)
    assert found[f"!{name}"] == "an archive within an archive is not read; unpack it"
    assert found["!c.txt"] == b"Beta."


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../etc/cron.d/x.txt", "leads out"),
        ("/etc/passwd", "leads out"),
        ("C:\\x.txt", "leads out"),
        ("a\\..\\..\\x.txt", "leads out"),
        ("a/../x.txt", "leads out"),
        ("a\nb.txt", "control character"),
        ("a\x1b[2Jb.txt", "control character"),
        ("x" * 5_000, "far too long"),
        ("feed.jsonl#12", "rename it"),
    ],
)
def test_a_name_that_no_file_should_have_is_set_aside_and_touches_no_disk(
    tmp_path: Path, name: str, reason: str
) -> None:
    written(tmp_path / "x" / "a.zip", zipped({name: b"Alpha.", "b.txt": b"Beta."}))
    sink = DictSink()
    found = reasons(run(tmp_path, sink=sink))
    assert len(found) == 1
    assert all(reason in why and "\n" not in source and "\x1b" not in source for source, why in found.items())
    assert sink.texts() == {"x/a.zip!b.txt": "Beta."}
    assert [path.name for path in tmp_path.rglob("*")] == ["x", "a.zip"]
    assert asked(tmp_path, sink=sink) == []


def with_name(raw: bytes, *, marked: bool) -> bytes:
    """An archive of one file of that name, in bytes, and another after it."""
    data = zipped({"X" * len(raw): b"Alpha.", "b.txt": b"Beta."}, packed=False).replace(b"X" * len(raw), raw)
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        where = data.index(signature) + at
        data = data[:where] + struct.pack("<H", 0x800 if marked else 0) + data[where + 2 :]
    return data


@pytest.mark.parametrize(
    ("raw", "marked", "name"),
    [
        (b"caf\xc3\xa9.txt", False, "!café.txt"),
        (b"caf\x82.txt", False, "!café.txt"),
        (b"caf\xff.txt", True, "!caf\\xff.txt"),
        (b"a\0b.txt", True, "!a\\x00b.txt"),
    ],
)
def test_names_in_other_encodings_are_told_apart_from_names_that_are_none(
    tmp_path: Path, raw: bytes, marked: bool, name: str
) -> None:
    found = members(written(tmp_path / "a.zip", with_name(raw, marked=marked)))
    assert list(found) == [name, "!b.txt"]
    assert isinstance(found[name], str) is marked


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.txt", "Alpha.")
            archive.writestr("a.txt", "Beta.")
            archive.writestr("a.txt", "Gamma.")
    found = members(written(tmp_path / "a.zip", out.getvalue()))
    why = "another file of the archive has its name"
    assert found == {"!a.txt": b"Alpha.", "!a.txt (2)": why, "!a.txt (3)": why}


def test_a_file_with_a_password_is_set_aside(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"Alpha.", "b.txt": b"Beta."}))
    data[data.index(b"PK\1\2") + 8] |= 1
    found = members(written(tmp_path / "a.zip", bytes(data)))
    assert found == {"!a.txt": "it is protected by a password", "!b.txt": b"Beta."}


def test_a_link_in_an_archive_is_set_aside(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.txt")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "link" in str(members(written(tmp_path / "a.zip", out.getvalue()))["!a.txt"])


def test_a_file_that_is_damaged_is_set_aside_and_the_rest_is_read(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"Alpha alpha.", "b.txt": b"Beta."}, packed=False))
    data[data.index(b"Alpha")] ^= 1
    found = members(written(tmp_path / "a.zip", bytes(data)))
    assert "checksum" in str(found["!a.txt"])
    assert found["!b.txt"] == b"Beta."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no archive", "not a zip archive"),
        (b"", "not a zip archive"),
        (zipped({"a.txt": b"Alpha." * 50})[:-30], "cut off"),
        (zipped({"a.txt": b"Alpha."}).replace(b"PK\1\2", b"PK\1\3"), "breaks off at file 1"),
        (zipped({}), "no file"),
    ],
)
def test_an_archive_that_is_none_is_named_with_the_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    told = survey(written(tmp_path / "a.zip", data)).reason
    assert told is not None
    assert reason in told


def test_a_damaged_list_of_files_keeps_what_was_indexed_from_behind_the_damage(tmp_path: Path) -> None:
    files = {f"{n}.txt": f"Number {n}.".encode() for n in range(4)}
    path = written(tmp_path / "a.zip", zipped(files))
    sink = DictSink()
    run(path, sink=sink)
    data = path.read_bytes()
    third = data.index(b"PK\1\2", data.index(b"PK\1\2", data.index(b"PK\1\2") + 1) + 1)
    path.write_bytes(data[:third] + b"XXXX" + data[third + 4 :])
    report = run(path, sink=sink, prune=True)
    assert (report.removed, report.unchanged, len(sink.texts())) == (0, 2, 4)
    assert "breaks off at file 3" in reasons(report)["a.zip"]


def test_a_container_in_an_archive_that_is_cut_off_keeps_its_later_lines(tmp_path: Path) -> None:
    feed = gzip.compress(b"\n".join(line(f"{digest_bytes(str(n).encode())} {n}.") for n in range(300)))
    path = written(tmp_path / "a.zip", zipped({"feed.jsonl.gz": feed, "b.txt": b"Beta.", "c.txt": b"Gamma."}))
    sink = DictSink()
    run(path, sink=sink)
    written(path, zipped({"feed.jsonl.gz": feed[: len(feed) // 2], "b.txt": b"Beta."}))
    report = run(path, sink=sink)
    assert "cut off after line" in reasons(report)["a.zip!feed.jsonl.gz"]
    assert (report.removed, len(sink.texts())) == (1, 301)


def test_a_file_of_an_archive_that_is_larger_than_one_may_be_is_set_aside(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", zipped({"a.txt": b"x" * 11_000_000, "b.txt": b"Beta."}))
    assert "larger than 10 MB" in str(members(path)["!a.txt"])
    assert members(path)["!b.txt"] == b"Beta."


def lying(size: int) -> bytes:
    """An archive of a large file that says it is small."""
    data = bytearray(zipped({"a.txt": b"x" * size, "b.txt": b"Beta."}))
    for signature, at in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        where = data.index(signature) + at
        data[where : where + 4] = struct.pack("<L", 6)
    return bytes(data)


def test_a_size_that_an_archive_claims_is_not_believed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", lying(40_000_000))
    assert "larger than 10 MB" in str(members(path)["!a.txt"])
    assert peak_of(path) < 45_000_000


def bomb(times: int) -> bytes:
    """An archive whose list names one container of 10 MB so many times, as overlapping bombs do."""
    data = zipped({"feed-00000.jsonl": b" " * 10_000_000})
    start = data.index(b"PK\1\2")
    entry = data[start : data.index(b"PK\5\6")]
    entries = b"".join(entry.replace(b"00000", f"{n:05}".encode()) for n in range(times))
    return data[:start] + entries + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, len(entries), start, 0)


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", bomb(1_000))
    started = time.perf_counter()
    told = survey(path)
    assert "200 times its size" in str(told.reason)
    assert len(told.members) < 30
    assert time.perf_counter() - started < 20


def test_an_archive_with_64_bit_sizes_and_something_before_it_is_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open(zipfile.ZipInfo("a.txt"), "w", force_zip64=True) as file:
        file.write(b"Alpha.")
    path = written(tmp_path / "a.zip", b"#!/bin/sh\n" + out.getvalue())
    assert members(path) == {"!a.txt": b"Alpha."}


def test_only_changed_files_of_an_archive_are_read_again(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", zipped({"a.txt": b"Alpha.", "b.txt": b"Beta.", "c.txt": b"Gamma."}))
    sink = DictSink()
    run(path, sink=sink)
    written(path, zipped({"b.txt": b"Bet.", "x/c.txt": b"Gamma.", "a.txt": b"Alpha."}))
    assert asked(path, sink=sink) == ["a.zip!b.txt"]
    assert sink.texts() == {"a.zip!a.txt": "Alpha.", "a.zip!b.txt": "Bet.", "a.zip!x/c.txt": "Gamma."}


def test_a_copy_in_an_archive_is_one_article_with_two_sources(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", "Alpha.")
    written(tmp_path / "a.zip", zipped({"b.txt": b"Alpha."}))
    sink = DictSink()
    report = run(tmp_path, sink=sink)
    assert (report.articles, report.copies, sorted(sink.texts())) == (1, 1, ["a.txt", "a.zip!b.txt"])


def test_a_file_named_like_a_part_of_an_archive_is_set_aside(tmp_path: Path) -> None:
    written(tmp_path / "a.zip!b.txt", "Alpha.")
    assert "rename it" in reasons(run(tmp_path, sink=DictSink()))["a.zip!b.txt"]


# --- crawls -----------------------------------------------------------------------------------------------


def pages(path: Path) -> dict[str, Member]:
    return {member.name: member for member in read_members(path)}


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_every_page_of_a_crawl_is_an_article_by_the_number_of_its_record(tmp_path: Path, name: str) -> None:
    assert members(written(tmp_path / name, CRAWL)) == {"#2": b"<p>Alpha.</p>", "#3": b"<p>Beta.</p>"}


def test_a_crawl_compressed_record_by_record_is_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(gzip.compress(part) for part in (CRAWL[:60], CRAWL[60:])))
    assert list(members(path)) == ["#2", "#3"]


def test_what_is_no_page_is_counted_and_no_article(tmp_path: Path) -> None:
    records = [
        warc_record("request", b"GET / HTTP/1.1\r\n\r\n"),
        page("x", status="404 Not Found"),
        page("x", kind="image/png"),
        warc_record("response", b"20200506070809\n127.0.0.1\n", url="dns:hallow.example"),
        warc_record("metadata", b"x: y"),
        warc_record("revisit", b""),
        warc_record("resource", b"Alpha.", "Content-Type: text/plain"),
        page("<p>Beta.</p>", kind="application/xhtml+xml; charset=utf-8"),
    ]
    assert members(written(tmp_path / "a.warc", b"".join(records))) == {"#7": b"Alpha.", "#8": b"<p>Beta.</p>"}


def test_where_and_when_a_page_was_fetched_are_hints(tmp_path: Path) -> None:
    found = pages(written(tmp_path / "a.warc", CRAWL))["#2"]
    assert found.hints == (("field:url", "https://hallow.example/a"), ("warc:date", "2020-05-06T07:08:09Z"))


def test_the_day_on_which_a_page_was_fetched_is_not_its_publication_day() -> None:
    hints = (("field:url", "https://hallow.example/a"), ("warc:date", "2020-05-06T07:08:09Z"))
    metadata = find_metadata(SourceText(FERRY, "utf-8", "text/plain", (), hints), (), name="")
    assert metadata.published.day is None
    assert metadata.outlet == "hallow.example"


CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "identity": bytes,
}


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("taken_off", [False, True])
def test_a_page_is_read_without_the_codings_it_was_sent_in(
    tmp_path: Path, coding: str, chunked: bool, taken_off: bool
) -> None:
    body = b"<p>Alpha.</p>" * 20
    sent = body if taken_off else CODINGS[coding](body)
    headers = ["Content-Type: text/html", f"Content-Encoding: {coding}"]
    if chunked:
        headers.append("Transfer-Encoding: chunked")
        sent = sent if taken_off else b"%x\r\n%b\r\n7\r\n%b\r\n0\r\n\r\n" % (len(sent) - 7, sent[:-7], sent[-7:])
    path = written(tmp_path / "a.warc", warc_record("response", http(sent, *headers)))
    assert members(path) == {"#1": body}


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_page_that_unpacks_to_more_than_one_may_hold_is_set_aside_unheld(tmp_path: Path, coding: str) -> None:
    sent = CODINGS[coding](b"x" * 60_000_000)
    block = http(sent, "Content-Type: text/html", f"Content-Encoding: {coding}")
    path = written(tmp_path / "a.warc", warc_record("response", block) + page("<p>Beta.</p>"))
    assert "larger than 10 MB" in str(members(path)["#1"])
    assert members(path)["#2"] == b"<p>Beta.</p>"
    assert peak_of(path) < 45_000_000


def test_a_page_in_a_coding_that_is_not_known_is_set_aside(tmp_path: Path) -> None:
    path = written(tmp_path / "a.warc", page("x", "Content-Encoding: zstd") + page("<p>Beta.</p>"))
    assert "zstd" in str(members(path)["#1"])


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        ("iso-8859-2", b"<p>\xb3\xf3d\xbc</p>", "<p>łódź</p>".encode()),
        ("iso-8859-1", b"<p>\x93caf\xe9\x94</p>", "<p>“café”</p>".encode()),
        ("utf-8", "<p>café</p>".encode(), "<p>café</p>".encode()),
        ("iso-8859-2", "<p>café</p>".encode(), "<p>café</p>".encode()),
        ("iso-8859-2", b"<meta charset=cp1252><p>caf\xe9", b"<meta charset=cp1252><p>caf\xe9"),
        ("klingon", b"<p>caf\xe9", b"<p>caf\xe9"),
        ("rot13", b"<p>caf\xe9", b"<p>caf\xe9"),
        ("utf-16-le", "<p>Alpha</p>".encode("utf-16-le"), b"<p>Alpha</p>"),
    ],
)
def test_the_encoding_that_a_server_states_counts_where_the_page_states_none(
    tmp_path: Path, declared: str, text: bytes, expected: bytes
) -> None:
    block = http(text, f'Content-Type: text/html; charset="{declared}"')
    assert members(written(tmp_path / "a.warc", warc_record("response", block))) == {"#1": expected}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "holds no record"),
        (b"no crawl", "not a WARC file"),
        (b"x" * 3_000_000, "goes on for ever"),
        (b"WARC/1.0\r\n" + b"a: b\r\n" * 1_000_000, "goes on for ever"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n", "record 1 of the crawl is damaged"),
        (warc_record("metadata", b"x"), "no file or page"),
        (CRAWL[:-30], "record 3 of the crawl is damaged: it is cut off"),
        (CRAWL + b"garbage\r\n", "record 4 of the crawl is damaged"),
    ],
)
def test_a_crawl_that_is_none_is_named_with_the_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    told = survey(written(tmp_path / "a.warc", data)).reason
    assert told is not None
    assert reason in told


@pytest.mark.parametrize("suffix", ["jsonl", "ndjson", "json", "csv", "warc"])
def test_of_an_archive_that_is_cut_off_what_comes_before_is_read_and_what_came_after_stays(
    tmp_path: Path, suffix: str
) -> None:
    random_text = random.Random(7)
    words = [" ".join(random_text.choices("abcdefghijklmnop", k=300)) for _ in range(60)]
    whole = {
        "json": json.dumps([{"text": text} for text in words]),
        "csv": "text,n\n" + "".join(f"{text},1\n" for text in words),
        "warc": b"".join(page(text, kind="text/plain") for text in words).decode(),
    }.get(suffix, "\n".join(json.dumps({"text": text}) for text in words))
    path = written(tmp_path / f"a.{suffix}.gz", whole)
    sink = DictSink()
    run(path, sink=sink)
    assert len(sink.texts()) == 60
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    report = run(path, sink=sink, prune=True)
    assert 10 < report.unchanged < 55
    assert (report.removed, len(sink.texts())) == (0, 60)
    assert "damaged or cut off after" in reasons(report)[f"a.{suffix}.gz"]


# --- through the pipeline and the store -------------------------------------------------------------------


def test_members_of_every_kind_go_into_a_store_and_come_out_under_their_names(
    tmp_path: Path, empty_store: Path
) -> None:
    news = tmp_path / "news"
    html = f"<html><head><title>Ferry</title></head><body><p>{FERRY}</p></body></html>"
    written(news / "a.csv", f'headline,body,date\nFerry,"{FERRY}",2021-03-03\n')
    written(news / "b.json", json.dumps({"articles": [{"text": FERRY.replace("212", "213"), "title": "Ferry"}]}))
    written(news / "c.zip", zipped({"2021/03/04/x.html": html.replace("212", "214").encode(), "f.jsonl": line(FERRY)}))
    written(news / "d.warc.gz", page(html.replace("212", "215")))
    with open_sink(empty_store, encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
        report = ingest([news], sink, prepare=prepare)
        again = ingest([news], sink, prepare=prepare)
    assert (report.set_aside, report.articles, again.unchanged, again.articles) == ((), 5, 5, 0)
    with open_store(empty_store, encoder=FakeEncoder(), build=fake_build()) as store:
        found = {article.source: article for article in store.articles()}
        assert list(found) == ["a.csv#1", "b.json#1", "c.zip!2021/03/04/x.html", "c.zip!f.jsonl#1", "d.warc.gz#1"]
        assert found["a.csv#1"].published.day == dt.date(2021, 3, 3)
        assert found["c.zip!2021/03/04/x.html"].published.day == dt.date(2021, 3, 4)
        assert found["d.warc.gz#1"].published.day is None
        assert store.source_text("a.csv#1") == FERRY
        assert "215 passengers" in store.source_text("d.warc.gz#1")
        for sources, expected in [(("c.zip",), 2), (("c.zip!f.jsonl",), 1), (("c.zip!2021",), 1), (("c.zip!f",), 0)]:
            assert len(store.articles(Filters(sources=sources))) == expected


def test_what_is_stored_is_what_was_read_though_the_file_changed_since_it_was_compared(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", zipped({"a.txt": b"Alpha.", "b.txt": b"Beta."}))

    sink = DictSink()
    preparation = LinePreparation()
    seen = survey(path)
    written(path, zipped({"a.txt": b"Changed.", "c.txt": b"Gamma."}))
    found = {m.name: m for m in read_members(path, wanted=set(seen.members))}
    assert found["!a.txt"].digest == digest_bytes(b"Changed.") != seen.members["!a.txt"][0]
    ingest([path], sink, prepare=preparation)
    assert {state.digest for state in sink.states.values()} == {digest_bytes(b"Changed."), digest_bytes(b"Gamma.")}


# --- laws -------------------------------------------------------------------------------------------------

VALID = {
    "a.jsonl": b"\n".join(line(text) for text in ("Alpha.", "Beta.", "Gamma.")),
    "a.json": json.dumps({"n": 1.5, "articles": [{"text": "Alpha.", "x": [1, None]}, {"text": "Beta."}]}).encode(),
    "a.csv": b'title,text,n\n"A ""b""",Alpha.,1\nC,"Beta\nand more.",2\n',
    "a.zip": zipped(
        {"a.txt": b"Alpha." * 9, "f.csv": b"text\nBeta.\n", "g.jsonl.gz": gzip.compress(line("G."), mtime=0)}
    ),
    "a.warc": CRAWL + warc_record("response", http(gzip.compress(b"x" * 99, mtime=0), "Content-Encoding: gzip")),
}
EDITS = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "insert", "copy"]), st.integers(0, 2_000), st.binary(max_size=12)),
    min_size=1,
    max_size=5,
)


def mutated(data: bytes, edits: Sequence[tuple[str, int, bytes]]) -> bytes:
    for kind, where, piece in edits:
        at = where % (len(data) + 1)
        if kind == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ (piece[0] if piece else 255)]) + data[at + 1 :]
        elif kind == "cut":
            data = data[:at]
        elif kind == "insert":
            data = data[:at] + piece + data[at:]
        elif kind == "copy":
            data = data[:at] + data[at // 2 : at // 2 + 40] + data[at:]
    return data


def digested(path: Path) -> list[tuple[str, str]]:
    """What comes out of a container; a ReadError is its end."""
    found = []
    with contextlib.suppress(ReadError):
        for member in read_members(path):
            assert member.content is None or digest_bytes(member.content) == member.digest
            found.append((member.name, member.digest))
    return found


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", VALID)
def test_law_of_a_damaged_container_only_members_or_a_reason_come_out(name: str, packed: bool) -> None:
    if packed and name == "a.zip":
        return

    @settings(max_examples=120, deadline=None)
    @given(edits=EDITS)
    @example(edits=[("cut", 0, b"")])
    def law(edits: Sequence[tuple[str, int, bytes]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            data = gzip.compress(VALID[name], mtime=0) if packed else VALID[name]
            path = Path(folder) / (f"{name}.gz" if packed else name)
            path.write_bytes(mutated(data, edits))
            found = digested(path)
            assert found == digested(path)
            assert len(found) < 100

    law()


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(sorted(VALID)), edits=EDITS)
def test_law_ingesting_a_container_twice_changes_nothing(name: str, edits: Sequence[tuple[str, int, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(mutated(VALID[name], edits))
        sink = DictSink()
        report = ingest([path], sink, prepare=prepare)
        commits = len(sink.batches)
        again = ingest([path], sink, prepare=prepare)
        assert (len(sink.batches), again.articles, reasons(again)) == (commits, 0, reasons(report))
        assert all(isinstance(article, PreparedArticle) for article in sink.articles.values())


ROWS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30), min_size=1)


@settings(max_examples=100, deadline=None)
@given(rows=ROWS.filter(lambda rows: all(row.strip() for row in rows)), delimiter=st.sampled_from(",;\t|"))
def test_law_what_a_table_says_is_read_to_the_character(rows: list[str], delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([["text", "title"], *([row, "T"] for row in rows)])
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "a.csv", out.getvalue())
        said = [json.loads(content)["text"] for content in members(path).values()]
    assert said == rows


class Trickle(io.BytesIO):
    """A file that gives a few bytes at a time."""

    def __init__(self, data: bytes, few: int) -> None:
        super().__init__(data)
        self.few = few

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(self.few)


WORDS = st.text(st.sampled_from('a"\\[]{},: \né\U0001f600'), max_size=9)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(values=st.lists(VALUES, max_size=5), few=st.integers(1, 9), ascii_only=st.booleans(), wide=st.booleans())
def test_law_a_list_is_cut_into_its_elements_wherever_its_blocks_end(
    values: list[object], few: int, ascii_only: bool, wide: bool
) -> None:
    data = json.dumps(values, ensure_ascii=ascii_only, indent=2 if wide else None).encode()
    found = [member.content for member in read_elements(Trickle(data, few))]
    assert found == [canonical(value) for value in values]
