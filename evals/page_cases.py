"""The questions of a record, one by one: at which stage each was lost, and beside it where the answer stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.render import inert
from evals import plots
from evals.form_scores import unmet
from evals.page_cells import DASH, count_of, percent, seconds, words_of
from evals.record import STAGES, Case, Place

__all__ = [
    "MEANINGS",
    "UNPLACED",
    "alternatives_html",
    "by_stage",
    "history_html",
    "misses_html",
    "right_html",
    "stages_html",
]

UNPLACED = "unplaced"
MEANINGS: Mapping[str, str] = {
    **{str(stage): words for stage, words in STAGES.items()},
    UNPLACED: "not as expected, and no stage was found for it",
}
EVIDENCE_OPEN = 2  # places shown at once; further ones are folded


def by_stage(cases: Sequence[Case]) -> dict[str, list[int]]:
    """The positions of the misses of each stage, in the order of the stages; those without a stage last."""
    found: dict[str, list[int]] = {stage: [] for stage in (*STAGES, UNPLACED)}
    for position, case in enumerate(cases):
        if not case.as_expected:
            found[case.lost_at or UNPLACED].append(position)
    if not found[UNPLACED]:
        del found[UNPLACED]
    return found


def stages_html(cases: Sequence[Case]) -> str:
    """How many misses each stage has, as bars."""
    lost = by_stage(cases)
    most = max(map(len, lost.values()), default=0)
    total = sum(map(len, lost.values()))
    if not total:
        return '<p class="note">None was lost.</p>'
    rows = "".join(_stage_html(stage, len(found), most, len(cases)) for stage, found in lost.items())
    return (
        f'<p class="note">{count_of(total, "question")} of {len(cases):,} did not go as expected. Each is counted at '
        f'the first stage, on the way from file to answer, at which it was lost.</p><ol class="stages">{rows}</ol>'
    )


def _stage_html(stage: str, count: int, most: int, of: int) -> str:
    name = f'<a href="#lost-{stage}">{stage}</a>' if count else stage
    return (
        f'<li class="{"lost" if count else "empty"}"><span class="stage">{name}</span>{plots.share_bar(count, most)}'
        f'<span class="count">{count:,}</span><span class="share">{percent(count / of)}</span>'
        f'<span class="why">{MEANINGS[stage]}</span></li>'
    )


# --- the misses ---------------------------------------------------------------------------------------------


def misses_html(cases: Sequence[Case], anchors: Sequence[str]) -> str:
    """Every miss with its places, by stage, under `anchors`; above them what filters them."""
    lost = {stage: found for stage, found in by_stage(cases).items() if found}
    if not lost:
        return '<p class="note">None: every question went as expected.</p>'
    kinds = dict.fromkeys(cases[i].kind for found in lost.values() for i in found)
    groups = "".join(
        f'<details class="group" open><summary id="lost-{stage}"><h3>{stage} <span>{len(found):,}</span></h3>'
        f"<span class=means>{MEANINGS[stage]}</span></summary>"
        f"{''.join(_miss_html(cases[i], anchors[i], stage) for i in found)}</details>"
        for stage, found in lost.items()
    )
    return (
        '<div class="filter" role="search" hidden><label>Words <input type="search" id="filter-words"></label>'
        f'<label>Stage <select id="filter-stage">{_options(lost)}</select></label>'
        f'<label>Kind <select id="filter-kind">{_options(kinds)}</select></label>'
        f'<p id="filter-none" role="status"></p></div>{groups}'
    )


def _options(names: Mapping[str, object]) -> str:
    return '<option value="">all</option>' + "".join(f'<option value="{inert(n)}">{inert(n)}</option>' for n in names)


def _miss_html(case: Case, anchor: str, stage: str) -> str:
    by_form_alone = not case.expected and case.right is not None
    expected = "<i>what is not met</i>" if by_form_alone else alternatives_html(case.expected)
    said = f"<bdi>{inert(case.said)}</bdi>" if case.said.strip() else DASH
    facts = [("Expected", expected), ("Declined" if case.declined else "Said", said)]
    facts += [("In short", f"<bdi>{inert(case.short)}</bdi>")] if case.short and not case.declined else []
    facts += [("Withheld", f"<bdi>{inert(case.withheld)}</bdi>")] if case.withheld else []
    facts += [("Not met", ", ".join(words_of(name)[0] for name in names))] if (names := unmet(case.parts)) else []
    facts += [("Error", f"<bdi>{inert(case.error)}</bdi>")] if case.error else []
    rank = f"rank {case.evidence_rank}" if case.evidence_rank else "not retrieved"
    facts += [("Source span", f"{_place_links(case.evidence, anchor, 'e')}, {rank}")] if case.evidence else []
    facts += [("Cited", _place_links(case.cited, anchor, "c"))] if case.cited else []
    rows = "".join(f"<div><dt>{name}</dt><dd>{words}</dd></div>" for name, words in facts)
    meta = [inert(case.kind)]
    meta += [f"confidence {case.confidence:.2f}"] if case.confidence is not None else []
    return (
        f'<article class="case miss" id="{anchor}" data-stage="{stage}" data-kind="{inert(case.kind)}"><div>'
        f'<p class="meta"><a href="#{anchor}">{inert(case.id)}</a> {" · ".join([*meta, seconds(case.seconds)])}</p>'
        f'{history_html(case.history)}<h4 dir="auto">{inert(case.question) or "(nothing)"}</h4>'
        f'<dl>{rows}</dl><p class="why">{MEANINGS[stage]}</p></div>'
        f'<div class="places">{_places_html(case, anchor)}</div></article>'
    )


def alternatives_html(expected: Sequence[str]) -> str:
    """What was expected, any of it."""
    if not expected:
        return "<i>to be declined</i>"
    return ' <span class="or">or</span> '.join(f"<bdi>{inert(words)}</bdi>" for words in expected)


def history_html(history: Sequence[str]) -> str:
    """What was asked before a question, if anything was."""
    turns = "".join(f'<li dir="auto">{inert(words)}</li>' for words in history)
    return f'<ol class="history" aria-label="Asked before">{turns}</ol>' if turns else ""


def right_html(cases: Sequence[Case], anchors: Sequence[str]) -> str:
    """What went as expected, by kind, under `anchors`."""
    kinds: dict[str, list[str]] = {case.kind: [] for case in cases}
    for case, anchor in zip(cases, anchors, strict=True):
        if case.as_expected:
            kinds[case.kind].append(_right_case_html(case, anchor))
    return (
        "".join(
            f'<details class="group"><summary><h3>{inert(kind)} <span>{len(found):,}</span></h3></summary>'
            f"{''.join(found)}</details>"
            for kind, found in kinds.items()
            if found
        )
        or '<p class="note">Nothing.</p>'
    )


def _right_case_html(case: Case, anchor: str) -> str:
    cited = "".join(_place_html(p, f"{anchor}.c{n}", context=False) for n, p in enumerate(case.cited, start=1))
    meta = f"confidence {case.confidence:.2f} · " if case.confidence is not None else ""
    said = f"{'<i>Declined.</i> ' if case.declined else ''}<bdi>{inert(case.said)}</bdi>"
    return (
        f'<article class="case" id="{anchor}"><div><p class="meta"><a href="#{anchor}">{inert(case.id)}</a> '
        f'{meta}{seconds(case.seconds)}</p>{history_html(case.history)}<h4 dir="auto">{inert(case.question)}</h4>'
        f'<p class="said">{said}</p></div><div class="places">{cited}</div></article>'
    )


# --- where it stands ----------------------------------------------------------------------------------------


def _place_links(places: Sequence[Place], anchor: str, letter: str) -> str:
    return ", ".join(
        f'<a href="#{anchor}.{letter}{n}"><bdi>{inert(p.source)}</bdi> {p.start:,}–{p.end:,}</a>'
        for n, p in enumerate(places, start=1)
    )


def _places_html(case: Case, anchor: str) -> str:
    evidence = [_place_html(p, f"{anchor}.e{n}") for n, p in enumerate(case.evidence, start=1)]
    cited = [_place_html(p, f"{anchor}.c{n}") for n, p in enumerate(case.cited, start=1)]
    shown, folded = evidence[:EVIDENCE_OPEN], evidence[EVIDENCE_OPEN:]
    parts = [f'<p class="over">Where it stands</p>{"".join(shown)}'] if shown else []
    if folded:
        parts.append(f"<details><summary>{count_of(len(folded), 'more place')}</summary>{''.join(folded)}</details>")
    if cited:
        words = count_of(len(cited), "place")
        # Without evidence to look at, what was cited is what there is to see.
        opened = "" if shown else " open"
        parts.append(f"<details{opened}><summary>What was cited: {words}</summary>{''.join(cited)}</details>")
    return "".join(parts)


def _place_html(place: Place, name: str, *, context: bool = True) -> str:
    """The quote, marked, in its surroundings, headed by where it stands."""
    before = f"…{_spaced(place.before, place.quote)}" if context and place.before else ""
    after = f"{_spaced(place.quote, place.after, second=True)}…" if context and place.after else ""
    return (
        f'<figure class="place" id="{name}" tabindex="-1"><figcaption><bdi>{inert(place.source)}</bdi> '
        f"<span>{place.start:,}–{place.end:,}</span></figcaption>"
        f'<blockquote dir="auto">{before}<mark>{inert(place.quote)}</mark>{after}</blockquote></figure>'
    )


def _spaced(first: str, then: str, *, second: bool = False) -> str:
    """One of two texts that follow each other, inert, with a space on the side where white space parts them."""
    space = " " if first[-1:].isspace() or then[:1].isspace() else ""
    return space + inert(then) if second else inert(first) + space
