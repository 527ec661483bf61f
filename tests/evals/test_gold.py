from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from evals.expected import Expectation, Window
from evals.gold import KINDS, GoldCase, load_gold
from evals.metrics import contains
from evals.run import INVENTED, text_of_files
from ingest.article import Span
from ingest.errors import GoldError, UnknownSourceError

CHECKOUT = Path(__file__).parents[2]
ARTICLES = {"fire.txt": "A fire broke out\nin Porto. The mayor spoke. The mayor spoke again."}

ENOUGH = {
    **dict.fromkeys(("list", "number", "date", "yes-no", "quote", "explanation", "timeline", "comparison"), 15),
    **dict.fromkeys(("definition", "disagreement", "attribution", "misleading", "ambiguous"), 15),
    "follow-up": 20,
    "time": 25,
    "count": 20,
}

ANSWERED: dict[str, object] = {
    "id": "q1",
    "kind": "place",
    "question": "Where was the fire?",
    "history": [],
    "answers": ["Porto"],
    "evidence": [["fire.txt", "out\nin Porto"]],
    "need": "any",
}


def source_text(source: str) -> str:
    try:
        return ARTICLES[source]
    except KeyError as error:
        raise UnknownSourceError(f"nearest: {', '.join(ARTICLES)}") from error


def shipped() -> tuple[GoldCase, ...]:
    return load_gold(
        CHECKOUT / "evals" / "gold.jsonl", text_of_files(CHECKOUT / "seeds"), invented=text_of_files(INVENTED)
    )


def written(folder: Path, *lines: str) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def row(**changes: object) -> str:
    return json.dumps({**ANSWERED, **changes})


def test_a_quote_is_located_in_its_article(tmp_path: Path) -> None:
    (case,) = load_gold(written(tmp_path, row()), source_text)
    assert case.evidence[0].spans == (Span(13, 25),)


def test_every_place_where_a_repeated_quote_stands_is_evidence(tmp_path: Path) -> None:
    line = row(answers=["mayor"], evidence=[["fire.txt", "The mayor spoke"]])
    (case,) = load_gold(written(tmp_path, line), source_text)
    assert case.evidence[0].spans == (Span(27, 42), Span(44, 59))


def test_blank_lines_are_skipped_and_cases_keep_their_order(tmp_path: Path) -> None:
    cases = load_gold(written(tmp_path, row(id="b"), "", row(id="a")), source_text)
    assert [case.id for case in cases] == ["b", "a"]


def test_a_case_without_answers_is_expected_to_decline(tmp_path: Path) -> None:
    (case,) = load_gold(written(tmp_path, row(kind="unanswerable", answers=[], evidence=[])), source_text)
    assert not case.answerable


def test_a_misleading_question_may_have_an_answer(tmp_path: Path) -> None:
    (case,) = load_gold(written(tmp_path, row(kind="misleading")), source_text)
    assert case.answerable


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{not json", "invalid JSON"),
        ("[1, 2]", "one JSON object"),
        (row(id="q0"), "'q0' is taken by line 1"),
        (row(kind="riddle"), "kind is one of"),
        (row(kind=["fact"]), "kind is one of"),
        (row(need="most"), "need is one of any, all"),
        (row(extra=1), "unknown key 'extra'"),
        (json.dumps({k: v for k, v in ANSWERED.items() if k != "need"}), "'need' is missing"),
        (row(id=7), "id holds text, not 7"),
        (row(question="  "), "question holds text"),
        (row(history="before"), "history is a list of texts"),
        (row(history=[1]), "history holds text"),
        (row(answers="Porto"), "answers is a list of texts"),
        (row(answers=[""]), "answers holds text"),
        (row(evidence="fire.txt"), "list of [source, quote] pairs"),
        (row(evidence=[["fire.txt"]]), "list of [source, quote] pairs"),
        (row(evidence=[["fire.txt", 1]]), "evidence holds text"),
        (row(evidence=[["flood.txt", "Porto"]]), "no article has the source 'flood.txt': nearest: fire.txt"),
        (row(evidence=[["fire.txt", "out in Porto"]]), "does not stand in fire.txt"),
        (row(evidence=[]), "an answerable question has evidence"),
        (row(kind="misleading", answers=[]), "evidence without answers"),
        (row(answers=[], evidence=[]), "a question of kind 'place' has answers"),
        (row(kind="unanswerable"), "an unanswerable question has no answers"),
        (row(kind="follow-up"), "a follow-up has history"),
        (row(articles="mine"), "articles is one of seeds, invented"),
        (row(articles="invented"), "the invented articles are not among those measured"),
        (row(as_of="yesterday"), "as_of holds days such as 2020-01-28, not 'yesterday'"),
        (row(as_of=2020), "as_of holds text, not 2020"),
        (row(expect=["Porto"]), "expect is a JSON object"),
        (row(expect={"side": []}), "unknown key 'side' in expect"),
        (row(expect={"sides": []}), "sides is a list with something in it"),
        (row(expect={"sides": ["12", "47"]}), "sides is a list with something in it, not '12'"),
        (row(expect={"items": [[""]]}), "items holds text"),
        (row(expect={"newest": "47"}), "give the sides"),
        (row(expect={"count": -1}), "count holds a number from 0 on"),
        (row(expect={"count": True}), "count holds a number from 0 on"),
        (row(expect={"order": "latest"}), "order is one of newest, oldest"),
        (row(expect={"layout": "table"}), "layout is one of statements, list"),
        (row(expect={"yes_no": "maybe"}), "yes_no is one of yes, no"),
        (row(expect={"filters": {"from": "2020-01-01"}}), 'filters holds {"from": day, "to": day}'),
        (row(expect={"filters": []}), 'filters holds {"from": day, "to": day}'),
        (row(expect={"filters": {"from": "2020-13-01", "to": None}}), "filters.from holds days"),
        (row(expect={"events": [["soon"]]}), "events holds days"),
        (row(expect={"statements": [5, 2]}), "statements holds the least and the most"),
        (row(kind="unanswerable", answers=[], evidence=[], expect={"count": 0}), "has no answers"),
    ],
)
def test_a_malformed_line_is_named_with_what_is_wrong(tmp_path: Path, line: str, complaint: str) -> None:
    path = written(tmp_path, row(id="q0"), "", line)
    with pytest.raises(GoldError) as raised:
        load_gold(path, source_text)
    assert str(raised.value).startswith(f"{path}:3: ")
    assert complaint in str(raised.value)


def test_without_the_optional_keys_a_case_is_about_the_articles_given_today_and_expects_nothing_more(
    tmp_path: Path,
) -> None:
    (case,) = load_gold(written(tmp_path, row()), source_text)
    assert (case.articles, case.as_of, case.expect) == ("seeds", None, None)


def test_a_case_about_the_invented_articles_is_checked_on_those(tmp_path: Path) -> None:
    line = row(articles="invented", as_of="2023-12-15", expect={})
    (case,) = load_gold(written(tmp_path, line), lambda source: "", invented=source_text)
    assert (case.articles, case.as_of, case.expect) == ("invented", dt.date(2023, 12, 15), Expectation())


def test_each_end_of_a_filter_may_be_read_in_several_ways(tmp_path: Path) -> None:
    filters = [{"from": ["2023-06-01", "2023-06-21"], "to": None}, {"from": None, "to": "2023-06-30"}]
    (case,) = load_gold(written(tmp_path, row(expect={"filters": filters})), source_text)
    june = dt.date(2023, 6, 1), dt.date(2023, 6, 21)
    assert case.expect is not None
    assert case.expect.windows == (Window(june, (None,)), Window((None,), (dt.date(2023, 6, 30),)))


def test_events_are_days_or_several_that_are_right(tmp_path: Path) -> None:
    (case,) = load_gold(
        written(tmp_path, row(expect={"events": ["2023-06-01", ["2023-07-01", "2023-07-02"]]})), source_text
    )
    assert case.expect is not None
    assert [len(days) for days in case.expect.events] == [1, 2]


def test_a_case_that_expects_a_count_is_answerable_without_answers_or_evidence(tmp_path: Path) -> None:
    (case,) = load_gold(written(tmp_path, row(kind="count", answers=[], evidence=[], expect={"count": 0})), source_text)
    assert case.answerable


def test_a_question_about_a_time_in_which_nothing_lies_is_to_be_declined_with_its_filters(tmp_path: Path) -> None:
    filters = {"from": "2019-01-01", "to": "2019-12-31"}
    line = row(kind="time", answers=[], evidence=[], expect={"filters": filters, "undated_left_out": 2})
    (case,) = load_gold(written(tmp_path, line), source_text)
    assert not case.answerable


def test_a_file_without_questions_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"gold\.jsonl: no questions"):
        load_gold(written(tmp_path, ""), source_text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"none\.jsonl"):
        load_gold(tmp_path / "none.jsonl", source_text)


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GoldError, match=r"gold\.jsonl"):
        load_gold(path, source_text)


def test_the_shipped_questions_fit_the_shipped_articles() -> None:
    cases = shipped()
    kinds = Counter(case.kind for case in cases)
    assert len(cases) >= 400
    assert set(kinds) == set(KINDS)
    assert kinds["unanswerable"] >= 25


def test_the_first_questions_are_those_that_figures_have_been_compared_over_from_the_start() -> None:
    first = [case for case in shipped() if case.expect is None]
    assert [case.id for case in first] == [f"g{n:03d}" for n in range(1, 132)]
    assert {case.articles for case in first} == {"seeds"}


@pytest.mark.parametrize("kind", ENOUGH)
def test_there_are_enough_shipped_questions_of_each_kind(kind: str) -> None:
    assert sum(case.kind == kind and case.expect is not None for case in shipped()) >= ENOUGH[kind]


def test_the_shipped_questions_are_about_all_five_articles() -> None:
    cases = shipped()
    cited = Counter(e.source for case in cases if case.articles == "seeds" for e in case.evidence)
    assert set(cited) == {path.name for path in (CHECKOUT / "seeds").glob("*.txt")}
    assert min(cited.values()) >= 10


def test_quoting_the_evidence_of_a_shipped_question_answers_it() -> None:
    cases = shipped()
    unanswered = [
        case.id
        for case in cases
        if case.answers
        and case.kind != "count"
        and not contains("\n".join(e.quote for e in case.evidence), case.answers, need=case.need)
    ]
    assert unanswered == []


def test_every_malformed_line_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("{}\n\n{broken\n", encoding="utf-8")
    with pytest.raises(GoldError) as raised:
        load_gold(path, lambda source: "")
    first, second = str(raised.value).splitlines()
    assert first.startswith(f"{path}:1: the key ")
    assert second.startswith(f"{path}:3: invalid JSON")


def test_of_many_malformed_lines_twenty_are_named(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("{}\n" * 812, encoding="utf-8")
    with pytest.raises(GoldError) as raised:
        load_gold(path, lambda source: "")
    assert str(raised.value).splitlines()[-1] == "and 792 more"
