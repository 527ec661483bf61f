"""How well copies, versions and different articles are told apart: on made pairs, and on labelled ones of an archive.

Made pairs come from the articles of the files (see `evals.made_pairs`), with the nearest different articles beside
them. The labelled pairs were read by a person; `duplicates.jsonl` holds digests and labels, never a text, so they
count where the files hold their articles. Those marked `tuned` were looked at when the rules were chosen.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import get_args

from evals.made_pairs import KINDS, Label, Pair, make_pairs, template_pairs
from ingest.clusters import days_between
from ingest.duplicates import Sketch, bands, relation, relation_of_texts, sketch
from ingest.errors import GoldError

__all__ = ["Confusion", "DuplicatesResult", "duplicates_eval", "main_duplicates", "nearest_pairs"]

LABELS = Path(__file__).with_name("duplicates.jsonl")
_SEED = 17
_LEAST_WORDS, _MOST_WORDS = 120, 1500  # of an article that pairs are made of
_POOL = 4000  # articles among which the nearest are looked for


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many pairs of each label were taken for what."""

    counts: Mapping[tuple[Label, Label], int]

    def precision(self, label: Label) -> float:
        """Of the pairs taken for `label`, the share that are; 1 when none was."""
        found = sum(n for (_, got), n in self.counts.items() if got == label)
        return self.counts.get((label, label), 0) / found if found else 1.0

    def recall(self, label: Label) -> float:
        """Of the pairs that are `label`, the share taken for it; 1 when there is none."""
        wanted = sum(n for (true, _), n in self.counts.items() if true == label)
        return self.counts.get((label, label), 0) / wanted if wanted else 1.0

    def f1(self, label: Label) -> float:
        """The harmonic mean of the two."""
        precision, recall = self.precision(label), self.recall(label)
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def row(self, name: str) -> str:
        """A line of the table: precision, recall and F1 of copies, then of versions, and how many pairs there are."""
        figures = (f(label) for label in ("copy", "version") for f in (self.precision, self.recall, self.f1))
        return f"{name:<34}{''.join(f'{x:>8.3f}' for x in figures)}{sum(self.counts.values()):>8}"


@dataclass(frozen=True, slots=True)
class DuplicatesResult:
    """The outcome over some files; `by_kind` is how many made pairs of each kind were right, of how many."""

    made: Confusion
    made_by_sketch: Confusion
    labelled: Confusion
    labelled_tuned: Confusion
    by_kind: Mapping[str, tuple[int, int]]
    candidate_recall: float
    ms_per_sketch: float
    ms_per_pair: float
    n_articles: int

    def table(self) -> str:
        """What a person reads; the last line is fixed: `duplicates copies P 0.990 R 0.981 versions P …`."""
        head = f"{'':<34}{'copies P':>8}{'R':>8}{'F1':>8}{'vers. P':>8}{'R':>8}{'F1':>8}{'pairs':>8}"
        rows = [head, self.made.row("made pairs"), self.made_by_sketch.row("made pairs, by sketch alone")]
        for name, labelled in (("read", self.labelled), ("read, and looked at for the rules", self.labelled_tuned)):
            if labelled.counts:
                rows.append(labelled.row(f"pairs a person {name}" if name == "read" else name))
        rows.append("right of each kind: " + ", ".join(f"{k} {n}/{of}" for k, (n, of) in self.by_kind.items()))
        rows.append(f"candidates: {self.candidate_recall:.4f} of the copies and versions share a band")
        rows.append(f"{self.ms_per_sketch:.2f} ms a sketch, {self.ms_per_pair:.2f} a pair; {self.n_articles} articles")
        at = self.made
        told = " ".join(f"{name} P {at.precision(n):.3f} R {at.recall(n):.3f}" for name, n in _NAMED)
        return "\n".join([*rows, f"duplicates {told} n {sum(at.counts.values())}"])


_NAMED: tuple[tuple[str, Label], ...] = (("copies", "copy"), ("versions", "version"))


def duplicates_eval(files: Sequence[Path], n: int = 200, labels: Path = LABELS) -> DuplicatesResult:
    """Measure on pairs made of `n` articles of the files, and on the labelled pairs that lie in them.

    Raises:
        GoldError: A file is missing or holds no articles, or a line has no text; names file and line.
    """
    days = {text: day for path in files for text, day in _articles(path)}
    texts = list(days)
    if not texts:
        raise GoldError(f"{files[0] if files else 'no file'}: no articles in it")
    pool = [text for text in texts if _LEAST_WORDS <= len(text.split()) <= _MOST_WORDS]
    random.Random(_SEED).shuffle(pool)
    pairs = [*make_pairs(pool[:n], _SEED), *template_pairs(n, _SEED), *islice(nearest_pairs(pool[:_POOL]), n)]
    started = time.perf_counter()
    sketches = [(sketch(pair.one), sketch(pair.other)) for pair in pairs]
    sketched = time.perf_counter()
    found = [_compared(pair.one, pair.other) for pair in pairs]
    compared = time.perf_counter()
    right = Counter(pair.kind for pair, got in zip(pairs, found, strict=True) if got == pair.label)
    total = Counter(pair.kind for pair in pairs)
    alike = [_share_a_band(*two) for pair, two in zip(pairs, sketches, strict=True) if pair.label != "different"]
    kept_back, tuned = _labelled(days, labels)
    return DuplicatesResult(
        made=_confusion([pair.label for pair in pairs], found),
        made_by_sketch=_confusion([pair.label for pair in pairs], [relation(a, b) or "different" for a, b in sketches]),
        labelled=kept_back,
        labelled_tuned=tuned,
        by_kind={kind: (right[kind], total[kind]) for kind in KINDS if total[kind]},
        candidate_recall=sum(alike) / len(alike) if alike else 1.0,
        ms_per_sketch=1000 * (sketched - started) / max(1, 2 * len(pairs)),
        ms_per_pair=1000 * (compared - sketched) / max(1, len(pairs)),
        n_articles=len(texts),
    )


def nearest_pairs(texts: Sequence[str]) -> Iterator[Pair]:
    """Different articles, the most alike first: those that share most runs of four words and are still below a fifth.

    Alike by Jaccard similarity, estimated from sketches. Above a fifth, whether they are different is for a person.
    """
    sketches = [sketch(text) for text in texts]
    holders: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for at, kept in enumerate(sketches):
        for place, least in enumerate(kept.mins):
            holders[place, least].append(at)
    agreed: Counter[tuple[int, int]] = Counter()
    for held in holders.values():
        if len(held) < 50:
            agreed.update((one, other) for i, one in enumerate(held) for other in held[i + 1 :])
    for (one, other), n in sorted(agreed.items(), key=lambda item: (-item[1], item[0])):
        if n / len(sketches[one].mins) < 0.2:
            yield Pair("nearest", "different", texts[one], texts[other])


def _compared(one: str, other: str, days_apart: int | None = None) -> Label:
    return relation_of_texts(one, other, days_apart=days_apart) or "different"


def _share_a_band(a: Sketch, b: Sketch) -> bool:
    return not set(bands(a)).isdisjoint(bands(b))


def _confusion(labels: Sequence[Label], found: Sequence[Label]) -> Confusion:
    return Confusion(Counter(zip(labels, found, strict=True)))


def _labelled(days: Mapping[str, dt.date | None], labels: Path) -> tuple[Confusion, Confusion]:
    """Over the labelled pairs that lie among the texts: those kept back, and those that the rules were chosen on."""
    by_digest = {hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(): text for text in days}
    counts: tuple[Counter[tuple[Label, Label]], ...] = (Counter(), Counter())
    for row in map(json.loads, labels.read_text(encoding="utf-8").splitlines()):
        if row["label"] not in get_args(Label):
            raise GoldError(f"{labels}: no label {row['label']!r}")
        if row["one"] in by_digest and row["other"] in by_digest:
            one, other = by_digest[row["one"]], by_digest[row["other"]]
            found = _compared(one, other, days_between(days[one], days[other]))
            counts[row["tuned"]][row["label"], found] += 1
    return Confusion(counts[0]), Confusion(counts[1])


def _articles(path: Path) -> Iterator[tuple[str, dt.date | None]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _article(line, f"{path}, line {number}")
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise GoldError(f"{path}: cannot be read as articles: {error}") from error


def _article(line: str, where: str) -> tuple[str, dt.date | None]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise GoldError(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise GoldError(f'{where}: it has no text under "text"')
    try:
        return row["text"], dt.date.fromisoformat(row.get("published") or "")
    except (TypeError, ValueError):
        return row["text"], None


def main_duplicates(files: Sequence[Path], n: int = 200) -> int:
    """Print the report over `files`."""
    sys.stdout.write(duplicates_eval(files, n).table() + "\n")
    return 0
