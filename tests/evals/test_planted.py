"""The shipped gate is closed by each regression that it is there to notice, and open without one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.answer import Abstention, Answer
from app.reader.passages import PassageReader
from evals.__main__ import BASELINE, Options, measure
from evals.gate import changes, drifts, load_baseline, objections
from evals.lookup import LOOKUPS
from evals.record import Record
from evals.report import MEASURES
from evals.run import INVENTED, Ask, Corpus, open_corpus

pytestmark = pytest.mark.slow  # asks every gold question anew for each stage left out; `make test` runs the gate itself
Plant = Callable[[Answer], Answer]


class Archive:
    """Both sets of articles, opened once; what was answered is kept, since most plants change answers alone."""

    def __init__(self) -> None:
        self._opened: dict[tuple[str, frozenset[str]], Corpus] = {}
        self._answers: dict[tuple[object, ...], Answer] = {}

    def opened(
        self, without: frozenset[str] = frozenset(), plant: Plant = lambda answer: answer
    ) -> Callable[..., Corpus]:
        """Stands in for `open_corpus`: every corpus without those stages, every answer changed by `plant`.

        The invented archive keeps all stages: what a stage buys has to show on the others, in half of the time.
        """

        def open_planted(articles: Path, threshold: float | None) -> Corpus:
            left_out = frozenset[str]() if articles == INVENTED else without
            key = (str(articles), left_out)
            if key not in self._opened:
                self._opened[key] = open_corpus(articles, threshold, without=left_out)
            corpus = self._opened[key]
            return replace(corpus, ask=self._kept(key, corpus.ask, plant), close=lambda: None)

        return open_planted

    def _kept(self, key: tuple[object, ...], ask: Ask, plant: Plant) -> Ask:
        def answer(question: str, *, history: Sequence[str], as_of: dt.date | None = None) -> Answer:
            at = (*key, question, tuple(history), as_of)
            if at not in self._answers:
                self._answers[at] = ask(question, history=history, as_of=as_of)
            return plant(self._answers[at])

        return answer

    def close(self) -> None:
        for corpus in self._opened.values():
            corpus.close()


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    # A passage is read by itself, so whatever else is missing changes no reading.
    opened, reader = Archive(), PassageReader(kept=1_000_000)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("app.reader.cross.PassageReader", lambda: reader)
        yield opened
    opened.close()


def objected(record: Record) -> tuple[str, ...]:
    return objections(record, load_baseline(BASELINE, measures=(*MEASURES, *LOOKUPS)))


def lost(record: Record) -> set[str]:
    """The measures that are worse than the baseline by more than chance."""
    baseline = load_baseline(BASELINE, measures=(*MEASURES, *LOOKUPS))
    assert not drifts(record, baseline)
    return {change.measure for change in changes(record, baseline) if change.is_loss}


def test_without_a_regression_the_gate_is_open(archive: Archive) -> None:
    assert objected(measure(Options(), archive.opened())) == ()


def test_a_citation_shifted_by_one_character_closes_it(archive: Archive) -> None:
    def shift(answer: Answer) -> Answer:
        return replace(answer, citations=tuple(replace(c, start=c.start + 1, end=c.end + 1) for c in answer.citations))

    assert any("citation_exact" in o for o in objected(measure(Options(), archive.opened(plant=shift))))


def test_declining_always_closes_it(archive: Archive) -> None:
    def decline(answer: Answer) -> Answer:
        said_nothing = Abstention("The articles do not say.", answer.query)
        return replace(answer, short=None, statements=(), citations=(), abstention=said_nothing)

    assert "right" in lost(measure(Options(), archive.opened(plant=decline)))


def test_answering_always_closes_it(archive: Archive) -> None:
    assert "abstention_recall" in lost(measure(Options(), archive.opened(frozenset({"abstention"}))))


def test_dropping_bm25_closes_it(archive: Archive) -> None:
    assert "lookup_by_words" in lost(measure(Options(), archive.opened(frozenset({"bm25"}))))


def test_dropping_the_vectors_closes_it(archive: Archive) -> None:
    assert "lookup_by_meaning" in lost(measure(Options(), archive.opened(frozenset({"dense"}))))


def test_returning_furniture_closes_it(archive: Archive) -> None:
    assert objected(measure(Options(), archive.opened(frozenset({"selection"}))))
