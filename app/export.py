"""Answers as one document to take along: what it says as blocks, and footnotes numbered once over all of it. Pure.

Every form of it (app/export_text.py, app/export_html.py) is made of the same blocks, so they say the same. A citation
that several answers rest on has one footnote, with its quote in full and where it stands.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.answer import Abstention, Answer, Citation, Part, Statement
from app.conversation import Asked, Failure
from app.notebook.entries import options_to_dict
from app.render_parts import PLACES_SHOWN
from app.wording import (
    as_of_words,
    attribution_of,
    confidence_words,
    count_words,
    credit,
    event_words,
    excerpt,
    format_day,
    item_words,
    other_notes,
    part_words,
    quoted_statements,
    repeats_short,
    same_text_words,
    searched_words,
    short_attribution,
    tally_words,
    tells_statements_again,
    timing_words,
    told_short,
    undated_note,
    worded_statements,
    writing_words,
)
from ingest.article import normalise_space

__all__ = ["Block", "Document", "Footnote", "Told", "blocks", "make_document", "moment_words", "render_export_json"]

# "how": how it was searched; "short": the few words that answer; "worded": a language model's words; "item", "place",
# "near" are rows of lists, the last two of what was counted and of passages that do not answer; "note": as of when,
# what was searched, how sure, whose words.
BlockKind = Literal[
    "how", "short", "worded", "heading", "item", "quote", "tally", "place", "declined", "near", "note", "failed"
]

_HEADINGS = {"differing": "Reports differ", "readings": "This can mean", "comparison": "Side by side"}
_VERSION = 1  # of the JSON document; each answer in it has its own


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a row of a list, of the document; all of it is plain text. `notes` are numbers of footnotes."""

    kind: BlockKind
    text: str
    before: str = ""
    notes: tuple[int, ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class Footnote:
    """A citation under its number in the document."""

    number: int
    citation: Citation

    @property
    def place(self) -> str:
        """Where in its file the quote stands."""
        copies = self.citation.copies
        same = f"; {same_text_words(len(copies))}" if copies else ""
        return f"characters {self.citation.start:,} to {self.citation.end:,}{same}"

    @property
    def credit(self) -> str:
        """Headline, outlet and day."""
        return credit(self.citation)


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of a conversation in the document; `numbers` are those of its markers there."""

    entry: Asked | Failure
    asked: dt.datetime | None
    numbers: Mapping[int, int]

    @property
    def question(self) -> str:
        """As the user put it."""
        return self.entry.turn.question if isinstance(self.entry, Asked) else self.entry.question


@dataclass(frozen=True, slots=True)
class Document:
    """What is exported, or shared."""

    title: str
    told: tuple[Told, ...]
    footnotes: tuple[Footnote, ...]
    made: dt.datetime

    @property
    def is_one_answer(self) -> bool:
        """Whether its title is no more than its one question."""
        return len(self.told) == 1 and self.told[0].question == self.title


def make_document(
    title: str, entries: Sequence[tuple[Asked | Failure, dt.datetime | None]], *, made: dt.datetime
) -> Document:
    """The document of `entries`, each with when it was asked."""
    numbers: dict[tuple[str, str, int, int, str], Footnote] = {}
    told: list[Told] = []
    for entry, asked in entries:
        own: dict[int, int] = {}
        for c in entry.turn.answer.citations if isinstance(entry, Asked) else ():
            key = (c.article_id, c.source, c.start, c.end, c.quote)
            own[c.marker] = numbers.setdefault(key, Footnote(len(numbers) + 1, c)).number
        told.append(Told(entry, asked, own))
    return Document(title, tuple(told), tuple(numbers.values()), made)


def moment_words(moment: dt.datetime) -> str:
    """Such as 9 March 2021, 14:05 UTC."""
    there = moment.astimezone(dt.UTC)
    return f"{format_day(there.date())}, {there:%H:%M} UTC"


def render_export_json(document: Document) -> str:
    """The document as JSON: every answer as `Answer.to_dict` writes it, so that it can be read back."""
    turns = [
        {
            "question": told.question,
            "asked": told.asked.isoformat() if told.asked else None,
            "options": options_to_dict(told.entry.options),
            **(
                {"answer": told.entry.turn.answer.to_dict(), "footnotes": {str(m): n for m, n in told.numbers.items()}}
                if isinstance(told.entry, Asked)
                else {"answer": None, "failure": told.entry.message}
            ),
        }
        for told in document.told
    ]
    whole = {
        "format": "dateline-conversation", "version": _VERSION, "title": document.title,
        "exported": document.made.isoformat(), "turns": turns,
    }  # fmt: skip
    # A file name may hold bytes that are no text: those stay spelt out.
    return json.dumps(whole, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace").decode() + "\n"


# --- blocks ---------------------------------------------------------------------------------------------------------


def blocks(told: Told) -> Iterator[Block]:
    """What is said to one question, in reading order."""
    if isinstance(told.entry, Failure):
        yield Block("failed", told.entry.message)
        return
    answer = told.entry.turn.answer
    yield from _how(answer)
    if answer.abstention is not None:
        yield from _declined(answer.abstention)
    else:
        yield from _said(answer, told)
    for words in (as_of_words(answer), *other_notes(answer), searched_words(answer)):
        if words:
            yield Block("note", words)
    if not answer.abstained:
        yield Block("note", confidence_words(answer))
    if answer.writing is not None:
        why = (answer.writing.fell_back,) if answer.writing.fell_back else ()
        yield Block("note", " · ".join((*why, *writing_words(answer))))


def _how(answer: Answer) -> Iterator[Block]:
    if normalise_space(answer.query) != normalise_space(answer.question):
        yield Block("how", answer.query, "Searched for: ")
    for words in (timing_words(answer), undated_note(answer)):
        if words:
            yield Block("how", words[0].upper() + words[1:])


def _declined(abstention: Abstention) -> Iterator[Block]:
    yield Block("declined", abstention.reason, "The articles do not say. ")
    for near in abstention.nearest:
        yield Block(
            "near", excerpt(near.text), "Not an answer: ", (), f"{near.headline or '(no headline)'}, {near.source}"
        )


def _said(answer: Answer, told: Told) -> Iterator[Block]:
    if words := told_short(answer) or count_words(answer):
        name = short_attribution(answer)
        yield Block("short", words, f"According to {name}: " if name else "")
    for statement in worded_statements(answer):
        after = _reported(statement.attribution)
        yield Block("worded", statement.text, "", _notes(statement.markers, told), after)
    alone = len(answer.parts) == 1 and answer.layout == "list" and repeats_short(answer)
    if answer.parts and not alone:
        if answer.layout in _HEADINGS:
            yield Block("heading", _HEADINGS[answer.layout])
        for part in answer.parts:
            yield _item(answer, part, told)
    if tells_statements_again(answer):
        yield Block("heading", "Word for word")
    for statement in quoted_statements(answer):
        yield from _statement(statement, told)


def _statement(statement: Statement, told: Told) -> Iterator[Block]:
    after = _reported(statement.attribution)
    if statement.tally is None:
        yield Block("quote", statement.text, "", _notes(statement.markers, told), after)
        return
    assert isinstance(told.entry, Asked)
    yield Block("tally", statement.text, "", (), tally_words(statement.tally))
    places = statement.tally.spans
    for source, start, end in places[:PLACES_SHOWN]:
        name = told.entry.names.get(source)
        yield Block("place", f"{name}, {source}" if name else source, "", (), f"characters {start:,} to {end:,}")
    if len(places) > PLACES_SHOWN:
        yield Block("place", f"and {len(places) - PLACES_SHOWN:,} more")


def _item(answer: Answer, part: Part, told: Told) -> Block:
    if answer.layout == "timeline":
        when, known = event_words(part)
        about: tuple[str, ...] = (known,) if known else ()
        before = f"{when}: " + (f"{part.label}: " if part.label and part.day else "")
    else:
        words = item_words(answer, part) if answer.layout in ("list", "count", "statements") else part_words(part)
        about = (*(["newest"] if part.newest else []), *words)
        before = f"{part.label}: " if part.label and answer.layout != "count" else ""
    after = " · ".join(w for w in (_reported(attribution_of(answer, part)), *about) if w)
    return Block("item", part.text, before, _notes(part.markers, told), after)


def _notes(markers: Sequence[int], told: Told) -> tuple[int, ...]:
    return tuple(told.numbers[m] for m in markers)


def _reported(name: str | None) -> str:
    return f"according to {name}" if name and name.strip() else ""
