"""A `.json` file: every element of a list is one article; the list is the file, or has a usual name in an object.

The file is streamed, event by event, and only one element of it is held at a time. An object that holds no list of
articles but has a text is one article itself.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO, TypeAlias

import ijson

from ingest.errors import ReadError
from ingest.files import MAX_FILE_BYTES
from ingest.member import BLOCK_BYTES, LIMIT, Member, record, without_content
from ingest.records import FIELD_NAMES, canonical

__all__ = ["LIST_NAMES", "read_elements"]

LIST_NAMES = ("articles", "items", "data", "results", "docs", "entries")
_DEEPEST = 200  # levels; JSON that people or programs write of articles has five
_TOO_LONG = f"the element is longer than {LIMIT}; write one article an element"

_Event: TypeAlias = tuple[str, object]


def read_elements(file: BinaryIO, *, max_bytes: int = MAX_FILE_BYTES, text_name: str | None = None) -> Iterator[Member]:
    """The articles of the file in order, counted from 1; each one's content is written anew from what was parsed.

    `text_name` is a text field's name besides the usual ones.

    Raises:
        ReadError: it is no JSON, holds no list of articles, or is damaged; what lies before the damage has been given.
    """
    stream = _Stream(file, 2 * max_bytes)
    number = 0
    try:
        for member in _elements(_events(stream), max_bytes, text_name):
            number += 1
            yield member
    except (ijson.JSONError, ValueError, ArithmeticError) as error:
        what = str(error).partition("\n")[0][:100]
        hint = "; if it holds an object a line, name it .jsonl" if "trailing garbage" in what else ""
        where = f"after element {number}" if number else "before its first article"
        raise ReadError(f"its JSON is damaged or cut off {where} ({what}){hint}") from error
    except RecursionError as error:
        raise ReadError("its JSON is nested too deeply") from error


class _Stream:
    """The bytes without a byte order mark, and an error where one value goes on and on."""

    def __init__(self, file: BinaryIO, longest: int) -> None:
        self._file, self._longest = file, longest
        self._since = 0
        start = file.read(len(codecs.BOM_UTF8))
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise ReadError("it starts like utf-16; save it as UTF-8")
        self._start = start.removeprefix(codecs.BOM_UTF8)

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        if size == 0:  # how the parser asks what it is given
            return b""
        data, self._start = self._start or self._file.read(size), b""
        self._since += len(data)
        if self._since > self._longest:
            raise ReadError(f"a value in it is longer than {2 * MAX_FILE_BYTES // 1_000_000} MB")
        return data

    def heard(self) -> None:
        """A value has come to its end."""
        self._since = 0


def _events(stream: _Stream) -> Iterator[_Event]:
    depth = 0
    for event, value in ijson.basic_parse(stream, buf_size=BLOCK_BYTES):
        stream.heard()
        depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
        if depth > _DEEPEST:
            raise ReadError("its JSON is nested too deeply")
        yield event, value


def _elements(events: Iterator[_Event], max_bytes: int, text_name: str | None) -> Iterator[Member]:
    event, _ = next(events, ("", None))
    if event == "start_array":
        yield from (member for member, _ in _list(events, 0, max_bytes))
    elif event == "start_map":
        yield from _object(events, max_bytes, text_name)
    elif event:
        raise ReadError("it holds one value and no list of articles")
    for _ in events:  # what follows is damage, and the parser says so
        pass


def _list(events: Iterator[_Event], number: int, max_bytes: int) -> Iterator[tuple[Member, bool]]:
    """The elements up to the end of the list, the first one's number being the next; and whether each is an object."""
    for event, value in events:
        if event == "end_array":
            return
        number += 1
        building = _built(events, event, value, max_bytes)
        if building.too_large:
            yield without_content(number, building.size, building.digest, _TOO_LONG), True
        else:
            yield record(number, canonical(building.value)), event == "start_map"


def _object(events: Iterator[_Event], max_bytes: int, text_name: str | None) -> Iterator[Member]:
    """The elements of the lists with a usual name; if there are none, the object itself."""
    said: dict[str, object] = {}
    texts = {*FIELD_NAMES["text"], (text_name or "").strip().lower()} - {""}
    number, size, found = 0, 0, False
    for event, name in events:
        if event == "end_map":
            break
        key = str(name).strip().lower()
        event, value = next(events)
        is_article = any(k.strip().lower() in texts and isinstance(v, str) for k, v in said.items())
        if event == "start_array" and key in LIST_NAMES and not is_article:
            for member, is_object in _list(events, number, max_bytes):
                number += 1
                if is_object:  # a list of numbers or words under such a name is no list of articles
                    found = True
                    yield member
            continue
        building = _built(events, event, value, max_bytes)
        size += building.size
        if size > max_bytes and not found:
            raise ReadError(f"larger than {LIMIT}, and none of {', '.join(LIST_NAMES)} in it is a list of articles yet")
        if not found:
            said[str(name)] = building.value
    if found:
        return
    if not any(k.strip().lower() in texts for k in said):
        raise ReadError(
            f"it holds no list of articles, neither itself nor under {', '.join(LIST_NAMES)}, and has no text"
        )
    yield record(1, canonical(said))


@dataclass(slots=True)
class _Building:
    """A value that is being put together; of one that is too large only size and digest are kept."""

    max_bytes: int
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    value: object = None
    open: list[dict[str, object] | list[object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @property
    def too_large(self) -> bool:
        return self.size > self.max_bytes

    def take(self, event: str, value: object) -> None:
        said = repr(value).encode("utf-8", "backslashreplace") if value is not None else b""
        self.digest.update(event.encode() + b"\0" + said + b"\0")
        self.size += len(value.encode("utf-8", "replace")) + 3 if isinstance(value, str) else 8
        if self.too_large:
            self.value, self.open, self.keys = None, [], []

    def put(self, value: object) -> None:
        if self.too_large:
            return
        if not self.open:
            self.value = value
        elif isinstance(self.open[-1], dict):
            self.open[-1][self.keys[-1]] = value
        else:
            self.open[-1].append(value)


def _built(events: Iterator[_Event], event: str, value: object, max_bytes: int) -> _Building:
    """The value that begins with that event, whose other events are taken from `events`."""
    building = _Building(max_bytes)
    depth = 0
    while True:
        building.take(event, value)
        if event in ("start_map", "start_array"):
            depth += 1
            new: dict[str, object] | list[object] = {} if event == "start_map" else []
            building.put(new)
            if not building.too_large:
                building.open.append(new)
                building.keys.append("")
        elif event in ("end_map", "end_array"):
            depth -= 1
            if building.open:
                building.open.pop()
                building.keys.pop()
        elif event == "map_key":
            if building.keys:
                building.keys[-1] = str(value)
        else:
            building.put(float(value) if isinstance(value, Decimal) else value)
        if depth == 0:
            return building
        event, value = next(events, ("", None))
        if not event:
            raise ValueError("the end came too early")
