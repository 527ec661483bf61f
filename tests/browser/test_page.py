from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import Chat
from tests.browser.invented_archive import (
    BRIDGE_TEXT,
    FERRY_TEXT,
    HOSTILE_SPAN,
    HOSTILE_TEXT,
    REPEATED,
    ROOMS,
    SECOND_TIME,
    VOTE,
)


def as_browsers_write(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def test_a_marker_opens_the_article_with_exactly_the_cited_characters_marked(any_chat: Chat) -> None:
    any_chat.ask("Will the ferry sail?")
    any_chat.open("c-1-2")
    assert any_chat.marked() == [as_browsers_write(ROOMS.of(FERRY_TEXT))]
    assert any_chat.page.evaluate("document.activeElement.className") == "cited"
    any_chat.scrolled_to_the_mark()
    assert any_chat.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert any_chat.elsewhere == []


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_the_address_can_choose_light_or_dark(chat: Chat, address: str, choice: str) -> None:
    chat.page.emulate_media(color_scheme="light" if choice == "dark" else "dark")
    chat.page.goto(f"{address}/?__theme={choice}")
    chat.page.locator(f"body{'.dark' if choice == 'dark' else ':not(.dark)'} .dl-log").wait_for()
    paper = chat.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"dark": "rgb(22, 24, 27)", "light": "rgb(251, 250, 247)"}[choice]


def test_of_a_repeated_sentence_the_cited_one_is_marked(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    chat.open("c-1-1")
    assert chat.marked() == [REPEATED]
    before = chat.page.evaluate(
        """() => {
            const range = document.createRange();
            range.setStart(document.querySelector('.dl-source-text'), 0);
            range.setEndBefore(document.querySelector('mark.cited'));
            const copy = range.cloneContents();
            for (const summary of copy.querySelectorAll('summary')) summary.remove();
            return copy.textContent;
        }"""
    )
    assert before == as_browsers_write(FERRY_TEXT[: SECOND_TIME.start])


def test_other_cited_words_of_the_article_are_marked_lightly(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    chat.open("c-1-1")
    assert len(chat.marked("also")) == 2
    strong, light = chat.page.evaluate(
        "['cited', 'also'].map(c => getComputedStyle(document.querySelector('mark.' + c)).backgroundColor)"
    )
    assert strong != light


def test_the_number_of_an_earlier_turn_opens_its_own_article(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    chat.ask("Who voted for the bridge?")
    chat.open("c-2-1")
    assert chat.marked() == [VOTE.of(BRIDGE_TEXT)]
    chat.open("c-1-1")
    assert chat.marked() == [REPEATED]
    chat.open("c-2-1")
    assert chat.marked() == [VOTE.of(BRIDGE_TEXT)]


def test_keys_open_and_walk_the_citations_and_lead_back(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    chat.page.locator("a[href='#c-1-1']").first.focus()
    chat.page.keyboard.press("Enter")
    chat.opened("c-1-1")
    chat.page.keyboard.press("n")
    chat.opened("c-1-2")
    chat.page.keyboard.press("p")
    chat.opened("c-1-1")
    chat.page.keyboard.press("Escape")
    assert chat.page.evaluate("document.activeElement.getAttribute('href')") == "#c-1-1"


def test_nothing_in_an_article_a_name_or_a_question_becomes_an_element_or_a_request(chat: Chat) -> None:
    chat.ask("What did the mayor say? <img src=https://evil.example/u.png onerror='window.hacked=9'> [a](javascript:1)")
    chat.open("c-1-1")
    assert chat.marked() == [HOSTILE_SPAN.of(HOSTILE_TEXT)]
    chat.ask("How tall is the tower? <script>window.hacked=10</script>")
    chat.open("p-2-2")
    assert chat.page.evaluate("window.hacked") is None
    assert chat.page.locator("#panes img, #panes script, #panes iframe").count() == 0
    links = chat.page.locator("#panes a").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    assert links and all(link.startswith(("#c-", "#p-", "#h-")) for link in links)
    assert chat.elsewhere == []


def test_the_browser_itself_would_refuse_a_request_to_another_host(chat: Chat) -> None:
    refused = chat.page.evaluate(
        """() => new Promise(done => {
            const image = new Image();
            image.onerror = () => setTimeout(() => done('it failed by itself'), 2000);  // the policy is told of later
            document.addEventListener('securitypolicyviolation', () => done('against the policy'));
            image.src = 'https://evil.example/a.png';
        })"""
    )
    assert refused == "against the policy"


def test_an_abstention_says_what_was_searched_and_shows_what_came_nearest(any_chat: Chat) -> None:
    any_chat.ask("How tall is the tower?")
    card = any_chat.page.locator(".dl-abstention").inner_text()
    assert "The articles do not say" in card
    assert "below the threshold" in card
    assert card.count("Not an answer") == 2
    any_chat.open("p-1-1")
    assert any_chat.marked("near") == [VOTE.of(BRIDGE_TEXT)]
    assert any_chat.marked() == []
    assert "Not an answer" in any_chat.page.locator(".dl-notice").inner_text()


def test_a_follow_up_shows_what_was_searched(chat: Chat) -> None:
    chat.ask("Who voted for the bridge?")
    chat.ask("What will it cost?")
    assert "second bridge What will it cost?" in chat.page.locator(".dl-turn").nth(1).inner_text()


def test_an_error_is_told_in_words(chat: Chat) -> None:
    chat.ask("make it crash")
    assert "Traceback" not in chat.page.content()
    assert "Something went wrong inside Dateline" in chat.page.locator(".dl-error").inner_text()
    chat.ask("Will the ferry sail?")
    chat.open("c-2-1")
    assert chat.marked() == [REPEATED]


def test_a_reload_brings_the_conversation_back_and_its_numbers_still_work(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    chat.page.reload()
    chat.open("c-1-1")
    assert chat.marked() == [REPEATED]
    chat.ask("Who voted for the bridge?")
    chat.open("c-2-1")
    assert chat.marked() == [VOTE.of(BRIDGE_TEXT)]


def test_a_question_asked_before_the_page_has_settled_is_kept(
    contexts: Callable[[str, int], BrowserContext], address: str
) -> None:
    with contexts("light", 1280).new_page() as page:
        page.add_init_script(
            """{
                const real = window.fetch;
                let first = true;
                window.fetch = (...call) => {
                    if (!first || !String(call[0]).includes('queue/join')) return real(...call);
                    first = false;
                    window.setTimeout(() => { window.late = true; }, 900);
                    return new Promise(go => setTimeout(go, 900)).then(() => real(...call));
                };
            }"""
        )
        chat = Chat(page, address)
        chat.ask("Will the ferry sail?")
        page.wait_for_function("window.late")
        page.wait_for_timeout(400)
        chat.open("c-1-1")
        assert chat.marked() == [REPEATED]


def test_a_new_conversation_starts_empty_and_stays_so(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    chat.open("c-1-1")
    chat.page.get_by_role("button", name="New conversation").click()
    chat.page.locator(".dl-welcome").wait_for()
    assert chat.page.locator("#pane mark").count() == 0
    chat.page.reload()
    chat.page.locator(".dl-welcome").wait_for()
    chat.page.wait_for_timeout(300)
    assert chat.page.locator(".dl-turn").count() == 0


def test_two_tabs_keep_two_conversations(chat: Chat, address: str) -> None:
    chat.ask("Will the ferry sail?")
    other = Chat(chat.page.context.new_page(), address)
    other.ask("Who voted for the bridge?")
    other.open("c-1-1")
    assert other.marked() == [VOTE.of(BRIDGE_TEXT)]
    other.page.close()
    chat.open("c-1-1")
    assert chat.marked() == [REPEATED]


def test_an_example_asks_itself(chat: Chat) -> None:
    chat.page.get_by_role("button", name="Who voted for the second bridge?").click()
    chat.page.locator(".dl-done").wait_for()
    chat.open("c-1-1")
    assert chat.marked() == [VOTE.of(BRIDGE_TEXT)]


def test_what_was_retrieved_and_not_cited_is_folded_away_and_can_be_opened(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    fold = chat.page.locator("#conversation details.dl-more")
    assert fold.locator("summary").inner_text() == "also retrieved (2)"
    assert not fold.locator("a").first.is_visible()
    fold.locator("summary").click()
    chat.open("h-1-1")
    assert chat.marked("near") == [VOTE.of(BRIDGE_TEXT)]


def test_left_out_text_is_folded_and_names_its_size(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    chat.open("c-1-1")
    folds = chat.page.locator("#pane .dl-fold")
    assert folds.count() == 3
    assert "Listen Live" not in chat.page.locator("#pane").inner_text()
    folds.first.locator("summary").click()
    assert "Listen Live" in chat.page.locator("#pane").inner_text()


def test_the_parts_of_the_page_have_names(chat: Chat) -> None:
    assert chat.page.get_by_label("Your question").count() == 1
    assert chat.page.get_by_role("region", name="Source article").count() == 1
    assert chat.page.get_by_role("log", name="Conversation").count() == 1


def test_the_fixtures_are_what_they_claim() -> None:
    assert FERRY_TEXT.count(REPEATED) == 2
    assert "\r\n" in ROOMS.of(FERRY_TEXT)
    assert any(ord(c) > 0xFFFF for c in ROOMS.of(FERRY_TEXT))
