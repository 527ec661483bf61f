"""Which servers of language models run on this machine: their usual ports at 127.0.0.1 are looked at, no other host.

What listens there may be anything: it is given half a second, nothing but a list of names is read of it, and whatever
else it sends counts as no server.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeGuard
from urllib.parse import urlsplit

from app.llm.connect import Address, read_address

if TYPE_CHECKING:
    import httpx

__all__ = ["PORTS", "WITHIN_S", "Server", "find_servers"]

WITHIN_S = 0.5  # for all ports together: they are asked at the same time
# What usually listens there; what listens at the others (llama.cpp, vLLM) says who it is.
PORTS: Mapping[int, str] = MappingProxyType({11434: "Ollama", 8080: "", 8000: "", 1234: "LM Studio"})
_OWNERS = {"llamacpp": "llama.cpp", "vllm": "vLLM", "organization_owner": "LM Studio"}  # who a server says it is
_PACKAGES = {True: "llama_index.llms.ollama", False: "llama_index.llms.openai_like"}  # for Ollama, for the others
_MOST_BYTES = 1_000_000
_MOST_MODELS = 50
_LONGEST_NAME = 200  # characters
_NO_WRITERS = ("embed", "rerank", "whisper")  # in the names of models that word nothing


@dataclass(frozen=True, slots=True)
class Server:
    """A server that was found: its address as `read_address` takes it, what it offers, and how it is called.

    `models` has at least one name, as the server knows it; `called` is empty where it does not say what it is.
    """

    address: str
    models: tuple[str, ...]
    called: str

    @property
    def port(self) -> int:
        """Where at 127.0.0.1 it listens."""
        return urlsplit(self.address).port or 80


def find_servers(ports: Mapping[int, str] = PORTS, *, within_s: float = WITHIN_S) -> tuple[Server, ...]:
    """The servers that answer at `ports` of 127.0.0.1, in that order; to be called from outside of an event loop.

    It takes `within_s` seconds at most and raises nothing. Servers for which packages are missing are left out.

    Args:
        ports: each with how the program that usually listens there is called, "" where that says nothing.
        within_s: seconds.
    """
    wanted = {port: called for port, called in ports.items() if _is_installed(read_address(_base(port)))}
    return asyncio.run(_found(wanted, within_s)) if wanted else ()


def _base(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _is_installed(address: Address) -> bool:
    """Whether a model there could be asked. Nothing is loaded, which would take seconds: `connect` does, for one."""
    try:
        return find_spec(_PACKAGES[address.is_ollama]) is not None
    except (ImportError, ValueError):  # the packages above it are missing
        return False


async def _found(ports: Mapping[int, str], within_s: float) -> tuple[Server, ...]:
    import httpx

    # Not even a proxy of the environment is another host that may be asked.
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=within_s) as client:
        looked = await asyncio.gather(*(_look(client, port, called, within_s) for port, called in ports.items()))
    return tuple(server for server in looked if server is not None)


async def _look(client: httpx.AsyncClient, port: int, called: str, within_s: float) -> Server | None:
    address = read_address(_base(port))
    try:
        async with asyncio.timeout(within_s):
            told = await _read(client, f"{address.text}{'/api/tags' if address.is_ollama else '/models'}")
        rows = told["models" if address.is_ollama else "data"]
        models = [name for row in rows if _is_usable(name := row["name" if address.is_ollama else "id"])]
        owners = [str(row.get("owned_by", "")) for row in rows]
    except Exception:  # whatever it is: no server of language models
        return None
    usable = tuple(dict.fromkeys(models))[:_MOST_MODELS]
    known = next((_OWNERS[owner] for owner in owners if owner in _OWNERS), called)
    return Server(address.text, usable, known) if usable else None


async def _read(client: httpx.AsyncClient, url: str) -> dict[str, list[dict[str, object]]]:
    """The JSON document at `url`; its shape is not checked. Raises where it is none."""
    body = bytearray()
    # Not packed: a few bytes of a packed reply may unpack to more than there is room for.
    async with client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as reply:
        reply.raise_for_status()
        async for piece in reply.aiter_raw():
            body += piece
            if len(body) > _MOST_BYTES:
                raise ValueError("that is no list of models")
    told: dict[str, list[dict[str, object]]] = json.loads(body)
    return told


def _is_usable(name: object) -> TypeGuard[str]:
    """Whether it is a name that can be shown, of a model that words things."""
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        return False
    return not any(word in name.lower() for word in _NO_WRITERS)
