"""How well standalone queries carry over what people carry over when they rewrite a follow-up by hand.

Texts are sets of tokens `\\w+` in lower case, less the stop words of `stopwords.txt`. A turn's target words are those
of the human rewrite that are not in the question and do occur in the history, its questions or answers. Its predicted
words are those of our query that are not in the question, whether they occur in the history or not. F1 is micro, over
the turns that have target words. False additions are the share, among the turns whose rewrite holds no word that the
question lacks, of those whose query does. Turns whose rewrite adds only words from outside the history count for
neither. `n` is the number of turns with a history: the others stand alone by definition.

Earlier turns are played in order, each with the query that was made of it then, as in a chat without short answers.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from app.followup import Past, standalone_query
from app.resolve.terms import TermModel, load_terms, trained_on, turn_digest
from ingest.errors import GoldError

__all__ = ["RewriteResult", "RewrittenTurn", "main_rewrites", "read_turns", "rewrites_eval", "tokens"]

_STOPWORDS = Path(__file__).with_name("stopwords.txt")
_TOKEN = re.compile(r"\w+")
_SEED = 0


@dataclass(frozen=True, slots=True)
class RewrittenTurn:
    """A question, the (question, answer) pairs before it, and how a person rewrote it to stand alone."""

    turn_id: str
    history: tuple[tuple[str, str], ...]
    question: str
    rewrite: str

    @property
    def talk(self) -> str:
        """The conversation that the turn is of: its id without the number of the turn."""
        return re.sub(r"(?:_|<::>)\d+$", "", self.turn_id)


@dataclass(frozen=True, slots=True)
class RewriteResult:
    """The measure over one file; `basis` says on what the figures rest."""

    basis: str
    n: int
    n_with_targets: int
    n_alone: int
    precision: float
    recall: float
    f1: float
    false_additions: float

    def table(self) -> str:
        """What a person reads; the last line is fixed: `rewrites F1 0.612 false_additions 0.071 n 1152`."""
        return "\n".join(
            (
                f"{self.n} turns with a history, {self.basis}",
                f"{self.n_with_targets} have target words: precision {self.precision:.3f}, recall {self.recall:.3f}",
                f"{self.n_alone} are rewritten without a word more: {self.false_additions:.1%} of them gain one",
                f"rewrites F1 {self.f1:.3f} false_additions {self.false_additions:.3f} n {self.n}",
            )
        )


@cache
def _stopwords() -> frozenset[str]:
    lines = _STOPWORDS.read_text(encoding="ascii").splitlines()
    return frozenset(token for line in lines if not line.startswith("#") for token in _TOKEN.findall(line))


def tokens(text: str) -> frozenset[str]:
    """The words of `text` that are measured."""
    return frozenset(_TOKEN.findall(text.lower())) - _stopwords()


def read_turns(path: Path) -> tuple[RewrittenTurn, ...]:
    """The turns of a file, one JSON object a line.

    Raises:
        GoldError: The file is missing or empty, or a line is not such an object; names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: cannot be read as rewritten turns: {error}") from error
    turns = tuple(_turn(line, f"{path}, line {n}") for n, line in enumerate(lines, start=1) if line.strip())
    if not any(turn.history for turn in turns):
        raise GoldError(f"{path}: no turns with a history in it")
    return turns


def _turn(line: str, where: str) -> RewrittenTurn:
    try:
        row = json.loads(line)
        history = tuple((str(turn["question"]), str(turn.get("answer") or "")) for turn in row["history"])
        return RewrittenTurn(str(row["id"]), history, str(row["question"]), str(row["rewrite"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GoldError(f'{where}: not a turn with "id", "history", "question" and "rewrite": {error}') from error


def rewrites_eval(path: Path, folds: int | None = None) -> RewriteResult:
    """Make a standalone query of every turn of `path` and compare it with the human rewrite.

    With `folds`, each conversation's turns are judged by a model trained anew on the other conversations of the file:
    the figure to quote for conversations that the shipped model was trained on.

    Raises:
        GoldError: The file is missing or empty, or a line is not a turn.
    """
    turns = [turn for turn in read_turns(path) if turn.history]
    if folds:
        queries = _cross_validated(path, turns, folds)
        basis = f"cross-validated over {folds} folds of conversations"
    else:
        queries = _queries(turns, load_terms())
        basis = _basis(turns)
    return _result(turns, queries, basis)


def _basis(turns: Sequence[RewrittenTurn]) -> str:
    known = sum(turn_digest(turn.question, turn.rewrite) in trained_on() for turn in turns)
    if not known:
        return "none of which the model was trained on"
    return f"{known} of which the model was TRAINED ON: not a figure of quality, which --folds 5 gives"


def _queries(turns: Sequence[RewrittenTurn], model: TermModel) -> list[str]:
    made: dict[tuple[tuple[tuple[str, str], ...], str], str] = {}

    def query(history: tuple[tuple[str, str], ...], question: str) -> str:
        if (history, question) not in made:
            past = [
                Past(query(history[:i], asked), None, asked, said=answer) for i, (asked, answer) in enumerate(history)
            ]
            made[history, question] = standalone_query(past, question, model=model)
        return made[history, question]

    return [query(turn.history, turn.question) for turn in turns]


def _cross_validated(path: Path, turns: Sequence[RewrittenTurn], folds: int) -> list[str]:
    """The queries of each conversation by a model that was trained on the others. Some minutes of CPU."""
    from app.resolve.train import read_examples, train

    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    examples = read_examples(rows)
    talks = sorted({turn.talk for turn in turns})
    order = np.random.default_rng(_SEED).permutation(len(talks))
    fold_of = {talk: int(place) % folds for talk, place in zip(talks, order, strict=True)}
    queries = [""] * len(turns)
    for fold in range(folds):
        model = train([example for example in examples if fold_of[example.talk] != fold])
        held = [i for i, turn in enumerate(turns) if fold_of[turn.talk] == fold]
        for i, query in zip(held, _queries([turns[i] for i in held], model), strict=True):
            queries[i] = query
    return queries


def _result(turns: Sequence[RewrittenTurn], queries: Sequence[str], basis: str) -> RewriteResult:
    right = wrong = missed = with_targets = alone = gained = 0
    for turn, query in zip(turns, queries, strict=True):
        asked = tokens(turn.question)
        added = tokens(turn.rewrite) - asked
        talked = frozenset().union(*(tokens(text) for pair in turn.history for text in pair))
        targets, predicted = added & talked, tokens(query) - asked
        if targets:
            with_targets += 1
            right += len(predicted & targets)
            wrong += len(predicted - targets)
            missed += len(targets - predicted)
        if not added:
            alone += 1
            gained += bool(predicted)
    return RewriteResult(
        basis, len(turns), with_targets, alone, right / max(1, right + wrong), right / max(1, right + missed),
        2 * right / max(1, 2 * right + wrong + missed), gained / max(1, alone),
    )  # fmt: skip


def main_rewrites(file: Path, folds: int | None = None) -> int:
    """Print the report over `file`."""
    sys.stdout.write(rewrites_eval(file, folds).table() + "\n")
    return 0
