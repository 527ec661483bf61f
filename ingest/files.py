"""Which files are to be articles: those passed by name, and those below a folder that no ignore rule names.

Nothing is left out in silence except what a rule names: what is no readable file is returned too, and `fingerprint`
says why it cannot be read.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pathspec import GitIgnoreSpec

from ingest.errors import ReadError, UsageError

__all__ = ["MAX_FILE_BYTES", "FoundFile", "find_files", "fingerprint", "folders_of"]

MAX_FILE_BYTES = 10_000_000  # an article is a few kilobytes; a file of this size is a dump of many or no article
_NEVER_ARTICLES = GitIgnoreSpec.from_lines([".*", "README*", "LICENSE*"])
_IGNORE_FILE = ".datelineignore"

_Rules: TypeAlias = tuple[tuple[Path, GitIgnoreSpec], ...]  # a folder and the rules it holds, outermost first


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file and the folder it was found under, both absolute."""

    path: Path
    root: Path


def find_files(paths: Sequence[Path]) -> tuple[FoundFile, ...]:
    """Every file that may be an article, at or below `paths`, each once, ordered by path.

    A path given by name always counts. Below folders, dotfiles, `README*`, `LICENSE*` and what a `.datelineignore`
    names (gitignore syntax, in any folder, the deepest rule wins) are left out. Links to folders are not followed, so
    no loop can arise; they and folders that cannot be listed are returned as they are, to be set aside by name.

    Raises:
        UsageError: a path does not exist, a given folder cannot be listed, or a `.datelineignore` cannot be used.
    """
    if not paths:
        raise UsageError("nothing to ingest: name at least one file or folder")
    found: dict[Path, FoundFile] = {}
    for path in map(_absolute, paths):
        for file in _walk(path) if path.is_dir() else (FoundFile(path, path.parent),):
            found.setdefault(file.path, file)
    return tuple(sorted(found.values(), key=lambda file: str(file.path)))


def folders_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The folders among `paths`, absolute, as `FoundFile.root` names them."""
    return tuple(path for path in map(_absolute, paths) if path.is_dir())


def fingerprint(path: Path) -> tuple[int, int, str]:
    """Size, mtime in nanoseconds, and SHA-256 of a file's bytes.

    Raises:
        ReadError: it is not a file to read as an article; the message says what it is.
        OSError: it cannot be read.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode) and path.is_symlink():
        raise ReadError("a link to a folder is not followed; pass the folder by name to ingest it")
    if stat.S_ISDIR(status.st_mode):
        raise ReadError("a folder that cannot be listed; allow reading it and ingest again")
    if not stat.S_ISREG(status.st_mode):
        raise ReadError("not a regular file but a device, a pipe or a socket")
    if status.st_size > MAX_FILE_BYTES:
        raise ReadError(f"larger than {MAX_FILE_BYTES // 1_000_000} MB; split it into one file an article")
    with path.open("rb") as file:
        return status.st_size, status.st_mtime_ns, hashlib.file_digest(file, "sha256").hexdigest()


def _absolute(given: Path) -> Path:
    """The real path of a folder; of a file the real folder and the file's own name, so that a link keeps its name."""
    path = given.absolute()
    try:
        if path.is_dir():
            return path.resolve()
        if path.exists() or path.is_symlink():
            return path.parent.resolve() / path.name
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, before Python 3.13
        raise UsageError(f"cannot ingest {given}: {error}") from error
    raise UsageError(f"cannot ingest {given}: there is no such file or folder")


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
        rules = (*rules, *_own_rules(folder))
        for entry in entries:
            path, is_folder = folder / entry.name, entry.is_dir(follow_symlinks=False)
            if _is_ignored(path, rules, is_folder=is_folder):
                continue
            if is_folder:
                folders.append((path, rules))
            else:
                yield FoundFile(path, root)


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
