"""The ingest job: find files, compare them with what is indexed, prepare what changed, commit it batch by batch.

A batch becomes visible as a whole or not at all: the sink that `store` provides commits it in one transaction. So an
interrupted job leaves whole batches behind, and the next one goes on from there. Contents are compared by digest, never
by date alone (an mtime can lie): an unchanged file costs one hash and nothing else.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ingest.article import Article, Span
from ingest.errors import ReadError, UsageError
from ingest.files import FoundFile, find_files, fingerprint, folders_of, gone_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Batch",
    "FileState",
    "FileToIngest",
    "PreparedArticle",
    "Progress",
    "Report",
    "SetAside",
    "Sink",
    "find_files",
    "ingest",
]

_MAX_BATCH_BYTES = 8_000_000  # bounds what one batch holds in memory: some 10,000 passages


@dataclass(frozen=True, slots=True, eq=False)
class PreparedArticle:
    """An article that is ready to be stored: its source text, its passages' spans, and a vector for each.

    `vectors` is (n, d) float32 with unit-norm rows, in the order of `spans`. `article.sources` are where the batch
    found it; the sink derives the sources it keeps from the `FileState`s that name the article.
    """

    article: Article
    source_text: str
    codec: str
    spans: tuple[Span, ...]
    vectors: NDArray[np.float32]

    def __post_init__(self) -> None:
        if not self.spans:
            raise ValueError(f"article {self.article.source} has no passages")
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.spans):
            raise ValueError(f"article {self.article.source}: {len(self.spans)} spans, {self.vectors.shape} vectors")
        if self.spans[-1].end > len(self.source_text) or self.article.body[-1].end > len(self.source_text):
            raise ValueError(f"article {self.article.source}: a span ends after the source text does")


@dataclass(frozen=True, slots=True)
class FileState:
    """One file as the catalogue knows it: enough to tell whether it changed, and what became of it.

    `path` and `root` (what was passed: the ingested folder, or the file itself) are absolute. `digest` is the SHA-256
    of the bytes, empty when they could not be read. Exactly one of `reason` (why it was set aside) and `article_id` is
    given.
    """

    path: str
    root: str
    source: str
    size: int
    mtime_ns: int
    digest: str
    reason: str | None
    article_id: str | None

    def __post_init__(self) -> None:
        if (self.reason is None) == (self.article_id is None):
            raise ValueError(f"{self.path}: a file is an article or was set aside for a reason")


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything of one commit: new or replaced articles, file states to upsert, paths to forget.

    An `article_id` in `files` is in `articles` or already in the catalogue.
    """

    articles: tuple[PreparedArticle, ...]
    files: tuple[FileState, ...]
    removed_paths: tuple[str, ...] = ()


class Sink(Protocol):
    """Where a job writes; fulfilled by `store.writer.StoreSink`."""

    def files(self) -> Mapping[str, FileState]:
        """Every file that the catalogue holds, set-aside ones too, by absolute path."""
        ...

    def write(self, batch: Batch) -> None:
        """Make `batch` visible in one commit; articles whose last source went away leave with it."""
        ...


@dataclass(frozen=True, slots=True)
class FileToIngest:
    """A file to prepare, under the name it is cited by, as it was when its bytes were compared."""

    path: str
    root: str
    source: str
    size: int
    mtime_ns: int
    digest: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file that did not become an article, and why. `digest` is empty when its bytes are to be tried again."""

    path: str
    source: str
    reason: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` files are dealt with; `source` is the one looked at last."""

    done: int
    total: int
    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a job did. Files are counted, except where articles or passages are named.

    `articles` and `passages` were written, `replaced` of the articles in place of what their file held before;
    `copies` hold an article that another file holds too; `removed` left the index because their files are gone;
    `gone` are the sources still indexed though their files are gone, which pruning would remove.
    """

    found: int
    articles: int
    passages: int
    copies: int
    unchanged: int
    replaced: int
    removed: int
    gone: tuple[str, ...]
    set_aside: tuple[SetAside, ...]
    seconds: float


Prepare: TypeAlias = Callable[[Sequence[FileToIngest]], Sequence[PreparedArticle | SetAside]]


def ingest(
    paths: Sequence[Path],
    sink: Sink,
    *,
    encoder_name: str | None = None,
    prune: bool = False,
    batch_size: int = 64,
    progress: Callable[[Progress], None] | None = None,
    prepare: Prepare | None = None,
) -> Report:
    """Bring the index behind `sink` up to date with the files at and below `paths`.

    With `prune`, what is indexed below the given folders and is no longer found there leaves the index; a folder or
    file that is gone itself may then be named, if something was indexed from it. `prepare` turns files into articles,
    one outcome a file in their order; by default that is `ingest.pipeline.run_batch`.

    Raises:
        UsageError: a path does not exist (with `prune`: and nothing is indexed from it), or a given folder cannot be
            listed; nothing was written.
        EncoderError: the encoder cannot be loaded; whole batches before that are kept.
    """
    started = time.perf_counter()
    found = find_files(paths, may_be_gone=prune)
    job = _Job(sink, prepare or _default_prepare(encoder_name), batch_size)
    folders, vanished = folders_of(paths), gone_of(paths)
    job.check_vanished(vanished)
    found = job.with_those_named_before(found, folders)
    for taken, file in enumerate(found, start=1):
        source = job.take(file)
        if taken == len(found):
            job.commit()
        if progress is not None:
            progress(Progress(taken - len(job.waiting), len(found), source))
    job.forget_gone((*folders, *vanished), found, prune=prune)
    return job.report(len(found), time.perf_counter() - started)


class _Job:
    """One run: what the catalogue holds as far as this run has come, and the batch that is being gathered."""

    def __init__(self, sink: Sink, prepare: Prepare, batch_size: int) -> None:
        if batch_size < 1:
            raise ValueError(f"a batch holds at least one file, not {batch_size}")
        self.sink, self.prepare, self.batch_size = sink, prepare, batch_size
        self.known = dict(sink.files())
        self.path_of = {state.source: path for path, state in self.known.items()}
        self.holders = Counter(state.article_id for state in self.known.values() if state.article_id)
        self.waiting: list[FileToIngest] = []
        self.refused: list[FileState] = []
        self.counts: Counter[str] = Counter()
        self.set_aside: list[SetAside] = []
        self.gone: tuple[str, ...] = ()

    def check_vanished(self, vanished: Sequence[Path]) -> None:
        """Refuse a path that neither exists nor has anything indexed from it: it is a slip of the pen."""
        for path in vanished:
            if not any(_is_at_or_below(known, (path,)) for known in self.known):
                raise UsageError(f"cannot ingest {path}: there is no such file or folder, and nothing was read there")

    def with_those_named_before(self, found: Sequence[FoundFile], folders: Sequence[Path]) -> tuple[FoundFile, ...]:
        """`found` and what was once passed by name below `folders`, which no rule that hides it there takes away."""
        files = {file.path: file for file in found}
        for known in self.known.values():
            path = Path(known.path)
            if known.root == known.path and _is_at_or_below(known.path, folders) and os.access(path, os.F_OK):
                files.setdefault(path, FoundFile(path, path.parent, by_name=True))
        return tuple(sorted(files.values(), key=lambda file: str(file.path)))

    def take(self, found: FoundFile) -> str:
        """Compare one file with the catalogue and, if it changed, put it in the batch; returns its source."""
        path, below = str(found.path), found.path.relative_to(found.root).as_posix()
        if _printable(path) != path:
            reason = "its name is not valid UTF-8; rename it and ingest again"
            self.set_aside.append(SetAside(_printable(path), _printable(below), reason))
            return _printable(below)
        known = self.known.get(path)
        if known:
            root, source = known.root, known.source
        else:
            root, source = path if found.by_name else str(found.root), self._name(path, below, found.root)
        try:
            size, mtime_ns, digest = fingerprint(found.path)
        except ReadError as error:
            self._refuse(FileState(path, root, source, 0, 0, "", str(error), None))
        except OSError as error:
            self._leave(FileState(path, root, source, 0, 0, "", f"cannot be read: {error.strerror or error}", None))
        else:
            if known is not None and known.digest == digest:
                self._unchanged(known)
            else:
                self.waiting.append(FileToIngest(path, root, source, size, mtime_ns, digest))
        if self._is_full():
            self.commit()
        return source

    def commit(self) -> None:
        """Prepare what waits and write it: one commit."""
        articles, states = self._prepare_waiting()
        states = [*self.refused, *states]
        if states:
            self.sink.write(Batch(tuple(articles), tuple(states)))
        for state in states:
            before = self.known.get(state.path)
            self.counts["replaced"] += bool(before and before.article_id and state.article_id)
            self._remember(state.path, state)
        self.counts["articles"] += len(articles)
        self.counts["passages"] += sum(len(prepared.spans) for prepared in articles)
        self.waiting, self.refused = [], []

    def forget_gone(self, folders: Sequence[Path], found: Sequence[FoundFile], *, prune: bool) -> None:
        """Files no longer found below `folders` leave with `prune`; set-aside ones leave always, holding nothing."""
        present = {str(file.path) for file in found}
        unlisted = [file.path for file in found if file.path.is_dir()]
        gone = [
            state
            for path, state in self.known.items()
            if path not in present and _is_at_or_below(path, folders) and not _is_at_or_below(path, unlisted)
        ]
        forgotten = [state for state in gone if prune or state.article_id is None]
        if forgotten:
            self.sink.write(Batch((), (), tuple(sorted(state.path for state in forgotten))))
        self.counts["removed"] += sum(state.article_id is not None for state in forgotten)
        self.gone = () if prune else tuple(sorted(state.source for state in gone if state.article_id))

    def report(self, found: int, seconds: float) -> Report:
        """What was done, in figures."""
        counts = self.counts
        return Report(
            found=found,
            articles=counts["articles"],
            passages=counts["passages"],
            copies=counts["copies"],
            unchanged=counts["unchanged"],
            replaced=counts["replaced"],
            removed=counts["removed"],
            gone=self.gone,
            set_aside=tuple(sorted(self.set_aside, key=lambda aside: aside.source)),
            seconds=seconds,
        )

    def _prepare_waiting(self) -> tuple[list[PreparedArticle], list[FileState]]:
        """Prepare each content once; a file whose twin turned out otherwise (renamed, rewritten) goes on its own."""
        leaders = {file.digest: file for file in reversed(self.waiting) if not self.holders[file.digest]}
        outcomes = self._prepare(sorted(leaders.values(), key=lambda file: file.path))
        ready = {o.article.article_id for o in outcomes.values() if isinstance(o, PreparedArticle)}
        held = [f for f in self.waiting if f not in outcomes and (f.digest in ready or self.holders[f.digest])]
        outcomes |= self._prepare([f for f in self.waiting if f not in outcomes and f not in held])
        articles: dict[str, PreparedArticle] = {}
        states = [_state(file, article_id=file.digest) for file in held]
        self.counts["copies"] += len(held)
        for file, outcome in outcomes.items():
            if isinstance(outcome, PreparedArticle):
                article = articles.setdefault(outcome.article.article_id, outcome).article
                states.append(_state(file, article_id=article.article_id))
            elif outcome.digest:
                states.append(_state(file, reason=outcome.reason, digest=outcome.digest))
                self.set_aside.append(outcome)
            else:
                self._leave(_state(file, reason=outcome.reason, digest=""))
        return list(articles.values()), states

    def _prepare(self, files: Sequence[FileToIngest]) -> dict[FileToIngest, PreparedArticle | SetAside]:
        return dict(zip(files, self.prepare(files), strict=True)) if files else {}

    def _unchanged(self, known: FileState) -> None:
        if known.reason is None:
            self.counts["unchanged"] += 1
        else:
            self.set_aside.append(SetAside(known.path, known.source, known.reason, known.digest))

    def _refuse(self, state: FileState) -> None:
        """Set a file aside for what it is; an article it held before is no longer what it holds."""
        self.set_aside.append(SetAside(state.path, state.source, state.reason or ""))
        if self.known.get(state.path) != state:
            self.refused.append(state)

    def _leave(self, state: FileState) -> None:
        """Set a file aside that could not be read this time: what was indexed from it before stays."""
        known = self.known.get(state.path)
        if known is None or known.article_id is None:
            self._refuse(state)
        else:
            reason = f"{state.reason} (what was indexed from it before stays)"
            self.set_aside.append(SetAside(state.path, state.source, reason))

    def _name(self, path: str, below: str, root: Path) -> str:
        """The source of a new file: its path below the root, the root's name in front if that is taken."""
        name = root.name or "root"
        candidates = chain((below, f"{name}/{below}"), (f"{name}-{n}/{below}" for n in count(2)))
        return next(source for source in candidates if self.path_of.setdefault(source, path) == path)

    def _remember(self, path: str, state: FileState) -> None:
        before = self.known.get(path)
        if before is not None and before.article_id:
            self.holders[before.article_id] -= 1
        if state.article_id:
            self.holders[state.article_id] += 1
        self.known[path] = state

    def _is_full(self) -> bool:
        size = sum(file.size for file in self.waiting)
        return len(self.waiting) + len(self.refused) >= self.batch_size or size >= _MAX_BATCH_BYTES


def _default_prepare(encoder_name: str | None) -> Prepare:
    from ingest.pipeline import run_batch  # LlamaIndex takes a second to import: only when there is work

    return run_batch if encoder_name is None else partial(run_batch, encoder_name=encoder_name)


def _state(
    file: FileToIngest, *, article_id: str | None = None, reason: str | None = None, digest: str | None = None
) -> FileState:
    kept = article_id or (file.digest if digest is None else digest)
    return FileState(file.path, file.root, file.source, file.size, file.mtime_ns, kept, reason, article_id)


def _is_at_or_below(path: str, folders: Sequence[Path]) -> bool:
    at = Path(path)
    return any(folder == at or folder in at.parents for folder in folders)


def _printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode("utf-8")
