"""Which spans of a source text are the article: it selects, it never rewrites.

A page is a row of paragraphs; a small trained model judges each by general signals (`ingest.body_signals`), first
alone and then among its neighbours (`ingest.body_model`). A text with nothing but sentences in it is taken whole:
no article is set aside for being short. Guarantee: the spans are disjoint, in reading order, inside the text, and
start and end on a character that is not white space.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ingest.article import Span
from ingest.body_model import Model, load_model, score
from ingest.body_signals import ENDS, SAID, Hints, Matrix, Unit, has_words, small_words, vocabulary_hits, words_of
from ingest.errors import ReadError
from ingest.extractor import shares_taken
from ingest.read import Block, SourceText

__all__ = ["SELECTION_VERSION", "notes_on", "page_units", "paragraphs", "select_body"]

SELECTION_VERSION = "4"

_FURNITURE_SHARE = 0.05  # of the words; a report on newsletters or cookies has fewer, or says who said it
_FEWEST_WORDS = 4  # of a sentence, and of an article
_LIKELY = 0.4  # the score from which a paragraph is article: F1 is highest below one half. Source: Lipton et al. 2014
_FEW_LINES = 8  # of a short note
_LONGEST_LIST = 30  # lines, of a list or a table within an article
_FAR = 15  # paragraphs between clusters
_LARGE = 0.3  # of the largest cluster's words
_TEASER = 200  # words: of a body that stands before a paywall; a longer one is worth having without a remark
_NOTICE_WITHIN = 600  # characters below the body, or its last paragraph itself
_PAYWALL = re.compile(
    r"\b(?:(?:subscribe|sign (?:in|up)|log ?in|register|pay)(?: now)? to (?:continue|keep|read|unlock|access|view)"
    r"|to (?:continue|keep) reading|already (?:a |have a |)subscri|already a member\?|subscribers? only"
    r"|only (?:for|to) subscribers|(?:for|to) (?:paying )?(?:subscribers|members) only"
    r"|(?:available|reserved|exclusive)(?: only)? (?:to|for) (?:our )?"
    r"(?:paying )?(?:subscribers|members)|unlock (?:this|the (?:full|rest))|(?:become a (?:member|subscriber)|"
    r"subscription) to (?:continue|keep|read|unlock|access)|(?:reached|used) your (?:limit|free|monthly))"
)
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
    titles = {value for name, value in source.hints if name in ("field:title", "front:title", "heading:title")}
    is_title = units[0].text.startswith("# ") or units[0].text in titles
    chosen = [unit.span for unit in units[is_title:] if words_of(unit.text)]
    if not chosen:
        raise ReadError(_what_it_looks_like([unit.text for unit in units]))
    return tuple(chosen)


def notes_on(source: SourceText, body: Sequence[Span]) -> tuple[str, ...]:
    """What a reader should know of the body that was selected: that a notice of payment cuts it off."""
    words = sum(len(words_of(span.of(source.text))) for span in body)
    if not body or words > _TEASER:
        return ()
    below = source.text[body[-1].start : body[-1].end + _NOTICE_WITHIN]
    if _PAYWALL.search(below.lower()) is None:
        return ()
    return (f"a paywall notice: only its first {words} words are there",)


def choose_units(units: Sequence[Unit], model: Model, hints: Hints = ()) -> list[int]:
    """Numbers of the paragraphs that `model` holds for the article; none when nothing is one."""
    texts = [unit.text for unit in units]
    is_page = any(unit.block for unit in units)
    sentences = [index for index, text in enumerate(texts) if _is_sentence(text)]
    if not is_page and _is_note(texts):
        sentences = _sentences_of_note(texts)
    chosen = _choose(texts, score(units, model, hints), sentences)
    return chosen if is_page else _with_lists(chosen, texts)


def _is_note(texts: Sequence[str]) -> bool:
    """Whether it is a text of a few lines, none of which speaks as the page around an article does."""
    if len(texts) > _FEW_LINES or any(_is_furniture(text) for text in texts):
        return False
    short = [text for text in texts if not has_words(text, _FEWEST_WORDS)]
    return not any(any(vocabulary_hits(line.lower(), small_words(line))) for line in short)


def _sentences_of_note(texts: Sequence[str]) -> list[int]:
    """The sentences, and below the first of them also those of fewer words: "No successor yet."

    Where all lines are of so few words, they are the note, if together they are of enough.
    """
    ends = [ENDS.search(text) is not None and has_words(text, 1) for text in texts]
    first = next((index for index, text in enumerate(texts) if _is_sentence(text)), None)
    if first is None:
        return list(range(len(texts))) if all(ends) and has_words("\n".join(texts), _FEWEST_WORDS) else []
    return [index for index in range(first, len(texts)) if ends[index]]


def _with_lists(chosen: Sequence[int], texts: Sequence[str]) -> list[int]:
    """Of a text without markup also the lists and tables that stand between two paragraphs of the article.

    By themselves such lines are like those of a menu; but a menu says so in some of its lines, and comments and
    pointers to other stories in one.
    """
    times = Counter(texts)
    filled = list(chosen[:1])
    for above, below in itertools.pairwise(chosen):
        between = range(above + 1, below)
        if 0 < len(between) <= _LONGEST_LIST and _is_list([texts[index] for index in between], times):
            filled.extend(between)
        filled.append(below)
    return filled


def _is_list(lines: Sequence[str], times: Counter[str]) -> bool:
    hits = [vocabulary_hits(line.lower(), small_words(line)) for line in lines]
    if any(of_comments or of_stories for _, _, _, of_comments, of_stories, *_ in hits):
        return False
    words = sum(len(words_of(line)) for line in lines)
    repeated = sum(times[line] > 1 for line in lines)
    return sum(map(sum, hits)) <= _FURNITURE_SHARE * words and repeated <= len(lines) / 2


def _choose(texts: Sequence[str], scores: Matrix, sentences: Sequence[int]) -> list[int]:
    """The paragraphs the model holds for article; those that plainly are sentences where it would leave nothing."""
    chosen = _choose_by_score(texts, scores)
    plain = [index for index in sentences if not _is_furniture(texts[index])]
    above = len(texts) - len(sentences)
    if plain and above <= _HEADING_LINES and sentences[0] == above:  # nothing but sentences below the heading
        return sorted({*plain, *(index for index in chosen if index >= above)})
    if not has_words("\n".join(texts[index] for index in chosen), _FEWEST_WORDS):
        likeliest = max((scores[index] for index in plain), default=0.0)
        return [index for index in plain if scores[index] >= likeliest / 2]
    return chosen


def _choose_by_score(texts: Sequence[str], scores: Matrix) -> list[int]:
    """Those likely enough, gathered to one place, without the headings around them.

    A short line that stands elsewhere on the page, outside the article, is a rubric; a heading above the first
    paragraph (a headline, a date) or below the last one (of what follows) is not body either.
    """
    chosen = _gathered([index for index, value in enumerate(scores) if value >= _LIKELY], texts)
    outside = {texts[index] for index in set(range(len(texts))).difference(chosen)}
    prose = [_is_sentence(text) or _is_long(text) for text in texts]
    chosen = [index for index in chosen if prose[index] or texts[index] not in outside]
    start = next((place for place, index in enumerate(chosen) if prose[index]), 0)
    end = len(chosen) - 1 if len(chosen) > 1 and not prose[chosen[-1]] and prose[chosen[-2]] else len(chosen)
    return chosen[start:end]


def _gathered(chosen: Sequence[int], texts: Sequence[str]) -> list[int]:
    """An article lies in one place: small clusters far from the largest go."""
    clusters: list[list[int]] = []
    for index in chosen:
        if clusters and index - clusters[-1][-1] <= _FAR:
            clusters[-1].append(index)
        else:
            clusters.append([index])
    if len(clusters) == 1:
        return clusters[0]
    sizes = [sum(len(words_of(texts[index])) for index in cluster) for cluster in clusters]
    return [i for cluster, size in zip(clusters, sizes, strict=True) if size >= _LARGE * max(sizes) for i in cluster]


def _is_long(text: str) -> bool:
    return has_words(text, 2 * _FEWEST_WORDS)


def _is_sentence(text: str) -> bool:
    return ENDS.search(text) is not None and has_words(text, _FEWEST_WORDS)


def _is_furniture(text: str) -> bool:
    """Whether it speaks as subscriptions, legal notices, comment forms or pointers to other stories do."""
    lowered, small = text.lower(), small_words(text)
    return sum(vocabulary_hits(lowered, small)[1:5]) > _FURNITURE_SHARE * len(small) and not SAID.search(lowered)


def _what_it_looks_like(texts: Sequence[str]) -> str:
    notices = [text for text in texts if _is_sentence(text) and _is_furniture(text)]
    if any(_PAYWALL.search(text.lower()) for text in texts):
        return "no article in it: a paywall notice, and nothing of the article"
    if any("cookie" in text.lower() for text in notices):
        return "no article in it: it looks like a cookie notice"
    if notices:
        return "no article in it: only notices, such as legal ones or those of comments and subscriptions"
    words = sum(len(words_of(text)) for text in texts)
    if len(texts) <= _HEADING_LINES:
        return f"no article in it: a stub of {words} words without a sentence"
    return f"no article in it: only page furniture, such as menus and headlines ({len(texts)} short lines)"


# --- paragraphs -------------------------------------------------------------------------------------------

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_NARROWEST, _WIDEST = 40, 132  # columns of a hard-wrapped text
_NARROWEST_COLUMN = 20  # characters, of a printed page
_LINKED = 0.5  # of the characters of two lines: more, and they are entries of a menu, not a sentence
_LOST_INDENT = 4  # columns a first line may be short of the width, its indentation cut off
_MID_PHRASE = re.compile(r"\s(?:an?|the|of|in|on|at|by|for|with|to|and|or|from|that|as|than|but|was|is|were|had)$")
_FEWEST_WRAPS = 3  # lines that break off in mid-sentence before a text counts as hard-wrapped


def page_units(source: SourceText) -> list[Unit]:
    """The paragraphs of a page, in reading order; within an HTML block as in plain text."""
    if not source.blocks:
        plain = paragraphs(source.text, printed=source.media_type == "application/pdf")
        return [Unit(span, span.of(source.text)) for span in plain if span.start >= source.body_start]
    found: list[tuple[Span, Block]] = []
    for block in source.blocks:
        spans = [Span(block.start + each.start, block.start + each.end) for each in _paragraphs_in(source, block)]
        if found and spans and _goes_on_after_break(source.text, found[-1], (spans[0], block)):
            above, first = found.pop()
            linked = first.link_chars + block.link_chars
            found.append((Span(above.start, spans[0].end), replace(first, end=block.end, link_chars=linked)))
            del spans[0]
        found.extend((span, block) for span in spans)
    words = [small_words(span.of(source.text)) for span, _ in found]
    taken = shares_taken(words, source.markup, small_words)
    return [Unit(span, span.of(source.text), block, of) for (span, block), of in zip(found, taken, strict=True)]


def _paragraphs_in(source: SourceText, block: Block) -> tuple[Span, ...]:
    return paragraphs(source.text[block.start : block.end])


def _goes_on_after_break(text: str, above: tuple[Span, Block], below: tuple[Span, Block]) -> bool:
    """Whether the line break of a page stands within a sentence: none ends above it, small letters go on below."""
    span, first = above
    line, block = below
    if not block.after_break or first.path != block.path or not text[line.start].islower():
        return False
    last = span.of(text).rpartition("\n")[2]
    in_links = first.link_chars + block.link_chars > _LINKED * (len(span.of(text)) + line.end - line.start)
    return last[-1] not in ".!?:;…" and len(words_of(last)) >= _FEWEST_WORDS and not in_links


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
        if (_starts_small(below.words) or _MID_PHRASE.search(line.words))
        and line.words[-1] not in ".!?:;"
        and _are_adjacent(text, line, below)
    )
    broken = [columns for columns in broken if _NARROWEST <= columns <= _WIDEST]
    too_long = sum(line.columns > _WIDEST for line in lines)
    fewest = min(_FEWEST_WRAPS, 1 + len(lines) // 8)  # a notice of a few lines breaks off once or twice
    return broken[-1 - len(broken) // 50] if len(broken) >= max(fewest, too_long) else 0


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
    if _starts_small(line.words) and above.words[-1] not in ".!?" and above.columns >= 0.6 * width:
        return True
    return above.columns + 1 + len(line.words.split(None, 1)[0]) > width - _LOST_INDENT


def _starts_small(words: str) -> bool:
    """Whether a line begins with a small letter, as one in mid-sentence does; an address does anywhere."""
    return words[0].islower() and not words.startswith(("http://", "https://", "www."))


def _are_adjacent(text: str, above: _Line, line: _Line) -> bool:
    between = text[above.end : line.start]
    return max(between.count("\n"), between.count("\r")) == 1
