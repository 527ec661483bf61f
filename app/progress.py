"""How far an ingest is, told in a file to whoever watches from another process: a line of JSON each time.

The file is locked as long as its ingest runs, so that a watcher knows that it runs even if the watcher was started
later. The first line is "begun"; the last says how it ended: "done", "stopped" or "failed". Where there is none of
these and no lock, the process was killed. A watcher asks it to stop by laying a file beside it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

from filelock import FileLock, Timeout

from ingest.batch import Progress, Report
from ingest.errors import DatelineError, UsageError

__all__ = ["ProgressFile", "ask_to_stop", "forget", "is_told", "last_told", "stop_asked"]

_TOLD_EVERY_S = 0.2
_ASIDE_NAMED = 20
_PATIENCE_S = 2.0  # a watcher holds the lock for the moment that it looks
_LAST_BYTES = 256_000  # more than the longest line


class ProgressFile:
    """Tells how an ingest goes to the file at `path`, which is made anew. A context manager.

    Raises `UsageError` when another ingest tells its progress there, or the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(_lock_of(path), timeout=_PATIENCE_S, thread_local=False)
        self._file: IO[str] | None = None
        self._began = time.monotonic()
        self._told = float("-inf")

    def __enter__(self) -> ProgressFile:
        try:
            self._lock.acquire()
            self._file = self._path.open("w", encoding="utf-8")
        except Timeout as error:
            raise UsageError(f"another ingest tells its progress to {self._path}: name another file") from error
        except OSError as error:
            self._lock.release()
            raise UsageError(f"progress cannot be told to {self._path}: {error.strerror}") from error
        self._tell("begun", pid=os.getpid())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell what went wrong, if something did, and let go of the file."""
        if isinstance(error, KeyboardInterrupt):
            self._tell("stopped")
        elif error is not None:
            told = error if isinstance(error, DatelineError) else f"unexpected {type(error).__name__}: {error}"
            self._tell("failed", kind=type(error).__name__, message=str(told))
        if self._file is not None:
            self._file.close()
        self._lock.release()

    def show(self, progress: Progress) -> None:
        """Tell how far the ingest is, now and then.

        Raises:
            KeyboardInterrupt: somebody asked it to stop.
        """
        if stop_asked(self._path):
            raise KeyboardInterrupt
        now = time.monotonic()
        if now - self._told >= _TOLD_EVERY_S or progress.done == progress.total:
            self._told = now
            self._tell("reading", **dataclasses.asdict(progress))

    def end(self, report: Report) -> None:
        """Tell what was done."""
        counted = ("found", "articles", "passages", "copies", "unchanged", "replaced", "removed")
        aside = [{"source": a.source, "reason": a.reason} for a in report.set_aside[:_ASIDE_NAMED]]
        told = {name: getattr(report, name) for name in counted}
        self._tell("done", **told, gone=len(report.gone), aside=len(report.set_aside), first_aside=aside)

    def _tell(self, event: str, **told: object) -> None:
        if self._file is not None:
            seconds = round(time.monotonic() - self._began, 2)
            self._file.write(json.dumps({"event": event, "seconds": seconds, **told}) + "\n")
            self._file.flush()


def is_told(path: Path) -> bool:
    """Whether the ingest that tells its progress to `path` runs at this moment."""
    if not Path(_lock_of(path)).exists():
        return False
    lock = FileLock(_lock_of(path), timeout=0, thread_local=False)
    try:
        with lock:
            return False
    except Timeout:
        return True
    except OSError:
        return False


def last_told(path: Path) -> Mapping[str, object]:
    """The last whole line of the file at `path`; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _LAST_BYTES))
            lines = file.read().split(b"\n")[:-1]
        told = json.loads(lines[-1]) if lines else {}
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def ask_to_stop(path: Path) -> None:
    """Have the ingest that tells its progress to `path` stop before its next file."""
    _stop_of(path).touch()


def stop_asked(path: Path) -> bool:
    """Whether it was asked to."""
    return _stop_of(path).exists()


def forget(path: Path) -> None:
    """Take away what an earlier ingest told, and the wish that it stop."""
    path.unlink(missing_ok=True)
    _stop_of(path).unlink(missing_ok=True)


def _lock_of(path: Path) -> str:
    return f"{path}.lock"


def _stop_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.stop")
