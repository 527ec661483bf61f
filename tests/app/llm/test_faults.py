"""A language model that fails, or writes what it should not: bounded, told in one line, and an answer all the same."""

from __future__ import annotations

import json
import re
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from app.answer import Answer, Statement
from app.ask import AskOptions, ask, ask_stream
from app.llm import connect as connecting
from app.llm import entailment
from app.llm.connect import connect, read_address
from app.llm.model import LanguageModel
from app.llm.support import coverage
from ingest.errors import UsageError
from store.search import Store, open_store
from tests.app.llm.model_server import (
    MODEL,
    Exchange,
    ModelServer,
    Step,
    breaks_off,
    counts_on,
    event,
    fails,
    goes_on,
    hangs_up,
    is_silent,
    model_server,
    repeats,
    says,
    sends,
)
from tests.conftest import FakeEncoder, fake_build

pytest.importorskip("llama_index.llms.openai_like", reason="the extra `llm` is not installed")

QUESTION = "How many passengers were aboard the ferry?"
GROUNDED = "The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard."
CORRECTED = "Correction: an earlier version of this article said that 221 passengers were aboard."
LINE = f"[1] {GROUNDED}\n"
SLACK_S = 8.0  # for a busy machine: reading and checking take a part of a second
KEY = "sk-secret-7321"


class Lenient:
    """Instead of the network: lets pass what says all that it says in the words of its source."""

    def read(self, statement: str, source: str) -> float:
        return 9.0 if coverage(statement, source) >= 0.9 else -9.0


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, full_template: Path) -> Iterator[Store]:
    path = shutil.copytree(full_template, tmp_path_factory.mktemp("faults") / "store")
    with open_store(path, encoder=FakeEncoder(), build=fake_build()) as store:
        yield store


@pytest.fixture(scope="module")
def extractive(archive: Store) -> Answer:
    answer = ask(QUESTION, store=archive, options=AskOptions(composer="extractive"))
    assert answer.statements
    return answer


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Asking again does not wait for long, the check asks no network, and no thread outlives its request."""
    monkeypatch.setattr(connecting, "_RETRIES_S", (0.02, 0.05))
    monkeypatch.setattr(entailment, "entailment_network", Lenient)
    yield
    until = time.monotonic() + 10
    while any(t.name == "dateline-model" for t in threading.enumerate()):
        assert time.monotonic() < until, "a request goes on though nobody waits for it"
        time.sleep(0.02)


@pytest.fixture(scope="module", autouse=True)
def warm(archive: Store) -> None:
    """The libraries are loaded before anything is timed: that takes seconds, once."""
    protocols = ["openai", *(["ollama"] if find_spec("llama_index.llms.ollama") else [])]
    for protocol in protocols:
        with pytest.MonkeyPatch.context() as patch, model_server(says(LINE)) as server:
            for _ in model_at(address_of(server, protocol, patch)).stream([("user", "Who?")], max_tokens=9):
                pass
    ask(QUESTION, store=archive)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server(says(LINE)) as running:
        yield running


@pytest.fixture(params=["openai", "ollama"])
def address(request: pytest.FixtureRequest, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server's address in each of the two protocols."""
    return address_of(server, str(request.param), monkeypatch)


def address_of(server: ModelServer, protocol: str, monkeypatch: pytest.MonkeyPatch) -> str:
    if protocol == "openai":
        return server.address
    pytest.importorskip("llama_index.llms.ollama", reason="the extra `llm` is not installed")
    monkeypatch.setattr(connecting, "_OLLAMA_PORT", server.port)
    return server.address.removesuffix("/v1")


def model_at(address: str, *, timeout_s: float = 20.0, model: str | None = None) -> LanguageModel:
    return connect(read_address(address), model, KEY, timeout_s=timeout_s)


def put(archive: Store, model: LanguageModel) -> tuple[Answer, list[Statement], float]:
    """The answer to the question, the statements that were shown on the way, and the seconds it took."""
    began = time.monotonic()
    parts = list(ask_stream(QUESTION, store=archive, model=model))
    seconds = time.monotonic() - began
    assert isinstance(parts[-1], Answer)
    return parts[-1], [p for p in parts if isinstance(p, Statement)], seconds


def assert_holds(answer: Answer, archive: Store) -> None:
    assert answer.statements
    assert all(s.markers for s in answer.statements)
    for citation in answer.citations:
        assert archive.source_text(citation.source)[citation.start : citation.end] == citation.quote
    assert KEY not in json.dumps(answer.to_dict())


def assert_fell_back(answer: Answer, archive: Store, extractive: Answer) -> str:
    """The extractive answer, with all that it has, and one line that anybody can read."""
    assert_holds(answer, archive)
    assert (answer.statements, answer.citations) == (extractive.statements, extractive.citations)
    assert answer.provenance.composer == "extractive"
    assert answer.writing is not None
    told = answer.writing.fell_back
    assert told is not None
    assert told.endswith(" This is the answer in the articles' own words.")
    assert len(told.splitlines()) == 1
    assert len(told) < 250
    assert not re.search(r"[a-z][A-Z]|Error|Exception|Traceback|httpx|httpcore|openai|errno|\{", told), told
    return told


def assert_worded(answer: Answer, archive: Store, *said: str) -> None:
    """The model's answer, of these statements and no other."""
    assert_holds(answer, archive)
    assert answer.writing is not None
    assert answer.writing.fell_back is None
    assert answer.provenance.composer == f"llm:{MODEL}"
    assert tuple(s.text for s in answer.statements) == said


# --- it works ---------------------------------------------------------------------------------------------------------


def test_a_reply_as_it_should_be_becomes_the_answer(address: str, server: ModelServer, archive: Store) -> None:
    server.does(says("[1] The ferry Aurora ran aground ", GROUNDED[29:], "\n[", "2] ", CORRECTED))
    answer, shown, _ = put(archive, model_at(address))
    assert_worded(answer, archive, GROUNDED, CORRECTED)
    assert [s.text for s in shown] == [GROUNDED, CORRECTED]
    assert answer.writing is not None
    assert (answer.writing.tokens_in, answer.writing.tokens_out) == (300, 20)
    assert (answer.writing.is_local, answer.writing.place) == (True, f"on this machine, port {server.port}")


def test_the_model_of_the_settings_is_asked(
    server: ModelServer, archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"": server.address, "_KEY": KEY, "_TIMEOUT": "20", "_MODEL": "other"}.items():
        monkeypatch.setenv(f"DATELINE_LLM{name}", value)
    monkeypatch.setattr(sys.modules["app.ask"], "_models", {})
    answer = ask(QUESTION, store=archive)
    assert_holds(answer, archive)
    assert answer.provenance.composer == "llm:other"
    assert server.asked[0].told["model"] == "other"
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_reply_is_asked_to_be_short(address: str, server: ModelServer, archive: Store) -> None:
    put(archive, model_at(address))
    told = server.asked[0].told
    assert (told.get("max_tokens") or told["options"]["num_predict"]) == 400


# --- it fails ---------------------------------------------------------------------------------------------------------


def dribbles(exchange: Exchange) -> None:
    """A reply a byte at a time, a day long."""
    exchange.head()
    while True:
        for byte in event(LINE, is_ollama=exchange.is_ollama):
            exchange.raw(bytes([byte]))
            exchange.wait(0.3)


def with_length(off: int) -> Step:
    """A reply without its end whose length is not what the header says."""

    def step(exchange: Exchange) -> None:
        body = event(LINE, is_ollama=exchange.is_ollama)
        exchange.head(chunked=False, headers=[("Content-Length", str(len(body) + off))])
        exchange.raw(body)

    return step


def in_its_format(openai: bytes, ollama: bytes) -> Step:
    def step(exchange: Exchange) -> None:
        exchange.head()
        exchange.raw(ollama if exchange.is_ollama else openai)
        exchange.close()

    return step


PAGE = b"<!doctype html>\n<html><head><title>Router</title></head>\n<body>Log in</body></html>\n"


@dataclass(frozen=True)
class Fault:
    """What the server does, what is told of it, and how often it is asked."""

    step: Step
    told: str
    n_asked: int = 3
    timeout_s: float = 20.0


FAULTS = {
    "is silent": Fault(is_silent(), "took longer than the 1 s it is given", 1, 1.0),
    "is silent behind its status": Fault(is_silent(with_head=True), "took longer than the 1 s it is given", 1, 1.0),
    "dribbles": Fault(dribbles, "took longer than the 1.5 s it is given", 1, 1.5),
    "is slow to go on": Fault(goes_on("and ", every_s=0.2), "took longer than the 1.5 s it is given", 1, 1.5),
    "hangs up": Fault(hangs_up, "broke off"),
    "breaks off in a statement": Fault(breaks_off("[1] The ferry Aurora ran"), "broke off", 1),
    "breaks off between statements": Fault(breaks_off(LINE, "[2] "), "broke off", 1),
    "ends in a statement": Fault(breaks_off("[1] The ferry Aurora ran", cleanly=True), "broke off", 1),
    "ends between statements": Fault(breaks_off(LINE, cleanly=True), "broke off", 1),
    "says less than its length": Fault(with_length(200), "broke off", 1),
    "says more than its length": Fault(with_length(-20), ""),
    "400": Fault(fails(400), "refused the request", 1),
    "400 for the length": Fault(
        fails(400, "This model's maximum context length is 512 tokens"), "has too small a context for the quotes", 1
    ),
    "401": Fault(fails(401, f"{KEY} is no key"), "refused the key in DATELINE_LLM_KEY", 1),
    "403": Fault(fails(403, f"{KEY} is no key"), "refused the key", 1),
    "404": Fault(fails(404), f"does not know the model “{MODEL}”", 1),
    "429": Fault(fails(429), "is asked too much"),
    "429 for a moment": Fault(fails(429, headers=[("Retry-After", "0.1")]), "is asked too much"),
    "429 for an hour": Fault(fails(429, headers=[("Retry-After", "3600")]), "is asked too much", 1),
    "429 for longer than anybody waits": Fault(fails(429, headers=[("Retry-After", "6")]), "is asked too much", 1),
    "429 past the deadline": Fault(fails(429, headers=[("Retry-After", "4")]), "is asked too much", 1, 2.0),
    "429 until 2100": Fault(fails(429, headers=[("Retry-After", "Fri, 01 Jan 2100 00:00:00 GMT")]), "too much", 1),
    "429 for whatever": Fault(fails(429, headers=[("Retry-After", "soon, or nan")]), "is asked too much"),
    "500": Fault(fails(500), "failed"),
    "503": Fault(fails(503, "Loading model"), "is not ready"),
    "a redirect to itself": Fault(fails(307, headers=[("Location", "/v1/models")]), "points to another address", 1),
    "events that are not JSON": Fault(
        in_its_format(b"data: {oh no\n\n", b"{oh no\n"), "sent something that is no reply"
    ),
    "JSON that is no reply": Fault(
        in_its_format(b'data: {"choices": 5}\n\n', b'{"message": 5}\n'), "sent something that is no reply"
    ),
    "a number": Fault(in_its_format(b"data: 5\n\n", b"5\n"), "sent something that is no reply"),
    "bytes that are no text": Fault(in_its_format(b"data: \xff\xfe\n\n", b"\xff\xfe\n"), "that is no reply"),
    "a fault in the stream": Fault(
        in_its_format(f'data: {{"error": {{"message": "{KEY}"}}}}\n\n'.encode(), f'{{"error": "{KEY}"}}\n'.encode()),
        "reported a fault of its own",
    ),
    "a page": Fault(sends(PAGE, kind="text/html"), "sent something that is no reply"),
    "nothing": Fault(sends(b""), "sent something that is no reply"),
    "bytes without an end": Fault(repeats(b"x" * 65536), "did not come to an end", 1),
    "an empty answer": Fault(says(), "wrote nothing", 1),
    "an empty answer in pieces": Fault(says("", "", ""), "wrote nothing", 1),
    "blanks": Fault(says(" \n\t\r\n", "\u2028\u200b  \n"), "wrote nothing", 1),
    "blanks without an end": Fault(goes_on(" \n" * 500), "did not come to an end", 1),
    "a line without an end": Fault(goes_on("the ferry Aurora and "), "did not come to an end", 1),
    "a sentence again and again in a line": Fault(goes_on(f"[1] {GROUNDED} "), "did not come to an end", 1),
    "a thought without an end": Fault(goes_on("<think> so 212 " + "or 221 " * 200), "did not come to an end", 1),
    "an open thought": Fault(says("<think>\n", LINE), "wrote nothing", 1),
    "lines without an end": Fault(counts_on("[1] In {} ferries of Port Hallow ran aground.\n"), "None of the 12", 1),
    "only markers": Fault(says("[1]\n[2]\n[1][2]"), "wrote nothing", 1),
    "JSON": Fault(says(json.dumps({"answer": GROUNDED, "quotes": [1]})), "wrote nothing", 1),
    "JSON in lines": Fault(says("```json\n", json.dumps({"text": GROUNDED, "n": 1}, indent=1), "\n```"), "nothing", 1),
    "a quote that is none": Fault(says(f"[9] {GROUNDED}"), "not borne out", 1),
    "a quote with no number": Fault(says(f"[0] {GROUNDED}"), "not borne out", 1),
    "other numbers": Fault(says(LINE.replace("212", "221")), "not borne out", 1),
    "that it does not know": Fault(says("NOT IN THE QUOTES"), "", 1),
    "half a statement": Fault(says(f"[1] {GROUNDED[:-8]}", reason="length"), "wrote nothing", 1),
    "what may be half a statement": Fault(says(f"[1] {GROUNDED}", reason="length"), "wrote nothing", 1),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_goes_wrong_is_told_in_a_line_above_the_articles_own_words(
    what: str, address: str, server: ModelServer, archive: Store, extractive: Answer
) -> None:
    fault = FAULTS[what]
    server.does(fault.step)
    answer, _, seconds = put(archive, model_at(address, timeout_s=fault.timeout_s))
    told = assert_fell_back(answer, archive, extractive)
    assert re.search(fault.told, told), told
    assert len(server.asked) == fault.n_asked
    assert seconds < min(fault.timeout_s, 2) + SLACK_S


def test_comments_that_keep_a_connection_alive_are_no_reply(
    server: ModelServer, archive: Store, extractive: Answer
) -> None:
    server.does(repeats(b": keep-alive\n\n", every_s=0.05))
    answer, _, seconds = put(archive, model_at(server.address, timeout_s=1.0))
    assert "took longer than the 1 s" in assert_fell_back(answer, archive, extractive)
    assert seconds < 1 + SLACK_S


def test_a_server_that_is_down_is_told_and_not_waited_for(archive: Store, extractive: Answer) -> None:
    with socket.socket() as taken:  # bound and not listening: refused, and nobody else gets it
        taken.bind(("127.0.0.1", 0))
        model = model_at(f"http://127.0.0.1:{taken.getsockname()[1]}/v1", model="any")
        answer, _, seconds = put(archive, model)
    assert "cannot be reached" in assert_fell_back(answer, archive, extractive)
    assert seconds < SLACK_S


def test_a_server_that_takes_no_connection_is_not_waited_for(
    archive: Store, extractive: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "_CONNECT_S", 0.5)
    with socket.socket() as busy, socket.socket() as first, socket.socket() as second:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        for waiting in (first, second):  # the queue is full: whoever comes now gets no answer
            waiting.setblocking(False)
            waiting.connect_ex(busy.getsockname())
        model = model_at(f"http://127.0.0.1:{busy.getsockname()[1]}/v1", model="any", timeout_s=30.0)
        answer, _, seconds = put(archive, model)
    assert "cannot be reached" in assert_fell_back(answer, archive, extractive)
    assert seconds < 1 + SLACK_S


def test_statements_shown_before_a_reply_broke_off_are_not_in_the_answer(
    address: str, server: ModelServer, archive: Store, extractive: Answer
) -> None:
    server.does(breaks_off(f"[2] {CORRECTED}\n[1] The ferry Aurora ran agr"))
    answer, shown, _ = put(archive, model_at(address))
    assert [s.text for s in shown] == [CORRECTED]
    assert_fell_back(answer, archive, extractive)


# --- it fails, and then it does not -----------------------------------------------------------------------------------

PASSING = {
    "429": fails(429),
    "429 for a moment": fails(429, headers=[("Retry-After", "0.2")]),
    "429 until a day that is past": fails(429, headers=[("Retry-After", "Sat, 01 Jan 2000 00:00:00 GMT")]),
    "408": fails(408),
    "500": fails(500),
    "503": fails(503, "Loading model"),
    "no status": hangs_up,
    "nothing": breaks_off(),
    "a page": sends(PAGE, kind="text/html"),
    "no JSON": sends(b"data: {oh no\n\n"),
}


@pytest.mark.parametrize("what", PASSING)
def test_what_passes_is_asked_again(what: str, address: str, server: ModelServer, archive: Store) -> None:
    server.does(PASSING[what], says(LINE))
    answer, _, _ = put(archive, model_at(address))
    assert_worded(answer, archive, GROUNDED)
    assert len(server.asked) == 2


def test_a_server_is_left_alone_for_as_long_as_it_asks(address: str, server: ModelServer, archive: Store) -> None:
    server.does(fails(429, headers=[("Retry-After", "1")]), says(LINE))
    answer, _, seconds = put(archive, model_at(address))
    assert_worded(answer, archive, GROUNDED)
    assert seconds >= 1


def test_what_has_begun_is_not_asked_again(address: str, server: ModelServer, archive: Store) -> None:
    server.does(breaks_off("[1] The"), says(LINE))
    answer, _, _ = put(archive, model_at(address))
    assert answer.provenance.composer == "extractive"
    assert len(server.asked) == 1


def test_the_next_question_is_asked_as_if_nothing_had_been(
    address: str, server: ModelServer, archive: Store, extractive: Answer
) -> None:
    model = model_at(address, timeout_s=1.0)
    server.does(is_silent(), fails(404), says(LINE))
    assert_fell_back(put(archive, model)[0], archive, extractive)
    assert_fell_back(put(archive, model)[0], archive, extractive)
    assert_worded(put(archive, model_at(address))[0], archive, GROUNDED)


def test_what_goes_wrong_behind_the_end_of_a_reply_takes_nothing_away(
    address: str, server: ModelServer, archive: Store
) -> None:
    def step(exchange: Exchange) -> None:
        exchange.head()
        exchange.say(LINE)
        exchange.raw(event("", is_ollama=exchange.is_ollama, reason="stop"))
        exchange.raw(b"data: {oh no\n\n")

    server.does(step)
    assert_worded(put(archive, model_at(address))[0], archive, GROUNDED)


# --- it writes as it likes --------------------------------------------------------------------------------------------

FORMS = {
    "prose": (GROUNDED,),
    "prose on a line": (f"{GROUNDED} {CORRECTED}",),
    "a list": (f"Here is the answer:\n\n- **{GROUNDED}** [1]\n",),
    "a numbered list": (f"1. {GROUNDED} [1]\n2. {CORRECTED} [2]\n",),
    "a table": (f"| Quote | Statement |\n|---|---|\n| [1] | {GROUNDED} |\n",),
    "a heading": (f"### Answer\n\n{LINE}",),
    "brackets of full width": (f"［1］{GROUNDED}\n",),
    "brackets of another kind": (f"【1】{GROUNDED}\n",),
    "markers behind": (f"{GROUNDED} [1]\n",),
    "markers in words": (f"{GROUNDED} (Quote 1)\n",),
    "a credit": (f"[1] {GROUNDED} (Hallow Post, 2021-03-03)\n",),
    "lines of Windows": (f"[1] {GROUNDED}\r\n[2] {CORRECTED}\r\n",),
    "a thought": (f"<think>\nIs it 221? No.\n[1] {GROUNDED[:30]}\n</think>\n{LINE}",),
    "a thought in pieces": ("<th", "ink>", "Is it 221?\n", "No.</thi", f"nk>{LINE}"),
    "a thought that never opened": (f"So is it 221? </think>{LINE}",),
    "what nobody sees": (f"\x1b[1] {GROUNDED[:9]}\u200b{GROUNDED[9:16]}\u202e\x00\ud800{GROUNDED[16:]}\x1b\u2029",),
    "what follows the end": (f"{LINE}<|im_end|>\n<|im_start|>user\n[1] {CORRECTED}\n",),
    "one sentence again and again": (LINE * 30,),
    "a quote that is none besides": (f"{LINE}[9] {CORRECTED}\n",),
    "an end in half a statement": (f"{LINE}[2] Captain Mira Lunde said the f",),
    "an end in what looks like a whole one": (f"{LINE}[2] Captain Mira Lunde said.",),
    "an end in a marker": (f"{LINE}[",),
}
ALSO_CORRECTED = ("prose on a line", "a numbered list", "lines of Windows")


@pytest.mark.parametrize("what", FORMS)
def test_a_reply_that_keeps_to_no_form_is_read_as_far_as_it_can_be(
    what: str, server: ModelServer, archive: Store
) -> None:
    cut = "length" if what.startswith("an end") else "stop"
    server.does(says(*FORMS[what], reason=cut))
    answer, shown, _ = put(archive, model_at(server.address))
    assert_worded(answer, archive, *((GROUNDED, CORRECTED) if what in ALSO_CORRECTED else (GROUNDED,)))
    assert all(s in answer.statements for s in shown)


def test_one_sentence_without_an_end_is_said_once(address: str, server: ModelServer, archive: Store) -> None:
    server.does(goes_on(LINE))
    answer, _, seconds = put(archive, model_at(address))
    assert_worded(answer, archive, GROUNDED)
    assert seconds < SLACK_S
    assert server.hung_up.wait(5)


# --- where its models are listed --------------------------------------------------------------------------------------

LISTS: dict[str, tuple[tuple[str, ...] | Step, str]] = {
    "none": ((), "lists no model: name one with DATELINE_LLM_MODEL"),
    "no list": (fails(404), "does not list its models: name one with DATELINE_LLM_MODEL"),
    "a page": (sends(PAGE, kind="text/html"), "is no language model's server"),
    "a list of numbers": (sends(b'{"data": [1, 2], "models": [null]}'), "lists no model"),
    "a number": (sends(b"5"), "is no language model's server"),
    "a key": (fails(401, KEY), "refused the key in DATELINE_LLM_KEY"),
    "silence": (is_silent(), "did not list its models in time"),
    "bytes without an end": (repeats(b"x" * 65536), "did not come to an end"),
    "bytes one by one": (repeats(b" ", every_s=0.2), "did not list its models in time"),
    "a redirect": (fails(302, headers=[("Location", "/v1/elsewhere")]), "points to another address"),
    "a fault": (fails(500), "failed"),
}


@pytest.mark.parametrize("what", LISTS)
def test_a_list_of_models_that_cannot_be_had_is_told_like_any_fault(
    what: str, address: str, server: ModelServer, archive: Store, extractive: Answer
) -> None:
    server.models, told = LISTS[what]
    answer, _, seconds = put(archive, model_at(address, timeout_s=2.0))
    assert told in assert_fell_back(answer, archive, extractive)
    assert not server.asked
    assert seconds < 2 + SLACK_S


@pytest.mark.parametrize("what", ["none", "no list", "silence"])
def test_a_model_that_is_named_needs_no_list(what: str, server: ModelServer, archive: Store) -> None:
    server.models, _ = LISTS[what]
    answer, _, _ = put(archive, model_at(server.address, model=MODEL))
    assert_worded(answer, archive, GROUNDED)
    assert len(server.requests) == 1


def test_a_list_that_is_not_ready_is_asked_for_again(address: str, server: ModelServer, archive: Store) -> None:
    steps: list[Step] = [fails(503), hangs_up]
    whole = sends(b'{"data": [{"id": "tiny-model"}], "models": [{"name": "tiny-model"}]}')
    server.models = lambda exchange: (steps.pop(0) if steps else whole)(exchange)
    assert_worded(put(archive, model_at(address))[0], archive, GROUNDED)


def test_a_model_that_is_not_served_is_told_by_its_name(
    address: str, server: ModelServer, archive: Store, extractive: Answer
) -> None:
    server.does(fails(404, 'model "grand" not found, try pulling it first'))
    answer, _, _ = put(archive, model_at(address, model="grand"))
    assert "does not know the model “grand”" in assert_fell_back(answer, archive, extractive)


def test_where_another_model_is_served_by_now_the_next_question_is_for_that(
    address: str, server: ModelServer, archive: Store, extractive: Answer
) -> None:
    server.models = ("first",)
    model = model_at(address)
    server.does(fails(404), says(LINE))
    assert_fell_back(put(archive, model)[0], archive, extractive)
    server.models = (MODEL,)
    assert_worded(put(archive, model)[0], archive, GROUNDED)
    assert [r.told["model"] for r in server.asked] == ["first", MODEL]


# --- where the quotes go ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    status: int, address: str, server: ModelServer, archive: Store, extractive: Answer
) -> None:
    with model_server(says(LINE)) as other:
        for path in ("/v1/chat/completions", "/api/chat"):
            server.does(fails(status, headers=[("Location", f"http://127.0.0.1:{other.port}{path}")]))
            answer, _, _ = put(archive, model_at(address))
            assert "points to another address, which is not followed" in assert_fell_back(answer, archive, extractive)
        server.models = server.steps[0]
        assert_fell_back(put(archive, model_at(address))[0], archive, extractive)
        assert not other.requests


@pytest.mark.parametrize("upper", [True, False])
def test_no_proxy_sees_what_is_sent_to_this_machine(
    upper: bool, address: str, server: ModelServer, archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_server(says(LINE)) as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name.upper() if upper else name, f"http://127.0.0.1:{proxy.port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        assert_worded(put(archive, model_at(address))[0], archive, GROUNDED)
        assert not proxy.requests


def test_what_is_sent_to_another_host_takes_the_proxy_and_is_said_to_leave(
    archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_server(says(LINE)) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        answer, _, _ = put(archive, model_at("http://model.example/v1"))
        assert_worded(answer, archive, GROUNDED)
        assert [r.path for r in proxy.asked] == ["http://model.example/v1/chat/completions"]
    assert answer.writing is not None
    assert (answer.writing.is_local, answer.writing.place) == (False, "at model.example")


def test_keys_of_the_environment_are_not_sent_to_whom_they_are_not_for(
    address: str, server: ModelServer, archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OLLAMA_API_KEY"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("OPENAI_API_BASE", "http://127.0.0.1:9/v1")
    answer, _, _ = put(archive, connect(read_address(address)))
    assert_worded(answer, archive, GROUNDED)
    assert server.asked
    assert not any("authorization" in r.headers or KEY in str(r) for r in server.requests)


def test_no_more_than_the_quotes_is_sent(address: str, server: ModelServer, archive: Store) -> None:
    put(archive, model_at(address))
    sent: dict[str, Any] = server.asked[0].told
    assert QUESTION in sent["messages"][-1]["content"]
    assert "tools" not in sent or not sent["tools"]


# --- who stops asking -------------------------------------------------------------------------------------------------


def test_a_request_ends_soon_after_nobody_wants_its_answer(address: str, server: ModelServer, archive: Store) -> None:
    def step(exchange: Exchange) -> None:
        exchange.head()
        exchange.say(LINE)
        exchange.wait(60)

    server.does(step)
    parts = ask_stream(QUESTION, store=archive, model=model_at(address, timeout_s=60.0))
    assert isinstance(next(parts), Statement)
    parts.close()  # type: ignore[attr-defined]
    assert server.hung_up.wait(5)


@pytest.mark.parametrize("with_head", [True, False])
def test_a_request_that_took_too_long_is_ended(
    with_head: bool, address: str, server: ModelServer, archive: Store
) -> None:
    server.does(is_silent(with_head=with_head))
    put(archive, model_at(address, timeout_s=1.0))
    assert server.hung_up.wait(5)


def test_several_questions_at_a_time_have_each_their_own_reply(
    address: str, server: ModelServer, archive: Store
) -> None:
    model = model_at(address)
    server.does(says(*(LINE[n : n + 3] for n in range(0, len(LINE), 3)), every_s=0.01))
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(put(archive, model)[0])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 4
    for answer in answers:
        assert_worded(answer, archive, GROUNDED)


def test_missing_packages_are_an_error_and_no_fault_of_the_model(
    server: ModelServer, archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_LLM", server.address)
    monkeypatch.setattr(sys.modules["app.ask"], "_models", {})
    monkeypatch.setitem(sys.modules, "llama_index.llms.openai_like", None)
    with pytest.raises(UsageError, match=re.escape('pip install ".[llm]"')):
        ask(QUESTION, store=archive)
