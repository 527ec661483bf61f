"""`dateline eval`: ask every question of a gold file, print the figures, and fail where a floor is broken.

Exit codes: 0 measured and no floor broken, 3 a floor is broken or the baseline is of other files.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.gold import load_gold
from evals.report import (
    KS,
    Report,
    broken_floors,
    build_report,
    drifts,
    format_misses,
    format_report,
    load_baseline,
    pin,
    report_to_dict,
    write_baseline,
)
from evals.run import GOLD, Corpus, ask_all, find_articles, open_corpus, score
from ingest.errors import DatelineError, UsageError

__all__ = ["Options", "main"]

BASELINE = Path(__file__).with_name("baseline.json")
FLOOR_BROKEN = 3


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
    options = _parse(argv)
    report = _measure(options, opened or open_corpus)
    if options.as_json:
        print(json.dumps(report_to_dict(report), ensure_ascii=False, indent=2))
    else:
        print(format_report(report))
    if options.misses and (misses := format_misses(report)):
        print(f"\n{misses}", file=sys.stderr if options.as_json else sys.stdout)
    return _compare(report, options)


def _measure(options: Options, opened: OpenCorpus) -> Report:
    gold = options.gold or GOLD
    corpus = opened(options.articles or find_articles(), options.threshold)
    for source, reason in corpus.set_aside:
        _say(f"set aside {source}: {reason}")
    try:
        cases = load_gold(gold, corpus.source_text)
        ask_all(cases[:1], corpus.ask)  # models load here, so that latency is that of a warm process
        scores = [score(outcome, corpus.source_text, ks=KS) for outcome in ask_all(cases, corpus.ask)]
    finally:
        corpus.close()
    gold_digest = hashlib.sha256(gold.read_bytes()).hexdigest()
    return build_report(scores, gold_digest=gold_digest, articles_digest=corpus.digest)


def _compare(report: Report, options: Options) -> int:
    """Say on stderr how `report` stands to its baseline, pin it when asked to, and give the exit code."""
    if options.baseline is None and options.own_files:
        if options.update_baseline:
            raise UsageError("name the file to pin your own figures in: --baseline FILE --update-baseline")
        return 0
    path = options.baseline or BASELINE
    if options.update_baseline:
        baseline = pin(report, load_baseline(path) if path.exists() else None)
        write_baseline(path, baseline)
        _say(f"pinned the figures in {path}; floors that were there are kept: edit the file to move one")
    elif options.baseline is None and not path.exists():
        _say(f"no floors to compare with: there is no {path}; --update-baseline writes it")
        return 0
    else:
        baseline = load_baseline(path)
    drifted = drifts(report, baseline)
    broken = broken_floors(report, baseline)
    for sentence in drifted:
        _say(sentence)
    for measure, floor, value in broken:
        _say(f"floor broken: {measure} is {'not measured' if value is None else f'{value:.4f}'}, its floor is {floor}")
    return FLOOR_BROKEN if drifted or broken else 0


def _measure_extraction(argv: Sequence[str]) -> int:
    from evals.extraction import main_extraction

    parser = argparse.ArgumentParser(prog="dateline eval extraction", description="Measure how articles are selected.")
    parser.add_argument("file", type=Path, help="articles with their true bodies, one JSON object a line")
    parser.add_argument("--field", choices=("text", "html"), required=True, help="what the selection works from")
    parser.add_argument("--out", type=Path, help="write what was selected, one {id, text} a line")
    parser.add_argument(
        "--folds", type=int, help="train anew on other sites' pages N times, instead of the shipped model"
    )
    options = parser.parse_args(argv)
    return main_extraction(options.file, options.field, options.out, options.folds)


def _parse(argv: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="dateline eval", description=__doc__)
    parser.add_argument("--gold", type=Path, metavar="FILE", help="your own questions, one JSON object a line")
    parser.add_argument("--articles", type=Path, metavar="DIR", help="the folder of articles they are about")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print the report as JSON")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="the figures and floors to compare with")
    parser.add_argument("--update-baseline", action="store_true", help="pin these figures; floors are kept")
    parser.add_argument("--threshold", type=float, metavar="X", help="decline below this confidence")
    parser.add_argument("--misses", action="store_true", help="list every question that did not go as expected")
    return Options(**vars(parser.parse_args(argv)))


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except DatelineError as error:
        print(f"dateline eval: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)
