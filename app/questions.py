"""Many questions at once on the command line: `dateline ask --batch`.

Like `app.__main__`, which dispatches to it, this file builds objects and prints; it decides nothing else.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import Settings
from app.terminal import count
from ingest.errors import DatelineError, UsageError

if TYPE_CHECKING:
    from app.answer import Answer, Turn
    from app.ask import AskOptions
    from app.batch import Item, Outcome
    from app.batch_run import Journal, Progress
    from store import Store

__all__ = ["add_batch_flags", "ask_batch"]

_ENDINGS = (".csv", ".html", ".jsonl")
_LARGEST_BYTES = 64 * 1024 * 1024
_DRAWN_EVERY_S = 0.2
_TOLD_EVERY_S = 10.0


def add_batch_flags(one: argparse.ArgumentParser) -> None:
    """The flags of `dateline ask` that ask many questions."""
    one.add_argument("--batch", metavar="FILE", help="ask every question of this CSV, TXT or JSONL file; - reads stdin")
    one.add_argument("--out", metavar="FILE", help="with --batch: where the answers go: .csv, .html or .jsonl")
    one.add_argument("--afresh", action="store_true", help="with --batch: ask all again, not only what is left")
    one.add_argument("--strict", action="store_true", help="with --batch: exit 3 when a question could not be asked")


# --- many at once ---------------------------------------------------------------------------------------------------


def ask_batch(arguments: argparse.Namespace, settings: Settings, options: AskOptions) -> int:
    """Ask the questions of a file and write the answers; what an earlier run has asked is not asked again."""
    from app.ask import ask, model_of, open_archive
    from app.batch_files import read_questions
    from app.batch_run import Journal, digest_of, run_batch

    if arguments.question or arguments.history or arguments.json or arguments.csv:
        raise UsageError("--batch takes the questions from its file: no question, --history, --json or --csv beside it")
    out = _out(arguments.out)
    data, name = _bytes_of(arguments.batch)
    items = read_questions(data, name)
    archive, model = open_archive(settings.store, settings), model_of(settings)
    journal = Journal(out, digest_of(items, options, arguments.as_of), afresh=arguments.afresh)
    if journal.numbers:
        print(f"{len(journal.numbers):,} of {count(len(items), 'question')} were asked before; going on behind them",
              file=sys.stderr)  # fmt: skip

    def one(item: Item, history: Sequence[Turn]) -> Answer:
        day = item.as_of or arguments.as_of
        return ask(item.question, history=history, store=archive, as_of=day, options=item.options(options), model=model)

    try:
        with _Meter() as meter:
            run_batch(items, one, journal, tell=meter.show)
    except BaseException as stop:
        _leave(journal, items, out, archive, stop)
        raise
    outcomes = _Kept(lambda: journal.outcomes(items))
    _write(out, outcomes, items, archive, name)
    states = Counter(o.state for o in outcomes)
    journal.finish()
    print(f"{states['answered']:,} answered, {states['abstained']:,} where the articles do not say, "
          f"{states['error']:,} not asked; they are in {out}", file=sys.stderr)  # fmt: skip
    return 3 if arguments.strict and states["error"] else 0


def _leave(journal: Journal, items: Sequence[Item], out: Path, archive: Store, stop: BaseException) -> None:
    """What is done is written, and the rest left for the same command."""
    if isinstance(stop, KeyboardInterrupt | DatelineError) and journal.numbers:
        _write(out, _Kept(lambda: journal.outcomes(items)), items, archive, out.name)
        print(f"{len(journal.numbers):,} of {count(len(items), 'question')} are in {out}; the same command goes on "
              "behind them", file=sys.stderr)  # fmt: skip
    journal.close()


class _Kept:
    """What can be gone through again and again without being held in memory."""

    def __init__(self, begin: Callable[[], Iterator[Outcome]]) -> None:
        self._begin = begin

    def __iter__(self) -> Iterator[Outcome]:
        return self._begin()


def _out(name: str | None) -> Path:
    if name is None or not name.casefold().endswith(_ENDINGS):
        raise UsageError(f"--batch needs --out FILE, whose ending says what is written: {', '.join(_ENDINGS)}")
    out = Path(name).expanduser()
    if out.is_dir() or not out.parent.is_dir():
        raise UsageError(f"the answers cannot be written to {out}: {'it is' if out.is_dir() else 'there is no such'} "
                         "folder")  # fmt: skip
    return out


def _bytes_of(name: str) -> tuple[bytes, str]:
    if name == "-":
        return sys.stdin.buffer.read(_LARGEST_BYTES), "standard input"
    path = Path(name).expanduser()
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise UsageError(f"{path} has more than {_LARGEST_BYTES // 2**20} MB: split it")
        return path.read_bytes(), path.name
    except OSError as error:
        raise UsageError(f"the questions cannot be read from {path}: {error.strerror}") from error


def _write(out: Path, outcomes: Iterable[Outcome], items: Sequence[Item], archive: Store, name: str) -> None:
    from app.batch_page import render_batch_html
    from app.batch_run import write_whole
    from app.batch_tables import render_batch_csv, render_batch_jsonl

    ending = out.suffix.casefold()
    if ending == ".jsonl":
        write_whole(out, render_batch_jsonl(outcomes))
    elif ending == ".csv":
        names = dict.fromkeys(column for item in items for column, _ in item.columns)
        write_whole(out, render_batch_csv(outcomes, names), encoding="utf-8-sig")  # by the mark spreadsheets tell it
    else:
        title = f"Answers to {name}"
        write_whole(out, render_batch_html(outcomes, title=title, made=dt.date.today(), context=_context(archive)))


def _context(archive: Store) -> Callable[..., tuple[str, str] | None]:
    """What stands around a quote: its passage, or, where none was retrieved, its paragraph in the article."""
    from app.batch_page import context_from_hits, context_from_text

    return lambda answer, citation: (
        context_from_hits(answer, citation) or context_from_text(archive.source_text, citation)
    )


class _Meter:
    """How far a batch is, with rate and time left: a line that stays in place where a person sees it."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._wide = 0
        self._drawn = time.monotonic()

    def show(self, progress: Progress) -> None:
        """Say how far it is, unless that was said just now."""
        now = time.monotonic()
        over = progress.done == progress.total
        if now - self._drawn < (_DRAWN_EVERY_S if self._live else _TOLD_EVERY_S) and not over:
            return
        self._drawn = now
        left = progress.left_s
        line = f"{progress.done:,} of {count(progress.total, 'question')}, {progress.rate:.1f}/s"
        line += f", {round(left) // 60}:{round(left) % 60:02d} min left" if left and not over else ""
        sys.stderr.write(f"\r{line.ljust(self._wide)}" if self._live else f"{line}\n")
        sys.stderr.flush()
        self._wide = len(line)

    def __enter__(self) -> _Meter:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the line where it is."""
        if self._live and self._wide:
            sys.stderr.write("\n")
