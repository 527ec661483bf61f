"""The pair model at work: how likely a sentence answers a question, and which of its characters do.

Runs on onnxruntime alone. Each pair is read by itself: 8-bit products scale their inputs by what is read together, so
in a batch a sentence's score would depend on its neighbours, and the same question might not get the same answer twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from app.reader.pairs import PairTokens, encode_pair, load_tokenizer
from ingest.errors import ReaderError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

__all__ = ["PAIRS_PATH", "PairReader", "PairReading"]

PAIRS_PATH = Path(__file__).with_name("pairs.onnx")
_LONGEST_ANSWER = 24  # tokens; longer answers are sentences, which are quoted anyway


@dataclass(frozen=True, slots=True)
class PairReading:
    """`logit` above 0 means the sentence more likely answers than not; `start:end` are its characters that do.

    `span_logit` is how sure the model is of those characters, comparable between sentences.
    """

    logit: float
    span_logit: float
    start: int
    end: int


class PairReader:
    """Reads (question, sentence, sentence before) triples. Safe to share between threads; loads on first use.

    Raises:
        ReaderError: the weight file is missing or damaged.
    """

    def __init__(self, path: Path = PAIRS_PATH) -> None:
        self._path = path
        self._lock = Lock()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weight file."""
        return hashlib.sha256(self._weights).hexdigest()

    @cached_property
    def _weights(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError as error:
            raise ReaderError(f"the reader's weights at {self._path} cannot be read: reinstall Dateline") from error

    @cached_property
    def _session(self) -> InferenceSession:
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads leave the cores alone
        try:
            return InferenceSession(self._weights, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ReaderError(f"the reader's weights at {self._path} are damaged: reinstall Dateline") from error

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return load_tokenizer()

    def read_pairs(self, triples: Sequence[tuple[str, str, str]]) -> tuple[PairReading, ...]:
        """One reading a triple, in their order; empty for none."""
        with self._lock:
            session, tokenizer = self._session, self._tokenizer
        found = []
        for triple in triples:
            row = encode_pair(tokenizer, *triple)
            answers, starts, ends = session.run(None, _inputs(row))
            found.append(_reading(row, float(answers[0]), starts[0], ends[0]))
        return tuple(found)


def _inputs(row: PairTokens) -> dict[str, NDArray[np.int64]]:
    ones = [1] * len(row.ids)
    named = {"input_ids": row.ids, "attention_mask": ones, "token_type_ids": row.types, "inside": row.inside}
    return {name: np.array([values], dtype=np.int64) for name, values in named.items()}


def _reading(row: PairTokens, logit: float, starts: NDArray[np.float32], ends: NDArray[np.float32]) -> PairReading:
    """The best span: start before end, at most `_LONGEST_ANSWER` tokens."""
    if not row.offsets:
        return PairReading(logit, -1e4, 0, 0)
    first, last = row.first, row.first + len(row.offsets)
    sums = starts[first:last, None] + ends[None, first:last]
    allowed = np.triu(np.ones_like(sums, dtype=bool)) & ~np.triu(np.ones_like(sums, dtype=bool), _LONGEST_ANSWER)
    best = int(np.where(allowed, sums, -np.inf).argmax())
    a, b = divmod(best, sums.shape[1])
    return PairReading(logit, float(sums[a, b]), row.offsets[a][0], row.offsets[b][1])
