"""`/page/saved`: questions are saved, asked again after each ingest, and what changed about them is looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from app.ask import LONGEST_QUESTION, AskOptions, check_question
from app.batch import short_words
from app.changes import compare_answers
from app.conversation import Asked
from app.notebook.batches import Batches
from app.notebook.saved import EVERYBODY, Saved, SavedQuestions, Version, seen_and_newest, standalone
from app.web.clerk import Clerk
from app.web.kept_pane import kept_answer_html, kept_source_html, number_of
from app.web.scope import read_scope
from app.web.site import Site
from app.wording import excerpt, line
from ingest.errors import UsageError

__all__ = ["owner", "routes"]


class Wish(BaseModel):
    """What is to be saved: a question that was typed, one of a conversation, or all of a batch."""

    question: str = Field(default="", max_length=2 * LONGEST_QUESTION)
    scope: object = None
    conversation: str = ""
    turn: int = 0
    batch: str = ""


def owner(request: Request) -> str:
    """Whose saved questions these are: with logins the person's own, without them those of everybody at this machine.

    A browser that is nobody in particular would lose them with its cookies, and the command line would not see them.
    """
    return str(request.state.person) if getattr(request.state, "name", "") else EVERYBODY


def routes(site: Site, saved: SavedQuestions, batches: Batches, clerk: Clerk) -> APIRouter:
    """What the view does with saved questions."""
    router = APIRouter(include_in_schema=False)

    def found(request: Request, number: int) -> Saved:
        one = saved.get(owner(request), number)
        if one is None:
            raise HTTPException(404, "This saved question is no longer there.")
        return one

    @router.get("/page/saved")
    def listed(request: Request) -> dict[str, object]:
        clerk.wake()
        generation = site.archive.generation
        questions = [_saved(q, saved.versions(q.person, q.id), generation) for q in saved.of(owner(request))]
        return {"questions": questions, "changed": sum(1 for q in questions if q["unseen"])}

    @router.get("/page/saved/changed")
    def changed(request: Request) -> dict[str, int]:
        return {"changed": saved.changed(owner(request))}

    @router.post("/page/saved")
    def save(request: Request, wish: Wish) -> dict[str, object]:
        try:
            if wish.batch:
                number = _save_batch(request, wish.batch)
            elif wish.conversation:
                number = _save_turn(request, wish)
            else:
                options = read_scope(wish.scope, AskOptions())
                saved.add(owner(request), check_question(wish.question), options)
                number = 1
        except UsageError as error:
            raise HTTPException(422, str(error)) from error
        clerk.wake()
        return {"saved": number}

    def _save_turn(request: Request, wish: Wish) -> int:
        """Save a question of the chat; its answer is the first version, so that what changes is told from then on."""
        kept = site.conversations.get(request.state.person, wish.conversation)
        asked = kept.asked(wish.turn)
        if asked is None:
            raise HTTPException(404, "This answer is of a conversation that is no longer open here. Ask again.")
        leans = any(isinstance(e, Asked) for e in kept.before(wish.turn).entries)
        options = standalone(asked.turn.question, asked.turn.answer, asked.options, leans=leans)
        known = asked.turn.answer if options == asked.options else None
        saved.add(owner(request), check_question(asked.turn.question), options, known)
        return 1

    def _save_batch(request: Request, batch: str) -> int:
        """Save every question of a batch that can be asked by itself, each with what it was asked with."""
        person, before = request.state.person, 0
        options = batches.options(person, batch)
        for outcome in batches.outcomes(person, batch):
            item = outcome.item
            if outcome.answer is None or item.as_of is not None:
                continue  # one that was refused would be again, and one as of a day in the past never changes
            own = standalone(item.question, outcome.answer, item.options(options), leans=bool(item.conversation))
            known = None if item.conversation else outcome.answer
            saved.add(owner(request), check_question(item.question), own, known)
            before += 1
        return before

    @router.post("/page/saved/run")
    def run_all(request: Request) -> dict[str, bool]:
        saved.ask_again(owner(request))
        clerk.wake()
        return {"asked": True}

    @router.post("/page/saved/seen")
    def see_all(request: Request) -> dict[str, int]:
        saved.see(owner(request))
        return {"changed": saved.changed(owner(request))}

    @router.post("/page/saved/{number}/run")
    def run_one(request: Request, number: int) -> dict[str, bool]:
        saved.ask_again(owner(request), found(request, number).id)
        clerk.wake()
        return {"asked": True}

    @router.post("/page/saved/{number}/seen")
    def see_one(request: Request, number: int) -> dict[str, int]:
        saved.see(owner(request), found(request, number).id)
        return {"changed": saved.changed(owner(request))}

    @router.delete("/page/saved/{number}")
    def remove(request: Request, number: int) -> dict[str, int]:
        saved.remove(owner(request), found(request, number).id)
        return {"changed": saved.changed(owner(request))}

    @router.get("/page/saved/{number}/source")
    def source(request: Request, number: int, key: str) -> HTMLResponse:
        versions = saved.versions(owner(request), found(request, number).id)
        answer = next((v.answer for v in versions if v.number == number_of(key)), None)
        return kept_source_html(site.archive, answer, key)

    @router.get("/page/saved/{number}")
    def one(request: Request, number: int, version: int = 0) -> dict[str, object]:
        question = found(request, number)
        versions = saved.versions(question.person, question.id)
        pair = _pair(versions, version)
        told = [_version(v, before) for before, v in zip([None, *versions], versions, strict=False)]
        sides = [
            {**_version(v, None), "html": kept_answer_html(site.archive, v.answer, v.number, question.options)}
            for v in pair
        ]
        changes = compare_answers(pair[0].answer, pair[1].answer) if len(pair) > 1 else ()
        words = [{"kind": c.kind, "words": c.words} for c in changes]
        return {**_saved(question, versions, site.archive.generation), "versions": told[::-1], "sides": sides,
                "changes": words}  # fmt: skip

    return router


def _pair(versions: Sequence[Version], wished: int) -> tuple[Version, ...]:
    """The version to show and the one before it; without a wish, what is new to its owner."""
    at = next((n for n, v in enumerate(versions) if v.number == wished), None)
    if at is not None:
        return tuple(versions[max(0, at - 1) : at + 1])
    return seen_and_newest(versions) or tuple(versions[-1:])


def _saved(question: Saved, versions: Sequence[Version], generation: int) -> dict[str, object]:
    pair = _pair(versions, 0)
    changes = compare_answers(pair[0].answer, pair[1].answer) if len(pair) > 1 and question.unseen else ()
    newest = versions[-1].answer if versions else None
    return {
        "id": question.id,
        "question": line(question.question),
        "scope": _scope(question.options),
        "checked": _time(question.checked),
        "generation": question.generation,
        "waiting": question.due or question.generation != generation,
        "unseen": question.unseen,
        "trouble": line(question.trouble),
        "state": "" if newest is None else "abstained" if newest.abstained else "answered",
        "short": "" if newest is None else line(excerpt(short_words(newest))),
        "kinds": list(dict.fromkeys(c.kind for c in changes)),
        "changes": [line(c.words) for c in changes],
        "versions": len(versions),
    }


def _version(version: Version, before: Version | None) -> dict[str, object]:
    changes = compare_answers(before.answer, version.answer) if before else ()
    return {
        "number": version.number,
        "asked": _time(version.asked),
        "generation": version.generation,
        "seen": version.seen,
        "changes": [line(c.words) for c in changes],
    }


def _scope(options: AskOptions) -> str:
    """What a question is asked of, in words; empty for all articles."""
    filters = options.filters
    sources = options.sources or (filters.sources if filters else ())
    told = [", ".join(map(line, sources[:3])) + (f" and {len(sources) - 3} more" if len(sources) > 3 else "")]
    if filters and filters.published_from:
        told.append(f"from {filters.published_from.isoformat()}")
    if filters and filters.published_to:
        told.append(f"to {filters.published_to.isoformat()}")
    if options.query:
        told.append(f"searched for: {line(options.query)}")
    told += [] if options.times else ["without the time filter"]
    return " · ".join(w for w in told if w)


def _time(seconds: float | None) -> str:
    return "" if seconds is None else dt.datetime.fromtimestamp(seconds).isoformat("T", "minutes")
