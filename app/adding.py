"""Adding articles to an archive that is open: what the browser's page and whatever else serves it work with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.ingesting import Ingesting, State, Wish
from app.notebook.file import NotebookFile
from app.setaside import SetAsideNotes
from app.settings import Settings, environment_for
from app.uploads import Uploads
from ingest.article import container_of
from ingest.errors import UsageError
from ingest.files import find_files

if TYPE_CHECKING:
    from store import Store

__all__ = ["Folder", "Intake", "open_intake"]

_UPLOADED = "what was added in the browser"
_INGESTS = ".ingest"  # within the folder of uploads, where no ingest looks
_NAMED_ONE_BY_ONE = 50  # files that are tried again; more are tried with their folders


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder or file that was ingested: how many articles and files set aside it brought, and whether it is there."""

    path: str
    n_articles: int
    n_failed: int
    is_there: bool
    is_uploads: bool


@dataclass(slots=True)
class Intake:
    """Everything that brings articles into one archive. Made by `open_intake`.

    What is in `after` is called after each ingest that was started here, with how it ended, in a thread of its own;
    the archive holds the new articles by then. Those who keep answers can ask their questions again from there.
    """

    archive: Store
    uploads: Uploads
    ingesting: Ingesting
    notes: SetAsideNotes
    after: list[Callable[[State], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ingesting.after.append(self._ended)
        self.ingesting.resume_watching()

    def folders(self) -> tuple[Folder, ...]:
        """What was ingested, uploads last."""
        roots, uploads = self.archive.roots(), str(self.uploads.folder)
        above: dict[str, str] = {}  # of what was passed to be ingested, the outermost that holds it
        articles: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        for state in self.archive.files():
            if state.root not in above:
                held = {state.root, *map(str, Path(state.root).parents)}
                above[state.root] = next((root for root in roots if root in held), state.root)
            (articles if state.reason is None else failed)[above[state.root]] += 1
        told = [Folder(r, articles[r], failed[r], Path(r).exists(), r == uploads) for r in roots]
        return tuple(sorted(told, key=lambda f: (f.is_uploads, f.path)))

    def unread(self) -> int:
        """How many files were uploaded and are not in the index yet, because an ingest was stopped or never begun."""
        try:
            files = find_files([self.uploads.folder])
        except UsageError:
            return 0  # nothing was uploaded ever
        known = {container_of(state.path) or state.path for state in self.archive.files()}
        return sum(str(file.path) not in known for file in files)

    def read_uploads(self) -> State:
        """Ingest what was uploaded."""
        if not self.uploads.folder.is_dir():
            raise UsageError("nothing was added in the browser yet")
        return self.ingesting.start(Wish((str(self.uploads.folder),), _UPLOADED))

    def read_folders(self, path: str | None = None) -> State:
        """Ingest what was ingested before, all of it or one folder; never a folder that was not.

        Raises:
            UsageError: it was not, or is gone.
        """
        wanted = [f for f in self.folders() if path is None or f.path == path]
        there = [f for f in wanted if f.is_there]
        if not wanted:
            raise UsageError("that folder was not ingested before: `dateline ingest` reads it for the first time")
        if not there:
            raise UsageError("it is no longer there: is its disk mounted?")
        called = "all folders" if path is None else _UPLOADED if there[0].is_uploads else path
        return self.ingesting.start(Wish(tuple(f.path for f in there), called))

    def try_again(self, source: str | None = None) -> State:
        """Read what was set aside again, all of it or one file; files that are gone leave the list with that.

        Raises:
            UsageError: nothing of the kind is set aside, or it lies nowhere any more.
        """
        failed = [f for f in self.archive.files() if f.reason is not None and source in (None, f.source)]
        if not failed:
            raise UsageError("nothing of the kind is set aside any more; reload the page")
        files = {container_of(f.path) or f.path: f.root for f in failed}
        if len(files) > _NAMED_ONE_BY_ONE:
            paths = set(self.archive.roots())
        else:
            paths = {path if Path(path).exists() else root for path, root in files.items()}
        there = sorted(path for path in paths if Path(path).exists())
        if not there:
            raise UsageError("it is no longer there: is its disk mounted?")
        called = "everything that was set aside" if source is None else source
        return self.ingesting.start(Wish(tuple(there), called, retry=True))

    def go_on(self) -> State:
        """Do once more what was done last: what was stopped, or failed."""
        last = self.ingesting.state().wish
        if last is None:
            raise UsageError("nothing was begun yet")
        return self.ingesting.start(last)

    def _ended(self, state: State) -> None:
        self.notes.take_note(tried=state.wish.paths if state.wish and state.wish.retry else ())
        for tell in tuple(self.after):
            tell(state)


def open_intake(archive: Store, notebook: NotebookFile, settings: Settings) -> Intake:
    """What adds articles to `archive`, which lies where `settings` say. `close` its `ingesting` in the end."""
    environment = environment_for(settings, modules=Path(__file__).parents[1])
    uploads = Uploads(settings.uploads)
    uploads.sweep()
    notes = SetAsideNotes(notebook, archive.files)
    notes.failed()
    return Intake(archive, uploads, Ingesting(settings.uploads / _INGESTS, environment), notes)
