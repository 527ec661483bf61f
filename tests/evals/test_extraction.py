"""The measure of selection, worked by hand, and the command over it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from evals.extraction import extract_eval, main_extraction, measure, score_page
from ingest.body_model import page_digest
from ingest.errors import GoldError

ARTICLE = (
    "The mayor of Harrow opened the new bridge on Monday in front of some four hundred people.\n\n"
    "It cost 4 million pounds, the council said, about a third more than had been planned."
)
PAGE = {
    "id": "a",
    "article_body": ARTICLE,
    "text": f"Home\nNews\nLog in\nBridge opens\n{ARTICLE}\nMost read\nFire closes mill\nContact us\n",
    "html": "<nav><a href=/>Home</a></nav><article>"
    + "".join(f"<p>{p}</p>" for p in ARTICLE.split("\n\n"))
    + "</article>",
}


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_shingles_are_counted_as_multisets() -> None:
    # selected: abcd bcde; article: abcd bcde cdef -> 2 right, 0 wrong, 1 missing
    score = score_page("a b c d e", "a, b, c, d, e, f")
    assert score.precision == 1.0
    assert score.recall == pytest.approx(2 / 3)


def test_a_repeated_shingle_counts_as_wrong_once_it_is_used_up() -> None:
    # selected: abab baba abab; article: abab baba -> 2 right, 1 wrong
    assert score_page("a b a b a b", "a b a b a").precision == pytest.approx(2 / 3)


def test_a_text_shorter_than_a_shingle_is_one_gram() -> None:
    assert score_page("a b", "a b").recall == 1.0
    assert score_page("a b", "a c").precision == 0.0


def test_nothing_selected_finds_nothing_and_two_empty_texts_agree() -> None:
    assert (score_page("", "a b").precision, score_page("", "a b").recall) == (0.0, 0.0)
    assert (score_page("", "").precision, score_page("", "").recall) == (1.0, 1.0)


def test_f1_is_of_the_averages_and_not_the_average() -> None:
    measured = measure([score_page("a b", "a b"), score_page("", "a b")])
    assert (measured.precision, measured.recall, measured.f1) == (0.5, 0.5, 0.5)
    assert measured.low <= measured.f1 <= measured.high


@pytest.mark.parametrize("field", ["text", "html"])
def test_a_page_is_selected_through_either_field(tmp_path: Path, field: str) -> None:
    result = extract_eval(write(tmp_path / "pages.jsonl", PAGE), "html" if field == "html" else "text")
    assert result.selected.f1 == 1.0
    assert result.texts == (ARTICLE.replace("\n\n", "\n"),)


def test_the_last_line_is_fixed_and_the_selection_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    blank = {"id": "b", "article_body": "Some words that are not found here.", "text": " "}
    assert main_extraction(write(tmp_path / "pages.jsonl", PAGE, blank), "text", out) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "extraction text F1 0.500 P 0.500 R 0.500 n 2"
    assert [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] == [
        {"id": "a", "text": ARTICLE.replace("\n\n", "\n")},
        {"id": "b", "text": ""},
    ]


def test_both_fields_are_measured_unless_one_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_extraction(write(tmp_path / "pages.jsonl", PAGE), None, None) == 0
    figures = [line for line in capsys.readouterr().out.splitlines() if line.startswith("extraction ")]
    assert figures == ["extraction html F1 1.000 P 1.000 R 1.000 n 1", "extraction text F1 1.000 P 1.000 R 1.000 n 1"]


def test_what_trafilatura_takes_of_a_page_stands_beside_it(tmp_path: Path) -> None:
    others = dict(extract_eval(write(tmp_path / "pages.jsonl", PAGE), "html").others)
    assert list(others) == [
        "trafilatura",
        "trafilatura, strict",
        "readability",
        "lines of 12 words or more",
        "raw text",
    ]
    assert others["trafilatura"].recall == 1.0


def test_a_figure_on_pages_that_were_trained_on_is_called_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "pages.jsonl", PAGE, {**PAGE, "article_body": "Other words than those."})
    assert "2 pages, none of which the model was trained on" in extract_eval(path, "text").table()
    monkeypatch.setattr("evals.extraction.trained_on", lambda: {page_digest(ARTICLE)})
    assert "2 pages, 1 of which the model was TRAINED ON" in extract_eval(path, "text").table()


def test_a_compressed_file_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(PAGE).encode()))
    assert extract_eval(path, "text").ids == ("a",)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'{"id": "a", "article_body": "x", "text": "y"}\n{"id": "b"', "pages.jsonl, line 2: not JSON"),
        (b'{"id": "a", "article_body": "x"}\n', 'pages.jsonl, line 1: it has no text under "text"'),
        (b"[]\n", "pages.jsonl, line 1: not a JSON object"),
        (b"\n", "pages.jsonl: no pages"),
        (b"\xff\xfe\xff", "pages.jsonl: cannot be read"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_bytes(content)
    with pytest.raises(GoldError, match=complaint):
        extract_eval(path, "text")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"absent\.jsonl"):
        extract_eval(tmp_path / "absent.jsonl", "text")
