"""Past: an earlier turn of a conversation, as far as the next question can lean on it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Past"]


@dataclass(frozen=True, slots=True)
class Past:
    """One earlier turn: what was searched, the few words that answered, the question as typed, and what was said.

    `question` is None where it is the query; `said` is the text of the answer's statements, whose names can be asked
    about next; `near` is what stands around them, where someone whom they only describe may be told by name.
    """

    query: str
    short: str | None = None
    question: str | None = None
    said: str = ""
    near: str = ""

    @property
    def typed(self) -> str:
        """The question in the user's words."""
        return self.query if self.question is None else self.question
