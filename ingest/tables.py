"""A `.csv` or `.tsv` file: every row below the first is one article, and the first row names the fields.

Rows are streamed. The delimiter and the encoding are found out: the delimiter is the one of the usual four that parts
the first rows most evenly, the encoding what a byte order mark says, UTF-8 if the whole file is, else what a sample of
it looks like.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import BinaryIO

from ingest.errors import ReadError
from ingest.files import MAX_FILE_BYTES
from ingest.member import BLOCK_BYTES, LIMIT, Member, Opener, at_once, record
from ingest.records import FIELD_NAMES, canonical, detect_fields

__all__ = ["read_rows"]

_DELIMITERS = ",;\t|"
_AROUND = 200_000  # bytes that are looked at where the first are that are not UTF-8
_MOST_COLUMNS = 1_000  # a table of articles has ten
_ROWS_COMPARED = 30
_SEPARATOR_LINE = re.compile(r"\ufeff?sep=(.)[\r\n]*", re.IGNORECASE)  # how spreadsheets tell each other
_DAMAGE = (OSError, EOFError, zlib.error, ReadError)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_rows(
    opened: Opener, *, chosen: Mapping[str, str], tabs: bool = False, max_bytes: int = MAX_FILE_BYTES
) -> Iterator[Member]:
    """The rows that hold something, counted from 1 below the header, each as a JSON object of its fields.

    `tabs` says that the name of the file promises them. `chosen` are the names of fields besides the usual ones.

    Raises:
        ReadError: it is no such table, or a row never ends; the rows before that have been given.
    """
    codec = _codec_of(opened)
    if csv.field_size_limit() <= 2 * max_bytes:  # rows are stopped before: this is never reached
        csv.field_size_limit(2 * max_bytes + 1)  # of the whole process; no other part of Dateline reads tables
    with opened() as file:
        lines = _Lines(io.TextIOWrapper(file, codec, errors="replace", newline=""), max_bytes)
        delimiter, first = _delimiter_of(lines, tabs=tabs)
        rows = csv.reader(lines.then(first), delimiter=delimiter)
        number = -1
        names: list[str] = []
        try:
            for row in rows:
                unclosed = lines.over and _is_unclosed(lines.held, delimiter)
                lines.begin_row()
                if unclosed:
                    raise ReadError(_unclosed(number + 1))
                if not row:
                    continue
                number += 1
                if number == 0:
                    names = _header(row, chosen)
                    continue
                said = {name: value for name, value in zip(names, row, strict=False) if name and value.strip()}
                if said:
                    yield record(number, canonical(said))
        except csv.Error as error:
            raise ReadError(f"row {number + 1} of the table cannot be read: {error}") from error
        except _Endless as error:
            raise ReadError(_unclosed(number + 1)) from error
        if number < 0:
            raise ReadError("it holds no row; the first names the fields, every other one is an article")


class _Endless(Exception):
    """A row is longer than an article may be."""


class _Lines:
    """The lines of a text, their ends kept, and what has been read of the row that is being read."""

    def __init__(self, text: io.TextIOWrapper, longest: int) -> None:
        self._text, self._longest = text, longest
        self.held = io.StringIO(newline="")
        self.size = 0
        self.over = False
        self._failure: Exception | None = None

    def next_line(self) -> str:
        """The next line, empty at the end; after a damage the same error every time."""
        if self._failure is not None:
            raise self._failure
        try:
            line = self._text.readline(self._longest + 1)
            self.size += len(line)
            if self.size > self._longest:
                raise _Endless
        except (*_DAMAGE, _Endless) as error:
            self._failure = error
            raise
        return line

    def begin_row(self) -> None:
        """A row has come to its end."""
        self.held.seek(0)
        self.held.truncate()
        self.size = 0

    def then(self, first: Sequence[str]) -> Iterator[str]:
        """Those lines, then the others. One is read ahead, so that the last row knows that it is the last."""
        pending = list(first)
        line = pending.pop(0) if pending else self.next_line()
        while line:
            following = pending.pop(0) if pending else self.next_line()
            self.held.write(line)
            self.over = not following
            yield line
            line = following


def _unclosed(number: int) -> str:
    which = f"row {number}" if number else "the first row"
    return f"{which} of the table goes on for {LIMIT} or to the end of the file; is a quotation mark not closed there?"


def _is_unclosed(row: io.StringIO, delimiter: str) -> bool:
    """Whether the row ends within quotation marks."""
    if '"' not in row.getvalue():
        return False
    row.seek(0)
    try:
        return sum(1 for _ in csv.reader(chain(row, ["x\n"]), delimiter=delimiter)) == 1  # it swallows what comes next
    except csv.Error:
        return True


def _header(row: Sequence[str], chosen: Mapping[str, str]) -> list[str]:
    if len(row) > _MOST_COLUMNS:
        raise ReadError(f"it has {len(row):,} columns, more than {_MOST_COLUMNS:,}: it is no table of articles")
    names = [name.strip() for name in row]
    if detect_fields(names, chosen).text is None:
        has = ", ".join(f'"{_printable(name)}"' for name in names if name)[:200]
        raise ReadError(f"none of its columns is called like a text; name it with --field text=COLUMN (it has {has})")
    return ["" if name in names[:at] else name for at, name in enumerate(names)]  # of columns of one name the first


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in name)


def _delimiter_of(lines: _Lines, *, tabs: bool) -> tuple[str, list[str]]:
    """The delimiter, and the lines that were looked at for it."""
    first: list[str] = []
    with contextlib.suppress(*_DAMAGE, _Endless):  # it will be told of when the rows come to it
        while len(first) < 4 * _ROWS_COMPARED and sum(map(len, first)) < BLOCK_BYTES and (line := lines.next_line()):
            first.append(line)
    lines.size = 0
    said = _SEPARATOR_LINE.fullmatch(first[0]) if first else None
    if said is not None:
        return said[1], first[1:]
    if tabs:
        return "\t", first
    return max(_DELIMITERS, key=lambda delimiter: _evenness(first, delimiter)), first


def _evenness(lines: Sequence[str], delimiter: str) -> tuple[bool, float, int]:
    """How well that delimiter parts these lines: a usual name of a text, rows as long as the first, columns."""
    try:
        rows = [row for row in islice(csv.reader(lines, delimiter=delimiter), _ROWS_COMPARED) if row]
    except csv.Error:
        return False, 0.0, 0
    if not rows or len(rows[0]) < 2:
        return False, 0.0, 0
    names = {name.strip().lower() for name in rows[0]}
    whole = rows[1:-1] or rows[1:]  # the last one may go on
    even = sum(len(row) == len(rows[0]) for row in whole) / len(whole) if whole else 1.0
    return not names.isdisjoint(FIELD_NAMES["text"]), even, len(rows[0])


def _codec_of(opened: Opener) -> str:
    with opened() as file:
        blocks = _blocks(file)
        sample = next(blocks, b"")
        for mark, codec in _BOMS:
            if sample.startswith(mark):
                return codec
        if b"\0" in sample:
            raise ReadError("it is a binary file and no table: it holds NUL bytes")
        odd = _first_odd_bytes(chain([sample], blocks))
    return "utf-8" if odd is None else _guessed(odd)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """The file's bytes up to its end or a damage, which will be told of when the rows come to it."""
    with contextlib.suppress(*_DAMAGE):
        while block := at_once(file):
            yield block


def _first_odd_bytes(blocks: Iterable[bytes]) -> bytes | None:
    """What follows the first bytes that are not UTF-8, and they themselves; None where there are none."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    found = bytearray()
    for block in blocks:
        if not found:
            try:
                decoder.decode(block)
                continue
            except UnicodeDecodeError as error:
                block = block[max(0, error.start - 8) :]
        found += block
        if len(found) > _AROUND:
            break
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None  # half a character at the very end
    return bytes(found[:_AROUND]) or None


def _guessed(sample: bytes) -> str:
    from ingest.read import read_bytes  # with it come lxml and the detector of encodings: only when there is work

    try:
        return read_bytes(sample.replace(b"<", b" ")).codec  # no page is looked for in it
    except ReadError:
        return "cp1252"
