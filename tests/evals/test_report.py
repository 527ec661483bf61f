from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.answer import Abstention, Answer, Citation, Provenance, Statement
from evals import run
from evals.__main__ import Options, main, measure
from evals.gate import Baseline, load_baseline, write_baseline
from evals.gold import Evidence, GoldCase
from evals.metrics import Part
from evals.record import ALL, Record, load_record, write_record
from evals.report import KS, MEASURES, build_report, format_misses, format_report, format_stages
from evals.run import Corpus, Score, ask_all, digest_corpus, digest_index, score
from ingest.article import Article, Passage, PublicationDate, Span
from ingest.errors import GoldError, UnknownSourceError, UsageError
from store import Filters, Hit

TEXT = "A fire broke out in Porto on Monday. The mayor, Ana Reis, spoke. Nobody was hurt."
ARTICLE = Article("d1", ("fire.txt", "copy.txt"), "Fire", None, (), PublicationDate(None, "none"), (Span(0, 81),), "f")
PROVENANCE = Provenance(1, "encoder", "reader", "settings", "extractive", dt.date(2024, 1, 1))

PLACE = GoldCase("g1", "place", "Where?", (), ("Porto",), (Evidence("fire.txt", "Porto", (Span(20, 25),)),), "any")
MAYOR = GoldCase("g2", "fact", "Mayor?", (), ("Ana Reis",), (Evidence("copy.txt", "Ana Reis", (Span(48, 56),)),), "any")
CAUSE = GoldCase("g3", "unanswerable", "What caused it?", (), (), (), "any")
LATER = GoldCase("g4", "misleading", "Who lit it?", ("Where?",), (), (), "any")


def source_text(source: str) -> str:
    if source not in ARTICLE.sources:
        raise UnknownSourceError(source)
    return TEXT


def hit(rank: int, start: int, end: int) -> Hit:
    return Hit(Passage(rank, "d1", start, end, TEXT[start:end]), ARTICLE, 1 / rank, rank)


HITS = (hit(1, 65, 81), hit(2, 0, 36), hit(3, 37, 64))


def saying(start: int, end: int, *, short: str | None = None, source: str = "fire.txt") -> Answer:
    quote = TEXT[start:end]
    citation = Citation(1, source, start, end, quote, None, None, None, "none", "d1")
    statements = (Statement(quote, (1,), "verbatim"),)
    return Answer("q", "q", short, statements, (citation,), HITS, Filters(), 0.9, None, PROVENANCE)


def declining() -> Answer:
    abstention = Abstention("The articles do not say.", "q")
    return Answer("q", "q", None, (), (), HITS, Filters(), 0.1, abstention, PROVENANCE)


def clock() -> Callable[[], float]:
    """A clock that moves on by 0.1 s each time it is read."""
    ticks: Iterator[int] = iter(range(10_000))
    return lambda: next(ticks) / 10


def scores_of(*pairs: tuple[GoldCase, Answer | Exception]) -> list[Score]:
    said = {case.question: answer for case, answer in pairs}

    def ask(question: str, *, history: Sequence[str]) -> Answer:
        answer = said[question]
        if isinstance(answer, Exception):
            raise answer
        return answer

    outcomes = ask_all([case for case, _ in pairs], ask, clock=clock())
    return [score(outcome, source_text, ks=KS) for outcome in outcomes]


def report_of(*pairs: tuple[GoldCase, Answer | Exception]) -> Record:
    return build_report(scores_of(*pairs), title="the fire", pins={"gold": "gold", "articles": "articles"})


MIXED: tuple[tuple[GoldCase, Answer | Exception], ...] = (
    (PLACE, saying(0, 36, short="in Porto")),
    (MAYOR, saying(65, 81)),
    (CAUSE, declining()),
    (LATER, saying(65, 81)),
)


def value(report: Record, measure: str, kind: str = ALL) -> float | None:
    return report.figures[kind][measure].value


# --- one case ---


def test_an_answer_with_words_and_evidence_is_right() -> None:
    (scored,) = scores_of((PLACE, saying(0, 36, short="in Porto")))
    assert scored.right
    assert scored.token_f1 == pytest.approx(2 / 3)  # shared "porto"; 2 · 1 / (2 + 1)
    assert scored.reciprocal_rank == 0.5
    assert scored.recall == ((1, 0.0), (5, 1.0), (10, 1.0))
    assert (scored.exact, scored.cited, scored.evidenced) == (Part(1, 1), Part(1, 1), Part(1, 1))


def test_evidence_named_by_another_source_of_the_same_article_counts() -> None:
    (scored,) = scores_of((MAYOR, saying(37, 64)))
    assert scored.right


def test_a_citation_that_is_not_the_text_is_inexact() -> None:
    answer = saying(0, 36)
    moved = replace(answer, citations=(replace(answer.citations[0], start=1, end=37),))
    (scored,) = scores_of((PLACE, moved))
    assert scored.exact == Part(0, 1)


def test_a_citation_of_an_unknown_source_is_inexact() -> None:
    (scored,) = scores_of((PLACE, saying(0, 36, source="gone.txt")))
    assert scored.exact == Part(0, 1)


def test_an_answerable_question_that_was_declined_is_not_right() -> None:
    (scored,) = scores_of((PLACE, declining()))
    assert (scored.right, scored.declined, scored.as_expected) == (False, True, False)
    assert scored.reciprocal_rank == 0.5


def test_an_unanswerable_question_has_no_right_answer_and_no_recall() -> None:
    (scored,) = scores_of((CAUSE, declining()))
    assert scored.as_expected
    assert (scored.right, scored.token_f1, scored.reciprocal_rank, scored.recall) == (None, None, None, ())


def test_a_question_that_raises_is_counted_and_the_rest_goes_on() -> None:
    failed, fine = scores_of((PLACE, RuntimeError("no model")), (CAUSE, declining()))
    assert (failed.error, failed.right, failed.declined) == ("RuntimeError: no model", False, False)
    assert fine.as_expected


def test_an_unanswerable_question_that_raises_was_not_declined() -> None:
    report = report_of((CAUSE, RuntimeError("no model")))
    assert value(report, "abstention_recall") == 0.0


def test_the_history_of_a_follow_up_is_asked_with_it() -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []

    def ask(question: str, *, history: Sequence[str]) -> Answer:
        asked.append((question, tuple(history)))
        return declining()

    ask_all([LATER], ask)
    assert asked == [("Who lit it?", ("Where?",))]


# --- the report ---


def test_figures_are_over_the_cases_they_concern() -> None:
    report = report_of(*MIXED)
    assert value(report, "as_expected") == 0.5
    assert value(report, "right") == 0.5
    assert report.figures[ALL]["right"].n == 2
    assert value(report, "citation_exact") == 1.0
    assert report.figures[ALL]["citation_exact"].n == 3
    assert value(report, "citation_precision") == 0.5
    assert value(report, "citation_recall") == 0.5
    assert value(report, "abstention_precision") == 1.0
    assert value(report, "abstention_recall") == 0.5
    assert value(report, "abstention_f1") == pytest.approx(2 / 3)
    assert value(report, "completed") == 1.0


def test_figures_are_given_by_kind_in_the_order_of_the_kinds() -> None:
    report = report_of(*MIXED)
    assert list(report.figures) == [ALL, "fact", "place", "misleading", "unanswerable"]
    assert value(report, "right", "place") == 1.0
    assert value(report, "right", "unanswerable") is None


def test_latency_is_in_milliseconds() -> None:
    assert report_of(*MIXED).latency[ALL].p50_ms == pytest.approx(100)


def test_the_text_names_every_kind_and_every_error() -> None:
    text = format_report(report_of(*MIXED[1:], (PLACE, RuntimeError("no model"))))
    assert "unanswerable" in text
    assert "error in 1 of 4 questions: RuntimeError: no model (g1)" in text


def test_misses_show_what_was_expected_and_said_and_where_it_was_lost() -> None:
    text = format_misses(report_of(*MIXED))
    assert "g2 fact: Mayor?\n    expected: Ana Reis\n    not read: " in text
    assert "got: Nobody was hurt. [1]" in text
    assert "g4 misleading: Where? → Who lit it?\n    expected: decline\n    wrongly answered" in text
    assert "g1" not in text
    assert "g3" not in text


def lost(case: GoldCase, answer: Answer | Exception, *, selected: Sequence[Span] = (Span(0, 81),)) -> str | None:
    (outcome,) = ask_all([case], asking(answer))
    return score(outcome, source_text, ks=KS, selected=lambda source: selected).lost_at


def asking(answer: Answer | Exception) -> Callable[..., Answer]:
    def ask(question: str, *, history: Sequence[str]) -> Answer:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def test_a_question_that_goes_as_expected_is_lost_nowhere() -> None:
    assert lost(PLACE, saying(0, 36)) is None
    assert lost(CAUSE, declining()) is None


def test_what_was_not_selected_is_lost_before_anything_is_retrieved() -> None:
    assert lost(PLACE, declining(), selected=(Span(40, 81),)) == "selection"


def test_evidence_in_no_hit_is_lost_in_retrieval() -> None:
    assert lost(PLACE, replace(declining(), hits=HITS[:1])) == "retrieval"


def test_evidence_after_the_fifth_hit_is_lost_in_ranking() -> None:
    hits = (*(hit(rank, 65, 81) for rank in range(1, 6)), hit(6, 0, 36))
    assert lost(PLACE, replace(declining(), hits=hits)) == "ranking"
    assert lost(PLACE, replace(saying(65, 81), hits=hits)) == "ranking"


def test_evidence_among_the_first_hits_is_lost_in_reading_or_in_declining() -> None:
    assert lost(PLACE, saying(65, 81)) == "reading"
    assert lost(PLACE, declining()) == "abstention"


def test_an_answer_to_what_the_articles_do_not_say_and_an_error_are_told_apart() -> None:
    assert lost(CAUSE, saying(0, 36)) == "answered"
    assert lost(CAUSE, RuntimeError("no model")) == "error"


def test_stages_are_counted_in_their_order() -> None:
    lines = format_stages(report_of(*MIXED)).splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["reading", "1"], ["answered", "1"]]


def test_a_record_survives_being_written(tmp_path: Path) -> None:
    record = report_of(*MIXED, (replace(PLACE, id="g9"), RuntimeError("no model")))
    write_record(tmp_path / "run.json", record)
    assert load_record(tmp_path / "run.json") == record


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": 1}', '{"format": 99}', '{"format": 1, "cases": 3}'])
def test_a_malformed_run_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(UsageError, match=r"run\.json"):
        load_record(tmp_path / "run.json")


# --- digests ---


def test_the_corpus_digest_depends_on_articles_and_not_on_their_order() -> None:
    pairs = [("a.txt", "1"), ("b.txt", "2")]
    assert digest_corpus(pairs) == digest_corpus(pairs[::-1])
    assert digest_corpus(pairs) != digest_corpus([("a.txt", "2"), ("b.txt", "1")])


def test_the_index_digest_changes_with_an_article_and_the_encoder_only(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    before = digest_index(tmp_path, encoder_name="m")
    (tmp_path / ".dateline").mkdir()
    (tmp_path / ".dateline" / "catalog").write_text("x")
    assert digest_index(tmp_path, encoder_name="m") == before
    assert digest_index(tmp_path, encoder_name="n") != before
    (tmp_path / "a.txt").write_text("two")
    assert digest_index(tmp_path, encoder_name="m") != before


def test_without_articles_to_measure_on_the_two_places_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHECKOUT", tmp_path / "installed")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"installed/seeds nor .*/seeds; .*--articles"):
        run.find_articles()


def test_the_working_folder_may_be_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seeds").mkdir()
    monkeypatch.setattr(run, "CHECKOUT", tmp_path / "installed")
    monkeypatch.chdir(tmp_path)
    assert run.find_articles() == tmp_path / "seeds"


# --- the command ---


def opened(articles: Path, threshold: float | None) -> Corpus:
    """The one article, behind an `ask` that is right about the fire and declines the rest."""

    def ask(question: str, *, history: Sequence[str]) -> Answer:
        return saying(0, 36) if question == "Where?" else declining()

    return Corpus(ask, source_text, digest=articles.name, index=articles)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    evidence = [["fire.txt", "Porto"]]
    place = {"id": "g1", "kind": "place", "question": "Where?", "answers": ["Porto"], "evidence": evidence}
    cause = {"id": "g2", "kind": "unanswerable", "question": "Why?", "answers": [], "evidence": []}
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps({**row, "history": [], "need": "any"}) + "\n" for row in (place, cause)))
    return path


def evaluate(gold: Path, *flags: str) -> int:
    return main(["--gold", str(gold), "--articles", "news", *flags], opened=opened)


def gold_of_both(folder: Path) -> Path:
    """A question about the invented archive, and after it one about the fire."""
    evidence = [["wire.jsonl#1", "was acquitted of fraud on Tuesday"]]
    trial = {"id": "f1", "kind": "date", "question": "When?", "answers": ["Tuesday"], "evidence": evidence}
    trial |= {"articles": "invented", "as_of": "2023-12-15", "expect": {"filters": {"from": None, "to": None}}}
    evidence = [["fire.txt", "Porto"]]
    place = {"id": "g1", "kind": "place", "question": "Where?", "answers": ["Porto"], "evidence": evidence}
    path = folder / "both.jsonl"
    path.write_text("".join(json.dumps({**row, "history": [], "need": "any"}) + "\n" for row in (trial, place)))
    return path


def test_each_question_is_asked_of_its_own_archive_on_its_own_day(tmp_path: Path) -> None:
    asked: list[tuple[str, str, dt.date | None]] = []
    closed: list[str] = []

    def both(articles: Path, threshold: float | None) -> Corpus:
        def ask(question: str, *, history: Sequence[str], as_of: dt.date | None = None) -> Answer:
            asked.append((articles.name, question, as_of))
            return saying(0, 36) if question == "Where?" else declining()

        text_of = source_text if articles.name == "news" else run.text_of_files(articles)
        return Corpus(ask, text_of, digest=articles.name, index=articles, close=lambda: closed.append(articles.name))

    record = measure(Options(gold=gold_of_both(tmp_path), articles=Path("news")), both)
    # the first of each archive comes twice: once off the clock
    assert asked == [("news", "Where?", None)] * 2 + [("invented", "When?", dt.date(2023, 12, 15))] * 2
    assert [case.id for case in record.cases] == ["f1", "g1"]
    assert (record.pins["articles"], record.pins["invented"]) == ("news", "invented")
    assert closed == ["invented", "news"]


def test_the_invented_archive_is_left_alone_when_no_question_is_about_it(gold: Path) -> None:
    def own(articles: Path, threshold: float | None) -> Corpus:
        assert articles.name == "news"
        return opened(articles, threshold)

    record = measure(Options(gold=gold, articles=Path("news")), own)
    assert "invented" not in record.pins


def test_own_questions_have_no_floors(gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(gold) == 0
    printed = capsys.readouterr()
    assert "place" in printed.out
    assert printed.err == ""


def test_the_gate_opens_when_every_floor_is_met(gold: Path, tmp_path: Path) -> None:
    path = str(tmp_path / "mine.json")
    assert evaluate(gold, "--baseline", path, "--update-baseline") == 0
    assert evaluate(gold, "--baseline", path) == 0


def test_the_gate_closes_on_a_broken_floor(gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.json"
    evaluate(gold, "--baseline", str(path), "--update-baseline")
    known = load_baseline(path, measures=tuple(MEASURES))
    write_baseline(path, replace(known, floors={**known.floors, "token_f1": 0.7}))
    assert evaluate(gold, "--baseline", str(path)) == 3
    assert "floor broken: token_f1 is 0.0000, its floor is 0.7" in capsys.readouterr().err


def test_updating_does_not_open_a_closed_gate(gold: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    write_baseline(path, Baseline({}, {}, {"token_f1": 0.7}, {}))
    assert evaluate(gold, "--baseline", str(path), "--update-baseline") == 3


def test_the_gate_closes_when_the_questions_changed(
    gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "mine.json")
    evaluate(gold, "--baseline", path, "--update-baseline")
    gold.write_text(gold.read_text() + "\n")
    assert evaluate(gold, "--baseline", path) == 3
    assert "--update-baseline" in capsys.readouterr().err


def test_own_figures_are_not_pinned_over_the_shipped_ones(gold: Path) -> None:
    with pytest.raises(UsageError, match="--baseline FILE"):
        evaluate(gold, "--update-baseline")


def test_a_missing_baseline_is_named(gold: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.json"):
        evaluate(gold, "--baseline", str(tmp_path / "none.json"))


def test_json_is_all_that_is_printed_on_stdout(gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate(gold, "--json", "--misses")
    assert json.loads(capsys.readouterr().out)["figures"]["all"]["as_expected"]["value"] == 1.0


def test_an_unknown_flag_is_wrong_usage(gold: Path) -> None:
    with pytest.raises(SystemExit) as raised:
        evaluate(gold, "--flors")
    assert raised.value.code == 2


# --- before anything is indexed ---


def test_a_gold_file_is_checked_on_the_files_before_anything_is_indexed(gold: Path, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "fire.txt").write_text("A fire broke out in Lisbon.")

    def index(articles: Path, threshold: float | None) -> Corpus:
        raise AssertionError("indexed")

    with pytest.raises(GoldError, match=r"gold\.jsonl:1: the quote 'Porto' does not stand in fire\.txt"):
        main(["--gold", str(gold), "--articles", str(tmp_path / "news")], opened=index)


def test_the_text_of_files_is_that_of_files_and_of_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfOne.\r\n")
    (tmp_path / "wire.jsonl").write_text('{"text": "Two."}\n\n{"text": "Three."}\n')
    text_of = run.text_of_files(tmp_path)
    assert [text_of(s) for s in ("a.txt", "wire.jsonl#1", "wire.jsonl#3")] == ["One.\r\n", "Two.", "Three."]
    for missing in ("b.txt", "wire.jsonl#2", "wire.jsonl#9", "none.jsonl#1"):
        with pytest.raises(UnknownSourceError, match=missing.partition("#")[0]):
            text_of(missing)


def test_when_every_question_failed_nothing_was_measured(gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def failing(articles: Path, threshold: float | None) -> Corpus:
        def ask(question: str, *, history: Sequence[str]) -> Answer:
            raise RuntimeError("no model")

        return replace(opened(articles, threshold), ask=ask)

    assert main(["--gold", str(gold), "--articles", "news"], opened=failing) == 1
    assert "nothing was measured" in capsys.readouterr().err
