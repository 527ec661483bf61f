from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Article, Basis, PublicationDate, Span
from ingest.body import select_body
from ingest.dates import day_in_address, find_dates, month_in_address, only_a_date
from ingest.metadata import Metadata, corrected, find_metadata
from ingest.read import SourceText, read_text

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


def test_a_headline_is_without_the_marks_of_markdown() -> None:
    found = read("# Ferry runs aground off Port Hallow\n\nBODY")
    assert found.headline == "Ferry runs aground off Port Hallow"
    assert found.headline_basis == Basis("a line above the article, marked as a heading", 0.9)


def test_the_heading_that_the_title_repeats_is_the_surest_headline() -> None:
    page = (
        f"<html><head><title>Ferry runs aground - Hallow Post</title></head><body><h1>Ferry runs aground</h1><p>{BODY}"
    )
    source = read_text(page + "</p></body></html>")
    start = source.text.index("The ferry Aurora")
    found = find_metadata(source, (Span(start, len(source.text)),), name="")
    assert found.headline == "Ferry runs aground"
    assert found.headline_basis == Basis("the page's heading, which its title repeats", 0.97)


def test_a_mail_names_headline_author_and_day() -> None:
    hints = (
        ("mail:subject", "Fwd: Ferry runs aground"),
        ("mail:from", '"Ada Brook" <ada@hallow.example>'),
        ("mail:date", "Tue, 12 Mar 2019 08:00:00 +0000"),
    )
    found = read("BODY", hints=hints)
    assert (found.headline, found.authors) == ("Ferry runs aground", ("Ada Brook",))
    assert found.published == PublicationDate(
        dt.date(2019, 3, 12), 'the mail was sent on "Tue, 12 Mar 2019 08:00:00 +0000"', 0.8
    )


def test_a_sender_who_is_no_person_is_the_outlet() -> None:
    found = read("BODY", hints=(("mail:from", "Hallow Post News <news@hallow.example>"),))
    assert (found.outlet, found.authors) == ("Hallow Post News", ())
    assert read("BODY", hints=(("mail:from", "Ada Brook at Hallow Post <a@hallow.example>"),)).authors == ("Ada Brook",)


@pytest.mark.parametrize("title", ["Microsoft Word - ferry_v3.doc", "ferry-final.pdf", "Untitled"])
def test_the_title_property_of_a_template_is_no_headline(title: str) -> None:
    assert read("BODY", hints=(("pdf:title", title),)).headline is None


def test_a_title_property_that_is_printed_too_is_surer() -> None:
    alone = read("BODY", hints=(("pdf:title", "Harbour report"),)).headline_basis
    printed = read("Harbour report\n\nBODY", hints=(("pdf:title", "Harbour report"),)).headline_basis
    assert alone is not None and printed is not None
    assert alone.confidence < printed.confidence


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


def test_the_host_of_an_address_goes_before_the_small_print_which_may_name_the_owner() -> None:
    hints = (("field:url", "https://www.hallowpost.example/ferry"),)
    assert read("BODY\n\n© 2019 Coast Holdings, Inc.", hints=hints).outlet == "hallowpost.example"


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


def test_names_run_together_by_a_scraper_are_left_out() -> None:
    hints = tuple(("field:authors", name) for name in ("Ada Brook Jon Berg", "Ada Brook", "Jon Berg", "Last Updated"))
    assert read("BODY", hints=hints).authors == ("Ada Brook", "Jon Berg")


def test_what_is_found_states_its_basis() -> None:
    found = read("Ferry runs aground | The Hallow Post\nFerry runs aground\nBy Ada Brook\n\nBODY")
    assert found.outlet_basis == Basis("what follows the headline in the page's title", 0.95)
    assert found.authors_basis == Basis("the byline", 0.85)


def test_what_is_not_found_has_no_basis() -> None:
    found = read("BODY")
    assert (found.headline_basis, found.outlet_basis, found.authors_basis) == (None, None, None)


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


@pytest.mark.parametrize(
    "line",
    [
        "12 mars 2019",
        "12. März 2019",
        "Publicado el 12 de marzo de 2019",
        "12 марта 2019",
        "12 مارس 2019",
        "2019年3月12日",
        "2019년 3월 12일",
    ],
)
def test_a_month_may_be_named_in_another_language(line: str) -> None:
    assert read(HEAD + line + "\n\nBODY").published.day == dt.date(2019, 3, 12)


@pytest.mark.parametrize("line", ["12 people 2019", "12 mars", "mars 2019", "hier", "il y a 3 jours"])
def test_no_part_of_a_date_is_made_up(line: str) -> None:
    assert read(HEAD + line + "\n\nBODY").published.day is None


def test_a_date_broken_over_a_line_end_is_whole() -> None:
    assert read(HEAD + "12 March\n2019\n\nBODY").published.day == dt.date(2019, 3, 12)


def test_a_clock_may_be_glued_to_the_year() -> None:
    assert read(HEAD + "Published Tue, Mar 12 20194:29 AM\n\nBODY").published.day == dt.date(2019, 3, 12)


def test_the_day_of_an_update_is_not_the_day_of_publication() -> None:
    published = read(HEAD + "Updated Mar 12, 2019 at 9:24 pm ET\n\nBODY").published
    assert published.day is None
    assert published.basis.startswith('only when it was updated ("Mar 12, 2019")')


def test_a_labelled_date_is_surer_than_a_bare_one_and_that_than_a_first_edition() -> None:
    lines = ("Published: 12 March 2019", "12 March 2019", "This story was originally published 12 March 2019")
    elsewhere = "This story originally published on HallowPostDaily.example on March 12, 2019."
    assert read(HEAD + elsewhere + "\n\nBODY").published.confidence == 0.45
    labelled, bare, first = (read(HEAD + line + "\n\nBODY").published.confidence for line in lines)
    assert labelled > bare > first > 0


def test_the_only_date_far_above_the_article_is_taken_for_its_day() -> None:
    page = HEAD + "\n".join(f"Harbour {n}" for n in range(12)) + "\nMarch 12, 2019\n"
    page += "\n".join(f"Quay {n}" for n in range(12)) + "\nBODY"
    published = read(page).published
    assert (published.day, published.confidence) == (dt.date(2019, 3, 12), 0.7)


@pytest.mark.parametrize(
    "line",
    [
        "On March 12, 2019, part of the old pier fell into the sea.",
        "Its last voyage came to an end on March 12, 2019",
        "March 12, 2019: The first ferry is lost",
        "Launched: March 12, 2019",
        "Birth date: March 12, 2019",
        "Ada Brook (March 12, 2019 - April 2, 2020)",
    ],
)
def test_a_line_that_tells_of_a_day_does_not_date_the_article(line: str) -> None:
    assert read(HEAD + line + "\n\nBODY").published.day is None


@pytest.mark.parametrize(
    "start",
    [
        "It was October 26, 2015 — ",
        "Since October 26, 2015, no ferry has run aground — ",
        "Oct. 26, 2015: Ferry lost. ",
        "Signed on October 26, 2015 — ",
        "Update, Oct. 26, 2015: ",
    ],
)
def test_a_sentence_is_no_dateline(start: str) -> None:
    assert read("BODY", start + BODY).published.day is None


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


@pytest.mark.parametrize(
    "hint",
    [
        ("lang", "pt-BR"),
        ("lang", "en-GB"),
        ("canonical", "https://hallow.example.co.uk/ferry"),
        ("canonical", "https://hallow.example/2018/10/ferry.html"),
        ("htmldate:published", "2018-10-05"),
    ],
)
def test_language_address_or_markup_settles_which_is_the_month(hint: tuple[str, str]) -> None:
    published = read(HEAD + "05/10/2018\n\nBODY", hints=(hint,)).published
    assert (published.day, published.confidence) == (dt.date(2018, 10, 5), 0.75)


def test_american_english_settles_nothing_because_pages_say_it_unasked() -> None:
    assert read(HEAD + "05/10/2018\n\nBODY", hints=(("lang", "en-US"),)).published.day is None


def test_the_month_in_an_address_lends_its_year() -> None:
    hints = (("canonical", "https://hallow.example/news/2019/11/ferry.html"),)
    assert read(HEAD + "Nov 18\n\nBODY", hints=hints).published.day == dt.date(2019, 11, 18)
    assert read(HEAD + "Oct 18\n\nBODY", hints=hints).published.day is None
    assert month_in_address("https://hallow.example/2019/13/ferry") is None


def test_a_leap_day_is_lent_no_year_that_has_none() -> None:
    hints = (("canonical", "https://hallow.example/2019/02/ferry.html"),)
    assert read(HEAD + "Feb 29\n\nBODY", hints=hints).published.day is None


@pytest.mark.parametrize("name", ["warc:date", "mhtml:date"])
def test_when_a_page_was_fetched_lends_a_year_and_is_no_day(name: str) -> None:
    hints = ((name, "2019-03-14T08:00:00Z"),)
    assert read(HEAD + "March 12\n\nBODY", hints=hints).published.day == dt.date(2019, 3, 12)
    published = read("BODY", hints=hints).published
    assert (published.day, published.basis) == (None, 'only when the page was fetched ("2019-03-14T08:00:00Z")')


@pytest.mark.parametrize("value", ["2021-03-04", "D:20210304120000Z", "2021-03-04T12:00:00"])
def test_when_a_document_was_made_is_not_when_it_appeared(value: str) -> None:
    published = read("BODY", hints=(("pdf:created", value),)).published
    assert published == PublicationDate(
        None, "only the document's creation date, 2021-03-04, which need not be the day of publication"
    )


def test_what_htmldate_finds_is_no_day_by_itself() -> None:
    assert read("BODY", hints=(("htmldate:published", "2018-10-05"),)).published.day is None


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


def test_two_kinds_of_evidence_that_agree_are_surer_than_one() -> None:
    markup = ("meta:article:published_time", "2019-03-12T12:00:00+01:00")
    address = ("canonical", "https://hallow.example/2019/03/12/ferry")
    one, both = read("BODY", hints=(markup,)).published, read("BODY", hints=(markup, address)).published
    assert one.day == both.day == dt.date(2019, 3, 12)
    assert one.confidence < both.confidence


def test_the_outlets_own_day_goes_before_that_of_a_clock_in_utc() -> None:
    markup = ("meta:article:published_time", "2019-03-13T02:00:00Z")
    address = ("canonical", "https://hallow.example/2019/03/12/ferry")
    assert read("BODY", hints=(markup,)).published.confidence < 0.8
    assert read("BODY", hints=(markup, address)).published.day == dt.date(2019, 3, 12)
    assert read(HEAD + "March 12, 2019\n\nBODY", hints=(markup,)).published.day == dt.date(2019, 3, 12)


def test_a_statement_that_the_address_contradicts_is_doubted_and_says_so() -> None:
    hints = (("field:published", "2019-03-12"), ("field:url", "https://hallow.example/2018/01/05/ferry"))
    published = read("BODY", hints=hints).published
    assert (published.day, published.confidence) == (dt.date(2019, 3, 12), 0.5)
    assert 'but the address "https://hallow.example/2018/01/05/ferry"' in published.basis


def test_a_dated_address_is_the_last_resort() -> None:
    assert read("BODY", name="hallow.example/2019/03/12/ferry.html").published.day == dt.date(2019, 3, 12)
    assert day_in_address("example.org/2019/nov/18/ferry") == dt.date(2019, 11, 18)
    assert day_in_address("example.org/article/20190312") is None


def test_nothing_found_says_so() -> None:
    assert read("BODY").published.basis == "the file states no publication date"


# --- label and language ---


@pytest.mark.parametrize(
    ("hint", "label"),
    [
        (("jsonld:@type", "OpinionNewsArticle"), "opinion"),
        (("jsonld:@type", "LiveBlogPosting"), "live blog"),
        (("jsonld:@type", "NewsArticle"), None),
        (("meta:article:section", "Opinion"), "opinion"),
        (("meta:article:section", "Public opinion research"), None),
        (("jsonld:articleSection", "Letters to the Editor"), "letters"),
        (("canonical", "https://hallow.example/commentisfree/2019/mar/12/ferries"), "opinion"),
        (("canonical", "https://hallow.example/opinion/editorials/ferries"), "editorial"),
        (("canonical", "https://hallow.example/news/opinion-of-sailors-changes"), None),
        (("meta:og:title", "Analysis: what the ferry tells us"), "analysis"),
        (("meta:og:title", "Ferries need a lifeboat | Opinion"), "opinion"),
        (("meta:og:title", "Opinion polls ahead of the harbour vote"), None),
        (("meta:og:title", "Ferry aground, live updates"), "live blog"),
    ],
)
def test_a_label_is_what_the_page_states(hint: tuple[str, str], label: str | None) -> None:
    assert read("BODY", hints=(hint,)).label == label


@pytest.mark.parametrize("kicker", ["OPINION", "Opinion |", "Comment"])
def test_a_line_of_its_own_at_the_headline_is_a_label(kicker: str) -> None:
    assert read(f"{kicker}\nFerry runs aground off Port Hallow\n\nBODY").label == "opinion"


def test_a_menu_above_the_headline_is_no_label() -> None:
    assert read("News\nSport\nOpinion\nFerry runs aground off Port Hallow\n\nBODY").label is None


FRENCH = (
    "Le bac Aurora s'est échoué mardi soir au large du port avec 212 passagers à bord, a annoncé la police. Personne "
    "n'a été blessé et tous les passagers ont été ramenés à terre le lendemain matin, selon un communiqué."
)


def test_an_article_in_another_language_is_kept_with_a_note() -> None:
    found = read("BODY", FRENCH)
    assert found.language == "fr"
    assert found.notes == ("it is in French: questions about it are answered less reliably",)


def test_english_needs_no_note() -> None:
    found = read("BODY")
    assert (found.language, found.notes) == ("en", ())


def test_a_few_words_are_in_no_language() -> None:
    assert read("BODY", "Le bac Aurora est à quai.").language is None


# --- corrections ---


def test_a_person_has_the_last_word() -> None:
    article = Article("id", ("a.txt",), "Ferry", "Post", (), PublicationDate(None, "none"), (Span(0, 9),), "print")
    by_hand = Basis("set by the user", 1.0)
    changed = corrected(article, headline="Aurora", authors=["Ada Brook"], published=dt.date(2019, 3, 12))
    assert (changed.headline, changed.headline_basis) == ("Aurora", by_hand)
    assert (changed.authors, changed.authors_basis) == (("Ada Brook",), by_hand)
    assert changed.published == PublicationDate(dt.date(2019, 3, 12), "set by the user", 1.0)
    assert (changed.outlet, changed.outlet_basis) == ("Post", None)
    assert corrected(article) == article


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


def test_the_only_heading_of_a_document_without_a_title_is_its_headline() -> None:
    page = (
        "<html><body><h1>Bridge opens</h1>"
        "<p>The bridge over the Orr was opened on Saturday by the minister of works.</p>"
        "<p>It cost 30 million crowns, and took four years to build.</p></body></html>"
    )
    source = read_text(page)
    found = find_metadata(source, select_body(source), name="")
    assert found.headline == "Bridge opens"
    assert found.headline_basis is not None
    assert found.headline_basis.words == "the only heading of the first level"
