"""What speaks for an answer, who its witnesses are, and which fitted files are believed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.question import read_question
from app.reader.evidence import (
    CANDIDATE_FEATURES,
    CONFIDENCE_FEATURES,
    Candidate,
    Told,
    candidates_of,
    confidence_row,
    pooled,
)
from app.reader.judge import JUDGE_VERSION, Judge, Linear, load_judge
from app.reader.passages import PassageReading, ShortAnswer
from app.reader.spans import normalise_answer
from ingest.article import Span
from ingest.errors import ReaderError

QUESTION = read_question("Who opened the new bridge of Kirkwick in 2021?")
OPENED = "The new bridge of Kirkwick was opened by Anna Berg on Friday. Ferries had carried the cars for forty years."
AGREES = "Traders in Kirkwick cheered as Anna Berg cut the ribbon. The bridge took nine years to build."
DISAGREES = "Olav Strand opened the fish market of Venndal in 1998. It was closed again in the spring."


def every_word(_: str) -> float:
    return 1.0


def answer(text: str, words: str, score: float = 4.0) -> ShortAnswer:
    start = text.index(words)
    return ShortAnswer(Span(start, start + len(words)), score)


def reading(text: str, *words: str, relevance: float = 3.0) -> PassageReading:
    return PassageReading(relevance, tuple(answer(text, w, 4.0 - i) for i, w in enumerate(words)))


def told(article: object, text: str, score: float = 1.0) -> Told:
    return Told(article, "", text, score)


def feature(candidate: Candidate, name: str) -> float:
    return float(candidate.row[CANDIDATE_FEATURES.index(name)])


def candidates(*pairs: tuple[Told, PassageReading]) -> tuple[Candidate, ...]:
    return candidates_of(QUESTION, [t for t, _ in pairs], [r for _, r in pairs], every_word)


# --- candidates -------------------------------------------------------------------------------------------------------


@st.composite
def read_passages(draw: st.DrawFn) -> tuple[list[Told], list[PassageReading]]:
    words = st.sampled_from(["Anna", "Berg", "opened", "2021", "it", "the", "“bridge", "12", "\n\n", "-", "Kirkwick's"])
    passages, readings = [], []
    for _ in range(draw(st.integers(0, 4))):
        run = st.lists(words, min_size=1, max_size=8).map(" ".join)
        text = draw(st.lists(run, max_size=4).map(". ".join))
        places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
        spans = [Span(*sorted(p)) for p in draw(st.lists(places, max_size=4)) if p[0] != p[1]]
        numbers = st.floats(-30, 30)
        readings.append(PassageReading(draw(numbers), tuple(ShortAnswer(s, draw(numbers)) for s in spans)))
        passages.append(Told(draw(st.integers(0, 2)), draw(st.sampled_from(["", "A bridge"])), text, draw(numbers)))
    return passages, readings


@given(read_passages())
@settings(deadline=None)
def test_candidates_lie_in_their_sentence_and_the_sentence_in_its_passage(
    read: tuple[list[Told], list[PassageReading]],
) -> None:
    passages, readings = read
    for candidate in candidates_of(QUESTION, passages, readings, every_word):
        text = passages[candidate.passage].text
        assert 0 <= candidate.sentence.start <= candidate.answer.start < candidate.answer.end
        assert candidate.answer.end <= candidate.sentence.end <= len(text)
        assert candidate.key == normalise_answer(candidate.answer.of(text)) != ""
        assert candidate.row.shape == (len(CANDIDATE_FEATURES),)
        assert np.isfinite(candidate.row).all()


def test_an_answer_across_two_sentences_keeps_the_part_in_the_one_that_holds_most_of_it() -> None:
    (found,) = candidates((told(1, OPENED), reading(OPENED, "Anna Berg on Friday. Ferries")))
    assert found.answer.of(OPENED) == "Anna Berg on Friday."
    assert found.sentence.of(OPENED) == "The new bridge of Kirkwick was opened by Anna Berg on Friday."


def test_an_answer_without_a_word_is_no_candidate() -> None:
    text = "The bridge was opened by … Nobody knows by whom."
    assert candidates((told(1, text), reading(text, "…", "The"))) == ()


def test_nothing_found_gives_no_candidates() -> None:
    assert candidates_of(QUESTION, [], [], every_word) == ()
    assert candidates((told(1, "  "), PassageReading(1.0, ()))) == ()


def test_only_the_first_answer_of_a_passage_is_its_best() -> None:
    first, second = candidates((told(1, OPENED), reading(OPENED, "Anna Berg", "Friday")))
    assert (feature(first, "best_of_passage"), feature(second, "best_of_passage")) == (1.0, 0.0)


def test_an_answer_that_the_question_holds_is_told_apart() -> None:
    asked, said = candidates((told(1, OPENED), reading(OPENED, "bridge of Kirkwick", "Anna Berg")))
    assert (feature(asked, "in_question"), feature(said, "in_question")) == (1.0, 0.0)


def test_an_answer_has_the_form_that_is_asked_for_or_lacks_it() -> None:
    name, number = candidates((told(1, OPENED), reading(OPENED, "Anna Berg", "forty years")))
    assert (feature(name, "fits"), feature(name, "misfits")) == (1.0, 0.0)
    assert (feature(number, "fits"), feature(number, "misfits")) == (0.0, 1.0)


# --- agreement --------------------------------------------------------------------------------------------------------


def test_another_article_that_holds_the_answer_agrees() -> None:
    alone = candidates((told(1, OPENED), reading(OPENED, "Anna Berg")), (told(2, DISAGREES), reading(DISAGREES)))
    beside = candidates((told(1, OPENED), reading(OPENED, "Anna Berg")), (told(2, AGREES), reading(AGREES)))
    assert feature(alone[0], "agreeing") == 0.0
    assert feature(beside[0], "agreeing") == pytest.approx(math.log1p(1 / (1 + math.exp(-3.0))))


def test_two_passages_of_one_other_article_agree_once() -> None:
    again = "Anna Berg will also open the harbour office, the council of the town said on Monday."
    once = candidates((told(1, OPENED), reading(OPENED, "Anna Berg")), (told(2, AGREES), reading(AGREES)))
    twice = candidates(
        (told(1, OPENED), reading(OPENED, "Anna Berg")),
        (told(2, AGREES), reading(AGREES)),
        (told(2, again), reading(again)),
    )
    assert feature(twice[0], "agreeing") == pytest.approx(feature(once[0], "agreeing"))


def test_other_passages_of_the_same_article_do_not_agree() -> None:
    found = candidates((told(1, OPENED), reading(OPENED, "Anna Berg")), (told(1, AGREES), reading(AGREES, "Anna Berg")))
    assert [feature(c, "agreeing") for c in found] == [0.0, 0.0]
    assert [feature(c, "same_elsewhere") for c in found] == [0.0, 0.0]


def test_wire_copies_do_not_agree_at_all() -> None:
    texts = (OPENED, OPENED.replace(". ", ".\n\n"), OPENED.upper())
    found = candidates(
        *((told(n, t), reading(t, "ANNA BERG" if t.isupper() else "Anna Berg")) for n, t in enumerate(texts))
    )
    assert [c.key for c in found] == ["anna berg"] * 3
    assert [feature(c, "agreeing") for c in found] == [0.0] * 3
    assert [feature(c, "same_elsewhere") for c in found] == [0.0] * 3


def test_another_passage_of_a_wire_copy_does_not_agree() -> None:
    found = candidates(
        (told(1, OPENED), reading(OPENED, "Anna Berg")),
        (told(1, AGREES), reading(AGREES, "Anna Berg")),
        (told(2, OPENED), reading(OPENED, "Anna Berg")),
        (told(2, AGREES), reading(AGREES, "Anna Berg")),
    )
    assert [feature(c, "agreeing") for c in found] == [0.0] * 4


def test_copies_of_another_article_agree_once() -> None:
    once = candidates((told(0, OPENED), reading(OPENED, "Anna Berg")), (told(1, AGREES), reading(AGREES)))
    copied = candidates(
        (told(0, OPENED), reading(OPENED, "Anna Berg")), *((told(n, AGREES), reading(AGREES)) for n in range(1, 5))
    )
    assert feature(copied[0], "agreeing") == feature(once[0], "agreeing")


def test_a_passage_that_is_beside_the_question_does_not_agree() -> None:
    beside = reading(AGREES, relevance=-9.0)
    found = candidates((told(1, OPENED), reading(OPENED, "Anna Berg")), (told(2, AGREES), beside))
    assert feature(found[0], "agreeing") == 0.0


def test_agreement_is_of_whole_words() -> None:
    text = "Joanna Bergen was not there when the bridge of Kirkwick opened."
    found = candidates((told(1, OPENED), reading(OPENED, "Anna Berg")), (told(2, text), reading(text)))
    assert feature(found[0], "agreeing") == 0.0


def test_the_same_answer_elsewhere_counts_by_its_surest_reading() -> None:
    found = candidates(
        (told(1, OPENED), reading(OPENED, "Anna Berg")),
        (told(2, AGREES), PassageReading(3.0, (answer(AGREES, "Anna Berg", 0.0),))),
    )
    assert feature(found[0], "same_elsewhere") == 0.5
    assert feature(found[1], "same_elsewhere") == pytest.approx(1 / (1 + math.exp(-4.0)))


# --- pooling ----------------------------------------------------------------------------------------------------------


def shares(found: Sequence[tuple[Told, PassageReading]], scores: Sequence[float]) -> dict[str, float]:
    made = candidates(*found)
    answers = pooled(made, [t for t, _ in found], np.array(scores, dtype=float))
    return {made[members[0]].key: share for share, members in answers}


def test_equal_answers_of_independent_articles_add_up() -> None:
    found = [
        (told(1, OPENED), reading(OPENED, "Anna Berg")),
        (told(2, AGREES), reading(AGREES, "Anna Berg")),
        (told(3, DISAGREES), reading(DISAGREES, "Olav Strand")),
    ]
    assert shares(found, [0.0, 0.0, math.log(2)]) == {
        "anna berg": pytest.approx(0.5),
        "olav strand": pytest.approx(0.5),
    }


def test_copies_under_other_addresses_count_once() -> None:
    found = [(told(n, OPENED), reading(OPENED, "Anna Berg")) for n in range(3)]
    found.append((told(9, DISAGREES), reading(DISAGREES, "Olav Strand")))
    got = shares(found, [1.0, 0.0, 0.0, 0.0])
    assert got["anna berg"] == pytest.approx(math.e / (math.e + 3))
    assert got["olav strand"] == pytest.approx(1 / (math.e + 3))


def test_an_article_that_says_it_twice_counts_once() -> None:
    text = "Anna Berg opened the bridge. A crowd cheered Anna Berg for an hour."
    again = [answer(text, "Anna Berg"), ShortAnswer(Span(text.rindex("Anna"), text.rindex("Berg") + 4), 1.0)]
    got = shares([(told(1, text), PassageReading(2.0, tuple(again)))], [0.0, 0.0])
    assert got == {"anna berg": pytest.approx(0.5)}


@given(read_passages(), st.data())
@settings(deadline=None)
def test_shares_add_up_to_no_more_than_one_and_every_candidate_is_in_one_answer(
    read: tuple[list[Told], list[PassageReading]], data: st.DataObject
) -> None:
    passages, readings = read
    made = candidates_of(QUESTION, passages, readings, every_word)
    scores = np.array(data.draw(st.lists(st.floats(-50, 50), min_size=len(made), max_size=len(made))), dtype=float)
    answers = pooled(made, passages, scores)
    assert sum(share for share, _ in answers) <= 1.0 + 1e-9
    assert all(share >= 0.0 for share, _ in answers)
    assert [share for share, _ in answers] == sorted((share for share, _ in answers), reverse=True)
    assert sorted(i for _, members in answers for i in members) == list(range(len(made)))
    for _, members in answers:
        assert len({made[i].key for i in members}) == 1
        assert [scores[i] for i in members] == sorted((scores[i] for i in members), reverse=True)


def test_no_candidates_give_no_answers() -> None:
    assert pooled((), (), np.zeros(0)) == []


def test_the_confidence_row_holds_what_speaks_for_the_best_answer() -> None:
    passages = [told(1, OPENED), told(3, DISAGREES)]
    readings = [reading(OPENED, "Anna Berg"), reading(DISAGREES, "Olav Strand", relevance=-2.0)]
    made = candidates_of(QUESTION, passages, readings, every_word)
    scores = np.array([math.log(3), 0.0])
    row = confidence_row(QUESTION, made, readings, scores, pooled(made, passages, scores))
    by_name = dict(zip(CONFIDENCE_FEATURES, row.tolist(), strict=True))
    assert by_name["best_share"] == pytest.approx(0.75)
    assert by_name["margin"] == pytest.approx(0.5)
    assert by_name["most_relevant"] == pytest.approx(0.6)
    assert by_name["passages_relevant"] == pytest.approx(math.log(2))
    assert by_name["score"] == pytest.approx(math.log(3))
    assert row[: len(CANDIDATE_FEATURES)].tolist() == made[0].row.tolist()


# --- the fitted file --------------------------------------------------------------------------------------------------

NETWORK = "e" * 64


def linear(names: Sequence[str], bias: float = 0.25) -> Linear:
    return Linear(tuple(names), np.linspace(-1.0, 1.0, len(names)).round(5), bias)


def fitted() -> dict[str, object]:
    return {
        "version": JUDGE_VERSION,
        "network": NETWORK,
        "threshold": 0.375,
        "choose": linear(CANDIDATE_FEATURES).to_json(),
        "confidence": linear(CONFIDENCE_FEATURES).to_json(),
    }


def changed(**parts: object) -> dict[str, object]:
    return {**fitted(), **parts}


def without(name: str) -> dict[str, object]:
    return {k: v for k, v in fitted().items() if k != name}


def weights_changed(change: Callable[[dict[str, object]], object]) -> dict[str, object]:
    weights: dict[str, object] = dict.fromkeys(CANDIDATE_FEATURES, 0.5)
    change(weights)
    return changed(choose={"bias": 0.0, "weights": weights})


def written(path: Path, model: object) -> Path:
    path.write_text(json.dumps(model), encoding="utf-8")
    return path


def test_a_fitted_file_reads_back(tmp_path: Path) -> None:
    judge = load_judge(written(tmp_path / "judge.json", fitted()), network=NETWORK)
    assert isinstance(judge, Judge)
    assert judge.threshold == 0.375
    assert judge.choose.weights.tolist() == linear(CANDIDATE_FEATURES).weights.tolist()
    assert judge.confidence.names == CONFIDENCE_FEATURES
    assert len(judge.digest) == 64


def test_another_file_has_another_digest(tmp_path: Path) -> None:
    one = load_judge(written(tmp_path / "one.json", fitted()), network=NETWORK)
    other = load_judge(written(tmp_path / "other.json", changed(threshold=0.5)), network=NETWORK)
    assert one.digest != other.digest


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="reinstall"):
        load_judge(tmp_path / "none.json", network=NETWORK)


@pytest.mark.parametrize("version", [0, JUDGE_VERSION + 1, None, "1"])
def test_a_file_of_another_version_is_refused(tmp_path: Path, version: object) -> None:
    with pytest.raises(ReaderError, match="another version"):
        load_judge(written(tmp_path / "judge.json", changed(version=version)), network=NETWORK)


@pytest.mark.parametrize("model", [changed(network="0" * 64), changed(network=None), without("network")])
def test_a_file_fitted_to_another_network_is_refused(tmp_path: Path, model: object) -> None:
    with pytest.raises(ReaderError, match="do not belong together"):
        load_judge(written(tmp_path / "judge.json", model), network=NETWORK)


DAMAGED: dict[str, object] = {
    "a list": [],
    "a number": 7,
    "nothing": None,
    "no version": without("version"),
    "no choice": without("choose"),
    "no confidence": without("confidence"),
    "no threshold": without("threshold"),
    "threshold above 1": changed(threshold=1.5),
    "threshold not a number": changed(threshold=math.nan),
    "threshold a text": changed(threshold="high"),
    "threshold null": changed(threshold=None),
    "choice a list": changed(choose=[1, 2]),
    "weights a list": changed(choose={"bias": 0.0, "weights": [0.5] * len(CANDIDATE_FEATURES)}),
    "no bias": changed(choose={"weights": dict.fromkeys(CANDIDATE_FEATURES, 0.5)}),
    "bias infinite": changed(choose={"bias": math.inf, "weights": dict.fromkeys(CANDIDATE_FEATURES, 0.5)}),
    "a weight too few": weights_changed(lambda w: w.popitem()),
    "a weight too many": weights_changed(lambda w: w.update(more=0.5)),
    "a weight that is null": weights_changed(lambda w: w.update(span=None)),
    "a weight that is none": weights_changed(lambda w: w.update(span=math.nan)),
    "the weights of the other": changed(choose=linear(CONFIDENCE_FEATURES).to_json()),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ReaderError, match="damaged"):
        load_judge(written(tmp_path / "judge.json", DAMAGED[kind]), network=NETWORK)


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    data = written(tmp_path / "judge.json", fitted()).read_bytes()
    for length in range(0, len(data), 97):
        (tmp_path / "cut.json").write_bytes(data[:length])
        with pytest.raises(ReaderError, match="damaged"):
            load_judge(tmp_path / "cut.json", network=NETWORK)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "judge.json").write_bytes(b"\xff\xfe\x00judge")
    with pytest.raises(ReaderError, match="damaged"):
        load_judge(tmp_path / "judge.json", network=NETWORK)


NUMBERS = st.floats(-1e6, 1e6)


@given(st.lists(NUMBERS, min_size=1, max_size=6), NUMBERS)
def test_weights_survive_being_written_and_read(weights: list[float], bias: float) -> None:
    names = [f"feature {i}" for i in range(len(weights))]
    one = Linear(tuple(names), np.array(weights), bias)
    text = json.dumps(one.to_json())
    again = Linear.from_json(json.loads(text), names)
    assert again.names == one.names
    np.testing.assert_allclose([*again.weights, again.bias], [*weights, bias], atol=5.1e-6)
    assert json.dumps(again.to_json()) == text


@pytest.mark.parametrize("value", [None, 3, {}, {"bias": 0.0}, {"bias": 0.0, "weights": {"b": 1.0, "a": 1.0}}])
def test_what_holds_no_weights_for_these_features_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"missing|others"):
        Linear.from_json(value, ("a", "b"))


def test_a_weighted_sum_is_taken_of_each_row() -> None:
    one = Linear(("a", "b"), np.array([2.0, -1.0]), 0.5)
    assert one(np.array([[1.0, 1.0], [0.0, 3.0]])).tolist() == [1.5, -2.5]


def test_sureness_is_a_chance_however_much_speaks_for_an_answer(tmp_path: Path) -> None:
    judge = load_judge(written(tmp_path / "judge.json", fitted()), network=NETWORK)
    last = np.zeros(len(CONFIDENCE_FEATURES))
    chances = []
    for much in (-1e9, 0.0, 1e9):
        last[-1] = much  # its weight is 1.0, the bias 0.25
        chances.append(judge.sure(last))
    assert chances == [pytest.approx(0.0), pytest.approx(1 / (1 + math.exp(-0.25))), pytest.approx(1.0)]
