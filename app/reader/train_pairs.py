"""The recipe of the pair model: `python -m app.reader.train_pairs --data DIR --out DIR`.

A cross-encoder of the shipped encoder's size reads (question, sentence, the sentence before) at once and says how
likely the sentence answers, and where in it the answer starts and ends. It learns from `squadshifts` (a sentence that
holds an annotated answer against others of its paragraph and of its archive, and against the same sentence under a
question whose name, number or date was swapped) and from the weekly news questions of `realtimeqa` (sentences of the
articles found for a question that hold its answer against the likeliest that do not). A third of the archives is
left out, for the trees of `app.reader.train` to be fitted and measured on. Seeded; resumes from its checkpoint.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import math
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.mentions import Mention, content_words, find_mentions
from app.reader.train import Paragraph, _cut, _qas, _sentence_at, _swap, is_held_out, load_groups
from ingest.article import Span, normalise_space
from ingest.split import sentences
from store.lexical import terms

_log = logging.getLogger(__name__)
GROUPS_A_STEP = 16
NEGATIVES = 4


@dataclass(frozen=True, slots=True)
class Pair:
    """One question and one sentence; `answer` is the span in the sentence that answers, None when it does not."""

    question: str
    sentence: str
    before: str
    answer: tuple[int, int] | None


def squad_groups(data: Path, seed: int) -> Iterator[list[Pair]]:
    """From SQuAD-style archives, the ones not held out: a positive first, then its negatives."""
    rng = random.Random(seed)
    for group, raw in load_groups(data, 7):
        if is_held_out(group):
            continue
        archive = [_cut(p) for p in raw]
        bags = [[frozenset(terms(s)) for s in p.sentences] for p in archive]
        frequency = Counter(t for p in bags for b in p for t in b)
        pool = [m for p in raw for qa in _qas(p) for m in find_mentions(str(qa["question"]))]
        for index, paragraph in enumerate(raw):
            for qa in _qas(paragraph):
                question = str(qa["question"]).strip()
                answers = [(str(a["text"]), int(a["answer_start"])) for a in qa["answers"]]  # type: ignore[attr-defined]
                made = _squad_group(question, answers, archive, bags, frequency, index, pool, rng)
                if made:
                    yield made


def _squad_group(
    question: str,
    answers: Sequence[tuple[str, int]],
    archive: Sequence[Paragraph],
    bags: Sequence[Sequence[frozenset[str]]],
    frequency: Counter[str],
    index: int,
    pool: Sequence[Mention],
    rng: random.Random,
) -> list[Pair] | None:
    places = [(s, text) for text, at in answers if (s := _sentence_at(archive[index], at)) is not None]
    if not places or len(question.split()) < 3:
        return None
    gold = {s for s, _ in places}
    s, text = rng.choice(places)
    sentence = archive[index].sentences[s]
    at = sentence.find(normalise_space(text))
    if at < 0:
        return None
    positive = Pair(question, sentence, _before(archive[index], s), (at, at + len(normalise_space(text))))
    texts = [normalise_space(t).lower() for t, _ in answers]
    near = [(index, i) for i in range(len(archive[index].sentences)) if i not in gold]
    rng.shuffle(near)
    query = frozenset(terms(question))
    weigh = {t: math.log(1 + 900 / (1 + frequency[t])) for t in query}
    far = [(p, i) for p in range(len(archive)) if p != index for i in range(len(archive[p].sentences))]
    far.sort(key=lambda x: -sum(weigh[t] for t in query & bags[x[0]][x[1]]))
    chosen = near[:2] + rng.sample(far[:8], min(2, len(far[:8])))
    group = [positive]
    for p, i in chosen:
        other = archive[p].sentences[i]
        if not any(len(t) > 2 and t in other.lower() for t in texts):
            group.append(Pair(question, other, _before(archive[p], i), None))
    if rng.random() < 0.35:
        swapped = _swap(question, pool, rng)
        if swapped:
            group.append(Pair(swapped, sentence, positive.before, None))
    return group[: NEGATIVES + 2]


def news_groups(data: Path, years: Sequence[int], seed: int) -> Iterator[list[Pair]]:
    """From weekly news questions and the articles found for them, by distant supervision."""
    rng = random.Random(seed)
    for year in years:
        articles: dict[str, str] = {}
        packed = (data / "realtimeqa" / f"articles-{year}.jsonl.gz").read_bytes()
        for article in gzip.decompress(packed).splitlines():
            row = json.loads(article)
            articles[row["url"]] = row["text"][:8000]
        for line in (data / "realtimeqa" / f"questions-{year}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found = [articles[u] for u in row["urls"] if u in articles]
            made = _news_group(row["question"], row["answers"], found, rng)
            if made:
                yield made


def _news_group(question: str, answers: Sequence[str], found: Sequence[str], rng: random.Random) -> list[Pair] | None:
    if re.search(r"which of (?:the following|these)", question, re.IGNORECASE) or not found:
        return None
    answer = re.compile(r"\b(?:" + "|".join(re.escape(a) for a in answers if len(a) > 1) + r")\b", re.IGNORECASE)
    query = frozenset(terms(" ".join(content_words(question))))
    scored: list[tuple[float, str, str]] = []
    for text in found:
        spans = sentences(text, Span(0, len(text))) if text.strip() else ()
        texts = [normalise_space(s.of(text)) for s in spans]
        for i, sentence in enumerate(texts):
            overlap = len(query & frozenset(terms(sentence))) / max(1, len(query))
            scored.append((overlap, sentence, texts[i - 1] if i else ""))
    scored.sort(key=lambda x: -x[0])
    positives = [x for x in scored if answer.search(x[1]) and x[0] >= 0.34 and len(x[1].split()) >= 6]
    if not positives:
        return None
    _, sentence, before = positives[0]
    match = answer.search(sentence)
    assert match is not None
    negatives = [x for x in scored[:25] if not answer.search(x[1])]
    chosen = rng.sample(negatives[:8], min(NEGATIVES, len(negatives[:8])))
    return [Pair(question, sentence, before, match.span()), *(Pair(question, s, b, None) for _, s, b in chosen)]


def _before(paragraph: Paragraph, index: int) -> str:
    return paragraph.sentences[index - 1] if index else ""


# --- training -------------------------------------------------------------------------------------------------------


def train(arguments: argparse.Namespace) -> None:
    """Fit, with a checkpoint every 400 steps and a held-out figure at each."""
    import torch
    from torch.nn import functional

    from app.reader.pair_model import PairModel, collate

    torch.manual_seed(arguments.seed)
    groups = list(squad_groups(arguments.data, arguments.seed))
    news = list(news_groups(arguments.data, (2022, 2023), arguments.seed))
    rng = random.Random(arguments.seed)
    rng.shuffle(groups)
    groups = groups[: arguments.most] + news
    rng.shuffle(groups)
    # Batches of like length waste less padding; their order is then shuffled.
    groups.sort(key=lambda g: sum(len(p.sentence) + len(p.before[-120:]) for p in g) / len(g) + rng.random() * 60)
    steps = [groups[i : i + GROUPS_A_STEP] for i in range(0, len(groups), GROUPS_A_STEP)]
    rng.shuffle(steps)
    steps = steps * arguments.epochs
    _log.info(f"{len(groups)} groups, {len(news)} of them news; {len(steps)} steps")
    model = PairModel.from_encoder()
    optimizer = torch.optim.AdamW(model.parameters(), lr=arguments.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda i: min((i + 1) / (0.06 * len(steps)), max(0.02, 1 - i / len(steps)))
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    checkpoint = arguments.out / "checkpoint.pt"
    first = 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first = state["step"]
    model.train()
    started, running = time.monotonic(), 0.0
    for number, step in enumerate(steps[first:], start=first + 1):
        batch = collate([p for g in step for p in g], model.tokenizer)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            answers, starts, ends = model(**batch.inputs)
        answers, starts, ends = answers.float(), starts.float(), ends.float()
        loss = functional.binary_cross_entropy_with_logits(answers, batch.labels)
        at = 0
        for group in step:  # the positive of a group stands first
            if group[0].answer is not None and len(group) > 1:
                loss = loss + functional.cross_entropy(
                    answers[None, at : at + len(group)], torch.zeros(1).long()
                ) / len(step)
            at += len(group)
        has = batch.starts >= 0
        if bool(has.any()):
            loss = loss + 0.5 * functional.cross_entropy(starts[has], batch.starts[has])
            loss = loss + 0.5 * functional.cross_entropy(ends[has], batch.ends[has])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        running = 0.98 * running + 0.02 * loss.item() if number > 1 else loss.item()
        if number % 25 == 0:
            rate = (number - first) / (time.monotonic() - started)
            left = (len(steps) - number) / rate / 60
            _log.info("%d/%d loss %.3f %.1f min left", number, len(steps), running, left)
        if number % 200 == 0 or number == len(steps):
            state = {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(),
            }
            torch.save({**state, "step": number}, checkpoint)
    torch.save(model.state_dict(), arguments.out / "pairs.pt")


def main(argv: Sequence[str] | None = None) -> int:
    """Train and keep the weights; `app.reader.export` makes of them what is shipped."""
    parser = argparse.ArgumentParser(prog="python -m app.reader.train_pairs", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds squadshifts/ and realtimeqa/")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint and the weights")
    parser.add_argument("--most", type=int, default=11_000, help="squadshifts questions to use")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rate", type=float, default=8e-5)
    parser.add_argument("--seed", type=int, default=7)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    sys.exit(main())
