"""One measured run as plain values: what was asked, what came of it, and what it was measured on.

A record carries, for every question, what that question adds to every measure. So figures, intervals, the comparison
of two runs and the gate all follow from records alone, without asking anything again. Written and read as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, cast, get_args

from evals.metrics import Interval, Part, bootstrap_interval, percentile, pooled
from ingest.errors import UsageError

__all__ = [
    "ALL",
    "STAGES",
    "Case",
    "Figure",
    "Latency",
    "LostAt",
    "Place",
    "Record",
    "build_record",
    "case_from_dict",
    "case_to_dict",
    "load_record",
    "record_to_dict",
    "write_record",
]

ALL = "all"
FORMAT = 1

LostAt = Literal["selection", "retrieval", "ranking", "reading", "abstention", "form", "answered", "error"]
# Each stage with what it means that a question was lost there, in the order of the stages.
STAGES: Mapping[LostAt, str] = {
    "selection": "not selected: the evidence was not taken for part of the article",
    "retrieval": "not retrieved: no passage found holds the evidence",
    "ranking": "not ranked: passages that hold the evidence came after the fifth",
    "reading": "not read: the evidence was among the first five, and something else was said",
    "abstention": "wrongly declined: the evidence was among the first five",
    "form": "not in the form asked for: the words and the evidence are right, filters, sides, counts or order are not",
    "answered": "wrongly answered: the articles do not say",
    "error": "failed with an error",
}


class Figure(NamedTuple):
    """A measure over cases: None when it concerns none of them. `n` counts the cases that it concerns."""

    value: float | None
    interval: Interval | None
    n: int


class Latency(NamedTuple):
    """Percentiles of one ask, in milliseconds; None of no cases.

    Cases with history are left out, because what was asked before is asked again on their clock, and those that were
    not timed.
    """

    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """Words of an article at `start`..`end` of its source text, with a little of what stands around them."""

    source: str
    start: int
    end: int
    quote: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One question as it went.

    `expected` are the wordings that count; none means that it should be declined. `right` is None then. `confidence`
    is the one shown, `evidence_rank` the rank of the first passage retrieved that holds what was looked for, `withheld`
    what would have been said where it was declined. `parts` is what the case adds to each measure that concerns it.
    """

    id: str
    kind: str
    question: str
    history: tuple[str, ...]
    expected: tuple[str, ...]
    said: str
    short: str | None
    declined: bool
    right: bool | None
    as_expected: bool
    confidence: float | None
    seconds: float
    error: str | None
    lost_at: LostAt | None
    evidence: tuple[Place, ...]
    evidence_rank: int | None
    cited: tuple[Place, ...]
    parts: Mapping[str, Part]
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What was measured. `figures` and `latency` are by kind (`ALL` first), then by measure.

    `pins` are digests of everything that the figures depend on beside the code, by name. `notes` say what a person
    wants to know of the run: the command, the machine, the versions.
    """

    title: str
    pins: Mapping[str, str]
    cases: tuple[Case, ...]
    figures: Mapping[str, Mapping[str, Figure]]
    latency: Mapping[str, Latency]
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def measures(self) -> tuple[str, ...]:
        """The names of the measures, in order."""
        return tuple(self.figures[ALL])


def build_record(
    title: str,
    cases: Sequence[Case],
    *,
    measures: Sequence[str],
    kinds: Sequence[str],
    pins: Mapping[str, str],
    notes: Mapping[str, str] | None = None,
) -> Record:
    """The record of `cases`, with figures over all of them and by those of `kinds` that occur, in that order."""
    groups = {ALL: tuple(cases)}
    groups |= {kind: found for kind in kinds if (found := tuple(c for c in cases if c.kind == kind))}
    return Record(
        title=title,
        pins=dict(pins),
        cases=tuple(cases),
        figures={name: {m: _figure(group, m) for m in measures} for name, group in groups.items()},
        latency={name: _latency(group) for name, group in groups.items()},
        notes=dict(notes or {}),
    )


def _figure(cases: Sequence[Case], measure: str) -> Figure:
    parts = [part for c in cases if (part := c.parts.get(measure)) is not None and part.denominator]
    return Figure(pooled(parts), bootstrap_interval(parts), len(parts))


def _latency(cases: Sequence[Case]) -> Latency:
    times = [1000 * case.seconds for case in cases if case.seconds and not case.history]
    return Latency(percentile(times, 50), percentile(times, 95))


# --- JSON ---------------------------------------------------------------------------------------------------


def record_to_dict(record: Record) -> dict[str, object]:
    """The record as plain JSON types; `load_record` reads it back."""
    return {
        "format": FORMAT,
        "title": record.title,
        "pins": dict(record.pins),
        "notes": dict(record.notes),
        "measures": list(record.measures),
        "figures": {
            kind: {
                name: {"value": f.value, "interval": None if f.interval is None else list(f.interval), "n": f.n}
                for name, f in figures.items()
            }
            for kind, figures in record.figures.items()
        },
        "latency": {kind: latency._asdict() for kind, latency in record.latency.items()},
        "cases": [case_to_dict(case) for case in record.cases],
    }


def write_record(path: Path, record: Record) -> None:
    """Write `record` to `path` as JSON."""
    path.write_text(json.dumps(record_to_dict(record), indent=1) + "\n", encoding="utf-8")


def load_record(path: Path) -> Record:
    """The record in the file `path`, its figures worked out anew from its cases.

    Raises:
        UsageError: it cannot be read, or is not what `write_record` writes.
    """
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        if row["format"] != FORMAT:
            raise UsageError(f"the run {path} is of format {row['format']}, not {FORMAT}: measure it again")
        return build_record(
            str(row["title"]),
            [case_from_dict(case) for case in row["cases"]],
            measures=[str(name) for name in row["measures"]],
            kinds=[str(kind) for kind in row["figures"] if kind != ALL],
            pins={str(k): str(v) for k, v in row["pins"].items()},
            notes={str(k): str(v) for k, v in row["notes"].items()},
        )
    except OSError as error:
        raise UsageError(f"reading the run {path}: {error}; --report DIR writes DIR/run.json") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"the run {path} is malformed: {error!r}; --report DIR writes DIR/run.json") from error


def case_to_dict(case: Case) -> dict[str, object]:
    """One case as plain JSON types."""
    row = asdict(case)
    row["parts"] = {name: [part.numerator, part.denominator] for name, part in case.parts.items()}
    return row


def case_from_dict(row: Mapping[str, object]) -> Case:
    """The case that `case_to_dict` wrote; ValueError, KeyError or TypeError when it is none."""
    values = dict(row)
    for name in ("history", "expected"):
        values[name] = tuple(str(item) for item in cast(list[object], values[name]))
    for name in ("evidence", "cited"):
        values[name] = tuple(Place(**place) for place in cast(list[dict[str, str]], values[name]))  # type: ignore[arg-type]
    values["parts"] = {k: Part(*v) for k, v in cast(dict[str, list[float]], values["parts"]).items()}
    if values["lost_at"] is not None and values["lost_at"] not in get_args(LostAt):
        raise ValueError(f"no stage is called {values['lost_at']!r}")
    return Case(**values)  # type: ignore[arg-type]
