"""Fitting the reader's network: batches by tokens, a schedule, checkpoints. What it is fitted to is not its affair."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import torch

from app.reader.network import ReaderNetwork, Row, collate, losses

__all__ = ["batches", "fit", "reading_loss"]

_log = logging.getLogger(__name__)
_BATCH_TOKENS = 6_400
_CHECKPOINT_EVERY = 300.0  # seconds


class Tokenised(Protocol):
    """What goes into a batch: its token ids, and the list it belongs to."""

    @property
    def ids(self) -> Sequence[int]: ...

    @property
    def group(self) -> int: ...


AnyRow = TypeVar("AnyRow", bound=Tokenised)


def reading_loss(network: ReaderNetwork, rows: Sequence[Row], device: str) -> torch.Tensor:
    """What the reader is fitted by: spans, relevance and lists."""
    batch = collate(rows)
    batch.inputs.update({k: v.to(device) for k, v in batch.inputs.items()})
    parts = losses(network, batch)
    return parts.spans + parts.relevance + parts.lists


def batches(rows: Sequence[AnyRow], *, seed: int, tokens: int = _BATCH_TOKENS) -> list[list[AnyRow]]:
    """Rows in batches of like length and at most so many tokens, padding counted; a list stays in one batch."""
    rng = random.Random(seed)
    groups: dict[int, list[AnyRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    order = list(groups.values())
    rng.shuffle(order)
    # Batches of like length waste less padding; their order is shuffled afterwards.
    order.sort(key=lambda g: max(len(r.ids) for r in g) // 8 + rng.random())
    found: list[list[AnyRow]] = []
    held: list[AnyRow] = []
    longest = 0
    for group in order:
        widest = max(longest, *(len(r.ids) for r in group))
        if held and widest * (len(held) + len(group)) > tokens:
            found.append(held)
            held, widest = [], max(len(r.ids) for r in group)
        held.extend(group)
        longest = widest
    if held:
        found.append(held)
    rng.shuffle(found)
    return found


def fit(
    network: ReaderNetwork,
    steps: Sequence[Sequence[AnyRow]],
    *,
    rate: float,
    checkpoint: Path,
    loss_of: Callable[[ReaderNetwork, Sequence[AnyRow], str], torch.Tensor],
    device: str = "cpu",
    warm_up: float = 0.06,
    measure: Callable[[ReaderNetwork], str] | None = None,
    measure_every: int = 1000,
) -> list[float]:
    """One pass over `steps`; goes on from `checkpoint` if there is one. Returns the loss of each step taken.

    `loss_of` tells the loss of a step on a device. The word vectors stay as they are: 12 of the 22 million weights, of
    which a step moves few. `measure` is asked for a line to log every `measure_every` steps and at the end; the
    checkpoint keeps them as its `curve`.
    """
    network.to(device).train()
    network.encoder.embeddings.word_embeddings.weight.requires_grad_(requires_grad=False)
    weights = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    rise = max(1.0, warm_up * len(steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda i: min((i + 1) / rise, max(0.01, (len(steps) - i) / (len(steps) - rise + 1)))
    )
    first = 0
    curve: list[tuple[int, str]] = []
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first, curve = state["step"], state.get("curve", [])
        _log.info("going on from step %d of %d", first, len(steps))
    history: list[float] = []
    running: float | None = None
    started = saved = time.monotonic()
    for number, rows in enumerate(steps[first:], start=first + 1):
        with torch.autocast(device, dtype=torch.bfloat16):
            loss = loss_of(network, rows, device)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
        history.append(loss.item())
        running = history[-1] if running is None else 0.98 * running + 0.02 * history[-1]
        now = time.monotonic()
        if number % 50 == 0:
            left = (now - started) / (number - first) * (len(steps) - number) / 60
            _log.info("%d/%d loss %.3f, %.0f min left", number, len(steps), running, left)
        if measure and (number % measure_every == 0 or number == len(steps)):
            network.eval()
            curve.append((number, measure(network)))
            _log.info("%d/%d %s", number, len(steps), curve[-1][1])
            network.train()
        if now - saved > _CHECKPOINT_EVERY or number == len(steps):
            saved = now
            _save(checkpoint, network, optimizer, schedule, number, curve)
    return history


def _save(
    checkpoint: Path,
    network: ReaderNetwork,
    optimizer: object,
    schedule: object,
    step: int,
    curve: Sequence[tuple[int, str]],
) -> None:
    """Write beside and move: a run that is killed while it saves keeps the checkpoint before."""
    state = {
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),  # type: ignore[attr-defined]
        "schedule": schedule.state_dict(),  # type: ignore[attr-defined]
        "step": step,
        "curve": list(curve),
    }
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    beside = checkpoint.with_suffix(".new")
    torch.save(state, beside)
    beside.replace(checkpoint)
