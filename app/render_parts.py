"""The parts of an answer as HTML: a list, sides that differ, readings, a comparison, a timeline, a count. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.answer import Answer, Part, Tally
from app.render_timeline import render_timeline_svg
from app.wording import (
    UNSURE,
    attribution_of,
    count_words,
    event_words,
    inert,
    item_words,
    lead_words,
    part_words,
    repeats_short,
    tally_words,
    told_short,
)

__all__ = [
    "PLACES_SHOWN",
    "attribution_html",
    "has_parts",
    "marker_html",
    "open_html",
    "render_parts_html",
    "tally_places_html",
]

_HEADINGS = {"differing": "Reports differ", "readings": "This can mean", "comparison": "Side by side"}
_UNDER = {  # what a reader is to make of it
    "differing": "The articles give different answers; none of them is picked for you.",
    "readings": "The articles know of more than one. Ask with a name or a day to get one of them.",
}
_FEW_CHARACTERS = 24  # shown large
PLACES_SHOWN = 100  # of what was counted; the CSV has all


def render_parts_html(answer: Answer, turn: int, names: Mapping[str, str]) -> str:
    """The parts of `answer` as its layout asks; empty where it has none. `names` are what to call counted articles."""
    if answer.layout == "count":
        return _count_html(answer, turn, names)
    if not has_parts(answer):
        return ""
    if answer.layout in _HEADINGS:
        cards = _each(answer, turn, _card_html)
        under = _UNDER.get(answer.layout, "")
        return (
            f'<section class="dl-sides dl-{answer.layout}" aria-label="{_HEADINGS[answer.layout]}">'
            f'<h3 class="dl-lead">{_HEADINGS[answer.layout]}</h3>{under and f"<p class=dl-under>{under}</p>"}'
            f'<ul class="dl-grid">{cards}</ul></section>'
        )
    if answer.layout == "timeline":
        heading = _heading(answer, "Timeline")
        events = f'<ol class="dl-timeline">{_each(answer, turn, _event_html)}</ol>'
        return f'<section aria-label="Timeline">{heading}{render_timeline_svg(answer.parts, turn)}{events}</section>'
    return _heading(answer, f"{len(answer.parts):,} found in the articles") + _items_html(answer, turn)


def has_parts(answer: Answer) -> bool:
    """Whether there is more to show than the statements: one item that the short answer says is no list."""
    return bool(answer.parts) and not (len(answer.parts) == 1 and answer.layout == "list" and repeats_short(answer))


def _heading(answer: Answer, words: str) -> str:
    """Above the parts of an answer that is not led by a few words of its own."""
    if told_short(answer):
        return ""
    return f'<h3 class="dl-lead">{words if answer.confidence >= UNSURE else lead_words(answer)}</h3>'


def _items_html(answer: Answer, turn: int) -> str:
    def item(part: Part, markers: str, attribution: str) -> str:
        who = " · ".join(map(inert, item_words(answer, part)))
        label = f'<span class="dl-label">{inert(part.label)}</span> ' if part.label and answer.layout == "list" else ""
        return (
            f'<li>{label}<span class="dl-item">{inert(part.text)}</span> {markers}{attribution}'
            f"{who and f' <span class=dl-who>{who}</span>'}</li>"
        )

    return f'<ul class="dl-items">{_each(answer, turn, item)}</ul>'


def _each(answer: Answer, turn: int, as_html: Callable[[Part, str, str], str]) -> str:
    return "".join(
        as_html(p, "".join(marker_html(m, turn) for m in p.markers), attribution_html(attribution_of(answer, p)))
        for p in answer.parts
    )


def _card_html(part: Part, markers: str, attribution: str) -> str:
    newest = ' <span class="dl-newest">newest</span>' if part.newest else ""
    label = f'<p class="dl-label">{inert(part.label)}{newest}</p>' if part.label else ""
    basis = f' title="{inert(part.basis)}"' if part.basis else ""
    *leading, last = part_words(part)
    who = " ".join(f"<span>{w}</span>" for w in (*(f"{inert(w)} ·" for w in leading), inert(last)))
    return (
        f'<li class="dl-side">{label}<p class="dl-value"><span class="dl-item">{inert(part.text)}</span> {markers}'
        f"{'' if label else newest}</p>{attribution and f'<p>{attribution}</p>'}"
        f'<p class="dl-who"{basis}>{who}</p></li>'
    )


def _event_html(part: Part, markers: str, attribution: str) -> str:
    words, known = event_words(part)
    when = f'<time datetime="{part.day.isoformat()}">{inert(words)}</time>' if part.day else inert(words)
    basis = f' <span class="dl-basis">{inert(known)}</span>' if known else ""
    label = f'<span class="dl-label">{inert(part.label)}</span> ' if part.label and part.day else ""
    return (
        f'<li><p class="dl-when">{when}{basis}</p>'
        f'<p class="dl-event">{label}<span class="dl-item">{inert(part.text)}</span> {markers}{attribution}</p></li>'
    )


def attribution_html(name: str | None) -> str:
    """To whom an article attributes what stands before it."""
    return f' <span class="dl-attribution">according to {inert(name)}</span>' if name and name.strip() else ""


def marker_html(marker: int, turn: int | None) -> str:
    """The number of a citation; a link where the answer is whole. The page shows the words beside it."""
    if turn is None:
        return f'<span class="dl-marker">&#91;{marker}&#93;</span>'
    return f'<a class="dl-marker" href="#c-{turn}-{marker}">&#91;{marker}&#93;</a>'


def open_html(reference: str, words: str) -> str:
    """A link that opens an article in the source pane."""
    return f'<a class="dl-open" href="#{reference}">{inert(words)}</a>'


# --- counts ---------------------------------------------------------------------------------------------------------


def _count_html(answer: Answer, turn: int, names: Mapping[str, str]) -> str:
    """To what it came, how that was counted, what it is made up of, and the list behind it."""
    blocks: list[str] = []
    before = 0
    for statement in answer.statements:
        tally = statement.tally
        if tally is not None:
            told = f"{tally.number:,}" if blocks else count_words(answer) or ""
            big = "dl-number" if len(told) <= _FEW_CHARACTERS else "dl-short"
            items = _items_html(answer, turn) if answer.parts and not blocks else ""
            blocks.append(
                f'<div class="dl-count"><p class="{big}">{inert(told)}</p>'
                f'<p class="dl-count-says">{inert(statement.text)}</p>'
                f'<p class="dl-who">{inert(tally_words(tally))}</p>'
                f"{items}{_behind_html(tally, turn, before, names)}</div>"
            )
            before += len(tally.spans)
    return "".join(blocks)


def _behind_html(tally: Tally, turn: int, before: int, names: Mapping[str, str]) -> str:
    """The list behind a number, folded, and all of it to be saved."""
    if not tally.spans:
        return ""
    csv = "" if before else (
        f'<button type="button" class="dl-again" data-change="csv" data-turn="{turn}">Save the list as CSV</button>'
    )  # fmt: skip
    return (
        f'<details class="dl-more"><summary>The list behind the number ({len(tally.spans):,})</summary>'
        f"{tally_places_html(tally, turn, before, names)}</details>{csv}"
    )


def tally_places_html(tally: Tally, turn: int | None, before: int, names: Mapping[str, str]) -> str:
    """Where it was counted, each a link once the answer is whole; `before` places were counted by statements above."""
    shown = tally.spans[:PLACES_SHOWN]
    places = "".join(
        f"<li>{open_html(f't-{turn}-{before + n}', names.get(s) or s) if turn else inert(names.get(s) or s)}</li>"
        for n, (s, _, _) in enumerate(shown, 1)
    )
    more = len(tally.spans) - len(shown)
    return f"<ol>{places}</ol>{f'<p>and {more:,} more</p>' if more > 0 else ''}"
