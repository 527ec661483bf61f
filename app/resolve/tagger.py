"""A small network that reads a question with the talk before it: which words of the talk it leaves out, if any.

Trained on conversations written for it (`talks.jsonl.gz`) by `python -m app.resolve.train_tagger`; runs on onnxruntime
alone. Source of the task: Voskarides et al. 2020, Query Resolution for Conversational Search with Limited Supervision.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from app.reader.session import open_session
from app.reader.tokens import load_tokenizer
from app.resolve.past import Past
from app.resolve.talk import encode_talk

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

__all__ = ["TAGGER_PATH", "Tagger", "Tags", "load_tagger"]

TAGGER_PATH = Path(__file__).with_name("tagger.onnx")
_KEPT = 64  # readings: the same turn is read by the rules more than once
INPUTS, OUTPUTS = ["input_ids", "roles"], ["need", "words"]


@dataclass(frozen=True, slots=True)
class Tags:
    """Logits: `need` that the question leaves anything out, `words` that each candidate is a part of it."""

    need: float
    words: Mapping[str, float]


class Tagger:
    """Reads turns of a talk. Safe to share between threads; loads on first use.

    Raises:
        ReaderError: the weight file is missing, damaged, or of another version.
    """

    def __init__(self, path: Path = TAGGER_PATH) -> None:
        self._path = path
        self._lock = Lock()
        self._read = functools.lru_cache(maxsize=_KEPT)(self._read_anew)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return load_tokenizer()

    @cached_property
    def _session(self) -> InferenceSession:
        return open_session(self._path, "the weights for follow-up questions", takes=INPUTS, gives=OUTPUTS)

    def read(self, history: Sequence[Past], question: str) -> Tags:
        """What `question` leaves out of `history`, as far as the words of its latest turns go."""
        return self._read(tuple(history), question)

    def _read_anew(self, history: tuple[Past, ...], question: str) -> Tags:
        with self._lock:
            session, tokenizer = self._session, self._tokenizer
        tokens = encode_talk(tokenizer, history, question)
        need, words = session.run(
            OUTPUTS,
            {
                "input_ids": np.array([tokens.ids], dtype=np.int64),
                "roles": np.array([tokens.roles], dtype=np.int64),
            },
        )
        # A word is as likely as the likeliest of its places.
        found = {word: max(float(words[0, i]) for i in places) for word, places in tokens.places.items()}
        return Tags(float(need[0]), found)


@functools.cache
def load_tagger() -> Tagger:
    """The shipped one, once per process."""
    return Tagger()
