"""What a library wrote is on the disk before the catalogue relies on it, and files that were cut off are told.

Chroma does not wait for the disk, and dies of some files that are shorter than it left them (a segmentation fault). So
the files that a change touched are waited for, and the seal beside them remembers how long each was.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeAlias

__all__ = ["SEAL_FILE", "State", "damage_of", "is_whole", "seal", "state_of", "sync_changed", "sync_folder"]

SEAL_FILE = "sealed.json"
_DATABASE = ".sqlite3"  # and its journals: SQLite notices damage by itself, and they may shrink

State: TypeAlias = Mapping[Path, tuple[int, int]]
"""Size and time of change, in nanoseconds, of each file."""


def state_of(folder: Path) -> State:
    """What the files below a folder are like now."""
    found = {}
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # a journal of SQLite's, which comes and goes
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                found[path] = (status.st_size, status.st_mtime_ns)
    return found


def sync_changed(folder: Path, before: State) -> None:
    """Wait until every file below `folder` that is not as it was is on the disk, under its name."""
    changed = [path for path, state in state_of(folder).items() if before.get(path) != state]
    for path in changed:
        with suppress(FileNotFoundError), path.open("rb") as file:
            os.fsync(file.fileno())
    for parent in {path.parent for path in changed if path not in before}:
        sync_folder(parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk, where the system can be asked for that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def seal(folder: Path) -> None:
    """Remember how long the files below `folder` are, which are on the disk."""
    sizes = _sizes(folder)
    if sizes == _sealed(folder):
        return
    fresh = folder / f"{SEAL_FILE}.new"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(sizes, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / SEAL_FILE)


def damage_of(folder: Path) -> str | None:
    """Which file below `folder` is gone or shorter than when it was sealed; None when there is none, or no seal."""
    sizes = _sizes(folder)
    for name, size in _sealed(folder).items():
        if name not in sizes:
            return f"{name} is gone"
        if sizes[name] < size:
            return f"{name} holds {sizes[name]:,} of {size:,} bytes"
    return None


def is_whole(database: Path) -> bool:
    """Whether SQLite finds nothing wrong with one of its files; it looks at all of it."""
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.OperationalError:  # something is in its way: that says nothing of what it holds
        return True
    except sqlite3.DatabaseError:
        return False


def _sizes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): size
        for path, (size, _) in state_of(folder).items()
        if _DATABASE not in path.name and SEAL_FILE not in path.name
    }


def _sealed(folder: Path) -> dict[str, int]:
    try:
        told = json.loads((folder / SEAL_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # of an earlier version, or itself cut off
        return {}
    return {str(name): int(size) for name, size in told.items()} if isinstance(told, dict) else {}
