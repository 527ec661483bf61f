"""Two runs side by side on the page: what each was measured on, what moved, and which questions turned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.render import inert
from evals.gate import Change
from evals.metrics import Part, paired_difference
from evals.page_cases import MEANINGS, UNPLACED, alternatives_html, by_stage, history_html
from evals.page_cells import DASH, change_cells, count_of, milliseconds, number_html, table_html, words_of
from evals.record import ALL, Case, Figure, Record

__all__ = ["PIN_CHARS", "compared_html", "differing_pins"]

PIN_CHARS = 12


class _Pair(NamedTuple):
    """One question in both runs. `anchor` is that of the case in this one."""

    now: Case
    then: Case
    anchor: str


def compared_html(record: Record, other: Record, anchors: Sequence[str]) -> str:
    """`record` held against `other`: figures, stages, and the questions that turned, which lead to `anchors`."""
    then = {case.id: case for case in other.cases}
    named = zip(record.cases, anchors, strict=True)
    pairs = [_Pair(case, then[case.id], anchor) for case, anchor in named if case.id in then]
    won = [p for p in pairs if p.now.as_expected and not p.then.as_expected]
    lost = [p for p in pairs if p.then.as_expected and not p.now.as_expected]
    return (
        f"{_footing_html(record, other, len(pairs))}{_measures_compared_html(record, other, pairs)}"
        f"<h3>Where questions were lost</h3>{_stages_compared_html(record, other)}"
        f"{_turned_html('Lost there, as expected here', won)}{_turned_html('As expected there, lost here', lost)}"
    )


def _footing_html(record: Record, other: Record, shared: int) -> str:
    differing = differing_pins(record.pins, other.pins)
    footing = (
        f'<p class="alarm"><b>The two runs were not measured on the same things: {differing}.</b> '
        "A difference below may come of that.</p>"
        if differing
        else '<p class="note">Both were measured on the same questions, articles, settings and models.</p>'
    )
    here, there = ({"title": run.title, **run.notes} for run in (record, other))
    rows = [
        ("words", [inert(name), inert(here.get(name, "")), inert(there.get(name, ""))])
        for name in dict.fromkeys([*here, *there])
        if name == "title" or here.get(name) != there.get(name)
    ]
    apart = (len(record.cases) - shared, len(other.cases) - shared)
    outside = f" {apart[0]:,} are only in this run, {apart[1]:,} only in the other." if any(apart) else ""
    return (
        f'{table_html("What was run", ["", "This run", "The other"], rows)}{footing}<p class="note">'
        f"{count_of(shared, 'question')} shared; differences are over those.{outside}</p>"
    )


def _measures_compared_html(record: Record, other: Record, pairs: Sequence[_Pair]) -> str:
    rows: list[tuple[str, list[str]]] = []
    for name in dict.fromkeys([*record.measures, *other.measures]):
        here, there = (run.figures[ALL].get(name, Figure(None, None, 0)) for run in (record, other))
        now, before = ([getattr(p, side).parts.get(name, Part(0, 0)) for p in pairs] for side in ("now", "then"))
        moved = paired_difference(now, before)
        n = sum(bool(a.denominator or b.denominator) for a, b in zip(now, before, strict=True))
        change = Change(name, *moved, n) if moved else None
        both = [f"<b>{number_html(here.value)}</b>", number_html(there.value)]
        cells = [words_of(name)[0], *both, *change_cells(change), f"{n:,}" if change else DASH]
        rows.append(("plain", cells))
    for i, name in enumerate(("p50 ms", "p95 ms")):
        rows.append(("plain", [name, *(milliseconds(run.latency[ALL][i]) for run in (record, other)), "", "", "", ""]))
    head = ["Measure", "This run", "The other", "Difference", "95% interval", "", "n"]
    return table_html("Measures of both runs", head, rows)


def _stages_compared_html(record: Record, other: Record) -> str:
    here, there = by_stage(record.cases), by_stage(other.cases)
    rows = [
        (
            "plain",
            [
                f"{stage}<small>{MEANINGS[stage]}</small>",
                f"{len(here.get(stage, ())):,}",
                f"{len(there.get(stage, ())):,}",
            ],
        )
        for stage in dict.fromkeys([*here, *there])
    ]
    return table_html("Questions lost at each stage", ["Stage", "This run", "The other"], rows)


def _turned_html(title: str, pairs: Sequence[_Pair]) -> str:
    items = "".join(
        f'<li><p class="meta"><a href="#{p.anchor}">{inert(p.now.id)}</a> {inert(p.now.kind)}</p>'
        f'{history_html(p.now.history)}<h4 dir="auto">{inert(p.now.question)}</h4>'
        f'<p class="why">Expected: {alternatives_html(p.now.expected)}</p><dl class="sides">'
        f"<div><dt>This run</dt><dd>{_said_html(p.now)}</dd></div>"
        f"<div><dt>The other</dt><dd>{_said_html(p.then)}</dd></div></dl></li>"
        for p in pairs
    )
    folded = f'<ul class="turned">{items}</ul>' if items else '<p class="note">None.</p>'
    return (
        f'<details class="group" open><summary><h3>{title} <span>{len(pairs):,}</span></h3></summary>{folded}</details>'
    )


def _said_html(case: Case) -> str:
    stage = "" if case.as_expected else f"<small>{MEANINGS[case.lost_at or UNPLACED]}</small>"
    words = case.error or case.said
    return f"{'<i>Declined.</i> ' if case.declined else ''}<bdi>{inert(words)}</bdi>{stage}"


def differing_pins(pins: Mapping[str, str], others: Mapping[str, str]) -> str:
    """The names under which two runs were measured on different things, with both digests; empty of none."""
    return ", ".join(
        f"{inert(name)} ({inert(others.get(name, 'none')[:PIN_CHARS])} there, "
        f"{inert(pins.get(name, 'none')[:PIN_CHARS])} here)"
        for name in dict.fromkeys([*pins, *others])
        if pins.get(name) != others.get(name)
    )
