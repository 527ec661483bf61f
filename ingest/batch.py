"""What the ingest job, the pipeline and the sink hand each other: files in, prepared articles, batches, a report.

A batch becomes visible as a whole or not at all; everything here is a value, checked when it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from ingest.article import Article, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ingest.records import FieldMap

__all__ = [
    "Batch",
    "FileState",
    "FileToIngest",
    "PreparedArticle",
    "Progress",
    "Reader",
    "Report",
    "SetAside",
    "Sink",
]

Reader: TypeAlias = Literal["file", "record"]
"""How bytes become source text: as those of any file (`ingest.read`), or as a record's (`ingest.records`)."""


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
    """One file, or one member of a container, as the catalogue knows it: enough to tell whether it changed.

    `path` and `root` (what was passed: the ingested folder, or the file itself) are absolute; a member's path is
    `CONTAINER#NUMBER` or `ARCHIVE!NAME`. `digest` is the SHA-256 of the bytes, empty when they could not be read; of a
    member, as of its `size`, the bytes are its own, and `mtime_ns` is its container's. Exactly one of `reason` (why it
    was set aside) and `article_id` is given. A container that can be read has no state of its own.
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

    def removals(self) -> Mapping[str, str]:
        """The contents that a person took out of the index, by digest, each with the reason to set it aside for."""
        ...

    def readmit(self, digests: Iterable[str]) -> None:
        """Let contents in again that a person took out."""
        ...

    def write(self, batch: Batch) -> None:
        """Make `batch` visible in one commit; articles whose last source went away leave with it."""
        ...

    def chosen_fields(self, container: str) -> Mapping[str, str]:
        """The fields that were chosen for the container at that absolute path, by role; empty if none ever were."""
        ...

    def keep_chosen_fields(self, container: str, chosen: Mapping[str, str]) -> None:
        """Remember those fields for the container, in place of what was chosen before."""
        ...


@dataclass(frozen=True, slots=True)
class FileToIngest:
    """A file to prepare, under the name it is cited by, as it was when its bytes were compared.

    `content` is given for a member of a container, which is read once and in order, and `reader` says how it becomes
    text; `hints` are what the container says of it besides. A file's own bytes are read when it is prepared.
    """

    path: str
    root: str
    source: str
    size: int
    mtime_ns: int
    digest: str
    content: bytes | None = field(default=None, repr=False, compare=False)
    reader: Reader = "file"
    hints: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file that did not become an article, and why. `digest` is empty when its bytes are to be tried again."""

    path: str
    source: str
    reason: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` files and members of containers are dealt with; `source` is the one looked at last.

    A container counts as one until it is opened and its members are known: `total` may grow, `done` never passes it.
    `aside` have been set aside so far.
    """

    done: int
    total: int
    source: str
    aside: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What a job did. Files are counted, and of a container its members, except where articles or passages are named.

    `articles` and `passages` were written, `replaced` of the articles in place of what their file held before;
    `copies` hold an article that another file holds too; `removed` left the index because their files or members
    are gone; `gone` are the sources still indexed though their files are gone, which pruning would remove, all members
    of a container under its one name. `fields` says of each container of records that was read, by its source, which
    field was taken for what. `planned` are the sources that would be read, if nothing was to be read but planned.
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
    fields: tuple[tuple[str, FieldMap], ...] = ()
    planned: tuple[str, ...] = ()
