"""A `.zip` archive: every file in it is one article, under its name there; a container in it is read as one.

The list of files at the archive's end is walked entry by entry, so that neither its length nor one bad name takes the
rest with it. Nothing is written to the disk, and no size that the archive claims is believed: what comes out of it is
counted while it is unpacked.

Source: PKWARE, APPNOTE.TXT 6.3 (the layout of the records).
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, cast

from ingest.article import digest_bytes, holds_records, is_container, is_numbered
from ingest.errors import ReadError
from ingest.files import MAX_FILE_BYTES, is_never_article
from ingest.member import BLOCK_BYTES, LIMIT, Member, Opener, set_aside

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Inner", "Wanted", "read_zip"]

Inner: TypeAlias = Callable[[str, Opener], Iterator[Member]]
"""The records of a container within the archive, by its name there; their names begin with `#`."""

Wanted: TypeAlias = Callable[[str], bool]
"""Whether the member of that name, or any whose name begins with it and `#`, is to be given."""

_END, _END_64, _LOCATOR_64, _ENTRY, _LOCAL = b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\1\2", b"PK\3\4"
_WINDOW = 1 << 18  # bytes of the list that are held; an entry has less than 200,000
_FREE_BYTES = 100_000_000  # what any archive may unpack to
_MOST_TIMES = 200  # and beyond that, in its own sizes: text shrinks to a tenth, a bomb to a thousandth and less
_ENCRYPTED, _IS_UTF8 = 0x1, 0x800
_STORED, _DEFLATED = 0, 8
_LONGEST_NAME = 1_000
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_BOMB = (
    f"it unpacks to more than {_MOST_TIMES} times its size, as no archive of articles does; what was read of it before "
    "that is kept"
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the list of an archive says of one file; `offset` is that of its own header."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    mode: int
    offset: int


@dataclass(slots=True)
class _Budget:
    """How many bytes may still come out of an archive."""

    left: int


def read_zip(file: BinaryIO, *, wanted: Wanted, inner: Inner, max_bytes: int = MAX_FILE_BYTES) -> Iterator[Member]:
    """The files of an archive in the order of its list; of a container in it, the records.

    Names that climb out of the archive or hold what no name should are set aside; folders, and what is never an
    article, are left out.

    Raises:
        ReadError: it is no such archive, is damaged, or unpacks to far more than an archive of articles does.
    """
    size = file.seek(0, io.SEEK_END)
    budget = _Budget(_FREE_BYTES + _MOST_TIMES * size)
    taken: Counter[str] = Counter()
    for entry in _entries(file, size):
        name, reason = _name_of(entry)
        if reason is None and (name.endswith("/") or is_never_article(name) or name.startswith("__MACOSX/")):
            continue
        if name in taken:
            name, reason = _another(name, taken), "another file of the archive has its name"
        taken[name] += 1
        reason = reason or _why_not(entry, name)
        if reason is not None:
            yield set_aside(f"!{name}", reason, entry.crc, entry.packed)
        elif wanted(f"!{name}"):
            opened = partial(_opened, file, entry, budget)
            if holds_records(name):
                yield from _records(name, opened, inner)
            else:
                yield _read(name, entry, opened, max_bytes)
        if budget.left < 0:
            raise ReadError(_BOMB)


def _read(name: str, entry: _Entry, opened: Opener, max_bytes: int) -> Member:
    try:
        with opened() as file:
            content = file.read(max_bytes + 1)
    except ReadError as error:
        return set_aside(f"!{name}", str(error), entry.crc, entry.packed)
    if len(content) > max_bytes:
        return set_aside(f"!{name}", f"larger than {LIMIT}; split it into one file an article", entry.crc, entry.packed)
    return Member(f"!{name}", len(content), digest_bytes(content), content, "file")


def _records(name: str, opened: Opener, inner: Inner) -> Iterator[Member]:
    try:
        yield from inner(f"!{name}", opened)
    except ReadError as error:
        yield set_aside(f"!{name}", str(error), broken=True)


def _another(name: str, taken: Counter[str]) -> str:
    while f"{name} ({taken[name] + 1})" in taken:
        taken[name] += 1
    taken[name] += 1
    return f"{name} ({taken[name]})"


def _name_of(entry: _Entry) -> tuple[str, str | None]:
    """A name by which the file can be told, and why it is not read if that is not a name of a file."""
    try:
        name = entry.name.decode("utf-8")
    except UnicodeDecodeError:
        name = entry.name.decode("cp437")  # what the format says where a name is not marked as UTF-8
        if entry.flags & _IS_UTF8:
            return _shown(entry.name.decode("utf-8", "backslashreplace")), "its name is not valid UTF-8"
    shown = _shown(name)
    if shown != name or not name:
        return shown, "its name is empty, far too long, or holds a line break or another control character"
    if _ABSOLUTE.match(name) or ".." in re.split(r"[/\\]", name):
        return name, "its name leads out of the archive"
    return name, None


def _shown(name: str) -> str:
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", name)[:_LONGEST_NAME]


def _why_not(entry: _Entry, name: str) -> str | None:
    if entry.mode and not stat.S_ISREG(entry.mode) and stat.S_IFMT(entry.mode):
        return "it is a link or a device and no regular file"
    if entry.flags & _ENCRYPTED:
        return "it is protected by a password"
    if is_numbered(name):
        return "its name is that of a line of a container; rename it"
    if is_container(name) and not holds_records(name):
        return "an archive within an archive is not read; unpack it"
    if entry.method not in (_STORED, _DEFLATED):
        return f"it is compressed in a way that is not read (method {entry.method}); pack the archive anew"
    return None


# --- the list of files ------------------------------------------------------------------------------------


def _entries(file: BinaryIO, size: int) -> Iterator[_Entry]:
    at, end, shift = _list_of(file, size)
    window, base, number = b"", 0, 0
    while at < end:
        if not base <= at <= base + len(window) - _WINDOW // 2:
            file.seek(at)
            window, base = file.read(_WINDOW), at
        number += 1
        entry, length = _entry(window[at - base : at - base + _WINDOW // 2 + _WINDOW // 4], shift, number)
        yield entry
        at += length


def _list_of(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Where the list of files begins and ends, and how many bytes stand before the archive itself."""
    file.seek(max(0, size - 65_536 - 22))
    tail = file.read(65_536 + 22)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        file.seek(0)
        if file.read(4) not in (_LOCAL, _END):
            raise ReadError("it is not a zip archive, as its name says")
        raise ReadError("its zip archive is cut off: the list of its files, at its end, is missing; fetch it again")
    length, offset = struct.unpack_from("<2L", tail, at + 12)
    end = size - len(tail) + at
    if at >= 20 and tail[at - 20 : at - 16] == _LOCATOR_64:
        file.seek(struct.unpack_from("<Q", tail, at - 12)[0])
        record = file.read(56)
        if record[:4] == _END_64 and len(record) == 56:
            length, offset = struct.unpack_from("<2Q", record, 40)
            end = file.tell() - 56
    start = end - length
    if not 0 <= offset <= start:
        raise ReadError("its zip archive is damaged: the list of its files is not where it should be; fetch it again")
    return start, end, start - offset


def _entry(data: bytes, shift: int, number: int) -> tuple[_Entry, int]:
    """The entry that `data` begins with, and how many bytes of the list it takes."""
    if len(data) < 46 or data[:4] != _ENTRY:
        raise ReadError(
            f"its zip archive is damaged: the list of its files breaks off at file {number}; fetch it again"
        )
    flags, method = struct.unpack_from("<2H", data, 8)
    crc, packed, size, name_length, extra_length, comment_length = struct.unpack_from("<3L3H", data, 16)
    attributes, offset = struct.unpack_from("<2L", data, 38)
    name, extra = data[46 : 46 + name_length], data[46 + name_length : 46 + name_length + extra_length]
    large = _large(extra)
    told = [size, packed, offset]
    for i, value in enumerate(told):
        if value == 0xFFFFFFFF and len(large) >= 8:
            (told[i],), large = struct.unpack_from("<Q", large), large[8:]
    _, packed, offset = told
    mode = attributes >> 16 if data[5] == 3 else 0  # 3: made on Unix
    return _Entry(
        name, flags, method, crc, packed, mode, offset + shift
    ), 46 + name_length + extra_length + comment_length


def _large(extra: bytes) -> bytes:
    """The sizes that need 64 bits, one after the other."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1:
            return extra[4 : 4 + length]
        extra = extra[4 + length :]
    return b""


# --- one file ---------------------------------------------------------------------------------------------


def _opened(file: BinaryIO, entry: _Entry, budget: _Budget) -> BinaryIO:
    file.seek(entry.offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != _LOCAL:
        raise ReadError("its place in the archive is damaged; fetch the archive again")
    name_length, extra_length = struct.unpack_from("<2H", header, 26)
    start = entry.offset + 30 + name_length + extra_length
    return cast(BinaryIO, io.BufferedReader(_Unpacked(file, entry, start, budget), BLOCK_BYTES))


class _Unpacked(io.RawIOBase):
    """The bytes of one file of an archive, unpacked as they are asked for and compared with their checksum."""

    def __init__(self, file: BinaryIO, entry: _Entry, start: int, budget: _Budget) -> None:
        self._file, self._entry, self._budget = file, entry, budget
        self._at, self._left = start, entry.packed
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == _DEFLATED else None
        self._pending = b""
        self._crc = 0
        self._over = False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill `buffer` as far as there is more.

        Raises:
            ReadError: it is damaged, or more comes out than may.
        """
        view = memoryview(buffer)
        data = b"" if self._over else self._more(len(view))
        self._crc = zlib.crc32(data, self._crc)
        self._budget.left -= len(data)
        if self._budget.left < 0:
            raise ReadError(_BOMB)
        if not data and not self._over:
            self._over = True
            if self._crc != self._entry.crc:
                raise ReadError("it is damaged: its checksum is another; fetch the archive again")
        view[: len(data)] = data
        return len(data)

    def _more(self, n: int) -> bytes:
        if self._inflate is None:
            return self._packed(n)
        while not self._inflate.eof:
            packed = self._pending or self._packed(BLOCK_BYTES)
            if not packed:
                raise ReadError("it is cut off in the archive; fetch the archive again")
            try:
                data = self._inflate.decompress(packed, n)
            except zlib.error as error:
                raise ReadError(f"it is damaged in the archive ({error}); fetch the archive again") from error
            self._pending = self._inflate.unconsumed_tail
            if data:
                return data
        return b""

    def _packed(self, n: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(min(n, self._left))
        self._at += len(data)
        self._left -= len(data)
        return data
