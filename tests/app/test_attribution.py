from __future__ import annotations

import time

import pytest

from app.attribution import attributed, attribution_of, plain_marks, quotations
from app.draft import Composition, Draft, Quote
from ingest.article import Article, PublicationDate, Span, normalise_space

# The sentence, the words whose source is asked for (None: of its main claim), and to whom the article attributes them.
REPORTS: tuple[tuple[str, str | None, str], ...] = (
    ("The mayor said that the bridge would close in May.", "in May", "the mayor"),
    ("The mayor said the bridge would close in May.", "in May", "the mayor"),
    ("The bridge will close in May, the mayor said.", "in May", "the mayor"),
    ("According to the harbour office, 14 boats sank.", "14", "the harbour office"),
    ("Some 14 boats sank, according to the harbour office.", "14", "the harbour office"),
    ("Anna Berg, who runs the ferry line, told Reuters the fog was thick.", "the fog", "Anna Berg"),
    ("Anna Berg told the Hallow Post on condition of anonymity that 40 jobs would go.", "40 jobs", "Anna Berg"),
    ("The army moved its tanks, the Hallow Post reported Monday citing undisclosed army officers.", "tanks",
     "the Hallow Post, citing undisclosed army officers"),
    ("Officials say the dam holds 30 million litres.", "30 million litres", "officials"),
    ("The report says that a third of all wells are dry.", "a third", "the report"),
    ("The study found that one child in five is short-sighted.", "one child in five", "the study"),
    ("The union estimates 3,000 members will strike.", "3,000", "the union"),
    ("Berg tweeted that the match was off.", "the match was off", "Berg"),
    ("The bank wrote in a letter to its clients that rates would rise.", "rates would rise", "the bank"),
    ("The club announced on Tuesday that its coach would leave.", "its coach", "the club"),
    ("The lawyer claimed that the key was stolen.", "the key", "the lawyer"),
    ("Doctors warned that the ward was full.", "the ward was full", "doctors"),
    ("The company denied that it had dumped oil.", "dumped oil", "the company"),
    ("Police confirmed that two men were held.", "two men", "police"),
    ("The quarry is safe, its owner insisted.", "safe", "its owner"),
    ("In a statement, the ministry said that four miners were missing.", "four miners", "the ministry"),
    ("The ministry said in a statement that four miners were missing.", "four miners", "the ministry"),
    ("“We saw nothing at all,” said Mira Lunde, a captain.", "nothing at all", "Mira Lunde, a captain"),
    ('"We saw nothing at all," Lunde told reporters.', "nothing at all", "Lunde"),
    ('"We saw nothing," a port official said. "The fog was thick."', "The fog was thick", "a port official"),
    ("The gang reportedly stole 90 sheep.", "90 sheep", "an unattributed report (“reportedly”)"),
    ("The clerk allegedly took 500 crowns.", "500 crowns", "an unattributed report (“allegedly”)"),
    ("The painting is said to be worth 2 million.", "2 million", "an unattributed report (“is said to”)"),
    ("About 60 divers are believed to be inside.", "60", "an unattributed report (“are believed to”)"),
    ("It is thought that the fire began in a kitchen.", "a kitchen", "an unattributed report (“It is thought that”)"),
    ("MALBORK (Newswire) — The river rose by two metres, the water board said.", "two metres", "the water board"),
    ("But the minister said no school would close.", "no school", "the minister"),
    ("On Friday, the court heard, and Berg said later, that the lock was old.", "the lock was old", "Berg"),
    ("Prices rose to 1,240 crowns a tonne, the growers' union said.", "1,240 crowns", "the growers' union"),
    ("“The ice is thin,” warned Jon Lunde, the deputy mayor of Port Hallow.", "thin",
     "Jon Lunde, the deputy mayor of Port Hallow"),
    ("Lt. Col. Anna Berg, a spokeswoman for the guard, said the ship sank.", "sank",
     "Lt. Col. Anna Berg, a spokeswoman for the guard"),
    ("Witnesses said the bus was going too fast.", None, "witnesses"),
    ("The union says wages have fallen by 4%.", None, "the union"),
    ("A spokesman for the mine said on Sunday evening that pumps had failed.", "pumps", "a spokesman for the mine"),
    ("The trade minister has said the tax will go.", "the tax", "the trade minister"),
    ("‘The hall is lost,’ said Ruth Amsel.", "The hall is lost", "Ruth Amsel"),
)  # fmt: skip

# What an article says on its own account, however much the sentence looks like a report.
TRAPS: tuple[tuple[str, str | None], ...] = (
    ("Anna Berg, who said she was tired, won the race in 2:03.", "2:03"),
    ("Anna Berg, who said she was tired, won the race in 2:03.", None),
    ("The said contract was signed in May.", "in May"),
    ("He told a lie about the money.", "the money"),
    ("Police found the body in a barn.", "in a barn"),
    ("The two sides agreed that the border would open.", "the border"),
    ("Said Hamdan won the election in March.", "in March"),
    ("Port Said lies on the canal.", "on the canal"),
    ("The United States has 50 states.", "50 states"),
    ("Residents were told to leave the town.", "leave the town"),
    ("The minister did not say how many ships had sailed.", "ships"),
    ("The firm refused to say when the plant would open.", "the plant"),
    ("The works went according to plan and ended in May.", "in May"),
    ("The boat left the quay at noon.", "noon"),
    ("The company denied the allegations in 2019.", "2019"),
    ("The president announced a curfew in the capital.", "a curfew"),
    ("Sales of the Daily Report fell by 3%.", "3%"),
    ("The estimates were wrong by 40 million.", "40 million"),
    ("He found his wallet under the seat.", "under the seat"),
    ("She told stories to the children in the hall.", "in the hall"),
    ("The film “The Last Ferry” opened in June.", "The Last Ferry"),
    ("He was known as “the baker of Venn”.", "the baker of Venn"),
    ("The sign reads well from afar.", "from afar"),
    ("The mayor was told that the bridge was unsafe in May.", "in May"),
    ("He noted the number of the car.", "the number"),
    ("The claims court sits in Malbork.", "in Malbork"),
    ("The show moved to a new hall in 2018.", "2018"),
    ("She believes in God.", "God"),
    ("The army retook the town after 12 days.", "12 days"),
    ("The mayor, who was warned in May, resigned in June.", "in June"),
    ("Anna Berg said the bridge would close.", "Anna Berg"),
    ("The lawyer read the letter to the jury on Monday.", "on Monday"),
    ("Nobody said that the bridge was safe.", "safe"),
)  # fmt: skip


REPORTS_OF_ESTIMATES_AND_DAYS = [
    (
        "Bergline, the ferry company, said Thursday that 40 people were lost.",
        "40 people",
        "Bergline, the ferry company",
    ),
    ("The Dell Institute expects 4 billion crowns, interest included.", "4 billion crowns", "the Dell Institute"),
    ("The grower Ole Sund puts the damage at 60,000 crowns.", "60,000 crowns", "the grower Ole Sund"),
    ("The ship sailed too fast, a person close to the crew told this paper.", "too fast", "a person close to the crew"),
]


@pytest.mark.parametrize(("sentence", "answer", "speaker"), REPORTS_OF_ESTIMATES_AND_DAYS)
def test_estimates_are_reports_and_days_are_no_speakers(sentence: str, answer: str, speaker: str) -> None:
    found = attribution_of(sentence, answer=answer)
    assert found is not None and found.speaker == speaker


@pytest.mark.parametrize(
    ("before", "sentence", "speaker"),
    [
        ("Ada Krog is mayor.", 'In a letter to the staff she wrote: "I read it too late."', "Ada Krog"),
        ("Mayor Ada Krog was late.", "Crews of the Red Cross moved them to hotels, she said.", "Mayor Ada Krog"),
        ("Ada Krog resigned. Tom Reiss leads. They thanked Krog.", '"I knew it," she wrote.', "Krog"),
    ],
)
def test_a_pronoun_brings_to_mind_a_person_and_no_body(before: str, sentence: str, speaker: str) -> None:
    found = attribution_of(sentence, before)
    assert found is not None and found.speaker == speaker


@pytest.mark.parametrize(("sentence", "answer", "speaker"), REPORTS)
def test_reported_words_are_those_of_whom_the_sentence_names(sentence: str, answer: str | None, speaker: str) -> None:
    found = attribution_of(sentence, answer=answer or "")
    assert found is not None and found.speaker == speaker


@pytest.mark.parametrize(("sentence", "answer"), TRAPS)
def test_what_the_article_says_itself_has_no_speaker(sentence: str, answer: str | None) -> None:
    found = attribution_of(sentence, answer=answer or "")
    assert found is None, found


@pytest.mark.parametrize(
    ("before", "sentence", "after", "speaker"),
    [
        ("Captain Mira Lunde came late.", "“We saw nothing at all,” she told reporters.", "", "Captain Mira Lunde"),
        ("Anna Berg runs the line.", "The fog was thick, she said.", "", "Anna Berg"),
        ("“We were lucky,” said Jon Amsel.", "“The mast broke at once.”", "", "Jon Amsel"),
        ("", "“We were lucky.", "The mast broke at once,” said Jon Amsel.", "Jon Amsel"),
        ("The water board met on Monday.", "It said that the dam was safe.", "", "the water board"),
        ("The gauge was new.", "“The dam holds,” he said.", "", "a speaker whom the article calls “he”"),
        ("The Harbour Board met.\n\nJon Amsel spoke first.\n\n", "He said the quay was lost.", "", "Jon Amsel"),
    ],
)
def test_a_speaker_named_beside_the_sentence_is_found(before: str, sentence: str, after: str, speaker: str) -> None:
    found = attribution_of(sentence, before, after)
    assert found is not None and found.speaker == speaker


TEXT = (
    "The Harbour Board met on Monday.\n\n"
    "“We were lucky,” said Jon Amsel, a pilot. “The mast broke at once.” The quay reopened in May.\n\n"
    "Anna Berg runs the line. She came late. “Nobody told me,” she said."
)


def composed(words: str, *, short: str | None = None, attribution: str | None = None) -> Draft:
    start = TEXT.index(words)
    span = Span(start, start + len(words))
    whole = (Span(0, len(TEXT)),)
    article = Article("a" * 64, ("a.txt",), None, None, (), PublicationDate(None, "none"), whole, "f")
    return Draft(normalise_space(words), (Quote(article, span, words),), "verbatim", short, attribution)


def told(*drafts: Draft) -> tuple[Draft, ...]:
    return attributed(Composition(drafts, 0.9), lambda _: TEXT).drafts


def test_a_quote_is_widened_to_the_sentence_that_names_its_speaker() -> None:
    (draft,) = told(composed("“The mast broke at once.”"))
    assert draft.text == "“We were lucky,” said Jon Amsel, a pilot. “The mast broke at once.”"
    assert draft.attribution == "Jon Amsel, a pilot"
    assert draft.quotes[0].span.of(TEXT) == draft.quotes[0].text


def test_a_quote_whose_speaker_is_a_pronoun_is_widened_to_the_name() -> None:
    (draft,) = told(composed("“Nobody told me,” she said."))
    assert draft.text == "Anna Berg runs the line. She came late. “Nobody told me,” she said."
    assert draft.attribution == "Anna Berg"


def test_what_the_article_says_itself_is_quoted_as_it_was() -> None:
    draft = composed("The quay reopened in May.", short="in May")
    assert told(draft) == (draft,)


def test_a_quote_that_another_one_takes_in_is_not_said_twice() -> None:
    first = composed("“The mast broke at once.”")
    second = composed("“We were lucky,” said Jon Amsel, a pilot.")
    assert [d.text for d in told(first, second)] == [
        "“We were lucky,” said Jon Amsel, a pilot. “The mast broke at once.”"
    ]


def test_empty_words_of_a_form_say_that_nobody_is_to_be_named() -> None:
    assert told(composed("“We were lucky,” said Jon Amsel, a pilot.", attribution=""))[0].attribution is None


def test_what_is_quoted_in_several_parts_is_left_as_it_is() -> None:
    one = composed("“We were lucky,” said Jon Amsel, a pilot.")
    both = Draft(one.text, (one.quotes[0], one.quotes[0]), "verbatim")
    assert told(both) == (both,)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('He said "no" and "yes".', ["no", "yes"]),
        ("“One.” “Two", ["One.", "Two"]),
        ("«Un» et ‘two words’", ["Un", "two words"]),
        ('The 5" pipe burst.', []),
        ("The workers’ rights and the owners’ debts", []),
        ("He said 'it is late', and left.", ["it is late"]),
    ],
)
def test_quotation_marks_of_all_kinds_are_paired(text: str, inside: list[str]) -> None:
    plain = plain_marks(text)
    assert len(plain) == len(text)
    assert [text[q.start : q.end] for q in quotations(plain)] == inside


def test_a_quotation_left_open_ends_with_its_paragraph() -> None:
    text = "“It broke at once.\n\nThe quay reopened in May."
    assert [text[q.start : q.end] for q in quotations(plain_marks(text))] == ["“It broke at once."[1:]]


@pytest.mark.parametrize(
    "text",
    [
        "said " * 20_000,
        "He puts expects " * 8_000,
        "“" * 30_000,
        "'a " * 30_000,
        "according to " * 10_000,
        "X, a b, " * 10_000 + "said.",
        ", who said " * 8_000,
        '" said X. "' * 8_000,
        "\n\n" * 30_000 + "he said",
        "\0 said \ud800 \U0001f600" * 100,
        "A" * 100_000,
        "a.b-" * 20_000 + " said",
    ],
)
def test_long_and_odd_texts_are_read_in_no_time(text: str) -> None:
    started = time.perf_counter()
    attribution_of(text)
    attribution_of("He said so.", text, text)
    assert time.perf_counter() - started < 4.0
