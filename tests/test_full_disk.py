"""A disk that is full stops an ingest with a message: what was committed is read, and the next run completes it.

Slow, and root's alone: a small file system is mounted for it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import open_store
from tests.test_interrupted import text_of

ARTICLES = 150


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB; skipped where mounting is not permitted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not permitted")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def dateline(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "app", *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("size", [4, 60, 300, 600, 1200, 1800])
def test_a_full_disk_is_told_and_the_next_run_completes_what_it_stopped(
    tmp_path: Path, small_disk: Path, size: int
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(ARTICLES):
        (folder / f"{number:03d}.txt").write_text(text_of(number), encoding="utf-8")
    resize(small_disk, f"{size}k")
    store = small_disk / "store"
    code, said = dateline("ingest", str(folder), "--store", str(store))
    print(size, code, said)
    assert code == 1
    assert "Traceback" not in said
    assert "unexpected" not in said
    assert "no room left" in said or "No space left" in said
    code, said = dateline("sources", "--store", str(store))  # the disk is still full
    print(code, said[-300:])
    assert "Traceback" not in said
    assert "unexpected" not in said
    assert code == 0 or "dateline ingest" in said
    resize(small_disk, "30m")
    code, said = dateline("ingest", str(folder), "--store", str(store))
    assert code == 0, said
    with open_store(store) as opened:
        assert len(opened.articles()) == ARTICLES
        assert len(opened.search("Which harbour was closed after a storm?", k=400)) >= ARTICLES
