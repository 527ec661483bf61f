"""The vector index in a Chroma server: the same methods as `store.vectors.VectorIndex`, and none of its precautions.

The server takes turns by itself and shows every search what was written before. Each store has a collection of its own,
named after the store, so that many stores share a server. As in the folder, only ids and vectors are kept there, and
an id that the catalogue does not hold is the caller's to drop.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from ingest.errors import StoreError
from store.vectors import VectorIndex, copy_vectors, nearest

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

__all__ = ["AnyVectors", "VectorServer", "open_vectors"]

_CHUNK = 1000  # vectors a request: some 5 MB


class VectorServer:
    """A handle on the vectors of one store in the server at an address. Thread-safe."""

    def __init__(self, address: str, store_id: str, *, writing: bool = False, afresh: bool = False) -> None:
        """Open the collection of the store; only a writer makes it when there is none, `afresh` in place of an old one.

        Raises:
            StoreError: the server cannot be reached, or, for a reader, holds no such collection.
        """
        self._address = address
        self._name = f"dateline-{store_id}"
        self._writing = writing
        self._lock = threading.Lock()
        self._stamp: Hashable = None
        self._client: Client | None = None
        with self._asked():
            self._client = _connected(address)
            self._collection = self._opened(afresh=afresh)

    @property
    def identity(self) -> str:
        """Which collection it is: another one holds other vectors, whatever it is called."""
        return str(self._collection.id)

    def refresh(self, stamp: Hashable) -> None:
        """Look the collection up anew when another state of the store was seen last: it may have been rewritten."""
        with self._lock:
            if self._stamp != stamp and not self._writing:
                with self._asked():
                    self._collection = self._opened()
            self._stamp = stamp

    def search(
        self, vector: NDArray[np.float32], k: int, *, within: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Up to `k` passage ids with their cosine to `vector`, as `VectorIndex.search` gives them."""
        if k < 1 or (within is not None and not within):
            return []
        with self._asked():
            return nearest(self._collection, vector, k, None if within is None else [str(i) for i in within])

    def add(self, passage_ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Append vectors ((n, d) float32, rows unit-norm) under fresh ids."""
        for start in range(0, len(passage_ids), _CHUNK):
            some = [str(i) for i in passage_ids[start : start + _CHUNK]]
            with self._asked():
                self._collection.add(ids=some, embeddings=vectors[start : start + _CHUNK])

    def delete(self, passage_ids: Sequence[int]) -> None:
        """Take vectors out; ids that are not there are ignored."""
        for start in range(0, len(passage_ids), _CHUNK):
            with self._asked():
                self._collection.delete(ids=[str(i) for i in passage_ids[start : start + _CHUNK]])

    def rewrite(self) -> None:
        """Write every vector to a new collection and drop the old one; the server frees its files when it will."""
        with self._asked():
            client = self._open_client()
            fresh = self._made(client, f"{self._name}-new")
            copy_vectors(self._collection, fresh)
            client.delete_collection(self._name)
            fresh.modify(name=self._name)
            self._collection = fresh

    def ids(self) -> list[int]:
        """Every id in the index, in no order."""
        with self._asked():
            return [int(i) for i in self._collection.get(include=[])["ids"]]

    def count(self) -> int:
        """How many vectors the index holds."""
        with self._asked():
            return int(self._collection.count())

    def close(self) -> None:
        """Let go of the server. A second call does nothing."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _opened(self, *, afresh: bool = False) -> Collection:
        client = self._open_client()
        if not self._writing:
            return client.get_collection(self._name, embedding_function=None)
        held = {collection.name for collection in client.list_collections()}
        half_made = f"{self._name}-new"
        if half_made in held and self._name not in held:  # a rewrite was cut short when it was nearly done
            client.get_collection(half_made, embedding_function=None).modify(name=self._name)
        elif half_made in held:
            client.delete_collection(half_made)
        if afresh and self._name in held:
            client.delete_collection(self._name)  # the dimension may change
        return self._made(client, self._name)

    def _made(self, client: Client, name: str) -> Collection:
        return client.get_or_create_collection(
            name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def _open_client(self) -> Client:
        if self._client is None:
            raise StoreError(f"the vectors at {self._address} are closed")
        return self._client

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Chroma's client raises its own errors, those of its HTTP client, and ValueError when nobody answers."""
        try:
            yield
        except StoreError:
            raise
        except Exception as error:
            told = " ".join(str(error).split()) or type(error).__name__
            raise StoreError(
                f"the vectors in the Chroma server at {self._address} cannot be used: {told}. Start it with "
                "`chroma run --path FOLDER --host HOST --port PORT`, or correct --vectors (DATELINE_VECTORS); "
                "what is missing there, `dateline ingest FOLDER` restores from the catalogue"
            ) from error


AnyVectors: TypeAlias = VectorIndex | VectorServer


def open_vectors(
    folder: Path, address: str | None, store_id: str, *, writing: bool = False, afresh: bool = False
) -> AnyVectors:
    """The vectors of a store: in `folder`, or in the Chroma server at `address`."""
    if address is None:
        return VectorIndex(folder, writing=writing, afresh=afresh)
    return VectorServer(address, store_id, writing=writing, afresh=afresh)


def _connected(address: str) -> Client:
    import chromadb
    from chromadb.config import Settings

    parts = urlsplit(address)
    secure = parts.scheme == "https"
    client = chromadb.HttpClient(
        host=parts.hostname or "",
        port=parts.port or (443 if secure else 80),
        ssl=secure,
        settings=Settings(anonymized_telemetry=False),
    )
    return cast("Client", client)
