"""What a reader thinks of an answer, and a judged answer as a case of the user's own gold file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from app.answer import Answer
from app.conversation import Asked
from app.gold_case import Expected, expected_as_answered, find_words, gold_case, write_case
from app.notebook.file import NotebookFile
from app.notebook.judgements import Judgement, KeptJudgements, Reason
from app.notebook.shares import KeptShares
from app.web.paths import GONE, ConversationId, TurnNumber
from app.web.site import Archive, Site
from app.wording import excerpt
from ingest.errors import DatelineError

__all__ = ["gold_path", "routes"]

_MOST_PASSAGES = 8  # to choose from
_MOST_SEARCHED = 5_000  # articles that are looked through for pasted words
_Words = Annotated[str, Field(max_length=20_000)]


class Judging(BaseModel):
    """What a reader thinks of an answer."""

    helpful: bool
    reason: Reason | None = None
    words: str = Field("", max_length=4_000)


class Evidence(BaseModel):
    """Words of an article; without its source they are looked for."""

    words: _Words
    source: str | None = Field(None, max_length=4_000)


class Wished(BaseModel):
    """What is expected of the answer in future: as it was given, to decline, or other words and where they stand."""

    expect: Literal["as-answered", "decline", "answer"]
    answers: list[_Words] = Field([], max_length=20)
    evidence: list[Evidence] = Field([], max_length=20)


def gold_path(notebook: NotebookFile) -> Path:
    """The user's own gold file: beside the notebook."""
    return notebook.path.with_name(f"{notebook.path.stem}-gold.jsonl")


def routes(site: Site) -> APIRouter:
    """Below `/page/conversations/ID`: `marks`, and for each turn `judgement` and `gold`."""
    router = APIRouter(include_in_schema=False, prefix="/page/conversations/{conversation}")
    judgements, shares = KeptJudgements(site.notebook), KeptShares(site.notebook)
    path = gold_path(site.notebook)

    def asked_at(request: Request, conversation: str, turn: int) -> Asked:
        asked = site.conversations.get(request.state.person, conversation).asked(turn)
        if asked is None:
            raise HTTPException(404, GONE)
        return asked

    @router.get("/marks")
    def marks(request: Request, conversation: ConversationId) -> dict[str, object]:
        kept = site.conversations.get(request.state.person, conversation)
        judged = judgements.judged(request.state.person, conversation)
        current = {n: j for n, j in judged.items() if (a := kept.asked(n)) is not None and a.edition == j.edition}
        told = {str(n): {"helpful": j.helpful, "reason": j.reason, "words": j.words} for n, j in current.items()}
        return {"judged": told, "shared": list(shares.shared(request.state.person, conversation))}

    @router.post("/turns/{turn}/judgement")
    def judge(request: Request, conversation: ConversationId, turn: TurnNumber, told: Judging) -> dict[str, bool]:
        asked = asked_at(request, conversation, turn)
        reason = None if told.helpful else told.reason or "other"
        judgement = Judgement(told.helpful, asked.edition, reason, told.words.strip())
        return {"kept": judgements.judge(request.state.person, conversation, turn, judgement)}

    @router.get("/turns/{turn}/gold")
    def proposal(request: Request, conversation: ConversationId, turn: TurnNumber) -> dict[str, object]:
        answer = asked_at(request, conversation, turn).turn.answer
        said = expected_as_answered(answer)
        return {"file": path.name, "answers": list(said.answers), "passages": list(_passages(answer))}

    @router.post("/turns/{turn}/gold")
    def gold(request: Request, conversation: ConversationId, turn: TurnNumber, wished: Wished) -> dict[str, str]:
        asked = asked_at(request, conversation, turn)
        kept = site.conversations.get(request.state.person, conversation)
        expected = _expected(site.archive, asked.turn.answer, wished)
        earlier = [t.question for t in kept.before(turn).turns]
        case = gold_case(f"{conversation[:12]}-{turn}", asked, earlier, expected)
        write_case(path, case)
        return {"file": path.name, "id": str(case["id"])}

    return router


def _passages(answer: Answer) -> Iterator[dict[str, str]]:
    """What was looked at, to be chosen as what should have been cited."""
    looked_at = [(h.article.source, h.article.headline, h.passage.text) for h in answer.hits]
    if not looked_at and answer.abstention is not None:
        looked_at = [(near.source, near.headline, near.text) for near in answer.abstention.nearest]
    for source, headline, text in looked_at[:_MOST_PASSAGES]:
        yield {"source": source, "words": text, "headline": headline or source, "excerpt": excerpt(text)}


def _expected(archive: Archive, answer: Answer, wished: Wished) -> Expected:
    """What `wished` comes to; an HTTPException that says what is missing."""
    if wished.expect == "decline":
        return Expected()
    if wished.expect == "as-answered":
        return expected_as_answered(answer)
    answers = tuple(dict.fromkeys(a.strip() for a in wished.answers if a.strip()))
    if not answers:
        raise HTTPException(422, "Say in a few words what the right answer is.")
    if not wished.evidence:
        raise HTTPException(422, "Choose the passage that answers, or paste its words.")
    evidence = tuple(dict.fromkeys(_place(archive, answer, e) for e in wished.evidence))
    return Expected(answers, evidence)


def _place(archive: Archive, answer: Answer, evidence: Evidence) -> tuple[str, str]:
    """Where the words stand, as the article has them."""
    for source in [evidence.source] if evidence.source else _likely(archive, answer):
        with suppress(DatelineError):
            text = archive.source_text(source)
            if (span := find_words(text, evidence.words)) is not None:
                return source, span.of(text)
    place = evidence.source or "any article"
    raise HTTPException(422, f"These words do not stand in {place}: copy them as the article has them.")


def _likely(archive: Archive, answer: Answer) -> Iterator[str]:
    """Where to look for words: what was cited and looked at first, then the other articles."""
    near = answer.abstention.nearest if answer.abstention else ()
    first = [c.source for c in answer.citations] + [h.article.source for h in answer.hits] + [n.source for n in near]
    yield from dict.fromkeys(first)
    yield from (a.source for a in archive.articles()[:_MOST_SEARCHED] if a.source not in first)
