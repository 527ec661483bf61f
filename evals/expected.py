"""What a gold case expects of its answer beside words and evidence: an Expectation, read from the key `expect`.

Guarantee: a loaded expectation has values of the right kind, days that exist, and no name that nobody measures, so a
slip of the pen is an error with its line and never a figure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, NamedTuple, cast, get_args

from app.answer import Layout
from app.times import Order
from ingest.errors import GoldError

__all__ = ["EXPECTED", "Expectation", "Window", "YesNo", "read_day", "read_expectation"]

YesNo = Literal["yes", "no"]
Wordings = tuple[str, ...]


class Window(NamedTuple):
    """Days of publication that a question may be read as asking for: for each end, the days that are right.

    None among them: that side is open.
    """

    first: tuple[dt.date | None, ...]
    last: tuple[dt.date | None, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an answer has to show; empty or None: nothing is expected of that kind.

    Where wordings are grouped (`sides`, `items`, `readings`), one wording of each group is enough. `windows` are the
    filters that are a right reading of the question, any of them, and `order` which end of them it asks for.
    `excluded` must not be shown. `events` are days in order, each with the days that are right for it. `statements`
    is the least and the most of them.
    """

    windows: tuple[Window, ...] = ()
    order: Order | None = None
    undated_left_out: int | None = None
    sides: tuple[Wordings, ...] = ()
    newest: str | None = None
    items: tuple[Wordings, ...] = ()
    excluded: Wordings = ()
    count: int | None = None
    files: int | None = None
    stories: int | None = None
    outlets: Wordings = ()
    layout: Layout | None = None
    attribution: str | None = None
    yes_no: YesNo | None = None
    speaker: str | None = None
    events: tuple[tuple[dt.date, ...], ...] = ()
    readings: tuple[Wordings, ...] = ()
    definition: str | None = None
    note: str | None = None
    statements: tuple[int, int] | None = None
    short: Wordings = ()

    @property
    def asks_for_an_answer(self) -> bool:
        """Whether only an answer can meet it: how a question was read, and what was noted, may go with declining."""
        met_by_declining = {"windows", "order", "undated_left_out", "note", "excluded"}
        return any(getattr(self, f.name) not in (None, ()) for f in fields(self) if f.name not in met_by_declining)


def read_expectation(value: object) -> Expectation:
    """The expectation in the JSON object `value`.

    Raises:
        GoldError: it is none; the message names the key.
    """
    row = _object(value, "expect")
    if unknown := sorted(row.keys() - EXPECTED.keys()):
        raise GoldError(f"unknown key {unknown[0]!r} in expect; it has {', '.join(sorted(EXPECTED))}")
    values = {_FIELD_OF.get(key, key): EXPECTED[key](item, key) for key, item in row.items()}
    expectation = Expectation(**values)  # type: ignore[arg-type]
    if expectation.newest is not None and not expectation.sides:
        raise GoldError("newest says which of the sides is the newest: give the sides")
    return expectation


def read_day(value: object, key: str) -> dt.date:
    """The day written as 2020-01-28; GoldError of anything else."""
    try:
        return dt.date.fromisoformat(_text(value, key))
    except ValueError as error:
        raise GoldError(f"{key} holds days such as 2020-01-28, not {value!r}") from error


def _windows(value: object, key: str) -> tuple[Window, ...]:
    windows = value if isinstance(value, list) else [value]
    if not windows:
        raise GoldError(f'{key} holds {{"from": day, "to": day}}, or a list of those')
    return tuple(_window(window, key) for window in windows)


def _window(value: object, key: str) -> Window:
    row = _object(value, key)
    if row.keys() != {"from", "to"}:
        raise GoldError(f'{key} holds {{"from": day, "to": day}}, null for an open side')
    return Window(*(_ends(row[name], f"{key}.{name}") for name in ("from", "to")))


def _ends(value: object, key: str) -> tuple[dt.date | None, ...]:
    days = value if isinstance(value, list) and value else [value]
    return tuple(None if day is None else read_day(day, key) for day in days)


def _events(value: object, key: str) -> tuple[tuple[dt.date, ...], ...]:
    return tuple(
        tuple(read_day(day, key) for day in _some(event, key)) if isinstance(event, list) else (read_day(event, key),)
        for event in _some(value, key)
    )


def _groups(value: object, key: str) -> tuple[Wordings, ...]:
    return tuple(_wordings(group, key) for group in _some(value, key))


def _wordings(value: object, key: str) -> Wordings:
    return tuple(_text(words, key) for words in _some(value, key))


def _range(value: object, key: str) -> tuple[int, int]:
    ends = tuple(_number(end, key) for end in _some(value, key))
    if len(ends) != 2 or ends[0] > ends[1]:
        raise GoldError(f"{key} holds the least and the most, such as [2, 5], not {value!r}")
    return ends[0], ends[1]


def _number(value: object, key: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise GoldError(f"{key} holds a number from 0 on, not {value!r}")
    return value


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise GoldError(f"{key} holds text, not {value!r}")
    return value


def _some(value: object, key: str) -> list[object]:
    if not isinstance(value, list) or not value:
        raise GoldError(f"{key} is a list with something in it, not {value!r}")
    return cast(list[object], value)


def _object(value: object, key: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise GoldError(f"{key} is a JSON object, not {value!r}")
    return cast(dict[str, object], value)


def _one_of(*allowed: str) -> Callable[[object, str], str]:
    def read(value: object, key: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise GoldError(f"{key} is one of {', '.join(allowed)}, not {value!r}")
        return value

    return read


# What `expect` may hold, by its key, and what reads it. Keys are as in a gold file.
EXPECTED: Mapping[str, Callable[[object, str], object]] = {
    "filters": _windows,
    "order": _one_of(*get_args(Order)),
    "undated_left_out": _number,
    "sides": _groups,
    "newest": _text,
    "items": _groups,
    "not": _wordings,
    "count": _number,
    "files": _number,
    "stories": _number,
    "outlets": _wordings,
    "layout": _one_of(*get_args(Layout)),
    "attribution": _text,
    "yes_no": _one_of(*get_args(YesNo)),
    "speaker": _text,
    "events": _events,
    "readings": _groups,
    "definition": _text,
    "note": _text,
    "statements": _range,
    "short": _wordings,
}
_FIELD_OF = {"filters": "windows", "not": "excluded"}
