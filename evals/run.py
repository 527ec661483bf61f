"""The articles are indexed, every question of a gold file is asked, and each answer becomes a Score.

Nothing is printed here and nothing compared. A question whose asking raises is a Score with its error: counted
against every figure, named, never lost.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.answer import Answer, Citation
from evals.form_metrics import shown, shown_days
from evals.form_scores import is_met, measure_expected
from evals.gold import GoldCase, load_gold
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
from evals.record import LostAt, Place
from ingest.article import Span, container_of
from ingest.containers import read_members
from ingest.errors import ReadError, UnknownSourceError, UsageError
from ingest.read import read_bytes
from ingest.records import read_record

if TYPE_CHECKING:
    from ingest.batch import FileToIngest, PreparedArticle, Reader, SetAside
    from ingest.job import Prepare
    from store import Store

__all__ = [
    "CACHE",
    "CHECKOUT",
    "GOLD",
    "INVENTED",
    "Ask",
    "Corpus",
    "Outcome",
    "Score",
    "ask_all",
    "digest_code",
    "digest_corpus",
    "digest_index",
    "find_articles",
    "lost_among_hits",
    "model_pins",
    "open_corpus",
    "preparing",
    "score",
    "score_gold",
    "text_of_files",
]

NOTHING = Part(0, 0)
READ_FIRST = 5  # evidence among so many passages was there to be read; further down it was ranked too low
CONTEXT_CHARS = 200  # shown on either side of a place
CHECKOUT = Path(__file__).resolve().parent.parent
GOLD = Path(__file__).with_name("gold.jsonl")
INVENTED = Path(__file__).with_name("invented")
# Indexes built for measuring, below the working folder: one a digest, so none is ever out of date.
CACHE = Path(".dateline/cache")


class Ask(Protocol):
    """What is measured: `app.ask` with its store and options filled in, or a stand-in."""

    def __call__(self, question: str, *, history: Sequence[str], as_of: dt.date | None = None) -> Answer:
        """The answer to `question`, asked after `history` on the day `as_of`, or today."""
        ...


@dataclass(frozen=True, slots=True)
class Corpus:
    """Articles ready to be asked about.

    `digest` is that of the articles, `index` where they are indexed, `set_aside` the (source, reason) of files
    that are not among them, `pins` the digests of the models that answer, by name. `selected` gives the spans of a
    source that were taken for the article; None where nobody can say. `close` lets go of the index.
    """

    ask: Ask
    source_text: Callable[[str], str]
    digest: str
    index: Path
    set_aside: tuple[tuple[str, str], ...] = ()
    pins: Mapping[str, str] = field(default_factory=dict)
    selected: Callable[[str], Sequence[Span]] | None = None
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

    `recall` maps k to recall at k. The `Part`s are what the case adds to rates over citations and evidence. `met` is
    what it meets of what is expected beside words and evidence, by measure.
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
    confidence: float | None
    evidence_rank: int | None
    lost_at: LostAt | None
    evidence_places: tuple[Place, ...]
    cited_places: tuple[Place, ...]
    met: Mapping[str, Part] = field(default_factory=dict)

    @property
    def as_expected(self) -> bool:
        """Right where the articles answer, declined where they do not, and all is met that else is expected."""
        return (self.declined if self.right is None else self.right) and is_met(self.met)


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
            day = {} if case.as_of is None else {"as_of": case.as_of}
            answer = ask(case.question, history=case.history, **day)
        except Exception as raised:  # measured, not handled: whatever broke is named in the report
            error = f"{type(raised).__name__}: {raised}"
        outcomes.append(Outcome(case, answer, error, clock() - started))
    return tuple(outcomes)


def score(
    outcome: Outcome,
    source_text: Callable[[str], str],
    *,
    ks: Sequence[int],
    selected: Callable[[str], Sequence[Span]] | None = None,
) -> Score:
    """What `outcome` measures, with recall at each of `ks`; `selected` as in `Corpus`."""
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
    found = answered and answer is not None and _is_found(case, answer)
    met = measure_expected(case, answer)
    n_evidence = len(case.evidence)
    scored = Score(
        case=case,
        said=said,
        short=short,
        error=outcome.error,
        declined=answer is not None and answer.abstained,
        right=_is_right(case, answered=answered, found=found, cited=cited) if case.answerable else None,
        found=found if case.answerable else None,
        token_f1=token_f1(short, case.answers, need=case.need) if case.answers else None,
        recall=tuple((k, recall_at_k(ranked, n_evidence, k=k)) for k in ks) if n_evidence else (),
        reciprocal_rank=reciprocal_rank(ranked) if n_evidence else None,
        exact=exact,
        cited=citation_precision(cited) if n_evidence else NOTHING,
        evidenced=citation_recall(cited, n_evidence) if n_evidence else NOTHING,
        seconds=outcome.seconds,
        confidence=None if answer is None else answer.confidence,
        evidence_rank=next((rank for rank, covered in enumerate(ranked, start=1) if covered), None),
        lost_at=None,
        evidence_places=tuple(_place(e.source, e.spans[0], source_text) for e in case.evidence),
        cited_places=tuple(_cited_places(answer, source_text)),
        met=met,
    )
    return replace(scored, lost_at=_lost_at(scored, selected))


def _is_found(case: GoldCase, answer: Answer) -> bool:
    """Whether the expected words are in the answer; where more is expected than words, parts of it count as well."""
    if case.expect is None:
        return contains(answer.text, case.answers, need=case.need)
    words = f"{shown(answer)}\n{shown_days(answer)}"
    return not case.answers or contains(words, case.answers, need=case.need)


def _is_right(case: GoldCase, *, answered: bool, found: bool, cited: Sequence[frozenset[int]]) -> bool:
    """As `is_right`; what was counted rests on a tally and cites nothing."""
    if case.expect is not None and (case.kind == "count" or not case.evidence):
        return answered and found
    return is_right(answered=answered, found=found, cited=cited)


def _lost_at(scored: Score, selected: Callable[[str], Sequence[Span]] | None) -> LostAt | None:
    """The first stage of the way from file to answer at which what was expected went missing."""
    if scored.error is not None:
        return "error"
    if scored.as_expected:
        return None
    if not scored.case.answerable:
        return "form" if scored.declined else "answered"
    if scored.right:
        return "form"
    evidence = scored.case.evidence
    if (
        selected is not None
        and evidence
        and not any(span.overlaps(place) for e in evidence for span in selected(e.source) for place in e.spans)
    ):
        return "selection"
    return lost_among_hits(scored.evidence_rank, declined=scored.declined)


def lost_among_hits(rank: int | None, *, declined: bool) -> LostAt:
    """Where an answerable question was lost whose evidence was found first at `rank`, or not at all."""
    if rank is None:
        return "retrieval"
    if rank > READ_FIRST:
        return "ranking"
    return "abstention" if declined else "reading"


def _place(source: str, span: Span, source_text: Callable[[str], str]) -> Place:
    text = source_text(source)
    return Place(
        source,
        span.start,
        span.end,
        span.of(text),
        text[max(0, span.start - CONTEXT_CHARS) : span.start],
        text[span.end : span.end + CONTEXT_CHARS],
    )


def _cited_places(answer: Answer | None, source_text: Callable[[str], str]) -> Iterator[Place]:
    for citation in () if answer is None else answer.citations:
        try:
            around = _place(citation.source, Span(citation.start, citation.end), source_text)
        except UnknownSourceError:
            around = Place(citation.source, citation.start, citation.end, "")
        yield replace(around, quote=citation.quote)


def score_gold(
    gold: Path, corpus: Corpus, open_invented: Callable[[], Corpus], *, ks: Sequence[int]
) -> tuple[tuple[Score, ...], Mapping[str, str]]:
    """The scores of the cases in the file `gold`, in order, and the digests of what was asked about beside `corpus`.

    The invented archive is opened only if a case is about it. A first question of each is asked off the clock, so that
    latency is that of a warm process.
    """
    cases = load_gold(gold, corpus.source_text, invented=text_of_files(INVENTED))
    scores = _scores_by_id([case for case in cases if case.articles == "seeds"], corpus, ks)
    pins: dict[str, str] = {}
    if invented := [case for case in cases if case.articles == "invented"]:
        other = open_invented()
        try:
            scores |= _scores_by_id(invented, other, ks)
        finally:
            other.close()
        pins["invented"] = other.digest
    return tuple(scores[case.id] for case in cases), pins


def _scores_by_id(cases: Sequence[GoldCase], corpus: Corpus, ks: Sequence[int]) -> dict[str, Score]:
    ask_all(cases[:1], corpus.ask)
    outcomes = ask_all(cases, corpus.ask)
    return {o.case.id: score(o, corpus.source_text, ks=ks, selected=corpus.selected) for o in outcomes}


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


def text_of_files(folder: Path) -> Callable[[str], str]:
    """The source text of files below `folder`, by source, read anew: what a gold file can be checked on at once.

    A container is read through once, and its members are kept compressed. What is returned raises UnknownSourceError
    where no file or line is, or where it holds no text.
    """
    members_of: dict[Path, dict[str, tuple[bytes, Reader]]] = {}

    def text_of(source: str) -> str:
        container = container_of(source)
        path = folder / (container or source)
        try:
            if container is None:
                return read_bytes(path.read_bytes()).text
            if path not in members_of:
                members = read_members(path)
                members_of[path] = {x.name: (zlib.compress(x.content, 1), x.reader) for x in members if x.content}
            packed, reader = members_of[path].get(source.removeprefix(container), (b"", "file"))
            if packed:
                content = zlib.decompress(packed)
                return (read_record(content) if reader == "record" else read_bytes(content)).text
        except (OSError, EOFError, ReadError) as error:
            raise UnknownSourceError(f"{path} cannot be read: {error}") from error
        raise UnknownSourceError(f"{path} has no such part")

    return text_of


def open_corpus(articles: Path, threshold: float | None = None, *, without: frozenset[str] = frozenset()) -> Corpus:
    """Index the folder `articles` below the working folder, unless it is indexed already, and open it.

    `without` names stages of an answer to leave out (`app.stages`), or "selection", a stage of ingest.

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
    encoder_name, whole = load_settings().encoder, "selection" in without
    path = Path.cwd() / CACHE / f"{digest_index(articles, encoder_name=encoder_name)}{'-whole' if whole else ''}"
    with open_sink(path, encoder_spec=load_encoder(encoder_name).spec) as sink:
        report = ingest([articles], sink, prepare=preparing(encoder_name, whole=whole))
    store = open_store(path, encoder_name=encoder_name)
    options = AskOptions(threshold=threshold, composer="extractive", without=without - {"selection"})
    return Corpus(
        ask=partial(ask, store=store, options=options),
        source_text=store.source_text,
        digest=digest_corpus([(source, a.article_id) for a in store.articles() for source in a.sources]),
        index=path,
        set_aside=tuple((aside.source, aside.reason) for aside in report.set_aside),
        pins=model_pins(store),
        selected=lambda source: store.article(source).body,
        close=store.close,
    )


def preparing(encoder_name: str, *, whole: bool) -> Prepare:
    """How files become articles for measuring; with `whole`, nothing of them is left out."""

    def prepare(files: Sequence[FileToIngest]) -> Sequence[PreparedArticle | SetAside]:
        from ingest.pipeline import run_batch  # LlamaIndex takes a second to import: only when there is work

        return run_batch(files, encoder_name=encoder_name, whole=whole)

    return prepare


def model_pins(store: Store) -> dict[str, str]:
    """Digests of the settings and models that answer from `store`, by name."""
    from app.ask import reader_of
    from app.settings import load_settings
    from ingest.body import SELECTION_VERSION
    from ingest.split import SPLITTER_VERSION

    settings = load_settings()
    return {
        "settings": settings.digest,
        "encoder": store.encoder.spec.digest[:16],
        "reader": reader_of(store).digest[:16],
        "selection": f"{SELECTION_VERSION} {_digest_file(CHECKOUT / 'ingest' / 'body_model.json').hex()[:16]}",
        "splitting": SPLITTER_VERSION,
    }


def digest_corpus(articles: Sequence[tuple[str, str]]) -> str:
    """SHA-256 hex of (source, article_id) pairs, whatever their order: the same articles, the same digest."""
    lines = "".join(f"{article_id} {source}\n" for source, article_id in sorted(articles))
    return hashlib.sha256(lines.encode()).hexdigest()


def digest_index(folder: Path, *, encoder_name: str) -> str:
    """Twelve hex digits that change with any file below `folder`, the encoder, or the code of ingest/ and store/.

    Hidden files are not looked at. The code counts, so that figures after an edit to the selection or the splitting
    never rest on an old index.
    """
    return _digest_trees(encoder_name, folder, CHECKOUT / "ingest", CHECKOUT / "store")[:12]


def digest_code() -> str:
    """Hex digest of all code that can change an answer or its measure."""
    return _digest_trees("", *(CHECKOUT / name for name in ("ingest", "store", "app", "evals")))


def _digest_trees(first: str, *roots: Path) -> str:
    digest = hashlib.sha256(first.encode())
    for root in roots:
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            if not path.is_file() or any(part.startswith((".", "__pycache__")) for part in parts):
                continue
            digest.update(f"{'/'.join(parts)}\n".encode(errors="surrogateescape"))
            digest.update(_digest_file(path))
    return digest.hexdigest()


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
