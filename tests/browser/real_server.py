"""`dateline chat` as its users start it: a process of its own, over the five articles."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port

SEEDS = Path(__file__).parents[2] / "seeds"


@dataclass(slots=True)
class RealServer:
    """A chat that runs, and what it takes to stop and start it."""

    store: Path
    port: int
    environment: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "app", "chat", "--store", str(self.store), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, *self.arguments], stdout=subprocess.PIPE, text=True, env={**os.environ, **self.environment}
        )
        assert self.process.stdout is not None
        told = self.process.stdout.readline()  # the pipe ends if the process does
        assert re.match(r"Dateline is at http", told), f"the chat did not start: {told!r}"

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(number)
            self.process.wait(timeout=60)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None


@contextmanager
def real_server(folder: Path, *arguments: str, **environment: str) -> Iterator[RealServer]:
    """The chat over the five articles, its index and its notebook in `folder`."""
    store = folder / "store"
    command = [sys.executable, "-m", "app", "ingest", str(SEEDS), "--store", str(store)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    server = RealServer(store, free_port(), environment, arguments)
    try:
        server.start()
        yield server
    finally:
        server.stop()
