"""The articles are indexed, every question of a gold file is asked, and each answer becomes a Score.

Nothing is printed here and nothing compared. A question whose asking raises is a Score with its error: counted
against every figure, named, never lost.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from app.answer import Answer, Citation
from evals.gold import GoldCase
from evals.metrics import (
    Part,
    citation_precision,
    citation_recall,
    contains,
    evidence_covered,
    is_exact,
    is_right,
    recall_at_k,
    reciprocal_rank,
    token_f1,
)
from ingest.article import Span
from ingest.errors import UnknownSourceError, UsageError

__all__ = [
    "CACHE",
    "CHECKOUT",
    "GOLD",
    "Ask",
    "Corpus",
    "Outcome",
    "Score",
    "ask_all",
    "digest_corpus",
    "digest_index",
    "find_articles",
    "open_corpus",
    "score",
]

NOTHING = Part(0, 0)
CHECKOUT = Path(__file__).resolve().parent.parent
GOLD = Path(__file__).with_name("gold.jsonl")
# Indexes built for measuring, below the working folder: one a digest, so none is ever out of date.
CACHE = Path(".dateline/cache")


class Ask(Protocol):
    """What is measured: `app.ask` with its store and options filled in, or a stand-in."""

    def __call__(self, question: str, *, history: Sequence[str]) -> Answer:
        """The answer to `question`, asked after `history`."""
        ...


@dataclass(frozen=True, slots=True)
class Corpus:
    """Articles ready to be asked about.

    `digest` is that of the articles, `index` where they are indexed, `set_aside` the (source, reason) of files
    that are not among them; `close` lets go of the index.
    """

    ask: Ask
    source_text: Callable[[str], str]
    digest: str
    index: Path
    set_aside: tuple[tuple[str, str], ...] = ()
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case, asked: an answer, or the error that came instead. `seconds` is the time it took."""

    case: GoldCase
    answer: Answer | None
    error: str | None
    seconds: float

    def __post_init__(self) -> None:
        if (self.answer is None) == (self.error is None):
            raise ValueError("an outcome is an answer or an error")


@dataclass(frozen=True, slots=True)
class Score:
    """What was measured on one case. None: the measure does not concern it (an unanswerable one has no recall).

    `recall` maps k to recall at k. The `Part`s are what the case adds to rates over citations and evidence.
    """

    case: GoldCase
    said: str
    short: str | None
    error: str | None
    declined: bool
    right: bool | None
    found: bool | None
    token_f1: float | None
    recall: tuple[tuple[int, float], ...]
    reciprocal_rank: float | None
    exact: Part
    cited: Part
    evidenced: Part
    seconds: float

    @property
    def as_expected(self) -> bool:
        """Right where the articles answer, declined where they do not."""
        return self.declined if self.right is None else self.right


def ask_all(
    cases: Sequence[GoldCase], ask: Ask, *, clock: Callable[[], float] = time.perf_counter
) -> tuple[Outcome, ...]:
    """The outcome of every case, in order. Nothing that `ask` raises stops the rest, short of an interrupt."""
    outcomes: list[Outcome] = []
    for case in cases:
        started = clock()
        answer: Answer | None = None
        error: str | None = None
        try:
            answer = ask(case.question, history=case.history)
        except Exception as raised:  # measured, not handled: whatever broke is named in the report
            error = f"{type(raised).__name__}: {raised}"
        outcomes.append(Outcome(case, answer, error, clock() - started))
    return tuple(outcomes)


def score(outcome: Outcome, source_text: Callable[[str], str], *, ks: Sequence[int]) -> Score:
    """What `outcome` measures, with recall at each of `ks`."""
    case, answer = outcome.case, outcome.answer
    cited: list[frozenset[int]] = []
    ranked: list[frozenset[int]] = []
    exact = NOTHING
    if answer is not None:
        cited = [_covered(citation, answer, case) for citation in answer.citations]
        ranked = [evidence_covered(hit.article.sources, hit.passage.span, case.evidence) for hit in answer.hits]
        exact = Part(sum(_is_exact(c, source_text) for c in answer.citations), len(answer.citations))
    answered = answer is not None and not answer.abstained
    said = answer.text if answer is not None else ""
    short = answer.short if answer is not None else None
    found = case.answerable and answered and contains(said, case.answers, need=case.need)
    n_evidence = len(case.evidence)
    return Score(
        case=case,
        said=said,
        short=short,
        error=outcome.error,
        declined=answer is not None and answer.abstained,
        right=is_right(answered=answered, found=found, cited=cited) if case.answerable else None,
        found=found if case.answerable else None,
        token_f1=token_f1(short, case.answers, need=case.need) if case.answerable else None,
        recall=tuple((k, recall_at_k(ranked, n_evidence, k=k)) for k in ks) if case.answerable else (),
        reciprocal_rank=reciprocal_rank(ranked) if case.answerable else None,
        exact=exact,
        cited=citation_precision(cited) if case.answerable else NOTHING,
        evidenced=citation_recall(cited, n_evidence) if case.answerable else NOTHING,
        seconds=outcome.seconds,
    )


def find_articles() -> Path:
    """The five articles of the checkout: beside the package, or in the working folder.

    Raises:
        UsageError: neither is there.
    """
    places = [CHECKOUT / "seeds", Path.cwd() / "seeds"]
    for place in places:
        if place.is_dir():
            return place
    raise UsageError(
        f"the articles to measure on are in neither {places[0]} nor {places[1]}; "
        "run this in a checkout of Dateline, or name a folder with --articles and questions with --gold"
    )


def open_corpus(articles: Path, threshold: float | None = None) -> Corpus:
    """Index the folder `articles` below the working folder, unless it is indexed already, and open it.

    Raises:
        UsageError: there is no such folder.
        DatelineError: the index cannot be built.
    """
    from app import AskOptions, ask
    from app.settings import load_settings
    from ingest.encode import load_encoder
    from ingest.job import ingest
    from store import open_sink, open_store

    if not articles.is_dir():
        raise UsageError(f"no folder of articles at {articles}")
    encoder_name = load_settings().encoder
    path = Path.cwd() / CACHE / digest_index(articles, encoder_name=encoder_name)
    with open_sink(path, encoder_spec=load_encoder(encoder_name).spec) as sink:
        report = ingest([articles], sink, encoder_name=encoder_name)
    store = open_store(path, encoder_name=encoder_name)
    return Corpus(
        ask=partial(ask, store=store, options=AskOptions(threshold=threshold)),
        source_text=store.source_text,
        digest=digest_corpus([(source, a.article_id) for a in store.articles() for source in a.sources]),
        index=path,
        set_aside=tuple((aside.source, aside.reason) for aside in report.set_aside),
        close=store.close,
    )


def digest_corpus(articles: Sequence[tuple[str, str]]) -> str:
    """SHA-256 hex of (source, article_id) pairs, whatever their order: the same articles, the same digest."""
    lines = "".join(f"{article_id} {source}\n" for source, article_id in sorted(articles))
    return hashlib.sha256(lines.encode()).hexdigest()


def digest_index(folder: Path, *, encoder_name: str) -> str:
    """Twelve hex digits that change with any file below `folder`, the encoder, or the code of ingest/ and store/.

    Hidden files are not looked at. The code counts, so that figures after an edit to the selection or the splitting
    never rest on an old index.
    """
    digest = hashlib.sha256(encoder_name.encode())
    for root in (folder, CHECKOUT / "ingest", CHECKOUT / "store"):
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            if not path.is_file() or any(part.startswith((".", "__pycache__")) for part in parts):
                continue
            digest.update(f"{'/'.join(parts)}\n".encode(errors="surrogateescape"))
            digest.update(_digest_file(path))
    return digest.hexdigest()[:12]


def _digest_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:  # ingest says so when it comes to this file
        return b"unreadable"


def _covered(citation: Citation, answer: Answer, case: GoldCase) -> frozenset[int]:
    sources = {citation.source}
    for hit in answer.hits:
        if hit.article.article_id == citation.article_id:
            sources.update(hit.article.sources)
    return evidence_covered(tuple(sources), Span(citation.start, citation.end), case.evidence)


def _is_exact(citation: Citation, source_text: Callable[[str], str]) -> bool:
    try:
        text = source_text(citation.source)
    except UnknownSourceError:
        return False
    return is_exact(text, citation.start, citation.end, citation.quote)
