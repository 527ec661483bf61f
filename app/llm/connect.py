"""A setting becomes a language model: the only file that knows LlamaIndex's language models and their servers.

`http://HOST:PORT/v1` is any server that speaks OpenAI's protocol (llama.cpp, vLLM, LM Studio, hosted ones);
`http://HOST:11434`, Ollama's usual port without a path, is asked as Ollama; a `.gguf` file is run in this process, by
llama.cpp. Nothing is sent before somebody asks a question.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import queue
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import httpx

from app.llm.model import LanguageModel, Piece, shown_name
from app.llm.prompts import Message
from ingest.errors import ModelError, SettingsError, UsageError

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

__all__ = ["DEFAULT_TIMEOUT_S", "INSTALL", "Address", "check_installed", "connect", "list_models", "read_address"]

INSTALL = 'pip install ".[llm]"'
DEFAULT_TIMEOUT_S = 120.0  # for a whole reply: a small model on a laptop reads the quotes for a minute
_CONNECT_S = 5.0
_LIST_S = 10.0  # for the names of a server's models, asked again where that may help
_RETRIES_S = (0.5, 1.5)  # waited before asking again, where nothing of a reply has come and trying again may help
_LONGEST_WAIT_S = 5.0  # that a server may ask for with Retry-After; who asks for more is not asked again
_WHOLE = ("stop", "eos", "eos_token", "stop_sequence", "end_turn")  # why a reply ends; for anything else it was cut
_MOST_BYTES = 16 * 2**20  # of one reply: a model's takes some hundred bytes a token
_CONTEXT_TOKENS = 4096
_OLLAMA_PORT = 11434


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is: a server's address without a trailing slash, or a file of weights."""

    text: str

    @property
    def is_file(self) -> bool:
        """Whether it names a file of weights."""
        return "://" not in self.text and self.text.lower().endswith(".gguf")

    @property
    def is_ollama(self) -> bool:
        """Whether it is asked in Ollama's own protocol."""
        split = urlsplit(self.text)
        return not self.is_file and split.port == _OLLAMA_PORT and not split.path.strip("/")

    @property
    def host(self) -> str:
        """The server's host, empty for a file."""
        return "" if self.is_file else (urlsplit(self.text).hostname or "")

    @property
    def is_local(self) -> bool:
        """Whether what is sent there stays on this machine."""
        return self.is_file or _is_this_machine(self.host)

    @property
    def place(self) -> str:
        """Where that is, in words."""
        if self.is_file:
            return "in Dateline itself, on this machine"
        split = urlsplit(self.text)
        port = split.port or (443 if split.scheme == "https" else 80)
        return f"on this machine, port {port}" if self.is_local else f"at {split.netloc.rpartition('@')[2]}"


def read_address(text: str) -> Address:
    """The address that a setting names.

    Raises:
        SettingsError: it is neither an address of a server nor a `.gguf` file.
    """
    told = text.strip().rstrip("/")
    if told.lower().endswith(".gguf") and "://" not in told:
        return Address(told)
    shown = re.sub(r"//.*@", "//", told.partition("?")[0])  # what may be a password or a key is not said again
    try:
        split = urlsplit(told)
        fits = split.scheme in ("http", "https") and bool(split.hostname) and split.port != 0
        httpx.URL(told)  # who asks later must not be the first to find out
        (split.hostname or "").encode("idna")
    except (ValueError, httpx.InvalidURL):
        fits = False
    if not fits or not told.isprintable() or " " in told:
        raise SettingsError(
            f"{shown!r} names no language model: give the address of its server, such as http://127.0.0.1:8080/v1, "
            "or a .gguf file"
        )
    if split.username is not None or split.password is not None:
        raise SettingsError(f"{shown!r} was given with a name or a password: a key belongs in DATELINE_LLM_KEY")
    if split.query or split.fragment:
        raise SettingsError(f"{shown!r}: the address of a language model's server ends with its path, such as /v1")
    if split.path.strip("/"):
        return Address(told.removesuffix("/chat/completions").rstrip("/"))
    return Address(told if split.port == _OLLAMA_PORT else f"{told}/v1")


def check_installed(address: Address) -> None:
    """Raise `UsageError` where the packages for a model at `address` are missing."""
    wanted = ["llama_index.llms.ollama" if address.is_ollama else "llama_index.llms.openai_like"]
    wanted += ["xllamacpp"] if address.is_file else []
    for name in wanted:
        try:
            __import__(name)
        except ImportError as error:
            raise UsageError(f"a language model needs further packages: {INSTALL}") from error


def connect(
    address: Address, model: str | None = None, key: str | None = None, *, timeout_s: float = DEFAULT_TIMEOUT_S
) -> LanguageModel:
    """The model called `model` at `address`; without a name, the first that the server lists, asked when first needed.

    Raises:
        UsageError: packages are missing, there is no such file, or the key cannot be one.
    """
    check_installed(address)
    if address.is_file and not Path(address.text).expanduser().is_file():
        raise UsageError(f"there is no file of weights at {address.text}")
    key = (key or "").strip() or None
    if key is not None and not re.fullmatch(r"[!-~]+", key):  # the client that sends it would show it in its error
        raise SettingsError("the language model's key holds blanks or letters that no key has")
    return _Connected(address, model, key, timeout_s)


@dataclass(slots=True, repr=False)
class _Connected:
    """A model behind LlamaIndex's interface."""

    _address: Address
    _model: str | None
    _key: str | None
    _timeout_s: float
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _listed: str | None = None
    _llm: LLM | None = None

    def __repr__(self) -> str:
        return f"<the language model {self.place}>"

    @property
    def name(self) -> str:
        return shown_name(self._model or self._listed or self._first_model())

    @property
    def place(self) -> str:
        return self._address.place

    @property
    def is_local(self) -> bool:
        return self._address.is_local

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        until = time.monotonic() + self._timeout_s
        for wait_s in (*_RETRIES_S, None):
            begun = False
            try:
                for piece in self._once(messages, max_tokens, until):
                    begun = True
                    yield piece
                return
            except ModelError as error:
                if begun:
                    raise
                _wait_for(error, wait_s, until)

    def _once(self, messages: Sequence[Message], max_tokens: int, until: float) -> Iterator[Piece]:
        late = ModelError(f"{_called(self._address)} took longer than the {self._timeout_s:g} s it is given")
        try:
            yield from _in_time(lambda: self._request(messages, max_tokens), until, late)
        except ModelError:
            raise
        except Exception as error:
            told = _explain(error, self._address, self._model or self._listed, self._key)
            if isinstance(told, _Refused) and told.status == 404 and self._model is None:
                with self._lock:  # another model is served there by now: the next question asks which
                    self._listed = self._llm = None
            raise told from None  # servers repeat in their errors what they were sent, the key among it

    def _request(self, messages: Sequence[Message], max_tokens: int) -> Iterator[Piece]:
        from llama_index.core.llms import ChatMessage, MessageRole

        llm = self._opened()
        if (wire := _WIRE.get()) is not None and wire.is_cut:  # nobody waits any more for what took so long to open
            return
        told = [ChatMessage(role=MessageRole(role), content=text) for role, text in messages]
        if self._address.is_ollama:
            stream = llm.model_copy(update={"additional_kwargs": {"num_predict": max_tokens}}).stream_chat(told)
        else:
            stream = llm.stream_chat(told, max_tokens=max_tokens)
        n_responses, ended = 0, False
        try:
            for response in stream:
                n_responses += 1
                counts, end = _counts(response), _end(response)
                ended = ended or end is not None
                cut = end is not None and end not in _WHOLE
                if response.delta or cut or counts != (None, None):
                    yield Piece(response.delta or "", *counts, cut)
        except Exception:
            if not ended:  # what goes wrong behind the end takes nothing away from the reply
                raise
        finally:
            with suppress(Exception):
                stream.close()
        if not n_responses:
            raise ModelError(f"{_called(self._address)} sent something that is no reply", again=True)
        if not ended:  # a connection without a length may end anywhere: what came is not known to be all
            raise ModelError(f"the connection to {_called(self._address)} broke off", again=True)

    def _opened(self) -> LLM:
        with self._lock:
            if self._llm is None:
                if self._address.is_file:
                    base, key = _serve_file(Path(self._address.text).expanduser())
                    self._llm = _openai_like(base, shown_name(self._address.text), key, self._timeout_s, local=True)
                else:
                    name = self._model or self._listed or self._first_model()
                    opened = _ollama if self._address.is_ollama else _openai_like
                    self._llm = opened(self._address.text, name, self._key, self._timeout_s, local=self.is_local)
            return self._llm

    def _first_model(self) -> str:
        if self._address.is_file:
            return self._address.text
        until = time.monotonic() + min(_LIST_S, self._timeout_s)
        for wait_s in (*_RETRIES_S, None):
            try:
                listed = list_models(self._address, self._key, timeout_s=min(_CONNECT_S, self._timeout_s))
                break
            except ModelError as error:
                _wait_for(error, wait_s, until)
        if not listed:
            raise ModelError(f"{_server(self._address)} lists no model: name one with DATELINE_LLM_MODEL")
        self._listed = listed[0]
        return self._listed


def _wait_for(error: ModelError, wait_s: float | None, until: float) -> None:
    """Wait before asking again after `error`, or raise it where that would not help, or not be in time."""
    asked_s = error.wait_s if isinstance(error, _Refused) else 0.0
    if not error.again or wait_s is None or asked_s > _LONGEST_WAIT_S:
        raise error
    pause_s = max(wait_s, asked_s)
    if time.monotonic() + pause_s >= until:
        raise error
    time.sleep(pause_s)


def list_models(address: Address, key: str | None = None, *, timeout_s: float = _CONNECT_S) -> tuple[str, ...]:
    """The names of the models that a server offers, in its order.

    Raises:
        ModelError: it does not answer, or not in its protocol.
    """
    path = "/api/tags" if address.is_ollama else "/models"

    def rows() -> Iterator[Any]:
        with httpx.Client(timeout=timeout_s, **_manners(key, timeout_s, local=address.is_local)) as client:
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            reply = client.get(f"{address.text}{path}", headers=headers)
            reply.raise_for_status()
            yield from reply.json()["models" if address.is_ollama else "data"]

    late = ModelError(f"{_server(address)} did not list its models in time")
    try:
        found = list(_in_time(rows, time.monotonic() + timeout_s, late))
    except ModelError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ModelError(f"what answers {address.place} is no language model's server") from None
    except Exception as error:
        told = _explain(error, address, None, key)
        if isinstance(told, _Refused) and told.status in (404, 405, 501):
            told = ModelError(f"{_server(address)} does not list its models: name one with DATELINE_LLM_MODEL")
        raise told from None
    named = [row.get("name") or row.get("id") for row in found if isinstance(row, dict)]
    return tuple(name for name in named if isinstance(name, str) and name.strip())


# --- one request ----------------------------------------------------------------------------------------------------

_T = TypeVar("_T")


class _Wire:
    """The sockets of one request, by which another thread can end it: nothing else wakes who waits for a server."""

    def __init__(self) -> None:
        self.is_cut = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Told by the client of every step; keeps what it connects."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            opened = info["return_value"].get_extra_info("socket")
            with self._lock:
                self._sockets.append(opened)
            if self.is_cut:
                self.cut()

    def cut(self) -> None:
        """End the request, now or as soon as it begins."""
        with self._lock:
            self.is_cut = True
            for opened in self._sockets:
                with suppress(OSError, ValueError):
                    opened.shutdown(socket.SHUT_RDWR)


_WIRE: ContextVar[_Wire | None] = ContextVar("_WIRE", default=None)


def _in_time(work: Callable[[], Iterator[_T]], until: float, late: ModelError) -> Iterator[_T]:
    """What `work` gives, which runs in a thread of its own: a server that is silent, or dribbles, holds nobody up.

    Raises what `work` raises, and `late` at `until`. Its request has ended when this has, or is closed.
    """
    given: queue.Queue[tuple[_T] | BaseException | None] = queue.Queue()
    wire = _Wire()

    def run() -> None:
        _WIRE.set(wire)
        try:
            for item in work():
                given.put((item,))
                if wire.is_cut:
                    return
                if time.monotonic() >= until:
                    raise late
            given.put(None)
        except BaseException as error:
            given.put(error)

    threading.Thread(target=run, daemon=True, name="dateline-model").start()
    try:
        while True:
            try:
                item = given.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty:
                raise late from None
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item[0]
    finally:
        wire.cut()


def _manners(key: str | None, timeout_s: float, *, local: bool) -> dict[str, Any]:
    """How the clients behave: they go nowhere else, since a redirect would carry the quotes to who was never named."""

    def prepare(request: httpx.Request) -> None:
        times = {**request.extensions.get("timeout", {}), "connect": min(timeout_s, _CONNECT_S)}
        request.extensions = {**request.extensions, "timeout": times}
        if (wire := _WIRE.get()) is not None:
            request.extensions["trace"] = wire.trace
        request.headers["Accept-Encoding"] = "identity"  # what is packed could be any size
        if key is None:  # the clients take keys from the environment that are meant for other servers
            request.headers.pop("Authorization", None)

    def bound(response: httpx.Response) -> None:
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Bounded(response.stream)

    return {
        "follow_redirects": False,
        "trust_env": not local,  # a proxy could not reach this machine
        "limits": httpx.Limits(max_keepalive_connections=0),  # each request has its own socket, to be cut
        "event_hooks": {"request": [prepare], "response": [bound]},
    }


class _Bounded(httpx.SyncByteStream):
    """The bytes of a response, up to as many as any reply may have."""

    def __init__(self, within: httpx.SyncByteStream) -> None:
        self._within = within

    def __iter__(self) -> Iterator[bytes]:
        n_bytes = 0
        for chunk in self._within:
            n_bytes += len(chunk)
            if n_bytes > _MOST_BYTES:
                raise ModelError("the language model did not come to an end")
            yield chunk

    def close(self) -> None:
        self._within.close()


# --- LlamaIndex's classes -------------------------------------------------------------------------------------------


def _openai_like(base: str, name: str, key: str | None, timeout_s: float, *, local: bool) -> LLM:
    from llama_index.llms.openai_like import OpenAILike

    return OpenAILike(
        model=name,
        api_base=base,
        api_key=key or "none",
        is_chat_model=True,
        context_window=_CONTEXT_TOKENS,
        temperature=0.0,
        timeout=timeout_s,
        max_retries=0,  # this file decides what is asked again
        http_client=httpx.Client(timeout=timeout_s, **_manners(key, timeout_s, local=local)),
        additional_kwargs={"stream_options": {"include_usage": True}},
    )


def _ollama(base: str, name: str, key: str | None, timeout_s: float, *, local: bool) -> LLM:
    from llama_index.llms.ollama import Ollama
    from ollama import Client

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    client = Client(host=base, timeout=timeout_s, headers=headers, **_manners(key, timeout_s, local=local))
    return Ollama(
        model=name, base_url=base, temperature=0.0, context_window=_CONTEXT_TOKENS, request_timeout=timeout_s,
        client=client,
    )  # fmt: skip


_served: dict[Path, tuple[object, str, str]] = {}
_serving = threading.Lock()


def _serve_file(path: Path) -> tuple[str, str]:
    """llama.cpp in this process with the weights at `path`: the address of its protocol, and the key it asks for."""
    import xllamacpp

    path = path.resolve()
    with _serving:
        if path not in _served:
            key = secrets.token_urlsafe(24)  # others on this machine could use the model otherwise
            params = xllamacpp.CommonParams()
            params.model.path = str(path)
            params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [key]
            params.n_ctx, params.n_parallel = _CONTEXT_TOKENS, 1
            usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
            params.cpuparams.n_threads = usable or 1
            params.cache_ram_mib = 0
            params.offline, params.ui, params.verbosity = True, False, 0
            try:
                server = xllamacpp.Server(params)
            except Exception as error:
                raise ModelError(f"llama.cpp cannot run {path.name}, or it is no file of weights") from error
            _served[path] = (server, f"{server.listening_address}/v1", key)
        _, base, key = _served[path]
        return base, key


# --- what comes back ------------------------------------------------------------------------------------------------


def _counts(response: Any) -> tuple[int | None, int | None]:
    told = response.additional_kwargs or {}
    raw = response.raw if isinstance(response.raw, dict) else {}
    taken = told.get("prompt_tokens", raw.get("prompt_eval_count"))
    given = told.get("completion_tokens", raw.get("eval_count"))
    return _count(taken), _count(given)


def _count(told: Any) -> int | None:
    return told if isinstance(told, int) and told >= 0 else None


def _end(response: Any) -> str | None:
    """Why the reply ends here, None where it goes on."""
    if isinstance(response.raw, dict):  # Ollama's
        return str(response.raw.get("done_reason") or "stop") if response.raw.get("done") else None
    reasons = [choice.finish_reason for choice in getattr(response.raw, "choices", None) or ()]
    return next((str(reason) for reason in reasons if reason), None)


_PASSING = (408, 425, 429)
_HTTP: dict[int, str] = {
    400: "refused the request as malformed",
    403: "refused the key",
    413: "finds the quotes too long",
    422: "refused the request as malformed",
    429: "is asked too much at the moment",
    503: "is not ready",
}


class _Refused(ModelError):
    """A server answered with a status of failure, and wants to be left alone for `wait_s`."""

    def __init__(self, message: str, status: int, wait_s: float, *, again: bool) -> None:
        super().__init__(message, again=again)
        self.status = status
        self.wait_s = wait_s


def _called(address: Address) -> str:
    return f"the language model {address.place}"


def _server(address: Address) -> str:
    return f"the language model's server {address.place}"


def _explain(error: BaseException, address: Address, model: str | None, key: str | None) -> ModelError:
    """`error` of a client library in words; the classes are found by name, so that none has to be installed.

    With never anything of what was sent, nor of what came: servers repeat keys and questions in their errors.
    """
    called, errors = _called(address), list(_chain(error))
    names = {c.__name__ for e in errors for c in type(e).__mro__}
    status = next((n for e in errors if (n := _status(e)) is not None), None)
    if status is not None:
        words = _HTTP.get(status, "failed" if status >= 500 else "refused the request")
        again = status in _PASSING or status >= 500
        if status < 400:
            words = "points to another address, which is not followed"
        elif status == 401:
            words = "refused the key in DATELINE_LLM_KEY" if key else "asks for a key: set DATELINE_LLM_KEY"
        elif status == 404:
            which = f"the model “{shown_name(model)}”" if model else "the model"
            words = f"does not know {which}, or its address has the wrong path"
        elif status in (400, 413, 500) and _is_too_long(errors):
            words, again = "has too small a context for the quotes", False
        return _Refused(f"{_server(address)} {words} (HTTP {status})", status, _wait_of(errors), again=again)
    if names & {"SSLError"}:
        return ModelError(f"{called} cannot be reached securely: is its address right with https?")
    if names & {"ConnectTimeout"}:
        return ModelError(f"{called} cannot be reached")
    if names & {"TimeoutException", "APITimeoutError", "TimeoutError"}:
        return ModelError(f"{called} did not answer in time")
    if names & {"RemoteProtocolError", "ReadError", "WriteError", "ProtocolError"}:
        return ModelError(f"the connection to {called} broke off", again=True)
    if names & {"ConnectError", "APIConnectionError", "ConnectionError", "NetworkError", "OSError"}:
        return ModelError(f"{called} cannot be reached", again=True)
    if names & {"APIError", "ResponseError"}:
        return ModelError(f"{called} reported a fault of its own", again=True)
    if names & {
        "ValueError",
        "TypeError",
        "AttributeError",
        "LookupError",
        "RecursionError",
        "APIResponseValidationError",
    }:
        return ModelError(f"{called} sent something that is no reply", again=True)
    return ModelError(f"{called} failed ({type(error).__name__})")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from; the clients wrap those of the connection."""
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__


def _status(error: BaseException) -> int | None:
    for status in (
        getattr(error, "status_code", None),
        getattr(getattr(error, "response", None), "status_code", None),
    ):
        if isinstance(status, int) and status >= 300:
            return status
    return None


def _is_too_long(errors: Sequence[BaseException]) -> bool:
    """Whether a server says that the request does not fit the model's context: there is no status for that."""
    told = " ".join(str(getattr(e, "body", None) or getattr(e, "error", None) or "") for e in errors).lower()
    return "context" in told and re.search(r"exceed|too long|maximum|too large|length", told) is not None


def _wait_of(errors: Sequence[BaseException]) -> float:
    """The seconds for which a server asks to be left alone, 0 where it does not say."""
    for error in errors:
        told = (getattr(getattr(error, "response", None), "headers", None) or {}).get("retry-after")
        if told is None:
            continue
        try:
            if re.fullmatch(r"\s*\d{1,9}(?:\.\d*)?\s*", told):
                return float(told)
            day = parsedate_to_datetime(told)
            day = day if day.tzinfo else day.replace(tzinfo=dt.UTC)
            return max(0.0, (day - dt.datetime.now(dt.UTC)).total_seconds())
        except (TypeError, ValueError, OverflowError):
            return 0.0
    return 0.0


def _is_this_machine(host: str) -> bool:
    if host.lower() in ("localhost", "localhost.localdomain"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
