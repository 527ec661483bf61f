"""How fast a large store is searched: hybrid, each index alone, and with a filter that keeps few of the articles.

    python -m evals.retrieval STORE QUESTIONS.jsonl

The questions are encoded beforehand, so what is timed is the search alone. It measures and prints; it holds no floor.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evals.metrics import percentile
from ingest.encode import DEFAULT_MODEL, load_encoder
from ingest.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ingest.encode import EncoderSpec
    from store import Filters, Store

__all__ = ["main_retrieval", "window_of"]

SHARE = 0.05  # of the dated articles, that the filter keeps
QUESTIONS = 200
_WARM_UP = 5


class _Beforehand:
    """An encoder that has done its work before the clock runs."""

    def __init__(self, questions: Sequence[str]) -> None:
        encoder = load_encoder(DEFAULT_MODEL)
        self.spec: EncoderSpec = encoder.spec
        self._vectors = dict(zip(questions, encoder.encode(questions), strict=True))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        return np.stack([self._vectors[text] for text in texts])


def main_retrieval(store: Path, questions: Path) -> int:
    """Measure and print; 0 when it could be done."""
    from store import Filters, open_store

    asked = _read(questions)
    with open_store(store, encoder=_Beforehand(asked)) as archive:
        days = sorted(a.published.day for a in archive.articles() if a.published.day is not None)
        windows = [window_of(days, start / 40) for start in range(38)]
        narrow = [Filters(first, last, undated=False) for first, last in windows]
        sys.stdout.write(f"{archive.n_passages:,} passages, {archive.coverage().n_articles:,} articles\n\n")
        sys.stdout.write(f"{'a search':44}{'p50 ms':>8}{'p95 ms':>8}\n")
        for name, filters, use in (
            ("hybrid", [Filters()], None),
            ("by vectors alone", [Filters()], {"dense"}),
            ("by words alone", [Filters()], {"lexical"}),
            (f"hybrid, days that {SHARE:.0%} of the articles have", narrow[:1], None),
            ("the same, other days each time", narrow, None),
        ):
            times = _time(archive, asked, filters, None if use is None else frozenset(use))
            sys.stdout.write(f"{name:44}{percentile(times, 50):8.1f}{percentile(times, 95):8.1f}\n")
            sys.stdout.flush()
    return 0


def window_of(days: Sequence[dt.date], start: float) -> tuple[dt.date, dt.date]:
    """The days of a share of SHARE of the articles, whose `days` are in order, from that share of them on."""
    if not days:
        raise UsageError("no article of the store has a known day: nothing can be filtered by it")
    at = int(start * len(days))
    return days[at], days[min(len(days) - 1, at + int(SHARE * len(days)))]


def _time(archive: Store, asked: Sequence[str], filters: Sequence[Filters], use: frozenset[str] | None) -> list[float]:
    from store.search import EVERY_PART

    times = []
    for i, question in enumerate(asked):
        started = time.perf_counter()
        archive.search(question, k=20, filters=filters[i % len(filters)], use=use or EVERY_PART)
        times.append(1000 * (time.perf_counter() - started))
    return times[_WARM_UP:]


def _read(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [str(json.loads(line)["question"]) for line in lines[:QUESTIONS]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} holds no questions, one JSON object with a `question` a line: {error}") from error


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m evals.retrieval", description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("questions", type=Path)
    options = parser.parse_args()
    sys.exit(main_retrieval(options.store, options.questions))
