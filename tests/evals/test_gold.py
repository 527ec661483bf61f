from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from evals.gold import KINDS, load_gold
from evals.metrics import contains
from ingest.article import Span
from ingest.errors import GoldError, UnknownSourceError

CHECKOUT = Path(__file__).parents[2]
ARTICLES = {"fire.txt": "A fire broke out\nin Porto. The mayor spoke. The mayor spoke again."}

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


def seed_text(source: str) -> str:
    return (CHECKOUT / "seeds" / source).read_bytes().decode("utf-8")


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
    ],
)
def test_a_malformed_line_is_named_with_what_is_wrong(tmp_path: Path, line: str, complaint: str) -> None:
    path = written(tmp_path, row(id="q0"), "", line)
    with pytest.raises(GoldError) as raised:
        load_gold(path, source_text)
    assert str(raised.value).startswith(f"{path}:3: ")
    assert complaint in str(raised.value)


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
    cases = load_gold(CHECKOUT / "evals" / "gold.jsonl", seed_text)
    kinds = Counter(case.kind for case in cases)
    assert len(cases) >= 95
    assert set(kinds) == set(KINDS)
    assert kinds["unanswerable"] >= 25


def test_the_shipped_questions_are_about_all_five_articles() -> None:
    cases = load_gold(CHECKOUT / "evals" / "gold.jsonl", seed_text)
    cited = Counter(e.source for case in cases for e in case.evidence)
    assert set(cited) == {path.name for path in (CHECKOUT / "seeds").glob("*.txt")}
    assert min(cited.values()) >= 10


def test_quoting_the_evidence_of_a_shipped_question_answers_it() -> None:
    cases = load_gold(CHECKOUT / "evals" / "gold.jsonl", seed_text)
    unanswered = [
        case.id
        for case in cases
        if case.answerable and not contains("\n".join(e.quote for e in case.evidence), case.answers, need=case.need)
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
