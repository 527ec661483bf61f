"""What the tests share: a fake encoder, invented articles, stores under `tmp_path`, and no way off this host."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import re
import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.article import Article, PublicationDate, Span, digest_bytes
from ingest.encode import EncoderSpec
from ingest.job import Batch, FileState, PreparedArticle
from store.catalog import BuildSpec
from store.search import Store, open_store
from store.writer import open_sink

ROOT = "/articles"


class FakeEncoder:
    """A bag of words, each hashed to one of `dimension` axes: texts that share words are near. Deterministic."""

    def __init__(self, dimension: int = 64, *, name: str = "fake", digest: str = "f" * 64) -> None:
        self.spec = EncoderSpec(name=name, digest=digest, dimension=dimension, max_tokens=256)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, (n, d) float32; a text without words gets the first axis."""
        vectors = np.zeros((len(texts), self.spec.dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.casefold()):
                row[int(hashlib.sha256(word.encode("utf-8", "replace")).hexdigest(), 16) % len(row)] += 1.0
            if not row.any():
                row[0] = 1.0
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def fake_build(encoder: FakeEncoder | None = None, *, splitting: str = "1") -> BuildSpec:
    """What a store of the tests is built with."""
    return BuildSpec((encoder or FakeEncoder()).spec, splitting=splitting, selection="1", conversion="1")


def paragraph_spans(source_text: str) -> tuple[Span, ...]:
    """A span for each run of lines between blank lines: the tests' idea of a passage."""
    return tuple(Span(m.start(), m.end()) for m in re.finditer(r"\S(?:[^\n]|\n(?!\s*\n))*", source_text))


def prepare(
    source_text: str,
    *,
    source: str = "a.txt",
    headline: str | None = None,
    outlet: str | None = None,
    day: dt.date | None = None,
    encoder: FakeEncoder | None = None,
) -> PreparedArticle:
    """An article as the ingest job would hand it to the store: one passage a paragraph."""
    spans = paragraph_spans(source_text)
    article = Article(
        article_id=digest_bytes(source_text.encode("utf-8", "surrogatepass")),
        sources=(source,),
        headline=headline,
        outlet=outlet,
        authors=("Ada Invented",),
        published=PublicationDate(day=day, basis="made up" if day else "not stated"),
        body=spans,
        fingerprint=digest_bytes(" ".join(source_text.split()).encode("utf-8", "surrogatepass")),
    )
    vectors = (encoder or FakeEncoder()).encode([s.of(source_text) for s in spans])
    return PreparedArticle(article, source_text, "utf-8", spans, vectors)


def file_state(
    source: str, *, article_id: str | None = None, reason: str | None = None, mtime_ns: int = 1
) -> FileState:
    """The file at `source` below the invented root."""
    return FileState(f"{ROOT}/{source}", ROOT, source, 100, mtime_ns, article_id or "0" * 64, reason, article_id)


def batch_of(*articles: PreparedArticle, removed: Sequence[str] = (), extra: Sequence[FileState] = ()) -> Batch:
    """A batch in which each article lies at its sources; `removed` are sources that went away."""
    named = tuple(file_state(s, article_id=a.article.article_id) for a in articles for s in a.article.sources)
    return Batch(articles, named + tuple(extra), tuple(f"{ROOT}/{source}" for source in removed))


FERRY = """The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard.

Captain Mira Lunde said the fog came down within minutes. "We saw nothing at all," she told reporters.

Correction: an earlier version of this article said that 221 passengers were aboard."""

COUNCIL = """The council of Port Hallow voted 7 to 4 to close the old fish market next spring.

Deputy mayor Jon Lunde, no relation of the ferry's captain, called the vote a sad day for traders.

The U.S. consulate above the market will move to Harbour Street."""

ORCHARD = """Apple growers in the Venn valley expect their smallest harvest since 1987 after a late frost.

Prices rose to 1,240 crowns a tonne, the growers' union said."""


@pytest.fixture
def invented() -> tuple[PreparedArticle, ...]:
    """The invented articles, as a fixture."""
    return invented_articles()


def invented_articles() -> tuple[PreparedArticle, ...]:
    """Three articles: two of one town, two people of one name, a correction, a date that is not known."""
    return (
        prepare(
            FERRY, source="ferry.txt", headline="Ferry runs aground", outlet="Hallow Post", day=dt.date(2021, 3, 3)
        ),
        prepare(COUNCIL, source="town/council.txt", headline="Fish market to close", day=dt.date(2021, 5, 10)),
        prepare(ORCHARD, source="orchard.txt", headline="Frost hits apple harvest"),
    )


@pytest.fixture(scope="session")
def empty_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without articles, made once: making one costs a second of waiting for the disk. Copy it, use the copy."""
    path = tmp_path_factory.mktemp("template") / "store"
    with open_sink(path, encoder_spec=FakeEncoder().spec, build=fake_build()):
        pass
    return path


@pytest.fixture
def empty_store(tmp_path: Path, empty_template: Path) -> Path:
    """The folder of a store without articles, of this test alone."""
    return shutil.copytree(empty_template, tmp_path / "store")


@pytest.fixture
def write(empty_store: Path) -> Callable[[Batch], Path]:
    """Writes a batch to the store of this test, as one ingest does, and says where that is."""

    def write_batch(batch: Batch) -> Path:
        with open_sink(empty_store, encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
            sink.write(batch)
        return empty_store

    return write_batch


@pytest.fixture(scope="session")
def full_template(tmp_path_factory: pytest.TempPathFactory, empty_template: Path) -> Path:
    """A store of the invented articles, made once. Copy it, use the copy."""
    path = shutil.copytree(empty_template, tmp_path_factory.mktemp("full") / "store")
    with open_sink(path, encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
        sink.write(batch_of(*invented_articles()))
    return path


@pytest.fixture
def tmp_store(tmp_path: Path, full_template: Path) -> Iterator[Store]:
    """An open store that holds the invented articles."""
    path = shutil.copytree(full_template, tmp_path / "full")
    with open_store(path, encoder=FakeEncoder(), build=fake_build()) as store:
        yield store


@pytest.fixture(autouse=True)
def no_way_off_this_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that is not to this host, and every name that would have to be looked up."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None  # a string is a socket of this host's file system
        if host is not None and not _is_this_host(str(host)):
            raise AssertionError(f"a test reached for the network: {address}")

    def guarded_connect(self: socket.socket, address: object) -> None:
        check(address)
        connect(self, address)  # type: ignore[arg-type]

    def guarded_connect_ex(self: socket.socket, address: object) -> int:
        check(address)
        return connect_ex(self, address)  # type: ignore[arg-type]

    def guarded_getaddrinfo(host: object, *rest: object, **named: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_this_host(str(name)):
            raise AssertionError(f"a test looked up {name}")
        return getaddrinfo(host, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)


def _is_this_host(host: str) -> bool:
    if host in ("", "localhost", "0.0.0.0", "::"):
        return True
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or _is_own(address)


def _is_own(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether this host has that address: Ray calls its own machine by the one it has on the network."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
