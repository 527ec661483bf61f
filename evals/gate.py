"""The gate: a record is held against floors, and question by question against the run that was last reviewed.

A baseline pins digests of everything that figures depend on beside the code: questions, articles, settings, models. A
record of other pins is never quietly compared: that is a drift, to be reviewed, not a pass. A floor stops a slow slide
over many changes; the paired comparison stops one change that costs more than the luck of the questions explains.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from evals.metrics import Interval, Part, paired_difference
from evals.record import ALL, Record
from ingest.errors import UsageError

__all__ = [
    "LAWS",
    "Baseline",
    "BrokenFloor",
    "Change",
    "broken_floors",
    "changes",
    "drifts",
    "load_baseline",
    "objections",
    "pin",
    "write_baseline",
]

# A new floor stands this far below its figure: room for a reviewed trade, not for a slide.
FLOOR_MARGIN = 0.02
# These are laws, so their floor is 1 whatever was measured.
LAWS = frozenset({"citation_exact", "completed"})
NOTHING = Part(0, 0)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The figures last reviewed, what they were measured on, the floors below which the evals fail.

    `parts` is what each question added to each measure then, by measure and by the id of the question.
    """

    pins: Mapping[str, str]
    figures: Mapping[str, float]
    floors: Mapping[str, float]
    parts: Mapping[str, Mapping[str, Part]]


class BrokenFloor(NamedTuple):
    """A measure below its floor, or one that could not be measured (None)."""

    measure: str
    floor: float
    value: float | None


class Change(NamedTuple):
    """How a measure moved since the baseline over the same questions. `n` counts those it concerns then or now.

    The 95% interval is of `difference`, by the paired bootstrap: what other questions of the kind may have shown.
    """

    measure: str
    difference: float
    interval: Interval
    n: int

    @property
    def is_loss(self) -> bool:
        """Whether it cost more than the choice of questions explains."""
        return self.interval.high < 0


def load_baseline(path: Path, *, measures: Sequence[str]) -> Baseline:
    """The baseline at `path`; `measures` are those that a floor may be of.

    Raises:
        UsageError: it cannot be read, or is not what `write_baseline` writes.
    """
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        baseline = Baseline(
            pins={str(name): str(digest) for name, digest in row["pins"].items()},
            figures={str(name): float(value) for name, value in row["figures"].items()},
            floors={str(name): float(value) for name, value in row["floors"].items()},
            parts={
                str(name): {str(case): Part(float(n), float(d)) for case, (n, d) in cases.items()}
                for name, cases in row["parts"].items()
            },
        )
    except OSError as error:
        raise UsageError(f"reading the baseline {path}: {error}; --update-baseline writes one") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"the baseline {path} is malformed: {error!r}; --update-baseline writes one") from error
    if unknown := sorted(baseline.floors.keys() - set(measures)):
        raise UsageError(f"the baseline {path} has a floor for {unknown[0]!r}; measures: {', '.join(measures)}")
    return baseline


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write `baseline` as JSON with a stable order, a line a measure, so that a change reads as a diff."""
    head = {
        "pins": dict(baseline.pins),
        "figures": {name: round(value, 4) for name, value in baseline.figures.items()},
        "floors": dict(baseline.floors),
    }
    lines = [
        f"    {json.dumps(name)}: {json.dumps({case: [_plain(x) for x in part] for case, part in cases.items()})}"
        for name, cases in baseline.parts.items()
    ]
    text = json.dumps(head, indent=2).removesuffix("\n}")
    path.write_text(f'{text},\n  "parts": {{\n' + ",\n".join(lines) + "\n  }\n}\n", encoding="utf-8")


def _as_written(part: Part) -> Part:
    return Part(*(_plain(x) for x in part))


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 6)


def pin(record: Record, known: Baseline | None) -> Baseline:
    """The baseline of `record`. Floors of `known` are kept as they are: moving one is an edit, never a side effect.

    A measure without a floor gets one a little below its figure; a law gets 1.
    """
    figures = {name: f.value for name, f in record.figures[ALL].items() if f.value is not None}
    floors = dict(known.floors) if known else {}
    for name, value in figures.items():
        below = max(0.0, math.floor(round(100 * (value - FLOOR_MARGIN), 6)) / 100)
        floors.setdefault(name, 1.0 if name in LAWS else below)
    parts = {
        name: {case.id: case.parts[name] for case in record.cases if name in case.parts}
        for name in figures
        if name not in LAWS
    }
    return Baseline(dict(record.pins), figures, floors, parts)


def drifts(record: Record, baseline: Baseline) -> tuple[str, ...]:
    """What differs from what the baseline was measured on, a sentence each; empty when nothing does."""
    return tuple(
        f"{name} changed since the baseline was pinned ({baseline.pins.get(name, 'nothing')[:12]} is now "
        f"{record.pins.get(name, 'nothing')[:12]}); review the figures and run it again with --update-baseline"
        for name in dict.fromkeys([*baseline.pins, *record.pins])
        if baseline.pins.get(name) != record.pins.get(name)
    )


def broken_floors(record: Record, baseline: Baseline) -> tuple[BrokenFloor, ...]:
    """The floors that `record` falls below. A measure with a floor and no value is broken too."""
    figures = record.figures[ALL]
    values = {name: figures[name].value if name in figures else None for name in baseline.floors}
    return tuple(
        BrokenFloor(name, floor, values[name])
        for name, floor in baseline.floors.items()
        if (value := values[name]) is None or value < floor - 1e-9
    )


def changes(record: Record, baseline: Baseline) -> tuple[Change, ...]:
    """How every measure moved over the questions that both hold, in the baseline's order."""
    held = {case for before in baseline.parts.values() for case in before}
    shared = [case for case in record.cases if case.id in held]
    found: list[Change] = []
    for name, before in baseline.parts.items():
        now = [_as_written(case.parts.get(name, NOTHING)) for case in shared]  # else thirds seem to have moved
        then = [before.get(case.id, NOTHING) for case in shared]
        moved = paired_difference(now, then)
        if moved is not None:
            n = sum(bool(a.denominator or b.denominator) for a, b in zip(now, then, strict=True))
            found.append(Change(name, moved[0], moved[1], n))
    return tuple(found)


def objections(record: Record, baseline: Baseline) -> tuple[str, ...]:
    """Everything for which the gate stays shut, a sentence each; empty when it opens."""
    return (
        *drifts(record, baseline),
        *(
            f"floor broken: {measure} is {'not measured' if value is None else f'{value:.4f}'}, its floor is {floor}"
            for measure, floor, value in broken_floors(record, baseline)
        ),
        *(
            f"worse than the baseline by more than chance: {c.measure} moved by {c.difference:+.3f} "
            f"[{c.interval.low:+.3f}, {c.interval.high:+.3f}] over the same {c.n} questions"
            for c in changes(record, baseline)
            if c.is_loss
        ),
    )
