"""Headline, outlet, authors and publication day of an article, each only as far as the page states it.

The idea: general signals, strongest first, and nothing invented. What the markup says outranks what the lines
around the body look like; a clock at the top of a page tells when it was fetched and never, by itself, when
the article appeared. Every day comes with the words it rests on, and so does every day that is missing.
What the fields of its line say of an article in a container ranks as markup does, after the page's own.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ingest.article import PublicationDate, Span
from ingest.dates import DateMention, day_in_address, find_dates, only_a_date, resolve_year
from ingest.read import SourceText

__all__ = ["Metadata", "find_metadata"]

_LONGEST_LINE = 400  # characters: what is longer is neither a headline, a byline nor a date line
_TOP_LINES = 3  # a page clock stands among the first lines


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DATELINE = re.compile(
    r"(?P<place>[A-Z][^\W\d_]*[\w .,'’/-]{0,60}?)??"
    r"\s*(?:\((?P<agency>[A-Z][\w.&/' ]{1,40})\)\s*(?:,\s*(?P<author>[A-Z][\w.'’ -]{3,50}?)\s*)?)?(?:--+|[—–:]|-\s)"
)
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
_SEPARATOR = re.compile(r"\s+(?:\||[-–—:·•»«]|::|//)\s+|\s*\|\s*")
_BYLINE = re.compile(
    r"^(?:[^\w\s]\s*)?(?:(?:written|story|words|report|reported|posted)\s+by|by|authors?\s*:)\s+(?P<names>\S.*)", re.I
)
_NO_NAME = _words("""
    staff editor editors editorial reporter reporters writer correspondent contributor desk news press agency agencies
    associated reuters afp ap the a an published updated posted on at in for about and admin team bureau service wire
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday jan feb mar apr jun jul aug sep sept oct nov dec""")
_PARTICLES = _words("de del della der van von den di da la le el al bin ben ibn dos du ter y")
_FURNITURE = re.compile(
    r"\b(?:menu|sign (?:in|up)|log ?in|subscribe|newsletters?|short url|skip to|read (?:more|also|next)|click|related|"
    r"share (?:this|on)|cookies?|all rights|copyright|privacy|terms of|advertis\w+|listen live|watch live|printable|"
    r"comments?|download|facebook|twitter|whatsapp|image|photo|getty|credit|trending|most (?:read|popular)|follow us|"
    r"account|javascript|browser|your (?:email|inbox))\b|https?://|www\.|©",
    re.IGNORECASE,
)
_COUNTER = re.compile(r"\(\s*\d[\d,.]*\s*\)\s*$")
_GLUED_TIME = re.compile(
    r"[\s|,–—-]*(?:\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?\s*,?\s*)?\d{1,2}:\d{2}(?:\s*[ap]\.?m\.?)?\s*$", re.I
)
_COMMON = _words("""
    a an and are as at be by for from has have how in into is it its of on or over says say said that the their this to
    was what when who why will with after amid new not""")


_TITLE_FIELDS = ("field:title", "field:headline")
_TITLE_HINTS = ("jsonld:headline", "itemprop:headline", "meta:og:title", "title")
_OUTLET_HINTS = (
    *("meta:og:site_name", "jsonld:publisher", "meta:application-name", "meta:publisher"),
    *("field:source", "field:outlet", "field:publisher"),
)
_AUTHOR_HINTS = (
    *("jsonld:author", "itemprop:author", "meta:author", "meta:article:author", "meta:byl"),
    *("field:authors", "field:author", "field:byline"),
)
_ADDRESS_HINTS = ("canonical", "meta:og:url", "field:url")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about an article beside its body; None or empty where the page does not say."""

    headline: str | None
    outlet: str | None
    authors: tuple[str, ...]
    published: PublicationDate


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of a page around its body: `head` before the article's prose, `tail` after the body."""

    source: SourceText
    head: tuple[_Line, ...]
    tail: tuple[_Line, ...]
    opening: tuple[str, ...]  # the first paragraphs of the body
    counts: Counter[str]

    def hint(self, *names: str) -> str | None:
        return next(self.hints(*names), None)

    def hints(self, *names: str) -> Iterator[str]:
        """The values of these hints, the first name's first."""
        for name in names:
            for key, value in self.source.hints:
                said = " ".join(html.unescape(value[:_LONGEST_LINE]).split()) if key.lower() == name.lower() else ""
                if said:
                    yield said


def find_metadata(source: SourceText, body: tuple[Span, ...], *, name: str) -> Metadata:
    """What the page says of the article whose body is `body`.

    The headline of a text file is a verbatim selection of one of its lines. `name` is where the file lies:
    folders of a mirrored site such as `example.org/2019/03/12/` date a page that has no other date. It is empty for a
    line of a container: the day in an archive's name is that of the archive.
    """
    page = _look_at(source, body)
    headline, at = _find_headline(page)
    outlet = _find_outlet(page, headline)
    return Metadata(
        headline=headline,
        outlet=outlet,
        authors=tuple(a for a in _find_authors(page, at) if _key(a) not in _key(outlet or "")),
        published=_find_published(page, at, name),
    )


def _look_at(source: SourceText, body: Sequence[Span]) -> _Page:
    text = source.text
    prose = next((s for s in body if len(s.of(text).split()) >= 20), body[0] if body else None)
    start, end = (prose.start, body[-1].end) if prose is not None else (len(text), len(text))
    lines = [_Line(m.start(), m.end(), m.group().strip()) for m in re.finditer(r"[^\r\n]+", text) if m.group().strip()]
    opening = [p for s in body if s.start >= start for p in re.split(r"\r?\n[ \t]*\r?\n", s.of(text)) if p.strip()]
    return _Page(
        source=source,
        head=tuple(line for line in lines if line.end <= start),
        tail=tuple(line for line in lines if line.start >= end),
        opening=tuple(opening[:4]),
        counts=Counter(_key(line.text) for line in lines if line.end <= start),
    )


# --- headline ----------------------------------------------------------------------------------------------


def _find_headline(page: _Page) -> tuple[str | None, int | None]:
    """The headline and the index in `page.head` of the line that prints it, each None where there is none."""
    titles, field = list(page.hints(*_TITLE_HINTS)), page.hint(*_TITLE_FIELDS)
    for block in page.source.blocks:
        printed = " ".join(page.source.text[block.start : block.end].split())
        if block.tag == "h1" and any(_same_title(printed, title) for title in titles):
            return printed, _line_index(page, printed)
    if titles:
        headline = _without_site(titles[0], page.hint("meta:og:site_name"))
        return headline, _line_index(page, headline)
    if field is not None:
        headline = _without_host(field, _host(page.hint(*_ADDRESS_HINTS) or ""))
        return headline, _line_index(page, headline)
    best: tuple[float, int, str] | None = None
    for i in range(len(page.head)):
        text = _title_of(page, i)
        score = _headline_score(page, i, text) if text else 0.0
        if text and score > 0 and (best is None or score >= best[0]):
            best = (score, i, text)
    return (best[2], best[1]) if best else (None, None)


def _title_of(page: _Page, i: int) -> str | None:
    """What of the line could be a headline: without a date glued to it or the site's name behind it."""
    text = page.head[i].text
    if len(text) > _LONGEST_LINE or _COUNTER.search(text) or only_a_date(text) or _BYLINE.match(text):
        return None
    glued = _GLUED_TIME.search(text)
    text = text[: glued.start()] if glued else text
    text = (_without_site(text, None) if i < _TOP_LINES else text).strip()
    if not 2 <= len(text.split()) <= 30 or text[0].islower() or text[-1] in ",;:" or _FURNITURE.search(text):
        return None
    return text


def _headline_score(page: _Page, i: int, text: str) -> float:
    """0 unless the line titles the page, is printed twice above the body, or shares its words with the opening."""
    words = _stems(text)
    shared = len(words & _stems(" ".join(page.opening)))
    share = shared / len(words) if words else 0.0
    first = page.head[0].text[:_LONGEST_LINE]
    titles_page = i > 0 and _SEPARATOR.search(first) is not None and _key(first).startswith(_key(text) + " ")
    titles_page = titles_page and (len(words) >= 3 or _key(_without_site(first, None)) == _key(text))
    if not titles_page and (text.endswith(".") or len(text.split()) < 3):
        return 0.0
    repeated = page.counts[_key(text)] > 1 and len(words) >= 3
    like_title = len(words) >= 3 and _same_title(text, first)
    if not (titles_page or (share >= 0.5 and shared >= 2) or ((repeated or like_title) and shared >= 1)):
        return 0.0
    nearness = max(0.0, 1.0 - 0.05 * (len(page.head) - i))
    return 1.0 + 2.0 * titles_page + 2.0 * like_title + 2.0 * repeated + 2.0 * share + nearness


def _same_title(text: str, title: str) -> bool:
    """Whether most words of `text` are in `title`, and `text` is no mere part of it, such as the site's name."""
    words, others = _stems(text), _stems(_without_site(title, None))
    shared = len(words & others)
    return shared >= 0.6 * len(words) and shared >= 0.4 * len(others) and shared > 0


def _without_site(title: str, site: str | None) -> str:
    """The title without the name of the site after its last separator."""
    parts = list(_SEPARATOR.finditer(title))
    if not parts:
        return title
    head, rest = title[: parts[-1].start()], title[parts[-1].end() :]
    is_site = (site is not None and _key(rest) == _key(site)) or len(rest.split()) <= 4
    return head if is_site and len(head.split()) >= 2 else title


def _without_host(title: str, host: str | None) -> str:
    """The title without the site's name after its last separator, if the address confirms that it is one.

    What an archive calls a title is a headline more often than a page's `<title>` is, and may end in a dash and more
    of it. One that a search engine cut off ("…") is left as it is.
    """
    parts = list(_SEPARATOR.finditer(title))
    if not parts or host is None or title.endswith(("...", "…")):
        return title
    rest = re.findall(r"\w+", title[parts[-1].end() :].casefold())
    site = "".join(rest)
    labels = host.casefold().split(".")[:-1]  # without the top-level domain
    named = any((len(label) > 2 and label in site) or (len(site) > 2 and site in label) for label in labels)
    return title[: parts[-1].start()] if named and len(rest) <= 4 else title


def _line_index(page: _Page, headline: str) -> int | None:
    matches = [i for i, line in enumerate(page.head) if _key(line.text).startswith(_key(headline))]
    return matches[-1] if matches else None


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+|\|", text.casefold()))


def _stems(text: str) -> set[str]:
    return {w[:5] for w in re.findall(r"[^\W_]{2,}", text.casefold()) if w not in _COMMON}


# --- outlet and authors ------------------------------------------------------------------------------------


def _find_outlet(page: _Page, headline: str | None) -> str | None:
    """The publication; the news agency of a dateline only where no publication is named."""
    named = page.hint(*_OUTLET_HINTS)
    if named is not None and not named.startswith("http"):
        return re.split(r"\s+\|\s+", named)[0]
    title = page.hint("title") or (page.head[0].text[:_LONGEST_LINE] if page.head else "")
    if headline is not None and _key(title).startswith(_key(headline) + " "):
        parts = _SEPARATOR.split(title)
        if len(parts) > 1 and 1 <= len(parts[-1].split()) <= 5 and not find_dates(parts[-1]):
            return parts[-1].strip()
    for line in (*reversed(page.tail), *page.head):
        found = _COPYRIGHT.search(line.text[:_LONGEST_LINE])
        if found and not _NOT_A_NAME.match(found["name"]):
            return re.sub(r"[\s,]+(?:All|Inc|Ltd|LLC|Rights)\b.*$", "", found["name"]).rstrip(" .,-")
    for line in page.tail:
        found = _DOMAIN.search(line.text)
        if found and _LEGAL.search(line.text):
            alone = any(re.search(rf"\b{re.escape(found['bare'])}\b(?!\.\w)", other.text) for other in page.tail)
            return found["bare"] if alone else found.group()
        found = _EDITOR.search(line.text[:_LONGEST_LINE])
        if found:
            return found["name"].rstrip(".")
    address = page.hint(*_ADDRESS_HINTS)
    host = _host(address) if address else None
    return host or next((d["agency"].strip() for d in _datelines(page) if d["agency"]), None)


def _host(address: str) -> str | None:
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def _datelines(page: _Page) -> Iterator[re.Match[str]]:
    for paragraph in page.opening:
        found = _DATELINE.match(" ".join(paragraph[:_LONGEST_LINE].split()))
        if found and (found["agency"] or found["place"]):
            yield found


def _find_authors(page: _Page, headline_at: int | None) -> tuple[str, ...]:
    told = page.hints(*_AUTHOR_HINTS)
    names = [n for value in told for n in _names(re.sub(r"^by\s+", "", value, flags=re.I))]
    if not names:
        lines = (*page.head[max(0, (headline_at or len(page.head)) - 4) :], *page.tail[:4])
        bylines = (_BYLINE.match(line.text[:_LONGEST_LINE]) for line in lines)
        names = [n for found in bylines if found for n in _names(found["names"])]
    if not names:
        names = [n for d in _datelines(page) if d["author"] for n in _names(d["author"])]
    return tuple(dict.fromkeys(names))


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


# --- publication day ---------------------------------------------------------------------------------------

_DATE_HINTS = (
    *("meta:article:published_time", "jsonld:datePublished", "itemprop:datePublished", "meta:datePublished"),
    *("meta:og:published_time", "meta:parsely-pub-date", "meta:sailthru.date", "meta:pubdate", "meta:publishdate"),
    *("meta:publish-date", "meta:dc.date.issued", "meta:dcterms.created", "meta:dc.date", "meta:date"),
    *("field:published", "field:date", "field:published_at", "field:date_published", "field:publication_date"),
)


def _find_published(page: _Page, headline_at: int | None, name: str) -> PublicationDate:
    for key in _DATE_HINTS:
        for value in page.hints(key):
            for mention in find_dates(value):
                if mention.day is not None:
                    return PublicationDate(mention.day, _basis(key, value[:40]))
    clock, near = _dates_above(page, headline_at)
    near += [m for _, m in _dates_in(page.tail[:3]) if m.label == "published"]
    for label in ("published", "", "updated"):
        for mention in near:
            if mention.label == label and mention.day is not None:
                return PublicationDate(mention.day, f'the line "{mention.quote}" beside the article')
    datelines = [m for d in _datelines(page) for m in find_dates(d.group())]
    for mention in datelines:
        if mention.day is not None:
            return PublicationDate(mention.day, f'the dateline "{mention.quote}"')
    for mention in (*near, *datelines):
        day = resolve_year(mention, clock.day) if clock is not None else None
        if clock is not None and day is not None:
            where = "in the dateline" if mention in datelines else "beside the headline"
            return PublicationDate(
                day, f'"{mention.quote}" {where}, its year from "{clock.quote}" at the top of the page'
            )
    return _from_address_or_unknown(page, name, near, clock)


def _basis(key: str, value: str) -> str:
    kind, _, name = key.partition(":")
    return f'the field "{name}" of its line, "{value}"' if kind == "field" else f'the page\'s markup, {name} "{value}"'


def _from_address_or_unknown(
    page: _Page, name: str, near: Sequence[DateMention], clock: DateMention | None
) -> PublicationDate:
    times = {m.day for value in page.hints("time:datetime") for m in find_dates(value) if m.day is not None}
    if len(times) == 1:
        return PublicationDate(times.pop(), "the only time given in the page's markup")
    for address in (*page.hints(*_ADDRESS_HINTS), name):
        day = day_in_address(address)
        if day is not None:
            return PublicationDate(day, f'the address "{address[-80:]}"')
    for found in _datelines(page):
        if find_dates(found.group()):
            words = re.split(r"\s*[(:—–]|\s--|\s-\s", found.group())[0].rstrip(" ,")
            return PublicationDate(None, f'dateline "{words}" names no year')
    if near:
        lacks = "can be read in two ways" if near[0].ambiguous else "names no year"
        return PublicationDate(None, f'"{near[0].quote}" beside the article {lacks}')
    if clock is not None:
        words = clock.line
        return PublicationDate(None, f'only a page clock ("{words}"), which tells when the page was fetched')
    return PublicationDate(None, "the file states no publication date")


def _dates_above(page: _Page, headline_at: int | None) -> tuple[DateMention | None, list[DateMention]]:
    """The page's clock, and the dates that stand with the headline and the byline."""
    at = len(page.head) - 6 if headline_at is None else headline_at
    clock: DateMention | None = None
    near: list[DateMention] = []
    for i, mention in _dates_in(page.head):
        above = headline_at is None or i < headline_at
        if above and i < _TOP_LINES and not mention.label:
            clock = clock or (mention if mention.day is not None else None)
        elif at - 2 <= i <= at + 8 or i >= len(page.head) - 8:
            near.append(mention)
    if len({m.day for m in near if not m.label}) > 2:  # a list of other stories with their dates
        near = [m for m in near if m.label]
    return clock, near


def _dates_in(lines: Sequence[_Line]) -> Iterator[tuple[int, DateMention]]:
    previous = ""
    for i, line in enumerate(lines):
        text = line.text
        if len(text) <= _LONGEST_LINE and len(text.split()) <= 14:  # longer ones tell of other days
            for mention in find_dates(text, before=previous):
                yield i, mention
        previous = text
