"""Train the tagger of `app.resolve.tagger` on the conversations of `talks.jsonl.gz`, and export it.

    python -m app.resolve.train_tagger [--epochs 3]

Each line is a conversation: `style` and `turns`, each with the question `q`, the rewrite `r` by which it stands alone
where it does not, and the answer `a` where one is given. No line is of a collection that is measured on. Seeded: the
same data, versions and machine give the same weights. Needs the `train` extra.
"""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import json
import logging
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from app.reader.export import write_quantised
from app.reader.tokens import load_tokenizer
from app.resolve.past import Past
from app.resolve.signals import read_text
from app.resolve.tag_network import TagNetwork, TagRow, collate, loss
from app.resolve.tagger import INPUTS, OUTPUTS, TAGGER_PATH, Tagger
from app.resolve.talk import encode_talk
from ingest.errors import ReaderError, UsageError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["TALKS_PATH", "TaggedTurn", "load_talks", "turns_of", "write_onnx"]

_log = logging.getLogger(__name__)
TALKS_PATH = Path(__file__).with_name("talks.jsonl.gz")
SEED = 11
_RATE, _HEAD_RATE = 6e-5, 6e-4
_WARM_UP, _LAST_RATE = 0.06, 0.02
_BATCH_TOKENS = 3_000
_FORGOTTEN = 0.25  # share of the earlier queries that lack what was carried into them: ours make mistakes too
_TOLERANCE = 1.0  # nats, of the need and of single words


@dataclass(frozen=True, slots=True)
class TaggedTurn:
    """A question after others, and the words that its rewrite adds."""

    history: tuple[Past, ...]
    question: str
    added: frozenset[str]


def load_talks(path: Path = TALKS_PATH) -> list[list[TaggedTurn]]:
    """The turns after the first of each conversation.

    Raises:
        UsageError: the file cannot be read or is not of its form.
    """
    try:
        lines = gzip.decompress(path.read_bytes()).splitlines()
        rows = [json.loads(line)["turns"] for line in lines]
        return [
            turns_of([(str(t["q"]), str(t.get("r") or t["q"]), str(t.get("a") or "")) for t in row]) for row in rows
        ]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} is damaged ({type(error).__name__}: {error}): restore it") from error


def turns_of(talk: Sequence[tuple[str, str, str]]) -> list[TaggedTurn]:
    """The turns after the first of (question, rewrite, answer) in order."""
    past: list[Past] = []
    found = []
    for question, rewrite, answer in talk:
        added = read_text(rewrite).words - {token.word for token in read_text(question).tokens}
        if past:
            found.append(TaggedTurn(tuple(past), question, added))
        past.append(Past(rewrite, None, question, said=answer))
    return found


def _row(turn: TaggedTurn, tokenizer: Tokenizer, rng: random.Random) -> TagRow:
    past = [dataclasses.replace(p, query=p.typed) if rng.random() < _FORGOTTEN else p for p in turn.history]
    tokens = encode_talk(tokenizer, past, turn.question)
    return TagRow(
        tuple(tokens.ids), tuple(tokens.roles), tuple(map(tuple, tokens.places.values())),
        tuple(word in turn.added for word in tokens.places), bool(turn.added),
    )  # fmt: skip


def _batches(rows: Sequence[TagRow], rng: random.Random) -> list[list[TagRow]]:
    """Rows of like length together, at most so many tokens with their padding."""
    found: list[list[TagRow]] = [[]]
    for row in sorted(rows, key=lambda r: len(r.ids) // 8 + rng.random()):
        if found[-1] and max(len(row.ids), len(found[-1][-1].ids) + 8) * (len(found[-1]) + 1) > _BATCH_TOKENS:
            found.append([])
        found[-1].append(row)
    rng.shuffle(found)
    return found


def fit(network: TagNetwork, talks: Sequence[Sequence[TaggedTurn]], epochs: int) -> None:
    """Some passes over the turns, in place."""
    rng = random.Random(SEED)
    tokenizer = load_tokenizer()
    turns = [turn for talk in talks for turn in talk]
    steps = [batch for _ in range(epochs) for batch in _batches([_row(t, tokenizer, rng) for t in turns], rng)]
    body = [p for p in network.encoder.parameters() if p.requires_grad]
    heads = [p for part in (network.roles, network.need, network.word) for p in part.parameters()]
    rates = (_RATE, _HEAD_RATE)
    optimiser = torch.optim.AdamW([{"params": body}, {"params": heads}], lr=_RATE, weight_decay=0.01)
    network.train()
    began, seen = time.monotonic(), [0.0, 0.0]
    for number, batch in enumerate(steps, start=1):
        share = min(number / (_WARM_UP * len(steps)), 1.0) * max(_LAST_RATE, 1 - number / len(steps))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * share
        words, need = loss(network, collate(batch))
        optimiser.zero_grad()
        (words + need).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        seen = [seen[0] + words.item(), seen[1] + need.item()]
        if number % 50 == 0:
            took = (time.monotonic() - began) / number
            told = (number, len(steps), seen[0] / 50, seen[1] / 50, took)
            _log.info("step %d of %d: words %.3f, need %.3f, %.1f s a step", *told)
            seen = [0.0, 0.0]
    network.eval()


def write_onnx(network: TagNetwork, out: Path, samples: Sequence[TaggedTurn]) -> float:
    """The network in 8 bits at `out`; returns the largest difference of a logit on the samples, the median of turns.

    Raises:
        ReaderError: they differ by more than a nat: the export is not kept.
    """
    network = network.eval()
    tokenizer = load_tokenizer()
    tokens = encode_talk(tokenizer, samples[0].history, samples[0].question)
    example = dict(zip(INPUTS, (torch.tensor([tokens.ids]), torch.tensor([tokens.roles])), strict=True))
    axes = {name: {0: "turns", 1: "tokens"} for name in (*INPUTS, "words")} | {"need": {0: "turns"}}
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "tagger.onnx"
        write_quantised(network, example, OUTPUTS, axes, made)
        tagger, apart = Tagger(made), []
        for turn in samples:
            tokens = encode_talk(tokenizer, turn.history, turn.question)
            with torch.no_grad():
                need, words = network(torch.tensor([tokens.ids]), torch.tensor([tokens.roles]))
            tags = tagger.read(turn.history, turn.question)
            exact = {word: max(float(words[0, i]) for i in places) for word, places in tokens.places.items()}
            gaps = [abs(tags.words[word] - value) for word, value in exact.items() if value > -3]
            apart.append(max([abs(tags.need - float(need[0])), *gaps]))
        difference = sorted(apart)[len(apart) // 2]
        if not difference <= _TOLERANCE:
            raise ReaderError(f"the export differs from the trained network by {difference:.2f}: it is not kept")
        out.write_bytes(made.read_bytes())
    return difference


def main(argv: Sequence[str] | None = None) -> int:
    """Train, export, and refuse to leave an export that differs."""
    parser = argparse.ArgumentParser(prog="python -m app.resolve.train_tagger", description=__doc__.splitlines()[0])
    parser.add_argument("--talks", type=Path, default=TALKS_PATH, help="conversations, one JSON object a line, in gzip")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=TAGGER_PATH)
    parser.add_argument("--weights", type=Path, help="where to keep the float weights too, or to take them from")
    parser.add_argument("--export-only", action="store_true", help="export what --weights holds")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.manual_seed(SEED)
    try:
        talks = load_talks(options.talks)
        network = TagNetwork.from_reader()
        if options.export_only:
            network.load_state_dict(torch.load(options.weights, map_location="cpu"))
        else:
            fit(network, talks, options.epochs)
            if options.weights:
                torch.save(network.state_dict(), options.weights)
        samples = [turn for talk in talks[:40] for turn in talk[-1:]]
        difference = write_onnx(network, options.out, samples)
    except (UsageError, ReaderError) as error:
        _log.error("error: %s", error)
        return 1
    size = options.out.stat().st_size / 1e6
    _log.info("%s: %.1f MB, differs from the network by %.3f (median)", options.out, size, difference)
    return 0


if __name__ == "__main__":
    sys.exit(main())
