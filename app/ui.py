"""The chat page: Gradio wiring only. What it shows is made by app/conversation.py and app/source_pane.py.

Nothing starts on import or in `build_ui`; `launch` serves. The page asks no host but its own for anything.
"""

from __future__ import annotations

import html
import logging
import re
import socket
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import resources
from typing import Protocol

import gradio as gr

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.conversation import Asked, Conversation, Failure, KeptConversations, changed_options
from app.references import find_reference
from app.related import describe_related
from app.render import render_error_html, render_statements_html, render_welcome_html
from app.render_parts import PLACES_SHOWN
from app.source_pane import render_source_html
from app.tables import render_tally_csv
from app.wording import article_words
from ingest.article import Article
from ingest.errors import DatelineError, UsageError
from store import Store

__all__ = ["Archive", "AskStream", "build_ui", "launch"]

_log = logging.getLogger(__name__)

# Should a mistake ever let an element through, the browser still asks no other host for anything.
_NOTHING_LEAVES = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self' 'unsafe-inline' 'unsafe-eval' "
    "data: blob:; form-action 'self'; base-uri 'self'; object-src 'none'\">"
)
_ANSWERED_AT_ONCE = 4  # questions of several tabs: store and reader may be used from any thread
_REFERENCE = re.compile(r"([chpt])-(\d{1,6})-(\d{1,6})", re.ASCII)
_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")


class AskStream(Protocol):
    """Answers a question: statements as they are found, then the Answer."""

    def __call__(
        self, question: str, *, history: Sequence[Turn], options: AskOptions
    ) -> Iterator[Statement | Answer]: ...


class Archive(Protocol):
    """What the source pane reads: a `Store` is one."""

    def source_text(self, source: str) -> str: ...
    def article(self, source: str) -> Article: ...
    def copies(self, article_id: str) -> tuple[str, ...]: ...
    def versions(self, article_id: str) -> tuple[Article, ...]: ...


def build_ui(
    ask_stream: AskStream, archive: Archive, *, title: str = "Dateline", examples: Sequence[str] = ()
) -> gr.Blocks:
    """The page over `ask_stream` and `archive`; `examples` are questions that an empty page offers."""
    kept = KeptConversations()

    def respond(question: str, key: str) -> Iterator[tuple[str, str]]:
        conversation = kept.get(key)
        for part in _answer(ask_stream, archive, question, conversation.turns, AskOptions()):
            if isinstance(part, str):
                yield "", conversation.render((question, part))
            else:
                yield "", kept.add(key, part).render()

    def ask_again(event: gr.EventData) -> Iterator[object]:
        key, number = _word(event, "conversation"), _number(event, "turn")
        conversation = kept.get(key)
        asked = conversation.asked(number)
        changed = _word(event, "change"), _word(event, "query")
        options = changed_options(asked.options, *changed) if asked else None
        if asked is None or options is None:
            gr.Warning("This answer is of a conversation that is no longer open here. Ask again.")
            yield gr.skip()  # what is shown stays
            return
        yield conversation.render(busy=number)  # the old answer stays in sight until the new one is there
        for part in _answer(ask_stream, archive, asked.turn.question, conversation.before(number).turns, options):
            if isinstance(part, Asked):
                yield kept.put(key, number, part).render()
            elif isinstance(part, Failure):
                yield kept.get(key).render(busy=number, trouble=part.message)

    def restore(key: str) -> object:
        conversation = kept.get(key)  # a new one leaves the page alone: a question may already be on its way
        return conversation.render() if conversation.entries else gr.skip()

    def save_list(event: gr.EventData) -> str:
        asked = kept.get(_word(event, "conversation")).asked(_number(event, "turn"))
        return render_tally_csv(asked.turn.answer, archive if isinstance(archive, Store) else None) if asked else ""

    def start_again() -> tuple[str, str, str]:
        return welcome, "", _PANE_AT_REST

    def show_source(event: gr.EventData) -> str:
        return _source(archive, kept.get(_word(event, "conversation")), _word(event, "key"))

    def take_example(event: gr.EventData) -> str:
        return _word(event, "question")

    welcome = render_welcome_html(examples)
    ui = gr.Blocks(title=title, analytics_enabled=False, fill_height=True, fill_width=True)
    with ui:
        key = gr.Textbox(visible=False)  # the tab's own; app/page.js fills it in with each event
        table = gr.Textbox(visible=False)  # a list on its way to a file
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
        asking["concurrency_id"] = "asking"  # asked anew or again: together no more than are answered at once
        asking["js"] = "(question) => [question, window.dateline.conversation()]"
        question.submit(**asking)
        log.submit(take_example, None, question, queue=False, **quiet).then(**asking)
        log.edit(ask_again, None, log, concurrency_id="asking", trigger_mode="multiple", **quiet)
        log.download(save_list, None, table, queue=False, **quiet).then(
            None, table, None, js="(text) => window.dateline.save(text)", **quiet
        )
        pane.submit(show_source, None, pane, queue=False, **quiet)
        renew = "() => { window.dateline.renew(); return []; }"
        again.click(start_again, None, [log, question, pane], js=renew, **quiet)
        ui.load(restore, key, log, js="() => window.dateline.conversation()", **quiet)
    ui.queue(default_concurrency_limit=_ANSWERED_AT_ONCE)
    return ui


def _html(value: str, name: str, attach: str) -> gr.HTML:
    """An HTML component whose events app/page.js triggers."""
    script = f"window.dateline.{attach}(element, trigger, watch);"
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


def _answer(
    ask_stream: AskStream, archive: Archive, question: str, history: Sequence[Turn], options: AskOptions
) -> Iterator[str | Asked | Failure]:
    """The message as it grows, and last the entry that the conversation keeps."""
    yield render_statements_html(())
    statements: list[Statement] = []
    try:
        for part in ask_stream(question, history=history, options=options):
            if isinstance(part, Statement):
                statements.append(part)
                yield render_statements_html(statements)
            else:
                yield Asked(Turn(question, part), options, _names(archive, part))
    except DatelineError as error:
        yield Failure(question, str(error))
    except Exception:
        # The page is the last one who could say anything; the log has the traceback.
        _log.exception("answering a question in the chat failed")
        yield Failure(question, "Something went wrong inside Dateline. The terminal it runs in says what.")


def _names(archive: Archive, answer: Answer) -> dict[str, str]:
    """What to call the articles that are listed behind a number; one that is gone is called by its place."""
    names: dict[str, str] = {}
    for tally in (s.tally for s in answer.statements if s.tally):
        for source, _, _ in tally.spans[:PLACES_SHOWN]:
            with suppress(DatelineError):
                names[source] = names.get(source) or article_words(archive.article(source))
    return names


def _word(event: gr.EventData, name: str) -> str:
    """What the page sent under `name`; it is a stranger's."""
    return str(getattr(event, name, ""))


def _number(event: gr.EventData, name: str) -> int:
    word = _word(event, name)
    return int(word) if re.fullmatch(r"\d{1,6}", word, re.ASCII) else 0


def _source(archive: Archive, conversation: Conversation, key: str) -> str:
    """The pane for the link `key` of `conversation`; a message where it leads nowhere."""
    found = _REFERENCE.fullmatch(key)
    asked = conversation.asked(int(found[2])) if found else None
    reference = find_reference(asked.turn.answer, found[1], int(found[3])) if found and asked else None
    if reference is None:
        return _pane_message("This number is of a conversation that is no longer open here. Ask again.")
    try:
        article, source_text = archive.article(reference.source), archive.source_text(reference.source)
        related = describe_related(archive.copies(article.article_id), archive.versions(article.article_id), article)
    except DatelineError as error:
        return _pane_message(str(error))
    shown = render_source_html(article, source_text, reference, key=key, related=related)
    # The page renders anew only what differs: a number of a changed answer is not taken for that of the old one.
    return f'<div data-edition="{asked.edition if asked else 0}">{shown}</div>'


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
