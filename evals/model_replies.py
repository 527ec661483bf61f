"""A language model's replies, recorded once, and whether the quotes bear each of their sentences out.

A reply is kept as what it copied from the quotes that the model was given and what it wrote itself, so that a file of
replies about other people's articles holds none of their text; it can be read back beside the same articles alone.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.llm.evidence import Evidence, harmless
from app.llm.model import Piece
from app.llm.packing import Packed, read_packed, unpack
from app.llm.prompts import Message
from ingest.errors import GoldError

__all__ = [
    "Judged", "RecordedReply", "ReplayedModel", "digest_of_quotes", "key_of", "load_replies", "save_replies",
]  # fmt: skip

_PIECE = 24  # characters of a reply that come at a time


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of one sentence by reading the quotes: which carry it alone, whether several do together, and
    whether it is no statement at all. A large language model did the reading.
    """

    by: tuple[int, ...]
    together: bool = False
    fragment: bool = False

    @property
    def is_carried(self) -> bool:
        """Whether the quotes bear it out."""
        return (bool(self.by) or self.together) and not self.fragment


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """One reply to the question `id`; `quotes` is the digest of the quotes it was given, `judged` by `key_of`."""

    id: str
    prompts: str
    quotes: str
    packed: Packed
    tokens_in: int | None
    tokens_out: int | None
    first_s: float | None
    seconds: float
    cut: bool
    judged: dict[str, Judged]


def key_of(sentence: str) -> str:
    """What a sentence is found by: a digest of its words, which tells them to nobody."""
    return hashlib.sha256(" ".join(re.findall(r"\w+", sentence.casefold())).encode()).hexdigest()[:12]


def digest_of_quotes(quotes: Sequence[Evidence]) -> str:
    """What tells whether a model was given these very quotes."""
    return hashlib.sha256("\n".join(q.shown for q in quotes).encode()).hexdigest()[:16]


def save_replies(path: Path, replies: Sequence[RecordedReply]) -> None:
    """Write `replies`, a line each."""
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        for r in replies:
            judged = {k: [list(j.by), int(j.together), int(j.fragment)] for k, j in r.judged.items()}
            row = {
                "id": r.id, "prompts": r.prompts, "quotes": r.quotes, "reply": r.packed, "tokens_in": r.tokens_in,
                "tokens_out": r.tokens_out, "first_s": r.first_s and round(r.first_s, 2),
                "seconds": round(r.seconds, 2), "cut": r.cut, "judged": judged,
            }  # fmt: skip
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def load_replies(path: Path) -> tuple[RecordedReply, ...]:
    """The replies that `save_replies` wrote.

    Raises:
        GoldError: the file cannot be read, or is not of that form.
    """
    try:
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        return tuple(_reply(json.loads(line)) for line in lines)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GoldError(f"{path}: no file of recorded replies: {error}") from error


def _reply(row: dict[str, object]) -> RecordedReply:
    judged = {
        k: Judged(tuple(by), bool(together), bool(fragment))
        for k, (by, together, fragment) in row["judged"].items()  # type: ignore[attr-defined]
    }
    told = {k: row[k] for k in ("id", "prompts", "quotes", "tokens_in", "tokens_out", "first_s", "seconds", "cut")}
    return RecordedReply(**told, packed=read_packed(row["reply"]), judged=judged)  # type: ignore[arg-type]


class ReplayedModel:
    """Says again what was recorded of a question, where it is given the same quotes; `turn_to` says which it is.

    To others it says nothing, and `strangers` counts how often that was.
    """

    is_local = True
    place = "in a recording"

    def __init__(self, name: str, replies: Sequence[RecordedReply]) -> None:
        self.name = name
        self.strangers = 0
        self._by_quotes = {(r.id, r.quotes): r for r in replies}
        self._recorded: RecordedReply | None = None
        self._said = ""

    def turn_to(self, question_id: str, quotes: Sequence[Evidence], query: str) -> None:
        """The next to be asked is this question, searched for as `query`, with these quotes."""
        self._recorded = self._by_quotes.get((question_id, digest_of_quotes(quotes)))
        if self._recorded is not None:
            self._said = unpack(self._recorded.packed, (*(q.shown for q in quotes), harmless(query)))

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Piece]:
        """The reply as it was recorded, a few characters at a time."""
        if self._recorded is None:
            self.strangers += 1
            return
        for at in range(0, len(self._said), _PIECE):
            yield Piece(self._said[at : at + _PIECE])
        yield Piece("", self._recorded.tokens_in, self._recorded.tokens_out, self._recorded.cut)
