"""A folder of everything that ever hurt a reader of files: each is named in one line, and the articles beside it stay.

The whole job runs in a process of its own that may use a bounded time and memory.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from store.search import open_store
from tests.conftest import FERRY, ORCHARD, FakeEncoder, fake_build
from tests.ingesting import Work, do

MOST_MEMORY = 3 << 30
MOST_S = 240  # of a machine that has much else to do; alone it takes some 10
PROGRAM = """
import json, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[3]),) * 2)
from tests.ingesting import Work, do
report = do(Work(Path(sys.argv[1]), Path(sys.argv[2]), batch_size=64))
told = {aside.source: aside.reason for aside in report.set_aside}
print(json.dumps([report.articles, told, report.seconds]))
"""


def run(store: Path, folder: Path) -> tuple[int, dict[str, str]]:
    """How many articles were written, and what was set aside for which reason, by a process with bounds."""
    command = [sys.executable, "-c", PROGRAM, str(store), str(folder), str(MOST_MEMORY)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=MOST_S, check=False)
    assert done.returncode == 0, done.stderr
    articles, told, seconds = json.loads(done.stdout.splitlines()[-1])
    print(f"{seconds:.1f} s")
    return articles, told


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def docx_of(document: bytes) -> bytes:
    return zipped(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": document})


def encrypted_pdf() -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def deep_pdf() -> bytes:
    return b"%PDF-1.4\n1 0 obj\n" + b"<</A " * 100_000 + b"\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF"


STARTS = {"huge.pdf": b"%PDF-1.4\n", "huge.csv": b"text,b\n", "huge.json": b"[ "}
STREAMED = ("huge.jsonl", "huge.json", "huge.csv")
LINE = json.dumps({"text": ORCHARD}).encode()
BILLION = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "' + b"a" * 1000 + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 100) for c in range(98, 105))
    + b']><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">&h;</w:document>'
)  # fmt: skip

# name: (bytes, what its line says)
FILES: dict[str, tuple[bytes, str]] = {
    "deep.html": (b"<html><body>" + b"<div>" * 100_000 + b"News." + b"</div>" * 100_000, "nested too deeply"),
    "deep-list.html": (b"<html><body>" + b"<ul><li>" * 50_000 + b"News.", "nested too deeply"),
    "attributes.html": (b"<html><body><p " + b"a=1 " * 500_000 + b">x", ""),
    "locked.pdf": (encrypted_pdf(), "password|encrypted"),
    "deep.pdf": (deep_pdf(), "damaged|complex"),
    "cut.txt.gz": (gzip.compress(FERRY.encode())[:-20], "cut off"),
    "cut.jsonl.gz": (gzip.compress(LINE + b"\n" + b"x" * 10_000, 0)[:-5000], "cut off"),
    "bomb.txt.gz": (gzip.compress(b" " * 100_000_000), "unpacks to more than"),
    "bomb.jsonl.gz": (gzip.compress(b" " * 100_000_000), "longer than 10 MB|holds no line"),
    "bomb.csv.gz": (gzip.compress(b"text\n\"" + b"a" * 100_000_000), "10 MB|columns"),
    "bomb.json.gz": (gzip.compress(b"[" * 100_000_000), "JSON|list|10 MB|nested"),
    "bomb.zip": (zipped(**{f"{n}.txt": b" " * 9_000_000 for n in range(60)}), "200 times"),
    "bomb.docx": (docx_of(b"<w:document>" + b" " * 100_000_000), "unpacks|damaged|Word"),
    "billion.docx": (docx_of(BILLION), "damaged|Word|text"),
    "wide.csv": (b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n" + b"1," * 999_999, "1,000,000 columns"),
    "endless.csv": (b'text\n"' + b"a\n" * 6_000_000, "goes on for 10 MB"),
    "line.jsonl": (LINE[:-1] + b" " * 11_000_000 + b"}\n", "longer than 10 MB"),
    "deep.jsonl": (b'{"text": ' + b"[" * 1_000_000 + b"\n", "not valid JSON|nested"),
    "deep.json": (b"[" * 1_000_000, "JSON|list|nested"),
    "binary.txt": (os.urandom(300_000), "binary|encoding"),
    "empty.txt": (b"", "empty"),
    "spaces.txt": (b" \n" * 1_000_000, "empty|white space"),
    "nul.txt": (b"\0" * 5_000_000, "binary"),
    "cut.zip": (zipped(**{"a.txt": FERRY.encode()})[:-30], "zip archive"),
    "one-line.txt": (b"a" * 1_000_000, "no article|words|sentence|indexed"),
    "letters.txt": (b"a " * 50_000, ""),
    "brackets.txt": (b"[" * 500_000, ""),
    "many.eml": (b"From: a@b.c\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
                 + b"--b\nContent-Type: text/plain\n\nx\n" * 100_000, "parts"),
    "header.warc": (b"WARC/1.0\r\n" + b"a" * 12_000_000, "crawl|WARC|damaged"),
    "huge.warc": (b"WARC/1.0\r\n"
                  b"WARC-Type: response\r\nContent-Length: 99999999999\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
                  "crawl|WARC|damaged|cut"),
}  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, str]]:
    """What one job says of all of it."""
    base = tmp_path_factory.mktemp("bad")
    folder = base / "articles"
    folder.mkdir()
    for name, (data, _) in FILES.items():
        (folder / name).write_bytes(data)
    (folder / "aa-good.txt").write_text(FERRY)
    (folder / "zz-good.txt").write_text(ORCHARD)
    with zipfile.ZipFile(folder / "climbs.zip", "w") as archive:
        for name in ("../../climbed.txt", f"{base}/climbed.txt", "a/../../climbed.txt", "..\\climbed.txt"):
            archive.writestr(zipfile.ZipInfo(name), FERRY)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self.txt").symlink_to("self.txt")
    (folder / "ping.txt").symlink_to("pong.txt")
    (folder / "pong.txt").symlink_to("ping.txt")
    (folder / "nowhere.txt").symlink_to("/nowhere/at/all.txt")
    (folder / "zero.txt").symlink_to("/dev/zero")
    (folder / "memory.txt").symlink_to("/proc/self/mem")
    os.mkfifo(folder / "fifo.txt")
    os.mkfifo(folder / "fifo.jsonl")
    listening = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(folder)  # the path of a socket is short
    listening.bind("socket.txt")
    os.chdir(here)
    for name in ("huge.txt", "huge.html", "huge.pdf", "huge.jsonl", "huge.csv", "huge.json", "huge.zip"):
        with (folder / name).open("wb") as sparse:
            sparse.write(STARTS.get(name, b""))
            sparse.truncate(60_000_000 if name in STREAMED else 2_000_000_000)
    (folder / "two\nlines.txt").write_text(FERRY + " Twice.")
    (folder / "\x1b[31mred.txt").write_text("")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text(FERRY)
    (folder / ("n" * 251 + ".txt")).write_text("")
    found = run(base / "store", folder)
    listening.close()
    assert not list(base.parent.rglob("climbed.txt"))
    return found


NAMED = {
    **{name: says for name, (_, says) in FILES.items() if says},
    **dict.fromkeys(("self.txt", "ping.txt", "pong.txt"), "loop|links|cannot be read"),
    "loop": "a link to a folder is not followed",
    "nowhere.txt": "No such file",
    "zero.txt": "device, a pipe or a socket",
    "fifo.txt": "device, a pipe or a socket",
    "fifo.jsonl": "device, a pipe or a socket",
    "socket.txt": "device, a pipe or a socket|No such device",
    "huge.txt": "larger than 10 MB",
    "huge.html": "larger than 10 MB",
    "huge.pdf": "larger than 100 MB",
    "huge.jsonl": "10 MB|holds no line|utf-16",
    "huge.csv": "10 MB|binary|columns",
    "huge.json": "JSON|list|10 MB",
    "huge.zip": "zip archive",
    "\x1b[31mred.txt": "empty",
    "caf\\udce9.txt": "not valid UTF-8",
}


@pytest.mark.parametrize("name", NAMED)
def test_each_bad_file_has_one_line_that_says_what_is_wrong(report: tuple[int, dict[str, str]], name: str) -> None:
    reasons = [
        reason for source, reason in report[1].items() if source == name or source.startswith((f"{name}#", f"{name}!"))
    ]
    assert reasons, f"{name} is not named"
    assert any(re.search(NAMED[name], reason) for reason in reasons), reasons
    assert all(len(reason) < 400 and "\n" not in reason for reason in reasons), reasons


def test_the_articles_beside_them_are_indexed(report: tuple[int, dict[str, str]]) -> None:
    articles, told = report
    assert articles >= 3  # the two, and the one whose name is on two lines
    assert not {"aa-good.txt", "zz-good.txt", "two\nlines.txt"} & told.keys()


def test_a_file_that_changes_while_it_is_read_is_read_whole_or_set_aside(tmp_path: Path, empty_store: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text(FERRY)
    editions = [ORCHARD.replace("1987", str(year)).encode() for year in range(1900, 1990)]
    line = json.dumps({"text": ORCHARD}).encode() + b"\n"
    over = threading.Event()

    def rewrite() -> None:
        while not over.is_set():
            for edition in editions:
                (folder / "changing.txt").write_bytes(edition)
                (folder / "changing.jsonl").write_bytes(line * (len(edition) % 7))
                os.truncate(folder / "changing.txt", 0)
                (folder / "gone.txt").write_bytes(edition)
                (folder / "gone.txt").unlink()

    thread = threading.Thread(target=rewrite)
    thread.start()
    try:
        for _ in range(15):
            do(Work(empty_store, folder, prune=True, batch_size=1))
            with open_store(empty_store, encoder=FakeEncoder(), build=fake_build()) as store:
                for article in store.articles():
                    text = store.text_of(article.article_id).encode()
                    assert text in (FERRY.encode(), ORCHARD.encode()) or text in editions
                assert store.article("good.txt")
    finally:
        over.set()
        thread.join()
