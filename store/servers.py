"""Which parts of a store lie on servers: vectors in a Chroma server, the catalogue in PostgreSQL; neither by default.

The full-text index and the lock are in the folder of the store either way. No password is ever part of a message.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qs, urlsplit

from ingest.errors import SettingsError

__all__ = ["EMBEDDED", "SCHEMA", "Servers", "schema_of", "without_secrets"]

SCHEMA = "dateline"  # of the database, where the address names none: several stores may share a database
_SCHEMA_NAME = re.compile(r"(?!pg_|public$)[a-z_][a-z0-9_]{0,50}")


@dataclass(frozen=True, slots=True)
class Servers:
    """The addresses: `vectors` is `http://HOST:PORT`, `catalog` is `postgresql+psycopg://USER@HOST/DATABASE`."""

    vectors: str | None = None
    catalog: str | None = field(default=None, repr=False)  # it may hold a password

    def __post_init__(self) -> None:
        if self.vectors is not None:
            _check_vectors(self.vectors)
        if self.catalog is not None:
            _check_catalog(self.catalog)

    def addresses(self) -> dict[str, str]:
        """The address of each part that lies on a server, as it may be printed."""
        named = {"vectors": self.vectors, "catalog": self.catalog and without_secrets(self.catalog)}
        return {name: address for name, address in named.items() if address}

    def as_flags(self) -> str:
        """The flags that name them, for a command that is to be copied."""
        return "".join(f" --{name} {shlex.quote(address)}" for name, address in self.addresses().items())


EMBEDDED = Servers()


def schema_of(address: str) -> str:
    """The schema of the database that holds the catalogue: `?schema=NAME` in its address."""
    return parse_qs(urlsplit(address).query).get("schema", [SCHEMA])[-1]


def without_secrets(address: str) -> str:
    """The address of a catalogue as it may be printed: without a password, and without options that may hold one."""
    parts = urlsplit(address)
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{host}" if user else host
    schema = schema_of(address)
    return SplitResult(parts.scheme, netloc, parts.path, "" if schema == SCHEMA else f"schema={schema}", "").geturl()


def _check_vectors(address: str) -> None:
    parts = urlsplit(address)
    try:
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/") and not parts.query
        fits = fits and "@" not in parts.netloc and (parts.port is None or parts.port > 0)
    except ValueError:  # the port is none
        fits = False
    if not fits:
        raise SettingsError("vectors is the address of a Chroma server, such as http://127.0.0.1:8000")


def _check_catalog(address: str) -> None:
    parts = urlsplit(address)
    try:
        fits = parts.scheme in ("postgresql", "postgresql+psycopg") and parts.path.strip("/") and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise SettingsError("catalog is the address of a database, such as postgresql+psycopg://USER@HOST/DATABASE")
    if not _SCHEMA_NAME.fullmatch(schema_of(address)):
        raise SettingsError("catalog: schema=NAME is of small letters, digits and _, and neither public nor pg_…")
