"""What is told of a file that was read in: that it is as it was, has changed, or is gone."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.job import ingest
from store.disk import DiskState
from store.search import open_store
from store.writer import open_sink
from tests.conftest import FakeEncoder, fake_build
from tests.ingesting import prepare_with_fake

WORDS = "The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard. Nobody was hurt."
LINE = json.dumps({"text": WORDS, "title": "Ferry"})


def state_after(folder: Path, change: Callable[[], object], source: str, **fields: str) -> DiskState:
    """What the store says of `source` once `folder` was read in and then changed."""
    store = folder.parent / "store"
    with open_sink(store, encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
        ingest([folder], sink, prepare=prepare_with_fake, fields=fields)
    change()
    with open_store(store, encoder=FakeEncoder(), build=fake_build()) as opened:
        assert opened.source_text(source)
        return opened.disk_state(source)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.txt").write_text(WORDS, encoding="utf-8")
    return tmp_path / "news"


def later(path: Path) -> None:
    """Give the file another date."""
    os.utime(path, ns=(1, 1))


def test_a_file_that_was_only_touched_is_the_same(folder: Path) -> None:
    assert state_after(folder, lambda: later(folder / "a.txt"), "a.txt") == "same"


def test_other_bytes_of_the_same_size_and_date_are_a_change(folder: Path) -> None:
    def change() -> None:
        path = folder / "a.txt"
        before = path.stat()
        path.write_text(WORDS.replace("212", "221"), encoding="utf-8")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert state_after(folder, change, "a.txt") == "changed"


def test_another_size_is_a_change(folder: Path) -> None:
    assert state_after(folder, lambda: (folder / "a.txt").write_text("other"), "a.txt") == "changed"


def test_a_file_that_was_deleted_is_gone(folder: Path) -> None:
    assert state_after(folder, (folder / "a.txt").unlink, "a.txt") == "gone"


def test_a_folder_in_the_place_of_the_file_is_a_change(folder: Path) -> None:
    def change() -> None:
        (folder / "a.txt").unlink()
        (folder / "a.txt").mkdir()

    assert state_after(folder, change, "a.txt") == "changed"


def test_a_source_that_nobody_read_in_is_not_known(folder: Path) -> None:
    with open_sink(folder.parent / "store", encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
        ingest([folder], sink, prepare=prepare_with_fake)
    with open_store(folder.parent / "store", encoder=FakeEncoder(), build=fake_build()) as opened:
        assert opened.disk_state("nowhere.txt") == "unknown"


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([LINE, LINE.replace("212", "213"), LINE], "same"),
        ([LINE, LINE.replace("212", "999")], "changed"),
        ([LINE], "gone"),
        (None, "gone"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_a_container_is_compared_by_itself(
    folder: Path, lines: list[str] | None, state: DiskState, packed: bool
) -> None:
    path = folder / ("feed.jsonl.gz" if packed else "feed.jsonl")

    def write(lines: list[str]) -> None:
        data = "\n".join(lines).encode()
        path.write_bytes(gzip.compress(data) if packed else data)

    write([LINE, LINE.replace("212", "213")])

    def change() -> None:
        if lines is None:
            path.unlink()
        else:
            write(lines)
            later(path)

    assert state_after(folder, change, f"{path.name}#2") == state


def test_a_record_read_by_chosen_fields_is_compared_as_it_was_read(folder: Path) -> None:
    path = folder / "feed.jsonl"
    path.write_text(json.dumps({"story": WORDS, "kop": "Ferry"}), encoding="utf-8")
    assert state_after(folder, lambda: later(path), "feed.jsonl#1", text="story", title="kop") == "same"


@pytest.mark.parametrize(("words", "state"), [(WORDS, "same"), (WORDS + " More.", "changed")])
def test_a_file_in_an_archive_is_compared_by_itself(folder: Path, words: str, state: DiskState) -> None:
    path = folder / "all.zip"

    def write(inside: str, beside: str) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("town/b.txt", inside)
            archive.writestr("c.txt", beside)

    write(WORDS + " It rained.", WORDS + " It snowed.")

    def change() -> None:
        write(words.replace(WORDS, WORDS + " It rained."), "something else")
        later(path)

    assert state_after(folder, change, "all.zip!town/b.txt") == state
