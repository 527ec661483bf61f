"""Measure the shipped reader on news of held-out weeks: `python -m app.reader.measure --data DIR --work DIR`.

Questions of the test weeks are asked of an index of the articles that a search gave for them, written ones of archives
of eight excerpts; the 20 best passages are read, and what comes out is held against what the search alone would have
said. Intervals are 95% bootstrap ones.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from app.reader.archives import news_archive, written_archives
from app.reader.calibrate import Judged, judge_all, read_all
from app.reader.judge import JUDGE_PATH, Judge, load_judge
from app.reader.passages import WEIGHTS_PATH, PassageReader
from app.reader.spans import interval
from ingest.errors import DatelineError

__all__ = ["main", "report"]

_SPANS = ("test-2024", "test-2022")
_WRITTEN = "test-2024"
_LOST = 0.15


def report(name: str, judged: Sequence[tuple[Judged, float]], threshold: float) -> str:
    """The figures of one span, a line each."""
    asked = [(j, c) for j, c in judged if j.read.asked.group == "answerable"]
    absent = [c for j, c in judged if j.read.asked.group == "absent"]
    there, fused, passage, span, sentence = [], [], [], [], []
    for j, _ in asked:
        one = j.read.asked
        holds = [one.is_right(t.text) for t in one.told]
        at = one.told[j.best.passage].text
        there.append(any(holds))
        fused.append(holds[0])
        passage.append(holds[j.best.passage])
        span.append(one.is_right(j.best.answer.of(at)))
        sentence.append(one.is_right(j.best.sentence.of(at)))
    kept = sorted(c for (j, c), right in zip(asked, span, strict=True) if right)
    lost = kept[int(_LOST * len(kept))] if kept else 0.0
    rows = [
        ("answer among the passages read", there),
        ("first passage of the search holds the answer", fused),
        ("best passage of the reader holds the answer", passage),
        ("best sentence holds the answer", sentence),
        ("best span holds the answer", span),
        (f"absent: declined at {lost:.3f}, where 15% of the right answers are lost", [c < lost for c in absent]),
        (f"absent: declined at the shipped {threshold:.3f}", [c < threshold for c in absent]),
        (f"right answers kept at the shipped {threshold:.3f}", [c >= threshold for c in kept]),
    ]
    lines = [f"{name}: {len(asked)} answerable, {len(absent)} absent"]
    return "\n".join([*lines, *(f"  {interval(values)}  {what}" for what, values in rows)])


def measure_news(data: Path, work: Path, network: PassageReader, judge: Judge) -> str:
    """The figures of every test span."""
    found = []
    archives = [(name, news_archive(data, name, work)) for name in _SPANS]
    archives.append((f"written questions, {_WRITTEN}", written_archives(data, _WRITTEN)))
    for name, asked in archives:
        started = time.perf_counter()
        read = read_all(asked, network)
        each = (time.perf_counter() - started) / max(1, len(asked))
        judged = judge_all(read, judge.choose)
        found.append(report(name, [(j, judge.sure(j.row)) for j in judged], judge.threshold))
        found.append(f"  {1000 * each:.0f} ms to read a question's passages, on average")
    return "\n".join(found)


def main(argv: Sequence[str] | None = None) -> int:
    """Both test spans; the indexes are made on the first run (minutes) and kept."""
    parser = argparse.ArgumentParser(prog="python -m app.reader.measure", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds realtimeqa/")
    parser.add_argument("--work", type=Path, required=True, help="folder for the indexes of the held-out weeks")
    parser.add_argument("--weights", type=Path, default=WEIGHTS_PATH)
    parser.add_argument("--judge", type=Path, default=JUDGE_PATH)
    arguments = parser.parse_args(argv)
    try:
        network = PassageReader(arguments.weights)
        judge = load_judge(arguments.judge, network=network.digest)
        print(measure_news(arguments.data, arguments.work, network, judge))
    except DatelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
