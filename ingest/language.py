"""The language an article is written in, told from the first words of its body.

The idea: most articles are plainly English, which their commonest words show at once; a detector looks at the others
alone, and is loaded when there is one. A text that is too short, or that the detector is unsure of, has no language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ingest.article import Span
from ingest.read import SourceText
from ingest.surroundings import word_set

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["LanguageFound", "find_language"]

_ENOUGH = 2_000  # characters
_FEWEST_WORDS = 20
_LETTERS_A_WORD = 2  # of scripts that put no space between words
_SURE = 0.8  # the detector's probability, below which no language is named; no English article of 6,780 fell below 0.9
_PLAINLY_ENGLISH = 0.2  # share of the words; 98% of English articles have more, of other languages' none has half of it
_ENGLISH = word_set("the of and to in is that it was for with he on as at by his from they this have had were an not")
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_NAMES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian",
    "bn": "Bengali", "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German",
    "el": "Greek", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "ga": "Irish", "gl": "Galician", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian",
    "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese",
    "ka": "Georgian", "kk": "Kazakh", "km": "Khmer", "ko": "Korean", "ku": "Kurdish", "lo": "Lao", "lt": "Lithuanian",
    "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam", "mr": "Marathi", "ms": "Malay", "my": "Burmese",
    "ne": "Nepali", "nl": "Dutch", "no": "Norwegian", "nb": "Norwegian", "nn": "Norwegian", "pa": "Punjabi",
    "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "so": "Somali", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili",
    "ta": "Tamil", "te": "Telugu", "th": "Thai", "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    "uz": "Uzbek", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


class LanguageFound(NamedTuple):
    """An ISO 639-1 code and the language's English name; None and "" where it cannot be told."""

    code: str | None
    name: str


def find_language(source: SourceText, body: Sequence[Span]) -> LanguageFound:
    """The language of the body; of a text with fewer than about twenty words, none."""
    text = _start_of(source, body)
    words = _WORD.findall(text)
    if len(words) < _FEWEST_WORDS and len(_UNSPACED.findall(text)) < _LETTERS_A_WORD * _FEWEST_WORDS:
        return LanguageFound(None, "")
    if sum(word.lower() in _ENGLISH for word in words) >= _PLAINLY_ENGLISH * len(words):
        return LanguageFound("en", "English")
    code, probability = _detector().classify(text)
    if probability < _SURE or (code != "en" and code not in _NAMES):
        return LanguageFound(None, "")
    return LanguageFound(code, _NAMES.get(code, "English"))


def _start_of(source: SourceText, body: Sequence[Span]) -> str:
    pieces: list[str] = []
    left = _ENOUGH
    for span in body:
        pieces.append(source.text[span.start : min(span.end, span.start + left)])
        left -= len(pieces[-1])
        if left <= 0:
            break
    return "\n".join(pieces)


@cache
def _detector() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # unpacking its model takes a second

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
