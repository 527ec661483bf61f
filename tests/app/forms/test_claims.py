from __future__ import annotations

import pytest

from app.forms.opposites import is_alike, is_opposite, stem


@pytest.mark.parametrize(
    ("one", "other"), [("rose", "fell"), ("won", "lost"), ("opened", "closed"), ("guilty", "acquitted")]
)
def test_opposites_are_told_in_any_inflection(one: str, other: str) -> None:
    assert is_opposite(stem(one), stem(other)) and is_opposite(stem(other), stem(one))
    assert not is_alike(stem(one), stem(other))


@pytest.mark.parametrize(
    ("one", "other"), [("ran", "runs"), ("increase", "grew"), ("stole", "stolen"), ("accept", "agreed")]
)
def test_words_of_one_meaning_are_alike(one: str, other: str) -> None:
    assert is_alike(stem(one), stem(other)) and not is_opposite(stem(one), stem(other))


def test_a_word_of_no_pair_is_like_itself_alone() -> None:
    assert is_alike("ferri", "ferri") and not is_alike("ferri", "harbour") and not is_opposite("ferri", "harbour")
