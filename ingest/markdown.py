"""A text that looks like Markdown: not a character of it changes; its head and its title are told beside it.

The head (front matter) is what stands between two lines of `---` at the very top, `name: value` a line. What it says
is looked up as fields are, and the article begins below it. Only plain `name: value` lines and lists are understood:
the head of an article needs no more, and a whole YAML reader would be one more thing that a strange file can trip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.errors import ReadError

if TYPE_CHECKING:
    from ingest.read import SourceText

__all__ = ["as_markdown"]

_LONGEST_HEAD = 20_000  # characters, and of a value 1,000: what is longer is no title, name, date or address
_LONGEST_VALUE = 1_000
_HEAD = re.compile(r"\s*---[ \t]*\r?\n(?P<lines>(?:[^\r\n]*\r?\n){0,200}?)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
_FIELD = re.compile(r"(?P<name>[A-Za-z][\w-]{0,40})[ \t]*:(?:[ \t]+(?P<value>.*))?")
_ITEM = re.compile(r"[ \t]*-[ \t]+(?P<value>.*)")
_LISTS = frozenset({"author", "authors", "byline"})
_NAMES = frozenset({"title", "headline", "date", "published", "author", "authors", "byline", "url", "source", "slug"})
_LOOKED_AT = 100_000  # characters in which Markdown is told from a text
_TOP = 2_000  # characters in which its title stands, if it has one
_FIRST_TITLE = re.compile(r"\s*#[ \t]+\S")
_TITLE = re.compile(r"^ {0,3}#[ \t]+(?P<title>[^\r\n]{1,400})(?=[\r\n]|\Z)", re.MULTILINE)
_UNDERLINED = re.compile(r"\s*(?P<title>\w[^\r\n]{0,400})\r?\n={3,}[ \t]*(?=[\r\n]|\Z)")
_SIGNS = (  # two kinds of them tell Markdown from a text that holds a stray one
    re.compile(r"^#{1,6}[ \t]+\w", re.MULTILINE),
    re.compile(r"!?\[[^\]\r\n]{0,300}\]\((?:https?://|/|#|mailto:|\.)[^)\s]{0,500}(?:[ \t]+\"[^\"\r\n]{0,200}\")?\)"),
    re.compile(r"(?<![\w*])\*\*[^\s*][^*\r\n]{0,300}\*\*(?![\w*])"),
    re.compile(r"^```", re.MULTILINE),
    re.compile(r"^\[[^\]\r\n]{1,60}\]:[ \t]+\S", re.MULTILINE),
    re.compile(r"^>[ \t]+\w", re.MULTILINE),
)
_MARKS = (
    (re.compile(r"!?\[([^\]]{0,300})\](?:\([^)]{0,500}\)|\[[^\]]{0,60}\])"), r"\1"),
    (re.compile(r"(\*\*|__|`)(?=\S)(.{1,300}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])([*_])(?=\S)(.{1,300}?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)


def as_markdown(source: SourceText) -> SourceText:
    """`source`, a text file's, with what its Markdown says; unchanged where it does not look like Markdown."""
    head = _HEAD.match(source.text[:_LONGEST_HEAD])
    fields = tuple(_fields(head["lines"])) if head else ()
    start = head.end() if head and fields else 0
    below = source.text[start : start + _LOOKED_AT]
    if not fields and not _FIRST_TITLE.match(below) and sum(bool(sign.search(below)) for sign in _SIGNS) < 2:
        return source
    if not source.text[start:].strip():
        raise ReadError("no article in it: nothing stands below its front matter")
    hints = [(f"front:{name}", value) for name, value in fields]
    if not any(name in ("title", "headline") for name, _ in fields):
        title = _UNDERLINED.match(below) or _TITLE.search(below[:_TOP])
        words = _without_marks(title["title"]) if title else ""
        if words:
            hints.append(("heading:title", words))
    return replace(source, media_type="text/markdown", hints=(*source.hints, *hints), body_start=start)


def _fields(lines: str) -> Iterator[tuple[str, str]]:
    """Names in small letters and values of a head; nothing if it is none, but a text between two rules."""
    found: list[tuple[str, str]] = []
    name = ""
    for line in lines.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        field, item = _FIELD.fullmatch(line), _ITEM.fullmatch(line)
        if field:
            name = field["name"].lower()
            value = (field["value"] or "").strip()
            items = value[1:-1].split(",") if value.startswith("[") and value.endswith("]") else [value]
            found.extend((name, _unquoted(said)) for said in (items if name in _LISTS else [value]))
        elif not name or not (item or line[0] in " \t"):
            return
        elif item and name in _LISTS:
            found.append((name, _unquoted(item["value"].removeprefix("name:"))))
    if any(name in _NAMES for name, _ in found):
        yield from ((name, value) for name, value in found if value.strip("|>-") and len(value) <= _LONGEST_VALUE)


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        inner = value[1:-1]
        return inner.replace('\\"', '"') if value[0] == '"' else inner.replace("''", "'")
    return re.sub(r"\s+#.*", "", value)


def _without_marks(title: str) -> str:
    title = title.rstrip().rstrip("#")
    for mark, words in _MARKS:
        title = mark.sub(words, title)
    return title.strip()
