"""The page's own scripts and styles, each kind one file under a name that changes with its content.

The styles are a file of their own, not Gradio's `css=`, which puts a class before each selector, so that what stands
above Gradio's container could not be named.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources

from fastapi import APIRouter, Response

__all__ = ["FOREVER", "Assets", "load_assets", "routes"]

_KEYFRAMES = re.compile(r"@keyframes[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
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
    def style_path(self) -> str:
        """Where the styles are served."""
        return f"/page/dateline-{_digest(self.style)}.css"

    @property
    def head(self) -> str:
        """What the head of the page has to hold."""
        return f'<link rel="stylesheet" href="{self.style_path}"><script src="{self.script_path}"></script>'


def load_assets() -> Assets:
    """What lies in app/web/static."""
    files = list(resources.files("app.web").joinpath("static").iterdir())

    def joined(kind: str) -> str:
        chosen = sorted((f for f in files if f.name.endswith(kind)), key=lambda f: (f.name != f"page{kind}", f.name))
        return "\n".join(f.read_text(encoding="utf-8") for f in chosen)

    return Assets(joined(".js"), _raised(joined(".css")))


def _raised(style: str) -> str:
    """`style` so that each of its rules outweighs Gradio's: nested below a selector that counts as two ids."""
    apart = "\n".join(_KEYFRAMES.findall(style))  # these may not be nested
    return f"{apart}\n:is(html, #dl#dl) {{\n{_KEYFRAMES.sub('', style)}\n}}\n"


def routes(assets: Assets) -> APIRouter:
    """The two files."""
    router = APIRouter(include_in_schema=False)

    @router.get(assets.script_path)
    def script() -> Response:
        return Response(assets.script, media_type="text/javascript", headers=FOREVER)

    @router.get(assets.style_path)
    def style() -> Response:
        return Response(assets.style, media_type="text/css", headers=FOREVER)

    return router


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
