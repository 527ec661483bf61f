"""Bytes become source text: exactly, or with a reason why not."""

from __future__ import annotations

import bz2
import codecs
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ReadError
from ingest.read import read_bytes, read_text

ARTICLE = "The mayor’s café reopened – “at last”, she said.\r\n\tIt had been shut\rsince May.\n"


def page(body: str, head: str = "") -> bytes:
    return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>".encode()


def text_of(body: str) -> str:
    return read_bytes(page(body)).text


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_is_the_bytes_decoded_with_no_newline_translated(codec: str) -> None:
    source = read_bytes(ARTICLE.encode(codec))
    assert source.text == ARTICLE
    assert source.media_type == "text/plain"
    assert source.blocks == ()


def test_only_one_byte_order_mark_is_removed() -> None:
    assert read_bytes(codecs.BOM_UTF8 * 2 + b"News.").text == "\ufeffNews."


@given(st.text(min_size=1).filter(lambda text: text.strip() != "" and not any(c < " " or c == "\x7f" for c in text)))
def test_any_utf8_text_comes_back_as_it_was(text: str) -> None:
    data = text.encode()
    if not data.startswith((b"PK\x03\x04", b"%PDF-", b"{\\rtf", b"RIFF", b"BZh", b"GIF8", codecs.BOM_UTF8)):
        assert read_bytes(data).text == text


def test_central_european_bytes_are_not_read_as_western() -> None:
    text = "Prezydent powiedział, że sytuacja jest trudna. Według źródeł żołnierze wrócą jutro do bazy."
    assert read_bytes(text.encode("cp1250")).text == text


def test_cyrillic_bytes_are_not_read_as_western() -> None:
    text = "Президент заявил, что ситуация сложная. По данным источников, солдаты вернутся завтра."
    assert read_bytes(text.encode("cp1251")).text == text


def test_utf8_cut_off_in_a_character_keeps_the_rest() -> None:
    data = "“Yes”, “no”, “perhaps”: – the café…".encode()[:-1]
    assert read_bytes(data).text.startswith("“Yes”, “no”, “perhaps”: – the café")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        ("\u2003\n".encode(), "white space"),
        (b"%PDF-1.7\n1 0 obj", "PDF"),
        (b"PK\x03\x04rest", "ZIP"),
        (gzip.compress(b"text"), "gzip"),
        (b"\x89PNG\r\n\x1a\n....", "PNG"),
        (b"News\x00\x01\x02", "binary"),
        (b"\x01\x02\x03\x04 some text", "binary"),
        (b"\x93\x00\xff\xfe\x12", "binary"),
        (b"\xff\xfea", "utf-16"),
    ],
)
def test_what_is_not_text_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read_bytes(data)


@given(st.binary(max_size=400), st.sampled_from([b"", b"<!doctype html>"]))
def test_no_bytes_break_the_reader(data: bytes, start: bytes) -> None:
    try:
        source = read_bytes(start + data)
    except ReadError:
        return
    assert source.text.strip()
    assert all(source.text[block.start : block.end].strip() for block in source.blocks)


@given(
    st.lists(
        st.sampled_from(["<div>", "</div>", "<p", ">", "text ", "<br>", "<!--", "-->", "&amp;", "<script>", "<pre>"])
    )
)
def test_no_markup_breaks_the_reader(parts: list[str]) -> None:
    try:
        source = read_bytes(("<!doctype html>" + "".join(parts)).encode())
    except ReadError:
        return
    ends = [0, *(block.end for block in source.blocks)]
    starts = [*(block.start for block in source.blocks), len(source.text)]
    gaps = [source.text[end:start] for end, start in zip(ends, starts, strict=True)]
    assert "".join(gaps).strip() == ""  # the blocks hold every word, in order and apart


def test_a_text_file_that_quotes_markup_stays_text() -> None:
    assert read_bytes(b"<html> is how a page begins.").text == "<html> is how a page begins."


@pytest.mark.parametrize(
    "markup",
    [
        page("<p>News."),
        page("<p>News.").decode().encode("utf-16"),
        b"<html><body>News.</body></html>",
        b"<?xml version='1.0'?>\n<!-- saved --><!-- twice -->\n<!DOCTYPE html PUBLIC '-'><p>News.",
        b"<p>The bridge opened.</p>\n<p>It is long.</p>\n",
        b"The bridge<br>opened at<br>noon.<br>",
        b"<script>\nvar a\nvar b\nvar c\n</script><h1>Bridge</h1>\n</html>",
    ],
)
def test_a_page_is_known_by_its_content(markup: bytes) -> None:
    assert read_bytes(markup).media_type == "text/html"


@pytest.mark.parametrize(
    "text",
    [
        b"News.",
        b"A page begins with <html> and ends with </html>.\n\nIt has a <body>.\n\nThat is all.\n\nMore on\nit later.\n",
        b"if a <b and c> d then\nall is well\n",
        b"One line.<br>\n\nTwo.\n\nThree.\n\nFour.\n\nFive.\n\nSix.\n<p>\nSeven.\n<p>\nEight.\nNine.\n",
    ],
)
def test_a_text_with_a_stray_tag_stays_text(text: bytes) -> None:
    source = read_bytes(text)
    assert (source.media_type, source.text) == ("text/plain", text.decode())


def test_many_comments_before_a_text_are_looked_at_once() -> None:
    assert read_bytes(b"<!-- note -->" * 3000 + b"\nNews.").media_type == "text/plain"


@pytest.mark.parametrize("text", ["RIFFRAFF festival opens in Orr.", "BZhang wins the open."])
def test_an_article_may_begin_with_the_letters_of_a_media_file(text: str) -> None:
    assert read_bytes(text.encode()).text == text


@pytest.mark.parametrize("data", [b"RIFF\x24\x08\x00\x00WAVEfmt ", bz2.compress(b"News."), bz2.compress(b"")])
def test_media_files_and_archives_are_refused_by_their_whole_signature(data: bytes) -> None:
    with pytest.raises(ReadError, match=r"RIFF|bzip2"):
        read_bytes(data)


@pytest.mark.parametrize(
    "declared", ["hex", "base64", "rot13", "utf-16", "utf-16le", "utf-32", "utf-7", "undefined", "idna", "no-such"]
)
def test_a_declared_encoding_that_no_page_is_in_counts_as_not_declared(declared: str) -> None:
    data = f"<html><meta charset={declared}><body><p>Caf\u00e9 \u201cOrr\u201d opens.".encode("cp1252")
    assert read_bytes(data).text == "Caf\u00e9 \u201cOrr\u201d opens."


def test_html_keeps_block_boundaries_as_newlines() -> None:
    assert text_of("<h1>Bridge\n opens</h1><p>One <b>two</b>\n three.</p><div>a<br>b</div><ul><li>c<li>d</ul>") == (
        "Bridge opens\n\nOne two three.\n\na\nb\n\nc\nd"
    )


def test_html_drops_what_nobody_sees() -> None:
    body = (
        "<script>var x</script><style>p{}</style><noscript>no</noscript><template>t</template><p hidden>h</p>"
        "<div style='color:red; display: none'>d<p>e</p></div><!-- c -->kept<iframe>f</iframe> too"
    )
    assert text_of(body) == "kept too"


def test_html_keeps_the_lines_of_preformatted_text() -> None:
    assert text_of("<pre>a  b\n  c</pre>") == "a  b\n  c"


def test_blocks_say_where_a_line_stands_and_how_much_of_it_is_links() -> None:
    source = read_bytes(page("<div id=main class='story big'><p>See <a href=x>this</a>.</p></div>"))
    (block,) = source.blocks
    assert source.text[block.start : block.end] == "See this."
    assert (block.tag, block.path, block.link_chars) == ("p", "html>body>div#main.story.big>p", 4)


def test_hints_carry_what_the_head_says() -> None:
    head = (
        "<title> Bridge  opens </title><link rel=canonical href=https://example.org/a>"
        "<meta property=article:published_time content=2021-03-04T10:00Z>"
        '<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","datePublished":"2021-03-04",'
        '"author":[{"name":"Jane Roe"}]}]}</script>'
    )
    hints = read_bytes(page("<p>News.<time datetime=2021-03-05>Friday</time>", head)).hints
    assert hints == (
        ("lang", "en"),
        ("title", "Bridge opens"),
        ("canonical", "https://example.org/a"),
        ("meta:article:published_time", "2021-03-04T10:00Z"),
        ("jsonld:@type", "NewsArticle"),
        ("jsonld:datePublished", "2021-03-04"),
        ("jsonld:author", "Jane Roe"),
        ("time:datetime", "2021-03-05"),
    )


def test_a_page_in_its_declared_encoding_is_read_in_it() -> None:
    data = "<html><meta charset=windows-1251><body><p>Мост открыт.".encode("cp1251")
    assert read_bytes(data).text == "Мост открыт."


@pytest.mark.parametrize("depth", [500, 5000])
def test_deep_nesting_is_read_or_refused_but_never_cut_short(depth: int) -> None:
    data = page("<div>" * depth + "inside" + "</div>" * depth + "<p>after</p>")
    try:
        text = read_bytes(data).text
    except ReadError as error:
        assert "too deeply" in str(error)
    else:
        assert text == "inside\n\nafter"


def test_a_page_of_scripts_holds_no_text() -> None:
    with pytest.raises(ReadError, match="no visible text"):
        read_bytes(page("<script>run()</script>"))


PARAGRAPH = "<p>The ferry Aurora ran aground off Port Hallow on Tuesday night, police said.</p>"


def test_a_page_that_states_no_day_plainly_is_searched_for_one() -> None:
    dated = f'<html><body><div class="published-date">March 12, 2019</div>{PARAGRAPH}{PARAGRAPH}</body></html>'
    assert ("htmldate:published", "2019-03-12") in read_text(dated).hints


def test_a_page_that_states_its_day_is_not_searched_for_another() -> None:
    head = '<meta property="article:published_time" content="2019-03-12T10:00:00Z">'
    page = f"<html><head>{head}</head><body><time>March 14, 2019</time>{PARAGRAPH}</body></html>"
    assert not [name for name, _ in read_text(page).hints if name.startswith("htmldate")]


def test_types_in_a_list_are_told_one_by_one() -> None:
    script = '<script type="application/ld+json">{"@type": ["NewsArticle", "OpinionNewsArticle"]}</script>'
    hints = read_text(f"<html><head>{script}</head><body>{PARAGRAPH}</body></html>").hints
    assert [value for name, value in hints if name == "jsonld:@type"] == ["NewsArticle", "OpinionNewsArticle"]
