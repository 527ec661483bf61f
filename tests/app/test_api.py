"""The API for programs, asked over HTTP as a program would."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import shutil
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.answer import Answer, Part, Statement, Tally, Turn
from app.ask import AskOptions, ask, ask_stream
from app.notebook.file import NotebookFile
from app.times import read_timing
from app.web import api_types as told
from app.web.api import build_api, routes
from app.web.line import Line
from app.web.server import Served, serve
from app.web.site import AskStream, Site
from ingest.errors import QuestionError
from store import Store, open_store
from tests.browser.invented_archive import BRIDGE, VOTE, answer, cite, scripted_answer
from tests.conftest import FakeEncoder, fake_build

QUESTION = "How many passengers were aboard the ferry?"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Reply(NamedTuple):
    status: int
    headers: Any
    body: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.body)


class Program:
    """Whoever asks the API of `served`."""

    def __init__(self, served: Served) -> None:
        self.address = served.address

    def get(self, path: str, **query: object) -> Reply:
        return self._send("GET", f"{path}?{urllib.parse.urlencode(query, doseq=True)}", None, {})

    def post(self, path: str, sent: object, **headers: str) -> Reply:
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        return self._send("POST", path, body, {"Content-Type": "application/json", **headers})

    def ask(self, question: str, **more: object) -> Reply:
        return self.post("/ask", {"question": question, **more})

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        request = urllib.request.Request(f"{self.address}/api/v1{path}", body, headers, method=method)
        try:
            with DIRECT.open(request, timeout=30) as response:
                return Reply(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, error.headers, error.read())


@pytest.fixture(scope="module")
def store(full_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = shutil.copytree(full_template, tmp_path_factory.mktemp("asked") / "store")
    with open_store(path, encoder=FakeEncoder(), build=fake_build()) as store:
        yield store


def served(asked: AskStream, store: Store, folder: Path, line: Line) -> Served:
    """The API and its page, without the chat."""
    whole = FastAPI(openapi_url=None)
    api = build_api(Site(asked, store, NotebookFile(folder / "notebook.sqlite")), line)
    whole.include_router(routes(api))
    whole.mount("/api/v1", api)
    whole.add_api_route("/", lambda: "")
    return serve(whole)


@pytest.fixture(scope="module")
def program(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A server over the invented articles, which answers whatever it is unsure of, too."""

    def answering(question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        return ask_stream(question, history=history, store=store, options=replace(options, threshold=0.0))

    server = served(answering, store, tmp_path_factory.mktemp("program"), Line())
    yield Program(server)
    server.close()


def is_problem(reply: Reply, status: int) -> str:
    """The words of the problem that `reply` has to be."""
    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert (reply.told["status"], reply.told["type"]) == (status, "about:blank")
    return str(reply.told["detail"])


# --- the shape of an answer -----------------------------------------------------------------------------------------


def survives(given: Answer) -> bool:
    """Whether an answer passes through the model of the API unchanged."""
    plain = json.loads(json.dumps(given.to_dict()))
    return bool(told.Answer.model_validate(plain).model_dump(mode="json") == plain)


@pytest.mark.parametrize(
    "question",
    ["ferry", "bridge", "bridge differ", "which", "compare", "timeline", "list", "count", "in March", "nothing known"],
)
def test_every_kind_of_answer_fits_the_model(question: str) -> None:
    assert survives(scripted_answer(question, (), AskOptions()))


words = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1).filter(str.strip)
days = st.none() | st.dates()


@given(words, words, days, days, st.booleans(), st.integers(0, 9), st.none() | words, st.lists(words, max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_an_answer_holds_fits_the_model(
    text: str, short: str, day: dt.date | None, other: dt.date | None, newest: bool, number: int,
    label: str | None, notes: list[str],
) -> None:  # fmt: skip
    citation = replace(cite(1, BRIDGE, VOTE), published=day, copies=tuple(notes), headline=label)
    part = Part(text, (1,), label, other, label, tuple(notes), number, newest)
    statement = Statement(text, (1,), "supported", attribution=label)
    said = replace(answer(text, cite(1, BRIDGE, VOTE)), short=short, statements=(statement,), citations=(citation,))
    timing = read_timing(text, dt.date(2024, 1, 1))
    assert survives(replace(said, parts=(part,), layout="timeline", notes=tuple(notes), timing=timing))
    tally = Statement(text, (), "supported", Tally(text, short, number, ((text, 0, 5),) * number, number or None))
    assert survives(replace(said, statements=(tally,), citations=(), layout="count"))


def test_the_model_has_no_key_that_an_answer_has_not() -> None:
    assert list(told.Answer.model_fields) == list(answer("x", cite(1, BRIDGE, VOTE)).to_dict())


# --- asking ---------------------------------------------------------------------------------------------------------


def test_an_answer_is_that_of_ask_and_its_citations_are_exact(program: Program, store: Store) -> None:
    reply = program.ask(QUESTION, as_of="2022-01-01")
    options = AskOptions(threshold=0.0)
    same = ask(QUESTION, store=store, as_of=dt.date(2022, 1, 1), options=options).to_dict()
    assert (reply.status, reply.told) == (200, json.loads(json.dumps(same)))
    assert reply.told["citations"]
    for citation in reply.told["citations"]:
        span = {name: citation[name] for name in ("source", "start", "end")}
        assert program.get("/articles/passage", **span).told["text"] == citation["quote"]


def test_a_follow_up_is_understood_from_questions_and_from_earlier_answers_alike(program: Program) -> None:
    first = program.ask("Who is captain of the ferry Aurora?").told
    by_question = program.ask("How many passengers were aboard it?", history=[first["question"]]).told
    by_answer = program.ask("How many passengers were aboard it?", history=[first]).told
    assert by_question["query"] != "How many passengers were aboard it?"
    assert by_answer == by_question


def test_an_earlier_answer_that_contradicts_itself_is_refused(program: Program) -> None:
    first = program.ask(QUESTION).told
    first["citations"] = first["citations"][:0]
    assert "history" in is_problem(program.ask("Why?", history=[first]), 422)


def test_a_question_keeps_to_the_sources_and_days_asked_for(program: Program) -> None:
    within = program.ask("Who voted?", sources=["town/"]).told
    assert {c["source"] for c in within["citations"]} == {"town/council.txt"}
    dated = program.ask("What is said?", published_from="2021-05-01", published_to="2021-05-31").told
    assert dated["filters"]["published_from"] == "2021-05-01"
    assert {h["source"] for h in dated["hits"]} == {"town/council.txt"}
    undated = program.ask("What is said?", published_from="2021-05-01", undated=True).told
    assert {h["source"] for h in undated["hits"]} == {"town/council.txt", "orchard.txt"}


def test_statements_are_streamed_before_the_answer_that_holds_them(program: Program) -> None:
    reply = program.post("/ask/stream", {"question": QUESTION})
    assert reply.headers["content-type"] == "application/x-ndjson"
    events = [json.loads(line) for line in reply.body.splitlines()]
    assert [e["kind"] for e in events] == ["statement"] * (len(events) - 1) + ["answer"]
    assert [e["statement"] for e in events[:-1]] == events[-1]["answer"]["statements"]
    assert events[-1]["answer"] == program.ask(QUESTION).told


def test_a_stream_comes_as_server_sent_events_where_these_are_asked_for(program: Program) -> None:
    reply = program.post("/ask/stream", {"question": QUESTION}, Accept="text/event-stream")
    assert reply.headers["content-type"].startswith("text/event-stream")
    name, data = reply.body.decode().split("\n\n")[-2].split("\n")
    assert name == "event: answer"
    assert json.loads(data.removeprefix("data: "))["answer"]["question"] == QUESTION


# --- reading --------------------------------------------------------------------------------------------------------


def test_articles_come_a_page_at_a_time_and_keep_to_the_filters(program: Program) -> None:
    first = program.get("/articles", limit=2).told
    rest = program.get("/articles", limit=2, offset=first["next_offset"]).told
    assert [a["source"] for a in first["articles"] + rest["articles"]] == [
        "ferry.txt",
        "orchard.txt",
        "town/council.txt",
    ]
    assert (first["total"], rest["next_offset"]) == (3, None)
    only = program.get("/articles", source=["town", "ferry.txt"], published_from="2021-03-02").told
    assert [a["source"] for a in only["articles"]] == ["ferry.txt", "town/council.txt"]
    assert program.get("/articles", published_from="2021-03-02", undated="true").told["total"] == 3


def test_a_text_is_the_source_text_and_its_body_lies_within(program: Program, store: Store) -> None:
    read = program.get("/articles/text", source="ferry.txt").told
    assert read["text"] == store.source_text("ferry.txt")
    assert [tuple(s) for s in read["body"]] == [(s.start, s.end) for s in store.article("ferry.txt").body]
    assert read["article"]["published"] == "2021-03-03"


def test_words_are_found_where_they_stand(program: Program, store: Store) -> None:
    found = program.get("/search", words="old fish market").told
    (place,) = found["found"]
    assert found["exact"]
    assert store.source_text(place["source"])[place["start"] : place["end"]] == place["quote"] == "old fish market"
    assert not program.get("/search", words="market fish old").told["exact"]


def test_the_status_says_what_is_served(program: Program, store: Store) -> None:
    status = program.get("/status").told
    assert (status["articles"], status["dated"], status["generation"]) == (3, 2, store.generation)
    assert status["coverage"] == "3 articles: 2 dated 2021-03-03 to 2021-05-10, 1 undated"


# --- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [
        (b'{"question":', 400, "JSON"),
        ({}, 422, "question: field required"),
        ({"question": ""}, 422, "question"),
        ({"question": "?!"}, 422, "holds no words"),
        ({"question": "x" * 4001}, 422, "4000"),
        ({"question": "Who?", "history": ["Who?"] * 51}, 422, "history"),
        ({"question": "Who?", "history": [{"question": "Who?"}]}, 422, "history.0"),
        ({"question": "Who?", "sources": ["../secret"]}, 422, "../secret"),
        ({"question": "Who?", "sources": ["s"] * 501}, 422, "sources"),
        ({"question": "Who?", "as_of": "soon"}, 422, "as_of"),
        ({"question": "Who?", "threshold": 2}, 422, "threshold"),
        ({"question": "Who?", "published_from": "2021-02-01", "published_to": "2021-01-01"}, 422, "no day lies"),
        ({"question": "Who?", "queery": "x"}, 422, "queery"),
        ({"question": "\ud800"}, 422, "question"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(
    program: Program, sent: object, status: int, says: str
) -> None:
    assert says in is_problem(program.post("/ask", sent), status)


def test_a_stream_of_a_question_that_makes_no_sense_is_refused_by_its_status(program: Program) -> None:
    assert "no words" in is_problem(program.post("/ask/stream", {"question": "?!"}), 422)


def test_a_request_without_a_content_type_is_told_which(program: Program) -> None:
    reply = program.post("/ask", {"question": "Who?"}, **{"Content-Type": "text/plain"})
    assert "Content-Type: application/json" in is_problem(reply, 422)


@pytest.mark.parametrize("path", ["/articles/text", "/articles/passage"])
@pytest.mark.parametrize("source", ["../../etc/passwd", "/etc/passwd", "nothing.txt", "ferry.txt\0", "%2e%2e/x"])
def test_nothing_but_articles_can_be_read(program: Program, path: str, source: str) -> None:
    words = is_problem(program.get(path, source=source, start=0, end=5), 404)
    assert "store" not in words.replace("stored", "")  # where the index lies is not told either


def test_a_span_outside_the_text_is_refused(program: Program) -> None:
    assert "length" in is_problem(program.get("/articles/passage", source="ferry.txt", start=5, end=10**6), 422)


def test_an_address_that_is_not_there_and_a_wrong_method_are_problems_too(program: Program) -> None:
    assert "/api" in is_problem(program.get("/nothing"), 404)
    assert "method" in is_problem(program.get("/ask"), 405)


def test_a_request_that_is_too_large_is_refused_however_it_comes(program: Program) -> None:
    connection = http.client.HTTPConnection(program.address.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", "/api/v1/ask")
    connection.putheader("Content-Length", str(8 * 1024 * 1024 + 1))
    connection.endheaders()  # what is told to be too large is not even waited for
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["status"]) == (413, 413)
    connection.close()
    connection = http.client.HTTPConnection(program.address.removeprefix("http://"), timeout=30)
    pieces = (b" " * 65536 for _ in range(129))
    connection.request("POST", "/api/v1/ask", pieces, {"Content-Type": "application/json"}, encode_chunked=True)
    assert connection.getresponse().status == 413


# --- many at once ---------------------------------------------------------------------------------------------------


class Slow:
    """Answers in steps that wait until they may go on, and counts how many are under way."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.lock = threading.Lock()
        self.now = self.most = self.steps = 0

    def __call__(self, question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        if "fails" in question:
            raise QuestionError("it fails")
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.begun.release()
        full = answer(question, cite(1, BRIDGE, VOTE))
        try:
            for _ in range(3):
                assert self.go.wait(20)
                self.steps += 1
                yield full.statements[0]
            if "breaks" in question:
                raise RuntimeError("a fault of ours")
            yield full
        finally:
            with self.lock:
                self.now -= 1


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def crowd(slow: Slow, store: Store, tmp_path: Path) -> Iterator[Program]:
    """A server that answers two at a time, lets three wait, and none of them for long."""
    server = served(slow, store, tmp_path, Line(at_once=2, most_waiting=3, longest_wait_s=1.0))
    yield Program(server)
    slow.go.set()
    server.close()


def test_few_are_answered_at_a_time_and_who_waits_too_long_or_is_too_many_is_told(crowd: Program, slow: Slow) -> None:
    with ThreadPoolExecutor(10) as threads:
        asking = [threads.submit(crowd.ask, "Who voted?") for _ in range(2)]
        assert slow.begun.acquire(timeout=10) and slow.begun.acquire(timeout=10)
        waiting = [threads.submit(crowd.ask, "Who voted?") for _ in range(8)]
        refused = [w.result(timeout=20) for w in waiting]
        assert crowd.get("/status").status == 200  # nothing else waits for them
        slow.go.set()
        assert [a.result(timeout=20).status for a in asking] == [200, 200]
    assert sorted(r.status for r in refused) == [429] * 5 + [503] * 3
    assert all(int(r.headers["Retry-After"]) > 0 and is_problem(r, r.status) for r in refused)
    assert slow.most == 2


@pytest.mark.parametrize("path", ["/ask", "/ask/stream"])
def test_who_hangs_up_is_not_worked_for_any_longer(crowd: Program, slow: Slow, path: str) -> None:
    connection = http.client.HTTPConnection(crowd.address.removeprefix("http://"), timeout=30)
    body = json.dumps({"question": "Who voted?"})
    connection.request("POST", f"/api/v1{path}", body, {"Content-Type": "application/json"})
    assert slow.begun.acquire(timeout=10)
    connection.close()
    time.sleep(0.3)
    slow.go.set()
    until = time.monotonic() + 10
    while slow.now and time.monotonic() < until:
        time.sleep(0.05)
    assert (slow.now, slow.steps) == (0, 1)  # the step at hand was its last
    assert crowd.ask("Who voted?").status == 200  # and its place is free


def test_a_fault_of_ours_is_told_without_its_inside(crowd: Program, slow: Slow) -> None:
    slow.go.set()
    assert "inside Dateline" in is_problem(crowd.ask("What breaks?"), 500)
    events = [json.loads(line) for line in crowd.post("/ask/stream", {"question": "What breaks?"}).body.splitlines()]
    assert [e["kind"] for e in events] == ["statement"] * 3 + ["problem"]
    assert events[-1]["problem"]["status"] == 500
    assert is_problem(crowd.ask("What fails?"), 422) == "it fails"


# --- what is said of it ---------------------------------------------------------------------------------------------


def test_the_schema_describes_every_route_and_field(program: Program) -> None:
    schema = program.get("/openapi.json").told
    assert set(schema["paths"]) == {
        *("/ask", "/ask/stream", "/articles", "/articles/text", "/articles/passage", "/search", "/status")
    }
    for methods in schema["paths"].values():
        for route in methods.values():
            assert route["summary"] and route["description"]
    assert all(shape.get("description") for shape in schema["components"]["schemas"].values() if "properties" in shape)
    assert schema["components"]["schemas"]["AskRequest"]["examples"]
    assert not any("-" in name for name in schema["components"]["schemas"])  # one shape, one name
    stream = schema["paths"]["/ask/stream"]["post"]["responses"]["200"]["content"]
    assert stream["application/x-ndjson"]["schema"]["$ref"].endswith("/Event")


def test_the_page_is_whole_by_itself_and_names_every_route(program: Program) -> None:
    with DIRECT.open(f"{program.address}/api", timeout=30) as response:
        page = response.read().decode()
    for path in program.get("/openapi.json").told["paths"]:
        assert f"/api/v1{path}" in page
    assert "<script" not in page and " style=" not in page and "//cdn" not in page and "undefined" not in page
    with DIRECT.open(f"{program.address}/api/style.css", timeout=30) as response:
        assert response.headers["content-type"].startswith("text/css")


def test_nothing_starts_when_the_api_is_built(tmp_path: Path, store: Store) -> None:
    threads = threading.active_count()
    build_api(Site(Slow(), store, NotebookFile(tmp_path / "notebook.sqlite")), Line())
    assert threading.active_count() == threads
