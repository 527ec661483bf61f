from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from app.references import Place, Reference
from app.related import Related
from app.source_pane import Around, copied_quote, render_source_html
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
        self.text, self.header, self.folded, self.notices = "", "", "", ""
        self.copies: list[str] = []
        self.marks: list[tuple[str, str]] = []
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        cls = dict(attrs).get("class") or ""
        self.open.append({"dl-source-text": "text", "dl-notice": "notice"}.get(cls, tag))
        if tag == "mark":
            self.marks.append((cls, ""))
        if copied := dict(attrs).get("data-copy"):
            self.copies.append(copied)

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "header" in self.open:
            self.header += data + "\n"
        if "notice" in self.open:
            self.notices += data
        if "text" not in self.open or "summary" in self.open:
            return
        self.text += data
        if "details" in self.open:
            self.folded += data
        if "mark" in self.open:
            cls, text = self.marks[-1]
            self.marks[-1] = (cls, text + data)


def as_browsers_write(text: str) -> str:
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def place(span: Span, quote: str | None, number: int = 1) -> Place:
    return Place(f"c-1-{number}", f"[{number}]", "news/pier.txt", span, quote)


def cited(span: Span, text: str = TEXT, *also: Span) -> Reference:
    others = tuple(place(s, s.of(text), n) for n, s in enumerate(also, 2))
    return Reference("cited", "[1]", "news/pier.txt", place(span, span.of(text)), others, 1, 1 + len(also))


def near(span: Span, quote: str) -> Reference:
    return Reference("near", "Nearest passage", "news/pier.txt", place(span, quote))


def counted(span: Span) -> Reference:
    return Reference("counted", "Counted", "a", Place("t-1-1", "Counted", "a", span, None, "“pier” in all"))


def read(
    reference: Reference,
    text: str = TEXT,
    article: Article = ARTICLE,
    around: Around = Around(),
    *,
    scraped: bool = False,
) -> Read:
    return Read(render_source_html(article, text, reference, around, scraped=scraped))


def as_html(reference: Reference, text: str = TEXT, article: Article = ARTICLE) -> str:
    return render_source_html(article, text, reference)


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
            "\x00\ud800",
            "\u202eمرحبا",
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
    raw = read(cited(span, text, *also), text, replace(ARTICLE, body=body), scraped=True)
    assert [t for cls, t in raw.marks if cls == "cited"] == strong
    assert [t for cls, t in raw.marks] == [t for cls, t in page.marks]
    assert page.tags | raw.tags <= {
        "bdi",  # around what would turn the writing round
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
        "ul",
        "li",
    }


@given(articles())
def test_all_text_of_the_article_is_in_the_page_in_order(
    case: tuple[str, tuple[Span, ...], Span, tuple[Span, ...]],
) -> None:
    text, body, span, _ = case
    page = read(cited(span, text), text, replace(ARTICLE, body=body))
    assert "".join(page.text.split()) == "".join(as_browsers_write(text).split())


@given(articles())
def test_the_page_as_scraped_is_all_of_the_source_text_unfolded(
    case: tuple[str, tuple[Span, ...], Span, tuple[Span, ...]],
) -> None:
    text, body, span, _ = case
    page = read(cited(span, text), text, replace(ARTICLE, body=body), scraped=True)
    parts = (text[: span.start], span.of(text), text[span.end :])  # a mark may part the two halves of a line end
    assert page.text == "".join(map(as_browsers_write, parts))
    assert page.folded == ""


def test_the_page_as_scraped_greys_what_was_left_out_and_says_so() -> None:
    html = render_source_html(ARTICLE, TEXT, cited(Span(13, 29)), scraped=True)
    assert html.count('<span class="dl-furniture">') == 3
    assert "What was left out of the article, 35 characters, is grey." in html
    assert 'aria-pressed="true"' in html


def test_a_lighter_mark_leads_to_its_passage_once() -> None:
    html = as_html(cited(Span(20, 25), TEXT, Span(13, 29)))
    assert html.count('data-key="c-1-2"') == 2  # before and after the strong one
    assert html.count('role="link" tabindex="0"') == 1


def test_lighter_words_that_changed_are_not_marked() -> None:
    reference = replace(cited(Span(13, 29)), also=(place(Span(30, 46), "something else", 2),))
    assert read(reference).marks == [("cited", "The pier opened.")]


def test_of_a_repeated_sentence_the_cited_one_is_marked() -> None:
    second = TEXT.rindex("The pier opened.")
    html = as_html(cited(Span(second, second + 16)))
    assert 'The pier opened. <mark class="cited" tabindex="-1">The pier opened.</mark>' in html


def test_left_out_text_is_folded_and_its_size_told() -> None:
    page = read(cited(Span(13, 29)))
    assert "".join(page.folded.split()) == "ListenLiveSubscribeLeaveaComment"
    assert "left out: 9 characters of page furniture" in as_html(cited(Span(13, 29)))


def test_left_out_text_that_a_citation_crosses_is_shown() -> None:
    span = Span(TEXT.index("It rained"), TEXT.index("It closed") + 10)
    page = read(cited(span))
    assert "Subscribe" not in page.folded
    assert page.marks == [("cited", as_browsers_write(span.of(TEXT)))]


def test_other_citations_are_marked_lightly_and_never_inside_the_strong_mark() -> None:
    page = read(cited(Span(13, 29), TEXT, Span(20, 45)))
    assert page.marks == [("cited", "The pier opened."), ("also", TEXT[29:45])]


def test_a_passage_that_does_not_answer_is_marked_otherwise_and_says_so() -> None:
    reference = near(Span(13, 29), TEXT[13:29])
    assert read(reference).marks == [("near", "The pier opened.")]
    assert "Not an answer" in as_html(reference)


def test_words_that_changed_since_are_not_marked() -> None:
    reference = replace(cited(Span(13, 29)), place=place(Span(13, 29), "The pier closed."))
    assert read(reference).marks == []
    assert read(reference).copies == []
    assert "has changed since" in read(reference).notices


def test_words_quoted_with_their_white_space_normalised_are_marked_as_they_stand() -> None:
    rained = TEXT[30 : TEXT.index("\n\nSubscribe")]
    reference = near(Span(30, 30 + len(rained)), "The pier opened. It rained.")
    assert read(reference).marks == [("near", "The pier opened.\nIt rained.")]


def test_a_span_beyond_the_text_is_not_marked() -> None:
    assert read(counted(Span(5, 10_000))).marks == []


def test_what_was_counted_is_marked_in_another_archive_only_where_the_words_still_stand() -> None:
    moved = Around(moved=True)
    assert read(counted(Span(17, 21)), around=moved).marks == [("cited", "pier")]
    assert read(counted(Span(18, 22)), around=moved).marks == []
    assert "The archive has changed" in read(counted(Span(18, 22)), around=moved).notices
    assert read(counted(Span(18, 22))).marks == [("cited", "ier ")]


def test_a_file_that_changed_on_disk_is_told_and_the_kept_text_stays_marked() -> None:
    page = read(cited(Span(13, 29)), around=Around(on_disk="changed"))
    assert page.marks == [("cited", "The pier opened.")]
    assert "changed on disk" in page.notices
    assert "no longer where" in read(cited(Span(13, 29)), around=Around(on_disk="gone")).notices
    assert read(cited(Span(13, 29))).notices == ""


def test_an_article_can_be_shown_without_a_place_and_with_any() -> None:
    whole = Reference("article", "Article", "news/pier.txt")
    assert read(whole).marks == []
    assert read(whole).notices == ""
    some = replace(whole, place=Place("", "Article", "news/pier.txt", Span(13, 16), None))
    assert read(some).marks == [("cited", "The")]
    beyond = replace(whole, place=Place("", "Article", "news/pier.txt", Span(13, 9_999), None))
    assert read(beyond).marks == []
    assert "no such place" in read(beyond).notices


def test_a_quote_is_copied_as_cited_with_who_published_it_when_and_where_it_stands() -> None:
    span = Span(30, TEXT.index("\n\nSubscribe"))
    assert read(cited(span)).copies == [
        "The pier opened. It rained.",
        "“The pier opened. It rained.” — Pier <b>opens</b>, Post, 9 March 2021 (news/pier.txt, characters 30–58)",
    ]
    article = replace(ARTICLE, headline=None, outlet=None, published=PublicationDate(None, "not stated"))
    copied = copied_quote(article, place(Span(13, 16), None), TEXT)
    assert copied == "“The” — (no headline), date not known (news/pier.txt, characters 13–16)"


def test_the_header_leads_to_copies_and_versions() -> None:
    related = (
        Related("Copies", "", (("b.txt", "b.txt"),)),
        Related("Later version", "", (("c.txt (10 March 2021)", "caf\udce9 & c.txt"),)),
    )
    html = render_source_html(ARTICLE, TEXT, cited(Span(13, 29)), Around(related))
    assert "Same text in 2 other files" in html
    assert 'data-source="copy.txt"' in html and 'data-source="b.txt"' in html
    assert 'data-source="caf%E9%20%26%20c.txt"' in html


def test_the_place_among_the_passages_is_told_and_the_ends_have_no_further() -> None:
    html = as_html(replace(cited(Span(13, 29)), number=2, total=5))
    assert "Passage 2 of 5" in html
    assert " disabled" not in html
    last = as_html(replace(cited(Span(13, 29)), number=5, total=5))
    assert 'aria-label="Next passage" aria-keyshortcuts="n" disabled' in last
    assert "Next passage" not in as_html(cited(Span(13, 29)))  # of one there is none


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
    html = as_html(cited(Span(0, 3), wrapped), wrapped, replace(ARTICLE, body=(Span(0, len(wrapped)),)))
    assert "eleven to\nfour" in html
    assert '<span class="dl-para">\n\n</span>Weather<span class="dl-line">\n</span>Sport' in html
