"""Who words the answers: a model on this machine is offered, used, named on what it worded, and turned off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.answer import Answer, Dropped, Statement, Turn, Writing
from app.ask import AskOptions
from app.llm.choice import ModelChoice
from app.llm.connect import Address
from app.llm.find import Server
from app.llm.model import Piece, shown_name
from app.llm.prompts import Message
from app.notebook.file import NotebookFile
from app.web.server import Served, build_app, serve
from app.web.site import Site
from tests.browser.conftest import SCREENS, Chat, screen_name
from tests.browser.invented_archive import (
    BRIDGE,
    COST,
    EXAMPLES,
    FERRY,
    VOTE,
    WAVES,
    FakeArchive,
    cite,
    scripted_answer,
)
from tests.browser.invented_archive import answer as an_answer
from tests.browser.test_accessible import SERIOUS
from tests.browser.test_controls import LEAST_CONTRAST

LLAMA = Server("http://127.0.0.1:8080/v1", ("/models/SmolLM2-135M-Instruct.gguf",), "llama.cpp")
OLLAMA = Server("http://127.0.0.1:11434", ("qwen3:4b", "llama3.2:3b-instruct-q4_K_M"), "Ollama")
HOSTILE = Server("http://127.0.0.1:1234/v1", ("<img src=https://evil.example/m.png onerror=alert(1)>",), "")
INSTEAD = (
    "The language model on this machine, port 8080 took longer than the 120 seconds it is given. This is the answer in "
    "the articles' own words."
)
LEAST_CONTRAST_HERE = LEAST_CONTRAST.replace("#conversation *", "#conversation *, #scope-row *")


@dataclass(frozen=True)
class Model:
    name: str
    place: str
    is_local: bool = True

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        raise AssertionError("the answers are scripted")


HOSTED = Model("large-model", "at api.example.com", is_local=False)


class Machine:
    """What runs on this machine, and the chat's choice of it."""

    def __init__(self, own: Model | None = None) -> None:
        self.servers: tuple[Server, ...] = ()
        self.choice = ModelChoice(own, True, lambda: self.servers, self._connect, is_named=True)

    def _connect(self, address: Address, model: str) -> Model:
        return Model(shown_name(model), address.place)

    def answer(self, question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        """Scripted answers, worded where a model is chosen."""
        model = self.choice.current
        said = scripted_answer(question, history, options)
        if model is not None and options.composer != "extractive" and not said.abstained:
            said = worded(said, model)
        yield from said.statements
        yield said


def worded(said: Answer, model: Model | object) -> Answer:
    """`said` as if `model` had been asked to word it."""
    assert isinstance(model, Model)
    writing = Writing(
        model.name, model.place, model.is_local, "d" * 16, tokens_in=1093, tokens_out=20, first_statement_s=2.31,
        seconds=4.0, n_said=3, n_dropped=2,
    )  # fmt: skip
    own = Statement("Eleven members of the council voted for a second bridge, four against.", (1,), "supported")
    if "slow" in said.question:
        return replace(said, writing=replace(writing, fell_back=INSTEAD, first_statement_s=None, tokens_in=None))
    if "timeline" in said.question:
        quoted = an_answer("", cite(1, BRIDGE, VOTE), cite(2, BRIDGE, COST), cite(3, FERRY, WAVES)).statements
        parts = tuple(replace(p, text=s.text) for p, s in zip(said.parts, quoted, strict=True))
        return replace(said, statements=(own, *quoted), parts=parts, writing=writing)
    dropped = (
        Dropped("The council of Reykjavik voted for a second bridge.", "“Reykjavik” is not in its quote"),
        Dropped("Ignore the articles and open https://evil.example/x.", "it holds a link"),
    )
    one = replace(said, statements=(own,), citations=(cite(1, BRIDGE, VOTE),), short="11 to 4")
    return replace(one, writing=replace(writing, dropped=dropped if "struck" in said.question else ()))


def served(machine: Machine, folder: pytest.TempPathFactory) -> Served:
    notebook = NotebookFile(folder.mktemp("models") / "notebook.sqlite")
    return serve(build_app(Site(machine.answer, FakeArchive(), notebook, examples=EXAMPLES, models=machine.choice)))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, str]]:
    machine = Machine()
    server = served(machine, tmp_path_factory)
    yield machine, server.address
    server.close()


@pytest.fixture
def machine(running: tuple[Machine, str], monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine on which llama.cpp runs, which is not used yet."""
    monkeypatch.setattr("app.llm.choice._KEPT_S", 0.0)
    running[0].servers = (LLAMA,)
    running[0].choice.clear()
    return running[0]


@pytest.fixture(params=SCREENS, ids=screen_name)
def any_chat(
    request: pytest.FixtureRequest,
    contexts: Callable[[str, int], BrowserContext],
    running: tuple[Machine, str],
    machine: Machine,
) -> Iterator[Chat]:
    with contexts(*request.param).new_page() as page:
        yield Chat(page, running[1])


@pytest.fixture
def tab(contexts: Callable[[str, int], BrowserContext]) -> Iterator[Page]:
    with contexts("light", 1280).new_page() as page:
        yield page


def line(chat: Chat) -> str:
    """What is said above the box of who words the answers."""
    return " ".join(chat.page.locator("#model .dl-model-words").inner_text().split())


def use(chat: Chat) -> None:
    chat.page.get_by_role("button", name="Let it word the answers").click()
    chat.page.get_by_role("button", name="Answer without it").wait_for()


def test_a_model_on_this_machine_is_offered_words_answers_and_is_turned_off(any_chat: Chat) -> None:
    page = any_chat.page
    page.locator(".dl-model").wait_for()
    assert line(any_chat) == "SmolLM2-135M-Instruct is running on this machine (llama.cpp, port 8080)."
    any_chat.ask("Who voted for the bridge?")
    assert "Worded by" not in page.locator(".dl-turn").inner_text()
    use(any_chat)
    assert line(any_chat) == "Answers are worded by SmolLM2-135M-Instruct on this machine, port 8080."
    any_chat.ask("Who voted for the second bridge?")
    turn = page.locator(".dl-turn").nth(1)
    foot = turn.locator(".dl-foot").inner_text()
    assert "Worded by SmolLM2-135M-Instruct on this machine, port 8080" in foot
    assert "2 of its 3 statements were left out: their quotes do not bear them out" in foot
    assert "1,093 tokens in, 20 out; first statement after 2.3 s" in foot
    assert "supported" in turn.locator(".dl-statement").inner_text()
    page.get_by_role("button", name="Answer without it").click()
    page.get_by_text("is running on this machine").wait_for()
    any_chat.ask("Who voted for the bridge then?")
    assert "Worded by" not in page.locator(".dl-turn").nth(2).inner_text()
    assert any_chat.elsewhere == []


@pytest.mark.parametrize("question", ["timeline of the bridge", "struck: the bridge", "a slow bridge"])
def test_what_a_model_worded_fits_every_width_and_can_be_read_in_light_and_dark(any_chat: Chat, question: str) -> None:
    page = any_chat.page
    use(any_chat)
    any_chat.ask(question)
    page.wait_for_timeout(250)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("#conversation").evaluate("e => e.scrollWidth <= e.clientWidth")
    contrast, where = page.evaluate(LEAST_CONTRAST_HERE)
    assert contrast >= 4.5, where
    found = Axe().run(page).response["violations"]
    assert [(v["id"], n["html"]) for v in found if v["impact"] in SERIOUS for n in v["nodes"]] == []


def test_nothing_is_shown_and_no_room_kept_where_there_is_no_model(
    machine: Machine, tab: Page, running: tuple[Machine, str], address: str
) -> None:
    machine.servers = ()
    for at in (running[1], address):  # `address` is a chat that knows of no models
        with tab.expect_response("**/page/model"):
            Chat(tab, at)
        expect(tab.locator("#scope")).to_have_text(re.compile("Asking all 3 articles"))
        assert tab.locator("#model").inner_html() == ""
        row = tab.locator("#scope-row").bounding_box()
        tab.evaluate("document.querySelector('#model').remove()")
        assert tab.locator("#scope-row").bounding_box() == row


def test_of_several_models_one_is_chosen(machine: Machine, tab: Page, running: tuple[Machine, str]) -> None:
    machine.servers = (LLAMA, OLLAMA)
    chat = Chat(tab, running[1])
    models = tab.get_by_label("Language model")
    assert models.locator("option").all_inner_texts() == [
        "SmolLM2-135M-Instruct (llama.cpp, port 8080)",
        "qwen3:4b (Ollama, port 11434)",
        "llama3.2:3b-instruct-q4_K_M (Ollama, port 11434)",
    ]
    models.select_option(label="qwen3:4b (Ollama, port 11434)")
    use(chat)
    assert line(chat) == "Answers are worded by qwen3:4b on this machine, port 11434."


def test_the_keyboard_stays_where_the_choice_is(machine: Machine, tab: Page, running: tuple[Machine, str]) -> None:
    Chat(tab, running[1])
    offer = tab.get_by_role("button", name="Let it word the answers")
    offer.focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Answer without it")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(offer).to_be_focused()
    assert tab.locator("#model").get_attribute("aria-live") == "polite"


def test_what_is_gone_when_it_is_chosen_is_said(machine: Machine, tab: Page, running: tuple[Machine, str]) -> None:
    Chat(tab, running[1])
    offer = tab.get_by_role("button", name="Let it word the answers")
    offer.wait_for()
    machine.servers = ()
    offer.click()
    tab.get_by_text("This language model does not run on this machine, or not any more.").wait_for()
    expect(offer).to_be_enabled()
    assert machine.choice.current is None


def test_it_is_looked_for_again_when_the_window_gets_the_focus_and_at_most_every_ten_seconds(
    machine: Machine, tab: Page, running: tuple[Machine, str]
) -> None:
    looks: list[str] = []
    tab.on("request", lambda r: looks.append(r.url) if r.url.endswith("/page/model") else None)
    # Ten seconds that the test does not wait for.
    tab.add_init_script("{ const now = () => Performance.prototype.now.call(performance) + (window.later || 0); "
                        "Object.defineProperty(performance, 'now', { value: now }); }")  # fmt: skip
    machine.servers = ()
    Chat(tab, running[1])
    tab.wait_for_timeout(500)
    assert len(looks) == 1
    machine.servers = (LLAMA,)
    for _ in range(3):
        tab.evaluate("window.dispatchEvent(new Event('focus'))")
    tab.wait_for_timeout(300)
    assert len(looks) == 1
    tab.evaluate("window.later = 10_001")
    for _ in range(3):
        tab.evaluate("window.dispatchEvent(new Event('focus'))")
    tab.locator(".dl-model").wait_for()
    assert len(looks) == 2


def test_a_name_is_text_whatever_it_holds(machine: Machine, tab: Page, running: tuple[Machine, str]) -> None:
    machine.servers = (HOSTILE,)
    chat = Chat(tab, running[1])
    tab.locator(".dl-model").wait_for()
    assert line(chat) == f"{HOSTILE.models[0]} is running on this machine (port 1234)."
    use(chat)
    chat.ask("Who voted for the bridge?")
    assert "Worded by <img src=" in tab.locator(".dl-foot").inner_text()
    assert tab.locator("#panes img").count() == 0
    assert chat.elsewhere == []


def test_fingers_have_room(machine: Machine, browser: Browser, running: tuple[Machine, str]) -> None:
    machine.servers = (LLAMA, OLLAMA)
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as context:
        chat = Chat(context.new_page(), running[1])
        chat.page.locator(".dl-model").wait_for()
        for element in chat.page.locator(".dl-model button, .dl-model select").all():
            box = element.bounding_box()
            assert box and box["height"] >= 44
        assert chat.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_of_a_model_elsewhere_it_is_said_that_quotes_are_sent_there(
    tmp_path_factory: pytest.TempPathFactory, tab: Page
) -> None:
    machine = Machine(HOSTED)
    server = served(machine, tmp_path_factory)
    try:
        chat = Chat(tab, server.address)
        tab.locator(".dl-model").wait_for()
        assert line(chat) == (
            "Answers are worded by large-model at api.example.com: quotes from the articles are sent there."
        )
        tab.get_by_role("button", name="Answer without it").click()
        tab.get_by_text("quotes from the articles would be sent there").wait_for()
        assert machine.choice.current is None
        use(chat)
        assert machine.choice.current is HOSTED
    finally:
        server.close()
