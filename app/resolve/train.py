"""Train the two judges of `app.resolve.terms` on follow-ups that people rewrote to stand alone.

    python -m app.resolve.train --data REWRITES.jsonl

Each line of the data is a turn: `id`, `history` (of `question`, `answer`), `question` and `rewrite`. A word is to be
carried over where the rewrite has it and the question has not. Seeded: the same data and versions give the same
model. Needs scikit-learn, as `ingest.train_body` does.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from app.resolve.past import Past
from app.resolve.signals import Matrix, Signals, read_signals, read_text
from app.resolve.tagger import Tags, load_tagger
from app.resolve.terms import TermModel, blended, turn_digest
from ingest.body_model import Tree, Trees, tree_of

__all__ = ["Example", "read_examples", "talk_of", "train"]

SEED = 20
_TOKEN = re.compile(r"\w+")
_FOLDS = 4  # of talks, for choosing from which chance on a word is believed
_PLAYED_NEED, _PLAYED_WORD = 1.0, -0.5  # logits from which on the tagger alone is believed of earlier turns
_MOST_FALSE = 0.06  # of the questions that stand alone, how many may gain a word; filled pronouns add some more


@dataclass(frozen=True, slots=True)
class Example:
    """A turn with a history: the talk it is of, the turns before it, and which words the rewrite adds."""

    talk: str
    history: tuple[Past, ...]
    question: str
    rewrite: str
    added: frozenset[str]


def talk_of(turn: str) -> str:
    """The conversation that a turn belongs to, by its id: `31_4` and `abc<::>4` are of `31` and `abc`."""
    return re.sub(r"(?:_|<::>)\d+$", "", turn)


def read_examples(rows: Sequence[Mapping[str, object]]) -> list[Example]:
    """The turns of the data that have a history."""
    found = []
    for row in rows:
        earlier = row["history"]
        assert isinstance(earlier, list)
        if earlier:
            past = tuple(Past(turn["question"], said=turn.get("answer") or "") for turn in earlier)
            question, rewrite = str(row["question"]), str(row["rewrite"])
            added = frozenset(_words(rewrite)) - frozenset(_words(question))
            found.append(Example(talk_of(str(row["id"])), past, question, rewrite, added))
    return found


def _played(examples: Sequence[Example]) -> list[tuple[tuple[Past, ...], Tags]]:
    """Each example's turns with what the tagger alone would have carried into them, and its tags of the question."""
    tagger = load_tagger()
    queries: dict[tuple[tuple[str, ...], str], str] = {}

    def play(past: Sequence[Past]) -> tuple[Past, ...]:
        played: list[Past] = []
        for turn in past:
            key = (tuple(p.typed for p in played), turn.typed)
            if key not in queries:
                words: list[str] = []
                if played:
                    tags = tagger.read(played, turn.typed)
                    if tags.need >= _PLAYED_NEED:
                        words = [word for word, logit in tags.words.items() if logit >= _PLAYED_WORD]
                queries[key] = " ".join((turn.typed, *words))
            played.append(Past(queries[key], None, turn.typed, said=turn.said))
        return tuple(played)

    found = []
    for example in examples:
        history = play(example.history)
        found.append((history, tagger.read(history, example.question)))
    return found


def _words(text: str) -> list[str]:
    return [word.lower() for word in _TOKEN.findall(text)]


# --- fitting ----------------------------------------------------------------------------------------------------------


def train(examples: Sequence[Example]) -> TermModel:
    """Fit both judges, and choose from which chances they are believed on talks that they were not fitted on."""
    played = _played(examples)
    signals = [
        read_signals(history, example.question, tags) for example, (history, tags) in zip(examples, played, strict=True)
    ]
    fold_of = _folds(examples)
    needed = np.array([bool(content_added(example, found)) for example, found in zip(examples, signals, strict=True)])
    said_need = np.zeros(len(examples))
    said_words: list[Matrix] = [np.zeros(0)] * len(examples)
    for fold in range(_FOLDS):
        seen = [i for i in range(len(examples)) if fold_of[i] != fold]
        needs, words = _fit(examples, signals, needed, seen)
        for i in range(len(examples)):
            if fold_of[i] == fold:
                said_need[i], said_words[i] = blended(signals[i], played[i][1], needs, words)
    least = _choose(examples, signals, said_need, said_words)
    return TermModel(*_fit(examples, signals, needed, range(len(examples))), *least)


def content_added(example: Example, found: Signals) -> set[str]:
    """The candidates that the rewrite adds, with any other word of content that it adds."""
    return set(read_text(example.rewrite).words) - {t.word for t in read_text(example.question).tokens}


def _folds(examples: Sequence[Example]) -> list[int]:
    talks = sorted({example.talk for example in examples})
    order = np.random.default_rng(SEED).permutation(len(talks))
    fold_of = {talk: int(place) % _FOLDS for talk, place in zip(talks, order, strict=True)}
    return [fold_of[example.talk] for example in examples]


def _fit(
    examples: Sequence[Example], signals: Sequence[Signals], needed: np.ndarray, seen: Sequence[int]
) -> tuple[Trees, Trees]:
    questions = np.array([signals[i].question for i in seen])
    rows = np.vstack([signals[i].rows for i in seen])
    truth = np.array([word in examples[i].added for i in seen for word in signals[i].words])
    return _trees(questions, needed[list(seen)], 80, 3), _trees(rows, truth, 150, 4)


def _trees(rows: Matrix, truth: np.ndarray, n: int, depth: int) -> Trees:
    fitted = GradientBoostingClassifier(
        n_estimators=n, learning_rate=0.08, max_depth=depth, min_samples_leaf=20, subsample=0.5, max_features=0.15,
        random_state=SEED,
    ).fit(rows.astype(np.float32), truth)  # fmt: skip
    prior = float(fitted.init_.class_prior_[1])
    trees = []
    for (tree,) in fitted.estimators_:
        inner = tree.tree_  # scikit-learn numbers the nodes in preorder, as `tree_of` reads them
        leaf = inner.children_left < 0
        numbers = np.where(leaf, inner.value[:, 0, 0] * fitted.learning_rate, inner.threshold)
        trees.append(tree_of(np.where(leaf, -1, inner.feature).tolist(), [float(f"{x:.4g}") for x in numbers]))
    return Trees(float(f"{np.log(prior / (1 - prior)):.4g}"), tuple(trees))


def _choose(
    examples: Sequence[Example], signals: Sequence[Signals], need: Matrix, words: Sequence[Matrix]
) -> tuple[float, float]:
    """The two least chances of the best F1 among those that add to few enough questions that stand alone."""
    alone = np.array([not content_added(e, found) for e, found in zip(examples, signals, strict=True)])
    wanted = [e.added & set(found.words) for e, found in zip(examples, signals, strict=True)]
    total = sum(map(len, wanted))
    best = (0.0, 1.0, 1.0)
    # The threshold of the best F1 is half of that F1; what lies far above it was chosen by chance.
    for least_word in np.arange(0.1, 0.26, 0.02):
        taken = [
            {w for w, p in zip(found.words, chances, strict=True) if p >= least_word}
            for found, chances in zip(signals, words, strict=True)
        ]
        right = np.array([len(took & wants) for took, wants in zip(taken, wanted, strict=True)])
        wrong = np.array([len(took - wants) if wants else 0 for took, wants in zip(taken, wanted, strict=True)])
        false = np.array([bool(took) for took in taken]) & alone
        for least_need in np.quantile(need, np.arange(0.0, 0.9, 0.02)):
            believed = need >= least_need
            if false[believed].sum() <= _MOST_FALSE * alone.sum():
                hits = int(right[believed].sum())
                f1 = 2 * hits / max(1, hits + int(wrong[believed].sum()) + total)
                best = max(best, (f1, float(least_need), float(least_word)))
    return round(best[1], 4), round(best[2], 4)


# --- writing ----------------------------------------------------------------------------------------------------------


def to_json(model: TermModel, examples: Sequence[Example]) -> dict[str, object]:
    """What `app.resolve.terms.from_json` reads, and by what the turns are known that the model was fitted on."""
    return {
        "least": [model.least_need, model.least_word],
        "needs": _written(model.needs),
        "words": _written(model.words),
        "turns": "".join(sorted(turn_digest(e.question, e.rewrite) for e in examples)),
    }


def _written(trees: Trees) -> dict[str, object]:
    return {"start": trees.start, "trees": [_tree(tree) for tree in trees.trees]}


def _tree(tree: Tree) -> list[list[float]]:
    leaf = tree.left == np.arange(len(tree.left))
    numbers = np.where(leaf, tree.value, tree.threshold)
    return [np.where(leaf, -1, tree.feature).tolist(), [int(n) if n == int(n) else n for n in numbers.tolist()]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Train on the whole file and write the model; 1 when the data is missing."""
    parser = argparse.ArgumentParser(prog="python -m app.resolve.train", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="turns with their rewrites, one JSON object a line")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("model.json"))
    options = parser.parse_args(arguments)
    if not options.data.is_file():
        sys.stderr.write(f"cannot train: the rewritten turns are not at {options.data}: name the file with --data\n")
        return 1
    rows = [json.loads(line) for line in options.data.read_text(encoding="utf-8").splitlines() if line.strip()]
    examples = read_examples(rows)
    written = to_json(train(examples), examples)
    options.out.write_text(json.dumps(written, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
