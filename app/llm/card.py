# ruff: noqa: E501  (Markdown tables have long lines)
"""The entailment network's card: what it was trained on and how it does, written with its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.llm.examples import Example

__all__ = ["LEFT_OUT", "Facts", "write_card"]

LEFT_OUT = 6
"""Of the articles that statements were written about, one in so many is measured on."""

CARD_PATH = Path(__file__).with_name("MODEL_CARD.md")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run came to: `made` says how, `curve` holds steps and what was seen there, `difference` is in nats."""

    digest: str
    examples: Sequence[Example]
    n_left_out: int
    made: str
    curve: Sequence[tuple[int, str]]
    shipped: str
    difference: float


def write_card(facts: Facts, path: Path = CARD_PATH) -> None:
    """Write the card."""
    kinds = {kind: sum(e.kind == kind for e in facts.examples) for kind in ("news", "question", "written", "recorded")}
    rows = "\n".join(f"| {step} | {seen} |" for step, seen in facts.curve)
    path.write_text(
        f"""# The shipped entailment network

*Written by `python -m app.llm.train`; weights {facts.digest[:16]}.*

It reads a statement and a source together and says how likely the source carries the statement: the last check that a
language model's sentence passes before it is shown (docs/language-models.md). It starts from the shipped reader (6
layers, 384 wide, 22 million weights) and keeps its encoder and one head.

## Data

| what | used for | examples | terms |
|---|---|---|---|
| the shipped reader (app/reader/MODEL_CARD.md) | starting weights | | Apache-2.0 (all-MiniLM-L6-v2), as this project |
| RealTime QA (Kasai et al. 2023), the articles of 2022 to 2024 without labels | sentences shortened, or made false | {kinds["news"]:,} | articles belong to their publishers; nothing of them is shipped |
| SQuADShifts (Miller et al. 2020), all but one article in twelve | statements made of questions and answers | {kinds["question"]:,} | CC BY 4.0 |
| Statements about excerpts of those articles (`written.jsonl.gz`), true ones in other words and ones with one thing wrong; written by a large language model that read them | training | {kinds["written"]:,} | as this project |
| What SmolLM2-135M-Instruct said of its quotes, to half of the recorded questions of `evals/replies-realtimeqa.jsonl.gz`; judged by a large language model that read the quotes | training | {kinds["recorded"]:,} | as this project |

{facts.made}. Left out: every article found for the recorded questions that are measured with; of the test weeks all but
the articles of those that are learnt from; the five articles in `seeds/`, the invented ones, and all gold questions.

## Learning curve

{facts.n_left_out:,} written and recorded statements about one article in {LEFT_OUT}, left out. At each threshold: the share of the carried
ones that pass, and the share of what passes that is not carried.

| step | seen |
|---|---|
{rows}

## Figures

As shipped, in 8 bits: {facts.shipped}. Half of its logits differ from the float32 network's by less than
{facts.difference:.2f}.
""",
        encoding="utf-8",
    )
