"""A container is a file that holds many articles, its members: records (`file#NUMBER`) or files (`archive!NAME`).

The name decides what a container is and how it is read. Members are streamed, each held only while it is dealt with and
never larger than one article may be, whatever a small archive unpacks to; nothing is written to the disk. Nothing here
knows an index.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from ingest.article import digest_bytes, holds_records
from ingest.errors import ReadError
from ingest.files import MAX_FILE_BYTES, status_of
from ingest.jsonl import read_lines
from ingest.member import Member, Opener
from ingest.records import FieldMap, detect_fields, names_of, renamed
from ingest.zips import Wanted, read_zip

__all__ = ["Survey", "read_members", "survey", "why_unread"]

_GZIP = b"\x1f\x8b"
_LOOKED_AT = 20  # records of each container, for the names of their fields


@dataclass(frozen=True, slots=True)
class Survey:
    """The members of a container without their content, by name; and why it has to be set aside, if it has to be.

    `whole` says whether it was read to its end, so that what is not in `members` is not in the container, save below
    the names that are `broken`. `fields` says what the records' fields are taken for; the name before it is that of the
    container within an archive, else empty.
    """

    members: Mapping[str, tuple[str, int]]  # digest and size
    mtime_ns: int
    reason: str | None
    whole: bool
    broken: tuple[str, ...] = ()
    fields: tuple[tuple[str, FieldMap], ...] = ()


@dataclass(slots=True)
class _Seen:
    """What a survey has come across so far."""

    members: dict[str, tuple[str, int]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    names: dict[str, tuple[int, dict[str, None]]] = field(default_factory=dict)

    def take(self, member: Member) -> None:
        self.members[member.name] = (member.digest, member.size)
        if member.broken:
            self.broken.append(member.name)
        if member.reader == "record" and member.content is not None:
            feed = member.name.rpartition("#")[0]
            looked_at, names = self.names.get(feed, (0, {}))
            if looked_at < _LOOKED_AT:
                names |= dict.fromkeys(names_of(member.content))
                self.names[feed] = (looked_at + 1, names)

    def fields(self, chosen: Mapping[str, str]) -> tuple[tuple[str, FieldMap], ...]:
        found = ((feed, detect_fields(names, chosen)) for feed, (_, names) in self.names.items())
        return tuple((feed, fields) for feed, fields in found if fields != FieldMap())


def survey(path: Path, *, chosen: Mapping[str, str] | None = None) -> Survey:
    """Look at every member of a container once, keeping only their digests; `chosen` as in `read_members`."""
    chosen = chosen or {}
    seen = _Seen()
    mtime_ns, reason, whole = 0, None, False
    try:
        mtime_ns = status_of(path).st_mtime_ns
        for member in read_members(path, chosen=chosen):
            seen.take(member)
    except (ReadError, OSError) as error:
        reason = why_unread(error)
    else:
        reason, whole = (None if seen.members else _empty(path.name)), True
    return Survey(seen.members, mtime_ns, reason, whole, tuple(seen.broken), seen.fields(chosen))


def why_unread(error: ReadError | OSError) -> str:
    """The reason to set a file aside for that it could not be read."""
    return f"cannot be read: {error.strerror or error}" if isinstance(error, OSError) else str(error)


def read_members(
    path: Path,
    *,
    chosen: Mapping[str, str] | None = None,
    wanted: Set[str] | None = None,
    max_bytes: int = MAX_FILE_BYTES,
) -> Iterator[Member]:
    """The members of a container, in order; what holds nothing but white space is none.

    `chosen` are names of fields besides the usual ones, by role (`ingest.records`). With `wanted`, only members of
    those names need to be given.

    Raises:
        ReadError: it is no such container, or is damaged; the members before the damage have been given by then.
        OSError: it cannot be read.
    """
    status_of(path)
    name = path.name.lower()
    if name.endswith(".zip"):
        inner = partial(_inner, chosen=chosen or {}, max_bytes=max_bytes)
        with path.open("rb") as file:
            yield from read_zip(file, wanted=_wish(wanted), inner=inner, max_bytes=max_bytes)
    else:
        yield from _members(name, partial(_open, path), chosen or {}, max_bytes)


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _wish(wanted: Set[str] | None) -> Wanted:
    if wanted is None:
        return lambda name: True
    names = wanted | {name.rpartition("#")[0] for name in wanted}
    return lambda name: name in names


def _inner(name: str, opened: Opener, *, chosen: Mapping[str, str], max_bytes: int) -> Iterator[Member]:
    """The records of a container in an archive, named by both."""
    found = False
    for member in _members(name.lower(), opened, chosen, max_bytes):
        found = True
        yield replace(member, name=f"{name}{member.name}")
    if not found:
        raise ReadError(_empty(name))


def _members(name: str, opened: Opener, chosen: Mapping[str, str], max_bytes: int) -> Iterator[Member]:
    """The members of a container of that name in small letters, unpacked if the name ends in .gz."""
    kind = name.removesuffix(".gz")
    reached = ""
    unpacked = partial(_unpacked, opened, packed=kind != name)
    try:
        for member in _formatted(kind, unpacked, chosen, max_bytes):
            reached = member.name
            yield _chosen(member, chosen)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        what = "line" if "jsonl" in kind or "ndjson" in kind else "record"
        raise ReadError(
            f"its gzip archive is damaged or cut off after {what} {reached.removeprefix('#') or 0}; make or fetch it "
            "again (what was indexed from later ones before stays)"
        ) from error


def _formatted(kind: str, opened: Opener, chosen: Mapping[str, str], max_bytes: int) -> Iterator[Member]:
    if kind.endswith((".csv", ".tsv")):
        from ingest.tables import read_rows

        yield from read_rows(opened, chosen=chosen, tabs=kind.endswith(".tsv"), max_bytes=max_bytes)
        return
    with opened() as file:
        if kind.endswith(".json"):
            from ingest.json_list import read_elements

            yield from read_elements(file, max_bytes=max_bytes, text_name=chosen.get("text"))
        elif kind.endswith(".warc"):
            from ingest.warcs import read_pages

            yield from read_pages(file, max_bytes=max_bytes)
        else:
            yield from read_lines(file, max_bytes=max_bytes)


def _unpacked(opened: Opener, *, packed: bool) -> BinaryIO:
    with opened() as file:
        start = file.read(len(_GZIP))
    if packed and start and start != _GZIP:
        raise ReadError("it is not a gzip archive, as its name says; take .gz from its name if it is not compressed")
    if not packed and start == _GZIP:
        raise ReadError("it is a gzip archive; add .gz to its name")
    file = opened()
    return cast(BinaryIO, _ClosingGzip(file)) if packed else file


class _ClosingGzip(gzip.GzipFile):
    """A gzip archive that closes the file it was read from."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._below = file

    def close(self) -> None:
        """Close both."""
        super().close()
        self._below.close()


def _chosen(member: Member, chosen: Mapping[str, str]) -> Member:
    """A record whose chosen fields go by their usual names, so that its digest tells how it was read."""
    if not chosen or member.content is None or member.reader != "record":
        return member
    content = renamed(member.content, chosen)
    return replace(member, content=content, size=len(content), digest=digest_bytes(content))


def _empty(name: str) -> str:
    if not holds_records(name):
        return "no file or page in it is an article"
    if name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson")):
        return "it holds no line; write each article as one JSON object on one line"
    return "it holds no article"
