"""A system is asked in a process of its own, so that its seconds and its memory are its own.

What it says goes to a file of JSON lines as it is said, so that a stopped run goes on after the last answered
question; an index that it needs is built once, and what that took is noted beside it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from filelock import FileLock

from evals.reply import Reply, System
from ingest.errors import DatelineError, UsageError

__all__ = [
    "Asked",
    "Built",
    "Factory",
    "Opened",
    "Run",
    "Timed",
    "digest_of",
    "ensure_built",
    "peak_mib",
    "run_apart",
    "stop",
    "tail",
    "work",
    "write_whole",
]

_CHECKOUT = Path(__file__).resolve().parent.parent
_EXIT_USAGE, _EXIT_BUILT = 2, 3
_POLL_S, _STOP_TIMEOUT_S = 0.05, 10.0
_WORKER = "import sys; sys.path[:0] = sys.argv[1:2]; from evals.apart import work; sys.exit(work())"


# --- an index that is built once ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Built:
    """What it took to build an index: seconds, and the peak memory (MiB) of the process that did."""

    seconds: float
    peak_mib: float


def digest_of(payload: Path, *made_with: str) -> str:
    """Twelve hex digits that change with the content of `payload` and with each of `made_with`."""
    with payload.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    for part in made_with:
        digest.update(f"\n{part}".encode())
    return digest.hexdigest()[:12]


def ensure_built(folder: Path, build: Callable[[Path], None]) -> tuple[Built, bool]:
    """Have `build` make the index in `folder` unless a whole one is there; what it took, and whether it was just now.

    The note of what it took is written last: an index without one is half-built, and is made afresh.
    """
    note = folder / "built.json"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if note.is_file():
            return Built(**json.loads(note.read_bytes())), False
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        started = time.perf_counter()
        build(folder)
        built = Built(time.perf_counter() - started, peak_mib())
        write_whole(note, json.dumps(asdict(built)).encode())
        return built, True


def peak_mib(pid: int | None = None) -> float:
    """The most memory that process `pid`, or this one, has held at a time: MiB, mapped files included.

    From `VmHWM`, since Linux lets `getrusage` of a new process begin at the peak of the one that started it.
    """
    try:
        status = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError):  # not Linux, or the process is gone
        who = resource.RUSAGE_SELF if pid is None else resource.RUSAGE_CHILDREN
        return resource.getrusage(who).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whose folder is made, so that nobody ever finds a part of it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)


# --- a system in a process of its own -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the day on which it is asked."""

    question: str
    as_of: dt.date


@dataclass(frozen=True, slots=True)
class Opened:
    """A system that is ready to be asked.

    `complete` adds to a reply what the measures want and the system itself would not do: it is called off the clock.
    `server_pid` is the process that a system has its model in, if any. `close` stops it all.
    """

    system: System
    built: Built | None = None
    close: Callable[[], None] = lambda: None
    complete: Callable[[Asked, Reply], Reply] = lambda _, reply: reply
    server_pid: int | None = None


# Opens a system over a file that only it understands. If it had to build an index, it says what that took instead,
# and is called again in a new process: the memory of answering is then not that of building.
Factory = Callable[[Path], Opened | Built]


@dataclass(frozen=True, slots=True)
class Timed:
    """One question, asked: a reply or the error that came instead, the seconds it took, and peak memory until then.

    Both peaks are in MiB and of the whole process, loading included; `server_mib` is that of the model's process.
    """

    asked: Asked
    reply: Reply | None
    error: str | None
    seconds: float
    peak_mib: float
    server_mib: float | None

    def __post_init__(self) -> None:
        if (self.reply is None) == (self.error is None):
            raise ValueError("what was asked has a reply or an error")


@dataclass(frozen=True, slots=True)
class Run:
    """Every question in order; `open_s` is the time until the system was ready, `built` None where it told nothing."""

    timed: tuple[Timed, ...]
    built: Built | None
    open_s: float

    @property
    def peak_mib(self) -> float:
        """The most memory of the system's process while it answered."""
        return max((timed.peak_mib for timed in self.timed), default=0.0)

    @property
    def server_mib(self) -> float | None:
        """The most memory of the model's process, where there is one."""
        return max((timed.server_mib for timed in self.timed if timed.server_mib is not None), default=None)


def run_apart(
    factory: str,
    payload: Path,
    *,
    questions: Sequence[Asked],
    results: Path,
    progress: Callable[[Timed], None] = lambda _: None,
) -> Run:
    """Ask `questions` of the system that `factory`, a "module:function", opens over `payload`, in another process.

    What is said goes to `results`, and what its process prints to `results` with `.log` after it. Questions that
    `results` already answers are not asked again; `progress` hears of the new ones. A question that raises has its
    error for a reply, and the rest goes on. Whatever ends this function ends the process, and the model's.

    Raises:
        UsageError: the system cannot be opened as it was asked for, or `results` is of another run.
        DatelineError: its process failed; with the last lines of its log.
    """
    header = json.dumps({"factory": factory, "payload": digest_of(payload)})
    results.parent.mkdir(parents=True, exist_ok=True)
    told = _Results(results, header, questions)
    has_built = False
    while (left := questions[len(told.timed) :]) or told.open_s is None:
        job = {"factory": factory, "payload": str(payload.absolute()), "results": str(results.absolute())}
        code = _work_apart(json.dumps(job | {"questions": [_asked_row(asked) for asked in left]}), told, progress)
        if code == _EXIT_BUILT and not has_built:
            has_built = True
        elif code or len(told.timed) < len(questions):
            raise _failure(code, factory, told)
    return Run(tuple(told.timed), told.built, told.open_s)


class _Results:
    """The file of JSON lines, read as it grows: a header, then when it was opened, then a line a question."""

    def __init__(self, path: Path, header: str, questions: Sequence[Asked]) -> None:
        self.path, self.log = path, Path(f"{path}.log")
        self.timed: list[Timed] = []
        self.built: Built | None = None
        self.open_s: float | None = None
        self._offset = 0
        held = path.read_bytes() if path.is_file() else b""
        whole = held[: held.rfind(b"\n") + 1]  # a line that was cut short is not there
        if not whole:
            whole = f"{header}\n".encode()
        if whole != held:
            write_whole(path, whole)
        first = whole.partition(b"\n")[0]
        self._offset = len(first) + 1
        self.read()
        if first.decode() != header or [timed.asked for timed in self.timed] != [*questions[: len(self.timed)]]:
            raise UsageError(f"{path} holds the answers of another run: name another file, or remove it")

    def read(self) -> list[Timed]:
        """The questions answered since the last call."""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            lines = file.read()
        lines = lines[: lines.rfind(b"\n") + 1]
        self._offset += len(lines)
        new: list[Timed] = []
        for line in lines.splitlines():
            row = json.loads(line)
            if "open_s" in row:
                self.open_s = row["open_s"]
                self.built = Built(**row["built"]) if row["built"] else None
            else:
                new.append(_timed(row))
        self.timed.extend(new)
        return new


def _work_apart(job: str, told: _Results, progress: Callable[[Timed], None]) -> int:
    """Have one process work on `job`, and pass on what it tells; its exit code."""
    with told.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(_CHECKOUT)], stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its log says why
            process.stdin.write(f"{job}\n".encode())
            process.stdin.flush()
        ended = False
        while not ended:
            ended = process.poll() is not None
            for timed in told.read():
                progress(timed)
            if not ended:
                time.sleep(_POLL_S)
        return process.returncode
    finally:
        stop(process)


def _failure(code: int, factory: str, told: _Results) -> DatelineError:
    last = tail(told.log)
    if code == _EXIT_USAGE and last:
        return UsageError(last.splitlines()[-1])
    return DatelineError(
        f"{factory} ended with code {code} after {len(told.timed)} questions, which {told.path} keeps. "
        f"The end of {told.log}:\n{last}"
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that ends with its standard input; by force when it does not."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    for insist in (process.terminate, process.kill):
        try:
            process.wait(_STOP_TIMEOUT_S)
            return
        except subprocess.TimeoutExpired:
            insist()
    process.wait()


def tail(log: Path, *, n: int = 15) -> str:
    """The last `n` lines of `log`."""
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()[-n:])
    except OSError:
        return ""


# --- within that process ------------------------------------------------------------------------------------


def work() -> int:
    """Do the job that one line of standard input tells, and end when standard input does; an exit code."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    module, _, name = job["factory"].partition(":")
    started = time.perf_counter()
    try:
        factory: Factory = getattr(import_module(module), name)
        opened = factory(Path(job["payload"]))
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return _EXIT_USAGE
    if isinstance(opened, Built):
        return _EXIT_BUILT
    try:
        built = asdict(opened.built) if opened.built else None
        with Path(job["results"]).open("a", encoding="utf-8") as results:
            results.write(json.dumps({"open_s": time.perf_counter() - started, "built": built}) + "\n")
            results.flush()
            for row in job["questions"]:
                results.write(json.dumps(_ask(opened, _asked(row))) + "\n")
                results.flush()
    finally:
        opened.close()
    return 0


def _end_with_parent() -> None:
    sys.stdin.read()
    main = threading.main_thread().ident
    if main is not None:
        signal.pthread_kill(main, signal.SIGINT)  # so that it closes what it opened
    time.sleep(_STOP_TIMEOUT_S / 2)
    os._exit(1)  # it hangs; a model's process ends with its standard input all the same


def _ask(opened: Opened, asked: Asked) -> dict[str, object]:
    started = time.perf_counter()
    seconds: float | None = None
    reply: Reply | None = None
    error: str | None = None
    try:
        said = opened.system.ask(asked.question, as_of=asked.as_of)
        seconds = time.perf_counter() - started
        reply = opened.complete(asked, said)
    except Exception as raised:  # measured, not handled: whatever broke is named in the report
        error = f"{type(raised).__name__}: {raised}"
    return {
        **_asked_row(asked),
        "seconds": time.perf_counter() - started if seconds is None else seconds,
        "error": error,
        "peak_mib": peak_mib(),
        "server_mib": peak_mib(opened.server_pid) if opened.server_pid is not None else None,
        "reply": asdict(reply) if reply is not None else None,
    }


def _asked_row(asked: Asked) -> dict[str, str]:
    return {"question": asked.question, "as_of": asked.as_of.isoformat()}


def _asked(row: dict[str, str]) -> Asked:
    return Asked(row["question"], dt.date.fromisoformat(row["as_of"]))


def _timed(row: dict[str, object]) -> Timed:
    told = row.pop("reply")
    asked = Asked(str(row.pop("question")), dt.date.fromisoformat(str(row.pop("as_of"))))
    reply = None
    if isinstance(told, dict):
        reply = Reply(**(told | {"passages": tuple(told["passages"]), "cited": tuple(told["cited"])}))
    return Timed(asked, reply, **row)  # type: ignore[arg-type]  # written by _ask
