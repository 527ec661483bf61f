"""From a query to ranked hits, and everything else that is read from a store.

A search asks both indexes, joins their rankings, and keeps only what the catalogue holds at one generation. When the
generation changes, by whatever process, caches are dropped and both indexes are refreshed before the next search.
"""

from __future__ import annotations

import datetime as dt
import difflib
import itertools
import re
import threading
import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ingest.article import Article, Passage
from ingest.errors import StoreError, UnknownSourceError
from ingest.job import FileState
from store.catalog import LEXICAL_FOLDER, VECTORS_FOLDER, BuildSpec, Catalog, current_build
from store.folder import check_folder
from store.hits import Filters, Found, Hit
from store.lexical import LexicalIndex
from store.ranking import EVERYTHING, Coverage, DenseLeg, Leg, LexicalLeg, Texts, View, rank
from store.servers import EMBEDDED, Servers
from store.vector_server import AnyVectors, open_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ingest.encode import Encoder

__all__ = ["Store", "open_store"]

EVERY_PART = frozenset({"dense", "lexical", "fusion", "recency"})
_ATTEMPTS = 3
_PAUSE_S = 0.05


def open_store(
    path: Path,
    *,
    encoder_name: str | None = None,
    encoder: Encoder | None = None,
    build: BuildSpec | None = None,
    servers: Servers = EMBEDDED,
) -> Store:
    """Open the store in folder `path` for reading; safe beside a writer in this or another process.

    The encoder is `encoder`, or the one named (default: the shipped one). `build` is what the index must have been
    built with (default: this version of the code with that encoder). `servers` says which parts are not in the folder.

    Raises:
        StoreError: a server cannot be reached.
        StoreMissingError: there is no index; StoreMismatchError: it was built with something else. Both name the
            command that mends it.
    """
    catalog = Catalog.open(path.absolute(), servers)  # whatever becomes of the working directory
    try:
        if encoder is None:
            from ingest.encode import DEFAULT_MODEL, load_encoder

            encoder = load_encoder(DEFAULT_MODEL if encoder_name is None else encoder_name)
        build = current_build(encoder.spec) if build is None else build
        catalog.check(build)
        check_folder(catalog)
    except BaseException:
        catalog.close()
        raise
    return Store(catalog, encoder, build)


class Store:
    """An open store. Every method may be called from any thread. Made by `open_store`; a context manager."""

    def __init__(self, catalog: Catalog, encoder: Encoder, build: BuildSpec) -> None:
        self.path = catalog.path
        self.encoder = encoder
        self._catalog = catalog
        self._build = build
        self._identity = catalog.identity()
        self._refreshing = threading.RLock()
        self._vectors: AnyVectors | None = None
        self._lexical: LexicalIndex | None = None
        self._indexes_stamp: Hashable = None
        self._closed = False
        self._texts = Texts()
        self._seen = View(catalog, catalog.generation(), self._texts)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of catalogue and indexes. A second call does nothing."""
        with self._refreshing:
            self._closed = True
            if self._vectors is not None:
                self._vectors.close()
            if self._lexical is not None:
                self._lexical.close()
            self._vectors = self._lexical = None
            self._catalog.close()

    @property
    def generation(self) -> int:
        """How often what can be seen has changed, now."""
        return self._view().generation

    @property
    def n_passages(self) -> int:
        """How many passages the store holds."""
        return self._view().n_passages()

    def articles(self, filters: Filters = EVERYTHING) -> tuple[Article, ...]:
        """The articles that `filters` admits, ordered by source."""
        self._view()
        return tuple(a for a in self._catalog.articles() if filters.admits(a))

    def article(self, source: str) -> Article:
        """The article that lies at `source`.

        Raises:
            UnknownSourceError: there is none; names the nearest sources, or why the file was set aside.
        """
        view = self._view()
        article_id = self._catalog.article_id_of(source)
        found = None if article_id is None else view.articles([article_id]).get(article_id)
        if found is None:
            raise UnknownSourceError(self._no_article(source))
        return found

    def source_text(self, source: str) -> str:
        """The exact source text of the article at `source`.

        Raises:
            UnknownSourceError: as for `article`.
        """
        return self.text_of(self.article(source).article_id)

    def text_of(self, article_id: str) -> str:
        """The exact source text of an article; of what a search found, even when it was replaced a moment ago.

        Raises:
            UnknownSourceError: the store holds no such article, and has not shown one lately.
        """
        text = self._view().text(article_id)
        if text is None:
            raise UnknownSourceError(f"the index at {self.path} holds no article {article_id}: was it replaced?")
        return text

    def passages(self, article_id: str) -> tuple[Passage, ...]:
        """The passages of an article in reading order; empty when there is no such article."""
        self._view()
        return self._catalog.passages(article_id)

    def passage_counts(self) -> Mapping[str, int]:
        """How many passages each article has, by article id."""
        self._view()
        return self._catalog.passage_counts()

    def files(self) -> tuple[FileState, ...]:
        """Every file that was ingested, those set aside too (with the reason), ordered by source."""
        self._view()
        return self._catalog.files()

    def coverage(self, filters: Filters = EVERYTHING) -> Coverage:
        """What a search under `filters` looks through."""
        return self._view().coverage(filters)

    def document_frequency(self, term: str) -> int:
        """How many passages hold `term` in any inflection; for several words, all of them. 0 for punctuation."""
        view = self._view()
        if not view.n_passages():
            return 0
        return view.document_frequency(term, self._indexes(view)[1])

    def search(
        self,
        query: str,
        *,
        k: int = 20,
        filters: Filters = EVERYTHING,
        as_of: dt.date | None = None,
        use: frozenset[str] = EVERY_PART,
    ) -> tuple[Hit, ...]:
        """The best `k` passages for `query`, of articles that `filters` admits, each text once.

        With `as_of`, articles of the weeks before that day come a little sooner. `use` names what takes part: the
        indexes "dense" and "lexical", their "fusion" (else one from each in turn), and "recency". Scores are those of
        `fuse`, about 0 to 1.5; ties go to the lower passage id. Fewer than `k` hits mean that there are no more.
        """
        if unknown := use - EVERY_PART:
            raise ValueError(f"a search uses {', '.join(sorted(EVERY_PART))}, not {sorted(unknown)}")
        if k < 1 or not query.strip():
            return ()
        vector = self.encoder.encode([query])[0] if "dense" in use else None
        for attempt in range(_ATTEMPTS):
            view = self._view()
            last = attempt + 1 == _ATTEMPTS
            try:
                legs = self._legs(view, query, vector, use, attempt=attempt)
                newest = as_of if "recency" in use else None
                hits = rank(
                    view, legs, k=k, filters=filters, as_of=newest, in_turn="fusion" not in use and len(legs) > 1
                )
            except StoreError:  # another process may be writing at this moment: look again with a fresh index
                if last:
                    raise
                time.sleep(_PAUSE_S)
                continue
            if last or self._view() is view:
                return hits
        raise AssertionError("the last attempt returns or raises")

    def find(self, phrase: str, *, k: int = 20, filters: Filters = EVERYTHING) -> tuple[Found, ...]:
        """Up to `k` passages of admitted articles that hold the words of `phrase` in a row, as they are written.

        Capitals and the white space between words do not count, inflections do; best first by BM25. Copies of one text
        are told once each: this is where the words stand, not what they are evidence for.
        """
        pattern = _in_a_row(phrase)
        view = self._view()
        if pattern is None or k < 1 or not view.n_passages():
            return ()
        depth = 10 * k
        while True:
            candidates = self._indexes(view)[1].search_phrase(phrase, depth)
            found = list(itertools.islice(_holding(view, candidates, pattern, filters), k))
            if len(found) == k or len(candidates) < depth:
                return tuple(
                    Found(replace(one.hit, rank=rank), one.start, one.end) for rank, one in enumerate(found, start=1)
                )
            depth *= 4

    def _legs(
        self, view: View, query: str, vector: NDArray[np.float32] | None, use: frozenset[str], *, attempt: int
    ) -> dict[str, Leg]:
        """The indexes that take part, each ready to be asked; none of an empty store."""
        if not view.n_passages():
            return {}
        vectors, lexical = self._indexes(view, attempt=attempt)
        legs: dict[str, Leg] = {}
        if vector is not None:
            legs["dense"] = DenseLeg(vectors, vector)
        if "lexical" in use:
            legs["lexical"] = LexicalLeg(lexical, query)
        return legs

    def _no_article(self, source: str) -> str:
        for file in self._catalog.files():
            if file.source == source and file.reason is not None:
                return f"{source} is no article: it was set aside because {file.reason}"
        near = difflib.get_close_matches(source, self._catalog.sources(), n=3, cutoff=0.4)
        hint = f"; nearest: {', '.join(near)}" if near else ""
        return f"the index at {self.path} holds no article at {source!r}{hint}. `dateline sources` lists them"

    def _view(self) -> View:
        """What the store looks like now; the same object as long as nothing changed."""
        if self._closed:
            raise StoreError(f"the store at {self.path} is closed")
        identity = self._catalog.identity()
        generation = self._catalog.generation() if identity == self._identity else None
        view = self._seen
        if view.generation == generation:
            return view
        with self._refreshing:
            if self._identity != identity:  # the folder was deleted and made anew
                old, self._catalog = self._catalog, Catalog.open(self.path, self._catalog.servers)
                self._identity = identity
                old.close()
            generation = self._catalog.generation()
            if self._seen.generation != generation or self._seen.catalog is not self._catalog:
                self._catalog.check(self._build)
                self._seen = View(self._catalog, generation, self._texts)
            return self._seen

    def _indexes(self, view: View, *, attempt: int = 0) -> tuple[AnyVectors, LexicalIndex]:
        """Both indexes, at least as new as `view`, opened by the first search; another `attempt` reopens them."""
        stamp = (self._identity, view.generation, attempt)
        with self._refreshing:
            if self._closed:
                raise StoreError(f"the store at {self.path} is closed")
            if self._vectors is None:
                self._vectors = self._open_vectors()
            if self._lexical is None:
                self._lexical = LexicalIndex(self.path / LEXICAL_FOLDER)
            if self._indexes_stamp != stamp:
                self._lexical.refresh()
                self._vectors.refresh(stamp)
                self._check_place(self._vectors)
                self._check_complete(view, self._vectors.count(), self._lexical.count())
                self._indexes_stamp = stamp
            return self._vectors, self._lexical

    def _open_vectors(self) -> AnyVectors:
        meta, address = self._catalog.meta(), self._catalog.servers.vectors
        if bool(meta.get("vectors")) != bool(address):
            raise self._elsewhere(meta.get("vectors", ""))
        return open_vectors(self.path / VECTORS_FOLDER, address, meta.get("store", ""))

    def _check_place(self, vectors: AnyVectors) -> None:
        """Refuse to search other indexes than those that were written last: they may have fallen behind."""
        check_folder(self._catalog)
        last = self._catalog.meta().get("vectors", "")
        if last != vectors.identity:
            raise self._elsewhere(last)

    def _elsewhere(self, last: str) -> StoreError:
        """The error that says where the vectors are; `last` is what the catalogue has of the index written last."""
        where = "in a Chroma server: name it with --vectors (DATELINE_VECTORS)"
        if not last:
            where = "in its folder: leave --vectors (DATELINE_VECTORS) out"
        elif self._catalog.servers.vectors:
            where = "in another Chroma server, or were lost there"
        command = self._catalog.ingest_command(self._catalog.roots(), rebuild=False)
        return StoreError(f"the vectors of the index at {self.path} lie {where}; `{command}` puts them here")

    def _check_complete(self, view: View, in_vectors: int, in_lexical: int) -> None:
        """Refuse to search an index that lacks passages of the catalogue: what is missing would never be found."""
        known = view.n_passages()
        if min(in_vectors, in_lexical) < known and self._catalog.generation() == view.generation:
            name, held = ("full-text", in_lexical) if in_lexical < in_vectors else ("vector", in_vectors)
            roots = self._catalog.roots()
            raise StoreError(
                f"the {name} index at {self.path} holds {held} of {known} passages: "
                f"`{self._catalog.ingest_command(roots, rebuild=False)}` restores the others from the catalogue, or "
                f"rebuild it with `{self._catalog.ingest_command(roots)}`"
            )


def _in_a_row(phrase: str) -> re.Pattern[str] | None:
    """What matches the words of `phrase`, whatever white space parts them; None when there is no word."""
    words = phrase.split()
    if not any(re.search(r"\w", word) for word in words):
        return None
    written = r"\s+".join(re.escape(word) for word in words)
    return re.compile(rf"(?<!\w){written}(?!\w)", re.IGNORECASE)


def _holding(
    view: View, candidates: Sequence[tuple[int, float]], pattern: re.Pattern[str], filters: Filters
) -> Iterator[Found]:
    """Those of the passages in which `pattern` is found, of articles that `filters` admits."""
    rows = view.rows([i for i, _ in candidates])
    articles = view.articles({row.article_id for row in rows.values()})
    for passage_id, score in candidates:
        row = rows.get(passage_id)
        article = None if row is None else articles.get(row.article_id)
        text = None if article is None else view.text(article.article_id)
        if row is None or article is None or text is None or not filters.admits(article):
            continue
        match = pattern.search(text, row.start, row.end)
        if match is not None:
            passage = Passage(passage_id, row.article_id, row.start, row.end, text[row.start : row.end])
            yield Found(Hit(passage, article, score=score, rank=1), match.start(), match.end())
