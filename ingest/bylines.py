"""Who published an article and who wrote it: the outlet, and the names of the byline.

The idea: an outlet is what the page calls itself, in its markup, its title or its small print; the agency of a dateline
stands in only where nothing else is named. Authors are persons' names: a byline is read up to the first word that
cannot be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.article import Basis
from ingest.confidence import AUTHORS, OUTLET
from ingest.dates import find_dates
from ingest.surroundings import (
    ADDRESS_HINTS,
    LONGEST_LINE,
    SEPARATOR,
    Surroundings,
    datelines,
    field_words,
    host_of,
    key,
    word_set,
)

__all__ = ["find_authors", "find_outlet", "is_byline"]

_PROPER = r"(?-i:[A-Z&])[\w&'’-]*(?:\.\w+)*"
_COPYRIGHT = re.compile(
    r"(?:\bcopyright|©|\(c\)(?=\s*\d))(?:[\s©(c),–-]|copyright\b|\d{4})*(?:by\s+)?"
    rf"(?P<name>{_PROPER}(?:\s{_PROPER}){{0,5}})",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(r"^(?:all|policy|notice|the|and|terms|privacy|law|page|inc|ltd|reserved)\b", re.IGNORECASE)
_LEGAL = re.compile(
    r"responsible|liable|liability|reserves? the right|terms of|disclaimer|own risk|views expressed", re.IGNORECASE
)
_DOMAIN = re.compile(r"\b(?P<bare>[A-Z][\w-]+)\.(?:com|org|net|info|co\.[a-z]{2}|[a-z]{2})\b")
_EDITOR = re.compile(
    r"\b(?:written|posted|published) by\s+(?:the\s+)?editors?\s+(?:of\s+|at\s+)?(?P<name>[A-Z][\w&.-]+)", re.I
)
_BYLINE = re.compile(
    r"^(?:[^\w\s]\s*)?(?:(?:written|story|words|report|reported|posted)\s+by|by|authors?\s*:)\s+(?P<names>\S.*)", re.I
)
_SENDER = re.compile(r"^\s*\"?(?P<name>[^\"<>@]*?)\"?\s*(?:<[^<>]*>)?\s*$")
_NO_NAME = word_set("""
    staff editor editors editorial reporter reporters writer correspondent contributor desk news press agency agencies
    associated reuters afp ap the a an published updated posted on at in for about and admin team bureau service wire
    newsletter newsletters links navigation social user administrator unknown
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday jan feb mar apr jun jul aug sep sept oct nov dec""")
_PARTICLES = word_set("de del della der van von den di da la le el al bin ben ibn dos du ter y")

_OUTLET_HINTS = ("meta:og:site_name", "jsonld:publisher", "meta:application-name", "meta:publisher")
_OUTLET_FIELDS = ("field:source", "field:outlet", "field:publisher")
_AUTHOR_HINTS = ("jsonld:author", "itemprop:author", "meta:author", "meta:article:author", "meta:byl")
_AUTHOR_FIELDS = ("field:authors", "field:author", "field:byline")


def is_byline(line: str) -> bool:
    """Whether the line begins as a byline does."""
    return _BYLINE.match(line) is not None


# --- outlet ------------------------------------------------------------------------------------------------


def find_outlet(page: Surroundings, headline: str | None) -> tuple[str | None, Basis | None]:
    """The publication; the news agency of a dateline only where no publication is named."""
    for names, kind in ((_OUTLET_HINTS, "markup"), (_OUTLET_FIELDS, "field")):
        name, named = next(page.named_hints(*names), ("", None))
        if named is not None and not named.startswith("http"):
            return re.split(r"\s+\|\s+", named)[0], Basis(_words_for(kind, name), OUTLET[kind])
    title = page.hint("title") or (page.head[0].text[:LONGEST_LINE] if page.head else "")
    if headline is not None and key(title).startswith(key(headline) + " "):
        parts = SEPARATOR.split(title)
        if len(parts) > 1 and 1 <= len(parts[-1].split()) <= 5 and not find_dates(parts[-1]):
            return parts[-1].strip(), Basis("what follows the headline in the page's title", OUTLET["title"])
    return _from_address(page) or _from_small_print(page) or _from_senders(page)


def _words_for(kind: str, name: str) -> str:
    if kind == "markup":
        return "the page's markup"
    return field_words(name) if name.startswith("front:") else "a field of its line"


def _from_address(page: Surroundings) -> tuple[str, Basis] | None:
    address = page.hint(*ADDRESS_HINTS)
    host = host_of(address) if address else None
    return (host, Basis("the host of its address", OUTLET["address"])) if host else None


def _from_small_print(page: Surroundings) -> tuple[str, Basis] | None:
    for line in (*reversed(page.tail), *page.head):
        found = _COPYRIGHT.search(line.text[:LONGEST_LINE])
        if found and not _NOT_A_NAME.match(found["name"]):
            name = re.sub(r"[\s,]+(?:All|Inc|Ltd|LLC|Rights)\b.*$", "", found["name"]).rstrip(" .,-")
            return name, Basis("the copyright line", OUTLET["copyright"])
    notice = Basis("a notice below the article", OUTLET["notice"])
    for line in page.tail:
        found = _DOMAIN.search(line.text)
        if found and _LEGAL.search(line.text):
            alone = any(re.search(rf"\b{re.escape(found['bare'])}\b(?!\.\w)", other.text) for other in page.tail)
            return (found["bare"] if alone else found.group()), notice
        found = _EDITOR.search(line.text[:LONGEST_LINE])
        if found:
            return found["name"].rstrip("."), notice
    return None


def _from_senders(page: Surroundings) -> tuple[str | None, Basis | None]:
    sender = _sender(page)
    if sender and _person(sender) is None:
        return sender, Basis("the sender of the mail", OUTLET["sender"])
    agency = next((found["agency"].strip() for found in datelines(page) if found["agency"]), None)
    return agency, Basis("the agency that the dateline names", OUTLET["agency"]) if agency else None


def _sender(page: Surroundings) -> str | None:
    """The name of a mail's sender, without the address."""
    found = _SENDER.match(page.hint("mail:from") or "")
    return (found["name"].strip(" ,'") or None) if found else None


def _person(sender: str) -> str | None:
    """The person who sends, be it for an outlet ("Ada Brook at Hallow Post"); None where it is the outlet itself."""
    first = re.split(r"\s*[,|(]|\s+(?:at|from|via|of)\s", sender)[0]
    return first if next(_names(first), None) == first else None


# --- authors -----------------------------------------------------------------------------------------------


def find_authors(page: Surroundings, headline_at: int | None) -> tuple[tuple[str, ...], Basis | None]:
    """The names of the byline, in its order; `headline_at` is the index in the head of the line with the headline."""
    for kind, words, told in _told(page, headline_at):
        names = _distinct([name for value in told for name in _names(re.sub(r"^by\s+", "", value, flags=re.I))])
        if names:
            return names, Basis(words, AUTHORS[kind])
    return (), None


def _told(page: Surroundings, headline_at: int | None) -> Iterator[tuple[str, str, list[str]]]:
    """Kind of evidence, its words and what it says, the strongest first."""
    yield "markup", "the page's markup", list(page.hints(*_AUTHOR_HINTS))
    told = list(page.named_hints(*_AUTHOR_FIELDS))
    if told:
        yield "field", _words_for("field", told[0][0]), [value for _, value in told]
    lines = (*page.head[max(0, (headline_at or len(page.head)) - 4) :], *page.tail[:4])
    bylines = (_BYLINE.match(line.text[:LONGEST_LINE]) for line in lines)
    yield "byline", "the byline", [found["names"] for found in bylines if found]
    yield "dateline", "the dateline", [found["author"] for found in datelines(page) if found["author"]]
    sender = _sender(page)
    person = _person(sender) if sender else None
    yield "mail", "the sender of the mail", [person] if person else []
    for name in ("pdf:author", "docx:author"):
        yield "properties", f"the {name[:-7].upper()} file's author property", list(page.hints(name))


def _distinct(names: list[str]) -> tuple[str, ...]:
    """The names once each, without one that is nothing but others run together, as scrapers make them."""
    once = tuple(dict.fromkeys(names))
    return tuple(
        name
        for name in once
        if not (len(name.split()) >= 4 and _made_of(name, [other for other in once if other != name]))
    )


def _made_of(name: str, others: list[str]) -> bool:
    rest = name
    for other in others:
        rest = rest.replace(other, "")
    return not rest.strip()


def _names(text: str) -> Iterator[str]:
    """The names of persons at the start of `text`: two to five capitalised words each."""
    text = re.sub(r"(?<=[a-z])(?=Staff\b|Senior\b|Reporter\b)", ", ", text[:200])
    for part in re.split(r"\s+and\s+|\s*[,&;|•·/]\s*|(?<=[a-z]{2})\.\s+", text, flags=re.I):
        words: list[str] = []
        for word in part.split():
            if word.casefold().strip(".:") in _NO_NAME or not (word[0].isupper() or word in _PARTICLES):
                break
            words.append(word)
        if not 2 <= len(words) <= 5 or any(c.isdigit() for word in words for c in word):
            return  # after the names come roles, dates and places
        yield " ".join(words).rstrip(".")
