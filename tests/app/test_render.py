from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.answer import Abstention, Answer, Citation, Layout, NearPassage, Part, Provenance, Statement, Tally
from app.ask import AskOptions
from app.render import (
    Example,
    Holdings,
    find_reference,
    render_answer_html,
    render_answer_markdown,
    render_answer_terminal,
    render_conversation_html,
    render_error_html,
    render_statements_html,
    render_welcome_html,
)
from app.render_chips import CHANGES
from app.render_html import render_failure_html
from app.render_tools import TOOLS
from app.render_welcome import holdings_of, render_suggestions_html
from app.times import Timing
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
        self.changes: list[tuple[str, str]] = []
        self.does: set[str] = set()
        self.queries: list[str] = []
        self.classes: list[str] = []
        self.data = ""
        self.values: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.values += [value or "" for name, value in attrs if name == "value"]
        given = {name: value or "" for name, value in attrs}
        self.does |= {given["data-do"]} if "data-do" in given else set()
        self.queries += [given["data-query"]] if "data-query" in given else []
        self.classes += [given["class"]] if "class" in given else []
        if "data-change" in given:
            self.changes.append((given["data-change"], given["data-turn"]))
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.data += data


OURS = {"div", "p", "span", "a", "ul", "ol", "li", "details", "summary", "q", "article", "h2", "button"}
OURS |= {"section", "h3", "time", "form", "input", "b", "figure", "figcaption"}
OURS |= {"svg", "line", "rect", "circle", "text", "title"}
ATTRIBUTES = {
    "class",
    "href",
    "title",
    "role",
    "aria-label",
    "aria-live",
    "type",
    "aria-busy",
    "aria-pressed",
    "datetime",
}
ATTRIBUTES |= {"data-change", "data-turn", "value", "placeholder", "autocomplete"}
ATTRIBUTES |= {"data-do", "data-query", "data-whole", "data-view", "dir"}
ATTRIBUTES |= {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width"}
OUR_CLASS = set("abcdefghijklmnopqrstuvwxyz0123456789- ")
HOLDINGS = Holdings(1203, 2, dt.date(2019, 12, 1), dt.date(2020, 3, 5), 4)
LAYOUTS: tuple[Layout, ...] = ("statements", "list", "differing", "readings", "comparison", "timeline", "count")


def parted(layout: Layout, *parts: Part, answer: Answer | None = None) -> Answer:
    """An answer laid out in parts."""
    return replace(answer or an_answer(), layout=layout, parts=parts)


def in_time(answer: Answer, timing: Timing, *, undated: bool = False, notes: tuple[str, ...] = ()) -> Answer:
    """An answer whose question bounds the time, and the filter that came of it."""
    filters = Filters(timing.first, timing.last, undated=undated)
    return replace(answer, timing=timing, filters=filters, notes=notes)


JANUARY = Timing("", ("in January 2020",), dt.date(2020, 1, 1), dt.date(2020, 1, 31))


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
    part = Part(words, (1,), text, dt.date(2021, 3, 9), text, (text, text), 2, True)
    timing = Timing(text, (text,), dt.date(2020, 1, 1), None, "newest", text, "before")
    told = replace(answer.statements[0], attribution=text)
    note = f"{text} undated not searched"
    for layout in LAYOUTS:
        full = replace(answer, statements=(told, tally), searched=f"5 ({text})")
        earlier = replace(part, day=dt.date(1721, 3, 9))
        full = in_time(parted(layout, earlier, part, replace(part, day=None), answer=full), timing, notes=(text, note))
        chosen = Filters(dt.date(2020, 1, 1), None, sources=(text,))
        for options in (
            *(AskOptions(), AskOptions(times=False), AskOptions(query=text, undated=True)),
            *(AskOptions(sources=(text, text)), AskOptions(filters=chosen), AskOptions(query="how did they vote?")),
        ):
            replies.append(render_answer_html(full, 3, options=options, names={text: text}))
    replies.append(render_statements_html([told, tally]))
    replies.append(render_failure_html(text, 4) + render_failure_html(text, 4, stopped=True))
    examples = [Example(text, text)]
    offered = render_suggestions_html(examples) + render_welcome_html(examples, HOLDINGS)
    return render_conversation_html([(text, reply) for reply in replies]) + offered


@settings(deadline=None, max_examples=60)
@given(
    st.text(st.sampled_from("<>\"'&=/ ab:[]()!`*$\n\r\\\x00\u202e"), max_size=40) | st.just(UGLY) | st.text(max_size=40)
)
def test_no_words_of_a_stranger_become_an_element_an_attribute_or_an_address(text: str) -> None:
    page = Elements(all_html(text))
    assert page.tags <= OURS
    assert page.attributes <= ATTRIBUTES
    assert all(re.fullmatch(r"#[chpt]-\d+-\d+", link) for link in page.links)
    assert {change for change, _ in page.changes} <= {"query", "csv", *CHANGES}
    assert page.does <= {*TOOLS, "words", "view"}
    assert all(set(names) <= OUR_CLASS for names in page.classes)
    assert all(re.fullmatch(r"\d+", turn) for _, turn in page.changes)


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
    plain = render_answer_html(an_answer(), 1)
    assert "Searched for" not in plain
    assert Elements(plain).values == ["how did they vote?"]
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
    assert reference.place is not None
    assert (reference.source, reference.place.span, reference.total) == ("b.txt", Span(3, 4), 2)


@pytest.mark.parametrize(("letter", "number"), [("c", 0), ("c", 2), ("h", 1), ("p", 1), ("t", 1), ("x", 1)])
def test_a_link_that_the_answer_does_not_have_leads_nowhere(letter: str, number: int) -> None:
    assert find_reference(an_answer(), letter, number) is None


def test_a_citation_knows_the_other_cited_words_of_its_article() -> None:
    second = Citation(2, "bridge.txt", 50, 53, "Yes", None, None, None, "b", "id")
    third = Citation(3, "other.txt", 50, 53, "Yes", None, None, None, "b", "other")
    statements = (STATEMENT, Statement("Yes", (2,), "verbatim"), Statement("Yes", (3,), "verbatim"))
    reference = find_reference(an_answer(*statements, citations=(CITATION, second, third)), "c", 1)
    assert reference is not None
    assert reference.place is not None
    assert (reference.place.span, reference.place.quote) == (Span(10, 31), QUOTE)
    assert [(p.key, p.span) for p in reference.also] == [("c-1-2", Span(50, 53))]
    assert (reference.number, reference.total) == (1, 3)


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
        "As of 9 March 2021 (newest article cited)",
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


# --- whose words ----------------------------------------------------------------------------------------------------


def test_what_is_reported_is_never_told_as_a_fact() -> None:
    reported = an_answer(replace(STATEMENT, attribution="a council <member>"))
    page = Elements(render_answer_html(reported, 1)).data
    assert "According to a council <member>: 11 to 4" in page
    assert "[1] according to a council <member> verbatim" in page
    told = render_answer_terminal(reported).splitlines()
    assert told[0] == "According to a council <member>: 11 to 4"
    assert told[2] == "The vote was 11 to 4. [1] (according to a council <member>)"
    assert "According to a council &#60;member&#62;: **11 to 4**" in render_answer_markdown(reported)
    assert "> The vote was 11 to 4. \\[1\\] (according to a council" in render_answer_markdown(reported)


def test_a_part_is_attributed_when_every_statement_it_rests_on_is() -> None:
    second = Citation(2, "other.txt", 50, 53, "Yes", None, None, None, "b", "other")
    statements = (replace(STATEMENT, attribution="the mayor"), Statement("Yes", (2,), "verbatim"))
    answer = an_answer(*statements, citations=(CITATION, second), short=None)
    answer = parted("list", Part("11", (1,)), Part("eleven", (1, 2)), answer=answer)
    items = Elements(render_answer_html(answer, 1)).data
    assert "11 [1] according to the mayor" in items
    assert "eleven [1][2] according" not in items


def test_a_short_answer_that_another_article_says_on_its_own_account_stands_bare() -> None:
    second = Citation(2, "other.txt", 50, 61, "It was 11 t", None, None, None, "b", "other")
    statements = (replace(STATEMENT, attribution="the mayor"), Statement("It was 11 to 4.", (2,), "verbatim"))
    page = Elements(render_answer_html(an_answer(*statements, citations=(CITATION, second)), 1)).data
    assert "According to" not in page


# --- how it was searched --------------------------------------------------------------------------------------------


def test_what_was_read_of_time_is_a_control_that_takes_it_back() -> None:
    page = Elements(render_answer_html(in_time(an_answer(), replace(JANUARY, order="newest")), 4))
    assert "published 1–31 January 2020, newest first ✕" in page.data
    assert page.changes == [("no-times", "4"), ("query", "4")]


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ((2020, 1, 28), (2020, 1, 28), "published 28 January 2020 ✕"),
        ((2020, 1, 28), (2020, 3, 5), "published 28 January – 5 March 2020 ✕"),
        ((2019, 12, 1), (2020, 3, 5), "published 1 December 2019 – 5 March 2020 ✕"),
        ((2019, 12, 1), None, "published since 1 December 2019 ✕"),
        (None, (2020, 3, 5), "published until 5 March 2020 ✕"),
    ],
)
def test_days_are_told_as_people_write_them(
    first: tuple[int, int, int] | None, last: tuple[int, int, int] | None, words: str
) -> None:
    timing = Timing("", (), first and dt.date(*first), last and dt.date(*last))
    assert words in Elements(render_answer_html(in_time(an_answer(), timing), 1)).data


def test_an_event_that_bounds_the_time_is_named_with_its_day() -> None:
    timing = Timing("", ("before the strike",), None, dt.date(2020, 3, 5), None, "the strike", "before")
    assert "published before the strike (until 5 March 2020)" in render_answer_html(in_time(an_answer(), timing), 1)


def test_days_that_did_not_narrow_the_search_are_not_claimed() -> None:
    ignored = replace(in_time(an_answer(), JANUARY), filters=Filters())
    assert "published" not in Elements(render_answer_html(ignored, 1)).data
    assert "published" not in render_answer_terminal(ignored)


def test_undated_articles_that_were_left_out_are_counted_and_offered() -> None:
    answer = in_time(an_answer(), JANUARY, notes=("4 undated articles not searched", "All of them are old."))
    page = Elements(render_answer_html(answer, 1))
    assert "4 undated articles not searched include" in page.data
    assert page.data.count("undated") == 1
    assert "All of them are old." in page.data
    assert ("undated", "1") in page.changes


def test_what_was_changed_is_seen_and_can_be_taken_back() -> None:
    page = Elements(render_answer_html(an_answer(), 1, options=AskOptions(times=False)))
    assert "without the time filter use it again" in page.data
    assert ("times", "1") in page.changes
    with_undated = in_time(an_answer(), JANUARY, undated=True)
    page = Elements(render_answer_html(with_undated, 1, options=AskOptions(undated=True)))
    assert "undated articles included ✕" in page.data
    assert ("dated", "1") in page.changes


def test_the_controls_stand_where_the_page_kept_room_for_them() -> None:
    for html in (render_statements_html([]), render_statements_html([STATEMENT]), render_answer_html(an_answer(), 1)):
        assert re.match(r'<div class="dl-answer[^"]*"><div class="dl-filters"', html)


def test_an_abstention_tells_how_and_what_was_searched() -> None:
    declined = an_answer(abstention=Abstention("Nothing on it.", "5 articles, for: the height"), query="the height")
    notes = ("4 undated articles not searched", "All of them are old.")
    declined = replace(in_time(declined, JANUARY, notes=notes), searched="5 articles (1 dated 2020-01-28, 4 undated)")
    page = Elements(render_answer_html(declined, 1)).data
    for told in (page, render_answer_terminal(declined)):
        for words in ("Searched for: the height", "published 1–31 January 2020", *notes):
            assert words in told
        assert told.count("Searched 5 articles: 1 dated 2020-01-28, 4 undated") == 1


def test_an_answer_says_of_when_it_is() -> None:
    undated = an_answer(citations=(replace(CITATION, published=None),))
    for render in (lambda a: Elements(render_answer_html(a, 1)).data, render_answer_terminal, render_answer_markdown):
        assert "As of 9 March 2021 (newest article cited)" in render(an_answer()).replace("&#40;", "(")
        assert "The date of the article cited is not known" in render(undated)


# --- parts ----------------------------------------------------------------------------------------------------------

OLD = Part("9 to 6", (1,), None, None, None, ("Herald",))
NEW = Part("11 to 4", (1,), None, dt.date(2021, 3, 9), "byline", ("Courier", "Post"), 2, True)


def test_sides_that_differ_are_set_beside_each_other_with_who_says_them_and_when() -> None:
    page = Elements(render_answer_html(parted("differing", NEW, OLD), 1)).data
    assert page.count("11 to 4") == 2  # the side and the statement, and no short answer that takes a side
    assert "Reports differ" in page
    assert "11 to 4 [1] newest" in page
    assert "Courier, Post · 9 March 2021 · 2 independent sources" in page
    assert "Herald · date not known · 1 source" in page
    assert render_answer_terminal(parted("differing", NEW, OLD)).splitlines()[:3] == [
        "Reports differ",
        "  11 to 4 [1]  newest · Courier, Post · 9 March 2021 · 2 independent sources",
        "  9 to 6 [1]   Herald · date not known · 1 source",
    ]


@pytest.mark.parametrize(("layout", "heading"), [("readings", "This can mean"), ("comparison", "Side by side")])
def test_readings_and_compared_sides_carry_their_names(layout: Layout, heading: str) -> None:
    answer = parted(layout, replace(NEW, label="the first vote"), replace(OLD, label="the second"))
    for told in (Elements(render_answer_html(answer, 1)).data, render_answer_terminal(answer)):
        assert heading in told
        assert "the first vote" in told
        assert "the second" in told


def test_a_timeline_has_its_days_in_order_and_says_from_what_they_are_known() -> None:
    answer = parted("timeline", Part("They voted.", (1,), None, dt.date(2021, 3, 9), "“on Tuesday”"), OLD)
    html = render_answer_html(answer, 1)
    assert '<time datetime="2021-03-09">9 March 2021</time>' in html
    assert "“on Tuesday”" in html
    assert "no day known" in html
    assert render_answer_terminal(answer).splitlines()[2:4] == [
        "  9 March 2021  They voted. [1] (“on Tuesday”)",
        "  no day known  9 to 6 [1] (Herald)",
    ]


def test_an_event_of_no_known_day_says_what_is_known_of_it() -> None:
    answer = parted("timeline", replace(OLD, label="in the spring of 2021"), OLD)
    for told in (Elements(render_answer_html(answer, 1)).data, render_answer_terminal(answer)):
        assert told.count("in the spring of 2021") == told.count("no day known") == 1


def test_items_of_different_articles_say_of_which_they_are() -> None:
    told = render_answer_terminal(parted("list", replace(NEW, newest=False), OLD)).splitlines()
    assert told[2:4] == [  # below the short answer
        "  11 to 4 [1]  Courier, Post · 9 March 2021 · 2 independent sources",
        "  9 to 6 [1]   Herald · date not known",
    ]
    assert "Herald" not in render_answer_terminal(parted("list", OLD, OLD))


def test_a_short_answer_that_only_says_the_parts_again_is_left_out() -> None:
    both = replace(parted("list", NEW, OLD), short="11 to 4; 9 to 6")
    assert "11 to 4; 9 to 6" not in render_answer_html(both, 1) + render_answer_terminal(both)
    one = parted("list", NEW)
    assert 'dl-short"' in render_answer_html(one, 1)
    assert 'class="dl-items"' not in render_answer_html(one, 1)


def test_a_short_word_is_not_found_inside_another() -> None:
    known = Statement("The mayor did not know.", (1,), "verbatim")
    said = Statement("No, the clerk said.", (2,), "verbatim", attribution="the clerk")
    second = replace(CITATION, marker=2)
    answer = an_answer(known, said, citations=(CITATION, second), short="No")
    assert render_answer_terminal(answer).startswith("According to the clerk: No\n")


def test_what_a_count_came_to_may_be_a_yes_or_a_table() -> None:
    tally = Tally("articles that name the bridge", "5 articles", 3, (("a.txt", 0, 5),))
    counted = Statement("3 articles name it.", (), "supported", tally)
    answer = replace(an_answer(counted, STATEMENT, short="Yes"), layout="count")
    outlet = Part("Courier", (1,), "2 articles", dt.date(2021, 3, 9), "byline", ("Courier",), 2)
    answer = replace(answer, parts=(outlet, replace(outlet, text="Post", label="1 article", n_sources=1)))
    page = Elements(render_answer_html(answer, 1))
    assert "Yes" in page.data
    assert "Counted 3: articles that name the bridge in 5 articles" in page.data
    assert "Courier [1] 2 articles · 2 independent sources" in page.data
    assert "Post [1] 1 article" in page.data
    assert {"#t-1-1", "#c-1-1"} == set(page.links)
    assert render_answer_terminal(answer).splitlines()[:4] == [
        "Yes",
        "",
        "  Courier [1]  2 articles · 2 independent sources",
        "  Post [1]     1 article",
    ]


def test_each_item_of_a_list_is_cited() -> None:
    answer = parted("list", Part("the <town>", (1,)), Part("the state", (1,)))
    assert (
        Elements(render_answer_html(answer, 1)).links.count("#c-1-1") == 5
    )  # two items, the statement, its source twice
    assert "- the &#60;town&#62; \\[1\\]\n- the state \\[1\\]" in render_answer_markdown(answer)
    assert "  the <town> [1]\n  the state [1]\n" in render_answer_terminal(answer)


def test_statements_that_are_the_parts_word_for_word_are_folded() -> None:
    answer = parted("list", Part(STATEMENT.text, (1,)))
    assert "Word for word (1)" in render_answer_html(answer, 1)
    assert "Word for word (" not in render_answer_html(parted("list", Part("11 to 4", (1,))), 1)


def test_a_count_is_a_number_its_scope_and_the_list_behind_it() -> None:
    spans = tuple((f"{n}.txt", 0, 5) for n in range(120))
    tally = Tally("articles that name the bridge", "5,000 articles", 1203, spans, 7)
    counted = Statement("1,203 articles name the bridge.", (), "supported", tally)
    answer = replace(an_answer(counted, citations=(), short="1,203"), layout="count")
    page = Elements(render_answer_html(answer, 2))
    assert page.data.count("1,203") == 3  # large, in the sentence, and with what was counted
    assert "Counted 1,203: articles that name the bridge in 5,000 articles · 7 independent stories" in page.data
    assert page.links == [f"#t-2-{n}" for n in range(1, 101)]
    assert "and 20 more" in page.data
    assert ("csv", "2") in page.changes
    told = render_answer_terminal(answer)
    assert told.startswith(
        "1,203\n\n1,203 articles name the bridge.\n  Counted 1,203: articles that name the bridge in 5,000"
    )
    assert "and 70 more places (--csv FILE writes all)" in told


@settings(deadline=None)
@given(st.text(st.sampled_from("ab\x1b[]0;31m\x07\x9b\u202e\u2066\r\b\x7f\x00"), max_size=30))
def test_nothing_of_a_part_or_a_note_steers_the_terminal(text: str) -> None:
    part = Part("x" + text, (1,), text, None, text, (text,))
    timing = Timing("", (text,), dt.date(2020, 1, 1), None, None, text, "after")
    tally = Statement("x", (), "supported", Tally("x" + text, "x" + text, 1, (("x" + text, 0, 1),)))
    for layout in LAYOUTS:
        answer = parted(layout, part, answer=an_answer(replace(STATEMENT, attribution=text), tally))
        printed = render_answer_terminal(replace(in_time(answer, timing, notes=(text,)), searched=text))
        assert not set(printed) & set("\x1b\x07\x9b\u202e\u2066\r\b\x7f\x00")


# --- how an answer looks --------------------------------------------------------------------------------------------


def test_each_badge_says_what_it_means_to_those_who_hear_it_and_to_those_who_see_it() -> None:
    tally = Statement("2 articles.", (), "supported", Tally("articles", "5 articles", 2, (("a.txt", 1, 2),)))
    kinds = [replace(STATEMENT, support=s) for s in ("verbatim", "supported", "unsupported")]  # type: ignore[arg-type]
    page = Elements(render_answer_html(an_answer(*kinds, tally), 1))
    for badge, meaning in (
        ("verbatim", "word for word as it stands in the article"),
        ("supported", "not word for word, but the cited words say it"),
        ("not supported", "the cited words do not bear this out"),
        ("counted", "counted over the articles, each of them listed"),
    ):
        assert f" {badge} ({meaning})" in page.data
        assert f"{badge} {meaning}" in page.data.partition("What the badges mean")[2]
    only = Elements(render_answer_html(an_answer(), 1)).data.partition("What the badges mean")[2]
    assert "not supported" not in only


def test_words_that_were_carried_over_can_be_taken_back_to_what_was_typed() -> None:
    page = Elements(render_answer_html(an_answer(query="the bridge vote"), 4))
    assert "Searched for: the bridge vote✕" in page.data
    assert page.queries == ["how did they vote?"]
    assert "words" in page.does


def test_words_that_the_user_chose_give_way_to_the_question_as_it_is_read() -> None:
    page = Elements(render_answer_html(an_answer(query="span"), 4, options=AskOptions(query="span")))
    assert page.queries == [""]
    typed = AskOptions(query="how did they vote?")
    page = Elements(render_answer_html(an_answer(), 4, options=typed))
    assert "searched exactly as typed✕" in page.data
    assert page.queries == [""]


@pytest.mark.parametrize(
    ("options", "told", "change"),
    [
        (AskOptions(sources=("2019/",)), "asked only of 2019/ ✕", "any-source"),
        (AskOptions(sources=("a.txt", "b.txt", "c.txt")), "asked only of 3 chosen files or folders ✕", "any-source"),
        (
            AskOptions(filters=Filters(dt.date(2020, 1, 1), dt.date(2020, 6, 30))),
            "published January – June 2020, or undated ✕",
            "any-day",
        ),
        (
            AskOptions(filters=Filters(dt.date(2020, 1, 1), dt.date(2021, 12, 31))),
            "published 2020 – 2021, or undated ✕",
            "any-day",
        ),
        (
            AskOptions(filters=Filters(dt.date(2020, 2, 1), dt.date(2020, 2, 29))),
            "published February 2020, or undated ✕",
            "any-day",
        ),
        (
            AskOptions(filters=Filters(dt.date(2020, 1, 3), None)),
            "published since 3 January 2020, or undated ✕",
            "any-day",
        ),
    ],
)
def test_what_the_user_narrowed_the_question_to_is_shown_and_can_be_taken_back(
    options: AskOptions, told: str, change: str
) -> None:
    page = Elements(render_answer_html(an_answer(), 2, options=options))
    assert told in page.data
    assert (change, "2") in page.changes
    widened = CHANGES[change](options)
    assert not widened.sources
    assert widened.filters is None or widened.filters == Filters()


def test_taking_back_the_days_keeps_the_sources_and_the_other_way_round() -> None:
    both = AskOptions(filters=Filters(dt.date(2020, 1, 1), None, sources=("2019/",)), undated=True)
    assert CHANGES["any-day"](both) == AskOptions(sources=("2019/",), undated=True)
    assert CHANGES["any-source"](both) == AskOptions(filters=Filters(dt.date(2020, 1, 1), None), undated=True)


def test_the_place_of_the_few_words_is_kept_while_an_answer_grows() -> None:
    lead = re.compile(r'<div class="dl-filters".*?</div><(?:p|h3|section[^>]*><h3) class="dl-lead')
    assert lead.search(render_statements_html([STATEMENT]))
    assert lead.search(render_answer_html(an_answer(), 1))
    assert lead.search(render_answer_html(an_answer(short=None), 1))
    assert lead.search(render_answer_html(parted("differing", NEW, OLD), 1))


def test_a_failure_offers_ways_on() -> None:
    page = Elements(render_failure_html("It is <too> long.", 3))
    assert page.data == "That did not workIt is <too> long.Ask againEdit the question"
    assert page.does == {"retry", "edit"}
    assert "Stopped" in Elements(render_failure_html("You stopped it.", 3, stopped=True)).data


def test_the_welcome_says_what_the_archive_holds() -> None:
    page = Elements(render_welcome_html([Example("Who is Ida Korn?", "Who")], HOLDINGS))
    assert "1,203 articles · 2 outlets · 1 December 2019 – 5 March 2020 · 4 without a date" in page.data
    assert "WhoWho is Ida Korn?" in page.data


def test_an_empty_archive_is_told_with_the_way_to_fill_it() -> None:
    page = Elements(render_welcome_html([]))
    assert "Nothing is here yet" in page.data
    assert page.does == {"view"}


def test_what_an_archive_holds_is_counted() -> None:
    dated = replace(a_hit(1, 0).article, published=PublicationDate(dt.date(2020, 1, 2), "byline"), outlet="Post")
    held = holdings_of([dated, replace(dated, outlet="POST"), a_hit(2, 0).article])
    assert held == Holdings(3, 1, dt.date(2020, 1, 2), dt.date(2020, 1, 2), 1)
    assert holdings_of([]) == Holdings()
