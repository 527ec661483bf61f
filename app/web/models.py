"""Who words the answers, for the page: the language model in use, those that were found, and choosing between them."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from app.llm.choice import ModelChoice, Offer
from app.llm.model import LanguageModel
from app.web.site import Site
from ingest.errors import UsageError

__all__ = ["routes"]

_NOTHING: dict[str, object] = {"may": False, "current": None, "configured": None, "offers": []}


class Choosing(BaseModel):
    """What is to word the answers: a model that was offered, the one of the settings, or none."""

    use: Literal["offer", "configured", "none"]
    address: str = Field("", max_length=300)
    model: str = Field("", max_length=300)


def routes(site: Site) -> APIRouter:
    """`GET /page/model`: what words the answers and what could; `POST /page/model` changes it."""
    router = APIRouter(include_in_schema=False)
    models = site.models
    if models is None:

        @router.get("/page/model")
        def none() -> dict[str, object]:
            return _NOTHING

        return router

    @router.get("/page/model")
    def current() -> dict[str, object]:
        return _told(models)

    @router.post("/page/model")
    def choose(wished: Choosing) -> dict[str, object]:
        if not models.may_choose:
            raise HTTPException(403, "Who started Dateline decides which language model it uses.")
        try:
            match wished.use:
                case "offer":
                    models.choose(wished.address, wished.model)
                case "configured":
                    models.restore()
                case "none":
                    models.clear()
        except UsageError as error:
            words = str(error)
            raise HTTPException(409, f"{words[:1].upper()}{words[1:]}.") from error
        return _told(models)

    return router


def _told(models: ModelChoice) -> dict[str, object]:
    """All of it; what could be used is looked for only where nothing is."""
    current = models.current
    return {
        "may": models.may_choose,
        "current": _model(models, current),
        "configured": _model(models, models.configured),
        "offers": [_offer(offer) for offer in models.offers()] if current is None else [],
    }


def _model(models: ModelChoice, model: LanguageModel | None) -> dict[str, object] | None:
    if model is None:
        return None
    name = models.name_of(model)
    return {"name": _plain(name) if name else None, "place": _plain(model.place), "is_local": model.is_local}


def _offer(offer: Offer) -> dict[str, object]:
    where = ", ".join(filter(None, (offer.called, f"port {offer.port}")))
    return {"address": offer.address, "model": offer.model, "name": offer.name, "where": where}


def _plain(text: str) -> str:
    """`text` as JSON can hold it: a server may tell a name that is no text."""
    return text.encode("utf-8", "replace").decode("utf-8")
