from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Span
from ingest.dates import day_in_address, find_dates, only_a_date
from ingest.metadata import Metadata, find_metadata
from ingest.read import SourceText

SEEDS = Path(__file__).parents[2] / "seeds"
BODY = (
    "The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard, police said.\n\n"
    "Nobody was hurt, and all passengers of the ferry were brought ashore by the next morning, it said in a statement."
)


def read(page: str, body: str = BODY, *, name: str = "a.txt", hints: tuple[tuple[str, str], ...] = ()) -> Metadata:
    """The metadata of an invented page in which `BODY` marks where the body stands."""
    text = page.replace("BODY", body)
    start = text.index(body)
    return find_metadata(
        SourceText(text, "utf-8", "text/plain", (), hints), (Span(start, start + len(body)),), name=name
    )


# --- headline ---


def test_a_headline_above_the_body_is_found() -> None:
    assert (
        read("Menu\nNews\nFerry runs aground off Port Hallow\n\nBODY").headline == "Ferry runs aground off Port Hallow"
    )


def test_a_headline_printed_twice_beats_a_nearer_line() -> None:
    page = "Ferry runs aground near harbour\n\nFerry runs aground near harbour\n\nPassengers of the ferry wait\n\nBODY"
    assert read(page).headline == "Ferry runs aground near harbour"


def test_the_page_title_names_headline_and_outlet() -> None:
    found = read("Ferry runs aground | The Hallow Post\nHome\nSport\nFerry runs aground\nBODY")
    assert (found.headline, found.outlet) == ("Ferry runs aground", "The Hallow Post")


def test_a_rubric_with_a_counter_is_no_headline() -> None:
    assert read("Listen Live\nFerry Disasters off Port Hallow (1881)\n\nBODY").headline is None


def test_menus_clocks_and_bylines_are_no_headline() -> None:
    assert read("09:45 GMT08 August 2020\nCoast & Harbour\nGet short URL\nBy Ada Brook\n\nBODY").headline is None


def test_a_time_glued_to_the_headline_is_left_out() -> None:
    assert read("Ferry Runs Aground off Hallow03/02 07:04\n\nBODY").headline == "Ferry Runs Aground off Hallow"


def test_markup_outranks_lines() -> None:
    hints = (("title", "Ferry aground - Hallow Post"), ("meta:og:title", "Ferry with 212 aground"))
    assert read("Ferry runs aground off Port Hallow\n\nBODY", hints=hints).headline == "Ferry with 212 aground"


# --- outlet and authors ---


@pytest.mark.parametrize(
    ("page", "outlet"),
    [
        ("BODY\n\nCopyright Hallow Media. All rights reserved.", "Hallow Media"),
        ("BODY\n\n© 2019 Hallow Post, Inc. All Rights Reserved", "Hallow Post"),
        ("BODY\n\n© Copyright Hallow Post 2019", "Hallow Post"),
        ("BODY\n\nHallowpost.com will not be responsible for any comment. Hallowpost keeps addresses.", "Hallowpost"),
        ("BODY\n\nWritten by Editor HPN", "HPN"),
        ("BODY\n\nAll rights reserved. Copyright notice", None),
        ("BODY", None),
    ],
)
def test_the_outlet_is_what_the_page_calls_itself(page: str, outlet: str | None) -> None:
    assert read(page).outlet == outlet


def test_the_agency_of_a_dateline_stands_in_for_an_outlet() -> None:
    assert read("BODY", "PORT HALLOW (HNA) -- " + BODY).outlet == "HNA"


def test_the_outlet_goes_before_the_agency() -> None:
    assert read("BODY\n\nCopyright Hallow Media.", "PORT HALLOW (HNA) -- " + BODY).outlet == "Hallow Media"


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("By Ada Brook", ("Ada Brook",)),
        ("By Ada Brook and Jon van den Berg, Staff Writers", ("Ada Brook", "Jon van den Berg")),
        ("by Ada Brook | 12 March 2019", ("Ada Brook",)),
        ("By Ada Brook Published March 12, 2019", ("Ada Brook",)),
        ("By Staff", ()),
        ("By the sea", ()),
    ],
)
def test_authors_are_the_names_of_the_byline(byline: str, authors: tuple[str, ...]) -> None:
    assert read(f"Ferry runs aground off Port Hallow\n{byline}\n\nBODY").authors == authors


def test_a_dateline_may_name_its_author() -> None:
    assert read("BODY", "HALLOW (Coast), Ada Brook — " + BODY).authors == ("Ada Brook",)


# --- publication day ---

HEAD = "Ferry runs aground off Port Hallow\n"


@pytest.mark.parametrize(
    "line",
    [
        "Published: 12 March 2019",
        "March 12, 2019",
        "12.03.2019",
        "2019-03-12",
        "Updated 14 March 2019, first published 12 March 2019",
        "By Ada Brook | Tuesday, March 12th, 2019",
        "Posted on\nMar. 12, 2019",
    ],
)
def test_a_date_beside_the_headline_is_the_day(line: str) -> None:
    assert read(HEAD + line + "\n\nBODY").published.day == dt.date(2019, 3, 12)


def test_a_month_first_date_is_read_where_it_cannot_be_otherwise() -> None:
    assert read(HEAD + "3/14/19 9:24 pm\n\nBODY").published.day == dt.date(2019, 3, 14)


def test_a_clock_at_the_top_is_never_the_day() -> None:
    for clock in ("09:45 GMT08 August 2020", "Wednesday, January 29, 2020"):
        published = read(f"{clock}\nListen Live\nCoast\n\nBODY").published
        assert published.day is None
        assert published.basis == f'only a page clock ("{clock}"), which tells when the page was fetched'


def test_a_clock_lends_its_year_to_a_date_of_the_week_before() -> None:
    published = read("Sunday, January 3, 2021\nMenu\nFerry runs aground off Port Hallow12/31 07:04\n\nBODY").published
    assert published.day == dt.date(2020, 12, 31)
    assert "12/31 07:04" in published.basis
    assert "Sunday, January 3, 2021" in published.basis


def test_a_clock_long_after_lends_no_year() -> None:
    published = read("Sunday, May 3, 2020\nMenu\nFerry runs aground off Port Hallow01/28 07:04\n\nBODY").published
    assert published.day is None
    assert "names no year" in published.basis


def test_a_dateline_without_a_year_is_said_to_lack_it() -> None:
    published = read("BODY", "Hallow, Oct 26 (HNA): " + BODY).published
    assert (published.day, published.basis) == (None, 'dateline "Hallow, Oct 26" names no year')


def test_a_dateline_with_a_year_is_the_day() -> None:
    assert read("BODY", "Hallow, Oct 26, 2015 (HNA): " + BODY).published.day == dt.date(2015, 10, 26)


def test_day_and_month_that_may_be_swapped_are_no_day() -> None:
    published = read(HEAD + "05/10/2018\n\nBODY").published
    assert published.day is None
    assert "two ways" in published.basis


def test_the_dates_of_a_list_of_other_stories_are_no_day() -> None:
    page = (
        HEAD + "Other story one\nJune 15, 2010\nOther story two\nMay 27, 2014\nOther story three\nJuly 30, 2011\nBODY"
    )
    assert read(page).published.day is None


def test_a_date_in_the_prose_is_no_publication_day() -> None:
    assert read("BODY", BODY.replace("Tuesday night", "March 12, 2019")).published.day is None


@pytest.mark.parametrize("line", ["March 12, 1512", "12 March 9019", "Published: 2019-13-45", "32 March 2019"])
def test_impossible_dates_are_ignored(line: str) -> None:
    assert read(HEAD + line + "\n\nBODY").published.day is None


def test_markup_gives_the_day_and_is_named() -> None:
    published = read("BODY", hints=(("meta:article:published_time", "2019-03-12T23:00:00Z"),)).published
    assert published.day == dt.date(2019, 3, 12)
    assert 'article:published_time "2019-03-12' in published.basis


def test_a_dated_address_is_the_last_resort() -> None:
    assert read("BODY", name="hallow.example/2019/03/12/ferry.html").published.day == dt.date(2019, 3, 12)
    assert day_in_address("example.org/2019/nov/18/ferry") == dt.date(2019, 11, 18)
    assert day_in_address("example.org/article/20190312") is None


def test_nothing_found_says_so() -> None:
    assert read("BODY").published.basis == "the file states no publication date"


# --- the five seeds ---


@pytest.mark.parametrize(
    ("number", "headline", "outlet", "authors", "day", "basis"),
    [
        ("000", None, "Sputnik", (), None, "page clock"),
        ("001", "US confirms death of ISIS leader after drone attack", "TLN", (), None, "no publication date"),
        ("002", None, "Sputnik", ("Leandra Bernstein",), None, "page clock"),
        (
            "003",
            "IS to use foreign militants for Europe attacks",
            "Daijiworld",
            (),
            None,
            '"Paris, Oct 26" names no year',
        ),
        ("004", "IS Tries to Stage Comeback Amid Tension", "DTN", (), dt.date(2020, 1, 28), "January 29, 2020"),
    ],
)
def test_the_seeds_say_no_more_than_they_do(
    number: str, headline: str | None, outlet: str, authors: tuple[str, ...], day: dt.date | None, basis: str
) -> None:
    text = next(SEEDS.glob(f"{number}_*.txt")).read_bytes().decode("utf-8")
    openings = (
        "The United States has",
        "The US Central",
        "Direct military",
        "Paris, Oct 26",
        "The Islamic State group",
    )
    endings = ("September 2014.", "insurgent attacks.", "Assad warned.", "jihadi movements.", "Amarasingam said.")
    start = next(text.index(o) for o in openings if o in text)
    end = max(text.rfind(e) + len(e) for e in endings if e in text)
    found = find_metadata(SourceText(text, "utf-8", "text/plain", (), ()), (Span(start, end),), name=f"{number}.txt")
    assert (found.headline, found.outlet, found.authors, found.published.day) == (headline, outlet, authors, day)
    assert basis in found.published.basis


def test_one_endless_line_takes_linear_time() -> None:
    for line in ("a" + " " * 300_000 + "b", "A. " * 100_000, "1/" * 100_000, "| " * 100_000, "(c) 2019 " * 50_000):
        read(f"{line}\n{line}\nBODY\n{line}", hints=(("title", line),))


# --- properties ---

LINES = st.sampled_from(
    [
        "By Ada Brook",
        "March 12, 2019",
        "01/28 07:04",
        "© (c) 2019 A",
        "A | B",
        " - ",
        "(AP) --",
        "Hallow, Oct 26 (HNA): x",
        "99/99",
    ]
)


@given(st.lists(st.one_of(LINES, st.text(max_size=30)), min_size=1, max_size=12).map("\n".join).filter(bool), st.data())
def test_it_never_raises_and_a_headline_is_verbatim(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    body = (Span(start, data.draw(st.integers(start + 1, len(text)))),)
    found = find_metadata(SourceText(text, "utf-8", "text/plain", (), ()), body, name="a.txt")
    assert found.headline is None or found.headline in text
    only_a_date(text)
    assert all(mention.quote in text for mention in find_dates(text))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["title", "meta:og:title", "canonical", "jsonld:author", "jsonld:datePublished", "meta:date"]
            ),
            st.text(max_size=20),
        )
    )
)
def test_no_markup_makes_it_raise(hints: list[tuple[str, str]]) -> None:
    read("Ferry aground\nBODY", hints=tuple(hints))
