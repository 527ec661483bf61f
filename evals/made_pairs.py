"""Pairs whose relation is known, one being made from the other: copies as outlets make them, versions, look-alikes.

Seeded throughout: the same texts give the same pairs. What is added to a text, here and in the templates, is invented.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["KINDS", "Label", "Pair", "make_pairs", "template_pairs"]

Label = Literal["copy", "version", "different"]

_SENTENCE = re.compile(r".+?(?:[.!?][\"'\u201d\u2019)]*(?=\s)|$)\s*", re.DOTALL)
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})*(?![\w,]|\.\d)")
_WORD = re.compile(r"\b[a-z]{4,}\b")
_INTROS = (
    "HARROW HERALD — This report comes from our partners at the Northern Wire and is printed here with permission.\n\n",
    "(Northern Wire) - ",
    "Our readers asked for more on this. The Lowmoor Post brings it in full, with the kind consent of the agency.\n\n",
)
_OUTROS = (
    "\n\nSubscribe to the Harrow Herald for the best local reporting, straight to your inbox every morning.",
    "\n\n© Northern Wire. All rights reserved. This material may not be published, broadcast or rewritten.",
    "\n\nRead more: What to do this weekend in Lowmoor. Contact the newsroom at desk at lowmoor dot example.",
)
_BYLINES = (
    "By Mira Lunde, Northern Wire\nReporting by Mira Lunde; Editing by Tom Ashby\n",
    "Tom Ashby, Staff Writer\nPublished 6:02 a.m. · 4 min read\n",
)
_HEADLINES = (
    "What we know so far about a day that nobody here will forget",
    "LIVE: all that matters this morning, in brief",
)
_TOLLS = (
    "The number of people affected has risen to {n}, officials said late on {day}.",
    "Authorities said on {day} that at least {n} people were now known to be affected, up from {m} the day before.",
    "In a new count released on {day}, the ministry put the toll at {n}, saying that {m} of them were in hospital.",
    "By {day} evening {n} cases had been confirmed, the agency said, and {m} more were being looked into.",
)
_NAMES = ("Lunde", "Ashby", "Brackwell", "Cressing", "Dunmere", "Fenwick", "Hesket", "Lynford")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b")  # not the first word of a sentence
_NOTICES = (
    "Correction: An earlier version of this article misstated a figure. It has been corrected.",
    "This story has been updated with new information from the authorities.",
    "Editor's note: a number in this article was corrected after publication.",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_BOILERPLATE = (
    "\n\nMira Lunde has covered towns, rivers and ferries for the Harrow Herald since she left university. Her column "
    "appears every other week. Write to her with questions, tips and pictures of your garden, and she will answer the "
    "most interesting letters in print. The views expressed here are her own and not those of the newspaper. Sign up "
    "for her newsletter, The Tide Table, to read it a day before everybody else does and to take part in the monthly "
    "draw for two tickets to the harbour museum. Terms apply, and the decision of the jury is final."
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, what the second is to the first, and by what kind of change."""

    kind: str
    label: Label
    one: str
    other: str


def _sentences(text: str) -> list[str]:
    return _SENTENCE.findall(text)


def _outlet(text: str, draw: random.Random) -> str:
    return draw.choice(_INTROS) + text + draw.choice(_OUTROS)


def _cut(text: str, draw: random.Random) -> str:
    return text[: int(len(text) * draw.uniform(0.5, 0.9))]


def _cut_by_outlet(text: str, draw: random.Random) -> str:
    return _outlet(_cut(text, draw), draw)


def _dropped(text: str, draw: random.Random) -> str:
    sentences = _sentences(text)
    gone = set(draw.sample(range(1, len(sentences)), draw.randint(1, 3)))
    return "".join(sentence for at, sentence in enumerate(sentences) if at not in gone)


def _set(text: str, draw: random.Random) -> str:
    changes: tuple[Callable[[str], str], ...] = (
        str.upper,
        lambda t: t.replace("'", "\u2019").replace(' "', " \u201c").replace('"', "\u201d"),
        lambda t: t.replace("\u2019", "'").replace("\u201c", '"').replace("\u201d", '"').replace("\u2014", "--"),
        lambda t: re.sub(r"\s+", " ", t),
        lambda t: re.sub(r"(.{60}\S*) ", r"\1\n", t),
        lambda t: re.sub(r"[,;:](?=\s)", "", t),
        lambda t: t.encode("utf-8").decode("cp1252", "replace"),
    )
    for change in draw.sample(changes, 2):
        text = change(text)
    return text


def _typos(text: str, draw: random.Random) -> str:
    def mistype(found: re.Match[str]) -> str:
        word = found[0]
        if draw.random() >= 0.01:
            return word
        at = draw.randrange(len(word) - 1)
        return draw.choice((word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at + 1 :]))

    return _WORD.sub(mistype, text)


def _headline(text: str, draw: random.Random) -> str:
    return f"{draw.choice(_HEADLINES)}\n\n{text}"


def _byline(text: str, draw: random.Random) -> str:
    return draw.choice(_BYLINES) + text


def _all_at_once(text: str, draw: random.Random) -> str:
    return _outlet(_typos(_dropped(text, draw), draw), draw)


def _figures(text: str, draw: random.Random, *, least: int = 2) -> str:
    """Another number in two or more sentences, as far as there are as many."""
    sentences = _sentences(text)
    numbered = [at for at, sentence in enumerate(sentences) if _NUMBER.search(sentence)]
    for at in draw.sample(numbered, min(len(numbered), draw.randint(least, least + 1))):
        sentences[at] = _NUMBER.sub(lambda m: _other(m[0], draw), sentences[at], count=1)
    return "".join(sentences)


def _other(number: str, draw: random.Random) -> str:
    value = int(number.replace(",", ""))
    return f"{value + draw.randint(1, max(3, value // 3)):,}" if "," in number else str(value + draw.randint(1, 9))


def _names(text: str, draw: random.Random) -> str:
    """Another name wherever one of those stands that come most often."""
    found = Counter(_NAME.findall(text))
    return re.sub(rf"\b{draw.choice(found.most_common(3))[0]}\b", draw.choice(_NAMES), text)


def _toll(text: str, draw: random.Random) -> str:
    """A paragraph with a new toll among the first, and in half of the cases another figure in the text too."""
    sentences = _sentences(_figures(text, draw, least=1) if draw.random() < 0.5 else text)
    n = draw.randint(13, 90)
    told = draw.choice(_TOLLS).format(n=n, m=draw.randint(2, n - 1), day=draw.choice(_DAYS))
    at = draw.randint(1, max(1, len(sentences) // 3))
    return "".join([*sentences[:at], f"\n{told}\n", *sentences[at:]])


def _correction(text: str, draw: random.Random) -> str:
    text = _figures(text, draw, least=1)
    notice = draw.choice(_NOTICES)
    return f"{notice}\n\n{text}" if draw.random() < 0.5 else f"{text}\n\n{notice}"


_MAKERS: Mapping[str, tuple[Label, Callable[[str, random.Random], str]]] = {
    "outlet": ("copy", _outlet),
    "cut": ("copy", _cut),
    "cut, outlet": ("copy", _cut_by_outlet),
    "dropped": ("copy", _dropped),
    "set": ("copy", _set),
    "typos": ("copy", _typos),
    "headline": ("copy", _headline),
    "byline": ("copy", _byline),
    "all at once": ("copy", _all_at_once),
    "figures": ("version", _figures),
    "names": ("version", _names),
    "toll": ("version", _toll),
    "correction": ("version", _correction),
}
KINDS = (*_MAKERS, "nearest", "template", "boilerplate")


def make_pairs(texts: Sequence[str], seed: int) -> Iterator[Pair]:
    """Of every text one pair of each kind. It needs five sentences, three with a number, and a name thrice."""
    for at, text in enumerate(texts):
        sentences = _sentences(text)
        if len(sentences) < 5 or sum(bool(_NUMBER.search(sentence)) for sentence in sentences) < 3:
            continue
        if max(Counter(_NAME.findall(text)).values(), default=0) < 3:
            continue
        for kind, (label, make) in _MAKERS.items():
            draw = random.Random(f"{seed} {at} {kind}")
            one, other = text, make(text, draw)
            yield Pair(kind, label, *((one, other) if draw.random() < 0.5 else (other, one)))
    for one, other in zip(texts[::2], texts[1::2], strict=False):
        yield Pair("boilerplate", "different", one + _BOILERPLATE, other + _BOILERPLATE)


def template_pairs(n: int, seed: int) -> Iterator[Pair]:
    """Reports of one form with other figures and names: the weather, the market, a quiz."""
    for at in range(n):
        draw = random.Random(f"{seed} template {at}")
        make = draw.choice((_weather, _market, _quiz))
        yield Pair("template", "different", make(draw), make(draw))


_TOWNS = "Harrow Lowmoor Aldon Brackwell Cressing Dunmere Eastry Fenwick Galton Hesket Ilmore Kelby Lynford".split()
_FIRMS = "Norvane Ashby Tidewater Lunde Corvex Halden Ostrava Pellam Quarry Redmere Sable Thorne Umber Vessel".split()
_SKIES = ("bright spells", "heavy showers", "thick fog on the coast", "clear skies", "drizzle", "strong gusts", "sleet")
_TOPICS = ("rivers", "the planets", "opera", "rail travel", "mountains", "chess", "old kings", "birds", "inventions")


def _weather(draw: random.Random) -> str:
    lines = [f"Good morning. Here is the forecast for {draw.choice(_DAYS)} from the Harrow weather desk."]
    for town in draw.sample(_TOWNS, 9):
        lines.append(
            f"In {town} expect {draw.choice(_SKIES)} with a high of {draw.randint(-5, 33)} degrees, a low of "
            f"{draw.randint(-15, 15)} and winds of up to {draw.randint(5, 90)} kilometres an hour."
        )
    return " ".join([*lines, "The next forecast follows at six. Stay safe on the roads and check before you travel."])


def _market(draw: random.Random) -> str:
    lines = [f"Stocks closed {draw.choice(('higher', 'lower', 'mixed'))} on {draw.choice(_DAYS)} in Harrow."]
    for firm in draw.sample(_FIRMS, 9):
        lines.append(
            f"Shares of {firm} {draw.choice(('rose', 'fell', 'gained', 'lost'))} {draw.randint(1, 99) / 10} percent "
            f"to {draw.randint(100, 9900) / 100} crowns as {draw.randint(10, 900)} thousand of them changed hands."
        )
    return " ".join([*lines, "Figures are delayed by fifteen minutes and are no advice to buy or to sell."])


def _quiz(draw: random.Random) -> str:
    lines = ["Welcome to the Friday quiz. Ten questions wait for you, and the answers stand at the foot of the page."]
    for number, topic in enumerate((draw.choice(_TOPICS) for _ in range(10)), 1):
        lines.append(
            f"Question {number} is about {topic}: which of them is linked to {draw.choice(_TOWNS)}, was first named "
            f"in {draw.randint(1500, 2020)} and counts {draw.randint(2, 400)} of its kind?"
        )
    return " ".join([*lines, "How did you do? Share your score with friends and come back next week for more."])
