"""What the rest of Dateline knows of a language model: how it is called, where it runs, and that it streams a reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.llm.prompts import Message

__all__ = ["LanguageModel", "Piece", "shown_name"]

_LONGEST_NAME = 100  # characters of a model's name that are shown


@dataclass(frozen=True, slots=True)
class Piece:
    """Some more of a reply. The counts are the server's own, of tokens so far; None where it has not told them.

    `cut` says that the reply ends here because it reached its limit, not because the model was done.
    """

    text: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    cut: bool = False


class LanguageModel(Protocol):
    """A model that answers messages."""

    @property
    def name(self) -> str:
        """How the model is called, for the page and the provenance."""
        ...

    @property
    def place(self) -> str:
        """Where it runs, in words: "on this machine", "at api.example.com"."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether what it is sent stays on this machine."""
        ...

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        """The reply as it comes, within the time that the model was given.

        Closing the iterator ends the request. Raises `ModelError` for whatever goes wrong, in words for the page.
        """
        ...


def shown_name(name: str) -> str:
    """A model's name for people, on one line: without folders and ending of its file, which some servers tell."""
    last = name.replace("\\", "/").rpartition("/")[2] if name.lower().endswith(".gguf") else name
    last = last[: -len(".gguf")] if last.lower().endswith(".gguf") else last
    return " ".join("".join(c if c.isprintable() else " " for c in last).split())[:_LONGEST_NAME] or "without a name"
