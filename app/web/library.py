"""The archive view's routes: the articles narrowed, sorted, page by page or grouped; and what questions are asked of.

They answer plain JSON, the same for everyone; what a person chose comes with each request and is not kept here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Body, Response

from app.library import COLUMNS, Looked, Row, render_rows_csv
from app.library_groups import (
    GROUPINGS,
    Facet,
    Group,
    count_facet,
    count_folders,
    describe_group,
    group_rows,
    histogram,
)
from app.web.scope import read_choice, read_reach, tell_reach
from app.web.shelf import Holdings, Shelf
from app.web.site import Site

__all__ = ["routes"]

_Sent = Annotated[dict[str, object], Body()]
_PAGE = 50  # rows or groups
_MOST_ROWS = 200
_MOST_FACETS = 300
_ANY_WORD = "news"  # looked for so that the index is open when somebody searches


def routes(site: Site) -> APIRouter:
    """`POST /page/library` (a list), `/page/library/csv` (all of it), `/page/library/scope` (what questions reach)."""
    router = APIRouter(include_in_schema=False)
    shelf = Shelf.of(site.archive)

    @router.post("/page/library")
    def library(sent: _Sent) -> dict[str, object]:
        return _library(shelf.now(), sent)

    @router.post("/page/library/csv")
    def csv(sent: _Sent) -> Response:
        held = shelf.now()
        shown = held.look_through(read_choice(sent.get("choice"))).rows
        return Response(render_rows_csv(_sorted(held, shown, sent)), media_type="text/csv")

    @router.post("/page/library/scope")
    def scope(sent: _Sent, later: BackgroundTasks) -> dict[str, object]:
        held = shelf.now()
        later.add_task(held.holding, _ANY_WORD, False)
        told = tell_reach(read_reach(sent.get("scope")), held)
        return {"asked": told.asked, "of": told.of, "gone": told.gone}

    return router


def _library(held: Holdings, sent: dict[str, object]) -> dict[str, object]:
    """The list that was asked for, a page of it, and what there is to choose from."""
    choice, reach = read_choice(sent.get("choice")), read_reach(sent.get("scope"))
    looked = held.look_through(choice)
    asked = held.within(reach) if reach else frozenset()
    by_days = looked.without("days")
    bins = histogram(held.rows, by_days)
    return {
        "total": len(held.rows),
        "stories": held.n_stories,
        "files": held.n_files,
        "first": held.days[0].isoformat() if held.days else None,
        "last": held.days[-1].isoformat() if held.days else None,
        "matches": len(looked.rows),
        "matching_stories": len({row.story for row in looked.rows}),
        "asked": len(asked) if reach else len(held.rows),
        "asked_shown": sum(row.article_id in asked for row in looked.rows) if reach else 0,
        "bins": [[b.first.isoformat(), b.last.isoformat(), b.shown, b.total] for b in bins],
        "undated": {"shown": sum(r.day is None for r in by_days), "total": len(held.rows) - len(held.days)},
        **_facets(looked, choice.outlets, choice.folders, choice.languages),
        **_page(held, looked.rows, sent, asked),
    }


def _facets(looked: Looked, *chosen: frozenset[str]) -> dict[str, object]:
    outlets, folders, languages = chosen
    return {
        "outlets": _told(count_facet(looked.without("outlets"), lambda r: r.article.outlet, outlets, _MOST_FACETS)),
        "folders": _told(count_folders(looked.without("folders"), folders, _MOST_FACETS)),
        "languages": _told(
            count_facet(looked.without("languages"), lambda r: r.article.language, languages, _MOST_FACETS)
        ),
    }


def _told(facets: Sequence[Facet]) -> list[list[object]]:
    return [[facet.name, facet.n] for facet in facets]


def _page(held: Holdings, shown: Sequence[Row], sent: Mapping[str, object], asked: frozenset[str]) -> dict[str, object]:
    """Some of the rows, or of the groups and the rows that are in none of these."""
    by, parent = str(sent.get("group")), sent.get("parent")
    size = min(_number(sent.get("size"), _PAGE), _MOST_ROWS)
    inside = parent if isinstance(parent, str) else ""
    groups: list[tuple[str, list[Row]]] = []
    if by in GROUPINGS:
        groups = group_rows(shown, by, parent=inside)
        shown = [row for row in shown if any(_lies_in(a, inside) for a in row.above)] if by == "folder" else []
    n = len(groups) + len(shown)
    page = min(_number(sent.get("page"), 1), max(1, -(-n // size)))
    start, end = (page - 1) * size, page * size
    some = _sorted(held, shown, sent)[max(0, start - len(groups)) : max(0, end - len(groups))]
    return {
        "page": page,
        "pages": max(1, -(-n // size)),
        "size": size,
        "n_groups": len(groups),
        "groups": [_group(describe_group(key, rows, by, asked)) for key, rows in groups[start:end]],
        "rows": [_row(row, asked) for row in some],
    }


def _lies_in(above: Sequence[str], folder: str) -> bool:
    """Whether what has these folders above it lies in `folder` and in none further below."""
    return (above[-1] if above else "") == folder


def _sorted(held: Holdings, rows: Sequence[Row], sent: Mapping[str, object]) -> Sequence[Row]:
    column = sent.get("sort")
    return held.sort(rows, str(column), descending=sent.get("descending") is True) if column in COLUMNS else rows


def _number(sent: object, otherwise: int) -> int:
    return sent if isinstance(sent, int) and 1 <= sent <= 1_000_000 else otherwise


def _row(row: Row, asked: frozenset[str]) -> dict[str, object]:
    article = row.article
    return {
        "source": _plain(article.source),
        "sources": [_plain(s) for s in article.sources[1:9]],
        "headline": _plain(article.headline or ""),
        "outlet": _plain(article.outlet or ""),
        "authors": [_plain(a) for a in article.authors[:8]],
        "day": row.day.isoformat() if row.day else None,
        "basis": _plain(article.published.basis),
        "folder": _plain(row.folder),
        "language": article.language or "",
        "passages": row.passages,
        "label": _plain(article.label or ""),
        "copies": row.copies,
        "notes": [_plain(note) for note in article.notes],
        "asked": row.article_id in asked,
    }


def _group(group: Group) -> dict[str, object]:
    return {
        "key": _plain(group.key),
        "name": _plain(group.name),
        "articles": group.articles,
        "files": group.files,
        "texts": group.texts,
        "stories": group.stories,
        "asked": group.asked,
        "outlets": [_plain(o) for o in group.outlets[:6]],
        "n_outlets": len(group.outlets),
        "first": group.first.isoformat() if group.first else None,
        "last": group.last.isoformat() if group.last else None,
        "undated": group.undated,
    }


def _plain(text: str) -> str:
    """`text` as JSON can hold it: a file name may hold bytes that are no text."""
    return text.encode("utf-8", "replace").decode("utf-8")
