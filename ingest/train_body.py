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
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from ingest.article import Span
from ingest.body import page_units
from ingest.body_model import Model, Tree, Trees, second_signals, tree_of
from ingest.body_signals import Matrix, Unit, page_signals
from ingest.errors import ReadError
from ingest.read import SourceText, read_bytes

__all__ = ["Page", "read_pages", "site_of", "train"]

SEED = 20
CUT_WEIGHT = 1.0  # of all cuts of a page together, beside the page itself
_TOKEN = re.compile(r"\w+")
NOTICES = (  # invented: the prose of page furniture, of which a few dozen pages show too little
    "Comments",
    "Your comment will appear once a moderator has seen it. Insults, slander, advertising and off-topic remarks "
    "are deleted.",
    "Readers are asked to give their real name. The editors are not liable for views that readers express on "
    "these pages.",
    "Legal notice:",
    "Posting threats, slurs, obscene language or false accusations can be an offence under the law, and we may "
    "pass on the details of the sender to the police if they ask for them.",
    "By sending a remark you accept that you alone answer for what it says and that we may shorten or remove it.",
    "The opinions below are those of our readers and not of this newspaper, which cannot be held liable for them.",
    "House rules",
    "Do not post anything abusive, unlawful, racist or defamatory. Users who break the rules will lose their account.",
    "You have 500 characters remaining.",
    "Write your name and a working address so that we can reach you. Messages with offensive content are never "
    "published.",
    "We use cookies to make this site work and to show you advertisements that fit your interests. Read our "
    "cookie policy to find out more or to change your settings.",
    "By continuing to browse you agree to our use of cookies and similar technologies.",
    "Newsletter",
    "Get the best stories of the day in your inbox every morning. Enter your e-mail address to sign up; you can "
    "unsubscribe at any time.",
    "Stay connected! Follow our page on Facebook, join us on Telegram and turn on notifications so that you never"
    " miss a story.",
    "Like what you read? Support our reporters with a small gift, or become a member for the price of a coffee a "
    "month.",
    "Download our free app for the latest headlines, wherever you are.",
    "Source",
    "Copyright 2019 The Daily Example. All rights reserved. No part of this page may be reproduced without "
    "written permission.",
    "This material may not be published, broadcast, rewritten or redistributed without the consent of the owner.",
    "Powered by Example Media Services",
    "About us",
    "The Daily Example is an independent news site that covers politics, business and culture for readers around "
    "the world.",
    "Information on this page is given without any warranty. Trading on it is at your own risk, and the publisher"
    " accepts no responsibility for losses.",
    "If you have seen an error in this text, please mark it and press the button to tell our editors about it.",
    "Do you have a tip for us? Write to our newsroom in confidence, or call the number below.",
    "Advertisement",
    "This content is provided by a partner. Our newsroom had no part in its creation.",
    "Please log in or register to leave a reply. Your address will not be shown, and required fields are marked "
    "with a star.",
)


@dataclass(frozen=True, slots=True)
class Page:
    """One marked page: its paragraphs, and of each how much of it the article holds (0 to 1)."""

    page_id: str
    site: str
    units: tuple[Unit, ...]
    truth: tuple[float, ...]
    hints: tuple[tuple[str, str], ...]
    article: str


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


# --- cuts of a page ---------------------------------------------------------------------------------------

Cut = tuple[list[Unit], list[float]]


def _cuts(page: Page, others: Sequence[Page], generator: np.random.Generator, how_many: int) -> list[Cut]:
    """The whole page, and shorter ones: less furniture, fewer paragraphs, furniture of other pages and notices."""
    inside = np.flatnonzero(np.array(page.truth) >= 0.5)
    cuts: list[Cut] = [(list(page.units), list(page.truth))]
    if not len(inside):
        return cuts
    start, end = int(inside[0]), int(inside[-1]) + 1
    for number in range(how_many):
        first, last = start, end
        if number % 2:  # a short article: some consecutive paragraphs of this one
            at = int(generator.integers(0, max(1, len(inside) - 1)))
            stays = inside[at : at + int(generator.integers(2, 13))]
            first, last = int(stays[0]), int(stays[-1]) + 1
        head = _furniture(page, others, generator, above=True)
        tail = _furniture(page, others, generator, above=False)
        middle = list(page.units[first:last])
        truth = [0.0] * len(head) + list(page.truth[first:last]) + [0.0] * len(tail)
        units = head + middle + tail
        if number % 3 == 2:  # a page whose markup says nothing: paragraphs and links
            units = [_plain(unit) for unit in units]
        cuts.append((units, truth))
    return cuts


def _plain(unit: Unit) -> Unit:
    if unit.block is None:
        return unit
    return replace(unit, block=replace(unit.block, tag="p", path="html>body>p"))


def _furniture(page: Page, others: Sequence[Page], generator: np.random.Generator, *, above: bool) -> list[Unit]:
    """Some lines from above or below the article of this page or another, and now and then a notice."""
    lot = generator.random()
    if lot < 0.2:
        return []
    giver = page if lot < 0.6 else others[int(generator.integers(len(others)))]
    inside = np.flatnonzero(np.array(giver.truth) >= 0.5)
    if not len(inside):
        return []
    size = int(generator.integers(1, 14))
    if above:
        lines = list(giver.units[: inside[0]])
        lines = lines[-size:] if lot < 0.5 else lines[:size]
    else:
        lines = list(giver.units[inside[-1] + 1 :])
        at = int(generator.integers(0, max(1, len(lines) - size))) if generator.random() < 0.4 else 0
        lines = lines[at : at + size]
    if page.units[0].block is None and generator.random() < (0.15 if above else 0.6):
        at = int(generator.integers(0, len(NOTICES)))
        place = int(generator.integers(0, len(lines) + 1))
        some = NOTICES[at : at + int(generator.integers(1, 4))]
        lines[place:place] = [Unit(Span(0, len(words)), words) for words in some]
    return lines


# --- training ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rows:
    """The paragraphs of all cuts of some pages, one matrix a cut."""

    signals: list[Matrix]
    truth: list[Matrix]
    weight: list[Matrix]
    sizes: list[list[int]]
    page: list[int]


def _rows(pages: Sequence[Page], how_many: int) -> _Rows:
    generator = np.random.default_rng(SEED)
    rows = _Rows([], [], [], [], [])
    for number, page in enumerate(pages):
        for place, (units, shares) in enumerate(_cuts(page, pages, generator, how_many)):
            truth = np.array(shares)
            counts = np.array([len(_TOKEN.findall(unit.text)) for unit in units], dtype=float)
            rows.signals.append(page_signals(units, page.hints))
            rows.truth.append((truth >= 0.5).astype(float))
            share = counts / max(50.0, float(counts[truth >= 0.5].sum()))
            rows.weight.append((share + 0.1 / len(units)) * (CUT_WEIGHT / how_many if place else 1.0))
            rows.sizes.append([len(unit.text) for unit in units])
            rows.page.append(number)
    return rows


def _fit(signals: Iterable[Matrix], truth: Iterable[Matrix], weight: Iterable[Matrix], trees: int) -> Trees:
    model = GradientBoostingClassifier(
        n_estimators=trees,
        learning_rate=0.08,
        max_depth=4,
        min_samples_leaf=12,
        subsample=0.6,
        max_features=0.2,
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
    again = [second_signals(*each) for each in zip(rows.signals, first_said, rows.sizes, strict=True)]
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
        models = {field: to_json(train(read_pages(options.data, field))) for field in ("text", "html")}
    except ReadError as error:
        sys.stderr.write(f"cannot train: {error}\n")
        return 1
    options.out.write_text(json.dumps(models, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
