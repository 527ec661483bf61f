"""The trained network as what is shipped: `python -m app.reader.export --weights FILE`.

Matrix products become 8-bit with a scale per output channel, the word embeddings 8-bit with a scale per word; the
rest stays float32. The export is held against the torch network before it is kept. Needs the `train` extra (onnx);
reading needs only onnxruntime.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from app.reader.evaluate import squad_score
from app.reader.examples import Example
from app.reader.network import ReaderNetwork, Row, collate
from app.reader.passages import WEIGHTS_PATH, PassageReader
from app.reader.spans import exact_match, f1
from app.reader.tokens import encode_passage, load_tokenizer
from ingest.errors import ReaderError

__all__ = ["compare", "export", "shipped_network", "write_onnx", "write_quantised"]

_log = logging.getLogger(__name__)
_SAMPLES = (
    ("Who opened the bridge?", "The bridge was opened by Anna Berg on Friday. It took nine years to build."),
    ("How many ferries were cancelled?", "The company cancelled 14 ferries because of the storm, it said."),
    ("Why did the mayor resign?", "Critics had called for weeks for him to go. He stayed in office until June."),
)
_MODULES = {"relevance": "heads.relevance"}  # where the export calls a module otherwise
_TOLERANCE = 0.6  # nats, of relevance; passages that answer and ones that do not lie about 8 apart


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


def export(network: ReaderNetwork, out: Path) -> float:
    """Write `out`; returns the largest difference of a relevance to the torch network on the samples.

    Raises:
        ReaderError: they differ by more than 0.6: the export is not kept.
    """
    expected = _relevance(network)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "reader.onnx"
        write_onnx(network, made)
        read = PassageReader(made)
        got = [read.read(question, [("", passage)])[0].relevance for question, passage in _SAMPLES]
        difference = float(np.abs(np.array(got) - expected).max())
        if not difference <= _TOLERANCE:
            raise ReaderError(f"the export differs from the trained network by {difference:.2f}: it is not kept")
        out.write_bytes(made.read_bytes())
    return difference


def compare(network: ReaderNetwork, examples: Sequence[Example], path: Path = WEIGHTS_PATH) -> str:
    """F1 and exact match of the trained network in float32 and of its export, on examples that answer."""
    read = PassageReader(path)
    said, asked = [], []
    for example in examples:
        reading = read.read(example.question, [(example.headline, example.passage)])[0]
        said.append(reading.answers[0].span.of(example.passage) if reading.answers else "")
        asked.append([example.passage[a:b] for a, b in example.answers])
    scores = [(f1(s, r), exact_match(s, r)) for s, r in zip(said, asked, strict=True)]
    got = np.mean(scores, axis=0)
    size = path.stat().st_size / 1e6
    return f"{size:.1f} MB; float32 {squad_score(network, examples, exact=True)}; 8-bit F1 {got[0]:.3f} EM {got[1]:.3f}"


def shipped_network(path: Path = WEIGHTS_PATH) -> ReaderNetwork:
    """The shipped weights in torch again, as float32: what 8 bits left of them. To train something else from.

    Raises:
        ReaderError: the file is not one that `write_onnx` wrote.
    """
    import onnx
    from onnx import numpy_helper

    network = ReaderNetwork.from_encoder()
    try:
        graph = onnx.load(path).graph
        held = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        weights = network.state_dict()
        found = {n: torch.tensor(held[n].astype(np.float32)) for n, w in weights.items()
                 if n in held and held[n].shape == tuple(w.shape)}  # fmt: skip
        table = "encoder.embeddings.word_embeddings"
        found[f"{table}.weight"] = torch.tensor(held[f"{table}.rows"].astype(np.float32) * held[f"{table}.scale"])
        for node in graph.node:
            if node.op_type != "MatMulInteger":
                continue
            base = node.input[1].removesuffix("_quantized")
            zero = held.get(f"{base}_zero_point", np.zeros(1)).astype(np.float32)
            values = (held[node.input[1]].astype(np.float32) - zero) * held[f"{base}_scale"]
            module = node.name.removesuffix("_quant").rpartition("/")[0].strip("/").replace("/", ".")
            found[f"{_MODULES.get(module, module)}.weight"] = torch.tensor(values.T.copy())
        if missing := weights.keys() - found.keys():
            raise KeyError(*sorted(missing)[:3])
        network.load_state_dict(found)
    except Exception as error:  # whatever onnx makes of a file that is none of its own
        raise ReaderError(f"{path} holds no weights of the reader: {error}") from error
    return network


def _relevance(network: ReaderNetwork) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    tokenizer = load_tokenizer()
    network.eval()
    found = []
    for question, passage in _SAMPLES:
        tokens = encode_passage(tokenizer, question, "", passage)
        with torch.no_grad():
            row = Row(0, tuple(tokens.ids), tokens.asked, tokens.first, ())
            found.append(float(network(**collate([row]).inputs)[0]))
    return np.array(found)


def write_onnx(network: ReaderNetwork, out: Path) -> None:
    """The network in 8 bits at `out`; `network` is left as it was."""
    network = network.to("cpu").float().eval()
    tokens = encode_passage(load_tokenizer(), *_SAMPLES[0][:1], "", _SAMPLES[0][1])
    inputs = collate([Row(0, tuple(tokens.ids), tokens.asked, tokens.first, ())]).inputs
    names = list(inputs)
    axes = {n: {0: "passages", 1: "tokens"} for n in (*names, "starts", "ends")} | {"relevance": {0: "passages"}}
    write_quantised(network, inputs, ["relevance", "starts", "ends"], axes, out)


def write_quantised(
    network: nn.Module,
    inputs: Mapping[str, torch.Tensor],
    outputs: Sequence[str],
    axes: Mapping[str, Mapping[int, str]],
    out: Path,
) -> None:
    """A network with an `encoder`, traced on `inputs`, in 8 bits at `out`; `network` is left as it was."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    embeddings: nn.Module = network.encoder.embeddings
    table = embeddings.word_embeddings
    embeddings.word_embeddings = RowScaledEmbedding(table.weight.detach())
    try:
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / "plain.onnx"
            torch.onnx.export(
                network, tuple(inputs.values()), str(plain), input_names=list(inputs), output_names=list(outputs),
                opset_version=17, dynamo=False, dynamic_axes={name: dict(axis) for name, axis in axes.items()},
            )  # fmt: skip
            quantize_dynamic(
                plain, out, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8,
                extra_options={"MatMulConstBOnly": True},
            )  # fmt: skip
    finally:
        embeddings.word_embeddings = table


def main(argv: Sequence[str] | None = None) -> int:
    """Export, compare, and refuse to leave an export that differs."""
    parser = argparse.ArgumentParser(prog="python -m app.reader.export", description=__doc__.split("\n")[0])
    parser.add_argument("--weights", type=Path, required=True, help="a checkpoint of python -m app.reader.train")
    parser.add_argument("--out", type=Path, default=WEIGHTS_PATH)
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    network = ReaderNetwork.from_encoder()
    try:
        network.load_state_dict(torch.load(arguments.weights, map_location="cpu")["network"])
    except Exception as error:  # whatever torch makes of a file that is none of its own
        _log.error("error: %s is no checkpoint of python -m app.reader.train: %s", arguments.weights, error)
        return 1
    try:
        difference = export(network, arguments.out)
    except ReaderError as error:
        _log.error("error: %s", error)
        return 1
    size = arguments.out.stat().st_size / 1e6
    _log.info("%s: %.1f MB, largest difference of relevance to the network %.3f", arguments.out, size, difference)
    return 0


if __name__ == "__main__":
    sys.exit(main())
