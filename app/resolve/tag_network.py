"""The tagger's network in torch: the reader's encoder with two heads. For training and export; tagging uses ONNX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from app.reader.passages import WEIGHTS_PATH
from app.resolve.talk import ROLES
from ingest.encode import shipped_model_folder

__all__ = ["TagBatch", "TagNetwork", "TagRow", "collate", "loss", "reader_encoder"]


@dataclass(frozen=True, slots=True)
class TagRow:
    """A turn as tokens: the places of each candidate, which of them are wanted, and whether anything is left out."""

    ids: tuple[int, ...]
    roles: tuple[int, ...]
    places: tuple[tuple[int, ...], ...]
    wanted: tuple[bool, ...]
    needs: bool


@dataclass(frozen=True, slots=True)
class TagBatch:
    """Rows padded to the longest; `at` are their candidates' places in the flat tokens, of candidate number `of`."""

    ids: torch.Tensor
    roles: torch.Tensor
    mask: torch.Tensor
    at: torch.Tensor
    of: torch.Tensor
    wanted: torch.Tensor
    needs: torch.Tensor


class TagNetwork(nn.Module):  # type: ignore[misc]
    """Token ids and roles (n, tokens) to logits: (n,) that anything is left out, (n, tokens) that a token is."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        width = int(encoder.config.hidden_size)
        self.roles = nn.Embedding(len(ROLES), width)
        nn.init.normal_(self.roles.weight, std=0.01)
        self.need, self.word = nn.Linear(width, 1), nn.Linear(width, 1)
        # Some thousand conversations hold too few words to move the embeddings of the others along.
        encoder.embeddings.word_embeddings.weight.requires_grad_(False)

    @classmethod
    def from_reader(cls) -> TagNetwork:
        """Starts from the shipped reader's encoder."""
        return cls(reader_encoder())

    def forward(
        self, input_ids: torch.Tensor, roles: torch.Tensor, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """One reading of each row; `mask` is 0 at padding."""
        embedded = self.encoder.embeddings.word_embeddings(input_ids) + self.roles(roles)
        if mask is None:
            mask = torch.ones_like(input_ids)
        hidden = self.encoder(
            inputs_embeds=embedded, attention_mask=mask, token_type_ids=(roles > 0).long()
        ).last_hidden_state
        return self.need(hidden[:, 0])[:, 0], self.word(hidden)[:, :, 0]


def reader_encoder(path: Path = WEIGHTS_PATH) -> nn.Module:
    """The encoder of the shipped reader, its 8-bit weights made float again."""
    import onnx
    from onnx import numpy_helper
    from transformers import AutoModel

    graph = onnx.load(str(path)).graph
    stored = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    words = "encoder.embeddings.word_embeddings"
    state = {
        name.removeprefix("encoder."): torch.tensor(value)
        for name, value in stored.items()
        if name.startswith("encoder.") and not name.startswith(words)
    }
    table = stored[f"{words}.rows"].astype(np.float32) * stored[f"{words}.scale"]
    state["embeddings.word_embeddings.weight"] = torch.tensor(table)
    for node in graph.node:
        layer = re.search(r"layer\.(\d+)/(.+)/MatMul", node.name)
        weights = next((i for i in node.input if i in stored and i.endswith("_quantized")), None)
        if layer and weights:
            base = weights.removesuffix("_quantized")
            centred = stored[weights].astype(np.float32) - stored[f"{base}_zero_point"].astype(np.float32)
            name = f"encoder.layer.{layer[1]}.{layer[2].replace('/', '.')}.weight"
            state[name] = torch.tensor((centred * stored[f"{base}_scale"]).T.copy())
    encoder = AutoModel.from_pretrained(
        shipped_model_folder(), attn_implementation="eager", add_pooling_layer=False,
        hidden_dropout_prob=0.05, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    encoder.load_state_dict(state)
    return encoder


def collate(rows: Sequence[TagRow]) -> TagBatch:
    """Padded tensors of the rows."""
    longest = max(len(row.ids) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    roles, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    at, of, wanted = list[int](), list[int](), list[bool]()
    for i, row in enumerate(rows):
        n = len(row.ids)
        ids[i, :n], roles[i, :n], mask[i, :n] = torch.tensor(row.ids), torch.tensor(row.roles), 1
        for places, want in zip(row.places, row.wanted, strict=True):
            at.extend(i * longest + place for place in places)
            of.extend([len(wanted)] * len(places))
            wanted.append(want)
    return TagBatch(
        ids, roles, mask, torch.tensor(at, dtype=torch.long), torch.tensor(of, dtype=torch.long),
        torch.tensor(wanted, dtype=torch.float), torch.tensor([row.needs for row in rows], dtype=torch.float),
    )  # fmt: skip


def loss(network: TagNetwork, batch: TagBatch) -> tuple[torch.Tensor, torch.Tensor]:
    """Of the candidates, each as likely as its likeliest place, summed over a turn and halved; and of the need."""
    need, words = network(batch.ids, batch.roles, batch.mask)
    needs = functional.binary_cross_entropy_with_logits(need, batch.needs)
    if not len(batch.wanted):
        return words.sum() * 0.0, needs
    spread = torch.full((len(batch.wanted),), -1e4)
    likeliest = spread.scatter_reduce(0, batch.of, words.reshape(-1)[batch.at], "amax", include_self=False)
    told = functional.binary_cross_entropy_with_logits(likeliest, batch.wanted, reduction="sum")
    return told / len(batch.needs) * 0.5, needs
