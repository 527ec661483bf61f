"""The recipe on tiny invented data: it learns, goes on where it was stopped, and what it ships says what it learnt."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reader import evaluate
from app.reader.examples import Example, is_held_out_article
from app.reader.export import compare, export
from app.reader.fit import batches, fit, reading_loss
from app.reader.network import ReaderNetwork, Row, collate
from app.reader.passages import PassageReader
from app.reader.spans import best_spans
from app.reader.tokens import encode_passage, load_tokenizer
from app.reader.train import finetuning_rows, load_rows, pretraining_rows, save_rows
from ingest.errors import ReaderError

KEEPERS = ("Mira Lunde", "Jon Berg", "Hanna Dahl", "Olav Strand", "Tove Ness", "Ivar Holm")
WICKS = [n for n in range(40) if not is_held_out_article(f"Wick {n}")][:10]
STEPS = 36


def told(number: int) -> str:
    keeper = KEEPERS[number % len(KEEPERS)]
    return f"The harbour of Wick {number} was built in {1800 + 7 * number}. Its keeper is {keeper}."


def asked(number: int) -> list[tuple[str, str]]:
    return [
        (f"Who keeps the harbour of Wick {number}?", KEEPERS[number % len(KEEPERS)]),
        (f"When was the harbour of Wick {number} built?", str(1800 + 7 * number)),
    ]


def squad(numbers: Sequence[int]) -> bytes:
    """A SQuAD 1.1 file of one short paragraph an article."""
    articles = [
        {
            "title": f"Wick {n}",
            "split": "test",
            "paragraphs": [
                {
                    "context": told(n),
                    "qas": [
                        {"id": f"{n}-{q}", "question": q, "answers": [{"answer_start": told(n).index(a), "text": a}]}
                        for q, a in asked(n)
                    ],
                }
            ],
        }
        for n in numbers
    ]
    return json.dumps({"version": "1.1", "data": articles}).encode()


TOWNS = (
    ("Kirkwick", "suspension bridge", "Anna Berg", "4,100", "Halvard Steel"),
    ("Port Hallow", "ferry terminal", "Mira Lunde", "2,212", "Norrland Marine"),
    ("Venndal", "cider brewery", "Olav Strand", "1,240", "Apal Brothers"),
    ("Skarholm", "wind observatory", "Hanna Dahl", "680", "Vindkraft Union"),
    ("Ostervik", "opera house", "Ivar Holm", "3,905", "Granitt Partners"),
    ("Lofallen", "tunnel railway", "Greta Sand", "5,330", "Bergbane Drilling"),
)
PAPERS = (
    "{town} opened its new {thing} in spring, and {visitors} people came to see it on the first day. "
    "Mayor {mayor} said that {builder} had finished the {thing} a month before the date that was planned. "
    "Children sang on the square of {town} while an orchestra played, and the shops were open until dark.",
    "Mayor {mayor} of {town} thanked {builder} for the {thing} that the company has built in {town}. "
    "The {visitors} visitors of the first day were more than {town} has hotel beds, traders said with joy. "
    "Engineers of {builder} will now move their cranes to another site, where a school is to be built.",
)


def write_data(folder: Path) -> Path:
    """What the recipe reads, in the forms in which it is published."""
    (folder / "squadshifts").mkdir()
    (folder / "squadshifts" / "new_wiki.json.gz").write_bytes(gzip.compress(squad(WICKS)))
    home = folder / "realtimeqa"
    home.mkdir()
    names = ("town", "thing", "mayor", "visitors", "builder")
    for year in (2022, 2023, 2024):
        articles, questions = [], []
        for number, town in enumerate(TOWNS):
            if number % 3 != year % 3:
                continue
            words = dict(zip(names, town, strict=True))
            day = dt.date(year, 5, 2 + number).isoformat()
            urls = [f"https://paper{p}.example/{number}" for p in range(len(PAPERS))]
            for url, text in zip(urls, PAPERS, strict=True):
                said = text.format(**words)
                articles.append(
                    {"url": url, "title": f"News of {town[0]}", "text": said, "published": day, "authors": []}
                )
            questions.append(
                {
                    "id": f"{year}_{number}",
                    "date": dt.date(year, 6, 1).isoformat(),
                    "source": "Invented Weekly",
                    "question": f"Who is the mayor of {town[0]} that opened the {town[1]}?",
                    "choices": [t[2] for t in TOWNS],
                    "answers": [town[2]],
                    "evidence": "",
                    "urls": urls,
                }
            )
        lines = "".join(json.dumps(a) + "\n" for a in articles)
        (home / f"articles-{year}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
        (home / f"questions-{year}.jsonl").write_text("".join(json.dumps(q) + "\n" for q in questions))
    return folder


@dataclass(frozen=True)
class Trained:
    """A network that a few dozen steps were spent on, the losses on the way, and the rows it saw."""

    network: ReaderNetwork
    losses: list[float]
    made: list[Row]
    rows: list[Row]
    weights: Path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Made of the data by the recipe's own steps, then exported."""
    pytest.importorskip("onnx")
    folder = tmp_path_factory.mktemp("recipe")
    data = write_data(folder)
    made = pretraining_rows(data, n=150, seed=7)
    (rows,) = finetuning_rows(data, made, passes=1.0, seed=7)
    short = [r for r in rows if len(r.ids) < 48]
    torch.manual_seed(7)
    network = ReaderNetwork.from_encoder()
    steps: list[list[Row]] = []
    while len(steps) < STEPS:
        steps.extend(batches(short, seed=len(steps), tokens=400))
    losses = fit(network, steps[:STEPS], rate=5e-4, checkpoint=folder / "reader.pt", loss_of=reading_loss)
    export(network, folder / "reader.onnx")
    return Trained(network, losses, made, rows, folder / "reader.onnx")


# --- fitting ----------------------------------------------------------------------------------------------------------


def test_rows_are_made_of_annotated_questions_of_weekly_ones_and_of_news(trained: Trained) -> None:
    tokenizer = load_tokenizer()
    text = [tokenizer.decode(list(r.ids)) for r in trained.rows]
    assert any("keeps the harbour of wick" in t for t in text)
    assert any("who is the mayor of" in t for t in text)
    assert {r.ids for r in trained.rows} & {r.ids for r in trained.made}
    assert any(r.spans for r in trained.made) and not all(r.spans for r in trained.made)


def test_examples_of_different_sources_do_not_share_a_group(trained: Trained) -> None:
    questions: dict[int, set[tuple[int, ...]]] = {}
    for row in trained.rows:
        questions.setdefault(row.group, set()).add(row.ids[: row.asked])
    assert all(len(asked_) == 1 for asked_ in questions.values())


def test_the_loss_falls(trained: Trained) -> None:
    assert len(trained.losses) == STEPS
    assert np.mean(trained.losses[-6:]) < 0.5 * np.mean(trained.losses[:6])


def test_stopping_and_going_on_ends_in_the_same_weights_as_going_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.reader.fit._CHECKPOINT_EVERY", -1.0)  # after every step
    steps = batches(sample_rows(6), seed=1, tokens=80)[:3]
    assert len(steps) == 3

    def fitted(checkpoint: str, *, seed: int, stops: bool = False) -> tuple[ReaderNetwork, list[float]]:
        def measure(network: ReaderNetwork) -> str:
            if stops:
                raise KeyboardInterrupt
            return "measured"

        torch.manual_seed(seed)
        network = ReaderNetwork.from_encoder()
        losses = fit(
            network, steps, rate=3e-4, checkpoint=tmp_path / checkpoint, measure=measure, measure_every=2,
            loss_of=reading_loss,
        )  # fmt: skip
        return network, losses

    through, losses = fitted("through.pt", seed=1)
    with pytest.raises(KeyboardInterrupt):
        fitted("stopped.pt", seed=1, stops=True)
    resumed, rest = fitted("stopped.pt", seed=2)  # its heads start elsewhere: the checkpoint has to bring them
    assert rest == pytest.approx(losses[1:])
    expected = through.state_dict()
    for name, weight in resumed.state_dict().items():
        torch.testing.assert_close(weight, expected[name], atol=1e-6, rtol=1e-5, msg=lambda m, n=name: f"{n}: {m}")
    again, none = fitted("stopped.pt", seed=3)
    assert none == []
    assert torch.equal(again.spans.weight, resumed.spans.weight)


def test_the_word_vectors_stay_as_they_are(trained: Trained) -> None:
    before = ReaderNetwork.from_encoder().encoder.embeddings.word_embeddings.weight
    assert torch.equal(trained.network.encoder.embeddings.word_embeddings.weight, before)


def sample_rows(n: int) -> list[Row]:
    """Rows of the questions about the first `n` harbours."""
    tokenizer = load_tokenizer()
    rows: list[Row] = []
    for number in WICKS[:n]:
        for question, answer in asked(number):
            tokens = encode_passage(tokenizer, question, "", told(number))
            start = told(number).index(answer)
            span = tokens.tokens_of(start, start + len(answer))
            assert span is not None
            rows.append(Row(len(rows), tuple(tokens.ids), tokens.asked, tokens.first, (span,)))
    return rows


@st.composite
def some_rows(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for _ in range(draw(st.integers(0, 20))):
        ids = tuple(draw(st.lists(st.integers(0, 30_521), min_size=3, max_size=30)))
        place = st.tuples(st.integers(0, len(ids) - 1), st.integers(0, len(ids) - 1))
        spans = tuple((min(p), max(p)) for p in draw(st.lists(place, max_size=3)))
        rows.append(Row(draw(st.integers(0, 6) | st.integers(0, 2**40)), ids, 1, 2, spans))
    return rows


@given(some_rows(), st.integers(0, 9), st.integers(1, 200))
def test_batches_hold_every_row_once_and_every_list_whole(rows: list[Row], seed: int, tokens: int) -> None:
    made = batches(rows, seed=seed, tokens=tokens)
    assert sorted((r for b in made for r in b), key=repr) == sorted(rows, key=repr)
    home = {r.group: i for i, b in enumerate(made) for r in b}
    assert all(home[r.group] == i for i, b in enumerate(made) for r in b)
    for batch in made:
        padded = max(len(r.ids) for r in batch) * len(batch)
        assert padded <= tokens or len({r.group for r in batch}) == 1
    assert made == batches(rows, seed=seed, tokens=tokens)


@given(some_rows())
@settings(deadline=None)
def test_rows_survive_being_kept(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
    path = tmp_path_factory.mktemp("rows") / "deeper" / "rows.npz"
    save_rows(path, rows)
    assert load_rows(path) == rows
    assert [p.name for p in path.parent.iterdir()] == ["rows.npz"]


# --- the export -------------------------------------------------------------------------------------------------------


def read_by_torch(network: ReaderNetwork, question: str, text: str) -> tuple[float, str]:
    """Relevance and the best answer, as the trained network has them."""
    tokens = encode_passage(load_tokenizer(), question, "", text)
    batch = collate([Row(0, tuple(tokens.ids), tokens.asked, tokens.first, ())])
    network.eval()
    with torch.no_grad():
        relevance, starts, ends = network(**batch.inputs)
    (best,) = best_spans(starts[0, :-1].numpy(), ends[0, :-1].numpy(), first=tokens.first, n=1)
    first, last = tokens.offsets[best.first - tokens.first], tokens.offsets[best.last - tokens.first]
    return float(relevance[0]), text[first[0] : last[1]]


def test_the_export_agrees_with_the_trained_network(trained: Trained) -> None:
    reader = PassageReader(trained.weights)
    for number in WICKS[:5]:
        for question, _ in asked(number):
            (reading,) = reader.read(question, [("", told(number))])
            relevance, words = read_by_torch(trained.network, question, told(number))
            assert reading.relevance == pytest.approx(relevance, abs=0.6)
            assert reading.answers[0].span.of(told(number)) == words


def test_the_export_answers_what_was_learnt_and_tells_what_does_not_answer(trained: Trained) -> None:
    reader = PassageReader(trained.weights)
    for number in WICKS[:4]:
        for question, answer in asked(number):
            right, beside = reader.read(question, [("", told(number)), ("", "Apples were cheap in Venndal this year.")])
            assert right.answers[0].span.of(told(number)) == answer
            assert right.relevance > beside.relevance


def test_an_export_leaves_the_network_as_it_was(trained: Trained, tmp_path: Path) -> None:
    before = read_by_torch(trained.network, *asked(WICKS[0])[0][:1], told(WICKS[0]))
    assert 0.0 <= export(trained.network, tmp_path / "again.onnx") <= 0.6
    assert read_by_torch(trained.network, *asked(WICKS[0])[0][:1], told(WICKS[0])) == before
    assert PassageReader(tmp_path / "again.onnx").digest == PassageReader(trained.weights).digest


def test_an_export_that_differs_is_not_kept(trained: Trained, tmp_path: Path) -> None:
    broken = ReaderNetwork(trained.network.encoder)
    with torch.no_grad():
        broken.heads["relevance"].bias.fill_(float("nan"))
    with pytest.raises(ReaderError, match="not kept"):
        export(broken, tmp_path / "broken.onnx")
    assert not (tmp_path / "broken.onnx").exists()


def test_the_export_is_compared_with_the_network_in_words(trained: Trained) -> None:
    examples = [
        Example(1, q, "", told(n), ((told(n).index(a), told(n).index(a) + len(a)),))
        for n in WICKS[:2]
        for q, a in asked(n)
    ]
    line = compare(trained.network, examples, trained.weights)
    assert re.search(r"F1 1\.000 EM 1\.000 n 4; 8-bit F1 1\.000 EM 1\.000$", line), line


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_reading_does_not_depend_on_what_is_read_beside_it(trained: Trained) -> None:
    reader = PassageReader(trained.weights)
    passages = [("", told(n)) for n in WICKS] + [("A headline", told(1) * 6), ("", "")]
    question = asked(WICKS[0])[0][0]
    assert list(reader.read(question, passages)) == [reader.read(question, [p])[0] for p in passages]


def test_line_breaks_do_not_change_a_reading_and_spans_count_the_text_as_given(trained: Trained) -> None:
    reader = PassageReader(trained.weights)
    question, answer = asked(WICKS[1])[0]
    broken = "\n\t" + told(WICKS[1]).replace(" ", " \n ")
    plain, wrapped = reader.read(question, [("", told(WICKS[1])), ("", broken)])
    assert wrapped.relevance == plain.relevance
    assert [a.span.of(broken).split() for a in wrapped.answers] == [
        a.span.of(told(WICKS[1])).split() for a in plain.answers
    ]
    assert wrapped.answers[0].span.of(broken).split() == answer.split()


def test_answers_do_not_overlap_and_lie_in_the_passage_however_odd_it_is(trained: Trained) -> None:
    reader = PassageReader(trained.weights)
    odd = ("", " ", "\u200b", "ﬁsh 12½ €", "मिरा लुंडे", "\x00\x1f", "é" * 400, "word " * 500, "🌉 Wick")
    for text, reading in zip(odd, reader.read("Who keeps it?", [("", t) for t in odd]), strict=True):
        spans = sorted((a.span for a in reading.answers), key=lambda s: s.start)
        assert all(0 <= s.start < s.end <= len(text) for s in spans)
        assert all(before.end <= after.start for before, after in pairwise(spans))


def test_nothing_to_read_gives_nothing(trained: Trained) -> None:
    assert PassageReader(trained.weights).read("Who came?", []) == ()


# --- weight files that cannot be used ---------------------------------------------------------------------------------


def onnx_file(path: Path, *, inputs: Sequence[str], outputs: Sequence[str]) -> Path:
    """A network of one addition under each output name."""
    onnx = pytest.importorskip("onnx")
    make = onnx.helper
    kind = onnx.TensorProto.INT64
    graph = make.make_graph(
        [make.make_node("Add", [inputs[0], inputs[0]], [o]) for o in outputs],
        "foreign",
        [make.make_tensor_value_info(i, kind, ["n", "m"]) for i in inputs],
        [make.make_tensor_value_info(o, kind, ["n", "m"]) for o in outputs],
    )
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def refuses(path: Path, match: str) -> None:
    with pytest.raises(ReaderError, match=match):
        PassageReader(path).read("Who came?", [("", "Anna came.")])


def test_a_missing_weight_file_is_refused(tmp_path: Path) -> None:
    refuses(tmp_path / "none.onnx", "reinstall")
    refuses(tmp_path, "reinstall")
    with pytest.raises(ReaderError, match="reinstall"):
        _ = PassageReader(tmp_path / "none.onnx").digest


@pytest.mark.parametrize("data", [b"", b"not a model", bytes(4096)])
def test_a_damaged_weight_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.onnx").write_bytes(data)
    refuses(tmp_path / "bad.onnx", "damaged|another version")


def test_a_weight_file_cut_off_is_refused(trained: Trained, tmp_path: Path) -> None:
    data = trained.weights.read_bytes()
    for share in (0.1, 0.5, 0.99):
        (tmp_path / "cut.onnx").write_bytes(data[: int(share * len(data))])
        refuses(tmp_path / "cut.onnx", "damaged|another version")


INPUTS = ("input_ids", "attention_mask", "token_type_ids", "inside")
OUTPUTS = ("relevance", "starts", "ends")


@pytest.mark.parametrize("outputs", [("logit", "starts", "ends"), ("relevance",), (*OUTPUTS, "more")])
def test_a_network_of_another_version_is_refused(tmp_path: Path, outputs: tuple[str, ...]) -> None:
    refuses(onnx_file(tmp_path / "foreign.onnx", inputs=INPUTS, outputs=outputs), "another version")


def test_a_network_that_reads_something_else_is_refused(tmp_path: Path) -> None:
    path = onnx_file(tmp_path / "foreign.onnx", inputs=("input_ids", "attention_mask", "inside"), outputs=OUTPUTS)
    refuses(path, "another version")


# --- the measurement that anybody can repeat --------------------------------------------------------------------------

LAST_LINE = re.compile(r"reader F1 (\d\.\d{3}) EM (\d\.\d{3}) n (\d+)")


@pytest.mark.parametrize("compressed", [False, True])
def test_the_last_line_of_a_measurement_says_f1_exact_match_and_how_many(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str], compressed: bool
) -> None:
    path = tmp_path / "asked.json"
    path.write_bytes(gzip.compress(squad(WICKS[:3])) if compressed else squad(WICKS[:3]))
    assert evaluate.main([str(path), "--weights", str(trained.weights)]) == 0
    last = LAST_LINE.fullmatch(capsys.readouterr().out.splitlines()[-1])
    assert last is not None
    assert last.groups() == ("1.000", "1.000", "6")


def test_a_measurement_that_cannot_be_made_says_why(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "asked.json").write_bytes(squad(WICKS[:1]))
    (tmp_path / "empty.json").write_bytes(squad([]))
    for arguments in (
        [str(tmp_path / "none.json"), "--weights", str(trained.weights)],
        [str(tmp_path / "empty.json"), "--weights", str(trained.weights)],
        [str(tmp_path / "asked.json"), "--weights", str(tmp_path / "none.onnx")],
    ):
        assert evaluate.main(arguments) != 0
        said = capsys.readouterr()
        assert said.err.startswith("error: ")
        assert "reader F1" not in said.out
