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
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ingest.article import Article, Passage, container_of
from ingest.errors import StoreError, UnknownSourceError
from ingest.job import FileState
from store.catalog import LEXICAL_FOLDER, VECTORS_FOLDER, BuildSpec, Catalog, current_build
from store.codes import Codes, unpack
from store.disk import DiskState, state_on_disk
from store.folder import check_folder
from store.hits import Filters, Found, Hit
from store.lexical import LexicalIndex
from store.mentions import ArticleMentions, find_left_out, find_mentions
from store.ranking import EVERYTHING, Coverage, DenseLeg, Leg, LexicalLeg, Order, Texts, View, rank
from store.servers import EMBEDDED, Servers
from store.vector_server import AnyVectors, open_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ingest.encode import Encoder

__all__ = ["Store", "open_store"]

_T = TypeVar("_T")
EVERY_PART = frozenset({"dense", "lexical", "fusion", "recency"})
_ATTEMPTS = 3
_MOST_ATTEMPTS = 40  # while another process commits all the time: each takes some 0.1 s
_PAUSE_S = 0.05
_SOON_LOADED = 5_000  # vectors: a few are loaded in less time than it takes to think about it
_MOST_FRESH = 20_000  # vectors that are compared one by one: some 10 ms a query; then the index is loaded again


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


class _Loaded(NamedTuple):
    """What was loaded of the vectors: of which index, up to which passage id, how many."""

    of: Hashable
    last_id: int
    n_vectors: int


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
        self._loaded: _Loaded | None = None
        self._fresh = unpack(())
        self._failures = 0  # each has the indexes opened anew
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

    def nothing_at(self, sources: Sequence[str]) -> tuple[str, ...]:
        """Those of `sources`, files, folders or containers, at which no article lies."""
        view = self._view()
        return tuple(s for s in sources if not view.lies_at(s))

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

    def copies(self, article_id: str) -> tuple[str, ...]:
        """The sources of the other articles that carry the text of this one, near enough."""
        return self._view().copies(article_id)

    def story(self, article_id: str) -> str:
        """The article that stands for all that carry the text of this one: what they say has one source."""
        return self._view().canonical(article_id)

    def versions(self, article_id: str) -> tuple[Article, ...]:
        """The articles that tell the same story with other facts, the earliest first and those without a day last."""
        found = self._catalog.articles(self._catalog.versions(article_id))
        return tuple(sorted(found, key=lambda a: (a.published.day is None, a.published.day or dt.date.max)))

    def version_pairs(self) -> tuple[tuple[str, str], ...]:
        """The ids of every two articles of which one tells the story of the other with other facts."""
        self._view()
        return self._catalog.version_pairs()

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

    def disk_state(self, source: str) -> DiskState:
        """Whether what was read in at `source` still lies on the disk as it was; what is held here stays as it is."""
        self._view()
        file = self._catalog.file(source)
        if file is None:
            return "unknown"
        container = container_of(file.path)
        return state_on_disk(file, self._catalog.chosen_fields(container) if container else {})

    def roots(self) -> tuple[str, ...]:
        """The folders and files that were passed to be ingested, those within another left out."""
        self._view()
        return tuple(self._catalog.roots())

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
        order: Order | None = None,
    ) -> tuple[Hit, ...]:
        """The best `k` passages for `query`, of articles that `filters` admits, each text once.

        With `as_of`, articles of the weeks before that day come a little sooner; with `order`, instead, the newest or
        oldest of what is found. `use` names what takes part: the
        indexes "dense" and "lexical", their "fusion" (else one from each in turn), and "recency". Scores are those of
        `fuse`, about 0 to 1.5; ties go to the lower passage id. Fewer than `k` hits mean that there are no more.
        """
        if unknown := use - EVERY_PART:
            raise ValueError(f"a search uses {', '.join(sorted(EVERY_PART))}, not {sorted(unknown)}")
        if k < 1 or not query.strip():
            return ()
        vector = self.encoder.encode([query])[0] if "dense" in use else None
        failed_on: list[View] = []
        for attempt in range(_MOST_ATTEMPTS):
            view, failures = self._view(), self._failures
            last = attempt + 1 >= _ATTEMPTS
            try:
                legs = self._legs(view, query, vector, use)
                newest = as_of if "recency" in use else None
                in_turn = "fusion" not in use and len(legs) > 1
                hits = rank(view, legs, k=k, filters=filters, as_of=newest, order=order, in_turn=in_turn)
            except StoreError:  # another process may be writing at this moment: look again with a fresh index
                failed_on.append(view)
                if attempt + 1 == _MOST_ATTEMPTS or failed_on.count(view) == _ATTEMPTS:
                    raise
                with self._refreshing:  # one reopening for all threads that failed on what was open
                    self._failures = max(self._failures, failures + 1)
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

    def holding(self, word: str, *, begins: bool = False) -> frozenset[str]:
        """The ids of the articles that hold `word`, in any inflection; of several words, all in a row.

        With `begins`, words that begin with it count too. By the index alone, no text is read: this is for finding
        one's way, `mentions` is for counting.
        """

        def look(view: View) -> frozenset[str]:
            if not word.strip() or not view.n_passages():
                return frozenset()
            return view.articles_of(self._indexes(view)[1].every(word, begins=begins))

        return self._settled(look)

    def mentions(self, phrase: str, *, filters: Filters = EVERYTHING) -> tuple[ArticleMentions, ...]:
        """Every admitted article that mentions `phrase` (`store.mentions` says what that is), ordered by source."""
        return self._settled(lambda view: self._mentions(view, phrase, filters))

    def left_out(self, phrase: str, *, filters: Filters = EVERYTHING) -> tuple[ArticleMentions, ...]:
        """The admitted articles whose source text has `phrase` only in what was left out of the selection.

        Reads the text of every admitted article: 0.1 ms each.
        """
        return self._settled(lambda view: find_left_out(view, phrase, filters))

    def stories(self, article_ids: Iterable[str]) -> dict[str, str]:
        """What `story` gives, for many articles at once."""
        view = self._view()
        return {i: view.canonical(i) for i in article_ids}

    def _mentions(self, view: View, phrase: str, filters: Filters) -> tuple[ArticleMentions, ...]:
        return find_mentions(view, self._indexes(view)[1], phrase, filters) if view.n_passages() else ()

    def _settled(self, look: Callable[[View], _T]) -> _T:
        """What `look` makes of one generation: of another one, if that came meanwhile, so often as is sensible."""
        for attempt in range(_ATTEMPTS):
            view = self._view()
            found = look(view)
            if attempt + 1 == _ATTEMPTS or self._view() is view:
                return found
        raise AssertionError("the last attempt returns")

    def _legs(self, view: View, query: str, vector: NDArray[np.float32] | None, use: frozenset[str]) -> dict[str, Leg]:
        """The indexes that take part, each ready to be asked; none of an empty store."""
        if not view.n_passages():
            return {}
        vectors, lexical, fresh = self._indexes(view)
        legs: dict[str, Leg] = {}
        if vector is not None:
            legs["dense"] = DenseLeg(vectors, vector, fresh)
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

    def _indexes(self, view: View) -> tuple[AnyVectors, LexicalIndex, Codes]:
        """Both indexes, opened by the first search, and the vectors that `view` holds beyond those that are loaded.

        Loading a large vector index takes a second or more, and an ingest commits every few: so what was added since
        comes from the catalogue, until it is much, or until a writer says that the index itself is another one. A
        search that failed loads it anyway.
        """
        stamp = (self._identity, view.generation, self._failures)
        with self._refreshing:
            if self._closed:
                raise StoreError(f"the store at {self.path} is closed")
            if self._vectors is None:
                self._vectors = self._open_vectors()
            if self._lexical is None:
                self._lexical = LexicalIndex(self.path / LEXICAL_FOLDER)
            if self._indexes_stamp != stamp:
                self._lexical.refresh()
                loaded = self._loaded
                epoch, last_id = self._catalog.marks()
                of = (self._identity, epoch, self._failures)
                if loaded is None or loaded.of != of or loaded.n_vectors < _SOON_LOADED:
                    loaded = self._load(self._vectors, of, last_id)
                self._check_place(self._vectors)
                fresh = view.added_after(loaded.last_id)
                if len(fresh.ids) > _MOST_FRESH:
                    loaded = self._load(self._vectors, of, last_id)
                    fresh = view.added_after(loaded.last_id)
                self._check_complete(view, loaded.n_vectors + len(fresh.ids), self._lexical.count())
                self._loaded, self._fresh, self._indexes_stamp = loaded, fresh, stamp
            return self._vectors, self._lexical, self._fresh

    def _load(self, vectors: AnyVectors, of: Hashable, last_id: int) -> _Loaded:
        """Load the vectors, which hold at least what the catalogue held when `last_id` was read from it."""
        vectors.refresh((of, last_id))
        return _Loaded(of, last_id, vectors.count())

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
