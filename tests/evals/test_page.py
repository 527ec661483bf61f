from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evals.gate import Baseline, pin
from evals.metrics import Part
from evals.page import render_page, write_report
from evals.record import STAGES, Case, Place, Record, build_record, load_record
from ingest.errors import UsageError

MEASURES = ("as_expected", "right", "citation_exact", "completed")
PINS = {"gold": "a" * 64, "articles": "b" * 64}
NASTY = (
    "<script>alert(1)</script><img src=x onerror=y>\"' href=//evil.example http://evil.example \x1b[31m\x00\u202egnp"
)


def place(quote: str = "in Porto", *, source: str = "fire.txt") -> Place:
    return Place(source, 1_013, 1_013 + len(quote), quote, "A fire broke out ", " on Monday.")


def case(
    name: str, *, right: bool | None = True, declined: bool = False, kind: str = "fact", **changed: object
) -> Case:
    as_expected = declined if right is None else right
    parts = {"as_expected": Part(as_expected, 1), "citation_exact": Part(1, 1), "completed": Part(1, 1)}
    if right is not None:
        parts["right"] = Part(right, 1)
    plain = Case(
        id=name,
        kind=kind,
        question=f"Where was it, {name}?",
        history=(),
        expected=() if right is None else ("Porto",),
        said="It broke out in Porto. [1]",
        short="Porto",
        declined=declined,
        right=right,
        as_expected=as_expected,
        confidence=0.8,
        seconds=0.25,
        error=None,
        lost_at=None if as_expected else "answered" if right is None else "reading",
        evidence=() if right is None else (place(),),
        evidence_rank=None if right is None else 2,
        cited=() if declined else (place("broke out"),),
        parts=parts,
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


CASES = (
    case("g1"),
    case("g2", right=False, history=("What burned?",), confidence=0.4),
    case("g3", right=None, declined=True, kind="unanswerable", confidence=0.1),
    case("g4", right=None, kind="unanswerable", confidence=0.6),
    case("g5", right=False, declined=True, kind="place", lost_at="abstention", withheld="In Porto.", confidence=0.2),
)


def record(*cases: Case, pins: dict[str, str] = PINS, title: str = "Five questions") -> Record:
    kinds = tuple(dict.fromkeys(c.kind for c in cases))
    return build_record(title, cases, measures=MEASURES, kinds=kinds, pins=pins, notes={"machine": "a small one"})


class Page(HTMLParser):
    """What a browser would make of the page: elements with their attributes, and the words between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    def of_class(self, name: str) -> list[dict[str, str]]:
        return [attributes for _, attributes in self.elements if name in attributes.get("class", "").split()]


def test_the_page_says_what_was_measured() -> None:
    page = Page(render_page(record(*CASES)))
    assert "5 questions of 3 kinds: 3 that the articles answer, 2 that they do not." in page.text
    assert "a small one" in page.text
    assert "aaaaaaaaaaaa" in page.text and "a" * 13 not in page.text


def test_every_miss_is_there_once_and_nothing_else_is_called_one() -> None:
    misses = [attributes["id"] for attributes in Page(render_page(record(*CASES))).of_class("miss")]
    assert sorted(misses) == ["q-g2", "q-g4", "q-g5"]


def test_what_went_as_expected_is_there_too() -> None:
    cases = Page(render_page(record(*CASES))).of_class("case")
    assert sorted(attributes["id"] for attributes in cases) == ["q-g1", "q-g2", "q-g3", "q-g4", "q-g5"]


def test_stages_are_counted_and_lead_to_their_misses() -> None:
    html = render_page(record(*CASES))
    counts = re.findall(r'<span class="stage">(?:<a href="#lost-\w+">)?(\w+).*?<span class="count">(\d+)</span>', html)
    expected = {"reading": "1", "abstention": "1", "answered": "1"}
    assert counts == [(stage, expected.get(stage, "0")) for stage in STAGES]
    assert {"lost-reading", "lost-abstention", "lost-answered"} <= set(Page(html).ids)


def test_a_miss_without_a_stage_is_not_lost() -> None:
    page = Page(render_page(record(case("g1", right=False, lost_at=None))))
    assert len(page.of_class("miss")) == 1
    assert "lost-unplaced" in page.ids


@pytest.mark.parametrize("other", [None, record(*CASES)])
def test_ids_are_unique_and_every_link_leads_to_one(other: Record | None) -> None:
    twice = (*CASES, CASES[1], case("g 2", right=False), case("g/2", right=False))
    page = Page(render_page(record(*twice), other=other))
    assert [name for name, n in Counter(page.ids).items() if n > 1] == []
    links = {attributes["href"] for tag, attributes in page.elements if tag == "a"}
    assert links <= {f"#{name}" for name in page.ids}


def test_a_miss_links_to_the_source_span_and_what_was_cited() -> None:
    html = render_page(record(*CASES))
    links = re.findall(r'<a href="#(q-g2\.[ec]1)"><bdi>fire.txt</bdi> ([\d,–]+)</a>', html)
    assert links == [("q-g2.e1", "1,013–1,021"), ("q-g2.c1", "1,013–1,022")]
    around = "…A fire broke out <mark>in Porto</mark> on Monday.…"
    assert re.search(rf'id="q-g2\.e1".*?{re.escape(around)}', html)


def hostile() -> Record:
    spans = (Place(NASTY, 0, 3, NASTY, NASTY, NASTY),)
    bad = case(NASTY, right=False, kind=NASTY, question=NASTY, history=(NASTY,), expected=(NASTY,), said=NASTY)
    bad = replace(bad, short=NASTY, evidence=spans * 4, cited=spans, withheld=NASTY, error=NASTY)
    good = case("good", question=NASTY, said=NASTY, cited=spans)
    hard = record(bad, good, title=NASTY, pins={NASTY: NASTY})
    return replace(hard, notes={NASTY: NASTY})


def hostile_page() -> str:
    other = replace(hostile(), cases=tuple(replace(c, as_expected=not c.as_expected) for c in hostile().cases))
    return render_page(hostile(), other=replace(other, pins={"gold": NASTY}))


def test_what_an_article_says_is_text_and_nothing_else() -> None:
    page = Page(hostile_page())
    assert [tag for tag, _ in page.elements if tag in ("img", "link", "iframe", "object", "base", "form")] == []
    assert sum(tag == "script" for tag, _ in page.elements) == 1
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []
    assert "<script>alert(1)</script>" in page.text


def test_controls_and_direction_overrides_are_taken_out() -> None:
    html = hostile_page()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)


def test_the_page_names_nothing_outside_itself() -> None:
    html = hostile_page()
    page = Page(html)
    without_script = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"https?:|url\(|@import", without_script)
    for _, attributes in page.elements:
        assert not {"src", "srcset", "action", "data", "poster", "style"} & attributes.keys()
        assert attributes.get("href", "#").startswith("#")


def test_only_the_page_s_own_style_and_script_may_be_used() -> None:
    html = hostile_page()
    policy = next(a["content"] for _, a in Page(html).elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_a_broken_law_is_said_first_and_names_its_questions() -> None:
    parts = {**CASES[0].parts, "citation_exact": Part(1, 2)}
    html = render_page(record(replace(CASES[0], parts=parts), *CASES[1:]))
    assert 'A law is broken: Citations exact.</b> In <a href="#q-g1">g1</a>.' in html
    assert html.count('<div class="tile broken">') == 1
    assert html.count('<tr class="broken">') == 1


def test_laws_that_hold_raise_no_alarm() -> None:
    assert 'class="alarm"' not in render_page(record(*CASES))


def test_a_floor_that_is_broken_is_said() -> None:
    baseline = replace(pin(record(*CASES), None), floors={"right": 0.9, "as_expected": 0.1})
    page = Page(render_page(record(*CASES), baseline=baseline))
    assert "1 floor is broken. Right 0.333, floor 0.90." in page.text


def many(right: int, of: int = 40) -> Record:
    return record(*(case(f"g{i}", right=i < right) for i in range(of)))


@pytest.mark.parametrize(
    ("now", "then", "word"), [(40, 10, "better"), (10, 40, "worse"), (20, 21, "within chance"), (20, 20, "unchanged")]
)
def test_a_difference_from_the_baseline_is_called_what_its_interval_says(now: int, then: int, word: str) -> None:
    html = render_page(many(now), baseline=pin(many(then), None))
    assert re.findall(r'Right<small>.*?<span class="verdict \w+">([\w ]+)</span>', html)[0] == word


def test_a_baseline_of_other_articles_is_not_passed_over() -> None:
    baseline = pin(record(*CASES, pins={**PINS, "articles": "c" * 64}), None)
    assert "measured on something else: articles (cccccccccccc there, bbbbbbbbbbbb here)" in render_page(
        record(*CASES), baseline=baseline
    )


def test_the_run_s_own_place_on_the_curve_counts_answers_to_unanswerable_questions_as_wrong() -> None:
    text = Page(render_page(record(case("a"), case("b"), case("c", right=None), case("d", right=None)))).text
    assert "as run: 100.0% answered, 50.0% of them wrong" in text


def test_declined_questions_are_left_off_the_curve_unless_it_is_known_what_they_would_have_said() -> None:
    told = case("a", right=False, declined=True, withheld="Lisbon.", parts={"would_be_right": Part(0, 1)})
    untold = case("b", right=False, declined=True)
    text = Page(render_page(record(told, untold, case("c")))).text
    assert "Over 2 questions, 1 of them answered in this run." in text
    assert "1 declined question cannot be placed" in text
    assert "as run: 50.0% answered, 0.0% of them wrong" in text


def test_two_runs_stand_side_by_side() -> None:
    then = (
        CASES[0],
        case("g2"),
        replace(CASES[2], declined=False, as_expected=False, lost_at="answered"),
        case("only"),
    )
    page = Page(render_page(record(*CASES), other=record(*then, title="The run before")))
    assert "Lost there, as expected here 1" in page.text
    assert "As expected there, lost here 1" in page.text
    assert "3 questions shared; differences are over those. 2 are only in this run, 1 only in the other." in page.text
    assert "Both were measured on the same questions, articles, settings and models." in page.text


def test_two_runs_of_other_things_are_not_passed_off_as_comparable() -> None:
    html = render_page(record(*CASES), other=record(*CASES, pins={"gold": "a" * 64, "reader": "d" * 64}))
    assert "The two runs were not measured on the same things: articles" in html
    assert "reader (dddddddddddd there, none here)" in html


BARE = case(
    "g", right=False, confidence=None, evidence=(), cited=(), evidence_rank=None, parts={}, said="", question=""
)


@pytest.mark.parametrize(
    "cases",
    [(), CASES[:1], (CASES[1],), (BARE,), (replace(BARE, seconds=0.0), CASES[0]), CASES[:1] * 5],
    ids=["none", "one right", "one wrong", "bare", "no time", "all the same"],
)
@pytest.mark.parametrize("against", [None, pin(record(*CASES), None), Baseline({}, {}, {"right": 0.5}, {})])
def test_any_record_makes_a_page(cases: tuple[Case, ...], against: Baseline | None) -> None:
    html = render_page(record(*cases), baseline=against, other=record(*cases[:1]))
    assert "nan" not in Page(html).text.lower().split()
    assert len(Page(html).of_class("case")) == len(cases)


def test_fifteen_hundred_questions_fit_in_a_few_megabytes() -> None:
    long = tuple(
        replace(CASES[i % 5], id=f"g{i}", said="word " * 60, evidence=(place("word " * 30),)) for i in range(1500)
    )
    assert len(render_page(record(*long)).encode()) < 5_000_000


def test_the_report_is_the_run_and_its_page(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "today"
    page = write_report(folder, record(*CASES))
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", "run.json"]
    assert page.read_text(encoding="utf-8") == render_page(record(*CASES))
    assert load_record(folder / "run.json").cases == CASES


def test_a_report_replaces_an_earlier_one(tmp_path: Path) -> None:
    write_report(tmp_path, record(*CASES))
    write_report(tmp_path, record(CASES[0]))
    assert len(load_record(tmp_path / "run.json").cases) == 1


def test_a_file_is_no_place_for_a_report(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="out"):
        write_report(tmp_path / "out", record(*CASES))
    assert (tmp_path / "out").read_text() == "mine"
