"""An article into passages: whole sentences, exact spans.

The idea: sentences are found by rule, then each unbroken run of them is cut where the passages come out most
even. Guarantees: every span slices back from the source text; spans are disjoint and in order; together they
cover every non-space character of the body; none crosses text that was left out or exceeds the token limit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.article import Span

__all__ = ["SPLITTER_VERSION", "sentences", "split"]

SPLITTER_VERSION = "2"  # kept in the catalogue: an index split by another version is rebuilt

_TARGET_WORDS = 140
_FEWEST_WORDS, _MOST_WORDS = 100, 160
_FAR_TOO_LONG = 8  # characters for each token that a passage may have
_NEAR = 2_000  # characters from the middle of a text that is cut in two
_WIDEST_WRAP = 200  # characters: nobody wraps lines by hand at more


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Abbreviations that belong to what follows, and those that may end a sentence when a new one clearly starts.
_LEADING = _words("""
    mr mrs ms mx messrs dr prof gen lt col sgt capt maj cpl pfc pvt spc adm cmdr cdr brig gov sen sens rep reps rev hon
    pres vp fr msgr det insp supt amb sec atty asst dep ald vs v cf approx ca fig vol ed eds pp st mt ft pt ste mme
    mlle sr sra hr al""")
_NUMBERED = _words("no nos art sect ch par")  # belong to a number that follows
_TRAILING = _words("""
    Inc Corp Ltd Co Cos Bros LLC Jr Sr Esq etc Ave Blvd Rd Sq Hwy Dept Univ Assn Jan Feb Mar Apr Jun Jul Aug Sep Sept
    Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun Calif Fla Mass Pa Ill Conn Ariz Ala Ark Colo Del Ga Ind Kan
    Ky La Md Mich Minn Miss Mo Mont Neb Nev Okla Ore Tenn Tex Vt Va Wash Wis Wyo Ont Que Alta""")
_STARTERS = _words("""
    the a an he she it they we you his her its their our this that these those there here in on at by for from to with
    as but and or so yet nor if when while after before since until although though because however meanwhile also
    still then now what who why how where which not no yes more most many some several one two three earlier later
    last next during under according asked despite among both each every all another other such my is are was were
    i""")
_AFTER_CLOCK = re.compile(
    r"(?:Mon|Tues?|Wednes|Thurs?|Fri|Satur|Sun)(?:day)?\b|(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec)[a-z]*\b"
    r"|[A-Z]{2,5}\b|Eastern|Pacific|Central|Mountain"
)
_SPEECH = re.compile(
    r"(?:[A-Z][\w’'.-]*\s+){1,5}(?:said|says|asked|asks|told|wrote|writes|tweeted|added|shouted|exclaimed|replied)\b"
)

_CLOSERS = r"(?:[\"'”’»›)\]}]|\[\d{1,3}\])*"
_END = re.compile(
    rf"(?<![.!?…‽؟।])(?P<mark>[.!?…‽؟।]++){_CLOSERS}(?=\s)"  # the usual end: a mark, closing quotes, white space
    rf"|(?P<cjk>[。！？]+)[」』”’）]*"  # written without spaces
    rf"|(?<=[a-z]{{2}})(?P<glued>[.!?]){_CLOSERS}(?=[A-Z][a-z]+[\s,’'])"  # "…the troops.The group…"
)
_BLANK = re.compile(r"(?:\r\n|\r|\n)(?:[^\S\r\n]*(?:\r\n|\r|\n))+")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_BULLET = re.compile(r"[-–*•·‣▪►]\s")
_OPENERS = "\"'“‘«‹([{—–-•*·"
_UNFINISHED = re.compile(
    r"(?:[,;:—–-]|\b(?:the|a|an|of|to|in|on|at|by|for|from|with|and|or|but|as|that|said|says|is|are|was|were|has|had|"
    r"have|his|her|its|their|new|president|minister|secretary|general))$",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]+")
_SMALL_NAME = re.compile(r"(?:al|el|an|as|ash)-[A-Z]|i[A-Z]")  # al-Bashir, iPhone
_LAST_TOKEN = re.compile(r"\S*$")
_INITIALS = re.compile(r"[^\W\d_]|(?:[^\W\d_]{1,3}\.)+[^\W\d_]{1,3}")
_SPACE = re.compile(r"\s+")
_CLAUSE_END = re.compile(r"[,;:—–)”\"]\s+|\s--+\s+")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a part of one too long for a passage; `closes` when a paragraph ends with it."""

    span: Span
    words: int
    tokens: int
    closes: bool


def sentences(source_text: str, span: Span) -> tuple[Span, ...]:
    """The sentences of `source_text` within `span`: trimmed, disjoint, in order, covering all but white space.

    A blank line always ends one; a line break inside a paragraph does not, unless the line is a heading, an
    item of a list or the next line is indented. A dateline is part of the sentence it opens.
    """
    found: list[Span] = []
    for paragraph in _paragraphs(source_text, span):
        text = paragraph.of(source_text)
        start = 0
        for end in _sentence_ends(text):
            found.extend(_trimmed(source_text, paragraph.start + start, paragraph.start + end))
            start = end
        found.extend(_trimmed(source_text, paragraph.start + start, paragraph.end))
    return tuple(found)


def split(
    source_text: str, body: Sequence[Span], count_tokens: Callable[[str], int], *, max_tokens: int
) -> tuple[Span, ...]:
    """The passages of an article: about 80 to 160 words of whole sentences, shorter where left-out text forces it.

    `body` is disjoint and in order; a passage holds parts of two of its spans only where nothing but white space
    lies between them. `count_tokens` is asked about text with its white space normalised; no passage has
    more than `max_tokens` of them. A sentence of more is cut, at a clause if possible, else between words, and
    one endless word between characters.

    Raises:
        ValueError: `max_tokens` is less than 1.
    """
    if max_tokens < 1:
        raise ValueError(f"a passage needs room for a token, not max_tokens={max_tokens}")

    def count(span: Span) -> int:
        return count_tokens(" ".join(span.of(source_text).split()))

    passages: list[Span] = []
    for run in _runs(source_text, body):
        units = [unit for part in run for unit in _units(source_text, part, count, max_tokens)]
        for group in _grouped(units, max_tokens):
            passages.extend(_within_limit(group, count, max_tokens))
    return tuple(passages)


# --- sentences ---------------------------------------------------------------------------------------------


def _paragraphs(source_text: str, span: Span) -> Iterator[Span]:
    text = span.of(source_text)
    start = 0
    for blank in [*_BLANK.finditer(text), None]:
        end = len(text) if blank is None else blank.start()
        for first, last in pairwise([start, *_line_boundaries(text, start, end), end]):
            yield from _trimmed(source_text, span.start + first, span.start + last)
        start = end if blank is None else blank.end()


def _line_boundaries(text: str, start: int, end: int) -> Iterator[int]:
    """Where a single line break within `text[start:end]` is more than a hard wrap."""
    breaks = [(m.start(), m.end()) for m in _LINE_BREAK.finditer(text, start, end)]
    if not breaks:
        return
    starts = [start, *(b for _, b in breaks)]
    stops = [*(a for a, _ in breaks), end]
    width = max(b - a for a, b in zip(starts, stops, strict=True))
    for i in range(len(breaks)):
        line, following = text[starts[i] : stops[i]], text[starts[i + 1] : stops[i + 1]]
        if _starts_paragraph(line, following, width):
            yield starts[i + 1]


def _starts_paragraph(line: str, following: str, width: int) -> bool:
    words = following.split(maxsplit=1)
    if not line.strip() or not words:
        return False
    indent = len(following) - len(following.lstrip())
    if indent >= 2 and indent > len(line) - len(line.lstrip()):
        return True
    if _BULLET.match(following.lstrip()):
        return True
    opening = words[0].lstrip(_OPENERS)[:1]
    if opening.islower() or _UNFINISHED.search(line.rstrip()):
        return False
    fits = len(line.rstrip()) + 1 + len(words[0]) <= 0.6 * width  # then the break is no wrap
    return fits or len(line) > _WIDEST_WRAP


def _sentence_ends(text: str) -> Iterator[int]:
    start = 0
    for match in _END.finditer(text):
        if match["cjk"] or match["glued"] or _ends_sentence(text, start, match):
            start = match.end()
            yield start


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    rest = text[match.end() : match.end() + 120].lstrip()
    if not rest:
        return False  # the paragraph ends here anyway
    word = _LETTERS.match(rest.lstrip(_OPENERS))
    following = word[0] if word else ""
    if following[:1].islower() and not _SMALL_NAME.match(rest.lstrip(_OPENERS)):
        return False
    mark = match["mark"]
    quoted = match.end() > match.end("mark")
    if mark != ".":
        return not (quoted and mark[-1] in "!?" and _SPEECH.match(rest))
    if quoted:
        return True
    before = _LAST_TOKEN.search(text[max(start, match.start() - 40) : match.start()])
    token = before[0].lstrip(_OPENERS) if before else ""
    opening = text[start : match.start() - len(token)] if match.start() - start < 40 else "…"
    is_first = not opening.strip(_OPENERS + " \t\r\n")
    return not _is_abbreviation(token, following, rest, is_first=is_first)


def _is_abbreviation(token: str, following: str, rest: str, *, is_first: bool) -> bool:
    """Whether the full stop after `token` belongs to it and the sentence goes on with `following`."""
    starts_anew = following.lower() in _STARTERS and following[:1].isupper()
    if is_first and (len(token) == 1 or (token.isdigit() and len(token) <= 3)):
        return True  # the number of a list item, or an initial
    lower = token.lower()
    if lower in ("a.m", "p.m"):
        return bool(_AFTER_CLOCK.match(rest))
    if _INITIALS.fullmatch(token):  # an initial, U.S., Ph.D., e.g.
        return not starts_anew
    if lower in _NUMBERED:
        return rest[:1].isdigit()
    if lower in _LEADING and (token[0].isupper() or lower in ("vs", "v", "cf", "approx", "ca", "al", "pp")):
        return not (lower in ("st", "sr", "ft", "mt", "al") and starts_anew)
    if token in _TRAILING:
        return not starts_anew
    return False


def _trimmed(source_text: str, start: int, end: int) -> Iterator[Span]:
    """The span without the white space at its ends, or nothing."""
    while start < end and source_text[start].isspace():
        start += 1
    while end > start and source_text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Span(start, end)


# --- passages ----------------------------------------------------------------------------------------------


def _runs(source_text: str, body: Sequence[Span]) -> Iterator[list[Span]]:
    """The body spans in groups with nothing but white space between neighbours."""
    run: list[Span] = []
    for span in body:
        if run and source_text[run[-1].end : span.start].strip():
            yield run
            run = []
        run.append(span)
    if run:
        yield run


def _units(source_text: str, part: Span, count: Callable[[Span], int], max_tokens: int) -> Iterator[_Unit]:
    found = sentences(source_text, part)
    for i, sentence in enumerate(found):
        gap = source_text[sentence.end : found[i + 1].start] if i + 1 < len(found) else "\n\n"
        pieces = _cut(source_text, sentence, count, max_tokens)
        for n, (span, tokens) in enumerate(pieces, start=1):
            closes = n == len(pieces) and bool(_BLANK.search(gap))
            yield _Unit(span, len(span.of(source_text).split()), tokens, closes)


def _cut(source_text: str, span: Span, count: Callable[[Span], int], max_tokens: int) -> list[tuple[Span, int]]:
    """`span` with its token count, or halves of it, of halves …, until each is within the limit."""
    done: list[tuple[Span, int]] = []
    todo = [span]
    while todo:
        piece = todo.pop()
        if _is_far_too_long(source_text, piece, count, max_tokens):
            todo.extend(_halves(source_text, piece))
            continue
        tokens = count(piece)
        if tokens <= max_tokens or len(piece) == 1:
            done.append((piece, tokens))
            continue
        todo.extend(_halves(source_text, piece))
    return done


def _is_far_too_long(source_text: str, span: Span, count: Callable[[Span], int], max_tokens: int) -> bool:
    """Whether the whole words at its start alone are too many, so that the others need not be counted."""
    enough = _FAR_TOO_LONG * max_tokens
    if len(span) <= 2 * enough:
        return False
    words = source_text[span.start : span.start + enough].rsplit(None, 1)
    return len(words) == 2 and count(Span(span.start, span.start + len(words[0]))) > max_tokens


def _halves(source_text: str, piece: Span) -> list[Span]:
    """The two halves, the second first."""
    middle = _middle(source_text, piece)
    halves = [*_trimmed(source_text, piece.start, middle), *_trimmed(source_text, middle, piece.end)]
    return halves[::-1]


def _middle(source_text: str, piece: Span) -> int:
    """Where to cut `piece` in two: at the clause end in its middle half, else between words, else characters.

    The nearest to the middle is looked for near it first: to look through all of a long text for each cut would take
    long. White space in a row of more than thousands of characters may hide one.
    """
    half, quarter = len(piece) // 2, len(piece) // 4
    middle = piece.start + half
    for pattern in (_CLAUSE_END, _SPACE):
        reach = _NEAR
        while True:
            start = max(middle - 2 * reach, piece.start + quarter)
            end = min(middle + 2 * reach, piece.end - quarter)
            is_all = start == piece.start + quarter and end == piece.end - quarter
            ends = [m.end() for m in pattern.finditer(source_text, start, end)]
            near = min(ends, key=lambda end: abs(end - middle), default=None)
            if near is not None and (is_all or abs(near - middle) <= reach):
                return near
            if is_all:
                break
            reach *= 4
    text, cut = piece.of(source_text), half
    while cut > 1 and _joins(text[cut - 1], text[cut]):
        cut -= 1
    return piece.start + (cut if cut > 1 else max(half, 1))


def _joins(left: str, right: str) -> bool:
    """Whether the two characters are parts of one that a person sees: accents, emoji sequences."""
    return bool(unicodedata.combining(right)) or "\u200d" in (left, right) or right in "\ufe0e\ufe0f\u20e3"


def _grouped(units: Sequence[_Unit], max_tokens: int) -> Iterator[Sequence[_Unit]]:
    """`units` in consecutive groups within the limit, so that the summed cost of the groups is least."""
    best = [0.0] + [float("inf")] * len(units)
    came_from = [0] * (len(units) + 1)
    sizes = [(unit.words, unit.tokens) for unit in units]
    for end, unit in enumerate(units, 1):
        words, tokens = unit.words, unit.tokens
        best[end], came_from[end] = best[end - 1] + _cost(words, 1, closes=unit.closes), end - 1
        costs = _COSTS[unit.closes]
        for start in range(end - 2, -1, -1):
            more_words, more_tokens = sizes[start]
            words += more_words
            tokens += more_tokens
            if tokens > max_tokens or words > 2 * _MOST_WORDS:
                break
            total = best[start] + costs[words]
            if total < best[end]:
                best[end], came_from[end] = total, start
    cuts = [len(units)]
    while cuts[-1] > 0:
        cuts.append(came_from[cuts[-1]])
    for end, start in reversed(list(pairwise(cuts))):
        yield units[start:end]


def _cost(words: int, n_units: int, *, closes: bool) -> float:
    """How far a passage is from ideal: its length first, and a little for ending within a paragraph."""
    cost = ((words - _TARGET_WORDS) / (_MOST_WORDS - _TARGET_WORDS)) ** 2
    if words > _MOST_WORDS and n_units > 1:
        cost += 3.0
    if words < _FEWEST_WORDS:
        cost += 2.0 * (_FEWEST_WORDS - words) / _FEWEST_WORDS
    return cost + (0.0 if closes else 0.5)


_COSTS = {  # of several sentences, by their words: to look them up takes a third of the time
    closes: tuple(_cost(words, 2, closes=closes) for words in range(2 * _MOST_WORDS + 1)) for closes in (False, True)
}


def _within_limit(group: Sequence[_Unit], count: Callable[[Span], int], max_tokens: int) -> Iterator[Span]:
    """The group as one passage; as two where its tokens are more than the sum over its sentences promised."""
    span = Span(group[0].span.start, group[-1].span.end)
    if len(group) == 1 or count(span) <= max_tokens:
        yield span
        return
    half = len(group) // 2
    yield from _within_limit(group[:half], count, max_tokens)
    yield from _within_limit(group[half:], count, max_tokens)
