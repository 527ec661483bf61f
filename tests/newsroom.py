"""Small invented archives, asked with the shipped reader: what forms of answer are tried on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from app.answer import Answer
from app.ask import ask
from store.search import open_store
from store.writer import open_sink
from tests.conftest import FakeEncoder, batch_of, fake_build, prepare

__all__ = ["News", "ask_about"]


class News(NamedTuple):
    """An invented article; `day` is empty where it is not known."""

    outlet: str
    day: str
    headline: str
    text: str


def ask_about(question: str, news: Sequence[News], folder: Path) -> Answer:
    """The answer to `question` from an archive of `news` alone, which is made in `folder`."""
    articles = [
        prepare(
            f"{item.headline}\n\n{item.text}",
            source=f"{n}.txt",
            headline=item.headline,
            outlet=item.outlet,
            day=dt.date.fromisoformat(item.day) if item.day else None,
        )
        for n, item in enumerate(news)
    ]
    with open_sink(folder / "asked", encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
        sink.write(batch_of(*articles))
    with open_store(folder / "asked", encoder=FakeEncoder(), build=fake_build()) as store:
        return ask(question, store=store, as_of="2024-01-01")
