"""What a question says of time, read: days, order, event, or nothing where a date is part of a name."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.times import NO_TIMING, Timing, read_timing

AS_OF = dt.date(2024, 3, 20)  # a Wednesday

PERIODS = """
What happened in Port Hallow in January 2020? | 2020-01-01..2020-01-31
What did the council decide in Jan. 2020? | 2020-01-01..2020-01-31
what did the council decide in january 2020 | 2020-01-01..2020-01-31
Who resigned in January? | 2024-01-01..2024-01-31
Who resigned in December? | 2023-12-01..2023-12-31
Who resigned this January? | 2024-01-01..2024-01-31
Who was arrested last January? | 2024-01-01..2024-01-31
Who was arrested last March? | 2023-03-01..2023-03-31
Who spoke in March of last year? | 2023-03-01..2023-03-31
During February 2022, which ports were closed? | 2022-02-01..2022-02-28
Which ports were closed throughout February 2024? | 2024-02-01..2024-02-29
What happened in May? | 2023-05-01..2023-05-31
What happened in May in Port Hallow? | 2023-05-01..2023-05-31
What happened in September, 2014? | 2014-09-01..2014-09-30
What happened back in September 2014? | 2014-09-01..2014-09-30
Floods in Sandvik, September 2014 | 2014-09-01..2014-09-30
Who was killed on 28 January 2020? | 2020-01-28..2020-01-28
Who was killed on the 28th of January 2020? | 2020-01-28..2020-01-28
Who was killed on January 28, 2020? | 2020-01-28..2020-01-28
Who was killed on Tuesday, January 28, 2020? | 2020-01-28..2020-01-28
Who was killed on Jan. 28th 2020? | 2020-01-28..2020-01-28
Who was killed on January 28? | 2024-01-28..2024-01-28
Who was killed on 28 October? | 2023-10-28..2023-10-28
Who was killed on 2020-01-28? | 2020-01-28..2020-01-28
Who was killed on 2020/01/28? | 2020-01-28..2020-01-28
Who was killed on 28/01/2020? | 2020-01-28..2020-01-28
Who was killed on 01/28/2020? | 2020-01-28..2020-01-28
Who was killed on 3.4.2020? | 2020-04-03..2020-04-03
What happened on the night of 13 November 2015? | 2015-11-13..2015-11-14
What happened 28 January 2020? | 2020-01-28..2020-01-28
Who was named between 3 and 7 May 2021? | 2021-05-03..2021-05-07
Who was named from May 3 to 7, 2021? | 2021-05-03..2021-05-07
Who spoke on January 28-30, 2020? | 2020-01-28..2020-01-30
What did the minister announce on Tuesday? | 2024-03-19..2024-03-19
What did the minister announce on Wednesday? | 2024-03-20..2024-03-20
What did the minister announce on Thursday? | 2024-03-14..2024-03-14
What did the minister announce Tuesday? | 2024-03-19..2024-03-19
What did the minister announce last Wednesday? | 2024-03-13..2024-03-13
What did the minister announce on Tuesday night? | 2024-03-19..2024-03-19
What did the minister announce on Tuesday last week? | 2024-03-12..2024-03-12
What was in Monday's statement? | 2024-03-18..2024-03-18
How many people died in Sandvik in 2019? | 2019-01-01..2019-12-31
In 2019, how many people died in Sandvik? | 2019-01-01..2019-12-31
In 2010 who was the mayor of Orlen? | 2010-01-01..2010-12-31
In 2010 Norway elected whom? | 2010-01-01..2010-12-31
What changed in 2019 and 2020? | 2019-01-01..2020-12-31
What changed in 2015-2019? | 2015-01-01..2019-12-31
What changed in 2015–16? | 2015-01-01..2016-12-31
How much did Norwind earn in the first quarter of 2021? | 2021-01-01..2021-03-31
How much did Norwind earn in Q3 2022? | 2022-07-01..2022-09-30
How much did Norwind earn in the second half of 2020? | 2020-07-01..2020-12-31
How much did Norwind earn in H1 2021? | 2021-01-01..2021-06-30
How much did Norwind earn last quarter? | 2023-10-01..2023-12-31
Which ferries sank in the 1990s? | 1990-01-01..1999-12-31
Which ferries sank during the nineties? | 1990-01-01..1999-12-31
Where did forests burn in the summer of 2021? | 2021-06-01..2021-08-31
Where did forests burn in summer 2021? | 2021-06-01..2021-08-31
Where did forests burn last summer? | 2023-06-01..2023-08-31
Who froze last winter? | 2023-12-01..2024-02-29
Who froze in the winter of 2020? | 2019-12-01..2020-02-29
Who froze in the winter of 2020-21? | 2020-12-01..2021-02-28
What was planted in the autumn? | 2023-09-01..2023-11-30
What was planted this spring? | 2024-03-01..2024-05-31
What happened in early 2020? | 2020-01-01..2020-04-30
What happened in late March 2021? | 2021-03-21..2021-03-31
What was announced in mid-June? | 2023-06-11..2023-06-20
What was announced at the end of 2021? | 2021-10-01..2021-12-31
What was announced at the start of May 2021? | 2021-05-01..2021-05-10
What happened in the first week of May 2021? | 2021-05-01..2021-05-07
What happened in the last week of May 2021? | 2021-05-25..2021-05-31
What happened in the week of 5 May 2021? | 2021-05-03..2021-05-09
What was opened at Christmas? | 2023-12-24..2023-12-26
What was opened on Christmas Day 2020? | 2020-12-25..2020-12-25
What were the biggest stories of 2020? | 2020-01-01..2020-12-31
Show me articles from March 2021 about the ferry | 2021-03-01..2021-03-31
"""

RELATIVE = """
Who won the race last week? | 2024-03-11..2024-03-17
Last week, who won the race? | 2024-03-11..2024-03-17
What was the outcome of last week's vote? | 2024-03-11..2024-03-17
What was the biggest fire of last week? | 2024-03-11..2024-03-17
What was decided in Geneva this week? | 2024-03-18..2024-03-20
Who scored last weekend? | 2024-03-16..2024-03-17
Who was elected last month? | 2024-02-01..2024-02-29
Who was elected last year? | 2023-01-01..2023-12-31
Who was elected this year? | 2024-01-01..2024-03-20
How many have died in Orlen so far this year? | 2024-01-01..2024-03-20
How many were arrested in the last week? | 2024-03-13..2024-03-20
How many were arrested in the past month? | 2024-02-20..2024-03-20
How many were arrested in the last 7 days? | 2024-03-13..2024-03-20
How many were arrested in the last three months? | 2023-12-20..2024-03-20
How many were arrested within the last 24 hours? | 2024-03-19..2024-03-20
What has changed over the past two years? | 2022-03-20..2024-03-20
What has changed in the last decade? | 2014-03-20..2024-03-20
Who quit yesterday? | 2024-03-19..2024-03-19
Who quit the day before yesterday? | 2024-03-18..2024-03-18
What happened in Orlen today? | 2024-03-20..2024-03-20
Who quit this morning? | 2024-03-20..2024-03-20
What burned down last night? | 2024-03-19..2024-03-20
Which bridge was opened three days ago? | 2024-03-17..2024-03-17
Which bridge was opened two weeks ago? | 2024-03-04..2024-03-10
Which bridge was opened a month ago? | 2024-02-01..2024-02-29
Which bridge was opened two years ago? | 2022-01-01..2022-12-31
What happened early last year? | 2023-01-01..2023-04-30
"""

RELATIONS = """
What has been built since the summer? | 2023-06-01..
What has been built in Orlen since 2019? | 2019-01-01..
What has been built since March 2020? | 2020-03-01..
What has been built since last year? | 2023-01-01..
What has been built since Tuesday? | 2024-03-19..
What has been built since January? | 2024-01-01..
What has been built since the start of 2021? | 2021-01-01..
What was built after March 2020? | 2020-04-01..
What was built after 28 January 2020? | 2020-01-29..
Who was mayor before 2019? | ..2018-12-31
Who was mayor before March 2020? | ..2020-02-29
Who was mayor prior to 5 May 2021? | ..2021-05-04
Who was mayor shortly before May 2021? | ..2021-04-30
What had been built by June 2021? | ..2021-06-30
What had been built until the end of 2018? | ..2018-12-31
What had been built up to March 2021? | ..2021-03-31
Which rules applied from March 2020 onwards? | 2020-03-01..
What happened in March, April and May 2020? | 2020-03-01..2020-05-31
What happened in 2015, 2016 and 2019? | 2015-01-01..2019-12-31
Who died in March or April 2020? | 2020-03-01..2020-04-30
Was it on 5 or 6 May 2020 that the ferry sank? | 2020-05-05..2020-05-06
Give me everything from last Tuesday | 2024-03-19..2024-03-19
How many refugees arrived in 2015 compared with 2014? | 2015-01-01..2015-12-31
Was inflation in 2023 higher than in 2022? | 2023-01-01..2023-12-31
How many cases were there as of 5 March 2021? | ..2021-03-05 newest
What was the mood before Christmas? | ..2023-12-23
Which rules applied from 2015 to 2019? | 2015-01-01..2019-12-31
How many walked out between March and May 2020? | 2020-03-01..2020-05-31
How many walked out between November and February 2021? | 2020-11-01..2021-02-28
How many walked out from Monday to Wednesday? | 2024-03-18..2024-03-20
How many walked out between 1 May 2020 and 3 June 2021? | 2020-05-01..2021-06-03
How many walked out from January 2020 until today? | 2020-01-01..2024-03-20
How many walked out after 2015 and before 2019? | 2016-01-01..2018-12-31
As of March 2020, who led the union? | ..2020-03-31 newest
On 5 May, what did the union say in 2021? | 2021-05-05..2021-05-05
What was said on or after 3 May 2021? | 2021-05-03..
"""

ORDERS = """
What is the latest on the strike? | newest
What is the latest death toll in Orlen? | newest
What is the most recent forecast for the harvest? | newest
What has the company recently announced? |
What has Norwind said lately? |
Who is currently the mayor of Orlen? | newest
Who leads the union now? | newest
Who leads the union at the moment? | newest
Who is now in charge of Norwind? | newest
As of now, how many have died in Orlen? | newest
What is the current price of wheat? | newest
How many live in Orlen these days? |
How many people live in Orlen today? | newest
When did the two ministers last meet? | newest
When was the last time Sandvik won the cup? | newest
How many have died so far? | newest
What is the newest bridge in Orlen? | newest
What did the union say in its most recent statement? | newest
When was the virus first reported? | oldest
How many people were first reported dead in Orlen? | oldest
When was the ferry first mentioned? | oldest
When did the virus first appear in Sandvik? | oldest
Who first reported the leak? | oldest
What was the bridge originally called? | oldest
How many were initially reported missing? | oldest
What is the earliest report of the virus? | oldest
"""

EVENTS = """
What did the airline offer before the strike? | before the strike
What happened in Orlen after the earthquake? | after the earthquake
What has changed since the election of Ada Berg? | after the election of Ada Berg
Who scored during the World Cup? | during the World Cup
What did Norwind say ahead of the merger? | before the merger
What did Norwind do following the resignation of its chief executive? | after the resignation of its chief executive
Who has been arrested since the strike began? | after the strike
Who was mayor at the time of the earthquake? | during the earthquake
What happened in the aftermath of the coup in Sandvik? | after the coup in Sandvik
Which countries has the pope visited since his election? | after his election
Which shops closed during the pandemic? | during the pandemic
What was promised in the wake of the floods? | after the floods
Who was mayor until the coup? | before the coup
Who led the party before the 2019 election? | before the 2019 election
"""

NOTHING = """
When did the coalition start bombing Sandvik?
When was the captain killed?
In which year did Orlen lose the cup?
On what day did the ferry sink?
Since when has Norwind been for sale?
How long ago did the bridge open?
How long before the strike did he resign?
How many days after the earthquake was he found?
Who won the 2020 election?
How many people died in the 2019 attack?
Who won in 2010 World Cup?
Who won the World Cup in the 2018 final?
Who was behind the 7 October attack?
Who sat on the January 6 committee?
What was closed in the March 2020 lockdown?
Who lost the election of 2020?
What happened in the attack of 14 January?
What happened on 9/11?
What happened on Black Friday?
What happened on Bloody Sunday?
Who plays for Sheffield Wednesday?
What did the Sunday Times report?
What did the paper print in its Sunday edition?
What opens on Fridays?
Who prays there every Friday?
What did Theresa May say about the deal?
What may happen to the bridge?
What did the cabinet do after May resigned?
Who was asked by May to resign?
Who led the March on Washington?
Who will march on Washington?
How many soldiers march in the parade?
Who lives at 10 Downing Street?
Who lives at 1600 Pennsylvania Avenue?
How many were found in 2000 cases?
Who ran in 1500 metres?
How many of the 2000 people were freed?
What is Windows 2000?
Who wrote 1984?
Who starred in Blade Runner 2049?
What is Agenda 2030?
Who was president before Obama?
Who appeared before the court?
What was put before parliament?
Who came after the singer?
After whom is the bridge named?
Which street was named after the battle of Orlen?
Who testified before the hearing?
Why did he stay home, since he was ill?
Why did it close, since the strike is illegal?
Who is the first lady?
Who gave first aid?
Who made the last stand at Orlen?
What is his last name?
Who was the first person to climb the tower?
Who was the last king of Sandvik?
How long did the talks last?
Where is he originally from?
How strong is the current in the Venn?
What are current affairs?
Who directed Apocalypse Now?
What did the Today show report?
Who presents Last Week Tonight?
Who fought in the last year of the war?
What happened in the final minute?
Who led in the first half?
Who scored in the third quarter?
Did prices rise faster than in 2019?
How do prices compare with 2019?
Why are there fires in summer?
Who governed after the fall of Kabul?
What is 28 times 12?
Is it 24/7?
How many sailed on 5 ferries?
What is in the budget for 2022?
What did the following witness say?
What did she do the following day?
What happened the day after the vote?
Which team plays in the Premier League?
Is the mayor a man of the year?
What did the president do on his last day in office?
What was decided on the last day of the summit?
Was the bridge opened before or after 2019?
Between which years was he mayor?
How did Sandvik do in the 2015-16 season?
Who won the Nobel Peace Prize 2021?
How many people were killed in the January earthquake?
What was the first sign of the crisis?
Which ships left after dark?
"""


def expectation(timing: Timing) -> str:
    """What was read, as the tables write it."""
    if timing.event:
        return f"{timing.side} {timing.event}"
    days = f"{timing.first or ''}..{timing.last or ''}" if timing.bounded else ""
    return " ".join(part for part in (days, timing.order or "") if part)


def rows(*tables: str) -> list[tuple[str, str]]:
    lines = [line for table in tables for line in table.strip().splitlines()]
    return [(question.strip(), expected.strip()) for question, _, expected in (line.partition("|") for line in lines)]


TABLE = rows(PERIODS, RELATIVE, RELATIONS, ORDERS, EVENTS)


@pytest.mark.parametrize(("question", "expected"), TABLE)
def test_what_a_question_says_of_time_is_read(question: str, expected: str) -> None:
    assert expectation(read_timing(question, AS_OF)) == expected


@pytest.mark.parametrize("question", [question for question, _ in rows(NOTHING)])
def test_what_only_looks_like_a_time_is_left_alone(question: str) -> None:
    timing = read_timing(question, AS_OF)
    assert expectation(timing) == ""
    assert (timing.text, timing.words) == (question, ())


AHEAD = """
Who will host the World Cup in 2030? | in 2030
Which laws take effect on 1 January 2025? | on 1 January 2025
What is planned for next week? | for next week
What is due to open tomorrow? | tomorrow
What must be done by 2030? | by 2030
What happened on 03/04/2020? | on 03/04/2020
What happened a few years ago in Orlen? | a few years ago
What happened more than ten years ago in Orlen? | more than ten years ago
"""


@pytest.mark.parametrize(("question", "words"), rows(AHEAD))
def test_a_time_that_can_bound_nothing_is_named_as_unread(question: str, words: str) -> None:
    timing = read_timing(question, AS_OF)
    assert (timing.unread, timing.words, timing.bounded) == ((words,), (), False)


def test_what_was_done_on_days_to_come_is_asked_of_those_days() -> None:
    timing = read_timing("What did the council decide in January 2030?", AS_OF)
    assert (timing.first, timing.last) == (dt.date(2030, 1, 1), dt.date(2030, 1, 31))


def test_an_event_that_names_its_day_needs_no_looking_up() -> None:
    timing = read_timing("What has changed since the attack on 7 October 2023?", AS_OF)
    assert (timing.first, timing.event) == (dt.date(2023, 10, 7), None)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Last week, who won the race?", "Who won the race?"),
        ("Who won the race last week?", "Who won the race?"),
        ("What was the biggest fire of last week?", "What was the biggest fire?"),
        ("What is the latest death toll in Orlen?", "What is the death toll in Orlen?"),
        ("What is the latest on the strike?", "What is the latest on the strike?"),
        ("Who is currently the mayor?", "Who is the mayor?"),
        ("How many were first reported dead?", "How many were reported dead?"),
        ("What was the outcome of last week's vote?", "What was the outcome of last week's vote?"),
        ("Who resigned in January 2020?", "Who resigned in January 2020?"),
        ("What happened today?", "What happened?"),
        ("Last week", "Last week"),
    ],
)
def test_what_only_counts_from_the_day_of_asking_leaves_the_question(question: str, text: str) -> None:
    assert read_timing(question, AS_OF).text == text


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("Who resigned in January 2020?", "Who resigned?"),
        ("In January 2020, who resigned?", "Who resigned?"),
        ("What did Norwind offer before the strike?", "What did Norwind offer?"),
        ("Who was arrested since the strike was called off?", "Who was arrested since the strike was called off?"),
        ("What was in Monday's statement?", "What was in Monday's statement?"),
    ],
)
def test_the_rest_is_what_an_article_of_those_days_answers_without_naming_them(question: str, rest: str) -> None:
    assert read_timing(question, AS_OF).rest == rest


PIECES = st.sampled_from(
    "in on since before after until by between from to and or the last this next first late mid May March January 5 28 "
    "2019 2020 2030 1990s week weeks year years ago two summer winter Tuesday today now latest currently strike of "
    "election , ? . - 2020-01-28 31 February 29 Q3 quarter Christmas was did who so far".split()
)
DAYS = st.dates()


def lawful(text: str, as_of: dt.date) -> None:
    """What holds of every reading."""
    timing = read_timing(text, as_of)
    assert all(words in text for words in (*timing.words, *timing.unread))
    assert timing.first is None or timing.last is None or timing.first <= timing.last
    assert bool(timing.words) == bool(timing.bounded or timing.order or timing.event)
    assert (timing.event is None) == (timing.side is None)


@given(st.text(max_size=200), DAYS)
def test_any_text_on_any_day_is_read(text: str, as_of: dt.date) -> None:
    lawful(text, as_of)


@given(st.lists(PIECES, max_size=14), DAYS)
@example(["in", "February", "29"], dt.date(1, 1, 1))
@example(["between", "31", "May", "and", "2020"], dt.date(9999, 12, 31))
def test_any_words_of_time_on_any_day_are_read(pieces: list[str], as_of: dt.date) -> None:
    lawful(" ".join(pieces), as_of)


@pytest.mark.parametrize("question", [q for q, e in TABLE if e in ("newest", "oldest")])
def test_reading_what_is_left_of_an_order_finds_nothing_new(question: str) -> None:
    timing = read_timing(question, AS_OF)
    again = read_timing(timing.text, AS_OF)
    assert again.order in (None, timing.order)
    assert again.text == timing.text
    assert not again.bounded


@pytest.mark.parametrize(
    "piece",
    ["in May 2020 ", "was ", "did first ", "2019-", "the last ", "a", " ", "1/1/", "is now ", "after the ", "Mar ",
     "1 to 2 to ", "the 1st and the 2nd ", "the first week of ", "before the strike ", "last 1 "],
)  # fmt: skip
def test_a_long_question_is_read_at_once(piece: str) -> None:
    text = (piece * 4000)[:4000]
    before = time.perf_counter()
    read_timing(text, AS_OF)
    assert time.perf_counter() - before < 0.5


def test_nothing_of_time_is_nothing() -> None:
    assert read_timing("Who voted?", AS_OF) == Timing("Who voted?", rest="Who voted?")
    assert not NO_TIMING.bounded
