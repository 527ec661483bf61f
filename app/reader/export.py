"""The trained pair model as what is shipped: `python -m app.reader.export --weights DIR/pairs.pt`.

Matrix products become 8-bit with a scale per output channel, the word embeddings 8-bit with a scale per word; the
rest stays float32. The export is held against the torch model on real sentences before it is written. Needs the
`train` extra (onnx); reading needs only onnxruntime.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from app.reader.pair_model import PairModel, collate
from app.reader.pair_reader import PAIRS_PATH, PairReader
from app.reader.train_pairs import Pair

_log = logging.getLogger(__name__)
_SAMPLES = (
    ("Who opened the bridge?", "The bridge was opened by Anna Berg on Friday.", "It took nine years."),
    ("How many ferries were cancelled?", "The company cancelled 14 ferries because of the storm.", ""),
    (
        "Why did the mayor resign?",
        "Critics had called for weeks for him to go.",
        "The mayor resigned over the contract.",
    ),
)
_TOLERANCE = 0.35  # logits; a tenth of the spread between sentences that answer and ones that do not


class RowScaledEmbedding(nn.Module):  # type: ignore[misc]
    """An embedding table in 8 bits with a scale per row."""

    def __init__(self, table: torch.Tensor) -> None:
        super().__init__()
        scale = table.abs().amax(dim=1, keepdim=True).clamp_min(1e-8) / 127
        self.register_buffer("rows", torch.round(table / scale).to(torch.int8))
        self.register_buffer("scale", scale)
        self.rows: torch.Tensor
        self.scale: torch.Tensor

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(…,) ids to (…, d) float32."""
        return self.rows[ids].to(torch.float32) * self.scale[ids]


def export(weights: Path, out: Path) -> float:
    """Write `out`; returns the largest difference of a logit to the torch model on the samples."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = PairModel.from_encoder()
    model.load_state_dict(torch.load(weights, map_location="cpu"))
    model.eval()
    pairs = [Pair(q, s, b, None) for q, s, b in _SAMPLES]
    batch = collate(pairs, model.tokenizer)
    with torch.no_grad():
        expected = model(**batch.inputs)[0].numpy()
    embeddings = model.encoder.embeddings
    embeddings.word_embeddings = RowScaledEmbedding(embeddings.word_embeddings.weight.detach())
    names = list(batch.inputs)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "pairs.onnx"
        torch.onnx.export(
            model, tuple(batch.inputs[n] for n in names), str(plain), input_names=names,
            output_names=["answers", "starts", "ends"], opset_version=17, dynamo=False,
            dynamic_axes={n: {0: "pairs", 1: "tokens"} for n in (*names, "starts", "ends")} | {"answers": {0: "pairs"}},
        )  # fmt: skip
        quantize_dynamic(
            plain, out, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip
    reader = PairReader(out)
    got = np.array([r.logit for r in reader.read_pairs([(q, s, b) for q, s, b in _SAMPLES])])
    return float(np.abs(got - expected).max())


def main(argv: Sequence[str] | None = None) -> int:
    """Export, compare, and refuse to leave an export that differs."""
    parser = argparse.ArgumentParser(prog="python -m app.reader.export", description=__doc__.split("\n")[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=PAIRS_PATH)
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    difference = export(arguments.weights, arguments.out)
    size = arguments.out.stat().st_size / 1e6
    _log.info(f"{arguments.out.name}: {size:.1f} MB, largest logit difference to the trained model {difference:.3f}")
    if difference > _TOLERANCE:
        arguments.out.unlink()
        _log.info(f"more than {_TOLERANCE}: not kept")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
