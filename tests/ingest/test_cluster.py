"""A Ray cluster prepares what this process would prepare, whatever becomes of its workers."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from app.settings import no_usage_statistics
from ingest.article import digest_bytes
from ingest.batch import FileToIngest, PreparedArticle, SetAside
from ingest.cluster import PrepareOnCluster
from ingest.encode import load_encoder
from ingest.errors import ClusterError, EncoderError
from ingest.job import ingest
from ingest.pipeline import run_batch
from store.search import Store, open_store
from store.servers import EMBEDDED, Servers
from store.writer import open_sink
from tests import servers

SEEDS = Path(__file__).parents[2] / "seeds"
PLACES = ("Oslo", "Bergen", "Port Hallow", "Venn", "Tromsø", "Larvik")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster of two machines, each with one processor, as far as Ray can tell."""
    pytest.importorskip("llama_index.ingestion.ray", reason="the extra `scale` is not installed")
    from ray.cluster_utils import Cluster

    no_usage_statistics()
    args = {"num_cpus": 1, "object_store_memory": 100_000_000}
    made = Cluster(initialize_head=True, head_node_args={**args, "include_dashboard": False})
    try:
        made.add_node(**args)
        yield made.address
    finally:
        made.shutdown()


def invented_folder(folder: Path, n: int) -> Path:
    """A folder of `n` articles, a container of three, and a file that is none."""
    folder.mkdir()
    for i in range(n):
        place, other = PLACES[i % len(PLACES)], PLACES[(i * 5 + 1) % len(PLACES)]
        sentences = [
            f"The council of {place} voted {j + i} to {j} on Tuesday to move ferry number {i * 31 + j} to {other}."
            for j in range(30)
        ]
        (folder / f"{i:03}.txt").write_text(f"News of {place}, number {i}\n\n" + " ".join(sentences), encoding="utf-8")
    lines = [
        f'{{"title": "Wire {i}", "text": "The wire of {place} said that all was well. The mayor signed the paper."}}'
        for i, place in enumerate(PLACES[:3])
    ]
    (folder / "wire.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    return folder


def files_of(folder: Path) -> list[FileToIngest]:
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    files = [(path, path.read_bytes()) for path in paths]
    member = "Ünder the bridge, a man in Oslo said on Tuesday that all was well.".encode("latin-1")
    return [
        *(FileToIngest(str(p), str(folder), p.name, len(data), 1, digest_bytes(data)) for p, data in files),
        FileToIngest("/a.zip!b.txt", "/", "a.zip!b.txt", len(member), 1, digest_bytes(member), content=member),
        FileToIngest("/gone.txt", "/", "gone.txt", 1, 1, "0" * 64),
    ]


def assert_equal(found: Sequence[PreparedArticle | SetAside], wanted: Sequence[PreparedArticle | SetAside]) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        if isinstance(one, SetAside) or isinstance(other, SetAside):
            assert one == other
            continue
        assert (one.article, one.source_text, one.codec, one.spans) == (
            *(other.article, other.source_text, other.codec, other.spans),
        )
        assert np.all(np.sum(one.vectors * other.vectors, axis=1) >= 0.9999)


def told(store: Store) -> list[object]:
    """What a store holds, whatever ids its passages have; cosines to four digits."""
    vectors, _, _ = store._indexes(store._view())
    held: list[object] = [[(f.source, f.reason, f.digest) for f in store.files()]]
    for article in store.articles():
        passages = store.passages(article.article_id)
        text = store.text_of(article.article_id)
        cosines = []
        for passage in passages:
            near = dict(vectors.search(load_encoder().encode([passage.text])[0], 10_000))
            cosines.append(round(near[passage.passage_id], 4))
        held.append((article, text, [(p.start, p.end, p.text) for p in passages], cosines))
    return held


def texts(store: Store, question: str) -> list[str]:
    return [hit.passage.text for hit in store.search(question, k=5)]


def filled(path: Path, folder: Path, *, prepare: PrepareOnCluster | None = None, where: Servers = EMBEDDED) -> Store:
    with open_sink(path, encoder_spec=load_encoder().spec, servers=where) as sink:
        report = ingest([folder], sink, prepare=prepare, batch_size=1000)
    assert report.articles > 0
    return open_store(path, servers=where)


@pytest.mark.slow
def test_every_article_is_the_one_that_this_process_prepares(cluster: str, tmp_path: Path) -> None:
    files = files_of(invented_folder(tmp_path / "articles", 40)) + files_of(SEEDS)[:5]
    with PrepareOnCluster(address=cluster) as prepare:
        assert_equal(prepare(files), run_batch(files))


@pytest.mark.slow
def test_a_batch_on_a_cluster_is_visible_as_the_same_store_on_all_servers_together(
    cluster: str, tmp_path: Path
) -> None:
    folder = invented_folder(tmp_path / "articles", 12)
    with servers.chroma(tmp_path / "chroma") as vectors, servers.postgres() as catalog:
        where = Servers(vectors, catalog)
        with (
            PrepareOnCluster(address=cluster) as prepare,
            filled(tmp_path / "there", folder, prepare=prepare, where=where) as there,
            filled(tmp_path / "here", folder) as here,
        ):
            assert told(there) == told(here)
            assert texts(there, "Who moved the ferry to Bergen?") == texts(here, "Who moved the ferry to Bergen?")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_workers_that_are_killed_at_work_lose_nothing(cluster: str, tmp_path: Path) -> None:
    folder = invented_folder(tmp_path / "articles", 150)
    killed: list[int] = []
    over = threading.Event()

    def kill_two() -> None:
        while len(killed) < 2 and not over.wait(0.05):
            for pid in busy_workers(older_than_s=1.0):
                if pid not in killed and len(killed) < 2:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

    killer = threading.Thread(target=kill_two)
    with PrepareOnCluster(address=cluster) as prepare:
        killer.start()
        try:
            there = filled(tmp_path / "there", folder, prepare=prepare)
        finally:
            over.set()
            killer.join()
    assert len(killed) == 2, "no worker was caught at work"
    with there, filled(tmp_path / "here", folder) as here:
        assert told(there) == told(here)


def busy_workers(*, older_than_s: float) -> list[int]:
    """The workers of our own cluster that are transforming nodes and have spent so much time on it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            name = (entry / "cmdline").read_bytes()
            spent = sum(map(int, (entry / "stat").read_text().rpartition(")")[2].split()[11:13]))
            ours = _descends(int(entry.name))
        except (OSError, ValueError):
            continue
        working = name.startswith(b"ray::MapWorker") and b"submit" in name
        if working and ours and spent / os.sysconf("SC_CLK_TCK") > older_than_s:
            found.append(int(entry.name))
    return found


def _descends(pid: int) -> bool:
    """Whether this process started that one, or the one that did."""
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return False


@pytest.mark.slow
def test_a_worker_with_another_model_is_refused(cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest.pipeline import EmbedPassages

    files = files_of(SEEDS)[:2]
    with PrepareOnCluster(address=cluster) as prepare:
        pipeline = prepare._begin() or prepare._pipeline()
        embedding = pipeline.transformations[-1]
        assert embedding.transform_class is EmbedPassages
        embedding.transform_kwargs["digest"] = "f" * 64
        monkeypatch.setattr(prepare, "_pipeline", lambda: pipeline)
        with pytest.raises(EncoderError, match="is another one than that of the index"):
            prepare(files)


@pytest.mark.slow
def test_a_cluster_that_is_not_there_is_named() -> None:
    pytest.importorskip("ray", reason="the extra `scale` is not installed")
    address = f"127.0.0.1:{servers.free_port()}"
    with (
        PrepareOnCluster(address=address) as prepare,
        pytest.raises(ClusterError, match=f"no Ray cluster at {address}"),
    ):
        prepare(files_of(SEEDS)[:1])


def test_nothing_to_prepare_starts_no_cluster() -> None:
    with PrepareOnCluster(address="127.0.0.1:1") as prepare:
        assert prepare([]) == ()


def test_a_cluster_that_we_start_reports_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    no_usage_statistics()
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
