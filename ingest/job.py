"""The ingest job: find files, compare them with what is indexed, prepare what changed, commit it batch by batch.

A batch becomes visible as a whole or not at all: the sink that `store` provides commits it in one transaction. So an
interrupted job leaves whole batches behind, and the next one goes on from there. Contents are compared by digest, never
by date alone (an mtime can lie): an unchanged file costs one hash and nothing else. A container is compared member
by member in a first pass over it; only if members are new to the index does a second pass hand them on, each read once.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import TypeAlias

from ingest.article import container_of, holds_records, is_container, source_order
from ingest.batch import Batch, FileState, FileToIngest, PreparedArticle, Progress, Report, SetAside, Sink
from ingest.containers import Survey, read_members, survey, why_unread
from ingest.errors import ReadError, UsageError
from ingest.files import FoundFile, find_files, fingerprint, folders_of, gone_of
from ingest.member import Member
from ingest.records import FieldMap
from ingest.stages import PrepareBeside, WriteBehind, read_ahead

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

_WORTH_ASKING = 10  # articles that a folder held; fewer are soon read again
BATCH_FILES, BATCH_BYTES = 64, 8_000_000  # bounds what one batch holds in memory: some 10,000 passages

Prepare: TypeAlias = Callable[[Sequence[FileToIngest]], Sequence[PreparedArticle | SetAside]]


def ingest(
    paths: Sequence[Path],
    sink: Sink,
    *,
    encoder_name: str | None = None,
    prune: bool = False,
    batch_size: int = BATCH_FILES,
    progress: Callable[[Progress], None] | None = None,
    prepare: Prepare | None = None,
    fields: Mapping[str, str] | None = None,
    jobs: int = 1,
    readmit: bool = False,
    plan_only: bool = False,
    emptied: bool = False,
    batch_bytes: int = BATCH_BYTES,
    retry: bool = False,
) -> Report:
    """Bring the index behind `sink` up to date with the files at and below `paths`.

    With `prune`, what is indexed below the given folders and is no longer found there leaves the index; a folder or
    file that is gone itself may then be named, if something was indexed from it. `prepare` turns files into articles,
    one outcome a file in their order; by default that is `ingest.pipeline.run_batch`, reading files in a thread, or
    with `jobs` above 1 in that many processes. Each batch is written while the next one is prepared. `fields` names
    the fields of records by role (`ingest.records.FIELD_NAMES`) where they are not called as usual; each container of
    records among the files remembers it, and an empty name forgets.

    With `readmit`, contents are let in that a person took out. With `retry`, what was set aside is read again though
    its bytes are the same: another version, or another library, may make an article of it. With `plan_only`, nothing is
    read further than comparing asks for, nothing is written, and the report tells what would be. `emptied` lets `prune`
    forget everything below a folder in which nothing at all is left, which is what a disk that is not mounted looks
    like.

    Raises:
        UsageError: a path does not exist (with `prune`: and nothing is indexed from it), a given folder cannot be
            listed, or `prune` found a folder empty that articles were indexed from; nothing was written.
        EncoderError: the encoder cannot be loaded; whole batches before that are kept.
    """
    started = time.perf_counter()
    found = find_files(paths, may_be_gone=prune)
    with ExitStack() as stages:
        behind = stages.enter_context(WriteBehind(sink))
        prepare = prepare or stages.enter_context(PrepareBeside(encoder_name, jobs=jobs))
        job = _Job(
            behind, None if plan_only else prepare, batch_size, batch_bytes, fields or {}, readmit=readmit, retry=retry
        )
        folders, vanished = folders_of(paths), gone_of(paths)
        job.check_vanished(vanished)
        found = job.with_those_named_before(found, folders)
        if prune and not emptied:
            job.check_emptied(folders, found)
        for source in job.take_all(found):
            if progress is not None:
                progress(Progress(job.taken - len(job.waiting), job.total, source, len(job.set_aside)))
        job.forget_gone((*folders, *vanished), found, prune=prune)
    return job.report(time.perf_counter() - started)


@dataclass(frozen=True, slots=True)
class _Container:
    """A file that holds many articles, under the name it is cited by."""

    path: str
    root: str
    source: str
    mtime_ns: int

    def state(self, name: str, size: int, digest: str, *, reason: str | None = None) -> FileState:
        """A member as the catalogue knows it: set aside for that reason, else the article of that digest."""
        article_id = digest if reason is None else None
        path, source = f"{self.path}{name}", f"{self.source}{name}"
        return FileState(path, self.root, source, size, self.mtime_ns, digest, reason, article_id)


class _Job:
    """One run: what the catalogue holds as far as this run has come, and the batch that is being gathered."""

    def __init__(
        self,
        sink: Sink,
        prepare: Prepare | None,
        batch_size: int,
        batch_bytes: int,
        fields: Mapping[str, str],
        *,
        readmit: bool,
        retry: bool = False,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"a batch holds at least one file, not {batch_size}")
        self.sink, self.prepare, self.fields = sink, prepare, fields
        self.batch_size, self.batch_bytes = batch_size, batch_bytes
        self.readmit, self.retry = readmit, retry
        self.removals = dict(sink.removals())
        self.planned: list[str] = []
        self.known = dict(sink.files())
        self.path_of = {_file_of(state.source): _file_of(path) for path, state in self.known.items()}
        self.members_of: dict[str, list[str]] = {}  # what is known of each container
        for path in self.known:
            if container := container_of(path):
                self.members_of.setdefault(container, []).append(path)
        self.holders = Counter(state.article_id for state in self.known.values() if state.article_id)
        self.waiting: list[FileToIngest] = []
        self.refused: list[FileState] = []
        self.taken = self.total = 0
        self.counts: Counter[str] = Counter()
        self.set_aside: list[SetAside] = []
        self.gone: tuple[str, ...] = ()
        self.told_fields: list[tuple[str, FieldMap]] = []

    def check_vanished(self, vanished: Sequence[Path]) -> None:
        """Refuse a path that neither exists nor has anything indexed from it: it is a slip of the pen."""
        for path in vanished:
            if not any(_is_at_or_below(known, (path,)) for known in self.known):
                raise UsageError(f"cannot ingest {path}: there is no such file or folder, and nothing was read there")

    def check_emptied(self, folders: Sequence[Path], found: Sequence[FoundFile]) -> None:
        """Refuse to forget all of a folder in which nothing is left: its disk may not be mounted."""
        for folder in folders:
            if not any(_is_at_or_below(str(file.path), (folder,)) for file in found):
                held = [s for p, s in self.known.items() if s.article_id and _is_at_or_below(p, (folder,))]
                if len(held) >= _WORTH_ASKING:
                    raise UsageError(
                        f"nothing is left in {folder}, where {len(held)} articles were read: is its disk mounted? "
                        "Nothing was changed; with --emptied they are forgotten"
                    )

    def with_those_named_before(self, found: Sequence[FoundFile], folders: Sequence[Path]) -> tuple[FoundFile, ...]:
        """`found` and what was once passed by name below `folders`, which no rule that hides it there takes away."""
        files = {file.path: file for file in found}
        for path in {Path(known.root) for known in self.known.values() if known.root == _file_of(known.path)}:
            if _is_at_or_below(str(path), folders) and os.access(path, os.F_OK):
                files.setdefault(path, FoundFile(path, path.parent, by_name=True))
        return tuple(sorted(files.values(), key=lambda file: str(file.path)))

    def take_all(self, found: Sequence[FoundFile]) -> Iterator[str]:
        """Deal with every file, and with every member of a container; gives the source of each one that is taken."""
        self.total = len(found)
        for file in found:
            for source in self._take(file):
                self.taken += 1
                if self.taken >= self.total or self._is_full():
                    self.commit()
                yield source
        self.commit()

    def _take(self, found: FoundFile) -> Iterator[str]:
        path, below = str(found.path), found.path.relative_to(found.root).as_posix()
        container = container_of(path)
        if _printable(path) != path:
            yield self._turn_away(path, below, "its name is not valid UTF-8; rename it and ingest again")
        elif container is not None:
            named = f"its name is that of a part of {Path(container).name}; rename it and ingest again"
            yield self._turn_away(path, below, named)
        elif is_container(path):
            yield from self._take_container(found, *self._place(found, below))
        else:
            yield self._take_file(found, *self._place(found, below))

    def _turn_away(self, path: str, below: str, reason: str) -> str:
        """Set a file aside that the catalogue cannot name."""
        self.set_aside.append(SetAside(_printable(path), _printable(below), reason))
        return _printable(below)

    def _place(self, found: FoundFile, below: str) -> tuple[str, str]:
        """What was passed to find the file, and its source: as they were when it was first read."""
        path = str(found.path)
        known = self.known.get(next(iter(self.members_of.get(path, ())), path))
        if known is not None:
            return known.root, _file_of(known.source)
        return path if found.by_name else str(found.root), self._name(path, below, found.root)

    def _take_file(self, found: FoundFile, root: str, source: str) -> str:
        """Compare one file with the catalogue and, if it changed, put it in the batch; returns its source."""
        path = str(found.path)
        known = self.known.get(path)
        try:
            size, mtime_ns, digest = fingerprint(found.path)
        except ReadError as error:
            self._refuse(FileState(path, root, source, 0, 0, "", str(error), None))
        except OSError as error:
            self._leave(FileState(path, root, source, 0, 0, "", f"cannot be read: {error.strerror or error}", None))
        else:
            kept_out = self._kept_out(digest)
            if known is not None and known.digest == digest and path in self.known and not self._tries_again(known):
                self._unchanged(known)
            elif kept_out is not None:
                self._refuse(FileState(path, root, source, size, mtime_ns, digest, kept_out, None))
            else:
                self.waiting.append(FileToIngest(path, root, source, size, mtime_ns, digest))
        return source

    def _take_container(self, found: FoundFile, root: str, source: str) -> Iterator[str]:
        """Compare the members of a container with the catalogue and put those new to it in batches, in order."""
        chosen = self._choose_fields(found)
        seen = survey(found.path, chosen=chosen)
        container = _Container(str(found.path), root, source, seen.mtime_ns)
        reason = seen.reason
        self.total += len(seen.members) + (reason is not None) - 1
        fresh = self._settle(container, seen)
        read_anew = {name.rpartition("#")[0] for name in fresh}
        self.told_fields += [(f"{source}{feed}", fields) for feed, fields in seen.fields if feed in read_anew]
        yield from (f"{source}{name}" for name in seen.members if name not in fresh)
        try:
            members = read_members(found.path, chosen=chosen, wanted=frozenset(fresh)) if fresh else iter(())
            for member in read_ahead(members, _size_of, most=self.batch_size, most_size=self.batch_bytes):
                if member.name in fresh:
                    fresh.remove(member.name)
                    self._take_member(container, member)
                    yield f"{source}{member.name}"
                if not fresh:
                    break
        except (ReadError, OSError) as error:  # it was rewritten since the survey
            reason, self.total = why_unread(error), self.total + 1
        self.total -= len(fresh)
        if reason is not None:
            self._refuse(FileState(container.path, root, source, 0, 0, "", reason, None))
            yield source

    def _choose_fields(self, found: FoundFile) -> Mapping[str, str]:
        """The fields chosen for a container, now or before; remembered first, so that a later run reads it alike."""
        path = str(found.path)
        if not holds_records(path) and not path.lower().endswith(".zip"):
            return {}
        before = self.sink.chosen_fields(path)
        chosen = {role: name for role, name in {**before, **self.fields}.items() if name}
        if chosen != before:
            self.sink.keep_chosen_fields(path, chosen)
        return chosen

    def _settle(self, container: _Container, seen: Survey) -> set[str]:
        """Tell the catalogue of the members whose articles it holds, and of those that left; returns the other names.

        Members that moved are told of in one commit before any is replaced: so no article leaves to come again.
        """
        before = self.members_of.get(container.path, ())
        states = {name: container.state(name, size, digest) for name, (digest, size) in seen.members.items()}
        changed = {}
        held = Counter(self.known[path].article_id for path in before)
        for name, state in states.items():
            known = self.known.get(state.path)
            if known is not None and known.digest == state.digest and not self._tries_again(known):
                self._unchanged(known)
                held[known.article_id] -= 1
            else:
                changed[name] = state
        moved = {name: state for name, state in changed.items() if self.holders[state.digest]}
        for state in moved.values():
            self.counts["unchanged" if held[state.digest] > 0 else "copies"] += 1
            held[state.digest] -= 1
        listed = {state.path for state in states.values()}
        unread = tuple(f"{container.path}{name}#" for name in seen.broken)
        left = [path for path in before if seen.whole and path not in listed and not path.startswith(unread)]
        if container.path in self.known and seen.reason is None:
            left.append(container.path)  # once set aside, or read as one text by an earlier version
        self._write_states(list(moved.values()), left)
        return changed.keys() - moved.keys()

    def _write_states(self, states: Sequence[FileState], left: Sequence[str]) -> None:
        """One commit that brings no article; those that no file holds any longer leave with it."""
        if not states and not left:
            return
        touched = (self.known.get(path) for path in (*(state.path for state in states), *left))
        before = {state.article_id for state in touched if state is not None and state.article_id}
        self.sink.write(Batch((), tuple(states), tuple(left)))
        for state in states:
            self._remember(state.path, state)
        for path in left:
            self._remember(path, None)
        self.counts["removed"] += sum(not self.holders[article_id] for article_id in before)

    def _take_member(self, container: _Container, member: Member) -> None:
        kept_out = self._kept_out(member.digest)
        state = container.state(member.name, member.size, member.digest, reason=member.reason or kept_out)
        if state.reason is not None or member.content is None:
            self._refuse(state)
        else:
            self.waiting.append(
                FileToIngest(
                    *(state.path, state.root, state.source, state.size, state.mtime_ns, state.digest),
                    content=member.content,
                    reader=member.reader,
                    hints=member.hints,
                )
            )

    def _kept_out(self, digest: str) -> str | None:
        """Why a content is kept out that a person took out; None when it was not, or is let in again now."""
        reason = self.removals.get(digest)
        if reason is None or not self.readmit:
            return reason
        self.sink.readmit([digest])
        del self.removals[digest]
        for path in [path for path, state in self.known.items() if state.digest == digest and state.reason]:
            self._remember(path, None)
        return None

    def commit(self) -> None:
        """Prepare what waits and write it: one commit."""
        if self.prepare is None:
            self.planned += [file.source for file in self.waiting]
            self.waiting, self.refused = [], []
            return
        articles, states = self._prepare_waiting()
        states = [*self.refused, *states]
        if states:
            self.sink.write(Batch(tuple(articles), tuple(states)))
        for state in states:
            before = self.known.get(state.path)
            self._remember(state.path, state)
            if before and before.article_id and state.article_id:
                moved = container_of(state.path) is not None and self.holders[before.article_id] > 0
                self.counts["replaced"] += not moved
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
            if _file_of(path) not in present and _is_at_or_below(path, folders) and not _is_at_or_below(path, unlisted)
        ]
        forgotten = [state for state in gone if prune or state.article_id is None]
        if forgotten:
            self.sink.write(Batch((), (), tuple(sorted(state.path for state in forgotten))))
        self.counts["removed"] += sum(state.article_id is not None for state in forgotten)
        sources = {_file_of(state.source) for state in gone if state.article_id}
        self.gone = () if prune else tuple(sorted(sources))

    def report(self, seconds: float) -> Report:
        """What was done, in figures."""
        counts = self.counts
        return Report(
            found=self.taken,
            articles=counts["articles"],
            passages=counts["passages"],
            copies=counts["copies"],
            unchanged=counts["unchanged"],
            replaced=counts["replaced"],
            removed=counts["removed"],
            gone=self.gone,
            set_aside=tuple(sorted(self.set_aside, key=lambda aside: source_order(aside.source))),
            seconds=seconds,
            fields=tuple(self.told_fields),
            planned=tuple(self.planned),
        )

    def _prepare_waiting(self) -> tuple[list[PreparedArticle], list[FileState]]:
        """Prepare each content once; a file whose twin turned out otherwise (renamed, rewritten) goes on its own."""
        leaders = {file.digest: file for file in reversed(self.waiting) if not self.holders[file.digest]}
        outcomes = self._prepare([file for file in self.waiting if leaders.get(file.digest) is file])
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
        if self.prepare is None or not files:
            return {}
        return dict(zip(files, self.prepare(files), strict=True))

    def _tries_again(self, known: FileState) -> bool:
        return self.retry and known.reason is not None

    def _unchanged(self, known: FileState) -> None:
        if known.reason is None:
            self.counts["unchanged"] += 1
        else:
            self.set_aside.append(SetAside(known.path, known.source, known.reason, known.digest))

    def _refuse(self, state: FileState) -> None:
        """Set a file aside for what it is; an article it held before is no longer what it holds."""
        self.set_aside.append(SetAside(state.path, state.source, state.reason or "", state.digest))
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

    def _remember(self, path: str, state: FileState | None) -> None:
        before = self.known.pop(path, None)
        if before is not None and before.article_id:
            self.holders[before.article_id] -= 1
        if state is not None:
            self.known[path] = state
            if state.article_id:
                self.holders[state.article_id] += 1

    def _is_full(self) -> bool:
        size = sum(file.size for file in self.waiting)
        return len(self.waiting) + len(self.refused) >= self.batch_size or size >= self.batch_bytes


def _size_of(member: Member) -> int:
    return len(member.content or b"")


def _state(
    file: FileToIngest, *, article_id: str | None = None, reason: str | None = None, digest: str | None = None
) -> FileState:
    kept = article_id or (file.digest if digest is None else digest)
    return FileState(file.path, file.root, file.source, file.size, file.mtime_ns, kept, reason, article_id)


def _is_at_or_below(path: str, folders: Sequence[Path]) -> bool:
    at = Path(_file_of(path))
    return any(folder == at or folder in at.parents for folder in folders)


def _file_of(path: str) -> str:
    """The file that a path or source names, or in which the member lies that it names."""
    return container_of(path) or path


def _printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode("utf-8")
