"""What a language model is given to answer from: a few numbered passages, never whole files.

Those that the extractive answer cites come first, then the best others that were retrieved. What the model sees of a
passage is a copy without anything that could pass for the frame around it; what is cited is always the source's text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.answer import Answer
from app.forms.sentence import stems
from app.llm.commands import announces, is_command, is_foreign
from ingest.article import Article, Passage, Span
from ingest.split import sentences
from store import Hit

__all__ = ["Evidence", "Line", "gather", "harmless"]

_MOST = 5  # quotes; a small model loses the question behind more
_LONGEST = 600  # characters of one quote
_SPECIAL: dict[int, Any] = dict(
    str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "{": "(", "}": ")", "|": "¦", "`": "'", "#": "№"})
)
# The same in other widths, which a tokenizer may take for them, and letters and selectors that show nothing.
_SPECIAL |= str.maketrans("＜＞［］｛｝｜｀＃﹤﹥﹛﹜﹝﹞﹟【】〔〕￤❘∣│", "‹›()()¦'№‹›()()№()()¦¦¦¦")
_SPECIAL |= dict.fromkeys((0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0xE0100, 0xE01F0)))


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a quote: `text` is what stands at `span` of the source text."""

    span: Span
    text: str
    shown: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Quote `number`, from 1: whole sentences of an article, each at its span of the source text.

    `sentences` has for each the words as they stand there and the copy that the model is shown.
    """

    number: int
    article: Article
    sentences: tuple[Line, ...]

    passage: Passage

    @property
    def shown(self) -> str:
        """The model's copy of the quote."""
        return " ".join(line.shown for line in self.sentences)

    def words(self, span: Span) -> str:
        """The source text at `span`, which lies within the passage."""
        return self.passage.text[span.start - self.passage.start : span.end - self.passage.start]


def gather(answer: Answer) -> tuple[Evidence, ...]:
    """The quotes behind `answer`: the passages it cites, then the best others, none twice; each less what commands."""
    wished = frozenset(stems(answer.query))
    places: list[tuple[Hit, Span | None]] = [
        (hit, Span(c.start, c.end))
        for c in answer.citations
        for hit in answer.hits
        if hit.article.article_id == c.article_id and hit.passage.start <= c.start and c.end <= hit.passage.end
    ]
    places += [(hit, None) for hit in answer.hits]
    found: list[Evidence] = []
    for hit, about in places:
        lines = _window(hit.passage, about, wished)
        if not lines or any(_shares(e, hit, lines) for e in found):
            continue
        found.append(Evidence(len(found) + 1, hit.article, lines, hit.passage))
        if len(found) == _MOST:
            break
    return tuple(found)


def _shares(quote: Evidence, hit: Hit, lines: Sequence[Line]) -> bool:
    """Whether the same words are in `quote`: of the same place, or of a copy."""
    if quote.article.article_id == hit.article.article_id:
        spans = {line.span for line in quote.sentences}
        return any(line.span in spans for line in lines)
    return quote.shown == " ".join(line.shown for line in lines)


def _window(passage: Passage, about: Span | None, wished: frozenset[str]) -> tuple[Line, ...]:
    """Whole sentences of `passage`: the one `about`, or that shares most with the question, and those around it.

    What talks to a machine instead of telling news is none of them.
    """
    spans = sentences(passage.text, Span(0, len(passage.text))) or (Span(0, len(passage.text)),)
    within = [Line(Span(passage.start + s.start, passage.start + s.end), s.of(passage.text), "") for s in spans]
    if about is not None:
        inside = [n for n, s in enumerate(within) if s.span.start < about.end and about.start < s.span.end]
        first, last = (inside[0], inside[-1]) if inside else (0, 0)
    else:
        first = last = max(range(len(within)), key=lambda n: (len(wished & stems(within[n].text)), -n))
    while True:
        wider = [(f, e) for f, e in ((first, last + 1), (first - 1, last)) if f >= 0 and e < len(within)]
        wider = [(f, e) for f, e in wider if within[e].span.end - within[f].span.start <= _LONGEST]
        if not wider:
            break
        first, last = wider[0]
    rows = _told(within[:first], within[first : last + 1], is_foreign(passage.text))
    best = rows[0] if len(rows) == 1 else max(
        rows, key=lambda row: max((_overlap(x.span, about), len(wished & stems(x.text))) for x in row), default=[]
    )  # fmt: skip
    told = [Line(line.span, line.text, harmless(line.text)) for line in best]
    return tuple(line for line in told if re.search(r"\w", line.shown))


def _told(before: Sequence[Line], window: Sequence[Line], foreign: bool) -> list[list[Line]]:
    """The sentences of a window less those that command, in rows: words around a command would be cited with it.

    A command may go on in the next sentence, or be one only where two sentences come together. What is in another
    language than the rest, which is English unless `foreign`, cannot be told from one.
    """
    commands = [is_command(line.text) or (is_foreign(line.text) and not foreign) for line in window]
    dropped = list(commands)
    if not any(commands) and is_command(_run_on(window)):
        for n in range(1, len(window)):
            if is_command(_run_on(window[n - 1 : n + 1])):
                dropped[n - 1] = dropped[n] = True
    leads = [*before[-1:], *window][-len(window) - 1 :]
    for n, lead in enumerate(leads[:-1], start=len(window) - len(leads) + 1):
        if announces(lead.text) and (commands[n - 1] if n else is_command(lead.text)):
            dropped[n] = True
    rows: list[list[Line]] = [[]]
    for line, is_dropped, commands_itself in zip(window, dropped, commands, strict=True):
        if not is_dropped:
            rows[-1].append(line)
            continue
        rows[-1] += _before_command(line) if commands_itself else ()
        rows.append([])
    return [row for row in rows if row]


def _before_command(line: Line) -> Iterator[Line]:
    """The whole sentences that tell news at the start of `line`, where several were taken for one: "So. <|end|>"."""
    at = 0
    for stop in re.finditer(r"[.!?][\"'”’)\]]*\s+(?=\S)", line.text):
        part = line.text[at : stop.end()].rstrip()
        if is_command(part) or is_foreign(part) or not re.match(r"[\"'“‘(]*[A-Z0-9]", part):
            return
        yield Line(Span(line.span.start + at, line.span.start + at + len(part)), part, "")
        at = stop.end()


def _run_on(lines: Sequence[Line]) -> str:
    """The sentences as one, without the stops between them."""
    return " ".join(line.text.rstrip(".!?… ") for line in lines)


def _overlap(span: Span, about: Span | None) -> int:
    return 0 if about is None else max(0, min(span.end, about.end) - max(span.start, about.start))


def harmless(text: str) -> str:
    """`text` on one line, without characters that nobody sees and without what a model could take for markup.

    Angle brackets begin the special tokens of every chat format, square ones our markers.
    """
    seen = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") else " " for c in text)
    return " ".join(seen.translate(_SPECIAL).split())
