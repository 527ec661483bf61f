"""A document of answers as Markdown and as plain text. Pure.

Guarantee: whatever stands in an article, a file name or a question comes out as text; in Markdown never as an element,
a link, an image, a heading or a list, whichever of its dialects reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from app.export import Block, Document, Footnote, blocks, moment_words
from app.wording import line

__all__ = ["markdown", "render_export_markdown", "render_export_text"]

# What a dialect of Markdown makes a link of by itself: addresses of pages and of mail. As code they stay text.
_ADDRESS = re.compile(r"\S*(?:://|\bwww\.|@)\S*", re.IGNORECASE)
_MEANS = re.compile(r"([\\`*_{}\[\]<>#|~$^=&!%])")  # all of it may stand behind a backslash
_OPENS = re.compile(r"(?:[-+](?=\s|$|-)|\d{1,9}[.)](?=\s|$)|:)")  # at the beginning: lists, rules, definitions
_EMOJI = re.compile(r":(?=[\w+-]+:)")


def markdown(text: str) -> str:
    """`text` on one line that every Markdown reads as just that text, also at the beginning of a line."""
    out: list[str] = []
    cursor = 0
    told = line(text)
    for address in _ADDRESS.finditer(told):
        out += [_escaped(told[cursor : address.start()]), _code(address.group())]
        cursor = address.end()
    whole = "".join([*out, _escaped(told[cursor:])])
    if opening := _OPENS.match(whole):
        end = opening.end() - 1
        return f"{whole[:end]}\\{whole[end:]}"
    return whole


def _escaped(text: str) -> str:
    return _EMOJI.sub(r"\\:", _MEANS.sub(r"\\\1", text))


def _code(text: str) -> str:
    """`text` as a code span, whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest and (text.startswith("`") or text.endswith("`")) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def render_export_markdown(document: Document) -> str:
    """The document as Markdown, its footnotes as GitHub, Pandoc and Obsidian know them."""
    one = document.is_one_answer
    parts = [f"# {markdown(document.title)}", f"From Dateline, {moment_words(document.made)}. {_PROMISE}"]
    for told in document.told:
        parts += [] if one else [f"## {markdown(told.question) or '(nothing)'}"]
        parts += [f"Asked on {moment_words(told.asked)}."] if told.asked else []
        for is_row, group in groupby(blocks(told), key=lambda b: b.kind in ("item", "place", "near")):
            rows = [_markdown_block(b) for b in group]
            parts += ["\n".join(rows)] if is_row else rows
    parts += ["## Footnotes"] if document.footnotes else []
    parts += [_markdown_footnote(f) for f in document.footnotes]
    return "\n\n".join(parts) + "\n"


_PROMISE = "Quotations are word for word; where each stands is told in its footnote."


def _markdown_block(block: Block) -> str:
    text, before, after = markdown(block.text), markdown(block.before), markdown(block.after)
    before = f"{before} " if before else ""
    notes = "".join(f"[^{n}]" for n in block.notes)
    about = f" ({after})" if after else ""
    told = {
        "short": f"{before}**{text}**",
        "worded": f"{text}{notes}{about}",
        "heading": f"### {text}",
        "quote": f"> {text}{notes}{about}",
        "declined": f"**{before.strip()}** {text}",
        "failed": f"**No answer.** {text}",
        "item": f"- {before}{text}{notes}{about}",
        "place": f"- {text}{about}",
        "near": f"- {before}{text}{about}",
    }
    return told.get(block.kind, f"{before}{text}{about}")


def _markdown_footnote(footnote: Footnote) -> str:
    c = footnote.citation
    where = f"File {_code(line(c.source))}, {footnote.place}."
    return f"[^{footnote.number}]: “{markdown(c.quote)}” — {markdown(footnote.credit)}. {where}"


def render_export_text(document: Document) -> str:
    """The document as plain text, to paste anywhere; its footnotes at the end."""
    parts = list(_text(document))
    for f in document.footnotes:
        credit, place = line(f.credit), f"{line(f.citation.source)}, {f.place}"
        parts.append(f"[{f.number}] “{line(f.citation.quote)}”\n    {credit}\n    {place}")
    return "\n\n".join(parts) + "\n"


def _text(document: Document) -> Iterator[str]:
    for told in document.told:
        yield line(told.question)
        for is_row, group in groupby(blocks(told), key=lambda b: b.kind in ("item", "place", "near")):
            rows = [_text_block(b) for b in group]
            yield from ["\n".join(rows)] if is_row else rows


def _text_block(block: Block) -> str:
    before, after = line(block.before), line(block.after)
    notes = "".join(f"[{n}]" for n in block.notes)
    told = f"{before} {line(block.text)} {notes}".strip() + (f" ({after})" if after else "")
    return f"- {told}" if block.kind in ("item", "place", "near") else told
