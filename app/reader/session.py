"""Opens a shipped network for onnxruntime: the one place that says how, and what is wrong with a file that is none."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import ReaderError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = ["digest_of", "open_session"]


def open_session(path: Path, what: str, *, takes: Collection[str], gives: Sequence[str]) -> InferenceSession:
    """The network at `path`, called `what` in errors; it runs each reading on one core, or on a GPU where there is one.

    Raises:
        ReaderError: the file is missing, damaged, or has other inputs or outputs than `takes` and `gives`.
    """
    from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions, get_available_providers

    options = SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_ALL
    options.enable_cpu_mem_arena = False  # an arena keeps what the longest text ever needed, once a thread
    wanted = [p for p in ("CUDAExecutionProvider", "CPUExecutionProvider") if p in get_available_providers()]
    if not path.is_file():
        raise _unreadable(path, what)
    try:
        session = InferenceSession(str(path), options, providers=wanted)
    except Exception as error:  # onnxruntime has a class for each status, all below Exception
        raise ReaderError(f"{what} at {path} are damaged: reinstall Dateline") from error
    if {i.name for i in session.get_inputs()} != {*takes} or [o.name for o in session.get_outputs()] != [*gives]:
        raise ReaderError(f"{what} at {path} are of another version: reinstall Dateline")
    return session


def digest_of(path: Path, what: str) -> str:
    """SHA-256 of a weight file. Raises `ReaderError` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, what) from error


def _unreadable(path: Path, what: str) -> ReaderError:
    return ReaderError(f"{what} at {path} cannot be read: reinstall Dateline")
