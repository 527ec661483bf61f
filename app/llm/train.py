"""The entailment network's recipe: `python -m app.llm.train --data DIR`.

It goes on from the shipped reader, whose weights it takes out of `app/reader/reader.onnx`; the head that told how well
a passage answers learns to tell how likely a source carries a statement (`app/llm/examples.py`). One article in six of
those that statements were written about is left out, to measure on, and so is what `evals/model_set.py` measures with.
Seeded. The checkpoint in OUT is gone on from: run the same command again after it was stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from app.llm.card import LEFT_OUT, Facts, write_card
from app.llm.entailment import ENTAILMENT_PATH, INPUTS, OUTPUT, EntailmentNetwork, encode_pair
from app.llm.examples import Example, examples_of_news, examples_of_questions, load_written
from app.reader.examples import YEARS, NewsArticle, is_held_out_paragraph, is_test_day, load_news, load_paragraphs
from app.reader.export import shipped_network, write_quantised
from app.reader.fit import batches, fit
from app.reader.memory import with_pages_kept
from app.reader.network import ReaderNetwork
from app.reader.tokens import load_tokenizer
from evals.model_set import articles_of_set
from ingest.errors import DatelineError, ReaderError

__all__ = ["main"]

_log = logging.getLogger(__name__)
_OF_NEWS, _OF_QUESTIONS = 4_400, 1_800
_TOKENS = 2_600  # a batch
_SURE = 0.02  # how far from certain an example may leave the network
_AT = (1.0, 2.0, 2.5, 3.0, 3.5, 4.0)
_TOLERANCE = 0.3  # nats


@dataclass(frozen=True, slots=True)
class _Pair:
    """An example as tokens, the first `said` of which are of the statement's type."""

    group: int
    ids: tuple[int, ...]
    said: int
    carried: bool
    weight: float


class _Entails(nn.Module):  # type: ignore[misc]
    """The encoder with the one head that is shipped."""

    def __init__(self, network: ReaderNetwork) -> None:
        super().__init__()
        self.encoder, self.head = network.encoder, network.heads["relevance"]

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Token ids to the logit that the source carries the statement, (n,) float32."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        return self.head(hidden[:, 0])[:, 0].float()


def training_articles(data: Path) -> tuple[NewsArticle, ...]:
    """The articles that may be learnt from: of the test weeks, only those of questions not measured with."""
    learnt, measured = articles_of_set(data / "realtimeqa")

    def is_kept_back(article: NewsArticle) -> bool:
        in_test_week = article.published is not None and is_test_day(article.published)
        return article.url in measured or (in_test_week and article.url not in learnt)

    return load_news(data, YEARS, without=is_kept_back)


def training_examples(data: Path, *, seed: int) -> tuple[list[Example], list[Example]]:
    """What is learnt from, and the written statements that are left out of it."""
    articles = training_articles(data)
    written = load_written(articles)
    left_out = [e for e in written if _is_left_out(e)]
    about = {e.group for e in left_out}
    found = [e for e in written if not _is_left_out(e)]
    news = [a for a in articles if a.url not in about]
    paragraphs = [
        p for path in sorted((data / "squadshifts").glob("*.json.gz")) for p in load_paragraphs(path)
        if not is_held_out_paragraph(path, p)
    ]  # fmt: skip
    found += examples_of_news(news, n=_OF_NEWS, seed=seed)
    found += examples_of_questions(paragraphs, n=_OF_QUESTIONS, seed=seed)
    return found, left_out


def _is_left_out(example: Example) -> bool:
    return hashlib.sha256(example.group.encode()).digest()[1] % LEFT_OUT == 0


def _pairs(examples: Sequence[Example]) -> list[_Pair]:
    tokenizer = load_tokenizer()
    found = []
    for number, example in enumerate(examples):
        ids, said = encode_pair(tokenizer, example.statement, example.source)
        found.append(_Pair(number, tuple(ids), said, example.carried, example.weight))
    return found


def _collated(pairs: Sequence[_Pair], device: str = "cpu") -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    longest = max(len(p.ids) for p in pairs)
    ids = torch.zeros(len(pairs), longest, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for n, pair in enumerate(pairs):
        ids[n, : len(pair.ids)] = torch.tensor(pair.ids)
        mask[n, : len(pair.ids)] = 1
        types[n, pair.said : len(pair.ids)] = 1
    return ids.to(device), mask.to(device), types.to(device)


def _loss(network: ReaderNetwork, pairs: Sequence[_Pair], device: str) -> torch.Tensor:
    logits = _Entails(network)(*_collated(pairs, device))
    told = torch.tensor([1 - _SURE if p.carried else _SURE for p in pairs], device=device)
    weights = torch.tensor([p.weight for p in pairs], device=device)
    each = functional.binary_cross_entropy_with_logits(logits, told, reduction="none")
    return (each * weights).sum() / weights.sum()


def _logits(network: ReaderNetwork, pairs: Sequence[_Pair]) -> NDArray[np.float64]:
    order = sorted(range(len(pairs)), key=lambda n: len(pairs[n].ids))
    found = np.zeros(len(pairs))
    device = str(next(network.parameters()).device)
    with torch.no_grad():
        for first in range(0, len(order), 32):
            at = order[first : first + 32]
            found[at] = _Entails(network)(*_collated([pairs[n] for n in at], device)).cpu().numpy()
    return found


def _told_at(logits: NDArray[np.float64], carried: NDArray[np.bool_]) -> str:
    """Of the carried, what share passes at each threshold; of what passes, what share is not carried."""
    parts = []
    for at in _AT:
        passed = logits >= at
        kept, wrong = (passed & carried).sum() / max(1, carried.sum()), (passed & ~carried).sum() / max(1, passed.sum())
        parts.append(f"{at:g}: {kept:.1%} / {wrong:.1%}")
    order = logits.argsort().argsort() + 1.0
    n, m = carried.sum(), (~carried).sum()
    area = (order[carried].sum() - n * (n + 1) / 2) / max(1, n * m)
    return f"AUC {area:.3f}; " + ", ".join(parts)


def run(arguments: argparse.Namespace) -> None:
    """Train, export, measure, write the card."""
    torch.manual_seed(arguments.seed)
    examples, left_out = training_examples(arguments.data, seed=arguments.seed)
    pairs, kept_back = _pairs(examples), _pairs(left_out)
    carried = np.array([p.carried for p in kept_back], dtype=bool)
    _log.info("%d examples, %d left out", len(pairs), len(kept_back))
    steps = [b for n in range(arguments.passes) for b in batches(pairs, seed=arguments.seed + n, tokens=_TOKENS)]
    network = shipped_network()

    def measure(network: ReaderNetwork) -> str:
        return _told_at(_logits(network, kept_back), carried)

    device = "cuda" if torch.cuda.is_available() else "cpu"
    checkpoint = arguments.out / "entailment.pt"
    fit(
        network, steps, rate=arguments.rate, checkpoint=checkpoint, device=device, measure=measure, measure_every=500,
        loss_of=_loss,
    )  # fmt: skip
    curve = torch.load(checkpoint, map_location="cpu")["curve"]
    logits, difference = _export(network.to("cpu"), left_out, ENTAILMENT_PATH)
    made = f"{arguments.passes} passes, rate {arguments.rate:g}, seed {arguments.seed}"
    shipped = EntailmentNetwork().digest
    write_card(Facts(shipped, examples, len(left_out), made, curve, _told_at(logits, carried), difference))


def _export(network: ReaderNetwork, examples: Sequence[Example], out: Path) -> tuple[NDArray[np.float64], float]:
    """Write `out`; returns its logits of `examples`, and the median of how far they are from the torch network's.

    Raises:
        ReaderError: that is more than 0.3 nats: the export is not kept.
    """
    pairs = _pairs(examples)
    expected = _logits(network, pairs)
    axes = {name: {0: "pairs", 1: "tokens"} for name in INPUTS} | {OUTPUT: {0: "pairs"}}
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "entailment.onnx"
        inputs = dict(zip(INPUTS, _collated(pairs[:1]), strict=True))
        write_quantised(_Entails(network).float().eval(), inputs, [OUTPUT], axes, made)
        read = EntailmentNetwork(made)
        logits = np.array([read.read(e.statement, e.source) for e in examples])
        difference = float(np.median(np.abs(logits - expected)))
        if not difference <= _TOLERANCE:
            raise ReaderError(f"the export differs from the trained network by {difference:.2f}: it is not kept")
        out.write_bytes(made.read_bytes())
    return logits, difference


def main(argv: Sequence[str] | None = None) -> int:
    """Train and ship."""
    parser = argparse.ArgumentParser(prog="python -m app.llm.train", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds squadshifts/ and realtimeqa/")
    parser.add_argument("--out", type=Path, default=Path(".work/entailment"), help="folder for the checkpoint")
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--rate", type=float, default=8e-5)
    parser.add_argument("--seed", type=int, default=3)
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if argv is None:
        with_pages_kept("app.llm.train")
    try:
        run(arguments)
    except DatelineError as error:
        _log.error("error: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
