"""A `.jsonl` file: every line of it is one article, a JSON object, and counted from 1, blank lines included."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from itertools import count
from typing import BinaryIO

from ingest.errors import ReadError
from ingest.files import MAX_FILE_BYTES
from ingest.member import BLOCK_BYTES, LIMIT, Member, record, without_content

__all__ = ["read_lines"]

_TOO_LONG = f"the line is longer than {LIMIT}; write one article a line"


def read_lines(file: BinaryIO, *, max_bytes: int = MAX_FILE_BYTES) -> Iterator[Member]:
    """The lines, in order, those that hold nothing but white space left out.

    A line's content is its bytes without white space around them or a byte order mark; one that is longer than an
    article may be has none, and the digest of all its bytes.

    Raises:
        ReadError: it is no such file.
    """
    longest = max_bytes + len(codecs.BOM_UTF8 + b"\r\n")
    for number in count(1):
        line = file.readline(longest)
        if not line:
            return
        if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise ReadError("it starts like utf-16; save it as UTF-8")
        content = line.removeprefix(codecs.BOM_UTF8).strip()
        if len(content) > max_bytes or (len(line) == longest and not line.endswith(b"\n")):
            yield _past_the_limit(file, number, line)
        elif content:
            yield record(number, content)


def _past_the_limit(file: BinaryIO, number: int, start: bytes) -> Member:
    """The line that begins with `start`, read to its end without being held."""
    digest, size, more = hashlib.sha256(start), len(start), start
    while not more.endswith(b"\n") and (more := file.readline(BLOCK_BYTES)):
        digest.update(more)
        size += len(more)
    return without_content(number, size, digest, _TOO_LONG)
