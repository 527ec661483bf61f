"""A batch on its way: asked one by one, each kept in a journal beside the file to write as soon as it is answered.

Guarantee: whatever ends the process, the next run of the same questions goes on behind the last one that was kept;
none is asked twice and none is lost. The file to write is there whole or not at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.answer import Answer, Turn
from app.batch import Item, Outcome, history_of
from app.kept_answer import pack_answer, unpack_answer
from ingest.errors import DatelineError, StoreError, UnknownSourceError, UsageError

__all__ = ["Asker", "Journal", "Progress", "digest_of", "run_batch", "write_whole"]

Asker = Callable[[Item, Sequence[Turn]], Answer]
_SYNCED_EVERY_S = 1.0  # a process that is killed loses nothing, a machine that loses its power this much


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is: questions done, of how many, and how many of them in this run, in how long."""

    done: int
    total: int
    now: int
    seconds: float

    @property
    def rate(self) -> float:
        """Questions a second, in this run."""
        return self.now / self.seconds if self.seconds else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds to go; None as long as nothing says."""
        return (self.total - self.done) / self.rate if self.rate else None


def run_batch(
    items: Sequence[Item], ask: Asker, journal: Journal, *, tell: Callable[[Progress], None] = lambda _: None
) -> None:
    """Ask every one of `items` that `journal` does not hold yet; what one question alone cannot have is its error.

    Raises `StoreError` where the index itself fails: then the rest is left for another run.
    """
    before: dict[str, list[Outcome]] = {}
    if any(item.conversation for item in items):
        for outcome in journal.outcomes(items):
            before.setdefault(outcome.item.conversation, []).append(outcome)
    began, now = time.monotonic(), 0
    for item in items:
        if item.number in journal.numbers:
            continue
        outcome = answered(item, ask, history_of(item, before))
        journal.add(outcome)
        if item.conversation:
            before.setdefault(item.conversation, []).append(outcome)
        now += 1
        tell(Progress(len(journal.numbers), len(items), now, time.monotonic() - began))


def answered(item: Item, ask: Asker, history: Sequence[Turn]) -> Outcome:
    """What comes of one question."""
    try:
        return Outcome(item, ask(item, history))
    except DatelineError as error:
        if isinstance(error, StoreError) and not isinstance(error, UnknownSourceError):
            raise
        return Outcome(item, None, str(error) or type(error).__name__)
    except Exception as error:  # the others are asked all the same; the row says what to report
        return Outcome(item, None, f"unexpected {type(error).__name__}: {error}")


def digest_of(items: Sequence[Item], *told: object) -> str:
    """Hex digest of the questions and of how they are asked: another one is another batch."""
    plain = [[i.number, i.question, list(map(list, i.columns))] for i in items]
    return hashlib.sha256(json.dumps([plain, [repr(t) for t in told]]).encode()).hexdigest()


class Journal:
    """The file beside the one to write, a line for each question that was asked. Close it, or `finish` it.

    Raises `UsageError` where it is of other questions, or cannot be written.
    """

    def __init__(self, beside: Path, digest: str, *, afresh: bool = False) -> None:
        self.path = beside.with_name(f"{beside.name}.part")
        self._places: dict[int, int] = {}  # where the line of a question begins, by its number
        self._synced = time.monotonic()
        try:
            if afresh:
                self.path.unlink(missing_ok=True)
            self._file: BinaryIO = self.path.open("a+b")
            self._read(beside, digest)
        except OSError as error:
            raise UsageError(f"what was answered cannot be kept at {self.path}: {error.strerror}") from error

    def _read(self, beside: Path, digest: str) -> None:
        self._file.seek(0)
        head = self._file.readline()
        if not head.endswith(b"\n"):  # new, or ended while its first line was written
            self._file.truncate(0)
            self._write({"batch": digest})
            return
        if _json(head).get("batch") != digest:
            self._file.close()
            raise UsageError(
                f"{self.path} holds answers to other questions, or to these asked in another way: write to another "
                f"file than {beside.name}, or give --afresh to begin again"
            )
        while line := self._file.readline():
            number = _json(line).get("number") if line.endswith(b"\n") else None
            if not isinstance(number, int):  # torn: the process ended while it was written
                self._file.truncate(self._file.tell() - len(line))
                break
            self._places[number] = self._file.tell() - len(line)

    @property
    def numbers(self) -> Mapping[int, int]:
        """The questions that were asked, by their numbers."""
        return self._places

    def add(self, outcome: Outcome) -> None:
        """Keep what came of one question."""
        answer = None if outcome.answer is None else base64.b64encode(pack_answer(outcome.answer)).decode()
        kept = {"number": outcome.item.number, "answer": answer, "error": outcome.error}
        self._places[outcome.item.number] = self._write(kept)

    def outcomes(self, items: Iterable[Item]) -> Iterator[Outcome]:
        """What came of those of `items` that were asked, in their order."""
        for item in items:
            if (place := self._places.get(item.number)) is not None:
                self._file.seek(place)
                kept = _json(self._file.readline())
                answer = kept.get("answer")
                found = unpack_answer(base64.b64decode(str(answer))) if answer else None
                yield Outcome(item, found, str(kept.get("error") or ""))

    def close(self) -> None:
        """Leave it for another run."""
        with suppress(OSError):
            os.fsync(self._file.fileno())
        self._file.close()

    def finish(self) -> None:
        """Take it away: what it held is written."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _write(self, kept: Mapping[str, object]) -> int:
        place = self._file.seek(0, os.SEEK_END)
        self._file.write(json.dumps(kept).encode() + b"\n")
        self._file.flush()
        if time.monotonic() - self._synced > _SYNCED_EVERY_S:
            os.fsync(self._file.fileno())
            self._synced = time.monotonic()
        return place


def write_whole(path: Path, pieces: Iterable[str], *, encoding: str = "utf-8") -> None:
    """Write a file so that it is there whole or not at all. Raises `UsageError` where it cannot be written."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
            with os.fdopen(handle, "w", encoding=encoding, newline="", errors="replace") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"the answers cannot be written to {path}: {error.strerror}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _json(line: bytes) -> Mapping[str, object]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
