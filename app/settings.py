"""Settings: what a person can set, in one frozen value. The one place where the environment is read.

Later wins: the defaults here, `[tool.dateline]` of the pyproject.toml in the current folder, `DATELINE_*` in the
environment, flags of the command line. An unknown name is an error that names the nearest valid one.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from ingest.encode import DEFAULT_MODEL
from ingest.errors import SettingsError
from store.servers import Servers

__all__ = ["UNSUPPORTED", "Settings", "environment_for", "load_settings", "no_usage_statistics", "spare_the_proxy"]

UNSUPPORTED = ("drop", "show")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; every name is also `DATELINE_<NAME>` and a key of `[tool.dateline]`."""

    # Folder of the index. Relative to the current folder, so that each archive keeps its own.
    store: Path = Path(".dateline")
    # Embedding model: the shipped one, or the path of any sentence-transformers model. Changing it needs a rebuild.
    encoder: str = DEFAULT_MODEL
    # Confidence, 0..1, below which Dateline declines. None: the reader's own, chosen on held-out data in training.
    threshold: float | None = None
    # Passages retrieved for a question. Twenty hold the answer nearly as often as a hundred do.
    hits: int = 20
    # Where the chat listens. Loopback: nobody else on the network sees the archive unless told so.
    host: str = "127.0.0.1"
    # Port of the chat; None takes the first free one from 7860 on.
    port: int | None = None
    # Who may log in: name:password, a comma or a line each, or @FILE. None: who reaches the chat needs no login.
    auth: str | None = field(default=None, repr=False)  # it may hold passwords
    # Names besides this machine's own under which others reach the chat, with commas; such as a reverse proxy's.
    names: str | None = None
    # Serve others than this machine without logins. Off: somebody has to mean it.
    open: bool = False
    # Language model that words the answers: the address of its server (http://127.0.0.1:8080/v1), or a .gguf file.
    llm: str | None = None
    # Which of that server's models. None: the first that it lists.
    llm_model: str | None = None
    # The key that the server asks for.
    llm_key: str | None = field(default=None, repr=False)
    # Seconds that a reply of the model may take.
    llm_timeout: float = 120
    # The model's statements that its quotes do not bear out: "drop" counts them, "show" shows them struck out.
    unsupported: str = "drop"
    # Address of a Chroma server that keeps the vectors. None: they lie in the folder of the index.
    vectors: str | None = None
    # Address of a PostgreSQL database that keeps the catalogue. None: it lies in the folder of the index.
    catalog: str | None = field(default=None, repr=False)  # it may hold a password

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0.0 <= self.threshold <= 1.0:
            raise SettingsError(f"threshold is a confidence within 0..1, not {self.threshold}")
        if not 1 <= self.hits <= 1000:
            raise SettingsError(f"hits is a number of passages within 1..1000, not {self.hits}")
        if self.port is not None and not 1 <= self.port <= 65535:
            raise SettingsError(f"port is a number within 1..65535, not {self.port}")
        if not 1 <= self.llm_timeout <= 3600:
            raise SettingsError(f"llm_timeout is a number of seconds within 1..3600, not {self.llm_timeout}")
        if self.unsupported not in UNSUPPORTED:
            raise SettingsError(f"unsupported is {' or '.join(UNSUPPORTED)}, not {self.unsupported!r}")
        Servers(self.vectors, self.catalog)  # refuses what is no address

    @property
    def notebook(self) -> Path:
        """The file of conversations and saved questions: beside the index, so that a rebuild leaves it alone."""
        folder = self.store.expanduser().resolve()
        return folder.with_name(f"{folder.name}-notebook.sqlite")

    @property
    def uploads(self) -> Path:
        """The folder of what was added in the browser: beside the index too, and read like any folder of articles."""
        folder = self.store.expanduser().resolve()
        return folder.with_name(f"{folder.name}-uploads")

    @property
    def servers(self) -> Servers:
        """Which parts of the index are not in its folder."""
        return Servers(self.vectors, self.catalog)

    @property
    def digest(self) -> str:
        """Hex digest of what can change an answer: encoder, threshold, hits, and the language model if one is set."""
        told = f"{self.encoder}\n{self.threshold}\n{self.hits}"
        if self.llm is not None:
            told += f"\n{self.llm}\n{self.llm_model}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]


_PREFIX = "DATELINE_"
_NAMES = tuple(f.name for f in fields(Settings))


def load_settings(
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    flags: Mapping[str, object] | None = None,
) -> Settings:
    """The settings in force.

    Args:
        environment: instead of the process's own, for tests.
        folder: where pyproject.toml is looked for; the current folder by default.
        flags: values given on the command line; None values are not given.

    Raises:
        SettingsError: an unknown name or an impossible value, naming where it stands.
    """
    environment = os.environ if environment is None else environment
    settings = Settings()
    for name, value in _from_file((folder or Path.cwd()) / "pyproject.toml").items():
        settings = _set(settings, name, value, "[tool.dateline] in pyproject.toml")
    for variable, value in sorted(environment.items()):
        if variable.startswith(_PREFIX) and value.strip():
            settings = _set(settings, variable.removeprefix(_PREFIX).lower(), value, f"environment variable {variable}")
    for name, given in (flags or {}).items():
        if given is not None:
            settings = _set(settings, name, given, f"--{name.replace('_', '-')}")
    return settings


def environment_for(settings: Settings, *, modules: Path) -> dict[str, str]:
    """The environment in which another process of ours finds the same index, and our code in the folder `modules`."""
    told = {"store": settings.store.expanduser().resolve(), "encoder": settings.encoder}
    told |= {"vectors": settings.vectors or "", "catalog": settings.catalog or ""}
    ours = {f"{_PREFIX}{name.upper()}": str(value) for name, value in told.items()}
    paths = [str(modules), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, **ours, "PYTHONPATH": os.pathsep.join(paths)}


def _from_file(path: Path) -> Mapping[str, object]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:  # none there, a folder, or not ours to read
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"pyproject.toml in the current folder cannot be read: {error}") from error
    tools = document.get("tool", {})
    table = tools.get("dateline", {}) if isinstance(tools, dict) else tools
    if not isinstance(table, dict):
        raise SettingsError("[tool.dateline] in pyproject.toml is not a table")
    return table


def _set(settings: Settings, name: str, value: object, where: str) -> Settings:
    """`settings` with one value changed; `where` names the place it came from."""
    if name not in _NAMES:
        near = difflib.get_close_matches(name, _NAMES, n=1, cutoff=0.3)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_NAMES)}"
        raise SettingsError(f"{where}: there is no setting {name!r}; {hint}")
    textual = name in (
        "store",
        "encoder",
        "host",
        "vectors",
        "catalog",
        "auth",
        "names",
        "llm",
        "llm_model",
        "llm_key",
        "unsupported",
    )
    if textual and (not isinstance(value, str | Path) or not str(value).strip()):
        raise SettingsError(f"{where}: {name!r} is a text that is not empty, not {value!r}")
    if name == "open":
        return replace(settings, open=_yes(value, where))
    try:
        if name == "store":
            return replace(settings, store=Path(str(value)).expanduser())
        if textual:
            return replace(settings, **{name: str(value)})  # type: ignore[arg-type]
        if name == "threshold":
            return replace(settings, threshold=float(str(value)))
        if name == "llm_timeout":
            return replace(settings, llm_timeout=float(str(value)))
        if name == "hits":
            return replace(settings, hits=int(str(value)))
        return replace(settings, port=int(str(value)))
    except ValueError as error:
        raise SettingsError(f"{where}: {value!r} is not a value for {name!r}") from error
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error


def _yes(value: object, where: str) -> bool:
    told = str(value).strip().lower()
    if told not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise SettingsError(f"{where}: {value!r} is not a value for 'open'; it is true or false")
    return told in ("1", "true", "yes", "on")


def spare_the_proxy(host: str) -> None:
    """Keep requests of this process to `host` from a proxy of the environment, which cannot reach this machine."""
    for variable in ("NO_PROXY", "no_proxy"):
        spared = [h for h in os.environ.get(variable, "").split(",") if h]
        os.environ[variable] = ",".join(dict.fromkeys([*spared, host, "127.0.0.1", "localhost"]))


def no_usage_statistics() -> None:
    """Keep a Ray that this process starts from reporting on itself."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
