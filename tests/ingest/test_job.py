"""The ingest job, against a sink that is a dictionary and a preparation that needs no model."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.article import Article, PublicationDate, Span, digest_bytes
from ingest.errors import UsageError
from ingest.files import MAX_FILE_BYTES
from ingest.job import Batch, FileState, FileToIngest, PreparedArticle, Progress, Report, SetAside, ingest


@dataclass
class DictSink:
    """Holds the contract of `Sink` to the letter, in memory."""

    states: dict[str, FileState] = field(default_factory=dict)
    articles: dict[str, PreparedArticle] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)
    fields: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def chosen_fields(self, container: str) -> Mapping[str, str]:
        return self.fields.get(container, {})

    def keep_chosen_fields(self, container: str, chosen: Mapping[str, str]) -> None:
        self.fields[container] = dict(chosen)

    def files(self) -> Mapping[str, FileState]:
        return dict(self.states)

    removed: dict[str, str] = field(default_factory=dict)

    def removals(self) -> Mapping[str, str]:
        return dict(self.removed)

    def readmit(self, digests: Iterable[str]) -> None:
        for digest in digests:
            del self.removed[digest]
            self.states = {path: s for path, s in self.states.items() if s.digest != digest or s.reason is None}

    def write(self, batch: Batch) -> None:
        assert batch.files or batch.removed_paths, "an empty batch is no reason for a commit"
        self.batches.append(batch)
        self.articles |= {prepared.article.article_id: prepared for prepared in batch.articles}
        self.states |= {state.path: state for state in batch.files}
        for path in batch.removed_paths:
            del self.states[path]
        named = {state.article_id for state in self.states.values() if state.article_id}
        assert named <= self.articles.keys(), "a file names an article that nobody wrote"
        self.articles = {key: value for key, value in self.articles.items() if key in named}
        sources = [state.source for state in self.states.values()]
        assert len(sources) == len(set(sources)), "two files go by one source"

    def texts(self) -> dict[str, str]:
        """What stands under each source."""
        by_source = {s.source: s.article_id for s in self.states.values() if s.article_id}
        return {source: self.articles[key].source_text for source, key in by_source.items()}


@dataclass
class Preparation:
    """Makes an article of any file that does not start with "bad", and remembers what it was asked for."""

    asked: list[str] = field(default_factory=list)

    def __call__(self, files: Sequence[FileToIngest]) -> list[PreparedArticle | SetAside]:
        self.asked += [file.source for file in files]
        return [self._one(file) for file in files]

    def _one(self, file: FileToIngest) -> PreparedArticle | SetAside:
        data = Path(file.path).read_bytes()
        if data.startswith(b"bad"):
            return SetAside(file.path, file.source, "only page furniture", digest_bytes(data))
        text = data.decode()
        span = (Span(0, len(text)),)
        undated = PublicationDate(None, "no date in it")
        article = Article(digest_bytes(data), (file.source,), None, None, (), undated, span, "f")
        return PreparedArticle(article, text, "utf-8", span, np.ones((1, 1), np.float32))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "news", {"a.txt": "Alpha.", "b.txt": "Beta.", "sub/c.txt": "Gamma."})


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def run(*paths: Path, sink: DictSink, prune: bool = False, batch_size: int = 64) -> Report:
    return ingest(paths, sink, prune=prune, batch_size=batch_size, prepare=Preparation())


def reasons(report: Report) -> dict[str, str]:
    return {aside.source: aside.reason for aside in report.set_aside}


# --- what a run does --------------------------------------------------------------------------------------


def test_a_first_run_indexes_every_file_under_its_path_below_the_folder(folder: Path) -> None:
    sink = DictSink()
    report = run(folder, sink=sink)
    assert sink.texts() == {"a.txt": "Alpha.", "b.txt": "Beta.", "sub/c.txt": "Gamma."}
    assert (report.found, report.articles, report.passages, report.unchanged) == (3, 3, 3, 0)


def test_a_second_run_prepares_nothing_and_commits_nothing(folder: Path) -> None:
    sink, preparation = DictSink(), Preparation()
    run(folder, sink=sink)
    report = ingest([folder], sink, prepare=preparation)
    assert (report.unchanged, preparation.asked, len(sink.batches)) == (3, [], 1)


def test_a_touched_file_is_unchanged(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    os.utime(folder / "a.txt", (1, 1))
    assert run(folder, sink=sink).unchanged == 3
    assert len(sink.batches) == 1


def test_an_edit_is_seen_even_if_size_and_date_are_as_before(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    before = (folder / "a.txt").stat()
    (folder / "a.txt").write_text("Aleph.")
    os.utime(folder / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    report = run(folder, sink=sink)
    assert (report.replaced, report.articles, report.unchanged) == (1, 1, 2)
    assert sink.texts()["a.txt"] == "Aleph."


def test_a_file_that_is_gone_stays_indexed_and_is_named(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    (folder / "sub" / "c.txt").unlink()
    report = run(folder, sink=sink)
    assert (report.gone, report.removed) == (("sub/c.txt",), 0)
    assert "sub/c.txt" in sink.texts()


def test_pruning_removes_what_is_gone(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    (folder / "sub" / "c.txt").unlink()
    report = run(folder, sink=sink, prune=True)
    assert (report.gone, report.removed) == ((), 1)
    assert sorted(sink.texts()) == ["a.txt", "b.txt"]


def test_pruning_one_folder_leaves_the_others_alone(folder: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "news-other", {"d.txt": "Delta."})
    sink = DictSink()
    run(folder, other, sink=sink)
    (other / "d.txt").unlink()
    assert run(folder, sink=sink, prune=True).removed == 0
    assert run(other, sink=sink, prune=True).removed == 1


def test_pruning_with_a_file_passed_by_name_removes_nothing(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    (folder / "b.txt").unlink()
    assert run(folder / "a.txt", sink=sink, prune=True).removed == 0


def test_a_folder_that_vanished_is_an_error_that_names_prune_and_wipes_nothing(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    shutil.rmtree(folder)
    with pytest.raises(UsageError, match="--prune"):
        run(folder, sink=sink)
    assert len(sink.texts()) == 3


def test_a_folder_that_vanished_is_pruned_by_its_name(folder: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "news-other", {"d.txt": "Delta."})
    sink = DictSink()
    run(folder, other, sink=sink)
    shutil.rmtree(folder / "sub")
    assert run(folder / "sub", sink=sink, prune=True).removed == 1
    assert sorted(sink.texts()) == ["a.txt", "b.txt", "d.txt"]
    shutil.rmtree(folder)
    assert (run(folder, sink=sink, prune=True).removed, sorted(sink.texts())) == (2, ["d.txt"])


def test_a_file_that_vanished_is_pruned_by_its_name(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    (folder / "a.txt").unlink()
    assert run(folder / "a.txt", sink=sink, prune=True).removed == 1
    assert sorted(sink.texts()) == ["b.txt", "sub/c.txt"]


def test_pruning_a_path_that_nothing_was_ever_read_from_is_an_error(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    with pytest.raises(UsageError, match="nothing was read there"):
        run(folder, folder / "slip", sink=sink, prune=True)
    assert len(sink.texts()) == 3


def test_a_file_passed_by_name_once_is_compared_and_kept_with_its_folder(folder: Path) -> None:
    written(folder, {"README.md": "Read me."})
    sink = DictSink()
    run(folder / "README.md", sink=sink)
    report = run(folder, sink=sink, prune=True)
    assert (report.gone, report.removed, report.unchanged, sorted(sink.texts())[0]) == ((), 0, 1, "README.md")
    written(folder, {"README.md": "Read me again."})
    assert (run(folder, sink=sink).replaced, sink.texts()["README.md"]) == (1, "Read me again.")
    (folder / "README.md").unlink()
    assert run(folder, sink=sink).gone == ("README.md",)


def test_a_file_that_a_later_rule_leaves_out_can_be_pruned(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    written(folder, {".datelineignore": "a.txt\n"})
    assert run(folder, sink=sink, prune=True).removed == 1


def test_what_was_passed_is_remembered_with_each_file(folder: Path) -> None:
    sink = DictSink()
    run(folder / "a.txt", folder / "sub", sink=sink)
    roots = {state.source: state.root for state in sink.states.values()}
    assert roots == {"a.txt": str(folder / "a.txt"), "c.txt": str(folder / "sub")}


def test_a_renamed_file_keeps_its_article(folder: Path) -> None:
    sink, preparation = DictSink(), Preparation()
    run(folder, sink=sink)
    (folder / "a.txt").rename(folder / "z.txt")
    ingest([folder], sink, prune=True, prepare=preparation)
    assert preparation.asked == []
    assert sorted(sink.texts()) == ["b.txt", "sub/c.txt", "z.txt"]


def test_contents_can_move_from_an_edited_file_to_a_new_one(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    written(folder, {"a.txt": "Aleph.", "z.txt": "Alpha."})
    run(folder, sink=sink, batch_size=1)
    assert (sink.texts()["a.txt"], sink.texts()["z.txt"]) == ("Aleph.", "Alpha.")


def test_the_same_bytes_in_two_files_are_one_article_with_two_sources(folder: Path) -> None:
    written(folder, {"copy.txt": "Alpha."})
    sink, preparation = DictSink(), Preparation()
    report = ingest([folder], sink, prepare=preparation)
    assert (len(sink.articles), report.articles, report.copies) == (3, 3, 1)
    assert preparation.asked == ["a.txt", "b.txt", "sub/c.txt"]
    assert sink.texts()["copy.txt"] == "Alpha."


def test_a_copy_that_comes_later_is_not_prepared_again(folder: Path) -> None:
    sink, preparation = DictSink(), Preparation()
    run(folder, sink=sink)
    written(folder, {"copy.txt": "Alpha."})
    assert ingest([folder], sink, prepare=preparation).copies == 1
    assert preparation.asked == []


def test_a_file_rewritten_while_it_is_read_does_not_stand_for_its_copy(folder: Path) -> None:
    written(folder, {"copy.txt": "Alpha."})

    def rewriting(files: Sequence[FileToIngest]) -> list[PreparedArticle | SetAside]:
        if any(file.source == "a.txt" for file in files):
            (folder / "a.txt").write_text("Aleph.")
        return Preparation()(files)

    sink = DictSink()
    ingest([folder], sink, prepare=rewriting)
    assert (sink.texts()["a.txt"], sink.texts()["copy.txt"]) == ("Aleph.", "Alpha.")
    assert run(folder, sink=sink).unchanged == 4


def test_an_empty_folder_gives_a_report_of_nothing(tmp_path: Path) -> None:
    sink = DictSink()
    report = run(tmp_path, sink=sink)
    assert (report.found, report.articles, sink.batches) == (0, 0, [])


# --- sources ----------------------------------------------------------------------------------------------


def test_a_file_passed_by_name_goes_by_its_name(folder: Path) -> None:
    sink = DictSink()
    run(folder / "sub" / "c.txt", sink=sink)
    assert list(sink.texts()) == ["c.txt"]


def test_a_known_file_keeps_its_source_through_another_root(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    (folder / "sub" / "c.txt").write_text("Gimel.")
    run(folder / "sub", sink=sink)
    assert sink.texts()["sub/c.txt"] == "Gimel."


def test_a_source_that_is_taken_gets_its_folders_name_in_front(tmp_path: Path) -> None:
    folders = [written(tmp_path / n / "news", {"a.txt": f"In {n}."}) for n in ("one", "two", "three")]
    sink = DictSink()
    run(*folders, sink=sink)
    assert sink.texts() == {"a.txt": "In one.", "news/a.txt": "In three.", "news-2/a.txt": "In two."}


# --- set aside --------------------------------------------------------------------------------------------


def test_a_bad_file_is_set_aside_with_its_reason_and_the_rest_goes_on(folder: Path) -> None:
    written(folder, {"menu.txt": "bad"})
    sink = DictSink()
    report = run(folder, sink=sink)
    assert (reasons(report), report.articles) == ({"menu.txt": "only page furniture"}, 3)
    assert sink.states[str(folder / "menu.txt")].reason == "only page furniture"


def test_a_file_set_aside_before_is_not_read_again_but_still_named(folder: Path) -> None:
    written(folder, {"menu.txt": "bad"})
    sink, preparation = DictSink(), Preparation()
    run(folder, sink=sink)
    report = ingest([folder], sink, prepare=preparation)
    assert (preparation.asked, reasons(report)) == ([], {"menu.txt": "only page furniture"})
    assert len(sink.batches) == 1


def test_a_file_set_aside_becomes_an_article_once_it_is_mended(folder: Path) -> None:
    written(folder, {"menu.txt": "bad"})
    sink = DictSink()
    run(folder, sink=sink)
    written(folder, {"menu.txt": "Good."})
    assert (run(folder, sink=sink).set_aside, sink.texts()["menu.txt"]) == ((), "Good.")


def test_an_article_that_turns_bad_leaves_the_index(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink)
    written(folder, {"a.txt": "bad"})
    run(folder, sink=sink)
    assert sorted(sink.texts()) == ["b.txt", "sub/c.txt"]


def test_a_file_set_aside_and_then_gone_is_forgotten_without_pruning(folder: Path) -> None:
    written(folder, {"menu.txt": "bad"})
    sink = DictSink()
    run(folder, sink=sink)
    (folder / "menu.txt").unlink()
    report = run(folder, sink=sink)
    assert (report.gone, report.removed, len(sink.states)) == ((), 0, 3)


def test_two_bad_copies_are_each_set_aside(folder: Path) -> None:
    written(folder, {"m1.txt": "bad", "m2.txt": "bad"})
    assert sorted(reasons(run(folder, sink=DictSink()))) == ["m1.txt", "m2.txt"]


def test_a_loop_of_links_ends_and_is_set_aside(folder: Path) -> None:
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    report = run(folder, sink=DictSink())
    assert (report.articles, sorted(reasons(report))) == (3, ["self", "sub/up"])


def test_special_files_are_set_aside_unopened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    (folder / "device.txt").symlink_to("/dev/zero")
    (folder / "dangling.txt").symlink_to(folder / "nowhere")
    report = run(folder, sink=DictSink())
    assert {source: reason.split()[0] for source, reason in reasons(report).items()} == {
        "dangling.txt": "cannot",
        "device.txt": "not",
        "pipe.txt": "not",
    }


def test_a_file_past_the_size_limit_is_set_aside_unread_and_costs_no_commit_twice(folder: Path) -> None:
    with (folder / "dump.txt").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    sink = DictSink()
    assert "larger than 10 MB" in reasons(run(folder, sink=sink))["dump.txt"]
    assert "larger than 10 MB" in reasons(run(folder, sink=sink))["dump.txt"]
    assert len(sink.batches) == 1


def test_a_file_name_that_is_not_utf8_is_set_aside_in_printable_form(folder: Path) -> None:
    try:
        (Path(os.fsdecode(bytes(folder) + b"/\xff.txt"))).write_text("Delta.")
    except OSError:
        pytest.skip("this file system takes no such name")
    report = run(folder, sink=DictSink())
    [aside] = report.set_aside
    assert (aside.source.encode("utf-8"), report.articles) == (rb"\udcff.txt", 3)


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder, and rights that file permissions hold for: root's do not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    as_root = os.geteuid() == 0
    if as_root:
        os.seteuid(65534)
    yield folder
    if as_root:
        os.seteuid(0)
    for path in folder.rglob("*"):
        path.chmod(0o700)
    shutil.rmtree(folder)


def test_an_unreadable_file_is_set_aside_and_the_rest_goes_on(unprivileged: Path) -> None:
    written(unprivileged, {"a.txt": "Alpha.", "b.txt": "Beta."})
    (unprivileged / "a.txt").chmod(0)
    sink = DictSink()
    assert reasons(run(unprivileged, sink=sink)) == {"a.txt": "cannot be read: Permission denied"}
    assert list(sink.texts()) == ["b.txt"]


def test_an_article_whose_file_cannot_be_read_this_time_stays_indexed(unprivileged: Path) -> None:
    written(unprivileged, {"a.txt": "Alpha."})
    sink = DictSink()
    run(unprivileged, sink=sink)
    (unprivileged / "a.txt").chmod(0)
    report = run(unprivileged, sink=sink, prune=True)
    assert "stays" in reasons(report)["a.txt"]
    assert sink.texts() == {"a.txt": "Alpha."}


def test_nothing_is_pruned_below_a_folder_that_cannot_be_listed(unprivileged: Path) -> None:
    written(unprivileged, {"sub/a.txt": "Alpha."})
    sink = DictSink()
    run(unprivileged, sink=sink)
    (unprivileged / "sub").chmod(0)
    report = run(unprivileged, sink=sink, prune=True)
    assert "cannot be listed" in reasons(report)["sub"]
    assert sink.texts() == {"sub/a.txt": "Alpha."}


def test_a_given_folder_that_cannot_be_listed_is_an_error_and_wipes_nothing(unprivileged: Path) -> None:
    written(unprivileged, {"sub/a.txt": "Alpha."})
    sink = DictSink()
    run(unprivileged / "sub", sink=sink)
    (unprivileged / "sub").chmod(0)
    with pytest.raises(UsageError, match="cannot list"):
        run(unprivileged / "sub", sink=sink, prune=True)
    assert sink.texts() == {"a.txt": "Alpha."}


# --- batches ----------------------------------------------------------------------------------------------


def test_each_batch_is_one_commit(folder: Path) -> None:
    sink = DictSink()
    run(folder, sink=sink, batch_size=2)
    assert [len(batch.files) for batch in sink.batches] == [2, 1]


def test_an_interrupted_run_keeps_whole_batches_and_the_next_goes_on(folder: Path) -> None:
    sink, preparation = DictSink(), Preparation()

    def interrupting(files: Sequence[FileToIngest]) -> list[PreparedArticle | SetAside]:
        if files[0].source == "b.txt":
            raise KeyboardInterrupt
        return Preparation()(files)

    with pytest.raises(KeyboardInterrupt):
        ingest([folder], sink, batch_size=1, prepare=interrupting)
    assert list(sink.texts()) == ["a.txt"]
    ingest([folder], sink, prepare=preparation)
    assert preparation.asked == ["b.txt", "sub/c.txt"]


def test_progress_counts_files_up_to_all_of_them(folder: Path) -> None:
    seen: list[Progress] = []
    ingest([folder], DictSink(), batch_size=2, progress=seen.append, prepare=Preparation())
    assert [(step.done, step.total, step.source) for step in seen] == [
        (0, 3, "a.txt"),
        (2, 3, "b.txt"),
        (3, 3, "sub/c.txt"),
    ]


CONTENTS = st.sampled_from(["Alpha.", "Beta.", "Gamma.", "bad one", "bad two"])
FOLDERS = st.dictionaries(st.sampled_from(["a.txt", "b.txt", "c.txt", "sub/a.txt"]), CONTENTS)


@settings(max_examples=60, deadline=None)
@given(before=FOLDERS, after=FOLDERS, batch_size=st.integers(1, 3))
def test_law_after_a_pruning_run_the_index_is_the_folder_and_a_second_changes_nothing(
    before: dict[str, str], after: dict[str, str], batch_size: int
) -> None:
    sink = DictSink()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(written(folder, before), sink=sink, batch_size=batch_size)
        for path in [path for path in folder.rglob("*") if path.is_file()]:
            path.unlink()
        run(written(folder, after), sink=sink, batch_size=batch_size, prune=True)
        commits = len(sink.batches)
        run(folder, sink=sink, batch_size=batch_size, prune=True)
    assert sink.texts() == {source: text for source, text in after.items() if not text.startswith("bad")}
    assert len(sink.batches) == commits


# --- what a person took out, and what is only planned ---------------------------------------------------------------


def test_a_content_that_was_taken_out_stays_out_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "some"
    written(folder, {"a.txt": "A text.", "b.txt": "B text."})
    sink = DictSink(removed={digest_bytes(b"A text."): "removed on a Monday"})
    assert sorted(sink_after(folder, sink).texts()) == ["b.txt"]
    (folder / "a.txt").rename(folder / "c.txt")
    report = run(folder, sink=sink)
    assert [(aside.source, aside.reason) for aside in report.set_aside] == [("c.txt", "removed on a Monday")]
    (folder / "c.txt").write_text("A text, edited.")
    assert sorted(sink_after(folder, sink).texts()) == ["b.txt", "c.txt"]


def test_what_was_taken_out_is_let_in_again_when_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "some"
    written(folder, {"a.txt": "A text."})
    sink = DictSink(removed={digest_bytes(b"A text."): "removed"})
    run(folder, sink=sink)
    ingest([folder], sink, prepare=Preparation(), readmit=True)
    assert sorted(sink.texts()) == ["a.txt"]
    assert not sink.removed


def test_a_plan_reads_and_writes_nothing_and_says_what_would_be(tmp_path: Path) -> None:
    folder = tmp_path / "some"
    written(folder, {"a.txt": "A text.", "b.txt": "B text."})
    sink, preparation = DictSink(), Preparation()
    run(folder, sink=sink)
    before = dict(sink.states)
    written(folder, {"a.txt": "A text, edited.", "c.txt": "C text."})
    (folder / "b.txt").unlink()
    report = ingest([folder], sink, prepare=preparation, plan_only=True)
    assert (report.planned, report.gone, report.articles) == (("a.txt", "c.txt"), ("b.txt",), 0)
    assert (sink.states, preparation.asked) == (before, [])


def test_a_folder_in_which_nothing_is_left_is_not_forgotten_unasked(tmp_path: Path) -> None:
    folder = tmp_path / "some"
    written(folder, {f"{n}.txt": f"Text {n}." for n in range(12)})
    sink = DictSink()
    run(folder, sink=sink)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(UsageError, match="is its disk mounted"):
        run(folder, sink=sink, prune=True)
    assert len(sink.texts()) == 12
    ingest([folder], sink, prepare=Preparation(), prune=True, emptied=True)
    assert not sink.texts()


def sink_after(folder: Path, sink: DictSink) -> DictSink:
    run(folder, sink=sink)
    return sink
