"""The catalogue's tables. Plain SQLAlchemy Core types, so that a server database can hold them too."""

from __future__ import annotations

import re

import sqlalchemy as sa

__all__ = [
    "ARTICLES",
    "BANDS",
    "CODES",
    "COPIES",
    "CORRECTIONS",
    "EDGES",
    "FILES",
    "KEPT",
    "META",
    "PASSAGES",
    "REMOVALS",
    "RESERVATIONS",
    "SCHEMA_VERSION",
    "SKETCHES",
    "SUPERSEDED",
    "TABLES",
]

SCHEMA_VERSION = "2"

_ESCAPE = "\ufffe"  # a noncharacter: no file name that decodes cleanly contains it


class PathText(sa.types.TypeDecorator[str]):
    """A file name as text, with the undecodable bytes that `os.fsdecode` keeps as lone surrogates."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Escape lone surrogates, which no database accepts."""
        if value is None or value.isascii():
            return value
        return re.sub("[\udc80-\udcff]", lambda m: f"{_ESCAPE}{ord(m[0]) - 0xDC00:02x}", value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Undo the escape."""
        if value is None or _ESCAPE not in value:
            return value
        return re.sub(f"{_ESCAPE}([0-9a-f]{{2}})", lambda m: chr(0xDC00 + int(m[1], 16)), value)


_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # of passages; SQLite's integers are that large anyway

TABLES = sa.MetaData()

# generation, next_passage_id, unclean, what the index was built with, which store it is and where its indexes lie
META = sa.Table(
    "meta",
    TABLES,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

ARTICLES = sa.Table(
    "articles",
    TABLES,
    sa.Column("article_id", sa.String(64), primary_key=True),
    sa.Column("headline", sa.Text),
    sa.Column("outlet", sa.Text),
    sa.Column("authors", sa.JSON, nullable=False),
    sa.Column("published_day", sa.Date, index=True),
    sa.Column("published_basis", sa.Text, nullable=False),
    sa.Column("published_confidence", sa.Float, nullable=False),
    sa.Column("bases", sa.JSON, nullable=False),  # {"headline": [words, confidence], "outlet": …, "authors": …}
    sa.Column("label", sa.String(64)),
    sa.Column("language", sa.String(16)),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.Column("found", sa.JSON(none_as_null=True)),  # what a correction covers, as it was found
    sa.Column("body", sa.JSON, nullable=False),  # [[start, end], …] in code points of the source text
    sa.Column("fingerprint", sa.String(64), nullable=False, index=True),
    sa.Column("codec", sa.String(64), nullable=False),
    sa.Column("source_text", sa.LargeBinary, nullable=False),  # zlib over UTF-8
)

PASSAGES = sa.Table(
    "passages",
    TABLES,
    sa.Column("passage_id", _Id, primary_key=True, autoincrement=False),
    sa.Column("article_id", sa.ForeignKey("articles.article_id"), nullable=False, index=True),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
)

# the vectors of an article's passages, rounded (store.codes); their ids follow one another
CODES = sa.Table(
    "codes",
    TABLES,
    sa.Column("article_id", sa.ForeignKey("articles.article_id"), primary_key=True),
    sa.Column("first_id", _Id, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("codes", sa.LargeBinary, nullable=False),
    sa.Index("codes_passages", "article_id", "first_id", "n"),  # read whole without the bytes beside them
)

# what finds near-identical articles: a sketch of each body, and the bands by which two are candidates
SKETCHES = sa.Table(
    "sketches",
    TABLES,
    sa.Column("article_id", sa.ForeignKey("articles.article_id"), primary_key=True),
    sa.Column("number", _Id, nullable=False, unique=True),  # the article's in `bands`: its first passage id
    sa.Column("sketch", sa.LargeBinary, nullable=False),
)
BANDS = sa.Table(
    "bands",
    TABLES,
    sa.Column("band", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", _Id, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# pairs of articles, and what follows from them: which article stands for a copy, which is the newest of a story
EDGES = sa.Table(
    "edges",
    TABLES,
    sa.Column("one", sa.String(64), primary_key=True),
    sa.Column("other", sa.String(64), primary_key=True, index=True),
    sa.Column("relation", sa.String(8), nullable=False),
)
COPIES = sa.Table(
    "copies",
    TABLES,
    sa.Column("article_id", sa.ForeignKey("articles.article_id"), primary_key=True),
    sa.Column("canonical_id", sa.ForeignKey("articles.article_id"), nullable=False, index=True),
)

FILES = sa.Table(
    "files",
    TABLES,
    sa.Column("path", PathText, primary_key=True),
    sa.Column("root", PathText, nullable=False),
    sa.Column("source", PathText, nullable=False, unique=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("article_id", sa.ForeignKey("articles.article_id"), index=True),
)

# ids that may be in the indexes and belong to no commit yet
RESERVATIONS = sa.Table(
    "reservations",
    TABLES,
    sa.Column("first_id", _Id, primary_key=True, autoincrement=False),
    sa.Column("last_id", _Id, nullable=False),
)

# ids that may still be in the indexes and belong to no article any more
SUPERSEDED = sa.Table(
    "superseded",
    TABLES,
    sa.Column("passage_id", _Id, primary_key=True, autoincrement=False),
)

# what a person put right, by where the article lies: it outlives new versions of the file, and a rebuild
CORRECTIONS = sa.Table(
    "corrections",
    TABLES,
    sa.Column("source", PathText, primary_key=True),
    sa.Column("headline", sa.Text),
    sa.Column("outlet", sa.Text),
    sa.Column("authors", sa.JSON(none_as_null=True)),
    sa.Column("published_day", sa.Date),
)

# contents that a person took out: they stay out, under whatever name they lie, until they are let in again
REMOVALS = sa.Table(
    "removals",
    TABLES,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("retracted", sa.Boolean, nullable=False),
)

# what people said, not what was computed: a rebuild keeps it
KEPT = (CORRECTIONS, REMOVALS)
