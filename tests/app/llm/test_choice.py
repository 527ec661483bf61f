from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest

from app.llm.choice import ModelChoice, Offer
from app.llm.connect import Address
from app.llm.find import Server
from app.llm.model import Piece
from app.llm.prompts import Message
from ingest.errors import ModelError, UsageError


@dataclass
class Model:
    """A model that says nothing. Without a name, asking for it fails, as where its server is gone."""

    called: str | None
    place: str = "on this machine, port 8080"
    is_local: bool = True
    asked: int = 0

    @property
    def name(self) -> str:
        self.asked += 1
        if self.called is None:
            raise ModelError("the language model cannot be reached")
        return self.called

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        return iter(())


LLAMA = Server("http://127.0.0.1:8080/v1", ("/models/SmolLM2.gguf",), "llama.cpp")
OLLAMA = Server("http://127.0.0.1:11434", ("qwen3:4b", "llama3.2:3b"), "Ollama")
OWN = Model("the-own")


class Finding:
    """What is found; counts how often it was looked."""

    def __init__(self, *servers: Server) -> None:
        self.servers = servers
        self.looks = 0

    def __call__(self) -> tuple[Server, ...]:
        self.looks += 1
        return self.servers


class Connecting:
    """Connects to everything; remembers to what."""

    def __init__(self) -> None:
        self.to: list[tuple[str, str]] = []

    def __call__(self, address: Address, model: str) -> Model:
        self.to.append((address.text, model))
        return Model(model, address.place)


def test_the_model_of_the_settings_is_used_from_the_beginning() -> None:
    assert ModelChoice(OWN, True, Finding()).current is OWN
    assert ModelChoice(None, True, Finding()).current is None


def test_what_was_found_is_offered_as_people_call_it() -> None:
    assert ModelChoice(None, True, Finding(LLAMA, OLLAMA)).offers() == (
        Offer(LLAMA.address, "/models/SmolLM2.gguf", "SmolLM2", "on this machine, port 8080", 8080, "llama.cpp"),
        Offer(OLLAMA.address, "qwen3:4b", "qwen3:4b", "on this machine, port 11434", 11434, "Ollama"),
        Offer(OLLAMA.address, "llama3.2:3b", "llama3.2:3b", "on this machine, port 11434", 11434, "Ollama"),
    )


def test_it_is_looked_for_at_most_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("app.llm.choice.time.monotonic", lambda: now[0])
    finding = Finding(LLAMA)
    models = ModelChoice(None, True, finding)
    models.offers()
    now[0] += 5
    models.offers()
    assert finding.looks == 1
    finding.servers = ()
    now[0] += 5
    assert models.offers() == ()
    assert finding.looks == 2


def test_several_who_look_at_once_look_once() -> None:
    begun = threading.Event()
    finding = Finding(LLAMA)

    def slow() -> tuple[Server, ...]:
        begun.wait(5)
        return finding()

    models = ModelChoice(None, True, slow)
    offers: list[tuple[Offer, ...]] = []
    threads = [threading.Thread(target=lambda: offers.append(models.offers())) for _ in range(5)]
    for thread in threads:
        thread.start()
    begun.set()
    for thread in threads:
        thread.join(10)
    assert [len(o) for o in offers] == [1] * 5
    assert finding.looks == 1


def test_what_is_offered_can_be_chosen_and_turned_off_and_the_own_one_turned_on_again() -> None:
    connecting = Connecting()
    models = ModelChoice(OWN, True, Finding(OLLAMA), connecting)
    models.choose(OLLAMA.address, "llama3.2:3b")
    assert models.current is not None
    assert (models.current.name, models.current.place) == ("llama3.2:3b", "on this machine, port 11434")
    assert connecting.to == [(OLLAMA.address, "llama3.2:3b")]
    models.clear()
    assert models.current is None
    models.restore()
    assert models.current is OWN


@pytest.mark.parametrize(
    ("address", "model"),
    [
        ("http://192.168.0.7:8080/v1", "qwen3:4b"),
        ("https://evil.example/v1", "qwen3:4b"),
        ("http://127.0.0.1:22/v1", "qwen3:4b"),
        ("http://127.0.0.1:11434", "another"),
        ("http://127.0.0.1:11434/", "qwen3:4b"),
        ("http://localhost:11434", "qwen3:4b"),
        ("/etc/weights.gguf", "qwen3:4b"),
        ("", ""),
    ],
)
def test_nothing_is_sent_to_what_was_not_found(address: str, model: str) -> None:
    connecting = Connecting()
    models = ModelChoice(OWN, True, Finding(OLLAMA), connecting)
    with pytest.raises(UsageError, match="does not run on this machine"):
        models.choose(address, model)
    assert connecting.to == []
    assert models.current is OWN


def test_where_nobody_may_choose_nothing_is_looked_for_and_nothing_changes() -> None:
    finding = Finding(LLAMA)
    models = ModelChoice(OWN, False, finding, Connecting())
    assert models.offers() == ()
    changes: tuple[Callable[[], None], ...]
    changes = (lambda: models.choose(LLAMA.address, LLAMA.models[0]), models.clear, models.restore)
    for change in changes:
        with pytest.raises(UsageError, match="who started Dateline"):
            change()
    assert models.current is OWN
    assert finding.looks == 0


def test_there_is_nothing_to_go_back_to_where_the_settings_name_none() -> None:
    with pytest.raises(UsageError, match="name no language model"):
        ModelChoice(None, True, Finding()).restore()


def test_packages_that_are_missing_are_told_and_leave_it_as_it_was() -> None:
    def missing(address: Address, model: str) -> Model:
        raise UsageError("a language model needs further packages")

    models = ModelChoice(None, True, Finding(LLAMA), missing)
    with pytest.raises(UsageError, match="further packages"):
        models.choose(LLAMA.address, LLAMA.models[0])
    assert models.current is None


def test_the_own_one_is_not_offered_twice() -> None:
    own = Model("SmolLM2", "on this machine, port 8080")
    assert [o.name for o in ModelChoice(own, True, Finding(LLAMA, OLLAMA)).offers()] == ["qwen3:4b", "llama3.2:3b"]


def test_another_machine_is_not_asked_for_the_name_of_its_model() -> None:
    away = Model("hosted", "at api.example.com", is_local=False)
    assert ModelChoice(away, True, Finding()).name_of(away) is None
    assert away.asked == 0
    assert ModelChoice(away, True, Finding(), is_named=True).name_of(away) == "hosted"
    assert ModelChoice(OWN, True, Finding()).name_of(OWN) == "the-own"


def test_a_name_that_cannot_be_told_is_none() -> None:
    silent = Model(None)
    models = ModelChoice(silent, True, Finding(LLAMA))
    assert models.name_of(silent) is None
    assert [o.name for o in models.offers()] == ["SmolLM2"]
