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
from ingest.body_model import page_digest, trained_on
from ingest.errors import GoldError, ReadError
from ingest.extractor import EXTRACTORS, extractions
from ingest.read import SourceText, read_bytes

__all__ = ["FIELDS", "ExtractionResult", "PageScore", "extract_eval", "main_extraction", "measure", "score_page"]

Field = Literal["html", "text"]
FIELDS: tuple[Field, ...] = ("html", "text")

_TOKEN = re.compile(r"\w+")
_SHINGLE = 4
_LONG_LINE = 12  # words of a line that the simple baseline keeps
_RIVALS = {"balanced": "trafilatura", "strict": "trafilatura, strict", "readability": "readability"}
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
    """The outcome over one file: the selection, and beside it what others take of the same pages.

    `basis` says on what the figures rest: pages that the model was trained on, other pages, or folds of sites.
    """

    field: Field
    basis: str
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    scores: tuple[PageScore, ...]
    set_aside: int
    selected: Measured
    others: tuple[tuple[str, Measured], ...]

    def table(self) -> str:
        """What a person reads; the last line is fixed: `extraction text F1 0.923 P 0.931 R 0.915 n 95`."""
        rows = [f"{self.field}, {len(self.ids)} pages, {self.basis}"]
        rows.append(f"{'':<28}{'F1':>7}{'95% interval':>17}{'P':>8}{'R':>8}")
        for name, at in (("selected body", self.selected), *self.others):
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


def extract_eval(path: Path, field: Field, folds: int | None = None) -> ExtractionResult:
    """Select the body of every page of `path`, read through `field`, and measure it beside what others take.

    `path` holds one JSON object a line (`.jsonl` or `.jsonl.gz`): `id`, `article_body`, and `text` or `html`. With
    `folds`, each page is selected by a model that was trained anew on pages of other sites (then `url` is needed too):
    the figure to quote for pages that the shipped model was trained on.

    Raises:
        GoldError: The file is missing or empty, or a line is not such an object; names file and line.
    """
    pages = list(_pages(path, field))
    if not pages:
        raise GoldError(f"{path}: no pages in it")
    ids, articles, raw = zip(*pages, strict=True)
    sources = [_source(page, field) for page in raw]
    if folds:
        texts = _cross_validated(path, field, folds)
    else:
        texts = [_selected(source) if source else "" for source in sources]
    others: dict[str, Sequence[str]] = {}
    if field == "html":
        others = {_RIVALS[name]: taken for name, taken in zip(EXTRACTORS, _extracted(raw), strict=True)}
    shown = [source.text if source else "" for source in sources]
    others |= {f"lines of {_LONG_LINE} words or more": [_long_lines(text) for text in shown], "raw text": shown}
    scores = _scores(texts, articles)
    return ExtractionResult(
        field,
        f"cross-validated over {folds} folds of sites" if folds else _basis(articles),
        ids,
        tuple(texts),
        scores,
        sum(not text for text in texts),
        measure(scores),
        tuple((name, measure(_scores(taken, articles))) for name, taken in others.items()),
    )


def _scores(texts: Sequence[str], articles: Sequence[str]) -> tuple[PageScore, ...]:
    return tuple(score_page(text, article) for text, article in zip(texts, articles, strict=True))


def _extracted(pages: Sequence[str]) -> list[Sequence[str]]:
    """For each of EXTRACTORS what it takes of every page."""
    return list(zip(*map(extractions, pages), strict=True))


def _basis(articles: Sequence[str]) -> str:
    known = sum(page_digest(article) in trained_on() for article in articles)
    if not known:
        return "none of which the model was trained on"
    return f"{known} of which the model was TRAINED ON: not a figure of quality, which --folds 5 gives"


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


def _cross_validated(path: Path, field: Field, folds: int) -> list[str]:
    """What is selected on each page by a model that was trained on other sites. Some minutes of CPU."""
    from ingest.train_body import read_pages, train

    pages = read_pages(path, field)
    sites = sorted({page.site for page in pages})
    order = np.random.default_rng(0).permutation(len(sites))
    fold_of = {site: int(place) % folds for site, place in zip(sites, order, strict=True)}
    texts = [""] * len(pages)
    for fold in range(folds):
        model = train([page for page in pages if fold_of[page.site] != fold])
        for place, page in enumerate(pages):
            if fold_of[page.site] == fold:
                chosen = choose_units(page.units, model, page.hints)
                texts[place] = "\n".join(page.units[index].text for index in chosen)
    return texts


def main_extraction(file: Path, field: Field | None, out: Path | None, folds: int | None = None) -> int:
    """Print the report over `file`, through both fields unless one is given.

    What was selected through one field is written to `out` if it is given, `{"id", "text"}` a line. With `folds`, the
    model is trained anew on the other folds' sites instead of using the shipped one.
    """
    for each in FIELDS if field is None else (field,):
        result = extract_eval(file, each, folds)
        if out is not None and field is not None:
            rows = [
                json.dumps({"id": i, "text": text}, ensure_ascii=False)
                for i, text in zip(result.ids, result.texts, strict=True)
            ]
            out.write_text("\n".join(rows) + "\n", encoding="utf-8")
        sys.stdout.write(result.table() + "\n")
        sys.stdout.flush()
    return 0
