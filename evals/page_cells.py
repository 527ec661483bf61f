"""How a measured thing is said on the page: the names of the measures, figures in digits, and tables of them.

Guarantee: what is not known is a dash or a blank, never a number; what comes out is ready for the page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from app.render import inert
from evals.gate import Change
from evals.metrics import Interval

__all__ = [
    "DASH",
    "change_cells",
    "count_of",
    "interval_html",
    "milliseconds",
    "number_html",
    "percent",
    "seconds",
    "signed_html",
    "table_html",
    "verdict_html",
    "words_of",
]


# What the measures are called for people, and what each says. One that is not here goes by its own name.
WORDS: Mapping[str, tuple[str, str]] = {
    "as_expected": ("As expected", "right where the articles answer, declined where they do not"),
    "right": ("Right", "of the answerable: the expected words, cited where they stand"),
    "contains": ("Words found", "of the answerable: the expected words are in the answer"),
    "token_f1": ("Token F1", "words of the short answer against the expected ones"),
    "recall_at_1": ("Recall at 1", "evidence that the first passage holds"),
    "recall_at_5": ("Recall at 5", "evidence that the first five passages hold"),
    "recall_at_10": ("Recall at 10", "evidence that the first ten passages hold"),
    "reciprocal_rank": ("Reciprocal rank", "1 / rank of the first passage that holds evidence"),
    "citation_exact": ("Citations exact", "a law: every quote stands in its article at its place"),
    "citation_precision": ("Citation precision", "citations that point at the evidence"),
    "citation_recall": ("Citation recall", "evidence that a citation points at"),
    "abstention_precision": ("Declining, precision", "of the declined, those that the articles do not answer"),
    "abstention_recall": ("Rightly declined", "of those that the articles do not answer"),
    "abstention_f1": ("Declining, F1", "precision and recall of declining in one"),
    "completed": ("Completed", "a law: no question ends in an error"),
    "form_as_expected": ("Form as expected", "of questions that expect more than words: all of it is met"),
    "form_right": ("Form: right", "of those, the answerable: the expected words, cited where they stand"),
    "form_declined": ("Form: rightly declined", "of those that the articles do not answer"),
    "form_recall_at_5": ("Form: recall at 5", "evidence that the first five passages hold"),
    "follow_up_right": ("Follow-ups right", "of what only the questions before make clear"),
    "filters_read": ("Filters read", "of what asks for a time: its days and its order are the right ones"),
    "undated_told": ("Undated told", "how many undated articles were left out is said"),
    "sides_shown": ("Both sides shown", "of what the articles disagree on: every side is there"),
    "newest_labelled": ("Newest labelled", "of sides that changed: the newest is marked, and no other"),
    "comparison_shown": ("Comparison shown", "what is said of both, or by both"),
    "readings_shown": ("Readings shown", "of what can mean several: each of them is there"),
    "count_exact": ("Counts exact", "the number, the outlets, the day: exactly"),
    "items_complete": ("List complete", "every item is there, and none that does not belong"),
    "items_f1": ("List, F1", "precision and recall of the items in one"),
    "events_ordered": ("Events in order", "events that are told, each after the one before"),
    "attribution_kept": ("Attribution kept", "a statement says according to whom"),
    "speaker_named": ("Speaker named", "a quotation goes with who said it"),
    "yes_no_right": ("Yes or no right", "the first word is the right one"),
    "definition_given": ("Definition given", "what somebody or something is"),
    "short_right": ("Short right", "the few words on top are a right wording"),
    "length_right": ("Length right", "of explanations: two to five statements"),
    "note_given": ("Note given", "what a reader has to know is noted"),
    "in_layout": ("In its layout", "laid out as what was asked for"),
    "lookup_by_words": ("Found by words", "1 / rank of a notice asked for by a name or a code"),
    "lookup_by_meaning": ("Found by meaning", "1 / rank of a notice asked for in other words"),
    "answer_at_1": ("Answer at 1", "of the answerable: it stands in the first passage"),
    "answer_at_5": ("Answer at 5", "of the answerable: it stands in the first five passages"),
    "answer_at_10": ("Answer at 10", "of the answerable: it stands in the first ten passages"),
    "answer_at_20": ("Answer at 20", "of the answerable: it stands in the first twenty passages"),
    "answered_right": ("Right when answered", "of the answerable that were answered; the rest is wrong answers"),
    "abstained": ("Rightly declined", "of those whose answer stands in no article"),
    "choice_accuracy": ("Multiple choice", "the choice that the answer and the passages speak for is right"),
    "would_be_right": ("Would be right", "of all that is answerable or absent, had nothing been declined"),
}
DASH = '<span class="none">–</span>'


def table_html(label: str, head: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """A table in a box of its own, which scrolls where the page is narrower; a row is its class and its cells."""
    columns = "".join(f'<th scope="col">{name}</th>' for name in head)
    lines = "".join(
        f'<tr class="{name}"><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for name, (first, *cells) in rows
    )
    return (
        f'<div class="scroll" role="region" aria-label="{label}" tabindex="0"><table><thead><tr>{columns}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def words_of(measure: str) -> tuple[str, str]:
    """What `measure` is called and says, ready for the page."""
    return WORDS.get(measure) or (inert(measure.replace("_", " ").capitalize()), "")


def change_cells(change: Change | None) -> list[str]:
    """Three cells: by how much it moved, the interval of that, and what to make of it."""
    if change is None:
        return [DASH, "", ""]
    return [signed_html(change.difference), interval_html(change.interval, signed=True), verdict_html(change)]


def verdict_html(change: Change) -> str:
    """What to make of a change, in a word or two, in its colour."""
    word = "worse" if change.is_loss else "better" if change.interval.low > 0 else "within chance"
    if not (change.difference or any(change.interval)):
        word = "unchanged"
    return f'<span class="verdict {word.split()[0]}">{word}</span>'


def number_html(value: float | None) -> str:
    """A figure with three decimals."""
    return DASH if value is None or math.isnan(value) else f"{value:.3f}"


def signed_html(value: float) -> str:
    """A difference with three decimals and its sign; 0 has none."""
    return f"{value:+.3f}".replace("-", "−") if round(value, 3) else "0.000"


def interval_html(interval: Interval | None, *, signed: bool = False) -> str:
    """From where to where; with signs where it is of a difference."""
    if interval is None:
        return ""
    words = (
        f"{signed_html(interval.low)} to {signed_html(interval.high)}"
        if signed
        else f"{interval.low:.3f}–{interval.high:.3f}"
    )
    return f'<span class="interval">{words}</span>'


def percent(value: float) -> str:
    """A share, with a decimal unless it is none or all."""
    return f"{value:.1%}" if 0 < value < 1 else f"{value:.0%}"


def milliseconds(value: float | None) -> str:
    """Whole milliseconds, the unit left to the caller."""
    return DASH if value is None else f"{value:,.0f}"


def seconds(value: float) -> str:
    """Seconds with two decimals and their unit."""
    return f"{value:.2f} s"


def count_of(n: int, noun: str) -> str:
    """How many of what, the noun in its number."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
