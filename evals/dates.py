"""How often the day that is claimed for an article is the day it appeared, and how often none is claimed.

The measure: the day in an article's address is what its outlet says of it, so it is the truth, and it is hidden: the
address, the same day wherever else it stands in the markup as a path, and all fields that are not part of a view. What
is then claimed is compared with it, to the day. A view is what the reader is given: the text alone, the page with its
markup, or the text with the field `published` beside it. For a page whose address has no day, the day that its markup
states is the truth for the view of its text. Guarantee: no view sees the truth that it is compared with.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np

from ingest.article import PublicationDate, Span
from ingest.body import select_body
from ingest.dates import day_in_address, find_dates
from ingest.errors import GoldError, ReadError
from ingest.metadata import find_metadata
from ingest.read import SourceText, read_text
from ingest.surroundings import ADDRESS_HINTS

__all__ = ["VIEWS", "Claim", "dates_eval", "figures", "format_dates", "main_dates"]

VIEWS = ("text", "page", "field")
SURE = 0.8  # a wrong day that is claimed with at least this confidence is the one that does harm
_RESAMPLES, _SEED = 1000, 13
_GUESSES = ("htmldate:", "time:datetime")
_QUOTED = re.compile(r'"[^"]*"')

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Claim:
    """What was claimed of one article in one view, beside the true day."""

    view: str
    truth: dt.date
    published: PublicationDate

    @property
    def days_off(self) -> int | None:
        """0 when the day is right; None when none is claimed."""
        return None if self.published.day is None else abs((self.published.day - self.truth).days)

    @property
    def kind(self) -> str:
        """The basis without what it quotes: claims of one kind rest on the same sort of evidence."""
        return _QUOTED.sub("…", self.published.basis)


@dataclass(frozen=True, slots=True)
class Figure:
    """A share, out of how many, with the 95% interval of a bootstrap over articles; NaN where there is none."""

    share: float
    n: int
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.share:.3f}  {self.low:.3f} to {self.high:.3f}  n {self.n}" if self.n else f"{'-':<23}n 0"


def dates_eval(paths: Sequence[Path], *, sample: int | None = None) -> list[Claim]:
    """A claim for each view of each article of `paths` whose true day is known; `sample` of each file, seeded.

    Raises:
        GoldError: a file is missing, or a line of it is no article; names file and line.
    """
    claims: list[Claim] = []
    for path in paths:
        rows = list(_rows(path))
        if sample is not None and sample < len(rows):
            rows = Random(_SEED).sample(rows, sample)
        for row in rows:
            claims.extend(_claims(row))
    return claims


def _rows(path: Path) -> Iterator[Row]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict) or not isinstance(row.get("url"), str):
                        raise GoldError(f'{path}, line {number}: not a JSON object with a text under "url"')
                    yield row
    except (OSError, UnicodeDecodeError, EOFError, ValueError) as error:
        raise GoldError(f"{path}: cannot be read as articles: {error}") from error


def _claims(row: Row) -> Iterator[Claim]:
    url, text, html = str(row["url"]), row.get("text"), row.get("html")
    day = day_in_address(url)
    markup = _source(_without_day(html, day)) if isinstance(html, str) else None
    truth = day or (_day_of_markup(markup) if markup is not None else None)
    if truth is None:
        return
    if isinstance(text, str):
        told = [("field:title", row.get("title"))]
        views = {"text": told}
        if day is not None and row.get("published"):
            views["field"] = [*told, ("field:published", row["published"])]
        yield from _claims_in(views, truth, _source(text))
    if markup is not None and day is not None:
        told = [(name, value) for name, value in markup.hints if name.lower() not in ADDRESS_HINTS]
        yield from _claims_in({"page": told}, truth, markup)


def _source(text: str) -> SourceText | None:
    try:
        return read_text(text)
    except ReadError:
        return None


def _with_hints(source: SourceText, told: Sequence[tuple[str, object]]) -> SourceText:
    return replace(source, hints=tuple((name, value) for name, value in told if isinstance(value, str)))


def _without_day(html: str, day: dt.date | None) -> str:
    """The markup without the day as a folder of an address, in whatever way it is written there."""
    if day is None:
        return html
    written = rf"{day.year}([/-])(?:0?{day.month}|{day:%b})\1(?:0?{day.day})(?!\d)"
    return re.sub(rf"(?<=[/-]){written}", "0000/00/00", html, flags=re.IGNORECASE)


def _day_of_markup(page: SourceText) -> dt.date | None:
    """The day that the markup states in so many words; None where its clock, in UTC, may be a day off the outlet's."""
    hints = tuple((n, v) for n, v in page.hints if n.lower() not in ADDRESS_HINTS and not n.startswith(_GUESSES))
    stated = find_metadata(SourceText("-", "utf-8", "text/plain", (), hints), (Span(0, 1),), name="").published
    return stated.day if stated.confidence >= SURE else None


def _claims_in(
    views: Mapping[str, Sequence[tuple[str, object]]], truth: dt.date, source: SourceText | None
) -> Iterator[Claim]:
    """A claim for each view of one source text; none where it would be set aside."""
    if source is None:
        return
    try:
        body = select_body(_with_hints(source, views[next(iter(views))]))
    except ReadError:
        return
    for view, told in views.items():
        yield Claim(view, truth, find_metadata(_with_hints(source, told), body, name="").published)


# --- figures -----------------------------------------------------------------------------------------------


def figures(claims: Sequence[Claim]) -> dict[str, Figure]:
    """Of the claims of one view: how often a day is claimed, is right, is a day off, and is wrong but held for sure."""
    claimed = [claim for claim in claims if claim.days_off is not None]
    sure = [claim for claim in claimed if claim.published.confidence >= SURE]

    def share(of: Sequence[Claim], holds: Callable[[Claim], bool]) -> Figure:
        return _figure([holds(claim) for claim in of])

    return {
        "coverage": share(claims, lambda claim: claim.days_off is not None),
        "exact_day": share(claimed, lambda claim: claim.days_off == 0),
        "one_day_off": share(claimed, lambda claim: claim.days_off == 1),
        "sure": share(claimed, lambda claim: claim.published.confidence >= SURE),
        "wrong_but_sure": share(sure, lambda claim: claim.days_off != 0),
        "far_off_but_sure": share(sure, lambda claim: (claim.days_off or 0) > 1),
    }


def _figure(held: Sequence[bool]) -> Figure:
    if not held:
        return Figure(float("nan"), 0, float("nan"), float("nan"))
    values = np.array(held, dtype=float)
    picks = np.random.default_rng(_SEED).binomial(len(values), values.mean(), size=_RESAMPLES) / len(values)
    low, high = np.quantile(picks, (0.025, 0.975))
    return Figure(float(values.mean()), len(values), float(low), float(high))


def format_dates(claims: Sequence[Claim]) -> str:
    """What a person reads: for each view its figures, then a row for each kind of basis."""
    lines: list[str] = []
    for view in VIEWS:
        of_view = [claim for claim in claims if claim.view == view]
        if not of_view:
            continue
        lines.append(f"{view}: {len(of_view)} articles")
        lines.extend(f"  {name:<18}{figure}" for name, figure in figures(of_view).items())
        lines.append(f"  {'articles':>8} {'right':>6} {'1 day':>6} {'wrong':>6} {'sure':>5}  basis")
        lines.extend(_kinds(of_view))
        lines.append("")
    return "\n".join(lines).rstrip()


def _kinds(claims: Sequence[Claim]) -> Iterator[str]:
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.kind].append(claim)
    for kind, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        off = [claim.days_off for claim in group]
        if off[0] is None:
            yield f"  {len(group):>8} {'no day':>20} {'':>5}  {kind}"
            continue
        right, near = off.count(0), off.count(1)
        confidence = float(np.mean([claim.published.confidence for claim in group]))
        yield f"  {len(group):>8} {right:>6} {near:>6} {len(group) - right - near:>6} {confidence:>5.2f}  {kind}"


def _field_agrees(paths: Sequence[Path]) -> str:
    """How far the field `published` can be trusted: against addresses, and against days spelled out in them."""
    same, spelled = [], []
    for path in paths:
        for row in _rows(path):
            url, told = str(row["url"]), row.get("published")
            stated = next((m.day for m in find_dates(str(told)) if m.day is not None), None)
            if stated is None:
                continue
            day = day_in_address(url)
            if day is not None:
                same.append(day == stated)
                continue
            name = url.split("?")[0].rstrip("/").rpartition("/")[2].replace("-", " ")
            days = {mention.day for mention in find_dates(name) if mention.day is not None}
            if len(days) == 1:
                spelled.append(days == {stated})
    return (
        f"the field published\n  as the day in the address      {_figure(same)}\n"
        f"  as a day spelled out in a slug {_figure(spelled)}"
    )


def main_dates(files: Sequence[Path], *, sample: int | None = None) -> int:
    """Print the figures over `files`."""
    claims = dates_eval(files, sample=sample)
    if not claims:
        raise GoldError("no article whose day is known: none has a day in its address or its markup")
    sys.stdout.write(f"{format_dates(claims)}\n\n{_field_agrees(files)}\n")
    return 0
