"""Which language model words the answers of a chat: the one of the settings, one found on this machine, or none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.llm.connect import Address, connect, read_address
from app.llm.find import Server, find_servers
from app.llm.model import LanguageModel, shown_name
from ingest.errors import ModelError, UsageError

__all__ = ["ModelChoice", "Offer"]

_KEPT_S = 6.0  # that what was found is offered before it is looked for again
_NOT_HERE = "who started Dateline decides which language model it uses"


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that was found: where, how its server calls it and how people do, and how the server is called."""

    address: str
    model: str
    name: str
    place: str
    port: int
    called: str


class ModelChoice:
    """What is asked at the moment, and what could be. Any thread may use it."""

    def __init__(
        self,
        configured: LanguageModel | None = None,
        may_choose: bool = False,
        find: Callable[[], tuple[Server, ...]] = find_servers,
        connect: Callable[[Address, str], LanguageModel] = connect,
        *,
        is_named: bool = False,
    ) -> None:
        """Begin with the model that is `configured`.

        Args:
            configured: the model of the settings.
            may_choose: whether who uses the chat may change it; where not, nothing is looked for.
            find: looks for servers on this machine.
            connect: connects to a model at an address, and sends nothing yet.
            is_named: whether the settings name the model, too, so that telling its name asks no server.
        """
        self._configured = configured
        self._may_choose = may_choose
        self._find = find
        self._connect = connect
        self._is_named = is_named
        self._lock = threading.Lock()
        self._current = configured
        self._looking = threading.Lock()  # held while servers are looked for, so that nobody looks beside
        self._found: tuple[Server, ...] = ()
        self._found_at = float("-inf")

    @property
    def current(self) -> LanguageModel | None:
        """The model that words the answers; None where they are quoted."""
        with self._lock:
            return self._current

    @property
    def configured(self) -> LanguageModel | None:
        """The model of the settings."""
        return self._configured

    @property
    def may_choose(self) -> bool:
        """Whether it can be changed here."""
        return self._may_choose

    def name_of(self, model: LanguageModel) -> str | None:
        """How `model` is called; None where its server does not say, or would have to be asked away from here."""
        if model is self._configured and not self._is_named and not model.is_local:
            return None  # showing a page sends nothing to another machine
        try:
            return model.name
        except ModelError:
            return None

    def offers(self) -> tuple[Offer, ...]:
        """The models that run on this machine now, as of a few seconds ago, without the one of the settings."""
        if not self._may_choose:
            return ()
        with self._looking:
            if time.monotonic() - self._found_at >= _KEPT_S:
                self._found = self._find()
                self._found_at = time.monotonic()
            found = self._found
        offers = [
            Offer(s.address, model, shown_name(model), read_address(s.address).place, s.port, s.called)
            for s in found
            for model in s.models
        ]
        own = self._configured
        known = (own.place, self.name_of(own)) if own is not None and own.is_local else None
        return tuple(o for o in offers if (o.place, o.name) != known)

    def choose(self, address: str, model: str) -> None:
        """Have `model` at `address` word the answers from now on.

        Raises:
            UsageError: it is not among the offers, so nothing is sent there; nobody may choose; packages are missing.
        """
        self._check()
        if not any((o.address, o.model) == (address, model) for o in self.offers()):
            raise UsageError("this language model does not run on this machine, or not any more")
        chosen = self._connect(read_address(address), model)
        with self._lock:
            self._current = chosen

    def clear(self) -> None:
        """Quote from now on, without any model. Raises `UsageError` where nobody may choose."""
        self._check()
        with self._lock:
            self._current = None

    def restore(self) -> None:
        """Go back to the model of the settings. Raises `UsageError` where there is none, or nobody may choose."""
        self._check()
        if self._configured is None:
            raise UsageError("the settings name no language model")
        with self._lock:
            self._current = self._configured

    def _check(self) -> None:
        if not self._may_choose:
            raise UsageError(_NOT_HERE)
