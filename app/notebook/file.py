"""One SQLite file, used from any thread: the part of it that each feature keeps is brought up to date on opening.

It lies beside the index and not in it: neither a rebuild nor an ingest at the same time touches it. What is written is
on the disk when `writing` ends, or none of it is.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import NotebookError

__all__ = ["NotebookFile"]

_WAIT_S = 30.0  # for another process that writes
_VERSIONS = "CREATE TABLE IF NOT EXISTS versions (part TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT"


class NotebookFile:
    """An open notebook file; made, with its folder, where there is none.

    Raises `NotebookError` when the file cannot be opened, is no notebook, or was written by a later Dateline.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._threads = threading.local()
        self._writer = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.writing() as db:
                db.execute(_VERSIONS)
        except OSError as error:
            raise NotebookError(f"the folder of the notebook {path} cannot be made: {error.strerror}") from error

    def prepare(self, part: str, steps: Sequence[str]) -> None:
        """Bring the tables of `part` up to date: those of `steps` (SQL, in order, never changed) that are not done."""
        with self.writing() as db:
            row = db.execute("SELECT version FROM versions WHERE part = ?", (part,)).fetchone()
            done = row["version"] if row else 0
            if done > len(steps):
                raise NotebookError(
                    f"the notebook {self.path} was written by a later version of Dateline: update Dateline, or move "
                    "the file away to begin a new one"
                )
            for step in steps[done:]:
                for statement in filter(str.strip, step.split(";")):
                    db.execute(statement)
            db.execute("INSERT OR REPLACE INTO versions VALUES (?, ?)", (part, len(steps)))

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read from; rows by name."""
        try:
            yield self._connection()
        except sqlite3.Error as error:
            raise NotebookError(f"the notebook {self.path} cannot be read: {error}") from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a transaction, one at a time; an exception takes back what was written."""
        with self._writer:
            try:
                db = self._connection()
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                    db.execute("COMMIT")
                except BaseException:
                    if db.in_transaction:  # a full disk has taken it back already
                        db.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise NotebookError(f"the notebook {self.path} cannot be written: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._threads, "db", None)
        if db is None:
            db = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")  # a commit outlives a power cut
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")  # what was deleted is not left in the file
            self._threads.db = db
        return db
