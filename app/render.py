"""An Answer as HTML, Markdown and plain text. All pure; the files it gathers from say how.

Guarantee: whatever stands in an article, a file name or a question comes out as text, never as an element,
a link, an image or a terminal command.
"""

from __future__ import annotations

from app.references import Reference, find_reference
from app.render_html import (
    render_answer_html,
    render_conversation_html,
    render_error_html,
    render_statements_html,
)
from app.render_text import render_answer_markdown, render_answer_terminal
from app.render_welcome import Example, Holdings, holdings_of, render_welcome_html
from app.wording import UNSURE, confidence_words, format_day, inert

__all__ = [
    "UNSURE",
    "Example",
    "Holdings",
    "Reference",
    "confidence_words",
    "find_reference",
    "format_day",
    "holdings_of",
    "inert",
    "render_answer_html",
    "render_answer_markdown",
    "render_answer_terminal",
    "render_conversation_html",
    "render_error_html",
    "render_statements_html",
    "render_welcome_html",
]
