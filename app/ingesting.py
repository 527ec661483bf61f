"""Ingests beside the chat: one at a time, each in a process of its own, watched through the file it tells its progress.

A process of its own keeps answers quick (reading articles is Python, which threads of one process share), cannot take
the chat down with it, and can be ended. It is the command line's ingest with the command line's locks. Everything
that is known of it lies in a folder on the disk, so that every tab, and a server that was started again, see the same.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.progress import ask_to_stop, forget, is_told, last_told, stop_asked
from ingest.errors import UsageError

__all__ = ["Ingesting", "State", "Wish"]

_log = logging.getLogger(__name__)

_PROGRAM = "from app.__main__ import run; run()"
_LOOKED_EVERY_S = 0.3
_GRACE_S = 20.0  # for the file that is being read, before a process that was asked to stop is told to
_MOST_WAITING = 20
_SAID_SHOWN = 600  # characters of what a process said before it died


@dataclass(frozen=True, slots=True)
class Wish:
    """What to ingest: `paths` as the command line takes them, and what people call them. `retry` as `--retry`."""

    paths: tuple[str, ...]
    called: str
    retry: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """The ingest that runs, or the last one. `told` is the last that it told (`app.progress`).

    `phase` is "running", or how it ended: "done", "stopped", "failed", or "killed" if it could not say. "none" when
    there never was one.
    """

    phase: str
    wish: Wish | None = None
    run: str = ""  # its name
    told: Mapping[str, object] = field(default_factory=dict)
    stopping: bool = False
    waiting: int = 0
    said: str = ""


class Ingesting:
    """Runs what is wished, one wish after the other. `after` are called after each run, in a thread of their own.

    `folder` is made when it is needed; `environment` is the one that the process is to have.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.after: list[Callable[[State], None]] = []
        self._folder = folder
        self._environment = environment
        self._progress, self._wish_file = folder / "progress.jsonl", folder / "wish.json"
        self._said = folder / "said.txt"
        self._lock = threading.RLock()
        self._queue: deque[Wish] = deque()
        self._process: subprocess.Popen[bytes] | None = None
        self._watched = False  # a thread waits for the end of the run
        self._closed = False

    def resume_watching(self) -> None:
        """Watch the run that an earlier server left, if it goes on."""
        with self._lock:
            if not self._watched and is_told(self._progress):
                self._watch()

    def start(self, wish: Wish) -> State:
        """Do it now, or after what is being done; a wish that waits already waits once.

        Raises:
            UsageError: too much waits, or no process can be started.
        """
        with self._lock:
            self.resume_watching()
            if self._watched:
                if wish not in self._queue:
                    if len(self._queue) >= _MOST_WAITING:
                        raise UsageError("too much waits to be read in; wait until that is done")
                    self._queue.append(wish)
            else:
                self._begin(wish)
        return self.state()

    def cancel(self) -> State:
        """Stop what runs before its next file, and forget what waits. What was committed stays."""
        with self._lock:
            self._queue.clear()
            if self._watched or is_told(self._progress):
                ask_to_stop(self._progress)
                timer = threading.Timer(_GRACE_S, self._insist, [self._run_name()])
                timer.daemon = True
                timer.start()
        return self.state()

    def state(self) -> State:
        """What goes on now."""
        with self._lock:
            kept = self._kept()
            if kept is None:
                return State("none")
            run, wish = kept
            told = last_told(self._progress)
            if self._watched or is_told(self._progress):
                running = {} if told.get("event") in ("done", "stopped", "failed") else told
                waiting = len(self._queue)
                return State("running", wish, run, running, stop_asked(self._progress), waiting)
            event = str(told.get("event", ""))
            phase = event if event in ("done", "stopped", "failed") else "killed"
            return State(phase, wish, run, told, said="" if phase != "killed" else self._last_said())

    def close(self) -> None:
        """Stop what runs, as `cancel` does, and wait for it a moment."""
        with self._lock:
            self._closed = True
            if not self._watched:
                return
        self.cancel()
        if not self._over_within(3):
            self._insist(self._run_name())
            self._over_within(5)

    def _over_within(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while self._watched and time.monotonic() < until:
            time.sleep(0.05)
        return not self._watched

    def _begin(self, wish: Wish) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            forget(self._progress)
            self._keep(wish)
            with self._said.open("wb") as said:
                self._process = subprocess.Popen(
                    _command(wish, self._progress), env=dict(self._environment), stdin=subprocess.DEVNULL, stdout=said,
                    stderr=subprocess.STDOUT, start_new_session=True,
                )  # fmt: skip
        except OSError as error:
            raise UsageError(f"reading in cannot be started: {error.strerror or error}") from error
        self._watch()

    def _watch(self) -> None:
        self._watched = True
        threading.Thread(target=self._follow, name="dateline-ingest", daemon=True).start()

    def _follow(self) -> None:
        """Wait for the end of a run, tell those who want to know, and begin what waits."""
        process = self._process
        if process is not None:
            process.wait()
        while is_told(self._progress):  # one that an earlier server started
            time.sleep(_LOOKED_EVERY_S)
        with self._lock:
            self._watched, self._process = False, None
            ended = self.state()
        for tell in tuple(self.after):
            try:
                tell(ended)
            except Exception:
                _log.exception("what follows an ingest failed")
        with self._lock:
            if self._queue and not self._watched and not self._closed:
                try:
                    self._begin(self._queue.popleft())
                except UsageError:
                    _log.exception("what waited to be read in could not be begun")

    def _insist(self, run: str) -> None:
        """Tell a process that was asked to stop, and has not, as Ctrl-C would; the batch it is at is not committed."""
        with self._lock:
            if run != self._run_name() or not stop_asked(self._progress):
                return
            process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT) if os.name == "posix" else process.terminate()
        elif process is None and os.name == "posix" and is_told(self._progress):
            pid = _begun_by(self._progress)
            with suppress(OSError):
                if pid:
                    os.kill(pid, signal.SIGINT)

    def _keep(self, wish: Wish) -> None:
        told = {"run": secrets.token_hex(8), "paths": wish.paths, "called": wish.called, "retry": wish.retry}
        part = self._wish_file.with_suffix(".part")
        part.write_text(json.dumps(told), encoding="utf-8")
        part.replace(self._wish_file)

    def _kept(self) -> tuple[str, Wish] | None:
        try:
            told = json.loads(self._wish_file.read_text(encoding="utf-8"))
            return str(told["run"]), Wish(tuple(told["paths"]), str(told["called"]), bool(told["retry"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _run_name(self) -> str:
        kept = self._kept()
        return kept[0] if kept else ""

    def _last_said(self) -> str:
        try:
            return self._said.read_text(encoding="utf-8", errors="replace").strip()[-_SAID_SHOWN:]
        except OSError:
            return ""


def _command(wish: Wish, progress: Path) -> Sequence[str]:
    """The command line's ingest, whatever the current folder holds."""
    retry = ["--retry"] if wish.retry else []
    return [sys.executable, "-P", "-c", _PROGRAM, "ingest", "--progress", str(progress), *retry, "--", *wish.paths]


def _begun_by(progress: Path) -> int | None:
    """The process that the first line of a progress file names."""
    try:
        with progress.open("rb") as file:
            told = json.loads(file.readline())
        return int(told["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
