"""`dateline eval realtimeqa`: a year of news is indexed, its quiz questions are asked, and the figures printed.

The index lies below `.dateline/cache` of the working folder, named by a digest of the articles and of what they are
indexed with. Answers are kept beside it as they come, so a run that was stopped goes on where it stopped.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import hashlib
import json
import platform
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from evals.gate import Baseline, load_baseline, objections, pin, write_baseline
from evals.metrics import area_under_risk, calibration_error, risk_coverage
from evals.newsquiz import QuizArticle, QuizQuestion, choose, digest_of, load_articles, load_questions
from evals.progress import progress_bar
from evals.realtimeqa import GROUPS, MEASURES, Sought, case_of, look_up
from evals.record import ALL, Case, Record, build_record, case_from_dict, case_to_dict, load_record, record_to_dict
from evals.report import aligned, figure_rows, format_misses, format_stages
from evals.run import CACHE, digest_code, model_pins, preparing
from ingest.errors import UsageError

if TYPE_CHECKING:
    from app import Answer, AskOptions
    from store import Store

__all__ = ["AskOn", "News", "ask_quiz", "main_realtimeqa", "open_list", "open_news"]

FIXED_LIST = 3_000  # articles of the list that is measured on beside all of a year
# Digest of that list for 2024, as `choose` gives it: figures of another list are not comparable.
FIXED_DIGEST = {(2024, FIXED_LIST): "321ae533ac8aae50"}
GATE_SHUT = 3


@dataclass(frozen=True, slots=True)
class News:
    """Indexed articles and the questions about them. `sources` maps addresses to sources; `digest` is of the list."""

    store: Store
    folder: Path
    questions: tuple[QuizQuestion, ...]
    sources: Mapping[str, str]
    digest: str


class AskOn(Protocol):
    """What is measured: `app.ask`, or a stand-in."""

    def __call__(self, question: str, *, store: Store, as_of: dt.date, options: AskOptions) -> Answer:
        """The answer to `question` from `store`, asked on the day `as_of`."""
        ...


def main_realtimeqa(argv: Sequence[str]) -> int:
    """Run the command with the arguments after `realtimeqa`; 3 when the gate of `--baseline` stays shut.

    Raises:
        DatelineError: the request cannot be served.
    """
    options = _parse(argv)
    other = load_record(options.against) if options.against else None
    code = 0
    for n in (FIXED_LIST, None) if options.articles is None else (options.articles or None,):
        news = open_news(options.folder, options.years, n, told=_tell, held_out=options.held_out)
        try:
            if options.ablations:
                from evals.ablate import ablate_news

                asked = _sample(news.questions, options.sample)
                whole = partial(
                    open_news, options.folder, options.years, n, told=_tell, select=False, held_out=options.held_out
                )
                _print(ablate_news(news, asked, reopened=whole, told=_tell))
                continue
            if options.side_by_side:
                from evals.side_by_side import compare_systems

                _print(compare_systems(news, _sample(news.questions, options.sample), told=_tell))
                continue
            record = measure_news(news, options)
        finally:
            news.store.close()
        _print(json.dumps(summary(record), ensure_ascii=False, indent=1) if options.as_json else format_news(record))
        if options.misses:
            _tell(format_misses(record))
        baseline, shut = _gate(record, options)
        code = max(code, shut)
        if options.report is not None:
            from evals.page import write_report

            _tell(f"the report: {write_report(options.report, record, baseline=baseline, other=other)}")
    return code


# --- the index ----------------------------------------------------------------------------------------------


def open_news(
    folder: Path,
    years: Sequence[int],
    n: int | None,
    *,
    told: Callable[[str], None],
    select: bool = True,
    held_out: bool = False,
) -> News:
    """Index `n` articles of those years (None: all), unless they are indexed already, and open the index.

    Without `select`, all of each text is indexed, not what is selected as the article. With `held_out`, the questions
    are those of the weeks that nothing in the reader was fitted on; `n` articles are then all of those that they name.

    Raises:
        UsageError: the folder is not of the form. GoldError: a question is malformed. DatelineError: indexing failed.
    """
    questions = load_questions(folder, years)
    if held_out:
        from app.reader.examples import is_test_day

        questions = tuple(q for q in questions if is_test_day(q.day))
        if not questions:
            told_years = ", ".join(map(str, years))
            raise UsageError(f"{folder}: no question of {told_years} is of a held-out week: see --held-out in --help")
    questions, articles = choose(questions, load_articles(folder, years), n)
    if not articles:
        raise UsageError(f"{folder}: no article of {', '.join(map(str, years))} has an address")
    pinned = FIXED_DIGEST.get((years[0], len(articles))) if len(years) == 1 else None
    return open_list(folder, questions, articles, told=told, select=select, pinned=pinned)


def open_list(
    folder: Path,
    questions: Sequence[QuizQuestion],
    articles: Sequence[QuizArticle],
    *,
    told: Callable[[str], None],
    select: bool = True,
    pinned: str | None = None,
) -> News:
    """Index just those `articles` of `folder`, unless they are indexed already, and open the index.

    `pinned` is the digest of the list that published figures are of. Raises `DatelineError`: indexing failed.
    """
    from app.settings import load_settings
    from ingest.encode import load_encoder
    from ingest.job import ingest
    from store import current_build, open_sink, open_store

    listed = digest_of(article.digest for article in articles)
    encoder_name = load_settings().encoder
    spec = load_encoder(encoder_name).spec
    built_with = digest_of(f"{k} {v}" for k, v in sorted(current_build(spec).as_meta().items()))
    at = Path.cwd() / CACHE / f"news-{digest_of([listed, built_with, '' if select else 'whole'])[:12]}"
    told(f"{len(articles):,} articles (list {listed[:16]}), index at {at}")
    if pinned is not None and not listed.startswith(pinned):
        told(f"these are not the articles of the list {pinned}: figures published for it do not compare")
    _copy_lines(folder, articles, at / "articles")
    with (
        open_sink(at / "index", encoder_spec=spec) as sink,
        progress_bar("articles", len(articles)) as bar,
    ):
        report = ingest(
            [at / "articles"],
            sink,
            prune=True,  # what was copied there from a folder of another layout
            prepare=preparing(encoder_name, whole=not select),
            progress=lambda p: bar.update(p.done - bar.n),
        )
    for reason, count in Counter(aside.reason.partition(":")[0] for aside in report.set_aside).most_common():
        told(f"set aside {count}: {reason}")
    store = open_store(at / "index", encoder_name=encoder_name)
    known = {source for article in store.articles() for source in article.sources}
    sources = {article.url: article.source for article in articles if article.source in known}
    return News(store, at, tuple(questions), sources, listed)


def _copy_lines(folder: Path, articles: Sequence[QuizArticle], into: Path) -> None:
    """Copy the chosen lines, each keeping its number: what is cited is a line of the user's own file."""
    done, layout = into / "complete", digest_of(article.source for article in articles)
    if done.exists() and done.read_text() == layout:
        return
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    wanted: dict[str, set[int]] = {}
    for article in articles:
        wanted.setdefault(article.file, set()).add(article.line)
    for name, lines in wanted.items():
        packed = name.endswith(".gz")
        with (
            gzip.open(folder / name) if packed else (folder / name).open("rb") as source,
            gzip.open(into / name, "wb", compresslevel=1) if packed else (into / name).open("wb") as target,
        ):
            for number, line in enumerate(source, start=1):
                target.write(line.rstrip(b"\r\n") + b"\n" if number in lines else b"\n")
    (into / ".datelineignore").write_text("complete\n")
    done.write_text(layout)


# --- asking -------------------------------------------------------------------------------------------------


def measure_news(news: News, options: Options) -> Record:
    """Ask the questions, or go on asking them, and put together what came of it."""
    questions = _sample(news.questions, options.sample)
    pins = {
        "questions": digest_of(json.dumps(asdict(q), default=str) for q in questions),
        "articles": news.digest,
        **model_pins(news.store),
    }
    cases = ask_quiz(news, questions, told=_tell)
    years = ", ".join(map(str, options.years))
    title = f"RealTime QA {years}: {len(questions):,} questions, {len(news.sources):,} articles"
    notes = {
        "passages": f"{news.store.n_passages:,}",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }
    return build_record(title, cases, measures=tuple(MEASURES), kinds=GROUPS, pins=pins, notes=notes)


def ask_quiz(
    news: News,
    questions: Sequence[QuizQuestion],
    *,
    told: Callable[[str], None],
    without: frozenset[str] = frozenset(),
    ask: AskOn | None = None,
) -> tuple[Case, ...]:
    """How every question went, in order. What was asked before a stop is read back, not asked again.

    `ask` stands in for `app.ask` in tests.
    """
    from app import ask as app_ask

    told("looking up where the answers stand")
    sought = look_up(questions, news.sources, news.store.source_text)
    key = digest_of([digest_code(), *sorted(without), *model_pins(news.store).values(), *map(repr, questions)])
    kept = news.folder / f"asked-{key[:12]}.jsonl"
    done = {case.id: case for case in _read_back(kept)}
    if done:
        told(f"going on after {len(done)} questions that were asked before")
    with progress_bar("questions", len(sought)) as bar, kept.open("a", encoding="utf-8") as file:
        bar.update(len(done))
        for item in sought:
            if item.question.id in done:
                continue
            case = _ask_one(item, news.store, without, ask or app_ask)
            done[case.id] = case
            file.write(json.dumps(case_to_dict(case)) + "\n")
            file.flush()
            bar.update(1)
    kept.unlink()
    return tuple(done[item.question.id] for item in sought)


def _ask_one(sought: Sought, store: Store, without: frozenset[str], ask: AskOn) -> Case:
    """Ask; and where it is declined, ask once more, outside the time taken, for what would have been said."""
    from app import AskOptions

    question, day = sought.question.question, sought.question.day
    started = time.perf_counter()
    try:
        answer = ask(question, store=store, as_of=day, options=AskOptions(without=without, composer="extractive"))
    except Exception as raised:  # measured, not handled: whatever broke is named in the report
        seconds = time.perf_counter() - started
        return case_of(sought, None, None, store, seconds=seconds, error=f"{type(raised).__name__}: {raised}")
    seconds = time.perf_counter() - started
    forced = None
    if answer.abstained:
        forced = ask(
            question,
            store=store,
            as_of=day,
            options=AskOptions(without=without | {"abstention"}, composer="extractive"),
        )
    return case_of(sought, answer, forced, store, seconds=seconds)


def _read_back(path: Path) -> Iterator[Case]:
    """The cases of an interrupted run; a last line that was cut off is left out."""
    if not path.exists():
        return
    whole = path.read_bytes().rpartition(b"\n")[0]
    path.write_bytes(whole + b"\n" if whole else b"")
    for line in whole.decode().splitlines():
        yield case_from_dict(json.loads(line))


def _sample(questions: Sequence[QuizQuestion], n: int | None) -> tuple[QuizQuestion, ...]:
    """`n` of the questions, chosen by the digest of their ids, in their order; all for None."""
    if n is None or n >= len(questions):
        return tuple(questions)
    order = sorted(questions, key=lambda q: hashlib.sha256(q.id.encode()).hexdigest())
    chosen = {q.id for q in order[:n]}
    return tuple(q for q in questions if q.id in chosen)


# --- figures ------------------------------------------------------------------------------------------------


def confidence_figures(record: Record) -> dict[str, object]:
    """The risk-coverage curve over answerable and absent questions, its area, and the calibration error."""
    rated = [c for c in record.cases if c.confidence is not None and "would_be_right" in c.parts]
    sure = [c.confidence or 0.0 for c in rated]
    right = [c.parts["would_be_right"].numerator == 1 for c in rated]
    curve = risk_coverage(sure, right)
    return {
        "risk_coverage": [[round(x, 4), round(y, 4)] for x, y in curve],
        "area_under_risk": area_under_risk(curve),
        "calibration_error": calibration_error(sure, right),
    }


def summary(record: Record) -> dict[str, object]:
    """Everything measured as plain JSON types: the record, and what is said of its confidence."""
    return {**record_to_dict(record), **confidence_figures(record)}


def format_news(record: Record) -> str:
    """The figures for people."""
    counts = Counter(case.kind for case in record.cases)
    answerable = [case for case in record.cases if case.kind == "answerable"]
    n = max(1, len(answerable))
    outcomes = {
        "right": sum(bool(c.right) for c in answerable),
        "wrong": sum(not c.right and not c.declined and c.error is None for c in answerable),
        "declined": sum(c.declined for c in answerable),
    }
    confidence = confidence_figures(record)
    latency = record.latency[ALL]
    lines = [
        f"{record.title}, {record.notes.get('passages', '?')} passages",
        " · ".join(f"{group} {counts[group]}" for group in GROUPS),
        "answerable: " + ", ".join(f"{name} {count} ({count / n:.3f})" for name, count in outcomes.items()),
        "",
        *aligned(figure_rows(record)),
        "",
        f"area under risk-coverage {_number(confidence['area_under_risk'])}, "
        f"calibration error {_number(confidence['calibration_error'])}",
        f"one question: p50 {latency.p50_ms or 0:.0f} ms, p95 {latency.p95_ms or 0:.0f} ms",
        "",
        format_stages(record),
    ]
    return "\n".join(lines)


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "-"


def _gate(record: Record, options: Options) -> tuple[Baseline | None, int]:
    if options.baseline is None:
        return None, 0
    path, measures = options.baseline, tuple(MEASURES)
    if options.update_baseline:
        known = load_baseline(path, measures=measures) if path.exists() else None
        write_baseline(path, pin(record, known))
        _tell(f"pinned the figures in {path}; floors that were there are kept: edit the file to move one")
    baseline = load_baseline(path, measures=measures)
    found = objections(record, baseline)
    for sentence in found:
        _tell(sentence)
    return baseline, GATE_SHUT if found else 0


# --- the command line ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for. `articles`: None for the fixed list and then all, 0 for all."""

    folder: Path
    years: tuple[int, ...]
    articles: int | None
    sample: int | None
    as_json: bool
    misses: bool
    report: Path | None
    against: Path | None
    baseline: Path | None
    update_baseline: bool
    ablations: bool
    side_by_side: bool
    held_out: bool


def _parse(argv: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="dateline eval realtimeqa", description="Ask a year of news quiz questions over that year's articles."
    )
    parser.add_argument("folder", type=Path, help="articles-YEAR.jsonl.gz and questions-YEAR.jsonl")
    parser.add_argument(
        "--years", type=_years, required=True, metavar="YEAR[,YEAR]", help="which of them to measure on"
    )
    parser.add_argument(
        "--articles",
        type=_count_or_all,
        metavar="N",
        help=f"index N articles, or all; without it, the fixed list of {FIXED_LIST:,} and then all",
    )
    parser.add_argument("--sample", type=_count, metavar="N", help="ask N of the questions, always the same ones")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print everything measured as JSON")
    parser.add_argument("--misses", action="store_true", help="list every question that did not go as expected")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write a page with every figure and every miss")
    parser.add_argument("--against", type=Path, metavar="RUN", help="a run.json to show beside this run in the page")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="the figures and floors to compare with")
    parser.add_argument("--update-baseline", action="store_true", help="pin these figures; floors are kept")
    parser.add_argument(
        "--ablations", action="store_true", help="measure what each stage buys: leave out one at a time"
    )
    parser.add_argument("--side-by-side", action="store_true", help="ask other systems the same, and compare")
    parser.add_argument(
        "--held-out",
        action="store_true",
        help="only questions of weeks that the reader was not fitted on: 2022-11 to 2022-12, 2024-01 to 2024-03",
    )
    options = Options(**vars(parser.parse_args(argv)))
    if options.against is not None and options.report is None:
        raise UsageError("--against shows two runs beside each other in a page: name its folder with --report DIR")
    if options.update_baseline and options.baseline is None:
        raise UsageError("name the file to pin the figures in: --baseline FILE --update-baseline")
    if options.ablations and options.side_by_side:
        raise UsageError("--ablations and --side-by-side are two tables: ask for one at a time")
    if (options.ablations or options.side_by_side) and (options.report or options.baseline or options.as_json):
        raise UsageError("--ablations and --side-by-side print one table: leave out --report, --baseline and --json")
    if (options.report or options.baseline) and options.articles is None:
        raise UsageError("--report and --baseline are of one list of articles: name it with --articles N or all")
    return options


def _years(text: str) -> tuple[int, ...]:
    try:
        years = tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of years such as 2023,2024") from None
    return years


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _count_or_all(text: str) -> int:
    return 0 if text == "all" else _count(text)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
