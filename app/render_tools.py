"""What can be done with an answer: ask it again, change the question, copy, share, export, judge. Pure.

A control says what it does in `data-do`; the page's scripts register who does it.
"""

from __future__ import annotations

__all__ = ["render_tools_html"]

_TOOLS = (
    ("retry", "Ask again"),
    ("edit", "Edit question"),
    ("save-question", "Save question"),
)


def render_tools_html(turn: int) -> str:
    """The row of tools below the answer of turn number `turn`."""
    buttons = "".join(
        f'<button type="button" class="dl-tool" data-do="{does}" data-turn="{turn}">{words}</button>'
        for does, words in _TOOLS
    )
    return f'<div class="dl-tools" role="group" aria-label="With this answer">{buttons}</div>'
