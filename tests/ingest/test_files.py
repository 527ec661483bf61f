"""Which files are to be articles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ingest.errors import UsageError
from ingest.files import find_files, folders_of, gone_of

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "news", {"a.txt": "Alpha.", "b.txt": "Beta.", "sub/c.txt": "Gamma."})


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def names(*paths: Path) -> list[str]:
    return [file.path.relative_to(file.root).as_posix() for file in find_files(paths)]


def test_the_seeds_are_exactly_five_files() -> None:
    assert len(find_files([SEEDS])) == 5


def test_files_are_found_in_order_of_their_path(folder: Path) -> None:
    assert names(folder) == ["a.txt", "b.txt", "sub/c.txt"]


def test_readmes_licences_and_dotfiles_are_no_articles(folder: Path) -> None:
    written(folder, {"README.md": "x", "LICENSE": "x", ".hidden": "x", ".git/d.txt": "x", "sub/README": "x"})
    assert names(folder) == ["a.txt", "b.txt", "sub/c.txt"]


def test_readmes_and_licences_in_small_letters_are_no_articles_but_news_of_licences_is(folder: Path) -> None:
    written(folder, {"readme.txt": "x", "License": "x", "sub/Readme.md": "x", "license-fees-rise.txt": "x"})
    assert names(folder) == ["a.txt", "b.txt", "license-fees-rise.txt", "sub/c.txt"]


def test_an_index_below_the_folder_is_no_article(folder: Path) -> None:
    written(folder, {"index/catalog.sqlite3": "x", "index/vectors/chroma.sqlite3": "x", "index/writer.json": "x"})
    assert names(folder) == ["a.txt", "b.txt", "sub/c.txt"]


def test_of_a_folder_that_is_itself_the_index_the_articles_are_found(folder: Path) -> None:
    index = [
        "catalog.sqlite3",
        "catalog.sqlite3-wal",
        "vectors/x.bin",
        "lexical/meta.json",
        "vectors.lock",
        "write.lock",
    ]
    written(folder, dict.fromkeys(index, "x"))
    assert names(folder) == ["a.txt", "b.txt", "sub/c.txt"]


def test_a_path_that_may_be_gone_holds_no_file(folder: Path) -> None:
    gone = folder / "gone" / "deeper"
    assert find_files([gone, folder / "a.txt"], may_be_gone=True) == find_files([folder / "a.txt"])
    assert gone_of([gone, folder]) == (gone,)
    assert folders_of([gone, folder]) == (folder,)


def test_a_file_passed_by_name_is_ingested_whatever_the_rules_say(folder: Path) -> None:
    written(folder, {"README.md": "x", ".datelineignore": "b.txt\n"})
    assert names(folder / "README.md", folder / "b.txt") == ["README.md", "b.txt"]


def test_an_ignore_file_names_what_is_left_out(folder: Path) -> None:
    written(folder, {".datelineignore": "# drafts\nb.*\nsub/\n"})
    assert names(folder) == ["a.txt"]


def test_a_deeper_ignore_file_overrules_the_one_above(folder: Path) -> None:
    written(folder, {".datelineignore": "*.txt\n", "sub/.datelineignore": "!c.txt\n", "sub/d.txt": "x"})
    assert names(folder) == ["sub/c.txt"]


def test_an_ignore_file_can_admit_a_readme(folder: Path) -> None:
    written(folder, {".datelineignore": "!README.txt\n", "README.txt": "x"})
    assert "README.txt" in names(folder)


def test_an_ignore_file_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / ".datelineignore").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UsageError, match=r"\.datelineignore"):
        find_files([folder])


def test_a_path_that_does_not_exist_is_a_usage_error(folder: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        find_files([folder, folder / "nowhere"])


def test_no_path_at_all_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="nothing to ingest"):
        find_files([])


def test_a_file_reached_twice_is_found_once(folder: Path) -> None:
    assert names(folder, folder / "sub", folder / "a.txt") == ["a.txt", "b.txt", "sub/c.txt"]


def test_the_same_folder_through_a_link_is_the_same_folder(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert find_files([link]) == find_files([folder])
