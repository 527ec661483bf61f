"""A follow-up as a language model restates it, taken only where it brings in nothing that the talk has not said.

The rules of app/followup.py come first; a model is asked where what they searched for found nothing. Its words are
checked: all of the question's own stay, and every other is one of the talk's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.answer import Turn
from app.forms.sentence import stems
from app.llm.commands import is_command
from app.llm.model import LanguageModel
from app.llm.prompts import restate_messages
from ingest.errors import ModelError

__all__ = ["is_fair", "restate"]

_MOST_TOKENS = 80
_MOST_ADDED = 400  # characters, as for the rules
_TURNS = 3  # the latest of the talk; what matters of earlier ones is in their queries


def restate(model: LanguageModel, question: str, talk: Sequence[Turn]) -> str | None:
    """`question` made to stand alone by `model`; None where it fails, or says what nobody said."""
    if not talk:
        return None
    latest = talk[-_TURNS:]
    told = [(t.answer.query, _said(t)) for t in latest]
    try:
        reply = "".join(p.text for p in model.stream(restate_messages(question, told), max_tokens=_MOST_TOKENS))
    except ModelError:
        return None
    lines = [line.strip() for line in reply.splitlines() if line.strip()]
    restated = re.sub(r"^(?:question|restated)\s*:\s*", "", lines[0], flags=re.IGNORECASE) if lines else ""
    return restated if is_fair(restated, question, [part for pair in told for part in pair]) else None


def _said(turn: Turn) -> str:
    """What was answered, in a few words; nothing where an article's own words command."""
    said = turn.answer.short or " ".join(s.text for s in turn.answer.statements[:1])
    return "" if is_command(said) else said


def is_fair(restated: str, question: str, talk: Sequence[str]) -> bool:
    """Whether `restated` asks what `question` does: with all of its words, and others of the talk alone."""
    if not restated.endswith("?") or len(restated) > len(question) + _MOST_ADDED or restated == question:
        return False
    asked, said = stems(question), stems(restated)
    known = asked.union(*(stems(text) for text in talk))
    return asked <= said and said <= known
