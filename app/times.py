"""What a question says of time, read into days and an order: shown beside the answer, and removed with one click.

"in January 2020", "since the summer", "last week" bound when an article was published; "latest" and "first reported"
order what is found; "before the strike" is bounded by an event whose day the archive has to tell. Pure.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

__all__ = ["NO_TIMING", "Order", "Timing", "read_timing"]

Order = Literal["newest", "oldest"]


@dataclass(frozen=True, slots=True)
class Timing:
    """What was read of time. `words` are the phrases as the question has them; empty when there are none.

    `first` and `last` are inclusive days of publication, None where that side is open. `order` says which end of what
    is found comes first. `event` is what bounds the time and has no day in the question ("the strike"), with `side`
    on which of its days articles lie. `text` is the question to search for and read, less what only speaks of time.
    """

    text: str = ""
    words: tuple[str, ...] = ()
    first: dt.date | None = None
    last: dt.date | None = None
    order: Order | None = None
    event: str | None = None
    side: Literal["before", "after"] | None = None

    @property
    def bounded(self) -> bool:
        """Whether it says from or until which day."""
        return self.first is not None or self.last is not None


NO_TIMING = Timing()


def read_timing(text: str, as_of: dt.date) -> Timing:
    """What `text` says of time, relative to `as_of`."""
    return Timing(text)
