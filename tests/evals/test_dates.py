from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path

import pytest

from evals.dates import Claim, dates_eval, figures, format_dates, main_dates
from ingest.article import PublicationDate
from ingest.errors import GoldError

BODY = (
    "The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard, police said.\n\n"
    "Nobody was hurt, and all passengers of the ferry were brought ashore by the next morning, it said in a statement."
)
URL = "https://hallow.example/2019/03/12/ferry"
TRUTH = dt.date(2019, 3, 12)


def claims(tmp_path: Path, *rows: dict[str, str]) -> list[Claim]:
    path = tmp_path / "articles.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return dates_eval([path])


def claim(day: dt.date | None, confidence: float = 0.9, basis: str = 'the line "x"') -> Claim:
    return Claim("text", TRUTH, PublicationDate(day, basis, confidence if day else 0.0))


def test_the_day_in_the_address_is_the_truth_and_is_not_shown(tmp_path: Path) -> None:
    (found,) = claims(tmp_path, {"url": URL, "text": BODY})
    assert (found.view, found.truth, found.published.day) == ("text", TRUTH, None)


def test_what_the_text_states_is_compared_with_the_address(tmp_path: Path) -> None:
    (found,) = claims(tmp_path, {"url": URL, "text": f"Ferry runs aground\n\nPublished: March 13, 2019\n\n{BODY}"})
    assert found.days_off == 1


def test_the_field_is_shown_in_its_own_view_alone(tmp_path: Path) -> None:
    found = claims(tmp_path, {"url": URL, "text": BODY, "published": "2019-03-12"})
    assert {c.view: c.days_off for c in found} == {"text": None, "field": 0}


def test_a_page_is_shown_without_the_day_in_its_links(tmp_path: Path) -> None:
    paragraphs = "".join(f"<p>{line}</p>" for line in BODY.split("\n\n"))
    head = f'<link rel="canonical" href="{URL}"><meta property="og:url" content="{URL}">'
    html = f'<html><head>{head}</head><body><a href="{URL}/more">More</a>{paragraphs}</body></html>'
    (found,) = claims(tmp_path, {"url": URL, "html": html})
    assert (found.view, found.published.day) == ("page", None)


def test_the_markup_is_the_truth_for_the_text_of_a_page_without_a_day_in_its_address(tmp_path: Path) -> None:
    html = '<html><head><meta name="pubdate" content="2019-03-12"></head><body><p>Ferry.</p></body></html>'
    (found,) = claims(tmp_path, {"url": "https://hallow.example/ferry", "text": BODY, "html": html})
    assert (found.view, found.truth, found.published.day) == ("text", TRUTH, None)


def test_an_article_whose_day_nobody_knows_is_not_measured(tmp_path: Path) -> None:
    assert claims(tmp_path, {"url": "https://hallow.example/ferry", "text": BODY, "published": "2019-03-12"}) == []


def test_figures_are_shares_of_what_they_name() -> None:
    one_off, far_off = dt.date(2019, 3, 13), dt.date(2018, 3, 12)
    of = figures([claim(TRUTH), claim(one_off), claim(far_off, 0.5), claim(None)])
    assert {name: round(figure.share, 3) for name, figure in of.items()} == {
        "coverage": 0.75,
        "exact_day": 0.333,
        "one_day_off": 0.333,
        "sure": 0.667,
        "wrong_but_sure": 0.5,
        "far_off_but_sure": 0.0,
    }
    assert (of["coverage"].n, of["exact_day"].n, of["wrong_but_sure"].n) == (4, 3, 2)


def test_the_table_has_a_row_for_each_kind_of_basis() -> None:
    table = format_dates([claim(TRUTH, basis='the line "March 12, 2019"'), claim(TRUTH, basis='the line "12.3.19"')])
    assert table.splitlines()[-1].split() == ["2", "2", "0", "0", "0.90", "the", "line", "…"]


def test_the_report_ends_with_how_far_the_field_agrees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "articles.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"url": URL, "text": BODY, "published": "2019-03-12"}) + "\n")
        slug = "https://hallow.example/news/the-day-in-brief-4-march-2019"
        file.write(json.dumps({"url": slug, "text": BODY, "published": "2019-03-05"}) + "\n")
    assert main_dates([path]) == 0
    address, slug = capsys.readouterr().out.splitlines()[-2:]
    assert (address.split()[6], slug.split()[8]) == ("1.000", "0.000")


@pytest.mark.parametrize("line", ["not json", "[]", '{"text": "no address"}'])
def test_what_is_no_article_is_an_error_with_its_file(tmp_path: Path, line: str) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(GoldError, match=r"articles\.jsonl"):
        dates_eval([path])


def test_nothing_to_measure_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text(json.dumps({"url": "https://hallow.example/ferry", "text": BODY}) + "\n", encoding="utf-8")
    with pytest.raises(GoldError, match="no article whose day is known"):
        main_dates([path])
