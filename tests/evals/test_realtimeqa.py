"""The rules of the news quiz, worked by hand: which group a question is in, and what a reply to it is worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.answer import Abstention, Answer, Citation, Provenance, Statement
from evals.metrics import Part, word_line
from evals.newsquiz import QuizQuestion
from evals.realtimeqa import NO_REPLY, Group, Sought, case_of, choose_answer, look_up, measure_reply, reply_of
from evals.record import Case
from evals.reply import Reply
from ingest.batch import Batch, PreparedArticle
from store.hits import Filters, Hit
from store.search import Store, open_store
from tests.conftest import FERRY, FakeEncoder, batch_of, fake_build, prepare

DAY = dt.date(2021, 6, 1)


def question(
    *answers: str, urls: Sequence[str] = (), choices: Sequence[str] = (), asked: str = "Where?"
) -> QuizQuestion:
    return QuizQuestion("q1", DAY, asked, tuple(choices), answers, tuple(urls))


# --- where the answers stand --------------------------------------------------------------------------------

TEXTS = {
    "news#1": "The B-52 left SEATTLE–Tacoma.\nMr O'Neil's party waved.",
    "news#2": "Governor Lunde spoke in Port\n  Hallow; nobody cheered. [1] Then she left.",
    "news#3": "Apples are dear in the U.S. this year",
}
SOURCES = {"u1": "news#1", "u2": "news#2", "u3": "news#3"}


def found(*answers: str, urls: Sequence[str] = ("u1", "u2"), asked: str = "Where?") -> tuple[Group, tuple[str, ...]]:
    """The group of a question with those answers, and which listed articles hold one."""
    (sought,) = look_up([question(*answers, urls=urls, asked=asked)], SOURCES, TEXTS.__getitem__)
    return sought.group, sought.holders


@pytest.mark.parametrize(
    ("answer", "holders"),
    [
        ("b 52", ("news#1",)),
        ("Seattle", ("news#1",)),
        ("seattle-tacoma", ("news#1",)),
        ("O’Neils", ("news#1",)),
        ("The Port Hallow!", ("news#2",)),
        ("cheered. Then", ("news#2",)),
    ],
)
def test_an_answer_is_found_whatever_its_case_hyphens_and_punctuation(answer: str, holders: tuple[str, ...]) -> None:
    assert found(answer) == ("answerable", holders)


@pytest.mark.parametrize("part", ["art", "Hall", "Seat", "52 le", "Govern"])
def test_part_of_a_word_is_no_answer(part: str) -> None:
    assert found(part) == ("absent", ())


def test_every_listed_article_that_holds_any_wording_is_named_once() -> None:
    assert found("Lunde", "waved", urls=["u2", "u1", "u2", "u3"]) == ("answerable", ("news#2", "news#1"))


def test_an_answer_in_an_article_that_is_not_listed_is_elsewhere() -> None:
    assert found("apples", urls=["u1"]) == ("elsewhere", ())
    assert found("apples", urls=[]) == ("elsewhere", ())


def test_an_answer_in_no_article_is_absent() -> None:
    assert found("Oslo") == ("absent", ())


def test_an_answer_does_not_begin_in_one_article_and_end_in_the_next() -> None:
    assert found("party waved Governor Lunde") == ("absent", ())


def test_a_listed_article_that_is_not_indexed_holds_nothing() -> None:
    assert found("Seattle", urls=["gone"]) == ("elsewhere", ())


def test_a_question_that_points_at_its_choices_is_told_apart_wherever_its_answer_stands() -> None:
    assert found("Seattle", asked="Which of these is a port?") == ("needs choices", ("news#1",))
    assert found("None of the above") == ("needs choices", ())


def test_without_any_article_every_answer_is_absent() -> None:
    (sought,) = look_up([question("Seattle", urls=["u1"])], {}, TEXTS.__getitem__)
    assert sought.group == "absent"


def test_wordings_without_a_word_are_not_looked_for() -> None:
    (sought,) = look_up([question("?!", "Seattle", "SEATTLE", urls=["u1"])], SOURCES, TEXTS.__getitem__)
    assert sought.answers == (" seattle ",)


def test_an_article_is_read_once_however_many_questions_list_it() -> None:
    read: list[str] = []

    def text_of(source: str) -> str:
        read.append(source)
        return TEXTS[source]

    look_up([question("Seattle", urls=["u1"]), question("Oslo", urls=["u1"])] * 2, SOURCES, text_of)
    assert sorted(read) == ["news#1", "news#2", "news#3"]


# --- what a reply is worth ----------------------------------------------------------------------------------


def sought(*answers: str, group: Group = "answerable", choices: Sequence[str] = ()) -> Sought:
    return Sought(question(*answers, choices=choices), group, tuple(word_line(a) for a in answers), ())


def reply(
    short: str | None = None,
    first: str = "",
    *,
    declined: bool = False,
    passages: Sequence[str] = (),
    cited: Sequence[str] = (),
) -> Reply:
    return Reply(short, first, first, declined, 0.5, tuple(passages), tuple(cited))


def without_ranks(parts: Mapping[str, Part]) -> dict[str, Part]:
    return {name: part for name, part in parts.items() if not name.startswith("answer_at")}


def test_a_short_answer_that_holds_the_answer_is_right() -> None:
    said = reply("Port Hallow", "It sank there.", cited=["Off Port Hallow it sank.", "It sank."])
    assert without_ranks(measure_reply(sought("Port Hallow"), said)) == {
        "right": Part(1, 1),
        "would_be_right": Part(1, 1),
        "token_f1": Part(1.0, 1),
        "answered_right": Part(1, 1),
        "citation_precision": Part(1, 2),
    }


def test_a_first_sentence_that_holds_the_answer_is_right_though_the_short_answer_is_not() -> None:
    parts = measure_reply(sought("Port Hallow"), reply("Venn", "It sank off Port Hallow, not Venn."))
    assert parts["right"] == parts["answered_right"] == Part(1, 1)
    assert parts["token_f1"] == Part(0.0, 1)


def test_shared_words_are_counted_in_the_first_sentence_where_there_is_no_short_answer() -> None:
    parts = measure_reply(sought("Port Hallow"), reply(None, "It was Port Hallow."))
    assert parts["token_f1"].numerator == pytest.approx(2 * 2 / (4 + 2))  # shared: port, hallow


def test_shared_words_are_those_with_the_nearest_wording() -> None:
    parts = measure_reply(sought("Hallow", "the town of Port Hallow"), reply("Port Hallow town"))
    assert parts["token_f1"].numerator == pytest.approx(2 * 3 / (3 + 4))  # town, port, hallow


def test_a_wrong_answer_is_answered_and_not_right() -> None:
    parts = measure_reply(sought("Port Hallow"), reply("Venn", "It sank off Venn.", cited=["Off Venn."]))
    assert without_ranks(parts) == {
        "right": Part(0, 1),
        "would_be_right": Part(0, 1),
        "token_f1": Part(0.0, 1),
        "answered_right": Part(0, 1),
        "citation_precision": Part(0, 1),
    }


def test_what_is_declined_is_not_right_and_not_answered_whatever_it_mentions() -> None:
    said = reply(None, "Port Hallow is not mentioned.", declined=True, cited=["Port Hallow"])
    assert without_ranks(measure_reply(sought("Port Hallow"), said)) == {
        "right": Part(0, 1),
        "would_be_right": Part(0, 1),
        "token_f1": Part(0.0, 1),
    }


def test_what_would_have_been_said_counts_where_it_was_declined() -> None:
    declined = reply(declined=True)
    parts = measure_reply(sought("Port Hallow"), declined, forced=reply("Port Hallow"))
    assert (parts["right"], parts["would_be_right"]) == (Part(0, 1), Part(1, 1))
    parts = measure_reply(sought("Port Hallow"), declined, forced=reply("Venn"))
    assert (parts["right"], parts["would_be_right"]) == (Part(0, 1), Part(0, 1))


def test_the_answer_counts_from_the_first_passage_that_holds_it() -> None:
    passages = ["a", "b", "c", "d", "e", "Off Port Hallow.", "Port Hallow again."]  # the sixth
    parts = measure_reply(sought("Port Hallow"), reply("Venn", passages=passages))
    at = {name: part for name, part in parts.items() if name.startswith("answer_at")}
    assert at == {
        "answer_at_1": Part(0, 1),
        "answer_at_5": Part(0, 1),
        "answer_at_10": Part(1, 1),
        "answer_at_20": Part(1, 1),
    }


def test_passages_count_of_what_was_declined_too() -> None:
    assert measure_reply(sought("Venn"), reply(declined=True, passages=["Venn"]))["answer_at_1"] == Part(1, 1)


def test_no_passage_holds_the_answer_at_any_rank() -> None:
    assert measure_reply(sought("Venn"), reply("x", passages=["a"] * 30))["answer_at_20"] == Part(0, 1)


@pytest.mark.parametrize("declined", [True, False])
def test_where_no_article_says_only_declining_is_measured(declined: bool) -> None:
    said = reply("Oslo", "Oslo.", declined=declined, passages=["Oslo"], cited=["Oslo"])
    assert measure_reply(sought("Oslo", group="absent"), said) == {
        "abstained": Part(declined, 1),
        "would_be_right": Part(0, 1),
    }


@pytest.mark.parametrize("group", ["elsewhere", "needs choices"])
def test_the_other_groups_count_for_multiple_choice_alone(group: Group) -> None:
    said = reply("Venn")
    assert measure_reply(sought("Venn", group=group), said) == {}
    assert measure_reply(sought("Venn", group=group, choices=["Oslo", "Venn"]), said) == {"choice_accuracy": Part(1, 1)}


def test_a_choice_is_right_when_it_is_a_wording_of_the_answer() -> None:
    asked = sought("Port Hallow", choices=["Hallow", "port-hallow", "Venn"])
    assert measure_reply(asked, reply("Port Hallow"))["choice_accuracy"] == Part(1, 1)
    assert measure_reply(asked, reply("Hallow"))["choice_accuracy"] == Part(0, 1)


def test_the_choice_of_what_was_declined_is_that_of_what_would_have_been_said() -> None:
    asked = sought("Venn", choices=["Oslo", "Venn"])
    parts = measure_reply(asked, reply(declined=True), forced=reply("Venn"))
    assert parts["choice_accuracy"] == Part(1, 1)


def test_no_reply_is_a_wrong_one() -> None:
    parts = measure_reply(sought("Venn"), NO_REPLY)
    assert parts["right"] == parts["answered_right"] == Part(0, 1)


# --- which choice a reply speaks for ------------------------------------------------------------------------

TOWNS = ("Oslo", "Venn", "Port Hallow", "Hallow")


def test_the_short_answer_goes_before_the_first_sentence_and_that_before_the_passages() -> None:
    assert choose_answer(TOWNS, reply("Venn", "Oslo", passages=["Port Hallow"])) == 1
    assert choose_answer(TOWNS, reply("in June", "Oslo", passages=["Port Hallow"])) == 0
    assert choose_answer(TOWNS, reply("in June", "It rained.", passages=["Venn"])) == 1


def test_of_choices_that_are_named_the_longest_is_meant() -> None:
    assert choose_answer(TOWNS, reply("Port Hallow")) == 2
    assert choose_answer(TOWNS, reply("Hallow")) == 3


def test_equally_long_choices_that_are_named_go_by_the_passages() -> None:
    assert choose_answer(TOWNS, reply("Oslo or Venn", passages=["Venn"])) == 1
    assert choose_answer(TOWNS, reply("Venn or Oslo")) == 0  # no evidence: the earlier one


def test_each_passage_counts_by_its_rank() -> None:
    assert choose_answer(TOWNS, reply(passages=["Venn", "Oslo", "Oslo"])) == 1  # 1 against 1/2 + 1/3
    assert choose_answer(TOWNS, reply(passages=["Venn", *["Oslo"] * 3])) == 0  # 1 against 1/2 + 1/3 + 1/4


def test_without_any_evidence_the_first_choice_is_guessed() -> None:
    assert choose_answer(TOWNS, NO_REPLY) == 0
    assert choose_answer(TOWNS, reply(passages=["Venn and Oslo"])) == 0


def test_a_choice_without_words_is_never_named() -> None:
    assert choose_answer(["?", "Venn"], reply("Venn?")) == 1


# --- Dateline's own answers over a store --------------------------------------------------------------------

PROVENANCE = Provenance(1, "encoder", "reader", "settings", "extractive", DAY)
SENTENCE = "The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard."
FOG = "Captain Mira Lunde said the fog came down within minutes."


def hits(store: Store, *numbers: int) -> tuple[Hit, ...]:
    """Passages of the ferry's article by number, ranked in that order."""
    article = store.article("ferry.txt")
    passages = store.passages(article.article_id)
    return tuple(Hit(passages[n], article, 1 / rank, rank) for rank, n in enumerate(numbers, start=1))


def quoting(store: Store, quote: str, *, short: str | None = None, ranked: Sequence[int] = (0, 1, 2)) -> Answer:
    article = store.article("ferry.txt")
    start = store.source_text("ferry.txt").index(quote)
    citation = Citation(
        1, "ferry.txt", start, start + len(quote), quote, None, None, None, "not stated", article.article_id
    )
    statements = (Statement(quote, (1,), "verbatim"),)
    return Answer("q", "q", short, statements, (citation,), hits(store, *ranked), Filters(), 0.9, None, PROVENANCE)


def declining(store: Store, *, ranked: Sequence[int] = (0, 1, 2)) -> Answer:
    abstention = Abstention("The articles do not say.", "q")
    return Answer("q", "q", None, (), (), hits(store, *ranked), Filters(), 0.2, abstention, PROVENANCE)


def went(
    store: Store,
    answer: Answer | None,
    *,
    answers: Sequence[str] = ("212",),
    urls: Sequence[str] = ("u1",),
    forced: Answer | None = None,
    error: str | None = None,
) -> Case:
    """How a question about the ferry went that was answered so."""
    (item,) = look_up([question(*answers, urls=urls)], {"u1": "ferry.txt"}, store.source_text)
    return case_of(item, answer, forced, store, seconds=0.5, error=error)


def test_an_answer_is_measured_by_its_short_words_first_statement_passages_and_quotes(tmp_store: Store) -> None:
    assert reply_of(quoting(tmp_store, FOG, short="Mira Lunde", ranked=(1,))) == Reply(
        "Mira Lunde",
        FOG,
        f"{FOG} [1]",
        False,
        0.9,
        (f'{FOG} "We saw nothing at all," she told reporters.',),
        (FOG,),
    )


def test_an_abstention_says_nothing_that_could_be_right(tmp_store: Store) -> None:
    said = reply_of(declining(tmp_store, ranked=()))
    assert said == Reply(None, "", "The articles do not say.", True, 0.2, (), ())


def test_a_right_answer_is_lost_nowhere(tmp_store: Store) -> None:
    case = went(tmp_store, quoting(tmp_store, SENTENCE))
    assert (case.kind, case.right, case.as_expected, case.lost_at, case.evidence) == (
        "answerable",
        True,
        True,
        None,
        (),
    )
    assert case.parts["citation_exact"] == case.parts["citation_precision"] == case.parts["completed"] == Part(1, 1)


def test_what_is_cited_is_shown_as_it_stands_in_the_article(tmp_store: Store) -> None:
    (place,) = went(tmp_store, quoting(tmp_store, FOG)).cited
    assert (place.source, place.quote) == ("ferry.txt", FOG)
    assert place.before.endswith("212 passengers aboard.\n\n")
    assert place.after.startswith(' "We saw nothing')


def test_a_citation_that_moved_is_not_exact(tmp_store: Store) -> None:
    answer = quoting(tmp_store, SENTENCE)
    (citation,) = answer.citations
    moved = replace(answer, citations=(replace(citation, start=citation.start + 1, end=citation.end + 1),))
    assert went(tmp_store, moved).parts["citation_exact"] == Part(0, 1)


def test_what_no_passage_holds_was_not_selected(tmp_path: Path, write: Callable[[Batch], Path]) -> None:
    whole = prepare(FERRY, source="ferry.txt")
    path = write(batch_of(without_first_paragraph(whole)))
    with open_store(path, encoder=FakeEncoder(), build=fake_build()) as store:
        assert went(store, declining(store, ranked=(0, 1))).lost_at == "selection"
        assert went(store, quoting(store, FOG, ranked=(0, 1))).lost_at == "selection"


def without_first_paragraph(whole: PreparedArticle) -> PreparedArticle:
    article = replace(whole.article, body=whole.article.body[1:])
    return replace(whole, article=article, spans=whole.spans[1:], vectors=whole.vectors[1:])


def test_what_no_passage_found_holds_was_not_retrieved(tmp_store: Store) -> None:
    assert went(tmp_store, quoting(tmp_store, FOG, ranked=(1, 2))).lost_at == "retrieval"
    assert went(tmp_store, declining(tmp_store, ranked=())).lost_at == "retrieval"


def test_what_came_after_the_fifth_passage_was_not_ranked(tmp_store: Store) -> None:
    case = went(tmp_store, quoting(tmp_store, FOG, ranked=(1, 2, 1, 2, 1, 0)))
    assert (case.lost_at, case.evidence_rank) == ("ranking", 6)


def test_what_was_there_to_be_read_was_lost_in_reading_or_in_declining(tmp_store: Store) -> None:
    fifth = (1, 2, 1, 2, 0)
    assert went(tmp_store, quoting(tmp_store, FOG, ranked=fifth)).lost_at == "reading"
    assert went(tmp_store, declining(tmp_store, ranked=fifth)).lost_at == "abstention"


def test_an_answer_to_what_no_article_says_is_lost_as_answered(tmp_store: Store) -> None:
    answered = went(tmp_store, quoting(tmp_store, FOG), answers=["Oslo"])
    assert (answered.kind, answered.right, answered.as_expected, answered.lost_at) == (
        "absent",
        None,
        False,
        "answered",
    )
    declined = went(tmp_store, declining(tmp_store), answers=["Oslo"])
    assert (declined.as_expected, declined.lost_at, declined.expected) == (True, None, ())


@pytest.mark.parametrize(("answers", "urls"), [(["212"], ["u1"]), (["Oslo"], ["u1"]), (["212"], [])])
def test_an_error_is_lost_as_one_and_not_completed(tmp_store: Store, answers: list[str], urls: list[str]) -> None:
    case = went(tmp_store, None, answers=answers, urls=urls, error="RuntimeError: no model")
    assert (case.as_expected, case.lost_at, case.error) == (False, "error", "RuntimeError: no model")
    assert case.parts["completed"] == Part(0, 1)
    assert "citation_exact" not in case.parts


def test_a_question_answered_elsewhere_goes_as_expected_whatever_is_said(tmp_store: Store) -> None:
    for answer in (quoting(tmp_store, FOG), declining(tmp_store)):
        case = went(tmp_store, answer, urls=[])
        assert (case.kind, case.right, case.as_expected, case.lost_at) == ("elsewhere", None, True, None)


def test_a_lost_question_shows_where_its_answer_stands(tmp_store: Store) -> None:
    (place,) = went(tmp_store, declining(tmp_store), answers=["212 Passengers"]).evidence
    text = tmp_store.source_text("ferry.txt")
    assert place.quote == text[place.start : place.end] == "212 passengers"


def test_what_was_withheld_is_kept_beside_what_was_said(tmp_store: Store) -> None:
    case = went(tmp_store, declining(tmp_store), forced=quoting(tmp_store, SENTENCE))
    assert (case.said, case.withheld) == ("The articles do not say.", f"{SENTENCE} [1]")
    assert (case.right, case.parts["would_be_right"]) == (False, Part(1, 1))


@pytest.fixture
def reopened(tmp_store: Store) -> Iterator[Store]:
    """A second look at the same store."""
    with open_store(tmp_store.path, encoder=FakeEncoder(), build=fake_build()) as store:
        yield store


def test_a_case_depends_on_what_the_store_holds_and_not_on_who_opened_it(tmp_store: Store, reopened: Store) -> None:
    answer = quoting(tmp_store, FOG)
    assert went(tmp_store, answer) == went(reopened, answer)
