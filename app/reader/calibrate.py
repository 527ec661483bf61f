"""Fit the judge: `python -m app.reader.calibrate --data DIR --work DIR` writes app/reader/judge.json.

What the network's weights were not fitted to: the weekly questions and the written ones about news of the calibration
weeks, and archives of held-out paragraphs, each of the three counted the same. First how much speaks for a candidate
counts (lists of candidates, the right ones among them), then how sure to be of the best answer (logistic). Figures are
across folds: no question is judged by weights fitted to it.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.question import read_question
from app.reader.archives import Asked, news_archive, squad_archives, written_archives
from app.reader.evidence import (
    CANDIDATE_FEATURES,
    CONFIDENCE_FEATURES,
    Candidate,
    candidates_of,
    confidence_row,
    pooled,
)
from app.reader.judge import JUDGE_PATH, JUDGE_VERSION, Linear
from app.reader.passages import PassageReader, PassageReading
from app.reader.spans import f1
from ingest.errors import DatelineError
from store.lexical import terms

__all__ = ["Judged", "fit_choice", "fit_confidence", "judge_all", "main", "read_all"]

_log = logging.getLogger(__name__)
Floats = NDArray[np.float64]
FOLDS = 5
LOST = 0.06
"""Share of the right answers that the shipped threshold may lose on the calibration questions."""
_ENOUGH_F1, _SOME_F1 = 0.5, 0.3


@dataclass(frozen=True, slots=True)
class Read:
    """A question with what the network made of its passages; `right` (n,) says which candidates are right."""

    asked: Asked
    readings: tuple[PassageReading, ...]
    candidates: tuple[Candidate, ...]
    right: NDArray[np.bool_]

    @property
    def rows(self) -> Floats:
        """(n, len(CANDIDATE_FEATURES))."""
        return np.stack([c.row for c in self.candidates])


@dataclass(frozen=True, slots=True)
class Judged:
    """The best answer to a question: its confidence row, and whether it is right."""

    read: Read
    best: Candidate
    row: Floats
    right: bool


def read_all(asked: Sequence[Asked], network: PassageReader) -> list[Read]:
    """What the network makes of each question; rarity is counted over the passages of its archive."""
    rarity = {name: _rarity([a for a in asked if a.archive == name]) for name in {a.archive for a in asked}}
    found = []
    for number, one in enumerate(asked, start=1):
        question = read_question(one.question)
        readings = network.read(one.question, [(t.headline, t.text) for t in one.told])
        candidates = candidates_of(question, one.told, readings, rarity[one.archive])
        if candidates:
            right = np.array([_is_right(one, c) for c in candidates])
            found.append(Read(one, readings, candidates, right))
        if number % 100 == 0:
            _log.info("%d of %d questions read", number, len(asked))
    return found


def _is_right(asked: Asked, candidate: Candidate) -> bool:
    if asked.group != "answerable":
        return False
    text = asked.told[candidate.passage].text
    said = candidate.answer.of(text)
    if not read_question(asked.question).factual:  # answered with the sentence
        return asked.is_right(candidate.sentence.of(text)) or f1(said, asked.answers) >= _SOME_F1
    few = len(said.split()) <= max(len(a.split()) for a in asked.answers) + 6
    return (few and asked.is_right(said)) or f1(said, asked.answers) >= _ENOUGH_F1


def _rarity(asked: Sequence[Asked]) -> Callable[[str], float]:
    """How rare a stem is among the passages that the questions of an archive found, 0..1."""
    texts = {t.text: frozenset(terms(t.text)) for a in asked for t in a.told}
    counts: dict[str, int] = {}
    for stems in texts.values():
        for stem in stems:
            counts[stem] = counts.get(stem, 0) + 1
    size = max(1, len(texts))

    @cache
    def weigh(stem: str) -> float:
        n = counts.get(stem, 0)
        return math.log(1 + (size - n + 0.5) / (n + 0.5)) / math.log(1 + (size + 0.5) / 0.5)

    return weigh


# --- fitting ----------------------------------------------------------------------------------------------------------


_FOR = frozenset(
    "span relevance relevance_to_best found found_to_best best_of_passage agreeing same_elsewhere passage_tells"
    " sentence_tells mentions_told fits best_share margin most_relevant score sentence_mentions sentence_share".split()
)
_AGAINST = frozenset("rank in_question misfits".split())


def _bounds(names: Sequence[str]) -> list[tuple[float | None, float | None]]:
    """What can only speak for an answer, or against it, does: a few hundred questions would sometimes say otherwise."""
    return [(0.0 if n in _FOR else None, 0.0 if n in _AGAINST else None) for n in names]


def fit_choice(read: Sequence[Read], *, penalty: float = 0.004) -> Linear:
    """Weights that give the right candidates of a list the most of its softmax."""
    from scipy.optimize import minimize

    known = [r for r in read if 0 < r.right.sum() < len(r.right)]
    lists = [(r.rows, r.right) for r in known]
    shares = _shares([r.asked for r in known])

    def loss(w: Floats) -> tuple[float, Floats]:
        total, slope = penalty * float(w @ w), 2 * penalty * w
        for (rows, right), share in zip(lists, shares, strict=True):
            scores = rows @ w
            p = np.exp(scores - scores.max())
            p /= p.sum()
            q = np.where(right, p, 0.0)
            total -= share * math.log(max(1e-12, float(q.sum())))
            slope = slope + share * (rows.T @ (p - q / max(1e-12, float(q.sum()))))
        return total, slope

    start = np.zeros(len(CANDIDATE_FEATURES))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=_bounds(CANDIDATE_FEATURES))
    return Linear(CANDIDATE_FEATURES, np.asarray(found.x), 0.0)


def _shares(asked: Sequence[Asked]) -> Floats:
    """How much each question counts: the kinds of archives the same."""
    kinds = [_kind(a) for a in asked]
    counts = Counter(kinds)
    return np.array([1 / (len(counts) * counts[k]) for k in kinds])


def _kind(asked: Asked) -> str:
    if asked.archive.startswith("written:"):
        return "written"
    return "paragraphs" if ".json" in asked.archive else "news"


def judge_all(read: Sequence[Read], choose: Linear) -> list[Judged]:
    """The best answer to each question."""
    found = []
    for one in read:
        scores = choose(one.rows)
        answers = pooled(one.candidates, one.asked.told, scores)
        row = confidence_row(read_question(one.asked.question), one.candidates, one.readings, scores, answers)
        best = answers[0][1][0]
        found.append(Judged(one, one.candidates[best], row, bool(one.right[best])))
    return found


def fit_confidence(judged: Sequence[Judged], *, penalty: float = 0.002) -> Linear:
    """The log-odds that a best answer is right, of its confidence row; questions *elsewhere* say nothing of it."""
    from scipy.optimize import minimize

    known = [j for j in judged if j.read.asked.group != "elsewhere"]
    rows = np.stack([np.append(j.row, 1.0) for j in known])
    right = np.array([float(j.right) for j in known])
    shares = _shares([j.read.asked for j in known])
    free = np.append(np.ones(len(CONFIDENCE_FEATURES)), 0.0)  # the bias is not held down

    def loss(w: Floats) -> tuple[float, Floats]:
        odds = rows @ w
        chance = 1 / (1 + np.exp(-odds))
        total = float(shares @ (np.logaddexp(0.0, odds) - right * odds)) + penalty * float(w @ (free * w))
        slope = rows.T @ (shares * (chance - right)) + 2 * penalty * free * w
        return total, np.asarray(slope)

    bounds = [*_bounds(CONFIDENCE_FEATURES), (None, None)]
    found = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds)
    return Linear(CONFIDENCE_FEATURES, np.asarray(found.x[:-1]), float(found.x[-1]))


def _chances(judged: Sequence[Judged], confidence: Linear) -> Floats:
    return np.asarray(1 / (1 + np.exp(-confidence(np.stack([j.row for j in judged])))))


def across_folds(read: Sequence[Read]) -> list[tuple[Judged, float]]:
    """Each question judged with weights fitted to the other folds, and its confidence."""
    order = np.random.default_rng(7).permutation(len(read)) % FOLDS
    found: list[tuple[Judged, float]] = []
    for fold in range(FOLDS):
        train = [r for r, f in zip(read, order, strict=True) if f != fold]
        test = [r for r, f in zip(read, order, strict=True) if f == fold]
        choose = fit_choice(train)
        confidence = fit_confidence(judge_all(train, choose))
        judged = judge_all(test, choose)
        found.extend(zip(judged, _chances(judged, confidence).tolist(), strict=True))
    return found


def choose_threshold(judged: Sequence[tuple[Judged, float]], lost: float) -> float:
    """The highest confidence below which at most a share `lost` of the right answers lies."""
    right = sorted(c for j, c in judged if j.right)
    return math.floor(1000 * right[int(lost * len(right))]) / 1000 if right else 0.5


def calibration_error(judged: Sequence[tuple[Judged, float]], bins: int = 10) -> float:
    """Expected calibration error over `bins` of equal width."""
    known = [(c, j.right) for j, c in judged if j.read.asked.group != "elsewhere"]
    held: dict[int, list[tuple[float, bool]]] = {}
    for c, right in known:
        held.setdefault(min(bins - 1, int(c * bins)), []).append((c, right))
    gaps = [abs(sum(c for c, _ in h) - sum(r for _, r in h)) for h in held.values()]
    return sum(gaps) / max(1, len(known))


def figures(judged: Sequence[tuple[Judged, float]], threshold: float) -> str:
    """One line a kind of archive: best answer right, declined where absent, at `threshold` and at 15% lost."""
    lines = []
    for name in ("news", "paragraphs", "written"):
        part = [(j, c) for j, c in judged if _kind(j.read.asked) == name]
        answerable = [(j, c) for j, c in part if j.read.asked.group == "answerable"]
        absent = [c for j, c in part if j.read.asked.group == "absent"]
        if not answerable or not absent:
            continue
        right = [c for j, c in answerable if j.right]
        at = choose_threshold(part, 0.15)
        lines.append(
            f"{name}: {len(answerable)} answerable, best answer right {len(right) / len(answerable):.3f}; "
            f"at {threshold:.3f} keeps {np.mean([c >= threshold for c in right]):.3f} of them and declines "
            f"{np.mean([c < threshold for c in absent]):.3f} of {len(absent)} absent; at 15% lost ({at:.3f}) declines "
            f"{np.mean([c < at for c in absent]):.3f}; calibration error {calibration_error(part):.3f}"
        )
    return "\n".join(lines)


def calibrate(data: Path, work: Path, network: PassageReader, out: Path = JUDGE_PATH) -> str:
    """Read, fit, and write the judge of `network` to `out`; returns the figures across folds."""
    span = "calibration-2023"
    asked = [*news_archive(data, span, work), *squad_archives(data, seed=7), *written_archives(data, span)]
    read = read_all(asked, network)
    folds = across_folds(read)
    threshold = choose_threshold(folds, LOST)
    choose = fit_choice(read)
    confidence = fit_confidence(judge_all(read, choose))
    judge = {
        "version": JUDGE_VERSION, "network": network.digest, "threshold": threshold,
        "choose": choose.to_json(), "confidence": confidence.to_json(),
    }  # fmt: skip
    out.write_text(json.dumps(judge, indent=1) + "\n", encoding="utf-8")
    return figures(folds, threshold)


def main(argv: Sequence[str] | None = None) -> int:
    """Fit the judge of the shipped network again."""
    parser = argparse.ArgumentParser(prog="python -m app.reader.calibrate", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds squadshifts/ and realtimeqa/")
    parser.add_argument("--work", type=Path, required=True, help="folder for the indexes of the held-out weeks")
    parser.add_argument("--out", type=Path, default=JUDGE_PATH)
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        _log.info("%s", calibrate(arguments.data, arguments.work, PassageReader(), arguments.out))
    except DatelineError as error:
        _log.error("error: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
