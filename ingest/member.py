"""Member: one article of a container, as it was found there. What every reader of containers gives.

Nothing of a container is ever unpacked to the disk: a member is held only while it is dealt with, and is never larger
than a file may be, whatever a small archive unpacks to.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, TypeAlias, cast

from ingest.article import digest_bytes
from ingest.batch import Reader
from ingest.files import MAX_FILE_BYTES

__all__ = [
    "BLOCK_BYTES",
    "LIMIT",
    "Member",
    "Opener",
    "SaidBeside",
    "at_once",
    "record",
    "set_aside",
    "without_content",
]

BLOCK_BYTES = 65_536  # what is read at once
LIMIT = f"{MAX_FILE_BYTES // 1_000_000} MB"

Opener: TypeAlias = Callable[[], BinaryIO]
"""Opens the bytes of one container, from their start; every call anew."""

SaidBeside: TypeAlias = tuple[tuple[str, str], ...]
"""Hints that come with a member and are not in its content."""


@dataclass(frozen=True, slots=True)
class Member:
    """One article of a container, or what stands where one was expected.

    `name` follows the container's in a source: `#12` the twelfth line, record or element, `!town/a.html` a file in an
    archive, `!feed.jsonl#12` a line of such a file. `digest` is the SHA-256 of `content`; of a member that has a
    `reason` why it cannot be an article, whose content is None, that of what is known of it. `reader` says how the
    content becomes text. `size` is in bytes. Of a `broken` one, more may lie below its name than was given.
    """

    name: str
    size: int
    digest: str
    content: bytes | None = field(repr=False)
    reader: Reader = "record"
    reason: str | None = None
    hints: SaidBeside = ()
    broken: bool = False

    def __post_init__(self) -> None:
        if (self.content is None) == (self.reason is None):
            raise ValueError(f"{self.name}: a member has content, or a reason why it has none")


def at_once(file: BinaryIO) -> bytes:
    """The next bytes, as many as can be had at once: so that those before a damage are not lost with it."""
    return cast(io.BufferedReader, file).read1(BLOCK_BYTES)


def record(number: int, content: bytes) -> Member:
    """The line, element or row of that number."""
    return Member(f"#{number}", len(content), digest_bytes(content), content)


def set_aside(name: str, reason: str, *told: object, broken: bool = False) -> Member:
    """A member that cannot be an article, whatever it holds; `told` tells it from an earlier one of that name."""
    return Member(name, 0, digest_bytes(repr((reason, *told)).encode()), None, "file", reason, broken=broken)


def without_content(number: int, size: int, digest: hashlib._Hash, reason: str) -> Member:
    """The line, element or row of that number, which was read without being held."""
    return Member(f"#{number}", size, digest.hexdigest(), None, "record", reason)
