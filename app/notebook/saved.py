"""Saved questions: asked again when the archive has changed, with the history of what they came to.

A version is kept in full where it says something else than the one before it; a run that comes to the same only moves
the time at which it was last checked. Only the latest versions are kept.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.answer import Answer
from app.ask import AskOptions
from app.changes import Change, compare_answers
from app.kept_answer import pack_answer, pack_options, unpack_answer, unpack_options
from app.notebook.file import NotebookFile
from ingest.errors import UsageError

__all__ = ["EVERYBODY", "MOST_SAVED", "Saved", "SavedQuestions", "Version", "seen_and_newest", "standalone"]

EVERYBODY = ""  # whose saved questions are on a machine without logins, where the page and the command line share them
MOST_SAVED = 500  # of one person
_MOST_VERSIONS = 40  # of one question; the first goes when another comes
_STEPS = (
    """
    CREATE TABLE saved (
        id INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, question TEXT NOT NULL, options BLOB NOT NULL,
        made REAL NOT NULL, checked REAL, generation INTEGER, due INTEGER NOT NULL, trouble TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX saved_once ON saved (person, question, options);
    CREATE TABLE saved_versions (
        saved INTEGER NOT NULL REFERENCES saved (id) ON DELETE CASCADE, number INTEGER NOT NULL, asked REAL NOT NULL,
        generation INTEGER NOT NULL, seen INTEGER NOT NULL, answer BLOB NOT NULL, PRIMARY KEY (saved, number)
    ) STRICT
    """,
)


@dataclass(frozen=True, slots=True)
class Version:
    """What a saved question came to: when it was asked first, of which generation of the index, seen by its owner."""

    number: int
    asked: float
    generation: int
    seen: bool
    answer: Answer


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved question: when and of which generation it was asked last; None where it was not asked yet.

    `due` says that it is to be asked though the index is the same, `unseen` how many versions its owner has not seen,
    `trouble` why the last run came to nothing.
    """

    id: int
    person: str
    question: str
    options: AskOptions
    made: float
    checked: float | None
    generation: int | None
    due: bool
    trouble: str
    unseen: int


class SavedQuestions:
    """The saved questions in a notebook."""

    def __init__(self, notebook: NotebookFile) -> None:
        notebook.prepare("saved", _STEPS)
        self._notebook = notebook

    # --- what a person does -----------------------------------------------------------------------------------------

    def add(self, person: str, question: str, options: AskOptions, answer: Answer | None = None) -> int:
        """Save a question, once: its id, and that of the one that is there already where it is.

        `answer` is what it came to just now: its first version, where it has none. It is kept in the same step, so that
        nobody asks the question in between. Raises `UsageError` where that person has too many.
        """
        packed = pack_options(options)
        with self._notebook.writing() as db:
            known = "SELECT * FROM saved WHERE person = ? AND question = ? AND options = ?"
            row = db.execute(known, (person, question, packed)).fetchone()
            if row is None:
                (kept,) = db.execute("SELECT count(*) FROM saved WHERE person = ?", (person,)).fetchone()
                if kept >= MOST_SAVED:
                    raise UsageError(f"{MOST_SAVED} questions are saved here: remove one before you save another")
                db.execute(
                    "INSERT INTO saved (person, question, options, made, due, trouble) VALUES (?, ?, ?, ?, 1, '')",
                    (person, question, packed, time.time()),
                )
                row = db.execute(known, (person, question, packed)).fetchone()
            if answer is not None and row["checked"] is None:
                _keep(db, row["id"], answer, answer.provenance.generation)
            return int(row["id"])

    def of(self, person: str) -> tuple[Saved, ...]:
        """The questions a person saved: those with something new first, then the latest saved."""
        return tuple(sorted(self._found("WHERE q.person = ?", person), key=lambda s: (not s.unseen, -s.id)))

    def get(self, person: str, saved: int) -> Saved | None:
        """That question of a person."""
        return next(iter(self._found("WHERE q.person = ? AND q.id = ?", person, saved)), None)

    def remove(self, person: str, saved: int) -> bool:
        """Forget it, with its versions; whether it was there."""
        with self._notebook.writing() as db:
            done = db.execute("DELETE FROM saved WHERE id = ? AND person = ?", (saved, person))
            return done.rowcount > 0

    def see(self, person: str, saved: int | None = None) -> None:
        """Its owner has seen what is new about it; without a number, about all of theirs."""
        mine = "SELECT id FROM saved WHERE person = ? AND id = coalesce(?, id)"
        with self._notebook.writing() as db:
            db.execute(f"UPDATE saved_versions SET seen = 1 WHERE saved IN ({mine})", (person, saved))

    def changed(self, person: str) -> int:
        """How many of their questions have a version they have not seen."""
        with self._notebook.reading() as db:
            (number,) = db.execute(
                "SELECT count(DISTINCT v.saved) FROM saved_versions v JOIN saved q ON q.id = v.saved "
                "WHERE q.person = ? AND v.seen = 0",
                (person,),
            ).fetchone()
        return int(number)

    def versions(self, person: str, saved: int) -> tuple[Version, ...]:
        """What it came to, oldest first; what a later Dateline cannot read is left out."""
        with self._notebook.reading() as db:
            rows = db.execute(
                "SELECT v.* FROM saved_versions v JOIN saved q ON q.id = v.saved "
                "WHERE q.person = ? AND q.id = ? ORDER BY v.number",
                (person, saved),
            ).fetchall()
        return tuple(v for v in map(_version, rows) if v is not None)

    # --- what comes of asking ---------------------------------------------------------------------------------------

    def stale(self, generation: int) -> tuple[Saved, ...]:
        """What of all people was not asked of that generation of the index yet, or is to be asked again."""
        return tuple(self._found("WHERE q.due OR q.generation IS NOT ?", generation))

    def ask_again(self, person: str, saved: int | None = None) -> None:
        """Have one of their questions, or all of them, asked again though the index is the same."""
        with self._notebook.writing() as db:
            db.execute("UPDATE saved SET due = 1 WHERE person = ? AND id = coalesce(?, id)", (person, saved))

    def any(self) -> bool:
        """Whether anybody saved anything."""
        with self._notebook.reading() as db:
            return db.execute("SELECT 1 FROM saved LIMIT 1").fetchone() is not None

    def record(self, saved: Saved, answer: Answer, generation: int) -> tuple[Change, ...]:
        """Keep what it came to now; what changed since the last version, empty too where this is the first."""
        with self._notebook.writing() as db:
            if db.execute("SELECT 1 FROM saved WHERE id = ?", (saved.id,)).fetchone() is None:
                return ()  # removed in the meantime
            return _keep(db, saved.id, answer, generation)

    def fail(self, saved: Saved, why: str, generation: int) -> None:
        """Keep that it could not be asked."""
        with self._notebook.writing() as db:
            _checked(db, saved.id, generation, why)

    def _found(self, where: str, *values: object) -> list[Saved]:
        with self._notebook.reading() as db:
            rows = db.execute(
                "SELECT q.*, (SELECT count(*) FROM saved_versions v WHERE v.saved = q.id AND v.seen = 0) AS unseen "
                f"FROM saved q {where} ORDER BY q.id",
                values,
            ).fetchall()
        return [_saved(row) for row in rows]


def _keep(db: sqlite3.Connection, saved: int, answer: Answer, generation: int) -> tuple[Change, ...]:
    newest = "SELECT * FROM saved_versions WHERE saved = ? ORDER BY number DESC LIMIT 1"
    row = db.execute(newest, (saved,)).fetchone()
    last = None if row is None else _version(row)
    changes = compare_answers(last.answer, answer) if last else ()
    if last is None or changes:
        number = 1 if row is None else row["number"] + 1
        db.execute(
            "INSERT INTO saved_versions VALUES (?, ?, ?, ?, ?, ?)",
            (saved, number, time.time(), generation, int(last is None), pack_answer(answer)),
        )
        oldest = number - _MOST_VERSIONS
        db.execute("DELETE FROM saved_versions WHERE saved = ? AND number <= ?", (saved, oldest))
    _checked(db, saved, generation, "")
    return changes


def _checked(db: sqlite3.Connection, saved: int, generation: int, trouble: str) -> None:
    db.execute(
        "UPDATE saved SET checked = ?, generation = ?, due = 0, trouble = ? WHERE id = ?",
        (time.time(), generation, trouble, saved),
    )


def _saved(row: sqlite3.Row) -> Saved:
    try:
        options = unpack_options(row["options"])
        trouble = row["trouble"]
    except ValueError as error:
        options, trouble = AskOptions(), str(error)
    return Saved(
        row["id"], row["person"], row["question"], options, row["made"], row["checked"], row["generation"],
        bool(row["due"]), trouble, row["unseen"],
    )  # fmt: skip


def _version(row: sqlite3.Row) -> Version | None:
    try:
        answer = unpack_answer(row["answer"])
    except ValueError:
        return None
    return Version(row["number"], row["asked"], row["generation"], bool(row["seen"]), answer)


def seen_and_newest(versions: Sequence[Version]) -> tuple[Version, Version] | None:
    """The version to compare the newest one with: the last that was seen, or else the one before; None of one alone."""
    if len(versions) < 2:
        return None
    *earlier, newest = versions
    seen = [v for v in earlier if v.seen]
    return (seen[-1] if seen and not newest.seen else earlier[-1]), newest


def standalone(question: str, answer: Answer, options: AskOptions, *, leans: bool) -> AskOptions:
    """The options that make a question of a conversation one that can be asked by itself.

    `leans` says that something was asked before it there: then what was searched for is kept with it.
    """
    differs = leans and options.query is None and answer.query.strip() and answer.query != question
    return replace(options, query=answer.query) if differs else options
