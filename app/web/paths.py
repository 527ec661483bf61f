"""What the paths of several routes name, and what is said where it is not there."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

__all__ = ["GONE", "ConversationId", "TurnNumber"]

GONE = "This conversation is not here any more: it was deleted, or belongs to another browser."
ConversationId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
TurnNumber = Annotated[int, Path(ge=1, le=1_000_000)]
