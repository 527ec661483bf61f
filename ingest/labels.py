"""What a page calls a piece that is no plain news: opinion, analysis, a review, a live blog.

The idea: a label is read, never judged. It is taken from where pages state it: the type and section in the markup, a
word of its own in front of the headline or behind it, a line of its own above it, a folder of the address. Nothing is
concluded from how the piece is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ingest.headline import TITLE_FIELDS, TITLE_HINTS
from ingest.surroundings import ADDRESS_HINTS, LONGEST_LINE, Surroundings

__all__ = ["find_label"]

_TYPES = {
    "opinionnewsarticle": "opinion",
    "analysisnewsarticle": "analysis",
    "reviewnewsarticle": "review",
    "review": "review",
    "criticreview": "review",
    "liveblogposting": "live blog",
    "advertisercontentarticle": "sponsored",
}
_LABELS = {
    "opinion": "opinion opinions op-ed oped op-eds comment commentary viewpoint guest-essay comment-is-free"
    " commentisfree opinion-columns opinion-columnists",
    "analysis": "analysis news-analysis analyses",
    "editorial": "editorial editorials our-view",
    "letters": "letters letter letters-to-the-editor letter-to-the-editor reader-letters",
    "sponsored": "sponsored sponsored-content sponsor-content paid-content paid-post partner-content advertorial"
    " advertisement-feature branded-content paid-for-content",
    "live blog": "live-blog liveblog live-updates live-news",
    "interview": "interview interviews the-interview",
    "review": "review reviews film-review film-reviews book-review book-reviews movie-review movie-reviews music-review"
    " tv-review theatre-review restaurant-review game-review",
    "obituary": "obituary obituaries",
}
_LABEL_OF = {phrase: label for label, phrases in _LABELS.items() for phrase in phrases.split()}
_FOLDERS = {  # of an address; "comment" and "review" alone may be the page's own machinery
    phrase: label
    for phrase, label in _LABEL_OF.items()
    if phrase not in {"comment", "commentary", "review", "letter", "interview", "sponsored", "analyses", "editorial"}
} | {"comment": "opinion", "editorial": "editorial", "sponsored": "sponsored"}
_SECTIONS = ("meta:article:section", "meta:section", "meta:parsely-section", "jsonld:articleSection", "field:section")
_KICKERS = "|".join(sorted((re.escape(phrase).replace(r"\-", r"[\s-]") for phrase in _LABEL_OF), key=len, reverse=True))
_IN_FRONT = re.compile(rf"\W*(?P<said>{_KICKERS})\s*(?:[|:–—•]|\s-\s)\s*\S", re.IGNORECASE)
_BEHIND = re.compile(rf"\S\s*(?:\||\s[-–—•])\s*(?P<said>{_KICKERS})\W*$", re.IGNORECASE)
_ALONE = re.compile(rf"[\W_]*(?P<said>{_KICKERS})[\W_]*$", re.IGNORECASE)
_LIVE = re.compile(r"\blive (?:updates|blog)\b", re.IGNORECASE)
_FOLDERS_DEEP = 6
_MENU_WORDS = 3  # a line of so few words beside another one is a menu, not a kicker


def find_label(page: Surroundings, headline: str | None, headline_at: int | None) -> str | None:
    """The label that the page states, None for plain news; the markup's before the headline's before the address's."""
    for found in (_in_markup(page), _by_the_headline(page, headline, headline_at), _in_address(page)):
        label = next(found, None)
        if label is not None:
            return label
    return None


def _in_markup(page: Surroundings) -> Iterator[str]:
    for said in page.hints("jsonld:@type"):
        if said.lower() in _TYPES:
            yield _TYPES[said.lower()]
    if (page.hint("meta:article:opinion") or "").lower() == "true":
        yield "opinion"
    for said in page.hints(*_SECTIONS):
        label = _LABEL_OF.get("-".join(said.lower().split()))
        if label is not None:
            yield label


def _by_the_headline(page: Surroundings, headline: str | None, at: int | None) -> Iterator[str]:
    for title in (headline or "", *page.hints(*TITLE_HINTS, *TITLE_FIELDS)):
        said = _IN_FRONT.match(title) or _BEHIND.search(title)
        if said is not None:
            yield _label_of(said["said"])
        elif _LIVE.search(title):
            yield "live blog"
    if at is None:
        return
    printed = page.head[at].text[:LONGEST_LINE]
    said = _IN_FRONT.match(printed) or _BEHIND.search(printed)
    if said is not None:
        yield _label_of(said["said"])
    for i, further in ((at - 1, at - 2), (at + 1, at + 2)):
        if 0 <= i < len(page.head) and (said := _ALONE.match(page.head[i].text[:LONGEST_LINE])):
            beyond = page.head[further].text if 0 <= further < len(page.head) else ""
            if not 0 < len(beyond.split()) <= _MENU_WORDS:
                yield _label_of(said["said"])


def _in_address(page: Surroundings) -> Iterator[str]:
    for address in page.hints(*ADDRESS_HINTS):
        try:
            folders = urlsplit(address).path.lower().split("/")[:-1]
        except ValueError:
            continue
        for folder in reversed(folders[:_FOLDERS_DEEP]):  # the deepest says most: opinion/editorials
            if folder in _FOLDERS:
                yield _FOLDERS[folder]


def _label_of(said: str) -> str:
    return _LABEL_OF["-".join(re.split(r"[\s-]+", said.lower()))]
