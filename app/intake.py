"""`dateline ingest`: one run over a folder, a rehearsal of one, or one after every change.

Like `app.__main__`, which dispatches to it, this file builds objects and prints; it decides nothing else.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from app.progress import ProgressFile
from app.settings import Settings, no_usage_statistics, spare_the_proxy
from app.terminal import count, shown
from ingest.errors import UsageError

if TYPE_CHECKING:
    from ingest.batch import Progress, Report
    from ingest.cluster import PrepareOnCluster

__all__ = ["add_ingest"]

_TOLD_EVERY = 500  # files, where progress is not watched in a terminal
_DRAWN_EVERY_S = 0.1
_PLANNED_SHOWN = 200
_QUIET_MS = 1_600  # without a change before a watched folder is read


def add_ingest(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Tell the command line of `ingest`."""
    one = commands.add_parser("ingest", parents=[common], help="read articles into the index, or bring it up to date")
    one.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="folders or files")
    one.add_argument("--prune", action="store_true", help="forget articles whose files are gone from these folders")
    one.add_argument("--emptied", action="store_true", help="with --prune: also where nothing at all is left")
    one.add_argument("--watch", action="store_true", help="go on, and read again after every change; Ctrl-C ends it")
    one.add_argument("--dry-run", action="store_true", help="say what would be read and forgotten, and do nothing")
    one.add_argument("--readmit", action="store_true", help="let in again what `dateline remove` took out")
    one.add_argument("--retry", action="store_true", help="read what was set aside again, though it is unchanged")
    one.add_argument("--jobs", type=int, default=1, help="processes that read files (default 1: a thread)")
    one.add_argument("--engine", choices=("local", "ray"), default="local", help="who prepares the articles")
    one.add_argument("--address", help="the Ray cluster of --engine ray; without it, one is started on this machine")
    one.add_argument("--rebuild", action="store_true", help="empty the index first, for another model or version")
    one.add_argument("--strict", action="store_true", help="exit 3 when a file was set aside")
    one.add_argument("--json", action="store_true", help="print the report as JSON")
    one.add_argument(
        "--progress", type=Path, metavar="FILE", help="tell how far it is in FILE, a line of JSON each time"
    )
    one.add_argument(
        "--field", action="append", default=[], metavar="ROLE=NAME", help="a field of records, such as text=Artikeltext"
    )
    one.set_defaults(command=_ingest)


def _ingest(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.jobs < 1:
        raise UsageError(f"--jobs takes a number of processes, 1 or more, not {arguments.jobs}")
    if arguments.dry_run and (arguments.watch or arguments.rebuild or arguments.readmit):
        raise UsageError("--dry-run tells what one run would do: leave --watch, --rebuild and --readmit away")
    if arguments.progress is not None and (arguments.watch or arguments.dry_run):
        raise UsageError("--progress tells of one run: leave --watch and --dry-run away")
    if arguments.emptied and not arguments.prune:
        raise UsageError("--emptied says what --prune may do: give both")
    if arguments.dry_run:
        return _rehearse(arguments, settings)
    if arguments.progress is None:
        code = _run(arguments, settings)
    else:
        _give_way()
        with ProgressFile(arguments.progress) as told:
            code = _run(arguments, settings, told)
    if arguments.watch:
        arguments.rebuild = arguments.readmit = False  # once is enough
        _watch(arguments, settings)
    return code


def _give_way() -> None:
    """Let whoever watches go first: an ingest that is watched from elsewhere runs beside a chat that is used."""
    if hasattr(os, "nice"):
        os.nice(5)


def _run(arguments: argparse.Namespace, settings: Settings, told: ProgressFile | None = None) -> int:
    """One run, and its report."""
    from ingest.encode import load_encoder
    from ingest.files import find_files
    from ingest.job import BATCH_BYTES, BATCH_FILES, ingest
    from ingest.records import parse_fields
    from store import open_sink

    fields = parse_fields(arguments.field)
    may_be_gone = arguments.prune and not arguments.rebuild and settings.store.is_dir()
    find_files(arguments.paths, may_be_gone=may_be_gone)  # a slip of the pen changes nothing, not even with --rebuild
    if settings.vectors:
        spare_the_proxy("localhost")
    with ExitStack() as stack:
        cluster = _cluster(arguments, settings, stack)
        spec = load_encoder(settings.encoder).spec
        opened = open_sink(settings.store, encoder_spec=spec, rebuild=arguments.rebuild, servers=settings.servers)
        sink = stack.enter_context(opened)
        meter = told or stack.enter_context(_Meter())
        report = ingest(
            arguments.paths,
            sink,
            encoder_name=settings.encoder,
            prune=arguments.prune,
            emptied=arguments.emptied,
            readmit=arguments.readmit,
            retry=arguments.retry,
            progress=meter.show,
            fields=fields,
            jobs=arguments.jobs,
            prepare=cluster,
            batch_size=cluster.batch_files if cluster else BATCH_FILES,
            batch_bytes=cluster.batch_bytes if cluster else BATCH_BYTES,
        )
        if told is not None:
            told.end(report)
    if sink.restored and not arguments.json:
        print(f"{count(sink.restored, 'passage')} that the index had lost, restored from its catalogue")
    _tell(report, arguments, settings)
    return 3 if arguments.strict and report.set_aside else 0


def _cluster(arguments: argparse.Namespace, settings: Settings, stack: ExitStack) -> PrepareOnCluster | None:
    """What prepares the articles in place of this process, as long as `stack` is open; None with the local engine."""
    if arguments.engine == "local":
        if arguments.address:
            raise UsageError("--address is that of a Ray cluster: it goes with --engine ray")
        return None
    from ingest.cluster import PrepareOnCluster

    no_usage_statistics()
    return stack.enter_context(PrepareOnCluster(settings.encoder, address=arguments.address))


def _rehearse(arguments: argparse.Namespace, settings: Settings) -> int:
    """What a run would do."""
    from ingest.encode import load_encoder
    from ingest.job import ingest
    from ingest.records import parse_fields
    from store import current_build
    from store.rehearsal import Rehearsal

    sink = Rehearsal(settings.store, current_build(load_encoder(settings.encoder).spec), settings.servers)
    with _Meter() as meter:
        report = ingest(
            arguments.paths,
            sink,
            prune=arguments.prune,
            emptied=arguments.emptied,
            plan_only=True,
            progress=meter.show,
            fields=parse_fields(arguments.field),
        )
    if arguments.json:
        print(_as_json(report))
        return 0
    for source in report.planned[:_PLANNED_SHOWN]:
        print(f"would read {shown(source)}")
    if len(report.planned) > _PLANNED_SHOWN:
        print(f"and {len(report.planned) - _PLANNED_SHOWN:,} more")
    for aside in report.set_aside:
        print(f"would set aside {shown(aside.source)}: {shown(aside.reason)}")
    for source in report.gone:
        print(f"gone but still indexed {shown(source)}: --prune removes it")
    print(
        f"{len(report.planned):,} would be read, {report.unchanged:,} unchanged, {report.copies:,} known content at a "
        f"new place, {report.removed:,} would be forgotten; nothing was changed"
    )
    return 0


def _watch(arguments: argparse.Namespace, settings: Settings) -> None:
    """A run after every change below the paths, until Ctrl-C; what cannot be done now is tried after the next."""
    from watchfiles import watch

    from ingest.errors import DatelineError

    print(f"watching {', '.join(shown(str(path)) for path in arguments.paths)}; Ctrl-C ends it", file=sys.stderr)
    for _ in watch(*arguments.paths, debounce=_QUIET_MS, step=200, raise_interrupt=False):
        try:
            _run(arguments, settings)
        except DatelineError as error:
            print(f"dateline: {error}", file=sys.stderr)


def _tell(report: Report, arguments: argparse.Namespace, settings: Settings) -> None:
    if arguments.json:
        print(_as_json(report), flush=True)
        return
    for source, taken in report.fields:
        print(f"fields of {shown(source)}: {shown(str(taken))}")
    for aside in report.set_aside:
        print(f"set aside {shown(aside.source)}: {shown(aside.reason)}")
    for source in report.gone:
        print(f"gone but still indexed {shown(source)}: --prune removes it")
    copies = "copy" if report.copies == 1 else "copies"
    named = {"unchanged": report.unchanged, "replaced": report.replaced, copies: report.copies}
    changes = "".join(f", {n:,} {what}" for what, n in {**named, "removed": report.removed}.items() if n)
    print(
        f"{count(report.articles, 'article')}, {count(report.passages, 'passage')} written{changes}, "
        f"{len(report.set_aside):,} set aside in {report.seconds:.1f} s; the index is in {settings.store}",
        flush=True,
    )
    if report.found == 0 and report.removed == 0:
        print("no articles were found there: is it the right folder?")


def _as_json(report: Report) -> str:
    told = dataclasses.asdict(report) | {"fields": {source: str(taken) for source, taken in report.fields}}
    return json.dumps(told, ensure_ascii=False, indent=2)


class _Meter:
    """A progress line on standard error with rate and time left, where a person sees it; else a line now and then."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._wide = 0
        self._told, self._next = 0, _TOLD_EVERY
        self._started = self._drawn = time.monotonic()

    def show(self, progress: Progress) -> None:
        """Overwrite the line with how far the job is."""
        now = time.monotonic()
        over = progress.done == progress.total
        if self._live:
            if now - self._drawn < _DRAWN_EVERY_S and not over:
                return
            self._drawn = now
            line = f"{_bar(progress)} {self._pace(progress, now)}  {shown(progress.source)}"[:110]
            sys.stderr.write("\r" + line.ljust(self._wide))
            sys.stderr.flush()
            self._wide = len(line)
        elif progress.done >= self._next or (over and progress.total > self._told):
            print(f"{self._pace(progress, now)}", file=sys.stderr, flush=True)
            self._told, self._next = progress.done, progress.done + _TOLD_EVERY

    def _pace(self, progress: Progress, now: float) -> str:
        seconds = now - self._started
        told = f"{progress.done:,} of {progress.total:,} files"
        if seconds < 1 or not progress.done:
            return told
        rate = progress.done / seconds
        left = (progress.total - progress.done) / rate
        return f"{told}, {rate:.1f}/s" + (f", {_clock(left)} left" if left >= 1 else "")

    def __enter__(self) -> _Meter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave an empty line behind."""
        if self._live and self._wide:
            sys.stderr.write("\r" + " " * self._wide + "\r")


def _bar(progress: Progress) -> str:
    done = 20 * progress.done // max(1, progress.total)
    return "[" + "#" * done + "." * (20 - done) + "]"


def _clock(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes}:{whole % 60:02d} min"
