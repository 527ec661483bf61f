"""Numbers as articles write them, read into quantities that can be compared: "some 60", "1.2 million", "dozens".

"At least 35,000" and "35,000" are one quantity, "20" and "at least 35" are two, and "20 percent" cannot be set against
"20 people". By form alone.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from ingest.article import Span

__all__ = ["Quantity", "Rounding", "find_quantities", "is_same_quantity", "read_quantity", "with_hedge"]

Rounding = Literal["exact", "near", "above", "below"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """`amount` in `unit` (empty for a bare count) of `dimension`; `step` is what it is rounded to, 0 where it is exact.

    Vague words have bounds instead: "dozens" lies within `low..high`, with `amount` the lower of the two.
    """

    amount: float
    unit: str = ""
    rounding: Rounding = "exact"
    step: float = 0.0
    high: float | None = None


_ONES = {w: n for n, w in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen".split())}  # fmt: skip
_TENS = {w: 10 * n for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
_SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "dozen": 12.0,
    "score": 20.0,
}
_SHORT_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
_VAGUE = {"dozens": (20, 200), "scores": (20, 200), "hundreds": (100, 2_000), "thousands": (1_000, 20_000),
          "millions": (1e6, 2e7), "billions": (1e9, 2e10)}  # fmt: skip
_WORD_NUMBER = rf"(?:{'|'.join([*_ONES, *_TENS, *_SCALES])}|half)"
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:\.\d+)?"
_SCALE = r"(?:hundred|thousand|million|billion|trillion|dozen)"
_NUMERAL = re.compile(
    rf"(?<![\w.,])(?<!\d[-–])(?P<digits>{_DIGITS})(?![-–]\d)(?P<scale>[ \u00a0-]{{0,2}}{_SCALE}\b|(?:k|mn?|bn|b|tn)\b)?"
    r"|\b(?P<vague>(?:tens|hundreds) of (?:thousands|millions)|several (?:hundred|thousand|million)"
    rf"|{'|'.join(_VAGUE)})\b"
    rf"|\b(?P<words>(?:an? (?=half|{_SCALE}))?{_WORD_NUMBER}(?:(?:[ -]|[ -]and[ -]|[ -]a[ -]){_WORD_NUMBER}){{0,8}})\b",
    re.IGNORECASE,
)
_HEDGES: tuple[tuple[Rounding, str], ...] = (
    ("exact", r"at least|no fewer than|no less than"),
    ("above", r"more than|over|upwards? of|north of|in excess of|above|exceed(?:s|ed|ing)?|topp(?:ed|ing)|tops"
              r"|(?:sur)?pass(?:es|ed|ing)?"),
    ("below", r"nearly|almost|close to|up to|as many as|as much as|fewer than|less than|under|just short of|not quite"),
    ("near", r"about|around|some|roughly|approximately|an estimated|estimated|circa|or so|more or less|near"),
)  # fmt: skip
_HEDGED = tuple(
    (kind, re.compile(rf"\b(?:{words})\s+(?:an? )?(?:US|A|C)?[$€£¥]?\s?$", re.I)) for kind, words in _HEDGES
)
_PERCENT = re.compile(r"\s?(?:%|per ?cent\b|percentage points?\b)", re.IGNORECASE)
_CURRENCY = re.compile(r"(?:\b(?:US|AU?|CA?|HK|NZ|SG?))?([$€£¥])\s?$")
_UNITS: dict[str, tuple[str, float]] = {
    "%": ("share", 1.0), "$": ("dollars", 1.0), "€": ("euros", 1.0), "£": ("pounds", 1.0), "¥": ("yen", 1.0),
    "dollar": ("dollars", 1.0), "euro": ("euros", 1.0), "yen": ("yen", 1.0),
    "m": ("length", 1.0), "metre": ("length", 1.0), "meter": ("length", 1.0), "km": ("length", 1e3),
    "kilometre": ("length", 1e3), "kilometer": ("length", 1e3),
    "mile": ("length", 1609.344), "foot": ("length", 0.3048),
    "feet": ("length", 0.3048), "ft": ("length", 0.3048), "yard": ("length", 0.9144), "inch": ("length", 0.0254),
    "cm": ("length", 0.01), "mm": ("length", 0.001), "hectare": ("area", 1e4), "acre": ("area", 4046.86),
    "ton": ("mass", 1e3), "tonne": ("mass", 1e3), "kg": ("mass", 1.0), "kilogram": ("mass", 1.0),
    "second": ("time", 1.0), "minute": ("time", 60.0), "hour": ("time", 3600.0), "day": ("time", 86400.0),
    "ounce": ("mass", 0.02835), "lb": ("mass", 0.4536), "gram": ("mass", 1e-3), "litre": ("volume", 1.0),
    "liter": ("volume", 1.0), "gallon": ("volume", 3.785), "barrel": ("volume", 159.0), "degree": ("degrees", 1.0),
    "week": ("time", 604800.0), "month": ("time", 2629800.0), "year": ("time", 31557600.0),
}  # fmt: skip
_UNIT_WORD = re.compile(r"[ \u00a0-]{0,2}(?:US |U\.S\. )?([A-Za-z]{1,12})\b")
_MOST_APART = 0.25  # "more than 300" is still 340, but no longer 900
_CONVERTED = 0.03  # 5 miles and 8 kilometres are one length


def read_quantity(text: str, *, start: int = 0, end: int | None = None) -> Quantity | None:
    """The first number of `text[start:end]`, with what stands around it: its hedge before, its scale and unit after."""
    found = _NUMERAL.search(text, start, len(text) if end is None else end)
    if found is None:
        return None
    return _quantity(text, _NUMERAL.match(text, found.start()) or found)  # its scale may lie behind `end`


def find_quantities(text: str) -> tuple[tuple[Span, Quantity], ...]:
    """Every number in `text`, in order, and the characters that write it; years and days are numbers here, too."""
    found = ((Span(m.start(), m.end()), _quantity(text, m)) for m in _NUMERAL.finditer(text))
    return tuple((span, quantity) for span, quantity in found if quantity is not None)


def _quantity(text: str, whole: re.Match[str]) -> Quantity | None:
    before = text[max(0, whole.start() - 40) : whole.start()]
    behind = whole.end()
    if vague := whole["vague"]:
        low, high = _vague(vague.lower())
        return Quantity(low, "", "near", 0.0, high)
    amount, step = _spelled(whole["words"]) if whole["words"] else _written(whole["digits"], whole["scale"])
    if amount is None or not math.isfinite(amount):
        return None
    unit = ""
    if percent := _PERCENT.match(text, behind):
        unit, behind = "%", percent.end()
    elif sign := _CURRENCY.search(before):
        unit = sign[1]
    elif word := _UNIT_WORD.match(text, behind):
        name = word[1].lower()
        unit = next((u for u in (name, name.removesuffix("s"), name.removesuffix("es")) if u in _UNITS), "")
    rounding: Rounding = next((kind for kind, hedge in _HEDGED if hedge.search(before)), "exact")
    return Quantity(amount, unit, rounding, step)


def with_hedge(text: str, start: int) -> int:
    """Where "at least" or the like begins that stands right before `start`; `start` where none does."""
    before = text[max(0, start - 40) : start]
    found = [m.start() for _, hedge in _HEDGED if (m := hedge.search(before))]
    return start - len(before) + min(found) if found else start


def _written(digits: str, scale: str | None) -> tuple[float | None, float]:
    """The amount, and the step it is rounded to where it is written with a scale: 0.1 million for "1.2 million"."""
    plain = re.sub(r"[, \u00a0\u202f]", "", digits)
    if len(plain) > 18:
        return None, 0.0
    factor, name = 1.0, (scale or "").strip(" \u00a0-").lower()
    if name:
        factor = _SCALES.get(name) or _SHORT_SCALES[name]
    decimals = len(plain.partition(".")[2])
    amount = float(plain) * factor
    return amount, factor * 10.0**-decimals if name and factor >= 1e3 else 0.0


def _spelled(words: str) -> tuple[float | None, float]:
    total, current, seen = 0.0, 0.0, False
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in _ONES:
            current, seen = current + _ONES[word], True
        elif word in _TENS:
            current, seen = current + _TENS[word], True
        elif word == "half":
            current, seen = (current + 0.5 if seen else 0.5), True
        elif word in _SCALES:
            scale = _SCALES[word]
            current = (current or 1.0) * scale
            seen = True
            if scale >= 1e3:
                total, current = total + current, 0.0
    return (total + current if seen else None), 0.0


def _vague(words: str) -> tuple[float, float]:
    if words.startswith("several"):
        scale = _SCALES[words.split()[1]]
        return 2 * scale, 10 * scale
    if " of " in words:
        factor = 10 if words.startswith("tens") else 100
        low, high = _VAGUE[words.split()[-1]]
        return low * factor, high * factor
    return _VAGUE[words]


def is_same_quantity(one: Quantity, other: Quantity) -> bool | None:
    """Whether two say the same as far as each goes; None where they count in units that have nothing in common."""
    (dimension, factor), (against, by) = (_UNITS.get(q.unit, ("", 1.0)) for q in (one, other))
    if dimension != against and ((dimension and against) or "share" in (dimension, against)):
        return None
    converted = bool(dimension and against and factor != by)
    scale = (factor, by) if converted else (1.0, 1.0)
    a, b = one.amount * scale[0], other.amount * scale[1]
    if one.high is not None or other.high is not None:
        return max(a, b) <= min((one.high or one.amount) * scale[0], (other.high or other.amount) * scale[1])
    if math.isclose(a, b, rel_tol=_CONVERTED if converted else 1e-9):
        return True
    if converted or abs(a - b) > _MOST_APART * max(a, b):
        return False
    return _rounds_to(other, one) or _rounds_to(one, other)


def _rounds_to(fine: Quantity, rough: Quantity) -> bool:
    """Whether `rough` is `fine` as it would be rounded: to its last digit that is not nought, or to its scale."""
    if rough.rounding == "exact" and not rough.step:
        return False
    step = rough.step
    if rough.rounding != "exact" and not step:
        step = 1.0
        while rough.amount and rough.amount % (step * 10) == 0 and step < 1e15:
            step *= 10
    if not step or fine.amount == rough.amount:
        return False
    steps = fine.amount / step
    target = rough.amount / step
    if rough.rounding == "above":
        return math.isclose(math.floor(steps), target, abs_tol=1e-6)
    if rough.rounding == "below":
        return math.isclose(math.ceil(steps), target, abs_tol=1e-6)
    if fine.step and fine.step >= step and rough.rounding == "exact":
        return False  # both rounded alike, and not the same
    return abs(steps - target) <= 0.5
