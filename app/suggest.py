"""Questions that are offered: made from what articles say, and really asked and answered before anybody sees them.

Guarantee: what `answered` returns was asked once, was answered, and its answer tells what the article it was made from
tells.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from app.answer import Answer, Layout
from app.mentions import content_words, find_mentions
from app.render_welcome import Example
from app.suggested_forms import Drafted, draft_from, full_names
from app.wording import UNSURE
from ingest.article import Article, Span, normalise_space
from ingest.split import sentences

__all__ = ["Candidate", "answered", "draft_across", "draft_questions", "in_turn", "near_first"]

_LONGEST = 110  # characters of a question that somebody would ask
_SENTENCES_READ = 60  # of an article
_OUTLETS = 6
_DIFFERS = "Where reports differ"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may have an answer: whose article it was made from, and how an answer that is one looks.

    Without an `article_id` it is made from many articles, and the layout alone tells.
    """

    kind: str
    question: str
    article_id: str = ""
    proof: str = ""
    layout: Layout | None = None
    at: Span | None = None


# --- made -----------------------------------------------------------------------------------------------------------


def draft_questions(article: Article, source_text: str) -> tuple[Candidate, ...]:
    """The questions that the sentences of `article` answer, as they come, each once."""
    spans = [s for body in article.body for s in sentences(source_text, body)][:_SENTENCES_READ]
    texts = [span.of(source_text) for span in spans]
    names = full_names(texts)
    found: dict[str, Candidate] = {}
    for span, text in zip(spans, texts, strict=True):
        for drafted in draft_from(text, names):
            if len(drafted.question) <= _LONGEST:
                found.setdefault(drafted.question, _candidate(drafted, article, span))
    return tuple(found.values())


def draft_across(articles: Sequence[Article], text_of: Callable[[Article], str]) -> tuple[Candidate, ...]:
    """Questions about many of `articles` at once: a count, a timeline, two outlets beside each other."""
    counted: Counter[str] = Counter()
    told_by: dict[str, dict[str, None]] = {}
    for article in articles:
        for name in _names(article, text_of(article)):
            counted[name] += 1
            if article.outlet:
                told_by.setdefault(name, {})[article.outlet] = None
    often = [name for name, n in counted.most_common(6) if n > 1]
    drafted = [Candidate("How many articles", f"How many articles mention {n}?", layout="count") for n in often[:1]]
    drafted += [Candidate("A timeline", f"What is the timeline of {n}?", layout="timeline") for n in often[:2]]
    for name in often:
        if len(outlets := list(told_by.get(name, {}))[:_OUTLETS]) > 1:
            question = f"Compare {outlets[0]} and {outlets[1]} on {name}"
            return (*drafted, Candidate("Two outlets compared", question, layout="comparison"))
    return tuple(drafted)


def _candidate(drafted: Drafted, article: Article, span: Span) -> Candidate:
    return Candidate(drafted.kind, drafted.question, article.article_id, drafted.proof, at=span)


def _names(article: Article, source_text: str) -> frozenset[str]:
    """What `article` names more than once, with the article that it takes in the language."""
    named: Counter[str] = Counter()
    with_the: Counter[str] = Counter()
    for body in article.body:
        text = body.of(source_text)
        for mention in (m for m in find_mentions(text) if m.kind == "name"):
            name = normalise_space(mention.text)
            named[name] += 1
            with_the[name] += text[: mention.start].lower().endswith("the ")
    return frozenset(
        f"the {name}" if with_the[name] * 2 > n else name
        for name, n in named.items()
        if n > 1 and len(name) > 3 and (" " in name or n > 2)
    )


# --- in which order they are tried ----------------------------------------------------------------------------------


def in_turn(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """One of each kind, then another of each."""
    by_kind: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_kind.setdefault(candidate.kind, []).append(candidate)
    for row in zip_longest(*by_kind.values()):
        yield from (c for c in row if c is not None)


def near_first(candidates: Iterable[Candidate], question: str, passage: Span | None) -> tuple[Candidate, ...]:
    """Those first that share words with `question`, then those made from the passage that came nearest to it."""
    wanted = {w.lower() for w in content_words(question)}

    def rank(candidate: Candidate) -> tuple[int, bool]:
        shared = wanted & {w.lower() for w in content_words(candidate.question)}
        return -len(shared), not (passage and candidate.at and passage.overlaps(candidate.at))

    return tuple(sorted(candidates, key=rank))


# --- asked ----------------------------------------------------------------------------------------------------------


def answered(
    candidates: Iterable[Candidate],
    ask: Callable[[str], Answer | None],
    *,
    within_s: float,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Example]:
    """Those of `candidates` that are answered as they should be, as they are found; none is begun after `within_s`.

    The kind of one whose articles differ says so. About one person or thing there is one question.
    """
    over = clock() + within_s
    taken: set[str] = set()
    for candidate in candidates:
        if clock() >= over:
            return
        names = _names_in(candidate.question) if candidate.layout is None else set()
        if names & taken:
            continue
        answer = ask(candidate.question)
        if answer is not None and _answers(answer, candidate):
            taken |= names
            yield Example(candidate.question, _DIFFERS if answer.layout == "differing" else candidate.kind)


def _names_in(question: str) -> set[str]:
    return {m.text for m in find_mentions(question[1:]) if m.kind == "name"} or {question}


def _answers(answer: Answer, candidate: Candidate) -> bool:
    if answer.abstained or answer.confidence < UNSURE:
        return False
    if candidate.layout is not None:
        counted = [s.tally.number for s in answer.statements if s.tally]
        return answer.layout == candidate.layout and (len(answer.parts) > 1 or max(counted, default=0) > 1)
    from_it = any(c.article_id == candidate.article_id for c in answer.citations)
    told = " ".join((answer.short or "", *(s.text for s in answer.statements)))
    return from_it and _plain(candidate.proof) in _plain(told)


def _plain(words: str) -> str:
    return re.sub(r"[^\w]+", " ", words).strip().casefold()
