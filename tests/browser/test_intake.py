"""Adding articles in the browser: what may be added is said before, what is refused and what failed is told after."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from app.adding import Intake, open_intake
from app.notebook.file import NotebookFile
from app.settings import Settings
from app.web.server import build_app, serve
from app.web.site import Site
from ingest.encode import load_encoder
from store import open_sink, open_store
from tests.browser.conftest import SCREENS, screen_name
from tests.browser.invented_archive import scripted_stream

SEEDS = Path(__file__).parents[2] / "seeds"
PATIENCE_MS = 240_000
HOSTILE = "<img src=x onerror=window.hacked=1> \u202egnp.txt"
RUNNING = {
    "phase": "running", "run": "r1", "called": "what was added in the browser", "stopping": False, "waiting": 0,
    "said": "", "locked": False, "now": 0,
    "told": {"event": "reading", "done": 120, "total": 400, "source": "news/ferry.txt", "aside": 3, "seconds": 10,
             "rate": 12.0, "left_s": 23}, "generation": 1, "examples": [],
}  # fmt: skip
LOCKED = RUNNING | {"phase": "failed", "locked": True, "told": {"event": "failed", "kind": "StoreLockedError"}}


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """The page looks at an ingest now and then, and the machine has other things to do."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """What fills an archive that is empty."""
    settings = Settings(store=tmp_path_factory.mktemp("adding") / "store")
    open_sink(settings.store, encoder_spec=load_encoder().spec).close()
    with open_store(settings.store) as store:
        intake = open_intake(store, NotebookFile(settings.notebook), settings)
        yield intake
        intake.ingesting.close()


@pytest.fixture(scope="module")
def adding(intake: Intake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page over an archive that is empty at first."""
    examples: list[str] = []
    intake.after.append(lambda _: examples.__setitem__(slice(None), ["Who is Usamah al-Muhajir?"]))
    notebook = NotebookFile(tmp_path_factory.mktemp("adding") / "notebook.sqlite")
    served = serve(build_app(Site(scripted_stream, intake.archive, notebook, examples=examples, intake=intake)))
    yield served.address
    served.close()


def open_archive(page: Page, address: str) -> Page:
    page.goto(address)
    page.locator("#question textarea").wait_for()
    page.locator("#tab-archive").click()
    page.locator("#intake .dl-drop").wait_for()
    return page


@pytest.fixture
def page(contexts: Callable[[str, int], BrowserContext], adding: str) -> Iterator[Page]:
    with contexts("light", 1280).new_page() as page:
        yield open_archive(page, adding)


def drop(page: Page, names: list[str]) -> None:
    """Drop small files, as a person who drags them there does."""
    page.evaluate(
        """(names) => {
            const data = new DataTransfer();
            for (const name of names) data.items.add(new File([`${name} is no article`], name));
            const over = { bubbles: true, cancelable: true, dataTransfer: data };
            document.querySelector('#intake').dispatchEvent(new DragEvent('dragover', over));
            document.querySelector('#intake').dispatchEvent(new DragEvent('drop', over));
        }""",
        names,
    )


def choose_folder(page: Page, folder: Path) -> None:
    """Have the folder's button hand over what a browser does when that folder is chosen."""
    files = [[f"{folder.name}/{p.name}", list(p.read_bytes())] for p in sorted(folder.iterdir())]
    page.locator("#dl-folder").evaluate(
        """(input, files) => {
            const made = files.map(([path, bytes]) => {
                const file = new File([new Uint8Array(bytes)], path.split('/').pop());
                return Object.defineProperty(file, 'webkitRelativePath', { value: path });
            });
            Object.defineProperty(input, 'files', { value: made });
            input.dispatchEvent(new Event('change'));
        }""",
        files,
    )


@pytest.mark.parametrize("screen", SCREENS, ids=screen_name)
def test_an_empty_archive_teaches_and_states_its_limits_before_they_are_met(
    contexts: Callable[[str, int], BrowserContext], adding: str, screen: tuple[str, int]
) -> None:
    with contexts(*screen).new_page() as page:
        open_archive(page, adding)
        expect(page.locator("#intake")).to_contain_text("This archive is empty")
        expect(page.locator(".dl-rules summary")).to_contain_text("up to 10 MB, PDF and DOCX up to 100 MB")
        page.locator(".dl-rules summary").press("Enter")
        expect(page.locator(".dl-rules dl")).to_contain_text(".jsonl")
        expect(page.locator(".dl-rules dl")).to_contain_text("20,000 files and 4 GB; 1 GB of the disk stay free")
        across = "e => e.scrollWidth <= e.clientWidth"
        assert page.locator("#archive").evaluate(across)
        assert page.locator("html").evaluate(across)


def test_both_ways_to_choose_are_reached_and_used_by_keyboard(page: Page) -> None:
    page.evaluate(
        """() => {
            window.opened = []; // the dialogs themselves belong to the browser
            document.addEventListener('click', (event) => {
                if (event.target.type === 'file') { event.preventDefault(); window.opened.push(event.target.id); }
            });
        }"""
    )
    for words in ("Choose files", "Choose a folder"):
        page.get_by_role("button", name=words).press("Enter")
    assert page.evaluate("window.opened") == ["dl-files", "dl-folder"]
    assert page.locator("#dl-folder").evaluate("input => input.webkitdirectory && input.multiple")


def test_what_is_refused_is_named_with_its_reason_and_nothing_is_sent_of_it(page: Page, intake: Intake) -> None:
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.url) if r.method == "PUT" else None)
    drop(page, ["photo.png", ".DS_Store", HOSTILE.replace(".txt", ".exe")])
    expect(page.locator(".dl-refused-title")).to_have_text("2 files not taken")
    told = page.locator(".dl-refused li").all_inner_texts()
    assert "photo.png" in told[0] and "Files that end in .png are not read" in told[0]
    assert "<img src=x" in told[1]
    expect(page.locator(".dl-sending")).to_contain_text("1 hidden file left out")
    assert page.evaluate("window.hacked") is None
    page.get_by_role("button", name="Understood").click()
    expect(page.locator(".dl-refused")).to_have_count(0)
    assert sent == []


def test_what_only_the_server_refuses_is_told_in_its_words(page: Page, intake: Intake) -> None:
    drop(page, ["README.txt"])
    expect(page.locator(".dl-refused li")).to_contain_text("Hidden files, READMEs and licences are left out")
    assert intake.ingesting.state().phase == "none"


def test_an_ingest_that_runs_is_seen_by_every_tab_and_can_be_cancelled(page: Page, adding: str) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.method + " " + route.request.url.removeprefix(adding))
        now = RUNNING | {"stopping": "cancel" in route.request.url}
        route.fulfill(status=200, content_type="application/json", body=json.dumps(now))

    page.route("**/page/ingest**", answer)
    page.reload()
    page.locator("#question textarea").wait_for()
    expect(page.locator("#tab-archive.dl-at-work")).to_be_visible()
    page.locator("#tab-archive").click()
    job = page.locator(".dl-state .dl-job")
    expect(job).to_contain_text("120 of 400 files, 12 a second, 23 s left, 3 set aside")
    expect(job).to_contain_text("news/ferry.txt")
    assert page.locator(".dl-state progress").evaluate("p => p.value / p.max") == pytest.approx(0.3)
    button = page.get_by_role("button", name="Cancel")
    button.evaluate("b => { window.first = b; }")
    page.wait_for_timeout(1_600)
    assert button.evaluate("b => b === window.first")  # what is shown anew must not move under a finger
    button.press("Enter")
    expect(page.locator(".dl-state")).to_contain_text("Stopping")
    assert "POST /page/ingest/cancel" in asked


def test_while_somebody_else_ingests_it_says_so_and_offers_to_try_again(page: Page) -> None:
    wished: list[object] = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            wished.append(route.request.post_data_json)
        route.fulfill(status=200, content_type="application/json", body=json.dumps(LOCKED))

    page.route("**/page/ingest**", answer)
    page.reload()
    page.locator("#tab-archive").click()
    expect(page.locator(".dl-job-trouble")).to_contain_text("Somebody else is reading in articles")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".dl-job-trouble")).to_be_visible()
    assert wished == [{"what": "last"}]


def test_a_folder_is_sent_and_read_in_and_what_failed_can_be_tried_again(
    page: Page, adding: str, intake: Intake, tmp_path: Path
) -> None:
    folder = tmp_path / "give"
    folder.mkdir()
    for seed in sorted(SEEDS.glob("*.txt"))[:2]:
        shutil.copy(seed, folder)
    (folder / "photo.png").write_bytes(b"x")
    (folder / "blank.txt").write_text("  \n")
    page.evaluate("window.told = []; window.dateline.hear('ingested', (d) => window.told.push(d.phase))")
    with page.context.new_page() as other:
        open_archive(other, adding)
        choose_folder(page, folder)
        expect(page.locator(".dl-job-done")).to_contain_text("2 articles added.", timeout=PATIENCE_MS)
        expect(other.locator("#intake .dl-failed summary")).to_have_text("1 file could not be read", timeout=60_000)
    expect(page.locator(".dl-refused li")).to_contain_text("photo.png")
    assert page.evaluate("window.told") == ["done"]
    assert {s for a in intake.archive.articles() for s in a.sources} == {f"give/{p.name}" for p in folder.glob("00*")}
    page.locator(".dl-failed summary").click()
    expect(page.locator(".dl-fails li").first).to_contain_text("give/blank.txt")
    expect(page.locator(".dl-fails li").first).to_contain_text("There is nothing in it to quote.")
    shutil.copy(sorted(SEEDS.glob("*.txt"))[2], intake.uploads.folder / "give" / "blank.txt")
    page.get_by_role("button", name="Try give/blank.txt again").click()
    expect(page.locator(".dl-job-done")).to_contain_text("1 article added.", timeout=PATIENCE_MS)
    expect(page.locator(".dl-failed")).to_have_count(0)
    page.get_by_role("button", name="Ask a question").click()
    expect(page.locator(".dl-welcome .dl-example")).to_have_text(["Who is Usamah al-Muhajir?"])
