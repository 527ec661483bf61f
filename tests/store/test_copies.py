"""Copies and versions in the catalogue are a function of the articles alone, and a text in many files costs little."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from ingest.clusters import FIRST
from ingest.job import PreparedArticle
from store.commit import WritableCatalog
from store.corrections import Correction
from store.schema import EDGES
from tests.conftest import batch_of, fake_build, prepare
from tests.ingest.test_duplicates import ARTICLE

MANY = 2 * FIRST
_RELEASE = " ".join(ARTICLE.split()[:90])

Open = Callable[[], WritableCatalog]


@pytest.fixture
def new_catalog(tmp_path: Path) -> Iterator[Open]:
    """Makes empty catalogues."""
    made: list[WritableCatalog] = []

    def make() -> WritableCatalog:
        (path := tmp_path / str(len(made))).mkdir()
        made.append(WritableCatalog.create(path))
        made[-1].reset(fake_build())
        return made[-1]

    yield make
    for catalog in made:
        catalog.close()


def printed(n: int) -> list[PreparedArticle]:
    """One release as `n` outlets print it: on two days or without one, each names itself, every tenth has a figure."""
    days = [dt.date(2021, 3, 2), dt.date(2021, 3, 1), dt.date(2021, 3, 2), None]
    texts = [_RELEASE + f" Printed by the {chr(97 + at // 26)}{chr(97 + at % 26)}post." for at in range(n)]
    texts = [text.replace("212", f"{300 + at}") if at % 10 == 4 else text for at, text in enumerate(texts)]
    return [prepare(text, source=f"{at}.txt", day=days[at % 4]) for at, text in enumerate(texts)]


def write(catalog: WritableCatalog, articles: Sequence[PreparedArticle], removed: Collection[str] = ()) -> None:
    ids = catalog.reserve(sum(len(a.spans) for a in articles))
    catalog.commit(batch_of(*articles, removed=list(removed)), articles, ids)


def found(catalog: WritableCatalog) -> tuple[set[tuple[str, str, str]], dict[str, str]]:
    """The edges, and which article stands for which."""
    with catalog.begin() as c:
        edges = {(row.one, row.other, row.relation) for row in c.execute(sa.select(EDGES))}
    return edges, catalog.stands_for()


def in_batches(articles: Sequence[PreparedArticle], cuts: Iterable[int]) -> Iterator[Sequence[PreparedArticle]]:
    for start, end in itertools.pairwise([0, *cuts, len(articles)]):
        yield articles[start:end]


@pytest.mark.parametrize("seed", range(2))
def test_a_text_in_many_files_has_one_graph_whatever_the_order_and_the_batches(new_catalog: Open, seed: int) -> None:
    articles = printed(MANY)
    chance = random.Random(seed)
    mixed = chance.sample(articles, MANY)
    one, other = new_catalog(), new_catalog()
    write(one, articles)
    for batch in in_batches(mixed, sorted(chance.sample(range(1, MANY), 6))):
        write(other, batch)
    assert found(other) == found(one)
    assert {relation for _, _, relation in found(one)[0]} == {"copy", "version"}


@pytest.mark.parametrize("seed", range(2))
def test_of_a_text_in_many_files_those_that_leave_leave_no_trace(new_catalog: Open, seed: int) -> None:
    articles = random.Random(seed).sample(printed(MANY), MANY)
    one, other = new_catalog(), new_catalog()
    write(one, articles[6:])
    write(other, articles)
    for some in (articles[:1], articles[1:6]):
        write(other, [], removed=[a.article.source for a in some])
    assert found(other) == found(one)


@pytest.mark.parametrize("day", [dt.date(2021, 2, 1), dt.date(2021, 4, 1)])
def test_a_day_put_right_leaves_the_graph_that_the_right_day_would_have_made(new_catalog: Open, day: dt.date) -> None:
    articles = printed(MANY)
    at = 1 if day > dt.date(2021, 3, 2) else MANY - 1  # of the first, or of no known day
    source = articles[at].article.source
    right = prepare(articles[at].source_text, source=source, day=day)
    one, other = new_catalog(), new_catalog()
    write(one, [*articles[:at], right, *articles[at + 1 :]])
    write(other, articles)
    assert found(other) != found(one)
    other.correct(source, Correction(published=day))
    assert found(other) == found(one)
    other.correct(source, None)
    again = new_catalog()
    write(again, articles)
    assert found(other) == found(again)


def test_a_text_in_many_files_makes_edges_to_the_first_alone(new_catalog: Open) -> None:
    catalog, many = new_catalog(), 6 * FIRST
    texts = [f"{_RELEASE} Printed by the {chr(97 + at // 26)}{chr(97 + at % 26)}post." for at in range(many)]
    for batch in in_batches([prepare(text, source=f"{at}.txt") for at, text in enumerate(texts)], [50]):
        write(catalog, batch)
    edges, stands_for = found(catalog)
    assert len(edges) < 2 * FIRST * many < many * (many - 1) // 2
    assert len(set(stands_for.values())) == 1
    assert len(stands_for) == many - 1
