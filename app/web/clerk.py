"""The clerk: one thread that asks what nobody waits for, a question at a time, and lets people who chat go first.

That are the questions of batches, and the saved ones after the archive has changed, whoever changed it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.answer import Answer, Turn
from app.ask import AskOptions
from app.batch import Item, Outcome
from app.batch_run import answered
from app.notebook.batches import Batches, Job
from app.notebook.saved import Saved, SavedQuestions
from app.web.site import Site
from ingest.errors import DatelineError, UsageError

__all__ = ["Clerk", "run_saved", "run_saved_after_ingest"]

_log = logging.getLogger(__name__)
_LOOKED_EVERY_S = 4.0  # whether the archive has changed
_LONGEST_POLITE_S = 60.0  # then one question is asked though people wait: a batch ends some day on a busy server
_BEAT_EVERY_S = 15.0
_JOINED_S = 5.0


class Clerk:
    """Asks the questions of `batches` and `saved`, from `start` to `stop`."""

    def __init__(self, site: Site, batches: Batches, saved: SavedQuestions) -> None:
        self._site = site
        self._batches = batches
        self._saved = saved
        self._woken = threading.Event()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._settled: int | None = None  # the generation at the last look
        self._beaten = 0.0

    def start(self) -> None:
        """Begin."""
        self._over.clear()
        self._thread = threading.Thread(target=self._work, name="dateline-clerk", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a question that is being asked is left as if it had not been."""
        self._over.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout=_JOINED_S)

    def wake(self) -> None:
        """Look at once for something to do."""
        self._woken.set()

    def _work(self) -> None:
        while not self._over.is_set():
            try:
                did = self._do_one()
            except DatelineError as error:
                _log.warning("asking in the background: %s", error)
                did = False
            except Exception:
                _log.exception("asking in the background failed")
                did = False
            if not did:
                self._woken.wait(timeout=_LOOKED_EVERY_S)
                self._woken.clear()

    def _do_one(self) -> bool:
        """Ask one question; whether there was one."""
        job = self._batches.next_job()
        if job is not None:
            if self._let_people_go_first():
                self._ask_of_batch(job)
            return True
        if not self._saved.any() or not self._is_settled():
            return False
        return run_saved_after_ingest(
            self._site, self._saved, first=self._let_people_go_first, goes_on=self._has_no_better
        )

    def _has_no_better(self) -> bool:
        return not self._over.is_set() and self._batches.next_job() is None

    def _ask_of_batch(self, job: Job) -> None:
        def one(item: Item, history: Sequence[Turn]) -> Answer:
            return _answer(self._site, item, history, item.options(job.options))

        history = self._history(job) if job.item.conversation else ()
        outcome = answered(job.item, one, history)
        if not self._over.is_set():
            self._batches.keep(job.batch, outcome)

    def _history(self, job: Job) -> tuple[Turn, ...]:
        """What was asked before in the same conversation of the same batch."""
        before: list[Outcome] = []
        for row in self._batches.rows(job.person, job.batch, many=job.item.number - 1):
            outcome = self._batches.outcome(job.person, job.batch, row.number)
            if outcome is not None and outcome.item.conversation == job.item.conversation:
                before.append(outcome)
        return tuple(Turn(o.item.question, o.answer) for o in before if o.answer is not None)

    def _is_settled(self) -> bool:
        """Whether the archive is as it was at the last look: while an ingest writes, nothing is asked again."""
        generation = self._site.archive.generation
        settled, self._settled = self._settled in (None, generation), generation
        return settled

    def _let_people_go_first(self) -> bool:
        """Wait until nobody waits for an answer of the chat; whether there is still something to do then."""
        began = time.monotonic()
        while not self._over.is_set() and any(busy() for busy in self._site.busy):
            if time.monotonic() - began > _LONGEST_POLITE_S:
                break
            self._over.wait(timeout=0.1)
            self._beat()
        self._beat()
        return not self._over.is_set()

    def _beat(self) -> None:
        if time.monotonic() - self._beaten > _BEAT_EVERY_S:
            self._beaten = time.monotonic()
            self._batches.beat()


def run_saved_after_ingest(
    site: Site,
    saved: SavedQuestions,
    *,
    first: Callable[[], bool] = lambda: True,
    goes_on: Callable[[], bool] = lambda: True,
) -> bool:
    """Ask again what was saved and not yet asked of the archive as it is now; whether there was any.

    `first` is called before each one and says whether it is still wanted; `goes_on` between them.
    """
    found = saved.stale(site.archive.generation)
    for question in found:
        if not first():
            break
        run_saved(site, saved, question)
        if not goes_on():
            break
    return bool(found)


def run_saved(site: Site, saved: SavedQuestions, question: Saved) -> None:
    """Ask one saved question and keep what it comes to."""
    generation = site.archive.generation
    item = Item(question.id, question.question)
    plain = replace(question.options, composer="extractive")  # it is compared: no model words it twice alike
    outcome = answered(item, lambda asked, _: _answer(site, asked, (), plain), ())
    if outcome.answer is None:
        saved.fail(question, outcome.error, generation)
    else:
        saved.record(question, outcome.answer, generation)


def _answer(site: Site, item: Item, history: Sequence[Turn], options: AskOptions) -> Answer:
    """The answer to a question; one with a day of its own is asked as of that day."""
    options = replace(options, as_of=item.as_of or options.as_of)
    found: Answer | None = None
    for part in site.ask(item.question, history=history, options=options):
        found = part if isinstance(part, Answer) else found
    if found is None:
        raise UsageError("no answer came: ask again")
    return found
