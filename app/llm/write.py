"""The answer as a language model words it, out of the evidence of the extractive answer: checked before it is shown.

The extractive answer comes first, and stays what is given wherever the model fails, or says nothing that passes the
check, or nothing that answers: a model can word an answer, it cannot bring one about.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.answer import Answer, Dropped, Provenance, Support, Writing
from app.draft import Composition, Draft, Quote
from app.forms.sentence import stems
from app.llm.evidence import gather
from app.llm.model import LanguageModel, Piece
from app.llm.prompts import DIGEST, answer_messages
from app.llm.reply import read_reply
from app.llm.support import (
    Carried,
    Entails,
    Place,
    Unsupported,
    check,
    is_verbatim,
    leans_on_another,
    short_words,
    touches,
)
from app.reader import Pointer
from ingest.article import Span
from ingest.errors import ModelError

__all__ = ["Written", "provenance_of", "write"]

_MOST_TOKENS = 400  # of a reply
_AS_LIKELY = 0.5  # share of the best pointer's score that another needs, for a model's answer to rest on it
_MOST_STATEMENTS = 6


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a reply: the composition to be cited, or None where the extractive answer stays; and its cost."""

    said: Composition | None
    writing: Writing


def write(
    answer: Answer,
    said: Composition,
    pointers: Sequence[Pointer],
    model: LanguageModel,
    entails: Entails,
    *,
    show_dropped: bool = False,
) -> Iterator[Draft | Written]:
    """Each draft of `model` as soon as it passed the check, and last what all of it comes to.

    Args:
        answer: the extractive answer, whose evidence the model is given.
        said: what that answer was made of; its parts, if any, stay below the model's words.
        pointers: where the reader found answers, best first.
        model: who words it.
        entails: what the check reads with.
        show_dropped: whether the words of what did not pass are kept, to be shown struck.
    """
    evidence = gather(answer)
    drafts: list[Draft] = []
    dropped: list[Dropped] = []
    n_said, answers = 0, False
    started = time.perf_counter()
    first_s: float | None = None
    tokens: dict[str, int | None] = {"in": None, "out": None}
    trouble: str | None = None
    before: Carried | None = None  # the statement just before, if it passed

    def pieces() -> Iterator[Piece]:
        for piece in model.stream(answer_messages(answer.query, evidence), max_tokens=_MOST_TOKENS):
            tokens["in"] = piece.tokens_in or tokens["in"]
            tokens["out"] = piece.tokens_out or tokens["out"]
            yield piece

    name = "the language model"
    try:
        name = model.name
        for spoken in read_reply(pieces()):
            n_said += 1
            found = check(spoken, evidence, entails, as_of=answer.provenance.as_of)
            if isinstance(found, Carried) and leans_on_another(found.text) and not _follows(found, before):
                found = Unsupported(found.text, "it leans on words that are not there")
            if isinstance(found, Carried) and not _is_on_it(found, answer):
                found = Unsupported(found.text, "it does not speak to the question")
            if isinstance(found, Unsupported):
                dropped.append(Dropped(found.text, found.reason))
                before = None
                continue
            before = found
            draft = _draft(found)
            answers = answers or bool(said.parts) or _answers(found, pointers)
            drafts.append(draft)
            if first_s is None:
                first_s = time.perf_counter() - started
            yield draft
            if len(drafts) == _MOST_STATEMENTS:
                break
    except ModelError as error:
        trouble = str(error)
    except Exception as error:  # one that was handed in may fail in any way, and the answer must not be lost by it
        trouble = f"the language model failed ({type(error).__name__})"
    why = _fell_back(trouble, n_said, len(drafts), answers)
    writing = Writing(
        model=name, place=model.place, is_local=model.is_local, prompts=DIGEST, tokens_in=tokens["in"],
        tokens_out=tokens["out"], first_statement_s=first_s, seconds=time.perf_counter() - started, n_said=n_said,
        n_dropped=len(dropped), dropped=tuple(dropped) if show_dropped else (), fell_back=why,
    )  # fmt: skip
    yield Written(None if why else _composed(said, drafts), writing)


def _follows(found: Carried, before: Carried | None) -> bool:
    """Whether a statement that says "he" rests on the sentence of the one before it, or on the next in the source."""
    if before is None:
        return False
    for earlier in before.places:
        end = earlier.lines[-1].span.end
        for place in found.places:
            start = place.lines[0].span.start
            is_behind = place.quote is earlier.quote and earlier.lines[0].span.start <= start
            if is_behind and (start <= end or not place.quote.words(Span(end, start)).strip()):
                return True
    return False


def provenance_of(answer: Answer, writing: Writing) -> Provenance:
    """The provenance of `answer` once a model was asked; whose words they are says `composer`."""
    composer = answer.provenance.composer if writing.fell_back else f"llm:{writing.model}"
    return replace(answer.provenance, composer=composer, prompts=writing.prompts)


def _fell_back(trouble: str | None, n_said: int, n_passed: int, answers: bool) -> str | None:
    """The one line that says why the extractive answer is given; None where it is not."""
    instead = "This is the answer in the articles' own words."
    if trouble is not None:
        return f"{trouble[:1].upper()}{trouble[1:]}. {instead}"
    if not n_said:
        return f"The language model wrote nothing that its quotes could bear out. {instead}"
    if not n_passed:
        what = "The one statement" if n_said == 1 else f"None of the {n_said} statements"
        verb = "was not borne out by its quotes" if n_said == 1 else "was borne out by its quotes"
        return f"{what} that the language model wrote {verb}. {instead}"
    if not answers:
        return f"What the language model wrote does not answer the question. {instead}"
    return None


def _composed(said: Composition, drafts: Sequence[Draft]) -> Composition:
    """The model's drafts, and behind them those that the parts of the extractive answer rest on."""
    told = " ".join(d.text for d in drafts)
    short = said.short if said.short and stems(said.short) <= stems(told) else None
    if not said.parts:
        return replace(said, drafts=tuple(drafts), short=short, layout="statements", notes=said.notes)
    parts = tuple(replace(p, drafts=tuple(n + len(drafts) for n in p.drafts)) for p in said.parts)
    return replace(said, drafts=(*drafts, *said.drafts), parts=parts)


def _draft(carried: Carried) -> Draft:
    quotes = tuple(_quote(place) for place in carried.places)
    support: Support = "verbatim" if is_verbatim(carried.text, carried.places) else "supported"
    return Draft(carried.text, quotes, support)


def _quote(place: Place) -> Quote:
    """The words from the first sentence of a place to its last, as they stand in the source."""
    span = Span(place.lines[0].span.start, place.lines[-1].span.end)
    return Quote(place.quote.article, span, place.quote.words(span))


def _answers(carried: Carried, pointers: Sequence[Pointer]) -> bool:
    """Whether a statement tells what the reader found, where it was about as sure of it as of anything."""
    said = stems(carried.text)
    for pointer in pointers:
        if pointer.score < _AS_LIKELY * pointers[0].score:
            continue
        if not any(touches(place, pointer) for place in carried.places):
            continue
        if stems(short_words(pointer)) <= said:
            return True
    return False


def _is_on_it(carried: Carried, answer: Answer) -> bool:
    """Whether a statement shares a word with the question, or rests on an article that the extractive answer cites."""
    if stems(carried.text) & stems(answer.query):
        return True
    cited = {c.article_id for c in answer.citations}
    return any(place.quote.article.article_id in cited for place in carried.places)
