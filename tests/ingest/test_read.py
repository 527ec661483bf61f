"""Bytes become source text: exactly, or with a reason why not."""

from __future__ import annotations

import bz2
import codecs
import contextlib
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Span
from ingest.body import select_body
from ingest.errors import ReadError
from ingest.files import MAX_FILE_BYTES
from ingest.metadata import find_metadata
from ingest.read import SourceText, read_bytes, read_text

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
        (b"PK\x03\x04rest", "damaged"),
        (gzip.compress(b"text", mtime=0)[:-1], "gzip"),
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


# --- gzip -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 2])
def test_a_packed_file_is_read_as_what_it_holds(times: int) -> None:
    for data in (ARTICLE.encode(), page("<p>News.")):
        packed = data
        for _ in range(times):
            packed = gzip.compress(packed)
        assert read_bytes(packed) == read_bytes(data)


def test_a_file_packed_in_several_members_is_read_whole() -> None:
    assert read_bytes(gzip.compress(b"One. ") + gzip.compress(b"Two.") + b"\0\0").text == "One. Two."


def test_a_file_packed_again_and_again_is_refused() -> None:
    with pytest.raises(ReadError, match="gzip packed more than 2 times"):
        read_bytes(gzip.compress(gzip.compress(gzip.compress(b"News."))))


@pytest.mark.parametrize("data", [b"a" * (MAX_FILE_BYTES + 1), b" " * 500_000_000])
def test_a_packed_bomb_is_not_unpacked(data: bytes) -> None:
    with pytest.raises(ReadError, match="unpacks to more than 10 MB"):
        read_bytes(gzip.compress(data, 1))


def test_what_was_packed_may_be_as_large_as_its_format_may_be() -> None:
    with pytest.raises(ReadError, match="damaged PDF"):
        read_bytes(gzip.compress(b"%PDF-1.4" + b"a" * (MAX_FILE_BYTES + 1), 1))


@pytest.mark.parametrize("cut", [2, 5, 15, -9, -1])
def test_a_packed_file_that_is_cut_off_says_so(cut: int) -> None:
    with pytest.raises(ReadError, match="gzip archive is cut off"):
        read_bytes(gzip.compress(ARTICLE.encode())[:cut])


def test_a_packed_file_that_is_damaged_says_so() -> None:
    packed = bytearray(gzip.compress(ARTICLE.encode() * 9))
    packed[30] ^= 255
    with pytest.raises(ReadError, match=r"gzip archive is (damaged|cut off)"):
        read_bytes(bytes(packed))


def test_an_empty_packed_file_is_empty() -> None:
    with pytest.raises(ReadError, match="empty"):
        read_bytes(gzip.compress(b""))


# --- what is told of the encoding --------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_declared_or_evident_encoding_needs_no_note(codec: str) -> None:
    assert read_bytes(ARTICLE.encode(codec)).notes == ()
    assert read_bytes("<html><meta charset=windows-1251><body><p>Мост открыт.".encode("cp1251")).notes == ()


@pytest.mark.parametrize(
    ("text", "codec", "named"),
    [
        (ARTICLE, "cp1252", "windows-1252"),
        ("Президент заявил, что ситуация сложная. По данным источников, солдаты вернутся.", "cp1251", "windows-1251"),
    ],
)
def test_a_guessed_encoding_is_told(text: str, codec: str, named: str) -> None:
    source = read_bytes(text.encode(codec))
    assert source.text == text
    assert source.notes == (f"its encoding is not declared: read as {named}, which was detected",)


def test_a_page_that_is_not_in_the_encoding_it_declares_is_told_to_be() -> None:
    source = read_bytes("<html><meta charset=utf-8><body><p>Caf\u00e9 opens.".encode("cp1252"))
    assert source.notes == ("it is not in the encoding it declares (utf-8): read as windows-1252, which was detected",)


def test_characters_that_could_not_be_read_are_counted() -> None:
    assert read_bytes("The stat\ufffd\ufffds report.".encode()).notes == ("2 characters could not be read",)
    assert read_bytes("“Yes”, “no”, “perhaps”: – the café…".encode()[:-1]).notes == ("1 character could not be read",)


@pytest.mark.parametrize("wrong", ["cp1252", "latin-1", "mac-roman"])
@pytest.mark.parametrize("text", ["It’s late, they said, and it’s dark.", "The café and the résumé."])
def test_text_that_was_misread_before_is_told_and_not_repaired(wrong: str, text: str) -> None:
    misread = text.encode().decode(wrong, errors="replace").replace("\ufffd", "")
    source = read_bytes(misread.encode())
    assert source.text == misread
    assert "saved in a wrong encoding before it came here" in source.notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "“CAFÉ”, “CAFÉ…” and “Spaß“ – or À “la carte”?",
        "SÃO PAULO, AMANHÃ; “AMANHÔ; Âmbar, « Âge »: 5 °C, £5, ½ a mile",
        "Привет, Ёлка. Ελλάδα. Ðavid Þór. 10€ – 20€…",
        "ÉTÉ 2021 : «Ça va»? «Là»! Ñandú, Ø, Å“",
    ],
)
def test_capitals_beside_quotation_marks_are_not_misread_text(text: str) -> None:
    assert read_bytes(text.encode()).notes == ()


# --- Markdown ---------------------------------------------------------------------------------------------

STORY = (
    "The ferry Aurora ran **aground** off Hallow on Tuesday, the coast guard said.\n\n"
    "## Aboard\n\n- 212 passengers\n- 11 crew, see [the list](https://orr.example/list)\n\nNobody was hurt.\n"
)
HEAD = (
    "---\ntitle: 'Ferry aground: nobody hurt'\ndate: 2021-03-03 # local\n"
    "author: [Jane Roe, Bo Ek]\ntags:\n  - sea\n---\n"
)


def body_of(source: SourceText) -> list[str]:
    return [span.of(source.text) for span in select_body(source)]


def test_a_markdown_file_is_its_text_to_the_character() -> None:
    source = read_bytes(("# Ferry aground\r\n\n" + STORY).encode())
    assert (source.text, source.media_type) == ("# Ferry aground\r\n\n" + STORY, "text/markdown")
    assert source.blocks == ()


@pytest.mark.parametrize(
    "title",
    ["# Ferry aground", "Ferry aground\n=============", "# Ferry *aground* ##", "# [Ferry aground](https://a.b)"],
)
def test_the_headline_of_a_markdown_file_has_no_marks(title: str) -> None:
    source = read_bytes(f"{title}\n\n{STORY}".encode())
    assert find_metadata(source, select_body(source), name="").headline == "Ferry aground"


def test_the_body_of_a_markdown_file_is_all_below_its_title() -> None:
    source = read_bytes(f"# Ferry aground\n\n{STORY}".encode())
    assert body_of(source) == [line for line in STORY.split("\n") if line]


def test_the_front_matter_of_a_markdown_file_is_hints_and_not_body() -> None:
    source = read_bytes((HEAD + STORY).encode())
    assert source.text == HEAD + STORY
    assert source.hints == (
        ("front:title", "Ferry aground: nobody hurt"),
        ("front:date", "2021-03-03"),
        ("front:author", "Jane Roe"),
        ("front:author", "Bo Ek"),
    )
    assert body_of(source)[0].startswith("The ferry Aurora")
    metadata = find_metadata(source, select_body(source), name="")
    assert metadata.headline == "Ferry aground: nobody hurt"
    assert metadata.authors == ("Jane Roe", "Bo Ek")
    assert str(metadata.published.day) == "2021-03-03"


def test_what_a_front_matter_says_rests_on_the_front_matter() -> None:
    source = read_bytes((HEAD.replace("tags:", "source: Orr Post\ntags:") + STORY).encode())
    found = find_metadata(source, select_body(source), name="")
    assert found.published.basis == 'the front matter\'s date, "2021-03-03"'
    bases = (found.headline_basis, found.outlet_basis, found.authors_basis)
    assert [basis.words for basis in bases if basis] == [
        "the front matter's title",
        "the front matter's source",
        "the front matter's author",
    ]


def test_a_headline_from_the_first_heading_of_a_markdown_file_says_so() -> None:
    source = read_bytes(f"# Ferry aground\n\n{STORY}".encode())
    basis = find_metadata(source, select_body(source), name="").headline_basis
    assert basis is not None
    assert basis.words == "the first line that is marked as a heading"


def test_authors_of_a_front_matter_may_stand_line_by_line() -> None:
    head = "---\nauthors:\n  - Jane Roe\n  - name: Bo Ek\n---\n"
    assert read_bytes((head + STORY).encode()).hints == (("front:authors", "Jane Roe"), ("front:authors", "Bo Ek"))


def test_a_front_matter_alone_is_no_article() -> None:
    with pytest.raises(ReadError, match="nothing stands below its front matter"):
        read_bytes(HEAD.encode())


@pytest.mark.parametrize(
    "text",
    [
        "---\nThe ferry ran aground: nobody was hurt.\n---\nIt is still there.\n",
        "---\nWeather: fog\n---\nThe ferry ran aground.\n",
        "#ferry is what they wrote.\n\nIt ran aground.\n",
        "They said it was **not** safe.\n\nIt ran aground.\n",
        "We are\n\n# 1\n\nIt ran aground.\n",
    ],
)
def test_a_text_with_a_stray_mark_stays_text(text: str) -> None:
    source = read_bytes(text.encode())
    assert (source.media_type, source.body_start, source.hints) == ("text/plain", 0, ())


def test_a_page_dumped_as_markdown_is_not_all_body() -> None:
    menu = "".join(f"* [Rubric {n}](https://orr.example/{n})\n" for n in range(20))
    source = read_bytes(f"# Ferry aground\n\n{menu}\n{STORY}".encode())
    assert not any("Rubric" in paragraph for paragraph in body_of(source))


@given(st.text(alphabet="-#=[]()*`:\\\n aé!>\"'", max_size=300), st.sampled_from(["", "---\n", "---\ntitle: ", "# "]))
def test_no_marks_break_the_reader(text: str, start: str) -> None:
    try:
        source = read_bytes((start + text).encode())
    except ReadError:
        return
    assert source.text == start + text
    assert 0 <= source.body_start < len(source.text)
    try:
        spans = select_body(source)
    except ReadError:
        return
    assert all(isinstance(span, Span) and span.start >= source.body_start for span in spans)


@pytest.mark.parametrize("mark", ["[", "![", "**a", "# a ", "---\na: ", "`", "> ", "[a](", "\\", "# #"])
def test_marks_without_end_take_no_time(mark: str) -> None:
    with contextlib.suppress(ReadError):
        read_bytes((mark * (2_000_000 // len(mark))).encode())


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
