from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answer import Abstention, Answer, Citation, NearPassage, Provenance, Statement, Tally
from app.render import (
    find_reference,
    render_answer_html,
    render_answer_markdown,
    render_answer_terminal,
    render_conversation_html,
    render_error_html,
    render_statements_html,
    render_welcome_html,
)
from ingest.article import Article, Passage, PublicationDate, Span, normalise_space
from store import Filters, Hit

PROVENANCE = Provenance(1, "e", "r", "s", "extractive", dt.date(2024, 1, 1))
QUOTE = "The vote was\n11 to 4."
CITATION = Citation(
    1, "bridge.txt", 10, 10 + len(QUOTE), QUOTE, "Bridge", "Courier", dt.date(2021, 3, 9), "byline", "id"
)
STATEMENT = Statement("The vote was 11 to 4.", (1,), "verbatim")
UGLY = (
    'It\'s "so" & &amp; '
    "<img src=http://evil.example/a.png> [a](javascript:b) ![c](http://evil.example/d) `e` **f** www.evil.example $$g$$"
)


def an_answer(
    *statements: Statement,
    citations: tuple[Citation, ...] = (CITATION,),
    hits: tuple[Hit, ...] = (),
    query: str = "how did they vote?",
    short: str | None = "11 to 4",
    abstention: Abstention | None = None,
) -> Answer:
    if abstention:
        statements, citations, short = (), (), None
    return Answer(
        "how did they vote?", query, short, statements or (() if abstention else (STATEMENT,)), citations, hits,
        Filters(), 0.824, abstention, PROVENANCE,
    )  # fmt: skip


def a_hit(rank: int, start: int, text: str = "Some passage.", article_id: str = "id") -> Hit:
    article = Article(
        article_id, (f"{article_id}.txt",), None, None, (), PublicationDate(None, "none"), (Span(0, 500),), "f"
    )
    return Hit(Passage(rank, article_id, start, start + len(text), text), article, 1.0, rank)


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.data = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.data += data


OURS = {"div", "p", "span", "a", "ul", "ol", "li", "details", "summary", "q", "article", "h2", "button"}
ATTRIBUTES = {"class", "href", "title", "role", "aria-label", "aria-live", "type"}


def all_html(text: str) -> str:
    """Every HTML function with `text` wherever a stranger's words can stand."""
    words = text if text.strip() else "x"
    citation = Citation(1, text, 0, len(words), words, text, text, None, text or "b", "id")
    tally = Statement(words, (), "supported", Tally(words, words, 1, ((text, 0, 1),)))
    hit = a_hit(1, 400, words, "other")
    answer = an_answer(
        Statement(words, (1,), "verbatim"), tally, citations=(citation,), hits=(hit,), query=text, short=text
    )
    near = NearPassage(text, 0, 1, text, text)
    declined = an_answer(abstention=Abstention(words, text, (near,)), hits=(hit,))
    replies = [render_answer_html(answer, 1), render_answer_html(declined, 2), render_error_html(text)]
    return render_conversation_html([(text, reply) for reply in replies]) + render_welcome_html([text])


@given(
    st.text(st.sampled_from("<>\"'&=/ ab:[]()!`*$\n\r\\\x00\u202e"), max_size=40) | st.just(UGLY) | st.text(max_size=40)
)
def test_no_words_of_a_stranger_become_an_element_an_attribute_or_an_address(text: str) -> None:
    page = Elements(all_html(text))
    assert page.tags <= OURS
    assert page.attributes <= ATTRIBUTES
    assert all(re.fullmatch(r"#[chpt]-\d+-\d+", link) for link in page.links)


@given(st.just(UGLY) | st.text(st.characters(exclude_categories=["C"]), min_size=1))
def test_strange_words_are_shown_as_they_are(text: str) -> None:
    assert Elements(render_error_html(text)).data == "That did not work" + normalise_space(text)


def test_links_of_different_turns_differ() -> None:
    first, second = (set(Elements(render_answer_html(an_answer(), turn)).links) for turn in (1, 2))
    assert first == {"#c-1-1"}
    assert second == {"#c-2-1"}


def test_markers_are_not_links_while_the_answer_is_still_growing() -> None:
    page = Elements(render_statements_html([STATEMENT]))
    assert "[1]" in page.data
    assert page.links == []


def test_a_statement_carries_its_marker_and_badge_and_the_chip_names_the_article() -> None:
    data = Elements(render_answer_html(an_answer(), 1)).data
    assert "The vote was 11 to 4. [1] verbatim" in data
    assert "[1] Bridge · Courier · 9 March 2021" in data
    assert "Confidence 82%" in data


def test_an_unsure_answer_says_so_and_has_no_short_answer_on_top() -> None:
    unsure = replace(an_answer(), confidence=0.12)
    page = Elements(render_answer_html(unsure, 1)).data
    assert "Unsure (12%)" in page
    assert "11 to 4." in page
    for text in (render_answer_terminal(unsure), render_answer_markdown(unsure)):
        assert "Unsure (12%)" in text
        assert "**" not in text


def test_two_citations_of_one_article_share_a_chip() -> None:
    second = Citation(2, "bridge.txt", 50, 53, "Yes", "Bridge", "Courier", None, "b", "id")
    answer = an_answer(STATEMENT, Statement("Yes", (2,), "verbatim"), citations=(CITATION, second))
    html = render_answer_html(answer, 1)
    assert html.count("dl-credit") == 1
    assert "[1][2] Bridge" in Elements(html).data


def test_hits_that_were_cited_are_not_listed_again() -> None:
    html = render_answer_html(an_answer(hits=(a_hit(1, 5), a_hit(2, 300))), 1)
    assert "also retrieved (1)" in html
    assert Elements(html).links.count("#h-1-1") == 1


def test_the_query_is_shown_when_it_differs_from_the_question() -> None:
    assert "Searched for" not in render_answer_html(an_answer(), 1)
    assert "Searched for: bridge vote" in Elements(render_answer_html(an_answer(query="bridge vote"), 1)).data


def test_an_abstention_says_why_what_was_searched_and_that_the_nearest_is_no_answer() -> None:
    near = NearPassage("a.txt", 0, 9, "It rained.", None)
    html = render_answer_html(an_answer(abstention=Abstention("Nothing on it.", "the height", (near,))), 3)
    data = Elements(html).data
    for words in ("The articles do not say", "Nothing on it.", "the height", "Not an answer", "It rained."):
        assert words in data
    assert Elements(html).links == ["#p-3-1"]
    assert "Confidence" not in data


def test_a_tally_lists_where_it_was_counted() -> None:
    tally = Tally("articles on the bridge", "5 articles", 2, (("a.txt", 1, 2), ("b.txt", 3, 4)))
    answer = an_answer(Statement("2 articles.", (), "supported", tally), citations=())
    html = render_answer_html(answer, 1)
    assert Elements(html).links == ["#t-1-1", "#t-1-2"]
    reference = find_reference(answer, "t", 2)
    assert reference is not None
    assert (reference.source, reference.span) == ("b.txt", Span(3, 4))


@pytest.mark.parametrize(("letter", "number"), [("c", 0), ("c", 2), ("h", 1), ("p", 1), ("t", 1), ("x", 1)])
def test_a_link_that_the_answer_does_not_have_leads_nowhere(letter: str, number: int) -> None:
    assert find_reference(an_answer(), letter, number) is None


def test_a_citation_knows_the_other_cited_words_of_its_article() -> None:
    second = Citation(2, "bridge.txt", 50, 53, "Yes", None, None, None, "b", "id")
    third = Citation(3, "other.txt", 50, 53, "Yes", None, None, None, "b", "other")
    statements = (STATEMENT, Statement("Yes", (2,), "verbatim"), Statement("Yes", (3,), "verbatim"))
    reference = find_reference(an_answer(*statements, citations=(CITATION, second, third)), "c", 1)
    assert reference is not None
    assert (reference.span, reference.quote, reference.also) == (Span(10, 31), QUOTE, (Span(50, 53),))


def test_the_terminal_gets_plain_words_and_numbered_sources() -> None:
    assert render_answer_terminal(an_answer()).splitlines() == [
        "11 to 4",
        "",
        "The vote was 11 to 4. [1]",
        "",
        "Sources",
        "  [1] Bridge · Courier · 9 March 2021",
        "      bridge.txt 10:31",
        "",
        "Confidence 82%",
    ]


@given(st.text(st.sampled_from("ab\x1b[]0;31m\x07\x9b\u202e\u2066\r\b\x7f\x00"), max_size=30))
def test_nothing_steers_the_terminal(text: str) -> None:
    declined = an_answer(abstention=Abstention("x" + text, text, (NearPassage("n" + text, 0, 1, text, None),)))
    printed = render_answer_terminal(an_answer(query=text, short=text)) + render_answer_terminal(declined)
    assert not set(printed) & set("\x1b\x07\x9b\u202e\u2066\r\b\x7f\x00")


def test_a_terminal_sequence_goes_whole() -> None:
    red = Statement("\x1b[31mred\x1b[0m \x1b]0;title\x07words", (1,), "verbatim")
    assert "red words [1]" in render_answer_terminal(an_answer(red))


def test_markdown_quotes_and_numbers_and_escapes() -> None:
    markdown = render_answer_markdown(an_answer(Statement(UGLY, (1,), "verbatim")))
    assert "&#60;img src=http&#58;//evil.example/a.png&#62; &#91;a&#93;(javascript:b)" in markdown
    assert "www&#46;evil" in markdown
    assert "\\[1\\] Bridge · Courier · 9 March 2021, bridge.txt, characters 10 to 31" in markdown


def test_markdown_of_an_abstention_marks_the_nearest_as_no_answer() -> None:
    near = NearPassage("a.txt", 0, 9, "It rained.", None)
    markdown = render_answer_markdown(an_answer(abstention=Abstention("Nothing on it.", "q", (near,))))
    assert markdown.startswith("**The articles do not say.** Nothing on it.")
    assert "- Not an answer: It rained. (a.txt)" in markdown


# --- copies ---------------------------------------------------------------------------------------------------------


def test_where_else_the_same_text_lies_is_told_and_is_no_other_source() -> None:
    answer = an_answer(citations=(replace(CITATION, copies=("<b>.txt", "wire.jsonl#3")),))
    page, told = render_answer_html(answer, 1), render_answer_terminal(answer)
    assert "same text in 2 other files" in page
    assert "<b>.txt" not in page
    assert "same text in 2 other files: <b>.txt, wire.jsonl#3" in told
    assert answer.to_dict()["citations"][0]["copies"] == ["<b>.txt", "wire.jsonl#3"]  # type: ignore[index]
