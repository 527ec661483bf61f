"""The arithmetic of the shipped encoder as an ONNX graph without weights: `python -m ingest.export_encoder`.

Writes `encoder.onnx`, the same bytes each time. What the graph computes is BERT's encoder as the model was trained
with it, then the mean over the tokens, scaled to length one (Reimers and Gurevych 2019). It reads one text at a time,
so it knows no padding and no attention mask. Needs `onnx`, which nothing else of ingest/ does; weights are given when
a session is opened (`ingest.quantised`).
"""

from __future__ import annotations

import sys

import onnx
from onnx import TensorProto, helper

from ingest.quantised import GRAPH_PATH, HEADS, LAYERS, POSITIONS, VOCABULARY, WIDTH, Linear, linears

__all__ = ["build_graph"]

_OPSET, _IR_VERSION = 18, 9
_MICROSOFT = "com.microsoft"  # onnxruntime's own operators
_EPSILON = 1e-12
_LEAST = 1e-20  # the scale of a row of zeros


def build_graph() -> onnx.ModelProto:
    """Token ids, (1, tokens) int32, to the text's vector, (1, 384) float32."""
    graph = _Graph()
    graph.given += [
        helper.make_tensor("tokens", TensorProto.INT64, [1], [1]),
        helper.make_tensor("width", TensorProto.INT64, [1], [2]),
        helper.make_tensor("flat", TensorProto.INT64, [1], [-1]),
        helper.make_tensor("least", TensorProto.FLOAT, [], [_LEAST]),
        helper.make_tensor("step", TensorProto.FLOAT, [], [1 / 127]),
        helper.make_tensor("one", TensorProto.FLOAT, [], [1.0]),
        helper.make_tensor("middle", TensorProto.UINT8, [], [128]),
    ]
    graph.add("Expand", ["middle", graph.add("Shape", ["ids"], "length", start=1, end=2)], "middles")
    hidden = graph.embed("ids")
    for layer in range(LAYERS):
        hidden = graph.layer(layer, hidden)
    mean = graph.add("ReduceMean", [hidden, "tokens"], "mean", keepdims=0)
    graph.add("LpNormalization", [mean], "vector", axis=-1, p=2)
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        [helper.make_tensor_value_info("ids", TensorProto.INT32, ["texts", "tokens"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["texts", WIDTH])],
        graph.given,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="dateline")


class _Graph:
    """The nodes so far, and the names of what they are given besides the ids."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.given: list[onnx.TensorProto] = []

    def add(self, kind: str, takes: list[str], gives: str, *, domain: str = "", **settings: object) -> str:
        self.nodes.append(helper.make_node(kind, takes, [gives], domain=domain, **settings))
        return gives

    def embed(self, ids: str) -> str:
        takes = [
            ids,
            "",
            self._weight("words", VOCABULARY, WIDTH),
            self._weight("places", POSITIONS, WIDTH),
            "",
            self._weight("words.norm.weight", WIDTH),
            self._weight("words.norm.bias", WIDTH),
        ]
        gives = ["embedded", "unused"]
        self.nodes.append(
            helper.make_node("EmbedLayerNormalization", takes, gives, domain=_MICROSOFT, epsilon=_EPSILON)
        )
        return gives[0]

    def layer(self, number: int, hidden: str) -> str:
        attend, gather, up, down = linears(number)
        name = f"layer.{number}"
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        self.nodes.append(helper.make_node("Split", [self._product(attend, hidden)], parts, axis=2, num_outputs=3))
        takes = [*parts, self._bias(attend)]
        seen = self.add("MultiHeadAttention", takes, f"{name}.seen", domain=_MICROSOFT, num_heads=HEADS)
        hidden = self._added(gather, self._product(gather, seen), hidden)
        takes = [self._product(up, hidden), self._bias(up)]
        raised = self.add("BiasGelu", takes, f"{name}.raised", domain=_MICROSOFT)
        return self._added(down, self._product(down, raised), hidden)

    def _product(self, linear: Linear, takes: str) -> str:
        """The product in 8 bits, without its bias: every row of the input is scaled by its own largest number.

        Around 128 that number becomes 1 or 255 exactly; the weights have a scale for every column.
        """
        name = linear.name
        largest = self.add("ReduceMax", [self.add("Abs", [takes], f"{name}.size"), "width"], f"{name}.largest")
        row = self.add("Mul", [self.add("Max", [largest, "least"], f"{name}.most"), "step"], f"{name}.row")
        flat = self.add("Reshape", [row, "flat"], f"{name}.rows")
        rounded = self.add("QuantizeLinear", [takes, flat, "middles"], f"{name}.rounded", axis=1)
        weights = self._weight(f"{name}.columns", linear.takes, linear.gives, kind=TensorProto.INT8)
        scales = self._weight(f"{name}.scales", linear.gives)
        product = self.add(
            "MatMulIntegerToFloat",
            [rounded, weights, "one", scales, "middle"],
            f"{name}.product",
            domain=_MICROSOFT,
        )
        return self.add("Mul", [product, row], f"{name}.out")

    def _bias(self, linear: Linear) -> str:
        return self._weight(f"{linear.name}.bias", linear.gives)

    def _added(self, linear: Linear, product: str, hidden: str) -> str:
        moved = self.add("Add", [product, self._bias(linear)], f"{linear.name}.moved")
        total = self.add("Add", [moved, hidden], f"{linear.name}.sum")
        weight = self._weight(f"{linear.name}.norm.weight", WIDTH)
        bias = self._weight(f"{linear.name}.norm.bias", WIDTH)
        takes = [total, weight, bias]
        return self.add("LayerNormalization", takes, f"{linear.name}.normed", axis=-1, epsilon=_EPSILON)

    def _weight(self, name: str, *shape: int, kind: int = TensorProto.FLOAT) -> str:
        """A weight that is given from outside: its name and shape stand here, its numbers nowhere."""
        tensor = TensorProto(name=name, data_type=kind, dims=shape, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value="given")
        self.given.append(tensor)
        return name


if __name__ == "__main__":
    GRAPH_PATH.write_bytes(build_graph().SerializeToString(deterministic=True))
    sys.stdout.write(f"{GRAPH_PATH}: {GRAPH_PATH.stat().st_size} bytes\n")
