"""Questions that are kept, on the command line: `dateline saved`.

Like `app.__main__`, which dispatches to it, this file builds objects and prints; it decides nothing else.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.settings import Settings
from app.terminal import count, shown
from ingest.errors import UsageError

if TYPE_CHECKING:
    from app.ask import AskOptions
    from app.notebook.saved import Saved, SavedQuestions

__all__ = ["add_saved"]


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
    found = kept.of(_owner(arguments))
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
    number = kept.add(_owner(arguments), question, options)
    saved = kept.get(_owner(arguments), number)
    assert saved is not None
    if arguments.json:
        print(json.dumps(_as_dict(saved), ensure_ascii=False, indent=2))
    else:
        print(f"saved as {number}: `dateline saved run` asks it again and says what changed")


def _narrowed(options: AskOptions, sources: Sequence[str]) -> AskOptions:
    return replace(options, sources=tuple(sources)) if sources else options


def _remove(arguments: argparse.Namespace, settings: Settings, kept: SavedQuestions) -> None:
    numbers = [saved.id for saved in _chosen(arguments, kept, all_of_none=False)]
    for number in numbers:
        kept.remove(_owner(arguments), number)
    print(json.dumps(numbers) if arguments.json else f"{count(len(numbers), 'saved question')} removed")


def _run(arguments: argparse.Namespace, settings: Settings, kept: SavedQuestions) -> None:
    from app.ask import ask, open_archive

    archive = open_archive(settings.store, settings)
    told: list[dict[str, object]] = []
    for saved in _chosen(arguments, kept, all_of_none=True):
        before, generation = saved.generation, archive.generation
        plain = replace(saved.options, composer="extractive")  # it is compared: no model words it twice alike
        try:
            changes = kept.record(saved, ask(saved.question, store=archive, options=plain), generation)
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
        return kept.of(_owner(arguments))
    if not arguments.words:
        raise UsageError("say which: their numbers, as `dateline saved list` shows them")
    chosen: list[Saved] = []
    for word in arguments.words:
        found = kept.get(_owner(arguments), int(word)) if word.isdecimal() and len(word) < 10 else None
        if found is None:
            raise UsageError(f"no saved question has the number {word!r}: `dateline saved list` shows them")
        chosen.append(found)
    return tuple(chosen)


def _checked(saved: Saved) -> str:
    if saved.checked is None:
        return "not asked yet"
    return f"asked {dt.datetime.fromtimestamp(saved.checked):%Y-%m-%d %H:%M}, generation {saved.generation}"


def _owner(arguments: argparse.Namespace) -> str:
    """Whose questions: those that everybody shares, or those of who is named."""
    from app.notebook.saved import EVERYBODY

    return str(arguments.user) or EVERYBODY


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
