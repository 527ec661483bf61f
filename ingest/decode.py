"""Bytes become characters: the encoding is taken from what is declared, and a guess is told as one.

Nothing is repaired. What was damaged before the file came here (characters that could not be read, UTF-8 that someone
read as Windows-1252) stays as it is, so that citations are exact, and is told beside the text.
"""

from __future__ import annotations

import codecs
import re

import charset_normalizer

from ingest.errors import ReadError

__all__ = ["BOMS", "damage_of", "decode", "known_charset"]

BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]+)", re.IGNORECASE)
_DAMAGED = re.compile("\ufffd+")
_UTF8_PAIR = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
_NO_PAGE_IS_IN = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})
_MISREAD = re.compile(r"[^\W\d_]{2}[\xa1-\xa8\xac\xaf\xb1-\xb6\xb8\xb9\xbc-\xbf\xd7\xf7\u02c6](?!\d)")

# UTF-8 that was read as a single-byte encoding. No pattern may fit what people write: a capital letter before a curly
# quote or an ellipsis ("CAFÉ…", "Spaß“") is two bytes of UTF-8 read as Windows-1252 too, so only these leads count.
_MOJIBAKE = re.compile(
    "â(?:€[\x80-\xff\u0152-\u017e\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|[\x80-\x9f]{2})"  # ’ “ – …
    "|Ã[\x80-\xa9\xab-\xba\xbc-\xbf\u0192\u2020\u2030]"  # é à ü; not ª and »
    "|Â[\xa0-\xa9\xac-\xb9\xbc-\xbf]"  # a no-break space, £, °
    "|ðŸ[\x80-\xff\u0152-\u2122]"  # emoji
    "|(?:[ÐÑ][\x80-\xbf\u0152-\u2122]){3}"  # Cyrillic
    "|вЂ[\u2122\u045a\u045c\u201c\u201d\u00a6\u0153]"  # read as Windows-1251
    "|‚Ä[ôúùîìò¶]|√©"  # read as Mac Roman
)


def decode(data: bytes, *, is_html: bool = False, declared: str | None = None) -> tuple[str, str, tuple[str, ...]]:
    """The text, the codec that gave it, and a note if that was guessed.

    In this order: a byte order mark, what was `declared` beside the bytes (in a mail, say), UTF-8, a page's own word,
    Windows-1252 or a guess.

    Raises:
        ReadError: it is binary, or in no encoding that is recognised.
    """
    for bom, codec in BOMS:
        if data.startswith(bom):
            try:
                return data.decode(codec), codec, ()
            except UnicodeDecodeError as error:
                raise ReadError(f"it starts like {codec} but is not: {error.reason} at byte {error.start}") from error
    if declared is not None and (text := _decoded(data, declared)) is not None:
        return text, declared, ()
    if (text := _decoded(data, "utf-8")) is not None:
        return text, "utf-8", ()
    if b"\0" in data:
        raise ReadError("it is a binary file: it holds NUL bytes")
    own = _declared_codec(data) if is_html else None
    if own is not None and (text := _decoded(data, own)) is not None:
        return text, own, ()
    damaged = data.decode("utf-8", errors="replace")
    if len(_UTF8_PAIR.findall(data)) > 4 * len(_DAMAGED.findall(damaged)):
        return damaged, "utf-8", ()  # nearly all of it is UTF-8: cut off or spliced, not another encoding
    text, codec = _decode_legacy(data)
    told = declared or own
    why = f"it is not in the encoding it declares ({told})" if told else "its encoding is not declared"
    return text, codec, (f"{why}: read as {_as_people_say(codec)}, which was detected",)


def damage_of(text: str) -> tuple[str, ...]:
    """Notes on what of `text` was lost or misread before it came here; none for what is sound."""
    lost = text.count("\ufffd")
    notes = [f"{lost} character{'s' * (lost > 1)} could not be read"] if lost else []
    misread = _MOJIBAKE.findall(text)
    if misread:
        times = f"{len(misread)} times" if len(misread) > 1 else "once"
        notes.append(f"it was saved in a wrong encoding before it came here: “{misread[0]}” and the like, {times}")
    return tuple(notes)


def known_charset(name: str | None) -> str | None:
    """The codec of a declared charset, as browsers read it; None for what no page or mail can be in."""
    try:
        info = codecs.lookup((name or "").strip(" \"'"))
    except (LookupError, ValueError):  # ValueError: a name with a NUL in it
        return None
    if not info._is_text_encoding or info.name in _NO_PAGE_IS_IN:
        return None
    return "cp1252" if info.name in ("iso8859-1", "ascii") else info.name


def _decoded(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeError:
        return None


def _declared_codec(data: bytes) -> str | None:
    found = _META_CHARSET.search(data[:8192])
    codec = known_charset(found.group(1).decode("ascii")) if found else None
    if codec is None or codec.startswith(("utf-16", "utf-32")):
        return None  # without a mark: the declaration could not be read if it were true
    return codec


def _decode_legacy(data: bytes) -> tuple[str, str]:
    """Windows-1252 where it reads like western text, else what charset-normalizer detects.

    The detector is unsure of short western text with curly quotes (it prefers Baltic or Central European
    code pages), so Windows-1252 goes first where few letters are beyond ASCII and none looks misread.
    """
    western = _decoded(data, "cp1252")
    if western is not None:
        letters = sum(char.isalpha() for char in western)
        beyond = sum(char.isalpha() and char > "\x7f" for char in western)
        if beyond <= 0.3 * letters and not _MISREAD.search(western):
            return western, "cp1252"
    best = charset_normalizer.from_bytes(data).best()
    if best is not None and not best.encoding.startswith(("utf_16", "utf_32")):
        try:
            return data.decode(best.encoding), best.encoding
        except (LookupError, UnicodeDecodeError):
            pass
    if western is not None:
        return western, "cp1252"
    raise ReadError("its encoding is not recognised: save it as UTF-8")


def _as_people_say(codec: str) -> str:
    codec = codec.replace("_", "-")
    return re.sub(r"^cp(?=125\d$)", "windows-", codec)
