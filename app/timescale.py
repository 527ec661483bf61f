"""Where days lie on a line, which of them are named along it, and how flags hung from it keep out of each other's way.

Pure arithmetic, for the picture of a timeline.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

__all__ = ["name_days", "place_flags", "share_of"]

_MONTHS = (1, 2, 3, 6)
_YEARS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)
_DAYS = (1, 2, 3, 7, 14)
_MOST_CLEAR = 6  # lanes that are spent on poles that cross nothing
_DAYS_A_MONTH, _DAYS_A_YEAR = 30.44, 365.25


def share_of(day: dt.date, first: dt.date, last: dt.date) -> float:
    """How far `day` lies from `first` to `last`, 0..1; in the middle where they are one day."""
    length = (last - first).days
    return 0.5 if not length else (day - first).days / length


def name_days(first: dt.date, last: dt.date, *, at_most: int = 5) -> tuple[tuple[dt.date, str], ...]:
    """Round days between two, in order, with what to call them: days, months or years, as the time between asks."""
    length = (last - first).days
    for step in _DAYS:
        if length / step <= at_most:
            return tuple((d, _short(d, n == 0 or d.year != first.year)) for n, d in enumerate(_each(first, last, step)))
    for months in _MONTHS:
        if length / (_DAYS_A_MONTH * months) <= at_most:
            return tuple((d, f"{d:%b} {d.year}") for d in _month_starts(first, last, months))
    for years in _YEARS:
        if length / (_DAYS_A_YEAR * years) <= at_most or years == _YEARS[-1]:
            opening = -(-(first.year + (first.timetuple().tm_yday > 1)) // years) * years
            return tuple((dt.date(y, 1, 1), str(y)) for y in range(max(opening, 1), last.year + 1, years))
    raise AssertionError("the last step is taken")


def place_flags(
    shares: Sequence[float], widths: Sequence[float], *, length: float, at_most: int
) -> tuple[tuple[int | None, bool], ...]:
    """For flags so wide, hung at `shares` of a line of that `length`: the lane, 0 next to it, and which hang left.

    No two flags of a lane overlap. A flag that has no lane below `at_most` gets None: its day is a mere point.
    """
    at = [share * length for share in shares]
    left = [x + width > length and x >= width for x, width in zip(at, widths, strict=True)]
    spans = [(x - w, x) if back else (x, x + w) for x, w, back in zip(at, widths, left, strict=True)]
    # Those that open to the right are hung from the right, so that the pole of a later one, in a lane nearer to the
    # line, does not run through an earlier flag; those that open to the left the other way round.
    order = sorted(range(len(at)), key=lambda n: (not left[n], at[n] if left[n] else -at[n]))
    clear, close = _lanes(order, spans, clear=True), _lanes(order, spans, clear=False)
    # A pole may pass behind the words of a flag where the picture would be too deep otherwise.
    chosen = clear if max(clear.values(), default=0) < _MOST_CLEAR else close
    return tuple((chosen[n] if chosen[n] < at_most else None, left[n]) for n in range(len(at)))


def _lanes(order: Sequence[int], spans: Sequence[tuple[float, float]], *, clear: bool) -> dict[int, int]:
    """For each flag the first lane that is free for it; to keep poles `clear`, the first beyond all that it meets."""
    lanes: dict[int, int] = {}
    for n in order:
        start, end = spans[n]
        met = {lane for m, lane in lanes.items() if start < spans[m][1] and spans[m][0] < end}
        free = next(lane for lane in range(len(met) + 1) if lane not in met)
        lanes[n] = max(met, default=-1) + 1 if clear else free
    return lanes


def _short(day: dt.date, with_year: bool) -> str:
    return f"{day.day} {day:%b}" + (f" {day.year}" if with_year else "")


def _each(first: dt.date, last: dt.date, step: int) -> list[dt.date]:
    return [first + dt.timedelta(days=n) for n in range(0, (last - first).days + 1, step)]


def _month_starts(first: dt.date, last: dt.date, months: int) -> list[dt.date]:
    """The first days of every so many months, counted from January."""
    number = first.year * 12 + first.month - 1 + (first.day > 1)
    number = -(-number // months) * months
    ending = last.year * 12 + last.month - 1
    return [dt.date(n // 12, n % 12 + 1, 1) for n in range(number, ending + 1, months)]
