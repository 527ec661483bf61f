"""What a browser sends stays in one folder, whole, under a tame name, and takes the place of nothing."""

from __future__ import annotations

import os
import shutil
import sys
from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.uploads import Kept, Limits, Uploads, clean_path
from ingest.article import container_of
from ingest.errors import UsageError
from ingest.files import find_files, is_never_article

BATCH = "0123456789abcdef"
TRICKS = [
    "..",
    ".",
    "",
    "~",
    "CON",
    "nul.txt",
    "a.txt.",
    " a",
    "a\u0301",
    "\u202etxt.exe",
    "a\nb",
    "C:",
    "a:b",
    "a.zip!x",
]

paths = st.lists(st.one_of(st.text(max_size=12), st.sampled_from(TRICKS)), min_size=1, max_size=6).map("/".join)


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "store-uploads")


def send(uploads: Uploads, name: str, content: bytes = b"The ferry sails.", *, batch: str = BATCH) -> Kept:
    incoming = uploads.begin("somebody", batch, name)
    try:
        incoming.write(content)
        return incoming.keep()
    finally:
        incoming.drop()


def held(uploads: Uploads) -> dict[str, bytes]:
    """Every file below the folder that holds the uploads' folder, by its path there."""
    above = uploads.folder.parent
    return {p.relative_to(above).as_posix(): p.read_bytes() for p in above.rglob("*") if p.is_file()}


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../a.txt",
            "a/../../b.txt",
            "a/..",
            "a/ .. /b.txt",
            "/etc/passwd",
            "\\\\host\\a.txt",
            "C:\\a.txt",
            "c:/a.txt",
        ),
        *("a\0.txt", "", "/", "..."),
    ],
)
def test_a_name_that_leads_elsewhere_or_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        clean_path(name)


@pytest.mark.parametrize(
    "name", [".hidden.txt", ".git/config.txt", "news/.datelineignore", "README.md", "a/LICENSE.txt", "‮.txt"]
)
def test_what_no_ingest_would_read_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="left out"):
        clean_path(name)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("news/2020/ferry.txt", "news/2020/ferry.txt"),
        ("a//b/./c.txt", "a/b/c.txt"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1/lpt9.txt", "_com1/_lpt9.txt"),
        ("console.txt", "console.txt"),
        ("what?.txt", "what_.txt"),
        ('<a>:"b"|*.txt', "_a___b___.txt"),
        ("ferry.txt. . ", "ferry.txt"),
        ("fer\u202ery\x1b[31m.txt", "ferry.txt"),
        ("two\nlines.txt", "two lines.txt"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("..\\..\\x.txt/a.txt", None),
        ("wire.jsonl#3", "wire.jsonl_3"),
        ("a.zip!b.txt", "a.zip_b.txt"),
        ("Why #1!.txt", "Why #1!.txt"),
    ],
)
def test_a_name_is_made_harmless_and_no_more_than_that(name: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(UsageError):
            clean_path(name)
    else:
        assert str(clean_path(name)) == kept


def test_an_overlong_name_keeps_its_ending() -> None:
    path = clean_path("ä" * 400 + ".jsonl.gz")
    assert len(path.name.encode()) <= 180
    assert path.name.endswith(".jsonl.gz")


def test_a_path_that_is_too_deep_is_refused() -> None:
    with pytest.raises(UsageError, match="too deep"):
        clean_path("/".join(["a"] * 40) + "/b.txt")


@given(paths)
def test_whatever_a_path_says_it_ends_below_the_folder_and_stays_what_it_is(name: str) -> None:
    try:
        path = clean_path(name)
    except UsageError as error:
        assert str(error)
        return
    assert not path.is_absolute()
    assert path.parts and not set(path.parts) & {"", ".", ".."}
    assert Path(os.path.normpath(Path("/uploads") / path)).is_relative_to("/uploads")
    assert all(len(part.encode()) <= 255 and "\\" not in part and "\0" not in part for part in path.parts)
    assert not is_never_article(str(path))
    assert container_of(str(path)) is None
    assert clean_path(str(path)) == path


# --- where it ends ----------------------------------------------------------------------------------------------------


@given(name=paths)
def test_whatever_is_sent_nothing_is_written_outside_the_folder(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    uploads = Uploads(tmp_path_factory.mktemp("any") / "uploads")
    try:
        kept = send(uploads, name)
    except UsageError:
        assert held(uploads) == {}
    else:
        assert held(uploads) == {f"uploads/{kept.path}": b"The ferry sails."}
        assert [f.path.relative_to(uploads.folder).as_posix() for f in find_files([uploads.folder])] == [kept.path]
    finally:
        shutil.rmtree(uploads.folder.parent)


def test_a_name_that_is_taken_by_other_content_gets_a_number_and_nothing_is_overwritten(uploads: Uploads) -> None:
    names = [send(uploads, "news/ferry.jsonl.gz", content).path for content in (b"one", b"two", b"three")]
    assert names == ["news/ferry.jsonl.gz", "news/ferry (2).jsonl.gz", "news/ferry (3).jsonl.gz"]
    assert sorted(held(uploads).values()) == [b"one", b"three", b"two"]


def test_the_same_content_is_recognised_under_its_name_and_under_a_number(uploads: Uploads) -> None:
    send(uploads, "ferry.txt", b"one")
    send(uploads, "ferry.txt", b"two")
    assert send(uploads, "ferry.txt", b"one") == Kept("ferry.txt", 3, known=True)
    assert send(uploads, "ferry.txt", b"two") == Kept("ferry (2).txt", 3, known=True)
    assert len(held(uploads)) == 2


def test_names_that_differ_in_capitals_or_in_composition_alone_are_one_name(uploads: Uploads) -> None:
    send(uploads, "News/Café.txt", b"one")
    assert send(uploads, "news/cafe\u0301.TXT", b"two").path == "News/café (2).TXT"
    assert sorted(p.name for p in (uploads.folder / "News").iterdir()) == ["Café.txt", "café (2).TXT"]


def test_a_file_that_lies_where_a_folder_is_to_be_is_gone_round(uploads: Uploads) -> None:
    send(uploads, "news", b"one")
    assert send(uploads, "news/a.txt", b"two").path == "news (2)/a.txt"
    assert send(uploads, "NEWS/b.txt", b"three").path == "news (2)/b.txt"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_links_are_neither_followed_nor_replaced(uploads: Uploads, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_bytes(b"mine")
    uploads.folder.mkdir()
    (uploads.folder / "folder").symlink_to(outside)
    (uploads.folder / "file.txt").symlink_to(outside / "a.txt")
    (uploads.folder / "nowhere.txt").symlink_to(outside / "none.txt")
    assert send(uploads, "folder/a.txt").path == "folder (2)/a.txt"
    assert send(uploads, "file.txt", b"mine").path == "file (2).txt"
    assert send(uploads, "nowhere.txt").path == "nowhere (2).txt"
    assert [p.name for p in outside.iterdir()] == ["a.txt"]
    assert (outside / "a.txt").read_bytes() == b"mine"


def test_a_file_that_appears_in_the_same_moment_is_not_overwritten(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(uploads, "a.txt")

    def appears_first(part: Path, target: Path, link: Callable[[Path, Path], None] = os.link) -> None:
        if target.name == "b.txt" and not target.exists():
            target.write_bytes(b"of somebody else")
        link(part, target)

    monkeypatch.setattr(os, "link", appears_first)
    assert send(uploads, "b.txt").path == "b (2).txt"
    assert (uploads.folder / "b.txt").read_bytes() == b"of somebody else"


def test_without_links_in_the_file_system_files_are_kept_all_the_same(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert [send(uploads, "a.txt", c).path for c in (b"one", b"two", b"one")] == ["a.txt", "a (2).txt", "a.txt"]


# --- how much ---------------------------------------------------------------------------------------------------------


def test_each_kind_of_file_has_the_limit_of_its_kind() -> None:
    limits = Limits()
    small, large, many = limits.article, limits.document, limits.container
    named = {"a.txt": small, "a.HTML": small, "no ending": small, "U.S. troops leave": small, "a.html.gz": small}
    named |= {"a.pdf": large, "a.docx": large, "a.pdf.gz": small, "a.zip": many, "a.CSV": many, "a.warc.gz": many}
    assert {name: limits.of(name) for name in named} == named


@pytest.mark.parametrize("name", ["a.exe", "a.png", "a.txt.js", "catalog.sqlite3", "a.7z", "a.tar.gz", "a.zip.exe"])
def test_what_is_not_read_is_refused_by_its_ending(uploads: Uploads, name: str) -> None:
    with pytest.raises(UsageError, match="are not read"):
        send(uploads, name)
    assert held(uploads) == {}


def test_a_file_beyond_its_limit_is_refused_whatever_its_sender_said_and_leaves_nothing(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", replace(Limits(), article=10))
    with pytest.raises(UsageError, match="larger than"):
        uploads.begin("somebody", BATCH, "a.txt", 11)
    incoming = uploads.begin("somebody", BATCH, "a.txt", 3)
    incoming.write(b"0123456789")
    with pytest.raises(UsageError, match="larger than"):
        incoming.write(b"!")
    incoming.drop()
    assert held(uploads) == {}


def test_what_is_refused_does_not_count_and_what_is_kept_does(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", replace(Limits(), batch=20, files=2, article=15))
    with pytest.raises(UsageError):
        send(uploads, "large.txt", b"x" * 16)
    send(uploads, "a.txt", b"x" * 12)
    with pytest.raises(UsageError, match="at a time"):
        send(uploads, "b.txt", b"y" * 12)
    send(uploads, "c.txt", b"z" * 8)
    with pytest.raises(UsageError, match="more than 2 files"):
        send(uploads, "d.txt", b"")
    send(uploads, "d.txt", b"w", batch="fedcba9876543210")
    assert sorted(held(uploads)) == ["uploads/a.txt", "uploads/c.txt", "uploads/d.txt"]


def test_a_disk_that_is_nearly_full_takes_nothing(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, Limits().spare + 100))
    send(uploads, "a.txt")
    with pytest.raises(UsageError, match="nearly full"):
        uploads.begin("somebody", BATCH, "b.txt", 101)


def test_what_is_cut_off_leaves_nothing_that_an_ingest_would_find(uploads: Uploads) -> None:
    incoming = uploads.begin("somebody", BATCH, "a.txt")
    incoming.write(b"half")
    assert find_files([uploads.folder]) == ()
    incoming.drop()
    assert held(uploads) == {}


def test_what_was_left_long_ago_is_swept_away_and_what_is_on_its_way_is_not(uploads: Uploads) -> None:
    uploads.begin("somebody", BATCH, "old.txt")
    (part,) = (uploads.folder / ".incoming").iterdir()
    os.utime(part, (1, 1))
    uploads.begin("somebody", BATCH, "new.txt")
    uploads.sweep()
    assert len(held(uploads)) == 1


def test_a_folder_of_many_files_is_not_listed_for_each(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []
    real = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: listed.append(str(path)) or real(path))
    for number in range(50):
        send(uploads, f"news/{number}.txt")
    assert len(listed) < 10
    assert PurePosixPath(listed[0]).name == "store-uploads"
