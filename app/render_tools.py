"""What can be done with an answer: ask it again, change the question, copy, share, export, judge. Pure.

A control says what it does in `data-do`; the page's scripts register who does it.
"""

from __future__ import annotations

__all__ = ["TOOLS", "render_tools_html"]

_TOOLS = (
    ("retry", "Ask again"),
    ("edit", "Edit question"),
    ("turn-copy", "Copy"),
    ("turn-share", "Share link"),
    ("turn-export", "Export"),
    ("save-question", "Save question"),
)
_JUDGEMENTS = (("turn-helpful", "Helpful"), ("turn-unhelpful", "Not helpful"))
TOOLS = frozenset(does for does, _ in (*_TOOLS, *_JUDGEMENTS))


def render_tools_html(turn: int) -> str:
    """The row of tools below the answer of turn number `turn`, and the place where its judgement will stand."""
    tools = "".join(_button(does, words, turn) for does, words in _TOOLS)
    judgements = "".join(_button(does, words, turn, ' aria-pressed="false"') for does, words in _JUDGEMENTS)
    return (
        f'<div class="dl-tools" role="group" aria-label="With this answer">{tools}'
        f'<span class="dl-judge">{judgements}</span></div><div class="dl-judged" role="status"></div>'
    )


def _button(does: str, words: str, turn: int, more: str = "") -> str:
    return f'<button type="button" class="dl-tool" data-do="{does}" data-turn="{turn}"{more}>{words}</button>'
