"""The measure of copies and versions: its figures by hand, its made pairs, and the command over files."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from evals.__main__ import main
from evals.duplicates import LABELS, Confusion, duplicates_eval, nearest_pairs
from evals.made_pairs import KINDS, make_pairs, template_pairs
from ingest.errors import GoldError, UsageError
from tests.ingest.test_duplicates import ARTICLE, OTHER

NAMED = ARTICLE + " Later that day Lunde thanked the crew. The crew thanked Lunde, and the mayor wrote to Lunde too."
SECOND = NAMED.replace("ferry", "tanker").replace("Lowmoor", "Galton").replace("212 passengers", "17 sailors")
MARKET = "Dunmere " + " ".join(f"The stall of number {n} sold {n * 3} loaves, Dunmere said." for n in range(30))


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_precision_and_recall_are_of_pairs() -> None:
    confusion = Confusion({("copy", "copy"): 3, ("copy", "version"): 1, ("different", "copy"): 2})
    assert (confusion.precision("copy"), confusion.recall("copy")) == (0.6, 0.75)
    assert confusion.f1("copy") == pytest.approx(2 / 3)
    assert (confusion.precision("version"), confusion.recall("version")) == (0.0, 1.0)
    assert Confusion({}).f1("copy") == 1.0


def test_the_same_texts_and_seed_make_the_same_pairs_and_another_seed_others() -> None:
    assert list(make_pairs([NAMED, OTHER], 1)) == list(make_pairs([NAMED, OTHER], 1))
    assert list(make_pairs([NAMED, OTHER], 1)) != list(make_pairs([NAMED, OTHER], 2))


def test_every_made_pair_holds_the_article_and_something_else() -> None:
    pairs = [*make_pairs([NAMED, OTHER], 1), *template_pairs(5, 1)]
    assert {pair.kind for pair in pairs} == set(KINDS) - {"nearest"}
    assert all(pair.one != pair.other for pair in pairs)
    assert all(NAMED in (pair.one, pair.other) for pair in pairs if pair.label != "different")


def test_an_article_without_numbers_makes_no_pairs_alone() -> None:
    assert list(make_pairs(["One went out. One came in. All was well. Nobody minded. They slept."], 1)) == []


def test_the_nearest_articles_come_first_and_near_copies_are_left_out() -> None:
    quoting = OTHER + " " + ARTICLE[:300]
    pairs = list(nearest_pairs([ARTICLE, OTHER, "By Tom Ashby\n" + ARTICLE, quoting[400:]]))
    assert pairs[0].label == "different"
    assert not any(pair.one == ARTICLE and pair.other.startswith("By Tom") for pair in pairs)


def test_labelled_pairs_count_where_the_files_hold_their_articles(tmp_path: Path) -> None:
    copy = "By Tom Ashby\n\n" + ARTICLE
    file = write(tmp_path / "news.jsonl", {"text": ARTICLE}, {"text": copy, "published": "2021-03-03"}, {"text": OTHER})
    labels = write(
        tmp_path / "labels.jsonl",
        {"one": digest(ARTICLE), "other": digest(copy), "label": "copy", "tuned": False},
        {"one": digest(ARTICLE), "other": digest(OTHER), "label": "different", "tuned": True},
        {"one": digest(ARTICLE), "other": digest("elsewhere"), "label": "version", "tuned": False},
    )
    result = duplicates_eval([file], n=2, labels=labels)
    assert result.labelled.counts == {("copy", "copy"): 1}
    assert result.labelled_tuned.counts == {("different", "different"): 1}


def test_the_shipped_labels_are_digests_and_labels_alone() -> None:
    rows = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        assert set(row) == {"one", "other", "label", "tuned"}
        assert all(re.fullmatch("[0-9a-f]{64}", row[end]) for end in ("one", "other"))
        assert row["one"] < row["other"]
        assert row["label"] in ("copy", "version", "different")
    assert len({(row["one"], row["other"]) for row in rows}) == len(rows) >= 150


def test_the_command_ends_with_one_fixed_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "news.jsonl.gz"
    rows = "".join(json.dumps({"text": text}) + "\n" for text in (NAMED, SECOND, MARKET))
    path.write_bytes(gzip.compress(rows.encode()))
    assert main(["duplicates", str(path), "--n", "4"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"duplicates copies P \d\.\d{3} R \d\.\d{3} versions P \d\.\d{3} R \d\.\d{3} n \d+", last)


def test_too_few_articles_to_make_pairs_of_are_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--n 2"):
        main(["duplicates", str(tmp_path / "news.jsonl"), "--n", "1"])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'{"text": "y"}\n{"text": "b"', "news.jsonl, line 2: not JSON"),
        (b'{"title": "a"}\n', 'news.jsonl, line 1: it has no text under "text"'),
        (b"\n", "news.jsonl: no articles"),
        (b"\xff\xfe\xff", "news.jsonl: cannot be read"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes(content)
    with pytest.raises(GoldError, match=complaint):
        duplicates_eval([path])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"absent\.jsonl"):
        duplicates_eval([tmp_path / "absent.jsonl"])
