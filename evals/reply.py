"""What one system says to one question, in the one form in which Dateline and its rivals are measured."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Reply", "System"]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or that there is none.

    `short` is the few words that answer, where a system gives them; `first` its first sentence; `text` all it says.
    `cited` are the words that it points at as its evidence, a citation each, and `passages` what it retrieved, best
    first. `confidence` is within 0..1; None where a system shows none. What is said may be empty only if `declined`.
    """

    short: str | None
    first: str
    text: str
    declined: bool
    confidence: float | None
    passages: tuple[str, ...]
    cited: tuple[str, ...]


class System(Protocol):
    """Something that answers questions about the articles it was given."""

    def ask(self, question: str, *, as_of: dt.date) -> Reply:
        """The reply to `question`, asked on the day `as_of`."""
        ...
