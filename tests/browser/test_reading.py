"""The source pane and the cards beside markers, in a real Chromium: what they show, and what keys and fingers do."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.notebook.file import NotebookFile
from app.web.server import build_app, serve
from app.web.site import Site
from ingest.article import Article, PublicationDate, Span, digest_bytes
from store.disk import DiskState
from tests.browser import invented_archive
from tests.browser.conftest import SCREENS, Chat, resting_place, screen_name
from tests.browser.invented_archive import (
    ARTICLES,
    BRIDGE,
    BRIDGE_TEXT,
    FERRY,
    FERRY_TEXT,
    HOSTILE,
    MAYOR,
    REPEATED,
    ROOMS,
    SECOND_TIME,
    VOTE,
    WAVES,
    FakeArchive,
    scripted_stream,
    span_of,
)
from tests.browser.test_page import as_browsers_write

COPY, LATER, LONG, ARABIC = "copy/ferry.txt", "later/bridge.txt", "long.txt", "arabic.txt"
WANTED = "The harbour at the end of it all was empty."
LONG_TEXT = (
    "A long story\n\nSubscribe now\n\n"
    + "\n\n".join(f"Paragraph {n}: the sea was grey, and nobody came to the harbour that day." for n in range(2700))
    + f"\n\nhttps://news.example/{'a' * 400} {'W' * 300} \U0001f6a2\u200d\U0001f373\n\n{WANTED}\n\nMost read\n"
)
SAID = "قال رئيس البلدية إن الجسر سيفتح في الربيع المقبل."
ARABIC_TEXT = f"Menu\nLogin\n\nالجسر الثاني\n\n{SAID} وأضاف أن الكلفة 84 مليون.\n\nShare\n"


def _article(source: str, text: str, headline: str, day: dt.date | None, first: str, last: str) -> Article:
    body = (Span(text.index(first), text.index(last) + len(last)),)
    published = PublicationDate(day, "the byline" if day else "no day is named")
    return Article(digest_bytes(text.encode()), (source,), headline, "Post", (), published, body, "f")


MORE = {
    COPY: (replace(ARTICLES[FERRY][0], sources=(COPY,), headline="Ferry stays in port, agency says"), FERRY_TEXT),
    LATER: (replace(ARTICLES[BRIDGE][0], sources=(LATER,), headline="Council votes again"), BRIDGE_TEXT),
    LONG: (_article(LONG, LONG_TEXT, "A long story", None, "A long", WANTED), LONG_TEXT),
    ARABIC: (_article(ARABIC, ARABIC_TEXT, "الجسر الثاني", dt.date(2020, 1, 2), "الجسر", "مليون."), ARABIC_TEXT),
}
ALL = {**ARTICLES, **MORE}
LONG_SPAN, ARABIC_SPAN = span_of(LONG_TEXT, WANTED), span_of(ARABIC_TEXT, SAID)


class ReadingArchive(FakeArchive):
    """The invented articles and some more; the ferry has a copy, the bridge a later version."""

    def __init__(self) -> None:
        self.on_disk: DiskState = "same"
        self.replaced: dict[str, str] = {}

    def copies(self, article_id: str) -> tuple[str, ...]:
        return (COPY,) if article_id == ARTICLES[FERRY][0].article_id else ()

    def versions(self, article_id: str) -> tuple[Article, ...]:
        newer = replace(MORE[LATER][0], published=PublicationDate(dt.date(2021, 3, 12), "the byline"))
        return (newer,) if article_id == ARTICLES[BRIDGE][0].article_id else ()

    def article(self, source: str) -> Article:
        return MORE[source][0] if source in MORE else super().article(source)

    def source_text(self, source: str) -> str:
        self.article(source)
        return self.replaced.get(source, ALL[source][1])

    def disk_state(self, source: str) -> DiskState:
        return self.on_disk


def answered(question: str, *, history: Sequence[Turn] = (), options: AskOptions) -> Iterator[Statement | Answer]:
    """Answers with citations of the articles above; else what the other browser tests are told."""
    places = {"long": (LONG, LONG_SPAN), "arabic": (ARABIC, ARABIC_SPAN)}
    named = [places[word] for word in places if word in question]
    if "across" in question:
        named = [(FERRY, SECOND_TIME), (BRIDGE, MAYOR), (FERRY, WAVES), (LONG, LONG_SPAN), (FERRY, ROOMS)]
    if not named:
        yield from scripted_stream(question, history=history, options=options)
        return
    citations = [cite(n, source, span) for n, (source, span) in enumerate(named, 1)]
    full = invented_archive.answer(question, *citations)
    full = replace(
        full,
        statements=tuple(replace(s, attribution="Mayor Ida Korn") if s.markers == (2,) else s for s in full.statements),
    )
    yield from full.statements
    yield full


def cite(marker: int, source: str, span: Span) -> invented_archive.Citation:
    article, text = ALL[source]
    citation = invented_archive.cite(marker, FERRY, SECOND_TIME)
    return replace(
        citation, source=source, start=span.start, end=span.end, quote=span.of(text), headline=article.headline,
        outlet=article.outlet, published=article.published.day, article_id=article.article_id,
    )  # fmt: skip


@pytest.fixture(scope="module")
def archive() -> ReadingArchive:
    return ReadingArchive()


@pytest.fixture(scope="module")
def reading_address(archive: ReadingArchive, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    notebook = NotebookFile(tmp_path_factory.mktemp("reading") / "notebook.sqlite")
    served = serve(build_app(Site(answered, archive, notebook)))
    yield served.address
    served.close()


@pytest.fixture
def chat(contexts: Callable[[str, int], BrowserContext], reading_address: str) -> Iterator[Chat]:
    with contexts("light", 1280).new_page() as page:
        yield Chat(page, reading_address)


@pytest.fixture(params=SCREENS, ids=screen_name)
def any_chat(
    request: pytest.FixtureRequest, contexts: Callable[[str, int], BrowserContext], reading_address: str
) -> Iterator[Chat]:
    with contexts(*request.param).new_page() as page:
        yield Chat(page, reading_address)


def card(page: Page) -> dict[str, str]:
    """The card that is shown, by the last word of its classes."""
    page.locator("#dl-card.dl-placed").wait_for()
    lines = page.locator("#dl-card p")
    return {str(e.get_attribute("class")).rpartition("-")[2]: e.inner_text() for e in lines.all()}


def bar(chat: Chat) -> str:
    return chat.page.locator("#pane .dl-passage").inner_text()


def copied(chat: Chat, button: str) -> str:
    """Press a button of the pane; what it put on the clipboard."""
    chat.page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    chat.page.locator("#pane").get_by_role("button", name=button, exact=True).click()
    chat.page.wait_for_function("window.copied")
    return str(chat.page.evaluate("window.copied"))


# --- cards ----------------------------------------------------------------------------------------------------------


def test_hovering_a_marker_shows_the_quote_and_who_published_it_and_never_covers_it(any_chat: Chat) -> None:
    any_chat.ask("Tell me across all")
    page = any_chat.page
    for n in range(5):
        marker = page.locator("a.dl-marker").nth(n)
        marker.scroll_into_view_if_needed()
        marker.hover()
        card(page)
        assert page.evaluate(
            """n => {
                const a = document.querySelectorAll('a.dl-marker')[n].getBoundingClientRect();
                const b = document.querySelector('#dl-card').getBoundingClientRect();
                const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
                const whole = b.left >= 0 && b.right <= window.innerWidth && b.top >= 0;
                return apart && whole && b.bottom <= window.innerHeight;
            }""",
            n,
        )
        page.mouse.move(2, 2)
        page.locator("#dl-card").wait_for(state="detached")
    page.locator("a[href='#c-1-2']").first.hover()
    assert card(page) == {
        "quote": f"“{MAYOR.of(BRIDGE_TEXT)}”",
        "said": "according to Mayor Ida Korn",
        "headline": "Council votes for a second bridge",
        "who": "Wend Courier · 9 March 2021",
    }
    assert page.locator("a.dl-marker[title]").count() == 0


def test_a_card_is_a_tooltip_of_its_marker_that_can_be_hovered_and_left(chat: Chat) -> None:
    chat.ask("Tell me across all")
    marker = chat.page.locator("a[href='#c-1-1']").first
    marker.hover()
    assert card(chat.page)["who"] == "Island News · date not known"
    assert chat.page.locator("#dl-card").get_attribute("role") == "tooltip"
    assert marker.get_attribute("aria-describedby") == "dl-card"
    chat.page.locator("#dl-card").hover()
    chat.page.wait_for_timeout(500)
    assert chat.page.locator("#dl-card").count() == 1
    chat.page.mouse.move(5, 700)
    chat.page.locator("#dl-card").wait_for(state="detached")
    assert marker.get_attribute("aria-describedby") is None


def test_a_card_comes_with_the_keyboard_and_goes_with_it_or_with_escape(chat: Chat) -> None:
    chat.ask("Tell me across all")
    page = chat.page
    page.locator(".dl-edit summary").first.focus()
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.matches('a[href=\"#c-1-1\"]')")
    assert card(page)["quote"] == f"“{REPEATED}”"
    page.keyboard.press("Escape")
    page.locator("#dl-card").wait_for(state="detached")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#c-1-1"
    page.keyboard.press("Tab")
    assert card(page)["headline"] == "Council votes for a second bridge"
    page.keyboard.press("Enter")
    chat.opened("c-1-2")
    assert page.locator("#dl-card").count() == 0
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.getAttribute('href') === '#c-1-2'")
    page.wait_for_timeout(500)
    assert page.locator("#dl-card").count() == 0  # the page put the keyboard there, nobody asked


def test_passing_over_a_marker_shows_no_card(chat: Chat) -> None:
    chat.ask("Tell me across all")
    chat.page.locator("a[href='#c-1-1']").first.hover()
    chat.page.mouse.move(5, 700)
    chat.page.wait_for_timeout(600)
    assert chat.page.locator("#dl-card").count() == 0


def test_words_of_a_stranger_in_a_card_are_words(chat: Chat) -> None:
    chat.ask("What did the mayor say?")
    chat.page.locator("a[href='#c-1-1']").first.hover()
    shown = card(chat.page)
    assert shown["headline"] == invented_archive.HOSTILE_HEADLINE
    assert "</mark></section><a href=" in shown["quote"]
    assert chat.page.locator("#dl-card :not(p)").count() == 0
    assert chat.page.evaluate("window.hacked") is None
    assert chat.elsewhere == []


def test_a_tap_opens_the_article_without_a_card(browser: Browser, reading_address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    chat = Chat(context.new_page(), reading_address)
    chat.ask("Tell me across all")
    chat.page.locator("a[href='#c-1-2']").first.tap()
    chat.opened("c-1-2")
    chat.page.wait_for_timeout(600)
    assert chat.page.locator("#dl-card").count() == 0
    context.close()


# --- walking --------------------------------------------------------------------------------------------------------


def test_keys_and_buttons_walk_all_citations_in_order_across_articles(chat: Chat) -> None:
    chat.ask("Tell me across all")
    chat.open("c-1-1")
    assert bar(chat) == "Passage 1 of 5, 3 marked here"
    assert chat.page.get_by_role("button", name="Previous passage").is_disabled()
    told = [REPEATED, MAYOR.of(BRIDGE_TEXT), WAVES.of(FERRY_TEXT), WANTED, ROOMS.of(FERRY_TEXT)]
    for n, quote in enumerate(told[1:], 2):
        if n % 2:
            chat.page.get_by_role("button", name="Next passage").click()
        else:
            chat.page.keyboard.press("n")
        chat.opened(f"c-1-{n}")
        assert chat.marked() == [as_browsers_write(quote)]
        assert bar(chat).startswith(f"Passage {n} of 5")
        expect(chat.page.locator(".dl-unseen[role=status]")).to_contain_text(f"Passage {n} of 5")
        assert chat.page.evaluate("dateline.opened") == f"c-1-{n}"
    chat.page.keyboard.press("n")
    chat.page.keyboard.press("p")
    chat.opened("c-1-4")
    chat.page.keyboard.press("Escape")
    assert chat.page.evaluate("document.activeElement.textContent") == "[4]"


def test_a_lighter_mark_becomes_the_current_one_by_mouse_and_by_keyboard(chat: Chat) -> None:
    chat.ask("Tell me across all")
    chat.open("c-1-1")
    chat.page.locator("mark.also[data-key='c-1-3']").first.click()
    chat.opened("c-1-3")
    assert chat.marked() == [as_browsers_write(WAVES.of(FERRY_TEXT))]
    chat.page.locator("mark.also[data-key='c-1-5']").first.focus()
    chat.page.keyboard.press("Enter")
    chat.opened("c-1-5")
    assert chat.page.locator("a[href='#c-1-5'][aria-current]").count() > 0


def test_selecting_text_opens_nothing(chat: Chat) -> None:
    chat.ask("Tell me across all")
    chat.open("c-1-1")
    box = resting_place(chat.page.locator("mark.also[data-key='c-1-3']").first)
    chat.page.mouse.move(box["x"] + 20, box["y"] + 40)
    chat.page.mouse.down()
    chat.page.mouse.move(box["x"] + 200, box["y"] + 40, steps=5)
    chat.page.mouse.up()
    assert len(str(chat.page.evaluate("getSelection().toString()"))) > 5
    chat.page.wait_for_timeout(300)
    assert chat.page.evaluate("dateline.opened") == "c-1-1"


def test_keys_do_nothing_while_something_is_typed(chat: Chat) -> None:
    chat.ask("Tell me across all")
    chat.open("c-1-1")
    chat.page.locator("#question textarea").focus()
    chat.page.keyboard.type("npn")
    chat.page.keyboard.press("Escape")
    assert chat.page.evaluate("dateline.opened") == "c-1-1"
    assert chat.page.locator("#question textarea").input_value() == "npn"


def test_what_was_counted_retrieved_or_nearest_can_be_walked_too(chat: Chat) -> None:
    chat.ask("count the council")
    chat.page.locator("details.dl-more summary").first.click()
    chat.open("t-1-1")
    assert bar(chat) == "Passage 1 of 3"
    chat.page.keyboard.press("n")
    chat.opened("t-1-2")
    assert chat.marked() == [as_browsers_write(WAVES.of(FERRY_TEXT))]
    chat.ask("How tall is the tower?")
    chat.open("p-2-1")
    chat.page.keyboard.press("n")
    chat.opened("p-2-2")
    chat.ask("Will the ferry sail?")
    chat.page.locator("details.dl-more summary").last.click()
    chat.open("h-3-1")
    chat.page.keyboard.press("n")
    chat.opened("h-3-2")
    assert chat.marked("near") == ["Crews checked"]
    assert len(chat.marked("also")) == 3  # what is cited there


def test_an_answer_asked_again_leaves_no_numbers_that_lead_nowhere(chat: Chat) -> None:
    chat.ask("Tell me across all")
    chat.open("c-1-1")
    chat.page.get_by_role("button", name="Ask again").click()
    chat.page.locator("#pane .dl-passage").wait_for(state="detached")
    assert chat.page.locator("#pane mark[data-key]").count() == 0
    assert chat.marked() == [REPEATED]
    chat.open("c-1-2")
    assert chat.marked() == [MAYOR.of(BRIDGE_TEXT)]


# --- copying --------------------------------------------------------------------------------------------------------


def test_a_quote_is_copied_with_and_without_its_attribution(chat: Chat) -> None:
    chat.ask("Tell me across all")
    chat.open("c-1-2")
    assert copied(chat, "Copy quote") == MAYOR.of(BRIDGE_TEXT)
    expect(chat.page.locator("#dl-say")).to_have_text("Quote copied.")
    chat.page.evaluate("window.copied = null")
    told = f"“{MAYOR.of(BRIDGE_TEXT)}” — Council votes for a second bridge, Wend Courier, 9 March 2021 "
    assert copied(chat, "Copy with attribution") == f"{told}(bridge.txt, characters {MAYOR.start}–{MAYOR.end})"
    expect(chat.page.locator("#dl-say")).to_have_text("Quote with attribution copied.")


# --- the page as scraped --------------------------------------------------------------------------------------------


def test_the_page_as_scraped_keeps_mark_and_position_and_goes_back(any_chat: Chat) -> None:
    any_chat.ask("Tell me across all")
    any_chat.open("c-1-5")
    any_chat.scrolled_to_the_mark()
    any_chat.page.wait_for_timeout(600)
    top = "document.querySelector('#pane mark.cited').getBoundingClientRect().top"
    before = any_chat.page.evaluate(top)
    switch = any_chat.page.locator("#pane [data-do=scraped]")
    for pressed in ("true", "false"):
        switch.evaluate("button => button.click()")
        any_chat.page.locator(f"#pane [data-do=scraped][aria-pressed={pressed}]").wait_for()
        assert abs(any_chat.page.evaluate(top) - before) < 2
        assert any_chat.marked() == [as_browsers_write(ROOMS.of(FERRY_TEXT))]
        assert any_chat.page.locator("#pane .dl-fold").count() == (0 if pressed == "true" else 3)
        assert any_chat.page.evaluate("document.activeElement.dataset.do") == "scraped"
        if pressed == "true":
            shown = any_chat.page.locator(".dl-source-text").evaluate("e => e.textContent")
            assert shown == as_browsers_write(FERRY_TEXT)
            assert any_chat.page.locator(".dl-furniture").first.is_visible()


def test_the_place_in_the_text_is_kept_where_the_mark_is_out_of_sight(chat: Chat) -> None:
    chat.ask("a long one")
    chat.open("c-1-1")
    place = """() => {
        const at = document.caretRangeFromPoint(900, 300);
        return at.startContainer.textContent.match(/Paragraph (\\d+)/)[1];
    }"""
    chat.page.evaluate("document.querySelector('#source').scrollTo({ top: 40000, behavior: 'instant' })")
    before = int(chat.page.evaluate(place))
    chat.page.locator("#pane [data-do=scraped]").click()
    chat.page.locator("#pane [data-do=scraped][aria-pressed=true]").wait_for()
    assert abs(int(chat.page.evaluate(place)) - before) <= 1


# --- other articles -------------------------------------------------------------------------------------------------


def test_copies_and_versions_open_in_the_pane_and_the_way_back_is_there(chat: Chat) -> None:
    chat.ask("Tell me across all")
    chat.open("c-1-2")
    header = chat.page.locator(".dl-source-header")
    assert "Later version\nlater/bridge.txt (12 March 2021)" in header.inner_text()
    header.get_by_role("button", name="later/bridge.txt").click()
    chat.page.locator(".dl-source h2", has_text="Council votes again").wait_for()
    assert chat.page.locator("#pane mark").count() == 0
    chat.page.get_by_role("button", name="Back to the passage").click()
    chat.opened("c-1-2")
    chat.open("c-1-1")
    header.get_by_role("button", name=COPY).click()
    chat.page.locator(".dl-source h2", has_text="agency says").wait_for()
    chat.page.keyboard.press("Escape")
    assert chat.page.evaluate("document.activeElement.getAttribute('href')") == "#c-1-1"


def test_any_article_can_be_opened_at_any_place(chat: Chat) -> None:
    chat.page.evaluate("([s, a, b]) => dateline.openArticle(s, a, b)", [BRIDGE, VOTE.start, VOTE.end])
    chat.page.locator("mark.cited").wait_for()
    assert chat.marked() == [VOTE.of(BRIDGE_TEXT)]
    chat.page.evaluate("s => dateline.fill('/page/article?source=' + encodeURIComponent(s))", HOSTILE)
    chat.page.locator(".dl-source h2", has_text="onerror").wait_for()
    assert chat.page.locator("#pane mark").count() == 0
    chat.page.evaluate("([s, a, b]) => dateline.openArticle(s, a, b)", [BRIDGE, 5, 99_999])
    chat.page.locator(".dl-notice", has_text="no such place").wait_for()
    chat.page.evaluate("dateline.openArticle('<b>gone</b>.txt')")
    message = "The archive holds no article at <b>gone</b>.txt."
    chat.page.locator("#pane .dl-error", has_text=message).wait_for()


def test_every_button_of_the_pane_can_be_seen_and_hit(any_chat: Chat) -> None:
    any_chat.ask("Tell me across all")
    any_chat.open("c-1-1")
    any_chat.scrolled_to_the_mark()
    any_chat.page.evaluate(
        "document.querySelector('.dl-source h2').scrollIntoView({ block: 'end', behavior: 'instant' })"
    )
    names = any_chat.page.locator("#pane button:visible").all_inner_texts()
    assert {"Back to the answer", "Copy quote", "Copy with attribution", "Page as scraped"} <= set(names)
    missed = """() => [...document.querySelectorAll('#pane button')].filter(b => b.checkVisibility()).filter(b => {
        b.scrollIntoView({ block: 'nearest', behavior: 'instant' });
        const at = b.getBoundingClientRect();
        return !b.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2));
    }).map(b => b.textContent)"""
    assert any_chat.page.evaluate(missed) == []


# --- files that changed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "told"), [("changed", "has changed on disk"), ("gone", "no longer where")])
def test_a_file_that_changed_on_disk_is_told_and_the_kept_text_stays_marked(
    chat: Chat, archive: ReadingArchive, state: DiskState, told: str
) -> None:
    chat.ask("Tell me across all")
    archive.on_disk = state
    try:
        chat.open("c-1-1")
    finally:
        archive.on_disk = "same"
    assert told in chat.page.locator(".dl-notice").inner_text()
    assert chat.marked() == [REPEATED]


def test_where_the_text_no_longer_holds_the_quote_nothing_is_marked(chat: Chat, archive: ReadingArchive) -> None:
    chat.ask("Tell me across all")
    archive.replaced[BRIDGE] = BRIDGE_TEXT.replace("thirty", "forty-year")
    try:
        chat.open("c-1-2")
    finally:
        archive.replaced.clear()
    assert chat.page.locator("#pane mark").count() == 0
    assert "nothing is marked" in chat.page.locator(".dl-notice").inner_text()
    assert chat.page.get_by_role("button", name="Copy quote").count() == 0


# --- narrow pages, long and right-to-left articles ------------------------------------------------------------------


def test_a_narrow_page_shows_the_mark_and_leads_back_to_the_marker(
    contexts: Callable[[str, int], BrowserContext], reading_address: str
) -> None:
    with contexts("light", 390).new_page() as page:
        chat = Chat(page, reading_address)
        chat.ask("Tell me across all")
        for key in ("c-1-4", "c-1-1"):
            chat.open(key)
            chat.scrolled_to_the_mark()
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            back = page.get_by_role("button", name="Back to the answer")
            expect(back).to_be_in_viewport()
            back.click()
            expect(page.locator(f"a[href='#{key}']").first).to_be_in_viewport()
            assert page.evaluate("document.activeElement.getAttribute('href')") == f"#{key}"


def test_a_very_long_article_opens_at_once_and_at_the_mark(chat: Chat, reading_address: str) -> None:
    assert len(LONG_TEXT) > 200_000
    chat.ask("a long one")
    chat.open("c-1-1")
    chat.scrolled_to_the_mark()
    assert chat.marked() == [WANTED]
    key = chat.page.evaluate("dateline.conversation()")
    took = []
    for _ in range(3):
        started = time.process_time()  # the server is in this process; the machine may have other things to do
        chat.page.request.get(f"{reading_address}/page/source?conversation={key}&key=c-1-1")
        took.append(time.process_time() - started)
    assert min(took) < 0.3
    assert chat.page.evaluate(
        "document.querySelector('#source').scrollWidth <= document.querySelector('#source').clientWidth"
    )


def test_right_to_left_text_starts_at_the_right_whatever_stands_around_it(chat: Chat) -> None:
    chat.ask("arabic")
    chat.open("c-1-1")
    assert chat.marked() == [SAID]
    for view in ("article", "scraped"):
        if view == "scraped":
            chat.page.locator("#pane [data-do=scraped]").click()
            chat.page.locator(".dl-legend").wait_for()
        gaps = chat.page.evaluate(
            """() => {
                const mark = document.querySelector('mark.cited').getClientRects()[0];
                const text = document.querySelector('.dl-source-text').getBoundingClientRect();
                return [mark.left - text.left, text.right - mark.right];
            }"""
        )
        assert gaps[1] < 2 < gaps[0]


def test_the_pane_has_a_name_a_heading_and_marks_that_the_keyboard_reaches(chat: Chat) -> None:
    chat.ask("Tell me across all")
    chat.open("c-1-1")
    region = chat.page.get_by_role("region", name="Source article")
    assert region.get_by_role("heading", level=2).inner_text() == "Storm keeps the Lerwick ferry in port"
    assert region.get_by_role("group", name="With this article").get_by_role("button").count() == 3
    chat.page.locator("mark.also").first.focus()
    assert chat.page.evaluate("document.activeElement.matches('mark.also')")
