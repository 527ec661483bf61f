"""Where a catalogue lies, and what differs from one database to another: a file of SQLite, or a schema of PostgreSQL.

Reads of one transaction see one state in both. Everything else about the catalogue is the same, in `store.catalog`.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from ingest.errors import StoreError, StoreLockedError, StoreMissingError
from store.schema import META, TABLES
from store.servers import schema_of, without_secrets

__all__ = ["CATALOG_FILE", "Database", "PostgresSchema", "SqliteFile", "database", "full_disk", "is_full"]

CATALOG_FILE = "catalog.sqlite3"
_BUSY_TIMEOUT_S = 30.0
_CONNECT_TIMEOUT_S = 10
_LEAST_ROOM = 16 * 2**20  # bytes; what failed for want of room may have freed some of it again


class Database(Protocol):
    """One place for one catalogue; `name` is how messages call it."""

    name: str
    in_folder: bool

    def open(self) -> sa.Engine:
        """For reading. Raises StoreMissingError where no catalogue is."""
        ...

    def create(self) -> sa.Engine:
        """For the one writer; made where none is. Raises StoreLockedError."""
        ...

    def identity(self, engine: sa.Engine) -> Hashable:
        """Which catalogue lies there now; None when there is none."""
        ...

    def is_whole(self, c: sa.Connection) -> bool:
        """Whether everything in it can be read."""
        ...

    def is_damage(self, error: object) -> bool:
        """Whether an error of the driver says that what is stored is to blame."""
        ...

    def failure(self, error: object) -> StoreError:
        """Any other error of the driver, for the user."""
        ...

    def vacuum(self, engine: sa.Engine) -> None:
        """Write it anew without what was deleted."""
        ...

    def set_aside(self) -> None:
        """Put it out of the way, under a name that tells what it is."""
        ...

    def drop_set_aside(self) -> None:
        """Delete what was put out of the way, if anything."""
        ...

    def size(self, engine: sa.Engine) -> int:
        """Bytes on disk."""
        ...


def database(path: Path, address: str | None) -> Database:
    """The place of the catalogue of the store in folder `path`: there, or the database at `address`.

    Raises:
        StoreError: the folder holds a catalogue of its own and `address` names another.
    """
    if address is None:
        return SqliteFile(path)
    if (path / CATALOG_FILE).exists():
        raise StoreError(
            f"the index at {path} has its catalogue in its folder: leave --catalog (DATELINE_CATALOG) out, "
            "or choose another folder with --store"
        )
    return PostgresSchema(path, address)


def is_full(error: object, index: Path | None = None) -> bool:
    """Whether there was no room left on the disk, in the words of SQLite, of Rust or of the system.

    Chroma and Tantivy may say only which of their steps failed: then whether less than 16 MiB is left where `index` is.
    """
    said = ("disk is full", "No space left on device", "StorageFull", "Disk quota exceeded", "QuotaExceeded")
    if any(words in str(error) for words in said):
        return True
    if index is None:
        return False
    try:
        return shutil.disk_usage(index.parent).free < _LEAST_ROOM
    except OSError:
        return False


def full_disk(path: Path) -> StoreError:
    """The error that says so, and what to do."""
    return StoreError(
        f"there is no room left on the disk of the index at {path}. Make room and run the command again: an ingest "
        "goes on from the last batch that was committed, and what is indexed can be asked meanwhile"
    )


class SqliteFile:
    """A catalogue in the folder of its store."""

    in_folder = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / CATALOG_FILE
        self.name = str(self._file)

    def open(self) -> sa.Engine:
        file = self._file.absolute()
        if not file.is_file():
            raise StoreMissingError(
                f"there is no index at {self._folder}: make one with `dateline ingest FOLDER --store {self._folder}`"
            )
        alone = not os.access(self._folder, os.W_OK) and not file.with_name(f"{CATALOG_FILE}-wal").exists()
        uri = file.as_uri() + "?mode=ro" + ("&immutable=1" if alone else "")  # else SQLite wants to make files there
        return _engine(lambda: _connect(uri, "PRAGMA query_only = ON"), begin="BEGIN")

    def create(self) -> sa.Engine:
        self._folder.mkdir(parents=True, exist_ok=True)
        uri = self._file.absolute().as_uri() + "?mode=rwc"
        # FULL: after a power cut no committed reservation may be forgotten, or its ids would be given out twice
        # A new file gets small pages: texts and vectors end in half-empty ones, a twentieth of a file with large ones.
        small = "PRAGMA page_size = 2048"
        pragmas = (small, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON")
        return _engine(lambda: _connect(uri, *pragmas), begin="BEGIN IMMEDIATE")

    def identity(self, engine: sa.Engine) -> Hashable:
        try:
            stat = self._file.stat()
        except OSError:
            return None
        return stat.st_dev, stat.st_ino

    def is_whole(self, c: sa.Connection) -> bool:
        return bool(c.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok")

    def is_damage(self, error: object) -> bool:
        """SQLite calls that a plain DatabaseError, and what is in its way something finer."""
        told = str(error)
        return type(error) is sqlite3.DatabaseError or "no such table" in told or "no such column" in told

    def failure(self, error: object) -> StoreError:
        if is_full(error):
            return full_disk(self._folder)
        return StoreError(
            f"using the catalogue {self.name} failed: {error}. Look at the disk, and run the command again: nothing "
            "that was committed is lost"
        )

    def vacuum(self, engine: sa.Engine) -> None:
        with self._told(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            connection = c.connection.driver_connection
            assert isinstance(connection, sqlite3.Connection)
            connection.rollback()
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def set_aside(self) -> None:
        with self._told():
            self._file.replace(self._file.with_name(f"{CATALOG_FILE}.damaged"))
            for beside in ("-wal", "-shm"):
                self._file.with_name(f"{CATALOG_FILE}{beside}").unlink(missing_ok=True)

    def drop_set_aside(self) -> None:
        with self._told():
            self._file.with_name(f"{CATALOG_FILE}.damaged").unlink(missing_ok=True)

    def size(self, engine: sa.Engine) -> int:
        return sum(file.stat().st_blocks * 512 for file in self._folder.glob(f"{CATALOG_FILE}*"))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What fails outside of a transaction is told as what fails in one."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise self.failure(error.orig) from error
        except (sqlite3.Error, OSError) as error:
            raise self.failure(error) from error


class PostgresSchema:
    """A catalogue in a schema of its own of a PostgreSQL database. Nothing outside that schema is touched."""

    in_folder = False

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self._schema = schema_of(address)
        url = sa.make_url(address)
        self._url = url.set(drivername="postgresql+psycopg").difference_update_query(["schema"])
        self.name = without_secrets(address)

    def open(self) -> sa.Engine:
        engine = self._engine(postgresql_readonly=True)
        with self._reached(engine):
            missing = not sa.inspect(engine).has_table(META.name, schema=self._schema)
        if missing:
            engine.dispose()
            raise StoreMissingError(
                f"there is no index in {self.name}: make one with "
                f"`dateline ingest FOLDER --store {self._folder} --catalog {self.name}`"
            )
        return engine

    def create(self) -> sa.Engine:
        self._folder.mkdir(parents=True, exist_ok=True)
        engine = self._engine()
        with self._reached(engine):
            # held as long as this connection is: the lock in the folder does not keep writers of other folders out
            lock = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if not lock.scalar(sa.select(sa.func.pg_try_advisory_lock(sa.func.hashtext(f"dateline {self._schema}")))):
                engine.dispose()
                raise StoreLockedError(
                    f"the catalogue {self.name} is being written to from another folder; wait until that is done"
                )
            sa.event.listen(engine, "engine_disposed", lambda _: lock.invalidate(), once=True)
            if not sa.inspect(lock).has_schema(self._schema):
                lock.execute(sa.schema.CreateSchema(self._schema))
        return engine

    def identity(self, engine: sa.Engine) -> Hashable:
        with self._reached(engine), engine.begin() as c:
            found: str | None = c.scalar(sa.select(META.c.value).where(META.c.key == "store"))
        return found

    def is_whole(self, c: sa.Connection) -> bool:
        return True  # its server tells of damage when it reads, and mends nothing when it is asked beforehand

    def is_damage(self, error: object) -> bool:
        """Damaged pages (class XX00), or a table or column that is gone."""
        code = getattr(error, "sqlstate", None) or ""
        return code in ("XX001", "XX002", "42P01", "42703")

    def failure(self, error: object) -> StoreError:
        if getattr(error, "sqlstate", None) is None:
            told = " ".join(str(error).split())
            return StoreError(
                f"the catalogue {self.name} cannot be reached: {told}. Start the database server, or correct "
                "--catalog (DATELINE_CATALOG)"
            )
        return StoreError(f"using the catalogue {self.name} failed: {error}")

    def vacuum(self, engine: sa.Engine) -> None:
        with self._reached(engine), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            for table in TABLES.sorted_tables:
                c.execute(sa.text(f"VACUUM FULL {c.dialect.identifier_preparer.format_table(table)}"))

    def set_aside(self) -> None:
        self.drop_set_aside()
        self._execute(f'ALTER SCHEMA "{self._schema}" RENAME TO "{self._schema}_damaged"')

    def drop_set_aside(self) -> None:
        self._execute(f'DROP SCHEMA IF EXISTS "{self._schema}_damaged" CASCADE')

    def size(self, engine: sa.Engine) -> int:
        query = sa.text(
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n "
            "ON n.oid = c.relnamespace WHERE n.nspname = :schema AND c.relkind = 'r'"
        )
        with self._reached(engine), engine.begin() as c:
            return int(c.execute(query, {"schema": self._schema}).scalar_one())

    def _engine(self, **options: object) -> sa.Engine:
        try:
            engine = sa.create_engine(
                self._url,
                isolation_level="REPEATABLE READ",
                pool_pre_ping=True,  # the server may have been restarted
                pool_size=8,
                max_overflow=32,
                hide_parameters=True,
                connect_args={"connect_timeout": _CONNECT_TIMEOUT_S},
                execution_options=options,
            )
        except ImportError as error:
            raise StoreError(
                f"the catalogue {self.name} needs the PostgreSQL driver: `pip install 'dateline[scale]'`"
            ) from error

        @sa.event.listens_for(engine, "connect", insert=True)
        def in_our_schema(connection: sa.engine.interfaces.DBAPIConnection, record: object) -> None:
            connection.execute(f'SET search_path TO "{self._schema}"')
            connection.commit()

        return engine

    def _execute(self, statement: str) -> None:
        engine = self._engine()
        try:
            with self._reached(engine), engine.begin() as c:
                c.execute(sa.text(statement))
        finally:
            engine.dispose()

    @contextmanager
    def _reached(self, engine: sa.Engine) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise self.failure(error.orig) from error


def _engine(connect: Callable[[], sqlite3.Connection], *, begin: str) -> sa.Engine:
    """An engine whose transactions start with `begin`, so that reads within one see one state."""
    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.QueuePool, pool_size=8, max_overflow=32)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _connect(uri: str, *pragmas: str) -> sqlite3.Connection:
    """One SQLite connection, set up by `pragmas`; transactions are begun by the engine alone."""
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    for pragma in pragmas:
        connection.execute(pragma)
    return connection
