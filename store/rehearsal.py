"""A sink that writes nothing: what an ingest would do to a store can be told without doing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ingest.batch import Batch, FileState
from ingest.errors import StoreMissingError
from store.catalog import BuildSpec, Catalog
from store.servers import EMBEDDED, Servers

__all__ = ["Rehearsal"]


class Rehearsal:
    """Fulfils `ingest.batch.Sink` with what a store holds, and forgets what it is given. A store need not be there."""

    def __init__(self, path: Path, build: BuildSpec, servers: Servers = EMBEDDED) -> None:
        """Look at the store in folder `path`, parts of which may lie on `servers`.

        Raises:
            StoreMismatchError: it was built with something else than `build`, so that all of it would be read anew.
        """
        self._files: dict[str, FileState] = {}
        self._removals: dict[str, str] = {}
        self._fields: dict[str, dict[str, str]] = {}
        try:
            catalog = Catalog.open(path.absolute(), servers)
        except StoreMissingError:
            self._catalog = None
            return
        self._catalog = catalog
        catalog.check(build)
        self._files = {state.path: state for state in catalog.files()}
        self._removals = {digest: removal.reason for digest, removal in catalog.removals().items()}

    def files(self) -> Mapping[str, FileState]:
        """Every file that the store holds."""
        return self._files

    def removals(self) -> Mapping[str, str]:
        """The contents that a person took out."""
        return self._removals

    def chosen_fields(self, container: str) -> Mapping[str, str]:
        """The fields that were chosen for a container."""
        held = {} if self._catalog is None else self._catalog.chosen_fields(container)
        return self._fields.get(container, held)

    def keep_chosen_fields(self, container: str, chosen: Mapping[str, str]) -> None:
        """Remember them for this rehearsal."""
        self._fields[container] = dict(chosen)

    def readmit(self, digests: Iterable[str]) -> None:
        """Nothing is let in."""

    def write(self, batch: Batch) -> None:
        """Nothing is written."""
