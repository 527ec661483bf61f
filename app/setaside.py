"""Files that are no articles: each with its reason, since when that is known, and what a person can do about it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.notebook.file import NotebookFile
from ingest.article import source_order
from ingest.job import FileState

__all__ = ["Failed", "SetAsideNotes", "explained"]

_STEPS = (
    "CREATE TABLE set_aside "
    "(path TEXT PRIMARY KEY, reason TEXT NOT NULL, noticed REAL NOT NULL, before INTEGER NOT NULL) STRICT",
)

# Most reasons end in what to do, behind a semicolon. Of the others, the first that fits; docs/ingest.md has them all.
_ADVICE = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        ("our own code failed", "This is a mistake in Dateline: please report it, with the file."),
        ("cannot be read: |permission", "Allow reading it, then try again."),
        ("image|photo|picture", "Text in pictures is not read: run text recognition (OCR) on it."),
        ("archive within an archive", "Unpack it, and add what is in it."),
        ("leads out of|control character|of a line of|another file has it", "Rename it, and pack the archive again."),
        ("password|encrypted|protected", "Save it again without protection."),
        ("link or a device|compressed in a way", "Pack the archive again in the usual way, with the file in it."),
        ("damaged|cut off|checksum|cannot be parsed", "Open it and save it again, or fetch it again."),
        ("more than|longer than|larger than", "Split it into smaller files, one article in each."),
        ("columns", "Save the table with the article's words in a column called text."),
        ("encoding|utf-?8|utf-?16", "Save it as UTF-8."),
        ("binary", "It is no text. Save it as text, HTML, PDF or DOCX, if it holds an article."),
        ("cookie notice|paywall|notices|furniture", "The page came without its article. Fetch it again, or leave it."),
        ("stub|no words|no sentence|front matter", "There is no sentence in it to quote. Leave it, or fetch it again."),
        ("empty|white space|no (?:text|html|visible|record|list)", "There is nothing in it to quote. Fetch it again?"),
        ("link to|not a regular file", "Name the file itself, not a link to it."),
    )
)  # fmt: skip
_OTHERWISE = "Correct the file, or save it as text, and try again."


def explained(reason: str) -> tuple[str, str]:
    """Why a file was set aside, and what to do about it, each as a sentence."""
    why, _, what = reason.rpartition("; ")
    if not why:
        why, what = reason, next((words for pattern, words in _ADVICE if pattern.search(reason)), _OTHERWISE)
    return _sentence(why), _sentence(what)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith(('.', '?', '…')) else '.'}"


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that was set aside. `noticed` is a time in seconds since 1970; with `before` it happened by then."""

    path: str
    source: str
    reason: str
    noticed: float
    before: bool


class SetAsideNotes:
    """Remembers when it was first seen that a file is set aside: the index knows only that it is, and why."""

    def __init__(self, notebook: NotebookFile, files: Callable[[], Iterable[FileState]]) -> None:
        notebook.prepare("set_aside", _STEPS)
        self._notebook = notebook
        self._files = files

    def failed(self) -> tuple[Failed, ...]:
        """Every file that is set aside, those noticed last first."""
        return self.take_note(before=True)

    def take_note(self, *, before: bool = False, tried: Iterable[str] = ()) -> tuple[Failed, ...]:
        """Note what is set aside and was not known to be; at or below the paths `tried` all was tried just now."""
        states = {state.path: state for state in self._files() if state.reason is not None}
        known = self._known()
        now, again = time.time(), tuple(tried)
        fresh = {
            path: Failed(path, state.source, state.reason or "", now, before)
            for path, state in states.items()
            if path not in known or known[path][0] != state.reason or any(_is_at_or_below(path, one) for one in again)
        }
        gone = known.keys() - states.keys()
        if fresh or gone:
            with self._notebook.writing() as db:
                db.executemany("DELETE FROM set_aside WHERE path = ?", [(path,) for path in gone])
                rows = [(f.path, f.reason, f.noticed, int(f.before)) for f in fresh.values()]
                db.executemany("INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?)", rows)
        told = [
            fresh.get(path) or Failed(path, state.source, state.reason or "", *known[path][1:])
            for path, state in states.items()
        ]
        return tuple(sorted(told, key=lambda f: (-f.noticed, source_order(f.source))))

    def _known(self) -> dict[str, tuple[str, float, bool]]:
        with self._notebook.reading() as db:
            rows = db.execute("SELECT path, reason, noticed, before FROM set_aside").fetchall()
        return {row["path"]: (row["reason"], row["noticed"], bool(row["before"])) for row in rows}


def _is_at_or_below(path: str, above: str) -> bool:
    return path == above or path.startswith((f"{above.rstrip('/')}/", f"{above}!", f"{above}#"))
