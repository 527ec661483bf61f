"""DOCX becomes source text: what a reader of the document sees, read as the page that it would be.

Paragraphs and tables in the order of the document, headings as such, headers and footers once, footnotes at the end.
What was deleted or hidden is not text; what was inserted is. Guarantee: what a file unpacks to is looked at before it
is unpacked, and no entity or outside reference is followed.
"""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ingest.errors import ReadError
from ingest.read import SourceText, read_html

__all__ = ["read_docx"]

_MOST_UNPACKED = 150_000_000  # bytes, pictures and all
_MOST_XML = 40_000_000  # bytes of markup; a book has some three million
_MOST_RATIO = 200  # unpacked to packed, of markup of a million bytes or more; repetitive tables reach fifty
_MOST_PARTS = 10_000
_DEEPEST = 150  # elements within elements; a table in a table in a table has forty
_LONGEST_HINT = 1_000  # characters: what is longer is no title, name or date
_TEMPLATE_AUTHOR = "python-docx"  # of the empty document that this library starts from, made in 2013
_OTHERS = (
    ("xl/", "an Excel workbook; save each article of it as text"),
    ("ppt/", "a PowerPoint presentation; save it as PDF"),
    ("content.xml", "an OpenDocument file; save it as .docx"),
    ("META-INF/container.xml", "an EPUB book; save its articles as HTML"),
)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_UNSEEN = frozenset(
    _W + name for name in ("del", "moveFrom", "delText", "instrText", "delInstrText", "pPr", "rPr", "tblPr", "rt")
)
_HEADING = re.compile(r"heading ([1-6])", re.IGNORECASE)
_NAMED = {"title": "h1", "subtitle": "h2"}


def read_docx(data: bytes) -> SourceText:
    """Everything visible of a Word document, its paragraphs as the blocks of a page.

    Raises:
        ReadError: It is another kind of file, damaged, protected, or unpacks to too much.
    """
    _look_before_unpacking(data)
    from docx.opc.package import OpcPackage

    try:
        package = OpcPackage.open(io.BytesIO(data))
        part = package.main_document_part
        if "wordprocessingml" not in part.content_type and "ms-word" not in part.content_type:
            raise ReadError("it is an office document but not one of Word; save it as .docx or PDF")
        page = _Page(_Styles.of(part))
        page.document(part)
        hints = tuple(_hints(package))
    except ReadError:
        raise
    except Exception as error:  # damage trips the library in more ways than it has names for
        raise ReadError(_damaged(str(error) or type(error).__name__)) from error
    if not page.has_words:
        raise ReadError("the document holds no text")
    source = read_html(f"<!doctype html><html><body>{''.join(page.markup)}</body></html>")
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return replace(source, codec="docx", media_type=media_type, hints=hints)


def _look_before_unpacking(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except Exception as error:  # zipfile raises what its fields trip
        raise ReadError(_damaged(str(error))) from error
    names = {part.filename for part in parts}
    if not any(name.startswith("word/") for name in names):
        what = next((what for start, what in _OTHERS if any(name.startswith(start) for name in names)), None)
        raise ReadError(f"it is {what or 'a ZIP archive; unpack it, or name it .zip if it holds articles'}")
    if any(part.flag_bits & 1 for part in parts):
        raise ReadError("it is protected by a password; save it again without one")
    markup = [part for part in parts if part.filename.lower().endswith((".xml", ".rels"))]
    bombs = [part for part in markup if part.file_size > max(1_000_000, _MOST_RATIO * part.compress_size)]
    unpacked, xml = sum(part.file_size for part in parts), sum(part.file_size for part in markup)
    if bombs or unpacked > _MOST_UNPACKED or xml > _MOST_XML or len(parts) > _MOST_PARTS:
        raise ReadError(
            f"it unpacks to more than a document holds ({unpacked // 1_000_000} MB); save it as text or PDF"
        )


@dataclass(frozen=True, slots=True)
class _Styles:
    """Of the paragraph styles, by id: what is a heading, and what is hidden; of character styles, what is hidden."""

    tags: dict[str, str]
    hidden: frozenset[str]

    @classmethod
    def of(cls, part: Any) -> _Styles:
        root = next((_root(rel.target_part) for rel in _rels(part) if rel.reltype.endswith("/styles")), None)
        styles = {} if root is None else {style.get(f"{_W}styleId"): style for style in root.iter(f"{_W}style")}
        tags: dict[str, str] = {}
        hidden: set[str] = set()
        for name, style in styles.items():
            lineage = list(_lineage(style, styles))
            tag = next((tag for one in lineage if (tag := _style_tag(one))), None)
            if tag:
                tags[name] = tag
            if next((seen for one in lineage if (seen := _is_hidden(one)) is not None), False):
                hidden.add(name)
        return cls(tags, frozenset(hidden))


def _lineage(style: Any, styles: dict[str, Any]) -> Iterator[Any]:
    for _ in range(20):  # styles may be based on each other in a circle
        yield style
        parent = styles.get(_value(style.find(f"{_W}basedOn")) or "")
        if parent is None:
            return
        style = parent


def _style_tag(style: Any) -> str | None:
    name = (_value(style.find(f"{_W}name")) or "").strip()
    heading = _HEADING.fullmatch(name)
    return f"h{heading[1]}" if heading else _NAMED.get(name.lower()) or _outline_tag(style.find(f"{_W}pPr"))


def _outline_tag(properties: Any) -> str | None:
    level = _value(properties.find(f"{_W}outlineLvl")) if properties is not None else None
    return f"h{int(level) + 1}" if level in ("0", "1", "2", "3", "4", "5") else None


def _is_hidden(element: Any) -> bool | None:
    """What a run's or a style's properties say of being hidden; None where they say nothing."""
    vanish = element.find(f"{_W}rPr/{_W}vanish")
    return None if vanish is None else (_value(vanish) or "1") not in ("0", "false", "off")


def _value(element: Any) -> str | None:
    value = element.get(f"{_W}val") if element is not None else None
    return value if isinstance(value, str) else None


@dataclass(slots=True)
class _Page:
    """The markup of the page so far, and the text boxes that stand beside the paragraph being read."""

    styles: _Styles
    markup: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    has_words: bool = False

    def document(self, part: Any) -> None:
        body = _root(part).find(f"{_W}body")
        if body is None:
            raise ReadError(_damaged("it has no body"))
        for kind in ("header", "footer"):
            if kind == "footer":
                self.blocks(body)
                self.notes(part)
            seen: set[str] = set()
            for reference in body.iter(f"{_W}{kind}Reference"):
                furniture = _Page(self.styles)
                furniture.blocks(_root(part.rels[reference.get(_RELATION)].target_part))
                words = "".join(furniture.markup)
                if furniture.has_words and words not in seen:
                    seen.add(words)
                    self.markup.append(f"<{kind}>{words}</{kind}>")

    def notes(self, part: Any) -> None:
        for rel in _rels(part):
            if rel.reltype.endswith(("/footnotes", "/endnotes")):
                notes = [note for note in _root(rel.target_part) if not note.get(f"{_W}type")]  # not the separators
                self.markup.append("<aside>")
                for note in notes:
                    self.blocks(note)
                self.markup.append("</aside>")

    def blocks(self, parent: Any, depth: int = 0) -> None:
        """The paragraphs and tables in `parent`."""
        _refuse_depth(depth)
        for child in _seen(parent):
            if child.tag == f"{_W}p":
                self.paragraph(child, depth)
            elif child.tag == f"{_W}tbl":
                self.markup.append("<table>")
                self.rows(child, depth + 1)
                self.markup.append("</table>")
            else:
                self.blocks(child, depth + 1)

    def rows(self, parent: Any, depth: int) -> None:
        _refuse_depth(depth)
        for child in _seen(parent):
            properties = child.find(f"{_W}trPr") if child.tag == f"{_W}tr" else child.find(f"{_W}tcPr")
            if child.tag == f"{_W}tr" and (properties is None or properties.find(f"{_W}del") is None):
                self.markup.append("<tr>")
                self.rows(child, depth + 1)
                self.markup.append("</tr>")
            elif child.tag == f"{_W}tc":
                merged = properties.find(f"{_W}vMerge") if properties is not None else None
                if merged is None or _value(merged) == "restart":  # the others lie under the cell above
                    self.markup.append("<td>")
                    self.blocks(child, depth + 1)
                    self.markup.append("</td>")
            elif child.tag != f"{_W}tr":
                self.rows(child, depth + 1)

    def paragraph(self, paragraph: Any, depth: int) -> None:
        properties = paragraph.find(f"{_W}pPr")
        style = _value(properties.find(f"{_W}pStyle")) if properties is not None else None
        if style in self.styles.hidden:
            return
        is_item = properties is not None and properties.find(f"{_W}numPr") is not None
        tag = _outline_tag(properties) or self.styles.tags.get(style or "") or ("li" if is_item else "p")
        self.markup.append(f"<{tag}>")
        self.words(paragraph, depth)
        self.markup.append(f"</{tag}>")
        boxes, self.boxes = self.boxes, []
        for box in boxes:
            self.markup.append("<div>")
            self.blocks(box, depth + 1)
            self.markup.append("</div>")

    def words(self, parent: Any, depth: int) -> None:
        """The runs in `parent`; text boxes wait for the end of the paragraph."""
        _refuse_depth(depth)
        for child in _seen(parent):
            if child.tag in (f"{_W}t", _M_TEXT):
                self.markup.append(html.escape(child.text or "", quote=False))
                self.has_words = self.has_words or bool((child.text or "").strip())
            elif child.tag in (f"{_W}br", f"{_W}cr"):
                self.markup.append("<br>")
            elif child.tag in (f"{_W}tab", f"{_W}ptab"):
                self.markup.append(" ")
            elif child.tag == f"{_W}noBreakHyphen":
                self.markup.append("-")
            elif child.tag == f"{_W}txbxContent":
                self.boxes.append(child)
            elif child.tag != f"{_W}r" or not self.is_hidden(child):
                self.words(child, depth + 1)

    def is_hidden(self, run: Any) -> bool:
        own = _is_hidden(run)
        style = _value(run.find(f"{_W}rPr/{_W}rStyle"))
        return style in self.styles.hidden if own is None else own


def _seen(parent: Any) -> Iterator[Any]:
    """The children of an element that a reader of the document sees; of alternatives, the first."""
    for child in parent:
        if child.tag == f"{_COMPATIBLE}AlternateContent":
            yield from child[:1]
        elif isinstance(child.tag, str) and child.tag not in _UNSEEN:
            yield child


def _refuse_depth(depth: int) -> None:
    if depth > _DEEPEST:
        raise ReadError("its document is nested too deeply to be read whole; save it again as .docx or text")


def _root(part: Any) -> Any:
    from docx.oxml.parser import parse_xml

    element = getattr(part, "element", None)  # only the parts that the library knows are parsed by it
    return parse_xml(part.blob) if element is None else element


def _rels(part: Any) -> list[Any]:
    return [rel for rel in part.rels.values() if not rel.is_external]


def _hints(package: Any) -> Iterator[tuple[str, str]]:
    """What the document's properties say; the library would invent them where there are none."""
    if not any(rel.reltype.endswith("/core-properties") for rel in package.rels.values()):
        return
    core = package.core_properties
    for name in ("title", "author", "subject", "language", "created", "modified"):
        value = getattr(core, name)
        said = value.isoformat() if isinstance(value, dt.datetime) else " ".join(str(value or "").split())
        from_template = core.author == _TEMPLATE_AUTHOR and name in ("author", "created", "modified")
        if said and not from_template:
            yield f"docx:{name}", said[:_LONGEST_HINT]


def _damaged(why: str) -> str:
    return f"it is a damaged Word document ({' '.join(why.split())[:100]}); open it and save it again as .docx"
