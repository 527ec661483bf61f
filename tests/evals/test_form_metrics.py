"""Each measure of form, by values worked out by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from app.answer import Part, Statement, Tally
from evals import form_metrics as forms
from evals import metrics
from evals.expected import Window
from store import Filters


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


JANUARY = Window((day("2020-01-01"),), (day("2020-01-31"),))
SINCE_SUMMER = Window((day("2023-06-01"), day("2023-06-21")), (None,))
ASKED = day("2023-12-15")


def part(text: str, *, label: str | None = None, newest: bool = False, on: str | None = None) -> Part:
    return Part(text, (1,), label, None if on is None else day(on), newest=newest)


def statement(text: str, attribution: str | None = None) -> Statement:
    return Statement(text, (1,), "verbatim", attribution=attribution)


def tally(number: int, *sources: str, stories: int | None = None) -> Tally:
    return Tally("articles that mention Ana Reis", "all articles", number, tuple((s, 0, 1) for s in sources), stories)


# --- filters ---


@pytest.mark.parametrize(
    ("first", "last", "window", "is_read"),
    [
        ("2020-01-01", "2020-01-31", JANUARY, True),
        ("2020-01-01", "2020-01-30", JANUARY, False),
        (None, "2020-01-31", JANUARY, False),
        ("2020-01-01", None, JANUARY, False),
        ("2023-06-21", None, SINCE_SUMMER, True),
        ("2023-06-21", "2023-12-15", SINCE_SUMMER, True),
        ("2023-06-21", "2023-12-14", SINCE_SUMMER, False),
        ("2023-05-31", None, SINCE_SUMMER, False),
        (None, "2023-12-15", Window((None,), (None,)), True),
    ],
)
def test_filters_are_read_when_both_ends_are_right_and_the_day_of_asking_is_an_open_end(
    first: str | None, last: str | None, window: Window, is_read: bool
) -> None:
    filters = Filters(*(None if d is None else day(d) for d in (first, last)))
    found = forms.filters_read(filters, None, windows=(window,), expected=None, as_of=ASKED)
    assert found is is_read


def test_any_right_reading_of_a_time_counts() -> None:
    filters = Filters(day("2020-01-01"), day("2020-01-31"))
    assert forms.filters_read(filters, None, windows=(SINCE_SUMMER, JANUARY), expected=None, as_of=ASKED)


def test_an_end_that_lies_after_the_day_of_asking_is_that_day() -> None:
    window = Window((day("2023-12-01"),), (day("2023-12-31"),))
    filters = Filters(day("2023-12-01"), ASKED)
    assert forms.filters_read(filters, None, windows=(window,), expected=None, as_of=ASKED)


def test_the_order_has_to_be_the_expected_one_also_where_none_is() -> None:
    assert forms.filters_read(Filters(), "newest", windows=(), expected="newest", as_of=ASKED)
    assert not forms.filters_read(Filters(), "oldest", windows=(), expected="newest", as_of=ASKED)
    assert not forms.filters_read(Filters(), "newest", windows=(SINCE_SUMMER,), expected=None, as_of=ASKED)


@pytest.mark.parametrize(
    ("note", "is_told"),
    [
        ("4 undated articles were left out.", True),
        ("Four undated articles were left out.", True),
        ("14 undated articles were left out.", False),
        ("4 articles were left out.", False),
    ],
)
def test_undated_articles_are_told_by_their_number(note: str, is_told: bool) -> None:
    assert forms.undated_told(("Another note.", note), 4) is is_told


# --- sides, readings ---


def test_all_sides_are_shown_when_one_wording_of_each_is() -> None:
    words = "At least 12 people were killed. [1]\nThe toll rose to 47. [2]"
    assert forms.all_shown(words, [["12", "twelve"], ["forty-seven", "47"]])
    assert not forms.all_shown(words, [["12"], ["118"]])


def test_the_newest_side_is_labelled_when_it_and_no_other_is() -> None:
    old, new = part("12 people"), part("131 people", newest=True)
    assert forms.newest_labelled((old, new), "131")
    assert not forms.newest_labelled((old, part("131 people")), "131")
    assert not forms.newest_labelled((part("12 people", newest=True), new), "131")
    assert forms.newest_labelled((part("took up the post", label="Ingrid Falk", newest=True),), "Falk")


# --- lists, events ---


def test_items_f1_takes_missed_items_strange_parts_and_excluded_wordings_for_errors() -> None:
    parts = [part("Norrea"), part("Calvessa"), part("Atlantis")]
    items = [["Norrea"], ["Calvessa"], ["Tamuria"]]
    # found 2, missed 1, wrong: Atlantis; 2 * 2 / (2 * 2 + 1 + 1)
    assert forms.items_f1("Norrea\nCalvessa\nAtlantis", parts, items=items) == metrics.Part(4, 6)
    assert forms.items_f1("Norrea, Calvessa, Belmark", [], items=items, n_excluded=1) == metrics.Part(4, 6)
    assert forms.items_f1("", [], items=items) == metrics.Part(0, 3)


def test_events_count_as_far_as_they_stand_in_order() -> None:
    events = [(day("2022-03-14"),), (day("2022-05-19"), day("2022-05-20")), (day("2022-06-27"),)]
    told = [day("2022-03-14"), None, day("2022-05-20"), day("2022-06-27")]
    assert forms.events_ordered(told, events) == metrics.Part(3, 3)
    assert forms.events_ordered(told[::-1], events) == metrics.Part(1, 3)
    assert forms.events_ordered(told[2:], events) == metrics.Part(2, 3)
    assert forms.events_ordered([], events) == metrics.Part(0, 3)


# --- counts ---


def test_a_count_is_exact_or_wrong() -> None:
    seven = tally(7, "a", "b", "c", "d", "e", "f", "g", stories=6)
    assert forms.count_exact([seven], count=7, files=7, stories=6)
    assert forms.count_exact([seven], count=7)
    assert not forms.count_exact([seven], count=6)
    assert not forms.count_exact([seven], count=7, files=6)
    assert not forms.count_exact([seven], count=7, stories=7)
    assert not forms.count_exact([], count=0)
    assert forms.count_exact([tally(0)], count=0, files=0)


def test_outlets_are_exact_when_all_are_named_and_no_other() -> None:
    words = "Coast & Harbour Gazette\nCapital Daily"
    assert forms.outlets_exact(words, ["Capital Daily", "Coast & Harbour Gazette"])
    assert not forms.outlets_exact(words, ["Capital Daily", "Pitchside"])
    assert not forms.outlets_exact(words, ["Capital Daily"], n_excluded=1)


# --- who says so ---


def test_an_attribution_is_kept_in_the_statement_or_beside_it() -> None:
    within = statement("Stocks may last two weeks, according to a senior official.")
    beside = statement("Stocks may last two weeks.", "a senior official at the agency")
    bare = statement("Stocks may last two weeks.")
    kept = [forms.attribution_kept([s], "senior official") for s in (within, beside, bare)]
    assert kept == [True, True, False]


def test_a_speaker_may_be_named_on_top_or_beside_a_statement() -> None:
    assert forms.speaker_named("Ana Reis", (), "Reis")
    assert forms.speaker_named("", [statement("“We lost everything.”", "Ana Reis")], "Reis")
    assert not forms.speaker_named("“We lost everything.”", [statement("“We lost everything.”")], "Reis")


# --- form ---


@pytest.mark.parametrize(
    ("short", "is_right"), [("Yes", True), ("yes: he was", True), ("No", False), ("Yesterday", False), (None, False)]
)
def test_yes_is_the_first_word_on_top(short: str | None, is_right: bool) -> None:
    assert forms.yes_no_right(short, "yes") is is_right


def test_the_length_includes_both_ends() -> None:
    one = statement("It rained.")
    assert [forms.length_right([one] * n, (2, 5)) for n in (1, 2, 5, 6)] == [False, True, True, False]
