"""A conversation: what was asked and answered so far, shown, and asked again with a change.

An entry that is asked again takes the place of the old one; what was asked after it stays as it was answered.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
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

__all__ = ["Asked", "Conversation", "Failure", "KeptConversations", "changed_options"]

_MOST_KEPT = 500  # the latest used; a tab whose conversation is forgotten is told so
_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered, what was changed about it beforehand, and how many times it was.

    `names` say what to call the articles that were counted, by their sources.
    """

    turn: Turn
    options: AskOptions
    names: Mapping[str, str] = field(default_factory=dict)
    edition: int = 0


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
            (e.turn.question, render_answer_html(e.turn.answer, n, options=e.options, names=e.names))
            if isinstance(e, Asked)
            else (e.question, render_failure_html(e.message, n, stopped=e.stopped))
            for n, e in enumerate(self.entries, 1)
        ]
        if trouble and busy is not None:
            question, reply = shown[busy - 1]
            shown[busy - 1] = (question, reply + render_error_html(trouble))
        return render_conversation_html([*shown, *growing], busy=None if trouble else busy, open_entries=len(growing))


class KeptConversations:
    """The latest conversations of each person, by an id that is random."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[tuple[str, str], Conversation] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, person: str, conversation_id: str) -> Conversation:
        """That conversation of a person; an empty one where none is known."""
        with self._lock:
            return self._by_key.get((person, conversation_id)) or Conversation()

    def add(self, person: str, conversation_id: str, entry: Asked | Failure) -> Conversation:
        """The conversation with `entry` at its end, whatever else was added to it in the meantime."""
        with self._lock:
            key = (person, conversation_id)
            return self._keep(key, (self._by_key.get(key) or Conversation()).plus(entry))

    def put(self, person: str, conversation_id: str, number: int, entry: Asked | Failure) -> Conversation:
        """The conversation with `entry` in the place of that number, whatever was added after it in the meantime."""
        with self._lock:
            key = (person, conversation_id)
            return self._keep(key, (self._by_key.get(key) or Conversation()).with_entry(number, entry))

    def _keep(self, key: tuple[str, str], conversation: Conversation) -> Conversation:
        if _KEY.fullmatch(key[1]):
            self._by_key[key] = conversation
            self._by_key.move_to_end(key)
        while len(self._by_key) > _MOST_KEPT:
            self._by_key.popitem(last=False)
        return conversation


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
