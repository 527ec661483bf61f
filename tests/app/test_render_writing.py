"""What is shown of a language model's part in an answer, wherever answers are shown."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.answer import Answer, Citation, Dropped, Layout, Part, Provenance, Statement, Turn, Writing
from app.ask import AskOptions
from app.conversation import Asked
from app.export import make_document
from app.export_html import Look, render_document_html
from app.export_text import render_export_markdown, render_export_text
from app.render import render_answer_html, render_answer_markdown, render_answer_terminal
from app.wording import writing_words
from store import Filters

QUOTES = ("The vote was 11 to 4.", "The state pays half.")
CITATIONS = tuple(
    Citation(n, "bridge.txt", 40 * n, 40 * n + len(q), q, "Bridge", "Courier", dt.date(2021, 3, 9), "byline", "id")
    for n, q in enumerate(QUOTES, 1)
)
WORDED = Statement("The council voted for it, 11 to 4.", (1,), "supported")
QUOTED = tuple(Statement(q, (n,), "verbatim") for n, q in enumerate(QUOTES, 1))
PLAIN = Answer(
    "how did they vote?", "how did they vote?", "11 to 4", (WORDED,), CITATIONS[:1], (), Filters(), 0.82, None,
    Provenance(1, "e", "r", "s", "llm:SmolLM2", dt.date(2024, 1, 1), "d" * 16),
)  # fmt: skip
WRITING = Writing(
    "SmolLM2", "on this machine, port 8080", True, "d" * 16, tokens_in=1093, tokens_out=20, first_statement_s=2.31,
    seconds=4.0, n_said=3, n_dropped=2,
)  # fmt: skip
DROPPED = (Dropped("Iceland paid for it.", "“Iceland” is not in quote [1]"), Dropped("Why?", "it is a question"))
INSTEAD = "The language model on this machine cannot be reached. This is the answer in the articles' own words."
FELL_BACK = replace(WRITING, fell_back=INSTEAD, first_statement_s=None, tokens_in=None, tokens_out=None, n_dropped=3)


def worded(writing: Writing = WRITING) -> Answer:
    """An answer of one statement, a model's."""
    return replace(PLAIN, writing=writing)


def in_parts(layout: Layout = "timeline", *, quoted: tuple[Statement, ...] = QUOTED) -> Answer:
    """A model's statement, and the quoted sentences that the parts rest on behind it."""
    parts = tuple(Part(s.text, s.markers, day=dt.date(2021, 3, 9)) for s in QUOTED)
    answer = replace(PLAIN, short=None, statements=(WORDED, *quoted), citations=CITATIONS, layout=layout, parts=parts)
    return replace(answer, writing=WRITING)


class Elements(HTMLParser):
    """Tags, classes and words of a page, and what is struck through in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.data = ""
        self.struck: list[str] = []
        self.folded = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.struck += [""] if tag == "s" else []
        if tag not in ("input", "br"):
            self.open.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.data += data
        within = [tag for tag, _ in self.open]
        if "s" in within:
            self.struck[-1] += data
        if "details" in within:
            self.folded += data


def exported(answer: Answer) -> tuple[str, str, str]:
    """As Markdown, as HTML and as plain text."""
    asked = Asked(Turn(answer.question, answer), AskOptions())
    document = make_document("Votes", [(asked, None)], made=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    return render_export_markdown(document), render_document_html(document, Look()), render_export_text(document)


# --- who worded it, and what that cost ------------------------------------------------------------------------------


def test_who_worded_it_where_what_was_left_out_and_the_cost_are_told() -> None:
    lines = (
        "Worded by SmolLM2 on this machine, port 8080",
        "2 of its 3 statements were left out: their quotes do not bear them out",
        "1,093 tokens in, 20 out; first statement after 2.3 s",
    )
    assert writing_words(worded()) == lines
    page, told, marked = (f(worded()) for f in (lambda a: render_answer_html(a, 1), *TEXTS))
    for words in lines:
        assert words in Elements(page).data
        assert words in told.splitlines()
        assert words.replace("'", "&#39;") in marked


TEXTS = (render_answer_terminal, render_answer_markdown)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_said": 2, "n_dropped": 1}, "1 of its 2 statements was left out: its quotes do not bear it out"),
        ({"tokens_in": None}, "20 tokens out; first statement after 2.3 s"),
        ({"tokens_out": None}, "1,093 tokens in; first statement after 2.3 s"),
        ({"tokens_in": 1, "tokens_out": 1}, "1 token in, 1 out; first statement after 2.3 s"),
        ({"tokens_in": None, "tokens_out": None}, "first statement after 2.3 s"),
        (
            {"place": "at api.example.com", "is_local": False},
            "Worded by SmolLM2 at api.example.com, where quotes from the articles were sent",
        ),
    ],
)
def test_what_is_not_known_is_not_told(change: dict[str, object], words: str) -> None:
    assert words in writing_words(worded(replace(WRITING, **change)))  # type: ignore[arg-type]


def test_nothing_is_said_of_what_was_left_out_where_nothing_was() -> None:
    assert "left out" not in render_answer_html(worded(replace(WRITING, n_said=1, n_dropped=0)), 1)


def test_an_answer_that_no_model_was_asked_for_says_nothing_of_it() -> None:
    assert writing_words(PLAIN) == ()
    plain = replace(PLAIN, statements=QUOTED[:1])
    for words in (render_answer_html(plain, 1), *(f(plain) for f in TEXTS), *exported(plain)):
        assert "Worded" not in words
        assert "dl-worded" not in words


# --- a model's statements -------------------------------------------------------------------------------------------


def test_a_worded_statement_has_its_markers_and_says_that_it_is_supported() -> None:
    data = Elements(render_answer_html(worded(), 1)).data
    assert "The council voted for it, 11 to 4. [1] supported" in data
    assert "not word for word, but the cited words say it" in data


@pytest.mark.parametrize("layout", ["list", "differing", "readings", "comparison", "timeline"])
def test_in_an_answer_in_parts_it_stands_above_them_and_is_never_folded(layout: Layout) -> None:
    answer = in_parts(layout)
    page = render_answer_html(answer, 1)
    assert page.index("The council voted for it") < page.index('<span class="dl-item">')
    elements = Elements(page)
    assert "The council voted for it" not in elements.folded
    assert "Word for word (2)" in elements.folded  # the quotations behind the parts, as without a model
    assert elements.data.count(WORDED.text) == 1
    for told in (f(answer) for f in TEXTS):
        assert told.index("The council voted for it") < told.index("The vote was 11 to 4.")
        assert told.count("The council voted for it") == 1


def test_quotations_that_the_parts_do_not_show_are_not_folded_either() -> None:
    answer = in_parts(quoted=(*QUOTED, Statement("Another sentence.", (2,), "verbatim")))
    elements = Elements(render_answer_html(answer, 1))
    assert "Word for word" not in elements.data
    assert "Another sentence." not in elements.folded


def test_a_part_is_attributed_as_its_quotations_are_whatever_a_model_said_of_them() -> None:
    quoted = tuple(replace(s, attribution="the mayor") for s in QUOTED)
    assert "according to the mayor" in render_answer_html(in_parts("list", quoted=quoted), 1)


def test_only_quotations_are_set_as_quotations() -> None:
    answer = in_parts()
    markdown = render_answer_markdown(answer).splitlines()
    assert "The council voted for it, 11 to 4. \\[1\\]" in markdown
    assert "> The vote was 11 to 4. \\[1\\]" in markdown
    saved, page, text = exported(answer)
    assert "The council voted for it, 11 to 4.[^1]" in saved.splitlines()
    assert "> The vote was 11 to 4.[^1]" in saved.splitlines()
    assert '<p class="dl-worded"><bdi>The council voted for it, 11 to 4.</bdi>' in page
    assert "<blockquote><p><bdi>The vote was 11 to 4.</bdi>" in page
    assert "The council voted for it, 11 to 4. [1]" in text.splitlines()


def test_exports_say_in_one_line_whose_words_they_are() -> None:
    told = (
        "Worded by SmolLM2 on this machine, port 8080 · 2 of its 3 statements were left out: their quotes do not bear "
        "them out · 1,093 tokens in, 20 out; first statement after 2.3 s"
    )
    saved, page, text = exported(worded())
    assert told in saved.splitlines()
    assert f'<p class="dl-note"><bdi>{told}</bdi></p>' in page
    assert told in text.splitlines()


# --- where it was not worded ----------------------------------------------------------------------------------------


def test_why_the_answer_is_quoted_all_the_same_stands_above_it_and_the_answer_is_whole() -> None:
    answer = replace(PLAIN, statements=QUOTED[:1], writing=FELL_BACK)
    page = render_answer_html(answer, 1)
    data = Elements(page).data
    assert data.index(INSTEAD) < data.index("The vote was 11 to 4. [1] verbatim")
    assert '<p class="dl-fell-back" role="note">' in page
    assert "dl-error" not in page
    assert "Worded by" not in data
    assert "Asked to word it: SmolLM2 on this machine, port 8080" in data
    assert "left out" not in data
    lines = render_answer_terminal(answer).splitlines()
    assert lines[:3] == [INSTEAD, "", "11 to 4"]
    assert render_answer_markdown(answer).splitlines()[0] == INSTEAD.replace("'", "&#39;")
    for words in exported(answer):
        assert "cannot be reached" in words


def test_parts_and_folds_are_as_without_a_model_where_it_was_not_worded() -> None:
    answer = replace(in_parts(), statements=QUOTED)
    without = render_answer_html(replace(answer, writing=None), 1)
    fell_back = render_answer_html(replace(answer, writing=FELL_BACK), 1)
    for told in (r'<p class="dl-fell-back".*?</p>', r'<p class="dl-worded-by">.*?</p>'):
        fell_back = re.sub(told, "", fell_back)
    assert fell_back == without


# --- what was left out, where that is to be seen --------------------------------------------------------------------


def test_what_was_left_out_is_struck_through_with_its_reason_and_read_out_as_that() -> None:
    elements = Elements(render_answer_html(worded(replace(WRITING, dropped=DROPPED)), 1))
    assert elements.struck == ["Iceland paid for it.", "Why?"]
    assert "left out: Iceland paid for it. “Iceland” is not in quote [1]" in elements.data
    assert elements.folded.count("Iceland") == 0
    told, marked = (f(worded(replace(WRITING, dropped=DROPPED))) for f in TEXTS)
    assert "Left out: Iceland paid for it. (“Iceland” is not in quote [1])" in told.splitlines()
    assert "Left out: ~~Iceland paid for it.~~ (“Iceland” is not in quote &#91;1&#93;)" in marked.splitlines()


def test_what_was_left_out_is_seen_too_where_all_of_it_was() -> None:
    answer = replace(PLAIN, statements=QUOTED[:1], writing=replace(FELL_BACK, dropped=DROPPED))
    elements = Elements(render_answer_html(answer, 1))
    assert elements.struck == ["Iceland paid for it.", "Why?"]
    assert elements.data.index("The vote was 11 to 4. [1]") < elements.data.index("Iceland paid")


# --- hostile --------------------------------------------------------------------------------------------------------

OURS = {"div", "p", "span", "a", "ul", "li", "details", "summary", "q", "button", "s", "section", "h3", "ol", "time"}
OURS |= {"form", "input", "figure", "svg", "line", "circle", "text", "title", "figcaption", "b"}


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from("<>\"'&=/ ab:[]()!`*~$\n\r\\\x00\x1b\u202e"), max_size=40) | st.text(max_size=30))
def test_no_words_of_a_model_or_of_its_server_become_an_element_or_steer_a_terminal(text: str) -> None:
    words = text if text.strip() else "x"
    writing = replace(
        WRITING, model=text, place=text, fell_back=None, dropped=(Dropped(text, text),), n_said=2, n_dropped=1
    )
    said = replace(in_parts(), statements=(replace(WORDED, text=words), *QUOTED), writing=writing)
    for answer in (said, replace(said, statements=QUOTED, writing=replace(writing, fell_back=words))):
        elements = Elements(render_answer_html(answer, 1))
        assert elements.tags <= OURS
        assert not any(name.startswith("on") for name in elements.attributes)
        printed = render_answer_terminal(answer)
        assert not set(printed) & set("\x1b\x07\x9b\u202e\u2066\r\b\x7f\x00")
        assert not re.search(r"<[a-z/!]", render_answer_markdown(answer))
