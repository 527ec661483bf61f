"""PDF and DOCX become source text: what is visible, in order; and what cannot be read says why."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import docx
import pypdf
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import example, given

from ingest import pdf as pdf_reader
from ingest.batch import FileToIngest, PreparedArticle
from ingest.body import select_body
from ingest.errors import ReadError
from ingest.files import fingerprint, size_limit
from ingest.pipeline import run_batch
from ingest.read import read_bytes
from tests.conftest import FakeEncoder
from tests.mutations import FUZZ, LONGEST_S, Change, changed, changes, check_text_or_reason

STORY = (
    (24, "Ferry runs aground off Port Hallow"),
    (0, ""),
    (12, "The ferry Aurora ran aground off Port Hallow on Tuesday night with"),
    (12, "212 passengers aboard, the coast guard said. Nobody was hurt, an offi-"),
    (12, "cial said."),
    (0, ""),
    (12, 'Captain Mira Lunde said the fog came down quickly. "We saw nothing'),
    (12, 'at all," she told reporters at the pier.'),
)


def typeset(lines: Sequence[tuple[int, str]]) -> bytes:
    """The drawing commands of a page: each line at its size, an empty one a gap."""
    commands, y = [], 780.0
    for size, words in lines:
        y -= 1.2 * size if size else 14
        escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        if words:
            commands.append(f"BT /F1 {size} Tf 1 0 0 1 50 {y:.1f} Tm ({escaped}) Tj ET")
    return "\n".join(commands).encode("cp1252")


def make_pdf(*pages: bytes, info: str = "", resources: str = "/Font << /F1 3 0 R >>", packed: bool = False) -> bytes:
    """A PDF of pages with these drawing commands, written by hand."""
    kids = " ".join(f"{10 + 2 * number} 0 R" for number in range(len(pages)))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        4: f"<< {info} >>".encode("latin-1"),
        5: b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
        b"/Length 1 >>\nstream\n\x00\nendstream",
    }
    for number, commands in enumerate(pages):
        at = 10 + 2 * number
        data, how = (zlib.compress(commands), " /Filter /FlateDecode") if packed else (commands, "")
        objects[at] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << {resources} >> "
            f"/Contents {at + 1} 0 R >>"
        ).encode()
        objects[at + 1] = f"<< /Length {len(data)}{how} >>\nstream\n".encode() + data + b"\nendstream"
    out, places = b"%PDF-1.4\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    return out + b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (max(places) + 1, start)


PICTURE = b"q 500 0 0 700 40 40 cm /Im1 Do Q"
WITH_PICTURE = "/Font << /F1 3 0 R >> /XObject << /Im1 5 0 R >>"


def encrypted(data: bytes, *, password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(data)))
    writer.encrypt(password, "of the owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


# --- PDF --------------------------------------------------------------------------------------------------


def test_a_pdf_is_its_lines_with_gaps_as_blank_lines_and_hyphens_as_printed() -> None:
    source = read_bytes(make_pdf(typeset(STORY)))
    assert source.text == "\n".join(words for _, words in STORY)
    assert (source.media_type, source.blocks, source.notes) == ("application/pdf", (), ())


def test_the_paragraphs_of_a_pdf_are_the_body_of_its_article() -> None:
    source = read_bytes(make_pdf(typeset(STORY)))
    assert [span.of(source.text).split()[0] for span in select_body(source)] == ["The", "Captain"]


def test_the_pages_of_a_pdf_follow_each_other_line_on_line() -> None:
    source = read_bytes(make_pdf(typeset([(12, "One (1).")]), typeset([(12, "Two – “2”.")]), packed=True))
    assert source.text == "One (1).\nTwo – “2”."


def test_what_a_pdf_says_of_itself_becomes_hints() -> None:
    info = "/Title (Ferry  aground) /Author (Jane Roe) /CreationDate (D:20210303101500+01'00')"
    assert read_bytes(make_pdf(typeset(STORY), info=info)).hints == (
        ("pdf:title", "Ferry aground"),
        ("pdf:author", "Jane Roe"),
        ("pdf:created", "2021-03-03T10:15:00+01:00"),
    )


@pytest.mark.parametrize("info", ["/CreationDate (yesterday)", "/Title 7 /Author [1 2]", "/Title 99 0 R"])
def test_odd_information_costs_no_text(info: str) -> None:
    source = read_bytes(make_pdf(typeset(STORY), info=info))
    assert source.text.startswith("Ferry runs")
    assert source.hints == ()


def test_a_scanned_pdf_is_told_to_be_one() -> None:
    with pytest.raises(ReadError, match=r"^scanned: 2 pages hold no text; run OCR on it$"):
        read_bytes(make_pdf(PICTURE, PICTURE, resources=WITH_PICTURE))


def test_pages_without_text_among_others_are_noted() -> None:
    source = read_bytes(make_pdf(typeset(STORY), PICTURE, typeset(STORY), resources=WITH_PICTURE))
    assert source.notes == ("1 of 3 pages holds no text: probably scanned",)


def test_a_blank_page_is_no_scanned_one() -> None:
    assert read_bytes(make_pdf(typeset(STORY), b"")).notes == ()


def test_a_pdf_without_text_or_pictures_holds_nothing() -> None:
    with pytest.raises(ReadError, match="no text and no picture"):
        read_bytes(make_pdf(b"", b"0 0 m 9 9 l S"))


def test_a_pdf_that_anyone_may_open_is_read_though_encrypted() -> None:
    assert read_bytes(encrypted(make_pdf(typeset(STORY)), password="")).text.startswith("Ferry runs")


def test_a_pdf_with_a_password_is_refused() -> None:
    with pytest.raises(ReadError, match="protected by a password"):
        read_bytes(encrypted(make_pdf(typeset(STORY)), password="secret"))


@pytest.mark.parametrize("data", [b"%PDF-", b"%PDF-1.7\n1 0 obj", make_pdf(typeset(STORY))[:200]])
def test_a_damaged_pdf_says_what_to_do(data: bytes) -> None:
    with pytest.raises(ReadError, match=r"damaged PDF file \(.+\); open it and save"):
        read_bytes(data)


def test_one_damaged_page_does_not_take_the_others_with_it() -> None:
    good = make_pdf(typeset(STORY), typeset([(12, "Two.")]))
    source = read_bytes(good.replace(b"/Contents 13 0 R", b"/Contents (13 0)"))
    assert source.text.startswith("Ferry runs")
    assert "Two." not in source.text
    assert source.notes == ("1 of 2 pages is damaged and could not be read",)


def test_fonts_that_do_not_say_which_letters_they_show_are_told() -> None:
    with pytest.raises(ReadError, match="text layer is unreadable"):
        read_bytes(make_pdf(b"BT /F1 12 Tf 50 700 Td <0102030405060708> Tj ET"))


def test_a_pdf_of_too_many_pages_is_refused() -> None:
    data = make_pdf(*[b""] * (pdf_reader._MOST_PAGES + 1))
    with pytest.raises(ReadError, match="2001 pages, more than 2000"):
        read_bytes(data)


def test_a_page_that_unpacks_to_too_much_is_refused() -> None:
    start = time.monotonic()
    with pytest.raises(ReadError, match=r"damaged|complex"):
        read_bytes(make_pdf(b" " * 30_000_000, packed=True))
    assert time.monotonic() - start < LONGEST_S


def test_drawing_commands_are_counted_over_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_reader, "_MOST_OPERATIONS", 50)
    monkeypatch.setattr(pdf_reader._Budget, "__init__", _with_operations(50))
    with pytest.raises(ReadError, match="too many drawing commands"):
        read_bytes(make_pdf(*[typeset(STORY)] * 3))


def _with_operations(count: int) -> Callable[..., None]:
    def init(self: pdf_reader._Budget, until: float) -> None:
        self.until, self.operations, self.content_bytes = until, count, 10**9

    return init


def test_large_pdfs_are_admitted_where_large_texts_are_not(tmp_path: Path) -> None:
    for name, start in (("a.pdf", b"%PDF-1.4"), ("a.docx", b"PK\x03\x04")):
        (tmp_path / name).write_bytes(start + b"\0" * 11_000_000)
        assert fingerprint(tmp_path / name)[0] > 11_000_000
    (tmp_path / "a.txt").write_bytes(b"a" * 11_000_000)
    with pytest.raises(ReadError, match="larger than 10 MB"):
        fingerprint(tmp_path / "a.txt")
    assert size_limit(b"%PDF-") == 100_000_000


AES = (
    b"/Encrypt << /Filter /Standard /V 5 /R 6 /Length 256 /P -1 /O (%s) /U (%s) /OE (%s) /UE (%s) /Perms (%s) "
    b"/CF << /StdCF << /CFM /AESV3 /Length 32 >> >> /StmF /StdCF /StrF /StdCF >>"
) % (b"a" * 48, b"b" * 48, b"c" * 32, b"d" * 32, b"e" * 16)


# Where the package `cryptography` is there, pypdf gets as far as asking for the password.
NOT_KNOWN = "it is encrypted; open it and save or print it again without protection"


@pytest.mark.parametrize(
    ("how", "said"),
    [(AES, f"{NOT_KNOWN}|it is protected by a password"), (b"/Encrypt << /Filter /Other /V 1 >>", NOT_KNOWN)],
)
def test_an_encryption_that_is_not_known_is_told(how: bytes, said: str) -> None:
    data = make_pdf(typeset(STORY)).replace(b"/Info 4 0 R", b"/Info 4 0 R /ID [(aaaaaaaa)(aaaaaaaa)] " + how)
    with pytest.raises(ReadError, match=said):
        read_bytes(data)


# --- DOCX -------------------------------------------------------------------------------------------------


def saved(document: docx.document.Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@cache
def story_docx() -> bytes:
    document = docx.Document()
    document.core_properties.title = "Ferry aground"
    document.core_properties.author = "Jane Roe"
    document.core_properties.created = dt.datetime(2021, 3, 3, 9, 15)
    document.add_heading("Ferry runs aground", 0)
    document.add_paragraph("The ferry Aurora ran aground & stayed <there> on Tuesday, the coast guard said.")
    document.add_heading("Aboard", 2)
    table = document.add_table(2, 2)
    for place, words in (((0, 0), "Passengers"), ((0, 1), "212"), ((1, 0), "Crew"), ((1, 1), "11")):
        table.cell(*place).text = words
    document.add_paragraph("Divers will examine the hull.", style="List Bullet")
    document.sections[0].header.paragraphs[0].text = "The Hallow Times"
    document.sections[0].footer.paragraphs[0].text = "Page 1"
    return saved(document)


def with_paragraph(*runs: str, inner: str = "") -> bytes:
    """A document of one paragraph, its markup given."""
    document = docx.Document()
    document.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w')}>{inner}{''.join(runs)}</w:p>"))
    return saved(document)


def run(words: str, properties: str = "", tag: str = "w:t") -> str:
    return f'<w:r>{properties and f"<w:rPr>{properties}</w:rPr>"}<{tag} xml:space="preserve">{words}</{tag}></w:r>'


def repacked(data: bytes, **parts: bytes) -> bytes:
    """The document with some parts replaced or added; `__` in a name is a slash, `_` a dot."""
    new = {name.replace("__", "/").replace("_", "."): content for name, content in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in old.namelist():
            archive.writestr(name, new.pop(name, None) or old.read(name))
        for name, content in new.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_docx_is_its_paragraphs_and_tables_in_order() -> None:
    source = read_bytes(story_docx())
    assert source.text.split("\n\n") == [
        "The Hallow Times",
        "Ferry runs aground",
        "The ferry Aurora ran aground & stayed <there> on Tuesday, the coast guard said.",
        "Aboard",
        *("Passengers", "212", "Crew", "11"),
        "Divers will examine the hull.",
        "Page 1",
    ]


def test_the_blocks_of_a_docx_say_what_is_a_heading_and_what_is_in_a_table() -> None:
    source = read_bytes(story_docx())
    paths = {source.text[b.start : b.end]: (b.tag, b.path.removeprefix("html>body>")) for b in source.blocks}
    assert paths["Ferry runs aground"] == ("h1", "h1")
    assert paths["Aboard"] == ("h2", "h2")
    assert paths["212"] == ("p", "table>tr>td>p")
    assert paths["The Hallow Times"] == ("p", "header>p")


def test_what_a_docx_says_of_itself_becomes_hints() -> None:
    assert set(read_bytes(story_docx()).hints) >= {
        ("docx:title", "Ferry aground"),
        ("docx:author", "Jane Roe"),
        ("docx:created", "2021-03-03T09:15:00+00:00"),
    }


def test_the_properties_of_an_empty_template_are_not_the_articles() -> None:
    document = docx.Document()
    document.add_paragraph("Divers will examine the hull.")
    assert read_bytes(saved(document)).hints == ()


def test_deleted_and_hidden_words_are_no_text_and_inserted_ones_are() -> None:
    data = with_paragraph(
        run("The ferry "),
        f'<w:del w:id="1" w:author="a">{run("sank", tag="w:delText")}</w:del>',
        f'<w:moveFrom w:id="2" w:author="a">{run("moved")}</w:moveFrom>',
        f'<w:ins w:id="3" w:author="a">{run("ran aground")}</w:ins>',
        run(" in secret", "<w:vanish/>"),
        run(" off Hallow", '<w:vanish w:val="0"/>'),
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + run(" PAGE ", tag="w:instrText"),
        run("."),
    )
    assert read_bytes(data).text == "The ferry ran aground off Hallow."


def test_a_style_can_hide_words_and_be_based_on_itself() -> None:
    document = docx.Document()
    style = document.styles.add_style("Secret", docx.enum.style.WD_STYLE_TYPE.CHARACTER)
    style.font.hidden = True
    document.styles.add_style("Round", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    document.styles["Round"].base_style = document.styles["Round"]
    paragraph = document.add_paragraph("Seen", style="Round")
    paragraph.add_run(" unseen", style="Secret")
    assert read_bytes(saved(document)).text == "Seen"


def test_tabs_breaks_and_hyphens_of_a_docx_are_kept_apart() -> None:
    data = with_paragraph(
        "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r>"
    )
    assert read_bytes(data).text == "a b\nc-d"


def test_a_text_box_is_read_once_and_after_its_paragraph() -> None:
    box = f"<w:txbxContent><w:p>{run('boxed')}</w:p></w:txbxContent>"
    other = '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    data = with_paragraph(
        run("before "),
        f'<w:r>{other}<mc:Choice Requires="wps"><w:drawing>{box}</w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>",
        run("after"),
    )
    assert read_bytes(data).text == "before after\n\nboxed"


def test_footnotes_stand_below_the_text() -> None:
    namespace = nsdecls("w")
    notes = f'<w:footnotes {namespace}><w:footnote w:type="separator" w:id="0"><w:p>{run("--")}</w:p></w:footnote>'
    notes += f'<w:footnote w:id="1"><w:p>{run("By the pier.")}</w:p></w:footnote></w:footnotes>'
    data = with_paragraph(run("It stayed there."))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        rels = archive.read("word/_rels/document.xml.rels")
        types = archive.read("[Content_Types].xml")
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    rels = rels.replace(
        b"</Relationships>", f'<Relationship Id="rN" Type="{kind}" Target="footnotes.xml"/></Relationships>'.encode()
    )
    types = types.replace(
        b"</Types>",
        b'<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        b'wordprocessingml.footnotes+xml"/></Types>',
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        replaced = {"word/_rels/document.xml.rels": rels, "[Content_Types].xml": types}
        for name in old.namelist():
            new.writestr(name, replaced.get(name) or old.read(name))
        new.writestr("word/footnotes.xml", notes)
    assert read_bytes(out.getvalue()).text == "It stayed there.\n\nBy the pier."


def test_an_empty_docx_holds_no_text() -> None:
    with pytest.raises(ReadError, match="document holds no text"):
        read_bytes(saved(docx.Document()))


def test_a_bomb_is_not_unpacked() -> None:
    start = time.monotonic()
    bomb = repacked(story_docx(), word__document_xml=b"<a>" + b" " * 60_000_000)
    with pytest.raises(ReadError, match="unpacks to more than a document holds"):
        read_bytes(bomb)
    assert time.monotonic() - start < LONGEST_S


def test_entities_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    markup = (
        f'<!DOCTYPE d [<!ENTITY a "{"ha" * 50}"><!ENTITY b "{"&a;" * 50}"><!ENTITY c "{"&b;" * 50}">'
        f'<!ENTITY f SYSTEM "file://{tmp_path}/secret.txt">]>'
        f"<w:document {nsdecls('w')}><w:body><w:p><w:r><w:t>x &c; &f;</w:t></w:r></w:p></w:body></w:document>"
    )
    try:
        text = read_bytes(repacked(story_docx(), word__document_xml=markup.encode())).text
    except ReadError:
        return
    assert "secret" not in text
    assert "haha" not in text


def test_a_docx_nested_too_deeply_is_refused_and_not_cut_short() -> None:
    cell = "<w:tbl><w:tr><w:tc>" * 200 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 200
    markup = f"<w:document {nsdecls('w')}><w:body><w:p>{run('Seen.')}</w:p>{cell}</w:body></w:document>"
    with pytest.raises(ReadError, match=r"deeply|damaged"):
        read_bytes(repacked(story_docx(), word__document_xml=markup.encode()))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("xl/workbook.xml", "Excel"),
        ("ppt/a.xml", "PowerPoint"),
        ("content.xml", "OpenDocument"),
        ("a.txt", "ZIP archive"),
    ],
)
def test_other_archives_are_called_what_they_are(name: str, what: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "text")
    with pytest.raises(ReadError, match=what):
        read_bytes(out.getvalue())


def test_a_damaged_docx_says_what_to_do() -> None:
    with pytest.raises(ReadError, match=r"damaged Word document \(.+\); open it and save it again"):
        read_bytes(story_docx()[:-200])
    with pytest.raises(ReadError, match=r"damaged Word document \(.+\); open it and save it again"):
        read_bytes(repacked(story_docx(), word__document_xml=b"<w:document>"))


# --- anything at all --------------------------------------------------------------------------------------


@cache
def small_pdf() -> bytes:
    return make_pdf(typeset(STORY), PICTURE, resources=WITH_PICTURE, info="/Title (T)", packed=True)


@FUZZ
@given(changes())
@example([("cut", 0.0, 0.0, b"x")])
def test_no_change_breaks_the_reader_of_pdfs(by: list[Change]) -> None:
    check_text_or_reason(changed(small_pdf(), by))


@FUZZ
@given(changes())
def test_no_change_breaks_the_reader_of_docx(by: list[Change]) -> None:
    check_text_or_reason(changed(story_docx(), by))


@FUZZ
@given(changes())
def test_no_change_of_its_markup_breaks_the_reader_of_docx(by: list[Change]) -> None:
    with zipfile.ZipFile(io.BytesIO(story_docx())) as archive:
        markup = archive.read("word/document.xml")
    check_text_or_reason(repacked(story_docx(), word__document_xml=changed(markup, by)))


# --- from end to end --------------------------------------------------------------------------------------


def test_a_pdf_and_a_docx_become_articles_whose_passages_slice_back(tmp_path: Path) -> None:
    files = []
    for name, data in (("a.pdf", make_pdf(typeset(STORY), PICTURE, resources=WITH_PICTURE)), ("b.docx", story_docx())):
        (tmp_path / name).write_bytes(data)
        files.append(FileToIngest(str(tmp_path / name), str(tmp_path), name, len(data), 0, ""))
    outcomes = run_batch(files, encoder=FakeEncoder(), count_tokens=lambda text: len(text.split()))
    articles = [outcome for outcome in outcomes if isinstance(outcome, PreparedArticle)]
    assert [one.article.source for one in articles] == ["a.pdf", "b.docx"]
    assert [one.article.headline for one in articles] == ["Ferry runs aground off Port Hallow", "Ferry runs aground"]
    assert articles[0].article.notes == ("1 of 2 pages holds no text: probably scanned",)
    for one in articles:
        assert all("aground" in one.source_text[span.start : span.end] for span in one.spans[:1])


def test_a_paragraph_in_a_narrow_column_is_one_paragraph() -> None:
    column = ["The harbour master, Tom Ek,", "had warned of the sandbank in", "January, and was not heard,", "he said."]
    column += ["The ministry did not answer", "questions on Wednesday."]
    source = read_bytes(make_pdf(typeset([(12, line) for line in column])))
    assert [span.of(source.text) for span in select_body(source)] == ["\n".join(column[:4]), "\n".join(column[4:])]
