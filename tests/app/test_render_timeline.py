from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from app.answer import Part
from app.render_timeline import render_timeline_svg
from tests.app.test_render import Elements

EVENT = Part("They <voted>.", (2,), None, dt.date(2021, 3, 9))
LATER = replace(EVENT, text="Work began.", markers=(1,), day=dt.date(2021, 4, 1))


def test_each_event_leads_to_its_citation_and_says_so_in_full() -> None:
    page = Elements(render_timeline_svg((EVENT, LATER), 3))
    assert page.links == ["#c-3-2", "#c-3-1"]
    assert "9 March 2021: They <voted>." in page.data
    assert "Timeline of 2 events, 9 March 2021 to 1 April 2021" in render_timeline_svg((EVENT, LATER), 3)


def test_there_is_no_picture_of_a_single_day_or_of_none() -> None:
    undated = replace(EVENT, day=None)
    assert render_timeline_svg((EVENT, EVENT, undated), 1) == ""
    assert render_timeline_svg((undated, undated), 1) == ""


def test_what_has_no_day_stands_apart() -> None:
    picture = render_timeline_svg((EVENT, LATER, replace(EVENT, text="Nobody knows when.", day=None)), 1)
    line, apart = picture.split("</svg>")
    assert "Nobody knows when." not in line
    assert "No day known" in apart
    assert "Nobody knows when." in apart


def test_many_without_a_day_are_cut_short() -> None:
    undated = tuple(replace(EVENT, day=None) for _ in range(9))
    assert "and 3 more below" in render_timeline_svg((EVENT, LATER, *undated), 1)


def test_long_and_wide_words_are_cut_between_words_to_the_width_of_a_flag() -> None:
    long = replace(EVENT, text="The council voted for a second bridge over the Wend.")
    wide = replace(LATER, text="議" * 40)
    flags = re.findall(r'<text class="dl-flag" [^>]*>([^<]*)<', render_timeline_svg((long, wide), 1))
    assert flags == ["The council voted …", "議" * 9 + " …"]


def test_the_days_are_placed_to_scale() -> None:
    days = (dt.date(1716, 5, 2), dt.date(1866, 5, 2), dt.date(2016, 5, 2))
    picture = render_timeline_svg(tuple(replace(EVENT, day=d) for d in days), 1)
    assert [float(x) for x in re.findall(r'cx="([\d.]+)%"', picture)] == [0.0, 50.0, 100.0]


def test_hundreds_of_events_are_points_and_each_still_leads_to_its_citation() -> None:
    events = tuple(replace(EVENT, day=dt.date(2021, 1, 1) + dt.timedelta(days=n)) for n in range(200))
    picture = render_timeline_svg(events, 1)
    assert picture.count("dl-w-point dl-n-point") + picture.count("dl-w-point dl-w-back dl-n-point") >= 200
    assert len(Elements(picture).links) == 200
