"""How a question was searched, above its answer: words, days, order, sources, each to be changed with one click.

A control names what it changes in `data-change`, which the page sends back with the number of the turn; what the words
to search for are changed to stands in `data-query`. Pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from app.answer import Answer
from app.ask import AskOptions
from app.scope import within_words
from app.wording import days_words, inert, timing_words, undated_note
from ingest.article import normalise_space
from store import Filters

__all__ = ["CHANGES", "render_chips_html"]


def _of_any_day(options: AskOptions) -> AskOptions:
    filters = options.filters
    if filters is None or not filters.sources:
        return replace(options, filters=None)
    return replace(options, filters=None, sources=filters.sources)


def _of_any_source(options: AskOptions) -> AskOptions:
    filters = options.filters and replace(options.filters, sources=())
    return replace(options, sources=(), filters=filters)


# What a control makes of the options that a question was asked with.
CHANGES: dict[str, Callable[[AskOptions], AskOptions]] = {
    "no-times": lambda options: replace(options, times=False),
    "times": lambda options: replace(options, times=True),
    "undated": lambda options: replace(options, undated=True),
    "dated": lambda options: replace(options, undated=False),
    "any-day": _of_any_day,
    "any-source": _of_any_source,
}


def render_chips_html(answer: Answer, turn: int, options: AskOptions) -> str:
    """The row of controls of turn number `turn`, which was asked with `options`; it is never empty."""
    return (
        f'<div class="dl-filters" role="group" aria-label="How this was searched">{_sources(turn, options)}'
        f"{_days(turn, options)}{_times(answer, turn, options)}{_undated(answer, turn, options)}"
        f"{_query(answer, turn, options)}</div>"
    )


# --- which articles -------------------------------------------------------------------------------------------------


def _sources(turn: int, options: AskOptions) -> str:
    """The files and folders that the user chose."""
    sources = options.sources or (options.filters.sources if options.filters else ())
    if not sources:
        return ""
    told = f"asked only of {within_words(Filters(sources=sources))}"
    title = "Only " + ", ".join(sources[:8]) + (f" and {len(sources) - 8:,} more" if len(sources) > 8 else "")
    return _button("any-source", turn, told, "✕", f"Ask all sources again: remove {told}", title)


def _days(turn: int, options: AskOptions) -> str:
    """The days that the user chose, whatever the question says of time."""
    filters = options.filters
    if filters is None or (filters.published_from is None and filters.published_to is None):
        return ""
    told = f"published {_chosen_days(filters.published_from, filters.published_to)}{', or undated' * filters.undated}"
    return _button("any-day", turn, told, "✕", f"Ask again of any day: remove {told}", "The days that you chose")


def _chosen_days(first: dt.date | None, last: dt.date | None) -> str:
    """Whole months and years are told as such: "2020", "March 2020", "January – June 2020"."""
    if first is None or last is None or first.day != 1 or (last + dt.timedelta(days=1)).day != 1 or first > last:
        return days_words(first, last)
    if (first.month, last.month) == (1, 12):
        return str(first.year) if first.year == last.year else f"{first.year} – {last.year}"
    opening, ending = f"{first:%B}", f"{last:%B} {last.year}"
    if first.year != last.year:
        return f"{opening} {first.year} – {ending}"
    return ending if first.month == last.month else f"{opening} – {ending}"


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


# --- which words ----------------------------------------------------------------------------------------------------


def _query(answer: Answer, turn: int, options: AskOptions) -> str:
    """The words that were searched for, to be edited; named in full where they are not those of the question."""
    query, question = normalise_space(answer.query), normalise_space(answer.question)
    if query != question:
        # Words that the user typed give way to the question as it is read; else it is taken as it was typed.
        wished, label = (
            ("", "Search for what the question says") if options.query else (question, "Search as I typed it")
        )
        told = _words_button(f"Searched for: <q>{inert(answer.query)}</q>", wished, turn, f"{label}, and ask again")
        return told + _edit(answer, turn, "edit")
    if options.query and normalise_space(options.query) == question:
        label = "Read the question in the light of the conversation again"
        return _words_button("searched exactly as typed", "", turn, label) + _edit(answer, turn, "edit")
    return _edit(answer, turn, "edit search")


def _words_button(told: str, query: str, turn: int, label: str) -> str:
    """A chip whose ✕ asks again for other words; what is `told` is HTML."""
    return (
        f'<span class="dl-filter dl-words"><span>{told}</span><button type="button" class="dl-does" data-do="words" '
        f'data-query="{inert(query)}" data-turn="{turn}" aria-label="{label}" title="{label}">✕</button></span>'
    )


def _edit(answer: Answer, turn: int, does: str) -> str:
    return (
        f'<details class="dl-edit"><summary class="dl-plain"><span class="dl-does">{does}</span></summary>'
        f'<form class="dl-edit-form" data-change="query" data-turn="{turn}">'
        f'<input type="text" aria-label="Words to search for" value="{inert(answer.query)}" '
        'placeholder="empty: as the question was read" autocomplete="off">'
        '<button type="submit" class="dl-again">Search again</button></form></details>'
    )
