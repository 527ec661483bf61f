"""Questions about the archive itself, answered from the catalogue and the full-text index: exact, never sampled."""

from __future__ import annotations

from app.draft import Composition
from store import Filters, Store

__all__ = ["compose_count"]


def compose_count(text: str, archive: Store, filters: Filters) -> Composition | None:
    """The count that `text` asks for, among the articles that `filters` admits; None where it asks for none."""
    return None
