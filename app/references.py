"""What a link of an answer points at: a place in an article, by the letter and number that the link names. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.answer import Answer, Citation
from ingest.article import Span
from store import Hit

__all__ = ["Place", "Reference", "find_reference", "unused_hits"]

Kind = Literal["cited", "retrieved", "near", "counted", "article"]

_LETTERS: dict[str, Kind] = {"c": "cited", "h": "retrieved", "p": "near", "t": "counted"}


@dataclass(frozen=True, slots=True)
class Place:
    """Words in an article that an answer points at, and the `key` of the link that does: `#c-<turn>-<number>`.

    `quote` is what stood at the span; of what was counted nobody kept it, but `counted` says in words what it was.
    """

    key: str
    label: str
    source: str
    span: Span
    quote: str | None
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """An article to be shown, and the place in it: one that an answer points at, or any, or none.

    Of an answer's, `number` of `total` says which of its kind it is, and `also` are its other places in that article:
    what is cited there, and what is of the same kind.
    """

    kind: Kind
    label: str
    source: str
    place: Place | None = None
    also: tuple[Place, ...] = ()
    number: int = 1
    total: int = 1


def find_reference(answer: Answer, letter: str, number: int, *, turn: int = 1) -> Reference | None:
    """What `answer`, that of turn number `turn`, means by its link of that letter (c, h, p, t) and number from 1.

    None if it has no such link.
    """
    kind = _LETTERS.get(letter)
    if kind is None:
        return None
    places = _places(answer, kind, f"{letter}-{turn}-")
    if not 1 <= number <= len(places):
        return None
    chosen = places[number - 1]
    others = _places(answer, "cited", f"c-{turn}-") + (places if kind != "cited" else [])
    also = tuple(p for p in others if p.source == chosen.source and p.key != chosen.key)
    return Reference(kind, chosen.label, chosen.source, chosen, also, number, len(places))


def _places(answer: Answer, kind: Kind, keys: str) -> list[Place]:
    """All that `answer` points at with links of that kind, in the order of their numbers, which follow `keys`."""
    if kind == "cited":
        return [_cited(c, f"{keys}{n}") for n, c in enumerate(answer.citations, 1)]
    if kind == "retrieved":
        return [_retrieved(h, f"{keys}{n}") for n, h in enumerate(unused_hits(answer), 1)]
    if kind == "near":
        nearest = answer.abstention.nearest if answer.abstention is not None else ()
        return [
            Place(f"{keys}{n}", "Nearest passage", p.source, Span(p.start, p.end), p.text)
            for n, p in enumerate(nearest, 1)
        ]
    spans = [(s.tally.counted, *span) for s in answer.statements if s.tally for span in s.tally.spans]
    return [
        Place(f"{keys}{n}", "Counted", source, Span(start, end), None, counted)
        for n, (counted, source, start, end) in enumerate(spans, 1)
    ]


def _cited(citation: Citation, key: str) -> Place:
    return Place(key, f"[{citation.marker}]", citation.source, Span(citation.start, citation.end), citation.quote)


def _retrieved(hit: Hit, key: str) -> Place:
    return Place(key, f"Retrieved, rank {hit.rank}", hit.article.source, hit.passage.span, hit.passage.text)


def unused_hits(answer: Answer) -> tuple[Hit, ...]:
    """What was retrieved and overlaps nothing that is cited, best first."""
    cited = [(c.article_id, Span(c.start, c.end)) for c in answer.citations]
    return tuple(
        h for h in answer.hits if not any(i == h.article.article_id and s.overlaps(h.passage.span) for i, s in cited)
    )
