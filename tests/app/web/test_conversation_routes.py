from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.answer import Turn
from app.answer_json import answer_from_dict
from app.ask import AskOptions
from app.conversation import Asked, Failure
from app.notebook.file import NotebookFile
from app.web import conversations, judgements, shared
from app.web.people import KnowPeople
from app.web.site import Site
from evals.gold import load_gold
from tests.browser.invented_archive import (
    BRIDGE,
    BRIDGE_TEXT,
    HOSTILE_TEXT,
    REPEATED,
    FakeArchive,
    scripted_answer,
    scripted_stream,
)

KEY = "a" * 32
LIST = "/page/conversations"
ADA, BOB = "1" * 32, "2" * 32


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(scripted_stream, FakeArchive(), NotebookFile(tmp_path / "archive-notebook.sqlite"))


@pytest.fixture
def person(site: Site) -> Iterator[Callable[[str], TestClient]]:
    """A browser of each person."""
    app = FastAPI()
    for routes in (conversations.routes(site), shared.routes(site), judgements.routes(site)):
        app.include_router(routes)
    app.add_middleware(KnowPeople)
    yield lambda name: TestClient(app, cookies={"dateline-person": name})


@pytest.fixture
def ada(site: Site, person: Callable[[str], TestClient]) -> TestClient:
    for question in ("Will the ferry sail?", "How tall is the tower?", "What did the mayor say?"):
        site.conversations.add(
            ADA, KEY, Asked(Turn(question, scripted_answer(question, (), AskOptions())), AskOptions())
        )
    site.conversations.add(ADA, KEY, Failure("And?", "no"))
    return person(ADA)


def test_a_person_sees_names_deletes_and_brings_back_the_own_conversations(
    ada: TestClient, person: Callable[[str], TestClient]
) -> None:
    (listed,) = ada.get(LIST).json()
    assert (listed["id"], listed["title"], listed["questions"]) == (KEY, "Will the ferry sail?", 4)
    assert ada.patch(f"{LIST}/{KEY}", json={"title": "Storms"}).json() == {"title": "Storms"}
    assert [c["title"] for c in ada.get(LIST, params={"search": "harbour"}).json()] == ["Storms"]
    undo = ada.delete(f"{LIST}/{KEY}").json()
    assert ada.get(LIST).json() == []
    assert person(BOB).post(f"{LIST}/undo", json=undo).status_code == 410
    assert ada.post(f"{LIST}/undo", json=undo).json() == {"id": KEY}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("patch", f"{LIST}/{KEY}", {"title": "mine"}),
        ("delete", f"{LIST}/{KEY}", None),
        ("get", f"{LIST}/{KEY}/export?form=json", None),
        ("get", f"{LIST}/{KEY}/turns/1/text", None),
        ("post", f"{LIST}/{KEY}/turns/1/share", {}),
        ("post", f"{LIST}/{KEY}/turns/1/judgement", {"helpful": True}),
        ("post", f"{LIST}/{KEY}/turns/1/gold", {"expect": "decline"}),
        ("get", f"{LIST}/{KEY}/turns/1/gold", None),
    ],
)
def test_what_belongs_to_another_is_not_there(
    ada: TestClient, person: Callable[[str], TestClient], method: str, path: str, body: object
) -> None:
    reply = person(BOB).request(method, path, json=body)
    assert reply.status_code == 404
    assert "belongs to another" in reply.json()["detail"]
    assert ada.get(f"{LIST}/{KEY}/marks").json() == {"judged": {}, "shared": []}


def test_an_export_is_saved_under_the_name_of_the_conversation(ada: TestClient) -> None:
    ada.patch(f"{LIST}/{KEY}", json={"title": 'Fähre "1"\r\n/../x'})
    reply = ada.get(f"{LIST}/{KEY}/export", params={"form": "md"})
    told = "attachment; filename=\"dateline-fahre-1-x.md\"; filename*=UTF-8''dateline-f%C3%A4hre-1-x.md"
    assert reply.headers["content-disposition"] == told
    assert reply.headers["content-type"] == "text/markdown; charset=utf-8"
    assert reply.headers["x-content-type-options"] == "nosniff"
    ada.patch(f"{LIST}/{KEY}", json={"title": "?!"})
    named = ada.get(f"{LIST}/{KEY}/export", params={"form": "json"}).headers["content-disposition"]
    assert named == 'attachment; filename="dateline-conversation.json"'


def test_a_conversation_and_one_answer_of_it_are_exported(ada: TestClient) -> None:
    whole = ada.get(f"{LIST}/{KEY}/export", params={"form": "json"}).json()
    assert [t["question"] for t in whole["turns"]][-1] == "And?"
    assert answer_from_dict(whole["turns"][0]["answer"]).short == "not before Monday"
    page = ada.get(f"{LIST}/{KEY}/export", params={"form": "html", "turn": 3})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "ferry" not in page.text
    assert "<img" not in page.text
    assert "ferry" not in ada.get(f"{LIST}/{KEY}/turns/3/text").text
    for turn in (0, 5, -1):
        assert ada.get(f"{LIST}/{KEY}/export", params={"form": "md", "turn": turn}).status_code == 404


def test_a_shared_answer_has_its_quotes_and_the_article_around_them_until_it_is_withdrawn(
    ada: TestClient, person: Callable[[str], TestClient], site: Site
) -> None:
    path = ada.post(f"{LIST}/{KEY}/turns/1/share", json={}).json()["path"]
    assert re.fullmatch(r"/shared/[\w-]{43}", path)
    assert ada.post(f"{LIST}/{KEY}/turns/1/share", json={}).json()["path"] == path
    assert ada.get(f"{LIST}/{KEY}/marks").json()["shared"] == [1]
    site.conversations.put(
        ADA, KEY, 1, Asked(Turn("other", scripted_answer("compare the two", (), AskOptions())), AskOptions())
    )
    reply = person(BOB).get(path)
    assert f"<mark>{REPEATED}</mark>" in reply.text
    assert "Crews checked the ropes" in reply.text
    assert "tower" not in reply.text
    assert "<script" not in reply.text
    assert reply.headers["cache-control"] == "no-store"
    style = re.search(r'href="(/shared/style-\w+\.css)"', reply.text)
    assert style
    assert person(BOB).get(style[1]).headers["content-type"].startswith("text/css")
    other = ada.post(f"{LIST}/{KEY}/turns/1/share", json={}).json()["path"]
    assert other != path
    assert "six metres" in ada.get(other).text
    assert ada.delete(f"{LIST}/{KEY}/turns/1/share").json() == {"withdrawn": 2}
    assert person(BOB).get(path).status_code == 404
    assert "leads nowhere" in person(BOB).get(path).text


def test_a_hostile_article_is_only_text_on_a_shared_page(ada: TestClient) -> None:
    page = ada.get(ada.post(f"{LIST}/{KEY}/turns/3/share", json={}).json()["path"]).text
    assert not re.search(r"<(?:img|script|a href=\"(?!#))", page)
    assert "onerror&#61;" in page or "onerror=" in page
    assert HOSTILE_TEXT[:8] not in page


def test_a_link_ends_with_its_conversation(ada: TestClient) -> None:
    path = ada.post(f"{LIST}/{KEY}/turns/1/share", json={}).json()["path"]
    undo = ada.delete(f"{LIST}/{KEY}").json()
    assert ada.get(path).status_code == 404
    ada.post(f"{LIST}/undo", json=undo)
    assert ada.get(path).status_code == 200


def test_a_judgement_stands_until_the_answer_is_another(ada: TestClient, site: Site) -> None:
    told = {"helpful": False, "reason": "evidence", "words": " the other article "}
    assert ada.post(f"{LIST}/{KEY}/turns/1/judgement", json=told).json() == {"kept": True}
    judged = ada.get(f"{LIST}/{KEY}/marks").json()["judged"]
    assert judged == {"1": {"helpful": False, "reason": "evidence", "words": "the other article"}}
    ada.post(f"{LIST}/{KEY}/turns/1/judgement", json={"helpful": True, "reason": "evidence"})
    assert ada.get(f"{LIST}/{KEY}/marks").json()["judged"]["1"] == {"helpful": True, "reason": None, "words": ""}
    entry = site.conversations.get(ADA, KEY).asked(1)
    assert entry is not None
    site.conversations.put(ADA, KEY, 1, entry)
    assert ada.get(f"{LIST}/{KEY}/marks").json()["judged"] == {}
    assert ada.post(f"{LIST}/{KEY}/turns/4/judgement", json={"helpful": True}).status_code == 404


def test_a_judged_answer_becomes_a_case_of_the_users_gold_file(ada: TestClient, site: Site) -> None:
    path = judgements.gold_path(site.notebook)
    assert path.name == "archive-notebook-gold.jsonl"
    assert ada.post(f"{LIST}/{KEY}/turns/1/gold", json={"expect": "decline"}).json()["file"] == path.name
    offered = ada.get(f"{LIST}/{KEY}/turns/2/gold").json()
    assert next(p["source"] for p in offered["passages"]) == BRIDGE
    pasted = {"words": "Work is to begin in the spring  and to cost 84 million crowns"}
    wished = {"expect": "answer", "answers": ["84 million", " "], "evidence": [pasted]}
    assert ada.post(f"{LIST}/{KEY}/turns/2/gold", json=wished).status_code == 200
    ada.post(f"{LIST}/{KEY}/turns/3/gold", json={"expect": "as-answered"})
    cases = load_gold(path, FakeArchive().source_text)
    assert next((c.id, c.kind) for c in cases) == (f"{KEY[:12]}-1", "unanswerable")
    assert (cases[1].answers, cases[1].history) == (("84 million",), ("Will the ferry sail?",))
    assert cases[1].evidence[0].spans[0].of(BRIDGE_TEXT) == " ".join(pasted["words"].split())
    assert len(cases) == 3


@pytest.mark.parametrize(
    ("wished", "told"),
    [
        ({"expect": "answer", "answers": [" "]}, "what the right answer is"),
        ({"expect": "answer", "answers": ["84"]}, "Choose the passage"),
        ({"expect": "answer", "answers": ["84"], "evidence": [{"words": "nowhere said"}]}, "in any article"),
        ({"expect": "answer", "answers": ["8"], "evidence": [{"words": "84", "source": "../etc/passwd"}]}, "passwd"),
    ],
)
def test_a_case_that_nothing_bears_out_is_refused_in_words(ada: TestClient, wished: object, told: str) -> None:
    reply = ada.post(f"{LIST}/{KEY}/turns/2/gold", json=wished)
    assert reply.status_code == 422
    assert told in json.dumps(reply.json())


def test_an_id_that_no_page_made_is_refused(ada: TestClient) -> None:
    assert ada.get(f"{LIST}/{'A' * 32}/marks").status_code == 422
    assert ada.get(f"{LIST}/{KEY}/turns/0/text").status_code == 422
    assert ada.get("/shared/guessed").status_code == 404
