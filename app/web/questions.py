"""The routes of the Questions view: `/page/batches`, many questions at once, and `/page/saved`, those that are kept.

Batches belong to a person. Saved questions do so where there are logins; without them everybody at this machine shares
one list, the one of the command line.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app.notebook.batches import Batches
from app.notebook.saved import SavedQuestions
from app.web import batch_routes, saved_routes
from app.web.clerk import Clerk
from app.web.site import Site

__all__ = ["routes"]


def routes(site: Site) -> APIRouter:
    """Both, and the clerk who asks for them as long as they are served."""
    batches, saved = Batches(site.notebook), SavedQuestions(site.notebook)
    clerk = Clerk(site, batches, saved)

    @asynccontextmanager
    async def served(_: FastAPI) -> AsyncIterator[None]:
        clerk.start()
        yield
        clerk.stop()

    router = APIRouter(include_in_schema=False, lifespan=served)
    router.include_router(batch_routes.routes(site, batches, clerk))
    router.include_router(saved_routes.routes(site, saved, batches, clerk))
    return router
