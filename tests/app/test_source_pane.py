from __future__ import annotations

import datetime as dt
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from app.render import Reference
from app.source_pane import render_source_html
from ingest.article import Article, PublicationDate, Span

TEXT = "Listen Live\n\nThe pier opened. The pier opened.\r\nIt rained.\n\nSubscribe\n\nIt closed.\n\nLeave a Comment\n"
BODY = (Span(13, TEXT.index("\n\nSubscribe")), Span(TEXT.index("It closed"), TEXT.index("\n\nLeave")))
ARTICLE = Article(
    "id", ("news/pier.txt", "copy.txt"), "Pier <b>opens</b>", "Post", ("A. Writer",),
    PublicationDate(dt.date(2021, 3, 9), "byline"), BODY, "fp",
)  # fmt: skip


class Read(HTMLParser):
    """The text of the article, of each mark by class, of the header, and the tags, as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.header, self.folded = "", "", ""
        self.marks: list[tuple[str, str]] = []
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        cls = dict(attrs).get("class") or ""
        self.open.append("text" if cls == "dl-source-text" else tag)
        if tag == "mark":
            self.marks.append((cls, ""))

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "header" in self.open:
            self.header += data + "\n"
        if "text" not in self.open or "summary" in self.open:
            return
        self.text += data
        if "details" in self.open:
            self.folded += data
        if "mark" in self.open:
            cls, text = self.marks[-1]
            self.marks[-1] = (cls, text + data)


def as_browsers_write(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def cited(span: Span, text: str = TEXT, *also: Span) -> Reference:
    return Reference("cited", "[1]", "news/pier.txt", span, span.of(text), also)


def read(reference: Reference, text: str = TEXT, article: Article = ARTICLE) -> Read:
    return Read(render_source_html(article, text, reference, key="c-1-1"))


def spans(size: int) -> st.SearchStrategy[Span]:
    pairs = st.tuples(st.integers(0, size - 1), st.integers(1, size))
    return pairs.filter(lambda p: p[0] < p[1]).map(lambda p: Span(*p))


@st.composite
def articles(draw: st.DrawFn) -> tuple[str, tuple[Span, ...], Span, tuple[Span, ...]]:
    pieces = st.sampled_from(
        [
            "The pier opened.",
            " ",
            "\n",
            "\r\n",
            "\r",
            "\n\n",
            "\t",
            "<b>&amp;",
            "</mark>",
            "e\u0301",
            "\U0001f6a2",
            "x" * 60,
            "\x0c",
        ]
    )
    text = "".join(draw(st.lists(pieces, min_size=1, max_size=25)))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    body = tuple(Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)) or (Span(0, len(text)),)
    return text, body, draw(spans(len(text))), tuple(draw(st.lists(spans(len(text)), max_size=3)))


@given(articles())
@example(("a\r\nb", (Span(0, 2), Span(2, 4)), Span(0, 4), ()))
@example(("a\r\nb", (Span(0, 4),), Span(0, 2), (Span(1, 4),)))
def test_the_strong_mark_is_one_and_exactly_the_cited_characters(
    case: tuple[str, tuple[Span, ...], Span, tuple[Span, ...]],
) -> None:
    text, body, span, also = case
    page = read(cited(span, text, *also), text, replace(ARTICLE, body=body))
    strong = [t for cls, t in page.marks if cls == "cited"]
    assert strong == [as_browsers_write(span.of(text))]
    assert page.tags <= {
        "section",
        "header",
        "p",
        "span",
        "button",
        "h2",
        "dl",
        "div",
        "dt",
        "dd",
        "mark",
        "details",
        "summary",
    }


@given(articles())
def test_all_text_of_the_article_is_in_the_page_in_order(
    case: tuple[str, tuple[Span, ...], Span, tuple[Span, ...]],
) -> None:
    text, body, span, _ = case
    page = read(cited(span, text), text, replace(ARTICLE, body=body))
    assert "".join(page.text.split()) == "".join(as_browsers_write(text).split())


def test_of_a_repeated_sentence_the_cited_one_is_marked() -> None:
    second = TEXT.rindex("The pier opened.")
    html = render_source_html(ARTICLE, TEXT, cited(Span(second, second + 16)), key="c-1-1")
    assert 'The pier opened. <mark class="cited" tabindex="-1">The pier opened.</mark>' in html


def test_left_out_text_is_folded_and_its_size_told() -> None:
    page = read(cited(Span(13, 29)))
    assert "".join(page.folded.split()) == "ListenLiveSubscribeLeaveaComment"
    assert "left out: 9 characters of page furniture" in render_source_html(ARTICLE, TEXT, cited(Span(13, 29)), key="k")


def test_left_out_text_that_a_citation_crosses_is_shown() -> None:
    span = Span(TEXT.index("It rained"), TEXT.index("It closed") + 10)
    page = read(cited(span))
    assert "Subscribe" not in page.folded
    assert page.marks == [("cited", as_browsers_write(span.of(TEXT)))]


def test_other_citations_are_marked_lightly_and_never_inside_the_strong_mark() -> None:
    page = read(cited(Span(13, 29), TEXT, Span(20, 45)))
    assert page.marks == [("cited", "The pier opened."), ("also", TEXT[29:45])]


def test_a_passage_that_does_not_answer_is_marked_otherwise_and_says_so() -> None:
    near = Reference("near", "Nearest passage", "news/pier.txt", Span(13, 29), TEXT[13:29])
    assert read(near).marks == [("near", "The pier opened.")]
    assert "Not an answer" in render_source_html(ARTICLE, TEXT, near, key="p-1-1")


def test_words_that_changed_since_are_not_marked() -> None:
    reference = replace(cited(Span(13, 29)), quote="The pier closed.")
    assert read(reference).marks == []
    assert "has changed since" in render_source_html(ARTICLE, TEXT, reference, key="c-1-1")


def test_words_quoted_with_their_white_space_normalised_are_marked_as_they_stand() -> None:
    rained = TEXT[30 : TEXT.index("\n\nSubscribe")]
    near = Reference("near", "Nearest passage", "a", Span(30, 30 + len(rained)), "The pier opened. It rained.")
    assert read(near).marks == [("near", "The pier opened.\nIt rained.")]


def test_a_span_beyond_the_text_is_not_marked() -> None:
    assert read(Reference("counted", "Counted", "a", Span(5, 10_000), None)).marks == []


def test_the_header_names_headline_outlet_date_with_its_basis_and_file() -> None:
    header = read(cited(Span(13, 29))).header
    for part in ("Pier <b>opens</b>", "Post", "A. Writer", "9 March 2021 (from byline)", "news/pier.txt", "copy.txt"):
        assert part in header


def test_an_article_without_headline_or_date_says_so() -> None:
    article = replace(ARTICLE, headline=None, published=PublicationDate(None, "dateline names no year"))
    header = read(cited(Span(13, 29)), TEXT, article).header
    assert "(no headline)" in header
    assert "not known (dateline names no year)" in header


def test_hard_wrapped_lines_reflow_and_meant_line_ends_stay() -> None:
    wrapped = "They voted on Tuesday for a bridge over the river, by eleven to\nfour, said Ida Korn.\n\nWeather\nSport"
    html = render_source_html(
        replace(ARTICLE, body=(Span(0, len(wrapped)),)), wrapped, cited(Span(0, 3), wrapped), key="c-1-1"
    )
    assert "eleven to\nfour" in html
    assert '<span class="dl-para">\n\n</span>Weather<span class="dl-line">\n</span>Sport' in html
