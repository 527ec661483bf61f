"""Site: what every part of the served pages works with. It is built once, by the composition root or a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from app.adding import Intake
from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.llm.choice import ModelChoice
from app.notebook.conversations import KeptConversations
from app.notebook.file import NotebookFile
from app.render_parts import PLACES_SHOWN
from app.web.pace import QuestionPace
from app.wording import article_words
from ingest.article import Article
from ingest.errors import DatelineError
from store.disk import DiskState

__all__ = ["Archive", "AskStream", "Site", "counted_names"]


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
    def disk_state(self, source: str) -> DiskState: ...


@dataclass(frozen=True, slots=True)
class Site:
    """One archive as it is served: how it answers, what it holds, where is kept what people do with it."""

    ask: AskStream
    archive: Archive
    notebook: NotebookFile
    conversations: KeptConversations = field(init=False)
    pace: QuestionPace = field(default_factory=QuestionPace)
    title: str = "Dateline"
    examples: tuple[str, ...] = ()  # questions that an empty page offers; where there are none, they are made
    intake: Intake | None = None  # adds articles; None where nobody may
    busy: list[Callable[[], bool]] = field(default_factory=list)  # each says whether somebody waits for an answer
    mcp: bool = False  # whether assistants are served, too
    models: ModelChoice | None = None  # who words the answers; where there is none, the page says nothing of it

    def __post_init__(self) -> None:
        object.__setattr__(self, "conversations", KeptConversations(self.notebook))


def counted_names(archive: Archive, answer: Answer) -> dict[str, str]:
    """What to call the articles that are listed behind a number; one that is gone is called by its place."""
    names: dict[str, str] = {}
    for tally in (s.tally for s in answer.statements if s.tally):
        for source, _, _ in tally.spans[:PLACES_SHOWN]:
            with suppress(DatelineError):
                names[source] = names.get(source) or article_words(archive.article(source))
    return names
