from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from app.timescale import name_days, place_flags, share_of

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=30).map(sorted)


def day(words: str) -> dt.date:
    return dt.date.fromisoformat(words)


def test_a_day_lies_where_its_share_of_the_time_is() -> None:
    first, last = day("2020-01-01"), day("2020-01-05")
    assert [share_of(day(d), first, last) for d in ("2020-01-01", "2020-01-02", "2020-01-05")] == [0.0, 0.25, 1.0]
    assert share_of(first, first, first) == 0.5


def test_what_is_named_along_the_line_suits_the_time_between() -> None:
    assert [w for _, w in name_days(day("2021-03-09"), day("2021-03-11"))] == ["9 Mar 2021", "10 Mar", "11 Mar"]
    assert [w for _, w in name_days(day("2020-12-30"), day("2021-01-02"))] == [
        "30 Dec 2020", "31 Dec", "1 Jan 2021", "2 Jan 2021",
    ]  # fmt: skip
    assert [w for _, w in name_days(day("2021-01-03"), day("2022-01-09"))] == [
        "Apr 2021", "Jul 2021", "Oct 2021", "Jan 2022",
    ]  # fmt: skip
    assert [w for _, w in name_days(day("1716-05-02"), day("2016-05-02"))] == ["1800", "1900", "2000"]


@given(st.dates(dt.date(1, 1, 2)), st.dates(dt.date(1, 1, 2)))
def test_whatever_the_days_a_few_between_them_are_named_in_order(one: dt.date, other: dt.date) -> None:
    first, last = sorted((one, other))
    named = [d for d, _ in name_days(first, last)]
    assert all(first <= d <= last for d in named)
    assert named == sorted(named)
    assert len(named) <= 10


@given(SHARES, st.data())
def test_flags_of_one_lane_do_not_overlap(shares: list[float], data: st.DataObject) -> None:
    widths = data.draw(st.lists(st.floats(60, 150), min_size=len(shares), max_size=len(shares)))
    placed = place_flags(shares, widths, length=300.0, at_most=40)
    spans = [
        (lane, x * 300 - w if back else x * 300, x * 300 if back else x * 300 + w)
        for x, w, (lane, back) in zip(shares, widths, placed, strict=True)
    ]
    for n, (lane, start, end) in enumerate(spans):
        assert start >= 0 and end <= 300 + 1e-6
        assert not any(lane == other and start < b and a < end for other, a, b in spans[:n])


def test_what_finds_no_lane_is_a_point() -> None:
    assert [lane for lane, _ in place_flags([0.1] * 4, [100.0] * 4, length=300.0, at_most=2)].count(None) == 2


def test_the_pole_of_a_later_event_does_not_run_through_an_earlier_flag() -> None:
    assert place_flags([0.0, 0.2], [100.0, 100.0], length=300.0, at_most=9) == ((1, False), (0, False))
    assert place_flags([0.8, 1.0], [100.0, 100.0], length=300.0, at_most=9) == ((0, True), (1, True))
