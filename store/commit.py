"""What the one writer does to the catalogue: each method is one transaction, `commit` the one that counts."""

from __future__ import annotations

import datetime as dt
import json
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from ingest.article import Article
from ingest.job import Batch, FileState, PreparedArticle
from store import copies
from store.catalog import BuildSpec, Catalog, chunks, fields_key
from store.codes import pack
from store.corrections import Correction, apply_corrections, keep_correction
from store.database import database
from store.schema import (
    ARTICLES,
    CODES,
    CORRECTIONS,
    FILES,
    KEPT,
    META,
    PASSAGES,
    REMOVALS,
    RESERVATIONS,
    SUPERSEDED,
    TABLES,
)
from store.servers import EMBEDDED, Servers

__all__ = ["Leftovers", "WritableCatalog"]


_RETITLED = "headline:"  # of an article whose headline the full-text index does not hold yet
_KEPT_NAMES = frozenset(table.name for table in KEPT)


class Leftovers(NamedTuple):
    """What a crash left: ids that may be in the indexes and are in no article, and whether a rebuild was cut short."""

    reserved: tuple[range, ...]
    superseded: tuple[int, ...]
    unclean: bool

    def ids(self) -> list[int]:
        """Every id to delete from the indexes."""
        return [i for ids in self.reserved for i in ids] + list(self.superseded)


class WritableCatalog(Catalog):
    """The catalogue, open for its one writer; the methods stand in the order in which a write takes them."""

    @classmethod
    def create(cls, path: Path, servers: Servers = EMBEDDED) -> WritableCatalog:
        """Open the catalogue of the store in folder `path` for writing; it is made when there is none."""
        place = database(path, servers.catalog)
        catalog = cls(path, servers, place, place.create())
        try:
            with catalog.begin() as c:
                META.create(c, checkfirst=True)
        except BaseException:
            catalog.close()
            raise
        return catalog

    @classmethod
    def set_aside(cls, path: Path, servers: Servers = EMBEDDED) -> None:
        """Put a catalogue that cannot be used out of the way, under a name that tells what it is."""
        database(path, servers.catalog).set_aside()

    def check_whole(self) -> None:
        """Look through all of it, where its database can.

        Raises:
            StoreDamagedError: what is in it does not fit together.
        """
        with self.begin() as c:
            if not self.place.is_whole(c):
                raise self.damaged()

    def reset(self, build: BuildSpec) -> None:
        """Forget everything and start an empty catalogue for `build`; the indexes are `unclean` until they are emptied.

        What people put right or took out stays. The generation and the passage ids go on counting, so that no reader
        mistakes old for new.
        """
        old = self.meta()
        counters = {
            "generation": int(old.get("generation", 0)) + 1,
            "next_passage_id": int(old.get("next_passage_id", 1)),
            "epoch": int(old.get("epoch", 0)) + 1,
        }
        with self.begin() as c:
            present = sa.MetaData()
            present.reflect(c)
            present.drop_all(c, [table for table in present.sorted_tables if table.name not in _KEPT_NAMES])
            TABLES.create_all(c)
            rows = {**build.as_meta(), **{k: str(v) for k, v in counters.items()}, "unclean": "yes"}
            rows["store"] = old.get("store") or uuid.uuid4().hex
            c.execute(sa.insert(META), [{"key": k, "value": v} for k, v in rows.items()])

    def mark_clean(self) -> None:
        """The indexes were emptied after `reset`."""
        with self.begin() as c:
            c.execute(sa.delete(META).where(META.c.key == "unclean"))

    def leftovers(self) -> Leftovers:
        """What a crash, or a step that failed, left behind."""
        with self.begin() as c:
            reserved = c.execute(sa.select(RESERVATIONS).order_by(RESERVATIONS.c.first_id)).all()
            superseded = c.execute(sa.select(SUPERSEDED.c.passage_id).order_by(SUPERSEDED.c.passage_id)).scalars().all()
            unclean = c.execute(sa.select(META.c.value).where(META.c.key == "unclean")).scalar()
        return Leftovers(
            tuple(range(r.first_id, r.last_id + 1) for r in reserved), tuple(superseded), unclean is not None
        )

    def clear_leftovers(self) -> None:
        """Every leftover id has left both indexes: forget them."""
        with self.begin() as c:
            c.execute(sa.delete(RESERVATIONS))
            c.execute(sa.delete(SUPERSEDED))

    def reserve(self, n: int) -> range:
        """Set `n` fresh passage ids aside, for good: they are used now or never."""
        with self.begin() as c:
            key = META.c.key == "next_passage_id"
            first = int(c.execute(sa.select(META.c.value).where(key)).scalar_one())
            c.execute(sa.update(META).where(key).values(value=str(first + n)))
            if n:
                c.execute(sa.insert(RESERVATIONS).values(first_id=first, last_id=first + n - 1))
        return range(first, first + n)

    def commit(self, batch: Batch, new: Sequence[PreparedArticle], reserved: range) -> None:
        """Make `batch` visible: the one commit point. `new` are its articles that the catalogue does not hold.

        The passages of `new` take the ids of `reserved` in order. Articles that no file names any more are superseded.
        """
        ids = iter(reserved)
        touched = [f.path for f in batch.files] + list(batch.removed_paths)
        with self.begin() as c:
            if new:
                rows = [(a, [next(ids) for _ in a.spans]) for a in new]
                c.execute(sa.insert(ARTICLES), [_article_row(a) for a, _ in rows])
                c.execute(sa.insert(PASSAGES), [row for a, own in rows for row in _passage_rows(a, own)])
                c.execute(sa.insert(CODES), [_codes_row(a, own[0]) for a, own in rows])
                copies.link(c, [(a, own[0]) for a, own in rows])
            before: set[str] = set()
            for some in chunks(touched):
                before.update(
                    i for i in c.execute(sa.select(FILES.c.article_id).where(FILES.c.path.in_(some))).scalars() if i
                )
                c.execute(sa.delete(FILES).where(FILES.c.path.in_(some)))
            if batch.files:
                c.execute(sa.insert(FILES), [_file_row(f) for f in batch.files])
            _supersede_orphans(c, before)
            _correct_rows(c, {f.article_id for f in batch.files if f.article_id} | before)
            if reserved:
                c.execute(sa.delete(RESERVATIONS).where(RESERVATIONS.c.first_id == reserved.start))
            _raise(c, "generation")

    def correct(self, source: str, correction: Correction | None) -> None:
        """Put right what is known of the article at `source`, or, with None, go back to what was found."""
        with self.begin() as c:
            keep_correction(c, source, correction)
            held = c.execute(sa.select(FILES.c.article_id).where(FILES.c.source == source)).scalar()
            _correct_rows(c, [held] if held else [])
            _raise(c, "generation")

    def remove(self, article_ids: Sequence[str], day: dt.date, *, retracted: bool) -> None:
        """Take those articles out, with every place they lie at and what was put right there; only digests stay."""
        with self.begin() as c:
            for some in chunks(article_ids):
                places = list(c.execute(sa.select(FILES.c.source).where(FILES.c.article_id.in_(some))).scalars())
                for named in chunks(places):
                    c.execute(sa.delete(CORRECTIONS).where(CORRECTIONS.c.source.in_(named)))
                c.execute(sa.delete(FILES).where(FILES.c.article_id.in_(some)))
                _supersede_orphans(c, set(some))
                c.execute(sa.delete(REMOVALS).where(REMOVALS.c.digest.in_(some)))
                c.execute(
                    sa.insert(REMOVALS), [{"digest": digest, "day": day, "retracted": retracted} for digest in some]
                )
            _raise(c, "generation")

    def readmit(self, digests: Iterable[str]) -> None:
        """Forget that contents with those digests were taken out."""
        with self.begin() as c:
            for some in chunks(digests):
                c.execute(sa.delete(REMOVALS).where(REMOVALS.c.digest.in_(some)))
                c.execute(sa.delete(FILES).where(FILES.c.digest.in_(some), FILES.c.article_id.is_(None)))

    def vacuum(self) -> None:
        """Write the tables anew without what was deleted from them, and drop a damaged catalogue that was kept."""
        self.place.vacuum(self._engine)
        self.place.drop_set_aside()

    def store_id(self) -> str:
        """What the store is called among others; an index of an earlier version gets its id now."""
        kept = self.meta().get("store")
        if kept is None:
            kept = uuid.uuid4().hex
            self.keep("store", kept)
        return kept

    def keep(self, key: str, value: str) -> None:
        """Remember one fact about the store; readers need not be told."""
        with self.begin() as c:
            c.execute(sa.delete(META).where(META.c.key == key))
            c.execute(sa.insert(META).values(key=key, value=value))

    def keep_chosen_fields(self, container: str, chosen: Mapping[str, str]) -> None:
        """Remember which fields of the records at that path are taken for what; readers need not be told."""
        key = fields_key(container)
        with self.begin() as c:
            c.execute(sa.delete(META).where(META.c.key == key))
            if chosen:
                c.execute(sa.insert(META).values(key=key, value=json.dumps(dict(chosen))))

    def tell_readers(self) -> None:
        """Raise the generation though nothing changed here: the indexes are others than readers have loaded."""
        with self.begin() as c:
            _raise(c, "epoch")
            _raise(c, "generation")

    def retitled(self) -> list[str]:
        """The articles whose headline in the full-text index may be another one than here."""
        with self.begin() as c:
            return list(c.execute(sa.select(META.c.value).where(META.c.key.like(f"{_RETITLED}%"))).scalars())

    def clear_retitled(self) -> None:
        """The full-text index holds every headline as it is here; readers have not looked at it."""
        with self.begin() as c:
            c.execute(sa.delete(META).where(META.c.key.like(f"{_RETITLED}%")))
            _raise(c, "generation")


def _correct_rows(c: sa.Connection, article_ids: Iterable[str]) -> None:
    """Lay corrections over the rows of those articles, and remember what follows from it elsewhere."""
    applied = apply_corrections(c, article_ids)
    for article_id in applied.moved:
        copies.relate(c, article_id)
    for article_id in applied.retitled:
        key = f"{_RETITLED}{article_id[:48]}"
        c.execute(sa.delete(META).where(META.c.key == key))
        c.execute(sa.insert(META).values(key=key, value=article_id))


def _raise(c: sa.Connection, counter: str) -> None:
    row = META.c.key == counter
    value = int(c.execute(sa.select(META.c.value).where(row)).scalar_one())
    c.execute(sa.update(META).where(row).values(value=str(value + 1)))


def _supersede_orphans(c: sa.Connection, candidates: set[str]) -> None:
    for some in chunks(candidates):
        kept = set(c.execute(sa.select(FILES.c.article_id).where(FILES.c.article_id.in_(some))).scalars())
        gone = [i for i in some if i not in kept]
        copies.forget(c, gone)
        rows = PASSAGES.c.article_id.in_(gone)
        c.execute(sa.insert(SUPERSEDED).from_select(["passage_id"], sa.select(PASSAGES.c.passage_id).where(rows)))
        c.execute(sa.delete(PASSAGES).where(rows))
        c.execute(sa.delete(CODES).where(CODES.c.article_id.in_(gone)))
        c.execute(sa.delete(ARTICLES).where(ARTICLES.c.article_id.in_(gone)))


def _article_row(prepared: PreparedArticle) -> dict[str, object]:
    article = prepared.article
    return {
        "article_id": article.article_id,
        "headline": _storable(article.headline),
        "outlet": _storable(article.outlet),
        "authors": [_storable(author) for author in article.authors],
        "published_day": article.published.day,
        "published_basis": _storable(article.published.basis),
        "published_confidence": article.published.confidence,
        "bases": _bases(article),
        "label": _storable(article.label),
        "language": article.language,
        "notes": [_storable(note) for note in article.notes],
        "found": None,
        "body": [[s.start, s.end] for s in article.body],
        "fingerprint": article.fingerprint,
        "codec": prepared.codec,
        "source_text": zlib.compress(prepared.source_text.encode("utf-8", "surrogatepass")),
    }


def _passage_rows(prepared: PreparedArticle, passage_ids: Sequence[int]) -> list[dict[str, object]]:
    article_id = prepared.article.article_id
    return [
        {"passage_id": passage_id, "article_id": article_id, "start": span.start, "end": span.end}
        for passage_id, span in zip(passage_ids, prepared.spans, strict=True)
    ]


def _codes_row(prepared: PreparedArticle, first_id: int) -> dict[str, object]:
    return {
        "article_id": prepared.article.article_id,
        "first_id": first_id,
        "n": len(prepared.spans),
        "codes": pack(prepared.vectors),
    }


def _bases(article: Article) -> dict[str, list[object]]:
    told = {
        "headline": article.headline_basis,
        "outlet": article.outlet_basis,
        "authors": article.authors_basis,
    }
    return {name: [_storable(basis.words), basis.confidence] for name, basis in told.items() if basis is not None}


def _file_row(state: FileState) -> dict[str, object]:
    return {name: getattr(state, name) for name in FileState.__slots__} | {"reason": _storable(state.reason)}


def _storable(text: str | None) -> str | None:
    """`text` as every database accepts it, without lone surrogates and NUL; only what is cited must be exact."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
