"""Where passages are kept and found: the catalogue is the truth, the two indexes serve it.

Exports are loaded on first use, so that the values alone cost no index engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.catalog import BuildSpec, current_build
    from store.hits import Filters, Hit, places_of
    from store.mentions import ArticleMentions
    from store.ranking import Coverage, fuse
    from store.search import Store, open_store
    from store.writer import StoreSink, open_sink

__all__ = [
    "ArticleMentions",
    "BuildSpec",
    "Coverage",
    "Filters",
    "Hit",
    "Store",
    "StoreSink",
    "current_build",
    "fuse",
    "open_sink",
    "open_store",
    "places_of",
]

_HOMES = {
    "ArticleMentions": "store.mentions",
    "BuildSpec": "store.catalog",
    "Coverage": "store.ranking",
    "Filters": "store.hits",
    "Hit": "store.hits",
    "Store": "store.search",
    "StoreSink": "store.writer",
    "current_build": "store.catalog",
    "fuse": "store.ranking",
    "open_sink": "store.writer",
    "open_store": "store.search",
    "places_of": "store.hits",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'store' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
