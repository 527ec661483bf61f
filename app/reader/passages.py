"""The reader's network at work: whether a passage answers a question, and which of its characters do.

Runs on onnxruntime alone. Each passage is read by itself: 8-bit products scale their inputs by what is read together,
so in a batch a passage's scores would depend on its neighbours, and the same question might not get the same answer
twice. Passages are shared out between the cores instead.
"""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from app.reader.session import digest_of, open_session
from app.reader.spans import best_spans
from app.reader.tokens import encode_passage, load_tokenizer
from ingest.article import Span

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

__all__ = ["WEIGHTS_PATH", "PassageReader", "PassageReading", "ShortAnswer"]

WEIGHTS_PATH = Path(__file__).with_name("reader.onnx")
SPANS_KEPT = 4
_WEIGHTS = "the reader's weights"
_TAKES, _GIVES = ("input_ids", "attention_mask", "token_type_ids", "inside"), ("relevance", "starts", "ends")
_MOST_KEPT = 2_000  # readings of a passage, some 2 kB each with its text: a hundred questions
_MOST_THREADS = 8
_HALVES = re.compile("[\ud800-\udfff]")  # halves of a character that stand alone: the tokenizer takes none


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """Characters of the passage as an answer; `score` is in nats above that of the passage holding none."""

    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class PassageReading:
    """`relevance` above 0 means the passage more likely answers than not; `answers` do not overlap, best first."""

    relevance: float
    answers: tuple[ShortAnswer, ...]


class PassageReader:
    """Reads passages against a question. Safe to share between threads; loads on first use.

    The latest `kept` readings are remembered.

    Raises:
        ReaderError: the weight file is missing or damaged.
    """

    def __init__(self, path: Path = WEIGHTS_PATH, *, kept: int = _MOST_KEPT) -> None:
        self._path = path
        self._kept = kept
        self._lock = Lock()
        self._read: OrderedDict[tuple[str, str, str], PassageReading] = OrderedDict()  # the latest used last

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weight file."""
        return digest_of(self._path, _WEIGHTS)

    @cached_property
    def _session(self) -> InferenceSession:
        return open_session(self._path, _WEIGHTS, takes=_TAKES, gives=_GIVES)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return load_tokenizer()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1), thread_name_prefix="reader")

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> tuple[PassageReading, ...]:
        """One reading of each (headline, text), in their order; spans count characters of the text as given.

        The latest are kept: who asks again, within other days or sources, waits for what was not read before alone.
        """
        with self._lock:
            session, tokenizer, pool = self._session, self._tokenizer, self._pool
            known = {p: self._read.get((question, *p)) for p in passages}

        def one(passage: tuple[str, str]) -> PassageReading:
            return _read(session, tokenizer, question, *passage)

        new = [p for p, reading in known.items() if reading is None]
        fresh = dict(zip(new, pool.map(one, new) if len(new) > 1 else map(one, new), strict=True))
        readings = tuple(known[p] or fresh[p] for p in passages)
        with self._lock:
            for passage, reading in zip(passages, readings, strict=True):
                self._read[(question, *passage)] = reading
                self._read.move_to_end((question, *passage))
            while len(self._read) > self._kept:
                self._read.popitem(last=False)
        return readings


def _read(session: InferenceSession, tokenizer: Tokenizer, question: str, headline: str, text: str) -> PassageReading:
    kept = places_kept(text)
    shown = "".join(" " if text[i].isspace() else text[i] for i in kept)
    asked, headed, shown = (_HALVES.sub("\ufffd", t) for t in (question, " ".join(headline.split()), shown))
    tokens = encode_passage(tokenizer, asked, headed, shown)
    n = len(tokens.ids)
    types, inside = np.ones((1, n), dtype=np.int64), np.zeros((1, n), dtype=np.int64)
    types[0, : tokens.asked] = 0
    inside[0, tokens.first : n - 1] = inside[0, 0] = 1
    relevance, starts, ends = session.run(
        _GIVES,
        {
            "input_ids": np.array([tokens.ids], dtype=np.int64),
            "attention_mask": np.ones((1, n), dtype=np.int64),
            "token_type_ids": types,
            "inside": inside,
        },
    )
    answers = []
    for found in best_spans(starts[0, : n - 1], ends[0, : n - 1], first=tokens.first, n=SPANS_KEPT):
        start = tokens.offsets[found.first - tokens.first][0]
        end = tokens.offsets[found.last - tokens.first][1]
        if start < end:
            answers.append(ShortAnswer(Span(kept[start], kept[end - 1] + 1), found.score))
    return PassageReading(float(relevance[0]), tuple(answers))


def places_kept(text: str) -> list[int]:
    """For each character of `text` with its white space normalised, where it stands in `text`."""
    kept: list[int] = []
    for i, character in enumerate(text):
        if not character.isspace() or (kept and not text[kept[-1]].isspace()):
            kept.append(i)
    if kept and text[kept[-1]].isspace():
        kept.pop()
    return kept
