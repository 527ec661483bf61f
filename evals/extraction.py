"""How well the selected body agrees with what a person marked as the article, over shingles of four words.

The measure is that of the article extraction benchmark: tokens `\\w+`, multisets of 4-grams of tokens (shorter texts:
one gram); true positives, false positives and false negatives of a page, divided by their sum; precision and recall
averaged over pages; F1 of the two averages. Source: scrapinghub/article-extraction-benchmark, evaluate.py.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ingest.body import choose_units, select_body
from ingest.errors import GoldError, ReadError
from ingest.read import SourceText, read_bytes

__all__ = ["ExtractionResult", "PageScore", "extract_eval", "main_extraction", "measure", "score_page"]

Field = Literal["text", "html"]

_TOKEN = re.compile(r"\w+")
_SHINGLE = 4
_LONG_LINE = 12  # words of a line that the simple baseline keeps
_RESAMPLES, _SEED = 1000, 13


@dataclass(frozen=True, slots=True)
class PageScore:
    """True positives, false positives and false negatives of one page, divided by their sum."""

    true_positive: float
    false_positive: float
    false_negative: float

    @property
    def precision(self) -> float:
        """1 when nothing is wrong and nothing missing, 0 when nothing is right."""
        if self.false_positive == self.false_negative == 0:
            return 1.0
        selected = self.true_positive + self.false_positive
        return self.true_positive / selected if selected else 0.0

    @property
    def recall(self) -> float:
        """1 when nothing is wrong and nothing missing, 0 when nothing is right."""
        if self.false_positive == self.false_negative == 0:
            return 1.0
        wanted = self.true_positive + self.false_negative
        return self.true_positive / wanted if wanted else 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Precision and recall averaged over pages, the F1 of the two averages and its 95% bootstrap interval."""

    f1: float
    precision: float
    recall: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ExtractionResult:
    """The outcome over one file: the selection, and two baselines that select without judging."""

    field: Field
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    scores: tuple[PageScore, ...]
    set_aside: int
    selected: Measured
    raw: Measured
    long_lines: Measured

    def table(self) -> str:
        """What a person reads; the last line is fixed: `extraction text F1 0.923 P 0.931 R 0.915 n 95`."""
        rows = [f"{'':<28}{'F1':>7}{'95% interval':>17}{'P':>8}{'R':>8}"]
        named = ("selected body", self.selected), ("lines of 12 words or more", self.long_lines), ("raw text", self.raw)
        for name, at in named:
            interval = f"{at.low:.3f} to {at.high:.3f}"
            rows.append(f"{name:<28}{at.f1:>7.3f}{interval:>17}{at.precision:>8.3f}{at.recall:>8.3f}")
        rows.append(f"pages without a selection: {self.set_aside}")
        at = self.selected
        rows.append(f"extraction {self.field} F1 {at.f1:.3f} P {at.precision:.3f} R {at.recall:.3f} n {len(self.ids)}")
        return "\n".join(rows)


def score_page(selected: str, article: str) -> PageScore:
    """Compare the text selected on a page with the article marked there; two empty texts agree."""
    found, wanted = _shingles(selected), _shingles(article)
    right = sum((found & wanted).values())
    wrong, missing = sum(found.values()) - right, sum(wanted.values()) - right
    total = right + wrong + missing
    return PageScore(right / total, wrong / total, missing / total) if total else PageScore(0.0, 0.0, 0.0)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = _TOKEN.findall(text)
    if not tokens:
        return Counter()
    return Counter(tuple(tokens[at : at + _SHINGLE]) for at in range(max(1, len(tokens) - _SHINGLE + 1)))


def measure(scores: Sequence[PageScore]) -> Measured:
    """Averages over pages, with a seeded percentile bootstrap over pages."""
    both = np.array([(score.precision, score.recall) for score in scores])
    precision, recall = both.mean(axis=0)
    picks = np.random.default_rng(_SEED).integers(0, len(both), size=(_RESAMPLES, len(both)))
    means = both[picks].mean(axis=1)
    low, high = np.quantile([_f1(*pair) for pair in means], (0.025, 0.975))
    return Measured(_f1(precision, recall), float(precision), float(recall), float(low), float(high))


def _f1(precision: float, recall: float) -> float:
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def extract_eval(path: Path, field: Field) -> ExtractionResult:
    """Select the body of every page of `path`, read through `field`, and measure it.

    `path` holds one JSON object a line (`.jsonl` or `.jsonl.gz`): `id`, `article_body`, and `text` or `html`.

    Raises:
        GoldError: The file is missing or empty, or a line is not such an object; names file and line.
    """
    ids, articles, sources, texts = [], [], [], []
    for page_id, article, page in _pages(path, field):
        source = _source(page, field)
        ids.append(page_id)
        articles.append(article)
        sources.append(source.text if source else "")
        texts.append(_selected(source) if source else "")
    if not ids:
        raise GoldError(f"{path}: no pages in it")
    scores = tuple(score_page(text, article) for text, article in zip(texts, articles, strict=True))
    raw = [score_page(text, article) for text, article in zip(sources, articles, strict=True)]
    long_lines = [score_page(_long_lines(text), article) for text, article in zip(sources, articles, strict=True)]
    set_aside = sum(not text for text in texts)
    measured = (measure(scores), measure(raw), measure(long_lines))
    return ExtractionResult(field, tuple(ids), tuple(texts), scores, set_aside, *measured)


def _pages(path: Path, field: str) -> Iterator[tuple[str, str, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _page(line, field, f"{path}, line {number}")
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise GoldError(f"{path}: cannot be read as pages: {error}") from error


def _page(line: str, field: str, where: str) -> tuple[str, str, str]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise GoldError(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict):
        raise GoldError(f"{where}: not a JSON object")
    for name in ("id", "article_body", field):
        if not isinstance(row.get(name), str):
            raise GoldError(f'{where}: it has no text under "{name}"')
    return row["id"], row["article_body"], row[field]


def _source(page: str, field: str) -> SourceText | None:
    if field == "text":
        return SourceText(page, "utf-8", "text/plain")
    try:
        return read_bytes(page.encode("utf-8", errors="replace"))
    except ReadError:
        return None


def _selected(source: SourceText) -> str:
    try:
        return "\n".join(span.of(source.text) for span in select_body(source))
    except ReadError:
        return ""


def _long_lines(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if len(_TOKEN.findall(line)) >= _LONG_LINE)


def cross_validate(path: Path, field: Field, folds: int) -> Measured:
    """Selection measured on pages of sites that its model was not trained on: trained anew for each fold of sites.

    The figure to quote for a file that the shipped model was trained on. About a minute of CPU a fold.
    """
    from ingest.train_body import read_pages, train

    pages = read_pages(path, field)
    sites = sorted({page.site for page in pages})
    order = np.random.default_rng(0).permutation(len(sites))
    fold_of = {site: int(place) % folds for site, place in zip(sites, order, strict=True)}
    scores = []
    for fold in range(folds):
        model = train([page for page in pages if fold_of[page.site] != fold])
        for page in pages:
            if fold_of[page.site] == fold:
                chosen = choose_units(page.units, model, page.hints)
                scores.append(score_page("\n".join(page.units[i].text for i in chosen), page.article))
    return measure(scores)


def main_extraction(file: Path, field: Field, out: Path | None, folds: int | None = None) -> int:
    """Print the report over `file`, and write `{"id", "text"}` a line to `out` if it is given.

    With `folds`, the model is trained anew on the other folds' sites instead of using the shipped one.
    """
    if folds is not None:
        measured = cross_validate(file, field, folds)
        sys.stdout.write(
            f"cross-validated over {folds} folds of sites, interval {measured.low:.3f} to {measured.high:.3f}\n"
        )
        sys.stdout.write(
            f"extraction {field} F1 {measured.f1:.3f} P {measured.precision:.3f} R {measured.recall:.3f}\n"
        )
        return 0
    result = extract_eval(file, field)
    if out is not None:
        rows = [
            json.dumps({"id": i, "text": text}, ensure_ascii=False)
            for i, text in zip(result.ids, result.texts, strict=True)
        ]
        out.write_text("\n".join(rows) + "\n", encoding="utf-8")
    sys.stdout.write(result.table() + "\n")
    return 0
