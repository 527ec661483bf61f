"""An ingest that is killed at any moment loses nothing and doubles nothing. Slow: real processes, the real encoder."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from store import Filters, open_store

KILLS = 12
ARTICLES = 150


def write_articles(folder: Path) -> None:
    """Invented articles, enough for several batches."""
    folder.mkdir()
    for i in range(ARTICLES):
        (folder / f"{i:03d}.txt").write_text(
            f"The harbour of Town{i} was closed on Monday after a storm damaged its northern pier, officials said.\n\n"
            f"Keeper{i} Berg told reporters that {i + 3} boats had been moved to the next bay before the wind rose. "
            f"Repairs are expected to take {i % 9 + 2} weeks, and the council has set aside the money for them.\n",
            encoding="utf-8",
        )


def start(folder: Path, store: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "app", "ingest", str(folder), "--store", str(store)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def contents(store: Path) -> dict[str, tuple[str, list[tuple[int, int, str]]]]:
    """What a reader sees: source text and passages by source, whatever their ids."""
    with open_store(store) as opened:
        return {
            article.source: (
                opened.source_text(article.source),
                [(p.start, p.end, p.text) for p in opened.passages(article.article_id)],
            )
            for article in opened.articles(Filters())
        }


@pytest.mark.slow
def test_an_ingest_killed_many_times_ends_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    write_articles(folder)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    began = time.monotonic()
    assert start(folder, whole).wait(timeout=300) == 0
    lasts = time.monotonic() - began
    moments = random.Random(5)
    for _ in range(KILLS):
        process = start(folder, broken)
        time.sleep(moments.uniform(0.3, 0.95) * lasts)
        process.send_signal(signal.SIGKILL)
        process.wait()
    final = start(folder, broken)
    output, _ = final.communicate(timeout=300)
    assert final.returncode == 0, output.decode()
    assert contents(broken) == contents(whole)
    with open_store(broken) as opened:
        assert len(opened.search("Which harbour was closed after a storm?", k=400)) >= ARTICLES
