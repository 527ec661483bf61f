"""A record as one page of HTML that needs nothing beside itself: no server, no build, no request of any kind.

Guarantee: whatever stands in a question, an answer or an article comes out as text, never as an element, a link or a
script; every figure on the page is worked out here, none in the reader's browser.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.render import inert
from evals import plots
from evals.gate import LAWS, Baseline, Change, broken_floors, changes
from evals.metrics import area_under_risk, calibration_error, risk_coverage
from evals.page_cases import misses_html, right_html, stages_html
from evals.page_cells import (
    DASH,
    change_cells,
    count_of,
    interval_html,
    milliseconds,
    number_html,
    percent,
    seconds,
    signed_html,
    table_html,
    verdict_html,
    words_of,
)
from evals.page_compare import PIN_CHARS, compared_html, differing_pins
from evals.record import ALL, Case, Figure, Record, write_record
from ingest.errors import UsageError

__all__ = ["render_page", "write_report"]

LEADING = (
    *("as_expected", "right", "abstention_recall", "citation_exact"),
    *("follow_up_right", "filters_read", "sides_shown", "count_exact"),
)
WOULD_BE_RIGHT = "would_be_right"


def write_report(
    folder: Path, record: Record, *, baseline: Baseline | None = None, other: Record | None = None
) -> Path:
    """Write `run.json` and then `index.html` into `folder`, which is made; gives the page's path.

    Raises:
        UsageError: the folder cannot be made or written to.
    """
    page = folder / "index.html"
    html = render_page(record, baseline=baseline, other=other)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_record(folder / "run.json", record)
        unfinished = folder / ".index.html.part"
        unfinished.write_text(html, encoding="utf-8")
        unfinished.replace(page)
    except OSError as error:
        raise UsageError(f"writing the report to {folder}: {error}; name a folder: --report DIR") from error
    return page


def render_page(record: Record, *, baseline: Baseline | None = None, other: Record | None = None) -> str:
    """`record` as a whole page, held against `baseline` and side by side with the run `other` where they are given."""
    style, script = (Path(__file__).with_name(f"page.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    anchors = _anchors(record.cases)
    sections = {
        "figures": ("Figures", _figures_html(record, baseline, anchors)),
        "lost": ("Where questions were lost", stages_html(record.cases)),
        "kinds": ("Kind by kind", _kinds_html(record)),
        "confidence": ("Confidence", _confidence_html(record.cases)),
        "time": ("Time", _time_html(record)),
        "misses": ("Every miss", misses_html(record.cases, anchors)),
        "right": ("What went as expected", right_html(record.cases, anchors)),
    }
    if other is not None:
        sections["compared"] = ("Two runs side by side", compared_html(record, other, anchors))
    contents = "".join(f'<li><a href="#{key}">{title}</a></li>' for key, (title, _) in sections.items())
    body = "".join(
        f'<section id="{key}" aria-labelledby="{key}-title"><h2 id="{key}-title">{title}</h2>{html}</section>'
        for key, (title, html) in sections.items()
    )
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f"<title>{inert(record.title)}: Dateline evaluation</title><style>{style}</style></head><body>"
        f'{_masthead_html(record)}<nav aria-label="Contents"><ul>{contents}</ul></nav><main>{body}</main>'
        f"<script>{script}</script></body></html>\n"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _anchors(cases: Sequence[Case]) -> tuple[str, ...]:
    """A name for each case that nothing else on the page has, the same in each run where ids are plain words."""
    seen: set[str] = set()
    names: list[str] = []
    for position, case in enumerate(cases, start=1):
        plain = "q-" + re.sub(r"[^A-Za-z0-9_-]", "_", case.id)
        names.append(f"{plain}.{position}" if plain in seen else plain)
        seen.add(plain)
    return tuple(names)


# --- what was measured --------------------------------------------------------------------------------------


def _masthead_html(record: Record) -> str:
    notes = "".join(f"<div><dt>{inert(name)}</dt><dd>{inert(words)}</dd></div>" for name, words in record.notes.items())
    pins = "".join(
        f'<div><dt>{inert(name)}</dt><dd class="pin">{inert(digest[:PIN_CHARS])}</dd></div>'
        for name, digest in record.pins.items()
    )
    return (
        f'<header class="masthead"><p class="eyebrow">Dateline evaluation</p><h1 dir="auto">{inert(record.title)}</h1>'
        f'<p class="lead">{_lead(record.cases)}</p>'
        f"{_facts_html(notes)}{_facts_html(pins)}</header>"
    )


def _facts_html(rows: str) -> str:
    return f'<dl class="facts">{rows}</dl>' if rows else ""


def _lead(cases: Sequence[Case]) -> str:
    if not cases:
        return "No question was asked."
    kinds = len({case.kind for case in cases})
    answerable = sum(case.right is not None for case in cases)
    unanswerable = sum(case.right is None and not case.expected for case in cases)
    others = len(cases) - answerable - unanswerable
    return (
        f"{count_of(len(cases), 'question')} of {count_of(kinds, 'kind')}: {answerable:,} that the articles answer, "
        f"{unanswerable:,} that they do not{f', and {others:,} that only some measures concern' if others else ''}."
    )


# --- figures ------------------------------------------------------------------------------------------------


def _figures_html(record: Record, baseline: Baseline | None, anchors: Sequence[str]) -> str:
    figures = record.figures[ALL]
    moved = {c.measure: c for c in changes(record, baseline)} if baseline else {}
    tiles = "".join(_tile_html(name, record, moved.get(name)) for name in LEADING if name in figures)
    head = ["Measure", "Figure", "95% interval", "0 to 1", "n"]
    if baseline:
        head += ["Baseline", "Difference", "95% interval", "", "Floor"]
    broken = {b.measure for b in broken_floors(record, baseline)} if baseline else set()
    rows = [_figure_row(name, figure, baseline, moved.get(name), name in broken) for name, figure in figures.items()]
    return (
        f'{_alarms_html(record, baseline, anchors)}<div class="tiles">{tiles}</div>'
        f"{table_html('Every measure', head, rows)}{_interval_note(baseline)}"
    )


def _tile_html(name: str, record: Record, change: Change | None) -> str:
    figure = record.figures[ALL][name]
    label, meaning = words_of(name)
    parts = [case.parts[name] for case in record.cases if name in case.parts]
    hits, of = sum(p.numerator for p in parts), sum(p.denominator for p in parts)
    counted = f"{hits:,.0f} of {of:,.0f}" if hits == int(hits) and of == int(of) else f"n {figure.n:,}"
    spread = f"95% interval {100 * figure.interval.low:.0f}–{figure.interval.high:.0%}" if figure.interval else ""
    is_broken = name in LAWS and _is_broken(figure)
    moved = f"<p>{verdict_html(change)} {signed_html(change.difference)} since the baseline</p>" if change else ""
    return (
        f'<div class="tile{" broken" if is_broken else ""}"><p class="label">{label}</p>'
        f'<p class="big">{DASH if figure.value is None else percent(figure.value)}</p>'
        f'<p class="of">{counted}</p>{plots.interval_bar(figure.value, figure.interval)}<p class="of">{spread}</p>'
        f'<p class="meaning">{meaning}</p>'
        f"{moved}</div>"
    )


def _figure_row(
    name: str, figure: Figure, baseline: Baseline | None, change: Change | None, below_floor: bool
) -> tuple[str, list[str]]:
    label, meaning = words_of(name)
    floor = baseline.floors.get(name) if baseline else None
    cells = [
        f"{label}{f'<small>{meaning}</small>' if meaning else ''}",
        f"<b>{number_html(figure.value)}</b>",
        interval_html(figure.interval),
        plots.interval_bar(figure.value, figure.interval, floor=floor),
        f"{figure.n:,}",
    ]
    if baseline:
        broken = '<span class="verdict worse">broken</span> ' if below_floor else ""
        cells += [number_html(baseline.figures.get(name)), *change_cells(change)]
        cells.append(f"{broken}{DASH if floor is None else f'{floor:.2f}'}")
    is_law_broken = name in LAWS and (below_floor or _is_broken(figure))
    return ("broken" if is_law_broken else "plain"), cells


def _is_broken(law: Figure) -> bool:
    return law.value is not None and law.value < 1


def _alarms_html(record: Record, baseline: Baseline | None, anchors: Sequence[str]) -> str:
    """What nobody should scroll past: broken laws, with the questions that broke them, broken floors, drift."""
    alarms: list[str] = []
    for name in record.measures:
        links = [
            f'<a href="#{anchor}">{inert(case.id)}</a>'
            for case, anchor in zip(record.cases, anchors, strict=True)
            if name in LAWS and (part := case.parts.get(name)) is not None and part.numerator < part.denominator
        ]
        if links:
            more = f" and {len(links) - 20:,} more" if len(links) > 20 else ""
            alarms.append(f"<b>A law is broken: {words_of(name)[0]}.</b> In {', '.join(links[:20])}{more}.")
    floors = [
        f"{words_of(name)[0]} {'not measured' if value is None else f'{value:.3f}'}, floor {floor:.2f}"
        for name, floor, value in (broken_floors(record, baseline) if baseline else ())
        if name not in LAWS or value is None
    ]
    if floors:
        told = f"{count_of(len(floors), 'floor')} {'is' if len(floors) == 1 else 'are'} broken"
        alarms.append(f"<b>{told}.</b> {'; '.join(floors)}.")
    if baseline and (differing := differing_pins(record.pins, baseline.pins)):
        told = f"The baseline was measured on something else: {differing}."
        alarms.append(f"<b>{told}</b> A difference may come of that.")
    return "".join(f'<p class="alarm">{alarm}</p>' for alarm in alarms)


def _interval_note(baseline: Baseline | None) -> str:
    if baseline is None:
        return '<p class="note">Intervals: percentile bootstrap over questions. No baseline was compared with.</p>'
    return (
        '<p class="note">Intervals: percentile bootstrap over questions; a difference is over the same questions then '
        "and now. One is called better or worse where its interval leaves out 0; of many measures, one in twenty does "
        "so by luck. A triangle below the line is a floor.</p>"
    )


# --- kinds --------------------------------------------------------------------------------------------------


def _kinds_html(record: Record) -> str:
    sizes = Counter(case.kind for case in record.cases)
    measures = [m for m in record.measures if any(figures[m].value is not None for figures in record.figures.values())]
    rows = []
    for kind in [*(k for k in record.figures if k != ALL), ALL]:
        figures, latency = record.figures[kind], record.latency[kind]
        n = len(record.cases) if kind == ALL else sizes[kind]
        cells = [inert(kind), f"{n:,}", *(number_html(figures[m].value) for m in measures), *map(milliseconds, latency)]
        rows.append(("total" if kind == ALL else "kind", cells))
    return table_html("Kind by kind", ["Kind", "n", *(words_of(m)[0] for m in measures), "p50 ms", "p95 ms"], rows)


# --- confidence and time ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Judged:
    """Questions with a confidence and a known outcome, had each been answered. `unknown` others were declined."""

    confidences: tuple[float, ...]
    correct: tuple[bool, ...]
    answered: tuple[bool, ...]
    unknown: int


def _judge(cases: Sequence[Case]) -> _Judged:
    known: list[tuple[float, bool, bool]] = []
    unknown = 0
    for case in cases:
        if case.confidence is None or not 0 <= case.confidence <= 1 or case.error is not None:
            continue
        part = case.parts.get(WOULD_BE_RIGHT)
        if case.right is None and (not case.declined or case.withheld is not None):
            known.append((case.confidence, False, not case.declined))
        elif part is not None and part.denominator:
            known.append((case.confidence, part.numerator >= part.denominator, not case.declined))
        elif not case.declined:
            known.append((case.confidence, case.as_expected, True))
        else:
            unknown += 1
    return _Judged(tuple(k[0] for k in known), tuple(k[1] for k in known), tuple(k[2] for k in known), unknown)


def _confidence_html(cases: Sequence[Case]) -> str:
    judged = _judge(cases)
    n, answered = len(judged.correct), sum(judged.answered)
    if not n:
        return '<p class="note">No answer with a confidence to judge it by.</p>'
    wrong = sum(a and not c for a, c in zip(judged.answered, judged.correct, strict=True))
    curve = risk_coverage(judged.confidences, judged.correct)
    area, error = area_under_risk(curve), calibration_error(judged.confidences, judged.correct)
    left_out = (
        f" {count_of(judged.unknown, 'declined question')} cannot be placed, as what would have been said was not "
        f"kept: only {'the answered' if answered == n else 'the others'} are plotted."
        if judged.unknown
        else ""
    )
    shown = (answered / n, wrong / answered) if answered else None
    return (
        f'<div class="plots"><figure><figcaption><h3>Would fewer answers be better ones?</h3><p>The share of answers '
        f"wrong as ever less sure ones are let through. To answer where the articles do not say counts as wrong. "
        f"Dashed: all answered, in no order.</p></figcaption>{plots.risk_curve(curve, shown=shown)}"
        f'<p class="under">Area under the curve <b>{number_html(area)}</b>, 0 is best</p></figure>'
        f"<figure><figcaption><h3>Does a confidence mean what it says?</h3><p>The share right of answers shown with "
        f"about the same confidence; on the dashed line the two agree. Above: how many.</p></figcaption>"
        f"{plots.reliability(plots.confidence_bins(judged.confidences, judged.correct))}"
        f'<p class="under">Calibration error <b>{number_html(error)}</b>, 0 is best</p></figure></div>'
        f'<p class="note">Over {count_of(n, "question")}, {answered:,} of them answered in this run.{left_out}</p>'
    )


def _time_html(record: Record) -> str:
    p50, p95 = record.latency[ALL]
    drawn = plots.latency_histogram([1000 * c.seconds for c in record.cases], p50_ms=p50, p95_ms=p95)
    slowest = sorted(record.cases, key=lambda c: -c.seconds)[:1]
    words = "".join(f"The slowest took {seconds(c.seconds)}: <q dir=auto>{inert(c.question)}</q>" for c in slowest)
    return (
        f'<div class="plots"><figure>{drawn}</figure><p class="note beside">Half of the questions took up to '
        f"<b>{milliseconds(p50)} ms</b>, nineteen in twenty up to <b>{milliseconds(p95)} ms</b>. {words}</p></div>"
    )
