"""An Answer as Markdown and for a terminal. Pure.

Guarantee: whatever stands in an article, a file name or a question comes out as text: in Markdown never as an element,
a link or an image, and in a terminal never as something that steers it.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.answer import Answer, Part, Statement
from app.terminal import count
from app.wording import (
    COPIES_NAMED,
    as_of_words,
    attribution_of,
    confidence_words,
    count_words,
    credit,
    event_words,
    excerpt,
    inert,
    item_words,
    line,
    other_notes,
    part_words,
    quoted_statements,
    repeats_short,
    same_text_words,
    searched_words,
    short_attribution,
    tally_words,
    timing_words,
    told_short,
    undated_note,
    worded_statements,
    writing_words,
)
from ingest.article import normalise_space

__all__ = ["render_answer_markdown", "render_answer_terminal"]

_WIDEST = 34  # characters of a value that what is said of it stands beside; a longer one has a line of its own
_PLACES_SHOWN = 50  # of what was counted; `--csv` writes all
_HEADINGS = {"differing": "Reports differ", "readings": "This can mean", "comparison": "Side by side"}


# --- Markdown -------------------------------------------------------------------------------------------------------


def render_answer_markdown(answer: Answer) -> str:
    """`answer` as Markdown in which article text is text only; numbered sources at the end."""
    blocks = [inert(told) for told in (*_searched_for(answer), *_fell_back(answer))]
    if answer.abstention is not None:
        near = [f"- Not an answer: {inert(excerpt(p.text))} ({inert(p.source)})" for p in answer.abstention.nearest]
        blocks.append("**The articles do not say.** " + inert(answer.abstention.reason))
        blocks += ["Nearest passages:", "\n".join(near)] if near else []
        return "\n\n".join([*blocks, *map(inert, _foot(answer))]) + "\n"
    if told := told_short(answer):
        name = short_attribution(answer)
        blocks.append(f"According to {inert(name)}: **{inert(told)}**" if name else f"**{inert(told)}**")
    if number := count_words(answer):
        blocks.append(f"**{inert(number)}**")
    for s in worded_statements(answer):  # no quotations: they stand as what they are
        blocks.append(f"{inert(s.text)} {_escaped(s.markers)} {inert(_reported(s.attribution))}".rstrip())
    dropped = [f"Left out: ~~{inert(text)}~~ ({inert(why)})" for text, why in _dropped(answer)]
    blocks += dropped if worded_statements(answer) else []
    blocks += _parts_markdown(answer)
    for s in quoted_statements(answer):
        blocks.append(f"> {inert(s.text)} {_escaped(s.markers)} {inert(_reported(s.attribution))}".rstrip())
        if s.tally is not None:
            blocks.append(inert(tally_words(s.tally)))
            blocks.append("\n".join(f"{n}. {inert(place)}" for n, place in enumerate(_places(s), 1)))
    blocks += [] if worded_statements(answer) else dropped
    blocks += [
        f"\\[{c.marker}\\] {inert(credit(c))}, {inert(c.source)}, characters {c.start} to {c.end}"
        for c in answer.citations
    ]
    return "\n\n".join([*(b for b in blocks if b), *map(inert, _foot(answer))]) + "\n"


def _parts_markdown(answer: Answer) -> Iterator[str]:
    if not _parts(answer):
        return
    if answer.layout in _HEADINGS:
        yield f"**{_HEADINGS[answer.layout]}**"
    rows: list[str] = []
    for part in answer.parts:
        said = f"{inert(_said(answer, part))} {_escaped(part.markers)} {inert(_reported(attribution_of(answer, part)))}"
        first, about = said.strip(), inert(_about(answer, part))
        if answer.layout == "timeline":
            first, about = f"{inert(event_words(part)[0])}: {first}", inert(event_words(part)[1])
        rows.append(f"- {first} — {about}" if about else f"- {first}")
    yield "\n".join(rows)


def _escaped(markers: tuple[int, ...]) -> str:
    return "".join(f"\\[{m}\\]" for m in markers)


# --- terminal -------------------------------------------------------------------------------------------------------


def render_answer_terminal(answer: Answer) -> str:
    """`answer` as plain text with numbered sources; nothing in it steers a terminal."""
    lines = [*_searched_for(answer), *_fell_back(answer)]
    lines += [""] if lines else []
    if answer.abstention is not None:
        lines += ["The articles do not say.", line(answer.abstention.reason)]
        if answer.abstention.nearest:
            lines += ["", "Nearest passages (not an answer):"]
            lines += [f"  {line(p.source)}: {line(excerpt(p.text))}" for p in answer.abstention.nearest]
        foot = _foot(answer)
        return "\n".join([*lines, "", *foot] if foot else lines)
    if told := told_short(answer):
        name = short_attribution(answer)
        lines += [f"According to {line(name)}: {line(told)}" if name else line(told), ""]
    if number := count_words(answer):
        lines += [number, ""]
    worded = [_cited(s) for s in worded_statements(answer)]
    dropped = [f"Left out: {text} ({why})" for text, why in _dropped(answer)]
    worded += dropped if worded else []
    parts = list(_parts_terminal(answer))
    lines += [*worded, *([""] if worded and (parts or quoted_statements(answer)) else [])]
    lines += [*parts, ""] if parts else []
    for s in quoted_statements(answer):
        lines.append(_cited(s))
        if s.tally is not None:
            lines += [f"  {tally_words(s.tally)}", *(f"  {place}" for place in _places(s)), ""]
    lines += [] if worded else dropped
    lines += ["", *_sources(answer)] if answer.citations else []
    return "\n".join([*lines, *([""] if lines[-1] else []), *_foot(answer)])


def _cited(statement: Statement) -> str:
    markers = "".join(f"[{m}]" for m in statement.markers)
    return f"{line(statement.text)} {markers}".rstrip() + _reported(statement.attribution)


def _parts_terminal(answer: Answer) -> Iterator[str]:
    """What makes a part, one below the other, and beside it what is to be known of it; a long one stands alone."""
    parts = _parts(answer)
    if parts and answer.layout in _HEADINGS:
        yield _HEADINGS[answer.layout]
    rows: list[tuple[str, str]] = []
    for part in parts:
        said = f"{_said(answer, part)} {''.join(f'[{m}]' for m in part.markers)}"
        reported = _reported(attribution_of(answer, part))
        if answer.layout == "timeline":
            when, known = event_words(part)
            rows.append((when, f"{said}{reported}{f' ({known})' if known else ''}"))
        else:
            rows.append((said, " · ".join(w for w in (_about(answer, part), reported.strip()) if w)))
    width = max((len(first) for first, _ in rows if len(first) <= _WIDEST), default=0)
    for first, then in rows:
        if len(first) <= _WIDEST or not then:
            yield f"  {first:<{width}}  {then}".rstrip()
        else:
            yield from (f"  {first}", f"      {then}")


def _sources(answer: Answer) -> Iterator[str]:
    yield "Sources"
    for c in answer.citations:
        yield f"  [{c.marker}] {line(credit(c))}"
        yield f"      {line(c.source)} {c.start}:{c.end}"
        if c.copies:
            named = ", ".join(line(source) for source in c.copies[:COPIES_NAMED])
            yield f"      {same_text_words(len(c.copies))}: {named}{' …' * (len(c.copies) > COPIES_NAMED)}"


# --- both: plain words on one line each -----------------------------------------------------------------------------


def _searched_for(answer: Answer) -> Iterator[str]:
    """What was read into the question, and the flags that undo it."""
    if normalise_space(answer.query) != normalise_space(answer.question):
        yield f"Searched for: {line(answer.query)}"
    if told := timing_words(answer):
        yield (
            f"Only what was {line(told)} (--no-times: of any time)"
            if "published" in told
            else (f"In order: {line(told)} (--no-times: as found)")
        )
    if note := undated_note(answer):
        yield f"{line(note).rstrip('.')} (--undated: search them too)"


def _foot(answer: Answer) -> list[str]:
    """As of when it holds, what is to be known besides, what was searched, how sure it is, and whose words it is."""
    told = [as_of_words(answer), *map(line, other_notes(answer)), searched_words(answer)]
    told += [None if answer.abstained else confidence_words(answer), *writing_words(answer)]
    return [w for w in told if w]


def _fell_back(answer: Answer) -> Iterator[str]:
    """Why the answer is not in the words of the language model that was asked for them."""
    if answer.writing is not None and answer.writing.fell_back:
        yield line(answer.writing.fell_back)


def _dropped(answer: Answer) -> Iterator[tuple[str, str]]:
    """What the model said and its quotes do not bear out, and why, where that is to be shown."""
    for dropped in answer.writing.dropped if answer.writing else ():
        yield line(dropped.text), line(dropped.reason)


def _parts(answer: Answer) -> tuple[Part, ...]:
    """The parts that say more than the short answer does."""
    alone = len(answer.parts) == 1 and answer.layout == "list" and repeats_short(answer)
    return () if alone else answer.parts


def _said(answer: Answer, part: Part) -> str:
    """The words of a part, with the name of the side or reading that it is."""
    named = bool(part.label) and (answer.layout != "timeline" or part.day is not None) and answer.layout != "count"
    return f"{line(part.label or '')}: {line(part.text)}" if named else line(part.text)


def _about(answer: Answer, part: Part) -> str:
    if answer.layout == "timeline":
        return ""
    words = item_words(answer, part) if answer.layout in ("list", "count", "statements") else part_words(part)
    return line(" · ".join((*(["newest"] if part.newest else []), *words)))


def _reported(name: str | None) -> str:
    return f" (according to {line(name)})" if name and line(name) else ""


def _places(statement: Statement) -> Iterator[str]:
    spans = statement.tally.spans if statement.tally else ()
    for source, start, end in spans[:_PLACES_SHOWN]:
        yield f"{line(source)} {start}:{end}"
    if len(spans) > _PLACES_SHOWN:
        yield f"and {count(len(spans) - _PLACES_SHOWN, 'more place')} (--csv FILE writes all)"
