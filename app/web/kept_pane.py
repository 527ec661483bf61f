"""An answer that was kept, as a fragment of the page, and the article that one of its links opens.

Its links are numbered far beyond those of any conversation, so that one of the chat never opens an article of these.
"""

from __future__ import annotations

import re

from fastapi.responses import HTMLResponse

from app.answer import Answer
from app.ask import AskOptions
from app.references import find_reference
from app.render import render_answer_html
from app.web.reading import pane_article, pane_message
from app.web.site import Archive, counted_names

__all__ = ["kept_answer_html", "kept_source_html", "number_of"]

_BEYOND = 500_000  # turns of a conversation
_KEY = re.compile(r"([chpt])-(\d{6})-(\d{1,6})", re.ASCII)
_GONE = "This number leads nowhere any more."


def kept_answer_html(archive: Archive, answer: Answer, number: int, options: AskOptions) -> str:
    """The answer as the chat shows it; `number` keeps its links apart from those of others beside it."""
    return render_answer_html(answer, _BEYOND + number, options=options, names=counted_names(archive, answer))


def number_of(key: str) -> int:
    """The number of the answer that a link belongs to; 0 where it is no link."""
    found = _KEY.fullmatch(key)
    return max(0, int(found[2]) - _BEYOND) if found else 0


def kept_source_html(archive: Archive, answer: Answer | None, key: str) -> HTMLResponse:
    """The source pane for the link `key` of `answer`; a message where it leads nowhere."""
    found = _KEY.fullmatch(key)
    turn, number = (int(found[2]), int(found[3])) if found else (0, 0)
    reference = find_reference(answer, found[1], number, turn=turn) if found and answer is not None else None
    if reference is None or answer is None:
        return pane_message(_GONE)
    moved = answer.provenance.generation != archive.generation
    return pane_article(archive, reference, moved=moved)
