"""Bytes become source text: exactly, or with a reason why not."""

from __future__ import annotations

import codecs
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ReadError
from ingest.read import read_bytes

ARTICLE = "The mayor’s café reopened – “at last”, she said.\r\n\tIt had been shut\rsince May.\n"


def page(body: str, head: str = "") -> bytes:
    return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>".encode()


def text_of(body: str) -> str:
    return read_bytes(page(body), name="page.html").text


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_is_the_bytes_decoded_with_no_newline_translated(codec: str) -> None:
    source = read_bytes(ARTICLE.encode(codec), name="a.txt")
    assert source.text == ARTICLE
    assert source.media_type == "text/plain"
    assert source.blocks == ()


def test_only_one_byte_order_mark_is_removed() -> None:
    assert read_bytes(codecs.BOM_UTF8 * 2 + b"News.", name="a.txt").text == "\ufeffNews."


@given(st.text(min_size=1).filter(lambda text: text.strip() != "" and not any(c < " " or c == "\x7f" for c in text)))
def test_any_utf8_text_comes_back_as_it_was(text: str) -> None:
    data = text.encode()
    if not data.startswith((b"PK\x03\x04", b"%PDF-", b"{\\rtf", b"RIFF", b"BZh", b"GIF8", codecs.BOM_UTF8)):
        assert read_bytes(data, name="a.txt").text == text


def test_central_european_bytes_are_not_read_as_western() -> None:
    text = "Prezydent powiedział, że sytuacja jest trudna. Według źródeł żołnierze wrócą jutro do bazy."
    assert read_bytes(text.encode("cp1250"), name="a.txt").text == text


def test_cyrillic_bytes_are_not_read_as_western() -> None:
    text = "Президент заявил, что ситуация сложная. По данным источников, солдаты вернутся завтра."
    assert read_bytes(text.encode("cp1251"), name="a.txt").text == text


def test_utf8_cut_off_in_a_character_keeps_the_rest() -> None:
    data = "“Yes”, “no”, “perhaps”: – the café…".encode()[:-1]
    assert read_bytes(data, name="a.txt").text.startswith("“Yes”, “no”, “perhaps”: – the café")


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
        read_bytes(data, name="a.txt")


@given(st.binary(max_size=400), st.sampled_from(["a.txt", "a.html", "a", "a.pdf"]))
def test_no_bytes_break_the_reader(data: bytes, name: str) -> None:
    try:
        source = read_bytes(data, name=name)
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
        source = read_bytes("".join(parts).encode(), name="a.html")
    except ReadError:
        return
    ends = [0, *(block.end for block in source.blocks)]
    starts = [*(block.start for block in source.blocks), len(source.text)]
    gaps = [source.text[end:start] for end, start in zip(ends, starts, strict=True)]
    assert "".join(gaps).strip() == ""  # the blocks hold every word, in order and apart


def test_a_text_file_that_quotes_markup_stays_text() -> None:
    assert read_bytes(b"<html> is how a page begins.", name="a.txt").text == "<html> is how a page begins."


def test_a_file_without_a_telling_name_is_judged_by_its_content() -> None:
    assert read_bytes(page("<p>News."), name="saved").media_type == "text/html"
    assert read_bytes(b"News.", name="saved.dump").media_type == "text/plain"


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
    source = read_bytes(page("<div id=main class='story big'><p>See <a href=x>this</a>.</p></div>"), name="p.html")
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
    hints = read_bytes(page("<p>News.<time datetime=2021-03-05>Friday</time>", head), name="p.html").hints
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
    assert read_bytes(data, name="p.html").text == "Мост открыт."


@pytest.mark.parametrize("depth", [500, 5000])
def test_deep_nesting_is_read_or_refused_but_never_cut_short(depth: int) -> None:
    data = page("<div>" * depth + "inside" + "</div>" * depth + "<p>after</p>")
    try:
        text = read_bytes(data, name="p.html").text
    except ReadError as error:
        assert "too deeply" in str(error)
    else:
        assert text == "inside\n\nafter"


def test_a_page_of_scripts_holds_no_text() -> None:
    with pytest.raises(ReadError, match="no visible text"):
        read_bytes(page("<script>run()</script>"), name="p.html")
