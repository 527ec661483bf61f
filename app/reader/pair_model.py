"""The pair model in torch: the shipped encoder with three heads. For training and export only; reading uses ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from app.reader.pairs import encode_pair, load_tokenizer
from ingest.encode import shipped_model_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from app.reader.train_pairs import Pair


class PairModel(nn.Module):  # type: ignore[misc]
    """Token ids to (answers, start, end) logits: (n,), (n, tokens), (n, tokens); -1e4 outside the sentence."""

    def __init__(self, encoder: nn.Module, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.encoder = encoder
        self.tokenizer = tokenizer
        self.answers = nn.Linear(384, 1)
        self.spans = nn.Linear(384, 2)

    @classmethod
    def from_encoder(cls) -> PairModel:
        """Starts from the shipped encoder's weights."""
        from transformers import AutoModel

        folder = shipped_model_folder()
        encoder = AutoModel.from_pretrained(folder, attn_implementation="eager", add_pooling_layer=False)
        return cls(encoder, load_tokenizer())

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor, inside: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """One reading of each row."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        spans = self.spans(hidden) + (inside.to(hidden.dtype)[:, :, None] - 1.0) * 1e4
        return self.answers(hidden[:, 0])[:, 0], spans[:, :, 0], spans[:, :, 1]


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded inputs and targets; `starts` and `ends` are token numbers, -1 where nothing answers."""

    inputs: dict[str, torch.Tensor]
    labels: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor


def collate(pairs: Sequence[Pair], tokenizer: Tokenizer) -> Batch:
    """Tokens of the pairs, padded to the longest."""
    rows = [encode_pair(tokenizer, p.question, p.sentence, p.before) for p in pairs]
    longest = max(len(r.ids) for r in rows)

    def pad(values: Sequence[Sequence[int]]) -> torch.Tensor:
        return torch.tensor([[*v, *([0] * (longest - len(v)))] for v in values])

    starts, ends = [], []
    for pair, row in zip(pairs, rows, strict=True):
        span = None if pair.answer is None else row.tokens_of(*pair.answer)
        starts.append(-1 if span is None else span[0])
        ends.append(-1 if span is None else span[1])
    return Batch(
        {
            "input_ids": pad([r.ids for r in rows]),
            "attention_mask": pad([[1] * len(r.ids) for r in rows]),
            "token_type_ids": pad([r.types for r in rows]),
            "inside": pad([r.inside for r in rows]),
        },
        torch.tensor([0.0 if p.answer is None else 1.0 for p in pairs]),
        torch.tensor(starts),
        torch.tensor(ends),
    )
