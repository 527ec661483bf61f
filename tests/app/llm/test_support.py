from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from app.llm.evidence import Evidence, Line
from app.llm.reply import Said
from app.llm.support import Carried, Unsupported, check, coverage, is_statement, is_verbatim
from ingest.article import Article, Passage, PublicationDate, Span

FERRY = "The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard."
TALE = "Captain Lunde denied it. That, she said, was a tale."


@dataclass
class Network:
    """Is sure of what `sure` says of each source that begins so; not of anything else."""

    sure: dict[str, float] = field(default_factory=dict)

    def read(self, statement: str, source: str) -> float:
        return max((v for begins, v in self.sure.items() if source.startswith(begins)), default=-5.0)


def quote(number: int, *sentences: str) -> Evidence:
    text = " ".join(sentences)
    lines, at = [], 0
    for sentence in sentences:
        lines.append(Line(Span(at, at + len(sentence)), sentence, sentence))
        at += len(sentence) + 1
    source = (f"{number}.txt",)
    article = Article(
        str(number) * 64, source, None, None, (), PublicationDate(None, "none"), (Span(0, len(text)),), "f"
    )
    return Evidence(number, article, tuple(lines), Passage(1, article.article_id, 0, len(text), text))


def test_a_whole_sentence_word_for_word_passes_unread() -> None:
    found = check(Said(FERRY, (1,)), [quote(1, FERRY)], Network())
    assert isinstance(found, Carried)
    assert is_verbatim(FERRY, found.places)


def test_other_words_pass_where_the_network_is_sure_of_the_sentences_and_of_the_quote_around_them() -> None:
    said = Said("The Aurora had 212 passengers aboard as it ran aground.", (1,))
    both = quote(1, TALE, FERRY)
    assert isinstance(check(said, [both], Network({"The ferry": 4.0, "Captain": 3.0})), Carried)
    for doubts in ({"The ferry": 4.0, "Captain": 0.0}, {"The ferry": 1.0, "Captain": 4.0}, {}):
        found = check(said, [both], Network(doubts))
        assert isinstance(found, Unsupported)
        assert found.reason == "what it cites says something else"


def test_a_copy_with_little_left_out_needs_less_certainty_than_words_of_its_own() -> None:
    copy = Said("The ferry Aurora ran aground on Tuesday night with 212 passengers aboard.", (1,))
    own = Said("The Aurora had 212 passengers aboard as it ran aground.", (1,))
    half_sure = Network({"The ferry": 1.5})
    assert isinstance(check(copy, [quote(1, FERRY)], half_sure), Carried)
    assert isinstance(check(own, [quote(1, FERRY)], half_sure), Unsupported)


def test_what_is_denied_or_only_planned_is_not_told_as_done() -> None:
    sure = Network({"The": 9.0})
    planned, denied = "The owner may close the plant on Friday.", "The plant will not close on Friday, the owner said."
    for told, said in ((denied, "The plant will close on Friday."), (planned, "The owner closed the plant on Friday.")):
        assert isinstance(check(Said(said, (1,)), [quote(1, told)], sure), Unsupported)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("Lunde left the bridge at midnight, a steward claims.", "Lunde left the bridge at midnight."),
        ("The pier is sound, though an engineer said the opposite.", "The pier is sound."),
        ("The firm is broke, it was alleged; its owner disputes this.", "The firm is broke."),
    ],
)
def test_what_is_contested_behind_its_words_is_not_told_as_a_fact(told: str, said: str) -> None:
    assert isinstance(check(Said(said, (1,)), [quote(1, told)], Network({"": 9.0})), Unsupported)
    plain = told.partition(",")[0] + "."
    assert isinstance(check(Said(said, (1,)), [quote(1, f"{plain[:-1]} for good.")], Network({"": 9.0})), Carried)


def test_two_numbers_that_changed_places_do_not_pass_however_sure_the_network_is_of_them() -> None:
    told = "The council of Velm voted 14 to 9 on Tuesday to sell the mill."
    sure = Network({"": 9.0})
    assert isinstance(
        check(Said("The council of Velm voted 14 to 9 to sell the mill.", (1,)), [quote(1, told)], sure), Carried
    )
    found = check(Said("The council of Velm voted 9 to 14 to sell the mill.", (1,)), [quote(1, told)], sure)
    assert isinstance(found, Unsupported)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("Prices changed by -0.4% in May.", "Prices changed by 0.4% in May."),
        ("The profit was 4.5 million crowns.", "The profit was -4.5 million crowns."),
        ("There were 212 passengers aboard.", "There were ≠212 passengers aboard."),
        ("Sales rose 6% in May.", "Sales rose ~6% in May."),
    ],
)
def test_a_sign_that_the_source_does_not_have_is_a_fact_that_it_does_not_have(told: str, said: str) -> None:
    found = check(Said(said, (1,)), [quote(1, told)], Network({"": 9.0}))
    assert isinstance(found, Unsupported)
    assert "is not in what it cites" in found.reason


def test_a_fall_may_be_told_in_words_instead_of_by_its_sign() -> None:
    said = Said("Prices fell by 0.4% in May.", (1,))
    assert isinstance(check(said, [quote(1, "The change in prices was -0.4% in May.")], Network({"": 9.0})), Carried)


def test_facts_of_several_sentences_take_more_certainty_than_those_of_one() -> None:
    said = Said("The Aurora had Captain Lunde aboard as it ran aground.", (1,))
    both = quote(1, "Captain Lunde steered it.", FERRY)
    assert isinstance(check(said, [both], Network({"Captain": 3.5})), Unsupported)
    assert isinstance(check(said, [both], Network({"Captain": 4.5})), Carried)


def test_a_fact_that_is_not_there_is_named_however_sure_the_network_is() -> None:
    found = check(Said("The Aurora had 300 passengers aboard.", (1,)), [quote(1, FERRY)], Network({"The": 9.0}))
    assert isinstance(found, Unsupported)
    assert "300" in found.reason


def test_a_name_that_opens_the_statement_is_a_fact_too() -> None:
    found = check(Said("Norvex ran aground off Port Hallow.", (1,)), [quote(1, FERRY)], Network({"The": 9.0}))
    assert isinstance(found, Unsupported)
    assert "Norvex" in found.reason
    plain = check(Said("Passengers were aboard as it ran aground.", (1,)), [quote(1, FERRY)], Network({"The": 9.0}))
    assert isinstance(plain, Carried)


def test_what_a_named_quote_does_not_carry_is_cited_where_another_does() -> None:
    found = check(Said("The Aurora ran aground on Tuesday.", (1,)), [quote(1, TALE), quote(2, FERRY)],
                  Network({"The ferry": 5.0}))  # fmt: skip
    assert isinstance(found, Carried)
    assert [p.quote.number for p in found.places] == [2]


def test_coverage_is_the_share_of_what_is_said_that_the_source_has() -> None:
    assert coverage("The ferry ran aground.", FERRY) == 1.0
    assert coverage("The ferry sank twice over.", FERRY) < 0.7
    assert coverage("It was so.", FERRY) == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "The mayor plans to build a stadium.",
        "It employs about 2,600 people.",
        "The drone costs 400,000 crowns.",
        "Anna Berg became head of the agency on Tuesday.",
        "The girl who was killed was eleven.",
        "The court said that the board failed to act.",
        "Residents no longer go out.",
        "The roof cost 900 crowns.",
        "Anna Berg had lost her house in that flood.",
    ],
)
def test_a_sentence_with_a_verb_of_its_own_tells_something(text: str) -> None:
    assert is_statement(text)


@pytest.mark.parametrize(
    "text",
    [
        "Anna Berg, the head of the agency.",
        "The girl who was killed in the attack.",
        "The lions and the tigers.",
        "The answer is: 4",
        "The answer to the question is Anna Berg.",
        "The passenger Ottilie Brand said.",
        "Yes, she did.",
        "Write the number of the quote first.",
    ],
)
def test_what_has_none_or_only_points_at_an_answer_tells_nothing(text: str) -> None:
    assert not is_statement(text)
