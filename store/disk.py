"""Whether a file that was read in still lies where it lay, as it was. Bytes are compared, where that is cheap.

The catalogue keeps the text as it was read in, so this changes nothing of what it holds: it is for telling the reader.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from ingest.article import container_of
from ingest.containers import read_members
from ingest.errors import ReadError
from ingest.files import MAX_FILE_BYTES, fingerprint, status_of
from ingest.job import FileState

__all__ = ["DiskState", "state_on_disk"]

DiskState: TypeAlias = Literal["same", "changed", "gone", "unknown"]

_MOST_CONTAINER_BYTES = 100_000_000  # of one that was written anew: larger ones are not searched for one member
_PATIENCE_S = 1.0  # somebody waits for the article


def state_on_disk(file: FileState, chosen: Mapping[str, str]) -> DiskState:
    """How the bytes that `file` was read from compare with what lies there now; of a member, its container is read.

    `chosen` are the fields chosen for its container, as in `ingest.containers`. "unknown" when it cannot be read, or
    only by reading a large container through.
    """
    container = container_of(file.path)
    try:
        if container is not None:
            return _member_state(file, Path(container), chosen)
        return _file_state(file, Path(file.path))
    except (FileNotFoundError, NotADirectoryError):
        return "gone"
    except ReadError:
        return "changed"  # it was a file of a fit size then
    except (OSError, ValueError):
        return "unknown"


def _file_state(file: FileState, path: Path) -> DiskState:
    status = status_of(path)
    if status.st_size != file.size:
        return "changed"
    if status.st_size > MAX_FILE_BYTES and status.st_mtime_ns == file.mtime_ns:
        return "same"
    return "same" if fingerprint(path)[2] == file.digest else "changed"


def _member_state(file: FileState, path: Path, chosen: Mapping[str, str]) -> DiskState:
    status = status_of(path)
    if status.st_mtime_ns == file.mtime_ns:
        return "same"
    if status.st_size > _MOST_CONTAINER_BYTES:
        return "unknown"
    name, until = file.path.removeprefix(str(path)), time.monotonic() + _PATIENCE_S
    for member in read_members(path, chosen=chosen, wanted=frozenset({name})):
        if member.name == name:
            return "same" if member.digest == file.digest else "changed"
        if time.monotonic() > until:
            return "unknown"
    return "gone"
