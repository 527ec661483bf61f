"""The command line and composition root: builds the objects, hands them down, prints what comes back.

Exit codes: 0 done (an answer, an abstention, files set aside and named; `--strict` makes the last a 3), 1 an error
of ours or of the index, 2 the request cannot be served as it was made, 3 a floor of the evals is broken.
"""

from __future__ import annotations

import argparse
import getpass
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.archive import add_commands
from app.intake import add_ingest
from app.questions import add_batch_flags, ask_batch
from app.saved import add_saved
from app.settings import Settings, load_settings, spare_the_proxy
from app.terminal import shown
from ingest.errors import DatelineError, UsageError

if TYPE_CHECKING:
    from app.answer import Answer, Statement, Turn
    from store import Store

__all__ = ["main", "run"]

_FLAGS = (
    *("store", "encoder", "threshold", "vectors", "catalog"),
    *("host", "port", "auth", "names", "open"),  # of the chat
    *("llm", "llm_model", "llm_timeout", "unsupported"),
)


def run() -> None:
    """Entry point of the `dateline` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a terminal that knows few characters gets the rest spelt out
    sys.exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code and never shows a traceback for an error that was foreseen."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["eval"]:
            from evals.__main__ import main as evaluate

            return evaluate(arguments[1:])
        parsed = _parser().parse_args(arguments)
        flags = {n: getattr(parsed, n, None) for n in _FLAGS}
        code: int = parsed.command(parsed, load_settings(flags=flags))
        sys.stdout.flush()  # a closed pipe is noticed here and not at exit, where nobody can catch it
        return code
    except SystemExit as stop:  # argparse: 2 for usage, 0 for --help
        return int(stop.code or 0)
    except UsageError as error:
        return _fail(error, 2)
    except DatelineError as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: that is not an error
        return 0
    except Exception as error:
        if "--debug" in arguments:
            raise
        return _fail(f"unexpected {type(error).__name__}: {error} (run again with --debug for the traceback)", 1)


def _fail(error: object, code: int) -> int:
    print(f"dateline: {error}", file=sys.stderr)
    return code


# --- commands -------------------------------------------------------------------------------------------------------


def _ask(arguments: argparse.Namespace, settings: Settings) -> int:
    from app.ask import AskOptions, ask, check_question, model_of
    from app.render import render_answer_terminal

    options = AskOptions(
        query=arguments.query, sources=tuple(arguments.source), threshold=settings.threshold,
        times=not arguments.no_times, undated=arguments.undated,
        composer="extractive" if arguments.no_llm else None, unsupported=settings.unsupported,
    )  # fmt: skip
    if arguments.batch is not None:
        return ask_batch(arguments, settings, options)
    question = check_question(" ".join(arguments.question))
    archive = _open(settings)
    model = None if arguments.no_llm else model_of(settings)
    answer = ask(
        question, history=tuple(arguments.history), store=archive, as_of=arguments.as_of, options=options, model=model
    )
    if arguments.json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2))
    else:
        print(render_answer_terminal(answer))
    if arguments.csv is not None:
        _write_table(answer, archive, Path(arguments.csv))
    return 0


def _write_table(answer: Answer, archive: Store, path: Path) -> None:
    from app.tables import render_tally_csv

    if not any(s.tally for s in answer.statements):
        raise UsageError(
            f"nothing was counted, so there is no table to write to {path}: ask how many, or which articles"
        )
    try:
        path.write_text(render_tally_csv(answer, archive), encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"the table cannot be written to {path}: {error.strerror}") from error
    print(f"the table is in {path}", file=sys.stderr)


def _chat(arguments: argparse.Namespace, settings: Settings) -> int:
    from app.adding import open_intake
    from app.ask import AskOptions, ask, ask_stream, model_of
    from app.llm.choice import ModelChoice
    from app.llm.connect import connect
    from app.notebook.file import NotebookFile
    from app.passwords import read_accounts
    from app.web.guard import Reach, is_loopback
    from app.web.mcp import check_installed
    from app.web.server import build_app, serve
    from app.web.site import Site

    accounts = read_accounts(settings.auth) if settings.auth else None
    if accounts is None and not is_loopback(settings.host):
        _has_to_be_meant(settings)
    if arguments.mcp:
        check_installed()
    archive = _open_or_make(settings)

    names = tuple(n.strip().lower() for n in (settings.names or "").split(",") if n.strip())
    models = ModelChoice(
        model_of(settings),
        may_choose=accounts is None and is_loopback(settings.host) and not names,  # the choice is everybody's
        connect=partial(connect, timeout_s=settings.llm_timeout),
        is_named=settings.llm_model is not None,
    )

    def answer(question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        model = models.current
        options = replace(options, unsupported=options.unsupported or settings.unsupported)
        if model is None and options.composer is None:  # turned off: then not the one of the settings either
            options = replace(options, composer="extractive")
        return ask_stream(question, history=history, store=archive, options=options, model=model)

    if not archive.n_passages:
        how = "add some in the browser, or with dateline ingest"
        print(f"the index in {settings.store} holds no articles yet: {how}", file=sys.stderr)
    # the models are loaded before the page is offered, not at the first question
    ask("warm up", store=archive, options=AskOptions(composer="extractive"))
    notebook = NotebookFile(settings.notebook)
    intake = open_intake(archive, notebook, settings)
    site = Site(answer, archive, notebook, intake=intake, mcp=arguments.mcp, models=models)
    spare_the_proxy(settings.host)
    app = build_app(site, reach=Reach(settings.host, names), accounts=accounts)
    served = serve(app, settings.host, settings.port)
    over = _told_to_end()
    print(f"Dateline is at {served.address}", flush=True)
    if arguments.mcp:
        print(f"Assistants find it at {served.address}/mcp", flush=True)
    while not over.wait(timeout=60):
        pass
    served.close()
    intake.ingesting.close()
    return 0


def _open_or_make(settings: Settings) -> Store:
    """The index; where there is none an empty one, which is filled in the browser."""
    from ingest.encode import load_encoder
    from ingest.errors import StoreMissingError
    from store import open_sink

    try:
        return _open(settings)
    except StoreMissingError:
        open_sink(settings.store, encoder_spec=load_encoder(settings.encoder).spec, servers=settings.servers).close()
        print(f"there was no index in {settings.store}: an empty one was made", file=sys.stderr)
        return _open(settings)


def _told_to_end() -> threading.Event:
    """Set on Ctrl-C, or when the process is asked to stop; both are how a chat is meant to end."""
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    return over


def _has_to_be_meant(settings: Settings) -> None:
    """Others than this machine are served without logins only where somebody says so; then they are told what it means.

    Raises `UsageError` otherwise.
    """
    if not settings.open:
        raise UsageError(
            f"at {settings.host} anybody on the network could read the whole archive: give --auth @FILE with a line "
            "name:password for each person, or --open to let anybody in"
        )
    print(f"anybody who can reach {settings.host} on the network can read the whole archive there", file=sys.stderr)


def _passwd(arguments: argparse.Namespace, settings: Settings) -> int:
    from app.passwords import hash_password

    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("The same again: "):
            raise UsageError("these were two different passwords; nothing was made of them")
    if not password.strip():
        raise UsageError("the password is empty")
    print(f"{arguments.name}:{hash_password(password.strip())}" if arguments.name else hash_password(password.strip()))
    return 0


def _show(arguments: argparse.Namespace, settings: Settings) -> int:
    archive = _open(settings)
    text = archive.source_text(arguments.source)
    if arguments.span is None:
        print(shown(text, lines=True))
        return 0
    start, end = _span(arguments.span, len(text))
    opening, closing = ("\033[7m", "\033[0m") if sys.stdout.isatty() else ("⟦", "⟧")
    marked = (text[:start], text[start:end], text[end:])
    before, quote, after = (shown(part, lines=True) for part in marked)
    print(f"{before}{opening}{quote}{closing}{after}")
    return 0


def _open(settings: Settings) -> Store:
    from app.ask import open_archive

    return open_archive(settings.store, settings)


def _span(text: str, length: int) -> tuple[int, int]:
    start, _, end = text.partition(":")
    in_digits = all(part.isdecimal() and len(part) < 12 for part in (start, end))
    if not (in_digits and int(start) < int(end) <= length):
        raise UsageError(f"--span is START:END with START < END <= {length}, the article's length, not {text!r}")
    return int(start), int(end)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--store", metavar="DIR", help="folder of the index (default .dateline, or DATELINE_STORE)")
    common.add_argument("--encoder", metavar="NAME", help="embedding model: the shipped one, or a folder")
    common.add_argument("--vectors", metavar="ADDRESS", help="Chroma server that keeps the vectors: http://HOST:PORT")
    common.add_argument(
        "--catalog", metavar="ADDRESS", help="database of the catalogue: postgresql+psycopg://USER@HOST/DATABASE"
    )
    common.add_argument("--debug", action="store_true", help="show the traceback of an unexpected error")
    parser = argparse.ArgumentParser(
        prog="dateline", description="Answers questions about a folder of news articles and cites the exact passage."
    )
    worded = argparse.ArgumentParser(add_help=False)
    worded.add_argument(
        "--llm", metavar="ADDRESS", help="language model that words the answers: http://HOST:PORT/v1, or a .gguf file"
    )
    worded.add_argument("--llm-model", metavar="NAME", help="which model of that server; default the first it lists")
    worded.add_argument("--llm-timeout", type=float, metavar="S", help="seconds that its reply may take; default 120")
    worded.add_argument(
        "--unsupported", choices=("drop", "show"), help="a model's statements that do not hold: drop, or show struck"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    add_ingest(commands, common)

    one = commands.add_parser("ask", parents=[common, worded], help="answer one question, or those of a file")
    one.add_argument("question", nargs="*", help="in your own words")
    one.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    one.add_argument("--as-of", dest="as_of", metavar="DAY", help="day from which relative times count; default today")
    one.add_argument("--history", action="append", default=[], metavar="QUESTION", help="an earlier question; repeat")
    one.add_argument("--query", help="search for these words instead")
    one.add_argument("--no-times", action="store_true", help="do not read days or an order from the question")
    one.add_argument(
        "--undated", action="store_true", help="where the question names days, search undated articles too"
    )
    one.add_argument("--csv", metavar="FILE", help="of a count: write the list behind the number to this file")
    one.add_argument(
        "--source", action="append", default=[], help="only this file, folder or container; repeat for more"
    )
    one.add_argument("--threshold", type=float, help="decline below this confidence, 0..1")
    one.add_argument("--no-llm", action="store_true", help="in the articles' own words, whatever model is set")
    add_batch_flags(one)
    one.set_defaults(command=_ask)

    one = commands.add_parser("chat", parents=[common, worded], help="open the chat in the browser")
    one.add_argument("--host", help="address to listen on (default 127.0.0.1: this machine only)")
    one.add_argument("--port", type=int, help="default: the first free one from 7860")
    one.add_argument("--mcp", action="store_true", help="let assistants ask, over the Model Context Protocol: /mcp")
    one.add_argument("--auth", metavar="LOGINS", help="who may log in: NAME:PASSWORD, with commas, or @FILE of lines")
    one.add_argument("--open", action="store_true", default=None, help="serve the network without logins")
    one.add_argument("--names", metavar="NAMES", help="further names it is reached by, such as a proxy's")
    one.set_defaults(command=_chat)

    one = commands.add_parser("passwd", help="print a password's hash, to be written into a file for --auth")
    one.add_argument("name", nargs="?", help="whose it is: then a whole line is printed")
    one.set_defaults(command=_passwd)

    add_saved(commands, common)
    add_commands(commands, common)

    one = commands.add_parser("show", parents=[common], help="print an article's source text, with a span marked")
    one.add_argument("source", help="as `dateline sources` names it")
    one.add_argument("--span", metavar="START:END", help="characters to mark")
    one.set_defaults(command=_show)

    one = commands.add_parser("eval", help="measure answers against gold questions: dateline eval --help")
    return parser


if __name__ == "__main__":
    run()
