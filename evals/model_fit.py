"""`dateline eval llm --fit`: fits the judge of app/llm/judge.py on statements that people judged, and writes its file.

Two kinds of them: sentences that were written about the invented articles and the five, true ones in many wordings and
false ones with one thing wrong, each kind of thing in turn (evals/statements.jsonl.gz); and what a small model really
said, recorded (app/llm/fit.py does the fitting). Every other question of the quiz is left out, to be measured on.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.answer import Answer
from app.ask import AskOptions, ask, reader_of
from app.llm.evidence import Evidence, Line, gather, harmless
from app.llm.features import Instruments, measure
from app.llm.fit import fit_trees, held_out_scores, write_judge
from app.llm.model import Piece
from app.llm.reply import read_reply
from app.llm.support import find_source, is_statement, is_verbatim, pointed_at, text_of
from app.question import read_question
from app.reader import Pointer
from evals.model_replies import RecordedReply, key_of, unpack
from ingest.article import Passage, Span
from ingest.split import sentences
from store import Store

__all__ = ["STATEMENTS", "fit_judge", "recorded_rows", "written_rows"]

STATEMENTS = Path(__file__).with_name("statements.jsonl.gz")
_RECORDED_WEIGHT = 2.0  # what a model really says counts more than what was made up to be hard
_MOST_WRONG = 0.02  # of the statements that pass, at most so many may be unsupported


@dataclass(frozen=True, slots=True)
class Row:
    """The features of a statement against the words found for it, whether they carry it, and whose question it was."""

    features: NDArray[np.float64]
    carried: bool
    group: str
    recorded: bool


def written_rows(seeds: Store, invented: Store) -> Iterator[Row]:
    """A row of each statement of `STATEMENTS` that has its facts in its quote: no other comes before the judge."""
    pointers: dict[str, tuple[Pointer, ...]] = {}
    for line in gzip.decompress(STATEMENTS.read_bytes()).decode().splitlines():
        told = json.loads(line)
        store = seeds if told["source"].startswith("seeds/") else invented
        source, question = told["source"].removeprefix("seeds/"), told["question"]
        quote = _quote(store, source, told["quote"])
        found = find_source(told["statement"], (quote,))
        if isinstance(found, str) or not is_statement(told["statement"]) or is_verbatim(told["statement"], found):
            continue
        if question not in pointers:
            pointers[question] = reader_of(store).read(read_question(question), store.search(question, k=20)).pointers
        instruments = Instruments(reader_of(store).network, store.encoder)
        at = pointed_at(told["statement"], found, pointers[question])
        row = measure(told["statement"], text_of(found), question, instruments, at)
        yield Row(row, told["supported"], source, recorded=False)


def recorded_rows(
    replies: Sequence[RecordedReply], asked: Callable[[str], tuple[Answer, Store] | None]
) -> Iterator[Row]:
    """A row of each sentence of `replies` and each quote that has its facts; `asked` gives the extractive answer."""
    for reply in replies:
        if (found := asked(reply.id)) is None:
            continue
        answer, store = found
        if answer.abstained:
            continue
        reader, evidence = reader_of(store), gather(answer)
        pointers = reader.read(read_question(answer.timing.text or answer.query), answer.hits).pointers
        instruments = Instruments(reader.network, store.encoder)
        text = unpack(reply.packed, (*(q.shown for q in evidence), harmless(answer.query)))
        for said in read_reply([Piece(text, cut=reply.cut)]):
            judged = reply.judged.get(key_of(said.text))
            if judged is None or not is_statement(said.text):
                continue
            for quote in evidence:
                places = find_source(said.text, (quote,), as_of=answer.provenance.as_of)
                if isinstance(places, str) or is_verbatim(said.text, places) or judged.together:
                    continue  # no matter for the judge, or of several quotes
                at = pointed_at(said.text, places, pointers)
                row = measure(said.text, text_of(places), answer.query, instruments, at)
                yield Row(row, quote.number in judged.by and not judged.fragment, reply.id, recorded=True)


def fit_judge(rows: Sequence[Row], told: Callable[[str], None]) -> None:
    """Fit on `rows`, choose the threshold on scores of rows left out, and write the judge."""
    x = np.array([r.features for r in rows])
    y = np.array([r.carried for r in rows])
    weights = np.array([_RECORDED_WEIGHT if r.recorded else 1.0 for r in rows])
    recorded = np.array([r.recorded for r in rows])
    scores = held_out_scores(x, y, weights, [r.group for r in rows])
    for name, part in (("written", ~recorded), ("recorded", recorded)):
        for at in (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95):
            passed = part & (scores >= at)
            kept = (passed & y).sum() / max(1, (part & y).sum())
            wrong = (passed & ~y).sum() / max(1, passed.sum())
            told(f"{name:9s} at {at:.2f}: {kept:6.1%} of the supported pass; {wrong:6.1%} of those that pass are not")
    threshold = next(
        (float(t) for t in np.arange(0.5, 0.98, 0.01) if _wrong(scores, y, recorded, t) <= _MOST_WRONG), 0.95
    )
    told(f"threshold {threshold:.2f}, {len(rows):,} rows")
    write_judge(fit_trees(x, y, weights), round(threshold, 2))


def _wrong(scores: NDArray[np.float64], y: NDArray[np.bool_], recorded: NDArray[np.bool_], at: float) -> float:
    passed = recorded & (scores >= at)
    return float((passed & ~y).sum() / max(1, passed.sum()))


def _quote(store: Store, source: str, words: str) -> Evidence:
    text = store.source_text(source)
    start = text.index(words)
    article = store.article(source)
    spans = sentences(words, Span(0, len(words))) or (Span(0, len(words)),)
    lines = tuple(Line(Span(start + s.start, start + s.end), s.of(words), harmless(s.of(words))) for s in spans)
    return Evidence(1, article, lines, Passage(1, article.article_id, start, start + len(words), words))


def extractive(question: str, store: Store, **how: object) -> Answer:
    """The answer that no model worded."""
    return ask(question, store=store, options=AskOptions(composer="extractive"), **how)  # type: ignore[arg-type]
