"""A judged answer becomes a line of a gold file, as `dateline eval --gold FILE` reads it.

What is expected is what the person says who judged: the answer that was given, another one and where it stands, or that
the articles do not say. Guarantee: evidence stands verbatim in the article it names.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.answer import Answer
from app.conversation import Asked
from app.question import read_question
from ingest.article import Span
from ingest.errors import NotebookError

__all__ = ["Expected", "expected_as_answered", "find_words", "gold_case", "write_case"]

_KINDS = {"person": "fact", "reason": "why", "manner": "how", "yes/no": "yes-no"}  # as the gold file calls them
_UNREADABLE = re.compile("[\x85\u2028\u2029\ud800-\udfff]")  # ends of lines to some, or no text
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Expected:
    """Wordings of which one has to stand in the answer, and (source, quote) of where the articles say so.

    `count` is the number to which a count has to come. Nothing of all that: it should be declined.
    """

    answers: tuple[str, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    count: int | None = None

    @property
    def declines(self) -> bool:
        """Whether the articles are expected not to say."""
        return not self.answers and self.count is None


def expected_as_answered(answer: Answer) -> Expected:
    """What an answer that was right is to go on saying."""
    if answer.abstained:
        return Expected()
    tally = next((s.tally for s in answer.statements if s.tally), None)
    if tally is not None and not answer.citations:
        return Expected(count=tally.number)
    words = (answer.short,) if answer.short else tuple(p.text for p in answer.parts) or (answer.statements[0].text,)
    return Expected(words, tuple(dict.fromkeys((c.source, c.quote) for c in answer.citations)))


def gold_case(case_id: str, asked: Asked, earlier: Sequence[str], expected: Expected) -> dict[str, object]:
    """The case: the question as it was asked, after the `earlier` ones, on the same day.

    Where the words to search for were typed over, they are the question, and stand alone.
    """
    answer = asked.turn.answer
    typed = asked.options.query
    history = [] if typed else list(earlier)
    case: dict[str, object] = {
        "id": case_id,
        "kind": _kind(answer, bool(history), expected),
        "question": typed or asked.turn.question,
        "history": history,
        "answers": list(expected.answers),
        "evidence": [list(pair) for pair in expected.evidence],
        "need": "any",
        "as_of": answer.provenance.as_of.isoformat(),
    }
    return case if expected.count is None else {**case, "expect": {"count": expected.count}}


def _kind(answer: Answer, has_history: bool, expected: Expected) -> str:
    if expected.declines:
        return "unanswerable"
    if expected.count is not None:
        return "count"
    if has_history and answer.query != answer.question:
        return "follow-up"
    kind = read_question(answer.query).kind
    return _KINDS.get(kind, kind)


def find_words(text: str, words: str) -> Span | None:
    """Where `words` stand in `text`, however its lines are broken; None where they do not."""
    pieces = words.split()
    found = re.search(r"\s+".join(map(re.escape, pieces)), text) if pieces else None
    return None if found is None else Span(*found.span())


def write_case(path: Path, case: Mapping[str, object]) -> None:
    """Add the case to the file at `path`, in the place of one with its id; every other line stays as it is.

    Raises:
        NotebookError: the file cannot be read or written.
    """
    told = _UNREADABLE.sub(lambda m: f"\\u{ord(m.group()):04x}", json.dumps(case, ensure_ascii=False))
    try:
        with _lock:
            lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
            kept = [line for line in lines if line.strip()]
            same = [n for n, line in enumerate(kept) if case["id"] in _ids(line)]
            kept[same[0] if same else len(kept) : same[0] + 1 if same else len(kept)] = [told]
            partial = path.with_name(f"{path.name}.{os.getpid()}.part")
            partial.write_text("\n".join(kept) + "\n", encoding="utf-8", newline="\n")
            partial.replace(path)
    except (OSError, UnicodeDecodeError) as error:
        raise NotebookError(f"the gold file {path} cannot be written: {error}") from error


def _ids(line: str) -> Iterator[object]:
    """The id of the case on a line; none where it is no case."""
    try:
        row = json.loads(line)
    except ValueError:
        return
    if isinstance(row, dict):
        yield row.get("id")
