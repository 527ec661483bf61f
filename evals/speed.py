"""How long an answer takes: in a warm process over the gold questions, and from a cold start, step by step.

`python -m evals.speed` (make bench). It measures and prints; it holds no floor, since a machine is not a build.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evals.gold import load_gold
from evals.metrics import percentile
from evals.run import CHECKOUT, GOLD, INVENTED, Outcome, ask_all, find_articles, open_corpus, text_of_files

__all__ = [
    "format_table",
    "import_seconds",
    "main_speed",
    "measure_cold",
    "measure_reading",
    "measure_steps",
    "measure_warm",
]

ROUNDS = 3
PASSAGES, TOKENS = 20, 200
# Packages that took less than this are summed as one line.
SHOWN_S = 0.05


def main_speed(rounds: int = ROUNDS) -> int:
    """Measure on the five articles and print the tables; 0 when every cold start succeeded."""
    corpus = open_corpus(find_articles())
    try:
        cases = load_gold(GOLD, corpus.source_text, invented=text_of_files(INVENTED))
        cases = tuple(case for case in cases if case.articles == "seeds")
        ask_all(cases[:1], corpus.ask)
        outcomes = [outcome for _ in range(rounds) for outcome in ask_all(cases, corpus.ask)]
        text = " ".join(corpus.source_text(s) for s in sorted({e.source for case in cases for e in case.evidence}))
    finally:
        corpus.close()
    _write(format_table(f"ask(), warm: {len(cases)} questions, {rounds} rounds", measure_warm(outcomes), unit="ms"))
    questions = [case.question for case in cases if not case.history]
    title = f"the reader alone, warm: {PASSAGES} passages of {TOKENS} tokens"
    _write(format_table(title, measure_reading(questions, text), unit="ms"))
    question = next(case for case in cases if case.answerable and not case.history).question
    cold = {f"run {i + 1}": measure_cold(question, corpus.index) for i in range(rounds)}
    cold["median"] = statistics.median(cold.values())
    _write(format_table("dateline ask, cold: wall time of the process", cold, unit="s"))
    _write(format_table("where a cold start goes, by step", measure_steps(question, corpus.index), unit="s"))
    _write(
        format_table(
            "of that, importing (own time by package, with tracing)", _imports(question, corpus.index), unit="s"
        )
    )
    return 0


def measure_warm(outcomes: Sequence[Outcome]) -> Mapping[str, float]:
    """p50 and p95 of `outcomes` in milliseconds: all of them, the answered and the declined."""
    groups: dict[str, Callable[[Outcome], bool]] = {
        "all": lambda o: True,
        "answered": lambda o: o.answer is not None and not o.answer.abstained,
        "declined": lambda o: o.answer is not None and o.answer.abstained,
        "raised": lambda o: o.error is not None,
    }
    rows: dict[str, float] = {}
    for name, belongs in groups.items():
        times = [1000 * o.seconds for o in outcomes if belongs(o)]
        for q in (50, 95):
            if (value := percentile(times, q)) is not None:
                rows[f"{name} p{q} (n {len(times)})"] = value
    return rows


def measure_reading(questions: Sequence[str], text: str) -> Mapping[str, float]:
    """p50 and p95 in milliseconds of reading each question against the same pieces of `text`."""
    from app.reader.passages import PassageReader
    from app.reader.tokens import load_tokenizer

    places = load_tokenizer().encode(text, add_special_tokens=False).offsets
    starts = [i * TOKENS % max(1, len(places) - TOKENS) for i in range(PASSAGES)]
    cut = [places[i : i + TOKENS] for i in starts]
    passages = [("", text[piece[0][0] : piece[-1][1]]) for piece in cut]
    reader = PassageReader()
    reader.read(questions[0], passages)
    times = []
    for question in questions[1:]:  # what was read already is known
        started = time.perf_counter()
        reader.read(question, passages)
        times.append(1000 * (time.perf_counter() - started))
    return {f"p{q} (n {len(times)})": value for q in (50, 95) if (value := percentile(times, q)) is not None}


def measure_cold(question: str, index: Path) -> float:
    """Seconds that `dateline ask` takes in a process of its own.

    Raises:
        subprocess.CalledProcessError: it failed; its stderr is shown.
    """
    started = time.perf_counter()
    _run(_ask_arguments(question, index))
    return time.perf_counter() - started


def measure_steps(question: str, index: Path) -> Mapping[str, float]:
    """Seconds of each step of a cold start, in order, measured in a process of its own."""
    started = time.perf_counter()
    steps: dict[str, float] = json.loads(_run(["-m", "evals.speed", "steps", question, str(index)]).stdout)
    wall = time.perf_counter() - started
    return {"interpreter, and leaving": wall - sum(steps.values()), **steps}


def _steps(question: str, index: Path) -> Mapping[str, float]:
    """The steps of one `ask`, each timed in this process, which has done none of them yet."""
    steps: dict[str, float] = {}

    def lap(name: str, started: float) -> None:
        steps[name] = time.perf_counter() - started

    started = time.perf_counter()
    from app import ask
    from app.settings import load_settings
    from ingest.encode import load_encoder
    from store import open_store

    lap("importing app, ingest, store", started)
    encoder_name = load_settings().encoder
    started = time.perf_counter()
    encoder = load_encoder(encoder_name)
    encoder.encode([question])
    lap("encoder: weights, one question", started)
    started = time.perf_counter()
    store = open_store(index, encoder_name=encoder_name)
    store.search(question)
    lap("store: opening, first search", started)
    started = time.perf_counter()
    ask(question, store=store)
    lap("first answer, with the reader's weights", started)
    started = time.perf_counter()
    ask(question, store=store)
    lap("the same answer, warm", started)
    store.close()
    return steps


def _imports(question: str, index: Path) -> Mapping[str, float]:
    done = _run(["-X", "importtime", *_ask_arguments(question, index)])
    seconds = import_seconds(done.stderr)
    shown = {name: value for name, value in seconds.items() if value >= SHOWN_S}
    rest = sum(seconds.values()) - sum(shown.values())
    return {**shown, f"{len(seconds) - len(shown)} others": rest, "together": sum(seconds.values())}


def import_seconds(trace: str) -> Mapping[str, float]:
    """Own import time by top-level package from the stderr of `python -X importtime`, longest first."""
    total: Counter[str] = Counter()
    for line in trace.splitlines():
        fields = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and len(fields) == 3 and fields[0].strip().isdigit():
            total[fields[2].strip().partition(".")[0]] += int(fields[0])
    return {name: microseconds / 1e6 for name, microseconds in total.most_common()}


def format_table(title: str, rows: Mapping[str, float], *, unit: str) -> str:
    """`rows` under `title`, names left and figures right, in the unit given."""
    width = max((len(name) for name in rows), default=0)
    digits = 0 if unit == "ms" else 2
    lines = [f"  {name.ljust(width)}  {value:8.{digits}f} {unit}" for name, value in rows.items()]
    return "\n".join([title, *lines, ""])


def _run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        done.check_returncode()
    return done


def _ask_arguments(question: str, index: Path) -> list[str]:
    return ["-m", "app", "ask", question, "--json", "--store", str(index)]


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:2] == ["steps"]:
        _write(json.dumps(_steps(sys.argv[2], Path(sys.argv[3]))))
    else:
        sys.exit(main_speed())
