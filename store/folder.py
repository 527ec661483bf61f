"""The folder of a store whose catalogue is on a server: it holds the full-text index of that catalogue and of no other.

The folder carries a mark, and the catalogue remembers the mark of the folder that was written to last. So an index
that fell behind, because another folder was written to since, is never searched, and a folder is never emptied
because a wrong database was named.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path

from ingest.errors import StoreError
from store.catalog import LEXICAL_FOLDER, VECTORS_FOLDER, Catalog
from store.commit import WritableCatalog
from store.database import full_disk, is_full

__all__ = ["MARK_FILE", "check_folder", "take_folder"]

MARK_FILE = "catalog.json"


def take_folder(catalog: WritableCatalog, *, rebuild: bool) -> bool:
    """Make the folder the one that is written to; returns whether what is in it may have fallen behind.

    Raises:
        StoreError: it holds the indexes of another catalogue and `rebuild` is false.
    """
    if catalog.place.in_folder:
        return False
    mark, store_id = _mark(catalog.path), catalog.store_id()
    filled = any((catalog.path / part).exists() for part in (LEXICAL_FOLDER, VECTORS_FOLDER))
    if filled and mark.get("store") != store_id and not rebuild:
        raise StoreError(
            f"the folder {catalog.path} holds the indexes of another catalogue than {catalog.place.name}: name that "
            "one with --catalog (DATELINE_CATALOG), choose another folder with --store, or start anew with --rebuild"
        )
    if filled and _is_current(catalog, mark):
        return False
    told = {"store": store_id, "folder": uuid.uuid4().hex, "catalog": catalog.place.name}
    catalog.keep("folder", told["folder"])
    try:
        (catalog.path / MARK_FILE).write_text(json.dumps(told), encoding="utf-8")
    except OSError as error:
        if is_full(error):
            raise full_disk(catalog.path) from error
        raise StoreError(
            f"the folder {catalog.path} cannot be written to: {error}. Mend that, and run again"
        ) from error
    return True


def check_folder(catalog: Catalog) -> None:
    """Refuse to search a folder whose index is of another catalogue, or older than the one of another folder.

    Raises:
        StoreError: it is.
    """
    if not catalog.place.in_folder and not _is_current(catalog, _mark(catalog.path)):
        raise StoreError(
            f"the folder {catalog.path} does not hold the full-text index of {catalog.place.name} as it is now: name "
            "the folder that was written to last with --store, or bring this one up to date with "
            f"`{catalog.ingest_command(rebuild=False)}`"
        )


def _is_current(catalog: Catalog, mark: Mapping[str, str]) -> bool:
    meta = catalog.meta()
    return all(mark.get(name) == meta.get(name) is not None for name in ("store", "folder"))


def _mark(path: Path) -> Mapping[str, str]:
    try:
        told = json.loads((path / MARK_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in told.items()} if isinstance(told, dict) else {}
