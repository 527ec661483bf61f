"""What a paragraph shows that tells article from page furniture, as numbers.

Of itself: length, sentence form, the vocabulary of menus, subscriptions, comment forms and copyright lines. Of its
page: its neighbours, its place among the prose and below the headline, whether its words are those of the prose
around it. Of its markup, in HTML: links, element, the words of its path. No outlet is known by name.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.article import Span
from ingest.read import Block

__all__ = ["ENDS", "SAID", "VOCABULARY", "WORD", "Hints", "Matrix", "Unit", "page_signals", "shifted"]

Matrix = NDArray[np.float64]
Hints = Sequence[tuple[str, str]]

WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{1,2}|[^\W\u3040-\u30ff\u3400-\u9fff]+")  # pairs of CJK characters


@dataclass(frozen=True, slots=True)
class Unit:
    """One paragraph: its span, its words, and what the markup says of it."""

    span: Span
    text: str
    block: Block | None = None


_FUNCTION_WORDS = frozenset(
    """the of to and a in that is was for on with as it he his at by be from are this have has not but which they were
    had an their she her who its will would or been said we i you our more than after about when there one if out up
    so what also can into over de la que el en y los se del las un por con no una su para es al como o da do e em os
    na dos mais não à le les des et est du une dans qui pour au sur pas par ce il der die und den von zu das mit sich
    ist im dem nicht ein eine auch auf für di che è per non sono della и в не на что с по как но из за""".split()
)
VOCABULARY = tuple(
    re.compile(pattern, re.IGNORECASE)
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
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\b{_MONTH} \d{{1,2}}\b|\b\d{{1,2}} {_MONTH}|\b\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{1,4}}\b", re.IGNORECASE
)
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d\d\b(?:\s*(?:[ap]\.?m|gmt|e[sd]?t|utc|ist)\b)?", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s|$)|[。！？]")
ENDS = re.compile(r"[.!?。！？][\"'”’»)\]]*(?:\[\d+\])?$")
_TEASER_END = re.compile(r"(?:\.\.\.|…|\[…\]|»|>>|›)$")
_ADDRESS = re.compile(r"https?://|www\.|\b\w+\.(?:com|org|net)\b|\S@\S|(?:^|\s)[@#]\w")
_SEPARATOR = re.compile(r"[|»›•·/►▶→]")
_YOU = re.compile(r"\b(?:you|your|we|our|us|please)\b", re.IGNORECASE)
SAID = re.compile(r"\b(?:said|says|told|according|added|reported|announced|asked|wrote)\b", re.IGNORECASE)
_QUOTES = '"“”«»„'


def _own_signals(text: str, words: Sequence[str]) -> list[float]:
    """What one paragraph shows by itself."""
    count = len(words) or 1
    letters = sum(char.isalpha() for char in text) or 1
    capitalised = sum(word[0].isupper() for word in words[1:]) / max(1, count - 1)
    sentences = len(_SENTENCE_END.findall(text))
    signals = [
        float(np.log1p(len(words))),
        float(np.log1p(len(text))),
        letters / count,
        letters / len(text),
        sum(char.isupper() for char in text) / letters,
        capitalised,
        sum(word.lower() in _FUNCTION_WORDS for word in words) / count,
        sum(char.isdigit() for char in text) / len(text),
        float(sentences),
        count / max(1, sentences),
        float(ENDS.search(text) is not None),
        float(_TEASER_END.search(text) is not None),
        float(text.endswith(":")),
        float(text.endswith("?")),
        (text.count(",") + text.count(";")) / count,
        float(text[0].isupper()) - float(text[0].islower()),
        float(text[0] in _QUOTES),
        float(sum(text.count(mark) for mark in _QUOTES) > 0),
        float(text[0] in "([•*-–—►»>|"),
        float(text[0] in "([" and text[-1] in ")]"),
        float(_DATE.search(text) is not None),
        float(_CLOCK.search(text) is not None),
        float(_ADDRESS.search(text) is not None),
        len(_SEPARATOR.findall(text)) / count,
        len(_YOU.findall(text)) / count,
        len(SAID.findall(text)) / count,
    ]
    found = [len(pattern.findall(text)) for pattern in VOCABULARY]
    signals.extend(min(hits, 5) / count for hits in found)
    signals.extend(float(min(hits, 3)) for hits in found)
    return signals


# --- signals of a paragraph in its page -------------------------------------------------------------------


def page_signals(units: Sequence[Unit], hints: Hints = ()) -> Matrix:
    """(n, d) signals of every paragraph: its own, its neighbours', its place, and its markup if it has any."""
    words = [WORD.findall(unit.text) for unit in units]
    own = np.array([_own_signals(unit.text, tokens) for unit, tokens in zip(units, words, strict=True)])
    prose = _prose(own, words)
    columns = [own, _place(units, words, prose), _cohesion(words, prose), _since_markers(own)]
    columns.append(_headline(words, prose, hints))
    columns.extend(shifted(own[:, _LOOKED_AT], step) for step in (-2, -1, 1, 2))
    if any(unit.block for unit in units):
        columns.extend((_markup(units, prose), _said_by_page(words, hints)))
    return np.hstack(columns)


_FIRST_VOCABULARY = 26  # the column where the vocabularies start
_LOOKED_AT = [0, 6, 8, 10, 5, 24, 29, 30, 34, 38, 40, 41]


def _prose(own: Matrix, words: Sequence[Sequence[str]]) -> Matrix:
    """(n,) words of each paragraph that reads like sentences, zero for the others."""
    counts = np.array([len(tokens) for tokens in words], dtype=float)
    reads_so = (counts >= 10) & (own[:, 8] >= 1) & (own[:, 5] < 0.5)
    return np.where(reads_so, counts, 0.0)


def shifted(columns: Matrix, step: int) -> Matrix:
    """The same columns of the paragraph `step` places on; -1 beyond the page."""
    shifted = np.full_like(columns, -1.0)
    if abs(step) < len(columns):
        if step > 0:
            shifted[:-step] = columns[step:]
        else:
            shifted[-step:] = columns[:step]
    return shifted


def _place(units: Sequence[Unit], words: Sequence[Sequence[str]], prose: Matrix) -> Matrix:
    """Where a paragraph stands: in the page, among the prose, and after a repeated headline."""
    n = len(units)
    index = np.arange(n)
    before = np.concatenate([[0.0], np.cumsum(prose)])
    total = before[-1] or 1.0
    normal = [" ".join(tokens).lower() for tokens in words]
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


def _cohesion(words: Sequence[Sequence[str]], prose: Matrix) -> Matrix:
    """How far the content words of a paragraph are those of the page's prose around it."""
    content = [{word.lower() for word in tokens if len(word) > 3} - _FUNCTION_WORDS for tokens in words]
    where: dict[str, list[int]] = {}
    for place, kept in enumerate(content):
        if prose[place]:
            for word in kept:
                where.setdefault(word, []).append(place)
    rows: list[list[float]] = []
    many = max(1, int((prose > 0).sum()))
    for place, kept in enumerate(content):
        own = 1 if prose[place] else 0
        others = [len(where.get(word, ())) - own for word in kept]
        near = [_is_near(where.get(word, ()), place, own) for word in kept]
        size = len(kept) or 1
        rows.append(
            [
                sum(count > 0 for count in others) / size,
                sum(others) / size / many,
                sum(near) / size,
                float(len(kept)),
            ]
        )
    return np.array(rows)


def _since_markers(own: Matrix) -> Matrix:
    """How far above the nearest short line stands that opens a section of sharing, comments, other stories, …"""
    columns = []
    for vocabulary in range(len(VOCABULARY)):
        hits = own[:, _FIRST_VOCABULARY + vocabulary] > 0
        index = np.arange(len(own))
        last = np.maximum.accumulate(np.where(hits & (own[:, 0] < np.log1p(8)), index, -99))
        columns.append(np.minimum(index - last, 40))
    return np.column_stack(columns)


def _headline(words: Sequence[Sequence[str]], prose: Matrix, hints: Hints) -> Matrix:
    """Where a paragraph stands from the page's headline, and how many words it shares with it.

    The headline is the line that says again what the page's title, or its first line, says.
    """
    titles = [value for name, value in hints if name in ("meta:og:title", "title", "jsonld:headline")]
    title = {word.lower() for word in (WORD.findall(titles[0]) if titles else words[0])}
    n = len(words)
    index = np.arange(n)
    kept = [{word.lower() for word in tokens} for tokens in words]
    shared = np.array([len(each & title) / (len(each) or 1) for each in kept])
    says_again = [
        place > 0 and len(each) >= 3 and len(each & title) >= 0.7 * len(each) and len(each & title) >= 0.4 * len(title)
        for place, each in enumerate(kept)
    ]
    again = np.flatnonzero(np.array(says_again))
    content = {word for word in title if len(word) > 3} - _FUNCTION_WORDS
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


def _is_near(places: Sequence[int], place: int, own: int) -> bool:
    low = bisect_left(places, place - 6)
    return bisect_left(places, place + 7) - low > own


_PATH_VOCABULARY = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"article|story|entry|post|\bmain\b",
        r"body|content|text|paragraph",
        r"articlebody|article-body|article__body|story-body|entry-content|post-content|article-text|articletext",
        r"nav|menu|breadcrumb|header|masthead|topbar",
        r"foot|copyright|legal|cookie|consent|privacy",
        r"side|rail|aside|widget|module",
        r"related|recommend|promo|more|popular|trending|teaser|also|link",
        r"comment|discuss|reply|disqus",
        r"share|social|follow|newsletter|subscri|signup|login|modal|popup",
        r"caption|figure|image|photo|credit|media|gallery|video",
        r"byline|author|date|time|meta|tag|categor",
        r"\bad|advert|sponsor|banner|dfp|promo",
        r"title|headline|hed\b|\bh1|dek|subtitle|summary|lead|intro|standfirst",
        r"quote|tweet|embed|table|list",
    )
)


def _said_by_page(words: Sequence[Sequence[str]], hints: Hints) -> Matrix:
    """How much of a paragraph is in the article text and the description that the page's metadata gives."""
    columns = []
    for names in (("jsonld:articleBody",), ("meta:og:description", "meta:description")):
        said = [WORD.findall(value.lower()) for name, value in hints if name in names]
        longest = max(said, key=len, default=[])
        pairs = set(itertools.pairwise(longest))
        for tokens in words:
            own = [word.lower() for word in tokens]
            own_pairs = list(itertools.pairwise(own))
            columns.append(sum(pair in pairs for pair in own_pairs) / len(own_pairs) if pairs and own_pairs else -1.0)
    return np.array(columns).reshape(2, len(words)).T


_TAGS = ("p", "div", "li", "td", "h1", "h2", "h3", "h4", "figcaption", "blockquote", "pre")


def _markup(units: Sequence[Unit], prose: Matrix) -> Matrix:
    """What the markup says: links, element, the words of its path, and how much prose its parents hold."""
    paths = [unit.block.path.split(">") if unit.block else [] for unit in units]
    tags = [unit.block.tag if unit.block else "" for unit in units]
    linked = [unit.block.link_chars / (unit.block.end - unit.block.start) if unit.block else 0.0 for unit in units]
    total = prose.sum() or 1.0
    columns: list[Sequence[float] | Matrix] = [linked, [float(len(path)) for path in paths]]
    columns.extend([float(tag == name) for tag in tags] for name in _TAGS)
    columns.extend(shifted(np.array(linked)[:, None], step)[:, 0] for step in (-1, 1))
    for pattern in _PATH_VOCABULARY:
        columns.append([float(any(map(pattern.search, path[-3:]))) for path in paths])
        columns.append([float(sum(bool(pattern.search(label)) for label in path[:-3])) for path in paths])
    for cut in (0, 1, 2, 3, 4):
        keys = [(">".join(path[: len(path) - cut])) for path in paths]
        held: dict[str, float] = {}
        for key, size in zip(keys, prose, strict=True):
            held[key] = held.get(key, 0.0) + size
        columns.append([held[key] / total for key in keys])
        shared = Counter(keys)
        columns.append([float(np.log1p(shared[key])) for key in keys])
    return np.column_stack(columns)
