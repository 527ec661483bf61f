"""Questions made of news nobody labelled: answers stand where they should, and held-out weeks stay out."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import pytest

from app.reader.examples import (
    Example,
    NewsArticle,
    NewsQuestion,
    cut_passages,
    is_held_out_day,
    occurrences,
)
from app.reader.news_lists import PassageSearch, news_examples
from app.reader.pretraining import Archive, pretraining_examples
from app.reader.train import draft_questions, training_news
from ingest.article import normalise_space
from ingest.errors import UsageError

CHECKOUT = Path(__file__).parents[3]

# Town, what was opened, who spoke for the town, visitors, crowns (millions), day, who objected, years of work, builder.
EVENTS = (
    ("Kirkwick", "suspension bridge", "Anna Berg", "4,100", "38", "March 3", "Jon Lunde", "nine", "Halvard Steel"),
    ("Port Hallow", "ferry terminal", "Mira Lunde", "2,212", "71", "April 12", "Piet Aas", "six", "Norrland Marine"),
    ("Venndal", "cider brewery", "Olav Strand", "1,240", "19", "May 27", "Tove Ness", "two", "Apal Brothers"),
    ("Skarholm", "wind observatory", "Hanna Dahl", "680", "54", "June 8", "Ragna Moe", "eleven", "Vindkraft Union"),
    ("Ostervik", "opera house", "Ivar Holm", "3,905", "240", "July 19", "Sune Lode", "fourteen", "Granitt Partners"),
    ("Lofallen", "tunnel railway", "Greta Sand", "5,330", "410", "August 30", "Arne Vik", "eight", "Bergbane Drilling"),
    ("Myrkefjord", "salmon hatchery", "Nils Krog", "415", "27", "September 5", "Liv Torp", "three", "Fjordfisk Group"),
    ("Hvitnes", "polar museum", "Sigrid Lie", "1,875", "63", "October 21", "Odd Bakke", "five", "Isbre Architects"),
    (
        "Almstad",
        "children's hospital",
        "Erik Foss",
        "2,640",
        "185",
        "February 14",
        "Kari Ulv",
        "seven",
        "Solgard Build",
    ),
    ("Tangvall", "solar shipyard", "Berit Haug", "930", "96", "January 9", "Leif Rond", "four", "Kystverft Yards"),
)
TEMPLATES = (
    (
        "{town} opens its {thing}",
        "{town} opened its new {thing} on {day} after {years} years of work, and {visitors} people came to see it. "
        "Mayor {speaker} said the {thing} in {town} had cost {cost} million crowns, more than anyone had planned. "
        "{builder}, a company from the northern coast, did most of the construction through two hard winters. "
        "{rival}, who leads the opposition in the council of {town}, called the price a scandal and wants an inquiry. "
        "Children sang on the square while an orchestra played, and the shops of the old quarter were open until dark. "
        "{speaker} told reporters that the first proposal for a {thing} had been written on a napkin in a train. "
        "Hotels in {town} were full for the whole week, and the bakery behind the station sold out before noon.",
    ),
    (
        "Critics count the cost in {town}",
        "The bill for the {thing} that {town} has just finished comes to {cost} million crowns, the accounts say. "
        "{rival} wants auditors to look at every invoice that {builder} sent to the town hall over {years} years. "
        "About {visitors} visitors walked through the doors on {day}, fewer than the planners had promised the bank. "
        "{speaker} defended the {thing} in a heated meeting and said {town} would earn the money back with tourism. "
        "Two members of the council left the room before the vote, which ended late at night without any decision. "
        "Economists at the regional college doubt that a {thing} pays for itself in a place of that size.",
    ),
    (
        "How {builder} built it",
        "Engineers of {builder} needed {years} years, two of them lost to storms, to finish the {thing} by the water. "
        "The opening on {day} brought {visitors} guests to {town}, where {speaker} cut a ribbon with garden scissors. "
        "Workers from eleven countries lived in wooden barracks outside {town} and cooked for each other on Sundays. "
        "The contract was worth {cost} million crowns, a figure that {rival} has attacked in three angry letters. "
        "{builder} said that no one was seriously hurt during the work, which its foreman called a small miracle. "
        "The company will now move its cranes to another site, and {town} will keep one of them as a monument.",
    ),
)


def invented_news() -> tuple[NewsArticle, ...]:
    """Ten openings, each told by three papers in other words."""
    names = ("town", "thing", "speaker", "visitors", "cost", "day", "rival", "years", "builder")
    found = []
    for number, event in enumerate(EVENTS):
        told = dict(zip(names, event, strict=True))
        for paper, (title, text) in enumerate(TEMPLATES):
            url = f"https://paper{paper}.example/{number}"
            day = dt.date(2022, 1, 10) + dt.timedelta(days=40 * number + paper)
            found.append(NewsArticle(url, title.format(**told), text.format(**told), day))
    return tuple(found)


NEWS = invented_news()


def weekly(number: int, asked: str, answers: Sequence[str], urls: Iterable[str], day: dt.date) -> NewsQuestion:
    return NewsQuestion(str(number), day, asked, tuple(answers), (), tuple(urls))


def weekly_questions() -> tuple[NewsQuestion, ...]:
    day = dt.date(2024, 12, 1)
    found = [
        weekly(n, f"Who is the mayor of {town} that opened the {thing}?", [speaker], [NEWS[3 * n].url], day)
        for n, (town, thing, speaker, *_) in enumerate(EVENTS)
    ]
    found.append(weekly(50, "Which company of Atlantis built the opera house of Ostervik?", ["Poseidon"], [], day))
    found.append(weekly(51, "Which of the following towns opened an opera house?", ["Ostervik"], [], day))
    return tuple(found)


@cache
def made(seed: int = 3) -> tuple[Example, ...]:
    return tuple(pretraining_examples(Archive(NEWS), draft_questions, n=400, seed=seed))


@cache
def listed(seed: int = 3) -> tuple[Example, ...]:
    """The lists of the questions themselves; near-misses made of them are looked at in test_news_lists.py."""
    questions = weekly_questions()
    made = news_examples(PassageSearch(NEWS), questions, seed=seed, first_group=0)
    return tuple(e for e in made if e.group < len(questions))


def groups_of(examples: Iterable[Example]) -> list[list[Example]]:
    groups: dict[int, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.group, []).append(example)
    return list(groups.values())


PASSAGES = {text for article in NEWS for text, _ in cut_passages(article.text)}


# --- questions made of articles ---------------------------------------------------------------------------------------


def test_about_as_many_examples_are_made_as_were_wished() -> None:
    assert 400 <= len(made()) < 400 + 512  # the batch that reaches the wish is finished
    right = [e for e in made() if e.answers]
    assert 0.5 * len(made()) < len(right) < len(made())


def test_every_answer_of_a_made_question_slices_back_to_whole_words_of_its_passage() -> None:
    for example in made():
        assert example.passage in PASSAGES
        for start, end in example.answers:
            answer = example.passage[start:end]
            assert answer == answer.strip() != ""
            assert (start, end) in occurrences(example.passage, [answer])


def test_all_spans_of_a_made_question_say_the_same() -> None:
    several = [e for e in made() if len(e.answers) > 1]
    assert several
    for example in several:
        said = {example.passage[a:b].lower() for a, b in example.answers}
        longest = max(said, key=len)
        assert all(s in longest for s in said)


def test_a_made_question_never_holds_its_answer() -> None:
    for example in made():
        answers = [example.passage[a:b] for a, b in example.answers]
        assert not occurrences(example.question, answers), example.question


def test_a_made_question_asks_with_a_question_word_and_a_question_mark() -> None:
    words = {"who", "what", "which", "when", "where", "how", "whom", "whose", "____"}
    for example in made():
        assert example.question.endswith("?") or "____" in example.question, example.question
        assert any(w.strip(".,?").lower() in words for w in example.question.split()), example.question


def test_a_passage_called_negative_does_not_hold_the_answer() -> None:
    seen = 0
    for members in groups_of(made()):
        answers = [e.passage[a:b] for e in members for a, b in e.answers]
        for wrong in (e for e in members if answers and not e.answers):
            seen += 1
            assert wrong.question == members[0].question
            assert not occurrences(wrong.passage, answers)
    assert seen > 40


def test_a_question_with_a_mention_exchanged_is_of_a_group_of_its_own() -> None:
    for members in groups_of(made()):
        assert len({e.question for e in members}) == 1
        assert sum(bool(e.answers) for e in members) <= 1


def test_a_headline_is_that_of_the_passage_or_none() -> None:
    title = {text: article.title for article in NEWS for text, _ in cut_passages(article.text)}
    assert {e.headline for e in made()} > {""}
    assert all(e.headline in ("", title[e.passage]) for e in made())


def test_questions_are_asked_of_other_articles_than_they_were_made_of() -> None:
    copied = 0
    for example in (e for e in made() if e.answers):
        asked = example.question.rstrip("?").lower().split()
        runs = {" ".join(asked[i : i + 6]) for i in range(len(asked) - 5)}
        copied += any(run in example.passage.lower() for run in runs)
    assert copied < 0.6 * sum(bool(e.answers) for e in made())


def test_the_same_seed_makes_the_same_questions_and_another_seed_others() -> None:
    assert list(made()) == list(pretraining_examples(Archive(NEWS), draft_questions, n=400, seed=3))
    assert made(3) != made(4)


def test_an_archive_finds_passages_by_their_rare_words() -> None:
    archive = Archive(NEWS)
    best, second, *_ = archive.alike(["Who paid Granitt Partners for the opera house of Ostervik?"])[0]
    assert all("Ostervik" in archive.passages[i].text for i in (best, second))
    assert archive.alike(["zzz yyy"]) == [[]]
    assert archive.weight(["ostervik"]) > archive.weight(["crowns"]) > archive.weight(["unheard"]) == 0.0


# --- lists for weekly questions ---------------------------------------------------------------------------------------


def test_every_answer_of_a_weekly_question_slices_back_to_one_of_its_answers() -> None:
    answers = {q.question: {a.lower() for a in q.answers} for q in weekly_questions()}
    for example in listed():
        assert example.passage in PASSAGES
        assert {example.passage[a:b].lower() for a, b in example.answers} <= answers[example.question]


def test_a_found_passage_that_holds_the_answer_is_never_called_negative() -> None:
    answers = {q.question: q.answers for q in weekly_questions()}
    wrong = [e for e in listed() if not e.answers]
    assert len(wrong) > 20
    assert not [e for e in wrong if occurrences(e.passage, answers[e.question])]


def test_each_list_is_of_one_question_and_holds_no_passage_twice() -> None:
    for members in groups_of(listed()):
        assert len({e.question for e in members}) == 1
        assert len({e.passage for e in members}) == len(members)
    assert len(groups_of(listed())) == len(EVENTS) + 1


def test_an_answer_that_stands_nowhere_gives_passages_that_do_not_answer() -> None:
    members = [e for e in listed() if "Atlantis" in e.question]
    assert 0 < len(members) <= 5
    assert not any(e.answers for e in members)


def test_a_question_that_needs_its_choices_gives_no_list() -> None:
    assert not [e for e in listed() if "following" in e.question]


def test_passages_of_articles_that_were_not_out_yet_are_not_found() -> None:
    early = weekly(1, "Who opened the suspension bridge of Kirkwick?", ["Anna Berg"], [], dt.date(2022, 1, 9))
    examples = list(news_examples(PassageSearch(NEWS), [early], seed=1))
    first = {text for text, _ in cut_passages(NEWS[0].text)}
    assert {e.passage for e in examples if e.group == 1_000_000} == first


def test_the_same_seed_gives_the_same_lists_and_another_seed_others() -> None:
    first, second = (list(news_examples(PassageSearch(NEWS), weekly_questions(), seed=3)) for _ in range(2))
    assert first == second
    assert listed(3) != listed(4)


def test_the_passage_that_shares_rare_words_is_found_first() -> None:
    search = PassageSearch(NEWS)
    first = search.find("What did the polar museum of Hvitnes cost?", 3)[0]
    assert "Hvitnes" in search.passages[first][1]
    assert search.find("zzz yyy", 3) == []
    assert search.tells("polar museum Hvitnes", first) == 1.0
    assert search.tells("zzz", first) == 0.0


def test_a_search_over_nothing_is_a_clear_error() -> None:
    with pytest.raises(UsageError, match="empty"):
        PassageSearch([NewsArticle("a", "", "Too short.", None)])


# --- what may be learnt from ------------------------------------------------------------------------------------------


def write_news(folder: Path, articles: Sequence[NewsArticle], questions: Sequence[NewsQuestion] = ()) -> Path:
    """The articles by the year of their day, undated ones in the last file, and the questions likewise."""
    home = folder / "realtimeqa"
    home.mkdir(exist_ok=True)
    for year in (2022, 2023, 2024):
        rows: list[dict[str, object]] = [
            {
                "url": a.url,
                "title": a.title,
                "text": a.text,
                "published": a.published.isoformat() if a.published else None,
                "authors": [],
            }
            for a in articles
            if (a.published.year if a.published else 2024) == year
        ]
        lines = "".join(json.dumps(r) + "\n" for r in rows)
        (home / f"articles-{year}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
        asked = [
            {
                "id": q.id,
                "date": q.day.isoformat(),
                "source": "Invented Weekly",
                "question": q.question,
                "choices": list(q.choices),
                "answers": list(q.answers),
                "evidence": "",
                "urls": list(q.urls),
            }
            for q in questions
            if q.day.year == year
        ]
        (home / f"questions-{year}.jsonl").write_text("".join(json.dumps(a) + "\n" for a in asked), encoding="utf-8")
    return folder


def test_articles_of_held_out_weeks_are_not_learnt_from(tmp_path: Path) -> None:
    every_month = [
        NewsArticle(a.url, a.title, a.text, dt.date(2022, 1, 31) + dt.timedelta(days=30 * n))
        for n, a in enumerate(NEWS)
    ]
    learnt = training_news(write_news(tmp_path, every_month))
    assert {a.url for a in learnt} == {a.url for a in every_month if not is_held_out_day(a.published)}
    assert len(every_month) - len(learnt) == 8  # of 30 dates, 30 days apart


def test_articles_found_for_a_question_of_a_held_out_week_are_not_learnt_from(tmp_path: Path) -> None:
    old = [NewsArticle(a.url, a.title, a.text, dt.date(2022, 5, 1)) for a in NEWS]
    undated = NewsArticle(NEWS[7].url, NEWS[7].title, NEWS[7].text, None)
    asked = [
        weekly(1, "Who opened it?", ["Anna Berg"], [old[0].url, undated.url], dt.date(2022, 11, 1)),
        weekly(2, "Who opened it?", ["Anna Berg"], [old[3].url], dt.date(2023, 12, 31)),
        weekly(3, "Who opened it?", ["Anna Berg"], [old[5].url], dt.date(2023, 9, 30)),
    ]
    old[7] = undated
    learnt = training_news(write_news(tmp_path, old, asked))
    assert {a.url for a in old} - {a.url for a in learnt} == {old[0].url, undated.url, old[3].url}


def test_a_wire_copy_of_an_article_of_a_held_out_week_is_not_learnt_from(tmp_path: Path) -> None:
    kept, held = NEWS[0], NewsArticle(NEWS[4].url, NEWS[4].title, NEWS[4].text, dt.date(2022, 11, 20))
    # Scraped earlier in the file, under another address, with the day on which the page was first made.
    copy = NewsArticle("https://wire.example/copy", held.title, held.text, dt.date(2022, 10, 30))
    learnt = training_news(write_news(tmp_path, [kept, copy, held]))
    assert [a.url for a in learnt] == [kept.url]


def test_no_question_is_made_of_a_held_out_week(tmp_path: Path) -> None:
    days = [dt.date(2024, 1, 15) if n % 3 == 0 else dt.date(2023, 5, 1) for n in range(len(NEWS))]
    news = [NewsArticle(a.url, a.title, a.text, day) for a, day in zip(NEWS, days, strict=True)]
    learnt = training_news(write_news(tmp_path, news))
    held_out = {t for a in news if is_held_out_day(a.published) for t, _ in cut_passages(a.text)}
    examples = list(pretraining_examples(Archive(learnt), draft_questions, n=100, seed=1))
    assert len(examples) >= 100
    assert not held_out & {e.passage for e in examples}


_DIGEST = """
import hashlib, sys
from pathlib import Path
from app.reader.news_lists import PassageSearch, news_examples
from app.reader.examples import load_questions
from app.reader.pretraining import Archive, pretraining_examples
from app.reader.train import draft_questions, training_news
data = Path(sys.argv[1])
news = training_news(data)
made = list(pretraining_examples(Archive(news), draft_questions, n=400, seed=3))
listed = list(news_examples(PassageSearch(news), load_questions(data, (2024,)), seed=3))
for examples in (made, listed):
    print(hashlib.sha256(repr(examples).encode()).hexdigest())
"""


def test_another_process_makes_the_same_questions_of_the_same_seed(tmp_path: Path) -> None:
    data = write_news(tmp_path, NEWS, weekly_questions())
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _DIGEST, str(data)],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    one, other = [process.communicate(timeout=120)[0].split() for process in processes]
    assert len(one) == 2
    assert one == other


def test_the_invented_news_has_no_two_passages_alike() -> None:
    texts = [normalise_space(text) for article in NEWS for text, _ in cut_passages(article.text)]
    assert len(texts) == len(set(texts)) >= len(NEWS)
