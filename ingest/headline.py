"""The headline of an article, and which line above its body prints it.

The idea: what the page calls itself comes first; then a line that titles the page, stands there twice or shares its
words with the opening. In a text file a headline is a verbatim selection of one of its lines, or there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ingest.article import Basis
from ingest.bylines import is_byline
from ingest.confidence import HEADLINE
from ingest.dates import only_a_date
from ingest.surroundings import (
    ADDRESS_HINTS,
    LONGEST_LINE,
    SEPARATOR,
    Surroundings,
    field_words,
    host_of,
    key,
    word_set,
)

__all__ = ["TITLE_FIELDS", "TITLE_HINTS", "Headline", "find_headline"]

TITLE_HINTS = ("jsonld:headline", "itemprop:headline", "meta:og:title", "title")
TITLE_FIELDS = ("field:title", "field:headline")
_PROPERTIES = ("pdf:title", "docx:title")
_TOP_LINES = 3  # the page's own title stands among the first lines
_MARKED = re.compile(r"(?:\\?#){1,3}[ \t]+(?=\S)")
_MARKED_END = re.compile(r"[ \t]+#+$")
_NO_TITLE = re.compile(
    r"^(?:untitled|document\d*|microsoft (?:word|powerpoint)|slide \d+|layout \d+|\(anonymous\))|"
    r"\.(?:docx?|pdf|indd|qxd|rtf|odt|html?)$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(r"^(?:(?:re|fwd?|aw|wg|tr)\s*:\s*)+", re.IGNORECASE)
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
_STEM = re.compile(r"[^\W_]{2,}")
_COMMON = word_set("""
    a an and are as at be by for from has have how in into is it its of on or over says say said that the their this to
    was what when who why will with after amid new not""")


class Headline(NamedTuple):
    """A headline, from what it is known, and the index in `Surroundings.head` of the line that prints it."""

    text: str | None
    basis: Basis | None
    at: int | None


def find_headline(page: Surroundings) -> Headline:
    """The headline, each part None where there is none."""
    return _from_markup(page) or _from_beside(page) or _from_heading(page) or _from_lines(page)


def _from_markup(page: Surroundings) -> Headline | None:
    titles = list(page.named_hints(*TITLE_HINTS))
    for block in page.source.blocks:
        printed = " ".join(page.source.text[block.start : block.end].split()) if block.tag == "h1" else ""
        if printed and any(_same_title(printed, title) for _, title in titles):
            return _printed(page, printed, "the page's heading, which its title repeats", "heading")
    if titles:
        name, title = titles[0]
        headline = _without_site(title, page.hint("meta:og:site_name"))
        told = name.removeprefix("meta:").rpartition("jsonld:")[2]
        return _printed(page, headline, f"the page's markup, {told}", "title" if name == "title" else "markup")
    return None


def _from_beside(page: Surroundings) -> Headline | None:
    """From what came with the text: an archive's field, a mail's subject, a document's properties."""
    for name, title in page.named_hints(*TITLE_FIELDS):
        headline = _without_host(title, host_of(page.hint(*ADDRESS_HINTS) or ""))
        return _printed(page, headline, field_words(name), "marked" if name.startswith("heading:") else "field")
    subject = _FORWARDED.sub("", page.hint("mail:subject") or "")
    if subject:
        return _printed(page, subject, "the subject of the mail", "mail")
    for name, title in page.named_hints(*_PROPERTIES):
        words = f"the {name.partition(':')[0].upper()} file's title property"
        if len(title.split()) < 2 or _NO_TITLE.search(title):
            continue
        at = _line_index(page, title)
        if at is not None or key(title) in key(" ".join(page.opening)[: 4 * LONGEST_LINE]):
            return Headline(title, Basis(f"{words}, printed at its top", HEADLINE["properties and print"]), at)
        lines = _from_lines(page)
        return lines if lines.text is not None else Headline(title, Basis(words, HEADLINE["properties"]), None)
    return None


def _from_heading(page: Surroundings) -> Headline | None:
    """The only first-level heading, where nothing else is called a title: most documents begin with one."""
    told = [b for b in page.source.blocks if b.tag == "h1" and page.source.text[b.start : b.end].strip()]
    if len(told) != 1:
        return None
    printed = " ".join(page.source.text[told[0].start : told[0].end].split())
    if len(printed) > LONGEST_LINE or not 2 <= len(printed.split()) <= 30:
        return None
    return _printed(page, printed, "the only heading of the first level", "only heading")


def _printed(page: Surroundings, headline: str, words: str, kind: str) -> Headline:
    return Headline(headline, Basis(words, HEADLINE[kind]), _line_index(page, headline))


def _from_lines(page: Surroundings) -> Headline:
    for i, line in enumerate(page.head):
        marked = _MARKED.match(line.text[:LONGEST_LINE])
        title = _title_of(page, i) if marked else None
        if title and (i < _TOP_LINES or i >= len(page.head) - _TOP_LINES):
            return Headline(title, Basis("a line above the article, marked as a heading", HEADLINE["marked"]), i)
    best: tuple[float, int, str, str] | None = None
    score_of = _line_scorer(page)
    for i in range(len(page.head)):
        text = _title_of(page, i)
        score, kind = score_of(i, text) if text else (0.0, "")
        if text and score > 0 and (best is None or score >= best[0]):
            best = (score, i, text, kind)
    if best is None:
        return Headline(None, None, None)
    words = {"titles the page": "a line above the article, printed twice or in the page's title"}
    basis = Basis(words.get(best[3], "a line above the article that shares its words"), HEADLINE[best[3]])
    return Headline(best[2], basis, best[1])


def _title_of(page: Surroundings, i: int) -> str | None:
    """What of the line could be a headline: without a date glued to it, Markdown's marks or the site's name behind."""
    text = page.head[i].text
    if len(text) > LONGEST_LINE or _COUNTER.search(text) or only_a_date(text) or is_byline(text):
        return None
    marked = _MARKED.match(text)
    if marked:
        text = _MARKED_END.sub("", text[marked.end() :])
    glued = _GLUED_TIME.search(text)
    text = text[: glued.start()] if glued else text
    text = (_without_site(text, None) if i < _TOP_LINES else text).strip()
    if not 2 <= len(text.split()) <= 30 or text[0].islower() or text[-1] in ",;:" or _FURNITURE.search(text):
        return None
    return text


def _line_scorer(page: Surroundings) -> Callable[[int, str], tuple[float, str]]:
    """What scores a line: 0 unless it titles the page, is printed twice above the body, or shares words with it."""
    opening = _stems(" ".join(page.opening))
    first = page.head[0].text[:LONGEST_LINE] if page.head else ""
    titles = SEPARATOR.search(first) is not None

    def score_of(i: int, text: str) -> tuple[float, str]:
        words = _stems(text)
        shared = len(words & opening)
        share = shared / len(words) if words else 0.0
        titles_page = i > 0 and titles and key(first).startswith(key(text) + " ")
        titles_page = titles_page and (len(words) >= 3 or key(_without_site(first, None)) == key(text))
        if not titles_page and (text.endswith(".") or len(text.split()) < 3):
            return 0.0, ""
        repeated = page.counts[key(text)] > 1 and len(words) >= 3
        like_title = len(words) >= 3 and _same_title(text, first)
        if not (titles_page or (share >= 0.5 and shared >= 2) or ((repeated or like_title) and shared >= 1)):
            return 0.0, ""
        nearness = max(0.0, 1.0 - 0.05 * (len(page.head) - i))
        twice = titles_page or repeated or (like_title and i > 0)
        score = 1.0 + 2.0 * titles_page + 2.0 * like_title + 2.0 * repeated + 2.0 * share + nearness
        return score, "titles the page" if twice else "line"

    return score_of


def _same_title(text: str, title: str) -> bool:
    """Whether most words of `text` are in `title`, and `text` is no mere part of it, such as the site's name."""
    words, others = _stems(text), _stems(_without_site(title, None))
    shared = len(words & others)
    return shared >= 0.6 * len(words) and shared >= 0.4 * len(others) and shared > 0


def _without_site(title: str, site: str | None) -> str:
    """The title without the name of the site after its last separator."""
    parts = list(SEPARATOR.finditer(title))
    if not parts:
        return title
    head, rest = title[: parts[-1].start()], title[parts[-1].end() :]
    is_site = (site is not None and key(rest) == key(site)) or len(rest.split()) <= 4
    return head if is_site and len(head.split()) >= 2 else title


def _without_host(title: str, host: str | None) -> str:
    """The title without the site's name after its last separator, if the address confirms that it is one.

    What an archive calls a title is a headline more often than a page's `<title>` is, and may end in a dash and more
    of it. One that a search engine cut off ("…") is left as it is.
    """
    parts = list(SEPARATOR.finditer(title))
    if not parts or host is None or title.endswith(("...", "…")):
        return title
    rest = re.findall(r"\w+", title[parts[-1].end() :].casefold())
    site = "".join(rest)
    labels = host.casefold().split(".")[:-1]  # without the top-level domain
    named = any((len(label) > 2 and label in site) or (len(site) > 2 and site in label) for label in labels)
    return title[: parts[-1].start()] if named and len(rest) <= 4 else title


def _line_index(page: Surroundings, headline: str) -> int | None:
    wanted = key(headline)
    matches = [i for i, line in enumerate(page.head) if key(line.text[: 2 * LONGEST_LINE]).startswith(wanted)]
    return matches[-1] if matches else None


def _stems(text: str) -> set[str]:
    return {word[:5] for word in _STEM.findall(text.casefold()) if word not in _COMMON}
