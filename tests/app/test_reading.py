"""What the page fetches of articles: the pane of a link, any article, and the cards beside markers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.answer import Answer, Citation, Provenance, Statement, Turn
from app.ask import AskOptions
from app.cards import describe_citations
from app.conversation import Asked
from app.notebook.file import NotebookFile
from app.web import reading
from app.web.people import KnowPeople
from app.web.site import Site
from ingest.article import Article
from store import Filters
from tests.browser.invented_archive import (
    BRIDGE,
    BRIDGE_TEXT,
    MAYOR,
    VOTE,
    FakeArchive,
    answer,
    cite,
    scripted_stream,
)

MINE, OTHERS, TALK = "1" * 32, "2" * 32, "a" * 32
ODD = "caf\udce9 & más.txt"


class OddArchive(FakeArchive):
    """Holds the bridge under a name with bytes that are no text, too."""

    def article(self, source: str) -> Article:
        return replace(super().article(BRIDGE), sources=(ODD,)) if source == ODD else super().article(source)

    def source_text(self, source: str) -> str:
        return super().source_text(BRIDGE if source == ODD else source)


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    site = Site(scripted_stream, OddArchive(), NotebookFile(tmp_path / "n.sqlite"))
    told = answer("Who voted?", cite(1, BRIDGE, VOTE), cite(2, BRIDGE, MAYOR))
    said = replace(told.statements[1], attribution="Mayor Ida Korn")
    told = replace(told, statements=(told.statements[0], said))
    site.conversations.add(MINE, TALK, Asked(Turn("Who voted?", told), AskOptions()))
    app = FastAPI()
    app.include_router(reading.routes(site))
    app.add_middleware(KnowPeople)
    return TestClient(app, cookies={"dateline-person": MINE})


def test_a_link_of_an_answer_opens_its_article(client: TestClient) -> None:
    page = client.get("/page/source", params={"conversation": TALK, "key": "c-1-2"}).text
    assert 'data-key="c-1-2" data-total="2"' in page
    assert "Passage 2 of 2" in page
    assert 'data-do="mark" data-key="c-1-1" role="link"' in page
    scraped = client.get("/page/source", params={"conversation": TALK, "key": "c-1-2", "view": "scraped"}).text
    assert "<details" in page and "<details" not in scraped


@pytest.mark.parametrize("key", ["c-1-3", "c-2-1", "x-1-1", "c-0-1", "c-1-0", "", "c-1-99999999999"])
def test_a_link_that_leads_nowhere_is_told_in_words(client: TestClient, key: str) -> None:
    reply = client.get("/page/source", params={"conversation": TALK, "key": key})
    assert reply.status_code == 200
    assert "no longer open here" in reply.text


def test_nobody_reads_what_somebody_else_asked(client: TestClient) -> None:
    client.cookies.set("dateline-person", OTHERS)
    assert "no longer open" in client.get("/page/source", params={"conversation": TALK, "key": "c-1-1"}).text
    assert client.get("/page/cards", params={"conversation": TALK, "turn": 1}).json() == []


def test_any_article_is_shown_at_any_place(client: TestClient) -> None:
    place = {"source": BRIDGE, "start": VOTE.start, "end": VOTE.end}
    page = client.get("/page/article", params=place).text
    assert f'<mark class="cited" tabindex="-1">{VOTE.of(BRIDGE_TEXT)}</mark>' in page
    for wrong in ({"start": "x", "end": "9"}, {"start": "9", "end": "9"}, {"start": "9"}, {"start": "-1", "end": "4"}):
        reply = client.get("/page/article", params={"source": BRIDGE, **wrong})
        assert reply.status_code == 200
        assert "<mark" not in reply.text


def test_a_name_with_bytes_that_are_no_text_opens(client: TestClient) -> None:
    reply = client.get("/page/article?source=caf%E9%20%26%20m%C3%A1s.txt")
    assert reply.status_code == 200
    assert "Council votes for a second bridge" in reply.text


def test_an_article_that_is_not_there_is_told_in_words(client: TestClient) -> None:
    for query in ("", "?source=", "?source=<b>x", "?source=%FF%00"):
        reply = client.get(f"/page/article{query}")
        assert reply.status_code == 200
        assert "The archive holds no article" in reply.text
        assert "<b>" not in reply.text


def test_cards_say_who_published_it_when_and_who_said_it(client: TestClient) -> None:
    first, second = client.get("/page/cards", params={"conversation": TALK, "turn": 1}).json()
    assert first["quote"] == VOTE.of(BRIDGE_TEXT)
    assert (first["headline"], first["outlet"]) == ("Council votes for a second bridge", "Wend Courier")
    assert (first["date"], first["said_by"]) == ("9 March 2021", "")
    assert (second["marker"], second["said_by"]) == (2, "Mayor Ida Korn")


def test_a_card_of_little_known_words_says_so_and_a_long_quote_ends() -> None:
    quote = "word\r\n" * 400
    citation = Citation(1, "a.txt", 0, len(quote), quote, None, None, None, "not stated", "id")
    provenance = Provenance(1, "f", "f", "f", "extractive", dt.date(2024, 1, 1))
    told = Answer(
        "?", "?", None, (Statement("word", (1,), "verbatim"),), (citation,), (), Filters(), 0.5, None, provenance
    )
    (card,) = describe_citations(told)
    assert (card["headline"], card["outlet"], card["date"]) == ("(no headline)", "", "date not known")
    assert str(card["quote"]).startswith("word word") and str(card["quote"]).endswith(" word …")
    assert len(str(card["quote"])) <= 902
