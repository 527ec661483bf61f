"""The archive view in a real browser: the list, the days, what is opened, and what questions are asked of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.notebook.file import NotebookFile
from app.web.server import build_app, serve
from app.web.site import Site
from ingest.article import Article, PublicationDate, Span
from ingest.errors import UnknownSourceError
from tests.browser.conftest import SCREENS, Chat, resting_place, screen_name
from tests.browser.invented_archive import HOSTILE, HOSTILE_HEADLINE, scripted_stream

TEXT = "The ferry ran aground in fog."
OUTLETS = ("Island News", "Wend Courier", "The Wend Valley Evening Advertiser", None)


def _article(n: int) -> Article:
    day = None if n % 10 == 9 else dt.date(2019, 1 + n % 12, 1 + n % 28)
    source = HOSTILE if n == 3 else f"{day.year if day else 'undated'}/week-{n % 3}/article-{n}.txt"
    headline = (
        HOSTILE_HEADLINE if n == 3 else f"Ferry number {n} stays in port" if n % 2 else f"Council votes on bridge {n}"
    )
    published = PublicationDate(day, "the line under the headline" if day else "no line states a day")
    return Article(
        f"{n:064}", (source,), headline, OUTLETS[n % 4], ("Ida Korn",), published, (Span(0, 9),), f"{n}",
        language="de" if n % 7 == 0 else "en", label="opinion" if n == 4 else None,
        notes=("read as cp1252",) * (n == 5),
    )  # fmt: skip


class Shelf:
    """A hundred and twenty invented articles, read as a Store is; of some nothing is held any more."""

    def __init__(self) -> None:
        self.generation = 1
        self.held = tuple(_article(n) for n in range(120))

    def articles(self) -> tuple[Article, ...]:
        return self.held

    def passage_counts(self) -> dict[str, int]:
        return {a.article_id: n % 5 for n, a in enumerate(self.held)}

    def stories(self, article_ids: Sequence[str]) -> dict[str, str]:
        return {f"{n:064}": f"{n - n % 5:064}" for n in range(50)}

    def version_pairs(self) -> tuple[tuple[str, str], ...]:
        return ((f"{0:064}", f"{5:064}"),)

    def holding(self, word: str, *, begins: bool = False) -> frozenset[str]:
        return frozenset(a.article_id for a in self.held[:7]) if word == "aground" else frozenset()

    def copies(self, article_id: str) -> tuple[str, ...]:
        return ()

    def versions(self, article_id: str) -> tuple[Article, ...]:
        return ()

    def article(self, source: str) -> Article:
        for article in self.held:
            if source in article.sources:
                return article
        raise UnknownSourceError(f"no article is named {source!r}")

    def source_text(self, source: str) -> str:
        self.article(source)
        return TEXT


ARCHIVE = Shelf()
ASKED: list[AskOptions] = []


def recorded(question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
    ASKED.append(options)
    yield from scripted_stream(question, history=history, options=options)


@pytest.fixture(scope="module")
def reading_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    notebook = NotebookFile(tmp_path_factory.mktemp("library") / "notebook.sqlite")
    served = serve(build_app(Site(recorded, ARCHIVE, notebook)))
    yield served.address
    served.close()


@pytest.fixture
def opened(contexts: Callable[[str, int], BrowserContext], reading_room: str) -> Iterator[Chat]:
    with contexts("light", 1280).new_page() as page:
        yield _archive_view(page, reading_room)


@pytest.fixture(params=SCREENS, ids=screen_name)
def opened_anywhere(
    request: pytest.FixtureRequest, contexts: Callable[[str, int], BrowserContext], reading_room: str
) -> Iterator[Chat]:
    with contexts(*request.param).new_page() as page:
        yield _archive_view(page, reading_room)


def _archive_view(page: Page, address: str) -> Chat:
    chat = Chat(page, address)
    page.locator("#tab-archive").click()
    page.locator(".dl-open-article").first.wait_for()
    return chat


def matches(page: Page, words: str) -> None:
    expect(page.locator(".dl-lib-matches")).to_contain_text(words)


def asked_of(page: Page, words: str) -> None:
    expect(page.locator(".dl-asked")).to_contain_text(words)


def ask(chat: Chat, question: str = "Who voted?") -> AskOptions:
    chat.page.locator("#tab-chat").click()
    chat.ask(question)
    return ASKED[-1]


def test_the_list_fits_and_nothing_in_it_comes_alive(opened_anywhere: Chat) -> None:
    page = opened_anywhere.page
    matches(page, "120 articles")
    assert page.locator("#view-archive > :first-child").get_attribute("id") == "intake"
    page.get_by_role("searchbox", name="Search the articles").fill("evil.example")
    matches(page, "1 of 120")
    expect(page.locator(".dl-open-article")).to_have_text(HOSTILE_HEADLINE)
    assert page.locator("#view-archive img, #view-archive script").count() == 0
    assert opened_anywhere.elsewhere == []
    width = page.evaluate("document.querySelector('#archive').scrollWidth")
    assert width <= page.evaluate("document.querySelector('#archive').clientWidth")


def test_words_are_looked_for_as_they_are_typed_and_in_the_text(opened: Chat) -> None:
    page = opened.page
    search = page.get_by_role("searchbox", name="Search the articles")
    search.press_sequentially("bridge 11")
    matches(page, "match")
    search.fill("aground")
    matches(page, "7 of 120")
    search.fill("nothing at all")
    expect(page.get_by_text("No article matches")).to_be_visible()
    page.locator(".dl-lib-nothing button").click()
    matches(page, "120 articles")
    expect(search).to_be_focused()


def test_columns_are_sorted_from_the_keyboard(opened: Chat) -> None:
    page = opened.page
    heading = page.locator(".dl-table thead .dl-col-headline")
    assert heading.get_attribute("aria-sort") == "none"
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".dl-table thead .dl-col-headline")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator(".dl-open-article").nth(1)).to_contain_text("Council votes on bridge 0")
    expect(page.locator(".dl-table thead .dl-col-headline button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".dl-table thead .dl-col-headline")).to_have_attribute("aria-sort", "descending")


def test_filters_are_combined_and_taken_away_one_by_one(opened: Chat) -> None:
    page = opened.page
    page.locator(".dl-menu summary", has_text="Outlet").click()
    page.locator(".dl-menu-items label", has_text="Wend Courier").click()
    matches(page, "30 of 120")
    page.keyboard.press("Escape")
    page.locator(".dl-menu summary", has_text="Language").click()
    page.locator(".dl-menu-items label", has_text="German").click()
    matches(page, "4 of 120")
    page.get_by_role("button", name="Show again without: Wend Courier").click()
    matches(page, "18 of 120")
    page.get_by_role("button", name="clear filters").click()
    matches(page, "120 articles")


def test_days_are_narrowed_by_keyboard_and_by_hand_and_then_asked_within(opened: Chat) -> None:
    page = opened.page
    start = page.get_by_role("slider", name="Published from")
    before = start.get_attribute("aria-valuetext")
    start.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert start.get_attribute("aria-valuetext") == "from 2019-04-01" != before
    expect(start).to_be_focused()
    expect(page.locator(".dl-lib-chips")).to_contain_text("since 2019-04")
    plot = resting_place(page.locator(".dl-plot"))
    bar = plot["width"] / 12
    page.mouse.move(plot["x"] + 4.5 * bar, plot["y"] + 30)
    page.mouse.down()
    page.mouse.move(plot["x"] + 5.5 * bar, plot["y"] + 30, steps=4)
    page.mouse.up()
    expect(page.locator(".dl-lib-chips")).to_contain_text("2019-05 to 2019-06")
    page.get_by_role("button", name="Ask within these days").click()
    asked_of(page, "2019-05 to 2019-06")
    filters = ask(opened).filters
    assert filters
    assert (filters.published_from, filters.published_to) == (dt.date(2019, 5, 1), dt.date(2019, 6, 30))
    assert not filters.undated


def test_each_bar_of_the_days_is_as_high_as_its_articles_are_many(opened_anywhere: Chat) -> None:
    bars = opened_anywhere.page.locator(".dl-plot rect")
    expect(bars.first).to_be_attached()
    drawn = bars.evaluate_all(
        """all => all.map(bar => [bar.getAttribute('height') / 60 * bar.ownerSVGElement.getBoundingClientRect().height,
                                 bar.getBoundingClientRect().height])"""
    )
    assert max(wished for wished, _ in drawn) > 40
    for wished, height in drawn:
        assert height == pytest.approx(wished, abs=1)


def test_undated_articles_stand_apart(opened: Chat) -> None:
    page = opened.page
    page.get_by_label("only the 12 without a known day").check()
    matches(page, "12 of 120")
    basis = page.locator(".dl-tip", has_text="date not known").first
    basis.focus()
    assert "no line states a day" in str(basis.get_attribute("aria-label"))


def test_what_is_ticked_is_asked_and_kept_over_a_reload(opened: Chat) -> None:
    page = opened.page
    for n in (0, 1):
        page.locator("tbody .dl-col-tick input").nth(n).check()
        asked_of(page, f"{n + 1} of 120")
    sources = [
        str(t) for t in page.locator("tbody .dl-col-file bdi").evaluate_all("f => f.slice(0, 2).map(b => b.title)")
    ]
    page.reload()
    expect(page.locator("#scope")).to_contain_text("only 2 articles")
    expect(page.locator("#scope")).to_contain_text("2 of 120 articles")
    filters = ask(opened).filters
    assert filters
    assert set(filters.sources) == set(sources)
    page.get_by_role("button", name="Remove: only 2 articles").click()
    expect(page.locator("#scope")).to_contain_text("Asking all 120 articles")


def test_an_outlet_and_a_folder_are_ticked_whole_and_an_article_taken_out(opened: Chat) -> None:
    page = opened.page
    page.locator("[data-group=outlet]").click()
    page.get_by_label("Ask of: Wend Courier").check()
    asked_of(page, "30 of 120")
    page.locator("[data-group=folder]").click()
    page.get_by_role("button", name="undated/").click()
    page.get_by_label("Ask of: undated/week-0/").check()
    asked_of(page, "folder undated/week-0/")
    page.locator("[data-group='']").click()
    page.get_by_role("searchbox", name="Search the articles").fill("Wend Courier")
    matches(page, "30 of 120")
    page.locator("tbody .dl-col-tick input").first.uncheck()
    asked_of(page, "without 1 article")
    assert page.evaluate("JSON.stringify(dateline.scope).length") < 400
    filters = ask(opened).filters
    assert filters
    assert len(filters.sources) == 30 + 4 - 2 - 1  # two of the folder are the outlet's own


def test_all_that_is_shown_is_asked_with_one_tick(opened: Chat) -> None:
    page = opened.page
    page.get_by_role("searchbox", name="Search the articles").fill("bridge")
    matches(page, "60 of 120")
    page.get_by_label("Ask of all 60 articles shown").check()
    asked_of(page, "60 of 120")
    expect(page.locator("tbody .dl-col-tick input").first).to_be_checked()
    page.get_by_label("Ask of all 60 articles shown").uncheck()
    expect(page.locator(".dl-asked")).to_contain_text("Tick articles")


def test_each_conversation_has_its_own_scope(opened: Chat) -> None:
    page = opened.page
    page.locator("tbody .dl-col-tick input").first.check()
    asked_of(page, "1 of 120")
    first = page.evaluate("dateline.conversation()")
    page.locator("#again").click()
    expect(page.locator("#scope")).to_contain_text("Asking all 120 articles")
    page.evaluate("id => dateline.turnTo(id)", first)
    expect(page.locator("#scope")).to_contain_text("1 of 120 articles")


def test_a_scope_that_holds_nothing_says_so_and_offers_to_widen(opened: Chat) -> None:
    page = opened.page
    page.evaluate("dateline.setScope({outlets: ['Gone Gazette'], from: '2019-01-01'})")
    page.locator("#tab-chat").click()
    warning = page.locator(".dl-scope-warning")
    expect(warning).to_contain_text("No article of the archive lies within this")
    filters = ask(opened).filters
    assert filters
    assert not any(filters.admits(a) for a in ARCHIVE.held)
    page.evaluate("dateline.setScope({sources: ['gone.txt', '2019/week-0/article-0.txt']})")
    expect(warning).to_contain_text("gone.txt, which you ticked, is no longer in the archive")
    page.get_by_role("button", name="Forget").click()
    expect(page.locator("#scope")).to_contain_text("only 2019/week-0/article-0.txt")
    page.get_by_role("button", name="Clear: ask of all articles").click()
    expect(page.locator("#scope")).to_contain_text("Asking all 120 articles")


def test_stories_unfold_into_their_files(opened: Chat) -> None:
    page = opened.page
    page.locator("[data-group=story]").click()
    first = page.locator(".dl-group").first
    expect(first).to_contain_text("1 story in 10 files, 2 versions")
    expect(page.locator(".dl-lib-sum")).to_contain_text("79 independent stories")
    first.get_by_role("button").first.press("Enter")
    expect(first.locator("tbody tr")).to_have_count(10)
    first.get_by_role("checkbox").first.check()
    asked_of(page, "10 of 120")
    expect(page.locator(".dl-group").first.locator("tbody input:checked")).to_have_count(10)


def test_an_article_opens_beside_the_list_and_the_list_stays(opened_anywhere: Chat) -> None:
    page = opened_anywhere.page
    asked: list[str] = []
    page.route(
        "**/page/article**",
        lambda r: (
            asked.append(r.request.url),
            r.fulfill(body='<section class="dl-source">Whole text</section>', content_type="text/html"),
        )[1],
    )
    page.locator(".dl-open-article").nth(2).click()
    expect(page.locator("#pane")).to_contain_text("Whole text")
    assert page.locator("#view-archive").is_visible()
    assert "source=" in asked[0]
    box, wide = resting_place(page.locator("#source")), page.evaluate("innerWidth")
    assert box["width"] == (wide if wide < 941 else pytest.approx(0.46 * wide, abs=2))
    page.keyboard.press("Escape")
    expect(page.locator("#pane")).to_be_hidden()
    expect(page.locator(".dl-open-article").nth(2)).to_be_focused()


def test_the_list_is_saved_as_csv(opened: Chat) -> None:
    page = opened.page
    page.get_by_role("searchbox", name="Search the articles").fill("bridge 118")
    matches(page, "1 of 120")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert text.startswith("headline,outlet,")
    assert "Council votes on bridge 118" in text
    assert len(text.splitlines()) == 2


def test_pages_are_turned_and_the_place_is_kept_in_another_view(opened: Chat) -> None:
    page = opened.page
    expect(page.locator(".dl-lib-pager")).to_contain_text("1 to 50 of 120")
    page.get_by_role("button", name="Next").press("Enter")
    expect(page.locator(".dl-lib-pager")).to_contain_text("51 to 100 of 120")
    page.locator("#tab-chat").click()
    page.locator("#tab-archive").click()
    expect(page.locator(".dl-lib-pager")).to_contain_text("51 to 100 of 120")


def test_an_empty_archive_teaches(browser: Browser, tmp_path: Path) -> None:
    empty = Shelf()
    empty.held = ()
    served = serve(build_app(Site(recorded, empty, NotebookFile(tmp_path / "notebook.sqlite"))))
    try:
        with browser.new_page() as page:
            Chat(page, served.address)
            expect(page.locator("#scope")).to_contain_text("Nothing has been ingested yet.")
            page.locator("#scope button").click()
            expect(page.locator(".dl-lib-nothing")).to_contain_text("dateline ingest FOLDER")
            empty.held, empty.generation = tuple(_article(n) for n in range(3)), 2
            page.evaluate("dateline.emit('ingested')")
            matches(page, "3 articles")
    finally:
        served.close()
