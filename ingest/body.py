"""Which spans of a source text are the article: it selects, it never rewrites.

A page is a row of paragraphs; a small trained model judges each by general signals (`ingest.body_signals`), first
alone and then among its neighbours (`ingest.body_model`). A text with nothing but sentences in it is taken whole:
no article is set aside for being short. Guarantee: the spans are disjoint, in reading order, inside the text, and
start and end on a character that is not white space.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import NamedTuple

from ingest.article import Span
from ingest.body_model import Model, load_model, score
from ingest.body_signals import ENDS, SAID, VOCABULARY, WORD, Hints, Matrix, Unit
from ingest.errors import ReadError
from ingest.read import SourceText

__all__ = ["SELECTION_VERSION", "page_units", "paragraphs", "select_body"]

SELECTION_VERSION = "1"

_FURNITURE_SHARE = 0.05  # of the words; a report on newsletters or cookies has fewer, or says who said it
_FEWEST_WORDS = 4  # of a sentence, and of an article
_FAR, _NEAR = 15, 4  # paragraphs between clusters; from one selected paragraph to the next
_LARGE, _DOUBTFUL = 0.3, 0.2  # of the largest cluster's words; of the score of a line between two selected ones
_LINK_ALONE = re.compile(r"(?:[*+-]\s+)?!?\[[^\]]*\]\([^)]*\)\W*")
_MOST_LINK_LINES = 8  # of a Markdown text that is an article and not a page with its menus
_HEADING_LINES = 3  # above a text that is otherwise nothing but sentences: headline, byline, date


def select_body(source: SourceText) -> tuple[Span, ...]:
    """The paragraphs of `source` that are the article, in reading order, each trimmed of white space.

    A paragraph is a line, or several hard-wrapped ones. The headline is not part of the body.

    Raises:
        ReadError: Nothing in it is an article; the message says what it looks like instead.
    """
    units = page_units(source)
    if not units:
        raise ReadError("no article in it: it holds no words")
    if source.media_type == "text/markdown" and not _is_page_dump(units):
        return _all_but_title(units, source)
    chosen = choose_units(units, load_model("html" if source.blocks else "text"), source.hints)
    if not chosen:
        raise ReadError(_what_it_looks_like([unit.text for unit in units]))
    return tuple(units[index].span for index in chosen)


def _is_page_dump(units: Sequence[Unit]) -> bool:
    """Whether a Markdown text was made from a whole page, menus and all: many of its lines are but a link."""
    return sum(_LINK_ALONE.fullmatch(unit.text) is not None for unit in units) > _MOST_LINK_LINES


def _all_but_title(units: Sequence[Unit], source: SourceText) -> tuple[Span, ...]:
    """Markdown is written by hand or by a clipper: all of it is article, save the title above it."""
    titles = {value for name, value in source.hints if name == "field:title"}
    is_title = units[0].text.startswith("# ") or units[0].text in titles
    chosen = [unit.span for unit in units[is_title:] if WORD.search(unit.text)]
    if not chosen:
        raise ReadError(_what_it_looks_like([unit.text for unit in units]))
    return tuple(chosen)


def choose_units(units: Sequence[Unit], model: Model, hints: Hints = ()) -> list[int]:
    """Numbers of the paragraphs that `model` holds for the article; none when nothing is one."""
    return _choose([unit.text for unit in units], score(units, model, hints))


def _choose(texts: Sequence[str], scores: Matrix) -> list[int]:
    """The paragraphs the model holds for article; those that plainly are sentences where it would leave nothing."""
    chosen = _choose_by_score(texts, scores)
    sentences = [index for index, text in enumerate(texts) if _is_sentence(text)]
    plain = [index for index in sentences if not _is_furniture(texts[index])]
    above = len(texts) - len(sentences)
    if plain and above <= _HEADING_LINES and sentences[0] == above:  # nothing but sentences below the heading
        return sorted({*plain, *(index for index in chosen if index >= above)})
    if sum(len(WORD.findall(texts[index])) for index in chosen) < _FEWEST_WORDS:
        likeliest = max((scores[index] for index in plain), default=0.0)
        return [index for index in plain if scores[index] >= likeliest / 2]
    return chosen


def _choose_by_score(texts: Sequence[str], scores: Matrix) -> list[int]:
    """Those likelier article than not, gathered to one place, without the headings around them.

    A short line that stands elsewhere on the page, outside the article, is a rubric; a heading above the first
    paragraph (a headline, a date) or below the last one (of what follows) is not body either.
    """
    chosen = _gathered([index for index, value in enumerate(scores) if value >= 0.5], texts, scores)
    outside = {texts[index] for index in set(range(len(texts))).difference(chosen)}
    prose = [_is_sentence(text) or _is_long(text) for text in texts]
    chosen = [index for index in chosen if prose[index] or texts[index] not in outside]
    start = next((place for place, index in enumerate(chosen) if prose[index]), 0)
    end = len(chosen) - 1 if len(chosen) > 1 and not prose[chosen[-1]] and prose[chosen[-2]] else len(chosen)
    return chosen[start:end]


def _gathered(chosen: Sequence[int], texts: Sequence[str], scores: Matrix) -> list[int]:
    """An article lies in one place: small clusters far from the largest go, doubtful lines within it stay."""
    clusters: list[list[int]] = []
    for index in chosen:
        if clusters and index - clusters[-1][-1] <= _FAR:
            clusters[-1].append(index)
        else:
            clusters.append([index])
    sizes = [sum(len(WORD.findall(texts[index])) for index in cluster) for cluster in clusters]
    kept = [i for cluster, size in zip(clusters, sizes, strict=True) if size >= _LARGE * max(sizes) for i in cluster]
    within = [
        between
        for left, right in itertools.pairwise(kept)
        if right - left <= _NEAR
        for between in range(left + 1, right)
        if scores[between] >= _DOUBTFUL
    ]
    return sorted(kept + within)


def _is_long(text: str) -> bool:
    return len(WORD.findall(text)) >= 2 * _FEWEST_WORDS


def _is_sentence(text: str) -> bool:
    return len(WORD.findall(text)) >= _FEWEST_WORDS and ENDS.search(text) is not None


def _is_furniture(text: str) -> bool:
    """Whether it speaks as subscriptions, legal notices, comment forms or pointers to other stories do."""
    hits = sum(len(pattern.findall(text)) for pattern in VOCABULARY[1:5])
    return hits > _FURNITURE_SHARE * len(WORD.findall(text)) and not SAID.search(text)


def _what_it_looks_like(texts: Sequence[str]) -> str:
    notices = [text for text in texts if _is_sentence(text) and _is_furniture(text)]
    if any("cookie" in text.lower() for text in notices):
        return "no article in it: it looks like a cookie notice"
    if notices:
        return "no article in it: only notices, such as legal ones or those of comments and subscriptions"
    words = sum(len(WORD.findall(text)) for text in texts)
    if len(texts) <= _HEADING_LINES:
        return f"no article in it: a stub of {words} words without a sentence"
    return f"no article in it: only page furniture, such as menus and headlines ({len(texts)} short lines)"


# --- paragraphs -------------------------------------------------------------------------------------------

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_NARROWEST, _WIDEST = 40, 110  # columns of a hard-wrapped text
_NARROWEST_COLUMN = 20  # characters, of a printed page
_LOST_INDENT = 4  # columns a first line may be short of the width, its indentation cut off
_FEWEST_WRAPS = 3  # lines that break off in mid-sentence before a text counts as hard-wrapped


def page_units(source: SourceText) -> list[Unit]:
    """The paragraphs of a page, in reading order; within an HTML block as in plain text."""
    if not source.blocks:
        spans = paragraphs(source.text, printed=source.media_type == "application/pdf")
        return [Unit(span, span.of(source.text)) for span in spans if span.start >= source.body_start]
    units: list[Unit] = []
    for block in source.blocks:
        for span in paragraphs(source.text[block.start : block.end]):
            moved = Span(block.start + span.start, block.start + span.end)
            units.append(Unit(moved, moved.of(source.text), block))
    return units


class _Line(NamedTuple):
    """A line without the white space around it; the columns include its indentation."""

    start: int
    end: int
    indent: int
    words: str

    @property
    def columns(self) -> int:
        return self.indent + len(self.words)


def paragraphs(text: str, *, printed: bool = False) -> tuple[Span, ...]:
    """The paragraphs of a plain text: its non-empty lines, hard-wrapped lines joined into one span.

    With `printed`, its lines are those of pages: hard-wrapped for certain, in columns of whatever width.
    """
    lines: list[_Line] = []
    for match in _LINE.finditer(text):
        words = match.group().strip()
        if words:
            indent = match.group().index(words[0])
            lines.append(_Line(match.start() + indent, match.start() + indent + len(words), indent, words))
    widths = _column_widths(text, lines) if printed else [_wrap_width(text, lines)] * len(lines)
    spans: list[Span] = []
    above: _Line | None = None
    for line, width in zip(lines, widths, strict=True):
        if above is not None and _goes_on(text, above, line, width):
            spans[-1] = Span(spans[-1].start, line.end)
        else:
            spans.append(Span(line.start, line.end))
        above = line
    return tuple(spans)


def _wrap_width(text: str, lines: Sequence[_Line]) -> int:
    """The column where the text wraps, or 0 where too few lines break off in mid-sentence and go on below."""
    broken = sorted(
        line.columns
        for line, below in itertools.pairwise(lines)
        if below.words[0].islower() and line.words[-1] not in ".!?:;" and _are_adjacent(text, line, below)
    )
    broken = [columns for columns in broken if _NARROWEST <= columns <= _WIDEST]
    too_long = sum(line.columns > _WIDEST for line in lines)
    return broken[-1 - len(broken) // 50] if len(broken) >= max(_FEWEST_WRAPS, too_long) else 0


def _column_widths(text: str, lines: Sequence[_Line]) -> list[int]:
    """For each line the widest one between the gaps around it, or 0 where that is too narrow for a column."""
    widths: list[int] = []
    together: list[int] = []
    for number, line in enumerate(lines):
        together.append(line.columns)
        if number + 1 == len(lines) or not _are_adjacent(text, line, lines[number + 1]):
            widest = max(together)
            widths += [widest if widest >= _NARROWEST_COLUMN else 0] * len(together)
            together = []
    return widths


def _goes_on(text: str, above: _Line, line: _Line, width: int) -> bool:
    """Whether `line` goes on with the paragraph that `above` belongs to: its first word had no room there."""
    if not width or above.columns > width + 2 or not _are_adjacent(text, above, line) or line.indent > above.indent:
        return False
    if line.words[0].islower() and above.words[-1] not in ".!?" and above.columns >= 0.6 * width:
        return True
    return above.columns + 1 + len(line.words.split(None, 1)[0]) > width - _LOST_INDENT


def _are_adjacent(text: str, above: _Line, line: _Line) -> bool:
    between = text[above.end : line.start]
    return max(between.count("\n"), between.count("\r")) == 1
