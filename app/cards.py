"""What a card beside a marker says of its citation: the words, who published them and when, and who said them. Pure."""

from __future__ import annotations

from app.answer import Answer, Citation
from app.wording import format_day, line
from ingest.article import normalise_space

__all__ = ["describe_citations"]

_MOST_CHARACTERS = 900  # of a quote; the article has the rest


def describe_citations(answer: Answer) -> list[dict[str, object]]:
    """For each citation, in the order of the markers, plain words for `quote`, `headline`, `outlet`, `date`, `said_by`.

    What is not known is empty, save the headline and the date, which say so.
    """
    return [
        {
            "marker": c.marker,
            "quote": _quote(c),
            "headline": line(c.headline or "") or "(no headline)",
            "outlet": line(c.outlet or ""),
            "date": format_day(c.published) or "date not known",
            "said_by": _said_by(answer, c.marker),
        }
        for c in answer.citations
    ]


def _quote(citation: Citation) -> str:
    words = normalise_space(line(citation.quote))
    if len(words) <= _MOST_CHARACTERS:
        return words
    return words[:_MOST_CHARACTERS].rsplit(" ", 1)[0] + " …"


def _said_by(answer: Answer, marker: int) -> str:
    """To whom the article attributes it, where all that rests on the marker alone is attributed to the same."""
    names = {line(s.attribution or "") for s in answer.statements if marker in s.markers}
    return names.pop() if len(names) == 1 else ""
