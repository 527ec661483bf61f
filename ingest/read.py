"""A file becomes source text, whatever its format and encoding: the text that every span in the project counts.

The bytes alone decide how they are read, never the name of the file: copies of one content are one article.
(That a file is a container of many is told by its name, `ingest.article.is_container` says why; each article in it is
again read by its content alone.)
Guarantee for a text or Markdown file: source text is its bytes decoded, a byte order mark removed, no newline
translated. For HTML, and for what is read as a page is (DOCX, saved pages, mail in HTML), it is everything visible, in
order, with block boundaries as newlines; the converter judges nothing, and what the markup says of each block travels
beside the text, for `ingest.body` and `ingest.metadata` to weigh. A change to what this file and those it calls return
for the same bytes is a new CONVERTER_VERSION.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from ingest.decode import BOMS, damage_of, decode
from ingest.errors import ReadError
from ingest.files import MAX_FILE_BYTES, size_limit

__all__ = ["CONVERTER_VERSION", "Block", "SourceText", "read_bytes", "read_html", "read_text", "read_words"]

CONVERTER_VERSION = "4"

_READ = "text, HTML, Markdown, PDF, DOCX, mail and saved pages are read"
_GZIP = b"\x1f\x8b"
_MOST_GZIPS = 2  # one inside another: a page that a server sent packed, packed again
_PDF = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,64}%PDF-")
_ZIP = b"PK\x03\x04"
_SIGNATURES = (
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document (save it as .docx)"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "a SQLite database"),
)
_SIGNATURE_PATTERNS = (  # an article may begin with the letters alone: "RIFFRAFF festival opens"
    (re.compile(rb"RIFF.{4}(?:WAVE|AVI |WEBP|RMID|ACON|CDXA|sfbk)", re.DOTALL), "a RIFF media file"),
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), "a bzip2 archive"),
)
_SAMPLE = 65_536  # bytes in which a page is told from a text
# No possessive group: Python before 3.11.5 matches those wrongly. Nothing here can match in two ways, so it is fast.
_PROLOGUE = rb"\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:[^-]|-(?!->))*-->\s*+)*"
_DOCTYPE = re.compile(_PROLOGUE + rb"<!doctype\s+html\b", re.IGNORECASE)
_TAG_START = re.compile(_PROLOGUE + rb"</?[a-z][a-z0-9]*[\s/>]", re.IGNORECASE)
_TAG_END = re.compile(rb"<[^<>]*>\s*\Z")
_PAGE_TAG = re.compile(rb"</?(?:html|head|body)[\s>]", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    rb"</?(?:html|head|body|title|meta|link|script|style|p|div|br|hr|h[1-6]|[uod]l|li|d[td]|t[rdh]|table|article|section"
    rb"|main|header|footer|nav|aside|blockquote|pre|form|center)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_FEWEST_TAGS = 3  # a text that tells of HTML may quote one or two
_MANY_TAGS = 20
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_SHARE = 0.005  # of the characters: a stray form feed or bell is text, a hundredth of them is not


@dataclass(frozen=True, slots=True)
class Block:
    """What the markup says of one line of a page's source text.

    `tag` is the block element the line lies in; `path` the elements around its first character, outermost
    first, each with its id, classes and item property (`div#main.story>p`), at most twelve of them;
    `link_chars` how many of its characters lie in a link; `after_break` whether a line break (`<br>`) alone
    parts it from the line above, in the same block.
    """

    start: int
    end: int
    tag: str
    path: str
    link_chars: int
    after_break: bool = False


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of one file, and what its markup said beside it.

    For text files `text == data.decode(codec)`, save that a damaged UTF-8 file is decoded with U+FFFD for
    what could not be read. `blocks` is in reading order and empty for plain text. `hints` are pairs in
    document order: ("title", …), ("lang", …), ("canonical", …), ("meta:NAME", …), ("time:datetime", …),
    ("itemprop:NAME", …), ("jsonld:NAME", …); ("htmldate:published", DAY) for a page whose markup states no day plainly;
    after those ("field:NAME", …) of a line of a container, ("front:NAME", …) of the front matter of a Markdown file
    and ("heading:title", …) of its first heading; of other formats ("pdf:NAME", …), ("docx:NAME", …), ("mail:NAME", …)
    and ("mhtml:NAME", …). `notes` are remarks for people on how it was read, such as a guessed encoding.
    `body_start` is where the text below the head of a Markdown file starts.
    `markup` is the page as it was decoded, for article extractors to judge; empty for plain text.
    """

    text: str
    codec: str
    media_type: str
    blocks: tuple[Block, ...] = ()
    hints: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    body_start: int = 0
    markup: str = field(default="", repr=False)


def read_bytes(data: bytes) -> SourceText:
    """Turn the bytes of a file into source text; the same bytes always give the same.

    Raises:
        ReadError: The file is empty, holds no text, is binary, damaged, protected, or in a format that is not read.
    """
    for _ in range(_MOST_GZIPS):
        if not data.startswith(_GZIP):
            break
        data = _unpacked(data)
    if not data.strip():
        raise ReadError("the file is empty")
    if _PDF.match(data):
        from ingest.pdf import read_pdf  # what reads a format is loaded when there is a file of it

        return _no_longer_than_a_text(read_pdf(data))
    if data.startswith(_ZIP):
        from ingest.docx import read_docx

        return _no_longer_than_a_text(read_docx(data))
    _refuse_what_is_not_read(data)
    from ingest.mail import is_message, read_message

    if is_message(data):
        return read_message(data)
    is_html = _is_html(data)
    text, codec, notes = decode(data, is_html=is_html)
    if is_html:
        return read_html(text, codec, notes)
    from ingest.markdown import as_markdown

    return as_markdown(read_words(text, codec, notes))


def read_text(text: str) -> SourceText:
    """Turn a string that was encoded as UTF-8 into source text: as it stands, or a page's as `read_bytes` would.

    Raises:
        ReadError: It holds no text, or is binary.
    """
    return read_html(text) if _is_html(text.encode("utf-8", "replace")) else read_words(text)


def read_words(text: str, codec: str = "utf-8", notes: tuple[str, ...] = ()) -> SourceText:
    """Source text that is `text` as it stands, which `codec` gave.

    Raises:
        ReadError: It holds no words, or is binary.
    """
    _refuse_binary(text)
    if not text.strip():
        raise ReadError("the file holds nothing but white space")
    return SourceText(text=text, codec=codec, media_type="text/plain", notes=(*notes, *damage_of(text)))


def read_html(markup: str, codec: str = "utf-8", notes: tuple[str, ...] = ()) -> SourceText:
    """Source text of a page: everything visible in `markup`, which `codec` gave.

    Raises:
        ReadError: Nothing is visible, it is nested too deeply, or is binary.
    """
    _refuse_binary(markup)
    page = _read_page(markup, codec)
    return replace(page, notes=(*notes, *damage_of(page.text)))


def _no_longer_than_a_text(source: SourceText) -> SourceText:
    """`source` of a file that may be larger than a text file, because of its pictures."""
    if len(source.text) > MAX_FILE_BYTES:
        raise ReadError(
            f"it holds more than {MAX_FILE_BYTES // 1_000_000} MB of text; split it into one file an article"
        )
    return source


def _refuse_binary(text: str) -> None:
    control = len(_CONTROL.findall(text))
    if "\0" in text or control > _CONTROL_SHARE * len(text):
        raise ReadError(f"it is a binary file: {control} of its {len(text)} characters are control characters")


def _refuse_what_is_not_read(data: bytes) -> None:
    if data.startswith(_GZIP):
        raise ReadError(f"it is gzip packed more than {_MOST_GZIPS} times; unpack it")
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise ReadError(f"it is {what}; {_READ}")
    for pattern, what in _SIGNATURE_PATTERNS:
        if pattern.match(data):
            raise ReadError(f"it is {what}; {_READ}")


def _unpacked(data: bytes) -> bytes:
    """What a gzip file holds, all its members, up to the size that a file of that format may have."""
    unpacked, limit = b"", 0
    try:
        while data.startswith(_GZIP):
            member = zlib.decompressobj(wbits=31)
            limit = limit or size_limit(member.decompress(data, 8))
            member = zlib.decompressobj(wbits=31)
            unpacked += member.decompress(data, limit + 1 - len(unpacked))
            if len(unpacked) > limit:
                raise ReadError(f"it unpacks to more than {limit // 1_000_000} MB; split it into one file an article")
            if not member.eof:
                raise ReadError("its gzip archive is cut off; make or fetch it again")
            data = member.unused_data.lstrip(b"\0")  # padding is allowed
    except zlib.error as error:
        raise ReadError(f"its gzip archive is damaged ({error}); make or fetch it again") from error
    return unpacked


def _is_html(data: bytes) -> bool:
    """Whether it is a page or a part of one: it begins as a page does, or tags and not line breaks divide it."""
    for bom, codec in BOMS:
        if data.startswith(bom):
            data = data[: 4 * _SAMPLE].decode(codec, errors="ignore").encode()
    sample = data[:_SAMPLE]
    if _DOCTYPE.match(sample):
        return True
    tags = len(_BLOCK_TAG.findall(sample))
    if tags >= 2 and _TAG_START.match(sample) and (_PAGE_TAG.search(sample) or _TAG_END.search(data[-_SAMPLE:])):
        return True
    lines = sum(bool(line.strip()) for line in sample.splitlines())
    if tags >= _MANY_TAGS and _PAGE_TAG.search(data):
        return True
    return tags >= max(_FEWEST_TAGS, lines)


# --- HTML -------------------------------------------------------------------------------------------------

# fmt: off
_DROPPED = frozenset({
    "script", "style", "noscript", "template", "head", "title", "meta", "link", "base", "iframe", "object",
    "embed", "applet", "svg", "canvas", "audio", "video", "map", "select", "datalist", "textarea", "noframes",
    "frameset", "param", "source", "track",
})
_PARAGRAPH_LIKE = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "article", "section", "header", "footer", "nav",
    "aside", "main", "figure", "pre", "ul", "ol", "dl", "table", "form", "fieldset", "hr",
})
_BLOCK_LIKE = _PARAGRAPH_LIKE | frozenset({
    "html", "body", "div", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "caption",
    "figcaption", "address", "details", "summary", "center", "legend", "option", "hgroup", "search", "dialog",
    "menu", "dir",
})
# fmt: on
_HIDDEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\n\r\f]+")
_PATH_LENGTH = 12
_LAST_DAY = "2099-12-31"  # else it would be today, and the same bytes would be read otherwise tomorrow
_STATES_THE_DAY = frozenset({
    "meta:article:published_time", "jsonld:datepublished", "itemprop:datepublished", "meta:datepublished",
    "meta:og:published_time", "meta:parsely-pub-date", "meta:pubdate", "meta:publishdate", "meta:publish-date",
})  # fmt: skip
_HINTED_JSON = ("@type", "headline", "datePublished", "dateModified", "dateCreated", "articleBody", "articleSection")


def _read_page(markup: str, codec: str) -> SourceText:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(markup.encode("utf-8"), parser)
    except etree.LxmlError as error:
        raise ReadError(f"its HTML cannot be parsed: {error}") from error
    if any("Excessive depth" in entry.message for entry in parser.error_log):
        raise ReadError("its HTML is nested too deeply to be read whole")
    if root is None:
        raise ReadError("the page holds no text")
    page = _Page()
    for node, entering in _walk(root):
        if entering:
            page.enter(node)
        else:
            page.leave(node)
    page.end_line()
    text = "".join(page.pieces)
    if not text.strip():
        raise ReadError("the page holds no visible text")
    hints = tuple(_hints(root))
    if not any(name.lower() in _STATES_THE_DAY for name, _ in hints):
        hints += tuple(_pair("htmldate:published", _day_by_its_look(markup)))
    return SourceText(text, codec, "text/html", tuple(page.blocks), hints, markup=markup)


def _day_by_its_look(markup: str) -> str | None:
    """The day that htmldate finds in the markup; some 2 ms for a page, so for those alone that state none plainly."""
    import htmldate

    try:
        day = htmldate.find_date(markup, original_date=True, min_date="1995-01-01", max_date=_LAST_DAY)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):  # strange markup trips it
        return None
    return None if day is None else str(day)


def _walk(root: etree._Element) -> Iterator[tuple[etree._Element, bool]]:
    """Every visible element, entered and left, in document order and without recursion."""
    pending: list[tuple[etree._Element, bool]] = [(root, True)]
    while pending:
        node, entering = pending.pop()
        visible = _is_visible(node)
        if entering and visible:
            yield node, True
            pending.append((node, False))
            pending.extend((child, True) for child in reversed(node))
        else:  # leaving, or invisible: only the text after it counts
            yield node, False


def _is_visible(node: etree._Element) -> bool:
    tag = node.tag
    if not isinstance(tag, str) or tag in _DROPPED or node.get("hidden") is not None:
        return False
    return not _HIDDEN_STYLE.search(node.get("style") or "")


@dataclass
class _Page:
    """The text so far, the line being filled, and the elements around it."""

    pieces: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    length: int = 0
    line: list[str] = field(default_factory=list)
    link_chars: int = 0
    links: int = 0
    preformatted: int = 0
    gap: str = ""
    labels: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    open: list[etree._Element] = field(default_factory=list)
    where: tuple[str, str] = ("", "")
    edges: int = 0  # since the line above: 1 for a line break, 2 for the edge of a block

    def enter(self, node: etree._Element) -> None:
        tag = str(node.tag)
        if tag == "br":
            self.end_line("\n", edges=1)
        elif tag in _BLOCK_LIKE:
            self.end_line("\n\n" if tag in _PARAGRAPH_LIKE else "\n")
            self.tags.append(tag)
        self.labels.append(_label(node))
        self.open.append(node)
        self.links += tag == "a"
        self.preformatted += tag == "pre"
        self.add(node.text)

    def leave(self, node: etree._Element) -> None:
        if self.open and self.open[-1] is node:
            tag = str(node.tag)
            if tag in _BLOCK_LIKE:
                self.end_line("\n\n" if tag in _PARAGRAPH_LIKE else "\n")
                self.tags.pop()
            self.labels.pop()
            self.open.pop()
            self.links -= tag == "a"
            self.preformatted -= tag == "pre"
        elif node.tag in _BLOCK_LIKE:
            self.end_line("\n")
        if self.open:  # what follows the root element is outside the page
            self.add(node.tail)

    def add(self, words: str | None) -> None:
        if not words:
            return
        if not self.preformatted:
            words = _SPACE.sub(" ", words)
            if words[0] == " " and (not self.line or self.line[-1].endswith(" ")):
                words = words[1:]
        if not words:
            return
        if not self.line:
            self.where = (self.tags[-1] if self.tags else "", ">".join(self.labels[-_PATH_LENGTH:]))
        self.line.append(words)
        if self.links:
            self.link_chars += len(words.strip())

    def end_line(self, gap: str = "\n", edges: int = 2) -> None:
        """Close the line being filled; the next one starts after `gap`, the widest asked for."""
        words = "".join(self.line).strip(" \t\n\r\f")
        if words:
            if self.length:
                self.pieces.append(self.gap)
                self.length += len(self.gap)
            start, self.length = self.length, self.length + len(words)
            self.pieces.append(words)
            tag, path = self.where
            linked = min(self.link_chars, len(words))
            self.blocks.append(Block(start, self.length, tag, path, linked, self.edges == 1))
            self.gap = ""
            self.edges = 0
        self.line.clear()
        self.link_chars = 0
        self.gap = max(self.gap, gap, key=len)
        self.edges += edges


def _label(node: etree._Element) -> str:
    parts = [str(node.tag)]
    if node.get("id"):
        parts.append("#" + "_".join(node.get("id").split())[:60])
    parts.extend("." + name[:60] for name in (node.get("class") or "").split()[:6])
    if node.get("itemprop"):
        parts.append(f"[{node.get('itemprop')[:40]}]")
    return "".join(parts).replace(">", "")


def _hints(root: etree._Element) -> Iterator[tuple[str, str]]:
    """What the markup says about the page as a whole, each value with where it was said."""
    if root.get("lang"):
        yield "lang", root.get("lang").strip()
    for node in root.iter("title", "meta", "link", "time", "script"):
        tag = node.tag
        if tag == "title":
            yield from _pair("title", node.text)
        elif tag == "meta":
            name = node.get("property") or node.get("name") or node.get("itemprop")
            yield from _pair(f"meta:{name}", node.get("content") if name else None)
        elif tag == "link" and "canonical" in (node.get("rel") or "").lower().split():
            yield from _pair("canonical", node.get("href"))
        elif tag == "time":
            yield from _pair("time:datetime", node.get("datetime"))
        elif tag == "script" and "ld+json" in (node.get("type") or ""):
            yield from _json_hints(node.text or "")
    for node in root.iter():
        name = node.get("itemprop") if isinstance(node.tag, str) and node.tag != "meta" else None
        if name in ("datePublished", "dateModified", "author", "headline"):
            yield from _pair(
                f"itemprop:{name}", node.get("content") or node.get("datetime") or "".join(node.itertext())
            )


def _pair(name: str, value: str | None) -> Iterator[tuple[str, str]]:
    value = _SPACE.sub(" ", value or "").strip()
    if value:
        yield name, value


def _json_hints(script: str) -> Iterator[tuple[str, str]]:
    try:
        pending: list[object] = [json.loads(script, strict=False)]
    except (ValueError, RecursionError):
        return
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(reversed(value))
        elif isinstance(value, Mapping):
            for name in _HINTED_JSON:
                for said in value[name] if isinstance(value.get(name), list) else [value.get(name)]:
                    yield from _pair(f"jsonld:{name}", said if isinstance(said, str) else None)
            for name in ("author", "publisher"):
                for party in value[name] if isinstance(value.get(name), list) else [value.get(name)]:
                    named = party.get("name") if isinstance(party, Mapping) else party
                    yield from _pair(f"jsonld:{name}", named if isinstance(named, str) else None)
            pending.extend(part for key, part in value.items() if key in ("@graph", "mainEntity", "mainEntityOfPage"))
