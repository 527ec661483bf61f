"""An archive of the five articles, and language models that say what a test has them say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.llm.model import Piece
from app.llm.prompts import Message
from ingest.encode import load_encoder
from ingest.job import ingest
from store import Store, open_sink, open_store

SEEDS = Path(__file__).parents[3] / "seeds"


@dataclass
class Scripted:
    """Says `reply`, a few characters at a time, and remembers what it was sent."""

    reply: str
    name: str = "scripted-1"
    place: str = "on this machine, port 8080"
    is_local: bool = True
    sent: list[tuple[Message, ...]] = field(default_factory=list)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        self.sent.append(tuple(messages))
        for at in range(0, len(self.reply), 7):
            yield Piece(self.reply[at : at + 7])
        yield Piece("", 900, 30)


@pytest.fixture(scope="session")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The five articles, indexed with the shipped encoder."""
    folder = tmp_path_factory.mktemp("five")
    with open_sink(folder, encoder_spec=load_encoder().spec) as sink:
        ingest([SEEDS], sink)
    store = open_store(folder)
    yield store
    store.close()
