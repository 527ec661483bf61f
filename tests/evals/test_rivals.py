"""Rivals: BM25 over a handful of invented articles, and a starter RAG that declines in words."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from pathlib import Path

import pytest

from evals.apart import Asked, run_apart
from evals.reply import Reply
from evals.rivals import (
    BM25,
    STARTER_RAG,
    Bm25,
    RivalArticle,
    build_bm25,
    read_articles,
    write_articles,
)
from evals.starter_rag import declines
from ingest.errors import UsageError

DAY = dt.date(2021, 6, 1)


def article(
    *passages: str, source: str = "a.txt", headline: str | None = None, day: dt.date | None = None
) -> RivalArticle:
    return RivalArticle(source, headline, day, "\n\n".join(passages), passages)


FERRY = article(
    "The ferry Aurora ran aground off Port Hallow on Tuesday night. Captain Mira Lunde said the fog came down fast.",
    "Nobody was hurt. The hull will be examined in the yard.",
    source="ferry.txt",
    headline="Ferry runs aground",
    day=dt.date(2021, 3, 3),
)
MARKET = article(
    "The council of Port Hallow voted 7 to 4 to close the old fish market. Jon Lunde called the vote a sad day.",
    source="market.txt",
    headline="Fish market to close",
    day=dt.date(2021, 5, 10),
)
ORCHARD = article(
    "Apple growers in the Venn valley expect their smallest harvest since 1987.",
    source="orchard.txt",
    headline="Frost hits apple harvest",
)


# --- BM25 ---------------------------------------------------------------------------------------------------


@pytest.fixture
def bm25(tmp_path: Path) -> Bm25:
    build_bm25(iter([FERRY, MARKET, ORCHARD]), tmp_path)
    return Bm25(tmp_path)


def test_the_best_sentence_is_the_answer_and_its_own_citation(bm25: Bm25) -> None:
    reply = bm25.ask("Who was captain of the Aurora in the fog?", as_of=DAY)
    sentence = "Captain Mira Lunde said the fog came down fast."
    assert (reply.first, reply.text, reply.cited) == (sentence, sentence, (sentence,))
    assert (reply.short, reply.confidence, reply.declined) == (None, None, False)


def test_passages_are_ranked_by_their_own_words(bm25: Bm25) -> None:
    reply = bm25.ask("Who voted on the market of Port Hallow?", as_of=DAY)
    assert reply.passages == (MARKET.passages[0], FERRY.passages[0])


def test_an_article_of_a_later_day_is_not_used(bm25: Bm25) -> None:
    reply = bm25.ask("Who voted on the market of Port Hallow?", as_of=dt.date(2021, 5, 9))
    assert reply.passages == (FERRY.passages[0],)
    assert reply.first == "The ferry Aurora ran aground off Port Hallow on Tuesday night."


def test_an_article_of_no_known_day_is_used(bm25: Bm25) -> None:
    assert bm25.ask("apple growers", as_of=dt.date(1999, 1, 1)).first == ORCHARD.passages[0]


def test_bm25_declines_when_no_word_is_known(bm25: Bm25) -> None:
    reply = bm25.ask("Xylophones?", as_of=DAY)
    assert reply == Reply(None, "", "", True, None, (), ())


def test_passages_that_read_the_same_are_one(tmp_path: Path) -> None:
    copies = [article("The vote was lost.", source=f"{i}.txt", day=DAY) for i in range(40)]
    build_bm25(iter([*copies, article("A vote of many words was held in the town.", day=DAY)]), tmp_path)
    reply = Bm25(tmp_path).ask("vote", as_of=DAY)
    assert reply.passages == ("The vote was lost.", "A vote of many words was held in the town.")


def test_articles_are_written_as_they_were_and_named_by_what_they_say(tmp_path: Path) -> None:
    path = write_articles([FERRY, ORCHARD], tmp_path)
    assert list(read_articles(path)) == [FERRY, ORCHARD]
    assert path == write_articles([FERRY, ORCHARD], tmp_path)
    assert path != write_articles([ORCHARD, FERRY], tmp_path)


def test_bm25_runs_apart_and_says_what_its_index_took(tmp_path: Path) -> None:
    path = write_articles([FERRY, MARKET, ORCHARD], tmp_path / "cache")
    run = run_apart(BM25, path, questions=[Asked("Who voted on the market?", DAY)], results=tmp_path / "bm25.jsonl")
    reply = run.timed[0].reply
    assert reply is not None
    assert reply.passages == MARKET.passages
    assert run.built is not None
    assert run.server_mib is None
    assert 5 < run.peak_mib < 500


# --- the starter RAG ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Empty Response",
        "I cannot answer the question from the context.",
        "I'm sorry, but I can't provide that information.",
        "I'm unable to determine who was captain.",
        "I don't have enough information to say.",
        "The provided context does not mention the captain. It is about a ferry.",
        "The context information provided doesn't explicitly state when.",
        "There is no information about the captain in the articles.",
        "The question cannot be answered from the given text.",
        "It is not possible to determine this from the context.",
    ],
)
def test_a_plain_word_that_the_articles_do_not_tell_declines(said: str) -> None:
    assert declines(said)


@pytest.mark.parametrize(
    "said",
    [
        "Mira Lunde.",
        "Police could not say who fired.",
        "The mayor said she cannot answer for the council.",
        "Officials do not know how many people are missing.",
        "He said there is no evidence of fraud.",
        "Mira Lunde was captain. The context does not mention her age.",
        "The article of impeachment was approved.",
    ],
)
def test_news_of_someone_who_cannot_tell_is_an_answer(said: str) -> None:
    assert not declines(said)


@pytest.mark.slow
def test_the_starter_answers_from_two_chunks_and_leaves_no_server_behind(tmp_path: Path) -> None:
    path = write_articles([FERRY, MARKET, ORCHARD], tmp_path / "cache")
    questions = [Asked("Who was captain of the ferry?", DAY), Asked("Who voted?", dt.date(1999, 1, 1))]
    try:
        run = run_apart(STARTER_RAG, path, questions=questions, results=tmp_path / "starter.jsonl")
    except UsageError as missing:
        pytest.skip(str(missing))
    first, second = (timed.reply for timed in run.timed)
    assert first is not None, run.timed[0].error
    assert second is not None, run.timed[1].error
    assert first.text
    assert len(first.cited) == 2
    assert first.passages[:2] == first.cited
    assert len(first.passages) == 3
    assert first.cited[0].startswith("Ferry runs aground\n\nThe ferry Aurora")
    assert second.passages == ("Frost hits apple harvest\n\n" + ORCHARD.text,)  # the others were not yet published
    assert run.server_mib is not None
    assert run.server_mib > 90  # the weights alone
    assert _servers() == []


def _servers() -> list[str]:
    """The command lines of model servers in the group of processes that this one is in."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_text(encoding="utf-8", errors="replace")
            if "import serve" in command and os.getpgid(int(process.name)) == os.getpgrp():
                found.append(command)
    return found
