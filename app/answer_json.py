"""An Answer out of what `Answer.to_dict` wrote, in this process or a later one.

Guarantee: `answer_from_dict(answer.to_dict())` is shown the same, is followed up the same, and its links open the same
characters; and `to_dict` of it gives the same again. Of an article that was retrieved it has what an answer tells of
it: where it lies, what it is called, who published it when; its body is the passage.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TypeVar, cast, get_args

from app.answer import (
    VERSION,
    Abstention,
    Answer,
    Citation,
    Dropped,
    Layout,
    NearPassage,
    Part,
    Provenance,
    Statement,
    Support,
    Tally,
    Writing,
)
from app.orders import Order
from app.times import Side, Timing
from ingest.article import Article, Passage, PublicationDate, Span
from ingest.errors import NotebookError
from store import Filters, Hit

__all__ = ["Fields", "answer_from_dict", "filters_from"]

_Made = TypeVar("_Made")


class Fields:
    """A JSON object whose values are taken out by their kinds; another kind is a `ValueError` that names the key."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, Mapping):
            raise ValueError(f"an object was expected, not {type(value).__name__}")
        self._values = value

    def text(self, key: str) -> str:
        """The text at `key`."""
        return self._of(key, str)

    def maybe_text(self, key: str) -> str | None:
        """The text at `key`, None where it is null or missing."""
        return None if self._values.get(key) is None else self.text(key)

    def whole(self, key: str, default: int | None = None) -> int:
        """The integer at `key`; `default` where it is missing."""
        return default if default is not None and key not in self._values else self._of(key, int)

    def maybe_whole(self, key: str) -> int | None:
        """The integer at `key`, None where it is null or missing."""
        return None if self._values.get(key) is None else self.whole(key)

    def real(self, key: str) -> float:
        """The number at `key`."""
        return float(self._of(key, int, float))

    def maybe_real(self, key: str) -> float | None:
        """The number at `key`, None where it is null or missing."""
        return None if self._values.get(key) is None else self.real(key)

    def claim(self, key: str, default: bool = False) -> bool:
        """The true or false at `key`; `default` where it is missing."""
        return self._of(key, bool) if key in self._values else default

    def maybe_day(self, key: str) -> dt.date | None:
        """The day at `key`, None where it is null or missing."""
        told = self.maybe_text(key)
        return None if told is None else dt.date.fromisoformat(told)

    def each(self, key: str, make: Callable[[object], _Made]) -> tuple[_Made, ...]:
        """What `make` makes of each item of the list at `key`; empty where it is missing."""
        listed = self._values.get(key, ())
        if not isinstance(listed, list | tuple):
            raise ValueError(f"{key} is a list, not {type(listed).__name__}")
        return tuple(make(item) for item in listed)

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts in the list at `key`."""
        return self.each(key, _text)

    def wholes(self, key: str) -> tuple[int, ...]:
        """The integers in the list at `key`."""
        return self.each(key, _whole)

    def maybe(self, key: str, make: Callable[[object], _Made]) -> _Made | None:
        """What `make` makes of the value at `key`, None where it is null or missing."""
        value = self._values.get(key)
        return None if value is None else make(value)

    def _of(self, key: str, *kinds: type[_Made]) -> _Made:
        value = self._values.get(key)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ValueError(f"{key} is {kinds[0].__name__}, not {type(value).__name__}")
        return value


def answer_from_dict(value: object) -> Answer:
    """The answer that `Answer.to_dict` wrote, with this version of it or an earlier one.

    Raises:
        NotebookError: it was written by a later version, or is no such answer.
    """
    try:
        row = Fields(value)
        version = row.whole("version", 1)
        if version > VERSION:
            raise NotebookError(
                f"this answer was written by a later version of Dateline (its format is {version}, this one reads up "
                f"to {VERSION}): update Dateline"
            )
        return _answer(row)
    except (ValueError, TypeError) as error:
        raise NotebookError(f"this is no answer that Dateline wrote: {error}") from error


def _answer(row: Fields) -> Answer:
    citations = row.each("citations", _citation)
    ids = {c.source: c.article_id for c in citations}
    exact = row.maybe_real("confidence_exact")
    return Answer(
        question=row.text("question"),
        query=row.text("query"),
        short=row.maybe_text("short"),
        statements=row.each("statements", _statement),
        citations=citations,
        hits=row.each("hits", lambda hit: _hit(hit, ids)),
        filters=row.maybe("filters", filters_from) or Filters(),
        confidence=row.real("confidence") if exact is None else exact,
        abstention=row.maybe("abstention", _abstention),
        provenance=_provenance(Fields(row.maybe("provenance", _itself))),
        layout=cast(Layout, _one_of(row.maybe_text("layout") or "statements", get_args(Layout))),
        parts=row.each("parts", _part),
        notes=row.texts("notes"),
        timing=row.maybe("timing", _timing) or Timing(),
        searched=row.maybe_text("searched") or "",
        writing=row.maybe("writing", _writing),
    )


def _statement(value: object) -> Statement:
    row = Fields(value)
    support = cast(Support, _one_of(row.text("support"), get_args(Support)))
    markers = row.wholes("markers")
    return Statement(row.text("text"), markers, support, row.maybe("tally", _tally), row.maybe_text("attribution"))


def _tally(value: object) -> Tally:
    row = Fields(value)
    return Tally(
        row.text("counted"), row.text("scope"), row.whole("number"), row.each("spans", _place),
        row.maybe_whole("stories"),
    )  # fmt: skip


def _place(value: object) -> tuple[str, int, int]:
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise ValueError("a place is a source, a start and an end")
    return _text(value[0]), _whole(value[1]), _whole(value[2])


def _part(value: object) -> Part:
    row = Fields(value)
    return Part(
        row.text("text"), row.wholes("markers"), row.maybe_text("label"), row.maybe_day("day"),
        row.maybe_text("basis"), row.texts("outlets"), row.whole("n_sources", 1), row.claim("newest"),
    )  # fmt: skip


def _citation(value: object) -> Citation:
    row = Fields(value)
    return Citation(
        row.whole("marker"), row.text("source"), row.whole("start"), row.whole("end"), row.text("quote"),
        row.maybe_text("headline"), row.maybe_text("outlet"), row.maybe_day("published"), row.text("published_basis"),
        row.text("article_id"), row.texts("copies"),
    )  # fmt: skip


def _hit(value: object, ids: Mapping[str, str]) -> Hit:
    """`ids` are those of the cited articles by their sources: the first version told them of no other ones."""
    row = Fields(value)
    source, start, end = row.text("source"), row.whole("start"), row.whole("end")
    article_id = row.maybe_text("article_id") or ids.get(source) or f"not known: {source}"
    day, basis = row.maybe_day("published"), row.maybe_text("published_basis") or "not kept"
    article = Article(
        article_id, (source,), row.maybe_text("headline"), row.maybe_text("outlet"), (), PublicationDate(day, basis),
        (Span(start, end),), "",
    )  # fmt: skip
    passage = Passage(row.whole("passage_id"), article_id, start, end, row.text("text"))
    return Hit(passage, article, row.real("score"), row.whole("rank"), row.texts("copies"))


def _abstention(value: object) -> Abstention:
    row = Fields(value)
    return Abstention(row.text("reason"), row.text("searched"), row.each("nearest", _near))


def _near(value: object) -> NearPassage:
    row = Fields(value)
    source, start, end = row.text("source"), row.whole("start"), row.whole("end")
    return NearPassage(source, start, end, row.text("text"), row.maybe_text("headline"))


def _provenance(row: Fields) -> Provenance:
    as_of = row.maybe_day("as_of")
    if as_of is None:
        raise ValueError("as_of is a day")
    return Provenance(
        row.whole("generation"), row.text("encoder"), row.text("reader"), row.text("settings"), row.text("composer"),
        as_of, row.maybe_text("prompts"),
    )  # fmt: skip


def _writing(value: object) -> Writing:
    row = Fields(value)
    return Writing(
        model=row.text("model"),
        place=row.text("place"),
        is_local=row.claim("is_local"),
        prompts=row.text("prompts"),
        tokens_in=row.maybe_whole("tokens_in"),
        tokens_out=row.maybe_whole("tokens_out"),
        first_statement_s=row.maybe_real("first_statement_s"),
        seconds=row.real("seconds"),
        n_said=row.whole("n_said"),
        n_dropped=row.whole("n_dropped"),
        dropped=row.each("dropped", _dropped),
        fell_back=row.maybe_text("fell_back"),
    )


def _dropped(value: object) -> Dropped:
    row = Fields(value)
    return Dropped(row.text("text"), row.text("reason"))


def _timing(value: object) -> Timing:
    row = Fields(value)
    order, side = row.maybe_text("order"), row.maybe_text("side")
    return Timing(
        text=row.text("text"),
        words=row.texts("words"),
        first=row.maybe_day("first"),
        last=row.maybe_day("last"),
        order=None if order is None else cast(Order, _one_of(order, get_args(Order))),
        event=row.maybe_text("event"),
        side=None if side is None else cast(Side, _one_of(side, get_args(Side))),
        basis=row.maybe_text("basis"),
        unread=row.texts("unread"),
        rest=row.maybe_text("rest") or "",
    )


def filters_from(value: object) -> Filters:
    """The filters that `Filters.to_dict` wrote."""
    row = Fields(value)
    first, last = row.maybe_day("published_from"), row.maybe_day("published_to")
    return Filters(first, last, row.claim("undated", True), row.texts("sources"))


def _itself(value: object) -> object:
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"text was expected, not {type(value).__name__}")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"a number was expected, not {type(value).__name__}")
    return value


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value
