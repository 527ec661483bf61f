"""What may be sent, and under which names: limits of size and kind, and paths that can do no harm. All pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from app.wording import line
from ingest.article import container_of, is_container
from ingest.errors import UsageError
from ingest.files import MAX_FILE_BYTES, is_never_article, size_limit

__all__ = ["Limits", "clean_path", "megabytes", "split_ending"]

_PAGES = (".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".jsp", ".mhtml", ".mht")
_TEXTS = (".txt", ".text", ".md", ".markdown", ".eml", *_PAGES)
_DOCUMENTS = (".pdf", ".docx")
_CONTAINERS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".zip", ".warc")
_ENDING = r"\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,10}"  # else it is a name with a full stop in it
_SUFFIX = re.compile(_ENDING, re.ASCII)
_LEADS_OUT = re.compile(r"[/\\]|[A-Za-z]:[/\\]", re.ASCII)
_AWKWARD = str.maketrans(dict.fromkeys('<>:"|?*\\', "_"))  # what some file systems do not allow
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\..*)?", re.IGNORECASE)
_SEGMENT_BYTES, _PATH_BYTES, _DEPTH = 180, 1_000, 24


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
    stem, suffix = split_ending(part.strip().rstrip(". "))
    while len((stem + suffix).encode()) > _SEGMENT_BYTES:
        stem, suffix = (stem[:-1], suffix) if stem else (suffix[:-1], "")
    part = (stem + suffix).strip().rstrip(". ")
    return f"_{part}" if _RESERVED.fullmatch(part) else part


def split_ending(name: str) -> tuple[str, str]:
    """A name and its ending, of which `.jsonl.gz` is one."""
    found = re.search(rf"(?:{_ENDING})(?:\.gz)?$", name, re.ASCII)
    return (name[: found.start()], found[0]) if found and found.start() else (name, "")


def megabytes(size: int) -> str:
    """Such as 10 MB, 2 GB."""
    return f"{size // 1_000_000_000} GB" if size >= 1_000_000_000 else f"{size // 1_000_000} MB"
