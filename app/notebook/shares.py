"""Turns that were shared, in the notebook file: the answer as it was at that moment, under a name that nobody guesses.

A link leads nowhere once it is withdrawn, or its conversation deleted.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from app.answer_json import Fields
from app.conversation import Asked, Failure
from app.export_html import Surrounding
from app.notebook.conversations import find_conversation
from app.notebook.entries import entry_from_json, entry_to_json
from app.notebook.file import NotebookFile

__all__ = ["SHARE_STEPS", "KeptShares", "Shared"]

SHARE_STEPS = (
    """
    CREATE TABLE shares (
        token TEXT PRIMARY KEY,
        conversation INTEGER NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        edition INTEGER NOT NULL,
        made TEXT NOT NULL,
        asked TEXT,
        entry TEXT NOT NULL,
        surroundings TEXT NOT NULL
    ) STRICT;
    CREATE INDEX shares_of ON shares (conversation, number)
    """,
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What a link shows: an answer, when it was asked and shared, and the article around each quote, by its marker."""

    entry: Asked | Failure
    asked: dt.datetime | None
    made: dt.datetime
    surroundings: Mapping[int, Surrounding]


class KeptShares:
    """The share links of all people; making and withdrawing one is for the person whose conversation it is."""

    def __init__(self, notebook: NotebookFile) -> None:
        self._notebook = notebook
        notebook.prepare("shares", SHARE_STEPS)

    def share(
        self, person: str, conversation_id: str, number: int, entry: Asked, asked: dt.datetime | None,
        surroundings: Mapping[int, Surrounding],
    ) -> str | None:  # fmt: skip
        """The token of a link to `entry`; the one that it has already. None where there is no such conversation."""
        told = json.dumps({str(marker): asdict(around) for marker, around in surroundings.items()})
        made = dt.datetime.now(dt.UTC).isoformat()
        with self._notebook.writing() as db:
            found = find_conversation(db, person, conversation_id)
            if found is None:
                return None
            row = db.execute(
                "SELECT token FROM shares WHERE conversation = ? AND number = ? AND edition = ?",
                (found["number"], number, entry.edition),
            ).fetchone()
            token = str(row["token"]) if row else secrets.token_urlsafe(32)
            if row is None:
                values = (token, found["number"], number, entry.edition, made, asked and asked.isoformat())
                db.execute("INSERT INTO shares VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*values, entry_to_json(entry), told))
        return token

    def withdraw(self, person: str, conversation_id: str, number: int) -> int:
        """End every link to an entry; how many there were."""
        with self._notebook.writing() as db:
            found = find_conversation(db, person, conversation_id)
            if found is None:
                return 0
            done = db.execute("DELETE FROM shares WHERE conversation = ? AND number = ?", (found["number"], number))
            return done.rowcount

    def shared(self, person: str, conversation_id: str) -> tuple[int, ...]:
        """The entries of a conversation that a link leads to."""
        with self._notebook.reading() as db:
            found = find_conversation(db, person, conversation_id)
            number = found["number"] if found else None
            rows = db.execute("SELECT DISTINCT number FROM shares WHERE conversation = ?", (number,)).fetchall()
        return tuple(int(r["number"]) for r in rows)

    def find(self, token: str) -> Shared | None:
        """What the link with that token shows; None where there is no such link any more."""
        with self._notebook.reading() as db:
            row = db.execute(
                "SELECT s.* FROM shares s JOIN conversations c ON c.number = s.conversation "
                "WHERE s.token = ? AND c.deleted IS NULL",
                (token,),
            ).fetchone()
        if row is None:
            return None
        asked = dt.datetime.fromisoformat(row["asked"]) if row["asked"] else None
        around = {int(m): _surrounding(value) for m, value in json.loads(row["surroundings"]).items()}
        return Shared(entry_from_json(row["entry"]), asked, dt.datetime.fromisoformat(row["made"]), around)


def _surrounding(value: object) -> Surrounding:
    row = Fields(value)
    return Surrounding(row.text("before"), row.text("after"), row.claim("cut_before"), row.claim("cut_after"))
