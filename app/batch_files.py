"""The questions of a batch, read from a table, a list or JSON lines, as a spreadsheet or a person may have saved them.

A byte order mark, UTF-16, a Western European encoding, semicolons and tabs are all read. Pure: bytes in, items out.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Literal

from app.batch import UNDERSTOOD, Item
from ingest.errors import UsageError

__all__ = ["MOST_QUESTIONS", "read_questions"]

MOST_QUESTIONS = 100_000  # of one run of the command line
_LONGEST_CELL = 1_000_000
_MOST_COLUMNS = 100
_LONGEST_NAME = 40  # characters of the name of a column
_NOWHERE = "\x1f"  # parts no cells: a table of one column
_LARGEST_SAMPLE = 20_000  # characters by which the delimiter is told
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

Format = Literal["csv", "txt", "jsonl"]


def read_questions(data: bytes, name: str, *, most: int = MOST_QUESTIONS) -> tuple[Item, ...]:
    """The questions in the bytes of a file; its name says which format it has, and where it does not, the first line.

    Lines without a question are passed over, a cell that is empty in a row that is not is a question that will be
    refused by name. Raises `UsageError` where there are none, more than `most`, or the file cannot be read as it is.
    """
    text = _decoded(data, name)
    rows = {"csv": _of_table, "txt": _of_lines, "jsonl": _of_json}[_format(text, name)](text, name)
    items: list[Item] = []
    for question, columns in rows:
        if len(items) == most:
            raise UsageError(f"{name} holds more than {most:,} questions: split it, and ask one part after the other")
        items.append(Item(len(items) + 1, question, tuple(columns)))
    if not items:
        raise UsageError(f"{name} holds no question: a column named question, one question a line, or JSON lines")
    return tuple(items)


def _decoded(data: bytes, name: str) -> str:
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")  # what spreadsheets save where nobody says otherwise
    if "\0" in text:
        raise UsageError(f"{name} is no text: save the table as CSV, or write one question a line")
    return text


def _format(text: str, name: str) -> Format:
    ending = name.casefold().rpartition(".")[2]
    if ending in ("jsonl", "ndjson"):
        return "jsonl"
    if ending in ("csv", "tsv", "tab"):
        return "csv"
    if ending == "txt":
        return "txt"
    first = text.lstrip().partition("\n")[0].strip()
    if first.startswith("{") and first.endswith("}"):
        return "jsonl"
    return "csv" if "question" in _named(_cells(first, _delimiter(text))) else "txt"


# --- one question a line --------------------------------------------------------------------------------------------


def _of_lines(text: str, name: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for line in text.splitlines():
        if question := line.strip():
            yield question, [("question", question)]


# --- JSON lines -----------------------------------------------------------------------------------------------------


def _of_json(text: str, name: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for number, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            told = json.loads(written)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{name}, line {number}: this is no JSON; write one object or text a line") from error
        told = {"question": told} if isinstance(told, str) else told
        if not isinstance(told, dict) or not isinstance(told.get("question"), str):
            raise UsageError(f'{name}, line {number}: write a text, or an object such as {{"question": "…"}}')
        columns = [(key, _cell(value)) for key, value in list(told.items())[:_MOST_COLUMNS]]
        yield str(told["question"]).strip(), columns


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "|".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- tables ---------------------------------------------------------------------------------------------------------


def _of_table(text: str, name: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    table = _rows(text, _delimiter(text), name)
    if "question" not in _named(table[0] if table else ()) and _is_prose(table):
        table = _rows(text, _NOWHERE, name)
    if not table:
        return
    header, at = _header(table)
    if header:
        header[at] = "question"
    for row in table[1:] if header else table:
        cells = row[:_MOST_COLUMNS]
        names = header or ["question"]
        question = cells[at].strip() if at < len(cells) else ""
        columns = [(names[n] if n < len(names) else f"column {n + 1}", cell) for n, cell in enumerate(cells)]
        yield question, columns


def _rows(text: str, delimiter: str, name: str) -> list[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [row for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise UsageError(f"{name}, line {rows.line_num}: the table cannot be read ({error})") from error


def _is_prose(table: Sequence[Sequence[str]]) -> bool:
    """Whether what parts the cells is punctuation of questions that stand one a line."""
    return len({len(row) for row in table}) > 1 or any(cell.startswith(" ") for row in table for cell in row[1:])


def _header(table: Sequence[Sequence[str]]) -> tuple[list[str], int]:
    """The names of the columns and which one holds the question; no names where the first row is a question already.

    Without a column named question it is the first one.
    """
    first = [cell.strip() for cell in table[0]][:_MOST_COLUMNS]
    named = _named(first)
    names = [cell or f"column {n}" for n, cell in enumerate(first, 1)]
    if "question" in named:
        return names, named.index("question")
    known = any(n in UNDERSTOOD for n in named) or named[0] in ("questions", "text", "frage", "fragen", "pregunta")
    looks_so = len(first) > 1 and all(len(cell) <= _LONGEST_NAME and "?" not in cell for cell in first)
    return (names, 0) if known or looks_so else ([], 0)


def _named(cells: Sequence[str]) -> list[str]:
    return [cell.strip().casefold() for cell in cells]


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _delimiter(text: str) -> str:
    """What parts the cells: what gives the header a column named question, else what every row holds."""
    lines = [line for line in text[:_LARGEST_SAMPLE].splitlines() if line.strip()][:50]
    if not lines:
        return ","
    for delimiter in ",;\t":
        named = _named(_cells(lines[0], delimiter))
        if "question" in named and len(named) > 1:
            return delimiter
    if lines[0].strip().strip('"').casefold() == "question":
        return _NOWHERE  # one column, whose questions may hold any of them
    return next((d for d in "\t;" if all(d in line for line in lines)), ",")
