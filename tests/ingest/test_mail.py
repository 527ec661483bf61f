"""Mails and saved pages become source text: the body that is seen; headers are hints, attachments are named."""

from __future__ import annotations

import time
from collections.abc import Sequence
from email.message import EmailMessage
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given

from ingest.errors import ReadError
from ingest.mail import is_message
from ingest.read import read_bytes
from tests.mutations import FUZZ, LONGEST_S, Change, changed, changes, check_text_or_reason

TEXT = "The ferry Aurora ran aground off Hallow – nobody was hurt.\n\nDivers will look at the hull.\n"
PAGE = "<html><body><h1>Ferry</h1><p>The ferry ran aground – nobody was hurt.</p></body></html>"


def mail(text: str | None = TEXT, page: str | None = None, **headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {"From": "Jané Roe <jane@orr.example>", "To": "news@orr.example", **headers}.items():
        message[name.replace("_", "-")] = value
    message["Subject"] = "Fähre läuft auf Grund, die Küstenwache kommt und hilft den Leuten von Bord"
    message["Date"] = "Wed, 03 Mar 2021 10:15:00 +0100"
    if text is not None:
        message.set_content(text)
        if page is not None:
            message.add_alternative(page, subtype="html")
    elif page is not None:
        message.set_content(page, subtype="html")
    return message


def part(content: bytes, kind: str, *headers: str) -> bytes:
    lines = [f"Content-Type: {kind}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content


def multipart(kind: str, *parts: bytes, headers: Sequence[str] = ("From: a@b.example", "Subject: News")) -> bytes:
    top = "\r\n".join([*headers, "MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="xx"', "", ""])
    return top.encode() + b"".join(b"--xx\r\n" + one + b"\r\n" for one in parts) + b"--xx--\r\n"


def test_the_text_of_a_mail_is_its_plain_text_as_it_stands() -> None:
    source = read_bytes(mail().as_bytes())
    assert (source.text, source.media_type, source.blocks) == (TEXT, "message/rfc822", ())
    assert source.notes == ()


def test_headers_of_a_mail_become_hints() -> None:
    assert read_bytes(mail().as_bytes()).hints == (
        ("mail:subject", "Fähre läuft auf Grund, die Küstenwache kommt und hilft den Leuten von Bord"),
        ("mail:from", "Jané Roe <jane@orr.example>"),
        ("mail:date", "2021-03-03T10:15:00+01:00"),
    )


def test_a_mail_as_it_is_exported_with_other_line_ends_is_the_same() -> None:
    data = mail(page=PAGE).as_bytes()
    crlf = data.replace(b"\n", b"\r\n")
    assert read_bytes(b"\r\n" + crlf).hints == read_bytes(data).hints
    assert read_bytes(crlf).text.splitlines() == read_bytes(data).text.splitlines()


def test_plain_text_is_preferred_to_html() -> None:
    assert read_bytes(mail(page=PAGE).as_bytes()).text == TEXT


@pytest.mark.parametrize("text", ["", "\n", "Open this mail in a browser.\n"])
def test_html_is_read_where_the_plain_text_is_trivial(text: str) -> None:
    long_page = PAGE.replace("</p>", "</p><p>" + "Divers will look at the hull on Wednesday. " * 9 + "</p>")
    source = read_bytes(mail(text, long_page).as_bytes())
    assert source.text.startswith("Ferry\n\nThe ferry ran aground – nobody was hurt.")
    assert [block.tag for block in source.blocks] == ["h1", "p", "p"]


def test_a_mail_in_html_alone_is_read_as_a_page() -> None:
    source = read_bytes(mail(None, PAGE).as_bytes())
    assert source.text == "Ferry\n\nThe ferry ran aground – nobody was hurt."
    assert source.hints[0] == ("mail:subject", mail()["Subject"])


def test_attachments_are_named_and_not_read() -> None:
    message = mail(page=PAGE)
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="a.pdf")
    message.add_attachment("Not the body.", filename="über.txt")
    source = read_bytes(message.as_bytes())
    assert source.text == TEXT
    assert source.notes == ("2 attachments not read: a.pdf, über.txt",)


def test_pictures_in_the_body_are_no_attachments() -> None:
    related = part(PAGE.encode(), "text/html; charset=utf-8")
    picture = part(b"R0lGODlh", "image/gif", "Content-ID: <1@x>", "Content-Transfer-Encoding: base64")
    assert read_bytes(multipart("related", related, picture)).notes == ()


def test_texts_in_a_row_are_read_in_a_row() -> None:
    data = multipart("mixed", part(b"One.", "text/plain"), part(b"Two.", "text/plain"))
    assert read_bytes(data).text == "One.\n\nTwo."


def test_pages_in_a_row_keep_their_blocks() -> None:
    data = multipart("mixed", part(b"<p>One.</p>", "text/html"), part(b"<p>Two.</p>", "text/html"))
    source = read_bytes(data)
    assert [source.text[block.start : block.end] for block in source.blocks] == ["One.", "Two."]


@pytest.mark.parametrize(
    ("charset", "codec"), [("windows-1251", "cp1251"), ("koi8-r", "koi8-r"), ("UTF-8", "utf-8"), ("no-such", "cp1251")]
)
def test_a_part_is_read_in_its_declared_charset(charset: str, codec: str) -> None:
    words = "Паром сел на мель у острова, сообщила береговая охрана. Никто не пострадал."
    data = multipart("mixed", part(words.encode(codec), f"text/plain; charset={charset}"))
    assert read_bytes(data).text == words


def test_a_declared_charset_that_does_not_fit_is_told() -> None:
    words = "Паром сел на мель у острова, сообщила береговая охрана. Никто не пострадал."
    source = read_bytes(multipart("mixed", part(words.encode("cp1251"), "text/plain; charset=utf-8")))
    assert source.notes[0].startswith("it is not in the encoding it declares (utf-8): read as ")


def test_a_mail_without_text_is_refused() -> None:
    with pytest.raises(ReadError, match="mail holds no text"):
        read_bytes(
            multipart("mixed", part(b"%PDF", "application/pdf", 'Content-Disposition: attachment; filename="a"'))
        )


def test_a_mailbox_of_several_mails_is_refused() -> None:
    one = b"From jane@orr.example Wed Mar  3 10:15:00 2021\n" + mail().as_bytes()
    assert read_bytes(one).text == TEXT
    with pytest.raises(ReadError, match="mailbox of several mails"):
        read_bytes(one + b"\n\n" + one)


@pytest.mark.parametrize(
    "text",
    [
        "From: the quay, the ferry looks whole.\n\nIt is not.\n",
        "Breaking: Ferry aground\nBy: Jane Roe\nDate: 3 March 2021\n\nThe ferry ran aground.\n",
        "Subject: ferries.\n\nThey run aground.\n",
        "From: Hallow\nTo: Orr\nDate: March 3\n\nThe ferry ran aground on its way.\n",
        "FERRY: AGROUND\n",
    ],
)
def test_a_text_that_begins_with_a_colon_stays_a_text(text: str) -> None:
    assert not is_message(text.encode())
    assert read_bytes(text.encode()).text == text


def test_parts_within_parts_without_end_are_refused() -> None:
    start = time.monotonic()
    data = b"From: a@b.example\nSubject: x\nMIME-Version: 1.0\n"
    for depth in range(2_000):
        data += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (depth, depth)
    with pytest.raises(ReadError, match="50 nested ones"):
        read_bytes(data + b"Content-Type: text/plain\n\nNews.\n" + b"x\n" * 100_000)
    assert time.monotonic() - start < LONGEST_S


def test_a_mail_of_too_many_parts_is_refused() -> None:
    with pytest.raises(ReadError, match="more than 500 parts"):
        read_bytes(multipart("mixed", *[part(b"x", "image/gif")] * 600))
    with pytest.raises(ReadError, match="more than 500 parts"):
        read_bytes(multipart("mixed") + b"--xx\n\nA\n" * 900_000)


def test_an_endless_header_says_nothing_and_takes_no_time() -> None:
    start = time.monotonic()
    data = b"From: a@b.example\nDate: x\nTo: x\nSubject: " + b"=?utf-8?q?" * 5_000 + b"\n\nNews.\n"
    assert [name for name, _ in read_bytes(data).hints] == ["mail:from", "mail:date"]
    assert time.monotonic() - start < LONGEST_S


# --- saved pages ------------------------------------------------------------------------------------------


def saved_page(page: bytes = PAGE.encode(), kind: str = "text/html", encoding: str = "8bit", **more: Any) -> bytes:
    html = part(page, kind, f"Content-Transfer-Encoding: {encoding}", "Content-Location: https://orr.example/ferry")
    style = part(b"p {}", "text/css", "Content-Location: https://orr.example/a.css")
    headers = (
        "From: <Saved by Blink>",
        "Snapshot-Content-Location: https://orr.example/2021/03/03/ferry",
        "Subject: Ferry",
        "Date: Thu, 04 Mar 2021 08:00:00 GMT",
    )
    return multipart("related", style, html, headers=more.get("headers", headers))


def test_a_saved_page_is_read_as_the_page_it_was() -> None:
    source = read_bytes(saved_page())
    assert source.text == "Ferry\n\nThe ferry ran aground – nobody was hurt."
    assert [block.tag for block in source.blocks] == ["h1", "p"]
    assert source.hints == (
        ("mhtml:location", "https://orr.example/2021/03/03/ferry"),
        ("mhtml:date", "2021-03-04T08:00:00+00:00"),
    )


def test_a_saved_page_is_decoded_as_its_part_declares() -> None:
    page = "<html><body><p>Паром =3D сел на мель.</p></body></html>".encode("cp1251")
    source = read_bytes(saved_page(page, "text/html; charset=windows-1251", "quoted-printable"))
    assert source.text == "Паром = сел на мель."
    assert source.codec == "cp1251"


def test_a_page_saved_without_a_sender_gives_the_address_of_its_part() -> None:
    source = read_bytes(saved_page(headers=("Subject: Ferry",)))
    assert source.hints == (("mhtml:location", "https://orr.example/ferry"),)


def test_a_saved_page_without_html_is_refused() -> None:
    with pytest.raises(ReadError, match="holds no HTML"):
        read_bytes(saved_page(kind="image/svg+xml"))


# --- anything at all --------------------------------------------------------------------------------------


@cache
def large_mail() -> bytes:
    message = mail(page=PAGE)
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="a.pdf")
    return message.as_bytes()


WORDS = (b"=?utf-8?b?", b'"', b";", b"\n", b"\n\n", b"*0*=")


@FUZZ
@given(changes(*WORDS))
@example([("cut", 0.0, 0.0, b"x")])
def test_no_change_breaks_the_reader_of_mail(by: list[Change]) -> None:
    check_text_or_reason(changed(large_mail(), by))


@FUZZ
@given(changes(*WORDS))
@example([("flip", 0.125, 0.0, b"\x80")])  # a byte beyond ASCII in an address
def test_no_change_breaks_the_reader_of_saved_pages(by: list[Change]) -> None:
    check_text_or_reason(changed(saved_page(), by))
