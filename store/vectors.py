"""The vector index in the folder of the store: Chroma, embedded (`store.vector_server` is the one on a server).

Chroma shares one system per folder within a process, and that system does not see what another process wrote until
the last client on it is closed. So all handles of a folder share one `_System` here, and `refresh` holds new queries,
drains the running ones, closes, opens and swaps. Chroma also rewrites its files in place, and a process that loads
them at that moment dies of it (a segmentation fault): loading and writing take turns under a lock file. What is
loaded is searched in memory. A writer that is killed in the act, or a power cut, may leave torn files, which kill
whoever loads them: a marker tells of it, and then another process tries first; a change is over when its files are on
the disk and sealed (`store.seal`). Nothing is stored but ids and vectors; an id that the catalogue does not hold may
come back and is the caller's to drop.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ingest.errors import StoreError
from store.database import full_disk, is_full
from store.seal import State, damage_of, is_whole, seal, state_of, sync_changed, sync_folder

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

__all__ = ["VectorIndex", "copy_vectors", "nearest"]

_DIGITS = 6  # of a cosine: beyond them, it depends on how the index happens to be laid out
_COLLECTION = "passages"
_DATABASE = "chroma.sqlite3"  # in the folder of every index of Chroma
_TURN_TIMEOUT_S, _TURN_POLL_S = 120.0, 0.01
_PROBED = 25  # vectors that are looked up after a writer was killed
_CHUNK = 1000  # vectors a call: what one pause of the running queries costs


class VectorIndex:
    """A handle on the vectors of one folder. Thread-safe."""

    def __init__(self, path: Path, *, writing: bool = False, afresh: bool = False) -> None:
        """Open the index in folder `path`; only a writer makes it when there is none, `afresh` in place of any old one.

        Nothing of the old one stays on disk then, and it need not be readable; the dimension may change with it.
        """
        self._writing = writing
        self._system = _System.attach(path, writing=writing, afresh=afresh)
        self._open = True

    @property
    def identity(self) -> str:
        """Which index it is, as the catalogue remembers it: empty for the one in the folder."""
        return ""

    def refresh(self, stamp: Hashable) -> None:
        """Make searches see what was written up to `stamp`, a name for one state of the store.

        Reopens the index when another stamp was seen last, unless this process is the one that writes.
        """
        self._system.refresh(stamp)

    def search(
        self, vector: NDArray[np.float32], k: int, *, within: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Up to `k` passage ids with their cosine to `vector` ((d,) float32, unit norm), by descending cosine.

        Ties go to the lower id. `within` narrows the search to those ids. Fewer than `k` come back only when there are
        no more.
        """
        if k < 1 or (within is not None and not within):
            return []
        ids = None if within is None else [str(i) for i in within]
        with self._system.shared() as collection:
            return nearest(collection, vector, k, ids)

    def add(self, passage_ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Append vectors ((n, d) float32, rows unit-norm) under fresh ids."""
        for start in range(0, len(passage_ids), _CHUNK):
            some = [str(i) for i in passage_ids[start : start + _CHUNK]]
            with self._system.exclusive() as collection:
                collection.add(ids=some, embeddings=vectors[start : start + _CHUNK])

    def delete(self, passage_ids: Sequence[int]) -> None:
        """Take vectors out; ids that are not there are ignored."""
        for start in range(0, len(passage_ids), _CHUNK):
            with self._system.exclusive() as collection:
                collection.delete(ids=[str(i) for i in passage_ids[start : start + _CHUNK]])

    def rewrite(self) -> None:
        """Write every vector to files that never held any other: deleting leaves bytes behind."""
        self._system.rewrite()

    def ids(self) -> list[int]:
        """Every id in the index, in no order."""
        with self._system.shared() as collection:
            return [int(i) for i in collection.get(include=[])["ids"]]

    def count(self) -> int:
        """How many vectors the index holds."""
        with self._system.shared() as collection:
            return int(collection.count())

    def close(self) -> None:
        """Let go of the index; the last handle of the process closes it. A second call does nothing."""
        if self._open:
            self._open = False
            self._system.detach(writing=self._writing)


class _System:
    """The one open Chroma of a folder in this process, and the gate before it."""

    # process-wide because Chroma's own table of systems is
    _systems: ClassVar[dict[Path, _System]] = {}
    _registry: ClassVar[threading.RLock] = threading.RLock()

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gate = threading.Condition()
        self._queries = 0
        self._held = False
        self._handles = 0
        self._writers = 0
        self._stamp: Hashable = None
        beside = path.with_name(path.name + ".lock")
        self._on_disk = FileLock(beside, timeout=_TURN_TIMEOUT_S, poll_interval=_TURN_POLL_S, thread_local=False)
        self._torn = path.with_name(path.name + ".changing")
        self._client: Client | None = None
        self._collection: Collection | None = None

    @classmethod
    def attach(cls, path: Path, *, writing: bool, afresh: bool) -> _System:
        path = path.resolve()
        with cls._registry:
            system = cls._systems.get(path)
            if system is None:
                system = cls._systems[path] = _System(path)
            system._handles += 1
            system._writers += writing
        try:
            with system._hold():
                if writing or system._collection is None:  # a writer starts from what is on disk, not from a stale copy
                    system._reopen(afresh=afresh)
        except BaseException:
            system.detach(writing=writing)
            raise
        return system

    def detach(self, *, writing: bool) -> None:
        with self._registry:
            self._handles -= 1
            self._writers -= writing
            last = self._handles == 0
            if last:
                self._systems.pop(self._path, None)
                with self._hold(), _as_store_error(self._path):
                    self._close()

    def refresh(self, stamp: Hashable) -> None:
        if self._stamp == stamp:
            return
        with self._hold():
            if self._stamp != stamp:
                if self._writers == 0:
                    self._reopen()
                self._stamp = stamp

    @contextmanager
    def shared(self) -> Iterator[Collection]:
        """Run a query beside others."""
        with self._gate:
            self._gate.wait_for(lambda: not self._held)
            self._queries += 1
        try:
            with _as_store_error(self._path):
                yield self._current()
        finally:
            with self._gate:
                self._queries -= 1
                self._gate.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[Collection]:
        """Run a change alone; when it is done, it is on the disk."""
        with self._hold(), _as_store_error(self._path), self._on_disk:
            failed_before = self._torn.exists()  # a change of this process: the next one to load looks at its files
            self._torn.touch()
            sync_folder(self._torn.parent)
            before = state_of(self._path)
            yield self._current()
            self._settle(before)
            if not failed_before:
                self._torn.unlink()

    def rewrite(self) -> None:
        """Copy what is held to a new folder and put that in place of the old one."""
        fresh, old = _beside(self._path)
        with self._hold(), _as_store_error(self._path):
            shutil.rmtree(fresh, ignore_errors=True)
            try:
                self._copy_to(fresh)
                with self._on_disk:
                    self._close()
                    self._path.rename(old)
                    fresh.rename(self._path)
                    sync_folder(self._path.parent)
            except BaseException:
                self._undo_rewrite()
                raise
            with self._on_disk:
                shutil.rmtree(old, ignore_errors=True)
                self._load()

    def _copy_to(self, fresh: Path) -> None:
        client, copy = _open_collection(fresh, make=True)
        try:
            copy_vectors(self._current(), copy)
        finally:
            client.close()
        sync_changed(fresh, {})
        seal(fresh)

    def _undo_rewrite(self) -> None:
        """The old files count again, and those of the copy take no room on a disk that may be full."""
        with self._on_disk:
            _finish_rewrite(self._path)
            if self._collection is None:
                self._load()

    def _settle(self, before: State) -> None:
        """What was changed is on the disk, and is known to be whole."""
        sync_changed(self._path, before)
        seal(self._path)

    @contextmanager
    def _hold(self) -> Iterator[None]:
        """Hold new queries and wait for the running ones."""
        with self._gate:
            self._gate.wait_for(lambda: not self._held)
            self._held = True
            self._gate.wait_for(lambda: self._queries == 0)
        try:
            yield
        finally:
            with self._gate:
                self._held = False
                self._gate.notify_all()

    def _current(self) -> Collection:
        if self._collection is None:
            raise StoreError(f"the vector index {self._path} is closed")
        return self._collection

    def _close(self) -> None:
        self._collection = None
        client, self._client = self._client, None
        if client is not None:
            client.close()
            _give_back_memory()

    def _reopen(self, *, afresh: bool = False) -> None:
        if self._writers:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        else:
            self._check_readable()
        with _as_store_error(self._path), self._on_disk:
            self._close()
            if afresh:
                shutil.rmtree(self._path, ignore_errors=True)  # dropping a collection would leave its files behind
                self._torn.unlink(missing_ok=True)
            if self._writers:
                _finish_rewrite(self._path)
            self._load()

    def _check_readable(self) -> None:
        """A reader makes nothing: neither an index where there is none, nor the folder around it."""
        if not (self._path / _DATABASE).is_file():
            raise StoreError(f"there is no vector index at {self._path}: {_remedy(self._path)}")
        if not os.access(self._path.parent, os.W_OK):
            raise StoreError(
                f"the vector index {self._path} cannot be searched: the folder is not writable, and readers and "
                "writers take turns by a lock file in it. Allow writing there, or copy the index to another folder"
            )

    def _load(self) -> None:
        if self._torn.exists():  # nobody is writing now, so the last who did was cut short
            if damage_of(self._path) or not _survives_loading(self._path):
                self._give_up("it was damaged when an ingest was killed, and the next ingest mends it")
            elif self._path.exists():
                self._settle({})
            self._torn.unlink(missing_ok=True)
        elif damage := damage_of(self._path):
            self._give_up(f"it is damaged: {damage}")
        try:
            self._client, self._collection = _open_collection(self._path, make=self._writers > 0)
        except Exception as error:
            if is_whole(self._path / _DATABASE):
                raise
            self._give_up(f"it is damaged: {error}")
            self._client, self._collection = _open_collection(self._path, make=True)

    def _give_up(self, why: str) -> None:
        """What is on the disk cannot be used: the writer embeds again what is lost, a reader can only tell."""
        if not self._writers:
            raise StoreError(f"the vector index {self._path} cannot be searched: {why}: {_remedy(self._path)}")
        shutil.rmtree(self._path, ignore_errors=True)


def _give_back_memory() -> None:
    """Let the C library hand back what was freed: else it keeps some of each index that was loaded and closed."""
    with suppress(AttributeError, OSError, TypeError):  # another C library than that of GNU
        ctypes.CDLL(None).malloc_trim(0)


def _beside(path: Path) -> tuple[Path, Path]:
    """Where a rewrite puts the new files, and for a moment the old ones."""
    return path.with_name(path.name + ".new"), path.with_name(path.name + ".old")


def _finish_rewrite(path: Path) -> None:
    """Tidy up after a rewrite that was cut short: the old files count until the new ones lie in their place."""
    fresh, old = _beside(path)
    if old.exists() and not path.exists():
        old.rename(path)
    for left in (fresh, old):
        shutil.rmtree(left, ignore_errors=True)


def nearest(
    collection: Collection, vector: NDArray[np.float32], k: int, ids: list[str] | None
) -> list[tuple[int, float]]:
    """What `VectorIndex.search` gives, of a collection wherever it lies."""
    found = collection.query(query_embeddings=vector.reshape(1, -1), n_results=k, ids=ids, include=["distances"])
    near = [(int(i), 1.0 - d) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]
    if len(near) < k and len(near) < (collection.count() if ids is None else len(ids)):  # counting is slow
        near = _compared(collection, vector, ids)
    return sorted(((i, round(c, _DIGITS)) for i, c in near), key=lambda item: (-item[1], item[0]))[:k]


def copy_vectors(held: Collection, copy: Collection) -> None:
    """Put every vector of one collection into another."""
    ids = held.get(include=[])["ids"]
    for start in range(0, len(ids), _CHUNK):
        some = held.get(ids=ids[start : start + _CHUNK], include=["embeddings"])
        copy.add(ids=some["ids"], embeddings=some["embeddings"])


def _compared(collection: Collection, vector: NDArray[np.float32], ids: list[str] | None) -> list[tuple[int, float]]:
    """Every id, or each of `ids`, with its cosine: Chroma's graph does not reach all of many near-equal vectors."""
    held = collection.get(ids=ids, include=["embeddings"])
    cosines = np.asarray(held["embeddings"], dtype=np.float32).reshape(len(held["ids"]), -1) @ vector
    return [(int(i), float(c)) for i, c in zip(held["ids"], cosines, strict=True)]


def _open_collection(path: Path, *, make: bool) -> tuple[Client, Collection]:
    import chromadb  # half a second: only a search or an ingest pays it
    from chromadb.config import Settings

    try:
        client = cast("Client", chromadb.PersistentClient(path, settings=Settings(anonymized_telemetry=False)))
    except BaseException:
        _drop_half_made(path)
        raise
    try:
        return client, _opened(client, make=make)
    except BaseException:
        client.close()
        raise


def _drop_half_made(path: Path) -> None:
    """Chroma keeps what failed to start and would hand it out again; its finalizer trips over it now or later."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient._identifier_to_system.pop(str(path), None)


def _opened(client: Client, *, make: bool) -> Collection:
    if make:
        collection = client.get_or_create_collection(
            _COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
    else:
        collection = client.get_collection(_COLLECTION, embedding_function=None)
    some = collection.get(limit=1, include=["embeddings"])["embeddings"]
    if some is not None and len(some):  # files are read by the first query, and that must be now
        collection.query(query_embeddings=[some[0]], n_results=1, include=["distances"])
    return collection


def _survives_loading(path: Path) -> bool:
    """Whether a process of its own can load the index and find its vectors."""
    code = f"import sys; sys.path[:] = {sys.path!r}; from store.vectors import _probe; _probe({str(path)!r})"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def _probe(path: str) -> None:
    _, collection = _open_collection(Path(path), make=False)
    ids = collection.get(include=[])["ids"]
    for start in range(0, len(ids), _CHUNK):
        held = collection.get(ids=ids[start : start + _CHUNK], include=["embeddings"])["embeddings"]
        if held is None or len(held) != len(ids[start : start + _CHUNK]):
            raise SystemExit("a vector is missing")
        for vector in held[:: max(1, len(held) // _PROBED)]:
            found = collection.query(query_embeddings=[vector], n_results=1, include=["distances"])["distances"]
            if not found or abs(found[0][0]) > 1e-3:
                raise SystemExit("a vector is not found")


@contextmanager
def _as_store_error(path: Path) -> Iterator[None]:
    """Chroma raises its own errors, sqlite's, RuntimeErrors and Rust's panics: all mean that this index failed."""
    try:
        yield
    except StoreError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if is_full(error, path):
            raise full_disk(path.parent) from error
        raise StoreError(f"the vector index {path} failed: {error}. If it persists, {_rebuild(path)}") from error


def _remedy(path: Path) -> str:
    store = shlex.quote(str(path.parent))
    return f"`dateline ingest FOLDER --store {store}` restores it from the catalogue, or {_rebuild(path)}"


def _rebuild(path: Path) -> str:
    return f"rebuild it with `dateline ingest FOLDER --rebuild --store {shlex.quote(str(path.parent))}`"
