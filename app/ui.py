"""The chat page: Gradio wiring only. What it shows is made by app/render.py and app/source_pane.py.

Nothing starts on import or in `build_ui`; `launch` serves. The page asks no host but its own for anything.
"""

from __future__ import annotations

import html
import logging
import re
import socket
import threading
import urllib.request
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Protocol

import gradio as gr

from app.answer import Answer, Statement, Turn
from app.related import describe_related
from app.render import (
    find_reference,
    render_answer_html,
    render_conversation_html,
    render_error_html,
    render_statements_html,
    render_welcome_html,
)
from app.source_pane import render_source_html
from ingest.article import Article
from ingest.errors import DatelineError, UsageError

__all__ = ["Archive", "AskStream", "build_ui", "launch"]

_log = logging.getLogger(__name__)

# Should a mistake ever let an element through, the browser still asks no other host for anything.
_NOTHING_LEAVES = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self' 'unsafe-inline' 'unsafe-eval' "
    "data: blob:; form-action 'self'; base-uri 'self'; object-src 'none'\">"
)
_ANSWERED_AT_ONCE = 4  # questions of several tabs: store and reader may be used from any thread
_KEPT_CONVERSATIONS = 500  # the latest used; a tab whose conversation is forgotten is told so
_REFERENCE = re.compile(r"([chpt])-(\d{1,6})-(\d{1,6})", re.ASCII)
_CONVERSATION_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")


class AskStream(Protocol):
    """Answers a question: statements as they are found, then the Answer."""

    def __call__(self, question: str, *, history: Sequence[Turn]) -> Iterator[Statement | Answer]: ...


class Archive(Protocol):
    """What the source pane reads: a `Store` is one."""

    def source_text(self, source: str) -> str: ...
    def article(self, source: str) -> Article: ...
    def copies(self, article_id: str) -> tuple[str, ...]: ...
    def versions(self, article_id: str) -> tuple[Article, ...]: ...


@dataclass(frozen=True, slots=True)
class _Failure:
    """A question that could not be served, and why in words."""

    question: str
    message: str


@dataclass(frozen=True, slots=True)
class _Conversation:
    """What one browser tab has asked. Links count its entries from 1, failed ones too."""

    entries: tuple[Turn | _Failure, ...] = ()

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(e for e in self.entries if isinstance(e, Turn))

    def plus(self, entry: Turn | _Failure) -> _Conversation:
        return _Conversation((*self.entries, entry))


class _Kept:
    """The latest conversations by the random key that only their own tab knows."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[str, _Conversation] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, key: str, entry: Turn | _Failure) -> _Conversation:
        """The conversation with `entry` at its end, whatever else was added to it in the meantime."""
        with self._lock:
            conversation = (self._by_key.get(key) or _Conversation()).plus(entry)
            if _CONVERSATION_KEY.fullmatch(key):
                self._by_key[key] = conversation
                self._by_key.move_to_end(key)
            while len(self._by_key) > _KEPT_CONVERSATIONS:
                self._by_key.popitem(last=False)
        return conversation

    def get(self, key: str) -> _Conversation:
        with self._lock:
            return self._by_key.get(key) or _Conversation()


def build_ui(
    ask_stream: AskStream, archive: Archive, *, title: str = "Dateline", examples: Sequence[str] = ()
) -> gr.Blocks:
    """The page over `ask_stream` and `archive`; `examples` are questions that an empty page offers."""
    kept = _Kept()

    def respond(question: str, key: str) -> Iterator[tuple[str, str]]:
        conversation = kept.get(key)
        shown = _shown(conversation)
        for part in _answer(ask_stream, question, conversation.turns):
            turns = [*shown, (question, part)] if isinstance(part, str) else _shown(kept.add(key, part))
            yield "", render_conversation_html(turns)

    def restore(key: str) -> object:
        conversation = kept.get(key)  # a new one leaves the page alone: a question may already be on its way
        return render_conversation_html(_shown(conversation)) if conversation.entries else gr.skip()

    def start_again() -> tuple[str, str, str]:
        return welcome, "", _PANE_AT_REST

    def show_source(event: gr.EventData) -> str:
        return _source(archive, kept.get(str(getattr(event, "conversation", ""))), str(getattr(event, "key", "")))

    def take_example(event: gr.EventData) -> str:
        return str(getattr(event, "question", ""))

    welcome = render_welcome_html(examples)
    ui = gr.Blocks(title=title, analytics_enabled=False, fill_height=True, fill_width=True)
    with ui:
        key = gr.Textbox(visible=False)  # the tab's own; app/page.js fills it in with each event
        with gr.Row(elem_id="masthead"):
            gr.HTML(f'<h1 class="dl-title">{html.escape(title)}</h1>', apply_default_css=False)
            again = gr.Button("New conversation", size="sm", variant="secondary", elem_id="again")
        with gr.Row(elem_id="panes"):
            with gr.Column(elem_id="chat", min_width=280):
                log = _html(welcome, "conversation", "attachLog")
                question = gr.Textbox(
                    label="Your question", placeholder="Ask about the articles", show_label=False, container=False,
                    lines=1, max_lines=5, submit_btn="Ask", autofocus=True, elem_id="question",
                )  # fmt: skip
            with gr.Column(elem_id="source", min_width=280):
                pane = _html(_PANE_AT_REST, "pane", "attachPane")
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        asking = {"fn": respond, "inputs": [question, key], "outputs": [question, log], **quiet}
        asking["js"] = "(question) => [question, window.dateline.conversation()]"
        question.submit(**asking)
        log.submit(take_example, None, question, queue=False, **quiet).then(**asking)
        pane.submit(show_source, None, pane, queue=False, **quiet)
        renew = "() => { window.dateline.renew(); return []; }"
        again.click(start_again, None, [log, question, pane], js=renew, **quiet)
        ui.load(restore, key, log, js="() => window.dateline.conversation()", **quiet)
    ui.queue(default_concurrency_limit=_ANSWERED_AT_ONCE)
    return ui


def _html(value: str, name: str, attach: str) -> gr.HTML:
    """An HTML component whose 'submit' event app/page.js triggers."""
    script = f"window.dateline.{attach}(element, (data) => trigger('submit', data), watch);"
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=script)


def launch(ui: gr.Blocks, host: str = "127.0.0.1", port: int | None = None) -> str:
    """Serve `ui` from a thread of this process and return its address once the page answers.

    Without a port the first free one from 7860 is taken. Raises `UsageError` when the wished one is not free.
    """
    _refuse_foreign_address(host)
    page = resources.files("app")
    style = (page / "page.css").read_text(encoding="utf-8")
    script = (page / "page.js").read_text(encoding="utf-8")
    try:
        _, url, _ = ui.launch(
            server_name=host, server_port=port, prevent_thread_lock=True, quiet=True, share=False, ssr_mode=False,
            show_error=False, footer_links=[], run_history=False, pwa=False, mcp_server=False, enable_monitoring=False,
            theme=_theme(), css=style, head=f"{_NOTHING_LEAVES}<script>{script}</script>",
        )  # fmt: skip
    except OSError as error:
        raise UsageError(
            f"opening the chat at {host}, {f'port {port}' if port else 'any port from 7860 on'}: the port is taken or "
            "the address is not this machine's; choose others with --port and --host"
        ) from error
    address: str = url.rstrip("/")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(address, timeout=30):
        return address


def _refuse_foreign_address(host: str) -> None:
    """Gradio would try a hundred ports of an address that is not this machine's."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.bind(address)
    except OSError as error:
        raise UsageError(f"the chat cannot listen at {host}: it is not an address of this machine") from error


_PANE_AT_REST = (
    '<section class="dl-source dl-at-rest" role="region" aria-label="Source article">'
    "<p>The article behind an answer opens here, with the cited words marked.</p>"
    "<p>Choose a number such as <b>[1]</b>. The keys <kbd>n</kbd> and <kbd>p</kbd> go to the next and the previous "
    "one, <kbd>Esc</kbd> goes back to the answer.</p></section>"
)


def _answer(ask_stream: AskStream, question: str, history: Sequence[Turn]) -> Iterator[str | Turn | _Failure]:
    """The message as it grows, and last the entry that the conversation keeps."""
    yield render_statements_html(())
    statements: list[Statement] = []
    try:
        for part in ask_stream(question, history=history):
            if isinstance(part, Statement):
                statements.append(part)
                yield render_statements_html(statements)
            else:
                yield Turn(question, part)
    except DatelineError as error:
        yield _Failure(question, str(error))
    except Exception:
        # The page is the last one who could say anything; the log has the traceback.
        _log.exception("answering a question in the chat failed")
        yield _Failure(question, "Something went wrong inside Dateline. The terminal it runs in says what.")


def _shown(conversation: _Conversation) -> list[tuple[str, str]]:
    return [
        (e.question, render_answer_html(e.answer, turn) if isinstance(e, Turn) else render_error_html(e.message))
        for turn, e in enumerate(conversation.entries, 1)
    ]


def _source(archive: Archive, conversation: _Conversation, key: str) -> str:
    """The pane for the link `key` of `conversation`; a message where it leads nowhere."""
    found = _REFERENCE.fullmatch(key)
    turn = int(found[2]) if found else 0
    entry = conversation.entries[turn - 1] if 1 <= turn <= len(conversation.entries) else None
    reference = find_reference(entry.answer, found[1], int(found[3])) if found and isinstance(entry, Turn) else None
    if reference is None:
        return _pane_message("This number is of a conversation that is no longer open here. Ask again.")
    try:
        article, source_text = archive.article(reference.source), archive.source_text(reference.source)
        related = describe_related(archive.copies(article.article_id), archive.versions(article.article_id), article)
    except DatelineError as error:
        return _pane_message(str(error))
    return render_source_html(article, source_text, reference, key=key, related=related)


def _pane_message(message: str) -> str:
    return (
        '<section class="dl-source dl-at-rest" role="region" aria-label="Source article">'
        f"{render_error_html(message)}</section>"
    )


def _theme() -> gr.themes.Base:
    """Colours that app/page.css also names, and fonts that every system has."""
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
