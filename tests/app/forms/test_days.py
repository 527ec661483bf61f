from __future__ import annotations

import datetime as dt

import pytest

from app.forms.days import dates_in, relative_day
from ingest.article import Article
from tests.gathering import told_by


def article(day: dt.date | None) -> Article:
    return told_by("Anything.", day=day).article


TUESDAY = article(dt.date(2020, 1, 28))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("On Jan. 14, they came.", dt.date(2020, 1, 14)),
        ("They came on 3 March 2019.", dt.date(2019, 3, 3)),
        ("They came on Dec. 30.", dt.date(2019, 12, 30)),
        ("They came on Tuesday.", dt.date(2020, 1, 28)),
        ("They came on Thursday.", dt.date(2020, 1, 23)),
        ("They will come on Thursday.", dt.date(2020, 1, 30)),
        ("They came yesterday.", dt.date(2020, 1, 27)),
        ("They will keep what they had on Jan. 10.", dt.date(2020, 1, 10)),
        ("They will come on March 3.", dt.date(2020, 3, 3)),
    ],
)
def test_a_date_is_placed_beside_the_day_of_publication(text: str, day: dt.date) -> None:
    assert [d.day for d in dates_in(text, TUESDAY)] == [day]


def test_without_a_day_of_publication_only_whole_dates_can_be_placed() -> None:
    assert dates_in("They came on Jan. 14 and on Thursday.", article(None)) == ()
    assert [d.day for d in dates_in("They came on 3 March 2019.", article(None))] == [dt.date(2019, 3, 3)]


def test_a_month_or_year_has_no_day() -> None:
    (dated,) = dates_in("They came in August 2014.", TUESDAY)
    assert (dated.day, dated.first, dated.last) == (None, dt.date(2014, 8, 1), dt.date(2014, 8, 31))


def test_dates_that_cannot_be_are_none() -> None:
    assert dates_in("They came on February 31, 2019.", TUESDAY) == ()
    assert dates_in("They came yesterday.", article(dt.date(1, 1, 1))) == ()


def test_a_weekday_is_resolved_and_a_full_date_needs_no_resolving() -> None:
    assert relative_day("Monday", "It opened on Monday.", TUESDAY) == dt.date(2020, 1, 27)
    assert relative_day("Monday, March 3", "It opened on Monday, March 3.", TUESDAY) is None
    assert relative_day("Monday", "It opened on Monday.", article(None)) is None


def test_a_day_told_in_the_present_lies_ahead() -> None:
    assert [d.day for d in dates_in("She takes office on 3 March.", TUESDAY)] == [dt.date(2020, 3, 3)]
    assert [d.day for d in dates_in("She took office on 3 March.", TUESDAY)] == [dt.date(2019, 3, 3)]
