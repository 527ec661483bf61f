"""What was read into a question, above its answer: words searched for, days, order, each to be changed with one click.

A control names what it changes in `data-change`, which app/page.js sends back with the number of the turn. Pure.
"""

from __future__ import annotations

from app.answer import Answer
from app.ask import AskOptions
from app.scope import within_words
from app.wording import inert, timing_words, undated_note
from ingest.article import normalise_space

__all__ = ["CHANGES", "render_chips_html"]

# What a control asks for again, as `AskOptions` has it.
CHANGES: dict[str, dict[str, bool]] = {
    "no-times": {"times": False},
    "times": {"times": True},
    "undated": {"undated": True},
    "dated": {"undated": False},
}


def render_chips_html(answer: Answer, turn: int, options: AskOptions) -> str:
    """The row of controls of turn number `turn`, which was asked with `options`; it is never empty."""
    return (
        f'<div class="dl-filters" role="group" aria-label="How this was searched">{_within(options)}'
        f"{_times(answer, turn, options)}"
        f"{_undated(answer, turn, options)}{_query(answer, turn)}</div>"
    )


def _within(options: AskOptions) -> str:
    """What it was asked of, where that was not the whole archive."""
    told = within_words(options.filters) if options.filters else ""
    return f'<span class="dl-filter dl-within">asked only of <span>{inert(told)}</span></span>' if told else ""


def _times(answer: Answer, turn: int, options: AskOptions) -> str:
    if not options.times:
        return _button("times", turn, "without the time filter", "use it again", "Use the time filter again")
    told = timing_words(answer)
    if told is None:
        return ""
    words = ", ".join(f"“{w}”" for w in answer.timing.words)
    title = f"Read from {words} in the question" if words else "Read from the question"
    return _button("no-times", turn, told, "✕", f"Remove and ask again: {told}", title)


def _undated(answer: Answer, turn: int, options: AskOptions) -> str:
    if note := undated_note(answer):
        told = note.strip().rstrip(".")
        return _button("undated", turn, told, "include", f"{told}: include them and ask again")
    if options.undated and answer.timing.bounded:
        told = "undated articles included"
        return _button("dated", turn, told, "✕", f"Leave out and ask again: {told}")
    return ""


def _button(change: str, turn: int, told: str, does: str, label: str, title: str = "") -> str:
    hint = f' title="{inert(title)}"' if title else ""
    return (
        f'<button type="button" class="dl-filter" data-change="{change}" data-turn="{turn}" '
        f'aria-label="{inert(label)}"{hint}><span>{inert(told)}</span> <span class="dl-does">{does}</span></button>'
    )


def _query(answer: Answer, turn: int) -> str:
    """The words that were searched for, to be edited; named in full where they are not those of the question."""
    differs = normalise_space(answer.query) != normalise_space(answer.question)
    told = f"Searched for: <q>{inert(answer.query)}</q> " if differs else ""
    does, plain = ("edit", "") if differs else ("edit search", ' class="dl-plain"')
    return (
        f'<details class="dl-edit"><summary{plain}>{told}<span class="dl-does">{does}</span></summary>'
        f'<form class="dl-edit-form" data-change="query" data-turn="{turn}">'
        f'<input type="text" aria-label="Words to search for" value="{inert(answer.query)}" '
        'placeholder="empty: as the question was read" autocomplete="off">'
        '<button type="submit" class="dl-again">Search again</button></form></details>'
    )
