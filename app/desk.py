"""Questions are answered here, in threads of their own, so that an answer comes whether or not its page still listens.

A page that was reloaded follows the same run again; what it comes to is kept by whoever handed the question in. The
questions of all people wait in one line.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.conversation import Asked, Failure
from app.web.site import AskStream
from ingest.errors import DatelineError

__all__ = ["AT_ONCE", "Desk", "Run", "Task"]

_log = logging.getLogger(__name__)
AT_ONCE = max(2, os.cpu_count() or 2)  # each question uses more than one core by itself
_TOGETHER_S = 0.02  # what changes within so long is shown at once: the last statement comes just before the answer
_STOPPED = "You stopped this question."


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked, by whom, in which conversation; of an entry asked again, its number."""

    person: str
    conversation_id: str
    question: str
    options: AskOptions
    history: Sequence[Turn]
    number: int | None = None

    def same_as(self, other: Task) -> bool:
        """Whether the same is asked in the same place: somebody pressed twice."""
        return (self.person, self.conversation_id, self.question, self.options, self.number) == (
            other.person, other.conversation_id, other.question, other.options, other.number
        )  # fmt: skip


class Run:
    """A question on its way to an answer."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.statements: tuple[Statement, ...] = ()
        self.outcome: Asked | Failure | None = None
        self._stopped = threading.Event()
        self._landing = threading.Lock()  # held from before the outcome is kept until the run is over
        self._lock = threading.Lock()
        self._followers: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def stop(self) -> None:
        """Ask its thread to end; what it had found so far is dropped."""
        self._stopped.set()

    async def follow(self) -> AsyncIterator[tuple[Statement, ...]]:
        """The statements so far, each time there are more; once more when the outcome is there."""
        changed = asyncio.Event()
        with self._lock:
            self._followers.append((asyncio.get_running_loop(), changed))
        try:
            while True:
                changed.clear()
                over = self.outcome is not None
                yield self.statements
                if over:
                    return
                await changed.wait()
                await asyncio.sleep(_TOGETHER_S)
        finally:
            with self._lock:
                self._followers = [f for f in self._followers if f[1] is not changed]

    def _tell(self) -> None:
        with self._lock:
            for loop, changed in self._followers:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(changed.set)

    def _answer(self, ask: AskStream, names: Callable[[Answer], dict[str, str]]) -> Asked | Failure:
        task = self.task
        try:
            if self._stopped.is_set():
                return self._failure(_STOPPED, stopped=True)
            for part in ask(task.question, history=task.history, options=task.options):
                if self._stopped.is_set():
                    return self._failure(_STOPPED, stopped=True)
                if isinstance(part, Answer):
                    return Asked(Turn(task.question, part), task.options, names(part))
                self.statements = (*self.statements, part)
                self._tell()
            return self._failure("No answer came. Ask again.")
        except DatelineError as error:
            return self._failure(str(error))
        except Exception:
            # The page is the last one who could say anything; the log has the traceback.
            _log.exception("answering a question in the chat failed")
            return self._failure("Something went wrong inside Dateline. The terminal it runs in says what.")

    def _failure(self, message: str, *, stopped: bool = False) -> Failure:
        return Failure(self.task.question, message, self.task.options, stopped)


class Desk:
    """Answers at most a few questions at a time, first come first served.

    `keep` is called from the thread of a run with its task and outcome before the run is over, and says what went wrong
    with keeping it, as the outcome to show instead; None when it is kept.
    """

    def __init__(
        self,
        ask: AskStream,
        names: Callable[[Answer], dict[str, str]],
        keep: Callable[[Task, Asked | Failure], Failure | None],
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        self._ask = ask
        self._names = names
        self._keep = keep
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="dateline-ask")
        self._lock = threading.Lock()
        self._runs: list[Run] = []

    def start(self, task: Task) -> Run:
        """The run that answers `task`, from now on; the one that is on its way where the same was just asked there."""
        run = Run(task)
        with self._lock:
            for other in self._runs:
                if other.task.same_as(task):
                    return other
            self._runs.append(run)
        done: Future[None] = self._threads.submit(self._work, run)
        done.add_done_callback(lambda _: None)
        return run

    def running(self, person: str, conversation_id: str) -> tuple[Run, ...]:
        """What is on its way in a conversation, first asked first."""
        with self._lock:
            return tuple(r for r in self._runs if (r.task.person, r.task.conversation_id) == (person, conversation_id))

    def stop(self, person: str, conversation_id: str) -> None:
        """End what is on its way in a conversation at once; what a thread still finds of it is dropped."""
        for run in self.running(person, conversation_id):
            run.stop()
            self._land(run, run._failure(_STOPPED, stopped=True))

    @contextmanager
    def still(self, person: str, conversation_id: str) -> Iterator[tuple[Run, ...]]:
        """What is on its way in a conversation, none of which ends meanwhile.

        Without it a question could be seen twice, on its way and answered, or not at all.
        """
        with ExitStack() as held:
            runs = self.running(person, conversation_id)
            for run in runs:
                held.enter_context(run._landing)
            yield tuple(run for run in runs if run.outcome is None)

    @property
    def busy(self) -> bool:
        """Whether anybody waits for an answer."""
        return bool(self._runs)

    def close(self) -> None:
        """End without waiting for what still waits in line."""
        for run in self._runs:
            run.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _work(self, run: Run) -> None:
        self._land(run, run._answer(self._ask, self._names))

    def _land(self, run: Run, outcome: Asked | Failure) -> None:
        """Keep what a run came to, unless it came to something before."""
        with run._landing:
            if run.outcome is not None:
                return
            try:
                trouble = self._keep(run.task, outcome)
            except Exception:
                _log.exception("keeping an answer failed")
                trouble = run._failure("The answer could not be kept. The terminal that Dateline runs in says why.")
            run.outcome = trouble or outcome
            with self._lock:
                self._runs.remove(run)
        run._tell()
