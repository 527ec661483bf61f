"""How often somebody may do something: so many at once, then so many a minute; said in words to wait."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

__all__ = ["Attempts", "Pace", "QuestionPace", "wait_words"]

_FREE = {"pair": 5, "address": 20, "name": 50}  # failed logins before a wait: a name from one address, either alone
_LONGEST_S = 900.0
_MOST_KEPT = 10_000  # names and addresses that are remembered; the longest quiet is forgotten first


class Pace:
    """`at_once` of something for each key, then `a_minute`."""

    def __init__(self, a_minute: float, at_once: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_second = a_minute / 60
        self._at_once = at_once
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is left, and when that was

    def take(self, key: str) -> float:
        """Seconds that `key` has to wait; 0 when it may go on, which is counted."""
        now = self._clock()
        with self._lock:
            left, then = self._left.pop(key, (float(self._at_once), now))
            left = min(self._at_once, left + (now - then) * self._a_second)
            wait = 0.0 if left >= 1 else (1 - left) / self._a_second
            self._left[key] = (left - 1 if wait == 0 else left, now)
            while len(self._left) > _MOST_KEPT:
                self._left.popitem(last=False)
        return wait


class QuestionPace:
    """How often a person may ask, and how often all do who come from one address.

    The second is far more generous, since an office has one address; it holds who takes a new name for each question.
    """

    def __init__(self) -> None:
        self._persons = Pace(30, 20)
        self._addresses = Pace(600, 200)

    def take(self, person: str, address: str = "") -> float:
        """Seconds to wait before the next question; 0 when it may be asked now, which is counted."""
        return (self._addresses.take(address) if address else 0.0) or self._persons.take(person)


class Attempts:
    """Failed logins: after a few of them the next has to wait, longer each time, up to a quarter of an hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()  # how often, and the last time

    def wait(self, name: str, address: str) -> float:
        """Seconds until that name may be tried from that address."""
        now = self._clock()
        with self._lock:
            return max(self._wait(key, now) for key in _keys(name, address))

    def failed(self, name: str, address: str) -> None:
        """Count one that failed."""
        now = self._clock()
        with self._lock:
            for key in _keys(name, address):
                times, last = self._failed.pop(key, (0, now))
                forgiven = now - last > 2 * _LONGEST_S
                self._failed[key] = (1 if forgiven else times + 1, now)
            while len(self._failed) > _MOST_KEPT:
                self._failed.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget what that name got wrong from that address."""
        with self._lock:
            self._failed.pop(_keys(name, address)[0], None)

    def _wait(self, key: tuple[str, str], now: float) -> float:
        times, last = self._failed.get(key, (0, now))
        over = times - _FREE[key[0]]
        return max(0.0, last + min(_LONGEST_S, 2.0 ** min(over, 20)) - now) if over >= 0 else 0.0


def wait_words(what: str, wait_s: float) -> str:
    """Such as "Too many questions at once: wait 3 seconds."."""
    seconds = max(1, math.ceil(wait_s))
    told = f"{seconds} second{'s' * (seconds != 1)}" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
    return f"{what}: wait {told}, then try again."


def _keys(name: str, address: str) -> tuple[tuple[str, str], ...]:
    return ("pair", f"{address} {name}"), ("address", address), ("name", name)
