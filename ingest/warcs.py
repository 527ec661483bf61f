"""A `.warc` file: every page that a crawl fetched is one article, under the number of its record.

What is a page: a response with the status 200, or a resource, whose type is HTML, plain text or PDF. Requests, images,
errors and the like are counted and are no articles. When a page was fetched is not when it was published, and is told
by a hint of its own.
"""

from __future__ import annotations

import codecs
import io
import re
import zlib
from collections.abc import Iterator
from itertools import count
from typing import BinaryIO, cast

from warcio.bufferedreaders import ChunkedDataReader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser, StatusAndHeadersParserException

from ingest.article import digest_bytes
from ingest.errors import ReadError
from ingest.files import MAX_FILE_BYTES
from ingest.member import BLOCK_BYTES, LIMIT, Member, SaidBeside, set_aside

__all__ = ["read_pages"]

_HEADER_BYTES = 1_000_000  # of a record, or of the page in it
_PAGES = ("text/html", "application/xhtml+xml", "text/plain", "application/pdf")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.\-]+)", re.IGNORECASE)
_DECLARED = re.compile(rb"charset\s*=|<\?xml[^>]{1,100}encoding\s*=", re.IGNORECASE)
_TOO_LARGE = f"the page is larger than {LIMIT}"
_LONGEST_ADDRESS = 1_000


def read_pages(file: BinaryIO, *, max_bytes: int = MAX_FILE_BYTES) -> Iterator[Member]:
    """The pages of a crawl in order, each by the number of its record; all records are counted, from 1.

    Raises:
        ReadError: it is no such file, or is damaged; the pages before the damage have been given.
    """
    stream = _Stream(file)
    parser = StatusAndHeadersParser(["WARC/"])  # not warcio's reader of records, which logs what it comes across
    for number in count(1):
        line = stream.first_line()
        if not line:
            if number == 1:
                raise ReadError("it holds no record of a crawl")
            return
        try:
            told = parser.parse(stream, line)
            length = int(told.get_header("Content-Length"))
        except (StatusAndHeadersParserException, EOFError, TypeError, ValueError) as error:
            if number == 1 and not line.startswith(b"WARC/"):
                raise ReadError("it is not a WARC file, as its name says") from error
            raise ReadError(_damaged(number, "its header cannot be read")) from error
        if length < 0:
            raise ReadError(_damaged(number, "its length is none"))
        is_page = told.get_header("WARC-Type") in ("response", "resource")
        block = stream.block(length, hold=max_bytes + _HEADER_BYTES if is_page else 0)
        if block is None:
            raise ReadError(_damaged(number, "it is cut off"))
        member = _page(number, told, block, length, max_bytes) if is_page else None
        if member is not None:
            yield member


def _damaged(number: int, how: str) -> str:
    return f"record {number} of the crawl is damaged: {how}; fetch it again (what was indexed from later ones stays)"


class _Stream:
    """What the parser of headers reads from: lines no longer than a header may be, and blocks that are not held."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._header = 0

    def first_line(self) -> bytes:
        """The first line of the next record; empty at the end."""
        self._header = 0
        line = self.readline()
        while line and not line.strip():
            self._header = 0
            line = self.readline()
        return line

    def readline(self) -> bytes:
        """The next line of a header."""
        line = self._file.readline(BLOCK_BYTES)
        self._header += len(line)
        if self._header > _HEADER_BYTES or len(line) == BLOCK_BYTES:
            raise ReadError("a header in it goes on for ever: it is no WARC file, or a damaged one; fetch it again")
        return line

    def block(self, length: int, *, hold: int) -> bytes | None:
        """The next `length` bytes, of which the first `hold` are returned; None if there are fewer."""
        held, n = io.BytesIO(), 0
        while n < length:
            data = self._file.read(min(BLOCK_BYTES, length - n))
            if not data:
                return None
            if n < hold:
                held.write(data)
            n += len(data)
        return held.getvalue()


def _page(number: int, told: StatusAndHeaders, block: bytes, length: int, max_bytes: int) -> Member | None:
    """The page of a record; None if it holds none."""
    address = str(told.get_header("WARC-Target-URI") or "").strip("<> ")[:_LONGEST_ADDRESS]
    http: StatusAndHeaders | None = None
    stream = io.BytesIO(block)
    if told.get_header("WARC-Type") == "response":
        head = io.BytesIO(block[:_HEADER_BYTES])
        try:
            http = StatusAndHeadersParser([], verify=False).parse(head)
        except EOFError:
            return None
        if not http.protocol.startswith("HTTP/") or http.get_statuscode() != "200":
            return None  # an error, or from a name server or the like
        stream.seek(head.tell())
    said_type = str((http or told).get_header("Content-Type") or "")
    kind = (said_type.partition(";")[0].strip() or str(told.get_header("WARC-Identified-Payload-Type") or "")).lower()
    if kind and kind not in _PAGES:
        return None
    name = f"#{number}"
    if len(block) < length:
        return set_aside(name, _TOO_LARGE, length, digest_bytes(block))
    try:
        content = _content(http, stream, max_bytes)
    except ReadError as error:
        return set_aside(name, str(error), digest_bytes(block))
    if len(content) > max_bytes:
        return set_aside(name, _TOO_LARGE, length, digest_bytes(block))
    charset = _CHARSET.search(said_type)
    if charset is not None and kind != "application/pdf":
        content = _in_utf8(content, charset[1])
    hints: SaidBeside = tuple(
        (hint, value)
        for hint, value in (("field:url", address), ("warc:date", str(told.get_header("WARC-Date") or "").strip()[:40]))
        if value
    )
    return Member(name, len(content), digest_bytes(content), content, "file", hints=hints)


def _content(http: StatusAndHeaders | None, stream: BinaryIO, max_bytes: int) -> bytes:
    """The page itself, without the codings it was sent in; those that a crawler took off before are not missed."""
    if http is None:
        return stream.read()
    if "chunked" in str(http.get_header("Transfer-Encoding") or "").lower():
        start = stream.tell()
        try:
            data = cast(bytes, ChunkedDataReader(stream).read())
        except (ValueError, AssertionError, OverflowError):
            stream.seek(start)
            data = stream.read()
    else:
        data = stream.read()
    codings = [c.strip() for c in str(http.get_header("Content-Encoding") or "").lower().split(",") if c.strip()]
    for coding in reversed(codings[:3]):
        data = _decoded(data, coding, max_bytes)
    return data


def _decoded(data: bytes, coding: str, max_bytes: int) -> bytes:
    if coding in ("gzip", "x-gzip", "deflate"):
        return _inflated(data, max_bytes)
    if coding == "br":
        return _unbrotlied(data, max_bytes)
    if coding == "identity":
        return data
    raise ReadError(f"the page was sent in a coding that is not read ({coding[:20]!r})")


def _inflated(data: bytes, max_bytes: int) -> bytes:
    for bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # with a header of either kind, or with none
        inflate = zlib.decompressobj(bits)
        try:
            content = inflate.decompress(data, max_bytes + 1)
        except zlib.error:
            continue
        if not inflate.eof and len(content) <= max_bytes:
            raise ReadError("the page is cut off in the crawl")
        return content
    if data.startswith(b"\x1f\x8b"):
        raise ReadError("the page is damaged in the crawl")
    return data  # the crawler has unpacked it and left the header as it was


def _unbrotlied(data: bytes, max_bytes: int) -> bytes:
    try:
        import brotli  # type: ignore[import-untyped]
    except ImportError as error:
        raise ReadError("the page was sent in a coding that is not read ('br'); install brotli") from error
    unpack = brotli.Decompressor()
    pieces, size = [], 0
    try:
        piece = unpack.process(data, output_buffer_limit=BLOCK_BYTES)
        while True:
            pieces.append(piece)
            size += len(piece)
            if size > max_bytes or unpack.is_finished():
                return b"".join(pieces)
            if not piece and unpack.can_accept_more_data():
                break
            piece = unpack.process(b"", output_buffer_limit=BLOCK_BYTES)
    except (brotli.error, TypeError) as error:  # TypeError: a brotli that cannot be bounded
        if not pieces and _is_utf8(data):
            return data  # the crawler has unpacked it and left the header as it was
        raise ReadError("the page is damaged in the crawl") from error
    raise ReadError("the page is cut off in the crawl")


def _in_utf8(content: bytes, charset: str) -> bytes:
    """The page in UTF-8 if only the header of the response says what it is in."""
    try:
        codec = codecs.lookup(charset)
    except LookupError:
        return content
    wide = codec.name.startswith(("utf-16", "utf-32"))
    if not codec._is_text_encoding or (_is_utf8(content) and not wide) or _DECLARED.search(content[:8192]):
        return content
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content
    name = "cp1252" if codec.name in ("iso8859-1", "ascii") else codec.name  # as browsers read them
    try:
        return content.decode(name).encode("utf-8")
    except UnicodeError:
        return content


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
