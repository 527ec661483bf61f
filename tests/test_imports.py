"""The shape of the code, proven from its syntax: imports point back upstream, and a vendor stays in its file."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
STREAM = ("ingest", "store", "app", "evals")

# The composition roots build the objects and hand them down: they may import anything.
ROOTS = (
    *("app/__main__.py", "app/archive.py", "app/intake.py", "app/questions.py", "app/saved.py", "app/reader/train.py"),
    "app/llm/train.py",
    *("evals/__main__.py", "evals/speed.py", "evals/throughput.py"),
)

# What may print: the roots, the training recipes, and the table of one eval command.
SCRIPTS = (
    *ROOTS,
    "ingest/train_body.py",
    "app/reader/evaluate.py",
    "app/reader/measure.py",
    "evals/extraction.py",
    "evals/model_eval.py",
)

# A vendor package, and the files that may know it.
HOMES = {
    "chromadb": {"store/vectors.py", "store/vector_server.py", "evals/starter_rag.py"},
    "tantivy": {"store/lexical.py"},
    "sqlalchemy": {  # the tables, where they lie, reading, writing
        *("store/schema.py", "store/database.py", "store/catalog.py", "store/commit.py"),
        *("store/copies.py", "store/corrections.py", "store/status.py"),
    },
    "ray": {"ingest/cluster.py"},
    "llama_index": {
        *("ingest/pipeline.py", "ingest/cluster.py", "app/llamaindex.py", "app/llm/connect.py"),
        *("evals/starter_rag.py", "evals/throughput.py"),
    },
    "xllamacpp": {"app/llm/connect.py", "evals/starter_rag.py"},  # the second is a rival: no user installs it
    "openai": set(),
    "ollama": {"app/llm/connect.py"},
    "sentence_transformers": {"ingest/encode.py"},
    "transformers": {"ingest/encode.py", "app/reader/network.py", "app/resolve/tag_network.py"},
    "tokenizers": {
        "ingest/encode.py",
        "ingest/quantised.py",
        "app/reader/tokens.py",
        "app/llm/entailment.py",
        "app/reader/passages.py",
        "app/reader/network.py",
        "app/resolve/tagger.py",
        "app/resolve/talk.py",
        "app/resolve/train_tagger.py",
    },
    "huggingface_hub": {"ingest/encode.py"},
    # Reading needs no torch: the network is trained and exported with it, and read by onnxruntime.
    "torch": {
        "ingest/encode.py",
        "app/llm/train.py",
        "app/reader/evaluate.py",
        "app/reader/export.py",
        "app/reader/fit.py",
        "app/reader/network.py",
        "app/reader/train.py",
        "app/resolve/tag_network.py",
        "app/resolve/train_tagger.py",
    },
    "onnxruntime": {
        *("ingest/quantised.py", "app/reader/session.py", "app/reader/export.py"),
        *("app/reader/passages.py", "app/resolve/tagger.py", "app/llm/entailment.py"),  # by the type of a session alone
    },
    "onnx": {
        "app/reader/export.py",
        "ingest/export_encoder.py",
        "app/resolve/tag_network.py",
    },  # for the recipe and its test: no user installs it
    "safetensors": {"ingest/quantised.py"},
    "gradio": {"app/ui.py"},
    "uvicorn": {"app/web/server.py"},
    "lxml": {"ingest/read.py", "ingest/extractor.py"},  # the second by the type of a parsed page alone
    "trafilatura": {"ingest/extractor.py"},
    "charset_normalizer": {"ingest/decode.py"},
    "pypdf": {"ingest/pdf.py"},
    "docx": {"ingest/docx.py"},
    "htmldate": {"ingest/read.py"},
    "dateparser": {"ingest/dates.py"},
    "py3langid": {"ingest/language.py"},
    "pathspec": {"ingest/files.py"},
    "warcio": {"ingest/warcs.py"},
    "watchfiles": {"app/intake.py"},
    "sklearn": {
        "ingest/train_body.py",
        "app/resolve/train.py",
    },  # training alone: no user installs it
}

# Besides app/settings.py, and why.
READS_ENVIRONMENT = {
    "app/reader/memory.py": "starts a recipe again with settings of the C library",
    "evals/speed.py": "hands its own environment to the processes that it times",
}

HEAVY = (
    "torch",
    "ray",
    "gradio",
    "llama_index",
    "chromadb",
    "sentence_transformers",
    "transformers",
    "sqlalchemy",
    "tantivy",
)


def sources() -> list[str]:
    """Every file of the four packages, relative to the checkout."""
    paths = (path for package in STREAM for path in (CHECKOUT / package).rglob("*.py"))
    return sorted(path.relative_to(CHECKOUT).as_posix() for path in paths)


@cache
def tree(source: str) -> ast.Module:
    return ast.parse((CHECKOUT / source).read_text(encoding="utf-8"), source)


def imported(source: str) -> Iterator[str]:
    """Every module that a file imports, wherever in it, by its full name."""
    package = source.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            yield ".".join([*above, *([node.module] if node.module else [])])
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            yield from (a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str))


def tops(source: str) -> set[str]:
    return {name.partition(".")[0] for name in imported(source)}


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def test_every_package_is_looked_at() -> None:
    assert {source.partition("/")[0] for source in sources()} == set(STREAM)


@pytest.mark.parametrize("source", [source for source in sources() if source not in ROOTS])
def test_imports_point_back_upstream(source: str) -> None:
    package = source.partition("/")[0]
    downstream = set(STREAM[STREAM.index(package) + 1 :])
    assert not tops(source) & downstream


@pytest.mark.parametrize("source", [source for source in sources() if source not in ROOTS])
def test_nothing_imports_a_composition_root_or_a_test(source: str) -> None:
    roots = {root.removesuffix(".py").replace("/", ".") for root in ROOTS}
    assert not set(imported(source)) & roots
    assert "tests" not in tops(source)


@pytest.mark.parametrize(("vendor", "homes"), HOMES.items())
def test_a_vendor_is_known_to_its_own_files_alone(vendor: str, homes: set[str]) -> None:
    assert {source for source in sources() if vendor in tops(source)} <= homes


@pytest.mark.parametrize("source", sources())
def test_the_environment_is_read_in_settings_alone(source: str) -> None:
    if source == "app/settings.py" or source in READS_ENVIRONMENT:
        return
    names = {ast.unparse(node) for node in ast.walk(tree(source)) if isinstance(node, ast.Attribute)}
    taken = {alias.name for node in ast.walk(tree(source)) if isinstance(node, ast.ImportFrom) for alias in node.names}
    environment = {"environ", "environb", "getenv", "getenvb", "putenv"}
    assert not names & {f"os.{name}" for name in environment}
    assert not taken & environment


@pytest.mark.parametrize("source", sources())
def test_print_is_for_the_command_line(source: str) -> None:
    calls = {_called(node) for node in ast.walk(tree(source)) if isinstance(node, ast.Call)}
    assert source in SCRIPTS or "print" not in calls


@pytest.mark.parametrize("package", ["app", "ingest", "store"])
def test_importing_a_package_loads_nothing_heavy(package: str) -> None:
    loaded = _python(f"import sys, {package}; print([m for m in {HEAVY} if m in sys.modules])")
    assert loaded == "[]"


def test_the_ingest_job_loads_nothing_heavy_until_there_is_work() -> None:
    loaded = _python(f"import sys; from ingest import ingest; print([m for m in {HEAVY} if m in sys.modules])")
    assert loaded == "[]"


def test_the_ingest_pipeline_loads_no_model_until_there_is_a_passage() -> None:
    models = ("torch", "tiktoken", "nltk", "openai")
    loaded = _python(f"import sys, ingest.pipeline; print([m for m in {models} if m in sys.modules])")
    assert loaded == "[]"


def _python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
