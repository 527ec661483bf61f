from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.conversation import Asked
from app.notebook.file import NotebookFile
from app.web import suggestions
from app.web.people import KnowPeople
from app.web.site import Site
from tests.browser.invented_archive import FakeArchive, scripted_answer, scripted_stream

KEY, ADA = "a" * 32, "1" * 32
TOWER = "How tall is the tower?"


def offered_after(turns: Sequence[Turn], options: AskOptions, folder: Path) -> list[tuple[str, int, AskOptions]]:
    """What is asked to find questions for the last of these turns: question, turns before it, options."""
    asked: list[tuple[str, int, AskOptions]] = []

    def ask(question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        asked.append((question, len(history), options))
        return scripted_stream(question, history=history, options=options)

    site = Site(ask, FakeArchive(), NotebookFile(folder / "notebook.sqlite"), examples=("Will the ferry sail?",))
    for turn in turns:
        site.conversations.add(ADA, KEY, Asked(turn, options))
    app = FastAPI()
    app.include_router(suggestions.routes(site))
    app.add_middleware(KnowPeople)
    page = TestClient(app, cookies={"dateline-person": ADA})
    reply = page.get("/page/suggestions", params={"conversation": KEY, "turn": len(turns)})
    assert reply.status_code == 200
    return asked


def test_offered_questions_are_asked_as_a_click_would_ask_them(tmp_path: Path) -> None:
    turns = [Turn(q, scripted_answer(q, (), AskOptions())) for q in ("Will the ferry sail?", TOWER)]
    chosen = AskOptions(sources=("news/ferry.txt",), query="tower height", threshold=0.1)
    asked = offered_after(turns, chosen, tmp_path)
    assert asked
    # No language model words what is only tried.
    assert {(n, o) for _, n, o in asked} == {(2, AskOptions(sources=("news/ferry.txt",), composer="extractive"))}
