from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from evals.throughput import ENCODER, INGEST, PLAIN, Measured, Window, find_containers, main, report, take_windows


def test_nothing_to_measure_on_is_said_and_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == main(["--articles", str(tmp_path / "nowhere")]) == 0
    assert capsys.readouterr().out.count("Throughput was not measured") == 2


def test_articles_are_taken_in_order_in_ten_windows(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "articles-1.jsonl.gz", "wb") as file:
        file.write(b"".join(b"%d\n" % i for i in range(15)))
    (tmp_path / "articles-2.jsonl").write_bytes(b"".join(b"%d\n" % i for i in range(15, 90)))
    (tmp_path / "questions.jsonl").write_bytes(b"none\n")
    windows = take_windows(find_containers(tmp_path), 20, tmp_path)
    assert [window.read_bytes() for window in windows] == [b"%d\n%d\n" % (i, i + 1) for i in range(0, 20, 2)]


def test_the_report_gives_rates_ratios_and_the_first_window_beside_the_last() -> None:
    told = report(
        {
            ENCODER: Measured((Window(1, 100, 9, 1.0), Window(1, 100, 9, 1.0)), 300.0, 0),
            INGEST: Measured((Window(10, 100, 9, 1.0), Window(10, 80, 9, 1.0)), 400.0, 180_000),
            PLAIN: Measured((Window(10, 60, 9, 2.0), Window(10, 60, 9, 2.0)), 900.0, 1),
        }
    )
    for figure in ("90.00 passages/s", "0.90 times", "3.00 times", "10.00 articles/s", "1.00 kB a passage"):
        assert figure in told
