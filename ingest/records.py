"""A record is an article with its fields named: a line of JSON, an element of a list, a row of a table.

The source text is the string in its text field, not one character changed (of a page, what `ingest.read` makes of the
page); what its other fields say travels beside it as hints. The fields go by their usual names, in any case; others are
named by the user, and are then part of the record's content, so that the same content always gives the same article.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ingest.errors import ReadError, UsageError

if TYPE_CHECKING:
    from ingest.read import SourceText

__all__ = [
    "FIELD_NAMES",
    "FieldMap",
    "canonical",
    "detect_fields",
    "names_of",
    "parse_fields",
    "read_record",
    "renamed",
]

FIELD_NAMES: Mapping[str, tuple[str, ...]] = {  # what goes by which names, the first that says something first
    "text": ("text", "body", "content", "article", "maintext", "full_text"),
    "title": ("title", "headline"),
    "date": (
        *("published", "date", "published_at", "date_published", "publication_date"),
        *("pubdate", "date_publish"),
    ),
    "url": ("url", "link"),
    "source": ("source", "outlet", "publisher", "site"),
    "authors": ("authors", "author", "byline"),
}
_TOLD_AS = {"text": "text", "title": "title", "date": "published", "url": "url", "source": "source"} | {
    "authors": "authors"
}
_UNKNOWN_TO_METADATA = ("pubdate", "date_publish", "link", "site")  # told a second time, by the usual name
_MAY_BE_LISTS = FIELD_NAMES["authors"] + FIELD_NAMES["source"]  # and objects with a name
_LONGEST_HINT = 1_000  # characters; a field that is longer is no title, name, date or address


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Which field of a container's records is taken for what; None where there is none."""

    text: str | None = None
    title: str | None = None
    date: str | None = None
    url: str | None = None
    source: str | None = None
    authors: str | None = None

    def __str__(self) -> str:
        named = ((f.name, getattr(self, f.name)) for f in fields(self))
        return ", ".join(f"{role}={name}" for role, name in named if name is not None)


def parse_fields(given: Iterable[str]) -> dict[str, str]:
    """What `--field ROLE=NAME` asks for, by role; an empty name asks for the usual ones again.

    Raises:
        UsageError: it names no role, or is no pair.
    """
    named: dict[str, str] = {}
    for pair in given:
        role, equals, name = pair.partition("=")
        role = role.strip().lower()
        if not equals:
            raise UsageError(f"--field is ROLE=NAME, such as text=Artikeltext, not {pair!r}")
        if role not in FIELD_NAMES:
            near = get_close_matches(role, FIELD_NAMES, n=1)
            meant = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(FIELD_NAMES)}"
            raise UsageError(f"--field {pair}: there is no role {role!r}; {meant}")
        named[role] = name.strip()
    return named


def detect_fields(names: Iterable[str], chosen: Mapping[str, str]) -> FieldMap:
    """What the fields of those names are taken for, the chosen ones first."""
    present: dict[str, str] = {}
    for name in names:
        present.setdefault(_key(name), name.strip())
    found = {}
    for role, usual in FIELD_NAMES.items():
        candidates = (chosen.get(role, ""), *usual)
        found[role] = next((present[_key(name)] for name in candidates if _key(name) in present and name), None)
    return FieldMap(**found)


def names_of(content: bytes) -> tuple[str, ...]:
    """The names of a record's fields; none if it is no record."""
    try:
        return tuple(_parsed(content))
    except ReadError:
        return ()


def canonical(value: object) -> bytes:
    """The one way in which a value that was parsed is written as JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:  # half a character, which an escape may yield: told of when the record is read
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def renamed(content: bytes, chosen: Mapping[str, str]) -> bytes:
    """A record whose chosen fields go by their usual names; `content` itself where none of them is in it."""
    try:
        said = dict(_parsed(content))
    except ReadError:
        return content
    actual = {_key(name): name for name in reversed(said)}
    taken = {role: actual[_key(name)] for role, name in chosen.items() if name and _key(name) in actual}
    values = {_TOLD_AS[role]: said[name] for role, name in taken.items() if _says_something(said[name])}
    if all(name in said and said[name] == value for name, value in values.items()):
        return content
    others = {name: value for name, value in said.items() if _key(name) not in values}
    if "text" in values and taken["text"] in others:
        others[taken["text"]] = ""  # said once, and the name stays to be seen
    return canonical(others | values)


def read_record(content: bytes) -> SourceText:
    """Turn a record into source text; the same bytes always give the same.

    Fields other than the text become hints ("field:NAME", …): strings, and of what names people and outlets also lists
    and objects with a `name`. Fields of other types say nothing.

    Raises:
        ReadError: it is no JSON object with a text; the message says what to do.
    """
    from ingest.read import read_text  # with it come lxml and the detector of encodings: only when there is work

    said = _parsed(content)
    by_key = {_key(name): said[name] for name in reversed(said)}
    texts = [value for value in map(by_key.get, FIELD_NAMES["text"]) if isinstance(value, str)]
    text = next((text for text in texts if text.strip()), None)
    if text is None:
        what = "its text is empty" if texts else "it has no text"
        usual = " or ".join(map(json.dumps, FIELD_NAMES["text"]))
        raise ReadError(f"{what}; put the article's words in its field {usual}, or name it with --field text=NAME")
    if text.encode("utf-8", "replace").decode("utf-8") != text:
        raise ReadError("its text holds half a character (such as \\ud83d alone); write the whole character")
    source_text = read_text(text)
    return replace(source_text, hints=(*source_text.hints, *_hints(said)))


def _key(name: str) -> str:
    return name.strip().lower()


def _says_something(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _parsed(content: bytes) -> dict[str, object]:
    as_object = "write each article as one JSON object"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReadError(f"it is not valid UTF-8 (byte {error.start + 1} of it); save it as UTF-8") from error
    try:
        said = json.loads(text, strict=False, parse_int=float)  # no number is read, however many digits it has
    except json.JSONDecodeError as error:
        where = f"{error.msg} at character {error.pos + 1}"
        raise ReadError(f"it is not valid JSON ({where}); {as_object}") from error
    except RecursionError as error:
        raise ReadError(f"its JSON is nested too deeply; {as_object}") from error
    if not isinstance(said, dict):
        raise ReadError(f"it is JSON but not an object; {as_object}")
    return said


def _hints(said: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What each field says; then once more, by the name that `ingest.metadata` knows, what only unusual ones say."""
    unusual: dict[str, list[str]] = {}
    usual = set()
    for name, value in said.items():
        key = _key(name)
        role = next((role for role, names in FIELD_NAMES.items() if key in names), None)
        if role == "text":
            continue
        words = list(_words(value, named=key in _MAY_BE_LISTS))
        yield from ((f"field:{name}", word) for word in words)
        if role is not None and words:
            if key in _UNKNOWN_TO_METADATA or name != name.strip():
                unusual.setdefault(role, words)
            else:
                usual.add(role)
    for role in unusual.keys() - usual:
        yield from ((f"field:{_TOLD_AS[role]}", word) for word in unusual[role])


def _words(value: object, *, named: bool) -> Iterator[str]:
    for one in value if isinstance(value, list) and named else [value]:
        words = one.get("name") if isinstance(one, dict) and named else one
        if isinstance(words, str) and words.strip():
            yield words.strip()[:_LONGEST_HINT]
