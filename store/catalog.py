"""The catalogue: articles, passages, files, generation. The one source of truth, in SQLite or PostgreSQL.

Its transaction is the only commit point of the store: an id that the catalogue does not hold does not exist, whatever
the two indexes say. Readers never write; every visible change raises the generation.
"""

from __future__ import annotations

import datetime as dt
import json
import shlex
import zlib
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import sqlalchemy as sa

from ingest.article import Article, Basis, Passage, PublicationDate, Span, digest_bytes, source_order
from ingest.errors import StoreDamagedError, StoreMismatchError
from ingest.job import FileState
from store.codes import Codes, unpack
from store.database import CATALOG_FILE, Database, database
from store.schema import ARTICLES, CODES, COPIES, EDGES, FILES, META, PASSAGES, REMOVALS, SCHEMA_VERSION
from store.servers import EMBEDDED, Servers

if TYPE_CHECKING:
    from ingest.encode import EncoderSpec

__all__ = [
    "CATALOG_FILE",
    "GENERATION",
    "LEXICAL_FOLDER",
    "VECTORS_FOLDER",
    "BuildSpec",
    "Catalog",
    "PassageRow",
    "Removal",
    "chunks",
    "current_build",
    "fields_key",
    "ingest_command",
]

VECTORS_FOLDER = "vectors"
LEXICAL_FOLDER = "lexical"
_T = TypeVar("_T")
_CHUNK = 500  # values in one IN (…): SQLite takes 32,766, others fewer
_MOST_NAMED = 8  # paths in a command that is to be copied


@dataclass(frozen=True, slots=True)
class BuildSpec:
    """What an index is built with: change any of it and old and new passages no longer compare."""

    encoder: EncoderSpec
    splitting: str
    selection: str
    conversion: str

    def as_meta(self) -> dict[str, str]:
        """The spec as rows of the catalogue, under the names that a mismatch is reported with."""
        return {
            "schema": SCHEMA_VERSION,
            "encoder": self.encoder.name,
            "encoder digest": self.encoder.digest,
            "dimension": str(self.encoder.dimension),
            "splitting": self.splitting,
            "selection": self.selection,
            "conversion": self.conversion,
        }


def current_build(encoder_spec: EncoderSpec) -> BuildSpec:
    """The spec of this version of the code with that encoder."""
    from ingest.body import SELECTION_VERSION
    from ingest.read import CONVERTER_VERSION
    from ingest.split import SPLITTER_VERSION

    return BuildSpec(
        encoder_spec, splitting=SPLITTER_VERSION, selection=SELECTION_VERSION, conversion=CONVERTER_VERSION
    )


class PassageRow(NamedTuple):
    """Where a passage lies; its text is that slice of the source text."""

    article_id: str
    start: int
    end: int


class Scope(NamedTuple):
    """What decides whether an article may be evidence, and which passages it brings: for all of a large archive."""

    article_id: str
    sources: tuple[str, ...]
    day: dt.date | None
    first_id: int
    n_passages: int


class Removal(NamedTuple):
    """That a person took a content out, and when; retracted when the publisher, or the law, asked for it."""

    day: dt.date
    retracted: bool

    @property
    def reason(self) -> str:
        """Why a file with that content is set aside, and how to have it back."""
        what = "retracted" if self.retracted else "removed"
        return f"{what} on {self.day}; --readmit lets it in again"


class Catalog:
    """One open catalogue. Methods may be called from any thread; each is one transaction."""

    def __init__(self, path: Path, servers: Servers, place: Database, engine: sa.Engine) -> None:
        self.path = path
        self.servers = servers
        self.place = place
        self._engine = engine

    @classmethod
    def open(cls, path: Path, servers: Servers = EMBEDDED) -> Catalog:
        """Open the catalogue of the store in folder `path` for reading.

        Raises:
            StoreMissingError: there is none.
            StoreError: it is on a server that cannot be reached.
        """
        place = database(path, servers.catalog)
        return cls(path, servers, place, place.open())

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            if self.place.is_damage(error.orig):
                raise self.damaged() from error
            raise self.place.failure(error.orig) from error
        except (zlib.error, UnicodeDecodeError) as error:
            raise self.damaged() from error

    def damaged(self) -> StoreDamagedError:
        """The error that says so, and what to do."""
        return StoreDamagedError(
            f"the catalogue {self.place.name} is damaged. Rebuild the index with `{self.ingest_command()}`"
        )

    def ingest_command(self, roots: Sequence[str] = (), *, rebuild: bool = True) -> str:
        """What mends the index, made of `roots`; FOLDER stands for them when they are not known."""
        return ingest_command(self.path, roots, rebuild=rebuild, servers=self.servers)

    def identity(self) -> Hashable:
        """Which catalogue lies there now: another value when it was taken away and made anew."""
        return self.place.identity(self._engine)

    def size(self) -> int:
        """Its bytes on disk."""
        return self.place.size(self._engine)

    # ---- what it holds -------------------------------------------------------------------------------------------

    def meta(self) -> dict[str, str]:
        """Every row of the table `meta`; empty in a new catalogue."""
        with self.begin() as c:
            return {row.key: row.value for row in c.execute(sa.select(META))}

    def generation(self) -> int:
        """How often what can be seen has changed. 0 in a new catalogue."""
        with self.begin() as c:
            return int(c.execute(GENERATION).scalar() or 0)

    def check(self, build: BuildSpec) -> None:
        """Compare what the index was built with with `build`.

        Raises:
            StoreMismatchError: naming what differs and the command that rebuilds.
        """
        stored = self.meta()
        wanted = build.as_meta()
        differing = [
            f"{name} {stored.get(name)!r}, now {value!r}" for name, value in wanted.items() if stored.get(name) != value
        ]
        if differing:
            roots = self.roots() if stored.get("schema") == SCHEMA_VERSION else []
            raise StoreMismatchError(
                f"the index at {self.path} was built with {'; '.join(differing)}. Rebuild it with "
                f"`{self.ingest_command(roots)}`"
            )

    def roots(self) -> list[str]:
        """The folders and files that were passed to be ingested, those within another left out."""
        with self.begin() as c:
            roots = set(c.execute(sa.select(FILES.c.root).distinct()).scalars())
        return sorted(root for root in roots if not any(str(above) in roots for above in Path(root).parents))

    def files(self, paths: Iterable[str] | None = None) -> tuple[FileState, ...]:
        """The files at those paths, or all; set-aside ones too; ordered by source."""
        query = sa.select(FILES)
        with self.begin() as c:
            queries = [query] if paths is None else [query.where(FILES.c.path.in_(some)) for some in chunks(paths)]
            states = [FileState(**row) for q in queries for row in c.execute(q).mappings()]
        return tuple(sorted(states, key=lambda f: source_order(f.source)))

    def file(self, source: str) -> FileState | None:
        """The file, or member of a container, that lies at `source`; None where nothing was read."""
        with self.begin() as c:
            row = c.execute(sa.select(FILES).where(FILES.c.source == source)).mappings().first()
        return None if row is None else FileState(**row)

    def held(self, article_ids: Iterable[str]) -> set[str]:
        """Those of the ids that are articles here."""
        query = sa.select(ARTICLES.c.article_id)
        with self.begin() as c:
            return {
                i
                for some in chunks(article_ids)
                for i in c.execute(query.where(ARTICLES.c.article_id.in_(some))).scalars()
            }

    def articles(self, article_ids: Iterable[str] | None = None) -> tuple[Article, ...]:
        """The articles with those ids, or all of them; ordered by source; unknown ids are left out."""
        columns = [c for c in ARTICLES.c if c.name not in ("source_text", "found")]
        found: list[Article] = []
        with self.begin() as c:
            for some in [None] if article_ids is None else chunks(article_ids):
                named, wanted = sa.select(FILES.c.article_id, FILES.c.source), sa.select(*columns)
                if some is not None:
                    named, wanted = (
                        named.where(FILES.c.article_id.in_(some)),
                        wanted.where(ARTICLES.c.article_id.in_(some)),
                    )
                sources: dict[str, list[str]] = {}
                for article_id, source in c.execute(named.where(FILES.c.article_id.is_not(None))):
                    sources.setdefault(article_id, []).append(source)
                found.extend(_article(row, sources[row.article_id]) for row in c.execute(wanted))
        return tuple(sorted(found, key=lambda a: source_order(a.source)))

    def scopes(self) -> list[Scope]:
        """The scope of every article, in no order."""
        with self.begin() as c:
            sources: dict[str, list[str]] = {}
            named = sa.select(FILES.c.article_id, FILES.c.source).where(FILES.c.article_id.is_not(None))
            for article_id, source in c.execute(named):
                sources.setdefault(article_id, []).append(source)
            counted = sa.select(CODES.c.article_id, CODES.c.first_id, CODES.c.n)
            held = {article_id: (first_id, n) for article_id, first_id, n in c.execute(counted)}
            days = c.execute(sa.select(ARTICLES.c.article_id, ARTICLES.c.published_day)).all()
        return [Scope(i, tuple(sources[i]), day, *held[i]) for i, day in days]

    def article_id_of(self, source: str) -> str | None:
        """The id of the article that lies at `source`, or None."""
        with self.begin() as c:
            found: str | None = c.execute(sa.select(FILES.c.article_id).where(FILES.c.source == source)).scalar()
        return found

    def source_text(self, article_id: str) -> str | None:
        """The exact source text of an article, or None when there is no such article."""
        with self.begin() as c:
            return _read_text(c, article_id)

    def source_texts(self, article_ids: Iterable[str]) -> dict[str, str]:
        """The exact source texts of those articles; ids that the catalogue does not hold are left out."""
        query = sa.select(ARTICLES.c.article_id, ARTICLES.c.source_text)
        with self.begin() as c:
            return {
                row.article_id: _unpacked(row.source_text)
                for some in chunks(article_ids)
                for row in c.execute(query.where(ARTICLES.c.article_id.in_(some)))
            }

    def passage_rows(self, passage_ids: Iterable[int]) -> dict[int, PassageRow]:
        """Where those passages lie; ids that the catalogue does not hold are left out."""
        with self.begin() as c:
            return {
                row.passage_id: PassageRow(row.article_id, row.start, row.end)
                for some in chunks(passage_ids)
                for row in c.execute(sa.select(PASSAGES).where(PASSAGES.c.passage_id.in_(some)))
            }

    def passages(self, article_id: str) -> tuple[Passage, ...]:
        """The passages of one article in reading order; empty when there is no such article."""
        with self.begin() as c:
            rows = c.execute(
                sa.select(PASSAGES).where(PASSAGES.c.article_id == article_id).order_by(PASSAGES.c.start)
            ).all()
            text = (_read_text(c, article_id) if rows else None) or ""
        return tuple(Passage(r.passage_id, article_id, r.start, r.end, text[r.start : r.end]) for r in rows)

    def passage_ids(self, article_ids: Iterable[str] | None = None) -> list[int]:
        """Ids of the passages of those articles, or of all."""
        with self.begin() as c:
            if article_ids is None:
                return list(c.execute(sa.select(PASSAGES.c.passage_id)).scalars())
            query = sa.select(PASSAGES.c.passage_id)
            return [
                i
                for some in chunks(article_ids)
                for i in c.execute(query.where(PASSAGES.c.article_id.in_(some))).scalars()
            ]

    def passage_counts(self) -> dict[str, int]:
        """How many passages each article has, by article id."""
        query = sa.select(PASSAGES.c.article_id, sa.func.count().label("n")).group_by(PASSAGES.c.article_id)
        with self.begin() as c:
            return {row.article_id: int(row.n) for row in c.execute(query)}

    def codes(self, article_ids: Iterable[str]) -> Codes:
        """The rounded vectors of the passages of those articles."""
        query = sa.select(CODES.c.first_id, CODES.c.n, CODES.c.codes)
        with self.begin() as c:
            rows = [
                (row.first_id, row.n, row.codes)
                for some in chunks(article_ids)
                for row in c.execute(query.where(CODES.c.article_id.in_(some)))
            ]
        return unpack(rows)

    def days(self, article_ids: Iterable[str]) -> dict[str, dt.date | None]:
        """The publication days of those articles; ids that the catalogue does not hold are left out."""
        query = sa.select(ARTICLES.c.article_id, ARTICLES.c.published_day)
        with self.begin() as c:
            return {
                row.article_id: row.published_day
                for some in chunks(article_ids)
                for row in c.execute(query.where(ARTICLES.c.article_id.in_(some)))
            }

    def stands_for(self) -> dict[str, str]:
        """For each article that is a copy of another, the article that stands for it; by id."""
        with self.begin() as c:
            return {row.article_id: row.canonical_id for row in c.execute(sa.select(COPIES))}

    def versions(self, article_id: str) -> tuple[str, ...]:
        """The articles that tell the same story with other facts than this one, or than one that it is a copy of."""
        with self.begin() as c:
            alike = _cluster(c, article_id)
            ends = sa.or_(EDGES.c.one.in_(alike), EDGES.c.other.in_(alike))
            rows = c.execute(sa.select(EDGES.c.one, EDGES.c.other).where(EDGES.c.relation == "version", ends)).all()
        return tuple(sorted({i for row in rows for i in row} - set(alike)))

    def version_pairs(self) -> tuple[tuple[str, str], ...]:
        """Every two articles of which one tells the story of the other with other facts."""
        query = sa.select(EDGES.c.one, EDGES.c.other).where(EDGES.c.relation == "version")
        with self.begin() as c:
            return tuple((row.one, row.other) for row in c.execute(query))

    def cluster(self, article_id: str) -> tuple[str, ...]:
        """The article that stands for this one's text, then its copies; this article alone where there are none."""
        with self.begin() as c:
            return tuple(_cluster(c, article_id))

    def codes_after(self, passage_id: int) -> Codes:
        """The rounded vectors of the articles whose passages have higher ids."""
        query = sa.select(CODES.c.first_id, CODES.c.n, CODES.c.codes).where(CODES.c.first_id > passage_id)
        with self.begin() as c:
            return unpack([(row.first_id, row.n, row.codes) for row in c.execute(query)])

    def marks(self) -> tuple[int, int]:
        """Which vector index it is (another number: readers load it anew), and the last passage id."""
        with self.begin() as c:
            epoch = c.execute(sa.select(META.c.value).where(META.c.key == "epoch")).scalar()
            last_id = c.execute(sa.select(sa.func.max(PASSAGES.c.passage_id))).scalar()
        return int(epoch or 0), int(last_id or 0)

    def removals(self) -> dict[str, Removal]:
        """The contents that a person took out, by digest."""
        with self.begin() as c:
            return {row.digest: Removal(row.day, row.retracted) for row in c.execute(sa.select(REMOVALS))}

    def chosen_fields(self, container: str) -> dict[str, str]:
        """What was kept for the container at that path by `keep_chosen_fields`; empty if nothing was."""
        with self.begin() as c:
            kept = c.execute(sa.select(META.c.value).where(META.c.key == fields_key(container))).scalar()
        return {} if kept is None else {str(role): str(name) for role, name in json.loads(kept).items()}

    def n_passages(self) -> int:
        """How many passages there are."""
        with self.begin() as c:
            return int(c.execute(sa.select(sa.func.count()).select_from(PASSAGES)).scalar_one())

    def sources(self) -> tuple[str, ...]:
        """Every place an article lies, in order."""
        with self.begin() as c:
            found = c.execute(sa.select(FILES.c.source).where(FILES.c.article_id.is_not(None))).scalars()
            return tuple(sorted(found, key=source_order))


def fields_key(container: str) -> str:
    """A key that fits the column, however long the path is."""
    return f"fields:{digest_bytes(container.encode('utf-8', 'surrogatepass'))[:56]}"


GENERATION = sa.select(META.c.value).where(META.c.key == "generation")


def ingest_command(path: Path, roots: Sequence[str] = (), *, rebuild: bool = True, servers: Servers = EMBEDDED) -> str:
    """What mends the index at `path`, made of `roots`; FOLDER stands for them when they are not known."""
    named = " ".join(shlex.quote(root) for root in roots[:_MOST_NAMED]) or "FOLDER"
    more = " …" if len(roots) > _MOST_NAMED else ""
    mended = f"dateline ingest {named}{more}{' --rebuild' if rebuild else ''} --store {shlex.quote(str(path))}"
    return mended + servers.as_flags()


def _read_text(c: sa.Connection, article_id: str) -> str | None:
    packed = c.execute(sa.select(ARTICLES.c.source_text).where(ARTICLES.c.article_id == article_id)).scalar()
    return None if packed is None else _unpacked(packed)


def _unpacked(packed: bytes) -> str:
    return zlib.decompress(packed).decode("utf-8", "surrogatepass")


def _cluster(c: sa.Connection, article_id: str) -> list[str]:
    own = c.execute(sa.select(COPIES.c.canonical_id).where(COPIES.c.article_id == article_id)).scalar()
    canonical = own or article_id
    rows = c.execute(sa.select(COPIES.c.article_id).where(COPIES.c.canonical_id == canonical)).scalars()
    return [canonical, *sorted(rows)]


def _article(row: sa.Row[tuple[object, ...]], sources: list[str]) -> Article:
    r = row._mapping
    return Article(
        article_id=r["article_id"],
        sources=tuple(sorted(sources, key=source_order)),
        headline=r["headline"],
        outlet=r["outlet"],
        authors=tuple(r["authors"]),
        published=PublicationDate(r["published_day"], r["published_basis"], r["published_confidence"]),
        body=tuple(Span(start, end) for start, end in r["body"]),
        fingerprint=r["fingerprint"],
        headline_basis=_basis(r["bases"].get("headline")),
        outlet_basis=_basis(r["bases"].get("outlet")),
        authors_basis=_basis(r["bases"].get("authors")),
        label=r["label"],
        language=r["language"],
        notes=tuple(r["notes"]),
    )


def _basis(told: tuple[str, float] | None) -> Basis | None:
    return None if told is None else Basis(*told)


def chunks(values: Iterable[_T]) -> Iterator[list[_T]]:
    """The values in lists that fit one IN (…)."""
    some = list(values)
    for start in range(0, len(some), _CHUNK):
        yield some[start : start + _CHUNK]
