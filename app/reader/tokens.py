"""A question and a passage as the reader's tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.encode import shipped_model_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["HEADLINE_TOKENS", "MOST_TOKENS", "QUESTION_TOKENS", "PassageTokens", "encode_passage", "load_tokenizer"]

QUESTION_TOKENS, HEADLINE_TOKENS, MOST_TOKENS = 48, 24, 320
_CLS, _SEP = 101, 102


@dataclass(frozen=True, slots=True)
class PassageTokens:
    """[CLS] question [SEP] headline [SEP] passage [SEP].

    `first` is the number of the passage's first token, `offsets` gives its tokens' characters in the passage;
    `asked` counts the tokens before the headline, which are of type 0, all others of type 1.
    """

    ids: list[int]
    asked: int
    first: int
    offsets: list[tuple[int, int]]

    def tokens_of(self, start: int, end: int) -> tuple[int, int] | None:
        """First and last token of the passage's characters `start:end`; None when they were cut off."""
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


def encode_passage(tokenizer: Tokenizer, question: str, headline: str, passage: str) -> PassageTokens:
    """The tokens of one question and passage; a long question or headline loses its end, and so does the passage."""
    asked = tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
    headed = tokenizer.encode(headline, add_special_tokens=False).ids[:HEADLINE_TOKENS] if headline else []
    told = tokenizer.encode(passage, add_special_tokens=False)
    first = len(asked) + len(headed) + 3
    n = min(len(told.ids), MOST_TOKENS - first - 1)
    ids = [_CLS, *asked, _SEP, *headed, _SEP, *told.ids[:n], _SEP]
    return PassageTokens(ids, len(asked) + 2, first, list(told.offsets[:n]))
