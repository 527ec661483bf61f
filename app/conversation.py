"""A conversation: what was asked and answered so far, shown, and asked again with a change.

An entry that is asked again takes the place of the old one; what was asked after it stays as it was answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.answer import Turn
from app.ask import AskOptions
from app.render_chips import CHANGES
from app.render_html import (
    render_answer_html,
    render_conversation_html,
    render_error_html,
    render_failure_html,
)

__all__ = ["Asked", "Conversation", "Failure", "changed_options"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered, what was changed about it beforehand, and how many times it was.

    `names` say what to call the articles that were counted, by their sources.
    """

    turn: Turn
    options: AskOptions
    names: Mapping[str, str] = field(default_factory=dict)
    edition: int = 0
    # As HTML, by its number: a conversation is shown again at every statement that is added to it.
    _shown: dict[int, str] = field(default_factory=dict, init=False, compare=False, repr=False)

    def render(self, number: int) -> str:
        """The answer as HTML, as entry of that number."""
        if number not in self._shown:
            shown = render_answer_html(self.turn.answer, number, options=self.options, names=self.names)
            self._shown[number] = shown
        return self._shown[number]


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that could not be served, or was stopped, and why in words."""

    question: str
    message: str
    options: AskOptions = field(default_factory=AskOptions)
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """What one browser tab has asked. Links count its entries from 1, failed ones too."""

    entries: tuple[Asked | Failure, ...] = ()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What was answered, oldest first."""
        return tuple(e.turn for e in self.entries if isinstance(e, Asked))

    def asked(self, number: int) -> Asked | None:
        """The answered entry of that number, from 1."""
        entry = self.entry(number)
        return entry if isinstance(entry, Asked) else None

    def before(self, number: int) -> Conversation:
        """What came before the entry of that number."""
        return Conversation(self.entries[: number - 1])

    def plus(self, entry: Asked | Failure) -> Conversation:
        """With `entry` at the end."""
        return Conversation((*self.entries, entry))

    def entry(self, number: int) -> Asked | Failure | None:
        """The entry of that number, from 1, answered or not."""
        return self.entries[number - 1] if 1 <= number <= len(self.entries) else None

    def with_entry(self, number: int, entry: Asked | Failure) -> Conversation:
        """With `entry` instead of the one of that number; as it is where there is none.

        What was answered stays where asking again came to nothing.
        """
        old = self.entry(number)
        if old is None or (isinstance(old, Asked) and isinstance(entry, Failure)):
            return self
        if isinstance(entry, Asked) and isinstance(old, Asked):
            entry = replace(entry, edition=old.edition + 1)
        return Conversation((*self.entries[: number - 1], entry, *self.entries[number:]))

    def render(self, *growing: tuple[str, str], busy: int | None = None, trouble: str = "") -> str:
        """The conversation as HTML, and below it an entry that is `growing`.

        Entry number `busy` is being asked again; or it was to be, and `trouble` says why that did not work.
        """
        shown = [
            (e.turn.question, e.render(n))
            if isinstance(e, Asked)
            else (e.question, render_failure_html(e.message, n, stopped=e.stopped))
            for n, e in enumerate(self.entries, 1)
        ]
        if trouble and busy is not None:
            question, reply = shown[busy - 1]
            shown[busy - 1] = (question, reply + render_error_html(trouble))
        return render_conversation_html([*shown, *growing], busy=None if trouble else busy, open_entries=len(growing))


def changed_options(options: AskOptions, change: str, words: str) -> AskOptions | None:
    """`options` as the control `change` of the page asks for; `words` are the new query. None for no such control."""
    if change == "retry":
        return options
    if change == "question":
        return replace(options, query=None)
    if change == "query":
        return replace(options, query=words if words.strip() else None)
    wished = CHANGES.get(change)
    return wished(options) if wished else None
