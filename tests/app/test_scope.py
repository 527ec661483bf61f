"""Time in an answer: filters in force, what they leave out, the nearest article, events, dates in the text, and age."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.answer import Answer, Citation
from app.ask import AskOptions, ask
from app.placing import placed
from app.question import Question
from app.reader import Pointer, Reading
from app.scope import age_notes, in_order, narrowed, notes_on, nothing_published, order_notes, out_of_reach
from app.times import Timing, read_timing
from ingest.article import Span
from ingest.job import Batch
from ingest.split import sentences
from store import Filters, Store
from store.search import open_store
from tests.conftest import FakeEncoder, batch_of, fake_build, prepare

AS_OF = dt.date(2021, 8, 2)


def day(iso: str) -> dt.date:
    return dt.date.fromisoformat(iso)


ARTICLES = (
    ("vote.txt", "2021-05-05", "Pilots vote", "Norwind offered 2 percent. Pilots called a strike for 12 May."),
    ("walkout.txt", "2021-05-13", "Flights grounded", "Norwind offered 4 percent as the strike on May 12 began."),
    ("end.txt", "2021-05-22", "Strike over", "Norwind paid its pilots 5 percent, and the strike was over."),
    ("bridge.txt", "2018-10-14", "Bridge opens", "The bridge of Orlen was opened on Sunday."),
    ("flood.txt", None, "Flood", "A flood in September 2014 drove 4,000 people out of Sandvik."),
    ("farm.txt", None, "Farm", "In September a farm in Sandvik was closed."),
)  # fmt: skip


@pytest.fixture
def archive(write: Callable[[Batch], Path]) -> Iterator[Store]:
    """A strike of May 2021, a bridge of 2018, and two articles that do not state their day."""
    prepared = [
        prepare(text, source=source, headline=headline, day=None if iso is None else day(iso))
        for source, iso, headline, text in ARTICLES
    ]
    with open_store(write(batch_of(*prepared)), encoder=FakeEncoder(), build=fake_build()) as store:
        yield store


class Matching:
    """Points at the sentences that hold every name and number of the question, and is sure of them."""

    digest = "matching"
    threshold = 0.5

    def read(self, question: Question, hits: tuple[object, ...]) -> Reading:
        wanted = [w for m in question.mentions if m.kind in ("name", "date") for w in m.text.split()]
        pointers = []
        for hit in hits:
            passage = hit.passage  # type: ignore[attr-defined]
            for span in sentences(passage.text, Span(0, len(passage.text))):
                if wanted and all(w in passage.text[span.start : span.end] for w in wanted):
                    at = Span(span.start + passage.start, span.end + passage.start)
                    pointers.append(Pointer(hit, at, 0.9 - 0.01 * len(pointers)))  # type: ignore[arg-type]
        return Reading(tuple(pointers), 0.9 if pointers else 0.0)


@pytest.fixture
def asked(archive: Store) -> Callable[..., Answer]:
    """Asks the archive, with a reader that takes words for words."""
    sys.modules["app.ask"]._readers[archive] = Matching()

    def ask_it(question: str, **options: object) -> Answer:
        return ask(question, store=archive, as_of=AS_OF, options=AskOptions(**options))  # type: ignore[arg-type]

    return ask_it


# --- filters --------------------------------------------------------------------------------------------------------


def test_the_days_of_the_question_narrow_what_was_asked_for() -> None:
    asked_for = Filters(published_from=day("2020-06-01"), published_to=day("2021-12-31"))
    timing = Timing(first=day("2020-01-01"), last=day("2020-12-31"))
    assert narrowed(asked_for, timing, undated=False) == Filters(day("2020-06-01"), day("2020-12-31"), undated=False)
    assert narrowed(asked_for, timing, undated=True).undated


def test_without_days_the_filters_stay_as_they_are() -> None:
    assert narrowed(Filters(), Timing(order="newest"), undated=False) == Filters()


def test_days_apart_from_what_was_asked_for_are_said_and_not_widened(archive: Store) -> None:
    timing = Timing(first=day("2018-01-01"), last=day("2018-12-31"))
    asked_for = Filters(published_from=day("2021-01-01"))
    said = out_of_reach("bridge", archive, asked_for, timing, AS_OF)
    assert said is not None
    assert "from 2018-01-01 to 2018-12-31" in said
    assert out_of_reach("bridge", archive, Filters(), timing, AS_OF) is None


def test_a_month_to_come_holds_no_article_and_the_nearest_is_named(asked: Callable[..., Answer]) -> None:
    answer = asked("What did Norwind offer in March 2030?")
    assert answer.abstained
    assert "“Strike over” (2021-05-22)" in str(answer.reason)


def test_undated_articles_left_out_are_counted_under_the_other_filters(archive: Store) -> None:
    timing = Timing(first=day("2021-05-01"))
    in_force = Filters(published_from=day("2021-05-01"), undated=False)
    assert notes_on(timing, archive, in_force, AS_OF) == ("2 undated articles not searched",)
    one = replace(in_force, sources=("flood.txt", "end.txt"))
    assert notes_on(timing, archive, one, AS_OF) == ("1 undated article not searched",)
    assert notes_on(timing, archive, replace(in_force, undated=True), AS_OF) == ()


def test_undated_articles_are_searched_when_asked_for(asked: Callable[..., Answer]) -> None:
    answer = asked("What did Sandvik see in 2021?", undated=True)
    assert answer.filters.undated
    assert not any("undated" in note for note in answer.notes)


def test_with_times_off_nothing_is_filtered(asked: Callable[..., Answer]) -> None:
    answer = asked("What did Norwind offer in May 2018?", times=False)
    assert answer.filters == Filters(published_to=AS_OF)
    assert answer.timing.words == ()


def test_nothing_published_names_the_nearest_on_either_side(archive: Store) -> None:
    said = nothing_published("strike", archive, Filters(day("2019-01-01"), day("2019-12-31"), undated=False), AS_OF)
    assert said == (
        "No article in the archive was published from 2019-01-01 to 2019-12-31. "
        "The nearest: “Bridge opens” (2018-10-14); “Pilots vote” (2021-05-05)."
    )


def test_nothing_published_among_chosen_articles_says_nothing_of_the_others(archive: Store) -> None:
    chosen = Filters(day("2021-01-01"), day("2021-12-31"), undated=False, sources=(archive.articles()[0].source,))
    assert nothing_published("strike", archive, chosen, AS_OF).startswith("No article of those that were chosen was")


def test_no_article_in_the_range_is_said_and_the_nearest_named(asked: Callable[..., Answer]) -> None:
    answer = asked("What did Norwind offer in June 2021?")
    assert answer.abstained
    assert "“Strike over” (2021-05-22)" in str(answer.reason)
    assert answer.filters.published_from == day("2021-06-01")
    assert "2 undated articles not searched" in answer.notes


def test_an_article_of_those_days_need_not_name_them(asked: Callable[..., Answer]) -> None:
    answer = asked("What did Orlen open in October 2018?")
    assert [c.source for c in answer.citations] == ["bridge.txt"]
    assert answer.filters.published_to == day("2018-10-31")


def test_a_date_that_only_the_text_names_is_answered_with_a_note(asked: Callable[..., Answer]) -> None:
    answer = asked("Who was driven out of Sandvik in September 2014?")
    assert [c.source for c in answer.citations] == ["flood.txt"]
    assert (answer.filters.published_from, answer.filters.undated) == (None, True)
    assert (answer.timing.first, answer.timing.last) == (day("2014-09-01"), day("2014-09-30"))
    assert any(
        note.startswith("No article published from 2014-09-01 to 2014-09-30 answers this") for note in answer.notes
    )


def test_a_month_without_a_year_is_not_that_of_any_year(asked: Callable[..., Answer]) -> None:
    assert asked("Which farm was closed in Sandvik in September 2015?").abstained


def test_days_that_count_from_the_day_of_asking_are_not_looked_for_in_texts(asked: Callable[..., Answer]) -> None:
    assert asked("What did Sandvik see last week?").abstained


# --- events ---------------------------------------------------------------------------------------------------------


def place(question: str, archive: Store) -> Timing:
    return placed(read_timing(question, AS_OF), archive, Filters())


def test_an_event_is_placed_by_the_day_that_the_articles_give(archive: Store) -> None:
    timing = place("What did Norwind offer before the strike?", archive)
    assert (timing.first, timing.last) == (None, day("2021-05-11"))
    assert timing.basis == "“the strike” is taken to be of 2021-05-12, as “Flights grounded” has it."


def test_after_an_event_begins_on_its_day_and_during_it_ends_with_the_story(archive: Store) -> None:
    assert place("What happened after the strike?", archive).first == day("2021-05-12")
    timing = place("What happened during the strike?", archive)
    assert (timing.first, timing.last) == (day("2021-05-12"), day("2021-05-22"))


def test_an_event_that_no_dated_article_tells_filters_nothing_and_is_said(asked: Callable[..., Answer]) -> None:
    answer = asked("What did Norwind offer before the earthquake?")
    assert not answer.timing.bounded
    assert answer.timing.unread == ("before the earthquake",)
    assert "“before the earthquake” could not be read as days of publication, so it filters nothing." in answer.notes


def test_two_events_of_one_name_are_not_guessed_between(write: Callable[[Batch], Path]) -> None:
    of_two_years = [
        prepare(f"Drivers joined the strike of {year}.", source=f"{year}.txt", day=day(f"{year}-05-05"))
        for year in (2018, 2021)
    ]
    with open_store(write(batch_of(*of_two_years)), encoder=FakeEncoder(), build=fake_build()) as store:
        assert not place("What was promised before the strike?", store).bounded


# --- order and age --------------------------------------------------------------------------------------------------


def pointers(archive: Store, *scores: tuple[str, float]) -> Reading:
    hits = {h.article.source: h for h in archive.search("Norwind strike pilots bridge flood", k=20)}
    found = tuple(
        Pointer(hits[source], Span(hits[source].passage.start, hits[source].passage.end), score)
        for source, score in scores
    )
    return Reading(found, found[0].score)


def order_of(reading: Reading) -> list[str]:
    return [p.hit.article.source for p in reading.pointers]


def test_the_newest_of_what_answers_about_equally_well_comes_first(archive: Store) -> None:
    reading = pointers(archive, ("flood.txt", 0.9), ("vote.txt", 0.8), ("end.txt", 0.7), ("walkout.txt", 0.1))
    assert order_of(in_order(reading, "newest")) == ["end.txt", "vote.txt", "flood.txt", "walkout.txt"]
    assert order_of(in_order(reading, "oldest")) == ["vote.txt", "end.txt", "flood.txt", "walkout.txt"]
    assert in_order(reading, None) is reading


def test_an_order_decides_among_what_is_found(archive: Store) -> None:
    newest = archive.search("Norwind pilots", k=3, order="newest")
    oldest = archive.search("Norwind pilots", k=3, order="oldest")
    place_of = {name: [h.article.source for h in hits] for name, hits in (("newest", newest), ("oldest", oldest))}
    assert place_of["newest"].index("end.txt") <= place_of["oldest"].index("end.txt")
    assert place_of["oldest"].index("vote.txt") <= place_of["newest"].index("vote.txt")


def test_the_latest_is_taken_from_the_newest_article(asked: Callable[..., Answer]) -> None:
    assert asked("What is the latest on Norwind?").citations[0].source == "end.txt"
    assert asked("What was first reported on Norwind?").citations[0].source == "vote.txt"


def citation(published: str | None, article: str = "a") -> Citation:
    on = None if published is None else day(published)
    return Citation(1, f"{article}.txt", 0, 4, "Text", None, None, on, "made up", article)


@pytest.mark.parametrize(
    ("published", "note"),
    [
        ((), ()),
        (("2021-07-01",), ()),
        (("2010-01-01", "2021-07-01"), ()),
        (("2015-10-26", "2010-01-01"), ("The newest article this rests on is of 2015-10-26, 5 years old.",)),
        (("2020-06-02", None), ("The newest article this rests on is of 2020-06-02, 14 months old.",)),
        ((None,), ("The article cited does not state its day.",)),
        ((None, None), ("None of the articles cited states its day.",)),
    ],
)
def test_an_answer_says_how_old_what_it_rests_on_is(published: tuple[str | None, ...], note: tuple[str, ...]) -> None:
    assert age_notes([citation(iso, f"a{n}") for n, iso in enumerate(published)], AS_OF) == note


def test_what_cannot_be_put_in_order_is_said() -> None:
    newest = Timing(order="newest")
    assert order_notes(newest, [citation("2021-01-01")]) == ()
    assert order_notes(Timing(), [citation(None)]) == ()
    assert order_notes(newest, [citation(None)]) == (
        "The articles cited state no day, so which is newest cannot be told.",
    )
    assert "1 article cited states no day" in order_notes(newest, [citation(None), citation("2021-01-01", "b")])[0]


def test_how_things_stood_when_nothing_was_published_is_told_by_what_came_before_and_said_to_be(
    asked: Callable[..., Answer],
) -> None:
    answer = asked("Who led Norwind in July 2021?")
    assert not answer.abstained
    assert answer.filters.published_to == day("2021-07-31")
    assert any(n.startswith("No article was published from 2021-07-01 to 2021-07-31") for n in answer.notes)


def test_what_happened_when_nothing_was_published_is_not_told_by_what_came_before(asked: Callable[..., Answer]) -> None:
    assert asked("What happened at Norwind in July 2021?").abstained
