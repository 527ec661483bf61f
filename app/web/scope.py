"""Which articles a question is asked of, as the page sends it: sources that are ticked, and days that were brushed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from app.ask import AskOptions
from store import Filters

__all__ = ["read_scope"]

_MOST_SOURCES = 5_000


def read_scope(sent: object, options: AskOptions) -> AskOptions:
    """`options` narrowed to what the page `sent`: `{"sources": [...], "from": "2020-01-01", "to": "2020-12-31"}`.

    What makes no sense there is left out: the page is a stranger.
    """
    if not isinstance(sent, dict):
        return options
    listed = sent.get("sources")
    sources = tuple(s for s in listed[:_MOST_SOURCES] if isinstance(s, str) and s) if isinstance(listed, list) else ()
    first, last = _day(sent.get("from")), _day(sent.get("to"))
    if first and last and first > last:
        first, last = last, first
    if first is None and last is None:
        return replace(options, sources=sources)
    return replace(options, filters=Filters(first, last, undated=False, sources=sources))


def _day(sent: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(sent)[:10]) if sent else None
    except ValueError:
        return None
