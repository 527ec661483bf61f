"""The controls above an answer, and answers in parts: what they do in a real Chromium, and how much room they take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator

from tests.browser.conftest import Chat, resting_place
from tests.browser.invented_archive import BRIDGE_TEXT, COST, FERRY_TEXT, VOTE, WAVES
from tests.browser.test_page import as_browsers_write

DATED = "What was said in March 2021?"
IN_PARTS = ("Where do reports differ?", "which vote?", "compare the two", "timeline of the bridge", "list who pays")
PARTED = (DATED, *IN_PARTS, "count the council", "How tall is the tower?")

# Text against what lies behind it, for every element that has words of its own: the least contrast, and whose.
LEAST_CONTRAST = """() => {
    const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * x + .7152 * y + .0722 * z;
    };
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const c = parse(getComputedStyle(e).backgroundColor);
            if (c.length === 3 || c[3] === 1) return c;
        }
        return [255, 255, 255];
    };
    let least = [21, ''];
    for (const e of document.querySelectorAll('#conversation *')) {
        const words = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
        if (!words || !e.checkVisibility()) continue;
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
        const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (contrast < least[0]) least = [contrast, e.className + ': ' + e.textContent];
    }
    return least;
}"""


def short(turn: Locator) -> str:
    return turn.locator(".dl-short").inner_text().partition(": ")[2]


def change(chat: Chat, name: str, told: str) -> None:
    """Press the control and wait until the answer says `told`."""
    chat.page.get_by_role("button", name=name).click()
    chat.page.locator(".dl-short", has_text=told).wait_for()


def test_the_time_filter_can_be_removed_and_used_again(chat: Chat) -> None:
    chat.ask(DATED)
    turn = chat.page.locator(".dl-turn")
    assert short(turn) == "March alone"
    change(chat, "Remove and ask again: published 1–31 March 2021, newest first", "any time")
    assert turn.count() == 1  # in the place of the old one
    assert "without the time filter" in turn.inner_text()
    change(chat, "Use the time filter again", "March alone")
    assert "without the time filter" not in turn.inner_text()


def test_undated_articles_can_be_included_and_left_out_again(chat: Chat) -> None:
    chat.ask(DATED)
    assert "4 undated articles not searched" in chat.page.locator(".dl-filters").inner_text()
    change(chat, "4 undated articles not searched", "with the undated")
    assert "not searched" not in chat.page.locator(".dl-turn").inner_text()
    change(chat, "undated articles included", "March alone")


def test_the_words_that_are_searched_for_can_be_edited(chat: Chat) -> None:
    chat.ask(DATED)
    chat.page.locator(".dl-edit summary").click()
    field = chat.page.get_by_label("Words to search for")
    assert field.input_value() == DATED
    field.fill("a <b>second</b> bridge")
    chat.page.keyboard.press("Enter")
    searched = chat.page.locator(".dl-words q", has_text="a <b>second</b> bridge")
    searched.wait_for()
    assert chat.page.locator(".dl-turn").count() == 1
    assert chat.page.locator("#conversation b").count() == 0
    chat.page.locator(".dl-edit summary").click()
    chat.page.get_by_label("Words to search for").fill("")
    chat.page.get_by_role("button", name="Search again").click()
    searched.wait_for(state="detached")


def test_words_that_cannot_be_searched_for_leave_the_answer_as_it_was(chat: Chat) -> None:
    chat.ask(DATED)
    chat.page.locator(".dl-edit summary").click()
    chat.page.get_by_label("Words to search for").fill("crash")
    chat.page.get_by_role("button", name="Search again").click()
    chat.page.locator(".dl-error", has_text="are no words").wait_for()
    assert short(chat.page.locator(".dl-turn")) == "March alone"
    change(chat, "4 undated articles not searched", "with the undated")
    assert chat.page.locator(".dl-error").count() == 0


def test_the_controls_are_for_the_keyboard_too_and_keep_it(chat: Chat) -> None:
    chat.ask(DATED)
    chat.page.locator("button[data-change='undated']").focus()
    chat.page.keyboard.press("Enter")
    chat.page.locator(".dl-short", has_text="with the undated").wait_for()
    chat.page.wait_for_function("document.activeElement.closest('.dl-filters') !== null")
    outline = chat.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_an_earlier_answer_changes_in_its_place_and_the_later_ones_stay(chat: Chat) -> None:
    chat.ask(DATED)
    chat.ask("Will the ferry sail?")
    chat.page.locator("#conversation").evaluate("e => e.scrollTop = 0")
    change(chat, "4 undated articles not searched", "with the undated")
    assert [h.strip() for h in chat.page.locator(".dl-question").all_inner_texts()] == [DATED, "Will the ferry sail?"]
    assert chat.page.locator("#conversation").evaluate("e => e.scrollTop") == 0
    chat.open("c-2-3")
    assert chat.marked() == [as_browsers_write(WAVES.of(FERRY_TEXT))]


def test_a_number_opens_the_words_of_the_new_answer_not_of_the_old(chat: Chat) -> None:
    chat.ask(DATED)
    chat.open("c-1-1")
    change(chat, "4 undated articles not searched", "with the undated")
    assert chat.page.locator("#conversation a[aria-current]").count() == 0
    chat.open("c-1-1")
    assert chat.page.locator("#conversation a[aria-current]").count() > 0


def test_a_changed_answer_is_still_there_after_a_reload(chat: Chat) -> None:
    chat.ask(DATED)
    change(chat, "4 undated articles not searched", "with the undated")
    chat.page.reload()
    chat.page.locator(".dl-short", has_text="with the undated").wait_for()
    change(chat, "undated articles included", "March alone")


def test_a_conversation_that_is_forgotten_says_so_and_keeps_what_is_shown(chat: Chat) -> None:
    chat.ask(DATED)
    chat.page.evaluate("sessionStorage.clear()")
    chat.page.locator("button[data-change='undated']").click()
    chat.page.get_by_text("a conversation that is no longer open here").wait_for()
    assert short(chat.page.locator(".dl-turn")) == "March alone"


def test_nothing_moves_when_the_controls_come(contexts: Callable[[str, int], BrowserContext], address: str) -> None:
    for width in (1280, 390):
        with contexts("light", width).new_page() as page:
            chat = Chat(page, address)
            page.evaluate(
                """() => {
                    window.tops = [];
                    const watch = () => {
                        const turns = document.querySelectorAll('.dl-turn');
                        const below = turns.length && turns[turns.length - 1].querySelector('.dl-filters + *');
                        const seen = window.tops[turns.length] ||= [];
                        if (below) seen.push(Math.round(below.getBoundingClientRect().top));
                        requestAnimationFrame(watch);
                    };
                    watch();
                }"""
            )
            chat.ask("Will the ferry sail?")
            chat.ask("Who voted for the bridge?")
            page.wait_for_timeout(200)
            for turn in (1, 2):
                assert len(set(page.evaluate(f"window.tops[{turn}]"))) == 1


@pytest.mark.parametrize("question", PARTED)
def test_parts_fit_every_width_and_can_be_read_in_light_and_dark(any_chat: Chat, question: str) -> None:
    any_chat.ask(question)
    page = any_chat.page
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("#conversation").evaluate("e => e.scrollWidth <= e.clientWidth")
    page.wait_for_timeout(250)
    contrast, where = page.evaluate(LEAST_CONTRAST)
    assert contrast >= 4.5, where


def test_sides_that_differ_stand_beside_each_other_where_there_is_room(any_chat: Chat) -> None:
    any_chat.ask(IN_PARTS[0])
    sides = [resting_place(any_chat.page.locator(".dl-side").nth(n)) for n in range(2)]
    wide = any_chat.page.evaluate("window.innerWidth") > 800
    assert (sides[0]["y"] == sides[1]["y"]) == wide
    any_chat.page.locator(".dl-side").first.locator("a").click()
    any_chat.opened("c-1-2")
    assert any_chat.marked() == [COST.of(BRIDGE_TEXT)]


def test_a_timeline_is_in_order_with_the_days_as_dates(chat: Chat) -> None:
    chat.ask("timeline of the bridge")
    events = chat.page.locator("ol.dl-timeline > li")
    assert events.count() == 3
    days = chat.page.locator("ol.dl-timeline time").evaluate_all("times => times.map(t => t.dateTime)")
    assert days == ["2021-03-09", "2021-04-01"]
    assert "no day known" in events.nth(2).inner_text()


def test_the_list_behind_a_number_opens_its_articles_and_can_be_saved(chat: Chat, tmp_path: Path) -> None:
    chat.ask("count the council")
    assert chat.page.locator(".dl-number").inner_text() == "1,203"
    chat.page.locator(".dl-count summary").click()
    first = chat.page.locator(".dl-count li").first.inner_text()
    assert first == "Council votes for a second bridge · Wend Courier · 9 March 2021"
    chat.open("t-1-1")
    assert chat.marked() == [VOTE.of(BRIDGE_TEXT)]
    chat.open("t-1-2")
    assert chat.marked() == [as_browsers_write(WAVES.of(FERRY_TEXT))]
    for _ in range(2):  # as often as one likes
        with chat.page.expect_download() as download:
            chat.page.get_by_role("button", name="Save the list as CSV").click()
        download.value.save_as(tmp_path / "list.csv")
        saved = (tmp_path / "list.csv").read_bytes().decode("utf-8-sig").split("\r\n")
        assert ",bridge.txt," in saved[1]
        assert len(saved) == 5  # a head, three places, the end
    assert download.value.suggested_filename == "dateline-list.csv"
    assert chat.elsewhere == []
