from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.draft import Draft, DraftArticle, draft, main_init
from evals.draft_sentences import Corpus, is_self_contained, read_names, stems
from evals.draft_templates import propose
from evals.gold import load_gold
from evals.metrics import contains
from ingest.article import Span
from ingest.errors import UnknownSourceError, UsageError

FERRY = """The ferry Aurora ran aground off Port Hallow on Tuesday night.

Mira Lunde, 47, a captain of the Hallow Line, said the fog off Port Hallow came down within minutes.

Aurora carried 212 passengers to Port Hallow in a storm. "We saw nothing at all until the rocks of Port Hallow were
under us," Mira Lunde said.

He told the crew of the Aurora to lower all of the boats at once.

The people in Port Hallow opened the town hall. A fire broke out in Port Hallow on March 3, 2021."""

COUNCIL = """The council of Kirkwick voted to close the old fish market next spring.

Jon Berg, the deputy mayor of Kirkwick, called the vote a sad day for traders in Kirkwick.

On May 10, 2021, Kirkwick sold the harbour office to Hanna Dahl for $5 million, according to the council.

At least 38 traders were evicted from the market hall of Kirkwick in June. Hanna Dahl said Kirkwick would need a
new market by the summer of 2023."""

ORCHARD = """Apple growers in Venndal expect their smallest harvest since 1987 after a late frost.

Olav Strand told reporters in Venndal that prices had risen to 1,240 crowns a tonne.

Strand founded the growers' union of Venndal in 1998. Growers in Venndal sold 4,100 tonnes of apples last year."""


def article(source: str, text: str, headline: str | None = None) -> DraftArticle:
    return DraftArticle(source, headline, text, (Span(0, len(text)),))


ARTICLES = (
    article("ferry.txt", FERRY, "Ferry runs aground in the fog"),
    article("town/council.txt", COUNCIL, "Fish market to close next year"),
    article("orchard.txt", ORCHARD, "Frost hits the apple harvest hard"),
)


def asked(sentence: str, *others: str, headline: str = "") -> list[tuple[str, tuple[str, ...]]]:
    (names,) = read_names([[sentence, *others]])
    return [(p.question, p.answers) for p in propose(sentence, names, headline=headline)]


def run(folder: Path, *argv: str, articles: Sequence[DraftArticle] = ARTICLES) -> Path:
    main_init([str(folder), "--out", str(folder / "gold.jsonl"), *argv], read=lambda _: articles)
    return folder / "gold.jsonl"


def text_of(articles: Sequence[DraftArticle]) -> dict[str, str]:
    return {one.source: one.source_text for one in articles}


# --- templates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("Aurora carried 212 passengers to Kirkwick.", "How many passengers did Aurora carry to Kirkwick?", "212"),
        ("At least 12 people died in a fire in Osh.", "How many people died in a fire in Osh?", "12"),
        ("There were 77 trees in the park of Osh.", "How many trees were there in the park of Osh?", "77"),
        ("Kirkwick sold the harbour in May 2021.", "When did Kirkwick sell the harbour?", "May 2021"),
        ("On May 3, Kirkwick sold the old harbour.", "When did Kirkwick sell the old harbour?", "May 3"),
        ("Kirkwick was rebuilt in 1961 by volunteers.", "When was Kirkwick rebuilt by volunteers?", "1961"),
        ("Then Mira Lunde, 47, left Osh.", "How old is Mira Lunde?", "47"),
        ("Mira Lunde said the fog off Osh came down fast.", "Who said the fog off Osh came down fast?", "Mira Lunde"),
        (
            "Mira Lunde, the captain of the Aurora, left the ship.",
            "Who is the captain of the Aurora?",
            "Mira Lunde",
        ),
        ("“The rocks were under us before we knew,” said Mira Lunde.",
         "Who said “The rocks were under us before we knew”?", "Mira Lunde"),
        (
            "Traders in Osh owe the council of Kirkwick 1,240 crowns.",
            "Which number is missing: “Traders in Osh owe the council of Kirkwick ____ crowns.”?",
            "1,240",
        ),
    ],
)  # fmt: skip
def test_a_part_of_a_sentence_is_asked_for(sentence: str, question: str, answer: str) -> None:
    found = asked(sentence, "The lights of Aurora, Kirkwick and Osh went out, Mira Lunde said.")
    assert answer in dict(found)[question]


def test_a_place_is_asked_for_where_the_articles_show_that_it_is_one() -> None:
    found = asked("A fire broke out in Osh on Friday.", "Schools in Osh closed.", headline="Fire in the old town")
    assert ("In “Fire in the old town”, where did a fire break out on Friday?", ("Osh",)) in found


def test_a_surname_is_made_full_where_the_article_has_the_one_name() -> None:
    found = dict(asked("Lunde sold the Aurora in 2019.", "The ship burned, Mira Lunde said.", "In it was Lunde."))
    assert "When did Mira Lunde sell the Aurora?" in found


def test_a_question_that_leans_on_its_article_names_the_headline() -> None:
    found = dict(asked("Mira Lunde released the report in 2019.", headline="Ferry runs aground in fog"))
    assert "In “Ferry runs aground in fog”, when did Mira Lunde release the report?" in found


def test_a_subject_that_only_its_article_tells_apart_takes_the_headline_along() -> None:
    found = dict(asked("The early boats left Osh in May 2019.", headline="Fire in the old town"))
    assert "In “Fire in the old town”, when did the early boats leave Osh?" in found


def test_the_second_verb_of_a_subject_is_left_out_of_an_inverted_question() -> None:
    found = dict(asked("Aurora carried 212 passengers and hit the rocks.", "The Aurora sank.", headline=""))
    assert "How many passengers did Aurora carry?" in found


@given(
    st.sampled_from(["He", "She", "It", "They", "We", "This", "That", "These", "His", "But", "However,", "Meanwhile,"]),
    st.sampled_from(["sold 212 ships to Mira Lunde in 2019.", "said Kirkwick would need a new market by 2023."]),
)
def test_a_sentence_that_opens_with_what_went_before_is_never_drafted(opening: str, rest: str) -> None:
    sentence = f"{opening} {rest}"
    assert not is_self_contained(sentence)
    assert draft([article("a.txt", sentence)], n=10, seed=0) == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "Mira Lunde left Osh.",
        "Why did Mira Lunde leave the harbour of Osh on Friday?",
        "Ferry Aurora runs aground off Port Hallow with 212 aboard",
        "According to him the ferry Aurora sank in the harbour of Osh.",
        "A man said his brother had left the ferry Aurora in Osh.",
        "The company sold the ferry Aurora to Mira Lunde in 2019.",
        "Subscribe to the newsletter of the Hallow Post for 12 crowns.",
        "I saw the ferry Aurora and Mira Lunde in the harbour.",
        f"{'Mira Lunde sold the ferry ' * 12}Aurora.",
    ],
)
def test_what_does_not_stand_alone_is_left_out(sentence: str) -> None:
    assert not is_self_contained(sentence)


# --- drafts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_a_drafted_file_loads_as_it_stands(tmp_path: Path, seed: int) -> None:
    path = run(tmp_path, "--n", "20", "--seed", str(seed))
    cases = load_gold(path, lambda source: text_of(ARTICLES)[source])
    assert len(cases) >= 12
    assert {case.kind for case in cases} >= {"number", "date", "fact", "quote", "unanswerable"}


def test_quotes_slice_back_and_hold_an_answer() -> None:
    texts = text_of(ARTICLES)
    for one in draft(ARTICLES, n=30, seed=0):
        assert all(quote in texts[source] for source, quote in one.evidence)
        assert all(contains(quote, one.answers) for _, quote in one.evidence)
        assert bool(one.evidence) == bool(one.answers) == (one.kind != "unanswerable")


WORDS = st.sampled_from(
    """Mira Lunde Osh Kirkwick said sold in on May 2021 212 passengers the of was a captain , He and “ ” " $5 million
    evicted carried \u202e \x07 \u2028 <b> at least people voted market ship old told 47 and who""".split(" ")
)
SENTENCES = st.lists(WORDS, min_size=7, max_size=20).map(lambda words: " ".join(words).replace(" ,", ",") + ".")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(SENTENCES, min_size=1, max_size=6).map("\n\n".join), min_size=1, max_size=4), st.integers())
def test_no_drafted_question_holds_its_answer_or_more_than_a_line(texts: list[str], seed: int) -> None:
    articles = [article(f"{i}.txt", text, text[:60]) for i, text in enumerate(texts)]
    drafts = draft(articles, n=12, seed=seed)
    assert drafts == draft(articles[::-1], n=12, seed=seed)
    for one in drafts:
        assert not contains(one.question, one.answers)
        assert one.question.isprintable()
        assert all(quote in text_of(articles)[source] for source, quote in one.evidence)
    assert len({one.id for one in drafts}) == len(drafts)


def test_the_same_articles_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = run(tmp_path / "a", "--seed", "4")
    again = run(tmp_path / "b", "--seed", "4", articles=ARTICLES[::-1])
    assert first.read_bytes() == again.read_bytes()


def test_every_article_is_drawn_from_and_no_sentence_twice() -> None:
    answered = [one for one in draft(ARTICLES, n=10, seed=0) if one.answers]
    assert {one.evidence[0][0] for one in answered} == {"ferry.txt", "town/council.txt", "orchard.txt"}
    assert len({one.evidence for one in answered}) == len(answered)


def test_a_near_miss_shares_no_sentence_with_what_it_names() -> None:
    missed = [one for one in draft(ARTICLES, n=20, seed=1) if one.kind == "unanswerable"]
    asked_of = {one.question for one in draft(ARTICLES, n=20, seed=1) if one.answers}
    corpus = Corpus(ARTICLES)
    assert missed
    for one in missed:
        assert one.question not in asked_of
        words = stems(one.question)
        assert not any(words <= sentence.words for sentence in corpus.sentences)


def test_a_wire_copy_is_evidence_too() -> None:
    copied = article("wire.txt", ORCHARD, "Frost hits the apple harvest hard")
    answered = [one for one in draft((ARTICLES[2], copied), n=10, seed=0) if one.answers]
    assert answered
    assert all({source for source, _ in one.evidence} == {"orchard.txt", "wire.txt"} for one in answered)


def test_a_sentence_that_another_article_tells_with_another_number_is_left_out() -> None:
    told = "Aurora carried 212 passengers to the harbour of Kirkwick."
    other = told.replace("212", "221")
    assert any("passengers" in one.question for one in draft([article("a.txt", told)], n=5, seed=0))
    assert not draft([article("a.txt", told), article("b.txt", other)], n=5, seed=0)


# --- the command ----------------------------------------------------------------------------------------------------


def test_what_was_drafted_and_what_comes_next_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = run(tmp_path, "--n", "5")
    told = capsys.readouterr().out
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 5
    assert f"wrote {path}: 5 questions" in told
    assert "checked by nobody" in told
    assert f"dateline eval --gold {path} --articles {tmp_path}\n" in told
    assert "--baseline mine.json --update-baseline" in told


def test_fewer_than_asked_for_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, "--n", "500")
    assert re.match(r"drafted \d+ of the 500 asked for: the articles hold no more", capsys.readouterr().out)


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text("mine\n")
    with pytest.raises(UsageError, match="choose another --out, or delete it"):
        run(tmp_path)
    assert (tmp_path / "gold.jsonl").read_text() == "mine\n"


@pytest.mark.parametrize("articles", [(), (article("a.txt", "Nothing here stands alone, he said."),)])
def test_a_folder_that_makes_no_question_writes_no_file(tmp_path: Path, articles: tuple[DraftArticle, ...]) -> None:
    with pytest.raises(UsageError, match=re.escape(str(tmp_path))):
        run(tmp_path, articles=articles)
    assert not (tmp_path / "gold.jsonl").exists()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no folder of articles at .*nowhere"):
        main_init([str(tmp_path / "nowhere"), "--out", str(tmp_path / "gold.jsonl")], read=lambda _: ARTICLES)


def test_a_missing_folder_to_write_in_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no folder .*nowhere"):
        main_init([str(tmp_path), "--out", str(tmp_path / "nowhere" / "gold.jsonl")], read=lambda _: ARTICLES)


def test_a_source_with_a_line_separator_in_its_name_stays_on_its_line(tmp_path: Path) -> None:
    odd = article("a\u2028b\x85.txt", FERRY, "Ferry\u202e runs\x07 aground in fog")
    path = run(tmp_path, articles=(odd,))

    def source_text(source: str) -> str:
        if source != odd.source:
            raise UnknownSourceError(source)
        return FERRY

    assert load_gold(path, source_text)
    assert all(isinstance(one, Draft) and one.question.isprintable() for one in draft([odd], n=20, seed=0))
