"""The model card of the shipped reader: written by its recipe from what the recipe saw, never by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.reader.examples import HELD_OUT_WEEKS

__all__ = ["CARD_PATH", "Facts", "write_card"]

CARD_PATH = Path(__file__).with_name("MODEL_CARD.md")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run saw: examples of each stage, lines of the learning curves, and the figures of each measurement."""

    counts: Sequence[tuple[str, int]]
    curves: Sequence[tuple[str, int, str]]
    export: str
    judge: str
    news: str
    digest: str
    threshold: float
    seed: int


# ruff: noqa: E501  (Markdown tables have long lines)
_CARD = """# The shipped reader

*Written by `python -m app.reader.train`; weights {digest}.*

A cross-encoder that reads a question and a passage once and says how well the passage answers (relevance), where the
answer starts and ends, and how likely it is that there is none. It starts from all-MiniLM-L6-v2 (6 layers, 384 wide, 22
million weights). Beside it, `judge.json` holds some forty weights: how the candidates of many passages are weighed
against each other, and how sure to be of the best. Below a confidence of {threshold} Dateline declines.

## Data

| what | used for | terms |
|---|---|---|
| all-MiniLM-L6-v2 | starting weights | Apache-2.0 |
| RealTime QA (Kasai et al. 2023), the articles of 2022 to 2024 without labels | pretraining: questions made of them | articles belong to their publishers; nothing of them is shipped |
| SQuADShifts (Miller et al. 2020): Wikipedia, Reddit, product reviews | fine-tuning, all but one article in twelve; judge on the rest | CC BY 4.0 |
| RealTime QA, weekly questions | fine-tuning by distant supervision; judge on the calibration weeks | as above |
| Questions about excerpts of those articles (`written.jsonl.gz`), three in seven left open by the excerpt; written by a large language model that read them, each answer's place checked mechanically | last stage; judge on the calibration weeks | as this project |

Examples of each stage: {counts}; seed {seed}. Left out of all fitting of the network: {weeks}; of these the
calibration weeks alone were used for the judge. The five articles in `seeds/` and the gold questions were used for nothing.

## Learning curves

Held-out annotated articles, as training went (300 questions):

| step of | steps | seen |
|---|---|---|
{curves}

## Figures

Export: {export}

Judge, across folds of what it was fitted to:

```
{judge}
```

News of the test weeks:

```
{news}
```

## Limits

- English only. Trained on news, Wikipedia, Reddit and reviews; law, science and tables are foreign to it.
- It reads 320 tokens: of a longer passage it does not see the end.
- It finds what is said. It does not add up, compare or infer over several passages.
- A confidence is the chance that the answer is right as judged on news of one span of weeks; other archives shift it.
- A question that changes one detail of what an article says (another year, another office) is what it declines least well.
"""


def write_card(facts: Facts, path: Path = CARD_PATH) -> None:
    """The card at `path`, in Markdown."""
    weeks = ", ".join(f"{first} to {last} ({name})" for name, first, last in HELD_OUT_WEEKS)
    path.write_text(
        _CARD.format(
            digest=facts.digest[:16],
            threshold=facts.threshold,
            counts=", ".join(f"{what} {n:,}" for what, n in facts.counts),
            seed=facts.seed,
            weeks=weeks,
            curves="\n".join(f"| {what} | {step} | {seen} |" for what, step, seen in facts.curves),
            export=facts.export,
            judge=facts.judge,
            news=facts.news,
        ),
        encoding="utf-8",
    )
