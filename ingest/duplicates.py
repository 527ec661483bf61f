"""Near-identical articles are found and told apart: a copy carries the same text, a version of it other facts.

Pure: texts in, values out. What is kept of a body is a `Sketch` of at most 600 bytes. Its `bands` go into a table, and
articles that share one are candidates; `relation_of_texts` then compares their words and is what counts, `relation`
is the guess that the sketches alone allow. All three are symmetric and depend on the two bodies and on nothing else, so
what `ingest.clusters` builds on them cannot depend on the order in which articles came. Hashes are CRC-32 and fixed
arithmetic on it: the same on every machine, so a stored sketch stays comparable.
"""

from __future__ import annotations

import difflib
import re
import struct
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Relation", "Sketch", "bands", "relation", "relation_of_texts", "resemblance", "sketch"]

Relation = Literal["copy", "version"]

_SHINGLE = 4  # words: a fifth one loses copies with typos, a third finds set phrases
_PERMUTATIONS = 128
# Bodies of a Jaccard similarity of 0.5 share a band with a probability of 0.996, of 0.3: 0.68, of 0.02: 0.0003.
_BANDS, _BAND_ROWS = 42, 3
_MOST_FIGURES = 64
_HEADER = struct.Struct("<IB")

# What makes two bodies one text; chosen on natural and made pairs of 2022.
_LEAST_WORDS = 20  # of a body that may differ from a copy of it at all
_LEAST_SHARED = 60  # words; fewer are also what two pages of one kind have in common
_OWN_SHORT = 0.15  # of either body, where both are that short
_OPENING = 150  # words; pages that share a gallery or a background share no opening
_EDGE = 60  # words that an outlet may put before or after a text, and the longest notice
_OWN_COPY, _OWN_COPY_WORDS = 0.03, 40  # of the body that adds less, edges apart
_ADDED_COPY = 0.3  # words of the body that adds more, edges and a cut-off tail apart, for each shared one
_ADDED_LATER = 0.02  # the same, on both sides, when the articles are of different days: a later one adds news
_REWRITTEN_COPY = 12  # words replaced by others; changed spelling does not count
_REWRITTEN_SHARE = 0.02  # and no more of the shared ones: in a notice of eighty words, a name is what it is about
_CHANGED = 16  # words at most between which figures are compared; where more were replaced, they were rewritten
_OWN_VERSION, _LEAST_LIKE, _LEAST_OPENING = 0.27, 0.4, 0.3
_LEAST_RUN = 16  # shared words between two differences, on average; forms filled in anew have fewer
_LONG, _LEAST_DISTINCT = 4000, 0.8  # shingles, and the share of different ones
_TAIL_OWN = 0.9  # of the words behind a cut

# The last alternative is an apostrophe in UTF-8 that was read as cp1252.
_APOSTROPHES = re.compile("(?<=\\w)(?:['\u2019\u02bc\u00b4`]|\u00e2\u20ac\u2122)(?=\\w)")
_ACCENTS = re.compile("[\u0300-\u036f]")  # as NFKD parts them from their letters
_WORD = re.compile(r"\d(?:[\d.,]*\d)?|[^\W\d]+")
_NOTICES = frozenset("update updated correction corrected corrects clarification revised".split())
_MOVED = re.compile(
    r"(?:has|have|had|was|were) (?:risen|climbed|grown|jumped|fallen|dropped|raised|revised|lowered) to \d|\btoll at \d"
    r"|\d\D{0,60} up from \d|\btoll (?:rises|rose|climbs|climbed|stands|stood|now stands) (?:to|at) \d"
)
_COUNTED = "two three four five six seven eight nine ten eleven twelve".split()
_FIGURES = {word: str(at) for at, word in enumerate(_COUNTED, 2)}
_DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april june july august september "
    "october november december".split()
)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(31))) * _GOLDEN
    return x ^ (x >> np.uint64(29))


# Not from a random generator: its stream may change with the library, and stored sketches must stay comparable.
_FACTORS = _mix(_mix(np.arange(1, _PERMUTATIONS + 1, dtype=np.uint64) * _GOLDEN)) | np.uint64(1)
_OFFSETS = _mix(_mix(np.arange(1001, _PERMUTATIONS + 1001, dtype=np.uint64) * _GOLDEN))


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a body to find bodies like it.

    `mins` are 16 bits each of 128 minima over hashed shingles of four words: the share of equal ones estimates the
    Jaccard similarity. `figures` are hashes of the numbers in the body, in order, the 64 smallest where there are more.
    Source: Broder, On the resemblance and containment of documents, 1997; Li and König, b-bit minwise hashing, 2010.
    """

    n_words: int
    mins: tuple[int, ...]
    figures: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.mins) != _PERMUTATIONS or len(self.figures) > _MOST_FIGURES or self.n_words < 0:
            raise ValueError(f"a sketch has {_PERMUTATIONS} minima and at most {_MOST_FIGURES} figures")

    def to_bytes(self) -> bytes:
        """The sketch as 261 to 517 bytes, the same on every machine."""
        minima, figures = np.array(self.mins, "<u2"), np.array(self.figures, "<u4")
        return _HEADER.pack(self.n_words, len(self.figures)) + minima.tobytes() + figures.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Sketch:
        """The sketch that `to_bytes` wrote.

        Raises:
            ValueError: these are not the bytes of a sketch.
        """
        at = _HEADER.size + 2 * _PERMUTATIONS
        if len(data) < at or len(data) != at + 4 * data[_HEADER.size - 1]:
            raise ValueError(f"{len(data)} bytes are not a sketch")
        n_words, _ = _HEADER.unpack_from(data)
        minima, figures = np.frombuffer(data[_HEADER.size : at], "<u2"), np.frombuffer(data[at:], "<u4")
        return cls(n_words, tuple(minima.tolist()), tuple(figures.tolist()))


def sketch(body: str) -> Sketch:
    """The sketch of a body; case, punctuation, quotation marks, accents and white space do not count."""
    words = _words(body)
    shingles = np.unique(_shingles(words))
    least = np.full(_PERMUTATIONS, np.iinfo(np.uint64).max, np.uint64)
    for start in range(0, len(shingles), 4096):  # a book in one piece would take all memory
        some = shingles[None, start : start + 4096]
        least = np.minimum(least, (_FACTORS[:, None] * some + _OFFSETS[:, None]).min(axis=1))
    figures = sorted({zlib.crc32(_FIGURES.get(word, word).encode()) for word in words if _is_figure(word)})
    return Sketch(len(words), tuple((_mix(least) >> np.uint64(48)).tolist()), tuple(figures[:_MOST_FIGURES]))


def bands(of: Sketch) -> tuple[int, ...]:
    """42 signed 64-bit keys: two bodies are candidates when they share one.

    With a Jaccard similarity of 0.5, which a copy cut after half its text has, they do in 99.6 of 100 cases.
    """
    rows = np.array(of.mins[: _BANDS * _BAND_ROWS], np.uint64).reshape(_BANDS, _BAND_ROWS)
    keys = np.arange(1, _BANDS + 1, dtype=np.uint64)
    for at in range(_BAND_ROWS):
        keys = _mix(keys * np.uint64(65537) + rows[:, at])
    return tuple(keys.view(np.int64).tolist())


def resemblance(a: Sketch, b: Sketch) -> float:
    """The estimated Jaccard similarity of two bodies' shingles, 0..1."""
    return sum(x == y for x, y in zip(a.mins, b.mins, strict=True)) / _PERMUTATIONS


def relation(a: Sketch, b: Sketch) -> Relation | None:
    """What two sketches suggest, symmetric: good enough to sort out, not to hide an article by.

    A copy leaves figures out or adds some; where each body has figures that the other lacks, facts were changed.
    """
    alike = resemblance(a, b)
    shared = alike / (1 + alike) * (a.n_words + b.n_words)
    contained = shared / max(1, min(a.n_words, b.n_words))
    if alike < 1 and (contained < 0.65 or shared < _LEAST_SHARED):
        return None
    both_changed = bool(_figures_without(a, b)) and bool(_figures_without(b, a))
    if (alike == 1 or contained >= 0.85) and not both_changed:
        return "copy"
    return "version" if alike >= _LEAST_LIKE else None


def _figures_without(a: Sketch, b: Sketch) -> set[int]:
    """Figures of `a` that `b` lacks; beyond the last one that a full sketch kept nothing is known."""
    known = b.figures[-1] if len(b.figures) == _MOST_FIGURES else 2**32
    return {figure for figure in set(a.figures) - set(b.figures) if figure <= known}


def relation_of_texts(text_a: str, text_b: str, *, days_apart: int | None = None) -> Relation | None:
    """What two bodies are to each other, from their words; symmetric.

    `days_apart` is between their publication days, None when one is not known. It counts where words were added or left
    out between opening and end: on one day an outlet shortened the text, on another the article went on.

    A copy may be cut off, lack sentences, have an introduction and an end of its outlet's, be spelt or set otherwise. A
    version has the same opening and most of the text of the other, and more: a figure or a day is another one, a
    name is another one throughout, sentences were rewritten or added, a notice says that it was updated or corrected.
    """
    a, b = sorted((_words(text_a), _words(text_b)), key=lambda words: (len(words), words))
    if a == b:
        return "copy"
    own_a, own_b = _own(a, b), _own(b, a)
    shared = len(a) - int(own_a.sum())
    less, more = sorted((float(own_a.mean()), float(own_b.mean()))) if a else (1.0, 1.0)
    opening = max(1 - float(own[:_OPENING].mean()) for own in (own_a, own_b)) if a else 0.0
    if shared < _LEAST_SHARED:
        little = more <= _OWN_SHORT and len(a) >= _LEAST_WORDS  # of fewer words each one counts
        replaced = any(here and there for _, here, _, there in _gaps(a, b))  # a notice of another case, likely
        return "copy" if little and not replaced and not _changes(a, b).facts else None
    if less > _OWN_VERSION or opening < _LEAST_OPENING:
        return None
    changes = _changes(a, b)
    if changes.amount_to_nothing(shared) and _adds_little(own_a, own_b, shared, bool(days_apart)):
        return "copy"
    if changes.places * _LEAST_RUN > shared:
        return None
    like = shared / (len(a) + len(b) - shared)
    return "version" if like >= _LEAST_LIKE or less <= _OWN_COPY else None


def _adds_little(own_a: NDArray[np.bool_], own_b: NDArray[np.bool_], shared: int, is_later: bool) -> bool:
    added = []
    for own in (own_a, own_b):
        total, tail = int(own.sum()), _tail(own)
        added.append((total - tail - min(_EDGE, _run(own)), total - min(_EDGE, tail) - min(_EDGE, _run(own)), len(own)))
    fewest = min(total / length if length else 0.0 for _, total, length in added)
    words = min(total for _, total, _ in added)
    return (fewest <= _OWN_COPY or words <= _OWN_COPY_WORDS) and all(
        inner <= (_ADDED_LATER if is_later else _ADDED_COPY) * shared for inner, _, _ in added
    )


def _run(own: NDArray[np.bool_]) -> int:
    """How many own words stand at the start."""
    shared = np.flatnonzero(~own)
    return int(shared[0]) if len(shared) else len(own)


def _tail(own: NDArray[np.bool_]) -> int:
    """Own words behind the place where the other body was cut off: the longest end that is nearly all own."""
    counted = np.cumsum(own[::-1])
    ends = np.flatnonzero(counted >= _TAIL_OWN * np.arange(1, len(own) + 1))
    return int(counted[ends[-1]]) if len(ends) else 0


class _Changes(NamedTuple):
    """How many places differ and how many in a fact, how many words were rewritten, whether a change is announced."""

    places: int
    facts: int
    rewritten: int
    notice: bool

    def amount_to_nothing(self, shared: int) -> bool:
        rewritten = min(_REWRITTEN_COPY, _REWRITTEN_SHARE * shared)
        return not self.facts and not self.notice and self.rewritten <= rewritten


def _changes(a: tuple[str, ...], b: tuple[str, ...]) -> _Changes:
    places = facts = rewritten = 0
    notice = False
    swapped: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
    for places, (start_a, here, start_b, there) in enumerate(_gaps(a, b), 1):  # noqa: B007
        for own, other in ((here, there), (there, here)):
            if len(own) <= _EDGE:  # in more than that, such words may mean anything
                told = set(own) & _NOTICES - set(other)
                notice = notice or bool(told) or bool(_MOVED.search(" ".join(own)))
        if not here or not there or _is_typing(here, there):
            continue
        if len(here) <= _CHANGED and len(there) <= _CHANGED:
            facts += bool(_facts(here) - _facts(there)) and bool(_facts(there) - _facts(here))
        opens = start_a == start_b == 0
        ends = start_a + len(here) == len(a) and start_b + len(there) == len(b)
        changed = min(len(here), len(there))
        if changed > _EDGE or not (opens or ends):  # there outlets put their own: a dateline, an advertisement
            rewritten += changed
        if len(here) <= 2 and len(there) <= 2:
            swapped[tuple(here), tuple(there)] += 1
    facts += sum(n > 1 for n in swapped.values())  # one word for another, again and again: a name
    return _Changes(places, facts, rewritten, notice)


def _gaps(a: tuple[str, ...], b: tuple[str, ...]) -> Iterator[tuple[int, Sequence[str], int, Sequence[str]]]:
    """Where what both have in the same order is interrupted, each with its place; either run may be empty, not both."""
    here, there = _shingles(a).tolist(), _shingles(b).tolist()
    if len(there) > _LONG and len(set(there)) < _LEAST_DISTINCT * len(
        there
    ):  # every repeat matched with every other takes minutes
        here, there = _without_repeats(here, first=1), _without_repeats(there, first=1 + len(here))
    matcher = difflib.SequenceMatcher(None, here, there, autojunk=False)
    at_a = at_b = 0
    for match in matcher.get_matching_blocks():
        length = match.size + _SHINGLE - 1 if match.size else 0
        start_a, start_b = (match.a, match.b) if length else (len(a), len(b))
        skip = max(0, at_a - start_a, at_b - start_b)
        own_a, own_b = a[at_a : start_a + skip], b[at_b : start_b + skip]
        if own_a or own_b:
            yield at_a, own_a, at_b, own_b
        at_a, at_b = max(at_a, start_a + length), max(at_b, start_b + length)


def _without_repeats(shingles: Sequence[int], *, first: int) -> list[int]:
    """The same, with negative numbers from -`first` down, that match nothing, for what comes more than once."""
    times = Counter(shingles)
    return [shingle if times[shingle] == 1 else -first - at for at, shingle in enumerate(shingles)]


def _facts(words: Sequence[str]) -> set[str]:
    return {_FIGURES.get(word, word) for word in words if _is_figure(word) or word in _DAYS}


def _is_figure(word: str) -> bool:
    return word[0].isdigit() or word in _FIGURES


def _is_typing(here: Sequence[str], there: Sequence[str]) -> bool:
    """Whether the words differ in spelling alone: no figure changed, and most letters are the same."""
    if _facts(here) != _facts(there) or abs(len(here) - len(there)) > 2:
        return False
    return difflib.SequenceMatcher(None, "".join(here), "".join(there), autojunk=False).ratio() >= 0.6


def _own(a: tuple[str, ...], b: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which words of `a` stand in no shingle that `b` has too, wherever."""
    found = np.isin(_shingles(a), _shingles(b))
    own = np.ones(len(a), bool)
    for at in range(min(_SHINGLE, len(a))):
        own[at : at + len(found)] &= ~found
    return own


@lru_cache(maxsize=64)
def _words(text: str) -> tuple[str, ...]:
    plain = text if text.isascii() else unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text))
    words = _WORD.findall(_ACCENTS.sub("", _APOSTROPHES.sub("", plain)).casefold())
    return tuple(word.replace(",", "") if word[0].isdigit() else word for word in words)


@lru_cache(maxsize=64)
def _shingles(words: tuple[str, ...]) -> NDArray[np.uint64]:
    """64-bit hashes of the runs of four words, in order; one of all words where there are fewer, none of none.

    Not to be written to: the same is handed out again.
    """
    if not words:
        return np.zeros(0, np.uint64)
    hashes = np.fromiter(map(zlib.crc32, " ".join(words).encode("utf-8", "replace").split(b" ")), np.uint64)
    n = max(1, len(hashes) - _SHINGLE + 1)
    mixed = np.zeros(n, np.uint64)
    for at in range(min(_SHINGLE, len(hashes))):
        mixed = _mix(mixed + hashes[at : at + n])
    mixed.flags.writeable = False
    return mixed
