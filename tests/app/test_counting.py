"""Questions about the archive: which are read, and that what they count is exact."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.__main__ import _write_table
from app.answer import Answer, Citation
from app.ask import ask
from app.counting import compose_count
from app.counting_notes import inflections
from app.counting_questions import read_count_question
from app.counting_words import counted_words, topic_words
from app.coverage import describe_coverage
from app.draft import Composition
from app.tables import inert_cell, render_tally_csv
from app.times import Timing
from ingest.errors import UsageError
from ingest.job import Batch, FileToIngest, PreparedArticle
from store import Coverage, Filters, Store, open_sink, open_store
from tests.conftest import FakeEncoder, batch_of, fake_build, prepare
from tests.ingesting import prepare_with_fake

SEEDS = Path(__file__).parents[2] / "seeds"

# What is asked, and what has to be mentioned for it: "+" each, "or" one of them, "-" none of these.
ASKED = [
    ("How many articles mention Palmyra?", "articles", "Palmyra"),
    ("how many articles mention drones in January 2020?", "articles", "drones"),
    ('How many articles mention the word "drone base"?', "articles", "drone base"),
    ("How many articles are about drones?", "articles", "drones"),
    ("How many articles talk about the Islamic State?", "articles", "Islamic State"),
    ("How many articles refer to Iran", "articles", "Iran"),
    ("How many articles contain the word militants?", "articles", "militants"),
    ("How many times is Palmyra mentioned?", "mentions", "Palmyra"),
    ("How often is the Islamic State mentioned in the articles?", "mentions", "Islamic State"),
    ("How many stories mention Syria?", "stories", "Syria"),
    ("How many files mention Syria?", "files", "Syria"),
    ("How many independent stories mention Syria?", "stories", "Syria"),
    ("How many of the articles mention Iraq?", "articles", "Iraq"),
    ("Which articles mention Libya?", "which", "Libya"),
    ("What articles mention Libya?", "which", "Libya"),
    ("List the articles that mention Libya.", "which", "Libya"),
    ("Show me all articles about Libya", "which", "Libya"),
    ("Which outlets wrote about drones?", "outlets", "drones"),
    ("Which newspapers covered the strike?", "outlets", "strike"),
    ("Which sources reported on the flood?", "outlets", "flood"),
    ("What outlets have written about the flood?", "outlets", "flood"),
    ("Which outlet reported the flood first?", "first outlet", "flood"),
    ("Who reported the flood first?", "first outlet", "flood"),
    ("Who first reported on the drone base?", "first outlet", "drone base"),
    ("When was Palmyra first mentioned?", "first", "Palmyra"),
    ("When was the Islamic State last mentioned?", "last", "Islamic State"),
    ("When was Palmyra mentioned for the first time?", "first", "Palmyra"),
    ("What is the first mention of Palmyra?", "first", "Palmyra"),
    ("first mention of Palmyra", "first", "Palmyra"),
    ("Which article first mentions Palmyra?", "first", "Palmyra"),
    ("What is the oldest article that mentions Iran?", "first", "Iran"),
    ("What is the latest article about Iran?", "last", "Iran"),
    ("How many articles are there?", "articles", ""),
    ("How many articles are in the archive?", "articles", ""),
    ("How many articles do you have?", "articles", ""),
    ("How many articles were published in January 2020?", "articles", ""),
    ("How many articles were published between 2019 and 2021?", "articles", ""),
    ("How many outlets are there?", "number of outlets", ""),
    ("Which outlets are in the archive?", "outlets", ""),
    ("What dates do the articles cover?", "days", ""),
    ("What is the date range of the articles?", "days", ""),
    ("What is the oldest article?", "first", ""),
    ("Which article is the newest?", "last", ""),
    ("When was the oldest article published?", "first", ""),
    ("How many articles are undated?", "undated", ""),
    ("How many articles have no date?", "undated", ""),
    ("Which articles are dated?", "dated", ""),
    ("How many articles mention both Iraq and Syria?", "articles", "Iraq + Syria"),
    ("How many articles mention Iraq or Syria?", "articles", "Iraq or Syria"),
    ("How many articles mention Iraq but not Syria?", "articles", "Iraq - Syria"),
    ("How many articles mention Iraq and Syria?", "articles", "Iraq + Syria"),
    ("How many articles mention “drone base” or “air strike”?", "articles", "drone base or air strike"),
    ("How many articles by Jane Doe?", "articles", ""),
    ("How many articles are there by Jane Doe?", "articles", ""),
    ("How many articles are from Sputnik?", "articles", ""),
    ("How many Sputnik articles mention drones?", "articles", "drones"),
    ("How many articles from Sputnik mention drones?", "articles", "drones"),
    ("How many articles did CNN publish about Trump?", "articles", "Trump"),
    ("Do any articles mention Palmyra?", "whether", "Palmyra"),
    ("Does any article mention Palmyra?", "whether", "Palmyra"),
    ("Is Palmyra mentioned?", "whether", "Palmyra"),
    ("Is Palmyra mentioned anywhere in the articles?", "whether", "Palmyra"),
    ("Are there any articles about drones?", "whether", "drones"),
    ("Do all articles mention Syria?", "whether all", "Syria"),
    ("Does the archive mention Palmyra?", "whether", "Palmyra"),
    ("In how many articles does the word caliphate appear?", "articles", "caliphate"),
    ("In how many articles does Jane Doe appear?", "articles", "Jane Doe"),
    ("In how many stories does Raqqa occur?", "stories", "Raqqa"),
    ("How many articles are from 2020?", "articles", ""),
    ("In which articles is Raqqa mentioned?", "which", "Raqqa"),
    ("How many articles mention Palmyra in the headline?", "articles", "Palmyra"),
    ("How many articles are there about drones?", "articles", "drones"),
    ("How many articles about drones are there?", "articles", "drones"),
    ("Can you tell me how many articles mention Iran?", "articles", "Iran"),
    ("What is the number of articles that mention Iran?", "articles", "Iran"),
    ("How many mentions of Iran are there?", "mentions", "Iran"),
    ('How often does the word "drone" appear?', "mentions", "drone"),
    ("By which outlets was the strike covered?", "outlets", "strike"),
    ("How many news articles mention Iran?", "articles", "Iran"),
    ("How many outlets mention Iran?", "number of outlets", "Iran"),
    ("Count the articles that mention Iran", "articles", "Iran"),
    ("How many articles mention IS?", "articles", "IS"),
    ("How many articles mention the US?", "articles", "US"),
    ("How many articles mention Iran at all?", "articles", "Iran"),
    ("How many texts mention the phrase drone strike?", "articles", "drone strike"),
    ("How many reports mention Iran?", "articles", "Iran"),
    ("How many articles mention the White House and the Pentagon?", "articles", "White House + Pentagon"),
    ("How many articles written by Sputnik mention drones?", "articles", "drones"),
    ("How many different outlets covered the strike?", "number of outlets", "strike"),
    ("Which outlets mention Iran?", "outlets", "Iran"),
    ("When was the strike first reported on?", "first", "strike"),
    ("How many articles published in 2020 mention Iran?", "articles", "Iran"),
    ("In how many articles is Raqqa mentioned?", "articles", "Raqqa"),
    ("How far back does the archive go?", "days", ""),
    ('How many articles mention "U.S."?', "articles", "U.S."),
    ("How many articles mention the word 'drone'?", "articles", "drone"),
    ("How many articles mention O'Neil?", "articles", "O'Neil"),
    ("How many articles mention neither Iraq nor Syria?", "articles", " - Iraq - Syria"),
    ("How many articles mention Iran, Iraq and Syria?", "articles", "Iran + Iraq + Syria"),
    ("How many articles do not mention Iran?", "articles", " - Iran"),
    ('Has the word "genocide" been mentioned?', "whether", "genocide"),
    ("In which article is the drone base mentioned first?", "first", "drone base"),
    ('When does the word "Covid" first appear?', "first", "Covid"),
    ("How many articles mention May?", "articles", "May"),
    ("How many articles mention Apple (the company)?", "articles", "Apple"),
    ("Where is Palmyra mentioned?", "which", "Palmyra"),
    ("Did any newspaper mention Palmyra?", "whether", "Palmyra"),
    ("Has the flood been mentioned?", "whether", "flood"),
    ("How many articles mention climate change in 2021 or 2022?", "articles", "climate change"),
]

OF_THE_WORLD = [
    "What was criticised in the article about the harbour?",
    "What percentage of articles mention drones?",
    "How many people were killed?",
    "How many times has he been arrested?",
    "How many newspapers did the company buy?",
    "When was the law first mentioned in parliament?",
    "Which articles of the constitution mention religion?",
    "Which outlets were banned?",
    "How many articles of impeachment were approved?",
    "How many articles are there in the treaty?",
    "How many stories high is the building?",
    "How many documents did the FBI seize?",
    "How many files were leaked?",
    "How many reports of abuse were there?",
    "How many times did Messi appear for Barcelona?",
    "How many times was he mentioned in the report?",
    "How often does the committee meet?",
    "How many times did he mention the wall in his speech?",
    "When was the outbreak first reported?",
    "When was the vaccine first used?",
    "When was the band first mentioned in the press?",
    "What did the article say?",
    "Which newspaper does he own?",
    "Which newspaper did Bezos buy?",
    "Which newspapers went on strike?",
    "Which paper endorsed Clinton?",
    "Who first reported to the police?",
    "Who reported the fire?",
    "Who wrote the article?",
    "Which outlets closed last year?",
    "How many outlets does Starbucks have?",
    "How many outlets did the chain open?",
    "Which sources of energy are cheapest?",
    "What sources were used?",
    "How many media workers were killed?",
    "What is the latest on the strike?",
    "What is the latest news about Iran?",
    "What was the first story he wrote?",
    "What is the oldest city in Syria?",
    "What is the newest report on the economy?",
    "Is the president mentioned in the indictment?",
    "Was Trump mentioned in the Epstein files?",
    "Was he mentioned?",
    "Did the president mention Iran?",
    "Did the report mention Iran?",
    "Does the letter mention Iran?",
    "Do any laws mention religion?",
    "Which countries mention religion in their constitution?",
    "How many countries mention God in their constitution?",
    "How many articles mention it?",
    "How many articles mention that the president resigned?",
    "How many pieces of evidence were found?",
    "How many items were stolen?",
    "How many texts did she send?",
    "How many texts were sent?",
    "How many items are there on the menu?",
    "What files were found?",
    "Which documents contain classified information?",
    "How many documents contain nuclear secrets?",
    "Are there any reports of casualties?",
    "Is there any news about Iran?",
    "What dates does the ceasefire cover?",
    "What period does the contract cover?",
    "How old is the president?",
    "When was the newspaper first published?",
    "How many publications did the professor have?",
    "Which agencies covered up the scandal?",
    "Which organisations reported losses to the regulator first of all?",
    "How many copies were sold?",
    "How many words are in the speech?",
    "How many articles were retracted by the journal?",
    "When did drones first appear over Libya?",
    "How many stories collapsed?",
    "Which stories collapsed?",
    "What are the articles of association?",
    "How many articles did the parliament adopt?",
    "Which articles were amended?",
    "Which articles were stolen?",
    "List the articles of the treaty",
    "How many articles were seized?",
    "How many articles of clothing were found?",
    "How many times is Christmas mentioned in the Bible?",
    "How many sites were bombed?",
    "How many agencies are there in the department?",
    "How many organizations are there?",
    "What sources does the report cite?",
    "How many papers were published by the professor?",
    "Which outlet covered the flood the most?",
    "Who is mentioned most often?",
    "How many people are mentioned?",
    "What is mentioned about Palmyra?",
    "What outlets reported that the bridge collapsed?",
    "How many articles carry a correction?",
    "When was the drone strike first reported?",
    "What percentage of voters mention the economy?",
    "How many soldiers are there?",
    "How many of them were published?",
]

OF_NOBODY_KNOWN = [
    "How many articles did he write?",
    "How many articles does the treaty have?",
    "How many reports did the commission publish?",
    "How many stories does the tower have?",
    "How many peer-reviewed articles mention drones?",
    "Which paper reported losses?",
    "Who reported the murder first?",
]


@pytest.mark.parametrize(("question", "asks", "words"), ASKED)
def test_a_question_about_the_archive_is_read(question: str, asks: str, words: str) -> None:
    read = read_count_question(question)
    assert read is not None
    topic = read.topic
    joined = "" if topic is None else (" or " if topic.any_of else " + ").join(topic.phrases)
    joined += "" if topic is None else "".join(f" - {w}" for w in topic.without)
    assert (read.asks, joined) == (asks, words)


def test_a_paper_called_today_is_no_day() -> None:
    read = read_count_question("How many USA Today articles mention drones?")
    assert read is not None
    assert (read.by, read.timed) == ("USA Today", "")


@pytest.mark.parametrize("question", OF_THE_WORLD)
def test_a_question_about_the_world_is_not_counted(question: str) -> None:
    assert read_count_question(question) is None


@pytest.mark.parametrize("question", OF_NOBODY_KNOWN)
def test_what_is_neither_author_nor_outlet_nor_mentioned_is_not_counted(tmp_store: Store, question: str) -> None:
    assert compose_count(question, tmp_store, Filters()) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "how many articles mention",
        "\ud800",
        "how many " * 40,
        "which articles mention " + "a " * 180,
        "“" * 399,
        'how many articles mention "' + "x" * 300,
        "(" * 399,
        "when was " + "a " * 190 + "?",
    ],
)
def test_no_text_breaks_the_reading(text: str) -> None:
    read_count_question(text)


# --- counts ---------------------------------------------------------------------------------------------------------

HARBOUR = "The drone flew over the harbour. A second drone was seen near the base."
MARKET = "Drones were seen over the market, the mayor of Palmyra said."


def archive() -> tuple[PreparedArticle, ...]:
    """Four articles in five files, two of them of one text; three outlets and one that is not known."""
    first = prepare(
        HARBOUR * 4, source="a.txt", outlet="Hallow Post", day=dt.date(2021, 3, 3), headline="Harbour watch"
    )
    twice = replace(first, article=replace(first.article, sources=("a.txt", "copy/a.txt")))
    return (
        twice,
        prepare(HARBOUR * 4 + "\n", source="b.txt", outlet="Venn Daily", day=dt.date(2021, 3, 4)),
        prepare(MARKET, source="c.txt", day=dt.date(2021, 2, 1), headline="A drone over the market"),
        prepare("Nothing flew.\n\nThe U.S. consulate said so.", source="d.txt", outlet="Hallow Post"),
    )


@pytest.fixture
def store(write: Callable[[Batch], Path]) -> Iterator[Store]:
    with open_store(write(batch_of(*archive())), encoder=FakeEncoder(), build=fake_build()) as opened:
        yield opened


def counted(store: Store, question: str, filters: Filters = Filters()) -> Composition:
    composed = compose_count(question, store, filters)
    assert composed is not None
    assert composed.confidence == 1.0
    assert composed.layout == "count"
    return composed


def number(store: Store, question: str, filters: Filters = Filters()) -> int:
    tally = counted(store, question, filters).counted[0].tally
    assert tally is not None
    return tally.number


def test_articles_files_and_independent_stories_are_counted_apart(store: Store) -> None:
    composed = counted(store, "How many articles mention the drone?")
    assert composed.counted[0].text == "3 articles (in 4 files, 2 independent stories) mention “drone”."
    assert composed.short == "3"
    assert number(store, "How many files mention the drone?") == 4
    assert number(store, "How many independent stories mention the drone?") == 2


def test_there_is_a_place_for_every_file(store: Store) -> None:
    tally = counted(store, "How many articles mention the drone?").counted[0].tally
    assert tally is not None
    assert [s for s, _, _ in tally.spans] == ["a.txt", "copy/a.txt", "b.txt", "c.txt"]
    assert {store.source_text(s)[a:b] for s, a, b in tally.spans[:3]} == {"drone"}
    assert tally.stories == 2


def test_the_scope_says_what_was_searched(store: Store) -> None:
    tally = counted(store, "How many articles mention the drone?").counted[0].tally
    assert tally is not None
    assert tally.scope == "4 articles: 3 dated 2021-02-01 to 2021-03-04, 1 undated"
    assert tally.counted == "articles whose text or headline holds the word “drone”"


def test_a_filter_narrows_what_is_counted_and_is_told(store: Store) -> None:
    march = Filters(published_from=dt.date(2021, 3, 1), published_to=dt.date(2021, 3, 31), undated=False)
    composed = counted(store, "How many articles mention the drone?", march)
    tally = composed.counted[0].tally
    assert tally is not None
    assert (tally.number, tally.scope) == (
        2,
        "2 articles: 2 dated 2021-03-03 to 2021-03-04; published from 2021-03-01 to 2021-03-31",
    )
    published = counted(store, "How many articles were published?", march).counted[0].text
    assert published == "2 articles (in 3 files, 1 independent story) were published from 2021-03-01 to 2021-03-31."


def test_another_inflection_is_told_beside_and_not_mixed_in(store: Store) -> None:
    composed = counted(store, "How many articles mention drones?")
    assert number(store, "How many articles mention drones?") == 1
    assert "“drone” is in 2 more articles, not counted here." in composed.notes


def test_a_word_in_the_headline_only_is_counted_and_said(store: Store) -> None:
    assert "1 of the articles has it in the headline only." in counted(store, "How many articles mention drone?").notes
    assert number(store, "How many articles mention drone in the headline?") == 1


def test_none_is_an_answer(store: Store) -> None:
    composed = counted(store, "How many articles mention zeppelins?")
    assert (composed.counted[0].text, composed.short) == ("0 articles mention “zeppelins”.", "0")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many articles mention both drone and mayor?", 1),
        ("How many articles mention drone or consulate?", 4),
        ("How many articles mention drone but not mayor?", 2),
        ("How many articles mention neither drone nor mayor?", 1),
        ("How many articles do not mention Palmyra?", 3),
        ("How many articles mention the U.S.?", 1),
        ("How many articles are there?", 4),
        ("How many articles are undated?", 1),
        ("How many articles are dated?", 3),
        ("How many articles from Hallow Post mention the drone?", 1),
        ("How many Hallow Post articles mention Palmyra?", 0),
        ("How many articles did the Hallow Post publish?", 2),
        ("How many articles are by Ada Invented?", 4),
        ("How many articles are by Jane Nobody?", 0),
        ("How many outlets are there?", 2),
        ("How many outlets mention drone?", 2),
        ("How often is the drone mentioned?", 17),
        ("Do all articles mention the drone?", 3),
        ("Is Palmyra mentioned?", 1),
    ],
)
def test_the_number_is_exact(store: Store, question: str, expected: int) -> None:
    assert number(store, question) == expected


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("When was Palmyra first mentioned?", "1 February 2021"),
        ("When was the drone last mentioned?", "4 March 2021"),
        ("When was the consulate first mentioned?", "not known"),
        ("When was the zeppelin first mentioned?", "never"),
        ("When was the drone mentioned?", "1 February 2021 to 4 March 2021"),
        ("What is the oldest article?", "1 February 2021"),
        ("What dates do the articles cover?", "1 February 2021 to 4 March 2021"),
        ("Which outlet first mentioned the harbour?", "Hallow Post"),
        ("Which outlets mention the harbour?", "Hallow Post, Venn Daily"),
        ("Is Palmyra mentioned?", "Yes"),
        ("Is Aleppo mentioned?", "No"),
        ("Do all articles mention the drone?", "No"),
        ("Which articles mention Palmyra?", "1 article"),
    ],
)
def test_the_few_words_that_answer(store: Store, question: str, short: str) -> None:
    assert counted(store, question).short == short


def test_the_first_mention_is_quoted(store: Store) -> None:
    (draft,) = counted(store, "When was Palmyra first mentioned?").drafts
    assert draft.text == MARKET
    assert draft.quotes[0].span.of(store.source_text("c.txt")) == draft.quotes[0].text


def test_an_article_of_no_known_day_may_be_older_and_that_is_said(store: Store) -> None:
    notes = counted(store, "What is the oldest article?").notes
    assert notes == ("1 article has no known day: whether it is older cannot be told.",)


def test_every_outlet_has_its_part_and_its_quote_and_unknown_ones_are_told_apart(store: Store) -> None:
    composed = counted(store, "Which outlets mention the drone?")
    assert [(p.text, p.label, p.drafts) for p in composed.parts] == [
        ("Hallow Post", "1 article", (0,)),
        ("Venn Daily", "1 article", (1,)),
    ]
    assert "1 article besides: which outlet published it is not known." in composed.notes


def test_a_phrase_of_several_words_is_counted_as_it_stands(store: Store) -> None:
    composed = counted(store, "How many articles are about a drone over the base?")
    assert composed.short == "0"
    assert "2 more articles hold “drone” and “base”, not in a row." in composed.notes


def test_words_of_time_that_were_read_are_no_part_of_the_phrase(store: Store) -> None:
    march = Filters(published_from=dt.date(2021, 3, 1), undated=False)
    timing = Timing("How many articles mention the drone?", ("since March 2021",), dt.date(2021, 3, 1))
    query = "How many articles mention the drone since March 2021?"
    composed = compose_count(timing.text, store, march, query=query, timing=timing)
    assert composed is not None
    assert composed.short == "2"
    assert not any("not narrowed" in note for note in composed.notes)


def test_words_of_time_that_were_not_read_are_told(store: Store) -> None:
    assert (
        "The count is not narrowed by “in March 2021”."
        in counted(store, "How many articles mention drone in March 2021?").notes
    )


def test_an_order_that_was_read_as_time_still_says_which_mention(store: Store) -> None:
    timing = Timing("When was Palmyra mentioned?", ("first",), order="oldest")
    composed = compose_count(timing.text, store, Filters(), query="When was Palmyra first mentioned?", timing=timing)
    assert composed is not None
    assert composed.short == "1 February 2021"


@pytest.mark.parametrize(
    ("phrase", "others"),
    [
        ("drone", ("drones",)),
        ("drones", ("drone", "droneses")),
        ("city", ("cities",)),
        ("cities", ("city", "citie")),
        ("strike force", ("strike forces",)),
        ("NATO", ()),
        ("北京", ()),
        ("box", ("boxes",)),
        ("boxes", ("box",)),
        ("day", ("days",)),
    ],
)
def test_the_other_number_of_a_word(phrase: str, others: tuple[str, ...]) -> None:
    assert inflections(phrase) == others


# --- the five articles ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory, empty_template: Path) -> Iterator[Store]:
    path = shutil.copytree(empty_template, tmp_path_factory.mktemp("five") / "store")
    paths = sorted(SEEDS.glob("0*.txt"))
    files = [FileToIngest(str(p), str(SEEDS), p.name, p.stat().st_size, 1, "0" * 64) for p in paths]
    made = [a for a in prepare_with_fake(files) if isinstance(a, PreparedArticle)]
    assert len(made) == 5
    with open_sink(path, encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
        sink.write(batch_of(*made))
    with open_store(path, encoder=FakeEncoder(), build=fake_build()) as opened:
        yield opened


def test_a_name_in_the_headline_of_another_story_is_in_no_article_and_that_is_said(five: Store) -> None:
    answer = ask("How many articles mention Palmyra?", store=five)
    assert answer.text == "0 articles mention “Palmyra”."
    assert answer.short == "0"
    assert not answer.abstained
    assert answer.notes == (
        "In 1 file the word stands only in what was left out as not part of the article: 000_fd941c4563075e7b.txt.",
    )
    tally = answer.statements[0].tally
    assert tally is not None
    assert tally.scope == answer.searched == "5 articles: 1 dated 2020-01-28, 4 undated"


@pytest.mark.parametrize(
    "word",
    [
        "Syria",
        "Islamic State",
        "drone",
        "drones",
        "Libya",
        "IS",
        "U.S.",
        "caliphate",
        "5,100",
        "the",
        "Muhajir",
        "al-Muhajir",
        "US-led",
        "year's",
    ],
)
def test_the_five_articles_are_counted_as_reading_them_does(five: Store, word: str) -> None:
    read = [(a, five.text_of(a.article_id)) for a in five.articles()]
    whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)".replace("'", "['’]").replace("\\ ", r"\s+"), re.IGNORECASE)
    bodies = [
        text[a.body[0].start : a.body[-1].end] if len(a.body) == 1 else "\n".join(s.of(text) for s in a.body)
        for a, text in read
    ]
    expected = sum(
        bool(whole.search(b) or whole.search(a.headline or "")) for (a, _), b in zip(read, bodies, strict=True)
    )
    assert number(five, f"How many articles mention “{word}”?") == expected


def test_the_citations_of_a_count_slice_back(five: Store) -> None:
    answer = ask("Which outlets wrote about drones?", store=five)
    assert answer.parts
    for citation in answer.citations:
        assert five.source_text(citation.source)[citation.start : citation.end] == citation.quote
        assert "drones" in citation.quote


# --- what was searched, and the table -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coverage", "said"),
    [
        (Coverage(5, 1, dt.date(2020, 1, 28), dt.date(2020, 1, 28)), "5 articles: 1 dated 2020-01-28, 4 undated"),
        (Coverage(3, 3, dt.date(2020, 1, 28), dt.date(2021, 2, 1)), "3 articles: 3 dated 2020-01-28 to 2021-02-01"),
        (Coverage(1, 0, None, None), "1 article: 1 undated"),
        (Coverage(0, 0, None, None), "0 articles"),
        (Coverage(1200, 0, None, None), "1,200 articles: 1,200 undated"),
    ],
)
def test_what_was_searched_is_said_in_words(coverage: Coverage, said: str) -> None:
    assert describe_coverage(coverage) == said


def table(answer: Answer, store: Store | None = None) -> list[list[str]]:
    return list(csv.reader(io.StringIO(render_tally_csv(answer, store))))


def test_the_table_has_a_row_for_every_file(store: Store) -> None:
    answer = ask("How many articles mention the drone?", store=store)
    assert [row[1] for row in table(answer)] == ["source", "a.txt", "copy/a.txt", "b.txt", "c.txt"]
    assert table(answer, store)[1][1:] == ["a.txt", "4", "9", "Harbour watch", "Hallow Post", "2021-03-03", "drone"]


def test_no_cell_of_the_table_is_a_formula(write: Callable[[Batch], Path]) -> None:
    headline = '=HYPERLINK("http://example.org")'
    made = prepare("A frost.", source="@SUM(A1).txt", headline=headline, outlet="-1+1")
    with open_store(write(batch_of(made)), encoder=FakeEncoder(), build=fake_build()) as opened:
        row = table(ask("How many articles mention frost?", store=opened), opened)[1]
    assert row[1] == "'@SUM(A1).txt"
    assert row[4:6] == ["'" + headline, "'-1+1"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_phrase_that_starts_a_formula_is_made_plain(start: str) -> None:
    assert inert_cell(f"{start}1") == f"'{start}1"
    assert inert_cell(f"a{start}") == f"a{start}"


def test_the_table_is_written_to_a_file_and_only_where_something_was_counted(store: Store, tmp_path: Path) -> None:
    answer = ask("How many articles mention the drone?", store=store)
    _write_table(answer, store, tmp_path / "drone.csv")
    assert (tmp_path / "drone.csv").read_bytes().decode() == render_tally_csv(answer, store)
    with pytest.raises(UsageError, match="cannot be written"):
        _write_table(answer, store, tmp_path / "nowhere" / "drone.csv")
    with pytest.raises(UsageError, match="nothing was counted"):
        _write_table(replace(answer, statements=(replace(answer.statements[0], tally=None, markers=(1,)),),
                             citations=(citation(store),)), store, tmp_path / "none.csv")  # fmt: skip


def citation(store: Store) -> Citation:
    article = store.article("c.txt")
    return Citation(1, "c.txt", 0, 6, MARKET[:6], None, None, None, "made up", article.article_id)


def test_an_answer_that_counts_nothing_has_a_table_of_its_header_alone(tmp_store: Store) -> None:
    assert len(table(ask("How many articles mention zeppelins?", store=tmp_store))) == 1


def test_what_was_counted_is_said_in_words() -> None:
    read = read_count_question("How many articles mention Iraq or Syria but not Iran?")
    assert read is not None
    assert topic_words(read.topic) == "“Iraq” or “Syria” but not “Iran”"
    assert counted_words(read) == "articles whose text or headline holds “Iraq” or “Syria” but not “Iran”"
