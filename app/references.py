"""What a link of an answer points at: a place in an article, by the letter and number that the link names. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.answer import Answer, Citation
from ingest.article import Span
from store import Hit

__all__ = ["Reference", "find_reference", "unused_hits"]

Kind = Literal["cited", "retrieved", "near", "counted"]

_LETTERS: dict[str, Kind] = {"c": "cited", "h": "retrieved", "p": "near", "t": "counted"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in an article that an answer points at, as its link names it: `#c-<turn>-<number>`.

    `also` are the answer's other cited spans in the same article; `quote` is what stood at the span.
    """

    kind: Kind
    label: str
    source: str
    span: Span
    quote: str | None
    also: tuple[Span, ...] = ()


def find_reference(answer: Answer, letter: str, number: int) -> Reference | None:
    """What `answer` means by a link of kind `letter` (c, h, p, t) and `number` from 1; None if it has no such link."""
    kind = _LETTERS.get(letter)
    if kind == "cited":
        return _numbered([_cited(answer, c) for c in answer.citations], number)
    if kind == "retrieved":
        return _numbered([_retrieved(h) for h in unused_hits(answer)], number)
    if kind == "near" and answer.abstention is not None:
        return _numbered(
            [Reference("near", "Nearest passage", p.source, Span(p.start, p.end), p.text)
             for p in answer.abstention.nearest],
            number,
        )  # fmt: skip
    if kind == "counted":
        places = [place for s in answer.statements if s.tally for place in s.tally.spans]
        here = places[number - 1 : number] if number else []
        return next((Reference("counted", "Counted", s, Span(a, b), None) for s, a, b in here), None)
    return None


def _numbered(references: Sequence[Reference], number: int) -> Reference | None:
    return references[number - 1] if 1 <= number <= len(references) else None


def _cited(answer: Answer, citation: Citation) -> Reference:
    others = (c for c in answer.citations if c.article_id == citation.article_id and c.marker != citation.marker)
    return Reference(
        "cited",
        f"[{citation.marker}]",
        citation.source,
        Span(citation.start, citation.end),
        citation.quote,
        tuple(Span(c.start, c.end) for c in others),
    )


def _retrieved(hit: Hit) -> Reference:
    return Reference("retrieved", f"Retrieved, rank {hit.rank}", hit.article.source, hit.passage.span, hit.passage.text)


def unused_hits(answer: Answer) -> tuple[Hit, ...]:
    """What was retrieved and overlaps nothing that is cited, best first."""
    cited = [(c.article_id, Span(c.start, c.end)) for c in answer.citations]
    return tuple(
        h for h in answer.hits if not any(i == h.article.article_id and s.overlaps(h.passage.span) for i, s in cited)
    )
