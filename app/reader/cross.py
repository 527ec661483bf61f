"""The reader: a small trained network reads each passage against the question, and the answers are weighed together.

`app.reader.passages` reads, `app.reader.evidence` gathers what speaks for each answer, `app.reader.judge` holds how
much each of that counts. The confidence is the chance that the first pointer answers, calibrated on news that the
network never saw.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from app.question import Question
from app.reader import Pointer, Reading
from app.reader.edges import tidy_edges
from app.reader.evidence import Candidate, Told, candidates_of, confidence_row, pooled
from app.reader.judge import JUDGE_PATH, load_judge
from app.reader.passages import PassageReader
from ingest.article import Span
from store import Hit

__all__ = ["PASSAGES_READ", "CrossReader"]

PASSAGES_READ = 20
_KEPT_READINGS = 64  # the same question, asked again with another threshold, is not read again
_LONGEST_SHORT = 16  # words; what is longer is no short answer


class CrossReader:
    """Reads with the shipped network. Safe to share between threads.

    Args:
        frequency: number of passages of the archive that hold a stem.
        size: number of passages of the archive.
        path: the fitted weights beside the network's.
        network: reads single passages; the shipped one by default.

    Raises:
        ReaderError: a weight file is missing, damaged, or of another version.
    """

    def __init__(
        self,
        *,
        frequency: Callable[[str], int],
        size: Callable[[], int],
        path: Path = JUDGE_PATH,
        network: PassageReader | None = None,
    ) -> None:
        self._frequency = frequency
        self._size = size
        self._network = network or PassageReader()
        self._judge = load_judge(path, network=self._network.digest)
        self._lock = Lock()
        self._readings: OrderedDict[tuple[Question, int, tuple[Hit, ...]], Reading] = OrderedDict()
        self.threshold = self._judge.threshold
        self.digest = hashlib.sha256(f"{self._judge.digest} {self._network.digest}".encode()).hexdigest()

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        """Point at the sentences that hold the likeliest answers, best first."""
        read = tuple(hits[:PASSAGES_READ])
        if not read:
            return Reading((), 0.0)
        key = (question, self._size(), read)
        with self._lock:
            known = self._readings.get(key)
        if known is None:
            known = self._read(question, read)
            with self._lock:
                self._readings[key] = known
                while len(self._readings) > _KEPT_READINGS:
                    self._readings.popitem(last=False)
        return known

    def _read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        told = [Told(h.article.article_id, h.article.headline or "", h.passage.text, h.score) for h in hits]
        readings = self._network.read(question.text, [(t.headline, t.text) for t in told])
        candidates = candidates_of(question, told, readings, self._rarity)
        if not candidates:
            return Reading((), 0.0)
        scores = self._judge.choose(np.stack([c.row for c in candidates]))
        answers = pooled(candidates, told, scores)
        sure = self._judge.sure(confidence_row(question, candidates, readings, scores, answers))
        best = answers[0][1][0]
        pointers: list[Pointer] = []
        seen: set[tuple[int, Span]] = set()
        # The best witness of the likeliest answer first, then every other sentence by what it has to say itself.
        for i in [best, *(int(j) for j in np.argsort(-scores, kind="stable") if j != best)]:
            candidate = candidates[i]
            place = (candidate.passage, candidate.sentence)
            if place in seen:
                continue
            seen.add(place)
            hit = hits[candidate.passage]
            offset = hit.passage.start
            sentence = Span(candidate.sentence.start + offset, candidate.sentence.end + offset)
            score = sure * min(1.0, math.exp(float(scores[i] - scores[best])))
            pointers.append(Pointer(hit, sentence, score, _short(question, hit, candidate)))
        return Reading(tuple(pointers), sure)

    def _rarity(self, stem: str) -> float:
        size = max(1, self._size())
        frequency = min(self._frequency(stem), size)
        return math.log(1 + (size - frequency + 0.5) / (frequency + 0.5)) / math.log(1 + (size + 0.5) / 0.5)


def _short(question: Question, hit: Hit, candidate: Candidate) -> Span | None:
    """The answer in the source text, its edges tidied; None where no few words can answer."""
    answer = tidy_edges(hit.passage.text, candidate.answer, candidate.sentence)
    if question.kind in ("reason", "manner", "yes/no") or len(answer.of(hit.passage.text).split()) > _LONGEST_SHORT:
        return None
    return Span(answer.start + hit.passage.start, answer.end + hit.passage.start)
