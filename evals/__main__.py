"""`dateline eval`: ask every question of a gold file, print the figures, and fail where the gate stays shut.

Exit codes: 0 measured and nothing to object, 3 a floor is broken, something is worse than the run last reviewed by
more than chance, or the baseline is of other files, settings or models.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.gate import Baseline, load_baseline, objections, pin, write_baseline
from evals.gold import load_gold
from evals.lookup import LOOKUPS, ask_lookups, invent
from evals.record import Case, Record, load_record, record_to_dict
from evals.report import KS, MEASURES, build_report, format_misses, format_report, format_stages
from evals.run import CACHE, GOLD, INVENTED, Corpus, find_articles, open_corpus, score_gold, text_of_files
from ingest.errors import DatelineError, UsageError

__all__ = ["BASELINE", "Options", "main", "measure"]

BASELINE = Path(__file__).with_name("baseline.json")
GATE_SHUT = 3


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for. None for `gold`, `articles` or `baseline`: the ones that come with Dateline."""

    gold: Path | None = None
    articles: Path | None = None
    baseline: Path | None = None
    update_baseline: bool = False
    threshold: float | None = None
    as_json: bool = False
    misses: bool = False
    report: Path | None = None
    against: Path | None = None
    ablations: bool = False

    @property
    def own_files(self) -> bool:
        """Whether someone else's questions or articles are measured: the shipped floors say nothing about them."""
        return self.gold is not None or self.articles is not None


OpenCorpus = Callable[[Path, float | None], Corpus]


def main(argv: Sequence[str], *, opened: OpenCorpus | None = None) -> int:
    """Run `dateline eval` with the arguments after `eval`; `opened` stands in for the index in tests.

    Raises:
        DatelineError: the request cannot be served; the composition root prints it and chooses the exit code.
        SystemExit: wrong usage, from argparse.
    """
    if argv[:1] == ["extraction"]:
        return _measure_extraction(argv[1:])
    if argv[:1] == ["duplicates"]:
        return _measure_duplicates(argv[1:])
    if argv[:1] == ["dates"]:
        return _measure_dates(argv[1:])
    if argv[:1] == ["realtimeqa"]:
        return _measure_realtimeqa(argv[1:])
    if argv[:1] == ["llm"]:
        from evals.model_eval import main_llm

        return main_llm(argv[1:])
    if argv[:1] == ["rewrites"]:
        return _measure_rewrites(argv[1:])
    if argv[:1] == ["init"]:
        from evals.draft import main_init

        return main_init(argv[1:])
    options = _parse(argv)
    other = load_record(options.against) if options.against else None
    if options.ablations:
        return _ablate(options)
    record = measure(options, opened or open_corpus)
    if options.as_json:
        print(json.dumps(record_to_dict(record), ensure_ascii=False, indent=2))
    else:
        print(format_report(record))
        print(f"\n{format_stages(record)}")
    if options.misses and (misses := format_misses(record)):
        print(f"\n{misses}", file=sys.stderr if options.as_json else sys.stdout)
    baseline, code = _compare(record, options)
    if options.report is not None:
        from evals.page import write_report

        _say(f"the report: {write_report(options.report, record, baseline=baseline, other=other)}")
    if all(case.error for case in record.cases):
        _say("every question failed: nothing was measured")
        return 1
    return code


def measure(options: Options, opened: OpenCorpus = open_corpus) -> Record:
    """The record of the questions that `options` names; with the shipped ones, of the invented archive too."""
    gold = options.gold or GOLD
    articles = options.articles or find_articles()
    if articles.is_dir():
        load_gold(
            gold, text_of_files(articles), invented=text_of_files(INVENTED)
        )  # what is wrong with it is said before anything is indexed
    corpus = opened(articles, options.threshold)
    for source, reason in corpus.set_aside:
        _say(f"set aside {source}: {reason}")
    try:
        scores, other = score_gold(gold, corpus, lambda: opened(INVENTED, options.threshold), ks=KS)
    finally:
        corpus.close()
    lookups = () if options.own_files else _look_up(options, opened)
    pins = {"gold": hashlib.sha256(gold.read_bytes()).hexdigest(), "articles": corpus.digest, **other, **corpus.pins}
    about = options.articles.name if options.articles else "the five articles"
    title = f"{len(scores)} questions on {about}{' and an invented archive' if other else ''}"
    return build_report(scores, title=title, pins=pins, notes=_notes(), lookups=lookups)


def _look_up(options: Options, opened: OpenCorpus) -> tuple[Case, ...]:
    folder = Path.cwd() / CACHE / "invented"
    lookups = invent(folder)
    corpus = opened(folder, options.threshold)
    try:
        return ask_lookups(lookups, corpus.ask)
    finally:
        corpus.close()


def _notes() -> dict[str, str]:
    return {"machine": f"{platform.machine()}, Python {platform.python_version()}"}


def _compare(record: Record, options: Options) -> tuple[Baseline | None, int]:
    """Say on stderr how `record` stands to its baseline, pin it when asked to; the baseline and the exit code."""
    if options.baseline is None and options.own_files:
        if options.update_baseline:
            raise UsageError("name the file to pin your own figures in: --baseline FILE --update-baseline")
        return None, 0
    path = options.baseline or BASELINE
    measures = (*MEASURES, *LOOKUPS)
    if options.update_baseline:
        baseline = pin(record, load_baseline(path, measures=measures) if path.exists() else None)
        write_baseline(path, baseline)
        _say(f"pinned the figures in {path}; floors that were there are kept: edit the file to move one")
    elif options.baseline is None and not path.exists():
        _say(f"no floors to compare with: there is no {path}; --update-baseline writes it")
        return None, 0
    else:
        baseline = load_baseline(path, measures=measures)
    found = objections(record, baseline)
    for sentence in found:
        _say(sentence)
    return baseline, GATE_SHUT if found else 0


def _ablate(options: Options) -> int:
    from evals.ablate import ablate_gold

    print(ablate_gold(options.gold or GOLD, options.articles or find_articles(), told=_say))
    return 0


def _measure_realtimeqa(argv: Sequence[str]) -> int:
    from evals.at_size import main_realtimeqa

    return main_realtimeqa(argv)


def _measure_extraction(argv: Sequence[str]) -> int:
    from evals.extraction import main_extraction

    parser = argparse.ArgumentParser(prog="dateline eval extraction", description="Measure how articles are selected.")
    parser.add_argument("file", type=Path, help="articles with their true bodies, one JSON object a line")
    parser.add_argument("--field", choices=("text", "html"), help="what the selection works from; both if not given")
    parser.add_argument("--out", type=Path, help="write what was selected through --field, one {id, text} a line")
    parser.add_argument(
        "--folds", type=int, help="train anew on other sites' pages N times, instead of the shipped model"
    )
    options = parser.parse_args(argv)
    if options.out is not None and options.field is None:
        parser.error("--out holds what was selected through one field: say which with --field")
    return main_extraction(options.file, options.field, options.out, options.folds)


def _measure_duplicates(argv: Sequence[str]) -> int:
    from evals.duplicates import main_duplicates

    parser = argparse.ArgumentParser(
        prog="dateline eval duplicates", description="Measure how copies and versions of articles are told apart."
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="articles, one JSON object a line")
    parser.add_argument("--n", type=int, default=200, metavar="N", help="make pairs of N articles (default 200)")
    options = parser.parse_args(argv)
    if options.n < 2:
        raise UsageError("pairs are made of two articles or more: --n 2")
    return main_duplicates(options.files, options.n)


def _measure_dates(argv: Sequence[str]) -> int:
    from evals.dates import main_dates

    parser = argparse.ArgumentParser(prog="dateline eval dates", description="Measure the days claimed for articles.")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="articles, one JSON object a line")
    parser.add_argument("--sample", type=int, metavar="N", help="measure N articles of each file, drawn by a seed")
    options = parser.parse_args(argv)
    return main_dates(options.files, sample=options.sample)


def _measure_rewrites(argv: Sequence[str]) -> int:
    from evals.rewrites import main_rewrites

    parser = argparse.ArgumentParser(
        prog="dateline eval rewrites", description="Measure what follow-ups are given back to stand alone."
    )
    parser.add_argument("file", type=Path, help="turns with a person's rewrite of each, one JSON object a line")
    parser.add_argument(
        "--folds", type=int, metavar="N", help="train anew on other conversations N times, instead of the shipped model"
    )
    options = parser.parse_args(argv)
    if options.folds is not None and options.folds < 2:
        raise UsageError("conversations are judged by a model of the others: --folds 2 or more")
    return main_rewrites(options.file, options.folds)


def _parse(argv: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="dateline eval", description=__doc__)
    parser.add_argument("--gold", type=Path, metavar="FILE", help="your own questions, one JSON object a line")
    parser.add_argument("--articles", type=Path, metavar="DIR", help="the folder of articles they are about")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print the report as JSON")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="the figures and floors to compare with")
    parser.add_argument("--update-baseline", action="store_true", help="pin these figures; floors are kept")
    parser.add_argument("--threshold", type=float, metavar="X", help="decline below this confidence")
    parser.add_argument("--misses", action="store_true", help="list every question that did not go as expected")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write a page with every figure and every miss")
    parser.add_argument("--against", type=Path, metavar="RUN", help="a run.json to show beside this run in the page")
    parser.add_argument(
        "--ablations", action="store_true", help="measure what each stage buys: leave out one at a time"
    )
    options = Options(**vars(parser.parse_args(argv)))
    if options.against is not None and options.report is None:
        raise UsageError("--against shows two runs beside each other in a page: name its folder with --report DIR")
    return options


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except DatelineError as error:
        print(f"dateline eval: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)
