"""The stages of an answer that can be left out, so that what each of them buys can be measured.

A stage that is added to the way from question to answer adds itself here, and `AskOptions.without` and the ablations
of the evals know it from then on: no part stays unmeasured because nobody thought of it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NAMES", "STAGES", "Stage", "parts_in_use"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage by name, what it does, and what happens instead where it is left out."""

    name: str
    does: str
    otherwise: str


STAGES: tuple[Stage, ...] = (
    Stage("bm25", "finds passages by their words", "passages are found by meaning alone"),
    Stage("dense", "finds passages by their meaning", "passages are found by words alone"),
    Stage("fusion", "joins what words and meaning find", "one from each list in turn"),
    Stage("recency", "prefers what was new on the day of asking", "the day of an article does not matter"),
    Stage("parts", "reads a question that asks two things twice", "it is read as one"),
    Stage("follow-ups", "puts back what a follow-up leaves out", "every question is searched as typed"),
    Stage("times", "reads days and orders from the question", "they are words like others"),
    Stage("forms", "answers each kind of question in its own form", "with the sentences that the reader points at"),
    Stage("abstention", "declines below a confidence", "every question is answered"),
)
NAMES = frozenset(stage.name for stage in STAGES)


def parts_in_use(without: frozenset[str]) -> frozenset[str]:
    """What `Store.search` is asked to use."""
    parts = {"bm25": "lexical", "dense": "dense", "fusion": "fusion", "recency": "recency"}
    return frozenset(part for name, part in parts.items() if name not in without)
