"""What an archive holds, as a list to look through: narrowed, sorted, grouped, counted by days. Pure.

A `Choice` is one way of narrowing the list: all that it names has to hold. A `Reach` is what questions are asked of:
any of its choices, without what was taken out, within its days.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.tables import inert_cell
from ingest.article import Article
from store import Filters, places_of

__all__ = [
    "COLUMNS",
    "Choice",
    "Days",
    "Looked",
    "Reach",
    "Row",
    "TextSearch",
    "look_through",
    "render_rows_csv",
    "rows_of",
    "sort_rows",
    "words_of",
]

TextSearch = Callable[[str, bool], frozenset[str]]
"""The ids of the articles whose text holds a word; and whether words that begin with it count, too."""
_MOST_WORDS = 12
_WORD = re.compile(r"[\"“”„«]([^\"“”„«»]+)[\"“”»]|(\S+)")


@dataclass(frozen=True, slots=True)
class Row:
    """An article of the list.

    `folder` is where it lies, a folder or a container. `above` has, for each of its sources, all folders and containers
    that this lies in, the outermost first; `places` are all of these. `copies` are
    the other files with the same text. `text` is one for all articles that carry it, near enough; `story` is one for
    those that carry versions of it, too.
    """

    article: Article
    passages: int
    copies: int
    text: str
    story: str
    folder: str
    above: tuple[tuple[str, ...], ...]
    places: frozenset[str]
    searched: str
    day: dt.date | None

    @property
    def article_id(self) -> str:
        """Which article it is."""
        return self.article.article_id


def rows_of(
    articles: Sequence[Article],
    passages: Mapping[str, int],
    texts: Mapping[str, str],
    versions: Iterable[tuple[str, str]] = (),
) -> tuple[Row, ...]:
    """The articles as rows, in their order.

    `texts` says which article stands for the text of one, `versions` which two tell one story with other facts.
    """
    stands_for = {a.article_id: texts.get(a.article_id, a.article_id) for a in articles}
    files = Counter[str]()
    for article in articles:
        files[stands_for[article.article_id]] += len(article.sources)
    stories = _joined(stands_for, versions)
    return tuple(
        _row(a, passages.get(i, 0), files[stands_for[i]] - 1, stands_for[i], stories[i])
        for i, a in ((a.article_id, a) for a in articles)
    )


def _row(article: Article, passages: int, copies: int, text: str, story: str) -> Row:
    above = tuple(tuple(sorted({p for p in places_of(s) if p != s}, key=len)) for s in article.sources)
    told = (article.headline or "", article.outlet or "", *article.authors, *article.sources)
    return Row(
        article, passages, copies, text, story, above[0][-1] if above[0] else "", above,
        frozenset(place for places in above for place in places), _folded("\n".join(told)), article.published.day,
    )  # fmt: skip


def _joined(stands_for: Mapping[str, str], versions: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The story of each article: copies of one text, and the texts of which one is a version of another."""
    above: dict[str, str] = {}

    def top(text: str) -> str:
        while text in above:
            text = above[text]
        return text

    for one, other in versions:
        if one in stands_for and other in stands_for:
            first, second = sorted((top(stands_for[one]), top(stands_for[other])))
            if first != second:
                above[second] = first
    return {article_id: top(text) for article_id, text in stands_for.items()}


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


# --- which of them --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Days:
    """Days of publication, both ends included.

    With `undated`, articles of no known day are among them; where no day is given, they alone are.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    undated: bool = False

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None or self.undated

    def admit(self, day: dt.date | None) -> bool:
        """Whether an article of that day is among them."""
        if day is None:
            return self.undated or (self.first is None and self.last is None)
        if self.undated and self.first is None and self.last is None:
            return False
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Choice:
    """A way of narrowing the list; what is empty narrows nothing. An outlet or language that is "" is not known."""

    words: str = ""
    outlets: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    days: Days = Days()
    story: str = ""

    def judge(self, holding: TextSearch, rows: Sequence[Row]) -> Callable[[Row], list[str]]:
        """Says of a row what speaks against it: of "words", "outlets", "folders", "languages" and "days"."""
        found = _with_words(self.words, holding, rows)

        def against(row: Row) -> list[str]:
            article, no = row.article, []
            if (found is not None and article.article_id not in found) or (self.story and row.story != self.story):
                no.append("words")
            if self.outlets and (article.outlet or "") not in self.outlets:
                no.append("outlets")
            if self.folders and not (row.places & self.folders or "" in self.folders):
                no.append("folders")
            if self.languages and (article.language or "") not in self.languages:
                no.append("languages")
            if self.days and not self.days.admit(row.day):
                no.append("days")
            return no

        return against


def words_of(words: str) -> list[str]:
    """What is looked for; what stands in quotation marks, in a row."""
    return [m[1] or m[2] for m in _WORD.finditer(words)][:_MOST_WORDS]


def _with_words(words: str, holding: TextSearch, rows: Sequence[Row]) -> frozenset[str] | None:
    """The articles with every one of `words` in the text, headline, outlet, author or file; None for no words."""
    wanted = words_of(words)
    if not wanted:
        return None
    found: list[frozenset[str]] = []
    for n, word in enumerate(wanted):
        folded = _folded(word)
        named = {row.article.article_id for row in rows if folded in row.searched}
        half_typed = n == len(wanted) - 1 and len(word) > 2 and not words.rstrip().endswith(('"', "”", "»"))
        found.append(holding(word, half_typed) | named)
    return frozenset.intersection(*found)


@dataclass(frozen=True, slots=True)
class Reach:
    """What questions are asked of; empty, all there is.

    `sources` are articles that were ticked, `without` those that were taken out. Days narrow whatever was chosen.
    """

    sources: frozenset[str] = frozenset()
    choices: tuple[Choice, ...] = ()
    without: frozenset[str] = frozenset()
    days: Days = Days()

    def __bool__(self) -> bool:
        return bool(self.sources or self.choices or self.without or self.days)

    @property
    def picks(self) -> bool:
        """Whether anything was picked, and not only narrowed by days."""
        return bool(self.sources or self.choices or self.without)

    def within(self, rows: Sequence[Row], holding: TextSearch) -> tuple[Row, ...]:
        """Those of `rows` that questions are asked of."""
        chosen = [choice.judge(holding, rows) for choice in self.choices]
        everything = not self.sources and not chosen
        listed = Filters(sources=tuple(sorted(self.sources))).admits if self.sources else None

        def is_asked(row: Row) -> bool:
            if self.without and not self.without.isdisjoint(row.article.sources):
                return False
            if self.days and not self.days.admit(row.day):
                return False
            return everything or (listed is not None and listed(row.article)) or any(not no(row) for no in chosen)

        return tuple(row for row in rows if is_asked(row))


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of narrowing the list: the rows, and, for each way of narrowing, those that it alone keeps out, too."""

    rows: tuple[Row, ...]
    but_for: Mapping[str, tuple[Row, ...]]

    def without(self, name: str) -> tuple[Row, ...]:
        """The rows that there would be if nothing were chosen of `name`."""
        return (*self.rows, *self.but_for[name])


def look_through(rows: Sequence[Row], choice: Choice, holding: TextSearch) -> Looked:
    """Narrow `rows` down to `choice`."""
    against = choice.judge(holding, rows)
    kept: list[Row] = []
    but_for: dict[str, list[Row]] = {name: [] for name in ("words", "outlets", "folders", "languages", "days")}
    for row in rows:
        no = against(row)
        if not no:
            kept.append(row)
        elif len(no) == 1:
            but_for[no[0]].append(row)
    return Looked(tuple(kept), {name: tuple(some) for name, some in but_for.items()})


# --- in which order -------------------------------------------------------------------------------------------------

_KEYS: dict[str, Callable[[Row], tuple[bool, object]]] = {
    "headline": lambda r: _by_words(r.article.headline),
    "outlet": lambda r: _by_words(r.article.outlet),
    "date": lambda r: (r.day is None, r.day or dt.date.min),
    "file": lambda r: _by_words(r.article.source),
    "folder": lambda r: _by_words(r.folder),
    "language": lambda r: _by_words(r.article.language),
    "passages": lambda r: (False, r.passages),
    "label": lambda r: _by_words(r.article.label),
    "copies": lambda r: (False, r.copies),
    "notes": lambda r: (False, len(r.article.notes)),
}
COLUMNS = tuple(_KEYS)


def _by_words(words: str | None) -> tuple[bool, object]:
    return not words, _folded(words or "")


def sort_rows(rows: Iterable[Row], column: str, *, descending: bool = False) -> list[Row]:
    """`rows` by that column; what is not known comes last either way, ties keep their order."""
    keyed = [(_KEYS[column](row), row) for row in rows]
    known = sorted((k for k in keyed if not k[0][0]), key=lambda k: k[0][1], reverse=descending)  # type: ignore[arg-type,return-value]
    return [row for _, row in (*known, *(k for k in keyed if k[0][0]))]


# --- as a file ------------------------------------------------------------------------------------------------------

_CSV_COLUMNS = (
    *("headline", "outlet", "authors", "published", "date_basis", "source", "other_files", "folder", "language"),
    *("passages", "label", "copies", "notes", "story"),
)


def render_rows_csv(rows: Iterable[Row]) -> str:
    """A line for each row; no cell is a formula to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_CSV_COLUMNS)
    for row in rows:
        a = row.article
        cells = (
            *(a.headline or "", a.outlet or "", "; ".join(a.authors), row.day.isoformat() if row.day else ""),
            *(a.published.basis, a.source, "; ".join(a.sources[1:]), row.folder, a.language or "", str(row.passages)),
            *(a.label or "", str(row.copies), "; ".join(a.notes), row.story),
        )
        writer.writerow(inert_cell(cell) for cell in cells)
    return out.getvalue()
