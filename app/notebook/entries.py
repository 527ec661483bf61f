"""An entry of a conversation as plain JSON types, and back: the question, how it was asked, what it came to. Pure."""

from __future__ import annotations

import json

from app.answer import Turn
from app.answer_json import Fields, answer_from_dict, filters_from
from app.ask import AskOptions
from app.conversation import Asked, Failure
from ingest.errors import DatelineError, NotebookError

__all__ = ["entry_from_json", "entry_to_json", "options_from_dict", "options_to_dict"]


def entry_to_json(entry: Asked | Failure) -> str:
    """The entry as JSON in ASCII: whatever a file name or a question holds, SQLite can keep it."""
    if isinstance(entry, Failure):
        row: dict[str, object] = {
            "question": entry.question,
            "failure": {"message": entry.message, "stopped": entry.stopped},
            "options": options_to_dict(entry.options),
        }
        return json.dumps(row)
    answer, names = entry.turn.answer.to_dict(), dict(entry.names)
    options = options_to_dict(entry.options)
    return json.dumps(
        {"question": entry.turn.question, "answer": answer, "options": options, "names": names,
         "edition": entry.edition}
    )  # fmt: skip


def entry_from_json(text: str) -> Asked | Failure:
    """The entry that `entry_to_json` wrote.

    One that cannot be read, of a later version or a damaged file, is a Failure that says so: the rest of its
    conversation is still there.
    """
    question = ""
    try:
        row = Fields(json.loads(text))
        question = row.text("question")
        options = row.maybe("options", options_from_dict) or AskOptions()
        if (failure := row.maybe("failure", Fields)) is not None:
            return Failure(question, failure.text("message"), options, failure.claim("stopped"))
        answer = row.maybe("answer", answer_from_dict)
        if answer is None:
            raise NotebookError("it has no answer")
        names = row.maybe("names", _names) or {}
        return Asked(Turn(question, answer), options, names, row.whole("edition", 0))
    except (ValueError, TypeError, DatelineError) as error:
        return Failure(question or "(unreadable)", f"What was answered here cannot be read: {error}. Ask again.")


def options_to_dict(options: AskOptions) -> dict[str, object]:
    """How a question was asked, as plain JSON types."""
    return {
        "query": options.query,
        "filters": None if options.filters is None else options.filters.to_dict(),
        "sources": list(options.sources),
        "threshold": options.threshold,
        "composer": options.composer,
        "without": sorted(options.without),
        "times": options.times,
        "undated": options.undated,
        "as_of": None if options.as_of is None else options.as_of.isoformat(),
        "unsupported": options.unsupported,
    }


def options_from_dict(value: object) -> AskOptions:
    """The options that `options_to_dict` wrote. Raises `ValueError` where it wrote no such thing."""
    row = Fields(value)
    return AskOptions(
        row.maybe_text("query"), row.maybe("filters", filters_from), row.texts("sources"), row.maybe_real("threshold"),
        row.maybe_text("composer"), frozenset(row.texts("without")), row.claim("times", True), row.claim("undated"),
        row.maybe_day("as_of"), row.maybe_text("unsupported"),
    )  # fmt: skip


def _names(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("names are an object")
    return {str(source): str(name) for source, name in value.items()}
