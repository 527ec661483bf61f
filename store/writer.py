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
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from ingest.errors import StoreError, StoreLockedError
from ingest.job import Batch, FileState, PreparedArticle
from store.catalog import LEXICAL_FOLDER, VECTORS_FOLDER, BuildSpec, current_build
from store.commit import WritableCatalog
from store.lexical import LexicalEntry, LexicalIndex
from store.vectors import VectorIndex

if TYPE_CHECKING:
    from ingest.encode import EncoderSpec

__all__ = ["Lexical", "StoreSink", "Vectors", "open_sink"]

_LOCK_FILE = "write.lock"
_HOLDER_FILE = "writer.json"


class Vectors(Protocol):
    """What the writer asks of the vector index."""

    def add(self, passage_ids: Sequence[int], vectors: NDArray[np.float32]) -> None: ...
    def delete(self, passage_ids: Sequence[int]) -> None: ...
    def ids(self) -> list[int]: ...
    def count(self) -> int: ...
    def close(self) -> None: ...


class Lexical(Protocol):
    """What the writer asks of the full-text index."""

    def add(self, entries: Sequence[LexicalEntry]) -> None: ...
    def delete(self, passage_ids: Sequence[int]) -> None: ...
    def ids(self) -> list[int]: ...
    def count(self) -> int: ...
    def close(self) -> None: ...


class StoreSink:
    """Writes batches; fulfils `ingest.job.Sink`. One thread at a time. Made by `open_sink`."""

    def __init__(self, catalog: WritableCatalog, vectors: Vectors, lexical: Lexical, resources: ExitStack) -> None:
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
        self._remove_leftovers()
        new = self._new_articles(batch)
        if not new and not self._changes_files(batch):
            return
        reserved = self._catalog.reserve(sum(len(a.spans) for a in new))
        self._append(new, reserved)
        self._catalog.commit(batch, new, reserved)
        self._remove_leftovers()

    def close(self) -> None:
        """Let go of the store and of its lock. A second call does nothing."""
        self._resources.close()

    def recover(self) -> None:
        """Remove what a crash left, and forget articles that an index has lost so that their files are read again."""
        self._remove_leftovers()
        held = self._catalog.passage_ids()
        if self._vectors.count() == len(held) == self._lexical.count():
            return
        known = set(held)
        in_vectors, in_lexical = set(self._vectors.ids()), set(self._lexical.ids())
        self._vectors.delete(sorted(in_vectors - known))
        self._lexical.delete(sorted(in_lexical - known))
        lost = known - (in_vectors & in_lexical)
        if lost:
            self._catalog.forget({row.article_id for row in self._catalog.passage_rows(lost).values()})
            self._remove_leftovers()

    def _remove_leftovers(self) -> None:
        ids = self._catalog.leftovers().ids()
        if ids:
            self._vectors.delete(ids)
            self._lexical.delete(ids)
            self._catalog.clear_leftovers()

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
    path: Path, *, encoder_spec: EncoderSpec, build: BuildSpec | None = None, rebuild: bool = False
) -> StoreSink:
    """Open the store in folder `path` for writing; it is made when there is none. A context manager.

    `build` is what the passages are made with (default: this version of the code with that encoder). `rebuild`
    empties the store first, whatever it was built with.

    Raises:
        StoreLockedError: another writer holds it, named with its process id and start.
        StoreMismatchError: it was built with something else and `rebuild` is false.
    """
    build = current_build(encoder_spec) if build is None else build
    resources = ExitStack()
    try:
        _take_lock(path, resources)
        catalog = WritableCatalog.create(path)
        resources.callback(catalog.close)
        if rebuild or not catalog.meta():
            catalog.reset(build)
        catalog.check(build)
        unclean = catalog.leftovers().unclean
        if unclean:
            shutil.rmtree(path / LEXICAL_FOLDER, ignore_errors=True)
        vectors = VectorIndex(path / VECTORS_FOLDER, writing=True)
        resources.callback(vectors.close)
        lexical = LexicalIndex(path / LEXICAL_FOLDER, writing=True)
        resources.callback(lexical.close)
        if unclean:
            vectors.clear()
            catalog.mark_clean()
        sink = StoreSink(catalog, vectors, lexical, resources)
        sink.recover()
    except BaseException:
        resources.close()
        raise
    return sink


def _take_lock(path: Path, resources: ExitStack) -> None:
    lock = FileLock(path / _LOCK_FILE, timeout=0, thread_local=False)
    holder = path / _HOLDER_FILE
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise StoreLockedError(
            f"the index at {path} is being written to by {_describe(holder)}; wait until it is done, or stop it"
        ) from error
    except OSError as error:
        raise StoreError(
            f"the index cannot be written to {path}: {error}. Choose another folder with --store"
        ) from error
    resources.callback(lock.release)
    started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    holder.write_text(json.dumps({"pid": os.getpid(), "started": started}), encoding="utf-8")
    resources.callback(holder.unlink, missing_ok=True)


def _describe(holder: Path) -> str:
    try:
        told = json.loads(holder.read_text(encoding="utf-8"))
        return f"process {told['pid']}, started {told['started']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
