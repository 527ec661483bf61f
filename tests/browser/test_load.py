"""Many people at once, in real browsers, against the chat as its users start it."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import evals
from app.ask import ask
from app.wording import told_short
from tests.browser.real_server import RealServer, real_server

USERS = 20
MINUTES = float(os.environ.get("LOAD_MINUTES", "3"))
PAUSE_S = 10
# What a page does by itself, so that the clock runs in it: asks, waits until the answer is whole, pauses, asks again.
DRIVER = """
async ([questions, pause, until]) => {
    const box = document.querySelector('#question textarea');
    const log = document.querySelector('#conversation');
    const sleep = (ms) => new Promise(done => setTimeout(done, ms));
    const took = [];
    for (const question of questions) {
        if (Date.now() > until) break;
        const before = log.querySelectorAll('.dl-done').length;
        const done = new Promise((resolve, reject) => {
            const whole = () => log.querySelectorAll('.dl-done').length > before;
            const seen = new MutationObserver(() => { if (whole()) { seen.disconnect(); resolve(); } });
            seen.observe(log, { subtree: true, childList: true, attributes: true });
            const late = () => { seen.disconnect(); reject(new Error('no answer: ' + question)); };
            setTimeout(() => whole() ? resolve() : late(), 120000);
        });
        Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(box, question);
        box.dispatchEvent(new Event('input', { bubbles: true }));
        await sleep(50);
        const start = performance.now();
        document.querySelector('#question button').click();
        await done;
        took.push(performance.now() - start);
        if (pause) await sleep(pause);
    }
    return took;
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with real_server(tmp_path_factory.mktemp("load")) as started:
        yield started


@pytest.fixture(scope="module")
def questions() -> list[str]:
    """Questions that stand alone, of every kind."""
    cases = map(json.loads, (Path(evals.__file__).parent / "gold.jsonl").read_text(encoding="utf-8").splitlines())
    return [case["question"] for case in cases if not case["history"]][:120]


def open_page(browser: Browser, address: str, stack: ExitStack) -> Page:
    """A page of a browser profile of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 844})
    stack.callback(context.close)
    page = context.new_page()
    page.set_default_timeout(300_000)
    page.goto(address)
    page.locator("#question textarea").wait_for()
    return page


def drive(
    pages: Sequence[Page], plans: Sequence[Sequence[str]], *, pause_s: float, minutes: float
) -> list[list[float]]:
    """Milliseconds that each answer took, page by page; all pages run at the same time."""
    for page, plan in zip(pages, plans, strict=True):
        page.evaluate(f"(told) => {{ window.driven = ({DRIVER})(told); window.driven.catch(() => 0); }}",
                      [list(plan), pause_s * 1000, _now(page) + minutes * 60_000])  # fmt: skip
    return [list(page.evaluate("window.driven")) for page in pages]


def _now(page: Page) -> float:
    return float(page.evaluate("Date.now()"))


def single_user_p50(browser: Browser, server: RealServer, questions: Sequence[str]) -> float:
    with ExitStack() as stack:
        page = open_page(browser, server.address, stack)
        drive([page], [questions[:3]], pause_s=0, minutes=5)  # what is loaded once
        return statistics.median(drive([page], [questions[3:23]], pause_s=0, minutes=5)[0])


def report(request: pytest.FixtureRequest, words: str) -> None:
    if reporter := request.config.pluginmanager.get_plugin("terminalreporter"):
        reporter.write_line(words)


@pytest.mark.slow
def test_twenty_people_who_each_ask_again_after_ten_seconds_wait_little_longer_than_one(
    browser: Browser, server: RealServer, questions: list[str], request: pytest.FixtureRequest
) -> None:
    alone = single_user_p50(browser, server, questions)
    with ExitStack() as stack:
        pages = [open_page(browser, server.address, stack) for _ in range(USERS)]
        plans = [questions[n * 17 % len(questions) :] + questions[: n * 17 % len(questions)] for n in range(USERS)]
        took = drive(pages, plans, pause_s=PAUSE_S, minutes=MINUTES)
        asked = [page.locator(".dl-question").all_text_contents() for page in pages]
    times = sorted(t for one in took for t in one)
    p95 = times[int(len(times) * 0.95)]
    report(request, json.dumps({"alone_p50_ms": round(alone), "users": USERS, "answers": len(times),
                                "p50_ms": round(statistics.median(times)), "p95_ms": round(p95),
                                "max_ms": round(times[-1]), "p95_by_alone": round(p95 / alone, 2)}))  # fmt: skip
    assert all(len(one) >= MINUTES * 60 / (PAUSE_S + 5) for one in took)
    assert asked == [plan[: len(one)] for plan, one in zip(plans, took, strict=True)]
    assert p95 <= 5 * alone


@pytest.mark.slow
def test_twenty_questions_in_one_instant_are_all_answered_and_none_is_mixed_up(
    browser: Browser, server: RealServer, questions: list[str], request: pytest.FixtureRequest
) -> None:
    chosen = questions[40 : 40 + USERS]
    expected = [ask(q, store=server.store) for q in chosen]
    alone = single_user_p50(browser, server, questions)
    with ExitStack() as stack:
        pages = [open_page(browser, server.address, stack) for _ in range(USERS)]
        times = [one[0] for one in drive(pages, [[q] for q in chosen], pause_s=0, minutes=5)]
        assert [page.locator(".dl-question").all_text_contents() for page in pages] == [[q] for q in chosen]
        for page, answer in zip(pages, expected, strict=True):
            assert page.locator(".dl-abstention").count() == answer.abstained
            short = page.locator(".dl-short")
            told = told_short(answer)
            assert not (told and short.count()) or told in " ".join(short.all_text_contents())
    report(request, json.dumps({"alone_p50_ms": round(alone), "last_ms": round(max(times)),
                                "last_by_alone": round(max(times) / alone, 1)}))  # fmt: skip
    assert max(times) <= 25 * alone
