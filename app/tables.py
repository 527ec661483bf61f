"""The list behind a number as CSV that is safe to open: no cell of it is a formula."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from ingest.article import normalise_space
from ingest.errors import UnknownSourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.answer import Answer
    from store import Store

__all__ = ["inert_cell", "render_tally_csv"]

_COLUMNS = ("counted", "source", "start", "end")
_FROM_THE_ARCHIVE = ("headline", "outlet", "published", "words")
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# Where a comma is no separator, what follows another mark of separation would be a cell of its own.
_SPLITS = re.compile(r"([;|\t\r\n]\s*)(?=[=+@＝＋－＠-])")


def render_tally_csv(answer: Answer, archive: Store | None = None) -> str:
    """A row for each place that `answer` counted: what was counted, source, start and end; the header alone if none.

    With the archive, the headline, outlet and day of the article and the words at that place besides. A cell that a
    spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS + (_FROM_THE_ARCHIVE if archive is not None else ()))
    for tally in (s.tally for s in answer.statements if s.tally is not None):
        for source, start, end in tally.spans:
            told = () if archive is None else _told(archive, source, start, end)
            writer.writerow(inert_cell(cell) for cell in (tally.counted, source, str(start), str(end), *told))
    return out.getvalue()


def _told(archive: Store, source: str, start: int, end: int) -> Sequence[str]:
    try:
        article = archive.article(source)
        words = normalise_space(archive.text_of(article.article_id)[start:end])
    except UnknownSourceError:  # taken out since it was counted
        return ("", "", "", "")
    day = article.published.day
    return (article.headline or "", article.outlet or "", "" if day is None else day.isoformat(), words)


def inert_cell(cell: str) -> str:
    """`cell` as text to every spreadsheet: with an apostrophe in front where it would be a formula."""
    cell = cell.encode("utf-8", "replace").decode("utf-8")  # a file name may hold bytes that are no text
    cell = _SPLITS.sub(r"\1'", cell)
    return "'" + cell if cell.startswith(_FORMULA) else cell
