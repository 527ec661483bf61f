"""The examples of the pages for programs are run as they stand there, against a server, and print what stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from app.__main__ import main
from app.ask import ask_stream, open_archive
from app.notebook.file import NotebookFile
from app.web.server import build_app, serve
from app.web.site import Site

CHECKOUT = Path(__file__).parents[1]
ADDRESS = "http://127.0.0.1:7860"  # on the pages
ASSISTANTS = find_spec("mcp") is not None
PAGES = ("api.md", "llamaindex.md", "mcp.md")
RUNNERS = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}


class Example(NamedTuple):
    language: str
    code: str
    printed: str | None


def examples(page: str) -> Iterator[Example]:
    """The blocks of a page that can be run, each with the block of text right behind it, which is what it prints."""
    text = (CHECKOUT / "docs" / page).read_text(encoding="utf-8")
    for block in re.finditer(r"^```(sh|python)\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?", text, re.MULTILINE | re.DOTALL):
        yield Example(block[1], block[2], block[3])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the five articles in its index."""
    path = tmp_path_factory.mktemp("examples")
    assert main(["ingest", str(CHECKOUT / "seeds"), "--store", str(path / ".dateline")]) == 0
    return path


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where they are served, to assistants too where that can be."""
    archive = open_archive(folder / ".dateline")
    notebook = NotebookFile(folder / "notebook.sqlite")
    site = Site(
        lambda question, *, history, options: ask_stream(question, history=history, store=archive, options=options),
        archive,
        notebook,
        mcp=ASSISTANTS,
    )
    served = serve(build_app(site))
    yield served.address
    served.close()


@pytest.mark.parametrize(("page", "number"), [(p, n) for p in PAGES for n in range(len(list(examples(p))))])
def test_an_example_prints_what_stands_behind_it(page: str, number: int, folder: Path, address: str) -> None:
    if page == "mcp.md" and not ASSISTANTS:
        pytest.skip("the extra `mcp` is not installed: `make test-mcp` runs this")
    example = list(examples(page))[number]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        [*RUNNERS[example.language], example.code.replace(ADDRESS, address)],
        capture_output=True, text=True, cwd=folder, env=environment, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    if example.printed is not None:
        assert done.stdout.strip() == example.printed.strip()


def test_every_page_for_programs_has_an_example() -> None:
    assert all(any(e.printed for e in examples(page)) for page in PAGES)
