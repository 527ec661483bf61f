"""Plots as inline SVG. Pure: numbers in, markup out.

Guarantee: nothing but numbers and our own words enters the markup; every plot says in a title and a description what
it shows; colours are `currentColor` and the page's variables, so light, dark and print need no second drawing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from evals.metrics import CALIBRATION_BINS, Interval

__all__ = ["Bin", "confidence_bins", "interval_bar", "latency_histogram", "reliability", "risk_curve", "share_bar"]

WIDTH, HEIGHT = 440.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 424.0, 54.0, 266.0  # the plot itself, within axes and their labels
BINS_A_DECADE = 10
SHORTEST_MS = 0.1  # times are drawn on a logarithmic axis, which has no zero
NOTHING = "nothing to plot"


class Bin(NamedTuple):
    """Answers whose confidence lies together: how many, their mean confidence, the share of them right."""

    n: int
    confidence: float
    right: float


# --- small ones, that stand in a line of figures ------------------------------------------------------------


def interval_bar(value: float | None, interval: Interval | None, *, floor: float | None = None) -> str:
    """`value` and its interval on a line from 0 to 1, with a notch at `floor`; an empty line of no value."""
    marks = ['<line class="track" x1="4" x2="124" y1="9" y2="9"/>']
    said = [NOTHING if value is None else f"{value:.3f}"]
    if interval is not None:
        low, high = _in_unit(interval.low), _in_unit(interval.high)
        marks.append(f'<line class="range" x1="{4 + 120 * low:.1f}" x2="{4 + 120 * high:.1f}" y1="9" y2="9"/>')
        said.append(f"95% interval {interval.low:.3f} to {interval.high:.3f}")
    if floor is not None:
        at = 4 + 120 * _in_unit(floor)
        marks.append(f'<path class="floor" d="M{at:.1f} 13.5l3 4.5h-6z"/>')
        said.append(f"floor {floor:.3f}")
    if value is not None:
        marks.append(f'<circle class="dot" cx="{4 + 120 * _in_unit(value):.1f}" cy="9" r="3.6"/>')
    return _svg("interval-bar", (128, 18), "On a line from 0 to 1", ", ".join(said), marks)


def share_bar(count: int, most: int) -> str:
    """A bar as long as `count` is of `most`, stretched to the room there is."""
    length = 100 * _in_unit(count / most) if most else 0.0
    bar = f'<rect class="bar" x="0" y="0" width="{length:.2f}" height="10"/>'
    return _svg("share-bar", (100, 10), "Share", f"{count} of {most}", [bar], stretched=True)


# --- confidence ---------------------------------------------------------------------------------------------


def risk_curve(curve: Sequence[tuple[float, float]], *, shown: tuple[float, float] | None = None) -> str:
    """The share of answers wrong against the share of questions answered, with a ring where the run itself stands.

    `curve` as `evals.metrics.risk_coverage` gives it, drawn in steps, so that the area below it is the one printed.
    """
    top = _nice_top([risk for _, risk in curve] + ([shown[1]] if shown else []))
    step = top / 4 if top < 0.5 else 0.2
    x, y = _Scale(0, 1, LEFT, RIGHT), _Scale(0, top, BOTTOM, TOP)
    body = _axes(
        [(x(t), f"{t:.0%}") for t in (0, 0.25, 0.5, 0.75, 1)],
        [(y(t), f"{t:.0%}") for t in (step * i for i in range(round(top / step) + 1))],
        ("questions answered, surest first", "answered wrongly"),
    )
    described = [NOTHING]
    if curve:
        steps = "".join(f"V{y(risk):.1f}H{x(coverage):.1f}" for coverage, risk in curve)
        start = f"{x(0):.1f} {y(curve[0][1]):.1f}"
        level = y(curve[-1][1])
        body += [
            f'<path class="area" d="M{x(0):.1f} {BOTTOM}{steps}V{BOTTOM}Z"/>',
            f'<line class="guide" x1="{LEFT}" x2="{RIGHT}" y1="{level:.1f}" y2="{level:.1f}"/>',
            f'<path class="curve" d="M{start}{steps}"/>',
        ]
        described = [f"All answered: {curve[-1][1]:.1%} wrong"]
    if shown is not None:
        body += _ringed(x(shown[0]), y(shown[1]), (f"{shown[0]:.0%} answered", f"{shown[1]:.0%} wrong"))
        described.append(f"as run: {shown[0]:.1%} answered, {shown[1]:.1%} of them wrong")
    return _svg("plot", (WIDTH, HEIGHT), "Risk against coverage", "; ".join(described), body)


def _ringed(x: float, y: float, words: tuple[str, str]) -> list[str]:
    """A ring, and two lines of words above it, out of the way of the curve; beside it where there is no room above."""
    above = y > TOP + 48
    label = TOP + 12 if above else y + 4.5
    at, anchor = (x - 12, "end") if x > (LEFT + RIGHT) / 2 else (x + 12, "start")
    if above:
        at = x - 6 if anchor == "end" else x + 6
    lines = [
        f'<text class="label strong" x="{at:.1f}" y="{label + 16 * i:.1f}" text-anchor="{anchor}">{line}</text>'
        for i, line in enumerate(words)
    ]
    leader = f'<line class="leader" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{y:.1f}"/>' if above else ""
    return [leader, f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="5.5"/>', *lines]


def confidence_bins(
    confidences: Sequence[float], correct: Sequence[bool], *, bins: int = CALIBRATION_BINS
) -> tuple[Bin, ...]:
    """The bins of equal width that hold anything, the least sure first: those of `evals.metrics.calibration_error`."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in zip(confidences, correct, strict=True):
        held.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    return tuple(
        Bin(len(pairs), sum(c for c, _ in pairs) / len(pairs), sum(r for _, r in pairs) / len(pairs))
        for _, pairs in sorted(held.items())
    )


def reliability(bins: Sequence[Bin]) -> str:
    """The share right of each bin against its mean confidence; a dot's area goes by how many it stands for."""
    x, y = _Scale(0, 1, LEFT, RIGHT), _Scale(0, 1, BOTTOM, TOP)
    ticks = (0, 0.25, 0.5, 0.75, 1)
    body = _axes(
        [(x(t), f"{t:.0%}") for t in ticks], [(y(t), f"{t:.0%}") for t in ticks], ("confidence shown", "right")
    )
    body.append(f'<line class="guide" x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}"/>')
    most = max((b.n for b in bins), default=1)
    for b in bins:
        cx, cy = x(_in_unit(b.confidence)), y(b.right)
        body += [
            f'<line class="gap" x1="{cx:.1f}" x2="{cx:.1f}" y1="{y(_in_unit(b.confidence)):.1f}" y2="{cy:.1f}"/>',
            f'<circle class="dot" cx="{cx:.1f}" cy="{cy:.1f}" r="{2.5 + 6.5 * math.sqrt(b.n / most):.1f}"/>',
            f'<text class="label" x="{cx:.1f}" y="{TOP - 8}" text-anchor="middle">{b.n}</text>',
        ]
    body.append(f'<text class="label" x="{LEFT - 7}" y="{TOP - 8}" text-anchor="end">n</text>')
    described = "; ".join(f"confidence {b.confidence:.2f}: {b.right:.0%} of {b.n} right" for b in bins) or NOTHING
    return _svg("plot", (WIDTH, HEIGHT), "Confidence against the share right", described, body)


# --- time ---------------------------------------------------------------------------------------------------


def latency_histogram(times_ms: Sequence[float], *, p50_ms: float | None, p95_ms: float | None) -> str:
    """How many questions took how long, on a logarithmic axis, with a line at either percentile."""
    logs = [math.log10(max(t, SHORTEST_MS)) for t in times_ms]
    low = math.floor(min(logs, default=1) * BINS_A_DECADE) - 1
    high = math.floor(max(logs, default=3) * BINS_A_DECADE) + 2
    counts = [0] * (high - low)
    for log in logs:
        counts[math.floor(log * BINS_A_DECADE) - low] += 1
    ticks = _count_ticks(max(counts))
    x, y = _Scale(low, high, LEFT, RIGHT), _Scale(0, ticks[-1], BOTTOM, TOP)
    body = _axes(
        [(x(BINS_A_DECADE * math.log10(t)), _time(t)) for t in _time_ticks(low, high)],
        [(y(t), str(t)) for t in ticks],
        ("time of one question", "questions"),
    )
    for i, count in enumerate(counts, start=low):
        if count:
            body.append(
                f'<rect class="bar" x="{x(i) + 0.5:.1f}" y="{y(count):.1f}" width="{x(i + 1) - x(i) - 1:.1f}" '
                f'height="{BOTTOM - y(count):.1f}"/>'
            )
    described = [f"{len(logs)} questions"] if logs else [NOTHING]
    for name, value, anchor, aside in (("p50", p50_ms, "end", -5), ("p95", p95_ms, "start", 5)):
        if value is not None:
            at = x(BINS_A_DECADE * math.log10(max(value, SHORTEST_MS)))
            body += [
                f'<line class="percentile" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP - 14}" y2="{BOTTOM}"/>',
                f'<text class="label strong" x="{at + aside:.1f}" y="{TOP - 5}" text-anchor="{anchor}">'
                f"{name} {_time(value)}</text>",
            ]
            described.append(f"{name} {_time(value)}")
    return _svg("plot", (WIDTH, HEIGHT), "How long a question took", ", ".join(described), body)


def _time(ms: float) -> str:
    if ms >= 1000:
        return f"{ms / 1000:.3g} s"
    return f"{ms:.3g} ms" if ms < 100 else f"{ms:.0f} ms"


def _time_ticks(low: int, high: int) -> list[float]:
    """1, 2 and 5 of each decade between both ends; the decades alone where those would crowd."""
    decades = range(math.floor(low / BINS_A_DECADE), math.ceil(high / BINS_A_DECADE) + 1)
    fine = (1, 2, 5) if high - low <= 2 * BINS_A_DECADE else (1,)
    ticks = [digit * 10.0**decade for decade in decades for digit in fine]
    return [t for t in ticks if low <= BINS_A_DECADE * math.log10(t) <= high]


def _count_ticks(most: int) -> list[int]:
    """From 0 to `most` or a little more, in about five even steps."""
    steps = (digit * 10**power for power in range(len(str(most)) + 1) for digit in (1, 2, 5))
    step = next(step for step in steps if 5 * step >= most)
    return list(range(0, max(most, 1) + step, step))


# --- shared -------------------------------------------------------------------------------------------------


class _Scale(NamedTuple):
    """From a value to a place on the page."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def _in_unit(value: float) -> float:
    return min(1.0, max(0.0, value))


def _nice_top(values: Sequence[float]) -> float:
    return next((top for top in (0.2, 0.4, 0.6, 0.8) if max(values, default=1.0) <= top), 1.0)


def _axes(along: Sequence[tuple[float, str]], up: Sequence[tuple[float, str]], names: tuple[str, str]) -> list[str]:
    """Both axes: the name of the second stands above it, where it is read without turning the head."""
    parts = [f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>' for y, _ in up]
    parts += [f'<text class="tick" x="{LEFT - 7}" y="{y + 4.5:.1f}" text-anchor="end">{t}</text>' for y, t in up]
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{RIGHT}" y1="{BOTTOM}" y2="{BOTTOM}"/>')
    for x, words in along:
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{BOTTOM}" y2="{BOTTOM + 5}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{BOTTOM + 21}" text-anchor="middle">{words}</text>')
    middle = (LEFT + RIGHT) / 2
    parts.append(f'<text class="name" x="{middle}" y="{BOTTOM + 44}" text-anchor="middle">{names[0]}</text>')
    parts.append(f'<text class="name" x="2" y="16">{names[1]}</text>')
    return parts


def _svg(
    name: str, size: tuple[float, float], title: str, described: str, body: Sequence[str], *, stretched: bool = False
) -> str:
    stretch = ' preserveAspectRatio="none"' if stretched else ""
    return (
        f'<svg class="{name}" role="img" viewBox="0 0 {size[0]:g} {size[1]:g}"{stretch}>'
        f"<title>{title}</title><desc>{described}</desc>{''.join(body)}</svg>"
    )
