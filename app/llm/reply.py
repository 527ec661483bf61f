"""A language model's reply, as it streams in, taken apart into sentences and the quotes that each names.

Only whole lines become sentences: what a reply broke off in the middle of is never shown. A model that says the same
again, or does not come to an end, is stopped. However a reply is cut into pieces, the same sentences come of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from app.llm.model import Piece
from app.llm.prompts import NOTHING
from ingest.article import Span
from ingest.errors import ModelError
from ingest.split import sentences

__all__ = ["Said", "read_reply", "sentences_of_line"]

_LONGEST_LINE = 1_500  # characters; nobody answers in such a line
_LONGEST_REPLY = 100_000  # characters, with thoughts and blank lines
_MOST_LINES, _MOST_SENTENCES = 40, 12
_LISTED = r"\d(?:[\d\s,;&–-]|and\b|quotes?\b)*"
_MARKS = re.compile(
    rf"\s*(?:[\[［【〔]\s*(?:quotes?\s*)?\^?{_LISTED}(?:†[^\[\]【】]{{0,40}})?[\]］】〕]|\(\s*quotes?\s+{_LISTED}\))",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{1,6}")
_BULLET = re.compile(
    r"^(?:[-*•–]\s+|\(?\d{1,2}[.)]\s+|#{1,6}\s+|>\s+|(?:answer|statements?|assistant)\s*:\s*)+", re.IGNORECASE
)
_EMPHASIS = re.compile(r"(?<![\w*`])(\*{1,3}|__|~~|`+)(?=[^\s*`])(.+?)(?<=[^\s*`])\1(?![\w*`])")
_CREDIT = re.compile(
    r"^\((?:[^()]*,\s*)?(?:\d{4}-\d\d-\d\d|no date)\)\s*:?\s*|\s*\([^()]*,\s*(?:\d{4}-\d\d-\d\d|no date)\)"
)
# What belongs to JSON or to a block of code, where a model takes the quotes for data; no quote that it saw has braces.
_DATA = re.compile(r"^\s*(?:[{}]|\[\s*(?:[\"{\]]|$)|\]|\"[\w -]{1,40}\"\s*:|```)")
_ITEM = re.compile(r"^\"([^\"]+)\"\s*,$")
_THOUGHT = r"(?:think|thinking|thought|reasoning)>"
_BREAK = re.compile(
    rf"(?P<line>\n)|(?P<open><{_THOUGHT})|(?P<close></{_THOUGHT})"
    # How a reply ends in the formats that models are taught; where a server lets that through, more may follow.
    r"|(?P<end><\|(?:im_end|eot_id|end|endoftext|end_of_text)\|>|</s>|<end_of_turn>|<eos>)",
    re.IGNORECASE,
)
_BEGUN = re.compile(r"<[^<>\n]{0,14}$")  # of what `_BREAK` looks for
_End = Literal["line", "reply", "cut"]
_STOPPED = re.compile(r"[.!?…。][\"'”’)\]*_]*$")
_NOTHING = re.compile(rf"^\W*(?:{re.escape(NOTHING)}|not (?:stated |mentioned )?in the quotes)\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of a reply, without markup, and the numbers of the quotes that it names, as they were written."""

    text: str
    named: tuple[int, ...]


def read_reply(pieces: Iterable[Piece]) -> Iterator[Said]:
    """The sentences of a reply, a line at a time, as soon as the line is whole; none where it says that nothing does.

    Ends when the reply does, or says the same thing again; the pieces are closed then. Raises `ModelError` where it
    goes on without an end.
    """
    seen: set[str] = set()
    lines = _lines(pieces)
    try:
        for n, (line, end) in enumerate(lines):
            if n >= _MOST_LINES:
                return
            found = sentences_of_line(line)
            # Half a sentence says something else than the whole. Cut off at the model's limit, "Dr." or "1." may look
            # like one; at the end of what was not cut off, one without a stop may have been given up.
            whole = end == "line" or (end == "reply" and bool(found) and _STOPPED.search(found[-1].text) is not None)
            for said in found if whole else found[:-1]:
                if _NOTHING.match(said.text):
                    continue
                key = re.sub(r"\W+", " ", said.text.casefold()).strip()
                if key in seen or len(seen) >= _MOST_SENTENCES:
                    return
                seen.add(key)
                yield said
    finally:
        lines.close()
        if (close := getattr(pieces, "close", None)) is not None:
            close()


def sentences_of_line(line: str) -> tuple[Said, ...]:
    """The sentences of one line, each with the numbers that stand before it, or, where none opens the line, behind."""
    line = _plain(line)
    marks = [*_MARKS.finditer(line)]
    leading = bool(marks) and not line[: marks[0].start()].strip()
    found: list[Said] = []
    waiting: list[Said] = []
    named: tuple[int, ...] = ()
    at = 0
    for start, end, text in [*((m.start(), m.end(), m.group()) for m in marks), (len(line), len(line), "")]:
        words = line[at:start].strip()
        numbers = tuple(dict.fromkeys(int(n) for n in _NUMBER.findall(text)))
        if leading:
            if words:
                found += [Said(s, named) for s in _sentences(words)]
                named = ()
            named = (*named, *numbers)
        elif words or not found:
            waiting += [Said(s, ()) for s in _sentences(words)]
            if numbers and waiting:
                found += [*waiting[:-1], Said(waiting[-1].text, numbers)]
                waiting = []
        elif numbers:
            found[-1] = Said(found[-1].text, (*found[-1].named, *numbers))
        at = end
    return tuple(said for said in _joined([*found, *waiting]) if re.search(r"\w", said.text))


def _plain(line: str) -> str:
    """A line without markup: nothing is left of one that is data."""
    line = line.strip()
    if line.startswith("|"):  # a row of a table
        line = " ".join(cell.strip() for cell in line.split("|")).strip()
    line = _BULLET.sub("", line)
    if _DATA.match(line):
        return ""
    return _EMPHASIS.sub(r"\2", _ITEM.sub(r"\1", line))


def _joined(found: list[Said]) -> Iterator[Said]:
    """A marker in the middle of a sentence cuts it: what goes on in lower case, or is a stop alone, belongs to it."""
    held: Said | None = None
    for said in found:
        if held is not None and re.match(r"[a-z,;:)]|\W*$", said.text):
            glue = " " if re.match(r"\w", said.text) else ""
            held = Said(f"{held.text}{glue}{said.text}", tuple(dict.fromkeys((*held.named, *said.named))))
            continue
        if held is not None:
            yield held
        held = said
    if held is not None:
        yield held


def _sentences(text: str) -> list[str]:
    text = " ".join(_CREDIT.sub(" ", text).split())
    return [s.of(text).strip() for s in sentences(text, Span(0, len(text)))] if text else []


def _lines(pieces: Iterable[Piece]) -> Generator[tuple[str, _End]]:
    """The lines of a stream that are not thoughts, each when its end has come, and what ended it."""
    line, held = "", ""  # what is known to be of the line; what may be the beginning of something else
    thinking = cut = False
    left = _LONGEST_REPLY
    for piece in pieces:
        cut = cut or piece.cut
        held += _visible(piece.text[: max(0, left)])
        left -= len(piece.text)
        at = 0
        while (found := _BREAK.search(held, at)) is not None:
            if not thinking:
                line = _longer(line, held[at : found.start()])
            at, what = found.end(), found.lastgroup
            if what == "close":
                line, thinking = (line if thinking else ""), False  # some servers keep the tag that opens a thought
            elif thinking:
                continue
            elif what == "open":
                thinking = True
            else:
                if line.strip():
                    yield line, "line" if what == "line" else "reply"
                line = ""
                if what == "end":
                    return
        begun = _BEGUN.search(held, at)
        end = begun.start() if begun else len(held)
        if not thinking:
            line = _longer(line, held[at:end])
        held = held[end:]
        if left < 0:
            raise ModelError(_ENDLESS)
    if not thinking:
        line = _longer(line, held)
    if line.strip():
        yield line, "cut" if cut or thinking else "reply"


def _visible(text: str) -> str:
    """`text` without what nobody sees, which could steer a terminal or turn the words around; lines end in one way."""
    return "".join(_AS.get(unicodedata.category(c), c) if c not in _LINE_ENDS else "\n" for c in text)


_LINE_ENDS = "\n\r\u2028\u2029"
_AS = {"Cc": " ", "Cf": "", "Co": " ", "Cs": " "}
_ENDLESS = "the language model did not come to an end"


def _longer(line: str, more: str) -> str:
    if len(line) + len(more) > _LONGEST_LINE:
        raise ModelError(_ENDLESS)
    return line + more
