"""Each kind of question is answered in its own form: a list is gathered, a timeline put in order, sides set beside.

A form takes the question, what the reader made of the passages, and what else may be looked up; it gives a Composition,
or None where the question is not of its kind or the articles do not carry the form. The first that gives one answers.
"""

from __future__ import annotations

from collections.abc import Callable

from app.draft import Composition, Research
from app.forms.differing import compose_differing
from app.forms.readings import compose_readings
from app.question import Question
from app.reader import Reading

__all__ = ["FORMS", "Form", "compose_form"]

Form = Callable[[Question, Reading, Research], Composition | None]

FORMS: tuple[Form, ...] = (compose_readings, compose_differing)


def compose_form(question: Question, reading: Reading, research: Research) -> Composition | None:
    """What the first form makes of it that takes the question; None where none does."""
    for form in FORMS:
        composition = form(question, reading, research)
        if composition is not None:
            return composition
    return None
