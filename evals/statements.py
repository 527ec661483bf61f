"""Statements that were written to be hard for the check of a language model's sentences, and how it does on them.

Each is about a quote of the invented articles or of the five in `seeds/`: true in other words, or with one thing wrong,
each kind of thing in turn (evals/statements.jsonl.gz, written by a large language model). Nothing was learnt from them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.llm.evidence import Evidence, Line, harmless
from app.llm.reply import Said
from app.llm.support import Carried, Entails, check
from ingest.article import Passage, Span
from ingest.errors import GoldError
from ingest.split import sentences
from store import Store

__all__ = ["STATEMENTS", "WrittenStatement", "format_statements", "load_statements", "measure_statements"]

STATEMENTS = Path(__file__).with_name("statements.jsonl.gz")
_SEEDS = "seeds/"


@dataclass(frozen=True, slots=True)
class WrittenStatement:
    """Whether `quote`, words of `source`, bears `text` out; `kind` says in what way it does or does not."""

    source: str
    quote: str
    text: str
    carried: bool
    kind: str


def load_statements(path: Path = STATEMENTS) -> tuple[WrittenStatement, ...]:
    """The statements of the file.

    Raises:
        GoldError: it cannot be read, or is not of that form.
    """
    try:
        rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
        return tuple(
            WrittenStatement(r["source"], r["quote"], r["statement"], bool(r["supported"]), r["kind"]) for r in rows
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GoldError(f"{path}: no file of statements: {error}") from error


def measure_statements(
    statements: Sequence[WrittenStatement], store_of: Callable[[str], Store], entails: Entails
) -> tuple[tuple[WrittenStatement, bool], ...]:
    """Each with whether it passes the check against its quote; `store_of` tells where a source's articles lie."""
    found = []
    for written in statements:
        quote = _quote(store_of(written.source), written.source.removeprefix(_SEEDS), written.quote)
        passed = isinstance(check(Said(written.text, (1,)), [quote], entails), Carried)
        found.append((written, passed))
    return tuple(found)


def format_statements(measured: Sequence[tuple[WrittenStatement, bool]]) -> str:
    """The figures as lines of text."""
    passed = [w for w, is_passed in measured if is_passed]
    carried = [w for w, _ in measured if w.carried]
    right, wrong = sum(w.carried for w in passed), sum(not w.carried for w in passed)
    kinds = sorted({w.kind for w, _ in measured})
    rows = []
    for kind in kinds:
        of = [is_passed for w, is_passed in measured if w.kind == kind]
        rows.append(f"    {kind:<12} {sum(of):>4} of {len(of)} pass")
    return "\n".join([
        f"statements written to be hard: {len(measured):,}",
        f"  borne out and kept       {right:,} of {len(carried):,} ({right / max(1, len(carried)):.1%})",
        f"  passed and not borne out {wrong:,} of {len(passed):,} ({wrong / max(1, len(passed)):.1%})",
        *rows,
    ])  # fmt: skip


def _quote(store: Store, source: str, words: str) -> Evidence:
    text = store.source_text(source)
    start = text.index(words)
    article = store.article(source)
    spans = sentences(words, Span(0, len(words))) or (Span(0, len(words)),)
    lines = tuple(Line(Span(start + s.start, start + s.end), s.of(words), harmless(s.of(words))) for s in spans)
    return Evidence(1, article, lines, Passage(1, article.article_id, start, start + len(words), words))
