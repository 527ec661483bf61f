"""The recipe of the trees: `python -m app.reader.train --data DIR` writes app/reader/model.json.

Small archives are made from the paragraphs of `squadshifts` (SQuAD 1.1 form): a question is asked of some thirty
paragraphs on the same subject. Unanswerable questions are made by taking away the sentence that answers, by taking
away its paragraph, by swapping a name, number or date of the question for another of its kind, and by putting a word
that the archive does not know in place of one of the question's. The shortlist is learnt on the archives that the pair
model learnt from (`app.reader.train_pairs`, run first), choosing and confidence on the third it never saw, where all
figures are measured, across folds of archives. Seeded; CPU; minutes.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import logging
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from app.mentions import Mention, content_words, find_mentions
from app.question import read_question
from app.reader.features import Candidate, Evidence, sentence_features, words_needed
from app.reader.pair_reader import PAIRS_PATH, PairReader
from app.reader.sentences import (
    ANSWERABLE_NAMES,
    MODEL_PATH,
    MODEL_VERSION,
    PASSAGES_READ,
    answerable_row,
    choice_rows,
    shortlist,
)
from app.reader.trees import Trees
from ingest.article import Span, normalise_space
from ingest.encode import load_encoder
from ingest.split import sentences
from store.lexical import terms as stems

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

Floats = NDArray[np.float32]
_log = logging.getLogger(__name__)
Variant = Literal["as asked", "sentence removed", "paragraph removed", "swapped", "reworded"]
ARCHIVE_SIZE = 30
_LOWER_WORD = re.compile(r"\b[a-z]{4,}\b")
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of an archive, cut into sentences."""

    title: str
    sentences: tuple[str, ...]
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One question put to one archive; `gold` are the (paragraph, sentence) pairs that answer it, maybe none."""

    group: str
    question: str
    archive: tuple[Paragraph, ...]
    gold: frozenset[tuple[int, int]]
    variant: Variant


@dataclass(frozen=True, slots=True)
class Table:
    """Feature rows of one case's candidates, and which of them answer."""

    rows: Floats
    labels: NDArray[np.bool_]
    case: Case
    candidates: tuple[Candidate, ...]


# --- data -----------------------------------------------------------------------------------------------------------


def load_groups(data: Path, seed: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """(group name, SQuAD paragraphs) per archive: an article, or thirty paragraphs of one site."""
    folder = data / "squadshifts"
    files = sorted(folder.glob("*.json.gz"))
    if not files:
        raise SystemExit(f"no training data: {folder} holds no *.json.gz (see docs/reader.md for what it is)")
    order = random.Random(seed)
    for file in files:
        articles = json.loads(gzip.decompress(file.read_bytes()))["data"]
        loose: list[dict[str, object]] = []
        for article in articles:
            if file.name.startswith("new_wiki"):
                yield f"{file.stem}:{article['title']}", article["paragraphs"]
            else:
                loose.extend(article["paragraphs"])
        order.shuffle(loose)
        for start in range(0, len(loose), ARCHIVE_SIZE):
            yield f"{file.stem}:{start}", loose[start : start + ARCHIVE_SIZE]


def is_held_out(group: str) -> bool:
    """Whether an archive is kept from the pair model, to fit and measure the trees on: one in three, by its name."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % 3 == 0


def make_cases(
    group: str,
    paragraphs: Sequence[dict[str, object]],
    rng: random.Random,
    share: float,
    foreign: Sequence[str] = (),
) -> Iterator[Case]:
    """The group's questions, each asked as it is or made unanswerable in one of four ways.

    `foreign` are content words of questions on other subjects, for the fourth: one replaces a word of the question.
    """
    archive = tuple(_cut(p) for p in paragraphs)
    pool = [m for p in paragraphs for qa in _qas(p) for m in find_mentions(str(qa["question"]))]
    for index, paragraph in enumerate(paragraphs):
        for qa in _qas(paragraph):
            if rng.random() > share:
                continue
            answers = [(str(a["text"]), int(a["answer_start"])) for a in qa["answers"]]  # type: ignore[attr-defined]
            question = str(qa["question"]).strip()
            gold = {(index, s) for text, at in answers if (s := _sentence_at(archive[index], at)) is not None}
            if not gold or len(question.split()) < 3:
                continue
            variant: Variant = rng.choices(
                ("as asked", "sentence removed", "paragraph removed", "swapped", "reworded"),
                (0.5, 0.18, 0.1, 0.12, 0.1 if foreign else 0.0),
            )[0]
            case = Case(group, question, archive, frozenset(gold), variant)
            if variant == "reworded":
                varied = _reword(case, foreign, rng)
            else:
                varied = _vary(case, [a for a, _ in answers], pool, rng)
            if varied is not None:
                yield varied


def _reword(case: Case, foreign: Sequence[str], rng: random.Random) -> Case | None:
    """One content word of the question replaced by one that the archive does not know: another thing is asked."""
    words = [m for m in _LOWER_WORD.finditer(case.question) if content_words(m.group())]
    known = {s for p in case.archive for text in p.sentences for s in stems(text)}
    unknown = [w for w in rng.sample(foreign, min(20, len(foreign))) if not known.intersection(stems(w))]
    if not words or not unknown:
        return None
    old = rng.choice(words)
    question = case.question[: old.start()] + unknown[0] + case.question[old.end() :]
    return replace(case, question=question, gold=frozenset())


def _vary(case: Case, answers: list[str], pool: Sequence[Mention], rng: random.Random) -> Case | None:
    if case.variant == "as asked":
        return case
    if case.variant == "swapped":
        swapped = _swap(case.question, pool, rng)
        return None if swapped is None else replace(case, question=swapped, gold=frozenset())
    removed = {p for p, _ in case.gold}
    kept: list[Paragraph] = []
    for index, paragraph in enumerate(case.archive):
        if index not in removed:
            kept.append(paragraph)
        elif case.variant == "sentence removed":
            left = [i for i in range(len(paragraph.sentences)) if (index, i) not in case.gold]
            if left:
                kept.append(
                    Paragraph(
                        paragraph.title,
                        tuple(paragraph.sentences[i] for i in left),
                        tuple(paragraph.starts[i] for i in left),
                    )
                )
    rest = "\n".join(" ".join(p.sentences) for p in kept).lower()
    if any(len(a) < 3 or a.lower() in rest for a in answers):
        return None  # it may still be answered, or the answer is too short to tell
    return replace(case, archive=tuple(kept), gold=frozenset())


def _swap(question: str, pool: Sequence[Mention], rng: random.Random) -> str | None:
    mentions = find_mentions(question)
    if not mentions:
        return None
    old = rng.choice(mentions)
    others = [m.text for m in pool if m.kind == old.kind and m.text.lower() not in question.lower()]
    if not others:
        return None
    return question[: old.start] + rng.choice(others) + question[old.end :]


def _plain_words(question: str) -> list[str]:
    return [m.group() for m in _LOWER_WORD.finditer(question) if content_words(m.group())]


def _qas(paragraph: dict[str, object]) -> list[dict[str, object]]:
    return paragraph["qas"]  # type: ignore[return-value]


def _cut(paragraph: dict[str, object]) -> Paragraph:
    text = str(paragraph["context"])
    spans = sentences(text, Span(0, len(text))) if text.strip() else ()
    return Paragraph("", tuple(normalise_space(s.of(text)) for s in spans), tuple(s.start for s in spans))


def _sentence_at(paragraph: Paragraph, at: int) -> int | None:
    before = [i for i, start in enumerate(paragraph.starts) if start <= at]
    return before[-1] if before else None


# --- features -------------------------------------------------------------------------------------------------------


class Vectors:
    """Unit vectors of texts, each encoded once."""

    def __init__(self, kept: Path | None) -> None:
        self._encoder = load_encoder()
        self._kept = kept
        self._known: dict[str, Floats] = {}
        if kept is not None and kept.exists():
            with np.load(kept) as stored:
                self._known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))

    def add(self, texts: Sequence[str]) -> None:
        new = sorted({t for t in texts if t not in self._known}, key=len)
        for start in range(0, len(new), 4096):
            chunk = new[start : start + 4096]
            for text, vector in zip(chunk, self._encoder.encode(chunk), strict=True):
                self._known[text] = vector.astype(np.float16)
            _log.info("  %d of %d texts encoded", start + len(chunk), len(new))
        if new and self._kept is not None:
            np.savez(self._kept, texts=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))

    def __getitem__(self, text: str) -> Floats:
        return self._known[text].astype(np.float32)

    def get(self, text: str, default: Floats) -> Floats:
        found = self._known.get(text)
        return default if found is None else found.astype(np.float32)

    def stack(self, texts: Sequence[str]) -> Floats:
        return np.stack([self[t] for t in texts])


def make_table(case: Case, vectors: Vectors) -> Table | None:
    """Retrieve from the case's archive as the store does (BM25 and dense, fused) and compute the rows."""
    texts = [" ".join(p.sentences) for p in case.archive]
    tokens = [Counter(stems(t)) for t in texts]
    frequency = Counter(s for counter in tokens for s in counter)
    size = len(texts)
    query = vectors[case.question]
    dense = np.stack([vectors.stack(p.sentences).mean(axis=0) @ query for p in case.archive])
    lexical = np.array([_bm25(stems(case.question), c, frequency, size) for c in tokens])
    dense_ranks, lexical_ranks = (1 + np.argsort(np.argsort(-x, kind="stable")) for x in (dense, lexical))
    fused = 1.0 / (60 + dense_ranks) + 1.0 / (60 + lexical_ranks)
    best = np.argsort(-fused, kind="stable")[:PASSAGES_READ]
    candidates: list[Candidate] = []
    labels: list[bool] = []
    for rank, p in enumerate(best):
        paragraph = case.archive[p]
        for s, text in enumerate(paragraph.sentences):
            before = paragraph.sentences[s - 1] if s else ""
            after = paragraph.sentences[s + 1] if s + 1 < len(paragraph.sentences) else ""
            candidates.append(Candidate(text, before, after, paragraph.title, rank, s, float(fused[p])))
            labels.append((int(p), s) in case.gold)
    if not candidates:
        return None
    evidence = Evidence(query, vectors.stack([c.text for c in candidates]), vectors, stems, _idf(frequency, size))
    rows = sentence_features(read_question(case.question), candidates, evidence)
    return Table(rows, np.array(labels), case, tuple(candidates))


def _bm25(query: Sequence[str], counter: Counter[str], frequency: Counter[str], size: int) -> float:
    length = sum(counter.values())
    score = 0.0
    for stem in query:
        if counter[stem]:
            idf = math.log(1 + (size - frequency[stem] + 0.5) / (frequency[stem] + 0.5))
            score += idf * counter[stem] * 2.2 / (counter[stem] + 1.2 * (0.25 + 0.75 * length / 120))
    return score


def _idf(frequency: Counter[str], size: int) -> Callable[[str], float]:
    top = math.log(1 + (size + 0.5) / 0.5)
    return lambda stem: math.log(1 + (size - frequency[stem] + 0.5) / (frequency[stem] + 0.5)) / top


# --- fitting --------------------------------------------------------------------------------------------------------


def _fit(
    rows: Floats, labels: NDArray[np.bool_], seed: int, *, leaves: int, rounds: int
) -> HistGradientBoostingClassifier:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=rounds, learning_rate=0.07, max_leaf_nodes=leaves, min_samples_leaf=60, l2_regularization=2.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    return model.fit(rows, labels)


def export(model: HistGradientBoostingClassifier) -> Trees:
    """scikit-learn's boosted trees as ours."""
    columns: dict[str, list[float]] = {k: [] for k in ("feature", "threshold", "left", "right", "value")}
    roots: list[int] = []
    depth = 0
    for (tree,) in model._predictors:
        offset = len(columns["feature"])
        roots.append(offset)
        for node in tree.nodes:
            leaf = bool(node["is_leaf"])
            columns["feature"].append(-1 if leaf else int(node["feature_idx"]))
            columns["threshold"].append(0.0 if leaf else float(node["num_threshold"]))
            columns["left"].append(offset if leaf else offset + int(node["left"]))
            columns["right"].append(offset if leaf else offset + int(node["right"]))
            columns["value"].append(float(node["value"]) if leaf else 0.0)
            depth = max(depth, int(node["depth"]))
    return Trees(
        float(model._baseline_prediction.ravel()[0]),
        np.asarray(roots, np.int32),
        np.asarray(columns["feature"], np.int32),
        np.asarray(columns["threshold"], np.float32),
        np.asarray(columns["left"], np.int32),
        np.asarray(columns["right"], np.int32),
        np.asarray(columns["value"], np.float32),
        depth,
    )


def _training_rows(tables: Sequence[Table], rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """All positives, the twelve negatives nearest in meaning, and six others a case."""
    rows, labels = [], []
    for table in tables:
        negatives = np.flatnonzero(~table.labels)
        nearest = negatives[np.argsort(-table.rows[negatives, 0])]
        others = rng.permutation(nearest[12:])[:6]
        chosen = np.concatenate([np.flatnonzero(table.labels), nearest[:12], others])
        rows.append(table.rows[chosen])
        labels.append(table.labels[chosen])
    return np.concatenate(rows), np.concatenate(labels)


def read_shortlists(tables: Sequence[Table], likely: Trees, pairs: PairReader) -> list[Table]:
    """The tables of the shortlisted sentences, with `choice_rows`."""
    read = []
    for number, table in enumerate(tables):
        first = likely.probability(table.rows)
        listed = shortlist(first)
        chosen = [table.candidates[i] for i in listed]
        readings = pairs.read_pairs([(table.case.question, c.text, c.before) for c in chosen])
        rows = choice_rows(table.rows[listed], first[listed], readings)
        read.append(Table(rows, table.labels[listed], table.case, tuple(chosen)))
        if number % 500 == 0:
            _log.info("  %d of %d shortlists read", number, len(tables))
    return read


def cross_fit(tables: Sequence[Table], seed: int) -> tuple[list[Floats], Floats, Floats, NDArray[np.bool_]]:
    """Out of fold: sentence scores and answerability row a case, confidence, and whether the best sentence is right."""
    from sklearn.model_selection import GroupKFold

    groups = [t.case.group for t in tables]
    scores: list[Floats] = [np.zeros(0, np.float32)] * len(tables)
    for train, held in GroupKFold(FOLDS).split(groups, groups=groups):
        model = _fit_choice([tables[i] for i in train], seed)
        for i in held:
            scores[i] = model.probability(tables[i].rows)
    summary = np.stack([answerable_row(t.rows, s) for t, s in zip(tables, scores, strict=True)])
    right = np.array([bool(t.labels[int(s.argmax())]) for t, s in zip(tables, scores, strict=True)])
    confidence = np.zeros(len(tables), dtype=np.float32)
    for train, held in GroupKFold(FOLDS).split(groups, groups=groups):
        confidence[held] = _fit_answerable(summary[train], right[train], seed).probability(summary[held])
    return scores, summary, confidence, right


def _fit_choice(tables: Sequence[Table], seed: int) -> Trees:
    rows, labels = np.concatenate([t.rows for t in tables]), np.concatenate([t.labels for t in tables])
    return export(_fit(rows, labels, seed, leaves=12, rounds=110))


def _fit_answerable(summary: Floats, right: NDArray[np.bool_], seed: int) -> Trees:
    return export(_fit(summary, right, seed, leaves=6, rounds=80))


def report(
    tables: Sequence[Table], scores: Sequence[Floats], confidence: Floats, right: NDArray[np.bool_]
) -> dict[str, object]:
    """Held-out figures: ranking of the answering sentence, and what a threshold costs and gains."""
    answerable = np.array([t.case.variant == "as asked" for t in tables])
    ranks = [
        int((s > s[t.labels].max()).sum()) if t.labels.any() else 99
        for t, s in zip(tables, scores, strict=True)
        if t.case.variant == "as asked"
    ]
    figures: dict[str, object] = {
        "cases": len(tables),
        "answerable": int(answerable.sum()),
        **{f"answer_in_top_{k}": round(float(np.mean(np.array(ranks) < k)), 4) for k in (1, 2, 3, 5)},
    }
    curve = []
    for threshold in np.arange(0.05, 0.95, 0.05):
        given = confidence >= threshold
        declined = defaultdict(list)
        for table, g in zip(tables, given, strict=True):
            declined[table.case.variant].append(not g)
        curve.append(
            {
                "threshold": round(float(threshold), 2),
                "right_kept": round(float(given[right].mean()), 4),
                "risk": round(float(1 - right[given].mean()) if given.any() else 0.0, 4),
                **{f"declined, {v}": round(float(np.mean(d)), 4) for v, d in sorted(declined.items())},
            }
        )
    figures["curve"] = curve
    bins = np.clip((confidence * 10).astype(int), 0, 9)
    gaps = [abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins)]
    figures["calibration_error"] = round(float(sum(gaps)), 4)
    return figures


def choose_threshold(confidence: Floats, right: NDArray[np.bool_], loss: float) -> float:
    """The highest threshold that loses at most `loss` of the right answers."""
    return float(np.quantile(confidence[right], loss))


def main(argv: Sequence[str] | None = None) -> int:
    """Train, measure on held-out archives, write the model with its figures."""
    parser = argparse.ArgumentParser(prog="python -m app.reader.train", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds squadshifts/")
    parser.add_argument("--pairs", type=Path, default=PAIRS_PATH, help="the exported pair model")
    parser.add_argument("--out", type=Path, default=MODEL_PATH)
    parser.add_argument("--share", type=float, default=0.22, help="share of the questions to learn the shortlist from")
    parser.add_argument("--held-share", type=float, default=0.55, help="the same of the held-out archives")
    parser.add_argument("--loss", type=float, default=0.04, help="share of right answers the threshold may lose")
    parser.add_argument("--vectors", type=Path, help="an .npz that keeps the encoded texts between runs")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    rng = random.Random(arguments.seed)
    seen: list[Case] = []
    held: list[Case] = []
    groups = list(load_groups(arguments.data, arguments.seed))
    asked = {g: [w for p in ps for qa in _qas(p) for w in _plain_words(str(qa["question"]))] for g, ps in groups}
    every = [(g, w) for g, words in asked.items() for w in rng.sample(words, min(80, len(words)))]
    for group, paragraphs in groups:
        foreign = [w for g, w in every if g != group]
        if is_held_out(group):
            held.extend(make_cases(group, paragraphs, rng, arguments.held_share, foreign))
        else:
            seen.extend(make_cases(group, paragraphs, rng, arguments.share, foreign))
    _log.info("%d cases to learn the shortlist from, %d held out", len(seen), len(held))
    tables = featurise([*seen, *held], arguments.vectors)
    rows, labels = _training_rows(
        [t for t in tables if not is_held_out(t.case.group)], np.random.default_rng(arguments.seed)
    )
    likely = export(_fit(rows, labels, arguments.seed, leaves=16, rounds=140))
    pairs = PairReader(arguments.pairs)
    read = read_shortlists([t for t in tables if is_held_out(t.case.group)], likely, pairs)
    scores, summary, confidence, right = cross_fit(read, arguments.seed)
    figures = report(read, scores, confidence, right)
    model = {
        "version": MODEL_VERSION,
        "features": list(ANSWERABLE_NAMES),
        "likely": likely.to_json(),
        "choose": _fit_choice(read, arguments.seed).to_json(),
        "answerable": _fit_answerable(summary, right, arguments.seed).to_json(),
        "threshold": round(choose_threshold(confidence, right, arguments.loss), 3),
        "encoder": load_encoder().spec.digest,
        "pairs": pairs.digest,
        "figures": figures,
    }
    arguments.out.write_text(json.dumps(model, separators=(",", ":")) + "\n")
    _log.info("%s", json.dumps(figures, indent=1))
    _log.info("threshold %s: %s written", model["threshold"], arguments.out.name)
    return 0


def featurise(cases: Sequence[Case], kept: Path | None = None) -> list[Table]:
    """Encode every text once, then the rows of every case."""
    vectors = Vectors(kept)
    vectors.add([c.question for c in cases])
    vectors.add([s for c in cases for p in c.archive for s in p.sentences])
    words: set[str] = set()
    for case in cases:
        candidates = [Candidate(s, "", "", p.title, 0, 0, 1.0) for p in case.archive for s in p.sentences]
        words.update(words_needed(read_question(case.question), candidates))
    vectors.add(sorted(words))
    tables = []
    for number, case in enumerate(cases):
        table = make_table(case, vectors)
        if table is not None:
            tables.append(table)
        if number % 1000 == 0:
            _log.info("  %d of %d cases read", number, len(cases))
    return tables


if __name__ == "__main__":
    raise SystemExit(main())
