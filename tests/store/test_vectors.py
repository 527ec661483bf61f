"""What the vector index promises beyond Chroma: it survives a writer that was killed, and lets go when asked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.errors import StoreError
from store.seal import SEAL_FILE, damage_of
from store.vectors import VectorIndex
from tests.conftest import FakeEncoder


@pytest.fixture
def vectors() -> NDArray[np.float32]:
    """As many as Chroma writes to its files at once, in 8 dimensions."""
    drawn = np.random.default_rng(7).standard_normal((1100, 8)).astype(np.float32)
    unit: NDArray[np.float32] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


@pytest.fixture
def index_path(tmp_path: Path, vectors: NDArray[np.float32]) -> Path:
    """An index of them, under the ids 1 to 1100."""
    path = tmp_path / "vectors"
    index = VectorIndex(path, writing=True)
    index.add(range(1, 1101), vectors)
    index.close()
    return path


def test_a_vector_finds_itself_and_only_within_the_ids_named(index_path: Path, vectors: NDArray[np.float32]) -> None:
    index = VectorIndex(index_path)
    assert [i for i, _ in index.search(vectors[41], 1)] == [42]
    assert [i for i, _ in index.search(vectors[41], 2, within=[7])] == [7]
    assert index.search(vectors[41], 2, within=[]) == []
    index.close()


def test_a_change_that_was_cut_short_but_did_no_harm_is_forgotten(
    index_path: Path, vectors: NDArray[np.float32]
) -> None:
    marker = index_path.with_name("vectors.changing")
    marker.touch()
    index = VectorIndex(index_path)
    assert [i for i, _ in index.search(vectors[41], 1)] == [42]
    assert not marker.exists()
    index.close()


def test_torn_files_are_reported_to_a_reader_and_emptied_by_a_writer(index_path: Path) -> None:
    index_path.with_name("vectors.changing").touch()
    for file in index_path.glob("*/*.bin"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
    with pytest.raises(StoreError, match="the next ingest mends it"):
        VectorIndex(index_path)
    index = VectorIndex(index_path, writing=True)
    assert index.count() == 0
    index.close()


CUTS = {"gone": None, "empty": 0.0, "half": 0.5, "all but its last bytes": 0.999}


@pytest.mark.parametrize("cut", CUTS)
def test_a_file_that_was_cut_off_is_named_to_a_reader_and_made_anew_by_a_writer(
    index_path: Path, tmp_path: Path, vectors: NDArray[np.float32], cut: str
) -> None:
    files = [path for path in index_path.glob("*/*") if path.stat().st_size]
    assert len(files) == 5
    for file in files:
        copy = shutil.copytree(index_path, tmp_path / f"{file.name}-store" / "vectors")
        torn, share = copy / file.relative_to(index_path), CUTS[cut]
        if share is None:
            torn.unlink()
        else:
            torn.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
        with pytest.raises(StoreError, match=rf"{file.name} (is gone|holds .* bytes): `dateline ingest FOLDER --store"):
            VectorIndex(copy)
        index = VectorIndex(copy, writing=True)
        assert index.count() == 0
        index.add(range(1, 1101), vectors)
        assert [i for i, _ in index.search(vectors[41], 1)] == [42]
        index.close()


def test_an_index_of_a_version_that_did_not_seal_it_is_read_and_sealed_by_the_next_change(
    index_path: Path, vectors: NDArray[np.float32]
) -> None:
    (index_path / SEAL_FILE).unlink()
    index = VectorIndex(index_path, writing=True)
    assert [i for i, _ in index.search(vectors[41], 1)] == [42]
    index.delete([1])
    index.close()
    assert (index_path / SEAL_FILE).exists()


def test_a_rewritten_index_is_sealed_before_it_takes_the_place_of_the_old_one(index_path: Path) -> None:
    index = VectorIndex(index_path, writing=True)
    index.rewrite()
    index.close()
    assert damage_of(index_path) is None
    next(index_path.glob("*/header.bin")).write_bytes(b"")
    assert damage_of(index_path) is not None


def test_the_marker_is_on_the_disk_before_a_change_and_what_it_wrote_before_it_ends(
    index_path: Path, vectors: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda d: (synced.append(Path(f"/proc/self/fd/{d}").resolve().name), fsync(d)))
    index = VectorIndex(index_path, writing=True)
    index.add(range(2001, 3101), vectors)
    index.close()
    assert synced[0] == index_path.parent.name
    assert {"chroma.sqlite3", "data_level0.bin", "header.bin", "index_metadata.pickle"} <= set(synced[1:])


def test_after_a_change_that_failed_the_next_one_does_not_call_the_files_whole(
    index_path: Path, vectors: NDArray[np.float32]
) -> None:
    marker = index_path.with_name("vectors.changing")
    index = VectorIndex(index_path, writing=True)
    with pytest.raises(StoreError):
        index.add([5000], vectors[:1, :3])  # of another dimension
    index.add([5001], vectors[:1])
    assert marker.exists()
    index.close()
    index = VectorIndex(index_path)
    assert not marker.exists()
    assert index.count() == 1101
    index.close()


def test_the_last_handle_closes_the_index(tmp_path: Path) -> None:
    from chromadb.api.shared_system_client import SharedSystemClient

    path = tmp_path / "vectors"
    first, second = VectorIndex(path, writing=True), VectorIndex(path)
    first.close()
    first.close()
    assert second.count() == 0
    second.close()
    assert str(path.resolve()) not in SharedSystemClient._identifier_to_system
    with pytest.raises(StoreError, match="closed"):
        second.count()


def test_a_reader_makes_no_index_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="dateline ingest FOLDER --store"):
        VectorIndex(tmp_path / "store" / "vectors")
    assert list(tmp_path.iterdir()) == []


def test_an_index_is_made_afresh_over_damaged_files_even_after_they_were_tried(index_path: Path) -> None:
    (index_path / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
    with pytest.raises(StoreError, match="--rebuild"):
        VectorIndex(index_path)
    index = VectorIndex(index_path, writing=True, afresh=True)
    index.add([1], np.ones((1, 4), np.float32) / 2)
    assert index.ids() == [1]
    index.close()


def test_of_many_near_equal_vectors_none_is_missed(tmp_path: Path) -> None:
    texts = [f"The dam at Orr held, report {n}." for n in range(230)] + ["A dam broke."]
    index = VectorIndex(tmp_path / "vectors", writing=True)
    index.add(list(range(1, 232)), FakeEncoder().encode(texts))
    wanted = FakeEncoder().encode(["the dam at Orr, report"])[0]
    assert len(index.search(wanted, 400)) == 231
    assert [i for i, _ in index.search(wanted, 5, within=[231])] == [231]
    index.close()
