"""Which articles mention a phrase: held against reading every text."""

from __future__ import annotations

import random
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.article import Span
from ingest.job import Batch, PreparedArticle
from store import Filters, Store, open_sink, open_store
from store.lexical import terms
from store.mentions import _SURE_WORD, Wanted, _folded, _is_of_a_word
from tests.conftest import ORCHARD, FakeEncoder, batch_of, fake_build, prepare

Write = Callable[[Batch], Path]

PIECES = (
    *("drone", "Drones", "DRONE", "drone's", "drone’s", "base", "Base", "iPhone™", "U.S.", "U.S", "us", "US-led", "IS"),
    *("is", "1,200", "200", "20", "Palmyra", "Pal-myra", "Pal–myra", "al-Qaeda", "al‑Qaeda", "drone_base", "_drone"),
    *(
        "straße",
        "STRASSE",
        "strasse",
        "İzmir",
        "izmir",
        "café",
        "cafe\u0301",
        "cafe",
        "Erdoğan",
        "erdogan",
        "fi",
        "ﬁre",
    ),
    *("fire", "北京", "北京市", "Кремль", "кремль", "the", "a", "J.K.Rowling", "Rowling", "Ⓐdrone", "dronе", "Kelvin"),
    *(
        "\u212aelvin",
        "happy",
        "happier",
        "port",
        "report",
        "airport",
        "(port)",
        "port.",
        '"port"',
        "\ufeff",
        "\ud800",
        "½",
    ),
)
GAPS = (" ", " ", " ", "\n", "  ", " \n ", "\n\n", ", ", "", "\u00a0", ". ")
WORD = r"[\w\u0300-\u036fⒶ]"


def written(rng: random.Random, n: int) -> str:
    return "".join(rng.choice(PIECES) + rng.choice(GAPS) for _ in range(n)).strip() or "x"


def article_of(rng: random.Random, number: int) -> PreparedArticle:
    """An article of nasty pieces, of which some paragraphs were left out of the body."""
    text = f"Article {number}.\n\n" + "\n\n".join(written(rng, rng.randrange(1, 8)) for _ in range(4))
    made = prepare(text, source=f"{'ab'[number % 2]}/{number}.txt", headline=written(rng, 3) if number % 3 else None)
    kept = tuple(s for s in made.article.body if rng.random() < 0.7) or made.article.body
    vectors = made.vectors[: len(kept)]
    return replace(made, article=replace(made.article, body=kept), spans=kept, vectors=vectors)


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory, empty_template: Path) -> Iterator[Store]:
    path = shutil.copytree(empty_template, tmp_path_factory.mktemp("nasty") / "store")
    rng = random.Random(7)
    with open_sink(path, encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
        sink.write(batch_of(*(article_of(rng, n) for n in range(80))))
    with open_store(path, encoder=FakeEncoder(), build=fake_build()) as store:
        yield store


def runs(text: str, body: tuple[Span, ...]) -> list[tuple[int, str]]:
    """The parts of a text between which something was left out, each with where it starts."""
    out: list[tuple[int, int]] = []
    for span in body:
        if out and not text[out[-1][1] : span.start].strip():
            out[-1] = (out[-1][0], span.end)
        else:
            out.append((span.start, span.end))
    return [(a, text[a:b]) for a, b in out]


def mentions_of(phrase: str, text: str) -> set[tuple[int, int]]:
    """Where a text has a phrase, found by trying: no index, no folding of the whole."""
    plain = {ord(a): b for a, b in zip("’‑–", "'--", strict=True)}
    found: set[tuple[int, int]] = set()
    folded, at = "", []
    for i, character in enumerate(text):
        grown = character.translate(plain).casefold()
        folded, at = folded + grown, at + [i] * len(grown)
    at.append(len(text))
    for form in ("NFC", "NFD"):
        words = unicodedata.normalize(form, phrase).translate(plain).casefold().split()
        pattern = rf"(?<!{WORD})" + r"\s+".join(map(re.escape, words)) + rf"(?!{WORD})"
        found |= {(at[m.start()], at[m.end()]) for m in re.finditer(pattern, folded, re.IGNORECASE)}
    return found


phrases = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map(" ".join)


@settings(max_examples=250, deadline=None)
@given(phrase=phrases, folder=st.sampled_from(["", "a", "b"]))
def test_the_mentions_are_those_that_reading_every_text_finds(nasty: Store, phrase: str, folder: str) -> None:
    filters = Filters(sources=(folder,)) if folder else Filters()
    expected: dict[str, tuple[set[tuple[int, int]], bool]] = {}
    for article in nasty.articles(filters) if re.search(r"[^\W_]", phrase) else ():
        text = nasty.text_of(article.article_id)
        spans = {(a + s, b + s) for s, part in runs(text, article.body) for a, b in mentions_of(phrase, part)}
        in_headline = bool(mentions_of(phrase, article.headline or ""))
        if spans or in_headline:
            expected[article.source] = spans, in_headline
    found = {m.article.source: m for m in nasty.mentions(phrase, filters=filters)}
    assert found.keys() == expected.keys()
    for source, (spans, in_headline) in expected.items():
        assert {(s.start, s.end) for s in found[source].spans} <= spans
        assert bool(found[source].spans) == bool(spans)
        assert found[source].in_headline == in_headline


def test_a_mention_is_a_whole_word_and_capitals_do_not_count() -> None:
    assert [s.start for s in Wanted("drone").spans("Drone drones DRONE's drone-like pdrone")] == [0, 13, 21]


def test_a_hard_wrapped_line_does_not_part_a_phrase() -> None:
    assert Wanted("drone base").spans("a drone\n    base") == (Span(2, 16),)


def test_apostrophes_and_hyphens_are_written_in_several_ways() -> None:
    assert Wanted("O'Neil").spans("O’Neil") == (Span(0, 6),)
    assert Wanted("al-Qaeda").spans("al‑Qaeda") == (Span(0, 8),)


def test_a_trade_mark_sign_ends_a_word_and_an_accent_does_not() -> None:
    assert Wanted("iPhone").spans("an iPhone™ 5")
    assert not Wanted("cafe").spans("the cafe\u0301")
    assert Wanted("café").spans("the cafe\u0301")


def test_spans_count_in_the_text_as_it_is_although_folding_lengthens_it() -> None:
    text = "Straße İzmir, the DRONE"
    assert [s.of(text) for s in Wanted("drone").spans(text)] == ["DRONE"]
    assert [s.of(text) for s in Wanted("strasse").spans(text)] == ["Straße"]


def test_nothing_is_put_together_across_what_was_left_out(write: Write) -> None:
    text = "He saw the drone\n\nADVERTISEMENT\n\nbase of the army."
    made = prepare(text)
    body = (made.article.body[0], made.article.body[2])
    made = replace(made, article=replace(made.article, body=body), spans=body, vectors=made.vectors[:2])
    with open_store(write(batch_of(made)), encoder=FakeEncoder(), build=fake_build()) as store:
        assert not store.mentions("drone base")
        assert not store.mentions("advertisement")
        assert [m.spans for m in store.left_out("advertisement")] == [(Span(18, 31),)]
        assert not store.left_out("drone")


def test_a_headline_alone_is_a_mention(tmp_store: Store) -> None:
    (found,) = tmp_store.mentions("runs aground")
    assert (found.article.source, found.spans, found.in_headline) == ("ferry.txt", (), True)


def test_only_admitted_places_of_an_article_are_told(write: Write) -> None:
    made = prepare(ORCHARD, source="x/one.txt")
    made = replace(made, article=replace(made.article, sources=("x/one.txt", "y/two.txt")))
    with open_store(write(batch_of(made)), encoder=FakeEncoder(), build=fake_build()) as store:
        assert [m.sources for m in store.mentions("frost")] == [("x/one.txt", "y/two.txt")]
        assert [m.sources for m in store.mentions("frost", filters=Filters(sources=("y",)))] == [("y/two.txt",)]


def test_articles_of_one_text_are_one_story(write: Write) -> None:
    one = prepare(ORCHARD * 3, source="one.txt")
    other = prepare(ORCHARD * 3 + "\n", source="other.txt")
    with open_store(write(batch_of(one, other)), encoder=FakeEncoder(), build=fake_build()) as store:
        found = store.mentions("frost")
        assert len(found) == 2
        assert len({m.story for m in found}) == 1
        assert store.stories([m.article.article_id for m in found]) == {m.article.article_id: m.story for m in found}


def test_what_was_added_is_counted_and_what_was_removed_is_not(write: Write) -> None:
    path = write(batch_of(prepare(ORCHARD, source="one.txt")))
    with open_store(path, encoder=FakeEncoder(), build=fake_build()) as store:
        assert len(store.mentions("frost")) == 1
        write(batch_of(prepare("More frost.", source="two.txt")))
        assert len(store.mentions("frost")) == 2
        write(batch_of(removed=["one.txt", "two.txt"]))
        assert not store.mentions("frost")


@pytest.mark.parametrize("phrase", ["", " ", "?!", "_", "\x00", "(", "*" * 5000, "\ud800"])
def test_a_phrase_without_words_is_mentioned_nowhere(tmp_store: Store, phrase: str) -> None:
    assert tmp_store.mentions(phrase) == ()
    assert tmp_store.left_out(phrase) == ()


@pytest.mark.parametrize("phrase", ["a" * 5000, "word " * 2000, "[a-z]+ (", "‎ferry", "ferry\x00"])
def test_no_phrase_breaks_the_count(tmp_store: Store, phrase: str) -> None:
    assert isinstance(tmp_store.mentions(phrase), tuple)


def test_folding_never_makes_a_boundary_within_a_character() -> None:
    for code in range(sys.maxunicode + 1):
        folded, starts = _folded(chr(code))
        assert folded
        if starts is not None:
            assert all(_is_of_a_word(c) for c in folded), hex(code)


def test_whatever_folds_to_a_sure_letter_has_the_term_of_that_letter() -> None:
    for code in range(sys.maxunicode + 1):
        letter = chr(code).casefold()
        if _SURE_WORD.fullmatch("qx" + letter):
            assert terms(f"q{chr(code)}q") == terms(f"q{letter}q"), hex(code)
