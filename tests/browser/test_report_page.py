"""The report of an evaluation in a real Chromium, from a file, with every request but that for the file refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from evals.gate import pin
from evals.metrics import Part
from evals.page import write_report
from evals.record import Case, LostAt, Place, Record, build_record
from tests.browser.conftest import SCREENS, screen_name

NASTY = "<script>document.title='taken'</script><img src='http://evil.example/x' onerror=\"document.title='taken'\">"
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle" * 3
CITED = Place("fire.txt", 300, 309, "broke out", "Late on Sunday a fire ", " in Porto.")


def case(n: int, lost_at: LostAt | None, *, kind: str = "fact", question: str | None = None) -> Case:
    fine = lost_at is None
    return Case(
        id=f"g{n}",
        kind=kind,
        question=question or f"Where did fire number {n} break out?",
        history=("Was there a fire?",) if n % 5 == 0 else (),
        expected=("Porto",),
        said="Nothing is said." if lost_at == "abstention" else f"It broke out in {'Porto' if fine else 'Lisbon'}. [1]",
        short=None,
        declined=lost_at == "abstention",
        right=fine,
        as_expected=fine,
        confidence=(n % 10) / 10 + 0.05,
        seconds=0.05 * (1 + n % 7),
        error=None,
        lost_at=lost_at,
        evidence=(Place("fire.txt", 20, 25, "Porto", "A fire broke out in ", " on Monday. Nobody was hurt."),),
        evidence_rank=1 + n % 9,
        cited=() if lost_at == "abstention" else (CITED,),
        parts={"as_expected": Part(fine, 1), "right": Part(fine, 1), "citation_exact": Part(1, 1)},
    )


def record(lost: int) -> Record:
    stages: tuple[LostAt, ...] = ("retrieval", "reading", "abstention")
    cases = [case(n, stages[n % 3] if n < lost else None, kind=("fact", "place")[n % 2]) for n in range(40)]
    cases += [case(40, "reading", question=NASTY), case(41, "reading", question=LONG)]
    measures = ("as_expected", "right", "citation_exact")
    return build_record(
        "Fires, asked about", cases, measures=measures, kinds=("fact", "place"), pins={"gold": "a" * 64}
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    return write_report(folder, record(12), baseline=pin(record(30), None), other=record(30)).as_uri()


class Report:
    """A tab with the report in it, what it complained of, and what it asked for beside itself."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(error.message))

        def only_the_file(route: Route) -> None:
            if route.request.url.partition("#")[0] == address:
                route.continue_()
            else:
                self.elsewhere.append(route.request.url)
                route.abort()

        page.route("**/*", only_the_file)
        page.goto(address)

    def misses(self) -> list[str]:
        shown = self.page.locator("#misses .miss:visible")
        return [str(name) for name in shown.evaluate_all("misses => misses.map(m => m.id)")]


@pytest.fixture(params=SCREENS, ids=screen_name)
def any_report(
    request: pytest.FixtureRequest, contexts: Callable[[str, int], BrowserContext], address: str
) -> Iterator[Report]:
    with contexts(*request.param).new_page() as page:
        yield Report(page, address)


@pytest.fixture
def report(contexts: Callable[[str, int], BrowserContext], address: str) -> Iterator[Report]:
    with contexts("light", 1280).new_page() as page:
        yield Report(page, address)


def test_the_page_stands_alone_and_fits_its_window(any_report: Report, tmp_path: Path) -> None:
    page = any_report.page
    page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.title() == "Fires, asked about: Dateline evaluation"
    assert page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert any_report.elsewhere == []
    assert any_report.complaints == []


def test_style_and_script_pass_the_page_s_own_policy(any_report: Report) -> None:
    assert any_report.page.locator(".filter").is_visible()
    assert "tabular-nums" in any_report.page.evaluate("getComputedStyle(document.body).fontVariantNumeric")


def test_words_are_as_dark_on_their_paper_as_they_have_to_be(any_report: Report) -> None:
    names = ("paper", "ink", "muted", "accent", "warn", "good", "warn-soft", "mark", "mark-ink", "accent-soft")
    read = "names => names.map(n => getComputedStyle(document.documentElement).getPropertyValue('--' + n).trim())"
    colours = dict(zip(names, any_report.page.evaluate(read, names), strict=True))
    pairs = [(words, "paper") for words in ("ink", "muted", "accent", "warn", "good")]
    pairs += [("ink", "warn-soft"), ("warn", "warn-soft"), ("mark-ink", "mark"), ("muted", "accent-soft")]
    ratios = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


def contrast(colour: str, other: str) -> float:
    """Source: WCAG 2.2, contrast ratio and relative luminance."""
    lighter, darker = sorted((luminance(colour), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(pair, 16) / 255 for pair in re.findall("[0-9a-f]{2}", colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_misses_are_found_by_stage_kind_and_words(report: Report) -> None:
    page = report.page
    assert len(report.misses()) == 14
    page.locator("#filter-stage").select_option("reading")
    assert report.misses() == ["q-g1", "q-g4", "q-g7", "q-g10", "q-g40", "q-g41"]
    assert page.locator("#misses .group:visible").count() == 1
    page.locator("#filter-kind").select_option("place")
    assert report.misses() == ["q-g1", "q-g7"]
    page.locator("#filter-words").fill("NUMBER 7")
    assert report.misses() == ["q-g7"]
    page.locator("#filter-words").fill("zeppelin")
    assert report.misses() == []
    assert page.get_by_text("No miss is like that.").is_visible()


def test_a_link_shows_its_question_though_the_filter_hid_it(report: Report) -> None:
    report.page.locator("#filter-words").fill("zeppelin")
    report.page.locator("#lost a[href='#lost-reading']").click()
    report.page.locator("#q-g4").wait_for()
    assert len(report.misses()) == 14


def test_a_link_to_what_was_cited_unfolds_it(report: Report) -> None:
    place = report.page.locator("[id='q-g4.c1']")
    assert not place.is_visible()
    report.page.locator("a[href='#q-g4.c1']").click()
    place.wait_for()
    assert place.locator("mark").text_content() == "broke out"


def test_a_question_that_went_right_is_unfolded_from_where_the_runs_are_compared(report: Report) -> None:
    report.page.locator("#compared a[href='#q-g20']").click()
    report.page.locator("#q-g20").wait_for()


def test_wide_tables_are_scrolled_from_the_keyboard(
    contexts: Callable[[str, int], BrowserContext], address: str
) -> None:
    with contexts("light", 390).new_page() as page:
        Report(page, address)
        table = page.locator("#kinds .scroll")
        table.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        scrolled = "box => new Promise(done => box.scrollLeft ? done() : box.addEventListener('scroll', () => done()))"
        table.evaluate(scrolled)


def test_without_scripts_every_miss_is_still_there(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        assert page.locator("#misses .miss:visible").count() == 14
        assert not page.locator(".filter").is_visible()


def test_on_paper_what_was_cited_is_unfolded(report: Report) -> None:
    report.page.emulate_media(media="print", color_scheme="dark")
    assert report.page.locator("[id='q-g4.c1']").is_visible()
    assert not report.page.locator("nav").is_visible()
    assert report.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
