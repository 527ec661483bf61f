"""StoreSink: the one writer of a store. A batch becomes visible as a whole or not at all.

A write takes four steps: (1) reserve passage ids in the catalogue, (2) append to both indexes, (3) one catalogue
transaction makes the batch visible, supersedes what it replaces and drops the reservation, (4) superseded ids leave
the indexes. A crash between any two leaves ids that readers drop and that the next writer removes.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeAlias

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from ingest.article import Article
from ingest.encode import Encoder, EncoderSpec, embedded_prefix, embedded_text, load_encoder, token_counter
from ingest.errors import StoreDamagedError, StoreError, StoreLockedError, UnknownSourceError
from ingest.job import Batch, FileState, PreparedArticle
from store.catalog import LEXICAL_FOLDER, VECTORS_FOLDER, BuildSpec, chunks, current_build
from store.commit import WritableCatalog
from store.corrections import Correction
from store.folder import take_folder
from store.hits import lies_within
from store.lexical import LexicalEntry, LexicalIndex
from store.servers import EMBEDDED, Servers
from store.vector_server import open_vectors

Embed: TypeAlias = Callable[[Sequence[tuple[Article, str]]], "NDArray[np.float32]"]
"""Passages, each with its article, to vectors: (n, d) float32, rows unit-norm."""

__all__ = ["HOLDER_FILE", "LOCK_FILE", "Lexical", "StoreSink", "Vectors", "describe_holder", "open_sink"]

LOCK_FILE = "write.lock"
HOLDER_FILE = "writer.json"


class Vectors(Protocol):
    """What the writer asks of the vector index."""

    @property
    def identity(self) -> str: ...
    def add(self, passage_ids: Sequence[int], vectors: NDArray[np.float32]) -> None: ...
    def delete(self, passage_ids: Sequence[int]) -> None: ...
    def ids(self) -> list[int]: ...
    def count(self) -> int: ...
    def rewrite(self) -> None: ...
    def close(self) -> None: ...


class Lexical(Protocol):
    """What the writer asks of the full-text index."""

    def add(self, entries: Sequence[LexicalEntry]) -> None: ...
    def replace(self, entries: Sequence[LexicalEntry]) -> None: ...
    def rewrite(self, entries: Iterable[LexicalEntry]) -> None: ...
    def delete(self, passage_ids: Sequence[int]) -> None: ...
    def ids(self) -> list[int]: ...
    def count(self) -> int: ...
    def close(self) -> None: ...


class StoreSink:
    """Writes batches; fulfils `ingest.job.Sink`. One thread at a time. Made by `open_sink`."""

    def __init__(self, catalog: WritableCatalog, vectors: Vectors, lexical: Lexical, resources: ExitStack) -> None:
        self.restored = 0  # passages that an index had lost and `recover` put back
        self._catalog = catalog
        self._vectors = vectors
        self._lexical = lexical
        self._resources = resources

    def __enter__(self) -> StoreSink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The folder of the store."""
        return self._catalog.path

    def files(self) -> Mapping[str, FileState]:
        """Every file that the catalogue holds, set-aside ones too, by absolute path."""
        return {f.path: f for f in self._catalog.files()}

    def write(self, batch: Batch) -> None:
        """Make `batch` visible in one commit; articles whose last source went away leave with it.

        An article that the store already holds is not written again, and a batch that changes nothing is no commit.

        Raises:
            ValueError: a file names an article that is neither in the batch nor in the store, or an article of the
                batch is named by no file of it.
        """
        self._finish()
        new = self._new_articles(batch)
        if not new and not self._changes_files(batch):
            return
        reserved = self._catalog.reserve(sum(len(a.spans) for a in new))
        self._append(new, reserved)
        self._catalog.commit(batch, new, reserved)
        self._finish()

    def removals(self) -> Mapping[str, str]:
        """Contents that a person took out, by digest, and what to tell of them."""
        return {digest: removal.reason for digest, removal in self._catalog.removals().items()}

    def readmit(self, digests: Iterable[str]) -> None:
        """Let contents in again that a person took out."""
        self._catalog.readmit(digests)

    def remove(self, sources: Sequence[str], day: dt.date, *, retracted: bool = False) -> tuple[Article, ...]:
        """Take out the articles that lie at `sources`, wherever else they lie, so that they stay out.

        A source may be a folder or a container: every article below it then. The bytes go with the next `compact`.

        Raises:
            UnknownSourceError: nothing lies at one of them; nothing was removed.
        """
        states = self._catalog.files()
        named = {source: [f for f in states if lies_within(f.source, source)] for source in sources}
        if unknown := [source for source, found in named.items() if not found]:
            raise UnknownSourceError(f"nothing is indexed at {', '.join(unknown)}; nothing was removed")
        articles = self._catalog.articles({f.article_id for found in named.values() for f in found if f.article_id})
        self._catalog.remove([a.article_id for a in articles], day, retracted=retracted)
        self._finish()
        return articles

    def alike(self, sources: Sequence[str]) -> tuple[str, ...]:
        """Where copies and versions of the articles at `sources` lie, folders and containers among them."""
        states = self._catalog.files()
        own = {f.article_id for f in states if f.article_id and any(lies_within(f.source, s) for s in sources)}
        catalog = self._catalog
        near = {i for own_id in own for i in (*catalog.cluster(own_id), *catalog.versions(own_id))}
        return tuple(source for article in catalog.articles(near - own) for source in article.sources)

    def correct(self, source: str, correction: Correction | None) -> Article:
        """Put right what is known of the article at `source`; with None, go back to what was found.

        It stays so when the file is edited or the index is built anew. The vectors follow with the next rebuild.

        Raises:
            UnknownSourceError: no article lies at `source`.
        """
        article_id = self._catalog.article_id_of(source)
        if article_id is None:
            raise UnknownSourceError(f"the index at {self.path} holds no article at {source!r}")
        self._catalog.correct(source, correction)
        self._finish()
        (article,) = self._catalog.articles([article_id])
        return article

    def passage_ids(self, article_id: str) -> list[int]:
        """The ids of the passages of an article."""
        return self._catalog.passage_ids([article_id])

    def compact(self) -> None:
        """Write everything anew, so that no byte of what was removed or replaced is left in the folder of the store.

        It may be cut short at any moment. Readers go on, and load the new files when they look next.
        """
        self._finish()
        self._lexical.rewrite(self._entries())
        self._vectors.rewrite()
        self._catalog.keep("vectors", self._vectors.identity)
        if self._vectors.identity:  # they are on a server: what an earlier run left in the folder serves nobody
            shutil.rmtree(self.path / VECTORS_FOLDER, ignore_errors=True)
        self._catalog.vacuum()
        self._catalog.tell_readers()

    def _entries(self, article_ids: Sequence[str] | None = None) -> Iterator[LexicalEntry]:
        """The passages of those articles, or of all, as the full-text index holds them, article by article."""
        for article in self._catalog.articles(article_ids):
            for passage in self._catalog.passages(article.article_id):
                yield LexicalEntry(passage.passage_id, passage.text, article.headline)

    def chosen_fields(self, container: str) -> Mapping[str, str]:
        """The fields that were chosen for the container at that absolute path, by role; empty if none ever were."""
        return self._catalog.chosen_fields(container)

    def keep_chosen_fields(self, container: str, chosen: Mapping[str, str]) -> None:
        """Remember those fields for the container, in place of what was chosen before."""
        self._catalog.keep_chosen_fields(container, chosen)

    def close(self) -> None:
        """Let go of the store and of its lock. A second call does nothing."""
        self._resources.close()

    def recover(self, embed: Embed) -> None:
        """Remove what a crash left, and put back from the catalogue what an index has lost; `embed` makes the vectors.

        What is put back in a run that is then cut short stays, and the next one goes on from there. Vectors that lie
        elsewhere than those of the last run are compared id by id.
        """
        self._finish()
        held = self._catalog.passage_ids()
        elsewhere = self._catalog.meta().get("vectors", "") != self._vectors.identity
        if elsewhere or not self._vectors.count() == len(held) == self._lexical.count():
            self._restore(held, embed)
        if elsewhere:
            self._catalog.keep("vectors", self._vectors.identity)

    def _restore(self, held: Sequence[int], embed: Embed) -> None:
        known = set(held)
        in_vectors, in_lexical = set(self._vectors.ids()), set(self._lexical.ids())
        self._vectors.delete(sorted(in_vectors - known))
        self._lexical.delete(sorted(in_lexical - known))
        for ids in chunks(sorted(known - in_vectors)):
            self._vectors.add(ids, embed(self._passages(ids)))
        for ids in chunks(sorted(known - in_lexical)):
            self._lexical.add(
                [LexicalEntry(i, text, a.headline) for i, (a, text) in zip(ids, self._passages(ids), strict=True)]
            )
        self.restored = len(known - (in_vectors & in_lexical))
        if self.restored:
            self._catalog.tell_readers()

    def _passages(self, passage_ids: Sequence[int]) -> list[tuple[Article, str]]:
        """The text of each passage and the article it is of, in the order asked."""
        rows = self._catalog.passage_rows(passage_ids)
        wanted = {row.article_id for row in rows.values()}
        articles = {a.article_id: a for a in self._catalog.articles(wanted)}
        texts = {i: self._catalog.source_text(i) or "" for i in wanted}
        found = [rows[i] for i in passage_ids]
        return [(articles[row.article_id], texts[row.article_id][row.start : row.end]) for row in found]

    def _finish(self) -> None:
        """What commits, or attempts at them, left to do in the indexes."""
        ids = self._catalog.leftovers().ids()
        if ids:
            self._vectors.delete(ids)
            self._lexical.delete(ids)
            self._catalog.clear_leftovers()
        if retitled := self._catalog.retitled():
            if entries := list(self._entries(retitled)):  # else they were removed since
                self._lexical.replace(entries)
            self._catalog.clear_retitled()

    def _new_articles(self, batch: Batch) -> list[PreparedArticle]:
        offered = {a.article.article_id: a for a in batch.articles}
        named = {f.article_id for f in batch.files if f.article_id is not None}
        held = self._catalog.held(named | set(offered))
        if unnamed := set(offered) - named:
            raise ValueError(f"no file of the batch names the articles {sorted(unnamed)}")
        if unknown := named - set(offered) - held:
            raise ValueError(f"files name articles that are neither in the batch nor in the store: {sorted(unknown)}")
        return [a for article_id, a in offered.items() if article_id not in held]

    def _changes_files(self, batch: Batch) -> bool:
        touched = [f.path for f in batch.files] + list(batch.removed_paths)
        known = {f.path: f for f in self._catalog.files(touched)}
        return any(p in known for p in batch.removed_paths) or any(known.get(f.path) != f for f in batch.files)

    def _append(self, new: Sequence[PreparedArticle], reserved: range) -> None:
        if not new:
            return
        spans = [(a, span) for a in new for span in a.spans]
        self._vectors.add(reserved, np.concatenate([a.vectors for a in new]))
        self._lexical.add(
            [
                LexicalEntry(passage_id, span.of(a.source_text), a.article.headline)
                for passage_id, (a, span) in zip(reserved, spans, strict=True)
            ]
        )


def open_sink(
    path: Path,
    *,
    encoder_spec: EncoderSpec,
    build: BuildSpec | None = None,
    rebuild: bool = False,
    encoder: Encoder | None = None,
    count_tokens: Callable[[str], int] | None = None,
    servers: Servers = EMBEDDED,
) -> StoreSink:
    """Open the store in folder `path` for writing; it is made when there is none. A context manager.

    `build` is what the passages are made with (default: this version of the code with that encoder). `rebuild`
    empties the store first, whatever it was built with and however damaged it is. Passages that an index has lost are
    put back; with `encoder` and `count_tokens` if given, else with the model that `encoder_spec` names. `servers` says
    which parts of the store are not in the folder.

    Raises:
        StoreLockedError: another writer holds it, named with its process id and start.
        StoreMismatchError: it was built with something else and `rebuild` is false.
        StoreDamagedError: its catalogue is damaged and `rebuild` is false.
        StoreError: a server cannot be reached, or the folder belongs to another catalogue and `rebuild` is false.
    """
    path = path.absolute()
    build = current_build(encoder_spec) if build is None else build
    resources = ExitStack()
    try:
        _take_lock(path, resources)
        catalog = _empty_catalog(path, build, servers) if rebuild else WritableCatalog.create(path, servers)
        resources.callback(catalog.close)
        if not catalog.meta():
            if catalog.place.in_folder and any((path / part).exists() for part in (VECTORS_FOLDER, LEXICAL_FOLDER)):
                raise catalog.damaged()  # a catalogue that is being made for the first time has no indexes yet
            catalog.reset(build)
        catalog.check(build)
        unclean = catalog.leftovers().unclean
        behind = take_folder(catalog, rebuild=rebuild)
        if unclean or behind:
            shutil.rmtree(path / LEXICAL_FOLDER, ignore_errors=True)
        vectors = open_vectors(path / VECTORS_FOLDER, servers.vectors, catalog.store_id(), writing=True, afresh=unclean)
        resources.callback(vectors.close)
        lexical = LexicalIndex(path / LEXICAL_FOLDER, writing=True)
        resources.callback(lexical.close)
        if unclean:
            catalog.mark_clean()
        sink = StoreSink(catalog, vectors, lexical, resources)
        sink.recover(partial(_embed, encoder_spec.name, encoder, count_tokens))
    except BaseException:
        resources.close()
        raise
    return sink


def _empty_catalog(path: Path, build: BuildSpec, servers: Servers) -> WritableCatalog:
    """An empty catalogue for `build`; one that is too damaged to be emptied is put out of the way."""
    try:
        catalog = WritableCatalog.create(path, servers)
        try:
            catalog.check_whole()
            catalog.reset(build)
        except BaseException:
            catalog.close()
            raise
    except StoreDamagedError:
        WritableCatalog.set_aside(path, servers)
        catalog = WritableCatalog.create(path, servers)
        catalog.reset(build)
    return catalog


def _embed(
    encoder_name: str,
    encoder: Encoder | None,
    count_tokens: Callable[[str], int] | None,
    passages: Sequence[tuple[Article, str]],
) -> NDArray[np.float32]:
    """The vectors of passages, each with its article, as the ingest pipeline makes them; loads the model if need be."""
    encoder = encoder or load_encoder(encoder_name)
    count_tokens = count_tokens or token_counter(encoder_name)
    prefix = partial(embedded_prefix, count_tokens=count_tokens, max_tokens=encoder.spec.max_tokens)
    prefixes = {a.article_id: prefix(a.headline, a.outlet) for a, _ in passages}
    named = [(text, *prefixes[a.article_id]) for a, text in passages]
    return encoder.encode([embedded_text(text, headline=headline, outlet=outlet) for text, headline, outlet in named])


def _take_lock(path: Path, resources: ExitStack) -> None:
    lock = FileLock(path / LOCK_FILE, timeout=0, thread_local=False)
    holder = path / HOLDER_FILE
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise StoreLockedError(
            f"the index at {path} is being written to by {describe_holder(holder)}; wait until it is done, or stop it"
        ) from error
    except OSError as error:
        raise StoreError(
            f"the index cannot be written to {path}: {error}. Choose another folder with --store"
        ) from error
    resources.callback(lock.release)
    started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    resources.callback(_drop_note, holder)
    with suppress(OSError):  # a full disk: it is only a note, and what fails next says so
        holder.write_text(json.dumps({"pid": os.getpid(), "started": started}), encoding="utf-8")


def _drop_note(holder: Path) -> None:
    with suppress(OSError):  # what was to be done is done, and a note without a lock says nothing
        holder.unlink(missing_ok=True)


def describe_holder(holder: Path) -> str:
    """The process that the note of a writer names."""
    try:
        told = json.loads(holder.read_text(encoding="utf-8"))
        return f"process {told['pid']}, started {told['started']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
