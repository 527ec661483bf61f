from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.answer import Turn
from app.ask import AskOptions
from app.conversation import Asked, Conversation, Failure
from app.notebook import conversations as kept_module
from app.notebook.conversations import KeptConversations
from app.notebook.file import NotebookFile
from app.references import find_reference
from store import Filters
from tests.browser.invented_archive import scripted_answer

KEY, OTHER = "a" * 32, "b" * 32
CHECKOUT = Path(__file__).parents[3]


def asked(question: str, options: AskOptions = AskOptions()) -> Asked:
    return Asked(Turn(question, scripted_answer(question, (), options)), options, {"a.txt": "An article"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notebook.sqlite"


@pytest.fixture
def kept(path: Path) -> KeptConversations:
    return KeptConversations(NotebookFile(path))


def questions(conversation: Conversation) -> list[str]:
    return [e.turn.question if isinstance(e, Asked) else e.question for e in conversation.entries]


def test_a_later_process_shows_the_same_conversation_and_its_links_open_the_same(
    kept: KeptConversations, path: Path
) -> None:
    narrowed = AskOptions(query="the words", filters=Filters(undated=False, sources=("2019",)), times=False)
    entries = (asked("Will the ferry sail?"), Failure("And?", "no", stopped=True), asked("count the council", narrowed))
    for entry in entries:
        kept.add("ada", KEY, entry)
    later = KeptConversations(NotebookFile(path)).get("ada", KEY)
    assert later.render() == Conversation(entries).render() == kept.get("ada", KEY).render()
    assert [e.options for e in later.entries] == [e.options for e in entries]
    for number, letter in ((1, "c"), (1, "h"), (3, "t")):
        old, new = entries[number - 1], later.asked(number)
        assert isinstance(old, Asked)
        assert new is not None
        assert find_reference(new.turn.answer, letter, 1) == find_reference(old.turn.answer, letter, 1) is not None


def test_a_conversation_is_its_persons_alone(kept: KeptConversations) -> None:
    kept.add("ada", KEY, asked("Will the ferry sail?"))
    assert not kept.get("bob", KEY).entries
    assert kept.listed("bob") == ()
    assert kept.rename("bob", KEY, "mine") is kept.delete("bob", KEY) is kept.title("bob", KEY) is None
    kept.add("bob", KEY, asked("compare the two"))
    assert questions(kept.get("ada", KEY)) == ["Will the ferry sail?"]
    undo = kept.delete("ada", KEY)
    assert undo is not None
    assert kept.restore("bob", undo) is None


def test_a_conversation_without_a_key_of_a_page_is_not_kept(kept: KeptConversations) -> None:
    assert kept.add("ada", "guessed", asked("first")).turns
    assert not kept.get("ada", "guessed").entries
    assert kept.listed("ada") == ()


def test_what_is_asked_again_takes_the_place_of_the_old(kept: KeptConversations) -> None:
    for entry in (asked("first"), Failure("second", "no"), asked("third")):
        kept.add("ada", KEY, entry)
    assert kept.put("ada", KEY, 1, asked("other")).asked(1) == kept.get("ada", KEY).asked(1)
    entry = kept.get("ada", KEY).asked(1)
    assert entry is not None
    assert (entry.turn.question, entry.edition) == ("other", 1)
    assert questions(kept.put("ada", KEY, 1, Failure("worse", "no"))) == ["other", "second", "third"]
    assert questions(kept.put("ada", KEY, 9, asked("nowhere"))) == ["other", "second", "third"]
    assert questions(kept.put("ada", OTHER, 1, asked("nowhere"))) == []


def test_what_threads_and_processes_add_at_once_is_all_there(path: Path) -> None:
    tabs = [KeptConversations(NotebookFile(path)) for _ in range(3)]  # each as a process of its own would have it

    def add(n: int) -> None:
        tabs[n % 3].add("ada", KEY, asked(f"question {n}"))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(48)))
    for tab in tabs:
        assert sorted(questions(tab.get("ada", KEY))) == sorted(f"question {n}" for n in range(48))
    assert len({tab.get("ada", KEY).render() for tab in tabs}) == 1


_ADDS_FOREVER = """
import itertools, sys
from pathlib import Path
from app.notebook.conversations import KeptConversations
from app.notebook.file import NotebookFile
from tests.app.notebook.test_kept_conversations import KEY, asked
kept = KeptConversations(NotebookFile(Path(sys.argv[1])))
for n in itertools.count():
    kept.add("ada", KEY, asked(f"question {n}"))
    print(n, flush=True)
"""


def test_what_was_told_as_answered_outlives_a_kill(path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _ADDS_FOREVER, str(path)], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )  # fmt: skip
    assert child.stdout is not None
    told: list[str] = []
    reader = threading.Thread(target=lambda: told.extend(child.stdout or ()))
    reader.start()
    deadline = time.monotonic() + 60
    while len(told) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    reader.join()
    last = int(told[-1])
    found = questions(KeptConversations(NotebookFile(path)).get("ada", KEY))
    assert found[: last + 1] == [f"question {n}" for n in range(last + 1)]
    assert len(found) <= last + 2  # what was written and not yet told


def test_the_list_has_the_newest_first_with_titles_and_counts(kept: KeptConversations) -> None:
    long = "Which of the many councils along the river Wend voted for the second bridge in the spring of that year?"
    kept.add("ada", KEY, asked(long))
    kept.add("ada", OTHER, asked("compare the two"))
    kept.add("ada", KEY, asked("And then?"))
    listed = kept.listed("ada")
    assert [(c.id, c.questions) for c in listed] == [(KEY, 2), (OTHER, 1)]
    assert listed[0].title == "Which of the many councils along the river Wend voted for the second bridge in …"
    kept.put("ada", OTHER, 1, asked("which vote?"))
    assert [c.title for c in kept.listed("ada")] == ["which vote?", listed[0].title]


def test_a_name_stays_until_it_is_taken_back(kept: KeptConversations) -> None:
    kept.add("ada", KEY, asked("compare the two"))
    assert kept.rename("ada", KEY, "  Élan\n\u202e bridge ") == "Élan bridge"
    kept.put("ada", KEY, 1, asked("which vote?"))
    assert kept.title("ada", KEY) == "Élan bridge"
    assert [c.id for c in kept.listed("ada", "ÉLAN")] == [KEY]
    assert kept.rename("ada", KEY, " ") == "which vote?"


def test_searching_finds_what_holds_every_word_and_says_in_which_question(kept: KeptConversations) -> None:
    kept.add("ada", KEY, asked("compare the two"))
    kept.add("ada", KEY, asked("Will the ferry SAIL?"))
    kept.add("ada", OTHER, asked("Who voted for the bridge?"))
    assert [(c.id, c.found) for c in kept.listed("ada", "ferry Harbour")] == [(KEY, "Will the ferry SAIL?")]
    assert [(c.id, c.found) for c in kept.listed("ada", "sail")] == [(KEY, "Will the ferry SAIL?")]
    assert {c.id for c in kept.listed("ada", "council")} == {KEY, OTHER}
    assert kept.listed("ada", "ferry nowhere") == ()
    assert kept.listed("ada", "%") == ()
    assert kept.listed("bob", "ferry") == ()


def test_what_was_deleted_can_be_brought_back_for_an_hour(
    kept: KeptConversations, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.add("ada", KEY, asked("compare the two"))
    undo = kept.delete("ada", KEY)
    assert undo is not None
    assert kept.listed("ada") == ()
    assert not kept.get("ada", KEY).entries
    assert kept.restore("ada", "deleted-") is kept.restore("ada", "") is kept.restore("ada", undo[:-1]) is None
    assert kept.restore("ada", undo) == KEY
    assert questions(kept.get("ada", KEY)) == ["compare the two"]
    kept.delete("ada", KEY)
    later = kept_module._now() + kept_module._UNDONE_WITHIN * 1.1
    monkeypatch.setattr(kept_module, "_now", lambda: later)
    kept.add("ada", OTHER, asked("which vote?"))
    kept.delete("ada", OTHER)
    KeptConversations(NotebookFile(path))  # the next start
    with NotebookFile(path).reading() as db:
        assert db.execute("SELECT count(*) FROM conversations").fetchone()[0] == 1
        assert db.execute("SELECT count(*) FROM entries").fetchone()[0] == 1


def test_what_began_anew_under_the_old_id_is_left_alone_when_the_old_comes_back(kept: KeptConversations) -> None:
    kept.add("ada", KEY, asked("compare the two"))
    undo = kept.delete("ada", KEY)
    kept.add("ada", KEY, asked("which vote?"))
    assert undo is not None
    restored = kept.restore("ada", undo)
    assert restored not in (None, KEY)
    assert questions(kept.get("ada", str(restored))) == ["compare the two"]
    assert questions(kept.get("ada", KEY)) == ["which vote?"]


def test_a_question_with_what_is_no_text_is_kept(kept: KeptConversations) -> None:
    question = "Why \ud800 \x00 not?"
    kept.add("ada", KEY, Failure(question, "no"))
    assert questions(KeptConversations(kept._notebook).get("ada", KEY)) == [question]
    assert kept.listed("ada")[0].title == "Why not?"


def test_fifty_turns_are_read_and_shown_once(kept: KeptConversations) -> None:
    for n in range(50):
        kept.add("ada", KEY, asked(f"Will the ferry sail? {n}"))
    first = kept.get("ada", KEY)
    first.render()
    began = time.perf_counter()
    for _ in range(20):
        again = kept.get("ada", KEY)
        assert again is first
        again.render(("And?", "…"))
    assert (time.perf_counter() - began) / 20 < 0.02


def test_only_what_is_new_is_read_again(path: Path) -> None:
    here, there = KeptConversations(NotebookFile(path)), KeptConversations(NotebookFile(path))
    for n in range(3):
        here.add("ada", KEY, asked(f"question {n}"))
    before = here.get("ada", KEY).entries
    there.put("ada", KEY, 2, asked("another"))
    there.add("ada", KEY, asked("one more"))
    after = here.get("ada", KEY).entries
    assert questions(here.get("ada", KEY)) == ["question 0", "another", "question 2", "one more"]
    assert after[0] is before[0]
    assert after[2] is before[2]
