"""The shipped encoder in 8 bits, on onnxruntime alone: no torch, a fraction of the start, about twice the rate.

Matrix products take their inputs in 8 bits, with a scale for every token, and weights in little over 7, with a scale
for every output. All else is float32. The weights are those of the installed package,
rounded when they are loaded; `encoder.onnx` holds the arithmetic and no weight (`python -m ingest.export_encoder`).
Each text is read by itself: nothing is padded, and its vector is the same, to the bit, in whatever company it comes.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ingest.errors import EncoderError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

__all__ = ["GRAPH_PATH", "Linear", "QuantisedModel", "form_digest", "linears"]

GRAPH_PATH = Path(__file__).with_name("encoder.onnx")
# Numbers of a weight on either side of zero. Processors without VNNI add two products in 16 bits: 2 · 255 · 64 fits.
LEVELS = 64
LAYERS, WIDTH, INNER, HEADS = 6, 384, 1536, 12
VOCABULARY, POSITIONS = 30_522, 512
_MOST_TOKENS = 256  # what the model was trained to read: `max_seq_length`
_MOST_THREADS = 32
_ROUNDING = f"columns within {LEVELS}, rows in 8 bits, 2"  # changes with what `_rounded` does
_HALVES = re.compile("[\ud800-\udfff]")  # halves of a character that stand alone: the tokenizer takes none


@dataclass(frozen=True, slots=True)
class Linear:
    """A matrix product of the graph: the prefix of its inputs' names, its sizes, and the weights it is made of."""

    name: str
    takes: int
    gives: int
    parts: tuple[str, ...]


def linears(layer: int) -> tuple[Linear, Linear, Linear, Linear]:
    """The four products of a layer, in order: query, key and value in one; output; up; down."""
    ours, theirs = f"layer.{layer}", f"encoder.layer.{layer}"
    attention = tuple(f"{theirs}.attention.self.{part}" for part in ("query", "key", "value"))
    return (
        Linear(f"{ours}.attend", WIDTH, 3 * WIDTH, attention),
        Linear(f"{ours}.gather", WIDTH, WIDTH, (f"{theirs}.attention.output.dense",)),
        Linear(f"{ours}.up", WIDTH, INNER, (f"{theirs}.intermediate.dense",)),
        Linear(f"{ours}.down", INNER, WIDTH, (f"{theirs}.output.dense",)),
    )


def form_digest(weights_digest: str) -> str:
    """What vectors of this form rest on: the digest of the weights, the graph, and how weights are rounded."""
    try:
        graph = GRAPH_PATH.read_bytes()
    except OSError as error:
        raise _damaged() from error
    parts = (weights_digest, hashlib.sha256(graph).hexdigest(), _ROUNDING)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class QuantisedModel:
    """Texts to unit vectors. Safe to share between threads; weights are read on first use.

    Raises:
        EncoderError: on first use, when the weights or the graph are missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, 384) float32, rows unit-norm, in the order of `texts`; (0, 384) for none."""
        if not texts:
            return np.empty((0, WIDTH), dtype=np.float32)
        with self._lock:
            session, tokenizer, pool = self._session, self._tokenizer, self._pool
        encoded = tokenizer.encode_batch_fast([_HALVES.sub("\ufffd", text) for text in texts])
        ids = [np.array([one.ids], dtype=np.int32) for one in encoded]
        vectors = np.empty((len(texts), WIDTH), dtype=np.float32)

        def read(i: int) -> None:
            vectors[i] = session.run(None, {"ids": ids[i]})[0][0]

        if len(ids) == 1:
            read(0)
            return vectors
        for _ in pool.map(read, sorted(range(len(ids)), key=lambda i: -ids[i].shape[1])):
            pass  # the longest first, so that no core waits long for the last one
        return vectors

    @cached_property
    def _session(self) -> InferenceSession:
        from onnxruntime import GraphOptimizationLevel, InferenceSession, OrtValue, SessionOptions

        self._weights = _weights(self._folder / "model.safetensors")  # the session reads from them: they must stay
        options = SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1  # texts are shared out between the cores, not the work on one
        # The graph is written as it is to run: fusing a sum with the normalisation after it makes that slower.
        options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.add_external_initializers(
            list(self._weights), [OrtValue.ortvalue_from_numpy(value) for value in self._weights.values()]
        )
        try:
            return InferenceSession(GRAPH_PATH.read_bytes(), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has a class for each status, all below Exception
            raise _damaged() from error

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        except Exception as error:  # the tokenizers library raises bare Exception
            raise EncoderError(f"Cannot read the tokenizer in {self._folder}: {error}. Install it again.") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(_MOST_TOKENS)
        return tokenizer

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return ThreadPoolExecutor(min(_MOST_THREADS, cores), thread_name_prefix="encoder")


def _weights(path: Path) -> Mapping[str, NDArray[np.generic]]:
    """The inputs of the graph by name, from the published weights."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        published = load_file(path)
    except (OSError, SafetensorError) as error:
        raise EncoderError(f"Cannot read the model's weights {path}: {error}.") from error
    words = "embeddings.word_embeddings.weight"
    found: dict[str, NDArray[np.generic]] = {
        "words": published[words],
        "places": published["embeddings.position_embeddings.weight"]
        + published["embeddings.token_type_embeddings.weight"][0],
        "words.norm.weight": published["embeddings.LayerNorm.weight"],
        "words.norm.bias": published["embeddings.LayerNorm.bias"],
    }
    for layer in range(LAYERS):
        for linear in linears(layer):
            rows = np.concatenate([published[f"{part}.weight"] for part in linear.parts])
            found[f"{linear.name}.columns"], found[f"{linear.name}.scales"] = _rounded(rows)
            found[f"{linear.name}.bias"] = np.concatenate([published[f"{part}.bias"] for part in linear.parts])
        for ours, theirs in (("gather", "attention.output"), ("down", "output")):
            for what in ("weight", "bias"):
                norm = published[f"encoder.layer.{layer}.{theirs}.LayerNorm.{what}"]
                found[f"layer.{layer}.{ours}.norm.{what}"] = norm
    return found


def _rounded(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(outputs, inputs) weights as (inputs, outputs) numbers within ±LEVELS, and the scale of each output."""
    scales = (np.maximum(np.abs(rows).max(axis=1), np.finfo(np.float32).tiny) / LEVELS).astype(np.float32)
    return np.ascontiguousarray(np.rint(rows / scales[:, None]).astype(np.int8).T), scales


def _damaged() -> EncoderError:
    return EncoderError(f"{GRAPH_PATH} is missing or damaged, or onnxruntime is too old for it: reinstall Dateline.")
