"""News at size: a year of articles is indexed, quiz questions of that year are asked, each on its own day.

What counts is decided by the words of the articles alone: a question is *answerable* when its answer stands, as whole
words, in an indexed article among those listed for it; *absent* when it stands in no indexed article at all. Questions
between the two are *elsewhere* and only counted; those that point at their choices are told apart, and count for
multiple choice alone. The measures are of a Reply, so that other systems can be measured by the same rules.

Source: Kasai et al. 2023, RealTime QA: What's the Answer Right Now?, NeurIPS Datasets and Benchmarks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evals.metrics import Part, is_exact, stands_in, token_f1, word_line
from evals.newsquiz import QuizQuestion
from evals.record import Case, LostAt, Place
from evals.reply import Reply
from evals.run import lost_among_hits
from ingest.article import Span

if TYPE_CHECKING:
    from app.answer import Answer
    from store import Store

__all__ = ["GROUPS", "KS", "MEASURES", "Group", "Sought", "choose_answer", "look_up", "measure_reply", "reply_of"]

Group = Literal["answerable", "absent", "elsewhere", "needs choices"]
GROUPS: tuple[Group, ...] = ("answerable", "absent", "elsewhere", "needs choices")
KS = (1, 5, 10, 20)
MEASURES: Mapping[str, str] = {
    **{f"answer_at_{k}": f"answerable: the answer stands in one of the first {k} passages" for k in KS},
    "right": "answerable: the answer stands in `short` or in the first statement",
    "answered_right": "answerable and answered: it was right; the rest is wrong answers",
    "token_f1": "answerable: shared words of `short` (or the first statement) and the answer",
    "abstained": "absent: it was declined",
    "citation_precision": "citations on answerable questions that hold the answer",
    "citation_exact": "citations: the quote stands at its span",
    "choice_accuracy": "all: the choice that the answer and the passages speak for is the right one",
    "would_be_right": "answerable and absent: what is said, or would be said if nothing were declined, is right",
    "completed": "all: nothing was raised",
}


@dataclass(frozen=True, slots=True)
class Sought:
    """A question and where its answer stands: `holders` are the listed, indexed articles that hold it, by source.

    `answers` are its wordings as word lines.
    """

    question: QuizQuestion
    group: Group
    answers: tuple[str, ...]
    holders: tuple[str, ...]


def look_up(
    questions: Sequence[QuizQuestion], sources: Mapping[str, str], text_of: Callable[[str], str]
) -> tuple[Sought, ...]:
    """Where the answers of `questions` stand. `sources` maps the address of each indexed article to its source."""
    words: dict[str, str] = {}

    def line(source: str) -> str:
        if source not in words:
            words[source] = word_line(text_of(source))
        return words[source]

    found: list[Sought] = []
    everything = ""
    for question in questions:
        answers = tuple(dict.fromkeys(w for answer in question.answers if (w := word_line(answer))))
        listed = dict.fromkeys(sources[url] for url in question.urls if url in sources)
        holders = tuple(source for source in listed if any(stands_in(a, line(source)) for a in answers))
        group: Group = "answerable"
        if question.needs_choices:
            group = "needs choices"
        elif not holders:
            everything = everything or "\n".join(line(source) for source in dict.fromkeys(sources.values()))
            group = "elsewhere" if any(stands_in(a, everything) for a in answers) else "absent"
        found.append(Sought(question, group, answers, holders))
    return tuple(found)


# --- what a reply is worth ----------------------------------------------------------------------------------


def answer_rank(answers: Sequence[str], passages: Iterable[str]) -> int | None:
    """The rank, from 1, of the first passage that holds one of the `answers` (word lines); None when none does."""
    for rank, passage in enumerate(passages, start=1):
        words = word_line(passage)
        if any(stands_in(answer, words) for answer in answers):
            return rank
    return None


def holds(answers: Sequence[str], *texts: str | None) -> bool:
    """Whether one of `texts` holds one of the `answers`."""
    return answer_rank(answers, [text for text in texts if text]) is not None


def measure_reply(sought: Sought, reply: Reply, *, forced: Reply | None = None) -> dict[str, Part]:
    """What `reply` adds to each measure that it concerns. `forced` is what is said when nothing may be declined.

    `citation_exact` and `completed` are not of the reply's words: whoever asked adds them.
    """
    question, said = sought.question, reply.short or reply.first
    parts: dict[str, Part] = {}
    if question.choices:
        right = {word_line(answer) for answer in question.answers}
        chosen = choose_answer(question.choices, forced or reply)
        parts["choice_accuracy"] = Part(word_line(question.choices[chosen]) in right, 1)
    if sought.group == "absent":
        parts["abstained"] = Part(reply.declined, 1)
        parts["would_be_right"] = Part(0, 1)
    if sought.group != "answerable":
        return parts
    rank = answer_rank(sought.answers, reply.passages)
    is_right = not reply.declined and holds(sought.answers, reply.short, reply.first)
    would_be = is_right if forced is None else holds(sought.answers, forced.short, forced.first)
    parts |= {f"answer_at_{k}": Part(rank is not None and rank <= k, 1) for k in KS}
    parts["right"] = Part(is_right, 1)
    parts["would_be_right"] = Part(would_be, 1)
    parts["token_f1"] = Part(0.0 if reply.declined else token_f1(said, question.answers), 1)
    if not reply.declined:
        parts["answered_right"] = Part(is_right, 1)
    if reply.cited and not reply.declined:
        parts["citation_precision"] = Part(sum(holds(sought.answers, quote) for quote in reply.cited), len(reply.cited))
    return parts


def choose_answer(choices: Sequence[str], reply: Reply) -> int:
    """The choice that a reply speaks for: named in `short`, else in the first sentence, else by the passages.

    Where several are named, the longest of them. Among equally long ones, and where none is named, each passage that
    holds a choice counts 1 / its rank for it. Ties go to the earlier choice: without any evidence that is a guess, as
    it is for the published systems.
    """
    lines = [word_line(choice) for choice in choices]
    weight = [0.0] * len(lines)
    for rank, passage in enumerate(reply.passages, start=1):
        words = word_line(passage)
        for i, choice in enumerate(lines):
            weight[i] += stands_in(choice, words) / rank
    for text in (reply.short, reply.first):
        words = word_line(text or "")
        named = [i for i, choice in enumerate(lines) if stands_in(choice, words)]
        if named:
            return max(named, key=lambda i: (len(lines[i]), weight[i], -i))
    return max(range(len(lines)), key=lambda i: (weight[i], -i))


# --- Dateline's own answers ---------------------------------------------------------------------------------


def reply_of(answer: Answer) -> Reply:
    """What Dateline says, in the form in which all systems are measured."""
    return Reply(
        short=answer.short,
        first=answer.statements[0].text if answer.statements else "",
        text=answer.text,
        declined=answer.abstained,
        confidence=answer.confidence,
        passages=tuple(hit.passage.text for hit in answer.hits),
        cited=tuple(citation.quote for citation in answer.citations),
    )


def case_of(
    sought: Sought,
    answer: Answer | None,
    forced: Answer | None,
    store: Store,
    *,
    seconds: float,
    error: str | None = None,
) -> Case:
    """How one question went: `answer`, or the `error` that came instead; `forced` as for `measure_reply`."""
    reply = NO_REPLY if answer is None else reply_of(answer)
    would_say = None if forced is None else reply_of(forced)
    parts = measure_reply(sought, reply, forced=would_say)
    parts["completed"] = Part(error is None, 1)
    cited: list[Place] = []
    for citation in () if answer is None else answer.citations:
        cited.append(_place(store, citation.source, Span(citation.start, citation.end)))
    if answer is not None and answer.citations:
        exact = [is_exact(store.text_of(c.article_id), c.start, c.end, c.quote) for c in answer.citations]
        parts["citation_exact"] = Part(sum(exact), len(exact))
    right = bool(parts["right"].numerator) if "right" in parts else None
    as_expected = {"answerable": right, "absent": reply.declined}.get(sought.group, True) is True and error is None
    rank = answer_rank(sought.answers, reply.passages)
    is_lost = not as_expected
    return Case(
        id=sought.question.id,
        kind=sought.group,
        question=sought.question.question,
        history=(),
        expected=sought.question.answers if sought.group != "absent" else (),
        said=reply.text,
        short=reply.short,
        declined=reply.declined,
        right=right,
        as_expected=as_expected,
        confidence=reply.confidence,
        seconds=seconds,
        error=error,
        lost_at=_lost_at(sought, rank, reply, store, error=error) if is_lost else None,
        evidence=tuple(_evidence(sought, store)) if is_lost and sought.group == "answerable" else (),
        evidence_rank=rank,
        cited=tuple(cited),
        parts=parts,
        withheld=None if would_say is None else would_say.text,
    )


NO_REPLY = Reply(short=None, first="", text="", declined=False, confidence=None, passages=(), cited=())


def _lost_at(sought: Sought, rank: int | None, reply: Reply, store: Store, *, error: str | None) -> LostAt:
    if error is not None:
        return "error"
    if sought.group == "absent":
        return "answered"
    if rank is None:
        passages = (p.text for s in sought.holders for p in store.passages(store.article(s).article_id))
        if answer_rank(sought.answers, passages) is None:
            return "selection"
    return lost_among_hits(rank, declined=reply.declined)


def _evidence(sought: Sought, store: Store) -> Iterable[Place]:
    """Where the answer stands first in each article that holds it."""
    for source in sought.holders:
        text = store.source_text(source)
        for answer in sought.answers:
            words = r"[\W_]+".join(re.escape(word) for word in answer.split())
            found = re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE)
            if found:
                yield _place(store, source, Span(found.start(), found.end()))
                break


CONTEXT_CHARS = 200


def _place(store: Store, source: str, span: Span) -> Place:
    text = store.source_text(source)
    before, after = text[max(0, span.start - CONTEXT_CHARS) : span.start], text[span.end : span.end + CONTEXT_CHARS]
    return Place(source, span.start, span.end, span.of(text), before, after)
