"""The whole way, nothing invented: the five articles, the shipped models, the page, a real Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions, ask, ask_stream
from app.notebook.file import NotebookFile
from app.web.server import build_app, serve
from app.web.site import Site
from ingest.encode import load_encoder
from ingest.job import ingest
from store import Store, open_sink, open_store
from tests.browser.conftest import SCREENS, Chat, screen_name
from tests.browser.test_page import as_browsers_write

SEEDS = Path(__file__).parents[2] / "seeds"
ANSWERED = "How many airstrikes has the coalition conducted on Islamic State targets in Iraq?"
FOLLOW_UP = "And since when in Syria?"
NOT_SAID = "Who won the football World Cup in 2018?"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The five articles as `dateline ingest seeds` leaves them."""
    path = tmp_path_factory.mktemp("real") / "store"
    with open_sink(path, encoder_spec=load_encoder().spec) as sink:
        ingest([SEEDS], sink)
    with open_store(path) as store:
        yield store


@pytest.fixture(scope="module")
def real_address(archive: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    def answer(question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        return ask_stream(question, history=history, store=archive, options=options)

    notebook = NotebookFile(tmp_path_factory.mktemp("real") / "notebook.sqlite")
    served = serve(build_app(Site(answer, archive, notebook)))
    yield served.address
    served.close()


@pytest.fixture(params=SCREENS, ids=screen_name)
def real_chat(
    request: pytest.FixtureRequest, contexts: Callable[[str, int], BrowserContext], real_address: str
) -> Iterator[Chat]:
    """The chat over the five articles, in light and dark, on a desk and on a telephone."""
    with contexts(*request.param).new_page() as page:
        yield Chat(page, real_address)


def test_every_marker_of_an_answer_marks_exactly_the_cited_characters(archive: Store, real_chat: Chat) -> None:
    answer = ask(ANSWERED, store=archive)
    assert answer.citations
    real_chat.ask(ANSWERED)
    for citation in answer.citations:
        real_chat.open(f"c-1-{citation.marker}")
        cited = archive.source_text(citation.source)[citation.start : citation.end]
        assert real_chat.marked() == [as_browsers_write(cited)]
        real_chat.scrolled_to_the_mark()
    said = real_chat.page.locator(".dl-text").all_inner_texts()
    assert said == [statement.text for statement in answer.statements]
    assert real_chat.elsewhere == []


def test_a_follow_up_is_asked_with_what_it_leaves_out_and_its_markers_work(archive: Store, real_chat: Chat) -> None:
    first = ask(ANSWERED, store=archive)
    second = ask(FOLLOW_UP, history=[Turn(ANSWERED, first)], store=archive)
    assert second.query != FOLLOW_UP
    real_chat.ask(ANSWERED)
    real_chat.ask(FOLLOW_UP)
    turn = real_chat.page.locator(".dl-turn").nth(1)
    assert second.query in turn.inner_text()
    assert turn.locator(".dl-text").all_inner_texts() == [statement.text for statement in second.statements]
    for citation in second.citations:
        real_chat.open(f"c-2-{citation.marker}")
        cited = archive.source_text(citation.source)[citation.start : citation.end]
        assert real_chat.marked() == [as_browsers_write(cited)]


def test_what_the_articles_do_not_say_is_a_card_and_no_answer(archive: Store, real_chat: Chat) -> None:
    answer = ask(NOT_SAID, store=archive)
    assert answer.abstained
    real_chat.ask(NOT_SAID)
    card = real_chat.page.locator(".dl-abstention")
    assert str(answer.reason) in card.inner_text()
    assert real_chat.page.locator("#conversation .dl-marker").count() == 0
    if answer.abstention and answer.abstention.nearest:
        near = answer.abstention.nearest[0]
        real_chat.open("p-1-1")
        assert real_chat.marked("near") == [as_browsers_write(archive.source_text(near.source)[near.start : near.end])]
        assert real_chat.marked() == []
