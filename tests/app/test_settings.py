from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from app.settings import Settings, load_settings
from ingest.errors import SettingsError


def folder_with(tmp_path: Path, *lines: str) -> Path:
    (tmp_path / "pyproject.toml").write_text("\n".join(["[tool.dateline]", *lines]), encoding="utf-8")
    return tmp_path


def test_without_anything_set_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(environment={}, folder=tmp_path) == Settings()


def test_a_file_changes_the_defaults_the_environment_the_file_and_a_flag_the_environment(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "hits = 2", "port = 2000", 'host = "from-file"')
    environment = {"DATELINE_HITS": "3", "DATELINE_PORT": "3000"}
    settings = load_settings(environment=environment, folder=folder, flags={"port": 4000})
    assert settings == replace(Settings(), host="from-file", hits=3, port=4000)


def test_a_flag_that_is_not_given_changes_nothing(tmp_path: Path) -> None:
    given = {field.name: None for field in fields(Settings)}
    assert load_settings(environment={"DATELINE_HITS": "3"}, folder=tmp_path, flags=given).hits == 3


def test_every_setting_can_be_set_in_the_environment(tmp_path: Path) -> None:
    environment = {
        "DATELINE_STORE": "archive", "DATELINE_ENCODER": "models/other", "DATELINE_THRESHOLD": "0.25",
        "DATELINE_HITS": "7", "DATELINE_HOST": "::1", "DATELINE_PORT": "8080",
        "DATELINE_AUTH": "ada:secret", "DATELINE_NAMES": "archive.example.org", "DATELINE_OPEN": "yes",
        "DATELINE_LLM": "http://127.0.0.1:8080/v1", "DATELINE_LLM_MODEL": "tiny", "DATELINE_LLM_KEY": "sk-1",
        "DATELINE_LLM_TIMEOUT": "30", "DATELINE_UNSUPPORTED": "show",
        "DATELINE_VECTORS": "http://127.0.0.1:8000", "DATELINE_CATALOG": "postgresql://ada@db/news",
    }  # fmt: skip
    assert {f"DATELINE_{field.name.upper()}" for field in fields(Settings)} == set(environment)
    assert load_settings(environment=environment, folder=tmp_path) == Settings(
        *(Path("archive"), "models/other", 0.25, 7, "::1", 8080),
        *("ada:secret", "archive.example.org", True),
        *("http://127.0.0.1:8080/v1", "tiny", "sk-1", 30.0, "show"),
        *("http://127.0.0.1:8000", "postgresql://ada@db/news"),
    )


def test_other_peoples_variables_and_tables_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nhits = 2\n", encoding="utf-8")
    assert load_settings(environment={"HITS": "3", "DATE_HITS": "4"}, folder=tmp_path) == Settings()


def test_an_unknown_variable_is_an_error_that_names_the_nearest_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"DATELINE_TRESHOLD.*'treshold'.*did you mean 'threshold'"):
        load_settings(environment={"DATELINE_TRESHOLD": "0.5"}, folder=tmp_path)


def test_an_unknown_key_of_the_file_is_an_error_that_names_the_nearest_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"pyproject\.toml.*did you mean 'store'"):
        load_settings(environment={}, folder=folder_with(tmp_path, 'storage = "x"'))


def test_a_name_like_no_setting_is_answered_with_all_of_them(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="known: store, encoder"):
        load_settings(environment={"DATELINE_ZZZZ": "1"}, folder=tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threshold", "1.5"),
        ("threshold", "-0.1"),
        ("threshold", "nan"),
        ("threshold", "often"),
        ("llm_timeout", "0"),
        ("llm_timeout", "long"),
        ("unsupported", "maybe"),
        ("hits", "0"),
        ("hits", "1001"),
        ("hits", "2.5"),
        ("port", "0"),
        ("port", "65536"),
        ("port", "http"),
    ],
)
def test_an_impossible_value_is_an_error_that_names_where_it_stands(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"DATELINE_{name.upper()}.*{value}"):
        load_settings(environment={f"DATELINE_{name.upper()}": value}, folder=tmp_path)


@pytest.mark.parametrize("text", ["[tool.dateline", "tool = 3", "[tool]\ndateline = 3", "[tool.dateline]\nhits = {}"])
def test_a_file_that_cannot_be_used_is_a_settings_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"pyproject\.toml"):
        load_settings(environment={}, folder=tmp_path)


@pytest.mark.parametrize("change", [{"encoder": "other"}, {"threshold": 0.5}, {"hits": 5}])
def test_the_digest_changes_with_what_can_change_an_answer(change: dict[str, object]) -> None:
    assert replace(Settings(), **change).digest != Settings().digest  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"store": Path("other")}, {"host": "::1"}, {"port": 80}, {"vectors": "http://h:1"}])
def test_the_digest_does_not_change_with_what_cannot(change: dict[str, object]) -> None:
    assert replace(Settings(), **change).digest == Settings().digest  # type: ignore[arg-type]


def test_a_store_in_the_home_folder_is_found_there(tmp_path: Path) -> None:
    assert load_settings(environment={"DATELINE_STORE": "~/news"}, folder=tmp_path).store == Path.home() / "news"


def test_a_key_is_shown_nowhere_and_a_model_is_part_of_what_changes_an_answer(tmp_path: Path) -> None:
    told = {"DATELINE_LLM": "http://127.0.0.1:8080/v1", "DATELINE_LLM_KEY": "sk-1"}
    settings = load_settings(environment=told, folder=tmp_path)
    assert "sk-1" not in repr(settings)
    assert settings.digest != Settings().digest
