"""The article is selected as spans of the source text; everything around it is left out."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.body import notes_on, page_units, paragraphs, select_body
from ingest.body_signals import VOCABULARY, _character_counts, small_words, vocabulary_hits
from ingest.errors import ReadError
from ingest.read import SourceText, read_bytes

SEEDS = Path(__file__).parents[2] / "seeds"

LEAD = "The mayor of Harrow opened the new bridge on Monday in front of some four hundred people."
SECOND = "It cost 4 million pounds, the council said, about a third more than had been planned in 2015."
THIRD = "“We waited long enough for it,” said Ada Byrne, who has run the bakery by the river since 1998."

# What is around the article in each seed, and must not be in its body.
FURNITURE = {
    "000": "GMT|Listen Live|Get short URL|Violence Erupts|Bloody Fighting|ISIL Claims|US Airstrike Kills|"
    "Iraqi Authorities Close|Daesh, Libya|Community standards|Military & Intelligence",
    "001": "Connect with the Voice|Subscribe to our channel|Source link|Written by|Deglobalization|National Anthem|"
    "King Charles|US confirms death",
    "002": "GMT|Listen Live|Get short URL|Violence Erupts|0 46|Game Changer|Syrian Army Launches|"
    "Must Start Investigation|Obama Urged|Twin Blasts|Daesh, Islamic|Community standards",
    "003": "Top Stories|Leave a Comment|Title:|characters left|Disclaimer|abusive|punishable|own risk",
    "004": "Wednesday, January 29|Printable Page|01/28|Copyright|All rights reserved|Powered By",
}
# How each seed's article begins and ends, and how many paragraphs it has.
ARTICLES = {
    "000": ("The United States has launched", "since\xa0September 2014.", 8),
    "001": ("The US Central Command said Sunday", "carry out insurgent attacks.", 6),
    "002": ("Direct military cooperation", 'everywhere else," Assad warned.', 7),
    "003": ("Paris, Oct 26 (IANS)", "linked to jihadi movements.", 8),
    "004": ("The Islamic State group's", "Amarasingam said.", 27),
}


def plain(text: str) -> SourceText:
    return SourceText(text, "utf-8", "text/plain")


def body_of(text: str) -> list[str]:
    return [span.of(text) for span in select_body(plain(text))]


def seed(number: str) -> SourceText:
    (path,) = SEEDS.glob(f"{number}_*.txt")
    return read_bytes(path.read_bytes())


@pytest.mark.parametrize("number", sorted(ARTICLES))
def test_the_body_of_a_seed_is_its_article(number: str) -> None:
    source = seed(number)
    spans = select_body(source)
    start, end, count = ARTICLES[number]
    assert spans[0].of(source.text).startswith(start)
    assert spans[-1].of(source.text).endswith(end)
    assert len(spans) == count


@pytest.mark.parametrize("number", sorted(FURNITURE))
def test_the_body_of_a_seed_holds_no_furniture(number: str) -> None:
    source = seed(number)
    body = "\n".join(span.of(source.text) for span in select_body(source))
    assert [words for words in FURNITURE[number].split("|") if words in body] == []


@pytest.mark.parametrize("number", sorted(ARTICLES))
def test_selecting_from_the_selection_of_a_seed_keeps_all_of_it(number: str) -> None:
    source = seed(number)
    chosen = [span.of(source.text) for span in select_body(source)]
    assert body_of("\n\n".join(chosen)) == chosen


@pytest.mark.parametrize("gap", ["\n", "\n\n", "\r\n\r\n", "\n \n\n\t"])
def test_a_short_plain_article_is_selected_whole(gap: str) -> None:
    assert body_of(gap.join([LEAD, SECOND])) == [LEAD, SECOND]


def test_three_sentences_in_one_line_are_an_article() -> None:
    text = "The bridge is open. It cost 4 million pounds. Traffic starts on Friday."
    assert body_of(text) == [text]


def test_a_headline_and_byline_are_not_body() -> None:
    assert body_of(f"Bridge opens in Harrow\n\nBy Jane Roe\n\n{LEAD}\n\n{SECOND}\n") == [LEAD, SECOND]


def test_an_article_about_newsletters_is_still_an_article() -> None:
    lines = [
        "The Harrow Gazette said on Monday that it would close its newsletter after nine years.",
        "Readers who subscribe by e-mail will get their money back, the editor told the council.",
    ]
    assert body_of("\n\n".join(lines)) == lines


def test_menus_and_other_stories_are_left_out() -> None:
    menu = "Home\nNews\nSport\nWeather\nLog in\nSubscribe\n"
    others = "Most read\nFire closes the old mill\nTeachers vote on new contract\nSix things to do in May\nContact us\n"
    text = (
        f"{menu}Bridge opens in Harrow\nShare on Facebook\n{LEAD}\n{SECOND}\n{THIRD}\n{others}© 2021 Harrow Gazette\n"
    )
    assert body_of(text) == [LEAD, SECOND, THIRD]


@pytest.mark.parametrize(
    "lines",
    [
        ("The mayor resigned.", "He was 54.", "No successor yet."),
        ("The mayor resigned on Monday after a long quarrel.", "No successor yet."),
        ("The mayor resigned.", "No successor yet."),
        (
            "The mayor resigned on Monday.",
            "He left.",
            "The council meets on Tuesday.",
            "Nothing else is known.",
            "None.",
        ),
    ],
)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_note_of_a_few_lines_keeps_its_short_ones(lines: tuple[str, ...], between: str) -> None:
    assert body_of(between.join(lines)) == list(lines)
    headed = between.join(("Mayor resigns", *lines))
    if len(lines[0].split()) > 3:
        assert body_of(headed) == list(lines)


@pytest.mark.parametrize("last", ["Read more.", "All rights reserved.", "© Hallow Post.", "Share this."])
def test_a_short_last_line_that_speaks_as_a_page_does_is_left_out(last: str) -> None:
    first = "The mayor resigned on Monday after a long quarrel."
    assert body_of(f"{first}\n\n{last}") == [first]


def test_a_comment_form_is_left_out() -> None:
    form = (
        "Leave a Comment\n\nYou have 800 characters left.\n\nDisclaimer:\n\nKindly do not post abusive, obscene or "
        "unlawful remarks. This site is not responsible for any message that readers post under this report.\n"
    )
    assert body_of(f"Bridge opens in Harrow\n\n{LEAD}\n\n{SECOND}\n\n{THIRD}\n\n{form}") == [LEAD, SECOND, THIRD]


def test_html_is_selected_by_its_blocks_too() -> None:
    markup = (
        "<html><body><nav><ul><li><a href=/>Home</a><li><a href=/n>News</a></ul></nav><article><h1>Bridge opens</h1>"
        f"<p>{LEAD}</p><p>{SECOND}</p><p>{THIRD}</p></article>"
        "<footer><p>© 2021 Gazette. All rights reserved.</p></footer>"
    )
    source = read_bytes(markup.encode())
    assert [span.of(source.text) for span in select_body(source)] == [LEAD, SECOND, THIRD]


@pytest.mark.parametrize(
    ("text", "looks_like"),
    [
        (
            "We use cookies to improve this site. By going on you accept our cookie policy.\n\nAccept\n\nReject\n",
            "cookie notice",
        ),
        ("Home\nNews\nSport\nWeather\nContact us\nLog in\n", "menus"),
        ("Bridge opens", "a stub of 2 words"),
        ("Copyright 2021 Gazette. All rights reserved.\nPrivacy policy\n", "notices"),
        ("***\n---\n", "stub"),
    ],
)
def test_what_is_no_article_is_refused_with_what_it_looks_like(text: str, looks_like: str) -> None:
    with pytest.raises(ReadError, match=looks_like):
        select_body(plain(text))


LONGER = (
    LEAD,
    SECOND,
    THIRD,
    "The council had asked the county three times for money before the work could begin, Byrne said.",
    "A second bridge, for trains, is to be built below the mill within four years, the mayor told the crowd.",
    "Traffic across the river is expected to double by 2030, according to a study that the county published.",
)


def interrupted(*lines: str) -> str:
    around = ("Home", "News", "Sport", "Bridge opens in Harrow"), ("Contact us", "Log in")
    return "\n".join([*around[0], *LONGER[:3], *lines, *LONGER[3:], *around[1]])


def test_a_table_within_an_article_is_part_of_it() -> None:
    results = ("Harrow 70", "Easton 44", "Byrne 18", "Roe 12", "Stonebridge 61", "Milltown 21")
    assert body_of(interrupted(*results)) == [*LONGER[:3], *results, *LONGER[3:]]


def test_pointers_to_other_stories_within_an_article_are_left_out() -> None:
    others = ("Most read", "Fire closes the old mill", "Teachers vote on new contract", "Six things to do in May")
    assert body_of(interrupted(*others)) == list(LONGER)


def test_a_paywall_without_an_article_is_named() -> None:
    with pytest.raises(ReadError, match="paywall notice"):
        select_body(plain("Subscribe to continue reading\n\nAlready a subscriber? Log in\n\nSee our offers\n"))


def test_a_teaser_before_a_paywall_is_an_article_with_a_note() -> None:
    source = plain(f"Bridge opens in Harrow\n\n{LEAD}\n\n{SECOND}\n\nSubscribe to continue reading.\n\nLog in\n")
    (note,) = notes_on(source, select_body(source))
    assert note == "a paywall notice: only its first 35 words are there"


@pytest.mark.parametrize("below", ["", "\n\nSubscribe to our newsletter.", "\n\nRead more: Fire closes the old mill"])
def test_an_article_without_a_paywall_has_no_note(below: str) -> None:
    source = plain(f"{LEAD}\n\n{SECOND}{below}")
    assert notes_on(source, select_body(source)) == ()


def html_units(markup: str) -> list[str]:
    return [unit.text for unit in page_units(read_bytes(f"<html><body>{markup}</body></html>".encode()))]


def test_a_line_break_within_a_sentence_does_not_end_the_paragraph() -> None:
    one, other = LEAD.split(" on Monday ")
    markup = f"<p>{one}<br>on Monday {other}<br>{SECOND}</p>"
    assert html_units(markup) == [f"{one}\non Monday {other}", SECOND]


@pytest.mark.parametrize(
    "markup",
    [
        "<p>the mayor of the town<br><br>opened the bridge</p>",  # an empty line
        "<p>the mayor of the town</p><p>opened the bridge</p>",  # two blocks
        "<div>the mayor of the town<br><div>opened the bridge</div></div>",
        "<p>the mayor of the town.<br>opened the bridge</p>",  # a sentence ends
        "<p>the mayor of the town<br>Opened the bridge</p>",  # another begins
        "<p>home<br>news<br>sport</p>",  # a menu
        "<p><a href=/1>see all news of the town</a><br><a href=/2>see all pictures of it</a></p>",
    ],
)
def test_other_line_breaks_end_the_paragraph(markup: str) -> None:
    assert all("\n" not in words for words in html_units(markup))


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    text = (
        "   The mayor of Harrow opened the new bridge on Monday, in front of some four\n"
        "hundred people who had come out in the rain to see it and to walk across it\n"
        "for the first time since the old one fell.\n"
        "   It cost 4 million pounds, the council said, about a third more than had been\n"
        "planned when the work began.\n"
        "\n"
        "Fire closes the old mill\n"
        "Teachers vote on contract\n"
    )
    starts = [span.of(text).split(None, 2)[:2] for span in paragraphs(text)]
    assert starts == [["The", "mayor"], ["It", "cost"], ["Fire", "closes"], ["Teachers", "vote"]]


def test_a_list_of_headlines_is_not_taken_for_a_hard_wrapped_paragraph() -> None:
    one, other = (
        "Council Agrees On Cost Of New Bridge Over River\n",
        "Teachers In Valley Vote On Contract After A Week\n",
    )
    assert len(paragraphs((one + other) * 3)) == 6


WORDS = st.sampled_from("the a river town bridge mayor road school of in with stone walks small 40 green, old".split())
SENTENCE = st.lists(WORDS, min_size=5, max_size=30).map(lambda words: f"The {' '.join(words)} end.")
LINE = st.one_of(
    SENTENCE, st.sampled_from(["Home", "Share", "Log in", "Read more", "• a", "12:30", "\t", "\u00a0", "“é”", "😀"])
)
GAP = st.sampled_from(["\n", "\n\n", "\r\n", "\r", "\n \t\n", "\u2028"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(LINE, GAP), min_size=1, max_size=25))
def test_spans_are_in_order_apart_trimmed_and_inside_the_text(lines: list[tuple[str, str]]) -> None:
    text = "".join(line + gap for line, gap in lines)
    try:
        spans = select_body(plain(text))
    except ReadError:
        return
    assert spans
    assert spans[-1].end <= len(text)
    assert all(left.end <= right.start for left, right in itertools.pairwise(spans))
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)


@settings(max_examples=60, deadline=None)
@given(st.lists(SENTENCE, min_size=1, max_size=12), st.sampled_from(["\n\n", "\r\n\r\n"]))
def test_a_text_of_nothing_but_sentences_is_kept_and_selecting_again_keeps_it(lines: list[str], gap: str) -> None:
    once = body_of(gap.join(lines))
    assert once == lines
    assert body_of("\n\n".join(once)) == once


@given(st.text(max_size=300))
def test_every_word_of_a_text_is_in_one_paragraph(text: str) -> None:
    spans = paragraphs(text)
    outside = [
        text[left:right]
        for left, right in zip([0, *(s.end for s in spans)], [*(s.start for s in spans), len(text)], strict=True)
    ]
    assert "".join(outside).strip() == ""


def test_the_same_text_gives_the_same_selection() -> None:
    source = seed("003")
    assert select_body(source) == select_body(source)


def test_addresses_below_the_entries_of_a_list_are_no_sign_of_wrapped_lines() -> None:
    lines = [
        line
        for n in range(6)
        for line in (f"{n}) The {n}th of the boxed sets that we found this year, with all its films", f"http://a.b/{n}")
    ]
    text = "\n".join(lines)
    assert [span.of(text) for span in paragraphs(text)] == lines


def test_a_notice_of_a_few_wrapped_lines_keeps_its_first_one() -> None:
    text = (
        "Ferry aground\n\nThe ferry Aurora ran aground off Port Hallow on Tuesday night with\n"
        "212 passengers aboard, the harbour office said.\n"
    )
    (body,) = select_body(read_bytes(text.encode()))
    assert body.of(text).startswith("The ferry Aurora")


SCRAPS = st.sampled_from(
    "share sign up e-mail email read more in the news don't miss © getty ap photo 5 min read posted by home back to "
    "reuters/ sharepoint homely İstanbul 写真 comment comments, reply. ½ ① Menü the and said".split(" ")
)


@given(st.lists(SCRAPS, max_size=30).map(" ".join))
def test_the_words_of_a_page_are_counted_wherever_a_search_of_the_whole_text_finds_them(text: str) -> None:
    lowered = text.lower()
    assert vocabulary_hits(lowered, small_words(text)) == [len(pattern.findall(lowered)) for pattern in VOCABULARY]


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=8))
def test_letters_digits_and_capitals_are_counted_as_python_does(texts: list[str]) -> None:
    one_by_one = [[sum(map(is_one, t)) for is_one in (str.isalpha, str.isdigit, str.isupper)] for t in texts]
    assert _character_counts(texts).tolist() == one_by_one
