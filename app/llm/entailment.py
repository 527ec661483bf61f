"""Whether some words carry a statement, as a network reads the two together: entailment, on the reader's encoder.

The reader's network, trained further on statements about news (app/llm/train.py; MODEL_CARD.md says which), in 8 bits,
run by onnxruntime alone. Each pair is read by itself, as the reader reads, and for the same reason.
"""

from __future__ import annotations

import functools
import math
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from app.reader.session import digest_of, open_session
from app.reader.tokens import load_tokenizer

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

__all__ = [
    "ENTAILMENT_PATH",
    "INPUTS",
    "OUTPUT",
    "EntailmentNetwork",
    "encode_pair",
    "entailment_network",
]

ENTAILMENT_PATH = Path(__file__).with_name("entailment.onnx")
INPUTS, OUTPUT = ("input_ids", "attention_mask", "token_type_ids"), "entailment"
_WEIGHTS = "the weights for a language model's statements"
_STATEMENT_TOKENS, _SOURCE_TOKENS = 72, 230
_CLS, _SEP = 101, 102
_KEPT = 500  # readings


class EntailmentNetwork:
    """Reads a statement against a source. Safe to share between threads; loads on first use.

    Raises:
        ReaderError: the weight file is missing, damaged, or of another version.
    """

    def __init__(self, path: Path = ENTAILMENT_PATH) -> None:
        self._path = path
        self._lock = Lock()
        self._read = functools.lru_cache(maxsize=_KEPT)(self._read_anew)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weight file."""
        return digest_of(self._path, _WEIGHTS)

    @cached_property
    def _session(self) -> InferenceSession:
        return open_session(self._path, _WEIGHTS, takes=INPUTS, gives=(OUTPUT,))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return load_tokenizer()

    def read(self, statement: str, source: str) -> float:
        """How much likelier than not it is that `source` carries `statement`, in nats; the latest are remembered.

        Minus infinity for a statement that is too long to be read whole: what stands at its end might be anything.
        """
        return self._read(statement, source)

    def _read_anew(self, statement: str, source: str) -> float:
        with self._lock:
            session, tokenizer = self._session, self._tokenizer
        ids, said = encode_pair(tokenizer, statement, source)
        if said == _STATEMENT_TOKENS + 2 and len(tokenizer.encode(statement, add_special_tokens=False)) > said - 2:
            return -math.inf
        types = np.ones((1, len(ids)), dtype=np.int64)
        types[0, :said] = 0
        told = (np.array([ids], dtype=np.int64), np.ones((1, len(ids)), dtype=np.int64), types)
        (logits,) = session.run([OUTPUT], dict(zip(INPUTS, told, strict=True)))
        return float(logits[0])


@functools.cache
def entailment_network() -> EntailmentNetwork:
    """The shipped one; the process has one of it."""
    return EntailmentNetwork()


def encode_pair(tokenizer: Tokenizer, statement: str, source: str) -> tuple[list[int], int]:
    """[CLS] statement [SEP] [SEP] source [SEP], and how many of them are of the statement's type; long ones are cut."""
    said = tokenizer.encode(statement, add_special_tokens=False).ids[:_STATEMENT_TOKENS]
    told = tokenizer.encode(source, add_special_tokens=False).ids[:_SOURCE_TOKENS]
    return [_CLS, *said, _SEP, _SEP, *told, _SEP], len(said) + 2
