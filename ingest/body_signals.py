"""What a paragraph shows that tells article from page furniture, as numbers.

Of itself: length, sentence form, the vocabulary of menus, subscriptions, comment forms and copyright lines. Of its
page: its neighbours, its place among the prose and below the headline, whether its words are those of the prose
around it. Of its markup, in HTML: links, element, the words of its path. No outlet is known by name.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import regex
from numpy.typing import NDArray

from ingest.markup_signals import Matrix, Unit, extractor_signals, markup_signals, shifted

__all__ = [
    "ENDS",
    "SAID",
    "VOCABULARY",
    "Hints",
    "Matrix",
    "Unit",
    "content_words",
    "has_words",
    "page_signals",
    "shifted",
    "small_words",
    "vocabulary_hits",
    "words_of",
]

Hints = Sequence[tuple[str, str]]

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{1,2}|[^\W\u3040-\u30ff\u3400-\u9fff]+")  # pairs of CJK characters
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_BEGINNING = 400  # characters
_PLAIN_WORD = re.compile(r"\w+")  # what _WORD finds where there is none of them, in half the time


_LONGEST_KEPT = 2000  # characters


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, and the pairs of its Chinese and Japanese characters."""
    return _words_kept(text) if len(text) <= _LONGEST_KEPT else _words_in(text)


def _words_in(text: str) -> tuple[str, ...]:
    return tuple((_WORD if _CJK.search(text) else _PLAIN_WORD).findall(text))


_words_kept = functools.lru_cache(4096)(_words_in)  # a paragraph is asked about many times while its page is read


def small_words(text: str) -> list[str]:
    """The words of a text, each in small letters."""
    return [word.lower() for word in words_of(text)]


def has_words(text: str, n: int) -> bool:
    """Whether a text has at least so many words; of a long one its beginning tells."""
    return len(words_of(text[:_BEGINNING])) >= n or (len(text) > _BEGINNING and len(words_of(text)) >= n)


_FUNCTION_WORDS = frozenset(
    """the of to and a in that is was for on with as it he his at by be from are this have has not but which they were
    had an their she her who its will would or been said we i you our more than after about when there one if out up
    so what also can into over de la que el en y los se del las un por con no una su para es al como o da do e em os
    na dos mais não à le les des et est du une dans qui pour au sur pas par ce il der die und den von zu das mit sich
    ist im dem nicht ein eine auch auf für di che è per non sono della и в не на что с по как но из за""".split()
)
# Each is looked for in lower-cased text: a third of the time that ignoring the case would take.
VOCABULARY = tuple(
    re.compile(pattern)
    for pattern in (
        # sharing and following
        r"\b(?:share|tweet|facebook|twitter|whatsapp|instagram|pinterest|reddit|linkedin|telegram|youtube|email this|"
        r"print|follow us|get short url|copy link|flipboard)\b",
        # subscriptions and accounts
        r"\b(?:subscri\w+|newsletters?|sign (?:up|in|out)|log ?(?:in|out)|register|e-?mail address|inbox|membership|"
        r"free trial|notifications?|download (?:the|our) app|our channel|abonn\w+|assine)\b",
        # law and cookies
        r"\b(?:copyright|all rights reserved|privacy|terms (?:of|and)|cookies?|disclaimer|reproduc\w+|trademarks?|"
        r"consent|permission|responsib\w+ for|personal data|gdpr|liab\w+|defam\w+|punishable|powered by)\b|©",
        # comments
        r"\b(?:comments?|reply|moderat\w+|abusive|community (?:standards|guidelines)|offensive|characters left|"
        r"post a|leave a|discussion|kommentare?|comentários?|comentarios?)\b",
        # other stories
        r"\b(?:related|read (?:more|also|next|the full)|see also|more (?:from|on|stories|in|about)|recommended|"
        r"trending|most (?:read|popular|viewed|recent)|top stories|latest|popular|you may (?:also )?like|also read|"
        r"up next|previous|next (?:article|post|story)|watch:|editor'?s? picks?|don'?t miss|headlines|source link)\b",
        # captions and credits
        r"\b(?:getty|photo(?:graph(?:er|ed)?)?s?|image|caption|file pic\w*|pictured|credit|reuters/|ap photo|afp|"
        r"shutterstock|courtesy|video|slideshow|gallery|via)\b",
        # bylines and dates
        r"\b(?:written by|posted (?:by|on|in)|published|updated|last modified|staff writer|editor|correspondent|"
        r"reporting by|contributed|min(?:ute)?s? read|hours? ago|days? ago|filed under|tags?|categor\w+)\b",
        # menus and buttons
        r"\b(?:home|menu|search|about us|contact|advertis\w+|careers|skip to|site map|sitemap|rss|help|faq|archives?|"
        r"listen live|live tv|weather|shop|store|deals|sponsored|promot\w+|click|load more|show more|view all|sections|"
        r"back to|return to|close|toggle|navigation|podcasts?|obituaries|crossword)\b",
    )
)
# A sign that is a match by itself, and letters whose words may be cut otherwise in small letters or as pairs.
_UNLIKE = re.compile("[©\u0307\u3040-\u30ff\u3400-\u9fff]")
_PARTIAL = tuple(regex.compile(pattern.pattern) for pattern in VOCABULARY)
_MOST_WORDS_KNOWN = 100_000


class _Openings(dict[str, int]):
    """By word, in small letters: the vocabularies of which a match may begin with it, one bit each.

    A page of prose is spared nine of ten searches so.
    """

    def __missing__(self, word: str) -> int:
        bits = sum(1 << i for i, pattern in enumerate(_PARTIAL) if pattern.match(word, partial=True))
        if len(self) < _MOST_WORDS_KNOWN:
            self[word] = bits
        return bits


_openings = _Openings()


def vocabulary_hits(lowered: str, small: Sequence[str]) -> list[int]:
    """How often each vocabulary is found in a text in small letters, whose words are `small`."""
    if _UNLIKE.search(lowered):
        return [len(pattern.findall(lowered)) for pattern in VOCABULARY]
    hits, ends = [0] * len(VOCABULARY), [0] * len(VOCABULARY)
    openings = sorted(_places(lowered, {word for word in small if _openings[word]}))
    for start, word in openings:
        bits = _openings[word]
        for i, pattern in enumerate(VOCABULARY):
            if bits >> i & 1 and start >= ends[i] and (found := pattern.match(lowered, start)):
                hits[i] += 1
                ends[i] = found.end()
    return hits


def _places(text: str, words: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Where those words stand, also within others: the patterns see to that."""
    for word in words:
        start = text.find(word)
        while start >= 0:
            yield start, word
            start = text.find(word, start + 1)


_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(rf"\b{_MONTH} \d{{1,2}}\b|\b\d{{1,2}} {_MONTH}|\b\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{1,4}}\b")
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d\d\b(?:\s*(?:[ap]\.?m|gmt|e[sd]?t|utc|ist)\b)?")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s|$)|[。！？]")
ENDS = re.compile(r"[.!?。！？][\"'”’»)\]]*(?:\[\d+\])?$")
_TEASER_END = re.compile(r"(?:\.\.\.|…|\[…\]|»|>>|›)$")
_ADDRESS = re.compile(r"https?://|www\.|\b\w+\.(?:com|org|net)\b|\S@\S|(?:^|\s)[@#]\w")
_ADDRESS_SIGN = re.compile(r"[@#]|://|www\.|\.(?:com|org|net)")  # quicker: few lines hold one
_SEPARATOR = re.compile(r"[|»›•·/►▶→]")
_YOU = frozenset(("you", "your", "we", "our", "us", "please"))
_SAID = frozenset(("said", "says", "told", "according", "added", "reported", "announced", "asked", "wrote"))
SAID = re.compile(rf"\b(?:{'|'.join(sorted(_SAID))})\b")
_QUOTES = frozenset('"“”«»„')


_KINDS: tuple[Callable[[str], bool], ...] = (str.isalpha, str.isdigit, str.isupper)


@functools.cache
def _kinds_of_characters() -> NDArray[np.bool_]:
    """(65536, 3) whether a character is a letter, a digit, a capital."""
    return np.array([[is_one(chr(code)) for is_one in _KINDS] for code in range(0x10000)])


def _character_counts(texts: Sequence[str]) -> Matrix:
    """(n, 3) how many letters, digits and capitals each text has; none of them is empty."""
    joined = "".join(texts)
    codes = np.frombuffer(joined.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    if len(codes) != len(joined):  # characters that take two
        return np.array([[sum(map(is_one, text)) for is_one in _KINDS] for text in texts], dtype=float)
    starts = np.cumsum([0, *(len(text) for text in texts[:-1])])
    counts: Matrix = np.add.reduceat(_kinds_of_characters()[codes], starts, axis=0, dtype=float)
    return counts


def _own_signals(text: str, words: Sequence[str], small: Sequence[str], characters: Sequence[float]) -> list[float]:
    """What one paragraph shows by itself; `small` are its words in small letters.

    `characters` are the numbers of its letters, digits and capitals.
    """
    count = len(words) or 1
    length = len(text)
    lowered = text.lower()
    letters, digits, capitals = characters
    letters = letters or 1
    sentences = len(_SENTENCE_END.findall(text))
    first, last = text[0], text[-1]
    signals = [
        math.log1p(len(words)),
        math.log1p(length),
        letters / count,
        letters / length,
        capitals / letters,
        sum(map(str.isupper, [word[0] for word in words[1:]])) / max(1, count - 1),
        sum(map(_FUNCTION_WORDS.__contains__, small)) / count,
        digits / length,
        float(sentences),
        count / max(1, sentences),
        float(ENDS.search(text) is not None),
        float(_TEASER_END.search(text) is not None),
        float(last == ":"),
        float(last == "?"),
        (text.count(",") + text.count(";")) / count,
        float(first.isupper()) - float(first.islower()),
        float(first in _QUOTES),
        float(not _QUOTES.isdisjoint(text)),
        float(first in "([•*-–—►»>|"),
        float(first in "([" and last in ")]"),
        float(digits > 0 and _DATE.search(lowered) is not None),
        float(digits > 0 and _CLOCK.search(lowered) is not None),
        float(_ADDRESS_SIGN.search(text) is not None and _ADDRESS.search(text) is not None),
        len(_SEPARATOR.findall(text)) / count,
        sum(map(_YOU.__contains__, small)) / count,
        sum(map(_SAID.__contains__, small)) / count,
    ]
    found = vocabulary_hits(lowered, small)
    signals.extend(min(hits, 5) / count for hits in found)
    signals.extend(float(min(hits, 3)) for hits in found)
    return signals


# --- signals of a paragraph in its page -------------------------------------------------------------------


def page_signals(units: Sequence[Unit], hints: Hints = ()) -> Matrix:
    """(n, d) signals of every paragraph: its own, its neighbours', its place, and its markup if it has any."""
    texts = [unit.text for unit in units]
    words, small = [words_of(text) for text in texts], [small_words(text) for text in texts]
    characters = _character_counts(texts).tolist()
    own = np.array([_own_signals(*each) for each in zip(texts, words, small, characters, strict=True)])
    prose = _prose(own, words)
    columns = [own, _place(small, prose), _around(own), _cohesion(small, prose), _since_markers(own)]
    columns.append(_headline(small, prose, hints))
    columns.extend(shifted(own[:, _LOOKED_AT], step) for step in (-2, -1, 1, 2))
    if any(unit.block for unit in units):
        columns.extend((markup_signals(units, prose), _said_by_page(small, hints)))
        columns.append(extractor_signals(units, prose))
    return np.hstack(columns)


_SHORT_LINE = np.log1p(8)
_FIRST_VOCABULARY = 26  # the column where the vocabularies start
_LOOKED_AT = [0, 6, 8, 10, 5, 24, 29, 30, 34, 38, 40, 41]


def _prose(own: Matrix, words: Sequence[Sequence[str]]) -> Matrix:
    """(n,) words of each paragraph that reads like sentences, zero for the others."""
    counts = np.array([len(tokens) for tokens in words], dtype=float)
    reads_so = (counts >= 10) & (own[:, 8] >= 1) & (own[:, 5] < 0.5)
    return np.where(reads_so, counts, 0.0)


def _place(small: Sequence[Sequence[str]], prose: Matrix) -> Matrix:
    """Where a paragraph stands: in the page, among the prose, and after a repeated headline."""
    n = len(small)
    index = np.arange(n)
    before = np.concatenate([[0.0], np.cumsum(prose)])
    total = before[-1] or 1.0
    normal = [" ".join(tokens) for tokens in small]
    seen = Counter(normal)
    first_place: dict[str, int] = {}
    for place, line in enumerate(normal):
        first_place.setdefault(line, place)
    last_prose = np.maximum.accumulate(np.where(prose > 0, index, -1))
    next_prose = np.minimum.accumulate(np.where(prose > 0, index, n)[::-1])[::-1]
    gap_before = np.where(last_prose >= 0, index - last_prose, 50)
    gap_after = np.where(next_prose < n, next_prose - index, 50)
    columns = [
        index / n,
        before[:-1] / total,
        1 - before[1:] / total,
        np.log1p(before[:-1]),
        np.log1p(total - before[1:]),
        np.log1p(np.full(n, total)),
        np.array([float(min(seen[line], 5)) for line in normal]),
        np.array([float(first_place[line] < place) for place, line in enumerate(normal)]),
        np.minimum(gap_before, 50),
        np.minimum(gap_after, 50),
        np.minimum(np.where(last_prose >= 0, gap_before, 0) + np.where(next_prose < n, gap_after, 0), 50),
    ]
    for reach in (2, 5, 12):
        low, high = np.maximum(index - reach, 0), np.minimum(index + reach + 1, n)
        columns.append((before[high] - before[low] - prose) / total)
        columns.append(np.log1p(before[high] - before[index + 1]))
        columns.append(np.log1p(before[index] - before[low]))
    return np.column_stack(columns)


def _around(own: Matrix) -> Matrix:
    """How long the lines around a paragraph are, how many are sentences, and how long a run of short lines it is in."""
    n = len(own)
    index = np.arange(n)
    columns = []
    sums = np.vstack([np.zeros(4), np.cumsum(own[:, [0, 5, 6, 10]], axis=0)])
    for reach in (3, 8):
        low, high = np.maximum(index - reach, 0), np.minimum(index + reach + 1, n)
        columns.append((sums[high] - sums[low]) / (high - low)[:, None])
    short = own[:, 0] < _SHORT_LINE
    runs = np.concatenate([[0], np.cumsum(short[1:] != short[:-1])])
    columns.append(np.minimum(np.bincount(runs)[runs], 40)[:, None] * np.where(short, 1.0, -1.0)[:, None])
    return np.hstack(columns)


def _cohesion(small: Sequence[Sequence[str]], prose: Matrix) -> Matrix:
    """How far the content words of a paragraph are those of the page's prose around it."""
    content = [_content(tokens) for tokens in small]
    where: dict[str, list[int]] = {}
    for place, kept in enumerate(content):
        if prose[place]:
            for word in kept:
                where.setdefault(word, []).append(place)
    rows: list[tuple[float, float, float, float]] = []
    many = max(1, int((prose > 0).sum()))
    again = {word: places for word, places in where.items() if len(places) > 1}
    for place, kept in enumerate(content):
        own, held = (1, again) if prose[place] else (0, where)
        shared = others = near = 0
        for word in kept:
            if places := held.get(word):
                shared += 1
                others += len(places) - own
                near += bisect_left(places, place + 7) - bisect_left(places, place - 6) > own
        size = len(kept) or 1
        rows.append((shared / size, others / size / many, near / size, float(len(kept))))
    return np.array(rows)


def content_words(text: str) -> set[str]:
    """The words of a text that say what it is about, in small letters."""
    return _content(small_words(text))


def _content(small: Iterable[str]) -> set[str]:
    return {word for word in small if len(word) > 3} - _FUNCTION_WORDS


def _since_markers(own: Matrix) -> Matrix:
    """How far above the nearest short line stands that opens a section of sharing, comments, other stories, …"""
    columns = []
    for vocabulary in range(len(VOCABULARY)):
        hits = own[:, _FIRST_VOCABULARY + vocabulary] > 0
        index = np.arange(len(own))
        last = np.maximum.accumulate(np.where(hits & (own[:, 0] < _SHORT_LINE), index, -99))
        columns.append(np.minimum(index - last, 40))
    return np.column_stack(columns)


def _headline(small: Sequence[Sequence[str]], prose: Matrix, hints: Hints) -> Matrix:
    """Where a paragraph stands from the page's headline, and how many words it shares with it.

    The headline is the line that says again what the page's title, or its first line, says.
    """
    titles = [value for name, value in hints if name in ("meta:og:title", "title", "jsonld:headline")]
    title = set(words_of(titles[0].lower()) if titles else small[0])
    n = len(small)
    index = np.arange(n)
    kept = [set(tokens) for tokens in small]
    shared = np.array([len(each & title) / (len(each) or 1) for each in kept])
    says_again = [
        place > 0 and len(each) >= 3 and len(each & title) >= 0.7 * len(each) and len(each & title) >= 0.4 * len(title)
        for place, each in enumerate(kept)
    ]
    again = np.flatnonzero(np.array(says_again))
    content = _content(title)
    topical = np.array([len(each & content) / (len(content) or 1) for each in kept])
    if not len(again):
        return np.column_stack([shared, topical, np.full((n, 4), -60.0)])
    before = np.concatenate([[0.0], np.cumsum(prose)])
    after_first = before[index] - before[again[0]]
    last = np.maximum.accumulate(np.where(np.isin(index, again), index, -1))
    return np.column_stack(
        [
            shared,
            topical,
            np.clip(index - again[0], -50, 50),
            np.sign(after_first) * np.log1p(np.abs(after_first)),
            np.where(last >= 0, np.minimum(index - last, 50), -50),
            np.clip(index - again[-1], -50, 50),
        ]
    )


def _said_by_page(small: Sequence[Sequence[str]], hints: Hints) -> Matrix:
    """How much of a paragraph is in the article text and the description that the page's metadata gives."""
    columns = []
    for names in (("jsonld:articleBody",), ("meta:og:description", "meta:description")):
        said = [words_of(value.lower()) for name, value in hints if name in names]
        longest = max(said, key=len, default=())
        pairs = set(itertools.pairwise(longest))
        for own in small:
            own_pairs = list(itertools.pairwise(own))
            columns.append(sum(pair in pairs for pair in own_pairs) / len(own_pairs) if pairs and own_pairs else -1.0)
    return np.array(columns).reshape(2, len(small)).T
