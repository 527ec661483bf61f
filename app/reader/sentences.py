"""The sentence reader: scores each sentence of the best passages by its features, with boosted trees.

Two small models: one gives each sentence the chance that it answers; the other looks at the best sentences
together and gives the chance that the best is right, which is the answer's confidence.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.mentions import Mention
from app.question import Question
from app.reader import Pointer, Reading
from app.reader.features import (
    FEATURE_NAMES,
    Candidate,
    Evidence,
    answer_mentions,
    sentence_features,
    words_needed,
)
from app.reader.trees import Trees
from ingest.article import Passage, Span, normalise_space
from ingest.encode import Encoder
from ingest.errors import ReaderError
from ingest.split import sentences
from store import Hit
from store.lexical import terms as stems

__all__ = ["ANSWERABLE_NAMES", "MODEL_PATH", "MODEL_VERSION", "PASSAGES_READ", "SentenceReader", "answerable_row"]

Floats = NDArray[np.float32]
_K = TypeVar("_K")
_V = TypeVar("_V")
MODEL_PATH = Path(__file__).with_name("model.json")
MODEL_VERSION = 1
PASSAGES_READ = 12  # more passages add sentences that are rarely right and cost time
_KEPT_PASSAGES = 4_000
_KEPT_WORDS = 60_000
_TOP = ("score_1", "score_2", "score_3", "score_sum", "same_passage", "agreeing")
_MAXIMA = ("cosine", "exact", "soft", "exact_passage", "soft_passage", "soft_worst_passage", "names_passage", "kind_present")
ANSWERABLE_NAMES: tuple[str, ...] = (*_TOP, *(f"max_{n}" for n in _MAXIMA), *FEATURE_NAMES)
_MAXIMA_AT = [FEATURE_NAMES.index(n) for n in _MAXIMA]
_PASSAGE_AT = FEATURE_NAMES.index("passage_rank")


def answerable_row(rows: Floats, scores: Floats) -> Floats:
    """What all sentences together say of the best: (len(ANSWERABLE_NAMES),) from rows (n, f) and scores (n,)."""
    order = np.argsort(-scores, kind="stable")
    top = [float(scores[i]) for i in order[:3]] + [0.0] * (3 - len(order[:3]))
    best = rows[order[0]]
    same = float(len(order) > 1 and rows[order[1], _PASSAGE_AT] == best[_PASSAGE_AT])
    agreeing = float((scores > 0.5 * top[0]).sum())
    maxima = rows[:, _MAXIMA_AT].max(axis=0)
    return np.concatenate([np.array([*top, float(scores.sum()), same, agreeing]), maxima, best]).astype(np.float32)


class SentenceReader:
    """Reads with two sets of trees over `sentence_features`. Safe to share between threads.

    Args:
        encoder: gives the vectors of question, sentences and words.
        frequency: number of passages of the archive that hold a stem.
        size: number of passages of the archive.
        path: the weight file.

    Raises:
        ReaderError: the weight file is missing, damaged, or of another version.
    """

    def __init__(
        self, encoder: Encoder, *, frequency: Callable[[str], int], size: Callable[[], int], path: Path = MODEL_PATH
    ) -> None:
        self._encoder = encoder
        self._frequency = frequency
        self._size = size
        self._lock = Lock()
        self._sentences: OrderedDict[int, tuple[tuple[Span, ...], Floats]] = OrderedDict()
        self._words: OrderedDict[str, Floats] = OrderedDict()
        model, self.digest = _load(path)
        self._by_sentence = Trees.from_json(_object(model, "sentence"), features=len(FEATURE_NAMES))
        self._by_answer = Trees.from_json(_object(model, "answerable"), features=len(ANSWERABLE_NAMES))
        self.threshold = float(str(model["threshold"]))

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        """Score every sentence of the best passages and point at them, best first."""
        read = list(hits[:PASSAGES_READ])
        if not read:
            return Reading((), 0.0)
        query = self._encoder.encode([question.text])[0]
        known = self._sentence_vectors([h.passage for h in read])
        spans: list[Span] = []
        owners: list[Hit] = []
        candidates: list[Candidate] = []
        for rank, hit in enumerate(read):
            inside = known[hit.passage.passage_id][0]
            texts = [normalise_space(s.of(hit.passage.text)) for s in inside]
            for i, span in enumerate(inside):
                spans.append(Span(span.start + hit.passage.start, span.end + hit.passage.start))
                owners.append(hit)
                before = texts[i - 1] if i else ""
                after = texts[i + 1] if i + 1 < len(texts) else ""
                candidates.append(Candidate(texts[i], before, after, hit.article.headline or "", rank, i, hit.score))
        vectors = np.concatenate([known[h.passage.passage_id][1] for h in read])
        words = self._word_vectors(words_needed(question, candidates))
        evidence = Evidence(query, vectors, words, stems, self._idf)
        rows = sentence_features(question, candidates, evidence)
        scores = self._by_sentence.probability(rows)
        confidence = float(self._by_answer.probability(answerable_row(rows, scores)[None, :])[0])
        order = np.argsort(-scores, kind="stable")
        pointers = tuple(
            Pointer(owners[i], spans[i], float(scores[i]), _short(question, owners[i], spans[i])) for i in order
        )
        return Reading(pointers, confidence)

    def _idf(self, stem: str) -> float:
        size = max(1, self._size())
        frequency = min(self._frequency(stem), size)
        return math.log(1 + (size - frequency + 0.5) / (frequency + 0.5)) / math.log(1 + (size + 0.5) / 0.5)

    def _sentence_vectors(self, passages: Sequence[Passage]) -> Mapping[int, tuple[tuple[Span, ...], Floats]]:
        """Each passage's sentences, as spans of its text, and their vectors; kept for the passages read last."""
        with self._lock:
            known = {p.passage_id: self._sentences[p.passage_id] for p in passages if p.passage_id in self._sentences}
        new = [p for p in passages if p.passage_id not in known]
        cut = [sentences(p.text, Span(0, len(p.text))) for p in new]
        if new:
            texts = [normalise_space(s.of(p.text)) for p, spans in zip(new, cut, strict=True) for s in spans]
            vectors = self._encoder.encode(texts)
            at = 0
            for passage, spans in zip(new, cut, strict=True):
                known[passage.passage_id] = (spans, vectors[at : at + len(spans)])
                at += len(spans)
            self._keep(self._sentences, {p.passage_id: known[p.passage_id] for p in new}, _KEPT_PASSAGES)
        return known

    def _word_vectors(self, words: Sequence[str]) -> Mapping[str, Floats]:
        with self._lock:
            known = {w: self._words[w] for w in words if w in self._words}
        new = [w for w in words if w not in known]
        if new:
            fresh = dict(zip(new, self._encoder.encode(new), strict=True))
            self._keep(self._words, fresh, _KEPT_WORDS)
            known.update(fresh)
        return known

    def _keep(self, kept: OrderedDict[_K, _V], new: Mapping[_K, _V], limit: int) -> None:
        with self._lock:
            kept.update(new)
            while len(kept) > limit:
                kept.popitem(last=False)


def _short(question: Question, hit: Hit, sentence: Span) -> Span | None:
    """The mention in the sentence that fits the question best, by kind and nearness to the question's words."""
    offset = hit.passage.start
    text = hit.passage.text[sentence.start - offset : sentence.end - offset]
    fitting = answer_mentions(question, text, stems)
    if not fitting or question.kind not in ("person", "number", "date", "place"):
        return None
    asked = {s for w in question.words for s in stems(w)}
    nouns = {s for w in question.asked for s in stems(w)}
    words = [(m, set(stems(text[m.end : m.end + 25]))) for m in fitting]
    spots = [i for i in range(len(text)) if (i == 0 or not text[i - 1].isalnum()) and text[i].isalnum()]
    near = [i for i in spots if set(stems(text[i : i + 20].split()[0] if text[i : i + 20].split() else "")) & asked]

    def cost(pair: tuple[Mention, set[str]]) -> float:
        mention, following = pair
        distance = min((min(abs(i - mention.start), abs(i - mention.end)) for i in near), default=len(text))
        return distance - (100.0 if nouns & following else 0.0)

    best = min(words, key=cost)[0]
    return Span(sentence.start + best.start, sentence.start + best.end)


def _load(path: Path) -> tuple[Mapping[str, object], str]:
    try:
        data = path.read_bytes()
        model = json.loads(data)
        version, names = model["version"], (tuple(model["features"]), tuple(model["answerable_features"]))
    except FileNotFoundError as error:
        raise ReaderError(f"the reader's weights are missing at {path}: reinstall Dateline") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ReaderError(f"the reader's weights at {path} are damaged ({error}): reinstall Dateline") from error
    if version != MODEL_VERSION or names != (FEATURE_NAMES, ANSWERABLE_NAMES):
        raise ReaderError(f"the reader's weights at {path} are of another version: run python -m app.reader.train")
    return model, hashlib.sha256(data).hexdigest()


def _object(model: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = model.get(key)
    if not isinstance(value, dict):
        raise ReaderError(f"the reader's weights lack {key!r}: reinstall Dateline")
    return value
