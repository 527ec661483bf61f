"""One pure function a measure, with its formula and source.

Every measure over many cases is a ratio of sums, Σ numerator / Σ denominator, over one `Part` a case. That one
form gives the value (`pooled`) and its interval (`bootstrap_interval`) for means, pooled rates and F1 alike.

The ranking measures are written out rather than taken from ranx: on these questions its import and first
compilation took 24 s, it warned on stderr and wrote folders into the home directory; the two functions are
four lines, and their tests hold values worked by hand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.reader.spans import f1, normalise_answer
from evals.gold import Evidence, Need
from ingest.article import Span

__all__ = [
    "Interval",
    "Part",
    "abstention_f1",
    "abstention_precision",
    "abstention_recall",
    "area_under_risk",
    "bootstrap_interval",
    "calibration_error",
    "citation_precision",
    "citation_recall",
    "contains",
    "evidence_covered",
    "is_exact",
    "is_right",
    "mean_part",
    "normalise_answer",
    "paired_difference",
    "percentile",
    "pooled",
    "recall_at_k",
    "reciprocal_rank",
    "risk_coverage",
    "stands_in",
    "token_f1",
    "word_line",
]

MARKER = re.compile(r"\[\d+\]")
CALIBRATION_BINS = 10
BOOTSTRAP_ROUNDS = 1000


class Part(NamedTuple):
    """What one case adds to a measure. A case that the measure does not concern adds (0, 0)."""

    numerator: float
    denominator: float


class Interval(NamedTuple):
    """Both ends of an interval; they lie on the scale of the measure."""

    low: float
    high: float


# --- words of an answer -------------------------------------------------------------------------------------


def contains(text: str, answers: Sequence[str], *, need: Need = "any") -> bool:
    """Whether one of `answers` (or each, for need "all") stands in `text` as whole words, normalised.

    Citation markers are taken out and hyphens part words first, so "London" is found in "London-based [1]".
    No `answers`: False.
    """
    words = word_line(text)
    found = [stands_in(word_line(answer), words) for answer in answers]
    return bool(found) and (all(found) if need == "all" else any(found))


def word_line(text: str) -> str:
    """The normalised words of `text` with a space at either end, so that `in` finds whole words; "" of none."""
    words = _words(text)
    return f" {words} " if words else ""


def stands_in(answer: str, words: str) -> bool:
    """Whether the words of one `word_line` stand in another; no words stand nowhere."""
    return bool(answer) and answer in words


def token_f1(short: str | None, answers: Sequence[str], *, need: Need = "any") -> float:
    """F1 = 2PR / (P + R) over the bags of normalised words, best over `answers`; for "all", against them joined.

    None or nothing left after normalising: 0. Source: Rajpurkar et al. 2016, section 6.1.
    """
    references = [" ".join(answers)] if need == "all" else answers
    return f1(short or "", references)


def _words(text: str) -> str:
    return normalise_answer(MARKER.sub(" ", text).replace("-", " "))


# --- ranking and citations ----------------------------------------------------------------------------------


def evidence_covered(sources: Sequence[str], span: Span, evidence: Sequence[Evidence]) -> frozenset[int]:
    """Which of `evidence`, by index, the words at `span` overlap; `sources` are the names of the one article."""
    return frozenset(
        i for i, e in enumerate(evidence) if e.source in sources and any(span.overlaps(place) for place in e.spans)
    )


def recall_at_k(ranked: Sequence[frozenset[int]], n_evidence: int, *, k: int) -> float:
    """|evidence covered by the first k hits| / |evidence|. `ranked` holds what each hit covers, best first.

    Source: Manning, Raghavan and Schütze 2008, section 8.4.
    """
    return len(frozenset[int]().union(*ranked[:k])) / n_evidence


def reciprocal_rank(ranked: Sequence[frozenset[int]]) -> float:
    """1 / the rank of the first hit that covers any evidence; 0 when none does. Its mean is MRR.

    Source: Voorhees 1999, TREC-8 question answering track.
    """
    return next((1 / rank for rank, covered in enumerate(ranked, start=1) if covered), 0.0)


def is_exact(source_text: str, start: int, end: int, quote: str) -> bool:
    """Whether `source_text[start:end] == quote`: the law of every citation."""
    return source_text[start:end] == quote


def citation_precision(cited: Sequence[frozenset[int]]) -> Part:
    """Citations that overlap evidence / citations. `cited` holds what each citation covers.

    Source: Gao et al. 2023, ALCE, section 3, with overlap of spans standing in for entailment.
    """
    return Part(sum(bool(covered) for covered in cited), len(cited))


def citation_recall(cited: Sequence[frozenset[int]], n_evidence: int) -> Part:
    """Evidence that a citation overlaps / evidence. Source: as `citation_precision`."""
    return Part(len(frozenset[int]().union(*cited)), n_evidence)


def is_right(*, answered: bool, found: bool, cited: Sequence[frozenset[int]]) -> bool:
    """Answered, with the expected words in the answer, and with a citation that overlaps the evidence."""
    return answered and found and any(cited)


# --- abstention: the positive class is "declined" -----------------------------------------------------------


def abstention_precision(*, declined: bool, answerable: bool) -> Part:
    """Rightly declined / declined."""
    return Part(declined and not answerable, declined)


def abstention_recall(*, declined: bool, answerable: bool) -> Part:
    """Rightly declined / unanswerable."""
    return Part(declined and not answerable, not answerable)


def abstention_f1(*, declined: bool, answerable: bool) -> Part:
    """2 rightly declined / (declined + unanswerable), which is 2PR / (P + R).

    Source: van Rijsbergen 1979, chapter 7, with equal weights.
    """
    return Part(2 * (declined and not answerable), declined + (not answerable))


# --- over many cases ----------------------------------------------------------------------------------------


def mean_part(value: float | None) -> Part:
    """A case's share of a plain mean; None: the measure does not concern the case."""
    return Part(0, 0) if value is None else Part(value, 1)


def pooled(parts: Sequence[Part]) -> float | None:
    """Σ numerator / Σ denominator; None when the denominators sum to nothing."""
    denominator = sum(part.denominator for part in parts)
    return sum(part.numerator for part in parts) / denominator if denominator else None


def bootstrap_interval(
    parts: Sequence[Part], *, level: float = 0.95, rounds: int = BOOTSTRAP_ROUNDS, seed: int = 0
) -> Interval | None:
    """The percentile bootstrap interval of `pooled(parts)` over resampled cases; None where it is undefined.

    Cases that the measure does not concern are left out first, so every resample has a value.
    Source: Efron and Tibshirani 1993, chapter 13.
    """
    table = np.array([part for part in parts if part.denominator], dtype=np.float64)
    if not len(table):
        return None
    drawn = np.random.default_rng(seed).integers(len(table), size=(rounds, len(table)))
    sums = table[drawn].sum(axis=1)
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(sums[:, 0] / sums[:, 1], [tail, 100 - tail])
    return Interval(float(low), float(high))


def percentile(values: Sequence[float], q: float) -> float | None:
    """The value below which `q` percent of `values` lie, interpolated linearly; None of no values.

    Source: Hyndman and Fan 1996, definition 7.
    """
    return float(np.percentile(np.asarray(values), q)) if values else None


def paired_difference(
    now: Sequence[Part],
    before: Sequence[Part],
    *,
    level: float = 0.95,
    rounds: int = 2 * BOOTSTRAP_ROUNDS,
    seed: int = 0,
) -> tuple[float, Interval] | None:
    """`pooled(now)` - `pooled(before)` over the same cases, in the same order, and its percentile bootstrap interval.

    Cases that neither side concerns are left out; a resample in which a side has no value counts as no difference.
    None where either side is undefined. Source: Efron and Tibshirani 1993, chapter 16; Koehn 2004, Statistical
    Significance Tests for Machine Translation Evaluation, section 3.
    """
    pairs = [(a, b) for a, b in zip(now, before, strict=True) if a.denominator or b.denominator]
    left, right = pooled([a for a, _ in pairs]), pooled([b for _, b in pairs])
    if left is None or right is None:
        return None
    table = np.array([(*a, *b) for a, b in pairs], dtype=np.float64)
    drawn = np.random.default_rng(seed).integers(len(table), size=(rounds, len(table)))
    sums = table[drawn].sum(axis=1)
    defined = (sums[:, 1] > 0) & (sums[:, 3] > 0)
    safe = np.where(defined[:, None], sums, 1.0)
    differences = safe[:, 0] / safe[:, 1] - safe[:, 2] / safe[:, 3]
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(differences, [tail, 100 - tail])
    return left - right, Interval(float(low), float(high))


# --- confidence ---------------------------------------------------------------------------------------------


def risk_coverage(confidences: Sequence[float], correct: Sequence[bool]) -> list[tuple[float, float]]:
    """(coverage, risk) as ever more questions are answered, the surest first: risk is the share of them wrong.

    Questions of equal confidence are answered together, so the curve depends on no order. Empty of no questions.
    Source: El-Yaniv and Wiener 2010, On the Foundations of Noise-free Selective Classification, section 2.
    """
    wrong = [(confidence, not right) for confidence, right in zip(confidences, correct, strict=True)]
    wrong.sort(key=lambda pair: -pair[0])
    curve: list[tuple[float, float]] = []
    errors = 0
    for answered, (confidence, is_wrong) in enumerate(wrong, start=1):
        errors += is_wrong
        if answered == len(wrong) or wrong[answered][0] < confidence:
            curve.append((answered / len(wrong), errors / answered))
    return curve


def area_under_risk(curve: Sequence[tuple[float, float]]) -> float | None:
    """∫ risk d coverage, each step's risk over the coverage that it adds; 0 is best, None of no questions.

    Source: Geifman, Uziel and El-Yaniv 2019, Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers,
    section 3 (AURC).
    """
    if not curve:
        return None
    starts = [0.0, *(coverage for coverage, _ in curve[:-1])]
    return sum(risk * (coverage - start) for (coverage, risk), start in zip(curve, starts, strict=True))


def calibration_error(
    confidences: Sequence[float], correct: Sequence[bool], *, bins: int = CALIBRATION_BINS
) -> float | None:
    """Σ over equal-width bins of confidence: share of the answers in it · |share correct - mean confidence|.

    None of no answers. Source: Guo et al. 2017, On Calibration of Modern Neural Networks, equation 3 (ECE).
    """
    if not confidences:
        return None
    sure, right = np.asarray(confidences, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(right[bin_of == b].sum() - sure[bin_of == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(sure))
