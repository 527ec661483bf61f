"""A reply is taken apart into sentences and the quotes that they name, whatever it looks like and however it comes."""

from __future__ import annotations

import itertools
import re
import time
import unicodedata
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.llm.model import Piece
from app.llm.reply import Said, read_reply, sentences_of_line
from ingest.errors import ModelError

A = "The ferry ran aground off Port Hallow."
B = "Its captain was Mira Lunde."


def read(*texts: str, cut: bool = False) -> list[Said]:
    pieces = [Piece(text) for text in texts]
    return list(read_reply([*pieces, Piece("", cut=cut)]))


def outcome(pieces: Sequence[Piece]) -> tuple[list[Said], str | None]:
    """What is said, and the error in which it ends."""
    said: list[Said] = []
    try:
        for sentence in read_reply(pieces):
            said.append(sentence)
    except ModelError as error:
        return said, str(error)
    return said, None


# --- forms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"[1] {A}", [(A, (1,))]),
        (f"[1][3] {A}", [(A, (1, 3))]),
        (f"[1, 3] {A}", [(A, (1, 3))]),
        (f"[1 and 3] {A}", [(A, (1, 3))]),
        (f"[Quote 2] {A}", [(A, (2,))]),
        (f"[quotes 2, 3] {A}", [(A, (2, 3))]),
        (f"[^2] {A}", [(A, (2,))]),
        (f"【2】{A}", [(A, (2,))]),
        (f"【2†source】{A}", [(A, (2,))]),
        (f"［２］{A}", [(A, (2,))]),
        (f"〔2〕 {A}", [(A, (2,))]),
        (f"[1] {A} [2] {B}", [(A, (1,)), (B, (2,))]),
        (f"[1] {A} {B}", [(A, (1,)), (B, (1,))]),
        (f"{A} [1] {B} [2]", [(A, (1,)), (B, (2,))]),
        (f"{A} [1][2]", [(A, (1, 2))]),
        (f"{A[:-1]} [1].", [(A, (1,))]),
        (f"{A} (Quote 2)", [(A, (2,))]),
        (f"{A}", [(A, ())]),
        (f"- {A} [1]", [(A, (1,))]),
        (f"* **[1]** {A}", [(A, (1,))]),
        (f"1. {A} [1]", [(A, (1,))]),
        (f"2) {A} [1]", [(A, (1,))]),
        (f"### {A}", [(A, ())]),
        (f"> [1] {A}", [(A, (1,))]),
        (f"Answer: [1] {A}", [(A, (1,))]),
        (f"**{A}** [1]", [(A, (1,))]),
        ("[1] The *ferry* ran __aground__ off `Port Hallow`.", [(A, (1,))]),
        (f"| [1] | {A} |", [(A, (1,))]),
        (f"[1] {A} (Hallow Post, 2021-03-03)", [(A, (1,))]),
        (f"[1] {A} (Hallow Post, no date)", [(A, (1,))]),
        (f'"{A}",', [(A, ())]),
        ("[1] He called it a f***ing mess and s***.", [("He called it a f***ing mess and s***.", (1,))]),
        ("[1] At 5 * 3 and 2 * 4 it stops.", [("At 5 * 3 and 2 * 4 it stops.", (1,))]),
        (f"[99999999999999999999] {A}", [(A, (999999, 99))]),
    ],
)
def test_a_line_is_read_in_whatever_form_it_comes(line: str, said: list[tuple[str, tuple[int, ...]]]) -> None:
    assert [(s.text, s.named) for s in sentences_of_line(line)] == said


@pytest.mark.parametrize(
    "line",
    [
        *("", " ", "[1]", "[1][2] [3]", "---", "|---|---|", "...", "***", "``````", "[1] .", "“”", "```json", "```"),
        *("{", "}", "[", "]", "],", "[]", "[{", '{"text": "The ferry ran aground."}', '"text": "The ferry ran.",'),
        *('["The ferry ran aground."]', '"n": 1', "(Hallow Post, 2021-03-03)"),
    ],
)
def test_a_line_without_a_sentence_says_nothing(line: str) -> None:
    assert sentences_of_line(line) == ()


@pytest.mark.parametrize(
    "line", ["NOT IN THE QUOTES", "Not in the quotes.", "[1] NOT IN THE QUOTES.", "**Not stated in the quotes**"]
)
def test_that_nothing_is_there_is_no_sentence(line: str) -> None:
    assert read(line) == []
    assert [s.text for s in read(f"[1] {A}\n{line}")] == [A]


# --- beginnings and ends ----------------------------------------------------------------------------------------------


def test_a_line_is_said_as_soon_as_it_is_whole() -> None:
    said = read_reply(itertools.chain([Piece(f"[1] {A}"), Piece("\n")], _fails_if_asked()))
    assert next(said).text == A


def _fails_if_asked() -> Iterator[Piece]:
    pytest.fail("the next piece was asked for")
    yield


def test_the_last_line_needs_no_end() -> None:
    assert [s.text for s in read(f"[1] {A}\n[2] {B}")] == [A, B]
    assert [s.text for s in read(f"{A[:-1]} [1].\n{B} [2]")] == [A, B]


def test_what_ends_a_reply_without_a_stop_may_be_half_a_sentence() -> None:
    assert [s.text for s in read(f"[1] {A}\n[2] {B[:-1]}")] == [A]
    assert [s.text for s in read(f"[1] {A[:-1]}\n[2] {B[:-1]}\n")] == [A[:-1], B[:-1]]


def test_what_is_struck_out_in_a_reply_is_read_without_the_marks() -> None:
    assert [s.text for s in read(f"[1] ~~{A}~~\n")] == [A]


@pytest.mark.parametrize("half", ["Its captain was Mi", "Its captain was Dr.", "It was 1.", "Its captain", "[", "(Hal"])
def test_of_a_reply_that_was_cut_the_last_sentence_is_left_out(half: str) -> None:
    assert [s.text for s in read(f"[1] {A}\n[2] {half}", cut=True)] == [A]
    assert [s.text for s in read(f"[1] {A} {half}", cut=True)] == ([A] if half != "[" else [])
    assert [s.text for s in read(f"[1] {A}\n", cut=True)] == [A]
    assert read(half, cut=True) == []


@pytest.mark.parametrize(
    "text",
    [
        f"<think>Is it 221?</think>[1] {A}",
        f"<think>\nIs it 221?\n[2] No.\n</think>\n\n[1] {A}",
        f"<THINKING>Is it 221?</THINKING>\n[1] {A}",
        f"<thought>Is it 221?\n</thought>[1] {A}",
        f"<reasoning>Is it 221?</reasoning>[1] {A}",
        f"Is it 221? </think>\n[1] {A}",
        f"[1] {A}\n<think>Is it 221?\nNo",
        f"[1] <think>Is it 221?</think>{A}",
        f"<think>a</think><think>Is it 221?\n</think>[1] {A}",
    ],
)
def test_thoughts_are_not_said(text: str) -> None:
    assert read(text) == [Said(A, (1,))]


def test_what_a_thought_interrupts_and_does_not_end_is_not_said() -> None:
    assert read("[1] The ferry ran <think>aground, or not?") == []


@pytest.mark.parametrize("end", ["<|im_end|>", "<|eot_id|>", "</s>", "<end_of_turn>", "<|endoftext|>", "<|IM_END|>"])
def test_nothing_is_read_behind_the_end_that_a_model_was_taught(end: str) -> None:
    assert read(f"[1] {A}{end}\n<|im_start|>user\n[2] {B}\n") == [Said(A, (1,))]


def test_what_nobody_sees_is_not_said() -> None:
    assert read(f"[1] \x1b{A[:9]}\u200b\u202e{A[9:]}\x00\x07\ud800\ufeff\u2028[2] {B}") == [
        Said(A, (1,)),
        Said(B, (2,)),
    ]


# --- no end -----------------------------------------------------------------------------------------------------------


class Endless:
    """Pieces without an end, that know whether they were closed."""

    def __init__(self, *texts: str) -> None:
        self.n_given = 0
        self.is_closed = False
        self._texts = itertools.cycle(texts)

    def __iter__(self) -> Endless:
        return self

    def __next__(self) -> Piece:
        self.n_given += 1
        assert self.n_given < 200_000
        return Piece(next(self._texts))

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("texts", [(f"[1] {A}\n",), (f"[1] {A}\n[2] {B}\n",), (f"{A} {B}\n",)])
def test_a_reply_that_says_the_same_again_has_ended(texts: tuple[str, ...]) -> None:
    pieces = Endless(*texts)
    assert [s.text for s in read_reply(pieces)] in ([A], [A, B])
    assert pieces.is_closed
    assert pieces.n_given <= 2


@pytest.mark.parametrize(
    "text", ["x", "word ", " ", "\n", "\r\n", "\u200b", "<think>", "</think>", "<", "[1]", f"[1] {A} ", "|", "`", "*"]
)
def test_a_reply_without_an_end_is_an_error(text: str) -> None:
    pieces = Endless(text)
    with pytest.raises(ModelError, match="did not come to an end"):
        list(read_reply(pieces))
    assert pieces.is_closed


def test_no_more_is_read_than_anybody_answers_in() -> None:
    lines = (Piece(f"[1] In {year} the ferry of Port Hallow ran aground.\n") for year in itertools.count(1))
    assert len(list(read_reply(lines))) == 12
    assert list(read_reply(Piece("- \n--\n") for _ in itertools.count())) == []


def test_pieces_are_closed_with_their_reader() -> None:
    pieces = Endless(f"[1] {A}\n", f"[2] {B}\n")
    said = read_reply(pieces)
    next(said)
    assert not pieces.is_closed
    said.close()  # type: ignore[attr-defined]
    assert pieces.is_closed


# --- whatever comes ---------------------------------------------------------------------------------------------------

FRAGMENTS = st.sampled_from(
    [
        *(
            A,
            B,
            " ",
            "\n",
            "\r\n",
            "\n\n",
            "[1]",
            "[2] ",
            "[1",
            "]",
            "【3】",
            "［",
            "(Quote 1)",
            "**",
            "`",
            "|",
            "- ",
            "1. ",
        ),
        *(
            "<think>",
            "</think>",
            "<thi",
            "nk>",
            "<",
            ">",
            "</s>",
            "<|im_end|>",
            "<|im",
            "NOT IN THE QUOTES",
            "{",
            '"a": ',
        ),
        *("Dr.", "1.", "2 million", "and", " (Post, 2021-03-03)", "\u200b", "\x1b", "\u2028", "x" * 700),
    ]
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
TEXTS = st.one_of(ANY_TEXT, st.lists(st.one_of(FRAGMENTS, ANY_TEXT), max_size=25).map("".join))


def cut_up(text: str, places: Sequence[int], *, cut: bool) -> list[Piece]:
    at = sorted({0, len(text), *(min(p, len(text)) for p in places)})
    pieces = [Piece(text[a:b]) for a, b in itertools.pairwise(at)]
    return [*pieces, Piece("", cut=cut)]


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 3000), max_size=30), st.booleans())
def test_however_a_reply_is_cut_into_pieces_it_says_the_same(text: str, places: list[int], cut: bool) -> None:
    whole = outcome([Piece(text, cut=cut)])
    assert outcome(cut_up(text, places, cut=cut)) == whole
    assert outcome([*(Piece(c) for c in text), Piece("", cut=cut)]) == whole


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.booleans())
def test_no_sentence_says_what_the_reply_does_not(text: str, cut: bool) -> None:
    said, told = outcome([Piece(text, cut=cut)])
    assert told in (None, "the language model did not come to an end")
    assert len(said) <= 12
    for sentence in said:
        letters = iter(re.findall(r"[^\W_]", text))
        assert all(letter in letters for letter in re.findall(r"[^\W_]", sentence.text)), sentence
        assert re.search(r"\w", sentence.text)
        assert sentence.text == sentence.text.strip()
        assert "\n" not in sentence.text
        assert not {unicodedata.category(c) for c in sentence.text} & {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
        assert all(f"{n}" in "".join(str(int(d)) for d in re.findall(r"\d", text)) for n in sentence.named)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([f"In {y} a ferry sank off Port Hallow." for y in range(1950, 1960)]), unique=True))
def test_whole_sentences_with_their_numbers_come_out_as_they_went_in(sentences: list[str]) -> None:
    lines = [f"[{n}] {sentence}\n" for n, sentence in enumerate(sentences, 1)]
    assert read(*lines) == [Said(sentence, (n,)) for n, sentence in enumerate(sentences, 1)]


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_nothing_of_a_thought_is_said(before: str, thought: str) -> None:
    hidden = re.sub(r"[<>]", "", thought)
    said, _ = outcome([Piece(f"[1] {A}\n<think>{hidden}Qzx {hidden}</think>\n[2] {B}\n")])
    assert said in ([Said(A, (1,)), Said(B, (2,))], [Said(A, (1,))])


@pytest.mark.parametrize("character", ["[", "*", "`", "(", " ", "|", "1", "_", "<", "-", "#", "\u2003", '"', "["])
def test_no_line_takes_long_to_read(character: str) -> None:
    for line in (character * 1500, character * 749 + "x" * 750, f"[1{character * 1400}", f"{character}1" * 700):
        began = time.perf_counter()
        sentences_of_line(line)
        assert time.perf_counter() - began < 2
