"""A `.jsonl` or `.jsonl.gz` file is a container: every line of it is one article, a JSON object, cited as `file#LINE`.

The source text of a line is the string in its text field, not one character changed (of a page, what `ingest.read`
makes of the page); what its other fields say travels beside it as hints. Lines are streamed, each held only while it is
dealt with and never longer than one article may be, whatever a small archive unpacks to. Nothing here knows an index.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from ingest.article import digest_bytes
from ingest.errors import ReadError
from ingest.files import MAX_FILE_BYTES, status_of

if TYPE_CHECKING:
    from ingest.read import SourceText

__all__ = ["TEXT_FIELDS", "Line", "Survey", "read_line", "read_lines", "survey"]

TEXT_FIELDS = ("text", "body", "content")  # the first that holds words is the article
_NAMES = ("authors", "author", "byline", "source", "outlet", "publisher")  # may be lists, and objects with a name
_LONGEST_HINT = 1_000  # characters; a field that is longer is no title, name, date or address
_GZIP = b"\x1f\x8b"
_CHUNK = 65_536
_TOO_LONG = f"the line is longer than {MAX_FILE_BYTES // 1_000_000} MB; write one article a line"
_ON_ONE_LINE = "write each article as one JSON object on one line"


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank. `number` counts from 1, blank lines too; `size` is in bytes.

    `digest` is the SHA-256 of `content`, the line's bytes without white space around them or a byte order mark; of a
    line that is longer than an article may be, whose content is None, that of all its bytes.
    """

    number: int
    size: int
    digest: str
    content: bytes | None

    @property
    def reason(self) -> str | None:
        """Why it cannot be an article, whatever it says."""
        return _TOO_LONG if self.content is None else None


@dataclass(frozen=True, slots=True)
class Survey:
    """The lines of a container without their content, by number; and why it has to be set aside, if it has to be.

    `whole` says whether it was read to its end, so that what is not in `lines` is not in the container.
    """

    lines: Mapping[int, tuple[str, int]]  # digest and size
    mtime_ns: int
    reason: str | None
    whole: bool


def survey(path: Path) -> Survey:
    """Look at every line of a container once, keeping only their digests."""
    lines: dict[int, tuple[str, int]] = {}
    mtime_ns = 0
    try:
        mtime_ns = status_of(path).st_mtime_ns
        for line in read_lines(path):
            lines[line.number] = (line.digest, line.size)
    except (ReadError, OSError) as error:
        return Survey(lines, mtime_ns, why_unread(error), whole=False)
    return Survey(lines, mtime_ns, None if lines else f"it holds no line; {_ON_ONE_LINE}", whole=True)


def why_unread(error: ReadError | OSError) -> str:
    """The reason to set a file aside for that it could not be read."""
    return f"cannot be read: {error.strerror or error}" if isinstance(error, OSError) else str(error)


def read_lines(path: Path, *, max_bytes: int = MAX_FILE_BYTES) -> Iterator[Line]:
    """The lines of a container, in order, those that hold nothing but white space left out.

    Raises:
        ReadError: it is no such file, or is damaged; the lines before the damage have been given by then.
        OSError: it cannot be read.
    """
    status_of(path)
    reached = 0
    with path.open("rb") as file:
        start = file.read(len(_GZIP))
        file.seek(0)
        packed = path.name.lower().endswith(".gz")
        if packed and start and start != _GZIP:
            raise ReadError("it is not a gzip archive, as its name says; name it .jsonl if it is not compressed")
        if not packed and start == _GZIP:
            raise ReadError("it is a gzip archive; name it .jsonl.gz")
        try:
            for line in _lines(cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file, max_bytes):
                reached = line.number
                yield line
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ReadError(
                f"its gzip archive is damaged or cut off after line {reached}; make or fetch it again (what was "
                "indexed from later lines before stays)"
            ) from error


def _lines(file: BinaryIO, max_bytes: int) -> Iterator[Line]:
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
            yield Line(number, len(content), digest_bytes(content), content)


def _past_the_limit(file: BinaryIO, number: int, start: bytes) -> Line:
    """The line that begins with `start`, read to its end without being held."""
    digest, size, more = hashlib.sha256(start), len(start), start
    while not more.endswith(b"\n") and (more := file.readline(_CHUNK)):
        digest.update(more)
        size += len(more)
    return Line(number, size, digest.hexdigest(), None)


# --- what a line says -------------------------------------------------------------------------------------


def read_line(content: bytes) -> SourceText:
    """Turn a line into source text; the same bytes always give the same.

    Fields other than the text become hints ("field:NAME", …): strings, and of what names people and outlets also lists
    and objects with a `name`. Fields of other types say nothing.

    Raises:
        ReadError: it is no JSON object with a text; the message says what to do.
    """
    from ingest.read import read_text  # with it come lxml and the detector of encodings: only when there is work

    record = _record(content)
    texts = [value for value in map(record.get, TEXT_FIELDS) if isinstance(value, str)]
    text = next((text for text in texts if text.strip()), None)
    if text is None:
        what = "its text is empty" if texts else "it has no text"
        raise ReadError(f"{what}; put the article's words in its field {' or '.join(map(json.dumps, TEXT_FIELDS))}")
    if text.encode("utf-8", "replace").decode("utf-8") != text:
        raise ReadError("its text holds half a character (such as \\ud83d alone); write the whole character")
    source_text = read_text(text)
    return replace(source_text, hints=(*source_text.hints, *_hints(record)))


def _record(content: bytes) -> Mapping[str, object]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReadError(f"it is not valid UTF-8 (byte {error.start + 1} of the line); save it as UTF-8") from error
    try:
        record = json.loads(text, strict=False, parse_int=float)  # no number is read, however many digits it has
    except json.JSONDecodeError as error:
        where = f"{error.msg} at character {error.pos + 1}"
        raise ReadError(f"it is not valid JSON ({where}); {_ON_ONE_LINE}") from error
    except RecursionError as error:
        raise ReadError(f"its JSON is nested too deeply; {_ON_ONE_LINE}") from error
    if not isinstance(record, dict):
        raise ReadError(f"it is JSON but not an object; {_ON_ONE_LINE}")
    return record


def _hints(record: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if name in TEXT_FIELDS:
            continue
        for said in value if isinstance(value, list) and name in _NAMES else [value]:
            words = said.get("name") if isinstance(said, dict) and name in _NAMES else said
            if isinstance(words, str) and words.strip():
                yield f"field:{name}", words.strip()[:_LONGEST_HINT]
