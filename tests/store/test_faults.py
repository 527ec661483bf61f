"""A full disk, or a library that gives up, at any step of a change: told, nothing half done, and gone on with.

Every call by which a change leaves a trace goes through a gate here: what SQLite is told, what Chroma and Tantivy are
asked to write, what is done to files of the store; not what a server of another test does to its own files. The gate
fails the first call, then the second, and so on until the change comes to its end without it.
"""

from __future__ import annotations

import errno
import os
import pathlib
import shutil
import sqlite3
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from chromadb.api.models.Collection import Collection
from chromadb.errors import InternalError

import store.database
import store.lexical
import store.vectors
from app.__main__ import main
from ingest.errors import StoreError, UnknownSourceError
from ingest.job import ingest
from store.corrections import Correction
from store.lexical import LexicalIndex
from store.search import Store
from store.writer import StoreSink
from tests.ingesting import DAY, Work, open_for, prepare_with_fake
from tests.test_interrupted import QUERIES, Contents, contents, reading, text_of

FULL = "database or disk is full"
Vectors = dict[tuple[str, int], Any]


# --- the gate ---------------------------------------------------------------------------------------------------------


@dataclass
class Gate:
    """Fails the calls from number `first` on: that one alone, or all that follow it, as a full disk does."""

    first: int = 0  # 0: none
    lasting: bool = False
    every_statement: bool = False
    calls: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    _quiet: bool = False

    def passes(self, what: str) -> bool:
        """Count a call; whether it may be made."""
        if self._quiet:
            return True
        self.calls.append(what)
        number = len(self.calls)
        fails = bool(self.first) and (number >= self.first if self.lasting else number == self.first)
        if fails:
            self.struck.append(what)
        return not fails

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """What is called in here neither counts nor fails."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def ends(self) -> None:
        """From now on nothing fails."""
        self._quiet = True


def through_sqlite(gate: Gate, patch: pytest.MonkeyPatch, below: Path) -> None:
    """SQLite fails at the begin and at the commit of a transaction, before or after, or at any statement of it."""

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            told(sql)
            return super().execute(sql, *rest)

        def executemany(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            told(sql)
            return super().executemany(sql, *rest)

    class Connection(sqlite3.Connection):
        def cursor(self, *_: Any) -> sqlite3.Cursor:  # type: ignore[override]
            return super().cursor(Cursor)

        def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            return self.cursor().execute(sql, *rest)

        def commit(self) -> None:
            writes = self.in_transaction and self.total_changes != self.seen
            if writes and not gate.passes("sqlite before COMMIT"):
                raise sqlite3.OperationalError(FULL)
            super().commit()
            self.seen = self.total_changes
            if writes and not gate.passes("sqlite after COMMIT"):
                raise sqlite3.OperationalError("disk I/O error")

        seen = 0

    def told(sql: str) -> None:
        watched = gate.every_statement or sql.startswith(("BEGIN IMM", "VACUUM", "PRAGMA wal_checkpoint"))
        if watched and not gate.passes(f"sqlite {sql[:30]}"):
            raise sqlite3.OperationalError("disk I/O error" if len(gate.calls) % 2 else FULL)

    connect = sqlite3.connect

    def connected(database: str, **how: Any) -> sqlite3.Connection:
        return connect(database, **how, **({"factory": Connection} if f"{below}/" in str(database) else {}))

    patch.setattr(store.database.sqlite3, "connect", connected)


def through_chroma(gate: Gate, patch: pytest.MonkeyPatch) -> None:
    for name in ("add", "delete"):

        def gated(self: Collection, *, whole: Callable[..., Any] = getattr(Collection, name), **rest: Any) -> Any:
            if not gate.passes(f"chroma before {whole.__name__}"):
                raise InternalError(f"error returned from database: (code: 13) {FULL}")
            done = whole(self, **rest)
            if not gate.passes(f"chroma after {whole.__name__}"):
                raise RuntimeError("the compactor gave up")
            return done

        patch.setattr(Collection, name, gated)


def through_tantivy(gate: Gate, patch: pytest.MonkeyPatch) -> None:
    class Around:
        """A writer, or an index that gives such writers."""

        def __init__(self, whole: Any) -> None:
            self._whole = whole

        def __getattr__(self, name: str) -> Any:
            return getattr(self._whole, name)

        def writer(self, *sizes: int) -> Around:
            return Around(self._whole.writer(*sizes))

        def add_document(self, document: Any) -> None:
            if self.added < 2 and not gate.passes("tantivy add_document"):
                raise ValueError("An error occurred in a thread: 'An index writer was killed.'")
            self.added += 1  # the third is as the second
            self._whole.add_document(document)

        def commit(self) -> None:
            if not gate.passes("tantivy before commit"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._whole.commit()
            self.added = 0
            if not gate.passes("tantivy after commit"):
                raise ValueError("Failed to open file for write: IoError { io_error: Input/output error }")

        def rollback(self) -> None:
            if not gate.passes("tantivy rollback"):
                raise ValueError("it cannot be rolled back")
            self._whole.rollback()

        added = 0

    class AnyIndex:
        def __new__(cls, *rest: Any, **named: Any) -> Any:
            return Around(whole(*rest, **named))

        @staticmethod
        def open(path: str) -> Any:
            return whole.open(path)

    whole = store.lexical.Index
    patch.setattr(store.lexical, "Index", AnyIndex)


def through_files(gate: Gate, patch: pytest.MonkeyPatch, below: Path) -> None:
    """What is done to a file of the store fails; deleting a whole folder does not, since nothing depends on it."""
    for name in ("rename", "replace", "touch", "unlink", "write_text", "mkdir"):
        before = getattr(pathlib.Path, name)

        def gated(self: Path, *rest: Any, whole: Callable[..., Any] = before, **named: Any) -> Any:
            needless = whole.__name__ == "mkdir" and self.exists()
            if not needless and self.is_relative_to(below) and not gate.passes(f"file {whole.__name__} {self.name}"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
            with gate.unwatched():
                return whole(self, *rest, **named)

        patch.setattr(pathlib.Path, name, gated)
    fsync = os.fsync

    def synced(descriptor: int) -> None:
        named = Path(f"/proc/self/fd/{descriptor}")
        ours = not named.exists() or named.resolve().is_relative_to(below)
        if ours and not gate.passes("file fsync"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(descriptor)

    patch.setattr(os, "fsync", synced)


@contextmanager
def failing(gate: Gate, below: Path) -> Iterator[Gate]:
    """Within, every call of a change to the store at `below` goes through the gate."""
    with pytest.MonkeyPatch.context() as patch:
        through_sqlite(gate, patch, below)
        through_chroma(gate, patch)
        through_tantivy(gate, patch)
        through_files(gate, patch, below)
        yield gate


# --- the changes ------------------------------------------------------------------------------------------------------


def fill(folder: Path) -> Path:
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(text_of(number), encoding="utf-8")
    return folder


def change_files(folder: Path) -> None:
    """One file is edited, one goes, two come: so a batch adds, replaces and removes."""
    (folder / "0.txt").write_text(text_of(0, edition=1), encoding="utf-8")
    (folder / "1.txt").unlink()
    for number in (8, 9):
        (folder / f"{number}.txt").write_text(text_of(number), encoding="utf-8")


def run_ingest(sink: StoreSink, folder: Path) -> None:
    ingest([folder], sink, batch_size=2, prune=True, prepare=prepare_with_fake)


def run_remove(sink: StoreSink, folder: Path) -> None:
    with suppress(UnknownSourceError):  # an earlier run did it, and fell over afterwards
        sink.remove(["2.txt", "3.txt"], DAY, retracted=True)


def run_edit(sink: StoreSink, folder: Path) -> None:
    sink.correct("4.txt", Correction(headline="Zeppelin over Hallow", published=DAY))


def run_compact(sink: StoreSink, folder: Path) -> None:
    sink.compact()


CHANGES: dict[str, Callable[[StoreSink, Path], None]] = {
    "ingest": run_ingest,
    "remove": run_remove,
    "edit": run_edit,
    "compact": run_compact,
}


@dataclass(frozen=True)
class Case:
    """A change, the store before it and after it was done undisturbed, and the folder that it reads."""

    name: str
    folder: Path
    start: Path
    before: Contents
    after: Contents
    between: tuple[Contents, ...]  # an ingest commits more than once
    headlines: int  # passages that are found by the headline that was put right

    def do(self, path: Path) -> None:
        with open_for(Work(path, self.folder)) as sink:
            CHANGES[self.name](sink, self.folder)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder in memory, where there is one: nothing here asks what a disk keeps, and disks are slow to be asked."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def cases(place: Path) -> Callable[[str], Case]:
    made: dict[str, Case] = {}
    base = place / "cases"
    base.mkdir()
    filled, changed = fill(base / "filled"), fill(base / "changed")
    start = base / "start"
    with open_for(Work(start, filled)) as sink:
        run_ingest(sink, filled)

    def case(name: str) -> Case:
        if name not in made:
            folder = filled
            if name == "ingest":  # the same folder at another time: sources are relative, paths are not
                folder = changed
                shutil.rmtree(start)
                with open_for(Work(start, folder)) as sink:
                    run_ingest(sink, folder)
                change_files(folder)
            own = shutil.copytree(start, base / f"start-{name}")
            before = contents(own, real=False)[0]
            done = shutil.copytree(own, base / f"done-{name}")
            between = []
            with open_for(Work(done, folder)) as sink, pytest.MonkeyPatch.context() as patch:
                write = sink.write
                seen = lambda batch: (write(batch), between.append(contents(done, real=False)[0]))  # noqa: E731
                patch.setattr(sink, "write", seen)
                CHANGES[name](sink, folder)
            after = contents(done, real=False)[0]
            made[name] = Case(name, folder, own, before, after, tuple(between), found_by_headline(done))
        return made[name]

    return case


def found_by_headline(path: Path) -> int:
    lexical = LexicalIndex(path / "lexical")
    try:
        return len(lexical.search("Zeppelin", 100))
    finally:
        lexical.close()


# --- the law ----------------------------------------------------------------------------------------------------------


def check(case: Case, gate: Gate, path: Path) -> None:
    """The law for one failure."""
    shutil.copytree(case.start, path)
    opened = reading(path, real=False)
    opened.search(QUERIES[0])
    with failing(gate, path):
        try:
            case.do(path)
        except StoreError as error:
            assert len(str(error)) > 20
            assert not isinstance(error, UnknownSourceError)
        finally:
            gate.ends()
    with opened:
        check_reader(opened, case)
    with reading(path, real=False) as fresh:
        check_reader(fresh, case)
    case.do(path)
    found = contents(path, real=False)[0]
    for name in Contents.__dataclass_fields__:
        assert getattr(found, name) == getattr(case.after, name), name
    assert found_by_headline(path) == case.headlines
    assert not [left.name for left in path.iterdir() if left.name.endswith((".new", ".old", ".changing"))]


def check_reader(opened: Store, case: Case) -> None:
    """It sees what was committed: the store before the change, after it, or after a batch of it; whole articles."""
    articles = opened.articles()
    state = next((s for s in (case.before, case.after, *case.between) if s.articles == articles), None)
    assert state is not None, [a.source for a in articles]
    held = {a.article_id: [(p.start, p.end, p.text) for p in opened.passages(a.article_id)] for a in articles}
    assert held == state.passages
    try:
        hits = [tuple(sorted(h.passage.text for h in opened.search(query, k=400))) for query in QUERIES]
    except StoreError as error:
        assert "dateline ingest" in str(error), error
    else:
        assert tuple(hits) == state.hits


def strike(case: Case, numbers: Sequence[int], place: Path, **how: bool) -> None:
    """Let each of those calls of a change fail in turn."""
    broken: list[str] = []
    for number in numbers:
        gate = Gate(number, **how)
        try:
            check(case, gate, place / str(number))
        except Exception as error:
            where = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)]
            broken.append(f"{number} {gate.struck[:1]} after {gate.calls[:number][-4:]}: {error!r} at {where[-6:]}")
        assert gate.struck, "the calls are others than when it was not disturbed"
        shutil.rmtree(place / str(number))
    assert not broken, f"{len(broken)} of {len(numbers)} failures break the law:\n" + "\n".join(broken)


def calls_of(case: Case, place: Path, **how: bool) -> list[str]:
    """Every call of a change that nothing disturbs."""
    gate = Gate(**how)
    check(case, gate, place / "undisturbed")
    shutil.rmtree(place / "undisturbed")
    return gate.calls


@pytest.mark.parametrize("name", CHANGES)
def test_a_failure_of_any_kind_of_call_is_told_and_gone_on_from(
    name: str, place: Path, cases: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last call of each kind: the test below lets all of them fail."""
    monkeypatch.setattr(store.vectors, "_survives_loading", lambda path: True)  # no file is torn, and asking takes 2 s
    case = cases(name)
    kinds = {call: number for number, call in enumerate(calls_of(case, place), start=1)}
    strike(case, sorted(kinds.values()), place)


@pytest.mark.slow
@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("name", CHANGES)
def test_a_failure_of_any_call_is_told_and_gone_on_from(
    name: str, lasting: bool, place: Path, cases: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each statement that SQLite is told by itself; or each call and every one that follows, as on a full disk."""
    if not lasting:
        monkeypatch.setattr(store.vectors, "_survives_loading", lambda path: True)
    case = cases(name)
    calls = calls_of(case, place, every_statement=not lasting)
    strike(case, range(1, len(calls) + 1), place, lasting=lasting, every_statement=not lasting)


@pytest.mark.parametrize("command", ["ingest", "remove", "edit", "compact"])
def test_the_command_line_tells_of_a_full_disk_without_a_traceback(
    command: str, place: Path, filled_by_command: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, filled = filled_by_command
    path = shutil.copytree(filled, place / f"{command}-store")
    (folder / "9.txt").write_text(text_of(len(command)))  # something to do for an ingest
    arguments = {
        "ingest": ["ingest", str(folder)],
        "remove": ["remove", "2.txt", "--retract"],
        "edit": ["edit", "3.txt", "--headline", "Zeppelin over Hallow"],
        "compact": ["compact"],
    }[command]
    gate = Gate(first=7, lasting=True)
    with failing(gate, path):
        code = main([*arguments, "--store", str(path)])
        gate.ends()
    told = capsys.readouterr().err
    assert code == 1, told
    assert "there is no room left on the disk" in told or "failed: disk I/O error. Look at the disk" in told
    assert "unexpected" not in told
    assert main([*arguments, "--store", str(path)]) == 0


@pytest.fixture(scope="module")
def filled_by_command(place: Path) -> tuple[Path, Path]:
    folder, path = fill(place / "by-command"), place / "by-command-store"
    assert main(["ingest", str(folder), "--store", str(path)]) == 0
    return folder, path
