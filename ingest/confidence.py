"""How far each basis can be trusted: the one table of confidences, 0 to 1, for what is found out about an article.

The idea: a confidence belongs to a kind of evidence, not to an article. Where a kind was measured, its figure stands by
the share that was right and the comment says so; the others are set beside those by judgement.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "AUTHORS",
    "BY_THE_USER",
    "HEADLINE",
    "OUTLET",
    "PUBLISHED",
]

BY_THE_USER: Final = 1.0

# Headlines. Of 86 pages of many outlets, what a naive dump of the text shows against what the markup calls the article.
HEADLINE: Final = {
    "heading": 0.97,  # the largest heading of the page, and its title says the same
    "only heading": 0.9,  # of a page or document that calls itself nothing
    "markup": 0.93,  # what the page calls itself to others (og:title, JSON-LD); may differ from what is printed
    "title": 0.85,  # the window's title alone: now and then the site's slogan
    "field": 0.9,  # an archive's title: sometimes cut off by the search engine it came from
    "mail": 0.9,  # a subject: of a newsletter, the subject of the whole issue
    "marked": 0.9,  # a line that Markdown marks as a heading
    "properties and print": 0.9,  # a document's title property, printed at its top
    "properties": 0.5,  # the property alone: often that of the template, or of an earlier document
    "titles the page": 0.95,  # printed twice, or in the page's title: measured, 76 of 77
    "line": 0.6,  # a line that shares the opening's words: of this article, but measured 2 of 9 word for word
}

# Outlets, measured likewise: what names itself is right, the small print as often names the owner.
OUTLET: Final = {
    "markup": 0.95,
    "title": 0.95,  # what follows the headline in the page's title: measured, 57 of 58
    "field": 0.9,
    "address": 0.85,  # the host: right as an address, not always as a name
    "notice": 0.6,  # a legal or editor's notice below the article
    "sender": 0.6,  # a mail's sender that is no person
    "copyright": 0.45,  # measured, 7 of 16
    "agency": 0.4,  # whom the outlet has it from
}

# Authors. A scraper's list mixes in whoever else is named on the page.
AUTHORS: Final = {
    "markup": 0.9,
    "byline": 0.85,  # measured, 11 of 13 the very list
    "mail": 0.85,
    "dateline": 0.8,
    "field": 0.75,
    "properties": 0.4,  # who made the file
}

# Publication days. Right means: the very day.
PUBLISHED: Final = {
    "two agree": 0.97,  # markup, field, address or printed line: two of them name the day
    "markup": 0.93,
    "markup in UTC": 0.75,  # between midnight and nine UTC it is the day before in much of the Americas
    "field": 0.9,
    "a day apart": 0.75,  # from the address, and no clock in UTC explains it
    "in dispute": 0.5,  # another statement is more than a day away
    "labelled line": 0.93,  # "Published: 12 March 2019"
    "first published": 0.45,  # "originally published …": what is at hand may be a later edition; measured, 7 of 15
    "line": 0.78,  # a date beside the headline that says nothing else: now and then that of a later change
    "line among words": 0.7,  # a date beside the headline with other words around it
    "line further off": 0.7,  # the only date above the article, but not beside its headline
    "address": 0.93,
    "path": 0.75,  # folders of a mirrored site; of another collection it may be when it was collected
    "dateline": 0.7,  # written the day before, as often as not, where the article is printed
    "mail": 0.8,  # a newsletter appears when it is sent; a forwarded article appeared before
    "year lent": 0.75,  # day and month from the article, the year from elsewhere on the page
    "order settled": 0.75,  # 03/04/2021, where language, address or markup says which is the month
    "only time": 0.6,
}
