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

_WIDE_PX, _NARROW_PX = 480.0, 300.0  # the least that a line is long on a wide page and on a telephone
_FLAG_UNITS = 21  # small letters; more are cut
_UNIT_PX, _BESIDE_POLE_PX = 7.0, 14.0
_DAY_PX = 92.0  # a day on its flag
_TICK_SHARE = 0.22  # of a narrow line, that the words of a tick take
_MOST_LANES = 14
_MOST_FLAGS = 40  # beyond, only days are points
_LINE_Y, _UNDER_LINE = 26, 16
_MOST_UNDATED = 6
_LONGEST = 300  # characters that are read out


def render_timeline_svg(parts: tuple[Part, ...], turn: int) -> str:
    """The events of a timeline as a picture; empty where fewer than two days are known: there is nothing to see."""
    dated = sorted((p for p in parts if p.day), key=lambda p: p.day or dt.date.max)
    undated = [p for p in parts if not p.day]
    days = [p.day for p in dated if p.day]
    if len(set(days)) < 2:
        return ""
    first, last = days[0], days[-1]
    shares = [share_of(day, first, last) for day in days]
    widths = [max(_DAY_PX, _units(_cut(_words(p))) * _UNIT_PX) + _BESIDE_POLE_PX for p in dated]
    wide, narrow = (
        place_flags(shares, widths, length=length, at_most=_MOST_LANES if len(days) <= _MOST_FLAGS else 0)
        for length in (_WIDE_PX, _NARROW_PX)
    )
    placed = [_Event(*event) for event in zip(dated, shares, wide, narrow, strict=True)]
    events = "".join(map(_pole, placed)) + "".join(_event(event, turn) for event in placed)
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


def _pole(event: _Event) -> str:
    """From the line down to a flag; all of them lie behind all flags."""
    return f'<rect class="dl-pole {event.classes}" x="{event.share:.2%}" y="{_LINE_Y}" width="1"></rect>'


def _event(event: _Event, turn: int) -> str:
    part, x = event.part, f"{event.share:.2%}"
    told = f"{format_day(part.day)}: {_words(part)}"
    return (
        f'<a class="dl-happened {event.classes}" href="#c-{turn}-{part.markers[0]}" aria-label="{inert(told)}">'
        f"<title>{inert(told)}</title>"
        f'<circle class="dl-dot" cx="{x}" cy="{_LINE_Y}" r="5"></circle>'
        f'<text class="dl-flag dl-flag-day" x="{x}" y="{_LINE_Y + _UNDER_LINE + 4}">{_day(part.day)}</text>'
        f'<text class="dl-flag" x="{x}" y="{_LINE_Y + _UNDER_LINE + 19}">{inert(_cut(_words(part)))}</text></a>'
    )


def _axis(first: dt.date, last: dt.date) -> str:
    """The line itself and round days above it, as far as their words have room."""
    ticks, free_from = [], 0.0
    for day, words in name_days(first, last):
        share = share_of(day, first, last)
        at_end = share + _TICK_SHARE > 1
        if share - at_end * _TICK_SHARE < free_from:
            continue
        free_from = share + _TICK_SHARE
        ticks.append(
            f'<line class="dl-tick" x1="{share:.2%}" x2="{share:.2%}" y1="{_LINE_Y - 6}" y2="{_LINE_Y}"></line>'
            f'<text class="dl-tick-words{" dl-tick-end" * at_end}" x="{share:.2%}" y="{_LINE_Y - 11}">{words}</text>'
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
    return line(f"{part.label}: {part.text}" if part.label and part.day else part.text)[:_LONGEST]


def _day(day: dt.date | None) -> str:
    return f"{day.day} {day:%b} {day.year}" if day else ""


def _cut(words: str, units: int = _FLAG_UNITS) -> str:
    """The beginning of `words`, about as wide as so many small letters."""
    if _units(words) <= units:
        return words
    kept = words[: next(n for n in range(len(words), -1, -1) if _units(words[:n]) <= units - 2)]
    return (kept.rsplit(" ", 1)[0] if " " in kept[units // 2 :] else kept).rstrip(" ,;:.") + " …"


def _units(words: str) -> float:
    """How wide `words` are, a small letter being one."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1.4 if c.isupper() else 1 for c in words)


def _lanes(placed: tuple[tuple[int | None, bool], ...]) -> int:
    """How many lanes there are; how deep the picture is."""
    return max((lane + 1 for lane, _ in placed if lane is not None), default=0)
