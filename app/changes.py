"""What changed between two answers to one question: what it says, on which articles, what was counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.answer import Answer
from app.batch import short_words
from app.terminal import count
from app.wording import line
from ingest.article import normalise_space

__all__ = ["Change", "Kind", "compare_answers"]

Kind = Literal["appeared", "gone", "answer", "count", "items", "source", "source gone", "rewritten"]
_NAMED = 3  # articles, or items of a list, that a sentence names
_LONGEST = 90  # characters of one of them


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs, in words for the reader, without what opens or closes a sentence."""

    kind: Kind
    words: str


def compare_answers(before: Answer, after: Answer) -> tuple[Change, ...]:
    """What `after` says otherwise than `before`, the weightiest first; empty where it says the same.

    The same words quoted from another copy of the same text are no change, nor is another confidence.
    """
    if before.abstained and after.abstained:
        return ()
    if before.abstained:
        return (Change("appeared", f"The articles now answer: {_named(_said(after))}"), *_sources(before, after))
    if after.abstained:
        return (Change("gone", f"The articles no longer answer; before: {_named(_said(before))}"),)
    told = [*_counts(before, after)]
    if not told and _key(_said(before)) != _key(_said(after)):
        told.append(Change("answer", f"The answer is now {_named(_said(after))}; before: {_named(_said(before))}"))
    told += _items(before, after)
    return (*told, *_sources(before, after))


def _said(answer: Answer) -> str:
    """What an answer says at first sight; of an unsure one the words it has."""
    return short_words(answer) or line(answer.short or "")


def _counts(before: Answer, after: Answer) -> Iterable[Change]:
    """Numbers that differ, of what both counted."""
    earlier = [s.tally for s in before.statements if s.tally]
    later = [s.tally for s in after.statements if s.tally]
    if len(earlier) != len(later):
        return
    for old, new in zip(earlier, later, strict=True):
        if old.number != new.number:
            counted = _shortened(new.counted)
            yield Change("count", f"{counted[:1].upper()}{counted[1:]}: {new.number:,}, before {old.number:,}")


def _items(before: Answer, after: Answer) -> Iterable[Change]:
    """What a list, a timeline or the sides of a disagreement hold more, or no longer; not of a whole other answer."""
    old, new = ({_key(p.text): p.text for p in a.parts} for a in (before, after))
    if not old or not new or before.layout != after.layout or not old.keys() & new.keys():
        return
    more = [new[key] for key in new if key not in old]
    less = [old[key] for key in old if key not in new]
    if more:
        yield Change("items", f"Told besides: {_listed(more)}")
    if less:
        yield Change("items", f"No longer told: {_listed(less)}")


def _sources(before: Answer, after: Answer) -> Iterable[Change]:
    """The articles that are cited or counted now and were not, or the other way round."""
    old, new = _places(before), _places(after)
    rewritten = [s for s in new if s in old and new[s] and old[s] and new[s] != old[s]]
    copies_before, copies_after = _copies(before), _copies(after)
    added = [s for s in new if s not in old and s not in copies_before]
    left = [s for s in old if s not in new and s not in copies_after]
    names = {**_names(before), **_names(after)}
    if added:
        yield Change("source", f"{count(len(added), 'new source')}: {_listed([names.get(s, s) for s in added])}")
    if left:
        no_longer = f"{count(len(left), 'source')} no longer cited"
        yield Change("source gone", f"{no_longer}: {_listed([names.get(s, s) for s in left])}")
    if rewritten:
        what = f"{count(len(rewritten), 'cited file')} with another text"
        yield Change("rewritten", f"{what}: {_listed([names.get(s, s) for s in rewritten])}")


def _places(answer: Answer) -> dict[str, str]:
    """Every article that an answer rests on, with its id where that is known."""
    counted = {source: "" for s in answer.statements if s.tally for source, _, _ in s.tally.spans}
    return {**counted, **{c.source: c.article_id for c in answer.citations}}


def _copies(answer: Answer) -> frozenset[str]:
    return frozenset(copy for c in answer.citations for copy in c.copies)


def _names(answer: Answer) -> dict[str, str]:
    told = {c.source: " · ".join(w for w in (c.headline, c.outlet) if w) for c in answer.citations}
    return {source: words for source, words in told.items() if words}


def _listed(words: Sequence[str]) -> str:
    named = "; ".join(_named(w) for w in words[:_NAMED])
    more = len(words) - _NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def _named(words: str) -> str:
    return f"“{_shortened(words)}”"


def _shortened(words: str) -> str:
    words = line(words)
    return words if len(words) <= _LONGEST else words[:_LONGEST].rsplit(" ", 1)[0] + " …"


def _key(words: str) -> str:
    return normalise_space(words).casefold().rstrip(".")
