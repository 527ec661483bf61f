from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.llm.choice import ModelChoice
from app.llm.connect import Address
from app.llm.find import Server
from app.llm.model import Piece
from app.llm.prompts import Message
from app.notebook.file import NotebookFile
from app.web import models
from app.web.guard import Guard, Reach
from app.web.people import KnowPeople
from app.web.site import Site
from tests.browser.invented_archive import FakeArchive, scripted_stream

PATH = "/page/model"
OURS = {"X-Dateline": "1"}
LLAMA = Server("http://127.0.0.1:8080/v1", ("/models/SmolLM2.gguf",), "llama.cpp")
USE_LLAMA = {"use": "offer", "address": LLAMA.address, "model": LLAMA.models[0]}
NOTHING: dict[str, object] = {"may": False, "current": None, "configured": None, "offers": []}


@dataclass(frozen=True)
class Model:
    name: str
    place: str = "on this machine, port 8080"
    is_local: bool = True

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        raise AssertionError("nothing is asked")


HOSTED = Model("<b>hosted</b>\ud800", "at api.example.com", is_local=False)


def page(folder: Path, choice: ModelChoice | None) -> TestClient:
    site = Site(scripted_stream, FakeArchive(), NotebookFile(folder / "notebook.sqlite"), models=choice)
    app = FastAPI()
    app.include_router(models.routes(site))
    app.add_middleware(KnowPeople)
    app.add_middleware(Guard, reach=Reach())
    return TestClient(app, base_url="http://localhost", headers=OURS)


def connect(address: Address, model: str) -> Model:
    return Model("SmolLM2", address.place)


def a_choice(own: Model | None = None, *, may: bool = True, servers: tuple[Server, ...] = (LLAMA,)) -> ModelChoice:
    return ModelChoice(own, may, lambda: servers, connect, is_named=True)


def test_where_models_are_not_spoken_of_there_is_nothing_to_show_and_nothing_to_change(tmp_path: Path) -> None:
    ours = page(tmp_path, None)
    assert ours.get(PATH).json() == NOTHING
    assert ours.post(PATH, json={"use": "none"}).status_code == 405


def test_what_was_found_is_offered_chosen_and_turned_off(tmp_path: Path) -> None:
    choice = a_choice()
    ours = page(tmp_path, choice)
    offer = {"address": LLAMA.address, "model": LLAMA.models[0], "name": "SmolLM2", "where": "llama.cpp, port 8080"}
    off = {"may": True, "current": None, "configured": None, "offers": [offer]}
    assert ours.get(PATH).json() == off
    used = {"name": "SmolLM2", "place": "on this machine, port 8080", "is_local": True}
    on = {"may": True, "current": used, "configured": None, "offers": []}
    assert ours.post(PATH, json=USE_LLAMA).json() == on
    assert ours.get(PATH).json() == on
    assert choice.current is not None
    assert ours.post(PATH, json={"use": "none"}).json() == off
    assert choice.current is None


def test_the_own_model_can_be_turned_off_and_on_again(tmp_path: Path) -> None:
    ours = page(tmp_path, a_choice(HOSTED, servers=()))
    told = {"name": "<b>hosted</b>?", "place": "at api.example.com", "is_local": False}
    on = {"may": True, "current": told, "configured": told, "offers": []}
    assert ours.get(PATH).json() == on
    assert ours.post(PATH, json={"use": "none"}).json() == {**on, "current": None}
    assert ours.post(PATH, json={"use": "configured"}).json() == on


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"use": "offer", "address": "http://192.168.0.7:8080/v1", "model": "m"}, 409),
        ({"use": "offer", "address": LLAMA.address, "model": "another"}, 409),
        ({"use": "offer"}, 409),
        ({"use": "configured"}, 409),
        ({"use": "anything"}, 422),
        ({"use": "offer", "address": "a" * 301, "model": "m"}, 422),
        ({}, 422),
    ],
)
def test_what_was_not_offered_is_refused_in_words(tmp_path: Path, wish: dict[str, str], status: int) -> None:
    choice = a_choice()
    reply = page(tmp_path, choice).post(PATH, json=wish)
    assert reply.status_code == status
    assert choice.current is None
    if status == 409:
        assert reply.json()["detail"].endswith(".")


def test_who_may_not_choose_sees_what_is_used_and_changes_nothing(tmp_path: Path) -> None:
    choice = a_choice(Model("own"), may=False)
    ours = page(tmp_path, choice)
    told = {"name": "own", "place": "on this machine, port 8080", "is_local": True}
    assert ours.get(PATH).json() == {"may": False, "current": told, "configured": told, "offers": []}
    for wish in (USE_LLAMA, {"use": "none"}, {"use": "configured"}):
        assert ours.post(PATH, json=wish).status_code == 403
    assert choice.current is not None


def test_only_the_own_page_may_choose(tmp_path: Path) -> None:
    choice = a_choice()
    ours = page(tmp_path, choice)
    assert ours.post(PATH, json=USE_LLAMA, headers={"X-Dateline": ""}).status_code == 403
    assert ours.post(PATH, json=USE_LLAMA, headers={"Origin": "https://evil.example"}).status_code == 403
    assert choice.current is None
