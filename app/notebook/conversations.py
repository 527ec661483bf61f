"""Conversations in the notebook file: each of one person, by an id that its page made, with answers as they were given.

What `add` or `put` has returned is on the disk: it is there after a crash and in any later process, in which every link
of every answer still opens the same characters. Read and rendered turns are kept in memory while they are the latest.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
import sqlite3
import threading
from collections import OrderedDict
from dataclasses import dataclass

from app.conversation import Asked, Conversation, Failure
from app.notebook.entries import entry_from_json, entry_to_json
from app.notebook.file import NotebookFile
from app.wording import line

__all__ = ["CONVERSATION_STEPS", "KeptConversations", "Listed", "find_conversation"]

CONVERSATION_STEPS = (
    """
    CREATE TABLE conversations (
        number INTEGER PRIMARY KEY,
        person TEXT NOT NULL,
        id TEXT NOT NULL,
        title TEXT NOT NULL,
        title_words TEXT NOT NULL,
        renamed INTEGER NOT NULL DEFAULT 0,
        made TEXT NOT NULL,
        changed TEXT NOT NULL,
        revision INTEGER NOT NULL DEFAULT 0,
        deleted TEXT,
        UNIQUE (person, id)
    ) STRICT;
    CREATE TABLE entries (
        conversation INTEGER NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        asked TEXT NOT NULL,
        words TEXT NOT NULL,
        entry TEXT NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY (conversation, number)
    ) STRICT, WITHOUT ROWID
    """,
)
_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_HANDLE = re.compile(r"deleted-[0-9a-f]{32}", re.ASCII)
_IN_MEMORY = 500  # entries of the conversations used last; a longer one is there alone
_LONGEST_TITLE = 80  # characters of a question that becomes one
_LONGEST_NAME = 200  # characters that a user may give one
_MOST_LISTED = 500
_MOST_WORDS = 8  # that are searched for at once
_UNDONE_WITHIN = dt.timedelta(hours=1)  # after it a conversation that was deleted is gone from the file


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation in a list. `changed` is when it was last added to, in UTC; `found` the question that was found."""

    id: str
    title: str
    changed: dt.datetime
    questions: int
    found: str | None = None


class KeptConversations:
    """The conversations of all people, each seen by its person alone; used from any thread and by several processes."""

    def __init__(self, notebook: NotebookFile) -> None:
        self._notebook = notebook
        self._lock = threading.Lock()
        self._read: OrderedDict[int, tuple[int, Conversation]] = OrderedDict()
        notebook.prepare("conversations", CONVERSATION_STEPS)
        with notebook.writing() as db:
            _forget(db)

    # --- what is asked --------------------------------------------------------------------------------------------

    def get(self, person: str, conversation_id: str) -> Conversation:
        """That conversation of a person; an empty one where none is known."""
        with self._notebook.reading() as db:
            return self._load(db, find_conversation(db, person, conversation_id))

    def add(self, person: str, conversation_id: str, entry: Asked | Failure) -> Conversation:
        """The conversation with `entry` at its end, whatever else was added to it in the meantime.

        It is not kept where the id is none that a page made.
        """
        if not _KEY.fullmatch(conversation_id):
            return Conversation((entry,))
        with self._notebook.writing() as db:
            found = find_conversation(db, person, conversation_id) or _begin(db, person, conversation_id)
            _write(db, found, _count(db, found) + 1, entry)
        return self.get(person, conversation_id)

    def put(self, person: str, conversation_id: str, number: int, entry: Asked | Failure) -> Conversation:
        """The conversation with `entry` in the place of that number, whatever was added after it in the meantime."""
        with self._notebook.writing() as db:
            found = find_conversation(db, person, conversation_id)
            before = self._load(db, found)
            changed = before.with_entry(number, entry)
            if found is not None and changed is not before:
                _write(db, found, number, changed.entries[number - 1])
        return self.get(person, conversation_id)

    # --- what is done with them -----------------------------------------------------------------------------------

    def listed(self, person: str, search: str = "") -> tuple[Listed, ...]:
        """A person's conversations, newest first: those in which every word of `search` stands, in any case."""
        words = search.casefold().split()[:_MOST_WORDS]
        holds = "SELECT 1 FROM entries e WHERE e.conversation = c.number AND instr(e.words, ?)"
        asks = "".join(f" AND (instr(c.title_words, ?) OR EXISTS ({holds}))" for _ in words)
        count = "(SELECT count(*) FROM entries e WHERE e.conversation = c.number) AS n"
        query = (
            f"SELECT c.number, c.id, c.title, c.changed, {count} FROM conversations c "
            f"WHERE c.person = ? AND c.deleted IS NULL{asks} ORDER BY c.changed DESC LIMIT ?"
        )
        with self._notebook.reading() as db:
            rows = db.execute(query, (person, *(w for word in words for w in (word, word)), _MOST_LISTED)).fetchall()
            return tuple(
                Listed(r["id"], r["title"], dt.datetime.fromisoformat(r["changed"]), r["n"],
                       _question_with(db, r["number"], words))
                for r in rows
            )  # fmt: skip

    def title(self, person: str, conversation_id: str) -> str | None:
        """What a conversation is called; None where there is none."""
        with self._notebook.reading() as db:
            found = find_conversation(db, person, conversation_id)
        return None if found is None else str(found["title"])

    def times(self, person: str, conversation_id: str) -> tuple[dt.datetime, ...]:
        """When each entry of a conversation was asked last, in UTC."""
        with self._notebook.reading() as db:
            found = find_conversation(db, person, conversation_id)
            number = found["number"] if found else None
            rows = db.execute("SELECT asked FROM entries WHERE conversation = ? ORDER BY number", (number,)).fetchall()
        return tuple(dt.datetime.fromisoformat(r["asked"]) for r in rows)

    def rename(self, person: str, conversation_id: str, title: str) -> str | None:
        """Call it `title` and return what it is called; without words, by its first question again."""
        with self._notebook.writing() as db:
            found = find_conversation(db, person, conversation_id)
            if found is None:
                return None
            named = line(title)[:_LONGEST_NAME].strip()
            first = self._load(db, found).entry(1)
            shown = named or (_title(_asked(first)) if first else str(found["title"]))
            change = "UPDATE conversations SET title = ?, title_words = ?, renamed = ? WHERE number = ?"
            db.execute(change, (shown, shown.casefold(), int(bool(named)), found["number"]))
        return shown

    def delete(self, person: str, conversation_id: str) -> str | None:
        """Delete a conversation; what `restore` needs to bring it back within the hour. None where there is none."""
        handle = f"deleted-{secrets.token_hex(16)}"
        with self._notebook.writing() as db:
            _forget(db)
            found = find_conversation(db, person, conversation_id)
            if found is None:
                return None
            change = "UPDATE conversations SET deleted = ?, id = ? WHERE number = ?"
            db.execute(change, (_words(_now()), f"{handle}-{conversation_id}", found["number"]))
        return handle

    def restore(self, person: str, handle: str) -> str | None:
        """Bring back what was deleted; its id, another one where in the meantime the old one began anew."""
        with self._notebook.writing() as db:
            row = db.execute(
                "SELECT number, id FROM conversations WHERE person = ? AND deleted NOTNULL AND substr(id, 1, ?) = ?",
                (person, len(handle), handle),
            ).fetchone()
            if row is None or not _HANDLE.fullmatch(handle):
                return None
            old = str(row["id"]).rpartition("-")[2]
            free = secrets.token_hex(16) if find_conversation(db, person, old) else old
            db.execute("UPDATE conversations SET deleted = NULL, id = ? WHERE number = ?", (free, row["number"]))
        return free

    # --- in memory ------------------------------------------------------------------------------------------------

    def _load(self, db: sqlite3.Connection, found: sqlite3.Row | None) -> Conversation:
        """The conversation as it stands in the file: only what was written since it was read is read again."""
        if found is None:
            return Conversation()
        number = int(found["number"])
        with self._lock:
            seen, known = self._read.get(number, (-1, Conversation()))
        if seen == found["revision"]:
            return known
        entries = list(known.entries)
        rows = db.execute(
            "SELECT number, entry, revision FROM entries WHERE conversation = ? AND revision > ? ORDER BY number",
            (number, seen),
        ).fetchall()
        for row in rows:
            entry = entry_from_json(row["entry"])
            entries[row["number"] - 1 : row["number"]] = [entry]
            seen = max(seen, row["revision"])
        conversation = Conversation(tuple(entries))
        if not db.in_transaction:  # what is being written may still be taken back
            self._remember(number, seen, conversation)
        return conversation

    def _remember(self, number: int, revision: int, conversation: Conversation) -> None:
        with self._lock:
            if self._read.get(number, (-1, conversation))[0] < revision:
                self._read[number] = (revision, conversation)
            self._read.move_to_end(number)
            while len(self._read) > 1 and sum(len(c.entries) for _, c in self._read.values()) > _IN_MEMORY:
                self._read.popitem(last=False)


def find_conversation(db: sqlite3.Connection, person: str, conversation_id: str) -> sqlite3.Row | None:
    """The row of that conversation of a person; None where there is none, or where it was deleted."""
    row: sqlite3.Row | None = db.execute(
        "SELECT number, title, renamed, revision FROM conversations WHERE person = ? AND id = ? AND deleted IS NULL",
        (person, conversation_id),
    ).fetchone()
    return row


def _forget(db: sqlite3.Connection) -> None:
    """Remove what was deleted and is no longer to be brought back."""
    db.execute("DELETE FROM conversations WHERE deleted < ?", (_words(_now() - _UNDONE_WITHIN),))


def _count(db: sqlite3.Connection, found: sqlite3.Row) -> int:
    row = db.execute("SELECT count(*) AS n FROM entries WHERE conversation = ?", (found["number"],)).fetchone()
    return int(row["n"])


def _begin(db: sqlite3.Connection, person: str, conversation_id: str) -> sqlite3.Row:
    db.execute(
        "INSERT INTO conversations (person, id, title, title_words, made, changed) VALUES (?, ?, '', '', ?, ?)",
        (person, conversation_id, _words(_now()), _words(_now())),
    )
    found = find_conversation(db, person, conversation_id)
    assert found is not None
    return found


def _write(db: sqlite3.Connection, found: sqlite3.Row, number: int, entry: Asked | Failure) -> None:
    revision, now = found["revision"] + 1, _words(_now())
    db.execute(
        "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?)",
        (found["number"], number, now, _searchable(entry), entry_to_json(entry), revision),
    )
    title = _title(_asked(entry)) if number == 1 and not found["renamed"] else str(found["title"])
    db.execute(
        "UPDATE conversations SET revision = ?, changed = ?, title = ?, title_words = ? WHERE number = ?",
        (revision, now, title, title.casefold(), found["number"]),
    )


def _question_with(db: sqlite3.Connection, number: int, words: list[str]) -> str | None:
    """The question in whose entry most words stand that are searched for, the first of such."""
    if not words:
        return None
    held = " + ".join("(instr(words, ?) > 0)" for _ in words)
    row = db.execute(
        f"SELECT entry, {held} AS held FROM entries WHERE conversation = ? ORDER BY held DESC, number LIMIT 1",
        (*words, number),
    ).fetchone()
    return _title(_asked(entry_from_json(row["entry"]))) if row and row["held"] else None


def _asked(entry: Asked | Failure) -> str:
    return entry.turn.question if isinstance(entry, Asked) else entry.question


def _searchable(entry: Asked | Failure) -> str:
    """The words of an entry that searching looks through, in one case."""
    said = (entry.turn.answer.short or "", entry.turn.answer.text) if isinstance(entry, Asked) else ()
    return line(" ".join((_asked(entry), *said))).casefold()


def _title(question: str) -> str:
    """A question, cut between words where it is long."""
    told = line(question) or "(nothing)"
    return told if len(told) <= _LONGEST_TITLE else told[:_LONGEST_TITLE].rsplit(" ", 1)[0] + " …"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _words(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="microseconds")
