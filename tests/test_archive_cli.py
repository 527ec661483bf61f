"""The commands that look after an archive, run as a person would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.test_cli import Ran, news, run, seeds  # noqa: F401  # fixtures


@pytest.fixture
def filled(run: Callable[..., Ran], news: Path) -> Path:  # noqa: F811
    """A folder of one article and one file that is none, in an index beside it."""
    (news / "empty.txt").write_text("", encoding="utf-8")
    assert run("ingest", news, "--store", "index").code == 0
    return news


@pytest.mark.usefixtures("filled")
class TestLooking:
    """search, sources, status"""

    def test_words_are_shown_where_they_stand(self, run: Callable[..., Ran]) -> None:  # noqa: F811
        found = run("search", "the fog came  down", "--store", "index")
        assert found.code == 0
        first = found.out.splitlines()[0]
        source, place = first.split()[:2]
        shown = run("show", source, "--span", place, "--store", "index").out
        assert "⟦the fog came down⟧" in shown

    def test_words_that_stand_nowhere_give_the_nearest_passages(self, run: Callable[..., Ran]) -> None:  # noqa: F811
        found = run("search", "fog minutes within captain", "--store", "index").out
        assert found.startswith("nothing holds these words in a row")
        assert "ferry.txt" in found

    def test_what_is_found_can_be_read_by_a_program(self, run: Callable[..., Ran]) -> None:  # noqa: F811
        told = json.loads(run("search", "fog", "--json", "--store", "index").out)
        assert told["exact"] is True
        assert told["hits"][0]["quote"] == "fog"
        text = run("show", told["hits"][0]["source"], "--store", "index").out
        assert text[told["hits"][0]["start"] : told["hits"][0]["end"]] == "fog"

    @pytest.mark.parametrize(
        "flags", [["--from", "soon"], ["--limit", "0"], ["--from", "2022-01-01", "--to", "2021-01-01"]]
    )
    def test_a_search_that_cannot_be_made_exits_2(self, run: Callable[..., Ran], flags: list[str]) -> None:  # noqa: F811
        assert run("search", "fog", *flags, "--store", "index").code == 2

    def test_only_what_was_set_aside_is_listed_with_its_reason(self, run: Callable[..., Ran]) -> None:  # noqa: F811
        listed = run("sources", "--failed", "--store", "index").out
        assert "empty.txt\n  set aside the file is empty" in listed
        assert "headline" not in listed

    def test_what_was_set_aside_can_be_read_by_a_program(self, run: Callable[..., Ran]) -> None:  # noqa: F811
        rows = json.loads(run("sources", "--failed", "--json", "--store", "index").out)
        assert {"empty.txt"} <= {row["source"] for row in rows}
        assert all(len(row["fingerprint"]) in (0, 64) for row in rows)

    def test_the_state_of_the_index_is_told(self, run: Callable[..., Ran]) -> None:  # noqa: F811
        told = run("status", "--store", "index").out
        assert "holds      1 article at 1 source" in told
        assert "writing    nobody" in told

    def test_the_state_can_be_read_by_a_program(self, run: Callable[..., Ran]) -> None:  # noqa: F811
        told = json.loads(run("status", "--json", "--store", "index").out)
        assert told["n_articles"] == 1
        assert told["writer"] is None
        assert told["part_bytes"]["vectors"] > 0

    def test_the_servers_that_hold_parts_are_told(self, run: Callable[..., Ran]) -> None:  # noqa: F811
        assert "\nservers" not in run("status", "--store", "index").out
        flags = ("--store", "index", "--vectors", "http://127.0.0.1:9")
        assert "servers    vectors http://127.0.0.1:9\n" in run("status", *flags).out
        assert json.loads(run("status", "--json", *flags).out)["servers"] == {"vectors": "http://127.0.0.1:9"}

    def test_who_writes_is_told(self, run: Callable[..., Ran], tmp_path: Path) -> None:  # noqa: F811
        from ingest.encode import load_encoder
        from store import open_sink

        with open_sink(tmp_path / "index", encoder_spec=load_encoder().spec):
            assert "writing    process " in run("status", "--store", "index").out
            refused = run("ingest", tmp_path / "news", "--store", "index")
            assert refused.code == 1
            assert "process" in refused.err


@pytest.mark.usefixtures("filled")
class TestChanging:
    """edit, remove, compact"""

    def test_what_was_found_can_be_put_right_and_back(self, run: Callable[..., Ran]) -> None:  # noqa: F811
        done = run("edit", "ferry.txt", "--published", "2021-03-03", "--author", "Ida Holm", "--store", "index")
        assert "published 2021-03-03: set by the user" in done.out
        assert "by        Ida Holm" in run("sources", "--store", "index").out
        assert "set by the user" not in run("edit", "ferry.txt", "--undo", "--store", "index").out

    @pytest.mark.parametrize("flags", [[], ["--undo", "--headline", "x"], ["--headline", " "], ["--published", "May"]])
    def test_an_edit_that_says_nothing_or_two_things_exits_2(self, run: Callable[..., Ran], flags: list[str]) -> None:  # noqa: F811
        assert run("edit", "ferry.txt", *flags, "--store", "index").code == 2

    def test_what_lies_nowhere_can_be_neither_edited_nor_removed(self, run: Callable[..., Ran]) -> None:  # noqa: F811
        assert run("edit", "fery.txt", "--headline", "x", "--store", "index").code == 1
        assert run("remove", "fery.txt", "--store", "index").code == 1

    def test_what_was_removed_stays_out_until_it_is_let_in_again(self, run: Callable[..., Ran], filled: Path) -> None:  # noqa: F811
        assert "retracted ferry.txt" in run("remove", "ferry.txt", "--retract", "--store", "index").out
        again = run("ingest", filled, "--store", "index")
        assert "set aside ferry.txt: retracted on" in again.out
        assert "0 articles" in run("status", "--store", "index").out
        (filled / "ferry.txt").rename(filled / "renamed.txt")
        assert "set aside renamed.txt: retracted on" in run("ingest", filled, "--store", "index").out
        assert "1 article, " in run("ingest", filled, "--readmit", "--store", "index").out

    def test_compacting_an_index_keeps_what_it_holds(self, run: Callable[..., Ran]) -> None:  # noqa: F811
        assert "MB now" in run("compact", "--store", "index").out
        assert "fog" in run("search", "fog", "--store", "index").out

    def test_nothing_is_made_where_there_is_no_index(self, run: Callable[..., Ran], tmp_path: Path) -> None:  # noqa: F811
        for command in (["compact"], ["remove", "x"], ["edit", "x", "--undo"], ["status"]):
            assert run(*command, "--store", "nowhere").code == 1
        assert not (tmp_path / "nowhere").exists()
