"""Dateline: answers from a folder of news articles, each statement cited to the exact passage."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.answer import Answer, Citation, Statement, Turn
    from app.ask import AskOptions, ask, ask_stream
    from store import Filters

__all__ = ["Answer", "AskOptions", "Citation", "Filters", "Statement", "Turn", "ask", "ask_stream"]

# Loaded on first use (PEP 562): importing one part must not load what the others need.
_HOMES = {
    "Answer": "app.answer",
    "AskOptions": "app.ask",
    "Citation": "app.answer",
    "Filters": "store",
    "Statement": "app.answer",
    "Turn": "app.answer",
    "ask": "app.ask",
    "ask_stream": "app.ask",
}


class _Package(ModuleType):
    """The import system binds the submodule `app.ask` to this package; `from app import ask` means the function."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value.ask if name == "ask" and isinstance(value, ModuleType) else value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'app' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
