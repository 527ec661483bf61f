"""The batches of each person: their questions, how far they are, and every answer; a restart loses none of it.

A batch is run by one process, which says from time to time that it still does. When that process is gone the batch is
interrupted, whatever it last wrote, and may be gone on with.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from app.ask import AskOptions
from app.batch import Item, Outcome, short_words
from app.kept_answer import pack_answer, pack_options, unpack_answer, unpack_options
from app.notebook.file import NotebookFile
from ingest.errors import UsageError

__all__ = ["MOST_BATCHES", "Batch", "Batches", "Condition", "Job", "Row"]

MOST_BATCHES = 100  # of one person
_SILENT_S = 120.0  # after which a process that runs a batch is taken for gone, though another may have its number
_STEPS = (
    """
    CREATE TABLE batches (
        id TEXT PRIMARY KEY, person TEXT NOT NULL, title TEXT NOT NULL, made REAL NOT NULL, state TEXT NOT NULL,
        runner TEXT NOT NULL, beat REAL NOT NULL, options BLOB NOT NULL
    ) STRICT;
    CREATE INDEX batches_of ON batches (person, made);
    CREATE TABLE batch_rows (
        batch TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE, number INTEGER NOT NULL, question TEXT NOT NULL,
        columns TEXT NOT NULL, state TEXT NOT NULL, short TEXT NOT NULL, confidence REAL NOT NULL,
        sources INTEGER NOT NULL, error TEXT NOT NULL, answer BLOB, PRIMARY KEY (batch, number)
    ) STRICT
    """,
)

Condition = Literal["running", "stopped", "interrupted", "done"]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as a list shows it: its condition, and how many of its questions came to what."""

    id: str
    title: str
    made: float
    condition: Condition
    total: int
    answered: int
    abstained: int
    errors: int

    @property
    def done(self) -> int:
        """How many of its questions were asked."""
        return self.answered + self.abstained + self.errors


@dataclass(frozen=True, slots=True)
class Row:
    """A question of a batch as a table shows it; its state is empty as long as it waits."""

    number: int
    question: str
    state: str
    short: str
    confidence: float
    sources: int
    error: str


@dataclass(frozen=True, slots=True)
class Job:
    """The next question of a batch, and what it needs to be asked."""

    batch: str
    person: str
    item: Item
    options: AskOptions


class Batches:
    """The batches in a notebook, as the process sees them that runs those it starts."""

    def __init__(self, notebook: NotebookFile) -> None:
        notebook.prepare("batches", _STEPS)
        self._notebook = notebook
        self._me = f"{os.getpid()}:{secrets.token_hex(8)}"

    # --- of one person ----------------------------------------------------------------------------------------------

    def add(self, person: str, title: str, items: Sequence[Item], options: AskOptions) -> str:
        """Keep a new batch and begin it; its id. Raises `UsageError` where that person has too many."""
        batch, now = secrets.token_hex(16), time.time()
        with self._notebook.writing() as db:
            (kept,) = db.execute("SELECT count(*) FROM batches WHERE person = ?", (person,)).fetchone()
            if kept >= MOST_BATCHES:
                raise UsageError(f"{MOST_BATCHES} batches are kept here: remove one before you begin another")
            db.execute(
                "INSERT INTO batches VALUES (?, ?, ?, ?, 'running', ?, ?, ?)",
                (batch, person, title, now, self._me, now, pack_options(options)),
            )
            db.executemany(
                "INSERT INTO batch_rows VALUES (?, ?, ?, ?, '', '', 0.0, 0, '', NULL)",
                [(batch, i.number, _text(i.question), json.dumps(i.columns)) for i in items],
            )
        return batch

    def of(self, person: str) -> tuple[Batch, ...]:
        """The batches of a person, the newest first."""
        with self._notebook.reading() as db:
            rows = db.execute("SELECT id FROM batches WHERE person = ? ORDER BY made DESC", (person,)).fetchall()
        found = (self.get(person, row["id"]) for row in rows)
        return tuple(b for b in found if b is not None)

    def get(self, person: str, batch: str) -> Batch | None:
        """That batch of a person."""
        with self._notebook.reading() as db:
            row = db.execute("SELECT * FROM batches WHERE id = ? AND person = ?", (batch, person)).fetchone()
            if row is None:
                return None
            counted = db.execute("SELECT state, count(*) AS n FROM batch_rows WHERE batch = ? GROUP BY state", (batch,))
            n = {r["state"]: r["n"] for r in counted}
        condition: Condition = row["state"]
        if condition == "running" and not self._runs(row):
            condition = "interrupted"
        told = (n.get(state, 0) for state in ("answered", "abstained", "error"))
        return Batch(batch, row["title"], row["made"], condition, sum(n.values()), *told)

    def rows(self, person: str, batch: str, *, after: int = 0, many: int = -1) -> tuple[Row, ...]:
        """Its questions in order, those after that number."""
        with self._notebook.reading() as db:
            found = db.execute(
                "SELECT r.* FROM batch_rows r JOIN batches b ON b.id = r.batch "
                "WHERE r.batch = ? AND b.person = ? AND r.number > ? ORDER BY r.number LIMIT ?",
                (batch, person, after, many),
            ).fetchall()
        return tuple(
            Row(r["number"], r["question"], r["state"], r["short"], r["confidence"], r["sources"], r["error"])
            for r in found
        )

    def outcome(self, person: str, batch: str, number: int) -> Outcome | None:
        """What came of one question; None where none is, or it waits. Raises `ValueError` if it cannot be read."""
        with self._notebook.reading() as db:
            row = db.execute(
                "SELECT r.* FROM batch_rows r JOIN batches b ON b.id = r.batch "
                "WHERE r.batch = ? AND b.person = ? AND r.number = ? AND r.state != ''",
                (batch, person, number),
            ).fetchone()
        if row is None:
            return None
        answer = None if row["answer"] is None else unpack_answer(row["answer"])
        return Outcome(_item(row["number"], row["question"], row["columns"]), answer, row["error"])

    def outcomes(self, person: str, batch: str) -> Iterator[Outcome]:
        """What came of all that were asked, one after the other."""
        for row in self.rows(person, batch):
            if row.state and (outcome := self.outcome(person, batch, row.number)) is not None:
                yield outcome

    def column_names(self, person: str, batch: str) -> tuple[str, ...]:
        """The columns its questions came with, each once."""
        with self._notebook.reading() as db:
            found = db.execute(
                "SELECT DISTINCT r.columns FROM batch_rows r JOIN batches b ON b.id = r.batch "
                "WHERE r.batch = ? AND b.person = ? ORDER BY r.number",
                (batch, person),
            ).fetchall()
        return tuple(dict.fromkeys(name for row in found for name, _ in json.loads(row["columns"])))

    def options(self, person: str, batch: str) -> AskOptions:
        """What all its questions were asked with."""
        with self._notebook.reading() as db:
            row = db.execute("SELECT options FROM batches WHERE id = ? AND person = ?", (batch, person)).fetchone()
        return AskOptions() if row is None else unpack_options(row["options"])

    def stop(self, person: str, batch: str) -> None:
        """Ask no more of its questions."""
        self._set(person, batch, "stopped", "running")

    def resume(self, person: str, batch: str) -> None:
        """Go on with what is left of it, here."""
        self._set(person, batch, "running", "stopped", "running")

    def _set(self, person: str, batch: str, state: str, *of: str) -> None:
        with self._notebook.writing() as db:
            db.execute(
                f"UPDATE batches SET state = ?, runner = ?, beat = ? WHERE id = ? AND person = ? "
                f"AND state IN ({', '.join('?' * len(of))})",
                (state, self._me, time.time(), batch, person, *of),
            )

    def remove(self, person: str, batch: str) -> None:
        """Forget it, with its answers."""
        with self._notebook.writing() as db:
            db.execute("DELETE FROM batches WHERE id = ? AND person = ?", (batch, person))

    # --- of the process that runs them ------------------------------------------------------------------------------

    def next_job(self) -> Job | None:
        """The question to ask next, of the batch that waited longest; one whose questions are all asked is done."""
        with self._notebook.reading() as db:
            mine = "SELECT * FROM batches WHERE state = 'running' AND runner = ? ORDER BY beat"
            for batch in db.execute(mine, (self._me,)).fetchall():
                row = db.execute(
                    "SELECT * FROM batch_rows WHERE batch = ? AND state = '' ORDER BY number LIMIT 1", (batch["id"],)
                ).fetchone()
                if row is None:
                    self._set(batch["person"], batch["id"], "done", "running")
                    continue
                item = _item(row["number"], row["question"], row["columns"])
                return Job(batch["id"], batch["person"], item, unpack_options(batch["options"]))
        return None

    def keep(self, batch: str, outcome: Outcome) -> None:
        """Write what came of a question."""
        answer = outcome.answer
        short, sure = (short_words(answer), answer.confidence) if answer else ("", 0.0)
        packed = None if answer is None else pack_answer(answer)
        told = (outcome.state, _text(short), sure, outcome.n_sources, _text(outcome.error), packed)
        with self._notebook.writing() as db:
            db.execute(
                "UPDATE batch_rows SET state = ?, short = ?, confidence = ?, sources = ?, error = ?, answer = ? "
                "WHERE batch = ? AND number = ?",
                (*told, batch, outcome.item.number),
            )
            db.execute("UPDATE batches SET beat = ? WHERE id = ?", (time.time(), batch))

    def beat(self) -> None:
        """Say that this process still runs what it runs."""
        with self._notebook.writing() as db:
            now = time.time()
            db.execute("UPDATE batches SET beat = ? WHERE runner = ? AND state = 'running'", (now, self._me))

    def _runs(self, row: object) -> bool:
        """Whether the process that runs a batch is there."""
        runner, beat = row["runner"], row["beat"]  # type: ignore[index]
        pid = int(runner.partition(":")[0])
        if pid == os.getpid():
            return bool(runner == self._me)
        return bool(time.time() - beat < _SILENT_S and _is_alive(pid))


def _item(number: int, question: str, columns: str) -> Item:
    return Item(number, question, tuple((str(name), str(value)) for name, value in json.loads(columns)))


def _text(words: str) -> str:
    """`words` as a file of text can hold them: a question that was pasted may hold halves of characters."""
    return words.encode("utf-8", "replace").decode()


def _is_alive(pid: int) -> bool:
    if os.name != "posix":
        return True  # there the question itself would end the process; how long it was silent decides
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
