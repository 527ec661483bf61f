"""Shorter and harder pages made from marked ones, so that a few dozen teach what many would.

A cut keeps the article of a page, or some of its paragraphs, with little or no furniture around it: that of its own
page or of another, invented notices, the beginnings of other articles as teasers or comments, a list in the middle.
What is furniture and what article is known of each of its lines. Training alone needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ingest.article import Span
from ingest.body_signals import Unit

__all__ = ["NOTICES", "Page", "cuts_of"]

Cut = tuple[list[Unit], list[float]]

_TEASED, _LISTED = 0.25, 0.3  # of the cuts of a text
_FEWEST_ENTRIES = 4
NOTICES = (  # invented: the prose of page furniture, of which a few dozen pages show too little
    "Comments",
    "Your comment will appear once a moderator has seen it. Insults, slander, advertising and off-topic remarks "
    "are deleted.",
    "Readers are asked to give their real name. The editors are not liable for views that readers express on "
    "these pages.",
    "Legal notice:",
    "Posting threats, slurs, obscene language or false accusations can be an offence under the law, and we may "
    "pass on the details of the sender to the police if they ask for them.",
    "By sending a remark you accept that you alone answer for what it says and that we may shorten or remove it.",
    "The opinions below are those of our readers and not of this newspaper, which cannot be held liable for them.",
    "House rules",
    "Do not post anything abusive, unlawful, racist or defamatory. Users who break the rules will lose their account.",
    "You have 500 characters remaining.",
    "Write your name and a working address so that we can reach you. Messages with offensive content are never "
    "published.",
    "We use cookies to make this site work and to show you advertisements that fit your interests. Read our "
    "cookie policy to find out more or to change your settings.",
    "By continuing to browse you agree to our use of cookies and similar technologies.",
    "Newsletter",
    "Get the best stories of the day in your inbox every morning. Enter your e-mail address to sign up; you can "
    "unsubscribe at any time.",
    "Stay connected! Follow our page on Facebook, join us on Telegram and turn on notifications so that you never"
    " miss a story.",
    "Like what you read? Support our reporters with a small gift, or become a member for the price of a coffee a "
    "month.",
    "Download our free app for the latest headlines, wherever you are.",
    "Source",
    "Copyright 2019 The Daily Example. All rights reserved. No part of this page may be reproduced without "
    "written permission.",
    "This material may not be published, broadcast, rewritten or redistributed without the consent of the owner.",
    "Powered by Example Media Services",
    "About us",
    "The Daily Example is an independent news site that covers politics, business and culture for readers around "
    "the world.",
    "Information on this page is given without any warranty. Trading on it is at your own risk, and the publisher"
    " accepts no responsibility for losses.",
    "If you have seen an error in this text, please mark it and press the button to tell our editors about it.",
    "Do you have a tip for us? Write to our newsroom in confidence, or call the number below.",
    "Advertisement",
    "This content is provided by a partner. Our newsroom had no part in its creation.",
    "Please log in or register to leave a reply. Your address will not be shown, and required fields are marked "
    "with a star.",
)


@dataclass(frozen=True, slots=True)
class Page:
    """One marked page: its paragraphs, and of each how much of it the article holds (0 to 1)."""

    page_id: str
    site: str
    units: tuple[Unit, ...]
    truth: tuple[float, ...]
    hints: tuple[tuple[str, str], ...]
    article: str


def cuts_of(page: Page, others: Sequence[Page], generator: np.random.Generator, how_many: int) -> list[Cut]:
    """The whole page, and shorter ones: less furniture, fewer paragraphs, furniture of other pages and notices."""
    inside = np.flatnonzero(np.array(page.truth) >= 0.5)
    cuts: list[Cut] = [(list(page.units), list(page.truth))]
    if not len(inside):
        return cuts
    start, end = int(inside[0]), int(inside[-1]) + 1
    for number in range(how_many):
        first, last = start, end
        if number % 2:  # a short article: some consecutive paragraphs of this one
            at = int(generator.integers(0, max(1, len(inside) - 1)))
            stays = inside[at : at + int(generator.integers(2, 13))]
            first, last = int(stays[0]), int(stays[-1]) + 1
        head = _furniture(page, others, generator, above=True)
        tail = _furniture(page, others, generator, above=False)
        middle, shares = list(page.units[first:last]), list(page.truth[first:last])
        if page.units[0].block is None:
            head = _with_teasers(head, others, generator, at_end=True)
            tail = _with_teasers(tail, others, generator, at_end=False)
            middle, shares = _with_list(middle, shares, others, generator)
        truth = [0.0] * len(head) + shares + [0.0] * len(tail)
        units = head + middle + tail
        if number % 3 == 2:  # a page whose markup says nothing but paragraphs and links, and of which no extractor
            units = [_plain(unit) for unit in units]
        cuts.append((units, truth))
    return cuts


def _plain(unit: Unit) -> Unit:
    if unit.block is None:
        return unit
    return Unit(unit.span, unit.text, replace(unit.block, tag="p", path="html>body>p"))


def _furniture(page: Page, others: Sequence[Page], generator: np.random.Generator, *, above: bool) -> list[Unit]:
    """Some lines from above or below the article of this page or another, and now and then a notice."""
    lot = generator.random()
    if lot < 0.2:
        return []
    giver = page if lot < 0.6 else others[int(generator.integers(len(others)))]
    inside = np.flatnonzero(np.array(giver.truth) >= 0.5)
    if not len(inside):
        return []
    size = int(generator.integers(1, 14))
    if above:
        lines = list(giver.units[: inside[0]])
        lines = lines[-size:] if lot < 0.5 else lines[:size]
    else:
        lines = list(giver.units[inside[-1] + 1 :])
        at = int(generator.integers(0, max(1, len(lines) - size))) if generator.random() < 0.4 else 0
        lines = lines[at : at + size]
    if page.units[0].block is None and generator.random() < (0.15 if above else 0.6):
        at = int(generator.integers(0, len(NOTICES)))
        place = int(generator.integers(0, len(lines) + 1))
        some = NOTICES[at : at + int(generator.integers(1, 4))]
        lines[place:place] = [Unit(Span(0, len(words)), words) for words in some]
    return lines


def _with_teasers(
    lines: list[Unit], others: Sequence[Page], generator: np.random.Generator, *, at_end: bool
) -> list[Unit]:
    """Now and then the beginnings of other pages' articles, as teasers or as comments, on the article's side."""
    if generator.random() >= _TEASED:
        return lines
    spoken = not at_end and generator.random() < 0.3
    shown: list[str] = []
    for _ in range(int(generator.integers(1, 9))):
        other = others[int(generator.integers(len(others)))]
        inside = [unit.text for unit, share in zip(other.units, other.truth, strict=True) if share >= 0.5]
        if not inside:
            continue
        words = inside[int(generator.integers(0, len(inside))) if spoken else 0]
        title = other.units[0].text
        size = int(generator.integers(60, 320))
        cut = words if len(words) <= size else words[:size].rpartition(" ")[0] + str(generator.choice(["", "...", "…"]))
        if spoken:
            shown += [f"{title.split()[0].lower()} says:", "March 3, 2018 at 9:41 am", words]
        elif title.strip() and cut.strip():
            shown += [title + cut] if size % 5 == 0 else [title, cut] if size % 3 else [cut]
    added = [Unit(Span(0, len(words)), words) for words in shown if words.strip()]
    return lines + added if at_end else added + lines


def _with_list(
    middle: list[Unit], shares: list[float], others: Sequence[Page], generator: np.random.Generator
) -> tuple[list[Unit], list[float]]:
    """Now and then a list or a table of another page's article, within this one or at its end."""
    if generator.random() >= _LISTED:
        return middle, shares
    other = others[int(generator.integers(len(others)))]
    short = [share >= 0.5 and len(unit.text) < 90 for unit, share in zip(other.units, other.truth, strict=True)]
    starts = [
        at for at in range(len(short)) if all(short[at : at + _FEWEST_ENTRIES]) and at + _FEWEST_ENTRIES <= len(short)
    ]
    if not starts:
        return middle, shares
    at = starts[int(generator.integers(len(starts)))]
    end = next((place for place in range(at, len(short)) if not short[place]), len(short))
    entries = list(other.units[at : min(end, at + 40)])
    place = int(generator.integers(1, len(middle) + 1))
    return middle[:place] + entries + middle[place:], shares[:place] + [1.0] * len(entries) + shares[place:]
