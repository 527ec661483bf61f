"""An ingest that is stopped at any moment loses nothing and doubles nothing: real processes, really killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.article import Article
from ingest.batch import Batch, FileState, PreparedArticle
from ingest.errors import StoreError, StoreLockedError
from ingest.job import ingest
from store.catalog import VECTORS_FOLDER
from store.lexical import LexicalIndex
from store.search import Store, open_store
from store.vectors import VectorIndex
from tests.conftest import FakeEncoder
from tests.ingesting import Work, build_of, do, prepare_with_fake, start

QUERIES = ("Which harbour was closed after a storm?", "Keeper of the boats", "repairs of the pier", "council money")
PLACES = "north south east west upper lower outer inner old new great little".split()
BATCH = 8
PATIENCE_S = 60.0


# --- a folder of articles, and what becomes of it ---------------------------------------------------------------------


def text_of(number: int, edition: int = 0) -> str:
    """An invented article: number and edition tell it from every other."""
    rng = random.Random(number)
    words = [f"{rng.choice(PLACES)}{rng.randrange(1000)}" for _ in range(60)]
    told = ". ".join(f"The {' '.join(words[i : i + 6])} pier of Town{number} was damaged" for i in range(0, 60, 6))
    return (
        f"The harbour of Town{number} was closed on Monday after a storm damaged its northern pier, officials said.\n\n"
        f"Keeper{number} Berg told reporters that {edition + 3} boats had been moved to the next bay before the wind "
        f"rose. Repairs are expected to take {number % 9 + 2} weeks.\n\n{told}.\n"
    )


@dataclass
class Folder:
    """A folder that changes: texts, near copies, a list of records and an archive."""

    path: Path
    rng: random.Random
    n: int = 30
    editions: Counter[int] = field(default_factory=Counter)
    next: int = 100

    def fill(self) -> None:
        self.path.mkdir()
        for number in range(self.n):
            self._write(number)
        self._write_containers()
        (self.path / "retracted").mkdir()
        for number in range(3000, 3003):
            (self.path / "retracted" / f"{number}.txt").write_text(text_of(number), encoding="utf-8")

    def change(self) -> None:
        """Edit some files, take some away, add some, and rewrite the containers."""
        files = sorted(self.path.glob("town*.txt"))
        for path in self.rng.sample(files, k=max(2, len(files) // 5)):
            number = int(path.stem.removeprefix("town"))
            self.editions[number] += 1
            self._write(number)
        for path in self.rng.sample(files, k=2):
            path.unlink()
        for _ in range(3):
            self._write(self.next)
            self.next += 1
        self._write_containers()

    def _write(self, number: int) -> None:
        text = text_of(number, self.editions[number])
        (self.path / f"town{number}.txt").write_text(text, encoding="utf-8")
        if number % 5 == 0:  # the same report in another outlet
            copy = text.replace("\n\n", "\n\nThe agency reports.\n\n", 1)
            (self.path / f"copy{number}.txt").write_text(copy, encoding="utf-8")

    def _write_containers(self) -> None:
        some = [self.rng.randrange(1000, 1010) for _ in range(6)]
        lines = [json.dumps({"title": f"Storm {n}", "text": text_of(n), "date": "2021-03-03"}) for n in some]
        (self.path / "wire.jsonl").write_text("\n".join(dict.fromkeys(lines)) + "\n", encoding="utf-8")
        with zipfile.ZipFile(self.path / "more.zip", "w") as archive:
            for n in sorted({self.rng.randrange(2000, 2006) for _ in range(4)}):
                archive.writestr(f"{n}.txt", text_of(n))


class Seen:
    """A sink that remembers every article that was ever offered to it."""

    def __init__(self) -> None:
        self.articles: dict[str, PreparedArticle] = {}
        self._files: dict[str, FileState] = {}

    def files(self) -> Mapping[str, FileState]:
        return self._files

    def removals(self) -> Mapping[str, str]:
        return {}

    def readmit(self, digests: object) -> None: ...

    def chosen_fields(self, container: str) -> Mapping[str, str]:
        return {}

    def keep_chosen_fields(self, container: str, chosen: object) -> None: ...

    def write(self, batch: Batch) -> None:
        self.articles |= {a.article.article_id: a for a in batch.articles}
        self._files |= {state.path: state for state in batch.files}


# --- what a store holds -----------------------------------------------------------------------------------------------


def reading(store: Path, *, real: bool) -> Store:
    return open_store(store) if real else open_store(store, encoder=FakeEncoder(), build=build_of(real=False)[1])


def assert_only_whole_articles(store: Path, expected: Mapping[str, PreparedArticle], *, real: bool) -> int:
    """Law: at any moment a reader sees whole articles and nothing else, or is told what mends the store."""
    try:
        with reading(store, real=real) as opened:
            articles = opened.articles()
            for article in articles:
                whole = expected[article.article_id]
                assert opened.text_of(article.article_id) == whole.source_text
                if not real:  # the splitter of the real encoder counts otherwise
                    spans = [(p.start, p.end) for p in opened.passages(article.article_id)]
                    assert spans == [(s.start, s.end) for s in whole.spans]
                assert told(article) == told(whole.article)
            shown = {a.article_id for a in articles}
            for query in QUERIES[:2]:
                for hit in opened.search(query, k=20):
                    assert hit.article.article_id in shown
                    text = expected[hit.article.article_id].source_text
                    assert text[hit.passage.start : hit.passage.end] == hit.passage.text
            return len(opened.files())
    except StoreError as error:
        assert "dateline ingest" in str(error) or "the next ingest mends it" in str(error)
        return 0


def told(article: Article) -> Article:
    """All that is known of an article but where it lies."""
    return replace(article, sources=("-",))


@dataclass(frozen=True)
class Contents:
    """All that a store says, whatever its ids and however it came to be."""

    articles: tuple[Article, ...]
    passages: Mapping[str, list[tuple[int, int, str]]]
    files: frozenset[tuple[object, ...]]
    removed: frozenset[str]
    stands_for: Mapping[str, str]
    edges: frozenset[tuple[str, str, str]]
    bands: frozenset[tuple[int, str]]
    sketches: frozenset[tuple[str, bytes]]
    codes: frozenset[tuple[str, int, bytes]]
    hits: tuple[tuple[str, ...], ...]
    leftovers: int


def contents(store: Path, *, real: bool) -> tuple[Contents, dict[tuple[str, int], NDArray[np.float32]]]:
    with reading(store, real=real) as opened:
        articles = opened.articles()
        passages = {a.article_id: list(opened.passages(a.article_id)) for a in articles}
        hits = tuple(tuple(sorted(h.passage.text for h in opened.search(q, k=400))) for q in QUERIES)
        files = frozenset((f.path, f.root, f.source, f.size, f.digest, f.reason, f.article_id) for f in opened.files())
    with sqlite3.connect(store / "catalog.sqlite3") as catalog:
        rows = lambda query: list(catalog.execute(query))  # noqa: E731
        number = dict(rows("SELECT number, article_id FROM sketches"))
        first = {i: min(p.passage_id for p in own) for i, own in passages.items()}
        assert first == {i: n for n, i in number.items()} == dict(rows("SELECT article_id, first_id FROM codes"))
        found = Contents(
            articles=articles,
            passages={i: [(p.start, p.end, p.text) for p in own] for i, own in passages.items()},
            files=files,
            removed=frozenset(row[0] for row in rows("SELECT digest FROM removals")),
            stands_for=dict(rows("SELECT article_id, canonical_id FROM copies")),
            edges=frozenset(rows("SELECT one, other, relation FROM edges")),
            bands=frozenset((band, number[n]) for band, n in rows("SELECT band, number FROM bands")),
            sketches=frozenset(rows("SELECT article_id, sketch FROM sketches")),
            codes=frozenset(rows("SELECT article_id, n, '' FROM codes")),
            hits=hits,
            leftovers=rows("SELECT (SELECT count(*) FROM reservations) + (SELECT count(*) FROM superseded)")[0][0],
        )
    catalog.close()
    places = {p.passage_id: (i, p.start) for i, own in passages.items() for p in own}
    index, lexical = VectorIndex(store / VECTORS_FOLDER), LexicalIndex(store / "lexical")
    assert sorted(index.ids()) == sorted(lexical.ids()) == sorted(places)
    with index._system.shared() as collection:
        held = collection.get(include=["embeddings"])
    vectors = {places[int(i)]: np.asarray(v) for i, v in zip(held["ids"], held["embeddings"], strict=True)}
    index.close()
    lexical.close()
    return found, vectors


def assert_same(broken: Path, whole: Path, *, real: bool) -> None:
    """Law: what was stopped and gone on with is what was never stopped."""
    one, vectors = contents(broken, real=real)
    other, expected = contents(whole, real=real)
    for name in Contents.__dataclass_fields__:
        assert getattr(one, name) == getattr(other, name), name
    assert one.leftovers == 0
    assert vectors.keys() == expected.keys()
    assert min(float(vectors[place] @ expected[place]) for place in expected) > 0.9999


# --- the killing ------------------------------------------------------------------------------------------------------


def finish(process: ForkServerProcess, said: Path) -> None:
    process.join(PATIENCE_S)
    assert process.exitcode == 0, said.read_text()


def kill(work: Work, said: Path, after_s: float, number: signal.Signals) -> bool:
    """Start the work and stop it after that time; whether it was still at it."""
    process = start(work, said)
    process.join(after_s)
    if process.exitcode is not None:
        assert process.exitcode == 0, said.read_text()
        return False
    assert process.pid is not None
    with suppress(ProcessLookupError):  # it came to its end just now
        os.kill(process.pid, number)
    process.join(PATIENCE_S)
    assert process.exitcode is not None, "it does not stop when it is asked to"
    return process.exitcode != 0


def stop_many_times(tmp_path: Path, *, kills: int, real: bool, seed: int) -> Counter[str]:
    """Stop ingests, removals and rewrites until `kills` were stopped; the law after each, and the end compared."""
    rng = random.Random(seed)
    folder = Folder(tmp_path / "articles", rng)
    folder.fill()
    seen, said = Seen(), tmp_path / "said"
    ingest([folder.path], seen, prepare=prepare_with_fake)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    removed = tuple(f"retracted/{number}.txt" for number in range(3000, 3003))
    lasts: dict[str, float] = {}
    for what in ("ingest", "compact"):
        began = time.monotonic()
        finish(start(Work(whole, folder.path, what, real=real), said), said)
        lasts[what] = time.monotonic() - began
    lasts["remove"] = lasts["compact"]
    shutil.rmtree(whole)
    done: Counter[str] = Counter()
    first = True  # nothing was changed since the store was empty
    while done.total() < kills:
        what = "ingest" if first else rng.choice(["ingest"] * 7 + ["compact"] * 2 + ["remove"])
        work = Work(broken, folder.path, what, prune=rng.random() < 0.4, batch_size=BATCH, real=real, sources=removed)
        number = signal.SIGINT if rng.random() < 0.3 else signal.SIGKILL
        stopped = kill(work, said, rng.uniform(0.0, 1.05) * lasts[what], number)
        done[f"{what} {number.name}"] += stopped
        if not (broken / "catalog.sqlite3").exists():
            continue
        visible = assert_only_whole_articles(broken, seen.articles, real=real)
        assert not first or not stopped or visible % BATCH == 0, "half a batch is visible"
        if first and stopped and rng.random() < 0.6:
            continue
        first = False
        if rng.random() < 0.5:
            folder.change()
            ingest([folder.path], seen, prepare=prepare_with_fake)
    last = Work(broken, folder.path, prune=True, batch_size=BATCH, real=real)
    for store in (whole, broken):
        finish(start(replace(last, store=store), said), said)
        finish(start(replace(last, store=store, what="remove", sources=removed), said), said)
        finish(start(replace(last, store=store), said), said)  # both know why files that lie there are not in
    assert_same(broken, whole, real=real)
    for store in (whole, broken):
        finish(start(replace(last, store=store, what="compact"), said), said)
    assert_same(broken, whole, real=real)
    return done


def test_an_ingest_stopped_at_random_moments_ends_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    assert stop_many_times(tmp_path, kills=10, real=False, seed=1).total() >= 10


@pytest.mark.slow
@pytest.mark.parametrize(("real", "kills"), [(True, 110), (False, 200)])
def test_an_ingest_stopped_hundreds_of_times_ends_where_an_uninterrupted_one_does(
    tmp_path: Path, real: bool, kills: int
) -> None:
    began = time.monotonic()
    done = stop_many_times(tmp_path, kills=kills, real=real, seed=7)
    print(f"{done.total()} times stopped in {time.monotonic() - began:.0f} s: {dict(done)}")
    assert done.total() >= kills


# --- power loss: what was on the disk at one moment -------------------------------------------------------------------


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process stands still, every thread of it, unless it has come to its end."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
    try:
        with suppress(FileNotFoundError):
            while not all(is_still(task) for task in Path(f"/proc/{pid}/task").iterdir()):
                time.sleep(0.001)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def is_still(task: Path) -> bool:
    """Whether a thread does not run: stopped, or at its end."""
    try:
        state = (task / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return "State:\tT" in state or "State:\tZ" in state


def snapshots(work: Work, said: Path, into: Path, moments_s: Sequence[float]) -> list[Path]:
    """Copies of the store as it was at those moments of the work, which stood still meanwhile."""
    process = start(work, said)
    assert process.pid is not None
    taken = []
    for after_s in moments_s:
        process.join(after_s)
        if process.exitcode is not None:
            break
        with stopped(process.pid):
            if work.store.exists():
                taken.append(shutil.copytree(work.store, into / str(len(list(into.iterdir())))))
    finish(process, said)
    return taken


def test_the_store_as_it_was_at_any_moment_opens_and_is_gone_on_with(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "articles", random.Random(3))
    folder.fill()
    seen, said, whole, copies = Seen(), tmp_path / "said", tmp_path / "whole", tmp_path / "copies"
    copies.mkdir()
    ingest([folder.path], seen, prepare=prepare_with_fake)
    work = Work(whole, folder.path, prune=True, batch_size=BATCH)
    taken = snapshots(work, said, copies, [0.15] * 20)
    folder.change()
    ingest([folder.path], seen, prepare=prepare_with_fake)
    taken += snapshots(work, said, copies, [0.1] * 20)
    taken += snapshots(replace(work, what="compact"), said, copies, [0.05] * 20)
    assert len(taken) >= 6
    for store in taken:
        if (store / "catalog.sqlite3").exists():
            assert_only_whole_articles(store, seen.articles, real=False)
    for store in random.Random(4).sample(taken, k=4):
        finish(start(replace(work, store=store), said), said)
        finish(start(replace(work, store=store, what="compact"), said), said)
        assert_same(store, whole, real=False)


# --- two ingests at once ----------------------------------------------------------------------------------------------


def test_a_second_ingest_names_the_first_and_goes_on_when_that_was_killed(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "articles", random.Random(3), n=60)
    folder.fill()
    work = Work(tmp_path / "store", folder.path, batch_size=1)
    first, said = start(work, tmp_path / "first"), tmp_path / "said"
    assert first.pid is not None
    while not (work.store / "writer.json").exists():
        time.sleep(0.01)
    with stopped(first.pid), pytest.raises(StoreLockedError, match=rf"process {first.pid}, started 20\d\d-"):
        do(work)
    first.kill()
    first.join(PATIENCE_S)
    assert str(first.pid) in (work.store / "writer.json").read_text()
    second = start(replace(work, batch_size=64), said)
    while second.exitcode is None and str(second.pid) not in (work.store / "writer.json").read_text():
        time.sleep(0.01)
    finish(second, said)
    assert not (work.store / "writer.json").exists()
