"""How answers look and behave in a real Chromium: pictures of time, chips, offered questions, calm streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page

from app.notebook.file import NotebookFile
from app.web.server import build_app, serve
from app.web.site import Site
from tests.browser.conftest import SCREENS, Chat, screen_name
from tests.browser.invented_answers import LONG_QUERY, NoArticles, looking_stream
from tests.browser.invented_archive import BRIDGE_TEXT, EXAMPLES, VOTE, FakeArchive
from tests.browser.test_controls import LEAST_CONTRAST

TIMELINES = ("three days", "a year", "centuries")
# Boxes of the flags of a timeline: which of them meet, or stick out of the picture.
BAD_FLAGS = """() => {
    const picture = [...document.querySelectorAll('.dl-picture')].pop();
    const frame = picture.getBoundingClientRect();
    const flags = [...picture.querySelectorAll('.dl-happened')].map(a => {
        const boxes = [...a.querySelectorAll('.dl-flag')].map(t => t.getBoundingClientRect());
        const [least, most] = [Math.min, Math.max].map(of => (side) => of(...boxes.map(b => b[side])));
        const [left, right, top, bottom] = [least('left'), most('right'), least('top'), most('bottom')];
        return {words: a.textContent, left, right, top, bottom};
    });
    const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
    return flags.filter((a, n) => a.left < frame.left || a.right > frame.right || a.bottom > frame.bottom
        || flags.some((b, m) => m > n && meet(a, b))).map(a => a.words);
}"""
# Where the first statement of the last turn is in each frame, and how much the page moved by itself.
WATCH = """() => {
    window.tops = []; window.shifted = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) window.shifted += entry.value;
    }).observe({type: 'layout-shift', buffered: false});
    const watch = () => {
        const frame = document.querySelector('#conversation').getBoundingClientRect().top;
        const turns = document.querySelectorAll('.dl-turn');
        const texts = turns.length ? [...turns[turns.length - 1].querySelectorAll('.dl-statement .dl-text')] : [];
        const first = texts.find(t => t.checkVisibility() && t.textContent.startsWith('The town council voted'));
        if (first) window.tops.push(Math.round(first.getBoundingClientRect().top - frame));
        requestAnimationFrame(watch);
    };
    watch();
}"""


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    notebook = NotebookFile(tmp_path_factory.mktemp("looks") / "notebook.sqlite")
    served = serve(build_app(Site(looking_stream, FakeArchive(), notebook, examples=EXAMPLES)))
    yield served.address
    served.close()


@pytest.fixture(params=SCREENS, ids=screen_name)
def any_look(
    request: pytest.FixtureRequest, contexts: Callable[[str, int], BrowserContext], looks: str
) -> Iterator[Chat]:
    with contexts(*request.param).new_page() as page:
        yield Chat(page, looks)


@pytest.fixture
def look(contexts: Callable[[str, int], BrowserContext], looks: str) -> Iterator[Chat]:
    with contexts("light", 1280).new_page() as page:
        yield Chat(page, looks)


@pytest.mark.parametrize("question", [*TIMELINES, "badges", "scoped", "How tall is the tower?", "make it crash"])
def test_everything_fits_every_width_and_can_be_read_in_light_and_dark(any_look: Chat, question: str) -> None:
    any_look.ask(question)
    page = any_look.page
    page.wait_for_timeout(250)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("#conversation").evaluate("e => e.scrollWidth <= e.clientWidth")
    contrast, where = page.evaluate(LEAST_CONTRAST)
    assert contrast >= 4.5, where


def test_the_flags_of_a_timeline_keep_out_of_each_others_way(
    looks: str, contexts: Callable[..., BrowserContext]
) -> None:
    for width in (390, 900, 1280):
        with contexts("light", width).new_page() as page:
            chat = Chat(page, looks)
            for question in TIMELINES:
                chat.ask(question)
                assert page.evaluate(BAD_FLAGS) == [], (width, question)


def test_an_event_of_the_picture_opens_its_article_by_mouse_and_by_keyboard(look: Chat) -> None:
    look.ask("centuries")
    look.page.locator(".dl-happened[href='#c-1-1'] .dl-flag").first.click()
    look.opened("c-1-1")
    assert look.marked() == [VOTE.of(BRIDGE_TEXT)]
    look.page.locator(".dl-happened[href='#c-1-2']").first.focus()
    look.page.keyboard.press("Enter")
    look.opened("c-1-2")
    look.page.keyboard.press("Escape")
    assert look.page.evaluate("document.activeElement.getAttribute('href')") == "#c-1-2"


def test_the_words_that_were_searched_for_can_be_taken_back_with_one_click(look: Chat) -> None:
    look.ask("Who voted for the bridge?")
    look.ask("scoped")
    chip = look.page.locator(".dl-words")
    assert LONG_QUERY in chip.inner_text()
    look.page.get_by_role("button", name="Search as I typed it, and ask again").click()
    look.page.locator(".dl-words", has_text="searched exactly as typed").wait_for()
    assert look.page.locator(".dl-turn").count() == 2
    look.page.get_by_role("button", name="Read the question in the light of the conversation again").click()
    look.page.locator(".dl-words", has_text=LONG_QUERY).wait_for()


def test_what_the_question_was_narrowed_to_is_a_chip_that_asks_again_without_it(look: Chat) -> None:
    look.page.evaluate(
        "window.dateline.setScope({sources: ['bridge.txt', 'news'], from: '2020-01-01', to: '2020-06-30'})"
    )
    look.ask("scoped")
    row = look.page.locator(".dl-filters")
    assert "asked only of bridge.txt and news ✕" in row.inner_text().replace("\n", " ")
    look.page.get_by_role("button", name="Ask again of any day").click()
    look.page.locator("[data-change='any-day']").wait_for(state="detached")
    look.page.get_by_role("button", name="Ask all sources again").click()
    look.page.locator("[data-change='any-source']").wait_for(state="detached")
    assert look.page.locator(".dl-turn").count() == 1


def test_badges_differ_by_word_and_form_and_say_what_they_mean(look: Chat) -> None:
    look.ask("badges")
    badges = look.page.locator(".dl-statement .dl-badge")
    forms = badges.evaluate_all(
        "badges => badges.map(b => getComputedStyle(b, '::before').content + getComputedStyle(b).borderStyle)"
    )
    assert len(set(forms)) == 3
    look.page.get_by_text("What the badges mean").click()
    assert "the cited words do not bear this out" in look.page.locator(".dl-meanings").inner_text()


def test_beside_an_abstention_questions_are_offered_that_have_an_answer(look: Chat) -> None:
    look.ask("How tall is the tower?")
    offered = look.page.locator(".dl-suggestions .dl-example")
    offered.first.wait_for()
    question = offered.first.inner_text()
    offered.first.click()
    look.page.locator(".dl-turn").nth(1).locator(".dl-statement").first.wait_for()
    assert look.page.locator(".dl-question").nth(1).inner_text() == question
    assert offered.first.is_visible()  # still there, and not looked for again
    assert look.page.locator(".dl-sought").count() == 0


def test_the_welcome_says_what_there_is_and_comes_back_with_a_new_conversation(look: Chat) -> None:
    welcome = look.page.locator(".dl-welcome")
    assert "3 articles · 3 outlets · 9 March 2021 – 2 January 2022 · 1 without a date" in welcome.inner_text()
    look.ask("badges")
    look.page.get_by_role("button", name="New conversation").click()
    welcome.wait_for()
    assert welcome.locator(".dl-example").count() == len(EXAMPLES)


def test_an_empty_archive_leads_to_where_articles_are_added(
    contexts: Callable[[str, int], BrowserContext], tmp_path_factory: pytest.TempPathFactory
) -> None:
    notebook = NotebookFile(tmp_path_factory.mktemp("empty") / "notebook.sqlite")
    served = serve(build_app(Site(looking_stream, NoArticles(), notebook)))
    with contexts("light", 1280).new_page() as page:
        chat = Chat(page, served.address)
        assert "Nothing is here yet" in page.locator(".dl-welcome").inner_text()
        chat.page.get_by_role("button", name="Add articles", exact=True).click()
        assert page.evaluate("document.body.dataset.view") == "archive"
    served.close()


def test_examples_are_made_of_the_articles_when_none_are_given(
    contexts: Callable[[str, int], BrowserContext], tmp_path_factory: pytest.TempPathFactory
) -> None:
    notebook = NotebookFile(tmp_path_factory.mktemp("made") / "notebook.sqlite")
    served = serve(build_app(Site(looking_stream, FakeArchive(), notebook)))
    with contexts("light", 1280).new_page() as page:
        Chat(page, served.address)
        page.locator(".dl-welcome[data-whole='true']").wait_for()
        assert page.locator(".dl-coming").count() == 0
    served.close()


def test_a_failure_offers_to_ask_again_and_to_edit_the_question(look: Chat) -> None:
    look.ask("make it crash")
    look.page.get_by_role("button", name="Edit the question").click()
    field = look.page.get_by_label("Your question").first
    assert field.input_value() == "make it crash"
    field.fill("badges")
    look.page.keyboard.press("Enter")
    look.page.locator(".dl-short").wait_for()
    assert look.page.locator(".dl-error").count() == 0


def settled(page: Page, turn: Locator) -> None:
    turn.locator(".dl-done").wait_for()
    page.wait_for_timeout(300)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("question", ["slow", "slow, differing", "slow list", "slow timeline"])
def test_what_is_read_does_not_move_while_the_rest_of_the_answer_comes(
    contexts: Callable[[str, int], BrowserContext], looks: str, width: int, question: str
) -> None:
    with contexts("light", width).new_page() as page:
        chat = Chat(page, looks)
        page.evaluate(WATCH)
        page.locator("#question textarea").fill(question)
        page.keyboard.press("Enter")
        settled(page, page.locator(".dl-turn").first)
        tops = page.evaluate("window.tops")
        assert len(tops) > 20
        assert max(tops) - min(tops) <= 2, sorted(set(tops))
        assert page.evaluate("window.shifted") <= 0.05
        if question != "slow":
            page.get_by_role("button", name="The answer begins above").click()
            page.locator(".dl-above").wait_for(state="detached")
            lead = page.locator(".dl-lead").bounding_box()
            assert lead and lead["y"] > 0
        assert chat.elsewhere == []


def test_waiting_is_calm_and_still_for_those_who_want_no_motion(look: Chat) -> None:
    for motion, names in (("no-preference", "dl-breathe"), ("reduce", "none")):
        look.page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
        look.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p class=dl-reading id=tried>…</p>')")
        # Styles of the page hold within Gradio's container.
        look.page.evaluate("document.querySelector('.contain').append(document.querySelector('#tried'))")
        name = look.page.evaluate("getComputedStyle(document.querySelector('#tried'), '::before').animationName")
        assert name == names
        look.page.evaluate("document.querySelector('#tried').remove()")
