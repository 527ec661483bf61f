"""Many people at once against the chat as its users start it: some in real browsers, the others as their pages speak.

What a browser draws costs as much as a short answer and is done on its own machine, not on the server's. So that two
cores measure the server, only a few of the people have a browser here; the others send and follow what a page does.
"""

from __future__ import annotations

import html
import json
import os
import re
import secrets
import statistics
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import evals
from app.ask import ask
from app.wording import told_short
from tests.browser.real_server import RealServer, real_server

USERS, BROWSERS = 20, 2
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


class Tab:
    """A page without a browser: joins the queue with a question and follows the stream until the answer is whole."""

    def __init__(self, address: str, name: str) -> None:
        self.address = address
        self.name = name
        self.person, self.conversation = secrets.token_hex(16), secrets.token_hex(16)
        with urllib.request.urlopen(f"{address}/config", timeout=60) as response:
            events = json.load(response)["dependencies"]
        self.event = next(
            e["id"] for e in events if ["submit"] in [t[1:] for t in e["targets"]] and len(e["inputs"]) == 2
        )
        self.shown = ""

    def ask(self, question: str) -> float:
        """Milliseconds until the answer was whole."""
        sent = json.dumps({"conversation": self.conversation, "scope": {}})
        wish = {"data": [question, sent], "fn_index": self.event, "session_hash": self.name}
        headers = {"Content-Type": "application/json", "Cookie": f"dateline-person={self.person}"}
        started = time.perf_counter()
        join = urllib.request.Request(f"{self.address}/gradio_api/queue/join", json.dumps(wish).encode(), headers)
        with urllib.request.urlopen(join, timeout=60):
            pass
        follow = urllib.request.Request(
            f"{self.address}/gradio_api/queue/data?session_hash={self.name}", headers=headers
        )
        with urllib.request.urlopen(follow, timeout=120) as lines:
            for line in lines:
                message = json.loads(line.removeprefix(b"data: ")) if line.startswith(b"data: ") else {}
                if message.get("msg") == "process_generating":
                    self._show(message["output"]["data"])
                if message.get("msg") == "process_completed":
                    assert message["success"], message
                    return 1000 * (time.perf_counter() - started)
        raise AssertionError(f"the stream ended before the answer to {question}")

    def _show(self, data: list[object]) -> None:
        """The conversation comes whole, or as what changed of it."""
        if isinstance(data[1], str):
            self.shown = data[1]
        elif isinstance(data[1], list):
            for action, path, value in data[1]:
                assert path == [], path
                self.shown = self.shown + value if action == "append" else value

    def drive(self, plan: Sequence[str], *, pause_s: float, minutes: float, first_s: float = 0) -> list[float]:
        time.sleep(first_s)
        took: list[float] = []
        until = time.monotonic() + 60 * minutes
        for question in plan:
            if time.monotonic() > until:
                break
            took.append(self.ask(question))
            time.sleep(pause_s)
        return took

    def questions(self) -> list[str]:
        return [html.unescape(q) for q in re.findall(r'<h2 class="dl-question">(.*?)</h2>', self.shown)]


def drive_all(
    pages: Sequence[Page], tabs: Sequence[Tab], plans: Sequence[Sequence[str]], *, pause_s: float, minutes: float
) -> list[list[float]]:
    """Milliseconds of each answer, browsers first; all at the same time."""
    with ThreadPoolExecutor(len(tabs)) as people:
        own = [
            people.submit(t.drive, p, pause_s=pause_s, minutes=minutes)
            for t, p in zip(tabs, plans[len(pages) :], strict=True)
        ]
        drawn = drive(pages, plans[: len(pages)], pause_s=pause_s, minutes=minutes)
        return [*drawn, *(one.result() for one in own)]


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
        pages = [open_page(browser, server.address, stack) for _ in range(BROWSERS)]
        tabs = [Tab(server.address, f"tab{n}") for n in range(USERS - BROWSERS)]
        plans = [questions[n * 17 % len(questions) :] + questions[: n * 17 % len(questions)] for n in range(USERS)]
        took = drive_all(pages, tabs, plans, pause_s=PAUSE_S, minutes=MINUTES)
        asked = [page.locator(".dl-question").all_text_contents() for page in pages] + [t.questions() for t in tabs]
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
        pages = [open_page(browser, server.address, stack) for _ in range(BROWSERS)]
        tabs = [Tab(server.address, f"instant{n}") for n in range(USERS - BROWSERS)]
        times = [one[0] for one in drive_all(pages, tabs, [[q] for q in chosen], pause_s=0, minutes=5)]
        shown = [page.locator("#conversation").inner_html() for page in pages] + [tab.shown for tab in tabs]
    for question, answer, page in zip(chosen, expected, shown, strict=True):
        text = html.unescape(re.sub(r"<[^>]+>", "", page))
        assert question in text
        assert ("dl-abstention" in page) == answer.abstained
        assert (told_short(answer) or "") in text
    report(request, json.dumps({"alone_p50_ms": round(alone), "last_ms": round(max(times)),
                                "last_by_alone": round(max(times) / alone, 1)}))  # fmt: skip
    assert max(times) <= 25 * alone
