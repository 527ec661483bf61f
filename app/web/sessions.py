"""Who is logged in: random tokens, of which the notebook keeps digests, so that a restart ends no session."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable

from app.notebook.file import NotebookFile
from app.passwords import Account, Accounts

__all__ = ["KEPT_S", "Sessions"]

KEPT_S = 30 * 24 * 3600
_STEPS = (
    "CREATE TABLE sessions (digest TEXT PRIMARY KEY, name TEXT NOT NULL, credential TEXT NOT NULL, "
    "until_s INTEGER NOT NULL) STRICT",
)


class Sessions:
    """The sessions of `accounts`, kept in `notebook`.

    One ends thirty days after it was opened, on logging out, and when its account or its password is changed.
    """

    def __init__(self, notebook: NotebookFile, accounts: Accounts, clock: Callable[[], float] = time.time) -> None:
        self._notebook = notebook
        self._accounts = accounts
        self._clock = clock
        self._lock = threading.Lock()
        notebook.prepare("sessions", _STEPS)
        with notebook.writing() as db:
            db.execute("DELETE FROM sessions WHERE until_s < ?", (int(clock()),))
            rows = db.execute("SELECT digest, name, credential, until_s FROM sessions").fetchall()
        self._open = {row["digest"]: (row["name"], row["credential"], row["until_s"]) for row in rows}

    def open(self, account: Account) -> str:
        """A new session's token."""
        token = secrets.token_urlsafe(32)
        kept = (account.name, account.credential, int(self._clock()) + KEPT_S)
        with self._notebook.writing() as db:
            db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (_digest(token), *kept))
        with self._lock:
            self._open[_digest(token)] = kept
        return token

    def account(self, token: str) -> Account | None:
        """Whose session that is; None where it is nobody's, or over."""
        with self._lock:
            name, credential, until_s = self._open.get(_digest(token), ("", "", 0))
        account = self._accounts.get(name) if until_s > self._clock() else None
        return account if account is not None and account.credential == credential else None

    def close(self, token: str) -> None:
        """End it."""
        with self._lock:
            self._open.pop(_digest(token), None)
        with self._notebook.writing() as db:
            db.execute("DELETE FROM sessions WHERE digest = ?", (_digest(token),))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
