"""A question and a sentence as the pair model's tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.encode import shipped_model_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["BEFORE_TOKENS", "QUESTION_TOKENS", "SENTENCE_TOKENS", "PairTokens", "encode_pair", "load_tokenizer"]

QUESTION_TOKENS, SENTENCE_TOKENS, BEFORE_TOKENS = 40, 72, 28
_CLS, _SEP = 101, 102


@dataclass(frozen=True, slots=True)
class PairTokens:
    """[CLS] question [SEP] sentence [SEP] end of the sentence before [SEP].

    `types` are 0 for the question and 1 after it, `inside` 1 on the sentence's tokens; `offsets` gives the
    sentence's tokens' characters in the sentence, `first` the number of the first of them.
    """

    ids: list[int]
    types: list[int]
    inside: list[int]
    offsets: list[tuple[int, int]]
    first: int

    def tokens_of(self, start: int, end: int) -> tuple[int, int] | None:
        """First and last token of the sentence's characters `start:end`; None when they were cut off."""
        hit = [i for i, (a, b) in enumerate(self.offsets) if a < end and start < b]
        if not hit or self.offsets[-1][1] < end:
            return None
        return self.first + hit[0], self.first + hit[-1]


def load_tokenizer() -> Tokenizer:
    """The shipped encoder's tokenizer, neither padding nor cutting."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(shipped_model_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encode_pair(tokenizer: Tokenizer, question: str, sentence: str, before: str) -> PairTokens:
    """The tokens of one pair, each part cut to its budget (the sentence before keeps its end)."""
    asked = tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
    said = tokenizer.encode(sentence, add_special_tokens=False)
    told = said.ids[:SENTENCE_TOKENS]
    context = tokenizer.encode(before, add_special_tokens=False).ids[-BEFORE_TOKENS:] if before else []
    ids = [_CLS, *asked, _SEP, *told, _SEP, *context, _SEP]
    first = len(asked) + 2
    types = [0] * first + [1] * (len(ids) - first)
    inside = [0] * first + [1] * len(told) + [0] * (len(ids) - first - len(told))
    return PairTokens(ids, types, inside, list(said.offsets[: len(told)]), first)
