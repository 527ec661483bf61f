from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.answer import Answer, Citation, Statement, Turn
from app.answer_json import answer_from_dict
from app.ask import AskOptions
from app.conversation import Asked, Failure
from app.export import Document, make_document, render_export_json
from app.export_html import Look, find_surrounding, page_style, render_document_html
from app.export_text import markdown, render_export_markdown, render_export_text
from app.web.shared import document_style
from ingest.article import Article, PublicationDate, Span
from tests.app.invented_answers import HOSTILE, answers
from tests.app.test_answer_json import SCRIPTED
from tests.app.test_render import UGLY, Elements, an_answer
from tests.browser.invented_archive import ARTICLES, FERRY, REPEATED, SECOND_TIME, scripted_answer

NOON = dt.datetime(2024, 5, 1, 12, 0, tzinfo=dt.UTC)
# What a dialect makes links of by itself is on.
COMMONMARK = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"])
SPECIALS = (
    "- a list", "+ more", "* stars", "1. first", "12) twelfth", "# heading", "> quote", "---", "***", "===", "`code`",
    "```", "~~~", "| a | b |", "[^1]: no note", "[a]: http://evil.example", "![i](x)", "[l](x)", "<b>", "<!-- c -->",
    "&lt;b&gt;", "\\*", "a\\", "**bold**", "_em_", "$$m$$", "http://evil.example/_a_", "www.evil.example",
    "mail@evil.example", "<http://evil.example>", ":smile:", ": definition", "    indented", "`` ` ``@x", "@`x`",
    "a``b://`",
)  # fmt: skip


def document(*told: Asked | Failure, title: str = "Of ferries") -> Document:
    return make_document(title, [(t, NOON) for t in told], made=NOON)


def asked(answer: Answer) -> Asked:
    return Asked(Turn(answer.question, answer), AskOptions())


def scripted(question: str) -> Asked:
    return asked(scripted_answer(question, (), AskOptions()))


def shown_as(md: str) -> tuple[set[str], str]:
    """The kinds of tokens that CommonMark makes of it, and its text."""
    kinds: set[str] = set()
    told = ""
    for token in COMMONMARK.parse(md):
        for t in (token, *(token.children or ())):
            kinds.add(t.type)
            told += t.content if t.type in ("text", "code_inline") else ""
    return kinds, told


def test_a_citation_of_several_turns_has_one_footnote() -> None:
    one, two = scripted("Will the ferry sail?"), scripted("Where do reports differ?")
    made = document(one, two, one)
    assert [t.numbers for t in made.told] == [{1: 1, 2: 2, 3: 3}, {1: 4, 2: 5, 3: 3}, {1: 1, 2: 2, 3: 3}]
    assert [f.number for f in made.footnotes] == [1, 2, 3, 4, 5]
    for rendered in (render_export_markdown(made), render_export_text(made)):
        assert rendered.count("characters") == 5
    assert re.findall(r"^\[\^(\d+)\]: ", render_export_markdown(made), re.MULTILINE) == ["1", "2", "3", "4", "5"]
    assert set(re.findall(r"\[\^(\d+)\](?!:)", render_export_markdown(made))) == {"1", "2", "3", "4", "5"}
    assert render_document_html(made, Look()).count('id="note-') == 5


def test_a_footnote_has_the_quote_in_full_and_where_it_stands() -> None:
    made = document(scripted("Will the ferry sail?"))
    start, end = SECOND_TIME.start, SECOND_TIME.end
    for rendered in (render_export_markdown(made), render_export_text(made)):
        assert f"“{REPEATED}”" in rendered
        assert f"{FERRY}" in rendered
        assert f"characters {start:,} to {end:,}" in rendered
        assert "Storm keeps the Lerwick ferry in port · Island News · date not known" in rendered


@pytest.mark.parametrize("question", SCRIPTED)
def test_every_layout_is_told_in_every_form(question: str) -> None:
    entry = scripted(question)
    answer = entry.turn.answer
    made = document(entry)
    told = shown_as(render_export_markdown(made))[1]
    page = Elements(render_document_html(made, Look())).data
    plain = render_export_text(made)
    for part in answer.parts:
        assert all(part.text in rendered for rendered in (told, page, plain))
    for statement in answer.statements:
        assert all(statement.text in " ".join(rendered.split()) for rendered in (told, page, plain))
    if answer.abstention:
        assert all(answer.abstention.reason in rendered for rendered in (told, page, plain))
        assert all("Not an answer" in rendered for rendered in (told, page, plain))


@pytest.mark.parametrize("special", [*SPECIALS, UGLY, HOSTILE])
def test_whatever_markdown_gives_a_meaning_is_only_text(special: str) -> None:
    words = " ".join(special.split())
    for md in (f"{markdown(special)}\n", f"- {markdown(special)}\n", f"> {markdown(special)}\n"):
        kinds, told = shown_as(md)
        assert not kinds & {
            "link_open", "image", "html_inline", "html_block", "heading_open", "fence", "code_block", "em_open",
            "strong_open", "hr", "table_open", "s_open", "ordered_list_open",
        }  # fmt: skip
        if special != HOSTILE:
            assert told.strip() == words
    assert "bullet_list_open" not in shown_as(markdown(special))[0]


@given(st.text(st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_one_paragraph_of_markdown_that_reads_the_same(text: str) -> None:
    from app.wording import line

    kinds, told = shown_as(markdown(text))
    assert kinds <= {"paragraph_open", "inline", "text", "text_special", "code_inline", "paragraph_close"}
    assert told == line(text)


@pytest.mark.parametrize("address", ["http://evil.example/a", "see www.evil.example.", "ada@evil.example"])
def test_no_dialect_makes_a_link_of_an_address(address: str) -> None:
    assert re.search(r"`[^`]*evil\.example[^`]*`", markdown(address))


@given(st.lists(answers(), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_conversation_can_be_taken_along_and_nothing_in_it_is_live(told: list[Answer]) -> None:
    made = document(*map(asked, told), Failure(HOSTILE, HOSTILE), title=HOSTILE)
    kinds, _ = shown_as(render_export_markdown(made))
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "fence", "code_block", "ordered_list_open"}
    page = Elements(render_document_html(made, Look(about=HOSTILE)))
    assert not page.tags & {"img", "script", "iframe", "form", "button", "svg", "base", "link"}
    assert page.attributes <= {
        "lang", "charset", "name", "content", "http-equiv", "class", "id", "href", "aria-label", "dir",
    }  # fmt: skip
    assert all(link.startswith("#") for link in page.links)
    whole = json.loads(render_export_json(made))
    back = [answer_from_dict(t["answer"]) for t in whole["turns"] if t["answer"]]
    assert [json.dumps(a.to_dict()) for a in back] == [json.dumps(a.to_dict()) for a in told]
    assert render_export_text(made)


def test_hostile_words_are_told_as_they_are() -> None:
    quote = UGLY
    citation = Citation(1, "<b>.txt", 0, len(quote), quote, quote, quote, None, "none", "id")
    answer = replace(an_answer(Statement(quote, (1,), "verbatim", None, quote), citations=(citation,)), question=quote)
    made = document(asked(answer), title=quote)
    page = Elements(render_document_html(made, Look()))
    assert page.data.count(quote) >= 5
    assert "<img" not in render_document_html(made, Look())
    assert shown_as(render_export_markdown(made))[1].count(quote) >= 5


def test_a_single_answer_has_its_question_as_title_once() -> None:
    made = document(scripted("Will the ferry sail?"), title="Will the ferry sail?")
    assert render_export_markdown(made).count("Will the ferry sail?") == 1
    page = render_document_html(made, Look())
    assert page.count("<h1>Will the ferry sail?</h1>") == 1
    assert "<h2>Will the ferry" not in page


def test_an_html_file_asks_nobody_for_anything() -> None:
    page = render_document_html(document(scripted("What did the mayor say?")), Look(style=document_style()))
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert not re.search(r"@import|url\(|<link|<script|src=", page.replace("src=https", ""))
    assert "prefers-color-scheme: dark" in page


def test_a_style_without_colours_by_night_is_an_error() -> None:
    with pytest.raises(ValueError, match="names its colours"):
        page_style(":root { --a: b }", "")


def test_the_surrounding_of_a_quote_is_the_article_without_what_was_left_out() -> None:
    article, text = ARTICLES[FERRY]
    around = find_surrounding(article, text, SECOND_TIME)
    assert "LERWICK (Island News) -- Crews checked the ropes through the night.\n" in around.before
    assert around.after.startswith(" About 140\npassengers")
    assert "Listen Live" not in around.before
    assert "Leave a Comment" not in around.after
    assert not around.cut_before
    assert not around.cut_after


def test_a_long_surrounding_is_cut_and_says_so() -> None:
    text = "a" * 5_000 + "QUOTE" + "b" * 5_000
    article = Article(
        "id", ("a.txt",), None, None, (), PublicationDate(None, "none"), (Span(0, len(text)),), "f"
    )  # fmt: skip
    around = find_surrounding(article, text, Span(5_000, 5_005))
    assert (len(around.before), len(around.after), around.cut_before, around.cut_after) == (2_000, 2_000, True, True)
    citation = Citation(1, "a.txt", 5_000, 5_005, "QUOTE", None, None, None, "none", "id")
    made = document(asked(an_answer(citations=(citation,))))
    page = render_document_html(made, Look(), {1: around})
    assert "<p>…</p><p>aaa" in page
    assert "a<mark>QUOTE</mark>b" in page
