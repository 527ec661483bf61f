"""Many questions, and questions that are kept, on the command line: `dateline ask --batch` and `dateline saved`.

Like `app.__main__`, which dispatches to it, this file builds objects and prints; it decides nothing else.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import Settings
from app.terminal import count, shown
from ingest.errors import DatelineError, UsageError

if TYPE_CHECKING:
    from app.answer import Answer, Turn
    from app.ask import AskOptions
    from app.batch import Item, Outcome
    from app.batch_run import Journal, Progress
    from app.notebook.saved import Saved, SavedQuestions
    from store import Store

__all__ = ["add_batch_flags", "add_saved", "ask_batch"]

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
    from app.ask import ask, open_archive
    from app.batch_files import read_questions
    from app.batch_run import Journal, digest_of, run_batch

    if arguments.question or arguments.history or arguments.json or arguments.csv:
        raise UsageError("--batch takes the questions from its file: no question, --history, --json or --csv beside it")
    out = _out(arguments.out)
    data, name = _bytes_of(arguments.batch)
    items = read_questions(data, name)
    archive = open_archive(settings.store, settings)
    journal = Journal(out, digest_of(items, options, arguments.as_of), afresh=arguments.afresh)
    if journal.numbers:
        print(f"{len(journal.numbers):,} of {count(len(items), 'question')} were asked before; going on behind them",
              file=sys.stderr)  # fmt: skip

    def one(item: Item, history: Sequence[Turn]) -> Answer:
        day = item.as_of or arguments.as_of
        return ask(item.question, history=history, store=archive, as_of=day, options=item.options(options))

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


# --- saved questions ------------------------------------------------------------------------------------------------


def add_saved(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Tell the command line of `dateline saved`."""
    one = commands.add_parser("saved", parents=[common], help="questions that are kept, and what changed about them")
    one.add_argument("action", choices=("list", "add", "remove", "run"), help="what to do with them")
    one.add_argument("words", nargs="*", metavar="QUESTION|NUMBER", help="add: a question; remove, run: numbers")
    one.add_argument("--source", action="append", default=[], help="add: only this file, folder or container; repeat")
    one.add_argument("--from", dest="published_from", metavar="DAY", help="add: published on that day or later")
    one.add_argument("--to", dest="published_to", metavar="DAY", help="add: published on that day or earlier")
    one.add_argument("--query", help="add: search for these words instead")
    one.add_argument("--user", default="", metavar="NAME", help="where the chat has logins: whose questions")
    one.add_argument("--json", action="store_true", help="print as JSON")
    one.set_defaults(command=_saved)


def _saved(arguments: argparse.Namespace, settings: Settings) -> int:
    from app.notebook.file import NotebookFile
    from app.notebook.saved import SavedQuestions

    kept = SavedQuestions(NotebookFile(settings.notebook))
    does = {"list": _list, "add": _add, "remove": _remove, "run": _run}[arguments.action]
    does(arguments, settings, kept)
    return 0


def _list(arguments: argparse.Namespace, settings: Settings, kept: SavedQuestions) -> None:
    if arguments.words:
        raise UsageError("`dateline saved list` takes no question: `dateline saved add` saves one")
    found = kept.of(arguments.user)
    if arguments.json:
        print(json.dumps([_as_dict(s) for s in found], ensure_ascii=False, indent=2))
        return
    for saved in found:
        new = f", {count(saved.unseen, 'change')} not seen yet" if saved.unseen else ""
        print(f"{saved.id:>4}  {shown(saved.question)}")
        print(f"      {_checked(saved)}{new}{_scope(saved.options)}")
        if saved.trouble:
            print(f"      {shown(saved.trouble)}")
    if not found:
        print("no question is saved yet: `dateline saved add QUESTION`, or Save question below an answer of the chat")


def _add(arguments: argparse.Namespace, settings: Settings, kept: SavedQuestions) -> None:
    from app.ask import AskOptions, check_question
    from app.batch import Item

    question = check_question(" ".join(arguments.words))
    written = [("from", arguments.published_from), ("to", arguments.published_to), ("query", arguments.query)]
    columns = tuple((name, value) for name, value in written if value)
    options = Item(1, question, columns).options(AskOptions())
    options = _narrowed(options, arguments.source)
    number = kept.add(arguments.user, question, options)
    saved = kept.get(arguments.user, number)
    assert saved is not None
    if arguments.json:
        print(json.dumps(_as_dict(saved), ensure_ascii=False, indent=2))
    else:
        print(f"saved as {number}: `dateline saved run` asks it again and says what changed")


def _narrowed(options: AskOptions, sources: Sequence[str]) -> AskOptions:
    from dataclasses import replace

    return replace(options, sources=tuple(sources)) if sources else options


def _remove(arguments: argparse.Namespace, settings: Settings, kept: SavedQuestions) -> None:
    numbers = [saved.id for saved in _chosen(arguments, kept, all_of_none=False)]
    for number in numbers:
        kept.remove(arguments.user, number)
    print(json.dumps(numbers) if arguments.json else f"{count(len(numbers), 'saved question')} removed")


def _run(arguments: argparse.Namespace, settings: Settings, kept: SavedQuestions) -> None:
    from app.ask import ask, open_archive

    archive = open_archive(settings.store, settings)
    told: list[dict[str, object]] = []
    for saved in _chosen(arguments, kept, all_of_none=True):
        before, generation = saved.generation, archive.generation
        try:
            changes = kept.record(saved, ask(saved.question, store=archive, options=saved.options), generation)
            words, trouble = [c.words for c in changes], ""
        except UsageError as error:
            words, trouble = [], str(error)
            kept.fail(saved, trouble, generation)
        told.append({
            "id": saved.id, "question": saved.question, "generation": generation, "since": before,
            "changed": bool(words), "first": before is None, "changes": words, "trouble": trouble or None,
        })  # fmt: skip
        if not arguments.json:
            _print_run(saved, words, trouble)
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
    elif not told:
        print("no question is saved yet: `dateline saved add QUESTION`")


def _print_run(saved: Saved, words: Sequence[str], trouble: str) -> None:
    print(f"{saved.id:>4}  {shown(saved.question)}")
    for line in words:
        print(f"      {shown(line)}")
    if trouble:
        print(f"      could not be asked: {shown(trouble)}")
    elif not words:
        print("      asked for the first time" if saved.generation is None else "      the same as before")


def _chosen(arguments: argparse.Namespace, kept: SavedQuestions, *, all_of_none: bool) -> tuple[Saved, ...]:
    """The saved questions whose numbers were given."""
    if not arguments.words and all_of_none:
        return kept.of(arguments.user)
    if not arguments.words:
        raise UsageError("say which: their numbers, as `dateline saved list` shows them")
    chosen: list[Saved] = []
    for word in arguments.words:
        found = kept.get(arguments.user, int(word)) if word.isdecimal() and len(word) < 10 else None
        if found is None:
            raise UsageError(f"no saved question has the number {word!r}: `dateline saved list` shows them")
        chosen.append(found)
    return tuple(chosen)


def _checked(saved: Saved) -> str:
    if saved.checked is None:
        return "not asked yet"
    return f"asked {dt.datetime.fromtimestamp(saved.checked):%Y-%m-%d %H:%M}, generation {saved.generation}"


def _scope(options: AskOptions) -> str:
    filters = options.filters
    told = [f"only {shown(', '.join(options.sources))}"] if options.sources else []
    told += [f"from {filters.published_from}"] if filters and filters.published_from else []
    told += [f"to {filters.published_to}"] if filters and filters.published_to else []
    told += [f"searched for: {shown(options.query)}"] if options.query else []
    return f"; {', '.join(told)}" if told else ""


def _as_dict(saved: Saved) -> dict[str, object]:
    filters = saved.options.filters
    return {
        "id": saved.id,
        "question": saved.question,
        "sources": list(saved.options.sources),
        "filters": None if filters is None else filters.to_dict(),
        "query": saved.options.query,
        "asked": None if saved.checked is None else dt.datetime.fromtimestamp(saved.checked).isoformat("T", "seconds"),
        "generation": saved.generation,
        "unseen": saved.unseen,
        "trouble": saved.trouble or None,
    }
