"""What a person put right about an article: kept by the place it lies, laid over what was found, and taken off again.

The row of an article holds what counts; what was found stands beside it as long as a correction covers it. So a file
that is edited, or an index that is built anew, is corrected again without anybody's doing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from ingest.article import source_order
from store.schema import ARTICLES, CORRECTIONS, FILES

__all__ = ["BASIS", "Applied", "Correction", "apply_corrections", "keep_correction"]

BASIS = "set by the user"
_CHUNK = 500
_COVERED = ("headline", "outlet", "authors", "published_day", "published_basis", "published_confidence", "bases")


@dataclass(frozen=True, slots=True)
class Correction:
    """What is put right; None is left as it was found, or as it was put right before."""

    headline: str | None = None
    outlet: str | None = None
    authors: tuple[str, ...] | None = None
    published: dt.date | None = None

    def __post_init__(self) -> None:
        if (self.headline, self.outlet, self.authors, self.published) == (None, None, None, None):
            raise ValueError("a correction says what is put right")
        if self.published is not None and type(self.published) is not dt.date:
            raise TypeError(f"published is a datetime.date, not {self.published!r}")


class Applied(NamedTuple):
    """The articles whose rows say something else now: another day, another headline."""

    moved: list[str]
    retitled: list[str]


def keep_correction(c: sa.Connection, source: str, correction: Correction | None) -> None:
    """Lay `correction` over the earlier ones for `source`; None forgets them all."""
    row = c.execute(sa.select(CORRECTIONS).where(CORRECTIONS.c.source == source)).mappings().first()
    c.execute(sa.delete(CORRECTIONS).where(CORRECTIONS.c.source == source))
    if correction is None:
        return
    given = {
        "headline": correction.headline,
        "outlet": correction.outlet,
        "authors": None if correction.authors is None else list(correction.authors),
        "published_day": correction.published,
    }
    before = {} if row is None else dict(row)
    kept = {name: before.get(name) if value is None else value for name, value in given.items()}
    c.execute(sa.insert(CORRECTIONS).values(source=source, **kept))


def apply_corrections(c: sa.Connection, article_ids: Iterable[str]) -> Applied:
    """Bring the rows of those articles in step with the corrections for the places where they lie."""
    applied = Applied([], [])
    anything = c.execute(sa.select(CORRECTIONS.c.source).limit(1)).first() is not None
    wanted = list(article_ids)
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        covered = ARTICLES.c.found.is_not(None)
        rows = c.execute(
            sa.select(ARTICLES.c.article_id, ARTICLES.c.found, *(ARTICLES.c[name] for name in _COVERED)).where(
                ARTICLES.c.article_id.in_(some), sa.true() if anything else covered
            )
        )
        for row in rows.mappings().all():
            found = row["found"] or _as_json({name: row[name] for name in _COVERED})
            corrections = _corrections_of(c, row["article_id"]) if anything else {}
            values = _laid_over(found, corrections) if corrections else {**_from_json(found), "found": sa.null()}
            c.execute(sa.update(ARTICLES).where(ARTICLES.c.article_id == row["article_id"]).values(**values))
            if values["published_day"] != row["published_day"]:
                applied.moved.append(row["article_id"])
            if values["headline"] != row["headline"]:
                applied.retitled.append(row["article_id"])
    return applied


def _corrections_of(c: sa.Connection, article_id: str) -> Mapping[str, object]:
    """What was put right for one article, whichever of its places it was said of; the first place counts."""
    query = sa.select(CORRECTIONS).join(FILES, FILES.c.source == CORRECTIONS.c.source)
    rows = c.execute(query.where(FILES.c.article_id == article_id)).mappings().all()
    said: dict[str, object] = {}
    for row in sorted(rows, key=lambda row: source_order(str(row["source"]))):
        for name in ("headline", "outlet", "authors", "published_day"):
            if row[name] is not None:
                said.setdefault(name, row[name])
    return said


def _laid_over(found: Mapping[str, object], said: Mapping[str, object]) -> dict[str, object]:
    values = _from_json(found)
    known = values["bases"]
    bases = dict(known) if isinstance(known, dict) else {}
    bases |= {name: [BASIS, 1.0] for name in ("headline", "outlet", "authors") if name in said}
    values |= said
    if "published_day" in said:
        values |= {"published_basis": BASIS, "published_confidence": 1.0}
    return values | {"bases": bases, "found": dict(found)}


def _as_json(values: Mapping[str, object]) -> dict[str, object]:
    day = values["published_day"]
    return {**values, "published_day": day.isoformat() if isinstance(day, dt.date) else None}


def _from_json(values: Mapping[str, object]) -> dict[str, object]:
    day = values["published_day"]
    return {**values, "published_day": dt.date.fromisoformat(day) if isinstance(day, str) else None}
