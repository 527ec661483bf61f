"""The reader's network in torch: the shipped encoder with its heads. For training and export; reading uses ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from app.reader.tokens import encode_passage
from ingest.encode import shipped_model_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from app.reader.examples import Example

__all__ = ["Batch", "Losses", "ReaderNetwork", "Row", "collate", "losses", "tokenise"]

_OUTSIDE = -1e4


class ReaderNetwork(nn.Module):  # type: ignore[misc]
    """Token ids to (relevance, starts, ends) logits: (n,), (n, tokens), (n, tokens).

    A start or end at token 0 says that the passage holds no answer; tokens of the question and the headline are at
    -1e4. `heads` has room for another judgement of the pair, entailment for one, beside relevance.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        width = int(encoder.config.hidden_size)
        self.heads = nn.ModuleDict({"relevance": nn.Linear(width, 1)})
        self.spans = nn.Linear(width, 2)

    @classmethod
    def from_encoder(cls) -> ReaderNetwork:
        """Starts from the shipped encoder's weights, without dropout: data is short of no variety, time is."""
        from transformers import AutoModel

        encoder = AutoModel.from_pretrained(
            shipped_model_folder(), attn_implementation="eager", add_pooling_layer=False,
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )  # fmt: skip
        return cls(encoder)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor, inside: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """One reading of each row; `inside` is 1 where an answer may start or end, token 0 included."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        spans = self.spans(hidden).float() + (inside.float()[:, :, None] - 1.0) * -_OUTSIDE
        return self.heads["relevance"](hidden[:, 0])[:, 0].float(), spans[:, :, 0], spans[:, :, 1]


@dataclass(frozen=True, slots=True)
class Row:
    """An example as tokens; `spans` are first and last tokens of its answers, none where nothing answers."""

    group: int
    ids: tuple[int, ...]
    asked: int
    first: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows padded to the longest, and the rows themselves."""

    inputs: dict[str, torch.Tensor]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Losses:
    """What is minimised is their sum."""

    spans: torch.Tensor
    relevance: torch.Tensor
    lists: torch.Tensor


def tokenise(tokenizer: Tokenizer, examples: Sequence[Example]) -> list[Row]:
    """Rows of the examples; those whose every answer was cut off are left out."""
    rows = []
    for example in examples:
        tokens = encode_passage(tokenizer, example.question, example.headline, example.passage)
        spans = tuple(dict.fromkeys(s for s in (tokens.tokens_of(*a) for a in example.answers) if s is not None))
        if spans or not example.answers:
            rows.append(Row(example.group, tuple(tokens.ids), tokens.asked, tokens.first, spans))
    return rows


def collate(rows: Sequence[Row]) -> Batch:
    """Padded tensors of the rows."""
    longest = max(len(r.ids) for r in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask, types, inside = torch.zeros_like(ids), torch.zeros_like(ids), torch.zeros_like(ids)
    for i, row in enumerate(rows):
        n = len(row.ids)
        ids[i, :n] = torch.tensor(row.ids)
        mask[i, :n] = 1
        types[i, row.asked : n] = 1
        inside[i, row.first : n - 1] = 1
    inside[:, 0] = 1
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types, "inside": inside}
    return Batch(inputs, tuple(rows))


def losses(network: ReaderNetwork, batch: Batch) -> Losses:
    """Of each row the likelihood of any of its answers, its relevance, and of each list the best passage's rank."""
    relevance, starts, ends = network(**batch.inputs)
    starts, ends = functional.log_softmax(starts, dim=1), functional.log_softmax(ends, dim=1)
    told = []
    for i, row in enumerate(batch.rows):
        pairs = row.spans or ((0, 0),)
        first, last = [a for a, _ in pairs], [b for _, b in pairs]
        told.append(-torch.logsumexp(starts[i, first] + ends[i, last], dim=0))
    answers = torch.tensor([float(bool(r.spans)) for r in batch.rows])
    lists: dict[int, list[int]] = {}
    for i, row in enumerate(batch.rows):
        lists.setdefault(row.group, []).append(i)
    ranked = [
        torch.logsumexp(relevance[at], dim=0) - torch.logsumexp(relevance[right], dim=0)
        for at in lists.values()
        if 0 < len(right := [i for i in at if batch.rows[i].spans]) < len(at)
    ]
    return Losses(
        torch.stack(told).mean() * 0.5,
        functional.binary_cross_entropy_with_logits(relevance, answers),
        torch.stack(ranked).mean() * 0.5 if ranked else relevance.sum() * 0.0,
    )
