"""Any file at all becomes articles or a reason, in time and in bounded memory: each format, changed at random.

What ever broke a reader lies in `corpus/` and is read again by every run; the search for more is slow.
"""

from __future__ import annotations

import gzip
import io
import json
import resource
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.batch import FileToIngest, PreparedArticle, SetAside
from ingest.job import ingest
from ingest.pipeline import run_batch
from tests.conftest import FakeEncoder
from tests.ingest.test_containers import http, warc_record, zipped
from tests.ingest.test_documents import STORY, make_pdf, repacked, story_docx, typeset
from tests.ingest.test_job import DictSink
from tests.ingest.test_mail import large_mail, saved_page
from tests.mutations import LONGEST_S, changed, changes

CORPUS = Path(__file__).parent / "corpus"
MOST_MEMORY_KB = 700_000  # that reading one small file may add to the most this process ever held
EXAMPLES = 150  # of each way to change each format


# --- the law ------------------------------------------------------------------------------------------------


def prepare(files: Sequence[FileToIngest]) -> tuple[PreparedArticle | SetAside, ...]:
    return run_batch(files, encoder=FakeEncoder(), count_tokens=lambda text: len(text.split()))


def check_file(name: str, data: bytes) -> None:
    """Law: articles whose spans slice back, or a reason for the user, in time; our own code does not fail."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        sink, start = DictSink(), time.monotonic()
        report = ingest([path], sink, prepare=prepare)
        assert time.monotonic() - start < LONGEST_S
        assert report.found == report.articles + report.copies + len(report.set_aside)
        for aside in report.set_aside:
            assert aside.reason.strip().encode(), aside.source
            assert "our own code" not in aside.reason, aside.reason
        for prepared in sink.articles.values():
            check_article(prepared)
        commits = len(sink.batches)
        ingest([path], sink, prepare=prepare)
        assert len(sink.batches) == commits, "the same file is read in two ways"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held < MOST_MEMORY_KB


def check_article(prepared: PreparedArticle) -> None:
    article, text = prepared.article, prepared.source_text
    for spans in (prepared.spans, article.body):
        assert all(0 <= span.start < span.end <= len(text) and span.of(text).strip() for span in spans)
        assert [span.start for span in spans] == sorted(span.start for span in spans)
    assert all(article.body[0].start <= span.start and span.end <= article.body[-1].end for span in prepared.spans)
    for told in (article.headline, article.outlet, *article.authors, *article.notes, article.published.basis):
        assert told is None or told.strip().encode()


# --- the formats: a whole file of each, and the bytes that mean something in it -----------------------------

LONG = (
    b"The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard, the coast guard said. "
    b"Captain Mira Lunde told reporters that the fog had come down within minutes.\n\n"
    b"By Jane Roe, Hallow Post, 3 March 2021. Divers will look at the hull on Wednesday, the company said.\n"
)
MARKDOWN = (
    b"---\ntitle: Ferry runs aground\ndate: 2021-03-03\nauthor: [Jane Roe, Ada]\ntags:\n  - sea\n---\n\n# Ferry\n\n"
) + LONG
HTML = (
    (
        b'<!doctype html><html lang="en"><head><title>Ferry | Post</title><meta property="article:published_time" '
        b'content="2021-03-03T10:00:00Z"><script type="application/ld+json">{"@type": "NewsArticle", "headline":"F.",'
        b'"author": [{"name": "Jane"}], "datePublished": "2021-03-03"}</script></head><body><nav><a href="/">Home</a>'
        b'</nav><article><h1>Ferry</h1><p class="byline">By Jane Roe</p><time datetime="2021-03-03">3 March</time><p>'
    )
    + LONG.replace(b"\n\n", b"</p><p>")
    + b"</p></article><footer>Imprint</footer></body></html>"
)
RECORDS = [
    {"title": "Ferry", "text": LONG.decode(), "date": "2021-03-03", "authors": ["Jane Roe", {"name": "Ada"}]},
    {"headline": "Market", "body": "The market closes next spring.", "pubDate": 1614765600, "source": {"name": "P"}},
]
TABLE = (
    "title,text,date,author\n"
    'Ferry,"The ferry ran ""aground"", off Hallow.\nNobody was hurt.",2021-03-03,Jane\nMarket,It closes.,,\n'
)
CRAWL = (
    warc_record("warcinfo", b"software: x\r\n")
    + warc_record("response", http(HTML, "Content-Type: text/html; charset=utf-8"))
    + warc_record("response", http(gzip.compress(HTML, mtime=0), "Content-Type: text/html", "Content-Encoding: gzip"))
    + warc_record("resource", LONG, "Content-Type: text/plain")
)
PDF = make_pdf(typeset(STORY), typeset(STORY), info="/Title (Ferry) /Author (Jane) /CreationDate (D:20210303)")


@dataclass(frozen=True)
class Format:
    """A file called `name` is `outer(whole)`; `words` make its grammar, `around` makes a file of them."""

    name: str
    whole: bytes
    words: tuple[bytes, ...]
    around: Callable[[bytes], bytes] = lambda inner: inner
    outer: Callable[[bytes], bytes] = lambda whole: whole


def words(text: str) -> tuple[bytes, ...]:
    """The words of a grammar, parted by spaces; an open box stands for a space in one."""
    for written, meant in (("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t")):
        text = text.replace(written, meant)
    return (*(word.replace("␣", " ").encode() for word in text.split(" ")), b" ", b"\n", b"The ferry ran aground. ")


BYTES = (b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b", b"\x85", b"\x80", b"\r", b"By ", b" | ", b"a" * 300, b"\n" * 5)
LETTERS = "\u2028 \xa0 \u0301 😀 \u202e \u200b İ ﬁ \U000e0001 ١٢٣ ²"
DAYS = (
    "2021-02-30 99999999999999999999 1e999 12:61:99␣+9999 0001-01-01 9999-12-31T23:59:59-23:59 UPDATED:␣ (Reuters)␣-␣"
)
ANYTHING = (*BYTES, *words(LETTERS), *words(DAYS))
MARKS = words(
    "--- +++ ... title: date: author: - [ ] { } : | > # ## === * ** _ ` ``` ~~~ \\n\\n ![ ]( ) <!-- --> & "
    "&anchor *a !!x ' \""
)
TAGS = words(
    "<!doctype␣html> <html> <body> </body> <p> </p> <div> </div> <br> <pre> </pre> <table><tr><td> </table> "
    "<ul><li> <!-- --> <![CDATA[ ]]> &amp; &#0; &#xD800; &#x110000; &nbsp <a␣href=x> </a> <h1> </h1> <title> "
    "</title> <time␣datetime=' <meta␣property='article:published_time'␣content=' '> "
    '<script␣type=\'application/ld+json\'> </script> {"@graph":[ {"datePublished":" "author": "headline":" '
    "\\ud800 \", } ] <svg> <template> <p␣hidden> style='display:none' <article> </article> "
    "<link␣rel=canonical␣href=' <meta␣charset= utf-16 utf-7 shift_jis rot13 <?xml <frameset> itemprop=author "
    "itemprop='datePublished' <span␣class='byline'> <base␣href='//['> http://[::1 <math><mtext>"
)
HEADERS = words(
    "From: Subject: Date: MIME-Version:␣1.0\\n Content-Type:␣ text/html multipart/mixed; multipart/related; "
    'message/rfc822 boundary=x boundary=" --x\\n --x--\\n \\n\\n charset= utf-8 utf-7 idna punycode hex '
    "unicode_escape charset=\"' Content-Transfer-Encoding:␣ base64 quoted-printable x-uuencode uuencode "
    "=?utf-8?b? ?= =?x?q?=ff?= *0*= filename= Content-Disposition:␣attachment; Content-Location:␣ <p>Hi</p> "
    "=20 = ==== begin␣644␣a\\n end\\n Received:␣ Wed,␣03␣Mar␣2021␣10:15:00␣+0100 +9999 <a@b> ,, ;; ()( \\ "
)
OPERATORS = words(
    "BT ET /F1 12 0 -1 Tf Tm Td TD T* Tj TJ ' \" ( ) (a) <00> <fe [ ] << >> q Q cm Do /Im1 BI ID EI 1e9 -.5. "
    "gs Tw Tc TL Tz Tr /P BMC BDC EMC /ActualText 99999999999 \\ \\777 null true %x\\n 1␣0␣R endstream "
    "endobj"
)
XML = words(
    "<w:p> </w:p> <w:r> </w:r> <w:t> </w:t> <w:tbl> </w:tbl> <w:tr> </w:tr> <w:tc> </w:tc> <w:br/> <w:tab/> "
    '<w:del> </w:del> <w:pPr><w:pStyle␣w:val="Heading1"/></w:pPr> <w:pPr><w:pStyle/></w:pPr> '
    '<w:rPr><w:vanish/></w:rPr> <w:sym/> <w:footnoteReference␣w:id="x"/> <w:hyperlink> </w:hyperlink> '
    '<mc:AlternateContent␣xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"> '
    "</mc:AlternateContent> <w:txbxContent> </w:txbxContent> <!--x--> <?x?> <w:sdt><w:sdtContent> "
    "</w:sdtContent></w:sdt> &lt; &#x0; &e; <w:fldChar/> <w:instrText> <w:noBreakHyphen/> <w:gridSpan/>"
)
BRACES = words(
    '{ } [ ] , : " \\ "text": "body": "title": "date": "authors": "articles": "x" null true 1 -1 1e999 NaN '
    '\\ud83d \\u0000 "" "<p>a</p>" {"text":"Alpha."} [[ {"name":"x"} "source": /**/ \\n \\n\\n'
)
CELLS = words('" "" , ; \\t | text title date body 1 a \\n \\r \\r\\n sep=; ,, ;; "a"b "a,b" \'')
CRAWLED = words(
    "WARC/1.0\\r\\n WARC/1.1\\n WARC-Type:␣ response\\r\\n resource\\r\\n revisit\\r\\n Content-Length:␣ 0 "
    "20 -1 1e3 \\r\\n \\r\\n\\r\\n HTTP/1.1␣200␣OK\\r\\n HTTP/1.1␣ Content-Type:␣ text/html application/pdf "
    "Content-Encoding:␣ gzip br deflate Transfer-Encoding:␣chunked\\r\\n 5\\r\\n 0\\r\\n <p>a</p> "
    "charset=utf-16 WARC-Target-URI:␣<http://a> WARC-Date:␣"
)
ZIPPED = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"\xff" * 4, b"\x00\x00", b"../", b"\x08\x00")


def as_docx(body: bytes) -> bytes:
    namespace = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    markup = b"<w:document " + namespace + b"><w:body>" + body + b"</w:body></w:document>"
    return repacked(story_docx(), word__document_xml=markup)


def docx_markup() -> bytes:
    with zipfile.ZipFile(io.BytesIO(story_docx())) as archive:
        return archive.read("word/document.xml")


def with_markup(markup: bytes) -> bytes:
    return repacked(story_docx(), word__document_xml=markup or b" ")


def crawl_of(inner: bytes) -> bytes:
    return b"".join(
        warc_record("response", http(content, "Content-Type: text/html", *headers))
        for content, headers in (
            (inner, ()),
            (gzip.compress(inner, mtime=0), ("Content-Encoding: gzip",)),
            (b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner), ("Transfer-Encoding: chunked",)),
        )
    )


def archive_of(inner: bytes) -> bytes:
    return zipped({"a.html": inner, "town/b.txt": LONG, "c.jsonl": inner, "d.csv": inner})


FORMATS = {
    "text": Format("a.txt", LONG, MARKS),
    "markdown": Format("a.md", MARKDOWN, MARKS, lambda inner: b"---\n" + inner),
    "html": Format("a.html", HTML, TAGS, lambda inner: b"<!doctype html>" + inner),
    "mhtml": Format("a.mhtml", saved_page(HTML), (*HEADERS, *TAGS), lambda inner: b"From: <Saved by Blink>\n" + inner),
    "mail": Format("a.eml", large_mail(), HEADERS, lambda inner: b"From: a@b.example\nSubject: News\n" + inner),
    "pdf": Format("a.pdf", PDF, OPERATORS, lambda inner: make_pdf(inner, info="/Title (" + "x" * 9 + ")")),
    "docx": Format("a.docx", story_docx(), XML, as_docx),
    "docx markup": Format("a.docx", docx_markup(), XML, with_markup, with_markup),
    "json": Format("a.json", json.dumps(RECORDS).encode(), BRACES, lambda inner: b"[" + inner + b"]"),
    "jsonl": Format("a.jsonl", b"\n".join(json.dumps(r).encode() for r in RECORDS), BRACES),
    "csv": Format("a.csv", TABLE.encode(), CELLS, lambda inner: b"text,title\n" + inner),
    "tsv": Format("a.tsv", TABLE.replace(",", "\t").encode(), CELLS, lambda inner: b"text\ttitle\n" + inner),
    "zip": Format("a.zip", archive_of(HTML), ZIPPED),
    "files in a zip": Format("a.zip", TABLE.encode(), (*TAGS, *BRACES, *CELLS), archive_of, archive_of),
    "warc": Format("a.warc", CRAWL, CRAWLED, lambda inner: b"WARC/1.0\r\nWARC-Type: response\r\n" + inner),
    "pages in a warc": Format("a.warc", HTML, TAGS, crawl_of, crawl_of),
}


def mutants(of: Format) -> st.SearchStrategy[bytes]:
    """A whole file with a few changes."""
    return changes(*of.words, *ANYTHING).map(lambda by: of.outer(changed(of.whole, by)))


def strings(of: Format) -> st.SearchStrategy[bytes]:
    """What the grammar is made of, in any order."""
    some = st.sampled_from((*of.words, *of.words, *ANYTHING))
    return st.lists(some, min_size=1, max_size=40).map(lambda words: of.around(b"".join(words)))


def packed(of: Format) -> st.SearchStrategy[bytes]:
    """A gzip archive: of a changed file, or itself changed."""
    archive = gzip.compress(of.outer(of.whole), mtime=0)
    return st.one_of(
        changes(*of.words).map(lambda by: gzip.compress(of.outer(changed(of.whole, by)), mtime=0)),
        changes(b"\x1f\x8b\x08").map(lambda by: changed(archive, by)),
    )


WAYS = {"mutants": mutants, "strings": strings, "packed": packed}


def check_and_keep(name: str, data: bytes) -> None:
    try:
        check_file(name, data)
    except BaseException as error:
        kept = Path(tempfile.gettempdir()) / f"broke-the-reader-{name}"
        kept.write_bytes(data)
        error.add_note(f"the file is kept as {kept}; when it is mended, it belongs in {CORPUS}")
        raise


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", FORMATS)
def test_law_any_file_becomes_articles_or_a_reason(kind: str, way: str) -> None:
    of = FORMATS[kind]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(WAYS[way](of))
    def law(data: bytes) -> None:
        check_and_keep(f"{of.name}.gz" if way == "packed" else of.name, data)

    law()


@pytest.mark.parametrize("path", [path for path in sorted(CORPUS.iterdir()) if path.name != "README.md"], ids=str)
def test_what_once_broke_a_reader_is_read_or_refused(path: Path) -> None:
    check_file(path.name, path.read_bytes())
