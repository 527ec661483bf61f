"""What goes wrong where a model takes a sentence over and changes little of it, which no network sees reliably.

By the words and their order alone: two names that changed places, a number told of something else, what is left out
between two halves that do not belong together, somebody's quotation told as a fact.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.llm.facts import has_name
from app.mentions import FUNCTION_WORDS, find_mentions

__all__ = ["is_copy", "is_spoilt_copy", "same_words"]

_COPIED = 0.9  # share of the statement's words that the sentence has in their order, hardly anything being changed
_NEARLY = 0.6  # share from which the order of the words says something; below it the statement is in its own words
_WORD = re.compile(r"\w+(?:[.,]\d+)*")
_STOP = re.compile(r"[,;:()\[\]–—]|\s-\s")
_JOINS = re.compile(r"\S\s+(?:and|but|or|while|whereas|although|though|because|which|who|that)\s+\S", re.IGNORECASE)
_RELATIVE = re.compile(
    r",?\s+(?:who|which|that)\s+", re.IGNORECASE
)  # "Assad, who is his cousin, left": he is his cousin
_SPEAKS = re.compile(
    r"\b(?:sa(?:id|ys?|ying)|told|tells?|add(?:s|ed)|according|wrote|writes?|reports?|reported|announced|stat(?:es?|ed)"
    r"|ask(?:s|ed)|call(?:s|ed)|describ\w+|claim\w*|argu\w+|warn\w*|insist\w*|not(?:es?|ed)|quot\w+|believes?"
    r"|thinks?)\b|[\"“”]",
    re.IGNORECASE,
)
# After these, what follows "that" is news; after "fears", "the claim" or "we count on you to say" it is not.
_REPORTS = re.compile(
    r"\b(?:said|says|(?<!to )(?<=\w )say|told|add(?:s|ed)|according|wrote|reports?|reported|announc\w+|confirm\w+"
    r"|stat(?:es?|ed)|found|finds?|show(?:s|ed|n)?|reveal\w*|not(?:es?|ed)|mean(?:s|t)|learn\w*|(?:is|was) that)\b",
    re.IGNORECASE,
)
# What a sentence that ends before it no longer says: on what it depends, how far it goes, that it is not so.
_DEPENDS = re.compile(
    r"\b(?:unless|if|except|excluding|provided|providing|pending|subject to|in case|on condition"
    r"|depend\w*|by mistake)\b",
    re.IGNORECASE,
)
_NARROWS = re.compile(r"^\s+(?:(?:only|until|till|who|should|were|wrongly)\b|(?:less|fewer|more) than\b)", re.I)
_SAYS = r"(?:said|says?|told|tells|added|adds|wrote|writes|reports?|reported|according to|reads|claim\w*)\b"
_SAID_BEHIND = re.compile(
    rf"^\W*(?:(?!\b(?:and|but|while|as|after|before|which|who)\b)[^;.])*?\b{_SAYS}", re.IGNORECASE
)
_SAID_LAST = re.compile(rf",\s+(?!(?:and|but|while|as|though|which|who)\b)[^,;]+?\b{_SAYS}[^,;]*$", re.I)
_SAID_BEFORE = re.compile(rf"\w\s+{_SAYS}(?:\s+that)?\W*$", re.IGNORECASE)
# Whose word news takes over as its own.
_OFFICIAL = re.compile(
    r"\b(?:police|officials?|office|officers?|ministr?y?|minister|court|judge|prosecutors?|department|agency|authorit(?:y|ies)"
    r"|government|governor|mayor|council|board|hospital|university|company|firm|bank|statement|spokes\w+|report|study"
    r"|researchers|scientists|accounts|figures|data|command|army|military|coast ?guard|commission|committee)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”]([^\"“”]+)[\"“”]")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def weighs(self) -> bool:
        return self.text not in FUNCTION_WORDS or self.text.isdigit()

    @property
    def weight(self) -> int:
        return 2 if self.weighs else 1


def same_words(a: str, b: str) -> bool:
    """Whether two texts are the same word for word, whatever their quotation marks and stops at the end look like."""
    return _exactly(a) == _exactly(b)


def _exactly(text: str) -> str:
    plain = re.sub(r"[“”„«»]", '"', re.sub(r"[‘’‚]", "'", text)).casefold()
    plain = " ".join(re.sub(r"[‐‑‒–—]", "-", plain).split())
    return plain.strip(' ."' if plain.count('"') % 2 else " .")  # a mark without its fellow quotes nothing


def is_copy(statement: str, sentence: str) -> bool:
    """Whether a statement is a sentence with hardly anything changed."""
    said = _words(statement)
    return len(_aligned(said, _words(sentence))) >= _COPIED * len(said)


def is_spoilt_copy(statement: str, sentence: str) -> bool:
    """Whether a statement has most of a sentence in its order and puts in, leaves out or lifts what turns it."""
    said, told = _words(statement), _words(sentence)
    pairs = _aligned(said, told)
    if not pairs or len(pairs) < _NEARLY * len(said):
        return False
    first, last = told[pairs[0][1]].start, told[pairs[-1][1]].end
    head, within, tail = sentence[:first], sentence[first:last], sentence[last:]
    return (
        _moves(statement, sentence, said, told, pairs)
        or _joins_halves(statement, sentence, said, told, pairs)
        or _lifts_quotation(statement, sentence, told, pairs)
        or _lifts_clause(head)
        or _cuts_off(statement, head, within, tail)
    )


def _words(text: str) -> list[_Word]:
    found = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(text)]
    return [_Word(w if len(w) > 1 and w.isupper() else w.casefold(), a, b) for w, a, b in found]  # "IS" is not "is"


def _aligned(said: Sequence[_Word], told: Sequence[_Word]) -> list[tuple[int, int]]:
    """Where the weightiest sequence of words that both have stands in the one and in the other, with gaps."""
    best = [[0] * (len(told) + 1) for _ in range(len(said) + 1)]  # of the words from the nth and from the kth on
    for n in range(len(said) - 1, -1, -1):
        for k in range(len(told) - 1, -1, -1):
            without = max(best[n + 1][k], best[n][k + 1])
            with_both = best[n + 1][k + 1] + said[n].weight if said[n].text == told[k].text else 0
            best[n][k] = max(without, with_both)
    pairs: list[tuple[int, int]] = []
    n = k = 0
    while n < len(said) and k < len(told):
        if said[n].text == told[k].text and best[n][k] == best[n + 1][k + 1] + said[n].weight:
            pairs.append((n, k))
            n, k = n + 1, k + 1
        elif best[n + 1][k] >= best[n][k + 1]:
            n += 1
        else:
            k += 1
    for at in range(len(pairs) - 2, -1, -1):  # of two places that a word may have, the one before the next word
        k_next = pairs[at + 1][1]
        if said[pairs[at][0]].text == told[k_next - 1].text:
            pairs[at] = (pairs[at][0], k_next - 1)
    return pairs


def _moves(
    statement: str, sentence: str, said: Sequence[_Word], told: Sequence[_Word], pairs: Sequence[tuple[int, int]]
) -> bool:
    """Whether a word of the sentence stands elsewhere in the statement; who said it, and when, may be."""
    there = {w.text for w in told}
    days = [(m.start, m.end) for m in find_mentions(statement) if m.kind == "date"]
    for (n, k), (n_next, k_next) in pairwise([(-1, -1), *pairs, (len(said), len(told))]):
        run, left_out = said[n + 1 : n_next], told[k + 1 : k_next]
        instead = sentence[left_out[0].start : left_out[-1].end] if left_out else ""
        moved = [w for w in run if w.weighs and w.text in there and not has_name(w.text, instead)]
        if not moved:
            continue
        inside = n >= 0 and n_next < len(said)
        if inside and any(w.weighs for w in left_out):
            return True
        dated = all(any(s <= w.start < e for s, e in days) for w in moved)
        if not dated and _SPEAKS.search(statement[run[0].start : run[-1].end]) is None:
            return True
    return False


def _joins_halves(
    statement: str, sentence: str, said: Sequence[_Word], told: Sequence[_Word], pairs: Sequence[tuple[int, int]]
) -> bool:
    """Whether what is left out between two words that follow each other reaches from one clause into another."""
    for (n, k), (n_next, k_next) in pairwise(pairs):
        if n_next != n + 1 or k_next == k + 1:
            continue
        stops = _STOP.search(statement[said[n].end : said[n_next].start]) is not None
        # The same words may have been left out from another place: "the tall, the old man" less "the tall".
        while not _is_whole(sentence, told, k, k_next, stops=stops):
            if k_next + 1 == len(told) or told[k + 1].text != told[k_next].text:
                return True
            k, k_next = k + 1, k_next + 1
    return False


def _is_whole(sentence: str, told: Sequence[_Word], k: int, k_next: int, *, stops: bool) -> bool:
    """Whether the words between the two are a part of one clause, or have a stop on either side; one may be kept."""
    between = sentence[told[k].end : told[k_next].start]
    if _RELATIVE.fullmatch(between):
        return True
    before = _STOP.match(between.lstrip("\"”'’ ")) is not None
    after = _STOP.search(sentence[told[k_next - 1].end : told[k_next].start]) is not None
    if before and after:
        return True
    inner = sentence[told[k + 1].start : told[k_next - 1].end]
    return (before or after) == stops and not _STOP.search(inner) and not _JOINS.search(inner)


def _lifts_quotation(statement: str, sentence: str, told: Sequence[_Word], pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether the statement tells on its own account what the sentence has between quotation marks."""
    if _SPEAKS.search(statement):
        return False
    quoted = [(m.start(1), m.end(1)) for m in _QUOTED.finditer(sentence)]
    inside = sum(any(s <= told[k].start < e for s, e in quoted) for _, k in pairs)
    return inside > len(pairs) / 2


def _lifts_clause(head: str) -> bool:
    """Whether what was left out before the statement makes it what somebody is to say, remark or believe."""
    # "Paris, Oct. 26 (AP):" says nothing, "The proper way to put it:" does.
    opens = re.search(r"\bthat\W*$|(?<![A-Za-z])[a-z]{2,}.*:\W*$", head, re.DOTALL)
    return opens is not None and _REPORTS.search(head) is None


def _cuts_off(statement: str, head: str, within: str, tail: str) -> bool:
    """Whether a condition of what is said, or whose word it is, was left out before or behind it."""
    first = re.split(r"[,;:–—]", tail.lstrip(" ,"), maxsplit=1)[0]
    if (_DEPENDS.search(first) or _NARROWS.match(tail)) and not _DEPENDS.search(statement):
        return True
    if _SPEAKS.search(statement):
        return False
    behind, before = _SAID_BEHIND.search(tail) or _SAID_LAST.search(tail), _SAID_BEFORE.search(head)
    if behind and re.match(rf"\W*{_SAYS}", tail) and re.search(r",\s+(?:who|which|whose)\b", within):
        behind = None  # "Assad, who is his cousin, said": he is his cousin on no one's word
    whose = tail[behind.start() :] if behind else head if before else ""
    return bool(whose) and _OFFICIAL.search(whose) is None
