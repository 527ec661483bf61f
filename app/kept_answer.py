"""An answer, or how a question is asked, as bytes that a file keeps, and back again.

The answer is the versioned JSON of `Answer.to_dict`, packed. What can be read no longer is a ValueError and never half
an answer.
"""

from __future__ import annotations

import json
import zlib

from app.answer import Answer
from app.answer_json import answer_from_dict
from app.ask import AskOptions
from app.notebook.entries import options_from_dict, options_to_dict
from ingest.errors import DatelineError

__all__ = ["pack_answer", "pack_options", "unpack_answer", "unpack_options"]

_LARGEST = 64 * 1024 * 1024  # bytes of one answer once unpacked: a damaged file fills no memory


def pack_answer(answer: Answer) -> bytes:
    """The answer as bytes."""
    return _packed(answer.to_dict())


def unpack_answer(packed: bytes) -> Answer:
    """The answer that `pack_answer` packed. Raises `ValueError` where these bytes are none."""
    try:
        return answer_from_dict(_unpacked(packed))
    except DatelineError as error:
        raise ValueError(str(error)) from error


def pack_options(options: AskOptions) -> bytes:
    """How a question is asked, as bytes."""
    return _packed(options_to_dict(options))


def unpack_options(packed: bytes) -> AskOptions:
    """The options that `pack_options` packed. Raises `ValueError` where these bytes are none."""
    try:
        return options_from_dict(_unpacked(packed))
    except (DatelineError, TypeError) as error:
        raise ValueError(str(error)) from error


def _packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode("ascii"))


def _unpacked(packed: bytes) -> object:
    try:
        return json.loads(zlib.decompressobj().decompress(packed, _LARGEST))
    except (zlib.error, TypeError, ValueError) as error:
        raise ValueError(f"what was kept cannot be read: {error}") from error
