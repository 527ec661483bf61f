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
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from app.wording import line
from ingest.article import container_of, is_container
from ingest.errors import UsageError
from ingest.files import MAX_FILE_BYTES, is_never_article, size_limit

__all__ = ["Incoming", "Kept", "Limits", "Uploads", "clean_path"]

_INCOMING = ".incoming"  # a dotted name, so that no ingest looks into it
_PAGES = (".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".jsp", ".mhtml", ".mht")
_TEXTS = (".txt", ".text", ".md", ".markdown", ".eml", *_PAGES)
_DOCUMENTS = (".pdf", ".docx")
_CONTAINERS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".zip", ".warc")
_ENDING = r"\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,10}"  # else it is a name with a full stop in it
_SUFFIX = re.compile(_ENDING, re.ASCII)
_LEADS_OUT = re.compile(r"[/\\]|[A-Za-z]:[/\\]", re.ASCII)
_AWKWARD = str.maketrans(dict.fromkeys('<>:"|?*\\', "_"))  # what some file systems do not allow
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\..*)?", re.IGNORECASE)
_BATCH = re.compile(r"[0-9a-f]{8,64}", re.ASCII)
_SEGMENT_BYTES, _PATH_BYTES, _DEPTH = 180, 1_000, 24
_MOST_ALIKE = 1_000  # files of one name in one folder
_MOST_BATCHES = 1_000  # whose totals are remembered
_LOOK_EVERY = 64_000_000  # bytes, after which the free space is looked at again
_STALE_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent, in bytes unless named otherwise. The page tells these and the server keeps to them."""

    article: int = MAX_FILE_BYTES
    document: int = size_limit(b"%PDF-")
    container: int = 2_000_000_000
    batch: int = 4_000_000_000
    files: int = 20_000  # of one batch
    spare: int = 1_000_000_000  # what stays free on the disk
    texts: tuple[str, ...] = _TEXTS
    documents: tuple[str, ...] = _DOCUMENTS
    containers: tuple[str, ...] = _CONTAINERS

    def of(self, name: str) -> int:
        """How large the file of that name may be.

        Raises:
            UsageError: files that are called so are not read.
        """
        if is_container(name):
            return self.container
        bare, packed = re.subn(r"(?i)\.gz$", "", name)
        suffix = PurePosixPath(bare).suffix.lower()
        if suffix in self.documents and not packed:
            return self.document
        if suffix in self.texts or suffix in self.documents or not _SUFFIX.fullmatch(suffix):
            return self.article
        raise UsageError(f"files that end in {line(suffix)} are not read; save it as text, HTML, PDF or DOCX")

    def told(self) -> dict[str, object]:
        """All of it, for the page."""
        return asdict(self)


def clean_path(given: str) -> PurePosixPath:
    """The relative path under which a file that was sent as `given` is kept. What is clean stays as it is.

    Raises:
        UsageError: it leads elsewhere, is no name, or is one that no ingest would read; says so in words.
    """
    if _LEADS_OUT.match(given) or "\0" in given:
        raise UsageError("its name is that of a place on a disk, not of a file in a folder")
    parts = [part for part in given.split("/") if part not in ("", ".")]
    if any(part.strip() == ".." for part in parts):
        raise UsageError("its name leads out of the folder")
    cleaned = [_clean(part) for part in parts]
    if not cleaned or not all(cleaned):
        raise UsageError("it has no name")
    if container_of("/".join(cleaned)):  # it would be taken for a part of that container
        cleaned = [re.sub(r"[!#]", "_", part) for part in cleaned]
    path = PurePosixPath(*cleaned)
    if is_never_article(str(path)):
        raise UsageError("hidden files, READMEs and licences are left out; rename it if it is an article")
    if len(cleaned) > _DEPTH or len(str(path).encode()) > _PATH_BYTES:
        raise UsageError("it lies too deep in folders, or their names are too long")
    return path


def _clean(part: str) -> str:
    """One name of a path without what misleads people or file systems."""
    part = unicodedata.normalize("NFC", line(part).translate(_AWKWARD))
    stem, suffix = _split(part.strip().rstrip(". "))
    while len((stem + suffix).encode()) > _SEGMENT_BYTES:
        stem, suffix = (stem[:-1], suffix) if stem else (suffix[:-1], "")
    part = (stem + suffix).strip().rstrip(". ")
    return f"_{part}" if _RESERVED.fullmatch(part) else part


def _split(name: str) -> tuple[str, str]:
    """A name and its ending, of which `.jsonl.gz` is one."""
    found = re.search(rf"(?:{_ENDING})(?:\.gz)?$", name, re.ASCII)
    return (name[: found.start()], found[0]) if found and found.start() else (name, "")


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


def megabytes(size: int) -> str:
    """Such as 10 MB, 2 GB."""
    return f"{size // 1_000_000_000} GB" if size >= 1_000_000_000 else f"{size // 1_000_000} MB"


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _numbered(name: str) -> Iterator[str]:
    yield name
    stem, suffix = _split(name)
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
