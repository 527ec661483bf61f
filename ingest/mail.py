"""A mail or a page saved as MHTML becomes source text: what a reader of it sees, and its headers beside it.

Both are one format of headers and parts. Of a mail the plain text is taken as it stands, or the HTML as a page where
there is no plain text worth the name; what is attached is not read, but named. Guarantee: work is bounded by the number
of parts and the length of headers, because the parser itself is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from ingest.decode import decode, known_charset
from ingest.errors import ReadError
from ingest.read import Block, SourceText, read_html, read_words

__all__ = ["is_message", "read_message"]

_LOOKED_AT = 65_536  # bytes in which a message is told from a text
_MOST_PARTS = 500
_MOST_NESTED = 50  # parts within parts: each line is compared with the boundaries of all that are open
_MOST_BOUNDARIES = 20_000  # lines that begin as one; a signature or a table does too
_LONGEST_HEADER = 10_000  # characters: what parses a longer one may take very long
_LONGEST_HINT = 1_000
_TRIVIAL = 0.3  # of the words of the HTML: "open this mail in a browser" is no text of it
_MBOX = re.compile(rb"^From \S.*\d{4}\r?\n(?=[A-Za-z-]+:)", re.MULTILINE)
_HEADER = re.compile(rb"(?P<name>[A-Za-z][A-Za-z0-9-]{0,60}):(?P<value>.*(?:\r?\n[ \t].*)*)\r?\n")
_MACHINE = frozenset((b"message-id", b"received", b"mime-version", b"return-path", b"delivered-to", b"content-type"))
_SAVED = re.compile(r"saved\s+by\s", re.IGNORECASE)
_BOUNDARY = re.compile(rb"^--", re.MULTILINE)
_MULTIPART = re.compile(rb"^content-type:\s*multipart/", re.IGNORECASE | re.MULTILINE)


def is_message(data: bytes) -> bool:
    """Whether it begins with the headers of a mail or a saved page, and an empty line below them."""
    headers = _headers(data)
    if headers is None:
        return False
    names = set(headers)
    if b"mime-version" in names and b"content-type" in names:
        return True
    told = b"@" in headers.get(b"from", b"") or bool(names & _MACHINE)
    return b"from" in names and told and len(names & {b"date", b"subject", b"to", b"message-id"}) >= 2


def _headers(data: bytes) -> dict[bytes, bytes] | None:
    """The headers by their names in small letters; None where anything else stands above the first empty line."""
    sample = data[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    at = mbox.end() if (mbox := _MBOX.match(sample)) else 0
    headers: dict[bytes, bytes] = {}
    while found := _HEADER.match(sample, at):
        headers.setdefault(found["name"].lower(), found["value"])
        at = found.end()
    ends = sample.startswith((b"\n", b"\r\n"), at) or (at >= len(sample) > 0 and len(data) > _LOOKED_AT)
    return headers if headers and ends else None


def read_message(data: bytes) -> SourceText:
    """The visible body of a mail, or the page of an MHTML file.

    Raises:
        ReadError: It holds no text, is damaged, or is made of too many parts.
    """
    if len(_MBOX.findall(data)) > 1:
        raise ReadError("it is a mailbox of several mails; save each as a file of its own")
    if len(_MULTIPART.findall(data)) > _MOST_NESTED or len(_BOUNDARY.findall(data)) > _MOST_BOUNDARIES:
        raise ReadError(f"it is made of more than {_MOST_PARTS} parts, or {_MOST_NESTED} nested ones; save its text")
    try:
        message = message_from_bytes(data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"), policy=policy.default)
        assert isinstance(message, EmailMessage)
        return _read_page(message) if _is_saved_page(message) else _read_mail(message)
    except ReadError:
        raise
    except Exception as error:  # what is malformed trips the parser in more ways than it has names for
        why = " ".join(str(error).split())[:100] or type(error).__name__
        raise ReadError(f"it is a damaged mail or saved page ({why}); open it and save it again") from error


# --- a saved page -----------------------------------------------------------------------------------------


def _is_saved_page(message: EmailMessage) -> bool:
    if _raw(message, "Snapshot-Content-Location") or _SAVED.search(_raw(message, "From")):
        return True
    is_mail = any(_raw(message, name) for name in ("From", "To", "Received", "Message-ID", "Return-Path"))
    return not is_mail and _kind(message) in ("multipart/related", "text/html")


def _read_page(message: EmailMessage) -> SourceText:
    pages = [part for part in _leaves(message) if _kind(part) in ("text/html", "application/xhtml+xml")]
    if not pages:
        raise ReadError("the saved page holds no HTML")
    start = _parameter(_raw(message, "Content-Type"), "start")
    page = next((part for part in pages if start and _raw(part, "Content-ID").strip() == start), pages[0])
    source = _read_part(page)
    address = _raw(message, "Snapshot-Content-Location") or _raw(page, "Content-Location")
    address = _in_one_line(address)
    hints = [("mhtml:location", address)] if address.startswith(("http:", "https:")) else []
    said = _hints(message, "mhtml", ("Date",))
    return replace(source, media_type="multipart/related", hints=(*source.hints, *hints, *said))


# --- a mail -----------------------------------------------------------------------------------------------


def _read_mail(message: EmailMessage) -> SourceText:
    leaves = list(_leaves(message))  # first, because it counts them
    body = _body(message)
    if not body:
        raise ReadError("the mail holds no text")
    attached = [name for part in leaves if (name := _attachment(part)) is not None]
    notes = [note for source in body for note in source.notes]
    if attached:
        named = ", ".join(attached[:10]) + (", …" if len(attached) > 10 else "")
        notes.append(f"{len(attached)} attachment{'s' * (len(attached) > 1)} not read: {named}")
    hints = _hints(message, "mail", ("Subject", "From", "Date"))
    return replace(
        _joined(body),
        media_type="message/rfc822",
        hints=(*(hint for source in body for hint in source.hints), *hints),
        notes=tuple(dict.fromkeys(notes)),
    )


def _body(part: EmailMessage) -> list[SourceText]:
    """What a reader sees, of alternatives one; pages alone where both kinds stand in a row."""
    kind = _kind(part)
    if not part.is_multipart():
        return _text_of(part) if kind in ("text/plain", "text/html") and _attachment(part) is None else []
    if kind.startswith("message/"):
        return []  # a mail that was attached
    children = [child for child in map(_body, _children(part)) if child]
    if kind == "multipart/alternative":
        return _best(children)
    if kind == "multipart/related":
        return children[0] if children else []
    found = [source for child in children for source in child]
    return [source for source in found if source.blocks] or found


def _best(alternatives: Sequence[list[SourceText]]) -> list[SourceText]:
    """The plain text, unless it is trivial against the HTML."""
    plain: list[SourceText] = next((one for one in alternatives if not one[0].blocks), [])
    rich: list[SourceText] = next((one for one in reversed(alternatives) if one[0].blocks), [])
    return rich if rich and _count_words(plain) <= _TRIVIAL * _count_words(rich) else plain


def _count_words(sources: Sequence[SourceText]) -> int:
    return sum(len(source.text.split()) for source in sources)


def _text_of(part: EmailMessage) -> list[SourceText]:
    """A part's source text; none where it holds no words."""
    try:
        return [_read_part(part)]
    except ReadError:
        return []


def _read_part(part: EmailMessage) -> SourceText:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        raise ReadError("a part of it holds no text")
    charset = _parameter(_raw(part, "Content-Type"), "charset")
    declared = None if charset.lower() in ("", "us-ascii", "ascii") else known_charset(charset)
    is_html = _kind(part) != "text/plain"
    text, codec, notes = decode(data, is_html=is_html, declared=declared)
    return (read_html if is_html else read_words)(text, codec, notes)


def _joined(sources: Sequence[SourceText]) -> SourceText:
    """Several parts of one kind as one text, an empty line between them."""
    text, blocks = "", list[Block]()
    for source in sources:
        text += "\n\n" if text else ""
        blocks.extend(replace(b, start=b.start + len(text), end=b.end + len(text)) for b in source.blocks)
        text += source.text
    return replace(sources[0], text=text, blocks=tuple(blocks))


def _attachment(part: EmailMessage) -> str | None:
    """What is attached is called; None for a part of the body and for a picture in it."""
    disposition = _raw(part, "Content-Disposition").strip().lower()
    is_text = _kind(part) in ("text/plain", "text/html")
    name = part.get_filename()
    if disposition.startswith("attachment") or not (is_text or _raw(part, "Content-ID")) or (is_text and name):
        if name is None and _kind(part) in ("text/calendar", "application/pgp-signature", "text/x-amp-html"):
            return None
        return _in_one_line(name)[:80] if name else f"a part without a name ({_in_one_line(_kind(part))[:60]})"
    return None


# --- parts and headers ------------------------------------------------------------------------------------


def _children(part: EmailMessage) -> list[EmailMessage]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, EmailMessage)] if isinstance(payload, list) else []


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """Every part that holds no others, in order; an attached mail is one part."""
    pending, seen = [message], 0
    while pending:
        part = pending.pop()
        seen += 1
        if seen > _MOST_PARTS:
            raise ReadError(f"it is made of more than {_MOST_PARTS} parts; save its text")
        if part.is_multipart() and _kind(part).startswith("multipart/"):
            pending.extend(reversed(_children(part)))
        else:
            yield part


def _raw(part: EmailMessage, name: str) -> str:
    """A header as it was sent, nothing of it decoded; empty where there is none or it is too long."""
    value = next((str(value) for key, value in part.raw_items() if key.lower() == name.lower()), "")
    return value if len(value) <= _LONGEST_HEADER else ""


def _kind(part: EmailMessage) -> str:
    value = _raw(part, "Content-Type").partition(";")[0].strip().lower()
    return value if value.count("/") == 1 else "text/plain"


def _parameter(header: str, name: str) -> str:
    found = re.search(rf";\s*{name}\*?\s*=\s*(?:\"([^\"]*)\"|([^\s;]+))", header, re.IGNORECASE)
    return (found[1] or found[2] or "").strip() if found else ""


def _hints(message: EmailMessage, kind: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        value = _raw(message, name)
        if name == "Date":
            try:
                said = parsedate_to_datetime(value).isoformat()
            except (TypeError, ValueError, IndexError, OverflowError):
                said = value
        else:
            said = _decoded(value)
        if said := _in_one_line(said):
            yield f"{kind}:{name.lower()}", said


def _decoded(value: str) -> str:
    """A header in words: its encoded words decoded, its raw bytes (which the parser keeps as surrogates) too."""
    try:
        value = decode(value.encode("utf-8", "surrogateescape"))[0]
        return str(make_header(decode_header(re.sub(r"\r?\n(?=[ \t])", "", value))))
    except (ReadError, LookupError, ValueError):
        return value


def _in_one_line(value: str) -> str:
    """`value` without line breaks, and with "?" for the bytes that the parser could not read."""
    return " ".join(value.split()).encode("utf-8", "replace").decode("utf-8")[:_LONGEST_HINT]
