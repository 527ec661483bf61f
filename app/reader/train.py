"""The reader's recipe: `python -m app.reader.train --data DIR --out OUT`.

1. *Pretraining* on questions made of unlabelled news (`app.reader.pretraining`).
2. *Fine-tuning* on annotated questions, on weekly news questions with lists of found passages, and on some drafted
   questions of the first step, so that what it taught stays.
3. *Written questions* (`app.reader.written`): answered and nearly answered ones, beside a share of what step 2 saw.
4. *Export* to 8 bits (`app.reader.export`), *judge* (`app.reader.calibrate`) and *model card*.

News of `HELD_OUT_WEEKS` and one annotated article in twelve are left out of 1 and 2; the judge is fitted to the
calibration weeks and those articles. Seeded. Each step keeps what it made in OUT and goes on from it: run the same
command again after it was stopped. Runs on a GPU where torch has one.
"""

from __future__ import annotations

import argparse
import logging
import math
import random
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.reader.examples import (
    YEARS,
    Example,
    NewsArticle,
    is_held_out_day,
    load_news,
    load_questions,
    squad_examples,
)
from app.reader.memory import with_pages_kept
from evals.draft_sentences import is_self_contained, read_names
from evals.draft_templates import propose
from ingest.errors import DatelineError

if TYPE_CHECKING:
    from app.reader.network import ReaderNetwork, Row

__all__ = [
    "draft_questions",
    "finetuning_rows",
    "load_rows",
    "main",
    "pretraining_rows",
    "save_rows",
    "with_pages_kept",
]

_log = logging.getLogger(__name__)
_SQUAD_NEGATIVES = 0.4  # share of the annotated questions that are also asked of a paragraph that does not answer
_REHEARSED = 0.04  # share of the pretraining examples that fine-tuning sees again, each pass other ones
_ROUNDS = ((2, 0.35), (1, 0.175), (1, 0.6))  # how often a round sees each written question, and what share of a pass


# --- what is learnt from ----------------------------------------------------------------------------------------------


def training_news(data: Path) -> tuple[NewsArticle, ...]:
    """The articles that may be learnt from: none of the held-out weeks, nor any found for a question of theirs."""
    questions = load_questions(data, YEARS)
    kept_back = {url for q in questions if is_held_out_day(q.day) for url in q.urls}
    return load_news(data, YEARS, without=lambda a: is_held_out_day(a.published) or a.url in kept_back)


def draft_questions(said: Sequence[str], headline: str) -> Callable[[str], Sequence[tuple[str, tuple[str, ...]]]]:
    """The rules that draft evaluation questions, for one article: sentences that lean on others give none."""
    names = read_names([said])[0]

    def draft(sentence: str) -> Sequence[tuple[str, tuple[str, ...]]]:
        if not is_self_contained(sentence):
            return ()
        return [(p.question, p.answers) for p in propose(sentence, names, headline=headline)]

    return draft


def pretraining_rows(data: Path, *, n: int, seed: int) -> list[Row]:
    """About `n` rows made of the news that may be learnt from."""
    from app.reader.network import tokenise
    from app.reader.pretraining import Archive, pretraining_examples
    from app.reader.tokens import load_tokenizer

    archive = Archive(training_news(data))
    _log.info("pretraining: %d articles, %d passages", len(archive.articles), len(archive.passages))
    tokenizer = load_tokenizer()
    rows: list[Row] = []
    held: list[Example] = []
    for example in pretraining_examples(archive, draft_questions, n=n, seed=seed):
        held.append(example)
        if len(held) == 5_000:
            rows.extend(tokenise(tokenizer, held))
            held = []
            _log.info("pretraining: %d examples made", len(rows))
    rows.extend(tokenise(tokenizer, held))
    return rows


def finetuning_rows(data: Path, rehearsed: Sequence[Row], *, passes: float, seed: int) -> list[list[Row]]:
    """The rows of each pass; a pass of less than one takes that share of the annotated questions."""
    from app.reader.network import tokenise
    from app.reader.news_lists import PassageSearch, news_examples
    from app.reader.tokens import load_tokenizer

    tokenizer = load_tokenizer()
    search = PassageSearch(training_news(data))
    questions = [q for q in load_questions(data, YEARS) if not is_held_out_day(q.day)]
    found: list[list[Row]] = []
    number = 0
    while passes > number:
        share = min(1.0, passes - number)
        rng = random.Random(f"{seed} {number}")
        squad = _drawn(list(squad_examples(data, held_out=False, seed=seed + number)), share, rng)
        news = _drawn(list(news_examples(search, questions, seed=seed + number)), share, rng)
        rows = tokenise(tokenizer, [*squad, *news])
        again = {r.group for r in rehearsed}
        chosen = set(rng.sample(sorted(again), int(len(again) * _REHEARSED * share)))
        last = max((r.group for r in rows), default=0) + 1
        rows.extend(_moved(r, last) for r in rehearsed if r.group in chosen)
        _log.info("pass %d: %d annotated examples, %d of news", number + 1, len(squad), len(news))
        found.append(rows)
        number += 1
    return found


def written_rows(data: Path, rehearsed: Sequence[Row], *, times: int, share: float, seed: int) -> list[Row]:
    """The written questions so many times, beside other passages each time, and a share of what was learnt before."""
    from app.reader.network import tokenise
    from app.reader.news_lists import PassageSearch
    from app.reader.tokens import load_tokenizer
    from app.reader.written import load_written, written_examples

    tokenizer = load_tokenizer()
    news = training_news(data)
    search, excerpts = PassageSearch(news), load_written(news)
    rows: list[Row] = []
    for number in range(times):
        first = 1 + max((r.group for r in rows), default=0)
        rows.extend(
            tokenise(tokenizer, list(written_examples(excerpts, search, seed=seed + number, first_group=first)))
        )
    _log.info("%d questions written about %d excerpts", sum(len(e.questions) for e in excerpts), len(excerpts))
    again = {r.group for r in rehearsed}
    chosen = set(random.Random(seed).sample(sorted(again), int(len(again) * share)))
    last = 1 + max((r.group for r in rows), default=0)
    return [*rows, *(_moved(r, last) for r in rehearsed if r.group in chosen)]


def _drawn(examples: Sequence[Example], share: float, rng: random.Random) -> list[Example]:
    """A share of the questions; of annotated ones only some with their negatives, which teach less than they cost."""
    groups: dict[int, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.group, []).append(example)
    found = []
    for members in groups.values():
        if rng.random() >= share:
            continue
        right = [e for e in members if e.answers]
        lone = len(right) == 1 and len(members) == 2
        found.extend(right if lone and rng.random() >= _SQUAD_NEGATIVES else members)
    return found


def _moved(row: Row, by: int) -> Row:
    from dataclasses import replace

    return replace(row, group=row.group + by)


def save_rows(path: Path, rows: Sequence[Row]) -> None:
    """Rows as compact arrays."""
    spans = [(i, *s) for i, r in enumerate(rows) for s in r.spans]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new.npz")
    np.savez_compressed(
        beside,
        ids=np.concatenate([np.array(r.ids, dtype=np.uint16) for r in rows]) if rows else np.zeros(0, np.uint16),
        heads=np.array([(r.group, len(r.ids), r.asked, r.first) for r in rows], dtype=np.int64).reshape(-1, 4),
        spans=np.array(spans, dtype=np.int32).reshape(-1, 3),
    )
    beside.replace(path)


def load_rows(path: Path) -> list[Row]:
    """The inverse of `save_rows`."""
    from app.reader.network import Row

    with np.load(path) as held:
        ids, heads, spans = held["ids"].tolist(), held["heads"].tolist(), held["spans"].tolist()
    of: dict[int, list[tuple[int, int]]] = {}
    for i, a, b in spans:
        of.setdefault(i, []).append((a, b))
    rows, at = [], 0
    for i, (group, n, asked, first) in enumerate(heads):
        rows.append(Row(group, tuple(ids[at : at + n]), asked, first, tuple(of.get(i, ()))))
        at += n
    return rows


def _kept(path: Path, make: Callable[[], list[Row]]) -> list[Row]:
    if not path.exists():
        save_rows(path, make())
    return load_rows(path)


# --- the run ----------------------------------------------------------------------------------------------------------


def run(arguments: argparse.Namespace) -> None:
    """All steps that OUT does not hold yet, then what is shipped."""
    import torch

    from app.reader.evaluate import squad_score
    from app.reader.fit import batches, fit, reading_loss
    from app.reader.network import ReaderNetwork

    torch.manual_seed(arguments.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    out, data, seed = arguments.out, arguments.data, arguments.seed
    held_out = list(squad_examples(data, held_out=True, seed=seed))
    random.Random(seed).shuffle(held_out)

    def measure(network: ReaderNetwork) -> str:
        return squad_score(network, held_out[: arguments.measured])

    network = ReaderNetwork.from_encoder()
    rows = _kept(out / "pretraining.npz", lambda: pretraining_rows(data, n=arguments.pretrain, seed=seed))
    stages = [("pretraining", out / "pretrained.pt", rows, 1.5)]
    made: list[list[Row]] = []
    for number in range(math.ceil(arguments.passes)):
        path = out / f"pass-{number + 1}.npz"
        if not path.exists():
            made = made or finetuning_rows(data, rows, passes=arguments.passes, seed=seed)
            save_rows(path, made[number])
        stages.append((f"pass {number + 1}", path.with_suffix(".pt"), load_rows(path), 0.7**number))
    learnt = [held for _, _, held, _ in stages[1:] or stages]
    for number in range(arguments.written):
        path, before = out / f"written-{number + 1}.npz", learnt[-1 - number % len(learnt)]
        times, share = _ROUNDS[number]
        held = _kept(path, partial(written_rows, data, before, times=times, share=share, seed=seed + 2 * number))
        stages.append((f"written questions {number + 1}", path.with_suffix(".pt"), held, 0.7))
    curves: list[tuple[str, int, str]] = []
    for number, (what, checkpoint, held, share) in enumerate(stages):
        steps = batches(held, seed=seed + number)
        fit(
            network, steps, rate=share * arguments.rate, checkpoint=checkpoint, device=device, measure=measure,
            loss_of=reading_loss,
        )  # fmt: skip
        curves.extend((what, step, seen) for step, seen in torch.load(checkpoint, map_location="cpu")["curve"])
    if arguments.ship:
        _ship(arguments, network, held_out, curves, [(what, len(held)) for what, _, held, _ in stages])


def _ship(
    arguments: argparse.Namespace,
    network: ReaderNetwork,
    held_out: Sequence[Example],
    curves: Sequence[tuple[str, int, str]],
    counts: Sequence[tuple[str, int]],
) -> None:
    """Export, fit the judge, measure, and write the card."""
    from app.reader.calibrate import calibrate
    from app.reader.card import Facts, write_card
    from app.reader.export import compare, export
    from app.reader.judge import load_judge
    from app.reader.measure import measure_news
    from app.reader.passages import WEIGHTS_PATH, PassageReader

    difference = export(network, WEIGHTS_PATH)
    exported = f"{compare(network, held_out)}; relevance differs by at most {difference:.2f} on the samples"
    _log.info("%s", exported)
    reader = PassageReader()
    judged = calibrate(arguments.data, arguments.out, reader)
    judge = load_judge(network=reader.digest)
    news = measure_news(arguments.data, arguments.out, reader, judge)
    write_card(Facts(counts, curves, exported, judged, news, reader.digest, judge.threshold, arguments.seed))


def main(argv: Sequence[str] | None = None) -> int:
    """Train and ship; the steps after training can be run alone by the commands of docs/reader.md."""
    parser = argparse.ArgumentParser(prog="python -m app.reader.train", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds squadshifts/ and realtimeqa/")
    parser.add_argument("--out", type=Path, default=Path(".work/reader"), help="folder for checkpoints and the like")
    parser.add_argument("--pretrain", type=int, default=60_000, help="examples made of unlabelled news")
    parser.add_argument("--passes", type=float, default=2.0, help="passes over the labelled questions")
    parser.add_argument(
        "--written", type=int, default=len(_ROUNDS), choices=range(len(_ROUNDS) + 1), help="rounds of written questions"
    )
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--measured", type=int, default=300, help="held-out questions that progress is measured on")
    parser.add_argument("--no-ship", dest="ship", action="store_false", help="train only, leave what is shipped alone")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if argv is None:
        with_pages_kept("app.reader.train")
    try:
        run(arguments)
    except DatelineError as error:
        _log.error("error: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
