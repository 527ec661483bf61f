"""Files that a browser sends: each ends up whole in one folder beside the index, under a tame name, or not at all.

Guarantee: nothing is ever written outside that folder and nothing in it is ever overwritten. What a name tries (to
lead out, to hide, to be a device, to be another file with other capitals) is refused or made harmless; a name that
is taken by other content gets " (2)", and content that is there already is recognised and kept once.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from app.upload_rules import Limits, clean_path, megabytes, split_ending
from ingest.errors import UsageError

__all__ = ["Incoming", "Kept", "Limits", "Uploads", "clean_path"]

_INCOMING = ".incoming"  # a dotted name, so that no ingest looks into it
_BATCH = re.compile(r"[0-9a-f]{8,64}", re.ASCII)
_MOST_ALIKE = 1_000  # files of one name in one folder
_MOST_BATCHES = 1_000  # whose totals are remembered
_LOOK_EVERY = 64_000_000  # bytes, after which the free space is looked at again
_STALE_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a file was put, relative to the folder of uploads; `known` when the same content was there already."""

    path: str
    size: int
    known: bool


@dataclass(slots=True)
class _Batch:
    files: int = 0
    size: int = 0


@dataclass(slots=True)
class Incoming:
    """A file on its way. `write` what comes, then `keep` it; `drop` it in any case, which after `keep` does nothing."""

    _uploads: Uploads
    _batch: _Batch
    _wanted: PurePosixPath
    _limit: int
    _part: Path
    _file: IO[bytes]
    _size: int = 0
    _looked: int = 0
    _over: bool = False
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    @property
    def size(self) -> int:
        """How many bytes came so far."""
        return self._size

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            UsageError: that is more than may be sent, or than the disk has room for.
        """
        limits = self._uploads.limits
        self._size += len(data)
        self._batch.size += len(data)
        if self._size > self._limit:
            raise UsageError(f"larger than {megabytes(self._limit)}; split it")
        if self._batch.size > limits.batch:
            raise UsageError(f"more than {megabytes(limits.batch)} at a time; add the rest afterwards")
        if self._size - self._looked >= _LOOK_EVERY:
            self._looked = self._size
            self._uploads.check_space(0)
        try:
            self._file.write(data)
        except OSError as error:
            raise UsageError(f"it cannot be written to the disk: {error.strerror}") from error
        self._digest.update(data)

    def keep(self) -> Kept:
        """Put the whole file where it belongs."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            kept = self._uploads._place(self._part, self._wanted, self._size, self._digest.hexdigest())
        except OSError as error:
            raise UsageError(f"it cannot be written to the disk: {error.strerror}") from error
        self._over = True
        return kept

    def drop(self) -> None:
        """Leave nothing of a file that was not kept."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._part.unlink(missing_ok=True)
        if not self._over:
            self._over = True
            self._batch.files -= 1
            self._batch.size -= self._size


class Uploads:
    """The folder that takes what browsers send; made with the first file. May be used from any thread."""

    def __init__(self, folder: Path, limits: Limits = Limits()) -> None:
        self.folder = folder.absolute()
        self.limits = limits
        self._lock = threading.Lock()
        self._batches: dict[tuple[str, str], _Batch] = {}
        self._held: dict[Path, tuple[int, dict[str, str]]] = {}  # of a folder: when it changed, its names by key

    def begin(self, person: str, batch: str, given: str, size: int | None = None) -> Incoming:
        """Be ready for a file that is called `given`; `size` is what its sender says, which may only refuse it.

        Raises:
            UsageError: it may not be sent; says why.
        """
        wanted = clean_path(given)
        limit = self.limits.of(wanted.name)
        if size is not None and size > limit:
            raise UsageError(f"larger than {megabytes(limit)}; split it")
        if not _BATCH.fullmatch(batch):
            raise UsageError("the page sent a batch without a name; reload it and add the files again")
        self.check_space(size or 0)
        tally = self._count(person, batch)
        try:
            incoming = self.folder / _INCOMING
            incoming.mkdir(parents=True, exist_ok=True)
            part = incoming / secrets.token_hex(16)
            return Incoming(self, tally, wanted, limit, part, part.open("xb"))
        except OSError as error:
            tally.files -= 1
            raise UsageError(f"the folder {self.folder} cannot be written to: {error.strerror}") from error

    def check_space(self, size: int) -> None:
        """Refuse what would leave too little room on the disk."""
        at = next(p for p in (self.folder, *self.folder.parents) if p.exists())
        if shutil.disk_usage(at).free - size < self.limits.spare:
            raise UsageError(
                f"the disk is nearly full: {megabytes(self.limits.spare)} are to stay free; make room and try again"
            )

    def sweep(self) -> None:
        """Take away what uploads that were cut off long ago left."""
        with suppress(OSError):
            for part in (self.folder / _INCOMING).iterdir():
                if time.time() - part.lstat().st_mtime > _STALE_S:
                    part.unlink()

    def _count(self, person: str, batch: str) -> _Batch:
        with self._lock:
            tally = self._batches.setdefault((person, batch), _Batch())
            if len(self._batches) > _MOST_BATCHES:
                del self._batches[next(iter(self._batches))]
            if tally.files >= self.limits.files:
                raise UsageError(f"more than {self.limits.files:,} files at a time; add the rest afterwards")
            tally.files += 1
            return tally

    def _place(self, part: Path, wanted: PurePosixPath, size: int, digest: str) -> Kept:
        """Give the file at `part` its name, or find that its content has it already."""
        with self._lock:
            folder = self.folder
            for name in wanted.parts[:-1]:
                folder = self._enter(folder, name)
            for name in _numbered(wanted.name):
                held = self._names(folder).get(_key(name))
                if held is None:
                    try:
                        _move(part, folder / name)
                    except FileExistsError:  # it came there this moment
                        self._held.pop(folder, None)
                        held = name
                    else:
                        self._note(folder, name)
                        return Kept((folder / name).relative_to(self.folder).as_posix(), size, known=False)
                if _holds(folder / held, size, digest):
                    return Kept((folder / held).relative_to(self.folder).as_posix(), size, known=True)
        raise UsageError("too many files of that name")

    def _enter(self, folder: Path, name: str) -> Path:
        """The folder of that name in `folder`, whatever its capitals; a link or a file of that name is gone round."""
        for tried in _numbered(name):
            held = self._names(folder).get(_key(tried))
            if held is None:
                (folder / tried).mkdir(exist_ok=True)
                self._note(folder, tried)
                return folder / tried
            if (folder / held).is_dir() and not (folder / held).is_symlink():
                return folder / held
        raise UsageError("too many folders of that name")

    def _names(self, folder: Path) -> dict[str, str]:
        """What lies in `folder`, by what file systems may take for the same name."""
        changed = folder.stat().st_mtime_ns
        known = self._held.get(folder)
        if known is None or known[0] != changed:
            known = self._held[folder] = (changed, {_key(name): name for name in os.listdir(folder)})  # noqa: PTH208
        return known[1]

    def _note(self, folder: Path, name: str) -> None:
        """Remember what was just made, so that a folder of thousands is not listed again for each."""
        known = self._held.get(folder)
        if known is not None:
            known[1][_key(name)] = name
            self._held[folder] = (folder.stat().st_mtime_ns, known[1])


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _numbered(name: str) -> Iterator[str]:
    yield name
    stem, suffix = split_ending(name)
    yield from (f"{stem} ({number}){suffix}" for number in range(2, _MOST_ALIKE))


def _holds(path: Path, size: int, digest: str) -> bool:
    """Whether a file of that content lies there; a link is none."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest


def _move(part: Path, target: Path) -> None:
    """Rename without ever taking the place of another file."""
    try:
        os.link(part, target)  # unlike a rename it fails where something is
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        part.rename(target)
    else:
        part.unlink()
