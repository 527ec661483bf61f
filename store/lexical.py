"""The full-text index: the only file that knows Tantivy. BM25 over English stems of the passage and its headline.

Queries are built from terms, never parsed, so no text a user types can break one. What is indexed is a folded copy of
the passage (`fold`); nothing but ids is stored.
"""

from __future__ import annotations

import itertools
import re
import shlex
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import tantivy
from tantivy import Document, Filter, Index, Occur, Query, SchemaBuilder, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from ingest.errors import StoreError
from store.database import full_disk, is_full

__all__ = ["LexicalEntry", "LexicalIndex", "fold", "query_terms", "terms"]

_ANALYZER = "dateline_english"
_WRITER_HEAP_BYTES = 32_000_000
_LONGEST_TERM = 60  # bytes; longer ones are addresses and hashes
_HEADLINE_BOOST = 0.5  # a headline is shared by all passages of its article: it ranks articles, hardly passages
_PHRASE_BOOST = 2.0  # what the user put in quotation marks counts above its single words
_MAX_QUERY_TERMS = 256
_MOST_GLUED = 1_000  # passages looked at because a word in them may end in another after an acronym
_ACRONYMS = "(us|uk|un|eu|dc|usa|uae|am|pm)"
_MOST_QUERY_CHARS = 8_000  # of the folded query: one character may unfold to eighteen

# Function words and the words that make a question: in a small collection BM25 would take them for rare and telling.
_STOP_WORDS_TEXT = """
a about an and any are as at be been being but by can could did do does for from had has have he her him his how
i if in into is it its me my no not of on or our she should so such than that the their them then there these
they this those to was we were what when where which who whom whose why will with would you your s t d ll re ve
"""
_STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{2,300})[\"“”»]")


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """What is indexed of one passage."""

    passage_id: int
    text: str
    headline: str | None


class LexicalIndex:
    """A handle on the full-text index of one folder. Thread-safe; a search sees the state at the last `refresh`."""

    def __init__(self, path: Path, *, writing: bool = False) -> None:
        self._path = path
        with _as_store_error(path):
            if writing:
                path.mkdir(parents=True, exist_ok=True)
                self._index = Index(_schema(), path=str(path))
            else:
                self._index = Index.open(str(path))
            self._index.config_reader("manual")
            self._index.register_tokenizer(_ANALYZER, _analyzer())
            self._writer = self._index.writer(_WRITER_HEAP_BYTES, 1) if writing else None
            if self._writer is not None:  # a writer that was killed may leave a file in the way of its next delete
                self._writer.garbage_collect_files()
        self.refresh()

    def refresh(self) -> None:
        """Make searches see everything that was committed until now, by any process."""
        with _as_store_error(self._path):
            self._index.reload()
            self._searcher = self._index.searcher()

    def search(self, query: str, k: int, *, within: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Up to `k` passage ids with their BM25 score, by descending score.

        Passages that share no term with `query` are left out.

        Text in quotation marks is also looked for as a phrase. `within` narrows the search to those ids.

        Source: Robertson, Zaragoza 2009, The Probabilistic Relevance Framework: BM25 and Beyond, 3.15; k1 1.2, b 0.75.
        """
        built = _build(query)
        if built is None or k < 1 or (within is not None and not within):
            return []
        if within is not None:
            only = Query.const_score_query(Query.term_set_query(_schema(), "passage_id", list(within)), 0.0)
            built = Query.boolean_query([(Occur.Must, built), (Occur.Must, only)])
        searcher = self._searcher
        with _as_store_error(self._path):
            return _ranked(searcher, built, k)

    def search_phrase(self, phrase: str, k: int) -> list[tuple[int, float]]:
        """Up to `k` passage ids that hold the words of `phrase` in a row, in any inflection, with their BM25 score."""
        words: list[str | tuple[int, str]] = [*terms(phrase[:_MOST_QUERY_CHARS])[:_MAX_QUERY_TERMS]]
        if not words or k < 1:
            return []
        schema = _schema()
        built = Query.phrase_query(schema, "body", words) if len(words) > 1 else _one_word(schema, str(words[0]))
        with _as_store_error(self._path):
            return _ranked(self._searcher, built, k)

    def holding(self, word: str) -> list[int]:
        """Every passage that may hold `word`, of Latin letters, in its text or headline: ids, in no order.

        A superset: inflections are among them, and words into which a trade mark sign (iPhone™) or the letters of an
        acronym without a space behind it (J.K.Rowling) were folded.
        """
        stems, written = terms(word), _unstemmed().analyze(fold(word))
        if len(stems) != 1 or len(written) != 1:
            raise ValueError(f"{word!r} is not one word of the index")
        schema, stem = _schema(), stems[0]
        alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(stem, written[0], strict=False))
        core = "".join(letter for letter, _ in alike)
        ending = f"({written[0]}|{core})(tm|sm)?"
        sure: set[int] = set()
        glued: set[int] = set()
        with _as_store_error(self._path):
            for field in ("body", "headline"):
                sure.update(self._every(Query.term_query(schema, field, stem)))
                sure.update(self._every(Query.regex_query(schema, field, ending)))
                glued.update(self._every(Query.regex_query(schema, field, f".{{2,4}}{ending}")))
            if len(glued - sure) > _MOST_GLUED:  # "port" ends "report" too: then the acronyms that stand before words
                glued = set()
                for field in ("body", "headline"):
                    glued.update(self._every(Query.regex_query(schema, field, f"{_ACRONYMS}{ending}")))
        return list(sure | glued)

    def every(self, word: str, *, begins: bool = False) -> list[int]:
        """Every passage with `word` in its text or headline, in any inflection: ids, in no order.

        What is several words to the index (New-York) is looked for in a row. With `begins`, words that
        begin with it are found, too.
        """
        stems: list[str | tuple[int, str]] = [*terms(word[:_MOST_QUERY_CHARS])[:_MAX_QUERY_TERMS]]
        written = _unstemmed().analyze(fold(word[:_MOST_QUERY_CHARS])) if begins else []
        schema, found = _schema(), set[int]()
        with _as_store_error(self._path):
            for field in ("body", "headline"):
                if len(stems) > 1:
                    found.update(self._every(Query.phrase_query(schema, field, stems)))
                elif stems:
                    found.update(self._every(Query.term_query(schema, field, str(stems[0]))))
                if len(written) == 1:  # letters and digits alone, so there is nothing in it to escape
                    found.update(self._every(Query.regex_query(schema, field, f"{written[0]}.*")))
        return list(found)

    def _every(self, built: Query) -> list[int]:
        searcher = self._searcher
        if not searcher.num_docs:
            return []
        found = searcher.search(built, limit=searcher.num_docs, count=False).hits
        ids = searcher.fast_field_values("passage_id", [address for _, address in found]) if found else []
        return [int(i) for i in ids if i is not None]

    def document_frequency(self, term: str) -> int:
        """How many passages hold `term` in their text, in any inflection; for several words, all of them."""
        words = list(dict.fromkeys(_analyzer().analyze(_folded_query(term))))[:_MAX_QUERY_TERMS]
        if not words:
            return 0
        schema = _schema()
        every = Query.boolean_query([(Occur.Must, Query.term_query(schema, "body", w)) for w in words])
        with _as_store_error(self._path):
            counted = self._searcher.search(every, limit=1, count=True)
        return int(getattr(counted, "count", 0) or 0)

    def add(self, entries: Sequence[LexicalEntry]) -> None:
        """Append passages and commit."""
        with self._change() as writer:
            for entry in entries:
                writer.add_document(_document(entry))
        self.refresh()

    def delete(self, passage_ids: Sequence[int]) -> None:
        """Take passages out and commit; ids that are not there are ignored."""
        if not passage_ids:
            return
        with self._change() as writer:  # by query: by term, an id counts as signed and nothing is deleted
            writer.delete_documents_by_query(Query.term_set_query(_schema(), "passage_id", list(passage_ids)))
        self.refresh()

    def rewrite(self, entries: Iterable[LexicalEntry]) -> None:
        """Hold these passages and nothing else, in files that never held anything else; one commit."""
        with self._change() as writer:
            writer.delete_all_documents()
            for entry in entries:
                writer.add_document(_document(entry))
        with _as_store_error(self._path):
            writer.garbage_collect_files()
        self.refresh()
        with _as_store_error(self._path):
            writer.garbage_collect_files()  # those that this very handle was still reading

    def replace(self, entries: Sequence[LexicalEntry]) -> None:
        """Put these passages in place of those with their ids; one commit."""
        with self._change() as writer:
            ids = [entry.passage_id for entry in entries]
            writer.delete_documents_by_query(Query.term_set_query(_schema(), "passage_id", ids))
            for entry in entries:
                writer.add_document(_document(entry))
        self.refresh()

    def ids(self) -> list[int]:
        """Every id in the index, in no order."""
        searcher = self._searcher
        if not searcher.num_docs:
            return []
        with _as_store_error(self._path):
            found = searcher.search(Query.all_query(), limit=searcher.num_docs, count=False).hits
            ids = searcher.fast_field_values("passage_id", [address for _, address in found])
        return [int(i) for i in ids if i is not None]

    def count(self) -> int:
        """How many passages the index holds."""
        return int(self._searcher.num_docs)

    def close(self) -> None:
        """Let go of the index; a writer waits for its merges. A second call does nothing."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with _as_store_error(self._path):
                writer.wait_merging_threads()

    @contextmanager
    def _change(self) -> Iterator[tantivy.IndexWriter]:
        """A change that is committed at its end; one that fails leaves nothing to be committed with the next."""
        writer = self._writer
        if writer is None:
            raise StoreError(f"the full-text index {self._path} is not open for writing")
        with _as_store_error(self._path):
            try:
                yield writer
                writer.commit()
            except BaseException:
                with suppress(Exception):  # what failed is told, and not that this failed too
                    writer.rollback()
                raise


def _document(entry: LexicalEntry) -> Document:
    document = Document()  # keyword arguments would make the id signed, and the writer would die of it
    document.add_unsigned("passage_id", entry.passage_id)
    document.add_text("body", fold(entry.text))
    document.add_text("headline", fold(entry.headline or ""))
    return document


def fold(text: str) -> str:
    """A copy of `text` in which what is written two ways reads one way: U.S. as US, 1,200 as 1200, Paris's as Paris."""
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))  # no lone surrogates
    text = re.sub(r"\b(?:[^\W\d_]\.){2,}", lambda m: m[0].replace(".", ""), text)
    text = re.sub(r"(?<=\d)[,\u00a0\u202f](?=\d{3}(?!\d))", "", text)
    return re.sub(r"(?<=\w)['’]s\b", "", text, flags=re.IGNORECASE)


def terms(text: str) -> list[str]:
    """The index terms of `text`, in order: folded, lower case, without accents, stemmed. Empty for punctuation."""
    return list(_analyzer().analyze(fold(text)))


def query_terms(query: str) -> list[str]:
    """The distinct terms of `query` worth searching for; stop words only when there is nothing else."""
    words = list(dict.fromkeys(re.findall(r"\w+", _folded_query(query))))
    shouted = query == query.upper()
    telling = [w for w in words if w.casefold() not in _STOP_WORDS or _is_acronym(w, shouted=shouted)] or words
    found: dict[str, None] = {}
    for word in telling:
        found.update(dict.fromkeys(_analyzer().analyze(word)))
        if len(found) >= _MAX_QUERY_TERMS:
            break
    return list(found)[:_MAX_QUERY_TERMS]


def _folded_query(query: str) -> str:
    return fold(query[:_MOST_QUERY_CHARS])[:_MOST_QUERY_CHARS]


def _is_acronym(word: str, *, shouted: bool) -> bool:
    """WHO is a body and "who" a question word; in a query all in capitals there is no telling."""
    return not shouted and len(word) > 1 and word.isupper()


def _build(query: str) -> Query | None:
    """The BM25 query: every term may match, in the text or the headline; None when there is no term."""
    schema = _schema()
    parts: list[Query] = []
    for term in query_terms(query):
        parts.append(Query.term_query(schema, "body", term, "freq"))
        parts.append(Query.boost_query(Query.term_query(schema, "headline", term, "freq"), _HEADLINE_BOOST))
    left = _MAX_QUERY_TERMS
    for quoted in _QUOTED.findall(_folded_query(query)):
        words: list[str | tuple[int, str]] = list(terms(quoted))
        left -= len(words)
        if left < 0:
            break
        if len(words) > 1:  # Tantivy panics on a phrase of one word
            parts.append(Query.boost_query(Query.phrase_query(schema, "body", words), _PHRASE_BOOST))
    return Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else None


def _ranked(searcher: tantivy.Searcher, built: Query, k: int) -> list[tuple[int, float]]:
    """What the query finds, by descending score; ties go to the lower id."""
    found = searcher.search(built, limit=k, count=False).hits
    if not found:
        return []
    scores = np.array([score for score, _ in found])
    ids = np.array(searcher.fast_field_values("passage_id", [address for _, address in found]), np.int64)
    order = np.lexsort((ids, -scores))
    return list(zip(ids[order].tolist(), scores[order].tolist(), strict=True))


def _one_word(schema: tantivy.Schema, word: str) -> Query:
    return Query.term_query(schema, "body", word, "freq")  # Tantivy panics on a phrase of one word


@contextmanager
def _as_store_error(path: Path) -> Iterator[None]:
    """Tantivy raises ValueError, OSError and RuntimeError, and panics: all mean that this index failed."""
    try:
        yield
    except BaseException as error:
        panicked = type(error).__name__ == "PanicException"  # Rust's, which is no Exception and in no module
        if not (panicked or isinstance(error, (ValueError, OSError, RuntimeError))):
            raise
        if is_full(error, path):
            raise full_disk(path.parent) from error
        rebuild = f"dateline ingest FOLDER --rebuild --store {shlex.quote(str(path.parent))}"
        raise StoreError(
            f"the full-text index {path} failed: {error}. If it persists, rebuild it with `{rebuild}`"
        ) from error


@cache
def _analyzer() -> TextAnalyzer:
    builder = (
        TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(_LONGEST_TERM)).filter(Filter.lowercase())
    )
    return builder.filter(Filter.ascii_fold()).filter(Filter.stemmer("english")).build()


@cache
def _unstemmed() -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).filter(Filter.ascii_fold()).build()


@cache
def _schema() -> tantivy.Schema:
    builder = SchemaBuilder().add_unsigned_field("passage_id", indexed=True, fast=True)
    for name in ("body", "headline"):
        builder = builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="position")
    return builder.build()
