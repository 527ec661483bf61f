from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from evals import plots
from evals.metrics import Interval, risk_coverage
from evals.plots import Bin, confidence_bins, interval_bar, latency_histogram, reliability, risk_curve, share_bar

CURVE = risk_coverage([0.9, 0.8, 0.1, 0.1], [True, False, False, True])

DRAWN = {
    "interval": interval_bar(0.5, Interval(0.25, 0.75), floor=0.4),
    "interval of nothing": interval_bar(None, None),
    "interval out of range": interval_bar(1.2, Interval(-0.1, 1.3)),
    "share": share_bar(2, 4),
    "share of nothing": share_bar(0, 0),
    "curve": risk_curve(CURVE, shown=(0.5, 0.5)),
    "curve of nothing": risk_curve([]),
    "curve of one": risk_curve([(1.0, 1.0)], shown=(1.0, 1.0)),
    "curve without a mistake": risk_curve([(1.0, 0.0)], shown=(1.0, 0.0)),
    "reliability": reliability([Bin(3, 0.15, 1 / 3), Bin(1, 0.95, 1.0)]),
    "reliability of nothing": reliability([]),
    "latency": latency_histogram([12.0, 80.0, 950.0, 30_000.0], p50_ms=515.0, p95_ms=25_000.0),
    "latency of nothing": latency_histogram([], p50_ms=None, p95_ms=None),
    "latency of one": latency_histogram([40.0], p50_ms=40.0, p95_ms=40.0),
    "latency of no time": latency_histogram([0.0, 0.0], p50_ms=0.0, p95_ms=0.0),
    "latency all the same": latency_histogram([100.0] * 7, p50_ms=100.0, p95_ms=100.0),
}  # fmt: skip


@pytest.mark.parametrize("svg", DRAWN.values(), ids=DRAWN)
def test_a_plot_is_whole_markup_with_finite_numbers(svg: str) -> None:
    ElementTree.fromstring(svg)
    assert not re.search(r"\b(nan|inf)\b", svg, re.IGNORECASE)


@pytest.mark.parametrize("svg", DRAWN.values(), ids=DRAWN)
def test_a_plot_says_what_it_shows(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert all((root.findtext(tag) or "").strip() for tag in ("title", "desc"))


@pytest.mark.parametrize("svg", DRAWN.values(), ids=DRAWN)
def test_a_plot_names_no_colour_and_no_style_of_its_own(svg: str) -> None:
    assert not re.search(r"style=|fill=|stroke=|#[0-9a-f]{3}", svg)


def test_an_interval_lies_on_its_line_from_0_to_1() -> None:
    svg = interval_bar(0.5, Interval(0.25, 0.75), floor=0.4)
    assert 'class="range" x1="34.0" x2="94.0"' in svg
    assert 'class="dot" cx="64.0"' in svg
    assert "0.500, 95% interval 0.250 to 0.750, floor 0.400" in svg


def test_a_bar_is_as_long_as_its_share() -> None:
    assert 'width="50.00"' in share_bar(2, 4)


def test_the_curve_is_drawn_in_the_steps_whose_area_is_printed() -> None:
    # Coverage 1/4 risk 0, 1/2 risk 1/2, then both of confidence 0.1 at once: risk 2/4.
    assert CURVE == [(0.25, 0.0), (0.5, 0.5), (1.0, 0.5)]
    assert 'd="M48.0 266.0V266.0H142.0V89.3H236.0V89.3H424.0"' in risk_curve(CURVE)  # the axis ends at 60%


def test_the_point_at_which_the_run_stood_is_told() -> None:
    assert "as run: 50.0% answered, 25.0% of them wrong" in risk_curve(CURVE, shown=(0.5, 0.25))


def test_answers_are_binned_by_their_confidence() -> None:
    bins = confidence_bins([1.0, 0.95, 0.05, 0.5], [True, False, False, True])
    assert bins == (Bin(1, 0.05, 0.0), Bin(1, 0.5, 1.0), Bin(2, 0.975, 0.5))


def test_every_question_is_in_one_bar_of_the_histogram() -> None:
    svg = latency_histogram([100.0, 101.0, 3000.0], p50_ms=101.0, p95_ms=2710.0)
    assert svg.count('class="bar"') == 2
    assert "3 questions, p50 101 ms, p95 2.71 s" in svg


@pytest.mark.parametrize(("most", "ticks"), [(0, [0, 1]), (1, [0, 1]), (4, [0, 1, 2, 3, 4]), (27, [0, 10, 20, 30])])
def test_counts_are_ticked_in_round_steps(most: int, ticks: list[int]) -> None:
    assert plots._count_ticks(most) == ticks


@pytest.mark.parametrize("low", range(-10, 45))
@pytest.mark.parametrize("wide", [3, 7, 20, 21, 50])
def test_every_time_axis_has_a_tick(low: int, wide: int) -> None:
    assert plots._time_ticks(low, low + wide)
