"""Each kind of question is answered in its own form: a list is gathered, a timeline put in order, sides set beside.

A form takes the question, what the reader made of the passages, and what else may be looked up; it gives a Composition,
or None where the question is not of its kind or the articles do not carry the form. The first that gives one answers.
"""

from __future__ import annotations

from collections.abc import Callable

from app.draft import Composition, Research
from app.forms.comparison import compose_comparison
from app.forms.definition import compose_definition
from app.forms.differing import compose_differing
from app.forms.explanation import compose_explanation
from app.forms.lists import compose_holders, compose_list
from app.forms.premise import compose_premise
from app.forms.quotes import compose_quotes
from app.forms.readings import compose_readings
from app.forms.reports import compose_happened, compose_news
from app.forms.timeline import compose_timeline
from app.forms.unsaid import compose_unsaid
from app.forms.yes_no import compose_yes_no
from app.question import Question
from app.reader import Reading

__all__ = ["FORMS", "Form", "compose_form"]

Form = Callable[[Question, Reading, Research], Composition | None]

# What the wording asks for comes first, then what the articles say against the question, then how they differ.
FORMS: tuple[Form, ...] = (
    compose_comparison,
    compose_timeline,
    compose_news,
    compose_quotes,
    compose_yes_no,
    compose_holders,
    compose_premise,
    compose_unsaid,
    compose_readings,
    compose_differing,
    compose_definition,
    compose_list,
    compose_explanation,
    compose_happened,
)


def compose_form(question: Question, reading: Reading, research: Research) -> Composition | None:
    """What the first form makes of it that takes the question; None where none does."""
    for form in FORMS:
        composition = form(question, reading, research)
        if composition is not None:
            return composition
    return None
