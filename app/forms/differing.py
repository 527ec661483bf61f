"""Articles that answer differently are set side by side, newest first: nothing is averaged, none picked in silence."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.draft import Composition, Draft, DraftPart, Quote, Research
from app.forms.comparable import comparable
from app.forms.subject import share_told
from app.forms.views import TOLD, View, views_of
from app.question import Question
from app.reader import Reading
from ingest.article import normalise_space

__all__ = ["compose_differing"]

_MOST_VIEWS = 6


def compose_differing(question: Question, reading: Reading, research: Research) -> Composition | None:
    """The views of a question that articles answer differently; None where they agree or cannot be compared."""
    views = views_of(question, reading, research)
    if len(views) < 2:
        return None
    kept = comparable(question, reading, views)[:_MOST_VIEWS]
    if len(kept) < 2:
        return None
    kept.sort(key=lambda v: (v.day is None, -(v.day.toordinal() if v.day else 0), -v.score))
    days = [v.day for v in kept if v.day is not None]
    has_newest = bool(days) and days.count(max(days)) == 1
    drafts, parts = [], []
    for n, view in enumerate(kept):
        shown = view.shown
        article, span = shown.article, shown.pointer.sentence
        drafts.append(Draft(normalise_space(shown.sentence), (Quote(article, span, shown.sentence),), "verbatim",
                            shown.words))  # fmt: skip
        outlets = tuple(dict.fromkeys(t.article.outlet for t in view.told if t.article.outlet))
        parts.append(
            DraftPart(
                shown.words, (n,), day=view.day, basis=article.published.basis, outlets=outlets,
                n_sources=view.n_sources, newest=has_newest and view.day == max(days),
            )
        )  # fmt: skip
    is_best = any(v.told[0].pointer.sentence == reading.pointers[0].sentence for v in kept)
    sure = reading.confidence if is_best else max(v.score for v in kept)
    confidence = max(sure, _chance_of_any(question, kept))
    return Composition(tuple(drafts), min(1.0, confidence), _short(parts), "differing", tuple(parts))


def _chance_of_any(question: Question, views: Sequence[View]) -> float:
    """The chance that one of the views answers, where a pointer's score is the chance that it does.

    What hardly repeats the question adds nothing to it: at size there is always some other event of the kind.
    """
    stories = {t.story: t.pointer for t in sorted((t for v in views for t in v.told), key=lambda t: t.pointer.score)}
    evident = [p for p in stories.values() if share_told(question, p) >= TOLD]
    return 1.0 - math.prod(1.0 - p.score for p in evident)


def _short(parts: Sequence[DraftPart]) -> str:
    """Every view in a few words, told apart by day, or by outlet where the days are the same."""
    days = {p.day for p in parts}
    told = []
    for part in parts:
        beside = [w for w in ("newest" if part.newest else "", _by(part, by_day=len(days) > 1)) if w]
        told.append(f"{part.text} ({', '.join(beside)})" if beside else part.text)
    return "; ".join(told)


def _by(part: DraftPart, *, by_day: bool) -> str:
    if by_day:
        return part.day.isoformat() if part.day else "undated"
    return part.outlets[0] if part.outlets else ""
