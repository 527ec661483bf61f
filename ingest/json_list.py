"""A `.json` file: every element of a list is one article; the list is the file, or has a usual name in an object.

The file is streamed: where an element begins and ends is seen from its brackets and quotation marks alone, and only
then is it parsed. So one is held at a time, however long the list is, and a bad one takes no other with it. An object
that holds no list of articles but has a text is one article itself.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest.errors import ReadError
from ingest.files import MAX_FILE_BYTES
from ingest.member import LIMIT, Member, at_once, record, without_content
from ingest.records import FIELD_NAMES, canonical

__all__ = ["LIST_NAMES", "read_elements"]

LIST_NAMES = ("articles", "items", "data", "results", "docs", "entries")
_TOO_LONG = f"the element is longer than {LIMIT}; write one article an element"
_NO_LIST = f"it holds no list of articles, neither itself nor under {', '.join(LIST_NAMES)}"
_NOT_SPACE = re.compile(rb"[^ \t\r\n]")
_BETWEEN = re.compile(rb'["{}\[\]]')  # what counts outside of a string
_IN_STRING = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)  # what a string goes on with; it matches anywhere
_ENDS_STRING = re.compile(rb'"')
_AFTER_WORD = re.compile(rb'[\s,:"{}\[\]]')  # where a number, true, false or null ends
_DEEPEST = 100_000  # brackets within brackets: a bomb, which would be gone through byte by byte
_LONGEST_INTEGER = 1_000  # digits; Python refuses to parse those of 4,300


def read_elements(file: BinaryIO, *, max_bytes: int = MAX_FILE_BYTES, text_name: str | None = None) -> Iterator[Member]:
    """The articles of the file, counted from 1, each one's content written anew from what was parsed.

    What cannot be parsed keeps its own bytes. `text_name` is a text field's name besides the usual ones.

    Raises:
        ReadError: it is no JSON, holds no list of articles, or is damaged; what lies before the damage has been given.
    """
    scanner = _Scanner(file)
    first = scanner.peek()
    if first == b"[":
        yield from _list(scanner, 0, max_bytes)
    elif first == b"{":
        yield from _object(scanner, max_bytes, text_name)
    else:
        raise ReadError(_NO_LIST if first else "it is empty")
    if scanner.peek():
        raise ReadError("more follows its end; if it holds an object a line, name it .jsonl")


class _Scanner:
    """The bytes of the file, value by value; a byte order mark is passed over."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._block, self._at = file, b"", 0
        self.reached = 0  # the last element that was read
        while len(self._block) < len(codecs.BOM_UTF8) and (more := at_once(file)):
            self._block += more
        if self._block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise ReadError("it starts like utf-16; save it as UTF-8")
        self._block = self._block.removeprefix(codecs.BOM_UTF8)

    def peek(self) -> bytes:
        """The next byte that is no white space, left where it is; none at the end."""
        while True:
            found = _NOT_SPACE.search(self._block, self._at)
            if found is not None:
                self._at = found.start()
                return found[0]
            if not self._fill():
                return b""

    def take(self, *expected: bytes) -> bytes:
        """The next byte that is no white space, which has to be one of `expected`."""
        found = self.peek()
        if found not in expected:
            raise self.damage("cut off" if not found else f"{' or '.join(b.decode() for b in expected)} is missing")
        self._at += 1
        return found

    def value(self, longest: int) -> _Value:
        """The next value, of any kind."""
        first, value = self.peek(), _Value(longest)
        if first == b'"' or first in (b"{", b"["):
            self._quoted_or_nested(value)
            return value
        while True:
            found = _AFTER_WORD.search(self._block, self._at)
            end = found.start() if found else len(self._block)
            value.add(self._block[self._at : end])
            self._at = end
            if found or not self._fill():
                break
        if not value.size:
            raise self.damage("a value is missing")
        return value

    def damage(self, what: str) -> ReadError:
        """That the file goes no further."""
        where = f"after element {self.reached}" if self.reached else "before its first article"
        return ReadError(f"its JSON is damaged or cut off {where} ({what})")

    def _quoted_or_nested(self, value: _Value) -> None:
        """Up to the quotation mark or bracket that closes the one which comes next."""
        begun = at = self._at
        depth, in_string = 0, False
        while True:
            at = _IN_STRING.match(self._block, at).end() if in_string else at  # type: ignore[union-attr]
            found = (_ENDS_STRING if in_string else _BETWEEN).search(self._block, at)
            if found is None:
                rest = self._block[at:] if in_string else b""  # a backslash whose character is in the next block
                value.add(self._block[begun : len(self._block) - len(rest)])
                if not self._fill():
                    raise self.damage("cut off")
                self._block = rest + self._block
                begun = at = 0
                continue
            at = found.end()
            if found[0] == b'"':
                in_string = not in_string
            else:
                depth += 1 if found[0] in b"{[" else -1
                if depth > _DEEPEST:
                    raise self.damage(f"nested more than {_DEEPEST:,} deep")
            if depth <= 0 and not in_string:
                value.add(self._block[begun:at])
                self._at = at
                return

    def _fill(self) -> bool:
        self._block, self._at = at_once(self._file), 0
        return bool(self._block)


class _Value:
    """The bytes of one value; of one that is too long, only how many and their digest."""

    def __init__(self, longest: int) -> None:
        self.size, self.longest = 0, longest
        self.digest = hashlib.sha256()
        self._held = bytearray()

    @property
    def content(self) -> bytes | None:
        """The bytes themselves; None if they are too many."""
        return None if self.size > self.longest else bytes(self._held)

    def add(self, data: bytes) -> None:
        """What comes next of it."""
        self.size += len(data)
        self.digest.update(data)
        if self.size > self.longest:
            self._held.clear()
        else:
            self._held += data


def _list(scanner: _Scanner, before: int, max_bytes: int, *, objects_only: bool = False) -> Iterator[Member]:
    """The elements of a list, numbered from the one after `before`; of a list that may be another, only objects."""
    number = before
    scanner.take(b"[")
    if scanner.peek() == b"]":
        scanner.take(b"]")
        return
    while True:
        number += 1
        is_object = scanner.peek() == b"{"
        value = scanner.value(max_bytes)
        scanner.reached = number
        if is_object or not objects_only:
            content = value.content
            if content is None:
                yield without_content(number, value.size, value.digest, _TOO_LONG)
            else:
                yield record(number, _rewritten(content))
        if scanner.take(b",", b"]") == b"]":
            return


def _object(scanner: _Scanner, max_bytes: int, text_name: str | None) -> Iterator[Member]:
    """The elements of the lists with a usual name; if there are none, the object itself."""
    said: dict[str, object] = {}
    texts = {*FIELD_NAMES["text"], (text_name or "text").strip().lower()}
    found, has_text, size = False, False, 0
    end = scanner.take(b"{")
    while end != b"}" and scanner.peek() != b"}":
        name = str(_parsed(scanner, scanner.value(max_bytes)))
        scanner.take(b":")
        key = name.strip().lower()
        if scanner.peek() == b"[" and key in LIST_NAMES and not has_text:
            for member in _list(scanner, scanner.reached, max_bytes, objects_only=True):
                found = True
                yield member
        else:
            value = scanner.value(max_bytes)
            size += value.size
            if found or size > max_bytes:
                said.clear()  # it is a list, or no article
            else:
                said[name] = _parsed(scanner, value)
                has_text = has_text or (key in texts and isinstance(said[name], str))
        end = scanner.take(b",", b"}")
    if end != b"}":
        scanner.take(b"}")
    if not found:
        if size > max_bytes:
            raise ReadError(f"{_NO_LIST}, and is larger than {LIMIT}")
        if not any(name.strip().lower() in texts for name in said):
            raise ReadError(f"{_NO_LIST}, and has no text")
        yield record(1, canonical(said))


def _parsed(scanner: _Scanner, value: _Value) -> object:
    try:
        return _loaded(value.content or b"")
    except (ValueError, RecursionError) as error:
        raise scanner.damage(str(error)[:100]) from error


def _rewritten(content: bytes) -> bytes:
    """An element in the one way it is written here; one that is no JSON as it stands, to be told of when it is read."""
    try:
        return canonical(_loaded(content))
    except (ValueError, RecursionError):
        return content


def _loaded(content: bytes) -> object:
    return json.loads(content.decode("utf-8"), strict=False, parse_int=_integer)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONGEST_INTEGER else float(digits)
