"""A timeline drawn to scale: a line, a flag for each event that leads to its citation, and what has no day beneath.

The picture has no width of its own: places are shares of the line, and how deep a flag hangs is a class for wide and
another for narrow pages, so that words are never scaled and never collide. The same events stand as a list below it.
Pure.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass

from app.answer import Part
from app.timescale import name_days, place_flags, share_of
from app.wording import format_day, inert, line

__all__ = ["render_timeline_svg"]

_FLAG_PX = 156.0  # as wide as its words are at most
_WIDE_PX, _NARROW_PX = 480.0, 318.0  # the least that a line is long on a wide page and on a telephone
_FLAG_UNITS = 24  # letters of its words; more are cut
_MOST_LANES = 14
_MOST_FLAGS = 40  # beyond, only days are points
_LINE_Y, _UNDER_LINE = 26, 16
_MOST_UNDATED = 6


def render_timeline_svg(parts: tuple[Part, ...], turn: int) -> str:
    """The events of a timeline as a picture; empty where fewer than two days are known: there is nothing to see."""
    dated = sorted((p for p in parts if p.day), key=lambda p: p.day or dt.date.max)
    undated = [p for p in parts if not p.day]
    days = [p.day for p in dated if p.day]
    if len(set(days)) < 2:
        return ""
    first, last = days[0], days[-1]
    shares = [share_of(day, first, last) for day in days]
    wide, narrow = (
        place_flags(shares, width=width, flag=_FLAG_PX, at_most=_MOST_LANES if len(days) <= _MOST_FLAGS else 0)
        for width in (_WIDE_PX, _NARROW_PX)
    )
    events = "".join(
        _event(_Event(part, share, here, there), turn)
        for part, share, here, there in zip(dated, shares, wide, narrow, strict=True)
    )
    depth = " ".join(f"dl-{name}-{_lanes(placed)}" for name, placed in (("w", wide), ("n", narrow)))
    told = f"Timeline of {len(parts)} events, {format_day(first)} to {format_day(last)}; the same as a list below"
    return (
        f'<figure class="dl-picture" role="group" aria-label="{inert(told)}">'
        f'<svg class="dl-scale {depth}" width="100%">{_axis(first, last)}{events}</svg>'
        f"{_undated(undated, turn)}</figure>"
    )


@dataclass(frozen=True, slots=True)
class _Event:
    part: Part
    share: float
    wide: tuple[int | None, bool]
    narrow: tuple[int | None, bool]

    @property
    def classes(self) -> str:
        """In which lane it hangs, on which side of its pole; without a lane it is a point."""
        names = []
        for name, (lane, back) in (("w", self.wide), ("n", self.narrow)):
            names.append(f"dl-{name}-point" if lane is None else f"dl-{name}-{lane}")
            if back:
                names.append(f"dl-{name}-back")
        return " ".join(names)


def _event(event: _Event, turn: int) -> str:
    part, x = event.part, f"{event.share:.2%}"
    told = f"{format_day(part.day)}: {_words(part)}"
    return (
        f'<a class="dl-happened {event.classes}" href="#c-{turn}-{part.markers[0]}" aria-label="{inert(told)}">'
        f"<title>{inert(told)}</title>"
        f'<rect class="dl-pole" x="{x}" y="{_LINE_Y}" width="1"></rect>'
        f'<circle class="dl-dot" cx="{x}" cy="{_LINE_Y}" r="5"></circle>'
        f'<text class="dl-flag dl-flag-day" x="{x}" y="{_LINE_Y + _UNDER_LINE + 4}">{_day(part.day)}</text>'
        f'<text class="dl-flag" x="{x}" y="{_LINE_Y + _UNDER_LINE + 19}">{inert(_cut(_words(part)))}</text></a>'
    )


def _axis(first: dt.date, last: dt.date) -> str:
    """The line itself and round days above it; one that would stick out at the end is left out."""
    ticks = []
    for day, words in name_days(first, last, at_most=4):
        share = share_of(day, first, last)
        if share <= 0.86:
            ticks.append(
                f'<line class="dl-tick" x1="{share:.2%}" x2="{share:.2%}" y1="{_LINE_Y - 6}" y2="{_LINE_Y}"></line>'
                f'<text class="dl-tick-words" x="{share:.2%}" y="{_LINE_Y - 11}">{words}</text>'
            )
    return f'<line class="dl-axis" x1="0" x2="100%" y1="{_LINE_Y}" y2="{_LINE_Y}"></line>{"".join(ticks)}'


def _undated(parts: list[Part], turn: int) -> str:
    """What happened on no known day, apart from the line."""
    if not parts:
        return ""
    items = "".join(
        f'<li><a href="#c-{turn}-{p.markers[0]}">{inert(_cut(_words(p), 60))}</a></li>' for p in parts[:_MOST_UNDATED]
    )
    more = len(parts) - _MOST_UNDATED
    rest = f"<li>and {more} more below</li>" if more > 0 else ""
    return f'<figcaption class="dl-no-day"><span>No day known</span><ul>{items}{rest}</ul></figcaption>'


def _words(part: Part) -> str:
    return line(f"{part.label}: {part.text}" if part.label and part.day else part.text)


def _day(day: dt.date | None) -> str:
    return f"{day.day} {day:%b} {day.year}" if day else ""


def _cut(words: str, units: int = _FLAG_UNITS) -> str:
    """The beginning of `words`, about as wide as so many small letters."""
    kept, width = "", 0.0
    for character in words:
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1.4 if character.isupper() else 1
        if width > units:
            return (kept.rsplit(" ", 1)[0] if " " in kept[units // 2 :] else kept).rstrip(" ,;:.") + " …"
        kept += character
    return kept


def _lanes(placed: tuple[tuple[int | None, bool], ...]) -> int:
    """How many lanes there are; how deep the picture is."""
    return max((lane + 1 for lane, _ in placed if lane is not None), default=0)
