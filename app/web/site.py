"""Site: what every part of the served pages works with. It is built once, by the composition root or a test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.conversation import KeptConversations
from app.notebook.file import NotebookFile
from app.web.pace import QuestionPace
from ingest.article import Article

__all__ = ["Archive", "AskStream", "Site"]


class AskStream(Protocol):
    """Answers a question: statements as they are found, then the Answer."""

    def __call__(
        self, question: str, *, history: Sequence[Turn], options: AskOptions
    ) -> Iterator[Statement | Answer]: ...


class Archive(Protocol):
    """What the pages read of the articles: a `Store` is one."""

    @property
    def generation(self) -> int: ...
    def articles(self) -> tuple[Article, ...]: ...
    def source_text(self, source: str) -> str: ...
    def article(self, source: str) -> Article: ...
    def copies(self, article_id: str) -> tuple[str, ...]: ...
    def versions(self, article_id: str) -> tuple[Article, ...]: ...


@dataclass(frozen=True, slots=True)
class Site:
    """One archive as it is served: how it answers, what it holds, where is kept what people do with it."""

    ask: AskStream
    archive: Archive
    notebook: NotebookFile
    conversations: KeptConversations = field(default_factory=KeptConversations)
    pace: QuestionPace = field(default_factory=QuestionPace)
    title: str = "Dateline"
    examples: tuple[str, ...] = ()  # questions that an empty page offers
