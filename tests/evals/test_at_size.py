"""A year of news: indexed once, asked once however often it is stopped, and cited by the lines of the user's file."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.answer import Abstention, Answer, Citation, Provenance, Statement
from app.ask import AskOptions
from app.reader.examples import HELD_OUT_WEEKS
from evals import at_size
from evals.at_size import News, ask_quiz, confidence_figures, format_news, main_realtimeqa, open_news, summary
from evals.metrics import Part
from evals.newsquiz import QuizQuestion
from evals.realtimeqa import GROUPS, MEASURES
from evals.record import ALL, Case, Record, build_record
from ingest import encode
from ingest.encode import DEFAULT_MODEL
from ingest.errors import GoldError, UsageError
from store.hits import Filters
from store.search import Store
from tests.conftest import COUNCIL, FERRY, ORCHARD, FakeEncoder

DAY = dt.date(2021, 6, 1)
PROVENANCE = Provenance(1, "encoder", "reader", "settings", "extractive", DAY)


def ignore(sentence: str) -> None:
    """Tell nobody."""


# --- a folder of invented news ------------------------------------------------------------------------------


def article_line(name: str, text: str) -> str:
    url = f"https://hallow.example/{name}"
    return json.dumps({"url": url, "title": name.title(), "text": text, "published": "2021-03-03", "authors": []})


def question_line(number: int, day: str, asked: str, answer: str, *names: str) -> str:
    urls = [f"https://hallow.example/{name}" for name in names]
    choices = [answer, "Quite another"]
    row = {"id": f"q{number}", "date": day, "question": asked, "choices": choices, "answers": [answer], "urls": urls}
    return json.dumps(row)


# Line 2 is blank, line 4 is no article: what stands below keeps its number.
ARTICLES = [
    article_line("ferry", FERRY),
    "",
    article_line("market", COUNCIL),
    "{ broken",
    article_line("frost", ORCHARD),
]
QUESTIONS = [
    question_line(1, "2021-03-05", "Who was captain of the ferry Aurora?", "Mira Lunde", "ferry"),
    question_line(2, "2021-03-05", "How did the council of Port Hallow vote?", "7 to 4", "market"),
    question_line(3, "2021-03-12", "What do apple growers in the Venn valley expect?", "smallest harvest", "frost"),
    question_line(4, "2021-03-12", "Who won the regatta?", "Odd Fiction", "frost"),
]
SOURCES = {
    "https://hallow.example/ferry": "articles-2021.jsonl#1",
    "https://hallow.example/market": "articles-2021.jsonl#3",
    "https://hallow.example/frost": "articles-2021.jsonl#5",
}


def write_news(folder: Path, articles: Sequence[str] = ARTICLES, *, packed: bool = False) -> Path:
    folder.mkdir()
    written = ("\r\n".join(articles) + "\r\n").encode()
    if packed:
        (folder / "articles-2021.jsonl.gz").write_bytes(gzip.compress(written))
    else:
        (folder / "articles-2021.jsonl").write_bytes(written)
    (folder / "questions-2021.jsonl").write_text("\n".join(QUESTIONS) + "\n", encoding="utf-8")
    return folder


class CountingEncoder(FakeEncoder):
    """The fake encoder, counting the texts that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.n_texts = 0

    def encode(self, texts):  # type: ignore[no-untyped-def]
        self.n_texts += len(texts)
        return super().encode(texts)


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> CountingEncoder:
    """Stands in for the shipped model, whose weights are not read."""
    fake = CountingEncoder()
    monkeypatch.setitem(encode._encoders, DEFAULT_MODEL, fake)  # type: ignore[arg-type]
    return fake


@pytest.fixture
def folder(tmp_path: Path, encoder: CountingEncoder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of news; the working folder is an empty one beside it."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return write_news(tmp_path / "quiz")


Opening = Callable[..., News]


@pytest.fixture
def opening(folder: Path) -> Iterator[Opening]:
    """Opens news, and closes whatever was opened."""
    opened: list[News] = []

    def open_one(at: Path = folder, n: int | None = None, **named: bool) -> News:
        opened.append(open_news(at, [2021], n, told=ignore, **named))
        return opened[-1]

    yield open_one
    for news in opened:
        news.store.close()


def files_below(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with when it was written and what it holds."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- the index ----------------------------------------------------------------------------------------------


def test_articles_are_cited_by_the_file_and_line_they_have_in_the_folder(opening: Opening, folder: Path) -> None:
    news = opening()
    assert news.sources == SOURCES
    lines = (folder / "articles-2021.jsonl").read_text(encoding="utf-8").splitlines()
    for source in SOURCES.values():
        line = lines[int(source.partition("#")[2]) - 1]
        assert news.store.source_text(source) == json.loads(line)["text"]


def test_lines_of_an_archive_keep_their_numbers_too(opening: Opening, tmp_path: Path) -> None:
    news = opening(write_news(tmp_path / "packed", packed=True))
    assert set(news.sources.values()) == {f"articles-2021.jsonl.gz#{line}" for line in (1, 3, 5)}
    assert news.store.source_text("articles-2021.jsonl.gz#5") == ORCHARD


def test_nothing_is_written_beside_the_data(opening: Opening, folder: Path) -> None:
    before = files_below(folder)
    news = opening()
    assert files_below(folder) == before
    assert news.folder.is_relative_to(Path.cwd() / ".dateline" / "cache")


def test_news_that_is_indexed_is_not_indexed_again(opening: Opening, encoder: CountingEncoder) -> None:
    first = opening()
    embedded = encoder.n_texts
    second = opening()
    assert (embedded > 0, encoder.n_texts) == (True, embedded)
    assert (second.folder, second.digest, second.sources) == (first.folder, first.digest, first.sources)


def test_a_copy_that_was_cut_off_is_made_again(opening: Opening, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_lines = at_size._copy_lines

    def cut_off(folder: Path, articles: object, into: Path) -> None:
        into.mkdir(parents=True)
        (into / "articles-2021.jsonl").write_text(f"{ARTICLES[0][:40]}\n")
        raise KeyboardInterrupt

    monkeypatch.setattr(at_size, "_copy_lines", cut_off)
    with pytest.raises(KeyboardInterrupt):
        opening()
    monkeypatch.setattr(at_size, "_copy_lines", copy_lines)
    assert opening().sources == SOURCES


@pytest.mark.parametrize("packed", [True, False])
def test_the_same_articles_at_other_lines_are_cited_by_those(
    opening: Opening, encoder: CountingEncoder, tmp_path: Path, packed: bool
) -> None:
    opening().store.close()
    embedded = encoder.n_texts
    news = opening(write_news(tmp_path / "moved", ["", "", *ARTICLES], packed=packed))
    name = "articles-2021.jsonl.gz" if packed else "articles-2021.jsonl"
    assert news.sources == {url: f"{name}#{int(source[-1]) + 2}" for url, source in SOURCES.items()}
    assert [news.store.source_text(s) for s in news.sources.values()] == [FERRY, COUNCIL, ORCHARD]
    assert sorted(a.source for a in news.store.articles()) == sorted(news.sources.values())
    assert encoder.n_texts == embedded  # nothing is embedded again


def test_a_list_of_n_articles_is_an_index_of_its_own(opening: Opening) -> None:
    whole, cut = opening(), opening(n=2)
    assert len(cut.sources) == 2
    assert set(cut.sources.items()) < set(whole.sources.items())
    assert cut.folder != whole.folder
    assert len(cut.store.articles()) == 2
    # By their digests the 12th of March comes first, and is whole; of the 5th there is one article of two.
    assert [q.id for q in cut.questions] == ["q3", "q4"]


def test_without_selection_the_index_is_another_one(opening: Opening) -> None:
    selected, whole = opening(), opening(select=False)
    assert whole.folder != selected.folder
    assert whole.sources == selected.sources


def test_what_is_no_article_is_set_aside_and_told(folder: Path, opening: Opening) -> None:
    lines = [*ARTICLES, json.dumps({"url": "https://hallow.example/empty", "text": " "})]
    (folder / "articles-2021.jsonl").write_text("\n".join(lines))
    told: list[str] = []
    news = open_news(folder, [2021], None, told=told.append)
    news.store.close()
    assert news.sources == SOURCES
    (aside,) = [sentence for sentence in told if sentence.startswith("set aside")]
    assert aside.startswith("set aside 1: its text is empty; put the article's words in its field")


def test_articles_without_any_address_are_an_error(folder: Path, opening: Opening) -> None:
    (folder / "articles-2021.jsonl").write_text('{"text": "No address."}\n')
    with pytest.raises(UsageError, match="no article of 2021 has an address"):
        opening()


def test_a_malformed_question_is_named_before_anything_is_indexed(folder: Path, opening: Opening) -> None:
    (folder / "questions-2021.jsonl").write_text("{")
    with pytest.raises(GoldError, match=r"questions-2021\.jsonl:1: invalid JSON"):
        opening()
    assert list(Path.cwd().iterdir()) == []


# --- asking -------------------------------------------------------------------------------------------------


def question(number: int, answer: str = "212", *, asked: str = "How many were aboard") -> QuizQuestion:
    return QuizQuestion(f"q{number}", DAY, f"{asked}, {number}?", (), (answer,), ("u1",))


@pytest.fixture
def news(tmp_store: Store, tmp_path: Path) -> News:
    """The invented articles of a store that is there already, and questions about one of them."""
    folder = tmp_path / "news"
    folder.mkdir()
    questions = tuple(question(number) for number in range(1, 6))
    return News(tmp_store, folder, questions, {"u1": "ferry.txt"}, "list")


class FakeAsk:
    """Quotes the ferry's article, or declines where "declines" stands in the question; raises `raising` in turn."""

    def __init__(self, *raising: BaseException | None, quote: str = "212 passengers") -> None:
        self.asked: list[str] = []
        self.without: list[frozenset[str]] = []
        self.days: list[dt.date] = []
        self._raising = list(raising)
        self._quote = quote

    def __call__(self, question: str, *, store: Store, as_of: dt.date, options: AskOptions) -> Answer:
        raised = self._raising.pop(0) if self._raising else None
        if raised is not None:
            raise raised
        self.asked.append(question)
        self.without.append(options.without)
        self.days.append(as_of)
        if "declines" in question and "abstention" not in options.without:
            abstention = Abstention("The articles do not say.", "q")
            return Answer(question, question, None, (), (), (), Filters(), 0.1, abstention, PROVENANCE)
        article = store.article("ferry.txt")
        start = store.source_text("ferry.txt").index(self._quote)
        end = start + len(self._quote)
        cited = Citation(1, "ferry.txt", start, end, self._quote, None, None, None, "none", article.article_id)
        said = (Statement(self._quote, (1,), "verbatim"),)
        return Answer(question, question, None, said, (cited,), (), Filters(), 0.9, None, PROVENANCE)


def without_time(cases: Sequence[Case]) -> list[Case]:
    return [replace(case, seconds=0.0) for case in cases]


def test_every_question_is_asked_once_on_its_own_day(news: News) -> None:
    ask = FakeAsk()
    days = [DAY, dt.date(2021, 7, 1)]
    questions = [replace(question(i), day=day) for i, day in enumerate(days)]
    cases = ask_quiz(news, questions, told=ignore, ask=ask)
    assert ask.asked == [q.question for q in questions]
    assert ask.days == days
    assert [(case.id, case.right) for case in cases] == [("q0", True), ("q1", True)]


def test_a_question_that_is_declined_is_asked_once_more_for_what_would_have_been_said(news: News) -> None:
    ask = FakeAsk()
    (case,) = ask_quiz(news, [question(1, asked="declines")], told=ignore, without=frozenset({"bm25"}), ask=ask)
    assert ask.without == [frozenset({"bm25"}), frozenset({"bm25", "abstention"})]
    assert (case.declined, case.right, case.withheld) == (True, False, "212 passengers [1]")
    assert case.parts["would_be_right"] == Part(1, 1)


def test_a_question_that_raises_is_counted_and_the_rest_goes_on(news: News) -> None:
    cases = ask_quiz(news, news.questions[:2], told=ignore, ask=FakeAsk(LookupError("no such thing")))
    assert [case.error for case in cases] == ["LookupError: no such thing", None]
    assert cases[0].parts["completed"] == Part(0, 1)


@pytest.mark.parametrize("k", [0, 1, 4])
def test_a_run_that_was_stopped_goes_on_and_asks_nothing_twice(news: News, k: int) -> None:
    told: list[str] = []
    first, second = FakeAsk(*[None] * k, KeyboardInterrupt()), FakeAsk()
    with pytest.raises(KeyboardInterrupt):
        ask_quiz(news, news.questions, told=ignore, ask=first)
    cases = ask_quiz(news, news.questions, told=told.append, ask=second)
    asked = [q.question for q in news.questions]
    assert (first.asked, second.asked) == (asked[:k], asked[k:])
    assert without_time(cases) == without_time(ask_quiz(news, news.questions, told=ignore, ask=FakeAsk()))
    assert [s for s in told if s.startswith("going on")] == [f"going on after {k} questions that were asked before"] * (
        k > 0
    )


def stop_after(news: News, k: int, *, quote: str = "212 passengers") -> Path:
    """Ask `k` of the questions and stop; the file that keeps what was said."""
    with pytest.raises(KeyboardInterrupt):
        ask_quiz(news, news.questions, told=ignore, ask=FakeAsk(*[None] * k, KeyboardInterrupt(), quote=quote))
    (kept,) = news.folder.glob("asked-*.jsonl")
    return kept


@pytest.mark.parametrize("n_bytes", [1, 30])
def test_a_last_line_that_was_cut_off_is_asked_again(news: News, n_bytes: int) -> None:
    kept = stop_after(news, 3)
    kept.write_bytes(kept.read_bytes()[:-n_bytes])
    ask = FakeAsk(None, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        ask_quiz(news, news.questions, told=ignore, ask=ask)
    assert ask.asked == [q.question for q in news.questions[2:3]]
    ask = FakeAsk()
    assert len(ask_quiz(news, news.questions, told=ignore, ask=ask)) == 5
    assert ask.asked == [q.question for q in news.questions[3:]]


def test_one_line_that_was_cut_off_is_nothing_asked(news: News) -> None:
    kept = stop_after(news, 1)
    kept.write_bytes(kept.read_bytes()[:10])
    ask = FakeAsk()
    ask_quiz(news, news.questions, told=ignore, ask=ask)
    assert ask.asked == [q.question for q in news.questions]


@pytest.mark.parametrize("strange", ["\u2028", "\u0085", "\ud83d", "\r\n", "é"])
def test_whatever_a_question_holds_it_is_read_back(news: News, strange: str) -> None:
    questions = tuple(question(i, asked=f"aboard{strange}the ferry") for i in range(3))
    odd = replace(news, questions=questions)
    stop_after(odd, 2)
    ask = FakeAsk()
    cases = ask_quiz(odd, questions, told=ignore, ask=ask)
    assert [case.question for case in cases] == [q.question for q in questions]
    assert len(ask.asked) == 1


def test_a_run_that_came_to_its_end_is_asked_anew(news: News) -> None:
    ask_quiz(news, news.questions, told=ignore, ask=FakeAsk())
    assert list(news.folder.iterdir()) == []
    again = FakeAsk()
    ask_quiz(news, news.questions, told=ignore, ask=again)
    assert len(again.asked) == len(news.questions)


def test_other_questions_settings_or_stages_do_not_go_on_from_a_stopped_run(
    news: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked_again(questions: Sequence[QuizQuestion], without: frozenset[str] = frozenset()) -> int:
        ask = FakeAsk()
        ask_quiz(news, questions, told=ignore, without=without, ask=ask)
        return len(ask.asked)

    stop_after(news, 3)
    first, *others = news.questions
    assert asked_again(news.questions[:4]) == 4
    assert asked_again([replace(first, answers=("221",)), *others]) == 5  # a gold answer that was mended
    assert asked_again([replace(first, day=dt.date(2022, 1, 1)), *others]) == 5
    assert asked_again(news.questions, frozenset({"bm25"})) == 5
    monkeypatch.setenv("DATELINE_THRESHOLD", "0.3")
    assert asked_again(news.questions) == 5
    monkeypatch.delenv("DATELINE_THRESHOLD")
    assert asked_again(news.questions) == 2


# --- the sample ---------------------------------------------------------------------------------------------

MANY = tuple(question(number) for number in range(60))


def test_a_sample_is_always_the_same_and_in_the_order_of_the_questions() -> None:
    sample = at_size._sample(MANY, 7)
    assert len(sample) == 7
    assert list(sample) == [q for q in MANY if q in sample]
    assert set(at_size._sample(MANY[::-1], 7)) == set(sample)
    order = sorted(MANY, key=lambda q: hashlib.sha256(q.id.encode()).hexdigest())
    assert set(sample) == set(order[:7])


def test_a_larger_sample_holds_the_smaller_one() -> None:
    assert set(at_size._sample(MANY, 7)) < set(at_size._sample(MANY, 20))


@pytest.mark.parametrize("n", [None, 60, 100])
def test_a_sample_of_as_many_as_there_are_is_all(n: int | None) -> None:
    assert at_size._sample(MANY, n) == MANY


# --- figures ------------------------------------------------------------------------------------------------


def record_of(news: News, ask: FakeAsk, *, declining: int = 0) -> Record:
    """Two questions that the ferry's article answers, one that none does, and so many that are declined."""
    declined = [question(10 + i, asked="declines") for i in range(declining)]
    questions = [question(1), question(2, "9 crew", asked="Who"), question(3, "Mira Lunde"), *declined]
    cases = ask_quiz(news, questions, told=ignore, ask=ask)
    return build_record("the ferry", cases, measures=tuple(MEASURES), kinds=GROUPS, pins={})


def test_every_figure_that_is_printed_is_one_of_the_summary(news: News) -> None:
    record = record_of(news, FakeAsk(), declining=1)
    figures = json.loads(json.dumps(summary(record)))["figures"][ALL]
    lines = format_news(record).splitlines()
    for measure in MEASURES:
        (line,) = [line for line in lines if line.startswith(f"{measure} ")]
        value = figures[measure]["value"]
        assert line.split()[1] == ("-" if value is None else f"{value:.3f}")
        assert line.split()[-1] == str(figures[measure]["n"])


def test_the_confidence_that_is_printed_is_that_of_the_summary(news: News) -> None:
    record = record_of(news, FakeAsk(), declining=1)
    said = summary(record)
    printed = re.search(r"risk-coverage ([\d.]+), calibration error ([\d.]+)", format_news(record))
    assert printed is not None
    assert printed.groups() == (f"{said['area_under_risk']:.3f}", f"{said['calibration_error']:.3f}")


def test_confidence_is_weighed_over_what_could_be_right_and_by_what_would_be(news: News) -> None:
    # Sure at 0.9: right about 212, wrong about the crew and the captain. At 0.1 declined, and would be right.
    said = confidence_figures(record_of(news, FakeAsk(), declining=1))
    assert said["risk_coverage"] == [[0.75, 0.6667], [1.0, 0.5]]
    assert said["area_under_risk"] == pytest.approx(0.75 * 2 / 3 + 0.25 * 0.5)
    assert said["calibration_error"] == pytest.approx((abs(1 - 3 * 0.9) + abs(1 - 0.1)) / 4)


def test_outcomes_and_groups_are_counted(news: News) -> None:
    lines = format_news(record_of(news, FakeAsk(), declining=2)).splitlines()
    assert lines[0] == "the ferry, ? passages"
    assert lines[1] == "answerable 4 · absent 1 · elsewhere 0 · needs choices 0"
    assert lines[2] == "answerable: right 1 (0.250), wrong 1 (0.250), declined 2 (0.500)"


def test_a_question_that_raised_is_not_counted_as_a_wrong_answer_but_as_lost(news: News) -> None:
    text = format_news(record_of(news, FakeAsk(RuntimeError("no model"))))
    assert "right 0 (0.000), wrong 1 (0.500), declined 0 (0.000)" in text
    assert re.search(r"^error +1 ", text, re.MULTILINE)


def test_no_question_at_all_has_figures_of_nothing(news: News) -> None:
    record = build_record(
        "none", ask_quiz(news, [], told=ignore, ask=FakeAsk()), measures=tuple(MEASURES), kinds=GROUPS, pins={}
    )
    assert "answerable 0 · absent 0" in format_news(record)
    assert "risk-coverage -, calibration error -" in format_news(record)
    assert json.loads(json.dumps(summary(record)))["area_under_risk"] is None


# --- the command line ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ((), "--years"),
        (("--years", "last"), "'last' is no list of years such as 2023,2024"),
        (("--years", "2021,"), "'2021,' is no list of years"),
        (("--years", "2021", "--articles", "0"), "'0' is no number from 1 on"),
        (("--years", "2021", "--articles", "-5"), "--articles"),
        (("--years", "2021", "--articles", "some"), "'some' is no number from 1 on"),
        (("--years", "2021", "--articles", "²"), "--articles"),
        (("--years", "2021", "--sample", "0"), "'0' is no number from 1 on"),
        (("--years", "2021", "--sample", "all"), "'all' is no number from 1 on"),
        (("--years", "2021", "--sample", "2.5"), "'2.5' is no number from 1 on"),
        (("--years", "2021", "--flors"), "--flors"),
    ],
)
def test_wrong_usage_names_the_flag_or_the_value(
    flags: Sequence[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main_realtimeqa(["quiz", *flags])
    assert raised.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--articles", "3", "--against", "run.json"), "--report DIR"),
        (("--articles", "3", "--update-baseline"), "--baseline FILE --update-baseline"),
        (("--baseline", "mine.json"), "--articles N or all"),
        (("--report", "out"), "--articles N or all"),
    ],
)
def test_flags_that_need_another_say_which(flags: Sequence[str], says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        main_realtimeqa(["quiz", "--years", "2021", *flags])


def test_a_run_to_show_beside_is_looked_for_before_anything_is_indexed(folder: Path) -> None:
    flags = ["--years", "2021", "--articles", "all", "--report", "out", "--against", "gone.json"]
    with pytest.raises(UsageError, match=r"gone\.json"):
        main_realtimeqa([str(folder), *flags])
    assert list(Path.cwd().iterdir()) == []


def test_years_are_read_once_each_in_their_order() -> None:
    assert at_size._parse(["quiz", "--years", "2024,2023,2024"]).years == (2024, 2023)


@pytest.fixture
def quiet_ask(monkeypatch: pytest.MonkeyPatch) -> FakeAsk:
    """Declines everything, in place of `app.ask`, so that the command needs no model."""
    ask = FakeAsk()

    def decline(question: str, *, store: Store, as_of: dt.date, options: AskOptions) -> Answer:
        ask.asked.append(question)
        abstention = Abstention("The articles do not say.", "q")
        return Answer(question, question, None, (), (), (), Filters(), 0.1, abstention, PROVENANCE)

    import app

    monkeypatch.setattr(app, "ask", decline)
    return ask


def test_the_command_prints_the_figures_and_tells_the_rest_on_stderr(
    folder: Path, quiet_ask: FakeAsk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_realtimeqa([str(folder), "--years", "2021", "--articles", "all", "--misses"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("RealTime QA 2021: 4 questions, 3 articles, ")
    assert "answerable 3 · absent 1 · elsewhere 0 · needs choices 0" in printed.out
    assert "q1 answerable: Who was captain of the ferry Aurora?" in printed.err


def test_json_is_all_that_is_printed_on_stdout(
    folder: Path, quiet_ask: FakeAsk, capsys: pytest.CaptureFixture[str]
) -> None:
    main_realtimeqa([str(folder), "--years", "2021", "--articles", "all", "--json", "--sample", "2"])
    said = json.loads(capsys.readouterr().out)
    assert len(said["cases"]) == 2
    assert set(said) >= {"figures", "pins", "risk_coverage", "area_under_risk", "calibration_error"}


def test_figures_that_were_pinned_open_the_gate_and_other_questions_shut_it(
    folder: Path, quiet_ask: FakeAsk, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(*flags: str) -> int:
        return main_realtimeqa([str(folder), "--years", "2021", "--articles", "all", "--baseline", "b.json", *flags])

    assert measure("--update-baseline") == 0
    assert measure() == 0
    assert measure("--sample", "3") == 3
    assert "questions" in capsys.readouterr().err


def test_the_help_names_the_held_out_weeks_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main_realtimeqa(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for name, first, last in HELD_OUT_WEEKS:
        assert (f"{first:%Y-%m} to {last:%Y-%m}" in said) is name.startswith("test")


def test_of_held_out_weeks_only_those_questions_are_asked(
    folder: Path, quiet_ask: FakeAsk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = [str(folder), "--years", "2021", "--articles", "all", "--held-out"]
    with pytest.raises(UsageError, match="no question of 2021 is of a held-out week"):
        main_realtimeqa(flags)
    week = (dt.date(2021, 3, 8), dt.date(2021, 3, 14))
    fitted = (dt.date(2021, 3, 1), dt.date(2021, 3, 7))
    monkeypatch.setattr("app.reader.examples.HELD_OUT_WEEKS", (("test", *week), ("calibration", *fitted)))
    main_realtimeqa([*flags, "--json"])
    assert [case["id"] for case in json.loads(capsys.readouterr().out)["cases"]] == ["q3", "q4"]


def test_without_a_number_the_fixed_list_is_measured_and_then_all(
    folder: Path, quiet_ask: FakeAsk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_size, "FIXED_LIST", 2)
    main_realtimeqa([str(folder), "--years", "2021"])
    titles = [line for line in capsys.readouterr().out.splitlines() if line.startswith("RealTime QA")]
    assert [re.findall(r"(\d) articles", title) for title in titles] == [["2"], ["3"]]
