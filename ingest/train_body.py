"""Train the two steps of `ingest.body` on pages whose article a person marked, and write `body_model.json`.

    python -m ingest.train_body --data PAGES.jsonl.gz

Each line of the data is a page: `id`, `url`, `html`, `text` (its visible text) and `article_body`. The pages are
long dumps; so that the model serves short ones too, it also learns from cuts of each page: with little or no
furniture left around the article, and with only a few of its paragraphs. Seeded: the same data and versions give
the same model. Needs scikit-learn, which nothing else here does.
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import json
import re
import sys
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from ingest.body import page_units
from ingest.body_cuts import Page, cuts_of
from ingest.body_model import Model, Tree, Trees, page_digest, second_signals, tree_of
from ingest.body_signals import Matrix, Unit, page_signals
from ingest.errors import ReadError
from ingest.read import SourceText, read_bytes

__all__ = ["Page", "read_pages", "site_of", "train"]

SEED = 20
CUT_WEIGHT = 1.0  # of all cuts of a page together, beside the page itself
_TOKEN = re.compile(r"\w+")


def site_of(url: str) -> str:
    """The registrable part of a page's host, roughly: its last two labels, `www` apart."""
    labels = urlsplit(url).netloc.lower().removeprefix("www.").split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and len(labels[-2]) <= 3 else labels[-2:])


def read_pages(path: Path, field: str) -> list[Page]:
    """The pages of a training file, read through `field` ("text" or "html").

    Raises:
        ReadError: The file is missing.
    """
    if not path.is_file():
        raise ReadError(f"the training pages are not at {path}: name the file with --data")
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [_page(json.loads(line), field) for line in lines if line.strip()]


def _page(row: Mapping[str, str], field: str) -> Page:
    plain = SourceText(row["text"], "utf-8", "text/plain")
    source = read_bytes(row["html"].encode()) if field == "html" else plain
    units = page_units(source)
    truth = _truth(source.text, units, row["article_body"])
    return Page(row["id"], site_of(row["url"]), tuple(units), tuple(truth), source.hints, row["article_body"])


def _truth(text: str, units: Sequence[Unit], article: str) -> list[float]:
    """The share of each paragraph's words that lie on the longest common run of page and article."""
    found = list(_TOKEN.finditer(text))
    page_words, starts = [match.group() for match in found], [match.start() for match in found]
    kept = np.zeros(len(found) + 1)
    matcher = difflib.SequenceMatcher(None, page_words, _TOKEN.findall(article), autojunk=False)
    for run in matcher.get_matching_blocks():
        kept[run.a : run.a + run.size] = 1
    shares = []
    for unit in units:
        low, high = bisect_left(starts, unit.span.start), bisect_left(starts, unit.span.end)
        shares.append(float(kept[low:high].mean()) if high > low else 0.0)
    return shares


# --- training ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rows:
    """The paragraphs of all cuts of some pages, one matrix a cut."""

    signals: list[Matrix]
    truth: list[Matrix]
    weight: list[Matrix]
    units: list[Sequence[Unit]]
    page: list[int]


def _rows(pages: Sequence[Page], how_many: int) -> _Rows:
    generator = np.random.default_rng(SEED)
    rows = _Rows([], [], [], [], [])
    for number, page in enumerate(pages):
        for place, (units, shares) in enumerate(cuts_of(page, pages, generator, how_many)):
            truth = np.array(shares)
            counts = np.array([len(_TOKEN.findall(unit.text)) for unit in units], dtype=float)
            rows.signals.append(page_signals(units, page.hints))
            rows.truth.append((truth >= 0.5).astype(float))
            share = counts / max(50.0, float(counts[truth >= 0.5].sum()))
            rows.weight.append((share + 0.1 / len(units)) * (CUT_WEIGHT / how_many if place else 1.0))
            rows.units.append(units)
            rows.page.append(number)
    return rows


def _fit(signals: Iterable[Matrix], truth: Iterable[Matrix], weight: Iterable[Matrix], trees: int) -> Trees:
    model = GradientBoostingClassifier(
        n_estimators=trees,
        learning_rate=0.08,
        max_depth=4,
        min_samples_leaf=12,
        subsample=0.6,
        max_features=0.1,
        random_state=SEED,
    )
    weights = np.concatenate(list(weight))
    rows = np.vstack(list(signals)).astype(np.float32)
    model.fit(rows, np.concatenate(list(truth)), sample_weight=weights / weights.mean())
    return _exported(model)


def _exported(model: GradientBoostingClassifier) -> Trees:
    prior = float(model.init_.class_prior_[1])
    trees = []
    for (fitted,) in model.estimators_:
        tree = fitted.tree_  # scikit-learn numbers the nodes in preorder, as `tree_of` reads them
        leaf = tree.children_left < 0
        numbers = np.where(leaf, tree.value[:, 0, 0] * model.learning_rate, tree.threshold)
        trees.append(tree_of(np.where(leaf, -1, tree.feature).tolist(), [_rounded(number) for number in numbers]))
    return Trees(float(np.log(prior / (1 - prior))), tuple(trees))


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")


def train(pages: Sequence[Page], *, cuts: int = 6, trees: tuple[int, int] = (120, 100)) -> Model:
    """Fit both steps; the second on what the first says of pages (by site) that it was not fitted on."""
    rows = _rows(pages, cuts)
    sites = sorted({page.site for page in pages})
    order = np.random.default_rng(SEED).permutation(len(sites))
    fold_of = {site: int(place) % 4 for site, place in zip(sites, order, strict=True)}
    first_said: list[Matrix] = [np.zeros(0)] * len(rows.signals)
    for fold in range(4):
        held = [fold_of[pages[number].site] == fold for number in rows.page]
        part = _fit(*_kept(rows, [not out for out in held]), trees[0])
        for place, out in enumerate(held):
            if out:
                first_said[place] = part.chances(rows.signals[place])
    first = _fit(rows.signals, rows.truth, rows.weight, trees[0])
    again = [second_signals(*each) for each in zip(rows.signals, first_said, rows.units, strict=True)]
    return Model(first, _fit(again, rows.truth, rows.weight, trees[1]))


def _kept(rows: _Rows, keep: Sequence[bool]) -> tuple[list[Matrix], list[Matrix], list[Matrix]]:
    def those(matrices: Sequence[Matrix]) -> list[Matrix]:
        return [matrix for matrix, kept in zip(matrices, keep, strict=True) if kept]

    return those(rows.signals), those(rows.truth), those(rows.weight)


def to_json(model: Model) -> dict[str, object]:
    """What `Trees.from_json` reads, for both steps."""
    return {name: _trees_to_json(step) for name, step in (("first", model.first), ("second", model.second))}


def _trees_to_json(trees: Trees) -> dict[str, object]:
    return {"start": _rounded(trees.start), "trees": [_tree_to_json(tree) for tree in trees.trees]}


def _tree_to_json(tree: Tree) -> list[list[float]]:
    leaf = tree.left == np.arange(len(tree.left))
    numbers = np.where(leaf, tree.value, tree.threshold)
    return [np.where(leaf, -1, tree.feature).tolist(), [int(n) if n == int(n) else n for n in numbers.tolist()]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Train on the whole file and write the model; 1 when the data is missing."""
    parser = argparse.ArgumentParser(prog="python -m ingest.train_body", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="pages.jsonl.gz: id, url, html, text, article_body")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("body_model.json"))
    options = parser.parse_args(arguments)
    try:
        pages = {field: read_pages(options.data, field) for field in ("text", "html")}
    except ReadError as error:
        sys.stderr.write(f"cannot train: {error}\n")
        return 1
    models: dict[str, object] = {field: to_json(train(of_field)) for field, of_field in pages.items()}
    models["pages"] = sorted(page_digest(page.article) for page in pages["text"])
    options.out.write_text(json.dumps(models, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
