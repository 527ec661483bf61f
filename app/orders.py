"""Which end of what is found a question asks for first: "latest" and "now" the newest, "first reported" the oldest.

Words of order inside a name or another sense ("first lady", "last stand", "the current in the river") are none. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

__all__ = ["Order", "Ordering", "find_order"]

Order = Literal["newest", "oldest"]


class Ordering(NamedTuple):
    """The order, where the question says so, and which words of it can go with nothing lost: (start, end) each."""

    order: Order | None
    spans: tuple[tuple[int, int], ...]
    cuts: tuple[tuple[int, int], ...]


_TOLD = (
    r"(?:reported|mentioned|named|announced|detected|identified|confirmed|recorded|documented|observed|spotted|noticed"
    r"|diagnosed|published|revealed|disclosed|described|reveal|known|seen|heard|discovered|appeared|emerged|surfaced"
    r"|accused|charged|proposed|suggested|suspected|raised|warned|made\s+public|came\s+to\s+light|became\s+known)"
)
_TELL = (
    r"(?:report|mention|appear|emerge|surface|become|name|meet|say|announce|publish|come|break|start|begin|identify"
    r"|detect|notice|hear|see|learn|admit|propose|raise|warn|confirm|reveal|speak|call|suggest|accuse|acknowledge)"
)
_PAST = (
    r"(?:seen|heard|me?et|won|visit(?:ed)?|sp(?:oke|eak)|str(?:uck|ike)|attack(?:ed)?|appear(?:ed)?|report(?:ed)?"
    r"|updated?|vote[d]?|play(?:ed)?|held|happen(?:ed)?|elected|erupt(?:ed)?|win|see|lose|lost|hit|raised?|change[d]?)"
)
_BEFORE_NOUN = (
    r"(?=\s+[^\W_])(?!\s+(?:on|in|about|from|of|to|for|with|regarding|and|or|is|are|was|were|at|by|news\b)\b)"
)

_AS_THINGS_STAND = r"\b(?:is|are|does|do|has|have|remains?|lives?|leads?|runs?|stands?|owns?|works?|holds?)\b"

# (what it asks for, whether the words can go, the words)
_WORDS: tuple[tuple[Order, bool, str], ...] = (
    ("newest", True, rf"(?<!\bat\s)(?<!\bat\sthe\s)\b(?:latest|newest|most\s+recent){_BEFORE_NOUN}"),
    ("newest", True, r"\bmost\s+recently\b"),
    ("newest", False, r"(?<!\bat\s)(?<!\bat\sthe\s)\b(?:latest|newest|most\s+recent)\b"),
    ("newest", True, r"(?<![-\w])as\s+(?:of|at)\s+(?:now|this\s+moment)\b"),
    ("newest", True, r"(?<![-\w])(?:currently|presently|right\s+now|at\s+(?:present|the\s+moment))\b"),
    ("newest", False, r"\b(?:up[-\s]to[-\s]date|to\s+date)\b"),
    ("newest", False, r"\bwhat(?:['’]s|\s+is)\s+(?P<at1>new)\b(?=\s+(?:on|about|in|with|at|from|regarding)\b|\W*$)"),
    (
        "newest",
        False,
        r"\b(?:the|his|her|its|their|whose|[^\W_]+['’]s?|what\s+is|who\s+is)\s+(?P<at2>current)\b"
        r"(?=\s+[^\W_])(?!\s+(?:in|of|on|at|from|and|was|is|affairs|accounts?|flows?|through)\b)",
    ),
    (
        "newest",
        True,
        r"(?<!\b(?:by|to)\s)(?<!\buntil\s)(?<!\btill\s)(?<!\bfrom\s)(?<!\bfor\s)(?<!\beven\s)(?<!\bis\s)(?<!\bare\s)"
        r"(?<![-\w])now(?=\s*[?.!]*$)",
    ),
    ("newest", False, r"\b(?:is|are|has|have|does|do|stands?)\s+(?:[^\W_]+\s+){0,3}?(?P<at3>now)\b(?!-)"
     r"(?!\s+(?:known|called|defunct|former|that|on|what)\b)"),
    ("newest", False, r"\b(?:the\s+)?last\s+time\b(?=\s+(?!around\b)\w)"),
    ("newest", False, rf"\b(?:did|was|were|has|have|had)\b[^?.]{{1,60}}?\b(?P<at4>last)\s+{_PAST}\b"),
    ("newest", True, rf"{_AS_THINGS_STAND}[^?.]{{0,120}}?(?<!\bas\sof\s)(?<!\bas\sat\s)\b(?P<at7>today)\b(?!['’])"),
    ("newest", True, r"\bso\s+far\b(?!\s+(?:as|away|from|apart|this|right|left))"),
    ("oldest", True, rf"\b(?P<at0>first)\s+{_TOLD}\b"),
    ("oldest", True, rf"\b(?:did|does)\b[^?.]{{1,80}}?\b(?P<at5>first)\s+{_TELL}\b"),
    (
        "oldest",
        True,
        r"\b(?:was|were|is|are|been)\b[^?.]{0,80}?(?<!\bthe\s)\b(?P<at6>first)\s+(?!aged|armed|\w+\s+to\b)\w+ed\b",
    ),
    ("oldest", False, r"(?<!\bat\s)(?<!\bat\sthe\s)\bearliest\b"),
    ("oldest", True, r"\b(?:initially|originally)\b(?!\s+(?:from|of)\b)"),
    ("oldest", False, r"\b(?:the\s+)?(?:very\s+)?first\s+(?:reports?|mentions?|news)\b"),
    ("oldest", False, r"\b(?:the\s+)?(?:very\s+)?first\s+time\s+(?=(?:that\s+)?\w+\s+(?:was|were|is)\b)"),
)  # fmt: skip
_COMPILED = tuple((order, goes, re.compile(words, re.IGNORECASE)) for order, goes, words in _WORDS)
_LONGEST = 600  # characters read for an order: a question is asked in fewer


def find_order(text: str, periods: Sequence[tuple[int, int]]) -> Ordering:
    """The order that `text` asks for, outside of `periods`; none where it asks for both ends."""
    spans: list[tuple[int, int]] = []
    cuts: list[tuple[int, int]] = []
    orders: set[Order] = set()
    for order, goes, pattern in _COMPILED:
        for match in pattern.finditer(text, 0, _LONGEST):
            group = next((name for name, found in match.groupdict().items() if found), None)
            start, end = match.span() if group is None else match.span(group)
            if any(s < end and start < e for s, e in periods) or any(s < end and start < e for s, e in spans):
                continue
            if _in_a_name(text, start, end):
                continue
            orders.add(order)
            spans.append((start, match.end()))
            cuts += [(start, end)] if goes else []
    if len(orders) != 1:
        return Ordering(None, (), ())
    return Ordering(orders.pop(), tuple(sorted(spans)), tuple(sorted(cuts)))


def _in_a_name(text: str, start: int, end: int) -> bool:
    """Whether the words stand in capitals behind other words that do not all: "Apocalypse Now"."""
    if not text[start].isupper() or not text[:start].strip():
        return False
    words = [w for w in re.findall(r"[^\W\d_]+", text[:400]) if len(w) > 3]
    return bool(sum(w[0].isupper() for w in words) < 0.8 * len(words))
