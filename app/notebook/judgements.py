"""What people thought of answers, in the notebook file: helpful or not, and why; of each the latest judgement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, cast, get_args

from app.notebook.conversations import find_conversation
from app.notebook.file import NotebookFile

__all__ = ["JUDGEMENT_STEPS", "REASONS", "Judgement", "KeptJudgements", "Reason"]

Reason = Literal["evidence", "answer", "unanswerable", "missed", "other"]
REASONS: tuple[Reason, ...] = get_args(Reason)

JUDGEMENT_STEPS = (
    """
    CREATE TABLE judgements (
        conversation INTEGER NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        edition INTEGER NOT NULL,
        helpful INTEGER NOT NULL,
        reason TEXT,
        words TEXT NOT NULL,
        made TEXT NOT NULL,
        PRIMARY KEY (conversation, number)
    ) STRICT, WITHOUT ROWID
    """,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of one edition of an answer. A reason says what was wrong: the evidence; the answer; that there is none
    ("unanswerable"); that it was not found ("missed"); or what the words say.
    """

    helpful: bool
    edition: int
    reason: Reason | None = None
    words: str = ""


class KeptJudgements:
    """The judgements of all people on the answers of their own conversations."""

    def __init__(self, notebook: NotebookFile) -> None:
        self._notebook = notebook
        notebook.prepare("judgements", JUDGEMENT_STEPS)

    def judge(self, person: str, conversation_id: str, number: int, judgement: Judgement) -> bool:
        """Keep what is thought of an entry; whether there is such a conversation."""
        told = (judgement.edition, int(judgement.helpful), judgement.reason, judgement.words)
        with self._notebook.writing() as db:
            found = find_conversation(db, person, conversation_id)
            if found is not None:
                values = (found["number"], number, *told, dt.datetime.now(dt.UTC).isoformat())
                db.execute("INSERT OR REPLACE INTO judgements VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return found is not None

    def judged(self, person: str, conversation_id: str) -> dict[int, Judgement]:
        """What was thought of the entries of a conversation, by their numbers."""
        with self._notebook.reading() as db:
            found = find_conversation(db, person, conversation_id)
            number = found["number"] if found else None
            rows = db.execute("SELECT * FROM judgements WHERE conversation = ?", (number,)).fetchall()
        return {
            int(r["number"]): Judgement(
                bool(r["helpful"]), r["edition"], cast(Reason, r["reason"]) if r["reason"] in REASONS else None,
                r["words"],
            )
            for r in rows
        }  # fmt: skip
