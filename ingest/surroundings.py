"""The lines around an article's body and the hints of its markup, as everything that is found out about it sees them.

The idea: headline, byline and date stand just above the body or just below it. What lies far from it is not looked at,
and a line that is longer than a headline can be is none of the three.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ingest.article import Span
from ingest.read import SourceText

__all__ = [
    "ADDRESS_HINTS",
    "LONGEST_LINE",
    "SEPARATOR",
    "Line",
    "Surroundings",
    "datelines",
    "field_words",
    "host_of",
    "key",
    "look_around",
    "word_set",
]

LONGEST_LINE = 400  # characters: what is longer is neither a headline, a byline nor a date line
ADDRESS_HINTS = ("canonical", "meta:og:url", "mhtml:location", "field:url")
_SAID_AS = ("front", "heading")  # kinds of hints of a Markdown file
SEPARATOR = re.compile(r"\s+(?:\||[-–—:·•»«]|::|//)\s+|\s*\|\s*")
_DATELINE = re.compile(
    r"(?P<place>[A-Z][^\W\d_]*[\w .,'’/-]{0,60}?)??"
    r"\s*(?:\((?P<agency>[A-Z][\w.&/' ]{1,40})\)\s*(?:,\s*(?P<author>[A-Z][\w.'’ -]{3,50}?)\s*)?)?(?:--+|[—–:]|-\s)"
)
_OPENING = 4  # paragraphs of the body that are looked at
_PARAGRAPH_END = re.compile(r"\r?\n[ \t]*\r?\n")
_LINE = re.compile(r"[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: where it lies, and its words without white space around them."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The lines of a page around its body: `head` before the article's prose, `tail` after the body.

    `opening` are the first paragraphs of the body, `counts` how often each line of the head is printed there.
    """

    source: SourceText
    head: tuple[Line, ...]
    tail: tuple[Line, ...]
    opening: tuple[str, ...]
    counts: Counter[str]

    def hint(self, *names: str) -> str | None:
        """The first value of these hints, the first name's first; None without any."""
        return next(self.hints(*names), None)

    def hints(self, *names: str) -> Iterator[str]:
        """The values of these hints, the first name's first, each on one line."""
        return (value for _, value in self.named_hints(*names))

    def named_hints(self, *names: str) -> Iterator[tuple[str, str]]:
        """As `hints`, each with the name that was asked for; a field's, with that of the hint that says it.

        What a front matter says, or a first heading, is asked for as a field.
        """
        for name in names:
            wanted = name.lower()
            kind, _, what = wanted.partition(":")
            alike = {f"{other}:{what}": f"{other}:{name.partition(':')[2]}" for other in _SAID_AS if kind == "field"}
            for told, value in self.source.hints:
                known = name if told.lower() == wanted else alike.get(told.lower())
                said = " ".join(html.unescape(value[:LONGEST_LINE]).split()) if known else ""
                if known and said:
                    yield known, said


def look_around(source: SourceText, body: Sequence[Span]) -> Surroundings:
    """What stands around `body` in its source text."""
    text = source.text
    prose = next((span for span in body if len(span.of(text).split(None, 20)) >= 20), body[0] if body else None)
    start, end = (prose.start, body[-1].end) if prose is not None else (len(text), len(text))
    head = tuple(_lines(text, source.body_start, start))  # a front matter is hints: nothing is said twice
    return Surroundings(
        source=source,
        head=head,
        tail=tuple(_lines(text, end, len(text))),
        opening=tuple(_opening(text, [span for span in body if span.start >= start])),
        counts=Counter(key(line.text[:LONGEST_LINE]) for line in head),
    )


def _lines(text: str, start: int, end: int) -> Iterator[Line]:
    """The whole lines between two places; of a line that goes on beyond them, nothing."""
    for found in _LINE.finditer(text, start, end):
        words = found.group().strip()
        begins = found.start() == 0 or text[found.start() - 1] in "\r\n"
        if words and begins and (found.end() == len(text) or text[found.end()] in "\r\n"):
            yield Line(found.start(), found.end(), words)


def _opening(text: str, body: Sequence[Span]) -> list[str]:
    found: list[str] = []
    for span in body:
        found.extend(paragraph for paragraph in _PARAGRAPH_END.split(span.of(text)) if paragraph.strip())
        if len(found) >= _OPENING:
            break
    return found[:_OPENING]


def field_words(name: str) -> str:
    """Where the value of a hint asked for as a field stands, for people: `front:date` is the front matter's date."""
    kind, _, what = name.partition(":")
    told = {"front": f"the front matter's {what}", "heading": "the first line that is marked as a heading"}
    return told.get(kind, f'the field "{what}" of its line')


def datelines(page: Surroundings) -> Iterator[re.Match[str]]:
    """The datelines of the first paragraphs (`Paris, Oct 26 (AFP):`): groups place, agency and author."""
    for paragraph in page.opening:
        found = _DATELINE.match(" ".join(paragraph[:LONGEST_LINE].split()))
        if found and (found["agency"] or found["place"]):
            yield found


def host_of(address: str) -> str | None:
    """The host that an address names, without `www.`; None where it names none."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def key(text: str) -> str:
    """The words of `text` and its bars, case aside: two lines that say the same have one key."""
    return " ".join(re.findall(r"\w+|\|", text.casefold()))


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as one string."""
    return frozenset(text.split())
