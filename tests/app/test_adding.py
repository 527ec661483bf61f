"""Articles are added to an archive that is open: by another process, watched, stopped, gone on with, tried again."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from app.adding import Intake, open_intake
from app.ingesting import Ingesting, State
from app.notebook.file import NotebookFile
from app.setaside import SetAsideNotes, explained
from app.settings import Settings, environment_for
from app.web import intake as intake_routes
from app.web.people import KnowPeople
from app.web.site import Site
from ingest.encode import load_encoder
from ingest.errors import UsageError
from ingest.job import FileState, FileToIngest, PreparedArticle, SetAside, ingest
from store import Store, open_sink, open_store
from tests.browser.invented_archive import scripted_stream
from tests.conftest import FakeEncoder, fake_build
from tests.ingesting import count_words, prepare_with_fake

SEEDS = Path(__file__).parents[2] / "seeds"
CODE = Path(__file__).parents[2]
PATIENCE_S = 240.0
BATCH = "0123456789abcdef"
MARK = {"X-Dateline": "1"}
FERRY = "Ferry {0} ran aground\n\nThe ferry number {0} ran aground on Monday, the harbour master of port {0} said. "


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the five articles and an index of them; it is copied, not used."""
    folder = tmp_path_factory.mktemp("seeded")
    shutil.copytree(SEEDS, folder / "seeds")
    return folder


@pytest.fixture
def settings(seeded: Path, tmp_path: Path) -> Settings:
    shutil.copytree(seeded / "seeds", tmp_path / "seeds")
    settings = Settings(store=tmp_path / "store")
    with open_sink(settings.store, encoder_spec=load_encoder().spec) as sink:
        ingest([tmp_path / "seeds"], sink)
    return settings


@pytest.fixture
def intake(settings: Settings) -> Iterator[Intake]:
    with open_store(settings.store) as store:
        intake = open_intake(store, NotebookFile(settings.notebook), settings)
        yield intake
        intake.ingesting.close()


def serve(intake: Intake, *, may: bool = True) -> TestClient:
    app = FastAPI()
    app.include_router(
        intake_routes.routes(Site(scripted_stream, intake.archive, intake.notes._notebook, intake=intake))
    )

    @app.middleware("http")
    async def who(request: Request, go_on):  # type: ignore[no-untyped-def]
        request.state.may_ingest = may
        return await go_on(request)

    app.add_middleware(KnowPeople)
    return TestClient(app)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended(ingesting: Ingesting) -> State:
    until(lambda: ingesting.state().phase != "running")
    return ingesting.state()


def upload(intake: Intake, name: str, content: str) -> None:
    incoming = intake.uploads.begin("somebody", BATCH, name)
    incoming.write(content.encode())
    incoming.keep()


def sources(store: Store) -> set[str]:
    return {source for article in store.articles() for source in article.sources}


# --- the archive and what is added to it ------------------------------------------------------------------------------


def test_what_is_added_is_served_at_once_and_what_was_ingested_before_stays(intake: Intake, tmp_path: Path) -> None:
    before = sources(intake.archive)
    assert len(before) == 5
    seen: list[tuple[State, set[str]]] = []
    intake.after.append(lambda state: seen.append((state, sources(intake.archive))))
    upload(intake, "news/ferry.txt", FERRY.format(7) * 3)
    upload(intake, "empty.txt", "")
    assert intake.unread() == 2
    intake.read_uploads()
    until(lambda: bool(seen))
    state, then = seen[0]
    assert state.phase == "done"
    assert (state.told["articles"], state.told["aside"], state.told["removed"]) == (1, 1, 0)
    assert then == before | {"news/ferry.txt"}
    assert intake.archive.search("Which ferry ran aground?", k=1)[0].article.source == "news/ferry.txt"
    assert intake.unread() == 0
    told = {(Path(f.path).name, f.n_articles, f.n_failed, f.is_uploads) for f in intake.folders()}
    assert told == {("seeds", 5, 0, False), ("store-uploads", 1, 1, True)}
    (failed,) = intake.notes.failed()
    assert (failed.source, failed.before) == ("empty.txt", False)
    assert abs(failed.noticed - time.time()) < PATIENCE_S


def test_a_folder_is_read_again_without_touching_the_others_and_one_that_never_was_is_refused(
    intake: Intake, tmp_path: Path
) -> None:
    upload(intake, "ferry.txt", FERRY.format(7) * 3)
    intake.read_uploads()
    ended(intake.ingesting)
    (tmp_path / "seeds" / "new.txt").write_text(FERRY.format(8) * 3)
    next((tmp_path / "seeds").glob("000*")).unlink()
    intake.read_folders(str(tmp_path / "seeds"))
    state = ended(intake.ingesting)
    assert (state.told["articles"], state.told["gone"], state.told["removed"]) == (1, 1, 0)
    assert {"ferry.txt", "new.txt"} < sources(intake.archive)
    assert len(sources(intake.archive)) == 7
    for elsewhere in ("/", str(tmp_path), str(tmp_path / "seeds" / ".."), "/etc"):
        with pytest.raises(UsageError, match="not ingested before"):
            intake.read_folders(elsewhere)


def test_while_another_ingest_holds_the_lock_it_says_so_and_goes_on_afterwards(
    intake: Intake, settings: Settings
) -> None:
    upload(intake, "ferry.txt", FERRY.format(7) * 3)
    with open_sink(settings.store, encoder_spec=load_encoder().spec):
        intake.read_uploads()
        state = ended(intake.ingesting)
    assert state.phase == "failed"
    assert state.told["kind"] == "StoreLockedError"
    assert "being written to by process" in str(state.told["message"])
    intake.go_on()
    assert ended(intake.ingesting).phase == "done"
    assert "ferry.txt" in sources(intake.archive)


# --- stopping, and a server that starts again -------------------------------------------------------------------------


def begin_a_long_one(intake: Intake, files: int = 140) -> None:
    for number in range(files):
        upload(intake, f"many/{number}.txt", FERRY.format(number) * 3)
    intake.read_uploads()
    until(lambda: int(str(intake.ingesting.state().told.get("done", 0))) > 0)


def test_what_is_cancelled_keeps_what_was_committed_and_goes_on_from_there(intake: Intake) -> None:
    begin_a_long_one(intake)
    state = intake.ingesting.cancel()
    assert state.stopping or state.phase == "stopped"
    assert ended(intake.ingesting).phase == "stopped"
    kept = len(sources(intake.archive))
    assert 5 < kept < 145
    assert intake.unread() == 145 - kept
    assert intake.archive.search("Which ferry ran aground?", k=3)
    intake.go_on()
    state = ended(intake.ingesting)
    assert state.phase == "done"
    assert state.told["unchanged"] == kept - 5
    assert len(sources(intake.archive)) == 145


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are told to stop otherwise there")
def test_a_server_that_starts_again_sees_what_runs_and_is_told_its_end_and_a_killed_one_can_be_gone_on_with(
    intake: Intake, settings: Settings
) -> None:
    begin_a_long_one(intake)
    again = Ingesting(settings.uploads / ".ingest", environment_for(settings, modules=CODE))
    told: list[State] = []
    again.after.append(told.append)
    again.resume_watching()
    state = again.state()
    assert state.phase == "running"
    assert int(str(state.told["total"])) == 140
    pid = intake.ingesting._process
    assert pid is not None
    os.killpg(pid.pid, signal.SIGKILL)
    until(lambda: bool(told))
    assert told[0].phase == "killed"
    assert again.start(told[0].wish or pytest.fail("it is not known what was done")).phase == "running"
    assert ended(again).phase == "done"
    assert len(sources(intake.archive)) == 145


@pytest.mark.slow
def test_answers_come_during_an_ingest_and_quote_what_stands_there(intake: Intake) -> None:
    begin_a_long_one(intake)
    generations, waits = set[int](), list[float]()
    while intake.ingesting.state().phase == "running":
        began = time.monotonic()
        generations.add(intake.archive.generation)
        for hit in intake.archive.search("Who is Usamah al-Muhajir?", k=5):
            text = intake.archive.text_of(hit.article.article_id)
            assert text[hit.passage.start : hit.passage.end] == hit.passage.text
        waits.append(time.monotonic() - began)
    assert len(generations) > 1
    print(f"{len(waits)} searches during the ingest, longest {max(waits):.2f} s, {len(generations)} generations")


# --- trying again -----------------------------------------------------------------------------------------------------


class Stubborn:
    """Prepares files, but refuses what is called bad until it has learnt to."""

    def __init__(self) -> None:
        self.knows, self.asked = False, list[str]()

    def __call__(self, files: Sequence[FileToIngest]) -> Sequence[PreparedArticle | SetAside]:
        self.asked += [file.source for file in files]
        good = [f for f in files if self.knows or b"bad" not in (f.content or Path(f.path).read_bytes())]
        made = dict(zip(good, prepare_with_fake(good), strict=True)) if good else {}
        return [made.get(f) or SetAside(f.path, f.source, "not yet", f.digest) for f in files]


def test_what_was_set_aside_is_read_again_only_when_it_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text("A good day at sea, said the master.")
    (folder / "bad.txt").write_text("A bad day at sea, said the master.")
    (folder / "wire.jsonl").write_text('{"text": "A bad night at sea."}\n{"text": "A good night at sea."}\n')
    prepare = Stubborn()
    opened = open_sink(tmp_path / "store", encoder_spec=FakeEncoder().spec, build=fake_build(), encoder=FakeEncoder(),
                       count_tokens=count_words)  # fmt: skip
    with opened as sink:
        ingest([folder], sink, prepare=prepare)
        prepare.asked.clear()
        prepare.knows = True
        report = ingest([folder], sink, prepare=prepare)
        assert (prepare.asked, len(report.set_aside)) == ([], 2)
        report = ingest([folder / "bad.txt"], sink, prepare=prepare, retry=True)
        assert (prepare.asked, report.articles, report.set_aside) == (["bad.txt"], 1, ())
        report = ingest([folder], sink, prepare=prepare, retry=True)
        assert (prepare.asked[1:], report.articles, report.unchanged) == (["wire.jsonl#1"], 1, 3)
        assert {state.reason for state in sink.files().values()} == {None}


def test_one_file_that_was_set_aside_is_tried_again_by_itself(intake: Intake) -> None:
    upload(intake, "empty.txt", "")
    upload(intake, "blank.txt", "   \n")
    intake.read_uploads()
    ended(intake.ingesting)
    until(lambda: len(intake.notes.failed()) == 2)
    (intake.uploads.folder / "empty.txt").write_text(FERRY.format(7) * 3)
    intake.try_again("empty.txt")
    state = ended(intake.ingesting)
    assert (state.told["found"], state.told["articles"]) == (1, 1)
    assert [f.source for f in intake.notes.failed()] == ["blank.txt"]
    (intake.uploads.folder / "blank.txt").unlink()
    intake.try_again()
    assert ended(intake.ingesting).phase == "done"
    assert intake.notes.failed() == ()
    with pytest.raises(UsageError, match="nothing of the kind"):
        intake.try_again()


def failed_state(source: str, reason: str) -> FileState:
    return FileState(f"/articles/{source}", "/articles", source, 1, 1, "0" * 64, reason, None)


def test_it_is_remembered_when_a_file_was_first_seen_to_be_set_aside(tmp_path: Path) -> None:
    states = [failed_state("a.txt", "the file is empty")]
    notes = SetAsideNotes(NotebookFile(tmp_path / "notebook.sqlite"), lambda: states)
    (first,) = notes.failed()
    assert first.before
    states.append(failed_state("b.txt", "the file is empty"))
    notes.take_note()
    later = SetAsideNotes(NotebookFile(tmp_path / "notebook.sqlite"), lambda: states).failed()
    assert [(f.source, f.before) for f in later] == [("b.txt", False), ("a.txt", True)]
    assert later[1].noticed == first.noticed
    tried = notes.take_note(tried=["/articles/a.txt"])
    assert [(f.source, f.before) for f in tried] == [("a.txt", False), ("b.txt", False)]
    states.pop(0)
    assert [f.source for f in notes.failed()] == ["b.txt"]


@pytest.mark.parametrize(
    ("reason", "why", "what"),
    [
        ("scanned: 1 page holds no text; run OCR on it", "Scanned: 1 page holds no text.", "Run OCR on it."),
        ("the file is empty", "The file is empty.", "There is nothing in it to quote. Fetch it again?"),
        ("removed on 2026-11-20; --readmit lets it in again", "Removed on 2026-11-20.", "--readmit lets it in again."),
    ],
)
def test_a_reason_is_told_with_what_to_do_about_it(reason: str, why: str, what: str) -> None:
    assert explained(reason) == (why, what)


# --- what is served ---------------------------------------------------------------------------------------------------


def test_nothing_is_changed_without_the_mark_of_the_page_nor_by_who_may_not(intake: Intake) -> None:
    client, other = serve(intake), serve(intake, may=False)
    url = f"/page/uploads/{BATCH}?path=a.txt"
    for one, headers in ((client, {}), (other, MARK)):
        assert one.put(url, content=b"words", headers=headers).status_code == 403
        assert one.post("/page/ingest", json={"what": "folders"}, headers=headers).status_code == 403
        assert one.post("/page/ingest/cancel", headers=headers).status_code == 403
    assert not (intake.uploads.folder / "a.txt").exists()
    assert intake.ingesting.state().phase == "none"
    assert other.get("/page/intake").json() == {"may": False}
    assert str(intake.uploads.folder) not in other.get("/page/ingest").text


def test_a_file_is_taken_as_it_comes_and_what_is_refused_is_told_in_words(intake: Intake) -> None:
    client = serve(intake)
    kept = client.put(
        f"/page/uploads/{BATCH}", params={"path": "a b/ü #1.txt"}, content=b"words" * 500_000, headers=MARK
    )
    assert kept.json() == {"path": "a b/ü #1.txt", "known": False}
    assert (intake.uploads.folder / "a b" / "ü #1.txt").stat().st_size == 2_500_000
    refused = {"../a.txt": "leads out", "/a.txt": "place on a disk", "a.exe": "not read", ".a": "left out"}
    for path, why in refused.items():
        reply = client.put(f"/page/uploads/{BATCH}", params={"path": path}, content=b"words", headers=MARK)
        assert (reply.status_code, why in reply.json()["detail"]) == (422, True)
    endless = (b"x" * 10**6 for _ in range(12))
    reply = client.put(f"/page/uploads/{BATCH}", params={"path": "b.txt"}, content=endless, headers=MARK)
    assert "Larger than 10 MB" in reply.json()["detail"]
    wrong = client.put("/page/uploads/none", params={"path": "b.txt"}, content=b"words", headers=MARK)
    assert wrong.status_code == 422
    found = [p.name for p in intake.uploads.folder.rglob("*") if p.is_file()]
    assert found == ["ü #1.txt"]


def test_wishes_that_make_no_sense_are_refused_in_words(intake: Intake) -> None:
    client = serve(intake)

    def wish(**wished: str) -> tuple[int, str]:
        reply = client.post("/page/ingest", json=wished, headers=MARK)
        return reply.status_code, reply.json()["detail"]

    assert wish(what="uploads") == (409, "Nothing was added in the browser yet.")
    assert wish(what="folder", path="/etc")[0] == 409
    assert wish(what="failed") == (409, "Nothing of the kind is set aside any more; reload the page.")
    assert wish(what="last") == (409, "Nothing was begun yet.")
    assert wish(what="something")[0] == 422


@pytest.mark.slow
def test_a_second_wish_waits_for_the_first_and_the_same_one_waits_once(intake: Intake) -> None:
    begin_a_long_one(intake, 70)
    upload(intake, "late.txt", FERRY.format(999) * 3)
    assert intake.read_uploads().waiting == 1
    assert intake.read_uploads().waiting == 1
    until(lambda: "late.txt" in sources(intake.archive))
    assert ended(intake.ingesting).phase == "done"


def test_threads_that_ask_for_the_state_never_see_it_broken(intake: Intake) -> None:
    upload(intake, "ferry.txt", FERRY.format(7) * 3)
    phases = set[str]()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            phases.add(intake.ingesting.state().phase)

    watchers = [threading.Thread(target=watch) for _ in range(2)]
    for thread in watchers:
        thread.start()
    intake.read_uploads()
    ended(intake.ingesting)
    over.set()
    for thread in watchers:
        thread.join()
    assert phases <= {"none", "running", "done"}
