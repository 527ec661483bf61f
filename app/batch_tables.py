"""What came of a batch as CSV that is safe to open in a spreadsheet, and as JSON lines for programs. Pure.

In the CSV a cell that holds several citations has a line for each, in the same order in every column, so that a line
of `quotes` stands beside the same line of `places`.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from app.answer import Answer, Citation
from app.batch import Outcome, short_words, sources_of
from app.wording import line, other_notes
from ingest.article import normalise_space

__all__ = ["COLUMNS", "render_batch_csv", "render_batch_jsonl", "safe_cell"]

COLUMNS = (
    *("state", "answer", "statements", "why", "confidence", "n_sources", "files", "places", "quotes", "headlines"),
    *("outlets", "dates", "newest", "notes", "citations_json"),
)
# What spreadsheets read as the beginning of a formula; the wide forms do the same in East Asian ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MOST_CHARACTERS = 32_000  # of a cell: spreadsheets cut, or split, at 32,767


def render_batch_csv(outcomes: Iterable[Outcome], names: Iterable[str]) -> Iterator[str]:
    """The table, a row at a time: the columns `names` that the questions came with, then those of `COLUMNS`."""
    own = ["question", *(n for n in dict.fromkeys(names) if n != "question")]
    yield _row([*own, *(f"{c} (Dateline)" if c in own else c for c in COLUMNS)])
    for outcome in outcomes:
        came_with = {**dict(outcome.item.columns), "question": outcome.item.question}
        yield _row([*(came_with.get(name, "") for name in own), *_cells(outcome)])


def render_batch_jsonl(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A JSON object a line: number, id, question, the columns it came with, state, error, `Answer.to_dict()`."""
    for outcome in outcomes:
        item = outcome.item
        told = {
            "number": item.number,
            "id": item.value("id") or None,
            "question": item.question,
            "columns": {k: v for k, v in item.columns if k != "question"},
            "state": outcome.state,
            "error": outcome.error or None,
            "answer": None if outcome.answer is None else outcome.answer.to_dict(),
        }
        yield json.dumps(told, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n"


def safe_cell(text: str) -> str:
    """`text` for a cell: no formula, no control or direction character, its line ends kept, not longer than one may be.

    What a spreadsheet would take for a formula gets an apostrophe in front.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")  # a file name may hold bytes that are no text
    kept = "".join(c for c in text.replace("\r\n", "\n") if c in "\n\t" or not _steers(c))
    if len(kept) > _MOST_CHARACTERS:
        kept = kept[:_MOST_CHARACTERS] + " …"
    return "'" + kept if kept.lstrip(" ").startswith(_FORMULA) else kept


def _steers(character: str) -> bool:
    turns = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return unicodedata.category(character) in ("Cc", "Cs") or unicodedata.bidirectional(character) in turns


def _row(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()


def _cells(outcome: Outcome) -> list[str]:
    answer = outcome.answer
    if answer is None:
        return ["error", "", "", outcome.error, *[""] * (len(COLUMNS) - 4)]
    cited = answer.citations
    return [
        outcome.state,
        short_words(answer),
        "\n".join(_statements(answer)),
        answer.reason or "",
        f"{answer.confidence:.4f}",
        str(outcome.n_sources),
        _each(cited, lambda c: c.source) or "\n".join(sources_of(answer)),
        _each(cited, lambda c: f"{c.start}:{c.end}"),
        _each(cited, lambda c: normalise_space(c.quote)),
        _each(cited, lambda c: c.headline or "(no headline)"),
        _each(cited, lambda c: c.outlet or "(unknown)"),
        _each(cited, lambda c: c.published.isoformat() if c.published else "not known"),
        "" if answer.newest is None else answer.newest.isoformat(),
        "\n".join(line(n) for n in other_notes(answer)),
        _citations_json(cited),
    ]


def _statements(answer: Answer) -> Iterator[str]:
    for s in answer.statements:
        reported = f" (according to {line(s.attribution)})" if s.attribution else ""
        yield line(s.text) + "".join(f" [{m}]" for m in s.markers) + reported


def _each(citations: Iterable[Citation], words: Callable[[Citation], str]) -> str:
    return "\n".join(f"[{c.marker}] {line(words(c))}" for c in citations)


def _citations_json(citations: tuple[Citation, ...]) -> str:
    """As many of the citations as a cell holds, as valid JSON."""
    told: list[str] = []
    room = _MOST_CHARACTERS - 2
    for c in citations:
        one = json.dumps(
            {
                "marker": c.marker, "file": c.source, "start": c.start, "end": c.end, "quote": c.quote,
                "headline": c.headline, "outlet": c.outlet,
                "date": None if c.published is None else c.published.isoformat(),
            }
        )  # fmt: skip
        room -= len(one) + 2
        if room < 0:
            break
        told.append(one)
    return f"[{', '.join(told)}]" if told else ""
