"""The page: Gradio wiring only. What it shows is made by app/conversation.py and the files of app/web.

Nothing starts on import or in `build_ui`; app/web/server.py serves. The page asks no host but its own for anything.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator, Sequence

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount

from app.ask import AskOptions, check_question
from app.conversation import Asked, Failure, changed_options
from app.desk import Desk, Run, Task
from app.render import render_statements_html
from app.tables import render_tally_csv
from app.web.assets import Assets
from app.web.mcp import Tool
from app.web.pace import wait_words
from app.web.scope import read_scope
from app.web.shell import Shell
from app.web.site import Site, counted_names
from app.web.suggestions import first_welcome
from ingest.errors import QuestionError, UsageError
from store import Store

__all__ = ["build_ui", "mount"]

# The places of the page, each filled by its own script; the first is there when the page opens.
VIEWS = (("chat", "Ask"), ("archive", "Archive"), ("questions", "Questions"))
_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")


def build_ui(site: Site, tools: Sequence[Tool] = ()) -> gr.Blocks:
    """The page of `site`, and the `tools` of assistants beside it."""
    kept = site.conversations

    def keep(task: Task, outcome: Asked | Failure) -> Failure | None:
        if task.number is None:
            kept.add(task.person, task.conversation_id, outcome)
        else:
            kept.put(task.person, task.conversation_id, task.number, outcome)
        return None

    desk = Desk(site.ask, lambda answer: counted_names(site.archive, answer), keep)
    site.busy.append(lambda: desk.busy)
    welcome = first_welcome(site)

    async def respond(question: str, sent: str, request: gr.Request) -> AsyncIterator[tuple[object, object]]:
        person, key, scope = _person(request), *_sent(sent)
        if not question.strip():
            yield gr.skip(), gr.skip()
            return
        if not _can_be_asked(question) or _is_too_soon(site, request):
            yield question, gr.skip()
            return
        conversation = await asyncio.to_thread(kept.get, person, key)
        options = await asyncio.to_thread(read_scope, scope, AskOptions(), site.archive)
        run = desk.start(Task(person, key, question, options, conversation.turns))
        yield "", gr.skip()  # once: what is typed while the answer comes stays
        async for shown in _following(run, person, key):
            yield gr.skip(), shown

    async def ask_again(event: gr.EventData, request: gr.Request) -> AsyncIterator[object]:
        person, key, number = _person(request), _word(event, "conversation"), _number(event, "turn")
        conversation = await asyncio.to_thread(kept.get, person, key)
        entry = conversation.entry(number)
        change, words = _word(event, "change"), _word(event, "query")
        options = changed_options(entry.options, change, words) if entry else None
        if entry is None or options is None:
            gr.Warning("This answer is of a conversation that is no longer open here. Ask again.")
            yield gr.skip()  # what is shown stays
            return
        if _is_too_soon(site, request):
            yield gr.skip()
            return
        asked = entry.turn.question if isinstance(entry, Asked) else entry.question
        question = words if change == "question" and words.strip() else asked
        if not _can_be_asked(question):
            yield gr.skip()
            return
        yield await asyncio.to_thread(
            _shown, person, key, busy=number
        )  # or an answer like the old one would not be seen
        run = desk.start(Task(person, key, question, options, conversation.before(number).turns, number))
        async for shown in _following(run, person, key):
            yield shown

    async def restore(key: str, request: gr.Request) -> AsyncIterator[object]:
        person = _person(request)
        runs = desk.running(person, key)
        if not runs:  # a new conversation leaves the page alone: a question may be on its way
            conversation = await asyncio.to_thread(kept.get, person, key)
            yield await asyncio.to_thread(conversation.render) if conversation.entries else gr.skip()
        for run in runs:
            async for shown in _following(run, person, key):
                yield shown

    async def _following(run: Run, person: str, key: str) -> AsyncIterator[str]:
        """The whole conversation, each time there is more of what is being answered."""
        async for _ in run.follow():
            yield await asyncio.to_thread(_shown, person, key, run)

    def _shown(person: str, key: str, run: Run | None = None, busy: int | None = None) -> str:
        with desk.still(person, key) as others:
            conversation = kept.get(person, key)
        failed = run.outcome if run and isinstance(run.outcome, Failure) else None
        number = busy or next((r.task.number for r in others if r.task.number), None)
        growing = [(r.task.question, render_statements_html(r.statements)) for r in others if not r.task.number]
        if run and failed and run.task.number and conversation.asked(run.task.number):
            return conversation.render(*growing, busy=run.task.number, trouble=failed.message)
        return conversation.render(*growing, busy=number)  # the old answer stays in sight until the new one is there

    def take_example(event: gr.EventData) -> str:
        return _word(event, "question")

    def stop(key: str, request: gr.Request) -> None:
        desk.stop(_person(request), key)

    def save_list(event: gr.EventData, request: gr.Request) -> str:
        asked = kept.get(_person(request), _word(event, "conversation")).asked(_number(event, "turn"))
        archive = site.archive if isinstance(site.archive, Store) else None
        return render_tally_csv(asked.turn.answer, archive) if asked else ""

    ui = gr.Blocks(title=site.title, analytics_enabled=False, fill_height=True, fill_width=True)
    with ui:
        key = gr.Textbox(visible=False)  # the conversation that is open; app/web/static/page.js fills it in
        table = gr.Textbox(visible=False)  # a list on its way to a file
        with gr.Row(elem_id="masthead"):
            gr.HTML(_masthead(site.title), apply_default_css=False)
        with gr.Row(elem_id="panes"):
            with gr.Column(elem_id="chat", min_width=280):
                log = _html(welcome, "conversation", "attachLog")
                gr.HTML(_ABOVE_THE_BOX, elem_id="scope-row", apply_default_css=False)
                with gr.Row(elem_id="composer"):
                    question = gr.Textbox(
                        label="Your question", placeholder="Ask about the articles", show_label=False, container=False,
                        lines=1, max_lines=5, submit_btn="Ask", autofocus=True, elem_id="question",
                    )  # fmt: skip
                    halt = gr.Button("Stop", size="sm", variant="secondary", elem_id="stop")
            with gr.Column(elem_id="source", min_width=280):
                gr.HTML(_PANE_AT_REST, elem_id="pane", apply_default_css=False)
        for name, label in VIEWS[1:]:
            gr.HTML(f'<section id="view-{name}" aria-label="{label}"></section>', elem_id=name)
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        at_once = {"concurrency_limit": None, **quiet}  # the desk says how many are answered at a time
        asking = {"fn": respond, "inputs": [question, key], "outputs": [question, log], **at_once}
        asking["js"] = "(question) => [question, window.dateline.sent()]"
        question.submit(**asking, trigger_mode="multiple")
        log.submit(take_example, None, question, queue=False, **quiet).then(**asking)
        log.edit(ask_again, None, log, trigger_mode="multiple", **at_once)
        log.download(save_list, None, table, queue=False, **quiet).then(
            None, table, None, js="(text) => window.dateline.save(text, 'dateline-list.csv', 'text/csv')", **quiet
        )
        halt.click(stop, key, None, queue=False, js="() => window.dateline.conversation()", **quiet)
        log.select(lambda: welcome, None, log, queue=False, **quiet).then(
            restore, key, log, js="() => window.dateline.conversation()", **at_once
        )
        ui.load(restore, key, log, js="() => window.dateline.conversation()", **at_once)
        for tool in tools:  # not queued: they wait in a line of their own
            gr.api(tool, queue=False, api_name=tool.__name__)
    ui.queue(default_concurrency_limit=None)
    return ui


def mount(app: FastAPI, ui: gr.Blocks, own: Assets, *, mcp: bool = False) -> None:
    """Serve `ui` at the root of `app`, under the paths that no route of `app` takes and that its page uses."""
    gr.mount_gradio_app(
        app, ui, path="/", show_error=False, footer_links=[], run_history=False, pwa=False, mcp_server=mcp,
        enable_monitoring=False, ssr_mode=False, theme=_theme(), head=own.head,
    )  # fmt: skip
    if ui.mcp_error:  # Gradio would go on without
        raise UsageError(f"assistants cannot be served: {ui.mcp_error}")
    mounted = app.router.routes[-1]
    if isinstance(mounted, Mount):
        mounted.app = Shell(mounted.app, ui.config, mcp=mcp)


def _masthead(title: str) -> str:
    tabs = "".join(
        f'<button type="button" role="tab" class="dl-tab" id="tab-{name}" data-do="view" data-view="{name}" '
        f'aria-selected="{"true" if not n else "false"}">{label}</button>'
        for n, (name, label) in enumerate(VIEWS)
    )
    return (
        f'<div class="dl-masthead"><h1 class="dl-title">{html.escape(title)}</h1>'
        f'<div class="dl-tabs" role="tablist" aria-label="Views">{tabs}</div>'
        '<div class="dl-masthead-tools"><button type="button" class="dl-tool" data-do="conversations" '
        'aria-haspopup="dialog">Conversations</button>'
        '<button type="button" class="dl-tool" id="again" data-do="new">New conversation</button>'
        '<button type="button" class="dl-tool" data-do="help" aria-haspopup="dialog">Help</button></div></div>'
        f"{_HELP}"
    )


_KEYS = (
    ("n, p", "the next and the previous citation"),
    ("Enter", "on a number: open the article at the cited words"),
    ("Esc", "back to the answer"),
    ("/", "write a question"),
    ("?", "this help"),
)
_HELP = (
    '<dialog id="dl-help" aria-labelledby="dl-help-title"><h2 id="dl-help-title">Help</h2>'
    "<p>Answers are quoted word for word from the articles, or worded by a language model that you connect: then each "
    "statement is checked against the words it cites. A number such as [1] opens the article at the cited words. "
    "Where the articles do not say, Dateline says so.</p><h3>Keys</h3><dl>"
    + "".join(f"<div><dt>{keys}</dt><dd>{does}</dd></div>" for keys, does in _KEYS)
    + '</dl><h3>Look</h3><p><button type="button" class="dl-tool" data-do="look"></button></p>'
    '<p><button type="button" class="dl-tool" data-do="close">Close</button></p></dialog>'
)


def _html(value: str, name: str, attach: str) -> gr.HTML:
    """An HTML component whose events app/web/static/page.js triggers."""
    script = f"window.dateline.{attach}(element, trigger, watch);"
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=script)


# What is asked of, and who words it: both are filled by their scripts, and take no room before.
_ABOVE_THE_BOX = '<div id="scope"></div><div id="model" aria-live="polite"></div>'
_PANE_AT_REST = (
    '<section class="dl-source dl-at-rest" role="region" aria-label="Source article">'
    "<p>The article behind an answer opens here, with the cited words marked.</p>"
    "<p>Choose a number such as <b>[1]</b>. The keys <kbd>n</kbd> and <kbd>p</kbd> go to the next and the previous "
    "one, <kbd>Esc</kbd> goes back to the answer.</p></section>"
)


def _person(request: gr.Request) -> str:
    """Who asks, as app/web/people.py found out."""
    return str(request.request.state.person) if request.request is not None else ""


def _can_be_asked(question: str) -> bool:
    """Whether it is a question; if not, the page says what is wrong with it, and it stays to be changed."""
    try:
        check_question(question)
    except QuestionError as error:
        gr.Warning(str(error))
        return False
    return True


def _is_too_soon(site: Site, request: gr.Request) -> bool:
    """Whether the person has to wait before the next question; then the page says how long."""
    address = request.client.host if request.request is not None and request.client else ""
    wait_s = site.pace.take(_person(request), address)
    if wait_s:
        gr.Warning(wait_words("Too many questions at once", wait_s))
    return wait_s > 0


def _sent(sent: str) -> tuple[str, object]:
    """The conversation and the scope that the page sent with a question; both are a stranger's."""
    try:
        told = json.loads(sent)
    except ValueError:
        return "", None
    return (str(told.get("conversation", "")), told.get("scope")) if isinstance(told, dict) else ("", None)


def _word(event: gr.EventData, name: str) -> str:
    """What the page sent under `name`; it is a stranger's."""
    return str(getattr(event, name, ""))


def _number(event: gr.EventData, name: str) -> int:
    word = _word(event, name)
    return int(word) if re.fullmatch(r"\d{1,6}", word, re.ASCII) else 0


def _theme() -> gr.themes.Base:
    """Colours that app/web/static/page.css also names, and fonts that every system has."""
    return gr.themes.Base(primary_hue="blue", neutral_hue="stone", font=_SANS, font_mono=_MONO).set(
        body_background_fill="#fbfaf7", body_background_fill_dark="#16181b",
        body_text_color="#1d1f21", body_text_color_dark="#e6e3dc",
        background_fill_primary="#fbfaf7", background_fill_primary_dark="#16181b",
        background_fill_secondary="#f3f1eb", background_fill_secondary_dark="#1d2024",
        border_color_primary="#dedad1", border_color_primary_dark="#34383e",
        input_background_fill="#ffffff", input_background_fill_dark="#1d2024",
        input_border_color="#b9b4a8", input_border_color_dark="#4a4f56",
        input_placeholder_color="#696c71", input_placeholder_color_dark="#a5a8ad",
        button_primary_background_fill="#1f5f8b", button_primary_background_fill_dark="#8fc1e3",
        button_primary_text_color="#ffffff", button_primary_text_color_dark="#101418",
    )  # fmt: skip
