"""Which files are to be articles: those passed by name, and those below a folder that no ignore rule names.

Nothing is left out in silence except what a rule names: what is no readable file is returned too, and `fingerprint`
says why it cannot be read.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pathspec import GitIgnoreSpec

from ingest.errors import ReadError, UsageError

__all__ = [
    "MAX_FILE_BYTES",
    "FoundFile",
    "find_files",
    "fingerprint",
    "folders_of",
    "gone_of",
    "is_never_article",
    "size_limit",
    "status_of",
]

MAX_FILE_BYTES = 10_000_000  # an article is a few kilobytes; a file of this size is a dump of many or no article
_MAX_DOCUMENT_BYTES = 100_000_000  # a PDF or an office document also holds its pictures and fonts
_DOCUMENTS = (b"%PDF-", b"PK\x03\x04")
_READMES = ("[Rr][Ee][Aa][Dd][Mm][Ee]", "[Ll][Ii][Cc][Ee][Nn][Ss][Ee]")  # but "license-fees-rise.txt" is news
_NEVER_ARTICLES = GitIgnoreSpec.from_lines(
    [".*", "README*", "LICENSE*", *_READMES, *(f"{name}.*" for name in _READMES)]
)
_IGNORE_FILE = ".datelineignore"
_INDEX_FILE = "catalog.sqlite3"  # what tells a folder that holds an index of ours
_INDEX = GitIgnoreSpec.from_lines(
    [f"/{_INDEX_FILE}*", "/lexical/", "/vectors/", "/vectors.*", "/write.lock", "/writer.json"]
)

_Rules: TypeAlias = tuple[tuple[Path, GitIgnoreSpec], ...]  # a folder and the rules it holds, outermost first


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file and the folder it was found under, both absolute; `by_name` when the file itself was passed."""

    path: Path
    root: Path
    by_name: bool = False


def find_files(paths: Sequence[Path], *, may_be_gone: bool = False) -> tuple[FoundFile, ...]:
    """Every file that may be an article, at or below `paths`, each once, ordered by path.

    A path given by name always counts. Below folders, dotfiles, READMEs, LICENSEs, indexes of ours and what a
    `.datelineignore` names (gitignore syntax, in any folder, the deepest rule wins) are left out. Links to folders are
    not followed, so no loop can arise; they and folders that cannot be listed are returned as they are, to be set
    aside by name. With `may_be_gone`, a path that does not exist holds no file.

    Raises:
        UsageError: a path does not exist, a given folder cannot be listed, or a `.datelineignore` cannot be used.
    """
    if not paths:
        raise UsageError("nothing to ingest: name at least one file or folder")
    found: dict[Path, FoundFile] = {}
    for path in (_absolute(path, may_be_gone=may_be_gone) for path in paths):
        if path.is_dir():
            files: Iterable[FoundFile] = _walk(path)
        else:
            files = (FoundFile(path, path.parent, by_name=True),) if _exists(path) else ()
        for file in files:
            found.setdefault(file.path, file)
    return tuple(sorted(found.values(), key=lambda file: str(file.path)))


def folders_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The folders among `paths`, absolute, as `FoundFile.root` names them; paths that are gone are left out."""
    return tuple(path for path in (_absolute(path, may_be_gone=True) for path in paths) if path.is_dir())


def gone_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Those of `paths` that do not exist, absolute, as the paths of what lay at or below them were."""
    return tuple(path for path in (_absolute(path, may_be_gone=True) for path in paths) if not _exists(path))


def fingerprint(path: Path) -> tuple[int, int, str]:
    """Size, mtime in nanoseconds, and SHA-256 of a file's bytes.

    Raises:
        ReadError: it is not a file to read as an article; the message says what it is.
        OSError: it cannot be read.
    """
    status = status_of(path)
    with path.open("rb") as file:
        limit = size_limit(file.read(8)) if status.st_size > MAX_FILE_BYTES else MAX_FILE_BYTES
        if status.st_size > limit:
            raise ReadError(f"larger than {limit // 1_000_000} MB; split it into one file an article")
        file.seek(0)
        return status.st_size, status.st_mtime_ns, hashlib.file_digest(file, "sha256").hexdigest()


def size_limit(start: bytes) -> int:
    """The largest size, in bytes, of a file that starts with these bytes."""
    return _MAX_DOCUMENT_BYTES if start.startswith(_DOCUMENTS) else MAX_FILE_BYTES


def is_never_article(name: str) -> bool:
    """Whether what lies at that relative path is left out wherever it is found."""
    return bool(_NEVER_ARTICLES.match_file(name))


def status_of(path: Path) -> os.stat_result:
    """Size, dates and the like of a regular file.

    Raises:
        ReadError: it is no regular file; the message says what it is.
        OSError: nothing can be learnt of it.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode) and path.is_symlink():
        raise ReadError("a link to a folder is not followed; pass the folder by name to ingest it")
    if stat.S_ISDIR(status.st_mode):
        raise ReadError("a folder that cannot be listed; allow reading it and ingest again")
    if not stat.S_ISREG(status.st_mode):
        raise ReadError("not a regular file but a device, a pipe or a socket")
    return status


def _absolute(given: Path, *, may_be_gone: bool) -> Path:
    """The real path of a folder; of a file the real folder and the file's own name, so that a link keeps its name."""
    path = given.absolute()
    try:
        if path.is_dir():
            return path.resolve()
        if may_be_gone or _exists(path):
            return path.parent.resolve() / path.name
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, before Python 3.13
        raise UsageError(f"cannot ingest {given}: {error}") from error
    raise UsageError(
        f"cannot ingest {given}: there is no such file or folder; "
        "if it was deleted, --prune forgets what was read there"
    )


def _exists(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _walk(root: Path) -> Iterator[FoundFile]:
    outermost: _Rules = ((root, _NEVER_ARTICLES),)
    folders = [(root, outermost)]
    while folders:
        folder, rules = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            if folder == root:
                raise UsageError(f"cannot list {root}: {error.strerror}; nothing was changed") from error
            yield FoundFile(folder, root)
            continue
        if any(entry.name == _INDEX_FILE for entry in entries):
            if folder != root:
                continue
            entries = [entry for entry in entries if not _INDEX.match_file(_with_slash(entry))]
        rules = (*rules, *_own_rules(folder))
        for entry in entries:
            path, is_folder = folder / entry.name, entry.is_dir(follow_symlinks=False)
            if _is_ignored(path, rules, is_folder=is_folder):
                continue
            if is_folder:
                folders.append((path, rules))
            else:
                yield FoundFile(path, root)


def _with_slash(entry: os.DirEntry[str]) -> str:
    return f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name


def _own_rules(folder: Path) -> _Rules:
    path = folder / _IGNORE_FILE
    try:
        return ((folder, GitIgnoreSpec.from_lines(path.read_text(encoding="utf-8-sig").splitlines())),)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot use {path}: {error}; correct it or take it away") from error


def _is_ignored(path: Path, rules: _Rules, *, is_folder: bool) -> bool:
    for folder, spec in reversed(rules):
        name = path.relative_to(folder).as_posix()
        include = spec.check_file(f"{name}/" if is_folder else name).include
        if include is not None:
            return bool(include)
    return False
