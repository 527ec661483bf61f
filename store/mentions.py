"""Every article that mentions a phrase, none left out and none too many: what a count rests on.

A mention is the phrase as whole words, capitals aside, within an unbroken run of the selected body, or in the headline.
Any white space may part its words, as hard-wrapped lines do; straight and curly apostrophes are one, and so are the
hyphens and the en dash; letters count as equal however their accents are encoded. A word goes on through letters,
digits, underscores, combining marks and letters in circles, so none of these may stand right before or behind.

Candidates come from the full-text index where it cannot miss any, and each is held against its text; where the index
could miss one (digits, single letters, scripts without Latin letters), every text is read. Only two things can be
missed: a common word written on to unusual initials without a space ("X.Y.port"), and one that a passage limit cuts in
two because it lies within hundreds of characters without white space.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ingest.article import Article, Span, source_order
from store.hits import Filters
from store.ranking import View

if TYPE_CHECKING:
    from store.catalog import Scope
    from store.lexical import LexicalIndex

__all__ = ["ArticleMentions", "Wanted", "find_left_out", "find_mentions"]

_AT_ONCE = 256  # articles whose texts are in memory together
_MOST_CHARS = 1_000  # of a phrase
_MOST_LOOKED_UP = 3  # words of a phrase that narrow the candidates
_ONE_WAY = (*((c, "'") for c in "‘’ʼ＇"), *((c, "-") for c in "‐‑‒–﹣－"))
_SAFE_ACCENTED = "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăąćĉċčďđēĕėęěĝğġģĥĩīĭįĵķĺļľńņňōŏőœŕŗřśŝşšţťũūŭůűųŵŷźżž"
_SURE_WORD = re.compile(rf"[a-z{_SAFE_ACCENTED}]{{2,40}}")  # in the index under one term, however it is written
_RUN = re.compile(r"[^\W_]+")
_PLAIN = frozenset("'’-–—…“”‘«»")  # beside a word in a phrase, besides ASCII: the index parts words at them


@dataclass(frozen=True, slots=True)
class ArticleMentions:
    """An article that mentions a phrase: where in its source text, and whether its headline does.

    `story` is the article that stands for all that carry the same text, near enough; `sources` are the places it lies
    that were admitted. `spans` are the mentions in the body, in order; empty when the headline alone mentions it.
    """

    article: Article
    spans: tuple[Span, ...]
    in_headline: bool
    story: str
    sources: tuple[str, ...]


class Wanted:
    """A phrase that is looked for. Falsy when it holds no word."""

    def __init__(self, phrase: str) -> None:
        phrase = phrase[:_MOST_CHARS]
        forms = dict.fromkeys(unicodedata.normalize(form, phrase) for form in ("NFC", "NFD"))
        self._forms = [tuple(_folded(form)[0].split()) for form in forms]
        self.words = self._forms[0]
        self._patterns = [re.compile(r"\s+".join(map(re.escape, words))) for words in self._forms]

    def __bool__(self) -> bool:
        return any(_RUN.search(word) for word in self.words)

    def spans(self, text: str, body: Sequence[Span] | None = None, *, outside: bool = False) -> tuple[Span, ...]:
        """Where `text` mentions it, in order, not overlapping.

        With `body`, only within an unbroken run of it; with `outside` too, only within what lies between and around.
        """
        folded, starts = _folded(text)
        if not any(all(word in folded for word in words) for words in self._forms):
            return ()
        regions = [(0, len(text))] if body is None else _unbroken(text, body)
        if outside:
            edges = [0, *(edge for region in regions for edge in region), len(text)]
            regions = [(a, b) for a, b in list(pairwise(edges))[::2] if a < b]
        if starts is None:
            return tuple(Span(a, b) for start, end in regions for a, b in self._within(folded, start, end))
        return tuple(span for start, end in regions for span in self._unfolded(text[start:end], start))

    def _unfolded(self, part: str, offset: int) -> Iterator[Span]:
        """As `spans`, of a part of a text that is longer when folded."""
        folded, starts = _folded(part)
        at = [*(range(len(folded)) if starts is None else starts), len(part)]
        for a, b in self._within(folded, 0, len(folded)):
            yield Span(offset + at[a], offset + at[b])

    def _within(self, folded: str, start: int, end: int) -> list[tuple[int, int]]:
        found = sorted(f for pattern in self._patterns for f in _whole(pattern, folded, start, end))
        return [f for i, f in enumerate(found) if i == 0 or found[i - 1][1] <= f[0]]

    def sure_words(self) -> tuple[str, ...]:
        """Those of its words by which the index finds every passage that mentions it; none where there is no such."""
        text = " ".join(self.words)
        found: dict[str, None] = {}
        for run in _RUN.finditer(text):
            beside = (text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1])
            if _SURE_WORD.fullmatch(run[0]) and all(not c or c.isascii() or c in _PLAIN for c in beside):
                found[run[0]] = None
        return tuple(found)


def find_mentions(view: View, lexical: LexicalIndex, phrase: str, filters: Filters) -> tuple[ArticleMentions, ...]:
    """The articles that `filters` admits and that mention `phrase`, ordered by source."""
    wanted = Wanted(phrase)
    if not wanted:
        return ()
    scopes = _candidates(view, lexical, wanted, filters)
    found: list[ArticleMentions] = []
    for article, text in _texts(view, scopes):
        spans = wanted.spans(text, article.body)
        in_headline = bool(article.headline) and bool(wanted.spans(article.headline or ""))
        if spans or in_headline:
            found.append(_mentions(view, article, spans, filters, in_headline=in_headline))
    return tuple(sorted(found, key=lambda m: source_order(m.article.source)))


def find_left_out(view: View, phrase: str, filters: Filters) -> tuple[ArticleMentions, ...]:
    """The articles that have `phrase` in what was left out of the selection, and mention it nowhere.

    `spans` are where. Every admitted text is read.
    """
    wanted = Wanted(phrase)
    found: list[ArticleMentions] = []
    for article, text in _texts(view, view.admitted(filters) if wanted else []):
        spans = wanted.spans(text, article.body, outside=True)
        if spans and not wanted.spans(text, article.body) and not wanted.spans(article.headline or ""):
            found.append(_mentions(view, article, spans, filters, in_headline=False))
    return tuple(sorted(found, key=lambda m: source_order(m.article.source)))


def _mentions(
    view: View, article: Article, spans: tuple[Span, ...], filters: Filters, *, in_headline: bool
) -> ArticleMentions:
    return ArticleMentions(article, spans, in_headline, view.canonical(article.article_id), filters.among(article))


def _candidates(view: View, lexical: LexicalIndex, wanted: Wanted, filters: Filters) -> Sequence[Scope]:
    """The admitted articles that may mention it: by the rarest of its words that the index can be trusted with."""
    scopes = view.admitted(filters)
    words = sorted(wanted.sure_words(), key=lambda w: view.document_frequency(w, lexical))[:_MOST_LOOKED_UP]
    if not words or not scopes:
        return scopes
    starts = np.array([scope.first_id for scope in scopes], np.int64)
    order = np.argsort(starts)
    starts, lengths = starts[order], np.array([scope.n_passages for scope in scopes], np.int64)[order]
    held = np.ones(len(scopes), bool)
    for word in words:  # each anywhere in the article: a passage may end between two of them
        ids = np.array(lexical.holding(word), np.int64)
        at = np.searchsorted(starts, ids, side="right") - 1
        inside = (at >= 0) & (ids < starts[at] + lengths[at])
        here = np.zeros(len(scopes), bool)
        here[at[inside]] = True
        held &= here
    return [scopes[i] for i in np.sort(order[held])]


def _texts(view: View, scopes: Sequence[Scope]) -> Iterator[tuple[Article, str]]:
    for start in range(0, len(scopes), _AT_ONCE):
        ids = [scope.article_id for scope in scopes[start : start + _AT_ONCE]]
        view.prepare(ids)
        articles = view.articles(ids)
        for article_id in ids:
            text = view.text(article_id)
            if text is not None and article_id in articles:
                yield articles[article_id], text


def _unbroken(text: str, body: Sequence[Span]) -> list[tuple[int, int]]:
    """The spans of a body, those between which nothing but white space lies made one."""
    joined: list[tuple[int, int]] = []
    start, end = body[0].start, body[0].end
    for span in body[1:]:
        if text[end : span.start].strip():
            joined.append((start, end))
            start = span.start
        end = span.end
    return [*joined, (start, end)]


def _whole(pattern: re.Pattern[str], folded: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where `pattern` stands between `start` and `end` as whole words."""
    match = pattern.search(folded, start, end)
    while match is not None:
        a, b = match.span()
        whole = (a == start or not _is_of_a_word(folded[a - 1])) and (b == end or not _is_of_a_word(folded[b]))
        if whole:
            yield a, b
        match = pattern.search(folded, b if whole else a + 1, end)


@lru_cache(maxsize=4096)
def _is_of_a_word(character: str) -> bool:
    if character.isalnum() or character == "_":
        return True
    kind = unicodedata.category(character)
    if kind[0] == "M":
        return True
    spelt = unicodedata.normalize("NFKC", character)
    return kind[0] == "S" and character not in "™℠" and (spelt[0].isalnum() or spelt[-1].isalnum())


def _folded(text: str) -> tuple[str, list[int] | None]:
    """`text` as it is compared, and for each of its characters which of `text` it is from; None where they are equal.

    No character folds to nothing, so texts of one length correspond character by character.
    """
    if text.isascii():
        return text.lower(), None
    one_way = text
    for written, meant in _ONE_WAY:  # some twenty times as fast as str.translate
        one_way = one_way.replace(written, meant)
    folded = one_way.casefold()
    if len(folded) == len(text):
        return folded, None
    return folded, [i for i, character in enumerate(one_way) for _ in character.casefold()]
