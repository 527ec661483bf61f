"""Asking goes on while another process ingests: answers of one generation, soon, and nothing that grows."""

from __future__ import annotations

import gc
import os
import threading
import time
from pathlib import Path

import pytest

from store.search import Store, open_store
from tests.conftest import FakeEncoder, fake_build
from tests.ingesting import Work, start
from tests.test_interrupted import PATIENCE_S, finish, text_of

THREADS = 2
FIRST, LAST = 20, 200


def write(folder: Path, number: int, edition: int = 0) -> None:
    (folder / f"{number}.txt").write_text(text_of(number, edition), encoding="utf-8")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def resident_mb() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def check(store: Store, texts: dict[str, set[str]]) -> None:
    """Law: every hit is its slice of a text that its file held at some time, and its article is known."""
    for hit in store.search("Which harbour was closed after a storm?", k=10):
        source_text = store.text_of(hit.article.article_id)
        assert source_text in texts[hit.article.source]
        assert source_text[hit.passage.start : hit.passage.end] == hit.passage.text


def ask_beside(store: Store, texts: dict[str, set[str]], over: threading.Event, waits: list[float]) -> threading.Thread:
    def ask() -> None:
        while not over.is_set():
            began = time.monotonic()
            try:
                check(store, texts)
            except BaseException as error:
                failures.append(error)
                raise
            waits.append(time.monotonic() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


failures: list[BaseException] = []


@pytest.mark.slow
def test_asking_goes_on_while_another_process_commits_and_nothing_grows(tmp_path: Path) -> None:
    folder, said = tmp_path / "articles", tmp_path / "said"
    folder.mkdir()
    texts: dict[str, set[str]] = {}
    for number in range(30):
        write(folder, number)
        texts[f"{number}.txt"] = {text_of(number)}
    work = Work(tmp_path / "store", folder, batch_size=1)
    finish(start(work, said), said)
    over, waits, seen_after = threading.Event(), list[float](), list[float]()
    grown: dict[int, tuple[int, float]] = {}
    failures.clear()
    with open_store(work.store, encoder=FakeEncoder(), build=fake_build()) as store:
        check(store, texts)
        asking = [ask_beside(store, texts, over, waits) for _ in range(THREADS)]
        refreshes, edition, generation = 0, 0, store.generation
        try:
            while refreshes < LAST and not failures:
                edition += 1
                for number in range(30):
                    texts[f"{number}.txt"].add(text_of(number, edition))
                    write(folder, number, edition)
                texts["new.txt"] = texts.get("new.txt", set()) | {text_of(9000 + edition)}
                (folder / "new.txt").write_text(text_of(9000 + edition), encoding="utf-8")
                process = start(work, said)
                deadline = time.monotonic() + PATIENCE_S
                while process.exitcode is None and time.monotonic() < deadline:
                    if store.generation != generation:
                        generation = store.generation
                        refreshes += 1
                        grown.setdefault(min(refreshes, LAST), (open_files(), resident_mb()))
                    time.sleep(0.005)
                finish(process, said)
                began = time.monotonic()
                while not any(h.article.source == "new.txt" for h in store.search(f"Keeper{9000 + edition} Berg", k=3)):
                    assert time.monotonic() - began < 5
                seen_after.append(time.monotonic() - began)
        finally:
            over.set()
            for thread in asking:
                thread.join()
    first, last = grown[FIRST], grown[max(grown)]
    print(
        f"{refreshes} refreshes, {len(waits)} searches, longest {max(waits):.2f} s, new after {max(seen_after):.2f} s"
    )
    print(f"open files {first[0]} then {last[0]}, resident {first[1]:.0f} MB then {last[1]:.0f} MB")
    assert failures == []
    assert last[0] <= first[0] + 20  # some are open only while a search runs
    assert last[1] <= first[1] * 1.15 + 30
    assert max(waits) < 15  # on a machine that has much else to do
