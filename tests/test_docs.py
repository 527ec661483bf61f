"""What the documentation says is there is there, and what is there it names."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from app.__main__ import _parser, main
from app.settings import Settings
from evals import realtimeqa
from evals.expected import EXPECTED
from evals.gold import KEYS, KINDS, OPTIONAL_KEYS, load_gold
from evals.lookup import LOOKUPS
from evals.report import MEASURES

CHECKOUT = Path(__file__).parents[1]
DOCS = CHECKOUT / "docs"
EVERYWHERE = {"--help", "--store", "--encoder", "--vectors", "--catalog", "--debug"}  # the table at the top of cli.md


@cache
def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(command: str) -> str:
    """The part of cli.md under the heading of `command`."""
    found = re.search(
        rf"^## dateline {command}(?: [A-Z.]+)?\n(.*?)(?=^## |\Z)", page("cli.md"), re.MULTILINE | re.DOTALL
    )
    assert found, f"docs/cli.md has no heading for dateline {command}"
    return found[1]


def documented(text: str) -> set[str]:
    """The flags that a section has a row for."""
    return set(re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE))


def commands() -> dict[str, argparse.ArgumentParser]:
    (action,) = [a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return dict(action.choices)


def flags_of(help_text: str) -> set[str]:
    """The flags that a command's own help names."""
    return set(re.findall(r"^\s+(?:-h, )?(--[a-z-]+)", help_text, re.MULTILINE))


def test_every_command_has_a_heading() -> None:
    named = set(re.findall(r"^## dateline ([a-z]+)", page("cli.md"), re.MULTILINE))
    assert named == set(commands())


@pytest.mark.parametrize("command", sorted(set(commands()) - {"eval"}))
def test_every_flag_of_a_command_has_a_row_and_every_row_a_flag(command: str) -> None:
    assert documented(section(command)) == flags_of(commands()[command].format_help()) - EVERYWHERE


@pytest.mark.parametrize(
    "command", ["eval", "eval dates", "eval duplicates", "eval extraction", "eval init", "eval llm", "eval realtimeqa"]
)
def test_every_flag_of_the_evals_has_a_row_and_every_row_a_flag(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.split(), "--help"]) == 0
    assert documented(section(command)) == flags_of(capsys.readouterr().out) - EVERYWHERE


def test_the_flags_of_every_command_stand_at_the_top() -> None:
    assert documented(page("cli.md").partition("\n## ")[0]) == EVERYWHERE


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings)])
def test_every_setting_has_a_row_with_its_variable_flag_and_default(setting: str) -> None:
    row = next(line for line in page("settings.md").splitlines() if line.startswith(f"| `{setting}` |"))
    assert f"`DATELINE_{setting.upper()}`" in row
    assert setting == "llm_key" or f"`--{setting.replace('_', '-')}`" in row  # a key would stand in a list of processes
    default = getattr(Settings(), setting)
    assert ("none: " if default is None else str(default)) in row


def test_no_row_is_of_a_setting_that_is_not_there() -> None:
    assert len(re.findall(r"^\| `", page("settings.md"), re.MULTILINE)) == len(fields(Settings))


@pytest.mark.parametrize("name", [*KINDS, *sorted(KEYS | OPTIONAL_KEYS), *EXPECTED])
def test_every_kind_and_key_of_a_gold_file_has_a_row(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", page("evals.md"), re.MULTILINE)


@pytest.mark.parametrize("measure", [*MEASURES, *LOOKUPS, *realtimeqa.MEASURES])
def test_every_measure_has_a_row(measure: str) -> None:
    assert re.search(rf"^\| [^|]*`{measure}`[^|]* \|", page("evals.md"), re.MULTILINE)


def test_the_example_of_a_gold_case_can_be_loaded(tmp_path: Path) -> None:
    found = re.search(r"```json\n(.*?)```", page("evals.md"), re.DOTALL)
    assert found
    (tmp_path / "gold.jsonl").write_text(found[1], encoding="utf-8")
    (case,) = load_gold(tmp_path / "gold.jsonl", lambda source: "The ferry ran aground with 212 passengers aboard.")
    assert case.id == json.loads(found[1])["id"]


def links() -> Iterator[tuple[str, str]]:
    for path in [*DOCS.glob("*.md"), *CHECKOUT.glob("*.md"), CHECKOUT / "seeds" / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            yield path.relative_to(CHECKOUT).as_posix(), target


@pytest.mark.parametrize(("name", "target"), sorted(set(links())))
def test_links_between_pages_lead_somewhere(name: str, target: str) -> None:
    assert ((CHECKOUT / name).parent / target).exists()
