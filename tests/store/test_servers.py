"""A store whose vectors, catalogue or both lie on servers is the store that it would be in its folder."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from ingest.errors import SettingsError, StoreError, StoreLockedError, StoreMissingError
from ingest.job import PreparedArticle
from store.catalog import Catalog
from store.commit import WritableCatalog
from store.corrections import Correction
from store.hits import Filters
from store.search import Store, open_store
from store.servers import EMBEDDED, Servers, without_secrets
from store.status import store_status
from store.vector_server import VectorServer
from store.writer import StoreSink, open_sink
from tests import servers
from tests.conftest import COUNCIL, FERRY, FakeEncoder, batch_of, fake_build, file_state, prepare

DAY = dt.date(2026, 11, 21)
SECRET = "hunter2"
_schemas = itertools.count(1)


@pytest.fixture(scope="module")
def chroma_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.chroma(tmp_path_factory.mktemp("chroma") / "data") as address:
        yield address


@pytest.fixture(scope="module")
def postgres_address() -> Iterator[str]:
    with servers.postgres() as address:
        yield address


@pytest.fixture(params=["vectors", "catalog", "both"])
def places(request: pytest.FixtureRequest) -> Servers:
    """Which parts lie on servers; each time a store of its own, on the same two servers."""
    vectors = None if request.param == "catalog" else request.getfixturevalue("chroma_address")
    if request.param == "vectors":
        return Servers(vectors)
    return Servers(vectors, own_schema(request.getfixturevalue("postgres_address")))


def own_schema(address: str) -> str:
    return f"{address}?schema=store_{next(_schemas)}"


def writing(path: Path, where: Servers = EMBEDDED, *, rebuild: bool = False) -> StoreSink:
    return open_sink(
        path,
        encoder_spec=FakeEncoder().spec,
        build=fake_build(),
        rebuild=rebuild,
        encoder=FakeEncoder(),
        count_tokens=lambda text: len(text.split()),
        servers=where,
    )


def reading(path: Path, where: Servers = EMBEDDED) -> Store:
    return open_store(path, encoder=FakeEncoder(), build=fake_build(), servers=where)


def told(store: Store) -> dict[str, object]:
    """Everything that can be asked of a store, article by article, and the vectors by what they are near to."""
    articles = store.articles()
    probes = [p.text for a in articles for p in store.passages(a.article_id)]
    vectors, _, _ = store._indexes(store._view())
    near = [vectors.search(FakeEncoder().encode([text])[0], len(probes)) for text in probes]
    return {
        "articles": articles,
        "texts": {a.article_id: store.text_of(a.article_id) for a in articles},
        "passages": {a.article_id: store.passages(a.article_id) for a in articles},
        "files": store.files(),
        "near": [[(i, round(cosine, 4)) for i, cosine in found] for found in near],
        "found": {q: store.search(q, k=5) for q in ("fish market", "apple frost", "Aurora ran aground")},
        "of spring": store.search("fish", filters=Filters(dt.date(2021, 5, 1), None, undated=False)),
        "phrase": store.find("Port Hallow"),
        "coverage": store.coverage(),
    }


def a_life(path: Path, where: Servers, invented: tuple[PreparedArticle, ...]) -> None:
    """Articles come, one is edited, one is put right, one is taken out, a file is set aside, all is compacted."""
    ferry, council, orchard = invented
    with writing(path, where) as sink:
        sink.write(batch_of(ferry, council, orchard, extra=[file_state("bad.pdf", reason="it holds \0 nothing")]))
        sink.write(batch_of(prepare(FERRY + "\n\nAll were brought ashore.", source="ferry.txt", day=DAY)))
        sink.correct("town/council.txt", Correction(headline="Market closes", published=dt.date(2021, 5, 11)))
    with writing(path, where) as sink:
        sink.remove(["orchard.txt"], DAY)
        sink.write(batch_of(prepare(COUNCIL + "\n\nThe vote was public.", source="copy.txt")))
        sink.compact()


@pytest.mark.slow
def test_a_store_on_servers_equals_the_one_in_its_folder(
    places: Servers, tmp_path: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    a_life(tmp_path / "here", EMBEDDED, invented)
    a_life(tmp_path / "there", places, invented)
    with reading(tmp_path / "here") as here, reading(tmp_path / "there", places) as there:
        assert told(there) == told(here)
    status = [
        store_status(tmp_path / name, fake_build(), where) for name, where in (("here", EMBEDDED), ("there", places))
    ]
    assert [(s.n_articles, s.n_passages, s.n_failed, s.n_removed, s.built_with) for s in status] == [
        (3, status[0].n_passages, 1, 1, status[0].built_with)
    ] * 2
    assert status[1].part_bytes["catalogue"] > 0
    assert [dict(s.servers) for s in status] == [{}, places.addresses()]


@pytest.mark.slow
def test_a_reader_sees_what_is_written_while_it_is_open(
    places: Servers, tmp_path: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    with writing(tmp_path / "s", places) as sink:
        sink.write(batch_of(invented[0]))
        with reading(tmp_path / "s", places) as store:
            assert not any("market" in hit.passage.text for hit in store.search("fish market"))
            sink.write(batch_of(invented[1]))
            assert "market" in store.search("fish market")[0].passage.text
            sink.remove(["town/council.txt"], DAY)
            sink.compact()
            assert not any("market" in hit.passage.text for hit in store.search("fish market"))
            assert store.search("Aurora aground")


@pytest.mark.slow
def test_a_rebuild_keeps_what_a_person_said_and_the_name_of_the_store(
    places: Servers, tmp_path: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    with writing(tmp_path / "s", places) as sink:
        sink.write(batch_of(*invented))
        sink.correct("ferry.txt", Correction(outlet="The Harbour"))
        before = sink._catalog.store_id()
    with writing(tmp_path / "s", places, rebuild=True) as sink:
        sink.write(batch_of(*invented))
        assert sink._catalog.store_id() == before
    with reading(tmp_path / "s", places) as store:
        assert store.article("ferry.txt").outlet == "The Harbour"
        assert store.search("Aurora aground")


@pytest.mark.slow
def test_a_step_that_fails_leaves_nothing_half_visible(
    places: Servers, tmp_path: Path, invented: tuple[PreparedArticle, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise StoreError("the disk is full")

    with writing(tmp_path / "s", places) as sink:
        sink.write(batch_of(invented[0]))
        with monkeypatch.context() as patched:
            patched.setattr(sink._catalog, "commit", fails)
            with pytest.raises(StoreError, match="disk is full"):
                sink.write(batch_of(invented[1]))
        with reading(tmp_path / "s", places) as store:
            assert [a.source for a in store.articles()] == ["ferry.txt"]
            assert {hit.article.source for hit in store.search("fish market")} == {"ferry.txt"}
    with writing(tmp_path / "s", places) as sink:
        assert sink._vectors.count() == sink._lexical.count() == len(invented[0].spans)


# --- vectors in a Chroma server ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_stores_share_a_server_and_see_only_their_own(
    chroma_address: str, tmp_path: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    where = Servers(chroma_address)
    for name, article in zip("ab", invented, strict=False):
        with writing(tmp_path / name, where) as sink:
            sink.write(batch_of(article))
    with reading(tmp_path / "a", where) as a, reading(tmp_path / "b", where) as b:
        assert {h.article.source for h in a.search("fish market in Port Hallow")} == {"ferry.txt"}
        assert {h.article.source for h in b.search("fish market in Port Hallow")} == {"town/council.txt"}


@pytest.mark.slow
def test_vectors_move_between_folder_and_server_and_none_is_forgotten(
    chroma_address: str, tmp_path: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    where, path = Servers(chroma_address), tmp_path / "s"
    with writing(path, where) as sink:
        sink.write(batch_of(*invented))
    with pytest.raises(StoreError, match="lie in a Chroma server: name it with --vectors"), reading(path) as store:
        store.search("fish")
    with writing(path) as sink:  # as many passages go as come: counting alone would not tell
        sink.write(batch_of(prepare(FERRY.replace("Tuesday", "Monday"), source="ferry.txt")))
    with pytest.raises(StoreError, match="lie in its folder: leave --vectors"), reading(path, where) as store:
        store.search("fish")
    with writing(path, where) as sink:
        assert sink.restored == len(invented[0].spans)
    with reading(path, where) as store:
        assert "Monday night" in store.search("The ferry ran aground on Monday")[0].passage.text


@pytest.mark.slow
def test_a_rewrite_that_was_cut_short_is_finished_or_forgotten(chroma_address: str) -> None:
    vectors = FakeEncoder().encode(["one", "two"])
    first = VectorServer(chroma_address, "cut", writing=True)
    first.add([1, 2], vectors)
    client = first._open_client()
    client.get_or_create_collection("dateline-cut-new", embedding_function=None)
    first.close()
    second = VectorServer(chroma_address, "cut", writing=True)  # it had only begun
    assert second.ids() == [1, 2]
    second._collection.modify(name="dateline-cut-new")
    second.close()
    third = VectorServer(chroma_address, "cut", writing=True)  # it had dropped the old collection
    assert sorted(third.ids()) == [1, 2]
    third.close()


@pytest.mark.slow
def test_a_vector_server_that_is_down_is_named_and_nothing_is_half_visible(
    tmp_path: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    port = servers.free_port()
    where, path = Servers(f"http://127.0.0.1:{port}"), tmp_path / "s"
    with pytest.raises(StoreError, match=rf"127\.0\.0\.1:{port} cannot be used.*chroma run --path.*DATELINE_VECTORS"):
        writing(path, where)
    with servers.chroma(tmp_path / "data", port):
        with writing(path, where) as sink:
            sink.write(batch_of(invented[0]))
        sink = writing(path, where)
    with pytest.raises(StoreError, match=rf"127\.0\.0\.1:{port}"):
        sink.write(batch_of(invented[1]))
    sink.close()
    with reading(path, where) as store:
        assert [a.source for a in store.articles()] == ["ferry.txt"]  # the catalogue is asked, and it answers
        with pytest.raises(StoreError, match="chroma run"):
            store.search("fish")
    with servers.chroma(tmp_path / "data", port), writing(path, where) as sink:
        sink.write(batch_of(invented[1]))
        with reading(path, where) as store:
            assert "market" in store.search("fish market")[0].passage.text


# --- the catalogue in PostgreSQL --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_stores_share_a_database_each_in_a_schema_and_nothing_else_is_touched(
    postgres_address: str, tmp_path: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    import psycopg

    with psycopg.connect(postgres_address.replace("+psycopg", ""), autocommit=True) as c:
        c.execute("CREATE TABLE meta (key text); INSERT INTO meta VALUES ('of somebody else')")
        one, other = (Servers(catalog=own_schema(postgres_address)) for _ in range(2))
        for name, where, article in (("a", one, invented[0]), ("b", other, invented[1])):
            with writing(tmp_path / name, where) as sink:
                sink.write(batch_of(article))
        with writing(tmp_path / "a", one, rebuild=True):
            pass
        assert c.execute("SELECT key FROM public.meta").fetchall() == [("of somebody else",)]
        c.execute("DROP TABLE meta")
    with reading(tmp_path / "b", other) as store:
        assert [a.source for a in store.articles()] == ["town/council.txt"]


@pytest.mark.slow
def test_several_reads_of_one_transaction_see_one_state(
    postgres_address: str, tmp_path: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    import sqlalchemy as sa

    from store.schema import ARTICLES

    where = Servers(catalog=own_schema(postgres_address))
    counted = sa.select(sa.func.count()).select_from(ARTICLES)
    with writing(tmp_path / "s", where) as sink:
        sink.write(batch_of(invented[0]))
        catalog = Catalog.open(tmp_path / "s", where)
        with catalog.begin() as c:
            before = c.scalar(counted)
            sink.write(batch_of(invented[1]))
            assert c.scalar(counted) == before == 1
        with catalog.begin() as c:
            assert c.scalar(counted) == 2
        with pytest.raises(StoreError, match="read-only"), catalog.begin() as c:
            c.execute(sa.delete(ARTICLES))
        catalog.close()


@pytest.mark.slow
def test_two_folders_do_not_write_to_one_catalogue_at_once(postgres_address: str, tmp_path: Path) -> None:
    where = Servers(catalog=own_schema(postgres_address))
    with writing(tmp_path / "a", where):
        with pytest.raises(StoreLockedError, match="from another folder"):
            writing(tmp_path / "b", where)
        with writing(tmp_path / "c", Servers(catalog=own_schema(postgres_address))):
            pass  # another store of the same database
    with writing(tmp_path / "b", where):
        pass


@pytest.mark.slow
def test_a_folder_that_fell_behind_is_refused_until_it_is_brought_up_to_date(
    postgres_address: str, tmp_path: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    where = Servers(catalog=own_schema(postgres_address))
    for name, article in (("a", invented[0]), ("b", invented[1])):
        with writing(tmp_path / name, where) as sink:
            sink.write(batch_of(article))
    with pytest.raises(StoreError, match="does not hold the full-text index"):
        reading(tmp_path / "a", where)
    with writing(tmp_path / "a", where) as sink:
        assert sink.restored
    with reading(tmp_path / "a", where) as store:
        assert {h.article.source for h in store.search("fish market", k=3)} >= {"town/council.txt"}


@pytest.mark.slow
def test_a_folder_of_another_catalogue_is_left_alone(
    postgres_address: str, tmp_path: Path, invented: tuple[PreparedArticle, ...], empty_store: Path
) -> None:
    one, other = (Servers(catalog=own_schema(postgres_address)) for _ in range(2))
    with pytest.raises(StoreError, match="has its catalogue in its folder"):
        writing(empty_store, one)
    with writing(tmp_path / "a", one) as sink:
        sink.write(batch_of(invented[0]))
    with pytest.raises(StoreError, match="holds the indexes of another catalogue"):
        writing(tmp_path / "a", other)
    with reading(tmp_path / "a", one) as store:
        assert store.search("Aurora aground")


@pytest.mark.slow
def test_a_database_that_is_down_or_empty_is_told_of_without_its_password(
    postgres_address: str, tmp_path: Path
) -> None:
    port = servers.free_port()
    address = f"postgresql+psycopg://ada:{SECRET}@127.0.0.1:{port}/news?sslpassword={SECRET}"
    for attempt in (writing, reading):
        with pytest.raises(StoreError, match=rf"ada@127\.0\.0\.1:{port}/news cannot be reached.*--catalog") as raised:
            attempt(tmp_path / "s", Servers(catalog=address))
        assert SECRET not in str(raised.value)
    with pytest.raises(StoreMissingError, match="--catalog postgresql"):
        reading(tmp_path / "s", Servers(catalog=own_schema(postgres_address)))


@pytest.mark.slow
def test_a_damaged_catalogue_is_told_of_and_a_rebuild_starts_anew(
    postgres_address: str, tmp_path: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    import sqlalchemy as sa

    where = Servers(catalog=own_schema(postgres_address))
    with writing(tmp_path / "s", where) as sink:
        sink.write(batch_of(invented[0]))
    catalog = WritableCatalog.create(tmp_path / "s", where)
    with catalog.begin() as c:
        c.execute(sa.text("DROP TABLE passages"))
    catalog.close()
    with pytest.raises(
        StoreError, match=r"is damaged. Rebuild the index with `dateline ingest .* --catalog '?postgres"
    ):
        writing(tmp_path / "s", where)
    with writing(tmp_path / "s", where, rebuild=True) as sink:
        sink.write(batch_of(invented[1]))
    with reading(tmp_path / "s", where) as store:
        assert store.search("fish market")


# --- addresses: no server needed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["localhost:8000", "http://", "http://u:p@h:1", "http://h:x", "ftp://h", "http://h/db"],
)
def test_what_is_no_address_of_a_vector_server_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="such as http://127"):
        Servers(vectors=address)


@pytest.mark.parametrize(
    "address",
    [
        *(f"sqlite:///{SECRET}", f"postgresql://u:{SECRET}@h", f"postgresql://u:{SECRET}@h:x/db"),
        *(f"postgresql://u:{SECRET}@h/db?schema={name}" for name in ("public", "pg_x", "A", "a;b")),
    ],
)
def test_a_refused_address_of_a_catalogue_is_not_repeated(address: str) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings(catalog=address)
    assert SECRET not in str(raised.value)


def test_no_password_is_in_what_is_printed() -> None:
    address = f"postgresql+psycopg://ada:{SECRET}@db.example:5432/news?schema=wire&sslpassword={SECRET}"
    assert without_secrets(address) == "postgresql+psycopg://ada@db.example:5432/news?schema=wire"
    assert Servers(catalog=address).addresses() == {"catalog": without_secrets(address)}
    shown = [repr(Servers(catalog=address)), repr(Settings(catalog=address)), Servers(catalog=address).as_flags()]
    assert SECRET not in json.dumps(shown)


def test_the_command_that_mends_names_the_servers(
    write: Callable[..., Path], invented: tuple[PreparedArticle, ...]
) -> None:
    path = write(batch_of(*invented))
    catalog = Catalog.open(path, Servers("http://127.0.0.1:8000"))
    assert catalog.ingest_command().endswith(f"--rebuild --store {path} --vectors http://127.0.0.1:8000")
    catalog.close()
