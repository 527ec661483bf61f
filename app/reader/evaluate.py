"""Measure the shipped reader on a SQuAD 1.1 file: `python -m app.reader.evaluate FILE`, plain or .gz.

The passage is given; the reader points at the words that answer. Prints F1 and exact match as the SQuAD 1.1 evaluation
counts them, with bootstrap intervals, and as its last line `reader F1 0.742 EM 0.603 n 1190`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.reader.examples import Example, load_paragraphs
from app.reader.passages import WEIGHTS_PATH, PassageReader
from app.reader.spans import best_spans, exact_match, f1, interval
from app.reader.tokens import encode_passage, load_tokenizer
from ingest.errors import DatelineError, UsageError

if TYPE_CHECKING:
    from app.reader.network import ReaderNetwork

__all__ = ["main", "squad_score"]


def squad_score(network: ReaderNetwork, examples: Sequence[Example], *, exact: bool = False) -> str:
    """F1 and exact match of the torch network on examples that answer; `exact` for float32 instead of bfloat16."""
    import torch

    from app.reader.network import Row, collate

    tokenizer = load_tokenizer()
    device = next(network.parameters()).device
    scores = []
    for example in examples:
        tokens = encode_passage(tokenizer, example.question, example.headline, example.passage)
        batch = collate([Row(0, tuple(tokens.ids), tokens.asked, tokens.first, ())])
        with torch.no_grad(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=not exact):
            _, starts, ends = network(**{k: v.to(device) for k, v in batch.inputs.items()})
        found = best_spans(starts[0, :-1].cpu().numpy(), ends[0, :-1].cpu().numpy(), first=tokens.first, n=1)
        at = [(tokens.offsets[s.first - tokens.first][0], tokens.offsets[s.last - tokens.first][1]) for s in found]
        said = example.passage[slice(*at[0])] if at else ""
        right = [example.passage[a:b] for a, b in example.answers]
        scores.append((f1(said, right), exact_match(said, right)))
    mean = np.mean(scores, axis=0) if scores else (0.0, 0.0)
    return f"held-out articles F1 {mean[0]:.3f} EM {mean[1]:.3f} n {len(scores)}"


def main(argv: Sequence[str] | None = None) -> int:
    """Read every question of the file over its own passage."""
    parser = argparse.ArgumentParser(prog="python -m app.reader.evaluate", description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path, help="a SQuAD 1.1 file, plain or .gz")
    parser.add_argument("--weights", type=Path, default=WEIGHTS_PATH, help="another network")
    arguments = parser.parse_args(argv)
    try:
        asked = [
            (question, paragraph.text, [text for _, text in answers])
            for paragraph in load_paragraphs(arguments.file)
            for question, answers in paragraph.questions
            if answers
        ]
        if not asked:
            raise UsageError(f"{arguments.file} holds no question with an answer")
        reader = PassageReader(arguments.weights)
        f1s, ems = [], []
        for question, text, right in asked:
            reading = reader.read(question, [("", text)])[0]
            said = reading.answers[0].span.of(text) if reading.answers else ""
            f1s.append(f1(said, right))
            ems.append(exact_match(said, right))
    except DatelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{arguments.file.name}: {len(asked)} questions, weights {reader.digest[:16]}")
    print(f"F1 {interval(f1s)}  EM {interval(ems)}  (95% bootstrap intervals)")
    print(f"reader F1 {np.mean(f1s):.3f} EM {np.mean(ems):.3f} n {len(asked)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
