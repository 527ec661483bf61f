"""Files through the LlamaIndex pipeline: what comes out, and that nothing on the way touches a character."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import NodeRelationship, TextNode

from ingest import encode
from ingest.article import Basis, digest_bytes
from ingest.files import find_files
from ingest.job import FileToIngest, PreparedArticle, SetAside, ingest
from ingest.pipeline import EmbedPassages, SelectArticle, SplitPassages, run_batch
from ingest.read import read_bytes
from store import Store, open_sink, open_store
from tests.conftest import FakeEncoder, fake_build

SEEDS = Path(__file__).parents[2] / "seeds"

FERRY = """Ferry runs aground off Port Hallow

The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard, the coast guard said.

Captain Mira Lunde said the fog came down within minutes. "We saw nothing at all," she told reporters at the pier.

Divers will examine the hull on Wednesday, and the island council has asked for a second ferry until the spring.
"""


class CountingEncoder(FakeEncoder):
    """Remembers each call's texts."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.calls.append(list(texts))
        return super().encode(texts)


def count_words(text: str) -> int:
    return len(text.split())


def file_at(path: Path, data: bytes | str) -> FileToIngest:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return FileToIngest(str(path), str(path.parent), path.name, path.stat().st_size, 0, "not looked at")


def file_node(path: Path) -> TextNode:
    return TextNode(id_=str(path), metadata={"kind": "file", "path": str(path), "source": path.name})


def run(*files: FileToIngest, encoder: FakeEncoder | None = None) -> tuple[PreparedArticle | SetAside, ...]:
    return run_batch(files, encoder=encoder or FakeEncoder(), count_tokens=count_words)


def the_article(outcome: PreparedArticle | SetAside) -> PreparedArticle:
    assert isinstance(outcome, PreparedArticle), outcome
    return outcome


def test_the_seeds_go_into_a_store_and_come_out_again(tmp_path: Path) -> None:
    encoder = FakeEncoder()

    def prepare(files: Sequence[FileToIngest]) -> tuple[PreparedArticle | SetAside, ...]:
        return run_batch(files, encoder=encoder, count_tokens=count_words)

    with open_sink(tmp_path / "index", encoder_spec=encoder.spec, build=fake_build(encoder)) as sink:
        first = ingest([SEEDS], sink, prepare=prepare)
        again = ingest([SEEDS], sink, prepare=prepare)
    assert (first.articles, first.set_aside) == (5, ())
    assert (again.articles, again.unchanged, again.passages) == (0, 5, 0)
    with open_store(tmp_path / "index", encoder=encoder, build=fake_build(encoder)) as store:
        assert [article.source for article in store.articles()] == [file.path.name for file in find_files([SEEDS])]
        assert _passages_slice_back(store)
        for file in find_files([SEEDS]):
            text = read_bytes(file.path.read_bytes()).text
            assert store.source_text(file.path.name) == text


def _passages_slice_back(store: Store) -> bool:
    """Whether every article has passages, and each is the slice of its text that it says."""
    found = [(a.source, store.passages(a.article_id)) for a in store.articles()]
    return all(
        passages and all(store.source_text(source)[p.start : p.end] == p.text for p in passages)
        for source, passages in found
    )


def test_a_file_becomes_an_article_with_passages_and_their_vectors(tmp_path: Path) -> None:
    [outcome] = run(file_at(tmp_path / "ferry.txt", FERRY))
    prepared = the_article(outcome)
    assert prepared.article.article_id == digest_bytes(FERRY.encode())
    assert prepared.article.sources == ("ferry.txt",)
    assert prepared.source_text == FERRY
    assert "212 passengers" in " ".join(span.of(FERRY) for span in prepared.spans)
    assert prepared.vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(prepared.vectors, axis=1), 1.0, atol=1e-6)


def test_vectors_are_of_the_prefixed_copy_and_survive_the_nodes_exactly(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    [outcome] = run(file_at(tmp_path / "ferry.txt", FERRY), encoder=encoder)
    prepared = the_article(outcome)
    texts = [
        encode.embedded_text(s.of(FERRY), headline=prepared.article.headline, outlet=prepared.article.outlet)
        for s in prepared.spans
    ]
    np.testing.assert_array_equal(prepared.vectors, encoder.encode(texts))


def test_a_batch_is_encoded_in_one_call(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    run(file_at(tmp_path / "a.txt", FERRY), file_at(tmp_path / "b.txt", FERRY.replace("212", "221")), encoder=encoder)
    assert len(encoder.calls) == 1


def test_a_batch_without_an_article_never_asks_for_a_model(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    run(file_at(tmp_path / "empty.txt", b""), encoder=encoder)
    assert encoder.calls == []


def test_bad_files_are_set_aside_in_their_place_and_the_rest_goes_on(tmp_path: Path) -> None:
    outcomes = run(
        file_at(tmp_path / "empty.txt", b""),
        file_at(tmp_path / "a.txt", FERRY),
        file_at(tmp_path / "binary.txt", b"\x00\x01\x02" * 100),
        FileToIngest(str(tmp_path / "gone.txt"), str(tmp_path), "gone.txt", 0, 0, ""),
        file_at(tmp_path / "menu.txt", "Home\nNews\nSport\n"),
    )
    assert [isinstance(outcome, PreparedArticle) for outcome in outcomes] == [False, True, False, False, False]
    assert all(isinstance(outcome, PreparedArticle) or outcome.reason for outcome in outcomes)


def test_what_was_read_is_remembered_by_digest_and_what_was_not_is_tried_again(tmp_path: Path) -> None:
    gone = FileToIngest(str(tmp_path / "gone.txt"), str(tmp_path), "gone.txt", 0, 0, "")
    menu, missing = run(file_at(tmp_path / "empty.txt", b" "), gone)
    assert isinstance(menu, SetAside)
    assert isinstance(missing, SetAside)
    assert (menu.digest, missing.digest) == (digest_bytes(b" "), "")
    assert "No such file" in missing.reason


def test_a_page_that_trips_our_own_code_is_set_aside_and_tried_again(tmp_path: Path) -> None:
    def broken(text: str) -> int:
        raise ValueError("no such count")

    [outcome] = run_batch([file_at(tmp_path / "a.txt", FERRY)], encoder=FakeEncoder(), count_tokens=broken)
    assert isinstance(outcome, SetAside)
    assert (outcome.digest, "please report" in outcome.reason) == ("", True)


def test_a_file_that_grew_past_the_limit_since_it_was_found_is_set_aside(tmp_path: Path) -> None:
    file_at(tmp_path / "a.txt", FERRY)
    [node] = SelectArticle(max_bytes=100)([file_node(tmp_path / "a.txt")])
    assert "larger than" in node.metadata["reason"]


def test_each_transform_passes_nodes_through_another_process(tmp_path: Path) -> None:
    file_at(tmp_path / "a.txt", FERRY)
    file_at(tmp_path / "empty.txt", b"")
    nodes: Sequence[object] = [file_node(tmp_path / "a.txt"), file_node(tmp_path / "empty.txt")]
    for transform in (SelectArticle(), SplitPassages(max_tokens=100, count_tokens=count_words)):
        nodes = pickle.loads(pickle.dumps(transform(nodes)))
    nodes = EmbedPassages(encoder=FakeEncoder())(nodes)
    assert [node.metadata["kind"] for node in nodes][:: len(nodes) - 1] == ["article", "set aside"]
    assert all((node.embedding is not None) == (node.metadata["kind"] == "passage") for node in nodes)


@pytest.mark.parametrize("transform", [SelectArticle, SplitPassages, EmbedPassages])
def test_a_transform_is_rebuilt_from_its_plain_keyword_arguments(transform: type) -> None:
    made = transform()
    plain = made.to_dict()
    assert all(isinstance(value, str | int | None) for value in plain.values())
    assert transform.from_dict(plain).to_dict() == plain


def test_passage_nodes_carry_span_text_and_article_but_show_a_model_no_metadata(tmp_path: Path) -> None:
    file_at(tmp_path / "a.txt", FERRY)
    nodes = SplitPassages(max_tokens=60, count_tokens=count_words)(SelectArticle()([file_node(tmp_path / "a.txt")]))
    article, *passages = nodes
    assert article.get_content() == FERRY
    for passage in passages:
        assert FERRY[passage.start_char_idx : passage.end_char_idx] == passage.text
        assert passage.relationships[NodeRelationship.SOURCE].node_id == article.node_id
        assert passage.get_content(metadata_mode="embed") == passage.text


def test_a_headline_longer_than_the_model_reads_is_left_out_of_the_embedded_copy(tmp_path: Path) -> None:
    file_at(tmp_path / "a.txt", FERRY)
    [article] = SelectArticle()([file_node(tmp_path / "a.txt")])
    article.metadata["headline"] = "word " * 300
    encoder = CountingEncoder()
    nodes = SplitPassages(max_tokens=100, count_tokens=count_words)([article])
    EmbedPassages(encoder=encoder)(nodes)
    assert max(count_words(text) for call in encoder.calls for text in call) <= 100


def test_the_fingerprint_is_of_the_words_whatever_their_layout(tmp_path: Path) -> None:
    wrapped = FERRY.replace("\n", "\r\n")
    one, two = run(file_at(tmp_path / "a.txt", FERRY), file_at(tmp_path / "b.txt", wrapped))
    assert the_article(one).article.fingerprint == the_article(two).article.fingerprint
    assert the_article(one).article.article_id != the_article(two).article.article_id


def test_a_page_whose_markup_smuggles_half_a_character_is_still_stored(tmp_path: Path) -> None:
    html = (
        '<html><head><script type="application/ld+json">{"headline": "Ferry \\ud83d aground"}</script></head><body>'
        + "".join(f"<p>{line}</p>" for line in FERRY.split("\n\n"))
        + "</body></html>"
    )
    [outcome] = run(file_at(tmp_path / "a.html", html))
    (the_article(outcome).article.headline or "").encode()


SENTENCES = st.lists(
    st.sampled_from(
        [
            "The ferry Aurora ran aground off Port Hallow on Tuesday night.",
            "The ferry Aurora ran aground off Port Hallow on Tuesday night.",
            "Captain Mira Lunde said that the fog came down within minutes of leaving.",
            "A cafe\u0301 on the pier stayed open for the 212 passengers \U0001f6a2 and their families.",
            "“We saw nothing at all,” she told\treporters, and the mayor agreed with her.",
            "Divers will examine the hull\r\non Wednesday, the island council said in a statement.",
        ]
    ),
    min_size=4,
    max_size=30,
)


@settings(max_examples=25, deadline=None)
@given(
    sentences=SENTENCES,
    separator=st.sampled_from([" ", "\n", "\r\n\r\n", "\n\n\t"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_law_every_span_slices_back_to_what_the_file_holds(sentences: list[str], separator: str, codec: str) -> None:
    text = separator.join(sentences)
    encoder = CountingEncoder()
    with tempfile.TemporaryDirectory() as folder:
        [outcome] = run(file_at(Path(folder) / "a.txt", text.encode(codec)), encoder=encoder)
    if isinstance(outcome, SetAside):
        return
    assert outcome.source_text == text
    assert [span.of(text) for span in outcome.spans] == [text[span.start : span.end] for span in outcome.spans]
    assert all(any(start <= s.start and s.end <= end for start, end in _joined(outcome)) for s in outcome.spans)
    assert [count_words(call) <= encoder.spec.max_tokens for call in encoder.calls[0]] == [True] * len(outcome.spans)


def _joined(prepared: PreparedArticle) -> list[tuple[int, int]]:
    """The body's spans, joined where nothing but whitespace lies between them."""
    joined: list[tuple[int, int]] = []
    for span in prepared.article.body:
        if joined and not prepared.source_text[joined[-1][1] : span.start].strip():
            joined[-1] = (joined[-1][0], span.end)
        else:
            joined.append((span.start, span.end))
    return joined


def test_what_was_found_out_arrives_with_its_basis(tmp_path: Path) -> None:
    page = FERRY.replace("Ferry runs", "Opinion: Ferry runs", 1).replace("\n\n", "\nBy Ada Brook\n\n", 1)
    article = the_article(run(file_at(tmp_path / "a.txt", page))[0]).article
    assert article.headline == "Opinion: Ferry runs aground off Port Hallow"
    assert article.headline_basis is not None
    assert article.authors_basis == Basis("the byline", 0.85)
    assert (article.outlet_basis, article.label, article.language) == (None, "opinion", "en")
