"""The sentence reader: from the sentences of the best passages to the ones that answer, and whether any does.

Three steps, each looking at fewer sentences more closely. Trees over the features of every sentence make a shortlist;
the pair model reads each sentence of it against the question; trees over both choose, and trees over the best of them
give the chance that the choice is right, which is the answer's confidence.
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

from app.question import Question
from app.reader import Pointer, Reading
from app.reader.features import (
    FEATURE_NAMES,
    Candidate,
    Evidence,
    sentence_features,
    words_needed,
)
from app.reader.pair_reader import PairReader, PairReading
from app.reader.trees import Trees
from ingest.article import Passage, Span, normalise_space
from ingest.encode import Encoder
from ingest.errors import ReaderError
from ingest.split import sentences
from store import Hit
from store.lexical import terms as stems

__all__ = ["SentenceReader"]

Floats = NDArray[np.float32]
_K = TypeVar("_K")
_V = TypeVar("_V")
MODEL_PATH = Path(__file__).with_name("model.json")
MODEL_VERSION = 2
PASSAGES_READ = 12  # more passages add sentences that are rarely right and cost time
SHORTLIST = 12  # sentences that the pair model reads, at some 3 ms each
_KEPT_PASSAGES = 4_000
_KEPT_WORDS = 60_000
_KEPT_READINGS = 64  # the same question, asked again with another threshold, is not read again
_LONGEST_SHORT = 12  # words; what is longer is no short answer
_PAIR = (
    "likely",
    "likely_to_best",
    "pair",
    "pair_to_best",
    "pair_rank",
    "pair_margin",
    "span",
    "span_to_best",
    "span_words",
)
CHOICE_NAMES: tuple[str, ...] = (*_PAIR, *FEATURE_NAMES)
_TOP = ("score_1", "score_2", "score_3", "score_sum", "same_passage", "agreeing")
_MAXIMA = (
    "pair",
    "span",
    "cosine",
    "exact",
    "soft",
    "soft_passage",
    "soft_worst_passage",
    "names_passage",
    "kind_present",
)
ANSWERABLE_NAMES: tuple[str, ...] = (*_TOP, *(f"max_{n}" for n in _MAXIMA), *CHOICE_NAMES)
_MAXIMA_AT = [CHOICE_NAMES.index(n) for n in _MAXIMA]
_PASSAGE_AT = CHOICE_NAMES.index("passage_rank")


def shortlist(likely: Floats) -> NDArray[np.intp]:
    """Numbers of the `SHORTLIST` likeliest sentences, likeliest first."""
    return np.argsort(-likely, kind="stable")[:SHORTLIST]


def choice_rows(rows: Floats, likely: Floats, readings: Sequence[PairReading]) -> Floats:
    """(n, len(CHOICE_NAMES)) for the n shortlisted sentences, from their features, first scores and pair readings."""
    pair = np.array([r.logit for r in readings], dtype=np.float32)
    span = np.array([r.span_logit for r in readings], dtype=np.float32)
    words = np.array([min(r.end - r.start, 120) / 6 for r in readings], dtype=np.float32)
    ranked = np.sort(pair)[::-1]
    rank = np.argsort(np.argsort(-pair, kind="stable"))
    others = np.where(rank == 0, ranked[1] if len(ranked) > 1 else ranked[0] - 8, ranked[0])
    columns = [likely, likely - likely.max(), pair, pair - pair.max(), np.log1p(rank), pair - others]
    columns += [span, span - span.max(), words]
    return np.concatenate([np.stack(columns, axis=1), rows], axis=1).astype(np.float32)


def answerable_row(rows: Floats, scores: Floats) -> Floats:
    """What all chosen-from sentences say of the best: (len(ANSWERABLE_NAMES),) from `choice_rows` and scores (n,)."""
    order = np.argsort(-scores, kind="stable")
    top = [float(scores[i]) for i in order[:3]] + [0.0] * (3 - len(order[:3]))
    best = rows[order[0]]
    same = float(len(order) > 1 and rows[order[1], _PASSAGE_AT] == best[_PASSAGE_AT])
    agreeing = float((scores > 0.5 * top[0]).sum())
    maxima = rows[:, _MAXIMA_AT].max(axis=0)
    return np.concatenate([np.array([*top, float(scores.sum()), same, agreeing]), maxima, best]).astype(np.float32)


class SentenceReader:
    """Reads with trees over `sentence_features` and the pair model. Safe to share between threads.

    Args:
        encoder: gives the vectors of question, sentences and words.
        frequency: number of passages of the archive that hold a stem.
        size: number of passages of the archive.
        path: the trees' weight file.
        pairs: the pair model; the shipped one by default.

    Raises:
        ReaderError: a weight file is missing, damaged, or of another version.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        frequency: Callable[[str], int],
        size: Callable[[], int],
        path: Path = MODEL_PATH,
        pairs: PairReader | None = None,
    ) -> None:
        self._encoder = encoder
        self._frequency = frequency
        self._size = size
        self._pairs = pairs or PairReader()
        self._lock = Lock()
        self._sentences: OrderedDict[int, tuple[tuple[Span, ...], Floats]] = OrderedDict()
        self._words: OrderedDict[str, Floats] = OrderedDict()
        self._readings: OrderedDict[tuple[Question, int, tuple[Hit, ...]], Reading] = OrderedDict()
        model, digest = _load(path)
        if model.get("pairs") != self._pairs.digest:
            raise ReaderError("the reader's two weight files do not belong together: reinstall Dateline")
        self._likely = Trees.from_json(_object(model, "likely"), features=len(FEATURE_NAMES))
        self._choose = Trees.from_json(_object(model, "choose"), features=len(CHOICE_NAMES))
        self._answerable = Trees.from_json(_object(model, "answerable"), features=len(ANSWERABLE_NAMES))
        self.threshold = float(str(model["threshold"]))
        self.digest = hashlib.sha256(f"{digest} {self._pairs.digest}".encode()).hexdigest()

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        """Point at the shortlisted sentences of the best passages, best first."""
        read = tuple(hits[:PASSAGES_READ])
        if not read:
            return Reading((), 0.0)
        key = (question, self._size(), read)
        with self._lock:
            known = self._readings.get(key)
        if known is None:
            known = self._read(question, read)
            self._keep(self._readings, {key: known}, _KEPT_READINGS)
        return known

    def _read(self, question: Question, read: Sequence[Hit]) -> Reading:
        places, candidates, vectors = self._candidates(read)
        query = self._encoder.encode([question.text])[0]
        words = self._word_vectors(words_needed(question, candidates))
        rows = sentence_features(question, candidates, Evidence(query, vectors, words, stems, self._idf))
        likely = self._likely.probability(rows)
        listed = shortlist(likely)
        readings = self._pairs.read_pairs([(question.text, candidates[i].text, candidates[i].before) for i in listed])
        choices = choice_rows(rows[listed], likely[listed], readings)
        scores = self._choose.probability(choices)
        confidence = float(self._answerable.probability(answerable_row(choices, scores)[None, :])[0])
        pointers = []
        for at in np.argsort(-scores, kind="stable"):
            hit, span = places[listed[at]]
            pointers.append(Pointer(hit, span, float(scores[at]), _short(question, hit, span, readings[at])))
        return Reading(tuple(pointers), confidence)

    def _candidates(self, hits: Sequence[Hit]) -> tuple[list[tuple[Hit, Span]], list[Candidate], Floats]:
        """Every sentence of the hits: where it stands, what stands around it, its vector."""
        known = self._sentence_vectors([h.passage for h in hits])
        places: list[tuple[Hit, Span]] = []
        candidates: list[Candidate] = []
        for rank, hit in enumerate(hits):
            inside = known[hit.passage.passage_id][0]
            texts = [normalise_space(s.of(hit.passage.text)) for s in inside]
            for i, span in enumerate(inside):
                places.append((hit, Span(span.start + hit.passage.start, span.end + hit.passage.start)))
                before = texts[i - 1] if i else ""
                after = texts[i + 1] if i + 1 < len(texts) else ""
                candidates.append(Candidate(texts[i], before, after, hit.article.headline or "", rank, i, _worth(rank)))
        return places, candidates, np.concatenate([known[h.passage.passage_id][1] for h in hits])

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


def _worth(rank: int) -> float:
    """The retrieval score that the trees were trained on, from the rank (from 0) alone: 1 / (61 + rank)."""
    return 1.0 / (61 + rank)


def _short(question: Question, hit: Hit, sentence: Span, reading: PairReading) -> Span | None:
    """The characters that the pair model points at, in the source text; None where no few words can answer."""
    if question.kind in ("reason", "manner", "yes/no") or reading.end <= reading.start:
        return None
    offset = hit.passage.start
    text = hit.passage.text[sentence.start - offset : sentence.end - offset]
    kept = _places_kept(text)
    start, end = kept[reading.start], kept[reading.end - 1] + 1
    if len(text[start:end].split()) > _LONGEST_SHORT:
        return None
    return Span(sentence.start + start, sentence.start + end)


def _places_kept(text: str) -> list[int]:
    """For each character of `normalise_space(text)`, where it stands in `text`."""
    kept: list[int] = []
    for i, character in enumerate(text):
        if not character.isspace() or (kept and not text[kept[-1]].isspace()):
            kept.append(i)
    return kept


def _load(path: Path) -> tuple[Mapping[str, object], str]:
    try:
        data = path.read_bytes()
        model = json.loads(data)
        version, names = model["version"], tuple(model["features"])
    except FileNotFoundError as error:
        raise ReaderError(f"the reader's weights are missing at {path}: reinstall Dateline") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ReaderError(f"the reader's weights at {path} are damaged ({error}): reinstall Dateline") from error
    if version != MODEL_VERSION or names != ANSWERABLE_NAMES:
        raise ReaderError(f"the reader's weights at {path} are of another version: run python -m app.reader.train")
    return model, hashlib.sha256(data).hexdigest()


def _object(model: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = model.get(key)
    if not isinstance(value, dict):
        raise ReaderError(f"the reader's weights lack {key!r}: reinstall Dateline")
    return value
