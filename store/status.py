"""What state a store is in: what it holds, how large it is, who writes to it; also of one that cannot be searched."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock, Timeout

from ingest.errors import StoreMismatchError
from store.catalog import LEXICAL_FOLDER, VECTORS_FOLDER, BuildSpec, Catalog
from store.database import CATALOG_FILE
from store.schema import ARTICLES, CORRECTIONS, FILES, PASSAGES, REMOVALS
from store.servers import EMBEDDED, Servers
from store.writer import HOLDER_FILE, LOCK_FILE, describe_holder

__all__ = ["StoreStatus", "store_status"]

# of the catalogue's facts, those that do not say what it was built with
_FACTS = ("epoch", "generation", "next_passage_id", "unclean", "store", "folder", "vectors")


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """A store, in figures. `generation` counts what readers saw change; `changed` is when that was last.

    `built_with` names models and versions as the catalogue has them. `languages` counts articles by ISO code, "" for
    those whose language is not known. `part_bytes` are sizes on disk, without vectors that lie on a server; `servers`
    are the addresses of what does, without passwords. `writer` says who writes at this moment, None when nobody does.
    `mismatch` is why it cannot be searched by this version, and what to do, else None.
    """

    path: Path
    generation: int
    changed: dt.datetime
    built_with: Mapping[str, str]
    n_articles: int
    n_passages: int
    n_sources: int
    n_failed: int
    n_removed: int
    n_corrected: int
    n_undated: int
    first_day: dt.date | None
    last_day: dt.date | None
    languages: Mapping[str, int]
    part_bytes: Mapping[str, int]
    servers: Mapping[str, str]
    writer: str | None
    mismatch: str | None


def store_status(path: Path, build: BuildSpec, servers: Servers = EMBEDDED) -> StoreStatus:
    """Look at the store in folder `path`, which this version would build as `build`; nothing is changed.

    Raises:
        StoreMissingError: there is none.
        StoreDamagedError: its catalogue cannot be read.
        StoreMismatchError: another version laid its tables out in another way.
    """
    catalog = Catalog.open(path.absolute(), servers)
    try:
        mismatch = None
        try:
            catalog.check(build)
        except StoreMismatchError as error:
            if catalog.meta().get("schema") != build.as_meta()["schema"]:
                raise  # nothing but the command that rebuilds can be told of it
            mismatch = str(error)
        return _look(catalog, mismatch)
    finally:
        catalog.close()


def _look(catalog: Catalog, mismatch: str | None) -> StoreStatus:
    meta = catalog.meta()
    with catalog.begin() as c:

        def count(what: sa.FromClause, *where: sa.ColumnElement[bool]) -> int:
            return int(c.execute(sa.select(sa.func.count()).select_from(what).where(*where)).scalar_one())

        day = ARTICLES.c.published_day
        first, last = c.execute(sa.select(sa.func.min(day), sa.func.max(day))).one()
        languages = c.execute(sa.select(ARTICLES.c.language, sa.func.count()).group_by(ARTICLES.c.language)).all()
        return StoreStatus(
            path=catalog.path,
            generation=int(meta.get("generation", 0)),
            changed=_changed(catalog.path),
            built_with={k: v for k, v in meta.items() if k not in _FACTS and ":" not in k},
            n_articles=count(ARTICLES),
            n_passages=count(PASSAGES),
            n_sources=count(FILES, FILES.c.article_id.is_not(None)),
            n_failed=count(FILES, FILES.c.article_id.is_(None)),
            n_removed=count(REMOVALS),
            n_corrected=count(CORRECTIONS),
            n_undated=count(ARTICLES, day.is_(None)),
            first_day=first,
            last_day=last,
            languages=dict(Counter({code or "": int(n) for code, n in languages}).most_common()),
            part_bytes=_sizes(catalog),
            servers=catalog.servers.addresses(),
            writer=_writer(catalog.path),
            mismatch=mismatch,
        )


def _changed(path: Path) -> dt.datetime:
    """When the catalogue was written last; one on a server is written together with the indexes in the folder."""
    files = [path / CATALOG_FILE, path / f"{CATALOG_FILE}-wal"]
    if not files[0].exists():
        files = [*path.glob(f"{LEXICAL_FOLDER}/*"), path]
    newest = max(file.stat().st_mtime for file in files if file.exists() and file.stat().st_size)
    return dt.datetime.fromtimestamp(newest).astimezone()


def _sizes(catalog: Catalog) -> dict[str, int]:
    folders = {"vectors": catalog.path / VECTORS_FOLDER, "full text": catalog.path / LEXICAL_FOLDER}
    if catalog.servers.vectors:
        del folders["vectors"]
    held = {part: [file for file in folder.rglob("*") if file.is_file()] for part, folder in folders.items()}
    return {"catalogue": catalog.size()} | {
        part: sum(file.stat().st_blocks * 512 for file in files) for part, files in held.items()
    }


def _writer(path: Path) -> str | None:
    """Who holds the writer's lock; None when nobody does, or when nobody could because the folder is not writable."""
    lock = FileLock(path / LOCK_FILE, timeout=0, thread_local=False)
    try:
        with lock:
            return None
    except Timeout:
        return describe_holder(path / HOLDER_FILE)
    except OSError:
        return None
