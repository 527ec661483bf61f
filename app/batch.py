"""Many questions at once: what one of them is, and what came of it. Pure.

Questions are independent of each other, unless they name one conversation: then those before it there are its history.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.answer import Answer, Turn
from app.ask import AskOptions
from app.wording import count_words, excerpt, line, told_short
from ingest.errors import UsageError
from store import Filters

__all__ = ["UNDERSTOOD", "Item", "Outcome", "State", "history_of", "short_words", "sources_of"]

State = Literal["answered", "abstained", "error"]

# Columns that are read; every other one is copied through.
UNDERSTOOD = ("question", "id", "as_of", "sources", "from", "to", "query", "conversation")


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a batch: its number from 1, its words, and every column that it came with, itself among them."""

    number: int
    question: str
    columns: tuple[tuple[str, str], ...] = ()

    def value(self, name: str) -> str:
        """What stands in the column of that name, whatever its capitals; empty where there is none."""
        return next((value.strip() for column, value in self.columns if column.strip().casefold() == name), "")

    @property
    def conversation(self) -> str:
        """The conversation it belongs to; empty where it stands for itself."""
        return self.value("conversation")

    @property
    def as_of(self) -> dt.date | None:
        """The day from which relative times count. Raises `UsageError` where what is written is no day."""
        return _day(self, "as_of")

    def options(self, options: AskOptions) -> AskOptions:
        """`options`, narrowed to what its columns say. Raises `UsageError` where they say what cannot be."""
        first, last = _day(self, "from"), _day(self, "to")
        sources = tuple(s for s in (part.strip() for part in self.value("sources").split("|")) if s)
        if query := self.value("query"):
            options = replace(options, query=query)
        if first or last:
            if first and last and first > last:
                raise UsageError(f"from {first} to {last} is no span of days: put the earlier one first")
            within = options.filters.sources if options.filters else ()
            options = replace(options, filters=Filters(first, last, undated=False, sources=within))
        if sources:
            filters = replace(options.filters, sources=()) if options.filters else None
            options = replace(options, sources=sources, filters=filters)
        return options


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question: an answer, or why it could not be asked."""

    item: Item
    answer: Answer | None
    error: str = ""

    def __post_init__(self) -> None:
        if (self.answer is None) != bool(self.error):
            raise ValueError("a question has an answer or an error, never both or neither")

    @property
    def state(self) -> State:
        """What became of it in one word."""
        if self.answer is None:
            return "error"
        return "abstained" if self.answer.abstained else "answered"

    @property
    def n_sources(self) -> int:
        """How many articles are cited, or stand behind a number."""
        return 0 if self.answer is None else len(sources_of(self.answer))


def sources_of(answer: Answer) -> tuple[str, ...]:
    """The articles that an answer rests on, by where they lie, each once."""
    counted = (source for s in answer.statements if s.tally for source, _, _ in s.tally.spans)
    return tuple(dict.fromkeys([*(c.source for c in answer.citations), *counted]))


def short_words(answer: Answer) -> str:
    """The answer in a few words for one cell of a table; empty where the articles do not say."""
    if answer.abstained:
        return ""
    if told := count_words(answer) or told_short(answer):
        return line(told)
    if answer.parts:
        return line("; ".join(f"{p.label}: {p.text}" if p.label else p.text for p in answer.parts))
    return line(excerpt(answer.statements[0].text))


def history_of(item: Item, before: Mapping[str, Sequence[Outcome]]) -> tuple[Turn, ...]:
    """The answered turns of its conversation; `before` holds what came of the questions above it, by conversation."""
    outcomes = before.get(item.conversation, ()) if item.conversation else ()
    return tuple(Turn(o.item.question, o.answer) for o in outcomes if o.answer is not None)


def _day(item: Item, name: str) -> dt.date | None:
    written = item.value(name)
    if not written:
        return None
    try:
        return dt.date.fromisoformat(written[:10])
    except ValueError as error:
        raise UsageError(f"{name} is a day such as 2020-01-28, not {excerpt(written)!r}") from error
