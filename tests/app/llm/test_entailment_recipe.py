"""What the entailment network is trained on, and the reader's weights that it starts from."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

import pytest
import torch

from app.llm.card import Facts, write_card
from app.llm.examples import Example, examples_of_news, examples_of_questions, load_written
from app.llm.packing import pack
from app.reader.examples import NewsArticle, Paragraph
from app.reader.export import shipped_network
from app.reader.network import Row, collate
from app.reader.passages import PassageReader
from app.reader.tokens import encode_passage, load_tokenizer
from ingest.errors import ReaderError, UsageError

LINES = (
    "On Friday, the mayor Anna Berg opened the bridge at Ostrel after nine years of work.",
    "The bridge cost 40 million euros, including the road on the eastern bank.",
    "Engineers from Halmere had warned in 2019 that the middle pier was too weak.",
    '"Nobody will wait for the ferry again in this town," said Anna Berg.',
    "The ferry between Ostrel and Pell stopped in March, when its captain Jon Lund retired.",
    "Two companies have bought land near the station since the plans were published.",
    "The council of Ostrel voted 7 to 2 for a second bridge in December.",
    "Traders in the old town were afraid that fewer people would come by.",
    "A second bridge has been planned since 1998, but money was never found.",
    "The river rose by two metres in the storm and took away a wooden pier.",
)
ARTICLE = NewsArticle("https://news.example/1", "A bridge", "\n\n".join(LINES), None)


def test_news_gives_as_many_true_statements_as_false_ones_and_true_ones_say_nothing_new() -> None:
    found = [e for seed in range(12) for e in examples_of_news([ARTICLE], n=50, seed=seed)]
    assert sum(e.carried for e in found) == sum(not e.carried for e in found) > 20
    for example in found:
        assert example.group == ARTICLE.url
        if not example.carried:
            assert example.statement not in example.source


def test_the_same_seed_gives_the_same_examples() -> None:
    assert [*examples_of_news([ARTICLE], n=9, seed=4)] == [*examples_of_news([ARTICLE], n=9, seed=4)]


def test_a_question_and_its_answer_make_a_true_statement_and_another_name_a_false_one() -> None:
    text = "Anna Berg opened the bridge at Ostrel on Friday. Jon Lund had drawn it ten years before in Halmere."
    paragraph = Paragraph("bridge", text, (("Who opened the bridge at Ostrel?", ((0, "Anna Berg"),)),))
    found = [*examples_of_questions([paragraph], n=5, seed=1)]
    assert [(e.statement, e.carried) for e in found][:1] == [("Anna Berg opened the bridge at Ostrel.", True)]
    assert any(not e.carried and "Anna" not in e.statement for e in found)


def written(path: Path, source: str, **changed: object) -> Path:
    said = "Anna Berg opened the bridge at Ostrel."
    at = [0, len(source)]
    statements = [{"said": pack(said, [source]), "carried": 1, "recorded": 0}]
    row = {"url": ARTICLE.url, "at": at, "crc": zlib.crc32(source.encode()), "statements": statements, **changed}
    path.write_bytes(gzip.compress(json.dumps(row).encode()))
    return path


def test_a_written_statement_is_read_back_beside_its_article(tmp_path: Path) -> None:
    path = written(tmp_path / "w.gz", LINES[0])
    expected = Example("Anna Berg opened the bridge at Ostrel.", LINES[0], True, "written", ARTICLE.url)
    assert load_written([ARTICLE], path) == (expected,)


def test_one_about_an_article_that_is_not_there_or_has_changed_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "w.gz", LINES[0])
    assert load_written([], path) == ()
    changed = NewsArticle(ARTICLE.url, "A bridge", "On Monday" + ARTICLE.text[9:], None)
    assert load_written([changed], path) == ()


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_is_none_says_so(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "w.gz"
    path.write_bytes(gzip.compress(b"[1]") if packed else b"no gzip")
    with pytest.raises(UsageError, match="holds no written statements"):
        load_written([ARTICLE], path)
    with pytest.raises(UsageError, match="cannot be read"):
        load_written([ARTICLE], tmp_path / "none.gz")


def test_the_shipped_file_holds_no_text_of_articles() -> None:
    rows = gzip.decompress(Path("app/llm/written.jsonl.gz").read_bytes()).splitlines()
    assert len(rows) > 500
    for row in map(json.loads, rows):
        assert set(row) == {"url", "at", "crc", "statements"}


def test_the_shipped_reader_is_had_back_in_torch() -> None:
    question, passage = "Who opened the bridge?", LINES[0]
    tokens = encode_passage(load_tokenizer(), question, "", passage)
    network = shipped_network().eval()
    with torch.no_grad():
        relevance = float(network(**collate([Row(0, tuple(tokens.ids), tokens.asked, tokens.first, ())]).inputs)[0])
    assert relevance == pytest.approx(PassageReader().read(question, [("", passage)])[0].relevance, abs=0.5)


def test_what_is_no_network_gives_no_weights(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    for path in (tmp_path / "bad.onnx", tmp_path / "none.onnx"):
        with pytest.raises(ReaderError, match="holds no weights"):
            shipped_network(path)


def test_the_card_names_the_weights_and_counts_each_kind(tmp_path: Path) -> None:
    examples = [*examples_of_news([ARTICLE], n=4, seed=1)]
    facts = Facts("a" * 64, examples, 7, "2 passes", [(500, "AUC 0.9")], "AUC 0.91", 0.1)
    write_card(facts, tmp_path / "CARD.md")
    text = (tmp_path / "CARD.md").read_text()
    assert "weights aaaaaaaaaaaaaaaa" in text
    assert f"| {len(examples)} |" in text
    assert "| 500 | AUC 0.9 |" in text
