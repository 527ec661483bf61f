"""The list behind a number, as CSV for a spreadsheet. Pure.

Guarantee: no cell is read as a formula, whatever a file is called.
"""

from __future__ import annotations

import csv
import io

from app.answer import Answer

__all__ = ["render_tally_csv"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def render_tally_csv(answer: Answer) -> str:
    """A row for each place that was counted; only the head where nothing was."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["source", "start", "end"])
    for statement in answer.statements:
        for source, start, end in statement.tally.spans if statement.tally else ():
            writer.writerow([f"'{source}" if source.startswith(_FORMULA) else source, start, end])
    return out.getvalue()
