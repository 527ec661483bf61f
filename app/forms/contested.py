"""A question for yes or no to which articles say both: each answer with its sentence, outlet and day, newest first.

That somebody denies a thing tells that somebody else says it; so beside a denial that is reported, a sentence that
says less of the question stands for the other side.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.draft import Composition, Draft, DraftPart, Research
from app.forms.claims import Told
from app.forms.opposites import REPORTED_DENIALS
from app.forms.sentence import distinct

__all__ = ["Side", "compose_contested", "opponent", "shown_of"]

_TOLD = 0.75  # share of the question that the other side of a reported denial tells, with the sentences before it
_OWN = 0.4  # the same of the sentence itself
_WORDS = 0.5  # of the question's words besides its names, the one that is denied among them


@dataclass(frozen=True, slots=True)
class Side:
    """An answer, all sentences that give it, the surest first, and the draft that quotes the one that is shown."""

    verdict: str
    told: tuple[Told, ...]
    draft: Draft

    @property
    def shown(self) -> Told:
        """The sentence that is quoted for it."""
        return shown_of(self.told)

    @property
    def day(self) -> dt.date | None:
        """The newest day on which it was published."""
        return max((d for t in self.told if (d := t.sentence.hit.article.published.day)), default=None)


def shown_of(told: Sequence[Told]) -> Told:
    """Of sentences that say the same, the first of the newest day."""
    day = max((d for t in told if (d := t.sentence.hit.article.published.day)), default=None)
    return next((t for t in told if t.sentence.hit.article.published.day == day), told[0])


def opponent(best: Told, verdict: str, found: Sequence[tuple[Told, str]]) -> Told | None:
    """What says otherwise than `best` where one of the two is a denial that is reported; None where nothing does."""
    others = [
        (t, v)
        for t, v in found
        if v not in (verdict, "open") and t.near >= _TOLD and t.own >= _OWN and t.words >= _WORDS
        and (_is_reported(t) or (_is_reported(best) and best.denied in t.stems))
    ]  # fmt: skip
    return max((t for t, _ in others), key=lambda t: (t.words + t.near, t.own), default=None)


def _is_reported(told: Told) -> bool:
    return REPORTED_DENIALS.search(told.sentence.quoted) is not None


def compose_contested(sides: Sequence[Side], confidence: float, research: Research) -> Composition:
    """Both answers side by side, newest first."""
    ordered = sorted(sides, key=lambda s: -(s.day.toordinal() if s.day else 0))
    days = [s.day for s in ordered if s.day is not None]
    has_newest = bool(days) and days.count(max(days)) == 1
    parts = []
    for n, side in enumerate(ordered):
        article = side.shown.sentence.hit.article
        stories = {research.story(t.hit.article.article_id) for t in distinct([t.sentence for t in side.told])}
        outlets = tuple(dict.fromkeys(o for t in side.told if (o := t.sentence.hit.article.outlet)))
        parts.append(
            DraftPart(
                side.draft.text, (n,), side.verdict, side.day, article.published.basis, outlets,
                n_sources=len(stories), newest=has_newest and side.day == max(days),
            )
        )  # fmt: skip
    return Composition(tuple(s.draft for s in ordered), confidence, _short(parts), "differing", tuple(parts))


def _short(parts: Sequence[DraftPart]) -> str | None:
    """Each answer with its day, or its outlet where the days are the same; None where neither tells them apart."""
    by = [p.day.isoformat() if p.day else "undated" for p in parts]
    if len(set(by)) < len(by):
        by = [p.outlets[0] if p.outlets else "" for p in parts]
    if len(set(by)) < len(by):
        return None
    return "; ".join(
        f"{p.label} ({', '.join(w for w in ('newest' if p.newest else '', b) if w)})"
        for p, b in zip(parts, by, strict=True)
    )
