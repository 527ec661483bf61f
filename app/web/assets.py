"""The page's own scripts and styles; the scripts are one file, under a name that changes with its content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources

from fastapi import APIRouter, Response

__all__ = ["FOREVER", "Assets", "load_assets", "routes"]

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # the name is the digest of what it holds


@dataclass(frozen=True, slots=True)
class Assets:
    """All scripts as one and all styles as one; `page` first, the others by name."""

    script: str
    style: str

    @property
    def script_path(self) -> str:
        """Where the script is served."""
        return f"/page/dateline-{_digest(self.script)}.js"

    @property
    def head(self) -> str:
        """What the head of the page has to hold."""
        return f'<script src="{self.script_path}"></script>'


def load_assets() -> Assets:
    """What lies in app/web/static."""
    files = list(resources.files("app.web").joinpath("static").iterdir())

    def joined(kind: str) -> str:
        chosen = sorted((f for f in files if f.name.endswith(kind)), key=lambda f: (f.name != f"page{kind}", f.name))
        return "\n".join(f.read_text(encoding="utf-8") for f in chosen)

    return Assets(joined(".js"), joined(".css"))


def routes(assets: Assets) -> APIRouter:
    """The script; Gradio's page carries the styles itself."""
    router = APIRouter(include_in_schema=False)

    @router.get(assets.script_path)
    def script() -> Response:
        return Response(assets.script, media_type="text/javascript", headers=FOREVER)

    return router


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
