"""The servers that the slow tests start on this host, and end: Chroma, PostgreSQL, a Ray cluster."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_PATIENCE_S = 90.0


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes] | None, what: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        if process is not None and process.poll() is not None:
            pytest.fail(f"{what} ended with {process.returncode}")
        if ready():
            return
        time.sleep(0.2)
    pytest.fail(f"{what} does not answer")


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def chroma(folder: Path, port: int | None = None) -> Iterator[str]:
    """The address of a Chroma server that keeps its files in `folder`."""
    program = Path(sys.executable).with_name("chroma")
    if not program.exists():
        pytest.skip("there is no `chroma` beside this Python")
    port = port or free_port()
    command = [program, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=folder.parent, **quiet)  # type: ignore[call-overload]
    try:
        _wait(lambda: _answers(port), process, "the Chroma server")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database of a PostgreSQL server that is started for it."""
    programs = _postgres_programs()
    user = pwd.getpwuid(os.getuid())
    as_user: list[str | Path] = []
    if user.pw_uid == 0:  # the server refuses to be run by root
        user = _other_user()
        as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    folder = Path(tempfile.mkdtemp(prefix="dateline-pg-"))  # not below tmp_path, which only its owner may enter
    port = free_port()
    address = f"postgresql+psycopg://{user.pw_name}@127.0.0.1:{port}/postgres"
    if os.getuid() == 0:
        os.chown(folder, user.pw_uid, user.pw_gid)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    data = folder / "data"
    run = [*as_user, programs / "initdb", "-D", data, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    try:
        subprocess.run(run, check=True, timeout=120, **quiet)  # type: ignore[call-overload]
        server = [*as_user, programs / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1"]
        process = subprocess.Popen(server, **quiet)  # type: ignore[call-overload]
        try:
            _wait(lambda: _answers(port), process, "the PostgreSQL server")
            _wait(lambda: _takes_queries(address), process, "the PostgreSQL server")
            yield address
        finally:
            process.send_signal(2)  # fast: whoever is connected is cut off
            process.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_programs() -> Path:
    at = [Path(folder) for folder in os.get_exec_path()]
    at = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *at]
    found = next((p for p in at if (p / "initdb").exists() and (p / "postgres").exists()), None)
    if found is None:
        pytest.skip("PostgreSQL's initdb and postgres are not on this machine")
    pytest.importorskip("psycopg", reason="the extra `scale` is not installed")
    return found


def _other_user() -> pwd.struct_passwd:
    if shutil.which("setpriv") is None:
        pytest.skip("PostgreSQL is not run by root, and setpriv, which would run it as another, is not here")
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.skip("PostgreSQL is not run by root, and there is no user postgres or nobody")


def _takes_queries(address: str) -> bool:
    import psycopg

    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(address.replace("+psycopg", "")):
        return True
    return False
