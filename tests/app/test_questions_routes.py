"""The routes of the Questions view, asked as the page asks them; the clerk works in its own thread."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.conversation import Asked
from app.notebook.file import NotebookFile
from app.notebook.saved import SavedQuestions
from app.web import clerk, questions
from app.web.people import KnowPeople
from app.web.site import Site
from tests.browser.invented_archive import FakeArchive, scripted_answer, scripted_stream

KEY = "a" * 32


class Moving(FakeArchive):
    """An archive that can change."""

    generation = 1


class Desk:
    """What the clerk asks: as the fake does, but the articles come to say how tall the tower is."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.known = False
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        self.asked.append(question)
        assert self.gate.wait(timeout=20)
        question = question.replace("tower", "bridge") if self.known else question
        yield from scripted_stream(question, history=history, options=options)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clerk, "_LOOKED_EVERY_S", 0.05)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def site(tmp_path: Path, desk: Desk) -> Site:
    return Site(desk, Moving(), NotebookFile(tmp_path / "notebook.sqlite"))


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    with served(site) as opened:
        yield opened


def served(site: Site) -> TestClient:
    app = FastAPI()
    app.include_router(questions.routes(site))
    app.add_middleware(KnowPeople)
    return TestClient(app)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each change of the notebook the clerk has time to ask what it finds there."""
    writing = NotebookFile.writing

    @contextmanager
    def slowly(notebook: NotebookFile) -> Iterator[sqlite3.Connection]:
        with writing(notebook) as db:
            yield db
        if threading.current_thread().name != "dateline-clerk":
            time.sleep(0.2)

    monkeypatch.setattr(NotebookFile, "writing", slowly)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def begin(client: TestClient, body: str = "Will the ferry sail?\nHow tall is the tower?", name: str = "q.txt") -> str:
    reply = client.post(f"/page/batches?name={name}&title=Mine", content=body.encode())
    assert reply.status_code == 200, reply.text
    return str(reply.json()["id"])


def done(client: TestClient, batch: str) -> None:
    until(lambda: client.get(f"/page/batches/{batch}").json()["condition"] == "done")


# --- batches --------------------------------------------------------------------------------------------------------


def test_a_batch_is_asked_in_the_background_and_its_answers_can_be_looked_at(client: TestClient) -> None:
    batch = begin(client)
    done(client, batch)
    rows = client.get(f"/page/batches/{batch}").json()["rows"]
    assert [(r["state"], r["short"], r["sources"]) for r in rows] == [
        ("answered", "not before Monday", 1),
        ("abstained", "", 0),
    ]
    whole = client.get(f"/page/batches/{batch}/rows/1").text
    assert "not before Monday" in whole and 'href="#c-500001-2"' in whole
    pane = client.get(f"/page/batches/{batch}/source?key=c-500001-1").text
    assert '<mark class="cited"' in pane and "harbour master" in pane
    assert "leads nowhere" in client.get(f"/page/batches/{batch}/source?key=c-500001-9").text


@pytest.mark.parametrize(
    ("ending", "holds"), [("csv", "not before Monday"), ("html", "<mark>"), ("jsonl", '"state": "abstained"')]
)
def test_answers_are_downloaded(client: TestClient, ending: str, holds: str) -> None:
    batch = begin(client)
    done(client, batch)
    reply = client.get(f"/page/batches/{batch}/answers.{ending}")
    assert holds in reply.text
    assert reply.headers["content-disposition"] == f'attachment; filename="dateline-mine.{ending}"'
    assert client.get(f"/page/batches/{batch}/answers.exe").status_code == 404


def test_another_browser_sees_nothing_of_it(client: TestClient, site: Site) -> None:
    batch = begin(client)
    done(client, batch)
    with served(site) as other:
        assert other.get("/page/batches").json()["batches"] == []
        for path in ("", "/rows/1", "/answers.csv"):
            assert other.get(f"/page/batches/{batch}{path}").status_code == 404
        assert "leads nowhere" in other.get(f"/page/batches/{batch}/source?key=c-500001-1").text
        assert other.post(f"/page/batches/{batch}/stop").status_code == 404
        assert other.delete(f"/page/batches/{batch}").status_code == 404


def test_a_batch_is_stopped_and_gone_on_with(client: TestClient, desk: Desk) -> None:
    desk.gate.clear()
    batch = begin(client)
    until(lambda: len(desk.asked) == 1)
    assert client.post(f"/page/batches/{batch}/stop").json()["condition"] == "stopped"
    desk.gate.set()
    until(lambda: bool(client.get(f"/page/batches/{batch}").json()["done"] == 1))
    assert len(desk.asked) == 1
    client.post(f"/page/batches/{batch}/resume")
    done(client, batch)
    assert desk.asked == ["Will the ferry sail?", "How tall is the tower?"]


def test_while_somebody_waits_in_the_chat_no_question_of_a_batch_is_asked(
    client: TestClient, site: Site, desk: Desk
) -> None:
    waiting = [True]
    site.busy.append(lambda: waiting[0])
    batch = begin(client)
    time.sleep(0.3)
    assert desk.asked == []
    waiting[0] = False
    done(client, batch)


def test_after_a_restart_a_batch_is_interrupted_and_one_click_goes_on(site: Site, desk: Desk) -> None:
    desk.gate.clear()
    with served(site) as first:
        batch = begin(first)
        until(lambda: len(desk.asked) == 1)
        cookies = dict(first.cookies)
        desk.gate.set()
        until(lambda: first.get(f"/page/batches/{batch}").json()["done"] >= 1)
    with served(site) as second:
        second.cookies.update(cookies)
        told = second.get(f"/page/batches/{batch}").json()
        if told["condition"] != "done":
            assert told["condition"] == "interrupted"
            second.post(f"/page/batches/{batch}/resume")
        done(second, batch)
    assert desk.asked.count("Will the ferry sail?") == 1


@pytest.mark.parametrize(
    ("name", "body", "code", "said"),
    [("q.txt", "", 422, "no question"), ("q.jsonl", "{", 422, "line 1"), ("q.txt", "x" * 2_200_000, 413, "2 MB"),
     ("q.txt", "q?\n" * 2_001, 422, "more than 2,000")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_words(
    client: TestClient, name: str, body: str, code: int, said: str
) -> None:
    for path in ("/page/batches/read", "/page/batches"):
        reply = client.post(f"{path}?name={name}", content=body.encode())
        assert reply.status_code == code and said in reply.json()["detail"]


def test_the_questions_of_a_file_are_listed_before_they_are_asked(client: TestClient, desk: Desk) -> None:
    told = client.post("/page/batches/read?name=q.csv", content=b"id,question\n1,Who \xe2\x80\xaewon?\n").json()
    assert told == {"total": 1, "questions": [{"number": 1, "question": "Who won?", "id": "1"}], "columns": ["id"]}
    assert desk.asked == []


# --- saved questions ------------------------------------------------------------------------------------------------


def saved_of(client: TestClient) -> list[dict[str, object]]:
    return list(client.get("/page/saved").json()["questions"])


def test_a_saved_question_is_asked_again_when_the_archive_has_changed_and_says_what_changed(
    client: TestClient, site: Site, desk: Desk
) -> None:
    client.post("/page/saved", json={"question": "How tall is the tower?"})
    until(lambda: bool(saved_of(client)[0]["checked"]))
    assert saved_of(client)[0]["state"] == "abstained" and client.get("/page/saved/changed").json() == {"changed": 0}
    desk.known = True
    site.archive.generation = 2  # type: ignore[misc]
    until(lambda: client.get("/page/saved/changed").json() == {"changed": 1})
    (one,) = saved_of(client)
    assert one["kinds"] == ["appeared", "source"] and "The articles now answer" in one["changes"][0]  # type: ignore[index]
    told = client.get(f"/page/saved/{one['id']}").json()
    assert ["The articles do not say" in s["html"] for s in told["sides"]] == [True, False]
    assert "Council votes" in client.get(f"/page/saved/{one['id']}/source?key=c-500002-1").text
    assert client.post(f"/page/saved/{one['id']}/seen").json() == {"changed": 0}


@pytest.mark.usefixtures("eager")
def test_a_question_of_the_chat_is_saved_with_its_answer(client: TestClient, site: Site, desk: Desk) -> None:
    client.get("/page/saved")
    person = client.cookies["dateline-person"]
    turn = Turn("Will the ferry sail?", scripted_answer("Will the ferry sail?", (), AskOptions()))
    site.conversations.add(person, KEY, Asked(turn, AskOptions()))
    assert client.post("/page/saved", json={"conversation": KEY, "turn": 1}).json() == {"saved": 1}
    (one,) = saved_of(client)
    assert one["short"] == "not before Monday" and one["waiting"] is False
    assert desk.asked == []
    assert client.post("/page/saved", json={"conversation": KEY, "turn": 2}).status_code == 404


@pytest.mark.usefixtures("eager")
def test_all_questions_of_a_batch_are_saved_with_their_answers(client: TestClient, desk: Desk) -> None:
    batch = begin(client, "Will the ferry sail?\nHow tall is the tower?")
    done(client, batch)
    asked = list(desk.asked)
    assert client.post("/page/saved", json={"batch": batch}).json()["saved"] == 2
    assert desk.asked == asked
    assert {q["state"] for q in saved_of(client)} == {"answered", "abstained"}


def test_without_logins_all_browsers_and_the_command_line_share_the_saved_questions(
    client: TestClient, site: Site
) -> None:
    SavedQuestions(site.notebook).add("", "Will the ferry sail?", AskOptions())
    with served(site) as other:
        assert [q["question"] for q in saved_of(other)] == ["Will the ferry sail?"]


def test_a_saved_question_is_asked_again_when_that_is_wished_and_removed(client: TestClient, desk: Desk) -> None:
    client.post("/page/saved", json={"question": "Will the ferry sail?"})
    until(lambda: len(desk.asked) == 1)
    number = saved_of(client)[0]["id"]
    client.post(f"/page/saved/{number}/run")
    until(lambda: len(desk.asked) == 2)
    client.delete(f"/page/saved/{number}")
    assert saved_of(client) == []
    assert client.post(f"/page/saved/{number}/run").status_code == 404


def test_a_question_that_is_none_is_refused(client: TestClient) -> None:
    assert client.post("/page/saved", json={"question": "  "}).status_code == 422
